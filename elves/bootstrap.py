"""Make .venv with the tested versions: ``python3 elves/bootstrap.py [full|light|any]``.

Only the standard library is used, and old syntax, so that any Python from 3.6 can at least say
what is wrong. A set-up that was interrupted is begun again; one that is complete returns at once.
"""

import hashlib
import os
import subprocess
import sys
import venv

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(TOP, ".venv")
PYTHON = os.path.join(VENV, *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")))
STAMP, LOG = os.path.join(VENV, "complete"), os.path.join(VENV, "setup.log")
PIP = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "-c", "elves/constraints.txt"]

# Chainer and Tangent name packages that break a current Python: they come without dependencies.
STEPS = {
    "light": [("JupyterLab, NumPy and SymPy", ["-e", ".[light]"])],
    "full": [
        ("JupyterLab, PyTorch, TensorFlow and JAX", ["-e", ".[light,systems,heroes,numba,test]"]),
        ("Chainer and Tangent", ["--no-build-isolation", "--no-deps", "chainer", "tangent"]),
    ],
}

# What pip's log may say, and the sentence for it; the first that is found is told.
CAUSES = [
    ("No space left", "the disk is full: about 5 GB are needed."),
    ("name resolution", "there is no network: connect, then run the same command again."),
    ("Failed to establish", "there is no network: connect, then run the same command again."),
    ("timed out", "the network is too slow: run the same command again, pip keeps what it has."),
    ("No matching distribution", "a package cannot be had here (no network, or another system)."),
    ("unable to execute", "a compiler is missing: install gcc (Debian: build-essential)."),
    ("Failed to build", "a package could not be built: is a compiler installed?"),
]


def stop(sentence):
    sys.stderr.write(f"elves: {sentence}\n")
    sys.exit(1)


def fingerprint():
    """What the set-up was made from; when it changes, packages are brought up to date."""
    digest = hashlib.sha256(TOP.encode())  # a folder that was renamed needs a new .venv
    files = ["pyproject.toml", "elves/constraints.txt", "elves/bootstrap.py"]
    for name in [*files, "elves/labextension/static/rise.js"]:  # pip copies the last one
        with open(os.path.join(TOP, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def done():
    """The kinds of set-up that .venv has, and what they were made from."""
    try:
        with open(STAMP) as file:
            kinds, made_from = file.read().split()
    except (OSError, ValueError):
        return "", ""
    return (kinds, made_from) if os.path.exists(PYTHON) else ("", "")  # Python may have moved


def pip(what, arguments):
    print(f"elves: installing {what} (minutes the first time; log: .venv/setup.log)")
    with open(LOG, "ab") as log:
        here = dict(os.environ, PIP_USER="0")  # a user's default would install elsewhere
        code = subprocess.call(PIP + arguments, cwd=TOP, stdout=log, stderr=log, env=here)
    if code:
        with open(LOG, errors="replace") as log:
            said = "".join(log.readlines()[-40:])
        for sign, sentence in CAUSES:
            if sign in said:
                stop(f"{what} could not be installed: {sentence}")
        stop(f"{what} could not be installed: .venv/setup.log tells why.")


def main(kind):
    kinds, made_from = done()
    if kind == "any":  # to open the notebooks, a light set-up that is there is enough
        kind = kinds or "full"
    if kind not in STEPS:
        stop(f"the set-up is light, full or any, not {kind}.")
    if made_from == fingerprint() and kinds in (kind, "full"):
        return
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        stop(
            "Python 3.11, 3.12 or 3.13 is needed, and this is {}.{}: install one of them and name "
            "it, as in make lab PYTHON=python3.12".format(*sys.version_info[:2])
        )
    if kinds:  # bring it up to date; without network the old one stays as it is
        kind = "full" if "full" in (kind, kinds) else kind
    else:  # never made, or interrupted half-way: begin afresh (pip's cache keeps the downloads)
        if os.path.isfile(VENV):
            stop("there is a file .venv where the set-up needs a folder: move it away.")
        try:
            venv.create(VENV, clear=True, with_pip=True)
        except Exception:
            stop(
                "python3 cannot make a virtual environment here: is the disk full, or the package "
                "python3-venv missing (Debian, Ubuntu: apt install python3-venv)?"
            )
    open(LOG, "w").close()
    for what, arguments in STEPS[kind]:
        pip(what, arguments)
    with open(STAMP, "w") as file:
        file.write(f"{kind} {fingerprint()}\n")


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "full")
    except KeyboardInterrupt:
        stop("interrupted: the next call begins the set-up again.")

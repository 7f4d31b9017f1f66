"""Do the main jobs, and set up .venv for them: ``python3 elves/bootstrap.py lab`` or ``… test``.

    lab      opens JupyterLab as soon as it is there, and brings the frameworks behind it
    fresh    brings a fresh copy of the notebooks, or of some (`fresh 02 05`)
    test     sets everything up, and runs all the tests (`test tests/test_cli.py`: some of them)
    setup    everything but what only tests need
    light    the notebooks without frameworks, for conference Wi-Fi
    site     what makes the site
    all      everything, for those who change the project

Only the standard library is used, and old syntax, so that any Python from 3.6 can at least say
what is wrong. An interrupted set-up continues; one that is complete returns at once.
"""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))  # there is no package elves yet
from installer import (
    ALL,
    PYTHON,
    TOP,
    Installer,
    Lock,
    SetupError,
    missing,
    prepare,
    read_stamp,
    say,
    sentence,
)

sys.path.pop(0)
KINDS = {
    "light": ALL[:1],
    "setup": ALL[:-2],
    "site": ["light", "site", "test"],
    "all": ALL,
    "test": ALL,
    "lab": [],
    "fresh": [],
}
TESTS = [
    ["-m", "ruff", "check", "."],
    ["-m", "ruff", "format", "--check", "."],
    ["-m", "pytest", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"],
]


def set_up(names, light_only):
    """Bring these parts, and up to date what is there."""
    lock = Lock()
    lock.taken(wait=True)
    have, _ = read_stamp()  # the one that we waited for may have brought it
    prepare([*have, *names], Installer(lock, light_only))
    lock.release()


def wanted(have, light_only):
    """The parts that are there, and those that the notebooks need."""
    return [*have, *KINDS["light" if light_only else "setup"]]


def lab(arguments):
    """Open JupyterLab as soon as the light part is there; the frameworks come behind it."""
    lock, rest = Lock(), []
    have, light_only = read_stamp()
    if missing(wanted(have, light_only)) and lock.taken(wait=not have):
        have, light_only = read_stamp()  # the one that we waited for may have brought it
        installer = Installer(lock, light_only)
        try:
            prepare(KINDS["light"], installer)
            rest = missing(wanted(have, light_only))
        except SetupError as problem:
            if not have:
                raise
            say(str(problem))  # the state of before still opens
    command = [str(PYTHON), "-m", "elves", "lab", *arguments]
    if light_only:
        say("the frameworks stay out, as make light left them: make setup brings them")
    if not rest:
        lock.release()
        return replace(command)
    say("JupyterLab opens now; the frameworks, for notebooks 06 and 07, come behind it")
    jupyter = subprocess.Popen(command, cwd=str(TOP))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Jupyter asks whether that was meant
    signal.signal(signal.SIGTERM, lambda *_: jupyter.terminate())
    behind = threading.Thread(target=bring, args=(installer, rest))
    behind.start()
    code = jupyter.wait()
    if behind.is_alive():
        installer.stop()
        behind.join()
        say("the rest of the set-up waits: the next make lab goes on with it")
    return code


def replace(command):
    """Go on as another program, so that Ctrl-C reaches it alone."""
    os.chdir(str(TOP))
    if os.name != "nt":
        os.execv(command[0], command)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return subprocess.call(command)


def fresh(names):
    """Bring fresh copies of the notebooks; what was changed is kept beside them."""
    have, light_only = read_stamp()
    if not have:
        set_up(KINDS["light"], light_only)
    return replace([str(PYTHON), "-m", "elves", "fresh", *names])


def bring(installer, names):
    try:
        installer.install(names)
        if not installer.stopped:
            say("everything is there: notebooks 06 and 07 run now")
    except (SetupError, OSError) as problem:
        say(sentence(problem) + " The next make lab tries again.")
    finally:
        installer.lock.release()


def test(arguments):
    """Run the tests."""
    for words in TESTS[:2] if not arguments else []:
        code = subprocess.call([str(PYTHON), *words], cwd=str(TOP))
        if code:
            return code
    process = subprocess.Popen([str(PYTHON)] + TESTS[2] + arguments, cwd=str(TOP))
    try:
        return process.wait()
    except KeyboardInterrupt as stop:
        if stop.args:  # told by a signal to us alone
            process.send_signal(signal.SIGINT)
        process.wait()  # it sums up what it has seen so far
        return 130


def main(command="lab", *arguments):
    """Do what the command says; return the exit code."""
    if command not in KINDS:
        raise SetupError("say one of {}, not {}.".format(", ".join(KINDS), command))
    if command in ("lab", "fresh"):
        return globals()[command](list(arguments))
    have, before = read_stamp()
    light_only = command == "light" and not set(have) - {"light"}
    if missing(KINDS[command]) or light_only != before:
        set_up(KINDS[command], light_only)
    return test(list(arguments)) if command == "test" else 0


def interrupted(number, _):
    raise KeyboardInterrupt(number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, interrupted)
    try:
        sys.exit(main(*sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("elves: interrupted: the next call goes on with the set-up.")
    except (SetupError, OSError) as problem:
        sys.exit("elves: " + sentence(problem))

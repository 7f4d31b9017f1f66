"""The set-up by the real script and real signals, in a project whose pip only pretends."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parent.parent
PARTS = ["light", "pytorch", "jax", "tensorflow", "autograd", "heroes", "numba", "cluster", "site",
         "test"]  # fmt: skip
pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and locks of POSIX")

# What stands in for pip: it notes what it was asked for, writes a package in two halves, and does
# what the file `pip-does` says of the part: sleep, or fail with these words.
PIP = """
import os, sys, time
from pathlib import Path

if sys.argv[1:] == ["--version"]:
    sys.exit()
top, words = Path.cwd(), " ".join(sys.argv[1:])
does = dict(l.split(": ", 1) for l in (top / "pip-does").read_text().splitlines())
with (top / "asked").open("a") as file:
    file.write(words.partition("constraints.txt ")[2] + "\\n")
site = Path(__file__).resolve().parent.parent
name = words.split()[-1].partition("[")[0].replace(".", "light") or "light"
info = site / f"{name}-1.0.dist-info"
if info.is_dir():
    print("Requirement already satisfied")
    sys.exit(0)
info.mkdir()
(info / "METADATA").write_text("half")
print("  Downloading big-1.0-py3-none-any.whl (500.0 MB)", flush=True)
todo = next((what for part, what in does.items() if part in words), "")
if todo == "sleep":
    (top / "asleep").touch()
    time.sleep(60)
if todo:
    info.joinpath("METADATA").unlink(), info.rmdir()
    print("ERROR:", todo)
    sys.exit(1)
(site / f"{name}.py").write_text("x = 1")
(info / "RECORD").write_text(f"{name}.py,,5\\n{name}-1.0.dist-info/METADATA,,4\\n")
"""
PROJECT = """
[project.optional-dependencies]
light = []
pytorch = ["torch"]
jax = ["jax"]
tensorflow = ["tensorflow"]
autograd = ["autograd"]
heroes = ["six"]
numba = ["numba"]
cluster = ["distributed"]
site = ["sphinx"]
test = ["nbval"]
"""
RUN = """
import runpy
import venv
from pathlib import Path

def create(folder, clear, with_pip):
    venv.EnvBuilder(clear=clear, symlinks=True).create(folder)
    [site] = Path(folder).glob("lib/python*/site-packages")
    for name in ("pip", "elves", "pytest"):
        (site / name).mkdir()
        (site / name / "__main__.py").write_text(Path(f"{name}.txt").read_text())

venv.create = create
runpy.run_path("elves/bootstrap.py", run_name="__main__")
"""
PYTEST = """
import pathlib
import time

pathlib.Path("tested").touch()
try:
    time.sleep(60)
except KeyboardInterrupt:
    print("one failed so far")
"""
ELVES = """
import pathlib
import time

pathlib.Path("opened").touch()
time.sleep(60 if pathlib.Path("stay-open").exists() else 0)
"""


@pytest.fixture
def project(tmp_path):
    """A project with the real set-up, and a pip that pretends."""
    (tmp_path / "elves" / "labextension" / "static").mkdir(parents=True)
    (tmp_path / "elves" / "labextension" / "static" / "rise.js").touch()
    for name in ("elves/bootstrap.py", "elves/installer.py"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / "elves" / "constraints.txt").touch()
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "pip.txt").write_text(PIP)
    (tmp_path / "elves.txt").write_text(ELVES)
    (tmp_path / "pytest.txt").write_text(PYTEST)
    (tmp_path / "pip-does").touch()
    (tmp_path / "run.py").write_text(RUN)
    return tmp_path


def start(project, *words, **options):
    command = [sys.executable, "run.py", *words]
    into = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(command, cwd=project, **into, **options)


def run(project, *words, code=0):
    process = start(project, *words)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == code, said
    assert "Traceback" not in said
    return said


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_tests_that_are_stopped_sum_up(project, sent):
    process = start(project, "test", "some", start_new_session=True)
    wait_for(project / "tested")
    if sent == signal.SIGINT:
        os.killpg(process.pid, sent)  # as a terminal does
    else:
        process.send_signal(sent)
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 130 and "one failed so far" in said and "Traceback" not in said


def parts(project):
    return list(json.loads((project / ".venv" / "complete").read_text())["parts"])


def asked(project):
    """What pip was asked for since the last time."""
    lines = (project / "asked").read_text().splitlines() if (project / "asked").exists() else []
    (project / "asked").unlink(missing_ok=True)
    return lines


def wait_for(path):
    for _ in range(300):
        if path.exists():
            return
        time.sleep(0.1)
    raise AssertionError(f"{path.name} did not come")


def test_setup_brings_what_notebooks_need_and_not_what_only_tests_need(project):
    said = run(project, "setup")
    assert parts(project) == PARTS[:-2]
    assert "PyTorch (2 of 8" in said and "Downloading big-1.0" in said
    assert asked(project) == [
        "-e .[light]", "torch", "jax", "tensorflow", "autograd", "six",
        "--no-build-isolation --no-deps chainer tangent", "numba", "distributed",
    ]  # fmt: skip
    assert run(project, "setup") == "" and asked(project) == []  # a second call starts at once
    assert run(project, "light") == "" and asked(project) == []
    run(project, "all")
    assert asked(project) == ["sphinx", "nbval"]


def test_light_stays_light_until_more_is_asked_for(project):
    run(project, "light")
    said = run(project, "lab")
    assert "make setup brings them" in said and (project / "opened").exists()
    assert parts(project) == ["light"]
    run(project, "setup")
    assert parts(project) == PARTS[:-2] and run(project, "lab") == ""


def test_the_lab_opens_before_the_frameworks_are_there(project):
    (project / "pip-does").write_text("torch: sleep\n")
    (project / "stay-open").touch()
    process = start(project, "lab")
    wait_for(project / "asleep")
    wait_for(project / "opened")
    assert parts(project) == ["light"]
    assert (project / ".venv" / "coming").read_text().split() == PARTS[1:-2]
    # Another window opens too, and does not wait for the first.
    (project / "stay-open").unlink()
    (project / "opened").unlink()
    run(project, "lab")
    assert (project / "opened").exists()
    # Ctrl-C is Jupyter's own business; when Jupyter has ended, so does the rest.
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    assert process.poll() is None
    process.terminate()
    said, _ = process.communicate(timeout=30)
    assert "the rest of the set-up waits: the next make lab goes on with it" in said
    (project / "pip-does").write_text("")
    said = run(project, "setup")
    assert parts(project) == PARTS[:-2] and not (project / ".venv" / "coming").exists()


@pytest.mark.parametrize("sent", [signal.SIGINT, None])
def test_the_lab_goes_on_with_a_light_set_up_that_was_stopped(project, sent):
    (project / "pip-does").write_text(
        "light: sleep\n" if sent else "light: Temporary failure in name resolution\n"
    )
    process = start(project, "light")
    if sent:
        wait_for(project / "asleep")
        process.send_signal(sent)
    process.communicate(timeout=30)
    (project / "pip-does").write_text("")
    run(project, "lab")
    assert parts(project) == ["light"] and (project / "opened").exists()


def test_fresh_copies_change_nothing_of_the_set_up(project):
    (project / "pip-does").write_text("torch: sleep\n")
    (project / "stay-open").touch()
    process = start(project, "lab")
    wait_for(project / "asleep")
    wait_for(project / "opened")
    (project / "stay-open").unlink()
    (project / "opened").unlink()
    assert run(project, "fresh", "02") == "" and (project / "opened").exists()  # it does not wait
    process.terminate()
    process.communicate(timeout=30)
    assert not json.loads((project / ".venv" / "complete").read_text())["light only"]


@pytest.mark.parametrize("words", ["[Errno 28] No space left", "Failed to establish a connection"])
def test_one_cause_is_told_once(project, words):
    run(project, "light")
    (project / "pip-does").write_text("".join(f"{p}: {words}\n" for p in ("torch", "jax", "numba")))
    assert run(project, "setup", code=1).count("could not be installed") == 1


def test_a_pip_that_is_broken_begins_afresh(project):
    run(project, "setup")
    site = next((project / ".venv").glob("lib/python*/site-packages"))
    (site / "pip" / "__main__.py").write_text("import nothing_of_this_name")
    (project / ".venv" / "coming").write_text("test")
    run(project, "all")
    assert parts(project) == PARTS


def test_a_system_that_fails_does_not_keep_the_others_away(project):
    (project / "pip-does").write_text("tensorflow: No matching distribution found\n")
    said = run(project, "setup", code=1)
    assert "TensorFlow could not be installed: a package cannot be had here" in said
    assert parts(project) == [p for p in PARTS[:-2] if p != "tensorflow"]
    (project / "pip-does").write_text("")
    asked(project)
    run(project, "setup")
    assert asked(project) == ["tensorflow"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("[Errno 28] No space left on device", "the disk is full"),
        ("ResolutionImpossible: for help visit", "`make pins` shows where"),
        ("Temporary failure in name resolution", "there is no network"),
        ("[Errno 30] Read-only file system: '/x'", "copy the project to a folder of yours"),
        ("something never seen before", ".venv/setup.log tells why"),
    ],
)
@pytest.mark.parametrize("part", ["light", "jax"])
def test_a_failure_is_a_sentence_and_the_next_call_recovers(project, words, sentence, part):
    (project / "pip-does").write_text(f"{part}: {words}\n")
    said = run(project, "setup", code=1)
    assert sentence in said.splitlines()[-1]
    (project / "pip-does").write_text("")
    run(project, "setup")
    assert parts(project)[0] == "light" and sorted(parts(project)) == sorted(PARTS[:-2])


@pytest.mark.parametrize("sent", ["SIGINT", "SIGTERM", "SIGKILL"])
@pytest.mark.parametrize("part", ["light", "torch", "numba"])
def test_an_interrupted_set_up_is_gone_on_with(project, sent, part):
    (project / "pip-does").write_text(f"{part}: sleep\n")
    process = start(project, "setup")
    wait_for(project / "asleep")
    process.send_signal(getattr(signal, sent))
    said, _ = process.communicate(timeout=30) if sent != "SIGKILL" else ("", process.wait())
    if sent != "SIGKILL":
        assert said.splitlines()[-1] == "elves: interrupted: the next call goes on with the set-up."
        assert "Traceback" not in said
    (project / "pip-does").write_text("")
    if sent == "SIGKILL":  # its pip lives on, and is waited for
        process = start(project, "setup")
        assert "another set-up is running here" in process.stdout.readline()
        python = f"{project}/.venv/bin/python"
        [pip] = [p for p in psutil.process_iter(["cmdline"]) if python in (p.info["cmdline"] or [])]
        pip.kill()
        process.communicate(timeout=60)
    else:
        run(project, "setup")
    assert parts(project) == PARTS[:-2]
    site = next((project / ".venv").glob("lib/python*/site-packages"))
    records = [info / "RECORD" for info in site.glob("*.dist-info")]
    assert len(records) == 9 and all(record.exists() for record in records)


def test_what_is_half_installed_is_brought_anew(project):
    run(project, "setup")
    site = next((project / ".venv").glob("lib/python*/site-packages"))
    (site / "jax.py").write_text("x")  # cut off in the middle
    (site / "torch.py").unlink()
    (project / ".venv" / "coming").write_text("numba")
    stamp = json.loads((project / ".venv" / "complete").read_text())
    for name in ("pytorch", "jax", "numba"):
        del stamp["parts"][name]
    (project / ".venv" / "complete").write_text(json.dumps(stamp))
    run(project, "setup")
    assert (site / "jax.py").read_text() == "x = 1" and (site / "torch.py").exists()


def test_what_the_project_is_made_of_changes(project):
    run(project, "setup")
    (project / "elves" / "constraints.txt").write_text("numpy==2.4.6\n")
    asked(project)
    (project / "pip-does").write_text("light: Temporary failure in name resolution\n")
    run(project, "setup")
    assert len(asked(project)) == 9


def test_without_network_the_state_of_before_still_opens(project):
    run(project, "light")
    site = next((project / ".venv").glob("lib/python*/site-packages"))
    for path in site.glob("light-1.0.dist-info/*"):
        path.unlink()
    (site / "light-1.0.dist-info").rmdir()
    (project / "pip-does").write_text("light: Temporary failure in name resolution\n")
    (project / "elves" / "constraints.txt").write_text("numpy==2.4.6\n")
    said = run(project, "lab")
    assert "there is no network" in said and (project / "opened").exists()


def test_mistakes_get_a_sentence(project):
    assert "say one of light, setup, site, all, test, lab, fresh, not lap" in run(
        project, "lap", code=1
    )
    (project / ".venv").write_text("")
    assert "there is a file .venv" in run(project, "light", code=1)


@pytest.mark.parametrize("version", [(3, 10), (3, 15)])
def test_a_python_that_does_not_fit(version, monkeypatch):
    sys.path.insert(0, str(ROOT / "elves"))
    try:
        import installer
    finally:
        sys.path.pop(0)
    monkeypatch.setattr(installer.sys, "version_info", (*version, 0))
    with pytest.raises(installer.SetupError, match=r"3\.11 to 3\.14 is needed, and this is 3\.1"):
        installer.check_python()

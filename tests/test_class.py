"""A class from login to grades, on this machine: real users, servers, kernels and submissions.

`make test` has three learners, `make class-test` thirty. A kernel is killed and the hub is killed
and started again in the middle. All of it lies in a folder of its own and is deleted at the end.
"""

import csv
import html
import os
import shutil
import signal
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

import learners
from classroom import process, users
from classroom.place import Place
from learners import LAB, Learner, together

ROOT = Path(__file__).resolve().parent.parent
HOME = Place(Path("/srv/elves-test"))  # its environment stays for the next run
PORT, SEED = 18_600, 23
HUB = [sys.executable, "talk/hub.py", "--home", HOME.home]
pytestmark = pytest.mark.timeout(1800)  # the first time, an environment is installed


def hub(*arguments, answer="", fine=True):
    """Run talk/hub.py as `make` does; return what it says."""
    done = subprocess.run(
        [*HUB, *arguments], cwd=ROOT, input=answer, text=True, capture_output=True, timeout=1500
    )
    assert (done.returncode == 0) == fine, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def names(request, tmp_path_factory):
    """A list of names, in a file; the first one has no login of its own."""
    count = request.config.getoption("--learners")
    path = tmp_path_factory.mktemp("class") / "names.txt"
    logins = ["Élise d'Arc-Test", *(f"elvestest{k:02} Learner {k}" for k in range(2, count + 1))]
    path.write_text("\n".join(logins) + "\n", "utf-8")
    return path


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for this machine, and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    paths = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
         "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-out", paths[0],
         "-keyout", paths[1]], check=True, capture_output=True,
    )  # fmt: skip
    return paths


@pytest.fixture(scope="module")
def start(certificate):
    """What starts the class, or starts its hub again."""
    cert, key = certificate
    return ["start", "--port", str(PORT), "--labs", LAB[:2], "--cert", cert, "--key", key]


@pytest.fixture(scope="module")
def running(class_place, names, start):
    """The class, started; ended and deleted afterwards, but for what is slow to install."""
    clear()
    yield hub(*start, "--names", names)
    hub("stop")
    clear()


def clear():
    """What `make class-delete` does, but for the environment."""
    if HOME.home.exists():
        users.end_all(users.all_of(HOME))
        users.remove(HOME)
        for path in HOME.home.iterdir():
            if path not in (HOME.env, HOME.proxy, HOME.lock):
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def memory(logins):
    """What the processes of these users take, in MB, as a share of what they have in common."""
    uids = {uid for uid, name in users.all_of(HOME).items() if name in logins}
    total = 0
    for pid in users.processes(uids):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def test_a_class_from_login_to_grades(running, start, certificate, capsys):
    logins = list(HOME.names)
    exercises = learners.exercises()
    plan = learners.plan(SEED, logins, exercises)
    everyone = [Learner(f"https://127.0.0.1:{PORT}", login, certificate[0]) for login in logins]

    def begin(learner):
        assert learner.timed("log_in")
        learner.timed("start")
        learner.timed("open")
        learners.fill(learner.nb, plan[learner.login])
        learner.half = len(learner.nb["cells"]) // 2
        learner.timed("run_cells", learner.nb["cells"][: learner.half])

    def end(learner):
        learner.connect()  # the proxy was new too: JupyterLab does it by itself
        learner.timed("run_cells", learner.nb["cells"][learner.half :])
        learner.timed("save")
        learner.timed("submit")

    together(everyone, begin)
    took = memory(logins)

    unlucky = everyone[0]  # the kernel of one is killed, and the hub in the middle of its work
    uid = {uid for uid, name in users.all_of(HOME).items() if name == unlucky.login}
    [kernel] = [p for p in users.processes(uid) if "ipykernel" in command_of(p)]
    os.kill(kernel, signal.SIGKILL)
    for pid in found_hub():
        os.kill(pid, signal.SIGKILL)
    before = {p for login in logins for p in servers_of(login)}
    hub(*start)
    assert before == {p for login in logins for p in servers_of(login)}  # nobody lost a server
    unlucky.web.get(f"{unlucky.address}/hub/home").raise_for_status()
    unlucky.restart()
    unlucky.run_cells(unlucky.nb["cells"][: unlucky.half])

    together(everyone, end)
    hub("grade", LAB[:2])
    with (HOME.home / "course" / "grades.csv").open() as table:
        rows = {row["student_id"]: float(row["score"]) for row in csv.DictReader(table)}
    expected = {login: sum(learners.points(plan[login]).values()) for login in logins}
    assert rows == expected
    said = hub("results")
    assert f"{len(logins)} learners, {len(logins)} at work." in said
    page = (HOME.home / "results.html").read_text("utf-8")
    assert all(html.escape(name) in page for name in HOME.names.values())
    with capsys.disabled():
        report(everyone, took)


def test_only_who_is_on_the_list_comes_in(running, certificate):
    stranger = Learner(f"https://127.0.0.1:{PORT}", "stranger", certificate[0])
    assert not stranger.log_in()
    thief = Learner(f"https://127.0.0.1:{PORT}", HOME.teacher, certificate[0])
    assert not thief.log_in()  # the teacher's password was made at the start
    thief.password = (HOME.secrets / "teacher-password").read_text()
    assert thief.log_in()


def test_secrets_are_roots_alone(running):
    assert HOME.secrets.stat().st_mode & 0o777 == 0o700
    loose = [p for p in HOME.secrets.rglob("*") if p.is_file() and p.stat().st_mode & 0o077]
    assert loose == []
    assert all((HOME.homes / login).stat().st_mode & 0o777 == 0o700 for login in HOME.names)
    assert (HOME.secrets / "teacher-password").read_text() not in running


def test_a_forgotten_password_is_chosen_anew(running, certificate):
    learner = Learner(f"https://127.0.0.1:{PORT}", list(HOME.names)[-1], certificate[0])
    learner.password = "another one"
    assert not learner.log_in()
    hub("forget", learner.login)
    assert learner.log_in()
    assert "is not in" in hub("forget", "stranger", fine=False)


def test_a_new_lab_and_a_new_list_come_and_nobodys_work_is_overwritten(
    running, start, certificate, tmp_path
):
    login, *_, gone = list(HOME.names)[1:]
    labs = HOME.homes / login / "labs"
    mine = labs / LAB / f"{LAB}.ipynb"
    before, shorter = mine.read_text(), tmp_path / "shorter.txt"
    shorter.write_text("".join(f"{k} {name}\n" for k, name in HOME.names.items() if k != gone))
    hub(*start, "--labs", f"{LAB[:2]},02", "--names", shorter)
    process.ask(HOME, "DELETE", f"users/{login}/server")
    learner = Learner(f"https://127.0.0.1:{PORT}", login, certificate[0])
    learner.login = HOME.names[login]  # a name in the place of a login
    assert learner.log_in()
    learner.login = login
    learner.start()
    assert (labs / "02_symbols" / "02_symbols.ipynb").exists()
    assert mine.read_text() == before and "NotImplementedError" in before
    assert not servers_of(gone) and (HOME.homes / gone / "labs" / LAB).exists()
    for password in (f"the password of {gone}", "another password"):
        left = Learner(f"https://127.0.0.1:{PORT}", gone, certificate[0])
        left.password = password
        assert not left.log_in()


def test_the_end_keeps_what_was_written_and_deleting_asks(running):
    written = HOME.homes / next(iter(HOME.names)) / "labs" / LAB / f"{LAB}.ipynb"
    assert "is running" in hub("delete", answer="elves-test\n", fine=False)
    stubborn = "import ctypes, signal, time; ctypes.CDLL(None).prctl(15, b'\\xff')\n"
    stubborn += "signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(1000)"
    hidden = subprocess.Popen(
        [b"\xff", "-c", stubborn], executable=HOME.python, user=next(iter(HOME.names)),
        cwd="/", stdout=subprocess.PIPE,
    )  # fmt: skip
    hidden.stdout.readline()
    assert "nothing runs any more" in hub("stop")
    assert hidden.wait(10) == -signal.SIGKILL
    assert not [*users.processes(users.all_of(HOME))]
    assert not [*process.servers(HOME)]
    assert "nothing was deleted" in hub("delete", answer="yes\n", fine=False)
    assert "nothing was deleted" in hub("delete", fine=False)
    assert written.exists() and (HOME.home / "course" / "gradebook.db").exists()


def command_of(pid):
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


def servers_of(login):
    uids = {uid for uid, name in users.all_of(HOME).items() if name == login}
    return [p for p in users.processes(uids) if "jupyterhub-singleuser" in command_of(p)]


def found_hub():
    return [p for p in process.servers(HOME) if "-m jupyterhub " in command_of(p)]


def report(everyone, took):
    """What the class took: for notes and for the figures of talk/hub.py."""
    print(f"\n{len(everyone)} learners: {took / len(everyone):.0f} MB each, with a kernel")
    for what in ("log_in", "start", "open", "run_cells", "save", "submit"):
        seconds = [learner.took[what] for learner in everyone]
        median, most = statistics.median(seconds), max(seconds)
        print(f"{what.replace('_', ' '):>10}: median {median:5.1f} s, most {most:5.1f} s")

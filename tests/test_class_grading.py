"""Grading a class: what is right gets its points, and nothing else does, whatever a cell tries.

The tests with Unix users run as root alone.
"""

import builtins
import functools
import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import nbformat
import numpy as np
import pytest

import deck
import elves.course.exercise
import elves.course.guard
import labs
from elves.course import grading
from elves.course.rooms import find

ROOT = Path(__file__).resolve().parent.parent
LAB = "04_the_tape"


def test_grade_raises_one_sentence(capsys):
    grading.grade("tape.order", find("tape.order").right)
    with pytest.raises(grading.NotRight, match="No point yet") as caught:
        grading.grade("tape.order", lambda out: [out])
    assert caught.value._render_traceback_() == [str(caught.value)]
    assert "✓ tape.order" in capsys.readouterr().out


def test_each_check_of_a_lab_has_one_that_gives_points_and_learners_get_none(tmp_path):
    for path in labs.grading(tmp_path):
        checks = [
            c.source for c in deck.read(path).cells if c.metadata.get("nbgrader", {}).get("grade")
        ]
        assert len(checks) >= 4
        for text in checks:
            asked = re.fullmatch(
                r'check(\("[\w.]+", \w+\))\n### BEGIN(.*)\n### END.*', text, re.DOTALL
            )
            assert asked and asked[2].endswith(f"\ngrade{asked[1]}")
        assert "HIDDEN" not in (labs.LABS / path.name).read_text("utf-8")


SEEN = functools.cache(grading.Seen)


@pytest.mark.parametrize(
    ("owner", "name", "said"),
    [
        (elves.course.guard, "same", "elves.course.guard.same"),
        (elves.course.exercise.Verdict, "passed", "Verdict.passed"),
        (elves.course.exercise.Exercise, "look", "Exercise.look"),
        (elves.course.guard.attempt, "__code__", "attempt()"),
        (elves.course.desk, "find", "elves.course.desk.find"),
        (np, "allclose", "numpy.allclose"),
        (np.allclose.__wrapped__, "__code__", "allclose()"),
        (builtins, "all", "builtins.all"),
        (builtins, "__import__", "builtins.__import__"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_the_checks_rest_on_is_watched(owner, name, said):
    seen, before = SEEN(), getattr(owner, name)
    other = (lambda *args: True).__code__ if name == "__code__" else lambda *args: True
    if name == "__import__":
        other = functools.partial(before)
    try:
        setattr(owner, name, other)
        changed = list(seen.changed())
    finally:
        setattr(owner, name, before)
    assert said in changed and not list(seen.changed())


def test_another_module_in_the_place_of_one_is_seen(monkeypatch):
    seen = SEEN()
    monkeypatch.setitem(sys.modules, "elves.course.desk", SimpleNamespace())
    assert list(seen.changed()) == ["sys.modules['elves.course.desk']"]


def test_what_is_new_or_counts_is_no_change(monkeypatch):
    seen = SEEN()
    monkeypatch.setattr(np, "wish", 1, raising=False)
    monkeypatch.setattr(elves, "wish", 1, raising=False)
    find("tape.order").look(find("tape.order").right)
    assert not list(seen.changed())


@pytest.fixture(scope="module")
def classroom(class_place):
    """A class with a folder and Unix users of its own, removed at the end."""
    home = Path(tempfile.mkdtemp(prefix="elves-class-"))
    home = home.rename(home.with_name(f"elves-{os.getpid()}"))
    home.chmod(0o755)
    logins = {who: f"{home.name}-{who}" for who in ("teacher", "grader", *WHO)}
    try:
        subprocess.run(["groupadd", home.name], check=True)
        for login in logins.values():
            place = home / "homes" / login
            place.mkdir(mode=0o700, parents=True)
            command = ["useradd", "--no-create-home", "--home-dir", place, "--gid", home.name]
            subprocess.run([*command, login], check=True)
            shutil.chown(place, login, home.name)
        (home / "homes").chmod(0o755)
        (home / "names.txt").write_text("".join(f"{logins[who]} Name of {who}\n" for who in WHO))
        yield SimpleNamespace(home=home, logins=logins, env=installed(home, class_place.env))
    finally:
        for login in logins.values():
            subprocess.run(["userdel", login], capture_output=True)
        subprocess.run(["groupdel", home.name], capture_output=True)
        shutil.rmtree(home)


def installed(home, env):
    """The environment with this checkout in it, which `python -I` finds."""
    subprocess.run(
        [env / "bin" / "python", "-m", "venv", "--without-pip", home / "env"], check=True
    )
    [packages] = (home / "env").glob("lib/python*/site-packages")
    [theirs] = env.glob("lib/python*/site-packages")
    (packages / "class.pth").write_text(f"{ROOT}\n{theirs}\n")
    (home / "env" / "share").mkdir(exist_ok=True)
    (home / "env" / "share" / "jupyter").symlink_to(env / "share" / "jupyter")
    for name in ("alembic", "nbgrader"):
        (home / "env" / "bin" / name).symlink_to(env / "bin" / name)
    return home / "env"


def call(classroom, code):
    """What an expression gives, in the class's environment, as root."""
    start = f"import sys, json; sys.path.insert(0, {str(ROOT / 'talk')!r})\n"
    code = f"{start}from classroom import grading\nprint('\\n', json.dumps({code}, default=str))"
    command = [classroom.env / "bin" / "python", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def as_user(login, *command, **options):
    who = pwd.getpwnam(login)
    env = {"PATH": "/usr/bin:/bin", "HOME": who.pw_dir, "USER": login, "LOGNAME": login}
    return subprocess.run(
        command, user=who.pw_uid, group=who.pw_gid, extra_groups=[], env=env, cwd=who.pw_dir,
        capture_output=True, text=True, **options,
    )  # fmt: skip


def solved(nb):
    """The answers and the checks alone, which is quicker; all of it: talk/labs.py has run it."""
    nb.cells = [c for c in nb.cells if "nbgrader" in c.metadata or c.id == "lab4-begin"]
    right = {c.id: c.source for c in deck.read(labs.LABS / "solved" / f"{LAB}.ipynb").cells}
    for cell in nb.cells:
        cell.source = right[cell.id]
    return nb


def with_answer(text):
    def change(nb):
        [cell] = [c for c in nb.cells if c.id.endswith("-order")]
        cell.source = text

    return change


def with_cell(text, wrong=True):
    """A wrong answer, and another cell before its check."""

    def change(nb):
        if wrong:
            with_answer("def order(out): return [out]")(nb)
        [at] = [n for n, c in enumerate(nb.cells) if c.id == "lab4-order-check"]
        nb.cells.insert(at, nbformat.v4.new_code_cell(text))

    return change


def without_checks(nb):
    nb.cells = [c for c in nb.cells if not c.id.endswith("-check")]


def other_checks(nb):
    with_cell("check = grade = get_ipython().showtraceback = lambda *args, **options: True")(nb)
    for cell in nb.cells:
        if cell.id.endswith("-check"):
            cell.source = "pass"


LOOKING = """
import os
for path in {paths}:
    try:
        os.listdir(path) if os.path.isdir(path) else open(path).read(1)
        print("READ", path)
    except OSError:
        pass
try:
    open("{home}/written", "w").write("x")
    print("WRITTEN")
except OSError:
    pass
print("user", os.getuid() == {uid}, os.getgroups())
import subprocess
subprocess.Popen(["sleep", "1000"], start_new_session=True)
x = bytearray(10 * 2**30)
"""
# what a learner does, the points of 8 (an order that is wrong costs two more), what is said
WHO = {
    "right": (lambda nb: None, 8, ""),
    "wrong": (with_answer("def order(out): return [out]"), 5, ""),
    "patch": (with_cell("import numpy as np\nnp.allclose = lambda *a, **k: True"), 3, "allclose"),
    "checks": (other_checks, 5, "lab4-order-check"),
    "gone": (without_checks, 8, "lab4-order-check"),
    "exit": (with_cell("import os; os._exit(0)", wrong=False), 8, "ended Python"),
    "looking": (lambda nb: with_cell(nb.metadata.looking, wrong=False)(nb), 8, ""),
    "link": (None, 0, "is a link"),
    "none": (None, 0, "no notebook"),
}


@pytest.fixture(scope="module")
def graded(classroom):
    """What grading says of each learner."""
    home, logins = classroom.home, classroom.logins
    release = Path(call(classroom, f"grading.release({str(home)!r}, ['04'])"))
    paths = [
        "/etc/shadow",
        *(home / name for name in ("course", "exchange/elves/inbound", "homes")),
    ]
    paths[-1] /= logins["right"]
    uid = pwd.getpwnam(logins["grader"]).pw_uid
    looking = LOOKING.format(paths=[*map(str, paths)], home=home / "course", uid=uid)
    for number, (who, (change, _, _)) in enumerate(WHO.items()):
        login, nb = logins[who], solved(deck.read(release / LAB / f"{LAB}.ipynb"))
        nb.metadata.looking = looking
        if change:
            change(nb)
        folder = home / "homes" / login / "labs" / LAB
        folder.mkdir(parents=True)
        nbformat.write(nb, folder / f"{LAB}.ipynb")
        if who == "none":
            (folder / f"{LAB}.ipynb").write_text("[" * 100_000)
        if who == "link":
            (folder / f"{LAB}.ipynb").unlink()
            (folder / f"{LAB}.ipynb").symlink_to(home / "course" / "gradebook.db")
        hand_in(classroom, login, folder, f"2030-01-01 10:00:{number:02}.000000 UTC")
    hand_in(classroom, login, folder, "9999-99-99 99:99:99.000000 UTC")  # it stops nobody's grades
    return call(classroom, f"grading.grade({str(home)!r}, {LAB!r})")


def hand_in(classroom, login, folder, at):
    """What `nbgrader submit` does, without its seconds; links stay links."""
    subprocess.run(["chown", "-hR", f"{login}:", folder.parent], check=True)
    target = classroom.home / "exchange" / "elves" / "inbound" / f"{login}+{LAB}+{at}+secret"
    secret = login.encode().hex().ljust(128, "0")
    done = as_user(
        login, "sh", "-c", 'cp -rP "$0" "$1" && printf %s "$2" > "$1/submission_secret.txt"',
        folder, target, secret,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("who", WHO)
def test_each_learner_gets_the_points_of_what_is_right(graded, classroom, who):
    points, most, notes = graded[classroom.logins[who]]
    _, want, said = WHO[who]
    assert (points, most) == (want, 8), notes
    assert said in "; ".join(notes) and bool(said) == bool(notes)


def test_a_learners_code_sees_little_and_leaves_nothing(graded, classroom):
    path = f"course/autograded/{classroom.logins['looking']}/{LAB}/{LAB}.ipynb"
    [cell] = [c for c in deck.read(classroom.home / path).cells if "bytearray" in c.source]
    assert [o.get("text", o.get("ename")) for o in cell.outputs] == [
        "user True []\n",
        "MemoryError",
    ]
    grader = str(pwd.getpwnam(classroom.logins["grader"]).pw_uid)
    assert subprocess.run(["ps", "-u", grader], capture_output=True).returncode == 1


def test_nobody_sees_what_others_hand_in_or_get_back(graded, classroom):
    other, exchange = classroom.logins["wrong"], classroom.home / "exchange" / "elves"
    for place in (exchange / "inbound", exchange / "feedback", classroom.home / "course"):
        assert as_user(other, "ls", place).returncode == 2
    assert as_user(other, "ls", exchange / "outbound" / LAB).stdout == f"{LAB}.ipynb\n"
    pages = sorted((exchange / "feedback").glob("*.html"))
    assert len(pages) == len(WHO) and as_user(other, "cat", pages[0]).returncode == 0  # by its name
    owners = {path.owner() for path in (classroom.home / "course").rglob("*")}
    assert owners == {classroom.logins["teacher"]}


def test_a_learner_fetches_the_feedback(graded, classroom):
    """nbgrader looks in its own cache of what was submitted for the secret that names the page."""
    login = classroom.logins["link"]
    home, at = Path(pwd.getpwnam(login).pw_dir), f"2030-01-01 10:00:{list(WHO).index('link'):02}"
    cache = home / ".local/share/jupyter/nbgrader_cache/elves" / f"{login}+{LAB}+{at}.000000 UTC"
    inbound = next((classroom.home / "exchange/elves/inbound").glob(f"{login}+*"))
    shutil.copytree(inbound, cache, symlinks=True)
    (home / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.course_id = 'elves'\n"
        f"c.Exchange.root = '{classroom.home}/exchange'\n"
    )
    subprocess.run(["chown", "-hR", f"{login}:", home], check=True)
    nbgrader = classroom.env / "bin" / "python", "-m", "nbgrader", "fetch_feedback", LAB
    done = as_user(login, *nbgrader)
    assert done.returncode == 0, done.stderr
    [page] = (home / LAB / "feedback").rglob("*.html")
    text = page.read_text("utf-8")
    assert "the notebook is a link" in text and "is still to be written" in text


def test_names_stand_in_the_gradebook_and_again_grades_what_is_new_alone(graded, classroom):
    rows = (classroom.home / "course" / "grades.csv").read_text("utf-8").splitlines()
    assert len(rows) == 1 + len(WHO)
    assert any(
        f",{classroom.logins['right']},right,Name of,,8.0,0.0,8.0,8.0" in row for row in rows
    )
    assert call(classroom, f"grading.grade({str(classroom.home)!r}, {LAB!r})") == {}

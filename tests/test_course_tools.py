"""What stands around the exercises: an engine of one's own, the trainer, the map, the guard."""

import contextlib
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import deck
import labs
from elves import cli, course, forward, numerical, reverse
from elves.course import (
    desk,
    guard,
    keep,
    pictures,
    rooms,
    sentences,
    state,
    stopping,
    trainer,
    workshop,
)
from elves.course.tape.descend import climbs, descend
from elves.course.tape.grad import grad
from elves.course.tape.order import order
from elves.errors import ElfError, InputError, NoRuleError
from elves.widgets import Stepper
from elves.widgets.stepper import second_opinion

LAB6 = labs.read(labs.LABS / "solved" / "06_your_engine.py")


@pytest.fixture(autouse=True)
def nothing_kept():
    state.MEMORY.clear()


@pytest.fixture(scope="module")
def my_elf(tmp_path_factory):
    """The engine of lab 6, saved as a learner saves it."""
    cells = [labs.MARKER.sub("", c.source) for c in LAB6.cells if c.cell_type == "code"]
    cells = [text for text in cells if "quiz(" not in text and "Stepper" not in text]
    names, path = {"__name__": "cell"}, tmp_path_factory.mktemp("own") / "my_elf.py"
    before = os.getcwd()
    os.chdir(path.parent)
    try:
        for text in cells[: next(k for k, t in enumerate(cells) if "save(" in t)]:
            exec(text, names)
    finally:
        os.chdir(before)
    cells.append("value_and_grad = 3")  # another cell's mistake, and a magic
    cells.pop()
    said = course.save(path, names["value_and_grad"], ["%matplotlib inline", *cells])
    assert repr(said) == f"7 cells written into {path}."
    return path


def test_an_engine_that_was_saved_runs_by_itself(my_elf):
    own = keep.load(my_elf)
    value, slope = own.value_and_grad(lambda x: np.sum(np.tanh(x) * x))(np.array([0.5, -1.0]))
    want = reverse.value_and_grad(lambda x: np.sum(np.tanh(x) * x))(np.array([0.5, -1.0]))
    np.testing.assert_allclose(value, want[0])
    np.testing.assert_allclose(slope, want[1])
    a, b = own.grad(lambda a, b: a * b, (0, 1))(2.0, 3.0)
    assert (float(a), float(b)) == (3.0, 2.0)
    with pytest.raises(NoRuleError, match="no rule for sin"):
        own.grad(np.sin)(1.0)


def test_compare_puts_it_beside_the_others(my_elf, capsys):
    line = [
        "compare",
        "np.tanh(x) * x",
        "--at",
        "1.3",
        "--only",
        "reverse",
        "--engine",
        str(my_elf),
    ]
    assert cli.main(line) == 0
    rows = capsys.readouterr().out.splitlines()[-2:]
    assert rows[0].startswith("your elf ")
    assert rows[0].split()[2:4] == rows[1].split()[1:3]


def test_the_race_lets_it_run(my_elf, monkeypatch, capsys):
    from elves import race

    for name, value in race.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    line = ["race", "--quick", "--workload", "digits", "--only", "reverse", "--engine", str(my_elf)]
    assert cli.main(line) == 0
    assert "your elf" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "There is no file"),
        ("x = 1", "has no value_and_grad"),
        ("x = 1 / 0", "does not run: ZeroDivisionError"),
        ("def f(:", "does not run: SyntaxError"),
    ],
)
def test_a_file_that_holds_no_engine_gets_a_sentence(tmp_path, text, said):
    path = tmp_path / "mine.py"
    if text:
        path.write_text(text)
    with pytest.raises(InputError, match=said):
        keep.load(path)


def test_save_takes_a_function_of_a_cell():
    with pytest.raises(InputError, match="that a cell of yours defines"):
        course.save("x.py", np.sin, ["x = 1"])


def test_the_last_step_tells_what_another_engine_finds():
    f = lambda x: np.sin(x) * x  # noqa: E731
    last = lambda elf: Stepper(f, 1.3, elf=elf).frames[-1]["words"]  # noqa: E731
    assert last(forward.value_and_grad).endswith("Your elf finds 1.311: the same.")
    wrong = lambda f, argnums: lambda *args: (0.0, (2.0,))  # noqa: E731
    assert last(wrong).endswith("Your elf finds 2: that is not the same.")
    assert "no rule" in second_opinion(broken, f, (1.3,), None)


def broken(f, argnums):
    raise NoRuleError("Your elf has no rule for sin yet.")


# ------------------------------------------------------------ the trainer and the map


@pytest.mark.parametrize("seed", range(20))
def test_the_trainer_asks_for_the_right_numbers(seed):
    problem = trainer.problem(seed, 2 + seed % 4)
    names = {}
    for row in problem["rows"]:
        exec(row["words"], {}, names)
        assert names[row["name"]] == row["value"]
    for row in problem["rows"]:  # an adjoint is the slope of the rest of the program
        at = [r["name"] for r in problem["rows"]].index(row["name"])

        def rest(x, at=at, row=row):
            values = {r["name"]: r["value"] for r in problem["rows"][:at]} | {row["name"]: x}
            for later in problem["rows"][at + 1 :]:
                exec(later["words"], {}, values)
            return values[problem["rows"][-1]["name"]]

        assert row["adjoint"] == pytest.approx(numerical.grad(rest)(row["value"]))
        assert row["adjoint"] not in [value for value, _ in row["known"]]


def noted(name):
    """What the file says of an exercise, but for when that was, which is now."""
    entry = state.read()[name]
    assert 0 <= time.time() - entry.pop("last") < 60
    return entry


def test_windows_light_up(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown = course.progress()
    before = shown.svg
    course.check("tape.descend", descend)
    assert shown.svg != before
    assert "The tape: 1 of 8" in repr(shown)
    assert noted("tape.descend") == {"tries": 1, "passed": True}
    course.check("tape.descend", climbs)  # what was solved stays solved
    told = {sentences.short(rooms.find("tape.descend").mistakes[0][1]): 1}
    assert noted("tape.descend") == {"tries": 2, "passed": True, "mistakes": told}


def test_progress_is_kept_where_no_file_can_be_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / state.FILE).mkdir()
    course.check("tape.descend", descend)
    assert state.is_done("tape.descend")


ODD = [
    "", "[]", "3", "not json", '{"tape.descend": 3}', '{"tape.descend": null, "steps.best": []}',
    '{"tape.descend": {"hints": "two", "tries": "x", "passed": "yes"}}', "\x00", '{"a": {"b": 1}}',
    "[" * 100_000, '{"tape.descend": {"tries": -1, "last": 1e400, "mistakes": [1]}}',
    '{"tape.descend": {"tries": true, "last": ' + "9" * 300 + ', "passed": 1}}',
]  # fmt: skip


@pytest.mark.parametrize("text", ODD)
def test_a_progress_file_that_somebody_wrote_into_is_no_trouble(tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    (tmp_path / state.FILE).write_text(text)
    assert "The tape: 0 of 8" in repr(course.progress())
    assert course.hint("tape.descend").startswith("Hint 1")
    course.check("tape.descend", descend)
    assert noted("tape.descend") == {"hints": 1, "tries": 1, "passed": True}


def test_progress_is_kept_where_the_file_can_be_read_alone(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    course.check("tape.descend", descend)

    def denied(self, *args, **kwargs):
        raise PermissionError("read-only")

    with monkeypatch.context() as m:
        m.setattr(state.Path, "write_text", denied)
        shown = course.progress()
        course.check("tape.order", rooms.find("tape.order").right)
        assert state.is_done("tape.order") and state.is_done("tape.descend")
        assert "The tape: 2 of 8" in repr(shown)
    assert os.listdir(tmp_path) == [state.FILE]


def test_another_lab_never_reads_half_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    course.check("tape.descend", descend)
    seen, replace = [], state.Path.replace

    def meanwhile(self, target):
        seen.append(state.is_done("tape.descend"))
        return replace(self, target)

    monkeypatch.setattr(state.Path, "replace", meanwhile)
    course.hint("tape.order")
    assert seen == [True]
    assert os.listdir(tmp_path) == [state.FILE]


def test_progress_of_before_is_read_and_goes_on(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / state.FILE).write_text(
        '{"tape.descend": {"tries": 4, "hints": 2, "passed": false}}'
    )
    assert state.read() == {"tape.descend": {"tries": 4, "hints": 2, "passed": False}}
    course.check("tape.descend", descend)
    assert noted("tape.descend") == {"tries": 5, "hints": 2, "passed": True}


def test_what_was_told_is_counted(tmp_path, monkeypatch):
    """By a key that gives the sentence again; what is no key or no count is left out."""
    monkeypatch.chdir(tmp_path)
    exercise = rooms.find("tape.descend")
    wrongs = [climbs, climbs, lambda *a: None, lambda *a: spelled_wrong, descend, 3]  # noqa: F821
    said = [course.check("tape.descend", wrong) for wrong in wrongs]
    told, known = state.read()["tape.descend"]["mistakes"], sentences.sentences(exercise)
    assert [(known[key], n) for key, n in told.items()] == [
        (said[0].mistake, 2), (sentences.OTHERS["nothing"], 1), (said[3].mistake, 1),
        (sentences.OTHERS["type"], 1),
    ]  # fmt: skip
    odd = {"": 1, "<script>": 1, "x": -1, "y": 1.0, "z": True, "v": 2**60, "\u0661": 2}
    entry = state.read()["tape.descend"]
    state.write({"tape.descend": entry | {"mistakes": told | odd}})
    assert state.read()["tape.descend"]["mistakes"] == told


def test_every_sentence_has_a_key_of_its_own():
    for module, _ in rooms.LABS.values():
        for exercise in rooms.room(module).EXERCISES:
            said = {s for _, s in (*exercise.mistakes, *exercise.stops)}
            known = sentences.sentences(exercise)
            assert said <= {*known.values()} and all(map(state.KEY.fullmatch, known))


def test_a_class_has_one_progress_for_all_its_labs(tmp_path, monkeypatch, my_elf):
    (tmp_path / "labs" / "04_the_tape").mkdir(parents=True)
    monkeypatch.setenv("ELVES_COURSE", str(tmp_path / "labs"))
    monkeypatch.chdir(tmp_path / "labs" / "04_the_tape")
    course.check("tape.descend", descend)
    mine = keep.load(my_elf)  # an absolute path stays as it is
    cells = ["def value_and_grad(f):\n    return f"]
    names = {}
    exec(cells[0], names)
    said = course.save("my_elf.py", names["value_and_grad"], cells)
    assert repr(said) == f"1 cell written into {tmp_path / 'labs' / 'my_elf.py'}."
    course.save(tmp_path / "other.py", names["value_and_grad"], cells)
    assert sorted(os.listdir(tmp_path)) == ["labs", "other.py"]
    assert sorted(os.listdir(tmp_path / "labs")) == ["04_the_tape", "my_elf.py", state.FILE]
    assert os.listdir() == [] and mine.value_and_grad and keep.load("my_elf.py")


def test_houses_stand_below_each_other_on_a_narrow_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown = course.progress().svg
    assert f"repeat(auto-fill,minmax({workshop.LEAST}px,1fr))" in shown
    assert shown.count("<svg") == len(rooms.LABS)
    assert shown.count('aria-label="lab ') == len(rooms.LABS)


@pytest.mark.parametrize("columns", range(1, pictures.MOST + 1))
def test_a_phone_can_read_the_numbers_of_a_matrix(columns):
    """Two matrices beside each other would shrink to half of what fits below each other."""
    want = np.arange(2.0 * columns).reshape(2, columns)
    drawn = pictures.matrix(want, want + 1).svg
    width, height = map(int, re.search(r'width="(\d+)" height="(\d+)"', drawn).groups())
    assert width <= max(400, 20 + 84 * columns)  # as for one, from three columns on
    assert drawn.count("expected") == drawn.count("yours") == 1
    for x, y in re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="81"', drawn):
        assert float(x) + 81 <= width and float(y) + 27 <= height


def test_what_a_matrix_says_has_room():
    """Long titles stand below each other, and no number leaves its cell."""
    want = np.array([[1.0, -0.00026925], [-1.745e-16, -123456.0]])
    drawn = pictures.matrix(want, want + 1, ": values, then slopes").svg
    words = re.findall(r'<text x="(\d+)" y="\d+" font-size="16"[^>]*>([^<]*)<', drawn)
    assert {x for x, _ in words} == {"10"} and len(words) == 2
    assert int(re.search(r'width="(\d+)"', drawn)[1]) > 9 * max(len(text) for _, text in words)
    cells = re.findall(r'font-size="15"[^>]*>([^<]*)<', drawn)
    assert cells[:4] == ["1", "-0.00027", "0", "-1.2e+05"] and max(map(len, cells)) <= 8


def test_a_program_in_a_verdict_is_set_as_code():
    shown = rooms.find("rewriting.both").look(lambda line: ([line], []))._repr_html_()
    head, code = re.findall(r"<div style=[^>]*>([^<]*)</div>", shown)[:2]
    assert head.endswith(" of") and code.startswith("def f(") and "\n    return " in code


def test_quizzes_have_one_right_answer_and_say_why():
    for key in [*(module for module, _ in rooms.LABS.values()), "talk"]:
        for name, questions in rooms.room(key).QUIZZES.items():
            for asked in questions:
                assert sum(a["correct"] for a in asked["answers"]) == 1, name
                assert all(a["feedback"] for a in asked["answers"]), name
                assert "`" not in str(asked), f"{name}: a quiz shows backticks as they are"


def test_a_quiz_asks_the_net_for_nothing(monkeypatch):
    from jupyterquiz.dynamic import display

    shown = []
    monkeypatch.setattr(display, "display", lambda each: shown.append(each.data))

    for key in ("talk", "tape"):
        name, questions = next(iter(rooms.room(key).QUIZZES.items()))
        assert "$" not in str(questions)  # nor is there a formula that MathJax would set
        shown.clear()
        course.quiz(name)
        script = shown[-1]
        assert "show_questions" in script and "typeof MathJax" not in script


def test_a_quiz_can_be_answered_by_the_keyboard(capsys, monkeypatch):
    """JupyterLab takes the arrows and the space bar unless they are stopped before it."""
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda *things: shown.extend(things))
    course.quiz("steps.halved")
    scripts = [thing.data for thing in shown if type(thing).__name__ == "Javascript"]
    assert desk.QUIZ_KEYS in scripts
    for key in ("ArrowDown", "ArrowUp", '" "'):
        assert key in desk.QUIZ_KEYS


def test_a_name_says_that_its_cell_did_not_run():
    names = {}
    exec("from elves.course import lab\nlab(4)", names)
    assert repr(desk.check("tape.backward", names["backward"])).startswith("○ tape.backward")
    for use in ("backward(1)", "class Number(Node): pass", "Node.value"):
        with pytest.raises(InputError, match="is not there yet: run the cell"):
            exec(use, names)


@pytest.mark.parametrize(
    "use", ['slopes["+"](1, 2)', "for sign in slopes: pass", "slopes |= {}", '"+" in slopes',
            "slopes.items()", "len(slopes)", 'slopes["+"] = max', "dict(slopes)"],
)  # fmt: skip
def test_a_dict_that_is_not_there_yet_says_so(use):
    names = {}
    exec("from elves.course import lab\nlab(2)", names)
    with pytest.raises(InputError, match="slopes is not there yet: run the cell"):
        exec(use, names)


def forward_of_lab_1(f, x, h):
    return h


forward_of_lab_1.__name__ = "forward"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: desk.check(), "check takes the name of an exercise and your answer"),
        (lambda: desk.check("tape.order"), r'and your answer: check\("tape.order", order\)'),
        (lambda: desk.check("engine.pick"), r'and your answer: check\("engine.pick", RULES\)'),
        (
            lambda: desk.check(forward_of_lab_1),
            r'and your answer: check\("steps.forward", forward\)',
        ),
        (lambda: desk.check(desk.Unwritten("best")), r'check\("steps.best", best\)'),
        (lambda: desk.check("steps.centrl", max), "do you mean 'steps.central'"),
        (lambda: desk.hint("engine.deper"), "do you mean 'engine.deeper'"),
        (lambda: desk.quiz("halved"), "no quiz 'halved': do you mean 'steps.halved'"),
        (lambda: desk.quiz("duals.pases"), "do you mean 'duals.passes'"),
        (lambda: desk.quiz("steps.nothing"), "choose from steps.halved, steps.smaller, steps.runs"),
        (lambda: desk.quiz(7), "no quiz 7: choose from"),
        (lambda: course.own(desk.Unwritten("value_and_grad")), "value_and_grad is not there yet"),
        (
            lambda: course.save("no.py", desk.Unwritten("value_and_grad")),
            "is not there yet: run the cell",
        ),
        (lambda: desk.quiz(), "quiz takes the name of a quiz"),
        (lambda: desk.hint(), "hint takes the name"),
        (lambda: desk.lab(), f"lab takes the number of a lab, from 1 to {max(rooms.LABS)}"),
        (lambda: desk.lab(0), f"lab takes the number of a lab, from 1 to {max(rooms.LABS)}"),
        (lambda: desk.lab("tape"), f"lab takes the number of a lab, from 1 to {max(rooms.LABS)}"),
        (lambda: course.progress(1), r"progress takes nothing, .*: progress\(\)"),
        (lambda: course.save(), r'yours defines: save\("my_elf.py", value_and_grad\)'),
        (lambda: course.save(max, "my_elf.py"), "save takes the name of a file and a function"),
        (lambda: course.save("my_elf.py", max, 3), "save takes the name of a file and a function"),
        (lambda: course.own(None), "own takes the function that you wrote in lab 6"),
        (lambda: course.own(grad)(max, 5)(1.0), "argnums=5 must name different arguments"),
    ],
)
def test_a_call_without_its_name_says_what_it_takes(call, said):
    with pytest.raises(InputError, match=said):
        call()


ANYTHING = None, 7, 1.5, "x", "tape.order", [], {}, max, object(), np.ones(2), b"x"


@pytest.mark.parametrize("name", [n for n in course.__all__ if n[0].islower()])
def test_no_call_ends_in_an_error_of_pythons(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("IPython.display.display", lambda *things: None)
    more = [(a, b) for a in ANYTHING for b in ANYTHING]
    for args in [(), *((a,) for a in ANYTHING), *more, ("tape.order", max, 3), (1, max, ["1"], 4)]:
        for options in ({}, {"nothing": 1}):
            with contextlib.suppress(ElfError):
                getattr(course, name)(*args, **options)


# ------------------------------------------------------------ the guard

ENDLESS = """
import sys, threading
from pyodide_checks import loops_are_stopped

def run():
    loops_are_stopped()
    print("all of them")

if sys.argv[1] == "by_thread" and hasattr(sys, "monitoring"):
    del sys.monitoring  # as in Python 3.11
if sys.argv[1] == "by_alarm":  # which rings in the main thread only
    run()
else:
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(60)
"""


@pytest.mark.parametrize("way", ["by_alarm", "by_lines", "by_thread"])
def test_endless_loops_are_stopped(way):
    """In a process of its own: a loop that is not stopped would run beside all other tests."""
    if way == "by_lines" and not hasattr(sys, "monitoring"):
        pytest.skip("Python 3.11 has no sys.monitoring")
    command = [sys.executable, "-c", ENDLESS, way]
    done = subprocess.run(
        command, cwd=Path(__file__).parent, capture_output=True, text=True, timeout=90
    )
    assert done.stdout == "all of them\n" and not done.stderr


def test_no_stop_comes_after_the_end():
    """Whatever the moment: a Stop that comes late would end the learner's next cell.

    One that is announced and never comes makes Python 3.11 look for it at each call.
    """

    def run():
        for k in range(300):
            end = time.monotonic() + 0.0011
            with contextlib.suppress(stopping.Stop), stopping.stopped_at(end):
                while time.monotonic() < end - 1e-6 * (k % 40) + 1e-5:
                    pass
        time.sleep(2 * stopping.AGAIN)
        ended.append(threading.current_thread().name)

    ended = []
    thread = threading.Thread(target=run, name="other", daemon=True)
    thread.start()
    thread.join(30)
    run()
    assert ended == ["other", threading.current_thread().name]
    assert course.check("tape.order", order).passed  # where each call is counted


def test_values_are_compared_as_a_teacher_would():
    assert guard.same(1, 1.0, 0)
    assert guard.same([1.0, 2.0], np.array([1.0, 2.0]), 0)
    assert guard.same(float("nan"), float("nan"), 0)
    assert not guard.same(None, 0.0, 1)
    assert not guard.same(np.ones(3), np.ones((3, 1)), 1e-9)
    assert not guard.same("1.0", 1.0, 1e-9)


def test_failures_are_alike_by_what_they_say():
    """The kind alone is not enough: Python has one name for very different mistakes."""
    failure = lambda words: guard.Failure(words.split(":")[0], words)  # noqa: E731
    one = failure("TypeError: slope() takes 1 positional argument but 2 were given, in line 3 of f")
    assert guard.same(one, failure("TypeError: <lambda>() takes 2 positional argument but 3 "
                                   "were given"), 0)  # fmt: skip
    assert not guard.same(one, failure("TypeError: 'list' object is not callable"), 0)
    assert guard.same(failure("KeyError: 3"), failure("KeyError: 2.5"), 0)
    assert not guard.same(failure("KeyError: 3"), failure("IndexError: 3"), 0)
    assert guard.same(failure("TypeError: unsupported operand type(s) for /: 'int' and 'str'"),
                      failure("TypeError: unsupported operand type(s) for ** or pow(): 'str' and "
                              "'int'"), 0)  # fmt: skip


def test_the_hand_over_says_what_does_not_reach_an_engine():
    node = tape_node()
    for use in (lambda: np.add.reduce(node), lambda: np.array(node)):
        with pytest.raises(ElfError):
            use()


def test_the_hand_over_knows_a_shape_without_a_call():
    node = tape_node()
    assert (np.shape(node), np.ndim(node), np.size(node), np.size(node, 0)) == ((3,), 1, 3, 3)


def tape_node():
    class Node(course.Handover):
        value = np.ones(3)

    return Node()


def test_grading_gets_solutions_with_marks(tmp_path):
    paths = list(labs.grading(tmp_path))
    assert paths == sorted(tmp_path.rglob("*.ipynb")) and len(paths) == len(labs.sources())
    for path in paths:
        nb = deck.read(path)
        marked = [c for c in nb.cells if "BEGIN SOLUTION" in c.source]
        assert marked and all(c.metadata.nbgrader.solution for c in marked)
        assert sum(c.metadata.get("nbgrader", {}).get("points", 0) for c in nb.cells) >= 4

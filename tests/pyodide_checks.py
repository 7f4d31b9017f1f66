"""What only holds in a browser's Python: run by tests/pyodide.mjs inside of Pyodide."""

import importlib.util
import itertools
import json
import linecache
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import elves
from elves import reverse, static_graph, symbolic
from elves.course import guard, rooms, state

pytestmark = pytest.mark.skipif(sys.platform != "emscripten", reason="only in a browser")


class Dual:
    """As learners write it: one of its methods calls another without end."""

    def __init__(self, value):
        self.value = value

    def __add__(self, other):
        return other.__radd__(self) if isinstance(other, Dual) else other + self

    def __radd__(self, other):
        return self + other

    def __getattr__(self, name):
        return getattr(self, name + "_")

    def __array_ufunc__(self, ufunc, method, *args, **kwargs):
        return ufunc(self)

    def __repr__(self):
        return f"Dual({self})"

    def __str__(self):
        return repr(self)


def downwards(n):
    return sorted([n], key=downwards)


def itself(x):
    return np.sin(itself(x))


def inner(x):
    return elves.grad(inner)(x)


ENDLESS = {
    "an operator": lambda: Dual(1) + 2,
    "an attribute": lambda: Dual(1).tangent,
    "a NumPy function": lambda: np.sin(Dual(1)),
    "printing": lambda: print(Dual(1)),
    "a key": lambda: downwards(1),
    "plain": lambda: itself(1.0),
    "a derivative": lambda: elves.grad(itself)(1.0),
    "derivatives in derivatives": lambda: inner(1.0),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_endless_recursion_ends_in_a_sentence(name):
    for _ in range(2):
        with pytest.raises(RecursionError):
            ENDLESS[name]()
    value, _ = guard.attempt(lambda f, x: f(), ENDLESS[name], 1)
    assert value.kind == "recursion" and "calls itself without end" in value.words


def test_ordinary_depth_is_no_recursion():
    def down(n):
        return n and 1 + down(n - 1)

    assert down(40) == 40
    f = np.sin
    for _ in range(4):
        f = elves.grad(f)
    assert f(1.0) == pytest.approx(np.sin(1.0), rel=1e-6)


def chain(x, n):
    for _ in range(n):
        x = x * 1.0001
    return x


def test_long_chains_of_nodes_are_freed_without_recursion():
    for start in (
        symbolic.symbol("x"), static_graph.placeholder("x"), reverse.Variable(1.0)
    ):  # fmt: skip
        y = chain(start, 20_000)
        del y
    assert elves.grad(lambda x: chain(x, 20_000))(1.0) == pytest.approx(1.0001**20_000)


def loop(x):
    while True:
        pass


def line(x):
    while True: pass  # fmt: skip # noqa: E701


def stubborn(x):
    while True:
        try:
            x = x + 1
        except:  # noqa: E722
            continue


def careless(x):
    while True:
        try:
            x = x + 1
        except:  # noqa: E722
            x = 1.0


def short(x):
    while x: x = x + 1  # fmt: skip # noqa: E701


def arrays(x):
    while True:
        x = np.sin(np.ones(100) * x).sum()


def inside(x):
    return sum(loop(x) for _ in range(3))


def comprehended(x):
    return [x for _ in itertools.count() if x > 2.0]


def calling(x):
    while True:
        try:
            x = half(x)
        except:  # noqa: E722
            x = 1.0


def half(x):
    return x / 2


LOOPS = loop, line, stubborn, careless, short, arrays, inside, comprehended, calling


def loops_are_stopped(loops=LOOPS):
    """Wherever in a loop its time is over; tests/test_course_tools.py asks it of other Pythons."""
    for endless in loops:
        for k in range(20):
            end = time.monotonic() + 0.02 + 0.0007 * k
            value, _ = guard.attempt(lambda f, x: f(x), endless, 1.0, end)
            assert value.kind == "endless"
    value, _ = guard.attempt(lambda f, x: f(x), np.sin, 0.0)  # the next one runs
    assert value == 0.0


@pytest.mark.parametrize("endless", LOOPS)
def test_a_learners_endless_loop_is_stopped(endless):
    loops_are_stopped([endless])


def test_a_package_comes_when_it_is_imported_and_not_before():
    assert importlib.util.find_spec("threadpoolctl").origin is None
    import threadpoolctl

    assert (
        threadpoolctl.threadpool_info() is not None
        and importlib.util.find_spec("threadpoolctl").origin
    )


def test_a_package_that_cannot_be_fetched_is_told_in_a_sentence(monkeypatch):
    (finder,) = [each for each in sys.meta_path if type(each).__name__ == "Finder"]

    def broken(name):
        raise OSError

    for fetch in (broken, lambda name: b"<html>"):
        monkeypatch.setattr(finder, "fetch", fetch)
        with pytest.raises(elves.errors.MissingError, match="scikit-learn, which could not be"):
            elves.digits.everything()


# ------------------------------------------------------------------------------- the labs

SOLVED = sorted((Path(__file__).parents[1] / "notebooks" / "labs" / "solved").glob("*.ipynb"))
EXERCISES = {e.name: e for module, _ in rooms.LABS.values() for e in rooms.room(module).EXERCISES}
MISTAKES = [(name, k) for name in EXERCISES for k in range(2)]  # of a few hundred


@pytest.fixture
def somewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    state.MEMORY.clear()


@pytest.mark.parametrize("path", SOLVED, ids=lambda path: path.stem)
def test_a_solved_lab_runs_and_passes_its_checks(path, somewhere):
    names, verdicts = {"__name__": "cell"}, []
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code" and "save(" not in source:  # which asks IPython for cells
            if source.startswith("check("):
                verdicts.append(eval(source, names))
            else:
                file = f"<ipython-input-{cell['id']}>"  # whose text can be read, as a cell's can
                linecache.cache[file] = len(source), None, source.splitlines(True), file
                exec(compile(source, file, "exec"), names)
    assert len(verdicts) >= 4
    assert [repr(verdict) for verdict in verdicts if not verdict.passed] == []


@pytest.mark.parametrize(("name", "k"), MISTAKES)
def test_a_mistake_is_known_here_too(name, k, somewhere):
    wrong, sentence = EXERCISES[name].mistakes[k]
    verdict = elves.course.check(name, wrong)
    assert not verdict.passed
    assert verdict.mistake == sentence

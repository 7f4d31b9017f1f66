"""The labs: solutions pass, stubs say what is open, and mistakes are known by name."""

import ast
import functools
import math
import random
import re

import numpy as np
import pytest

import course_variants
import deck
import labs
from elves.course import check, desk, hint, pictures, rooms, state
from elves.course.duals import dual
from elves.course.exercise import Exercise
from elves.course.real import real_source
from elves.course.steps import best, curves
from elves.course.symbols import derivative, evaluate, formulas, slope
from elves.errors import InputError

MODULES = {path: labs.read(path) for path in labs.sources()}
EXERCISES = {e.name: e for module, _ in rooms.LABS.values() for e in rooms.room(module).EXERCISES}
CHECKS = re.compile(r'^check\("([\w.]+)", (.+)\)$', re.MULTILINE)
MISTAKES = [
    pytest.param(name, k, id=f"{name}-{k}")
    for name, e in EXERCISES.items()
    for k in range(len(e.mistakes))
]
VARIANTS = [
    pytest.param(name, text, k, id=f"{name}-{k}-{n}")
    for name, found in course_variants.VARIANTS.items()
    for n, (k, text) in enumerate(found)
]


@pytest.fixture(autouse=True)
def somewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    state.MEMORY.clear()


@functools.cache
def lab_of(name):
    """The cells that an exercise rests on, its own cell, and the answer that is checked."""
    for nb in MODULES.values():
        before = []
        for cell in nb.cells:
            if found := CHECKS.search(cell.source):
                if found[1] == name:
                    return before[:-1], before[-1], found[2]
            elif cell.cell_type == "code":
                own = cell.metadata.get("nbgrader") or "setup" in cell.metadata.get("tags", [])
                before += [cell.source] if own else []
    raise LookupError(name)


def answer(name, change=lambda source: source):
    """What a learner would hand in, from the solutions and a change of the exercise's cell."""
    earlier, own, expression = lab_of(name)
    names = {"__name__": "cell"}
    for source in [*earlier, change(own)]:
        exec(compile(source, "<cell>", "exec"), names)
    return eval(expression, names)


def stub(source):
    return labs.SOLUTION.sub(lambda found: found[1] + labs.STUB.format(found[1]), source)


def test_the_notebooks_are_what_their_sources_say():
    assert list(labs.stale()) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_learners_have_no_outputs_and_no_solutions(path):
    nb = deck.read(labs.LABS / path.with_suffix(".ipynb").name)
    for cell in nb.cells:
        assert "SOLUTION" not in cell.source
        assert not cell.get("outputs")
    assert any("NotImplementedError" in cell.source for cell in nb.cells)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_minutes_of_a_lab(path):
    """By words, cells and exercises, and by what each part promises: 30 to 60 minutes."""
    nb = labs.read(path)
    words = sum(len(c.source.split()) for c in nb.cells if c.cell_type == "markdown")
    code = sum(c.cell_type == "code" for c in nb.cells)
    exercises = sum(bool(CHECKS.search(c.source)) for c in nb.cells)
    planned = sum(c.metadata.get("minutes", 0) for c in nb.cells)
    counted = words / 180 + code * 0.4 + exercises * 3.5
    assert 30 <= planned <= 60
    assert 0.6 * planned <= counted <= 1.15 * planned
    assert f"About {5 * round(planned / 5)} minutes" in nb.cells[0].source


@pytest.mark.parametrize("name", EXERCISES)
def test_a_solution_passes(name):
    verdict = check(name, answer(name))
    assert verdict.passed, verdict
    assert state.is_done(name)
    assert real_source(EXERCISES[name].real), "shown from what is installed"
    assert "✓" in verdict._repr_html_()


@pytest.mark.parametrize("name", EXERCISES)
def test_a_stub_says_that_it_is_open(name):
    try:
        found = answer(name, stub)
    except NotImplementedError:
        found = desk.Unwritten(name)  # a cell that fails leaves the name as `lab` made it
    verdict = check(name, found)
    assert not verdict.passed
    assert "still to be written" in repr(verdict)
    assert state.read() == {}


@pytest.mark.parametrize("name", EXERCISES)
def test_three_hints_three_mistakes(name):
    exercise = EXERCISES[name]
    assert len(exercise.hints) == 3
    assert len(exercise.mistakes) >= 3
    assert [hint(name)[:6] for _ in range(4)] == ["Hint 1", "Hint 2", "Hint 3", "Hint 3"]


@pytest.mark.parametrize(("name", "k"), MISTAKES)
def test_a_mistake_is_known(name, k):
    wrong, sentence = EXERCISES[name].mistakes[k]
    verdict = check(name, wrong)
    assert not verdict.passed
    assert verdict.mistake == sentence
    assert verdict._repr_html_()


@pytest.mark.parametrize(("name", "text", "k"), VARIANTS)
def test_a_mistake_is_known_when_it_is_written_in_another_way(name, text, k):
    found = answer(name, lambda source: text)
    verdict = check(name, found)
    assert not verdict.passed
    assert verdict.mistake == EXERCISES[name].mistakes[k][1]


def test_every_mistake_has_two_variants():
    for name, exercise in EXERCISES.items():
        told = [k for k, _ in course_variants.VARIANTS.get(name, [])]
        first = {sentence: k for k, (_, sentence) in reversed(list(enumerate(exercise.mistakes)))}
        for sentence, k in first.items():
            same = [n for n in told if exercise.mistakes[n][1] == sentence]
            assert len(same) >= 2, (name, k, sentence)


# ------------------------------------------------------------ mutants of the solutions
SWAPS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.MatMult: ast.Mult, ast.Lt: ast.GtE, ast.Gt: ast.LtE, ast.LtE: ast.Gt, ast.GtE: ast.Lt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or,
    ast.Or: ast.And, ast.UAdd: ast.USub, ast.USub: ast.UAdd, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip


def mutants(source):
    """Programs that differ from one in an operator, a constant, or the order of two lines."""
    inside = [
        range(source[: m.start()].count("\n") + 1, source[: m.end()].count("\n") + 2)
        for m in labs.SOLUTION.finditer(source)
    ]
    found, tree = [], ast.parse(source)
    for at, node in enumerate(ast.walk(tree)):
        if not any(getattr(node, "lineno", 0) in lines for lines in inside):
            continue
        for kind in ("op", "ops", "value", "swap", "drop"):
            again = ast.parse(source)
            copy = list(ast.walk(again))[at]
            if mutated(copy, kind):
                found.append(ast.unparse(ast.fix_missing_locations(again)))
    return list(dict.fromkeys(found))


def mutated(node, kind):
    """Change a node in place; tell whether there was something to change."""
    if kind == "op" and type(getattr(node, "op", None)) in SWAPS:
        node.op = SWAPS[type(node.op)]()
    elif kind == "ops" and isinstance(node, ast.Compare) and type(node.ops[0]) in SWAPS:
        node.ops[0] = SWAPS[type(node.ops[0])]()
    elif kind == "value" and isinstance(node, ast.Constant) and type(node.value) in (int, float):
        node.value = node.value + 1
    elif kind == "swap" and isinstance(node, ast.Call) and len(node.args) == 2:
        node.args.reverse()
    elif kind == "drop" and isinstance(node, (ast.For, ast.FunctionDef)) and len(node.body) > 1:
        del node.body[0]
    else:
        return False
    return True


@pytest.mark.parametrize("name", EXERCISES)
def test_mutants_of_a_solution_do_not_pass(name):
    source = lab_of(name)[1]
    found = mutants(source)
    random.Random(0).shuffle(found)
    passed = []
    for text in found[:20]:
        try:
            verdict = EXERCISES[name].look(answer(name, lambda _, text=text: text))
        except Exception:
            continue  # it does not even run
        if verdict.passed:
            passed.append(text)
    equivalent = course_variants.EQUIVALENT.get(name, {})
    passed = [text for text in passed if not any(part in text for part in equivalent)]
    assert not passed, passed[0]


# ------------------------------------------------------------ learners as they are


def test_what_is_no_exercise_gets_a_sentence():
    with pytest.raises(InputError, match=r"choose from tape\.by_hand"):
        check("tape.bakward", None)
    with pytest.raises(InputError, match="begin with one of"):
        hint("nothing")


def forever(out):
    while True:
        try:
            out.grad = 1.0
        except:  # noqa: E722
            out.grad = 2.0


def calls_itself(out):
    return calls_itself(out)


def prints(out):
    print("here I am")
    out.grad = 1.0


def leaves(out):
    raise SystemExit


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (forever, "does each loop end"),
        (calls_itself, "calls itself without end"),
        (prints, "it printed: here I am"),
        (leaves, "SystemExit"),
        (lambda out: out.nothing, "has no attribute 'nothing'"),
        (lambda: None, "takes 0 positional arguments"),
        (7, "asks for a function, but got 7"),
        (None, "asks for a function, but got None"),
        (desk.Unwritten("backward"), "still to be written"),
    ],
)
def test_wrong_answers_of_any_kind(wrong, said):
    assert said in repr(check("tape.backward", wrong))


@pytest.mark.parametrize("name", ["duals.arrays", "engine.entrywise", "engine.reduce"])
def test_a_rule_that_is_not_there_yet_is_named(name):
    assert re.search(r"got: no rule for (tanh|divide|sum) yet", repr(check(name, {})))


def test_exceptions_show_the_line_of_the_learner():
    def backward(out):
        return out.gradient

    assert "return out.gradient" in repr(check("tape.backward", backward))


def kept_seen(formula, shared, seen=set()):  # noqa: B006, as learners write it
    if not isinstance(formula, tuple) or (shared and formula in seen):
        return 0
    seen.add(formula)
    return 1 + sum(kept_seen(part, shared) for part in formula[1:])


def puts_pi(formula, values):
    values["pi"] = 3.14
    return evaluate.by_elf(formula, values)


def moves_the_point(f, point, direction):
    point[:] = map(dual.Dual, point, direction)
    y = dual.dual(f(*point))
    return y.value, y.tangent


def right_slope(change):
    return lambda f, x, h: change((f(x + h) - f(x)) / h)


def prints_it(f, x, h):
    print((f(x + h) - f(x)) / h)


CAME = [  # what came in the place of an answer, and what is said
    ("steps.forward", right_slope(lambda y: None), "Nothing comes back"),
    ("steps.forward", prints_it, "that is what return does"),
    ("steps.forward", right_slope(str), "That is text; asked is one number"),
    ("steps.forward", right_slope(lambda y: [y]), "That is a list of 1; asked is one number"),
    ("steps.forward", right_slope(lambda y: np.array([y])), "an array of 1; asked is one number"),
    ("steps.forward", right_slope(lambda y: (y, y)), "That is a tuple of 2; asked is one number"),
    ("steps.forward", right_slope(lambda y: lambda x: y), "a function, not its result: call it"),
    ("steps.forward", right_slope(lambda y: y * (1 + 1e-6)), "close, but not it"),
    ("steps.forward", right_slope(lambda y: y ^ 2), "In Python ^ is no power"),
    ("steps.forward", right_slope(lambda y: no_such_name), "Python does not know that name"),  # noqa: F821
    ("steps.best", lambda c, p, e: 1j, "That is a complex number; asked is one number"),
    ("steps.gradient", lambda s, f, w, h: np.zeros((5, 1)), "array of the shape (5, 1); asked"),
    ("symbols.slope", lambda formula, x: None, "Nothing comes back"),
    ("symbols.slope", lambda formula, x: ["+", 1, 2], "it is a list, and formulas are tuples"),
    ("symbols.slope", lambda formula, x: ("**", "x", 2), "the signs are + - * / exp log"),
    ("symbols.operations", kept_seen, "something is kept from call to call"),
    ("symbols.evaluate", puts_pi, "changed what it was given"),
    ("symbols.lines", dict.fromkeys, "asked is a list of pairs"),
    ("symbols.lines", lambda formula: [(formula, "t0")], "is no pair of a name and an operation"),
    ("symbols.lines", lambda formula: [("t0", "+", "x", "y")], "is no pair of a name"),
    ("broadcasting.shape", lambda s, t: (n for n in s), "a generator, which has computed nothing"),
    ("broadcasting.product", lambda g, a, b: [g * b, np.ones(2)], "The second one of the 2 is"),
    (
        "broadcasting.product",
        lambda g, a, b: [g + a, g, g],
        "That is 3 of them; asked are 2 arrays",
    ),
    (
        "broadcasting.matmul",
        lambda g, a, b: [a[0] + 1, b],
        "The first one of the 2 is an array of 1",
    ),
    ("broadcasting.matmul", lambda g, a, b: [a.T(), b], "are there parentheses too many"),
    ("broadcasting.matmul", lambda g, a: [a, a], "number of arguments than stand in its `def`"),
    ("steps.best", lambda c, p, e: 0, "got: h = 0"),
    ("steps.best", lambda c, p, e: -1.0, "got: h = -1, and a step goes upwards"),
    ("steps.best", lambda c, p, e: float("nan"), "got: h = nan, and a step goes upwards"),
    ("steps.complex", lambda f, x, h: f(x * 1j), "That is a complex number; asked is one number"),
    ("symbols.simplify", lambda formula: "x + 0", "'x + 0' is text, and no formula"),
    ("symbols.slope", lambda formula, x: "*", "a sign stands first in a tuple"),
    ("symbols.slope", lambda formula, x: "z1", "There is a name 'z1' in the formula"),
    ("symbols.table", {}, "got: no entry '-' yet"),
    ("duals.functions", {"exp": lambda x: math.exp(x)}, "The functions of math take a plain"),
    ("duals.divide", lambda u, v: None, "Nothing comes back: does each way through"),
    ("engine.entrywise", {np.true_divide: lambda g, y, a, b: [g]}, "That is 1 of them; asked are"),
    (
        "engine.reduce",
        {np.sum: lambda g, y, x, axis=None: [g]},
        "What is in it is one number; asked is an array of 3",
    ),
    (
        "engine.reduce",
        {np.sum: lambda g, y, x, axis=None: [g, g]},
        "That is 2 of them; asked is 1 array",
    ),
    ("duals.divide", lambda u, v: (1, 2), "a tuple came back: asked is a Dual"),
    ("duals.divide", lambda u, v: dual.Dual(u, v), "a Dual that holds a Dual"),
    ("duals.jvp", moves_the_point, "changed what it was given"),
    ("duals.jvp", lambda f, x, dx: dual.Dual(1.0), "That is a Dual; asked is a tuple of 2"),
    ("duals.grad", lambda f: [1.0], "grad gave back a list: asked is a function"),
    ("duals.grad", lambda f: None, "Nothing comes back"),
    ("duals.nested", lambda f: lambda x: (1.0, 2.0), "That is a tuple of 2; asked is one number"),
]


@pytest.mark.parametrize(("name", "wrong", "said"), CAME)
def test_what_came_is_named_where_no_mistake_is(name, wrong, said):
    text = repr(check(name, wrong))
    assert said in text
    assert " at 0x" not in text


def test_a_name_that_was_given_counts():
    """Whoever writes "x" for the parameter x is right only as long as x is asked for."""
    for name in ("symbols.slope", "symbols.derivative"):
        fixed = slope.only_by_x(slope.by_rule() if name.endswith("slope") else
                                  derivative.by_table())  # fmt: skip
        assert not check(name, fixed).passed


def test_a_mistake_is_not_named_after_the_exception_alone():
    wrong = lambda scheme, f, w, h: w.shape[1]  # noqa: E731
    assert "tuple index out of range" in repr(check("steps.gradient", wrong))
    assert check("steps.gradient", wrong).mistake is None


def test_exceptions_alone_name_what_is_right_before_the_first_of_them():
    """X * W1 fits in the smallest case: so what is wrong there too is another mistake."""

    def entries(params, X):
        W1, b1, W2, b2, W3, b3 = params
        return np.tanh(np.tanh(X * W1 + b1) * W2 + b2) * W3 + b3

    verdict = check("engine.deeper", entries)
    assert verdict.right == 1
    assert "in this order" not in repr(verdict)
    assert "X on its left" in repr(verdict)


def test_one_argument_too_many_is_not_one_too_few():
    def with_the_sign(formula, values):
        if not isinstance(formula, tuple):
            return formulas.PLAIN.get(formula) or values.get(formula, formula)
        return formulas.PLAIN[formula[0]](*[with_the_sign(part, values) for part in formula])

    verdict = check("symbols.evaluate", with_the_sign)
    assert "got 3" in repr(verdict)
    assert verdict.mistake is None


def test_a_none_that_was_given_is_no_missing_return():
    table = {np.sum: lambda g, y, x, axis=None, keepdims=False: [g / x.shape[axis]]}
    said = repr(check("engine.reduce", table))
    assert "NoneType" in said
    assert "an argument that was left out, such as axis=None" in said


def test_what_names_itself_is_no_mistake_without_a_name():
    for name, found in [("symbols.slope", ["+", 1, 2]), ("symbols.derivative", ("-", "x"))]:
        said = repr(check(name, lambda formula, x, found=found: found))
        assert "is no formula" in said
        assert "No mistake that we know" not in said
    table = {sign: lambda *parts: [("-", part) for part in parts] for sign in "+-*/"}
    assert "No mistake that we know" not in repr(check("symbols.table", table))


def test_what_looks_equal_is_said_to_differ():
    wrong = lambda c, p, e: best.lowest(c, p, e) * (1 + 1e-4)  # noqa: E731
    assert "which differs in a digit further back" in repr(check("steps.best", wrong))
    as_text = right_slope(lambda y: f"{y:.10g}")
    assert "further back" not in repr(check("steps.forward", as_text))


@pytest.mark.parametrize("words", curves.CURVES)
@pytest.mark.parametrize("got", [0.0, 1.0, -1e20, float("inf")])
def test_a_curve_is_drawn_beside_its_pole_too(words, got, recwarn):
    picture = pictures.lines(curves.function(words), 1.0, 0.5, -1.0, got)
    assert (picture is None) == (got == float("inf"))
    assert picture is None or not re.search(r"nan|inf", picture.svg.split("</style>")[1])
    assert not recwarn.list


def test_arguments_that_are_changed_are_noticed():
    exercise = Exercise(
        "x", cases=lambda random: [([3, 1, 2],)], right=sorted, mistakes=(), hints=(), idea=""
    )

    def in_place(numbers):
        numbers.sort()
        return numbers

    assert "changed what it was given" in repr(exercise.look(in_place))

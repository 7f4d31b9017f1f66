"""The reader of expressions: right on what it allows, one clear sentence for anything else."""

import contextlib
import inspect
import string
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elves.errors import ExpressionError
from elves.expression import FUNCTIONS, MAX_LENGTH, parse

ALLOWED = {
    "np.sin(x) * x**2": lambda x: np.sin(x) * x**2,
    "sin(x)*x**2": lambda x: np.sin(x) * x**2,
    "numpy.exp(-x**2 / 2) / np.sqrt(2 * np.pi)": lambda x: np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi),
    "2**x + e": lambda x: 2.0**x + np.e,
    "-x**-2": lambda x: -(x**-2.0),
    "+x": lambda x: x,
    "x - 1 - (2 - x)": lambda x: x - 1 - (2 - x),
    "x**(1/2)": np.sqrt,
    "maximum(x, 0.5)": lambda x: np.maximum(x, 0.5),
    "(" * 150 + "x" + ")" * 150: lambda x: x,
    "1e-3*x": lambda x: 1e-3 * x,
}

REFUSED = {  # text: what its sentence must name
    "9**9**9**9": "9 ** 9",
    "x * 9**9**9**9": "too large",
    "1e400 * x": "too large",
    "1" * 400 + "*x": "too large",
    "__import__('os').system('ls')": "__import__('os').system",
    "__import__('os')": "__import__",
    "x.__class__": "x.__class__",
    "x.__class__()": "x.__class__",
    "np.__dict__": "np.__dict__",
    "np.load(x)": "np.load",
    "(lambda: x)()": "lambda",
    "lambda: x": "lambda",
    "x if x else 1": "x if x else 1",
    "[x for x in x]": "[x for x in x]",
    "x < 1": "x < 1",
    "x // 2": "x // 2",
    "x % 2": "x % 2",
    "x @ x": "x @ x",
    "~x": "~x",
    "x and 1": "x and 1",
    "x[0]": "x[0]",
    "(x, x)": "(x, x)",
    "(y := x)": "y := x",
    "f'{x}'": "f'",
    "'x'": "'x'",
    "True * x": "True",
    "1j * x": "1j",
    "...": "...",
    "y**2": "'y'",
    "sin": "np.sin(x)",
    "np.sin": "np.sin",
    "sin(x, x)": "takes 1 argument",
    "maximum(x)": "takes 2 arguments",
    "sin(*x)": "takes 1 argument",
    "sin(x=x)": "sin(x=x)",
    "sin(x, out=x)": "out=x",
    "log(-1) * x": "np.log(-1.0)' has no value|no value among the real numbers",
    "x + 1/0": "1 / 0",
    "0/0 + x": "0 / 0",
    "(-8)**(1/3) + x": "no value",
    "": "empty",
    "  \n ": "empty",
    "x +": "not an expression",
    "x\0": "not an expression",
    "x; x": "not an expression",
    "x = 1": "not an expression",
    "import os": "not an expression",
    "3": "does not contain x",
    "np.pi": "does not contain x",
    "(" * 240 + "x" + ")" * 240: "not an expression",
    "-" * 499 + "x": "nested",
    "x" + "+x" * 240: "nested",
    "x + " * 1000 + "x": f"at most {MAX_LENGTH}",
    "x" * 10**6: f"at most {MAX_LENGTH}",
}


@pytest.mark.parametrize("text", ALLOWED)
def test_allowed(text):
    for x in (0.7, 1.3, 2.0):
        assert parse(text).function()(x) == pytest.approx(ALLOWED[text](x), rel=1e-15)


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: repr(text[:20]))
def test_refused(text):
    start = time.perf_counter()
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    sentence = str(caught.value)
    assert any(part in sentence for part in REFUSED[text].split("|"))
    assert "\n" not in sentence and len(sentence) < 400
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize("not_text", [None, 3, b"x", ["x"]])
def test_only_text(not_text):
    with pytest.raises(ExpressionError):
        parse(not_text)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_are_numpys(name):
    expr = parse(f"{name}({', '.join(['x', '0.75'][: FUNCTIONS[name]])})")
    args = [1.25 if name == "arccosh" else 0.5, 0.75]
    assert expr.function()(args[0]) == getattr(np, name)(*args[: FUNCTIONS[name]])


def test_numbers_are_floats_and_exponents_small_integers():
    assert parse("3*x**2").source == "3.0 * x ** 2"
    assert parse("x**-2").source == "x ** (-2)"
    assert parse("x**1000").source == "x ** 1000.0"
    assert parse("2*np.pi*x").source == f"{2 * np.pi!r} * x"


def test_function_has_a_name_a_source_and_the_given_namespace():
    calls = []

    class Spy:
        sin = staticmethod(lambda x: calls.append(x) or 5.0)

    f = parse("sin(x) + 1").function(Spy)
    assert f(2.0) == 6.0 and calls == [2.0]
    assert f.__name__ == "expression"
    assert inspect.getsource(f) == "def expression(x):\n    return np.sin(x) + 1.0\n"
    assert f.__globals__["__builtins__"] == {}


def test_numbers_can_be_made_exact():
    seen = []
    parse("x**2 * np.pi + 0.1").function(number=lambda v: seen.append(v) or v)(1.0)
    assert sorted(seen) == [0.1, 2, np.pi]


def test_the_normal_form_is_a_fixed_point():
    for text in ALLOWED:
        source = parse(text).source
        assert parse(source).source == source


ALPHABET = st.sampled_from([*"x0123456789.+-*/() ,e_", "sin(", "np.", "**", "log(", "lambda "])


@settings(max_examples=300, deadline=1000)
@given(st.one_of(st.text(max_size=60), st.lists(ALPHABET, max_size=60).map("".join)))
def test_any_text_is_read_or_refused_quickly(text):
    try:
        expr = parse(text)
    except ExpressionError as error:
        assert str(error).endswith(".") and "\n" not in str(error)
    else:
        with np.errstate(all="ignore"):
            float(expr.function()(np.float64(0.5)))
        assert set(expr.function().__code__.co_names) <= {"np", "pi", "e", *FUNCTIONS}


@settings(max_examples=100, deadline=1000)
@given(st.text(alphabet=string.printable, max_size=200))
def test_no_text_escapes(text):
    with contextlib.suppress(ExpressionError):
        parse(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [("x^2", r"\*\* for a power"), ("2x", r"2\*x"), ("ln(x)", "Write log"), ("3(x)", r"2\*x"),
     (".5x", r"2\*x"), ("x\u00b2", r"\*\* for a power"), ("2\u00d7x", r"Write \* for a product"),
     ("x\u00f72", "Write / for a quotient"), ("x \u2212 1", "Write - for minus"),
     ("sinx", r"sin\(x\)"), ("\u221ax", r"Write sqrt\(x\)"), ("\u03c0*x", "Write pi")],
)  # fmt: skip
def test_habits_get_a_hint(text, hint):
    with pytest.raises(ExpressionError, match=hint):
        parse(text)


@pytest.mark.parametrize("text", ["1e5*x + y", "log10(y)", "x + 2e-3*z", "arctan2(x, y)"])
def test_what_is_no_habit_gets_no_hint(text):
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert "Write" not in str(caught.value)


OVERFLOW = "it overflows 64-bit floats"


@pytest.mark.parametrize(
    ("text", "x", "why"),
    [("1/x", 0.0, "1.0 / x is infinite there"), ("log(x)", 0.0, "np.log(x) is infinite there"),
     ("log(x)", -1.0, "np.log(x) is no real number there"), ("exp(x)", 1e3, OVERFLOW),
     ("1/exp(x)", 1e4, OVERFLOW), ("arctanh(x)", 1.0, "np.arctanh(x) is infinite there"),
     ("x/x", 0.0, "x / x is no real number there"), ("1e100*x/1e-100", 1e200, OVERFLOW),
     ("log1p(x)*0", -1.0, "np.log1p(x) is infinite there"), ("exp(-x)", 1e4, None),
     ("power(x, -1.5)", 0.0, "np.power(x, -1.5) is infinite there"),
     ("minimum(1/x, 3)", 2.0, None)],
)  # fmt: skip
def test_a_flaw_on_the_way_is_named(text, x, why):
    assert parse(text).flaw(x) == why

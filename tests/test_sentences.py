"""What somebody wrote, which engine read it, and what it says; advice is followed here, and works.

Programs are texts, since many of them are no programs yet.
"""

import json
import re
import subprocess
import sys

import numpy as np
import pytest

import elves
from elves import errors, numerical, show, source, static_graph, trees, widgets
from elves.errors import ConversionError, ElfError, InputError
from elves.show import stepping
from test_source_programs import function

ENGINES = [getattr(elves, name) for name in elves.ENGINES]
FOLLOWERS = [engine for engine in ENGINES if engine not in (numerical, source)]
X = 1.7


def of(text, name="f", **outside):
    """The function of a text: the body of f(x), or several definitions."""
    text = text if "def f" in text else f"def f(x):\n    {text}\n"
    f = function(text, name)
    f.__globals__.update(outside)
    return f


def gradients_of(engine):
    """The ways of an engine to run a program, each as a function of f and x."""
    found = [lambda f, x: engine.grad(f)(x)]
    if hasattr(engine, "jvp"):
        found += [
            lambda f, x: engine.jvp(f, (x,), (1.0,)),
            lambda f, x: engine.grad(engine.grad(f))(x),
        ]
    return found


# ------------------------------------------------------------ names that stand for nothing

NAMES = [
    "return nq.sin(x) * x",
    "return nq.linalg.norm(x)",
    "return halve(x)",
    "return x * halve(3.0)",
    "return x * rate",
    "return np.sinus(x)",
    "return np.linalg.nrm(x * np.ones(2))",
    "return x * np.pie",
    "return np.sum(x * np.ones(3), axis=axs)",
    "return x.summ() * 2.0",
    "return x.shappe",
    "return table[0] * x",
    "y = x * x\n    y = halve(y)\n    return y * 2.0",
    "for _ in range(steps):\n        x = x * x\n    return x",
    "while not ready(x):\n        x = x * 2.0\n    return x",
    "printt('x')\n    return x",
    "log.infos('x')\n    return x",
    "assert limit > 0\n    return x",
    "s = f'{nq}'\n    return x * x",
    "if x > 1:\n        raise Wrong('large')\n    return x",
    "with np.errstat(all='ignore'):\n        y = x * x\n    return y",
    "a = np.zeros(2)\n    a[place] = x\n    return np.sum(a)",
    "y = x + z\n    z = 1.0\n    return y",
    "y += x\n    return y",
    "y = x * x\n    del y\n    return y",
    "if x > 5:\n        y = x\n    return y * x",
    "for k in range(2):\n        x = x * y\n        y = x\n    return x",
    "def f(x):\n    return g(x)\n\n\ndef g(x):\n    return nq.cos(x)\n",
    "def f(x):\n    def g(t):\n        return nq.cos(t)\n\n    return g(x)\n",
    "def f(x):\n    return nq.sin(x)\n\n\nspecial = getitem = None\n",
]


def said(f, x):
    """What Python itself says about a program."""
    with pytest.raises((NameError, AttributeError)) as caught:
        f(x)
    return type(caught.value), re.sub(r"^'[\w.]+' object", "", str(caught.value))


@pytest.mark.parametrize("text", NAMES)
def test_a_name_that_stands_for_nothing_is_told_in_pythons_words(text):
    f = of(text)
    for engine in ENGINES:
        once = "if x > 5" in text  # in a second derivative, None takes the place of no value
        for run in gradients_of(engine)[: 2 if once else 3]:
            want = said(f, X if engine is source else np.float64(X))
            try:
                run(f, X)
            except ConversionError as error:  # no engine without numbers gets through a branch
                assert ("if " in text or "while " in text) and "np.where" in str(error)
            except Exception as error:
                have = re.sub(r"^'[\w.]+' (?:object )?", "", str(error))
                assert type(error) is want[0] and have in (want[1], want[1].strip())
            else:
                raise AssertionError(f"{engine.__name__} did not notice")


def test_np_itself_may_be_the_name():
    f = of("return np.sin(x) * x")
    del f.__globals__["np"]
    with pytest.raises(NameError, match="name 'np' is not defined"):
        source.grad(f)(X)
    f.__globals__["np"] = np  # the next cell imports it
    want = np.cos(X) * X + np.sin(X)
    assert source.grad(f)(X) == pytest.approx(want)
    del f.__globals__["np"]
    with pytest.raises(NameError, match="name 'np' is not defined"):
        source.grad(f)(X)


COME_AND_GO = [
    ("halve", lambda x: x / 2, "return halve(x)", 0.5),
    ("rate", 3.0, "return rate * x", 3.0),
    ("tool", type("Tool", (), {"w": 2.0}), "return tool.w * x", 2.0),
]


@pytest.mark.parametrize(("name", "value", "text", "want"), COME_AND_GO)
def test_names_come_and_go(name, value, text, want):
    f = of(text)
    g = source.grad(f)
    for _ in range(2):
        with pytest.raises(NameError, match=name):
            g(X)
        f.__globals__[name] = value
        assert g(X) == want
        del f.__globals__[name]


def test_what_does_not_run_may_lack_names():
    f = of("if x > 9:\n        return nq.sin(x) + np.sinus(x) + x.summ()\n    return x * x")
    assert source.grad(f)(X) == 2 * X
    f = of("y = x * x\n    del y\n    return x * x")
    assert source.grad(f)(X) == source.jvp(f, (X,), (1.0,))[1] == 2 * X


@pytest.mark.parametrize(
    ("body", "error", "words"),
    [
        ("d = {'a': 1.0}\n    return d['b'] * x", KeyError, "'b'"),
        ("if x > 0:\n        raise ValueError('no snow')\n    return x", ValueError, "no snow"),
        ("assert x < 0, 'too warm'\n    return x", AssertionError, "too warm"),
        ("return x * nowhere", NameError, "nowhere"),
    ],
)
def test_an_error_of_the_users_own_is_told_in_his_words_and_alone(body, error, words):
    with pytest.raises(error, match=words) as caught:
        source.grad(of(body))(X)
    assert not isinstance(caught.value, ElfError)
    assert caught.value.__cause__ is None and (
        caught.value.__context__ is None or caught.value.__suppress_context__
    )


def test_a_function_that_raises_runs_once():
    calls = []
    f = of("seen(x)\n    raise RuntimeError('stop')\n    return x")
    f.__globals__["seen"] = lambda x: calls.append(1)
    with pytest.raises(RuntimeError, match="stop"):
        source.grad(f)(X)
    assert len(calls) == 1


# ------------------------------------------------------------ results that are no number

STACK = "make it an array with np.stack"
RETURNED = [  # result, how it is told, what to do with it, the same said as it was advised
    ("[x, 2 * x]", "list [number, number]", STACK, "np.sum(np.stack([x, 2 * x]))"),
    ("(x, x * x, 3.0)", "tuple (number, number, number)", STACK,
     "np.mean(np.stack((x, x * x, 3.0)))"),
    ("[x]", "list [number]", STACK, "np.sum(np.stack([x]))"),
    ("[1.0, 2.0]", "list [number, number]", STACK, "np.sum(np.stack([1.0, 2.0]))"),
    ("[x * np.ones(2), x * np.ones(3)]", "list [array of shape (2,), array of shape (3,)]",
     "make it an array with np.concatenate",
     "np.sum(np.concatenate([x * np.ones(2), x * np.ones(3)]))"),
    ("[x * np.ones(3), x]", "list [array of shape (3,), number]",
     "return one real number made of these", "np.sum(x * np.ones(3)) + x"),
    ("{'a': x, 'b': [x, 1.0]}", "dict {'a': number, 'b': [number, number]}",
     "return one real number made of these", "x + x"),
    ("[[x], (x, {'k': x})]", "list [[number], (number, {'k': number})]",
     "return one real number made of these", "x * x"),
    ("(x, None)", "tuple (number, None)", "return one real number made of these", "x"),
    ("[]", "list []", "return one real number.", "x"),
    ("{}", "dict {}", "return one real number.", "x"),
    ("None", "None", "did you forget its return", "x"),
    ("'much'", "str 'much'", "return one real number.", "x"),
    ("3j", "complex 3j", "return one real number.", "x"),
    ("x * np.ones((2, 3))", "an array of shape (2, 3)", "reduce it with np.sum or np.mean",
     "np.mean(x * np.ones((2, 3)))"),
]  # fmt: skip


@pytest.mark.parametrize(("result", "told", "advice", "better"), RETURNED)
def test_a_result_that_is_no_number_is_told_as_it_is(result, told, advice, better):
    f, g = of(f"return {result}"), of(f"return {better}")
    for engine in ENGINES:
        with pytest.raises(InputError) as caught:
            engine.grad(f)(X)
        assert f"returned {told}: " in str(caught.value) and advice in str(caught.value)
        assert engine.grad(g)(X) == pytest.approx(numerical.grad(g)(X), abs=1e-6)
    if told[-1] in "])}":
        with pytest.raises(InputError, match=re.escape(told)):
            source.show(f, X)


def test_a_long_result_is_told_in_short():
    with pytest.raises(InputError, match=r"list \[number, [number, ]+…: make"):
        source.grad(
            of("out = []\n    for k in range(99):\n        out.append(x * k)\n    return out")
        )(X)


def test_a_result_that_is_a_list_now_and_then():
    f = of("if x > 1:\n        return [x, x]\n    return x")
    assert source.grad(f)(0.5) == 1.0
    with pytest.raises(InputError, match=r"list \[number, number\]"):
        source.grad(f)(X)


@pytest.mark.parametrize(
    ("result", "advice", "better"),
    [
        ("[x[0] * x[1], x[1]]", STACK, "np.stack([x[0] * x[1], x[1]])"),
        ("(x, x[:1])", "make it an array with np.concatenate", "np.concatenate((x, x[:1]))"),
        ("{'a': x}", "return one array of real numbers made of these", "x * x"),
        ("'much'", "return one array of real numbers.", "x * x"),
    ],
)
def test_a_jacobian_of_what_is_no_array(result, advice, better):
    f, g, x = of(f"return {result}"), of(f"return {better}"), np.array([X, 0.4])
    for engine in (numerical, elves.forward, elves.reverse, elves.tracing):
        with pytest.raises(InputError, match="this one returned") as caught:
            engine.jacobian(f)(x)
        assert advice in str(caught.value)
        np.testing.assert_allclose(engine.jacobian(g)(x), numerical.jacobian(g)(x), atol=1e-6)


# ------------------------------------------------------------ a number where there is none

BUILD = "build the array with np.stack"
COUNT = "to a whole number by"
NESTED = "np.stack([np.stack([x, y]), np.stack([z, w])])"
ARRAY = "np.stack([x, y]) instead of np.array([x, y])"
PROD = "return np.prod(np.stack([x, x]))"
MIX = "[0.5 * x, np.sin(x)]"
ASKED = [  # what asks for a number, what is advised, and the same said as advised
    ("return math.sin(x) * x", "use np.sin instead of math.sin", "return np.sin(x) * x"),
    ("return math.exp(-x)", "use np.exp instead of math.exp", "return np.exp(-x)"),
    ("return float(x) * 2.0", "leave float() out", "return x * 2.0"),
    ("a = np.zeros(2)\n    a[0] = x\n    return np.sum(a**2)", BUILD,
     "a = np.stack([x, 0.0])\n    return np.sum(a**2)"),
    ("a = np.ones(2)\n    a[:] = [x, x]\n    return np.prod(a)", BUILD, PROD),
    ("a = np.ones(2)\n    a.fill(x)\n    return np.prod(a)", BUILD, PROD),
    ("return int(x) * x", "use np.trunc(x) instead of int(x)", "return np.trunc(x) * x"),
    ("return round(x) * x", "use np.rint(x) instead of round(x)", "return np.rint(x) * x"),
    ("return [1.0, 2.0, 3.0][x] * x", COUNT, None),
    ("y = x\n    for _ in range(int(x)):\n        y = y * x\n    return y", COUNT, None),
    ("return np.sum(np.array([x, 3.0]))", ARRAY, "return np.sum(np.stack([x, 3.0]))"),
    (f"return np.sum(np.array([{MIX}, [x, 2.0]]) ** 2)", NESTED,
     f"return np.sum(np.stack([np.stack({MIX}), np.stack([x, 2.0])]) ** 2)"),
]  # fmt: skip
BRANCH = [
    ("return x * x if x > 1 else -x", "return np.where(x > 1, x * x, -x)"),
    ("return max(x, 1.0) * x", "return np.where(x > 1.0, x, 1.0) * x"),
    ("return x * (x > 1 and x < 2)", "return np.where((x > 1) & (x < 2), x, 0.0)"),
    ("return x * (not x)", "return np.where(x == 0.0, x, 0.0)"),
    ("return sorted([x, 1.0])[1] * x", "return np.sort(np.stack([x, 1.0]))[1] * x"),
    ("return np.sin(x) if x in (1.7, 2.0) else x", "return np.where(x == 1.7, np.sin(x), x)"),
    ("assert x > 0\n    return x * x", "return x * x"),
]


def refused(engine, f, x=X):
    with pytest.raises(ConversionError) as caught:
        engine.grad(f)(x)
    return str(caught.value)


@pytest.mark.parametrize(("text", "advice", "better"), ASKED)
def test_who_asks_for_a_number_is_told_what_to_write(text, advice, better):
    import math

    f, g = of(text, math=math), better and of(better)
    for engine in FOLLOWERS:
        words = refused(engine, f)
        assert advice in words and "branch" not in words and "np.where" not in words
        if g:
            assert engine.grad(g)(X) == pytest.approx(
                numerical.grad(g, scheme="central")(X), abs=1e-6
            )
    try:  # it reads the text where a tracer does not do
        assert elves.jit(f)(X) == pytest.approx(f(X))
    except ConversionError as error:
        assert "branch" not in str(error) and "`if`" not in str(error)
    if g:
        assert elves.jit(g)(X) == pytest.approx(g(np.float64(X)))


@pytest.mark.parametrize(("text", "better"), BRANCH)
def test_who_decides_by_a_number_that_is_not_there_is_told_of_where(text, better):
    f, g = of(text), of(better)
    for engine in (static_graph, elves.symbolic):
        assert "np.where" in refused(engine, f)
        assert elves.reverse.grad(f)(X) == pytest.approx(
            elves.reverse.grad(g)(X)
        )  # the other way out
        if engine is static_graph or "np.sort" not in better:
            assert engine.grad(g)(X) == pytest.approx(elves.reverse.grad(g)(X))


def test_counting_and_indexing_have_a_way_in_each_engine():
    count = of("y = x\n    for _ in range(x.astype(int)):\n        y = y * x\n    return y")
    entry = of("return [1.0, 5.0, 3.0][x.astype(int)] * x")
    for engine in (elves.forward, elves.reverse, elves.tracing):
        assert "x.astype(int) where it counts or indexes" in refused(
            engine, of("return int(x) * x")
        )
        assert engine.grad(count)(X) == pytest.approx(2 * X) and engine.grad(entry)(X) == 5.0
    for engine, way in (
        (static_graph, "elves.reverse"),
        (elves.symbolic, "forward or reverse engine"),
    ):
        assert way in refused(engine, of("return int(x) * x"))
    table = of("return np.array([1.0, 5.0, 3.0])[np.argmax(np.stack([x, 2.0 * x]))] * x")
    picked = of(
        "return elves.rules.pick(np.array([1.0, 5.0]), np.argmax(np.stack([x, 2.0 * x]))) * x",
        elves=elves,
    )
    assert "elves.rules.pick(table, i) instead of table[i]" in refused(static_graph, table)
    assert static_graph.grad(picked)(X) == elves.jit(elves.grad(picked))(X) == 5.0
    turns = of("y = x\n    for _ in range(np.argmax(x)):\n        y = y * x\n    return np.sum(y)")
    assert elves.jit(turns)(np.array([1.0, 2.0, 3.0])) == 36.0
    with pytest.raises(ConversionError, match=r"elves\.tracing\.fori_loop"):
        elves.tracing.trace(turns, np.ones(3))


def test_a_number_that_is_not_there_prints_as_what_stands_for_it(capsys):
    f = of("print(f'{x:.3f}')\n    return x * x")
    for engine in ENGINES:
        assert engine.grad(f)(X) == pytest.approx(2 * X, abs=1e-6)
    np.testing.assert_array_equal(elves.vmap(f)(np.array([1.0, 3.0])), [1.0, 9.0])
    assert {"x0", "x", "1.700"} <= set(capsys.readouterr().out.splitlines())


def test_a_result_that_goes_into_out_is_no_wrong_number():
    f = of("a = np.zeros(2)\n    np.multiply(np.ones(2), x, out=a)\n    return np.sum(a)")
    for engine in (source, *FOLLOWERS):
        with pytest.raises(ElfError):
            engine.grad(f)(X)


# ------------------------------------------------------------ habits from elsewhere

SIGNED = [  # what somebody wrote, what is advised, and the same said as advised
    ("return x^2", "write ** for a power", "return x**2"),
    ("return np.sin(2.0^x)", "write ** for a power", "return np.sin(2.0**x)"),
    ("y = x * x\n    y ^= 3\n    return y", "write ** for a power", "return (x * x) ** 3"),
    ("return np.bitwise_xor(x, 2) * x", "write ** for a power", "return x**3"),
    ("return np.where(x > 1 & x, x, -x)", "in parentheses, as in (x > 1) & (x < 2)",
     "return np.where((x > 1) & (x < 2), x, -x)"),
    ("return np.where(0.5 | x > 1, x, -x)", "in parentheses, as in (x < 1) | (x > 2)",
     "return np.where((x < 1) | (x > 2), x, -x)"),
    ("return ~x * x", "write -x, or np.logical_not(x > 1)",
     "return np.where(np.logical_not(x > 1), -x, x)"),
    ("return ~x * x", "write -x", "return -x * x"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "advice", "better"), SIGNED)
def test_floats_have_no_bits(text, advice, better):
    f, g = of(text), of(better)
    for engine in ENGINES:
        with pytest.raises(ElfError) as caught:
            engine.grad(f)(X)
        assert advice in str(caught.value)
        assert engine.grad(g)(X) == pytest.approx(numerical.grad(g)(X), abs=1e-6)
    for run, x in ((elves.vmap(f), np.array([X])), (elves.jit(f), X)):
        with pytest.raises(ElfError, match=re.escape(advice)):
            run(x)


def test_a_variable_of_ones_own_has_no_bits():
    x = elves.reverse.Variable(X)
    for power in (lambda: x ^ 2, lambda: 2 ^ x, lambda: x ^ x):
        with pytest.raises(InputError, match="write \\*\\* for a power"):
            power()
    whole = elves.forward.Dual(np.arange(3), np.zeros(3))
    np.testing.assert_array_equal(whole ^ 1, [1, 0, 3])


def test_the_sentence_leads_to_the_line():
    with pytest.raises(InputError) as caught:
        elves.grad(of("y = x * x\n    return y^3"))(X)
    assert caught.traceback[-1].name != "f" and "f" in [frame.name for frame in caught.traceback]


POINTS = [1.3, np.float64(1.3), np.ones(2), [1.3], (1.3, 2.0), "x", None, {"a": 1.0}]


@pytest.mark.parametrize("point", POINTS, ids=str)
def test_a_point_in_the_place_of_argnums_is_refused_at_once(point):
    names = ("grad", "value_and_grad", "jacobian", "jacfwd", "jacrev", "hessian")
    made = [getattr(m, n) for m in (elves, *ENGINES) for n in names if hasattr(m, n)]
    assert len(made) > 25
    for derivative in made:
        with pytest.raises(InputError, match=r"so write grad\(f\)\((1\.3|x)\)"):
            derivative(wish, point)
        with pytest.raises(InputError, match=r"write grad\(f\)\(x\), not grad\(f\(x\)\)"):
            derivative(wish(1.3))
    with pytest.raises(InputError, match="argnums must be an int"):
        source.show(wish, argnums=point)
    if point is not None:
        with pytest.raises(InputError, match=r"in_axes=.*write vmap\(f\)\(xs\)"):
            elves.vmap(wish, point)
        with pytest.raises(InputError, match="static_argnums"):
            elves.jit(wish, point)


def test_argnums_may_be_any_whole_numbers():
    for engine in ENGINES:
        for argnums in (1, np.int64(1), -1):
            assert engine.grad(two, argnums)(X, 3.0) == pytest.approx(X)
        for argnums in ((1, 0), [1, 0], (np.int64(-1), 0)):
            assert engine.grad(two, argnums)(X, 3.0) == pytest.approx((X, 3.0))


AS_ARRAYS = [  # what somebody wrote of a list
    "return np.sum(np.sin(x) * x**2)", "return np.sum(x**2)", "return np.sum(-x)",
    "return np.sum(x * 2.0)", "return x.sum()", "return np.sum(x / 3.0 + 1.0)", "return x @ x",
    "return np.sqrt(np.sum(x * x))", "y = x - 1.0\n    return y[0] * y[1]",
]  # fmt: skip


@pytest.mark.parametrize("text", AS_ARRAYS)
def test_a_list_that_is_taken_for_an_array_is_told_to_become_one(text):
    f, x = of(text), [X, 0.4]
    for engine in ENGINES:
        for given in (x, tuple(x)):
            with pytest.raises(InputError, match=r"calculates with a (list|tuple)") as caught:
                engine.grad(f)(given)
            want = f"pass np.array({given})" if engine in KNOWING else "pass np.array(x) instead"
            assert want in str(caught.value)
        want = numerical.grad(f)(np.array(x))
        np.testing.assert_allclose(engine.grad(f)(np.array(x)), want, atol=1e-6)
    with pytest.raises(InputError, match=r"pass np.array\(\[1.7, 0.4\]\)"):
        elves.jvp(f, (x,), ([1.0, 0.0],))


KNOWING = [e for e in ENGINES if e not in (static_graph, elves.symbolic)]  # that have the numbers


@pytest.mark.parametrize(
    "text",
    [
        "return x[0] * x[1]",
        "a, b = x\n    return a * b",
        "return x[0] ** 2 + x[1] ** 2",
        "return np.prod(np.stack([x[0], x[1]]))",
    ],
)
def test_a_list_that_is_indexed_goes_on_working(text):
    f, x = of(text), [X, 0.4]
    for engine in ENGINES:
        have = engine.grad(f)(x)
        assert type(have) is list
        np.testing.assert_allclose(have, numerical.grad(f)(np.array(x)), atol=1e-6)


def test_what_an_array_does_not_mend_is_told_as_it_is():
    import math

    f = of("return math.sin(x[0]) * x[1]", math=math)
    for engine in FOLLOWERS:
        assert "use np.sin instead of math.sin" in refused(engine, f, [X, 0.4])
    for body, error in (
        ("return x['a'] * 2.0", TypeError),
        ("return x[0] * x.rate", AttributeError),
    ):
        for engine in (numerical, elves.forward, elves.reverse):
            with pytest.raises(error, match=r"list"):
                engine.grad(of(body))([X, 0.4])


@pytest.mark.parametrize(
    "text",
    ["return np.sum(x)", "return np.sum(np.sin(x))", "return np.sum(np.asarray(x) * 2.0)",
     "return np.mean(x) ** 2", "return np.max(x)", "return np.dot(x, np.array([1.0, 3.0]))"],
)  # fmt: skip
def test_where_numpy_takes_a_list_source_does_too(text):
    f, x = of(text), [X, 0.4]
    want = numerical.grad(f)(np.array(x))
    np.testing.assert_allclose(source.grad(f)(x), want, atol=1e-6)
    np.testing.assert_allclose(source.grad(f)(tuple(x)), want, atol=1e-6)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_point_that_is_missing_is_told_by_its_name(engine):
    for derivative in (engine.grad, engine.value_and_grad):
        with pytest.raises(InputError, match=r"missing .*'x': pass what wish\(x\) takes"):
            derivative(wish)()
        with pytest.raises(InputError, match="pass x by position, not by name"):
            derivative(wish)(x=X)
        with pytest.raises(InputError, match="argnums=1 must name different arguments"):
            derivative(wish, 1)(X)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_gradient_by_a_float_is_a_float_whatever_it_depends_on(engine):
    for text in ("return x * x", "return 3.0", "return np.float64(3.0)", "return np.sign(x)",
                 "return np.floor(x) + 0.0"):  # fmt: skip
        f = of(text)
        assert type(engine.grad(f)(X)) is type(engine.value_and_grad(f)(X)[1]) is float
        assert type(engine.grad(engine.grad(f))(X)) is float
    assert [type(g) for g in engine.grad(lambda x, y: y * y, (0, 1))(X, X)] == [float, float]
    assert type(engine.grad(lambda t: t[0] * 2.0)((X, X))[1]) is float


def test_what_others_call_it_is_told_under_its_own_name():
    for name in elves.HABITS:
        with pytest.raises(AttributeError, match=f"no attribute '{name}': write ") as caught:
            getattr(elves, name)
        names = {"elves": elves, "f": wish, "x": X, "xs": np.ones(2)}
        exec(str(caught.value).split(": write ")[1], names)
    with pytest.raises(AttributeError, match=r"no attribute 'gradd'$"):
        elves.gradd  # noqa: B018


@pytest.mark.parametrize("name", elves.FAMILY)
def test_an_engine_that_lacks_a_name_tells_who_has_it(name):
    xs, lacking = np.array([0.3, 1.7]), [e for e in ENGINES if not hasattr(e, name)]
    assert 0 < len(lacking) < len(ENGINES)
    for engine in lacking:
        with pytest.raises(AttributeError, match=f"no attribute '{name}': write ") as caught:
            getattr(engine, name)
        words, way = str(caught.value).split(": write ")
        assert words.startswith(f"module '{engine.__name__}'")
        names = {"elves": elves, "f": lambda x: np.sum(wish(x)) ** 2, "x": X, "v": 1.0, "xs": xs}
        exec(way, names | {"vs": np.ones(4)})
    with pytest.raises(AttributeError, match=r"no attribute 'gradd'$"):
        elves.source.gradd  # noqa: B018
    with pytest.raises(AttributeError, match=r"forward' has no attribute 'jac': write elves\.jaco"):
        elves.forward.jac  # noqa: B018


def test_who_has_a_name_has_it_under_the_same_meaning():
    """One call for all engines that have it, and one answer."""
    x, v, vs = np.array([0.3, 0.8, 1.7]), np.array([1.0, 0.0, 2.0]), np.arange(6.0).reshape(2, 3)
    calls = {
        "grad": lambda e: e.grad(energy)(x),
        "value_and_grad": lambda e: e.value_and_grad(energy)(x),
        "jvp": lambda e: e.jvp(wish, (x,), (v,)), "jvps": lambda e: e.jvps(wish, (x,), (vs,)),
        "vjp": lambda e: e.vjp(wish, x)[1](v), "jacobian": lambda e: e.jacobian(wish)(x),
        "jacfwd": lambda e: e.jacfwd(wish)(x), "jacrev": lambda e: e.jacrev(wish)(x),
        "hessian": lambda e: e.hessian(energy)(x), "hvp": lambda e: e.hvp(energy, (x,), (v,)),
    }  # fmt: skip
    for name, ask in calls.items():
        for engine in ENGINES:
            if hasattr(engine, name):
                pairs = zip(*(trees.leaves(ask(e)) for e in (engine, elves)), strict=True)
                for have, want in pairs:
                    np.testing.assert_allclose(have, want, rtol=1e-5, atol=1e-5)


# ------------------------------------------------------------ in a notebook

CELLS = [  # a cell, and what is shown of it: nothing else
    ("import numpy as np, elves\ndef attention(x):\n    return x", []),
    ("def cost(x):\n    y = x * 2\n    return atention(y)", []),
    *[(f"v = {engine}(cost)(2.0)", [
        f"in line 1 of the cell: v = {engine}(cost)(2.0)",
        "in line 3 of an earlier cell: return atention(y)",
        "NameError: name 'atention' is not defined. Did you mean: 'attention'?",
    ]) for engine in ("elves.grad", "elves.source.grad", "elves.symbolic.grad", "elves.jit")],
    ("def g(x):\n    return np.sine(x)\n\nelves.numerical.grad(g)(1.0)", [
        "in line 4 of the cell: elves.numerical.grad(g)(1.0)",
        "in line 2 of the cell: return np.sine(x)",
        "AttributeError: module 'numpy' has no attribute 'sine'. Did you mean: 'sin'?",
    ]),
    ("elves.grad(lambda x: {'a': x}['b'])(1.0)", [
        "in line 1 of the cell: elves.grad(lambda x: {'a': x}['b'])(1.0)", "KeyError: 'b'",
    ]),
    ("def power(x):\n    return x^2\nelves.grad(power)(1.0)", [
        "in line 3 of the cell: elves.grad(power)(1.0)",
        "in line 2 of the cell: return x^2",
        "InputError: ^ works on bits, which floats do not have: write ** for a power.",
    ]),
    ("elves.reverse.Variable(1.0).backwrd()", [
        "in line 1 of the cell: elves.reverse.Variable(1.0).backwrd()",
        "AttributeError: 'Variable' has no attribute 'backwrd'. Did you mean: 'backward'?",
    ]),
]  # fmt: skip


def shown(cells):
    """What IPython shows of each of some cells, in a process of its own."""
    if sys.platform == "emscripten":
        pytest.skip("a browser has no processes")
    program = (
        "import sys, json, io, contextlib\n"
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "shell, out = InteractiveShell.instance(colors='nocolor'), []\n"
        "for cell in json.load(sys.stdin):\n"
        "    with contextlib.redirect_stdout(io.StringIO()) as text:\n"
        "        shell.run_cell(cell)\n"
        "    out.append(text.getvalue().splitlines())\n"
        "print(json.dumps(out))"
    )
    done = subprocess.run([sys.executable, "-c", program], input=json.dumps(cells), text=True,
                          capture_output=True, check=True)  # fmt: skip
    return json.loads(done.stdout)


def test_a_notebook_shows_the_learners_own_lines_and_what_is_wrong_there():
    pytest.importorskip("IPython")
    cells, want = zip(*CELLS, strict=True)
    assert shown(cells) == list(want)


def test_a_notebook_shows_all_else_as_ever():
    pytest.importorskip("IPython")
    wrong = "elves.grad(lambda x: x * nowhere)(1.0)"
    cells = ["import elves", "1 / 0", "raise Exception('mine')", wrong, "%tb"]
    _, first, second, short, whole = shown(cells)
    assert "ZeroDivisionError" in first[1] and "----> 1 1 / 0" in first
    assert second[-1] == "Exception: mine" and len(second) > 4
    assert len(short) == 2 and len(whole) > 20 and whole[-1] == short[-1]
    _, _, theirs, others = shown([
        "shell = get_ipython()",
        "shell.set_custom_exc((KeyError,), lambda *args, **more: print('theirs'))",
        "import elves\n{}['a']", wrong,
    ])  # fmt: skip
    assert theirs == ["theirs"] and len(others) > 20


# ------------------------------------------------------------ pictures and widgets, called wrongly


def wish(x):
    return np.sin(x) * x**2


def energy(x):
    return np.sum(wish(x) * x[0])


def two(x, y):
    return x * y


def nobody(x):
    return wish(x)["a"]


SHOWS = {name: getattr(show, name) for name in show.__all__ if name.islower()}
SHOWS = {f"show.{name}": f for name, f in SHOWS.items() if name not in ("race", "costs")}
SHOWS |= {f"stepping.{name}": getattr(stepping, name) for name in ("tape", "sweeps", "steps")}
WRONG = [  # arguments that nothing can draw, or few things
    (), (wish,), ("wish",), ("wish", X), (None,), (3.0, wish), (wish, "a"), (wish, None),
    (two, X), (wish, X, X, X, X, X), (wish, np.ones((2, 2))), ([wish], X), (np.ones(3), wish),
    (np.ones((2, 5)), "ab"), (wish, [X, X]),
]  # fmt: skip


def attempt(call, *args, **options):
    """Whether a call ends well; it may end in one sentence, and in nothing else."""
    try:
        call(*args, **options)
    except ElfError as error:
        assert "\n" not in str(error) and str(error).rstrip().endswith((".", "?"))
        assert error._render_traceback_()[-1] == f"{type(error).__name__}: {error}"
        return False
    return True


@pytest.mark.parametrize("name", SHOWS)
def test_a_picture_called_wrongly_says_so_in_one_sentence(name):
    outcomes = [
        attempt(SHOWS[name], *args)
        for args in WRONG
        if name not in ("stepping.steps", "show.plot") or not callable((*args, 0)[0])
    ]
    assert not all(outcomes)
    with pytest.raises(InputError, match=r"unexpected|too many|missing"):
        SHOWS[name](wish, X, no_such_option=1) if name != "show.plot" else SHOWS[name]()


def test_the_sentence_names_the_call_and_what_is_missing():
    with pytest.raises(
        InputError, match=r"show.graph\(f, \*args, .*missing a required argument: 'f'"
    ):
        show.graph()
    with pytest.raises(InputError, match=r"missing 1 required .* 'x': pass what wish\(x\) takes"):
        show.graph(wish)
    with pytest.raises(InputError, match=r"missing 1 required .* 'y': pass what two\(x, y\) takes"):
        show.tape(two, X)
    with pytest.raises(InputError, match=r"show.tangent\(f, x, .*missing a required argument: 'x'"):
        show.tangent(wish)
    assert show.graph(wish, X).alt and show.tape(two, X, X).alt and show.tangent(wish, X).alt


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_says_what_its_function_takes(engine):
    for args in ((), (X,), (X, X, X)):
        with pytest.raises(InputError, match=r"y|positional"):
            engine.grad(two)(*args)
    assert engine.grad(two)(X, 3.0) == pytest.approx(3.0)


def test_an_error_in_the_users_own_function_stays_his():
    for call in (show.graph, show.tape, show.tangent, show.error_curve, show.jacobian):
        with pytest.raises((IndexError, TypeError, errors.NoRuleError)) as caught:
            call(nobody, X)
        assert "does not take that" not in str(caught.value)
    with pytest.raises(ZeroDivisionError):
        show.answer(lambda: 1 / 0)


WIDGETS = [getattr(widgets, name) for name in widgets.__all__ if name != "ModeExplorer"]


@pytest.mark.parametrize("widget", WIDGETS)
def test_a_widget_made_wrongly_says_so_in_one_sentence(widget):
    def make(*args, **options):
        made = widget(*args, **options)
        assert "\n" not in made.problem
        if made.problem:
            raise InputError(f"{made.problem}.")
        repr(made)

    outcomes = [attempt(make, *args) for args in WRONG]
    assert not all(outcomes)


def test_the_sizes_of_a_widget():
    with pytest.raises(InputError, match=r"ModeExplorer\(sizes=.*does not take that"):
        widgets.ModeExplorer(3)
    with pytest.raises(InputError, match=r"Descent.*missing a required argument: 'start'"):
        widgets.Descent(two)
    with pytest.raises(InputError, match=r"Stepper.*missing a required argument: 'f'"):
        widgets.Stepper()
    assert "pass what wish(x) takes" in widgets.Stepper(wish).problem
    assert widgets.Stepper(wish, X).frames


def test_a_picture_where_there_is_nothing_to_draw_says_so_itself():
    for f, x in ((np.log, -0.5), (np.log, 0.0), (np.sqrt, 0.0), (np.exp, 800.0), (np.sin, np.inf),
                 (of("return 1 / x"), 0.0), (of("return x * np.nan"), X)):  # fmt: skip
        for call in (show.tangent, show.error_curve):
            with pytest.raises(InputError, match=r"has no finite value or slope at x = .*: choose"):
                call(f, x)
    for f in (np.log, np.sqrt, np.arcsin, of("return 1 / x"), of("return 0.0 * x")):
        assert "tangent" in show.tangent(f, 0.5).alt  # though it ends on the way
    for around in (0.0, -1.0, np.nan, np.inf, "a"):
        with pytest.raises(InputError, match=r"around=.* must be a number above 0"):
            show.tangent(wish, X, around)
    for path in ([(np.nan, 1.0), (1.0, 1.0)], [(np.inf, 0.0)]):
        with pytest.raises(InputError, match=r"A path is a list of points"):
            show.descent(path, two)
    with pytest.raises(InputError, match="no finite value around this path"):
        show.descent([(-5.0, 1.0), (-4.0, 1.0)], lambda x, y: np.log(x) * y)


def test_the_picture_that_was_called_is_the_one_that_answers():
    with pytest.raises(InputError, match=r"^show\.images\("):
        show.images(np.ones((2, 15)), "ab")
    with pytest.raises(InputError, match=r"^show\.error_curve\("):
        show.error_curve(wish, X, 3)

"""Define and run: built once, run often, optimised without changing a bit."""

import math
import sys
from concurrent.futures import ThreadPoolExecutor

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elves import core, errors, forward, reverse, rules, static_graph, trees
from elves.static_graph import (
    Node,
    constant,
    count,
    grad,
    gradients,
    listing,
    optimise,
    placeholder,
    run,
    value_and_grad,
    variable,
)
from samples import BOOLEAN, MORE, SAMPLES, SYMMETRIC, TABLE
from test_rules import CASES, floats


def close(have, want, **tolerance):
    have, want = trees.leaves(have), trees.leaves(want)
    for a, b in zip(have, want, strict=True):
        np.testing.assert_allclose(a, b, **({"rtol": 1e-9, "atol": 1e-11} | tolerance))


# ------------------------------------------------------------ every row of the table


def of_row(rule, args, kwargs):
    primals, fill = floats(args)

    def f(*values):
        if rule.function in SYMMETRIC:
            values = [values[0] @ values[0].T]
        y = rule.function(*fill(values), **kwargs)
        parts = y if isinstance(y, (list, tuple)) else [y]
        return sum(np.sum(np.sin(1.3 * part)) for part in parts)

    return f, primals, tuple(range(len(primals)))


# A quantile's place must be a number while the graph is being built.
CASES = [
    case
    for case in CASES
    if case.values[0].function is not np.unique  # whose shape depends on numbers
    if case.values[0].function not in (np.quantile, np.percentile, np.nanquantile)
    or all(isinstance(a, (int, tuple)) or hasattr(a, "shape") for a in case.values[1])
]


@pytest.mark.parametrize(("rule", "args", "kwargs"), CASES)
def test_row(rule, args, kwargs):
    f, primals, everything = of_row(rule, args, kwargs)
    both = value_and_grad(f, everything)
    close(both(*primals), reverse.value_and_grad(f, everything)(*primals))
    others = trees.rebuild(primals, [x * 1.01 for x in trees.leaves(primals)])
    close(both(*others), reverse.value_and_grad(f, everything)(*others))


@pytest.mark.parametrize(("rule", "args", "kwargs"), CASES)
def test_row_twice(rule, args, kwargs):
    f, primals, everything = of_row(rule, args, kwargs)

    def second(engine):
        def slope(*values):
            return sum(np.sum(np.cos(g)) for g in trees.leaves(engine.grad(f, everything)(*values)))

        return slope

    have = grad(second(static_graph), everything)(*primals)
    close(have, reverse.grad(second(reverse), everything)(*primals), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(
    "rule",
    [r for r in TABLE if r.constant and r.function not in BOOLEAN],
    ids=lambda rule: rule.name,
)
def test_flat_functions_run_in_the_graph(rule):
    x = np.array([[0.5, -1.5], [0.3, 0.2]])
    if rule.function is np.searchsorted:
        x = np.ravel(x)
    node = placeholder("x", x.shape)
    more = MORE.get(rule.function) or [x] * (getattr(rule.function, "nin", 1) - 1)
    if rule.function in (np.nonzero, np.flatnonzero, np.argwhere, rules.arrays.distinct):
        with pytest.raises(errors.GraphError, match="shape cannot depend on"):
            run(rule.function(node, *more), {node: x})
        return
    y = rule.function(node, *more)
    if rule.function is np.empty_like:
        assert y.shape == x.shape
        return
    for values in (x, np.sort(x, axis=0)):
        np.testing.assert_array_equal(run(y, {node: values}), rule.function(values, *more))
    if isinstance(y, Node):
        assert not np.any(run(gradients(np.sum(y * 1.0), node), {node: x}))


FITTING = [  # what comes after fits the numbers that are fed, and not those that tell the shape
    lambda x: np.sum(x[x > 0.5] * np.array([1.0, 2.0])),
    lambda x: np.sum(np.reshape(x[x > 0.5], (2, 1))),
    lambda x: np.unique(x)[1] * np.unique(x)[2],
    lambda x: np.sum(np.unique(x)[np.array([True, False, True])]),
    lambda x: np.sum(np.repeat(x, (x > 0.5) + 1) * np.arange(5.0)),
    lambda x: np.sum(np.compress(x > 0.5, x) @ np.ones((2, 2))),
    lambda x: x[np.flatnonzero(x > 0.5)][1],
]


@pytest.mark.parametrize("f", FITTING)
def test_a_shape_that_depends_on_numbers_is_noticed_first(f):
    x = np.array([0.9, 0.2, 1.4])
    assert np.all(np.isfinite(reverse.grad(f)(x)))
    with pytest.raises(errors.GraphError, match="cannot depend on them here: use"):
        static_graph.grad(f)(x)
    assert static_graph.grad(lambda x: np.unique(x[0])[0] ** 2)(x).tolist() == [1.8, 0, 0]


def test_a_corrupted_row_is_caught(monkeypatch):
    for function in (np.sin, np.matmul, np.max, np.sum):
        rule = core.RULES[function]
        f, primals, everything = of_row(rule, *SAMPLES[function][0])
        want = reverse.grad(f, everything)(*primals)
        with monkeypatch.context() as patch:
            vjp = rule.vjp
            patch.setattr(rule, "vjp", lambda *a, vjp=vjp: 1.01 * vjp(*a))
            with pytest.raises(AssertionError):
                close(grad(f, everything)(*primals), want)


# ------------------------------------------------------------ build once, run many


def test_the_function_runs_once_for_each_shape():
    calls = []

    def f(x, n, scale=1.0):
        calls.append(np.shape(x))
        return np.sum(x**n) * scale

    g = grad(f)
    for k in range(1, 4):
        close(g(np.full(3, float(k)), 2, scale=2.0), np.full(3, 4.0 * k))
    assert calls == [(3,)]
    close(g(np.ones(2), 2, scale=0.5), np.ones(2))
    close(g(np.ones(2), 3, scale=0.5), np.full(2, 1.5))
    close(g(np.ones(2, np.float32), 3, scale=0.5), np.full(2, 1.5))
    assert calls == [(3,), (2,), (2,), (2,)]


def test_other_arguments_are_told_apart():
    g = grad(lambda x, how: x * how["factor"] if how["on"] is True else x * 100.0)
    have = [g(1.0, {"factor": n, "on": on}) for n in (2, 2.0, np.int64(3)) for on in (True, 1)]
    assert have == [2.0, 100.0, 2.0, 100.0, 3.0, 100.0]
    g = grad(lambda x, index: np.sum(x[index] ** 2))
    for index in ([0, 1], [1, 1], np.array([0]), np.array([1]), slice(1), 1):
        x = np.array([1.0, 2.0])
        want = reverse.grad(lambda x, index=index: np.sum(x[index] ** 2))(x)
        np.testing.assert_array_equal(g(x, index), want)


def test_a_value_of_another_engine_is_not_kept():
    state = {}
    g = grad(lambda y: y * state["x"])

    def outer(x):
        state["x"] = x
        return g(1.0)

    assert forward.grad(outer)(2.0) == 1.0 and forward.grad(outer)(3.0) == 1.0
    state["x"] = 5.0
    assert g(1.0) == 5.0


def test_constants_are_those_of_building_time():
    data = np.ones(2)
    x = placeholder("x", (2,))
    y, picked = np.sum(x * data), x[[0, 1]]
    data[:] = 7
    assert run(y, {x: np.ones(2)}) == 2.0
    close(run(picked, {x: [1.0, 2.0]}), np.array([1, 2]))


def test_a_graph_by_hand():
    x, t = placeholder("x", (5, 2)), placeholder("t", (5,))
    w, b = variable(np.zeros(2), "w"), variable(0.0, "b")
    loss = np.mean((x @ w + b - t) ** 2)
    gw, gb = optimise(gradients(loss, (w, b)))
    data = np.random.default_rng(0).normal(size=(5, 2))
    feed = {x: data, t: data @ [1.0, -2.0] + 0.5}
    first = run(loss, feed)
    for _ in range(300):
        dw, db = run((gw, gb), feed)
        w.assign(run(w) - 0.2 * dw)
        b.assign(run(b) - 0.2 * db)
    assert run(loss, feed) < 1e-6 * first
    close((run(w), run(b)), (np.array([1.0, -2.0]), 0.5), atol=1e-2)
    with pytest.raises(ValueError, match="read-only"):
        run(w)[:] = 0


def test_each_node_is_computed_once_and_only_if_needed():
    calls = []

    @rules.primitive
    def noisy(x):
        calls.append(x)
        return np.sin(x)

    rules.Elementwise(noisy, lambda y, x: np.cos(x))
    try:
        x, z = placeholder("x"), placeholder("z")
        a = noisy(x)
        y, unused = a * a + a, noisy(z) * a
        calls.clear()
        assert run(y, {x: 1.0}) == pytest.approx(math.sin(1.0) ** 2 + math.sin(1.0))
        assert calls == [1.0]
        run(gradients(unused, x), {x: 1.0, z: 2.0})
        assert calls == [1.0, 2.0]  # the slope by x needs noisy(z), and not noisy(x) again
    finally:
        del core.RULES[noisy]


def test_gradients_of_gradients():
    x = placeholder("x")
    y = np.exp(2.0 * x)
    for order in range(1, 6):
        y = optimise(gradients(y, x))
        assert run(y, {x: 0.3}) == pytest.approx(2**order * math.exp(0.6))


def test_gradient_by_nodes_inside_and_with_a_seed():
    x = placeholder("x", (2, 3))
    inside = np.sin(x)
    y = inside * inside
    g, none = gradients(y, [inside, placeholder("z", (4,))], seed=np.ones((2, 3)))
    values = np.random.default_rng(0).normal(size=(2, 3))
    close(run(g, {x: values}), 2 * np.sin(values))
    np.testing.assert_array_equal(none, np.zeros(4))
    seed = placeholder("seed", (2, 3))
    close(run(gradients(y, x, seed), {x: values, seed: values}), values * np.sin(2 * values))
    close(run(gradients(np.sum(x) * 0.0 + 1.0, x), {x: values}), np.zeros((2, 3)))
    close(gradients(3.0, x), np.zeros((2, 3)))


def test_long_chain_without_recursion():
    x = placeholder("x")
    y = x
    for _ in range(100_000):
        y = y * 1.00001
    (slope,) = optimise([gradients(y, x)])
    assert run([y, slope], {x: 1.0}) == pytest.approx([math.exp(100_000 * math.log(1.00001))] * 2)


@settings(deadline=None)
@given(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3), st.randoms())
def test_agrees_with_the_tape_on_any_shapes(shapes, random):
    rng = np.random.default_rng(random.randrange(1000))
    a, b = (rng.uniform(0.5, 2, shape) for shape in shapes.input_shapes)

    def f(a, b):
        return np.sum(np.where(a > b, np.sin(a * b) / b, np.maximum(a, 1.0) ** b) - np.max(a))

    close(value_and_grad(f, (0, 1))(a, b), reverse.value_and_grad(f, (0, 1))(a, b))


def test_float32_stays():
    x = np.ones(3, np.float32)
    for f in (np.sin, np.exp2, np.log2, lambda x: np.maximum(x, 0.5), np.max, lambda x: x[:2]):
        value, gradient = value_and_grad(lambda x, f=f: np.sum(f(x)) * 2)(x)
        assert (value.dtype, gradient.dtype) == (np.float32, np.float32), f
    node = placeholder("x", (3,))
    assert run(node * 2, {node: x}).dtype == np.float32
    value, (by_x, by_scale) = value_and_grad(lambda x, s: np.sum(x * s), (0, 1))(x, 2.0)
    assert (value.dtype, by_x.dtype, type(by_scale)) == (np.float32, np.float32, float)


@pytest.mark.skipif(sys.platform == "emscripten", reason="a browser has no threads")
def test_threads_share_one_graph():
    g = grad(lambda x, y: np.sum(np.tanh(x) * y) ** 2)
    x, y = np.linspace(-1, 1, 4), placeholder("y")
    z = np.sin(y) * y
    with ThreadPoolExecutor(8) as pool:
        have = list(pool.map(lambda k: (g(x * k, 2.0), run(z, {y: k})), np.linspace(0, 1, 200)))
    want = [(g(x * k, 2.0), np.sin(k) * k) for k in np.linspace(0, 1, 200)]
    close([a for a, _ in have], [a for a, _ in want], rtol=0, atol=0)
    assert [b for _, b in have] == [b for _, b in want]


# ------------------------------------------------------------ optimise


def test_optimise_counts():
    x = placeholder("x")
    two = constant(2.0, "two")
    assert count(two * two + 1.0) == 2 and optimise(two * two + 1.0) == 5.0  # folded
    y = np.exp(x * 3.0) + np.exp(x * 3.0)  # shared
    assert (count(y), count(optimise(y))) == (5, 3)
    y = np.exp(np.sin(x) * x) + np.sin(x)  # two sines, two cosines, and the seed 1.0 twice
    slope = gradients(y, x)
    assert (count([y, slope]), count(optimise([y, slope]))) == (14, 10)
    w = variable(2.0)
    assert count(optimise(w * 2.0)) == 1  # a state can change
    y = np.where(two > 3.0, np.exp(x), np.sin(x * two**2))
    assert run(optimise([y, x]), {x: 0.5}) == [run(y, {x: 0.5}), 0.5]


def test_optimise_tells_constants_apart():
    x = placeholder("x", (2,))
    pairs = [
        (x * 0.0, x * -0.0), (x * 2, x * 2.0),
        (x * np.full(2, 3.0), x * np.full((1, 2), 3.0)),
        (x * np.full(2, 3.0), x * np.full(2, 3.0, np.float32)),
        (x[0], x[1]), (x[:1], x[1:]), (np.sum(x, axis=0), np.sum(x, axis=0, keepdims=True)),
        (x * np.array([2.0, 3.0]), x * np.array([3.0, 2.0])), (x[[0]], x[0, None]),
    ]  # fmt: skip
    for a, b in pairs:
        assert count(optimise([a, b])) == 2, (a, b)
        assert count(optimise([a, a])) == 1


formulas = st.recursive(
    st.sampled_from(["x", "y", "2.0", "1.0", "0.0", "one"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({' '.join(t)})"),
        inner.map(lambda s: f"np.sin({s})"),
        inner.map(lambda s: f"np.abs({s})"),
        st.tuples(inner, st.sampled_from(["1", "2", "1.0"])).map(lambda t: f"({t[0]}) ** {t[1]}"),
    ),
    max_leaves=12,
)
numbers = st.one_of(st.floats(width=32), st.sampled_from([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0]))


@settings(deadline=None)
@given(formulas, numbers, numbers)
def test_optimised_is_the_same_to_the_last_bit(words, x, y):
    a, b = placeholder("x"), placeholder("y")
    try:
        node = eval(words, {"np": np, "x": a, "y": b, "one": constant(1.0)})
        outputs = [node, *gradients(node, [a, b])]
    except ZeroDivisionError:  # Python's own floats
        return
    if isinstance(node, Node):
        better = optimise(outputs)
        assert count(better) <= count(outputs)
        with np.errstate(all="ignore"):
            have, want = run(better, {a: x, b: y}), run(outputs, {a: x, b: y})
        np.testing.assert_array_equal(have, want)
        known = ~np.isnan(want)
        np.testing.assert_array_equal(np.signbit(have)[known], np.signbit(want)[known])


def test_listing():
    x, w = placeholder("x", (2,)), variable(np.ones((3, 2)), "w")
    y = np.sum(w @ x, axis=0)[None] * constant(2.0, "two")
    assert listing(y).splitlines() == [
        "x = placeholder()",
        "w = variable()",
        "v3 = np.matmul(w, x)",
        "v4 = np.sum(v3, axis=0)",
        "v5 = operator.getitem(v4, None)",
        "two = constant()",
        "v7 = np.multiply(v5, two)",
    ]
    assert repr(x) == "x" and repr(y) == "np.multiply(...) of shape (1,)"


# ------------------------------------------------------------ when it goes wrong


def newton(x):
    while abs(x * x - 2.0) > 1e-9:
        x = x - (x * x - 2.0) / (2.0 * x)
    return x


NO_NUMBER = [
    lambda x: x if x > 0 else -x,
    newton,
    lambda x: max(x, 2.0 * x),
]


@pytest.mark.parametrize("f", NO_NUMBER)
def test_a_node_has_no_number_to_decide_with(f):
    words = (
        r"no value while the graph is being built.*np.where.*define-by-run engine, elves.reverse"
    )
    with pytest.raises(errors.ConversionError, match=words):
        grad(f)(1.3)


def test_sentences():
    x, w = placeholder("x", (2,)), variable(np.zeros(2), "w")
    y = np.sum(x * w)
    wrong = [
        (lambda: run(y), errors.InputError, r"placeholder 'x' was not fed: run\(outputs, \{x: "),
        (lambda: run(y, {x: np.ones(3)}), errors.InputError, r"'x' must have the shape \(2,\)"),
        (lambda: run(y, {x: 1.0}), errors.InputError, r"'x' must have the shape \(2,\)"),
        (lambda: run(y, {x: ["a", "b"]}), errors.InputError, "must be made of real numbers"),
        (lambda: run(y, {x: np.ones(2) * 1j}), errors.InputError, "must be made of real numbers"),
        (lambda: run(y, {"x": 1.0}), errors.InputError, "Only placeholders can be fed, not 'x'"),
        (lambda: run(y, {x * 2.0: 1.0}), errors.InputError, "Only placeholders can be fed"),
        (lambda: run(y, {w: np.ones(2)}), errors.InputError, "a variable is assigned"),
        (lambda: w.assign(1.0), errors.InputError, r"assigned to w must have the shape \(2,\)"),
        (lambda: variable(3), errors.InputError, "made of integers"),
        (lambda: placeholder("x", (None, 2)), errors.InputError, "build a graph per shape"),
        (lambda: gradients(x * 2.0, x), errors.InputError, "returns one number"),
        (lambda: gradients(x, x, np.ones(3)), errors.InputError, "seed must have the shape"),
        (lambda: gradients(y, 1.0), errors.InputError, "by nodes of the graph, not by 1.0"),
        (lambda: np.unwrap(x), errors.NoRuleError, "np.unwrap has no derivative rule"),
        (lambda: np.array([x, x]), errors.ConversionError, "np.stack"),
        (lambda: run(np.sum(x[x > 0]), {x: [1, -1]}), errors.GraphError, "np.where instead of a"),
        (lambda: grad(lambda x: x * 2.0)(np.ones(2)), errors.InputError, "returns one number"),
        (lambda: grad(np.sin)(3), errors.InputError, "3.0 instead of 3"),
    ]
    for f, kind, words in wrong:
        with pytest.raises(kind, match=words) as caught:
            f()
        assert "\n" not in str(caught.value)


def test_an_exception_leaves_nothing_behind():
    fail = [True]

    def f(x):
        return x * (1 / 0 if fail[0] else 2.0)

    g = grad(f)
    with pytest.raises(ZeroDivisionError):
        g(1.0)
    fail[0] = False
    assert g(1.0) == 2.0

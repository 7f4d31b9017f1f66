"""What the engines promise: values, shapes, trees, nesting, and a sentence when it goes wrong."""

import copy
import math
import pathlib
import re
import sys
from collections import namedtuple
from concurrent.futures import ThreadPoolExecutor

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import elves
from elves import core, errors, forward, numerical, reverse, source, symbolic, tracing

ENGINES = [getattr(elves, name) for name in elves.ENGINES]
FOLLOWERS = [forward, reverse, symbolic]  # those that follow values through the program


def wish(x):
    return np.sin(x) * x**2


def mix(x):
    return np.sum(np.tanh(x[1:] * x[:-1]) / (1.0 + x[1:] ** 2))


@pytest.mark.parametrize("engine", ENGINES)
def test_value_and_slope_of_the_wish(engine):
    value, slope = engine.value_and_grad(wish)(1.3)
    assert value == wish(1.3)
    assert slope == pytest.approx(np.cos(1.3) * 1.3**2 + 2 * 1.3 * np.sin(1.3), rel=1e-9)
    assert type(value) is type(slope) is float


@given(hnp.arrays(float, st.integers(2, 6), elements=st.floats(-2, 2)))
def test_engines_agree_on_arrays(x):
    want = reverse.grad(mix)(x)
    assert want.shape == x.shape
    for engine in (forward, symbolic):
        np.testing.assert_allclose(engine.grad(mix)(x), want, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(numerical.grad(mix)(x), want, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(
        numerical.grad(mix, scheme="complex")(x), want, rtol=1e-10, atol=1e-12
    )


@given(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3), st.randoms())
def test_broadcasting_is_transposed(shapes, random):
    rng = np.random.default_rng(random.randrange(1000))
    a, b = (rng.uniform(0.5, 2, shape) for shape in shapes.input_shapes)
    gradients = reverse.grad(lambda a, b: np.sum(np.sin(a * b) / b - a), (0, 1))(a, b)
    assert [np.shape(g) for g in gradients] == list(shapes.input_shapes)
    for engine in (forward, numerical):
        others = engine.grad(lambda a, b: np.sum(np.sin(a * b) / b - a), (0, 1))(a, b)
        for have, want in zip(gradients, others, strict=True):
            np.testing.assert_allclose(have, want, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("engine", ENGINES)
def test_trees_of_arguments(engine):
    Layer = namedtuple("Layer", "W b")
    params = {"first": Layer(np.ones((2, 2)), np.zeros(2)), "rest": [2.0, (3.0,)]}

    def f(p):
        return (
            np.sum(p["first"].W @ np.array([1.0, 2.0]) + p["first"].b) * p["rest"][0]
            + p["rest"][1][0]
        )

    g = engine.grad(f)(params)
    assert isinstance(g["first"], Layer) and isinstance(g["rest"][1], tuple)
    np.testing.assert_allclose(g["first"].W, [[2, 4], [2, 4]], rtol=1e-7)
    assert g["rest"][0] == pytest.approx(6) and g["rest"][1][0] == pytest.approx(1)


@pytest.mark.parametrize("engine", ENGINES)
def test_argnums_and_keywords(engine):
    def f(a, b, scale=1.0):
        return a * b * scale

    assert engine.grad(f, 1)(2.0, 3.0) == pytest.approx(2)
    assert engine.grad(f, (0, 1))(2.0, 3.0, scale=2.0) == pytest.approx((6, 4))
    assert engine.grad(f, -1)(2.0, 3.0) == pytest.approx(2)


@pytest.mark.parametrize("inner", ENGINES)
@pytest.mark.parametrize("outer", ENGINES)
def test_engines_nest(outer, inner):
    second = outer.grad(inner.grad(lambda x: x**3 * np.exp(-x)))(1.2)
    want = math.exp(-1.2) * (6 * 1.2 - 6 * 1.2**2 + 1.2**3)
    assert second == pytest.approx(want, rel=1e-4 if outer is inner is numerical else 1e-6)


@pytest.mark.parametrize("inner", ENGINES)
@pytest.mark.parametrize("outer", ENGINES)
def test_an_inner_engine_sees_outer_values_as_constants(outer, inner):
    def f(x):
        return x * inner.grad(lambda y: x + x * y)(1.0)

    assert outer.grad(f)(3.0) == pytest.approx(6.0, rel=1e-5)

    def g(x):
        return np.sum(x * inner.grad(lambda y: np.sum(x * y * y))(x * 1.0))

    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(outer.grad(g)(x), 6 * x**2, rtol=1e-4)


def test_no_perturbation_confusion():
    assert forward.grad(lambda x: x * forward.grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert reverse.grad(lambda x: x * reverse.grad(lambda y: x * y)(2.0))(3.0) == 6.0
    assert forward.grad(lambda x: x * reverse.grad(lambda y: x * y)(2.0))(3.0) == 6.0


def test_loops_branches_and_no_gradient():
    def f(x):
        total = 0.0
        for i in range(5):
            if x > i:
                total += x**i
        return total

    for engine in (forward, reverse):
        assert engine.grad(f)(2.5) == pytest.approx(1 + 2 * 2.5)
        assert engine.grad(lambda x: 7.0)(1.0) == 0.0
        np.testing.assert_array_equal(engine.grad(lambda x: 7.0)(np.ones(2)), [0, 0])


@pytest.mark.parametrize("engine", [forward, reverse])
def test_jacobian(engine):
    def f(x):
        return np.stack([x[0] * x[1], np.sin(x[2]), x[1]])

    have = engine.jacobian(f)(np.array([1.0, 2.0, 3.0]))
    np.testing.assert_allclose(have, [[2, 1, 0], [0, 0, np.cos(3)], [0, 1, 0]])
    square = engine.jacobian(lambda x: x @ x)(np.eye(2) + 1.0)
    assert square.shape == (2, 2, 2, 2)


def test_attention_step():
    def attention(Q, K, V):
        scores = Q @ K.T / np.sqrt(K.shape[1])
        weights = np.exp(scores - np.max(scores, axis=1, keepdims=True))
        return np.sum((weights / weights.sum(axis=1, keepdims=True)) @ V * np.arange(3.0))

    arrays = np.random.default_rng(0).normal(size=(3, 4, 3))
    want = numerical.grad(attention, (0, 1, 2))(*arrays)
    for engine in (forward, reverse):
        np.testing.assert_allclose(engine.grad(attention, (0, 1, 2))(*arrays), want, atol=1e-8)


def test_float32_stays():
    x = np.ones(3, np.float32)
    for engine in (forward, reverse):
        for f in (np.sin, np.exp2, np.log2, np.log10, lambda x: np.maximum(x, 0.5), np.max):
            value, gradient = engine.value_and_grad(lambda x, f=f: np.sum(f(x) * x))(x)
            assert (value.dtype, gradient.dtype) == (np.float32, np.float32), (engine, f)


@pytest.mark.skipif(sys.platform == "emscripten", reason="a browser has no threads")
def test_two_threads_do_not_meet():
    with ThreadPoolExecutor(8) as pool:
        have = list(pool.map(forward.grad(reverse.grad(wish)), np.linspace(0, 1, 200)))
    assert have == [forward.grad(reverse.grad(wish))(x) for x in np.linspace(0, 1, 200)]


# ------------------------------------------------------------ the tape


def test_backward_accumulates_and_frees():
    x = reverse.Variable(3.0)
    y = x * x + x
    y.backward()
    assert x.grad == 7.0
    with pytest.raises(errors.GraphError, match="freed"):
        y.backward()
    y = x * x
    y.backward(keep_tape=True)
    y.backward()
    assert x.grad == 7.0 + 6.0 + 6.0


def test_shared_values_pay_in_before_they_hand_on():
    a = reverse.Variable(1.0)
    b = a + a
    (b + b).backward()
    assert a.grad == 4.0


def test_seed_of_an_array():
    x = reverse.Variable(np.ones(2))
    with pytest.raises(errors.InputError, match="returns one number"):
        (x * 2.0).backward()
    with pytest.raises(errors.InputError, match="seed must have"):
        (x * 2.0).backward(np.ones(3))
    (x * 2.0).backward(np.array([1.0, 10.0]))
    np.testing.assert_array_equal(x.grad, [2, 20])


def test_long_chain_without_recursion():
    x = reverse.Variable(0.5)
    y = x
    for _ in range(100_000):
        y = y * 1.00001
    y.backward()
    assert x.grad == pytest.approx(math.exp(100_000 * math.log(1.00001)))


def test_gradients_share_no_memory():
    x = np.ones(3)
    first, second = reverse.grad(lambda a, b: np.sum(a + b), (0, 1))(x, x)
    first += 1
    np.testing.assert_array_equal(second, np.ones(3))
    assert reverse.vjp(lambda x: x, x)[1](x)[0] is not x


def test_pullback_can_be_called_again():
    _, pullback = reverse.vjp(lambda x: {"a": x * x, "b": np.sum(x)}, np.array([1.0, 2.0]))
    for scale in (1.0, 2.0):
        (g,) = pullback({"a": scale * np.ones(2), "b": 1.0})
        np.testing.assert_array_equal(g, np.array([2, 4]) * scale + 1)


def test_the_walk_back_does_not_see_later_changes():
    def f(x):
        w, total = np.ones(3), 0.0
        for _ in range(2):
            total = total + np.sum(x * w)
            w *= 2
        return total

    np.testing.assert_array_equal(reverse.grad(f)(np.ones(3)), [3, 3, 3])
    x = np.ones(2)
    _, pullback = reverse.vjp(lambda x: np.sum(x * x), x)
    x[:] = 7
    np.testing.assert_array_equal(pullback(1.0)[0], [2, 2])


def test_gradients_of_variables_are_fresh():
    x, y, seed = reverse.Variable(np.ones(2)), reverse.Variable(np.ones(2)), np.ones(2)
    (x + y).backward(seed)
    x.grad *= 5
    np.testing.assert_array_equal([y.grad, seed], np.ones((2, 2)))
    primal, direction = np.ones(2), np.ones(2)
    _, slope = forward.jvp(lambda x: x, (primal,), (direction,))
    slope *= 5
    np.testing.assert_array_equal(direction, np.ones(2))


def test_values_are_not_copied_and_not_changed():
    assert reverse.grad(lambda x: copy.deepcopy(x) * copy.copy(x))(3.0) == 6.0
    x = reverse.Variable(np.ones(2))
    with pytest.raises(ValueError, match="read-only"):
        x.value[:] = 7
    y = x * 2.0
    y.backward(np.ones(2))
    w = reverse.Variable(np.ones(2))
    with pytest.raises(errors.GraphError):
        (y * w).backward(np.ones(2))
    assert w.grad is None, "a refused pass leaves no half of a gradient"


def test_a_variable_inside_another_engine_is_refused():
    with pytest.raises(errors.InputError, match="another engine follows"):
        forward.grad(lambda x: reverse.Variable(x).value)(1.0)


# ------------------------------------------------------------ formulas


def test_formulas_are_readable():
    x = symbolic.symbol("x")
    assert repr(symbolic.derivative(wish(x), x)) == "np.cos(x) * x ** 2 + 2 * x * np.sin(x)"
    assert repr(symbolic.derivative(x**2 + 3 * x + 7, x)) == "2 * x + 3"
    assert symbolic.derivative(3.0, x) == 0.0


small = st.deferred(
    lambda: st.one_of(
        st.sampled_from(["x", "2", "0.5"]),
        st.tuples(small, st.sampled_from("+-*/"), small).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        small.map(lambda s: f"np.sin({s})"),
        small.map(lambda s: f"(-{s})"),
        st.tuples(small, st.sampled_from([2, 3])).map(lambda t: f"({t[0]}) ** {t[1]}"),
    )
)


@given(small)
def test_written_formulas_mean_the_same(words):
    x = symbolic.symbol("x")
    try:
        formula = eval(words, {"np": np, "x": x})
        with np.errstate(all="raise"):
            want = eval(words, {"np": np, "x": np.float64(0.7)})
    except (ZeroDivisionError, FloatingPointError, OverflowError):
        return
    if isinstance(formula, core.Value):
        again = eval(symbolic.source(formula), {"np": np, "x": np.float64(0.7)})
        assert again == pytest.approx(want, rel=1e-9, abs=1e-9)


# ------------------------------------------------------------ when it goes wrong


def into_plain_array(x):
    a = np.zeros(2)
    a[0] = x if np.ndim(x) == 0 else x[0]
    return np.sum(a)


def in_place(x):
    a = np.zeros(2)
    a += x
    return np.sum(a)


def bind_in_place(x):
    y = x * 1.0
    y += 1.0
    return np.sum(y)


def assign(x):
    x[0] = 0.0
    return np.sum(x)


TWO = np.ones(2)
WRONG = [
    (lambda x: math.sin(x), 1.3, errors.ConversionError, "np.sin instead of math.sin"),
    (lambda x: np.sum(np.array([x, x])), 1.3, errors.ConversionError, r"np.stack\(\[x, y\]\)"),
    (lambda x: np.eye(2).dot(x)[0], TWO, errors.ConversionError, "A @ x instead of A.dot"),
    (into_plain_array, 1.3, errors.ConversionError, "np.stack"),
    (into_plain_array, TWO, errors.ConversionError, "np.stack"),
    (in_place, TWO, errors.MutationError, r"y = y \+ x"),
    (bind_in_place, TWO, errors.MutationError, r"y = y \+ x"),
    (assign, TWO, errors.MutationError, "np.where"),
    (lambda x: np.unwrap(x)[0], TWO, errors.NoRuleError, "np.unwrap has no derivative rule"),
    (lambda x: np.linalg.tensorinv(x, 1), np.eye(2), errors.NoRuleError, "use np.linalg.inv"),
    (lambda x: np.sum(x, dtype=float), TWO, errors.NoRuleError, "option dtype"),
    (lambda x: np.sum([x[0], x[1]]), TWO, errors.ConversionError, "np.stack"),
    (lambda x: np.add.at(np.zeros(2), [0, 1], x), TWO, errors.MutationError, "rules.scatter"),
    (lambda x: np.sum(x, 0, float), TWO, errors.NoRuleError, "option dtype"),
    (lambda x: np.reshape(x, (1, 2), "F")[0, 0], TWO, errors.NoRuleError, "option order"),
    (lambda x: np.where(x)[0], TWO, errors.NoRuleError, "so few arguments"),
    (lambda x: np.abs(x + 2j), 1.3, errors.ConversionError, "two real ones"),
    (lambda x: np.sum(np.matrix(np.eye(2)) * x), TWO, errors.ConversionError, "np.asarray"),
    (lambda x: x.tobytes()[0], TWO, errors.NoRuleError, "x.tobytes has no"),
    (lambda x: x * 2.0, TWO, errors.InputError, r"shape \(2,\).*jacobian"),
    (lambda x: (x, x), 1.3, errors.InputError, "returned tuple"),
    (lambda x: None, 1.3, errors.InputError, "None"),
    (lambda x: "s", 1.3, errors.InputError, "str 's'"),
    (wish, 3, errors.InputError, "3.0 instead of 3"),
    (wish, -7, errors.InputError, r"but -7 is made of integers: write -7.0 instead of -7\.$"),
    (wish, np.int64(2), errors.InputError, r"write 2.0 instead of 2\.$"),
    (wish, True, errors.InputError, r"write 1.0 instead of True\.$"),
    (wish, np.arange(3), errors.InputError, "astype"),
    (wish, "1.3", errors.InputError, "but got str '1.3'"),
    (wish, None, errors.InputError, "but got NoneType"),
    (wish, 1j, errors.InputError, "complex"),
    ("wish", 1.3, errors.InputError, "Only functions can be"),
]


@pytest.mark.parametrize("engine", [forward, reverse])
@pytest.mark.parametrize(("f", "x", "kind", "words"), WRONG)
def test_one_clear_sentence(engine, f, x, kind, words):
    with pytest.raises(kind, match=words) as caught:
        engine.grad(f)(x)
    assert str(caught.value).count("\n") == 0


def test_symbolic_sentences():
    with pytest.raises(errors.ConversionError, match=r"x > 0.*np.where"):
        symbolic.grad(lambda x: x if x > 0 else -x)(1.3)
    with pytest.raises(errors.ConversionError, match="needs numbers where it got formulas"):
        symbolic.grad(lambda x: np.sum(x[x > 0]))(TWO)
    with pytest.raises(errors.MutationError, match="y = y"):
        symbolic.grad(in_place)(TWO)
    assert symbolic.grad(lambda x: np.where(x > 0, x**2, -x))(-1.5) == -1.0


def test_numerical_steps():
    big, small = (numerical.jvp(np.sin, (1.0,), (v,))[1] / v for v in (1e6, 1e-6))
    assert big == pytest.approx(math.cos(1.0)) and small == pytest.approx(math.cos(1.0))
    for step in (0, -1e-3, "a"):
        with pytest.raises(errors.InputError, match="step must be a number above zero"):
            numerical.grad(wish, step=step)(1.3)


def test_numerical_sentences_and_no_harm():
    with pytest.raises(errors.InputError, match=r"scheme 'sideways'.*central"):
        numerical.grad(wish, scheme="sideways")(1.3)
    x = np.ones(2)
    np.testing.assert_allclose(numerical.grad(assign)(x), [0, 1], atol=1e-8)
    np.testing.assert_array_equal(x, np.ones(2))


def test_wrong_shapes_and_wrong_calls():
    for engine in (forward, numerical):
        with pytest.raises(errors.InputError, match="tuple of primals"):
            engine.jvp(wish, 1.3, 1.0)
        with pytest.raises(errors.InputError, match="tangents must have"):
            engine.jvp(np.sum, (np.ones(2),), (np.ones(3),))
    _, pullback = reverse.vjp(lambda x: x, np.ones(2))
    with pytest.raises(errors.InputError, match="cotangent must have"):
        pullback(1.0)
    with pytest.raises(errors.InputError, match="must name different arguments"):
        elves.grad(wish, 1)(1.3)


def test_trees_are_matched_by_key():
    primals, tangents = ({"a": 1.0, "b": 2.0},), ({"b": 0.0, "a": 1.0},)
    assert forward.jvp(lambda d: d["a"] * 10 + d["b"], primals, tangents)[1] == 10
    with pytest.raises(errors.InputError, match=r"must have the shape \{'a': \(\), 'b': \(\)\}"):
        forward.jvp(lambda d: d["a"], primals, ({"a": 1.0},))


@pytest.mark.parametrize("engine", [forward, reverse])
def test_jacobian_sentences(engine):
    with pytest.raises(errors.InputError, match="by one array"):
        engine.jacobian(lambda a, b: a, (0, 1))(TWO, TWO)
    with pytest.raises(errors.InputError, match="forget its return"):
        engine.jacobian(lambda x: None)(TWO)
    for wrong in ("a", {"a": 1.0}, (1.0, 2.0)):
        with pytest.raises(errors.InputError, match="returns one array"):
            engine.jacobian(lambda x, wrong=wrong: wrong)(TWO)
    assert engine.jacobian(lambda x, scale: x * scale)(TWO, scale=3.0)[0, 0] == 3.0


@pytest.mark.parametrize("engine", ENGINES)
def test_empty_arrays_and_odd_argnums(engine):
    assert engine.grad(lambda x: np.sum(x) + 1.0)(np.ones(0)).shape == (0,)
    assert engine.grad(wish, np.int64(0))(1.3) == pytest.approx(2.9573243)
    for argnums in ("x", None, (0, 0), 1.0, -2):
        with pytest.raises(errors.InputError, match="argnums"):
            engine.grad(wish, argnums)(1.3)


def test_the_complex_step_refuses_what_it_cannot_do():
    for f, x in [
        (np.abs, 1.0), (np.log, -1.0), (np.sqrt, -1.0), (np.arcsin, 2.0), (lambda x: x**101, -1.0),
        (lambda x: np.power(x, 0.5), -1.0),
    ]:  # fmt: skip
        with pytest.raises(errors.InputError, match="central"), np.errstate(all="ignore"):
            numerical.grad(f, scheme="complex")(x)
    assert numerical.grad(lambda x: x**3, scheme="complex")(-1.0) == pytest.approx(3.0)
    with pytest.raises(errors.InputError, match="inside another engine"):
        forward.grad(numerical.grad(wish, scheme="complex"))(1.3)


@pytest.mark.parametrize("engine", FOLLOWERS)
def test_methods_and_lists(engine):
    def f(x):
        y = (x * [1.0, 2.0]).flatten().copy().mean() + x.reshape(2, 1).std() + x.clip(0, 2).max()
        return y + x.T.sum(axis=0)

    x = np.array([0.3, 1.4])
    np.testing.assert_allclose(engine.grad(f)(x), numerical.grad(f)(x), rtol=1e-6)


@pytest.mark.parametrize("engine", [forward, reverse])
def test_an_exception_leaves_nothing_behind(engine):
    with pytest.raises(ZeroDivisionError):
        engine.grad(lambda x: x * (1 / 0))(1.3)
    assert engine.grad(wish)(1.3) == pytest.approx(2.9573243)


def test_a_notebook_shows_the_sentence_and_no_inside():
    with pytest.raises(errors.ElfError) as caught:
        elves.grad(wish)(3)
    lines = caught.value._render_traceback_()
    assert lines[-1].startswith("InputError: Only floats")
    assert not any("elves/" in line for line in lines)


# ------------------------------------------------------------ the README


def test_the_readme_says_what_is_true():
    text = (pathlib.Path(elves.__file__).parents[1] / "README.md").read_text("utf-8")
    names = {}
    for block in re.findall(r"```python\n(.*?)```", text, re.S):
        for statement in re.split(r"\n(?=\S)", block.strip()):
            code, _, promised = statement.partition("  # ")
            if re.fullmatch(r"-?[\d.]+", promised.strip()):
                assert eval(code, names) == pytest.approx(float(promised), rel=1e-15)
            else:
                exec(statement, names)
    assert names["elves"].grad(names["softplus"])(0.0) == 0.5


@pytest.mark.parametrize("kind", [bool, np.int8])
def test_cotangents_of_whole_numbers(kind):
    """True + True is True, and small integers wrap: a tangent is made of floats."""
    x, g = np.ones(3), np.array([0, 100, 0]).astype(kind)
    want = 2 * g.astype(float)
    for engine in (reverse, tracing, source):
        np.testing.assert_array_equal(engine.vjp(double, x)[1](g)[0], want)
    for engine in (forward, tracing, source):
        np.testing.assert_array_equal(engine.jvp(double, (x,), (g,))[1], want)
    y = reverse.Variable(x)
    (y + y).backward(g)
    np.testing.assert_array_equal(y.grad, want)


def double(x):
    return x + x


@pytest.mark.parametrize("engine", FOLLOWERS)
def test_sums_count_what_is_true(engine):
    x = np.array([0.7, 0.3, 1.2])
    functions = [
        lambda x: np.sum(((x > 0) * 1.0 + (x > -1) * 1.0) * x), lambda x: np.sum(x > 0) * np.sum(x),
        lambda x: np.mean(x > 0) * np.sum(x), lambda x: np.sum(np.cumsum(x > 0) * x),
        lambda x: ((x > 0) @ np.ones(3)) * np.sum(x),
        lambda x: np.sum(np.nan_to_num(np.stack([x]))),
    ]  # fmt: skip
    for f in functions:
        value, slope = engine.value_and_grad(f)(x)
        assert value == pytest.approx(f(x))
        np.testing.assert_allclose(slope, numerical.grad(f)(x), rtol=1e-6)

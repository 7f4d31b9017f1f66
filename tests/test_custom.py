"""A VJP of one's own: every engine that walks back takes it, and misuse gets a sentence."""

import numpy as np
import pytest

import elves
from elves.errors import InputError, NoRuleError
from elves.testing import check_grads

A, B = np.arange(6.0).reshape(2, 3), np.arange(6.0).reshape(3, 2) - 2.5


@elves.custom_vjp(lambda g, y, x: 3.0 * g / (1 + np.exp(-x)))  # three times: so one sees who asks
def softplus(x):
    return np.log1p(np.exp(x))


@elves.custom_vjp(lambda g, y, a, b: (g @ b.T, a.T @ g))
def product(a, b):
    return a @ b


@elves.custom_vjp(lambda g, y, x, most=1.0: np.clip(g, -most, most))
def clipped(x, most=1.0):
    return +x


BACK = elves.reverse, elves.static_graph, elves.source


@pytest.mark.parametrize("engine", BACK, ids=lambda engine: engine.__name__)
def test_engines_that_walk_back_ask_the_vjp(engine):
    slope = 3.0 / (1 + np.exp(-1.69)) * 2.6
    assert engine.grad(lambda x: softplus(x * x))(1.3) == pytest.approx(slope, rel=1e-14)
    by_a, by_b = engine.grad(lambda ab: np.sum(product(*ab) ** 2))((A, B))
    np.testing.assert_allclose(by_a, 2 * A @ B @ B.T)
    np.testing.assert_allclose(by_b, 2 * A.T @ A @ B)
    assert engine.grad(lambda x: 7.0 * clipped(x, most=2.0))(1.3) == 2.0
    assert engine.grad(lambda x: clipped(-7.0 * clipped(x, most=0.5)))(1.3) == -0.5


def test_it_goes_through_what_stands_around_engines():
    x = np.array([0.3, -1.2, 2.0])
    slope = 3.0 / (1 + np.exp(-x))
    np.testing.assert_allclose(elves.vmap(elves.grad(softplus))(x), slope)
    np.testing.assert_allclose(elves.jacobian(softplus)(x), np.diag(slope))
    np.testing.assert_allclose(elves.jit(elves.grad(lambda x: np.sum(softplus(x))))(x), slope)
    np.testing.assert_allclose(elves.jit(softplus)(x), np.log1p(np.exp(x)))
    assert elves.grad(lambda x: elves.checkpoint(softplus)(x))(0.3) == slope[0]
    curvature = elves.grad(elves.grad(softplus))(0.3)
    assert curvature == pytest.approx(slope[0] * (1 - slope[0] / 3), rel=1e-14)
    assert softplus(0.3) == np.log1p(np.exp(0.3)) and softplus.__name__ == "softplus"
    each = elves.vmap(elves.grad(lambda x: clipped(x) * x))(np.array([0.5, 4.0]))
    np.testing.assert_allclose(each, [1.0, 5.0])  # each example's cotangent is cut by itself


@pytest.mark.parametrize("ask", [
    lambda: elves.jvp(softplus, (1.0,), (1.0,)), lambda: elves.forward.grad(softplus)(1.0),
    lambda: elves.tracing.linearize(softplus, 1.0), lambda: elves.hessian(softplus)(1.0),
])  # fmt: skip
def test_engines_that_carry_tangents_refuse(ask):
    with pytest.raises(NoRuleError, match=r"^softplus has a VJP of its own and no JVP: ask"):
        ask()


def test_a_result_that_is_filled_anew_in_each_call_is_kept_as_it_was():
    buffer = np.zeros(2)

    @elves.custom_vjp(lambda g, y, x: g * y)
    def growth(x):
        buffer[:] = np.exp(x)
        return buffer

    x = np.array([0.3, -1.2])
    pull = elves.reverse.vjp(growth, x)[1]
    growth(x + 5.0)
    np.testing.assert_array_equal(pull(np.ones(2))[0], np.exp(x))
    twice = elves.grad(lambda x: np.sum(growth(x) + growth(2.0 * x)))(x)
    np.testing.assert_allclose(twice, np.exp(x) + 2.0 * np.exp(2.0 * x))


@pytest.mark.parametrize("name", ["<lambda>", "b", "y", "k", "np", "a-b", "view", "softplus"])
def test_compiled_text_can_name_a_function_of_any_name(name):
    def f(x):
        return np.log1p(np.exp(x))

    f.__name__ = name
    known = elves.custom_vjp(lambda g, y, x: 3.0 * g * x)(f)
    inside = lambda x: known(x) * np.sin(x) + known(2.0 * x)  # noqa: E731
    assert elves.jit(inside)(0.3) == pytest.approx(inside(0.3))
    assert elves.jit(elves.grad(inside))(0.3) == pytest.approx(elves.grad(inside)(0.3))


def test_the_oracle_knows_whether_a_vjp_is_right():
    check_grads(product, (A, B), modes=["reverse"])
    with pytest.raises(AssertionError):
        check_grads(softplus, (0.3,), modes=["reverse"])


BY_PLACE = "as arguments by position, each of them an array"


def own(vjp, f=lambda a, b: a * b):
    return elves.custom_vjp(vjp)(f)


def of_weight(w):
    return own(lambda g, y, x: g * w, lambda x: x * w)


@pytest.mark.parametrize(("f", "said"), [
    (lambda x: own(lambda g, y, a, b: g)(x, 2.0), "gives 1 cotangents for 2 arguments"),
    (lambda x: own(lambda g, y, a, b: (g, None))(2.0, x), "gives argument 1 None"),
    (lambda x: np.sum(own(lambda g, y, a, b: (g, np.sum(g)))(np.ones(3), x * np.ones(3))),
     r"gives argument 1 \(\) in the place of a cotangent of its shape, \(3,\)"),
    (lambda x: own(lambda g, y, d: g, lambda d: d["w"] * 2.0)({"w": x}), BY_PLACE),
    (lambda x: of_weight(x)(2.0), BY_PLACE),
    (lambda x: of_weight(x)(x), BY_PLACE),
    (lambda x: clipped(x, most=x), BY_PLACE),
    (lambda x: own(lambda g, y, x: g, lambda x: (x, x))(x)[0], "return one array"),
    (lambda x: elves.custom_vjp(lambda x: x)(x), "write @elves.custom_vjp"),
])  # fmt: skip
def test_misuse_gets_a_sentence(f, said):
    with pytest.raises(InputError, match=said):
        elves.grad(f)(1.3)


def test_a_result_without_dimensions_is_a_number_with_and_without_a_derivative():
    @elves.custom_vjp(lambda g, y, x: g * np.ones(np.shape(x)))
    def total(x):
        return np.array(np.sum(x))

    def f(x):
        y = total(x)
        before = y
        y += 1.0
        return y * before

    x = np.array([1.0, 2.0])
    assert f(x) == 12.0
    for engine in (elves.reverse, elves.source):
        np.testing.assert_allclose(engine.grad(f)(x), [7.0, 7.0])

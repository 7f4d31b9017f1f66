"""The oracle itself: it must pass what is right and catch what is wrong."""

import numpy as np
import pytest

import elves
from elves import numerical, rules
from elves.testing import check_grads

Z = np.random.default_rng(2).uniform(0.5, 1.5, (3, 3))


def curved(x, y):
    return np.sum(np.tanh(x @ y) * x[0]) + np.linalg.det(x) * np.prod(y)


def test_right_derivatives_pass():
    check_grads(curved, (Z, Z[0]))
    check_grads(lambda p: {"a": p["w"] @ p["w"], "b": [np.exp(p["c"])]}, ({"w": Z, "c": 0.3},))


@pytest.mark.parametrize("partial", [0, lambda y, x: 1.001 * np.cos(x), lambda y, x: np.sin(x)])
def test_wrong_derivatives_are_caught(partial):
    wave = rules.primitive(lambda x: np.sin(x))
    rules.Elementwise(wave, partial)
    with pytest.raises(AssertionError):
        check_grads(wave, (Z,))


def test_a_wrong_second_order_is_caught():
    flat = rules.primitive(lambda x: 3 * x**2)  # the slope of a cube, itself without a slope
    rules.Constant(flat)
    cube = rules.primitive(lambda x: x**3)
    rules.Elementwise(cube, lambda y, x: flat(x))
    check_grads(cube, (Z,), order=1)
    with pytest.raises(AssertionError):
        check_grads(cube, (Z,), order=2)


def test_hessian_and_hvp():
    def f(x):
        return curved(x, x[0]) + np.sum(np.sort(np.ravel(x))[:4] ** 3)

    hessian = elves.hessian(f)(Z)
    assert hessian.shape == (3, 3, 3, 3)
    _, want = numerical.jvp(elves.grad(f), (Z,), (np.ones((3, 3)),))
    np.testing.assert_allclose(hessian.sum(axis=(2, 3)), want, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(elves.hvp(f, (Z,), (np.ones((3, 3)),)), want, rtol=1e-6, atol=1e-7)
    a, b = elves.hvp(curved, (Z, Z[0]), (np.ones((3, 3)), np.zeros(3)))
    assert a.shape == (3, 3) and b.shape == (3,)


def test_against_jax():
    jax = pytest.importorskip("jax", reason="JAX is not installed")
    from elves.frameworks import load

    load("jax")

    def f(x):
        y = np.linalg.solve(x @ x.T + np.eye(3), x[:, 0])
        w = np.linalg.eigh(x + x.T)[0]
        return np.einsum("i,ij,j->", y, x, w) + np.cumsum(x, axis=1)[1, 2] + np.median(x)

    want = load("jax").grad(f)(Z)
    np.testing.assert_allclose(elves.grad(f)(Z), want, rtol=1e-9)
    assert jax.__version__

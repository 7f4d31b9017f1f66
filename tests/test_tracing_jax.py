"""Each operation under many combinations of transformations, against JAX on the same functions."""

import ast
import functools

import numpy as np
import pytest

from elves import parse, source, tracing, trees
from test_source_programs import function

jax = pytest.importorskip("jax")
jax.config.update("jax_enable_x64", True)

X = np.random.default_rng(0).uniform(0.3, 0.9, (3, 3))

# Functions of one 3 x 3 array, written for NumPy or for jax.numpy.
OPERATIONS = {
    "arithmetic": lambda np, x: (x + 1.5) * x - x / (2.0 - x),
    "power": lambda np, x: x**3 + x**-1.5 + 2.0**x + np.square(x),
    "roots": lambda np, x: np.sqrt(x) * np.cbrt(x) + np.reciprocal(x),
    "exponential": lambda np, x: np.exp(x) * np.log(x) + np.log1p(x) - np.expm1(-x) + np.exp2(x),
    "trigonometry": lambda np, x: np.sin(x) * np.cos(2 * x) + np.tan(x) * np.arctan(x),
    "inverse": lambda np, x: np.arcsin(x) * np.arccos(x) + np.arctan2(x, 1.0 - x),
    "hyperbolic": lambda np, x: np.tanh(x) * np.sinh(x) + np.arcsinh(x) - np.arctanh(x / 2),
    "kinks": lambda np, x: np.abs(x - 0.6) + np.maximum(x, 0.55) * np.minimum(x, 0.7),
    "hypot": lambda np, x: np.hypot(x, x.T + 0.1) + np.logaddexp(x, x[0]),
    "where": lambda np, x: np.where(x > 0.6, x**2, np.sin(x)),
    "clip": lambda np, x: np.clip(x, 0.4, 0.8) * x,
    "sum": lambda np, x: np.sum(x * x, axis=0) * np.sum(x, axis=1, keepdims=True),
    "mean": lambda np, x: np.mean(x**2, 0) + np.var(x, axis=1) * np.std(x),
    "max": lambda np, x: np.max(x, axis=1) * np.min(x * x, axis=0) + np.max(x),
    "prod": lambda np, x: np.prod(x, axis=1) + np.cumsum(x, axis=0),
    "reshape": lambda np, x: np.reshape(x, (9,)) * np.ravel(x.T),
    "axes": lambda np, x: np.transpose(x) @ np.swapaxes(x * x, 0, 1) + np.expand_dims(x[0], 1),
    "broadcast": lambda np, x: np.broadcast_to(x[:, :1], (2, 3, 3)) * x,
    "slices": lambda np, x: x[1:, ::-1] * x[:2, :] + x[-1] * x[0, 0],
    "index": lambda np, x: x[np.array([0, 2, 2]), np.array([1, 1, 0])] * x[np.array([2, 0, 0])],
    "join": lambda np, x: np.concatenate([x, x * x], axis=1) + np.stack([x[0], x[1]], 1).sum(),
    "moves": lambda np, x: np.roll(x, 1, 0) * np.flip(x, 1) + np.tile(x[0], 3)[:3] + np.tril(x),
    "diagonal": lambda np, x: np.diagonal(x) * np.trace(x) + np.diag(x[0]),
    "sort": lambda np, x: np.sort(x, axis=1) * x + np.repeat(x[0], 3)[:3],
    "matmul": lambda np, x: (x @ x) @ x[0] + x[1] @ (x.T @ x),
    "einsum": lambda np, x: np.einsum("ij,jk->ik", x, np.sin(x)) * np.tensordot(x, x, 2),
    "outer": lambda np, x: np.outer(x[0], x[1]) + np.dot(x, x[2]) + np.inner(x, x),
    "inverse matrix": lambda np, x: np.linalg.inv(x + 2 * np.eye(3)) * np.linalg.det(x),
    "solve": lambda np, x: np.linalg.solve(x + 2 * np.eye(3), x[0]) + np.linalg.norm(x),
    "cholesky": lambda np, x: np.linalg.cholesky(x @ x.T + 2 * np.eye(3)),
    "softmax": lambda np, x: np.exp(x - x.max(1, keepdims=True)) / np.exp(x).sum(1, keepdims=True),
    "flat": lambda np, x: np.sign(x) * x + np.floor(3 * x) * x + (x > 0.5) * x,
}  # fmt: skip


def control(lax, cond, name):
    """The same program with control flow for both systems."""
    return {
        "cond": lambda np, x: cond(
            x[0, 0] > x[1, 1], lambda x: np.sin(x) * 2.0, lambda x: x * x * x, x
        ),
        "domain": lambda np, x: cond(  # of the members under vmap, each is in one of the two
            x[0, 0] > 0.65,
            lambda: np.log(x[0, 0] - 0.65) * x * x,
            lambda: np.sqrt(0.65 - x[0, 0]) * np.sin(x),
        ),
        "scan": lambda np, x: lax.scan(lambda c, r: (np.sin(c) + r * c, c * r), x[0], x)[1],
        "scan carry": lambda np, x: lax.scan(
            lambda c, r: (c * np.cos(r) + x[1], None), x[0] * 2.0, x, reverse=True
        )[0],
        "fori": lambda np, x: lax.fori_loop(0, 4, lambda i, y: np.sin(y) + 0.5 * x + i, x),
        "nest": lambda np, x: lax.scan(
            lambda c, r: (cond(r[0] > 0.6, lambda c: c * r, np.sin, c), c.sum()), x[0], x
        ),
    }[name]


CONTROL = ["cond", "domain", "scan", "scan carry", "fori", "nest"]


def scalar(T, f):
    np = T.np
    return lambda x: sum(np.sum(np.sin(1.3 * y)) for y in trees.leaves(f(np, x)))


def first(T, f):
    """f with its first result alone."""
    return lambda x: trees.leaves(f(T.np, x))[0]


V = np.random.default_rng(1).uniform(-1, 1, (3, 3))
BASIS = np.eye(9).reshape(9, 3, 3)
STACK = np.stack([X, 0.9 * X])


def gvg(T, s):
    return T.grad(lambda x: T.np.sum(T.vmap(T.grad(s))(T.np.stack([x, 0.9 * x])) ** 2))


# What JAX says, by as few of its transformations as there are different results; f is a function
# with one result, s is a scalar one.
REFERENCES = {
    "value": lambda f, s: f(X),
    "slope": lambda f, s: jax.jvp(f, (X,), (V,)),
    "gradient": lambda f, s: jax.grad(s)(X),
    "values": lambda f, s: jax.vmap(f)(STACK),
    "gradients": lambda f, s: jax.vmap(jax.grad(s))(STACK),
    "hvp": lambda f, s: jax.jvp(jax.grad(s), (X,), (V,))[1],
    "third": lambda f, s: gvg(Theirs, s)(X),
    "jacobian": lambda f, s: columns(lambda v: jax.jvp(f, (X,), (v,))[1]),
    "hessian": lambda f, s: columns(lambda v: jax.jvp(jax.grad(s), (X,), (v,))[1]),
}


def columns(of_direction):
    return in_columns(np.stack([of_direction(v) for v in BASIS]))


def in_columns(slopes):
    found = np.moveaxis(slopes, 0, -1)
    return found.reshape(*found.shape[:-1], 3, 3)


# Our many ways to each of these results.
T = tracing
COMBINATIONS = {
    "jit": ("value", lambda f, s: T.jit(f)(X)),
    "jit of jit": ("value", lambda f, s: T.jit(lambda x: T.jit(f)(x))(X)),
    "jvp": ("slope", lambda f, s: T.jvp(f, (X,), (V,))),
    "jit of jvp": ("slope", lambda f, s: T.jit(lambda x: T.jvp(f, (x,), (V,)))(X)),
    "jvp of jit": ("slope", lambda f, s: T.jvp(T.jit(f), (X,), (V,))),
    "linearize": ("slope", lambda f, s: (lambda y, f_dot: (y, f_dot(V)))(*T.linearize(f, X))),
    "grad": ("gradient", lambda f, s: T.grad(s)(X)),
    "jit of grad": ("gradient", lambda f, s: T.jit(T.grad(s))(X)),
    "grad of jit": ("gradient", lambda f, s: T.grad(T.jit(s))(X)),
    "vjp": ("gradient", lambda f, s: T.vjp(s, X)[1](1.0)[0]),
    "vmap": ("values", lambda f, s: T.vmap(f)(STACK)),
    "vmap of jit": ("values", lambda f, s: T.vmap(T.jit(f))(STACK)),
    "vmap along 1": ("values", lambda f, s: T.jit(T.vmap(f, 1))(np.moveaxis(STACK, 0, 1))),
    "vmap of jit of grad": ("gradients", lambda f, s: T.vmap(T.jit(T.grad(s)))(STACK)),
    "jit of vmap of grad": ("gradients", lambda f, s: T.jit(T.vmap(T.grad(s)))(STACK)),
    "grad of vmap": ("gradients", lambda f, s: T.grad(lambda z: np.sum(T.vmap(s)(z)))(STACK)),
    "jvp of vjp": (
        "hvp", lambda f, s: T.jvp(lambda x: T.vjp(s, x)[1](1.0)[0], (X,), (V,))[1],
    ),
    "vjp of jvp": (
        "hvp", lambda f, s: T.vjp(lambda x: T.jvp(s, (x,), (V,))[1], X)[1](1.0)[0],
    ),
    "grad of grad": ("hvp", lambda f, s: T.grad(lambda x: np.sum(T.grad(s)(x) * V))(X)),
    "jit of hvp": ("hvp", lambda f, s: T.jit(lambda x: T.hvp(s, (x,), (V,)))(X)),
    "grad of vmap of grad": ("third", lambda f, s: gvg(Ours, s)(X)),
    "jit of grad of vmap of grad": ("third", lambda f, s: T.jit(gvg(Ours, s))(X)),
    "jacrev": ("jacobian", lambda f, s: T.jacrev(f)(X)),
    "jit of jvps": (
        "jacobian", lambda f, s: T.jit(lambda x, v: in_columns(T.jvps(f, (x,), (v,))[1]))(X, BASIS),
    ),
    "jit of jacfwd": ("jacobian", lambda f, s: T.jit(T.jacfwd(f))(X)),
    "jit of hessian": ("hessian", lambda f, s: T.jit(T.hessian(s))(X)),
    "jacrev of grad": ("hessian", lambda f, s: T.jacrev(T.grad(s))(X)),
}  # fmt: skip


class Ours:
    np, grad, vmap = np, staticmethod(tracing.grad), staticmethod(tracing.vmap)


class Theirs:
    np, grad, vmap = jax.numpy, staticmethod(jax.grad), staticmethod(jax.vmap)


def operation(lax, name):
    return OPERATIONS.get(name) or control(lax, lax.cond, name)


@functools.cache
def reference(what, name):
    f = operation(jax.lax, name)
    return jax.tree.leaves(REFERENCES[what](first(Theirs, f), scalar(Theirs, f)))


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("name", [*OPERATIONS, *CONTROL])
@pytest.mark.parametrize("combination", COMBINATIONS)
def test_like_jax(combination, name):
    what, transformed = COMBINATIONS[combination]
    f = operation(tracing, name)
    have = trees.leaves(transformed(first(Ours, f), scalar(Ours, f)))
    want = reference(what, name)
    assert len(have) == len(want)
    for a, b in zip(have, want, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9)
        assert np.shape(a) == np.shape(b)


@pytest.mark.parametrize("name", OPERATIONS)
def test_many_tangents_in_source_are_like_jax(name):
    body = ast.unparse(parse.node_of(OPERATIONS[name]).body)
    f = function(
        f"def f(x):\n    return {body}\n\ndef s(x):\n    return np.sum(np.sin(1.3 * f(x)))\n"
    )
    hessian = source.hessian(f.__globals__["s"])(X)
    for have, what in (
        (in_columns(source.jvps(f, (X,), (BASIS,))[1]), "jacobian"),
        (source.jacobian(f)(X), "jacobian"), (hessian, "hessian"),
    ):  # fmt: skip
        np.testing.assert_allclose(have, reference(what, name)[0], rtol=1e-9, atol=1e-9)

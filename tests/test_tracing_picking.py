"""Gathers go before what is calculated, and what was scattered stays where it is."""

import math

import numpy as np
import pytest

from elves import forward, reverse, rules, vmap
from elves.tracing import (
    cond,
    fori_loop,
    grad,
    hvp,
    jit,
    make_ir,
    optimize,
    picking,
    taking,
    value_and_grad,
)
from elves.tracing.passes import PASSES
from elves.tracing.picking import pick_early

RANDOM = np.random.default_rng(8)
X, W, V = RANDOM.normal(size=(900, 20)), RANDOM.normal(size=(20, 30)), RANDOM.normal(size=20)
ROWS, LABELS = np.array([3, 5, 3, -1]), RANDOM.integers(20, size=900)
MASK = X[:, 0] > 2
OTHERS = [name for name in PASSES if name != "pick_early"]

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def always(monkeypatch):
    """Whatever can be moved is, at any price."""
    monkeypatch.setattr(picking, "SURE", 1e9)
    monkeypatch.setattr(picking, "LEAST", -1e9)
    monkeypatch.setattr(taking, "CALL", 0)


def largest(f, *args):
    """The most entries that an equation of the program makes by calculating."""
    sizes = [
        math.prod(v.shape)
        for e in optimize(make_ir(f, *args), ["pick_early", "add_in_place", "dead_code"]).equations
        for v in e.outs
        if isinstance(e.rule.function, np.ufunc) or e.rule.function in (np.matmul, np.where)
    ]
    return max(sizes)


def softmax(x):
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


MOVED = [
    (lambda x: np.exp(x)[ROWS], (X,), 80),
    (lambda x: np.exp(x)[[3, 5]], (X,), 40),
    (lambda x: np.sin(x)[MASK], (X,), 20 * np.sum(MASK)),
    (lambda x: np.tanh(np.sin(x) * V + 1.0)[7], (X,), 20),
    (lambda x, w: (x @ w)[ROWS], (X, W), 120),
    (lambda x, w: (x @ w)[2:5], (X, W), 90),
    (lambda x, w: np.exp(x @ w)[3, -1], (X, W), 1),
    (lambda x, w: np.exp(x @ w)[::300, 4], (X, W), 3),
    (lambda x, v: np.exp(x @ v)[ROWS], (X, V), 4),
    (lambda x, y: (x / y[:, np.newaxis])[::20], (X, np.abs(X[:, 0]) + 1), 900),
    (lambda x: np.where(x > 0, x, np.sin(x))[-1, -1], (X,), 1),
    (lambda x: (np.maximum(x, 0.1) * np.sin(x))[:, 3], (X,), 900),
    (lambda x, i: rules.pick(np.sin(x) * V, i), (X, 5), 20),
]
SLOPES = [  # of these, and what the gradient calculates
    (lambda x: np.sum(np.exp(x)[ROWS]), (X,), 80),
    (lambda x: np.exp(np.sin(x))[-1, -1], (X,), 1),
    (lambda x: np.mean((np.sin(x) * x)[5:9]), (X,), 80),
    (lambda x: np.sum(np.where(x > 0, np.exp(x), x * x)[ROWS]), (X,), 80),
    (lambda w: np.sum(np.tanh(X @ w)[ROWS] ** 2), (W,), 600),
    (lambda x: np.sum(np.sin((x @ W)[3])), (X,), 30),
    (lambda v: np.sum((X @ v)[LABELS[:5]] ** 2), (V,), 20),
]


@pytest.mark.parametrize("f, args, most", MOVED, ids=range(len(MOVED)))
def test_only_what_is_taken_is_calculated(f, args, most):
    assert largest(f, *args) == most
    for have in (jit(f)(*args), pick_early(make_ir(f, *args)).run(args)[0]):
        np.testing.assert_allclose(have, f(*args), 1e-13, 1e-13)


@pytest.mark.parametrize("f, args, most", SLOPES, ids=range(len(SLOPES)))
def test_gradients_calculate_where_there_is_a_cotangent(f, args, most):
    assert largest(value_and_grad(f), *args) == most
    np.testing.assert_allclose(jit(grad(f))(*args), reverse.grad(f)(*args), 1e-11, 1e-13)


STAYS = [
    lambda x: np.sum(np.exp(x)) + np.exp(x)[3, 4],  # as one value, which others read too
    lambda x: np.sum(np.sin(x)[1:]),  # nearly all
    lambda x: np.sum(np.exp(x[:9] * V)[ROWS]),  # a call costs more
]


@pytest.mark.parametrize("f", STAYS, ids=range(len(STAYS)))
def test_what_would_not_be_less_stays(f):
    ir = make_ir(lambda x: f(x), X)
    assert pick_early(ir) is ir or f is STAYS[0]
    np.testing.assert_allclose(jit(grad(f))(X), reverse.grad(f)(X), 1e-11)


LOSSES = [
    lambda x: np.sum((x @ W)[ROWS] ** 2),
    lambda x: -np.mean((x - np.log(np.sum(np.exp(x), 1, keepdims=True)))[np.arange(900), LABELS]),
    lambda x: -np.mean(np.log(softmax(x)[np.arange(900), LABELS])),
    lambda x: np.sum((x**3)[MASK] * V),
    lambda x: np.prod((1 / (2 + np.sin(x)))[4:6, 1:3]),
    lambda x: np.sum(np.sqrt(x * x + 1)[:, LABELS[:2]] * np.cos(x)[:, LABELS[:2]]),
    lambda x: np.sum((V / (3 + x * x))[ROWS][:, 2]),
    lambda x: fori_loop(0, 3, lambda i, c: c * 0.5 + np.sum((np.sin(x) * c + x)[ROWS]) * 0.1, 1.0),
    lambda x: cond(x[0, 0] > 9, lambda x: np.sum(np.exp(x)[3]), lambda x: np.cos(x @ W)[2, 3], x),
]


@pytest.mark.parametrize("f", LOSSES, ids=range(len(LOSSES)))
def test_derivatives_are_those_of_the_tape(f, always):
    y = reverse.value_and_grad(f)(X)
    for a, b in zip(jit(value_and_grad(f))(X), y, strict=True):
        np.testing.assert_allclose(a, b, 1e-11, 1e-13)
    second = jit(lambda x, v: hvp(f, (x,), (v,)))(X, X)
    np.testing.assert_allclose(second, reverse.hvp(f, (X,), (X,)), 1e-9, 1e-11)
    twice = jit(grad(lambda x: np.sum(grad(f)(x) * X)))(X)
    np.testing.assert_allclose(twice, second, 1e-9, 1e-11)
    both = np.stack([X, X / 2])
    np.testing.assert_allclose(jit(vmap(grad(f)))(both)[0], y[1], 1e-11, 1e-13)


ENTRYWISE = [np.sin, np.exp, np.square, lambda x: x * 0.5 + 1, lambda x: x * V, lambda x: V - x]
ENTRYWISE += [lambda x: x / (2 + np.sum(x * x, axis=1, keepdims=True)), lambda x: x * x[:1]]
ENTRYWISE += [lambda x: np.where(x > 0.1, x, V), lambda x: np.maximum(V, x), lambda x: x @ W @ W.T]
INDICES = [3, -1, (2, 5), slice(1, 4), ROWS, (slice(None), 4), (ROWS, ROWS), np.array([], int)]
INDICES += [(np.newaxis, 7), (slice(None, None, 30), ROWS), X[:60, 1] > 1.2, (..., -1), [1, 1]]
INDICES += [np.int8([2, -3]), ROWS[:, np.newaxis], X[:60] > 1.5, np.int64(4), (ROWS, slice(0, 0))]
INDICES += [slice(None, None, -7), (4, [2, 2]), (slice(None), [True] * 3 + [False] * 17), ()]


@pytest.mark.parametrize("seed", range(80))
def test_random_gathers(seed, always):
    random = np.random.default_rng(seed)
    pick = lambda table: table[random.integers(len(table))]  # noqa: E731
    one, two, index = [pick(ENTRYWISE) for _ in range(3)], pick(ENTRYWISE), pick(INDICES)

    def f(x):
        for g in one:
            x = np.tanh(g(x))
        return np.sum(np.sin(two(x)[index]) * 1.3) + np.sum(x[index])

    have, want = jit(value_and_grad(f))(X[:60]), reverse.value_and_grad(f)(X[:60])
    for a, b in zip(have, want, strict=True):
        np.testing.assert_allclose(a, b, 1e-10, 1e-12)
    slope = jit(lambda x: forward.jvp(f, (x,), (x,))[1])(X[:60])
    np.testing.assert_allclose(slope, np.sum(want[1] * X[:60]), 1e-9, 1e-11)


# ------------------------------------------------------------ infinities, whole numbers, nothing
BAD = np.concatenate([[1.0, 2.0], np.full(9000, np.inf)])
ONE_HOT = np.eye(1, BAD.size)[0]


def test_what_is_not_taken_may_be_infinite():
    f = lambda x: np.sum(np.sin(x)[:2])  # noqa: E731
    np.testing.assert_array_equal(jit(grad(f))(BAD), np.append(np.cos(BAD[:2]), np.zeros(9000)))


ZEROS = [  # that the user multiplies: nan is what NumPy says
    lambda x: np.sum(np.sin(x)[:1]) + 0.0 * np.sum(ONE_HOT * x),
    lambda x: x[0] + np.sum(rules.scatter(x[:1], x.shape, slice(1)) * x),
    lambda x: (np.eye(1, BAD.size)[0] * x)[:5],
]


@pytest.mark.parametrize("f", ZEROS, ids=range(len(ZEROS)))
def test_zeros_of_the_users_own_are_numbers(f, always):
    np.testing.assert_array_equal(jit(f)(BAD), f(BAD))


WHOLE = [
    lambda k: (k * k * k)[3], lambda k: (k * k)[1:3], lambda k: (k / 3)[-1], lambda k: (k > 3)[2],
    lambda k: (k > 3)[2] * 2.5, lambda k: np.where(k > 3, k, -k)[3], lambda k: (k // 7 % 3)[4],
    lambda k: np.logical_or(k > 3, k < 2)[0], lambda k: ((k > 3) + (k > 2))[:1],
]  # fmt: skip


@pytest.mark.parametrize("f", WHOLE, ids=range(len(WHOLE)))
def test_whole_numbers_are_those_of_numpy(f, always):
    for k in (np.arange(9), np.arange(9) * 2**40 + 5, np.arange(9, dtype=np.int32), np.arange(9.0)):
        have, want = jit(f)(k), f(k)
        assert np.result_type(have) == np.result_type(want) and np.array_equal(have, want)


def test_float32_is_left_alone(always):
    f = lambda x: np.sum(np.sin(x)[ROWS])  # noqa: E731
    have, want = jit(grad(f))(np.float32(X)), reverse.grad(f)(np.float32(X))
    assert have.dtype == want.dtype == np.float32
    np.testing.assert_allclose(have, want, 1e-5)


def test_a_place_that_is_not_there_is_an_error(always):
    f = jit(lambda x, i: rules.pick(np.sin(x), i))
    assert f(X, 899).shape == (20,)
    with pytest.raises(IndexError):
        f(X, 900)

"""The tracing compiler on sums, products and loops: the numbers, and what is left of them.

`ran` lets nothing be interpreted where a compiled program raises: it must run itself.
"""

import itertools
import math
import random
import re

import numpy as np
import pytest

from elves import forward, reverse, tracing, trees, vmap
from elves.contracting import inverse_of_lower
from elves.rules.linalg import quotient
from elves.tracing import compile as compiling
from elves.tracing import cond, factors, jit, scan, while_loop

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(autouse=True)
def ran(monkeypatch):
    """No program falls back on the equations one by one."""
    monkeypatch.setattr(compiling, "answer", lambda program, ir, args: program(*args))


def near(have, want, rtol=1e-10):
    assert (np.shape(have), np.result_type(have)) == (np.shape(want), np.result_type(want))
    most = np.max(np.abs(want), where=np.isfinite(want), initial=1)  # whose last bits may be left
    np.testing.assert_allclose(have, want, rtol=rtol, atol=rtol * most)


SUMMED = [
    (3,), (1, 3), (2, 1, 3), (2, 3, 4), (2, 1, 3, 1), (5, 2, 3, 4), (130, 3, 4), (4, 30, 20),
    (200, 20, 1), (3, 40, 30, 5), (3, 5000), (5000, 3), (150, 4, 1, 3),
]  # fmt: skip


@pytest.mark.parametrize("shape", SUMMED, ids=str)
@pytest.mark.parametrize("f", [np.sum, np.mean, np.max, np.min])
def test_sums_and_extremes_along_any_axes(f, shape):
    x = np.random.default_rng(0).normal(size=shape)
    x[..., -1:] = np.nan if f in (np.max, np.min) else 2.0
    for n in range(len(shape) + 1):
        for axis, kept in itertools.product(itertools.combinations(range(len(shape)), n), (0, 1)):
            options = {"axis": axis, "keepdims": bool(kept)}
            for y in (x, np.asfortranarray(x), x > 0, np.float32(x)):
                found = jit(lambda x, options=options: f(x, **options))(y)
                near(found, f(y, **options), 1e-5 if y.dtype == np.float32 else 1e-10)


def test_sums_along_axes_in_the_middle_are_products_with_ones():
    x = np.random.default_rng(0).normal(size=(4, 30, 20, 5))
    for axis in (1, 2, (1, 2), (0, 2), (1, 3), (0, 3)):
        f = jit(lambda x, axis=axis: np.sum(x, axis))
        near(f(x), np.sum(x, axis))
        assert "reduce" not in f.source


# ------------------------------------------------------------ numbers and the smallest factor
X, A, Y, V = (
    np.random.default_rng(k).normal(size=s) for k, s in enumerate([(40, 3), (3, 50), (40, 50), 40])
)
MOVED = [  # a function, its arguments, and the shape of what the one number multiplies
    (lambda x, a, y: 0.2 * (x @ a) * y, (X, A, Y), (40, 3)),
    (lambda x, a, y: -2.0 * (x @ a * 0.5) * y / 3, (X[:2], A, Y[:2]), (2, 3)),
    (lambda x, v: np.sum(3 * x * v[:, None], 0), (Y, V), (50,)),
    (lambda x: np.sum(x * 400, 0), (Y,), (50,)),
    (lambda x: np.sum(x / 400, 0), (Y,), (40, 50)),
    (lambda v, m: 0.3 * (v[:, None] * m), (V, Y), (40, 1)),
    (lambda v, m: (v[:, None] * (m * 0.3)).T[::2], (V, Y), (40, 1)),
    (lambda x, a: 0.3 * np.einsum("ij,jk->ki", x, a), (X, A), (40, 3)),
    (lambda x, v: (x * 3) @ v, (Y, np.ones(50)), (40,)),
    (lambda x: (x * 3) @ A * 0.1, (X,), None),
    (lambda x, s: 2 * x * np.sin(s) / 3, (Y, 0.5), ()),
    (lambda x: np.cumsum(x[:1] * 7.0, 1) * np.roll(x, 1, 0), (Y,), (1, 50)),
    (lambda x: 0.5 * (x + x), (Y,), None),
    (lambda x: np.sum(np.exp(x) * 3) * (x[0] * 4e-4), (Y,), ()),
]  # fmt: skip


def numbers_in(ir):
    """The shapes of what a program multiplies or divides by a number."""
    scaled = [factors.number(e) for e in ir.equations]
    return [x.shape for _, _, x in filter(None, scaled)]


@pytest.mark.parametrize(("f", "args", "shape"), MOVED)
def test_a_number_goes_to_the_smallest_factor(f, args, shape):
    g = jit(f)
    near(g(*args), f(*args))
    assert numbers_in(g.ir) == ([] if shape is None else [shape])
    for way in (reverse, tracing):
        loss = lambda *args: np.sum(np.sin(f(*args)))  # noqa: E731
        slopes = way.grad(loss, tuple(range(len(args))))
        for have, want in zip(jit(slopes)(*args), slopes(*args), strict=True):
            near(have, want)


KEPT = [  # where a number has another meaning elsewhere
    lambda x: 1e-200 * (np.sum(x) * (x * 1e200)),
    lambda x: (x * 1e-9) * (x[:, :1] * 1e9),
    lambda x: (np.exp(x * 1e3) * 2.0) * np.zeros(1),
    lambda x: 2 * np.floor(x).astype(int) * 0.5,
    lambda x: 2 * (x.astype(np.float32) * np.float32(3)),
    lambda x: np.float32(0.1) * (x @ x.T),
    lambda x: (0.0 * x) @ x.T + np.inf * np.sum(x),
    lambda x: (x / 0.0) * 2.0 + np.sum(x * 2.0, 1, keepdims=True),
]


@pytest.mark.parametrize(
    ("f", "args"),
    [  # each finite, though near 1e308 on its way
        (lambda x: np.sum(x / 400), (1e308,)),
        (lambda x: np.mean(x * 2e-3, 0), (1e308,)),
        (lambda x: x * 0.25 + x[::-1] * 0.25, (1e308,)),
        (lambda x: x * 0.6 - x[::-1] * -0.6, (1e308,)),
        (lambda x: x / 4 + x / 4, (1e308,)),
        (lambda x, y: (x * 1e-5) * y, (1e308, 1e4)),
        (lambda x, y: x * 1e-5 / y, (1e308, 1e-4)),
        (lambda x, y: (x * 1e-5) @ y, (1e308, 1e3)),
        (lambda x, y: np.outer(x[0] * 1e5, y[0]), (1e-300, 1e308)),
        (lambda x, y: (x @ y) * 1e3, (1e308, 1e-300)),
        (lambda x, y: np.einsum("ij,ij->", x / 1e4, y), (1e308, 100.0)),
        (lambda x, y: 1e3 * (x[:1] * 1e-3 * y) * 0.5, (1e308, 1.0)),
        (lambda x: np.cumsum(x * 0.01) ** 2, (5e154,)),
        (lambda x, y: (x * 1e-3 * y[0, 0]) * 7.0, (1e308, 10.0)),
    ],
)
def test_a_number_goes_nowhere_where_something_overflows(f, args):
    args = [np.full((4, 4), a) for a in args]
    assert np.all(np.isfinite(f(*args)))
    for backend in ("numpy", "numba"):
        near(jit(f, backend=backend)(*args) / 1e290, f(*args) / 1e290)


@pytest.mark.parametrize("f", KEPT)
def test_numbers_do_not_lose_their_meaning(f):
    for x in (X, X * 1e100, np.float32(X), np.zeros((2, 0)), np.full((2, 2), np.nan)):
        near(jit(f)(x), f(x), 1e-5 if x.dtype == np.float32 else 1e-10)


def linear_program(random):
    """A chain of steps that are linear in x, on arrays of many sizes, with numbers in between."""
    steps = [
        lambda y, k: y * k, lambda y, k: y / k, lambda y, k: -y, lambda y, k: y + y,
        lambda y, k: np.sum(y, 0) if np.ndim(y) else y, lambda y, k: np.expand_dims(y, -1) * V[:3],
        lambda y, k: np.reshape(y, -1), lambda y, k: np.atleast_1d(y)[::-1],
        lambda y, k: np.matmul(np.ones(np.shape(y)[-2:][0]), y) if np.ndim(y) else y,
        lambda y, k: y * y, lambda y, k: y * np.sum(y), lambda y, k: np.transpose(y),
        lambda y, k: np.broadcast_to(y, (2, *np.shape(y))), lambda y, k: y - y * k,
    ]  # fmt: skip
    chosen = [(random.choice(steps), random.choice([2, 0.5, 3.0, -1, 700.0])) for _ in range(7)]

    def f(x):
        kept = []
        for step, k in chosen:
            x = step(x, k) if np.size(x) < 1e5 else x
            kept += [x] if k == 3.0 else []
        return x, kept

    return f


@pytest.mark.parametrize("seed", range(60))
def test_numbers_in_random_linear_programs(seed):
    f = linear_program(random.Random(seed))
    for x in (0.7, X[:4], V[:1]):
        have, want = jit(f)(x), f(x)
        for a, b in zip(trees.leaves(have), trees.leaves(want), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-10)
            assert np.shape(a) == np.shape(b)


# ------------------------------------------------------------ products of matrices
B = np.random.default_rng(4).normal(size=(6, 4, 3))
PRODUCTS = [  # a function, its arguments, and how many equations of three kinds are left
    (lambda x, v: np.sum(x * v[:, None], 0), (Y, V), {"contract": 1}),
    (lambda x, v: np.sum(v * x.T, 1, keepdims=True), (Y, V), {"contract": 1}),
    (lambda x, y: np.sum(x[:, None] * y[None], (0, 1)), (B[0], B[1]), {}),
    (lambda x, y: np.sum(x[:, :, None] * y[:, None], 0), (B[0], B[0]), {"contract": 1}),
    (lambda x, y: np.sum(x * y, 1), (B[0], B[1]), {"multiply": 1, "sum": 1}),
    (lambda x, y: np.sum(x * y), (B[0], B[1]), {"contract": 1}),
    (lambda x, y: np.sum(x * y), (B[:, :1], B[:1, :, :1]), {}),
    (lambda x, v: np.sum(x * (v > 0)[:, None], 0), (Y, V), {"sum": 1}),
    (lambda x, y: np.einsum("i,j->ji", x, y), (V, V[:3]), {"multiply": 1, "contract": 0}),
    (lambda x, y: np.einsum("abc,b->cab", x, y), (B, V[:4]), {"multiply": 1, "contract": 0}),
    (lambda x: np.transpose(np.swapaxes(x, 0, 2), (2, 1, 0)) * 1.0, (B,), {"transpose": 0}),
    (lambda x: np.moveaxis(x.T, 0, 1).T, (B,), {"transpose": 1}),
    (lambda x, y: x[..., None] @ y[:, :, None, :1], (B, B), {"matmul": 0, "multiply": 1}),
    (lambda x, y: x[:, :, None] @ y[..., None], (B, B), {"matmul": 1}),
    (lambda x, y: vmap(lambda a, b: a @ b)(x, y), (B[0], B[1]), {"matmul": 1}),
    (lambda x, y: vmap(lambda a: a @ y)(x), (B, B[0].T), {"contract": 1}),
    (lambda x, y: vmap(lambda a: y.T @ a)(x), (B[0], B[1].T), {"matmul": 1, "transpose": 0}),
    (lambda x: np.sum(x, 0) * np.broadcast_to(x[0, 0], (4, 3)) / 3, (B,), {"broadcast_to": 0}),
    (lambda x: np.exp(np.broadcast_to(x[0, 0], (4, 3))), (B,), {"broadcast_to": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("f", "args", "left"), PRODUCTS)
@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_sums_of_products_are_products_of_matrices(f, args, left, kind):
    args = [np.asarray(a, kind) for a in args]
    g = jit(f)
    near(g(*args), f(*args), 1e-10 if kind is np.float64 else 1e-5)
    names = [e.rule.name.rpartition(".")[2] for e in g.ir.equations]
    assert all(names.count(name) == n for name, n in left.items()), g.ir
    loss = lambda *args: np.sum(np.sin(f(*args)))  # noqa: E731
    slopes = reverse.grad(loss, tuple(range(len(args))))
    for have, want in zip(jit(slopes)(*args), slopes(*args), strict=True):
        near(have, want, 1e-10 if kind is np.float64 else 1e-4)


@pytest.mark.parametrize("shape", [(200, 7, 30, 5), (50, 3, 3, 2), (4, 20, 1, 20), (0, 2, 3, 4)])
def test_weights_of_a_batch_of_products(shape):
    """Stacks of matrices are one matrix where they lie as one, or are small."""
    n, i, k, j = shape
    rng = np.random.default_rng(0)
    x, w, y = rng.normal(size=(n, k, j)), rng.normal(size=(i, k)), rng.normal(size=(n, k, i))
    for f in (lambda w, x: np.sum(np.tanh(w @ x)), lambda w, x: np.sum(np.tanh(y @ w) @ x)):
        slope = reverse.grad(f, (0, 1))
        for have, want in zip(jit(slope)(w, x), slope(w, x), strict=True):
            near(have, want)


ROWS = np.random.default_rng(4).normal(size=(4, 30, 8))
WEIGHTS = np.random.default_rng(5).normal(size=(4, 8, 5))
LONG = np.random.default_rng(6).normal(size=(900, 3, 40))
SUMMED = [  # with the shape of a product that is not written down
    (lambda x, w: (x @ w[0]).sum(1), (4, 30, 5)),
    (lambda x, w: (x @ w).sum((0, 1)), (4, 30, 5)),
    (lambda x, w: (x @ w).sum((1, 2)), (4, 30, 5)),
    (lambda x, w: np.transpose(x @ w, (2, 0, 1)).sum(2), (4, 30, 5)),
    (lambda x, w: np.einsum("kni,kij->nkj", x, w).sum(0), (30, 4, 5)),
    (lambda x, w: np.sum(LONG * (w[0, 0, 0] - LONG), -1) * x[0, 0, 0], (900, 3, 40)),
    (lambda x, w: np.sum((LONG * x[0, 0, 0]) ** 2, (1, 2)) * w[0, 0, 0], (900, 3, 40)),
    (lambda x, w: (lambda y: y.sum(1) + np.sin(y)[:, 0])(x @ w), None),
]  # fmt: skip


@pytest.mark.parametrize(("f", "gone"), SUMMED)
def test_products_that_only_a_sum_reads(f, gone):
    program = jit(f)
    near(program(ROWS, WEIGHTS), f(ROWS, WEIGHTS))
    made = [e for e in program.ir.equations if e.rule.name in ("np.matmul", "np.multiply")]
    assert not gone or all(e.out.shape != gone for e in made[-1:]), program.ir
    loss = lambda x, w: np.sum(f(x, w) ** 2)  # noqa: E731
    slopes = reverse.grad(loss, (0, 1))
    for have, want in zip(jit(slopes)(ROWS, WEIGHTS), slopes(ROWS, WEIGHTS), strict=True):
        near(have, want)


TAKEN = [
    lambda x, i: x[i], lambda x, i: x[i[0], :, 1], lambda x, i: x[:, i[0]],
    lambda x, i: x[i[:, :0]], lambda x, i: x[i[0], i[1] + 3],
    lambda x, i: x[i.astype("i1")], lambda x, i: x[i, 1:],
]  # fmt: skip


@pytest.mark.parametrize("take", TAKEN)
@pytest.mark.parametrize("size", [1, 30, 3000])
def test_places_that_only_the_run_knows(take, size):
    """Rows that are added at places that come twice, or count from the end."""
    x, index = np.tile(WEIGHTS, (size, 1, 1)), np.array([[3, -1, 3], [0, 3, 0]])
    slope = reverse.grad(lambda x, i: np.sum(np.sin(take(x, i)) ** 2) + x[0, 0, 0])
    near(jit(slope)(x, index), slope(x, index))


@pytest.mark.parametrize("weights", [np.arange(1, 9.0), np.arange(8.0) - 5])
def test_weights_of_exponentials_do_not_bring_the_maximum_back(weights):
    def f(x, w):
        top = np.max(x, axis=-1)
        return np.mean(np.log(np.sum(np.exp(x - top[..., None]) * w, -1) / np.sum(w)) + top)

    program = jit(tracing.grad(f, (0, 1)))
    slopes = reverse.grad(f, (0, 1))(ROWS, weights)
    for have, want in zip(program(ROWS, weights), slopes, strict=True):
        near(have, want)
    assert "where" not in program.source


@pytest.mark.parametrize("n", [3, 40])
def test_sums_of_products_in_machine_code(n):
    pytest.importorskip("numba")
    x, y = np.random.default_rng(0).normal(size=(2, n, n)) / n

    def f(x, y):
        def step(c, _):
            part = np.sum(x * c[:, None], 0) + np.sum(y.T * c, -1) + np.einsum("ij,i->j", y, c)
            return np.tanh(part + np.sum(np.einsum("i,j->ij", c, c), 1)), None

        return np.sum(scan(step, x[0], length=9)[0])

    slopes = tracing.grad(f, (0, 1))
    program = jit(slopes, backend="numba")
    for have, want in zip(program(x, y), reverse.grad(f, (0, 1))(x, y), strict=True):
        near(have, want)
    assert "einsum" not in program.source


# ------------------------------------------------------------ what loops carry
def loops_in(ir):
    """The loops of a program in turn: their names, and how much they carry and go over."""
    loops = [e for e in ir.equations if e.rule.name in ("scan", "while_loop")]
    return [(e.rule.name, e.kwargs["carries"], e.kwargs.get("sequences", 0)) for e in loops]


def pairs_of_two(x):  # neither result of the pair is read, though they read each other
    step = lambda c, _: ((c[0] * 1.1 * x, c[1] + c[2], c[2] * c[1]), c[2])  # noqa: E731
    return scan(step, (x, x, x), length=5)[0][0]


def until(x):
    step = lambda c: (c[0] * 1.1, c[1] + c[2], c[2] * c[1], c[3])  # noqa: E731
    return while_loop(lambda c: c[0] < 9 * c[3], step, (x, x, x, 1.0))[0]


def same_weights(x):  # which are carried, and never change
    w = np.outer(x, x)
    step = lambda c, v: ((np.tanh(c[0] @ np.cos(c[1]) + v), c[1]), c[0])  # noqa: E731
    (last, w), ys = scan(step, (x, w), B[0])
    return np.sum(last) + w[0, 0] + 0.0 * ys[0, 0]


def last_of_several(x):  # ys have no cotangents
    return np.sum(scan(lambda c, _: (c * np.sin(x), (c, c * c)), x, length=4)[0])


def only_stacked(x):  # the last carry has none
    return np.sum(scan(lambda c, v: (c * v, np.sin(c)), x, B[1])[1])


def clock(x):
    step = lambda c, _: ((c[0] * np.sin(c[1]), c[1] + 0.1, c[1]), c[2])  # noqa: E731
    (y, t, _), times = scan(step, (x, 0.0, 0.0), length=6)
    return np.sum(y) * t + times[-1]


def branching(x):
    one = lambda: (x * x, 3.0 * x, 1.0)  # noqa: E731
    return np.sum(cond(np.sum(x) > 0, one, lambda: (x, np.exp(x), 2.0))[0])


def nested(x):
    inner = lambda c, _: ((c[0] * c[1], c[1], c[2] + c[3], c[3]), c[2])  # noqa: E731

    def outer(c, v):
        (a, *_), zs = scan(inner, (c[0], np.sin(c[1]), v, c[0]), length=2)
        return (a, c[1]), zs[0]

    return np.sum(scan(outer, (x, 0.5), B[2])[0][0])


LOOPS = {  # the loops on the way to each gradient
    pairs_of_two: [("scan", 1, 0), ("scan", 2, 1)], until: [("while_loop", 1, 0), ("scan", 1, 1)],
    same_weights: [("scan", 1, 1), ("scan", 1, 2)], branching: [],
    last_of_several: [("scan", 1, 0), ("scan", 2, 1)], nested: [("scan", 1, 0)],
    only_stacked: [("scan", 1, 1), ("scan", 1, 3)], clock: [("scan", 1, 0), ("scan", 1, 1)],
}  # fmt: skip


@pytest.mark.parametrize("f", LOOPS, ids=lambda f: f.__name__)
def test_loops_carry_what_is_needed(f):
    for x in (0.7, B[0, 0], np.full(3, -1.3)):
        if np.ndim(x) == 0 and f in (same_weights, only_stacked, nested):
            continue
        if np.ndim(x) and f in (pairs_of_two, until):
            continue
        want = reverse.value_and_grad(f)(x)
        slope = jit(tracing.value_and_grad(f))
        for have in (slope(x), tracing.value_and_grad(f)(x)):
            near(have[0], want[0])
            near(have[1], want[1])
        near(jit(forward.grad(f))(x), want[1])
        near(tracing.grad(jit(f))(x), want[1])
        only = jit(tracing.grad(f))
        near(only(x), want[1])
        assert loops_in(only.ir) == LOOPS[f], only.ir
        if f is not until:
            second = jit(tracing.hessian(f))(x)
            near(second, reverse.hessian(f)(x), 1e-9)
            near(vmap(tracing.grad(f))(np.stack([x, x]))[1], want[1])


def test_turns_wait_for_what_they_carry_alone():
    """The rest of a long recurrence is done for all turns at once, also where ties or rows meet."""

    def f(W, U, F, rows):
        h = np.zeros(5)
        for i in rows:
            h = np.tanh(W @ F[:, i] + np.max(U + h[:, None], axis=0))
        return np.sum(h**2)

    W, U, F = (np.cos(np.arange(n * m)).reshape(n, m) for n, m in ((5, 4), (5, 5), (4, 6)))
    args = W, U, F, np.arange(90) % 6
    program = jit(tracing.grad(f, argnums=(0, 1, 2)))
    for have, want in zip(program(*args), reverse.grad(f, argnums=(0, 1, 2))(*args), strict=True):
        near(have, want)
    last = [e for e in program.ir.equations if e.rule.name == "scan"][-1]
    assert last.kwargs["carries"] == 1  # no sums


def test_a_zero_that_nobody_reads_meets_no_infinity():
    """A cotangent that is not there is no zero by which inf becomes nan."""

    def f(x):
        step = lambda c, _: ((c[0] * 2.0, c[1] / 0.0 + x), np.log(c[1] * 0.0))  # noqa: E731
        return scan(step, (x, x), length=3)[0][0]

    for slope in (tracing.grad(f), jit(tracing.grad(f)), jit(forward.grad(f))):
        assert slope(1.5) == 8.0


def recurrent(W, U, b, xs):
    h = np.sin(b)
    for x in xs:
        h = np.tanh(W @ h + U @ x - b)
    return np.sum(h * h)


def windowed(W, U, b, xs):
    outs = [np.dot(xs[k, 1:4], b[:3]) * b[0] for k in range(7)]
    return np.sum(np.tanh(np.stack(outs)) ** 2) + np.sum(W[0] * U[:, 1])


def shared(W, U, b, xs):
    """Products that are read again, are taken away, or have something beside them."""
    a = np.outer(b, xs[0])
    s = a
    for x in xs[:7]:
        s = s + np.outer(W @ b, x * np.sum(U)) - np.outer(b, x) + 0.5
        s = s + b[:, None] * np.cos(xs[2])
    return np.sum(s * a) + np.sum(np.sin(s))


def of_numbers(W, U, b, xs):
    s = xs[0] * b[0]
    for k in range(1, 8):
        s = s - xs[k] * W[0, k % 5] + U[k % 5] * np.sum(W[k % 5])
    return np.sum(np.cos(s)) + s[0]


@pytest.mark.parametrize("f", [recurrent, windowed, shared, of_numbers], ids=lambda f: f.__name__)
def test_sums_of_products_of_vectors(f):
    r = np.random.default_rng(5)
    args = r.normal(size=(5, 5)), r.normal(size=(5, 4)), r.normal(size=5), r.normal(size=(9, 4))
    want = reverse.value_and_grad(f, (0, 1, 2, 3))(*args)
    slope = jit(tracing.value_and_grad(f, (0, 1, 2, 3)))
    have = slope(*args)
    near(have[0], want[0], 1e-12)
    for a, b in zip(have[1], want[1], strict=True):
        near(a, b, 1e-11)
    used = [e.rule.function for e in slope.ir.equations]
    plain = jit(tracing.value_and_grad(f, (0, 1, 2, 3)), passes=("dead_code", "share"))
    for a, b in zip(plain(*args)[1], want[1], strict=True):
        near(a, b, 1e-11)
    assert f is not recurrent or len(used) < len(plain.ir.equations) - 10
    single = [a.astype(np.float32) for a in args]
    near(jit(tracing.grad(f))(*single), reverse.grad(f)(*single), 1e-3)


BY_ROWS = [
    lambda W, X, v: sum(np.sum(np.sin(W @ x)) for x in X),
    lambda W, X, v: sum(np.sum(np.sin(x @ W.T)) * x[0] for x in X[::-1]),
    lambda W, X, v: np.sum(np.stack([np.dot(v, X[k]) for k in (-1, 3, 3, 5, 0, 2, 6, -2)]) ** 3),
    lambda W, X, v: np.prod(np.stack([X[k] @ v for k in range(7)])) + np.sum(X @ v),
    lambda W, X, v: sum(np.sum(np.cos((W * k) @ X[k])) for k in range(8)),
    lambda W, X, v: sum(np.sum((W @ X[k]) * (W @ X[k - 1])) for k in range(4)),
]


@pytest.mark.parametrize("f", BY_ROWS, ids=range(len(BY_ROWS)))
def test_products_by_the_rows_of_a_matrix(f):
    r = np.random.default_rng(11)
    for n, m in ((8, 3), (9, 6)):
        args = r.normal(size=(5, m)), r.normal(size=(n, m)), r.normal(size=m)
        want = reverse.value_and_grad(f, (0, 1, 2))(*args)
        have = jit(tracing.value_and_grad(f, (0, 1, 2)))(*args)
        near(have[0], want[0], 1e-12)
        for a, b in zip(have[1], want[1], strict=True):
            near(a, b, 1e-11)
        args[1][1, 0] = np.nan
        near(jit(tracing.grad(f))(*args), reverse.grad(f)(*args), 1e-11)


def test_sums_of_products_keep_what_is_not_finite():
    def f(W, hs):
        s = W * 0.0
        for k in range(8):
            s = s + np.outer(hs[k], hs[k + 1])
        return s

    hs = np.arange(27.0).reshape(9, 3)
    hs[2, 1], hs[5, 0] = np.nan, np.inf
    for rest in (hs, np.where(np.isfinite(hs), hs, -0.0)):
        near(jit(f)(np.zeros((3, 3)), rest), f(np.zeros((3, 3)), rest), 1e-12)


def test_true_and_false_by_name_are_static():
    def f(x, stable=True, power=2.0):
        shift = 0.0
        if stable:
            shift = np.max(x)
        return np.sum(np.exp(x - shift)) ** power

    run, x = jit(tracing.grad(f)), np.array([0.3, -1.2, 2.0])
    for stable in (True, False):
        near(run(x, stable=stable, power=1.5), reverse.grad(f)(x, stable=stable, power=1.5))
        assert "if " not in run.source


@pytest.mark.parametrize("shape", [(70, 6, 2), (9, 3, 40), (4, 9, 8, 3), (90, 3, 3), (300, 1, 2)])
def test_short_rows_are_taken_at_once(shape):
    """Broadcasting over short rows gives the same bits, whatever shape the other array has."""
    r = np.random.default_rng(2)
    x = r.normal(size=(*shape[:-2], 1, shape[-1]))
    x.flat[3:6] = np.inf, np.nan, -0.0
    for other in (shape, shape[-2:], (1,) * (len(shape) - 2) + shape[-2:], shape[-1:]):
        y = r.normal(size=other)
        for f in (lambda x, y: x - y, lambda x, y: y / x, lambda x, y: (x < y) * (x * y)):
            run = jit(f)
            np.testing.assert_array_equal(run(x, y), f(x, y))
            taken = shape[-2] > 1 and other != shape[-1:]
            assert (".repeat(" in run.source) == taken


DIVIDED = {
    "turned": (lambda A, b: np.linalg.solve(np.moveaxis(A, -1, -2), np.linalg.solve(A, b)), 1),
    "slope of a determinant": (
        lambda A, b: np.sum(np.linalg.slogdet(A.swapaxes(-1, -2))[1]) * np.linalg.solve(A, b), 1,
    ),
    "of Cholesky's factor": (
        lambda A, b: np.linalg.solve(np.linalg.cholesky(A @ np.swapaxes(A, -1, -2)), b), 1,
    ),
    "another": (lambda A, b: np.linalg.inv(A) @ b + np.linalg.solve(A + 1, b), 2),
    "determinant alone": (lambda A, b: np.sum(np.linalg.slogdet(A)[1]) * b, 1),
}  # fmt: skip


@pytest.mark.parametrize("name", DIVIDED)
@pytest.mark.parametrize("shape", [(3, 3), (30, 30), (4, 3, 3)], ids=str)
def test_a_matrix_has_one_inverse(name, shape):
    f, most = DIVIDED[name]
    random = np.random.default_rng(0)
    A, b = random.normal(size=shape), random.normal(size=(*shape[:-1], 40))
    A += 8 * np.eye(shape[-1])
    loss = lambda A, b: np.sum(np.sin(f(A, b)))  # noqa: E731
    g = jit(tracing.value_and_grad(loss, (0, 1)))
    y, slopes = g(A, b)
    want, right = reverse.value_and_grad(loss, (0, 1))(A, b)
    near(y, want)
    for have, slope in zip(slopes, right, strict=True):
        np.testing.assert_allclose(have, slope, rtol=1e-10, atol=1e-10 * np.max(np.abs(slope)))
    made = [e.rule.function for e in g.ir.equations]
    assert made.count(np.linalg.inv) == most
    if name == "turned":
        assert quotient not in made
        with pytest.raises(np.linalg.LinAlgError):
            g(A * 0, b)
    if name == "determinant alone":
        assert np.isnan(g(A * 0, b)[1][0]).all()


def test_a_product_by_an_inverse_is_refined():
    A = 1 / (np.add.outer(range(8), range(8)) + 1.0)  # Hilbert's: its condition is 1.5e10
    g = jit(lambda A, b: (np.linalg.inv(A), np.linalg.solve(A, b)))
    off = np.abs(g(A, A @ np.ones((8, 1)))[1] - 1)
    assert quotient not in [e.rule.function for e in g.ir.equations] and np.max(off) < 1e-6


def test_a_matrix_of_numbers_divides_as_it_is():
    A = np.array([[4.0, 1.0], [0.5, 3.0]])
    loss = lambda x: np.sum(np.sin(np.linalg.solve(A, np.cos(np.linalg.solve(A, x)))))  # noqa: E731
    x = np.array([0.3, -0.7])
    near(jit(tracing.grad(loss))(x), reverse.grad(loss)(x))


def turned(a):
    return np.swapaxes(a, -1, -2)


def positive(a):
    return a @ turned(a) + np.eye(a.shape[-1])


def truncated(a):
    u, s, vt = np.linalg.svd(a, full_matrices=False)
    return np.sum(((u[..., :2] * s[..., None, :2]) @ vt[..., :2, :] - a) ** 3)


def weighted(w, v):
    return np.sum(np.exp(-w) * v[..., 0, :] ** 2)


DECOMPOSED = {  # and the calls in the text, of which there is one
    "nuclear norm": (lambda a: np.sum(np.linalg.svd(a, compute_uv=False)), r"svd\d+\("),
    "spectral norm": (lambda a: np.sum(np.linalg.svd(a, compute_uv=False)[..., 0]), r"svd\d+\("),
    "logarithms": (lambda a: np.sum(np.log(np.linalg.svd(a)[1])), r"svd\d+\("),
    "lower rank": (truncated, r"svd\d+\("),
    "eigenvalues": (lambda a: np.sum(np.linalg.eigvalsh(positive(a)) ** 3), r"eigh\("),
    "eigenvectors": (lambda a: weighted(*np.linalg.eigh(a + turned(a), "U")), r"eigh\("),
    "log of a determinant": (lambda a: np.sum(np.log(np.linalg.det(positive(a)))), r"det\("),
    "an inverse and a determinant": (
        lambda a: np.sum(np.linalg.det(a)) + np.sum(np.linalg.inv(a) ** 2), r"inv\("
    ),
    "turned, and a determinant": (
        lambda a: np.sum(np.linalg.det(turned(a))) * np.sum(np.linalg.inv(a) ** 2), r"inv\("
    ),
    "Cholesky's factor": (
        lambda a: np.sum(np.linalg.inv(np.linalg.cholesky(positive(a))) ** 2), r"inv\w*\("
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DECOMPOSED)
@pytest.mark.parametrize("shape", [(3, 3), (90, 90), (4, 3, 3)], ids=str)
def test_one_decomposition_serves_all_who_read_its_factors(name, shape):
    f, call = DECOMPOSED[name]
    a = np.random.default_rng(1).normal(size=shape) / shape[-1] + np.diag(1 + np.arange(shape[-1]))
    g, want = jit(tracing.grad(f)), reverse.grad(f)(a)
    np.testing.assert_allclose(g(a), want, rtol=1e-9, atol=1e-9 * np.max(np.abs(want)))
    assert len(re.findall(call, g.source)) == 1
    if "norm" in name:
        assert np.isnan(g(np.full(shape, np.nan))).all()


@pytest.mark.parametrize("size", [1, 41, 150])
def test_the_inverse_of_a_triangle_by_halves(size):
    y = np.tril(np.random.default_rng(2).normal(size=(size, size))) / size + np.eye(size)
    np.testing.assert_allclose(inverse_of_lower(y), np.linalg.inv(y), atol=1e-13)


def test_thin_products_of_matrices_come_first():
    cost = lambda e: math.prod(e.out.shape) * e.args[0].shape[-1]  # noqa: E731
    a, x, y = (np.random.default_rng(k).normal(size=s) for k, s in enumerate([(80, 80), 80, 80]))
    for f, rows in [
        (lambda a, x, y: np.outer(x, y) @ a, 1), (lambda a, x, y: a @ np.outer(x, y), 1),
        (lambda a, *_: (a[:, :2] @ a[:2]) @ a, 2), (lambda a, *_: a @ (a[:, :2] @ a[:2]), 2),
    ]:  # fmt: skip
        ir = tracing.optimize(tracing.make_ir(f, a, x, y))
        near(ir(a, x, y), f(a, x, y))
        products = [e for e in ir.equations if e.rule.function is np.matmul]
        assert max(map(cost, products)) <= rows * a.size
    square = jit(lambda a: (a * a) @ a)  # of entries: no product of matrices
    near(square(a), (a * a) @ a)


@pytest.mark.parametrize("width", [0, 2, (1, 2), ((1, 2), (0, 3)), ((1,), (2,)), [(1, 1), (2, 0)]])
def test_padded_arrays(width):
    x = np.random.default_rng(0).normal(size=(3, 4))
    for y in (x, np.float32(x), x > 0):
        near(jit(lambda x: np.pad(x, width))(y), np.pad(y, width))
    loss = lambda x: np.sum(np.sin(np.pad(x, width)) * np.pad(x, width, "edge"))  # noqa: E731
    near(jit(tracing.grad(loss))(x), reverse.grad(loss)(x))


def soft(x, w, axis, keepdims, safe):
    top = np.max(x, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0) if safe else top
    y = np.log(np.sum(w * np.exp(x - top), axis=axis, keepdims=True)) + top
    return y if keepdims else np.squeeze(y, axis)


@pytest.mark.parametrize("axis", [0, -1, (0, 1)], ids=str)
@pytest.mark.parametrize("safe", [False, True])
@pytest.mark.parametrize("keepdims", [False, True])
def test_a_weighted_log_sum_exp_shares_nothing_among_ties(axis, safe, keepdims):
    x = np.random.default_rng(0).integers(3, size=(4, 3)) * 1.0  # with ties
    w = np.random.default_rng(1).uniform(-0.1, 1, size=(4, 3))
    f = lambda x, w: np.sum(soft(x, w, axis, keepdims, safe) ** 2)  # noqa: E731
    g = jit(tracing.value_and_grad(f, (0, 1)))
    for more in (0, 900):
        have, want = g(x + more, w), reverse.value_and_grad(f, (0, 1))(x + more, w)
        for a, b in zip(trees.leaves(have), trees.leaves(want), strict=True):
            near(a, b)
    assert np.equal not in [e.rule.function for e in g.ir.equations]


@pytest.mark.parametrize("n", [2, 7, 12])
@pytest.mark.parametrize("shape", [(3,), (2, 2), (600,)], ids=str)
def test_slopes_of_alike_steps_at_once(n, shape):
    def f(x, y):
        total = 0.0
        for k in range(n):
            x = np.maximum(np.tanh(x * y), np.minimum(x, 0.1 * y)) + 0.1
            y = y - 0.1 * np.sin(x) if k % 3 else y + 0.1 * x * x
            total = total + np.sum(x) * np.sum(y)
        return total + np.sum(y), x > y

    loss = lambda x, y: f(x, y)[0]  # noqa: E731
    x, y = np.random.default_rng(n).normal(size=(2, *shape))
    g = jit(lambda x, y: (f(x, y), tracing.grad(loss, (0, 1))(x, y)))
    have, want = g(x, y), (f(x, y), reverse.grad(loss, (0, 1))(x, y))
    for a, b in zip(trees.leaves(have), trees.leaves(want), strict=True):
        near(a, b)
    stacked = any(v.shape[1:] == shape for v in g.ir.variables())
    assert stacked == (n > 2 and shape != (600,))


def test_numbers_are_picked_outside_of_branches():
    def f(x):
        total = 0.0
        for k in range(3):
            if x[k] > 0.5:
                total = total + x[k] ** 2 * x[k - 1]
            elif x[0, None][0] > 0:
                total = total - np.sin(x[k + 1])
        return total

    g = jit(tracing.value_and_grad(f))
    for x in np.random.default_rng(0).normal(size=(9, 4)):
        for a, b in zip(g(x), reverse.value_and_grad(f)(x), strict=True):
            near(a, b)
    assert "np.zeros" not in g.source


@pytest.mark.parametrize("shape", [(3, 4), (40, 50)], ids=str)
@pytest.mark.parametrize(
    "options", [{"shift": 2}, {"shift": -41, "axis": -1}, {"shift": 0, "axis": 0}]
)
def test_rolls_by_name(shape, options):
    x = np.random.default_rng(0).normal(size=shape)
    np.testing.assert_array_equal(jit(lambda x: np.roll(x, **options))(x), np.roll(x, **options))
    assert jit(lambda x: np.roll(np.exp(x), 2) * x)(0.5) == np.exp(0.5) * 0.5


STRANGE = np.random.default_rng(3).normal(size=6000)
STRANGE[:7] = np.nan, np.inf, -np.inf, 0.0, -0.0, 1e300, 5e-324
CHOICES = {
    "or 0": lambda m, x: np.where(m, x + 1, 0.0),
    "0 or": lambda m, x: np.where(m, 0, x + 1),
    "or -0": lambda m, x: np.where(m, x + 1, -0.0),
    "-0 or": lambda m, x: np.where(m, -0.0, x + 1),
    "nan or": lambda m, x: np.where(m, np.nan, x),
    "1 or 0": lambda m, x: np.where(m, 1.0, 0.0) * x,
    "two": lambda m, x: np.where(m, x + 1, 2 * x),
    "turned round": lambda m, x: np.where(m, x[::-1], x + 1),
    "the same": lambda m, x: (lambda y: np.where(m, y, y))(x + 1),
    "one after another": lambda m, x: np.where(m, np.where(~m, x, 3.0), np.where(m, 0.0, x)) * x,
    "a row": lambda m, x: np.where(m.reshape(60, 100), x[:100], x.reshape(60, 100) + 1),
    "a column": lambda m, x: np.where(m.reshape(100, 60).T, x[:60].reshape(60, 1), 0.0),
    "parts": lambda m, x: np.where(m[:5000], x[1:5001], 1 - x[::-1][:5000]),
    "a number": lambda m, x: np.where(m, x[7], 0.0) + np.where(m, 0.0, x[8]),
    "whole numbers": lambda m, x: np.where(m, 3, 4) * x,
}


@pytest.mark.parametrize("f", CHOICES.values(), ids=CHOICES)
def test_a_choice_by_a_large_mask_is_that_of_numpy(f):
    """To the bit, also beside what is not finite, and twice: no argument is overwritten."""
    mask, x = np.random.default_rng(4).random(STRANGE.size) < 0.5, STRANGE.copy()
    g = jit(f)
    for have in (g(mask, x), g(mask, x)):
        want = f(mask, STRANGE)
        np.testing.assert_array_equal(have, want)
        np.testing.assert_array_equal(np.signbit(have), np.signbit(want))
    np.testing.assert_array_equal(x, STRANGE)


PIECES = [
    lambda x, y: np.sum(np.where(x > 0.3, np.exp(-x) * y, np.sin(x) + y * y)),
    lambda x, y: np.sum(np.where(y > 0, np.sqrt(np.where(y > 0, y, 1.0)), 0.0) * x),
    lambda x, y: np.sum(np.abs(x - y) + np.abs(np.sin(x) * y)),
    lambda x, y: np.sum(np.max((x * y).reshape(60, 100), axis=1) ** 2) + np.sum(
        np.min(x.reshape(20, 300), axis=0) * np.min(np.round(y, 1).reshape(30, 200).T)),
    lambda x, y: np.sum((x - np.mean(x)) ** 3 / np.std(x) * y) * np.sum(np.exp(-y * y)),
]  # fmt: skip


@pytest.mark.parametrize("f", PIECES)
def test_pieces_and_sums_of_large_arrays_have_the_slopes_of_the_tape(f):
    x, y = np.random.default_rng(5).normal(size=(2, 6000))
    for a, b in zip(
        trees.leaves(jit(tracing.value_and_grad(f, (0, 1)))(x, y)),
        trees.leaves(reverse.value_and_grad(f, (0, 1))(x, y)),
        strict=True,
    ):
        near(a, b, 1e-9)


@pytest.mark.parametrize("number", [0, 1.5, -3])
def test_log_of_a_sum_of_exponentials_beside_a_number(number):
    """Its slope is 1 / (1 + exp(number - x)), without warnings wherever x is, and float32 stays."""
    x = np.array([-1e4, -800.0, -30.0, -1.0, 0.0, 2.0, 40.0, 800.0, np.inf])
    with np.errstate(all="raise", under="ignore"):
        want = 1 / (1 + np.exp(np.minimum(number - x, 700.0)))
        for engine in (reverse.grad, lambda f: jit(tracing.grad(f))):
            near(engine(lambda x: np.sum(np.logaddexp(x, number)))(x), want)
            near(engine(lambda x: np.sum(np.logaddexp(number, x)))(x[2:-2].astype("f4")),
                 want[2:-2].astype("f4"), 1e-5)  # fmt: skip


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
@pytest.mark.parametrize("number", [True, 2, np.bool_(True), np.int8(2), np.float16(2), 2.5])
def test_log_of_a_sum_of_exponentials_beside_a_number_of_any_type(number, dtype):
    x = np.array([-np.inf, -80.0, -1.0, 0.0, 2.0, 40.0, np.inf], dtype)
    want = 1 / (1 + np.exp(float(number) - x.astype(float)))
    for engine in (forward.grad, reverse.grad, tracing.grad, lambda f: jit(tracing.grad(f))):
        for f in (lambda x: np.logaddexp(x, number), lambda x: np.logaddexp(number, x)):
            rtol = 3e-3 if dtype == "f2" else 1e-6
            found = engine(lambda x, f=f: np.sum(f(x)))(x)
            assert found.dtype == x.dtype
            np.testing.assert_allclose(found, want, rtol=rtol, atol=1e-4)
            assert engine(f)(x[-1]) == 1

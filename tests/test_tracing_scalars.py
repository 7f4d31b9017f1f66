"""Small arrays as numbers: programs of few entries, in many styles."""

import numpy as np
import pytest

from elves import reverse, trees
from elves.tracing import (
    PASSES,
    cond,
    fori_loop,
    grad,
    hessian,
    jit,
    make_ir,
    optimize,
    scan,
    value_and_grad,
    vmap,
    while_loop,
)

WITHOUT = [name for name in PASSES if name != "scalars"]
RANDOM = np.random.default_rng(19)
A3, A4, V2, V3, V4 = (RANDOM.normal(size=n) for n in ((3, 3), (4, 4), 2, 3, 4))

pytestmark = pytest.mark.usefixtures("checked_programs")


def same(a, b, rtol=1e-10):
    for one, two in zip(trees.leaves(a), trees.leaves(b), strict=True):
        one, two = np.asarray(one), np.asarray(two)
        assert (one.shape, one.dtype) == (two.shape, two.dtype)
        np.testing.assert_allclose(one, two, rtol=rtol, atol=1e-12)


def by_delete(A):
    """The determinant by minors along the first column."""
    if len(A) == 1:
        return A[0, 0]
    minors = [np.delete(np.delete(A, i, 0), 0, 1) for i in range(len(A))]
    return sum((-1) ** i * A[i, 0] * by_delete(minor) for i, minor in enumerate(minors))


def by_masks(A):
    if len(A) == 2:
        return A[0, 0] * A[1, 1] - A[0, 1] * A[1, 0]
    places = np.arange(len(A))
    return sum((-1) ** j * A[0, j] * by_masks(A[1:][:, places != j]) for j in places)


def by_stacks(A):
    if len(A) == 1:
        return A[0, 0]
    total = 0.0
    for i in range(len(A)):
        minor = np.stack([A[k, 1:] for k in range(len(A)) if k != i])
        total = total + (-1) ** i * A[i, 0] * by_stacks(minor)
    return total


def by_slices(A):
    if len(A) == 1:
        return A[0, 0]
    total = 0.0
    for i in range(len(A)):
        minor = np.concatenate([A[:i, 1:], A[i + 1 :, 1:]])
        total = total + (-1) ** i * A[i, 0] * by_slices(minor)
    return total


def by_places(A, columns=(0, 1, 2, 3)):
    here = A[np.ix_(range(4 - len(columns), 4), columns)]
    if len(columns) == 1:
        return here[0, 0]
    rest = [columns[:k] + columns[k + 1 :] for k in range(len(columns))]
    return sum((-1) ** k * here[0, k] * by_places(A, c) for k, c in enumerate(rest))


DETERMINANTS = [by_delete, by_masks, by_stacks, by_slices, by_places]


def cross(a, b):
    return np.stack(
        [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    )


def turned(w, p):
    """Rodrigues' rotation."""
    angle = np.sqrt(np.sum(w * w))
    k = w / angle
    return p * np.cos(angle) + cross(k, p) * np.sin(angle) + k * (k @ p) * (1 - np.cos(angle))


def hares(p, u):
    a, b, c = p[0], p[1], p[2]
    slope = lambda u: np.stack([u[0] * (a - b * u[1]), u[1] * (b * u[0] - c)])  # noqa: E731
    for _ in range(5):
        k = slope(u)
        u = u + 0.05 * (k + slope(u + 0.1 * k))
    return np.sum(u**2)


def hamilton(p, q):
    a, b, c, d = p
    e, f, g, h = q
    return np.stack(
        [
            a * e - b * f - c * g - d * h, a * f + b * e + c * h - d * g,
            a * g - b * h + c * e + d * f, a * h + b * g - c * f + d * e,
        ]
    )  # fmt: skip


def inverse(A, b):
    (p, q), (r, s) = A[:2, :2]
    other = np.stack([np.stack([s, -q]), np.stack([-r, p])]) / (p * s - q * r)
    return np.sum((other @ b[:2]) ** 2 + np.diag(A)[:2] * np.roll(b[:2], 1))


SMALL = [
    (lambda w, p: np.sum(turned(w, p) * np.array([1.0, 2.0, -0.5])), V3, V3[::-1].copy()),
    (hares, V3, V2),
    (lambda p, q: np.sum(hamilton(hamilton(p, q), p) * V4), V4, V4[::-1] / 2),
    (inverse, A3, V3),
    (
        lambda x, y: np.sum(np.where(x > y, np.sin(x), x * y)) + np.sum(np.pad(x[1:], (0, 1)) * y),
        V3,
        -V3,
    ),
    (lambda x, y: np.prod(np.max(np.stack([x, y * y]), axis=0)) * (x @ y), V3, V3 - 1),
    (lambda A, x: np.sum(np.linalg.solve(np.diag(x * x + 1) + 0.1 * A, cross(x, A[1]))), A3, V3),
]


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_determinants_only_build_the_gradient(backend):
    for f in DETERMINANTS:
        fast = jit(value_and_grad(f), backend=backend)
        same(fast(A4), reverse.value_and_grad(f)(A4))
        same(fast(A4)[0], float(np.linalg.det(A4)))
        assert fast.source.count("np.") <= 1 and ".tolist()" in fast.source


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize(("f", "x", "y"), SMALL)
def test_small_programs(f, x, y, backend):
    want = reverse.value_and_grad(f, (0, 1))(x, y)
    for passes in (PASSES, WITHOUT, ["scalars"], ["scalars", "add_in_place", "share"]):
        same(jit(value_and_grad(f, (0, 1)), passes=passes, backend=backend)(x, y), want)
        if backend == "numba":  # which takes its time
            break
    same(jit(hessian(lambda x: f(x, y)))(x), reverse.hessian(lambda x: f(x, y))(x), 1e-8)


def test_loops_and_branches():
    A = A3 / 3

    def f(x):
        step = lambda x, y: (np.stack([x[1], x[0] + y * x[2], np.sin(x[0]) - x[1]]), x * x)  # noqa: E731
        last, all_x = scan(step, x, np.linspace(0.1, 0.4, 4))
        last = fori_loop(0, 3, lambda i, x: np.concatenate([A[:1] @ x + i, x[:2] * x[1:]]), last)
        last = cond(last[0] > x[0], lambda: last[::-1] * last, lambda: np.sin(last) - last)
        return np.sum(all_x[1:]) + last[0] * last[2] - last[1]

    def g(x):
        half = lambda x: np.stack([x[1] / 2, x[0] / 2 + 0.1 * x[1]])  # noqa: E731
        return np.sum(while_loop(lambda x: x[0] * x[1] > 0.1, half, x[:2] ** 2 + 1))

    for one in (f, g):
        want = reverse.value_and_grad(one)(V3)
        for backend in ("numpy", "numba"):
            same(jit(value_and_grad(one), backend=backend)(V3), want)


def test_special_numbers_are_those_of_numpy():
    def f(x, y):
        z = np.stack([x[0] / y[1], y[0] - x[1], x[2] * y[2], -x[0]])
        return (
            np.concatenate([z, x * -y, y - y]),
            np.sqrt(np.stack([z[1], z[3]])),
            z > y[0],
            -z[::-1],
        )

    for x, y in [
        ([0.0, -0.0, 1.0], [0.0, -0.0, np.inf]), ([np.nan, 1.0, -np.inf], [1.0, 0.0, 0.0]),
        ([1.0, 2.0, -0.0], [-0.0, 3.0, 1.0]),
    ]:  # fmt: skip
        x, y = np.array(x), np.array(y)
        with np.errstate(all="ignore"):
            for one, two in zip(jit(f)(x, y), f(x, y), strict=True):
                np.testing.assert_array_equal(one, two)
                np.testing.assert_array_equal(np.signbit(one), np.signbit(two))


def test_results_are_the_callers_own():
    f = jit(
        lambda x: (np.stack([x[0], x[1] * x[0], x[2]]) * 2, [np.stack([x[2], x[0] - x[1]])] * 2)
    )
    x = V3.copy()
    one, (two, three) = f(x)
    one[:], two[:] = 0.0, 1.0
    same(three, np.array([x[2], x[0] - x[1]]))
    same(f(x)[0], np.array([x[0], x[1] * x[0], x[2]]) * 2)
    same(x, V3)


def test_floats_of_other_sizes_and_whole_numbers_stay_arrays():
    f = lambda x, n: cross(x, x[::-1]) * n + np.stack([x[0], x[1] * x[2], x[2]])  # noqa: E731
    n = np.array([1, 2, 3])
    y = jit(f)(V3.astype(np.float32), n.astype(np.float32))
    assert y.dtype == np.float32
    np.testing.assert_allclose(y, f(V3.astype(np.float32), n.astype(np.float32)), rtol=1e-5)
    same(jit(f)(V3, n), f(V3, n))
    same(jit(lambda n: cross(n, n[::-1]) + n)(n), cross(n, n[::-1]) + n)


def test_members_of_a_batch():
    x = RANDOM.normal(size=(3, 3, 3))
    same(jit(vmap(grad(by_masks)))(x), np.stack([reverse.grad(by_masks)(a) for a in x]))


def test_what_does_not_pay_stays_as_it_is():
    for f, x in [
        (lambda x: np.sum(np.sin(x) * x), np.ones(50)),
        (lambda x: np.sum(x + x), V3),
        (lambda A: np.sum((A @ A + A) ** 2), A4),
    ]:
        ir = optimize(make_ir(grad(f), x), PASSES)
        assert not {"opened", "built"} & {e.rule.name for e in ir.equations}


def test_many_scattered_entries_are_one_array():
    x = RANDOM.normal(size=60)
    f = lambda x: sum(np.sin(x[i] * x[i - 1]) for i in range(60))  # noqa: E731
    fast = jit(grad(f))
    same(fast(x), reverse.grad(f)(x))
    assert fast.source.count("np.") == 1

"""Every row of the table in every engine that walks it."""

import numpy as np
import pytest

from elves import core, forward, numerical, reverse, rules, source, symbolic, tracing, trees
from elves.errors import ConversionError, ElfError
from samples import BOOLEAN, MORE, SAMPLES, TABLE, check, floats

ROWS = [rule for rule in TABLE if not rule.constant]
ELEMENTWISE = [rule for rule in ROWS if isinstance(rule, core.Elementwise)]
CASES = [
    pytest.param(rule, args, kwargs, id=f"{rule.name}-{k}")
    for rule in ROWS
    for k, (args, kwargs) in enumerate(SAMPLES.get(rule.function, []))
]

# What is decided by comparing or computed by LAPACK has no formula.
NEEDS_NUMBERS = {
    np.sort, np.partition, np.median, np.quantile, np.percentile, np.interp, np.linalg.inv,
    np.linalg.det, np.linalg.slogdet, np.linalg.solve, np.linalg.pinv, np.linalg.cholesky,
    np.linalg.eigh, np.linalg.eigvalsh, np.linalg.svd, np.linalg.svdvals, np.linalg.cond,
    rules.linalg.log_abs_det, rules.linalg.quotient, rules.linalg.factor,
    rules.linalg.singular_values, rules.linalg.left_vectors, rules.linalg.right_vectors,
    rules.linalg.cofactors, rules.reductions.recurrence,
    np.linalg.eig, np.linalg.eigvals, np.linalg.qr, np.linalg.lstsq, np.nanquantile,
    np.nanpercentile, np.nanmedian, np.unique,
}  # fmt: skip
SOMETIMES = {  # by their options
    np.linalg.norm, np.linalg.matrix_norm, np.linalg.matrix_power, rules.reductions.length,
    rules.reductions.variance, np.ufunc.accumulate, rules.arrays.clipped,
}  # fmt: skip


def test_every_row_has_a_sample():
    assert [rule.name for rule in ROWS if rule.function not in SAMPLES] == []


@pytest.mark.parametrize(("rule", "args", "kwargs"), CASES)
def test_row(rule, args, kwargs):
    check(rule, args, kwargs)


@pytest.mark.parametrize(("rule", "args", "kwargs"), CASES)
def test_row_in_the_symbolic_engine(rule, args, kwargs):
    primals, fill = floats(args)

    if rule.function in NEEDS_NUMBERS:
        with pytest.raises(ElfError):
            symbolic.grad(lambda *v: np.sum(rule.function(*fill(v), **kwargs)))(*primals)
        return

    def f(*values):
        y = rule.function(*fill(values), **kwargs)
        parts = y if isinstance(y, (list, tuple)) else [y]
        return sum(np.sum(np.sin(part)) for part in parts)

    everything = tuple(range(len(primals)))
    try:
        have = symbolic.grad(f, everything)(*primals)
    except ConversionError:
        assert rule.function in SOMETIMES
        return
    want = numerical.grad(f, everything)(*primals)
    for a, b in zip(trees.leaves(have), trees.leaves(want), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("rule", ELEMENTWISE, ids=lambda rule: rule.name)
def test_row_against_the_complex_step(rule):
    for args, kwargs in SAMPLES[rule.function]:
        primals, fill = floats(args)

        def f(*values, fill=fill, kwargs=kwargs):
            return np.sum(rule.function(*fill(values), **kwargs))

        if not core.analytic(rule.function):
            with pytest.raises(ElfError, match="not analytic"):
                numerical.grad(f, scheme="complex")(*primals)
        else:
            have = numerical.grad(f, scheme="complex")(*primals)
            np.testing.assert_allclose(have, reverse.grad(f)(*primals), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    "rule",
    [r for r in TABLE if r.constant and r.function not in BOOLEAN],
    ids=lambda rule: rule.name,
)
def test_flat_functions_give_plain_values(rule):
    x = np.array([[0.5, -1.5], [0.3, 0.2]])
    if rule.function in (np.searchsorted, np.lexsort):
        x = np.ravel(x)
    more = MORE.get(rule.function) or [x] * (getattr(rule.function, "nin", 1) - 1)
    y = rule.function(reverse.Variable(x), *more)
    assert not isinstance(y, core.Value)
    np.testing.assert_array_equal(y, rule.function(x, *more))


def slow_slope(x, *places):
    """The slope of weighted running products by the entries at some places, from all the others."""
    y = np.cumprod(np.where(np.isin(np.arange(x.size), places), 1.0, x))
    return np.sum((y * np.arange(1.0, x.size + 1))[max(places) :])


RUNS = {
    "positive": [0.5, 2.0, 1.5, 0.25], "negative": [-0.5, 2.0, -1.5, -0.25], "one": [3.0],
    "a zero": [0.5, 0.0, 1.5, -2.0], "zeros": [2.0, 0.0, 3.0, 0.0, 5.0], "-0.0": [2.0, -0.0, 3.0],
    "first": [0.0, 2.0, 3.0], "all zero": [0.0, 0.0, 0.0], "tiny": [1e-200, 1e-200, 3.0, 1e200],
    "large": [1e200, 1e-300, 1e90, 2.0], "decays": [0.25] * 600, "grows": [1.01] * 600,
}  # fmt: skip


@pytest.mark.parametrize("name", RUNS)
def test_slopes_of_running_products(name):
    x = np.array(RUNS[name])
    f = lambda x: np.sum(np.cumprod(x) * np.arange(1.0, np.size(x) + 1))  # noqa: E731
    want = np.array([slow_slope(x, k) for k in range(x.size)])
    for gradient in (
        reverse.grad(f),
        forward.grad(f),
        tracing.grad(f),
        tracing.jit(tracing.grad(f)),
    ):
        np.testing.assert_allclose(gradient(x), want, rtol=1e-11, atol=1e-290)
    rows = np.stack([x, x[::-1], x + 1])
    of_rows = tracing.jit(tracing.grad(lambda x: np.sum(tracing.vmap(f)(x))))
    np.testing.assert_allclose(of_rows(rows)[0], want, rtol=1e-11, atol=1e-290)
    if x.size < 10:  # and the second slopes, also of two zeros
        pairs = [[slow_slope(x, i, k) * (i != k) for i in range(x.size)] for k in range(x.size)]
        for hessian in (reverse.hessian(f), tracing.jit(tracing.hessian(f))):
            np.testing.assert_allclose(hessian(x), pairs, rtol=1e-11)


def test_running_products_with_infinity_and_nan():
    f = lambda x: np.sum(np.cumprod(x))  # noqa: E731
    with np.errstate(all="ignore"):
        for gradient in (reverse.grad(f), tracing.jit(tracing.grad(f))):
            assert gradient(np.array([2.0, np.inf, 3.0])).tolist() == [np.inf, 8.0, np.inf]
            assert np.isnan(gradient(np.array([2.0, np.nan, 3.0]))[0])


@pytest.mark.parametrize("f", [np.max, np.min])
def test_beside_nan_nothing_is_the_largest(f):
    x = np.array([3.0, np.nan, 1.0])
    with np.errstate(all="ignore"):
        for gradient in (
            forward.grad(f),
            reverse.grad(f),
            tracing.grad(f),
            tracing.jit(tracing.grad(f)),
        ):
            assert gradient(x).tolist() == [0.0, 0.0, 0.0]


def test_slopes_of_running_products_at_the_edges():
    x = np.array([2.0, np.nan])
    total = lambda x: np.sum(np.cumprod(x))  # noqa: E731
    np.testing.assert_equal(forward.grad(total)(x), [np.nan, 2.0])
    np.testing.assert_equal(reverse.jacobian(np.cumprod)(x), [[1.0, 0.0], [np.nan, 2.0]])
    last = lambda x: np.cumprod(x)[1]  # noqa: E731
    np.testing.assert_equal(forward.grad(last)(np.array([2.0, np.inf])), [np.inf, 2.0])
    for tiny, huge in ((1e-250, 1e100), (1e-230, 1e90)):  # no quotient may be lost
        found = forward.jvp(np.cumprod, (np.array([tiny, huge]),), (np.array([0.0, 1.0]),))[1]
        np.testing.assert_equal(found, [0.0, tiny])
    weights = np.array([1e-37, 0.0], np.float32)
    weighted = lambda x: np.sum(np.cumprod(x) * weights)  # noqa: E731
    found = reverse.grad(weighted)(np.array([1.0, 1e12], np.float32))
    np.testing.assert_allclose(found, [1e-37, 0.0])


MIDDLES = {
    "even": lambda x: np.sum(np.median(x, axis=1) ** 2),
    "odd": lambda x: np.sum(np.median(x, axis=0, keepdims=True) * x),
    "all": lambda x: np.median(x) ** 3,
    "axes": lambda x: np.sum(np.quantile(x, [0.0, 0.37, 1.0], axis=(0, 1)) ** 2),
    "percent": lambda x: np.sum(np.percentile(x, 63.0, axis=1) ** 2),
    "holes": lambda x: np.sum(np.nanmedian(np.where(x > 1.2, np.nan, x), axis=1) ** 2),
    "survivors": lambda x: np.sum(np.cumprod(x, axis=0)[-2] * np.cumprod(x, axis=1)[1, 2]),
    "flat": lambda x: np.sum(np.cumprod(x) * np.arange(12.0)),
    "determinant": lambda x: np.linalg.det(x[:, :3]) * np.linalg.slogdet(x[:, 1:])[1],
    "symmetric": lambda x: np.sum(np.linalg.eigh(x @ x.T)[1][0] ** 3 * np.linalg.eigvalsh(x @ x.T)),
    "singular": lambda x: np.sum(np.linalg.svd(x, compute_uv=False) ** 1.5),
    "einsum": lambda x: np.sum(np.einsum("ij,kj,kl->il", x, x, x) ** 2) + np.einsum("ij->", x),
}


@pytest.mark.parametrize("name", MIDDLES)
def test_what_comes_after_sorting_and_multiplying(name):
    f, x = MIDDLES[name], np.random.default_rng(21).normal(size=(3, 4))
    x[1, 1] = 0.0 if name in ("survivors", "flat") else x[1, 1]
    want = numerical.grad(f)(x)
    for engine in (forward, reverse, source):
        value, slope = engine.value_and_grad(f)(x)
        assert value == f(x)
        np.testing.assert_allclose(slope, want, rtol=1e-5, atol=1e-6)
    curvature = reverse.hvp(f, (x,), (x,))
    np.testing.assert_allclose(
        curvature, numerical.jvp(reverse.grad(f), (x,), (x,))[1], rtol=1e-4, atol=1e-5
    )


def test_determinants_of_matrices_without_an_inverse_have_slopes():
    for x in (np.ones((3, 3)), np.diag([1.0, 1e-9, 2.0]), np.zeros((2, 2)), np.ones((0, 0))):
        slope = reverse.grad(np.linalg.det)(x)
        assert slope.shape == x.shape and np.all(np.isfinite(slope))
    np.testing.assert_allclose(
        np.diag(reverse.grad(np.linalg.det)(np.diag([1.0, 0.0, 2.0]))), [0, 2, 0]
    )


WRONG = {
    "an axis that is not there": lambda x: np.multiply.reduce(x, 5),
    "an axis twice": lambda x: np.prod(x, (0, 0)),
    "an order that counts": lambda x: np.subtract.reduce(x, (0, 1)),
    "nothing to begin with": lambda x: np.subtract.reduce(x[:0]),
    "weights of no axis": lambda x: np.average(x, weights=np.ones(3)),
    "weights of other axes": lambda x: np.average(x, (0, 1), np.ones((3, 2))),
}


@pytest.mark.parametrize("name", WRONG)
def test_reductions_that_numpy_refuses_are_refused(name):
    f, x = WRONG[name], np.ones((2, 3, 4))
    with pytest.raises((ValueError, TypeError)) as said:
        f(x)
    compiled = lambda f: tracing.jit(tracing.grad(f))  # noqa: E731
    for run in (reverse.grad, lambda f: lambda x: forward.jvp(f, (x,), (x,)), compiled):
        with pytest.raises(said.type):
            run(lambda x: np.sum(f(x)))(x)


@pytest.mark.parametrize("q", [1.5, -0.1, [0.2, 1.2], np.nan])
def test_quantiles_beyond_the_ends_are_refused_as_numpy_does(q):
    for engine in (forward, reverse, source):
        with pytest.raises(ValueError, match="range"):
            engine.grad(lambda x: np.sum(np.quantile(x, q)))(np.arange(3.0))


HOLES = {
    "median": lambda x: np.median(x, axis=1),
    "quantile": lambda x: np.quantile(x, 0.3, axis=0),
    "percentile": lambda x: np.percentile(x, [10.0, 60.0], axis=1),
    "nanmedian": lambda x: np.nanmedian(x, axis=1),
    "nanmax": lambda x: np.nanmax(x, axis=1),
    "nanmin": lambda x: np.nanmin(x, axis=0, keepdims=True),
    "nanmean": lambda x: np.nanmean(x, axis=0),
    "modf": lambda x: np.modf(x)[0],
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", HOLES)
def test_beside_nan_and_infinity_programs_say_what_numpy_does(name):
    x, f = np.random.default_rng(4).normal(size=(4, 5)), HOLES[name]
    x[0], x[1, 1], x[2, 2], x[2, 4], x[3, 3] = np.nan, np.nan, np.inf, np.inf, 2.0
    for y in (x, x[2:], np.where(x == x, x, -np.inf), np.full((2, 3), -np.inf)):
        for g in (tracing.jit(f), lambda y: tracing.vmap(f)(y[np.newaxis])[0]):
            np.testing.assert_allclose(g(y), f(y), 1e-14)


def test_whole_numbers_are_data_too():
    x = np.array([[2, 1], [7, 4]])
    for f in (np.linalg.inv, np.nan_to_num, np.median, np.nanmean, np.linalg.det):
        np.testing.assert_allclose(tracing.jit(f)(x), f(x), 1e-14)


BACK = [
    lambda x: np.roll(x, 3), lambda x: np.roll(x, -2, 1), lambda x: np.roll(x, (1, -2), (0, 1)),
    lambda x: np.roll(x, [1, -2], axis=(1, 0)), lambda x: np.roll(x, shift=2, axis=0),
    lambda x: np.roll(x, np.array([1, 2]), (0, 1)), lambda x: np.roll(x, (1, 2), 1),
    np.rot90, lambda x: np.rot90(x, 3, (1, 0)), lambda x: np.rot90(x, k=-1, axes=(0, 1)),
    np.fft.fftshift, lambda x: np.fft.fftshift(x, 1), lambda x: np.fft.ifftshift(x, axes=(0,)),
    np.fliplr, np.flipud, lambda x: np.roll(x, np.uint8(2), 1),
    lambda x: np.roll(x, np.array([1, 2], np.uint64), (0, 1)),
]  # fmt: skip


@pytest.mark.parametrize("shape", [(3, 4), (0, 5), (71, 61)])
@pytest.mark.parametrize("f", BACK)
def test_what_is_moved_is_moved_back(f, shape):
    rng = np.random.default_rng(4)
    x, v = rng.normal(size=(2, *shape))
    c = rng.normal(size=f(x).shape)
    g = lambda x: np.sum(np.sin(f(x)) * c)  # noqa: E731
    slope = reverse.grad(g)(x)
    assert np.isclose(np.sum(slope * v), forward.jvp(g, (x,), (v,))[1] if x.size else 0.0)
    for engine in (tracing.grad(g), tracing.jit(tracing.grad(g))):
        np.testing.assert_allclose(engine(x), slope, 1e-12, 1e-12)


@pytest.mark.parametrize("n", [1, np.uint8(2), -1])
def test_what_is_moved_by_an_argument_is_moved_back(n):
    x = np.arange(12.0).reshape(3, 4)
    for f in (lambda x, n: np.roll(x, n), lambda x, n: np.roll(x, (n, 1), (0, 1))):
        g = lambda x, n, f=f: np.sum(f(x, n) * np.cos(x))  # noqa: E731
        slope = reverse.grad(g)(x, n)
        for engine in (tracing.jit(tracing.grad(g)), source.grad(g)):
            np.testing.assert_allclose(engine(x, n), slope, 1e-12)

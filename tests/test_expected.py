"""Functions that people expect to have a slope: in every engine, or one sentence with a way out."""

import numpy as np
import pytest

import elves
from elves import forward, numerical, reverse, source, static_graph, symbolic, tracing
from elves.errors import ADVICE, ConversionError, ElfError, MutationError, NoRuleError
from test_source_programs import function

X = np.array([0.4, -0.7, 0.9, -0.3, 0.6, 0.1])
M = np.random.default_rng(0).uniform(-1, 1, (3, 4))
S = np.array([[2.0, 0.7, 0.3], [0.4, 3.1, 0.8], [0.2, 0.5, 4.3]])
GAPS = np.array([[np.nan, 0.4, -0.2, 0.9], [0.3, 0.8, np.nan, -0.5], [0.7, -0.1, 0.6, 0.2]])

PROGRAMS = {  # what is written: at which point
    "np.copy(x)": M,
    "x.real * x": M,
    "x.imag + x": M,
    "x[2:3].item() * x.item(1)": X,
    "x.item(1, 2) ** 2": M,
    "x.mT": M,
    "sum(a**2 for a in x.flat) + x.flat[3]": M,
    "np.unique(x)": X,
    "np.multiply(*np.unique(x, return_counts=True)) + np.unique(x, return_inverse=True)[1]": X,
    "np.unique(x, axis=0)": M,
    "np.nanvar(x)": GAPS,
    "np.nanvar(x, 1, ddof=1, keepdims=True)": GAPS,
    "np.nanstd(x, axis=0)": GAPS,
    "np.nanmedian(x)": GAPS,
    "np.nanmedian(x, axis=1)": GAPS,
    "np.nanquantile(x, [0.2, 0.7], axis=0)": GAPS,
    "np.nanpercentile(x, 30, axis=1, keepdims=True)": GAPS,
    "np.nancumsum(x)": GAPS,
    "np.nancumprod(x, axis=1)": GAPS,
    "np.piecewise(x, [x < 0, x >= 0.3], [lambda t: t**2, np.sqrt, 0.5])": X,
    "np.piecewise(x, x < 0, [lambda t, k: k * t**2, lambda t, k: k * np.sin(t)], 3.0)": X,
    "np.piecewise(x, [x < 0, x >= 0], [np.negative, np.log])": 0.7,
    "np.select([x < 0, x > 0.5], [x**2, np.exp(x)], default=1.0)": X,
    "np.angle(x) * x + np.angle(x, deg=True)": X,
    "np.polyval(x, 0.3) + np.polyval([1.0, 2.0, 3.0], x)": X,
    "np.bincount([0, 1, 1, 3, 0, 5], weights=x, minlength=8)": X,
    "np.cov(x)": M,
    "np.cov(x, rowvar=False, bias=True)": M,
    "np.cov(x, x[0] ** 2, ddof=0)": M,
    "np.cov(x[:3], x[3:])": X,
    "np.corrcoef(x)": M,
    "np.corrcoef(x[:3], x[3:])": X,
    "np.cross(x[:, :3], x[:, 1:] ** 2, axisa=0, axisb=0, axisc=0)": M,
    "np.cross(x[:, :2], x[:, 1:3])": M,
    "np.cross(x[:, :2], x[:, 1:])": M,
    "np.cross(x, x[::-1] ** 2, axis=0)": M,
    "np.linalg.cross(x, x[::-1] ** 2, axis=0)": M,
    "np.vstack([x, x**2]) * np.vstack((x, 3.0 * x))": X,
    "np.vstack(x)": M,
    "np.multiply.outer(x, x[:2] ** 2)": X,
    "np.add.outer([1.0, 2.0], x) * np.subtract.outer(x[:2], x)": X,
    "np.add.reduce(x)": M,
    "np.add.reduce(x, axis=None) * np.multiply.reduce(x, axis=-1)": M,
    "np.maximum.reduce(x) + np.minimum.reduce(x, axis=0, keepdims=True)": M,
    "np.logaddexp.reduce(x, axis=1)": M,
    "np.hypot.reduce(x, axis=1, keepdims=True)": M,
    "np.subtract.reduce(x)": X,
    "np.add.accumulate(x) * np.multiply.accumulate(x, axis=1)": M,
    "np.maximum.accumulate(x, axis=-1)": M,
    "np.minimum.accumulate(x)": M,
    "x[0] - np.maximum.accumulate(x[:, 1]) * 0.3": S,
    "np.logaddexp.accumulate(x)": X,
    "np.add.reduceat(x, [0, 3, 1])": X,
    "np.multiply.reduceat(x, [0, 2], axis=1)": M,
    'np.linalg.eigvalsh(x @ x.T, UPLO="U")': S,
    "np.linalg.eigvals(x)": S,
    "np.linalg.eig(x)[0] * np.linalg.eig(x).eigenvectors": S,
    "np.linalg.qr(x)[0]": M.T,
    "np.linalg.qr(x).R": M,
    'np.linalg.qr(x, mode="r")': S,
    "np.linalg.qr(np.stack([x, 2 * x[::-1]])).R": M,
    "np.linalg.lstsq(x.T, x[0] ** 2 + np.arange(4.0), rcond=None)[0]": M,
    "np.linalg.lstsq(x.T, x[:2].T ** 2 + 1.0)[1]": M,
    "np.linalg.lstsq(x, x[:, 0] ** 2)[0]": M,
    "x[np.lexsort((x, -x))] * np.arange(6.0)": X,
    "divmod(x, 0.37)[1] + divmod(2.0, x)[1] + np.divmod(x, 0.37)[0]": X + 2,
    "np.modf(3 * x)[0] * np.modf(3 * x)[1]": X,
    "np.nan_to_num(x, nan=2.0, posinf=5.0) * x": M,
    "np.einsum(x, [0, 1], x, [2, 1], [2, 0])": M,
    "np.einsum(x, [..., 1], x[0], [1], [...])": M,
    "x[np.nonzero(x > 0)] + x[(x > 0).nonzero()]": X,
}
# Of these the shape depends on numbers, which a graph or a trace does not have.
NO_GRAPH = ("np.unique", "np.nonzero")


def of(program):
    f = eval(f"lambda x: {program}", {"np": np})
    return lambda x: np.sum(np.sin(1.3 * f(x)))


def slope(f, x):
    """The gradient by differences, and 0 where x is nan."""
    there = np.isfinite(x)

    def fill(p):
        full = np.full(np.shape(x), np.nan)
        full[there] = p
        return f(full)

    if np.all(there):
        return numerical.grad(f)(x)
    g = np.zeros(np.shape(x))
    g[there] = numerical.grad(fill)(x[there])
    return g


@pytest.mark.filterwarnings("ignore:Arrays of 2-dimensional:DeprecationWarning")
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_in_every_engine(program):
    f, x = of(program), PROGRAMS[program]
    want = slope(f, x)
    first = [forward.grad(f), reverse.grad(f), tracing.grad(f)]
    graphs = [static_graph.grad(f), tracing.jit(reverse.grad(f))]
    for grad in first + graphs:
        try:
            np.testing.assert_allclose(grad(x), want, rtol=1e-5, atol=1e-7)
        except ElfError:
            assert grad in graphs
            assert any(name in program for name in NO_GRAPH)
    for grad in (symbolic.grad(f), lambda x: elves.vmap(reverse.grad(f))(np.stack([x, x]))[0]):
        try:
            np.testing.assert_allclose(grad(x), want, rtol=1e-5, atol=1e-7)
        except ElfError:  # what is decided by numbers has no formula
            continue
    if np.all(np.isfinite(x)) and "unique" not in program:
        twice = numerical.jacobian(reverse.grad(f))(x)
        np.testing.assert_allclose(reverse.hessian(f)(x), twice, rtol=1e-4, atol=1e-6)


# ------------------------------------------------------------ determinants of singular matrices
def test_the_slope_of_a_determinant_is_the_adjugate():
    for engine in (forward, reverse, static_graph, tracing):
        grad = engine.grad(np.linalg.det)
        np.testing.assert_array_equal(grad(np.array([[1.0, 2], [2, 4]])), [[4, -2], [-2, 1]])
        np.testing.assert_array_equal(grad(np.array([[0.0]])), [[1.0]])
        np.testing.assert_array_equal(grad(np.zeros((3, 3))), np.zeros((3, 3)))
        assert grad(np.zeros((0, 0))).shape == (0, 0)
    jitted = tracing.jit(reverse.grad(np.linalg.det))
    np.testing.assert_array_equal(jitted(np.ones((2, 2))), [[1, -1], [-1, 1]])
    stack = np.stack([np.eye(3), np.ones((3, 3)), np.diag([1.0, 0, 0]), np.diag([1.0, 2, 0])])
    have = reverse.grad(lambda x: np.sum(np.linalg.det(x)))(stack)
    want = [np.eye(3), np.zeros((3, 3)), np.zeros((3, 3)), np.diag([0.0, 0, 2])]
    np.testing.assert_array_equal(have, want)
    np.testing.assert_array_equal(elves.vmap(reverse.grad(np.linalg.det))(stack), want)


def expanded(x):
    """The determinant by its first row."""
    n = np.shape(x)[0]
    if n == 1:
        return x[0, 0]
    rest = [[j for j in range(n) if j != i] for i in range(n)]
    return sum((-1) ** i * x[0, i] * expanded(x[1:][:, rest[i]]) for i in range(n))


@pytest.mark.parametrize("rank", range(5))
def test_determinants_of_every_rank_to_the_third_order(rank):
    rng = np.random.default_rng(rank)
    x = rng.integers(-3, 4, (4, rank)) @ rng.integers(-3, 4, (rank, 4)) * 1.0
    v = rng.normal(size=(4, 4))
    for f in (
        reverse.grad,
        reverse.hessian,
        lambda f: reverse.grad(lambda x: np.sum(reverse.hvp(f, (x,), (v,)) * v)),
    ):
        np.testing.assert_allclose(f(np.linalg.det)(x), f(expanded)(x), rtol=1e-9, atol=1e-9)


def test_large_determinants():
    u, v = np.random.default_rng(1).normal(size=(2, 12, 11))
    x = u @ v.T  # of rank 11
    g = reverse.grad(np.linalg.det)(x)
    near = [numerical.jvp(np.linalg.det, (x,), (d,))[1] for d in (np.eye(12), np.ones((12, 12)))]
    np.testing.assert_allclose([np.trace(g), np.sum(g)], near, rtol=1e-6)
    y = x + np.eye(12)
    hvp = reverse.hvp(np.linalg.det, (y,), (np.eye(12),))
    step = 1e-5 * np.eye(12)
    grad = reverse.grad(np.linalg.det)
    np.testing.assert_allclose(hvp, (grad(y + step) - grad(y - step)) / 2e-5, rtol=1e-5)


def test_where_a_factor_has_no_slope_it_is_nan():
    jordan = np.array([[1.0, 1.0], [0.0, 1.0]])
    assert np.all(np.isnan(reverse.grad(lambda x: np.linalg.eigvals(x)[0])(jordan)))
    flat = np.ones((3, 2))
    for f in (lambda x: np.linalg.lstsq(x, np.arange(3.0))[0], lambda x: np.linalg.qr(x).R):
        assert np.all(np.isnan(reverse.vjp(f, flat)[1](f(flat))[0]))
    assert np.isnan(reverse.grad(lambda x: np.linalg.slogdet(x)[1])(np.ones((2, 2)))).all()


# ------------------------------------------------------------ options that say what NumPy does
@pytest.mark.parametrize(
    "form",
    [
        "np.sum(x, dtype=None)", 'np.copy(x, order="K")', 'np.vstack([x, x], casting="same_kind")',
        "np.nan_to_num(x, copy=True)", 'np.reshape(x, -1, order="C")',
        "np.median(x, overwrite_input=False)",
    ],
)  # fmt: skip
def test_an_option_with_its_usual_value_changes_nothing(form):
    f = eval(f"lambda x: {form}", {"np": np})
    np.testing.assert_array_equal(reverse.vjp(f, M)[0], f(M))


# ------------------------------------------------------------ sentences, and their advice followed
WAYS = {  # what has no row: (what was written, what the sentence says to write)
    "np.apply_along_axis": (
        "np.apply_along_axis(np.sum, 1, np.outer(x, x))",
        "np.stack([np.sum(row) for row in np.outer(x, x)])",
    ),
    "np.choose": (
        "np.choose([0, 1, 0, 1, 0, 1], [x, x**2])",
        "np.select([k == 0, k == 1], [x, x**2])",
    ),
    "np.geomspace": (
        "np.geomspace(x[0], x[2], 5)",
        "np.exp(np.linspace(np.log(x[0]), np.log(x[2]), 5))",
    ),
    "np.logspace": ("np.logspace(x[0], x[2], 5)", "10.0 ** np.linspace(x[0], x[2], 5)"),
    "np.histogram": (
        "np.histogram(k, 2, weights=x)[0]",
        "np.bincount(k, x)",
    ),
    "np.union1d": ("np.union1d(x, x**2)", "np.unique(np.concatenate([x, x**2]))"),
    "np.polymul": ("np.polymul(x, x[:2])", "np.convolve(x, x[:2])"),
    "np.polyder": ("np.polyder(x)", "x[:-1] * np.arange(len(x) - 1, 0, -1)"),
    "np.polyint": ("np.polyint(x)", "np.append(x / np.arange(len(x), 0, -1), 0.0)"),
    "np.polyfit": (
        "np.polyfit(x, x**3, 2)",
        "np.linalg.lstsq(np.stack([x**k for k in range(2, -1, -1)], -1), x**3)[0]",
    ),
    "np.roots": (
        "np.sort(np.roots(x[[1, 2, 0]]))",
        "np.sort(np.linalg.eigvals(np.vstack([-x[[2, 0]] / x[1], np.eye(3 - 2, 3 - 1)])))",
    ),
    "np.vander": ("np.vander(x, 3)", "np.stack([x**k for k in range(3 - 1, -1, -1)], -1)"),
    "np.linalg.tensorsolve": (
        "np.linalg.tensorsolve((np.outer(x, x) + np.eye(6)).reshape((2, 3, 6)), x.reshape((2, 3)))",
        "np.linalg.solve(np.outer(x, x) + np.eye(6), x)",
    ),
    "np.fft.rfft": (
        "np.abs(np.fft.rfft(x)) ** 2",
        "(x @ np.fft.rfft(np.eye(6)).real) ** 2 + (x @ np.fft.rfft(np.eye(6)).imag) ** 2",
    ),
    "np.fft.fft": ("np.fft.fft(x).imag", "x @ np.fft.fft(np.eye(6)).imag"),
    "np.fft.irfft": ("np.fft.irfft(x)", "x @ np.fft.irfft(np.eye(6)).real"),
    "np.triu_indices_from": (
        "x[np.triu_indices_from(np.outer(x, x))[0]]",
        "x[np.triu_indices(len(np.outer(x, x)))[0]]",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WAYS)
def test_the_advice_works_when_followed(name):
    names = {"np": np, "k": np.array([0, 1, 0, 1, 0, 1])}
    written, instead = (eval(f"lambda x: {text}", names) for text in WAYS[name])
    for engine in (forward, reverse):
        with pytest.raises(NoRuleError) as caught:
            engine.jvp(written, (X,), (X,)) if engine is forward else engine.vjp(written, X)
        assert str(caught.value) == f"{name} has no derivative rule: {ADVICE[name]}."
    np.testing.assert_allclose(instead(X), written(X), rtol=1e-9, atol=1e-12)
    want = numerical.jacobian(lambda x: np.ravel(written(x)))(X)
    have = reverse.jacobian(lambda x: np.ravel(instead(x)))(X)
    np.testing.assert_allclose(have, want, rtol=1e-5, atol=1e-7)


def test_a_filter_by_fourier_is_a_matrix():
    h = np.array([1.0, 0.5, 0.2, 0.0])
    with pytest.raises(NoRuleError, match=r"np\.fft\.rfft.*np\.eye\(n\)"):
        reverse.grad(lambda x: np.sum(np.fft.irfft(np.fft.rfft(x) * h) ** 2))(X)
    F = np.fft.rfft(np.eye(6))
    low = np.fft.irfft(F * h)
    np.testing.assert_allclose(X @ low, np.fft.irfft(np.fft.rfft(X) * h), atol=1e-12)


def test_what_works_in_place_says_so():
    with pytest.raises(MutationError, match=r"elves\.rules\.scatter\(x, np\.shape\(a\), i\)"):
        reverse.vjp(lambda x: np.add.at(np.zeros(3), [0, 1, 1, 2, 0, 0], x), X)
    a, i = np.zeros(3), np.array([0, 1, 1, 2, 0, 0])
    want = np.zeros(3)
    np.add.at(want, i, X)
    np.testing.assert_array_equal(a + elves.rules.scatter(X, np.shape(a), i), want)
    for f in (
        lambda x: np.put_along_axis(np.zeros((1, 6)), np.array([[0]]), x[:1, None], 1),
        lambda x: np.copyto(np.zeros(6), x),
        lambda x: np.fill_diagonal(np.outer(x, x), 0.0),
    ):
        with pytest.raises(NoRuleError, match="it changes its array, so write"):
            reverse.vjp(f, X)


def test_graphs_have_no_shape_for_what_differs():
    def f(x):
        return np.sum(np.unique(x) ** 2)

    for grad in (static_graph.grad(f), tracing.jit(reverse.grad(f))):
        with pytest.raises(ElfError, match=r"np\.unique (gave|gives|depends)"):
            grad(M)
    np.testing.assert_allclose(elves.vmap(reverse.grad(f))(M), 2 * M)
    with pytest.raises(ElfError, match="results of different shapes"):
        elves.vmap(reverse.grad(f))(np.array([[1.0, 2.0], [2.0, 2.0]]))


@pytest.mark.parametrize(
    "program",
    [
        "x[np.flatnonzero(x)]",
        "x[np.nonzero(x)]",
        "x[x.nonzero()]",
        "x * np.argwhere(x).shape[0]",
        "x / np.flatnonzero(x).size",
    ],
)
def test_a_trace_has_no_shape_for_what_is_not_zero(program):
    f = function(f"def f(x):\n    return np.mean(np.sin({program}))\n")
    gaps = np.array([1.0, 0.0, 2.0, 0.0, 0.5])
    want = numerical.grad(lambda p: f(np.insert(p, [1, 2], 0.0)))(gaps[gaps != 0])
    for grad in (reverse.grad(f), forward.grad(f), source.grad(f)):
        np.testing.assert_allclose(grad(gaps)[gaps != 0], want, rtol=1e-6)
    for backend in ("numpy", "numba"):
        for g in (f, tracing.grad(f)):
            with pytest.raises(ConversionError, match="depends on the numbers"):
                tracing.jit(g, backend=backend)(gaps)


@pytest.mark.parametrize(
    "program",
    [
        "np.bincount(n)",
        "np.bincount(n, 2 * x)",
        "1.5 * np.sort(n)",
        "np.interp(n, [0.0, 1.0, 3.0], [0.0, 1.0, 9.0])",
        "np.cov(n)",
        "np.median(n)",
        "np.convolve(n, [1.0, 2.0])",
        "np.diff(n)",
    ],
)
def test_whole_numbers_of_what_varies_have_no_slope_in_source(program):
    lines = "    n = x.astype(int)\n    return np.sum(x) * np.mean(np.sqrt(4 + "
    f = function(f"def f(x):\n{lines}{program}))\n")
    x = np.array([1.5, 0.3, 2.2, 0.1, 3.4])
    np.testing.assert_allclose(source.grad(f)(x), numerical.grad(f)(x), rtol=1e-6)


SCALE = 2.0


inner_slope = np.sin


def inner(v):
    return np.sum(v**3) * SCALE


def test_a_gradient_inside_sees_what_changes_outside(monkeypatch):
    f, x = lambda x: np.sum(inner_slope(x) * x), np.array([1.1, -0.6])
    monkeypatch.setitem(globals(), "SCALE", 2.0)
    monkeypatch.setitem(globals(), "inner_slope", reverse.grad(inner))
    gradient = source.grad(f)
    np.testing.assert_allclose(gradient(x), 18 * x**2, rtol=1e-12)
    monkeypatch.setitem(globals(), "SCALE", 5.0)
    np.testing.assert_allclose(gradient(x), 45 * x**2, rtol=1e-12)
    monkeypatch.setitem(globals(), "inner_slope", elves.vmap(np.sin))
    np.testing.assert_allclose(gradient(x), np.sin(x) + x * np.cos(x), rtol=1e-12)
    monkeypatch.setitem(globals(), "inner_slope", elves.vmap(np.exp))
    np.testing.assert_allclose(gradient(x), (1 + x) * np.exp(x), rtol=1e-12)


@pytest.mark.parametrize("subscripts", ["ij,jk-> ik", "ij,jk->k i", "i j , jk->ik "])
def test_spaces_in_einsum_say_nothing(subscripts):
    a, b = M, M.T[:, :2].copy()
    f = lambda a: np.sum(np.sum(np.einsum(subscripts, a, b), 0) ** 2)  # noqa: E731
    for have in (reverse.grad(f)(a), tracing.jit(tracing.grad(f))(a)):
        np.testing.assert_allclose(have, numerical.grad(f)(a), rtol=1e-6)
    assert tracing.jit(f)(a) == pytest.approx(f(a), rel=1e-12)


@pytest.mark.parametrize(
    "x",
    [np.array([3, 2, 0, 5], np.uint8), np.array([-(2**63), 3]), np.array([True, False, True])],
)
def test_running_minima_of_whole_numbers(x):
    for f in (np.minimum.accumulate, np.maximum.accumulate):
        np.testing.assert_array_equal(tracing.jit(lambda x, f=f: f(x))(x), f(x))


def test_the_ends_of_several_arrays_are_refused():
    f = lambda x: sum(np.sum(y) for y in np.atleast_1d(x, x * x))  # noqa: E731
    for gradient in (reverse.grad(f), forward.grad(f), tracing.jit(tracing.grad(f))):
        with pytest.raises(NoRuleError, match="call it once for each"):
            gradient(X)

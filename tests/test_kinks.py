"""What the table says where a function has a kink, an edge or a trap, beside PyTorch and JAX."""

import numpy as np
import pytest

from elves import (
    batching,
    forward,
    numerical,
    reverse,
    rules,
    source,
    static_graph,
    symbolic,
    tracing,
)

INF, NAN, HALVES = float("inf"), float("nan"), [0.5, 0.5]
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

# function of a NumPy namespace, the same for PyTorch (None: the same text with torch for np),
# arguments, our gradients, those of PyTorch, those of JAX
KINKS = {
    "abs": (lambda np, x: np.abs(x), None, (0.0,), [0], [0], [1]),
    "sign": (lambda np, x: np.sign(x), None, (0.0,), [0], [0], [0]),
    "maximum": (lambda np, a, b: np.maximum(a, b), None, (1.0, 1.0), HALVES, HALVES, HALVES),
    "minimum": (lambda np, a, b: np.minimum(a, b), None, (1.0, 1.0), HALVES, HALVES, HALVES),
    "relu": (
        lambda np, x: np.maximum(x, 0.0), lambda torch, x: torch.relu(x), (0.0,), [0.5], [0], [0.5],
    ),
    "max": (
        lambda np, x: np.max(x), None, ([1.0, 1.0, 0.0],),
        [[0.5, 0.5, 0]], [[0.5, 0.5, 0]], [[0.5, 0.5, 0]],
    ),
    "clip": (
        lambda np, x: np.clip(x, 0.0, 1.0), None, ([0.0, 0.5, 1.0],),
        [[0.5, 1, 0.5]], [[1, 1, 1]], [[0.5, 1, 0.5]],
    ),
    "sqrt": (lambda np, x: np.sqrt(x), None, (0.0,), [INF], [INF], [INF]),
    "norm": (
        lambda np, x: np.linalg.norm(x), None, ([0.0, 0.0],), [[0, 0]], [[0, 0]], [[NAN, NAN]],
    ),
    "std": (
        lambda np, x: np.std(x), lambda torch, x: torch.std(x, correction=0), ([2.0, 2.0],),
        [[0, 0]], [[0, 0]], [[NAN, NAN]],
    ),
    "hypot": (lambda np, a, b: np.hypot(a, b), None, (0.0, 0.0), [0, 0], [NAN, NAN], [0.5, 0.5]),
    "arctan2": (
        lambda np, a, b: np.arctan2(a, b), None, (0.0, 0.0), [NAN, NAN], [0, 0], [NAN, NAN],
    ),
    "where at the edge": (
        lambda np, x: np.where(x > 0, x, 0 * x), None, (0.0,), [0], [0], [0],
    ),
    "floor": (lambda np, x: np.floor(x), None, (1.0,), [0], [0], [0]),
    "round": (lambda np, x: np.round(x), None, (0.5,), [0], [0], [0]),
    "mod": (
        lambda np, a, b: np.remainder(a, b), None, (4.0, 2.0), [1, -2], [1, -2], [1, -2],
    ),
    "sinc": (lambda np, x: np.sinc(x), None, (0.0,), [0], [0], [0]),
    "0**0": (lambda np, a, b: np.power(a, b), None, (0.0, 0.0), [0, 0], [0, 0], [NAN, 0]),
    "0**2": (lambda np, a, b: np.power(a, b), None, (0.0, 2.0), [0, 0], [0, 0], [0, 0]),
    "prod with zeros": (
        lambda np, x: np.prod(x), None, ([0.0, 2.0, 3.0],), [[6, 0, 0]], [[6, 0, 0]], [[6, 0, 0]],
    ),
    "sort with ties": (
        lambda np, x: np.sort(x)[0], lambda torch, x: torch.sort(x)[0][0], ([1.0, 1.0],),
        [[1, 0]], [[1, 0]], [[1, 0]],
    ),
    "logaddexp of nothing": (
        lambda np, a, b: np.logaddexp(a, b), None, (-INF, -INF), [0, 0], [NAN, NAN], [NAN, NAN],
    ),
}  # fmt: skip
CASES = [pytest.param(*case, id=name) for name, case in KINKS.items()]


def arrays(args):
    return [np.array(a) if isinstance(a, list) else np.float64(a) for a in args]


def agree(have, want):
    assert len(have) == len(want)
    for a, b in zip(have, want, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("engine", [forward, reverse, symbolic], ids=lambda e: e.__name__)
@pytest.mark.parametrize(("f", "_torch", "args", "ours", "torchs", "jaxs"), CASES)
def test_ours(engine, f, _torch, args, ours, torchs, jaxs):
    if engine is symbolic and f in (KINKS["sort with ties"][0], KINKS["round"][0]):
        pytest.skip("symbols have no order and no digits")
    everything = tuple(range(len(args)))
    have = engine.grad(lambda *v: np.sum(f(np, *v)), everything)(*arrays(args))
    if engine is symbolic and f is KINKS["max"][0]:  # a formula compares two at a time
        assert np.sum(have) == 1
        return
    agree(have, ours)


class Torch:
    """NumPy's names for PyTorch, where they differ."""

    def __getattr__(self, name):
        import torch

        names = {"max": "amax", "clip": "clamp", "arctan2": "atan2", "power": "pow"}
        return getattr(torch, names.get(name, name))


@pytest.mark.parametrize(("f", "own", "args", "ours", "torchs", "jaxs"), CASES)
def test_pytorch(f, own, args, ours, torchs, jaxs):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    values = [torch.tensor(a, dtype=torch.float64, requires_grad=True) for a in args]
    y = (own or f)(Torch(), *values).sum()
    have = torch.autograd.grad(y, values, allow_unused=True)
    agree([0 if g is None else g.numpy() for g in have], torchs)


@pytest.mark.parametrize(("f", "_torch", "args", "ours", "torchs", "jaxs"), CASES)
def test_jax(f, _torch, args, ours, torchs, jaxs):
    pytest.importorskip("jax", reason="JAX is not installed")
    from elves.frameworks import load

    jax = load("jax").jax
    everything = tuple(range(len(args)))
    have = jax.grad(lambda *v: jax.numpy.sum(f(jax.numpy, *v)), everything)(
        *(jax.numpy.asarray(a, float) for a in args)
    )
    agree(have, jaxs)


# ------------------------------------------------------------ traps: nan and inf
def inner_where(x):
    return np.where(x > 0, np.sqrt(np.where(x > 0, x, 1.0)), 0.0)


PAIR = np.array([1000.0, 1000.0])
# function, argument, gradient; and whether differences can see it, so that they must agree
TRAPS = {
    "where inside and outside": (inner_where, 0.0, 0.0, False),
    "where, log of a negative": (lambda x: np.where(x > 0, np.log(x), x), -1.0, 1.0, True),
    "norm at 0": (np.linalg.norm, np.zeros(3), np.zeros(3), False),
    "3-norm at 0": (lambda x: np.linalg.norm(x, ord=3), np.zeros(3), np.zeros(3), False),
    "norm**2 at 0": (lambda x: np.linalg.norm(x) ** 2, np.zeros(3), np.zeros(3), True),
    "std of equal entries": (np.std, np.ones(3), np.zeros(3), False),
    "sqrt at 0": (np.sqrt, np.float64(0.0), INF, False),
    "x**0 at 0": (lambda x: x**0, np.float64(0.0), 0.0, True),
    "x**1 at 0": (lambda x: x**1, np.float64(0.0), 1.0, True),
    "0**x": (lambda x: 0.0**x, np.float64(2.0), 0.0, True),
    "softmax of large values": (lambda x: rules.softmax(x)[0], PAIR, [0.25, -0.25], True),
    "logsumexp of large values": (rules.logsumexp, PAIR, [0.5, 0.5], True),
    "logsumexp, naive": (lambda x: np.log(np.sum(np.exp(x))), PAIR, [NAN, NAN], False),
    "logsumexp with -inf": (rules.logsumexp, np.array([0.0, -INF]), [1.0, 0.0], False),
    "logaddexp.reduce of rows that are not finite": (
        lambda x: np.sum(np.logaddexp.reduce(x, 1)),
        np.array([[-INF, -INF], [-INF, 0.0], [INF, 0.0], [NAN, 0.0], [1e308, -1e308], [2.0, 2.0]]),
        [[0, 0], [0, 1], [NAN, 0], [NAN, NAN], [1, 0], [0.5, 0.5]], False,
    ),
    "logaddexp of large values": (lambda x: np.logaddexp(x, 1e4), 1e4, 0.5, True),
    "prod with two zeros": (np.prod, np.array([0.0, 2.0, 0.0]), np.zeros(3), True),
    "cumprod with zeros": (
        lambda x: np.sum(np.cumprod(x)), np.array([2.0, 0.0, 3.0, 0.0]), [1, 8, 0, 0], True,
    ),
    "sinc at 0": (np.sinc, 0.0, 0.0, True),
    "nansum": (np.nansum, np.array([1.0, NAN]), [1.0, 0.0], False),
    "nanmean": (np.nanmean, np.array([1.0, NAN, 3.0]), [0.5, 0.0, 0.5], False),
    "nanmax": (np.nanmax, np.array([1.0, NAN, 3.0]), [0.0, 0.0, 1.0], False),
    "nan_to_num": (
        lambda x: np.sum(np.nan_to_num(x) ** 2), np.array([1.0, NAN, 3.0]), [2.0, 0, 6.0], False,
    ),
}  # fmt: skip
NO_FORMULA = {"logsumexp of large values", "softmax of large values", "logsumexp with -inf"}
NO_FORMULA |= {"nanmax"}


@pytest.mark.parametrize(
    "engine", [forward, reverse, symbolic, numerical], ids=lambda e: e.__name__
)
@pytest.mark.parametrize("name", TRAPS)
def test_trap(engine, name):
    f, x, want, smooth = TRAPS[name]
    if (engine is numerical and not smooth) or (engine is symbolic and name in NO_FORMULA):
        return
    rtol = 1e-5 if engine is numerical else 1e-12
    np.testing.assert_allclose(engine.grad(f)(x), want, rtol=rtol, atol=rtol)


def test_where_with_inf_in_the_branch_not_taken():
    def f(x):
        return np.where(x > 0, np.sqrt(x), 0.0)

    assert forward.grad(f)(0.0) == symbolic.grad(f)(0.0) == 0.0  # a tangent is chosen like a value
    assert np.isnan(reverse.grad(f)(0.0))  # 0 times inf, as in PyTorch and JAX: see `inner_where`


def test_sinc_is_right_to_high_order_at_0():
    g = np.sinc
    for want in (0.0, -(np.pi**2) / 3, 0.0, np.pi**4 / 5, 0.0, -(np.pi**6) / 7):
        g = reverse.grad(g)
        np.testing.assert_allclose(g(0.0), want, rtol=1e-12, atol=1e-15)


def test_mixed_second_derivative_where_the_exponent_is_0():
    slope = reverse.grad(reverse.grad(lambda a, b: a**b, 0), 1)
    np.testing.assert_allclose(slope(2.0, 0.0), 0.5)
    np.testing.assert_allclose(forward.grad(forward.grad(lambda a, b: a**b, 0), 1)(2.0, 0.0), 0.5)


def test_xlogy_where_its_factor_is_0():
    special = pytest.importorskip("scipy.special", reason="SciPy is not installed")
    for engine in (forward, reverse):
        a, b = engine.grad(special.xlogy, (0, 1))(np.float64(0.0), np.float64(2.0))
        np.testing.assert_allclose([a, b], [np.log(2), 0.0])
        a, b = engine.grad(special.xlogy, (0, 1))(np.float64(0.0), np.float64(0.0))
        assert (a, b) == (0.0, 0.0)  # PyTorch says 0 and nan, JAX -inf and nan


def test_equal_eigenvalues_give_nan_for_vectors_only():
    x = np.eye(3)
    np.testing.assert_allclose(reverse.grad(lambda x: np.sum(np.linalg.eigvalsh(x)))(x), x)
    values = forward.grad(lambda x: np.sum(np.linalg.eigh(x).eigenvalues))(x)
    np.testing.assert_allclose(values, x)
    for engine in (forward, reverse):
        vectors = engine.grad(lambda x: np.linalg.eigh(x).eigenvectors[0, 1])(x)
        assert np.isnan(vectors).any()
        vectors = engine.grad(lambda x: np.linalg.svd(x, full_matrices=False).U[0, 1])(x)
        assert np.isnan(vectors).any()


# ------------------------------------------------------------ the edge of the domain
EDGES = {
    "log": (np.log, 0.0, INF), "log2": (np.log2, 0.0, INF), "log10": (np.log10, 0.0, INF),
    "log1p": (np.log1p, -1.0, INF), "2/x": (lambda x: 2.0 / x, 0.0, -INF),
    "1/x**2": (lambda x: 1 / x**2, 0.0, NAN), "reciprocal": (np.reciprocal, 0.0, -INF),
    "x**-1": (lambda x: x**-1.0, 0.0, -INF), "x**0.5": (lambda x: x**0.5, 0.0, INF),
    "x**0.5 below 0": (lambda x: x**0.5, -1.0, NAN), "huge x**3": (lambda x: x**3, 1e200, INF),
    "arctanh": (np.arctanh, 1.0, INF), "arcsin": (np.arcsin, 1.0, INF),
    "arccos": (np.arccos, 1.0, -INF), "arccosh": (np.arccosh, 1.0, INF),
    "cbrt": (np.cbrt, 0.0, INF), "fmod by 0": (lambda x: np.fmod(1.0, x), 0.0, -INF),
    "x log x": (lambda x: x * np.log(x), 0.0, NAN),
    "arctan2": (lambda x: np.arctan2(x, 0 * x), 0.0, NAN), "exp": (np.exp, 1000.0, INF),
}  # fmt: skip


@pytest.mark.parametrize("kind", [float, np.float64, np.array], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("engine", [forward, reverse], ids=lambda e: e.__name__)
@pytest.mark.parametrize("name", EDGES)
def test_numbers_at_the_edge_of_the_domain(engine, name, kind):
    f, x, want = EDGES[name]
    np.testing.assert_equal(engine.grad(f)(kind(x)), want)


# ------------------------------------------------------------ second derivatives at a kink
def rows(x):
    return np.reshape(np.concatenate([x, x]), (-1, 2))


def norm_times_itself(x):
    n = np.linalg.norm(x)
    return n * n


ZEROS, EYE = np.zeros(4), np.eye(4)
LINE = np.array([-1.75, -0.75, 1.25, 1.25])  # its mean is 0, its square 6.75
CENTRED = 2 / 4 * (EYE - np.ones((4, 4)) / 4)
# function, argument, Hessian: the table in elves/rules/elementwise.py
SECOND = {
    "norm**2": (lambda x: np.linalg.norm(x) ** 2, ZEROS, 2 * EYE),
    "square of norm": (lambda x: np.square(np.linalg.norm(x, 2)), ZEROS, 2 * EYE),
    "norm of rows": (lambda x: np.sum(np.linalg.norm(rows(x), axis=1) ** 2.0), ZEROS, 4 * EYE),
    "Frobenius norm": (lambda x: np.linalg.norm(rows(x), "fro") ** 2, ZEROS, 4 * EYE),
    "matrix_norm": (lambda x: np.linalg.matrix_norm(rows(x)) ** 2, ZEROS, 4 * EYE),
    "vector_norm": (lambda x: np.power(np.linalg.vector_norm(x), 2), ZEROS, 2 * EYE),
    "distances": (
        lambda x: np.sum(np.linalg.norm(rows(x)[:, None] - rows(x), axis=-1) ** 2),
        ZEROS, 16 * np.kron([[1.0, -1.0], [-1.0, 1.0]], np.eye(2)),
    ),
    "norm times itself": (norm_times_itself, ZEROS, 2 * EYE),
    "half a norm**2": (lambda x: 0.5 * np.linalg.norm(3 * x) ** 2, ZEROS, 9 * EYE),
    "abs**2": (lambda x: np.sum(np.abs(x) ** 2), ZEROS, 2 * EYE),
    "fabs**2": (lambda x: np.sum(np.square(np.fabs(x))), ZEROS, 2 * EYE),
    "abs**3": (lambda x: np.sum(np.abs(x) ** 3), ZEROS, 0 * EYE),
    "norm**4": (lambda x: np.linalg.norm(x) ** 4, ZEROS, 0 * EYE),
    "hypot**2": (lambda x: np.sum(np.hypot(x, 2 * x) ** 2), ZEROS, 10 * EYE),
    "std**2": (lambda x: np.std(x) ** 2, ZEROS + 3, CENTRED),
    "nanstd**2": (lambda x: np.nanstd(x) ** 2, ZEROS + 3, CENTRED),
    "corrcoef of rows that go together": (
        lambda x: np.corrcoef(np.stack([x * 1.0, LINE + 7.0]))[0, 1], LINE + 2.0,
        (np.outer(LINE, LINE) / 6.75 - EYE + 0.25) / 6.75,
    ),
    "std**2, ddof": (
        lambda x: np.sum(x.std(0, ddof=1, keepdims=True) ** 2), ZEROS,
        CENTRED * 4 / 3),
    "norm away from 0": (lambda x: np.linalg.norm(x) ** 2, ZEROS + 1, 2 * EYE),
    # conventions, which may be wrong
    "abs times abs": (lambda x: np.sum(np.abs(x) * np.abs(x)), ZEROS, 0 * EYE),
    "root of a sum": (lambda x: np.sqrt(np.sum(x**2)) ** 2, ZEROS, NAN * EYE),
    "norm": (np.linalg.norm, ZEROS, EYE),
    "abs": (lambda x: np.sum(np.abs(x)), ZEROS, 0 * EYE),
    "maximum**2": (lambda x: np.sum(np.maximum(x, 0.0) ** 2), ZEROS, 0.5 * EYE),
}  # fmt: skip
HESSIANS = {
    "forward over reverse": reverse.hessian,
    "reverse over reverse": lambda f: reverse.jacobian(reverse.grad(f)),
    "forward over forward": lambda f: forward.jacobian(forward.grad(f)),
    "tracing": tracing.hessian,
    "jit": lambda f: tracing.jit(reverse.hessian(f)),
    "graph": lambda f: by_columns(static_graph, f),
    "formula": lambda f: by_columns(symbolic, f),
    "source": source.hessian,
    "products": lambda f: lambda x: np.stack([source.hvp(f, (x,), (v,)) for v in np.eye(len(x))]),
}


def by_columns(engine, f):
    return lambda x: np.stack(
        [engine.grad(lambda x, k=k: engine.grad(f)(x)[k])(x) for k in range(len(x))]
    )


@pytest.mark.parametrize("how", HESSIANS)
@pytest.mark.parametrize("name", SECOND)
def test_second_derivative_at_a_kink(how, name):
    f, x, want = SECOND[name]
    have = HESSIANS[how](f)(x)
    if np.isnan(want).any():
        assert np.isnan(np.diag(have)).all()
    else:
        np.testing.assert_allclose(have, want, rtol=1e-12, atol=1e-12)


# ------------------------------------------------------------ zeros that are true, times inf
JACOBIANS = {
    "forward": forward.jacobian, "reverse": reverse.jacobian, "jacfwd": tracing.jacfwd,
    "jacrev": tracing.jacrev, "either": tracing.jacobian, "source": source.jacobian,
}  # fmt: skip
PATTERNS = {
    "sqrt": (np.sqrt, np.diag([INF, 0.5, 0.25])),
    "x log x": (lambda x: x * np.log(x), np.diag([NAN, 1.0, np.log(4) + 1])),
    "1 / x": (lambda x: 1 / x, np.diag([-INF, -1.0, -1 / 16])),
    "mixed": (
        lambda x: np.stack([np.log(x[0]), x[1] * x[2]]), np.array([[INF, 0, 0], [0, 4.0, 1.0]]),
    ),
    "arctan2": (lambda x: np.arctan2(x, x), np.diag([NAN, 0.0, 0.0])),
    "guarded": (lambda x: np.where(x > 0, np.sqrt(x), 0.0), np.diag([0, 0.5, 0.25])),
    "running": (
        lambda x: np.cumsum(np.sqrt(x)), np.array([[INF, 0, 0], [INF, 0.5, 0], [INF, 0.5, 0.25]]),
    ),
    "joined": (
        lambda x: np.concatenate([np.sqrt(x[:2]), x[2:]]), np.diag([INF, 0.5, 1.0]),
    ),
    "root of a square": (lambda x: np.sqrt(x) ** 2, np.diag([NAN, 1.0, 1.0])),  # 0 by numbers
}  # fmt: skip


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("how", JACOBIANS)
@pytest.mark.parametrize("name", PATTERNS)
def test_true_zeros_times_inf(how, name, compiled):
    f, want = PATTERNS[name]
    jacobian = tracing.jit(JACOBIANS[how](f)) if compiled else JACOBIANS[how](f)
    np.testing.assert_allclose(jacobian(np.array([0.0, 1.0, 4.0])), want, rtol=1e-12)


def test_a_compiled_program_keeps_true_zeros_only_where_a_nan_asks_for_them():
    jacobian = tracing.jit(forward.jacobian(lambda x: np.sqrt(x) * x[0]))
    jacobian(np.array([1.0, 4.0]))
    usual = jacobian.source
    np.testing.assert_equal(jacobian(np.array([4.0, 0.0])), [[3.0, 0.0], [0.0, INF]])
    assert jacobian.source != usual
    np.testing.assert_equal(jacobian(np.array([4.0, 1.0])), [[3.0, 0.0], [1.0, 2.0]])
    within = tracing.jit(lambda x: 2 * tracing.jit(forward.jacobian(np.log))(x))
    np.testing.assert_equal(within(np.array([0.0, 4.0])), [[INF, 0.0], [0.0, 0.5]])


def test_loops_are_compiled_with_true_zeros_around_them():
    def f(x):
        grown = tracing.while_loop(lambda s: np.sum(s) < 9, lambda s: s * 2, x + 1)
        return tracing.fori_loop(0, 3, lambda i, s: s + np.cos(s), grown) * np.sqrt(x[0])

    x = np.array([0.0, 1.0])
    assert np.isnan(tracing.jit(forward.jacobian(f))(x)).sum() <= 1
    x[0] = 1.0
    have, want = tracing.jit(forward.jacobian(f))(x), numerical.jacobian(f)(x)
    np.testing.assert_allclose(have, want, rtol=1e-6)


def test_a_slope_by_one_argument_where_that_by_the_other_is_nan():
    def power(x, y):
        return x**y

    for engine in (forward, reverse, tracing, static_graph, symbolic):
        np.testing.assert_equal(engine.grad(power, (0, 1))(-2.0, 3.0), (12.0, NAN))
        np.testing.assert_equal(engine.grad(np.multiply, (0, 1))(INF, 2.0), (2.0, INF))
    np.testing.assert_equal(forward.jvp(power, (-2.0, 3.0), (1.0, 0.0)), (-8.0, 12.0))
    slope = forward.jvp(np.sqrt, (np.array([0.0, 4.0]),), (np.array([0.0, 1.0]),))[1]
    np.testing.assert_equal(slope, [0.0, 0.25])
    of_pair = forward.jacobian(lambda x: x[0] ** x[1])(np.array([-2.0, 3.0]))
    np.testing.assert_equal(of_pair, [12.0, NAN])
    compiled = tracing.jit(forward.grad(power, (0, 1)))
    np.testing.assert_equal(compiled(-2.0, 3.0), (12.0, NAN))
    for f, x, v, want in (
        (power, (-2.0, 3.0), (1.0, 0.0), 12.0),
        (lambda p, q: p[0] * q[0], ([3.0], [INF]), ([0.0], [1.0]), 3.0),
        (power, (2.0, 3.0), (0.0, 0.0), 0.0),
    ):
        assert source.jvp(f, x, v)[1] == want

    many = batching.vmap(forward.grad(power, (0, 1)))(np.array([-2.0, 2.0]), np.array([3.0, 3.0]))
    np.testing.assert_allclose(many[0], [12.0, 12.0])


def test_products_with_zeros_in_single_precision():
    x = np.array([0.0, 1e30, 1e30, 2.0], np.float32)
    for engine in (forward, reverse, tracing):
        np.testing.assert_equal(engine.grad(np.prod)(x), np.float32([INF, 0, 0, 0]))


def test_the_losers_of_a_maximum_get_nothing_of_inf():
    for engine in (forward, reverse):
        slope = engine.grad(lambda x: np.sqrt(np.max(x)))(np.array([0.0, -1.0]))
        np.testing.assert_equal(slope, [INF, 0.0])
    assert forward.grad(lambda x: np.max(np.stack([np.sqrt(x), x + 1])))(0.0) == 1.0


def test_second_derivatives_of_cumprod_at_zeros():
    def f(t):
        x = np.stack([t, t + 1, 2 - t, t - 1, 2 * t + 1, t + 3])
        weights = np.array([[1.0, 2, 3], [4, 5, 6]])
        return np.sum(np.cumprod(np.reshape(x, (2, 3)), axis=-1) * weights)

    for engine in (forward, reverse, tracing, static_graph, symbolic):
        np.testing.assert_allclose(engine.grad(engine.grad(f))(1.0), 144.0, rtol=1e-12)


def test_singular_vectors_of_a_singular_matrix():
    x = np.array([[1.0, 2.0, 0.0], [-1.0, 0.0, 1.0], [1.0, 2.0, 0.0]])  # the last value is 0
    u, _, vt = np.linalg.svd(x)
    for engine in (reverse, tracing, source):
        for f in (
            lambda x: np.linalg.svd(x)[0][0, 1],
            lambda x: np.linalg.svd(x)[1][1],
            lambda x: np.linalg.svd(x)[2][1, 0],
        ):
            want = numerical.grad(f)(x)
            np.testing.assert_allclose(engine.grad(f)(x), want, rtol=1e-6, atol=1e-8)
        all_of_them = engine.grad(lambda x: np.sum(np.linalg.svd(x)[0] ** 2))(x)
        np.testing.assert_allclose(all_of_them, 0 * x, atol=1e-12)  # lengths do not change
    np.testing.assert_array_equal(tracing.jit(lambda x: np.linalg.svd(x)[2])(x), vt)
    nuclear = reverse.grad(lambda x: np.sum(np.linalg.svd(x)[1]))(x)
    np.testing.assert_allclose(nuclear, u @ vt, atol=1e-12)  # one of its slopes, as in PyTorch
    tall = forward.jacobian(lambda x: np.linalg.svd(x, full_matrices=False)[0])(np.ones((3, 2)))
    assert np.isnan(tall[:, 1]).any()  # a vector of the value 0 may point anywhere


def test_zeros_that_are_numbers_where_one_might_expect_none():
    def before(x):
        w = np.arcsin(x)
        y = 2 * x if x > 0.5 else w
        return y * 1.0

    def inside(x):
        y = 2 * x if x > 0.5 else np.arcsin(x)
        return y * 1.0

    for engine in (reverse, forward, tracing, source):
        assert engine.grad(before)(1.0) == engine.grad(inside)(1.0) == 2.0
    slope = lambda v: forward.jvp(lambda x: np.sqrt(x[0]) + x[1], (np.eye(2)[1],), (v,))[1]  # noqa: E731
    assert slope(np.eye(2)[1]) == 1.0 and np.isnan(tracing.jit(slope)(np.eye(2)[1]))

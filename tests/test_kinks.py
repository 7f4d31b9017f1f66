"""What the table says where a function has a kink, an edge or a trap, beside PyTorch and JAX."""

import numpy as np
import pytest

from elves import forward, numerical, reverse, rules, symbolic

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

"""Every row gives NumPy's own value, bit for bit, in the engines that run the user's own calls."""

import functools

import numpy as np
import pytest

from elves import core, forward, reverse, source, static_graph, tracing, trees
from elves.errors import ElfError
from samples import SAMPLES, floats

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")

# What is put into every array (or what becomes of it): overflow, nothing, signs of zero, views.
FILLS = {
    "as it is": (), "inf": (np.inf, -np.inf), "nan": (np.nan,), "zeros": (-0.0, 0.0),
    "overflow on the way": (1e200, 1e-200), "tiny": (5e-324, 1e-308), "ties": (1.0, 1.0, 1.0),
}  # fmt: skip
LOOKS = {
    "float32": lambda a: a.astype(np.float32),
    "float16": lambda a: a.astype(np.float16),
    "gaps": lambda a: np.repeat(a, 2, -1)[..., ::2] if a.ndim else a,
    "columns first": lambda a: np.asarray(a, order="F"),
    "empty": lambda a: a[..., :0] if a.ndim else a,
    "0-d": lambda a: a if a.ndim else np.array(a),
}


def filled(a, numbers):
    a = np.array(a)
    a.reshape(-1)[: len(numbers)] = numbers[: a.size]
    return a


def looks(args):
    """The float arguments of a sample in all these ways; Python's floats as NumPy's."""
    primals, fill = floats(args)
    flat = [a if isinstance(a, np.ndarray) else np.float64(a) for a in trees.leaves(primals)]
    for numbers in FILLS.values():
        yield trees.rebuild(primals, [filled(a, numbers)[()] for a in flat]), fill
    for look in LOOKS.values():
        yield trees.rebuild(primals, [look(a) for a in flat]), fill


def by_forward(f, primals):
    tangents = trees.rebuild(primals, map(np.ones_like, trees.leaves(primals)))
    return forward.one_pass(f, primals, tangents)[0]


def by_reverse(f, primals):
    inputs, y = reverse.record(f, primals)
    return trees.rebuild(y, [reverse.plain(a, inputs) for a in trees.leaves(y)])


def by_tracing(f, primals):
    return tracing.linearize(f, *primals)[0]


def by_graph(f, primals):
    if any(np.result_type(p) != "float64" for p in trees.leaves(primals)):
        return None  # placeholders are of double precision
    if not all(np.asarray(p).flags.forc for p in trees.leaves(primals)):
        return None  # what is fed is copied, and sums of a view with gaps round in another way
    nodes = [static_graph.placeholder("x", np.shape(p)) for p in trees.leaves(primals)]
    y = f(*trees.rebuild(primals, nodes))
    if isinstance(y, (tuple, list)):
        return None  # several results are those of the definition
    return static_graph.run(y, dict(zip(nodes, trees.leaves(primals), strict=True)))


def same_bits(have, want):
    for a, b in zip(trees.leaves(have), trees.leaves(want), strict=True):
        a, b = np.asarray(a), np.asarray(b)
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        if a.dtype.kind == "f":  # nobody promises the sign and the payload of nan
            a, b = (np.where(np.isnan(x), np.nan, x).astype(x.dtype) for x in (a, b))
        assert a.tobytes() == b.tobytes(), f"{a} is not {b}"


CASES = [
    pytest.param(rule, *sample, k == 0, id=f"{rule.name}-{k}")
    for rule in core.RULES.values()
    for k, sample in enumerate(SAMPLES.get(rule.function, []))
]
FOREVER = {np.linalg.svd, np.linalg.pinv, np.linalg.lstsq}  # so long NumPy itself looks at inf
REFUSED = (  # by NumPy, or by a row that has no slope there
    ElfError, ValueError, IndexError, TypeError, ZeroDivisionError, np.linalg.LinAlgError,
)  # fmt: skip


@pytest.mark.parametrize(("rule", "args", "kwargs", "first"), CASES)
def test_row(rule, args, kwargs, first):
    """All the ways for the first sample of a row, and for the others those that find the most."""
    for k, (primals, fill) in enumerate(looks(args)):
        if (not first and k not in (0, 1, 4)) or (k == 1 and rule.function in FOREVER):
            continue

        def f(*values, fill=fill):
            return rule.function(*fill(values), **kwargs)

        try:
            want = f(*primals)
        except REFUSED:
            continue
        for engine in (by_forward, by_reverse, by_tracing, by_graph)[: None if k in (0, 4) else 2]:
            try:
                have = engine(f, primals)
            except REFUSED:
                continue
            if have is not None:
                same_bits(have, want)


# ------------------------------------------------------------ as a user sees it, source included
MATRIX = np.array([[0.3, -1.1, 0.7], [1.9, 0.2, -0.4], [0.1, 0.8, 1.3]])


def prod(x):
    return np.prod(x)


def prod_of_axes(x):
    return np.sum(np.prod(np.reshape(x, (2, 1, 3)), axis=(0, 2), keepdims=True))


def cumprod(x):
    return np.sum(np.cumprod(x))


def mean(x):
    return np.mean(x)


def var(x):
    return np.var(x, ddof=1)


def std(x):
    return x.std()


def norm(x):
    return np.linalg.norm(x)


def norm_squared(x):
    return np.linalg.norm(x) ** 2


def hypot_squared(x):
    return np.sum(np.hypot(x, 0.3) ** 2)


def cubic_norm(x):
    return np.linalg.norm(x, 3)


def median(x):
    return np.median(x)


def quantile(x):
    return np.sum(np.quantile(x, [0.2, 0.77]))


def interp(x):
    return np.sum(np.interp(x, np.array([-1.0, 0.1, 2.0]), np.array([0.3, 0.9, -0.7])))


def average(x):
    return np.average(x, weights=np.arange(1.0, 7.0))


def trapezoid(x):
    return np.trapezoid(x, dx=0.3)


def gradient(x):
    return np.sum(np.gradient(x, 0.3))


def convolve(x):
    return np.sum(np.convolve(x, np.array([0.1, 0.7, -0.3])))


def correlate(x):
    return np.sum(np.correlate(x, np.array([0.1, 0.7, -0.3])))


def kron(x):
    return np.sum(np.kron(x, MATRIX))


def dot(x):
    return np.dot(x, x)


def dot_of_a_view(x):
    return np.sum(np.dot(MATRIX, x[::2]))


def tensordot(x):
    return np.sum(np.tensordot(np.reshape(x, (2, 3)), MATRIX, ([1], [0])))


def einsum(x):
    return np.einsum("ij,kj->", np.reshape(x, (2, 3)), MATRIX)


def inner(x):
    return np.sum(np.inner(np.reshape(x, (2, 3)), MATRIX))


def vdot(x):
    return np.vdot(x, x)


def polyval(x):
    return np.sum(np.polyval(x, np.array([0.3, 1.7])))


def nanmean(x):
    return np.nanmean(x)


def sinc(x):
    return np.sum(np.sinc(x))


def power_of_a_matrix(x):
    return np.sum(np.linalg.matrix_power(np.reshape(x[:4], (2, 2)), 3))


PROGRAMS = [f for f in list(globals().values()) if getattr(f, "__module__", "") == __name__]
PROGRAMS = PROGRAMS[PROGRAMS.index(prod) :]
POINTS = [
    np.array([0.31, -1.27, 0.77, 1.13, -0.41, 0.59]),
    np.array([1e200, 1e-200, 1e200, 1e-200, 3.0, 0.1]),
    np.array([0.0, -0.0, 1.0, 1e-300, 1e-10, 2.0]),
    np.array([1.1, np.inf, 0.3, 0.7, 1.9, 0.2]),
    np.array([1.1, 0.3, np.nan, 0.7, 1.9, 0.2]),
    np.array([2.0, 2.0, 2.0, 2.0, 2.0, 2.0]),
    np.array([0.31, 1.27, 0.77, 1.13, 0.41, 0.59], np.float32),
]


@pytest.mark.parametrize("engine", [forward, reverse, static_graph, tracing, source])
@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_value_and_grad(engine, f):
    for x in POINTS:
        same_bits(engine.value_and_grad(f)(x)[0], f(x))
    for function in (prod, mean, norm, dot):
        gaps = np.repeat(POINTS[0], 2)[::2]
        same_bits(engine.value_and_grad(function)(gaps)[0], function(gaps))


def test_what_jit_rewrites_stays_near():
    for f in PROGRAMS:
        x = POINTS[0]
        np.testing.assert_allclose(tracing.jit(f)(x), f(x), rtol=1e-14, atol=1e-15)
    assert tracing.jit(prod)(POINTS[1][:4]) == np.prod(POINTS[1][:4]) == 1.0


def test_the_slopes_of_a_product_do_not_overflow_on_the_way_either():
    x = POINTS[1][:4]
    want = [1e-200, 1e200, 1e-200, 1e200]
    for engine in (forward, reverse, static_graph, tracing, source):
        np.testing.assert_allclose(engine.grad(prod)(x), want, rtol=1e-12)


def test_a_definition_serves_the_derivatives_of_its_value_too():
    x = np.array([0.3, -1.2, 0.7])
    for f in (np.prod, np.median, np.linalg.norm, lambda x: np.sum(np.cumprod(x) ** 2)):
        want = reverse.jacobian(reverse.grad(f))(x)
        for hessian in (reverse.hessian, tracing.hessian):
            np.testing.assert_allclose(hessian(f)(x), want, rtol=1e-12, atol=1e-14)
        twice = forward.jacobian(forward.grad(f))(x)
        np.testing.assert_allclose(twice, want, rtol=1e-12, atol=1e-14)


def test_a_graph_computes_a_definition_only_where_a_slope_needs_it():
    x = static_graph.placeholder("x", (4,))
    y = np.prod(x)
    assert static_graph.count(y) == 1
    slope = static_graph.gradients(static_graph.optimise(y), x)
    np.testing.assert_allclose(static_graph.run(slope, {x: np.arange(1.0, 5.0)}), [24, 12, 8, 6])


TABLE = {2.0: 3.0, -1.5: 4.0}
OF_KEYS = {
    "get": lambda x: x * TABLE.get(x, 7.0),
    "entry": lambda x: x * {2.0: 3.0, x: 4.0}[x],
    "in a dict": lambda x: x * (x in TABLE),
    "in a set": lambda x: x * (1 + (x in {2.0, 5.0})),
    "not in": lambda x: x * (x not in {2.0, 5.0}),
    "a set": lambda x: x * len({x, 2.0, -1.5}),
    "its own key": lambda x: x * {x: 4.0}.get(2.0, 9.0),
    "fromkeys": lambda x: x * dict.fromkeys([x], 2.0).get(-1.5, 1.0),
}


@pytest.mark.parametrize("f", OF_KEYS.values(), ids=OF_KEYS)
def test_what_is_differentiated_is_no_key(f):
    for engine in (
        reverse.grad,
        forward.grad,
        tracing.grad,
        lambda f: reverse.grad(forward.grad(f)),
    ):
        with pytest.raises(ElfError, match=r"no key of a dict, .*x in \[1.0, 2.0\]"):
            engine(f)(2.0)
    for compiled in (tracing.jit(f), tracing.jit(tracing.grad(f))):
        with pytest.raises(ElfError, match="or a dict could look at"):
            compiled(2.0)
    assert tracing.jit(f, static_argnums=0)(2.0) == f(2.0)
    with pytest.raises(ElfError, match="be a key"):
        tracing.vmap(f)(np.array([2.0, 2.0]))


def test_a_cache_holds_no_derivative_of_an_earlier_call():
    f = functools.cache(lambda x: x * x)
    for _ in range(2):
        for engine in (reverse.grad, forward.grad):
            with pytest.raises(ElfError, match="a cache such as"):
                engine(lambda x: f(x[0]) + 3 * f(x[1]))(np.array([1.0, 1.0]))
            assert engine(lambda x: x * (x in [2.0, 5.0]))(2.0) == 1.0
    assert f(1.0) == 1.0


def test_an_array_is_no_key_as_in_numpy():
    for engine in (reverse.grad, forward.grad):
        with pytest.raises(TypeError, match="unhashable type"):
            engine(lambda x: np.sum(x) * (x in {1.0, 2.0}))(np.ones(2))

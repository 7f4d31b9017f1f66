"""Shapes, axes, broadcasting, dtypes and values that nobody thought of: drawn by hypothesis."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from elves import forward, reverse
from elves.testing import check_grads

settings.register_profile("rows", max_examples=25, deadline=None, derandomize=True)
SETTINGS = settings.get_profile("rows")
SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=1, max_side=3)
UP_TO_3 = st.integers(0, 3)


def apart(shape, seed, low=0.2, high=1.4):
    """Entries far from each other, so that none is nearly a tie, and far from 0."""
    size = int(np.prod(shape))
    values = np.linspace(low, high, size) if size > 1 else np.full(size, 0.7)
    return np.random.default_rng(seed).permutation(values).reshape(shape)


def same_value(f, *args):
    have, want = reverse.vjp(f, *args)[0], f(*args)
    np.testing.assert_allclose(have, want, rtol=1e-13, atol=1e-15)
    assert np.shape(have) == np.shape(want)


@st.composite
def axes(draw, shape):
    """None, a number, a negative number or a tuple: every form that an axis takes."""
    if not shape:
        return draw(st.sampled_from([None, ()]))
    one = st.integers(-len(shape), len(shape) - 1)
    several = hnp.valid_tuple_axes(len(shape), min_size=1)
    return draw(st.one_of(st.none(), one, several))


REDUCTIONS = [
    np.sum, np.mean, np.prod, np.max, np.min, np.var, np.std, np.ptp, np.median, np.nansum,
    np.nanmean, np.nanmax, np.linalg.vector_norm,
]  # fmt: skip


@pytest.mark.parametrize("reduce", REDUCTIONS, ids=lambda f: f.__name__)
@SETTINGS
@given(st.data())
def test_reductions_over_any_axes(reduce, data):
    shape = data.draw(SHAPES)
    axis, keepdims = data.draw(axes(shape)), data.draw(st.booleans())
    if axis == () and reduce in (np.median, np.ptp, np.linalg.vector_norm):
        axis = None
    x = apart(shape, data.draw(UP_TO_3))

    def f(x):
        return reduce(x, axis=axis, keepdims=keepdims)

    same_value(f, x)
    if reduce is np.std and np.size(f(x)) and np.any(f(x) == 0):
        return  # one entry alone does not vary: a kink
    check_grads(f, (x,), order=1)


PAIRS = [
    np.add, np.subtract, np.multiply, np.divide, np.power, np.maximum, np.minimum, np.hypot,
    np.arctan2, np.logaddexp, np.remainder, np.copysign,
]  # fmt: skip


@pytest.mark.parametrize("f", PAIRS, ids=lambda f: f.__name__)
@SETTINGS
@given(st.data())
def test_broadcasting(f, data):
    shapes = data.draw(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3))
    a, b = apart(shapes.input_shapes[0], 1), apart(shapes.input_shapes[1], 2, 1.63, 2.9)
    if data.draw(st.booleans()):
        a, b = b + 0.05, a
    if f is np.remainder and np.any(np.abs(np.remainder(a, b) / b - 0.5) > 0.45):
        return  # at a jump
    same_value(f, a, b)
    check_grads(f, (a, b), order=1)


UNARY = [
    np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan, np.sinh, np.cosh, np.tanh, np.arcsinh,
    np.arctanh, np.exp, np.exp2, np.expm1, np.log1p, np.sinc, np.square, np.abs, np.cbrt,
]  # fmt: skip


@pytest.mark.parametrize("f", UNARY, ids=lambda f: f.__name__)
@SETTINGS
@given(st.floats(0.05, 0.9), st.booleans())
def test_values(f, x, negative):
    check_grads(f, (-x if negative else x,), order=2)


@SETTINGS
@given(st.data())
def test_indexing(data):
    x = apart(data.draw(hnp.array_shapes(min_dims=1, max_dims=3, max_side=3)), 0)
    if data.draw(st.booleans()):
        index = data.draw(hnp.basic_indices(np.shape(x), allow_newaxis=True))
    else:
        index = data.draw(hnp.integer_array_indices(np.shape(x)))
    same_value(lambda x: x[index], x)
    check_grads(lambda x: x[index], (x,), order=1)


@SETTINGS
@given(st.data())
def test_matmul(data):
    shapes = data.draw(hnp.mutually_broadcastable_shapes(signature=np.matmul.signature, max_side=3))
    a, b = (apart(shape, k) for k, shape in enumerate(shapes.input_shapes))
    same_value(np.matmul, a, b)
    check_grads(np.matmul, (a, b), order=1)


@SETTINGS
@given(st.data())
def test_einsum(data):
    sizes = dict(zip("ijkl", data.draw(st.permutations([1, 2, 2, 3])), strict=True))
    terms = data.draw(st.lists(st.text("ijkl", min_size=0, max_size=3), min_size=1, max_size=3))
    letters = sorted(set("".join(terms)))
    result = "".join(data.draw(st.permutations(letters)))[: data.draw(UP_TO_3)]
    dots = data.draw(st.booleans())
    text = ",".join("..." * dots + t for t in terms) + "->" + "..." * dots + result
    ahead = (2,) * dots
    arrays = [apart((*ahead, *(sizes[c] for c in t)), k) for k, t in enumerate(terms)]
    same_value(lambda *a: np.einsum(text, *a), *arrays)
    check_grads(lambda *a: np.einsum(text, *a), tuple(arrays), order=1)


@SETTINGS
@given(st.data())
def test_moving_entries(data):
    shape = data.draw(hnp.array_shapes(min_dims=1, max_dims=3, max_side=3))
    x, ndim = apart(shape, 0), len(shape)
    axis, other = (data.draw(st.integers(-ndim, ndim - 1)) for _ in range(2))
    shift, order = data.draw(st.integers(-4, 4)), data.draw(st.permutations(range(ndim)))
    for f in (
        lambda x: np.roll(x, shift, axis), lambda x: np.moveaxis(x, axis, other),
        lambda x: np.swapaxes(x, axis, other), lambda x: np.transpose(x, order),
        lambda x: np.flip(x, axis), lambda x: np.repeat(x, 2, axis), lambda x: np.cumsum(x, axis),
        lambda x: np.cumprod(x, axis), lambda x: np.sort(x, axis), lambda x: np.tile(x, (2, 1)),
        lambda x: np.stack([x, x * x], axis), lambda x: np.concatenate([x, x * x], axis),
        lambda x: np.expand_dims(x, axis), lambda x: np.pad(x, 2, "symmetric"),
        lambda x: np.diff(x, axis=axis), lambda x: np.split(x, [1], axis)[0],
        lambda x: np.take(x, [0, 0, -1], axis), lambda x: np.unstack(x, axis=axis)[0],
        lambda x: np.quantile(x, 0.3, axis),
    ):  # fmt: skip
        same_value(f, x)
        check_grads(f, (x,), order=1)


@pytest.mark.parametrize("function", [np.convolve, np.correlate], ids=lambda f: f.__name__)
@SETTINGS
@given(st.integers(1, 5), st.integers(1, 5), st.sampled_from(["full", "same", "valid"]))
def test_convolution(function, n, m, mode):
    def f(a, v):
        return function(a, v, mode)

    same_value(f, apart((n,), 0), apart((m,), 1))
    check_grads(f, (apart((n,), 0), apart((m,), 1)), order=1)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "longdouble"])
@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(np.tanh(x) * x**2 / 2), lambda x: np.std(x) + np.prod(x), np.linalg.norm,
        lambda x: np.max(x) + np.sum(np.sort(x)[:2] * x[0]), lambda x: np.sum(np.cumprod(x)),
        lambda x: np.sum(np.where(x > 0.5, np.sin(x), 1.0) @ np.reshape(x, (3, 1))),
        lambda x: np.einsum("i,i->", x, x) + np.sum(np.concatenate([x, 2 * x])), np.mean,
        lambda x: np.quantile(x, 0.5) + np.sum(np.convolve(x, x)),
    ],
    ids=lambda f: getattr(f, "__name__", "f"),
)  # fmt: skip
def test_dtypes_are_kept(f, dtype):
    x = np.array([0.3, 0.9, 0.6], dtype)
    want = reverse.grad(f)(x.astype(float))
    for engine in (forward, reverse):
        y, have = engine.value_and_grad(f)(x)
        assert have.dtype == x.dtype and np.result_type(y) == x.dtype
        eps = max(np.finfo(dtype).eps, np.finfo(float).eps)
        np.testing.assert_allclose(have.astype(float), want, rtol=20 * eps, atol=20 * eps)
    if dtype != "float16":
        check_grads(f, (x,), order=1)


def test_empty_arrays():
    for f in (np.sum, np.prod, lambda x: np.sum(np.cumsum(x)), lambda x: np.sum(x @ x.T)):
        for engine in (forward, reverse):
            assert engine.grad(f)(np.zeros((0, 3))).shape == (0, 3)

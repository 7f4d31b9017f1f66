"""NumPy's functions of one plain array, by the method that does the same without looking around.

``np.sum(x, axis=1)`` asks first what x is, and whether somebody else wants to answer. The tape has
asked that already. What is no plain array goes through NumPy, which hands it over to its engine.
"""

import contextlib
import functools
import math

import numpy as np

from elves.core.operators import FASTER, ndim_of, shape_of
from elves.core.values import Value


def sum_of(x, axis=None, keepdims=False):
    if type(x) is np.ndarray:
        return np.add.reduce(x, axis, None, None, keepdims)
    return np.sum(x, axis=axis, keepdims=keepdims)


@functools.lru_cache(maxsize=256)
def ones(n):
    y = np.ones(n)
    y.setflags(write=False)  # since it is shared
    return y


def add_up(g, axes):
    """``np.sum(g, axes)`` by a product with ones, where these axes are side by side.

    That is several times faster than adding up, which begins anew for each row. But along the
    last axis NumPy adds long rows more exactly.

    >>> add_up(np.ones((50, 3)), (1,))[:2]
    array([3., 3.])
    """
    if type(g) is not np.ndarray:
        return np.sum(g, axis=axes)
    shape, first, last = g.shape, axes[0], axes[-1] + 1
    n, rest = math.prod(shape[first:last]), shape[:first] + shape[last:]
    usual = g.dtype != np.float64 or not g.flags.c_contiguous or last - first > len(axes)
    if usual or g.size < FEW or not rest or (last == g.ndim and n > SHORT):
        return np.add.reduce(g, axes)
    if last == g.ndim:
        return (g.reshape(-1, n) @ ones(n)).reshape(rest)
    return (ones(n) @ g.reshape(*shape[:first], n, -1)).reshape(rest)


SMALL = 2000  # entries
FEW, SHORT = 100, 128  # NumPy adds up to 128 numbers one by one, and more of them in pairs


def max_of(x, axis=None, keepdims=False):
    if type(x) is np.ndarray:
        return np.maximum.reduce(x, axis, None, None, keepdims)
    return np.max(x, axis=axis, keepdims=keepdims)


def min_of(x, axis=None, keepdims=False):
    if type(x) is np.ndarray:
        return np.minimum.reduce(x, axis, None, None, keepdims)
    return np.min(x, axis=axis, keepdims=keepdims)


def reshape(x, shape):
    return x.reshape(shape) if type(x) is np.ndarray else np.reshape(x, shape)


def shaped_like(g, x):
    """A cotangent in the shape of x; one number as a number, with which arithmetic is fast."""
    shape = shape_of(x)
    return reshape(g, shape) if shape or type(g) is not np.ndarray else g.reshape(())[()]


def ravel(x):
    return x.ravel() if type(x) is np.ndarray else np.ravel(x)


def transpose(x, axes=None):
    return x.transpose(axes) if type(x) is np.ndarray else np.transpose(x, axes)


def swapaxes(x, axis1, axis2):
    if type(x) is np.ndarray:
        return x.swapaxes(axis1, axis2)
    return np.swapaxes(x, axis1, axis2)


def squeeze(x, axis=None):
    return x.squeeze(axis) if type(x) is np.ndarray else np.squeeze(x, axis)


def expand_dims(x, axis):
    """One more axis of length 1.

    >>> expand_dims(np.zeros((2, 3)), -1).shape
    (2, 3, 1)
    """
    if type(x) is np.ndarray and type(axis) is int and -x.ndim - 1 <= axis <= x.ndim:
        shape = list(x.shape)
        shape.insert(axis if axis >= 0 else axis + x.ndim + 1, 1)
        return x.reshape(shape)
    if type(x) is np.float64 and type(axis) is int and axis in (0, -1):
        return np.array((x,))
    return np.expand_dims(x, axis)


def broadcast_to(x, shape):
    """A large one takes no memory of its own, and cannot be written to; a small one is faster.

    >>> broadcast_to(np.array([[1.0], [2.0]]), (2, 3))
    array([[1., 1., 1.],
           [2., 2., 2.]])
    """
    kind = type(x)
    plain = (kind is np.float64 or kind is np.ndarray) and type(shape) is tuple
    if plain and x.ndim <= len(shape) and math.prod(shape) <= SMALL:
        y = np.empty(shape, x.dtype)
        y[...] = x
        return y
    if kind is np.float64 and type(shape) is tuple and min(shape, default=1) > 0:
        return np.ndarray(shape, float, x, 0, (0,) * len(shape))
    if kind is np.ndarray and type(shape) is tuple and x.flags.c_contiguous:
        extra = len(shape) - x.ndim
        pairs = zip(x.shape, shape[extra:], x.strides, strict=True) if extra >= 0 else ()
        strides = [s if m == n else 0 if m == 1 else None for m, n, s in pairs]
        if extra >= 0 and None not in strides and min(shape, default=1) > 0:
            y = np.ndarray(shape, x.dtype, x, 0, (*(0,) * extra, *strides))
            y.setflags(write=False)
            return y
    return np.broadcast_to(x, shape)


def matvec(a, x):
    """The product of a matrix and a vector, or of stacks of them."""
    if type(a) is type(x) is np.ndarray and a.ndim == 2 and x.ndim == 1:
        return np.matmul(a, x)
    return np.matmul(a, expand_dims(x, -1))[..., 0]


def matmul(a, b):
    """``np.matmul``, where a stack of matrices times one is a single product."""
    if type(a) is type(b) is np.ndarray and b.ndim == 2 < a.ndim and a.flags.c_contiguous:
        return (a.reshape(-1, a.shape[-1]) @ b).reshape(*a.shape[:-1], b.shape[-1])
    return np.matmul(a, b)


def summed(a, g, b):
    """The sum of the products aᵀ g of two stacks, in one, where b is a single matrix; else None."""
    if type(a) is type(g) is np.ndarray and ndim_of(b) == 2 < a.ndim and a.size and g.size:
        return a.reshape(-1, a.shape[-1]).T @ g.reshape(-1, g.shape[-1])
    return None


def inverse(x, most=np.inf, y=None):
    """``np.linalg.inv`` of plain matrices that have one (y, if it is known); else None.

    None also where the largest entries of both have a product that is not below `most`.
    """
    if type(x) is np.ndarray and x.size and (most < np.inf or np.isfinite(x).all()):
        with contextlib.suppress(np.linalg.LinAlgError):
            y = np.linalg.inv(x) if y is None else y
            if np.abs(x).max() * np.abs(y).max() < most:
                return y
    return None


BOOLS = {bool, np.bool_}


def nowhere(mask):
    """Whether a mask is known, and nothing in it is true."""
    return not mask if type(mask) in BOOLS else type(mask) is np.ndarray and not mask.any()


NARROW = {np.dtype(kind) for kind in ("float16", "float32")}


def narrow(x, y):
    """x in the floats of y, where a slope in float64 would make all that follows float64."""
    dtype = getattr(y, "dtype", None)
    if dtype not in NARROW:
        return x
    return x.astype(dtype) if hasattr(x, "astype") else dtype.type(x)


def one_over(b):
    """1 / b by NumPy, also where Python raises; a plain number, which widens no float32."""
    y = np.true_divide(1, b)
    return float(y) if type(b) in (int, float) else y


def log(a, y):
    """``np.log(a)``, but 0 where a is 0."""
    return narrow(np.log(1.0 * a + (a == 0)), y)


def gap(a, y):
    """a - y, but a where y is -inf, which is what log(0 + 0) gives: -inf - y would be nan."""
    empty = y == -np.inf
    return a - (y if nowhere(empty) else np.where(empty, 0.0, y))


def logistic(y, x, other):
    """The slope of y = log(e**x + e**other) by x; beside a plain number nobody needs y."""
    if isinstance(other, (int, float, np.generic)) and math.isfinite(other):
        most = math.floor(math.log(np.finfo(np.result_type(x, other, np.float16)).max))
        return 1 / (1 + np.exp(np.minimum(other - x, most)))
    return np.exp(gap(x, y))


def share(won, tie, y):
    """1 for who won, and 1/2 where they tie; truth values where nothing does."""
    return won if nowhere(tie) else won + narrow(0.5, y) * tie


def ties(hit, y, axis):
    """How many entries are hit along an axis, which stays, where y is the one to hit; or 1.

    >>> ties(np.array([[True, True], [False, True]]), np.ones(2), 1)
    array([[2],
           [1]])
    """
    plain = type(hit) is np.ndarray and type(y) in (np.ndarray, np.float64)
    if plain and np.count_nonzero(hit) == y.size and not np.isnan(y).any():
        return 1  # each row has one
    return narrow(sum_of(hit, axis, True), y)


@functools.lru_cache(maxsize=1024, typed=True)
def moved(ndim, source, to):
    """The order of axes into which ``np.moveaxis`` brings them."""
    return np.moveaxis(np.empty(range(ndim)), source, to).shape


def moveaxis(x, source, destination):
    """``np.moveaxis``; an array that stays as it is, is x itself."""
    plain = type(x) is np.ndarray
    if type(source) is type(destination) is int and (plain or isinstance(x, Value)):
        if source == destination and -x.ndim <= source < x.ndim:
            return x
        if plain:
            return x.transpose(moved(x.ndim, source, destination))
    return np.moveaxis(x, source, destination)


@functools.lru_cache(maxsize=256)
def rows(n):
    y = np.arange(n)[:, np.newaxis]
    y.setflags(write=False)  # since it is shared
    return y


def take_along_axis(x, indices, axis=-1):
    plain = type(x) is type(indices) is np.ndarray and indices.dtype == int
    if plain and x.ndim == indices.ndim and axis in (-1, x.ndim - 1):
        if x.ndim == 1:
            return x[indices]
        if x.ndim == 2 and len(x) == len(indices):
            return x[rows(len(x)), indices]
    return np.take_along_axis(x, indices, axis)


def power(a, n):
    """``a**n``, roughly: of negative numbers ``np.power`` takes 50 times as long as products."""
    if type(a) is not np.ndarray or a.dtype.kind != "f" or type(n) not in (int, float):
        return a**n
    if not 2 < n <= SHORT_POWER or n % 1:
        return a**n
    y = a * a
    for _ in range(int(n) - 2):
        y *= a
    return y


SHORT_POWER = 10


def only(mask, g, where=True):
    """g where a mask says so, elsewhere 0; a long one bit by bit, with no branch to guess.

    >>> only(np.array([True, False]), np.array([1.0, np.inf]))
    array([1., 0.])
    """
    plain = type(mask) is type(g) is np.ndarray and mask.shape == g.shape
    plain = plain and g.size > SMALL and g.dtype == np.float64 and mask.dtype == bool
    return (mixed if plain else np.where)(mask, *((g, 0.0) if where else (0.0, g)))


def mixed(mask, a, b, out=None):
    """``np.where`` of floats in the shape of a mask; `out` may be one of them."""
    bits = np.negative(mask.view(np.int8))  # all bits, or none
    y = (np.empty(mask.shape) if out is None else out).view(np.int64)
    a, b, bits = (b, a, ~bits) if b is out or type(a) is float else (a, b, bits)
    a, b = (np.asarray(z, float).view(np.int64) for z in (a, b))
    a = np.bitwise_xor(a, b, y) if b.shape or b else a
    np.bitwise_and(a, bits, y)
    return (np.bitwise_xor(y, b, y) if a is y else y).view(float)


def times(g, number):
    """``g * number``; what is one number, spread over an array, stays one."""
    if type(g) is np.ndarray and g.size > 1 and not any(g.strides):
        return broadcast_to(g[(0,) * g.ndim] * number, g.shape)
    return g * number


FASTER |= {
    np.sum: sum_of, np.max: max_of, np.min: min_of, np.reshape: reshape, np.ravel: ravel,
    np.transpose: transpose, np.swapaxes: swapaxes, np.squeeze: squeeze,
    np.expand_dims: expand_dims, np.broadcast_to: broadcast_to, np.moveaxis: moveaxis,
    np.take_along_axis: take_along_axis,
}  # fmt: skip

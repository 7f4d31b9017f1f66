"""Rows of sums and shapes, of indexing and joining, of the largest and the smallest."""

import math
import operator

import numpy as np

from elves.core import Custom, Derived, Linear, Moves, primitive, shape_of, unbroadcast
from elves.errors import NoRuleError


# ------------------------------------------------------------ sums and shapes
def spread(g, x, axis=None, keepdims=False):
    """Broadcast the cotangent of a reduction over x back to the shape of x."""
    if axis is not None and not keepdims:
        g = np.expand_dims(g, axis)
    return np.broadcast_to(g, shape_of(x))


def inverse(axes, ndim):
    """The order of axes that undoes another one."""
    return None if axes is None else np.argsort(np.mod(axes, ndim))


Linear(np.sum, lambda g, y, x, axis=None, keepdims=False: spread(g, x, axis, keepdims))
Linear(np.broadcast_to, lambda g, y, x, shape: unbroadcast(g, np.shape(x)))
Linear(np.reshape, lambda g, y, x, shape: np.reshape(g, np.shape(x)))
Linear(np.expand_dims, lambda g, y, x, axis: np.reshape(g, np.shape(x)))
Linear(np.squeeze, lambda g, y, x, axis=None: np.reshape(g, np.shape(x)))
Linear(np.ravel, lambda g, y, x: np.reshape(g, np.shape(x)))
Linear(
    np.transpose,
    lambda g, y, x, axes=None: np.transpose(g, inverse(axes, np.ndim(g))),
)
Linear(np.swapaxes, lambda g, y, x, axis1, axis2: np.swapaxes(g, axis1, axis2))
Linear(
    np.where,
    None,
    lambda g, y, c, a, b: unbroadcast(np.where(c, g, 0.0), np.shape(a)),
    lambda g, y, c, a, b: unbroadcast(np.where(c, 0.0, g), np.shape(b)),
)


# ------------------------------------------------------------ indexing and joining
@primitive
def scatter(g, shape, index):
    """Zeros of a shape, with g added at `index`: the transpose of ``x[index]``."""
    zeros = np.zeros(shape, np.result_type(g))
    np.add.at(zeros, index, g)
    return zeros


Linear(operator.getitem, lambda g, y, x, index: scatter(g, np.shape(x), index))
Linear(scatter, lambda g, y, z, shape, index: g[index])


@primitive
def join(*arrays, axis=0):
    """``np.concatenate`` with each array as an argument of its own."""
    return np.concatenate(arrays, axis)


def part(g, y, *arrays, i, axis=0):
    """The part of the cotangent that belongs to the i-th of the joined arrays."""
    start = sum(np.shape(a)[axis] for a in arrays[:i])
    where = [slice(None)] * np.ndim(g)
    where[axis] = slice(start, start + np.shape(arrays[i])[axis])
    return g[tuple(where)]


Linear(join, part)


def concatenate(arrays, axis=0):
    if axis is None:
        arrays, axis = [np.ravel(a) for a in arrays], 0
    return join(*arrays, axis=axis)


Derived(np.concatenate, concatenate)
Derived(
    np.stack,
    lambda arrays, axis=0: np.concatenate([np.expand_dims(a, axis) for a in arrays], axis),
)


# ------------------------------------------------------------ the largest, the smallest
def winners(y, x, axis=None, keepdims=False):
    """Each entry's share in a maximum or minimum: 1 for the winner, ties share evenly."""
    hit = x == spread(y, x, axis, keepdims)
    return hit / np.sum(hit, axis=axis, keepdims=True)


for extreme in (np.max, np.min):
    Custom(
        extreme,
        lambda t, y, x, axis=None, keepdims=False: np.sum(
            t * winners(y, x, axis, keepdims), axis=axis, keepdims=keepdims
        ),
        lambda g, y, x, axis=None, keepdims=False: (
            spread(g, x, axis, keepdims) * winners(y, x, axis, keepdims)
        ),
    )


# ------------------------------------------------------------ written with the others
def mean(x, axis=None, keepdims=False):
    total = np.sum(x, axis=axis, keepdims=keepdims)
    return total / (math.prod(shape_of(x)) // max(math.prod(shape_of(total)), 1))


def var(x, axis=None, keepdims=False, ddof=0):
    away = np.square(x - np.mean(x, axis=axis, keepdims=True))
    total = np.sum(away, axis=axis, keepdims=keepdims)
    return total / (np.size(x) // max(np.size(total), 1) - ddof)


def std(x, axis=None, keepdims=False, ddof=0):
    return np.sqrt(np.var(x, axis=axis, keepdims=keepdims, ddof=ddof))


def ptp(x, axis=None, keepdims=False):
    return np.max(x, axis, keepdims=keepdims) - np.min(x, axis, keepdims=keepdims)


def average(x, axis=None, weights=None):
    if weights is None:
        return np.mean(x, axis)
    return np.sum(x * weights, axis) / np.sum(weights * np.ones(np.shape(x)), axis)


def median(x, axis=None, keepdims=False):
    x, axis = (np.ravel(x), 0) if axis is None and not keepdims else (x, axis)
    n = np.shape(x)[axis]
    middle = np.take(np.sort(x, axis), [(n - 1) // 2, n // 2], axis)
    return np.mean(middle, axis, keepdims=keepdims)


Derived(np.mean, mean)
Derived(np.var, var)
Derived(np.std, std)
Derived(np.ptp, ptp)
Derived(np.average, average)
Derived(np.median, median)


# ------------------------------------------------------------ products and sums along an axis
@primitive
def product(x, axis):
    """``np.prod`` along one axis."""
    return np.prod(x, axis)


def others(x, axis):
    """For each entry, the product of the others along its axis; right where entries are 0."""
    x = np.moveaxis(x, axis, -1)
    off = np.where(np.eye(np.shape(x)[-1], dtype=bool), 1.0, np.expand_dims(x, -2))
    return np.moveaxis(product(off, -1), -1, axis)


def prod(x, axis=None, keepdims=False):
    ndim = np.ndim(x)
    axes = range(ndim) if axis is None else np.atleast_1d(np.mod(axis, max(ndim, 1)))
    kept = tuple(1 if k in axes else n for k, n in enumerate(np.shape(x)))
    for k in sorted(axes, reverse=True):
        x = product(x, int(k))
    return np.reshape(x, kept) if keepdims else x


def cumsum_transposed(g, y, x, axis):
    return np.flip(running_sum(np.flip(g, axis), axis), axis)


@primitive
def running_sum(x, axis):
    """``np.cumsum`` along one axis."""
    return np.cumsum(x, axis)


Custom(
    product,
    lambda t, y, x, axis: np.sum(t * others(x, axis), axis=axis),
    lambda g, y, x, axis: np.expand_dims(g, axis) * others(x, axis),
)
Derived(np.prod, prod)
Linear(running_sum, cumsum_transposed)
Derived(
    np.cumsum,
    lambda x, axis=None: running_sum(np.ravel(x), 0) if axis is None else running_sum(x, axis),
)


def diff(x, n=1, axis=-1):
    for _ in range(n):
        size = np.shape(x)[axis]
        x = np.take(x, range(1, size), axis) - np.take(x, range(size - 1), axis)
    return x


Derived(np.diff, diff)


# ------------------------------------------------------------ moving entries to other places
for moving in (
    np.moveaxis, np.rollaxis, np.flip, np.fliplr, np.flipud, np.rot90, np.roll, np.repeat, np.tile,
    np.diagonal, np.diag, np.triu, np.tril, np.take, np.take_along_axis, np.delete, np.resize,
    np.atleast_1d, np.atleast_2d, np.atleast_3d,
):  # fmt: skip
    Moves(moving)


@primitive
def padded(x, width, mode):
    """``np.pad`` with zeros, or with entries of x."""
    return np.pad(x, width, mode)


def pad(x, pad_width, mode="constant"):
    if mode not in ("constant", "edge", "reflect", "symmetric", "wrap"):
        raise NoRuleError(f"np.pad with the mode {mode!r} has no derivative rule: use constant.")
    return padded(x, pad_width, mode)


def sort(x, axis=-1):
    x, axis = (np.ravel(x), 0) if axis is None else (x, axis)
    return np.take_along_axis(x, np.argsort(x, axis), axis)


def partition(x, kth, axis=-1):
    return np.take_along_axis(x, np.argpartition(x, kth, axis), axis)


def pieces(split):
    """A function that cuts an array as ``split`` cuts its indices."""

    def cut(x, indices_or_sections, axis=0):
        parts = split(np.arange(np.shape(x)[axis]), indices_or_sections)
        return [np.take(x, part, axis) for part in parts]

    return cut


def stacked(joined):
    """One of NumPy's stacking functions, by joining what ``np.expand_dims`` made fit."""

    def stack_all(tup):
        arrays = [joined[1](np.asarray(a) if isinstance(a, (list, tuple)) else a) for a in tup]
        return np.concatenate(arrays, axis=joined[0](arrays[0]))

    return stack_all


Moves(padded)
Derived(np.pad, pad)
Derived(np.sort, sort)
Derived(np.partition, partition)
Derived(np.split, pieces(np.split))
Derived(np.array_split, pieces(np.array_split))
Derived(np.hstack, stacked((lambda a: min(np.ndim(a) - 1, 1), np.atleast_1d)))
Derived(np.vstack, stacked((lambda a: 0, np.atleast_2d)))
Derived(np.dstack, stacked((lambda a: 2, np.atleast_3d)))
Derived(
    np.column_stack,
    stacked((lambda a: 1, lambda a: np.reshape(a, (-1, 1)) if np.ndim(a) < 2 else a)),
)
Derived(np.append, lambda arr, values, axis=None: np.concatenate([arr, values], axis))
Derived(np.trace, lambda x, offset=0: np.sum(np.diagonal(x, offset), axis=-1))


def clip(x, a_min=None, a_max=None, min=None, max=None):
    for bound, limit in ((np.maximum, (a_min, min)), (np.minimum, (a_max, max))):
        for value in limit:
            x = x if value is None else bound(x, value)
    return x


Derived(np.clip, clip)

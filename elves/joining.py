"""What joins arrays and takes them apart, by concatenation and slices, or finds differences.

Source: NumPy's documentation of `hstack`, `vstack`, `dstack`, `column_stack` and `split`.
"""

import math

import numpy as np

from elves.core import Value, ndim_of, shape_of
from elves.core.quick import moveaxis
from elves.errors import NoRuleError
from elves.structure import leaves, rebuild


def one(a):
    """An array of a list, in which others may stand."""
    if not isinstance(a, (list, tuple)):
        return a
    return np.stack([*map(one, a)]) if a else np.zeros(0)


def in_arrays(index):
    """An index whose lists of values are arrays, if these are whole numbers."""
    if type(index) is tuple:
        return tuple(map(in_arrays, index))
    values = [a for a in leaves(index) if isinstance(a, Value)] if type(index) is list else ()
    return one(index) if values and all(a.dtype.kind in "bi" for a in values) else index


def stack(arrays, axis=0):
    return np.concatenate([np.expand_dims(one(a), axis) for a in arrays], axis)


def deeper(arrays, *axes):
    """The arrays with one axis at least, two, and so on: an axis is put there where one lacks.

    >>> [a.shape for a in deeper([np.float64(1.0), np.ones(3), np.ones((2, 3))], 0, 1)]
    [(1, 1), (3, 1), (2, 3)]
    """
    arrays = [*map(one, arrays)]
    for least, axis in enumerate(axes, 1):
        arrays = [np.expand_dims(a, axis) if ndim_of(a) < least else a for a in arrays]
    return arrays


def hstack(tup):
    arrays = deeper(tup, 0)
    return np.concatenate(arrays, min(ndim_of(arrays[0]) - 1, 1))


def vstack(tup):
    return np.concatenate(deeper(tup, 0, 0))


def column_stack(tup):
    return np.concatenate(deeper(tup, 0, 1), 1)


def dstack(tup):
    return np.concatenate(deeper(tup, 0, 0, 2), 2)


def append(arr, values, axis=None):
    return np.concatenate([arr, values], axis)


def split(function):
    """``np.split`` and its like, by slices."""

    def parts(x, *where, **axis):
        shape = shape_of(x)
        places = np.arange(math.prod(shape)).reshape(shape)
        known = (a.plain if isinstance(a, Value) else a for a in leaves((where, axis)))
        where, axis = rebuild((where, axis), known)  # or split would ask itself
        return [x[block(at, shape)] for at in function(places, *where, **axis)]

    return parts


def block(places, shape):
    """The slices that take a block of an array with a shape, from its places, counted flat.

    >>> block(np.array([[5], [8]]), (3, 3))
    (slice(1, 3, None), slice(2, 3, None))
    """
    start = np.unravel_index(places.flat[0], shape) if places.size else [0] * len(shape)
    ends = zip(map(int, start), places.shape, shape, strict=True)
    return tuple(slice(k, k + n) if n < whole else slice(None) for k, n, whole in ends)


def any_zero(x, *bounds, **more):
    """Whether a bound is 0, of which x may have another sign."""
    return any(b is not None and np.any(b == 0) for b in (*bounds, *more.values()))


def unstack(x, axis=0):
    x = x if shape_of(x) else np.unstack(np.array(0.0))  # which refuses it
    return (*np.moveaxis(x, axis, 0),)


def rearranged(function, tree):
    """A function that only moves the entries of its arrays, by a look at where it puts them.

    `function` is run on the places 0, 1, 2 … of all the entries; then the entries follow.
    """
    arrays = leaves(tree)
    ends = np.cumsum([np.size(a) for a in arrays]).tolist()
    places = (np.arange(np.size(a)).reshape(np.shape(a)) - np.size(a) for a in arrays)
    at = function(rebuild(tree, (p + end for p, end in zip(places, ends, strict=True))))
    entries = np.concatenate(arrays, axis=None)
    return type(at)(entries[p] for p in at) if isinstance(at, (list, tuple)) else entries[at]


def insert(arr, obj, values, axis=None):
    return rearranged(lambda pair: np.insert(pair[0], obj, pair[1], axis), (arr, values))


def broadcast_arrays(*arrays):
    shape = np.broadcast_shapes(*map(np.shape, arrays))
    return tuple(np.broadcast_to(a, shape) for a in arrays)


def select(condlist, choicelist, default=0.0):
    for condition, choice in zip(condlist[::-1], choicelist[::-1], strict=True):
        default = np.where(condition, choice, default)
    return default


def meshgrid(*xi, **options):
    return rearranged(lambda arrays: np.meshgrid(*arrays, **options), xi)


def diff(x, n=1, axis=-1):
    minus = np.not_equal if np.result_type(x).kind == "b" else np.subtract
    for _ in range(n):
        x = moveaxis(x, axis, -1)
        x = moveaxis(minus(x[..., 1:], x[..., :-1]), -1, axis)
    return x


def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis,) * 3
    a, b = moveaxis(a, axisa, -1), moveaxis(b, axisb, -1)
    sizes = np.shape(a)[-1], np.shape(b)[-1]
    if not {2, 3}.issuperset(sizes):
        raise NoRuleError("np.cross is of vectors of 2 or 3 entries: name their axis by axis=.")
    if sizes != (3, 3):
        a, b = (np.concatenate([x, np.zeros_like(x[..., :1])], -1)[..., :3] for x in (a, b))
    y = np.roll(a, -1, -1) * np.roll(b, -2, -1) - np.roll(a, -2, -1) * np.roll(b, -1, -1)
    return y[..., 2] if sizes == (2, 2) else moveaxis(y, -1, axisc)

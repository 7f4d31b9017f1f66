"""Numbers added at places of an array, where a place may come more than once.

Source: NumPy's documentation of `bincount`, which adds up weights by place.
"""

import functools
import math

import numpy as np

FEW = 512  # entries that np.add.at adds faster than their places are found


def places(shape, index):
    """The places, in the flattened array, of the entries that an index takes from such a shape.

    >>> places((2, 3), (slice(None), [2, 2]))
    array([[2, 2],
           [5, 5]])
    """
    if math.prod(shape) <= SMALL:
        return numbered(shape)[index]
    parts = index if isinstance(index, tuple) else (np.asarray(index),)
    if any(type(p) is np.ndarray for p in parts):
        parts = tuple(np.array(p) if type(p) is int else p for p in parts)
    whole = (type(p) is np.ndarray and p.dtype.kind in "iu" and p.size for p in parts)
    if not parts or not all(whole):
        return np.arange(math.prod(shape)).reshape(shape)[index]
    at, rest = 0, shape[len(parts) :]
    for p, n in zip(parts, shape, strict=False):
        p = p.astype(int, copy=False)
        at = at * n + (p if p.min() >= 0 else np.where(p < 0, p + n, p))
    size = math.prod(rest)
    return np.add.outer(at * size, np.arange(size).reshape(rest)) if rest else at


@functools.lru_cache(maxsize=64)
def numbered(shape):
    """The places of all entries."""
    found = np.arange(math.prod(shape)).reshape(shape)
    found.setflags(write=False)  # since it is shared
    return found


SMALL = 4096  # entries


def parts_of(index):
    """The parts of an index, of which one may stand alone."""
    return index if isinstance(index, tuple) else (index,)


PLAIN = {slice, int, type(None), type(Ellipsis)} | {np.dtype(c).type for c in "bhilqBHILQ"}


def is_plain(index):
    """Whether an index of slices and numbers shows itself that no place comes twice."""
    return PLAIN.issuperset(map(type, parts_of(index)))


def is_whole(index):
    """Whether an index takes all the entries, and only brings them into another shape."""
    return all(p is None or p is Ellipsis or is_all(p) for p in parts_of(index))


def is_all(p):
    return type(p) is slice and p.start is None and p.stop is None and p.step is None


def added(g, shape, index, once=False):
    """Zeros of a shape with g added at `index`; many by places, much faster than ``np.add.at``.

    >>> added(np.array([1.0, 2.0, 4.0]), (2, 1), ([0, 0, 1], 0))
    array([[3.],
           [4.]])
    """
    if is_whole(index) and np.size(g) == math.prod(shape):
        return np.reshape(g, shape)
    if once or is_plain(index):
        zeros = np.zeros(shape, g.dtype if isinstance(g, np.ndarray) else np.result_type(g))
        zeros[index] = g
        return zeros
    dtype = np.result_type(g)
    # Of no weights, `bincount` would make whole numbers.
    few = np.ndim(g) > 0 and np.size(g) <= FEW
    if dtype == np.float64 and shape and not few and (at := places(shape, index)).size:
        weights = g if np.shape(g) == at.shape else np.broadcast_to(g, at.shape)
        return np.bincount(at.ravel(), np.ravel(weights), math.prod(shape)).reshape(shape)
    zeros = np.zeros(shape, dtype)
    np.add.at(zeros, index, g)
    return zeros


def added_to(due, g, values):
    """Whether g could be added at its index to a sum of cotangents that is ours."""
    if due is None or not due[2] or type(due[1]) is not np.ndarray:
        return False
    have, index = due[1], values[1]
    if have.base is not None or not is_plain(index):
        return False
    if type(g) not in (np.ndarray, np.float64) or g.dtype != have.dtype:
        return False
    have[index] += g
    return True


def index_along(shape, places, axis):
    """The index that takes from an array of such a shape what ``np.take_along_axis`` would."""
    if len(shape) < 2:
        return places
    index = [*grid(shape)]
    index[axis] = places
    return tuple(index)


@functools.lru_cache(maxsize=64)
def grid(shape):
    """For each axis of a shape the places along it, as ``np.ogrid`` gives them."""
    found = [a.copy() for a in np.ogrid[tuple(map(slice, shape))]]
    for a in found:
        a.setflags(write=False)  # since it is shared
    return found

"""Numbers added at places of an array, where a place may come more than once.

Source: NumPy's documentation of `bincount`, which adds up weights by place.
"""

import math

import numpy as np


def places(shape, index):
    """The places, in the flattened array, of the entries that an index takes from such a shape.

    >>> places((2, 3), (slice(None), [2, 2]))
    array([[2, 2],
           [5, 5]])
    """
    return np.arange(math.prod(shape)).reshape(shape)[index]


def added(g, shape, index):
    """Zeros of a shape with g added at `index`; much faster by rows than ``np.add.at``.

    >>> added(np.array([1.0, 2.0, 4.0]), (2, 1), ([0, 0, 1], 0))
    array([[3.],
           [4.]])
    """
    dtype = np.result_type(g)
    if dtype == np.float64 and len(shape) > 1:
        at = places(shape, index)
        weights = np.broadcast_to(g, at.shape).ravel()
        return np.bincount(at.ravel(), weights, math.prod(shape)).reshape(shape)
    zeros = np.zeros(shape, dtype)
    np.add.at(zeros, index, g)
    return zeros

"""Inputs at which each row of the table is tested: away from kinks, in the middle of the domain."""

import operator

import numpy as np

from elves import rules


def array(*shape, low=-1.2, high=1.2, seed=0):
    return np.random.default_rng(seed).uniform(low, high, shape)


x, m = array(3), array(2, 3, seed=1)
positive, unit = array(2, 3, low=0.3, high=2.0), array(3, low=-0.8, high=0.8)

# function: a list of (arguments, keywords); arrays of floats are differentiated, the rest is not
SAMPLES = {
    np.add: [((x, m), {}), ((0.5, x), {})],
    np.subtract: [((x, m), {}), ((m, 0.5), {})],
    np.multiply: [((x, m), {}), ((0.5, x), {}), ((x, [1, 2, 3]), {})],
    np.true_divide: [((x, positive), {}), ((positive, 0.5), {})],
    np.power: [((positive, 3), {}), ((x, 2), {}), ((positive, x), {}), ((2.0, x), {})],
    np.remainder: [((positive, 0.7), {}), ((positive, np.array([0.27, 0.7, 0.9])), {})],
    np.log2: [((positive,), {})],
    np.where: [((x > 0, x, m), {}), ((m > 0, m, 1.0), {})],
    np.maximum: [((x, m), {}), ((x, 0.1), {})],
    np.minimum: [((x, m), {}), ((x, 0.1), {})],
    np.hypot: [((x, m), {})],
    np.arctan2: [((positive, x), {})],
    np.logaddexp: [((x, m), {})],
    np.sum: [
        ((m,), {}), ((m, 0), {}), ((m,), {"axis": (0, 1)}), ((m,), {"axis": -1, "keepdims": True}),
    ],
    np.mean: [((m,), {}), ((m,), {"axis": 1}), ((m,), {"axis": 0, "keepdims": True})],
    np.var: [((m,), {}), ((m,), {"axis": 1})],
    np.std: [((m,), {}), ((m,), {"axis": 0, "keepdims": True})],
    np.max: [
        ((m,), {}), ((m, 1), {}), ((m, -1, None, True), {}), ((m,), {"axis": 0, "keepdims": True}),
    ],
    np.min: [((m,), {}), ((m, 1), {}), ((m,), {"axis": (0, 1), "keepdims": True})],
    np.broadcast_to: [((x, (2, 3)), {}), ((array(2, 1), (4, 2, 3)), {})],
    np.reshape: [((m, (3, 2)), {}), ((m, -1), {})],
    np.ravel: [((m,), {})],
    np.expand_dims: [((m, 1), {}), ((m,), {"axis": (0, -1)})],
    np.squeeze: [((array(1, 3, 1),), {}), ((array(1, 3, 1), 0), {})],
    np.transpose: [
        ((m,), {}), ((array(2, 3, 4), (2, 0, 1)), {}), ((array(3, 3, 3), (-1, 0, 1)), {}),
        ((array(2, 3, 4),), {"axes": [1, -1, 0]}),
    ],
    np.swapaxes: [((array(2, 3, 4), 0, 2), {})],
    operator.getitem: [
        ((m, 1), {}), ((m, (slice(None), 0)), {}), ((x, np.array([0, 0, 2])), {}),
        ((m, m > 0), {}), ((m, (Ellipsis, None, slice(None, None, -1))), {}),
    ],
    rules.scatter: [((x, (4, 3), 2), {}), ((x, (2,), np.array([0, 0, 1])), {})],
    rules.join: [((m, array(4, 3)), {}), ((m, array(2, 1)), {"axis": 1})],
    np.concatenate: [(([x, array(2)],), {}), (([x, m],), {"axis": None}), (([m, m], 1), {})],
    np.stack: [(([x, x],), {}), (([m, m],), {"axis": -1})],
    np.matmul: [
        ((x, array(3, seed=1)), {}), ((m, x), {}), ((x, array(3, 2)), {}), ((m, array(3, 4)), {}),
        ((array(5, 2, 3), array(3, 4)), {}), ((array(5, 2, 3), x), {}), ((x, array(5, 3, 2)), {}),
        ((array(2, 1, 2, 3), array(4, 3, 2)), {}),
    ],
    np.dot: [((m, x), {}), ((x, x), {}), ((m, array(3, 4)), {}), ((0.5, x), {})],
    np.clip: [((m, -0.5, 0.6), {}), ((m,), {"max": 0.6}), ((m, None, 0.6), {})],
}  # fmt: skip
for function in (np.sqrt, np.log, np.log10, np.cbrt, np.reciprocal):
    SAMPLES[function] = [((positive,), {}), ((1.3,), {})]
for function in (np.arcsin, np.arccos, np.arctanh, np.log1p):
    SAMPLES[function] = [((unit,), {}), ((0.3,), {})]
SAMPLES[np.arccosh] = [((1.0 + positive,), {}), ((1.3,), {})]
for function in (
    np.negative, np.positive, np.square, np.exp, np.exp2, np.expm1, np.sin, np.cos, np.tan,
    np.arctan, np.sinh, np.cosh, np.tanh, np.arcsinh, np.absolute,
):  # fmt: skip
    SAMPLES[function] = [((m,), {}), ((0.7,), {})]

"""Inputs at which each row of the table is tested: away from kinks, in the middle of the domain."""

import importlib.util
import operator

import numpy as np

from elves import core, custom, implicit, reverse, rules, trees
from elves.testing import check_grads


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
    np.var: [((m,), {}), ((m,), {"axis": 1, "ddof": 1})],
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
    rules.arrays.pick: [((m, 1), {}), ((x, np.array([[0, 2], [1, 1]])), {})],
    rules.scatter: [((x, (4, 3), 2), {}), ((x, (2,), np.array([0, 0, 1])), {})],
    rules.join: [((m, array(4, 3)), {}), ((m, array(2, 1)), {"axis": 1})],
    np.concatenate: [(([x, array(2)],), {}), (([x, m],), {"axis": None}), (([m, m], 1), {})],
    np.stack: [(([x, x],), {}), (([m, m],), {"axis": -1})],
    np.matmul: [
        ((x, array(3, seed=1)), {}), ((m, x), {}), ((x, array(3, 2)), {}), ((m, array(3, 4)), {}),
        ((array(5, 2, 3), array(3, 4)), {}), ((array(5, 2, 3), x), {}), ((x, array(5, 3, 2)), {}),
        ((array(2, 1, 2, 3), array(4, 3, 2)), {}),
    ],
    np.dot: [
        ((m, x), {}), ((m, array(2, 3, 2)), {}), ((x, x), {}), ((m, array(3, 4)), {}),
        ((0.5, x), {}),
    ],
    np.clip: [((m, -0.5, 0.6), {}), ((m,), {"max": 0.6}), ((m, None, 0.6), {})],
}  # fmt: skip
square = array(3, 3, low=0.2, high=1.5, seed=5) + 2 * np.eye(3)
cube = array(2, 3, 4, seed=3)
skew = np.array([[2.0, 0.7, 0.3], [0.4, 3.1, 0.8], [0.2, 0.5, 4.3]])
SAMPLES |= {
    np.float_power: [((positive, x), {})],
    np.fmod: [((positive, 0.7), {}), ((positive, np.array([0.27, 0.7, 0.9])), {})],
    np.logaddexp2: [((x, m), {})],
    np.copysign: [((x, np.array([1.0, -2.0, 3.0])), {})],
    np.fmax: [((x, m), {})],
    np.fmin: [((x, m), {})],
    np.prod: [
        ((np.array([2.0, 0.0, 3.0]),), {}), ((m,), {}), ((m, 0), {}),
        ((cube,), {"axis": (0, 2), "keepdims": True}),
    ],
    rules.reductions.product: [((m,), {}), ((np.array([2.0, 0.0, 3.0]),), {})],
    rules.arrays.running_sum: [((m, 0), {})],
    rules.reductions.products: [((m,), {}), ((np.array([2.0, 0.0, 3.0, 0.0, 5.0]),), {})],
    rules.reductions.recurrence: [
        ((m, array(2, 3, seed=4)), {}), ((np.array([2.0, 0.0, 3.0]), m), {}),
    ],
    np.cumsum: [((m,), {}), ((m, 1), {})],
    np.diff: [((m,), {}), ((x, 2), {}), ((m,), {"axis": 0})],
    np.ptp: [((m,), {}), ((m, 1), {})],
    np.average: [
        ((m,), {}), ((m, 1, np.array([1.0, 2.0, 3.0])), {}), ((cube, (2, 0), np.ones((4, 2))), {}),
    ],
    np.median: [((m,), {}), ((x,), {}), ((cube, 1), {}), ((cube, 2), {"keepdims": True})],
    np.moveaxis: [((cube, 0, 2), {})],
    np.rollaxis: [((cube, 2), {})],
    np.flip: [((m,), {}), ((m, 1), {})],
    np.fliplr: [((m,), {})],
    np.flipud: [((m,), {})],
    np.rot90: [((m,), {}), ((m, 3), {})],
    np.roll: [((m, 2), {}), ((m, 1), {"axis": 1})],
    np.repeat: [((m, 2), {}), ((m, [1, 2, 3]), {"axis": 1})],
    np.tile: [((x, 2), {}), ((m, (2, 1, 2)), {})],
    np.diagonal: [((square,), {}), ((cube, 1), {})],
    np.diag: [((square,), {}), ((x,), {}), ((x, 1), {})],
    np.triu: [((square,), {}), ((m, 1), {})],
    np.tril: [((square,), {}), ((m, -1), {})],
    np.take: [((m, [0, 2, 2]), {}), ((m, [0, 2, 2], 1), {})],
    np.take_along_axis: [((m, np.array([[0, 0], [2, 1]]), 1), {})],
    np.delete: [((m, 1, 1), {})],
    np.resize: [((x, (2, 4)), {})],
    np.atleast_1d: [((x,), {}), ((0.5,), {})],
    np.atleast_2d: [((x,), {})],
    np.atleast_3d: [((x,), {})],
    rules.arrays.padded: [((m, 1, "constant"), {}), ((m, ((1, 0), (0, 2)), "edge"), {})],
    np.pad: [((m, 1), {}), ((x, 2, "reflect"), {}), ((x, (1, 2)), {"mode": "wrap"})],
    np.sort: [((m,), {}), ((m, 0), {}), ((m,), {"axis": None})],
    np.partition: [((m, 1), {})],
    np.split: [((cube, [1, 3], 2), {}), ((x, 3), {})],
    np.array_split: [((x, 2), {})],
    np.hstack: [(([x, x],), {}), (([m, m],), {})],
    np.vstack: [(([x, x],), {}), (([x, m],), {})],
    np.dstack: [(([m, m],), {})],
    np.column_stack: [(([x, array(3, 2)],), {})],
    np.append: [((x, array(2)), {}), ((m, m, 0), {})],
    np.trace: [((square,), {}), ((cube, 1), {}), ((cube,), {"axis1": 1, "axis2": 2})],
    rules.products.contract: [
        ((m, array(3, 4)), {"subscripts": "ij,jk->ki"}), ((m,), {"subscripts": "ij->j"}),
        ((m, x, array(3)), {"subscripts": "ij,j,k->ik"}),
    ],
    np.einsum: [
        (("ij,jk", m, array(3, 4)), {}), (("ij->i", m), {}), (("ij,j->", m, x), {}),
        (("bij,bjk->bik", array(2, 3, 4), array(2, 4, 2)), {}), (("ii", square), {}),
        (("...ij,...jk", cube, array(4, 2)), {}), (("iij->ji", array(3, 3, 2)), {}),
        (("i...,i...->...", m, array(2, 1)), {}), (("ij,ij->j", m, array(1, 3)), {}),
    ],
    np.tensordot: [((cube, array(3, 4, 2), ([1, 2], [0, 1])), {}), ((m, array(3, 2), 1), {})],
    np.inner: [((x, array(3)), {}), ((m, array(4, 3)), {}), ((2.0, x), {})],
    np.outer: [((x, array(2)), {}), ((m, x), {})],
    np.vdot: [((m, array(2, 3, seed=4)), {})],
    np.kron: [((m, array(2, 2)), {}), ((x, m), {})],
    np.linalg.inv: [((square,), {})],
    rules.reductions.averages: [((m,), {}), ((m,), {"axis": (1,), "keepdims": True})],
    rules.reductions.multiplied: [
        ((m,), {}), ((cube,), {"axis": (2, 0)}), ((np.array([2.0, 0.0, 3.0]),), {}),
        ((np.array([[2.0, 0.0], [0.0, 0.0], [3.0, 1.0]]),), {"axis": 1, "keepdims": True}),
    ],
    rules.arrays.clipped: [((m,), {"a_min": -0.5, "a_max": 0.6}), ((m,), {"a_max": 0.6})],
    rules.arrays.traced: [((m,), {}), ((cube,), {"offset": 1})],
    rules.reductions.variance: [((m,), {}), ((m,), {"axis": 1, "keepdims": True, "ddof": 1})],
    rules.reductions.length: [((m,), {}), ((m,), {"axis": -1}), ((m,), {"ord": "fro"})],
    np.linalg.det: [((square,), {}), ((np.stack([square, 2 * square]),), {})],
    rules.linalg.log_abs_det: [((square,), {})],
    np.linalg.slogdet: [((square,), {})],
    np.linalg.solve: [
        ((square, x), {}), ((square, array(3, 2)), {}), ((square, array(2, 3, 2)), {}),
        ((np.stack([square, square.T]), x), {}),
    ],
    np.linalg.cholesky: [((square,), {})],
    rules.linalg.factor: [
        ((square, name, part), {}) for name in ("eigh", "qr") for part in (0, 1)
    ],
    np.linalg.eig: [((skew,), {})],
    np.linalg.eigvals: [((skew,), {}), ((np.stack([skew, skew.T]),), {})],
    np.linalg.eigh: [((square,), {}), ((square,), {"UPLO": "U"})],
    np.linalg.eigvalsh: [((square,), {}), ((square, "U"), {})],
    np.linalg.norm: [
        ((m,), {}), ((x,), {"ord": 1}), ((m,), {"axis": 0, "ord": np.inf}),
        ((x,), {"ord": -np.inf}), ((x,), {"ord": 1.5}), ((m, -1), {}), ((m,), {"ord": np.inf}),
        ((m,), {"axis": 1, "ord": 3, "keepdims": True}), ((m, "nuc"), {}), ((m, 2), {}),
        ((m, 1), {}), ((cube,), {"ord": -np.inf, "axis": (2, 0)}), ((m, -2), {}),
        ((cube,), {"ord": "fro", "axis": (0, 1), "keepdims": True}),
    ],
}  # fmt: skip
tall, edges = array(4, 3, seed=7), np.array([0.3, 0.1, -0.2, 0.4, 0.9])
SAMPLES |= {
    np.heaviside: [((np.array([0, 1, -1]), x), {}), ((x, m), {})],
    np.nan_to_num: [((m,), {}), ((m,), {"nan": 1.0, "posinf": 2.0})],
    np.sinc: [((m,), {}), ((0.03,), {}), ((2.3,), {})],
    np.matrix_transpose: [((cube,), {})],
    np.linalg.matrix_transpose: [((cube,), {})],
    rules.arrays.cast: [((m, "float64"), {})],
    np.astype: [((m, "float64"), {})],
    np.nansum: [((m,), {}), ((m, 1), {})],
    np.nanprod: [((m,), {}), ((m, 1), {})],
    np.nanmax: [((m,), {}), ((m,), {"axis": 1, "keepdims": True})],
    np.nanmin: [((m,), {}), ((m, 0), {})],
    np.nanmean: [((m,), {}), ((m,), {"axis": 1, "keepdims": True})],
    np.cumprod: [((np.array([2.0, 0.0, 3.0, 0.0, 5.0]),), {}), ((m,), {}), ((cube, 1), {})],
    np.cumulative_sum: [((x,), {}), ((m,), {"axis": 1})],
    np.cumulative_prod: [((x,), {}), ((m,), {"axis": 1})],
    np.quantile: [
        ((m,), {"q": 0.3}), ((cube,), {"q": [0.2, 0.7], "axis": (0, 2)}), ((m, 1, 1), {}),
    ],
    np.percentile: [
        ((m, 30), {}), ((m,), {"q": 30.0, "axis": 1, "keepdims": True}),
    ],
    np.diagflat: [((m, 1), {})],
    np.linalg.diagonal: [((cube,), {"offset": 1})],
    np.fft.fftshift: [((cube,), {"axes": 1}), ((x,), {})],
    np.fft.ifftshift: [((cube,), {}), ((x,), {})],
    np.vsplit: [((cube, 2), {})],
    np.hsplit: [((cube, [1]), {}), ((x, 3), {})],
    np.dsplit: [((cube, [1, 2]), {})],
    np.unstack: [((cube,), {}), ((cube,), {"axis": 1})],
    np.block: [(([x, array(2)],), {})],
    np.insert: [((x, 1, array(2)), {}), ((m, [0, 2], x[:2, None]), {"axis": 1})],
    np.meshgrid: [((x, array(2)), {}), ((x, array(2), array(4)), {"indexing": "ij"})],
    np.broadcast_arrays: [((x, array(2, 1)), {})],
    np.select: [(([m > 0.5, m > 0], [m, x], 0.5), {})],
    np.linalg.trace: [((cube,), {}), ((square,), {"offset": 1})],
    np.compress: [(([True, False, True], m, 1), {})],
    np.extract: [((m > 0, m), {})],
    np.full_like: [((m, 0.5), {})],
    np.real: [((m,), {})],
    np.conjugate: [((m,), {})],
    np.ediff1d: [((m,), {})],
    np.trapezoid: [
        ((m,), {}), ((m, x**3), {}), ((cube,), {"axis": 0, "dx": 0.3}), ((m, m + x), {}),
    ],
    np.gradient: [((tall,), {}), ((tall, 0.5), {}), ((tall,), {"axis": 1}), ((edges, 0.2), {})],
    np.linspace: [((0.5, 2.0, 5), {}), ((x, 1.0), {"num": 3, "endpoint": False})],
    np.interp: [
        ((array(4, low=0.1, high=2.9), np.array([0.0, 1.0, 3.0]), x), {}),
        ((np.array([-1.0, 0.5, 4.0]), np.array([0.0, 1.0, 3.0]), x), {}),
        ((0.7, [0.0, 1.0, 3.0], [1.0, 4.0, 2.0]), {"left": 0.0}),
    ],
    np.polyval: [((x, m), {}), ((x, 0.7), {})],
    np.convolve: [
        ((edges, x), {}), ((x, edges, "same"), {}), ((edges, x, "valid"), {}),
        ((edges, array(2), "same"), {}), ((array(2), edges, "valid"), {}), ((x, edges, 1), {}),
    ],
    np.correlate: [((edges, x), {}), ((x, edges, "full"), {}), ((edges, array(2), "same"), {})],
    np.cross: [
        ((x, array(3, seed=9)), {}), ((m, x), {}), ((tall.T, x[:, None]), {"axis": 0}),
        ((tall[:3].T, tall[1:]), {"axisa": 1, "axisb": 0, "axisc": 0}),
    ],
    np.linalg.cross: [((m, array(2, 3, seed=9)), {})],
    np.vecdot: [((cube, array(3, 4)), {})],
    np.matvec: [((cube, array(4)), {}), ((cube, array(2, 4)), {})],
    np.vecmat: [((array(3), cube), {}), ((array(2, 3), cube), {})],
    np.linalg.vecdot: [((m, array(2, 3, seed=4)), {}), ((m, m**2), {"axis": 0})],
    np.linalg.matmul: [((m, array(3, 4)), {})],
    np.linalg.outer: [((x, array(2)), {})],
    np.linalg.tensordot: [((m, array(3, 2)), {"axes": 1})],
    np.linalg.multi_dot: [(([m, array(3, 4), array(4)],), {})],
    rules.linalg.quotient: [
        ((square, array(3, 2)), {}), ((np.stack([square, square.T]), tall.T), {}),
    ],
    np.linalg.matrix_power: [((square / 3, 3), {}), ((square, -2), {}), ((square, 1), {})],
    np.linalg.pinv: [((tall,), {}), ((m,), {})],
    rules.linalg.singular_values: [((tall,), {}), ((m,), {})],
    rules.linalg.left_vectors: [((tall,), {}), ((m,), {}), ((np.stack([m, 1 + m * m]),), {})],
    rules.linalg.right_vectors: [((tall,), {}), ((m,), {}), ((np.stack([m, 1 + m * m]),), {})],
    np.linalg.svd: [
        ((tall, False), {}), ((m,), {"full_matrices": False}), ((array(3, 3, seed=2),), {}),
        ((tall,), {"compute_uv": False}),
    ],
    np.linalg.svdvals: [((tall,), {})],
    np.linalg.cond: [((tall,), {})],
    np.linalg.vector_norm: [((m,), {}), ((m,), {"axis": 1, "ord": 3}), ((cube,), {"axis": (0, 2)})],
    np.linalg.matrix_norm: [((cube,), {}), ((cube,), {"ord": 1, "keepdims": True})],
}  # fmt: skip

wide, ranked = array(3, 4, seed=11), np.array([2.0, -0.5, 0.7, 1.4, -1.1])
SAMPLES |= {
    np.ufunc.reduce: [
        ((np.add, m), {}), ((np.multiply, m), {"axis": 1, "keepdims": True}),
        ((np.logaddexp, m), {"axis": 1, "keepdims": True}), ((np.subtract, x), {}),
        ((np.hypot, cube), {"axis": (0, 2)}), ((np.logaddexp2, m), {"axis": 1}),
    ],
    rules.numerics.log_of_sum: [((m,), {}), ((cube,), {"axis": (0, 2), "keepdims": True})],
    np.ufunc.accumulate: [
        ((np.multiply, m), {"axis": 1}), ((np.maximum, ranked), {}), ((np.hypot, m), {"axis": -1}),
    ],
    np.ufunc.reduceat: [((np.add, edges, [0, 3, 1]), {}), ((np.multiply, m, [0, 2]), {"axis": 1})],
    np.ufunc.outer: [((np.multiply, x, m), {}), ((np.hypot, x, 0.5), {})],
    np.divmod: [((positive, 0.7), {}), ((positive, np.array([0.27, 0.7, 0.9])), {})],
    np.modf: [((3 * m,), {})],
    np.angle: [((m,), {}), ((x,), {"deg": True})],
    np.copy: [((m,), {})],
    np.real_if_close: [((m,), {})],
    np.nanvar: [((m,), {}), ((m, 1), {"ddof": 1})],
    np.nanstd: [((m,), {}), ((m, 0), {"keepdims": True})],
    np.nancumsum: [((m,), {}), ((m, 1), {})],
    np.nancumprod: [((m,), {}), ((m, 1), {})],
    np.nanquantile: [((m,), {"q": 0.3}), ((cube,), {"q": [0.2, 0.7], "axis": (0, 2)})],
    np.nanpercentile: [((m, 30), {}), ((m,), {"q": 60.0, "axis": 1, "keepdims": True})],
    np.nanmedian: [((m,), {}), ((cube, 2), {"keepdims": True})],
    np.unique: [((ranked,), {}), ((m,), {"axis": 1})],
    np.piecewise: [
        ((ranked, [ranked > 0, ranked > 1], [np.sqrt, np.log, 3.0]), {}),
        ((x, x > 0, [lambda x, k: k * x * x, lambda x, k: k * x], 3), {}),
    ],
    np.bincount: [(([0, 2, 2, 5, 0], ranked), {}), (([0, 2, 2, 1, 0], ranked, 9), {})],
    np.cov: [((m,), {}), ((tall, array(4, 2)), {"rowvar": False}), ((x, x**2), {"bias": True})],
    np.corrcoef: [((wide,), {}), ((x, x**2), {})],
    rules.linalg.cofactors: [((square,), {})],
    rules.linalg.of_full_rank: [((tall,), {})],
    np.linalg.qr: [((tall,), {}), ((wide,), {}), ((np.stack([square, square.T]), "r"), {})],
    np.linalg.lstsq: [((tall, array(4)), {}), ((wide, array(3, 2)), {})],
}  # fmt: skip

if importlib.util.find_spec("scipy"):
    from scipy import special

    from elves.rules import special as special_rows

    for name in ("expit", "log_expit", "erf", "erfc", "ndtr"):
        SAMPLES[getattr(special, name)] = [((m,), {}), ((0.7,), {})]
    for name in ("gammaln", "gamma", "digamma", "entr"):
        SAMPLES[getattr(special, name)] = [((positive,), {}), ((1.3,), {})]
    SAMPLES[special.logit] = [((array(3, low=0.2, high=0.8),), {}), ((0.3,), {})]
    SAMPLES[special_rows.polygamma] = [((positive, 1), {}), ((1.3, 2), {})]
    for name in ("erfcx", "log_ndtr", "j0", "j1", "i0", "i1"):
        SAMPLES[getattr(special, name)] = [((m,), {}), ((0.7,), {})]
    for name in ("betaln", "beta", "rel_entr", "xlogy", "xlog1py"):
        SAMPLES[getattr(special, name)] = [((positive, positive[::-1] + 0.5), {}), ((1.3, 0.7), {})]
    for name in ("gammainc", "gammaincc", "jv", "iv"):
        SAMPLES[getattr(special, name)] = [((2, positive), {})]
    SAMPLES[special.erfinv] = [((unit,), {}), ((0.3,), {})]
    SAMPLES[special.ndtri] = [((array(3, low=0.2, high=0.8),), {}), ((0.3,), {})]

# What Constant rows need besides the first array.
# These take booleans, which only a batch holds.
BOOLEAN = {np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert}
MORE = {
    np.isin: [[0.5, 0.2]], np.array_equiv: [0.5], np.digitize: [[0.0, 1.0]],
    rules.arrays.cut_off: [int], rules.arrays.distinct: ["index", None],
    core.reductions.place_of_largest: [0],
    np.argpartition: [0], np.searchsorted: [0.0], np.isclose: [0.5],
    np.allclose: [0.5], np.array_equal: [0.5],
}  # fmt: skip

# These read one half of a symmetric matrix: what they are given must stay symmetric and positive.
SYMMETRIC = {
    np.linalg.cholesky, rules.linalg.factor, np.linalg.eigh, np.linalg.eigvalsh,
}  # fmt: skip

for function in (np.sqrt, np.log, np.log10, np.cbrt, np.reciprocal):
    SAMPLES[function] = [((positive,), {}), ((1.3,), {})]
for function in (np.arcsin, np.arccos, np.arctanh, np.log1p):
    SAMPLES[function] = [((unit,), {}), ((0.3,), {})]
SAMPLES[np.arccosh] = [((1.0 + positive,), {}), ((1.3,), {})]
for function in (
    np.negative, np.positive, np.square, np.exp, np.exp2, np.expm1, np.sin, np.cos, np.tan,
    np.arctan, np.sinh, np.cosh, np.tanh, np.arcsinh, np.absolute, np.fabs, np.deg2rad, np.rad2deg,
    np.radians, np.degrees,
):  # fmt: skip
    SAMPLES[function] = [((m,), {}), ((0.7,), {})]

OWN = custom.OwnVJP, implicit.Root  # rows of a user's functions, such as those of tests
TABLE = [row for row in core.RULES.values() if not isinstance(row, OWN)]


def floats(args):
    """The float arguments (a list of arrays counts as one), and a function to put others in."""
    places = [
        i
        for i, a in enumerate(args)
        if isinstance(a, float)
        or (isinstance(a, list) and all(trees.kind(leaf) == "f" for leaf in trees.leaves(a)))
        or getattr(a, "dtype", np.dtype(int)).kind == "f"
    ]

    def fill(values):
        full = list(args)
        for i, value in zip(places, values, strict=True):
            full[i] = value
        return full

    return tuple(args[i] for i in places), fill


def check(rule, args, kwargs, order=2):
    """The oracle on one row: the value, JVP, VJP, second order."""
    primals, fill = floats(args)

    def f(*values):
        if rule.function in SYMMETRIC:
            values = [values[0] @ values[0].T]
        return rule.function(*fill(values), **kwargs)

    check_grads(f, primals, order)
    have, want = trees.leaves(reverse.vjp(f, *primals)[0]), trees.leaves(f(*primals))
    for a, b in zip(have, want, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-13, atol=1e-13, err_msg="the value")

"""Rows of sums and shapes, of indexing and joining, of moving and choosing entries."""

import functools
import operator

import numpy as np

from elves import core, joining, trees
from elves.core import Constant, Derived, Linear, Moves, primitive, quick, shape_of, unbroadcast
from elves.errors import ENDS, NoRuleError
from elves.scattering import added, added_to, index_along


# ------------------------------------------------------------ sums and shapes
def level(g, x, axis=None, keepdims=False):
    """What a reduction over x gave, with axes of length 1 where it has summed up."""
    apart = axis is not None and not keepdims and shape_of(x)  # a number has an axis 0 too
    return quick.expand_dims(g, axis) if apart else g


def spread(g, x, axis=None, keepdims=False):
    """Broadcast the cotangent of a reduction over x back to the shape of x."""
    return quick.broadcast_to(level(g, x, axis, keepdims), shape_of(x))


def inverse(axes, ndim):
    """The order of axes that undoes another one."""
    return axes if axes is None else tuple(sorted(range(ndim), key=lambda k: axes[k] % ndim))


Linear(np.sum, lambda g, y, x, axis=None, keepdims=False: spread(g, x, axis, keepdims))
Linear(np.broadcast_to, lambda g, y, x, shape: unbroadcast(g, shape_of(x)))
Linear(np.reshape, lambda g, y, x, shape: quick.shaped_like(g, x))
Linear(np.expand_dims, lambda g, y, x, axis: quick.shaped_like(g, x))
Linear(np.squeeze, lambda g, y, x, axis=None: quick.shaped_like(g, x))
Linear(np.ravel, lambda g, y, x: quick.shaped_like(g, x))
Linear(np.transpose, lambda g, y, x, axes=None: quick.transpose(g, inverse(axes, np.ndim(g))))
Linear(np.swapaxes, lambda g, y, x, axis1, axis2: quick.swapaxes(g, axis1, axis2))
Linear(np.moveaxis, lambda g, y, x, source, destination: quick.moveaxis(g, destination, source))
Linear(np.flip, lambda g, y, x, axis=None: np.flip(g, axis))
Derived(np.matrix_transpose, lambda x: np.swapaxes(x, -1, -2))


@primitive
def cast(x, dtype):
    """``np.astype`` to another dtype of floats."""
    return np.asarray(x).astype(dtype)[()]


def in_floats(x):
    """Integers and truth values as floats, in which most functions of NumPy calculate."""
    return x if trees.kind(x) == "f" or np.result_type(x).kind == "f" else cast(x, "float64")


@primitive
def cut_off(x, dtype):
    """``np.astype`` to integers or truth values."""
    return np.asarray(x).astype(dtype)[()]


def astype(x, dtype, copy=True):
    dtype = np.dtype(dtype)
    if dtype.kind not in "fbiu":
        raise NoRuleError(f"x.astype({str(dtype)!r}) gives no real numbers: leave it out.")
    return (cast if dtype.kind == "f" else cut_off)(x, dtype.name)


Linear(cast, lambda g, y, x, dtype: cast(g, np.result_type(x)))
Constant(cut_off)
Derived(np.astype, astype)
Linear(
    np.where,
    None,
    lambda g, y, c, a, b: unbroadcast(quick.only(c, g), shape_of(a)),
    lambda g, y, c, a, b: unbroadcast(quick.only(c, g, False), shape_of(b)),
)


def filled(x, filling):
    """x with a number where it is nan, which integers never are."""
    return x if np.result_type(x).kind in "biu" else np.where(np.isnan(x), filling, x)


@primitive
def running_sum(x, axis):
    """``np.cumsum`` along one axis."""
    return np.cumsum(x, axis)


def along(f):
    """``np.cumsum`` or ``np.cumprod`` from `f`, the one along an axis; None: of the flat array."""
    return lambda x, axis=None: f(np.ravel(x), -1) if axis is None or not np.ndim(x) else f(x, axis)


Linear(running_sum, lambda g, y, x, axis: np.flip(running_sum(np.flip(g, axis), axis), axis))
Derived(np.cumsum, along(running_sum))
Derived(np.nancumsum, lambda x, axis=None: np.cumsum(filled(x, 0.0), axis))
Derived(np.cumulative_sum, lambda x, axis=None: np.cumsum(x, axis))


# ------------------------------------------------------------ indexing and joining
@primitive
def scatter(g, shape, index, once=False):
    """Zeros of a shape, with g added at `index`: the transpose of ``x[index]``.

    `once` says that no place comes twice, which an index by slices and numbers shows itself.
    """
    return added(g, shape, index, once)


@primitive
def pick(x, index, once=False):
    """``x[index]`` where x may be a plain array and the index a batch; `once`: see `scatter`."""
    return x[index]


Linear(operator.getitem, lambda g, y, x, index: scatter(g, shape_of(x), index), adds=added_to)
Linear(pick, lambda g, y, x, index, once=False: scatter(g, shape_of(x), index, once=once))
Linear(scatter, lambda g, y, z, shape, index, once=False: pick(g, index, once=once))


@primitive
def join(*arrays, axis=0):
    """``np.concatenate`` with each array as an argument of its own."""
    return np.concatenate(arrays, axis)


def part(g, y, *arrays, i, axis=0):
    """The part of the cotangent that belongs to the i-th of the joined arrays."""
    start = sum(shape_of(a)[axis] for a in arrays[:i])
    where = [slice(None)] * core.ndim_of(g)
    where[axis] = slice(start, start + shape_of(arrays[i])[axis])
    return g[tuple(where)]


Linear(join, part)


def concatenate(arrays, axis=0):
    arrays = [*map(joining.one, arrays)]
    if axis is None:
        arrays, axis = [np.ravel(a) for a in arrays], 0
    return join(*arrays, axis=axis)


Derived(np.concatenate, concatenate)
Derived(np.stack, joining.stack)


# ------------------------------------------------------------ moving entries to other places
def rolled_back(g, shift, axis=None):
    return np.roll(g, (-np.asarray(shift, int)).tolist(), axis)  # an unsigned -1 would be 255


BACK = {
    np.roll: rolled_back, np.rot90: lambda g, k=1, axes=(0, 1): np.rot90(g, -k, axes),
    np.fft.fftshift: np.fft.ifftshift, np.fft.ifftshift: np.fft.fftshift,
    np.fliplr: np.fliplr, np.flipud: np.flipud, np.triu: np.triu, np.tril: np.tril,
}  # fmt: skip
for moving in (
    np.rollaxis, np.fliplr, np.flipud, np.rot90, np.roll, np.repeat, np.tile, np.diagonal, np.diag,
    np.triu, np.tril, np.take, np.take_along_axis, np.delete, np.resize, np.diagflat,
    np.linalg.diagonal, np.fft.fftshift, np.fft.ifftshift,
):  # fmt: skip
    Moves(moving, BACK.get(moving))
for ends in (np.atleast_1d, np.atleast_2d, np.atleast_3d):
    Linear(ends, lambda g, y, x: quick.shaped_like(g, x))


@primitive
def padded(x, width, mode):
    """``np.pad`` with entries of x."""
    return np.pad(x, width, mode)


def pad(x, pad_width, mode="constant", constant_values=0.0):
    if mode not in ("constant", "edge", "reflect", "symmetric", "wrap"):
        raise NoRuleError(f"np.pad with the mode {mode!r} has no derivative rule: {ENDS}.")
    if mode == "constant" and np.asarray(pad_width).dtype.kind == "i" and np.min(pad_width) >= 0:
        ends = np.broadcast_to(pad_width, (np.ndim(x), 2)).tolist()
        here = tuple(slice(a, a + n) for (a, _), n in zip(ends, np.shape(x), strict=True))
        y = scatter(x, tuple(s.stop + b for s, (_, b) in zip(here, ends, strict=True)), here)
    else:
        y = padded(x, pad_width, mode)
    if mode == "constant" and np.any(constant_values):
        y = y + np.pad(np.zeros(np.shape(x)), pad_width, constant_values=constant_values)
    return y


def reordered(x, order, axis):
    """``np.take_along_axis`` where no place comes twice."""
    x, axis = (np.ravel(x), 0) if axis is None else (x, axis)
    return pick(x, index_along(np.shape(x), order, axis), once=True)


for same in (np.hstack, np.vstack, np.dstack, np.column_stack, np.append, np.unstack):
    Derived(same, getattr(joining, same.__name__))
for splitting in (np.split, np.array_split, np.hsplit, np.vsplit, np.dsplit):
    Derived(splitting, joining.split(splitting))
Moves(padded)
Derived(np.pad, pad)
Derived(np.sort, lambda x, axis=-1, kind=None: reordered(x, np.argsort(x, axis, kind), axis))
Derived(np.partition, lambda x, kth, axis=-1: reordered(x, np.argpartition(x, kth, axis), axis))
Derived(np.block, functools.partial(joining.rearranged, np.block))
Derived(np.insert, joining.insert)
Derived(np.meshgrid, joining.meshgrid)
Derived(np.broadcast_arrays, joining.broadcast_arrays)
Derived(np.select, joining.select)


@primitive
def traced(x, offset=0):
    """``np.trace``, to be walked in one step."""
    return np.trace(x, offset)


Linear(
    traced, lambda g, y, x, offset=0:  # no product: 0 · inf is nan
    np.where(np.eye(*shape_of(x)[:2], offset, bool)[(..., *[None] * core.ndim_of(g))], g, 0.0),
)  # fmt: skip
Derived(np.linalg.trace, lambda x, offset=0: np.trace(x, offset, -2, -1))
Derived(
    np.trace, lambda x, offset=0, axis1=0, axis2=1: np.diagonal(x, offset, axis1, axis2).sum(-1)
).usually = traced


# ------------------------------------------------------------ choosing
@primitive
def distinct(x, which, axis):
    """What ``np.unique`` returns besides: the index, the inverse or the counts."""
    return np.unique(x, axis=axis, **{f"return_{which}": True})[1]


def unique(x, return_index=False, return_inverse=False, return_counts=False, axis=None):
    wanted = {"index": return_index, "inverse": return_inverse, "counts": return_counts}
    y = np.take(x, distinct(x, "index", axis), axis)
    more = [distinct(x, which, axis) for which in wanted if wanted[which]]
    return (y, *more) if more else y


def piecewise(x, condlist, funclist, *args, **kw):
    alone = np.ndim(condlist) == 0 if isinstance(condlist, core.Value) else np.isscalar(condlist)
    alone = alone or (np.ndim(x) and not np.ndim(condlist[0]))
    conditions, y = [condlist] if alone else list(condlist), np.zeros_like(x)
    if len(funclist) > len(conditions):  # the last is for what meets no condition
        conditions.append(np.logical_not(functools.reduce(np.logical_or, conditions)))
    for c, f in zip(conditions, funclist, strict=True):  # which sees 1 where it is not meant
        y = np.where(c, f(np.where(c, x, 1.0), *args, **kw) if callable(f) else f, y)
    return y


Constant(distinct)
BY_NUMBERS = {distinct, np.flatnonzero, np.argwhere, np.nonzero}  # their shapes depend on floats
Derived(np.unique, unique)
Derived(np.piecewise, piecewise)


def clip(x, a_min=None, a_max=None, min=None, max=None):
    for bound, limit in ((np.maximum, (a_min, min)), (np.minimum, (a_max, max))):
        for value in limit:
            x = x if value is None else bound(x, value)
    return x


@primitive
def clipped(x, a_min=None, a_max=None):
    """``np.clip``, to be walked in one step."""
    return np.clip(x, a_min, a_max)


def kept(z, y, x, a_min=None, a_max=None):
    for bound, within in ((a_min, np.greater), (a_max, np.less)):
        if bound is not None:
            z = z * quick.share(within(x, bound), x == bound, y)
    return z


def kept_back(g, y, x, a_min=None, a_max=None):
    return unbroadcast(kept(g, y, x, a_min, a_max), shape_of(x))


core.Custom(clipped, kept, kept_back)
Derived(np.clip, clip, own=joining.any_zero).usually = clipped  # of a bound 0, for its sign
Derived(np.compress, lambda c, x, axis=None: np.take(x, np.flatnonzero(c), axis))
Derived(np.extract, lambda c, x: np.ravel(x)[np.flatnonzero(c)])
Derived(np.full_like, lambda a, fill_value: fill_value * np.ones(np.shape(a), np.result_type(a)))
for same in (np.copy, np.real, np.real_if_close):  # the values of the engines are real
    Derived(same, lambda x: x)
Derived(np.conjugate, lambda x: np.positive(x))  # a copy, where x.conj() is x itself

"""What only moves entries: where these keep their order, it is a reshape, and the last one counts.

Source: Muchnick, Advanced Compiler Design and Implementation (1997), section 12.3.
"""

import math
import operator

import numpy as np

from elves.rules.arrays import pick, scatter
from elves.scattering import is_plain, parts_of
from elves.tracing.ir import variables


def reshaped(e, builder, x):
    """Of shapes only the last one counts."""
    if x.shape == e.out.shape:
        return x
    again = builder.made(x, e.rule.function)
    return again and builder.make(e.rule.function, again.args[0], e.out.shape)


def ordered(e, builder, x):
    """What keeps the entries in their order is a reshape."""
    f = e.rule.function
    if ORDERLY[f](e):
        return builder.make(np.reshape, x, e.out.shape)
    if f is scatter and (order := turned_back(e)) is not None:
        return builder.make(operator.getitem, x, order)
    return turned_twice(e, builder) if f in TURNS else None


def turned(e):
    """The order in which a function puts the axes of its array; None if only the run knows."""
    if variables((e.args[1:], e.kwargs)):
        return None
    return e.rule.function(np.empty(range(len(e.args[0].shape))), *e.args[1:], **e.kwargs).shape


def in_order(e):
    """Whether axes are turned so that all entries keep their order: those of length 1 may move."""
    order = turned(e)
    if order is None:
        return False
    long = [k for k in order if e.args[0].shape[k] != 1]
    return long == sorted(long)


def turned_twice(e, builder):
    """Two turns of axes as one, which may be none."""
    before = next(filter(None, (builder.made(e.args[0], f) for f in TURNS)), None)
    first, order = before and turned(before), before and turned(e)
    if order is None or first is None:
        return None
    x, order = before.args[0], tuple(first[k] for k in order)
    return x if order == tuple(range(len(order))) else builder.make(np.transpose, x, order)


def is_all(index, *shapes):
    """Whether an index means each entry, in order."""
    steps = {i.step for i in parts_of(index) if type(i) is slice}
    return len({*map(math.prod, shapes)}) == 1 and is_plain(index) and steps <= {None, 1}


def takes_all(e):
    return is_all(e.args[1], e.args[0].shape, e.out.shape)


def fills_all(e):
    g, shape, index = e.args
    return is_all(index, g.shape, shape) and g.dtype == e.out.dtype


def turned_back(e):
    """The places that something scattered comes from, if it only puts all entries in new order."""
    g, shape, index = e.args
    if len(shape) != 1 or type(index) is not np.ndarray or index.dtype.kind != "i":
        return None
    order = index % max(*shape, 1)
    fits = index.shape == g.shape == shape and g.dtype == e.out.dtype
    if not fits or np.any(np.bincount(order, minlength=order.size) != 1):
        return None
    return np.argsort(order)


def always(e):
    return True


ORDERLY = {  # functions that keep the entries in their order, always or sometimes
    np.ravel: always, np.expand_dims: always, np.squeeze: always, np.transpose: in_order,
    np.swapaxes: in_order, np.moveaxis: in_order, operator.getitem: takes_all, pick: takes_all,
    scatter: fills_all,
}  # fmt: skip


TURNS = {np.transpose, np.swapaxes, np.moveaxis}
MOVES = dict.fromkeys(ORDERLY, ordered) | {np.reshape: reshaped, np.broadcast_to: reshaped}

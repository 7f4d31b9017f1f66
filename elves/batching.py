"""Batching: run a function on many inputs at once by hiding one more axis in its arrays.

A `Batch` behaves like one array; along a first axis that the program does not see lie many of
them. Functions that work entry by entry need nothing but aligned axes, a few others have an entry
below, mostly one of three kinds, and all the rest are run once for each member. Since a Batch
is a value like those of the engines, batching nests with all of them: many tangents in one
forward pass, many cotangents in one sweep back.

Source: Bradbury et al., JAX (2018), for `vmap` and its arguments.
"""

import functools
import operator
import string

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from elves import calls, core, leaving, rules, trees
from elves.contracting import MODES
from elves.errors import ConversionError, InputError
from elves.rules.reductions import product, products, recurrence


class Batch(core.Value):
    """Many arrays of one shape, stacked along a first axis that the program does not see."""

    __slots__ = ("stacked",)
    shape = property(lambda self: np.shape(self.stacked)[1:])
    dtype = property(lambda self: np.result_type(self.stacked))

    def __init__(self, stacked, level):
        self.stacked, self.level = stacked, level

    def __repr__(self):
        return f"Batch({self.stacked})"

    lost = "but it holds many values at once"
    counting = "elves.rules.pick(table, i) instead of table[i]"

    @property
    def plain(self):
        raise ConversionError(
            "A batch holds many values at once, so it cannot decide a branch, be a key or be one "
            f"number: {leaving.undecided()}."
        )

    @classmethod
    def apply(cls, level, rule, args, kwargs):
        mapped = [is_mapped(a, level) for a in args]
        stacked = on_batches(lambda batch: batch.stacked, mapped, args)
        if rule.function is np.result_type:
            return np.result_type(*stacked)
        by_entry = isinstance(rule, core.Elementwise) or isinstance(rule.function, np.ufunc)
        usual = functools.partial(entrywise if by_entry else one_by_one, rule.function)
        y = ENTRIES.get(rule.function, usual)(mapped, *stacked, **kwargs)
        return tuple(cls(part, level) for part in y) if type(y) is tuple else cls(y, level)


def is_of(value, level):
    return type(value) is Batch and value.level == level


def is_mapped(a, level):
    """Whether an argument is a batch; for an index that holds some, one answer per part."""
    parts = [is_of(part, level) for part in a] if type(a) is tuple else []
    return tuple(parts) if any(parts) else is_of(a, level)


def on_batches(f, mapped, args):
    """The arguments with f of each batch among them, or among the parts of an index."""
    return [
        tuple(on_batches(f, m, a)) if type(m) is tuple else f(a) if m else a
        for m, a in zip(mapped, args, strict=True)
    ]


def align(mapped, *arrays):
    """The arrays with axes of length 1 put in, so that their first axes are the hidden ones."""
    most = max(core.ndim_of(a) - m for a, m in zip(arrays, mapped, strict=True))
    return [
        np.reshape(a, (a.shape[0], *(1,) * (most + 1 - a.ndim), *a.shape[1:]))
        if m and a.ndim <= most
        else a
        for a, m in zip(arrays, mapped, strict=True)
    ]


def entrywise(function, mapped, *stacked, **kwargs):
    """Functions of matching entries need nothing but aligned axes."""
    return function(*align(mapped, *stacked), **kwargs)


def one_by_one(function, mapped, *stacked, **kwargs):
    """What always works: the function of each member in turn."""
    members = [
        function(*on_batches(operator.itemgetter(k), mapped, stacked), **kwargs)
        for k in range(size(mapped, *stacked))
    ]
    if not members:
        blanks = on_batches(blank, mapped, stacked)
        y = function(*blanks, **kwargs)
        return np.zeros((0, *np.shape(y)), np.result_type(y))
    if type(members[0]) is tuple:  # np.nonzero gives an array for each axis
        return tuple(map(together, zip(*members, strict=True)))
    return together(members)


def together(members):
    """The results of all the members, stacked."""
    if len({np.shape(y) for y in members}) > 1:
        raise ConversionError(
            "The members of a batch give results of different shapes here: use np.where instead of "
            "a boolean index."
        )
    return np.stack(members)


def size(mapped, *stacked):
    """How many members the batches among some arguments have."""
    a, m = next((a, m) for a, m in zip(stacked, mapped, strict=True) if m)
    return size(m, *a) if type(m) is tuple else a.shape[0]


def spread(a, mapped, n):
    """The stack of n members that an argument stands for."""
    return a if mapped else np.broadcast_to(a, (n, *np.shape(a)))


def blank(a):
    """A member that every function accepts: positive, and positive definite as a matrix."""
    shape = a.shape[1:]
    return (np.ones(shape) + (np.eye(*shape[-2:]) if len(shape) > 1 else 0.0)).astype(a.dtype)


# ------------------------------------------------------------ functions that count axes


def reduced(function, mapped, x, axis=None, **keepdims):
    """Functions that go along axes: along those behind the hidden one."""
    axis = range(x.ndim - 1) if axis is None or x.ndim == 1 else axis  # a number has an axis 0
    axes = normalize_axis_tuple(axis, x.ndim - 1)
    return function(x, axis=tuple(a + 1 for a in axes), **keepdims)


def reshaped(function, mapped, x, *args, **kwargs):
    """Functions that keep the entries in order: all to know is the shape that one member gets."""
    shape = function(np.empty(x.shape[1:]), *args, **kwargs).shape
    return np.reshape(x, (x.shape[0], *shape))


def turned(function, mapped, x, *args, **kwargs):
    """Functions that reorder axes: how, tells an array whose axes have the lengths 0, 1, 2 …"""
    order = function(np.empty(range(x.ndim - 1)), *args, **kwargs).shape
    return np.transpose(x, (0, *(a + 1 for a in order)))


def broadcast_to(mapped, x, shape):
    shape = np.broadcast_to(0.0, shape).shape
    return np.broadcast_to(align([True, False], x, np.empty(shape))[0], (x.shape[0], *shape))


def of_each(mapped, n, index):
    """An index that takes from each member what `index` takes from one; None if there is none."""
    parts = index if isinstance(index, tuple) else (index,)
    parts = [as_places(i) if type(i) in (list, tuple) else i for i in parts]
    picky = [i for i in parts if not isinstance(i, slice) and i is not None and i is not Ellipsis]
    if not mapped and (len(picky) < 2 or not any(map(core.ndim_of, picky))):
        return (slice(None), *parts)
    if len(picky) < len(parts) or any(np.result_type(i).kind == "b" for i in picky):
        return None
    flags = mapped if type(mapped) is tuple else (mapped,) * len(parts)
    ndim = max(core.ndim_of(i) - m for i, m in zip(parts, flags, strict=True))
    return (np.reshape(np.arange(n), (n,) + (1,) * ndim), *align(flags, *parts))


def as_places(i):
    """A list or tuple inside of an index, as the array that it stands for."""
    return np.asarray(i) if i else np.zeros(0, int)


def getitem(mapped, x, index, **once):
    new = of_each(mapped[1], size(mapped, x, index), index)
    rows = [i for i in index if type(i) is not slice] if type(mapped[1]) is tuple else []
    if new is None and len(rows) == 1 and rows[0].ndim == 1 and rows[0].dtype.kind != "b":
        y = core.getitem(x, (np.arange(x.shape[0]), *index) if mapped[0] else index)
        return y if mapped[0] else np.moveaxis(y, mapped[1].index(True), 0)
    if new is None:
        return one_by_one(core.getitem, mapped, x, index)
    if not mapped[0]:  # where each member takes the same entries
        return core.getitem(x, new[1:])
    return rules.pick(x, new, **once) if once else core.getitem(x, new)


def scatter(mapped, g, shape, index, **once):
    n = size(mapped, g, shape, index)
    new = of_each(mapped[2], n, index)
    if new is None:
        return one_by_one(rules.scatter, mapped, g, shape, index, **once)
    return rules.scatter(spread(g, mapped[0], n), (n, *shape), new, **once)


def join(mapped, *arrays, axis=0):
    full = [spread(a, m, size(mapped, *arrays)) for a, m in zip(arrays, mapped, strict=True)]
    return rules.join(*full, axis=normalize_axis_index(axis, full[0].ndim - 1) + 1)


def matmul(mapped, a, b):
    vector_a, vector_b = (core.ndim_of(x) - m == 1 for x, m in zip((a, b), mapped, strict=True))
    if vector_a and not mapped[1] and b.ndim == 2:  # one product instead of many
        return np.matmul(a, b)
    if vector_b and not mapped[0] and a.ndim <= 2:
        return np.matmul(b, np.transpose(a))
    a = a[..., np.newaxis, :] if vector_a else a
    a, b = align(mapped, a, b[..., np.newaxis] if vector_b else b)
    y = np.matmul(a, b)
    y = y[..., 0, :] if vector_a else y
    return y[..., 0] if vector_b else y


def convolve(mapped, a, v, mode="full"):
    """All members at once, as products with windows of the longer array."""
    k = size(mapped, a, v)
    a, v = (spread(x, m, k) for x, m in zip((a, v), mapped, strict=True))
    np.convolve(np.ones(a.shape[1:]), np.ones(v.shape[1:]), mode)  # or NumPy says why not
    each = (np.reshape(x, (k, -1)) for x in (a, v))
    a, v = sorted(each, key=np.size, reverse=True)
    n, m, mode = a.shape[1], v.shape[1], MODES.get(mode, mode)
    windows = np.pad(a, ((0, 0), (m - 1, m - 1)))[:, np.arange(n + m - 1)[:, None] + np.arange(m)]
    start, end = {"full": (0, n + m), "same": ((m - 1) // 2, n), "valid": (m - 1, n - m + 1)}[mode]
    return np.matmul(windows, np.flip(v, 1)[..., None])[:, start : start + end, 0]


def quotient(mapped, a, b):
    """Solutions; for a matrix that all members share, all of their right sides at once."""
    if mapped[0] or (a.ndim, b.ndim) != (2, 3):
        return rules.linalg.quotient(*align(mapped, a, b))
    sides = np.transpose(b, (1, 0, 2))
    y = rules.linalg.quotient(a, np.reshape(sides, (b.shape[1], b.shape[0] * b.shape[2])))
    return np.transpose(np.reshape(y, sides.shape), (1, 0, 2))


def contract(mapped, *arrays, subscripts, **fast):
    new = next(c for c in string.ascii_letters if c not in subscripts)
    terms, result = subscripts.split("->")
    terms = [new * m + term for term, m in zip(terms.split(","), mapped, strict=True)]
    return rules.products.contract(*arrays, subscripts=f"{','.join(terms)}->{new}{result}")


KINDS = {
    reduced: [np.sum, np.max, np.min, np.any, np.all, np.flip],
    entrywise: [
        np.where, np.zeros_like, np.ones_like, rules.stop_gradient, product, products, recurrence,
        np.linalg.inv, np.linalg.det, np.linalg.cholesky, rules.linalg.log_abs_det,
        rules.linalg.sign_of_det,
    ],
    reshaped: [np.reshape, np.ravel, np.squeeze, np.expand_dims],
    turned: [np.transpose, np.swapaxes, np.moveaxis],
}  # fmt: skip
ENTRIES = {f: functools.partial(kind, f) for kind, functions in KINDS.items() for f in functions}
ENTRIES |= {
    operator.getitem: getitem, rules.arrays.pick: getitem, rules.scatter: scatter, rules.join: join,
    np.matmul: matmul, rules.products.contract: contract, np.broadcast_to: broadcast_to,
    rules.linalg.quotient: quotient, np.convolve: convolve,
}  # fmt: skip


# ------------------------------------------------------------ the transformation


def check_axes(f, in_axes, out_axes, given):
    """Raises InputError where vmap is asked for what it cannot do, whatever the arguments."""
    if not callable(f):
        raise InputError(f"vmap needs a function, but got {type(f).__name__} {f!r:.40}.")
    if type(out_axes) is not int:
        raise InputError(f"out_axes={out_axes!r} must name one axis, an int, for all the results.")
    if not all(a is None or type(a) is int for a in in_axes):
        raise InputError(
            f"in_axes={given!r:.40} must name an axis or a tuple of axes, ints or None: vmap(f) "
            "makes a function, so write vmap(f)(xs)."
        )


@calls.picklable
def vmap(f, in_axes=0, out_axes=0):
    """The function that runs f on each member of stacked arguments, all in one go.

    `in_axes` says along which axis the arguments are stacked (None: not at all): one for all of
    them or a tuple with one for each, which serves all the leaves of its argument. `out_axes`
    says where the new axis of all the results goes; what is passed by keyword is the same for
    all members. Raises InputError where the stacks differ in length or have no such axis,
    ConversionError where f branches on a value.

    >>> vmap(lambda x, y: x @ y, in_axes=(0, None))(np.eye(2), np.array([3.0, 4.0]))
    array([3., 4.])
    """
    many = isinstance(in_axes, (tuple, list))
    check_axes(f, in_axes if many else [in_axes], out_axes, in_axes)

    def of_stacks(*args, **kwargs):
        level = core.new_level()
        axes = in_axes if many else [in_axes] * len(args)
        if len(axes) != len(args):
            raise InputError(f"in_axes={in_axes!r} must name one axis for each of the arguments.")
        leaves = [(x, axis) for a, axis in zip(args, axes, strict=True) for x in trees.leaves(a)]
        inside = [x if axis is None else Batch(in_front(x, axis), level) for x, axis in leaves]
        sizes = {np.shape(x.stacked)[0] for x in inside if is_of(x, level)}
        if len(sizes) != 1:
            raise InputError(
                f"vmap needs stacks of one length along in_axes={in_axes}, but got the lengths "
                f"{sorted(sizes)}."
            )
        member = functools.partial(f, **kwargs) if kwargs else f
        result = calls.call(member, trees.rebuild(args, inside))
        stacks = [y if y is None else outside(y, level, *sizes) for y in trees.leaves(result)]
        placed = [y if y is None else moved("out_axes", y, 0, out_axes) for y in stacks]
        return trees.rebuild(result, placed)

    return of_stacks


def many(push, tangents):
    """``push(*tangents)``, a value and its slopes, for stacked tangents; the value is not stacked.

    >>> many(lambda v: (7.0, 2 * v), (np.eye(2),))
    (7.0, array([[2., 0.],
           [0., 2.]]))
    """
    values = []

    def slopes(*tangents):
        y, found = push(*tangents)
        values.append(y)
        return found

    found = vmap(slopes)(*tangents)
    return values[0], found


def outside(y, level, n):
    """The stack of n members that a result stands for outside of its batch."""
    if trees.kind(y) not in "fbiuc":
        raise InputError(
            f"A function under vmap must return numbers and arrays, but returned {y!r:.40}."
        )
    y = y.stacked if is_of(y, level) else spread(y, False, n)
    return trees.fresh(y)  # it may be an argument itself


def in_front(x, axis):
    """An argument with the axis of the members as its first one."""
    if not core.ndim_of(x) or trees.kind(x) not in "fbiuc":
        raise InputError(
            f"vmap needs arrays of stacked members, but got one {type(x).__name__} {x!r:.40}: make "
            "an array of several with np.array, or name the argument's axis None in in_axes."
        )
    return moved("in_axes", x, axis, 0)


def moved(name, x, source, to):
    """x with an axis in another place, which the user named."""
    axis, shape = source or to, np.shape(x)
    if not -len(shape) <= axis < len(shape):
        raise InputError(f"vmap's {name} cannot name axis {axis} of an array of shape {shape}.")
    return np.moveaxis(x, source, to) if axis else x

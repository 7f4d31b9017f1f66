"""Batching: run a function on many inputs at once by hiding one more axis in its arrays.

A `Batch` behaves like one array; along a first axis that the program does not see lie many of
them. Functions that work entry by entry need nothing but aligned axes, a few others have an entry
below that moves their axes by one, and all the rest are run once for each member. Since a Batch
is a value like those of the engines, batching nests with all of them: many tangents in one
forward pass, many cotangents in one sweep back.

Source: Bradbury et al., JAX (2018), for `vmap` and its arguments.
"""

import operator
import string

import numpy as np

from elves import core, rules, trees
from elves.errors import ConversionError, InputError


class Batch(core.Value):
    """Many arrays of one shape, stacked along a first axis that the program does not see."""

    __slots__ = ("stacked",)
    shape = property(lambda self: np.shape(self.stacked)[1:])
    ndim = property(lambda self: len(self.shape))
    size = property(lambda self: int(np.prod(self.shape)))
    dtype = property(lambda self: np.result_type(self.stacked))

    def __init__(self, stacked, level):
        self.stacked, self.level = stacked, level

    def __repr__(self):
        return f"Batch({self.stacked})"

    def _refuse_array(self, *args, **kwargs):
        raise ConversionError(
            "A batch cannot become one plain array or index one: use np.stack([x, y]) instead of "
            "np.array([x, y]), A @ x instead of A.dot(x), and elves.rules.pick(table, i) instead "
            "of table[i]."
        )

    __array__ = __index__ = _refuse_array

    @property
    def plain(self):
        raise ConversionError(
            "A batch holds many values at once, so it cannot decide a branch or become one "
            "number: write the branch as np.where."
        )

    @classmethod
    def apply(cls, level, rule, args, kwargs):
        mapped = [is_mapped(a, level) for a in args]
        stacked = [unwrapped(a, level) for a in args]
        if rule.function is np.result_type:
            return np.result_type(*stacked)
        if rule.function in ENTRIES:
            y = ENTRIES[rule.function](mapped, *stacked, **kwargs)
        elif isinstance(rule, core.Elementwise) or isinstance(rule.function, np.ufunc):
            y = rule.function(*align(mapped, *stacked), **kwargs)
        else:
            y = one_by_one(rule.function, mapped, stacked, kwargs)
        return cls(y, level)


def is_of(value, level):
    return type(value) is Batch and value.level == level


def is_mapped(a, level):
    """Whether an argument is a batch; for an index that holds some, one answer per part."""
    if type(a) is tuple and any(is_of(part, level) for part in a):
        return tuple(is_of(part, level) for part in a)
    return is_of(a, level)


def unwrapped(a, level):
    if type(a) is tuple:
        return tuple(unwrapped(part, level) for part in a)
    return a.stacked if is_of(a, level) else a


def member(a, mapped, k):
    """The k-th member of an argument, or the argument that serves all members."""
    if type(mapped) is tuple:
        return tuple(member(part, m, k) for part, m in zip(a, mapped, strict=True))
    return a[k] if mapped else a


def align(mapped, *arrays):
    """The arrays with axes of length 1 put in, so that their first axes are the hidden ones."""
    most = max(core.ndim_of(a) - m for a, m in zip(arrays, mapped, strict=True))
    return [
        np.reshape(a, (a.shape[0], *(1,) * (most + 1 - a.ndim), *a.shape[1:]))
        if m and a.ndim <= most
        else a
        for a, m in zip(arrays, mapped, strict=True)
    ]


def one_by_one(function, mapped, stacked, kwargs):
    """What always works: the function of each member in turn."""
    n = size(mapped, stacked)
    members = [
        function(*(member(a, m, k) for a, m in zip(stacked, mapped, strict=True)), **kwargs)
        for k in range(n)
    ]
    if not members:
        blanks = [blank(a.shape[1:]) if m else a for a, m in zip(stacked, mapped, strict=True)]
        return np.zeros((0, *np.shape(function(*blanks, **kwargs))))
    return np.stack(members)


def size(mapped, stacked):
    """How many members the batches among some arguments have."""
    for a, m in zip(stacked, mapped, strict=True):
        if m:
            return size(m, a) if type(m) is tuple else a.shape[0]
    return None


def blank(shape):
    """An array that every function accepts: positive, and positive definite as a matrix."""
    return np.ones(shape) + (np.eye(*shape[-2:]) if len(shape) > 1 else 0.0)


# ------------------------------------------------------------ functions that count axes


def behind(axis, ndim):
    """The place of an axis, or of several, behind the hidden one; None means all of them."""
    if axis is None:
        return tuple(range(1, ndim))
    if isinstance(axis, (tuple, list)):
        return tuple(behind(a, ndim) for a in axis)
    return axis + 1 if axis >= 0 else axis


def reduced(function):
    return lambda m, x, axis=None, keepdims=False: function(
        x, axis=behind(axis, x.ndim), keepdims=keepdims
    )


def reshape(m, x, shape):
    shape = shape if isinstance(shape, (tuple, list)) else (shape,)
    return np.reshape(x, (x.shape[0], *shape))


def broadcast_to(m, x, shape):
    shape = shape if isinstance(shape, (tuple, list)) else (shape,)
    return np.broadcast_to(align([True, False], x, np.empty(shape))[0], (x.shape[0], *shape))


def transpose(m, x, axes=None):
    ndim = x.ndim - 1
    axes = range(ndim)[::-1] if axes is None else np.mod(axes, ndim)
    return np.transpose(x, (0, *(int(a) + 1 for a in axes)))


def of_each(mapped, n, index):
    """An index that takes from each member what `index` takes from one; None if there is none."""
    parts = index if isinstance(index, tuple) else (index,)
    picky = [i for i in parts if not isinstance(i, slice) and i is not None and i is not Ellipsis]
    if not mapped and (len(picky) < 2 or not any(map(core.ndim_of, picky))):
        return (slice(None), *parts)
    if len(picky) < len(parts) or any(np.result_type(i).kind == "b" for i in picky):
        return None
    flags = mapped if type(mapped) is tuple else (mapped,) * len(parts)
    ndim = max(core.ndim_of(i) - m for i, m in zip(parts, flags, strict=True))
    return (np.reshape(np.arange(n), (n,) + (1,) * ndim), *align(flags, *parts))


def getitem(mapped, x, index):
    new = of_each(mapped[1], size(mapped, (x, index)), index)
    if new is None:
        return one_by_one(core.getitem, mapped, (x, index), {})
    return core.getitem(x, new if mapped[0] else new[1:])


def scatter(mapped, g, shape, index):
    n = size(mapped, (g, shape, index))
    new = of_each(mapped[2], n, index)
    if new is None:
        return one_by_one(rules.scatter, mapped, (g, shape, index), {})
    g = g if mapped[0] else np.broadcast_to(g, (n, *np.shape(g)))
    return rules.scatter(g, (n, *shape), new)


def join(mapped, *arrays, axis=0):
    n = next(a.shape[0] for a, m in zip(arrays, mapped, strict=True) if m)
    full = [
        a if m else np.broadcast_to(a, (n, *np.shape(a)))
        for a, m in zip(arrays, mapped, strict=True)
    ]
    return rules.join(*full, axis=behind(axis, full[0].ndim))


def matmul(mapped, a, b):
    flat_a, flat_b = (core.ndim_of(x) - m == 1 for x, m in zip((a, b), mapped, strict=True))
    if flat_a and not mapped[1] and b.ndim == 2:  # one product instead of many
        return np.matmul(a, b)
    if flat_b and not mapped[0] and a.ndim <= 2:
        return np.matmul(b, np.transpose(a))
    a = a[..., np.newaxis, :] if flat_a else a
    a, b = align(mapped, a, b[..., np.newaxis] if flat_b else b)
    y = np.matmul(a, b)
    y = y[..., 0, :] if flat_a else y
    return y[..., 0] if flat_b else y


def contract(mapped, *arrays, subscripts):
    new = next(c for c in string.ascii_letters if c not in subscripts)
    terms, result = subscripts.split("->")
    terms = [new * m + term for term, m in zip(terms.split(","), mapped, strict=True)]
    return np.einsum(f"{','.join(terms)}->{new}{result}", *arrays)


ENTRIES = {
    np.sum: reduced(np.sum), np.max: reduced(np.max), np.min: reduced(np.min),
    np.any: reduced(np.any), np.all: reduced(np.all),
    np.where: lambda m, *args: np.where(*align(m, *args)),
    np.zeros_like: lambda m, x: np.zeros_like(x),
    np.ones_like: lambda m, x: np.ones_like(x),
    np.reshape: reshape,
    np.ravel: lambda m, x: np.reshape(x, (x.shape[0], -1)),
    np.squeeze: lambda m, x, axis=None: np.squeeze(
        x, behind(tuple(np.flatnonzero(np.equal(x.shape[1:], 1))) if axis is None else axis, 0)
    ),
    np.expand_dims: lambda m, x, axis: np.expand_dims(x, behind(axis, 0)),
    np.broadcast_to: broadcast_to,
    np.transpose: transpose,
    np.swapaxes: lambda m, x, a, b: np.swapaxes(x, behind(a, 0), behind(b, 0)),
    operator.getitem: getitem, rules.arrays.pick: getitem, rules.scatter: scatter, rules.join: join,
    np.matmul: matmul, rules.products.contract: contract,
}  # fmt: skip


# ------------------------------------------------------------ the transformation


def vmap(f, in_axes=0, out_axes=0):
    """The function that runs f on each member of stacked arguments, all in one go.

    `in_axes` says along which axis the arguments are stacked (None: not at all): one for all of
    them or a tuple with one for each, which serves all the leaves of its argument. `out_axes`
    says where the new axis of all the results goes. Raises InputError where the stacks differ in
    length, ConversionError where f branches on a value.

    >>> vmap(lambda x, y: x @ y, in_axes=(0, None))(np.eye(2), np.array([3.0, 4.0]))
    array([3., 4.])
    """

    if not isinstance(out_axes, int):
        raise InputError(f"out_axes={out_axes!r} must name one axis, an int, for all the results.")

    def of_stacks(*args):
        level = core.new_level()
        axes = in_axes if isinstance(in_axes, (tuple, list)) else [in_axes] * len(args)
        if len(axes) != len(args) or not all(a is None or isinstance(a, int) for a in axes):
            raise InputError(f"in_axes={in_axes!r} must name one axis for each of the arguments.")
        leaves = [(x, axis) for a, axis in zip(args, axes, strict=True) for x in trees.leaves(a)]
        sizes = {length(x, axis) for x, axis in leaves if axis is not None}
        if len(sizes) != 1:
            raise InputError(
                f"vmap needs stacks of one length along in_axes={in_axes}, but got the lengths "
                f"{sorted(sizes)}."
            )
        inside = [
            x if axis is None else Batch(x if axis == 0 else np.moveaxis(x, axis, 0), level)
            for x, axis in leaves
        ]
        result = trees.call(f, trees.rebuild(args, inside))
        stacks = [outside(y, level, *sizes) for y in trees.leaves(result)]
        if out_axes != 0:
            for y in stacks:
                if not -core.ndim_of(y) <= out_axes < core.ndim_of(y):
                    raise InputError(
                        f"vmap cannot put the new axis at out_axes={out_axes} of a result with "
                        f"{core.ndim_of(y)} axes in all."
                    )
            stacks = [np.moveaxis(y, 0, out_axes) for y in stacks]
        return trees.rebuild(result, stacks)

    return of_stacks


def outside(y, level, n):
    """The stack of n members that a result stands for outside of its batch."""
    y = y.stacked if is_of(y, level) else np.broadcast_to(y, (n, *np.shape(y)))
    return trees.fresh(y)  # it may be an argument itself


def length(x, axis):
    """How many members are stacked in x along an axis."""
    if not core.ndim_of(x):
        raise InputError(
            f"vmap needs arrays of stacked members, but got one number {x!r:.40}: make an array of "
            "several with np.array, or name the argument's axis None in in_axes."
        )
    if not -core.ndim_of(x) <= axis < core.ndim_of(x):
        raise InputError(f"vmap cannot take the axis {axis} of an array of shape {np.shape(x)}.")
    return np.shape(x)[axis]

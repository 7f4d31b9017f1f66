"""The few functions that generated source calls besides NumPy's own."""

import operator

import numpy as np

from elves import core, trees
from elves.rules.arrays import cast, join, padded, running_sum, scatter
from elves.rules.products import contract

__all__ = [
    "add", "cast", "contract", "field", "join", "last_written", "no_tangent", "padded", "pullback",
    "pushforward", "running_sum", "scatter", "tangent", "transpose", "unbroadcast", "undefined",
    "zeros",
]  # fmt: skip


def transpose(function, i, g, y, *args, **options):
    """The cotangent of the i-th argument of a function, walked through the table at run time."""
    if type(g) is np.ndarray and not g.any():  # nobody has read y, which may have no slope
        return zeros(args[i])
    if function is operator.getitem and isinstance(args[0], (list, tuple, dict)):
        bars = zeros(args[0])
        bars[args[1]] = [*g] if isinstance(args[1], slice) else g
        return bars
    return core.RULES[function].vjp(i, g, y, args, options)


def tangent(function, dots, y, *args, **options):
    """The tangent of a function's value, walked through the table at run time."""
    t = core.broadcast_like(core.RULES[function].jvp(list(dots), y, args, options), y)
    return np.array(t) if type(t) is np.ndarray else t  # it may be an argument's, which may change


def pullback(function, g, *args):
    """The cotangents of the arguments of a function that only reverse mode can follow."""
    from elves import reverse

    if type(g) is float and not g:  # of whole numbers, it has no shape
        return zeros(args) if len(args) > 1 else zeros(args[0])
    moving, f, primals = of_floats(function, args)
    inputs, y = reverse.record(f, primals)
    pairs = [*zip(trees.leaves(y), trees.match("cotangent", g, y), strict=True)]
    # Of several results some may be read by nobody: 0 times nan, of equal eigenvalues, is nan.
    pairs = [(a, bar) for a, bar in pairs if np.any(bar)] or pairs[:1]
    found = reverse.pull_back(primals, inputs, *map(list, zip(*pairs, strict=True)))
    bars = trees.leaves(zeros(args))
    for k, bar in zip(moving, found, strict=True):
        bars[k] = bar
    bars = trees.rebuild(args, bars)
    return bars if len(args) > 1 else bars[0]


def pushforward(function, args, dots):
    """The tangent of a function that only forward mode can follow."""
    from elves import forward

    moving, f, primals = of_floats(function, args)
    dots = trees.leaves(dots)
    return forward.jvp(f, primals, [dots[k] for k in moving])[1]


def of_floats(function, args):
    """The places of the floats in the arguments, and what they alone are given to."""
    parts = trees.leaves(args)
    moving = [k for k, a in enumerate(parts) if trees.kind(a) == "f"]

    def of_parts(*floats):
        given = dict(zip(moving, floats, strict=True))
        return function(*trees.rebuild(args, [given.get(k, a) for k, a in enumerate(parts)]))

    return moving, of_parts, [parts[k] for k in moving]


def unbroadcast(g, x):
    """A cotangent of x, summed over the axes that broadcasting added or stretched."""
    return core.unbroadcast(g, core.shape_of(x))


def zeros(tree):
    """A cotangent of nothing, for numbers, arrays and trees of them."""
    if type(tree) is float:
        return 0.0
    if isinstance(tree, dict):
        return {k: zeros(v) for k, v in tree.items()}
    if isinstance(tree, (tuple, list)):
        return [zeros(v) for v in tree]
    return np.zeros(np.shape(tree))[()] if trees.kind(tree) == "f" else 0.0


def add(a, b):
    """The sum of two cotangents, entry by entry; 0.0 stands for a whole tree of zeros."""
    if type(a) is type(b) is np.ndarray or type(a) is float is type(b):
        return a + b
    if isinstance(a, dict):
        if not isinstance(b, dict):
            return a
        return {k: add(a.get(k, 0.0), b.get(k, 0.0)) for k in a | b}  # one may have grown since
    if isinstance(a, (tuple, list)):
        nothing = isinstance(b, float) and b == 0
        if nothing:
            return a
        one = core.NUMBERS
        pairs = zip(a, b, strict=True)
        return [x + y if type(x) in one and type(y) in one else add(x, y) for x, y in pairs]
    return add(b, a) if isinstance(b, (dict, tuple, list)) else a + b


def last_written(bar, index):
    """bar[index], without what was assigned to an entry that a later one was assigned to too."""
    g, place = bar[index], np.empty(np.shape(bar), int)
    order = np.arange(np.size(g)).reshape(np.shape(g))
    place[index] = order
    return np.where(place[index] == order, g, 0.0)


def undefined(name):
    """What stands for a name that stands for nothing: an error, when the program gets there."""
    raise NameError(f"name {name!r} is not defined", name=name)


def field(tree, name):
    """The place of a field of a named tuple."""
    return tree._fields.index(name)


def no_tangent(value):
    """The tangent of what does not vary: zeros in its shape, and in its own kind of tree."""
    if isinstance(value, (dict, tuple, list)):
        return trees.rebuild(value, [no_tangent(v) for v in trees.leaves(value)])
    return np.zeros_like(value) if isinstance(value, np.ndarray) else 0.0

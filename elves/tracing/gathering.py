"""Numbers that are joined make an array at once, and numbers of an array are read at once.

``np.stack([a, b, c])`` is a `join` of three arrays, each of one number: NumPy takes 5 µs for
them, and 0.3 µs for ``np.array([a, b, c])``. So it is on the way back: ``g.tolist()`` has all the
numbers.

Source: Muchnick, Advanced Compiler Design and Implementation (1997), section 12.2.
"""

import itertools
import math
import operator

import numpy as np

from elves import core
from elves.tracing import scalars
from elves.tracing.ir import Equation, Var, variables

MANY, FEW = 1024, 256  # entries of an array that is made, and of one that is taken apart


def gather(e, builder):
    """A join of numbers, of arrays of numbers and of small constants is one array of entries.

    >>> from elves.tracing import make_ir, optimize
    >>> ir = make_ir(lambda x, y: np.stack([np.stack([x, 0.0]), np.stack([y, x])]), 1.0, 2.0)
    >>> optimize(ir, ["simplify", "scalars", "dead_code"])
    (a: float64, b: float64):
        c: float64[2, 2] = built(a, 0.0, b, a, shape=(2, 2))
        return c
    """
    axis, out = e.kwargs.get("axis", 0), e.out
    before = out.shape[:axis] if axis >= 0 else out.shape[: axis + len(out.shape)]
    if math.prod(before) != 1 or math.prod(out.shape) > MANY:
        return None
    parts = [entries(a, builder) for a in e.args]
    if None in parts or not any(type(a) is Var for part in parts for a in part):
        return None
    atoms = tuple(itertools.chain(*parts))
    return builder.put(Equation(scalars.BUILT, atoms, {"shape": out.shape}, out))


def entries(a, builder):
    """The entries of an array, if they are known one by one; None if they are not."""
    if type(a) is not Var:
        known = isinstance(a, np.ndarray) and a.dtype == float
        return a.ravel().tolist() if known else None
    e = builder.made_by.get(a)
    if e is None or a.dtype != float:
        return None
    if e.rule is scalars.BUILT:
        return [*e.args]
    x = e.args[0] if e.rule.function is np.reshape else None
    if type(x) is not Var or x.dtype != float:
        return None
    return entries(x, builder) if x.shape else [x]


def take_apart(e, builder):
    """A number that is an entry of a small array is taken from all its entries.

    >>> from elves.tracing import make_ir, optimize
    >>> optimize(make_ir(lambda x: np.reshape(x[1:], ()), np.ones(2)), ["scalars", "dead_code"])
    (a: float64[2]):
        b: float64, c: float64 = opened(a)
        return c
    """
    x, chain = e.args[0], [e]
    if e.out.shape or type(x) is not Var or not x.shape:
        return None
    while (before := builder.made_by.get(x)) and is_view(before) and is_few(before.args[0]):
        chain.append(before)
        x = before.args[0]
    if not is_few(x) or not all(map(is_view, chain)):
        return None
    at = np.arange(math.prod(x.shape)).reshape(x.shape)
    for view in reversed(chain):
        f = core.getitem if view.rule.function is operator.getitem else view.rule.function
        at = f(at, *view.args[1:], **view.kwargs)
    return scalars.entries(x, builder)[int(at)]


def is_view(e):
    return e.rule.function in scalars.VIEWS and not variables((e.args[1:], e.kwargs))


def is_few(a):
    return type(a) is Var and a.shape and a.dtype == float and math.prod(a.shape) <= FEW

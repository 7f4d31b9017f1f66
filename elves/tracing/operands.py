"""What an operation reads, in its smallest form: no array that NumPy would make by itself.

Source: Muchnick, Advanced Compiler Design and Implementation (1997), section 12.3.
"""

import math
import operator

import numpy as np

from elves import core
from elves.rules.arrays import pick, scatter
from elves.scattering import parts_of
from elves.tracing.ir import Equation, Var
from elves.tracing.tracers import infer

INDEXED = {operator.getitem: 1, pick: 1, scatter: 2}  # where the index stands


def equation(function, *args, out=None, **kwargs):
    """A call of a function that has a rule; its result is a new Var, if it is not given."""
    rule = core.rule_of(function)
    return Equation(rule, args, kwargs, out or infer(rule, args, kwargs))


def is_wide(a, builder):
    """Whether an operand may be an array of a smaller one, or of a number."""
    made = builder.made_by.get(a) if type(a) is Var else None
    return type(a) is np.ndarray or (made and made.rule.function in (np.broadcast_to, np.reshape))


def spread_late(e, builder):
    """An operation on what was broadcast alone, done before, and its result broadcast."""
    made = [builder.made(a, np.broadcast_to) for a in e.args]
    whole = (type(a) is Var and a.shape == e.out.shape for a in e.args)
    if any(w and not m for w, m in zip(whole, made, strict=True)):
        return None
    if all(m is None or is_firm(builder, m.args[0]) for m in made):
        args = [m.args[0] if m else all_alike(a, e) for a, m in zip(e.args, made, strict=True)]
        small = np.broadcast_shapes(*map(np.shape, args))
        if math.prod(small) < math.prod(e.out.shape):
            return builder.make(np.broadcast_to, builder.make(e.rule.function, *args), e.out.shape)
    return None


def lighter(i, e, builder):
    """The i-th operand without a broadcast that the operation would do by itself."""
    a = e.args[i]
    spread = builder.made(a, np.broadcast_to) or of_number(builder, a)
    if not spread and type(a) is not np.ndarray:
        return a
    others = [np.shape(b) for k, b in enumerate(e.args) if k != i]
    if spread and is_firm(builder, spread.args[0]):
        less = np.broadcast_shapes(np.shape(spread.args[0]), *others)
        return spread.args[0] if less == e.out.shape else a
    return all_alike(a, e) if np.broadcast_shapes(*others) == e.out.shape else a


def all_alike(a, e):
    """The number that all entries of a known array are; or the array."""
    if type(a) is not np.ndarray or not a.ndim or not a.size or a.dtype != e.out.dtype:
        return a
    one = a.flat[0]  # 0.0 is not -0.0
    if a.tobytes() != one.tobytes() * a.size:
        return a
    others = [b for b in e.args if type(b) is Var and b.shape and b.dtype == a.dtype]
    return float(one) if a.dtype == np.float32 and others else one  # as a person writes it


def is_firm(builder, a):
    """Whether a value has the same dtype beside others as an array of it would have."""
    return builder.double or (type(a) is Var and not a.weak)


def from_numbers(e, builder):
    """An array of what is computed of numbers, which were made arrays before."""
    made = [of_number(builder, a) for a in e.args]
    plain = all(m or not np.shape(a) for m, a in zip(made, e.args, strict=True))
    if not any(made) or not plain or not builder.double:
        return None
    args = [m.args[0] if m else a for m, a in zip(made, e.args, strict=True)]
    return builder.make(np.reshape, builder.make(e.rule.function, *args), e.out.shape)


def of_number(builder, a):
    """The equation that made an array of a number alone."""
    e = builder.made(a, np.reshape)
    return e if e and type(e.args[0]) is Var and not e.args[0].shape else None


def in_python(index):
    """An index with Python's whole numbers in place of NumPy's; None if it has none of these."""
    parts = parts_of(index)
    if not any(isinstance(i, np.integer) for i in parts):
        return None
    parts = tuple(int(i) if isinstance(i, np.integer) else i for i in parts)
    return parts if type(index) is tuple else parts[0]

"""Linear programs as lists of lines, and all that lab 9 does with them: the right answers.

A line `(out, step, constant, source)` adds a linear step of the tangent of `source` to that of
`out`.
"""

import itertools
import operator
from types import NoneType

import numpy as np

from elves.course import kinds
from elves.course.exercise import brief
from elves.course.guard import Unfit
from elves.course.handover import Handover
from elves.course.linear.explicit import Explicit


def undo(g, shape):
    """Sum an array until it has a shape that broadcasts to its own."""
    g = np.asarray(g)
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    axes = tuple(k for k, n in enumerate(shape) if n == 1)
    return g.sum(axis=axes, keepdims=True)


def added_at(shape, index, t):
    out = np.zeros(shape)
    np.add.at(out, index, t)
    return out


STEPS = {
    "scale": lambda t, c: c * t,
    "left": lambda t, c: c @ t,
    "right": lambda t, c: t @ c,
    "turn": lambda t, c: np.transpose(t),
    "reshape": lambda t, c: np.reshape(t, c[1]),
    "spread": lambda t, c: np.broadcast_to(t, c[1]),
    "sum": lambda t, c: undo(t, c[1]),
    "pick": lambda t, c: np.asarray(t)[c[0]],
    "scatter": lambda t, c: added_at(c[1], c[0], t),
}
TRANSPOSES = {
    "scale": lambda c: ("scale", c),
    "left": lambda c: ("left", c.T),
    "right": lambda c: ("right", c.T),
    "turn": lambda c: ("turn", c),
    "reshape": lambda c: ("reshape", c[::-1]),
    "spread": lambda c: ("sum", c[::-1]),
    "sum": lambda c: ("spread", c[::-1]),
    "pick": lambda c: ("scatter", c),
    "scatter": lambda c: ("pick", c),
}
RULES = {
    np.add: lambda y, a, b: [("scale", 1.0), ("scale", 1.0)],
    np.subtract: lambda y, a, b: [("scale", 1.0), ("scale", -1.0)],
    np.negative: lambda y, a: [("scale", -1.0)],
    np.transpose: lambda y, a: [("turn", None)],
    np.sum: lambda y, a, **options: [("sum", (np.shape(a), np.shape(y)))],
    np.reshape: lambda y, a, shape: [("reshape", (np.shape(a), np.shape(y))), None],
    np.broadcast_to: lambda y, a, shape: [("spread", (np.shape(a), np.shape(y))), None],
    operator.getitem: lambda y, a, index: [("pick", (index, np.shape(a))), None],
    np.multiply: lambda y, a, b: [("scale", b), ("scale", a)],
    np.true_divide: lambda y, a, b: [("scale", 1 / b), ("scale", -y / b)],
    np.tanh: lambda y, a: [("scale", 1 - y * y)],
    np.exp: lambda y, a: [("scale", y)],
    np.matmul: lambda y, a, b: [("right", b), ("left", a)],
}
NUMBERS = itertools.count()


class Traced(Explicit):
    """A value with a name; what made it has written its linear lines into a list."""

    def __init__(self, value, name, lines):
        self.value, self.name, self.lines = value, name, lines

    def record(function, args, options):
        values = [plain(a) for a in args]
        y = function(*values, **options)
        lines = next(a.lines for a in args if isinstance(a, Handover))
        out = Traced(y, f"t{next(NUMBERS)}", lines)
        steps = RULES[function](y, *values, **options)
        for a, step in zip(args, steps, strict=True):
            if isinstance(a, Handover):
                lines.append((out.name, *step, a.name))
        return out


def plain(a):
    return a.value if isinstance(a, Handover) else a


def run(lines, known):
    """The tangents of all names, from those that are known."""
    found = dict(known)
    for out, step, constant, source in lines:
        if source in found:
            t = STEPS[step](found[source], constant)
            found[out] = found[out] + t if out in found else t
    return found


def transpose(lines):
    """The program that takes cotangents the other way."""
    return [
        (source, *TRANSPOSES[step](constant), out) for out, step, constant, source in lines[::-1]
    ]


def stepped(step, t, where="a step"):
    """What a step, a pair of its name and its constant, makes of a tangent; Unfit if it is none."""
    if not isinstance(step, (tuple, list)) or len(step) != 2:
        raise Unfit(f"{brief(step)} for {where}, and not a pair of a step's name and its constant")
    name, constant = step
    if not isinstance(name, str) or name not in STEPS:
        raise Unfit(f"a step {brief(name)!r}: the steps are {', '.join(STEPS)}")
    if isinstance(constant, Handover):
        raise Unfit(f"the step {name} with a node as its constant: constants are plain values")
    if name in PRODUCTS and (isinstance(constant, (str, dict, NoneType)) or callable(constant)):
        what = f"{kinds.a(constant)} as its constant: asked is a number or an array"
        raise Unfit(f"the step {name} with {what}")
    if (pair := PAIRS.get(name)) and not is_pair(constant):
        raise Unfit(f"the step {name} with {brief(constant)}: its constant is the pair {pair}")
    return STEPS[name](t, constant)


BEFORE_AFTER, INDEX = "(shape before, shape after)", "(index, shape of the whole)"
PRODUCTS = "scale", "left", "right"
PAIRS = {"sum": BEFORE_AFTER, "spread": BEFORE_AFTER, "reshape": BEFORE_AFTER, "pick": INDEX,
         "scatter": INDEX}  # fmt: skip


def is_pair(constant):
    """Whether a constant is a pair whose second part is a shape."""
    sized = isinstance(constant, (tuple, list)) and len(constant) == 2
    return sized and isinstance(constant[1], (tuple, list))


def looked_at(lines):
    """A program as it came, if it is one; Unfit says what a line of it is instead."""
    if not isinstance(lines, (list, tuple)):
        raise Unfit(f"{brief(lines)}, and not a list of lines")
    for line in lines:
        if not isinstance(line, (list, tuple)) or len(line) != 4:
            raise Unfit(f"the line {brief(line)}, and not (out, step, constant, source)")
        for name in (line[0], line[3]):
            if isinstance(name, Handover):
                raise Unfit("a line with a node where its name belongs")
            if not isinstance(name, (str, int)):
                raise Unfit(f"a line with {brief(name)} where a name belongs")
        if not isinstance(line[1], str):
            what = "a function" if callable(line[1]) else "no name"
            raise Unfit(f"a line with {what} in the place of its step")
        if line[1] not in STEPS:
            raise Unfit(f"a line with the step {brief(line[1])!r}: they are {', '.join(STEPS)}")
        if isinstance(line[2], Handover):
            raise Unfit("a line whose constant is a node: constants are plain values")
    return lines


def told(line):
    """A line in words.

    >>> told(("b", "scale", 2.0, "a"))
    'b += scale(2) a'
    """
    out, step, constant, source = line
    return f"{out} += {stated(step, constant)} {source}"


def stated(step, constant):
    """A step and its constant, as a call.

    >>> stated("turn", None), stated("sum", ((3,), ()))
    ('turn()', 'sum((3,), ())')
    """
    if isinstance(constant, tuple):
        return f"{step}({', '.join(map(brief, constant))})"
    return f"{step}({'' if constant is None else brief(constant)})"


def listed(lines):
    return "; ".join(map(told, lines)) or "no lines"

"""Programs as lists of equations: what a trace is written into, and what learners make smaller.

A text among the arguments of an equation is a name; all else there is a constant.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from elves.errors import InputError

ELEMENTWISE = {
    np.add, np.subtract, np.multiply, np.true_divide, np.power, np.negative, np.absolute, np.sign,
    np.square, np.sqrt, np.exp, np.log, np.sin, np.cos, np.tan, np.tanh, np.maximum, np.minimum,
    np.equal, np.not_equal, np.greater, np.greater_equal, np.less, np.less_equal,
}  # fmt: skip
BLOCK = 16384  # entries: a handful of such blocks fits into the second cache


class Equation(NamedTuple):
    """``name = function(*args, **options)``.

    >>> Equation("c", np.sum, ("b",), {"axis": 0})
    c = sum(b, axis=0)
    """

    name: str
    function: Callable
    args: tuple
    options: dict

    def __repr__(self):
        inside = [spelled(a) for a in self.args]
        inside += [f"{key}={spelled(value)}" for key, value in self.options.items()]
        function = getattr(self.function, "__name__", self.function)
        return f"{self.name} = {function}({', '.join(inside)})"


class Program(NamedTuple):
    """The names of the inputs, the equations in their order, and the results: names or constants.

    >>> square = Equation("b", np.multiply, ("a", "a"), {})
    >>> p = Program(["a"], [square, Equation("c", np.sum, ("b",), {})], ["c"])
    >>> p
    inputs: a
    b = multiply(a, a)
    c = sum(b)
    return c
    >>> float(*p(np.array([1.0, 2.0])))
    5.0
    """

    inputs: list
    equations: list
    outputs: list

    def __call__(self, *values):
        if len(values) != len(self.inputs):
            raise InputError(f"This program takes {len(self.inputs)} inputs, not {len(values)}.")
        known = dict(zip(self.inputs, values, strict=True))
        for name, function, args, options in self.equations:
            known[name] = function(*[looked_up(a, known) for a in args], **options)
        return [looked_up(a, known) for a in self.outputs]

    @property
    def lines(self):
        last = f"return {', '.join(map(spelled, self.outputs))}"
        return [f"inputs: {', '.join(self.inputs)}", *map(repr, self.equations), last]

    def __repr__(self):
        return "\n".join(self.lines)


def looked_up(a, known):
    if isinstance(a, str) and a not in known:
        raise InputError(f"{a} is used, and nothing above it makes it.")
    return known[a] if isinstance(a, str) else a


def spelled(a):
    """An argument as it stands in a line.

    >>> spelled("a"), spelled(-0.0), spelled(np.ones((2, 3)))
    ('a', '-0.0', 'array[2, 3]')
    """
    if isinstance(a, np.ndarray) and a.ndim:
        return f"array{[*a.shape]}"
    if isinstance(a, (np.generic, np.ndarray)):
        a = a.item()
    return a if isinstance(a, str) else f"{a!r:.40}"


class Fused:
    """Some elementwise equations as one function of arrays: block by block, if these are large."""

    def __init__(self, equations):
        self.equations, made = list(equations), {e.name for e in equations}
        used = [a for e in equations for a in e.args if isinstance(a, str) and a not in made]
        self.inputs, self.__name__ = list(dict.fromkeys(used)), f"fused_{equations[-1].name}"
        self.body = Program(self.inputs, self.equations, [equations[-1].name])
        arrays = any(np.ndim(a) for e in equations for a in e.args if not isinstance(a, str))
        self.whole = arrays or not used  # constants that would have to be cut too

    def __deepcopy__(self, memo):
        return self

    def __call__(self, *args):
        shape = np.broadcast_shapes(*map(np.shape, args))
        if self.whole or math.prod(shape) <= BLOCK:
            return self.body(*args)[0]
        rows, wide, out = max(1, BLOCK // math.prod(shape[1:])), np.broadcast_arrays(*args), None
        for k in range(0, shape[0], rows):
            (part,) = self.body(*[a[k : k + rows] for a in wide])
            out = np.empty(shape, part.dtype) if out is None else out
            out[k : k + rows] = part
        return out


def together(equations):
    """One equation that does what some elementwise ones do; the last one's name is its own.

    Raises InputError for none, and for what is not elementwise.

    >>> b = Equation("b", np.multiply, ("a", 2.0), {})
    >>> one = together([b, Equation("c", np.add, ("b", "x"), {})])
    >>> one
    c = fused_c(a, x)
    >>> float(one.function(3.0, 1.0))
    7.0
    """
    equations = [Equation(*e) for e in equations]
    if not equations:
        raise InputError("together takes a list of equations, and got an empty one.")
    for e in equations:
        if e.function not in ELEMENTWISE:
            raise InputError(f"together takes elementwise equations, and {e} is none.")
    function = Fused(equations)
    return Equation(equations[-1].name, function, tuple(function.inputs), {})

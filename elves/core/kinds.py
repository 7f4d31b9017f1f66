"""The kinds of rows: what a function can be to the calculus, and how each kind passes slopes on."""

import functools
import inspect
import math
import operator
import sys

import numpy as np

from elves.core.moving import back
from elves.core.operators import NUMBERS, shape_of
from elves.core.quick import add_up, reshape, times
from elves.core.table import RULES, Rule
from elves.core.values import Value, dispatch, values_in


class Elementwise(Rule):
    """Each output entry depends on the matching input entries: one local partial per argument.

    A partial is a number or a function of the output and the inputs, ``lambda y, x: ...``.
    """

    takes_lists = True

    def __init__(self, function, *partials):
        super().__init__(function, ["x"] * len(partials))
        self.partials = partials
        self.new = all(map(callable, partials))  # a product
        self.unread = () if any(map(callable, partials)) else range(len(partials))

    def times_partial(self, i, z, y, args):
        partial = self.partials[i]
        if callable(partial):
            return z * partial(y, *args)
        return z if partial == 1 else z * partial

    def jvp(self, tangents, y, args, kwargs):
        total = None
        for i, t in enumerate(tangents):
            if t is not None:
                t = self.times_partial(i, t, y, args)
                total = t if total is None else total + t
        plain = type(total) in NUMBERS and not getattr(y, "shape", ())
        return total if plain else broadcast_like(total, y)

    def vjp(self, i, g, y, args, kwargs):
        partial = self.partials[i]  # times_partial once more: scalar programs spend their time here
        if callable(partial):
            g, partial = g * partial(y, *args), 1
        if type(g) not in NUMBERS and g.shape != getattr(args[i], "shape", ()):
            g = unbroadcast(g, shape_of(args[i]))
        return g if partial == 1 else times(g, partial)


class Linear(Rule):
    """Linear in all its array arguments at once: the JVP is the function itself.

    The VJP is the transpose, ``lambda g, y, x, **options: ...``, one per argument (None for an
    argument that is no array to differentiate, such as a condition), or one with the
    keyword-only argument `i` that serves any number of arguments. `adds` is as in `Rule`, for a
    transpose that gives new arrays.
    """

    def __init__(self, function, *transposes, adds=None):
        names, options = parameters_split(transposes[-1])
        self.variadic = "i" in options
        super().__init__(function, names and names[2:], options)
        self.transposes, self.adds, self.new = transposes, adds, adds is not None
        arrays = {i for i, transpose in enumerate(transposes) if transpose}
        self.unread = range(sys.maxsize) if self.variadic else arrays

    def jvp(self, tangents, y, args, kwargs):
        arrays = range(len(args) if self.variadic else len(self.transposes))
        varied = [
            (np.zeros_like(a) if t is None else t)
            if i in arrays and (self.variadic or self.transposes[i])
            else a
            for i, (a, t) in enumerate(zip(args, tangents, strict=True))
        ]
        return self.run(*varied, **kwargs)

    def vjp(self, i, g, y, args, kwargs):
        if self.variadic:
            return self.transposes[0](g, y, *args, i=i, **kwargs)
        if i >= len(self.transposes) or self.transposes[i] is None:
            return np.zeros(np.shape(args[i]))
        return self.transposes[i](g, y, *args, **kwargs)


class Multilinear(Linear):
    """Linear in each argument while the others stay as they are: a product."""

    takes_lists = True

    def __init__(self, function, *transposes):
        super().__init__(function, *transposes)
        self.unread = ()

    def jvp(self, tangents, y, args, kwargs):
        terms = [
            self.function(*args[:i], t, *args[i + 1 :], **kwargs)
            for i, t in enumerate(tangents)
            if t is not None
        ]
        return sum(terms[1:], start=terms[0])


class Solution(Rule):
    """y = f(a, b), which solves A y = b with a linear operator A of a.

    So A y' = b' - A' y; and in reverse b gets z, from Aᵀ z = g, and a gets what z makes of y.
    `change` gives -A' y from a' and y, `back` solves Aᵀ z = g for a and g, and `pull` gives the
    cotangent of a from z and y (left out, it is the same).
    """

    takes_lists = True

    def __init__(self, function, change, back, pull=None):
        super().__init__(function, ["a", "b"])
        self.change, self.back, self.pull = change, back, pull or change

    def jvp(self, tangents, y, args, kwargs):
        ta, tb = tangents
        right = tb if ta is None else self.change(ta, y) + (0.0 if tb is None else tb)
        return broadcast_like(self.function(args[0], right), y)

    def vjp(self, i, g, y, args, kwargs):
        z = self.back(args[0], g)
        return unbroadcast(z if i else self.pull(z, y), np.shape(args[i]))


class Moves(Rule):
    """Each output entry is an input entry or zero: rolling, repeating, padding, cutting.

    The function itself, applied to the numbers 1, 2, 3 … instead of the entries, says where each
    came from (0: from nowhere); the VJP adds the cotangents up at these places, or calls `back`,
    of the cotangent and the same options.
    """

    def __init__(self, function, back=None):
        super().__init__(function)
        self.back = back
        home = getattr(function, "__module__", None) or ""
        self.pure = home.startswith(("numpy", "elves."))  # a user's function may change

    def moved(self, x, args, kwargs):
        args = x, *args[1:]
        if values_in(args[1:]):  # NumPy asks the first argument only
            return dispatch(self.function, args, kwargs)
        return self.run(*args, **kwargs)

    def jvp(self, tangents, y, args, kwargs):
        return self.moved(tangents[0], args, kwargs)

    def vjp(self, i, g, y, args, kwargs):
        if i:  # how far, or how often: a whole number
            return np.zeros(np.shape(args[i]))
        found = back(self, g, args[0], args[1:], kwargs)
        if found is not None:
            return found
        same = self.back and np.ndim(g) == np.ndim(args[0]) and not values_in(args[1:])
        if same and (found := self.back(g, *args[1:], **kwargs)) is not None:
            return found
        shape = np.shape(args[0])
        size = math.prod(shape)
        places = self.moved(np.arange(1, size + 1).reshape(shape), args, kwargs)
        scatter = RULES[operator.getitem].transposes[0]
        if isinstance(places, Value):  # where to, is known when the program runs
            return np.reshape(scatter(g, y, np.zeros(size + 1), places)[1:], shape)
        (here,) = np.nonzero(np.ravel(places))
        there = np.ravel(places)[here] - 1
        g = np.ravel(g) if here.size == places.size else np.ravel(g)[here]
        in_order = np.array_equal(there, np.arange(size))
        return np.reshape(g if in_order else scatter(g, y, np.zeros(size), there), shape)


class Custom(Rule):
    """A rare function of one array that brings its own JVP, and its VJP or the JVP's transpose."""

    transposed = None  # (linear function, its input, cotangent): `elves.reverse` knows how

    def __init__(self, function, jvp, vjp=None):
        names, options = parameters_split(jvp)
        super().__init__(function, names[2:], options)
        self._jvp, self._vjp = jvp, vjp

    def jvp(self, tangents, y, args, kwargs):
        return self._jvp(tangents[0], y, *args, **kwargs)

    def vjp(self, i, g, y, args, kwargs):
        if self._vjp:
            return self._vjp(g, y, *args, **kwargs)
        tangent = np.zeros(np.shape(args[0]))  # in which the JVP is linear
        return self.transposed(lambda t: self._jvp(t, y, *args, **kwargs), tangent, g)


class Constant(Rule):
    """A function that is flat wherever it is smooth (sign, floor, comparisons)."""

    constant = True


class Derived(Rule):
    """A function written with other functions, which have rows: no derivative of its own.

    Where the definition rounds in another way than NumPy, `own` is true (or a function of the plain
    arguments that says so): then it serves the derivative only, and NumPy gives the value.
    """

    def __init__(self, function, definition, own=False, square=None):
        super().__init__(function, *parameters_split(definition))
        self.derived, self.own, self.square = definition, own, square


def parameters_split(row):
    """The names of a row's parameters: those that are needed, and those with a default."""
    parameters = inspect.signature(row).parameters.values()
    needed = [p.name for p in parameters if p.default is p.empty and p.kind is not p.KEYWORD_ONLY]
    options = [p.name for p in parameters if p.name not in needed]
    return (None if any(p.kind is p.VAR_POSITIONAL for p in parameters) else needed), options


def broadcast_like(t, y):
    """Give a tangent the shape of the output that it belongs to."""
    return t if shape_of(t) == shape_of(y) else np.broadcast_to(t, shape_of(y))


def unbroadcast(g, shape):
    """Sum a cotangent over the axes that broadcasting added or stretched: its transpose."""
    have = shape_of(g)
    if have == shape:
        return g
    g = add_up(g, stretched(have, shape))
    return g if g.shape == shape else reshape(g, shape)


@functools.lru_cache(maxsize=1024)
def stretched(have, shape):
    """The axes that broadcasting added or stretched, to make `have` of a shape."""
    extra = len(have) - len(shape)
    more = [i + extra for i, n in enumerate(shape) if n == 1 and have[i + extra] != 1]
    return (*range(extra), *more)

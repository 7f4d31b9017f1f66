"""A derivative rule of your own: a function whose VJP you write, for every engine that walks back.

Where the composed rules overflow, lose digits or keep too much, a person often knows better.

Source: JAX's documentation, "Custom derivative rules for JAX-transformable Python functions".
"""

import functools

import numpy as np

from elves import core
from elves.errors import InputError, NoRuleError


class OwnVJP(core.Rule):
    """The row of one function: it runs as it is, and pulls back as its author says."""

    def __init__(self, function, vjp):
        super().__init__(function)
        self.name, self.pull = function.__name__, vjp

    def jvp(self, tangents, y, args, kwargs):
        raise NoRuleError(
            f"{self.name} has a VJP of its own and no JVP: ask an engine that walks back, such as "
            "elves.reverse, or give the function a row of rules.Elementwise, which serves both."
        )

    def vjp(self, i, g, y, args, kwargs):
        found = self.pull(g, y, *args, **kwargs)
        found = found if isinstance(found, (tuple, list)) else (found,)
        if len(found) != len(args):
            raise InputError(
                f"The VJP of {self.name} gives {len(found)} cotangents for {len(args)} arguments: "
                "return one for each, in their order, as a tuple."
            )
        mine, want = core.shape_of(found[i]), core.shape_of(args[i])
        if found[i] is None or mine != want:
            raise InputError(
                f"The VJP of {self.name} gives argument {i} {'None' if found[i] is None else mine} "
                f"in the place of a cotangent of its shape, {want}."
            )
        return found[i]


def custom_vjp(vjp):
    """Decorate a function of arrays, which returns one array, with the VJP that you know.

    ``vjp(g, y, *args, **options)`` gets the cotangent g of the result y (of its shape), and the
    arguments; it returns the cotangent of the argument, or a tuple with one for each, of their
    shapes. Written with NumPy it can be differentiated again. An engine that carries tangents
    raises NoRuleError, a cotangent of another shape InputError.
    ``elves.testing.check_grads(f, args, modes=["reverse"])`` says whether the VJP is right.

    >>> import elves, numpy as np
    >>> @elves.custom_vjp(lambda g, y, x: g / (1 + np.exp(-x)))
    ... def softplus(x):
    ...     return np.log1p(np.exp(x))
    >>> float(elves.grad(softplus)(30.0))
    0.9999999999999065
    """

    def decorate(function):
        known = core.primitive(alone(function, custom_vjp, "VJP", "a VJP of its own"))
        OwnVJP(known, vjp)
        return known

    return decorate


def alone(function, decorator, what, has):
    """A function that says in a sentence where its own derivative would not see all of it."""
    if not callable(function):
        name, way = decorator.__name__, "g, y, x" if what == "VJP" else "x, a"
        raise InputError(
            f"{name} takes the {what}, and then the function: write "
            f"@elves.{name}(lambda {way}: ...) above its def."
        )

    @functools.wraps(function)
    def call(*args, **options):
        y = function(*args, **options)
        if core.values_in([y, *options.values()]):
            raise InputError(
                f"{function.__name__} has {has}, so what is differentiated comes in "
                "as arguments by position, each of them an array: pass it so."
            )
        if isinstance(y, (dict, list, tuple)):
            raise InputError(f"{function.__name__} has {has}: return one array.")
        return y.copy()[()] if isinstance(y, np.ndarray) else y  # who knows who fills it anew

    return call

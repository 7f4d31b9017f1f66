"""Curves to differentiate, and steps: what exercises of lab 1 share."""

import numpy as np

from elves import numerical
from elves.course.exercise import brief
from elves.course.pictures import lines


def function(words, name="x"):
    """A function of one variable that is written in a case."""
    return eval(f"lambda {name}: {words}", {"np": np})


def plain(value):
    """A number as a float, or as real and imaginary part; what is no number as it is."""
    if not isinstance(value, (int, float, complex, np.generic)):
        return value
    return Parts((value.real, value.imag)) if np.iscomplexobj(value) else float(value)


class Parts(tuple):
    """The real and the imaginary part of a number: two numbers, to be compared as such."""

    WORDS = "a complex number"


class Tiny:
    """A number so near to 0 that only its digits tell it from another one, and from 0."""

    WORDS = None

    def __init__(self, number):
        self.number = number

    def __eq__(self, other):
        return bool(np.isclose(self.number, other.number, rtol=1e-6, atol=0.0))

    __hash__ = None

    def __repr__(self):
        return f"{self.number:.10g}"


def close_to_0(value):
    """A tiny number as such: what was not divided by a step of 1e-20 is not 0."""
    small = isinstance(value, float) and 0.0 < abs(value) < 1e-6
    return Tiny(value) if small else value


def shown(value):
    return "{:.10g} + {:.10g}j".format(*value) if isinstance(value, Parts) else brief(value)


def by_elf(scheme):
    """The same difference by the numerical elf, whose step is relative to the size of x."""

    def slope(f, x, h):
        size = np.max(np.abs(x), initial=1.0)
        return numerical.grad(f, scheme=scheme, step=h / size)(x)

    return slope


CURVES = "3 * x", "x * x", "x ** 3", "1 / x", "np.sin(x)", "np.exp(x) * x", "x ** 4 - 2 * x"
NUDGES = [(words, x, h) for h in (0.5, 0.125, 2.0**-10) for x in (1.0, 2.5) for words in CURVES]
SLOPE = {
    "run": lambda answer, case: plain(answer(function(case[0]), *case[1:])),
    "tell": lambda case: f"f(x) = {case[0]} at x = {case[1]:g} with h = {case[2]:g}",
    "show": shown,
}
NUDGED = SLOPE | {
    "cases": lambda random: NUDGES,
    "draw": lambda case, want, got: lines(function(case[0]), *case[1:], want, got),
}

"""Dual numbers as a learner may write them: what exercises of lab 3 share."""

import numpy as np

from elves.course.exercise import brief
from elves.course.guard import Unfit
from elves.course.kinds import a


class Dual:
    """A number with a tangent: how fast it moves while the input moves."""

    def __init__(self, value, tangent=0.0):
        self.value, self.tangent = value, tangent

    def __add__(self, other):
        other = dual(other)
        return type(self)(self.value + other.value, self.plus(self, other))

    def __mul__(self, other):
        other = dual(other)
        return type(self)(self.value * other.value, self.times(self, other))

    def plus(self, u, v):
        return u.tangent + v.tangent

    def times(self, u, v):
        return u.tangent * v.value + u.value * v.tangent

    __radd__, __rmul__ = __add__, __mul__

    def __sub__(self, other):
        return self + -1.0 * dual(other)

    def __rsub__(self, other):
        return other + -1.0 * self


def dual(x):
    return x if hasattr(x, "tangent") else Dual(x)


def numbers(*found):
    return [float(x) for x in found]


def pair(y):
    """Value and tangent of what should be a dual; raises Unfit where it is none."""
    if not hasattr(y, "value") or not hasattr(y, "tangent"):
        raise Unfit(f"{a(y)} came back: asked is a Dual")
    for part in (y.value, y.tangent):
        if not isinstance(part, (int, float, np.number)):
            raise Unfit(f"a Dual that holds {a(part)}: its value and its tangent are numbers")
    return numbers(y.value, y.tangent)


def show_dual(outcome):
    return f"value {brief(outcome[0])}, tangent {brief(outcome[1])}"


def tell_duals(names, pairs):
    named = zip(names, pairs, strict=True)
    return ", ".join(f"{n} = {x:g} with the tangent {dx:g}" for n, (x, dx) in named)

"""Exercise 3.3, functions: its cases, a right answer, and wrong ones that are known by name."""

import math

import numpy as np

from elves import forward
from elves.course.duals.dual import Dual, pair, show_dual, tell_duals
from elves.course.exercise import Exercise


def of_function(answer, case):
    name, x = case
    y = answer[name](Dual(*x))
    return pair(y)


FUNCTIONS = {
    "exp": (math.exp, lambda x, y: y),
    "sin": (math.sin, lambda x, y: math.cos(x)),
    "log": (math.log, lambda x, y: 1 / x),
}


def functions(tangent=lambda slope, dx: slope * dx, **slopes):
    """The three functions, with other slopes for some, or another use of the tangent."""

    def make(f, slope):
        def of(x):
            y = f(x.value)
            return Dual(y, tangent(slope(x.value, y), x.tangent))

        return of

    return {name: make(f, slopes.get(name, slope)) for name, (f, slope) in FUNCTIONS.items()}


POINTS = (1.0, 1.0), (2.0, 1.0), (1.0, 2.0), (0.5, -3.0), (2.0, 0.0)


def by_elf(f):
    return lambda x: Dual(*forward.jvp(f, (x.value,), (x.tangent,)))


def function_of_tangent():
    def make(f):
        return lambda x: Dual(f(x.value), f(x.tangent))

    return {name: make(f) for name, (f, _) in FUNCTIONS.items()}


def slope_at_tangent():
    def make(f, slope):
        return lambda x: Dual(f(x.value), slope(x.tangent, f(x.tangent)) * x.tangent)

    return {name: make(*pair) for name, pair in FUNCTIONS.items()}


OF_LOG = "The slope of log is 1 / x: the farther to the right, the flatter."
AT_VALUE = (
    "The function and its slope are for the value of x. The tangent is multiplied by that slope."
)

EXERCISE = Exercise(
    "duals.functions",
    cases=lambda random: [(name, x) for x in POINTS for name in FUNCTIONS],
    right={name: by_elf(getattr(np, name)) for name in FUNCTIONS},
    run=of_function,
    tell=lambda case: f"{case[0]}(x) where {tell_duals('x', case[1:])}",
    show=show_dual,
    mistakes=(
        (functions(tangent=lambda slope, dx: slope),
         "You forget the inner derivative: if x moves twice as fast, so does f(x). Multiply "
         "by the tangent of x."),
        (function_of_tangent(), AT_VALUE),
        (functions(tangent=lambda slope, dx: slope + dx),
         "The chain rule multiplies: slope times tangent, not plus."),
        (functions(sin=lambda x, y: -math.cos(x)),
         "At 0 the sine goes uphill: its slope is the cosine, without a minus."),
        (functions(sin=lambda x, y: y), "The sine at its top is 1 and flat: its slope is the "
         "cosine."),
        (functions(exp=lambda x, y: x * math.exp(x - 1)),
         "The power rule is for x**3. The slope of exp is exp itself: that is what it is for."),
        (functions(log=lambda x, y: 1 / y),
         "The slope of log is 1 / x, by its input: not by its output."),
        (slope_at_tangent(), AT_VALUE),
        (functions(log=lambda x, y: x), OF_LOG),
        (functions(log=lambda x, y: -1 / x**2), OF_LOG),
        (functions(tangent=lambda slope, dx: dx), "The tangent goes through yours as it came: "
         "each function stretches it by its slope."),
        ({name: lambda x, f=f: f(x.value) for name, (f, _) in FUNCTIONS.items()},
         "You return a plain number, which stands still: a Dual, please."),
    ),
    hints=(
        "Each one is: Dual(f(x.value), slope · x.tangent).",
        "The slopes: exp is its own, sin has cos, log has 1 / x.",
        "return Dual(math.sin(x.value), math.cos(x.value) * x.tangent)",
    ),
    idea="The chain rule is one multiplication, done by every function on its own.",
    real=("autograd/core.py:JVPNode", "elves/core/kinds.py:Elementwise"),
    answer="functions",
    kind="dict",
)  # fmt: skip

"""Exercise 1.3, best: its cases, a right answer, and wrong ones that are known by name."""

import math

import numpy as np

from elves import reverse
from elves.course.exercise import Exercise, brief
from elves.course.guard import Unfit

ERRORS = [(c, p, e) for p in (1, 2, 4) for c, e in ((1.0, 1e-16), (4.0, 1e-8), (0.5, 1e-12))]


def lowest(c, p, e):
    """The step with the smallest error, found by walking downhill: no formula is needed."""
    slope = reverse.grad(lambda t: c * np.exp(p * t) + e * np.exp(-t))  # at h = exp(t)
    low, high = -40.0, 5.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if slope(middle) > 0 else (middle, high)
    return math.exp(low)


def logged(answer, case):
    """The power of ten of a step: 1e-8 and 1e-9 are not alike."""
    h = answer(*case)
    if not isinstance(h, (int, float, np.floating)):
        return h
    if h > 0 or h == 0:
        return math.log10(h) if h else -math.inf
    raise Unfit(f"h = {h:.4g}, and a step goes upwards")


def shown_step(power):
    return f"h = {10**power:.4g}" if isinstance(power, float) else brief(power)


def both_alike(c, p, e):
    return (e / c) ** (1 / (p + 1))


def root_always(c, p, e):
    return math.sqrt(e / c)


def root_of_e(c, p, e):
    return math.sqrt(e)


def as_small_as_e(c, p, e):
    return e


def as_small_as_digits(c, p, e):
    return 1e-16


def as_small_as_floats(c, p, e):
    return float(np.finfo(float).eps)


def root_of_both(c, p, e):
    return math.sqrt(e / (p * c))


def always(h):
    return lambda c, p, e: h


def root_of_less(c, p, e):
    return (e / (p * c)) ** (1 / (p - 1))


def upside_down(c, p, e):
    return (p * c / e) ** (1 / (p + 1))


def root_of_p(c, p, e):
    return (e / (p * c)) ** (1 / p)


def power_of_one(c, p, e):
    return (e / (p * c)) ** 1 / (p + 1)


def c_above(c, p, e):
    return (e / p * c) ** (1 / (p + 1))


def error_there(c, p, e):
    h = lowest(c, p, e)
    return c * h**p + e / h


WHICH_ROOT = (
    "Which root? On one side stands h**(p - 1), on the other 1 / h**2: bring all the h to one side."
)
SQUARE = "A square root fits p = 1. With a smaller error from the bend, a larger step pays."
NO_ROOT = "That is a power of h, and not h yet: a root is missing."
FOR_ALL = "One step for all of them: the best one depends on c, p and e."
SMALLER = (
    "Smaller is better on paper alone: the computer rounds f(x + h) and f(x), and dividing by a "
    "tiny h makes that rounding large."
)

EXERCISE = Exercise(
    "steps.best",
    cases=lambda random: ERRORS,
    right=lowest,
    run=logged,
    tell=lambda case: f"error(h) = {case[0]:g} * h**{case[1]} + {case[2]:g} / h",
    show=shown_step,
    tolerance=1e-6,
    mistakes=(
        (as_small_as_e, SMALLER), (as_small_as_digits, SMALLER),
        (as_small_as_floats, SMALLER),
        (both_alike, "There the two errors are equal. The lowest point of their sum is where "
         "one falls as fast as the other grows: compare slopes, not heights."),
        (root_always, SQUARE), (root_of_both, SQUARE),
        (root_of_e, "The square root of e is a rule of thumb for p = 1 and c = 1."),
        *((always(h), FOR_ALL) for h in (1e-8, 1e-6, 1e-5)),
        (upside_down, "Your fraction is upside down: with more rounding (e), h must grow."),
        (root_of_less, WHICH_ROOT), (root_of_p, WHICH_ROOT),
        (power_of_one, "a ** 1 / n is (a ** 1) / n in Python: put the exponent in brackets."),
        (c_above, "c stands above in yours: the more f bends, the smaller the step. (Python "
         "reads e / p * c as (e / p) * c.)"),
        (error_there, "That is the error at the best step. Asked is the step."),
        (lambda c, p, e: (e / c * p) ** (1 / (p + 1)), "Python reads e / c * p as (e / c) * p: "
         "put what stands below in brackets."),
        (lambda c, p, e: (e / c) ** (1 / p), WHICH_ROOT),
        (lambda c, p, e: e ** (1 / (p + 1)), "Yours does not look at c: the more f bends, the "
         "smaller the step must be."),
        (lambda c, p, e: e / (p * c), NO_ROOT),
        (lambda c, p, e: (e / (p * c)) ** (p + 1), "The power p + 1 of a small number is far "
         "smaller still. A root goes the other way."),
    ),
    hints=(
        "At the lowest point the slope of error(h) is 0. The slope of h**p is p * h**(p - 1), "
        "and that of 1 / h is -1 / h**2.",
        "So p * c * h**(p - 1) = e / h**2. Multiply both sides by h**2.",
        "h**(p + 1) = e / (p * c). Now take the root: a number ** (1 / (p + 1)).",
    ),
    idea="About 1e-8 for one side, 1e-5 for both sides: half of the 16 digits are lost, or a "
    "third. No step does better.",
    real=("scipy/optimize/_numdiff.py:_eps_for_method@if method in", "elves/numerical.py:jvp"),
    answer="best",
)  # fmt: skip

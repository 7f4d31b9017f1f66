"""Exercise 1.5, extrapolate: its cases, a right answer, and wrong ones that are known by name."""

import itertools
import math

from elves.course.exercise import Exercise, brief
from elves.course.steps.curves import function, plain

ROWS = [(words, x, n) for n in (1, 2, 3, 4, 5) for words, x in
        (("np.exp(x)", 0.0), ("x ** 5", 1.0), ("np.sin(x)", 1.0))]  # fmt: skip


def rows(random):
    """Slopes of a function by central differences with the steps 2, 1, 1/2 …"""
    for words, x, n in ROWS:
        f = function(words)
        yield ([float((f(x + h) - f(x - h)) / (2 * h)) for h in (2 * 0.5**k for k in range(n))],)


def at_zero(values):
    """The polynomial in h² through all the slopes, at h = 0: by Lagrange's formula."""
    points, total = [4.0**-k for k in range(len(values))], 0.0
    for k, value in enumerate(values):
        others = points[:k] + points[k + 1 :]
        total += value * math.prod(t / (t - points[k]) for t in others)
    return total


def triangle(factors):
    """Repeated extrapolation, with a factor for each round."""

    def last(values):
        for factor in factors[: len(values) - 1]:
            pairs = itertools.pairwise(values)
            values = [fine + (fine - coarse) / (factor - 1) for coarse, fine in pairs]
        return values[-1]

    return last


def along_once(values):
    """One number goes along the list, and never a whole new list."""
    best = values[0]
    for k, value in enumerate(values[1:], 1):
        best = value + (value - best) / (4**k - 1)
    return best


def turned_pairs(values):
    for k in range(1, len(values)):
        pairs = itertools.pairwise(values)
        values = [coarse + (coarse - fine) / (4**k - 1) for coarse, fine in pairs]
    return values[-1]


def mean(values):
    return sum(values) / len(values)


def best_measured(values):
    return values[-1]


ROUNDS = (
    "The first round takes the term in h² away; what is left begins with h⁴, and that one shrinks "
    "by another factor when h is halved."
)

EXERCISE = Exercise(
    "steps.extrapolate",
    cases=rows,
    right=at_zero,
    run=lambda answer, case: plain(answer(*case)),
    tell=lambda case: f"the slopes {brief(case[0])} with the steps 2, 1, 1/2 …",
    show=lambda value: f"{value:.12g}" if isinstance(value, float) else brief(value),
    tolerance=1e-11,
    mistakes=(
        (triangle([4] * 9), ROUNDS),
        (triangle([2**k for k in range(1, 9)]), "Central differences have no term in h, h³ …: "
         "only even powers of h are left, since the odd ones cancel."),
        (triangle([2**k for k in range(2, 9)]), ROUNDS),
        (triangle([4]), "You extrapolate once. The new list has one entry less, and an error "
         "too: go on with it."),
        (best_measured, "You take the finest of the slopes. Each two of them make a better "
         "one."),
        (lambda values: [at_zero(values)], "That is a list with one number in it: give the "
         "number itself."),
        (triangle([4, 16, 256, 65536]), "The powers go on by 2: the terms left are in h², h⁴, "
         "h⁶. After h⁴ you skip one."),
        (turned_pairs, "In each pair the one with the larger step is the coarse one: it stands "
         "first in values."),
        (along_once, "One number goes along your list. Extrapolate all neighbours with the "
         "same p first: that gives a new list."),
        (mean, "An average is no extrapolation: the truth is beyond the last one."),
        (triangle([4**k for k in range(2, 9)]), "Your first round begins with h⁴: the term "
         "in h² is still there."),
    ),
    hints=(
        "Call richardson for each two neighbours, with p = 2: the list gets shorter by one.",
        "Do it again with p = 4, then 6, until one number is left.",
        "zip(values, values[1:]) gives the neighbours; a while loop until len(values) is 1.",
    ),
    idea="Slopes with coarse steps, where nothing is rounded away, make one with ten and more "
    "digits. This is how the numerical elf finds its step by itself.",
    real=("elves/numerical.py:richardson",),
    answer="extrapolate",
)  # fmt: skip

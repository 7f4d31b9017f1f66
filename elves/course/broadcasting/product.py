"""Exercise 5.4, product: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves import reverse
from elves.course.broadcasting.shape import PAIRS
from elves.course.broadcasting.undo import an_array, undo
from elves.course.engine.rules import arrays
from elves.course.exercise import Exercise, brief
from elves.course.guard import Unfit
from elves.course.pictures import matrix


def factors(random):
    for s, t in PAIRS:
        a, b, g = arrays(random, s, t, np.broadcast_shapes(s, t))
        yield g, a, b


def by_elf(function):
    """The right cotangents, from the reverse elf."""
    return lambda g, a, b: list(
        reverse.vjp(function, np.asarray(a), np.asarray(b))[1](np.asarray(g))
    )


def no_undo(g, a, b):
    return [g * b, g * a]


def own_factor(g, a, b):
    return [undo(g * a, np.shape(a)), undo(g * b, np.shape(b))]


def no_cotangent(g, a, b):
    one = np.ones(np.shape(g))
    return [undo(one * b, np.shape(a)), undo(one * a, np.shape(b))]


def turned_round(g, a, b):
    return [undo(g * a, np.shape(b)), undo(g * b, np.shape(a))]


def undone_early(g, a, b):
    return [
        undo(g, np.shape(a)) * undo(b + 0 * g, np.shape(a)),
        undo(g, np.shape(b)) * undo(a + 0 * g, np.shape(b)),
    ]


def one_undone(g, a, b):
    return [undo(g * b, np.shape(a)), g * a]


def own_undone(g, a, b):
    return [undo(g * b, np.shape(a)), undo(g * a, np.shape(b))]


def other_shape(g, a, b):
    return [undo(g * b, np.shape(b)), undo(g * a, np.shape(a))]


def summed_then_times(g, a, b):
    return [undo(g, np.shape(a)) * b, undo(g, np.shape(b)) * a]


def slopes_undone(g, a, b):
    return [undo(b, np.shape(a)), undo(a, np.shape(b))]


def of_a_sum(g, a, b):
    return [undo(g, np.shape(a)), undo(g, np.shape(b))]


def same_factor(which):
    def rule(g, a, b):
        factor = (a, b)[which]
        return [undo(g * factor, np.shape(a)), undo(g * factor, np.shape(b))]

    return rule


def divided(g, a, b):
    return [undo(g / b, np.shape(a)), undo(g / a, np.shape(b))]


def pair_of(outcome):
    if not isinstance(outcome, (list, tuple)):
        raise Unfit(f"{brief(outcome)}, and not two cotangents")
    return [an_array(a) for a in outcome]


def shapes(case):
    return ", ".join(f"{name} of shape {np.shape(a)}" for name, a in zip("gab", case, strict=True))


def show_pair(outcome):
    return "; ".join(f"{name} gets {brief(g)}" for name, g in zip("ab", outcome, strict=False))


def draw_pair(case, want, got):
    for name, a, b in zip("ab", want, got, strict=False):
        if np.shape(a) == np.shape(b) and not np.allclose(a, b):
            return matrix(a, b, f" for {name}")
    return None


PRODUCT = {"run": lambda answer, case: pair_of(answer(*case)), "tell": shapes, "show": show_pair,
           "draw": draw_pair, "wants": "two arrays, the cotangent of a and that of b"}  # fmt: skip
SUM_LAST = "First multiply, then sum: a sum of products is no product of sums."
UNDO_BOTH = "One of the two is undone, and the other one is not: either may have been repeated."
SLOPES = "You return the slopes: multiply each by g."
SAME_FACTOR = "Both come from the same factor: what a pays depends on b, and what b pays on a."

EXERCISE = Exercise(
    "broadcasting.product",
    cases=factors,
    right=by_elf(np.multiply),
    mistakes=(
        (no_undo, "a was repeated to fit b, or b to fit a: undo it, or the shape is wrong."),
        (own_factor, "The slope of a * b by a is b: the other factor."),
        (no_cotangent, SLOPES),
        (turned_round, "First the cotangent of a, then that of b."),
        (undone_early, SUM_LAST),
        (summed_then_times, SUM_LAST), (one_undone, UNDO_BOTH),
        (lambda g, a, b: no_undo(g, a, b)[:1] + own_undone(g, a, b)[1:], UNDO_BOTH),
        (other_shape, "Each cotangent has the shape of its own array."),
        (slopes_undone, SLOPES), (lambda g, a, b: [b, a], SLOPES),
        (of_a_sum, "That is the rule of a + b: in a product, how much a pays depends on b."),
        (divided, "The way back computes no inverse: a cotangent is multiplied by a slope."),
        (same_factor(1), SAME_FACTOR), (same_factor(0), SAME_FACTOR),
    ),
    hints=(
        "Without broadcasting it is [g * b, g * a].",
        "Now give each one the shape of its own array.",
        "[undo(g * b, np.shape(a)), undo(g * a, np.shape(b))]",
    ),
    idea="Every rule of two arrays ends in undo: write it once, use it everywhere.",
    real=("autograd/numpy/numpy_vjps.py:unbroadcast_f", "elves/core/kinds.py:Elementwise.vjp"),
    answer="product_rule",
    **PRODUCT,
)  # fmt: skip

"""Exercise 1.4, richardson: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves.course.exercise import Exercise, brief
from elves.course.steps.curves import plain


def two_slopes(random):
    for p in (1, 2, 1, 2, 4, 3):
        true, c = round(random.uniform(-3, 3), 1), random.choice((-2, 1, 4))
        yield float(true + c), true + c / 2**p, p


def without_error(coarse, fine, p):
    """The slope and the factor c that both measurements agree upon: two equations."""
    return float(np.linalg.solve([[1, 1], [1, 2.0**-p]], [coarse, fine])[0])


def average(coarse, fine, p):
    return (coarse + fine) / 2


def order_two(coarse, fine, p):
    return (4 * fine - coarse) / 3


def order_one(coarse, fine, p):
    return 2 * fine - coarse


def away(coarse, fine, p):
    return fine - (fine - coarse) / (2**p - 1)


def exchanged(coarse, fine, p):
    return coarse + (coarse - fine) / (2**p - 1)


def p_for_factor(coarse, fine, p):
    return fine + (fine - coarse) / (p - 1 or 1)


def squared_for_factor(coarse, fine, p):
    return fine + (fine - coarse) / (p**2 - 1)


def double_for_factor(coarse, fine, p):
    return fine + (fine - coarse) / (2 * p - 1)


def what_is_missing(coarse, fine, p):
    return (fine - coarse) / (2**p - 1)


def how_they_differ(coarse, fine, p):
    return fine - coarse


def from_coarse(coarse, fine, p):
    return coarse + (fine - coarse) / (2**p - 1)


def the_finer(coarse, fine, p):
    return fine


def weighted(coarse, fine, p):
    return (2**p * fine + coarse) / (2**p + 1)


def factor_alone(coarse, fine, p):
    return fine + (fine - coarse) / 2**p


def one_less_at_the_end(coarse, fine, p):
    return fine + (fine - coarse) / 2**p - 1


def one_less_of_all(coarse, fine, p):
    return (2**p * fine - coarse) / 2**p - 1


def weights_too_large(coarse, fine, p):
    return 2**p * fine - coarse


PAIR = {"tell": lambda case: f"{brief(case[0])} with h, {brief(case[1])} with h / 2, p = {case[2]}"}
BRACKETS = "Python divides before it subtracts the 1: put what stands below in brackets."
FACTOR = "When h is halved, h**p is divided by 2**p: not by p, 2 * p or p**2."
BETWEEN = (
    "An average lies between the two. Both errors have the same sign, so the truth is not there "
    "but beyond the finer one."
)
MISSING = "That is how far something is off. The slope is asked: which of the two is off by that?"

EXERCISE = Exercise(
    "steps.richardson",
    cases=two_slopes,
    right=without_error,
    run=lambda answer, case: plain(answer(*case)),
    mistakes=(
        (average, BETWEEN), (weighted, BETWEEN),
        (order_two, "That is right for p = 2 alone: by which factor does the error shrink?"),
        (order_one, "That is right for p = 1 alone: by which factor does the error shrink?"),
        (away, "You walk back to the coarse one: the truth lies on the other side of the fine "
         "one."),
        (exchanged, "The two are exchanged: start from the fine one, which is closer."),
        (p_for_factor, FACTOR), (squared_for_factor, FACTOR), (double_for_factor, FACTOR),
        (what_is_missing, MISSING), (how_they_differ, MISSING),
        (from_coarse, "You correct the coarse one by what the fine one lacks."),
        (the_finer, "That is the finer one as it came: its error is still in it."),
        (factor_alone, "coarse - fine is not the whole error of coarse, but what is left of "
         "it when that of fine is taken away: one part of 2**p less."),
        (one_less_at_the_end, BRACKETS), (one_less_of_all, BRACKETS),
        (weights_too_large, "Two equal slopes must give the same slope again: your weights "
         "do not add up to 1."),
        (lambda coarse, fine, p: (coarse - fine) / (2**p - 1), MISSING),
        (lambda coarse, fine, p: coarse - fine, MISSING),
    ),
    hints=(
        "coarse = slope + error, and fine = slope + error / 2**p. Two equations.",
        "coarse - fine is (2**p - 1) times the error of fine.",
        "fine + (fine - coarse) / (2**p - 1)",
    ),
    idea="If you know how an error shrinks, two wrong results make a better one.",
    real=("elves/numerical.py:richardson",),
    answer="richardson",
    **PAIR,
)  # fmt: skip

"""Exercise 16.1, kink: its cases, a right answer, and wrong ones that are known by name.

Source: Huber, "Robust estimation of a location parameter" (1964).
"""

import numpy as np

from elves.course.exercise import Exercise
from elves.course.lies.slopes import PAIR, with_slope

PLACES = [
    (0.0, 0.5), (3.0, 0.5), (-3.0, 0.5), (0.5, 0.5), (-0.5, 0.5), (0.25, 1.0), (1.25, 0.5),
    (0.75, 0.5), (-0.75, 0.5), (1.5, 1.0), (-4.0, 1.0), (0.03, 0.05), (-0.08, 0.05), (0.2, 0.05),
]  # fmt: skip


def right(x, error):
    """Without a branch: t is x, held between -w and w."""
    w = 2 * error
    t = np.clip(x, -w, w)
    return (t * x - t * t / 2) / w


def parts(inside, outside, w=lambda error: 2 * error, near=lambda x, w: abs(x) < w):
    """A parabola inside and lines outside, or whatever stands in their places."""

    def rounded(x, error):
        width = w(error)
        return (inside if near(x, width) else outside)(x, width)

    return rounded


def parabola(x, w):
    return x * x / (2 * w)


def line(x, w):
    return abs(x) - w / 2


WIDTH = "The pieces fit, but your lines are off by another amount than error: find w from it."
KINK = "Where the pieces meet, yours has a jump: both must have the same height there."
LOWER = "Your lines are |x| itself. With a parabola below, they must be lower than |x|, by error."
LEFT = "To the left of 0, the line must go down to the right, as |x| does."
FIXED = "Your parabola is the same for each error: its slope at w must be 1, wherever w is."
ANOTHER = "That is smooth, and another stand-in: asked is a parabola between two lines."
HUBER = (
    "That is Huber's loss as in PyTorch: far from 0 its slope is not 1. Divide it by the place "
    "where the pieces meet, and find that place."
)

EXERCISE = Exercise(
    "lies.kink",
    cases=lambda random: PLACES,
    right=right,
    run=lambda answer, case: with_slope(lambda x: answer(x, case[1]), case[0]),
    tell=lambda case: f"x = {case[0]:g}, error = {case[1]:g}",
    mistakes=(
        (parts(parabola, line, lambda error: error), WIDTH),
        (parts(parabola, line, lambda error: error / 2), WIDTH),
        (parts(parabola, line, lambda error: 4 * error), WIDTH),
        (lambda x, error: abs(x), "That is |x| itself, with its kink."),
        (parts(parabola, parabola), "The parabola alone: far from 0 it leaves |x|. From w on, "
         "two lines go on."),
        (parts(parabola, lambda x, w: abs(x)), LOWER),
        (parts(lambda x, w: x * x / w, line), "The parabola is too steep: at w its slope is 2. "
         "The slope of a * x * x is 2 * a * x: for which a is it 1 at w?"),
        (parts(lambda x, w: x * x, line), FIXED), (parts(lambda x, w: x * x / 2, line), FIXED),
        (parts(parabola, lambda x, w: x - w / 2), LEFT),
        (parts(parabola, line, near=lambda x, w: x < w), "All that is left of w gets the "
         "parabola: also what is far below 0."),
        (parts(parabola, lambda x, w: abs(x) - w), KINK),
        (parts(parabola, lambda x, w: abs(x) + w / 2), KINK),
        (lambda x, error: np.hypot(x, error), ANOTHER),
        (lambda x, error: np.hypot(x, error) - error, ANOTHER),
        (lambda x, error: np.hypot(x, 2 * error) - error, ANOTHER),
        (parts(lambda x, w: x * x / 2, lambda x, w: w * (abs(x) - w / 2), lambda error: error),
         HUBER),
        (parts(lambda x, w: x * x / 2, lambda x, w: w * (abs(x) - w / 2)), HUBER),
        (parts(lambda x, w: x * x, lambda x, w: abs(x)), LOWER),
        (parts(lambda x, w: x * x, lambda x, w: abs(x), lambda error: error), LOWER),
        (parts(lambda x, w: x * x / 2 * w, line), "Python reads x * x / 2 * w as (x * x / 2) * w: "
         "put what stands below in brackets."),
        (parts(lambda x, w: 0.0 * x, line, near=lambda x, w: abs(x) < w / 2), "A flat floor "
         "between two lines has two kinks: a parabola belongs there."),
        (parts(lambda x, w: parabola(x, w) + w / 2, lambda x, w: abs(x)), "Smooth, but too high by "
         "error: at 0 it is 0, as |x| is, and the lines are lower."),
        (parts(parabola, lambda x, w: x - np.sign(x) * w / 2), LEFT),
    ),
    hints=(
        "The parabola is a * x * x, with the slope 2 * a * x. At w it must be 1, as the line's: "
        "which a?",
        "a = 1 / (2 * w). At w the parabola is w / 2 high, and |x| is w. So the line is "
        "|x| - w / 2: how far off is that?",
        "It is off by w / 2, and that is error: w = 2 * error. Then x * x / (2 * w) if "
        "abs(x) < w, else abs(x) - w / 2.",
    ),
    idea="A kink is a choice that nobody made: round it off, and know by how much you are off.",
    real=("torch/_refs/nn/functional/__init__.py:huber_loss@z = (input - target)",
          "elves/rules/elementwise.py:@Elementwise(np.absolute"),
    answer="rounded",
    **PAIR,
)  # fmt: skip

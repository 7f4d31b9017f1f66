"""Exercise 3.5, grad: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves import forward
from elves.course.duals.jvp import formula, jvp
from elves.course.exercise import Exercise, brief
from elves.course.guard import Unfit
from elves.course.kinds import a

SLOPES = [
    ("a * a", (3.0,)), ("a * b", (2.0, 5.0)), ("a * b + a", (2.0, 5.0)), ("b * b", (2.0, 5.0)),
    ("a * b * c + b", (2.0, 3.0, 4.0)), ("(a + b) * (a + c) * a", (1.5, 2.0, 0.5)),
]  # fmt: skip


def slopes_of(answer, case):
    words, point = case
    of = answer(formula(words, len(point)))
    if not callable(of):
        raise Unfit(f"grad gave back {a(of)}: asked is a function, slope(*point)")
    return of(*point)


def elf_slopes(f):
    return lambda *x: list(np.ravel(forward.grad(f, tuple(range(len(x))))(*x)))


def by_passes(direction, read=1):
    """A `grad` by n passes, from a rule for the direction of pass k."""
    return lambda f: lambda *x: [jvp(f, x, direction(x, k))[read] for k in range(len(x))]


def unit(x, k):
    return [float(k == i) for i in range(len(x))]


def first_slope(f):
    return lambda *x: [jvp(f, x, unit(x, 0))[1]]


def both_of_each(f):
    return lambda *x: [jvp(f, x, unit(x, k)) for k in range(len(x))]


def at_a_list(f):
    """One argument instead of many."""

    def slope(point):
        return [jvp(f, point, unit(point, k))[1] for k in range(len(point))]

    return slope


ALL_AT_ONCE = (
    "The slopes by all inputs come out added up. Asked is a list, with the slope by each: from a "
    "pass in which that one alone moves."
)

EXERCISE = Exercise(
    "duals.grad",
    cases=lambda random: SLOPES,
    right=elf_slopes,
    run=slopes_of,
    tell=lambda case: f"the gradient of {case[0]} at {brief(case[1])}",
    mistakes=(
        (by_passes(lambda x, k: [1.0] * len(x)), ALL_AT_ONCE),
        (first_slope, "That is the slope by the first input: one pass for each of them."),
        (by_passes(lambda x, k: [float(i <= k) for i in range(len(x))]), "Your direction still "
         "moves the inputs of the passes before: set them back to 0."),
        (by_passes(lambda x, k: [x[i] * (k == i) for i in range(len(x))]), "An input moves by "
         "1, not by its own value."),
        (by_passes(unit, 0), "Those are values of f: jvp gives the slope second."),
        (both_of_each, "jvp gives a pair, value and slope: take the slope."),
        (at_a_list, "slope gets the numbers one by one, as f does: def slope(*point)."),
        (lambda f: lambda *x: jvp(f, x, [1.0] * len(x))[1], ALL_AT_ONCE),
        (lambda f: lambda *x: [jvp(f, [a], [1.0])[1] for a in x],
         "f needs all of its inputs in each pass: those that stand still, too."),
        (lambda f: lambda *x: jvp(f, x, unit(x, 0))[1], "That is the slope by the first input: "
         "one pass for each of them."),
        (lambda f: lambda x: [jvp(f, [x], [1.0])[1]], "slope gets the numbers one by one, as f "
         "does: def slope(*point)."),
    ),
    hints=(
        "How many passes are there? What is the direction of the first one?",
        "Pass k has the direction (0, …, 1, …, 0) with the 1 at place k.",
        "[jvp(f, x, [float(i == k) for i in range(len(x))])[1] for k in range(len(x))]",
    ),
    idea="n inputs, n passes: fine for three, too much for a network. Lab 4 walks back.",
    real=("jax/_src/api.py:jacfwd", "elves/forward.py:columns"),
    answer="grad",
)  # fmt: skip

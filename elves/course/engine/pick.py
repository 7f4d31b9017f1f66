"""Exercise 6.4, pick: its cases, a right answer, and wrong ones that are known by name."""

import operator

import numpy as np

from elves.course.engine.rules import (
    RIGHT,
    RULE,
    SLOPES_ALONE,
    Expected,
    arrays,
    case,
    changed,
    overwritten,
    shapes_of,
)
from elves.course.exercise import Exercise


def picks(random):
    for (n, m), k in (((1, 1), 1), ((2, 2), 2), ((2, 3), 2), ((3, 2), 4)):
        a, b = arrays(random, (n, m), (m, k))
        yield case(f"a @ b with {shapes_of((a, b))}", np.matmul, (a, b))
    (x,) = arrays(random, (4, 3))
    for index in (0, slice(1, 3), (np.array([0, 1, 2]), np.array([1, 1, 0])), np.array([2, 0]),
                  np.array([1, 1, 3])):  # fmt: skip
        yield case(f"x[{index!r}] with x of shape (4, 3)", operator.getitem, (x, index))


def picked(change):
    return Expected({operator.getitem: change})


def everywhere(g, y, x, index):
    return [np.ones(np.shape(x)), None]


def added_at(g, x, index):
    out = np.zeros(np.shape(x))
    np.add.at(out, index, g)
    return out


def wrong_shape(g, y, x, index):
    return [g, None]


def swapped(g, y, a, b):
    return [a.T @ g, g @ b.T]


def not_turned(g, y, a, b):
    return [g @ b, a @ g]


def wrong_side(g, y, a, b):
    return [b.T @ g, g @ a.T]


def entry_by_entry(g, y, a, b):
    return [g * b, g * a]


NO_TURN = "One of the factors has to be turned: b.T and a.T."

EXERCISE = Exercise(
    "engine.pick",
    cases=picks,
    mistakes=(
        (picked(overwritten), "An entry that was picked twice is paid once, even by "
         "out[index] += g: np.add.at(out, index, g) adds each time."),
        (picked(everywhere), "Only what was picked is paid; all the others get 0."),
        (picked(wrong_shape), "The cotangent of x has the shape of x: zeros, and g in its "
         "places."),
        (changed(matmul=swapped), "Look at the shapes: the first cotangent is for a."),
        (changed(matmul=not_turned), NO_TURN),
        (changed(matmul=wrong_side), "A product of matrices has an order: b stood on the "
         "right of a, so b.T stands on the right of g."),
        (changed(matmul=entry_by_entry), "That is the rule of a * b, entry by entry."),
        (picked(lambda g, y, x, index: RIGHT[operator.getitem](g, y, x, index)[:1]),
         "The index has its place in the list too: None."),
        (picked(lambda g, y, x, index: [added_at(1.0, x, index), None]),
         "Each picked entry gets its part of g, not 1."),
        (changed(matmul=lambda g, y, a, b: [g @ b, a.T @ g]), NO_TURN),
        (changed(matmul=lambda g, y, a, b: [g @ b.T, a @ g]), NO_TURN),
        (changed(matmul=lambda g, y, a, b: [g @ b.T, g.T @ a]), "That is the transpose of what "
         "b gets: rows and columns are exchanged."),
        (changed(matmul=lambda g, y, a, b: [b.T, a.T]), SLOPES_ALONE),
    ),
    hints=(
        "Write the shapes down: a is (n, m), b is (m, k), g is (n, k). What fits to (n, m)?",
        "g @ b.T and a.T @ g. For the pick: zeros in the shape of x, and g at the index.",
        "np.add.at(out, index, g); return [out, None]",
    ),
    idea="The shapes leave no choice: that is how many people remember this rule.",
    real=("autograd/numpy/numpy_vjps.py:untake", "elves/rules/products.py:matmul_left"),
    **RULE,
)  # fmt: skip

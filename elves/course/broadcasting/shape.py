"""Exercise 5.1, shape: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves.course.exercise import Exercise

PAIRS = [
    ((), ()), ((2,), ()), ((), (3,)), ((2,), (2,)), ((1,), (3,)), ((3,), (2, 3)), ((2, 1), (2, 3)),
    ((2, 3), (1, 3)), ((2, 1), (1, 3)), ((2, 1), (3,)), ((4, 1, 2), (3, 1)), ((2, 3), (4, 1, 3)),
    ((1, 1), (2, 2)), ((3, 1), (3, 1)), ((1,), (1, 1)), ((5, 1, 3), (2, 3)), ((1, 3), (3,)),
    ((1, 1), (1,)), ((1, 2, 1), (2, 3)),
]  # fmt: skip
EMPTY = [((0,), (1,)), ((2, 1), (2, 0))]  # beside an axis of no entries, 1 gives way as well


def flush_right(s, t, pick):
    n = max(len(s), len(t))
    s, t = (1,) * (n - len(s)) + s, (1,) * (n - len(t)) + t
    return tuple(map(pick, s, t))


def by_max(s, t):
    return flush_right(s, t, max)


def turned(s, t):
    return np.broadcast_shapes(s, t)[::-1]


def aligned_left(s, t, larger=max):
    n = max(len(s), len(t))
    s, t = s + (1,) * (n - len(s)), t + (1,) * (n - len(t))
    return tuple(map(larger, s, t))


def aligned_left_by_ones(s, t):
    return aligned_left(s, t, lambda n, m: m if n == 1 else n)


def longer(s, t):
    return s if len(s) >= len(t) else t


def longer_or_second(s, t):
    return s if len(s) > len(t) else t


def larger(s, t):
    return s if np.prod(s) >= np.prod(t) else t


def padded_by_nothing(s, t):
    return tuple(map(max, s[::-1], t[::-1]))[::-1]


def added(s, t):
    return s + t


FLUSH_RIGHT = "Shapes are compared from their right ends: the shorter one gets 1s on its left."
NOT_THE_LARGER = "Not the larger of the two: each axis is settled on its own."
NOT_THE_LONGER = "The longer shape is not always the result: its 1s are stretched too."

EXERCISE = Exercise(
    "broadcasting.shape",
    cases=lambda random: PAIRS + EMPTY,
    right=np.broadcast_shapes,
    tell=lambda case: f"the shapes {case[0]} and {case[1]}",
    mistakes=(
        (aligned_left, FLUSH_RIGHT),
        (longer, NOT_THE_LONGER),
        (larger, NOT_THE_LARGER),
        (padded_by_nothing, "The axes that only the longer shape has are in the result too."),
        (added, "Broadcasting repeats, it does not join: the shapes are laid over each other."),
        (aligned_left_by_ones, FLUSH_RIGHT),
        (by_max, "Nearly. It is the 1 that gives way, and not the smaller one: beside 0, an "
         "axis of no entries, it becomes 0."),
        (turned, "Your result stands backwards: turn it round at the end."),
        (longer_or_second, NOT_THE_LONGER), (max, NOT_THE_LARGER),
    ),
    wants="a tuple of whole numbers",
    hints=(
        "Write both shapes below each other, flush right.",
        "Fill the shorter one up with 1s on its left; then take the other number for each 1.",
        "s = (1,) * (n - len(s)) + s, with n the longer length, and t likewise; then "
        "tuple(b if a == 1 else a for a, b in zip(s, t)).",
    ),
    idea="That is all of NumPy's rule: flush right, and 1 gives way.",
    real=("numpy/lib/_stride_tricks_impl.py:broadcast_shapes",),
    answer="together",
)  # fmt: skip

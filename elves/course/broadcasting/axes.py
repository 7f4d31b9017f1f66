"""Exercise 5.2, axes: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves.course.broadcasting.shape import PAIRS
from elves.course.exercise import Exercise, brief
from elves.course.guard import Unfit


def stretched(have, want):
    """The axes of the shape `want` along which an array of the shape `have` is repeated."""
    extra = len(want) - len(have)
    return [k for k in range(len(want)) if k < extra or (have[k - extra] == 1 and want[k] != 1)]


def stretches(random):
    """Shapes from before and after; but no new axis of 1, which is repeated or not as one likes."""
    for s, t in PAIRS:
        want = np.broadcast_shapes(s, t)
        for have in dict.fromkeys((s, t)):
            if 1 not in want[: len(want) - len(have)]:
                yield have, want


def axes_of(answer, case):
    """The axes that an answer gives, counted from the left; -1 is the last one."""
    found, (_, want) = answer(*case), case
    if not isinstance(found, (list, tuple, set, range, np.ndarray)):
        raise Unfit(f"{brief(found)}, which is no list")
    if other := [k for k in found if not isinstance(k, (int, np.integer)) or isinstance(k, bool)]:
        raise Unfit(f"{brief(other[0])} in the list, which is no axis")
    return sorted(int(k) % len(want) if -len(want) <= k < 0 else int(k) for k in found)


def added_alone(have, want):
    return list(range(len(want) - len(have)))


def ones_alone(have, want):
    extra = len(want) - len(have)
    return [k for k in stretched(have, want) if k >= extra]


def every_one(have, want):
    extra = len(want) - len(have)
    return [k for k in range(len(want)) if k < extra or have[k - extra] == 1]


def own_axes(have, want):
    extra = len(want) - len(have)
    return [k - extra if k >= extra else k for k in stretched(have, want)]


def from_the_left(have, want):
    padded = have + (1,) * (len(want) - len(have))
    return [k for k in range(len(want)) if padded[k] == 1 and want[k] != 1]


def unequal_from_the_left(have, want):
    return [k for k in range(len(want)) if k >= len(have) or have[k] != want[k]]


def from_the_right_end(have, want):
    return [len(want) - 1 - k for k in stretched(have, want)]


def zipped(have, want):
    return [k for k, (n, m) in enumerate(zip(have, want, strict=False)) if n != m]


NEW_ON_THE_LEFT = "Shapes are compared from the right: new axes stand on the left."

EXERCISE = Exercise(
    "broadcasting.axes",
    cases=stretches,
    right=stretched,
    run=axes_of,
    wants="a list of axes, as whole numbers",
    tell=lambda case: f"an array of shape {case[0]} that became {case[1]}",
    show=lambda axes: f"axes {axes}",
    mistakes=(
        (added_alone, "You found the axes that are new; an axis of 1 that grew counts too."),
        (ones_alone, "You found the axes of 1 that grew; those that are new count too."),
        (every_one, "An axis of 1 that stayed 1 was not stretched."),
        (own_axes, "Count in the result: what is axis 0 of the array may be axis 1 there."),
        (from_the_left, NEW_ON_THE_LEFT), (unequal_from_the_left, NEW_ON_THE_LEFT),
        (from_the_right_end, "You count from the right end: axis 0 is the first one from the "
         "left."),
        (lambda have, want: [want[k] for k in stretched(have, want)],
         "Those are lengths: an axis is the place of a length in the shape, from 0 on."),
        (zipped, NEW_ON_THE_LEFT),
    ),
    hints=(
        "How many axes does the result have more? They are its first ones.",
        "For the others: was it 1, and is it more now?",
        "extra = len(want) - len(have); k < extra or (have[k - extra] == 1 and want[k] != 1)",
    ),
    idea="Along these axes one entry became many: on the way back, many payments become one.",
    real=("autograd/numpy/numpy_vjps.py:unbroadcast", "elves/core/kinds.py:unbroadcast"),
    answer="stretched",
)  # fmt: skip

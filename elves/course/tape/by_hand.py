"""Exercise 4.1, by_hand: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves.course.exercise import Exercise
from elves.course.guard import Unfit
from elves.course.tape.backward import (
    EARLY,
    NO_CHAIN,
    NO_SEED,
    OF_VALUE,
    OVERWRITTEN,
    backward,
    level_by_level,
    no_seed,
    overwrites,
    pays_on_early,
    slopes_alone,
    value_for_slope,
)
from elves.course.tape.programs import NAMES, Node, walked, written

BY_HAND = 3.0, [("*", 0, 0), ("+", 0, 1), ("*", 1, 2)]  # b = a a, c = a + b, d = b c


def by_hand(rule):
    """The adjoints of the program BY_HAND, as a wrong rule of the hand gives them."""
    made = walked(Node, BY_HAND)
    rule(made[-1])
    return dict(zip(NAMES, [n.grad for n in made], strict=False))


def on_paper(b, a, **other):
    return {"d": 1.0, "c": 9.0, "b": float(b), "a": float(a)} | other


# b or a with one payment instead of all: by c alone, by d alone, by one side of a * a
PAID_ONCE = [on_paper(b, a) for b in (9, 12) for a in (9, 3 * b, 6 * b, 3 * b + 9, 6 * b + 9)]
PAID_ONCE += [on_paper(21, 6 * 21), on_paper(21, 3 * 21 + 9)]


def named(answer, name):
    """The number that a dict has under a name."""
    if name not in answer:
        raise Unfit(f"a dict without {name!r}")
    if isinstance(answer[name], str) or np.ndim(answer[name]):
        raise Unfit(f"{answer[name]!r} for {name}, which is no number")
    return float(answer[name])


EXERCISE = Exercise(
    "tape.by_hand",
    cases=lambda random: ["d", "c", "b", "a"],
    right=by_hand(backward),
    run=named,
    wants='a dict with a number for each of "d", "c", "b" and "a"',
    told=False,
    tell=lambda name: f"the adjoint of {name} in {written(BY_HAND)}",
    mistakes=(
        (by_hand(overwrites), OVERWRITTEN),
        (by_hand(level_by_level), EARLY),
        (by_hand(no_seed), NO_SEED),
        (by_hand(slopes_alone), NO_CHAIN),
        (by_hand(value_for_slope), OF_VALUE),
        (on_paper(21, 138, c=12.0), OF_VALUE),  # where c = a + b, the slope is 1 all the same
        (by_hand(pays_on_early), EARLY),
        ({"d": 108.0, "c": 972.0, "b": 108 * 21.0, "a": 108 * 135.0}, NO_SEED),
        *((wrong, OVERWRITTEN) for wrong in PAID_ONCE),
        (dict(zip("abcd", (3.0, 9.0, 12.0, 108.0), strict=True)), "Those are the values, from "
         "the way forward. The adjoints come on the way back, and begin with 1 for d."),
    ),
    hints=(
        "Begin at the end: the adjoint of d is 1. Then c, then b, then a.",
        "d = b * c pays c the amount b · 1, and b the amount c · 1. Then c = a + b pays too.",
        "b is used by d and by c, so it is paid twice; and b = a * a pays a twice as well.",
    ),
    idea="An adjoint says how much the result changes per change of that value: 1 at the end, "
    "and from there each value is paid by all who used it.",
    real=("elves/reverse.py:sweep",),
    answer="adjoints",
    kind="dict",
)  # fmt: skip

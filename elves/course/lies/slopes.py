"""A value and its slope, which `elves.reverse` finds: what exercises of lab 16 share."""

import numpy as np

from elves import reverse
from elves.course.exercise import brief
from elves.course.guard import Unfit


def number(found):
    """What came, as a float; as it is, where it is no single number."""
    plain = isinstance(found, (bool, int, float, np.number, np.ndarray)) and not np.shape(found)
    return found if not plain or np.iscomplexobj(found) else float(found)


def with_slope(f, x):
    """The value of a function at x, and the slope that the elf finds; Unfit for no number."""
    value = number(f(x))
    if not isinstance(value, float):
        words = repr(value) if isinstance(value, str) else brief(value)
        raise Unfit(f"{words}, and asked is one number")
    return value, number(reverse.grad(f)(x))


def shown(outcome):
    value, slope = outcome
    return f"value {brief(value)}, slope {brief(slope)}"


PAIR = {"show": shown, "wants": "one number, made of x by functions that an elf can follow"}

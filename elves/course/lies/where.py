"""Exercise 16.2, where: its cases, a right answer, and wrong ones that are known by name.

Source: JAX's documentation, FAQ, "Gradients contain NaN where using where".
"""

import numpy as np

from elves import core, reverse
from elves.course.broadcasting.undo import an_array
from elves.course.exercise import Exercise, brief
from elves.course.pictures import matrix
from elves.course.steps.curves import function
from elves.rules.elementwise import stop_gradient

T, F = True, False
GUARDS = [  # f in words, x, where it is good, and what stands elsewhere
    ("np.sqrt(x)", [4.0, 1.0], [T, T], 0.0), ("np.sqrt(x)", [0.0], [F], 0.0),
    ("np.sqrt(x)", [0.25, 0.0], [T, F], 0.0), ("np.log(x)", [0.0, 2.0], [F, T], 0.0),
    ("np.sqrt(x)", [-1.0, 2.25, 0.0], [F, T, F], 5.0), ("1 / x", [0.0, -2.0, 4.0], [F, T, T], 7.0),
    ("np.arcsin(x)", [0.5, 1.0, -3.0], [T, F, F], -1.0),
    ("x * np.log(x)", [0.0, 0.5, -1.0], [F, T, F], 0.0),
    ("np.log(x) / (x - 3)", [3.0, 2.0], [F, T], 1.0),
    ("np.arctanh(x)", [0.5, 2.0], [T, F], 3.0),
    ("np.arctanh(x / 2) + x", [-2.0, 0.5, 2.0, 0.25], [F, T, F, T], 4.0),
]  # fmt: skip


def guards(random):
    for words, x, good, other in GUARDS:
        yield words, np.array(x), np.array(good), other


def found(answer, case):
    """The values, and the slopes of their sum."""
    words, x, good, other = case
    f = function(words)
    values = an_array(answer(f, x, good, other))

    def total(x):
        y = answer(f, x, good, other)
        return sum(y) if isinstance(y, (list, tuple)) else np.sum(y)

    return [values, an_array(reverse.grad(total)(x))]


def told(case):
    words, x, good, other = case
    return f"f(x) = {words} of {brief(x)}, good: {brief(good)}, other {other:g}"


def show(outcome):
    return f"values {brief(outcome[0])}, slopes {brief(outcome[1])}"


def draw(case, want, got):
    pairs = list(zip(want, got, strict=True))
    if any(np.shape(a) != np.shape(b) for a, b in pairs) or len(want[0]) == 1:
        return None
    return matrix(*map(np.stack, zip(*pairs, strict=True)), ": values, then slopes")


def right(f, x, good, other):
    """Entry by entry, with an if: no branch that is not taken is run."""
    places = np.nonzero(good)[0]
    if not len(places):
        return np.full(x.shape, other) + 0.0 * np.where(good, x, 0.0)
    spots = np.eye(len(good))[places]
    return f(x[places]) @ spots + np.where(good, 0.0, other)


def both(inside, outside):
    """Two wheres, or whatever stands in their places."""

    def guarded(f, x, good, other):
        return outside(f(inside(x, good, other)), x, good, other)

    return guarded


def x_as_it_is(x, good, other):
    return x


def safe(x, good, other):
    return np.where(good, x, 1.0)


def chosen(y, x, good, other):
    return np.where(good, y, other)


def by_index(f, x, good, other):
    y = np.full(np.shape(x), other)
    y[good] = f(x[good])
    return y


def by_loop(f, x, good, other):
    y = np.full(np.shape(x), other)
    for k in range(len(y)):
        y[k] = f(x[k]) if good[k] else other
    return y


def shortened(f, x, good, other):
    return f(x[good])


def one_if(f, x, good, other):
    return f(x) if good else np.full(np.shape(x), other)


def all_or_none(f, x, good, other):
    return f(x) if np.all(good) else np.full(np.shape(x), other) + 0.0 * np.where(good, x, 0.0)


def no_longer_followed(y, x, good, other):
    return np.where(good, stop_gradient(y) if isinstance(y, core.Value) else y, other)


NAN = (
    "The values are right, and nan came on the way back: f has met the entries that are not "
    "good, its slope there is inf or nan, and 0 times that is nan. What should f meet there?"
)
ZEROS = (
    "A product with good makes 0 of what is not good. On the way back it is a product again, and 0 "
    "times inf or nan is nan. np.where chooses, there and back."
)
ASSIGNED = (
    "An array of plain numbers cannot take what an elf follows. np.where makes a new array, and "
    "needs no assignment."
)
ASKED_ONCE = "good is an array: an if asks for one answer, and there are several."
MOVED = (
    "That moves all of x, the good entries too, and not every f is bad at 0: an entry that is not "
    "good must not get in at all."
)
MENDED = "That mends some of the values, and no slope: f must not meet the bad entries at all."
ONCE = (
    "f is safe now. But where x is not good, its value of something else came out: there, other "
    "was asked."
)

EXERCISE = Exercise(
    "lies.where",
    cases=guards,
    right=right,
    run=found,
    tell=told,
    show=show,
    draw=draw,
    wants="one array, in the shape of x, made by functions that an elf can follow",
    mistakes=(
        (both(x_as_it_is, chosen), NAN),
        (both(x_as_it_is, lambda y, x, good, other: good * y + (1 - good) * other),
         "False times nan is nan, and 0 times inf too: a product hides nothing. np.where chooses."),
        (both(lambda x, good, other: x * good, chosen), ZEROS),
        (both(lambda x, good, other: np.maximum(x * good, 0.0), chosen), ZEROS),
        (both(safe, lambda y, *rest: y), ONCE),
        (both(lambda x, good, other: np.where(good, x, 0.0), lambda y, *rest: y), ONCE),
        (both(lambda x, good, other: np.where(good, x, other), lambda y, *rest: y), ONCE),
        (both(lambda x, good, other: np.where(good, 1.0, x), chosen), "The wrong way round: f "
         "meets x just where it is not good."),
        (both(safe, lambda y, x, good, other: np.where(good, other, y)), "The wrong way round: "
         "other came out where x is good."),
        (both(lambda x, good, other: np.maximum(x, 1e-8), chosen), "That helps near 0 alone, and "
         "f is any function: an entry that is not good must not get in at all."),
        (both(lambda x, good, other: x + 1e-8, chosen), MOVED),
        (by_index, ASSIGNED),
        (by_loop, ASSIGNED),
        (shortened, "Only the good entries came out: each entry keeps its place."),
        (one_if, ASKED_ONCE),
        (lambda f, x, good, other: f(x) if good else other, ASKED_ONCE),
        (all_or_none, "One entry that is not good takes all the others with it: np.where chooses "
         "for each."),
        (both(safe, no_longer_followed), "The values are right, and all slopes are 0: something "
         "stopped the elf from following."),
        (both(x_as_it_is, lambda y, x, good, other: np.nan_to_num(y, nan=other)), MENDED),
        (both(x_as_it_is, lambda y, x, good, other: np.where(np.isnan(y), other, y)), MENDED),
        (lambda f, x, good, other: f(x), "f meets all of x, and nothing is chosen: what comes out "
         "where x is not good is other."),
        (lambda f, x, good, other: np.where(x > 0, f(np.where(x > 0, x, 1.0)), other),
         "Which entries are good depends on f: good says it, and not the sign of x."),
        (lambda f, x, good, other: right(f, x, good, other) if np.any(good) else other,
         "Where no entry is good, an array in the shape of x is asked all the same."),
        (both(x_as_it_is, lambda y, x, good, other: np.where(np.isfinite(y), y, other)), MENDED),
        (both(lambda x, good, other: x + 1e-12, chosen), MOVED),
        (both(safe, lambda y, x, good, other: y * good + other * (1 - good)), "inf times False is "
         "nan: choose with np.where."),
        (both(lambda x, good, other: np.where(good, x, abs(x) + 1), chosen), "Your filling depends "
         "on x: nan flows back through it. Fill with a constant."),
    ),
    hints=(
        "np.where at the end comes too late: f has met the bad entries. It must meet something "
        "else there.",
        "Before: inside = np.where(good, x, 1.0). Any number will do, since nobody looks at what f "
        "makes of it. After: choose once more.",
        "return np.where(good, f(np.where(good, x, 1.0)), other)",
    ),
    idea="The inner np.where cuts the way back: a nan made by f ends at a constant.",
    real=("jax/_src/numpy/ufuncs.py:sinc@safe_pi_x", "elves/rules/elementwise.py:power_slope"),
    answer="guarded",
)  # fmt: skip

"""Exercise 1.2, central: its cases, a right answer, and wrong ones that are known by name."""

from elves.course.exercise import Exercise
from elves.course.steps.curves import NUDGED, by_elf
from elves.course.steps.forward import NO_SIGN, backward, both_sides, forward, no_sign, too_narrow


def times_h(f, x, h):
    return (f(x + h) - f(x - h)) / 2 * h


def mean_height(f, x, h):
    return (f(x + h) + f(x - h)) / (2 * h)


def half_steps(f, x, h):
    return (f(x + h / 2) - f(x - h / 2)) / h


def second(f, x, h):
    return (f(x + h) - 2 * f(x) + f(x - h)) / h**2


def half_of_one_side(f, x, h):
    return (f(x + h) - f(x)) / (2 * h)


def turned_round(f, x, h):
    return (f(x - h) - f(x + h)) / (2 * h)


def no_brackets_either(f, x, h):
    return f(x + h) - f(x - h) / (2 * h)


WIDTH = "From x - h to x + h it is 2 h wide, and the rise is divided by that width."
ONE_SIDE = "You nudge to one side alone. Go as far to the other side too."

EXERCISE = Exercise(
    "steps.central",
    right=by_elf("central"),
    mistakes=(
        (forward, ONE_SIDE), (backward, ONE_SIDE),
        (too_narrow, WIDTH),
        (half_of_one_side, "You measured the rise of one step, and divided by two."),
        (times_h, "Python reads a / 2 * h as (a / 2) * h: put what stands below in brackets."),
        (mean_height, "A sum of the two tells how high f is there. A slope needs how much it "
         "differs."),
        (half_steps, "You step by h / 2 to each side. That is a central difference too, but "
         "h to each side was asked."),
        (second, "That is the second derivative: how much the slope itself changes."),
        (turned_round, "The sign is turned: where f rises, it is higher at x + h than at "
         "x - h."),
        (no_brackets_either, "Python divides first, and here f(x - h) alone: put the rise in "
         "brackets."),
        (no_sign(both_sides), NO_SIGN),
        (lambda f, x, h: (f(x + h) - f(x - h)) / 2, WIDTH),
        (lambda f, x, h: (f(x + 2 * h) - f(x)) / (2 * h), ONE_SIDE),
        (lambda f, x, h: (f(x + h) - 2 * f(x) + f(x - h)) / (2 * h), "You take both rises "
         "away from x: where f goes up on the right, it comes up from the left, and they "
         "cancel. From which place to which does one step lead?"),
    ),
    hints=(
        "Two runs of f again, but neither of them at x.",
        "The step goes from x - h to x + h. How wide is it?",
        "(f(x + h) - f(x - h)) / (2 * h)",
    ),
    idea="What bends the curve up on one side bends it on the other as well, and cancels: one "
    "more run of f buys an error of h² instead of h.",
    real=("jax/_src/public_test_util.py:numerical_jvp", "elves/numerical.py:central"),
    answer="central",
    **NUDGED,
)  # fmt: skip

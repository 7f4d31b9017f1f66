"""Exercise 1.1, forward: its cases, a right answer, and wrong ones that are known by name."""

from elves.course.exercise import Exercise
from elves.course.steps.curves import NUDGED, by_elf


def forward(f, x, h):
    return (f(x + h) - f(x)) / h


def rise_alone(f, x, h):
    return f(x + h) - f(x)


def rise_times_h(f, x, h):
    return (f(x + h) - f(x)) * h


def no_brackets(f, x, h):
    return f(x + h) - f(x) / h


def nudges_the_value(f, x, h):
    return (f(x) + h - f(x)) / h


def backward(f, x, h):
    return (f(x) - f(x - h)) / h


def turned(f, x, h):
    return (f(x) - f(x + h)) / h


def by_the_place(f, x, h):
    return (f(x + h) - f(x)) / (x + h)


def by_the_start(f, x, h):
    return (f(x + h) - f(x)) / x


def from_the_step(f, x, h):
    return (f(x + h) - f(h)) / h


def own_step(h):
    """A difference that does not listen to the step it is given."""
    return lambda f, x, _: (f(x + h) - f(x)) / h


def both_sides(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


def no_sign(scheme):
    return lambda f, x, h: abs(scheme(f, x, h))


def too_narrow(f, x, h):
    return (f(x + h) - f(x - h)) / h


OWN_H = "You took a step of your own. Take the h that is given: the caller chooses it."
BOTH = "You step to both sides, which comes next. Here it is one step, from x up to x + h."
NO_SIGN = "abs forgets the sign, and where f falls the slope is below 0."
PLACE = "Divide by how far you went, not by where you are."

EXERCISE = Exercise(
    "steps.forward",
    right=by_elf("forward"),
    mistakes=(
        (rise_alone, "That is how much f rises. A slope is the rise per step: divide."),
        (rise_times_h, "That is how much f rises. A slope is the rise per step: divide."),
        (no_brackets, "Python divides first, and here f(x) alone: put the rise in brackets."),
        (nudges_the_value, "You add h to f's value. Nudge what goes into f, and look what "
         "comes out."),
        (backward, "You step down, from x - h to x. Asked was the step up, from x to x + h."),
        (turned, "The sign is turned: where f rises, the slope is above 0. New minus old."),
        (by_the_place, PLACE), (by_the_start, PLACE),
        (from_the_step, "f(h) is the height at h, wherever that is. The step begins at x."),
        (both_sides, BOTH), (too_narrow, BOTH),
        *((own_step(h), OWN_H) for h in (1e-3, 1e-5, 1e-6, 1e-8, 1e-20)),
        (no_sign(forward), NO_SIGN),
        (lambda f, x, h: (f(x - h) - f(x)) / h, "You step down: x - h is to the left of x. "
         "Asked was the step up, from x to x + h."),
        (lambda f, x, h: (f(x + h) - x) / h, "x is where you are, and f(x) how high it is "
         "there: a rise is between two heights."),
        (lambda f, x, h: h / (f(x + h) - f(x)), "Your fraction is upside down: a slope is how "
         "much f rises per step."),
    ),
    hints=(
        "Run f at two places: at x, and a step of h further.",
        "The slope is the rise divided by the step: (new - old) / h.",
        "new is f(x + h), old is f(x); mind the brackets.",
    ),
    idea="Nudge the input, watch the output, divide: that works for any program, even one "
    "that nobody can read.",
    real=("scipy/optimize/_numdiff.py:_dense_difference@f_evals = workers",
          "elves/numerical.py:slope_along"),
    answer="forward",
    **NUDGED,
)  # fmt: skip

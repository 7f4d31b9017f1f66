"""Exercise 1.6, complex: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves import reverse
from elves.course.exercise import Exercise
from elves.course.steps.curves import SLOPE, close_to_0
from elves.course.steps.forward import NO_SIGN

SMOOTH = "x * x", "x ** 3 - 4 * x", "np.sin(x)", "-np.exp(x) / x", "np.tanh(x) - x", "1 / x"
TINY = [(words, x, h) for x in (1.5, 0.5) for h in (1e-20, 1e-8) for words in SMOOTH]


def exact(f, x, h):
    return reverse.grad(f)(x)


def real_part(f, x, h):
    return f(x + 1j * h).real / h


def not_divided(f, x, h):
    return f(x + 1j * h).imag


def length(f, x, h):
    return abs(f(x + 1j * h)) / h


def both_parts(f, x, h):
    return f(x + 1j * h) / h


def real_step(f, x, h):
    return (f(x + h) - f(x)) / h


def central_step(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


def whole_unit(f, x, h):
    return f(x + 1j).imag / h


def half_width(f, x, h):
    return f(x + 1j * h).imag / (2 * h)


def by_the_unit(f, x, h):
    return (f(x + 1j * h) - f(x)) / h


def imaginary_slope(f, x, h):
    return (f(x + 1j * h) - f(x)) / (1j * h)


def over_the_unit(f, x, h):
    return f(x + 1j * h).imag / (1j * h)


def change_of_real_part(f, x, h):
    return (f(x + 1j * h) - f(x)).real / h


def downwards(f, x, h):
    return f(x - 1j * h).imag / h


def f_alone(f, x, h):
    return f(x + 1j * h)


def length_of_change(f, x, h):
    return abs(f(x + 1j * h) - f(x)) / h


UNDIVIDED = "That is what the step changed: divide it by the step."
IN_PARTS = "Your answer is a complex number: only one of its parts is the slope."

EXERCISE = Exercise(
    "steps.complex",
    cases=lambda random: TINY,
    right=exact,
    tolerance=1e-12,
    mistakes=(
        (real_part, "The real part is f(x) still. What the step changed is in the other one."),
        (not_divided, UNDIVIDED),
        (length, "abs is the length of both parts together, and f(x) is the larger one."),
        (both_parts, IN_PARTS), (by_the_unit, IN_PARTS), (imaginary_slope, IN_PARTS),
        (over_the_unit, IN_PARTS),
        (change_of_real_part, "The real part is f(x) still. What the step changed is in the "
         "other one."),
        (downwards, "You step down, by -h: then the change has the other sign."),
        (length_of_change, NO_SIGN),
        (real_step, "You step along the real numbers: x + 1e-20 is x again, and a difference "
         "of equal numbers is 0."),
        (central_step, "You step along the real numbers: x + 1e-20 is x again, and a "
         "difference of equal numbers is 0."),
        (whole_unit, "You step by a whole unit, 1j. The step is h times that."),
        (half_width, "There is one step, not two: from x to x + h i. Its width is h."),
        (lambda f, x, h: f(x + 1j * h).imag * h, UNDIVIDED), (f_alone, IN_PARTS),
        (lambda f, x, h: np.imag(f(x + h)) / h, "You step along the real numbers, where "
         "nothing gets an imaginary part: it is 0."),
    ),
    hints=(
        "Python writes the imaginary unit as 1j. Run f once, at x + 1j * h.",
        "The slope times h is in the imaginary part of what comes out.",
        "f(x + 1j * h).imag / h",
    ),
    idea="One run is enough, without a difference: nothing is rounded away, so h may be 1e-20, "
    "and all the digits are right. But f has to take complex numbers: abs and max do not.",
    real=("scipy/optimize/_numdiff.py:_dense_difference@def x_generator_cs",
          "elves/numerical.py:Complex"),
    answer="complex_step",
    **SLOPE | {"run": lambda answer, case: close_to_0(SLOPE["run"](answer, case))},
)  # fmt: skip

"""Exercise 12.1, differences: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves import reverse
from elves.course.curvature.functions import gradient
from elves.course.exercise import Exercise, brief
from elves.course.guard import is_numbers
from elves.course.pictures import matrix

CASES = [
    ("np.sum(w * w)", [1.0], [1.0], 0.5), ("np.sum(w * w * w)", [2.0], [3.0], 0.5),
    ("np.sum(w * w * w)", [1.0, 2.0], [1.0, -2.0], 0.25),
    ("np.sum(w * w * w) * w[0]", [1.0, 2.0], [0.5, 2.0], 0.5),
    ("np.sum(np.exp(w)) + w[0] * w[1]", [0.5, -1.0], [2.0, 1.0], 0.125),
    ("np.sum(np.sin(w)) * w[1]", [1.0, 2.0, 0.5], [1.0, -2.0, 0.5], 0.5),
    ("np.log(np.sum(np.exp(w)))", [1.0, 2.0, 3.0], [1.0, 0.0, -1.5], 0.25),
    ("np.sum(w ** 4)", [1.0, -2.0, 0.5], [0.25, 0.5, -1.0], 0.1),
]  # fmt: skip


def by_elf(gradient, w, v, h):
    """The gradient of the central difference is the difference of the gradients."""
    f = gradient.f
    return reverse.grad(lambda w: (f(w + h * v) - f(w - h * v)) / (2 * h))(w)


def difference(gradient, w, v, h):
    return (gradient(w + h * v) - gradient(w - h * v)) / (2 * h)


def run(answer, case):
    words, w, v, h = case
    return answer(gradient(words), np.array(w), np.array(v), h)


def without_parentheses(gradient, w, v, h):
    return gradient(w + h * v) - gradient(w - h * v) / (2 * h)


def each_alone(gradient, w, v, h):
    rows = [difference(gradient, w, unit, h) for unit in np.eye(len(w))]
    return np.array([row[k] for k, row in enumerate(rows)]) * v


def second_difference(gradient, w, v, h):
    return (gradient(w + h * v) - 2 * gradient(w) + gradient(w - h * v)) / h**2


HALF_AS_LONG = "From w - h v to w + h v it is 2 h, not h: yours is twice too large."
ONE_SIDE = "That steps to one side only: its error shrinks like h, and that of both sides like h²."
NO_V = "You step by h in all the entries alike: v says which way, so w moves by h times v."
TURNED = "The sign is turned: what lies in front, w + h v, comes first."
OWN_STEP = "h is given: yours is another one."
ONE_NUMBER = (
    "One number came. A product of a matrix and a vector is a vector: the difference itself, not "
    "yet multiplied by v."
)

EXERCISE = Exercise(
    "curvature.differences",
    cases=lambda random: CASES,
    right=by_elf,
    run=run,
    tell=lambda c: f"f(w) = {c[0]}, w = {brief(c[1])}, v = {brief(c[2])}, h = {c[3]:g}",
    wants="one array, in the shape of w",
    draw=lambda case, want, got: matrix(want, got) if is_numbers(got) else None,
    mistakes=(
        (lambda gradient, w, v, h: (gradient(w + h * v) - gradient(w)) / h, ONE_SIDE),
        (lambda gradient, w, v, h: (gradient(w) - gradient(w - h * v)) / h, ONE_SIDE),
        (lambda gradient, w, v, h: 2 * difference(gradient, w, v, h), HALF_AS_LONG),
        (without_parentheses, "Python divides before it subtracts: put the difference into "
         "parentheses."),
        (lambda gradient, w, v, h: difference(gradient, w, 1.0, h), NO_V),
        (lambda gradient, w, v, h: difference(gradient, w, 1.0, h) * v, NO_V),
        (lambda gradient, w, v, h: gradient(w) * v, "That is the gradient at w, times v: its "
         "change along v is asked for."),
        (lambda gradient, w, v, h: v @ difference(gradient, w, v, h), ONE_NUMBER),
        (lambda gradient, w, v, h: difference(gradient, w, v / np.linalg.norm(v), h),
         "You made v 1 long. A vector twice as long has a product twice as large."),
        (lambda gradient, w, v, h: -difference(gradient, w, v, h), TURNED),
        (lambda gradient, w, v, h: difference(gradient, w, v, 1e-5), OWN_STEP),
        (lambda gradient, w, v, h: difference(gradient, w, v, 1.0), "h is missing: w moves by "
         "h times v, and the difference is divided by 2 h."),
        (lambda gradient, w, v, h: 2 * h * difference(gradient, w, v, h), "That is how far the "
         "gradient moves; per step, it is divided by 2 h."),
        (each_alone, "Each entry is moved alone there. All of w moves at once, along v."),
        (lambda gradient, w, v, h: difference(gradient, w, v, h) / np.linalg.norm(v),
         "You divide by the length of v as well: 2 h is enough."),
        (lambda gradient, w, v, h: difference(gradient, v, w, h), "w and v have changed places: "
         "w is where you stand, v is where you go."),
        (lambda gradient, w, v, h: (gradient(w) - gradient(w + h * v)) / h, TURNED),
        (lambda gradient, w, v, h: gradient((w + h * v) - (w - h * v)) / (2 * h), "That is one "
         "gradient, at a difference of places. Asked is the difference of two gradients."),
        (lambda gradient, w, v, h: h * h * difference(gradient, w, v, h), "Python reads / 2 * h as "
         "half, times h: put 2 * h into parentheses."),
        (lambda gradient, w, v, h: difference(gradient, w, v, h) / v, "You divide by v, too. A "
         "vector twice as long has a product twice as large."),
        (second_difference, "That is a second difference, for functions. A gradient is a "
         "derivative already: one difference is missing, and not two."),
        (lambda gradient, w, v, h: (gradient(w + h * v) - gradient(w)) / (2 * h), ONE_SIDE),
        (lambda gradient, w, v, h: (gradient(w + 2 * h * v) - gradient(w)) / (2 * h), ONE_SIDE),
    ),
    hints=(
        "As the central difference of lab 1, with the gradient in the place of f, and v as the "
        "way to go.",
        "Two gradients: at w + h * v, and at w - h * v.",
        "return (gradient(w + h * v) - gradient(w - h * v)) / (2 * h)",
    ),
    idea="The Hessian times v is how the gradient changes along v: two gradients, and no matrix.",
    real=("scipy/optimize/_optimize.py:approx_fhess_p",
          "torch/autograd/gradcheck.py:_compute_numerical_gradient"),
    answer="difference",
)  # fmt: skip

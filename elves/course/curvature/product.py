"""Exercise 12.2, product: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves import forward, reverse
from elves.course.curvature.functions import function, hvp
from elves.course.exercise import Exercise, brief
from elves.course.guard import is_numbers, told
from elves.course.pictures import matrix

MANY = np.linspace(-1.0, 1.0, 12)
CASES = [
    ("np.sum(w * w)", [3.0], [1.0]), ("np.sum(w * w * w)", [2.0], [3.0]),
    ("np.sum(w * w * w)", [1.0, 2.0], [1.0, -1.0]),
    ("np.sum(w) * np.sum(w * w)", [1.0, 2.0], [1.0, 0.5]),
    ("np.sum(np.exp(w)) * np.sum(w)", [0.5, -1.0], [2.0, 1.0]),
    ("np.log(np.sum(np.exp(w)))", [1.0, 2.0, 3.0], [1.0, 0.0, -2.0]),
    ("np.mean(np.log(1 + np.exp(M @ w)))", [1.0, -1.0, 0.5], [1.0, 2.0, -1.0]),
    ("np.sum(np.tanh(M @ w)) * np.sum(w * w)", [0.5, 0.25, -0.5], [1.0, -2.0, 0.5]),
    ("np.mean(w * w / (1 + w * w)) - np.sum(w * w * w)", MANY, MANY**2 - 0.25),
    ("np.sum(3.0 * w)", [1.0, 2.0], [1.0, -1.0]),  # whose gradient is constant
]  # fmt: skip
RUNS = 6  # of f, for one product: more is one for each entry


def run(answer, case):
    """A product, by an answer whose runs of f are counted, and looked at."""
    words, w, v = case
    left = [RUNS]

    def f(at):
        left[0] -= 1
        if left[0] < 0:
            told("paths", f"f was run more than {RUNS} times for one product")
        if len(w) > 2 and widest(at) >= len(w) ** 2:
            told("paths", f"{len(w)} tangents in one run, for all the columns of the matrix")
        return function(words)(at)

    return answer(f, np.array(w), np.array(v))


def widest(value):
    """The size of the largest array that a value of an engine is made of."""
    inner = [getattr(value, name, None) for name in ("value", "primal", "tangent", "stacked")]
    return max([np.size(value) if isinstance(value, np.ndarray) else 0,
                *(widest(each) for each in inner if each is not None)])  # fmt: skip


def by_entries(f, w, v):
    """All the second slopes, a run for each column."""
    columns = [forward.jvp(reverse.grad(f), (w,), (unit,))[1] for unit in np.eye(len(w))]
    return np.array(columns) @ v


def by_steps(h):
    def of(f, w, v):
        g = reverse.grad(f)
        return (g(w + h * v) - g(w - h * v)) / (2 * h)

    return of


def one_sided(f, w, v):
    g = reverse.grad(f)
    return (g(w + 1e-6 * v) - g(w)) / 1e-6


def of_the_slope(f, w, v):
    return forward.jvp(f, (w,), (v,))[1]


def row_sums(f, w, v):
    return hvp(f, w, np.ones(len(w)))


def along_entries(f, w, v):
    return np.array([hvp(f, w, unit)[k] for k, unit in enumerate(np.eye(len(w)))]) * v


MATRIX = (
    "The numbers are right, but all the columns were computed for them. One product needs one run, "
    "with v as the tangent."
)
STEPS = "Near, but that is a difference, as in 12.1: a tangent has no h, and all the digits."
SEED = "Each entry of w moves by 1 there: how each one moves stands in v."

TAKES = "gradient takes the function f; what it returns takes the Dual: gradient(f)(…)."
STOPS = (
    (r"'(function|numpy\.ndarray)' object has no attribute 'tangent'", TAKES),
    (r"'Dual' object is not callable|(gradient|of)\(\) takes", TAKES),
    (r"^SourceError", "elves.source reads the text of a function, and cannot follow this f, which "
     "counts its runs: take another elf, or the two engines above."),
)  # fmt: skip

EXERCISE = Exercise(
    "curvature.product",
    cases=lambda random: CASES,
    right=hvp,
    run=run,
    tell=lambda c: f"f(w) = {c[0]}, w = {brief(c[1])}, v = {brief(c[2])}",
    wants="one array, in the shape of w",
    stops=STOPS,
    tolerance=1e-12,  # of differences, ten digits are right
    draw=lambda case, want, got: matrix(want, got) if is_numbers(got) else None,
    mistakes=(
        (of_the_slope, "One number: that is how f changes along v. Asked is how its gradient "
         "does."),
        (lambda f, w, v: reverse.grad(f)(w), "That is the gradient. How it moves is in its "
         "tangent."),
        (lambda f, w, v: hvp(f, v, w), "w and v have changed places: the value is w, and the "
         "tangent is v."),
        (row_sums, SEED), (lambda f, w, v: row_sums(f, w, v) * v, SEED),
        (by_steps(1e-5), STEPS), (by_steps(1e-4), STEPS), (by_steps(1e-6), STEPS),
        (one_sided, STEPS),
        (by_entries, MATRIX),
        (lambda f, w, v: reverse.hessian(f)(w) @ v, MATRIX),
        (lambda f, w, v: reverse.grad(f)(w) * v, "That is the gradient times v, entry by entry: "
         "nothing was differentiated twice."),
        (lambda f, w, v: v @ hvp(f, w, v), "One number came: the curvature along v. The product "
         "itself is a vector."),
        (lambda f, w, v: 0 * w, "All zeros: nothing moves. The tangent of w is v."),
        (lambda f, w, v: reverse.grad(f)(w + v), "That is the gradient at w + v: a tangent goes "
         "beside w, and is not added to it."),
        (lambda f, w, v: v, "v itself came back: nothing was differentiated."),
        (lambda f, w, v: reverse.grad(f)(w + v) - reverse.grad(f)(w), "That is how far the "
         "gradient changes from w to w + v: asked is how fast it does at w."),
        (lambda f, w, v: reverse.hessian(f)(w), "That is the whole matrix. Asked is its product "
         "with v."),
    ),
    hints=(
        "The gradient is a function of w like any other: how does it change when w moves along v?",
        "A Dual holds w and v together. Which function do you give it to: f, or gradient(f)?",
        "return gradient(f)(Dual(w, v)).tangent",
    ),
    idea="Right to the last digit. If a Dual went through your tape, that was forward over "
    "reverse.",
    real=("elves/reverse.py:hvp", "autograd/differential_operators.py:hessian_tensor_product"),
    answer="hvp",
)  # fmt: skip

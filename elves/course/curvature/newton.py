"""Exercise 12.5, newton: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves.course.curvature.cg import IN_PLACE, by_projection, solver
from elves.course.curvature.functions import as_array, curvature, function, gradient
from elves.course.exercise import Exercise, brief, several
from elves.course.guard import is_numbers, told
from elves.course.pictures import matrix

BOWL = "np.sum(w * (Q @ w)) / 2 - np.sum(w)"
FLAT = "np.sum(np.log(np.exp(w) + np.exp(-w)))"  # from 1.1 on, a full step goes up
WELLS = "np.sum((w * w - 1) * (w * w - 1))"
FOURTH = "np.sum(w * w * w * w)"
CASES = [
    ("np.sum(3 * w * w) / 2", [3.0], 1), (FOURTH, [3.0], 1), (FOURTH, [1.0, -2.0], 3),
    (BOWL, [1.0, 2.0, -1.0], 1), (FLAT, [0.5, -0.25], 2), (FLAT, [1.5], 1), (FLAT, [2.0], 3),
    (FLAT, [2.5, 0.5], 2), (WELLS, [0.25], 1), (WELLS, [0.1, 2.0], 4),
    ("np.sum(np.log(1 + np.exp(M @ w))) + np.sum(w * w) / 4", [3.0, -2.0, 1.0], 3),
    ("np.sum(w * w)", [3.0], 3), ("np.sum(w * w)", [0.0, 0.0], 1),
    ("np.sum(10 * w * w - w * w * w * w)", [1.0], 1),  # a full step is as high as before
    (FLAT, [3.5], 1), (FLAT, [10.0], 1), (FOURTH, [0.001], 1),
    (BOWL, [1.0, 2.0, -1.0], 1, ", as an array"),
]  # fmt: skip
TOLERANCE = 1e-6
ASKED = 300  # of f in one step: after 50 halvings nothing moves w any more


def run(answer, case):
    """Where some steps lead, by an answer whose questions are counted."""
    words, w, steps, *needs_array = case
    w, left = np.array(w), [ASKED * steps]

    def f(at):
        left[0] -= 1
        if left[0] < 0:
            told("paths", f"f was asked more than {ASKED} times in a step")
        return function(words)(at)

    def product(w, v):
        return curvature(words, *map(float, w)) @ v

    found = answer(f, gradient(words), product, w, steps)
    if not needs_array:
        return found
    return as_array(found, by_elf(None, gradient(words), None, w, steps), TOLERANCE)


def by_elf(f, slope, product, w, steps):
    """Steps with the whole matrix."""
    f = slope.f
    for _ in range(steps):
        way, _ = by_projection(curvature(slope.words, *w), -slope(w), len(w))
        lengths = (t for t in 0.5 ** np.arange(50) if f(w + t * way) < f(w))
        w = w + next(lengths, 0.0) * way
    return w


def newton(
    direction=lambda product, g, w: solver()(lambda v: product(w, v), -g, len(w)),
    short=lambda f, w, t, p: f(w + t * p) >= f(w),
    most=60,
    begin=1.0,
    again=True,
):
    """Newton's steps, of which each part may be another one."""

    def descend(f, slope, product, w, steps):
        t = begin
        for _ in range(steps):
            p = direction(product, slope(w), w)
            t, halved = (begin if again else t), 0
            while halved < most and short(f, w, t, p):
                t, halved = t / 2, halved + 1
            w = w + t * p
        return w

    return descend


def of_the_first(f, slope, product, w, steps):
    first = w
    return newton(lambda product, g, w: solver()(lambda v: product(first, v), -g, len(w)))(
        f, slope, product, w, steps
    )


def same_way(f, slope, product, w, steps):
    first, at = slope(w), w
    return newton(lambda product, g, w: solver()(lambda v: product(at, v), -first, len(w)))(
        f, slope, product, w, steps
    )


def satisfied(enough):
    """Newton's steps, which end where the gradient is small."""

    def descend(f, slope, product, w, steps):
        for _ in range(steps):
            if np.linalg.norm(slope(w)) < enough:
                break
            w = newton()(f, slope, product, w, 1)
        return w

    return descend


def by_solve(product, g, w):
    return np.linalg.solve(np.array([product(w, unit) for unit in np.eye(len(w))]), -g)


def by_row_sums(product, g, w):
    return -g / product(w, np.ones(len(w)))


def by_diagonal(product, g, w):
    return -g / np.diag([product(w, unit) for unit in np.eye(len(w))])


def swapped(product, g, w):
    return solver()(lambda v: product(v, w), g, len(w))


def uphill(product, g, w):
    return solver()(lambda v: product(w, v), g, len(w))


def one_direction(product, g, w):
    return solver()(lambda v: product(w, v), -g, 1)


SWAPPED = "product takes w first, then the vector."
NO_HALVING = "That is a full step, and f went up with it: halve t until f is below f(w)."
DESCENT = "That is gradient descent. Newton's way solves H p = -gradient: cg finds it."
BY_ENTRIES = (
    "You divide entry by entry. That solves H p = -gradient for one input; for more, cg does."
)
ENDLESS = (
    "The halving has no end where the gradient is 0: no step makes f smaller there. Stop after 50 "
    "times, or where the gradient is 0."
)
UPHILL = "The way leads uphill: H p is to be -gradient, so that one walks against it."
NEGATIVE = (
    "Where the curvature is negative, the exact solution leads to a top. Your cg from 12.4 knows "
    "that: ask it for the way."
)

AS_HIGH = "f is as high as before: halve until it is *below* f(w)."
TOO_FEW = "You stopped halving while f was still higher: up to 50 times."
SMALL = "You stop where the gradient is small: a step still moves w there. Only 0 is 0."
STOPS = (
    (r"product\(\) missing", "cg calls product with one vector, yours wants w first: lambda v: "
     "product(w, v)."),
    *IN_PLACE,
)  # fmt: skip

EXERCISE = Exercise(
    "curvature.newton",
    cases=lambda random: CASES,
    right=by_elf,
    run=run,
    tell=lambda c: f"f(w) = {c[0]}, w = {brief(c[1])}, {several(c[2], 'step')}" + "".join(c[3:]),
    wants="one array, in the shape of w",
    tolerance=TOLERANCE,
    stops=STOPS,
    draw=lambda case, want, got: matrix(want, got) if is_numbers(got) else None,
    mistakes=(
        (newton(most=0), NO_HALVING), (newton(direction=by_solve, most=0), NO_HALVING),
        (newton(direction=lambda product, g, w: -g), DESCENT),
        (newton(direction=lambda product, g, w: -g, most=0), DESCENT),
        (newton(most=1000), ENDLESS),
        (newton(direction=uphill), UPHILL), (newton(direction=uphill, most=1000), UPHILL),
        (newton(direction=uphill, most=0), UPHILL),
        (newton(direction=by_solve), NEGATIVE), (newton(direction=by_solve, most=1000), NEGATIVE),
        (of_the_first, "You ask for products at the first w in each step: curvature changes on "
         "the way."),
        (same_way, "Your way is that of the first w in each step: ask for gradient and products "
         "anew at each w."),
        (newton(again=False), "t is not set back: each step begins with t = 1."),
        (lambda f, slope, product, w, steps: newton()(f, slope, product, w, min(steps, 1)),
         "Only one step was made: is the return inside the loop?"),
        (newton(direction=one_direction), "cg made one step alone: give it len(w) of them."),
        (newton(begin=0.5), "Your first try is half a step: t begins with 1, and then one step "
         "reaches the bottom of a bowl."),
        (newton(short=lambda f, w, t, p: f(w + t * p) < f(w), most=1000), "You halve as long as "
         "f goes down: halve while it does not."),
        (newton(direction=lambda product, g, w: swapped(product, -g, w)), SWAPPED),
        (newton(most=1), "Half a step may still be too far: halve again and again, until f is "
         "below f(w)."),
        (newton(short=lambda f, w, t, p: f(t * p) >= f(w)), "f is asked at t p: w is missing, from "
         "which the step begins."),
        (newton(direction=by_row_sums), BY_ENTRIES),
        (newton(direction=by_row_sums, most=0), BY_ENTRIES),
        (newton(direction=by_diagonal), BY_ENTRIES),
        (lambda f, slope, product, w, steps: newton()(f, slope, product, w, steps) - w,
         "That is how far it went: asked is where it arrived."),
        (lambda f, slope, product, w, steps: f(newton()(f, slope, product, w, steps)),
         "That is the value of f: asked is the w that it arrived at."),
        (newton(direction=lambda product, g, w: -swapped(product, g, w)), SWAPPED),
        (newton(short=lambda f, w, t, p: f(w + t * p) > f(w)), AS_HIGH),
        (satisfied(1e-3), SMALL), (satisfied(1e-2), SMALL),
        *((newton(most=n), TOO_FEW) for n in range(2, 23)),
    ),
    hints=(
        "One step: ask cg for the p with H p = -gradient, then find a t, then move.",
        "cg takes a function of one vector: lambda v: product(w, v). t = 1.0, and while f(w + t * "
        "p) >= f(w): t = t / 2; but not for ever.",
        "p = cg(lambda v: product(w, v), -slope(w), len(w)); after the halving w = w + t * p",
    ),
    idea="Newton asks the curvature how far to go: a bowl takes one step, and what looks like one "
    "takes a handful.",
    real=("scipy/optimize/_optimize.py:_minimize_newtoncg@b = -fprime(xk)",),
    answer="newton",
)  # fmt: skip

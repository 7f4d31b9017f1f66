"""Exercise 13.3, fixed_point: its cases, a right answer, and wrong ones known by name.

Source: Christianson, "Reverse accumulation and attractive fixed points" (1994).
"""

import numpy as np

from elves import forward, reverse
from elves.course.exercise import Exercise, brief
from elves.course.implicit.equations import PAIR, draw, function_of, rests, with_matrix

ONE, TWO, MANY = np.array([1.0, -2.0]), np.array([0.5, 1.5]), np.array([1.0, 0.5, -2.0])
STEPS = [  # a step, about where x rests, a, and the cotangent of x
    ("0.5 * x + a", 2.0, 1.0, 1.0), ("0.5 * x + 3 * a", 6.0, 1.0, 2.0),
    ("a * np.sin(x) + 1", 1.8, 0.8, 1.0), ("np.cos(a * x)", 0.8, 0.6, -3.0),
    ("M @ x + a", ONE, TWO, ONE), ("np.tanh(M @ x + a)", TWO, ONE, TWO),
    ("M.T @ np.sin(x) + a", TWO, ONE, ONE), ("np.tanh(M @ x) * a[0] + a[1]", MANY, TWO, MANY),
]  # fmt: skip


def at_rest(random):
    for words, x, a, g in STEPS:
        step = function_of((words, x))
        yield words, rests(step, x, a), a, g


def jacobians(step, x, a):
    """The slopes of a step by x and by a, as matrices."""
    size = np.size(x)
    by_x, by_a = forward.jacobian(step, 0)(x, a), forward.jacobian(step, 1)(x, a)
    return np.reshape(by_x, (size, size)), np.reshape(by_a, (size, np.size(a)))


def by_solve(change=lambda J: np.eye(len(J)) - J.T):
    """The cotangent by a solve with a matrix."""

    def answer(step, x, a, g):
        by_x, by_a = jacobians(step, x, a)
        z = np.linalg.solve(change(by_x), np.reshape(g, -1))
        return np.reshape(z @ by_a, np.shape(a))[()]

    return answer


def rounds(count, more=lambda g, z, by_x, by_a: g + z @ by_x, last=lambda z, by_x, by_a: z @ by_a):
    """z from so many rounds of some update, and what is made of it."""

    def answer(step, x, a, g):
        slopes = jacobians(step, x, a)
        z = g = np.reshape(g, -1)
        for _ in range(count):
            z = more(g, z, *slopes)
        found = last(z, *slopes)
        like = next((np.shape(b) for b in (a, x) if np.size(b) == np.size(found)), np.shape(found))
        return np.reshape(found, like)[()]

    return answer


def at_z(step, x, a, g):
    z = g
    for _ in range(MANY_ROUNDS):
        z = g + reverse.vjp(step, z, a)[1](z)[0]
    return reverse.vjp(step, x, a)[1](z)[1]


def paid_each_round(step, x, a, g):
    by_x, by_a = jacobians(step, x, a)
    z = g = np.reshape(g, -1)
    total = 0.0
    for _ in range(MANY_ROUNDS):
        z = g + z @ by_x
        total = total + z @ by_a
    return np.reshape(total, np.shape(a))[()]


def two_of_them(step, x, a, g):
    z = rounds(MANY_ROUNDS, last=lambda z, by_x, by_a: z)(step, x, a, g)
    return reverse.vjp(step, x, a)[1](z)


def as_numbers(step, x, a, g):
    return g * reverse.grad(step, 1)(x, a) / (1 - reverse.grad(step, 0)(x, a))


MANY_ROUNDS = 100
TOO_FEW = "Near, but z was still moving when you stopped. Go on until it rests: 100 rounds do."
TWO_OF_THEM = "pull gives two: what is paid to x, and what is paid to a. Take one of them."
SIDES = "You multiply by the slopes from the wrong side: on the way back it is pull, step by step."

EXERCISE = Exercise(
    "implicit.fixed_point",
    cases=at_rest,
    right=by_solve(),
    run=lambda answer, case: answer(function_of(case), *case[1:]),
    tell=lambda case: f"x = {with_matrix(*case[:2])}, at rest at x = {brief(case[1])} for a = "
    f"{brief(case[2])}, and g = {brief(case[3])}",
    wants="the cotangent of a, in the shape of a",
    draw=draw,
    mistakes=(
        (rounds(0), "You pay for the last round alone. The x that went into it came from a too, "
         "by the round before: z has to collect them all."),
        (rounds(1), "One round is collected, and no more. In each round of z, pull the z of the "
         "round before, and not g again."),
        *((rounds(count), TOO_FEW) for count in (2, 3, 4, 5, 8, 10, 15, 20, 25)),
        (rounds(MANY_ROUNDS, lambda g, z, by_x, by_a: z @ by_x), "Yours fades to 0: in each round "
         "of z, g comes in anew."),
        (rounds(MANY_ROUNDS, lambda g, z, by_x, by_a: g - z @ by_x), "The sign: what a round pays "
         "its x adds to g."),
        (rounds(MANY_ROUNDS, last=lambda z, by_x, by_a: z), "That is z, the cotangent of x. One "
         "pull more pays a."),
        (rounds(MANY_ROUNDS, last=lambda z, by_x, by_a: z @ by_x), "The first of the two that "
         "pull gives is paid to x: a gets the second."),
        (rounds(MANY_ROUNDS, lambda g, z, by_x, by_a: z + z @ by_x), "z grows without end: the new "
         "z is g plus what the old one pays. Yours adds the old z as well."),
        (rounds(MANY_ROUNDS, lambda g, z, by_x, by_a: g + z @ by_a), "What goes round is paid to "
         "x, the first of the two. The second is a's, and comes at the end."),
        (rounds(MANY_ROUNDS, lambda g, z, by_x, by_a: g + by_x @ z), SIDES),
        (by_solve(lambda J: np.eye(len(J)) - J), SIDES),
        (by_solve(lambda J: J.T), "At rest, z = g + pull(z)[0]: so I minus the transposed slopes, "
         "times z, is g. The I is missing."),
        (by_solve(lambda J: J.T - np.eye(len(J))), "The sign: at rest, z minus what it pays its x "
         "is g."),
        (rounds(MANY_ROUNDS, lambda g, z, by_x, by_a: (g + z) @ by_x), "Your z holds what the "
         "rounds pay, but not g itself: add g after the pull, not before it."),
        (paid_each_round, "You pay a in every round of z. z collects the rounds already: at the "
         "end it pays a once."),
        (as_numbers, "Right where x is one number. An array has no such quotient: go round, as "
         "the text says."),
        (at_z, "You differentiate step at z. Its place is x, where the loop rests: z is what is "
         "pulled."),
        (lambda step, x, a, g: g + reverse.vjp(step, x, a)[1](g), TWO_OF_THEM),
        (two_of_them, TWO_OF_THEM),
        (lambda step, x, a, g: reverse.vjp(step, x, a)(g), PAIR),
        (lambda step, x, a, g: by_solve()(step, x, a, g) + 0 * reverse.vjp(step, x, a)[1](0.0)[1],
         "Right where x is one number. z has the shape of x, so begin with g, which has it too."),
    ),
    hints=(
        "pull = vjp(step, x, a)[1] is made once. pull(z) gives what is paid to x, and to a.",
        "Begin with z = g. In each round the new z is g plus what pull(z) pays x.",
        "for _ in range(100): z = g + pull(z)[0]. Then return pull(z)[1].",
    ),
    idea="The way back of a loop at rest is a loop of the same kind: it comes to rest as fast, and "
    "keeps one x (Christianson, 1994).",
    real=("jax/_src/scipy/sparse/linalg.py:_isolve@isolve_solve = partial",
          "elves/implicit.py:Root.vjp"),
    answer="pull_fixed",
)  # fmt: skip

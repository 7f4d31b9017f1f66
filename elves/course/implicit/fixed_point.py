"""Exercise 13.3, fixed_point: its cases, a right answer, and wrong ones known by name.

Source: Christianson, "Reverse accumulation and attractive fixed points" (1994).
"""

from dataclasses import dataclass, field
from functools import cache

import numpy as np

from elves import forward, reverse
from elves.course.exercise import Exercise, brief
from elves.course.guard import is_numbers, same
from elves.course.implicit.equations import (
    PAIR,
    SHAPE,
    draw,
    function_of,
    rests,
    with_matrix,
)

ONE, TWO, MANY = np.array([1.0, -2.0]), np.array([0.5, 1.5]), np.array([1.0, 0.5, -2.0])
STEPS = [  # a step, about where x rests, a, and the cotangent of x
    ("0.5 * x + a", 2.0, 1.0, 1.0), ("0.5 * x + 3 * a", 6.0, 1.0, 2.0),
    ("0.95 * x + a", 20.0, 1.0, 1.0),  # slow: 100 rounds of z are too few
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


def from_zero(step, x, a, g):
    pull, z = reverse.vjp(step, x, a)[1], 0.0
    for _ in range(MANY_ROUNDS):
        z = g + pull(z)[0]
    return pull(z)[1]


def step_again(step, x, a, g):
    for _ in range(MOST + 1):
        step(x, a)
    return by_solve()(step, x, a, g)


@dataclass(frozen=True)
class Way:
    """A value of which is known how it came about: two are equal where that is the same."""

    kind: str
    value: object = field(compare=False, default=None)
    count: int = field(compare=False, default=0)

    WORDS = None

    def __repr__(self):
        return f"{brief(self.value)}, {WAYS[self.kind].format(self.count)}"


def run(answer, case):
    """What an answer gives; a Way, where z stopped too soon, or grew, or step ran too often."""
    step, calls = function_of(case), []

    def counted(x, a):
        calls.append(1)
        return step(x, a)

    got = answer(counted, *case[1:])
    if not is_numbers(got):
        return got
    if same(got, by_solve()(step, *case[1:]), 1e-9):
        return Way("again", got, len(calls)) if len(calls) > MOST else got
    if not np.all(np.isfinite(got)):
        return Way("grows", got)
    for kind, paid in paths(case[0]):
        if np.shape(got) == np.shape(case[2]):
            hits = np.all(np.isclose(paid, np.ravel(got), 1e-9, 0.0), axis=1)
            if hits.any():
                return Way(kind, got, 2 + int(hits.argmax()))
    return got


@cache
def paths(words):
    """What a is paid by z after 2, 3, … rounds: of the right kind, and where the old z is added."""
    x, a, g = next(each for each in at_rest(None) if each[0] == words)[1:]
    by_x, by_a = jacobians(function_of((words, x)), x, a)
    g, found = np.ravel(g), []
    for kind, start, add in (("moves", g, g), ("moves", np.ones(len(g)), g), ("grows", g, 0.0)):
        z, zs = start, []
        for _ in range(LONGEST):
            z = (z if kind == "grows" else 0.0) + add + z @ by_x
            zs.append(z @ by_a)
        found.append((kind, np.array(zs[1:])))
    return found


MANY_ROUNDS, LONGEST, MOST = 100, 600, 20  # rounds of z, and calls of step
WAYS = {"moves": "as after {} rounds of z", "grows": "and growing", "again": "by {} runs of step"}
TOO_FEW = (
    "z was still moving when you stopped. How many rounds it takes depends on step: go on until "
    "the new z is the old one, up to a small rest such as 1e-12."
)
AGAIN = (
    "The number is right, but you run step again in each round. At rest all rounds are at the same "
    "x: one pull, made before the loop, serves them all, and one x is kept."
)
GROWS = (
    "z grows without end: the new z is g plus what the old one pays. Yours adds the old z as well."
)
TWO_OF_THEM = "pull gives two: what is paid to x, and what is paid to a. Take one of them."
SIDES = "You multiply by the slopes from the wrong side: on the way back it is pull, step by step."

EXERCISE = Exercise(
    "implicit.fixed_point",
    cases=at_rest,
    right=by_solve(),
    run=run,
    tell=lambda case: f"x = {with_matrix(*case[:2])}, at rest at x = {brief(case[1])} for a = "
    f"{brief(case[2])}, and g = {brief(case[3])}",
    wants="the cotangent of a, in the shape of a",
    draw=draw,
    mistakes=(
        (rounds(0), "You pay for the last round alone. The x that went into it came from a too, "
         "by the round before: z has to collect them all."),
        (rounds(1), "One round is collected, and no more. In each round of z, pull the z of the "
         "round before, and not g again."),
        (rounds(2), TOO_FEW),
        (step_again, AGAIN),
        (rounds(MANY_ROUNDS, lambda g, z, by_x, by_a: z @ by_x), "Yours fades to 0: in each round "
         "of z, g comes in anew."),
        (rounds(MANY_ROUNDS, lambda g, z, by_x, by_a: g - z @ by_x), "The sign: what a round pays "
         "its x adds to g."),
        (rounds(MANY_ROUNDS, last=lambda z, by_x, by_a: z), "That is z, the cotangent of x. One "
         "pull more pays a."),
        (rounds(MANY_ROUNDS, last=lambda z, by_x, by_a: z @ by_x), "The first of the two that "
         "pull gives is paid to x: a gets the second."),
        (rounds(MANY_ROUNDS, lambda g, z, by_x, by_a: z + z @ by_x), GROWS),
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
        (from_zero, "Right where x is one number. z has the shape of x, so begin with g, "
         "which has it too."),
        (rounds(30), TOO_FEW), (rounds(MANY_ROUNDS), TOO_FEW),  # right where z rests soon
    ),
    hints=(
        "pull = vjp(step, x, a)[1] is made once. pull(z) gives what is paid to x, and to a.",
        "Begin with z = g. In each round the new z is g plus what pull(z) pays x.",
        "until z no longer changes: old, z = z, g + pull(z)[0]. A while does it, as long as the "
        "largest np.abs(z - old) is above 1e-12. Then return pull(z)[1].",
    ),
    idea="The way back of a loop at rest is a loop of the same kind: it comes to rest as fast, and "
    "keeps one x (Christianson, 1994).",
    real=("jax/_src/scipy/sparse/linalg.py:_isolve@isolve_solve = partial",
          "elves/implicit.py:Root.vjp"),
    answer="pull_fixed",
    stops=SHAPE,
)  # fmt: skip

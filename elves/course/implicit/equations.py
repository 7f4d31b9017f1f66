"""Equations, and steps that come to rest: what exercises of lab 13 share."""

import numpy as np

from elves import forward
from elves.course.exercise import brief
from elves.course.pictures import matrix

SQUARE = {
    2: np.array([[0.3, 0.4], [-0.1, 0.2]]),
    3: np.array([[0.2, 0.3, -0.1], [0.0, 0.4, 0.2], [0.3, -0.2, 0.1]]),
}
PAIR = (
    "What is called there is no function. vjp gives a pair: the value, and the function that walks "
    "back. Call the second."
)
SHAPE = (
    (r"cotangent must have the shape", "What is pulled has the shape of what came out, here that "
     "of x: g has it too."),
)  # fmt: skip
REST = 400  # rounds after which nothing moves: steps halve a distance, or begin at rest


def function(words, size=1):
    """A function of x and a that is written in a case; M is the matrix of its size."""
    return eval(f"lambda x, a: {words}", {"np": np, "M": SQUARE.get(size)})


def function_of(case):
    return function(case[0], np.size(case[1]))


def rests(step, x, a):
    """Where the rounds of a step come to rest."""
    for _ in range(REST):
        x = step(x, a)
    return x


def newton(f, x, a):
    """A root near x, by Newton's method."""
    for _ in range(50):
        x = x - np.linalg.solve(forward.jacobian(f)(x, a), f(x, a))
    return x


def with_matrix(words, x):
    """A function in words, with the matrix that stands in it."""
    return words + (f" with M = {brief(SQUARE[np.size(x)])}" if "M" in words else "")


def draw(case, want, got):
    return matrix(want, got) if np.ndim(want) and np.shape(want) == np.shape(got) else None

"""Exercise 5.5, matmul: its cases, a right answer, and wrong ones that are known by name."""

import itertools

import numpy as np

from elves.course.broadcasting.product import PRODUCT, by_elf, own_undone
from elves.course.engine.rules import arrays
from elves.course.exercise import Exercise


def matrices(random):
    for n, m, k in ((1, 1, 1), (2, 2, 2), (1, 2, 1), (2, 3, 4), (3, 2, 1), (1, 4, 3)):
        a, b, g = arrays(random, (n, m), (m, k), (n, k))
        yield g, a, b


def swapped(g, a, b):
    return [a.T @ g, g @ b.T]


def not_turned(g, a, b):
    return [g @ b, a @ g]


def wrong_side(g, a, b):
    return [b.T @ g, g @ a.T]


def entry_by_entry(g, a, b):
    return [g * b, g * a]


def no_g(g, a, b):
    one = np.ones(np.shape(g))
    return [one @ b.T, a.T @ one]


OF_A = {  # ways to write the first cotangent: whether it is turned as it must be, and in its place
    (True, True): lambda g, b: g @ b.T, (False, True): lambda g, b: g @ b,
    (True, False): lambda g, b: b.T @ g, (False, False): lambda g, b: b @ g,
}  # fmt: skip
OF_B = {
    (True, True): lambda g, a: a.T @ g, (False, True): lambda g, a: a @ g,
    (True, False): lambda g, a: g @ a.T, (False, False): lambda g, a: g @ a,
}  # fmt: skip


def other_ways():
    """All the ways to write the rule of a @ b that are wrong, each with its sentence."""
    for (first, of_a), (second, of_b) in itertools.product(OF_A.items(), OF_B.items()):
        turned, in_place = (all(pair) for pair in zip(first, second, strict=True))
        said = {(False, True): NO_TURN, (True, False): SIDE}.get((turned, in_place), ORDER_AND_TURN)
        if not (turned and in_place):
            yield (lambda g, a, b, of_a=of_a, of_b=of_b: [of_a(g, b), of_b(g, a)]), said


def inverted(g, a, b):
    return [g @ np.linalg.pinv(b), np.linalg.pinv(a) @ g]


def one_turned(which):
    def rule(g, a, b):
        pair = [g @ b.T, a.T @ g]
        pair[which] = pair[which].T
        return pair

    return rule


NO_G = "You left g out: it stands where the result stood."
NO_TURN = "One of the factors has to be turned: b.T for a, a.T for b."
SIDE = (
    "A product of matrices has an order: b stood on the right of a, so b.T stands right of g, "
    "and a.T left of it."
)
ORDER_AND_TURN = (
    "Neither the order nor the turns fit: write down the shape of what a gets, then which two "
    "matrices have these lengths outside, and the same length inside."
)
NO_INVERSE = "The way back computes no inverse: the payments go through the same matrix, turned."

EXERCISE = Exercise(
    "broadcasting.matmul",
    cases=matrices,
    right=by_elf(np.matmul),
    mistakes=(
        (swapped, "Look at the shapes: the first cotangent is for a, the second for b."),
        (not_turned, NO_TURN),
        (wrong_side, SIDE),
        (entry_by_entry, "That is the rule of a * b, entry by entry."),
        (no_g, NO_G), (lambda g, a, b: [b.T, a.T], NO_G),
        (lambda g, a, b: [b @ g.T, g.T @ a], "Your results are turned: each one has the shape "
         "of its own matrix."),
        (lambda g, a, b: [g @ b.T, a @ g], NO_TURN),
        (lambda g, a, b: own_undone(g, a, b), "That is the rule of a * b, entry by entry."),
        (one_turned(0), "What a gets is turned: it has the shape of a."),
        (one_turned(1), "What b gets is turned: it has the shape of b."),
        (inverted, NO_INVERSE),
        (lambda g, a, b: [g @ np.linalg.inv(b), np.linalg.inv(a) @ g], NO_INVERSE),
        *other_ways(),
    ),
    hints=(
        "Write the shapes down: a is (n, m), b is (m, k), g is (n, k). What makes (n, m)?",
        "g and the other factor, turned, in the order in which the shapes fit.",
        "[g @ b.T, a.T @ g]",
    ),
    idea="The shapes leave no choice: that is how many people remember this rule.",
    real=("autograd/numpy/numpy_vjps.py:matmul_adjoint_0",
          "elves/rules/products.py:matmul_left"),
    answer="matmul_rule",
    **PRODUCT,
)  # fmt: skip

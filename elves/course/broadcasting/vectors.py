"""Exercise 5.6, vectors: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves.course.broadcasting.product import PRODUCT, by_elf
from elves.course.engine.rules import arrays
from elves.course.exercise import Exercise


def with_vectors(random):
    for s, t in (((2,), (2,)), ((3,), (3,)), ((2, 3), (3,)), ((1, 2), (2,)), ((3,), (3, 2)),
                 ((2,), (2, 1)), ((2, 2), (2,)), ((2,), (2, 2)), ((2, 3), (3, 2))):  # fmt: skip
        a, b = arrays(random, s, t)
        (g,) = arrays(random, np.shape(a @ b))
        yield g, a, b


def as_matrices(g, a, b):
    return [g @ b.T, a.T @ g]


def vector_rule(g, a, b):
    """The right rule for a matrix or vector on either side."""
    return by_elf(np.matmul)(g, a, b)


def inner_for_outer(g, a, b):
    if a.ndim == b.ndim:
        return vector_rule(g, a, b)
    return [g @ b, a.T @ g] if b.ndim == 1 else [b @ g, a @ g]


def turned_outer(g, a, b):
    right = vector_rule(g, a, b)
    if b.ndim == 1 and a.ndim == 2:
        return [np.outer(b, g), right[1]]
    if a.ndim == 1 and b.ndim == 2:
        return [right[0], np.outer(g, a)]
    return right


def with_numbers(g, a, b):
    return as_matrices(g, a, b) if a.ndim == b.ndim == 1 else vector_rule(g, a, b)


def rows(g, a, b):
    A, B, G = map(np.atleast_2d, (a, b, g))
    return [np.reshape(G @ B.T, a.shape), np.reshape(A.T @ G, b.shape)]


def rows_beside_g(g, a, b):
    return as_matrices(g, np.atleast_2d(a), np.atleast_2d(b))


def vector_side(*which):
    """The outer products are right; the vector's own cotangent is not, beside those matrices."""

    def rule(g, a, b):
        of_a, of_b = vector_rule(g, a, b)
        if "a" in which and a.ndim > b.ndim:
            return [of_a, a @ g]
        if "b" in which and a.ndim < b.ndim:
            return [g @ b, of_b]
        return [of_a, of_b]

    return rule


def entries_for_outer(g, a, b):
    of_a, of_b = vector_rule(g, a, b)
    if a.ndim > b.ndim:
        return [g * b, of_b]
    return [of_a, a * g] if a.ndim < b.ndim else [of_a, of_b]


def dot_swapped(g, a, b):
    right = vector_rule(g, a, b)
    return [g * a, g * b] if a.ndim == b.ndim == 1 else right


def rows_kept(g, a, b):
    right = vector_rule(g, a, b)
    if b.ndim == 1 and a.ndim == 2:
        return [right[0], right[1][:, None]]
    if a.ndim == 1 and b.ndim == 2:
        return [right[0][None, :], right[1]]
    return right


AS_ROWS = (
    "As a matrix, a vector on the left is a row, and one on the right a column; and g has the axes "
    "of both. np.atleast_2d makes rows."
)
OWN_SIDE = (
    "The outer products are right; what the vector itself gets is not. Write the shapes down: "
    "which axis of the matrix does g meet?"
)

EXERCISE = Exercise(
    "broadcasting.vectors",
    cases=with_vectors,
    right=by_elf(np.matmul),
    mistakes=(
        (as_matrices, "With a vector, b.T is b itself: g @ b.T is another product now."),
        (inner_for_outer, "Beside a vector, a matrix gets an outer product, and not a number: "
         "in y = a @ v, a[i, j] meets v[j] and pays y[i]."),
        (turned_outer, "The outer product is turned: rows belong to the first of the two."),
        (dot_swapped, "Of two vectors: the slope of a · b by a is b."),
        (rows_kept, "A vector gets a vector back: drop the axis that you added."),
        (lambda g, a, b: [b, a] if a.ndim == b.ndim == 1 else vector_rule(g, a, b),
         "Of two vectors, the result is a number, and g too: multiply by it."),
        (rows, AS_ROWS), (rows_beside_g, AS_ROWS),
        (with_numbers, "Of two vectors, g is a number, which @ does not take: does your "
         "program come to that case first?"),
        (vector_side("a", "b"), OWN_SIDE), (vector_side("a"), OWN_SIDE),
        (vector_side("b"), OWN_SIDE),
        (entries_for_outer, "Each entry of g meets each entry of the vector, and g * v pairs "
         "only those in the same place."),
    ),
    hints=(
        "Three cases: vector · vector, matrix · vector, vector · matrix.",
        "a (n, m) times v (m): a gets np.outer(g, v), and v gets a.T @ g.",
        "v (n) times b (n, k): v gets b @ g, and b gets np.outer(v, g). v · w: g * w, g * v.",
    ),
    idea="NumPy's @ is four functions in one, and each has its own way back.",
    real=("autograd/numpy/numpy_vjps.py:matmul_adjoint_1",
          "elves/rules/products.py:matmul_right"),
    answer="vector_rule",
    **PRODUCT,
)  # fmt: skip

"""Exercise 10.3, matmul: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves.course.batching.stacks import (
    A_LOOP,
    MANY,
    RULE,
    by_elf,
    one_by_one,
    ruled,
    stacks,
    words_of,
)
from elves.course.exercise import Exercise

T, F = True, False
VECTOR, MATRIX = 1, 2
KINDS = [  # which are batched, and whether one example of each is a vector or a matrix
    ((T, F), VECTOR, MATRIX), ((T, F), VECTOR, VECTOR), ((T, F), MATRIX, MATRIX),
    ((F, T), MATRIX, MATRIX), ((T, T), MATRIX, MATRIX), ((F, T), VECTOR, VECTOR),
    ((F, T), MATRIX, VECTOR), ((T, T), VECTOR, VECTOR), ((T, T), MATRIX, VECTOR),
    ((T, T), VECTOR, MATRIX), ((F, T), VECTOR, MATRIX), ((T, F), MATRIX, VECTOR),
]  # fmt: skip


def products(random):
    for n, m, k in ((2, 2, 2), (3, 3, 3), (1, 2, 4), (4, 1, 1)):
        for batched, a, b in KINDS:
            yield case(random, batched, (n, m)[2 - a :], (m, k)[:b])
    yield case(random, (T, T), (2,), (2,), n=MANY)


def case(random, batched, *shapes, **more):
    return np.matmul, batched, stacks(random, batched, *shapes, **more), {}


def as_columns(batched, a, b):
    """Vectors are matrices for a while: where each is one, the matrices, and how to undo it."""
    row, column = (np.ndim(x) - m == 1 for x, m in zip((a, b), batched, strict=True))
    return row, column, a[..., None, :] if row else a, b[..., None] if column else b


def matmul(batched, a, b):
    row, column, a, b = as_columns(batched, a, b)
    y = a @ b
    y = y[..., 0, :] if row else y
    return y[..., 0] if column else y


def as_it_is(batched, a, b):
    return a @ b


def axes_stay(batched, a, b):
    _, _, a, b = as_columns(batched, a, b)
    return a @ b


def keeps(row, column):
    """A rule where an axis that was put in goes again, and the other one stays."""

    def rule(batched, a, b):
        as_row, as_column, a, b = as_columns(batched, a, b)
        y = a @ b
        y = y[..., 0, :] if as_row and not row else y
        return y[..., 0] if as_column and not column else y

    return rule


def squeezed(batched, a, b):
    return np.squeeze(axes_stay(batched, a, b))


def unless(which, change):
    """A rule that is wrong in one of the kinds alone."""

    def rule(batched, a, b):
        kind = tuple(batched), np.ndim(a) - batched[0], np.ndim(b) - batched[1]
        return change(a, b) if kind in which else matmul(batched, a, b)

    return rule


def batched_columns(a, b):
    return a @ b.T


def exchanged(a, b):
    return b @ a


def by_dot(batched, a, b):
    row, column, a, b = as_columns(batched, a, b)
    y = np.dot(a, b)
    y = y[..., 0, :] if row else y
    return y[..., 0] if column else y


def entry_by_entry(a, b):
    return a * b


BOTH_VECTORS = [((T, T), VECTOR, VECTOR)]
TO_SHARED = [((F, T), MATRIX, VECTOR)]
ADDED = "The axis of 1 that you put in is still there: the product of one example has none."

EXERCISE = Exercise(
    "batching.matmul",
    cases=products,
    right=lambda batched, a, b: by_elf(np.matmul, batched, a, b),
    run=ruled(lambda answer, function, batched, args, options: answer(batched, *args)),
    tell=lambda case: f"a @ b with {words_of(case)}",
    mistakes=(
        (as_it_is, "NumPy takes a stack of vectors for one matrix. Some products are right by "
         "luck; in the others an axis of the example meets the batch axis."),
        (unless(TO_SHARED, batched_columns), "The batch axis is the last one of your result: "
         "each example has become a column."),
        (unless(TO_SHARED, exchanged), "a @ x is not x @ a: from the right, the other axis of "
         "the matrix is summed over."),
        (unless(BOTH_VECTORS, entry_by_entry), "Two vectors give a number for each example: "
         "the entries are multiplied, and then they are summed."),
        (unless(BOTH_VECTORS, batched_columns), "Your result holds products of each example with "
         "each other one: an example meets its own partner alone."),
        (axes_stay, ADDED), (lambda batched, a, b: np.atleast_2d(matmul(batched, a, b).T).T, ADDED),
        (squeezed, "squeeze takes every axis of length 1 away, and one example may have some of "
         "its own."),
        (by_dot, "np.dot pairs each matrix of the one stack with each of the other: np.matmul "
         "goes through both side by side."),
        (lambda batched, a, b: one_by_one(np.matmul, batched, a, b), A_LOOP),
        (keeps(True, False), ADDED), (keeps(False, True), ADDED),
    ),
    hints=(
        "np.matmul does stacks of matrices already, and shared ones with them. What it takes "
        "wrongly are vectors. So let there be none.",
        "One example of a is a vector? Make it a row, a[..., None, :]; one of b a column, "
        "b[..., None]. After a @ b, that axis of 1 goes again.",
        "row, column = np.ndim(a) - batched[0] == 1, np.ndim(b) - batched[1] == 1. At the end, "
        "if row: y = y[..., 0, :]; if column: y = y[..., 0].",
    ),
    idea="X @ W, which everybody writes for a whole batch, is x @ W with this rule used by hand.",
    real=("jax/_src/lax/lax.py:_dot_batch_rule@lhs, rhs =", "elves/batching.py:matmul"),
    answer="matmul",
    **RULE,
)  # fmt: skip

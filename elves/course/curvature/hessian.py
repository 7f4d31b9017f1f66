"""Exercise 12.3, hessian: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves import reverse
from elves.course.curvature.functions import as_array, function, hvp
from elves.course.exercise import Exercise, brief, several
from elves.course.guard import Unfit, is_numbers, told
from elves.course.pictures import matrix

CASES = [
    ("np.sum(w * w * w)", [2.0]), ("w[0] * w[1]", [1.0, 2.0]),
    ("w[0] * w[0] * w[1]", [1.0, 3.0]), ("np.sum(w * (Q @ w)) / 2", [1.0, 0.5, -1.0]),
    ("np.sum(np.exp(M @ w))", [0.5, -0.5, 0.25]),
    ("np.sum(w) * np.sum(w * w)", [1.0, -2.0, 0.5, 0.25]),
    ("w[0] * w[1]", [1.0, 2.0], ", as an array that has a .T"),
]  # fmt: skip


def run(answer, case):
    """A Hessian, by an answer whose products are counted."""
    words, w, *needs_array = case
    w, left = np.array(w), [2 * len(w) + 2]

    def product(v):
        left[0] -= 1
        if np.shape(v) != w.shape:
            raise Unfit(f"product takes a vector of {several(len(w), 'number')}, and got the shape "
                        f"{np.shape(v)}")  # fmt: skip
        if left[0] < 0:
            told("paths", f"more than {2 * len(w) + 2} products for {several(len(w), 'column')}")
        return hvp(function(words), w, np.array(v, float))

    product.all = lambda: reverse.hessian(function(words))(w)
    found = answer(product, len(w))
    return as_array(found, product.all(), 1e-9, "rows") if needs_array else found


def columns(product, n):
    return np.array([product(unit) for unit in np.eye(n)])


def entry_by_entry(product, n):
    unit = np.eye(n)
    return np.array([[unit[i] @ product(unit[j]) for j in range(n)] for i in range(n)])


def pile(product, n):
    found, unit = [], np.zeros(n)
    for k in range(n):
        unit[k] = 1.0
        found.append(product(unit))
    return np.array(found)


def whole_numbers(product, n):
    found = np.zeros((n, n), int)
    for k in range(n):
        found[k] = product(np.eye(n)[k])
    return found


def without_last(product, n):
    found = columns(product, n)
    found[-1] = 0.0
    return found


def last_over_all(product, n):
    return np.array([product(np.eye(n)[-1])] * n)


ROWS = "One vector came: all the columns added up. Each unit vector needs a product of its own."
LAST = "The last column is missing: range ends one before its end."
SAME = (
    "The same product in each place, that with a vector of ones: each column needs its own unit "
    "vector."
)
DIAGONAL = "Only the diagonal is there: a product gives a whole column, and all of it belongs in."
HALF = "One half beside the diagonal is empty: a product gives a whole column."

EXERCISE = Exercise(
    "curvature.hessian",
    cases=lambda random: CASES,
    right=lambda product, n: product.all(),
    run=run,
    tell=lambda c: f"the products of f(w) = {c[0]} at w = {brief(c[1])}" + "".join(c[2:]),
    wants="one array, with n rows and n columns",
    draw=lambda case, want, got: matrix(want, got) if is_numbers(got) else None,
    mistakes=(
        (lambda product, n: product(np.ones(n)), ROWS),
        (lambda product, n: sum(columns(product, n)), ROWS),
        (lambda product, n: np.diag(columns(product, n)), DIAGONAL),
        (lambda product, n: np.diag(np.diag(columns(product, n))), DIAGONAL),
        (lambda product, n: np.triu(columns(product, n)), HALF),
        (lambda product, n: np.tril(columns(product, n)), HALF),
        (pile, "The ones pile up: the k-th unit vector has a single 1, so set the one before "
         "back to 0."),
        (whole_numbers, "The digits after the point are gone: an array of whole numbers cuts "
         "them off."),
        (entry_by_entry, "n products are enough: each gives a whole column. Yours makes one for "
         "each entry."),
        (lambda product, n: columns(product, n).ravel(), "All the entries are there, but in one "
         "row: give it n rows."),
        (lambda product, n: columns(product, n) + columns(product, n).T, "Twice too large: it is "
         "symmetric already, so nothing needs to be added."),
        (last_over_all, "Each row is the same: that of the last unit vector."),
        (lambda product, n: columns(product, n)[:-1], LAST),
        (lambda product, n: columns(product, n)[1:], "The first column is missing: Python counts "
         "from 0."),
        (lambda product, n: np.outer(product(np.ones(n)), np.ones(n)), SAME),
        (lambda product, n: np.outer(np.ones(n), product(np.ones(n))), SAME),
        (lambda product, n: [product(np.eye(n)[0])], "Only the first product is there: is the "
         "return inside the loop?"),
        (lambda product, n: product(np.eye(n)[-1]), "Only the last product is left: each one "
         "belongs into H."),
        (lambda product, n: [product(k * unit) for k, unit in enumerate(np.eye(n))],
         "Each column is multiplied by its number: a unit vector has a 1 in its place."),
        (without_last, LAST),
    ),
    hints=(
        "What is a matrix times a vector with a single 1, in the place k?",
        "It is the k-th column. np.eye(n) holds all these vectors, as its rows.",
        "return np.array([product(unit) for unit in np.eye(n)])",
    ),
    idea="n products fill the Hessian, column by column; n² numbers must be kept. With a million "
    "inputs nobody can, and the products are still there.",
    real=("torch/_functorch/eager_transforms.py:hessian", "elves/reverse.py:hessian"),
    answer="hessian",
)  # fmt: skip

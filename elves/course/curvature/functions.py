"""Small functions with curvature: their texts, and their gradients by an elf."""

import functools

import numpy as np

from elves import reverse
from elves.course.guard import Unfit, same

M = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, -1.0]])  # a matrix that texts may name


@functools.cache
def function(words):
    """A function of the array w, from its text.

    >>> float(function("np.sum(w * w)")(np.array([1.0, 2.0])))
    5.0
    """
    return eval(f"lambda w: {words}", {"np": np, "M": M, "Q": Q})


def gradient(words):
    """The gradient of a function, from its text; it knows its function."""

    def of(w):
        return slopes(words, *map(float, w)).copy()

    of.f, of.words = function(words), words
    return of


@functools.lru_cache(2000)
def slopes(words, *w):
    return reverse.grad(function(words))(np.array(w))


def hvp(f, w, v):
    """The Hessian of f at w times v, by the package's elf."""
    return reverse.hvp(f, (w,), (v,))


def as_array(got, want, tolerance, rows="numbers"):
    """What came; a list that is right is refused, for what comes next needs an array."""
    if isinstance(got, (list, tuple)) and same(got, want, tolerance):
        kind = type(got).__name__
        raise Unfit(f"That is a {kind} of {rows}: np.array(...) makes the array.")
    return got


@functools.lru_cache(2000)
def curvature(words, *w):
    """The Hessian of a function, from its text: for the many products of a check."""
    return reverse.hessian(function(words))(np.array(w))


Q = np.array([[3.0, 1.0, 0.0], [1.0, 2.0, 0.5], [0.0, 0.5, 1.0]])  # symmetric

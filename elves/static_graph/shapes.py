"""What shape a node will have: NumPy tells it by trying the function on examples."""

import numpy as np

from elves import core
from elves.errors import GraphError
from elves.rules import arrays

KNOWN = {np.result_type, np.zeros_like, np.ones_like}  # by shape and dtype alone


def each(function, a):
    """Apply a function to an argument, and to each entry where it is a tuple or a list."""
    return type(a)(each(function, b) for b in a) if type(a) in (tuple, list) else function(a)


def tried(rule, args, kwargs):
    """What a function gives for examples: of the shape and dtype that it will give for numbers."""
    with np.errstate(all="ignore"):
        return rule.function(*each(example, tuple(args)), **kwargs)


def example(a):
    """Any numbers in the shape of a node; a matrix must have an inverse."""
    if not isinstance(a, core.Value):
        return a
    if a.ndim > 1 and a.shape[-1] == a.shape[-2] and a.dtype.kind == "f":
        return np.broadcast_to(np.eye(a.shape[-1], dtype=a.dtype), a.shape)
    return np.full(a.shape, 0.5, a.dtype)[()]


def check(rule, args, kwargs, like, kind):
    """Refuse a function whose shape depends on the numbers that will come for nodes of a kind."""
    if isinstance(like, tuple):
        raise GraphError(
            f"{rule.told} has as many results as the numbers say, and a shape cannot depend on "
            "numbers here: use np.where, or the define-by-run engine, elves.reverse."
        )
    if np.shape(like) != other_shape(rule, args, kwargs, like, kind):
        raise GraphError(
            f"The shape of {rule.told} depends on numbers, and a shape cannot depend on them "
            "here: use np.where instead of a mask, or the define-by-run engine, elves.reverse."
        )


def other_shape(rule, args, kwargs, like, kind):
    """The shape of a result for other numbers, where a mask or a count may change it."""
    values = []
    each(values.append, tuple(args))
    counts = any(isinstance(a, kind) and a.dtype.kind in "bi" for a in values)
    if not counts and rule.function not in arrays.BY_NUMBERS:
        return np.shape(like)

    def other(a):
        return np.full(a.shape, -(a.dtype.kind == "i"), a.dtype)[()] if isinstance(a, kind) else a

    if rule.function is arrays.distinct:
        return None if np.size(args[0]) > 1 else np.shape(like)
    try:
        with np.errstate(all="ignore"):
            return np.shape(rule.function(*each(other, tuple(args)), **kwargs))
    except ValueError:  # -1 is no number of times
        return None

"""Exercise 5.3, undo: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves.course.broadcasting.axes import stretched
from elves.course.broadcasting.shape import PAIRS
from elves.course.engine.rules import arrays
from elves.course.exercise import Exercise, brief
from elves.course.guard import Unfit
from elves.course.pictures import matrix


def seeds(random):
    for s, t in PAIRS:
        for have in dict.fromkeys((s, t)):
            want = np.broadcast_shapes(s, t)
            (g,) = arrays(random, want)
            yield g, have


def undo(g, shape):
    g = np.asarray(g)
    axes = tuple(stretched(shape, g.shape))
    return np.reshape(g.sum(axis=axes), shape)


def only_added(g, shape):
    g = np.asarray(g)
    return g.sum(axis=tuple(range(g.ndim - len(shape))))


def only_stretched(g, shape):
    g = np.asarray(g)
    extra = g.ndim - len(shape)
    axes = tuple(k for k in stretched(shape, g.shape) if k >= extra)
    return g.sum(axis=axes, keepdims=True)


def averaged(g, shape):
    g = np.asarray(g)
    return np.reshape(g.mean(axis=tuple(stretched(shape, g.shape))), shape)


def first_entries(g, shape):
    g = np.asarray(g)
    index = tuple(0 if k in stretched(shape, g.shape) else slice(None) for k in range(g.ndim))
    return np.reshape(g[index], shape)


def all_summed(g, shape):
    g = np.asarray(g)
    return always_summed(g, shape) if g.shape != shape else g


def always_summed(g, shape):
    return np.broadcast_to(np.sum(g), shape)


def axis_gone(g, shape):
    g = np.asarray(g)
    return g.sum(axis=tuple(stretched(shape, g.shape)))


def keeps_new_axes(g, shape):
    g = np.asarray(g)
    return g.sum(axis=tuple(stretched(shape, g.shape)), keepdims=True)


def last_axes(g, shape):
    g = np.asarray(g)
    while g.ndim > len(shape):
        g = g.sum(axis=-1)
    return g.sum(axis=tuple(k for k, n in enumerate(shape) if n == 1), keepdims=True)


def along(axis, keepdims=False):
    """Always the same axis, whatever was stretched."""
    return lambda g, shape: np.sum(g, axis=axis, keepdims=keepdims)


def axes_as_a_list(g, shape):
    return np.sum(g, axis=list(stretched(shape, g.shape)))


def one_after_another(g, shape):
    for axis in stretched(shape, g.shape):
        g = g.sum(axis=axis)
    return np.reshape(g, shape)


def an_array(found):
    """What came, as an array of floats; Unfit where it is none."""
    try:
        return np.asarray(found, float)
    except (TypeError, ValueError):
        raise Unfit(f"{brief(found)}, which is no array of numbers") from None


ALL_SUMMED = "You sum everything: only the stretched axes, the others stay."
NOTHING_SUMMED = "g has more entries than the shape can hold: what the copies pay is summed."
ONE_AXIS = "Always along the same axis? `stretched` knows along which ones, and there may be none."
DEALT_OUT = (
    "reshape deals out the entries in their order in memory, and sums some that are no copies of "
    "each other: sum along the stretched axes."
)

EXERCISE = Exercise(
    "broadcasting.undo",
    cases=seeds,
    right=undo,
    run=lambda answer, case: an_array(answer(*case)),
    wants="one array, in the shape that was given",
    tell=lambda case: f"g of shape {case[0].shape}, back to the shape {case[1]}",
    draw=lambda case, want, got: matrix(want, got),
    mistakes=(
        (only_added, "The new axes are summed; those that were 1 and grew are still long."),
        (only_stretched, "The axes that grew are summed; the new ones are still there."),
        (averaged, "Sum, do not average: each copy of the entry changes the result."),
        (first_entries, "You keep the first payment alone: all the copies pay, so sum."),
        (all_summed, ALL_SUMMED),
        (axis_gone, "An axis that was 1 must be 1 again: keepdims, or a reshape at the end."),
        (always_summed, ALL_SUMMED),
        (lambda g, shape: g, NOTHING_SUMMED), (np.reshape, NOTHING_SUMMED),
        (keeps_new_axes, "The new axes are summed, and still there as 1s: take them away."),
        (last_axes, "The new axes are the first ones: sum along axis 0."),
        (lambda g, shape: np.sum(g), ALL_SUMMED),
        (along(0), ONE_AXIS), (along(-1), ONE_AXIS), (along(0, True), ONE_AXIS),
        (along(1, True), ONE_AXIS),
        (axes_as_a_list, "NumPy takes several axes as a tuple, and not as a list: tuple(…)."),
        (one_after_another, "Each sum takes its axis away, and the axes behind it move up: "
         "sum along all of them in one call, or begin with the last."),
        (lambda g, shape: np.reshape(g, (-1, *shape)).sum(axis=0), DEALT_OUT),
        (lambda g, shape: np.reshape(g, (*shape, -1)).sum(axis=-1), DEALT_OUT),
    ),
    hints=(
        "Use `stretched`: sum over these axes.",
        "g.sum(axis=…) takes a tuple of axes, and drops them: what shape is missing then?",
        "np.reshape(g.sum(axis=tuple(stretched(shape, g.shape))), shape)",
    ),
    idea="The way back of a repetition is a sum: its transpose.",
    real=("autograd/numpy/numpy_vjps.py:unbroadcast", "elves/core/kinds.py:unbroadcast"),
    answer="undo",
)  # fmt: skip

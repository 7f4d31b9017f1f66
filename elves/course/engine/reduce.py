"""Exercise 6.3, reduce: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves.course.engine.rules import A_LIST, RULE, arrays, case, changed, spread
from elves.course.exercise import Exercise


def reductions(random):
    wanted = [((3,), {}), ((2, 2), {}), ((2, 3), {"axis": 0}), ((2, 3), {"axis": 1}),
              ((2, 3), {"axis": 1, "keepdims": True}), ((2, 3, 2), {"axis": 1}),
              ((2, 3), {"keepdims": True})]  # fmt: skip
    for function in (np.sum, np.mean, np.max):
        for shape, options in wanted:
            (x,) = arrays(random, shape)
            yield case(told(function, shape, options), function, (x,), options)
    tie = np.array([[1.0, 2.0, 2.0], [3.0, 1.0, 3.0]])
    yield case("np.max(x, axis=1) of [[1, 2, 2], [3, 1, 3]]", np.max, (tie,), {"axis": 1})


def told(function, shape, options):
    words = "".join(f", {k}={v}" for k, v in options.items())
    return f"np.{function.__name__.replace('amax', 'max')}(x{words}) with x of shape {shape}"


def all_ones(g, y, x, axis=None, keepdims=False):
    return [np.ones(x.shape)]


def narrow(g, y, x, axis=None, keepdims=False):
    return [np.broadcast_to(g, x.shape)]


def narrow_mean(g, y, x, axis=None, keepdims=False):
    return [np.broadcast_to(g, x.shape) * np.size(y) / np.size(x)]


def narrow_max(g, y, x, axis=None, keepdims=False):
    winners = x == np.broadcast_to(y, x.shape)
    return [np.broadcast_to(g, x.shape) * winners / winners.sum(axis=axis, keepdims=True)]


def mean_as_sum(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims)]


def mean_over_all(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims) / np.size(x)]


def everyone_wins(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims)]


def no_sharing(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims) * (x == spread(y, x, axis, keepdims))]


def first_winner(g, y, x, axis=None, keepdims=False):
    place = np.argmax(x, axis=axis, keepdims=True)
    count = np.arange(np.size(x)) if axis is None else np.arange(x.shape[axis])
    if axis is None:
        return [spread(g, x, axis, keepdims) * (np.reshape(count, x.shape) == place)]
    along = [1] * x.ndim
    along[axis] = -1
    return [spread(g, x, axis, keepdims) * (np.reshape(count, along) == place)]


def shared_by_all(g, y, x, axis=None, keepdims=False):
    winners = x == spread(y, x, axis, keepdims)
    return [spread(g, x, axis, keepdims) * winners / np.sum(winners)]


def mean_by_length(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims) / len(x)]


def always_expanded(g, y, x, axis=None, keepdims=False):
    return [np.zeros(np.shape(x)) + np.expand_dims(g, axis)]


def mean_always_expanded(g, y, x, axis=None, keepdims=False):
    return [always_expanded(g, y, x, axis)[0] * np.size(y) / np.size(x)]


def max_always_expanded(g, y, x, axis=None, keepdims=False):
    won = x == always_expanded(y, y, x, axis)[0]
    return [always_expanded(g, y, x, axis)[0] * won / np.sum(won, axis=axis, keepdims=True)]


def mean_by_axis(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims) / np.shape(x)[axis]]


def put_back_last(g, y, x, axis=None, keepdims=False):
    wide = g if axis is None or keepdims else np.expand_dims(g, -1)
    return [np.broadcast_to(wide, x.shape)]


def mean_put_back_last(g, y, x, axis=None, keepdims=False):
    return [put_back_last(g, y, x, axis, keepdims)[0] * np.size(y) / np.size(x)]


def max_put_back_last(g, y, x, axis=None, keepdims=False):
    winners = x == put_back_last(y, y, x, axis, keepdims)[0]
    wide = put_back_last(g, y, x, axis, keepdims)[0]
    return [wide * winners / np.maximum(winners.sum(axis=axis, keepdims=True), 1)]


def as_an_array(g, y, x, axis=None, keepdims=False):
    return spread(g, x, axis, keepdims)


def one_winner(g, y, x, axis=None, keepdims=False):
    return [spread(g, x, axis, keepdims) * (x == np.max(x))]


NARROW = "Without keepdims the axis is gone: np.expand_dims(g, axis) first, then broadcast."
PUT_BACK = (
    "The axis comes back where it was, and not always in the same place: np.expand_dims(g, axis)."
)
NO_AXIS = "axis=None means: over all entries. Then there is no axis to put back, nor one to count."

EXERCISE = Exercise(
    "engine.reduce",
    cases=reductions,
    mistakes=(
        (changed(sum=all_ones), "A sum passes g on to each entry, not 1: g may be anything."),
        (changed(sum=narrow, mean=narrow_mean), NARROW),
        (changed(mean=mean_as_sum), "A mean of n entries passes 1/n of g to each one."),
        (changed(mean=mean_over_all),
         "You divide by all entries: with an axis, it is the entries per mean that count."),
        (changed(max=everyone_wins), "Only the winner moves the maximum: others get 0."),
        (changed(max=no_sharing), "Two winners get g each, twice as much as there is: share."),
        (changed(max=one_winner),
         "You look for the winner of all: with an axis there is one in each row or column."),
        (changed(sum=narrow, mean=narrow_mean, max=narrow_max), NARROW),
        (changed(max=first_winner), "argmax names the first winner alone: where two are the "
         "largest, they share."),
        (changed(max=shared_by_all), "The winners of one row share what that row gets: count "
         "them along the axis."),
        (changed(mean=mean_by_length), "len(x) is the length of axis 0: what counts is how "
         "many entries went into one mean."),
        (changed(sum=put_back_last), PUT_BACK),
        (changed(sum=as_an_array), A_LIST),
        (changed(sum=put_back_last, mean=mean_put_back_last, max=max_put_back_last),
         PUT_BACK),
        (changed(sum=always_expanded, mean=mean_always_expanded, max=max_always_expanded),
         NO_AXIS),
        (changed(sum=always_expanded), NO_AXIS),
        (changed(mean=mean_by_axis), NO_AXIS),
    ),
    hints=(
        "What came out smaller must become as large as x: np.broadcast_to.",
        "If the axis is gone (an axis, no keepdims), put it back with np.expand_dims(g, axis).",
        "mean: times np.size(y) / np.size(x). max: times (x == spread(y, …)), over their sum.",
    ),
    idea="The way back of a sum is a copy, and the way back of a copy is a sum.",
    real=("autograd/numpy/numpy_vjps.py:repeat_to_match_shape", "elves/rules/arrays.py:spread"),
    **RULE,
)  # fmt: skip

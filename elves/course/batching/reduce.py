"""Exercise 10.2, reduce: its cases, a right answer, and wrong ones that are known by name."""

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

WANTED = [
    ((2,), {}), ((2,), {"axis": 0}), ((3, 2), {}), ((3, 2), {"axis": 0}), ((3, 2), {"axis": 1}),
    ((3, 2), {"axis": -1}), ((3, 2), {"axis": -2}), ((3,), {"axis": 0, "keepdims": True}),
    ((3, 2), {"axis": -1, "keepdims": True}), ((3, 2), {"keepdims": True}), ((), {}),
    ((2, 3, 2), {"axis": 1}), ((2, 3, 2), {"axis": -3}), ((2, 2, 3), {"keepdims": True}),
]  # fmt: skip


def reductions(random):
    for k, (shape, options) in enumerate(WANTED):
        function = (np.sum, np.max)[k % 2]
        yield function, (True,), stacks(random, (True,), shape), options
    yield np.mean, (True,), stacks(random, (True,), (2, 3)), {"axis": -1}
    yield np.sum, (True,), stacks(random, (True,), (2,), n=MANY), {"axis": 0}


def told(case):
    function, _, _, options = case
    words = "".join(f", {k}={v}" for k, v in options.items())
    return f"np.{function.__name__.replace('amax', 'max')}(x{words}) with {words_of(case, 'x')}"


def along(axes):
    """A rule that goes along the axes that another function finds, from x and the axis."""

    def rule(function, batched, x, axis=None, keepdims=False):
        return function(x, axis=axes(x, axis), keepdims=keepdims)

    return rule


def behind(x, axis):
    """The right axes."""
    if axis is None:
        return tuple(range(1, x.ndim))
    return axis + 1 if axis >= 0 else axis


def unless(none=None, positive=None, negative=None):
    """A rule that is right but for what is given here: the axes for that kind of `axis`."""

    def axes(x, axis):
        kind = none if axis is None else positive if axis >= 0 else negative
        return kind(x, axis) if kind else behind(x, axis)

    return along(axes)


def no_keepdims(function, batched, x, axis=None, keepdims=False):
    return function(x, axis=behind(x, axis))


def one_after_the_other(function, batched, x, axis=None, keepdims=False):
    for k in range(1, x.ndim) if axis is None else [behind(x, axis)]:
        x = function(x, axis=k, keepdims=keepdims)
    return x


def by_place(function, batched, x, axis=None, keepdims=False):
    return function(x, behind(x, axis), keepdims)


def one_row_each(function, batched, x, axis=None, keepdims=False):
    if axis is None:
        return function(np.reshape(x, (len(x), -1)), axis=1, keepdims=keepdims)
    return function(x, axis=behind(x, axis), keepdims=keepdims)


EVERYTHING = (
    "With axis=None, yours goes over the batch axis too. Meant are the axes of one example."
)
MOVED = "A negative axis is counted from the right end, where nothing has changed: yours has moved."
A_TUPLE = "NumPy takes several axes as a tuple: a range or a list is none."

EXERCISE = Exercise(
    "batching.reduce",
    cases=reductions,
    right=by_elf,
    run=ruled(
        lambda answer, function, batched, args, options: answer(function, batched, *args, **options)
    ),
    tell=told,
    mistakes=(
        (along(lambda x, axis: axis), "axis is counted in one example. In the stack, axis 0 holds "
         "the examples, and the others have moved."),
        (unless(none=lambda x, axis: None), EVERYTHING),
        (unless(none=lambda x, axis: None, negative=lambda x, axis: axis + 1),
         EVERYTHING),
        (unless(negative=lambda x, axis: axis + 1), MOVED),
        (unless(negative=lambda x, axis: axis % x.ndim + 1), "A negative axis is counted in one "
         "example, which has one axis less than the stack."),
        (unless(none=lambda x, axis: 1), "axis=None means over all axes of the example: that "
         "may be one, or two, or none at all."),
        (unless(none=lambda x, axis: -1), "axis=None means over all axes of the example: that "
         "may be one, or two, or none at all."),
        (no_keepdims, "keepdims=True is lost on the way: the axes stay, with length 1."),
        (one_row_each, "You made a row of each example first: with keepdims, each axis of the "
         "example stays, with length 1, and not just one of them."),
        (unless(positive=lambda x, axis: axis + 1 if axis else tuple(range(1, x.ndim))),
         "0 counts as false: you take axis=0 for no axis at all."),
        (unless(none=lambda x, axis: range(1, x.ndim)), A_TUPLE),
        (unless(none=lambda x, axis: list(range(1, x.ndim))), A_TUPLE),
        (one_by_one, A_LOOP),
        (unless(negative=lambda x, axis: axis - 1), MOVED),
        (one_after_the_other, "One axis after the other: as soon as one is gone, those behind it "
         "move up. A tuple of axes takes all of them at once."),
        (lambda function, *args, **options: by_elf(np.sum, *args, **options), "The rule is not "
         "only that of np.sum: which function it is comes as an argument."),
        (by_place, "NumPy takes what stands third for something else: name it, keepdims=keepdims."),
    ),
    hints=(
        "Three kinds of axis: None, from the left (0, 1, …), from the right (-1, -2, …). Which "
        "of them does a new axis in front move?",
        "From the left: one further. From the right: the same. None: tuple(range(1, np.ndim(x))).",
        "Find axis in these three ways, then return function(x, axis=axis, keepdims=keepdims).",
    ),
    idea="Whoever writes axis=0 thinks of one example. The rule counts one further, so that nobody "
    "has to see the batch axis.",
    real=("jax/_src/interpreters/batching.py:reducer_batcher", "elves/batching.py:reduced"),
    answer="reduced",
    **RULE,
)  # fmt: skip

"""Exercise 10.1, entries: its cases, a right answer, and wrong ones that are known by name."""

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
SHAPES = [  # which arguments are batched, and the shapes of one example of each
    ((T, F), [(2,), (2,)]), ((F, T), [(), (2,)]), ((T,), [()]), ((T,), [(3, 2)]),
    ((T, F), [(), (2,)]), ((T, F), [(), (3,)]), ((F, T), [(3,), ()]), ((T, T), [(2,), ()]),
    ((T, T), [(), (3,)]), ((T, T), [(2,), (3, 2)]), ((T, F), [(3,), (3, 3)]),
    ((F, T), [(2, 1), (3,)]), ((T, T), [(2, 1), (3,)]), ((T, T), [(), (3, 2)]),
    ((T, F), [(), (3, 2)]), ((F, T), [(2, 3), ()]),
    ((T, F, T), [(), (3,), (3,)]), ((F, T, T), [(2, 1), (), (3,)]),
]  # fmt: skip
NAMES = {1: np.tanh, 2: np.add, 3: np.where}


def entries(random):
    for k, (batched, shapes) in enumerate(SHAPES):
        function = np.multiply if k % 2 and len(shapes) == 2 else NAMES[len(shapes)]
        yield case(random, function, batched, shapes)
    for function, batched in ((np.add, (T, F)), (np.multiply, (F, T))):
        args = stacks(random, batched, (2,), (2,))
        args[batched.index(F)] = 0.5  # a number of Python: it has no shape
        yield function, batched, args, {}
    yield case(random, np.add, (T, F), [(), (2,)], n=MANY)


def case(random, function, batched, shapes, **more):
    args = stacks(random, batched, *shapes, **more)
    if function is np.where:
        args[0] = args[0] > 0
    return function, batched, args, {}


def told(case):
    names = ", ".join("abc"[: len(case[2])])
    return f"np.{case[0].__name__}({names}) with {words_of(case)}"


def as_it_is(function, batched, *args):
    return function(*args)


def padded(where):
    """Axes of length 1 put in, somewhere, until all have as many."""

    def rule(function, batched, *args):
        most = max(np.ndim(a) - m for a, m in zip(args, batched, strict=True))
        return function(*[where(np.asarray(a), most + 1 - np.ndim(a)) if m else a
                          for a, m in zip(args, batched, strict=True)])  # fmt: skip

    return rule


def in_front(a, more):
    return np.reshape(a, (1,) * more + a.shape)


def two_alone(function, batched, *args):
    a, b = args
    return by_elf(function, batched, a, b)


def at_the_end(a, more):
    return np.reshape(a, a.shape + (1,) * more)


def behind_the_batch(a, more):
    return np.reshape(a, (a.shape[0], *(1,) * more, *a.shape[1:]))


def counted_with_the_batch(function, batched, *args):
    most = max(np.ndim(a) for a in args)
    return function(*[behind_the_batch(np.asarray(a), most - np.ndim(a)) if m else a
                      for a, m in zip(args, batched, strict=True)])  # fmt: skip


def rank_of_stacks(function, batched, *args):
    most = max(np.ndim(a) for a, m in zip(args, batched, strict=True) if m)
    return function(*[behind_the_batch(a, most - np.ndim(a)) if m else a
                      for a, m in zip(args, batched, strict=True)])  # fmt: skip


def all_lined_up(function, batched, *args):
    most = max(np.ndim(a) - m for a, m in zip(args, batched, strict=True))
    return function(*[behind_the_batch(np.asarray(a), most + 1 - np.ndim(a)) for a in args])


def shared_gets_one(function, batched, *args):
    return function(*[a if m else np.asarray(a)[None] for a, m in zip(args, batched, strict=True)])


def repeated(function, batched, *args):
    n = next(len(a) for a, m in zip(args, batched, strict=True) if m)
    return function(*[a if m else np.broadcast_to(a, (n, *np.shape(a)))
                      for a, m in zip(args, batched, strict=True)])  # fmt: skip


def batch_last(function, batched, *args):
    return function(*[np.moveaxis(a, 0, -1) if m else np.asarray(a)[..., None]
                      for a, m in zip(args, batched, strict=True)])  # fmt: skip


def one_axis(function, batched, *args):
    most = max(np.ndim(a) - m for a, m in zip(args, batched, strict=True))
    return function(*[behind_the_batch(a, 1) if m and np.ndim(a) <= most else a
                      for a, m in zip(args, batched, strict=True)])  # fmt: skip


RANKS = (
    "A new axis in front changes little: NumPy puts it there anyway. Where the examples differ in "
    "rank, the batch axis of the one still meets an axis of an example of the other."
)

EXERCISE = Exercise(
    "batching.entries",
    cases=entries,
    right=by_elf,
    run=ruled(lambda answer, function, batched, args, options: answer(function, batched, *args)),
    tell=told,
    mistakes=(
        (as_it_is, "NumPy lines axes up from the right. With examples of different ranks, the "
         "batch axis of the one meets an axis of an example of the other."),
        (padded(at_the_end), "The new axes stand behind those of the example: then these have "
         "moved, and no longer meet their partners. Between which two do they belong?"),
        (counted_with_the_batch, "You count the batch axis as an axis of the example. What "
         "matters is the rank of one example: a batched argument has one axis more."),
        (shared_gets_one, RANKS), (repeated, RANKS),
        (batch_last, "Your batch axis is the last one of the result: it belongs in front."),
        (one_axis, "One new axis is not always enough: it takes as many as the example lacks."),
        (one_by_one, A_LOOP),
        (padded(in_front), RANKS),
        (two_alone, "Not all functions have two arguments: np.tanh has one, np.where has three. "
         "How many there are is len(args)."),
        (all_lined_up, "Shared arguments get new axes as well, behind their first one, as if that "
         "were a batch axis: they have none."),
        (rank_of_stacks, "A shared argument can have the highest rank: count it too."),
    ),
    hints=(
        "How many axes has one example of each argument? np.ndim(a), less 1 if it is batched. "
        "Call the largest of them rank.",
        "A batched argument needs rank + 1 axes. What it lacks goes in, with length 1, right "
        "behind the batch axis. Shared arguments stay as they are.",
        "np.reshape(a, (len(a), *[1] * (rank + 1 - np.ndim(a)), *a.shape[1:])) for each batched "
        "a, then function(*lined_up).",
    ),
    idea="One rule for a hundred functions: those that work entry by entry only need aligned axes.",
    real=("jax/_src/interpreters/batching.py:broadcast_batcher@# We pass",
          "elves/batching.py:align"),
    answer="entrywise",
    **RULE,
)  # fmt: skip

"""Exercise 10.4, record: its cases, a right answer, and wrong ones that are known by name."""

import operator

import numpy as np

from elves.course.batching.entries import behind_the_batch, padded
from elves.course.batching.matmul import matmul
from elves.course.batching.reduce import along, behind
from elves.course.batching.stacks import by_elf, show
from elves.course.exercise import Exercise, brief
from elves.course.guard import Unfit
from elves.course.handover import Handover


class Batched(Handover):
    def __init__(self, value):
        self.value = value

    shape = property(lambda self: np.shape(self.value)[1:])
    ndim = property(lambda self: len(self.shape))

    def __bool__(self):
        raise TypeError("a Batched holds many values at once, so an if cannot decide")

    @classmethod
    def record(cls, function, args, options):
        batched = [isinstance(a, Batched) for a in args]
        return cls(ruled(function, batched, *map(plain, args), **options))


def plain(a):
    return a.value if isinstance(a, Handover) else a


def ruled(function, batched, *args, **options):
    """What the rule for a function gives; for the wrong programs, which call it wrongly."""
    if function is np.matmul:
        return matmul(batched, *args)
    if function is operator.getitem:
        return picked(batched, *args)
    if function in (np.sum, np.max, np.mean):
        return along(behind)(function, batched, *args, **options)
    return padded(behind_the_batch)(function, batched, *args, **options)


def picked(batched, x, index):
    return x[(slice(None), index)]


def made(rule):
    """A class of stacks whose `record` is another one."""
    return type("Batched", (Batched,), {"record": classmethod(rule)})


def right(cls, function, args, options):
    batched = [isinstance(a, Batched) for a in args]
    return cls(by_elf(function, batched, *map(plain, args), **options))


V, W = np.array([2.0, -1.0, 0.5]), np.array([[1.0, 0.5], [-1.0, 3.0], [2.0, 0.25]])
X = np.array([[0.5, 1.0, -2.0], [1.5, -1.0, 0.75], [-0.5, 0.25, 3.0]])
M = X[:, :, None] * np.array([1.0, -0.5])
CALLS = [  # in words, itself, and the stack that it is called with
    ("np.tanh(x)", lambda x: np.tanh(x), X),
    ("x * x", lambda x: x * x, X),
    ("x - v", lambda x: x - V, X),
    ("v * x", lambda x: V * x, X),
    ("np.sum(x)", lambda x: np.sum(x), X),
    ("x.max(axis=0)", lambda x: x.max(axis=0), X),
    ("np.sum(x) * v", lambda x: np.sum(x) * V, X),
    ("x @ w", lambda x: x @ W, X),
    ("w.T @ x", lambda x: W.T @ x, X),
    ("x[0]", lambda x: x[0], X),
    ("x + 1.0", lambda x: x + 1.0, X),
    ("2.0 * x", lambda x: 2.0 * x, X),
    ("np.sum(m, axis=0)", lambda m: np.sum(m, axis=0), M),
    ("v @ m", lambda m: V @ m, M),
    ("m / m.max(axis=1, keepdims=True)", lambda m: m / m.max(axis=1, keepdims=True), M),
]


def recorded(make, case):
    """The stack that a call of NumPy gives."""
    _, call, stack = case
    found = call(make(stack))
    if not isinstance(found, Handover):
        raise Unfit(f"{brief(found)}, which is no Batched")
    try:
        return np.asarray(found.value, float)
    except Exception:
        raise Unfit("a Batched whose value is no array of numbers") from None


def no_rule(cls, function, args, options):
    return cls(function(*map(plain, args), **options))


def all_batched(cls, function, args, options):
    return cls(ruled(function, [True] * len(args), *map(plain, args), **options))


def first_batched(cls, function, args, options):
    flags = [k == 0 for k in range(len(args))]
    return cls(ruled(function, flags, *map(plain, args), **options))


def by_rank(cls, function, args, options):
    flags = [np.ndim(plain(a)) > 1 for a in args]
    return cls(ruled(function, flags, *map(plain, args), **options))


def values_of_all(cls, function, args, options):
    batched = [isinstance(a, Batched) for a in args]
    return cls(ruled(function, batched, *[a.value for a in args], **options))


def without_options(cls, function, args, options):
    batched = [isinstance(a, Batched) for a in args]
    return cls(ruled(function, batched, *map(plain, args)))


def still_batched(cls, function, args, options):
    return function(*args, **options)


def plain_result(cls, function, args, options):
    return cls.__base__.record(function, args, options).value


def all_by_entry(cls, function, args, options):
    batched = [isinstance(a, Batched) for a in args]
    return cls(padded(behind_the_batch)(function, batched, *map(plain, args), **options))


def options_by_place(cls, function, args, options):
    batched = [isinstance(a, Batched) for a in args]
    more = [options] if function in (np.sum, np.max, np.matmul, operator.getitem) else []
    return cls(ruled(function, batched, *map(plain, args), *more))


def asks(function):
    """A rule that gets a Batched, and begins with a function of NumPy for which there is none."""

    def rule(cls, *call):
        raise KeyError(function)

    return rule


class WithSelf(Batched):
    def record(self, function, args, options):
        return Batched.record(function, args, options)


class Twice(Batched):
    def record(function, args, options):
        return Twice(Batched.record(function, args, options))


NOT_ALL = (
    "Not every argument is batched: in 2.0 * x, one is, and which one that is differs from call to "
    "call."
)
WHOLE = (
    "The rule gets a Batched where it wants a plain array: hand it the values, and in a list of "
    "its own whether they are batched."
)

EXERCISE = Exercise(
    "batching.record",
    cases=lambda random: CALLS,
    right=made(right),
    run=recorded,
    tell=lambda case: f"{case[0]} with {len(X)} examples of the shape {case[2].shape[1:]}",
    show=show,
    mistakes=(
        (made(no_rule), "NumPy's own function knows nothing of the batch axis: the rule of BATCH "
         "does."),
        (made(all_batched), NOT_ALL), (made(first_batched), NOT_ALL), (made(by_rank), NOT_ALL),
        (made(values_of_all), "Not every argument has a value: in x + 1.0, one is a plain "
         "number."),
        (made(without_options), "The options are lost: axis and keepdims go to the rule too."),
        (made(still_batched), "A call with a Batched in it comes back to record, again and "
         "again: what goes on are the plain arrays."),
        (made(plain_result), "The result is a plain array: the next call does not come to you "
         "any more, and its first axis is taken for one of the example."),
        (WithSelf, "record has no self: it gets the function, the arguments and the options."),
        (Twice, "A Batched in a Batched: its value is the array that the rule gave."),
        *((made(asks(f)), WHOLE) for f in (np.ndim, np.reshape, np.shape, np.expand_dims)),
        (made(all_by_entry), "Not every function works entry by entry: BATCH knows which rule "
         "belongs to which function."),
        (made(options_by_place), "The options go in by their names, with two stars, and not as one "
         "more argument."),
    ),
    stops=((r"no rule for (ndim|reshape|shape|expand_dims|moveaxis|broadcast_to) yet", WHOLE),),
    wants="a class whose record(function, args, options), without self, returns a Batched",
    hints=(
        "Two lists, each with an entry for each argument: whether it is a Batched; and its "
        "value, or the argument itself.",
        "The rule is BATCH[function]. It takes the first list, then the arguments one by one, "
        "then the options.",
        "return Batched(BATCH[function](batched, *plain, **options))",
    ),
    idea="The program sees one example, NumPy sees all of them, and record stands in between.",
    real=("jax/_src/interpreters/batching.py:BatchTrace.process_primitive",
          "elves/batching.py:Batch.apply"),
    answer="Batched",
    kind="class",
)  # fmt: skip

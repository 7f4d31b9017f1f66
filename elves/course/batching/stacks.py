"""Stacks of examples, and what `elves.vmap` makes of them: what the exercises of lab 10 share."""

import numpy as np

from elves.batching import vmap
from elves.course.broadcasting.undo import an_array
from elves.course.exercise import brief
from elves.course.guard import told
from elves.course.pictures import matrix

FEW, MANY = 3, 40  # examples: of the cases, and of the last one, which counts
LOOPED = "right with a few. But the examples are taken one by one, in a loop"


class Stack(np.ndarray):
    """An array that counts how often a single example is taken out of it."""

    taken = 0

    def __getitem__(self, index):
        self.taken += isinstance(index, (int, np.integer))
        return np.asarray(self)[index]

    def __iter__(self):
        return (self[k] for k in range(len(self)))


def stacks(random, batched, *shapes, n=FEW):
    """Arrays of small numbers with two decimals: stacks where they are batched."""
    rng = np.random.default_rng(random.randrange(2**32))
    full = [(n,) * m + shape for m, shape in zip(batched, shapes, strict=True)]
    return [np.round(rng.uniform(-2.0, 2.0, shape), 2) for shape in full]


def by_elf(function, batched, *args, **options):
    """The right answer: what ``elves.vmap`` gives."""

    def of_one(*own):
        own = iter(own)
        mixed = [next(own) if m else a for a, m in zip(args, batched, strict=True)]
        return function(*mixed, **options)

    return vmap(of_one)(*[a for a, m in zip(args, batched, strict=True) if m])


def one_by_one(function, batched, *args, **options):
    """The same in a loop, which is what nobody wants."""
    n = next(len(a) for a, m in zip(args, batched, strict=True) if m)
    rows = [[a[k] if m else a for a, m in zip(args, batched, strict=True)] for k in range(n)]
    return np.stack([function(*row, **options) for row in rows])


def ruled(call):
    """A `run` for a rule, which `call` calls: an array, and no loop over many examples."""

    def run(answer, case):
        function, batched, args, options = case
        seen = [np.asarray(a).view(Stack) if m else a for a, m in zip(args, batched, strict=True)]
        found = an_array(call(answer, function, list(batched), seen, options))
        if any(
            m and len(a) == MANY and a.taken >= MANY for a, m in zip(seen, batched, strict=True)
        ):
            told("paths", LOOPED)
        return found

    return run


def words_of(case, letters="abc"):
    """Which arguments there are, and which of them are batched."""
    _, batched, args, _ = case
    parts = []
    for letter, a, m in zip(letters, args, batched, strict=False):
        what = shape_of(np.shape(a)[m:])
        parts.append(
            f"{letter} batched: {len(a)} times {what}" if m else f"{letter} shared: {what}"
        )
    return "; ".join(parts)


def shape_of(shape):
    """A shape in words.

    >>> shape_of(()), shape_of((2, 3))
    ('a number', 'an array of shape (2, 3)')
    """
    return f"an array of shape {shape}" if shape else "a number"


def show(outcome):
    return f"shape {np.shape(outcome)}: {brief(outcome)}"


def draw(case, want, got):
    """The stacks as matrices, if they have at most two axes."""
    return matrix(want, got) if np.ndim(want) == 2 and np.shape(got) == np.shape(want) else None


RULE = {"show": show, "draw": draw,
        "wants": "one array: the results of all the examples, stacked along axis 0"}  # fmt: skip
A_LOOP = (
    "The numbers are right, and Python's loop is still there: one call of NumPy on the whole stack "
    "does the same."
)

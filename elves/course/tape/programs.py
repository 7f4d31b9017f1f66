"""Small programs of sums and products, recorded by nodes: what exercises of lab 4 share."""

import contextlib

from elves.course.guard import at_most


class Node:
    """A number that remembers the numbers it was made of, each with the slope by it."""

    def __init__(self, value, parents=()):
        self.value, self.parents, self.grad = value, tuple(parents), 0.0

    def __add__(self, other):
        other = node(other)
        return type(self)(self.value + other.value, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        other = node(other)
        return type(self)(self.value * other.value, [(self, other.value), (other, self.value)])

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + node(other) * -1.0

    def __rsub__(self, other):
        return node(other) - self


def node(x):
    return x if isinstance(x, Node) else Node(x)


# A program is a list of (operation, i, j): it makes b, c, d … of the values number i and j.
NAMES = "abcdefghijklmnopqrstuvwxyz"
LARGEST, MORE = 6, 4
DEEP, CALLS = 20, 10_000  # doublings, and what may be asked for on the way: a million paths


def programs(random):
    """Programs of one operation, of two, and so on: the first that fails is the smallest."""
    for size in range(1, LARGEST + 1):
        for _ in range(MORE * size):
            steps = [
                (random.choice("+*"), random.randrange(i + 1), random.randrange(i + 1))
                for i in range(size)
            ]
            yield round(random.uniform(0.5, 2), 1), steps


def programs_and_a_deep_one(random):
    """The last one has a million paths from its result to a, and 21 values."""
    yield from programs(random)
    yield 1.0, [("+", k, k) for k in range(DEEP)]


def written(case):
    """A program as one writes it."""
    x, steps = case
    lines = [f"{NAMES[k + 1]} = {NAMES[i]} {op} {NAMES[j]}" for k, (op, i, j) in enumerate(steps)]
    if len(lines) > LARGEST:
        lines[3:-1] = ["and so on"]
    return f"a = {x:g}; {'; '.join(lines)}"


def walked(make, case):
    """All the values of a program, made by a class of nodes."""
    x, steps = case
    made = [make(x)]
    for op, i, j in steps:
        made.append(made[i] + made[j] if op == "+" else made[i] * made[j])
    return made


def is_deep(case):
    return len(case[1]) == DEEP


class Counted(Node):
    """A node that is asked for its parents by a call: these can be counted."""

    @property
    def parents(self):
        return self._parents

    @parents.setter
    def parents(self, pairs):
        self._parents = pairs


def by_paths(case):
    """Ends an answer that walks every path of a deep program, and not every value."""
    if not is_deep(case):
        return contextlib.nullcontext()
    values = len(case[1]) + 1
    return at_most(CALLS, f"stopped: it asked {CALLS:,} times, and there are {values} values")


def in_use(made):
    """Those values that the last one needs."""
    used, todo = set(), [made[-1]]
    while todo:
        at = todo.pop()
        if id(at) not in used:
            used.add(id(at))
            todo += [parent for parent, _ in at.parents]
    return used

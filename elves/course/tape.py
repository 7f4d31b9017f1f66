"""Lab 4, the tape: what its checks need to know.

Source: Griewank & Walther, Evaluating Derivatives (2008), section 3.2; the wrong answers are those
that learners propose in public, such as in the issues of karpathy/micrograd (68, 96).
"""

import contextlib
import math
from dataclasses import dataclass

import numpy as np

from elves.course.exercise import Exercise, brief, several
from elves.course.guard import Unfit, at_most
from elves.course.pictures import graph


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


# ------------------------------------------------------------ cases: small programs
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


# ------------------------------------------------------------ 4.1 by hand
BY_HAND = 3.0, [("*", 0, 0), ("+", 0, 1), ("*", 1, 2)]  # b = a a, c = a + b, d = b c


def by_hand(rule):
    """The adjoints of the program BY_HAND, as a wrong rule of the hand gives them."""
    made = walked(Node, BY_HAND)
    rule(made[-1])
    return dict(zip(NAMES, [n.grad for n in made], strict=False))


def on_paper(b, a, **other):
    return {"d": 1.0, "c": 9.0, "b": float(b), "a": float(a)} | other


# b or a with one payment instead of all: by c alone, by d alone, by one side of a * a
PAID_ONCE = [on_paper(b, a) for b in (9, 12) for a in (9, 3 * b, 6 * b, 3 * b + 9, 6 * b + 9)]
PAID_ONCE += [on_paper(21, 6 * 21), on_paper(21, 3 * 21 + 9)]


def named(answer, name):
    """The number that a dict has under a name."""
    if name not in answer:
        raise Unfit(f"a dict without {name!r}")
    if isinstance(answer[name], str) or np.ndim(answer[name]):
        raise Unfit(f"{answer[name]!r} for {name}, which is no number")
    return float(answer[name])


# ------------------------------------------------------------ 4.2 record
@dataclass(eq=False)
class Record:
    """What a node holds; of a * a, one parent with both slopes is as good as two."""

    value: float
    parents: list

    def sums(self):
        names = sorted({name for name, _ in self.parents})
        return [(n, sum(slope for name, slope in self.parents if name == n)) for n in names]

    def __eq__(self, other):
        (names, slopes), (others, more) = (
            zip(*r.sums(), strict=True) if r.parents else ((), ()) for r in (self, other)
        )
        values = [self.value, *slopes], [other.value, *more]
        return names == others and np.allclose(*values, rtol=1e-9, atol=1e-9)


def recorded(make, case):
    """What the last node of a program holds: its value, and which parents with which slopes."""
    made = walked(make, case)
    places = {id(n): NAMES[k] for k, n in enumerate(made)}
    last = made[-1]
    return Record(
        as_number(last.value, "the value"),
        sorted((places.get(id(p), "a stranger"), slope) for p, slope in pairs(last)),
    )


def pairs(at):
    """The parents of a node, with the slopes as numbers; Unfit where they are no pairs."""
    if not hasattr(at, "parents"):
        raise Unfit(f"{brief(at)}, which is no node")
    if isinstance(at.parents, dict):
        raise Unfit("parents in a dict: that has room for each only once")
    for pair in at.parents:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise Unfit(f"parents that are no pairs of a node and a slope: {said(at.parents)}")
        if not hasattr(pair[0], "parents"):
            raise Unfit(f"{said(pair[0])} in the place of a parent, which is a node")
    return [(parent, as_number(slope, "a slope")) for parent, slope in at.parents]


def as_number(value, what):
    if hasattr(value, "parents"):
        raise Unfit(f"a node in the place of {what}: that is a plain number")
    return float(value)


def said(value):
    """A value in words, where a node is just that.

    >>> said((Node(1.0), 2.0))
    '(a node, 2)'
    """
    if isinstance(value, (tuple, list)):
        return f"({', '.join(map(said, value))})"
    return "a node" if hasattr(value, "parents") else brief(value)


class OwnSlope(Node):
    def __mul__(self, other):
        return Node.__mul__(self, other)._with([(self, self.value), (other, other.value)])

    def _with(self, parents):
        self.parents = tuple(parents)
        return self


class OneParent(OwnSlope):
    def __add__(self, other):
        return Node.__add__(self, other)._with([(self, 1.0)])

    def __mul__(self, other):
        return Node.__mul__(self, other)._with([(self, other.value)])


class OtherParent(OwnSlope):
    def __add__(self, other):
        return Node.__add__(self, other)._with([(other, 1.0)])

    def __mul__(self, other):
        return Node.__mul__(self, other)._with([(other, self.value)])


class SlopesOfOne(OwnSlope):
    def __mul__(self, other):
        return Node.__mul__(self, other)._with([(self, 1.0), (other, 1.0)])


class AddsValues(OwnSlope):
    def __add__(self, other):
        return Node.__add__(self, other)._with([(self, other.value), (other, self.value)])


class NoParents(Node):
    def __add__(self, other):
        return NoParents(self.value + other.value)

    def __mul__(self, other):
        return NoParents(self.value * other.value)


class OwnProduct(OwnSlope):
    def __mul__(self, other):
        value = self.value * other.value
        return Node.__mul__(self, other)._with([(self, value), (other, value)])


class OncePerParent(OwnSlope):
    def __add__(self, other):
        made = Node.__add__(self, other)
        return made._with(dict(made.parents).items())

    def __mul__(self, other):
        made = Node.__mul__(self, other)
        return made._with(dict(made.parents).items())


# ------------------------------------------------------------ 4.3 plain numbers
def with_numbers(make, case):
    """A formula of one node and plain numbers: its value and the slope by the node."""
    words, x = case
    a = make(x)
    y = eval(words, {"a": a})
    total = sum(slope * path(p, a) for p, slope in pairs(y))
    return float(y.value), float(total)


def path(at, start):
    """The slope along all paths from one node to another."""
    if at is start:
        return 1.0
    return sum(slope * path(p, start) for p, slope in pairs(at))


FORMULAS = (
    "a + 1", "1 + a", "a * 3", "3 * a", "a + 0.5", "a - 1", "1 - a", "a - a * a", "a * a - 2 * a",
    "2 - a * 3", "1 + a + 1", "2 * a * 3",
)  # fmt: skip


class OnlyLeft(Node):
    def __radd__(self, other):
        return NotImplemented  # as if it was not there

    __rmul__ = __rsub__ = __radd__


class NoMinus(Node):
    def __sub__(self, other):
        return NotImplemented

    __rsub__ = __sub__


class StaysNode(Node):
    """Its results are of the class from before, which knows no plain numbers."""

    def __add__(self, other):
        return Bare(self.value + node(other).value, [(self, 1.0), (node(other), 1.0)])

    def __mul__(self, other):
        other = node(other)
        return Bare(self.value * other.value, [(self, other.value), (other, self.value)])

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self):
        return self * -1.0


class Bare(Node):
    """A node as in 4.2: the other side must be a node too."""

    def __sub__(self, other):
        return NotImplemented

    __radd__ = __rmul__ = __rsub__ = __sub__

    def __add__(self, other):
        return type(self)(self.value + other.value, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        return type(self)(self.value * other.value, [(self, other.value), (other, self.value)])


class ConstantParents(Node):
    """A plain number stands among the parents."""

    def __add__(self, other):
        value = other.value if isinstance(other, Node) else other
        return type(self)(self.value + value, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        value = other.value if isinstance(other, Node) else other
        return type(self)(self.value * value, [(self, value), (other, self.value)])

    __radd__, __rmul__ = __add__, __mul__


class SameSides(Node):
    def __rsub__(self, other):
        return self - other


class KeepsSign(Node):
    def __sub__(self, other):
        other = node(other)
        return type(self)(self.value - other.value, [(self, 1.0), (other, 1.0)])

    def __neg__(self):
        return type(self)(-self.value, [(self, 1.0)])

    def __rsub__(self, other):
        return type(self)(other - self.value, [(self, 1.0)])


# ------------------------------------------------------------ 4.4 order
def ordered(answer, case):
    """Whether an order is one in which every value comes after those that it was made of."""
    made = walked(Counted if is_deep(case) else Node, case)
    with by_paths(case):
        found = answer(made[-1])
        first = judged(found, made)
        again = judged(answer(made[-1]), made) if first == FINE else FINE
    return first if again == FINE else f"the first time right; the second time {again}"


def judged(found, made):
    """What is wrong with an order, or FINE."""
    if not isinstance(found, (list, tuple)):
        raise Unfit(f"a {type(found).__name__}, which is no list")
    if other := next((n for n in found if not isinstance(n, Node)), None):
        raise Unfit(f"a list with {brief(other)} in it: it holds nodes, not their values")
    names = {id(n): NAMES[k] for k, n in enumerate(made)}
    if any(id(n) not in names for n in found):
        return "a node of an earlier call is in the list"
    parents = {NAMES[k]: [names[id(p)] for p, _ in n.parents] for k, n in enumerate(made)}
    used, found = in_use(made), [names[id(n)] for n in found]
    for k, name in enumerate(found):
        if name in found[:k]:
            return f"{name} comes twice: {', '.join(found)}"
        if early := [parent for parent in parents[name] if parent not in found[:k]]:
            return f"{name} comes before {early[0]}: {', '.join(found)}"
    missing = [names[i] for i in names if i in used and names[i] not in found]
    return f"{missing[0]} is missing: {', '.join(found)}" if missing else FINE


FINE = "every value after those that it was made of"


def order(out):
    found, seen = [], set()

    def visit(at):
        if at not in seen:
            seen.add(at)
            for parent, _ in at.parents:
                visit(parent)
            found.append(at)

    visit(out)
    return found


def from_the_result(out):
    return order(out)[::-1]


def every_visit(out):
    return [n for p, _ in out.parents for n in every_visit(p)] + [out]


def before_parents(out):
    found = []

    def visit(at):
        if at not in found:
            found.append(at)
            for parent, _ in at.parents:
                visit(parent)

    visit(out)
    return found


def before_parents_turned(out):
    return before_parents(out)[::-1]


def from_a_stack(out):
    found, stack = [], [out]
    while stack:
        at = stack.pop()
        if at not in found:
            found.append(at)
            stack += [parent for parent, _ in at.parents]
    return found


def from_a_stack_turned(out):
    return from_a_stack(out)[::-1]


def layer_by_layer(out):
    found = [out]
    for at in found:
        for parent, _ in at.parents:
            if parent not in found:
                found.append(parent)
    return found[::-1]


def parents_alone(out):
    return [*dict(out.parents), out]


def both_parents_alone(out):
    return [*(parent for parent, _ in out.parents), out]


def without_result(out):
    return order(out)[:-1]


def by_every_path(out):
    """Right, and each value once: but it comes by again for every path."""
    found = []

    def visit(at):
        for parent, _ in at.parents:
            visit(parent)
        if at not in found:
            found.append(at)

    visit(out)
    return found


def longest_first(out):
    """Right by the longest path to each value: all of them are walked."""
    level = {}

    def visit(at, depth):
        level[at] = max(level.get(at, 0), depth)
        for parent, _ in at.parents:
            visit(parent, depth + 1)

    visit(out, 0)
    return sorted(level, key=lambda n: -level[n])


def remembers_the_list(out, found=[]):  # noqa: B006
    if out not in found:
        for parent, _ in out.parents:
            remembers_the_list(parent)
        found.append(out)
    return found


def leaves_marks(out):
    if hasattr(out, "seen"):
        return []
    out.seen = True
    return [n for parent, _ in out.parents for n in leaves_marks(parent)] + [out]


def seen_by_value(out):
    found = {}

    def visit(at):
        if at.value not in found:
            found[at.value] = None
            for parent, _ in at.parents:
                visit(parent)
            found[at.value] = found.pop(at.value) or at

    visit(out)
    return [*found.values()]


def of_values(out):
    return [n.value for n in order(out)]


BEFORE_PARENTS = "You write a value down before its parents: first visit these."
TURNED = (
    "A turned depth-first list is not enough: a value that is used early and late gets a wrong "
    "place. Write it down after its parents."
)
STOPPED = "You stop at the parents: they have parents too."
EVERY_PATH = (
    "It comes back to the same value by each path, and the paths double with each line here. "
    "Remember whom you have visited, and go no further from there."
)
REMEMBERED = (
    "Something is left from the call before: make the list, and what you remember, new in each "
    "call, and leave no marks on the nodes."
)


# ------------------------------------------------------------ 4.5 backward
def adjoints(answer, case):
    """The adjoint of each value that the result needs, after an answer's reverse sweep."""
    made = walked(Counted if is_deep(case) else Node, case)
    used = in_use(made)
    with by_paths(case):
        answer(made[-1])
    return {NAMES[k]: n.grad for k, n in enumerate(made) if id(n) in used}


def backward(out):
    out.grad = 1.0
    pay(out)


def pay(out):
    for at in reversed(order(out)):
        for parent, slope in at.parents:
            parent.grad += slope * at.grad


def overwrites(out):
    out.grad = 1.0
    for at in reversed(order(out)):
        for parent, slope in at.parents:
            parent.grad = slope * at.grad


def overwrites_early(out):
    out.grad, todo = 1.0, [out]
    while todo:
        at = todo.pop()
        for parent, slope in at.parents:
            parent.grad = slope * at.grad
            todo.append(parent)


def pays_on_early(out, first=True):  # micrograd, issue 68
    if first:
        out.grad = 1.0
    for parent, slope in out.parents:
        parent.grad += slope * out.grad
        pays_on_early(parent, False)


def pays_all_then_on(out, first=True):
    if first:
        out.grad = 1.0
    for parent, slope in out.parents:
        parent.grad += slope * out.grad
    for parent, _ in out.parents:
        pays_all_then_on(parent, False)


def depth_first(out):
    seen = set()

    def visit(at):
        if at in seen:
            return
        seen.add(at)
        for parent, slope in at.parents:
            parent.grad += slope * at.grad
            visit(parent)

    out.grad = 1.0
    visit(out)


def children_first(out):  # micrograd, issue 96
    seen = set()

    def visit(at):
        if at in seen:
            return
        seen.add(at)
        for parent, _ in at.parents:
            visit(parent)
        for parent, slope in at.parents:
            parent.grad += slope * at.grad

    out.grad = 1.0
    visit(out)


def level_by_level(out):
    out.grad, seen = 1.0, [out]
    for at in seen:
        for parent, slope in at.parents:
            parent.grad += slope * at.grad
            if parent not in seen:
                seen.append(parent)


def no_seed(out):
    pass


def value_for_slope(out):
    out.grad = 1.0
    for at in reversed(order(out)):
        for parent, _ in at.parents:
            parent.grad += parent.value * at.grad


def seed_is_the_value(out):
    out.grad = out.value
    pay(out)


def ones_everywhere(out):
    for at in order(out):
        at.grad = 1.0
    pay(out)


def without_slopes(out):
    out.grad = 1.0
    for at in reversed(order(out)):
        for parent, _ in at.parents:
            parent.grad += at.grad


def slopes_alone(out):
    out.grad = 1.0
    for at in reversed(order(out)):
        for parent, slope in at.parents:
            parent.grad += slope


def early_from_a_queue(out):
    out.grad, todo = 1.0, [out]
    while todo:
        at = todo.pop(0)
        for parent, slope in at.parents:
            parent.grad += slope * at.grad
            todo.append(parent)


def early_from_a_stack(out):
    out.grad, todo, seen = 1.0, [out], set()
    while todo:
        at = todo.pop()
        if at not in seen:
            seen.add(at)
            for parent, slope in at.parents:
                parent.grad += slope * at.grad
                todo.append(parent)


def early_in_a_list(out):
    out.grad = 1.0
    for at in before_parents(out):
        for parent, slope in at.parents:
            parent.grad += slope * at.grad


def path_by_path(out, passed=1.0):
    out.grad += passed
    for parent, slope in out.parents:
        path_by_path(parent, passed * slope)


def seeds_each(out):
    out.grad = 1.0
    for parent, slope in out.parents:
        parent.grad += slope * out.grad
        seeds_each(parent)


def slope_and_grad(out):
    out.grad = 1.0
    for at in reversed(order(out)):
        for parent, slope in at.parents:
            parent.grad += slope + at.grad


def inputs_alone(out):
    backward(out)
    for at in order(out):
        at.grad = 0.0 if at.parents else at.grad


EARLY = (
    "You pass a value's adjoint on before all who use the value have paid in: visit in reverse "
    "topological order, a value only after every value that was made of it."
)
OVERWRITTEN = (
    "A value that is used twice is paid twice: add the payments up (+=), do not overwrite (=)."
)
NO_SEED = "The result's own adjoint is 1 (d out / d out): where does your first number come from?"
OF_VALUE = (
    "You multiply by the value of the parent: each parent is stored with its slope, use that."
)
ALL_ZERO = (
    "All adjoints are still 0. The result's own is 1 (d out / d out), and what you find belongs "
    "into the grad of each node."
)
ONE_SEED = "Only the result begins with 1: all others begin with 0, and get what they are paid."
NO_CHAIN = "You add the local slopes: the chain rule multiplies each one by the adjoint above it."


# ------------------------------------------------------------ 4.6 functions with slopes
def of_function(answer, case):
    """The value and the slope of a function of one node."""
    name, x = case
    if name not in answer:
        raise Unfit(f"a dict without {name!r}")
    if not callable(answer[name]):
        raise Unfit(f"{said(answer[name])} for {name!r}, which is no function")
    y = answer[name](answer.get("Number", Node)(x))
    found = as_number(getattr(y, "value", y), "the value"), [slope for _, slope in pairs(y)]
    return *found, float((1 - y * 2).value)  # as the end of the lab does


def functions(exp, tanh, log):
    """Functions of a node, from the slope that each has at the input x with the output y."""
    slopes = {"exp": (math.exp, exp), "tanh": (math.tanh, tanh), "log": (math.log, log)}

    def make(f, slope):
        return lambda x: Node(y := f(x.value), [(x, slope(x.value, y))])

    return {name: make(*pair) for name, pair in slopes.items()}


def bare():
    """Functions whose results are nodes that know no plain numbers."""
    made = functions(*RIGHT)
    return {n: lambda x, f=f: Bare((y := f(x)).value, y.parents) for n, f in made.items()}


def no_parents():
    made = {"exp": math.exp, "tanh": math.tanh, "log": math.log}
    return {name: lambda x, f=f: Node(f(x.value)) for name, f in made.items()}


RIGHT = lambda x, y: y, lambda x, y: 1 - y * y, lambda x, y: 1 / x


# ------------------------------------------------------------ 4.7 grad
def slopes_of(answer, case):
    """The gradient of a small function at a point, and at another one, as people do."""
    words, point = case
    slope = answer(eval(f"lambda {', '.join(NAMES[: len(point)])}: {words}", {}))
    return [numbers(slope(*p)) for p in (point, [x + 1 for x in point])]


def numbers(found):
    """A gradient as a list; one number alone is a list of one."""
    if isinstance(found, dict) or callable(found):
        raise Unfit(f"a {type(found).__name__}, which is no list")
    found = list(found) if isinstance(found, (list, tuple, np.ndarray)) else [found]
    return [as_number(g, "a slope") for g in found]


def grad(f):
    def slope(*point):
        inputs = [Node(x) for x in point]
        out = f(*inputs)
        if isinstance(out, Node):
            backward(out)
        return [n.grad for n in inputs]

    return slope


def grad_of_the_first(f):
    return lambda *point: grad(f)(*point)[:1]


def grad_that_remembers(f):
    kept = []

    def slope(*point):
        kept[:] = kept or [Node(x) for x in point]
        backward(f(*kept))
        return [n.grad for n in kept]

    return slope


def grad_of_the_value(f):
    return lambda *point: [f(*point)] * len(point)


def grad_without_backward(f):
    return lambda *point: [0.0 for _ in point]


def grad_of_nodes(f):
    def slope(*point):
        inputs = [Bare(x) for x in point]
        backward(f(*inputs))
        return [n.grad for n in inputs]

    return slope


def grad_by_steps(f, h=1e-5):
    """Central differences: near the slopes, and worse the larger the numbers are."""

    def slope(*point):
        def moved(k, by):
            return f(*(Node(x + by * (k == j)) for j, x in enumerate(point))).value

        return [(moved(k, h) - moved(k, -h)) / (2 * h) for k in range(len(point))]

    return slope


WORDS = (
    "a * a",
    "a + a * a",
    "a * b",
    "a * b + a",
    "a * b * c + b",
    "(a + b) * (a + c) * a",
    "b * b",
    "2 * a * b - 1",
    "(a + 1000) * (a + 1000) * a * b",
)
POINTS = [(w, tuple(1.5 + 0.5 * k for k in range(1 + max(map(NAMES.index, set(w) & set("abc"))))))
          for w in WORDS]  # fmt: skip


# ------------------------------------------------------------ 4.8 descent
def descended(answer, case):
    """Where an answer's gradient descent comes to, on a bowl in two weights."""
    (p, q), start, rate, steps = case

    def slope(u, v):
        return [2 * (u - p) + 0.5 * v, 2 * q * v + 0.5 * u]

    return numbers(answer(slope, list(start), rate, steps))


def descend(slope, weights, rate, steps):
    for _ in range(steps):
        weights = [w - rate * g for w, g in zip(weights, slope(*weights), strict=True)]
    return weights


def climbs(slope, weights, rate, steps):
    return descend(slope, weights, -rate, steps)


def first_gradient(slope, weights, rate, steps):
    gradient = slope(*weights)
    return [w - steps * rate * g for w, g in zip(weights, gradient, strict=True)]


def one_after_the_other(slope, weights, rate, steps):
    weights = list(weights)
    for _ in range(steps):
        for k in range(len(weights)):
            weights[k] = weights[k] - rate * slope(*weights)[k]
    return weights


def no_rate(slope, weights, rate, steps):
    return descend(slope, weights, 1.0, steps)


def from_the_start(slope, weights, rate, steps):
    new = weights
    for _ in range(steps):
        new = [w - rate * g for w, g in zip(weights, slope(*new), strict=True)]
    return new


def one_step(slope, weights, rate, steps):
    return descend(slope, weights, rate, 1)


BOWLS = [((1.0, 1.0), (3.0, 0.0), 0.1, n) for n in (0, 1, 2, 3)]
BOWLS += [((0.5, 2.0), (1.0, -1.0), 0.05, n) for n in (1, 2, 5, 20)]


EXERCISES = [
    Exercise(
        "tape.by_hand",
        cases=lambda random: ["d", "c", "b", "a"],
        right=by_hand(backward),
        run=named,
        wants='a dict with a number for each of "d", "c", "b" and "a"',
        told=False,
        tell=lambda name: f"the adjoint of {name} in {written(BY_HAND)}",
        mistakes=(
            (by_hand(overwrites), OVERWRITTEN),
            (by_hand(level_by_level), EARLY),
            (by_hand(no_seed), NO_SEED),
            (by_hand(slopes_alone), NO_CHAIN),
            (by_hand(value_for_slope), OF_VALUE),
            (on_paper(21, 138, c=12.0), OF_VALUE),  # where c = a + b, the slope is 1 all the same
            (by_hand(pays_on_early), EARLY),
            ({"d": 108.0, "c": 972.0, "b": 108 * 21.0, "a": 108 * 135.0}, NO_SEED),
            *((wrong, OVERWRITTEN) for wrong in PAID_ONCE),
            (dict(zip("abcd", (3.0, 9.0, 12.0, 108.0), strict=True)), "Those are the values, from "
             "the way forward. The adjoints come on the way back, and begin with 1 for d."),
        ),
        hints=(
            "Begin at the end: the adjoint of d is 1. Then c, then b, then a.",
            "d = b * c pays c the amount b · 1, and b the amount c · 1. Then c = a + b pays too.",
            "b is used by d and by c, so it is paid twice; and b = a * a pays a twice as well.",
        ),
        idea="An adjoint says how much the result changes per change of that value: 1 at the end, "
        "and from there each value is paid by all who used it.",
        real=("elves/reverse.py:sweep",),
        answer="adjoints",
        kind="dict",
    ),
    Exercise(
        "tape.record",
        cases=programs,
        right=Node,
        run=recorded,
        tell=written,
        show=lambda made: f"value {brief(made.value)}, " + (
            "parents with slopes: " + ", ".join(f"{n} with {brief(g)}" for n, g in made.parents)
            if made.parents else "no parents"),
        wants="a class whose + and * give a Node; its parents are pairs of a node and a number",
        mistakes=(
            (OwnSlope, "The slope of u * v by u is v: the other one's value, not its own."),
            (OneParent, "Both sides are parents: the result changes with either of them."),
            (SlopesOfOne, "A product is no sum: its slope by one side is the other side's value."),
            (AddsValues, "The slope of u + v by u is 1, whatever v is."),
            (OncePerParent, "a * a has a twice among its parents, once for each side: keep both."),
            (OtherParent, "Both sides are parents: the result changes with either of them."),
            (NoParents, "Your result does not say what it was made of: give it its parents."),
            (OwnProduct, "The slope of u * v by u is v: not the product itself."),
        ),
        hints=(
            "A sum of two nodes is a new Node: its value, and a tuple of (parent, slope) pairs.",
            "How much does u * v grow if u grows by 1? That is the slope to store with u.",
            "Node(self.value + other.value, ((self, 1.0), (other, 1.0))) is the sum.",
        ),
        idea="Every operation writes one line of the tape: the value, and the local slopes. No "
        "derivative is computed yet.",
        real=("autograd/core.py:VJPNode", "elves/reverse.py:Variable.apply"),
        answer="Node",
        kind="class",
    ),
    Exercise(
        "tape.numbers",
        cases=lambda random: [(w, x) for w in FORMULAS for x in (2.0, -1.5)],
        right=Node,
        run=with_numbers,
        tell=lambda case: f"{case[0]} at a = {case[1]:g}",
        show=lambda outcome: f"value {brief(outcome[0])}, slope by a {brief(outcome[1])}",
        mistakes=(
            (OnlyLeft, "Python asks the number first in 1 + a, and the number does not know "
             "nodes: then it looks for a.__radd__ (and __rmul__, __rsub__)."),
            (SameSides, "1 - a is not a - 1: in __rsub__, self stands on the right."),
            (KeepsSign, "What is subtracted has the slope -1: more of it makes the result less."),
            (NoMinus, "a - b calls a.__sub__(b), and 1 - a calls a.__rsub__(1)."),
            (StaysNode, "Your results are Nodes, as Node.__add__ makes them: these know no plain "
             "numbers. Make a Number of each result."),
            (ConstantParents, "A plain number is among the parents: it has none itself, and "
             "nothing is paid to it. Turn it into a Number first, or leave it out."),
        ),
        wants="a class whose +, - and * give Numbers, also with a plain number on either side",
        hints=(
            "Turn what is no Node into one first: a constant has no parents.",
            "Python calls a.__radd__(1) for 1 + a. For + and * both orders are the same.",
            "-a is a * -1.0; a - b is a + (-b); and 1 - a is a.__rsub__(1): Node(1) - a.",
        ),
        idea="Operator overloading: the program looks as before, and records itself while it runs.",
        real=("chainer/functions/math/basic_math.py:rsub", "elves/core/values.py:Value"),
        answer="Number",
        kind="class",
    ),
    Exercise(
        "tape.order",
        cases=programs_and_a_deep_one,
        right=order,
        run=ordered,
        tell=lambda case: f"{written(case)}; the result is {NAMES[len(case[1])]}",
        mistakes=(
            (from_the_result, "Your list begins with the result: parents come first here."),
            (every_visit, "A value that is used twice is in your list twice: remember whom you "
             "have visited."),
            (before_parents, BEFORE_PARENTS), (before_parents_turned, TURNED),
            (layer_by_layer, "Layer by layer is not enough: a value may be used one layer up and "
             "three layers up. Write it down after its parents."),
            (parents_alone, STOPPED),
            (without_result, "The result itself belongs into the list, as the last one."),
            (from_a_stack, BEFORE_PARENTS), (from_a_stack_turned, TURNED),
            (both_parents_alone, STOPPED),
            (by_every_path, EVERY_PATH), (longest_first, EVERY_PATH),
            (remembers_the_list, REMEMBERED), (leaves_marks, REMEMBERED),
            (seen_by_value, "Two values may be equal, and still be two nodes: remember the node "
             "itself."),
            (of_values, "The list holds the nodes themselves, not their values."),
        ),
        wants="a list of nodes, the result as the last one",
        hints=(
            "A function inside of yours that calls itself for each parent helps.",
            "visit(node): if it was seen, return; visit all its parents; then append the node.",
            "Keep a set `seen` and a list `found` outside of visit; return found at the end.",
        ),
        idea="This is a topological order. Read from its end it says when an adjoint is complete: "
        "everyone who used the value comes before it.",
        real=("autograd/tracer.py:toposort", "autograd/util.py:toposort", "elves/reverse.py:sweep"),
        answer="order",
    ),
    Exercise(
        "tape.backward",
        cases=programs_and_a_deep_one,
        right=backward,
        run=adjoints,
        tell=written,
        show=lambda outcome: ", ".join(f"{name}: {brief(g)}" for name, g in outcome.items()),
        draw=lambda case, want, got: graph(case, want, got, NAMES),
        mistakes=(
            (overwrites, OVERWRITTEN), (overwrites_early, OVERWRITTEN),
            (pays_on_early, EARLY + " As it is, some payments are passed on twice."),
            (pays_all_then_on, EARLY + " As it is, some payments are passed on twice."),
            (depth_first, EARLY + " Visiting each value once does not help if it is too early."),
            (children_first, "Only the result's parents get their due. Either you stop there, or "
             "you visit the parents before you pay them: then they have nothing to pass on yet. "
             "Pay, in reverse topological order."),
            (level_by_level, EARLY + " Level by level is too early for some."),
            (no_seed, ALL_ZERO), (slopes_alone, NO_CHAIN), (value_for_slope, OF_VALUE),
            (seed_is_the_value, NO_SEED),
            (ones_everywhere, ONE_SEED),
            (without_slopes, "You pay the adjoint itself: what a parent gets is also a matter of "
             "its slope."),
            (path_by_path, EVERY_PATH), (early_from_a_queue, EARLY + " As it is, some payments "
             "are passed on twice."),
            (early_from_a_stack, EARLY + " Visiting each value once does not help if it is too "
             "early."),
            (early_in_a_list, EARLY + " Visiting each value once does not help if it is too "
             "early."),
            (seeds_each, ONE_SEED),
            (slope_and_grad, "You add the slope and the adjoint: the chain rule multiplies them."),
            (inputs_alone, "The values between keep their adjoints too."),
        ),
        wants="a function that sets the grad of each node",
        hints=(
            "You have `order`: which end of it do you begin at, and with which number?",
            "For each node, newest first: every (parent, slope) gets slope · the node's own grad.",
            "A parent may have got something already, from another one: add to it.",
        ),
        idea="That is reverse mode: one walk back gives the slope of the result by every value.",
        real=("autograd/core.py:backward_pass", "elves/reverse.py:sweep"),
        answer="backward",
        gives=False,
    ),
    Exercise(
        "tape.functions",
        cases=lambda random: [(name, x) for x in (1.0, 0.5, 2.0, 3.0)
                              for name in ("exp", "tanh", "log")],
        right=functions(*RIGHT),
        run=of_function,
        tell=lambda case: f"{case[0]} of a node with the value {case[1]:g}",
        show=lambda outcome: f"value {brief(outcome[0])}, slopes {brief(outcome[1])}",
        wants='a dict of three functions, "exp", "tanh" and "log", each of which gives a Number',
        mistakes=(
            (functions(lambda x, y: x * math.exp(x - 1), *RIGHT[1:]),
             "The power rule is for x**3. The slope of exp is exp itself: that is what it is for."),
            (functions(lambda x, y: 1.0, lambda x, y: 1.0, lambda x, y: 1.0),
             "A slope of 1 everywhere would be a straight line: these functions bend."),
            (functions(RIGHT[0], lambda x, y: 1 - x * x, RIGHT[2]),
             "The slope of tanh is 1 - y², with its output y: not 1 - x²."),
            (functions(*RIGHT[:2], lambda x, y: 1 / y if y else math.inf),
             "The slope of log is 1 / x, by its input: not by its output."),
            (functions(lambda x, y: x, lambda x, y: 1 - y * y, RIGHT[2]),
             "The slope of exp is its output y, not its input x."),
            (no_parents(), "Your results have no parents: nobody will be paid."),
            (bare(), "Your results know no plain numbers, as in 1 - y: make Numbers, not Nodes."),
        ),
        hints=(
            "Each one is: compute y, return Node(y, ((x, slope),)).",
            "Two of the slopes are easier by the output y than by the input.",
            "exp: y. tanh: 1 - y * y. log: 1 / x.value.",
        ),
        idea="A rule is one line: the function, and its slope. A few dozen of them are a library.",
        real=("autograd/numpy/numpy_vjps.py:@defvjp(anp.exp", "elves/core/kinds.py:Elementwise"),
        answer="functions",
        kind="dict",
    ),
    Exercise(
        "tape.grad",
        cases=lambda random: POINTS,
        tolerance=1e-12,  # of differences, ten digits are right
        right=grad,
        run=slopes_of,
        tell=lambda case: f"the gradient of {case[0]} at {brief(case[1])}, then with 1 more each",
        wants="a function that gives a function; that one gives the list of slopes",
        mistakes=(
            (grad_of_the_first, "Your gradient has one entry: there is one for each argument."),
            (grad_that_remembers, "The second call works on the nodes of the first: make fresh "
             "ones in each call."),
            (grad_of_the_value, "That is the value of f, not its slopes: walk back, then read "
             "the inputs' grad."),
            (grad_without_backward, "All slopes are 0: did you call backward on the result?"),
            (grad_of_nodes, "Your inputs know no plain numbers, as in 2 * a: make Numbers of them, "
             "not Nodes."),
            (grad_by_steps, "Near, but that is lab 1: differences. Your tape gives the slopes to "
             "the last digit."),
        ),
        hints=(
            "grad(f) returns a function. That one gets numbers, and makes nodes of them.",
            "Call f on the nodes, call backward on what it returns, read each input's grad.",
            "inputs = [Node(x) for x in point] begins it, [n.grad for n in inputs] ends it.",
        ),
        idea="grad takes a function and returns a function, so a user never sees the tape.",
        real=("autograd/differential_operators.py:grad", "elves/reverse.py:value_and_grad"),
        answer="grad",
    ),
    Exercise(
        "tape.descend",
        cases=lambda random: BOWLS,
        right=descend,
        run=descended,
        tell=lambda case: f"{several(case[3], 'step')} from {brief(case[1])} with the rate "
        f"{case[2]:g}",
        wants="the list of the weights after the last step",
        mistakes=(
            (climbs, "You walk uphill: the gradient points to where the loss grows, so subtract."),
            (first_gradient, "You ask for the gradient once: after each step it is another one."),
            (one_after_the_other, "You change one weight before you know the slope by the next: "
             "take the whole gradient first."),
            (no_rate, "You step by the whole gradient: multiply it by the rate."),
            (one_step, "You take one step: repeat it `steps` times."),
            (from_the_start, "Each step begins at the first weights: go on from the last ones."),
        ),
        hints=(
            "In a loop: ask slope(*weights), then make new weights.",
            "The new weight is w - rate * g, for each pair of w and g.",
            "weights = [w - rate * g for w, g in zip(weights, slope(*weights))], `steps` times.",
        ),
        idea="Gradient descent: a network is trained by this loop and a tape.",
        real=("torch/optim/sgd.py:_single_tensor_sgd@if isinstance(lr, Tensor)",
              "elves/digits.py:train"),
        answer="descend",
    ),
]  # fmt: skip

QUIZZES = {
    "tape.twice": [
        {
            "question": "b = a * a. How often does b pay a?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "once", "correct": False,
                 "feedback": "a stands on both sides of the product: each side is paid."},
                {"answer": "twice, and the payments add up", "correct": True,
                 "feedback": "Yes: a · 1 for each side, 2 a together. That is (a²)' = 2 a."},
                {"answer": "twice, and the second overwrites the first", "correct": False,
                 "feedback": "Then the slope of a² would be a."},
            ],
        }
    ],
    "tape.when": [
        {
            "question": "c = a + b, and d = b * c. When may b pass its adjoint on to what it "
            "was made of?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "as soon as d has paid b", "correct": False,
                 "feedback": "c will pay b too: b would pass on too little, or twice."},
                {"answer": "after both d and c have paid b", "correct": True,
                 "feedback": "Yes: when all who use it have paid. That is the topological order."},
                {"answer": "at any time, since sums can be added later", "correct": False,
                 "feedback": "What was passed on would have to be passed on again, and again."},
            ],
        }
    ],
    "tape.memory": [
        {
            "question": "A loop of 1,000 multiplications of one number runs on your tape. How "
            "many values does the tape hold at the end?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "one, the result", "correct": False,
                 "feedback": "The way back needs the slopes of all of them."},
                {"answer": "about 1,000", "correct": True,
                 "feedback": "Yes: reverse mode pays for speed with memory."},
                {"answer": "about 1,000,000", "correct": False,
                 "feedback": "Each operation writes one line, not a table."},
            ],
        }
    ],
}  # fmt: skip

"""Exercise 4.3, numbers: its cases, a right answer, and wrong ones that are known by name."""

from elves.course.exercise import Exercise, brief
from elves.course.tape.programs import Node, node
from elves.course.tape.record import pairs


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


EXERCISE = Exercise(
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
)  # fmt: skip

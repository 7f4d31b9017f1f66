"""Exercise 4.2, record: its cases, a right answer, and wrong ones that are known by name."""

from dataclasses import dataclass

import numpy as np

from elves.course.exercise import Exercise, brief
from elves.course.guard import Unfit
from elves.course.tape.programs import NAMES, Node, programs, walked, written


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


EXERCISE = Exercise(
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
)  # fmt: skip

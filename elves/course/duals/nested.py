"""Exercise 3.6, nested: its cases, a right answer, and wrong ones that are known by name."""

import itertools

from elves import forward
from elves.course.exercise import Exercise
from elves.course.guard import Unfit
from elves.course.kinds import a


def tag_of(x):
    return getattr(x, "tag", 0)


class Level:
    """A dual number with a tag: the derivative that it moves for."""

    def __init__(self, value, tangent, tag):
        self.value, self.tangent, self.tag = value, tangent, tag

    @staticmethod
    def parts(x, tag):
        return (x.value, x.tangent) if tag_of(x) == tag else (x, 0.0)

    def __add__(self, other):
        tag = max(tag_of(self), tag_of(other))
        (u, du), (v, dv) = self.parts(self, tag), self.parts(other, tag)
        return type(self)(u + v, du + dv, tag)

    def __mul__(self, other):
        tag = max(tag_of(self), tag_of(other))
        (u, du), (v, dv) = self.parts(self, tag), self.parts(other, tag)
        return type(self)(u * v, du * v + u * dv, tag)

    __radd__, __rmul__ = __add__, __mul__


class Confused(Level):
    @staticmethod
    def parts(x, tag):
        return (x.value, x.tangent) if isinstance(x, Level) else (x, 0.0)


class StrangersStripped(Level):
    @staticmethod
    def parts(x, tag):
        return (x.value, x.tangent) if tag_of(x) == tag else (getattr(x, "value", x), 0.0)


class StrangersMoveOn(Level):
    @staticmethod
    def parts(x, tag):
        return (x.value, x.tangent) if tag_of(x) == tag else (x, getattr(x, "tangent", 0.0))


class StrangersMove(Level):
    @staticmethod
    def parts(x, tag):
        return (x.value, x.tangent) if tag_of(x) == tag else (x, 1.0)


TAGS = itertools.count(1)


def plain(x):
    while hasattr(x, "value"):
        x = x.value
    return x


def nesting(make=Level, take=lambda x: x, seed=1.0, read=lambda y, tag, parts: parts(y, tag)[1]):
    """A `derivative`, in which one step may be another one."""

    def derivative(f):
        def at(x):
            tag = next(TAGS)
            return read(f(make(take(x), seed, tag)), tag, make.parts)

        return at

    return derivative


def nested(answer, case):
    words, x = case
    of = answer(eval(f"lambda x: {words}", {"D": answer}))
    if not callable(of):
        raise Unfit(f"derivative gave back {a(of)}: asked is a function of x")
    return of(x)


NESTED = [
    ("x * x", 3.0), ("2.0 * x + 1.0", 3.0), ("x * x * x", 2.0), ("5.0", 1.0),
    ("D(lambda y: y * y)(x)", 3.0), ("D(lambda y: y * y * y)(x)", 2.0),
    ("D(lambda y: x * x)(1.0)", 3.0), ("D(lambda y: x + y)(1.0)", 1.0),
    ("x * D(lambda y: x + y)(1.0)", 1.0), ("x * D(lambda y: x * y)(2.0)", 3.0),
    ("x * D(lambda y: x * x)(1.0)", 3.0), ("x * D(lambda y: 5.0)(x)", 2.0),
    ("D(lambda y: x * y * y)(x)", 2.0),
    ("D(lambda y: x * D(lambda z: y * z)(2.0))(3.0)", 4.0),
    ("D(D(lambda y: y * y * y * y))(x)", 2.0),
]  # fmt: skip
STILL = "What does not have your tag stands still: its tangent is 0."
LEAVE = (
    "You take the outer tangent off x. Leave x as it is: the value of a dual number may be a dual "
    "number."
)
CONFUSED = (
    "Perturbation confusion: you take the outer derivative's tangent for your own. Each derivative "
    "needs a tag of its own, and parts must look at it."
)
READ = (
    "What f gives back may be a plain number, or move for an outer derivative only: then this "
    "slope is 0. Ask parts, with your tag."
)

EXERCISE = Exercise(
    "duals.nested",
    cases=lambda random: NESTED,
    right=forward.grad,
    run=nested,
    tell=lambda case: f"D(lambda x: {case[0]})({case[1]:g})",
    mistakes=(
        (nesting(Confused), CONFUSED),
        (nesting(take=plain), LEAVE), (nesting(StrangersStripped), LEAVE),
        (nesting(read=lambda y, tag, parts: y.tangent), READ),
        (nesting(read=lambda y, tag, parts: getattr(y, "tangent", 0.0)), READ),
        (nesting(StrangersMove), STILL), (nesting(StrangersMoveOn), STILL),
        (nesting(read=lambda y, tag, parts: parts(y, tag)[0]),
         "That is the value of f: the slope is the tangent."),
        (nesting(seed=0.0), "0 everywhere: either x does not move (its tangent is 1), or parts "
         "is asked for another tag than the one that x got."),
    ),
    hints=(
        "In parts there are two cases: x has this tag, or x stands still for it.",
        "derivative: a new tag, f of Level(x, 1.0, tag), and what moves by that tag.",
        "return parts(f(Level(x, 1.0, tag)), tag)[1]; and parts of a stranger is (x, 0.0)",
    ),
    idea="One tag for each derivative that is running: then derivatives nest, as functions do.",
    real=("jax/_src/interpreters/ad.py:jvp", "elves/forward.py:jvp"),
    answer="derivative",
)  # fmt: skip

"""Formulas that grow, and what they are worth at two points: what exercises of lab 2 share."""

import math
import operator

import numpy as np

from elves import symbolic
from elves.course.exercise import brief
from elves.course.guard import same
from elves.errors import InputError

OPERATIONS = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.true_divide, "exp": np.exp,
    "log": np.log,
}  # fmt: skip
PLAIN = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "exp": math.exp, "log": math.log,
}  # fmt: skip
RANK = {"+": 1, "-": 1, "*": 2, "/": 2}
POINTS = {"x": 2.0, "y": 3.0, "z": 0.5}, {"x": 0.75, "y": 1.25, "z": 1.5}
SHORT, MANY = 90, 200  # letters of a formula to show; operations that a check takes in


def written(formula, inside=0):
    """A formula as one writes it.

    >>> written(("*", "x", ("+", ("exp", "x"), 1)))
    'x * (exp(x) + 1)'
    """
    if not isinstance(formula, tuple):
        return brief(formula)
    sign, *parts = formula
    if sign not in RANK:
        return f"{sign}({', '.join(map(written, parts))})"
    rank = RANK[sign]
    left, right = parts
    text = f"{written(left, rank)} {sign} {written(right, rank + (sign != '+'))}"
    return f"({text})" if rank < inside else text


def value(formula, point):
    """The number that a formula stands for; raises InputError for what is no formula."""
    if isinstance(formula, (int, float, np.number)):
        return float(formula)
    if isinstance(formula, str):
        if formula not in point:
            raise InputError(unknown(formula))
        return point[formula]
    sign = formula[0] if isinstance(formula, tuple) and formula else None
    function = OPERATIONS.get(sign) if isinstance(sign, str) else None
    if not function:
        why = "a number, a name, or (sign, parts …)"
        if isinstance(formula, list):
            why = "it is a list, and formulas are tuples"
        elif isinstance(sign, str):
            why = f"the signs are {' '.join(OPERATIONS)}"
        raise InputError(f"{formula!r:.60} is no formula: {why}.")
    if len(formula) - 1 != function.nin:
        raise InputError(f"{formula!r:.60} is no formula: {sign} has {function.nin} parts.")
    return float(function(*(value(part, point) for part in formula[1:])))


def unknown(name):
    """The sentence about a name that no formula can hold, or that was not asked for."""
    if name in OPERATIONS:
        return f"{name!r} alone is no formula: a sign stands first in a tuple, before its parts."
    if name.isidentifier():
        return f"There is a name {name!r} in the formula that was not there."
    return f"{name!r:.40} is text, and no formula: build it of tuples, as ('+', 'x', 1)."


def elf(formula, known=None):
    """The same formula for the symbolic elf, with equal parts as the same object."""
    known = {} if known is None else known
    if formula not in known:
        if isinstance(formula, tuple):
            sign, *parts = formula
            found = OPERATIONS[sign](*(elf(part, known) for part in parts))
            known[formula] = found.item() if isinstance(found, np.generic) else found
        else:
            known[formula] = symbolic.symbol(formula) if isinstance(formula, str) else formula
    return known[formula]


def size(formula):
    """How many operations a formula has."""
    if isinstance(formula, symbolic.Expr):
        return symbolic.size(formula)
    return 1 + sum(map(size, formula[1:])) if isinstance(formula, tuple) else 0


class Worth:
    """What a formula is worth: its numbers, which count, and its text, which is shown."""

    def __init__(self, numbers, text="", more=0):
        self.numbers, self.text, self.more = numbers, text, more

    def __eq__(self, other):
        return self.more == other.more and same(self.numbers, other.numbers, 1e-9)

    __hash__ = None

    def __str__(self):
        number = brief(self.numbers[0])
        if self.text in ("", number):
            return number
        text = self.text if len(self.text) <= SHORT else self.text[:SHORT] + "…"
        return f"{text}, which is {number} at x = 2, y = 3"


def in_short(outcome):
    """A Worth without the point at which its number is taken; a sentence without its dot."""
    return str(outcome).replace(", which is ", " = ").removesuffix(" at x = 2, y = 3").rstrip(".")


def worth(formula, most=None):
    """The Worth of a formula, of the elf's too, or the sentence why it has none."""
    if formula is None or isinstance(formula, Worth):
        return formula
    more = max(size(formula) - most, 0) if most is not None else 0
    if isinstance(formula, symbolic.Expr):
        points = [{symbolic.symbol(name): at for name, at in p.items()} for p in POINTS]
        numbers = [float(symbolic.evaluate([formula], point)[0]) for point in points]
        return Worth(numbers, repr(formula).replace("np.", ""), more)
    try:
        with np.errstate(all="ignore"):
            return Worth([value(formula, point) for point in POINTS], written(formula), more)
    except InputError as error:
        return str(error)


def made(random, size, signs, leaves):
    """A formula of so many operations."""
    if not size:
        return random.choice(leaves)
    sign = random.choice(signs)
    if OPERATIONS[sign].nin == 1:
        return sign, made(random, size - 1, signs, leaves)
    left = random.randrange(size)
    return sign, made(random, left, signs, leaves), made(random, size - 1 - left, signs, leaves)


def is_tame(formula, x="x"):
    """Whether a formula and its slope are numbers that one can compare, wherever they are asked."""
    try:
        with np.errstate(all="raise"):  # no browser's Python raises here
            inside = [value(part, point) for part in parts(formula) for point in POINTS]
            numbers = inside[: len(POINTS)] + worth(slope_by_elf(formula, x)).numbers
    except FloatingPointError:
        return False
    fine = np.isfinite(inside).all() and np.isfinite(numbers).all()
    return bool(fine) and max(map(abs, numbers)) < 1e4


def parts(formula):
    """A formula, and all that it is made of."""
    yield formula
    for part in formula[1:] if isinstance(formula, tuple) else ():
        yield from parts(part)


def grown(signs, leaves=("x", "x", "y", 2, 3), first=(), largest=6, each=5):
    """Cases: the formulas given first, then random ones of one operation, two, and so on."""

    def cases(random):
        yield from first
        for n in range(1, largest + 1):
            found = []
            while len(found) < each:
                formula = made(random, n, signs, leaves)
                if "'x'" in repr(formula) and is_tame(formula):
                    found.append(formula)
            yield from found

    return cases


ALL = list(OPERATIONS)


def slope_by_elf(formula, x):
    found = elf(formula)
    if not isinstance(found, symbolic.Expr):
        return 0.0
    return symbolic.derivative(found, symbolic.symbol(x))

"""Lab 2, symbols: what its checks need to know.

A formula is a number, a name, or a tuple of a sign and its parts: ("*", "x", ("+", "x", 1)).

Source: Norvig, Paradigms of Artificial Intelligence Programming (1992), chapter 8; Griewank &
Walther, Evaluating Derivatives (2008), section 1.2, on expression swell.
"""

import functools
import math
import operator

import numpy as np

from elves import symbolic
from elves.course.exercise import FROM_CALL_TO_CALL, Exercise, brief
from elves.course.guard import Unfit, same
from elves.course.kinds import a
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


# ------------------------------------------------------------ cases: formulas that grow


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
LEAVES = "x", 3, 2.5


# ------------------------------------------------------------ 2.1 evaluate
def evaluated(answer, case):
    formula, point = case
    with np.errstate(all="ignore"):
        return answer(formula, point)


def at_points(random):
    for k, formula in enumerate(grown(ALL, first=LEAVES)(random)):
        yield formula, POINTS[k % 2]


def by_elf(formula, point):
    found = elf(formula)
    values = {symbolic.symbol(name): at for name, at in point.items()}
    return float(symbolic.evaluate([found], values)[0])


def evaluator(compute=lambda sign, parts: PLAIN[sign](*parts), leaf=None, again=None):
    """A wrong `evaluate`: another way to compute, to take a leaf, or to take a part."""

    def evaluate(formula, values):
        if not isinstance(formula, tuple):
            if leaf:
                return leaf(formula, values)
            return values[formula] if isinstance(formula, str) else formula
        sign, *parts = formula
        return compute(sign, [(again or evaluate)(part, values) for part in parts])

    return evaluate


def always_two(formula, values):
    if not isinstance(formula, tuple):
        return values[formula] if isinstance(formula, str) else formula
    sign, u, v = formula
    return PLAIN[sign](always_two(u, values), always_two(v, values))


def whole_numbers(formula, values):
    if isinstance(formula, str):
        return values[formula]
    if isinstance(formula, int):
        return formula
    sign, parts = formula[0], formula[1:]
    return PLAIN[sign](*(whole_numbers(part, values) for part in parts))


def as_a_list(sign, parts):
    return PLAIN[sign](parts)


def first_and_second(formula, values):
    if not isinstance(formula, tuple):
        return values[formula] if isinstance(formula, str) else formula
    u, v = (first_and_second(formula[k], values) for k in (1, 2))
    return PLAIN[formula[0]](u, v)


def the_sign_too(formula, values):
    if not isinstance(formula, tuple):
        return values[formula] if isinstance(formula, str) else formula
    return PLAIN[formula[0]](*[the_sign_too(part, values) for part in formula])


def no_numbers(formula, values):
    if isinstance(formula, str):
        return values[formula]
    return PLAIN[formula[0]](*[no_numbers(part, values) for part in formula[1:]])


def turned_parts(sign, parts):
    return PLAIN[sign](*parts[::-1])


def other_logarithm(sign, parts):
    return math.log10(*parts) if sign == "log" else PLAIN[sign](*parts)


def whole_division(sign, parts):
    return parts[0] // parts[1] if sign == "/" else PLAIN[sign](*parts)


def not_again(part, values):
    return values[part] if isinstance(part, str) else part


# ------------------------------------------------------------ 2.2 sums and products
def differentiated(answer, case):
    return worth(answer(*case))


def by_names(formulas, first=()):
    """Cases of formulas and names: each by x, some by y too, so that the name counts."""

    def cases(random):
        yield from first
        for k, formula in enumerate(formulas(random)):
            yield formula, "x"
            if k % 4 == 0 and "'y'" in repr(formula) and is_tame(formula, "y"):
                yield formula, "y"

    return cases


def only_by_x(derive):
    return lambda formula, x: derive(formula, "x")


def slope_by_elf(formula, x):
    found = elf(formula)
    if not isinstance(found, symbolic.Expr):
        return 0.0
    return symbolic.derivative(found, symbolic.symbol(x))


def both(u, v, du, dv):
    return "+", ("*", du, v), ("*", u, dv)


KEPT = "as it is"  # a leaf that a wrong rule leaves alone


def leaf(formula, x, own=1, other=0, number=0):
    """The slope of a leaf, by a rule for x itself, for other names, and for numbers."""
    found = own if formula == x else other if isinstance(formula, str) else number
    return formula if found == KEPT else found


def summed(u, v, du, dv):
    return "+", du, dv


def by_rule(product=both, add=summed, **leaves):
    """A derivative of sums and products, by a rule for each and slopes for the leaves."""

    def slope(formula, x):
        if not isinstance(formula, tuple):
            return leaf(formula, x, **leaves)
        sign, u, v = formula
        du, dv = slope(u, x), slope(v, x)
        return (add if sign == "+" else product)(u, v, du, dv)

    return slope


def slope_not_again(formula, x):
    if not isinstance(formula, tuple):
        return leaf(formula, x)
    sign, u, v = formula
    return (summed if sign == "+" else both)(u, v, int(u == x), int(v == x))


def computing(formula, x):
    if not isinstance(formula, tuple):
        return leaf(formula, x)
    sign, u, v = formula
    du, dv = computing(u, x), computing(v, x)
    return du + dv if sign == "+" else du * v + u * dv


# ------------------------------------------------------------ 2.3 a table of slopes
SLOPES = {
    "+": lambda u, v: (1, 1),
    "-": lambda u, v: (1, -1),
    "*": lambda u, v: (v, u),
    "/": lambda u, v: (("/", 1, v), ("-", 0, ("/", u, ("*", v, v)))),
    "exp": lambda u: (("exp", u),),
    "log": lambda u: (("/", 1, u),),
}
ENTRIES = [(sign, parts[: OPERATIONS[sign].nin])
           for parts in (("x", "y"), ("y", "x"), (("*", "x", "x"), ("+", "y", 1)))
           for sign in ("-", "/", "exp", "log")]  # fmt: skip


def entry(answer, case):
    sign, parts = case
    return [worth(slope) for slope in answer[sign](*parts)]


def slopes_of_elf(sign):
    """The right slopes of an operation, as numbers: the formula would be the answer."""

    def slopes(*parts):
        names = [symbolic.symbol(f"part{k}") for k in range(len(parts))]
        found = symbolic.derivative(OPERATIONS[sign](*names), names)
        points = [
            dict(zip(names, [value(p, point) for p in parts], strict=True)) for point in POINTS
        ]
        return [Worth([float(symbolic.evaluate([s], p)[0]) for p in points]) for s in found]

    return slopes


# ------------------------------------------------------------ 2.4 the chain
def by_table(term=lambda slope, inner, part: ("*", slope, inner), first=False, join="+", turn=1,
             again=None, **leaves):  # fmt: skip
    """A derivative by a table of slopes, with some part of the chain rule changed."""

    def derivative(formula, x):
        if not isinstance(formula, tuple):
            return leaf(formula, x, **leaves)
        sign, *parts = formula
        slopes = zip(SLOPES[sign](*parts), parts[::turn], strict=True)
        terms = [term(slope, (again or derivative)(part, x), part) for slope, part in slopes]
        between = sign if join == "sign" else join
        return terms[0] if first else functools.reduce(lambda a, b: (between, a, b), terms)

    return derivative


def of_some(signs):
    """A derivative that knows some signs, and answers 0 for the others."""

    def some(formula, x):
        known = not isinstance(formula, tuple) or formula[0] in signs
        return whole(formula, x) if known else 0

    whole = by_table(again=some)
    return some


def two_parts(formula, x):
    if not isinstance(formula, tuple):
        return leaf(formula, x)
    sign, u, v = formula
    terms = zip(SLOPES[sign](u, v), (two_parts(u, x), two_parts(v, x)), strict=True)
    return ("+", *(("*", s, d) for s, d in terms))


def no_leaf_but_x(formula, x):
    if formula == x:
        return 1
    sign, *parts = formula
    terms = [("*", s, no_leaf_but_x(p, x))
             for s, p in zip(SLOPES[sign](*parts), parts, strict=True)]  # fmt: skip
    return functools.reduce(lambda a, b: ("+", a, b), terms)


def summing(formula, x):
    if not isinstance(formula, tuple):
        return leaf(formula, x)
    sign, *parts = formula
    return sum(s * summing(p, x) for s, p in zip(SLOPES[sign](*parts), parts, strict=True))


def always_at_the_slope(formula, x):
    if not isinstance(formula, tuple):
        return leaf(formula, x)
    sign, *parts = formula
    inner = [always_at_the_slope(p, x) for p in parts]
    terms = [("*", s, d) for s, d in zip(SLOPES[sign](*inner), inner, strict=True)]
    return functools.reduce(lambda a, b: ("+", a, b), terms)


def inside(formula, x):
    """Goes into the parts, and forgets the slope of the operation around them."""
    if not isinstance(formula, tuple):
        return 1 if formula == x else 0
    if formula[0] in ("exp", "log"):
        return formula[0], inside(formula[1], x)
    sign, *parts = formula
    terms = [("*", s, inside(p, x)) for s, p in zip(SLOPES[sign](*parts), parts, strict=True)]
    return functools.reduce(lambda a, b: ("+", a, b), terms)


def at_the_slope(formula, x):
    """Takes the outer slope at the derivative of the part."""
    if not isinstance(formula, tuple):
        return 1 if formula == x else 0
    sign, *parts = formula
    inner = [at_the_slope(p, x) for p in parts]
    slopes = SLOPES[sign](*(inner if len(parts) == 1 else parts))
    terms = [("*", s, d) for s, d in zip(slopes, inner, strict=True)]
    return functools.reduce(lambda a, b: ("+", a, b), terms)


# ------------------------------------------------------------ 2.5 simplify
def simplified(answer, formula):
    short = elf(formula)
    return worth(answer(formula), size(short))


def shorter(sign, parts, skip=()):
    """One operation made shorter, unless the rule that would do it is to be skipped."""
    left, right = parts[0], parts[-1]
    known = int if "floats" in skip else (int, float)
    if "numbers" not in skip and all(isinstance(p, known) for p in parts):
        return value((sign, *parts), {}) if "floats" not in skip else PLAIN[sign](*parts)
    if len(parts) == 2:
        rules = [
            ("sum", sign == "+" and left == 0, right),
            ("sum", sign in "+-" and right == 0, left),
            ("zero", sign == "*" and (left == 0 or right == 0), 0),
            ("one", sign == "*" and left == 1, right),
            ("one", sign in "*/" and right == 1, left),
            ("over", sign == "/" and left == 0, 0),
            ("difference", "difference" in skip and sign == "-" and left == 0, right),
            ("whole", "whole" in skip and sign == "/" and left == 1, right),
        ]
        for name, fits, short in rules:
            if fits and (name not in skip or name in ("difference", "whole")):
                return short
    return (sign, *parts)


def simplifier(*skip, zero=None):
    def simplify(formula):
        if not isinstance(formula, tuple):
            return formula
        sign, *parts = formula
        parts = [simplify(part) for part in parts]
        if zero and sign == "*" and 0 in parts:
            return zero(parts)
        return shorter(sign, parts, skip)

    return simplify


def top_alone(formula):
    return shorter(formula[0], formula[1:]) if isinstance(formula, tuple) else formula


def from_the_top(formula):
    formula = top_alone(formula)
    if not isinstance(formula, tuple):
        return formula
    return (formula[0], *map(from_the_top, formula[1:]))


# ------------------------------------------------------------ 2.6 how large
def fresh(formula):
    """The same formula from objects of its own."""
    return tuple(map(fresh, formula)) if isinstance(formula, tuple) else formula


def with_repeats(random):
    """Formulas in which parts occur more than once, as the same object or as equal ones."""
    signs = ["+", "*", "-", "*", "exp"]
    for n in range(1, 9):
        for _ in range(3):
            parts = ["x", "y"]
            for _ in range(n):
                sign = random.choice(signs)
                count = OPERATIONS[sign].nin
                pick = [random.choice(parts[-3:]) for _ in range(count)]
                parts.append((sign, *pick))
            if size(parts[-1]) <= MANY:
                yield parts[-1] if n % 2 else fresh(parts[-1])


def both_ways(random):
    for formula in with_repeats(random):
        for shared in (False, True):
            yield formula, shared


def counted_by_elf(formula, shared):
    return symbolic.size(elf(formula), shared)


def parts_of(formula):
    """A formula and all its parts, each as often as it occurs."""
    yield formula
    if isinstance(formula, tuple):
        for part in formula[1:]:
            yield from parts_of(part)


def operations_in(formula):
    return [part for part in parts_of(formula) if isinstance(part, tuple)]


def in_full(formula, shared):
    return len(operations_in(formula))


def leaves_in_full(formula, shared):
    return len(list(parts_of(formula)))


def leaves_alone(formula, shared):
    return sum(not isinstance(part, tuple) for part in parts_of(formula))


def nothing(formula, shared):
    return 0


def seen_for_ever(formula, shared):
    """What a set gives that is never made anew, asked without sharing first."""
    return 0 if shared else in_full(formula, shared)


def side_by_side(formula, shared):
    """Equal parts count once within one operation alone."""
    if not isinstance(formula, tuple):
        return 0
    parts = set(formula[1:]) if shared else formula[1:]
    return 1 + sum(side_by_side(part, shared) for part in parts)


def always_shared(formula, shared):
    return len(set(operations_in(formula)))


def with_leaves(formula, shared):
    found = list(parts_of(formula))
    return len(set(found) if shared else found)


def by_identity(formula, shared):
    found = operations_in(formula)
    return len({id(part) for part in found}) if shared else len(found)


def deep(formula, shared):
    return 1 + max(deep(p, shared) for p in formula[1:]) if isinstance(formula, tuple) else 0


def kinds(formula, shared):
    found = [part[0] for part in operations_in(formula)]
    return len(set(found)) if shared else len(found)


# ------------------------------------------------------------ 2.7 line by line
class Ran:
    """What became of a list of lines: a kind, which counts whatever the names are, and words."""

    def __init__(self, kind, words):
        self.kind, self.words = kind, words

    def __eq__(self, other):
        return same(self.kind, other.kind, 1e-9)

    __hash__ = None

    def __str__(self):
        return self.words


def ran(answer, formula):
    """What a list of lines does: how many they are and what comes out, or what is wrong."""
    found = answer(formula)
    if found is None:
        return None
    if isinstance(found, (str, dict)) or not hasattr(found, "__iter__"):
        raise Unfit(f"{a(found)}: asked is a list of pairs, a name and an operation")
    found = list(found)
    forward, backward = run_lines(found), run_lines(found[::-1])
    if forward.kind == "early" and backward.kind[0] == "fine":
        return Ran("turned round", forward.words)
    return forward


ONE_SIGN = {(sign,) for sign in OPERATIONS}


def run_lines(found):
    known, last = dict(POINTS[0]), None
    for line in found:
        pair = isinstance(line, (tuple, list)) and len(line) == 2 and isinstance(line[0], str)
        if not pair:
            return Ran("pair", f"{line!r:.50} is no pair of a name and an operation")
        name, operation = line
        if not isinstance(operation, tuple) or operation[:1] not in ONE_SIGN:
            words = f"the line of {name} is {operation!r:.40}, which is no operation"
            return Ran("leaf" if isinstance(operation, (str, int, float)) else "none", words)
        for part in operation[1:]:
            if isinstance(part, tuple):
                words = f"the line of {name} has more than one operation: {written(operation):.60}"
                return Ran("more", words)
            if isinstance(part, str) and part not in known:
                return Ran("early", f"the line of {name} uses {part}, which has no line before it")
        if name in known:
            return Ran("twice", f"the name {name} is given twice")
        known[name] = last = value(operation, known)
    count = len(found)
    words = f"{count} line{'s' * (count != 1)}, and the last one is {brief(last)}"
    return Ran(("fine", count, last), words)


def lines_by_elf(formula):
    signs = {function: sign for sign, function in OPERATIONS.items()}
    assignments, _ = symbolic.cse([elf(formula)], most=0)
    leaf = lambda a: a.name if isinstance(a, symbolic.Expr) else a  # noqa: E731
    return [(name, (signs[e.rule.function], *map(leaf, e.args))) for name, e in assignments]


def liner(key=lambda formula: formula, early=False, leaves=False):
    """Lines for the parts of a formula, with a way to tell parts apart."""

    def lines(formula):
        found, names = [], {}

        def name_of(part):
            if not isinstance(part, tuple) and not leaves:
                return part
            if key(part) not in names:
                at = len(found)
                if early:
                    found.append(None)
                line = (part[0], *map(name_of, part[1:])) if isinstance(part, tuple) else part
                name = f"t{at if early else len(found)}"
                if early:
                    found[at] = name, line
                else:
                    found.append((name, line))
                names[key(part)] = name
            return names[key(part)]

        name_of(formula)
        return found

    return lines


def each_time(formula):
    """A line for each occurrence."""
    found = []

    def name_of(part):
        if not isinstance(part, tuple):
            return part
        line = (part[0], *map(name_of, part[1:]))
        found.append((f"t{len(found)}", line))
        return found[-1][0]

    name_of(formula)
    return found


def one_line(formula):
    return [("t0", formula)]


def whole_parts(formula):
    """A line for each different part, but written out in full."""
    different = dict.fromkeys(reversed(operations_in(formula)))
    return [(f"t{k}", part) for k, part in enumerate(different)]


def result_first(formula):
    return liner()(formula)[::-1]


NOT_X = "Only x moves: y stays where it is, and its slope by x is 0."
STILL = "A number stays what it is: its slope is 0."
NO_LEAVES = "Count operations: names and numbers cost nothing."
BUILDS = (
    "Your function makes a formula, and computes nothing: write tuples, not operations of Python."
)
COMPUTES = "The table makes formulas, and computes nothing: write tuples, not operations of Python."
OWN = "x by x: a step of x is a step of x. Its slope is 1."
AT_THE_PART = "Take the outer slope at the part itself, not at its derivative."
ONE_PART = "exp and log have one part: sign, *parts = formula takes any number."
PARAMETER = (
    'x is a parameter: it holds the name that the slope is asked by, and that may be "y". In '
    'quotation marks it is "x" for ever.'
)
BY_X = {
    "run": differentiated, "right": slope_by_elf, "show": str,
    "tell": lambda case: f"the derivative of {written(case[0])} by {case[1]}",
}  # fmt: skip
DEEPER = "A part may be an operation itself: your function has to call itself for it."

EXERCISES = [
    Exercise(
        "symbols.evaluate",
        cases=at_points,
        right=by_elf,
        run=evaluated,
        tell=lambda case: f"{case[0]!r:.200} at x = {case[1]['x']:g}, y = {case[1]['y']:g}",
        mistakes=(
            (evaluator(again=not_again), DEEPER),
            (evaluator(turned_parts), "The parts are in the wrong order: the first one stands on "
             "the left of - and /."),
            (evaluator(other_logarithm), "log is the natural logarithm here: math.log."),
            (evaluator(whole_division), "// gives whole numbers: a division is /."),
            (evaluator(leaf=lambda a, values: values[a]), "A leaf is a name or a number: a number "
             "is not in the table of values."),
            (evaluator(leaf=lambda a, values: a), "A leaf that is a name stands for a number: "
             "look it up in values."),
            (always_two, ONE_PART),
            (whole_numbers, "2.5 is a number as well: isinstance(formula, (int, float))."),
            (evaluator(leaf=lambda a, values: values["x"] if isinstance(a, str) else a), "There "
             "are more names than x: look up the one that stands there."),
            (first_and_second, ONE_PART),
            (evaluator(as_a_list), "You hand all the parts over in one list. The functions in "
             "OPERATIONS take them one by one: a star before the list does that."),
            (the_sign_too, "The sign is no part: it says what to compute. The parts begin after "
             "it."),
            (no_numbers, "A number is a formula too: it is worth itself, and has no parts."),
        ),
        hints=(
            "Three cases: a number, a name (isinstance(formula, str)), a tuple.",
            "For a tuple: sign, *parts = formula. Evaluate the parts first, then compute.",
            "OPERATIONS[sign](*[evaluate(part, values) for part in parts])",
        ),
        idea="A formula is data: three cases and a function that calls itself are an interpreter.",
        real=("elves/symbolic/__init__.py:evaluate",),
        answer="evaluate",
    ),
    Exercise(
        "symbols.slope",
        cases=by_names(grown(["+", "*"], first=("x", 3, "y", ("+", "x", "y"), ("*", "x", "y")))),
        mistakes=(
            (by_rule(lambda u, v, du, dv: ("*", du, dv)), "The slope of a product is not the "
             "product of the slopes: x * x would have the slope 1. Look at the two strips."),
            (by_rule(lambda u, v, du, dv: ("*", du, v)), "That is one of the two strips: the "
             "other side grows as well."),
            (by_rule(lambda u, v, du, dv: ("*", u, dv)), "That is one of the two strips: the "
             "other side grows as well."),
            (by_rule(lambda u, v, du, dv: ("+", ("*", du, u), ("*", dv, v))), "A strip along the "
             "side v is as long as v, and as wide as u grows."),
            (by_rule(lambda u, v, du, dv: ("+", du, dv)), "That is the rule of a sum. A product "
             "grows the faster the larger the other factor is."),
            (by_rule(lambda u, v, du, dv: ("+", u, v)), "u + v is right if both factors are x. "
             "They may be formulas: how fast does each of them grow?"),
            (by_rule(lambda u, v, du, dv: ("-", ("*", du, v), ("*", u, dv))), "Both strips are "
             "added: the minus is in the rule of a quotient."),
            (by_rule(lambda u, v, du, dv: ("+", ("*", du, dv), both(u, v, du, dv))), "The corner "
             "du * dv has two tiny sides: beside the strips it is nothing. Leave it out."),
            (by_rule(add=both), "That is the rule of a product, for sums too. A sum grows by what "
             "its parts grow."),
            (by_rule(other=1), NOT_X),
            (by_rule(number=1), STILL), (by_rule(number=KEPT), STILL),
            (by_rule(number=KEPT, other=KEPT), STILL), (by_rule(number=1, other=1), STILL),
            (by_rule(own=0), OWN), (by_rule(own=KEPT), OWN),
            (only_by_x(by_rule()), PARAMETER),
            (slope_not_again, DEEPER),
            (computing, BUILDS),
        ),
        hints=(
            "Leaves first: x itself, another name, a number. Then a sum, then a product.",
            "du and dv are the slopes of the parts, by a call of yourself. The strips have the "
            "areas du * v and u * dv.",
            '("+", ("*", du, v), ("*", u, dv)) is the slope of ("*", u, v).',
        ),
        idea="From a formula comes a formula: nothing was nudged, and nothing is rounded.",
        real=("sympy/core/mul.py:Mul._eval_derivative", "elves/symbolic/__init__.py:derivative"),
        answer="slope",
        **BY_X,
    ),
    Exercise(
        "symbols.table",
        cases=lambda random: ENTRIES,
        right={sign: slopes_of_elf(sign) for sign in OPERATIONS},
        run=entry,
        tell=lambda case: f"the slopes of {written((case[0], *case[1]))} by "
        f"{' and by '.join(map(written, case[1]))}, at x = 2, y = 3",
        show=lambda outcome: "; ".join(map(in_short, outcome)),
        mistakes=(
            (SLOPES | {"-": lambda u, v: (1, 1)}, "More of what is subtracted makes the result "
             "less."),
            (SLOPES | {"/": lambda u, v: (("/", 1, v), ("/", 1, u))}, "In u / v the two play "
             "different parts: what does v do to the result if it grows a little?"),
            (SLOPES | {"/": lambda u, v: (("/", 1, v), ("/", u, ("*", v, v)))}, "A larger v makes "
             "u / v smaller: the sign of the second slope."),
            (SLOPES | {"/": lambda u, v: (("/", 1, v), ("-", 0, ("/", u, v)))}, "The slope of "
             "1 / v is not -1 / v: at v = 10 a small step changes almost nothing."),
            (SLOPES | {"/": lambda u, v: (("/", 1, v), ("/", -1, ("*", v, v)))}, "The second one "
             "is the slope of 1 / v. Here u stands above: with more of it, v matters more."),
            (SLOPES | {"/": lambda u, v: SLOPES["/"](u, v)[::-1]}, "The two slopes have changed "
             "places: the one by u comes first."),
            (SLOPES | {"/": lambda u, v: (v, u)}, "That is the rule of u * v."),
            (SLOPES | {"exp": lambda u: (("*", u, ("exp", ("-", u, 1))),)}, "The power rule is "
             "for u ** 3. The slope of exp is exp itself."),
            (SLOPES | {"exp": lambda u: (u,)}, "The slope of exp is how high it is, not where it "
             "is."),
            (SLOPES | {"log": lambda u: (("/", 1, ("log", u)),)}, "The slope of log is 1 over its "
             "input, not over its output."),
            (SLOPES | {"log": lambda u: (("exp", u),)}, "exp undoes log; it is not its slope."),
            (SLOPES | {"/": lambda u, v: (1 / v, -u / v**2), "exp": lambda u: (math.exp(u),),
                       "log": lambda u: (1 / u,)}, COMPUTES),
            (SLOPES | {"/": lambda u, v: (1 / v, -u / v**2), "exp": lambda u: (math.e**u,),
                       "log": lambda u: (1 / u,)}, COMPUTES),
            (SLOPES | {"exp": lambda u: ("exp", u), "log": lambda u: ("/", 1, u)}, "An entry is a "
             "tuple of slopes, also if there is one: (slope,), with a comma."),
            (SLOPES | {"log": lambda u: (("log", u),)}, "Only exp is its own slope."),
        ),
        hints=(
            "Each entry gives a tuple: one slope for each part, as a formula of u and v.",
            "u - v: 1 and -1. u / v by u is 1 / v; by v it is negative, and v stands there twice.",
            'exp: (("exp", u),). log: (("/", 1, u),). By v: ("-", 0, ("/", u, ("*", v, v))).',
        ),
        idea="What an engine knows about calculus fits into a table: one line for each operation.",
        real=("sympy/functions/elementary/exponential.py:log.fdiff",
              "elves/core/kinds.py:Elementwise"),
        answer="slopes",
        kind="dict",
    ),
    Exercise(
        "symbols.derivative",
        cases=by_names(grown(ALL, first=("x", 3, "y", ("exp", "x"), ("exp", ("*", 2, "x"))))),
        mistakes=(
            (by_table(lambda slope, inner, part: slope), "Each slope is per change of the part. "
             "Multiply it by how much the part itself changes."),
            (by_table(lambda slope, inner, part: inner), "You add up the slopes of the parts: what "
             "the operation around them does is missing. It is in the table."),
            (by_table(first=True), "You stop at the first part: the others may contain x too."),
            (by_table(join="*"), "Each part adds its own change: add the terms."),
            (inside, "exp(u) does not have the slope exp(du): slope of the outside at u, times "
             "the slope of the inside."),
            (at_the_slope, AT_THE_PART),
            (by_table(lambda slope, inner, part: ("*", slope, part)), "You multiply by the part. "
             "What counts is how much the part grows."),
            (by_table(join="sign"), "The terms are always added, whatever the sign is: what is "
             "special about the sign is in the table."),
            (by_table(turn=-1), "Each slope belongs to its own part: the first one to the first."),
            (by_table(again=by_rule()), "For the parts you call slope of 2.2, which takes every "
             "sign for + or *: call derivative."),
            (by_table(other=1), NOT_X),
            (by_table(number=1), STILL), (by_table(number=KEPT), STILL),
            (by_table(number=KEPT, other=KEPT), STILL), (by_table(number=1, other=1), STILL),
            (only_by_x(by_table()), PARAMETER),
            (two_parts, ONE_PART),
            (no_leaf_but_x, "A number is a formula too, and so is another name: they have no "
             "parts, and stay where they are."),
            (summing, BUILDS),
            (always_at_the_slope, AT_THE_PART),
            (by_table(lambda slope, inner, part: ("+", slope, inner)), "The slope of the outside "
             "and that of the inside are multiplied: if the part grows twice as fast, so does the "
             "whole."),
            *[(of_some(signs.split()), "For some signs the answer is 0, as if nothing moved. Let "
               "the table give the slopes, and one rule holds for all the signs.")
              for signs in ("+ *", "+", "*", "+ -", "+ - *", "+ - * /", "+ * exp", "+ * exp log",
                            "+ - * / exp", "+ - * / log", "+ - * exp log")],
        ),
        hints=(
            "slopes[sign](*parts) gives one slope for each part. What is each one multiplied by?",
            "For each part: slope times derivative(part, x). Then add these terms up.",
            'terms = [("*", s, derivative(p, x)) for s, p in zip(slopes[sign](*parts), parts)]',
        ),
        idea="The chain rule once, and a table: a new function is one more line of the table.",
        real=("sympy/core/function.py:Function._eval_derivative",
              "elves/symbolic/__init__.py:derivative"),
        answer="derivative",
        **BY_X,
    ),
    Exercise(
        "symbols.simplify",
        cases=grown(["+", "*", "-", "/", "*", "+", "exp"],
                    leaves=("x", "x", "y", 0, 1, 1, 0, 2, 1.5),
                    first=("x", ("+", "x", 0), ("+", 0, "x"), ("-", "x", 0), ("-", 0, "x"),
                           ("*", 1, "x"), ("*", "x", 1), ("/", "x", 1), ("/", 1, "x"),
                           ("*", "x", 0), ("*", 0, "x"), ("/", 0, "x"), ("+", 1, 2),
                           ("*", 1.5, 2), ("*", 1.0, "x"), ("exp", 1.5))),
        right=elf,
        run=simplified,
        tell=lambda formula: f"simplify {written(formula)}",
        show=str,
        mistakes=(
            (top_alone, DEEPER),
            (from_the_top, "You look at an operation before its parts are simplified: a 0 that "
             "appears below comes too late. First the parts."),
            (simplifier("numbers"), "An operation of numbers alone is a number: compute it."),
            (simplifier("floats"), "1.5 is a number as well: isinstance(u, (int, float))."),
            (simplifier("zero"), "Nothing times anything is nothing: u * 0 is 0."),
            (simplifier("over"), "Nothing divided by anything is nothing: 0 / u is 0."),
            (simplifier(zero=lambda parts: next((p for p in parts if p != 0), 0)), "u * 0 is not "
             "u. That is u + 0, or u * 1."),
            (simplifier("one"), "Times 1 and divided by 1 change nothing: these can go."),
            (simplifier("sum"), "Plus 0 and minus 0 change nothing: these can go."),
            (simplifier("difference"), "0 - u is not u: its sign is the other one."),
            (simplifier("whole"), "1 / u is not u. Only u / 1 is."),
        ),
        hints=(
            "Leaves stay. For an operation: simplify its parts, then look at what you have.",
            "If all parts are numbers, evaluate((sign, *parts), {}) is the answer.",
            "Then one `if` for each rule: + with a 0, - with a 0 on its right, * with a 0, * with "
            "a 1, / with a 1 below or a 0 above.",
        ),
        idea="Most of a raw derivative is times 1 and plus 0: a dozen lines remove that.",
        real=("elves/symbolic/expr.py:folded",),
        answer="simplify",
    ),
    Exercise(
        "symbols.operations",
        cases=both_ways,
        right=counted_by_elf,
        tell=lambda case: f"{written(case[0])}, shared={case[1]}",
        mistakes=(
            (in_full, "With shared=True equal parts count once."),
            (always_shared, "With shared=False each part counts as often as it is written."),
            (with_leaves, NO_LEAVES), (leaves_in_full, NO_LEAVES), (leaves_alone, NO_LEAVES),
            (seen_for_ever, FROM_CALL_TO_CALL),
            (nothing, "Nothing is counted at all: an operation is 1, and then its parts come."),
            (side_by_side, "You look for equal parts within one operation. They may also be far "
             "from each other."),
            (by_identity, "Equal parts may be two objects: compare with ==, or use a set of the "
             "tuples themselves, not `is` or id."),
            (deep, "That is how deep it is nested: add up, do not take the largest."),
            (kinds, "You count the different signs: x * x and y * y are two operations."),
        ),
        hints=(
            "A list of all the tuples inside, the formula itself with them: how do you get it?",
            "In full: 1 + the sum over the parts. Leaves have 0.",
            "Shared: collect the tuples in a set; equal tuples are one entry of a set.",
        ),
        idea="Written out, a formula doubles with each product; shared, it grows by a few "
        "operations. That a derivative \"swells\" is a matter of how it is written down.",
        real=("elves/symbolic/expr.py:size",),
        answer="operations",
    ),
    Exercise(
        "symbols.lines",
        cases=with_repeats,
        right=lines_by_elf,
        run=ran,
        tell=lambda formula: f"the lines of {written(formula)}",
        show=str,
        mistakes=(
            (each_time, "Equal parts get a line each time: keep the names in a dict, by the "
             "part, and look there first."),
            (liner(key=id), "Equal parts may be two objects: tell them apart by ==, as a dict "
             "of the tuples does, not by `is` or id."),
            (liner(early=True), "A line stands before those that it needs: first the parts, then "
             "the line."),
            (result_first, "The result comes last, as in a program: your lines are turned round."),
            (one_line, "One operation for each line: put a name in the place of each part."),
            (whole_parts, "One operation for each line: put a name in the place of each part."),
            (liner(leaves=True), "Names and numbers need no line: they are there already."),
        ),
        hints=(
            "A function inside of yours gives the name of a part, and writes its line if needed.",
            "name_of(part): a leaf is its own name. A part that has a name: that name. Else the "
            "names of its parts, a new line, and a new name.",
            'names[part] = f"t{len(found)}"; found.append((names[part], (sign, *inner)))',
        ),
        idea="A formula whose parts have names is a program: that is what compilers do, and what "
        "a tape writes down by itself.",
        real=("elves/symbolic/sharing.py:cse",),
        answer="lines",
    ),
]  # fmt: skip

QUIZZES = {
    "symbols.product": [
        {
            "question": "A rectangle is u wide and v high. u grows by a little du, and v by dv. By "
            "how much does its area grow?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "du * dv", "correct": False,
                 "feedback": "That is the little corner alone, which hardly counts."},
                {"answer": "du * v + u * dv, and a tiny corner", "correct": True,
                 "feedback": "Yes: a strip along each side. The corner vanishes with the step."},
                {"answer": "du + dv", "correct": False,
                 "feedback": "The longer the other side, the larger the strip."},
            ],
        }
    ],
    "symbols.swell": [
        {
            "question": "y = x * x, then y = y * y, and again, ten times in all. How many "
            "multiplications has the formula of the result, written out?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "10", "correct": False,
                 "feedback": "So many are computed, if each part has a name. Written out, each y "
                 "stands there twice."},
                {"answer": "100", "correct": False,
                 "feedback": "Each step doubles what is there."},
                {"answer": "1,023", "correct": True,
                 "feedback": "Yes: doubled ten times. And only 10 if equal parts are shared."},
            ],
        }
    ],
    "symbols.loop": [
        {
            "question": "while x > 1: x = x / 2. What is the formula of the result?",
            "type": "multiple_choice",
            "answers": [
                {"answer": "x / 2", "correct": False,
                 "feedback": "For x = 8 the loop runs three times."},
                {"answer": "there is none, without knowing x", "correct": True,
                 "feedback": "Yes: how often it runs depends on the number. A formula has no "
                 "loops; that is what the next elves are for."},
                {"answer": "x / 2 ** n", "correct": False,
                 "feedback": "And what is n? It depends on x, by steps."},
            ],
        }
    ],
}  # fmt: skip

"""Exercise 2.3, table: its cases, a right answer, and wrong ones that are known by name."""

import math

from elves import symbolic
from elves.course.exercise import Exercise
from elves.course.symbols.formulas import OPERATIONS, POINTS, Worth, in_short, value, worth, written

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


COMPUTES = "The table makes formulas, and computes nothing: write tuples, not operations of Python."

EXERCISE = Exercise(
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
)  # fmt: skip

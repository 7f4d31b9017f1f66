"""Exercise 2.4, derivative: its cases, a right answer, and wrong ones that are known by name."""

import functools

from elves.course.exercise import Exercise
from elves.course.symbols.evaluate import ONE_PART
from elves.course.symbols.formulas import ALL, grown
from elves.course.symbols.slope import (
    BUILDS,
    BY_X,
    KEPT,
    NOT_X,
    PARAMETER,
    STILL,
    by_names,
    by_rule,
    leaf,
    only_by_x,
)
from elves.course.symbols.table import SLOPES


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


AT_THE_PART = "Take the outer slope at the part itself, not at its derivative."

EXERCISE = Exercise(
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
)  # fmt: skip

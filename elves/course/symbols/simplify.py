"""Exercise 2.5, simplify: its cases, a right answer, and wrong ones that are known by name."""

from elves.course.exercise import Exercise
from elves.course.symbols.evaluate import DEEPER
from elves.course.symbols.formulas import PLAIN, elf, grown, size, value, worth, written


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


EXERCISE = Exercise(
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
)  # fmt: skip

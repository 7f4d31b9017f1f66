"""Exercise 2.1, evaluate: its cases, a right answer, and wrong ones that are known by name."""

import math

import numpy as np

from elves import symbolic
from elves.course.exercise import Exercise
from elves.course.symbols.formulas import ALL, PLAIN, POINTS, elf, grown

LEAVES = "x", 3, 2.5


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


ONE_PART = "exp and log have one part: sign, *parts = formula takes any number."
DEEPER = "A part may be an operation itself: your function has to call itself for it."

EXERCISE = Exercise(
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
)  # fmt: skip

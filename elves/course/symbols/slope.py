"""Exercise 2.2, slope: its cases, a right answer, and wrong ones that are known by name."""

from elves.course.exercise import Exercise
from elves.course.symbols.evaluate import DEEPER
from elves.course.symbols.formulas import grown, is_tame, slope_by_elf, worth, written


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


NOT_X = "Only x moves: y stays where it is, and its slope by x is 0."
STILL = "A number stays what it is: its slope is 0."
BUILDS = (
    "Your function makes a formula, and computes nothing: write tuples, not operations of Python."
)
OWN = "x by x: a step of x is a step of x. Its slope is 1."
PARAMETER = (
    'x is a parameter: it holds the name that the slope is asked by, and that may be "y". In '
    'quotation marks it is "x" for ever.'
)
BY_X = {
    "run": differentiated, "right": slope_by_elf, "show": str,
    "tell": lambda case: f"the derivative of {written(case[0])} by {case[1]}",
}  # fmt: skip

EXERCISE = Exercise(
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
)  # fmt: skip

"""Exercise 3.7, arrays: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves import forward
from elves.course.duals.arithmetic import HALF, TANGENTS_TIMES
from elves.course.engine.rules import arrays, shapes_of
from elves.course.exercise import Exercise, brief
from elves.course.pictures import matrix

SHAPES = {
    np.multiply: [((), ()), ((2,), (2,)), ((2, 2), (2, 2)), ((2, 3), (3,))],
    np.tanh: [((),), ((3,),), ((2, 2),)],
    np.exp: [((),), ((3,),), ((2, 2),)],
    np.log: [((),), ((3,),), ((2, 2),)],
    np.matmul: [((1, 1), (1, 1)), ((2, 2), (2, 2)), ((2, 3), (3, 1)), ((1, 2), (2, 4))],
}


def calls(random):
    found = []
    for function, wanted in SHAPES.items():
        for shapes in wanted:
            found.append((function, arrays(random, *shapes), arrays(random, *shapes)))
    return sorted(found, key=lambda call: sum(map(np.size, call[1])))


def moved(rules, case):
    """The tangent of a call, by the rules."""
    function, values, tangents = case
    return np.asarray(rules[function](function(*values), *values, *tangents), float)


class Expected(dict):
    """The right rules: what the forward elf finds."""

    def __missing__(self, function):
        def rule(y, *both):
            n = len(both) // 2
            return forward.jvp(function, both[:n], both[n:])[1]

        return rule


def changed(**rules):
    return Expected({getattr(np, name): rule for name, rule in rules.items()})


FEW = 8  # numbers that a sentence can hold


def tell_call(case):
    function, values, tangents = case
    told = shapes_of(values)
    if sum(map(np.size, values)) <= FEW:
        numbers = zip("ab", values, tangents, strict=False)
        told = " and ".join(f"{n} = {brief(a)}, tangent {brief(da)}" for n, a, da in numbers)
    return f"np.{function.__name__}({', '.join('ab'[: len(values)])}) with {told}"


OF_TANH = "The slope of tanh is 1 - y², with its output y."
OF_EXP = "The slope of exp is its output y; the slope of log is 1 over its input x."
MATMUL_ORDER = "A product of matrices has an order: keep a on the left and b on the right."

EXERCISE = Exercise(
    "duals.arrays",
    cases=calls,
    right=Expected(),
    run=moved,
    tell=tell_call,
    draw=lambda case, want, got: matrix(want, got),
    mistakes=(
        (changed(multiply=lambda y, a, b, da, db: da * db,
                 matmul=lambda y, a, b, da, db: da @ db),
         TANGENTS_TIMES),
        (changed(matmul=lambda y, a, b, da, db: b @ da + db @ a), MATMUL_ORDER),
        (changed(matmul=lambda y, a, b, da, db: da * b + a * db),
         "That is the rule of a * b, entry by entry: here it is @."),
        (changed(multiply=lambda y, a, b, da, db: da * b,
                 matmul=lambda y, a, b, da, db: da @ b), HALF),
        (changed(exp=lambda y, x, dx: y, log=lambda y, x, dx: 1 / x,
                 tanh=lambda y, x, dx: 1 - y * y),
         "You forget the inner derivative: multiply each slope by dx."),
        (changed(tanh=lambda y, x, dx: (1 - x * x) * dx), OF_TANH),
        (changed(tanh=lambda y, x, dx: (1 - np.tanh(y) ** 2) * dx), OF_TANH),
        (changed(tanh=lambda y, x, dx: (1 - y) * dx), OF_TANH),
        (changed(tanh=lambda y, x, dx: 1 - y**2 * dx), "Python multiplies before it subtracts: "
         "put 1 - y² in brackets."),
        (changed(exp=lambda y, x, dx: x * dx, log=lambda y, x, dx: dx / y), OF_EXP),
        (changed(exp=lambda y, x, dx: dx), OF_EXP),
        (changed(exp=lambda y, x, dx: np.exp(dx), log=lambda y, x, dx: np.log(dx),
                 tanh=lambda y, x, dx: np.tanh(dx)),
         "A function of the tangent is no slope: the slope is taken at x, and multiplies dx."),
        (changed(multiply=lambda y, a, b, da, db: a * da + b * db,
                 matmul=lambda y, a, b, da, db: a @ da + b @ db),
         "Each tangent meets the other one's value: da with b, and a with db."),
        (changed(matmul=lambda y, a, b, da, db: da @ b + db @ a), MATMUL_ORDER),
        (changed(matmul=lambda y, a, b, da, db: da @ db), TANGENTS_TIMES),
        (changed(matmul=lambda y, a, b, da, db: da @ b), HALF),
        (changed(matmul=lambda y, a, b, da, db: a @ db), HALF),
        (changed(exp=lambda y, x, dx: np.exp(y) * dx), "y is the result already: exp of it is "
         "exp of exp."),
    ),
    hints=(
        "They are the rules from above: nothing changes, but that numbers are arrays now.",
        "For @ multiply (a + da ε) @ (b + db ε) out, without changing the order.",
        "matmul: da @ b + a @ db. tanh: (1 - y * y) * dx. exp: y * dx. log: dx / x.",
    ),
    idea="One rule for an array moves all of its entries: forward mode at NumPy's speed.",
    real=("autograd/core.py:def_linear", "elves/core/kinds.py:Elementwise"),
    answer="RULES",
    kind="dict",
)  # fmt: skip

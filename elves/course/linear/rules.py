"""Exercise 9.1, rules: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves import forward
from elves.course.engine.rules import arrays, draw
from elves.course.exercise import Exercise, brief
from elves.course.guard import Unfit
from elves.course.linear.program import RULES, stepped

WORDS = {
    np.multiply: "a * b",
    np.tanh: "np.tanh(a)",
    np.exp: "np.exp(a)",
    np.true_divide: "a / b",
    np.matmul: "a @ b",
}
ALONE = np.tanh, np.exp
SHAPES = [(), (2,), (2, 2)]
PRODUCTS = [((1, 1), (1, 1)), ((2, 2), (2, 2)), ((1, 2), (2, 3)), ((3, 2), (2, 1))]


def calls(random):
    for shape in SHAPES:
        for function in [*WORDS][:-1]:
            count = 1 if function in ALONE else 2
            yield function, arrays(random, *[shape] * count), arrays(random, *[shape] * count)
    for shapes in PRODUCTS:
        yield np.matmul, arrays(random, *shapes), arrays(random, *shapes)
    yield np.subtract, arrays(random, (2,), (2,)), arrays(random, (2,), (2,))  # it was there before


def moved(rules, case):
    """What each argument's tangent becomes in the result, by the step that a rule names."""
    function, values, tangents = case
    if not callable(rules[function]):
        raise Unfit(f"{brief(rules[function])} for {function.__name__}, which is no function")
    steps = rules[function](function(*values), *values)
    if not isinstance(steps, (list, tuple)) or any(isinstance(s, str) for s in steps):
        raise Unfit(f"{brief(steps)}, and not a list with a step for each argument")
    if len(steps) != len(values):
        raise Unfit(f"{len(steps)} in the list: asked is a step for each argument, {len(values)}")
    if any(step is None for step in steps):
        raise Unfit("None for an argument that moves: here each has a step")
    pairs = zip("ab", steps, tangents, strict=False)
    return [np.asarray(stepped(step, t, name), float) for name, step, t in pairs]


class Slope:
    """A constant that multiplies a tangent of one argument by the elf's derivative."""

    def __init__(self, function, values, k):
        self.function, self.values, self.k = function, tuple(values), k

    def __mul__(self, t):
        tangents = [t if i == self.k else 0 * v for i, v in enumerate(self.values)]
        return forward.jvp(self.function, self.values, tuple(tangents))[1]


class Expected(dict):
    """The right rules."""

    def __missing__(self, function):
        return lambda y, *values: [
            ("scale", Slope(function, values, k)) for k in range(len(values))
        ]


class Anew(Expected):
    """A table without the rules that were in it."""

    def __missing__(self, function):
        if function is np.subtract:
            raise KeyError(function)
        return RULES[function]


def changed(**rules):
    return Expected({getattr(np, name): rule for name, rule in rules.items()})


def tell_call(case):
    function, values, tangents = case
    told = [f"{n} = {brief(v)}, tangent {brief(t)}"
            for n, v, t in zip("ab", values, tangents, strict=False)]  # fmt: skip
    return f"{WORDS.get(function, 'a - b')} with {' and '.join(told)}"


def show_parts(outcome):
    return "; ".join(f"from {n} {brief(t)}" for n, t in zip("ab", outcome, strict=False))


OF_THE_OTHER = "The tangent of a is multiplied by the value of b, and that of b by the value of a."
OF_EXP = "The slope of exp is exp(a) itself, which is there already: the result y."
ALREADY = "y is the result already: the function is applied to it a second time."
ORDER = (
    "A product of matrices has an order: with the tangent in the place of a, b stands on its "
    "right; with the tangent in the place of b, a stands on its left."
)
NO_TURN = (
    "Nothing is turned on the way forward: put the tangent of a in the place of a, and the "
    "product stays as it is. b.T belongs to the way back."
)

EXERCISE = Exercise(
    "linear.rules",
    cases=calls,
    right=Expected(),
    run=moved,
    tell=tell_call,
    show=show_parts,
    draw=lambda case, want, got: draw(case, want, got),
    mistakes=(
        (changed(multiply=lambda y, a, b: [("scale", a), ("scale", b)]), OF_THE_OTHER),
        (changed(multiply=lambda y, a, b: [("scale", 1.0), ("scale", 1.0)]), OF_THE_OTHER),
        (changed(multiply=lambda y, a, b: [("scale", y), ("scale", y)]), OF_THE_OTHER),
        (changed(tanh=lambda y, a: [("scale", 1 - a * a)]),
         "The slope of tanh is 1 - y², with its output y."),
        (changed(tanh=lambda y, a: [("scale", 1 - np.tanh(y) ** 2)]), ALREADY),
        (changed(exp=lambda y, a: [("scale", a)]), OF_EXP),
        (changed(exp=lambda y, a: [("scale", np.exp(y))]), ALREADY),
        (changed(exp=lambda y, a: [("scale", a * np.exp(a - 1))]), OF_EXP),
        (changed(true_divide=lambda y, a, b: [("scale", 1 / b), ("scale", y / b)]),
         "The more b there is, the less a / b is: the step of b has a minus."),
        (changed(true_divide=lambda y, a, b: [("scale", 1 / b), ("scale", -1 / b**2)]),
         "That is the slope of 1 / b by b. Here a stands above: the larger a, the more b counts."),
        (changed(true_divide=lambda y, a, b: [("scale", 1 / b), ("scale", -a / b)]),
         "The slope of 1 / b by b is -1 / b²: b stands below the line twice."),
        (changed(true_divide=lambda y, a, b: [("scale", b), ("scale", a)]),
         "Those are the steps of a product: the slope of a / b by a is 1 / b."),
        (changed(matmul=lambda y, a, b: [("left", b), ("right", a)]), ORDER),
        (changed(matmul=lambda y, a, b: [("left", a), ("right", b)]), ORDER),
        (changed(matmul=lambda y, a, b: [("right", b.T), ("left", a.T)]), NO_TURN),
        (changed(matmul=lambda y, a, b: [("left", b.T), ("right", a.T)]), NO_TURN),
        (changed(matmul=lambda y, a, b: [("scale", b), ("scale", a)]),
         "scale multiplies entry by entry: for @ there are left and right."),
        (Anew(), "Your cell makes RULES anew, and what was in it is gone: add to it, by "
         "RULES[np.tanh] = …"),
    ),
    wants="a dict whose rules return a list, with a step (name, constant) for each argument",
    hints=(
        "For each argument ask: if its tangent is t, what is the tangent of the result? It is "
        "something times t: that something is the constant.",
        "a * b: scale by b, scale by a. a / b: 1 / b and -y / b. tanh: 1 - y². exp: y. In a @ b "
        "the tangent of a has b on its right.",
        'RULES[np.tanh] = lambda y, a: [("scale", 1 - y * y)]; for matmul [("right", b), '
        '("left", a)]',
    ),
    idea="However curved a function is, its derivative at a point is linear in the tangents: so "
    "a name and a constant are enough to write it down.",
    real=("jax/_src/lax/lax.py:@ad.defjvp2(exp_p", "elves/core/kinds.py:Elementwise"),
    answer="RULES",
    kind="dict",
)  # fmt: skip

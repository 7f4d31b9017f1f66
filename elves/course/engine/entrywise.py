"""Exercise 6.2, entrywise: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves.course.engine.rules import (
    A_LIST,
    RULE,
    SLOPES_ALONE,
    WORDS,
    Expected,
    arrays,
    case,
    changed,
    shapes_of,
    undone,
)
from elves.course.exercise import Exercise

SHAPES = [((), ()), ((2,), (2,)), ((2, 3), (2, 3)), ((2, 3), (3,)), ((3,), (2, 1)), ((2, 3), ())]


def entrywise(random):
    for shapes in SHAPES:
        a, b = arrays(random, *shapes)
        for function, words in WORDS.items():
            args = (a, b) if function is np.true_divide else (a,)
            yield case(f"{words} with {shapes_of(args)}", function, args)
    yield case(f"a - b with {shapes_of((a, b))}", np.subtract, (a, b))  # which was there before


class OnlyNew(Expected):
    """A table that was made anew, without the rules that were in it."""

    def __missing__(self, function):
        if function in (np.add, np.subtract, np.multiply, np.negative):
            raise KeyError(function)
        return super().__missing__(function)


def slopes_alone(**more):
    return changed(exp=lambda g, y, x: [y], log=lambda g, y, x: [1 / x],
                   tanh=lambda g, y, x: [1 - y * y], **more)  # fmt: skip


RESULT_ALREADY = "y is the result already: the function is applied to it a second time."

EXERCISE = Exercise(
    "engine.entrywise",
    cases=entrywise,
    mistakes=(
        (changed(tanh=lambda g, y, x: [g * (1 - x * x)]),
         "The slope of tanh is 1 - y², with its output y."),
        (changed(exp=lambda g, y, x: [g * x], log=lambda g, y, x: [g / y]),
         "The slope of exp is its output y; the slope of log is 1 over its input x."),
        (slopes_alone(), SLOPES_ALONE),
        (changed(divide=lambda g, y, a, b: [undone(g / b, a), undone(g * a / b**2, b)]),
         "The more b there is, the less a / b is: its slope by b is negative, -a / b²."),
        (changed(divide=lambda g, y, a, b: [g / b, -g * y / b]),
         "a / b broadcasts: use undo, so that each cotangent has the shape of its argument."),
        (changed(divide=lambda g, y, a, b: [undone(g * b, a), undone(g * a, b)]),
         "Those are the slopes of a product: a / b by a is 1 / b."),
        (slopes_alone(divide=lambda g, y, a, b: [undone(1 / b + 0 * g, a),
                                                 undone(-a / b**2 + 0 * g, b)]), SLOPES_ALONE),
        (OnlyNew(), "Your cell makes RULES anew, and what was in it is gone: add to it, by "
         "RULES[np.tanh] = …"),
        (changed(divide=lambda g, y, a, b: [undone(-g * a / b**2, b), undone(g / b, a)]),
         "First the cotangent of a, then that of b."),
        (changed(tanh=lambda g, y, x: g * (1 - y * y), exp=lambda g, y, x: g * y,
                 log=lambda g, y, x: g / x), A_LIST),
        (changed(exp=lambda g, y, x: [g * np.exp(y)]), RESULT_ALREADY),
        (changed(tanh=lambda g, y, x: [g * (1 - np.tanh(y) ** 2)]), RESULT_ALREADY),
        (changed(exp=lambda g, y, x: [g * x * np.exp(x - 1)]), "The power rule is for x**3. "
         "The slope of exp is exp itself."),
        (changed(divide=lambda g, y, a, b: [undone(g / b, a), undone(-g / b**2, b)]), "The "
         "second one is the slope of 1 / b. Here a stands above: with more of it, b matters "
         "more."),
    ),
    hints=(
        "One at a time: what is the slope of a / b by a? And by b?",
        "a / b: 1 / b and -y / b. tanh: 1 - y². exp: y. log: 1 / x. Each times g.",
        "RULES[np.exp] = lambda g, y, x: [g * y]; in divide, put undo(…, np.shape(a)) around.",
    ),
    idea="Four lines, and NumPy's program became differentiable: the engine never changes.",
    real=("autograd/numpy/numpy_vjps.py:@defvjp(anp.exp", "elves/core/kinds.py:Elementwise"),
    **RULE,
)  # fmt: skip

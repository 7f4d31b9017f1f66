"""Exercise 4.6, functions: its cases, a right answer, and wrong ones that are known by name."""

import math

from elves.course.exercise import Exercise, brief
from elves.course.guard import Unfit
from elves.course.tape.numbers import Bare
from elves.course.tape.programs import Node
from elves.course.tape.record import as_number, pairs, said


def of_function(answer, case):
    """The value and the slope of a function of one node."""
    name, x = case
    if name not in answer:
        raise Unfit(f"a dict without {name!r}")
    if not callable(answer[name]):
        raise Unfit(f"{said(answer[name])} for {name!r}, which is no function")
    y = answer[name](answer.get("Number", Node)(x))
    found = as_number(getattr(y, "value", y), "the value"), [slope for _, slope in pairs(y)]
    return *found, float((1 - y * 2).value)  # as the end of the lab does


def functions(exp, tanh, log):
    """Functions of a node, from the slope that each has at the input x with the output y."""
    slopes = {"exp": (math.exp, exp), "tanh": (math.tanh, tanh), "log": (math.log, log)}

    def make(f, slope):
        return lambda x: Node(y := f(x.value), [(x, slope(x.value, y))])

    return {name: make(*pair) for name, pair in slopes.items()}


def bare():
    """Functions whose results are nodes that know no plain numbers."""
    made = functions(*RIGHT)
    return {n: lambda x, f=f: Bare((y := f(x)).value, y.parents) for n, f in made.items()}


def no_parents():
    made = {"exp": math.exp, "tanh": math.tanh, "log": math.log}
    return {name: lambda x, f=f: Node(f(x.value)) for name, f in made.items()}


RIGHT = lambda x, y: y, lambda x, y: 1 - y * y, lambda x, y: 1 / x

EXERCISE = Exercise(
    "tape.functions",
    cases=lambda random: [(name, x) for x in (1.0, 0.5, 2.0, 3.0)
                          for name in ("exp", "tanh", "log")],
    right=functions(*RIGHT),
    run=of_function,
    tell=lambda case: f"{case[0]} of a node with the value {case[1]:g}",
    show=lambda outcome: f"value {brief(outcome[0])}, slopes {brief(outcome[1])}",
    wants='a dict of three functions, "exp", "tanh" and "log", each of which gives a Number',
    mistakes=(
        (functions(lambda x, y: x * math.exp(x - 1), *RIGHT[1:]),
         "The power rule is for x**3. The slope of exp is exp itself: that is what it is for."),
        (functions(lambda x, y: 1.0, lambda x, y: 1.0, lambda x, y: 1.0),
         "A slope of 1 everywhere would be a straight line: these functions bend."),
        (functions(RIGHT[0], lambda x, y: 1 - x * x, RIGHT[2]),
         "The slope of tanh is 1 - y², with its output y: not 1 - x²."),
        (functions(*RIGHT[:2], lambda x, y: 1 / y if y else math.inf),
         "The slope of log is 1 / x, by its input: not by its output."),
        (functions(lambda x, y: x, lambda x, y: 1 - y * y, RIGHT[2]),
         "The slope of exp is its output y, not its input x."),
        (no_parents(), "Your results have no parents: nobody will be paid."),
        (bare(), "Your results know no plain numbers, as in 1 - y: make Numbers, not Nodes."),
    ),
    hints=(
        "Each one is: compute y, return Node(y, ((x, slope),)).",
        "Two of the slopes are easier by the output y than by the input.",
        "exp: y. tanh: 1 - y * y. log: 1 / x.value.",
    ),
    idea="A rule is one line: the function, and its slope. A few dozen of them are a library.",
    real=("autograd/numpy/numpy_vjps.py:@defvjp(anp.exp", "elves/core/kinds.py:Elementwise"),
    answer="functions",
    kind="dict",
)  # fmt: skip

"""Exercise 4.7, grad: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves.course.exercise import Exercise, brief
from elves.course.guard import Unfit
from elves.course.tape.backward import backward
from elves.course.tape.numbers import Bare
from elves.course.tape.programs import NAMES, Node
from elves.course.tape.record import as_number


def slopes_of(answer, case):
    """The gradient of a small function at a point, and at another one, as people do."""
    words, point = case
    slope = answer(eval(f"lambda {', '.join(NAMES[: len(point)])}: {words}", {}))
    return [numbers(slope(*p)) for p in (point, [x + 1 for x in point])]


def numbers(found):
    """A gradient as a list; one number alone is a list of one."""
    if isinstance(found, dict) or callable(found):
        raise Unfit(f"a {type(found).__name__}, which is no list")
    found = list(found) if isinstance(found, (list, tuple, np.ndarray)) else [found]
    return [as_number(g, "a slope") for g in found]


def grad(f):
    def slope(*point):
        inputs = [Node(x) for x in point]
        out = f(*inputs)
        if isinstance(out, Node):
            backward(out)
        return [n.grad for n in inputs]

    return slope


def grad_of_the_first(f):
    return lambda *point: grad(f)(*point)[:1]


def grad_that_remembers(f):
    kept = []

    def slope(*point):
        kept[:] = kept or [Node(x) for x in point]
        backward(f(*kept))
        return [n.grad for n in kept]

    return slope


def grad_of_the_value(f):
    return lambda *point: [f(*point)] * len(point)


def grad_without_backward(f):
    return lambda *point: [0.0 for _ in point]


def grad_of_nodes(f):
    def slope(*point):
        inputs = [Bare(x) for x in point]
        backward(f(*inputs))
        return [n.grad for n in inputs]

    return slope


def grad_by_steps(f, h=1e-5):
    """Central differences: near the slopes, and worse the larger the numbers are."""

    def slope(*point):
        def moved(k, by):
            return f(*(Node(x + by * (k == j)) for j, x in enumerate(point))).value

        return [(moved(k, h) - moved(k, -h)) / (2 * h) for k in range(len(point))]

    return slope


WORDS = (
    "a * a",
    "a + a * a",
    "a * b",
    "a * b + a",
    "a * b * c + b",
    "(a + b) * (a + c) * a",
    "b * b",
    "2 * a * b - 1",
    "(a + 1000) * (a + 1000) * a * b",
)
POINTS = [(w, tuple(1.5 + 0.5 * k for k in range(1 + max(map(NAMES.index, set(w) & set("abc"))))))
          for w in WORDS]  # fmt: skip

EXERCISE = Exercise(
    "tape.grad",
    cases=lambda random: POINTS,
    tolerance=1e-12,  # of differences, ten digits are right
    right=grad,
    run=slopes_of,
    tell=lambda case: f"the gradient of {case[0]} at {brief(case[1])}, then with 1 more each",
    wants="a function that gives a function; that one gives the list of slopes",
    mistakes=(
        (grad_of_the_first, "Your gradient has one entry: there is one for each argument."),
        (grad_that_remembers, "The second call works on the nodes of the first: make fresh "
         "ones in each call."),
        (grad_of_the_value, "That is the value of f, not its slopes: walk back, then read "
         "the inputs' grad."),
        (grad_without_backward, "All slopes are 0: did you call backward on the result?"),
        (grad_of_nodes, "Your inputs know no plain numbers, as in 2 * a: make Numbers of them, "
         "not Nodes."),
        (grad_by_steps, "Near, but that is lab 1: differences. Your tape gives the slopes to "
         "the last digit."),
    ),
    hints=(
        "grad(f) returns a function. That one gets numbers, and makes nodes of them.",
        "Call f on the nodes, call backward on what it returns, read each input's grad.",
        "inputs = [Node(x) for x in point] begins it, [n.grad for n in inputs] ends it.",
    ),
    idea="grad takes a function and returns a function, so a user never sees the tape.",
    real=("autograd/differential_operators.py:grad", "elves/reverse.py:value_and_grad"),
    answer="grad",
)  # fmt: skip

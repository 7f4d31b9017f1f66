"""Rules that pay cotangents back, and arrays to try them: what exercises of lab 6 share."""

import operator

import numpy as np

from elves import reverse
from elves.course.exercise import brief
from elves.course.guard import Unfit
from elves.course.pictures import matrix


def arrays(random, *shapes):
    """Arrays of small numbers with two decimals, none of them 0."""
    rng = np.random.default_rng(random.randrange(2**32))
    return [np.round(rng.uniform(0.2, 2.0, shape), 2) for shape in shapes]


def paid(rules, case):
    """The cotangents that a rule pays for a seed in the shape of the result."""
    _, function, args, options, seed = case
    y = function(*args, **options)
    g = (
        np.reshape(np.resize([1.0, 0.5, -2.0, 3.0], np.size(y)), np.shape(y))
        if seed
        else np.ones(np.shape(y))
    )
    found = rules[function](g, y, *args, **options)
    if not isinstance(found, (list, tuple)):
        raise Unfit(f"{brief(found)}, and not a list with a cotangent for each argument")
    return [None if a is None else np.asarray(a, float) for a in found]


def case(words, function, args, options=None, seed=True):
    return words, function, args, options or {}, seed


class Expected(dict):
    """The right rules: what the reverse elf pays."""

    def __missing__(self, function):
        def rule(g, y, *args, **options):
            floats = [np.asarray(a) for a in args if getattr(a, "dtype", np.dtype(int)).kind == "f"]
            many = function is operator.getitem

            def run(*xs):
                return function(*xs, *args[1:], **options) if many else function(*xs, **options)

            _, pull = reverse.vjp(run, *(floats[:1] if many else floats))
            found = list(pull(g))
            return [*found, None] if many else found

        return rule


RIGHT = Expected()
WORDS = {np.true_divide: "a / b", np.tanh: "np.tanh(a)", np.exp: "np.exp(a)", np.log: "np.log(a)"}


def shapes_of(args):
    return " and ".join(f"{n} of shape {np.shape(a)}" for n, a in zip("ab", args, strict=False))


def changed(**rules):
    """The right rules, but for some: by the name of the function."""
    return Expected({getattr(np, name): rule for name, rule in rules.items()})


def undone(g, x):
    if np.shape(g) == np.shape(x):
        return g
    return reverse.vjp(lambda x: x + np.zeros(np.shape(g)), np.asarray(x, float))[1](np.asarray(g))[
        0
    ]


def spread(g, x, axis=None, keepdims=False):
    return np.broadcast_to(g if axis is None or keepdims else np.expand_dims(g, axis), x.shape)


def overwritten(g, y, x, index):
    out = np.zeros(np.shape(x))
    out[index] = g
    return [out, None]


def tell(case):
    return case[0]


def show(outcome):
    words = [f"array of shape {a.shape}: {brief(a)}" if a is not None and a.size > 1 else brief(a)
             for a in outcome]  # fmt: skip
    return "; ".join(words)


def draw(case, want, got):
    """The first array that is wrong, with the wrong entries in red."""
    for a, b in zip(want, got, strict=False):
        if a is not None and b is not None and np.shape(a) == np.shape(b) and not np.allclose(a, b):
            return matrix(a, b)
    return None


SLOPES_ALONE = "You return the slope alone: multiply it by g, what came back to this node."
A_LIST = "A rule returns a list, with a cotangent for each argument: for one argument, [ … ]."
RULE = {"wants": "a dict whose rules return a list, with a cotangent for each argument",
        "run": paid, "tell": tell, "show": show, "draw": draw, "right": RIGHT, "kind": "dict",
        "answer": "RULES"}  # fmt: skip

"""Exercise 9.5, transpose: its cases, a right answer, and wrong ones that are known by name."""

import types
from collections.abc import Iterator

import numpy as np

from elves.course.engine.rules import arrays
from elves.course.exercise import Exercise, brief
from elves.course.guard import Unfit
from elves.course.linear.program import STEPS, TRANSPOSES, listed, looked_at, run, transpose

A, B = np.array([[2.0, 1.0, 0.5], [1.0, -1.0, 3.0]]), np.array([[1.0, 2.0], [0.0, 1.0], [3.0, 1.0]])
PROGRAMS = [  # lines, the shape of each input, and that of each result whose cotangent is given
    ([("b", "scale", 2.0, "a")], {"a": ()}, {"b": ()}),
    ([("b", "scale", 2.0, "a"), ("c", "scale", 3.0, "b")], {"a": ()}, {"c": ()}),
    ([("c", "scale", 2.0, "a"), ("c", "scale", 5.0, "b")], {"a": (), "b": ()}, {"c": ()}),
    ([("b", "scale", 2.0, "a"), ("b", "scale", 5.0, "a")], {"a": ()}, {"b": ()}),
    ([("b", "scale", 2.0, "a"), ("c", "scale", 3.0, "a"), ("c", "scale", 4.0, "b")],
     {"a": ()}, {"c": ()}),
    ([("z", "scale", 4.0, "a"), ("z", "scale", 3.0, "b"), ("y", "scale", 1.0, "z"),
      ("y", "scale", 1.0, "a")], {"a": (), "b": ()}, {"y": ()}),
    ([("b", "scale", 2.0, "a"), ("u", "scale", 7.0, "a")], {"a": ()}, {"b": ()}),
    ([("b", "scale", 2.0, "a"), ("c", "scale", 3.0, "b")], {"a": ()}, {"b": (), "c": ()}),
    ([("b", "left", A, "a")], {"a": (3, 1)}, {"b": (2, 1)}),
    ([("b", "spread", ((), (2,)), "a"), ("c", "scale", np.array([2.0, 3.0]), "b"),
      ("d", "sum", ((2,), ()), "c"), ("d", "scale", 0.5, "a")], {"a": ()}, {"d": ()}),
    ([("h", "right", B, "x"), ("k", "left", A, "h"), ("k", "pick", (slice(0, 2), (3, 2)), "h")],
     {"x": (3, 3)}, {"k": (2, 2)}),
    ([("b", "pick", (np.array([1, 1, 2]), (3,)), "a"), ("c", "reshape", ((3,), (3, 1)), "b"),
      ("d", "turn", None, "c")], {"a": (3,)}, {"d": (1, 3)}),
]  # fmt: skip


def programs(random):
    for lines, inputs, results in PROGRAMS:
        yield lines, inputs, dict(zip(results, arrays(random, *results.values()), strict=True))


def pulled(answer, case):
    """The cotangents of the inputs, by the program that an answer gives."""
    lines, inputs, seeds = case
    try:
        found = answer(lines)
    except KeyError as error:
        if error.args and error.args[0] in [*STEPS]:
            raise Unfit(f"no transpose of {error.args[0]} yet: 9.4 writes it") from None
        raise
    if isinstance(found, types.GeneratorType):
        return found
    if isinstance(found, Iterator):
        raise Unfit("an iterator, which is empty after one run: list(…) makes a list of it")
    if not len(looked_at(found)):
        raise Unfit("no lines at all")
    found = run(found, seeds)
    return {name: shaped(found.get(name), shape) for name, shape in inputs.items()}


def shaped(t, shape):
    return np.zeros(shape) if t is None else np.asarray(t, float)


def mended(change):
    """A transpose that is right but for what `change` makes of a line: (out, step, c, source)."""
    return lambda lines: [change(*line) for line in lines[::-1]]


def in_order(lines):
    return transpose(lines)[::-1]


def last_of_each(lines):
    """One line for each name that is paid: the one that was written last."""
    return list({line[0]: line for line in transpose(lines)}.values())


def first_of_each(lines):
    return [*{line[0]: line for line in transpose(lines)[::-1]}.values()][::-1]


def last_out(lines):
    """One line for each name that pays."""
    return list({line[3]: line for line in transpose(lines)}.values())


def not_turned(out, step, constant, source):
    return (source, step, constant, out)


def not_swapped(out, step, constant, source):
    return (out, *TRANSPOSES[step](constant), source)


NOT_TURNED = "Each step has its own transpose: TRANSPOSES knows it, and its constant."
NOT_SWAPPED = "out and source change places: what a name brought to another one, it gets back."
ONLY_ONE = (
    "Only one line comes back: does the return stand in the loop, or is the list made anew there?"
)
ORDER = (
    "The lines stand in the old order, so a name pays on before all have paid in: the last line "
    "comes first."
)

EXERCISE = Exercise(
    "linear.transpose",
    cases=programs,
    right=transpose,
    run=pulled,
    tell=lambda case: f"{listed(case[0])}; from the cotangents {brief(case[2])}",
    mistakes=(
        (in_order, ORDER),
        (mended(not_turned), NOT_TURNED),
        (mended(not_swapped), NOT_SWAPPED),
        (lambda lines: lines[::-1], NOT_SWAPPED),
        (lambda lines: [not_turned(*line) for line in lines], ORDER),
        (lambda lines: [not_swapped(*line) for line in lines], NOT_SWAPPED),
        (lambda lines: lines, NOT_SWAPPED),
        (last_of_each, "A name that was read twice has two lines now, and both pay: keep each "
         "line."),
        (first_of_each, "A name that was read twice has two lines now, and both pay: keep each "
         "line."),
        (lambda lines: transpose(lines)[:1], ONLY_ONE),
        (lambda lines: transpose(lines)[-1:], ONLY_ONE),
        (mended(lambda out, step, c, source: (source, TRANSPOSES[step], c, out)),
         "TRANSPOSES[step] is a function: called with the constant, it gives the new pair."),
        (mended(lambda out, step, c, source: (source, c, step, out)), "Only the two names change "
         "places: step and constant keep theirs in the middle of the line."),
        (last_out, "A name into which two lines went pays along both: keep each line."),
        (mended(lambda out, step, c, source: (source, TRANSPOSES[step](c), out)),
         "TRANSPOSES gives a pair: its two parts are two parts of the line."),
        (mended(lambda out, step, c, source: (source, TRANSPOSES[step](c)[0], c, out)),
         "The constant is turned over as well: take both parts of the pair."),
        (mended(lambda out, step, c, source: (source, step, TRANSPOSES[step](c)[1], out)),
         "The step itself changes as well, spread becomes sum: take both parts of the pair."),
    ),
    wants="a list of lines (out, step, constant, source)",
    hints=(
        "Transpose a single line first: which way does it go now, and with which step?",
        "(source, *TRANSPOSES[step](constant), out). And which line comes first on the way back?",
        "[(source, *TRANSPOSES[step](c), out) for out, step, c, source in reversed(lines)]",
    ),
    idea="That is reverse mode: no rule of calculus in it. A name that two lines read is now "
    "written by two, so its payments add up.",
    real=("jax/_src/interpreters/ad.py:backward_pass3@for eqn in lin_eqns[::-1]",
          "elves/tracing/transposing.py:back"),
    answer="transpose",
)  # fmt: skip

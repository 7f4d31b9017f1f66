"""Exercise 9.3, run: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves.course.engine.rules import arrays
from elves.course.exercise import Exercise, brief
from elves.course.guard import Unfit
from elves.course.kinds import a
from elves.course.linear.program import STEPS, listed, run

TWO = np.array([[2.0, 0.5], [1.0, -1.0]])
PROGRAMS = [  # lines, and the shape of each name that is known
    ([("b", "scale", 2.0, "a")], {"a": ()}),
    ([("b", "scale", 2.0, "a"), ("c", "scale", -3.0, "b")], {"a": ()}),
    ([("c", "scale", 2.0, "a"), ("c", "scale", 5.0, "b")], {"a": (), "b": ()}),
    ([("c", "scale", 2.0, "a"), ("c", "scale", 5.0, "b")], {"a": ()}),
    ([("b", "scale", 3.0, "a"), ("b", "scale", 4.0, "a")], {"a": (2,)}),
    ([("b", "scale", 2.0, "a")], {"a": (), "b": ()}),
    ([("b", "turn", None, "a"), ("b", "scale", 2.0, "a"), ("c", "left", TWO, "a")], {"a": (2, 2)}),
    ([("b", "spread", ((), (2,)), "a"), ("b", "scale", 2.0, "c")], {"a": (), "c": (2,)}),
    ([("b", "left", TWO, "x"), ("c", "scale", 3.0, "a"), ("c", "sum", ((2,), ()), "b")],
     {"a": ()}),
    ([("h", "left", TWO, "a"), ("h", "right", TWO, "b"), ("y", "scale", 0.5, "h"),
      ("y", "turn", None, "h")], {"a": (2, 2), "b": (2, 2)}),
    ([], {"a": (2,)}),
]  # fmt: skip


def programs(random):
    for lines, shapes in PROGRAMS:
        yield lines, dict(zip(shapes, arrays(random, *shapes.values()), strict=True))


def followed(answer, case):
    """The tangents that an answer finds, for all names; 0 where there is none."""
    lines, known = case
    try:
        found = answer(lines, known)
    except KeyError as error:
        if error.args and (not isinstance(error.args[0], str) or error.args[0] in STEPS):
            words = "a line is (out, step, constant, source)"
            raise Unfit(f"{brief(error.args[0])} where a name belongs: {words}") from None
        raise
    if not hasattr(found, "keys"):
        raise Unfit(f"{a(found)}, and not a dict from names to tangents")
    names = [*known, *(name for line in lines for name in (line[3], line[0]))]
    return {name: tangent(found.get(name, 0.0), name) for name in dict.fromkeys(names)}


def tangent(t, name):
    if t is None:
        raise Unfit(f"None for {name}, which is no array of numbers")
    try:
        t = np.asarray(t, float)
    except (TypeError, ValueError):
        raise Unfit(f"{brief(t)} for {name}, which is no array of numbers") from None
    return t if np.any(t) else np.zeros(())


def overwrites(lines, known):
    found = dict(known)
    for out, step, constant, source in lines:
        if source in found:
            found[out] = STEPS[step](found[source], constant)
    return found


def exact(lines, known):
    found = dict(known)
    for out, step, constant, source in lines:
        t = STEPS[step](found[source], constant)
        found[out] = found[out] + t if out in found else t
    return found


def zero_for_unknown(lines, known):
    found = dict(known)
    for out, step, constant, source in lines:
        found[out] = found.get(out, 0.0) + STEPS[step](found.get(source, 0.0), constant)
    return found


def adds_to_nothing(lines, known):
    found = dict(known)
    for out, step, constant, source in lines:
        found[out] = found[out] + STEPS[step](found[source], constant)
    return found


def adds_the_first_alone(lines, known):
    found = dict(known)
    for out, step, constant, source in lines:
        if source in found:
            t = STEPS[step](found[source], constant)
            found[out] = t if out in found else found[out] + t
    return found


def stops_at_unknown(lines, known):
    found = dict(known)
    for line in lines:
        if line[3] not in found:
            break
        found = run([line], found)
    return found


def from_known(lines, known):
    found = dict(known)
    for out, step, constant, source in lines:
        found[out] = found.get(out, 0.0) + STEPS[step](known[source], constant)
    return found


def in_place(lines, known):
    found = dict(known)
    for out, step, constant, source in lines:
        if source in found:
            t = STEPS[step](found[source], constant)
            if out in found:
                found[out] += t
            else:
                found[out] = t
    return found


def wipes_out(lines, known):
    found = dict(known)
    for out, step, constant, source in lines:
        if source in found:
            t = STEPS[step](found[source], constant)
            found[out] = found[out] + t if out in found else t
        else:
            found[out] = 0.0
    return found


def wipes_out_and_replaces(lines, known):
    found = dict(known)
    for out, step, constant, source in lines:
        found[out] = STEPS[step](found[source], constant) if source in found else 0.0
    return found


def only_new(lines, known):
    found = run(lines, known)
    return {name: t for name, t in found.items() if name not in known}


def begun_at_zero(lines, known):
    return run(lines, {name: t for name, t in known.items() if not any(
        name == line[0] for line in lines)})  # fmt: skip


def exchanged(lines, known):
    found = dict(known)
    for out, step, constant, source in lines:
        if source in found:
            found[out] = found.get(out, 0.0) + STEPS[step](constant, found[source])
    return found


def plain_products(lines, known):
    found = dict(known)
    for out, _, constant, source in lines:
        if source in found:
            found[out] = found.get(out, 0.0) + constant * found[source]
    return found


def the_other_way(lines, known):
    return run([(source, step, c, out) for out, step, c, source in lines], known)


def of_each_line(lines, known):
    found = run(lines, known)
    return [found[line[0]] for line in lines]


def without_constant(lines, known):
    found = dict(known)
    for out, step, _, source in lines:
        found[out] = found.get(out, 0.0) + STEPS[step](found[source])
    return found


ADD = "A second line into the same name replaces what the first one brought: lines add."
WIPED = "A line from a name without a tangent wiped out what its `out` had: skip such a line."
FIRST = "The first line into a name finds no tangent there to add to: then its own is all."

EXERCISE = Exercise(
    "linear.run",
    cases=programs,
    right=run,
    run=followed,
    tell=lambda case: f"{listed(case[0])} with {brief(case[1])}",
    mistakes=(
        (overwrites, ADD),
        (exact, "A line whose source is not in the dict is no error, and adds nothing: skip it."),
        (zero_for_unknown, "A tangent 0.0 has no shape, and no matrix can be multiplied by it: "
         "leave out the lines that come from a name without a tangent."),
        (adds_to_nothing, FIRST), (adds_the_first_alone, FIRST),
        (stops_at_unknown, "Where nobody has written, that one line is left out: those that come "
         "after it still count."),
        (from_known, "known has the inputs alone: take the tangent from what was found so far."),
        (lambda lines, known: run([], {}), "The dict begins with the tangents that are known."),
        (lambda lines, known: run(lines[:1], known), "It is over after the first line: does the "
         "return stand in the loop?"),
        (in_place, "+= writes into an array that another name holds as well: found[out] + t "
         "makes a new one."),
        (only_new, "The dict has all the tangents in it, those that were known too."),
        (begun_at_zero, "A name that is known may be written as well: the line adds to what is "
         "there."),
        (exchanged, "A step takes the tangent first, and then its constant."),
        (plain_products, "Not each step is a product: STEPS[step] knows what to do with the "
         "constant."),
        (the_other_way, "You read the lines the wrong way: the first name is where it goes, the "
         "last one where it comes from."),
        (lambda lines, known: run(lines[::-1], known), "You begin with the last line, and what "
         "it needs is not there yet: first line first."),
        (of_each_line, "Tangents have names: return the dict, and no list."),
        (without_constant, "A step takes two things, the tangent and its constant; turn takes "
         "None for it."),
        (wipes_out, WIPED), (wipes_out_and_replaces, ADD),
    ),
    wants="a dict from names to tangents, as arrays or numbers",
    hints=(
        "Begin with a copy of known, and go through the lines in their order.",
        "t = STEPS[step](found[source], constant) is what a line brings: add it to what out has.",
        "found[out] = found[out] + t if out in found else t, and only if source in found.",
    ),
    idea="That is a JVP, and the function was not called: the lines are run as often as you "
    "have tangents.",
    real=("jax/_src/core.py:eval_jaxpr", "elves/tracing/linearizing.py:linearize"),
    answer="run",
)  # fmt: skip

"""Exercise 11.2, needed: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves.course.compiler.programs import Equation, Program
from elves.course.compiler.reading import draw, outcome, show, shown
from elves.course.compiler.samples import ROW, program, sizes, values
from elves.course.exercise import Exercise

LINES = [Equation("a", np.sin, ("x",), {}), Equation("b", np.tanh, ("x",), {})]


def with_dead_lines(random):
    """Programs whose results are any of their lines, an input, or constants."""
    for k, size in enumerate(sizes()):
        p = program(random, size)
        made = [e.name for e in p.equations]
        outputs = random.sample(made, min(1 + k % 2, size)) + random.sample(p.inputs, k % 5 == 4)
        yield p._replace(outputs=outputs), values(p.inputs)
    for outputs in (["b", 2.5], [ROW, "a"], ["b", ROW]):
        yield Program(["x"], LINES, outputs), values("x")


def left(answer, case):
    given, at = case
    return outcome(answer(given), at, len(needed(given).equations))


def needed(program):
    wanted, kept = set(results(program)), []
    for e in reversed(program.equations):
        if e.name in wanted:
            wanted.update(a for a in e.args if isinstance(a, str))
            kept.insert(0, e)
    return Program(program.inputs, kept, program.outputs)


def results(program):
    """The results that are names."""
    return [a for a in program.outputs if isinstance(a, str)]


def keeping(chosen):
    """A wrong answer that keeps the lines that `chosen` says."""
    return lambda program: program._replace(equations=chosen(program))


def one_round(program):
    used = {a for e in program.equations for a in e.args if isinstance(a, str)}
    return [e for e in program.equations if e.name in used or e.name in results(program)]


def direct(program):
    lines = results_alone(program)
    wanted = {a for e in lines for a in e.args if isinstance(a, str)} | {*results(program)}
    return [e for e in program.equations if e.name in wanted]


def results_alone(program):
    return [e for e in program.equations if e.name in results(program)]


def first_arguments(program):
    """What stands first among the arguments is needed, and no other one."""
    first = [e._replace(args=e.args[:1]) for e in program.equations]
    kept = {e.name for e in needed(program._replace(equations=first)).equations}
    return [e for e in program.equations if e.name in kept]


def up_to_the_last(program):
    places = [k for k, e in enumerate(program.equations) if e.name in results(program)]
    return program.equations[: max(places, default=-1) + 1]


def first_result(program):
    return needed(program._replace(outputs=program.outputs[:1]))


def takes_all(program):
    """A set is asked to hold arrays: a TypeError."""
    return needed(program) if {a for e in program.equations for a in e.args} else program


def takes_results(program):
    """A set is asked to hold a result that is an array: a TypeError."""
    return needed(program) if {*program.outputs} else program


def compares_results(program):
    """A name is looked for among results that are arrays: a ValueError."""
    return needed(program) if "" not in program.outputs else program


def used_inputs(program):
    found = needed(program)
    used = {a for e in found.equations for a in e.args if isinstance(a, str)}
    return found._replace(inputs=[a for a in found.inputs if a in used or a in results(found)])


ONE_ROUND = (
    "A line may be used by lines that are dead themselves. Who walks from the last line to the "
    "first knows that already."
)
ONE_STEP = (
    "You stop after one step: what a needed line uses is needed too, and so is what that uses, "
    "back to the inputs."
)
NO_SET = (
    "A constant may be an array, and no set and no dict can hold one: the texts among the "
    "arguments are enough."
)
RESULTS = (
    "A result may be a constant too, even an array, which no set can hold and no == compares as a "
    "whole: the texts among the results are enough."
)
ALL_RESULTS = "There may be several results: all of them stay."

EXERCISE = Exercise(
    "compiler.needed",
    cases=with_dead_lines,
    right=needed,
    run=left,
    tell=lambda case: shown(case[0]),
    show=show,
    draw=lambda case, want, got: draw(case[0], got),
    wants="a Program: the same inputs and outputs, and the equations that are needed, "
    "as program._replace(equations=…) gives it",
    mistakes=(
        (keeping(one_round), ONE_ROUND),
        (keeping(results_alone), "What a result uses is needed too, and stands above it: from "
         "the top, nobody has asked for it yet. Walk from the last line to the first."),
        (keeping(direct), ONE_STEP),
        (keeping(lambda p: needed(p).equations[::-1]), "They come in the wrong order: a line "
         "stands below those that it uses."),
        (used_inputs, "The inputs stay, used or not: who calls the program still passes all of "
         "them."),
        (takes_all, NO_SET),
        (takes_results, RESULTS), (compares_results, RESULTS),
        (first_result, ALL_RESULTS),
        (lambda p: first_result(p)._replace(outputs=p.outputs), ALL_RESULTS),
        (lambda p: needed(p._replace(outputs=p.outputs[-1:]))._replace(outputs=p.outputs),
         ALL_RESULTS),
        (keeping(first_arguments), "A line may use several values: all of its arguments are "
         "needed."),
        (keeping(up_to_the_last), "Lines above the result may be dead too: it is not their place "
         "that counts, but who uses them."),
        (keeping(lambda p: p.equations), "Nothing has gone: some lines are used by no result."),
        (keeping(lambda p: compares_results(p) and direct(p)), ONE_STEP),
        (lambda p: takes_all(takes_results(p)), NO_SET),
    ),
    hints=(
        "Who is needed? First the results. Then whatever a needed line uses.",
        "Walk through reversed(program.equations) with a set of names that are wanted.",
        "If e.name is wanted, keep e, and add those of e.args that are texts to the set. Turn "
        "what you kept around.",
    ),
    idea="Dead code elimination: one walk back, like that of reverse mode. It carries no "
    "cotangents, only whether somebody asks.",
    real=("torch/fx/graph.py:Graph.eliminate_dead_code@for node in reversed",
          "elves/tracing/liveness.py:dead_code"),
    answer="needed",
)  # fmt: skip

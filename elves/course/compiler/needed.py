"""Exercise 11.2, needed: its cases, a right answer, and wrong ones that are known by name."""

from elves.course.compiler.programs import Program
from elves.course.compiler.reading import draw, outcome, show, shown
from elves.course.compiler.samples import program, sizes, values
from elves.course.exercise import Exercise


def with_dead_lines(random):
    """Programs whose results are any of their lines, or an input."""
    for k, size in enumerate(sizes()):
        p = program(random, size)
        made = [e.name for e in p.equations]
        outputs = random.sample(made, min(1 + k % 2, size)) + random.sample(p.inputs, k % 5 == 4)
        yield p._replace(outputs=outputs), values(p.inputs)


def left(answer, case):
    given, at = case
    return outcome(answer(given), at, len(needed(given).equations))


def needed(program):
    wanted, kept = set(program.outputs), []
    for e in reversed(program.equations):
        if e.name in wanted:
            wanted.update(a for a in e.args if isinstance(a, str))
            kept.insert(0, e)
    return Program(program.inputs, kept, program.outputs)


def keeping(chosen):
    """A wrong answer that keeps the lines that `chosen` says."""
    return lambda program: program._replace(equations=chosen(program))


def one_round(program):
    used = {a for e in program.equations for a in e.args if isinstance(a, str)}
    return [e for e in program.equations if e.name in used or e.name in program.outputs]


def direct(program):
    lines = [e for e in program.equations if e.name in program.outputs]
    wanted = {a for e in lines for a in e.args if isinstance(a, str)} | {*program.outputs}
    return [e for e in program.equations if e.name in wanted]


def results_alone(program):
    return [e for e in program.equations if e.name in program.outputs]


def first_arguments(program):
    """What stands first among the arguments is needed, and no other one."""
    first = [e._replace(args=e.args[:1]) for e in program.equations]
    kept = {e.name for e in needed(program._replace(equations=first)).equations}
    return [e for e in program.equations if e.name in kept]


def up_to_the_last(program):
    places = [k for k, e in enumerate(program.equations) if e.name in program.outputs]
    return program.equations[: max(places, default=-1) + 1]


def first_result(program):
    return needed(program._replace(outputs=program.outputs[:1]))


def takes_all(program):
    """A set is asked to hold arrays: a TypeError."""
    return needed(program) if {a for e in program.equations for a in e.args} else program


def used_inputs(program):
    found = needed(program)
    used = {a for e in found.equations for a in e.args if isinstance(a, str)}
    return found._replace(inputs=[a for a in found.inputs if a in used or a in found.outputs])


ONE_ROUND = (
    "A line may be used by lines that are dead themselves. Who walks from the last line to the "
    "first knows that already."
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
    wants="a Program: the same inputs and outputs, and the equations that are needed",
    mistakes=(
        (keeping(one_round), ONE_ROUND),
        (keeping(results_alone), "What a result uses is needed too, and stands above it: from "
         "the top, nobody has asked for it yet. Walk from the last line to the first."),
        (keeping(direct), "You stop after one step: what a needed line uses is needed too, and "
         "so is what that uses, back to the inputs."),
        (keeping(lambda p: needed(p).equations[::-1]), "They come in the wrong order: a line "
         "stands below those that it uses."),
        (used_inputs, "The inputs stay, used or not: who calls the program still passes all of "
         "them."),
        (takes_all, "A constant may be an array, and no set and no dict can hold one: the texts "
         "among the arguments are enough."),
        (first_result, ALL_RESULTS),
        (lambda p: first_result(p)._replace(outputs=p.outputs), ALL_RESULTS),
        (lambda p: needed(p._replace(outputs=p.outputs[-1:]))._replace(outputs=p.outputs),
         ALL_RESULTS),
        (keeping(first_arguments), "A line may use several values: all of its arguments are "
         "needed."),
        (keeping(up_to_the_last), "Lines above the result may be dead too: it is not their place "
         "that counts, but who uses them."),
        (keeping(lambda p: p.equations), "Nothing has gone: some lines are used by no result."),
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

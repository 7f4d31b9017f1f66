"""Exercise 11.5, fuse: its cases, a right answer, and wrong ones that are known by name."""

import numpy as np

from elves.course.compiler.needed import needed
from elves.course.compiler.programs import ELEMENTWISE, Equation, Program, together
from elves.course.compiler.reading import draw, outcome, read, show, shown, strangers
from elves.course.compiler.samples import ROW, program, sizes, values
from elves.course.exercise import Exercise
from elves.course.guard import Unfit

DIAMOND = Program(["x"], [
    Equation("a", np.tanh, ("x",), {}), Equation("b", np.add, ("a", 1.0), {}),
    Equation("c", np.multiply, ("a", 2.0), {}), Equation("d", np.subtract, ("b", "c"), {}),
], ["d"])  # fmt: skip
SPLIT = Program(["x"], [
    Equation("a", np.exp, ("x",), {}), Equation("b", np.multiply, (ROW, "a"), {}),
    Equation("c", np.sum, ("a",), {"axis": 0}), Equation("d", np.add, ("b", "c"), {}),
], ["d"])  # fmt: skip
SOFTMAX = Program(["x"], [
    Equation("a", np.exp, ("x",), {}), Equation("b", np.sum, ("a",), {"axis": 0}),
    Equation("c", np.true_divide, ("a", "b"), {}),
], ["c"])  # fmt: skip
A, B, C = [
    Equation("a", np.multiply, ("x", 2.0), {}), Equation("b", np.sin, ("a",), {}),
    Equation("c", np.tanh, ("a",), {}),
]  # fmt: skip
D, TAIL = Equation("d", np.multiply, ("b", "c"), {}), Equation("f", np.add, ("d", "a"), {})
USED_OFTEN = [  # by three lines, in one group, or in two; and a result that is an array
    Program(["x"], [A, B, C, D, TAIL], ["f"]),
    Program(["x"], [A, B, C, D, Equation("e", np.sum, ("a",), {})], ["d", "e"]),
    Program(["x"], [A, B, C, D, Equation("e", np.exp, ("a",), {})], ["d", "e"]),
    Program(["x"], [A, B], [ROW, "b", 2.5]),
]
ALONE = object()  # where what is no group lives, and what calls the program


def chains(random):
    """Programs with one result or two, and without dead lines."""
    found = [needed(program(random, 2 * n, 1 + (k % 3 == 2))) for k, n in enumerate(sizes())]
    for p in sorted([*found, SOFTMAX, DIAMOND, SPLIT, *USED_OFTEN], key=lambda p: len(p.equations)):
        used = {a for e in p.equations for a in names(e.args)}
        p = p._replace(inputs=[name for name in p.inputs if name in used])
        yield p, values(p.inputs)


def fused(answer, case):
    given, at = case
    found = read(answer(given))
    if odd := strangers(found):
        raise Unfit(f"a function of your own in the line {odd[0]}: let together make it")
    return outcome(found, at, len(fuse(given).equations), len(given.equations))


def names(args):
    return [a for a in args if isinstance(a, str)]


def homes_of(program, joins):
    """For each name, the line in whose group it is: its own, where it does not join."""
    users, home = {name: {ALONE} for name in names(program.outputs)}, {}
    for e in reversed(program.equations):
        mine = e.function in ELEMENTWISE and joins(e, users.get(e.name, {ALONE}))
        home[e.name] = mine or (e.name if e.function in ELEMENTWISE else ALONE)
        for a in names(e.args):
            users.setdefault(a, set()).add(home[e.name])
    return home


def grouped(program, home, place=-1):
    """One line for each group, where its last line was."""
    lines = []
    for e in program.equations:
        group = [one for one in program.equations if home[one.name] == home[e.name]]
        if home[e.name] is ALONE:
            lines.append(e)
        elif group[place] is e:
            lines.append(together(group) if len(group) > 1 else e)
    return Program(program.inputs, lines, program.outputs)


def into_the_only_one(e, users):
    (first, *more) = users
    return None if more or first is ALONE else first


def fuse(program):
    return grouped(program, homes_of(program, into_the_only_one))


def users_of(program, name):
    return [e for e in program.equations for a in e.args if isinstance(a, str) and a == name]


def by_users(may):
    """A wrong answer: a line joins the group of its first user, where `may` says so."""

    def fuse(program):
        home = {}
        for e in reversed(program.equations):
            own = e.name if e.function in ELEMENTWISE else ALONE
            users = users_of(program, e.name)
            joins = own is not ALONE and users and home[users[0].name] is not ALONE
            homes = [home[u.name] for u in users]
            home[e.name] = homes[0] if joins and may(program, e, users, homes) else own
        return grouped(program, home)

    return fuse


def results_lost(program):
    return grouped(program, homes_of(program._replace(outputs=[]), into_the_only_one))


def no_result(program, e):
    return e.name not in names(program.outputs)


def one_use(program, e, users, homes):
    return len(users) == 1 and no_result(program, e)


def one_line(program, e, users, homes):
    return len({u.name for u in users}) == 1 and no_result(program, e)


def next_line(program, e, users, homes):
    return one_line(program, e, users, homes) and below(program, e, users)


def below(program, e, users, *_):
    return program.equations[program.equations.index(e) + 1] is users[0]


def first_two(program, e, users, homes):
    return len({*homes[:2]}) == 1 and no_result(program, e)


def two_uses(program, e, users, homes):
    return len({*homes}) == 1 and len(users) <= 2 and no_result(program, e)


def copied(program):
    """Every group takes all the elementwise lines along that it is made of, whoever uses them."""
    lines = {e.name: e for e in program.equations if e.function in ELEMENTWISE}
    asked = {*names(program.outputs)}
    asked.update(a for e in program.equations if e.name not in lines for a in names(e.args))

    def group(name):
        before = [one for a in names(lines[name].args) if a in lines for one in group(a)]
        return [*dict.fromkeys([*before, name])]

    kept = [together([lines[n] for n in group(e.name)]) if e.name in lines else e
            for e in program.equations if e.name in asked or e.name not in lines]  # fmt: skip
    return Program(program.inputs, kept, program.outputs)


def turned(program, named=True):
    """Groups whose last line comes first."""
    home = homes_of(program, into_the_only_one)
    lines = []
    for e in program.equations:
        group = [one for one in program.equations[::-1] if home[one.name] == e.name]
        if home[e.name] in (ALONE, e.name):
            one = together(group) if len(group) > 1 else e
            lines.append(one._replace(name=e.name) if named else one)
    return Program(program.inputs, lines, program.outputs)


def compares_all(program):
    """A name is looked for among arrays: a ValueError."""
    _ = [name in e.args for e in program.equations for name in program.inputs]
    return fuse(program)


def looks_for_results(program):
    """A set is asked to hold a result that is an array: a TypeError."""
    return fuse(program) if {*program.outputs} else program


def compares_results(program):
    return fuse(program) if "" not in program.outputs else program


def all_in_one(program):
    return Program(program.inputs, [together(program.equations)], program.outputs)


def runs_of_lines(program):
    """Elementwise lines that stand below each other are one."""
    lines, group = [], []
    for e in [*program.equations, None]:
        if e and e.function in ELEMENTWISE:
            group.append(e)
            continue
        lines += ([together(group)] if group else []) + ([e] if e else [])
        group = []
    return Program(program.inputs, lines, program.outputs)


RESULTS = (
    "A result may be a constant too, even an array: no set or dict can hold one as a key, and no "
    "== compares it as a whole. Take the texts among the results alone."
)
TURNED = "In a group too, what is used comes first: together takes the lines in their order."
LOST = (
    "A middle value is gone that somebody still needs: another line, or who calls the program. "
    "Such a value has to be written."
)

EXERCISE = Exercise(
    "compiler.fuse",
    cases=chains,
    right=fuse,
    run=fused,
    tell=lambda case: shown(case[0]),
    show=show,
    draw=lambda case, want, got: draw(case[0], got),
    wants="a Program with fewer lines; together([…]) makes one line of some",
    mistakes=(
        (by_users(one_use), "b * b uses b twice, and is one line, in one group: then b can be in "
         "it too."),
        (by_users(one_line), "A value that two lines use may still need no array: if both lines "
         "are in one group, it belongs there too."),
        (by_users(first_two), "A third line may use a value too: all that use it have to be in "
         "the group, and not the first two alone."),
        (results_lost, LOST), (by_users(lambda p, e, *_: no_result(p, e)), LOST),
        (by_users(below), LOST),
        (lambda p: grouped(p, homes_of(p, into_the_only_one), 0), "A group is one line, and all "
         "that it uses has to stand above it: its place is that of its last line."),
        (runs_of_lines, "Lines that stand below each other need not be a chain: who uses what, "
         "counts."),
        (by_users(next_line), "The line that uses a value may stand further below, with others "
         "between them."),
        (copied, "A value is computed several times now, once for each group that needs it: write "
         "it once, and let them read it."),
        (turned, TURNED), (lambda p: turned(p, False), TURNED),
        (looks_for_results, RESULTS), (compares_results, RESULTS),
        (by_users(two_uses), "However many lines use a value: if all of them are in one group, it "
         "belongs there too."),
        (compares_all, "A constant may be an array, and asking whether a name is among such "
         "arguments compares it with each entry: look at the texts alone."),
        (all_in_one, "A sum needs all entries before it can give one: only elementwise lines go "
         "together. ELEMENTWISE has their functions."),
        (lambda p: p, "Nothing is fused: each line still writes an array."),
    ),
    hints=(
        "Walk from the last line to the first: then you know of each value who uses it. A group "
        "is known by the name of its last line.",
        "Keep for each name the set of groups that use it. A result of the program, and what a "
        "sum uses, is needed outside: put None into its set. An elementwise line whose set has "
        "one group in it, and no None, joins that group; any other one begins a group.",
        "users = {o: {None} for o in program.outputs if isinstance(o, str)}; "
        "for e in reversed(…): home = e.name, "
        "or the one group in users[e.name]; groups[home].insert(0, e); then users of its "
        "arguments get home. At the end, each group is together(group), where its last line was.",
    ),
    idea="Fusion: arithmetic is cheap, and memory is slow. What counts is how often arrays go "
    "there and come back.",
    real=("torch/_inductor/scheduler.py:Scheduler.can_fuse_vertical@if remaining_deps & node1",
          "elves/tracing/fuse.py:together"),
    answer="fuse",
)  # fmt: skip

"""Exercise 2.7, lines: its cases, a right answer, and wrong ones that are known by name."""

from elves import symbolic
from elves.course.exercise import Exercise, brief
from elves.course.guard import Unfit, same
from elves.course.kinds import a
from elves.course.symbols.formulas import OPERATIONS, POINTS, elf, value, written
from elves.course.symbols.operations import operations_in, with_repeats


class Ran:
    """What became of a list of lines: a kind, which counts whatever the names are, and words."""

    def __init__(self, kind, words):
        self.kind, self.words = kind, words

    def __eq__(self, other):
        return same(self.kind, other.kind, 1e-9)

    __hash__ = None

    def __str__(self):
        return self.words


def ran(answer, formula):
    """What a list of lines does: how many they are and what comes out, or what is wrong."""
    found = answer(formula)
    if found is None:
        return None
    if isinstance(found, (str, dict)) or not hasattr(found, "__iter__"):
        raise Unfit(f"{a(found)}: asked is a list of pairs, a name and an operation")
    found = list(found)
    forward, backward = run_lines(found), run_lines(found[::-1])
    if forward.kind == "early" and backward.kind[0] == "fine":
        return Ran("turned round", forward.words)
    return forward


ONE_SIGN = {(sign,) for sign in OPERATIONS}


def run_lines(found):
    known, last = dict(POINTS[0]), None
    for line in found:
        pair = isinstance(line, (tuple, list)) and len(line) == 2 and isinstance(line[0], str)
        if not pair:
            return Ran("pair", f"{line!r:.50} is no pair of a name and an operation")
        name, operation = line
        if not isinstance(operation, tuple) or operation[:1] not in ONE_SIGN:
            words = f"the line of {name} is {operation!r:.40}, which is no operation"
            return Ran("leaf" if isinstance(operation, (str, int, float)) else "none", words)
        for part in operation[1:]:
            if isinstance(part, tuple):
                words = f"the line of {name} has more than one operation: {written(operation):.60}"
                return Ran("more", words)
            if isinstance(part, str) and part not in known:
                return Ran("early", f"the line of {name} uses {part}, which has no line before it")
        if name in known:
            return Ran("twice", f"the name {name} is given twice")
        known[name] = last = value(operation, known)
    count = len(found)
    words = f"{count} line{'s' * (count != 1)}, and the last one is {brief(last)}"
    return Ran(("fine", count, last), words)


def lines_by_elf(formula):
    signs = {function: sign for sign, function in OPERATIONS.items()}
    assignments, _ = symbolic.cse([elf(formula)], most=0)
    leaf = lambda a: a.name if isinstance(a, symbolic.Expr) else a  # noqa: E731
    return [(name, (signs[e.rule.function], *map(leaf, e.args))) for name, e in assignments]


def liner(key=lambda formula: formula, early=False, leaves=False):
    """Lines for the parts of a formula, with a way to tell parts apart."""

    def lines(formula):
        found, names = [], {}

        def name_of(part):
            if not isinstance(part, tuple) and not leaves:
                return part
            if key(part) not in names:
                at = len(found)
                if early:
                    found.append(None)
                line = (part[0], *map(name_of, part[1:])) if isinstance(part, tuple) else part
                name = f"t{at if early else len(found)}"
                if early:
                    found[at] = name, line
                else:
                    found.append((name, line))
                names[key(part)] = name
            return names[key(part)]

        name_of(formula)
        return found

    return lines


def each_time(formula):
    """A line for each occurrence."""
    found = []

    def name_of(part):
        if not isinstance(part, tuple):
            return part
        line = (part[0], *map(name_of, part[1:]))
        found.append((f"t{len(found)}", line))
        return found[-1][0]

    name_of(formula)
    return found


def one_line(formula):
    return [("t0", formula)]


def whole_parts(formula):
    """A line for each different part, but written out in full."""
    different = dict.fromkeys(reversed(operations_in(formula)))
    return [(f"t{k}", part) for k, part in enumerate(different)]


def result_first(formula):
    return liner()(formula)[::-1]


EXERCISE = Exercise(
    "symbols.lines",
    cases=with_repeats,
    right=lines_by_elf,
    run=ran,
    tell=lambda formula: f"the lines of {written(formula)}",
    show=str,
    mistakes=(
        (each_time, "Equal parts get a line each time: keep the names in a dict, by the "
         "part, and look there first."),
        (liner(key=id), "Equal parts may be two objects: tell them apart by ==, as a dict "
         "of the tuples does, not by `is` or id."),
        (liner(early=True), "A line stands before those that it needs: first the parts, then "
         "the line."),
        (result_first, "The result comes last, as in a program: your lines are turned round."),
        (one_line, "One operation for each line: put a name in the place of each part."),
        (whole_parts, "One operation for each line: put a name in the place of each part."),
        (liner(leaves=True), "Names and numbers need no line: they are there already."),
    ),
    hints=(
        "A function inside of yours gives the name of a part, and writes its line if needed.",
        "name_of(part): a leaf is its own name. A part that has a name: that name. Else the "
        "names of its parts, a new line, and a new name.",
        'names[part] = f"t{len(found)}"; found.append((names[part], (sign, *inner)))',
    ),
    idea="A formula whose parts have names is a program: that is what compilers do, and what "
    "a tape writes down by itself.",
    real=("elves/symbolic/sharing.py:cse",),
    answer="lines",
)  # fmt: skip

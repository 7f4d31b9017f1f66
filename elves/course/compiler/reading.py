"""What came in the place of a program, and what it computes: as checks of lab 11 compare it."""

import types
from dataclasses import dataclass, field

import numpy as np

from elves.course.compiler.programs import ELEMENTWISE, Equation, Fused, Program
from elves.course.exercise import brief, several
from elves.course.guard import Unfit, same
from elves.course.handover import Handover
from elves.course.kinds import a
from elves.show.drawing import BERRY, INK, PINE, Drawing, write

ENOUGH = 1e-12  # of their size, how much numbers may differ
MOST = 16  # lines of a program that a sentence has room for


@dataclass(eq=False)
class Outcome:
    """What a program gives, and what it costs: its lines, and the operations in them."""

    values: list
    lines: int
    operations: int
    program: Program = field(repr=False)

    def __eq__(self, other):
        mine, others = (self.lines, self.operations), (other.lines, other.operations)
        return mine == others and all_alike(self.values, other.values)


class Broken(str):
    """Why a program does not run, in words; two are equal if it is for the same reason."""

    def __new__(cls, words, *why):
        made = super().__new__(cls, words)
        made.why = why
        return made

    def __eq__(self, other):
        return isinstance(other, Broken) and self.why == other.why

    __hash__ = str.__hash__

    @property
    def nameless(self):
        """The same, where names are each learner's own."""
        return Broken(self, self.why[0])


def all_alike(found, others):
    return len(found) == len(others) and all(map(alike, found, others))


def alike(x, y):
    """Whether two results are the same: the numbers, their kind, and the sign of zeros.

    >>> alike(np.zeros(2), -np.zeros(2)), alike(np.True_, 1.0), alike(2.0, np.float64(2.0))
    (False, False, True)
    """
    x, y = np.asarray(x), np.asarray(y)
    if x.dtype.kind != y.dtype.kind or not same(x, y, ENOUGH):
        return False
    zeros = (x == 0) & (y == 0) if x.dtype.kind == "f" else np.False_
    return not np.any(zeros) or bool(np.all(np.signbit(x[zeros]) == np.signbit(y[zeros])))


def outcome(found, values, least=0, most=None):
    """What a program gives at some values; Broken, if it does not run.

    Fewer lines than `least` are as good as these, and `most` operations as good as fewer.
    """
    program = read(found)
    if broken := problem(program, values):
        return broken
    try:
        results = program(*values)
    except Exception as error:
        kind = type(error).__name__
        return Broken(f"a program that stops with {kind}: {error!s:.90}", kind)
    if any(isinstance(y, Handover) for y in results):
        raise Unfit("a program with nodes in it: write their names")
    operations = sum(len(getattr(e.function, "equations", "1")) for e in program.equations)
    operations = max(operations, least if most is None else most)
    return Outcome(results, max(len(program.equations), least), operations, program)


def read(found):
    """The Program that came; Unfit says what else it is."""
    if isinstance(found, types.GeneratorType):
        raise Unfit("a generator, which has computed nothing yet, and no Program")
    if isinstance(found, list) and found and all(map(is_equation, found)):
        raise Unfit("a list of equations, and no Program: that has inputs and outputs too")
    if not isinstance(found, Program):
        raise Unfit(f"{a(found)}, and no Program(inputs, equations, outputs)")
    for words, part in zip(Program._fields, found, strict=True):
        if isinstance(part, str) or not isinstance(part, (tuple, list)):
            raise Unfit(f"a Program whose {words} are {a(part)}, and no list")
    inputs, equations, outputs = map(list, found)
    if any(not isinstance(name, str) for name in inputs):
        raise Unfit(f"a Program with {a(inputs[0])} among its inputs: these are names")
    if odd := [e for e in equations if not (isinstance(e, Equation) and is_equation(e))]:
        raise Unfit(f"a Program in which {why_none(odd[0])}")
    lines = [Equation(name, f, tuple(args), dict(more)) for name, f, args, more in equations]
    return Program(inputs, lines, outputs)


def is_equation(e):
    return (
        isinstance(e, (tuple, list)) and len(e) == 4 and isinstance(e[0], str) and callable(e[1])
        and isinstance(e[2], (tuple, list)) and isinstance(e[3], dict)
    )  # fmt: skip


def why_none(e):
    """What is wrong with an equation, in words."""
    if not isinstance(e, Equation):
        return f"{a(e)} stands for an equation: write Equation(name, function, args, options)"
    if not isinstance(e[0], str):
        return f"the name of a line is {a(e[0])}: names are texts"
    if not callable(e[1]):
        return f"{e[0]} has {a(e[1])} for a function: the function itself stands there"
    kind, part = ("a tuple", e[2]) if not isinstance(e[2], (tuple, list)) else ("a dict", e[3])
    return f"{e[0]} has {a(part)} in the place of {kind}, for its arguments or options"


def problem(program, values):
    """Why a program cannot run; None if it can."""
    if len(program.inputs) != len(values):
        count = several(len(program.inputs), "input")
        words = f"a program of {count}, in the place of {len(values)}: {shown(program)}"
        return Broken(words, "inputs", len(program.inputs))
    known = set(program.inputs)
    for e in program.equations:
        missing = [x for x in e.args if isinstance(x, str) and x not in known]
        if missing:
            words = f"{e.name} uses {missing[0]}, which nothing above it makes: {shown(program)}"
            return Broken(words, "uses", e.name, missing[0])
        if any(isinstance(x, Handover) for x in e.args):
            raise Unfit(f"a node among the arguments of {e.name}: write its name there")
        known.add(e.name)
    if missing := [x for x in program.outputs if isinstance(x, str) and x not in known]:
        words = f"the result {missing[0]} is made nowhere: {shown(program)}"
        return Broken(words, "result", missing[0])
    if any(isinstance(x, Handover) for x in program.outputs):
        raise Unfit("a node among the outputs: write its name there")
    return None


def shown(program):
    """A program in one line."""
    lines = program.lines
    if len(lines) > MOST:
        lines = [*lines[: MOST - 2], "…", lines[-1]]
    return "; ".join(lines)


def show(found):
    """An outcome in words."""
    if not isinstance(found, Outcome):
        return brief(found)
    values = ", ".join(brief(np.asarray(y)) for y in found.values)
    count = several(found.lines, "equation")
    if found.operations != found.lines:
        count += f" of {several(found.operations, 'operation')}"
    return f"{count} that give{'s' * (found.lines == 1)} {values or 'nothing'}"


def draw(given, got):
    """The program that was given, and what came of it, as lines; None where there is none."""
    if not isinstance(got, Outcome):
        return None
    known = given.lines
    body, y = [], 0
    for title, lines in (("given", known), ("yours", got.program.lines)):
        y += 28
        body.append(write(10, y, title, PINE, size=16))
        for line in lines:
            y += 22
            new = title == "yours" and line not in known
            body.append(write(26, y, line, BERRY if new else INK, MONO, size=15))
        y += 6
    wide = 40 + max(len(line) for line in (*known, *got.program.lines)) * 9.2
    words = "The program that was given, and yours: lines that are new in it are red."
    return Drawing("".join(body), wide, y + 12).picture(words)


MONO = 'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace"'


def strangers(program):
    """The functions of a program that are neither NumPy's nor made by `together`."""
    odd = [e for e in program.equations if not is_known(e.function)]
    return [e for e in odd if not isinstance(e.function, Fused)]


def is_known(function):
    return function in ELEMENTWISE or getattr(np, getattr(function, "__name__", ""), 0) is function

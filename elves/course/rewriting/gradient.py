"""Exercise 8.2, gradient: its cases, a right answer, and wrong ones that are known by name."""

from elves.course.exercise import Exercise
from elves.course.rewriting.cases import back, cases_of, made
from elves.course.rewriting.running import DATA, known, lines_of, ran, told, truth_of

PROGRAMS = """
def f(x):  # at 3
    return x

def f(x, y):  # at 3, 2
    z = x * y
    return z

def f(x):  # at 3
    z = x * x
    return z

def f(x, y):  # at 3, 2
    z = 2.0 * x
    return z

def f(x, y):  # at 3, 2
    u = x + y
    z = u * x
    return z

def f(x):  # at 3
    u = x * x
    v = u * u
    z = v * v
    return z

def f(x, y):  # at 4, 2
    u = x / y
    v = u - x
    w = u * v
    return w

def f(x, y):  # at 3, 2
    u = x * y
    v = u * y
    return u
"""


def cases(random):
    frame = "def f(x, y):\n    {}\n    return z"
    return cases_of(PROGRAMS) + made(random, 8, frame, (3,), fresh=True)


def slopes(answer, case):
    """The Ran of the whole program that an answer writes."""
    text, point = case
    params, lines, out = known(text)
    names = DATA | dict(zip(params, point, strict=True))
    truth = truth_of(text, point)
    look = {"result": out} | {f"{p}_bar": f"{p}_bar" for p in params}
    return ran([("", lines_of(answer([*params], [*lines], out)))], names, [look], truth)


def writer(forward=True, zeros=True, seed="1.0", turned=True, late=False, back=back, each="",
           of_params=True, of_lines=True, ends=False):  # fmt: skip
    """A right answer, or one that leaves something out of the program."""

    def gradient(params, lines, out):
        names = of_params * [*params] + of_lines * [line.split()[0] for line in lines]
        start = [f"{name}_bar = 0.0" for name in names] * zeros
        seeded = [f"{out}_bar = {seed.format(out=out)}"] * bool(seed)
        head = [*lines] * forward + (seeded + start if late else start + seeded)
        steps = lines[::-1] if turned else lines
        for line in steps[:1] if ends else steps:
            head += back(line) if not each else [each.format(c=line.split()[0]), *back(line)]
        return head

    return gradient


def seeds_inputs(params, lines, out):
    ones = {f"{name}_bar = 0.0": f"{name}_bar = 1.0" for name in params}
    return [ones.get(line, line) for line in writer(seed="")(params, lines, out)]


def seeds_the_last(params, lines, out):
    return writer()(params, lines, lines[-1].split()[0] if lines else out)


def from_minus_0(params, lines, out):
    """Begins with lines[-0], which is the first one."""
    last_first = lines[:1] + lines[:0:-1]
    head = writer(ends=True)(params, lines, out)
    home = [text for line in last_first for text in back(line)]
    return [*head[: head.index(f"{out}_bar = 1.0") + 1], *home]


def lines_turned(params, lines, out):
    return writer()(params, lines[::-1], out)


ZEROS = (
    "x_bar += … adds to what is there: the adjoint of each name, the arguments too, begins with a "
    "line that sets it to 0."
)
NO_SEED = (
    "All slopes are 0: the adjoint of the result, whose name is in `out`, begins with 1, and no "
    "line after that may wipe it out."
)

EXERCISE = Exercise(
    "rewriting.gradient",
    cases=cases,
    right=writer(),
    run=slopes,
    tell=told,
    show=str,
    wants="the lines of the whole program",
    mistakes=(
        (writer(turned=False), "The way back begins with the last line: as it is, lines pay on "
         "before they have been paid."),
        (writer(forward=False), "The way back needs the values of all names: the program's own "
         "lines come first."),
        (writer(zeros=False), ZEROS), (writer(of_params=False), ZEROS),
        (writer(seed=""), NO_SEED), (writer(late=True), NO_SEED),
        (writer(seed="{out}"), "The adjoint of the result is 1, not its value."),
        (writer(of_lines=False), "The names between have adjoints as well: they begin with 0 too."),
        (writer(ends=True), "That undoes the last line alone: each line is undone, the last one "
         "first."),
        (seeds_inputs, "Only the result begins with 1; all others begin with 0, and get what they "
         "are paid."),
        (writer(each="{c}_bar = 1.0"), "Only the result begins with 1; all others begin with 0, "
         "and get what they are paid."),
        (writer(each="{c}_bar = 0.0"), "The adjoint of a result is set to 0 just before it pays: "
         "all zeros stand before the way back."),
        (seeds_the_last, "The result is the name in `out`. It need not be that of the last line."),
        (from_minus_0, "lines[-0] is the first line: the last one is lines[-1], or the first of "
         "reversed(lines)."),
        (lines_turned, "Forward the lines run as they stand. Only the way back is turned round."),
    ),
    hints=(
        "Four parts, in this order: the lines themselves, zeros for all names, the 1, and the way "
        "back.",
        'The names are [*params, *(line.split()[0] for line in lines)]. Each gets '
        'f"{name}_bar = 0.0", and after them comes f"{out}_bar = 1.0".',
        "for line in reversed(lines): found += back(line)",
    ),
    idea="A program read a program, and wrote one that computes all its slopes in one go. That is "
    "reverse mode, as text.",
    real=("elves/source/page.py:Program.write",),
    answer="gradient",
)  # fmt: skip

"""Lines of text that an answer gave: run, compared with the true slopes, and told."""

import ast
import functools
import re
import traceback
import types

import numpy as np

from elves import reverse
from elves.course.exercise import brief
from elves.course.guard import Unfit, same
from elves.course.kinds import a
from elves.course.rewriting.programs import indent, is_ours, read, stored

TURNS, LONG = 1000, 30  # of all loops of a written program; its lines that are shown
NAME = "<what was written>"
DATA = {"xs": [2.0, -1.0, 0.5, 3.0]}  # a list that programs may read


class Endless(Exception):
    pass


class Ran:
    """What became of written lines: a kind, which is compared, and words, which are shown.

    What it `means` is said where no mistake is known by name.
    """

    def __init__(self, kind, words, means=None):
        self.kind, self.words, self.means = kind, words, means

    def __eq__(self, other):
        return same(self.kind, other.kind, 1e-9)

    __hash__ = None

    def __str__(self):
        return self.words


# ------------------------------------------------------------ what came as lines


def lines_of(found):
    """Lines of text that came in a list, or in what is like one."""
    if isinstance(found, str):
        raise Unfit("one text, and not a list of lines of text")
    if found is None:
        raise Unfit("None in the place of lines: append and extend change a list, and give None")
    if isinstance(found, (dict, set)) or not hasattr(found, "__iter__"):
        raise Unfit(f"{a(found)}, which is no list of lines of text")
    lines = []
    for line in found:
        if isinstance(line, list) and str([*line, ""][0]).startswith("    "):
            raise Unfit("a list with what indent gives in it, a list, and not lines of text")
        if not isinstance(line, str):
            raise Unfit(f"a list with {a(line)} in it, {brief(line)!s:.40}, and not lines of text")
        lines += line.splitlines()
    return lines


def pair_of(found):
    """The lines of the way forward and those of the way back."""
    if isinstance(found, types.GeneratorType):
        found = tuple(found)
    if not isinstance(found, (list, tuple)):
        raise Unfit(f"{a(found)}, and not two lists of lines, forward and back")
    if len(found) != 2:
        raise Unfit(f"{a(found)} of {len(found)}, and not of two lists of lines, forward and back")
    return tuple(map(lines_of, found))


# ------------------------------------------------------------ running them


def execute(lines, names):
    """Run lines of text in `names`; raises what they raise, or Endless."""
    left = [TURNS]

    def turn():
        left[0] -= 1
        if left[0] < 0:
            raise Endless

    names["_turn"] = turn
    exec(compiled("\n".join(lines)), names)


@functools.lru_cache(1024)
def compiled(text):
    """The code of lines of text; raises SyntaxError."""
    tree = ast.parse(text, NAME)
    for node in ast.walk(tree):
        if isinstance(node, (ast.For, ast.While)):  # each turn is counted
            node.body[:0] = ast.parse("_turn()").body
    return compile(tree, NAME, "exec")


WORDS = "test|yes|no|body|line|name|right|out"  # names of the learner's, and not of the program
WHY = (  # an error of written lines, and what it means there
    (r"pop from empty", "more is taken from the stack than was put on it"),
    (
        rf"name '({WORDS})' is|with braces",
        "an f before the quotation mark fills in what stands in braces",
    ),
    (r"'\w+_bar' is not defined", "it has no value yet, to which something could be added"),
    (r"is not defined", "that name has no value there; the adjoint of a is called a_bar"),
    (r"expected an indented block", "indent puts lines into a block"),
    (r"unexpected indent", "it begins with a blank"),
    (r"'return' outside", "the lines run by themselves, and their names are looked up: no return"),
)
MEANS = (  # the same for errors that say more about the program than about one of its lines
    (r"expected an indented block", "What stands below an if, an else or a while must be indented: "
     "indent puts lines into a block."),
    (r"invalid syntax, in its line: el", "What stands between if and else must be indented, the "
     "notes too: without that the if ends there."),
    (r"unindent does not match", "All the lines of a block are indented alike: indent them "
     "together."),
)  # fmt: skip


def stopped(error, lines):
    """The Ran of lines that ended in an error: which, where, and what it means."""
    if isinstance(error, Endless):
        return Ran("endless", f"it goes on for ever: {TURNS} turns of its loops are too many")
    where = getattr(error, "lineno", None) if isinstance(error, SyntaxError) else None
    if where is None:
        frames = traceback.extract_tb(error.__traceback__)
        where = next((f.lineno for f in frames[::-1] if f.filename == NAME), None)
    line = f", in its line: {lines[where - 1].strip()}" if where and where <= len(lines) else ""
    words = getattr(error, "msg", None) or str(error)
    said = f"{type(error).__name__}: {words}"
    braces = " with braces" * ("{" in line)
    why = next((f" ({more})" for found, more in WHY if re.search(found, said + braces)), "")
    gist = re.sub(r"'\w*?(_bar)?'", r"'\1'", re.sub(r"\d[\d.]*", "", said))
    head = re.match(r"(, in its line: (while|if|for) )?", line)[0]
    means = next((more for found, more in MEANS if re.search(found, said + line)), None)
    return Ran((gist, braces, head), f"it stops: {said}{line}{why}", means)


def written(lines):
    """The lines that were written, below what became of them."""
    shown = lines if len(lines) <= LONG else [*lines[:LONG], "…"]
    return "\n".join(["", "the program that ran:", *indent(shown)])


def ran(parts, names, looks, truth):
    """The Ran of parts of a program, pairs of a title and lines; the true lines are not shown.

    After each part, the names of its entry in `looks` are looked at, for what they stand for.
    """
    shown = [line for title, lines in parts for line in ([f"# {title}"] * bool(title) + lines)]
    found = {}
    for (_, lines), look in zip(parts, looks, strict=True):
        try:
            execute(lines, names)
        except Exception as error:
            end = stopped(error, lines)
            return Ran(end.kind, end.words + written(shown), end.means)
        found |= {key: names.get(name) for key, name in look.items()}
    if none := [name for name in truth if found[name] is None]:
        return Ran(("none", none), f"{none[0]} has no value at the end" + written(shown))
    words = ", ".join(f"{name} = {brief(found[name])}" for name in truth)
    fine = same(found, truth, 1e-9)
    return Ran(("ran", [*found.values()]), words if fine else words + written(shown))


# ------------------------------------------------------------ whole programs


known = functools.cache(read)


@functools.cache
def truth_of(text, point):
    """What a program gives at a point, and its slopes, by the tape of the package."""
    names = dict(DATA)
    exec(text, names)
    numbers = tuple(range(len(point)))
    value, slopes = reverse.value_and_grad(names["f"], numbers)(*point)
    slopes = {f"{p}_bar": float(g) for p, g in zip(known(text).params, slopes, strict=True)}
    return {"result": float(value)} | slopes


def both_ways(pair, case):
    """The Ran of a program's lines, those forward and those back."""
    text, point = case
    params, steps, out = known(text)
    names = [*params, *(name for name in stored(steps) if name not in params)]
    space = DATA | dict.fromkeys(names, 0.0) | dict(zip(params, point, strict=True))
    space |= {"stack": []}
    zeros = [f"{' = '.join(f'{name}_bar' for name in names)} = 0.0", f"{out}_bar = 1.0"]
    truth = truth_of(text, point)
    looks = {"result": out}, {}, {f"{p}_bar": f"{p}_bar" for p in params}
    return ran(
        [*zip(("forward", "between", "back"), (pair[0], zeros, pair[1]), strict=True)],
        space,
        looks,
        truth,
    )


def is_right(end, case):
    """Whether a Ran is that of a right answer."""
    return same(end.kind, ("ran", [*truth_of(*case).values()]), 1e-9)


def own_names(pair, text):
    """The names that written lines give a value or have as an adjoint, and the program has not."""
    params, steps, _ = known(text)
    nodes = [node for lines in pair for node in ast.walk(ast.parse("\n".join(lines)))]
    names = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    free = {name.removesuffix("_bar") for name in names} - {*params, *stored(steps)}
    return sorted(name for name in free if not is_ours(name))


def told(case):
    """A program and its point, in words."""
    text, point = case
    head, *body = text.splitlines()
    params = known(text).params
    at = ", ".join(f"{p} = {brief(x)}" for p, x in zip(params, point, strict=True))
    return "\n".join([f"the slopes at {at} of", head, *body])


def is_tame(case):
    """Whether a program and its slopes are numbers that one can compare."""
    try:
        with np.errstate(all="raise"):
            found = [*truth_of(*case).values()]
    except (ArithmeticError, ValueError):
        return False
    return all(np.isfinite(found)) and max(map(abs, found)) < 1e4

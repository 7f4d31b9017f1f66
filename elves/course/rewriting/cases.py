"""Programs for the checks, from small to large, and both ways of one, made of its parts."""

import re

from elves.course.rewriting.running import (
    Ran,
    both_ways,
    is_right,
    is_tame,
    known,
    own_names,
    pair_of,
)

ANY = re.compile(r"\bany_name\b")  # a name that programs of the cases may call what they like

SIGNS, NUMBERS = "+-*/", ("2.0", "0.5", "3.0")
VALUES = 0.5, 1.5, 2.0, 3.0, 4.0
CLASH = (
    "A program may have that name itself: its own t, or, as t_bar, the adjoint of its t. t_bar_bar "
    "is free, since no program has a t_bar."
)


def cases_of(programs):
    """Pairs of a program's text and a point, from texts with their points in a comment.

    >>> cases_of("def f(x):  # at 2; 3\\n    return x")
    [('def f(x):\\n    return x', (2.0,)), ('def f(x):\\n    return x', (3.0,))]
    """
    found = []
    for text in programs.strip().split("\n\n"):
        head, _, body = text.partition("\n")
        head, points = head.split("  # at ")
        for point in points.split(";"):
            found.append((f"{head}\n{body}", tuple(map(float, point.split(",")))))
    return found


def drawn(random, size, fresh=False):
    """Lines of one operation at random; each may give a fresh name a value, the last one z."""
    lines, names = [], ["x", "y"]
    for k in range(1, size + 1):
        new = f"u{k}" if k < size else "z"
        target = new if fresh else random.choice(names)
        left, right = random.choice(names), random.choice(names)
        right = random.choice(NUMBERS) if random.random() < 0.2 else right
        lines.append(f"{target} = {left} {random.choice(SIGNS)} {right}")
        names += [new] * fresh
    return lines


def made(random, count, frame, sizes, fresh=False):
    """Cases of random lines in a frame, a text with {} where each block of lines stands.

    `sizes` are those of the first case; every other case has one line more in each block.
    """
    found = []
    for n in range(count):
        while True:
            text = frame
            for size in sizes:
                before = text[: text.index("{}")].rpartition("\n")[2]
                lines = drawn(random, size + n // 2, fresh)
                text = text.replace("{}", f"\n{before}".join(lines), 1)
            case = text, (random.choice(VALUES), random.choice(VALUES))
            if is_tame(case):
                break
        found.append(case)
    return found


# ------------------------------------------------------------ parts that are right


TERMS = {  # what a and b get, if g is the adjoint of the result
    "+": ("{g}", "{g}"), "-": ("{g}", "-{g}"), "*": ("{g} * {b}", "{g} * {a}"),
    "/": ("{g} / {b}", "-{g} * {a} / ({b} * {b})"),
}  # fmt: skip


def back(line, terms=TERMS):
    """The lines that undo a line of one operation, whose result is a new name."""
    c, _, a, *more = line.split()
    g = f"{c}_bar"
    if not more:
        return [f"{a}_bar += {g}"] * a.isidentifier()
    sign, b = more
    pays = [(n, term.format(g=g, a=a, b=b)) for n, term in zip((a, b), terms[sign], strict=True)]
    return [f"{name}_bar += {term}" for name, term in pays if name.isidentifier()]


def both(line):
    """The lines forward and back of a line whose result may overwrite what is needed."""
    name, right = line.split(" = ")
    undo = [f"{name} = stack.pop()", f"new_bar_bar = {name}_bar", f"{name}_bar = 0.0"]
    return [f"stack.append({name})", line], undo + back(f"new_bar = {right}")


def block(head, lines):
    return [head, *(f"    {line}" for line in lines or ["pass"])]


def branch(test, yes, no):
    ways = zip((yes, no), (True, False), strict=True)
    arms = [[*way[0], f"stack.append({taken})"] for way, taken in ways]
    forward = block(f"if {test}:", arms[0]) + block("else:", arms[1])
    return forward, block("if stack.pop():", yes[1]) + block("else:", no[1])


def loop(test, body):
    turns = block(f"while {test}:", [*body[0], "stack.append(True)"])
    return ["stack.append(False)", *turns], block("while stack.pop():", body[1])


def transform(steps, line=both, branch=branch, loop=loop):
    """Both ways of steps; what makes those of a line, a branch and a loop may be an answer."""
    forward, home = [], []
    for step in steps:
        if isinstance(step, str):
            pair = line(step)
        else:
            blocks = [transform(part, line, branch, loop) for part in step[2:]]
            pair = (branch if step[0] == "if" else loop)(step[1], *blocks)
        there, undo = pair_of(pair)
        forward, home = forward + there, undo + home
    return forward, home


def run_with(**parts):
    """The `run` of an exercise whose answer makes one of those parts."""

    def both_of(answer, text):
        made = {name: answer if part is None else part for name, part in parts.items()}
        return transform(known(text).steps, **made)

    return run_named(both_of)


def run_named(both_of):
    """The `run` of an exercise, from what makes both ways of a program's text.

    Where the program has any_name, it also gets each name that the written lines use themselves:
    a program may have it.
    """

    def run(answer, case):
        text, point = case
        pair = pair_of(both_of(answer, text))
        end = both_ways(pair, case)
        if not ANY.search(text) or not is_right(end, case):
            return end
        for name in own_names(pair, text):
            named = ANY.sub(name, text), point
            again = both_ways(pair_of(both_of(answer, named[0])), named)
            if not is_right(again, named):
                return Ran(again.kind, f"with {name} for any_name: {again.words}", CLASH)
        return end

    return run

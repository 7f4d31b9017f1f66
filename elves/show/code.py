"""Programs beside programs: a function and its derivative, a trace before and after its passes."""

import ast
import inspect
import re
import textwrap

from elves import frameworks
from elves.errors import InputError, MissingError
from elves.show.drawing import BERRY, GOLD, INK, PINE, SNOW, Drawing, beside, write
from elves.show.recording import source_lines

MONO = 'style="white-space:pre" font-family="ui-monospace, Menlo, Consolas, DejaVu Sans Mono, '
MONO += 'monospace"'
BANDS = ["#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#0072b2", "#d55e00", "#999999"]


MOST = 60  # lines that a reader takes in


def fold(lines):
    """Lines of a listing; if there are too many, one stands for those in the middle."""
    lines, half = list(lines), MOST // 2
    if len(lines) <= MOST:
        return lines
    more = f"… {len(lines) - 2 * half + 1:,} more lines", INK, None
    return [*lines[:half], more, *lines[1 - half :]]


def listing(lines):
    """Lines of (text, colour, tag); lines with the same tag, a number, have the same band."""
    width = max([len(text) for text, _, _ in lines] + [8]) * 12.1 + 74
    out = []
    for n, (text, color, tag) in enumerate(lines):
        y = 12 + 28 * n
        if tag is not None:
            band = BANDS[tag % len(BANDS)]
            out.append(f'<rect x="46" y="{y}" width="{width - 50:.0f}" height="28" fill="{SNOW}"/>'
                       f'<rect x="46" y="{y}" width="8" height="28" fill="{band}"/>'
                       + write(38, y + 20, tag, INK, 'text-anchor="end"'))  # fmt: skip
        out.append(write(62, y + 20, text, color, MONO))
    return Drawing("".join(out), width, 28 * len(lines) + 30)


# ------------------------------------------------------------ a function and its derivative


def linked(f, *args, argnums=0, mode="grad"):
    """The lines of f and of the derivative that `elves.source` writes, as (text, number) pairs.

    Equal numbers belong together: the number of the line in f, or None. The marks in the
    generated source (``# line 3: …``) say where a line comes from.
    """
    from elves.source import show  # only when it is asked for: it reads and compiles much

    if not hasattr(f, "__code__"):
        raise InputError(
            f"{getattr(f, '__name__', f)!r:.40} has no lines of Python to show: pass a function "
            "that is written with def or lambda."
        )
    text = show(f, *args, argnums=argnums, mode=mode)
    own, first = source_lines(f), f.__code__.co_firstlineno
    squeezed = [line.replace(" ", "") for line in own]
    made, number, depth = [], None, 0  # a mark holds for the lines that stand as deep as it
    for line in text[text.index("def ") :].rstrip().split("\n"):
        deep = len(line) - len(line.lstrip())
        if mark := re.match(r"\s*# line (\d+): ", line):
            depth, number = deep, int(mark[1]) - first + 1  # from the def on
            if 1 <= number <= len(own):
                line = line.replace(f"# line {mark[1]}:", f"# line {number}:", 1)
            else:
                number = None  # of another function, which this one calls
            made.append((line, number))
            continue
        same = line.replace(" ", "")
        place = squeezed.index(same) + 1 if number is None and same in squeezed else number
        out = re.match(r"def |\s*else:|\s*return \w+_bar", line) or (number and deep < depth)
        made.append((line, None if out else place))
    used = {n for _, n in made}
    return [(line, n if n in used else None) for n, line in enumerate(own, 1)], made


def source(f, *args, argnums=0, mode="grad", by="elves"):
    """The source of f beside its derivative; lines that belong together have the same number.

    `args` say what is a number and what an array; `mode` is grad, value_and_grad, vjp or jvp.
    With ``by="tangent"`` Google Tangent writes the derivative (its check of the seed's shape is
    left out). Raises InputError for a function without lines, and what `elves.source` raises.
    """
    if by not in ("elves", "tangent"):
        raise InputError(f"by={by!r} must be 'elves' or 'tangent'.")
    if by == "tangent":
        left, right, title = by_tangent(f)
    else:
        left, right = linked(f, *args, argnums=argnums, mode=mode)
        title = "what elves.source writes"
    left, right = (((t, PINE if t.strip().startswith("#") else INK, n) for t, n in lines)
                   for lines in (left, right))  # fmt: skip
    return pair({"the function": left, title: right})


def pair(programs):
    """The picture of lines beside lines, each under its title; its words are the lines."""
    programs = {title: fold(lines) for title, lines in programs.items()}
    plain = "\n".join(f"{title}:\n" + "\n".join(t for t, _, _ in lines)
                      for title, lines in programs.items())  # fmt: skip
    return beside(*((title, listing(lines)) for title, lines in programs.items())).picture(plain)


def by_tangent(f):
    """The lines of f and of what Google Tangent writes for it."""
    try:
        tangent = frameworks.load("tangent").tangent
        written = inspect.getsource(tangent.grad(f))
        right = re.sub(r"    assert .*?\n\n", "\n", written, flags=re.DOTALL).rstrip()
    except MissingError as missing:
        right = "\n".join(textwrap.wrap(str(missing), 50))
    left = source_lines(f)
    pairs = ([(line, None) for line in lines] for lines in (left, right.split("\n")))
    return *pairs, "what Tangent writes"


# ------------------------------------------------------------ a program and its passes


BLOCKS = (ast.If, ast.For, ast.While, ast.IfExp, ast.BoolOp, ast.Break, ast.Continue)


def doors(f, *args):
    """A function, the program that `elves.tracing.jit` makes of it, and the Python written for it.

    Gold: lines that no tracer sees, so that they came in by their text. Raises what jit raises.
    """
    from elves.tracing import PASSES, make_ir
    from elves.tracing.emit import Emitter

    writer = Emitter(make_ir(f, *args), PASSES)
    writer.compiled()  # and not run: it may go on for ever
    lines = source_lines(f)
    nodes = (n for n in ast.walk(ast.parse("\n".join(lines))) if isinstance(n, BLOCKS))
    by_text = {n.lineno for n in nodes}
    own = [(t, GOLD if n in by_text else INK, None) for n, t in enumerate(lines, 1)]
    texts = {"the program": repr(writer.ir), "what jit writes": writer.source}
    plain = {k: [(t, INK, None) for t in s.rstrip().split("\n")] for k, s in texts.items()}
    return pair({"your Python": own} | plain)


def ir(f, *args, passes=None):
    """A traced program before and after the passes of these names (all, if none are named).

    Red: equations that a pass removed; blue-green: those that it wrote. `f` is a function of
    `args`, or a program of `elves.tracing`.
    """
    from elves.tracing import IR, make_ir, optimize
    from elves.tracing.ir import text, written

    before = f if isinstance(f, IR) else make_ir(f, *args)
    after = optimize(before) if passes is None else optimize(before, passes)
    names = before.names()
    for v, name in zip(after.variables(), map("t{}".format, range(10**6)), strict=False):
        names.setdefault(v, name)  # what both programs have keeps its name

    def outs(e):
        return e.out if type(e.out) is tuple else (e.out,)

    def lines(program, other, color):
        known = {v: e for e in other.equations for v in outs(e)}
        yield f"inputs {', '.join(f'{names[v]}: {v}' for v in program.inputs)}", INK, None
        for e in program.equations:
            line = f"{', '.join(names[v] for v in outs(e))} = {written(e, names)}"
            twin = known.get(outs(e)[0])
            same = twin is not None and written(twin, names) == written(e, names)
            yield line, INK if same else color, None
        yield f"return {', '.join(text(a, names) for a in program.outputs)}", INK, None

    return pair({
        f"before: {len(before.equations)} equations": lines(before, after, BERRY),
        f"after: {len(after.equations)} equations": lines(after, before, PINE),
    })  # fmt: skip

"""The same graph every time: what several systems recorded of one function, side by side."""

import textwrap

import numpy as np

import elves
from elves import frameworks
from elves.errors import ElfError, InputError
from elves.show.drawing import BERRY, FROST, INK, Drawing, write
from elves.show.reading import Roomy, fold, nodes_of
from elves.show.recording import brief
from elves.show.upright import upright

MOST = 12  # nodes that a panel has room for
WIDTH, HEAD, FOOT = 1172, 35, 35  # of the whole picture; of a panel's title, and of its number
GAP = 14  # between panels
TALL, LEAST = 137, 0.65  # of a panel's graph: its height, which grows rather than letters shrink
EVERY = (*frameworks.FRAMEWORKS, "reverse")
BOLD = 'text-anchor="middle" font-weight="600"'


def graph_of_each(f, *args, engines=EVERY, columns=4, width=WIDTH):
    """The graph that each system recorded of f, in its own names, above the slope that it finds.

    `f` takes numbers and arrays, and gives a number; `engines` are names of real systems and of
    elves that build a graph, `width` is that of the picture in pixels. A system that is missing, or
    that refuses, says so in its panel.
    Raises InputError for a name that is none.

    >>> picture = graph_of_each(lambda x: x * np.sin(x), 2.0, engines=["reverse", "tracing"])
    >>> print(picture.alt)
    What each system recorded. reverse: x; v1 = sin(x); v2 = x * v1; slope 0.07700375373. \
tracing: a; b = sin(a); c = a * b; slope 0.07700375373.
    """
    engines = [engines] if isinstance(engines, str) else list(engines)
    if not engines or columns < 1:
        raise InputError("Name at least one engine, and one column.")
    panels = [panel(f, args, engine) for engine in engines]
    columns = min(columns, len(panels))
    wide = (width - GAP * (columns - 1)) / columns
    tallest = max(d.height for _, d, *_ in panels)
    scale = min(1.25, max(LEAST, TALL / tallest))
    scale = min([scale, *((wide - 2 * GAP) / d.width for _, d, *_ in panels)])
    inner = tallest * scale
    tall, out = HEAD + inner + FOOT, []
    for k, (title, drawn, number, color, _) in enumerate(panels):
        x, y = k % columns * (wide + GAP), k // columns * (tall + GAP)
        left, top = (
            x + (wide - drawn.width * scale) / 2,
            y + HEAD + (inner - drawn.height * scale) / 2,
        )
        out += [
            f'<rect x="{x + 1:.0f}" y="{y + 1:.0f}" width="{wide - 2:.0f}" height="{tall - 2:.0f}" '
            f'rx="12" fill="none" stroke="{FROST}" stroke-width="2"/>',
            write(x + wide / 2, y + 27, title, INK, BOLD, 22),
            f'<g transform="translate({left:.0f},{top:.0f}) scale({scale:.3f})">{drawn.body}</g>',
            write(x + wide / 2, y + tall - 12, number, color, BOLD, 22),
        ]
    rows = -(-len(panels) // columns)
    whole = Drawing("".join(out), width + 2, rows * (tall + GAP) - GAP)
    return whole.picture("What each system recorded. " + " ".join(alt for *_, alt in panels))


def panel(f, args, engine):
    """The title, the drawing, the slope and its colour, and all that in words."""
    engine = f"{getattr(engine, '__name__', engine)}".split(".")[-1]
    if engine not in (*frameworks.FRAMEWORKS, *elves.ENGINES):
        raise InputError(f"There is no engine {engine!r}: choose from {', '.join(EVERY)}.")
    title = engine
    try:
        if engine in frameworks.FRAMEWORKS:
            system = frameworks.load(engine)
            title = system.NAME
        else:
            system = getattr(elves, engine)
            title = f"elves.{engine}"
        nodes = frameworks.needs(fold(named(nodes_of(f, args, engine)), MOST) or None)
        with frameworks.quiet():
            slopes = system.grad(f, tuple(range(len(args))))(*args)
    except Exception as problem:
        if not isinstance(problem, ElfError) and engine not in frameworks.FRAMEWORKS:
            raise
        error = frameworks.sentence(problem)
        lines = [(line, INK) for line in textwrap.wrap(error, 30)]
        return title, upright([(Roomy(0, lines, FROST, True), [])]), "", INK, f"{title}: {error}"
    one = len(slopes) == 1 and np.ndim(slopes[0]) == 0
    words = f"{slopes[0]:.10g}" if one else ", ".join(map(brief, slopes))
    told = "; ".join(" ".join(str(line[0]) for line in box.lines) for box, _ in nodes)
    return title, upright(nodes), words, BERRY, f"{engine}: {told}; slope {words}."


def named(nodes):
    """Nodes without the values and adjoints that an elf adds: here the names count."""
    for box, above in nodes:
        kept = [line for line in box.lines if line[2:] not in (("value",), ("adjoint",), ("type",))]
        yield Roomy(box.key, kept, box.edge, box.dashed), above

"""The tangle that a large formula is: all its operations, too many for words, as dots and lines."""

from elves.show.drawing import BERRY, INK, PINE, Drawing, write
from elves.symbolic.expr import is_own, parts

WIDE, TALL, TOP = 1240, 240, 44  # pixels of a tangle, and of its title
MOST = 2500  # dots; the rest of a larger formula hides behind them


def tangle(dots, lines, title):
    """Dots at (x, y), in any unit, with lines between the dots of these numbers; below a title."""
    top = TOP if title else 0
    xs, ys = [x for x, _ in dots], [y for _, y in dots]
    left, low = min(xs), min(ys)
    across, down = (max(xs) - left) or 1, (max(ys) - low) or 1

    def at(k):
        x = 12 + (dots[k][0] - left) / across * (WIDE - 24)
        return f"{x:.0f},{top + 12 + (dots[k][1] - low) / down * (TALL - 24):.0f}"

    thick, dot = (2.0, 9) if len(dots) < 300 else (1.2, 4)
    paths = "".join(f"M{at(a)}L{at(b)}" for a, b in lines)
    spots = "".join(f"M{at(k)}h0" for k in range(len(dots)))
    head = write(12, 28, title, INK, 'font-weight="700"', 26) if title else ""
    body = (
        f'{head}<path class="lines" d="{paths}" fill="none" stroke="{PINE}" stroke-width="{thick}" '
        f'opacity="0.6"/><path class="dots" d="{spots}" fill="none" stroke="{BERRY}" '
        f'stroke-width="{dot}" stroke-linecap="round"/>'
    )
    return Drawing(body, WIDE, top + TALL + 4)


def branches(expr, title=""):
    """A formula as the tree that it is when each use of each part is written out.

    >>> import numpy as np
    >>> from elves import symbolic
    >>> branches(symbolic.formula(lambda x: np.sin(x) * np.sin(x))).body.count("h0")
    5
    """
    found, lines, todo = [], [], [(expr, None, 0)]
    for key, (node, above, depth) in enumerate(todo):  # which grows, layer by layer
        if key == MOST:
            break
        found.append(depth)
        lines += [(above, key)] if above is not None else []
        todo += [(a, key, depth + 1) for a in node.args if is_own(a, expr.level)]
    below = [[] for _ in found]
    for a, b in lines:
        below[a].append(b)
    x, ends = {}, 0
    for key in upwards(below):
        x[key] = sum(x[k] for k in below[key]) / len(below[key]) if below[key] else ends
        ends += not below[key]
    return tangle([(x[k], depth) for k, depth in enumerate(found)], lines, title)


def upwards(below):
    """The nodes of a tree from left to right, each one after those below it."""
    todo, out = [0], []
    while todo:
        out.append(key := todo.pop())
        todo += below[key]
    return out[::-1]


def web(expr, title=""):
    """A formula as the graph in which each part occurs once, from left to right.

    A node stands beside the middle of what it is made of, as far as there is room.
    """
    nodes = list(parts([expr], expr.level))
    number = {id(node): k for k, node in enumerate(nodes)}
    above = [sorted({number[id(a)] for a in node.args if is_own(a, expr.level)}) for node in nodes]
    level, column = [], {}
    for k, own in enumerate(above):  # oldest first
        level.append(1 + max((level[p] for p in own), default=-1))
        column.setdefault(level[k], []).append(k)
    y = {}
    for n in sorted(column):
        middle = {k: sum(y[p] for p in above[k]) / max(len(above[k]), 1) for k in column[n]}
        for place, k in enumerate(sorted(middle, key=middle.get), 1):
            y[k] = 0.6 * place / (len(middle) + 1) + 0.4 * middle[k]
    lines = [(p, k) for k, own in enumerate(above) for p in own]
    return tangle([(level[k], y[k]) for k in range(len(nodes))], lines, title)


def below(*drawings):
    """Drawings one below the other."""
    out, y = [], 0
    for each in drawings:
        out.append(f'<g transform="translate(0,{y:.0f})">{each.body}</g>')
        y += each.height + 16
    return Drawing("".join(out), max(d.width for d in drawings), y - 16)

"""A small graph from top to bottom, compact: for a panel, or beside a few lines of code."""

import collections

from elves.show.drawing import INK, Drawing, node
from elves.show.layouts import laid_out

SPACE, STEP, EDGE = 12, 28, 2  # between boxes beside each other, between layers, around all


def upright(nodes):
    """The drawing of a small graph, layer below layer, the inputs on top."""
    boxes = [box for box, _ in nodes]
    number = {box.key: k for k, box in enumerate(boxes)}
    times = collections.Counter((number[p], number[box.key]) for box, above in nodes for p in above)
    pairs = sorted(times)
    alone = [k for k in range(len(boxes)) if not any(k in pair for pair in pairs)]
    layers, steps, right = {}, {}, 0
    for part, (at, links) in enumerate([*laid_out(pairs), *(([(k, (0, 0))], []) for k in alone)]):
        top = max(y for _, (_, y) in at)
        left = min(x for _, (x, _) in at)
        name = {k: k if k < len(boxes) else ("bend", part, k) for k, _ in at}
        for k, (x, y) in at:
            layers.setdefault(round(top - y), []).append((right + x - left, str(name[k]), name[k]))
        right += 2 + max(x - left for _, (x, _) in at)
        for a, b in links:
            steps.setdefault(name[a], []).append(name[b])
    rows = [[k for *_, k in sorted(layers[n])] for n in sorted(layers)]
    return arranged(boxes, mirrored(rows, [number[p] for p in nodes[-1][1]]), steps, times)


def mirrored(rows, above):
    """Rows from left to right or the other way: the last node's first parent stands first."""
    own = [k for row in rows for k in row if k in above]
    return rows if own[:1] == above[:1] else [row[::-1] for row in rows]


def arranged(boxes, layers, steps, times):
    """Each layer in the middle of the page; a bend is a line straight down through its layer."""
    size = lambda k: boxes[k].size if isinstance(k, int) else (0, 0)  # noqa: E731
    wide = [sum(size(k)[0] for k in row) + SPACE * (len(row) - 1) for row in layers]
    width, y, spot, out = max(wide) + 2 * EDGE, EDGE, {}, []  # spot: its middle, top and bottom
    for row, own in zip(layers, wide, strict=True):
        x, tall = (width - own) / 2, max(size(k)[1] for k in row)
        for k in row:
            w, h = size(k) if isinstance(k, int) else (0, tall)
            spot[k] = x + w / 2, y + (tall - h) / 2, y + (tall + h) / 2
            x += w + SPACE
        y += tall + STEP
    for a, row in steps.items():
        for b in row:
            (x, up, top), (to, end, _) = spot[a], spot[b]
            start = top if isinstance(a, int) else up
            head = " m-5,-9 l5,9 l5,-9" * isinstance(b, int)
            bend, end = (end - top) / 2, end - 2 * isinstance(b, int)
            out.append(
                f'<path class="edge" d="M{x:.0f},{start:.0f} V{top:.0f} C{x:.0f},{top + bend:.0f} '
                f'{to:.0f},{end - bend:.0f} {to:.0f},{end:.0f}{head}" fill="none" '
                f'stroke="{INK}" stroke-width="{1 + 1.4 * times.get((a, b), 1):.1f}"/>'
            )
    out += [node(k, box, spot[k][0] - box.size[0] / 2, spot[k][1]) for k, box in enumerate(boxes)]
    places = {box.key: (spot[k][0] - box.size[0] / 2, spot[k][1], *box.size)
              for k, box in enumerate(boxes)}  # fmt: skip
    return Drawing("".join(out), width, y - STEP + EDGE, places)

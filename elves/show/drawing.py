"""One base for all drawings: boxes in layers, arrows between them, one palette, light and dark.

A drawing is SVG text in the palette's light colours, which stay as attributes for viewers without
style sheets; in all others rules turn them into names whose values change in the dark, so that
the same drawing is good on white and on black.
"""

import base64
import collections
import html
import itertools
import pathlib
import re
from typing import NamedTuple

from elves.errors import InputError
from elves.show.layouts import laid_out

# name: in the light and in the dark, there with the paper, snow and frost of slides/rise.css;
# safe for the colour-blind (the deck's greens beside berry are not), 4.5 : 1 on paper and on snow
PALETTE = {
    "ink": ("#22303c", "#e8efe9"),
    "pine": ("#00665e", "#6fd3c4"),  # primal values
    "berry": ("#a4262c", "#ff9d88"),  # adjoints
    "gold": ("#8a6100", "#f0c454"),  # tangents
    "snow": ("#eef4f2", "#1b2a23"),
    "frost": ("#ccd8d5", "#3a4d43"),
    "paper": ("#ffffff", "#101b16"),
}
INK, PINE, BERRY, GOLD, SNOW, FROST, PAPER = (light for light, _ in PALETTE.values())


def theme(selector, tone):
    """The CSS that sets the palette's names: tone 0 is light, 1 is dark."""
    names = ";".join(f"--elves-{name}:{tones[tone]}" for name, tones in PALETTE.items())
    return f"{selector}{{{names}}}"


def paint(selector):
    """The CSS that gives what is drawn in the palette's light colours their names."""
    return "".join(
        f'{selector} [{part}="{light}"]{{{part}:var(--elves-{name})}}'
        for name, (light, _) in PALETTE.items()
        for part in ("fill", "stroke")
    )


DARK = "@media screen and (prefers-color-scheme:dark)"
CSS = f"{theme('.elves', 0)}{DARK}{{{theme('.elves', 1)}}}"
COLOR = re.compile(r"(fill|stroke): ?(#[0-9a-f]{6})(?:; ?|$)")


def painted(svg):
    """An SVG text with its colours in attributes: a rule changes these, but no style of its own.

    >>> painted('<path style="fill: #ffffff; stroke-width: 2"/>')
    '<path fill="#ffffff" style="stroke-width: 2"/>'
    """

    def attributes(found):
        rest = COLOR.sub("", found[1])
        colors = [f'{part}="{color}"' for part, color in COLOR.findall(found[1])]
        return " ".join(colors + [f'style="{rest}"'] * bool(rest))

    return re.sub(r'style="([^"]*)"', attributes, svg)


class Picture:
    """An SVG drawing with its alternative text, which Jupyter displays.

    >>> picture = Picture('<svg viewBox="0 0 9 9"><rect fill="#22303c"/></svg>', "A square.")
    >>> 'aria-label="A square."' in picture.svg and 'fill="#22303c"' in picture.drawing
    True
    """

    def __init__(self, svg, alt, figure=None):
        start, end = svg.index("<svg"), svg.index(">", svg.index("<svg"))
        self.label = html.escape(alt, quote=True).replace("\n", "&#10;")  # in an attribute
        space = "" if "xmlns=" in svg[start:end] else ' xmlns="http://www.w3.org/2000/svg"'
        head = (
            f'{svg[start:end]}{space} class="elves" style="max-width:100%;height:auto" role="img" '
            f'aria-label="{self.label}">'
        )
        body = painted(svg[end + 1 :])
        self.drawing = head + body  # takes its colours from the page around it
        self.svg = f"{head}<style>{CSS}{paint('.elves')}</style>{body}"
        self.alt, self.figure = alt, figure

    def _repr_svg_(self):
        return self.svg

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"image/svg+xml": self.svg, "text/plain": self.alt}

    def to_html(self):
        """The drawing as a page part: an image that carries everything with it."""
        data = base64.b64encode(self.svg.encode()).decode()
        look = f'alt="{self.label}" style="max-width:100%"'
        return f'<img src="data:image/svg+xml;base64,{data}" {look}>'

    def save(self, path):
        """Write the drawing to a file that ends in .svg, .html or, if it is a plot, .png."""
        path = pathlib.Path(path)
        if path.suffix == ".png" and self.figure is not None:
            self.figure.savefig(path, dpi=150)
        elif path.suffix in (".svg", ".html"):
            text = self.svg if path.suffix == ".svg" else page(self.to_html(), self.alt)
            path.write_text(text, encoding="utf-8")
        else:
            raise InputError(
                f"A picture cannot be saved as {path.name!r}: write .svg or .html"
                f"{', or .png' if self.figure is not None else ''}."
            )


def page(body, title):
    """A whole HTML page around a part of one."""
    look = f"body{{margin:2em;background:var(--elves-paper);color:var(--elves-ink)}}{CSS}"
    return (
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{html.escape(title[:80])}'
        f'</title><style>{look}</style><body class="elves">{body}</body></html>'
    )


class Drawing(NamedTuple):
    """A piece of a picture: SVG text, its size, and where its boxes lie: key -> x, y, w, h."""

    body: str
    width: float
    height: float
    places: dict | None = None

    def picture(self, alt):
        """The whole picture, on paper, as large as it is drawn."""
        size = f"{self.width:.0f}", f"{self.height:.0f}"
        return Picture(
            f'<svg width="{size[0]}" height="{size[1]}" viewBox="0 0 {size[0]} {size[1]}" '
            f'font-family="system-ui, Segoe UI, Roboto, DejaVu Sans, sans-serif">'
            f'<rect width="100%" height="100%" rx="10" fill="{PAPER}"/>{self.body}</svg>',
            alt,
        )


FONT, LINE, WIDE = 20, 25, 0.57  # of a letter: its size, the room for a line, width over size
GAP = 40  # between layers, for the arrows
PAGE = 1240  # a wider graph goes on below, as text does


class Box(NamedTuple):
    """A node to be drawn: lines of (text, colour, what it is), the first one is its name."""

    key: object
    lines: list
    edge: str = PINE
    dashed: bool = False

    @property
    def size(self):
        longest = max(len(str(line[0])) for line in self.lines)
        return longest * FONT * WIDE + 22, LINE * len(self.lines) + 14


def write(x, y, words, color=INK, more="", size=FONT):
    """One line of text."""
    words = html.escape(str(words))
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" fill="{color}" {more}>{words}</text>'


def layered(boxes, edges, page=PAGE):
    """Boxes in layers from left to right, oldest first, with arrows along the edges.

    `edges` are pairs of keys, repeated where a node is used twice. Boxes never intersect. Layers
    beyond the width of the `page` go on below.
    """
    number = {box.key: k for k, box in enumerate(boxes)}
    pairs = sorted({(number[a], number[b]) for a, b in edges})
    alone = [k for k in range(len(boxes)) if not any(k in pair for pair in pairs)]
    parts = laid_out(pairs) + [([(k, (0.0, 0.0))], []) for k in alone]
    row, below, where, links, levels = max(b.size[1] for b in boxes) + 16, 0, {}, [], {}
    for part, (at, more) in enumerate(parts):  # one under the other
        top = max(y for _, (_, y) in at)
        left = min(x for _, (x, _) in at)
        name = {k: k if k < len(boxes) else ("bend", part, k) for k, _ in at}
        for k, (x, y) in at:
            levels[name[k]] = round(top - y)
            where[name[k]] = below + x - left
        links += [(name[a], name[b]) for a, b in more]
        below = 1 + max(where[name[k]] for k, _ in at)
    return on_grid(boxes, edges, number, levels, links, grid(boxes, levels, where, row, page))


class Grid(NamedTuple):
    """Where the levels of a graph begin, how wide they are, and where each node has its middle.

    A row of the page has some of the levels; `tops` are those of the rows.
    """

    start: list
    wide: list
    rows: list
    tops: list
    middle: dict
    right: float
    height: float


def grid(boxes, levels, where, row, page):
    """The grid for nodes whose level and place in it are known."""
    depth = max(levels.values()) + 1
    wide = [max((b.size[0] for k, b in enumerate(boxes) if levels[k] == n), default=0)
            for n in range(depth)]  # fmt: skip
    start, rows = [20], [0]
    for n in range(1, depth):
        x = start[-1] + wide[n - 1] + GAP
        below = x + wide[n] > page
        start.append(GAP + 20 if below else x)
        rows.append(rows[-1] + below)
    tops, height, middle = [], 12, {}
    for r in range(rows[-1] + 1):
        own = [k for k in where if rows[levels[k]] == r]
        tops.append(height)
        least = min(where[k] for k in own)
        middle |= {k: height + row * (where[k] - least + 0.5) for k in own}
        height = max(middle[k] for k in own) + row / 2 + GAP
    right = max(map(sum, zip(start, wide, strict=True)))
    return Grid(start, wide, rows, tops, middle, right, height)


def on_grid(boxes, edges, number, levels, links, grid):
    """The drawing of boxes on a grid, with arrows along the edges."""
    after, turns = {}, itertools.count()
    for a, b in links:
        after.setdefault(a, []).append(b)
    out, places = [], {}
    for (a, b), times in collections.Counter(edges).items():
        a, b = number[a], number[b]
        d = way(route(a, b, after, len(boxes)), boxes, levels, grid, turns)
        out.append(
            f'<path class="edge" data-from="{a}" data-to="{b}" d="{d} m-9,-6 l9,6 l-9,6" '
            f'fill="none" stroke="{INK}" stroke-width="{1.6 + times:.1f}"/>'
        )
    for k, box in enumerate(boxes):
        (w, h), n = box.size, levels[k]
        x, y = grid.start[n] + (grid.wide[n] - w) / 2, grid.middle[k] - h / 2
        places[box.key] = x, y, w, h
        out.append(node(k, box, x, y))
    width = grid.right + (GAP if grid.rows[-1] else 20)
    return Drawing("".join(out), width, grid.height - GAP + 12, places)


def way(path, boxes, levels, grid, turns):
    """The line of an arrow through the nodes and bends of a path; `turns` counts ends of rows."""
    start, wide, rows, tops, middle, right, _ = grid
    a, b = path[0], path[-1]
    x, y = start[levels[a]] + wide[levels[a]] / 2 + boxes[a].size[0] / 2, middle[a]
    d = f"M{x:.0f},{y:.0f}"
    for before, step in itertools.pairwise(path):
        n, last = levels[step], step == b
        to = start[n] + (wide[n] - boxes[b].size[0]) / 2 - 3 if last else start[n]
        if rows[n] > rows[levels[before]]:  # around the end of the row
            side = 8 + 7 * (next(turns) % 4)
            d += f" H{right + side:.0f} V{tops[rows[n]] - GAP + side:.0f} H{GAP - side} "
            d += f"V{middle[step]:.0f} H{to:.0f}"
        else:
            d += f" C{x + GAP / 2 + 8:.0f},{y:.0f} {to - GAP / 2 - 8:.0f},{middle[step]:.0f} "
            d += f"{to:.0f},{middle[step]:.0f}"
        if not last:
            d += f" H{start[n] + wide[n]:.0f}"
        x, y = start[n] + wide[n], middle[step]
    return d


def node(k, box, x, y):
    """A box with its lines of text, whose corner is at x, y."""
    (w, h), dash = box.size, ' stroke-dasharray="6 5"' if box.dashed else ""
    out = [
        f'<g class="node" data-node="{k}"><rect x="{x:.0f}" y="{y:.0f}" width="{w:.0f}" '
        f'height="{h:.0f}" rx="12" fill="{SNOW}" stroke="{box.edge}" stroke-width="2"{dash}/>'
    ]
    for i, (words, color, *role) in enumerate(box.lines):
        more = f'text-anchor="middle" class="{role[0] if role else "name"}"'
        more += ' font-weight="600"' if i == 0 else ""
        out.append(write(x + w / 2, y + 25 + LINE * i, words, color, more))
    return "".join([*out, "</g>"])


def route(a, b, after, count):
    """The way from a to b over the bends between them."""
    todo = [[a]]
    while todo:
        path = todo.pop()
        for n in after.get(path[-1], ()):
            if n == b:
                return [*path, n]
            if not isinstance(n, int):  # a bend leads to one place only
                todo.append([*path, n])
    return [a, b]


def beside(*titled):
    """Drawings beside each other, each under its title."""
    x, out, places, height = 0, [], {}, max(d.height for _, d in titled)
    for title, d in titled:
        width = max(d.width, len(title) * FONT * WIDE + 40)
        inner = f'<g transform="translate({x:.0f},40)">{d.body}</g>'
        out.append(write(x + 20, 30, title, INK, 'font-weight="700"') + inner)
        for key, (left, top, w, h) in (d.places or {}).items():
            places[title, key] = left + x, top + 40, w, h
        x += width
    return Drawing("".join(out), x, height + 40, places)


def table(head, rows):
    """Rows of (text, colour) cells under their headings."""
    cells = [[(h, INK) for h in head], *rows]
    wide = [max(len(str(row[k][0])) for row in cells) * FONT * WIDE + 26 for k in range(len(head))]
    start = [20 + sum(wide[:k]) for k in range(len(head))]
    out, width = [], sum(wide) + 40
    for n, row in enumerate(cells):
        y = 36 + 34 * n
        if n % 2:
            out.append(f'<rect x="8" y="{y - 24}" width="{width - 16:.0f}" height="34" rx="6" '
                       f'fill="{SNOW}"/>')  # fmt: skip
        more = "" if n else 'font-weight="700"'
        out += [write(x, y, words, color, more)
                for x, (words, color) in zip(start, row, strict=True)]  # fmt: skip
    return Drawing("".join(out), width, 34 * len(cells) + 24)

"""Pictures of a case that failed: what is wrong is red."""

import numpy as np

from elves.course.guard import same
from elves.show.drawing import BERRY, INK, PAPER, PINE, SNOW, Box, Drawing, layered, write


def graph(case, want, got, names):
    """The graph of a small program; a value whose adjoint is wrong has a red box."""
    _, steps = case
    boxes, edges = [], []
    for k, name in enumerate(names[: len(steps) + 1]):
        if name not in want:
            continue
        words = "input"
        if k:
            op, i, j = steps[k - 1]
            words = f"{names[i]} {op} {names[j]}"
            edges += [(names[i], name), (names[j], name)]
        right = same(got.get(name), want[name], 1e-9)
        lines = [(f"{name} = {words}", INK)]
        if right:
            lines.append((f"adjoint {want[name]:.4g}", PINE))
        else:
            lines += [(f"yours {number(got.get(name))}", BERRY), (f"right {want[name]:.4g}", PINE)]
        boxes.append(Box(name, lines, PINE if right else BERRY, not right))
    wrong = [name for name in want if not same(got.get(name), want[name], 1e-9)]
    return layered(boxes, edges).picture(f"The graph; the adjoint of {', '.join(wrong)} is wrong.")


def number(value):
    return f"{value:.4g}" if isinstance(value, (int, float, np.generic)) else f"{value!r:.12}"


def fitted(value):
    """A number in the eight letters that a cell has room for.

    >>> fitted(0.00026925), fitted(-1.745e-16)
    ('0.000269', '0')
    """
    if abs(value) < 1e-12:
        value = 0.0  # as `brief` says it
    texts = [f"{value:.{digits}g}" for digits in (4, 3, 2, 1)]
    return next((text for text in texts if len(text) <= 8), texts[-1])


CELL, MOST = (84, 30), 8
BESIDE = 2  # columns, up to which two arrays stand beside each other; a phone has no more room


def matrix(want, got, of=""):
    """Two arrays, what is right and what came, `of` which one; the wrong entries are red.

    None where they are no arrays of the same shape that a reader can take in.
    """
    want, got = np.atleast_2d(want), np.atleast_2d(got)
    if want.shape != got.shape or want.ndim != 2 or max(want.shape) > MOST or want.size == 1:
        return None
    wide, high = CELL
    rows, columns = want.shape
    body, titles = [], (f"expected{of}", f"yours{of}")
    room = max(columns * wide, 9 * len(titles[0]))
    beside = columns <= BESIDE and room <= BESIDE * wide
    step = (room + 40, 0) if beside else (0, rows * high + 36)
    for k, (title, entries) in enumerate(zip(titles, (want, got), strict=True)):
        left, top = 10 + k * step[0], k * step[1]
        body.append(write(left, top + 22, title, INK, size=16))
        for (i, j), value in np.ndenumerate(entries):
            right = same(value, want[i, j], 1e-9)
            x, y = left + j * wide, top + 30 + i * high
            fill = SNOW if right else BERRY
            body.append(f'<rect x="{x}" y="{y}" width="{wide - 3}" height="{high - 3}" rx="4" '
                        f'fill="{fill}"/>')  # fmt: skip
            body.append(write(x + 8, y + 20, fitted(value), INK if right else PAPER, size=15))
    count = int(np.sum([not same(a, b, 1e-9) for a, b in zip(want.flat, got.flat, strict=True)]))
    size = 20 + room + step[0], 40 + rows * high + step[1]
    return Drawing("".join(body), *size).picture(f"{count} of {want.size} entries are wrong.")


CURVE = 420, 260, 20  # a plot: its width, its height, its margin


def lines(f, x, h, want, got):
    """A curve around x, and two lines through its point there: the right slope, and another.

    None where the other slope is no number.
    """
    if not isinstance(got, float) or not np.isfinite(got):
        return None
    wide, high, edge = CURVE
    around = max(2 * h, 0.5)
    xs = np.linspace(x - around, x + around, 61)
    with np.errstate(all="ignore"):  # there may be a pole beside x
        ys = np.array([f(t) for t in xs], float)
    reach = 1.5 * around * max(abs(want), abs(got)) or 1.0
    in_view = np.abs(ys - f(x)) <= reach
    xs, ys = xs[in_view], ys[in_view]
    low, top = np.min(ys), np.max(ys)
    if low == top:
        low, top = low - reach, top + reach

    def place(t, y):
        across = edge + (t - x + around) / (2 * around) * (wide - 2 * edge)
        return f"{across:.1f},{high - edge - (y - low) / (top - low) * (high - 2 * edge):.1f}"

    def line(slope, color, more=""):
        ends = " ".join(place(t, f(x) + slope * (t - x)) for t in (x - around, x + around))
        return f'<polyline points="{ends}" stroke="{color}" {SHAPE} {more}/>'

    curve = " ".join(place(t, y) for t, y in zip(xs, ys, strict=True))
    at = place(x, f(x)).split(",")
    free = edge + 8 if want > 0 else wide / 2  # above the curve
    body = (
        f'<polyline points="{curve}" stroke="{INK}" {SHAPE}/>{line(want, PINE)}'
        + line(got, BERRY, 'stroke-dasharray="8 5"')
        + f'<circle cx="{at[0]}" cy="{at[1]}" r="5" fill="{INK}"/>'
        + write(free, 30, f"slope {want:.4g}", PINE, size=16)
        + write(free, 52, f"yours {got:.4g}, dashed", BERRY, size=16)
    )
    return Drawing(f'<svg width="{wide}" height="{high}">{body}</svg>', wide, high).picture(
        f"The curve, a line with the slope {want:.4g}, and yours with {got:.4g}."
    )


SHAPE = 'fill="none" stroke-width="2.5"'

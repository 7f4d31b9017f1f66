"""Figures of the refresher: a gradient as arrows, runs as dots, a matrix in colours."""

import numpy as np

from elves import reverse
from elves.errors import InputError, missing
from elves.show.descending import bottom
from elves.show.drawing import BERRY, GOLD, INK, PAPER, PINE, Drawing, write
from elves.show.faces import ELVES, figure
from elves.show.recording import brief

MIDDLE, BOLD = 'text-anchor="middle"', 'font-weight="700"'
CENTRED = f'{MIDDLE} {BOLD} style="font-variant-numeric:tabular-nums"'


def minus(words):
    return words.replace("-", "\N{MINUS SIGN}")


def signed(number):
    r"""A number with a true minus.

    >>> signed(-4.0) == "\N{MINUS SIGN}4"
    True
    """
    return minus(brief(number))


# ------------------------------------------------------------ a gradient as the sum of its slopes


MAP = 1160, 344  # pixels
RINGS = 12  # contour lines


def contours(heights, xs, ys):
    """Lines of equal height as pieces of an SVG path; the rings of a bowl have equal distances."""
    try:
        from contourpy import contour_generator
    except ImportError as error:
        words = "Contour lines need contourpy, which matplotlib brings: run make light."
        raise missing(error, words) from None
    heights = np.ma.masked_invalid(heights)  # a function may end on the way
    low, high = heights.min(), heights.max()
    lines = contour_generator(xs, ys, heights)
    for k in range(1, RINGS + 1):
        for line in lines.lines(low + (high - low) * (k / (RINGS + 1)) ** 2):
            yield "M" + "L".join(f"{x:.0f},{y:.0f}" for x, y in line)


def arrow(start, end, color, width=6):
    """A thick arrow between two points."""
    start, end = np.array(start, float), np.array(end, float)
    length = np.hypot(*(end - start))
    along, width = (end - start) / length, min(width, length / 5)
    neck, side = end - along * 3.4 * width, 1.7 * width * np.array([-along[1], along[0]])
    tip = " ".join(f"{x:.1f},{y:.1f}" for x, y in (end, neck + side, neck - side))
    (x, y), (a, b) = start, neck
    return (
        f'<path class="arrow" d="M{x:.1f},{y:.1f}L{a:.1f},{b:.1f}" stroke="{color}" '
        f'stroke-width="{width:.1f}"/><polygon points="{tip}" fill="{color}"/>'
    )


def arrows(f, point, around=2.0):
    """The gradient of f at a point as two arrows, a slope along each axis, and as their sum.

    `f` takes an array of two numbers, as the point is one; `around` is how far the map goes up and
    down from it, in their unit. Faint lines have equal height, and the star is the bottom of the
    valley. Raises InputError for other points, and where there is no slope to draw.

    >>> arrows(lambda p: p[0] ** 2 + p[1], [1.0, 0.0]).alt[:65]
    'Two slopes at (1, 0): 2 by the first input, 1 by the second. Thei'
    """
    at = np.array(point, float)
    if at.shape != (2,) or not 0 < around < np.inf:
        raise InputError("show.arrows needs a point of two numbers, and around above 0.")
    gradient = np.array(reverse.grad(f)(at), float)
    if not np.isfinite(gradient).all() or not gradient.any():
        raise InputError(f"The gradient at this point is {gradient}: choose another point.")
    wide, tall = MAP
    out = landscape(f, at, tall / 2 / around)
    middle = np.array([wide, tall]) / 2
    reach = gradient * [1, -1] * 0.4 * tall / np.abs(gradient).max()
    end = middle + reach
    out.append(f'<path d="M{end[0]:.0f},{middle[1]:.0f}V{end[1]:.0f}H{middle[0]:.0f}" fill="none" '
               f'stroke="{INK}" stroke-width="2" stroke-dasharray="3 7"/>')  # fmt: skip
    names = signed(gradient[0]), signed(gradient[1])
    if gradient.all():
        out.append(arrow(middle, end, BERRY, 9))
        words = f"gradient ({names[0]}, {names[1]})"
        apart = max(0, 40 - abs(reach[1])) * np.sign(reach[1])  # from the words of the first slope
        spot = end[0] + 22 * np.sign(reach[0]), end[1] + 10 + apart
        out.append(label(spot, reach[0], words, BERRY))
    if gradient[0]:
        out.append(arrow(middle, (end[0], middle[1]), INK))
        side = end[0] + 14 * np.sign(reach[0])
        out.append(label((side, middle[1] + 10), reach[0], f"slope {names[0]}", INK))
    if gradient[1]:
        out.append(arrow(middle, (middle[0], end[1]), INK))
        out.append(label((middle[0] - 20 * np.sign(reach[0] or -1), end[1] - 4 * np.sign(reach[1])),
                         -(reach[0] or -1), f"slope {names[1]}", INK))  # fmt: skip
    out.append(f'<circle cx="{middle[0]}" cy="{middle[1]}" r="11" fill="{INK}"/>')
    spot = f"({brief(at[0])}, {brief(at[1])})"
    return Drawing("".join(out), wide, tall).picture(
        f"Two slopes at {spot}: {brief(gradient[0])} by the first input, {brief(gradient[1])} by "
        f"the second. Their arrows add up to the gradient, which points uphill, across the contour "
        f"lines."
    )


def landscape(f, at, unit):
    """The lines of equal height around a point, `unit` pixels for 1, and a star at the bottom."""
    wide, tall = MAP
    xs, ys = np.linspace(0, wide, 121), np.linspace(0, tall, 61)
    place = lambda x, y: at + np.array([x - wide / 2, tall / 2 - y]) / unit  # noqa: E731
    low, high = place(0, tall), place(wide, 0)
    with np.errstate(all="ignore"):  # f may end on the way
        heights = np.array([[float(f(place(x, y))) for x in xs] for y in ys])
        star = bottom(lambda x, y: f(np.array([x, y])), np.stack([low, high], 1).ravel())
    out = [f'<path d="{"".join(contours(heights, xs, ys))}" fill="none" stroke="{PINE}" '
           f'stroke-width="1.5" opacity="0.45"/>']  # fmt: skip
    if star:
        x, y = wide / 2 + (star[0] - at[0]) * unit, tall / 2 - (star[1] - at[1]) * unit
        turns = [(np.pi * k / 5, 8 if k % 2 else 19) for k in range(10)]
        corners = (f"{x + r * np.sin(a):.0f},{y - r * np.cos(a):.0f}" for a, r in turns)
        out.append(f'<polygon points="{" ".join(corners)}" fill="{GOLD}"/>')
    return out


def label(spot, side, words, color):
    """Bold words that begin at a spot, or end there if they are on its left side."""
    more = f'{BOLD} text-anchor="{"start" if side > 0 else "end"}"'
    long = len(words) * 27 * 0.6
    x, y = spot
    plate = f'<rect x="{x if side > 0 else x - long:.0f}" y="{y - 27:.0f}" width="{long:.0f}" '
    plate += f'height="36" rx="6" fill="{PAPER}" opacity="0.85"/>'
    return plate + write(x, y, words, color, more, 27)


# ------------------------------------------------------------ a dot for each run


def runs(**counts):
    """A dot for each run that an engine makes of the user's function, one panel for each engine.

    The names of the arguments are the titles, with spaces for underscores. The first dot is the
    plain run, the red ones are what the slopes cost on top; a walk back counts as a run. Raises
    InputError for a number that is no count, and for more than 4,000 dots.

    >>> runs(numerical=1001, reverse=2).alt
    'A dot for each run: numerical 1,001; reverse 2.'
    """
    good = all(isinstance(n, (int, np.integer)) and n >= 1 for n in counts.values())
    if not counts or not good or sum(counts.values()) > 4000:
        raise InputError(
            f"show.runs draws counts of runs, together 1 to 4,000, not {counts!r:.60}."
        )
    most, top, gap = sum(counts.values()), 80, 40
    titles = {name: f"{name.replace('_', ' ')}: 1 + {n - 1:,} = {n:,}"
              for name, n in counts.items()}  # fmt: skip
    step = min(28.0, np.sqrt(800 * 290 / most))
    rows = max(2, int(290 / step))
    out, x = [], 12.0
    for name, n in counts.items():
        spots = [(x + step * (k // rows + 0.5), top + step * (k % rows + 0.5)) for k in range(n)]
        has_face = name in ELVES
        if has_face:
            out.append(figure(name, x, 0, 64))
        out.append(write(x + 66 * has_face, 42, titles[name], INK, BOLD, 30))
        for color, some in ((INK, spots[:1]), (BERRY, spots[1:])):
            dots = "".join(f"M{a:.1f},{b:.1f}h0" for a, b in some)
            out.append(f'<path class="dots" d="{dots}" fill="none" stroke="{color}" '
                       f'stroke-width="{0.72 * step:.1f}" stroke-linecap="round"/>')  # fmt: skip
        x += max(step * -(-n // rows), len(titles[name]) * 30 * 0.6 + 66 * has_face) + gap
    said = "; ".join(f"{name.replace('_', ' ')} {n:,}" for name, n in counts.items())
    return Drawing("".join(out), x - gap + 12, top + step * rows + 12).picture(
        f"A dot for each run: {said}."
    )


# ------------------------------------------------------------ a matrix in colours


FAINT, FULL = 0.1, 0.45  # how much of the colour the smallest and the largest entry have


def matrix(values, rows=(), columns=(), digits=3):
    """A matrix with its numbers, red below 0 and blue-green above, the stronger the larger.

    `rows` and `columns` are names, if given. Raises InputError for other arrays, and for more than
    12 rows or columns.

    >>> matrix([[1.0, -2.0]]).alt
    'A matrix of 1 row and 2 columns: 1.000, -2.000. Red is below 0, blue-green above.'
    """
    values = np.array(values, float)
    values = values.reshape(1, -1) if values.ndim == 1 else values
    m, n = values.shape if values.ndim == 2 else (0, 0)
    if not 0 < m <= 12 or not 0 < n <= 12 or not np.isfinite(values).all():
        raise InputError("show.matrix draws a finite matrix of 1 to 12 rows and 1 to 12 columns.")
    if len(rows) not in (0, m) or len(columns) not in (0, n):
        raise InputError(f"This matrix needs {m} names of rows and {n} of columns, or none.")
    texts = [[f"{v:.{digits}f}" for v in row] for row in values]
    size, high = 26, 38
    left = 14 + (max(len(str(r)) for r in rows) * size * 0.55 + 14 if len(rows) else 0)
    top = 40 if len(columns) else 6
    longest = max(len(str(t)) for line in [*texts, columns] for t in line)
    wide = longest * size * 0.6 + 40
    largest = np.abs(values).max() or 1.0
    out = []
    for i, name in enumerate(rows):
        out.append(write(left - 14, top + high * i + 28, name, INK, 'text-anchor="end"', size))
    for j, name in enumerate(columns):
        out.append(write(left + wide * (j + 0.5), 30, name, INK, MIDDLE, size))
    for (i, j), v in np.ndenumerate(values):
        x, y = left + wide * j, top + high * i
        strong = FAINT + (FULL - FAINT) * abs(v) / largest if v else 0
        cell = f'x="{x:.0f}" y="{y}" width="{wide - 4:.0f}" height="{high - 4}" rx="6"'
        out.append(f'<rect {cell} fill="{BERRY if v < 0 else PINE}" opacity="{strong:.2f}"/>')
        out.append(write(x + wide / 2 - 2, y + 27, minus(texts[i][j]), INK, CENTRED, size))
    right, y = left + wide * n, top + high * m / 2
    for k, (color, words) in enumerate(((PINE, "above 0: up"), (BERRY, "below 0: down"))):
        at = y - 34 + 44 * k
        out.append(f'<rect x="{right + 44:.0f}" y="{at:.0f}" width="34" height="28" rx="6" '
                   f'fill="{color}" opacity="{FULL}"/>')  # fmt: skip
        out.append(write(right + 92, at + 23, words, INK, "", size))
    said = "; ".join(", ".join(row) for row in texts)
    return Drawing("".join(out), right + 300, top + high * m + 2).picture(
        f"A matrix of {m} row{'s' * (m > 1)} and {n} column{'s' * (n > 1)}: {said}. Red is below "
        "0, blue-green above."
    )

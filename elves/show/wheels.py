"""The chain rule as gears: each wheel turns as many times as fast as its factor says."""

import itertools
import math

import numpy as np

from elves import forward
from elves.errors import InputError
from elves.show.drawing import BERRY, FROST, INK, PAPER, PINE, SNOW, Drawing, write
from elves.show.recording import brief

FEWEST, MOST = 8, 128  # teeth of a wheel: fewer do not mesh, more cannot be seen
TALL, WIDE, EDGE = 440, 720, 8  # pixels for the wheels, and around them
TURN = 24  # seconds of one turn of the hand: calm
# a tooth: where its corners are, in teeth around its wheel, and how high, in modules (a wheel of
# n teeth has a radius of n / 2 modules); slim enough that wheels of few teeth do not jam
TOOTH = ((-0.28, -1.15), (-0.22, -0.1), (-0.12, 0.8), (0.12, 0.8), (0.22, -0.1), (0.28, -1.15))

# who wants no motion, and paper, see the wheels stand
STYLE = (
    "<style>@keyframes elves-turn{to{transform:rotate(360deg)}}"
    "@keyframes elves-back{to{transform:rotate(-360deg)}}"
    "@media (prefers-reduced-motion:reduce){.elves-wheel{animation:none!important}}"
    "@media print{.elves-wheel{animation:none!important}}</style>"
)


def teeth(speeds):
    """How many teeth the wheels have: numbers whose ratios come nearest, the largest about 48.

    >>> teeth([1.0, 3.0, 6.0])
    [48, 16, 8]
    """

    def error(few):
        exact = [few * max(speeds) / s for s in speeds]
        return round(max(abs(round(n) / n - 1) for n in exact), 9), abs(max(exact) - 48)

    few = min(range(FEWEST, 4 * FEWEST), key=error)
    return [round(few * max(speeds) / s) for s in speeds]


def rim(count, module, angle):
    """The corners of a wheel's teeth around 0, 0; the middle of one tooth is at an angle."""
    for k in range(count):
        for part, height in TOOTH:
            a, r = angle + 2 * math.pi * (k + part) / count, module * (count / 2 + height)
            yield r * math.cos(a), r * math.sin(a)


def train(counts):
    """For each wheel where its middle is, in modules, and the angle of one of its teeth.

    Where a tooth of one wheel is, a bit above the line of the middles say, the next one has a gap.
    """
    places = [(counts[0] / 2, 0.0)]
    for before, count in itertools.pairwise(counts):
        x, angle = places[-1]
        gap = math.pi - angle * before / count
        places.append((x + (before + count) / 2, gap + math.pi / count))
    return places


def gears(*factors, at=1.0):
    """Toothed wheels in a row: one that the hand turns, and one for each factor of a chain.

    A factor is a positive number, or a function whose slope it is: the first one at `at`, each
    other one where the one before has got. The number in a wheel is its speed so far, in the last
    one the product. The wheels turn, but not for those who want no motion, nor in print. Raises
    InputError where a wheel would stand, turn back or have more teeth than can be seen.

    >>> gears(3.0, 2.0).alt[:66]
    'Gears: the hand turns once, the next wheels 3 times and 6 times. T'
    """
    slopes = []
    for each in factors:
        if callable(each):
            at, each = forward.jvp(each, (at,), (1.0,))
        slopes.append(float(each))
    told = [brief(s) for s in slopes]
    if not 1 <= len(slopes) <= 6 or not all(0 < s < np.inf for s in slopes):
        raise InputError(
            f"show.gears takes one to six factors above 0, not {', '.join(told) or 'none'}."
        )
    speeds = [1.0, *np.cumprod(slopes).tolist()]
    counts = teeth(speeds)
    if max(counts) > MOST:
        raise InputError(
            f"One of these wheels would need {max(counts):,} teeth, and {MOST} can be seen: take "
            "factors that lie nearer to 1."
        )
    ways = [f"{brief(s)} times" for s in speeds[1:]]
    words = f"{', '.join(ways[:-1])} and {ways[-1]}" if len(ways) > 1 else ways[0]
    product = f"; {TIMES.join(told)} = {brief(speeds[-1])}" if len(told) > 1 else ""
    return drawn(told, [brief(s) for s in speeds], counts).picture(
        f"Gears: the hand turns once, the next wheel{'s' * (len(ways) > 1)} {words}. "
        f"Their teeth are {', '.join(map(str, counts))}{product}."
    )


BROAD = 0.64  # of a bold letter: width over size
TIMES = " \N{MULTIPLICATION SIGN} "
BOLD = 'text-anchor="middle" font-weight="700"'


def drawn(slopes, speeds, counts):
    """The drawing of a train of wheels: the words for their factors and speeds, and their teeth."""
    module = min((TALL - 2 * EDGE) / (max(counts) + 2), (WIDE - 2 * EDGE) / (sum(counts) + 2))
    outer = [module * (n / 2 + 1) for n in counts]
    above = max(outer[0], *(r + 54 for r in outer[1:]))  # with the factor over the wheel
    out, y = [STYLE], EDGE + above
    for k, ((x, angle), count) in enumerate(zip(train(counts), counts, strict=True)):
        x, hub = EDGE + module * (x + 1), min(outer[k] - 2.7 * module, 66)
        color = INK if k == 0 else BERRY if k == len(counts) - 1 else PINE
        turn = f"{'back' if k % 2 else 'turn'} {TURN * count / counts[0]:.4g}s"
        corners = rim(count, module, angle)
        out.append(wheel(x, y, outer[k] - module, hub, corners, angle, turn))
        size = min(48, 1.4 * hub, 1.7 * hub / len(speeds[k]) / BROAD)
        inside = size >= 20
        lift = 10 if k == 0 and hub > 60 else 0  # the hand has a second line
        out.append(write(x, y + size * 0.36 - lift if inside else y + outer[k] + 30, speeds[k],
                         color, BOLD, f"{size if inside else 26:.0f}"))  # fmt: skip
        if k:
            out.append(
                write(x, y - outer[k] - 14, f"{TIMES.strip()} {slopes[k - 1]}", INK, BOLD, 36)
            )
        else:
            low = y + 40 if lift else y + outer[k] + 26 + 30 * (not inside)
            out.append(write(x, low, "hand", INK, 'text-anchor="middle"', 26))
    left, product = 2 * EDGE + module * (sum(counts) + 2) + 50, TIMES.join(slopes)
    width, words = 0, "times as fast as the hand"
    if len(slopes) > 1:
        long = len(f"{product} = {speeds[-1]}") * BROAD
        size = min(76, 440 / long)
        width = max(size * long, 28 * len(words) * 0.52)
        out.append(
            f'<text x="{left:.0f}" y="{y:.0f}" font-size="{size:.0f}" font-weight="700" '
            f'fill="{INK}">{product} = <tspan fill="{BERRY}">{speeds[-1]}</tspan></text>'
        )
        out.append(write(left, y + 46, words, size=28))
    low = max([*outer, *(r + 44 for r in outer if r < 90)])
    return Drawing("".join(out), left + width + EDGE, y + low + EDGE)


def wheel(x, y, r, hub, corners, angle, turn):
    """One wheel; a red tooth and a red spoke show how it turns."""
    corners = [f"{a:.1f},{b:.1f}" for a, b in corners]
    inner, holes = r - 34, ""
    if inner > hub + 24:
        ends = [(inner * math.cos(a), inner * math.sin(a))
                for a in (angle + math.pi * n / 3 for n in range(6))]  # fmt: skip
        bars = [f"M0,0L{a:.1f},{b:.1f}" for a, b in ends]
        holes = f'<circle r="{inner:.1f}" fill="{PAPER}" stroke="{PINE}" stroke-width="2"/>'
        for d, color in (("".join(bars[1:]), FROST), (bars[0], BERRY)):
            holes += f'<path d="{d}" stroke="{color}" stroke-width="16"/>'
    return (
        f'<g transform="translate({x:.1f},{y:.1f})"><g class="elves-wheel" '
        f'style="animation:elves-{turn} linear infinite"><polygon points="{" ".join(corners)}" '
        f'fill="{SNOW}" stroke="{PINE}" stroke-width="3" stroke-linejoin="round"/>{holes}'
        f'<polygon points="{" ".join(corners[: len(TOOTH)])}" fill="{BERRY}"/></g>'
        f'<circle r="{hub:.1f}" fill="{PAPER}" stroke="{PINE}" stroke-width="3"/></g>'
    )

"""The moving picture of README.md and the landing page: reverse mode's walk, there and back.

    python talk/walk.py          write slides/walk.svg and walk-still.svg, which README.md shows

One SVG that needs no script. Each step shows what the stepper shows: values on the way there,
payments on the way back, and the sentence that explains them.
"""

import pathlib
import re

import numpy as np

from elves import show
from elves.show import drawing
from elves.show.frames import frames_of
from elves.show.recording import Recording

PACE, REST = 1.8, 3  # seconds of a step, and steps of rest at the end
WIDTH = 860  # pixels, of a column on a repository's page
SLIDES = pathlib.Path(__file__).resolve().parent.parent / "slides"
ALT = (
    "Reverse mode's walk through sin(x) times x squared at 1.3: three steps there compute 0.9636, "
    "1.69 and 1.628, and on the way back each step pays its adjoint, until x has the slope 2.957."
)


def wish(x):
    return np.sin(x) * x**2


def svg(f=wish, x=1.3, moves=True):
    """The walk of a function of one float, drawn by `elves.show` and moved by CSS; or its end.

    >>> "prefers-reduced-motion" in svg() and svg().count("@keyframes") >= 8
    True
    """
    record = Recording(f, (x,))
    steps = frames_of(record)
    total = len(steps) + REST
    text, rules = show.graph(f, x).drawing, []

    def seen(name, first, after=None):
        rules.append(rule(name, first, after, total))

    for k in range(len(record.steps)):  # each value comes once, each adjoint grows
        own = [n for n, frame in enumerate(steps) if frame["node"] == k and not frame["adjoints"]]
        paid = [(n, f["adjoints"][str(k)]) for n, f in enumerate(steps) if str(k) in f["adjoints"]]
        head, node, tail = parted(text, k)
        seen(f"value{k}", own[0])
        node = node.replace('class="value"', f'class="value value{k}"')
        line = re.search(r'<text[^>]*class="adjoint"[^>]*>[^<]*</text>', node)[0]
        lines = []
        for (start, words), after in zip(paid, [*paid[1:], (None, "")], strict=True):
            seen(f"adjoint{k}-{start}", start, after[0])
            late = f'opacity="{int(after[0] is None)}"'  # without motion
            new = line.replace('class="adjoint"', f'class="adjoint adjoint{k}-{start}" {late}')
            lines.append(re.sub(r">[^<]*<", f">adjoint {words}<", new))
        text = head + node.replace(line, "".join(lines)) + tail
    wide, tall = map(float, re.search(r'viewBox="0 0 (\S+) (\S+)"', text).groups())
    for n, frame in enumerate(steps):  # where the walk is, and what it says
        place = re.search(r"<rect ([^>]*)/>", parted(text, frame["node"])[1])[1]
        place = re.sub(r'(fill|stroke|stroke-width)="[^"]*" ?', "", place)
        color = drawing.PINE if frame["phase"] == "forward" else drawing.BERRY
        last = n == len(steps) - 1
        seen(f"at{n}", n, n + 1)
        look = f'class="at{n}" opacity="0" {place} fill="none" stroke="{color}" stroke-width="6"'
        seen(f"says{n}", n, None if last else n + 1)
        phase = "Forward sweep." if frame["phase"] == "forward" else "Reverse sweep."
        more = f'class="says{n}" opacity="{int(last)}"'
        said = drawing.write(20, tall + 14, phase, color, f'{more} font-weight="700"')
        for k, line in enumerate(frame["words"].replace("; ", ";\n").split("\n"), 1):
            said += drawing.write(20, tall + 14 + drawing.LINE * k, line, more=more)
        text = text.replace("</svg>", f"<rect {look}/>{said}</svg>")
    tall += 84
    size = f'width="{WIDTH}" height="{WIDTH * tall / wide:.0f}" viewBox="0 0 {wide:g} {tall:g}"'
    text = re.sub(r'width="[^"]*" height="[^"]*" viewBox="[^"]*"', size, text, count=1)
    return dressed(text, rules if moves else [])


def rule(name, first, after, total):
    """In CSS: something is seen from one step to before another, or to the end."""
    start, end = 100 * first / total, 100 * (total if after is None else after) / total
    return (
        f"@keyframes {name}{{0%,{start:.2f}%{{opacity:0}}{start + 0.6:.2f}%,"
        f"{end - 0.6:.2f}%{{opacity:1}}{end:.2f}%,100%{{opacity:{int(after is None)}}}}}"
        f".{name}{{animation:{name} {total * PACE:.1f}s infinite}}"
    )


def parted(text, k):
    """The text before a node's group, the group, and what comes after."""
    return re.fullmatch(rf'(.*?)(<g class="node" data-node="{k}">.*?</g>)(.*)', text, re.S).groups()


def dressed(text, rules):
    """The picture with its rules; who wants no motion, or has paused it, sees the last step."""
    text = re.sub(r'aria-label="[^"]*"', f'aria-label="{ALT}"', text, count=1)
    last = ".walk *{animation:none!important}"
    style = (
        f"{drawing.CSS}{drawing.paint('.walk')}{''.join(rules)}"
        f"@media (prefers-reduced-motion:reduce){{{last}}}@media print{{{last}}}"
    )
    style += ".paused .walk *{animation-play-state:paused}"
    text = text.replace('class="elves"', 'class="elves walk"', 1)
    start = text.index(">") + 1
    return f"{text[:start]}<style>{style}</style>{text[start:]}"


def files():
    """What README.md shows: the walk, and its last step for those who ask for less motion."""
    return {"walk.svg": svg(), "walk-still.svg": svg(moves=False)}


if __name__ == "__main__":
    for name, text in files().items():
        (SLIDES / name).write_text(f"{text}\n", "utf-8")

"""The elves' faces: one figure with a hat, and for each technique what it works with."""

from elves.errors import InputError
from elves.show.drawing import BERRY, GOLD, INK, PAPER, PINE, Drawing, write

WIDE, HIGH = 120, 140  # of a figure, in its own units
LINE = f'fill="none" stroke="{INK}" stroke-width="4" stroke-linecap="round" stroke-linejoin="round"'
SOLID = f'stroke="{INK}" stroke-width="4" stroke-linejoin="round" stroke-linecap="round"'

EYES = f'<circle cx="51" cy="74" r="4" fill="{INK}"/><circle cx="69" cy="74" r="4" fill="{INK}"/>'
ASLEEP = f'<path d="M45,73q6,6 12,0M63,73q6,6 12,0" {LINE}/>'
GLASSES = (
    f'{EYES}<circle cx="50" cy="74" r="10" {LINE}/><circle cx="70" cy="74" r="10" {LINE}/>'
    f'<path d="M40,73L35,70M80,73L85,70" {LINE}/>'
)


def thing(outline, lines, color=PAPER):
    """What an elf holds: an outline filled with a colour, and lines on it."""
    return f'<path d="{outline}" fill="{color}" {SOLID}/><path d="{lines}" {LINE}/>'


def rings(radius, *spots):
    """Small circles as a path."""
    turn = f"a{radius},{radius} 0 1 0 "
    return "".join(f"M{x - radius},{y}{turn}{2 * radius},0{turn}{-2 * radius},0" for x, y in spots)


# name: what it looks at, what it gives, the colour of its hat, its eyes, and what it holds
ELVES = {
    "numerical": (
        "the outputs only", "nearly the right number", INK, ASLEEP,  # it cannot read
        thing("M8,116h104v22h-104z", "M22,116v9M36,116v9M50,116v9M64,116v9M78,116v9M92,116v9"),
    ),
    "symbolic": (
        "the formula", "another formula", PINE, GLASSES,
        thing("M88,132C84,104 92,84 112,66C116,92 108,110 88,132z", "M84,138L104,92"),
    ),
    "automatic": (
        "each step of the run", "the exact number", BERRY, EYES,
        thing("M88,106h24v28h-24z", "M91,106q9,-20 18,0M84,134h32M84,106h32M100,128v-8", GOLD),
    ),
    "forward": (
        "primals and tangents", "one slope on the way", GOLD, EYES,
        thing("M4,108q0,-14 12,-14h10q12,0 12,14v30h-34z", "M4,116h34M14,124h14M48,105"
              "q-8,14 -6,32"),
    ),
    "reverse": (
        "the tape, backwards", "every slope", BERRY, EYES,
        thing("M4,110h34v28h-34z", "M4,121h34M21,110v28M21,110c-16,-2 -14,-16 -6,-12q6,4 6,12"
              "c0,-8 0,-8 6,-12c8,-4 10,10 -6,12"),
    ),
    "static_graph": (
        "the plan, before it runs", "a longer plan", PINE, EYES,
        thing("M66,98h50v40h-50z", f"{rings(4, (78, 109), (78, 127), (104, 118))}M82,110L100,117"
              "M82,126L100,119"),
    ),
    "tracing": (
        "one run, written down", "a program", PINE, EYES,
        thing("M78,98h36v40h-36z", "M88,108h18M88,118h18M88,128h10M74,106h8M74,118h8M74,130h8"),
    ),
    "source": (
        "your text", "another text", GOLD, EYES,
        thing(rings(7, (90, 130), (110, 130)), "M94,124L112,86M106,124L88,86"),
    ),
}  # fmt: skip


def figure(name, x, y, size):
    """An elf `size` pixels high, as a piece of a drawing, with its upper left corner at x, y."""
    _, _, hat, eyes, holds = ELVES[name]
    turned = f'transform="translate({WIDE},0) scale(-1,1)"' if name == "reverse" else ""
    return (
        f'<g transform="translate({x:.1f},{y:.1f}) scale({size / HIGH:.4f})"><g {turned}>'
        f'<path d="M24,138Q26,104 60,104Q94,104 96,138z" fill="{hat}" {SOLID}/>'  # coat
        f'<path d="M37,72L18,62Q20,82 38,86zM83,72L102,62Q100,82 82,86z" fill="{PAPER}" {SOLID}/>'
        f'<path d="M36,58V78Q38,106 60,106Q82,106 84,78V58z" fill="{PAPER}" {SOLID}/>'  # face
        f'<path d="M34,54Q36,16 76,8Q90,6 98,22Q86,22 84,32L86,54z" fill="{hat}" {SOLID}/>'
        f'<circle cx="100" cy="26" r="8" fill="{PAPER}" {SOLID}/>'
        f'<rect x="28" y="48" width="64" height="15" rx="7.5" fill="{PAPER}" {SOLID}/>'
        f'{eyes}<path d="M50,89q10,9 20,0" {LINE}/></g>{holds}</g>'
    )


def elf(name):
    """The face of a technique's elf.

    Raises InputError for a technique that has none.

    >>> elf("symbolic").alt
    'The symbolic elf looks at the formula and gives another formula.'
    """
    known(name)
    sees, gives, *_ = ELVES[name]
    words = f"The {name.replace('_', ' ')} elf looks at {sees} and gives {gives}."
    return Drawing(figure(name, 10, 8, 280), 260, 296).picture(words)


def known(*names):
    for name in names or [""]:
        if name not in ELVES:
            raise InputError(f"There is no elf {name!r:.30}: choose from {', '.join(ELVES)}.")


def elves(*names):
    """Elves side by side: what each looks at, and what it gives.

    >>> elves("numerical", "forward").alt[:46]
    'Elves. Numerical: looks at the outputs only, g'
    """
    known(*names)
    left, wide, high = 124, 348, 300
    middle = 'text-anchor="middle" '
    out = [write(8, 404, "looks at", size=26), write(8, 448, "gives", size=26)]
    for k, name in enumerate(names):
        sees, gives, hat, *_ = ELVES[name]
        x = left + wide * (k + 0.5)
        out.append(figure(name, x - high * WIDE / HIGH / 2, 4, high))
        out.append(write(x, 354, name.replace("_", " "), hat, middle + 'font-weight="700"', 36))
        out.append(write(x, 404, sees, INK, middle, 26))
        out.append(write(x, 448, gives, INK, middle, 26))
    said = "; ".join(f"{n.replace('_', ' ').capitalize()}: looks at {ELVES[n][0]}, gives "
                     f"{ELVES[n][1]}" for n in names)  # fmt: skip
    return Drawing("".join(out), left + wide * len(names), 462).picture(f"Elves. {said}.")

"""The map of the workshop: a house for each lab, whose windows light up."""

import weakref

import anywidget
import traitlets

from elves.course import rooms, state
from elves.show import faces
from elves.show.drawing import BERRY, INK, PINE, SNOW, Drawing, paint, theme, write
from elves.widgets.base import TONES

SHOWN = weakref.WeakSet()
WIDE, HIGH, APART = 270, 180, 14
LEAST, ACROSS = 180, 4  # in a page no house is narrower, and no more of them stand in a row
STILL = 3  # in a row of the still picture, which a phone shows at 640 pixels
LIVES = {
    1: "numerical", 2: "symbolic", 3: "forward", 4: "reverse", 5: "reverse",
    6: "automatic", 7: "reverse", 8: "source", 9: "tracing", 10: "tracing",
    11: "tracing", 12: "automatic", 13: "symbolic", 14: "reverse", 15: "static_graph",
    16: "numerical",
}  # fmt: skip
LIT, UNLIT = "#ffd24d", "#54646e"  # a lit window is the brighter one, by day and by night

ESM = """
export default { render({ model, el }) {
  const draw = () => { el.innerHTML = model.get("svg") };
  model.on("change:svg", draw);
  draw();
} };
"""


def houses():
    """Each lab that there is: its number, its title, and which exercises are solved (1) or not."""
    known = state.read()
    for number, (module, title) in rooms.LABS.items():
        exercises = rooms.room(module).EXERCISES
        yield number, title, [known.get(e.name, {}).get("passed", False) for e in exercises]


def house(x, y, number, title, lights):
    """One house: a roof, a name, and a window for each exercise, lit up to a share of its height.

    The share is 0 or 1 for one learner; for a class, of how many it is solved.
    """
    roof = f"{x},{y + 56} {x + WIDE / 2},{y + 10} {x + WIDE},{y + 56}"
    parts = [
        f'<polygon points="{roof}" fill="{BERRY if lights and min(lights) == 1 else PINE}"/>',
        f'<rect x="{x + 12}" y="{y + 56}" width="{WIDE - 24}" height="{HIGH - 60}" '
        f'fill="{SNOW}" stroke="{PINE}" stroke-width="2"/>',
        write(x + 20, y + 82, f"{number} · {title}", INK, size=17),
        faces.figure(LIVES[number], x + 196, y + HIGH - 55, 52),  # who works there
    ]
    for k, light in enumerate(lights):
        at = x + 20 + 38 * (k % 6), y + 94 + 40 * (k // 6)
        dark = round(30 * (1 - light))
        parts.append(
            f'<rect x="{at[0]}" y="{at[1]}" width="28" height="30" rx="3" '
            f'fill="{UNLIT if dark else LIT}" stroke="{INK}"/>'
            + f'<path d="M{at[0] + 1} {at[1] + dark}h26v{29 - dark}h-26z" fill="{LIT}"/>'
            * (0 < dark < 29)
            + f'<path d="M{at[0] + 14} {at[1]}v30M{at[0]} {at[1] + 15}h28" stroke="{INK}"/>'
        )
    return "".join(parts)


def card(number, title, lights, said):
    """One house alone, with words for who cannot see it."""
    return Drawing(house(0, 0, number, title, lights), WIDE, HIGH).picture(said).drawing


def cards():
    """The houses one by one: a wide page has more of them beside each other than a narrow one."""
    parts = [card(*each, solved(*each)) for each in houses()]
    look = (
        f"display:grid;grid-template-columns:repeat(auto-fill,minmax({LEAST}px,1fr));"
        f"gap:{APART}px;max-width:{(WIDE + APART) * ACROSS}px"
    )
    return f'<div class="elves-widget" style="{look}">{"".join(parts)}</div>'


def solved(number, title, lights):
    return f"lab {number}, {title}: {sum(lights)} of {len(lights)}"


def picture():
    """The whole workshop as it stands, with words for who cannot see it."""
    found = list(houses())
    body = "".join(
        house(APART + (WIDE + APART) * (k % STILL), (HIGH + APART) * (k // STILL), *each)
        for k, each in enumerate(found)
    )
    said = "; ".join(solved(*each) for each in found)
    rows = -(-len(found) // STILL)
    size = APART + (WIDE + APART) * STILL, (HIGH + APART) * rows
    return Drawing(body, *size).picture(f"Solved in {said}.")


class Workshop(anywidget.AnyWidget):
    """The map; it changes when a check below it succeeds."""

    _esm = ESM
    _css = "".join(theme(*tone) for tone in TONES) + paint(".elves-widget")
    svg = traitlets.Unicode().tag(sync=True)

    def __init__(self, **state):
        super().__init__(**state)
        self.svg = cards()
        SHOWN.add(self)

    def __repr__(self):
        return picture().alt

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs)
        data["image/svg+xml"] = picture().svg
        return data, metadata


def refresh():
    """Draw the maps that are shown anew."""
    for each in SHOWN:
        each.svg = cards()


state.WATCHING.append(refresh)

"""The trainer: small random graphs, whose values and adjoints one fills in by hand."""

import collections
import random

import traitlets

from elves.course.tape.backward import EXERCISE, adjoints, backward
from elves.course.tape.programs import NAMES, Node, in_use, walked
from elves.show.drawing import INK, PINE, SNOW, Box, Drawing, layered, write
from elves.widgets.base import Explorer, script

GRAPHS, SIZE = 8, 3
RUNG = 62  # from one value to the next, on a phone


def problem(seed, size=SIZE):
    """A small program to differentiate by hand: its picture, and what belongs into each field.

    >>> [row["words"] for row in problem(1)["rows"]]
    ['a = 2', 'b = a + a', 'c = b + b', 'd = c * b']
    """
    draw = random.Random(seed)
    while True:  # whole numbers, and every value in use, or there is nothing to pay
        steps = [
            (draw.choice("+*"), draw.randrange(i + 1), draw.randrange(i + 1)) for i in range(size)
        ]
        case = float(draw.choice((2, 3))), steps
        made = walked(Node, case)
        if len(in_use(made)) == len(made) and made[-1].value < 200:
            break
    right = adjoints(backward, case)
    rows, edges = [], []
    for k, node in enumerate(made):
        name = NAMES[k]
        words = f"{name} = {node.value:g}"
        if k:
            op, i, j = steps[k - 1]
            words = f"{name} = {NAMES[i]} {op} {NAMES[j]}"
            edges += [(NAMES[i], name), (NAMES[j], name)]
        users = [u for u in NAMES[k + 1 : len(made)] for e in edges_of(steps, u) if e == name]
        known = {adjoints(rule, case)[name]: said for rule, said in reversed(EXERCISE.mistakes)}
        known.pop(right[name], None)
        rows.append({
            "name": name, "words": words, "value": node.value, "adjoint": right[name],
            "known": list(known.items()), "says": says(name, node.value, right[name], users),
        })  # fmt: skip
    boxes = [Box(row["name"], [(row["words"], INK)], PINE) for row in rows]
    alt = "The graph of " + "; ".join(row["words"] for row in rows)
    wide, narrow = layered(boxes, edges), ladder(boxes, edges)
    return {"svg": wide.picture(alt).drawing, "narrow": narrow.picture(alt).drawing, "rows": rows}


def ladder(boxes, edges):
    """A small graph from top to bottom, for a phone: bows on the right pass by what is between."""
    keys, wide = [box.key for box in boxes], max(box.size[0] for box in boxes)
    right, half, body = 12 + wide, boxes[0].size[1] / 2, []
    for (a, b), count in collections.Counter(edges).items():
        low, high = (12 + RUNG * keys.index(key) + half for key in (a, b))
        bow = right + 16 + 14 * (keys.index(b) - keys.index(a))
        if keys.index(b) == keys.index(a) + 1:
            path, tip = (
                f"M{12 + wide / 2} {low + half}V{high - half - 8}",
                (12 + wide / 2, high - half),
            )
            head = f"{tip[0] - 6},{tip[1] - 10} {tip[0] + 6},{tip[1] - 10} {tip[0]},{tip[1]}"
        else:
            path = f"M{right} {low}C{bow} {low} {bow} {high} {right + 8} {high}"
            head = f"{right + 10},{high - 6} {right + 10},{high + 6} {right},{high}"
        body.append(
            f'<path d="{path}" fill="none" stroke="{INK}" stroke-width="{2 * count}"/>'
            f'<polygon points="{head}" fill="{INK}"/>'
        )
    for k, box in enumerate(boxes):
        y = 12 + RUNG * k
        body.append(
            f'<rect x="12" y="{y}" width="{wide}" height="{2 * half}" rx="10" fill="{SNOW}" '
            f'stroke="{PINE}" stroke-width="2"/>'
            + write(24, y + half + 6, box.lines[0][0], INK, size=18)
        )
    most = right + 16 + 14 * len(boxes)
    return Drawing("".join(body), most, 12 + RUNG * len(boxes))


def edges_of(steps, name):
    """The values that a value was made of."""
    _, i, j = steps[NAMES.index(name) - 1]
    return NAMES[i], NAMES[j]


def says(name, value, adjoint, users):
    """What the trainer says to a right answer."""
    paid = f"it is paid {len(users)} times, by {', '.join(users)}" if users else "it is the seed"
    return {"value": f"Yes: {name} is {value:g}.", "adjoint": f"Yes, {adjoint:g}: {paid}."}


class Trainer(Explorer):
    """Small graphs to differentiate by hand: each number is checked while you type.

    The same graphs for everyone; `seed` draws others.

    >>> len(Trainer().graphs)
    8
    """

    _esm, main = script("trainer.js"), "graphs"
    graphs = traitlets.List().tag(sync=True)
    chosen = traitlets.Int(0).tag(sync=True)

    def __init__(self, seed=0, **state):
        super().__init__(**state)
        self.graphs = [problem(seed * GRAPHS + k, 2 + k // 3) for k in range(GRAPHS)]

    def still(self):
        case = self.graphs[self.chosen]
        words = "; ".join(row["words"] for row in case["rows"])
        boxes = [Box(row["name"], [(row["words"], INK)], PINE) for row in case["rows"]]
        pairs = [(p, row["name"]) for row in case["rows"] for p in parents(row["words"])]
        return layered(boxes, pairs).picture(f"The graph of {words}, to fill in by hand.")


def parents(words):
    """The names in the right side of a line such as ``c = a + b``."""
    return [w for w in words.split("=")[1].split() if w.isalpha()]

"""Pictures of the engines at work; each one carries its alternative text.

A function here gives a `Picture`, which Jupyter displays and which ``save(path)`` writes as SVG
or HTML. The rooms: `drawing` is the base of all (boxes, arrows, palette, light and dark),
`recording` runs the user's function and keeps what a picture needs, `graphs` draws graphs, tapes
and Jacobians (`layouts` says where their nodes lie; `tangles` draws those too large for words),
`code` programs beside programs. Figures of the first slides stand in `figures` and `wheels`, the
elves' faces in `faces`, the engines' family tree in `relatives`, plots in `plotting`, `measuring`
(time and memory) and `descending` (gradient descent). Plots need matplotlib, graphs fast-sugiyama
or grandalf: ``make light``.
"""

import types

from elves.errors import ElfError, answering
from elves.show.code import doors, ir, source
from elves.show.descending import descent
from elves.show.drawing import BERRY, GOLD, INK, PINE, Picture
from elves.show.faces import elf, elves
from elves.show.figures import arrows, matrix, runs
from elves.show.graphs import dual, expression, graph, jacobian, tape
from elves.show.measuring import costs, memory, memory_log, race
from elves.show.plotting import error_curve, errors, images, plot, tangent
from elves.show.relatives import family
from elves.show.systems import graph_of_each
from elves.show.wheels import gears

__all__ = [
    "BERRY", "GOLD", "INK", "PINE", "Picture", "answer", "arrows", "costs", "descent",
    "doors", "dual", "elf", "elves", "error_curve", "errors", "expression", "family",
    "gears", "graph", "graph_of_each", "images", "ir", "jacobian", "matrix", "memory",
    "memory_log", "plot", "race", "runs", "source", "tangent", "tape",
]  # fmt: skip


def answer(compute):
    """What ``compute()`` gives, or the sentence of the elf that refuses."""
    try:
        return compute()
    except ElfError as error:
        return f"{type(error).__name__}: {error}"


for _name in __all__:
    if isinstance(globals()[_name], types.FunctionType):
        globals()[_name] = answering(f"show.{_name}")(globals()[_name])

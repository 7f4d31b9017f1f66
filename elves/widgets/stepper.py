"""The stepper: a run of the user's function and its reverse sweep, back and forth."""

import math

import numpy as np
import traitlets

from elves.errors import InputError
from elves.show import graphs
from elves.show.drawing import BERRY, PINE, layered
from elves.show.recording import Recording, brief, row_of
from elves.widgets.base import Explorer, script

MOST = 60  # nodes that anybody would step through


def frames(record):
    """What to show at each step: forward oldest first, then reverse newest first.

    The cotangents that a node pays are those of its rule, as in `elves.reverse.sweep`; `adjoints`
    are the sums after the payment, by the number of the node. A record whose steps have tangents
    has the forward sweep only, with them.

    >>> [f["words"] for f in frames(Recording(lambda x: x * x, (3.0,)))][-1]
    'v1 = x * x pays x: 0 + 3 = 3; x: 3 + 3 = 6.'
    """
    number = {step: k for k, step in enumerate(record.steps)}
    shown = []

    def show(phase, step, words, adjoints):
        shown.append({
            "phase": phase, "node": number[step], "line": -1 if step.line is None else step.line,
            "words": words, "rule": row_of(step.rule) if step.rule else "",
            "adjoints": {str(number[s]): brief(g) for s, g in adjoints.items()},
        })  # fmt: skip

    for step in record.steps:
        words = f"{step.name} = {step.words} = " if step.rule else f"The argument {step.name} is "
        more = "" if step.tangent is None else f", and its tangent {brief(step.tangent)}"
        show("forward", step, f"{words}{brief(step.value)}{more}.", {})
    last = record.steps[-1]
    if last.tangent is not None:
        return shown
    sums = {last: 1.0}
    show("seed", last, f"The result {last.name} has the adjoint 1: that is the seed.", sums)
    for step in reversed(record.steps):
        if not step.rule:
            continue
        rule, _, values, kwargs = step.node.recipe
        paid, said = {}, []
        for i, parent in step.parents:
            share = rule.vjp(i, step.adjoint, step.value, values, kwargs)
            have = sums.get(parent, 0.0)
            paid[parent] = sums[parent] = have + share
            said.append(f"{parent.name}: {brief(have)} + {brief(share)} = {brief(sums[parent])}")
        show("reverse", step, f"{step.name} = {step.words} pays {'; '.join(said)}.", paid)
    return shown


def second_opinion(value_and_grad, f, args, record):
    """What another engine says to the slopes that a record holds."""
    try:
        _, slopes = value_and_grad(f, tuple(range(len(args))))(*args)
    except Exception as error:
        return f"Your elf: {' '.join(str(error).split())}"
    own = [step.adjoint for step in record.steps[: len(args)]]
    pairs = list(zip(slopes, own, strict=True))
    right = all(np.shape(a) == np.shape(b) and np.allclose(a, b) for a, b in pairs)
    words = ", ".join(brief(a) for a in slopes)
    return f"Your elf finds {words}: {'the same' if right else 'that is not the same'}."


class Stepper(Explorer):
    """Step through a function of yours and through its reverse sweep, node by node, and back.

    ``Stepper(f, *args)``: play, pause, step with the buttons or with the keys left, right, space,
    home and end. It shows the value and the growing adjoint of each node, the row of the table of
    rules at work, and your line. Arguments that are numbers can be changed while a kernel runs.
    With ``mode="forward"`` tangents travel along with the values, by the first argument. `elf` is
    the `value_and_grad` of an engine of yours: the last step says whether it finds the same.

    >>> stepper = Stepper(lambda x: np.sin(x) * x**2, 1.3)
    >>> len(stepper.frames), stepper.frames[4]["words"]
    (8, 'The result v3 has the adjoint 1: that is the seed.')
    >>> Stepper(lambda x: x, 3).problem
    'Only floats can vary smoothly, but 3 is made of integers: write 3.0 instead of 3.'
    """

    _esm, main = script("stepper.js"), "frames"
    knobs = ("frame",)
    frame = traitlets.Int(0).tag(sync=True)
    frames = traitlets.List().tag(sync=True)
    source = traitlets.List().tag(sync=True)  # the lines of f
    svg = traitlets.Unicode().tag(sync=True)
    inputs = traitlets.List().tag(sync=True)  # (name, value) of the arguments that are numbers
    pace = traitlets.Int(1200).tag(sync=True)  # milliseconds between two frames while it plays

    def __init__(self, f, *args, mode="reverse", elf=None, **state):
        super().__init__(**state)
        self.f, self.args, self.mode, self.elf = f, list(args), mode, elf
        self.attempt(lambda: self.load(self.args), self.check)

    def load(self, args):
        """Record a run with these arguments."""
        record = Recording(self.f, args)
        if len(record.steps) > MOST:
            raise InputError(
                f"This run has {len(record.steps):,} nodes, too many to step through: take a "
                f"smaller case of up to {MOST}, or see the whole with show.graph."
            )
        if self.mode not in ("forward", "reverse"):
            raise InputError(f"mode={self.mode!r} must be 'forward' or 'reverse'.")
        if self.mode == "forward":
            record.push()
        shown = frames(record)
        if self.elf:
            shown[-1]["words"] += f" {second_opinion(self.elf, self.f, args, record)}"
        longest = {}  # each box has room for the longest text that will ever stand in it
        for frame in shown:
            for k, words in frame["adjoints"].items():
                longest[int(k)] = max(longest.get(int(k), ""), words, key=len)
        room = lambda step: [  # noqa: E731
            (brief(step.value), PINE, "value"),
            (f"adjoint {longest.get(record.steps.index(step), '0')}", BERRY, "adjoint"),
        ]  # fmt: skip
        lines = graphs.values_and_tangents if self.mode == "forward" else room
        nodes = list(graphs.of_recording(record, lines))
        drawing = layered([box for box, _ in nodes],
                          [(p, box.key) for box, above in nodes for p in above],
                          page=math.inf)  # fmt: skip
        numbers = all(type(a) in (float, np.float64) for a in args)
        names = [step.name for step in record.steps[: len(args)]] if numbers else []
        self.args, self.record = list(args), record
        with self.hold_sync():
            self.svg = drawing.picture("computation graph").drawing
            self.source, self.frames = record.source, shown
            self.inputs = [[n, float(a)] for n, a in zip(names, args, strict=False)]

    def answer(self, place, value):
        try:
            value = float(value)
        except ValueError:
            raise InputError(f"{value!r:.40} is not a number: write one such as 1.3.") from None
        self.load([*self.args[:place], value, *self.args[place + 1 :]])
        self.frame = 0

    def check(self):
        self.among("frame", range(len(self.frames)))

    def still(self):
        draw = graphs.dual if self.mode == "forward" else graphs.graph
        return draw(self.f, *self.args)

"""The stepper: a run of the user's function and its reverse sweep, back and forth."""

import numpy as np
import traitlets

from elves.errors import InputError
from elves.show import graphs
from elves.show.frames import walk
from elves.show.recording import brief
from elves.widgets.base import Explorer, script


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
    home and end. On a slide it has the page, and each press of Space or of a clicker is a step. It
    shows the value and the growing adjoint of each node, the row of the table of rules at work, and
    your line. Arguments that are numbers can be changed while a kernel runs.
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
        record, state = walk(self.f, args, self.mode)
        if self.elf:
            said = second_opinion(self.elf, self.f, args, record)
            state["frames"][-1]["words"] += f" {said}"
        self.args, self.record = list(args), record
        with self.hold_sync():
            for name, value in state.items():
                setattr(self, name, value)

    def answer(self, place, value):
        try:
            value = float(value)
        except ValueError:
            raise InputError(f"{value!r:.40} is not a number: write one such as 1.3.") from None
        self.load([*self.args[:place], value, *self.args[place + 1 :]])
        self.frame = 0

    @property
    def presses(self):
        return max(0, len(self.frames) - 1)

    def check(self):
        self.among("frame", range(len(self.frames)))

    def still(self):
        draw = graphs.dual if self.mode == "forward" else graphs.graph
        return draw(self.f, *self.args)

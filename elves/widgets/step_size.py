"""Turn the step of a difference and see its error."""

import numpy as np
import traitlets

from elves import expression, show
from elves.errors import InputError
from elves.widgets.base import Explorer, script


class StepSize(Explorer):
    """Drag the step h over 16 decades and watch truncation and round-off.

    `functions` is a function, or a dict of them by name; the scheme and the function are chosen in
    the widget, where another function can be typed while a kernel runs.

    >>> StepSize(lambda x: np.sin(x) * x**2, 1.3).exponent
    -4
    """

    _esm, main = script("step_size.js"), "curves"
    knobs = ("exponent", "chosen")
    exponent = traitlets.Int(-4).tag(sync=True)
    steps = traitlets.List().tag(sync=True)  # exponents of ten
    curves = traitlets.Dict().tag(sync=True)  # function: (scheme, log10 of the error at each step)
    chosen = traitlets.Unicode().tag(sync=True)
    hidden = traitlets.List().tag(sync=True)  # schemes that are not shown

    def __init__(self, functions, x, schemes=("forward", "central", "complex"), **state):
        if not isinstance(functions, dict):
            functions = {getattr(functions, "__name__", "f").replace("<lambda>", "f"): functions}
        super().__init__(steps=list(range(-16, 1)), **state)
        self.x, self.schemes, self.functions = x, schemes, functions
        self.attempt(self.load, self.check)

    def load(self):
        if not self.functions:
            raise InputError("StepSize needs a function: StepSize(np.sin, 1.3).")
        for name, f in reversed(self.functions.items()):  # the first one is chosen at the end
            self.add(name, f)

    def add(self, name, f):
        """Compute the curves of one more function and show them."""
        steps = 10.0 ** np.array(self.steps)
        curves = []
        with np.errstate(all="ignore"):
            for scheme in self.schemes:
                errors = np.log10(show.errors(f, self.x, scheme, steps, name))
                errors = np.nan_to_num(errors, nan=0)  # a step too large: no digit is right
                curves.append([scheme, np.minimum(errors, 0).round(2).tolist()])
        self.curves = self.curves | {name: curves}
        self.chosen = name

    def answer(self, text):
        parsed = expression.parse(text)
        self.add(parsed.source, parsed.function())

    def check(self):
        self.among("exponent", self.steps)
        if self.chosen not in self.curves:
            self.answer(self.chosen)

    def still(self):
        f = self.functions.get(self.chosen) or expression.parse(self.chosen).function()
        return show.error_curve(f, self.x, self.schemes)

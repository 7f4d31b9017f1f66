"""Interactive pictures; their logic is JavaScript, so they live on in a deck without a kernel."""

import pathlib

import anywidget
import numpy as np
import traitlets

from elves import show


class StepSize(anywidget.AnyWidget):
    """Drag the step h over 16 decades and watch the error of a numerical derivative.

    >>> StepSize(lambda x: np.sin(x) * x**2, 1.3).exponent
    -4
    """

    _esm = pathlib.Path(__file__).with_name("step_size.js")
    exponent = traitlets.Int(-4).tag(sync=True)
    steps = traitlets.List().tag(sync=True)  # exponents of ten
    curves = traitlets.List().tag(sync=True)  # (scheme, log10 of the error for each step)

    def __init__(self, f, x, schemes=("forward", "central")):
        exponents = list(range(-16, 0))
        steps = 10.0 ** np.array(exponents)
        curves = [[s, np.log10(show.errors(f, x, s, steps)).round(2).tolist()] for s in schemes]
        super().__init__(steps=exponents, curves=curves)

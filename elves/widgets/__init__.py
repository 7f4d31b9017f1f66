"""Interactive pictures, each with all it can show in its state: they live on without a kernel.

The logic is JavaScript (anywidget), in a file beside each one's own; what is shown was computed by
the engines. `base` is what all share. Needs anywidget: ``make light``.
"""

from elves.widgets.descent import Descent
from elves.widgets.expression import ExpressionExplorer
from elves.widgets.mode import ModeExplorer
from elves.widgets.source import SourceExplorer
from elves.widgets.step_size import StepSize
from elves.widgets.stepper import Stepper
from elves.widgets.systems import SystemsExplorer

__all__ = [
    "Descent", "ExpressionExplorer", "ModeExplorer", "SourceExplorer", "StepSize", "Stepper",
    "SystemsExplorer",
]  # fmt: skip

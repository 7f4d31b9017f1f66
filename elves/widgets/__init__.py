"""Interactive pictures, each with all it can show in its state: they live on without a kernel.

The logic is JavaScript (anywidget); what is shown was computed by the engines. `base` is what all
share, `stepper` steps through a run and its reverse sweep, `explorers` are the others. Needs
anywidget: ``make light``.
"""

from elves.widgets.explorers import (
    Descent,
    ExpressionExplorer,
    ModeExplorer,
    SourceExplorer,
    StepSize,
)
from elves.widgets.stepper import Stepper

__all__ = ["Descent", "ExpressionExplorer", "ModeExplorer", "SourceExplorer", "StepSize", "Stepper"]

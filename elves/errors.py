"""Every complaint of the package: one sentence that names the function and the way out."""

import os
import traceback

_HOME = os.path.dirname(__file__)


class ElfError(Exception):
    """What all the exceptions of this package have in common."""

    def _render_traceback_(self):
        """What a notebook shows: the user's own line and the sentence, not our inside."""
        frames = traceback.extract_tb(self.__traceback__)
        own = [f for f in frames if f.filename.startswith(_HOME)]
        cells = [f for f in frames if "ipykernel" in f.filename and f not in own]
        line = [f"in line {cells[-1].lineno} of the cell: {cells[-1].line}"] if cells else []
        return [*line, f"{type(self).__name__}: {self}"]


class InputError(ElfError, ValueError):
    """An argument of the wrong type, shape or range."""


class NoRuleError(ElfError, NotImplementedError):
    """A NumPy function that has no row in the table of rules."""


class NoMethodError(NoRuleError, AttributeError):
    """A method of arrays that has no derivative rule."""


class ConversionError(ElfError, TypeError):
    """An engine's value was forced to a plain number or array, which loses the derivative."""


class MutationError(ElfError, TypeError):
    """Assignment into an array that is being differentiated."""


class GraphError(ElfError, RuntimeError):
    """The tape cannot be walked: it was freed, or it was never recorded."""


class ExpressionError(ElfError, ValueError):
    """A text that is not a differentiable expression in x."""


class MissingError(ElfError, ImportError):
    """A system that is not installed here."""


class SourceError(ElfError, NotImplementedError):
    """A function whose source cannot be read or transformed."""

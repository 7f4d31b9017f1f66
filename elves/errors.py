"""Every complaint of the package: one sentence that names the function and the way out."""

import functools
import inspect
import os
import traceback
import types

import numpy as np

_HOME = os.path.dirname(__file__)
_OTHERS = (_HOME, os.path.dirname(os.__file__), "<frozen")  # than the user's own functions


class ElfError(Exception):
    """What all the exceptions of this package have in common: each one is one line."""

    def __str__(self):
        return " ".join(super().__str__().split())

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
    """A system that is not installed here; `why` is missing, broken or no release."""

    why = "missing"


class SourceError(ElfError, NotImplementedError):
    """A function whose source cannot be read or transformed."""


def answering(title):
    """Let a function answer a wrong call with one sentence.

    What goes wrong inside of a function of the user's own stays as it is.
    """

    def decorate(function):
        full = inspect.signature(function)
        words = inspect.Signature([p for p in full.parameters.values() if p.name != "self"])

        def run(*args, **kwargs):
            try:
                full.bind(*args, **kwargs)
                with np.errstate(all="ignore"):  # inf and nan are shown, and need no warning
                    return function(*args, **kwargs)
            except ElfError:
                raise
            except Exception as error:
                files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
                if not all(name.startswith(_OTHERS) or "site-packages" in name for name in files):
                    raise  # in the user's own function
                why = str(error).rstrip(".") or type(error).__name__
                raise InputError(f"{title}{words} does not take that: {why}.") from error

        call = lambda *args, **kwargs: run(*args, **kwargs)  # noqa: E731
        # with the names of its own module, where doctest looks for it
        call = types.FunctionType(call.__code__, function.__globals__, closure=call.__closure__)
        return functools.wraps(function)(call)

    return decorate

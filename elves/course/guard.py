"""Run a learner's code: it may loop for ever, fail, print, and change what it was given."""

import contextlib
import copy
import io
import re
import signal
import sys
import threading
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HOME = str(Path(__file__).resolve().parents[1])
SECONDS = 5.0  # for all the cases of a check
DEEP = 400  # calls within each other, before we say that they have no end


SHAPES = re.compile("shape|broadcast|dimension|aligned")  # how NumPy says that arrays do not fit


class Stop(BaseException):
    """Ends a run; no ``except Exception`` of the learner's holds it up."""


@dataclass(frozen=True)
class Failure:
    """What a run ended in instead of a value: `kind` tells failures apart, `words` say it."""

    kind: str
    words: str

    def __str__(self):
        return self.words

    @property
    def gist(self):
        """The words without their line, and without names and numbers: what failures share.

        >>> Failure("KeyError", "KeyError: 3, in line 4 of evaluate: return values[a]").gist
        'KeyError: …'
        """
        if self.kind == "ZeroDivisionError":
            return self.kind
        words = self.words.split(", in line ")[0]
        if self.kind == "ValueError" and SHAPES.search(words):
            return "ValueError: shapes"
        return re.sub(r"'[^']*'|for [^:]+:|[\w.<>]+\(\)|\d[\d.]*|not \w+$", "…", words)


class Unfit(Exception):
    """Raised by a check for what came back: its sentence alone is shown."""


def attempt(run, answer, case, end=None):
    """What ``run(answer, case)`` gives, a value or a Failure, and what it printed.

    It is stopped when ``time.monotonic()`` has passed `end`.

    >>> attempt(lambda f, x: f(x), abs, -2)
    (2, '')
    >>> attempt(lambda f, x: f(x), lambda x: 1 / x, 0)[0].kind
    'ZeroDivisionError'
    """
    printed, given, limit = io.StringIO(), copy.deepcopy(case), sys.getrecursionlimit()
    try:
        with contextlib.redirect_stdout(printed), stopped_at(end or time.monotonic() + SECONDS):
            sys.setrecursionlimit(depth() + DEEP)
            value = run(answer, given)
    except Stop:
        value = Failure("endless", f"no answer within {SECONDS:.0f} seconds: does each loop end?")
    except RecursionError as error:
        value = Failure("recursion", f"a function that calls itself without end{own_line(error)}")
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too
        where, kind = own_line(error), type(error).__name__
        if type(error) is NotImplementedError and not error.args:  # the stub's
            kind = "unwritten"
        words = " ".join(str(error).split())
        value = Failure(kind, f"{kind}{': ' * bool(words)}{words}{where}")
        if kind == "Unfit":
            value = Failure("unfit", words)
        if kind == "KeyError" and hasattr(key := (*error.args, 0)[0], "__name__"):
            value = Failure("missing", f"no rule for {key.__name__} yet{where}")
    finally:
        sys.setrecursionlimit(limit)
    if not isinstance(value, Failure) and not same(given, case, 0.0):
        value = Failure("changed", "a function that changed what it was given: work on a copy")
    return value, printed.getvalue()


@contextlib.contextmanager
def stopped_at(end):
    """Raise Stop in what runs inside when its time is over: by an alarm, or else by a trace.

    Where there are no alarms, as in a browser, Python reports each new line to a trace function,
    which looks at the clock; see the documentation of ``sys.settrace``.
    """

    def ring(*args):
        raise Stop

    def look(frame, event, arg):
        if time.monotonic() > end:
            raise Stop
        return None if frame.f_code.co_filename.startswith(HOME) else look

    alarms = hasattr(signal, "setitimer")
    if alarms and threading.current_thread() is threading.main_thread():
        before = signal.signal(signal.SIGALRM, ring)
        # again and again, since a bare `except:` may catch the first
        signal.setitimer(signal.ITIMER_REAL, max(end - time.monotonic(), 1e-3), 0.05)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
    else:
        before = sys.gettrace()
        sys.settrace(look)
        try:
            yield
        finally:
            sys.settrace(before)


def depth():
    """How many calls are within each other now."""
    frame, count = sys._getframe(), 0
    while frame := frame.f_back:
        count += 1
    return count


def own_line(error):
    """The learner's own line in which an exception arose, in words; empty where there is none."""
    others = (HOME, "<frozen", sys.prefix, sys.base_prefix)
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith(others) and frame.line]
    return f", in line {own[-1].lineno} of {own[-1].name}: {own[-1].line}" if own else ""


def same(a, b, tolerance):
    """Whether two values are equal: numbers and arrays up to a tolerance, in trees of them.

    A whole number is as good as a float, a list as a tuple; nan is equal to nan.

    >>> same([1, np.ones(2)], (1.0, [1.0, 1.0]), 1e-9), same(1.0, [1.0], 1e-9)
    (True, False)
    """
    if isinstance(a, Failure) or isinstance(b, Failure):
        return isinstance(a, Failure) and isinstance(b, Failure) and a.gist == b.gist
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k], tolerance) for k in a)
    if is_numbers(a) and is_numbers(b):
        a, b = np.asarray(a), np.asarray(b)
        return a.shape == b.shape and bool(
            np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)
        )
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(same(x, y, tolerance) for x, y in zip(a, b, strict=True))
    if type(a) is not type(b):
        return False
    try:
        return bool(a == b) or (type(a).__eq__ is object.__eq__ and vars(a) == vars(b))
    except (TypeError, ValueError):
        return False


def is_numbers(a):
    """Whether NumPy makes an array of numbers of it."""
    if not isinstance(a, (bool, int, float, np.ndarray, np.generic, list, tuple)):
        return False
    try:
        return np.asarray(a).dtype.kind in "fbiu"
    except ValueError:  # lists of different lengths
        return False

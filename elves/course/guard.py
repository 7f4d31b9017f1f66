"""Run a learner's code: it may loop for ever, fail, print, and change what it was given."""

import contextlib
import copy
import functools
import inspect
import io
import re
import sys
import time
import traceback
import types
from dataclasses import dataclass

import numpy as np

from elves.course.stopping import Stop, stopped_at
from elves.errors import OTHERS, InputError

SECONDS = 5.0  # for all the cases of a check
DEEP = 400  # calls within each other, before we say that they have no end


SHAPES = re.compile("shape|broadcast|dimension|aligned")  # how NumPy says that arrays do not fit


class Unfit(Exception):
    """Raised by a check for what came back: its words alone are shown, and what helps is `said`."""

    def __init__(self, words, said=""):
        super().__init__(words)
        self.said = said


class NotYet(InputError, NotImplementedError):
    """Raised by the name of an exercise whose cell did not run: `args` are the words, the name."""

    def __str__(self):
        return self.args[0]


class Told(BaseException):
    """Ends a run with a failure that the course has words for: what came, in the learner's terms.

    >>> attempt(lambda f, x: f(x), lambda x: told("paths", "far too many"), 0)[0].kind
    'paths'
    """


def told(kind, words, said=""):
    raise Told(Failure(kind, words, said=said))


@dataclass(frozen=True)
class Failure:
    """What a run ended in instead of a value: `kind` tells failures apart, `words` say it.

    `where` names the learner's own line. `inside` says that it arose while an answer ran, and not
    when the course read what came: of another kind than what was asked for. `said` is a sentence
    that helps, where no mistake is known by name.
    """

    kind: str
    words: str
    where: str = ""
    inside: bool = False
    said: str = ""

    def __str__(self):
        return self.words + self.where

    def like(self, other):
        """Whether two programs failed alike, whatever the words name."""
        return self.gist == other.gist and self.inside == other.inside

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
        numbers = "" if "arguments, got" in words else r"|\d[\d.]*"  # too few, or too many
        return re.sub(rf"'[^']*'|for [^:]+:|[\w.<>]+\(\){numbers}|not \w+$", "…", words)


CHANGED = "a function that changed what it was given: work on a copy"


def attempt(run, answer, case, end=None, gives=True):
    """What ``run(answer, case)`` gives, a value or a Failure, and what it printed.

    It is stopped when ``time.monotonic()`` has passed `end`. An answer that works by what it
    changes in its arguments `gives` nothing; any other one must not give None.

    >>> attempt(lambda f, x: f(x), abs, -2)
    (2, '')
    >>> attempt(lambda f, x: f(x), lambda x: 1 / x, 0)[0].kind
    'ZeroDivisionError'
    """
    printed, given, limit = io.StringIO(), copy.deepcopy(case), sys.getrecursionlimit()
    noted = []
    try:
        quiet = np.errstate(all="ignore")  # a 1/0 shows in what is got
        until = stopped_at(end or time.monotonic() + SECONDS)
        with contextlib.redirect_stdout(printed), quiet, until:
            sys.setrecursionlimit(depth() + DEEP)
            value = run(watched(answer, gives, noted), given)
    except Stop:
        value = Failure("endless", f"no answer within {SECONDS:.0f} seconds: does each loop end?")
    except Told as known:
        value = known.args[0]
    except RecursionError as error:
        value = Failure("recursion", "a function that calls itself without end", own_line(error))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit too
        value = failed(error)
    finally:
        sys.setrecursionlimit(limit)
    if not isinstance(value, Failure) and not same(given, case, 0.0):
        value = Failure("changed", CHANGED, said="".join(noted[-1:]))
    return value, printed.getvalue()


def failed(error):
    """The failure that an exception of the learner's code is."""
    where, kind = own_line(error), type(error).__name__
    if isinstance(error, NotYet):
        return Failure("unwritten", error.args[1])
    if type(error) is NotImplementedError and not error.args:  # the stub's
        return Failure("unwritten", last_name(error), where)
    if kind == "KeyError" and hasattr(key := (*error.args, 0)[0], "__name__"):
        return Failure("missing", f"no rule for {key.__name__} yet", where)
    if kind == "KeyError" and not (where or getattr(error, "inside", False)):  # the check asked
        return Failure("missing", f"no entry {brief_key(error)} yet")
    words = " ".join(LOCALS.sub("", str(error)).split())
    if isinstance(error, Unfit):
        return Failure("unfit", words, said=error.said)
    inside = getattr(error, "inside", False)
    return Failure(kind, f"{kind}{': ' * bool(words)}{words}", where, inside)


def brief_key(error):
    return f"{error.args[0]!r:.60}" if error.args else ""


def last_name(error):
    """The name of the function in which an exception arose, and of the class that it stands in."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    return frame.f_code.co_qualname


LOCALS = re.compile(r"[\w.]*<locals>\.")


def watched(answer, gives, noted=None):
    """An answer whose functions notice that they change their arguments, or give None back.

    A list may have been handed over to be added to, and so may a dict: that is only `noted`.

    >>> attempt(lambda f, x: f([x]), lambda xs: xs.append(1) or xs, 0)[0].words == CHANGED
    True
    """
    noted = [] if noted is None else noted
    if isinstance(answer, dict):
        found = copy.copy(answer)  # of its own kind
        found.update((key, watched(entry, gives, noted)) for key, entry in answer.items())
        return found
    if not callable(answer) or isinstance(answer, type):
        return answer

    @functools.wraps(answer)
    def call(*args, **options):
        before = [*map(as_it_was, args)]
        try:
            value = answer(*args, **options)
        except Exception as error:
            error.inside = True
            raise
        for place, (now, then) in enumerate(zip(args, before, strict=True)):
            if not is_as_it_was(now, then):
                said = of_change(name_of(answer, place), now, then)
                noted.append(said)
                if is_data(then) or (isinstance(then, list) and len(now) <= len(then)):
                    told("changed", CHANGED, said)
        if value is None and gives:
            told("nothing", "None")
        return watched(value, gives, noted) if isinstance(value, types.FunctionType) else value

    return call


def is_data(value):
    """Whether a value is an array, or a list or a tuple of arrays and numbers, which has some."""
    if isinstance(value, (list, tuple)):
        return bool(value) and all(map(is_data, value))
    return isinstance(value, (bool, int, float, complex, np.ndarray, np.generic))


def as_it_was(value):
    """A copy of data; of a list or a dict of other things, what is in it; or None."""
    if is_data(value):
        return copy.deepcopy(value)
    return copy.copy(value) if type(value) in (list, dict) else None


def is_as_it_was(now, then):
    if then is None or is_data(then):
        return then is None or same(now, then, 0.0)
    if isinstance(then, dict):
        return now.keys() == then.keys() and all(now[key] is then[key] for key in then)
    return len(now) == len(then) and all(x is y for x, y in zip(now, then, strict=True))


def of_change(name, now, then):
    """What helps where an argument was changed.

    >>> of_change("`steps`", [], [abs])
    'Your function empties `steps`, and the next call has none: use an index, or reversed(steps).'
    """
    plain = name.strip("`")
    if isinstance(now, np.ndarray):
        return f"{name} was changed in place: write `{plain} = …`, not `{plain} += …`."
    if len(now) < len(then):
        does, left = ("takes something out of", "misses it") if now else ("empties", "has none")
        instead = f"use an index, or reversed({plain})"
        return f"Your function {does} {name}, and the next call {left}: {instead}."
    if any(isinstance(part, np.ndarray) for part in now) and isinstance(now, list):
        return (
            f"{name}, or an array in it, was changed in place: make a new list, and write "
            "`w = w - …`, not `w -= …`."
        )
    return f"{name} was changed: work on a copy, {type(now).__name__}({plain})."


def name_of(answer, place):
    """What an answer calls its argument at that place."""
    try:
        known = inspect.signature(answer).parameters.values()
    except (TypeError, ValueError):
        known = ()
    names = [each.name for each in known if each.kind < each.KEYWORD_ONLY]
    return f"`{names[min(place, len(names) - 1)]}`" if names else f"argument {place + 1}"


@contextlib.contextmanager
def at_most(calls, words):
    """End what runs inside after that many calls of functions: it does far too much.

    Calls are counted, not seconds, so that it is the same on each machine; see ``sys.setprofile``.

    >>> with contextlib.suppress(Told), at_most(100, "too much"):
    ...     _ = [abs(n) for n in map(lambda n: n, range(1000))] and print("not reached")
    """
    left, before = [calls], sys.getprofile()

    def count(frame, event, arg):
        left[0] -= event == "call"
        if left[0] < 0:
            told("paths", words)

    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(before)


def depth():
    """How many calls are within each other now."""
    frame, count = sys._getframe(), 0
    while frame := frame.f_back:
        count += 1
    return count


LAST = 50  # calls of an endless recursion that are looked at


def own_line(error):
    """The learner's own line in which an exception arose, in words; empty where there is none.

    What arose in a comprehension arose in the function that it stands in; a lambda has no name.
    Where the answer called another function of the learner's, its call may be what is wrong.
    """
    others = (*OTHERS, sys.prefix, sys.base_prefix) if sys.prefix != "/" else OTHERS
    frames = traceback.extract_tb(error.__traceback__, -LAST)
    frames = [frame for frame in frames if "-packages" not in frame.filename and frame.line]
    own = [frame for frame in frames if not frame.filename.startswith(others)]
    if not own:
        return ""
    name = next((frame.name for frame in own[::-1] if frame.name not in COMPREHENSIONS), "<")
    of = "" if name.startswith("<") else f" of {name}"
    words, first = f", in line {own[-1].lineno}{of}: {own[-1].line}", own[0]
    if first.name.startswith("<") or first.name == name:
        return words
    return f"{words}; called in line {first.lineno} of {first.name}"


COMPREHENSIONS = "<listcomp>", "<genexpr>", "<dictcomp>", "<setcomp>"


def same(a, b, tolerance):
    """Whether two values are equal: numbers and arrays up to a tolerance, in trees of them.

    A whole number is as good as a float, a list as a tuple; nan is equal to nan.

    >>> same([1, np.ones(2)], (1.0, [1.0, 1.0]), 1e-9), same(1.0, [1.0], 1e-9)
    (True, False)
    """
    if isinstance(a, Failure) or isinstance(b, Failure):
        return isinstance(a, Failure) and isinstance(b, Failure) and a.like(b)
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

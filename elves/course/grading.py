"""Grade answers: a check that raises, and a look at whether somebody changed the checks.

The cells of a class's gradebook call `grade`; `elves.course.kernel` runs them, and lets a learner's
code change nothing that they rest on without being seen: `Seen` remembers it. The honest limit:
code that attacks the checker from inside of a check, in the same process, may win. It wins what
anybody can read, since the solutions are public.

>>> from elves.course.rooms import find
>>> grade("tape.order", find("tape.order").right)  # doctest: +ELLIPSIS
✓ tape.order: all 85 cases are right.
  This is a topological order...
"""

import sys
import types

import numpy as np

from elves.course.desk import check
from elves.course.exercise import Exercise
from elves.errors import ElfError

RESTS = {  # the packages that the checks rest on
    "elves", "numpy", "builtins", "collections", "contextlib", "copy", "dataclasses", "functools",
    "inspect", "io", "itertools", "math", "operator", "queue", "random", "re", "signal",
    "threading", "time", "traceback", "types", "_thread",
}  # fmt: skip
BUSY = {"_", "input", "exit", "quit"}  # displays and IPython put their own in their place


class NotRight(ElfError):
    """Raised by `grade`: a notebook shows its sentence, and nothing of the inside."""

    def _render_traceback_(self):
        return [str(self)]


class Changed(NotRight):
    """Raised in a class's gradebook where a cell has changed what the checks rest on."""


def grade(name, answer):
    """Show the verdict on an answer. Raises NotRight unless all cases are right."""
    from IPython.display import display

    verdict = check(name, answer)
    display(verdict)
    if not verdict.passed:
        raise NotRight("No point yet.")


def is_watched(name):
    return str(name).split(".")[0] in RESTS


def parts(value):
    """What a function, a class, a module or an exercise is made of, by name."""
    if isinstance(value, types.FunctionType):
        held = value.__closure__ or ()
        found = {"()": value.__code__, "(=)": value.__defaults__, "(*=)": value.__kwdefaults__}
        return found | {f"[{n}]": of_cell(cell) for n, cell in enumerate(held)}
    if isinstance(value, (property, classmethod, staticmethod, type(np.sum))):
        names = "fget", "__func__", "__wrapped__"
        return {f".{name}": getattr(value, name, None) for name in names}
    if isinstance(value, types.ModuleType) and is_watched(value.__name__):
        return {f".{key}": part for key, part in vars(value).items() if key not in BUSY}
    if isinstance(value, type) and is_watched(value.__module__):
        return {f".{key}": part for key, part in vars(value).items()}
    if isinstance(value, Exercise):
        return {f".{key}": part for key, part in vars(value).items()}
    if isinstance(value, tuple) and len(value) < 100:  # an exercise's mistakes, defaults
        return {f"[{n}]": part for n, part in enumerate(value)}
    if value is sys.modules:
        return {f"[{key!r}]": part for key, part in value.items() if is_watched(key)}
    return {}


def of_cell(cell):
    try:
        return cell.cell_contents
    except ValueError:  # empty
        return None


class Seen:
    """All that the checks rest on, as it is now: what is new does not matter, what is other does.

    >>> import math
    >>> seen, floor = Seen(), math.floor
    >>> list(seen.changed())
    []
    >>> math.floor = round
    >>> list(seen.changed())
    ['math.floor']
    >>> math.floor = floor
    """

    def __init__(self):
        known, found = set(), [("sys.modules", sys.modules)]
        self.owners = []
        while found:
            where, owner = found.pop()
            if id(owner) not in known:
                known.add(id(owner))
                if have := parts(owner):
                    self.owners.append((where, owner, have))
                    name = getattr(owner, "__name__", where)
                    found += [(name + key, part) for key, part in have.items()]

    def changed(self):
        """The names of what is not what it was."""
        for where, owner, have in self.owners:
            now = parts(owner)
            name = getattr(owner, "__name__", where)
            for key, part in have.items():
                if now.get(key) is not part:
                    yield name + key

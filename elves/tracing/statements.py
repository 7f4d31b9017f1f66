"""Python's own statements on traced values: the functions that `blocks` writes calls of.

- `branches`: if, conditional expressions, and, or, not, max and min;
- `turns`: for and while.
"""

import contextlib
import functools
import itertools
import operator
import traceback
import types

import numpy as np

from elves import calls, core, parse, rules
from elves.errors import ConversionError, ElfError, InputError, is_users
from elves.structure import leaves
from elves.tracing import blocks
from elves.tracing.branches import and_, best, if_, not_, or_
from elves.tracing.memory import LOST
from elves.tracing.turns import Count, for_, while_


class Index:
    def __getitem__(self, index):
        return index


def entry(x, index):
    traced = type(x) is np.ndarray and any(isinstance(i, core.Value) for i in leaves(index))
    return rules.pick(x, index) if traced else x[index]


ON_VALUES = parse.SAME | {
    max: functools.partial(best, operator.gt),
    min: functools.partial(best, operator.lt),
    float: lambda x: np.reshape(x, ()) * 1.0,
    range: Count,
    np.array: calls.stacked,
    np.asarray: calls.stacked,
}

CALLERS = [functools.reduce, map, filter, sorted, itertools.accumulate, itertools.starmap]


def call(f, *args, **kwargs):
    """Call what the user's function calls: its blocks are followed too."""
    if any(f is caller for caller in CALLERS):
        args = [followed(a) if isinstance(a, types.FunctionType) else a for a in args]
        kwargs = {k: followed(a) if k == "key" else a for k, a in kwargs.items()}
    traced = any(isinstance(a, core.Value) for a in leaves(args))
    if traced and not kwargs and isinstance(f, (type, types.BuiltinFunctionType)):
        return ON_VALUES.get(f, f)(*args)
    return followed(f)(*args, **kwargs)


def followed(f):
    """A function of the user's, with blocks that are handed over to the helpers; or f itself."""
    if isinstance(f, types.MethodType):
        return types.MethodType(followed(f.__func__), f.__self__)
    if isinstance(f, functools.partial):
        return functools.partial(followed(f.func), *f.args, **f.keywords)
    if not isinstance(f, types.FunctionType):
        own = vars(type(f)).get("__call__")  # of an object that can be called
        new = followed(own) if isinstance(own, types.FunctionType) else own
        return f if new is own else types.MethodType(new, f)
    file = f.__code__.co_filename
    readable = is_users(file) or file.startswith(("<", *parse.READABLE))
    done = any(blocks.MADE in n for n in f.__code__.co_freevars)
    if done or not readable or f in core.RULES:
        return f
    return blocks.rewritten(f, CELLS, LOST.unread)


def lasting(helper):
    """A helper whose refusal stays one, whoever catches it."""

    def run(*args):
        try:
            return helper(*args)
        except ElfError as error:
            LOST.refused = error
            raise

    return run


DECIDE = {"if": if_, "while": while_, "for": for_, "and": and_, "or": or_, "not": not_}
HELPERS = {name: lasting(helper) for name, helper in DECIDE.items()} | {
    "call": call, "entry": entry, "index": Index(),
}  # fmt: skip
CELLS = {name + blocks.MADE: types.CellType(helper) for name, helper in HELPERS.items()}


def unread(error):
    """Why the blocks of the function cannot be followed that asked for a decision."""
    codes = [frame.f_code for frame, _ in traceback.walk_tb(error.__traceback__)]
    users = [code for code in codes if is_users(code.co_filename) or code in LOST.unread]
    return LOST.unread.get(users[-1]) if users and hasattr(error, "within") else None


@contextlib.contextmanager
def handed_over():
    """Let all that is traced here have its blocks followed."""
    token, before = calls.FOLLOWED.set(followed), vars(LOST).copy()
    LOST.__init__()
    try:
        yield
        LOST.check()
    except RecursionError:
        raise InputError(
            "The function calls itself as often as only the running program knows: write a loop, "
            "or use the engine `source`."
        ) from None
    except ConversionError as error:
        raise unread(error) or error from None
    except NameError as error:
        if name := LOST.named(error):
            raise InputError(
                f"`{name}` has a value in one branch or in a loop alone, and is read after it, "
                "where a traced program must have one: give it a value before."
            ) from None
        raise
    finally:
        calls.FOLLOWED.reset(token)
        vars(LOST).update(before)

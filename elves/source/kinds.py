"""What is known of a value before the program runs: its kind.

A kind is BOTTOM (no value yet), None (any value), a Kind, a Seq, or a tuple or dict of kinds. Kinds
are joined where branches and turns of a loop meet. A dict of kinds with the key `...` may have
other keys too, of that kind, or lack some of its own.

Source: Cousot & Cousot, "Abstract interpretation" (1977).
"""

import collections
import math
import types
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from elves import core
from elves.errors import ElfError

BOTTOM = "no value yet"


class Kind(NamedTuple):
    """The kind of a number or an array; its shape may be None, which is any of `ndim` axes."""

    shape: tuple
    dtype: np.dtype = np.dtype(float)
    ndim: int = None  # of a shape that nobody knows, where at least so much is known


@dataclass(frozen=True)
class Seq:
    """The kind of a list that grows; `item` is the kind of each of its entries."""

    item: object
    least: int = 0  # so many entries it has at any time


@dataclass(frozen=True)
class Function:
    """The kind of a function: itself."""

    function: object


SCALAR, INTEGER, ARRAY = Kind(()), Kind((), np.dtype(int)), Kind(None)


Keys = collections.OrderedDict  # the kinds of what is in a dict: their order counts


def kind_of_value(value):
    """The kind of an argument, as it comes."""
    if isinstance(value, dict):
        return Keys((k, kind_of_value(v)) for k, v in value.items())
    if isinstance(value, (tuple, list)):
        return tuple(map(kind_of_value, value))
    if isinstance(value, core.UNFIT):
        return Kind(np.shape(value), np.dtype("V"))  # in which * may mean something else
    if isinstance(value, (bool, int, float, complex, np.generic, np.ndarray, core.Value)):
        return Kind(np.shape(value), np.result_type(value))
    if isinstance(value, types.FunctionType | np.ufunc):
        return Function(value)
    return BOTTOM if value is None else None


class Undecided(ElfError, Exception):
    """Something asked for what is known only when the program runs."""


# What is said of stand-ins by us, by Python and by NumPy where only the run itself can tell.
AT_RUN_TIME = (
    ElfError, ArithmeticError, AttributeError, LookupError, NameError, TypeError, ValueError,
    RecursionError,  # np.split asks for plain places, which names are not
)  # fmt: skip


def example(kind, turn):
    """A value of some kind; there are two of each, with different numbers."""
    if isinstance(kind, dict):
        return {k: example(v, turn) for k, v in kind.items()}
    if type(kind) is tuple:
        return tuple(example(k, turn) for k in kind)
    if not isinstance(kind, Kind) or kind.shape is None:
        raise Undecided("no stand-in")
    if kind.dtype.kind == "f" and turn:
        return np.linspace(-9.0, 9.0, math.prod(kind.shape)).reshape(kind.shape)[()]
    x = np.broadcast_to(np.asarray(2 - turn).astype(kind.dtype), kind.shape)
    return x if kind.shape else x.item()


def ndim_of(kind):
    """How many axes a value has; None if that is not known."""
    if not isinstance(kind, Kind):
        return None
    return kind.ndim if kind.shape is None else len(kind.shape)


def is_number(kind):
    return isinstance(kind, Kind) and kind.shape == ()


def is_tree(kind):
    return isinstance(kind, (dict, Seq)) or type(kind) in (tuple, list)


def zeros_of(kind):
    """The kind of the zeros that stand for a cotangent of some kind."""
    if isinstance(kind, Kind):
        return Kind(kind.shape, ndim=kind.ndim) if kind.dtype.kind == "f" else SCALAR
    if isinstance(kind, dict):
        return Keys((k, zeros_of(v)) for k, v in kind.items())
    if type(kind) is tuple:
        return tuple(map(zeros_of, kind))
    return Seq(zeros_of(kind.item)) if isinstance(kind, Seq) else None


def join(a, b):
    """What is known of a variable that is assigned in two places."""
    if a is BOTTOM or b is BOTTOM or a == b:
        return a if b is BOTTOM else b
    if isinstance(a, Kind) and isinstance(b, Kind):
        dtype = np.result_type(a.dtype, b.dtype)
        if a.shape == b.shape is not None:
            return Kind(a.shape, dtype)
        return Kind(None, dtype, ndim_of(a) if ndim_of(a) == ndim_of(b) else None)
    if isinstance(a, Seq) and isinstance(b, Seq):
        return Seq(join(a.item, b.item), min(a.least, b.least))
    if {type(a), type(b)} == {Seq, tuple} or (type(a) is type(b) is tuple and len(a) != len(b)):
        items = join_all(k for p in (a, b) for k in (p if type(p) is tuple else [p.item]))
        return Seq(items, min(p.least if isinstance(p, Seq) else len(p) for p in (a, b)))
    if type(a) is type(b) is tuple:
        return tuple(map(join, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        more = {} if [*a] == [*b] else {...: BOTTOM}
        return Keys((k, join(a.get(k, BOTTOM), b.get(k, BOTTOM))) for k in a | b | more)
    return None


def join_all(kinds):
    """What is known of each of several values."""
    found = BOTTOM
    for kind in kinds:
        found = join(found, kind)
    return found


def shallow(kind, depth=6):
    """A kind without what lies deeper, of which recursion has no end."""
    if is_tree(kind) and not isinstance(kind, Seq):
        if not depth:
            return None
        if isinstance(kind, dict):
            return Keys((k, shallow(v, depth - 1)) for k, v in kind.items())
        return tuple(shallow(k, depth - 1) for k in kind)
    return Seq(shallow(kind.item, depth - 1)) if isinstance(kind, Seq) and depth else kind

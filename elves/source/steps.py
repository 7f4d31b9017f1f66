"""The steps of a function, and the tables that say what Python's and NumPy's words mean here.

Each step gives new names a value once (static single assignment).

Source: Cytron et al., "Efficiently computing static single assignment form" (1991).
"""

import ast
import math
import operator
from dataclasses import dataclass

import numpy as np

from elves import core
from elves.source import helpers
from elves.source.names import Name


@dataclass(eq=False)
class Plain:
    """A statement that carries no derivative."""

    stmt: ast.stmt
    line: int = 0


@dataclass(eq=False)
class Op:
    """``out = rule.function(*args, **kwargs)``; `node` is how that is written."""

    out: Name
    rule: object
    args: tuple
    kwargs: dict
    node: ast.expr
    line: int = 0


@dataclass(eq=False)
class Store:
    """``base[index] = value``; `old` is the name for what stood there."""

    base: Name
    index: object
    value: object
    old: Name
    line: int = 0


@dataclass(eq=False)
class Append:
    """``base.append(value)``"""

    base: Name
    value: object
    line: int = 0


@dataclass(eq=False)
class Block:
    """Steps, and the serial numbers of the names that they define."""

    steps: list
    serials: range = range(0)


@dataclass(eq=False)
class If:
    """Two blocks; each phi is a name and what it gets from either of them."""

    test: ast.expr
    arms: list
    phis: list
    line: int = 0


@dataclass(eq=False)
class Loop:
    """`head` is a for or while; each phi is a name, its first value, and its next one."""

    head: ast.stmt
    body: Block
    phis: list
    done: Name = None
    line: int = 0


@dataclass(eq=False)
class With:
    """A block under a ``with``."""

    items: list
    body: Block
    line: int = 0


# ------------------------------------------------------------ tables

ITSELF = {float, np.float64, np.asarray, np.ascontiguousarray}
COPIES = {np.array, np.copy}
# They are written with others, of which the way back needs no value: they stay as they stand.
AS_WRITTEN = {np.mean, np.dot, np.stack, np.concatenate, np.einsum}
AS_WRITTEN |= {np.median, np.quantile, np.percentile, np.clip, np.gradient}
# Whatever they are asked, the answer does not vary.
PASSIVE = {
    len, range, slice, isinstance, int, bool, str, repr, print, type, callable, id, round, hasattr,
    any, all, format, ascii, np.zeros, np.ones, np.empty, np.empty_like, np.eye, np.isscalar,
    math.isnan, math.isfinite, math.isinf, core.shape_of, core.ndim_of, helpers.zeros,
    helpers.no_tangent, helpers.field,
}  # fmt: skip
ZEROS = {helpers.zeros, helpers.no_tangent}  # new ones, in a tree too
# What to write instead of Python's functions of what varies; a loop instead of the others.
BY_SOURCE = {}  # the tape's gradient, and the one that has source: see `elves.source`
INSTEAD = {
    max: "use np.max", min: "use np.min", sum: "use np.sum", sorted: "use np.sort",
    divmod: "write // and %", complex: "use real numbers", dict: "write {…}",
    list: "use the array itself", tuple: "use the array itself",
}  # fmt: skip
# What looks at the program itself cannot be followed.
UNSEEN = {eval, exec, locals, globals, vars, getattr, setattr, delattr}
PASSIVE_ATTRIBUTES = {"shape", "ndim", "size", "dtype"}
PASSIVE_METHODS = {"any", "all", "argmax", "argmin", "argsort", "round", "is_integer"}
# Methods that change what they belong to, and functions that change their first argument.
CHANGE = {
    "append", "appendleft", "extend", "insert", "remove", "pop", "popleft", "popitem", "clear",
    "sort", "reverse", "update", "setdefault", "add", "discard", "fill", "put", "resize",
    "partition", "setfield", "__setitem__", "__delitem__", "__iadd__",
}  # fmt: skip
OF_DICTS = {"items", "keys", "values", "get"}
PROPERTIES = {"T": np.transpose, "mT": np.matrix_transpose, "real": np.real, "flat": np.ravel}
ENTRY = "assign each entry, as in d['a'] = x"
WAYS = {"update": ENTRY, "setdefault": ENTRY, "extend": "write xs += [x, y]"}
CHANGES = {np.put, np.place, np.putmask, np.copyto, np.fill_diagonal, np.put_along_axis}
TAKES_LISTS = {
    np.concatenate,
    np.stack,
    np.hstack,
    np.vstack,
    np.dstack,
    np.column_stack,
    np.block,
    np.select,
    np.linalg.multi_dot,
    np.broadcast_arrays,
    np.meshgrid,
    np.append,
    np.insert,
}
BOTH = {max: np.maximum, min: np.minimum}
# What may be evaluated ahead of time, to see the shape that comes out.
SAFE = PASSIVE | {abs, min, max, float, sum, tuple, sorted, slice, enumerate, zip, reversed, list}
SAFE |= {math.prod}
SAFE_METHODS = {*core.METHODS, "reshape", "transpose", "tolist", "item", "flatten", "copy"}
UNSURE = {  # the shape that comes out depends on the numbers
    print, np.flatnonzero, np.nonzero, np.argwhere, np.unique, np.extract, np.compress, np.bincount,
    np.trim_zeros, np.setdiff1d, np.union1d, np.intersect1d,
}  # fmt: skip
# Expressions and functions that make something new, and names of those that may not.
NEW = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.ListComp, ast.DictComp, ast.Set, ast.SetComp)
PLAIN = (ast.Name, ast.Attribute, ast.Tuple, ast.List, ast.expr_context)
LISTS = {list, tuple, dict, set, sorted}
OLD = {
    "view", "reshape", "ravel", "transpose", "swapaxes", "squeeze", "diagonal", "get", "pop",
    "popitem", "setdefault", "items", "values", "keys", "__getitem__", "asanyarray", "require",
    "einsum", "asarray_chkfinite", "nditer", "as_strided", "sliding_window_view", "nan_to_num",
}  # fmt: skip
VIEWS = {
    operator.getitem, np.reshape, np.ravel, np.transpose, np.swapaxes, np.squeeze, np.expand_dims,
    np.broadcast_to, np.moveaxis, np.rollaxis, np.diagonal, np.flip, np.fliplr, np.flipud, np.rot90,
    np.atleast_1d, np.atleast_2d, np.atleast_3d, np.real, np.split, np.array_split, np.hsplit,
    np.vsplit, np.dsplit, np.unstack, np.broadcast_arrays, np.matrix_transpose, np.where,
    np.diag, np.linalg.diagonal,
}  # fmt: skip
WORDS = {
    "BoolOp": ("and/or of what varies", "write it with if"),
    "GeneratorExp": ("a GeneratorExp of what varies", "make it a list: [… for …]"),
    "Lambda": ("a Lambda as a value", "give it a name and call that"),
    "NamedExpr": ("a NamedExpr (:=)", "assign in a line of its own"),
    "Yield": ("a Yield", "return a list of all the values"),
    "YieldFrom": ("a YieldFrom", "return a list of all the values"),
    "Await": ("await", "use elves.reverse"),
}  # fmt: skip


def seen(function, args):
    """The arguments that a view may be one of: no index, and no condition."""
    return args[:1] if function is operator.getitem else args[function is np.where :]


def is_range(e):
    """Is this range(…) or reversed(range(…))?"""
    name = getattr(e.func, "id", "") if isinstance(e, ast.Call) else ""
    return name == "range" or (name == "reversed" and is_range(e.args[0]))


# ------------------------------------------------------------ all of them


def defined(of):
    """All the names that steps define, those in their blocks included."""
    for s in every(of):
        yield from [s.out] if isinstance(s, Op) else [p for p, *_ in getattr(s, "phis", ())]


def every(of):
    """All the steps, those in their blocks included."""
    for s in of:
        yield s
        for block in getattr(s, "arms", None) or ([s.body] if hasattr(s, "body") else []):
            yield from every(block.steps)

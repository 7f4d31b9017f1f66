"""Whether a function surely changes no array while it runs: then its tape needs no copies of them.

Its text is read: no array is assigned into, and all that is called is a function or a method that
has a row, without ``out=``, or a function of the user's of which the same holds.
"""

import ast
import builtins
import functools
import math
import types

import numpy as np

from elves import core, parse
from elves.core.table import parameters_of
from elves.errors import SourceError

ELSEWHERE = (  # what binds names in ways that are not looked at, or runs code of objects
    ast.Delete, ast.Global, ast.Nonlocal, ast.With, ast.Import, ast.ImportFrom, ast.ClassDef,
    ast.Yield, ast.YieldFrom, ast.Await, ast.Match, ast.Try, ast.TryStar,
)  # fmt: skip
CALLS = {
    len, range, sum, zip, enumerate, float, int, bool, abs, min, max, list, tuple, dict, reversed,
    np.array, np.asarray, np.zeros, np.ones, np.full, np.eye, np.arange, np.linspace,
}  # fmt: skip
FUNCTIONS = {types.BuiltinFunctionType, types.FunctionType, type(np.sum), np.ufunc, type}
MOST = 256  # functions whose text is remembered
OVERWRITE = {"out", "overwrite_input", "copy"}
READS = {"reshape", "transpose", "tolist", "item", "items", "keys", "values", "get"}
NUMBERS = {bool, int, float, str, types.NoneType, types.ModuleType}


def unchanging(f, args, seen=()):
    """Whether f surely changes no array, if it is called with these arguments (or more of them).

    >>> unchanging(np.sin, (), ())
    False
    """
    if f in seen:
        return True
    if type(f) is not types.FunctionType or not is_data((args, f.__defaults__, f.__kwdefaults__)):
        return False
    names, seen = read(f), (*seen, f)
    return names is not None and all(fits(value_of(f, n), *how, seen) for n, *how in names)


def value_of(f, name):
    """What an outer name of a function stands for now."""
    free, scope = f.__code__.co_freevars, f.__globals__
    if name in free:
        return parse.contents(f.__closure__[free.index(name)])
    return scope[name] if name in scope else vars(builtins).get(name, parse.MISSING)


READ = {}  # what is known of a function's text, by its code


def read(f):
    """The names of `outer`, from memory; None of a function whose text cannot be read."""
    if f.__code__ not in READ:
        if len(READ) > MOST:
            READ.clear()
        try:
            READ[f.__code__] = outer(parse.node_of(f))
        except (SourceError, OSError):
            READ[f.__code__] = None
    return READ[f.__code__]


def is_data(value):
    """Whether a value is of numbers, arrays and trees of them, whose operators are known."""
    kind = type(value)
    if kind is np.ndarray:
        return value.dtype.kind in "fbiu"
    if kind in (tuple, list, dict):
        return all(map(is_data, value.values() if kind is dict else value))
    return kind in NUMBERS or isinstance(value, (np.generic, core.Value))


def fits(value, path, count, seen):
    """Whether what an outer name stands for, or an attribute of it, may be read or called so."""
    for name in path:
        if type(value) is not types.ModuleType:  # an attribute of an array, or a method
            return is_data(value) and (count is None or reads(path[-1], count))
        value = getattr(value, name, None)
    if type(value) not in FUNCTIONS or count is None:
        return count is None and (is_data(value) or type(value) in FUNCTIONS)
    if value in core.RULES:
        return count <= harmless(value)
    if value in CALLS or getattr(value, "__self__", None) is math:
        return True
    return type(value) is types.FunctionType and unchanging(value, (), seen)


@functools.cache
def harmless(function):
    """How many arguments a function of NumPy's takes before one that it would overwrite."""
    name = core.full_name(function)
    if not name.startswith("np.") or name.startswith("np.ufunc."):
        return -1
    if isinstance(function, np.ufunc):
        return function.nin
    kinds = {n: p.kind for n, p in parameters_of(function).items()}
    names, arity = [n for n, kind in kinds.items() if kind <= 1], core.RULES[function].arity
    usual = math.inf if arity is None else max(arity, len(names))
    return min((k for k, n in enumerate(names) if n in OVERWRITE), default=usual)


def reads(name, count):
    """Whether a method is one that reads, called with so many arguments."""
    if name not in core.METHODS:
        return name in READS
    if name in ("conj", "conjugate"):  # which write into an argument
        return not count
    return count <= max(1, (core.RULES[core.METHODS[name]].arity or 1) - 1)


def loads(node):
    return isinstance(node, (ast.Name, ast.Attribute)) and type(node.ctx) is ast.Load


def sums(node):
    """The names that a piece of code adds to in place, as in ``loss += y``."""
    found = [n.target for n in ast.walk(node) if isinstance(n, ast.AugAssign)]
    return [n.id if isinstance(n, ast.Name) else None for n in found]


def adds_up(top, name):
    """Whether a name begins as a number, and is read only after all that is added to it."""
    last, begun = max(k for k, s in enumerate(top.body) if name in sums(s)), False
    for k, s in enumerate(top.body):
        used = [n for n in ast.walk(s) if isinstance(n, ast.Name) and n.id == name]
        begins = isinstance(s, ast.Assign) and isinstance(s.value, ast.Constant)
        begun |= begins and bool(used)
        if name in sums(s) and not begun:
            return False
        if any(map(loads, used)) if k <= last else any(not loads(n) for n in used):
            return False
        if k <= last and not begins and len(used) > sums(s).count(name):
            return False
    return True


def outer(top):
    """The outer names in a function's text: each with the way to what is read of it, and with how
    many arguments that is called, or None. No list at all if something may be changed.
    """
    nodes = [*ast.walk(top)]
    given = {n.arg for n in nodes if isinstance(n, ast.arg)}
    local = given | {n.id for n in nodes if isinstance(n, ast.Name) and not loads(n)}
    inner = {n.name for n in nodes if isinstance(n, ast.FunctionDef) and n is not top}
    if inner & local or any(map(changes, nodes)):
        return None
    if not all(name and name not in given and adds_up(top, name) for name in sums(top)):
        return None
    called = {id(n.func): n.args for n in nodes if isinstance(n, ast.Call)}
    parts = {id(n.value) for n in nodes if isinstance(n, ast.Attribute)}
    found = set()
    for n in (n for n in nodes if id(n) in called or (loads(n) and id(n) not in parts)):
        root, path, count = n, (), None
        if (args := called.get(id(n))) is not None:
            count = math.inf if any(isinstance(a, ast.Starred) for a in args) else len(args)
        while isinstance(root, ast.Attribute):
            root, path = root.value, (root.attr, *path)
        name = root.id if isinstance(root, ast.Name) else None
        if name and name not in local | inner:
            found.add((name, path, count))
        elif count is not None and not (reads(path[-1], count) if path else name in inner):
            return None
    return found


def changes(n):
    """Whether a node is of a kind that could change an array, or is not looked at."""
    if isinstance(n, (ast.Subscript, ast.Attribute)):
        return type(n.ctx) is not ast.Load
    if isinstance(n, ast.Call):
        return not {k.arg for k in n.keywords}.isdisjoint({*OVERWRITE, "key", None})
    return isinstance(n, ELSEWHERE) or bool(getattr(n, "decorator_list", ()))

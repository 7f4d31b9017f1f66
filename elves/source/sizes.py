"""Sizes that only the run knows: an expression is evaluated ahead of time, on numbers that are made
up, and must not ask these for a size, for a place among unlike things, or for a choice of such.

Source: Cousot & Cousot, "Abstract interpretation" (1977), on what holds for every number.
"""

import ast

import numpy as np

from elves import core
from elves.parse import MISSING
from elves.source import steps
from elves.source.kinds import Function, Kind, Undecided, kind_of_value
from elves.source.questions import about_shape, among, names_in, names_of

# Parameters of NumPy's functions whose numbers say nothing of the result's shape.
DATA = {
    "a", "b", "x", "y", "v", "m", "p", "q", "arr", "ary", "array", "arrays", "arys", "tup", "xi",
    "object", "condition", "values", "indices", "choices", "condlist", "choicelist", "default",
    "fill_value", "start", "stop", "shift", "weights", "a_min", "a_max", "min", "max", "decimals",
    "xp", "fp", "left", "right", "a1", "a2", "operands", "f", "varargs", "dx", "ddof", "rtol", "A",
    "atol", "nan", "posinf", "neginf", "initial", "where", "element", "test_elements", "u", "val",
    "prototype",
}  # fmt: skip
PLAIN = (bool, int, float, str, type(None), np.generic)


def is_plain(value):
    """Is a value one of Python's own, which can be compared with itself another time?"""
    if isinstance(value, dict):
        return all(map(is_plain, (*value, *value.values())))
    return all(map(is_plain, value)) if type(value) in (list, tuple) else isinstance(value, PLAIN)


def alike(values, form=kind_of_value):
    """Some values, if they are of one kind."""
    values = list(values)
    if len({repr(form(v)) for v in values}) > 1:
        raise Undecided("numbers choose one of unlike values")
    return values


def form_of(value):
    """The shape of a value, or the shapes of what is in it."""
    if isinstance(value, dict):
        return {k: form_of(v) for k, v in value.items()}
    return [*map(form_of, value)] if type(value) in (list, tuple) else np.shape(value)


def entry(base, index):
    """``base[index]``, if its kind is the same for every number."""
    if isinstance(base, (list, tuple, dict)):
        alike(base.values() if isinstance(base, dict) else base)
    for part in index if type(index) is tuple else (index,):
        if not isinstance(part, slice) and np.asarray(part).dtype == bool:
            raise Undecided("a mask takes as many as there are")
    return base[index]


def times(a, b, first, second):
    """``a * b``, where b or a may be a count of entries that nobody knows."""
    if (second and type(a) in (list, tuple)) or (first and type(b) in (list, tuple)):
        raise Undecided("a list is as long as a number says")
    return a * b


WORDS = {"entry ": entry, "times ": times, "alike ": alike, "slice ": slice}
WORDS["forms "] = lambda values: alike(values, form_of)


def arms_of(e):
    """The expressions of which one is the value of another one."""
    if isinstance(e, ast.IfExp):
        return [e.body, e.orelse]
    return e.values if isinstance(e, ast.BoolOp) else []


def called(word, *nodes):
    return ast.Call(ast.Name(word, ast.Load()), list(nodes), [])


def spelled(index):
    """An index as an argument of a call, where a slice has no colon."""
    if isinstance(index, ast.Tuple):
        return ast.Tuple([spelled(part) for part in index.elts], ast.Load())
    if not isinstance(index, ast.Slice):
        return index
    ends = (index.lower, index.upper, index.step)
    return called("slice ", *(end or ast.Constant(None) for end in ends))


def is_type(value):
    return type(value) is type


def types_of(kind):
    """The types that a value of some kind may have; none if nobody knows."""
    if isinstance(kind, Kind) and kind.dtype == float:
        return [np.ndarray] if kind.shape else [float, np.float64, np.ndarray]
    return [dict] if isinstance(kind, dict) else [tuple, list] if type(kind) is tuple else []


class Careful:
    """Writes an expression so that it says Undecided where its kind depends on unknown numbers."""

    def __init__(self, reader, e):
        self.reader, self.bound = reader, {}
        for c in (c for n in ast.walk(e) for c in getattr(n, "generators", ())):
            unknown = self.asks(c.iter)
            for name in names_of(c.target):
                self.bound[name] = unknown or self.bound.get(name, False)

    def asks(self, *nodes):
        """Do some expressions ask for numbers that are not known before the program runs?"""
        return any(n is not None and self.unknown(n) for n in nodes)

    def unknown(self, n):
        if isinstance(n, ast.Name) and n.id in self.bound:
            return self.bound[n.id]
        if isinstance(n, ast.Name) and n.id in self.reader.env:
            held = names_in(self.reader.env[n.id])
            return any(v.value is MISSING and not isinstance(v.kind, Function) for v in held)
        if isinstance(n, (ast.Name, ast.Attribute)):
            value = self.reader.resolve(n)
            if value is not MISSING:
                return not self.reader.stays(n, value)
        if self.is_sure_type(n):
            return False
        if about_shape(n) and not any(hasattr(m, "generators") for m in ast.walk(n)):
            return False
        return any(map(self.unknown, ast.iter_child_nodes(n)))

    def is_sure_type(self, n):
        """Is this isinstance of a value whose every possible type gives the same answer?"""
        if not isinstance(n, ast.Call) or self.reader.resolve(n.func) is not isinstance:
            return False
        value, nodes = self.reader.env.get(getattr(n.args[0], "id", None)), n.args[-1]
        types = [self.reader.resolve(t) for t in getattr(nodes, "elts", [nodes])]
        found = types_of(getattr(value, "kind", None)) if all(map(is_type, types)) else ()
        return len({issubclass(t, tuple(types)) for t in found}) == 1

    def written(self, n):
        """The same expression, with a look at what it asks."""
        if isinstance(n, list):
            return [self.written(part) for part in n]
        if not isinstance(n, ast.AST):
            return n
        new = type(n)(**{f: self.written(getattr(n, f, None)) for f in n._fields})
        write = getattr(self, f"of_{type(n).__name__}", None)
        return write(n, new) if write else new

    def no(self, *nodes):
        if self.asks(*nodes):
            raise Undecided("its size may differ from turn to turn")

    def of_Set(self, n, new):
        self.no(n)
        return new

    of_SetComp = of_DictComp = of_JoinedStr = of_Set

    def of_Slice(self, n, new):
        self.no(n.lower, n.upper, n.step)
        return new

    def of_Dict(self, n, new):
        self.no(*n.keys)
        return new

    def of_comprehension(self, n, new):
        self.no(*n.ifs)
        return new

    def of_Subscript(self, n, new):
        return called("entry ", new.value, spelled(new.slice)) if self.asks(n.slice) else new

    def of_IfExp(self, n, new):
        if not self.asks(getattr(n, "test", n)):
            return new
        arms = called("alike ", ast.List(arms_of(new), ast.Load()))
        return ast.Subscript(arms, ast.Constant(0), ast.Load())

    of_BoolOp = of_IfExp

    def of_BinOp(self, n, new):
        if self.reader.is_text(n):
            self.no(n)
        first, second = self.asks(n.left), self.asks(n.right)
        if not isinstance(n.op, ast.Mult) or not (first or second):
            return new
        return called("times ", new.left, new.right, ast.Constant(first), ast.Constant(second))

    def of_Call(self, n, new):
        function, method = self.reader.resolve(n.func), False
        if function is MISSING:
            function, method = core.METHODS.get(getattr(n.func, "attr", "")), True
        numpy = str(getattr(function, "__module__", "")).startswith("numpy")
        if method and function is None:  # such as reshape
            self.no(*n.args, *(k.value for k in n.keywords))
        elif among(function, {range, slice}) or self.reader.is_text(n):
            self.no(n)
        elif among(function, {min, max, sorted}) and self.asks(n):
            several = ast.List(new.args, ast.Load()) if new.args[1:] else new.args[0]
            one = called("forms ", several)
            new.args = [ast.Starred(one, ast.Load())] if new.args[1:] else [one]
        elif numpy and not isinstance(function, np.ufunc):
            self.of_numpy(n, function, method)
        return new

    def of_numpy(self, n, function, method):
        """A call of a function of NumPy's must not get a size that only the run knows."""
        if function in steps.UNSURE or (function is np.where and len(n.args) == 1):
            raise Undecided("its size may differ from turn to turn")
        named, data = list(core.table.parameters_of(function))[method:], DATA
        if function is np.arange:
            data = ()
        for k, a in enumerate(n.args):
            name = named[min(k, len(named) - 1)] if named else "a"
            if isinstance(a, ast.Starred) or name not in data:
                self.no(a)
        for k in n.keywords:
            if k.arg not in data:
                self.no(k.value)

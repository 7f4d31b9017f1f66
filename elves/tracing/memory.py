"""What a block of a program can reach and change, and what it has changed.

Nothing is guessed from the text: the names, lists, dicts, objects and random numbers that functions
can reach are read before and after it has run.
"""

import collections
import contextlib
import functools
import operator
import pickle
import random
import sys
import threading
import types

import numpy as np

from elves import core, parse
from elves.errors import InputError, is_users
from elves.parse import MISSING


class Global:
    """A name of a module."""

    def __init__(self, scope, name):
        self.scope, self.name = scope, name

    def read(self):
        return self.scope.get(self.name, MISSING)

    def write(self, value):
        self.scope[self.name] = value
        if value is MISSING:
            del self.scope[self.name]


class Attribute(Global):
    """A name of a class, or of an object with slots."""

    def read(self):
        return getattr(self.scope, self.name, MISSING)

    def write(self, value):
        change = [] if value is MISSING else [value]
        (setattr if change else delattr)(self.scope, self.name, *change)


def write_cell(cell, value):
    cell.cell_contents = value
    if value is MISSING:
        del cell.cell_contents


def refill(holder, contents):
    holder.clear()
    getattr(holder, "extend" if isinstance(holder, collections.deque) else "update")(contents)


HOLDERS = {  # how to read what something holds, as a copy, and how to write it back
    types.CellType: (parse.contents, write_cell),
    Global: (lambda g: g.read(), lambda g, v: g.write(v)),
    list: (list, lambda a, v: operator.setitem(a, slice(None), v)),
    dict: (dict, refill),
    set: (set, refill),
    collections.deque: (list, refill),
    np.ndarray: (np.copy, np.copyto),
    np.random.Generator: (
        lambda r: pickle.dumps(r.bit_generator.state),
        lambda r, v: setattr(r.bit_generator, "state", pickle.loads(v)),
    ),
    np.random.RandomState: (
        lambda r: pickle.dumps(r.get_state()),
        lambda r, v: r.set_state(pickle.loads(v)),
    ),
    random.Random: (
        lambda r: pickle.dumps(r.getstate()),
        lambda r, v: r.setstate(pickle.loads(v)),
    ),
}
PLAIN = (types.ModuleType, types.BuiltinFunctionType, core.Value, np.generic, str, bytes)
PLAIN += (int, float, np.ufunc, type(None))
DRAWS = {np.random.mtrand._rand: "np.random", random._inst: "random"}


TREES = (types.CellType, Global, list, dict, collections.deque)
SHARED = "is a list or dict, or holds one, that has another name too"


def containers(tree):
    """The lists and dicts in a value."""
    if not isinstance(tree, (list, dict, tuple)):
        return []
    parts = tree.values() if isinstance(tree, dict) else tree
    own = [] if isinstance(tree, tuple) else [tree]
    return own + [c for part in parts for c in containers(part)]


def same(a, b):
    """Whether nothing was changed between two readings."""
    if a is b or type(a) is not type(b):
        return a is b
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.tobytes() == b.tobytes()
    if isinstance(a, dict):
        return list(a) == list(b) and all(map(same, a.values(), b.values()))
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float):
        return repr(a) == repr(b)  # nan is nan, and -0.0 is not 0.0
    return isinstance(a, (int, str, bytes, set)) and a == b


class Lost(threading.local):
    """The names that have no value any more since a block was traced."""

    def __init__(self):
        self.names = set()


LOST = Lost()


class Memory:
    """What functions can reach and change, as it is now."""

    def __init__(self, *functions):
        self.holders, self.names, self.seen = {}, {}, {}
        self.uses = collections.Counter()
        for f in functions:
            self.walk(f, "", True)
        for draws, name in DRAWS.items():
            self.hold(id(draws), draws, name)
        self.begin = {key: self.read(key) for key in self.holders}

    def hold(self, key, holder, name):
        self.holders[key], self.names[key] = holder, name

    def walk(self, value, name, given=False):
        """Find what holds something, from here on."""
        if value is MISSING or isinstance(value, PLAIN):
            return
        self.uses[id(value)] += 1
        if id(value) in self.seen:
            return
        self.seen[id(value)] = value
        if isinstance(value, types.FunctionType):
            if given or is_users(value.__code__.co_filename):
                self.walk_function(value)
        elif isinstance(value, (types.MethodType, functools.partial)):
            for part in ("__self__", "__func__", "func", "args", "keywords"):
                self.walk(getattr(value, part, None), name)
        elif isinstance(value, collections.abc.Iterator):
            self.names[id(value)] = name or "an iterator"
            self.refuse(id(value), "would be used up", "make a list of it before")
        elif isinstance(value, (tuple, *HOLDERS)):
            if not isinstance(value, tuple):
                self.hold(id(value), value, name)
            if isinstance(value, (tuple, list, dict, collections.deque)):
                for part in value.values() if isinstance(value, dict) else value:
                    self.walk(part, name)
        elif of_user(value if isinstance(value, type) else type(value)):
            self.walk_object(value, name)

    def walk_object(self, value, name):
        """What an object or a class of the user's holds."""
        if isinstance(value, type):
            words = [n for n in vars(value) if not n.startswith("__")]
        else:
            self.walk(getattr(value, "__dict__", None), name)
            self.walk(type(value), name)
            words = [n for c in type(value).__mro__ for n in np.ravel(vars(c).get("__slots__", ()))]
        for word in map(str, words):
            attribute = Attribute(value, word)
            self.hold((id(value), word), attribute, f"{name}.{word}")
            self.walk(attribute.read(), name)

    def walk_function(self, f):
        for name, cell in zip(f.__code__.co_freevars, f.__closure__ or (), strict=True):
            if id(cell) not in self.holders:
                self.hold(id(cell), cell, name)
                self.walk(parse.contents(cell), name)
        for name in names_in(f.__code__):
            if name in f.__globals__ and (id(f.__globals__), name) not in self.holders:
                self.hold((id(f.__globals__), name), Global(f.__globals__, name), name)
                self.walk(f.__globals__[name], name)

    def read(self, key):
        return self.row(key)[0](self.holders[key])

    def write(self, key, value):
        self.row(key)[1](self.holders[key], value)

    def row(self, key):
        return next(row for t, row in HOLDERS.items() if isinstance(self.holders[key], t))

    def changes(self):
        """What is another value now, by its key."""
        now = {key: self.read(key) for key in self.holders}
        found = {key: v for key, v in now.items() if not same(v, self.begin[key])}
        for key in found:
            if not isinstance(self.holders[key], TREES):
                self.refuse(key, "is changed in place", "make a new one")
        twice = collections.Counter(id(c) for v in found.values() for c in containers(v))
        for key, v in found.items():
            if any(twice[id(c)] > 1 for c in containers(v)):
                self.refuse(key, SHARED, "make a copy")
        return found

    def check_alone(self, key, before, after):
        """Refuse lists that have other names too, since both ways make new ones of them."""
        if before is not after:
            known = any(id(c) in self.seen for c in containers(after))
            if known or any(self.uses[id(c)] > 1 for c in containers(before)):
                self.refuse(key, SHARED, "make a copy")

    @contextlib.contextmanager
    def tried(self):
        """Run something, and let everything be as before."""
        try:
            yield
        finally:
            for key in self.holders:
                if not same(self.read(key), self.begin[key]):
                    self.write(key, self.begin[key])

    def put(self, values):
        for key, value in values.items():
            self.write(key, value)

    def lose(self, key):
        """A name whose value only the running program may have: nobody may read it."""
        LOST.names.add(self.names[key])
        return MISSING

    def refuse(self, key, what, way="use np.where, or the engine `source`"):
        name = self.names[key].removesuffix("·")
        raise InputError(
            f"`{name}` {what}, in a block whose condition has no number while it is traced: {way}."
        )


def names_in(code):
    inner = (c for c in code.co_consts if isinstance(c, types.CodeType))
    return dict.fromkeys([*code.co_names, *(n for c in inner for n in names_in(c))])


def of_user(cls):
    return is_users(getattr(sys.modules.get(cls.__module__), "__file__", None) or "<")

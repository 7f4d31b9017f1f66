"""What a block of a program can reach and change, and what it has changed.

Nothing is guessed from the text: the names, lists, dicts, objects and random numbers that functions
can reach are read before and after it has run.
"""

import array
import collections
import contextlib
import copy
import functools
import pickle
import random
import re
import sys
import threading
import types

import numpy as np

from elves import core, parse
from elves.calls import Made
from elves.errors import HOME, InputError, is_users
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


class Slot(Global):
    """A name of an object with slots."""

    def read(self):
        try:
            return self.name.__get__(self.scope)
        except AttributeError:
            return MISSING

    def write(self, value):
        change = [] if value is MISSING else [value]
        (self.name.__set__ if change else self.name.__delete__)(self.scope, *change)


def write_cell(cell, value):
    cell.cell_contents = value
    if value is MISSING:
        del cell.cell_contents


def refill(holder, contents):
    holder.clear()
    getattr(holder, "extend" if isinstance(holder, collections.deque) else "update")(contents)


def write_entries(holder, contents):
    holder[:] = contents


def words(cls):
    return {n: v for n, v in vars(cls).items() if n[:2] != "__"}


def write_words(cls, contents):
    for n in words(cls).keys() - contents.keys():
        type.__delattr__(cls, n)
    for n, v in contents.items():
        type.__setattr__(cls, n, v)


def state(r):
    """The state of NumPy's old generators; np.random's is read at each block: without pickle."""
    found = r.get_state()
    if type(found) is dict:  # of another bit generator
        return pickle.dumps(found)
    return found[0], found[1].tobytes(), *found[2:]


def set_state(r, found):
    known = type(found) is tuple and (found[0], np.frombuffer(found[1], np.uint32), *found[2:])
    r.set_state(known or pickle.loads(found))


HOLDERS = {  # how to read what something holds, as a copy, and how to write it back
    types.CellType: (parse.contents, write_cell),
    Global: (lambda g: g.read(), lambda g, v: g.write(v)),
    type: (words, write_words),
    list: (list, write_entries),
    bytearray: (bytes, write_entries),
    array.array: (lambda a: a[:], write_entries),
    dict: (dict, refill),
    set: (set, refill),
    collections.deque: (list, refill),
    np.ndarray: (np.copy, np.copyto),
    np.random.Generator: (
        lambda r: pickle.dumps(r.bit_generator.state),
        lambda r, v: setattr(r.bit_generator, "state", pickle.loads(v)),
    ),
    np.random.RandomState: (state, set_state),
    random.Random: (lambda r: r.getstate(), lambda r, v: r.setstate(v)),
}
PARTS = ("__self__", "__func__", "func", "args", "keywords", "fget", "fset", "__wrapped__")
WRAPPERS = (
    types.MethodType, functools.partial, functools.partialmethod, functools.cached_property,
    classmethod, staticmethod, property, type(functools.cache(len)), Made,
)  # fmt: skip
PLAIN = (types.ModuleType, types.BuiltinFunctionType, core.Value, np.generic, str, bytes)
PLAIN += (int, float, np.ufunc, type(None))
RANDOM = (np.random.Generator, np.random.RandomState, random.Random)
DRAWS = {np.random.mtrand._rand: "np.random", random._inst: "random"}

TREES = (types.CellType, Global, type, list, dict, collections.deque)
SHARED = "is a list, dict or array, or holds one, that has another name too"


@functools.lru_cache(1024)
def row(cls):
    return next((found for t, found in HOLDERS.items() if issubclass(cls, t)), None)


def containers(tree):
    """The lists and dicts in a value."""
    if not issubclass(type(tree), (list, dict, tuple)):
        return []
    parts = tree.values() if isinstance(tree, dict) else tree
    own = [] if isinstance(tree, tuple) else [tree]
    return own + [c for part in parts for c in containers(part)]


def same(a, b):
    """Whether two values are the same one, or equal numbers or words."""
    if a is b or (kind := type(a)) is not type(b):
        return a is b
    if issubclass(kind, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if issubclass(kind, float):
        return repr(a) == repr(b)  # nan is nan, and -0.0 is not 0.0
    return issubclass(kind, (int, str, bytes)) and a == b


def unchanged(holder, before):
    """Whether a holder is as it was when it was read."""
    if isinstance(holder, np.ndarray):
        if holder.dtype.hasobject:
            return holder.tobytes() == before.tobytes()
        return np.array_equal(bits(holder), bits(before))
    now = row(type(holder))[0](holder)
    if isinstance(holder, (types.CellType, Global)):
        return same(now, before)
    if isinstance(now, dict):
        return list(now) == list(before) and all(map(same, now.values(), before.values()))
    if isinstance(now, list):
        return len(now) == len(before) and all(map(same, now, before))
    return now == before


def bits(a):
    """The bits of an array, in which nan is nan and -0.0 is not 0.0."""
    return np.ascontiguousarray(a).reshape(-1).view(np.uint8)


class Lost(threading.local):
    """The names that have no value any more since a block was traced, and what must not change."""

    def __init__(self):
        self.names, self.kept, self.refused, self.tried = set(), [], None, 0
        self.unread = {}  # why the blocks of some code cannot be followed
        self.bodies = {}  # of branches, by what they do

    def named(self, error):
        """The lost name of which a NameError tells."""
        name = re.search("'(.+?)'", str(error))
        return name[1] if name and name[1] in self.names else None

    def check(self):
        if self.refused:
            raise self.refused
        for memory, key, value, before in self.kept:
            if not unchanged(value, before):
                memory.refuse(key, SHARED, "make a copy")


LOST = Lost()


class Memory:
    """What functions can reach and change, as it is now."""

    def __init__(self, *functions, strict=True):
        self.holders, self.names, self.seen, self.strict = {}, {}, {}, strict
        self.given, self.touched, self.mixed = functions, set(), set()
        self.found = [(f, "") for f in functions]
        while self.found:
            self.visit(*self.found.pop())
        for draws, name in () if LOST.tried else DRAWS.items():  # the block around looks, too
            self.hold(id(draws), draws, name)
        self.begin = {key: self.read(key) for key in self.holders}

    def hold(self, key, holder, name):
        self.holders[key], self.names[key] = holder, name

    def walk(self, values, name):
        self.found += [(value, name) for value in values]

    def visit(self, value, name):
        """Find what holds something, from here on."""
        if value is MISSING or issubclass(type(value), PLAIN):
            return
        if id(value) in self.seen:
            return
        self.seen[id(value)] = value
        cls = value if isinstance(value, type) else type(value)
        if type(value) in (list, dict):
            self.hold(id(value), value, name)
            self.walk(value.values() if cls is dict else value, name)
        elif isinstance(value, types.FunctionType):
            self.visit_function(value)
        elif isinstance(value, WRAPPERS):
            self.walk([vars(value).get("made_of")] if isinstance(value, Made) else [], name)
            self.walk([getattr(value, part, None) for part in PARTS], name)
        elif isinstance(value, collections.abc.Iterator):
            self.names[id(value)] = name or "an iterator"
            if self.strict:
                self.refuse(id(value), "would be used up", "make a list of it before")
        elif cls is not value or of_user(cls):
            if row(type(value)):
                self.hold(id(value), value, name)
            if isinstance(value, (tuple, *TREES)):
                parts = words(value) if cls is value else value
                self.walk(parts.values() if isinstance(parts, dict) else parts, name)
            if of_user(cls) or cls.__module__ in ("types", "collections"):
                self.visit_object(value, cls, name)

    def visit_object(self, value, cls, name):
        """What an object or a class of the user's holds."""
        self.walk([c for c in cls.__mro__ if of_user(c)], name)
        if cls is value:
            return
        self.walk([getattr(value, "__dict__", None)], name)
        for member in (m for c in cls.__mro__ for m in vars(c).values()):
            if isinstance(member, types.MemberDescriptorType):
                slot = Slot(value, member)
                self.hold((id(value), member), slot, f"{name}.{member.__name__}")
                self.walk([slot.read()], name)

    def visit_function(self, f):
        file = f.__code__.co_filename
        given = any(f is g for g in self.given)
        if file.startswith(HOME) and not given:
            return
        self.walk((f.__defaults__, f.__kwdefaults__, vars(f)), f.__name__)
        for name, cell in zip(f.__code__.co_freevars, f.__closure__ or (), strict=True):
            if id(cell) not in self.holders:
                self.hold(id(cell), cell, name)
                self.walk([parse.contents(cell)], name)
        if not is_users(file) and (not given or file.startswith(HOME)):
            return
        for name in names_in(f.__code__):
            if name in f.__globals__ and (id(f.__globals__), name) not in self.holders:
                self.hold((id(f.__globals__), name), Global(f.__globals__, name), name)
                self.walk([f.__globals__[name]], name)

    def read(self, key):
        return row(type(self.holders[key]))[0](self.holders[key])

    def write(self, key, value):
        row(type(self.holders[key]))[1](self.holders[key], value)

    def changes(self):
        """What is another value now, by its key."""
        self.changed = [k for k in self.holders if not unchanged(self.holders[k], self.begin[k])]
        found = {key: self.read(key) for key in self.changed}
        for key in found:
            if not isinstance(self.holders[key], TREES):
                draws = isinstance(self.holders[key], RANDOM)
                way = "draw random numbers before" if draws else "make a new one"
                self.refuse(key, "is changed in place", way)
        new = {key: [*map(id, containers(v))] for key, v in found.items()}
        twice = collections.Counter(i for ids in new.values() for i in ids if i not in self.seen)
        for key, ids in new.items():
            if any(twice[i] > 1 for i in ids):
                self.refuse(key, SHARED, "make a copy")
        return found

    def keep(self, key, *values):
        """Let these stay as they are, since what was made of them is another one."""
        for value in values:
            if id(value) in self.touched:
                self.refuse(key, SHARED, "make a copy")
            if not isinstance(value, tuple):
                LOST.kept.append((self, key, value, copy.copy(value)))

    def mix(self, key, *values):
        """Two lists or dicts become a new one: of what was there before, other names may know."""
        known = [v for v in values if id(v) in self.seen]
        self.keep(key, *known)
        self.mixed.update([key] * len(known))

    @contextlib.contextmanager
    def tried(self):
        """Run something, and let everything be as before."""
        LOST.tried += 1
        self.changed = self.holders  # for all that is known before `changes` has looked
        try:
            yield
        finally:
            LOST.tried -= 1
            self.restore(self.changed)

    def restore(self, keys=None):
        for key in self.holders if keys is None else keys:
            if not unchanged(self.holders[key], self.begin[key]):
                self.write(key, self.begin[key])

    def put(self, values):
        for key, value in values.items():
            self.write(key, value)

    def settle(self, values):
        """Put what is there from now on; what comes out of a block has no name yet."""
        self.put({key: value for key, value in values.items() if key in self.holders})
        for key in self.mixed & values.keys():
            self.keep(key, *(c for c in containers(values[key]) if id(c) not in self.seen))

    def lose(self, key):
        """A name whose value only the running program may have: nobody may read it."""
        LOST.names.add(self.names[key])
        return MISSING

    def refuse(self, key, what, way="use np.where, or the engine `source`"):
        name = self.names[key].removesuffix("·")
        raise InputError(
            f"`{name}` {what}, in a block whose condition has no number while it is traced: {way}."
        )


@functools.lru_cache(1024)
def names_in(code):
    inner = (c for c in code.co_consts if isinstance(c, types.CodeType))
    return dict.fromkeys([*code.co_names, *(n for c in inner for n in names_in(c))])


def of_user(cls):
    return is_users(getattr(sys.modules.get(cls.__module__), "__file__", None) or "<")

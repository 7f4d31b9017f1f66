"""Expressions that vary, in single steps: to teach it one, write an `e_…`.

Source: Griewank & Walther, Evaluating Derivatives (2008), section 2.2: evaluation procedures.
"""

import ast
import operator
import types
from numbers import Number

import numpy as np

from elves import core, parse
from elves.errors import BITS
from elves.parse import MISSING
from elves.source import helpers, rows, steps
from elves.source.calling import Calls, Entries, is_dict
from elves.source.code import at, attribute, call, let, let_at, load, method
from elves.source.effects import lifted
from elves.source.kinds import (
    ARRAY,
    BOTTOM,
    INTEGER,
    Kind,
    Seq,
    is_number,
    is_tree,
    join_all,
    kind_of_value,
    ndim_of,
)
from elves.source.names import OPERATORS, Name, axes_of_part, index_of, known, node_of, parts_of
from elves.source.questions import Inner, names_of, renamed
from elves.source.table_calls import FEW
from elves.source.values import raw
from elves.tracing.ir import replace

BIT_SIGNS = {ast.BitXor: "^", ast.BitAnd: "&", ast.BitOr: "|", ast.Invert: "~"}


class Expressions(Calls):
    """What each kind of expression is: a tree of names, and the steps that compute them."""

    def expr(self, e):
        if not self.varies(e):
            if isinstance(e, ast.Name):
                return self.e_Name(e)
            if isinstance(e, ast.Attribute):
                return self.outer_attribute(e)
            inner = isinstance(self.env.get(getattr(getattr(e, "func", None), "id", None)), Inner)
            return self.e_Call(e) if inner else self.passive(e)
        name = type(e).__name__
        write = getattr(self, f"e_{name}", None)
        if write is None:
            what = steps.WORDS.get(name, (f"{name} of what varies", "write it as statements"))
            self.refuse(*what, e)
        return write(e)

    def e_Name(self, e):
        if e.id in self.env:
            return self.env[e.id]
        if self.resolve(e) is MISSING:
            return self.name(self.program.call(helpers.undefined, ast.Constant(e.id)))
        return self.outside(self.source, e.id)

    def outside(self, source, name):
        node, kind = self.program.outside(source, name)
        if kind is BOTTOM:  # None, which it is as long as this is in use
            return self.name(ast.Constant(None), kind, value=None)
        held = not is_number(kind) or is_held(self.program.look_up(source, name))
        return self.name(node, kind, memory={"outside"} if held else ())

    def outer_attribute(self, e):
        value = self.resolve(e)
        found = self.passive(e, {"outside"} if value is not MISSING else ())
        if value is not MISSING and not isinstance(value, types.ModuleType):
            found.kind = kind_of_value(self.program.watch_path(self.source, e, ""))
        return found

    def e_Tuple(self, e):
        return (list if isinstance(e, ast.List) else tuple)(self.listed(e.elts))

    e_List = e_Tuple

    def is_array(self, base):
        """In source that was written here, what is added to in place is an array."""
        if self.is_ours() and isinstance(base, Name) and base.kind is None:
            base.kind = ARRAY

    def hidden(self, base):
        """A name that no variable is called."""
        while base + "  " in self.env:
            base += " "
        self.locals.add(base + "  ")
        return base + "  "

    def e_ListComp(self, e, start=None):
        """A loop that fills a list or a dict; or one that adds to what ``sum`` starts with."""
        pair = isinstance(e, ast.DictComp)
        out, parts = self.hidden("terms"), [e.key, e.value] if pair else [e.elt]
        self.env[out] = self.one({} if pair else []) if start is None else start
        own = {n: self.hidden(n) for c in e.generators for n in names_of(c.target)}
        loops = renamed([*parts, *e.generators], own)
        parts, loops = loops[: len(parts)], loops[len(parts) :]
        loops[0].iter = e.generators[0].iter
        if pair:
            body = let_at(load(out), *parts)
        elif start is None:
            body = ast.Expr(method(load(out), "append", *parts))
        else:
            body = let(out, ast.BinOp(load(out), ast.Add(), *parts))
        for c in reversed(loops):
            for test in reversed(c.ifs):
                body = ast.If(test, [body], [])
            body = ast.For(c.target, c.iter, [body], [])
            body.whole = pair  # however many there are, for the keys to be known
        [body] = lifted([body])
        self.locals.update(parse.stores(body))
        return self.run_loop(e, body, out, own.values())

    e_DictComp = e_ListComp

    def run_loop(self, e, loop, out, own=()):
        """What a loop that stands for an expression leaves in `out`."""
        at = self.at
        self.on_For(ast.fix_missing_locations(ast.copy_location(loop, e)))
        self.at, value = at, self.env[out]
        self.env = {n: v for n, v in self.env.items() if n not in (out, *own)}
        return value

    def reduced(self, e):
        """``functools.reduce`` is a loop, too."""
        [f, entries, *start] = e.args
        total, entry, step, all_of = map(self.hidden, ("total", "entry", "step", "entries"))
        if isinstance(f, ast.Lambda):
            self.define(step, f)
            self.env[step].source.name, f = "step", load(step)
        if not start:
            self.on_Assign(let(all_of, entries))
            start = [at(load(all_of), ast.Constant(0))]
            entries = at(load(all_of), ast.Slice(ast.Constant(1)))
        self.env[total] = self.one(self.expr(ast.copy_location(start[0], e)))
        body = let(total, call(f, load(total), load(entry)))
        loop = ast.For(ast.Name(entry, ast.Store()), entries, [body], [])
        return self.run_loop(e, loop, total, (entry, step, all_of))

    def literal(self, e):
        """The value of a key, if it is known here."""
        value = self.resolve(e)
        there = type(value) in (int, str) and self.stays(e, value)
        return value if there else known(self.expr(e))

    def e_Dict(self, e):
        found, keys = {}, [k and self.literal(k) for k in e.keys]
        if not all(k is None or type(k) in (int, str, float, bool) for k in keys):
            self.refuse("a dict with such keys", "use literal keys", e)
        for key, k, v in zip(keys, e.keys, e.values, strict=True):
            value = self.expr(v)
            found |= {key: value} if k else self.of_dict(value, "parts", v)
        return found

    def operator(self, op):
        """The function that an operator stands for."""
        if type(op) not in OPERATORS:
            sign = BIT_SIGNS.get(type(op))
            way = BITS[sign][1] if sign else "use NumPy"
            self.refuse(f"the operator {sign or type(op).__name__} of what varies", way)
        return OPERATORS[type(op)]

    def e_UnaryOp(self, e):
        args = [self.expr(e.operand)]
        self.no_lists(e, args)
        return self.call(self.operator(e.op), args)

    def e_BinOp(self, e):
        for side in (e.left, e.right):
            value = self.resolve(side)
            fit = value is MISSING or isinstance(value, Number)
            if not fit and kind_of_value(value) is None:
                what = f"an operator on {ast.unparse(side)}, which is no number, array or list"
                self.refuse(what, "write what it computes", e)
        args = [self.expr(e.left), self.expr(e.right)]
        kinds = [a.kind if isinstance(a, Name) else type(a) for a in args]
        if isinstance(e.op, ast.Mult) and kinds[0] in (list, tuple) and type(known(args[1])) is int:
            return args[0] * known(args[1])
        if isinstance(e.op, ast.Add) and kinds in ([list, list], [tuple, tuple]):
            return args[0] + args[1]
        self.no_lists(e, args)
        return self.call(self.operator(e.op), args)

    def no_lists(self, e, args):
        """Python has no such operator, but for an array beside the list."""
        kinds = [a.kind if isinstance(a, Name) else type(a) for a in args]
        if any(k is dict or isinstance(k, dict) for k in kinds):
            self.refuse("an operator on a dict of what varies", steps.ENTRY, e)
        if any(k in (list, tuple) or is_tree(k) for k in kinds) and not any(
            isinstance(k, Kind) and k.shape != () for k in kinds
        ):
            way = "append to the list, or make it an array: np.stack"
            if any(n == "isinstance" for s in self.source.body for n in names_of(s)):
                way = "where it asks for a tuple, ask isinstance(x, (tuple, list))"
            self.refuse("an operator on a list of what varies", way, e)

    def e_IfExp(self, e):
        def arm(part):
            return lambda: self.block([], lambda: self.bind(name, self.one(self.expr(part))))

        outer, name = self.env, "value "  # which no variable is called
        self.env = {n: v for n, v in outer.items() if n != name}
        self.fork(e.test, arm(e.body), arm(e.orelse))
        value, self.env = self.env[name], outer
        return value

    def e_Attribute(self, e):
        base = self.expr(e.value)
        if e.attr in getattr(base, "_fields", ()):
            return getattr(base, e.attr)
        base = self.one(base)
        if e.attr in steps.PROPERTIES and not is_tree(base.kind):
            return self.call(steps.PROPERTIES[e.attr], [base])
        if self.no_method(base, e.attr):
            return self.at_run_time(attribute(base.node, e.attr), [base])
        if isinstance(base.kind, Kind):
            self.refuse(f"x.{e.attr}", "write it with a function of NumPy", e)
        key = self.program.call(helpers.field, base.node, ast.Constant(e.attr))
        return self.item(base, self.known(self.name(key, INTEGER)), e)

    def index(self, e):
        if isinstance(e, ast.Tuple):
            return tuple(map(self.index, e.elts))
        if isinstance(e, ast.Slice):
            ends = (e.lower, e.upper, e.step)
            return slice(*(None if p is None else self.index(p) for p in ends))
        value = raw(self.expr(e))
        if isinstance(value, Name) and value.value is None:  # np.newaxis
            return None
        return raw(self.one(value)) if isinstance(value, (Name, tuple, list, dict)) else value

    def e_Subscript(self, e):
        base, index = self.expr(e.value), self.index(e.slice)
        known, parts = getattr(base, "kind", ()) is not None or base.active, []
        replace(index, parts.append)
        if not known and any(isinstance(v, Name) and self.moves(v) for v in parts):
            what = f"{ast.unparse(e.value)} is no array, list, tuple or dict, and its index varies"
            self.refuse(what, "write what it computes, such as np.concatenate for np.r_", e)
        return self.item(base, index, e)

    def moves(self, v):
        """Is a value that varies no whole number? In source that is written here, it may be one."""
        whole = isinstance(v.kind, Kind) and v.kind.dtype.kind in "iub"
        return v.active and not whole and not (v.kind is None and self.is_ours())

    def item(self, base, index, e):
        """``base[index]``"""
        index, parts = self.key(base, index), []
        replace(index, parts.append)
        if not isinstance(base, Name) and not any(isinstance(p, Name) for p in parts):
            try:
                return base[index]
            except (KeyError, IndexError, TypeError):
                self.refuse(f"{ast.unparse(e)} does not exist", "look at its index", e)
        base = self.one(base)
        if (n := window(base.kind, index)) and base.active:  # the last entries of a list that grows
            return [self.item(base, k - n, e) for k in range(n)]
        if getattr(base.kind, "shape", None) == () and not [
            p for p in parts_of(index) if p is not ...
        ]:
            return base  # one number, all of it
        kind = self.kind_of_item(base.kind, index)
        entry = is_number(kind) and all(p is not ... for p in parts_of(index))
        memory, index = () if entry else base.content, without_dots(index, kind)
        if not base.active:
            whole = type(base.value) is tuple and type(index) is int and index < len(base.value)
            value = base.value[index] if whole else MISSING
            return self.name(at(base.node, node_of(index)), kind, value=value, memory=memory)
        base.changes = True
        single = isinstance(index, (int, str)) or getattr(index, "kind", None) == INTEGER
        if not is_tree(base.kind) and not (base.kind is None and single):
            y = self.call(operator.getitem, [base, index])
            y.memory = y.memory.union(memory)
            return y
        args = [base, replace(index, self.atom)]
        node = at(base.node, index_of(args[1]))
        if isinstance(index, slice) and is_number(self.kind_of_item(kind, None)):
            memory = None  # its own
        return self.op(rows.Item(), args, {}, kind, True, node, memory)

    @staticmethod
    def key(base, index):
        """The index of an entry, which in a dict is a literal wherever it is known."""
        found = known(index) if is_dict(base) else index
        return found if type(found) in (int, str) else index

    def kind_of_item(self, kind, index):
        """The kind of an entry of a value; the index None stands for any number."""
        if kind is None or kind is BOTTOM:
            return kind
        if isinstance(kind, Seq):
            return Seq(kind.item) if isinstance(index, slice) else kind.item
        if isinstance(index, slice) and type(kind) is tuple:
            ends = [known(n) for n in (index.start, index.stop, index.step)]
            sure = all(type(n) in (int, type(None)) for n in ends)
            return kind[slice(*ends)] if sure else Seq(join_all(kind))
        if not isinstance(kind, Kind):
            if not isinstance(index, (int, str)):
                found = join_all(kind.values() if isinstance(kind, dict) else kind)
                return None if found is BOTTOM else found  # what is empty may be filled by then
            try:
                return kind[index]
            except (KeyError, IndexError, TypeError):
                return None
        if index is None:
            return Kind(kind.shape[1:], kind.dtype) if kind.shape else ARRAY
        parts = index if isinstance(index, tuple) else (index,)
        ends = [n for p in parts if isinstance(p, slice) for n in (p.start, p.stop, p.step)]
        if kind.shape is None or any(isinstance(known(n), Name) for n in ends):
            return ARRAY._replace(ndim=axes_of_part(ndim_of(kind), index) or None)
        like = self.name(load("x"), kind)
        return self.program.kind_of_call(core.RULES[operator.getitem], [like, index], {})

    def turns(self, e):
        """What a loop goes over: the entries of a dict, or a name of them all."""
        value = self.expr(e)
        value = self.of_dict(value, "keys", e) if is_dict(value) else value
        return value if isinstance(value, Entries) else self.one(value)

    def kind_of_turn(self, e):
        """The kind of what a loop over something that does not vary gives in a turn."""
        of = self.resolve(e.func) if isinstance(e, ast.Call) and not e.keywords else None
        if steps.is_range(e):
            return INTEGER
        if of is enumerate:
            return INTEGER, self.kind_of_turn(e.args[0])
        if of is zip and not any(isinstance(a, ast.Starred) for a in e.args):
            return tuple(map(self.kind_of_turn, e.args))
        return self.kind_of_item(self.expr(e).kind, None)


def window(kind, index):
    """The n of ``h[-n:]``, if a list that grows surely has so many entries, and few; or 0."""
    if not isinstance(kind, Seq) or not isinstance(index, slice):
        return 0
    ends = [known(n) for n in (index.start, index.stop, index.step)]
    first = -ends[0] if type(ends[0]) is int and ends[1:] == [None, None] else 0
    return first if 0 < first <= min(kind.least, FEW) else 0


def without_dots(index, kind):
    """The index of one entry without an Ellipsis, with which NumPy gives a view of it."""
    dots = type(index) is tuple and is_number(kind)
    return tuple(p for p in index if p is not ...) if dots else index


def is_held(value):
    """Is a number an array without dimensions, which an in-place operator changes?"""
    return isinstance(value, np.ndarray) and not value.ndim

"""Expressions that vary, in single steps: to teach it one, write an `e_…`.

Source: Griewank & Walther, Evaluating Derivatives (2008), section 2.2: evaluation procedures.
"""

import ast
import contextlib
import functools
import operator
import sys
import types
from numbers import Number

import numpy as np

from elves import core, trees
from elves.errors import BITS, ElfError, NoRuleError
from elves.source import helpers, parse, rows, steps, tidy
from elves.source.code import at, attribute, call, load, method
from elves.source.flat import Flat, Inner, active, among, memory_of, names_in, names_of, rule_of

from elves.source.flat import MARKS, changed_in, stand_in  # isort: skip
from elves.source.kinds import ARRAY, BOTTOM, INTEGER, MISSING, Kind, Seq, is_number, is_tree

from elves.source.kinds import Undecided, join, join_all, kind_of_value  # isort: skip
from elves.source.names import OPERATORS, Name, known, node_of
from elves.source.sweep import title
from elves.tracing.ir import replace

BIT_SIGNS = {ast.BitXor: "^", ast.BitAnd: "&", ast.BitOr: "|", ast.Invert: "~"}


class Expressions(Flat):
    """Writes steps to `lines`; `seen` has the numbers that these have computed already."""

    folds = False  # x * 1.0 is another array than x

    # ------------------------------------------------------------ values

    def emit(self, step):
        step.line = self.at.lineno
        self.lines.append(step)

    def op(self, rule, args, kwargs, kind, active, node=None, memory=None, base=None):
        """One more step, which gives a new name a value."""
        if node is None:
            args, kwargs = replace(tuple(args), self.atom), replace(kwargs, self.atom)
            node = self.program.written(rule.function, args, kwargs)
        once = getattr(rule, "once", True) and not memory
        again = is_number(kind) and once and tidy.pure(node)
        key = ast.dump(node) if again else None
        if key in self.seen:  # a number that has been computed already
            return self.seen[key]
        out = self.new(base or title(node), kind, active)
        self.seen |= {key: out} if again else {}
        own = () if is_number(kind) else {out.serial}
        if own and among(
            getattr(rule, "function", None), steps.VIEWS
        ):  # one inside of a definition
            own = memory_of(names_in(args[rule.function is np.where :])) or own
        out.memory = frozenset(own if memory is None else memory)
        out.made, out.user = (rule.function, args), False
        self.emit(steps.Op(out, rule, tuple(args), kwargs, node))
        return out

    def new(self, base, kind, active=False, memory=()):
        """A new variable of the function that is written."""
        return self.name(load(self.fresh(base)), kind, active=active, memory=memory)

    def known(self, value, base="t"):
        """A name for the value of an expression that does not vary."""
        call = isinstance(value.node, ast.Call) and not is_view(value.node)
        fresh = call or isinstance(value.node, (ast.BinOp, ast.ListComp))
        memory = None if fresh and not is_number(value.kind) else value.memory
        out = self.op(rows.Known(), (), {}, value.kind, False, value.node, memory, base)
        out.value, out.memory = value.value, out.memory | value.memory & {"text"}
        if isinstance(value.node, (ast.List, ast.Dict)):
            out.memory |= {out.serial}
        return out

    def atom(self, value):
        """A value that may be written twice: a name or a literal."""
        written = isinstance(value, Name) and not isinstance(value.node, (ast.Name, ast.Constant))
        return self.known(value) if written else value

    def one(self, value):
        """A single name for a value; trees become displays."""
        if isinstance(value, Inner):
            what = f"the inner function {value.source.name} as a value"
            self.refuse(what, f"call it directly, or define it outside of {self.source.name}")
        if isinstance(value, Name):
            return self.atom(value)
        if not isinstance(value, (tuple, list, dict)):
            return self.name(node_of(value), kind_of_value(value), value=value)
        if isinstance(value, dict):
            like = {k: self.one(v) for k, v in value.items()}
            parts, kind = list(like.values()), {k: v.kind for k, v in like.items()}
        else:
            parts = list(map(self.one, value))
            like = parts if isinstance(value, list) else tuple(parts)
            kind = tuple(p.kind for p in parts)
        varies = active(parts)
        rule, memory = rows.Display(like) if varies else rows.Known(), memory_of(parts)
        twice = sum(len(p.memory - MARKS) for p in parts) > len(memory - MARKS)
        memory = memory.union({"twice"} if twice else ())
        out = self.op(rule, parts, {}, kind, varies, node_of(like), memory, "t")
        if not isinstance(like, tuple):
            out.memory |= {out.serial}
        return out

    # ------------------------------------------------------------ kinds of expressions

    def expr(self, e):
        if not self.varies(e):
            if isinstance(e, ast.Name):
                return self.e_Name(e)
            if isinstance(e, ast.Attribute):
                return self.outer_attribute(e)
            inner = isinstance(self.env.get(getattr(getattr(e, "func", None), "id", None)), Inner)
            return self.e_Call(e) if inner else self.flat(e)
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
        held = not is_number(kind) or is_held(self.program.look_up(source, name))
        return self.name(node, kind, memory={"outside"} if held else ())

    def outer_attribute(self, e):
        value = self.resolve(e)
        found = self.flat(e, {"outside"} if value is not MISSING else ())
        if value is not MISSING and not isinstance(value, types.ModuleType):
            found.kind = self.program.attribute_kind(self.source, e)
        return found

    def e_Tuple(self, e):
        if any(isinstance(x, ast.Starred) for x in e.elts):
            self.refuse("a star inside a list", "name the parts", e)
        return (list if isinstance(e, ast.List) else tuple)(map(self.expr, e.elts))

    e_List = e_Tuple

    def e_Dict(self, e):
        if not all(isinstance(k, ast.Constant) for k in e.keys):
            self.refuse("a dict with such keys", "use literal keys", e)
        return {k.value: self.expr(v) for k, v in zip(e.keys, e.values, strict=True)}

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
        return raw(self.one(self.expr(e)))

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
        if not isinstance(base, Name) and not isinstance(index, Name):
            try:
                return base[index]
            except (KeyError, IndexError, TypeError):
                self.refuse(f"{ast.unparse(e)} does not exist", "look at its index", e)
        base = self.one(base)
        if getattr(base.kind, "shape", None) == () and not [
            p for p in parts_of(index) if p is not ...
        ]:
            return base  # one number, all of it
        kind = self.kind_of_item(base.kind, index)
        entry = is_number(kind) and all(p is not ... for p in parts_of(index))
        memory, index = () if entry else base.memory, without_dots(index, kind)
        if not base.active:
            return self.name(at(base.node, node_of(index)), kind, memory=memory)
        base.changes = True
        single = isinstance(index, (int, str)) or getattr(index, "kind", None) == INTEGER
        if not is_tree(base.kind) and not (base.kind is None and single):
            y = self.call(operator.getitem, [base, index])
            y.memory = y.memory.union(memory)
            return y
        if isinstance(index, slice):
            self.refuse("a slice of a list of what varies", "name its entries", e)
        args = [base, self.atom(index)]
        node = at(base.node, node_of(args[1]))
        return self.op(rows.Item(), args, {}, kind, True, node, memory)

    def kind_of_item(self, kind, index):
        """The kind of an entry of a value; the index None stands for any number."""
        if kind is None or kind is BOTTOM:
            return kind
        if isinstance(kind, Seq):
            return kind.item
        if not isinstance(kind, Kind):
            if not isinstance(index, (int, str)):
                return join_all(kind.values() if isinstance(kind, dict) else kind)
            try:
                return kind[index]
            except (KeyError, IndexError, TypeError):
                return None
        if index is None:
            return Kind(kind.shape[1:], kind.dtype) if kind.shape else ARRAY
        parts = index if isinstance(index, tuple) else (index,)
        ends = [n for p in parts if isinstance(p, slice) for n in (p.start, p.stop, p.step)]
        if kind.shape is None or any(isinstance(known(n), Name) for n in ends):
            return ARRAY
        like = self.name(load("x"), kind)
        return self.program.kind_of_call(core.RULES[operator.getitem], [like, index], {})

    # ------------------------------------------------------------ calls

    def call(self, function, args, kwargs=None):
        """A call of a function of the table, of which some argument varies."""
        rule = core.RULES[function]
        args, kwargs = replace(tuple(args), raw), replace(kwargs or {}, raw)
        if rule.takes_lists:
            args = tuple(map(self.stacked, args))
        index = function is operator.getitem  # whose tuples are no lists
        listed = [type(a) in (list, tuple) and active(a) and not index for a in args]
        lists = among(function, steps.TAKES_LISTS)
        write = self.each_stacked if lists else self.stacked
        args = tuple(write(a) if many else a for a, many in zip(args, listed, strict=True))
        if not lists and not index:
            args = tuple(map(self.array_of, args))
        args, kwargs = replace(args, self.atom), replace(kwargs, self.atom)
        try:
            if kwargs or len(args) != rule.arity or rule.derived:
                args, kwargs = rule.settle(args, kwargs)
            y = self.square_of_root(rule, args, kwargs)
            apply = self.derived if rule.derived else self.program.apply
            y = apply(rule, args, kwargs) if y is None else y
            if rule.square and isinstance(y, Name):
                y.square = self.stores, rule, args, kwargs
        except Undecided as error:
            way = "use real numbers" if "j cannot" in str(error) else "use elves.reverse"
            self.refuse(f"{core.full_name(function)} of this ({error})", way)
        except ElfError as error:
            raise type(error)(f"Line {self.at.lineno} of {self.source.name}: {error}") from None
        if isinstance(y, Name) and function in core.ARRAYS - steps.VIEWS and is_number(y.kind):
            y.memory = {y.serial}  # an array without dimensions, of its own
        elif isinstance(y, Name) and (
            function in steps.VIEWS or (function is np.einsum and len(names_in(args)) == 1)
        ):  # np.einsum of one array may be a view too
            number = is_number(y.kind)
            if not (number and index):  # it may be an array without dimensions
                seen = names_in(args[function is np.where :])  # no condition
                y.memory = memory_of(seen).union({y.serial} if number else ())
        return y

    def square_of_root(self, rule, args, kwargs):
        """The square of a norm or an absolute value, which has no kink at 0; or None."""
        square = rule.function in core.SQUARES and getattr(args[0], "square", None)
        if rule.function is np.multiply:
            squared = args[0] is args[1]
        else:
            squared = len(args) == 1 or (type(args[1]) in core.NUMBERS and args[1] == 2)
        if not (square and squared):
            return None
        stores, root, given, options = square
        if stores != self.stores or args[0].serial < self.start:
            return None  # what it is the root of may be something else by now
        start = len(self.lines)
        y = self.attempt(lambda: root.square(*given, **options))
        if self.lines[start:] and y is self.lines[-1].out:  # with the value that was written
            self.lines[-1].node = self.program.written(rule.function, args, kwargs)
        return y

    def derived(self, rule, args, kwargs):
        """A function that is written with others is run on names, or followed at run time."""
        start = len(self.lines)

        def write():
            y = rule.derived(*args, **kwargs)
            return y if all(isinstance(v, Name) for v in trees.leaves(y)) else None

        y = self.attempt(write)
        if y is not None:
            as_written = rule.own is True or rule.function in steps.AS_WRITTEN
            if as_written and self.lines[start:] and y is self.lines[-1].out:
                self.lines[-1].node = self.program.written(rule.function, args, kwargs)
            return y
        node = self.program.written(rule.function, args, kwargs)
        try:  # functions such as np.split have several results
            one, two = (
                kind_of_value(rule.function(*stand_in(tuple(args), k), **stand_in(kwargs, k)))
                for k in (0, 1)
            )
        except Exception:
            one, two = None, MISSING
        values = names_in([*args, *kwargs.values()])
        return self.at_run_time(node, values, one if one == two else None)

    def at_run_time(self, node, values, kind=None):
        """A call that another engine follows when the program runs."""
        values = list(dict.fromkeys(v for v in values if v.active))
        args = ast.arguments([], [ast.arg(v.id) for v in values], None, [], [], None, [])
        rule = rows.Opaque(ast.Lambda(args, node))
        memory = () if is_number(kind) else memory_of(values)
        return self.op(rule, values, {}, kind, True, node, memory)

    def stacked(self, value):
        """np.array([x, y]) of what varies is np.stack([x, y])."""
        value = raw(value)
        listed = isinstance(value, (list, tuple)) or is_tree(getattr(value, "kind", None))
        if not listed or (isinstance(value, Name) and value.active):
            return value
        if not active(value):
            node = self.program.call(np.array, node_of(value))
            return self.name(node, kind_of_value(np.asarray(stand_in(value, 0))))
        return self.call(np.stack, [self.each_stacked(value)])

    def each_stacked(self, values):
        return [self.one(self.stacked(v)) for v in values]

    def array_of(self, value):
        """NumPy makes an array of a list that comes whole."""
        if not isinstance(value, Name) or not value.active or not is_tree(value.kind):
            return value
        return self.at_run_time(self.program.call(np.stack, value.node), [value], ARRAY)

    def e_Call(self, e):
        function, inner = self.resolve(e.func), self.env.get(getattr(e.func, "id", None))
        starred = [a for a in e.args if isinstance(a, ast.Starred)]
        if starred or any(k.arg is None for k in e.keywords):
            self.refuse("a starred argument", "name the arguments", e)
        if self.is_undefined(e.func):
            return self.at_run_time(self.substitute(e), self.values_in(e))
        made = self.resolve(e.func.func) if isinstance(e.func, ast.Call) else None
        takes_function = any(isinstance(a, ast.Lambda) for a in e.args)
        if parse.of_engine(made if function is MISSING else takes_function and function):
            return self.at_run_time(self.substitute(e), self.values_in(e))
        args = list(map(self.expr, e.args))
        words = {k.arg: self.expr(k.value) for k in e.keywords}
        told = any("text" in v.memory for v in names_in([*args, *words.values()]))
        if told and not self.keeps_text(e, function):
            self.refuse("a number that goes through text", "leave it a number", e)
        if isinstance(inner, Inner):
            words |= {n: self.env[n] for n in inner.free}
            return self.user_call(e, inner.source, args, words)
        if function is MISSING and isinstance(e.func, ast.Attribute):
            base = self.one(self.expr(e.func.value))
            if e.func.attr == "pop" and not args:
                return self.pop(base)
            if e.func.attr == "copy" and not args and is_tree(base.kind):
                if isinstance(base.kind, Seq):
                    self.refuse("a copy of a list that grows", "append its entries to another", e)
                named = isinstance(base.kind, dict)
                keys = base.kind if named else range(len(base.kind))
                parts = {k: self.item(base, k, e) for k in keys}
                return parts if named else list(parts.values())
            if e.func.attr == "item" and not args:
                return (
                    base
                    if is_number(base.kind)
                    else self.copy_of(self.call(np.reshape, [base, ()]))
                )
            if self.no_method(base, e.func.attr):
                return self.at_run_time(self.substitute(e), self.values_in(e))
            function, args = self.method(e, e.func.attr, base, args)
        elif isinstance(getattr(function, "__self__", None), np.ufunc):
            return self.ufunc_method(e, function, args, words)
        elif isinstance(getattr(function, "__self__", None), np.ndarray):  # A.dot(x)
            base = self.one(self.expr(e.func.value))
            function, args = self.method(e, e.func.attr, base, args)
        function = steps.SAME[function] if among(function, steps.SAME) else function
        if among(function, steps.COPIES | steps.ITSELF):
            return self.copy(e, function, args, words)
        if among(function, steps.BOTH) and len(args) == 2 and not words:
            rule, args = core.RULES[steps.BOTH[function]], [self.atom(raw(a)) for a in args]
            node = call(function.__name__, *map(node_of, args))
            return self.op(rule, args, {}, self.program.kind_of_call(rule, args, {}), True, node)
        if function in (list, tuple) and isinstance(args[0], (list, tuple)):
            return function(args[0])
        if function is sum and args and isinstance(args[0], (list, tuple)):
            start = [*args[1:], *words.values()]
            return functools.reduce(lambda a, b: self.call(np.add, [a, b]), args[0], *start)
        if function is helpers.add:
            a, b = map(self.one, args)
            node = self.program.call(helpers.add, a.node, b.node)
            return self.op(rows.Sum(), [a, b], {}, join(a.kind, b.kind), True, node)
        if rule_of(function):
            return self.call(function, args, words)
        return self.other_call(e, function, args, words)

    def ufunc_method(self, e, method, args, words):
        """``np.multiply.outer(x, y)`` and its like."""
        rule = core.RULES.get(getattr(np.ufunc, method.__name__))
        if rule is None:
            way = (
                "use np.add.at in a line of its own" if method.__name__ == "at" else "write a loop"
            )
            self.refuse(f"{ast.unparse(e.func)} of what varies", way, e)
        args, words = rule.settle([method.__self__, *map(self.one, map(self.stacked, args))], words)
        words = replace(words, raw)
        y = self.attempt(lambda: rule.derived(args[0], *map(raw, args[1:]), **words))
        if y is None:
            self.refuse(f"{ast.unparse(e.func)} of this", "write a loop over its entries", e)
        return y

    def no_method(self, base, name):
        """Is this an attribute that arrays do not have, so that Python will say so?"""
        types = (tuple, list, dict) if is_tree(base.kind) else (np.ndarray, float)
        known = isinstance(base.kind, Kind) or is_tree(base.kind)
        return known and not any(hasattr(kind, name) for kind in types)

    def method(self, e, name, base, args):
        """The function that a method of arrays stands for, and its arguments."""
        if name in ("reshape", "transpose"):
            return getattr(np, name), [base, *([tuple(args)] if len(args) > 1 else args)]
        if name not in core.METHODS:
            text = ast.unparse(e.func)
            if name == "tolist" or not isinstance(base.kind, Kind):
                way = "read its entries by their indices"
                way = core.instead_of("np.random.") if "random" in text or "rng" in text else way
                self.refuse(f"{text} of what varies", way, e)
            raise NoRuleError(
                f"Line {e.lineno} of {self.source.name}: {text} has no derivative rule: "
                f"{core.instead_of(f'x.{name}')}."
            )
        return np.copy if name == "copy" else core.METHODS[name], [base, *args]

    def copy(self, e, function, args, words):
        """np.array(x) and its like: x itself, a copy of it, or a stack of what is in it."""
        if args[2:] or words.keys() - {"dtype"}:
            way = "use np.reshape" if "ndmin" in words else "leave them out"
            self.refuse(f"the options of {ast.unparse(e.func)}", way, e)
        dtype = words.get("dtype", args[1] if args[1:] else None)
        dtype = "float" if dtype is None else ast.unparse(node_of(dtype))
        if dtype.strip("'") not in ("float", "np.float64", "float64"):
            self.refuse(f"the dtype {dtype}", "use x.astype", e)
        x = self.array_of(self.stacked(args[0]))
        array = is_number(x.kind) and function in (np.asarray, np.ascontiguousarray)
        if x is not args[0] or (function in steps.ITSELF and (not array or x.memory)):
            return x
        if x.kind is None and self.is_ours():  # cotangents are copied as arrays only
            x.kind = ARRAY
        if not isinstance(x.kind, Kind):
            self.refuse("a copy of what may be a list", "write its entries anew", e)
        y = self.copy_of(x)
        y.memory |= {y.serial}
        return y

    def copy_of(self, x):
        """x in memory of its own."""
        node = self.program.call(np.array, x.node)
        return self.op(core.RULES[np.positive], [x], {}, x.kind, True, node)

    def other_call(self, e, function, args, words):
        """A call of what has no row in the table."""
        if function is MISSING:
            what = f"the call of {ast.unparse(e.func)}, which is not known before the program runs"
            self.refuse(what, "call a function by its own name", e)
        if getattr(function, "__module__", "") == "builtins":
            what = f"{getattr(function, '__name__', function)} of what varies"
            self.refuse(what, steps.INSTEAD.get(function, "write a loop over its entries"), e)
        if isinstance(function, type):
            what = f"{ast.unparse(e.func)}, an object that holds what varies"
            self.refuse(what, "keep it in a tuple, a list or a dict", e)
        if hasattr(function, "program_for"):
            function = function.program_for([self.one(a).kind for a in args]).run
        if parse.of_engine(function):
            args, words = [self.one(a) for a in args], {k: self.one(v) for k, v in words.items()}
            node = self.program.written(function, args, words)
            return self.at_run_time(node, [*args, *words.values()])
        root = str(getattr(function, "__module__", "")).partition(".")[0]
        theirs = root in ("numpy", "scipy") or root in sys.stdlib_module_names - {"__main__"}
        if isinstance(function, (types.FunctionType, types.MethodType)):
            with contextlib.suppress(*[ElfError] * theirs):  # of lines that the user did not write
                return self.user_call(e, parse.read(function), args, words)
        name = core.full_name(function) if hasattr(function, "__name__") else ast.unparse(e.func)
        raise NoRuleError(
            f"Line {e.lineno} of {self.source.name}: {name} has no derivative rule: "
            f"{core.instead_of(name)}."
        )

    def user_call(self, e, source, args, words):
        """A call of a function whose source is transformed too."""
        if len(args) > len(source.params) or set(words) - set(source.params):
            self.refuse(f"the arguments of {source.name} do not fit", "call it as it is defined", e)
        bound = dict(zip(source.params, args, strict=False)) | words
        for p in source.params:
            if p not in bound and p not in source.defaults:
                self.refuse(f"{source.name} needs its argument {p}", "pass it", e)
            bound[p] = self.one(bound[p] if p in bound else self.default(source, p))
        values = [bound[p] for p in source.params]
        for p in changed_in(source):
            if is_number(getattr(bound.get(p), "kind", None)) and bound[p].memory - {"text"}:
                self.refuse(
                    f"{source.name} may change its argument {p} in place",
                    f"write {p} = {p} + x in it",
                    e,
                )
        inner = {n: v for n, v in self.env.items() if isinstance(v, Inner)}
        sub = self.program.sub(source, [v.kind for v in values], [v.active for v in values], inner)
        self.program.now = self
        node = call(sub.forward, *(v.node for v in values))
        memory = () if is_number(sub.kind) else memory_of(values) | sub.marks
        return self.op(sub, values, {}, sub.kind, sub.active, node, memory, source.name)

    def default(self, source, p):
        value = source.defaults[p]
        plain = value is None or isinstance(value, (bool, int, float, str))
        return value if plain else self.outside(source, p)

    def pop(self, base):
        """``base.pop()``"""
        self.check_own(base, "pop")
        kind = self.kind_of_item(base.kind, None)
        self.touch(base, base, base.kind if isinstance(base.kind, Seq) else Seq(kind))
        node = method(base.node, "pop")
        memory = () if is_number(kind) else base.memory
        return self.op(rows.Pop(), [base], {}, kind, base.active, node, memory)


def parts_of(index):
    return index if type(index) is tuple else (index,)


def without_dots(index, kind):
    """The index of one entry without an Ellipsis, with which NumPy gives a view of it."""
    dots = type(index) is tuple and is_number(kind)
    return tuple(p for p in index if p is not ...) if dots else index


def is_held(value):
    """Is a number an array without dimensions, which an in-place operator changes?"""
    return isinstance(value, np.ndarray) and not value.ndim


def is_view(node):
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    return name in {f.__name__ for f in steps.VIEWS} | {"asarray", "sorted", "list", "tuple", "zip"}


def raw(value):
    """A literal as itself, where a row can look at it."""
    known = isinstance(value, Name) and value.value is not MISSING
    return value.value if known and not names_of(value.node) else value

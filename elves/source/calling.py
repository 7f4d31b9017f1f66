"""Calls of what varies: rows of the table, definitions, methods, and the user's own functions.

Source: Griewank & Walther, Evaluating Derivatives (2008), section 2.2: evaluation procedures.
"""

import ast
import contextlib
import functools
import sys
import types

import numpy as np

from elves import core, parse
from elves.errors import ElfError, NoRuleError
from elves.parse import MISSING
from elves.rules.arrays import cast
from elves.source import helpers, rows, steps
from elves.source.code import call, load, method
from elves.source.kinds import (
    ARRAY,
    INTEGER,
    Kind,
    Seq,
    is_number,
    is_tree,
    join,
    kind_of_value,
)
from elves.source.names import Name, known, node_of
from elves.source.questions import (
    Inner,
    among,
    changed_in,
    is_star,
    memory_of,
    names_in,
    rule_of,
)
from elves.source.table_calls import TableCalls
from elves.source.values import Entries, raw
from elves.tracing.ir import replace

LITERALS = {int, bool, str, type(None)}  # of which a function that is called has the values


def by_source(function, kinds):
    """The tape's gradient of numbers or arrays by one of them, likewise by source; else None."""
    maker, (f, *argnums), options = getattr(function, "made_of", (None, (None,), {}))
    usual = all(type(n) is int for n in (*argnums, *options.values()))
    count = getattr(getattr(f, "__code__", None), "co_argcount", None)
    if not among(maker, steps.BY_SOURCE) or not usual or count != len(kinds):
        return None
    whole = all(isinstance(kind, Kind) for kind in kinds)
    return steps.BY_SOURCE[maker](f, *argnums, **options) if whole else None


def is_dict(value):
    return isinstance(getattr(value, "kind", value), dict)


class Calls(TableCalls):
    """Writes what a call computes, as steps of its own."""

    def e_Call(self, e):
        function, inner = self.resolve(e.func), self.env.get(getattr(e.func, "id", None))
        if self.is_undefined(e.func):
            return self.at_run_time(self.substitute(e), self.values_in(e))
        made = self.resolve(e.func.func) if isinstance(e.func, ast.Call) else None
        takes_function = any(isinstance(a, ast.Lambda) for a in e.args)
        if parse.of_engine(made if function is MISSING else takes_function and function):
            return self.at_run_time(self.substitute(e), self.values_in(e))
        if (terms := self.comprehended(e, function)) is not None:
            return terms
        args = self.listed(e.args)
        words = {}
        for k in e.keywords:
            words |= {k.arg: self.expr(k.value)} if k.arg else self.parts(self.expr(k.value), e)
        told = any("text" in v.memory for v in names_in([*args, *words.values()]))
        if told and not self.keeps_text(e, function):
            self.refuse("a number that goes through text", "leave it a number", e)
        if isinstance(inner, Inner):
            words |= {n: self.env[n] for n in inner.free}
            return self.user_call(e, inner.source, args, words)
        if function is MISSING and isinstance(e.func, ast.Attribute):
            return self.method_call(e, args, words)
        if isinstance(getattr(function, "__self__", None), np.ufunc):
            return self.ufunc_method(e, function, args, words)
        if isinstance(getattr(function, "__self__", None), np.ndarray):  # A.dot(x)
            base = self.one(self.expr(e.func.value))
            function, args = self.method(e, e.func.attr, base, args)
        return self.known_call(e, function, args, words)

    def comprehended(self, e, function):
        """A sum, a list or a tuple of terms that are written one after the other; or None."""
        if function is sum and self.varies(e.args[0]) and not e.keywords:
            [terms, *start] = e.args
            if not isinstance(terms, (ast.ListComp, ast.GeneratorExp, ast.List, ast.Tuple)):
                each = ast.comprehension(ast.Name("y", ast.Store()), terms, [], 0)
                terms = ast.copy_location(ast.GeneratorExp(load("y"), [each]), e)
            if not isinstance(terms, (ast.List, ast.Tuple)):
                start = self.expr(start[0]) if start else self.name(ast.Constant(0), INTEGER)
                return self.e_ListComp(terms, self.one(start))
        if function in (list, tuple) and isinstance(e.args[0], ast.GeneratorExp):
            return self.e_ListComp(e.args[0])
        if function is functools.reduce and len(e.args) in (2, 3) and not e.keywords:
            return self.reduced(e)
        return None

    def method_call(self, e, args, words):
        """A call of a method of what varies."""
        base = self.one(self.expr(e.func.value))
        if e.func.attr == "pop" and not args:
            return self.pop(base)
        if e.func.attr == "copy" and not args and is_tree(base.kind):
            grows = isinstance(base.kind, Seq)
            return self.item(base, slice(None), e) if grows else self.parts(base, e)
        if e.func.attr == "item" and not args:
            one = is_number(base.kind)
            return base if one else self.copy_of(self.call(np.reshape, [base, ()]))
        if isinstance(base.kind, dict) and e.func.attr in steps.OF_DICTS:
            return self.of_dict(base, e.func.attr, e, *args)
        if self.no_method(base, e.func.attr):
            return self.at_run_time(self.substitute(e), self.values_in(e))
        function, args = self.method(e, e.func.attr, base, args)
        return self.known_call(e, function, args, words)

    def known_call(self, e, function, args, words):
        """A call of a function that is known."""
        function = parse.SAME[function] if among(function, parse.SAME) else function
        if among(function, steps.COPIES | steps.ITSELF):
            return self.copy(e, function, args, words)
        if among(function, steps.BOTH) and len(args) == 2 and not words:
            rule, args = core.RULES[steps.BOTH[function]], [self.atom(raw(a)) for a in args]
            node = call(function.__name__, *map(node_of, args))
            return self.op(rule, args, {}, self.program.kind_of_call(rule, args, {}), True, node)
        if function in (list, tuple, sorted):
            args = [self.of_dict(a, "keys", e) if is_dict(a) else a for a in args]
        if function is dict and all(map(is_dict, args)):
            return {k: v for a in args for k, v in self.of_dict(a, "parts", e).items()} | words
        if function is sorted and isinstance(args[0], tuple) and not words:
            first = [known(v[0] if type(v) is tuple else v) for v in args[0]]  # keys differ
            if all(type(k) in LITERALS for k in first):
                return [args[0][k] for k in sorted(range(len(first)), key=first.__getitem__)]
        if function in (list, tuple):
            return function(self.parts(args[0], e))
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

    def listed(self, nodes):
        """The values of some expressions, of which some have a star."""
        return [v for n in nodes for v in
                (self.parts(self.expr(n.value), n) if is_star(n) else [self.expr(n)])]  # fmt: skip

    def parts(self, value, e):
        """The entries of a list, a tuple, a dict or an array whose number is known."""
        kind = getattr(value, "kind", None)
        if isinstance(value, (list, tuple, dict)):
            return value
        if isinstance(kind, dict):
            return self.of_dict(value, "parts", e)
        kind = kind.shape and [*range(kind.shape[0])] if isinstance(kind, Kind) else kind
        if not isinstance(kind, (list, tuple)):
            self.refuse(f"{ast.unparse(e)} of what has no known length", "write a loop", e)
        return [self.item(value, k, e) for k in range(len(kind))]

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
        return self.derived(rule, [args[0], *map(raw, args[1:])], words)

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
        if self.is_ours() and dtype is not None:  # a cotangent gets that of its primal
            args, dtype = [self.call(cast, [args[0], dtype])], None
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
        return self.owned(x)

    def owned(self, x):
        """A copy of an array, which may be assigned into."""
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
            function = self.run_of(function, args)
        plain = not words and not any(isinstance(v, (tuple, list, dict)) for v in args)
        kinds = [v.kind if isinstance(v, Name) else kind_of_value(v) for v in args if plain]
        if own := by_source(function, kinds):
            with contextlib.suppress(ElfError):
                y = self.user_call(e, parse.read(self.run_of(own, args)), args, words)
                return y if is_number(y.kind) else self.owned(y)  # as the tape's are
        if parse.of_engine(function):
            args, words = [self.one(a) for a in args], {k: self.one(v) for k, v in words.items()}
            node = self.program.written(function, args, words)
            return self.at_run_time(node, [*args, *words.values()])
        if isinstance(function, functools.partial):
            way = "write a def that calls its function"
            self.refuse(f"{ast.unparse(e.func)}, a functools.partial", way, e)
        if isinstance(getattr(type(function), "__call__", None), types.FunctionType):  # noqa: B004
            function = self.resolve(ast.Attribute(e.func, "__call__", ast.Load()))  # of an object
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
        if source.star:
            count = source.params.index(source.star)
            args, words = args[:count], words | {source.star: tuple(args[count:])}
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
        pairs = zip(source.params, values, strict=True)
        words = tuple((p, type(v.value), v.value) for p, v in pairs if type(v.value) in LITERALS)
        kinds, varying = [v.kind for v in values], [v.active for v in values]
        sub = self.program.sub(source, kinds, varying, inner, words)
        self.program.writer = self
        node = call(sub.forward, *(v.node for v in values))
        array = isinstance(sub.kind, Kind) and sub.kind.shape != ()
        all_of_it = sub.open or not array  # parts of a tree may be parts of one another, too
        shared = [bound[p] for p in source.params if all_of_it or p in sub.shares]
        memory = () if is_number(sub.kind) else memory_of(shared) | sub.marks
        out = self.op(sub, values, {}, sub.kind, sub.active, node, memory, source.name)
        out.memory |= {out.serial} if array else set()
        return out

    def default(self, source, p):
        value = source.defaults[p]
        plain = value is None or isinstance(value, (bool, int, float, str))
        return value if plain else self.outside(source, p)

    def run_of(self, function, args):
        """What another derivative runs; it is looked at again whenever this program is."""
        inner = function.program_for([self.one(a).kind for a in args])
        self.program.watched[inner, "", None] = inner.current, True, True, None, None
        return inner.run

    def of_dict(self, base, name, e, key=None, other=None):
        """What a method of a dict gives, whose keys are known; its parts are all of it."""
        kind = getattr(base, "kind", base)
        if not isinstance(kind, dict) or not all(type(k) in (int, str) for k in kind):
            what = f"the {name} of a dict whose keys are not known"
            self.refuse(what, "loop over a tuple of keys", e)
        keys = {k: self.name(ast.Constant(k), kind_of_value(k), value=k) for k in kind}
        if name == "keys":
            return Entries(keys.values())
        if name == "get":
            key = self.key(base, key)
            return self.item(base, key, e) if type(key) not in (int, str) or key in kind else other
        parts = base if kind is base else {k: self.item(base, k, e) for k in kind}
        pairs = {"values": parts.values(), "items": zip(keys.values(), parts.values(), strict=True)}
        return Entries(pairs[name]) if name in pairs else parts

    def pairs(self, target, i):
        """The pairs of target and sequence of a for loop; the number of the turn has a list,
        which is empty or has the number that it begins with."""
        of = self.resolve(i.func) if isinstance(i, ast.Call) else None
        elts = getattr(target, "elts", ())
        if of is zip and len(elts) == len(i.args):
            if any(k.arg == "strict" for k in i.keywords):
                node = ast.Call(i.func, list(map(self.substitute, i.args)), i.keywords)
                self.emit(steps.Plain(ast.Expr(call("list", node))))  # it compares the lengths
            return [p for t, a in zip(elts, i.args, strict=True) for p in self.pairs(t, a)]
        if of is enumerate and len(elts) == 2 and i.args:
            start = [*i.args[1:], *(k.value for k in i.keywords)]
            return [(elts[0], start), *self.pairs(elts[1], i.args[0])]
        if of is reversed and self.varies(i.args[0]):
            self.refuse("reversed inside of zip or enumerate", "reverse it before: xs[::-1]", i)
        return [(target, i)]

    def pop(self, base):
        """``base.pop()``"""
        self.check_own(base, "pop")
        self.check_memory(base, "pop", is_tree)
        kind = self.kind_of_item(base.kind, None)
        self.touch(base, base, Seq(kind))
        node = method(base.node, "pop")
        memory = () if is_number(kind) else base.content
        return self.op(rows.Pop(), [base], {}, kind, base.active, node, memory)

"""Write a function in single steps: one operation, one name; and find out what varies.

What does not depend on the differentiated arguments stays as the user wrote it.
"""

import ast
import math
import operator
import types
from dataclasses import dataclass, field

import numpy as np

from elves import core
from elves.errors import ElfError, NoRuleError, SourceError
from elves.source import helpers, parse
from elves.source.names import (
    ARRAY,
    BOTTOM,
    SCALAR,
    Kind,
    Name,
    Stack,
    broadcast,
    is_tree,
    join,
    kind_by_trial,
    load,
    node_of,
    store,
    unchanged,
    written,
)  # fmt: skip


@dataclass(eq=False)
class Step:
    """`node` is how the forward sweep writes it, `line` where the user wrote it."""

    node: ast.AST
    line: int


@dataclass(eq=False)
class Plain(Step):
    """A statement that carries no derivative."""


@dataclass(eq=False)
class Op(Step):
    """target = function(*args, **options), where some argument varies."""

    target: str
    function: object
    args: list
    options: dict = field(default_factory=dict)


@dataclass(eq=False)
class Unpack(Step):
    targets: list
    value: str


@dataclass(eq=False)
class Store(Step):
    """name[index] = value"""

    name: str
    index: ast.expr
    value: ast.expr


@dataclass(eq=False)
class Push(Step):
    name: str
    value: ast.expr


@dataclass(eq=False)
class Block(Step):
    """An if, a for, a while or a with: `node` is its head, `arms` are its blocks."""

    arms: list
    done: str = None


OPERATORS = {
    ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.true_divide,
    ast.Pow: np.power, ast.MatMult: np.matmul, ast.Mod: np.remainder, ast.FloorDiv: np.floor_divide,
    ast.USub: np.negative, ast.UAdd: np.positive,
}  # fmt: skip

# Other people's names for functions of the table.
SAME = {abs: np.absolute, pow: np.power, float: np.positive, np.float64: np.positive}
SAME |= {np.copy: np.positive, np.asarray: np.positive, np.array: np.positive, np.pow: np.power}
SAME |= {
    getattr(math, name): getattr(np, alias)
    for name, alias in [(n, n) for n in (
        "sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "expm1", "log", "log2", "log10",
        "log1p", "sqrt", "hypot", "fabs", "floor", "ceil", "trunc", "fmod", "copysign",
    )] + [("asin", "arcsin"), ("acos", "arccos"), ("atan", "arctan"), ("atan2", "arctan2"),
          ("asinh", "arcsinh"), ("acosh", "arccosh"), ("atanh", "arctanh"), ("pow", "power")]
}  # fmt: skip
FLAT = {
    len, range, isinstance, int, bool, str, repr, print, type, callable, id, np.shape, np.ndim,
    np.size, np.zeros, np.ones, np.empty, np.arange, np.eye, round, math.isnan, math.isfinite,
    math.isinf, hasattr, any, all, list, range, np.iscomplexobj,
    core.shape_of, core.ndim_of, math.prod, helpers.zeros, helpers.still,
    helpers.field, format, enumerate, zip, reversed,
}  # fmt: skip
FLAT_ATTRIBUTES = {"shape", "ndim", "size", "dtype"}


@dataclass(eq=False)
class Inner:
    """A function that was defined inside the function: what it closes over becomes an argument."""

    source: parse.Source
    free: list


class Steps:
    """A function in single steps, what varies in it, and what is known of its variables."""

    def __init__(self, source, active, kinds, program, owner=None):
        self.source, self.program = source, program
        self.taken = program.taken | _identifiers(source)
        self.fresh = parse.counter(self.taken)
        body, again = parse.versions(source, source.body, self.fresh)
        self.user, self.named = _identifiers(source) | again, set()
        self.modules, self.inner = dict(source.modules), dict(source.inner)
        body = self.own_parameters(body, owner)
        straight = parse.Straight(source, self.fresh)
        body = straight.function(body)
        self.result = straight.result
        self.locals = set(source.params) | set().union(*map(_locals, body))
        self.active, self.kinds = set(active), {p: kinds.get(p) for p in source.params}
        self.stored, self.shares = {}, set()
        self.counts = {}
        before = set(self.taken)
        self.changed = True
        while self.changed:
            self.taken.clear()
            self.taken.update(before)
            self.changed, self.loops, self.shares, self.stored, self.time = False, [], set(), {}, 0
            self.steps = self.block(body)
            if owner and owner.result != self.kinds.get(self.result, BOTTOM):
                owner.result = self.kinds.get(self.result, BOTTOM)
                self.changed = True
        self.check_sharing()

    def own_parameters(self, body, owner):
        """A parameter keeps its value: what is assigned gets another name, an array a copy."""
        nodes = [n for s in body for n in ast.walk(s)]
        stored = {_base(n) for n in nodes if isinstance(n, ast.Subscript) and _stores(n)}
        assigned = {n.id for n in nodes if isinstance(n, ast.Name) and _stores(n)}
        first = []
        for p in self.source.params:
            if p not in stored | assigned:
                continue
            name = self.fresh(p)
            self.user.add(name)
            value = load(p)
            if p in stored:
                if owner:
                    at = next(n for n in nodes if isinstance(n, ast.Subscript) and _base(n) == p)
                    self.source.refuse(
                        at, f"{self.source.name} changes its argument {p}", f"copy {p} first"
                    )
                array = self.program.reference(np.array)
                self.modules[array.value.id] = np
                value = ast.Call(array, [value], [])
            body = [parse.renamed(s, {p: name}) for s in body]
            first.append(parse.assign(name, value, body[0]))
        return [*first, *body]

    # ------------------------------------------------------------ what is known

    def local(self, base):
        """A new name of the function that is written."""
        name = self.fresh(base)
        self.locals.add(name)
        return name

    def know(self, name, kind, active):
        kind = join(kind, self.kinds.get(name, BOTTOM))
        if active and name not in self.active:
            self.active.add(name)
            self.changed = True
        if kind != self.kinds.get(name, BOTTOM):
            self.kinds[name] = kind
            self.changed = True

    def look_up(self, node):
        """The object that a dotted name outside of this function stands for."""
        if isinstance(node, ast.Name):
            if node.id in self.modules:
                return self.modules[node.id]
            if node.id in self.locals:
                return parse.MISSING
            try:
                value = self.source.lookup(node.id)
            except KeyError:
                return parse.MISSING
            if isinstance(value, types.FunctionType):
                self.program.uses[id(self.source), node.id] = self.source.lookup, node.id, value
            return value
        if isinstance(node, ast.Attribute):
            base = self.look_up(node.value)
            return parse.MISSING if base is parse.MISSING else getattr(base, node.attr, base)
        if isinstance(node, ast.Call):  # such as grad(f), where all the names stand outside
            names = [n for n in ast.walk(node) if isinstance(n, ast.Name)]
            if all(self.look_up(n) is not parse.MISSING for n in names):
                function = self.look_up(node.func)
                if getattr(function, "__module__", None) == "elves.source":
                    scope = {n.id: self.look_up(n) for n in names}
                    text = ast.fix_missing_locations(ast.Expression(node))
                    return eval(compile(text, "<call>", "eval"), scope)
        return parse.MISSING

    def varies(self, e):
        """Does an expression depend on the differentiated arguments?"""
        if isinstance(e, ast.Name):
            free = self.inner[e.id].free if e.id in self.inner else [e.id]
            return any(name in self.active for name in free)
        if isinstance(e, ast.Lambda):
            return any(isinstance(n, ast.Name) and self.varies(n) for n in ast.walk(e.body))
        if isinstance(e, (ast.Constant, ast.JoinedStr, ast.Compare)):
            return False
        if isinstance(e, ast.UnaryOp) and isinstance(e.op, ast.Not):
            return False
        if isinstance(e, ast.BinOp) and isinstance(e.op, ast.FloorDiv):
            return False
        if isinstance(e, ast.Attribute):
            return e.attr not in FLAT_ATTRIBUTES and self.varies(e.value)
        if isinstance(e, ast.Subscript):
            return self.varies(e.value)
        if isinstance(e, ast.Call):
            if isinstance(e.func, ast.Name) and e.func.id in self.inner:
                inner = self.inner[e.func.id]
                if any(name in self.active for name in inner.free):
                    return True
            function = self.look_up(e.func)
            if function is parse.MISSING and isinstance(e.func, ast.Attribute):
                function = core.METHODS.get(e.func.attr)
                if self.varies(e.func.value):
                    rule = core.RULES.get(function)
                    return not (rule and rule.constant) and e.func.attr not in ("tolist", "any")
            rule = _row(function)
            if _in(function, FLAT) or (rule is not None and rule.constant):
                return False
        return any(self.varies(c) for c in ast.iter_child_nodes(e) if isinstance(c, ast.AST))

    def kind(self, e):
        """How many axes the value of an expression has, where that can be told."""
        if isinstance(e, ast.Constant):
            return SCALAR if isinstance(e.value, (int, float)) else None
        if isinstance(e, ast.Name):
            if e.id in self.locals:
                return self.kinds.get(e.id, BOTTOM)
            value = self.look_up(e)
            return None if value is parse.MISSING else self.program.kind_outside(self, e.id, value)
        if isinstance(e, ast.BinOp) and not isinstance(e.op, ast.MatMult):
            return broadcast([self.kind(e.left), self.kind(e.right)])
        if isinstance(e, ast.UnaryOp):
            return self.kind(e.operand)
        if isinstance(e, ast.Compare):
            return broadcast([self.kind(x) for x in (e.left, *e.comparators)])
        if isinstance(e, ast.IfExp):
            return join(self.kind(e.body), self.kind(e.orelse))
        if isinstance(e, ast.Attribute):
            base = self.kind(e.value)
            if e.attr in ("ndim", "size"):
                return SCALAR
            if e.attr == "T" and isinstance(base, Kind):
                return Kind(base.ndim, None) if base.ndim != 1 else base
            return None
        if isinstance(e, ast.Subscript):
            if isinstance(e.value, ast.Attribute) and e.value.attr == "shape":
                return SCALAR
            return self.kind_of_item(self.kind(e.value), e.slice)
        if isinstance(e, ast.List) and not e.elts:
            return Stack(BOTTOM)
        if isinstance(e, (ast.Tuple, ast.List)):
            return tuple(self.kind(x) for x in e.elts)
        if isinstance(e, ast.Dict) and all(isinstance(k, ast.Constant) for k in e.keys):
            return {k.value: self.kind(v) for k, v in zip(e.keys, e.values, strict=True)}
        if isinstance(e, ast.Call):
            function = self.look_up(e.func)
            if _in(
                function, {len, float, int, np.ndim, np.size, max, min, core.ndim_of, math.prod}
            ):
                return SCALAR
            try:
                args = [self.as_value(a) for a in e.args]
                words = {k.arg: self.as_value(k.value) for k in e.keywords}
                rule = _row(function)
                if isinstance(rule, core.Elementwise) or isinstance(function, np.ufunc):
                    return broadcast([self.kind(a) for a in e.args])
                if (
                    function is parse.MISSING
                    or (getattr(function, "__module__", "") or "")[:5] != "numpy"
                ):
                    return None
                return kind_by_trial(function, args, words)[0]
            except ElfError:
                return None
        return None

    def kind_of_item(self, base, index):
        if base == BOTTOM:
            return BOTTOM
        if is_tree(base):
            try:
                return base[ast.literal_eval(index)]
            except (ValueError, KeyError, IndexError, TypeError):
                pass
            if isinstance(index, ast.Slice):
                return None
            kinds = list(base.values()) if isinstance(base, dict) else list(base)
            all_of = kinds[0] if kinds else None
            for k in kinds[1:]:
                all_of = join(all_of, k)
            return all_of
        if not isinstance(base, Kind):
            return None
        if base.ndim is None:
            return ARRAY
        ndim = base.ndim
        for part in index.elts if isinstance(index, ast.Tuple) else [index]:
            if isinstance(part, ast.Constant) and part.value is None:
                ndim += 1
            elif isinstance(part, ast.Slice) or getattr(part, "value", 0) is Ellipsis:
                pass
            elif self.kind(part) == SCALAR:
                ndim -= 1
            else:
                return ARRAY
        return (Kind(ndim, None) if ndim > 0 else SCALAR) if ndim >= 0 else ARRAY

    def as_value(self, e):
        """An argument as a row of the table takes it: a name, or a literal as itself."""
        try:
            return ast.literal_eval(e)
        except ValueError:
            pass
        if isinstance(e, (ast.List, ast.Tuple)):
            return type([] if isinstance(e, ast.List) else ())(map(self.as_value, e.elts))
        return Name(e, self.kind(e), self)

    # ------------------------------------------------------------ statements

    def block(self, stmts):
        outer, self.out = getattr(self, "out", None), []
        for s in stmts:
            self.at, self.time = s, self.time + 1
            getattr(self, f"on_{type(s).__name__}", self.on_other)(s)
        out, self.out = self.out, outer
        return out

    def refuse(self, what, way, node=None):
        self.source.refuse(node if hasattr(node, "lineno") else self.at, what, way)

    def on_other(self, s):
        words = type(s).__name__.lower()
        self.refuse(f"{words} is not covered by source transformation", "use elves.reverse")

    def plain(self, s):
        self.out.append(Plain(s, s.lineno))

    on_Pass = on_Break = lambda self, s: None
    on_Raise = plain

    def on_Assert(self, s):
        self.plain(s)

    def on_If(self, s):
        if isinstance(s.body[0], ast.Break):
            return
        arms = [s.body, s.orelse]
        test = s.test
        if isinstance(test, ast.Constant):
            self.out += self.block(arms[0] if test.value else arms[1])
            return
        if not isinstance(test, ast.Name):
            name = self.local("branch")
            self.know(name, SCALAR, False)
            self.plain(ast.copy_location(store(name, test), s))
            test = load(name)
        head = ast.copy_location(ast.If(test, [], []), s)
        self.out.append(Block(head, s.lineno, [self.block(arm) for arm in arms]))

    def loop(self, s, head, first=()):
        self.loops.append(s)
        body = self.block([*first, *s.body])
        self.loops.pop()
        self.out.append(
            Block(ast.copy_location(head, s), s.lineno, [body], getattr(s, "done", None))
        )

    def on_While(self, s):
        self.loop(s, ast.While(s.test, [], []))

    def on_For(self, s):
        i, more = s.iter, []
        back = isinstance(i, ast.Call) and self.look_up(i.func) is reversed and i.args[0]
        is_range = isinstance(back or i, ast.Call) and self.look_up((back or i).func) is range
        if is_range and isinstance(s.target, ast.Name):
            self.know(s.target.id, SCALAR, False)
            self.loop(s, ast.For(s.target, i, [], []))
            return
        pairs = self.items(s.target, i)
        if not any(self.varies(of) for _, of in pairs if of is not None):
            for name in parse.targets(s.target):
                self.know(name, None, False)
            self.loop(s, ast.For(s.target, i, [], []))
            return
        counter = self.local("k")
        self.know(counter, SCALAR, False)
        lengths = []
        for target, of in pairs:
            value = load(counter)
            if of is not None:
                of = self.atom(of)
                lengths.append(ast.Call(load("len"), [of], []))
                value = ast.Subscript(of, load(counter), ast.Load())
            more.append(ast.Assign([target], value))
        end = lengths[0] if len(lengths) == 1 else ast.Call(load("min"), lengths, [])
        target = ast.Name(counter, ast.Store())
        more = [ast.fix_missing_locations(ast.copy_location(m, s)) for m in more]
        head = ast.For(target, ast.Call(load("range"), [end], []), [], [])
        self.loop(s, ast.fix_missing_locations(ast.copy_location(head, s)), more)

    def items(self, target, i):
        """The pairs of target and sequence of a for loop; None for the number of the turn."""
        of = self.look_up(i.func) if isinstance(i, ast.Call) else None
        if of in (zip, enumerate) and i.keywords:
            i = ast.copy_location(ast.Call(i.func, i.args, []), i)
        if of is zip and isinstance(target, ast.Tuple) and len(target.elts) == len(i.args):
            return [p for t, a in zip(target.elts, i.args, strict=True) for p in self.items(t, a)]
        if of is enumerate and isinstance(target, ast.Tuple) and len(i.args) == 1:
            return [(target.elts[0], None), *self.items(target.elts[1], i.args[0])]
        return [(target, i)]

    def on_With(self, s):
        if any(self.varies(item.context_expr) or item.optional_vars for item in s.items):
            self.refuse("this with block is not covered", "take it out of the function")
        head = ast.copy_location(ast.With(s.items, []), s)
        self.out.append(Block(head, s.lineno, [self.block(s.body)]))

    def on_FunctionDef(self, s):
        self.define(s.name, s)

    def define(self, name, node):
        own = {a.arg for a in ast.walk(node) if isinstance(a, ast.arg)} | parse.targets(node)
        used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} - own
        free = sorted(used & self.locals - set(self.inner) - {name})
        for other in used & set(self.inner):
            free += [f for f in self.inner[other].free if f not in free]
        source = parse.of_node(node, self.source.lookup, self.source.lines, node, {})
        if source.args.defaults or source.args.kw_defaults:
            self.refuse("defaults of an inner function are not covered", "pass the value", node)
        source.name = name
        source.inner = self.inner
        source.modules = self.modules
        source.args = ast.arguments(
            [], [*source.args.posonlyargs, *source.args.args, *source.args.kwonlyargs,
                 *(ast.arg(f) for f in free)], None, [], [], None, []
        )  # fmt: skip
        self.inner[name] = Inner(source, free)

    def on_Expr(self, s):
        e = s.value
        if isinstance(e, ast.Constant):
            return  # a docstring
        if isinstance(e, ast.Call):
            function = self.look_up(e.func)
            if isinstance(e.func, ast.Attribute) and function is parse.MISSING:
                base = e.func.value
                if e.func.attr == "append" and isinstance(base, ast.Name):
                    return self.push(s, base, e.args[0])
                text = ast.unparse(e.func)
                self.refuse(f"{text} may change its array in place", "assign a new array instead")
            if function is np.add.at:
                self.refuse("np.add.at changes its array", "write x[i] = x[i] + y in a loop")
            if function is not parse.MISSING and function is not print:
                names = {n.id for a in e.args for n in ast.walk(a) if isinstance(n, ast.Name)}
                if names & self.locals and any(
                    self.kind(load(n)) != SCALAR for n in names & self.locals
                ):
                    text = ast.unparse(e.func)
                    self.refuse(f"{text} is called for its effects", "let it return a value")
        self.plain(s)

    def push(self, s, base, value):
        if not self.varies(value) and base.id not in self.active:
            return self.plain(s)
        have = self.kinds.get(base.id, BOTTOM)
        if not isinstance(have, Stack) and have not in (BOTTOM, None):
            self.refuse("append to what is no new list", "begin with an empty list")
        value = self.atom(value)
        self.know(base.id, Stack(self.kind(value)), self.varies(value))
        self.share(base.id, value)
        call = ast.Call(ast.Attribute(load(base.id), "append", ast.Load()), [value], [])
        self.out.append(Push(ast.Expr(call), s.lineno, base.id, value))

    def on_Return(self, s):
        self.refuse("a return that is not covered", "return at the end")

    def on_AnnAssign(self, s):
        if s.value is not None:
            self.assign(s.target, s.value)

    def on_AugAssign(self, s):
        read = ast.copy_location(_loaded(s.target), s)
        if isinstance(s.target, ast.Name):
            self.in_place(s.target.id)
        elif isinstance(s.target, ast.Subscript):
            index = self.index(s.target.slice)
            read = ast.copy_location(ast.Subscript(s.target.value, index, ast.Load()), s)
            target = ast.copy_location(ast.Subscript(s.target.value, index, ast.Store()), s)
            return self.assign(target, ast.copy_location(ast.BinOp(read, s.op, s.value), s))
        self.assign(s.target, ast.copy_location(ast.BinOp(read, s.op, s.value), s))

    def in_place(self, name):
        self.stored.setdefault(name, []).append((self.at, "an in-place operator", *self.now()))

    def on_Assign(self, s):
        if getattr(s, "augmented", False):
            self.in_place(s.value.left.id)
        first, *others = s.targets
        if isinstance(s.value, ast.Lambda) and isinstance(first, ast.Name):
            return self.define(first.id, s.value)
        self.assign(first, s.value)
        for other in others:
            self.assign(other, _loaded(first))

    def assign(self, target, value):
        line = self.at.lineno
        if isinstance(target, ast.Name):
            if not self.varies(value):
                kind = self.sized(target.id, self.kind(value))
                self.know(target.id, kind, False)
                if _may_share(value):
                    self.share(target.id, value)
                node = ast.copy_location(store(target.id, value), self.at)
                self.out.append(Plain(node, line))
            else:
                self.value(value, target.id)
        elif isinstance(target, (ast.Tuple, ast.List)):
            self.unpack(target, value)
        elif isinstance(target, ast.Subscript):
            self.set_item(target, value)
        else:
            self.refuse(f"assignment to {ast.unparse(target)}", "assign to a name")

    def unpack(self, target, value):
        if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts):
            names = parse.targets(target)
            atoms = []
            for e in value.elts:  # all are evaluated before any is assigned
                if isinstance(e, ast.Constant) or (isinstance(e, ast.Name) and e.id not in names):
                    atoms.append(e)
                else:
                    name = self.local("t")
                    self.assign(ast.Name(name, ast.Store()), e)
                    atoms.append(load(name))
            for t, a in zip(target.elts, atoms, strict=True):
                self.assign(t, a)
            return
        if any(isinstance(t, ast.Starred) for t in target.elts):
            self.refuse("a starred target", "use slices")
        if not self.varies(value):
            for name in parse.targets(target):
                self.know(name, None, False)
            if not all(isinstance(t, ast.Name) for t in target.elts):
                self.refuse("this nested assignment", "write one line for each name")
            node = ast.copy_location(ast.Assign([target], value), self.at)
            self.out.append(Plain(node, self.at.lineno))
            return
        value = self.atom(value)
        kind = self.kind(value)
        if isinstance(kind, Kind) or any(not isinstance(t, ast.Name) for t in target.elts):
            for k, t in enumerate(target.elts):
                self.assign(t, ast.Subscript(value, ast.Constant(k), ast.Load()))
            return
        for k, t in enumerate(target.elts):
            self.know(
                t.id,
                kind[k] if is_tree(kind) and k < len(kind) else BOTTOM if kind == BOTTOM else None,
                True,
            )
            self.share(t.id, value)
        node = ast.copy_location(ast.Assign([target], value), self.at)
        names = [t.id for t in target.elts]
        self.out.append(Unpack(node, self.at.lineno, names, value.id))

    def set_item(self, target, value):
        base = target.value
        if not isinstance(base, ast.Name) or base.id not in self.locals:
            what = f"assignment into {ast.unparse(base)}, which lives outside of the function"
            if isinstance(base, ast.Name) is False and parse.targets(base) is not None:
                what = f"assignment into {ast.unparse(base)}"
            self.refuse(what, "build a new array in the function")
        if isinstance(base, ast.Name) and base.id in self.inner:
            self.refuse("assignment into a function", "use an array")
        value, index = self.atom(value), self.index(target.slice)
        if self.varies(value):
            self.know(base.id, BOTTOM, True)
        place = (self.at, "an assignment into it", *self.now())
        self.stored.setdefault(base.id, []).append(place)
        place = ast.Subscript(load(base.id), index, ast.Store())
        node = ast.copy_location(ast.Assign([place], value), self.at)
        self.out.append(Store(node, self.at.lineno, base.id, index, value))

    def index(self, e):
        """An index made of names and numbers."""
        if isinstance(e, ast.Tuple):
            return ast.Tuple([self.index(x) for x in e.elts], ast.Load())
        if isinstance(e, ast.Slice):
            parts = (None if p is None else self.index(p) for p in (e.lower, e.upper, e.step))
            return ast.Slice(*parts)
        return self.steady(e)

    def steady(self, e):
        """An expression that does not vary, as a name or a literal."""
        try:
            ast.literal_eval(e)
            return e
        except ValueError:
            pass
        if isinstance(e, ast.Name) and e.id not in self.inner:
            return e
        if isinstance(e, ast.Attribute) and self.look_up(e) is not parse.MISSING:
            return e
        name = self.local("c")
        self.know(name, self.kind(e), False)
        self.out.append(Plain(ast.copy_location(store(name, e), self.at), self.at.lineno))
        return load(name)

    # ------------------------------------------------------------ expressions

    def atom(self, e):
        """A name or a literal for the value of an expression."""
        if isinstance(e, ast.Name) and e.id in self.inner:
            self.refuse(f"the inner function {e.id} as a value", "call it directly", e)
        if isinstance(e, ast.Name) and self.look_up(e) is parse.MISSING:
            return e
        if not self.varies(e):
            return self.steady(e)
        name = self.local(_title(e))
        self.value(e, name)
        return load(name)

    def value(self, e, target):
        """The steps that give `target` the value of an expression that varies."""
        own = {n.id for n in ast.walk(e) if isinstance(n, ast.Name)}
        if target in own and not isinstance(e, ast.Name):  # x = sin(x): no step reads its target
            name = self.local(f"new_{target}")
            self.value(e, name)
            e = load(name)
        if isinstance(e, ast.Name):
            self.share(target, e)
            return self.op(target, "copy", [e], node=e, kind=self.kind(e))
        if isinstance(e, ast.BinOp):
            args = [self.operand(e.left), self.operand(e.right)]
            return self.op(target, OPERATORS.get(type(e.op)) or self.on_other(e), args,
                           node=ast.BinOp(args[0], e.op, args[1]))  # fmt: skip
        if isinstance(e, ast.UnaryOp):
            args = [self.atom(e.operand)]
            return self.op(target, OPERATORS[type(e.op)], args, node=ast.UnaryOp(e.op, args[0]))
        if isinstance(e, ast.IfExp):
            arms = []
            for arm in (e.body, e.orelse):
                arms.append(ast.copy_location(store(target, arm), e))
            ifs = ast.copy_location(ast.If(e.test, [arms[0]], [arms[1]]), self.at)
            return self.on_If(ast.fix_missing_locations(ifs))
        if isinstance(e, ast.Attribute):
            base = self.atom(e.value)
            if e.attr == "T":
                node = ast.Attribute(base, "T", ast.Load())
                return self.op(target, np.transpose, [base], node=node)
            kind = self.kind(base)
            if is_tree(kind) or kind is None:
                self.share(target, base)
                node = ast.Attribute(base, e.attr, ast.Load())
                return self.op(target, "field", [base, ast.Constant(e.attr)], node=node, kind=None)
            self.refuse(f"x.{e.attr}", "write it with a function of NumPy", e)
        if isinstance(e, ast.Subscript):
            base, index = self.atom(e.value), self.index(e.slice)
            kind = self.kind(base)
            node = ast.Subscript(base, index, ast.Load())
            item = self.kind_of_item(kind, index)
            if is_tree(kind) or (kind is None and self.kind(index) == SCALAR):
                self.share(target, base)
                return self.op(target, "item", [base, index], node=node, kind=item)
            if item != SCALAR:
                self.share(target, base)
            return self.op(target, operator.getitem, [base, index], node=node, kind=item)
        if isinstance(e, (ast.Tuple, ast.List, ast.Dict)):
            parts = e.values if isinstance(e, ast.Dict) else e.elts
            if any(isinstance(p, ast.Starred) for p in parts):
                self.refuse("a star inside a list", "name the parts", e)
            atoms = [self.atom(p) for p in parts]
            for a in atoms:
                self.share(target, a)
            node = (
                ast.Dict(e.keys, atoms) if isinstance(e, ast.Dict) else type(e)(atoms, ast.Load())
            )
            return self.op(target, "display", atoms, node=node, kind=self.kind(node))
        if isinstance(e, ast.Call):
            return self.of_call(e, target)
        words = {"ListComp": "a list comprehension over what varies", "BoolOp": "and/or of values"}
        way = {"ListComp": "write a loop that assigns into an array of np.zeros"}
        name = type(e).__name__
        self.refuse(
            words.get(name, f"{name} of what varies"), way.get(name, "write it as statements"), e
        )

    def operand(self, e):
        if is_tree(self.kind(e)) and not self.varies(e):
            array = self.program.reference(np.array)
            return self.steady(ast.copy_location(ast.Call(array, [e], []), self.at))
        return self.atom(e)

    def op(self, target, function, args, options=None, node=None, kind="?"):
        options = options or {}
        if kind == "?":
            kind = self.kind_of_op(target, function, args, options)
        self.locals.add(target)
        self.know(target, kind, True)
        step = ast.copy_location(store(target, node), self.at)
        ast.fix_missing_locations(step)
        self.out.append(Op(step, self.at.lineno, target, function, args, options))

    def kind_of_op(self, target, function, args, options):
        kinds = [self.kind(a) for a in args]
        if any(k == BOTTOM for k in kinds):
            return BOTTOM
        if isinstance(core.RULES[function], core.Elementwise):
            return self.sized(target, broadcast(kinds))
        words = {k: self.as_value(v) for k, v in options.items()}
        kind, shares = kind_by_trial(function, [self.as_value(a) for a in args], words)
        if shares and kind != SCALAR:
            for a in args:
                self.share(target, a)
        return self.sized(target, kind)

    def sized(self, name, kind):
        """Letters for the unknown sizes of a variable that is assigned once."""
        once = self.counts.setdefault(name, self.at) is self.at and not self.loops
        if once and isinstance(kind, Kind) and kind.ndim and kind.shape is None:
            return Kind(kind.ndim, tuple(f"{name}.{k}" for k in range(kind.ndim)))
        return kind

    def write(self, rule, args, kwargs):
        """A function of the table that was called on names: one more step."""
        same = unchanged(rule.function, args)
        if same is not None:
            return same
        name = self.local(rule.function.__name__.strip("_") + "_")
        nodes = [node_of(a) for a in args]
        words = {k: node_of(v) for k, v in kwargs.items()}
        e = written(self.program, rule.function, args, kwargs)
        if rule.constant or not any(self.varies(n) for n in nodes):
            self.know(name, self.kind(e), False)
            self.out.append(Plain(ast.copy_location(store(name, e), self.at), self.at.lineno))
        else:
            self.op(name, rule.function, nodes, words, e)
        return Name(load(name), self.kinds.get(name), self)

    def call(self, function, args, kind):
        """A question about shapes, asked on names: no step of its own."""
        return Name(written(self.program, function, args, {}), kind, self, (function, args))

    def of_call(self, e, target):
        function = self.look_up(e.func)
        args, words = list(e.args), {k.arg: k.value for k in e.keywords}
        if any(isinstance(a, ast.Starred) for a in args) or None in words:
            self.refuse("a starred argument", "name the arguments", e)
        if isinstance(e.func, ast.Name) and e.func.id in self.inner:
            inner = self.inner[e.func.id]
            words |= {name: load(name) for name in inner.free}
            return self.sub(e, target, inner.source, args, words)
        if function is parse.MISSING and isinstance(e.func, ast.Attribute):
            base, method = e.func.value, e.func.attr
            if method == "pop" and not args and isinstance(base, ast.Name):
                node = ast.Call(e.func, [], [])
                self.share(target, base)
                kind = self.kind(base)
                kind = kind.item if isinstance(kind, Stack) else kind if kind == BOTTOM else None
                return self.op(target, "pop", [base], node=node, kind=kind)
            function, args = self.method(e, base, method, args)
        elif isinstance(function, types.MethodType):
            pass
        elif function is parse.MISSING and self.of_engine(e.func):
            return self.at_run_time(e, target)
        elif function is parse.MISSING:
            self.refuse(f"the call of {ast.unparse(e.func)}, which is not known before the program "
                        "runs", "call a function by its own name", e)  # fmt: skip
        if _in(function, {np.array, np.asarray}) and isinstance(args[0], (ast.List, ast.Tuple)):
            e = ast.copy_location(
                ast.Call(e.func, [self.stacked(args[0]), *args[1:]], e.keywords), e
            )
            args = e.args
        if _in(function, {max, min}) and len(args) == 2 and not words:
            atoms = [self.atom(a) for a in args]
            node = ast.Call(e.func, atoms, [])
            return self.op(target, np.maximum if function is max else np.minimum, atoms, node=node)
        original = function
        function = SAME[function] if _in(function, SAME) else function
        if _in(original, {np.array, np.asarray, np.copy}):
            dtype = words.pop("dtype", None) or (args[1:] or [None])[0]
            if dtype and self.look_up(dtype) not in (float, np.float64):
                self.refuse(f"the dtype {ast.unparse(dtype)}", "use x.astype", e)
            args, words = args[:1], {}
        try:
            rule = _row(function)
            if rule is None:
                return self.user_call(e, function, args, words, target)
            args = [self.list_or_atom(a) for a in args]
            words = {k: self.list_or_atom(v) for k, v in words.items()}
            if words or len(args) != rule.arity or rule.derived:
                args, words = rule.settle(*map(without_none, (args, words)))
                args = [ast.Constant(None) if a is None else a for a in args]
                words = {k: ast.Constant(None) if v is None else v for k, v in words.items()}
        except SourceError:
            raise
        except ElfError as error:
            raise type(error)(f"Line {e.lineno} of {self.source.name}: {error}") from None
        if rule.derived:
            return self.derived(e, rule, args, words, target)
        args = [self.one_array(rule, a) for a in args]
        node = ast.Call(e.func, args, [ast.keyword(k, v) for k, v in words.items()])
        if isinstance(e.func, ast.Attribute) and self.look_up(e.func) is parse.MISSING:
            names = [self.as_value(a) for a in args]
            node = written(
                self.program, function, names, {k: self.as_value(v) for k, v in words.items()}
            )
        if _in(original, {np.array, np.asarray, np.copy}):
            node = ast.Call(self.program.reference(np.array), args, [])
        self.op(target, function, list(args), words, node)

    def one_array(self, rule, a):
        if not isinstance(rule, core.Elementwise):
            return a
        return self.atom(self.stacked(a)) if self.varies(a) else self.operand(a)

    def list_or_atom(self, a):
        if isinstance(a, ast.Lambda):
            return a
        if any(isinstance(n, ast.Starred) for n in getattr(a, "elts", ())):
            return self.atom(a)
        if isinstance(a, (ast.List, ast.Tuple)):
            return type(a)([self.list_or_atom(x) for x in a.elts], ast.Load())
        return self.atom(a)

    def method(self, e, base, method, args):
        """The function that a method of arrays stands for, and its arguments."""
        if method == "reshape":
            shape = args[0] if len(args) == 1 else ast.Tuple(args, ast.Load())
            return np.reshape, [base, shape]
        if method == "transpose":
            axes = [] if not args else [args[0] if len(args) == 1 else ast.Tuple(args, ast.Load())]
            return np.transpose, [base, *axes]
        if method == "item" and not args:
            return np.positive, [base]
        if method not in core.METHODS:
            raise NoRuleError(
                f"Line {e.lineno} of {self.source.name}: x.{method} has no derivative rule: write "
                "it with functions that have one, such as np.reshape or np.where."
            )
        return core.METHODS[method], [base, *args]

    def stacked(self, e):
        """np.array([x, y]) of what varies is np.stack([x, y])."""
        if not isinstance(e, (ast.List, ast.Tuple)):
            return e
        rows = ast.List([self.stacked(x) for x in e.elts], ast.Load())
        call = ast.Call(self.program.reference(np.stack), [rows], [])
        self.modules[call.func.value.id] = np
        return ast.fix_missing_locations(ast.copy_location(call, self.at))

    def derived(self, e, rule, args, words, target):
        """A function that is written with others: run it on names, or transform its source."""
        here, taken = len(self.out), set(self.taken)
        try:
            names = [self.listed(a) for a in args]
            y = rule.derived(*names, **{k: self.as_value(v) for k, v in words.items()})
            if isinstance(y, Name):
                self.share(target, y.node)
                return self.op(target, "copy", [y.node], node=y.node, kind=y.kind)
            if isinstance(y, (tuple, list)) and all(isinstance(v, Name) for v in y):
                node = ast.Tuple([v.node for v in y], ast.Load())
                return self.op(
                    target, "display", node.elts, node=node, kind=tuple(v.kind for v in y)
                )
        except Exception:
            pass
        del self.out[here:]
        self.taken.clear()
        self.taken.update(taken)
        if not any(isinstance(a, (ast.List, ast.Tuple)) and self.varies(a) for a in args):
            try:
                source = parse.read(rule.derived)
                source.name = rule.function.__name__
                here = len(self.out)
                return self.sub(e, target, source, args, words)
            except (SourceError, NoRuleError):
                del self.out[here:]
        self.opaque(rule.function, args, words, target)

    def listed(self, a):
        if isinstance(a, ast.List) and self.varies(a):  # numbers among what varies are names too
            return [Name(e, self.kind(e), self) for e in a.elts]
        return self.as_value(a)

    def of_engine(self, e):
        """Is this a derivative that is made inside the function, such as grad(lambda y: x * y)?"""
        function = self.look_up(e.func) if isinstance(e, ast.Call) else None
        return isinstance(function, types.FunctionType) and parse.of_engine(function)

    def at_run_time(self, e, target, kind=None):
        """A call that only the other engines can follow: one function of what varies in it."""
        names = sorted({n.id for n in ast.walk(e) if isinstance(n, ast.Name)} & self.active)
        if any(isinstance(n, ast.Name) and n.id in self.inner for n in ast.walk(e)):
            self.refuse("the derivative of an inner function", "use a lambda", e)
        args = ast.arguments([], [ast.arg(n) for n in names], None, [], [], None, [])
        function = ast.Lambda(args, e)
        self.share(target, e)
        self.op(target, _Opaque(function), [load(n) for n in names], {}, e, kind)

    def opaque(self, function, args, words, target):
        """A function that only the table knows: one call forward, one call back."""
        nodes = [ast.keyword(k, v) for k, v in words.items()]
        node = ast.Call(self.program.reference(function), list(args), nodes)
        kind = self.kind(node)
        self.at_run_time(node, target, None if kind == ARRAY else kind)

    def user_call(self, e, function, args, words, target):
        if getattr(function, "__module__", "") == "builtins":
            self.refuse(f"{getattr(function, '__name__', function)} of what varies", "use NumPy", e)
        if function is helpers.add:
            atoms = [self.list_or_atom(a) for a in args]
            kind = join(*map(self.kind, atoms))
            return self.op(target, "sum", atoms, node=ast.Call(e.func, atoms, []), kind=kind)
        inner = getattr(function, "program_for", None)
        if inner:
            kinds = [self.kind(a) for a in args]
            function = inner(kinds).run
        if parse.of_engine(function):
            words = {k: self.list_or_atom(v) for k, v in words.items()}
            return self.opaque(function, map(self.list_or_atom, args), words, target)
        if not isinstance(function, (types.FunctionType, types.MethodType)):
            named = hasattr(function, "__name__")
            name = core.full_name(function) if named else ast.unparse(e.func)
            raise NoRuleError(
                f"Line {e.lineno} of {self.source.name}: {name} has no derivative rule: write it "
                "with functions that have one, or add a row as elves/rules shows."
            )
        self.sub(e, target, parse.read(function), args, words)

    def sub(self, e, target, source, args, words):
        """A call of a function whose source is transformed too."""
        params = source.params
        if len(args) > len(params) or set(words) - set(params):
            self.refuse(f"the arguments of {source.name} do not fit", "call it as it is defined", e)
        bound = dict(zip(params, args, strict=False)) | words
        bound = {p: self.list_or_atom(bound[p]) if p in bound else None for p in params}
        for p, value in bound.items():
            if value is None:
                bound[p] = self.program.default(self, source, p)
        active = tuple(p for p in params if self.varies(bound[p]))
        kinds = {p: self.kind(a) for p, a in bound.items()}
        if any(k == BOTTOM for k in kinds.values()):
            kinds = {p: None if k == BOTTOM else k for p, k in kinds.items()}
        sub = self.program.sub(source, active, kinds)
        for p in active:
            self.share(target, bound[p])
        self.op(target, sub, list(bound.values()), kind=sub.kind())

    # ------------------------------------------------------------ memory

    def share(self, name, other):
        """These two names may stand for the same memory."""
        for n in ast.walk(other) if isinstance(other, ast.AST) else ():
            if isinstance(n, ast.Name) and n.id != name and n.id in self.locals:
                self.shares.add((name, n.id, *self.now()))

    def now(self):
        return self.time, frozenset(map(id, self.loops))

    def near(self):
        """For each name, the names that may stand for the same memory."""
        groups = {}
        for a, b, *_ in self.shares:
            together = groups.get(a, {a}) | groups.get(b, {b})
            groups |= dict.fromkeys(together, together)
        return groups

    def check_sharing(self):
        """An array that is assigned into must have one name only: another would see the change."""
        for name, places in self.stored.items():
            for at, what, time, loops in places if self.kinds.get(name) != SCALAR else ():
                group, todo = {name}, [name]
                while todo:
                    n = todo.pop()
                    near = {
                        b if a == n else a
                        for a, b, when, within in self.shares
                        if n in (a, b) and (when <= time or loops & within)
                    }
                    near = {m for m in near if self.kinds.get(m) != SCALAR} - group
                    todo += near
                    group |= near
                others = sorted((group - {name}) & self.user)
                if what.startswith("an in-place"):  # x += y is x_2 = x + y
                    others = [m for m in others if m.split("_")[0] != name.split("_")[0]]
                if others:
                    self.at = at
                    self.refuse(
                        f"{what} would change {others[0]} too, since {name} may be the same memory",
                        f"write {name} = {others[0]}.copy() first",
                    )


def without_none(args):
    if isinstance(args, dict):
        return dict(zip(args, without_none(list(args.values())), strict=True))
    return [None if isinstance(a, ast.Constant) and a.value is None else a for a in args]


def _stores(node):
    return isinstance(node.ctx, ast.Store)


def _base(node):
    return node.value.id if isinstance(node.value, ast.Name) else None


class _Opaque:
    def __init__(self, function):
        self.function = function


def _may_share(value):
    return isinstance(value, (ast.Name, ast.Subscript, ast.Attribute, ast.Tuple, ast.List))


def _identifiers(source):
    nodes = [n for s in source.body for n in ast.walk(s)]
    names = {n.id for n in nodes if isinstance(n, ast.Name)}
    return (
        names
        | set(source.params)
        | {n.arg for n in nodes if isinstance(n, ast.arg)}
        | {n.name for n in nodes if isinstance(n, ast.FunctionDef)}
    )


def _locals(node):
    if isinstance(node, (ast.FunctionDef, ast.Lambda)):
        return {node.name} if isinstance(node, ast.FunctionDef) else set()
    if isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.DictComp)):
        return set()
    own = {node.id} if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else set()
    return own.union(*map(_locals, ast.iter_child_nodes(node)))


def _loaded(node):
    new = ast.parse(ast.unparse(node), mode="eval").body
    return ast.copy_location(new, node)


def _in(x, group):
    try:
        return x in group
    except TypeError:  # it cannot be hashed
        return False


def _row(function):
    try:
        return core.rule_of(function)
    except (NoRuleError, AttributeError, TypeError):
        return None


def _title(e):
    """A name for the value of an expression: sin_x for np.sin(x)."""
    if isinstance(e, ast.Call):
        name = e.func.attr if isinstance(e.func, ast.Attribute) else getattr(e.func, "id", "t")
        inner = e.args[0] if e.args else getattr(e.func, "value", None)
        return f"{name}_{inner.id}" if isinstance(inner, ast.Name) else f"{name}_"[:-1] + "_1"
    return "t"

"""The text of a function, with its blocks as functions that share their names.

A loop, before and after::

    while x > 1.0:                      def test(): return x > 1.0
        x = x / 2.0                     def body():
                                            nonlocal x
                                            x = x / 2.0
                                        while_(test, body)

What `while_` and the others do with the blocks is in `statements`. The new function has the globals
and the closure of the old one, and its lines.

Source: Moldovan et al., "AutoGraph: imperative-style coding with graph-based performance" (2019),
section 5.
"""

import ast
import copy
import functools
import types

from elves import parse
from elves.errors import SourceError

MADE = "·"  # the end of the names that no user has written
FRAMES = {"super", "locals", "globals", "vars", "dir", "eval", "exec"}  # look at who called them
WAITS = (ast.Yield, ast.YieldFrom, ast.Await, ast.AsyncFor, ast.AsyncWith)
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
OUTER = (ast.Global, ast.Nonlocal)


def own(node, kinds):
    """The nodes of these kinds in a function, but not in the functions inside of it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, kinds):
            yield child
        if not isinstance(child, SCOPES):
            yield from own(child, kinds)


def load(name):
    return ast.Name(name, ast.Load())


def call(name, *args):
    return ast.Call(load(name + MADE), list(args), [])


def delayed(value):
    return ast.Lambda(ast.arguments([], [], None, [], [], None, []), value)


def defined(name, params, body):
    args = ast.arguments([], [ast.arg(p) for p in params], None, [], [], None, [])
    node = ast.FunctionDef(name, args, body, [], None)
    node.type_params = []  # since Python 3.12
    return node


def compiled(node, filename="<names>"):
    tree = ast.fix_missing_locations(ast.Module([node], []))
    return inside(compile(tree, filename, "exec"))


def inside(code):
    """The code of the first function or class in a code."""
    return next(c for c in code.co_consts if isinstance(c, types.CodeType))


def owner(f):
    """The class whose private names a function knows."""
    methods = [part.split(".") for part in f.__qualname__.split(".<locals>.")]
    return next((m[-2] for m in reversed(methods) if m[1:]), "_")


def assigned(statements, params=()):
    """The names that these statements give a value, in the scope that they stand in."""
    everything = {n.id for s in statements for n in ast.walk(s) if isinstance(n, ast.Name)}
    outer = [n for s in statements for g in own(s, OUTER) for n in g.names]
    inner = defined("inner", params, copy.deepcopy(statements) or [ast.Pass()])
    code = compiled(defined("outer", sorted(everything - {*params}), [inner]))
    code = inside(code)
    return [n for n in (*code.co_varnames, *code.co_cellvars, *outer) if n not in params]


def unread(node, fresh):
    """Let what loops count, and nobody reads, have a name that no user has written."""
    found = [*ast.walk(node)]
    read = {n.id for n in found if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Store)}
    read |= {getattr(n.target, "id", None) for n in found if isinstance(n, ast.AugAssign)}
    read |= {name for n in found if isinstance(n, OUTER) for name in n.names}
    counted = [n.target for n in own(node, ast.For)] if read.isdisjoint(FRAMES) else []
    for n in (n for target in counted for n in ast.walk(target) if isinstance(n, ast.Name)):
        n.id = n.id if n.id in read else fresh(n.id)


class Blocks(ast.NodeTransformer):
    """The statements of one function, rewritten; raises SourceError where that cannot be done."""

    def __init__(self, source):
        numbered = parse.counter(set())
        self.source, self.fresh = source, lambda base: numbered(base + MADE)
        self.globals, self.bound = set(), set()

    def function(self, node):
        """The body of a function of its own scope."""
        inner = Blocks(self.source)
        inner.fresh = self.fresh
        unread(node, self.fresh)
        outer = [*own(node, OUTER)]
        inner.globals = {n for g in outer if isinstance(g, ast.Global) for n in g.names}
        straight = parse.Straight(self.source, self.fresh)
        body = inner.block(straight.function(node.body))
        unbound = sorted(inner.bound - {n for g in outer for n in g.names})
        never = [ast.Assign([ast.Name(n, ast.Store()) for n in unbound], ast.Constant(None))]
        local = [ast.If(ast.Constant(False), never, [])] if unbound else []
        return [*outer, *local, *body, ast.Return(load(straight.result))]

    def block(self, statements):
        found = [self.visit(s) for s in statements]
        return [s for f in found for s in (f if isinstance(f, list) else [f])]

    def part(self, name, statements, params=()):
        """A block as a function, which is defined and then named."""
        if any(map(parse.jumps, statements)):
            self.source.refuse(statements[0], "a jump out of try or match", "jump after it")
        name, names = self.fresh(name), assigned(statements, params)
        body = self.block(statements) or [ast.Pass()]
        self.bound.update(set(names) - self.globals)
        groups = [(ast.Global, [n for n in names if n in self.globals])]
        groups.append((ast.Nonlocal, [n for n in names if n not in self.globals]))
        return defined(name, params, [kind(ns) for kind, ns in groups if ns] + body)

    def statement(self, like, helper, parts, *args, before=()):
        args = [*before, *(load(p.name) for p in parts), *args]
        new = [*parts, ast.Expr(call(helper, *args))]
        return [ast.fix_missing_locations(ast.copy_location(s, like)) for s in new]

    def visit_Global(self, s):
        return ast.Pass()  # stands at the beginning

    visit_Nonlocal = visit_Global

    def visit_If(self, s):
        parts = [self.part("body", s.body), self.part("orelse", s.orelse)]
        return self.statement(s, "if", parts, before=[self.visit(s.test)])

    def visit_While(self, s):
        done = getattr(s, "done", None)
        test = s.test
        if done:
            test = ast.BoolOp(ast.And(), [ast.UnaryOp(ast.Not(), load(done)), test])
        asked = self.part("test", [ast.Expr(ast.copy_location(test, s.test))])
        asked.body[-1] = ast.Return(asked.body[-1].value)
        return self.statement(s, "while", [asked, self.part("body", s.body)])

    def visit_For(self, s):
        done, item = getattr(s, "done", None), self.fresh("item")
        body = [ast.copy_location(ast.Assign([s.target], load(item)), s), *s.body]
        if done:
            body = [ast.copy_location(ast.If(ast.UnaryOp(ast.Not(), load(done)), body, []), s)]
        last = [delayed(load(done))] if done else []
        part = self.part("body", body, [item])
        return self.statement(s, "for", [part], *last, before=[self.visit(s.iter)])

    def visit_Assert(self, s):
        error = ast.Call(load("AssertionError"), [s.msg] if s.msg else [], [])
        way = [ast.copy_location(ast.Raise(error), s)]
        return self.visit(ast.copy_location(ast.If(ast.UnaryOp(ast.Not(), s.test), way, []), s))

    def visit_FunctionDef(self, s):
        if not any(own(s, WAITS)):
            s.body = self.function(s)
        return s

    def visit_ClassDef(self, s):
        return s

    visit_AsyncFunctionDef = visit_ClassDef

    def visit_Call(self, e):
        e = self.generic_visit(e)
        if isinstance(e.func, ast.Name) and e.func.id in {*FRAMES, "isinstance"}:
            return e
        return ast.copy_location(ast.Call(load("call" + MADE), [e.func, *e.args], e.keywords), e)

    def visit_Subscript(self, e):
        e = self.generic_visit(e)
        if not isinstance(e.ctx, ast.Load):
            return e
        index = ast.Subscript(load("index" + MADE), e.slice, ast.Load())
        return ast.copy_location(call("entry", e.value, index), e)

    def visit_IfExp(self, e):
        if any(own(e, ast.NamedExpr)):
            return self.generic_visit(e)
        e = self.generic_visit(e)
        return ast.copy_location(call("if", e.test, delayed(e.body), delayed(e.orelse)), e)

    def visit_BoolOp(self, e):
        if any(own(e, ast.NamedExpr)):
            return self.generic_visit(e)
        last, *before = [self.visit(v) for v in reversed(e.values)]
        for value in before:
            last = call(type(e.op).__name__.lower(), value, delayed(last))
        return ast.copy_location(last, e)

    def visit_Compare(self, e):
        """0 < x < 1 is two comparisons, of which the second may not be made."""
        e = self.generic_visit(e)
        if not e.ops[1:] or any(own(e, ast.NamedExpr)):
            return e
        a, b = self.fresh("a"), self.fresh("b")
        rest = ast.copy_location(ast.Compare(load(b), e.ops[1:], e.comparators[1:]), e)
        first = ast.Compare(load(a), e.ops[:1], [load(b)])
        both = delayed(call("and", first, delayed(self.visit_Compare(rest))))
        both.args.args = [ast.arg(a), ast.arg(b)]
        return ast.copy_location(ast.Call(both, [e.left, e.comparators[0]], []), e)

    def visit_UnaryOp(self, e):
        e = self.generic_visit(e)
        return ast.copy_location(call("not", e.operand), e) if isinstance(e.op, ast.Not) else e


@functools.lru_cache(1024)
def code_of(f, helpers):
    """The code of a function with its blocks as functions; or why it stays as it is."""
    try:
        node = copy.deepcopy(parse.node_of(f))
        if isinstance(node, ast.Lambda):
            body = [ast.copy_location(ast.Return(node.body), node.body)]
            node = ast.copy_location(ast.FunctionDef("", node.args, body, [], None), node)
        if wait := next(own(node, WAITS), None):
            source = parse.Source(f.__name__, [], [], None, [], f, {})
            source.refuse(wait, "yield or await beside a choice", "return a list of all the values")
        a = node.args
        a.defaults, a.kw_defaults, node.decorator_list = [], [None] * len(a.kwonlyargs), []
        for arg in ast.walk(a):
            if isinstance(arg, ast.arg):
                arg.annotation = None
        node.name, node.returns, node.type_params = "f" + MADE, None, []
        source = parse.Source(f.__name__, [], node.body, None, [], f, {})
        node.body = Blocks(source).function(node)
        names = [*f.__code__.co_freevars, *helpers]
        factory = defined("factory", names, [node])
        family = ast.ClassDef(owner(f), [], [], [factory], [])
        family.type_params = []  # since Python 3.12
        code = inside(inside(compiled(family, f.__code__.co_filename)))
    except SourceError as error:
        return error
    return code.replace(co_name=f.__code__.co_name, co_qualname=f.__code__.co_qualname)


def rewritten(f, helpers, unread):
    """f with its blocks as functions, which are given to the helpers; or f itself."""
    code = code_of(f, tuple(helpers))
    if isinstance(code, SourceError):
        unread[f.__code__] = code
        return f
    cells = dict(zip(f.__code__.co_freevars, f.__closure__ or (), strict=True)) | helpers
    closure = tuple(cells[n] for n in code.co_freevars)
    new = types.FunctionType(code, f.__globals__, f.__name__, f.__defaults__, closure)
    new.__kwdefaults__ = f.__kwdefaults__
    return new

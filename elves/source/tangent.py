"""Forward mode: each step, and beside it the step of the tangents."""

import ast

import numpy as np

from elves import core
from elves.source import helpers
from elves.source.names import SCALAR, Name, Stack, Writer, hosted, is_tree, load, store
from elves.source.steps import _Opaque
from elves.source.tidy import writes


class Tangent:
    """The steps with their tangents, as a list of statements."""

    def __init__(self, steps, program, dots):
        self.s, self.program, self.dots = steps, program, dict(dots)
        self.writer = Writer(program, steps.fresh)
        self.lines = self.writer.lines
        self.body = self.block(steps.steps)

    def dot(self, name):
        if name not in self.dots:
            self.dots[name] = self.s.fresh(f"{name}_dot")
            if name in self.s.user:
                self.s.named.add(self.dots[name])
        return self.dots[name]

    def tangent(self, a):
        """The tangent of an atom, as an expression; zeros where it does not vary."""
        if isinstance(a, ast.Name) and a.id in self.s.active:
            return load(self.dot(a.id))
        if isinstance(a, (ast.Tuple, ast.List)):
            return type(a)([self.tangent(e) for e in a.elts], ast.Load())
        return self.zero(a)

    def zero(self, a):
        kind = self.s.kind(a)
        if kind == SCALAR or isinstance(a, ast.Constant):
            return ast.Constant(0.0)
        if isinstance(kind, Stack):
            return ast.List([], ast.Load())
        known = not is_tree(kind) and kind is not None
        return self.call(np.zeros_like if known else helpers.still, a)

    def call(self, function, *args):
        return ast.Call(self.program.reference(function), list(args), [])

    def emit(self, name, node):
        self.lines.append(store(self.dot(name), node))

    def block(self, steps):
        outer = self.lines
        self.lines = self.writer.lines = []
        for s in steps:
            here = len(self.lines)
            getattr(self, f"of_{type(s).__name__}")(s)
            for line in self.lines[here:]:
                line.note = getattr(line, "note", s.line)
        lines, self.lines = self.lines, outer
        self.writer.lines = outer
        return lines

    def of_Plain(self, s):
        self.lines.append(s.node)
        for name in sorted(writes(s.node) & self.s.active):
            self.emit(name, self.zero(load(name)))

    def of_Push(self, s):
        self.lines.append(s.node)
        push = ast.Attribute(load(self.dot(s.name)), "append", ast.Load())
        self.lines.append(ast.Expr(ast.Call(push, [self.tangent(s.value)], [])))

    def of_Unpack(self, s):
        self.lines.append(s.node)
        target = ast.Tuple([ast.Name(self.dot(t), ast.Store()) for t in s.targets], ast.Store())
        self.lines.append(ast.Assign([target], load(self.dot(s.value))))

    def of_Store(self, s):
        self.lines.append(s.node)
        if s.name in self.s.active:
            place = ast.Subscript(load(self.dot(s.name)), s.index, ast.Store())
            active = isinstance(s.value, ast.Name) and s.value.id in self.s.active
            value = self.tangent(s.value) if active else ast.Constant(0.0)
            self.lines.append(ast.Assign([place], value))

    def of_Block(self, s):
        arms = [self.block(arm) for arm in s.arms]
        node = s.node
        if isinstance(node, ast.If):
            new = ast.If(node.test, arms[0] or [ast.Pass()], arms[1])
        elif isinstance(node, ast.With):
            new = ast.With(node.items, arms[0])
        else:
            stop = [ast.If(load(s.done), [ast.Break()], [])] if s.done else []
            body = arms[0] + stop or [ast.Pass()]
            if isinstance(node, ast.For):
                new = ast.For(node.target, node.iter, body, [])
            else:
                new = ast.While(node.test, body, [])
        self.lines.append(new)

    def of_Op(self, s):
        y, f = s.target, s.function
        if hasattr(f, "forward"):
            words = [
                ast.keyword(f.dots[p], self.tangent(a))
                for p, a in zip(f.source.params, s.args, strict=True) if p in f.active
            ]  # fmt: skip
            both = ast.Tuple(
                [ast.Name(y, ast.Store()), ast.Name(self.dot(y), ast.Store())], ast.Store()
            )
            self.lines.append(ast.Assign([both], ast.Call(load(f.forward), list(s.args), words)))
            return
        self.lines.append(s.node)
        if f == "copy":
            self.emit(y, self.tangent(s.args[0]))
        elif f == "sum":
            self.emit(y, self.call(helpers.add, *map(self.tangent, s.args)))
        elif f == "pop":
            pop = ast.Attribute(load(self.dot(s.args[0].id)), "pop", ast.Load())
            self.emit(y, ast.Call(pop, [], []))
        elif f == "display":
            node = s.node.value
            dots = [self.tangent(a) for a in s.args]
            if isinstance(node, ast.Dict):
                self.emit(y, ast.Dict(node.keys, dots))
            else:
                self.emit(y, type(node)(dots, ast.Load()))
        elif f == "field":
            self.emit(y, ast.Attribute(self.tangent(s.args[0]), s.args[1].value, ast.Load()))
        elif f == "item":
            self.emit(y, ast.Subscript(self.tangent(s.args[0]), s.args[1], ast.Load()))
        else:
            self.of_row(s)

    def of_row(self, s):
        y = s.target
        result = Name(load(y), self.s.kinds.get(y), self.writer)
        mine = [isinstance(a, ast.Name) and a.id in self.s.active for a in s.args]
        names = [self.s.as_value(a) for a in s.args]
        for n in names:
            if isinstance(n, Name):
                n.out = self.writer
        options = {k: self.s.as_value(v) for k, v in s.options.items()}
        dots = [
            Name(load(self.dot(a.id)), self.s.kind(a), self.writer) if m else None
            for a, m in zip(s.args, mine, strict=True)
        ]
        here = len(self.lines)
        if isinstance(s.function, _Opaque):
            both = [ast.Tuple(p, ast.Load()) for p in (s.args, [t.node for t in dots])]
            return self.emit(y, self.call(helpers.pushforward, s.function.function, *both))
        try:
            t = self.row(core.RULES[s.function], dots, result, names, options)
            node = t.node if isinstance(t, Name) else ast.Constant(t)
        except Exception:
            del self.lines[here:]
            terms = [self.slope(s.function, i, s) for i, m in enumerate(mine) if m]
            node = terms[0]
            for term in terms[1:]:
                node = ast.BinOp(node, ast.Add(), term)
        self.emit(y, node)

    def row(self, rule, dots, y, args, options):
        if isinstance(rule, core.Elementwise):
            terms = [rule.times_partial(i, t, y, args) for i, t in enumerate(dots) if t is not None]
            total = sum(terms[1:], start=terms[0])
            kinds = [t.kind for t in dots if t is not None]
            if y.kind != SCALAR and not (
                any(k == y.kind and getattr(k, "shape", None) is not None for k in kinds)
                or all(t is not None or k == SCALAR for t, k in
                       zip(dots, map(self.writer_kind, args), strict=True))
            ):  # fmt: skip
                node = self.call(np.broadcast_to, total.node, self.call(np.shape, y.node))
                return Name(node, y.kind, self.writer)
            return total
        if isinstance(rule, core.Custom):
            return hosted(rule._jvp, self.writer)(dots[0], y, *args, **options)
        return rule.jvp(dots, y, args, options)

    def writer_kind(self, a):
        return a.kind if isinstance(a, Name) else SCALAR if isinstance(a, (int, float)) else None

    def slope(self, function, i, s):
        args = [self.program.reference(function), ast.Constant(i), self.tangent(s.args[i]),
                load(s.target), *s.args]  # fmt: skip
        words = [ast.keyword(k, v) for k, v in s.options.items()]
        return ast.Call(self.program.reference(helpers.slope), args, words)

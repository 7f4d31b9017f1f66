"""Forward mode: each step is followed by its tangent.

Source: Griewank & Walther, Evaluating Derivatives (2008), section 3.1.
"""

import ast

import numpy as np

from elves.source import analyse
from elves.source.adjoint import Sweep, copies
from elves.source.names import (
    Kind,
    Name,
    attribute,
    call,
    index_of,
    is_number,
    let,
    load,
    node_of,
    row,
)
from elves.source.tidy import all_reads


class Tangent(Sweep):
    """Writes steps with their tangents; `dots` has the tangent of each name that varies."""

    def __init__(self, program, dots):
        super().__init__(program)
        self.dots = dots

    def dot(self, v):
        """The tangent of a value, zeros if it does not vary."""
        if isinstance(v, Name) and v in self.dots:
            return self.dots[v]
        v = v if isinstance(v, Name) else Name(self.program, node_of(v), None)
        if is_number(v.kind):
            return self.number(0.0)
        still = call(self.program.helper("still"), v.node)
        return Name(self.program, still, v.kind)

    def of_Plain(self, s):
        self.lines.append(s.stmt)

    def of_Op(self, s):
        rule, out, before = s.rule, s.out, len(self.lines)
        line = let(out.id, s.node)
        self.lines.append(line)
        varies = [isinstance(v, Name) and v in self.dots for v in s.args]
        if isinstance(rule, analyse.Sub) and rule.active:
            dots = [self.dot(v).node for v, a in zip(s.args, rule.varying, strict=True) if a]
            dot = Name(self.program, load(self.program.fresh(f"{out.id}_dot")), out.kind)
            target = row([ast.Name(out.id, ast.Store()), ast.Name(dot.id, ast.Store())])
            target.ctx = ast.Store()
            line.targets, line.value = [target], call(s.node.func, *s.node.args, *dots)
        elif not any(varies) or not out.active:
            if out.active and out.changes:  # what varies will be assigned into it
                empty = isinstance(s.node, ast.List) and not s.node.elts
                node = s.node if empty else self.zero(out, "_dot").node
                self.dots[out] = (
                    self.let(f"{out.id}_dot", node, out.kind)
                    if empty
                    else Name(self.program, node, out.kind)
                )
            return
        elif isinstance(rule, analyse.Display):
            parts = [self.dot(v).node for v in s.args]
            keys = rule.like if isinstance(rule.like, dict) else ()
            kind = ast.List if isinstance(rule.like, list) else ast.Tuple
            node = ast.Dict(list(map(ast.Constant, keys)), parts) if keys else row(parts, kind)
            dot = Name(self.program, node, out.kind)
        elif isinstance(rule, analyse.Pop):
            node = call(attribute(self.dot(s.args[0]).node, "pop"))
            dot = self.let(f"{out.id}_dot", node, out.kind)
        elif isinstance(rule, analyse.Item):
            place = ast.Subscript(self.dot(s.args[0]).node, index_of(s.args[1]), ast.Load())
            dot = Name(self.program, place, out.kind)
        elif isinstance(rule, analyse.Sum):
            node = call(self.program.helper("add"), *(self.dot(v).node for v in s.args))
            dot = Name(self.program, node, out.kind)
        elif isinstance(rule, analyse.Opaque):
            args, dots = row([v.node for v in s.args]), row([self.dot(v).node for v in s.args])
            node = call(self.program.helper("pushforward"), rule.code, args, dots)
            dot = Name(self.program, node, out.kind)
        else:
            dot = self.pushed(
                s, [self.dots[v] if a else None for v, a in zip(s.args, varies, strict=True)]
            )
        given = [
            self.dots[v]
            for v, a in zip(s.args, varies, strict=True)
            if a and v.memory & self.program.stored
        ]
        views = dot.made[1] if dot.made[0] in analyse.VIEWS else ()
        shared = any(dot is d or any(d is a for a in views) for d in given)
        shared = shared and not any(out.memory & v.memory for v in s.args if isinstance(v, Name))
        if isinstance(out.kind, Kind) and (shared or out.changes):  # it must be nobody else's
            array = call(self.program.reference(np.array), dot.node)
            dot = self.let(f"{out.id}_dot", array, out.kind)
        self.dots[out] = self.named(out, dot, "_dot")
        plain = isinstance(line.targets[0], ast.Name)
        if plain and out.id not in all_reads(
            self.lines[before + 1 :]
        ):  # the old values are still there
            self.lines.append(self.lines.pop(before))

    def pushed(self, s, tangents):
        """The tangent of a call of the table: the row, run on names."""
        lines, taken = len(self.lines), set(self.program.taken)
        try:
            dot = s.rule.jvp(tangents, s.out, s.args, s.kwargs)
            return dot if isinstance(dot, Name) else self.number(float(dot))
        except Exception:  # the row asked for what is known only when the program runs
            del self.lines[lines:]
            self.program.taken.clear()
            self.program.taken |= taken
        total, slope = None, self.program.helper("tangent")
        function, args = self.program.reference(s.rule.function), list(map(node_of, s.args))
        words = [ast.keyword(k, node_of(v)) for k, v in s.kwargs.items()]
        dots = [ast.Constant(None) if t is None else t.node for t in tangents]
        node = ast.Call(load(slope), [function, row(dots), s.out.node, *args], words)
        total = self.let(f"{s.out.id}_dot", node, s.out.kind)
        return total

    def of_Store(self, s):
        index = index_of(s.index)
        target = ast.Subscript(s.base.node, index, ast.Store())
        self.lines.append(ast.Assign([target], s.value.node))
        if s.base in self.dots:
            target = ast.Subscript(self.dots[s.base].node, index, ast.Store())
            dot = self.dots[s.value].node if s.value in self.dots else ast.Constant(0.0)
            self.lines.append(ast.Assign([target], dot))

    def of_Append(self, s):
        self.lines.append(ast.Expr(call(attribute(s.base.node, "append"), s.value.node)))
        if s.base in self.dots:
            append = attribute(self.dots[s.base].node, "append")
            self.lines.append(ast.Expr(call(append, self.dot(s.value).node)))

    def of_With(self, s):
        self.lines.append(ast.With(s.items, self.block(s.body.steps) or [ast.Pass()]))

    def moved(self, phis, k):
        """Give each phi what it gets from one place, and its tangent too."""
        pairs = []
        for phi, *parts in phis:
            pairs.append((phi, parts[k]))
            if phi in self.dots:
                pairs.append((self.dots[phi], self.dot(parts[k])))
        return copies(pairs)

    def announce(self, phis):
        for phi, *parts in phis:
            if any(p in self.dots for p in parts):
                name = self.program.fresh(f"{phi.id}_dot")
                self.dots[phi] = Name(self.program, load(name), phi.kind)
                self.program.kept.add(name)

    def of_If(self, s):
        arms = [self.block(arm.steps) for arm in s.arms]
        self.announce(s.phis)
        one, two = (arm + self.moved(s.phis, k) for k, arm in enumerate(arms))
        self.lines.append(ast.If(s.test, one or [ast.Pass()], two))

    def of_Loop(self, s):
        for phi, *_ in s.phis:
            if phi.active:
                name = self.program.fresh(f"{phi.id}_dot")
                self.dots[phi] = Name(self.program, load(name), phi.kind)
        self.lines += self.moved(s.phis, 0)
        body = self.block(s.body.steps) + self.moved(s.phis, 1)
        body += [ast.If(s.done.node, [ast.Break()], [])] if s.done is not None else []
        body = body or [ast.Pass()]
        if isinstance(s.head, ast.For):
            self.lines.append(ast.For(s.head.target, s.head.iter, body, []))
        else:
            self.lines.append(ast.While(s.head.test, body, []))

"""Forward mode: each step is followed by its tangent.

Source: Griewank & Walther, Evaluating Derivatives (2008), section 3.1.
"""

import ast

import numpy as np

from elves.source import helpers
from elves.source.code import call, let, let_at, load, method, row
from elves.source.effects import all_reads
from elves.source.kinds import Kind, is_number
from elves.source.names import Name, index_of, node_of
from elves.source.rows import Pop, Row
from elves.source.steps import VIEWS
from elves.source.sweep import Sweep, branch, copies, loop


class Tangent(Sweep):
    """Writes steps with their tangents; `dots` has the tangent of each name that varies."""

    def __init__(self, program, dots, ending="_dot"):
        super().__init__(program)
        self.dots, self.ending = dots, ending

    def block(self, steps):
        """The statements of some steps."""
        outer, self.lines = self.lines, []
        for s in steps:
            getattr(self, f"of_{type(s).__name__}")(s)
        lines, self.lines = self.lines, outer
        return lines

    def dot(self, v):
        """The tangent of a value, zeros if it does not vary."""
        if isinstance(v, Name) and v in self.dots:
            return self.dots[v]
        v = v if isinstance(v, Name) else self.name(node_of(v))
        if is_number(v.kind):
            return self.number(0.0)
        return self.name(self.call(helpers.no_tangent, v.node), v.kind)

    def new_dot(self, v):
        """A name for the tangent of a variable that gets it in several places."""
        self.dots[v] = self.name(load(self.program.fresh(f"{v.id}{self.ending}")), v.kind)
        return self.dots[v]

    def of_Plain(self, s):
        self.lines.append(s.stmt)

    def of_Op(self, s):
        rule, out, before = s.rule, s.out, len(self.lines)
        line = let(out.id, s.node)
        self.lines.append(line)
        varying = [v for v in s.args if isinstance(v, Name) and v in self.dots]
        if not varying or not (out.active or isinstance(rule, Pop)):
            if out.active and out.changes:  # what varies will be assigned into it
                empty = isinstance(s.node, ast.List) and not s.node.elts
                zero = (
                    self.let(f"{out.id}{self.ending}", s.node)
                    if empty
                    else self.zero(out, self.ending)
                )
                self.dots[out] = self.name(zero.node, out.kind)
            return
        if isinstance(rule, Row):
            dot = self.name(rule.tangent(self, s), out.kind)
            if not isinstance(dot.node, ast.Name):  # what it is read from may change
                dot = self.let(f"{out.id}{self.ending}", dot.node, out.kind)
                dot.user = False
        else:
            dot = self.pushed(s)
        if isinstance(out.kind, Kind) and (out.changes or self.shared(dot, s, varying)):
            dot = self.let(f"{out.id}{self.ending}", self.call(np.array, dot.node), out.kind)
        self.dots[out] = self.named(out, dot, self.ending)
        after = self.lines[before + 1 :]
        if self.lines[before] is line and out.id not in all_reads(after):
            self.lines.append(self.lines.pop(before))  # after: the old values are still there

    def shared(self, dot, s, varying):
        """Is a tangent the memory of another one that will change, where its primal is not?"""
        views = dot.made[1] if dot.made[0] in VIEWS else ()
        given = [self.dots[v] for v in varying if v.memory & self.program.stored]
        same = any(dot is d or any(d is a for a in views) for d in given)
        return same and not any(s.out.memory & v.memory for v in s.args if isinstance(v, Name))

    def pushed(self, s):
        """The tangent of a call of the table."""
        dots = [self.dots.get(v) if isinstance(v, Name) else None for v in s.args]
        nodes = row([ast.Constant(None) if t is None else t.node for t in dots])
        return self.from_table(
            s, lambda: s.rule.jvp(dots, s.out, s.args, s.kwargs), helpers.tangent, [nodes],
            s.out.kind, f"{s.out.id}{self.ending}",
        )  # fmt: skip

    def as_short(self, base):
        """Entries that were taken from a list before it varied are taken from its tangent too."""
        if base in self.dots and base in self.program.shortened:
            rest = ast.Slice(call("len", base.node), None, None)
            self.lines.append(let_at(self.dots[base].node, rest, row([], ast.List)))

    def of_Store(self, s):
        index = index_of(s.index)
        self.as_short(s.base)
        self.lines.append(let_at(s.base.node, index, s.value.node))
        if s.base in self.dots:
            dot = self.dots[s.value].node if s.value in self.dots else ast.Constant(0.0)
            self.lines.append(let_at(self.dots[s.base].node, index, dot))

    def of_Append(self, s):
        self.as_short(s.base)
        self.lines.append(ast.Expr(method(s.base.node, "append", s.value.node)))
        if s.base in self.dots:
            dot = self.dot(s.value).node
            self.lines.append(ast.Expr(method(self.dots[s.base].node, "append", dot)))

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

    def of_If(self, s):
        arms = [self.block(arm.steps) for arm in s.arms]
        for phi, *parts in s.phis:
            if any(p in self.dots for p in parts):
                self.program.kept.add(self.new_dot(phi).id)
        self.lines.append(branch(s.test, *(a + self.moved(s.phis, k) for k, a in enumerate(arms))))

    def of_Loop(self, s):
        for phi, *_ in s.phis:
            if phi.active:
                self.new_dot(phi)
        self.lines += self.moved(s.phis, 0)
        self.lines.append(loop(s, self.block(s.body.steps) + self.moved(s.phis, 1)))

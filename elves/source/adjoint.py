"""Reverse mode: after the forward sweep, the same steps backwards, each with its transpose.

What a turn of a loop leaves for its way back is pushed on a list, as one tuple a turn.

Source: Griewank & Walther, Evaluating Derivatives (2008), chapters 4 to 6; Hascoët & Pascual, "The
Tapenade automatic differentiation tool" (2013), on what must be saved.
"""

import ast

import numpy as np

from elves import core
from elves.rules.arrays import scatter
from elves.scattering import is_whole
from elves.source import effects, helpers, steps
from elves.source.code import at, attribute, call, let, let_at, load, method, packed, place, row
from elves.source.kinds import INTEGER, SCALAR, Kind, is_number, is_tree
from elves.source.names import Name, index_of
from elves.source.paying import Cotangents
from elves.source.rows import Known, Pop, Row
from elves.source.sweep import branch, copied_params, copies, loop
from elves.source.tangent import Tangent


class Adjoint(Cotangents):
    """The two sweeps over a function's steps: `primal` and `adjoint` are lists of statements."""

    def __init__(self, program, reader, seed):
        super().__init__(program)
        self.bars = {reader.out: seed} if reader.out.active else {}
        self.first = next(program.serials)
        self.primal, self.adjoint = self.both(reader.main.steps)
        self.lines = self.adjoint
        self.primal = copied_params(program, reader) + self.primal
        self.results = [self.named(p, self.bar(p), "_bar") for p in reader.given]

    def both(self, steps):
        """The forward and the reverse sweep over some steps."""
        outer, primal, adjoint = self.lines, [], []
        for s in reversed(steps):
            self.lines = []
            primal[:0] = getattr(self, f"of_{type(s).__name__}")(s)
            for line in self.lines:
                line.note = getattr(line, "note", (self.program.reading, s.line))
            adjoint += self.lines
        self.lines = outer
        return primal, adjoint

    def transposed(self, s, i, g):
        """What one argument of a call of the table gets."""

        def write():
            if not isinstance(s.rule, core.Elementwise):
                return s.rule.vjp(i, g, s.out, s.args, s.kwargs)
            z = s.rule.times_partial(i, g, s.out, s.args)
            z = z if isinstance(z, Name) else self.number(float(z))
            others = [v for k, v in enumerate(s.args) if k != i and isinstance(v, Name)]
            alone = all(is_number(v.kind) for v in others)  # so nothing has stretched it
            return z if alone and not is_number(s.args[i].kind) else self.unbroadcast(z, s.args[i])

        first = [ast.Constant(i), g.node]
        return self.from_table(s, write, helpers.transpose, first, s.args[i].kind, "t")

    # ------------------------------------------------------------ steps

    def of_Plain(self, s):
        return [s.stmt]

    def of_Op(self, s):
        if isinstance(self.bars.get(s.out), dict) and self.pay_parts(s):
            del self.bars[s.out]
        g = self.take(s.out)
        if isinstance(s.rule, Row):
            primal = s.rule.primal(self, s)
            if isinstance(s.rule, Pop) or (g is not None and s.out.active):
                s.rule.cotangents(self, s, g)
            return primal
        varying = [i for i, v in enumerate(s.args) if isinstance(v, Name) and v.active]
        if isinstance(s.rule, core.Linear) and not s.rule.variadic:  # indices have no slope
            varying = [i for i in varying if any(s.rule.transposes[i : i + 1])]
        for i in varying if g is not None and s.out.active else ():
            z = self.transposed(s, i, g)
            v, whole = s.args[i], self.program.followed or is_number(s.args[i].kind)
            if z.made[0] is scatter and not whole:
                self.scatter(v, z.made[1][2], z.made[1][0], s.kwargs.get("once"))
            else:
                self.pay(v, z)
        return [let(s.out.id, s.node)]

    def scatter(self, v, index, g, once):
        """Add to some entries of a cotangent, in place; `once`: no entry comes twice."""
        if is_whole(index) and getattr(g.kind, "shape", None) and getattr(v.kind, "shape", None):
            return self.pay(v, np.reshape(g, v.shape))
        bar, node = self.own(v), index_of(index)
        if once or is_basic(index):
            target = ast.Subscript(bar, node, ast.Store())
            self.lines.append(ast.AugAssign(target, ast.Add(), g.node))
        else:
            add_at = attribute(self.program.reference(np.add), "at")
            self.lines.append(ast.Expr(call(add_at, bar, self.program.spelled(node), g.node)))

    def of_Store(self, s):
        base, index = s.base.node, index_of(s.index)

        def kept(node):
            """What stands there now, whatever is written there later."""
            if not isinstance(s.base.kind, Kind):
                return self.call(helpers.add, ast.Constant(0.0), node)
            return node if is_number(s.old.kind) else self.call(np.array, node)

        part, parts = self.part_of(s.base, s.index), self.bars.get(s.base)
        if part is not None and isinstance(parts, dict):
            self.bars[s.base] = {k: g for k, g in parts.items() if k != part}
            if part in parts:
                self.pay(s.value, parts[part])
        elif s.base in self.bars:
            bar = self.own(s.base)
            if s.value.active:
                once = not isinstance(s.base.kind, Kind) or is_basic(s.index) or is_mask(s.index)
                g = (
                    kept(at(bar, index))
                    if once
                    else self.call(helpers.last_written, bar, self.program.spelled(index))
                )
                t = self.let("t", g, s.old.kind)
                if s.value is s.base:  # or the sum would have what is written over
                    self.lines.append(let_at(bar, index, ast.Constant(0.0)))
                whole = is_tree(s.base.kind) or not isinstance(s.value.kind, Kind)
                same = t.kind == s.value.kind and getattr(t.kind, "shape", None) is not None
                self.pay(s.value, t if whole or same else self.unbroadcast(t, s.value))
            self.lines.append(let_at(bar, index, ast.Constant(0.0)))
        store = let_at(base, index, s.value.node)
        if is_tree(s.base.kind):  # its entries have names of their own
            return [store]
        self.lines.append(let_at(base, index, s.old.node))
        return [let(s.old.id, kept(at(base, index))), store]

    def of_Append(self, s):
        if s.base in self.bars:
            t = self.let("t", method(self.own(s.base), "pop"), s.value.kind)
            self.pay(s.value, t)
        self.lines.append(ast.Expr(method(s.base.node, "pop")))
        return [ast.Expr(method(s.base.node, "append", s.value.node))]

    def of_With(self, s):
        primal, adjoint = self.both(s.body.steps)
        self.lines.append(ast.With(s.items, adjoint or [ast.Pass()]))
        return [ast.With(s.items, primal or [ast.Pass()])]

    def of_If(self, s):
        outs = [(self.take(phi), parts) for phi, *parts in s.phis]
        start, lines, primals, backs, ends = self.bars, self.lines, [], [], []
        for k, arm in enumerate(s.arms):
            self.bars, self.lines = dict(start), []
            for g, parts in outs:
                if g is not None:
                    self.pay(parts[k], g)
            primal, adjoint = self.both(arm.steps)
            primals.append(primal + copies([(phi, parts[k]) for phi, *parts in s.phis]))
            backs.append(self.lines + adjoint)
            ends.append({v: g for v, g in self.bars.items() if v.serial not in arm.serials})
        after, new = dict(start), {}
        for v in dict.fromkeys([*ends[0], *ends[1]]):
            if ends[0].get(v) is ends[1].get(v):
                after[v] = ends[0][v]
            else:
                after[v] = new[v] = self.name(load(self.program.fresh(f"{v.id}_bar")), v.kind)
        for self.bars, self.lines in zip(ends, backs, strict=True):
            self.lines += copies([(name, self.bar(v)) for v, name in new.items()])
        self.bars, self.lines = after, lines
        if any(backs):
            self.lines.append(branch(s.test, *backs))
        return [branch(s.test, *primals)]

    # ------------------------------------------------------------ loops

    def of_Loop(self, s):
        outer, lines, span = dict(self.bars), self.lines, s.body.serials
        moved = [(phi, after) for phi, _, after in s.phis if after is not phi]
        across = {phi: None for phi, _ in moved if phi in outer}
        while True:  # until all the cotangents that a turn changes are known
            self.bars, self.lines = dict(outer), []
            for v in across:
                if v.changes and not is_number(v.kind):
                    self.own(v)
                else:
                    self.bars[v] = self.let(f"{v.id}_bar", self.bar(v).node, v.kind)
            before, self.lines, start = self.lines, [], dict(self.bars)
            for after, g in [(a, self.bars.pop(phi)) for phi, a in moved if phi in across]:
                self.pay(after, g)
            primal, adjoint = self.both(s.body.steps)
            adjoint = self.lines + adjoint
            self.bars = {v: g for v, g in self.bars.items() if v.serial not in span}
            new = [v for v, g in self.bars.items() if v not in across and g is not start.get(v)]
            if not new:
                break
            across |= dict.fromkeys(new)
        self.lines = adjoint
        adjoint += copies([(start[v], self.bar(v)) for v in across])
        if len(across) == 1:
            primal, adjoint = self.one_number(s, *across, start, primal, adjoint)
        self.lines = lines + before
        primal = self.saving(s, primal, adjoint)
        self.bars |= {v: start[v] for v in across}
        for phi, first, _ in s.phis:
            g = self.whole(phi)
            if self.bars.pop(phi, None) is not None:
                self.pay(first, g)
        return copies([(phi, first) for phi, first, _ in s.phis]) + primal

    def one_number(self, s, v, start, primal, adjoint):
        """Where one number goes round the loop, its derivative is what a turn leaves behind."""
        after = next((after for phi, _, after in s.phis if phi is v), None)
        if after is None or not after.active or v.kind != SCALAR:
            return primal, adjoint
        if not all(map(is_scalar, s.body.steps)):
            return primal, adjoint
        tangent = Tangent(self.program, {v: self.number(1.0)}, "_slope")
        primal = tangent.block(s.body.steps)
        slope, bar = tangent.dots[after].node, start[v]
        self.program.writer = self
        if isinstance(slope, ast.Name):
            name = self.program.fresh("slope")
            primal.append(let(name, slope))
            self.program.kept = (self.program.kept - {slope.id}) | {name}
            slope = load(name)
        line = let(bar.id, ast.BinOp(bar.node, ast.Mult(), slope))
        line.note = (self.program.reading, s.line)
        return primal, [line]

    def saving(self, s, primal, adjoint):
        """The loop and its way back, which gets from the stack what it needs."""
        head, phis = s.head, {phi.id for phi, _, _ in s.phis}
        end = copies([(phi, after) for phi, _, after in s.phis])
        targets = effects.all_writes([head])
        needs = sorted(effects.all_reads(adjoint) & (targets | effects.all_writes(primal) | phis))
        counted = isinstance(head, ast.For) and steps.is_range(head.iter) and s.done is None
        if not adjoint:
            return [loop(s, primal + end)]
        if counted and set(needs) <= targets:
            i = head.iter
            i = i.args[0] if i.func.id == "reversed" else call("reversed", i)
            self.lines.append(ast.For(head.target, i, adjoint, []))
            return [loop(s, primal + end)]
        stack = self.program.fresh("stack")
        sure = targets | phis | effects.all_writes(p for p in primal if isinstance(p, ast.Assign))
        value = packed(map(load, needs)) if needs else ast.Constant(None)
        changed = [k + 1 for k, p in enumerate(primal)
                   if (effects.facts(p).writes | effects.facts(p).grows) & set(needs)]  # fmt: skip
        push = ast.Expr(method(load(stack), "append", value))
        primal.insert(max(changed, default=0), push)
        back = call("reversed", load(stack))
        self.lines.append(ast.For(place(*(needs or ["_"])), back, adjoint, []))
        starts = [let(n, ast.Constant(None)) for n in needs if n not in sure]
        return [let(stack, row([], ast.List)), *starts, loop(s, primal + end)]


def is_basic(index):
    """Is an index made of numbers and slices, so that no entry can be named twice?"""
    return all(
        p is None or p is Ellipsis or isinstance(p, (int, slice))
        or (isinstance(p, Name) and p.kind == INTEGER)
        for p in (index if isinstance(index, tuple) else (index,))
    )  # fmt: skip


def is_mask(index):
    return isinstance(index, Name) and isinstance(index.kind, Kind) and index.kind.dtype.kind == "b"


def is_scalar(s):
    """Does a step only compute with numbers?"""
    if isinstance(s, steps.If):
        phis = all(phi.kind == SCALAR or not phi.active for phi, *_ in s.phis)
        return phis and all(map(is_scalar, [*s.arms[0].steps, *s.arms[1].steps]))
    if isinstance(s, steps.Op):
        table = isinstance(s.rule, (core.Elementwise, Known))
        return table and (not s.out.active or s.out.kind == SCALAR)
    return False

"""Reverse mode: after the forward sweep, the same steps backwards, each with its transpose.

What a turn of a loop leaves for its way back is pushed on a list, as one tuple a turn.

Source: Griewank & Walther, Evaluating Derivatives (2008), chapters 4 to 6; Hascoët & Pascual, "The
Tapenade automatic differentiation tool" (2013), on what must be saved.
"""

import ast
import itertools

import numpy as np

from elves import core
from elves.rules.arrays import scatter
from elves.source import analyse
from elves.source.names import (
    INTEGER,
    SCALAR,
    Kind,
    Name,
    attribute,
    call,
    index_of,
    is_number,
    is_tree,
    let,
    load,
    node_of,
    row,
)  # fmt: skip
from elves.source.tidy import all_reads, all_writes, facts


class Sweep:
    """Writes lines of source; `program.now` while it does."""

    folds = True

    def __init__(self, program):
        self.program, self.lines = program, []
        program.now = self

    def op(self, rule, args, kwargs, kind, active):
        """A row has called a function: one more line."""
        node = self.program.written(rule.function, args, kwargs)
        out = self.let(analyse.title(node), node, kind)
        out.made, out.user = (rule.function, args), False
        return out

    def let(self, base, node, kind=None):
        name = Name(self.program, load(self.program.fresh(base)), kind)
        self.lines.append(ast.Assign([target_of(name)], node))
        return name

    def number(self, value):
        return Name(self.program, ast.Constant(value), SCALAR, value=value)

    def named(self, v, value, ending):
        """The tangent or cotangent of a variable of the user's gets a line of its own."""
        if v.user and isinstance(v.node, ast.Name) and not isinstance(value.node, ast.Constant):
            if not value.user and hasattr(value.node, "targets"):
                rename(value, self.program.fresh(v.id + ending))
                value.user = True
            elif not hasattr(value.node, "targets"):
                value = self.let(v.id + ending, value.node, value.kind)
            self.program.kept.add(value.id)
        return value

    def zero(self, v, ending):
        """A cotangent or tangent of nothing."""
        if is_number(v.kind):
            return self.number(0.0)
        known = isinstance(v.kind, Kind) and v.kind.shape is not None
        zeros = self.program.reference(np.zeros_like) if known else self.program.helper("zeros")
        return self.let(v.id + ending, call(zeros, v.node), v.kind)

    def block(self, steps):
        """The statements of some steps."""
        lines, self.lines = self.lines, []
        for s in steps:
            getattr(self, f"of_{type(s).__name__}")(s)
        out, self.lines = self.lines, lines
        return out


def target_of(name):
    """A place to assign to, which is renamed with its name."""
    target = ast.Name(name.id, ast.Store())
    name.node.targets = [*getattr(name.node, "targets", ()), target]
    return target


def rename(name, new):
    for node in (name.node, *name.node.targets):
        node.id = new


def copies(pairs):
    """Give names new values, all at once where one is needed for another."""
    pairs = [(a, b.node) for a, b in pairs if a is not b]
    needed = {b.id for _, b in pairs if isinstance(b, ast.Name)}
    if any(a.id in needed for a, _ in pairs):
        names = row([target_of(a) for a, _ in pairs])
        names.ctx = ast.Store()
        return [ast.Assign([names], row([b for _, b in pairs]))]
    return [ast.Assign([target_of(a)], b) for a, b in pairs]


class Adjoint(Sweep):
    """The two sweeps over a function's steps: `primal` and `adjoint` are lists of statements."""

    def __init__(self, program, reader, seed):
        super().__init__(program)
        self.bars, self.owned = {}, set()
        if reader.out.active:
            self.bars[reader.out] = seed
        self.primal, self.adjoint = self.both(reader.main.steps)
        self.lines = self.adjoint
        self.primal = copied_params(program, reader) + self.primal
        self.results = [self.named(p, self.bar(p), "_bar") for p in reader.params if p.active]

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

    # ------------------------------------------------------------ cotangents

    def bar(self, v, bars=None):
        """The cotangent of a name as it is by now."""
        bars = self.bars if bars is None else bars
        return bars[v] if v in bars else self.zero(v, "_bar")

    def take(self, v):
        """The cotangent of a name, when nothing more will be paid into it."""
        g = self.bars.pop(v, None)
        self.owned.discard(g)
        return g if g is None else self.named(v, g, "_bar")

    def pay(self, v, g):
        """Add a contribution to a cotangent."""
        if not v.active:
            return
        have = self.bars.get(v)
        if have is None:
            self.bars[v] = g
        elif isinstance(v.kind, Kind):
            self.bars[v] = have + g
            if self.bars[v] is not have and self.bars[v] is not g:
                self.owned.add(self.bars[v])
        else:
            node = call(self.program.helper("add"), have.node, g.node)
            self.bars[v] = self.let(f"{v.id}_bar", node, v.kind)

    def own(self, v):
        """The cotangent of an array or tree, as one that may be changed in place."""
        have = self.bars.get(v)
        if have not in self.owned or have is None:
            if have is None:
                bar = self.zero(v, "_bar")
            elif isinstance(v.kind, Kind):
                bar = self.let(
                    f"{v.id}_bar", call(self.program.reference(np.array), have.node), v.kind
                )
            else:
                add, zeros = self.program.helper("add"), self.program.helper("zeros")
                node = call(add, call(zeros, v.node), have.node)
                bar = self.let(f"{v.id}_bar", node, v.kind)
            self.owned.add(bar)
            self.bars[v] = bar
        return self.bars[v].node

    def unbroadcast(self, g, x):
        """Sum a cotangent over the axes that broadcasting added or stretched."""
        kinds = [isinstance(v.kind, Kind) and v.kind.shape for v in (g, x)]
        if None not in kinds and False not in kinds:
            return core.unbroadcast(g, x.shape)
        if is_number(x.kind):
            return np.sum(g)
        shape = call(self.program.reference(np.shape), x.node)
        return self.let("t", call(self.program.helper("unbroadcast"), g.node, shape), x.kind)

    def as_name(self, g):
        return g if isinstance(g, Name) else self.number(float(g))

    def transposed(self, s, i, g):
        """What one argument of a call of the table gets: the row, run on names."""
        lines, taken = len(self.lines), set(self.program.taken)
        try:
            if isinstance(s.rule, core.Elementwise):
                z = self.as_name(s.rule.times_partial(i, g, s.out, s.args))
                return self.unbroadcast(z, s.args[i])
            return self.as_name(s.rule.vjp(i, g, s.out, s.args, s.kwargs))
        except Exception:  # the row asked for what is known only when the program runs
            del self.lines[lines:]
            self.program.taken.clear()
            self.program.taken |= taken
        function = self.program.reference(s.rule.function)
        args = [function, ast.Constant(i), g.node, s.out.node, *map(node_of, s.args)]
        words = [ast.keyword(k, node_of(v)) for k, v in s.kwargs.items()]
        node = ast.Call(load(self.program.helper("transpose")), args, words)
        return self.let("t", node, s.args[i].kind)

    # ------------------------------------------------------------ steps

    def of_Plain(self, s):
        return [s.stmt]

    def of_Op(self, s):
        g, primal = self.take(s.out), [let(s.out.id, s.node)]
        rule = s.rule
        if isinstance(rule, analyse.Sub):
            saved = self.program.fresh("saved")
            target = row([ast.Name(s.out.id, ast.Store()), ast.Name(saved, ast.Store())])
            target.ctx = ast.Store()
            if rule.active:
                primal = [ast.Assign([target], s.node)]
        if isinstance(rule, analyse.Pop):
            if g is not None or s.args[0] in self.bars:
                bar = attribute(self.own(s.args[0]), "append")
                g = self.zero(s.out, "_bar") if g is None else g
                self.lines.append(ast.Expr(call(bar, g.node)))
            self.lines.append(ast.Expr(call(attribute(s.args[0].node, "append"), s.out.node)))
            return primal
        if g is None or not s.out.active or isinstance(rule, analyse.Known):
            return primal
        active = [v for v in s.args if isinstance(v, Name) and v.active]
        if isinstance(rule, analyse.Item):
            base, index = s.args
            place = ast.Subscript(self.own(base), node_of(index), ast.Load())
            add = call(self.program.helper("add"), place, g.node)
            place = ast.Subscript(place.value, place.slice, ast.Store())
            self.lines.append(ast.Assign([place], add))
        elif isinstance(rule, analyse.Sum):
            for v in active:
                self.pay(v, g)
        elif isinstance(rule, analyse.Display):
            keys = rule.like if isinstance(rule.like, dict) else range(len(rule.like))
            for key, v in zip(keys, s.args, strict=True):
                node = ast.Subscript(g.node, ast.Constant(key), ast.Load())
                self.pay(v, Name(self.program, node, v.kind))
        elif isinstance(rule, (analyse.Opaque, analyse.Sub)):
            if isinstance(rule, analyse.Sub):
                node = call(rule.backward, load(saved), g.node)
                active = list(itertools.compress(s.args, rule.varying))
            else:
                args = [rule.code, g.node, *(v.node for v in active)]
                node = call(self.program.helper("pullback"), *args)
            t = self.let("t", node, active[0].kind if len(active) == 1 else None)
            for k, v in enumerate(active):
                part = ast.Subscript(t.node, ast.Constant(k), ast.Load())
                self.pay(v, Name(self.program, part, v.kind) if len(active) > 1 else t)
        else:
            for i, v in enumerate(s.args):
                if isinstance(v, Name) and v.active:
                    z = self.transposed(s, i, g)
                    if z.made[0] is scatter and not self.program.followed:
                        self.scatter(v, z.made[1][2], z.made[1][0])
                    else:
                        self.pay(v, z)
        return primal

    def scatter(self, v, index, g):
        """Add to some entries of a cotangent, in place."""
        bar, index_node = self.own(v), index_of(index)
        if is_basic(index):
            place = ast.Subscript(bar, index_node, ast.Store())
            self.lines.append(ast.AugAssign(place, ast.Add(), g.node))
        else:
            at = attribute(self.program.reference(np.add), "at")
            self.lines.append(ast.Expr(call(at, bar, index_node, g.node)))

    def of_Store(self, s):
        index, array = index_of(s.index), self.program.reference(np.array)
        place = ast.Subscript(s.base.node, index, ast.Load())
        target = ast.Subscript(s.base.node, index, ast.Store())

        def kept(node):
            """What stands there now, whatever is written there later."""
            if isinstance(s.base.kind, Kind):
                return node if is_number(s.old.kind) else call(array, node)
            return call(self.program.helper("add"), ast.Constant(0.0), node)

        if s.base in self.bars:
            bar = ast.Subscript(self.own(s.base), index, ast.Load())
            if s.value.active:
                t = self.let("t", kept(bar), s.old.kind)
                same = t.kind == s.value.kind or is_tree(s.value.kind)
                self.pay(s.value, t if same else self.unbroadcast(t, s.value))
            bar = ast.Subscript(bar.value, index, ast.Store())
            self.lines.append(ast.Assign([bar], ast.Constant(0.0)))
        if is_tree(s.base.kind):  # its entries have names of their own
            return [ast.Assign([target], s.value.node)]
        self.lines.append(ast.Assign([target], s.old.node))
        return [let(s.old.id, kept(place)), ast.Assign([target], s.value.node)]

    def of_Append(self, s):
        if s.base in self.bars:
            t = self.let("t", call(attribute(self.own(s.base), "pop")), s.value.kind)
            if s.value.active:
                self.pay(s.value, t)
        self.lines.append(ast.Expr(call(attribute(s.base.node, "pop"))))
        return [ast.Expr(call(attribute(s.base.node, "append"), s.value.node))]

    def of_With(self, s):
        primal, adjoint = self.both(s.body.steps)
        self.lines.append(ast.With(s.items, adjoint or [ast.Pass()]))
        return [ast.With(s.items, primal or [ast.Pass()])]

    def of_If(self, s):
        outs = [(self.take(phi), parts) for phi, *parts in s.phis]
        start, lines, found = self.bars, self.lines, []
        for k, arm in enumerate(s.arms):
            self.bars, self.lines = dict(start), []
            for g, parts in outs:
                if g is not None:
                    self.pay(parts[k], g)
            primal, adjoint = self.both(arm.steps)
            primal += copies([(phi, parts[k]) for phi, *parts in s.phis])
            self.bars = {v: g for v, g in self.bars.items() if v.serial not in arm.serials}
            found.append((primal, self.lines + adjoint, self.bars))
        self.lines = lines
        (_, _, one), (_, _, two) = found
        self.bars, different = dict(start), []
        for v in dict.fromkeys([*one, *two]):
            if one.get(v) is two.get(v):
                self.bars[v] = one[v]
            else:
                name = Name(self.program, load(self.program.fresh(f"{v.id}_bar")), v.kind)
                different.append((v, name))
                self.bars[v] = name
        for _, adjoint, bars in found:
            self.lines = adjoint
            pairs = [(name, self.bar(v, bars)) for v, name in different]
            adjoint += copies(pairs)
        self.lines = lines
        (one, back_one, _), (two, back_two, _) = found
        if back_one or back_two:
            self.lines.append(ast.If(s.test, back_one or [ast.Pass()], back_two))
        return [ast.If(s.test, one or [ast.Pass()], two)]

    # ------------------------------------------------------------ loops

    def of_Loop(self, s):
        outer, lines, span = dict(self.bars), self.lines, s.body.serials
        across = {phi: None for phi, _, after in s.phis if phi in outer and after is not phi}
        while True:  # until all the cotangents that a turn changes are known
            self.bars, self.lines = dict(outer), []
            for v in across:
                if v.changes:
                    self.own(v)
                else:
                    bar = self.bar(v)
                    self.bars[v] = self.let(f"{v.id}_bar", bar.node, v.kind)
            before, self.lines, start = self.lines, [], dict(self.bars)
            flows = [(after, self.bars.pop(phi)) for phi, _, after in s.phis
                     if phi in across and after is not phi]  # fmt: skip
            for after, g in flows:
                self.pay(after, g)
            primal, adjoint = self.both(s.body.steps)
            self.lines += adjoint
            self.bars = {v: g for v, g in self.bars.items() if v.serial not in span}
            new = {
                v: None for v, g in self.bars.items() if v not in across and g is not start.get(v)
            }
            if not new:
                break
            across |= new
        ends = [(start[v], self.bar(v)) for v in across]
        adjoint = self.lines + copies(ends)
        if len(across) == 1:
            primal, adjoint = self.one_number(s, *across, start, primal, adjoint)
        self.lines = lines + before
        loop, stack = self.saving(s, primal, adjoint)
        for v in across:
            self.bars[v] = start[v]
        for phi, first, _ in s.phis:
            g = self.bars.pop(phi, None)
            if g is not None:
                self.pay(first, g)
        inits = copies([(phi, first) for phi, first, _ in s.phis])
        return [*inits, *stack, loop]

    def one_number(self, s, v, start, primal, adjoint):
        """Where one number goes round the loop, its derivative is what a turn leaves behind."""
        after = next((after for phi, _, after in s.phis if phi is v), None)
        scalar = v.kind == SCALAR and all(map(is_scalar, s.body.steps))
        if after is None or not after.active or not scalar:
            return primal, adjoint
        from elves.source.tangent import Tangent

        tangent = Tangent(self.program, {v: self.number(1.0)})
        primal = tangent.block(s.body.steps)
        slope = tangent.dots[after]
        self.program.now = self
        d = slope.node
        if isinstance(d, ast.Name):
            d = self.program.fresh("slope")
            primal.append(let(d, slope.node))
            self.program.kept = (self.program.kept - {slope.id}) | {d}
            d = load(d)
        bar = start[v]
        line = let(bar.id, ast.BinOp(bar.node, ast.Mult(), d))
        line.note = (self.program.reading, s.line)
        return primal, [line]

    def saving(self, s, primal, adjoint):
        """The loop and its way back, which gets from the stack what it needs."""
        head, end = s.head, copies([(phi, after) for phi, _, after in s.phis])
        targets = all_writes([head])
        made = targets | all_writes(primal) | {phi.id for phi, _, _ in s.phis}
        needs, stack = sorted(all_reads(adjoint) & made), []
        counted = isinstance(head, ast.For) and analyse.is_range(head.iter) and s.done is None
        if counted and set(needs) <= targets:
            self.lines.append(ast.For(head.target, turned(head.iter), adjoint or [ast.Pass()], []))
        elif adjoint:
            name = self.program.fresh("stack")
            stack = [let(name, row([], ast.List))]
            sure = targets | {phi.id for phi, _, _ in s.phis}
            sure = sure.union(*(all_writes([p]) for p in primal if isinstance(p, ast.Assign)))
            stack += [let(n, ast.Constant(None)) for n in needs if n not in sure]
            value = (
                row(map(load, needs))
                if needs[1:]
                else load(needs[0])
                if needs
                else ast.Constant(None)
            )
            push = ast.Expr(call(attribute(load(name), "append"), value))
            last = [k for k, p in enumerate(primal) if facts(p).writes & set(needs)
                    or facts(p).grows & set(needs)]  # fmt: skip
            primal.insert(last[-1] + 1 if last else 0, push)
            target = row([ast.Name(n, ast.Store()) for n in needs])
            target.ctx = ast.Store()
            target = (
                target if needs[1:] else target.elts[0] if needs else ast.Name("_", ast.Store())
            )
            way = call("reversed", load(name))
            self.lines.append(ast.For(target, way, adjoint, []))
        stop = [ast.If(s.done.node, [ast.Break()], [])] if s.done is not None else []
        body = [*primal, *end, *stop] or [ast.Pass()]
        if isinstance(head, ast.For):
            return ast.For(head.target, head.iter, body, []), stack
        return ast.While(head.test, body, []), stack


def copied_params(program, reader):
    """Arrays of the caller's that the function assigns into are copied first."""
    both = zip(reader.params, reader.source.params, strict=True)
    changed = [p for p, name in both if name in reader.copied]
    return [let(p.id, call(program.reference(np.array), p.node)) for p in changed]


def is_basic(index):
    """Is an index made of numbers and slices, so that no entry can be named twice?"""
    parts = index if isinstance(index, tuple) else (index,)
    return all(
        p is None or p is Ellipsis or isinstance(p, (int, slice))
        or (isinstance(p, Name) and p.kind == INTEGER) for p in parts
    )  # fmt: skip


def is_scalar(s):
    """Does a step only compute with numbers?"""
    if isinstance(s, analyse.If):
        phis = all(phi.kind == SCALAR or not phi.active for phi, *_ in s.phis)
        return phis and all(map(is_scalar, [*s.arms[0].steps, *s.arms[1].steps]))
    if isinstance(s, analyse.Op):
        table = isinstance(s.rule, (core.Elementwise, analyse.Known))
        return table and (not s.out.active or s.out.kind == SCALAR)
    return False


def turned(i):
    """The same range, backwards."""
    return i.args[0] if i.func.id == "reversed" else call("reversed", i)

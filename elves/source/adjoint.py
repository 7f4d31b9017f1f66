"""Reverse mode: after the forward sweep, the same steps backwards, each with its transpose.

Source: Griewank & Walther, Evaluating Derivatives (2008), chapters 4 to 6; Hascoët & Pascual, "The
Tapenade automatic differentiation tool" (2013), for what must be saved.
"""

import ast

import numpy as np

from elves import core
from elves.errors import ElfError
from elves.rules.arrays import scatter
from elves.source import helpers
from elves.source.names import (
    SCALAR,
    Name,
    Stack,
    Writer,
    hosted,
    is_tree,
    load,
    node_of,
    same_shape,
    store,
    written,
)  # fmt: skip
from elves.source.steps import Block, Push, Store, _Opaque
from elves.source.tidy import reads, writes

MAYBE, SET, OWNED = 1, 2, 3  # a cotangent: 0.0 for a whole array; an array; one that is ours alone


def loop(block):
    return isinstance(block.node, (ast.For, ast.While))


class Adjoint:
    """The two sweeps over some steps: `primal` and `adjoint` are lists of statements."""

    def __init__(self, steps, program, seed):
        self.s, self.program, self.touched, self.temporaries = steps, program, set(), set()
        self.place(steps.steps)
        before = set(steps.taken)
        while True:  # twice: what the reverse sweep reads decides which overwritten entries to save
            steps.taken.clear()
            steps.taken.update(before)
            self.bars, self.extra, self.needed = {}, {}, set()
            self.stacks, self.made = {}, {}
            self.writer = Writer(program, self.temporary)
            self.state = {steps.result: SET} if steps.result in steps.active else {}
            self.bars[steps.result] = seed
            self.primal, self.adjoint = self.block(steps.steps)
            self.lines = self.writer.lines = []
            touched = set(self.needed).union(*(steps.near().get(n, ()) for n in self.needed))
            if touched == self.touched:
                break
            self.touched = touched
        for p in steps.source.params:
            if p in steps.active and p not in self.state:
                self.zero(p)
            elif p in steps.active:
                self.fill(p)
        self.adjoint += self.lines
        used = set().union(*map(reads, self.primal)) if self.primal else set()
        self.stacks = [name for name in self.stacks if name in used]

    def temporary(self, base):
        name = self.s.fresh(base)
        self.temporaries.add(name)
        return name

    def kind(self, name):
        return self.s.kinds.get(name)

    # ------------------------------------------------------------ where a name is overwritten

    def place(self, steps):
        self.assigned, self.count = {}, 0

        def walk(steps, path):
            for s in steps:
                self.count += 1
                s.first, s.path = self.count, path
                for name in own_targets(s):
                    self.assigned.setdefault(name, []).append((s.first, path, None))
                if isinstance(s, Block):
                    if isinstance(s.node, ast.For):
                        for name in writes_of_target(s.node.target):
                            place = (s.first, (*path, (s, 0)), s)
                            self.assigned.setdefault(name, []).append(place)
                    for k, arm in enumerate(s.arms):
                        walk(arm, (*path, (s, k)))
                    self.count += 1
                s.last = self.count

        walk(steps, ())

    def overwritten(self, name, s, at):
        """May a name get another value between a step and the step's turn in the reverse sweep?"""
        own = [b for b, _ in s.path if loop(b) and self.reversible(b) and b.node.target.id == name]
        for index, path, head in self.assigned.get(name, ()):
            if own and (head is own[-1] or not any(b is own[-1] for b, _ in path)):
                continue  # the reverse loop gives its variable the right value again
            if any(loop(b) and any(b is c for c, _ in path) for b, _ in s.path):
                return True
            arms = {id(b): k for b, k in s.path}
            apart = any(arms.get(id(b), k) != k for b, k in path)
            if index > at and not apart:
                return True
        return False

    def reversible(self, s):
        i = s.node.iter if isinstance(s.node, ast.For) else None
        if back_range(i):
            return isinstance(s.node.target, ast.Name) and not s.done
        is_range = isinstance(i, ast.Call) and getattr(i.func, "id", "") == "range"
        return is_range and isinstance(s.node.target, ast.Name)

    # ------------------------------------------------------------ blocks

    def block(self, steps):
        """The forward and the reverse sweep over some steps, with what one saves for the other."""
        done, self.made = [], {}
        for s in reversed(steps):
            self.lines = self.writer.lines = []
            primal, after = self.step(s)
            for line in self.lines:
                line.note = getattr(line, "note", s.line)
            done.append((s, primal, self.lines, after))
        primal, sweep, pending, self.made = [], [], {}, {}
        for s, own, lines, after in reversed(done):
            needs = set().union(*map(reads, lines)) & self.names() if lines else set()
            if isinstance(s, Block) and s.arms:
                needs = set()
            self.needed |= needs | set(after)
            if set(pending) & deep_targets(s):
                self.save(pending, primal, sweep)
            for name in sorted(needs - set(after) - own_targets(s)):
                if self.overwritten(name, s, s.first - 1):
                    pending[name] = True
            primal += own
            sweep.append(lines)
            for name in sorted(set(after) | (needs & own_targets(s))):
                if self.overwritten(name, s, s.last):
                    pending[name] = True
        self.save(pending, primal, sweep)
        return primal, [line for lines in reversed(sweep) for line in lines]

    def names(self):
        return self.s.locals | set(self.extra)

    def save(self, pending, primal, sweep):
        if not pending:
            return
        names = list(pending)
        stack = self.s.fresh("stack")
        self.stacks[stack] = True
        value = ast.Tuple([load(n) for n in names], ast.Load()) if names[1:] else load(names[0])
        push = ast.Attribute(load(stack), "append", ast.Load())
        pop = ast.Attribute(load(stack), "pop", ast.Load())
        primal.append(ast.Expr(ast.Call(push, [value], [])))
        sweep.append([ast.Assign([targets_of(names)], ast.Call(pop, [], []))])
        pending.clear()

    # ------------------------------------------------------------ cotangents

    def bar(self, name):
        if name not in self.bars:
            self.bars[name] = self.s.fresh(f"{name}_bar")
            if name in self.s.user:  # worth a line of its own
                self.s.named.add(self.bars[name])
        return self.bars[name]

    def cotangent(self, name):
        kind = SCALAR if self.state.get(name) == MAYBE else self.kind(name)
        made = self.made.get(name, (None, ()))
        return Name(load(self.bar(name)), kind, self.writer, made)

    def emit(self, name, node):
        self.made.pop(name, None)
        self.lines.append(store(self.bar(name), node))

    def call(self, function, *args):
        return ast.Call(self.program.reference(function), list(args), [])

    def zero(self, name):
        """Begin a cotangent that nothing has paid into yet."""
        kind = self.kind(name)
        if isinstance(kind, Stack):
            self.emit(name, ast.List([], ast.Load()))
            self.state[name] = OWNED
        elif is_tree(kind) and not self.assigned.get(name):
            self.emit(name, self.call(helpers.zeros, load(name)))
            self.state[name] = OWNED
        elif name in self.s.source.params and not self.assigned.get(name) and kind != SCALAR:
            known = kind is not None
            zeros = self.call(np.zeros_like if known else helpers.zeros, load(name))
            self.emit(name, zeros)
            self.state[name] = OWNED if known and not self.program.followed else SET
        else:
            self.emit(name, ast.Constant(0.0))
            self.state[name] = SET if kind == SCALAR else MAYBE

    def own(self, name):
        """Make sure that a cotangent is an array that may be changed in place."""
        self.wanted.add(name) if hasattr(self, "wanted") else None
        have, kind = self.state.get(name), self.kind(name)
        tree = is_tree(kind) or kind is None
        if have == OWNED:
            return
        zeros = self.call(helpers.zeros if tree else np.zeros_like, load(name))
        if have is None:
            self.emit(name, zeros)
        elif tree:
            self.emit(name, self.call(helpers.add, zeros, load(self.bar(name))))
        elif have == MAYBE:
            self.emit(name, ast.BinOp(zeros, ast.Add(), load(self.bar(name))))
        else:
            self.emit(name, self.call(np.array, load(self.bar(name))))
        self.state[name] = OWNED

    def shape(self, name):
        return written(self.program, np.shape, [Name(load(name), self.kind(name))], {})

    def fill(self, name):
        """Give a cotangent its full shape before a step that is not elementwise reads it."""
        if self.state.get(name) == MAYBE and not (
            self.kind(name) == SCALAR or isinstance(self.kind(name), Stack)
        ):
            bar = load(self.bar(name))
            if is_tree(self.kind(name)):
                zeros = self.call(helpers.zeros, load(name))
                self.emit(name, self.call(helpers.add, zeros, bar))
            else:
                shape = self.shape(name)
                self.emit(name, self.call(np.broadcast_to, bar, shape))
            self.state[name] = SET

    def pay(self, name, g, status):
        """Add a contribution to a cotangent."""
        if name not in self.s.active:
            return
        have, kind = self.state.get(name), self.kind(name)
        made, args = g.made
        of_this = made and any(is_shape_of(a, name) for a in args[1:2])
        if made is scatter and of_this and not self.program.followed:
            self.own(name)
            index, bar = node_of(args[2]), load(self.bar(name))
            if self.basic(index):
                place = ast.Subscript(bar, index, ast.Store())
                self.lines.append(ast.AugAssign(place, ast.Add(), args[0].node))
            else:
                at = ast.Attribute(self.program.reference(np.add), "at", ast.Load())
                self.lines.append(ast.Expr(ast.Call(at, [bar, index, args[0].node], [])))
            return
        if made is np.broadcast_to and of_this and (args[0].kind == SCALAR or (have or 0) > MAYBE):
            g, status = args[0], MAYBE  # the sum is broadcast anyway
        status = SET if kind == SCALAR else status
        if have is None:
            self.emit(name, g.node)
            self.state[name] = status
            if made is np.broadcast_to and getattr(args[0].node, "id", "") in self.temporaries:
                self.made[name] = g.made  # a product may leave the broadcast out
        elif is_tree(kind) or kind is None:
            self.emit(name, self.call(helpers.add, load(self.bar(name)), g.node))
            self.state[name] = SET if kind is None else max(have, status)
            if kind is None:
                self.state[name] = min(SET, max(have, status))
        else:
            self.emit(name, ast.BinOp(load(self.bar(name)), ast.Add(), g.node))
            self.state[name] = MAYBE if max(have, status) == MAYBE else OWNED

    def basic(self, index):
        """Is an index made of numbers and slices, so that no entry can be named twice?"""
        parts = index.elts if isinstance(index, ast.Tuple) else [index]
        return all(
            isinstance(p, ast.Slice) or self.s.kind(p) == SCALAR
            or (isinstance(p, ast.Constant) and p.value in (None, Ellipsis))
            for p in parts
        )  # fmt: skip

    # ------------------------------------------------------------ steps

    def step(self, s):
        """The forward sweep of one step, and names it must leave; the reverse goes to `lines`."""
        return getattr(self, f"of_{type(s).__name__}")(s)

    def of_Plain(self, s):
        for name in writes(s.node):
            self.state.pop(name, None)
        return [s.node], ()

    def of_Push(self, s):
        if s.name in self.state:
            pop = ast.Call(ast.Attribute(load(self.bar(s.name)), "pop", ast.Load()), [], [])
            name = self.s.fresh("t")
            self.lines.append(store(name, pop))
            if self.active(s.value):
                g = Name(load(name), self.kind(s.value.id), self.writer)
                self.pay(s.value.id, g, MAYBE)
        return [s.node], ()

    def of_Unpack(self, s):
        if any(t in self.state for t in s.targets):
            parts = [load(self.bar(t)) if t in self.state else ast.Constant(0.0) for t in s.targets]
            for t in s.targets:
                self.state.pop(t, None)
            g = Name(ast.Tuple(parts, ast.Load()), self.kind(s.value), self.writer)
            self.pay(s.value, g, SET)
        return [s.node], ()

    def of_Store(self, s):
        place = ast.Subscript(load(s.name), s.index, ast.Load())
        primal, after = [s.node], []
        item = self.s.kind(place)
        if s.name in self.state:
            self.own(s.name)
            bar = ast.Subscript(load(self.bar(s.name)), s.index, ast.Load())
            if isinstance(s.value, ast.Name) and s.value.id in self.s.active:
                tree = is_tree(self.kind(s.name))
                node = bar if item == SCALAR or tree else ast.UnaryOp(ast.UAdd(), bar)
                name = self.s.fresh("t")
                self.lines.append(store(name, node))
                g = Name(load(name), item, self.writer)
                x = Name(s.value, self.kind(s.value.id), self.writer)
                if not tree:
                    g = self.writer.unbroadcast(g, np.shape(x))
                self.pay(s.value.id, g, SET)
            target = ast.Subscript(load(self.bar(s.name)), s.index, ast.Store())
            self.lines.append(ast.Assign([target], ast.Constant(0.0)))
        if s.name in self.touched:
            old = self.keep(f"old_{s.name}", s)
            value = place if item == SCALAR else self.call(np.array, place)
            primal.insert(0, store(old, value))
            back = ast.Subscript(load(s.name), s.index, ast.Store())
            self.lines.append(ast.Assign([back], load(old)))
            after = [old]
        return primal, after

    def keep(self, base, s):
        """A name for what one step leaves to the reverse sweep."""
        name = self.s.fresh(base)
        self.extra[name] = s
        self.assigned[name] = [(s.first, s.path, None)]
        return name

    def of_Op(self, s):
        y, f = s.target, s.function
        primal, after = [s.node], ()
        if f == "pop":
            stack = s.args[0].id
            if stack not in self.state:
                self.zero(stack)
            bar = load(self.bar(y)) if y in self.state else ast.Constant(0.0)
            push = ast.Attribute(load(self.bar(stack)), "append", ast.Load())
            self.lines.append(ast.Expr(ast.Call(push, [bar], [])))
            self.state.pop(y, None)
            return primal, ()
        if hasattr(f, "forward"):
            return self.of_call(s)
        if y not in self.state:
            return primal, ()
        if f in ("copy", "sum"):
            self.pay_and_drop(y, [(a, self.cotangent(y), self.state[y]) for a in s.args])
        elif f == "display":
            self.fill(y)
            keys = s.node.value.keys if isinstance(s.node.value, ast.Dict) else map(
                ast.Constant, range(len(s.args)))  # fmt: skip
            pairs = zip(keys, s.args, strict=True)
            self.pay_and_drop(y, [(a, self.part(y, k, a), MAYBE) for k, a in pairs])
        elif f in ("item", "field"):
            base, key = s.args
            self.own(base.id)
            if f == "field":
                key = self.call(helpers.field, base, key)
            entry = ast.Subscript(load(self.bar(base.id)), key, ast.Load())
            value = self.call(helpers.add, entry, load(self.bar(y)))
            target = ast.Subscript(load(self.bar(base.id)), key, ast.Store())
            self.lines.append(ast.Assign([target], value))
            self.state.pop(y)
        elif isinstance(f, _Opaque):
            self.fill(y)
            names = [self.s.fresh(f"{a.id}_part") for a in s.args]
            parts = [Name(load(n), self.s.kind(a), self.writer)
                     for n, a in zip(names, s.args, strict=True)]  # fmt: skip
            g = self.call(helpers.pullback, f.function, load(self.bar(y)), *s.args)
            self.lines.append(ast.Assign([targets_of(names)], g))
            self.pay_and_drop(y, [(a, g, SET) for a, g in zip(s.args, parts, strict=True)])
        else:
            self.of_row(s, core.RULES[f])
        return primal, after

    def part(self, y, k, a):
        node = ast.Subscript(load(self.bar(y)), k, ast.Load())
        return Name(node, self.s.kind(a), self.writer)

    def active(self, a):
        return isinstance(a, ast.Name) and a.id in self.s.active

    def pay_and_drop(self, y, payments):
        del self.state[y]
        for a, g, status in payments:
            if self.active(a):
                self.pay(a.id, g, status)

    def of_row(self, s, rule):
        y, status = s.target, self.state[s.target]
        elementwise = isinstance(rule, core.Elementwise)
        names = [self.s.as_value(a) for a in s.args]
        for n in names:
            if isinstance(n, Name):
                n.out = self.writer
        options = {k: self.s.as_value(v) for k, v in s.options.items()}
        result = Name(load(y), self.kind(y), self.writer)
        fits = {}
        for i, a in enumerate(s.args):
            others = [self.s.kind(b) for k, b in enumerate(s.args) if k != i]
            kind = self.s.kind(a)
            fits[i] = same_shape(kind, self.kind(y)) or all(k == SCALAR for k in others)
        mine = [i for i, a in enumerate(s.args) if self.active(a)]
        if not elementwise or not all(fits[i] for i in mine):
            self.fill(y)
            status = self.state[y]
        g = self.cotangent(y)
        payments = []
        for i in mine:
            here = len(self.lines)
            try:
                if elementwise:
                    term = rule.times_partial(i, g, result, names)
                    if not isinstance(term, Name):
                        term = Name(ast.Constant(term), SCALAR, self.writer)
                    if not fits[i]:
                        term = self.writer.unbroadcast(term, np.shape(names[i]))
                else:
                    term = self.transpose(rule, i, g, result, names, options)
            except Exception:  # it asked for what is known at run time only
                del self.lines[here:]
                term = self.transposed(s.function, i, s)
            if term is not None:
                whole = not (elementwise and fits[i]) or same_shape(
                    term.kind, self.s.kind(s.args[i])
                )
                payments.append((s.args[i], term, SET if whole else status))
        self.pay_and_drop(y, payments)

    def transpose(self, rule, i, g, y, args, options):
        if isinstance(rule, core.Linear):
            if rule.variadic:
                return hosted(rule.transposes[0], self.writer)(g, y, *args, i=i, **options)
            if rule.transposes[i] is None:
                return None
            return hosted(rule.transposes[i], self.writer)(g, y, *args, **options)
        if isinstance(rule, core.Custom) and rule._vjp:
            return hosted(rule._vjp, self.writer)(g, y, *args, **options)
        raise ElfError("a row for run time")

    def transposed(self, function, i, s):
        """One call that walks the row at run time."""
        args = [self.program.reference(function), ast.Constant(i), load(self.bar(s.target)),
                load(s.target), *s.args]  # fmt: skip
        words = [ast.keyword(k, v) for k, v in s.options.items()]
        name = self.s.fresh("t")
        call = ast.Call(self.program.reference(helpers.transpose), args, words)
        self.lines.append(store(name, call))
        return Name(load(name), self.s.kind(s.args[i]), self.writer)

    def of_call(self, s):
        sub, y = s.function, s.target
        saved = self.keep(f"{y}_saved", s)
        call = ast.Call(load(sub.forward), list(s.args), [])
        primal = ast.copy_location(ast.Assign([targets_of([y, saved])], call), s.node)
        if y not in self.state:
            return [primal], ()
        self.fill(y)
        args = dict(zip(sub.source.params, s.args, strict=True))
        names = [self.s.fresh(f"{y}_to_{p}") for p in sub.active]
        back = ast.Call(load(sub.backward), [load(saved), load(self.bar(y))], [])
        self.lines.append(ast.Assign([targets_of(names)], back))
        del self.state[y]
        for p, n in zip(sub.active, names, strict=True):
            a = args[p]
            if self.active(a):
                self.pay(a.id, Name(load(n), self.kind(a.id), self.writer), SET)
            elif isinstance(a, (ast.List, ast.Tuple)):
                for k, part in enumerate(a.elts):
                    if self.active(part):
                        node = ast.Subscript(load(n), ast.Constant(k), ast.Load())
                        self.pay(part.id, Name(node, self.kind(part.id), self.writer), SET)
        return [primal], [saved]

    # ------------------------------------------------------------ branches and loops

    def of_Block(self, s):
        if isinstance(s.node, ast.If):
            return self.of_if(s)
        if isinstance(s.node, ast.With):
            lines = self.lines
            primal, adjoint = self.block(s.arms[0])
            self.lines = self.writer.lines = lines
            lines += adjoint
            return [ast.copy_location(ast.With(s.node.items, primal), s.node)], ()
        return self.of_loop(s)

    def of_if(self, s):
        outer, after = self.lines, dict(self.state)
        arms = []
        for arm in s.arms:
            self.state = dict(after)
            primal, adjoint = self.block(arm)
            arms.append([primal, adjoint, self.state])
        names = {n: None for _, _, state in arms for n in state}
        for arm in arms:
            self.lines, self.state = arm[1], arm[2]
            for n in names:
                if n not in self.state:
                    self.zero(n)
        self.state = {n: min(arm[2][n] for arm in arms) for n in names}
        self.lines = self.writer.lines = outer
        (yes, yes_bar, _), (no, no_bar, _) = arms
        primal = ast.If(s.node.test, yes or [ast.Pass()], no)
        if yes_bar or no_bar:
            outer.append(ast.If(s.node.test, yes_bar or [ast.Pass()], no_bar))
            return [ast.copy_location(primal, s.node)], [s.node.test.id]
        return [ast.copy_location(primal, s.node)], ()

    def of_loop(self, s):
        outer, pre = self.lines, dict(self.state)
        assigned = deep_targets(s)
        entry = dict(pre)
        first = set(self.s.taken)
        lead = []
        while True:
            self.s.taken.clear()
            self.s.taken.update(first)
            self.state, before = dict(entry), getattr(self, "wanted", set())
            self.wanted = set()
            primal, adjoint = self.block(s.arms[0])
            wanted, self.wanted = self.wanted, before | self.wanted
            exit_ = self.state
            self.lines, self.state = lead, pre
            for n in sorted(wanted - assigned):
                if pre.get(n) != OWNED and self.kind(n) != SCALAR:
                    self.own(n)
            self.lines, self.state = [], {}
            new = {}
            for n in [*pre, *(m for m in exit_ if m not in pre)]:
                for state in (pre, exit_):
                    if n in state:
                        new[n] = min(new.get(n, OWNED), state[n])
                    else:
                        self.zero(n)
                        new[n] = min(new.get(n, OWNED), self.state[n])
            new = {n: new[n] for n in new if n in exit_ or n in pre}
            if new == entry:
                break
            entry = new
        self.lines, self.state = lead, dict(pre)
        for n in entry:
            if n not in self.state and n in exit_ | entry:
                self.zero(n)
        self.lines, self.state = adjoint, dict(exit_)
        for n in entry:
            if n not in self.state:
                self.zero(n)
        self.state = entry
        self.lines = self.writer.lines = outer
        return self.assemble(s, primal, lead, adjoint)

    def assemble(self, s, primal, lead, adjoint):
        """The loop of the forward sweep and the loop of the reverse sweep."""
        node, first, after = s.node, [], []
        stop = [ast.If(load(s.done), [ast.Break()], [])] if s.done else []
        count = None
        if adjoint and (s.done or not self.reversible(s)):
            count = self.keep("turns", s)
            first.append(store(count, ast.Constant(0)))
            add = ast.AugAssign(ast.Name(count, ast.Store()), ast.Add(), ast.Constant(1))
            primal = [add, *primal]
            after.append(count)
        if isinstance(node, ast.While):
            forward = ast.While(node.test, primal + stop or [ast.Pass()], [])
        else:
            i = node.iter
            if adjoint and self.reversible(s):
                used = reads(ast.Expr(i)) & self.names()
                if any(self.overwritten(n, s, s.first) for n in used):
                    name = self.keep("range_", s)
                    first.append(store(name, i))
                    i = load(name)
                    after.append(name)
                else:
                    after += sorted(used)
            forward = ast.For(node.target, i, primal + stop or [ast.Pass()], [])
        if adjoint:
            for line in lead:
                line.note = s.line
            if not self.reversible(s):
                turns = ast.Call(load("range"), [load(count)], [])
                target = ast.Name("_", ast.Store())
            else:
                part = ast.Slice(None, load(count), None)
                turns = ast.Subscript(i, part, ast.Load()) if count else i
                turns = i.args[0] if back_range(i) else ast.Call(load("reversed"), [turns], [])
                target = node.target
            self.lines += [*lead, ast.For(target, turns, adjoint, [])]
            after += sorted(set().union(*map(reads, lead)) & self.names()) if lead else []
        return [*first, ast.copy_location(forward, node)], after


def back_range(i):
    """Is it reversed(range(...)), as in generated source?"""
    names = [getattr(n.func, "id", "") for n in ast.walk(i) if isinstance(n, ast.Call)] if i else []
    return names[:2] == ["reversed", "range"] and isinstance(i, ast.Call)


def is_shape_of(a, name):
    return (
        isinstance(a, Name) and a.made[0] is np.shape and isinstance(a.made[1][0].node, ast.Name)
        and a.made[1][0].node.id == name
    )  # fmt: skip


def targets_of(names):
    """What stands on the left where one name or several are assigned."""
    stores = [ast.Name(n, ast.Store()) for n in names]
    return stores[0] if len(stores) == 1 else ast.Tuple(stores, ast.Store())


def own_targets(s):
    if isinstance(s, (Block, Store, Push)):
        return set()
    return writes(s.node) if s.node is not None else {s.target}


def writes_of_target(target):
    return {n.id for n in ast.walk(target) if isinstance(n, ast.Name)}


def deep_targets(s):
    if not isinstance(s, Block):
        return own_targets(s)
    head = writes_of_target(s.node.target) if isinstance(s.node, ast.For) else set()
    return head.union(*(deep_targets(t) for arm in s.arms for t in arm))

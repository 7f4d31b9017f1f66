"""What both modes share: a writer of lines, which are named after the variables of the user's.

Source: Griewank & Walther, Evaluating Derivatives (2008), chapter 6.
"""

import ast

import numpy as np

from elves.source import helpers
from elves.source.code import call, let, load, place, row
from elves.source.effects import reads
from elves.source.kinds import SCALAR, Kind, Seq, is_number
from elves.source.names import Name, Writer, node_of


class Sweep(Writer):
    """Writes lines of source; it is `program.writer` while it does."""

    folds = True

    def __init__(self, program):
        self.program, self.lines = program, []
        program.writer = self

    def name(self, node, kind=None):
        return Name(self.program, node, kind)

    def number(self, value):
        return Name(self.program, ast.Constant(value), SCALAR, value=value)

    def call(self, function, *nodes):
        return self.program.call(function, *nodes)

    def let(self, base, node, kind=None):
        """A new name for a value."""
        name = self.name(load(self.program.fresh(base)), kind)
        self.lines.append(let(target_of(name), node))
        return name

    def op(self, rule, args, kwargs, kind, active):
        """A row has called a function: one more line."""
        node = self.program.written(rule.function, args, {**kwargs, **rule.quick})
        out = self.let(title(node), node, kind)
        out.made, out.user = (rule.function, args), False
        return out

    def from_table(self, s, write, helper, first, kind, ending):
        """What a row of the table makes of names; or a call that asks it at run time."""
        value = self.attempt(write)
        if isinstance(value, Name):
            return value
        if value is not None and np.ndim(value) == 0:
            return self.number(float(value))
        function = self.program.reference(s.rule.function)
        node = self.call(helper, function, *first, s.out.node)
        node.args += [self.program.spelled(node_of(v)) for v in s.args]
        node.keywords = [ast.keyword(k, node_of(v)) for k, v in s.kwargs.items()]
        return self.let(ending, node, kind)

    def named(self, v, value, ending):
        """The tangent or cotangent of a variable of the user's gets a line of its own."""
        if v.user and isinstance(v.node, ast.Name) and not isinstance(value.node, ast.Constant):
            if not hasattr(value.node, "targets"):
                value = self.let(v.id + ending, value.node, value.kind)
            elif not value.user:
                new = self.program.fresh(v.id + ending)
                for node in (value.node, *value.node.targets):
                    node.id = new
                value.user = True
            self.program.kept.add(value.id)
        return value

    def zero(self, v, ending):
        """A cotangent or tangent of nothing."""
        if is_number(v.kind):
            return self.number(0.0)
        return self.let(v.id + ending, self.zeros(v.node, v.kind), v.kind)

    def zeros(self, node, kind):
        """How zeros of some kind are written."""
        if is_number(kind):
            return ast.Constant(0.0)
        items = [kind.item] if isinstance(kind, Seq) else kind if type(kind) is tuple else ()
        if items and all(map(is_number, items)):
            one = row([ast.Constant(0.0)], ast.List)
            return ast.BinOp(one, ast.Mult(), call("len", node))
        known = isinstance(kind, Kind) and kind.shape is not None
        return self.call(np.zeros_like if known else helpers.zeros, node)


def target_of(name):
    """A place to assign to, which is renamed with its name."""
    target = place(name.id)
    name.node.targets = [*getattr(name.node, "targets", ()), target]
    return target


def copies(pairs):
    """Give names new values, all at once where one is needed for another."""
    pairs = [(a, b.node) for a, b in pairs if a is not b]
    if any(a.id in reads(b) for a, _ in pairs for c, b in pairs if c is not a):
        targets = ast.Tuple([target_of(a) for a, _ in pairs], ast.Store())
        return [let(targets, row([b for _, b in pairs]))]
    return [let(target_of(a), b) for a, b in pairs]


def copied_params(program, reader, *of):
    """Arrays of the caller's that the function assigns into are copied first."""
    changed = [p for p, n in zip(reader.params, reader.source.params, strict=True)
               if n in reader.copied]  # fmt: skip
    changed = [v for p in changed for v in (p, *(d[p] for d in of if p in d))]
    return [let(v.id, program.call(np.array, v.node)) for v in changed]


def branch(test, body, orelse):
    return ast.If(test, body or [ast.Pass()], orelse)


def loop(s, body):
    """A loop like that of a step, around other statements."""
    body = body + ([branch(s.done.node, [ast.Break()], [])] if s.done is not None else [])
    body = body or [ast.Pass()]
    if isinstance(s.head, ast.For):
        return ast.For(s.head.target, s.head.iter, body, [])
    return ast.While(s.head.test, body, [])


def title(e):
    """A name for the value of an expression: sin_x for np.sin(x)."""
    if isinstance(e, ast.Call):
        name = e.func.attr if isinstance(e.func, ast.Attribute) else getattr(e.func, "id", "t")
        inner = e.args[0] if e.args else None
        if isinstance(inner, ast.Name) and "_" not in inner.id:
            return f"{name}_{inner.id}"
    return "t"

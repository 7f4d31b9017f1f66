"""Values that vary, as names: each one is computed in a single step, and once.

Source: Griewank & Walther, Evaluating Derivatives (2008), section 2.2: evaluation procedures.
"""

import ast

from elves.parse import MISSING
from elves.source import effects, rows, steps
from elves.source.code import load
from elves.source.kinds import Keys, Kind, is_number, kind_of_value
from elves.source.names import MARKS, Name, node_of
from elves.source.passive import Passive
from elves.source.questions import Inner, active, among, memory_of, names_in, names_of
from elves.source.sweep import title
from elves.tracing.ir import replace


class Values(Passive):
    """Writes steps to `lines`; `seen` has the numbers that these have computed already."""

    folds = False  # x * 1.0 is another array than x

    def emit(self, step):
        step.line = self.at.lineno
        self.lines.append(step)

    def op(self, rule, args, kwargs, kind, active, node=None, memory=None, base=None):
        """One more step, which gives a new name a value."""
        if node is None:
            args, kwargs = replace(tuple(args), self.atom), replace(kwargs, self.atom)
            node = self.program.written(rule.function, args, kwargs)
        once = getattr(rule, "once", True) and not memory
        again = is_number(kind) and once and effects.pure(node)
        key = ast.dump(node) if again else None
        if key in self.seen:  # a number that has been computed already
            return self.seen[key]
        kinds = [getattr(a, "kind", None) for a in args] if active else ()
        if any(isinstance(k, Kind) and k.dtype.kind in "cV" for k in kinds):
            what = "what varies beside complex numbers, a masked array or np.matrix"
            self.refuse(what, "use real arrays, two for complex numbers")
        out = self.new(base or title(node), kind, active)
        self.seen |= {key: out} if again else {}
        own = () if is_number(kind) else {out.serial}
        if own and among(
            getattr(rule, "function", None), steps.VIEWS
        ):  # one inside of a definition
            own = memory_of(names_in(steps.seen(rule.function, args))) or own
        out.memory = frozenset(own if memory is None else memory)
        out.made, out.user = (rule.function, args), False
        self.emit(steps.Op(out, rule, tuple(args), kwargs, node))
        return out

    def new(self, base, kind, active=False, memory=()):
        """A new variable of the function that is written."""
        return self.name(load(self.fresh(base)), kind, active=active, memory=memory)

    def known(self, value, base="t"):
        """A name for the value of an expression that does not vary."""
        out = self.op(rows.Known(), (), {}, value.kind, False, value.node, value.memory, base)
        out.value = value.value
        node = getattr(value.node, "left", value.node)  # [0.0] * n is a new list, too
        built = isinstance(node, (ast.List, ast.Dict, ast.ListComp, ast.DictComp))
        if not is_number(value.kind) and (built or not value.memory - MARKS):
            self.made_here(out)
        elif not is_number(value.kind):
            out.memory |= {out.serial}
        return out

    @staticmethod
    def made_here(out):
        """Note that a list or dict is a new one, whatever its entries are."""
        out.shell = frozenset({(out.serial,)})  # its serial stands for what is in it
        out.memory |= out.shell | {out.serial}

    def atom(self, value):
        """A value that may be written twice: a name or a literal."""
        written = isinstance(value, Name) and not isinstance(value.node, (ast.Name, ast.Constant))
        return self.known(value) if written else value

    def one(self, value):
        """A single name for a value; trees become displays."""
        if isinstance(value, Inner):
            what = f"the inner function {value.source.name} as a value"
            self.refuse(what, f"call it directly, or define it outside of {self.source.name}")
        if isinstance(value, Entries):
            what = "what a dict holds, kept where it would see what changes later"
            self.refuse(what, "write list(d.values()), and likewise of items and keys")
        if isinstance(value, Name):
            return self.atom(value)
        if not isinstance(value, (tuple, list, dict)):
            return self.name(node_of(value), kind_of_value(value), value=value)
        if isinstance(value, dict):
            like = {k: self.one(v) for k, v in value.items()}
            parts, kind = list(like.values()), Keys((k, v.kind) for k, v in like.items())
        else:
            parts = list(map(self.one, value))
            like = parts if isinstance(value, list) else tuple(parts)
            kind = tuple(p.kind for p in parts)
        varies = active(parts)
        rule, memory = rows.Display(like) if varies else rows.Known(), memory_of(parts)
        twice = sum(len(p.memory - MARKS) for p in parts) > len(memory - MARKS)
        memory = memory.union({"twice"} if twice else ())
        out = self.op(rule, parts, {}, kind, varies, node_of(like), memory, "t")
        if not isinstance(like, tuple):
            self.made_here(out)
        return out


class Entries(tuple):
    """What is in a dict whose keys are known."""


def raw(value):
    """A literal as itself, where a row can look at it."""
    known = isinstance(value, Name) and value.value is not MISSING
    literal = known and (value.value is None or not names_of(value.node))
    return value.value if literal else value

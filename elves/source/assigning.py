"""Assignment: names, parts of lists and trees, and entries of arrays, of which nothing may be lost.

Source: Griewank & Walther, Evaluating Derivatives (2008), section 4.1, on memory and overwrites.
"""

import ast

import numpy as np

from elves import core, trees
from elves.parse import MISSING
from elves.rules.arrays import scatter
from elves.source import steps
from elves.source.calling import Entries
from elves.source.code import at, load
from elves.source.expressions import Expressions, without_dots
from elves.source.kinds import BOTTOM, INTEGER, Keys, Kind, Seq, is_number, is_tree, join
from elves.source.names import MARKS, OPERATORS, Name
from elves.source.questions import active, is_star, memory_of, names_in
from elves.source.rows import Known
from elves.source.values import raw
from elves.tracing.ir import replace

MOST = 8  # turns of a loop that are written one after the other
PENDING = "the rest of the right side"

IN_PLACE, STORE = "an in-place operator", "assignment"


class Assigning(Expressions):
    """Binds names anew, and changes arrays and lists where no other name sees it."""

    def add_at(self, e, *parts):
        """``np.add.at(base, index, value)``, which may name an entry twice."""
        base, index, value = map(self.expr, parts)
        self.is_array(base)
        index = self.atom(raw(self.one(index)))
        old, base = self.item(base, index, e), self.one(base)
        value = self.arithmetic(np.broadcast_to, value, core.shape_of(old))
        more = self.arithmetic(scatter, value, core.shape_of(base), index)
        whole = at(e.args[0], ast.Constant(...))
        self.set_item(base, ..., self.arithmetic(np.add, base, more), whole)

    def append(self, base, value):
        kind = base.kind if isinstance(base, Name) else None
        if not isinstance(kind, Seq) and type(kind) is not tuple:
            self.refuse("append to what is no list of this function", "begin with an empty list")
        self.check_own(base, "append")
        self.check_twice(base, value)
        self.check_memory(base, "append", is_tree)
        self.touch(base, value, join(kind, Seq(value.kind, np.inf)))
        base.memory |= value.memory
        self.emit(steps.Append(base, value))

    def touch(self, base, value, kind):
        """Something is assigned into a value: what was known of it may change."""
        base.changes, base.value = True, MISSING
        self.seen.clear()
        self.stores += 1
        self.program.stored |= base.memory
        if base.serial < self.start:  # in a loop or a branch: what was known may hold still
            kind = join(base.kind, kind)
        if (value.active and not base.active) or kind != base.kind:
            base.active, base.kind = base.active or value.active, kind
            self.touched.add(base.serial)

    def on_AnnAssign(self, s):
        if s.value is not None:
            self.assign(s.target, self.expr(s.value))

    def on_Assign(self, s):
        first, e = s.targets[0], s.value
        if isinstance(e, ast.Lambda) and isinstance(first, ast.Name):
            return self.define(first.id, e)
        pair = isinstance(first, (ast.Tuple, ast.List)) and isinstance(e, (ast.Tuple, ast.List))
        each = isinstance(first, ast.Tuple) and isinstance(e, ast.GeneratorExp) and self.varies(e)
        value = self.e_Tuple(e) if pair else self.e_ListComp(e) if each else self.expr(e)
        if pair:
            into = any(isinstance(t, ast.Subscript) for t in first.elts)  # what others may read
            value = [self.one(v) if into or isinstance(v, (list, dict)) else v for v in value]
        elif isinstance(value, (list, dict)):
            value = self.one(value)
        if s.targets[1:] and isinstance(value, Name):
            value = self.atom(value)  # one value, of which both are names
        self.env[PENDING] = value if pair else None
        for target in s.targets:
            self.assign(target, value)
        del self.env[PENDING]

    def on_AugAssign(self, s):
        function, e = OPERATORS.get(type(s.op)), s.target
        if function is None:
            self.no_lists(s, [self.expr(load(e.id))] if isinstance(e, ast.Name) else [])
            (self.operator if self.varies(e) else self.on_other)(s.op)
        if isinstance(e, ast.Subscript):
            base, index = self.expr(e.value), replace(self.index(e.slice), self.atom)
            self.is_array(base)
            old, value = self.item(base, index, e), self.expr(s.value)
            self.check_entry(base, old, value, s)
            return self.set_item(base, index, self.arithmetic(function, old, value), e)
        if isinstance(e, ast.Attribute):
            self.assign(e, None)  # which is refused
        old = self.atom(self.e_Name(load(e.id)))
        if isinstance(old, tuple) or is_tree(getattr(old, "kind", None)):
            return self.extend(e.id, old, self.expr(s.value), s)
        value, others = self.expr(s.value), [n for n, v in self.env.items() if v is old]
        if not isinstance(getattr(old, "kind", None), Kind):  # of which nothing is known
            self.no_lists(s, [value])
        if is_number(old.kind) and old.memory - {"text"}:  # it may be an array without dimensions
            self.check_held(e.id, old, others, s)
        value = self.arithmetic(function, old, value)
        if others[1:] and getattr(old.kind, "shape", None) is None:
            what = f"an in-place operator on {e.id}, which may be a number or an array"
            self.refuse(what, f"write {ast.unparse(e)} = …, as {e.id} has another name", s)
        if not is_number(old.kind):  # NumPy would change it in place
            self.check_own(old, IN_PLACE, s)
            self.check_memory(old, "an in-place operator")
            for name in others:
                self.bind(name, value)
            self.env = {n: replace(v, lambda u: value if u is old else u)
                        for n, v in self.env.items()}  # fmt: skip
        self.bind(e.id, value)

    def check_held(self, name, old, others, s):
        """NumPy changes an array without dimensions in place, and whoever sees it sees that."""
        seen = [n for n, v in self.env.items() for u in trees.leaves(v) if u is not old
                and isinstance(u, Name) and u.memory & old.memory - MARKS]  # fmt: skip
        if "outside" in old.memory or seen or others != [name]:
            what = f"an in-place operator on {name}, which is not the only name of its memory"
            value = ast.unparse(ast.BinOp(load(name), s.op, s.value))
            self.refuse(what, f"write {name} = {value}", s)

    def check_entry(self, base, old, value, s):
        """An in-place operator on an entry of a list changes an array that others may have too."""
        tree = not isinstance(getattr(base, "kind", None), Kind)
        if tree and (isinstance(value, (list, tuple)) or is_tree(getattr(old, "kind", ()))):
            self.refuse("an in-place operator on a list in a list", "build a new list", s)
        if tree and isinstance(base, Name) and not is_number(getattr(old, "kind", None)):
            what = "an in-place operator on an array in it"
            self.check_memory(base, what)
            if "twice" in base.memory:
                self.refuse(f"{what} may change another entry too", "write a = a + b instead", s)

    def extend(self, name, old, value, s):
        """``+=`` on a tuple makes another one; on a list it appends."""
        if type(getattr(value, "kind", None)) is tuple:  # of what does not vary
            value = self.parts(value, s)
        if not isinstance(s.op, ast.Add) or not isinstance(value, (tuple, list)):
            self.refuse("an in-place operator on a list", "append to it", s)
        if isinstance(getattr(old, "value", old), tuple):
            return self.bind(name, (*self.parts(old, s), *value))
        for v in value:
            self.append(old, self.one(v))

    def arithmetic(self, function, *args):
        """An operator on values, of which some may vary."""
        if active(args):
            return self.call(function, args)
        node, rule = self.program.written(function, args), core.RULES[function]
        told = memory_of(names_in(args)) & {"text"}
        return self.name(node, self.program.kind_of_call(rule, args, {}), memory=told)

    def assign(self, target, value):
        if isinstance(target, ast.Name):
            self.bind(target.id, self.one(value) if isinstance(value, Entries) else value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            self.unpack(target.elts, value)
        elif isinstance(target, ast.Subscript):
            index = replace(self.index(target.slice), self.atom)
            self.set_item(self.expr(target.value), index, value, target)
        else:
            self.refuse(f"assignment to {ast.unparse(target)}", "assign to a name")

    def bind(self, name, value):
        """``name = value``"""
        if isinstance(value, Name):
            if not isinstance(value.node, ast.Name):
                value = self.known(value, name)
            elif not value.user:  # a value without a name gets this one
                value.node.id = self.fresh(name)
            if not value.user or isinstance(value.made[0], Known):
                self.program.kept.add(value.id)
            value.user = True
        self.env[name] = value

    def unpack(self, targets, value):
        stars = [k for k, t in enumerate(targets) if is_star(t)]
        if stars:
            [k], value = stars, list(self.parts(value, self.at))
            end = len(value) - len(targets) + 1 + k
            value[k:end] = [self.one(value[k:end])]
            targets = [getattr(t, "value", t) if is_star(t) else t for t in targets]
        elif isinstance(value, Name):
            value = self.atom(value)
            value = [self.item(value, k, self.at) for k in range(len(targets))]
        if len(value) != len(targets):
            self.refuse(f"{len(value)} values for {len(targets)} names", "give each one a name")
        for t, v in zip(targets, list(value), strict=True):
            self.assign(t, v)

    def set_item(self, base, index, value, e):
        """``base[index] = value``"""
        text, value, index = ast.unparse(e.value), self.one(value), self.key(base, index)
        if not isinstance(base, Name) or not isinstance(base.node, ast.Name):
            name = text.partition("[")[0]  # such as table[i][j]
            array = f"make {name} an array of zeros first, and write {name}[i, j] = …"
            self.refuse(f"assignment into {text}", array if "[" in text else "build a new array", e)
        if is_number(base.kind):
            self.refuse(f"{text} has no dimensions", f"write {text} = …", e)
        if isinstance(index, slice) and not isinstance(base.kind, Kind):
            known, zeros = is_tree(base.kind), f"begin with {text} = np.zeros(shape)"
            what = f"assignment to a slice of {'the list ' * known}{text}"
            self.refuse(what, "build a new list" if known else zeros, e)
        if value.active and isinstance(base.kind, Kind) and base.kind.dtype.kind in "iub":
            self.refuse(f"{text} holds integers", "begin with floats", e)
        parts = isinstance(base.kind, Kind) and is_tree(value.kind)
        if parts and base.memory & value.memory - MARKS:
            way = "make it an array first: np.stack"  # NumPy writes one entry after the other
            self.refuse(f"assignment into {text} of a list with parts of it", way, e)
        self.copied |= self.check_own(base, f"assignment into {text}", e)
        sees = is_tree if is_tree(base.kind) else lambda kind: True  # its entries do not change
        self.check_memory(base, "an assignment into it", sees)
        self.touch(base, value, self.kind_with(base.kind, index, value.kind))
        if not isinstance(base.kind, Kind):
            self.check_twice(base, value)
            base.memory |= value.memory
        kind = self.kind_of_item(base.kind, index)
        index, old = without_dots(index, kind), self.new(f"old_{base.id}", kind)
        self.emit(steps.Store(base, index, value, old))

    def unrolled(self, s, pairs, of, backwards):
        """Write the turns of a loop one after the other, if they are few and not alike; says so."""
        of_dict = any(isinstance(v, Entries) for v in of)
        kinds = [v if isinstance(v, Entries) else v.kind for v in of if not isinstance(v, list)]
        if getattr(s, "done", None) or not all(isinstance(kind, tuple) for kind in kinds):
            return False
        turns, whole = min(map(len, kinds)), getattr(s, "whole", False)
        if any(isinstance(kind, Kind) for kind in kinds) or (turns > MOST and not whole):
            return False
        if not of_dict and all(len({*map(repr, kind)}) < 2 for kind in kinds):
            return False
        for k in reversed(range(turns)) if backwards else range(turns):
            for (t, _), xs in zip(pairs, of, strict=True):
                number = self.name(ast.Constant(k), INTEGER, value=k)
                if isinstance(xs, list) and xs:  # where it begins
                    number = self.name(ast.BinOp(number.node, ast.Add(), xs[0].node), INTEGER)
                if isinstance(xs, Entries):
                    number = xs[k]
                elif not isinstance(xs, list):
                    number = self.item(xs, k, s)
                self.assign(t, number)
            for each in s.body:
                self.at = each
                getattr(self, f"on_{type(each).__name__}", self.on_other)(each)
        return True

    def check_own(self, base, what, e=None):
        """What changes must be the function's own; the caller's arrays in it are copied first."""
        if "outside" in base.memory:
            what = f"{what}, which lives outside of the function"
            self.refuse(what, "build a new array in the function", e)
        grows = what in ("append", "pop")  # which change a list, and no array that is in it
        memory = base.container if is_tree(base.kind) else base.memory - MARKS
        for v, changes in self.turning:
            if grows and isinstance(v.kind, Kind):
                continue
            if what.partition(" into")[0] in changes and v.memory & memory:
                copy = "xs[:]" if grows else "xs.copy()"
                self.refuse(f"{what} in a loop over that", f"loop over a copy, as in {copy}", e)
        names = zip(self.source.params, self.params, strict=True)
        mine = {p: param for p, param in names if p in memory}
        mine = {p: v for p, v in mine.items() if not (grows and isinstance(v.kind, Kind))}
        for p, param in mine.items():
            if self.program.depth:
                free = p in getattr(self.source, "free", ())
                what = (
                    f"{self.source.name} may change {'' if free else 'its argument '}{p} in place"
                )
                way = f"copy {p} first, and let the caller go on with what it returns"
                self.refuse(what, "return what it makes" if free else way, e)
            if not isinstance(param.kind, Kind):
                self.refuse(f"{what} changes {p}, which is the caller's", "build a new one", e)
        return set(mine)

    def check_twice(self, base, value):
        """Note that a list has the same array in it twice."""
        if (base.memory & value.memory) - MARKS:
            base.memory |= {"twice"}

    def shorten(self, base):
        """Something is taken from a list that does not vary."""
        self.check_own(base, "pop")
        self.program.shortened.add(base)
        if isinstance(base.kind, (tuple, Seq)) and not isinstance(base.kind, Kind):
            self.check_memory(base, "pop", is_tree)
            self.touch(base, base, Seq(self.kind_of_item(base.kind, None)))

    def kind_with(self, kind, index, item):
        """The kind of a tree after an assignment into it."""
        if isinstance(kind, dict) and type(index) in (int, str):
            return kind | {index: item}
        if isinstance(kind, dict):  # any of its entries, or a new one
            return Keys((k, join(v, item)) for k, v in ({...: BOTTOM} | kind).items())
        if type(kind) is tuple:
            parts = [join(k, item) if isinstance(index, Name) else k for k in kind]
            return tuple(item if type(index) is int and k == index % len(parts) else p
                         for k, p in enumerate(parts))  # fmt: skip
        return join(kind, Seq(item, np.inf)) if isinstance(kind, Seq) else kind

    def check_memory(self, base, what, sees=lambda kind: True):
        """A value that changes must have one name only: another would see the change."""
        mine = next((n for n, v in self.env.items() if v is base), None)
        memory = base.container if sees is is_tree else base.memory - MARKS
        for name, value in self.env.items():
            for other in trees.leaves(value):
                known = isinstance(other, Name) and other.kind is not BOTTOM
                known = known and not (is_number(other.kind) and self.is_ours())
                shared = known and other is not base and sees(other.kind)
                if shared and other.memory & memory:
                    what = f"{what} would change {name} too, which may be the same memory"
                    stays = f", if {name} shall stay as it is, or use one name for both"
                    way = f"{mine} = {mine}.copy() first{stays}"
                    way = "each part.copy() first" if name == PENDING else way
                    self.refuse(what, f"write {way}" if mine else "build a new one instead")

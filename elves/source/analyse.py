"""Read a function as single steps, each of which gives one new name a value; and see what varies.

The steps are in static single assignment form: who assigns a variable again gets another name, and
where branches or turns of a loop meet, a name of its own takes what each of them has to give.

To teach it a statement, write an `on_…` that says it with those that are there.

Source: Cytron et al., "Efficiently computing static single assignment form" (1991).
"""

import ast
import contextlib
import dis

import numpy as np

from elves import core, trees
from elves.errors import ADVICE, OUTSIDE
from elves.rules.arrays import scatter
from elves.source import parse, steps
from elves.source.code import at, call, load, row
from elves.source.expressions import Expressions, without_dots
from elves.source.flat import MARKS, Inner, active, among, memory_of, names_of
from elves.source.kinds import (
    BOTTOM,
    INTEGER,
    MISSING,
    SCALAR,
    Kind,
    Seq,
    is_number,
    is_tree,
    join,
    join_all,
)
from elves.source.names import OPERATORS, Name
from elves.source.rows import Known
from elves.source.values import raw
from elves.tracing.ir import replace

PENDING = "the rest of the right side"


class Reader(Expressions):
    """The steps of a function, from its source and from what is known of its arguments.

    `copied` are the arguments that it assigns into; `touched` the names around the loop that is
    being read of which the loop has changed what is known; `start` is where the block begins.
    """

    def __init__(self, program, source, kinds, varying, inner=()):
        self.program, self.source, self.at = program, source, source.body[0]
        self.fresh, self.env, self.lines, self.seen = program.fresh, dict(inner), [], {}
        self.copied, self.touched, self.start, self.stores = set(), set(), 0, 0
        self.params = [self.new(p, kinds[p], p in varying, () if is_number(kinds[p]) else (p,))
                       for p in source.params]  # fmt: skip
        self.env |= zip(source.params, self.params, strict=True)
        used = {n for s in source.body for n in names_of(s)}
        straight = parse.Straight(source, parse.counter(used | set(self.env)))
        body = straight.function(source.body)
        self.locals = set(self.env).union(*map(parse.stores, body))
        program.reserved |= used - self.locals
        program.variables |= self.locals
        program.writer = self
        self.main = self.block(body)
        self.out = self.at_end(self.main, self.env.get(straight.result))

    @contextlib.contextmanager
    def into(self, block):
        """Write into a block, where nothing is known yet of what has been computed."""
        outer, stores = (self.lines, self.seen), self.stores
        self.lines, self.seen = block.steps, {}
        yield
        self.lines, self.seen = outer
        if self.stores != stores:  # what was computed before may be something else by now
            self.seen = {}
        block.serials = range(block.serials.start, next(self.program.serials))

    def block(self, stmts, *first):
        """The Block of steps of some statements, after what the calls of `first` have written."""
        start, outer = next(self.program.serials), self.start
        block, self.start = steps.Block([], range(start, start)), start
        with self.into(block):
            for write in first:
                write()
            for s in stmts:
                self.at = s
                getattr(self, f"on_{type(s).__name__}", self.on_other)(s)
        self.start = outer
        return block

    def at_end(self, block, value):
        """A single name for a value, made at the end of a block."""
        with self.into(block):
            return self.one(value)

    # ------------------------------------------------------------ statements

    def on_other(self, s):
        words = type(s).__name__.lower()
        way = "write it above the function" if words.startswith("import") else "use elves.reverse"
        self.refuse(f"{words} is not covered by source transformation", way, s)

    def on_Pass(self, s):
        pass

    def on_Assert(self, s):
        self.emit(steps.Plain(self.substitute(s)))

    on_Raise = on_Assert

    def on_Delete(self, s):
        for target in s.targets:
            if not isinstance(target, ast.Name):
                self.on_other(s)
            self.env.pop(target.id, None)

    def on_Expr(self, s):
        e = s.value
        if isinstance(e, ast.Constant):
            return  # a docstring
        if isinstance(e, ast.Call):
            function, text = self.resolve(e.func), ast.unparse(e.func)
            if isinstance(self.env.get(text), Inner):
                self.refuse(f"{text} is called for its effects", "let it return a value")
            if among(function, steps.CHANGES):
                what = f"{text} is called for its effects"
                self.refuse(what, core.instead_of(core.full_name(function)))
            if (
                isinstance(e.func, ast.Attribute)
                and function is MISSING
                and not self.is_undefined(e.func)
            ):
                base = self.env.get(getattr(e.func.value, "id", None))
                count = {"append": 1, "pop": 0}.get(e.func.attr)
                if not isinstance(base, Name) or len(e.args) != count:
                    what = f"{text} may change what it belongs to in place"
                    array = isinstance(base, Name) and isinstance(base.kind, Kind)
                    new = steps.WAYS.get(e.func.attr, "build a new list, dict or array instead")
                    self.refuse(what, ADVICE.get(f"x.{e.func.attr}", new) if array else new)
                write = self.append if count else self.pop
                return write(base, *(self.one(self.expr(a)) for a in e.args))
            if function == np.add.at and len(e.args) == 3:
                return self.add_at(e, *e.args)
            logs = getattr(function, "__module__", "") in ("logging", "warnings", "builtins")
            effects = function is not MISSING and not logs and not among(function, steps.FLAT)
            given = [*e.args, *(k.value for k in e.keywords)]
            given = [v for a in given if not self.is_text(a) for v in self.values_in(a)]
            code = getattr(function, "__code__", None)
            blind = code and not any(
                i.argval in code.co_varnames for i in dis.get_instructions(code)
            )
            effects = effects and (not blind or any(v.kind != SCALAR for v in given))
            if among(function, steps.UNSEEN) or (effects and any(map(self.is_more, given))):
                checks = OUTSIDE if "assert_" in text else "let it return a value"
                way = ADVICE.get(f"np.{getattr(function, '__name__', 0)}", checks)
                self.refuse(f"{text} is called for its effects", way)
        self.emit(steps.Plain(self.substitute(s)))

    @staticmethod
    def is_more(v):
        """Is a value more than a number or a text that a function may look at?"""
        return v.active or (v.kind != SCALAR and "text" not in v.memory)

    def add_at(self, e, *parts):
        """``np.add.at(base, index, value)``, which may name an entry twice."""
        base, index, value = map(self.expr, parts)
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
        items = kind.item if isinstance(kind, Seq) else join_all(kind)
        self.check_memory(base, "append", is_tree)
        self.touch(base, value, Seq(join(items, value.kind)))
        base.memory |= value.memory
        self.emit(steps.Append(base, value))

    def touch(self, base, value, kind):
        """Something is assigned into a value: what was known of it may change."""
        base.changes, base.value = True, MISSING
        self.seen.clear()
        self.stores += 1
        self.program.stored |= base.memory
        if base.serial < self.start:  # in a loop or a branch: what was known may hold still
            old = base.kind if isinstance(base.kind, dict) else {}
            new = isinstance(kind, dict) and {k: join(old.get(k, BOTTOM), kind[k]) for k in kind}
            kind = new if old and new else join(base.kind, kind)
        if (value.active and not base.active) or kind != base.kind:
            base.active, base.kind = base.active or value.active, kind
            self.touched.add(base.serial)

    def on_FunctionDef(self, s):
        self.define(s.name, s)

    def define(self, name, node):
        """A function of the function's own, from a def or a lambda."""
        try:
            last = [ast.literal_eval(d) for d in node.args.defaults]
            only = [d and ast.literal_eval(d) for d in node.args.kw_defaults]
        except ValueError:
            self.refuse("a default that is no number", "pass the value", node)
        if getattr(node, "decorator_list", None):
            self.refuse(f"the decorator of {name}", "leave it out, or use elves.reverse", node)
        source = parse.of_node(node, self.source.getter, self.source.lines, node)
        count = len(source.params) - len(only)
        first = source.params[count - len(last) : count]
        source.defaults = dict(zip(first + source.params[count:], last + only, strict=True))
        own = {a.arg for a in ast.walk(node) if isinstance(a, ast.arg)}
        own = own.union(*map(parse.stores, source.body))
        free = []
        for n in sorted((set(names_of(node)) - own - {name}) & self.locals):
            inner = self.env.get(n)
            free += [m for m in (inner.free if isinstance(inner, Inner) else [n]) if m not in free]
        source.name, source.params, source.free = name, [*source.params, *free], free
        self.env[name] = Inner(source, free)

    def on_AnnAssign(self, s):
        if s.value is not None:
            self.assign(s.target, self.expr(s.value))

    def on_Assign(self, s):
        first, e = s.targets[0], s.value
        if isinstance(e, ast.Lambda) and isinstance(first, ast.Name):
            return self.define(first.id, e)
        pair = isinstance(first, (ast.Tuple, ast.List)) and isinstance(e, (ast.Tuple, ast.List))
        value = self.e_Tuple(e) if pair else self.expr(e)
        if pair:
            value = [self.one(v) if isinstance(v, (list, dict)) else v for v in value]
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
            old, value = self.item(base, index, e), self.expr(s.value)
            self.check_entry(base, old, value, s)
            return self.set_item(base, index, self.arithmetic(function, old, value), e)
        if isinstance(e, ast.Attribute):
            self.assign(e, None)  # which is refused
        old = self.atom(self.e_Name(load(e.id)))
        if isinstance(old, tuple) or is_tree(getattr(old, "kind", None)):
            return self.extend(e.id, old, self.expr(s.value), s)
        value, others = self.expr(s.value), [n for n, v in self.env.items() if v is old]
        if is_number(old.kind) and old.memory - {"text"}:  # it may be an array without dimensions
            self.check_held(e.id, old, others, s)
        value = self.arithmetic(function, old, value)
        if not is_number(old.kind):  # NumPy would change it in place
            self.check_own(old, "an in-place operator", s)
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
        if not isinstance(s.op, ast.Add) or not isinstance(value, (tuple, list)):
            self.refuse("an in-place operator on a list", "append to it", s)
        if isinstance(old, tuple):
            return self.bind(name, old + tuple(value))
        for v in value:
            self.append(old, self.one(v))

    def arithmetic(self, function, *args):
        """An operator on values, of which some may vary."""
        if active(args):
            return self.call(function, args)
        node, rule = self.program.written(function, args), core.RULES[function]
        return self.name(node, self.program.kind_of_call(rule, args, {}))

    def assign(self, target, value):
        if isinstance(target, ast.Name):
            self.bind(target.id, value)
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
        if any(isinstance(t, ast.Starred) for t in targets):
            self.refuse("a starred target", "use slices")
        if isinstance(value, Name):
            value = self.atom(value)
            value = [self.item(value, k, self.at) for k in range(len(targets))]
        if len(value) != len(targets):
            self.refuse(f"{len(value)} values for {len(targets)} names", "give each one a name")
        for t, v in zip(targets, list(value), strict=True):
            self.assign(t, v)

    # ------------------------------------------------------------ assignment into arrays

    def set_item(self, base, index, value, e):
        """``base[index] = value``"""
        text, value = ast.unparse(e.value), self.one(value)
        if not isinstance(base, Name) or not isinstance(base.node, ast.Name):
            self.refuse(f"assignment into {text}", "build a new array", e)
        if is_number(base.kind):
            self.refuse(f"{text} has no dimensions", f"write {text} = …", e)
        if isinstance(index, slice) and not isinstance(base.kind, Kind):
            self.refuse(f"assignment to a slice of the list {text}", "build a new list", e)
        if value.active and isinstance(base.kind, Kind) and base.kind.dtype.kind in "iub":
            self.refuse(f"{text} holds integers", "begin with floats", e)
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

    def check_own(self, base, what, e=None):
        """What changes must be the function's own; the caller's arrays in it are copied first."""
        if "outside" in base.memory:
            what = f"{what}, which lives outside of the function"
            self.refuse(what, "build a new array in the function", e)
        names = zip(self.source.params, self.params, strict=True)
        mine = {p: param for p, param in names if p in base.memory}
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
        if isinstance(base.kind, (tuple, Seq)) and not isinstance(base.kind, Kind):
            self.check_memory(base, "pop", is_tree)
            self.touch(base, base, Seq(self.kind_of_item(base.kind, None)))

    def kind_with(self, kind, index, item):
        """The kind of a tree after an assignment into it."""
        if isinstance(kind, dict) and isinstance(index, str):
            return kind | {index: item}
        if type(kind) is tuple:
            parts = [join(k, item) if isinstance(index, Name) else k for k in kind]
            return tuple(item if type(index) is int and k == index % len(parts) else p
                         for k, p in enumerate(parts))  # fmt: skip
        return Seq(join(kind.item, item)) if isinstance(kind, Seq) else kind

    def check_memory(self, base, what, sees=lambda kind: True):
        """A value that changes must have one name only: another would see the change."""
        mine = next((n for n, v in self.env.items() if v is base), None)
        for name, value in self.env.items():
            for other in trees.leaves(value):
                known = isinstance(other, Name) and other.kind is not BOTTOM
                known = known and not (is_number(other.kind) and self.is_ours())
                shared = known and other is not base and sees(other.kind)
                if shared and (other.memory & base.memory) - MARKS:
                    what = f"{what} would change {name} too, which may be the same memory"
                    stays = f", if {name} shall stay as it is, or use one name for both"
                    way = f"{mine} = {mine}.copy() first{stays}"
                    way = "each part.copy() first" if name == PENDING else way
                    self.refuse(what, f"write {way}" if mine else "build a new one instead")

    # ------------------------------------------------------------ branches and loops

    def on_If(self, s):
        self.fork(s.test, lambda: self.block(s.body), lambda: self.block(s.orelse))

    def fork(self, e, *arms):
        """One of two blocks, which `arms` read."""
        test = self.expr(e)
        if test.value is not MISSING:  # if True:
            self.lines += arms[not test.value]().steps
            return
        test = test if isinstance(test.node, ast.Name) else self.known(test, "branch")
        at, env, found, phis = self.at, self.env, [], {}
        for arm in arms:
            self.env = dict(env)
            found.append((arm(), self.env))
        self.at, self.env = at, dict(env)
        (one, first), (two, second) = found
        for name in dict.fromkeys([*first, *second]):
            a, b = first.get(name), second.get(name)  # None: not assigned there
            if a is not b and (id(a), id(b)) not in phis:
                parts = self.at_end(one, a), self.at_end(two, b)
                phis[id(a), id(b)] = self.phi(name, parts), *parts
            self.env[name] = a if a is b else phis[id(a), id(b)][0]
        self.emit(steps.If(test.node, [one, two], list(phis.values())))

    def phi(self, name, parts):
        """A name for what comes from one of several places."""
        phi = self.new(name, join_all(p.kind for p in parts), active(parts), memory_of(parts))
        phi.changes = any(p.changes for p in parts)
        return phi

    def loop(self, s, targets, head, *first):
        """A loop; what its body assigns is read again until no more of it is learnt."""
        at, env, outer, more = self.at, self.env, self.touched, True
        names = parse.stores(ast.Module([*targets, *s.body], []))
        inits = {n: self.one(env.get(n)) for n in names if not isinstance(env.get(n), Inner)}
        phis = {n: self.phi(n, [v]) for n, v in inits.items()}
        taken, first_serial = set(self.program.taken), next(self.program.serials)
        while more or self.touched:
            self.program.taken.clear()
            self.program.taken |= taken
            self.env, self.touched, self.at, more = env | phis, set(), at, False
            written = head()
            block = self.block(s.body, *first)
            phis = {n: p for n, p in phis.items() if not isinstance(self.env.get(n), Inner)}
            nexts = {n: self.at_end(block, self.env.get(n)) for n in phis}
            inside = range(first_serial, block.serials.stop)
            for n, value in nexts.items():
                phi = phis[n]
                before = phi.kind, phi.active, phi.memory
                phi.kind, phi.active = join(phi.kind, value.kind), phi.active or value.active
                phi.memory |= {m for m in value.memory if m in MARKS or m not in inside}
                phi.memory |= {p.serial for m, p in phis.items()
                               if m != n and (nexts[m].memory & value.memory) - MARKS}  # fmt: skip
                phi.changes |= value.changes
                more |= before != (phi.kind, phi.active, phi.memory)
            self.touched = {t for t in self.touched if t < block.serials.start}
            outer |= self.touched  # what is around may have to be read again too
        self.touched, self.at = outer, at
        done = self.env[s.done] if getattr(s, "done", None) else None
        self.env = env | phis
        phis = [(phi, inits[n], nexts[n]) for n, phi in phis.items()]
        self.emit(steps.Loop(written, block, phis, done))

    def on_While(self, s):
        self.loop(s, [], lambda: ast.While(self.substitute(s.test), [], []))

    def on_For(self, s):
        i = s.iter
        backwards = isinstance(i, ast.Call) and self.resolve(i.func) is reversed
        backwards = backwards and self.varies(i.args[0])
        pairs = self.pairs(s.target, i.args[0] if backwards else i)
        if not any(self.varies(i) for _, i in pairs if not isinstance(i, list)):
            return self.plain_for(s)
        # for x, y in zip(xs, ys) is for k in range(len(xs)): x, y = xs[k], ys[k]
        of = [[self.one(self.expr(j)) for j in i] if isinstance(i, list)
              else self.one(self.expr(i)) for _, i in pairs]  # fmt: skip
        values = [v for v in of if not isinstance(v, list)]
        if any(isinstance(v.kind, dict) for v in values):
            self.refuse("a loop over a dict of what varies", "loop over a tuple of its keys")
        lengths = [call("len", v.node) for v in values]
        head = call("range", lengths[0] if len(lengths) == 1 else call("min", *lengths))
        head = call("reversed", head) if backwards else head
        counter = self.new("k", INTEGER)
        target = ast.Name(counter.id, ast.Store())

        def members():
            for (t, _), xs in zip(pairs, of, strict=True):
                if isinstance(xs, list):  # the number of the turn, which may begin anywhere
                    node = ast.BinOp(counter.node, ast.Add(), xs[0].node) if xs else None
                    self.assign(t, self.name(node, INTEGER) if xs else counter)
                else:
                    self.assign(t, self.item(xs, counter, s))

        self.loop(s, [t for t, _ in pairs], lambda: ast.For(target, head, [], []), members)

    def pairs(self, target, i):
        """The pairs of target and sequence of a for loop; the number of the turn has a list,
        which is empty or has the number that it begins with."""
        of = self.resolve(i.func) if isinstance(i, ast.Call) else None
        elts = getattr(target, "elts", ())
        if of is zip and len(elts) == len(i.args):
            if any(k.arg == "strict" for k in i.keywords):
                node = ast.Call(i.func, list(map(self.substitute, i.args)), i.keywords)
                self.emit(steps.Plain(ast.Expr(call("list", node))))  # it compares the lengths
            return [p for t, a in zip(elts, i.args, strict=True) for p in self.pairs(t, a)]
        if of is enumerate and len(elts) == 2 and i.args:
            start = [*i.args[1:], *(k.value for k in i.keywords)]
            return [(elts[0], start), *self.pairs(elts[1], i.args[0])]
        if of is reversed and self.varies(i.args[0]):
            self.refuse("reversed inside of zip or enumerate", "reverse it before: xs[::-1]", i)
        return [(target, i)]

    def plain_for(self, s):
        """A loop over what does not vary."""
        i, variables = self.expr(s.iter), {}
        kind = INTEGER if steps.is_range(s.iter) else self.kind_of_item(i.kind, None)

        def named(t, kind):
            if isinstance(t, ast.Name):
                variables[t.id] = self.new(t.id, kind, memory=() if is_number(kind) else i.memory)
                return ast.Name(variables[t.id].id, ast.Store())
            if not isinstance(t, (ast.Tuple, ast.List)):
                self.refuse(f"for {ast.unparse(t)}", "loop over names", t)
            return row([named(p, self.kind_of_item(kind, k)) for k, p in enumerate(t.elts)])

        target = named(s.target, kind)

        def head():
            self.env |= variables
            return ast.For(target, i.node, [], [])

        self.loop(s, [s.target], head)

    def on_With(self, s):
        leaves = [self.resolve(getattr(i.context_expr, "func", i)) for i in s.items]
        if contextlib.suppress in leaves:
            self.refuse("a block that may be left anywhere", "test before with if", s)
        if any(i.optional_vars or self.varies(i.context_expr) for i in s.items):
            self.refuse("this with block is not covered", "take it out of the function")
        self.emit(steps.With(self.substitute(s.items), self.block(s.body)))

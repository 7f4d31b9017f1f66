"""From a function and the kinds of its arguments to new source that runs."""

import ast
import builtins
import itertools
import linecache
import types

import numpy as np

from elves import core, trees
from elves.errors import ElfError
from elves.source import analyse, helpers, parse
from elves.source.adjoint import Adjoint
from elves.source.names import (
    SCALAR,
    Name,
    Writer,
    attribute,
    join,
    kind_of_value,
    let,
    load,
    row,
    shallow,
)  # fmt: skip
from elves.source.tangent import Tangent
from elves.source.tidy import all_writes, coalesce, every, live, text, tidy, writes

_numbers = itertools.count(1)
RESERVED = {"np", "special", "len", "range", "min", "max", "reversed", "float", "getitem"}
RESERVED |= {n for n in vars(helpers) if not n.startswith("_")} - {"trees", "core"}


class Program(Writer):
    """One transformation: the functions it writes, and what their names stand for.

    `mode` is grad, value_and_grad, vjp or jvp; `followed` says that other engines will walk it,
    so that nothing may be changed in place.
    """

    def __init__(self, f, varying, kinds, mode, followed=False):
        self.f, self.mode, self.followed, self.depth = f, mode, followed, 0
        self.serials, self.now, self.subs, self.functions = itertools.count(), None, {}, []
        self.scope, self.imports, self.outer, self.checks, self.inner = {}, {}, {}, {}, None
        self.taken, self.reserved, self.kept, self.stored = set(), set(RESERVED), set(), set()
        self.variables = set()
        source = parse.read(f)
        self.reading = source.lines
        self.main = self.top_name(f"{mode}_of_{source.name}")
        reader = analyse.Reader(self, source, kinds, varying)
        (self.forward if mode == "jvp" else self.joint)(reader)
        self.compile()

    # ------------------------------------------------------------ names

    def fresh(self, base):
        base = base if base.isidentifier() else "t"
        numbered = itertools.chain([base], (f"{base}_{k}" for k in itertools.count(2)))
        name = next(n for n in numbered if n not in self.taken and n not in self.reserved)
        self.taken.add(name)
        return name

    def top_name(self, base):
        """A name for a function, which no variable may have."""
        name = self.fresh(base)
        self.reserved.add(name)
        return name

    def imported(self, name, value, line):
        if self.scope.setdefault(name, value) is not value:
            name = self.top_name(name)
            self.scope[name] = value
        self.reserved.add(name)
        self.imports[name] = line
        return name

    def helper(self, name):
        """The name of a helper function."""
        return self.imported(name, getattr(helpers, name), ("elves.source.helpers", name))

    def reference(self, function):
        """How the new source calls a function."""
        if isinstance(function, ast.AST):
            return function
        full = core.full_name(function).split(".")
        value = np if full[0] == "np" else None
        for part in full[1:]:
            value = getattr(value, part, None)
        if full[0] == "np" and value is function:
            return attribute(load(self.imported("np", np, ("numpy", None))), *full[1:])
        if full[:2] == ["scipy", "special"]:
            from scipy import special

            return attribute(load(self.imported("special", special, ("scipy", "special"))), full[2])
        module, name = getattr(function, "__module__", ""), getattr(function, "__name__", "f")
        if getattr(helpers, name, None) is function:
            module = "elves.source.helpers"
        ours = str(module).startswith("elves") or module == "_operator"
        line = (module.strip("_"), name) if ours and name.isidentifier() else None
        name = name if name.isidentifier() else "function"
        return load(self.imported(name, function, line))

    def look_up(self, source, name):
        """What a name outside of the user's function stands for; raises KeyError."""
        value = source.lookup(name)
        if isinstance(value, (types.FunctionType, types.ModuleType)):
            self.checks[source.key, name] = source.lookup, name, value
        return value

    def outside(self, source, name):
        """The node and the kind of something outside of the user's function."""
        default = name in source.defaults and name in source.params
        lookup = source.defaults.__getitem__ if default else source.lookup
        value = lookup(name)
        if vars(builtins).get(name) is value:
            return load(name), None
        base = free = f"{source.name}_{name}" if default else name
        for number in itertools.count(2):
            if self.scope.setdefault(free, value) is value:
                break
            free = f"{base}_{number}"
        self.outer[source.key, free] = lookup, name, free, value, outer_kind(value)
        self.reserved.add(free)
        return load(free), outer_kind(value)

    def checked(self, source, node, value):
        """The kind of an attribute of something outside, which must stay what it is."""
        kind = outer_kind(value)

        def lookup(_, path=node):
            names = []
            while isinstance(path, ast.Attribute):
                path, names = path.value, [path.attr, *names]
            found = source.lookup(path.id)
            for n in names:
                found = getattr(found, n)
            return found

        self.outer[source.key, ast.unparse(node)] = lookup, "", None, value, kind
        return kind

    def current(self):
        """Bring what stands outside up to date; False if the program does not fit it any more."""
        for lookup, name, value in self.checks.values():
            if lookup(name) is not value:
                return False
        new = {}
        for lookup, name, free, value, kind in self.outer.values():
            now = lookup(name)
            if now is not value and (outer_kind(now) != kind or new.get(free, now) is not now):
                return False
            if free:
                new[free] = now
        self.scope.update(new)
        return self.inner is None or self.inner.current()

    # ------------------------------------------------------------ functions

    def sub(self, source, kinds, varying, inner):
        """The transformation of a function that is called."""
        key = (source.key, tuple(varying))
        known = [s for s in self.subs.get(key, ()) if s.kinds == kinds or s.open]
        for sub in known:
            if sub.kinds != kinds:  # a recursion with other shapes: what holds for all of them
                sub.kinds, sub.again = list(map(join, sub.kinds, kinds)), True
            return sub
        sub = analyse.Sub(source.name, kinds, varying)
        self.subs.setdefault(key, []).append(sub)
        words = ("jvp",) if self.mode == "jvp" else ("forward", "backward")
        words = words if any(varying) or inner else ("copy",)
        sub.forward, *rest = [self.top_name(f"{source.name}_{w}") for w in words]
        sub.backward = (rest or [sub.forward])[0]
        outer = self.now, self.taken, self.reading
        self.depth += 1
        try:
            while True:
                self.taken, self.reading, sub.again, sub.asked = set(), source.lines, False, False
                named = dict(zip(source.params, sub.kinds, strict=True))
                active = [p for p, v in zip(source.params, varying, strict=True) if v]
                reader = analyse.Reader(self, source, named, active, inner)
                kind = shallow(join(sub.kind, reader.out.kind))
                stable = (kind, reader.out.active) == (sub.kind, sub.active)
                sub.kind, sub.active = kind, reader.out.active
                if stable and not sub.again:
                    break
            sub.open = False
            if not sub.active:
                self.plain(reader, sub)
            elif self.mode == "jvp":
                self.forward(reader, sub)
            else:
                self.pair(reader, sub)
        except ElfError:
            self.subs[key].remove(sub)
            raise
        finally:
            self.depth -= 1
            self.now, self.taken, self.reading = outer
        return sub

    def define(self, name, params, body, shares, last=True):
        """Tidy a function and keep it."""
        body = tidy(body, params, self.kept, shares)
        self.functions.append((name, params, body, shares))

    def shares(self, reader):
        """For each name, the names that may stand for the same memory."""
        groups = {}
        for v in names_of(reader.main.steps, reader.params):
            for place in v.memory:
                groups.setdefault(place, set()).add(v.node)
        return {n.id: {m.id for m in group} for group in groups.values() for n in group}

    def joint(self, reader):
        """The gradient: both sweeps in one function."""
        params = [p.id for p in reader.params]
        seed = Name(self, ast.Constant(1.0), SCALAR, value=1.0)
        if self.mode == "vjp":
            bar = self.fresh(
                f"{reader.out.node.id}_bar" if isinstance(reader.out.node, ast.Name) else "y_bar"
            )
            seed = Name(self, load(bar), reader.out.kind)
            params = [bar, *params]
        both = Adjoint(self, reader, seed)
        bars = [bar.node for bar in both.results]
        result = bars[0] if len(bars) == 1 else row(bars)
        body = [*both.primal, *both.adjoint]
        if self.mode != "grad":
            value = self.fresh("value")  # the reverse sweep may take its name back
            body = [*both.primal, let(value, reader.out.node), *both.adjoint]
            result = row([load(value), result])
        self.define(self.main, params, [*body, ast.Return(result)], self.shares(reader))

    def pair(self, reader, sub):
        """A callee: the forward sweep gives what the backward sweep needs."""
        params = [p.id for p in reader.params]
        bar = self.fresh("y_bar")
        both, shares = Adjoint(self, reader, Name(self, load(bar), sub.kind)), self.shares(reader)
        bars = [b.node for b in both.results]
        back = [*both.adjoint, ast.Return(bars[0] if len(bars) == 1 else row(bars))]
        back = tidy(back, [], self.kept, shares)
        made = all_writes(both.primal)
        saved = sorted(live(back, (), shares) & (made | set(params)))
        sure = set(params).union(*(writes(s) for s in both.primal if isinstance(s, ast.Assign)))
        first = [let(n, ast.Constant(None)) for n in saved if n not in sure]
        result = ast.Return(row([reader.out.node, row(map(load, saved))]))
        self.define(sub.forward, params, [*first, *both.primal, result], shares)
        names = row([ast.Name(n, ast.Store()) for n in saved])
        names.ctx = ast.Store()
        unpack = [ast.Assign([names], load("saved"))] if saved else []
        self.define(sub.backward, ["saved", bar], [*unpack, *back], shares)

    def forward(self, reader, sub=None):
        """Each step with its tangent: the function and its derivative in one."""
        dots = {
            p: Name(self, load(self.fresh(f"{p.id}_dot")), p.kind)
            for p in reader.params
            if p.active
        }
        params = [p.id for p in (*reader.params, *dots.values())]
        t = Tangent(self, dots)
        first = []
        for p, name in zip(reader.params, reader.source.params, strict=True):
            if name in reader.copied:
                array = self.reference(np.array)
                both = [p, dots[p]] if p in dots else [p]
                first += [let(v.id, ast.Call(array, [v.node], [])) for v in both]
        body = t.block(reader.main.steps)
        t.lines = body
        result = row([reader.out.node, t.dot(reader.out).node])
        name = sub.forward if sub else self.main
        self.define(name, params, [*first, *body, ast.Return(result)], self.shares(reader))

    def plain(self, reader, sub):
        """A function that is called with nothing that varies."""
        t = Tangent(self, {})
        body = [*t.block(reader.main.steps), ast.Return(reader.out.node)]
        self.define(sub.forward, [p.id for p in reader.params], body, self.shares(reader))

    # ------------------------------------------------------------ running

    def compile(self):
        pieces = []
        for name, params, body, shares in self.functions:
            body, shares = coalesce(body, params, shares, self.reserved, self.variables)
            body = tidy(body, params, self.kept, shares)
            self.fresh_bars = fresh_bars(body) if self.mode == "value_and_grad" else []
            pieces.append(text(name, params, body))
        used = {
            n.id for piece in pieces for n in ast.walk(ast.parse(piece)) if isinstance(n, ast.Name)
        }
        heads = {}
        for name, line in self.imports.items():
            if line and name in used:
                heads.setdefault(line[0], []).append((line[1], name))
        lines = ["import numpy as np"] if heads.pop("numpy", None) else []
        for module, names in sorted(heads.items()):
            names = [a if a == b else f"{a} as {b}" for a, b in sorted(names)]
            lines.append(f"from {module} import {', '.join(names)}")
        head = "\n".join(lines) + "\n\n\n" if lines else ""
        self.text = head + "\n\n".join(pieces)
        self.filename = f"<{self.main} {next(_numbers)}>"
        kept = self.text.splitlines(True)
        linecache.cache[self.filename] = (len(self.text), None, kept, self.filename)
        self.scope["__name__"] = "written"
        exec(compile(self.text, self.filename, "exec"), self.scope)
        self.run = self.scope[self.main]

    def __call__(self, *args):
        return trees.call(self.run, args)


def is_new(e):
    """Does an expression surely make an array that nobody else has?"""
    call = isinstance(e, ast.Call) and ast.unparse(e.func)
    return isinstance(e, ast.BinOp) or call in ("np.sum", "np.array", "np.zeros_like")


def fresh_bars(body):
    """For each gradient that a function returns: is its memory surely nobody else's?"""
    value, made = body[-1].value, {}
    if isinstance(value, ast.Tuple) and len(value.elts) == 2:  # the value, and its gradients
        value = value.elts[-1]
    for s in every(body):
        for name in writes(s):
            made[name] = made.get(name, True) and isinstance(s, ast.Assign) and is_new(s.value)
    used = [n.id for n in ast.walk(value) if isinstance(n, ast.Name)]
    return [
        made.get(e.id) and used.count(e.id) == 1 if isinstance(e, ast.Name) else is_new(e)
        for e in (value.elts if isinstance(value, ast.Tuple) else [value])
    ]


def names_of(steps, found):
    """All the names that steps define, those in their blocks included."""
    found = list(found)
    for s in steps:
        found += [s.out] if isinstance(s, analyse.Op) else []
        for phi, *_ in getattr(s, "phis", ()):
            found.append(phi)
        for block in getattr(s, "arms", None) or ([s.body] if hasattr(s, "body") else []):
            found = names_of(block.steps, found)
    return [v for v in found if isinstance(v.node, ast.Name)]


def outer_kind(value):
    """The kind of what stands outside of a function; its sizes are looked at anew at each call."""
    return kind_of_value(value) if not isinstance(value, types.ModuleType) else None

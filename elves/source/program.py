"""From a function and the kinds of its arguments to new source that runs."""

import ast
import contextlib
import itertools
import linecache
import types

import numpy as np

from elves import core, trees
from elves.errors import ElfError
from elves.source import parse
from elves.source.adjoint import Adjoint
from elves.source.names import BOTTOM, SCALAR, canonical, load, outside, store, with_sizes
from elves.source.steps import Steps, _identifiers
from elves.source.tangent import Tangent
from elves.source.tidy import clone, live, reads, text, tidy, writes

_numbers = itertools.count(1)


class Sub:
    """A function that is called and transformed too: its names in the new source."""

    def __init__(self, program, source, active, kinds):
        self.source, self.active, self.kinds, self.program = source, active, kinds, program
        words = ("jvp",) if program.mode == "jvp" else ("forward", "backward")
        names = [program.fresh(f"{source.name}_{word}") for word in words]
        self.forward, self.backward = names[0], names[-1]
        self.dots = {p: f"{p}_dot" for p in active}
        self.result = BOTTOM

    def kind(self):
        return with_sizes(self.result, self.sizes.get)


class Program:
    """One transformation: the functions it writes, and what their names stand for."""

    def __init__(self, f, active, kinds, mode, followed=False):
        self.mode, self.followed, self.subs, self.functions = mode, followed, {}, []
        self.checks = []  # what was looked up outside, and what it must still be
        self.uses = {}  # the user's functions that it calls
        self.taken, self.imports = set(), {}
        self.fresh = parse.counter(self.taken)
        self.current = None
        source = parse.read(f)
        self.taken |= _identifiers(source) | {"np"}
        self.source = source
        self.active = active
        with self.inside(source):
            steps = Steps(source, active, kinds, self)
            self.main = self.fresh(f"{mode}_of_{source.name}")
            if mode == "jvp":
                self.forward(steps, self.main, {p: f"{p}_dot" for p in active})
            else:
                self.joint(steps)
        self.compile()

    # ------------------------------------------------------------ names

    @contextlib.contextmanager
    def inside(self, source):
        """While a function is written: what it imports."""
        outer = self.current
        self.current = {"source": source, "names": _identifiers(source), "imports": {}}
        try:
            yield
        finally:
            self.current = outer

    def name_in(self, wanted, value, line=None):
        """A name for something outside that the function at hand does not use otherwise."""
        here = self.current
        name = wanted
        for name in itertools.chain([wanted], (f"{wanted}{k}" for k in itertools.count(1))):
            if here["imports"].get(name, (value,))[0] is not value:
                continue
            if name not in here["names"]:
                break
            try:
                if name not in writes_of(here["source"]) and here["source"].lookup(name) is value:
                    break
            except KeyError:
                pass
        here["imports"][name] = (value, line)
        return name

    def reference(self, function):
        """How the new source calls a function."""
        if isinstance(function, ast.AST):
            return function
        module, name = getattr(function, "__module__", None), getattr(function, "__name__", "f")
        full = core.full_name(function)
        if full.startswith("np."):
            value = np
            for part in full.split(".")[1:]:
                value = getattr(value, part, None)
            if value is function:
                node = load(self.name_in("np", np, "import numpy as np"))
                for part in full.split(".")[1:]:
                    node = ast.Attribute(node, part, ast.Load())
                return node
        if full.startswith("scipy.special."):
            from scipy import special

            line = "from scipy import special"
            return ast.Attribute(load(self.name_in("special", special, line)), name, ast.Load())
        if function is core.operator.getitem:
            return load(self.name_in("getitem", function, "from operator import getitem"))
        if not name.isidentifier():
            name = "function"
        line = f"from {module} import {name}"
        return load(self.name_in(name, function, line if str(module).startswith("elves") else None))

    def kind_outside(self, steps, name, value):
        kind = outside(value)
        self.checks.append((steps.source.lookup, name, kind))
        return kind

    def default(self, steps, source, p):
        value = source.defaults.get(p, parse.MISSING)
        if value is parse.MISSING:
            steps.refuse(f"{source.name} needs its argument {p}", "pass it")
        if value is None or isinstance(value, (bool, int, float, str)):
            return ast.Constant(value)
        return load(self.name_in(f"{source.name}_{p}", value))

    def sub(self, source, active, kinds):
        inner, sizes = canonical(kinds)
        key = (source.key, active, repr(inner))
        if key not in self.subs:
            sub = self.subs[key] = Sub(self, source, active, inner)
            self.taken |= _identifiers(source)
            try:
                with self.inside(source):
                    steps = Steps(source, active, inner, self, sub)
                    if self.mode == "jvp":
                        self.forward(steps, sub.forward, sub.dots)
                    else:
                        self.pair(steps, sub)
            except ElfError:
                del self.subs[key]
                raise
        self.subs[key].sizes = sizes
        return self.subs[key]

    # ------------------------------------------------------------ functions

    def ours(self, steps):
        return (steps.taken | steps.locals) - _identifiers(steps.source)

    def define(self, steps, name, params, body, ours):
        """Tidy a function and keep it: its text and what its free names stand for."""
        body = [clone(s) for s in body]
        body = tidy(body, ours, steps.near(), steps.named)
        head = f"def {name}({', '.join(params)}):"
        lines = text(body, steps.source.lines)
        self.functions.append((name, [head, *lines], self.current, body))

    def refuse_side_effects(self, steps):
        """A callee must not change its caller's arrays in place."""
        for name, places in steps.stored.items():
            base = name.split("_")[0]
            if base in steps.source.params and steps.kinds.get(name) != SCALAR:
                steps.at = places[0][0]
                what = f"{steps.source.name} may change its argument {base} in place"
                steps.refuse(what, f"write {base} = {base} + ... instead")

    def sweeps(self, steps, active):
        """Both sweeps over a function's steps, the seed of the second and what it returns."""
        seed = steps.fresh(f"{steps.result}_bar")
        both = Adjoint(steps, self, seed)
        for node in (node for line in both.primal for node in ast.walk(line)):
            node.note = None
        stacks = [store(name, ast.List([], ast.Load())) for name in both.stacks]
        bars = [load(both.bar(p)) for p in steps.source.params if p in active]
        bar = bars[0] if len(bars) == 1 else ast.Tuple(bars, ast.Load())
        return seed, [*stacks, *both.primal], both.adjoint, bar

    def joint(self, steps):
        """The gradient: both sweeps in one function."""
        seed, primal, adjoint, bar = self.sweeps(steps, self.active)
        value = steps.fresh("value")  # a loop of the reverse sweep may take its names back
        primal.append(store(value, load(steps.result)))
        params = steps.source.params
        if self.mode == "vjp":
            params = [seed, *params]
        else:
            primal.append(store(seed, ast.Constant(1.0)))
        result = bar if self.mode == "grad" else ast.Tuple([load(value), bar], ast.Load())
        body = [*primal, *adjoint, ast.Return(result)]
        self.define(steps, self.main, params, body, self.ours(steps))

    def pair(self, steps, sub):
        """A callee: the forward sweep gives what the backward sweep needs."""
        self.refuse_side_effects(steps)
        seed, primal, adjoint, bar = self.sweeps(steps, sub.active)
        ours, params = self.ours(steps), set(steps.source.params)
        adjoint = [clone(s) for s in [*adjoint, ast.Return(bar)]]
        adjoint = tidy(adjoint, ours, steps.near(), steps.named)
        saved = sorted(live(adjoint, ()) & params.union(*map(writes, primal)))
        sure = params.union(*(writes(s) for s in primal if isinstance(s, ast.Assign)))
        unsure = [store(n, ast.Constant(None)) for n in saved if n not in sure]
        both = ast.Tuple([load(n) for n in saved], ast.Load())
        result = ast.Return(ast.Tuple([load(steps.result), both], ast.Load()))
        body = [*unsure, *primal, result]
        self.define(steps, sub.forward, steps.source.params, body, ours)
        target = ast.Tuple([ast.Name(n, ast.Store()) for n in saved], ast.Store())
        unpack = [ast.Assign([target], load("saved"))] if saved else []
        self.define(steps, sub.backward, ["saved", seed], [*unpack, *adjoint], ours)

    def forward(self, steps, name, dots):
        """Each step with its tangent: the function and its derivative in one."""
        t = Tangent(steps, self, dots)
        result = ast.Tuple([load(steps.result), t.tangent(load(steps.result))], ast.Load())
        if name != getattr(self, "main", name):
            self.refuse_side_effects(steps)
        params = [*steps.source.params, *dots.values()]
        self.define(steps, name, params, [*t.body, ast.Return(result)], self.ours(steps))

    # ------------------------------------------------------------ running

    def compile(self):
        lines, imports = [], {}
        for _, _, here, body in self.functions:
            used = set().union(*map(reads, body)) if body else set()
            for name, (_, line) in here["imports"].items():
                if line and name in used:
                    known = line.endswith(f" {name}")
                    line = line if known else f"{line.removesuffix(' as np')} as {name}"
                    imports.setdefault(line, None)
        heads = {}
        for line in imports:
            module, _, name = line.partition(" import ")
            heads.setdefault(module, []).append(name) if name else heads.setdefault(line, [])
        for module, names in sorted(heads.items(), key=lambda h: h[0] != "import numpy as np"):
            lines.append(f"{module} import {', '.join(names)}" if names else module)
        lines += ["", ""] if lines else []
        for _, text_, _, _ in self.functions:
            lines += [*text_, "", ""]
        self.text = "\n".join(lines).rstrip() + "\n"
        self.filename = f"<{self.main} {next(_numbers)}>"
        kept = self.text.splitlines(True)
        linecache.cache[self.filename] = (len(self.text), None, kept, self.filename)
        module = compile(self.text, self.filename, "exec")
        codes = {c.co_name: c for c in module.co_consts if isinstance(c, types.CodeType)}
        made, self.refresh = {}, []
        for name, _, here, _ in self.functions:
            scope = {n: v for n, (v, _) in here["imports"].items()}
            scope["__name__"] = "written"
            made[name] = types.FunctionType(codes[name], scope, name)
        for name, _, here, _ in self.functions:
            f = made[name]
            for free in codes[name].co_names:
                if free in made:
                    f.__globals__[free] = made[free]
                elif free not in f.__globals__:
                    try:
                        f.__globals__[free] = here["source"].lookup(free)
                        self.refresh.append((f.__globals__, free, here["source"].lookup))
                    except KeyError:
                        pass
        self.run = made[self.main]
        self.fresh_bars = fresh_bars(self.functions[-1][3]) if self.mode != "jvp" else ()

    def __call__(self, *args):
        self.look_up()
        return trees.call(self.run, args)

    def look_up(self):
        """What the user's outer names mean by now."""
        if self.inner:
            self.inner.look_up()
        for scope, name, lookup in self.refresh:
            scope[name] = lookup(name)


def fresh_bars(body):
    """For each gradient that a function returns: is its memory surely its own?"""
    value = body[-1].value
    value = value.elts[1] if isinstance(value, ast.Tuple) and len(value.elts) > 1 else value
    return [is_fresh(e, body) for e in (value.elts if isinstance(value, ast.Tuple) else [value])]


def is_fresh(e, body):
    if isinstance(e, ast.Name):
        nodes = [n for s in body for n in ast.walk(s)]
        own = [n for n in nodes if isinstance(n, ast.Assign) and e.id in writes(n)]
        return bool(own) and all(is_fresh(n.value, ()) for n in own)
    return isinstance(e, ast.BinOp)


def writes_of(source):
    return set(source.params).union(*map(writes, source.body))

"""From a function and the kinds of its arguments to new source that runs."""

import ast
import itertools
import linecache
import types

import numpy as np

from elves import core, trees
from elves.errors import ElfError
from elves.source import helpers, parse
from elves.source.adjoint import Adjoint
from elves.source.names import BOTTOM, SCALAR, Kind, Stack, load, store
from elves.source.steps import Steps, _identifiers
from elves.source.tangent import Tangent
from elves.source.tidy import clone, reads, text, tidy, writes

_numbers = itertools.count(1)


class Sub:
    """A function that is called and transformed too: its names in the new source."""

    def __init__(self, program, source, active, kinds):
        self.source, self.active, self.kinds, self.program = source, active, kinds, program
        suffix = ("forward", "backward") if program.mode != "jvp" else ("jvp", "jvp")
        self.forward, self.backward = (
            (program.fresh(f"{source.name}_{w}") for w in dict.fromkeys(suffix))
            if program.mode != "jvp"
            else 2 * (program.fresh(f"{source.name}_jvp"),)
        )
        self.dots = {p: f"{p}_dot" for p in active}
        self.result = BOTTOM
        self.back = {}

    def kind(self):
        return rename(self.result, self.back)


def rename(kind, tokens, strict=True):
    """A kind with other tokens; None for those that the new place does not know."""
    if isinstance(kind, Kind):
        return kind if kind == SCALAR else Kind(kind.ndim, tokens.get(kind.token))
    if isinstance(kind, Stack):
        return Stack(rename(kind.item, tokens))
    if isinstance(kind, dict):
        return {k: rename(v, tokens) for k, v in kind.items()}
    if isinstance(kind, tuple):
        return tuple(rename(k, tokens) for k in kind)
    return kind


def tokens(kind):
    if isinstance(kind, Kind):
        return [kind.token]
    if isinstance(kind, Stack):
        return tokens(kind.item)
    parts = kind.values() if isinstance(kind, dict) else kind if isinstance(kind, tuple) else ()
    return [t for k in parts for t in tokens(k)]


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
        steps = self.enter(source, active, kinds)
        self.main = self.fresh(f"{mode}_of_{source.name}")
        self.active = active
        if mode != "jvp":
            self.joint(steps)
        else:
            self.forward(steps, self.main, {p: f"{p}_dot" for p in active})
        self.compile()

    # ------------------------------------------------------------ names

    def enter(self, source, active, kinds, owner=None):
        outer = self.current
        self.current = {"source": source, "names": _identifiers(source), "free": {}, "imports": {}}
        try:
            steps = Steps(source, active, kinds, self, owner)
            steps.outside = self.current
            return steps
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

    def is_helper(self, function):
        return getattr(function, "__module__", None) == helpers.__name__

    def kind_outside(self, steps, name, value):
        from elves.source.names import kind_of_value

        kind = kind_of_value(value, None)
        lookup = steps.source.lookup
        self.checks.append((lookup, name, kind))
        return kind

    def default(self, steps, source, p):
        value = source.defaults.get(p, parse.MISSING)
        if value is parse.MISSING:
            steps.refuse(f"{source.name} needs its argument {p}", "pass it")
        if value is None or isinstance(value, (bool, int, float, str)):
            return ast.Constant(value)
        return load(self.name_in(f"{source.name}_{p}", value))

    def sub(self, source, active, kinds):
        canon = {}
        for p, kind in kinds.items():
            for k, t in enumerate(tokens(kind)):
                if t is not None:
                    canon.setdefault(t, f"{p}.{k}")
        back = {v: k for k, v in canon.items()}
        inner = {p: rename(kind, canon) for p, kind in kinds.items()}
        key = (source.key, active, repr(inner))
        if key not in self.subs:
            sub = self.subs[key] = Sub(self, source, active, inner)
            self.taken |= _identifiers(source)
            try:
                steps = self.enter(source, active, inner, sub)
                if self.mode != "jvp":
                    self.pair(steps, sub)
                else:
                    self.forward(steps, sub.forward, sub.dots)
            except ElfError:
                del self.subs[key]
                raise
        sub = self.subs[key]
        sub.back = back
        return sub

    # ------------------------------------------------------------ functions

    def ours(self, steps):
        return (steps.taken | steps.locals) - _identifiers(steps.source)

    def define(self, steps, name, params, body, ours, defaults=True):
        """Tidy a function and keep it: its text and what its free names stand for."""
        body = [clone(s) for s in body]
        body = tidy(body, ours, steps.near(), steps.named)
        head = f"def {name}({', '.join(params)}):"
        lines = text(body, steps.source.lines, 1)
        self.functions.append((name, [head, *lines], steps.outside, body))

    def parameters(self, steps, more=()):
        """The user's parameters with the defaults that are literals, and ours after them."""
        out, optional = [], False
        for p in steps.source.params:
            value = steps.source.defaults.get(p, parse.MISSING)
            optional = optional or value is not parse.MISSING
            plain = value is None or isinstance(value, (bool, int, float, str))
            out.append(f"{p}={value!r}" if optional and plain else p)
        if any("=" in p for p in out):
            first = next(i for i, p in enumerate(out) if "=" in p)
            if not all("=" in p for p in out[first:]):
                out = [p.split("=")[0] for p in out]
        return [*out, *more]

    def refuse_side_effects(self, steps):
        """A callee must not change its caller's arrays in place."""
        for name, places in steps.stored.items():
            base = name.split("_")[0]
            if base in steps.source.params and steps.kinds.get(name) != SCALAR:
                steps.at = places[0][0]
                what = f"{steps.source.name} may change its argument {base} in place"
                steps.refuse(what, f"write {base} = {base} + ... instead")

    def sweeps(self, steps, seed):
        outer, self.current = self.current, steps.outside
        both = Adjoint(steps, self, seed)
        both.lines = both.writer.lines = []
        stack = [store(name, ast.List([], ast.Load())) for name in both.stacks]
        bars = [
            load(both.bar(p))
            for p in steps.source.params
            if p in steps.active and p in self.params(steps)
        ]
        self.current = outer
        return both, stack, bars

    def params(self, steps):
        return steps.differentiated

    def joint(self, steps):
        """The gradient: both sweeps in one function."""
        self.current = steps.outside
        seed = steps.fresh(f"{steps.result}_bar")
        steps.differentiated = self.active
        both, stack, bars = self.sweeps(steps, seed)
        bar = bars[0] if len(bars) == 1 else ast.Tuple(bars, ast.Load())
        value = steps.fresh("value")  # a loop of the reverse sweep may take its names back
        result = ast.Return(ast.Tuple([load(value), bar], ast.Load()))
        for line in both.primal:
            strip(line)
        params = self.parameters(steps)
        start = [store(seed, ast.Constant(1.0))]
        keep = store(value, load(steps.result))
        if self.mode == "vjp":
            params, start = [seed, *params], []
        result = ast.Return(bar) if self.mode == "grad" else result
        body = [*stack, *both.primal, keep, *start, *both.adjoint, result]
        self.define(steps, self.main, params, body, self.ours(steps))

    def pair(self, steps, sub):
        """A callee: the forward sweep gives what the backward sweep needs."""
        outer, self.current = self.current, steps.outside
        seed = steps.fresh(f"{steps.result}_bar")
        steps.differentiated = sub.active
        both, stack, bars = self.sweeps(steps, seed)
        self.current = steps.outside
        self.refuse_side_effects(steps)
        primal = [*stack, *both.primal]
        for line in primal:
            strip(line)
        bar = bars[0] if len(bars) == 1 else ast.Tuple(bars, ast.Load())
        ours = self.ours(steps)
        adjoint = tidy(
            [clone(s) for s in [*both.adjoint, ast.Return(bar)]],
            ours,
            steps.near(),
            steps.named,
        )
        from elves.source.tidy import live

        known = set().union(*map(writes, primal)) | set(steps.source.params)
        saved = sorted(live(adjoint, ()) & known) if adjoint else []
        sure = set(steps.source.params).union(
            *(writes(s) for s in primal if isinstance(s, ast.Assign))
        )
        unsure = [store(n, ast.Constant(None)) for n in saved if n not in sure]
        both_ = ast.Tuple([load(n) for n in saved], ast.Load())
        result = ast.Return(ast.Tuple([load(steps.result), both_], ast.Load()))
        self.define(steps, sub.forward, self.parameters(steps), [*unsure, *primal, result], ours)
        target = ast.Tuple([ast.Name(n, ast.Store()) for n in saved], ast.Store())
        unpack = [ast.Assign([target], load("saved"))] if saved else []
        self.define(steps, sub.backward, ["saved", seed], [*unpack, *adjoint], ours)
        self.current = outer

    def forward(self, steps, name, dots):
        outer, self.current = self.current, steps.outside
        names = dict(dots)
        t = Tangent(steps, self, names)
        dot = (
            load(t.dot(steps.result))
            if steps.result in steps.active
            else t.zero(load(steps.result))
        )
        result = ast.Return(ast.Tuple([load(steps.result), dot], ast.Load()))
        if hasattr(self, "main") and name != self.main:
            self.refuse_side_effects(steps)
        body = [*t.body, result]
        params = self.parameters(steps)
        params = [p.split("=")[0] for p in params] if any("=" in p for p in params) else params
        self.define(steps, name, [*params, *names.values()], body, self.ours(steps))
        self.current = outer

    # ------------------------------------------------------------ running

    def compile(self):
        lines, imports = [], {}
        for _, _, outside, body in self.functions:
            used = set().union(*map(reads, body)) if body else set()
            for name, (_, line) in outside["imports"].items():
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
        for name, _, outside, _ in self.functions:
            scope = {n: v for n, (v, _) in outside["imports"].items()}
            scope["__name__"] = "written"
            made[name] = types.FunctionType(codes[name], scope, name)
        tree = {n.name: n for n in ast.parse(self.text).body if isinstance(n, ast.FunctionDef)}
        for name, _, outside, _ in self.functions:
            f = made[name]
            values = [ast.literal_eval(d) for d in tree[name].args.defaults]
            f.__defaults__ = tuple(values) or None
            for free in codes[name].co_names:
                if free in made:
                    f.__globals__[free] = made[free]
                elif free not in f.__globals__:
                    try:
                        f.__globals__[free] = outside["source"].lookup(free)
                        self.refresh.append((f.__globals__, free, outside["source"].lookup))
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


def strip(node):
    for n in ast.walk(node):
        n.note = None


def writes_of(source):
    return (
        set(source.params).union(*map(writes, source.body)) if source.body else set(source.params)
    )

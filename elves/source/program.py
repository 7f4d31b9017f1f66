"""From a function and the kinds of its arguments to new source that runs."""

import ast
import builtins
import copy
import functools
import itertools
import linecache
import operator
import sys
import types
import warnings

import numpy as np

from elves import calls, core, parse, trees
from elves.errors import NOT_COMPILED, ElfError, SourceError
from elves.parse import MISSING
from elves.source import effects, helpers, tidy
from elves.source.adjoint import Adjoint
from elves.source.analyse import Reader
from elves.source.code import attribute, call, let, load, packed, place, row
from elves.source.kinds import SCALAR, is_tree, join, kind_of_value, shallow
from elves.source.names import Name, Writer
from elves.source.questions import frozen, sharers
from elves.source.rows import Sub
from elves.source.sizes import is_plain
from elves.source.sweep import copied_params
from elves.source.tangent import Tangent

_numbers = itertools.count(1)
BOUND = types.MethodType, types.BuiltinMethodType  # which are made anew whenever they are read
MOST = 4  # versions of a function that is called, by the literals among its arguments
RESERVED = {"np", "special", "len", "range", "min", "max", "reversed", "float", "getitem"}
RESERVED |= {n for n in vars(helpers) if not n.startswith("_")} - {"trees", "core"}


class Program(Writer):
    """One transformation: the functions it writes, and what their names stand for.

    `mode` is grad, value_and_grad, vjp or jvp; `followed` says that other engines will walk it,
    so that nothing may be changed in place.
    """

    def __init__(self, f, varying, kinds, mode, followed=False):
        self.f, self.mode, self.followed, self.depth = f, mode, followed, 0
        self.serials, self.writer, self.subs, self.functions = itertools.count(), None, {}, []
        self.scope, self.imports, self.watched, self.inner = {}, {}, {}, None
        self.taken, self.reserved, self.kept, self.stored = set(), set(RESERVED), set(), set()
        self.shortened, self.variables = set(), set()
        self.refuses = self.unsure = False
        self.source = source = parse.read(f)
        self.code, self.codes = getattr(f, "__code__", None), {}
        self.imported("np", np, ("numpy", None))
        self.getter, source.getter = source.getter, lambda name: lambda: self.getter(name)()
        if source.star:
            what = f"*{source.star} has no fixed number of arguments"
            source.refuse(source.body[0], what, "name them")
        self.reading, self.name = source.lines, source.name
        self.main, self.count = self.top_name(f"{mode}_of_{source.name}"), len(source.params)
        try:
            reader = Reader(self, source, kinds, varying)
            (self.forward if mode == "jvp" else self.joint)(reader)
            self.compile()
        except (ElfError, RecursionError):
            raise
        except Exception as error:
            self.stop(error)

    # ------------------------------------------------------------ names

    def fresh(self, base):
        base = base.strip() if base.strip().isidentifier() else "t"
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

    def call(self, function, *nodes):
        """A call of a function of NumPy's or of `helpers`."""
        return call(self.reference(function), *nodes)

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
            special = sys.modules["scipy.special"]
            return attribute(load(self.imported("special", special, ("scipy", "special"))), full[2])
        module, name = getattr(function, "__module__", ""), getattr(function, "__name__", "f")
        if getattr(helpers, name, None) is function:
            module = "elves.source.helpers"
        ours = getattr(sys.modules.get(module), name, None) is function
        ours = ours and module.startswith(("elves", "_operator"))
        line = (module.strip("_"), name) if ours else None
        return load(self.imported(name if name.isidentifier() else "function", function, line))

    # ------------------------------------------------------------ what stands outside

    def watch(self, source, text, get, free=None):
        """What something outside is now; who calls the program wants it to be the same, or alike.

        Functions, modules and numbers that were looked at must stay the same, other values must
        keep their kind; what has a name `free` in the new source is given to it at each call.
        """
        value = get()
        whole = free is None
        value = copy.deepcopy(value) if whole and is_plain(value) else value
        kind = value if whole else kind_of_value(value)
        self.watched[source.key, text, free] = get, value, whole, kind, free
        return value

    def look_up(self, source, name):
        """What a name outside of the user's function stands for; MISSING if for nothing."""
        value = source.getter(name)()
        theirs = type(value).__module__ in ("builtins", "numpy")  # whose kind is looked at
        if value is MISSING or callable(value) or type(value) is types.ModuleType or not theirs:
            self.watch(source, name, source.getter(name))
        return value

    def outside(self, source, name):
        """The node and the kind of something outside of the user's function, or of a default."""
        if name in source.params:
            get, base = lambda: source.defaults.get(name), f"{source.name}_{name}"
        else:
            get, base = source.getter(name), name
        value = get()
        if vars(builtins).get(name, MISSING) is value:
            return load(name), None
        numbered = (f"{base}_{k}" for k in itertools.count(2))
        free = next(n for n in itertools.chain([base], numbered)
                    if self.scope.setdefault(n, value) is value)  # fmt: skip
        self.reserved.add(free)
        self.watch(source, name, get, free)
        return load(free), kind_of_value(value)

    def watch_path(self, source, node, free=None):
        """What a dotted name outside of the user's function is now; see `watch`."""
        root, *path = text = ast.unparse(node).split(".")
        get = source.getter(root)
        now = lambda: functools.reduce(lambda v, a: getattr(v, a, MISSING), path, get())  # noqa: E731
        return self.watch(source, ".".join(text), now, free)

    def current(self, f=None):
        """Bring what stands outside of f up to date; False if it is another program's by now."""
        if getattr(f or self.f, "__code__", None) is not self.code:
            return False
        if f not in (None, self.f):
            if not type(f) is type(self.f) is types.FunctionType:
                return False
            self.f, self.getter, self.source.defaults = f, parse.getter_of(f), parse.defaults_of(f)
        if any(not all(map(operator.is_, parse.code_of(g), c)) for g, c in self.codes.items()):
            return False
        new = {}
        for get, value, whole, kind, free in self.watched.values():
            now = get()
            if isinstance(now, BOUND) and now == value:
                continue
            same = repr(now) == repr(value) if whole else now is not MISSING
            alike = same and not callable(value) and (whole or kind_of_value(now) == kind)
            if now is not value and not alike:
                return False
            if free and new.setdefault(free, now) is not now:
                return False
        self.scope.update(new)
        return self.inner is None or self.inner.current()

    def outside_now(self):
        """What the text reads from outside, as it is now, in arrays of its own."""
        names = {free for *_, free in self.watched.values() if free}
        return {n: frozen(self.scope[n]) for n in names}

    # ------------------------------------------------------------ functions

    def sub(self, source, kinds, varying, inner, values):
        """The transformation of a function that is called; of some arguments it has the values."""
        key = (source.key, tuple(varying), values)
        if sum(k[:2] == key[:2] for k in self.subs) > MOST:
            key, values = (*key[:2], ()), ()
        known = [s for s in self.subs.get(key, ()) if s.kinds == kinds or s.open]
        for sub in known:
            both = list(map(join, sub.kinds, kinds))  # of a recursion: what holds for all calls
            sub.kinds, sub.again = both, sub.again or both != sub.kinds
            return sub
        if isinstance(source.key, types.FunctionType | types.MethodType):
            self.codes[source.key] = parse.code_of(source.key)
        sub = Sub(kinds, varying)
        self.subs.setdefault(key, []).append(sub)
        words = ("jvp",) if self.mode == "jvp" else ("forward", "backward")
        words = words if any(varying) or inner else ("copy",)
        sub.forward, *rest = [self.top_name(f"{source.name}_{w}") for w in words]
        sub.backward = (rest or [sub.forward])[0]
        outer = self.writer, self.taken, self.reading
        self.depth += 1
        try:
            reader = self.settled(source, sub, inner, values)
            sub.open = False
            if self.mode == "jvp" or not sub.active:
                self.forward(reader, sub)
            else:
                self.pair(reader, sub)
        except ElfError:
            self.subs[key].remove(sub)
            raise
        finally:
            self.depth -= 1
            self.writer, self.taken, self.reading = outer
        return sub

    def settled(self, source, sub, inner, values):
        """A function that has been read until nothing new is known of its result: a fixpoint."""
        active = [p for p, v in zip(source.params, sub.varying, strict=True) if v]
        while True:
            self.taken, self.reading, sub.again, sub.asked = set(), source.lines, False, False
            named = dict(zip(source.params, sub.kinds, strict=True))
            reader = Reader(self, source, named, active, inner, values)
            kind = shallow(join(sub.kind, reader.out.kind))
            shares = sub.shares | (reader.out.memory & set(source.params))
            stable = (kind, reader.out.active, shares) == (sub.kind, sub.active, sub.shares)
            sub.kind, sub.active, sub.shares = kind, reader.out.active, shares
            sub.marks = reader.out.memory & {"text"}
            if stable and not sub.again:
                return reader

    def define(self, name, params, body, shares):
        """Tidy a function and keep it."""
        self.functions.append((name, params, tidy.tidy(body, params, self.kept, shares), shares))

    def joint(self, reader):
        """The gradient: both sweeps in one function."""
        params, out = [p.id for p in reader.params], reader.out
        seed = Name(self, ast.Constant(1.0), SCALAR, value=1.0)
        shape = getattr(out.kind, "shape", None)
        if self.mode != "vjp" and (shape or is_tree(out.kind)):
            return self.no_number(reader, params)
        if self.mode == "vjp":
            bar = self.fresh(f"{out.id}_bar" if isinstance(out.node, ast.Name) else "y_bar")
            seed, params = Name(self, load(bar), out.kind), [bar, *params]
        both = Adjoint(self, reader, seed)
        body, result = both.primal, packed(bar.node for bar in both.results)
        if self.mode != "grad":
            value = self.fresh("value")  # the reverse sweep may take its name back
            body, result = [*body, let(value, out.node)], row([load(value), result])
        body = [*body, *both.adjoint, ast.Return(result)]
        self.define(self.main, params, body, sharers(reader))

    def no_number(self, reader, params):
        """What stands for the gradient of what is no number: the function, and the sentence."""
        self.refuses, steps = True, Tangent(self, {}).block(reader.main.steps)
        result = ast.Return(self.call(trees.scalar, reader.out.node))
        body = [*copied_params(self, reader), *steps, result]
        self.define(self.main, params, body, sharers(reader))

    def pair(self, reader, sub):
        """A callee: the forward sweep gives what the backward sweep needs."""
        params = [p.id for p in reader.params]
        bar = self.fresh("y_bar")
        both, shares = Adjoint(self, reader, Name(self, load(bar), sub.kind)), sharers(reader)
        there, back = tidy.apart(
            [*both.primal, ast.Expr(call("here", reader.out.node))],
            [*both.adjoint, ast.Return(packed(b.node for b in both.results))],
            shares,
        )
        back = tidy.tidy(back, [], self.kept, shares)
        made = effects.all_writes(there) | set(params)
        saved = sorted(tidy.live(back, (), shares) & made)
        sure = effects.all_writes(s for s in there if isinstance(s, ast.Assign)) | set(params)
        first = [let(n, ast.Constant(None)) for n in saved if n not in sure]
        result = ast.Return(row([reader.out.node, packed(map(load, saved))]))
        self.define(sub.forward, params, [*first, *there, result], shares)
        together = saved[0] if len(saved) == 1 else "saved"
        unpack = [let(place(*saved), load(together))] if saved[1:] else []
        self.define(sub.backward, [together, bar], [*unpack, *back], shares)

    def forward(self, reader, sub=None):
        """Each step with its tangent: the function and its derivative in one."""
        t, follows = Tangent(self, {}), sub is None or sub.active
        dots = [t.new_dot(p) for p in reader.given if follows]
        params = [p.id for p in (*reader.params, *dots)]
        first = copied_params(self, reader, t.dots)
        late = [p for p in reader.params if p.active and p not in t.dots]
        first += [let(t.new_dot(p).id, self.call(helpers.no_tangent, p.node)) for p in late]
        body = t.lines = t.block(reader.main.steps)
        result = row([reader.out.node, t.dot(reader.out).node]) if follows else reader.out.node
        body = [*first, *body, ast.Return(result)]
        self.define(sub.forward if sub else self.main, params, body, sharers(reader))

    # ------------------------------------------------------------ running

    def compile(self):
        pieces = []
        for name, params, body, shares in self.functions:
            body, shares = tidy.coalesce(body, params, shares, self.reserved, self.variables)
            body = tidy.tidy(body, params, self.kept, shares)
            self.fresh_bars = effects.fresh_bars(body) if self.mode == "value_and_grad" else []
            pieces.append(tidy.text(name, params, body))
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
        self.text = ("\n".join(lines) + "\n\n\n") * bool(lines) + "\n\n".join(pieces)
        self.filename = f"<{self.main} {next(_numbers)}>"
        written = len(self.text), None, self.text.splitlines(True), self.filename
        linecache.cache[self.filename] = written
        self.scope["__name__"] = "written"
        with warnings.catch_warnings():  # of 1.0[0], where a result is a list now and then
            warnings.simplefilter("ignore", SyntaxWarning)
            code = compile(self.text, self.filename, "exec")
        exec(code, self.scope)
        self.run = self.scope[self.main]

    def __call__(self, *args):
        try:
            return calls.call(self.run, args)
        except ZeroDivisionError:  # Python's numbers have no 1 / 0, but NumPy's have
            own = map(trees.number, trees.leaves(list(args)))
            return calls.call(self.run, trees.rebuild(list(args), own))
        except (NameError, AttributeError, TypeError, LookupError, ValueError) as error:
            lost = isinstance(error, NameError) or "`source`" in str(error)
            if lost and calls.FOLLOWED.get() is not calls.as_it_is:
                raise SourceError(NOT_COMPILED.format(self.name)) from None
            if isinstance(error, (ElfError, np.linalg.LinAlgError)):
                raise
            try:
                y = calls.call(self.inner or self.f, args[self.mode == "vjp" :][: self.count])
            except Exception as own:  # where it fails too, Python's words count
                raise own from None
            if "grad" in self.mode:
                trees.scalar(y)
            self.stop(error)

    def stop(self, error):
        """What goes wrong here, where the user's own function does not, is a sentence too."""
        line = getattr(getattr(self.writer, "at", None), "lineno", None)
        line = f"Line {line} of {self.name}" if line else self.name
        raise SourceError(
            f"{line} cannot be followed by source transformation ({type(error).__name__}: {error}):"
            " use elves.reverse."
        ) from error

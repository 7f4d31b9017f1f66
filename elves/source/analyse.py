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

from elves import core, parse
from elves.errors import ADVICE, OUTSIDE
from elves.parse import MISSING
from elves.source import steps
from elves.source.assigning import IN_PLACE, STORE, Assigning
from elves.source.calling import Entries
from elves.source.code import call, row
from elves.source.effects import lifted
from elves.source.kinds import (
    INTEGER,
    SCALAR,
    Kind,
    is_number,
    join,
    join_all,
)
from elves.source.names import MARKS, Name, node_of
from elves.source.questions import Inner, active, among, memory_of, names_in, names_of


class Reader(Assigning):
    """The steps of a function, from its source and from what is known of its arguments.

    `copied` are the arguments that it assigns into; `touched` the names around the loop that is
    being read of which the loop has changed what is known; `start` is where the block begins.
    """

    def __init__(self, program, source, kinds, varying, inner=(), values=()):
        self.program, self.source, self.at = program, source, source.body[0]
        self.fresh, self.env, self.lines, self.seen = program.fresh, dict(inner), [], {}
        self.copied, self.touched, self.start, self.stores, self.flat = set(), set(), 0, 0, False
        self.turning = []  # what loops go over, and what would change which turns come
        self.params = [self.new(p, kinds[p], p in varying, () if is_number(kinds[p]) else (p,))
                       for p in source.params]  # fmt: skip
        self.given = [p for p in self.params if p.active]  # what is assigned into may vary later
        self.env |= zip(source.params, self.params, strict=True)
        for p, _, value in values:  # which a caller has written
            self.env[p] = self.name(node_of(value), kinds[p], value=value)
        used = {n for s in source.body for n in names_of(s)}
        straight = parse.Straight(source, parse.counter(used | set(self.env)))
        body = straight.function(lifted(source.body))
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
        block = steps.Block([], range(start, start))
        self.start, self.flat = outer if self.flat else start, False
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
            unknown = function is MISSING and not isinstance(e.func, ast.Attribute)
            if unknown and not self.is_undefined(e.func):
                self.refuse(f"{text} is called for its effects", "let it return a value")
            if among(function, steps.CHANGES):
                what = f"{text} is called for its effects"
                self.refuse(what, core.instead_of(core.full_name(function)))
            method = isinstance(e.func, ast.Attribute) and function is MISSING
            if method and not self.is_undefined(e.func):
                return self.on_method(e, text)
            if function == np.add.at and len(e.args) == 3:
                return self.add_at(e, *e.args)
            logs = getattr(function, "__module__", "") in ("logging", "warnings", "builtins")
            effects = function is not MISSING and not logs and not among(function, steps.PASSIVE)
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

    def on_method(self, e, text):
        """A method of a value, called for what it changes: append or pop of a list."""
        base = self.env.get(getattr(e.func.value, "id", None))
        count = {"append": 1, "pop": 0}.get(e.func.attr)
        if not isinstance(base, Name) or len(e.args) != count:
            what = f"{text} may change what it belongs to in place"
            array = isinstance(base, Name) and isinstance(base.kind, Kind)
            new = steps.WAYS.get(e.func.attr, "build a new list, dict or array instead")
            self.refuse(what, ADVICE.get(f"x.{e.func.attr}", new) if array else new)
        write = self.append if count else self.pop
        return write(base, *(self.one(self.expr(a)) for a in e.args))

    @staticmethod
    def is_more(v):
        """Is a value more than a number or a text that a function may look at?"""
        return v.active or (v.kind != SCALAR and "text" not in v.memory)

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
        named = parse.params_of(node)
        count = len(named) - len(only)
        first = named[count - len(last) : count]
        source.defaults = dict(zip(first + named[count:], last + only, strict=True))
        own = {a.arg for a in ast.walk(node) if isinstance(a, ast.arg)}
        own = own.union(*map(parse.stores, source.body))
        free = []
        for n in sorted((set(names_of(node)) - own - {name}) & self.locals):
            inner = self.env.get(n)
            free += [m for m in (inner.free if isinstance(inner, Inner) else [n]) if m not in free]
        source.name, source.params, source.free = name, [*source.params, *free], free
        self.env[name] = Inner(source, free)

    # ------------------------------------------------------------ branches and loops

    def on_If(self, s):
        self.fork(s.test, lambda: self.block(s.body), lambda: self.block(s.orelse))

    def fork(self, e, *arms):
        """One of two blocks, which `arms` read."""
        test = self.expr(e)
        if test.value is not MISSING:  # if True:
            self.flat = True  # no block of its own
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
        phi.shell = frozenset().union(*(p.container for p in parts))
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
            for n in env.keys() & self.env.keys() - phis.keys():
                if self.env[n] is not env[n]:  # another name of what has changed in place
                    inits[n], more = self.one(env[n]), True
                    phis[n] = self.phi(n, [inits[n]])
            nexts = {n: self.at_end(block, self.env.get(n)) for n in phis}
            inside = range(first_serial, block.serials.stop)
            still = [v for n in env.keys() - phis.keys() for v in names_in(env[n])]

            def carried(memory, inside=inside, phis=phis, nexts=nexts, still=still):
                """What the memory of a turn is after it, of which others may have a part."""
                own = memory - MARKS
                held = [v.memory & {v.serial} or v.memory for v in still if v.memory & own]
                seen = memory.union(*held)  # in a list, the memory of each turn stays
                seen = {m for m in seen if (m[0] if type(m) is tuple else m) not in inside}
                return seen.union(p.serial for n, p in phis.items() if nexts[n].memory & own)

            moves = any(v.active and not phis[n].active for n, v in nexts.items())
            for n, value in nexts.items():
                phi = phis[n]
                before = phi.kind, phi.active, phi.memory, phi.shell
                if not moves:  # what is called with what varies shows its kind in the next reading
                    phi.kind = join(phi.kind, value.kind)
                phi.active |= value.active
                phi.memory |= carried(value.memory)
                phi.shell |= carried(value.container)
                phi.changes |= value.changes
                more |= before != (phi.kind, phi.active, phi.memory, phi.shell)
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
            return self.plain_for(s, [i for _, i in pairs if not isinstance(i, list)])
        # for x, y in zip(xs, ys) is for k in range(len(xs)): x, y = xs[k], ys[k]
        of = [[self.one(self.expr(j)) for j in i] if isinstance(i, list)
              else self.turns(i) for _, i in pairs]  # fmt: skip
        names = [self.one((*v,)) if isinstance(v, Entries) else v for v in of]
        before, grow = len(self.turning), () if backwards else ("append", "pop")
        for v in (v for v in names if not isinstance(v, list)):  # as they were before the first
            named = any(v is u for u in self.env.values())
            self.turning.append((v, (IN_PLACE, *grow) if named else (IN_PLACE, *grow, STORE)))
        if not self.unrolled(s, pairs, of, backwards):
            self.rolled(s, pairs, names, backwards)
        del self.turning[before:]

    def rolled(self, s, pairs, of, backwards):
        """A loop whose turns are counted, with the entries that belong to each."""
        lengths = [call("len", v.node) for v in of if not isinstance(v, list)]
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

    def plain_for(self, s, sequences):
        """A loop over what does not vary."""
        i, variables = self.expr(s.iter), {}
        kind = self.kind_of_turn(s.iter)

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

        env, before = self.env, len(self.turning)
        self.turning += [(v, (IN_PLACE,)) for v in core.values_in(list(map(self.expr, sequences)))]
        self.loop(s, [s.target], head)
        del self.turning[before:]
        self.env, env = env, self.env
        if self.varies(s.iter):  # by now
            self.refuse("a loop over what it changes", "loop over a copy, or over a range", s)
        self.env = env

    def on_With(self, s):
        leaves = [self.resolve(getattr(i.context_expr, "func", i)) for i in s.items]
        if contextlib.suppress in leaves:
            self.refuse("a block that may be left anywhere", "test before with if", s)
        if any(i.optional_vars or self.varies(i.context_expr) for i in s.items):
            self.refuse("this with block is not covered", "take it out of the function")
        self.emit(steps.With(self.substitute(s.items), self.block(s.body)))

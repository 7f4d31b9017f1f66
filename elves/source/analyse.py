"""Read a function as single steps, each of which gives one new name a value; and see what varies.

The steps are in static single assignment form: who assigns a variable again gets another name, and
where branches or turns of a loop meet, a name of its own takes what each of them has to give.

To teach it a construct, write an `on_…` (a statement) or `e_…` (an expression) that says it with
those that are there. Only what needs a derivative of its own kind needs a new step, and with it an
`of_…` in `tangent` and in `adjoint`.

Source: Cytron et al., "Efficiently computing static single assignment form" (1991); Griewank &
Walther, Evaluating Derivatives (2008), section 6.2, on what varies.
"""

import ast
import functools
import math
import operator
import types
from dataclasses import dataclass

import numpy as np

from elves import core, trees
from elves.errors import ElfError, NoRuleError
from elves.source import helpers, parse, tidy
from elves.source.names import ARRAY, BOTTOM, INTEGER, MISSING, OPERATORS, SCALAR, Kind, Name
from elves.source.names import Seq, Undecided, Writer, at, attribute, call, is_number, is_tree
from elves.source.names import join, join_all, kind_of_value, known, load, method, node_of
from elves.source.names import replace, row
from elves.source.rows import Display, Item, Known, Opaque, Pop, Row, Sub, Sum
from elves.source.steps import AS_WRITTEN, BOTH, COPIES, FLAT, FLAT_ATTRIBUTES, FLAT_METHODS
from elves.source.steps import ITSELF, SAFE, SAFE_METHODS, SAME, UNSURE, VIEWS, WORDS
from elves.source.steps import Append, Block, If, Loop, Op, Plain, Store, With, is_range
from elves.source.sweep import title


@dataclass(eq=False)
class Inner:
    """A function defined inside of the function: what it closes over becomes an argument."""

    source: parse.Source
    free: list


def among(value, group):
    try:
        return value in group
    except TypeError:  # it cannot be hashed
        return False


def rule_of(function):
    try:
        return core.rule_of(function)
    except (NoRuleError, AttributeError, TypeError):
        return None


def active(*values):
    """Does any of some values depend on the differentiated arguments?"""
    return any(v.active for v in trees.leaves(values) if isinstance(v, Name))


class Reader(Writer):
    """The steps of a function, from its source and from what is known of its arguments."""

    folds = False  # x * 1.0 is another array than x

    def __init__(self, program, source, kinds, varying, inner=()):
        self.program, self.source, self.at = program, source, source.body[0]
        self.fresh, self.env, self.lines, self.copied = program.fresh, dict(inner), [], set()
        self.seen = {}
        self.params = [self.new(p, kinds[p], p in varying, (p,)) for p in source.params]
        self.env |= zip(source.params, self.params, strict=True)
        used = {n.id for s in source.body for n in ast.walk(s) if isinstance(n, ast.Name)}
        straight = parse.Straight(source, parse.counter(used | set(self.env)))
        body = straight.function(source.body)
        self.locals = set(self.env).union(*map(parse.stores, body))
        program.reserved |= used - self.locals
        program.variables |= self.locals
        program.now, self.touched = self, set()
        self.main = self.block(body)
        self.out = self.at_end(self.main, self.env[straight.result])

    def refuse(self, what, way, node=None):
        self.source.refuse(node if hasattr(node, "lineno") else self.at, what, way)

    # ------------------------------------------------------------ values

    def new(self, base, kind, active=False, memory=()):
        """A new variable of the function that is written."""
        return Name(self.program, load(self.fresh(base)), kind, active, memory=memory)

    def emit(self, step):
        step.line = self.at.lineno
        self.lines.append(step)

    def op(self, rule, args, kwargs, kind, active, node=None, memory=None, base=None):
        """One more step, which gives a new name a value."""
        if node is None:
            args, kwargs = replace(tuple(args), self.atom), replace(kwargs, self.atom)
            node = self.program.written(rule.function, args, kwargs)
        again = is_number(kind) and getattr(rule, "once", True) and tidy.pure(node)
        key = ast.dump(node) if again else None
        if key in self.seen:  # a number that has been computed already
            return self.seen[key]
        out = self.new(base or title(node), kind, active)
        self.seen |= {key: out} if again else {}
        own = () if is_number(kind) else (out.serial,)
        out.memory = frozenset(own if memory is None else () if is_number(kind) else memory)
        out.made, out.user = (rule.function, args), False
        self.emit(Op(out, rule, tuple(args), kwargs, node))
        return out

    def flat(self, e, memory=()):
        """The value of an expression that does not vary: it stays as it is, without a name."""
        kind, value = self.guess(e)
        memory = frozenset(memory).union(*(v.memory for v in self.values_in(e)))
        return Name(self.program, self.substitute(e), kind, value=value, memory=memory)

    def known(self, value, base="t"):
        """A name for the value of an expression that does not vary."""
        fresh = isinstance(value.node, (ast.BinOp, ast.ListComp, ast.List, ast.Dict)) or (
            isinstance(value.node, ast.Call) and not is_view(value.node)
        )
        memory = None if fresh else value.memory
        out = self.op(Known(), (), {}, value.kind, False, value.node, memory, base)
        out.value = value.value
        return out

    def atom(self, value):
        """A value that may be written twice: a name or a literal."""
        if not isinstance(value, Name) or isinstance(value.node, (ast.Name, ast.Constant)):
            return value
        return self.known(value)

    def one(self, value):
        """A single name for a value; trees become displays."""
        if isinstance(value, Inner):
            self.refuse(f"the inner function {value.source.name} as a value", "call it directly")
        if isinstance(value, Name):
            return self.atom(value)
        if not isinstance(value, (tuple, list, dict)):
            return Name(self.program, node_of(value), kind_of_value(value), value=value)
        keys = list(value) if isinstance(value, dict) else range(len(value))
        parts = [self.one(value[k]) for k in keys]
        like = dict(zip(keys, parts, strict=True)) if isinstance(value, dict) else parts
        like = like if isinstance(value, (dict, list)) else tuple(parts)
        memory = frozenset().union(*(p.memory for p in parts))
        kind = {k: p.kind for k, p in zip(keys, parts, strict=True)}
        kind = kind if isinstance(value, dict) else tuple(kind.values())
        rule = Display(like) if active(parts) else Known()
        return self.op(rule, parts, {}, kind, active(parts), node_of(like), memory, "t")

    def values_in(self, e):
        """The local values that an expression reads."""
        names = [n.id for n in ast.walk(e) if isinstance(n, ast.Name)]
        return [v for n in names for v in trees.leaves(self.env.get(n)) if isinstance(v, Name)]

    # ------------------------------------------------------------ statements

    def block(self, stmts, first=()):
        """The Block of steps of some statements, after what the calls of `first` have written."""
        outer, self.lines, start = self.lines, [], next(self.program.serials)
        seen, self.seen = getattr(self, "seen", None), {}
        for write in first:
            write()
        for s in stmts:
            self.at = s
            getattr(self, f"on_{type(s).__name__}", self.on_other)(s)
        block, self.lines = Block(self.lines, range(start, next(self.program.serials))), outer
        self.seen = seen
        return block

    def at_end(self, block, value):
        """A single name for a value, made at the end of a block."""
        outer, self.lines, seen, self.seen = self.lines, block.steps, self.seen, {}
        value, self.lines, self.seen = self.one(value), outer, seen
        block.serials = range(block.serials.start, next(self.program.serials))
        return value

    def on_other(self, s):
        words = type(s).__name__.lower()
        self.refuse(f"{words} is not covered by source transformation", "use elves.reverse", s)

    def on_Pass(self, s):
        pass

    def on_Assert(self, s):
        self.emit(Plain(self.substitute(s)))

    on_Raise = on_Assert

    def on_Expr(self, s):
        e = s.value
        if isinstance(e, ast.Constant):
            return  # a docstring
        if isinstance(e, ast.Call):
            function = self.resolve(e.func)
            if isinstance(e.func, ast.Attribute) and function is MISSING:
                base = self.env.get(getattr(e.func.value, "id", None))
                if e.func.attr == "append" and base is not None and len(e.args) == 1:
                    return self.append(base, self.one(self.expr(e.args[0])))
                if e.func.attr == "pop" and base is not None and not e.args:
                    return self.pop(base)
                text = ast.unparse(e.func)
                self.refuse(f"{text} may change its array in place", "assign a new array instead")
            if function is np.add.at:
                self.refuse("np.add.at changes its array", "write x[i] = x[i] + y in a loop")
            effects = not among(function, FLAT) and function is not MISSING
            if effects and any(v.kind != SCALAR for a in e.args for v in self.values_in(a)):
                what = f"{ast.unparse(e.func)} is called for its effects"
                self.refuse(what, "let it return a value")
        self.emit(Plain(self.substitute(s)))

    def pop(self, base):
        kind = self.kind_of_item(base.kind, None)
        self.touch(base, base, base.kind if isinstance(base.kind, Seq) else Seq(kind))
        node = method(base.node, "pop")
        return self.op(Pop(), [base], {}, kind, base.active, node, base.memory)

    def append(self, base, value):
        if not isinstance(base, Name) or not (
            isinstance(base.kind, Seq) or type(base.kind) is tuple
        ):
            self.refuse("append to what is no list of this function", "begin with an empty list")
        items = base.kind.item if isinstance(base.kind, Seq) else join_all(base.kind)
        self.touch(base, value, Seq(join(items, value.kind)))
        base.memory |= value.memory
        self.emit(Append(base, value))

    def touch(self, base, value, kind):
        """Something is assigned into a value: what was known of it may change."""
        base.changes = True
        self.seen.clear()
        self.program.stored |= base.memory
        if (value.active and not base.active) or kind != base.kind:
            base.active, base.kind = base.active or value.active, kind
            self.touched.add(base.serial)

    def on_FunctionDef(self, s):
        self.define(s.name, s)

    def define(self, name, node):
        if node.args.defaults or any(node.args.kw_defaults):
            self.refuse("defaults of an inner function are not covered", "pass the value", node)
        body = node.body if isinstance(node.body, list) else [node.body]
        own = {a.arg for a in ast.walk(node) if isinstance(a, ast.arg)}.union(
            *map(parse.stores, body)
        )
        used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} - own - {name}
        free = []
        for n in sorted(used & self.locals):
            inner = self.env.get(n)
            free += [m for m in (inner.free if isinstance(inner, Inner) else [n]) if m not in free]
        source = parse.of_node(node, self.source.lookup, self.source.lines, node)
        source.name, source.params = name, [*source.params, *free]
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
        if not isinstance(value, Name) and not pair and isinstance(value, (list, dict)):
            value = self.one(value)
        for target in s.targets:
            self.assign(target, value)

    def on_AugAssign(self, s):
        function, e = OPERATORS.get(type(s.op)), s.target
        if function is None:
            return self.on_other(s.op)
        if isinstance(e, ast.Subscript):
            base, index = self.expr(e.value), replace(self.index(e.slice), self.atom)
            value = self.arithmetic(function, self.item(base, index, e), self.expr(s.value))
            return self.set_item(base, index, value, e)
        old = self.e_Name(ast.copy_location(load(e.id), e))
        value = self.arithmetic(function, old, self.expr(s.value))
        if not is_number(old.kind):  # NumPy would change it in place
            self.check_memory(old, "an in-place operator")
            for name in [n for n, v in self.env.items() if v is old and n != e.id]:
                self.bind(name, value)
        self.bind(e.id, value)

    def arithmetic(self, function, *args):
        """An operator on values, of which some may vary."""
        if active(args):
            return self.call(function, args)
        rule = core.RULES[function]
        node = self.program.written(function, args)
        return Name(self.program, node, self.program.kind_of_call(rule, args, {}))

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
        text, value = ast.unparse(e.value), self.one(value)
        if not isinstance(base, Name) or not isinstance(base.node, ast.Name):
            self.refuse(f"assignment into {text}", "build a new array", e)
        if "outside" in base.memory:
            what = f"assignment into {text}, which lives outside of the function"
            self.refuse(what, "build a new array in the function", e)
        if value.active and isinstance(base.kind, Kind) and base.kind.dtype.kind in "iub":
            self.refuse(f"{text} holds integers", "begin with floats", e)
        for p in base.memory & set(self.source.params):
            if self.program.depth:
                what = f"{self.source.name} may change its argument {p} in place"
                self.refuse(what, f"copy {p} first", e)
            if not isinstance(self.params[self.source.params.index(p)].kind, Kind):
                self.refuse(f"{text} is the caller's", "build a new one", e)
            self.copied.add(p)
        self.check_memory(base, "an assignment into it")
        self.touch(base, value, self.kind_with(base.kind, index, value.kind))
        if not isinstance(base.kind, Kind):
            base.memory |= value.memory
        old = self.new(f"old_{base.id}", self.kind_of_item(base.kind, index))
        self.emit(Store(base, index, value, old))

    def kind_with(self, kind, index, item):
        """The kind of a tree after an assignment into it."""
        if isinstance(kind, dict) and isinstance(index, str):
            return kind | {index: item}
        if type(kind) is tuple:
            parts = [join(k, item) if isinstance(index, Name) else k for k in kind]
            return tuple(item if k == index else p for k, p in enumerate(parts))
        return Seq(join(kind.item, item)) if isinstance(kind, Seq) else kind

    def check_memory(self, base, what):
        """An array that changes must have one name only: another would see the change."""
        mine = next((n for n, v in self.env.items() if v is base), base.node.id)
        for name, value in self.env.items():
            for other in trees.leaves(value):
                if isinstance(other, Name) and other is not base and other.memory & base.memory:
                    self.refuse(
                        f"{what} would change {name} too, since {mine} may be the same memory",
                        f"write {mine} = {name}.copy() first",
                    )

    # ------------------------------------------------------------ branches and loops

    def on_If(self, s):
        self.fork(s.test, lambda: self.block(s.body), lambda: self.block(s.orelse))

    def fork(self, e, *arms):
        test = self.expr(e)
        if test.value is not MISSING:  # if True:
            self.lines += arms[not test.value]().steps
            return
        test = test if isinstance(test.node, ast.Name) else self.known(test, "branch")
        at, env, found = self.at, self.env, []
        for arm in arms:
            self.env = dict(env)
            found.append((arm(), self.env))
        self.at, self.env, phis = at, dict(env), {}
        (one, first), (two, second) = found
        for name in dict.fromkeys([*first, *second]):
            a, b = first.get(name), second.get(name)  # None: not assigned there
            if a is b:
                self.env[name] = a
                continue
            if (id(a), id(b)) not in phis:
                parts = self.at_end(one, a), self.at_end(two, b)
                phis[id(a), id(b)] = self.phi(name, parts), *parts
            self.env[name] = phis[id(a), id(b)][0]
        self.emit(If(test.node, [one, two], list(phis.values())))

    def phi(self, name, parts):
        """A name for what comes from one of several places."""
        memory = frozenset().union(*(p.memory for p in parts))
        phi = self.new(name, join_all(p.kind for p in parts), active(parts), memory)
        phi.changes = any(p.changes for p in parts)
        return phi

    def loop(self, s, targets, head, first=()):
        """A loop; what its body assigns is read again until no more of it is learnt."""
        at, env = self.at, self.env
        names = parse.stores(ast.Module([*targets, *s.body], []))
        names = [n for n in names if not isinstance(env.get(n), Inner)]
        inits = {n: self.one(env.get(n)) for n in names}
        phis = {n: self.phi(n, [inits[n]]) for n in names}
        taken, outer = set(self.program.taken), self.touched
        while True:
            self.program.taken.clear()
            self.program.taken |= taken
            self.env, self.touched, self.at, more = env | phis, set(), at, False
            written = head()
            block = self.block(s.body, first)
            phis = {n: p for n, p in phis.items() if not isinstance(self.env[n], Inner)}
            nexts = {n: self.at_end(block, self.env[n]) for n in phis}
            for n, value in nexts.items():
                phi = phis[n]
                after = (join(phi.kind, value.kind), phi.active or value.active,
                         phi.memory | value.memory - set(block.serials))  # fmt: skip
                more |= after != (phi.kind, phi.active, phi.memory)
                (phi.kind, phi.active, phi.memory), phi.changes = after, phi.changes | value.changes
            self.touched = {t for t in self.touched if t < block.serials.start}
            outer |= self.touched  # what is around may have to be read again too
            if not more and not self.touched:
                break
        self.touched, self.at = outer, at
        done = self.env[s.done] if getattr(s, "done", None) else None
        self.env = env | phis
        phis = [(phi, inits[n], nexts[n]) for n, phi in phis.items()]
        self.emit(Loop(written, block, phis, done))

    def on_While(self, s):
        self.loop(s, [], lambda: ast.While(self.substitute(s.test), [], []))

    def on_For(self, s):
        pairs = self.pairs(s.target, s.iter)
        if not any(self.varies(i) for _, i in pairs if i is not None):
            return self.plain_for(s)
        # for x, y in zip(xs, ys) is for k in range(len(xs)): x, y = xs[k], ys[k]
        of = [i if i is None else self.one(self.expr(i)) for _, i in pairs]
        lengths = [call("len", v.node) for v in of if v is not None]
        head = call("range", lengths[0] if len(lengths) == 1 else call("min", *lengths))
        if isinstance(s.iter, ast.Call) and self.resolve(s.iter.func) is reversed:
            head = call("reversed", head)
        counter = self.new("k", INTEGER)
        target = ast.Name(counter.id, ast.Store())

        def members():
            for (t, _), xs in zip(pairs, of, strict=True):
                self.assign(t, counter if xs is None else self.item(xs, counter, s))

        self.loop(s, [t for t, _ in pairs], lambda: ast.For(target, head, [], []), [members])

    def pairs(self, target, i):
        """The pairs of target and sequence of a for loop; None for the number of the turn."""
        of = self.resolve(i.func) if isinstance(i, ast.Call) else None
        elts = getattr(target, "elts", ())
        if of is zip and len(elts) == len(i.args):
            return [p for t, a in zip(elts, i.args, strict=True) for p in self.pairs(t, a)]
        if of is enumerate and len(elts) == 2 and len(i.args) == 1:
            return [(elts[0], None), *self.pairs(elts[1], i.args[0])]
        if of is reversed and len(i.args) == 1 and self.varies(i.args[0]):
            return self.pairs(target, i.args[0])
        return [(target, i)]

    def plain_for(self, s):
        """A loop over what does not vary."""
        i, variables = self.expr(s.iter), {}
        kind = INTEGER if is_range(s.iter) else self.kind_of_item(i.kind, None)

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
        if any(i.optional_vars or self.varies(i.context_expr) for i in s.items):
            self.refuse("this with block is not covered", "take it out of the function")
        items = self.substitute(s.items)
        self.emit(With(items, self.block(s.body)))

    # ------------------------------------------------------------ what does not vary

    def resolve(self, node):
        """The object that a dotted name outside of this function stands for."""
        if isinstance(node, ast.Name) and node.id not in self.locals:
            try:
                return self.program.look_up(self.source, node.id)
            except KeyError:
                return MISSING
        if isinstance(node, ast.Attribute):
            base = self.resolve(node.value)
            return MISSING if base is MISSING else getattr(base, node.attr, MISSING)
        function = self.resolve(node.func) if isinstance(node, ast.Call) else None
        if getattr(function, "__module__", None) == "elves.source":  # such as source.grad(g)
            names = {n.id: self.resolve(n) for n in ast.walk(node) if isinstance(n, ast.Name)}
            if MISSING not in names.values():
                return evaluate(node, names)
        return MISSING

    def varies(self, e):
        """Does an expression depend on the differentiated arguments?"""
        if isinstance(e, ast.Name):
            value = self.env.get(e.id)
            if isinstance(value, Inner):
                return any(self.varies(load(n)) for n in value.free)
            return active(value)
        if isinstance(e, (ast.Constant, ast.JoinedStr, ast.Compare)):
            return False  # whatever is compared, the answer does not vary
        if isinstance(e, (ast.UnaryOp, ast.BinOp)) and isinstance(e.op, (ast.Not, ast.FloorDiv)):
            return False
        if isinstance(e, ast.Attribute) and e.attr in FLAT_ATTRIBUTES:
            return False
        if isinstance(e, ast.Subscript):
            return self.varies(e.value)
        if isinstance(e, ast.Call):
            function = self.resolve(e.func)
            if function is MISSING and isinstance(e.func, ast.Attribute):
                function = core.METHODS.get(e.func.attr)
                if e.func.attr in FLAT_METHODS:
                    return False
            if among(function, FLAT) or getattr(rule_of(function), "constant", False):
                return False
        parts = [e.body] if isinstance(e, ast.Lambda) else ast.iter_child_nodes(e)
        return any(self.varies(part) for part in parts)

    def substitute(self, node, bound=None):
        """Code with the new names in the place of the user's; `bound` are names of its own."""
        bound = bound or {}
        if isinstance(node, list):
            return [self.substitute(n, bound) for n in node]
        if not isinstance(node, ast.AST) or not node._fields:
            return node
        if isinstance(node, ast.Name):
            if node.id in bound:
                return ast.Name(bound[node.id], node.ctx)
            value = self.e_Name(node) if isinstance(node.ctx, ast.Load) else None
            if isinstance(value, Inner):
                self.refuse(f"the inner function {node.id} in here", "call it in a line of its own")
            return node if value is None else node_of(value)
        if isinstance(node, ast.arg):
            return ast.arg(bound[node.arg])
        own = parse.params_of(node) if isinstance(node, ast.Lambda) else []
        own += [n for c in getattr(node, "generators", ()) for n in names_of(c.target)]
        bound = bound | {n: self.fresh(n) for n in own}
        fields = {f: self.substitute(getattr(node, f, None), bound) for f in node._fields}
        return type(node)(**fields)

    def guess(self, e):
        """The kind of an expression that does not vary, and its value where it is known.

        It is evaluated twice, with arrays of the right shapes but different numbers.
        """
        try:
            return kind_of_value(value := ast.literal_eval(e)), value
        except (ValueError, TypeError, SyntaxError):
            pass
        found = []
        try:
            inside = self.safe(e)
            with np.errstate(all="ignore"):
                for turn in (0, 1):
                    scope = {n: stand_in(v, turn) for n, v in inside.items()}
                    found.append(evaluate(e, scope))
        except Exception:
            return None, MISSING
        kinds = list(map(kind_of_value, found))
        if kinds[0] != kinds[1]:
            return None, MISSING
        asked = {id(n) for a in ast.walk(e) if about_shape(a) for n in ast.walk(a)}
        names = [n for n in ast.walk(e) if isinstance(n, ast.Name)]
        sure = all(id(n) in asked or n.id not in self.env for n in names)
        known = sure and isinstance(found[0], (int, tuple)) and found[0] == found[1]
        return kinds[0], found[0] if known else MISSING

    def safe(self, e):
        """What the names in an expression stand for, if evaluating it can do no harm."""
        bound = {n.id for c in ast.walk(e) if isinstance(c, ast.comprehension)
                 for n in ast.walk(c.target) if isinstance(n, ast.Name)}  # fmt: skip
        inside = {}
        for n in ast.walk(e):
            if isinstance(n, ast.Name) and n.id not in bound:
                value = self.env.get(n.id, MISSING)
                inside[n.id] = self.resolve(n) if value is MISSING else value
            elif isinstance(n, ast.Call):
                function = self.resolve(n.func)
                method = function is MISSING and getattr(n.func, "attr", "") in SAFE_METHODS
                module = (getattr(function, "__module__", "") or "").split(".")
                numpy = module[0] in ("numpy", "math") and "random" not in module
                ufunc = isinstance(function, np.ufunc)
                if among(function, UNSURE) or not (
                    method or numpy or ufunc or among(function, SAFE) or among(function, FLAT)
                ):
                    raise Undecided("it might do something")
            elif isinstance(n, ast.Lambda) or (
                isinstance(n, ast.Subscript) and not self.steady(n.slice)
            ):
                raise Undecided("its size may differ from turn to turn")
        return inside

    def steady(self, index):
        """Is the size of x[index] the same, whatever the numbers are?"""
        for n in ast.walk(index):
            if isinstance(n, (ast.Compare, ast.Call, ast.Invert)):
                return False
            if isinstance(n, ast.Slice):
                ends = [p for p in (n.lower, n.upper, n.step) if p is not None]
                if any(self.guess(p)[1] is MISSING for p in ends):
                    return False
            if isinstance(n, ast.Name):
                kind = getattr(self.env.get(n.id), "kind", INTEGER)
                if not isinstance(kind, Kind) or kind.dtype.kind == "b":
                    return False
        return True

    # ------------------------------------------------------------ expressions that vary

    def expr(self, e):
        if not self.varies(e):
            if isinstance(self.env.get(getattr(getattr(e, "func", None), "id", None)), Inner):
                return self.e_Call(e)
            if isinstance(e, (ast.Name, ast.Attribute)):
                return self.e_Name(e) if isinstance(e, ast.Name) else self.outer_attribute(e)
            return self.flat(e)
        name = type(e).__name__
        method = getattr(self, f"e_{name}", None)
        if method is None:
            self.refuse(*WORDS.get(name, (f"{name} of what varies", "write it as statements")), e)
        return method(e)

    def e_Name(self, e):
        if e.id in self.env:
            return self.env[e.id]
        if e.id in self.locals or self.resolve(e) is MISSING:
            return Name(self.program, e)
        return self.outside(self.source, e.id)

    def outside(self, source, name):
        node, kind = self.program.outside(source, name)
        return Name(self.program, node, kind, memory={"outside"})

    def outer_attribute(self, e):
        value = self.resolve(e)
        found = self.flat(e, {"outside"} if value is not MISSING else ())
        if value is not MISSING and not isinstance(value, types.ModuleType):
            found.kind = self.program.checked(self.source, e, value)
        return found

    def e_Tuple(self, e):
        if any(isinstance(x, ast.Starred) for x in e.elts):
            self.refuse("a star inside a list", "name the parts", e)
        return (list if isinstance(e, ast.List) else tuple)(self.expr(x) for x in e.elts)

    e_List = e_Tuple

    def e_Dict(self, e):
        if not all(isinstance(k, ast.Constant) for k in e.keys):
            self.refuse("a dict with such keys", "use literal keys", e)
        return {k.value: self.expr(v) for k, v in zip(e.keys, e.values, strict=True)}

    def e_UnaryOp(self, e):
        return self.call(OPERATORS.get(type(e.op)) or self.on_other(e.op), [self.expr(e.operand)])

    def e_BinOp(self, e):
        args = [self.expr(e.left), self.expr(e.right)]
        return self.call(OPERATORS.get(type(e.op)) or self.on_other(e.op), args)

    def e_IfExp(self, e):
        def arm(part):
            return lambda: self.block([], [lambda: self.bind("value", self.one(self.expr(part)))])

        outer = self.env.pop("value", None)
        self.fork(e.test, arm(e.body), arm(e.orelse))
        value = self.env.pop("value")
        self.env |= {} if outer is None else {"value": outer}
        return value

    def e_Attribute(self, e):
        base = self.expr(e.value)
        if e.attr in getattr(base, "_fields", ()):
            return getattr(base, e.attr)
        base = self.one(base)
        if e.attr == "T" and not is_tree(base.kind):
            return self.call(np.transpose, [base])
        if isinstance(base.kind, Kind):
            self.refuse(f"x.{e.attr}", "write it with a function of NumPy", e)
        key = self.program.call(helpers.field, base.node, ast.Constant(e.attr))
        return self.item(base, self.known(Name(self.program, key, INTEGER)), e)

    def index(self, e):
        if isinstance(e, ast.Tuple):
            return tuple(map(self.index, e.elts))
        if isinstance(e, ast.Slice):
            ends = (e.lower, e.upper, e.step)
            return slice(*(None if p is None else self.index(p) for p in ends))
        return raw(self.one(self.expr(e)))

    def e_Subscript(self, e):
        return self.item(self.expr(e.value), self.index(e.slice), e)

    def item(self, base, index, e):
        """``base[index]``"""
        if not isinstance(base, Name) and not isinstance(index, Name):
            try:
                return base[index]
            except (KeyError, IndexError, TypeError):
                self.refuse(f"{ast.unparse(e)} does not exist", "look at its index", e)
        base = self.one(base)
        kind = self.kind_of_item(base.kind, index)
        node = at(base.node, node_of(index))
        if not base.active:
            return Name(self.program, node, kind, memory=() if is_number(kind) else base.memory)
        base.changes = True
        single = isinstance(index, (int, str)) or getattr(index, "kind", None) == INTEGER
        if is_tree(base.kind) or (base.kind is None and single):
            if isinstance(index, slice):
                self.refuse("a slice of a list of what varies", "name its entries", e)
            args = [base, self.atom(index)]
            node = at(base.node, node_of(args[1]))
            return self.op(Item(), args, {}, kind, True, node, base.memory)
        return self.call(operator.getitem, [base, index])

    def kind_of_item(self, kind, index):
        """The kind of an entry of a value; the index None stands for any number."""
        if kind is None or kind is BOTTOM:
            return kind
        if isinstance(kind, Seq):
            return kind.item
        if type(kind) is tuple and index is None:
            return join_all(kind)
        if isinstance(kind, Kind):
            if index is None:
                return Kind(kind.shape[1:], kind.dtype) if kind.shape else ARRAY
            parts = index if isinstance(index, tuple) else (index,)
            ends = [n for p in parts if isinstance(p, slice) for n in (p.start, p.stop, p.step)]
            if kind.shape is None or any(isinstance(known(n), Name) for n in ends):
                return ARRAY
            like = Name(self.program, load("x"), kind)
            return self.program.kind_of_call(core.RULES[operator.getitem], [like, index], {})
        if isinstance(index, (int, str)):
            try:
                return kind[index]
            except (KeyError, IndexError):
                return None
        return join_all(kind.values() if isinstance(kind, dict) else kind)

    # ------------------------------------------------------------ calls

    def call(self, function, args, kwargs=None):
        """A call of a function of the table, of which some argument varies."""
        rule = core.RULES[function]
        args, kwargs = replace(tuple(args), raw), replace(kwargs or {}, raw)
        if rule.takes_lists:
            args = tuple(map(self.stacked, args))
        args = tuple(list(map(self.one, a)) if type(a) is list and active(a) else a for a in args)
        args, kwargs = replace(args, self.atom), replace(kwargs, self.atom)
        try:
            if kwargs or len(args) != rule.arity or rule.derived:
                args, kwargs = rule.settle(args, kwargs)
            y = (
                self.derived(rule, args, kwargs)
                if rule.derived
                else self.program.apply(rule, args, kwargs)
            )
        except ElfError as error:
            raise type(error)(f"Line {self.at.lineno} of {self.source.name}: {error}") from None
        if function in VIEWS and isinstance(y, Name) and not is_number(y.kind):
            y.memory = frozenset().union(*(v.memory for v in self.names_in(args)))
        return y

    def names_in(self, args):
        return [v for v in trees.leaves([*args]) if isinstance(v, Name)]

    def derived(self, rule, args, kwargs):
        """A function that is written with others is run on names, or followed at run time."""
        steps, taken = len(self.lines), set(self.program.taken)
        try:
            y = rule.derived(*args, **kwargs)
            if rule.function in AS_WRITTEN and self.lines and y is self.lines[-1].out:
                self.lines[-1].node = self.program.written(rule.function, args, kwargs)
            if all(isinstance(v, Name) for v in trees.leaves(y)):
                return y
        except Exception:  # it asked for what is not known yet
            pass
        del self.lines[steps:]
        self.program.taken.clear()
        self.program.taken |= taken
        node = self.program.written(rule.function, args, kwargs)
        values = self.names_in([*args, *kwargs.values()])
        try:  # functions such as np.split have several results
            one, two = (kind_of_value(rule.function(*stand_in(list(args), turn),
                        **stand_in(kwargs, turn))) for turn in (0, 1))  # fmt: skip
        except Exception:
            one, two = None, MISSING
        return self.at_run_time(node, values, one if one == two else None)

    def at_run_time(self, node, values, kind=None):
        """A call that another engine follows when the program runs."""
        values = list(dict.fromkeys(v for v in values if v.active))
        args = ast.arguments([], [ast.arg(v.id) for v in values], None, [], [], None, [])
        memory = frozenset().union(*(v.memory for v in values))
        return self.op(Opaque(ast.Lambda(args, node)), values, {}, kind, True, node, memory)

    def stacked(self, value):
        """np.array([x, y]) of what varies is np.stack([x, y])."""
        value = raw(value)
        if not isinstance(value, (list, tuple)) and not is_tree(getattr(value, "kind", None)):
            return value
        if isinstance(value, Name) and value.active:
            return value
        if not active(value):
            node = self.program.call(np.array, node_of(value))
            return Name(self.program, node, kind_of_value(np.asarray(stand_in(value, 0))))
        return self.call(np.stack, [[self.one(self.stacked(v)) for v in value]])

    def e_Call(self, e):
        function, inner = self.resolve(e.func), self.env.get(getattr(e.func, "id", None))
        if any(isinstance(a, ast.Starred) for a in e.args) or any(
            k.arg is None for k in e.keywords
        ):
            self.refuse("a starred argument", "name the arguments", e)
        if function is MISSING and isinstance(e.func, ast.Call):
            made = self.resolve(e.func.func)
            if isinstance(made, types.FunctionType) and parse.of_engine(made):
                return self.at_run_time(self.substitute(e), self.values_in(e))
        if any(isinstance(a, ast.Lambda) for a in e.args) and parse.of_engine(function):
            return self.at_run_time(self.substitute(e), self.values_in(e))
        args = list(map(self.expr, e.args))
        words = {k.arg: self.expr(k.value) for k in e.keywords}
        if isinstance(inner, Inner):
            words |= {n: self.env[n] for n in inner.free}
            return self.user_call(e, inner.source, args, words)
        if function is MISSING and getattr(e.func, "attr", "") == "pop" and not args:
            return self.pop(self.one(self.expr(e.func.value)))
        if function is MISSING and isinstance(e.func, ast.Attribute):
            function, args = self.method(e, self.one(self.expr(e.func.value)), e.func.attr, args)
        if function is None:
            return args
        if among(function, COPIES | ITSELF):
            return self.copy(e, function, args, words)
        function = SAME[function] if among(function, SAME) else function
        if among(function, BOTH) and len(args) == 2 and not words:
            args = [self.atom(raw(a)) for a in args]
            kind = self.program.kind_of_call(core.RULES[BOTH[function]], args, {})
            node = call(function.__name__, *map(node_of, args))
            return self.op(core.RULES[BOTH[function]], args, {}, kind, True, node)
        if function is sum and args and isinstance(args[0], (list, tuple)):
            return functools.reduce(lambda a, b: self.call(np.add, [a, b]), args[0], *args[1:])
        if function is helpers.add:
            a, b = map(self.one, args)
            node = self.program.call(helpers.add, a.node, b.node)
            return self.op(Sum(), [a, b], {}, join(a.kind, b.kind), True, node)
        if rule_of(function):
            return self.call(function, args, words)
        return self.other_call(e, function, args, words)

    def method(self, e, base, method, args):
        """The function that a method of arrays stands for, and its arguments."""
        if method in ("reshape", "transpose"):
            return getattr(np, method), [base, *([tuple(args)] if len(args) > 1 else args)]
        if method == "item" and not args:
            return None, base if is_number(base.kind) else self.call(np.reshape, [base, ()])
        if method not in core.METHODS:
            raise NoRuleError(
                f"Line {e.lineno} of {self.source.name}: x.{method} has no derivative rule: write "
                "it with functions that have one, such as np.reshape or np.where."
            )
        return np.copy if method == "copy" else core.METHODS[method], [base, *args]

    def copy(self, e, function, args, words):
        """np.array(x) and its like: x itself, a copy of it, or a stack of what is in it."""
        dtype = words.get("dtype") or (args[1:] or [None])[0]
        if dtype is not None and ast.unparse(node_of(dtype)) not in ("float", "np.float64"):
            self.refuse(f"the dtype {ast.unparse(node_of(dtype))}", "use x.astype", e)
        x = self.stacked(args[0])
        if x is not args[0] or function in ITSELF:
            return x
        if is_tree(x.kind):
            return self.at_run_time(self.program.call(np.stack, x.node), [x], ARRAY)
        if not isinstance(x.kind, Kind):
            self.refuse("a copy of what may be a list", "write its entries anew", e)
        node = self.program.call(np.array, x.node)
        return self.op(core.RULES[np.positive], [x], {}, x.kind, True, node)

    def other_call(self, e, function, args, words):
        """A call of what has no row in the table."""
        if getattr(function, "__module__", "") == "builtins":
            self.refuse(f"{getattr(function, '__name__', function)} of what varies", "use NumPy", e)
        if function is MISSING:
            self.refuse(f"the call of {ast.unparse(e.func)}, which is not known before the program "
                        "runs", "call a function by its own name", e)  # fmt: skip
        if hasattr(function, "program_for"):
            function = function.program_for([self.one(a).kind for a in args]).run
        if parse.of_engine(function):
            args, words = [self.one(a) for a in args], {k: self.one(v) for k, v in words.items()}
            node = self.program.written(function, args, words)
            return self.at_run_time(node, [*args, *words.values()])
        if not isinstance(function, (types.FunctionType, types.MethodType)):
            named = hasattr(function, "__name__")
            name = core.full_name(function) if named else ast.unparse(e.func)
            raise NoRuleError(
                f"Line {e.lineno} of {self.source.name}: {name} has no derivative rule: write it "
                "with functions that have one, or add a row as elves/rules shows."
            )
        return self.user_call(e, parse.read(function), args, words)

    def user_call(self, e, source, args, words):
        """A call of a function whose source is transformed too."""
        if len(args) > len(source.params) or set(words) - set(source.params):
            self.refuse(f"the arguments of {source.name} do not fit", "call it as it is defined", e)
        bound = dict(zip(source.params, args, strict=False)) | words
        for p in source.params:
            if p not in bound and p not in source.defaults:
                self.refuse(f"{source.name} needs its argument {p}", "pass it", e)
            bound[p] = self.one(bound[p] if p in bound else self.default(source, p))
        values = [bound[p] for p in source.params]
        inner = {n: v for n, v in self.env.items() if isinstance(v, Inner)}
        sub = self.program.sub(source, [v.kind for v in values], [v.active for v in values], inner)
        self.program.now = self
        memory = frozenset().union(*(v.memory for v in values))
        node = call(sub.forward, *(v.node for v in values))
        return self.op(sub, values, {}, sub.kind, sub.active, node, memory, source.name)

    def default(self, source, p):
        value = source.defaults[p]
        plain = value is None or isinstance(value, (bool, int, float, str))
        return value if plain else self.outside(source, p)


def names_of(e):
    return [n.id for n in ast.walk(e) if isinstance(n, ast.Name)]


def is_view(node):
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    return name in {f.__name__ for f in VIEWS} | {"asarray", "sorted", "list", "tuple", "zip"}


def raw(value):
    """A literal as itself, where a row can look at it."""
    known = isinstance(value, Name) and value.value is not MISSING
    return value.value if known and not names_of(value.node) else value


def evaluate(node, scope):
    text = ast.fix_missing_locations(ast.Expression(node))
    return eval(compile(text, "<expression>", "eval"), dict(scope))


def about_shape(node):
    """Does a piece of code ask for shapes only?"""
    if isinstance(node, ast.Attribute):
        return node.attr in FLAT_ATTRIBUTES
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "len"


def stand_in(value, turn):
    """Something of the kind of a value, in two versions; what is known is itself."""
    if isinstance(value, dict):
        return {k: stand_in(v, turn) for k, v in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value)(stand_in(v, turn) for v in value)
    if not isinstance(value, Name):
        return value
    return value.value if value.value is not MISSING else stand_in_of(value.kind, turn)


def stand_in_of(kind, turn):
    if isinstance(kind, Kind) and kind.shape is not None:
        if kind.dtype.kind == "f" and turn:
            return np.linspace(-9.0, 9.0, math.prod(kind.shape)).reshape(kind.shape)[()]
        x = np.broadcast_to(np.asarray(2 - turn).astype(kind.dtype), kind.shape)
        return x if kind.shape else x.item()
    if isinstance(kind, dict):
        return {k: stand_in_of(v, turn) for k, v in kind.items()}
    if type(kind) is tuple:
        return tuple(stand_in_of(k, turn) for k in kind)
    raise Undecided("no stand-in")

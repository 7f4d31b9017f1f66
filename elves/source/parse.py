"""Find a function's source, and take its jumps and reassignments out of the way."""

import ast
import builtins
import copy
import functools
import inspect
import itertools
import linecache
import os
import types
from dataclasses import dataclass, field

from elves import core
from elves.errors import SourceError

MISSING = object()


@dataclass(eq=False)
class Source:
    """A function as it was read: its parameters, its body, and what its outer names stand for."""

    name: str
    args: ast.arguments
    body: list
    lookup: object  # name -> value; raises KeyError
    lines: list
    key: object
    defaults: dict
    inner: dict = field(default_factory=dict)
    modules: dict = field(default_factory=dict)

    @property
    def params(self):
        a = self.args
        return [p.arg for p in (*a.posonlyargs, *a.args, *a.kwonlyargs)]

    def refuse(self, node, what, way):
        raise SourceError(f"Line {getattr(node, 'lineno', '?')} of {self.name}: {what}: {way}.")


@functools.lru_cache(64)
def _functions(text):
    nodes = [n for n in ast.walk(ast.parse(text)) if isinstance(n, (ast.FunctionDef, ast.Lambda))]
    firsts = [getattr(n, "decorator_list", None) or [n] for n in nodes]
    return [(first[0].lineno, n) for first, n in zip(firsts, nodes, strict=True)]


def _inside(code, node):
    """How many of a function's instructions stand in the text of a node."""
    start, end = (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
    places = [p for p in code.co_positions() if None not in p and p[2:] != (0, 0)]
    hits = sum(start <= (p[0], p[2]) and (p[1], p[3]) <= end for p in places)
    return hits, -(end[0] - start[0]), start[1] - end[1]


def read(f):
    """The Source of a function; raises SourceError if it has none."""
    bound = {}
    if isinstance(f, types.MethodType):
        f, bound = f.__func__, {0: f.__self__}
    if f in core.RULES:
        return _of_row(f)
    if not isinstance(f, types.FunctionType):
        raise SourceError(
            f"{type(f).__name__} {f!r:.40} is no Python function: wrap it in a def whose source "
            "can be read, or use elves.reverse."
        )
    code, name = f.__code__, f.__name__
    lines = linecache.getlines(code.co_filename, f.__globals__)
    try:
        found = [n for first, n in _functions("".join(lines)) if first == code.co_firstlineno]
    except SyntaxError:
        found = []
    kind = ast.Lambda if code.co_name == "<lambda>" else ast.FunctionDef
    found = [n for n in found if isinstance(n, kind) and _names(n) == code.co_varnames[: _count(n)]]
    if not found:
        raise SourceError(
            f"The source of {name} cannot be read: define it in a file or in a notebook cell, or "
            "use elves.reverse, which needs no source."
        )
    node = max(found, key=lambda n: _inside(code, n))
    cells = dict(zip(code.co_freevars, f.__closure__ or (), strict=True))
    if bound:
        cells[code.co_varnames[0]] = types.CellType(bound[0])
        node = copy.copy(node)
        node.args = copy.copy(node.args)
        node.args.args = node.args.args[1:]

    def lookup(name):
        if name in cells:
            try:
                return cells[name].cell_contents
            except ValueError:
                raise KeyError(name) from None
        return f.__globals__[name] if name in f.__globals__ else vars(builtins)[name]

    parameters = inspect.signature(f).parameters.values()
    defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
    return of_node(node, lookup, lines, f, defaults)


def _names(node):
    a = node.args
    more = [p.arg for p in (a.vararg, a.kwarg) if p]
    return (*(p.arg for p in (*a.posonlyargs, *a.args, *a.kwonlyargs)), *more)


def _count(node):
    return len(_names(node))


def of_node(node, lookup, lines, key, defaults):
    name = getattr(node, "name", "wish")
    body = node.body
    if isinstance(node, ast.Lambda):
        name, body = "f", [ast.copy_location(ast.Return(body), body)]
    source = Source(name, node.args, body, lookup, lines, key, defaults)
    for star in (node.args.vararg, node.args.kwarg):
        if star:
            source.refuse(star, f"*{star.arg} has no fixed number of arguments", "name them")
    return source


HOME = os.path.dirname(os.path.dirname(__file__))
PROGRAMS = ("rules", "workloads.py", "constructs.py", "digits.py")
READABLE = tuple(os.path.join(HOME, name) for name in PROGRAMS)


def of_engine(f):
    """Is this a function of another engine, which is walked at run time? Programs are not."""
    file = getattr(getattr(f, "__code__", None), "co_filename", "")
    return file.startswith(HOME) and not file.startswith(READABLE) and not hasattr(f, "program_for")


def wrapped(f, count):
    """Another engine's function as a function of so many arguments that calls it."""
    if not of_engine(f) or f in core.RULES:
        return f
    names = ", ".join(f"x{k}" for k in range(count))
    text, scope = f"def f({names}):\n    return function({names})\n", {"function": f}
    filename = f"<engine {id(f)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    exec(compile(text, filename, "exec"), scope)
    return scope["f"]


def _of_row(f):
    """A NumPy function as if someone had written ``def f(x): return np.f(x)``."""
    rule = core.RULES[f]
    names = rule.names if len(set(rule.names or ())) == len(rule.names or "x") else ["a", "b"]
    text = f"def {f.__name__}({', '.join(names)}):\n    return function({', '.join(names)})\n"
    node = ast.parse(text).body[0]
    return of_node(node, {"function": f}.__getitem__, text.splitlines(True), f, {})


# ------------------------------------------------------------ jumps


JUMPS = (ast.Return, ast.Break, ast.Continue)


def jumps(node, inner=False):
    """Does a statement leave the block that it stands in?"""
    if isinstance(node, ast.Return) or (isinstance(node, JUMPS) and not inner):
        return True
    if isinstance(node, (ast.FunctionDef, ast.Lambda, ast.expr)):
        return False
    inner = inner or isinstance(node, (ast.For, ast.While))
    return any(jumps(child, inner) for child in ast.iter_child_nodes(node))


def always(stmts):
    """Does a block always end in a jump?"""
    last = stmts[-1] if stmts else None
    if isinstance(last, ast.If):
        return always(last.body) and always(last.orelse)
    return isinstance(last, (*JUMPS, ast.Raise))


def assign(name, value, like):
    target = ast.Name(name, ast.Store())
    node = ast.copy_location(ast.Assign([target], value), like)
    return ast.fix_missing_locations(node)


class Straight:
    """Statements without return, break and continue: what they skip moves into an else.

    A loop that was left early ends with the one ``if done: break`` that the walks know.
    """

    def __init__(self, source, fresh):
        self.source, self.fresh, self.result = source, fresh, None

    def function(self, body):
        returns = [n for s in body for n in _returns(s)]
        last = body[-1]
        if len(returns) == 1 and isinstance(last, ast.Return) and isinstance(last.value, ast.Name):
            self.result = last.value.id
            return self.block(body[:-1], (), None)
        self.result = self.fresh("result")
        body = self.block(body, (), None)
        if not (returns and always([last])):
            body = [assign(self.result, ast.Constant(None), self.source.body[0]), *body]
        return body

    def block(self, stmts, flags, loop):
        out = []
        for k, s in enumerate(stmts):
            rest = stmts[k + 1 :]
            if isinstance(s, JUMPS):
                if isinstance(s, ast.Return):
                    if hasattr(s, "late"):  # an inner loop has already set the result
                        pass
                    else:
                        out.append(assign(self.result, s.value or ast.Constant(None), s))
                    if loop:
                        loop["returned"] = loop["returned"] or self.fresh("returned")
                        out.append(assign(loop["returned"], ast.Constant(True), s))
                if loop and not isinstance(s, ast.Continue):
                    loop["done"] = loop["done"] or self.fresh("done")
                    out.append(assign(loop["done"], ast.Constant(True), s))
                return out + [assign(flag, ast.Constant(False), s) for flag in flags]
            if isinstance(s, ast.If) and jumps(s):
                return out + self.branch(s, rest, flags, loop)
            if isinstance(s, (ast.For, ast.While)):
                if s.orelse:
                    self.source.refuse(s, "the else of a loop is not covered", "use a flag")
                inner = {"done": None, "returned": None}
                new = copy.copy(s)
                new.body = self.block(s.body, (), inner)
                if inner["done"]:
                    out.append(assign(inner["done"], ast.Constant(False), s))
                    test = ast.Name(inner["done"], ast.Load())
                    new.done = inner["done"]
                    stop = ast.copy_location(ast.If(test, [ast.Break()], []), s)
                    new.body = [*new.body, ast.fix_missing_locations(stop)]
                if inner["returned"]:
                    out.append(assign(inner["returned"], ast.Constant(False), s))
                    late = ast.copy_location(ast.Return(None), s)
                    late.late = True
                    left = ast.copy_location(
                        ast.If(ast.Name(inner["returned"], ast.Load()), [late], []), s
                    )
                    return [
                        *out,
                        new,
                        *self.branch(ast.fix_missing_locations(left), rest, flags, loop),
                    ]
                out.append(new)
            elif isinstance(s, (ast.With, ast.If)):
                if isinstance(s, ast.With) and jumps(s):
                    self.source.refuse(s, "a jump out of a with block", "return after the block")
                new = copy.copy(s)
                new.body = self.block(s.body, flags, loop)
                if isinstance(s, ast.If):
                    new.orelse = self.block(s.orelse, flags, loop)
                out.append(new)
            else:
                out.append(s)
        return out

    def branch(self, s, rest, flags, loop):
        """An if that may jump, and what follows it."""
        new, after, before = copy.copy(s), [], []
        body, orelse, inner = s.body, s.orelse, flags
        if rest and always(body):
            orelse = orelse + rest
        elif rest and always(orelse):
            body = body + rest
        elif rest:
            go_on = self.fresh("go_on")
            before = [assign(go_on, ast.Constant(True), s)]
            test = ast.copy_location(ast.Name(go_on, ast.Load()), s)
            after = [ast.copy_location(ast.If(test, self.block(rest, flags, loop), []), s)]
            inner = (*flags, go_on)
        new.body = self.block(body, inner, loop) or [ast.copy_location(ast.Pass(), s)]
        new.orelse = self.block(orelse, inner, loop)
        return [*before, new, *after]


def _returns(node):
    if isinstance(node, (ast.FunctionDef, ast.Lambda)):
        return []
    own = [node] if isinstance(node, ast.Return) else []
    return own + [r for child in ast.iter_child_nodes(node) for r in _returns(child)]


# ------------------------------------------------------------ one name, one value


class Rename(ast.NodeTransformer):
    def __init__(self, names):
        self.names = names

    def visit_Name(self, node):
        if node.id in self.names:
            return ast.copy_location(ast.Name(self.names[node.id], node.ctx), node)
        return node


def renamed(node, names):
    return Rename(names).visit(copy.deepcopy(node)) if names else node


def targets(node):
    """The names that a statement assigns."""
    stores = (ast.Store, ast.Del)
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, stores)}


def versions(source, body, fresh):
    """Give a name that is assigned again at the top level a second name, so that both can live."""
    names, seen, out, new = {}, set(source.params), [], set()
    scopes = (ast.FunctionDef, ast.Lambda, ast.comprehension, ast.GeneratorExp, ast.ListComp)
    inner = [n for s in body for n in ast.walk(s) if isinstance(n, scopes)]
    shared = {n.id for s in inner for n in ast.walk(s) if isinstance(n, ast.Name)}
    for s in body:
        if not isinstance(s, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
            out.append(renamed(s, names))
        else:
            s = copy.copy(s)
            if isinstance(s, ast.AugAssign) and isinstance(s.target, ast.Name):
                load = ast.copy_location(ast.Name(s.target.id, ast.Load()), s)
                value = ast.copy_location(ast.BinOp(load, s.op, s.value), s)
                s = ast.copy_location(ast.Assign([s.target], value), s)
                s.augmented = True
            if s.value is not None:
                s.value = renamed(s.value, names)
            again = (targets(s) & seen) - shared
            names = names | {name: fresh(name) for name in sorted(again)}
            new |= set(names.values())
            if isinstance(s, ast.Assign):
                s.targets = [renamed(t, names) for t in s.targets]
            else:
                s.target = renamed(s.target, names)
            out.append(s)
        seen |= targets(s) | {names[n] for n in names}
    return out, new


def counter(taken):
    """A function that gives names which nobody uses yet."""

    def fresh(base):
        numbered = (f"{base}_{k}" for k in itertools.count(2))
        name = next(n for n in itertools.chain([base], numbered) if n not in taken)
        taken.add(name)
        return name

    return fresh

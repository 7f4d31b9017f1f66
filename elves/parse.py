"""Find a function's source, and take its jumps out of the way."""

import ast
import builtins
import copy
import functools
import inspect
import itertools
import linecache
import math
import os
import types
from dataclasses import dataclass

import numpy as np

from elves import core
from elves.errors import SourceError

MISSING = object()  # what a name stands for that has no value yet


@dataclass(eq=False)
class Source:
    """A function as it was read. `getter(name)()` is what an outer name stands for now."""

    name: str
    params: list
    body: list
    getter: object
    lines: list
    key: object
    defaults: dict
    star: str = None  # the parameter that takes what else there is: it is the last one

    def refuse(self, node, what, way):
        raise SourceError(f"Line {getattr(node, 'lineno', '?')} of {self.name}: {what}: {way}.")


def params_of(node):
    a = node.args
    return [p.arg for p in (*a.posonlyargs, *a.args, *a.kwonlyargs)]


_tree = functools.lru_cache(64)(ast.parse)


def _functions(node, line):
    """The functions in a syntax tree whose first line is this one."""
    for child in ast.iter_child_nodes(node):
        first, *_ = getattr(child, "decorator_list", None) or [child]
        if isinstance(child, (ast.FunctionDef, ast.Lambda)) and first.lineno == line:
            yield child
        if getattr(first, "lineno", line) <= line <= getattr(child, "end_lineno", line):
            yield from _functions(child, line)


def _inside(code, node):
    """How many of a function's instructions stand in the text of a node."""
    start, end = (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)
    places = [p for p in code.co_positions() if None not in p and p[2:] != (0, 0)]
    hits = sum(start <= (p[0], p[2]) and (p[1], p[3]) <= end for p in places)
    return hits, -(end[0] - start[0]), start[1] - end[1]


def lines_of(f):
    """The lines of the file that a function stands in."""
    return linecache.getlines(f.__code__.co_filename, f.__globals__)


def own_params(f):
    code = f.__code__
    return list(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])


def node_of(f):
    """The syntax tree of a Python function; raises SourceError if its text cannot be read."""
    code = f.__code__
    try:
        found = [*_functions(_tree("".join(lines_of(f))), code.co_firstlineno)]
    except SyntaxError:
        found = []
    kind = ast.Lambda if code.co_name == "<lambda>" else ast.FunctionDef
    found = [n for n in found if isinstance(n, kind) and params_of(n) == own_params(f)]
    if not found:
        raise SourceError(
            f"The source of {f.__name__} cannot be read: define it in a file or in a notebook "
            "cell, or use elves.reverse, which needs no source."
        )
    return max(found, key=lambda n: _inside(code, n))


def read(f):
    """The Source of a function; raises SourceError if it has none."""
    bound, key = [], f
    if isinstance(f, types.MethodType):
        f, bound = f.__func__, [f.__self__]
    if f in core.RULES:  # as if someone had written def f(x): return np.f(x)
        names = core.RULES[f].names
        names = ", ".join(names if names and len(set(names)) == len(names) else ["a", "b"])
        name = f.__name__ if f.__name__.isidentifier() else "f"  # a lambda has none
        text = f"def {name}({names}):\n    return function({names})\n"
        return of_node(ast.parse(text).body[0], lambda _: lambda: f, text.splitlines(1), f)
    if not isinstance(f, types.FunctionType):
        raise SourceError(
            f"{type(f).__name__} {f!r:.40} is no Python function: wrap it in a def whose source "
            "can be read, or use elves.reverse."
        )
    lines, node = lines_of(f), node_of(f)
    getter, defaults = getter_of(f, bound), defaults_of(f)
    source = of_node(node, getter, lines, key, defaults)  # the methods of two objects are two
    source.params = source.params[len(bound) :]
    return source


def getter_of(f, bound=()):
    """A function that gives, by name, a function that tells what an outer name stands for now."""
    cells = dict(zip(f.__code__.co_freevars, f.__closure__ or (), strict=True))
    own = zip(own_params(f), bound, strict=False)
    cells |= {p: types.CellType(value) for p, value in own}

    def getter(name):
        if name in cells:
            return lambda: contents(cells[name])
        builtin = name not in f.__globals__ and hasattr(builtins, name)
        scope = vars(builtins) if builtin else f.__globals__
        return functools.partial(scope.get, name, MISSING)

    return getter


def defaults_of(f):
    parameters = inspect.signature(f, follow_wrapped=False).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not p.empty}


def code_of(f):
    """What a function may be given anew, by a reload or by hand: its code and its defaults."""
    f = getattr(f, "__func__", f)
    return f.__code__, f.__defaults__, *(f.__kwdefaults__ or {}).values()


def contents(cell):
    try:
        return cell.cell_contents
    except ValueError:  # nothing has been assigned yet
        return MISSING


def of_node(node, getter, lines, key, defaults=()):
    name, body = getattr(node, "name", "f"), node.body
    if isinstance(node, ast.Lambda):
        body = [ast.copy_location(ast.Return(body), body)]
    body, getter = without_imports(body, getter, params_of(node))
    source = Source(name, params_of(node), body, getter, lines, key, dict(defaults))
    star, rest = node.args.vararg, node.args.kwarg
    if rest or (star and node.args.kwonlyargs):
        source.refuse(node, f"*{(rest or star).arg} has no fixed number of arguments", "name them")
    if star:
        source.star = star.arg
        source.params.append(star.arg)
    return source


def without_imports(body, getter, params):
    """The statements of a function but its imports, and a getter that knows what these bring."""
    imports = [s for s in body if isinstance(s, (ast.Import, ast.ImportFrom))]
    if not imports:
        return body, getter
    scope = {name: getter(name)() for name in ("__name__", "__package__")}
    own = {*scope, "__builtins__", *params, *(v for s in body for v in stores(s))}
    exec(compile(ast.Module(imports, []), "<imports>", "exec"), scope)
    if own & {a.asname or a.name for s in imports for a in s.names}:
        return body, getter  # names that other values get too
    known = scope.keys() - own
    outer = lambda name: (lambda: scope[name]) if name in known else getter(name)  # noqa: E731
    return [s for s in body if s not in imports], outer


HOME = os.path.dirname(__file__)
PROGRAMS = ("rules", "workloads.py", "unseen", "constructs.py", "digits.py")
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


# ------------------------------------------------------------ names


def stores(node):
    """The names that a piece of code gives a value, in the order of their appearance."""
    if isinstance(node, (ast.FunctionDef, ast.Lambda, ast.comprehension)):
        return [node.name] if isinstance(node, ast.FunctionDef) else []
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        return []
    if isinstance(node, ast.Name):
        return [] if isinstance(node.ctx, ast.Load) else [node.id]
    found = [s for child in ast.iter_child_nodes(node) for s in stores(child)]
    return list(dict.fromkeys(found))


def counter(taken):
    """A function that gives names which nobody uses yet."""

    def fresh(base):
        numbered = (f"{base}_{k}" for k in itertools.count(2))
        name = next(n for n in itertools.chain([base], numbered) if n not in taken)
        taken.add(name)
        return name

    return fresh


# Other people's names for functions of the table.
SAME = {abs: np.absolute, pow: np.power, np.pow: np.power, divmod: np.divmod}
SAME |= {
    getattr(math, name): getattr(np, alias)
    for name, alias in [(n, n) for n in (
        "sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "expm1", "log", "log2", "log10",
        "log1p", "sqrt", "hypot", "fabs", "floor", "ceil", "trunc", "fmod", "copysign",
    )] + [("asin", "arcsin"), ("acos", "arccos"), ("atan", "arctan"), ("atan2", "arctan2"),
          ("asinh", "arcsinh"), ("acosh", "arccosh"), ("atanh", "arctanh"), ("pow", "power")]
}  # fmt: skip

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
    if isinstance(last, ast.While):  # it can be left by a return alone
        endless = isinstance(last.test, ast.Constant) and last.test.value
        return bool(endless) and not any(map(breaks, last.body))
    return isinstance(last, (*JUMPS, ast.Raise))


def breaks(node):
    """Does a statement leave the loop that it stands in by a break?"""
    inner = isinstance(node, (ast.For, ast.While, ast.FunctionDef, ast.Lambda, ast.expr))
    return isinstance(node, ast.Break) or (
        not inner and any(map(breaks, ast.iter_child_nodes(node)))
    )


class Straight:
    """Statements without return, break and continue: what they skip moves into an else.

    A loop that may be left early has the name of a flag in `done`, which is asked after each turn.
    """

    def __init__(self, source, fresh):
        self.source, self.fresh, self.result = source, fresh, fresh("result")

    def function(self, body):
        start = [] if always(body) else [self.set(self.result, None, body[0])]
        return start + self.block(body, (), None)

    def set(self, name, value, like):
        value = value if isinstance(value, ast.expr) else ast.Constant(value)
        node = ast.Assign([ast.Name(name, ast.Store())], value)
        return ast.fix_missing_locations(ast.copy_location(node, like))

    def jump(self, s, flags, loop):
        """What a jump sets: the result, and the flags of what it leaves."""
        out = []
        if isinstance(s, ast.Return) and not hasattr(s, "late"):  # late: an inner loop has set it
            out.append(self.set(self.result, s.value, s))
        if loop is not None and not isinstance(s, ast.Continue):
            for flag in ["done"] + ["returned"] * isinstance(s, ast.Return):
                out.append(self.set(loop[flag], True, s))
        return out + [self.set(flag, False, s) for flag in flags]

    def block(self, stmts, flags, loop):
        out = []
        for k, s in enumerate(stmts):
            rest, new = stmts[k + 1 :], copy.copy(s)
            if isinstance(s, JUMPS):
                return out + self.jump(s, flags, loop)
            if isinstance(s, ast.If) and jumps(s):
                return out + self.branch(new, rest, flags, loop)
            if isinstance(s, (ast.For, ast.While)):
                if s.orelse:
                    return out + self.block(self.without_else(s) + rest, flags, loop)
                inner = _Flags(self.fresh)
                new.body = self.block(s.body, (), inner)
                new.done = inner.get("done")
                out += [self.set(flag, False, s) for flag in inner.values()] + [new]
                if "returned" in inner:
                    late = ast.copy_location(ast.Return(None), s)
                    late.late = True
                    left = ast.If(ast.Name(inner["returned"], ast.Load()), [late], [])
                    left = ast.fix_missing_locations(ast.copy_location(left, s))
                    return out + self.branch(left, rest, flags, loop)
            elif isinstance(s, (ast.With, ast.If)):
                if isinstance(s, ast.With) and jumps(s):
                    self.source.refuse(s, "a jump out of a with block", "return after the block")
                new.body = self.block(s.body, flags, loop)
                if isinstance(s, ast.If):
                    new.orelse = self.block(s.orelse, flags, loop)
                out.append(new)
            else:
                out.append(s)
        return out

    def without_else(self, s):
        """A loop and an if after it, of a flag that each of the loop's own breaks takes down."""
        s, flag = copy.deepcopy(s), self.fresh("ended")
        test = ast.copy_location(ast.Name(flag, ast.Load()), s)
        after = ast.copy_location(ast.If(test, s.orelse, []), s)
        s.body, s.orelse = _Breaks(self.set(flag, False, s)).block(s.body), []
        return [self.set(flag, True, s), s, after]

    def branch(self, s, rest, flags, loop):
        """An if that may jump, and what follows it."""
        body, orelse, before, after = s.body, s.orelse, [], []
        if always(body):
            orelse = orelse + rest
        elif always(orelse):
            body = body + rest
        elif rest:
            go_on = self.fresh("go_on")
            before = [self.set(go_on, True, s)]
            test = ast.copy_location(ast.Name(go_on, ast.Load()), s)
            after = [ast.copy_location(ast.If(test, self.block(rest, flags, loop), []), s)]
            flags = (*flags, go_on)
        s.body = self.block(body, flags, loop) or [ast.copy_location(ast.Pass(), s)]
        s.orelse = self.block(orelse, flags, loop)
        return [*before, s, *after]


class _Breaks(ast.NodeTransformer):
    """Puts a statement before each break of the loop that a block is the body of."""

    def __init__(self, first):
        self.first = first

    def block(self, stmts):
        return self.visit(ast.Module(stmts, [])).body

    def visit_Break(self, s):
        return [self.first, s]

    def visit_For(self, s):  # in whose else a break is one of the loop around it
        s.orelse = self.block(s.orelse)
        return s

    visit_While = visit_For

    def visit_FunctionDef(self, s):
        return s


class _Flags(dict):
    """The flags of one loop, which get their names when they are needed."""

    def __init__(self, fresh):
        self.fresh = fresh

    def __missing__(self, flag):
        self[flag] = self.fresh(flag)
        return self[flag]

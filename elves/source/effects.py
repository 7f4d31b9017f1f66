"""What a piece of written source does to names: what it reads, writes, changes and lets grow.

Source: Appel, Modern Compiler Implementation (1998), chapter 10: uses and definitions.
"""

import ast
import copy

PURE = {"len", "range", "reversed", "min", "max", "abs", "float", "int", "list", "tuple", "zip",
        "enumerate", "isinstance", "bool", "slice", "unbroadcast", "scatter", "zeros", "add", "sum",
        "transpose", "pullback", "pushforward", "field", "tangent", "no_tangent", "join",
        "last_written"}  # fmt: skip


class Facts:
    """What a statement or an expression does to names, its inner blocks included."""

    __slots__ = ("changes", "grows", "loads", "pops", "size", "stores", "writes")

    def __init__(self, node):
        self.loads, self.writes, self.changes, self.grows = {}, set(), set(), set()
        self.pops = set()
        self.stores, self.size = False, 0
        self.walk(node)

    def walk(self, n):
        kind = type(n)
        if kind is ast.Name:
            self.size += len(n.id)
            if type(n.ctx) is ast.Load:
                self.loads[n.id] = self.loads.get(n.id, 0) + 1
            else:
                self.writes.add(n.id)
            return
        if kind is ast.Constant:
            self.size += len(repr(n.value))
            return
        self.size += 2
        if kind is ast.Attribute:
            self.size += len(n.attr)
        if kind is ast.AugAssign and type(n.target) is ast.Name:
            self.loads[n.target.id] = self.loads.get(n.target.id, 0) + 1
        elif kind is ast.Subscript and type(n.ctx) is ast.Store:
            self.changes |= Facts(n.value).loads.keys()
            self.stores = True  # into memory that another name may see
        elif kind is ast.Call and type(n.func) is ast.Attribute:
            if n.func.attr in ("append", "pop"):
                self.grows |= Facts(n.func.value).loads.keys()
                self.changes |= self.grows
                self.pops |= Facts(n.func.value).loads.keys() if n.func.attr == "pop" else set()
                self.stores = True
            elif n.func.attr == "at" and n.args:
                self.changes |= Facts(n.args[0]).loads.keys()
                self.stores = True
        for name in n._fields:
            value = getattr(n, name, None)
            for v in value if type(value) is list else (value,):
                if isinstance(v, ast.AST):
                    self.walk(v)


def facts(node):
    """The facts of a node, from memory: who changes a node must `forget` it."""
    found = getattr(node, "facts", None)
    if found is None:
        found = node.facts = Facts(node)
    return found


def forget(node):
    node.facts = None


def reads(node):
    return facts(node).loads.keys()


def writes(node):
    return facts(node).writes


def all_reads(stmts):
    return set().union(*map(reads, stmts))


def all_writes(stmts):
    return set().union(*map(writes, stmts))


BLOCKS = (ast.If, ast.For, ast.While, ast.With)
HEADS = {ast.If: "test", ast.While: "test", ast.For: "iter", ast.Assign: "value",
         ast.Return: "value", ast.Expr: "value"}  # fmt: skip
FIRST = {ast.Compare: "left", ast.BoolOp: "values", ast.BinOp: "left", ast.UnaryOp: "operand",
         ast.IfExp: "test", ast.Subscript: "value", ast.Call: "args", ast.Tuple: "elts",
         ast.List: "elts"}  # fmt: skip


def blocks(s):
    """The blocks inside a statement."""
    return [b for b in (getattr(s, "body", None), getattr(s, "orelse", None)) if b]


def pure(e):
    """Can an expression be left out or moved without anyone noticing?"""
    for n in ast.walk(e):
        if isinstance(n, ast.Call):
            root, path = n.func, []
            while isinstance(root, ast.Attribute):
                root, path = root.value, [root.attr, *path]
            safe = PURE if not path else {"np", "numpy", "math", "special"}
            if getattr(root, "id", None) not in safe or {"random", "at", "pop"} & set(path):
                return False
    return True


def first(e, before):
    """An expression, with what ``y := …`` computes first in a statement of its own before it."""
    if isinstance(e, ast.NamedExpr):
        value = first(e.value, before)
        before.append(ast.copy_location(ast.Assign([e.target], value), e))
        return ast.copy_location(ast.Name(e.target.id, ast.Load()), e)
    place = FIRST.get(type(e), "")
    if place == "args":  # f itself comes before them
        dotted = all(isinstance(n, (ast.Name, ast.Attribute, ast.Load)) for n in ast.walk(e.func))
        place = place if dotted and not reads(e.func) & writes(e) else ""
    if place:
        part = getattr(e, place)
        if type(part) is list:
            part[:1] = [first(p, before) for p in part[:1]]
        else:
            setattr(e, place, first(part, before))
    return e


def lifted(stmts):
    """Statements, and before them what ``:=`` gives a name in them, if it comes first."""
    out = []
    for s in stmts:
        place, before = HEADS.get(type(s)), []
        inside = {*map(type, ast.walk(s))} if place else ()
        if ast.NamedExpr in inside:
            s, again = copy.deepcopy(s), isinstance(s, ast.While)
            if not again or ast.Continue not in inside:
                setattr(s, place, first(getattr(s, place), before))
            for block in ("body", "orelse") if isinstance(s, BLOCKS) else ():
                setattr(s, block, lifted(getattr(s, block)))
            if again:
                s.body += copy.deepcopy(before)
        out += [*before, s]
    return out


def every(stmts):
    for s in stmts:
        yield s
        for b in blocks(s):
            yield from every(b)


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

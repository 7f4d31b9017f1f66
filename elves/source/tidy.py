"""Clean up generated source: drop what nobody reads, put together what is used once, print it."""

import ast
import textwrap

from elves.source.names import load

PURE = {"len", "range", "reversed", "min", "max", "abs", "float", "int", "list", "tuple", "zip",
        "enumerate", "isinstance", "unbroadcast", "scatter", "zeros", "add", "transpose",
        "pullback", "pushforward", "field",
        "slope", "join", "bool", "slice", "shape_of", "ndim_of"}  # fmt: skip
WIDTH = 88


class Facts:
    """What a statement or an expression does to names."""

    __slots__ = ("changes", "loads", "stores", "writes")

    def __init__(self, node):
        self.loads, self.writes, self.changes, self.stores = {}, set(), set(), False
        self.walk(node)

    def walk(self, n):
        kind = type(n)
        if kind is ast.Name:
            if type(n.ctx) is ast.Load:
                self.loads[n.id] = self.loads.get(n.id, 0) + 1
            else:
                self.writes.add(n.id)
            return
        if kind is ast.Constant:
            return
        if kind is ast.AugAssign and type(n.target) is ast.Name:
            self.loads[n.target.id] = self.loads.get(n.target.id, 0) + 1
        elif kind is ast.Subscript and type(n.ctx) is ast.Store:
            self.changes |= Facts(n.value).loads.keys()
            self.stores = True  # into memory that another name may see
        elif kind is ast.Call and type(n.func) is ast.Attribute:
            if n.func.attr in ("append", "pop"):
                self.changes |= Facts(n.func.value).loads.keys()
            elif n.func.attr == "at" and n.args:
                self.changes |= Facts(n.args[0]).loads.keys()
                self.stores = True
        for name in n._fields:
            value = getattr(n, name, None)
            if type(value) is list:
                for v in value:
                    if isinstance(v, ast.AST):
                        self.walk(v)
            elif isinstance(value, ast.AST):
                self.walk(value)


def clone(node):
    """A copy of a node, ready to be printed."""
    if isinstance(node, list):
        return [clone(n) for n in node]
    if not isinstance(node, ast.AST) or not node._fields:
        return node
    new = type(node)(**{name: clone(getattr(node, name, None)) for name in node._fields})
    if isinstance(node, (ast.stmt, ast.expr)):
        new.lineno = new.col_offset = 0
        new.note = getattr(node, "note", None)
    return new


def facts(node):
    """The facts of a node, from memory: who changes a node must `forget` it."""
    found = getattr(node, "facts", None)
    if found is None:
        found = node.facts = Facts(node)
    return found


def forget(node):
    node.facts = None


def reads(node):
    """The names that a statement or an expression reads."""
    return facts(node).loads.keys()


def writes(node):
    """The names that a statement gives a new value."""
    return facts(node).writes


def changes(node):
    """The names whose array or list a statement changes in place."""
    return facts(node).changes


def blocks(s):
    """The blocks inside a statement."""
    return [b for b in (getattr(s, "body", None), getattr(s, "orelse", None)) if b]


def pure(e):
    """Can an expression be left out or moved without anyone noticing?"""
    found = getattr(e, "pure", None)
    if found is None:
        found = e.pure = _pure(e)
    return found


def _pure(e):
    for n in ast.walk(e):
        if isinstance(n, ast.Call):
            root, path = n.func, []
            while isinstance(root, ast.Attribute):
                root, path = root.value, [root.attr, *path]
            known = PURE if not path else {"np", "numpy", "math", "special"}
            if getattr(root, "id", None) not in known or {"random", "at"} & set(path):
                return False
    return not any(isinstance(n, ast.NamedExpr) for n in ast.walk(e))


def live(stmts, out):
    """Walk a block backwards; note on each statement which names are read after it."""
    out = set(out)
    for s in reversed(stmts):
        s.after = out
        if isinstance(s, ast.If):
            out = live(s.body, out) | live(s.orelse, out) | reads(s.test)
        elif isinstance(s, (ast.For, ast.While)):
            head = s.iter if isinstance(s, ast.For) else s.test
            own = writes(s.target) if isinstance(s, ast.For) else set()
            while True:
                more = out | (live(s.body, out | reads(head)) - own) | reads(head)
                if more == out:
                    break
                out = more
            live(s.body, out)
        elif isinstance(s, ast.With):
            out = live(s.body, out).union(*(reads(i.context_expr) for i in s.items))
        elif isinstance(s, (ast.Break, ast.Return, ast.Raise)) and not isinstance(s, ast.Break):
            out = set(reads(s))
        else:
            out = (out - writes(s)) | reads(s)
    return out


def prune(stmts, shares):
    """Leave out what nobody reads afterwards; `shares` tells whose memory a name may see."""
    kept = []
    for s in stmts:
        if isinstance(s, (ast.If, ast.For, ast.While, ast.With)):
            s.body = prune(s.body, shares)
            if hasattr(s, "orelse"):
                s.orelse = prune(s.orelse, shares)
            empty = not s.body or all(isinstance(b, ast.Pass) for b in s.body)
            if empty and isinstance(s, ast.If) and s.orelse:
                s.test, s.body, s.orelse = ast.UnaryOp(ast.Not(), s.test), s.orelse, []
            elif empty and not getattr(s, "orelse", None):
                head = getattr(s, "test", None) or getattr(s, "iter", None)
                if not isinstance(s, (ast.While, ast.With)) and pure(head):
                    continue
                s.body = [ast.Pass()]
        elif isinstance(s, (ast.Assign, ast.AugAssign)):
            ends = s.targets if isinstance(s, ast.Assign) else [s.target]
            bases = set().union(writes(s), changes(s), *(shares.get(n, ()) for n in changes(s)))
            simple = all(isinstance(t, (ast.Name, ast.Tuple, ast.Subscript)) for t in ends)
            if simple and pure(s.value) and not bases & s.after:
                continue
        elif isinstance(s, ast.Expr) and isinstance(s.value, ast.Call):
            f = s.value.func
            adds = isinstance(f, ast.Attribute) and f.attr in ("append", "at")
            if adds and not changes(s) & s.after:
                continue
        elif isinstance(s, ast.Pass):
            continue
        forget(s)
        kept.append(s)
    return kept


class _Put(ast.NodeTransformer):
    def __init__(self, name, value):
        self.name, self.value = name, value

    def visit_Name(self, node):
        load = isinstance(node.ctx, ast.Load)
        return self.value if node.id == self.name and load else node


def count(node, name):
    """How often a node names a variable."""
    return facts(node).loads.get(name, 0) + (name in facts(node).writes)


def gather(stmts, ours, named):
    """Write a value that is used once where it is used."""
    k = 0
    while k < len(stmts):
        s = stmts[k]
        for b in blocks(s):
            gather(b, ours, named)
            forget(s)
        if (
            isinstance(s, ast.Assign) and len(s.targets) == 1 and isinstance(s.targets[0], ast.Name)
            and s.targets[0].id in ours and pure(s.value)
            and (s.targets[0].id not in named or isinstance(s.value, (ast.Name, ast.Constant)))
            and _moved(stmts, k, s)
        ):  # fmt: skip
            del stmts[k]
            k = max(k - 1, 0)
        else:
            k += 1


def _moved(stmts, k, s):
    """Write the value of an assignment into the few near statements that use it."""
    name, value = s.targets[0].id, s.value
    needs, uses = reads(value), []
    cheap = isinstance(value, (ast.Name, ast.Constant))
    for j in range(k + 1, len(stmts)):
        t = stmts[j]
        part = t.test if isinstance(t, ast.If) else t
        inside = isinstance(t, (ast.For, ast.While, ast.With)) and count(t, name)
        if inside or (part is not t and any(count(b, name) for arm in blocks(t) for b in arm)):
            return False
        augmented = isinstance(t, ast.AugAssign) and getattr(t.target, "id", None) == name
        if augmented or (name in changes(t) and not isinstance(value, ast.Name)):
            return False
        loads = facts(part).loads.get(name, 0)
        if loads:
            uses.append((t, part))
            if not cheap and (loads > 1 or len(uses) > 1 or _too_long(t, value)):
                return False
        if name not in t.after or name in writes(t):
            break
        if needs & (writes(t) | changes(t)) or (facts(t).stores and not cheap):
            return False
    else:
        return False
    if not uses:
        return False
    for t, part in uses:
        if part is not t:
            t.test = _Put(name, value).visit(t.test)
            forget(t.test)
        else:
            _put(t, name, value)
            Fold().visit(t)
            if getattr(t, "value", None):
                forget(t.value)
        forget(t)
    for between in stmts[k:j]:
        between.after = between.after | needs
    return True


def _too_long(t, value):
    return len(ast.unparse(t)) + len(ast.unparse(value)) > WIDTH


def _put(t, name, value):
    put = _Put(name, value)
    if isinstance(t, ast.Assign):
        t.value = put.visit(t.value)
        t.targets = [x if isinstance(x, ast.Name) else put.visit(x) for x in t.targets]
    else:
        for field, old in ast.iter_fields(t):
            if isinstance(old, ast.AST):
                setattr(t, field, put.visit(old))


class Fold(ast.NodeTransformer):
    """1.0 * x is x."""

    def visit_BinOp(self, node):
        self.generic_visit(node)
        left, right = (_one(node.left), _one(node.right))
        if isinstance(node.op, ast.Mult) and left and not isinstance(node.right, ast.Constant):
            return node.right
        if isinstance(node.op, ast.Mult) and right:
            return node.left
        minus = isinstance(node.right, ast.UnaryOp) and isinstance(node.right.op, ast.USub)
        if isinstance(node.op, ast.Add) and minus:
            return ast.copy_location(ast.BinOp(node.left, ast.Sub(), node.right.operand), node)
        return node


def _one(e):
    return isinstance(e, ast.Constant) and type(e.value) in (int, float) and e.value == 1


def tidy(stmts, ours, shares, named):
    """All the passes, until nothing changes."""
    before, stmts = None, [Fold().visit(s) for s in stmts]
    for _ in range(12):
        live(stmts, ())
        stmts = prune(stmts, shares)
        live(stmts, ())
        gather(stmts, ours, named)
        now = [len(facts(s).loads) for s in stmts], sum(sum(facts(s).loads.values()) for s in stmts)
        if now == before:
            return stmts
        before = now
    return stmts


# ------------------------------------------------------------ text


def text(stmts, lines):
    """The lines of a function's body, with a comment where the primal line changes."""
    body = ast.Module(noted(stmts, lines, [None]), [])
    return textwrap.indent(ast.unparse(ast.fix_missing_locations(body)), "    ").split("\n")


def noted(stmts, lines, last):
    """Statements with comments between them: the name "# …" is printed as it stands."""
    out = []
    for s in stmts:
        note = getattr(s, "note", None)
        if blocks(s):
            s.body = noted(s.body, lines, last)
            s.orelse = noted(getattr(s, "orelse", []), lines, last)
            last[0] = None
        elif note and note != last[0]:
            last[0] = note
            comment = f"# line {note}: {lines[note - 1].strip()}"
            out += [ast.Expr(load(comment))] if note <= len(lines) else []
        out.append(s)
    return out

"""Clean up generated source: drop what nobody reads, put together what is used once, print it.

Source: Appel, Modern Compiler Implementation (1998), chapters 10 and 11: liveness, coalescing.
"""

import ast
import itertools
import re
import textwrap

from elves.source.code import load, packed, place
from elves.source.effects import (
    BLOCKS,
    all_reads,
    all_writes,
    blocks,
    every,
    facts,
    forget,
    pure,
    reads,
    writes,
)

WIDTH = 88
NEAR = 99  # statements, within which a value may move to its use


def dead(s, out, shares):
    """May a statement be left out, if only the names of `out` are read after it?"""
    if not isinstance(s, (ast.Assign, ast.AugAssign, ast.Expr)):
        return isinstance(s, ast.Pass)
    changed = facts(s).changes
    grows = facts(s).grows
    bases = changed.union(writes(s), *(shares.get((n, n in grows), ()) for n in changed))
    if not bases or bases & out:
        return False
    return isinstance(s, ast.Expr) or pure(s.value)


def live(stmts, out, shares):
    """Walk a block backwards; note on each statement which names are read after it."""
    out = frozenset(out)
    for s in reversed(stmts):
        s.after = out
        if isinstance(s, ast.If):
            one, two = live(s.body, out, shares), live(s.orelse, out, shares)
            out = one | two | reads(s.test)
        elif isinstance(s, (ast.For, ast.While)):
            head = s.iter if isinstance(s, ast.For) else s.test
            own = writes(s.target) if isinstance(s, ast.For) else set()
            out = out | reads(head)
            while True:
                s.turn = live(s.body, out, shares)
                more = out | (s.turn - own)
                if more == out:
                    break
                out = more
        elif isinstance(s, ast.With):
            out = live(s.body, out, shares).union(*(reads(i.context_expr) for i in s.items))
        elif isinstance(s, (ast.Return, ast.Raise)):
            out = frozenset(reads(s))
        elif not dead(s, out, shares):
            out = (out - writes(s)) | reads(s)
    return out


def prune(stmts, shares):
    """Leave out what nobody reads afterwards; `shares` tells whose memory a name may see."""
    kept = []
    for s in stmts:
        if isinstance(s, BLOCKS):
            s.body = prune(s.body, shares)
            if isinstance(s, ast.If):
                s.orelse = prune(s.orelse, shares)
            empty = all(isinstance(b, ast.Pass) for b in s.body)
            if empty and getattr(s, "orelse", None):
                s.test, s.body, s.orelse = ast.UnaryOp(ast.Not(), s.test), s.orelse, []
            elif empty:
                if isinstance(s, (ast.For, ast.If)):
                    continue
                s.body = [ast.Pass()]
            forget(s)
        elif dead(s, s.after, shares):
            continue
        kept.append(s)
    return kept


def put(node, values):
    """A copy of some code, with other expressions in the place of names."""
    if isinstance(node, list):
        return [put(n, values) for n in node]
    if not isinstance(node, ast.AST) or not node._fields:
        return node
    if isinstance(node, ast.Name) and node.id in values:
        value = values[node.id]
        return value if isinstance(node.ctx, ast.Load) else ast.Name(value.id, node.ctx)
    if isinstance(node, ast.arg) and node.arg in values:  # of a lambda
        return ast.arg(values[node.arg].id)
    new = type(node)(**{f: put(getattr(node, f, None), values) for f in node._fields})
    if hasattr(node, "note"):
        new.note = node.note
    return new


def gather(stmts, kept):
    """Write a value that is used once where it is used."""
    k = 0
    while k < len(stmts):
        s = stmts[k]
        for b in blocks(s):
            gather(b, kept)
            forget(s)
        named = isinstance(s, ast.Assign) and isinstance(s.targets[0], ast.Name)
        plain = named and isinstance(s.value, (ast.Name, ast.Constant))
        free = named and (plain or s.targets[0].id not in kept)
        if free and moved(stmts, k, s, plain):
            del stmts[k]
            k = max(k - 1, 0)
        else:
            k += 1


def moved(stmts, k, s, plain):
    """Write the value of an assignment into the few near statements that use it."""
    name, needs, uses = s.targets[0].id, reads(s.value), []
    for j in range(k + 1, min(len(stmts), k + NEAR)):
        t = stmts[j]
        part = t.test if isinstance(t, ast.If) else t.iter if isinstance(t, ast.For) else t
        inner = [b for arm in blocks(t) for b in arm]
        if name in all_reads(inner) | all_writes(inner) or (inner and part is t):
            return False
        augmented = isinstance(t, ast.AugAssign) and getattr(t.target, "id", None) == name
        changed = name in facts(t).changes and not isinstance(s.value, ast.Name)
        if augmented or changed:
            return False
        loads = facts(part).loads.get(name, 0)
        if loads:
            uses.append((t, part))
            if not plain and (loads > 1 or len(uses) > 1):
                return False
            if facts(s).pops & reads(part) or needs & facts(part).pops:  # xs[-1] + xs.pop()
                return False
            if not pure(s.value) and (j > k + 1 or not pure(part)):
                return False
            if not plain and facts(part).size + facts(s.value).size > WIDTH:
                return False
        if name not in t.after or name in writes(t):
            break
        if needs & (writes(t) | facts(t).changes) or (facts(t).stores and not plain):
            return False
    else:
        return False
    if not uses:
        return False
    put_into(uses, name, s)
    for between in stmts[k:j]:
        between.after = between.after | needs
    return True


def put_into(uses, name, s):
    """Write the value of an assignment where its name was read."""
    for t, part in uses:
        for f in ["test"] if isinstance(t, ast.If) else ["iter"] if part is not t else t._fields:
            if not (f == "targets" and isinstance(t.targets[0], ast.Name)):
                setattr(t, f, put(getattr(t, f, None), {name: s.value}))
        if getattr(t, "note", None) is None:
            t.note = getattr(s, "note", None)
        forget(t)


class Fold(ast.NodeTransformer):
    """x + -y is x - y."""

    def visit_BinOp(self, node):
        self.generic_visit(node)
        minus = isinstance(node.right, ast.UnaryOp) and isinstance(node.right.op, ast.USub)
        if isinstance(node.op, ast.Add) and minus:
            return ast.BinOp(node.left, ast.Sub(), node.right.operand)
        return node


def is_copy(s):
    return isinstance(s, ast.Assign) and isinstance(s.value, ast.Name) and isinstance(
        s.targets[0], ast.Name
    )  # fmt: skip


def split_name(name):
    """A name's variable, and what it is of it: x_2_bar is ("x", "_bar")."""
    return re.fullmatch(r"(.+?)(?:_\d+)?(_bar|_dot|_slope|)(?:_\d+)?", name).groups()


def neighbours(stmts, params, shares):
    """For each name, those that live beside it; and how to tell of more."""
    apart, start = {}, live(stmts, (), shares)

    def meet(names, alive):
        for n in names:
            apart.setdefault(n, set()).update(alive - {n})
            for other in alive - {n}:
                apart.setdefault(other, set()).add(n)

    meet(params, start | set(params))
    for s in every(stmts):
        if isinstance(s, ast.For):
            meet(writes(s.target), s.turn | s.after)
        elif not isinstance(s, BLOCKS):
            meet(writes(s), s.after - (reads(s.value) if is_copy(s) else set()))
    return apart, meet


def coalesce(stmts, params, shares, reserved, variables):
    """One name for two of which one is a copy of the other, if they never live side by side."""
    (apart, meet), names = neighbours(stmts, params, shares), {}
    own = all_writes(stmts) | set(params)  # the others live outside

    def renamed(n):
        while n in names:
            n = names[n]
        return n

    for s in every(stmts):
        if is_copy(s):
            a, b = renamed(s.targets[0].id), renamed(s.value.id)
            if a == b or b not in own or b in apart.get(a, ()):
                continue
            theirs = {split_name(n)[0] for n in (a, b)} & variables
            if len(theirs) > 1:  # a reader looks for both
                continue
            a, b = sorted((a, b), key=lambda n: (n not in params, n.startswith("t_"), len(n), n))
            if b in params:
                continue
            names[b] = a
            meet([a], apart.pop(b, set()))
            for n in apart[a]:
                apart[n].discard(b)
    names, movable = {n: renamed(n) for n in names}, apart.keys() - set(params)
    names = shortened(names, stmts, movable, params, reserved)
    stmts = put(stmts, {n: load(m) for n, m in names.items()})
    for block in [stmts, *(b for s in every(stmts) for b in blocks(s))]:
        block[:] = [s for s in block if not (is_copy(s) and s.targets[0].id == s.value.id)]
    together, new = {}, {id(s): {names.get(m, m) for m in s} for s in shares.values()}
    for (n, grows), others in shares.items():
        key = names.get(n, n), grows
        together[key] = together[key] | new[id(others)] if key in together else new[id(others)]
    return stmts, together


def shortened(names, stmts, movable, params, reserved):
    """The new names with fewer numbers in them: x_14 is x_2, where that is free."""
    used = [n.id for s in stmts for n in ast.walk(s) if isinstance(n, ast.Name)]
    taken = {names.get(n, n) for n in used} | set(params)
    also = {}
    for m, n in names.items():
        also.setdefault(n, []).append(m)
    for n in dict.fromkeys(names.get(n, n) for n in used):
        stem, ending = re.fullmatch(r"(.+?)((?:_bar|_dot|_slope)?(?:_\d+)?)", n).groups()
        stem = names.get(stem, stem) if ending else stem
        base = stem + re.sub(r"_\d+$", "", ending)
        if n in movable and base != n:
            numbered = itertools.chain([base], (f"{base}_{k}" for k in itertools.count(2)))
            new = next(m for m in numbered if m == n or not (m in taken or m in reserved))
            taken.add(new)
            names |= dict.fromkeys((n, *also.get(n, ())), new)
    return names


def shrink(stmts):
    """Push only what the way back reads."""
    all_of = list(every(stmts))
    for back in all_of:
        i = getattr(back, "iter", None)
        if not (isinstance(i, ast.Call) and getattr(i.func, "id", "") == "reversed"
                and isinstance(i.args[0], ast.Name)):  # fmt: skip
            continue
        stack = i.args[0].id
        pushes = [s.value for s in all_of if isinstance(s, ast.Expr) and is_push(s.value, stack)]
        names = getattr(back.target, "elts", [back.target])
        wanted = [k for k, n in enumerate(names) if n.id in back.turn]
        if len(pushes) != 1 or len(wanted) == len(names) or names[0].id == "_":
            continue
        [push] = pushes
        values = push.args[0].elts if len(names) > 1 else push.args
        back.target = place(*([names[k].id for k in wanted] or ["_"]))
        push.args = [packed(values[k] for k in wanted) if wanted else ast.Constant(None)]
        for s in all_of:
            forget(s)
        for n in (*ast.walk(back.target), push):
            forget(n)


def is_push(e, stack):
    return (
        isinstance(e, ast.Call) and isinstance(e.func, ast.Attribute) and e.func.attr == "append"
        and getattr(e.func.value, "id", "") == stack
    )  # fmt: skip


def tidy(stmts, params, kept, shares):
    """All the passes, until nothing changes."""

    before, stmts = None, clean([Fold().visit(s) for s in put(stmts, {})], shares)
    while before != (now := [facts(s).size for s in stmts]):
        before = now
        shrink(stmts)
        stmts = clean(stmts, shares)
        gather(stmts, kept)
        stmts = clean(stmts, shares)
    return stmts


def clean(stmts, shares):
    live(stmts, (), shares)
    stmts = prune(stmts, shares)
    live(stmts, (), shares)
    return stmts


def apart(there, back, shares):
    """The two sweeps of a pair, of which the first one, which ends in a mark, pushes no more than
    the second one reads."""
    before, both = None, clean(put([*there, *back], {}), shares)
    mark = next(s for s in both if ast.dump(s) == ast.dump(there[-1]))
    while before != (now := [facts(s).size for s in both]):
        before = now
        shrink(both)
        both = clean(both, shares)
    return both[: both.index(mark)], both[both.index(mark) + 1 :]


# ------------------------------------------------------------ text


def text(name, params, stmts):
    """A function's source, with a comment where the primal line changes."""
    end = stmts[-1]
    if isinstance(end, ast.Return) and isinstance(end.value, ast.Tuple):
        parts = ast.unparse(end.value).removeprefix("(").removesuffix(")")
        end.value = load(parts)  # without the brackets
    body = ast.Module(noted(stmts, [None]), [])
    lines = ast.unparse(ast.fix_missing_locations(body))
    return f"def {name}({', '.join(params)}):\n{textwrap.indent(lines, '    ')}\n"


def noted(stmts, last):
    """Statements with comments between them: the name "# …" is printed as it stands."""
    out = []
    for s in stmts:
        note = getattr(s, "note", None)
        if isinstance(s, BLOCKS):
            s.body = noted(s.body, last)
            if isinstance(s, ast.If):
                s.orelse = noted(s.orelse, last)
            last[0] = None
        elif note and note != last[0]:
            last[0] = note
            lines, number = note
            if number <= len(lines):
                out.append(ast.Expr(load(f"# line {number}: {lines[number - 1].strip()}")))
        out.append(s)
    return out

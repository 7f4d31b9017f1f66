"""Questions about values, functions and pieces of source, which need no program to answer them."""

import ast
import copy
import functools
import itertools
from dataclasses import dataclass

from elves import core, parse, trees
from elves.errors import NoRuleError, SourceError
from elves.parse import MISSING
from elves.source import steps
from elves.source.kinds import example
from elves.source.names import Name
from elves.tracing.ir import replace


@dataclass(eq=False)
class Inner:
    """A function defined inside of the function: what it closes over becomes an argument."""

    source: parse.Source
    free: list


def active(*values):
    """Does any of some values depend on the differentiated arguments?"""
    return any(v.active for v in names_in(values))


def names_in(tree):
    """The Names in a tree of values."""
    return [v for v in trees.leaves(tree) if isinstance(v, Name)]


def memory_of(values):
    """Whose memory something made of some values may share."""
    return frozenset().union(*(v.memory for v in values))


def sharers(reader):
    """For each name, and whether a list only grows or shrinks: the names that may see a change."""
    named, seen, shares = [*reader.params, *steps.defined(reader.main.steps)], {}, {}
    named = [v for v in named if isinstance(v.node, ast.Name)]
    for s in steps.every(reader.main.steps):  # a call keeps arguments for its way back
        for where in memory_of(s.args) if hasattr(s, "saved") else ():
            seen.setdefault(where, set()).add(s.saved)
    for v in named:
        for where in v.memory:
            seen.setdefault(where, set()).add(v.id)
    all_of = functools.cache(lambda memory: frozenset().union(*(seen[where] for where in memory)))
    for v in named:
        own, shell = frozenset(v.memory), frozenset(v.container)
        shares |= {(v.id, False): all_of(own), (v.id, True): all_of(shell)}
    for s in steps.every(reader.main.steps):  # what a turn makes is the next one's
        for phi, *parts in s.phis if isinstance(s, steps.Loop) else ():
            for v in (v for v in parts if isinstance(v.node, ast.Name)):
                for a, b, grows in itertools.product((phi, v), (phi, v), (False, True)):
                    shares[a.id, grows] = shares.get((a.id, grows), frozenset()) | {b.id}
    return shares


def is_star(e):
    return isinstance(e, ast.Starred)


def is_word(e):
    return isinstance(e, ast.Constant) and isinstance(e.value, str)


def changed_by(f):
    """The same of a function: nobody knows of one whose source cannot be read."""
    try:
        return changed_in(parse.read(f))
    except (SourceError, TypeError):
        return ()


def changed_in(source):
    """The parameters that a source seems to change in place: their names and numbers."""
    found = set()
    for n in (n for s in source.body for n in ast.walk(s)):
        if isinstance(n, ast.Call) and getattr(n.func, "attr", "") in steps.CHANGE:
            n = n.func.value
        elif isinstance(n, ast.AugAssign):
            n = n.target
        elif not isinstance(n, ast.Subscript) or isinstance(n.ctx, ast.Load):
            continue
        while isinstance(n, (ast.Subscript, ast.Attribute)):
            n = n.value
        if isinstance(n, ast.Name) and n.id in source.params:
            found |= {n.id, source.params.index(n.id)}
    return found


def renamed(nodes, names):
    """Copies of some pieces of code, with other names in them."""
    nodes = copy.deepcopy(nodes)
    for n in (n for node in nodes for n in ast.walk(node) if isinstance(n, ast.Name)):
        n.id = names.get(n.id, n.id)
    return nodes


def names_of(e):
    return [n.id for n in ast.walk(e) if isinstance(n, ast.Name)]


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


def evaluate(node, scope):
    text = ast.fix_missing_locations(ast.Expression(node))
    return eval(compile(text, "<expression>", "eval"), dict(scope))


def about_shape(node):
    """Does a piece of code ask for shapes only?"""
    if isinstance(node, ast.Attribute):
        return node.attr in steps.PASSIVE_ATTRIBUTES
    return isinstance(node, ast.Call) and getattr(node.func, "id", "") == "len"


def stand_in(tree, turn):
    """Something of the kind of a value, in two versions; what is known is itself."""

    def of(v):
        if not isinstance(v, Name):
            return v
        return example(v.kind, turn) if v.value is MISSING else v.value

    return replace(tree, of)


def frozen(tree):
    """A tree of values as it is now, whatever happens to its arrays."""
    return trees.rebuild(tree, map(trees.frozen, trees.leaves(tree)))

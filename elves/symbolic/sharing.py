"""Each part once: common subexpressions get names, and formulas become functions in NumPy."""

import collections
import itertools
import math
import sys
from keyword import iskeyword

import numpy as np

from elves import trees
from elves.errors import ConversionError, InputError
from elves.symbolic.expr import Expr, fold, level_of, parts, same
from elves.symbolic.writing import source


def cse(exprs, most=math.inf):
    """Common subexpressions: a list of (name, formula) to assign, and the formulas that use them.

    Parts of more than `most` operations get a name as well.

    >>> from elves.symbolic import symbol
    >>> x = symbol("x")
    >>> cse([np.exp(x) * np.sin(x), np.exp(x) * np.cos(x)])
    ([('v0', np.exp(x))], [v0 * np.sin(x), v0 * np.cos(x)])
    """
    level, made, assignments, counts = level_of(exprs), {}, [], {}

    def once(node, args):
        return made.setdefault(same(node.rule, args), Expr(node.rule, tuple(args), None, level))

    def share(node, args):
        new = Expr(node.rule, tuple(args), None, level)
        counts[id(new)] = 1 + sum(counts.get(id(a), 0) for a in args)
        if uses[id(node)] < 2 and counts[id(new)] <= most:
            return new
        assignments.append((next(names), new))
        return Expr(None, (), assignments[-1][0], level)

    exprs = fold(exprs, lambda symbol: symbol, once, level)
    nodes = parts(exprs, level)
    uses = collections.Counter([id(a) for node in nodes for a in node.args] + [*map(id, exprs)])
    taken = {node.name for node in nodes}
    names = (name for k in itertools.count() if (name := f"v{k}") not in taken)
    return assignments, fold(exprs, lambda symbol: symbol, share, level)


def to_source(exprs, name="f", symbols=None):
    """A Python function in NumPy for a formula or lists of them; shared parts have their own lines.

    Its parameters are the symbols, in the order given or else as they appear. Raises InputError for
    a symbol that is not among them or whose name Python does not allow.

    >>> from elves.symbolic import symbol
    >>> x, y = symbol("x"), symbol("y")
    >>> print(to_source([np.exp(x) * y, np.exp(x)]))
    def f(x, y):
        v0 = np.exp(x)
        return [v0 * y, v0]
    """

    def listed(e):
        return f"[{', '.join(map(listed, e))}]" if isinstance(e, (list, tuple)) else source(e)

    formulas = trees.leaves(exprs)
    assignments, reduced = cse(formulas, most=10)
    used = [node.name for node in parts(formulas, level_of(formulas)) if node.rule is None]
    names = used if symbols is None else [symbol.name for symbol in symbols]
    if wrong := [n for n in used if n not in names or not n.isidentifier() or iskeyword(n)]:
        raise InputError(f"The symbol {wrong[0]} must be a parameter with a name for Python.")
    head = f"def {name}({', '.join(names)}):"
    lines = [f"    {v} = {source(e)}" for v, e in assignments]
    return "\n".join([head, *lines, f"    return {listed(trees.rebuild(exprs, reduced))}"])


def lambdify(exprs, symbols=None):
    """The function that `to_source` writes, ready to be called; its text is its docstring.

    Raises ConversionError for a function that cannot be found by its name.

    >>> from elves.symbolic import derivative, symbol
    >>> x = symbol("x")
    >>> f = lambdify([x**2, derivative(x**2, x)])
    >>> f(3.0)
    [9.0, 6.0]
    """
    formulas, space = trees.leaves(exprs), {"np": np}
    for rule in {node.rule for node in parts(formulas, level_of(formulas))} - {None}:
        root, *path = rule.name.split(".")
        found = space.setdefault(root, sys.modules.get(root))
        for name in path:
            found = getattr(found, name, None)
        if found is not rule.function:
            raise ConversionError(f"{rule.name} has no name to call it by: use def in a module.")
    text = to_source(exprs, "f", symbols)
    exec(text, space)
    space["f"].__doc__ = text
    return space["f"]

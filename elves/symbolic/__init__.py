"""Symbolic differentiation: turn a formula into the formula of its derivative.

Running a Python function on symbols instead of numbers writes its formula down as a graph of
`Expr`; the rules then make another graph. The result is exact and readable, but a formula has no
loops or branches, and without sharing it swells.

The rooms: `expr` holds the values and the walk over them, `writing` their text in Python and
LaTeX, `sharing` common subexpressions and whole functions, `simplifying` shorter formulas.

Source: Norvig, Paradigms of Artificial Intelligence Programming (1992), chapter 8; Griewank &
Walther, Evaluating Derivatives (2008), section 1.2, on expression swell.
"""

import inspect
import itertools

import numpy as np

from elves import calls, core, trees
from elves.errors import InputError
from elves.symbolic.expr import Expr, ExprArray, Formula, fold, is_own, parts, size, symbol
from elves.symbolic.sharing import cse, lambdify, to_source
from elves.symbolic.simplifying import simplify
from elves.symbolic.writing import latex, source

__all__ = [
    "Expr", "ExprArray", "Formula", "cse", "derivative", "evaluate", "formula", "grad", "lambdify",
    "latex", "simplify", "size", "source", "symbol", "to_source", "trace", "value_and_grad",
]  # fmt: skip


def formula(f, *names):
    """The formula of a Python function of numbers, by running it on symbols.

    The symbols have the names of f's parameters, or those given. Raises ConversionError if f
    branches on a number.

    >>> formula(lambda x, y: x * np.sin(y))
    x * np.sin(y)
    """
    return calls.call(f, [symbol(name) for name in names or inspect.signature(f).parameters])


def derivative(expr, x, order=1):
    """The formula of the derivative of `expr` by the symbol x; a list of either gives a list.

    So the gradient is ``derivative(f, [x, y])``, and the derivative of that is the Hessian. Raises
    InputError for an x that is no symbol.

    >>> x, y = symbol("x"), symbol("y")
    >>> derivative(np.sin(x) * x**2, x)
    np.cos(x) * x ** 2 + 2 * x * np.sin(x)
    >>> derivative(derivative(x * y**2, [x, y]), [x, y])
    [[0.0, 2 * y], [2 * y, 2 * x]]
    """
    if isinstance(expr, (list, tuple)):
        return [derivative(e, x, order) for e in expr]
    if isinstance(x, (list, tuple)):
        return [derivative(expr, one, order) for one in x]
    if not isinstance(x, Expr) or x.rule:
        raise InputError(f"A derivative is by a symbol, not by {x!r:.40}.")
    for _ in range(order):
        slopes = {}
        for node in parts([expr], x.level):
            if node.rule is None:
                slopes[id(node)] = 1.0 if node is x else None
                continue
            tangents = [slopes.get(id(a)) if is_own(a, x.level) else None for a in node.args]
            varies = any(t is not None for t in tangents) and not node.rule.constant
            slopes[id(node)] = node.rule.jvp(tangents, node, node.args, {}) if varies else None
        found = slopes.get(id(expr))
        expr = 0.0 if found is None else found
    return expr


def evaluate(exprs, values):
    """The numbers that formulas stand for, from a dict of one number per symbol.

    >>> x = symbol("x")
    >>> [float(v) for v in evaluate([x + 1, x * x], {x: 3.0})]
    [4.0, 9.0]
    """
    level = next((symbol.level for symbol in values), 0)
    if missing := {node for node in parts(exprs, level) if not node.rule} - values.keys():
        raise InputError(f"The symbol {min(node.name for node in missing)} has no value.")
    return fold(exprs, values.get, lambda node, args: node.rule.function(*args), level)


def trace(f, primals):
    """Run f on symbols in the shapes of its arguments; gives these, one by one, and the formula."""
    numbers, level = trees.check_inputs(primals), core.new_level()
    single = len(numbers) == 1 and np.shape(numbers[0]) == ()
    names = iter(["x"]) if single else (f"x{i}" for i in itertools.count())
    symbols, inputs = [], []
    for leaf in numbers:
        array = np.empty(np.shape(leaf), object)
        for index in np.ndindex(array.shape):
            array[index] = Expr(None, (), next(names), level)
            symbols.append(array[index])
        inputs.append(ExprArray(array, level) if array.ndim else array.item())
    return symbols, calls.call(f, trees.rebuild(primals, inputs))


@calls.with_argnums
def value_and_grad(f, primals):
    """``value_and_grad(f, argnums=0)``: a function that gives f's value and its gradient.

    An array argument becomes an array of symbols, one per entry, and the gradient one formula
    per entry. Raises InputError if f does not return one number, ConversionError if f branches
    on a value, NoRuleError for a function without a rule.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """
    symbols, y = trace(f, primals)
    trees.scalar(y)
    numbers = [
        leaf[index] if index else leaf
        for leaf in trees.leaves(primals)
        for index in np.ndindex(np.shape(leaf))
    ]
    formulas = [y, *(derivative(y, symbol) for symbol in symbols)]
    value, *slopes = evaluate(formulas, dict(zip(symbols, numbers, strict=True)))
    return value, trees.fill_gradient(primals, slopes)


@calls.picklable
def grad(f, argnums=0):
    """The gradient of f, a function of the same arguments; see `value_and_grad`.

    >>> grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    array([2., 4.])
    """
    both = value_and_grad(f, argnums)
    return lambda *args, **kw: both(*args, **kw)[1]

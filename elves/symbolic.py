"""Symbolic differentiation: turn a formula into the formula of its derivative.

Running a Python function on symbols instead of numbers writes its formula down as a graph of
`Expr`; the rules then make another graph. The result is exact and readable, but a formula has no
loops or branches, and without sharing it swells.

Source: Norvig, Paradigms of Artificial Intelligence Programming (1992), section 8.6; Griewank &
Walther, Evaluating Derivatives (2008), section 1.2, on expression swell.
"""

import itertools

import numpy as np

from elves import core
from elves.errors import ConversionError, MutationError


class Expr(core.Value):
    """A formula of one number: a named symbol, or a NumPy function of other formulas.

    >>> x = symbol("x")
    >>> np.sin(x) * x**2
    np.sin(x) * x ** 2
    """

    __slots__ = ("args", "name", "rule")
    level = 0  # formulas are outside of all sweeps
    shape = ()
    ndim = 0
    size = 1
    dtype = np.dtype(float)

    def __init__(self, rule, args, name=None):
        self.rule, self.args, self.name = rule, args, name

    @classmethod
    def apply(cls, level, rule, args, kwargs):
        args = [a.item() if isinstance(a, np.ndarray) and a.ndim == 0 else a for a in args]
        scalar = by_entry(rule) or rule.function is np.where
        if not scalar or any(isinstance(a, np.ndarray) for a in args):
            return rule.function(*(_box(a) if isinstance(a, Expr) else a for a in args), **kwargs)
        filled = {np.zeros_like: 0.0, np.ones_like: 1.0, np.result_type: cls.dtype}
        return filled[rule.function] if rule.function in filled else simplify(rule, args)

    @property
    def plain(self):
        raise ConversionError(
            f"The formula {self} has no value to decide with: write the branch as np.where, or "
            "use the forward or reverse engine, which follow one run with real numbers."
        )

    def __repr__(self):
        return source(self)

    def _repr_latex_(self):
        return f"$\\displaystyle {latex(self)}$"


class Formulas(np.ndarray):
    """An array of formulas: NumPy's elementwise functions are mapped over its entries."""

    def __array_ufunc__(self, ufunc, method, *args, out=None, **kwargs):
        if out is not None:
            raise MutationError(
                f"np.{ufunc.__name__} cannot write formulas into an array of numbers: write "
                "y = y + x instead of y += x."
            )
        plain = [a.view(np.ndarray) if isinstance(a, Formulas) else a for a in args]
        if by_entry(core.rule_of(ufunc)):
            ufunc = np.frompyfunc(ufunc, ufunc.nin, 1, identity=None)
        y = getattr(ufunc, method)(*plain, **kwargs)
        return y.view(Formulas) if isinstance(y, np.ndarray) else y


def by_entry(rule):
    return isinstance(rule, (core.Elementwise, core.Constant))


def _box(expr):
    box = np.empty((), object).view(Formulas)
    box[()] = expr
    return box


def symbol(name):
    """A variable of a formula.

    >>> symbol("x") + 1
    x + 1
    """
    return Expr(None, (), name)


def is_number(a, value=None):
    return not isinstance(a, Expr) and (value is None or a == value)


# What to write instead of f(a, b); the first test that holds decides.
SIMPLER = {
    np.add: [(0, None, lambda a, b: b), (None, 0, lambda a, b: a)],
    np.subtract: [(None, 0, lambda a, b: a), (0, None, lambda a, b: -b)],
    np.multiply: [
        (0, None, lambda a, b: 0.0),
        (None, 0, lambda a, b: 0.0),
        (1, None, lambda a, b: b),
        (None, 1, lambda a, b: a),
    ],
    np.true_divide: [(0, None, lambda a, b: 0.0), (None, 1, lambda a, b: a)],
    np.power: [(None, 0, lambda a, b: 1.0), (None, 1, lambda a, b: a)],
}


def simplify(rule, args):
    """The formula ``rule.function(*args)``, folded where an argument is 0, 1 or all are numbers."""
    if all(is_number(a) for a in args):
        return rule.function(*args)
    for left, right, shorter in SIMPLER.get(rule.function, ()):
        if (left is None or is_number(args[0], left)) and (
            right is None or is_number(args[1], right)
        ):
            return shorter(*args)
    return Expr(rule, tuple(args))


def parts(*exprs):
    """Every distinct node of some formulas, arguments before the formulas that use them."""
    order, seen, todo = [], set(), [e for e in reversed(exprs) if isinstance(e, Expr)]
    while todo:
        node = todo[-1]
        fresh = [a for a in node.args if isinstance(a, Expr) and id(a) not in seen]
        if fresh:
            todo += fresh
        else:
            todo.pop()
            if id(node) not in seen:
                seen.add(id(node))
                order.append(node)
    return order


def fold(exprs, leaf, combine):
    """Walk formulas from the symbols up: `leaf` of a symbol, `combine` of a node's arguments."""
    done = {}
    for node in parts(*exprs):
        args = [done[id(a)] if isinstance(a, Expr) else a for a in node.args]
        done[id(node)] = leaf(node) if node.rule is None else combine(node, args)
    return [done[id(e)] if isinstance(e, Expr) else e for e in exprs]


def derivative(expr, x):
    """The formula of the derivative of `expr` by the symbol x.

    >>> x = symbol("x")
    >>> derivative(np.sin(x) * x**2, x)
    np.cos(x) * x ** 2 + 2 * x * np.sin(x)
    """
    slopes = {}
    for node in parts(expr):
        if node.rule is None:
            slopes[id(node)] = 1.0 if node is x else None
            continue
        tangents = [slopes.get(id(a)) if isinstance(a, Expr) else None for a in node.args]
        varies = any(t is not None for t in tangents) and not node.rule.constant
        slopes[id(node)] = node.rule.jvp(tangents, node, node.args, {}) if varies else None
    found = slopes.get(id(expr)) if isinstance(expr, Expr) else None
    return 0.0 if found is None else found


def evaluate(exprs, values):
    """The numbers that formulas stand for, from a dict of one number per symbol.

    >>> x = symbol("x")
    >>> [float(v) for v in evaluate([x + 1, x * x], {x: 3.0})]
    [4.0, 9.0]
    """
    return fold(exprs, lambda node: values[node], lambda node, args: node.rule.function(*args))


def size(expr, shared=False):
    """How many operations a formula has: written out in full, or with equal parts shared.

    >>> x = symbol("x")
    >>> y = x * x
    >>> z = y * y
    >>> size(z), size(z, shared=True)
    (3, 2)
    """
    if shared:
        return sum(node.rule is not None for node in parts(expr))
    counts = {}
    for node in parts(expr):
        counts[id(node)] = (node.rule is not None) + sum(counts.get(id(a), 0) for a in node.args)
    return counts.get(id(expr), 0)


# ------------------------------------------------------------ how a formula is written

# function: (sign in Python, precedence in Python, LaTeX template)
SIGNS = {
    np.add: ("{} + {}", 1, "{} + {}"),
    np.subtract: ("{} - {}", 1, "{} - {}"),
    np.multiply: ("{} * {}", 2, r"{} \cdot {}"),
    np.true_divide: ("{} / {}", 2, r"\frac{{{}}}{{{}}}"),
    np.negative: ("-{}", 3, "-{}"),
    np.power: ("{} ** {}", 4, "{{{}}}^{{{}}}"),
}
COMPARE = {np.greater: ">", np.less: "<", np.equal: "==", np.not_equal: "!="}
SIGNS |= {f: (f"{{}} {sign} {{}}", 0, f"{{}} {sign} {{}}") for f, sign in COMPARE.items()}
ATOM = 9


def source(expr):
    """The formula as Python source that NumPy runs.

    >>> source(np.exp(-symbol("x")) / 2)
    'np.exp(-x) / 2'
    """

    def combine(node, args):
        if node.rule.function not in SIGNS:
            return f"{node.rule.name}({', '.join(text(a) for a in args)})", ATOM
        template, rank, _ = SIGNS[node.rule.function]
        return template.format(*_bracket(node, args, text, rank)), rank

    return text(fold([expr], lambda node: (node.name, ATOM), combine)[0])


def latex(expr):
    r"""The formula in LaTeX, for a notebook.

    >>> latex(np.sqrt(symbol("x")) / 2)
    '\\frac{\\sqrt{x}}{2}'
    """

    def combine(node, args):
        name = node.rule.function.__name__
        if name == "sqrt":
            return rf"\sqrt{{{text(args[0])}}}", ATOM
        if node.rule.function not in SIGNS:
            inner = ", ".join(text(a) for a in args)
            known = name in ("sin", "cos", "tan", "exp", "log", "sinh", "cosh", "tanh")
            head = rf"\{name}" if known else rf"\mathrm{{{name}}}"
            return rf"{head}\left({inner}\right)", ATOM
        _, rank, template = SIGNS[node.rule.function]
        if name == "divide":
            return template.format(*map(text, args)), ATOM
        if name == "power":
            return template.format(_bracket(node, args, text, rank)[0], text(args[1])), rank
        return template.format(*_bracket(node, args, text, rank)), rank

    return text(fold([expr], lambda node: (node.name, ATOM), combine)[0])


def text(piece):
    """The words of a written piece, or of a number."""
    if isinstance(piece, tuple):
        return piece[0]
    return f"{piece:.15g}" if isinstance(piece, (float, int)) else str(piece)


def _bracket(node, args, text, rank):
    """The arguments as text, in brackets where they bind less than the operation around them."""
    binds = [a[1] if isinstance(a, tuple) else (3 if a < 0 else ATOM) for a in args]
    # a - (b - c) and a / (b / c) need brackets on the right, (a**b)**c on the left
    tight = {np.subtract: 1, np.true_divide: 1, np.power: 0, np.multiply: 1}.get(node.rule.function)
    return [
        f"({text(a)})" if b < rank or (b == rank and i == tight) else text(a)
        for i, (a, b) in enumerate(zip(args, binds, strict=True))
    ]


# ------------------------------------------------------------ functions of numbers again


def trace(f, primals):
    """Run f on symbols in the shapes of its arguments; gives the symbols' trees and the formula."""
    names = (f"x{i}" for i in itertools.count())
    flat = core.check_inputs(primals)
    if len(flat) == 1 and np.shape(flat[0]) == ():
        names = iter(["x"])
    symbols = [_symbols(names, np.shape(leaf)) for leaf in flat]
    own = [s.copy() if isinstance(s, np.ndarray) else s for s in symbols]  # f may assign into them
    y = core.call(f, core.rebuild(primals, iter(own)))
    if isinstance(y, np.ndarray) and y.shape == ():
        y = y.item()
    return symbols, y


def _symbols(names, shape):
    array = np.empty(shape, object).view(Formulas)
    for index in np.ndindex(shape):
        array[index] = symbol(next(names))
    return array if shape else array.item()


@core.with_argnums
def value_and_grad(f, primals):
    """``value_and_grad(f, argnums=0)``: a function that gives f's value and its gradient.

    An array argument becomes an array of symbols, one per entry, and the gradient one formula
    per entry. Raises InputError if f does not return one number, ConversionError if f branches
    on a value, NoRuleError for a function without a rule.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """
    symbols, y = trace(f, primals)
    core.scalar(y)
    flat = [s for array in symbols for s in _entries(array)]
    numbers = [x for leaf in core.leaves(primals) for x in _entries(leaf)]
    formulas = [y, *(derivative(y, s) for s in flat)]
    value, *slopes = evaluate(formulas, dict(zip(flat, numbers, strict=True)))
    return value, core.fill_gradient(primals, slopes)


def _entries(leaf):
    return list(leaf.flat) if isinstance(leaf, np.ndarray) else [leaf]


def grad(f, argnums=0):
    """The gradient of f, a function of the same arguments; see `value_and_grad`.

    >>> grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    array([2., 4.])
    """
    return lambda *args, **kw: value_and_grad(f, argnums)(*args, **kw)[1]

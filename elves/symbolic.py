"""Symbolic differentiation: turn a formula into the formula of its derivative.

Running a Python function on symbols instead of numbers writes its formula down as a graph of
`Expr`; the rules then make another graph. The result is exact and readable, but a formula has no
loops or branches, and without sharing it swells.

Source: Norvig, Paradigms of Artificial Intelligence Programming (1992), section 8.6; Griewank &
Walther, Evaluating Derivatives (2008), section 1.2, on expression swell.
"""

import itertools

import numpy as np

from elves import core, trees
from elves.errors import ConversionError


class Formula(core.Value):
    """What a formula and an array of formulas share: they have no value to decide with."""

    __slots__ = ()
    dtype = np.dtype(float)

    @classmethod
    def apply(cls, level, rule, args, kwargs):
        if rule.function is np.result_type:
            return cls.dtype
        args = [objects(a) for a in args]
        flat = rule.constant and isinstance(rule.function, np.ufunc)
        if flat or isinstance(rule, core.Elementwise) or rule.function in ENTRYWISE:
            y = each(level, rule, len(args))(*args)
        elif rule.function in REDUCTIONS:
            pair = each(level, core.rule_of(REDUCTIONS[rule.function]), 2)
            y = pair.reduce(*args, **{"axis": None} | kwargs)
        else:
            try:
                y = rule.function(*args, **kwargs)  # NumPy applies + and * to arrays of objects
            except (IndexError, TypeError):
                raise ConversionError(
                    f"{rule.name} needs numbers where it got formulas: use the forward or reverse "
                    "engine, which follow one run with real numbers."
                ) from None
        return ExprArray(y, level) if isinstance(y, np.ndarray) else y

    @property
    def plain(self):
        raise ConversionError(
            f"The formula {self!r:.80} has no value to decide with: write the branch as np.where, "
            "or use the forward or reverse engine, which follow one run with real numbers."
        )


ENTRYWISE = {np.where, np.zeros_like, np.ones_like}
REDUCTIONS = {np.max: np.maximum, np.min: np.minimum}


class Expr(Formula):
    """A formula of one number: a named symbol, or a NumPy function of other formulas.

    >>> x = symbol("x")
    >>> np.sin(x) * x**2
    np.sin(x) * x ** 2
    """

    __slots__ = ("args", "name", "rule")
    shape, ndim, size = (), 0, 1

    def __init__(self, rule, args, name=None, level=0):
        self.rule, self.args, self.name, self.level = rule, args, name, level

    def __repr__(self):
        return source(self)

    def _repr_latex_(self):
        return f"$\\displaystyle {latex(self)}$"


class ExprArray(Formula):
    """An array of formulas."""

    __slots__ = ("entries",)
    shape = property(lambda self: self.entries.shape)
    ndim = property(lambda self: self.entries.ndim)
    size = property(lambda self: self.entries.size)

    def __init__(self, entries, level):
        self.entries, self.level = entries, level

    def __repr__(self):
        return f"ExprArray({self.entries.tolist()})"


def objects(a):
    """A value as an array of objects, which NumPy's own loops can walk; numbers as they are."""
    if isinstance(a, ExprArray):
        return a.entries
    if not isinstance(a, core.Value):
        return a
    array = np.empty(np.shape(a), object)
    for index in np.ndindex(array.shape):
        array[index] = a[index] if index else a
    return array


def each(level, rule, count):
    """A NumPy function of `count` arrays that writes the formulas of a rule, entry by entry."""
    return np.frompyfunc(lambda *a: simplify(level, rule, a), count, 1, identity=None)


def symbol(name):
    """A variable of a formula.

    >>> symbol("x") + 1
    x + 1
    """
    return Expr(None, (), name)


def is_own(a, level):
    return isinstance(a, Expr) and a.level == level


def is_number(a, value):
    return value is None or not (isinstance(a, core.Value) or a != value)


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


def simplify(level, rule, args):
    """The formula ``rule.function(*args)``, folded where an argument is 0, 1 or all are numbers."""
    if rule.function in FILLED:
        return FILLED[rule.function]
    if not any(is_own(a, level) for a in args):
        return rule.function(*args)
    for left, right, shorter in SIMPLER.get(rule.function, ()):
        if is_number(args[0], left) and is_number(args[1], right):
            return shorter(*args)
    return Expr(rule, tuple(args), level=level)


FILLED = {np.zeros_like: 0.0, np.ones_like: 1.0}


def parts(exprs, level=0):
    """Every distinct node of some formulas, arguments before the formulas that use them."""
    order, seen, todo = [], set(), [e for e in reversed(exprs) if is_own(e, level)]
    while todo:
        node = todo[-1]
        fresh = [a for a in node.args if is_own(a, level) and id(a) not in seen]
        if fresh:
            todo += fresh
        else:
            todo.pop()
            if id(node) not in seen:
                seen.add(id(node))
                order.append(node)
    return order


def fold(exprs, leaf, combine, level=0):
    """Walk formulas from the symbols up: `leaf` of a symbol, `combine` of a node's arguments."""
    done = {}
    for node in parts(exprs, level):
        args = [done[id(a)] if is_own(a, level) else a for a in node.args]
        done[id(node)] = leaf(node) if node.rule is None else combine(node, args)
    return [done[id(e)] if is_own(e, level) else e for e in exprs]


def derivative(expr, x):
    """The formula of the derivative of `expr` by the symbol x.

    >>> x = symbol("x")
    >>> derivative(np.sin(x) * x**2, x)
    np.cos(x) * x ** 2 + 2 * x * np.sin(x)
    """
    slopes = {}
    for node in parts([expr], x.level):
        if node.rule is None:
            slopes[id(node)] = 1.0 if node is x else None
            continue
        tangents = [slopes.get(id(a)) if is_own(a, x.level) else None for a in node.args]
        varies = any(t is not None for t in tangents) and not node.rule.constant
        slopes[id(node)] = node.rule.jvp(tangents, node, node.args, {}) if varies else None
    found = slopes.get(id(expr))
    return 0.0 if found is None else found


def evaluate(exprs, values):
    """The numbers that formulas stand for, from a dict of one number per symbol.

    >>> x = symbol("x")
    >>> [float(v) for v in evaluate([x + 1, x * x], {x: 3.0})]
    [4.0, 9.0]
    """
    level = next((symbol.level for symbol in values), 0)
    return fold(exprs, values.get, lambda node, args: node.rule.function(*args), level)


def size(expr, shared=False):
    """How many operations a formula has: written out in full, or with equal parts shared.

    >>> x = symbol("x")
    >>> y = x * x
    >>> z = y * y
    >>> size(z), size(z, shared=True)
    (3, 2)
    """
    if shared:
        return sum(node.rule is not None for node in parts([expr]))
    counts = {}
    for node in parts([expr]):
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

    level = getattr(expr, "level", 0)
    return text(fold([expr], lambda node: (node.name, ATOM), combine, level)[0])


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

    level = getattr(expr, "level", 0)
    return text(fold([expr], lambda node: (node.name, ATOM), combine, level)[0])


def text(piece):
    """The words of a written piece, or of a number."""
    if isinstance(piece, tuple):
        return piece[0]
    if not isinstance(piece, (float, int)):
        return str(piece)
    short = f"{piece:.15g}"
    return short if float(short) == piece else repr(float(piece))


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
    """Run f on symbols in the shapes of its arguments; gives the flat symbols and the formula."""
    flat, level = trees.check_inputs(primals), core.new_level()
    single = len(flat) == 1 and np.shape(flat[0]) == ()
    names = iter(["x"]) if single else (f"x{i}" for i in itertools.count())
    symbols, inputs = [], []
    for leaf in flat:
        array = np.empty(np.shape(leaf), object)
        for index in np.ndindex(array.shape):
            array[index] = Expr(None, (), next(names), level)
            symbols.append(array[index])
        inputs.append(ExprArray(array, level) if array.ndim else array.item())
    return symbols, trees.call(f, trees.rebuild(primals, inputs))


@trees.with_argnums
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


def grad(f, argnums=0):
    """The gradient of f, a function of the same arguments; see `value_and_grad`.

    >>> grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    array([2., 4.])
    """
    return lambda *args, **kw: value_and_grad(f, argnums)(*args, **kw)[1]

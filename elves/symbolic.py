"""Symbolic differentiation: turn a formula into the formula of its derivative.

Running a Python function on symbols instead of numbers writes its formula down as a graph of
`Expr`; the rules then make another graph. The result is exact and readable, but a formula has no
loops or branches, and without sharing it swells.

Source: Norvig, Paradigms of Artificial Intelligence Programming (1992), chapter 8; Griewank &
Walther, Evaluating Derivatives (2008), section 1.2, on expression swell.
"""

import collections
import contextlib
import functools
import inspect
import itertools
import math
import re
import sys
from fractions import Fraction
from keyword import iskeyword

import numpy as np

from elves import core, rules, trees
from elves.errors import ConversionError, InputError


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


ENTRYWISE = {np.where, np.zeros_like, np.ones_like, rules.stop_gradient}
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
        return source(self, most=2000)

    def _repr_latex_(self):
        return f"$\\displaystyle {latex(self)}$" if size(self) < 1000 else None


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
    return np.frompyfunc(lambda *a: folded(level, rule, a), count, 1, identity=None)


SYMBOLS = {}


def symbol(name):
    """A variable of a formula; the same name is the same variable.

    >>> symbol("x") + 1
    x + 1
    """
    return SYMBOLS.setdefault(name, Expr(None, (), name))  # one step, so threads agree


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


def folded(level, rule, args):
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
            todo += reversed(fresh)
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


def formula(f, *names):
    """The formula of a Python function of numbers, by running it on symbols.

    The symbols have the names of f's parameters, or those given. Raises ConversionError if f
    branches on a number.

    >>> formula(lambda x, y: x * np.sin(y))
    x * np.sin(y)
    """
    return trees.call(f, [symbol(name) for name in names or inspect.signature(f).parameters])


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


def size(expr, shared=False):
    """How many operations a formula has: written out in full, or with shared parts once.

    >>> x = symbol("x")
    >>> y = x * x
    >>> z = y * y
    >>> size(z), size(z, shared=True)
    (3, 2)
    """
    counts = {}
    for node in parts([expr], getattr(expr, "level", 0)):
        inside = 0 if shared else sum(counts.get(id(a), 0) for a in node.args)
        counts[id(node)] = inside + (node.rule is not None)
    return sum(counts.values()) if shared else counts.get(id(expr), 0)


# ------------------------------------------------------------ shorter formulas

# The weights of a sum's arguments, the exponents of a product's, and what undoes what everywhere.
SUMS = {np.add: (1, 1), np.subtract: (1, -1), np.negative: (-1,), np.positive: (1,)}
PRODUCTS = {np.multiply: (1, 1), np.true_divide: (1, -1), np.square: (2,), np.reciprocal: (-1,)}
UNDOES = {
    np.log: np.exp, np.log2: np.exp2, np.log1p: np.expm1, np.arcsinh: np.sinh, np.sinh: np.arcsinh,
    np.arctanh: np.tanh, np.tan: np.arctan, np.rad2deg: np.deg2rad, np.deg2rad: np.rad2deg,
}  # fmt: skip
MANY = 16  # a longer sum or product is not taken apart again: that could take forever
ONE, WHOLE = Fraction(1), {*range(-64, 0), *range(1, 65)}


def simplify(expr):
    """A shorter formula of the same value, to rounding, wherever its parts are finite.

    Like terms come together (x + x is 2 * x), like factors (x * x is x**2), and numbers; what one
    function does and the next undoes goes, if that holds for every real number. The domain stays:
    x / x and sqrt(x)**2 are left as they are.

    Source: Cohen, Computer Algebra and Symbolic Computation (2003), section 3.2.

    >>> x = symbol("x")
    >>> simplify(x * 3 * x + x**2 - (1 - np.log(np.exp(x))))
    x + 4 * x ** 2 - 1
    """
    level, made = level_of([expr]), {}
    rank = collections.defaultdict(itertools.count().__next__)  # in the order of appearance
    sums, products = {}, {}  # formula: {term: weight}, {(base, is above the line): exponent}

    def make(function, *args):
        key = same(function, args)
        if key not in made:
            made[key] = folded(level, core.rule_of(function), args)
        return made[key]

    def product(number, factors):
        lines = {True: [], False: []}
        for base, up in sorted(factors, key=lambda factor: rank[factor[0]]):
            n = factors[base, up]
            lines[up].append(base if n == 1 else make(np.power, base, n))
        p, q = number.as_integer_ratio() if number.denominator < 1000 else (float(number), 1)
        if p == -1 and lines[True]:
            lines[True][0] = make(np.negative, lines[True][0])
        elif p != 1 or not lines[True]:
            lines[True].insert(0, p if abs(p) < 2**53 else float(p))
        lines[False][:0] = [q] * (q != 1)
        above, *below = (
            functools.reduce(functools.partial(make, np.multiply), line)
            for line in lines.values()
            if line
        )
        y = make(np.true_divide, above, *below) if below else above
        if 0 < len(factors) <= MANY:
            products.setdefault(y, factors)
            sums.setdefault(y, {y if number == 1 else product(ONE, factors): number})
        return y

    def multiply(pairs):
        number, factors = ONE, collections.Counter()
        for a, k in pairs:
            if is_real(a) and (a or k > 0):
                number = rounded(number * Fraction(a) ** k)
                continue
            if len(sums.get(a, ())) == 1:
                ((a, w),) = sums[a].items()
                number = rounded(number * w**k)
            own = products.get(a, {(a, True): 1})
            own = own if max(own.values()) * abs(k) < 100 else {(a, True): 1}
            for (base, up), n in own.items():
                factors[base, up == (k > 0)] += n * abs(k)
        return product(number, factors)

    def add(pairs):
        y, terms = 0, collections.Counter()
        for a, k in pairs:
            for term, w in ({None: Fraction(a)} if is_real(a) else sums.get(a, {a: ONE})).items():
                terms[term] = rounded(terms[term] + k * w)
        terms = {term: w for term, w in terms.items() if w}
        plus_first = sorted(terms, key=lambda t: (terms[t] < 0, t is None, rank[t]))
        for k, term in enumerate(plus_first):
            factors = {} if term is None else products.get(term, {(term, True): 1})
            part = product(abs(terms[term]) if k else terms[term], factors)
            y = make(np.add if terms[term] > 0 else np.subtract, y, part) if k else part
        if 1 < len(terms) <= MANY:
            sums[y] = terms
        return y

    def combine(node, args):
        function, inner = node.rule.function, getattr(args[0], "rule", None)
        with contextlib.suppress(OverflowError), np.errstate(all="ignore"):
            if function in SUMS:
                return add(zip(args, SUMS[function], strict=True))
            if function in PRODUCTS:
                return multiply(zip(args, PRODUCTS[function], strict=True))
            if function is np.power and args[1] in WHOLE:
                return multiply([(args[0], int(args[1]))])
        undone = inner and UNDOES.get(function) is inner.function
        return args[0].args[0] if undone else make(function, *args)

    return fold([expr], lambda symbol: symbol, combine, level)[0]


def same(function, args):
    """A key that is equal for equal formulas, if their parts are the same objects."""
    return function, *(id(a) if isinstance(a, core.Value) else repr(a) for a in args)


def is_real(a):
    """Whether a is a number to compute with, far from overflow."""
    return isinstance(a, (int, float)) and (a == 0 or 1e-99 < abs(a) < 1e99)


def rounded(q):
    """A fraction as it is while it is short, or rounded to a float."""
    if q and not 1e-99 < abs(q) < 1e99:
        raise OverflowError
    return Fraction(q if q.denominator < 2**64 else float(q))


# ------------------------------------------------------------ each part once


def level_of(exprs):
    return max((e.level for e in exprs if isinstance(e, Expr)), default=0)


def cse(exprs, most=math.inf):
    """Common subexpressions: a list of (name, formula) to assign, and the formulas that use them.

    Parts of more than `most` operations get a name as well.

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

    >>> x, y = symbol("x"), symbol("y")
    >>> print(to_source([np.exp(x) * y, np.exp(x)]))
    def f(x, y):
        v0 = np.exp(x)
        return [v0 * y, v0]
    """

    def listed(e):
        return f"[{', '.join(map(listed, e))}]" if isinstance(e, (list, tuple)) else source(e)

    flat = trees.leaves(exprs)
    assignments, reduced = cse(flat, most=10)
    used = [node.name for node in parts(flat, level_of(flat)) if node.rule is None]
    names = used if symbols is None else [symbol.name for symbol in symbols]
    if wrong := [n for n in used if n not in names or not n.isidentifier() or iskeyword(n)]:
        raise InputError(f"The symbol {wrong[0]} must be a parameter with a name for Python.")
    head = f"def {name}({', '.join(names)}):"
    lines = [f"    {v} = {source(e)}" for v, e in assignments]
    return "\n".join([head, *lines, f"    return {listed(trees.rebuild(exprs, reduced))}"])


def lambdify(exprs, symbols=None):
    """The function that `to_source` writes, ready to be called; its text is its docstring.

    Raises ConversionError for a function that cannot be found by its name.

    >>> x = symbol("x")
    >>> f = lambdify([x**2, derivative(x**2, x)])
    >>> f(3.0)
    [9.0, 6.0]
    """
    flat, space = trees.leaves(exprs), {"np": np}
    for rule in {node.rule for node in parts(flat, level_of(flat))} - {None}:
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
COMMANDS = {"sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "log", "arcsin", "arccos", "arctan"}
BARS = {np.sqrt: (r"\sqrt{", "}"), np.absolute: (r"\left|", r"\right|")}


def source(expr, most=None):
    """The formula as Python source that NumPy runs; parts of more than `most` letters are cut.

    >>> source(np.exp(-symbol("x")) / 2)
    'np.exp(-x) / 2'
    """

    def combine(node, args):
        words, rank = written(node, args)
        return (words, rank) if most is None or len(words) <= most else (words[:most] + "...", ATOM)

    return text(fold([expr], lambda node: (node.name, ATOM), combine, level_of([expr]))[0])


def written(node, args):
    """The text of one operation on written arguments, and how strongly it binds."""
    if node.rule.function not in SIGNS:
        return f"{node.rule.name}({', '.join(text(a) for a in args)})", ATOM
    template, rank, _ = SIGNS[node.rule.function]
    return template.format(*_bracket(node, args, text, rank)), rank


def latex(expr):
    r"""The formula in LaTeX, for a notebook.

    >>> latex(np.sqrt(symbol("x")) / 2)
    '\\frac{\\sqrt{x}}{2}'
    """

    def combine(node, args):
        function, words = node.rule.function, [text(a) for a in args]
        if function in SIGNS:
            _, rank, template = SIGNS[function]
            if function is np.true_divide:
                return template.format(*words), ATOM
            first, *rest = _bracket(node, args, text, rank)
            return template.format(first, *(words[1:] if function is np.power else rest)), rank
        name = function.__name__
        head = rf"\{name}" if name in COMMANDS else rf"\mathrm{{{name}}}"
        before, after = BARS.get(function, (rf"{head}\left(", r"\right)"))
        return f"{before}{', '.join(words)}{after}", ATOM

    def name(node):
        return re.sub(r"_?(\d+)$", r"_{\1}", node.name), ATOM

    return text(fold([expr], name, combine, level_of([expr]))[0])


def text(piece):
    """The words of a written piece, or of a number."""
    if isinstance(piece, tuple):
        return piece[0]
    if not isinstance(piece, (float, int)):
        return str(piece) if isinstance(piece, np.integer) else repr(piece)
    if not math.isfinite(piece):
        return f"{piece}".replace("inf", "np.inf").replace("nan", "np.nan")
    brief = f"{piece:.15g}"
    return brief if float(brief) == piece else repr(float(piece))


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

"""Shorter formulas: sums and products are taken apart into like terms, and put together again."""

import collections
import contextlib
import functools
import itertools
import math
from fractions import Fraction

import numpy as np

from elves import core
from elves.symbolic.expr import fold, folded, level_of, same

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

    >>> from elves.symbolic import symbol
    >>> x = symbol("x")
    >>> simplify(x * 3 * x + x**2 - (1 - np.log(np.exp(x))))
    x + 4 * x ** 2 - 1
    """
    level = level_of([expr])
    return fold([expr], lambda symbol: symbol, Simplifier(level).combine, level)[0]


class Simplifier:
    """Puts formulas together, and remembers of each one the terms and factors it is made of."""

    def __init__(self, level):
        self.level, self.made = level, {}
        self.sums = {}  # formula: {term: weight}; a plain number is a weight of the term None
        self.products = {}  # formula: {(base, is above the line): exponent}
        self.rank = collections.defaultdict(itertools.count().__next__)  # in order of appearance

    def combine(self, node, args):
        """The formula of a node whose arguments are simple already."""
        function, inner = node.rule.function, getattr(args[0], "rule", None)
        with contextlib.suppress(OverflowError, ZeroDivisionError), np.errstate(all="ignore"):
            if function in SUMS:
                return self.add(zip(args, SUMS[function], strict=True))
            if function in PRODUCTS:
                return self.multiply(zip(args, PRODUCTS[function], strict=True))
            if function is np.power and args[1] in WHOLE:
                return self.multiply([(args[0], int(args[1]))])
        undone = inner and UNDOES.get(function) is inner.function
        return args[0].args[0] if undone else self.make(function, *args)

    def make(self, function, *args):
        """The formula of a call: the same one for the same arguments."""
        key = same(function, args)
        if key not in self.made:
            self.made[key] = folded(self.level, core.rule_of(function), args)
        return self.made[key]

    # ------------------------------------------------------------ taken apart

    def terms_of(self, a):
        return {None: Fraction(a)} if is_real(a) else self.sums.get(a, {a: ONE})

    def factors_of(self, a, most=math.inf):
        """The factors of a formula, or itself where an exponent would be larger than that."""
        own = self.products.get(a, {(a, True): 1})
        return own if max(own.values()) < most else {(a, True): 1}

    # ------------------------------------------------------------ put together again

    def add(self, pairs):
        """The sum of formulas with their weights."""
        terms = collections.Counter()
        for a, k in pairs:
            for term, w in self.terms_of(a).items():
                terms[term] = rounded(terms[term] + k * w)
        terms = {term: w for term, w in terms.items() if w}
        y = self.sum_of(terms)
        if 1 < len(terms) <= MANY:
            self.sums[y] = terms
        return y

    def sum_of(self, terms):
        """The formula of a sum, which begins with a term that is added, if there is one."""
        plus_first = sorted(terms, key=lambda t: (terms[t] < 0, t is None, self.rank[t]))
        y = 0
        for k, term in enumerate(plus_first):
            factors = {} if term is None else self.factors_of(term)
            part = self.product_of(abs(terms[term]) if k else terms[term], factors)
            y = self.make(np.add if terms[term] > 0 else np.subtract, y, part) if k else part
        return y

    def multiply(self, pairs):
        """The product of formulas with their exponents, which are whole numbers."""
        number, factors = ONE, collections.Counter()
        for a, k in pairs:
            if is_real(a) and (a or k > 0):
                number = rounded(number * Fraction(a) ** k)
                continue
            if len(self.sums.get(a, ())) == 1:
                ((a, w),) = self.sums[a].items()
                number = rounded(number * w**k)
            for (base, up), n in self.factors_of(a, 100 / abs(k)).items():
                factors[base, up == (k > 0)] += n * abs(k)
        return self.product_of(number, factors)

    def product_of(self, number, factors):
        """The formula of a product: one fraction, of which the number is a part."""
        above, below = self.powers(factors)
        p, q = number.as_integer_ratio() if number.denominator < 1000 else (float(number), 1)
        if p == -1 and above:
            above[0] = self.make(np.negative, above[0])
        elif p != 1 or not above:
            above.insert(0, p if abs(p) < 2**53 else float(p))
        below[:0] = [q] * (q != 1)
        times = functools.partial(self.make, np.multiply)
        y = functools.reduce(times, above)
        y = self.make(np.true_divide, y, functools.reduce(times, below)) if below else y
        if 0 < len(factors) <= MANY:
            self.products.setdefault(y, factors)
            whole = y if number == 1 else self.product_of(ONE, factors)
            self.sums.setdefault(y, {whole: number})
        return y

    def powers(self, factors):
        """The factors above the line and those below it, as formulas."""
        lines = {True: [], False: []}
        for base, up in sorted(factors, key=lambda factor: self.rank[factor[0]]):
            n = factors[base, up]
            lines[up].append(base if n == 1 else self.make(np.power, base, n))
        return lines[True], lines[False]


def is_real(a):
    """Whether a is a number to compute with, far from overflow."""
    return isinstance(a, (int, float)) and (a == 0 or 1e-99 < abs(a) < 1e99)


def rounded(q):
    """A fraction as it is while it is short, or rounded to a float."""
    if q and not 1e-99 < abs(q) < 1e99:
        raise OverflowError
    return Fraction(q if q.denominator < 2**64 else float(q))

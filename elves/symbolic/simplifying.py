"""Shorter formulas: sums and products are taken apart into like terms, and put together again."""

import collections
import contextlib
import functools
import itertools
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
        with contextlib.suppress(OverflowError, ZeroDivisionError), np.errstate(all="ignore"):
            if function in SUMS:
                return add(zip(args, SUMS[function], strict=True))
            if function in PRODUCTS:
                return multiply(zip(args, PRODUCTS[function], strict=True))
            if function is np.power and args[1] in WHOLE:
                return multiply([(args[0], int(args[1]))])
        undone = inner and UNDOES.get(function) is inner.function
        return args[0].args[0] if undone else make(function, *args)

    return fold([expr], lambda symbol: symbol, combine, level)[0]


def is_real(a):
    """Whether a is a number to compute with, far from overflow."""
    return isinstance(a, (int, float)) and (a == 0 or 1e-99 < abs(a) < 1e99)


def rounded(q):
    """A fraction as it is while it is short, or rounded to a float."""
    if q and not 1e-99 < abs(q) < 1e99:
        raise OverflowError
    return Fraction(q if q.denominator < 2**64 else float(q))

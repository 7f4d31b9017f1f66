"""Products of vectors, one in each of many steps, that are one product of matrices.

The gradient that each step pays into, ``W_bar = W_bar + np.outer(g, h)``, is ``G.T @ H`` once, of
the stacked g and h; and a sum of numbers times vectors is ``s @ V``. So ``W @ x`` for each row x of
X is a row of ``X @ W.T``.

Source: Golub & Van Loan, Matrix Computations (2013), section 1.1, on outer products.
"""

import collections
import operator

import numpy as np

from elves.rules.arrays import join
from elves.tracing.ir import Equation, Var, variables
from elves.tracing.operands import equation
from elves.tracing.orders import turned
from elves.tracing.pieces import RAISED
from elves.tracing.scalars import BUILT

FEW = 6  # products that are worth a stack
LARGE = 65536  # entries of vectors that are not worth it, since numbers multiply them as fast


def sums_of_products(ir, raised=False):
    """The same program, where one product of matrices stands for sums of products of vectors.

    With `raised`, vectors are joined as rows, which a loop may turn out to have stacked.

    >>> from elves.tracing import make_ir
    >>> def f(x, s):
    ...     return s[0] * x + s[1] * x + s[2] * x + s[3] * x + s[4] * x + s[5] * x
    >>> for e in sums_of_products(make_ir(f, np.ones(2), [1.0] * 6)).equations[-4:]:
    ...     print(e.rule.name, e.out)
    built float64[6]
    elves.rules.arrays.join float64[12]
    np.reshape float64[6, 2]
    np.matmul float64[2]
    """
    if sum(e.rule.function is np.multiply and e.out.shape != () for e in ir.equations) < FEW:
        return ir
    sums = Sums(ir, raised)
    equations = [new for e in ir.equations for new in sums.written(e)]
    return ir.but(equations, ir.outputs) if sums.stacks else ir


def rows_of_products(ir):
    """The same program, where one product of matrices stands for those of all rows of a matrix.

    >>> from elves.tracing import make_ir, optimize
    >>> f = lambda W, X: sum(np.sin(W @ x) for x in X)
    >>> ir = make_ir(f, np.ones((2, 3)), np.ones((6, 3)))
    >>> ir = optimize(ir, ["sums_of_products", "dead_code"])
    >>> [e.rule.name for e in ir.equations[:4]]
    ['np.transpose', 'np.matmul', '_operator.getitem', 'np.sin']
    """
    made = ir.made()
    groups = collections.defaultdict(list)
    for e in ir.equations:
        if e.rule.function is np.matmul and (found := row_of(e, made)):
            X, k, other, side = found
            groups[X, other if type(other) is Var else id(other), side].append((e, k, other))
    rows = {}
    for (X, _, side), found in groups.items():
        if len(found) >= max(FEW, X.shape[0] / 2):
            e, _, other = found[0]
            before = []
            if side and len(other.shape) == 2:
                before.append(equation(np.transpose, other))
                other = before[0].out
            before.append(equation(np.matmul, X, other))
            P = before[-1].out
            for e, k, _ in found:
                rows[e.out] = [*before, equation(operator.getitem, P, k, out=e.out)]
                before = []
    if not rows:
        return ir
    return ir.but([x for e in ir.equations for x in rows.get(e.out, [e])], ir.outputs)


def row_of(e, made):
    """Of a product by a row: whose row it is, which one, the other factor, and on which side."""
    for side in (0, 1):
        row, other = e.args[side], e.args[1 - side]
        by = made.get(row) if type(row) is Var and len(row.shape) == 1 else None
        if by and by.rule.function is operator.getitem and type(by.args[1]) is int:
            X = by.args[0]
            fits = type(X) is Var and len(X.shape) == 2 and is_array(X) and is_array(other)
            if fits and len(other.shape) <= 2 and e.out.dtype == FLOAT:
                return X, by.args[1], other, side
    return None


class Sums:
    """The sums of a program; `stacks` knows what was made of some numbers or vectors."""

    def __init__(self, ir, raised):
        self.raised, self.made, uses = raised, ir.made(), ir.uses()
        sums = filter(is_sum, ir.equations)
        self.inner = {a for e in sums for a in variables(e.args) if uses[a] == 1}
        self.stacks, self.new = {}, []

    def written(self, e):
        """The equations that stand for this one."""
        products, rest = self.terms(e) if is_sum(e) and e.out not in self.inner else ((), ())
        if len(products) < FEW or (
            len(e.out.shape) == 1 and e.out.shape[0] * len(products) > LARGE
        ):
            return [e]
        self.new = []
        left, right = map(self.stack, zip(*products, strict=True))
        left = self.make(np.transpose, left) if e.out.shape[1:] else left
        found = self.make(np.matmul, left, right)
        for v, plus in rest:
            found = self.make(np.add if plus else np.subtract, found, v)
        last = self.new.pop()
        return [*self.new, Equation(last.rule, last.args, last.kwargs, e.out)]

    def terms(self, root):
        """The products of which a result is the sum, and the rest: what is added, or taken away."""
        products, rest, todo = [], [], [(root.out, True)]
        while todo:
            v, plus = todo.pop()
            e = self.made.get(v) if type(v) is Var and (v in self.inner or v is root.out) else None
            if e and is_sum(e):
                todo += [(e.args[0], plus), (e.args[1], plus == (e.rule.function is np.add))]
            elif e and plus and (found := self.factors(e)):
                products.append(found)
            else:
                rest.append((v, plus))
        return sorted(products, key=self.kind), rest

    def factors(self, e):
        """As below; ``np.outer(h, g).T`` is ``np.outer(g, h)``."""
        before = self.made.get(e.args[0]) if e.rule.function is np.transpose else None
        if before and turned(e) == (1, 0):
            return (factors(before) or ())[::-1]
        return factors(e)

    def kind(self, product):
        """What made the factors; so those that many turns have alike are neighbours in a stack."""
        return [
            self.made[a].rule.name if type(a) is Var and a in self.made else "" for a in product
        ]

    def stack(self, parts):
        """Numbers as a vector, and vectors as the rows of a matrix."""
        key = tuple(a if type(a) is Var else id(a) for a in parts)
        if key not in self.stacks:
            self.stacks[key] = self.rows(parts) if np.shape(parts[0]) else self.numbers(parts)
        return self.stacks[key]

    def numbers(self, parts):
        self.new.append(Equation(BUILT, parts, {"shape": (len(parts),)}, Var((len(parts),), FLOAT)))
        return self.new[-1].out

    def rows(self, parts):
        parts = [*map(self.flat, parts)]
        shape = (len(parts), *parts[0].shape)
        made = [self.made.get(a) if type(a) is Var else None for a in parts]
        of_one = all(e and e.rule.function is operator.getitem for e in made)
        if of_one and all(e.args[0] is made[0].args[0] and type(e.args[1]) is int for e in made):
            at = np.array([e.args[1] for e in made])
            return self.make(operator.getitem, made[0].args[0], at)
        if self.raised:
            return self.make(join, *(self.make(np.expand_dims, a, 0) for a in parts), axis=0)
        return self.make(np.reshape, self.make(join, *parts, axis=0), shape)

    def flat(self, a):
        """A vector, whatever shape it was given to be multiplied."""
        if type(a) is not Var or len(a.shape) == 1:
            return a if type(a) is Var else a.ravel()
        e, shape = self.made.get(a), (max(a.shape),)
        if e and e.rule.function in RAISED and np.shape(e.args[0]) == shape:
            return e.args[0]
        return self.make(np.reshape, a, shape)

    def make(self, function, *args, **kwargs):
        self.new.append(equation(function, *args, **kwargs))
        return self.new[-1].out


FLOAT = np.dtype(float)


def is_sum(e):
    """Whether an equation adds or subtracts two arrays of one shape."""
    if e.rule.function not in (np.add, np.subtract) or e.out.dtype != FLOAT:
        return False
    return bool(e.out.shape) and all(is_array(a) and a.shape == e.out.shape for a in e.args)


def is_array(a):
    return isinstance(a, (Var, np.ndarray)) and a.dtype == FLOAT


def factors(e):
    """A column and a row, or a number and a vector, of which something is the product; or None."""
    if e.rule.function is not np.multiply or not all(map(is_array, e.args)):
        return None
    out = e.out.shape
    for a, b in (e.args, e.args[::-1]):
        outer = len(out) == 2 and a.shape == (out[0], 1) and b.shape in ((1, out[1]), out[1:])
        scaled = len(out) == 1 and a.shape == () and b.shape == out and type(a) is Var
        if min(out) > 1 and (outer or scaled):
            return a, b
    return None

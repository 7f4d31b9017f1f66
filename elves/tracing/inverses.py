"""One inverse of a matrix for all who divide by it.

A gradient divides by a matrix where its function does, and by the same one turned; the slope of a
determinant is an inverse too, times the determinant. Beside one that is there, or of few rows,
products cost least: with one step of refinement, without which badly conditioned matrices lose
twice the digits.

Source: Higham, Accuracy and Stability of Numerical Algorithms (2002), section 12.1 on refinement,
and 14.1 on what an inverse costs.
"""

import numpy as np

from elves import core
from elves.rules.linalg import cofactors, quotient
from elves.tracing.ir import Equation, Var
from elves.tracing.orders import TURNS, turned

FEW = 16  # rows up to which an inverse costs less than to solve twice


def by_inverses(ir):
    """The same program, with products by an inverse where a matrix divides more than once.

    `share` makes one of those inverses.

    >>> from elves.tracing import make_ir
    >>> f = lambda A, b: (np.linalg.inv(A.T), np.linalg.solve(A, b))
    >>> by_inverses(make_ir(f, np.eye(2), np.ones((2, 1))))
    (a: float64[2, 2], b: float64[2, 1]):
        c: float64[2, 2] = np.transpose(a)
        d: float64[2, 2] = np.linalg.inv(a)
        e: float64[2, 2] = np.swapaxes(d, -1, -2)
        f: float64[2, 2] = np.linalg.inv(a)
        g: float64[2, 1] = np.matmul(f, b)
        h: float64[2, 1] = np.matmul(a, g)
        i: float64[2, 1] = np.subtract(b, h)
        j: float64[2, 1] = np.matmul(f, i)
        k: float64[2, 1] = np.add(g, j)
        return (e, k)
    """
    divides = [e for e in ir.equations if e.rule.function in (np.linalg.inv, quotient)]
    if len(divides) < 2 and not any(e.rule.function is cofactors for e in ir.equations):
        return ir
    made, groups = {e.out: e for e in ir.equations if type(e.out) is Var}, {}
    for e in [*divides, *ir.equations]:
        same = e in divides or e.rule.function is cofactors
        a = e.args[0] if same else guarded(e, made)
        x, flips = root(a, made)
        if type(x) is Var and (x in groups or e in divides):
            groups.setdefault(x, {})[e.out] = flips
    flips = {v: k for x, group in groups.items() if pays(x, group, made) for v, k in group.items()}
    roots = {v: x for x, group in groups.items() for v in group}
    equations, sizes = [], {}

    def make(function, shape, *args, out=None):
        out = out or Var(shape, np.dtype(float))
        equations.append(Equation(core.rule_of(function), args, {}, out))
        return out

    for e in ir.equations:
        f, x, y = e.rule.function, roots.get(e.out) if e.out in flips else None, None
        if f is np.linalg.det:
            sizes[e.args[0]] = e.out
        if x:
            flip, new = flips[e.out], f in (quotient, cofactors)
            y = make(np.linalg.inv, x.shape, x, out=None if flip or new else e.out)
            y = make(np.swapaxes, x.shape, y, -1, -2, out=None if new else e.out) if flip else y
        if f is cofactors and type(e.args[0]) is Var:
            make(cofactors, e.out.shape, *e.args, y, sizes.get(e.args[0]), out=e.out)
        elif f is quotient and x:
            (a, b), shape = e.args, e.out.shape
            near = make(np.matmul, shape, y, b)
            rest = make(np.subtract, shape, b, make(np.matmul, shape, a, near))
            make(np.add, shape, near, make(np.matmul, shape, y, rest), out=e.out)
        elif not x:
            equations.append(e)
    return ir.but(equations, ir.outputs)


def root(a, made):
    """The matrix that was turned, and whether it was."""
    flips, e = False, made.get(a) if type(a) is Var else None
    while e and e.rule.function in TURNS and type(e.args[0]) is Var:
        n = len(a.shape)
        if turned(e) != (*range(n - 2), n - 1, n - 2):
            break
        a, flips = e.args[0], not flips
        e = made.get(a)
    return a, flips


def guarded(e, made):
    """The matrix whose inverse this is where it has one, beside a solution that needs it too."""
    if e.rule.function is not np.where or type(e.args[1]) is not Var:
        return None
    inverse = made.get(e.args[1])
    found = inverse and inverse.rule.function is np.linalg.inv
    before = made.get(inverse.args[0]) if found else None
    same = before and before.rule.function is np.where and before.args[0] is e.args[0]
    return before.args[1] if same else None


def pays(x, group, made):
    """Whether an inverse pays for those who divide by x."""
    columns = [made[v].out.shape[-1] for v in group if made[v].rule.function is quotient]
    plain = type(x) is Var and x.dtype == float and len(group) > 1
    return plain and (len(columns) < len(group) or x.shape[-1] <= max(FEW, *columns))

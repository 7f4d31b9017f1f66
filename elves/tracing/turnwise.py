"""What the turns of a loop compute for the way back alone is computed for all of them at once.

The slopes of a step that was unrolled are not read before the way back begins. So alike operations
of all turns are one on a stack, of which each turn reads its row: where arrays are small, it costs
what one turn's did.

Source: Allen & Kennedy, Optimizing Compilers for Modern Architectures (2001), section 2.4, on the
distribution of loops.
"""

import math
import operator

import numpy as np

from elves import core
from elves.rules.arrays import join
from elves.tracing.ir import Equation, Var, identity, is_elementwise, reads

FEW, MOST = 6, 512  # alike operations that are worth a stack, and entries of each
CALL, PUT, READ = 0.3, 0.2, 0.1  # microseconds: an operation, and a row into or out of a stack


def at_once(ir):
    """The same program, whose slopes of alike steps are computed before the way back.

    >>> from elves.tracing import grad, make_ir, optimize
    >>> def f(x):
    ...     for _ in range(6):
    ...         x = np.tanh(x)
    ...     return np.sum(x)
    >>> ir = optimize(make_ir(grad(f), np.ones(2)), ["at_once", "dead_code"])
    >>> [e.rule.name for e in ir.equations][6:10]
    ['elves.rules.arrays.join', 'np.reshape', 'np.multiply', 'np.subtract']
    """
    start = next((k for k, e in enumerate(ir.equations) if e.outs and e.outs[0].cotangent), 0)
    late = put_off(ir.equations[:start]) if start > FEW else {}
    groups, of, names = [], {}, {}
    for v, e in late.items():
        of[v] = names.setdefault(key_of(e, of), len(groups))
        groups += [[]] * (of[v] == len(groups))
        groups[of[v]].append(e)
    if not any(len(group) >= FEW for group in groups):
        return ir
    stacks = Stacks(
        {a for a in ir.outputs if type(a) is Var}.union(
            a for e in ir.equations[start:] for a in reads(e)
        )
    )
    for group in groups:
        stacks.write(group)
    if stacks.saved < 0:
        return ir
    ahead = [e for e in ir.equations[:start] if e.out not in late]
    return ir.but(ahead + stacks.equations + ir.equations[start:], ir.outputs)


def put_off(equations):
    """The operations on small arrays whose results no other equation among these reads."""
    late, read = {}, set()
    for e in reversed(equations):
        if type(e.out) is Var and e.out not in read and fits(e):
            late[e.out] = e
        else:
            read.update(reads(e))
    return dict(reversed(late.items()))


def fits(e):
    shape = e.out.shape
    arrays = [a for a in e.args if type(a) is Var]
    small = is_elementwise(e.rule) and shape and 0 < math.prod(shape) <= MOST and not e.kwargs
    return (
        small
        and arrays
        and all(a.shape == shape for a in arrays)
        and all(type(a) is Var or np.ndim(a) == 0 for a in e.args)
    )


def key_of(e, of):
    """What is the same of alike operations; `of` tells of which group their arguments are."""
    args = tuple(of.get(a, a.dtype) if type(a) is Var else identity(a) for a in e.args)
    return e.rule.function, e.out.shape, e.out.dtype, args


class Stacks:
    """Equations on stacks in the making; `made` knows the stack of some arrays.

    `read` are those whose rows are wanted.
    """

    def __init__(self, read):
        self.read, self.equations, self.made, self.saved = read, [], {}, -1.0

    def write(self, group):
        """Alike operations as one, and its rows, of which nobody may read some."""
        if len(group) < FEW:
            self.equations += group
            return
        first, outs = group[0], tuple(e.out for e in group)
        columns = zip(*(e.args for e in group), strict=True)
        args = [self.stack(a) if type(a[0]) is Var else a[0] for a in columns]
        Y = Var((len(outs), *first.out.shape), first.out.dtype)
        self.equations.append(Equation(first.rule, args, {}, Y))
        self.made[outs] = Y
        for k, v in enumerate(outs):
            self.equations.append(Equation(core.rule_of(operator.getitem), (Y, k), {}, v))
        self.saved += CALL * (len(outs) - 1) - READ * len(self.read.intersection(outs))

    def stack(self, arrays):
        """The stack of some arrays, or the one that they all are."""
        if len({*arrays}) == 1:
            return arrays[0]
        if arrays not in self.made:
            self.saved -= PUT * len(arrays)
            shape, dtype = arrays[0].shape, arrays[0].dtype
            whole = Var((len(arrays) * shape[0], *shape[1:]), dtype)
            self.made[arrays] = Var((len(arrays), *shape), dtype)
            for f, args, kwargs, out in (
                (join, arrays, {"axis": 0}, whole),
                (np.reshape, (whole, self.made[arrays].shape), {}, self.made[arrays]),
            ):
                self.equations.append(Equation(core.rule_of(f), args, kwargs, out))
        return self.made[arrays]

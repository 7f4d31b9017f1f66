"""Buffers: an array that nobody will read again is overwritten by a later result.

Source: Poletto & Sarkar, "Linear scan register allocation" (1999), for buffers by liveness.
"""

import collections
import operator

import numpy as np

from elves.rules.arrays import cast, join, pick, running_sum, scatter
from elves.rules.linalg import quotient
from elves.rules.products import contract
from elves.rules.reductions import products, recurrence
from elves.tracing.fuse import FUSED
from elves.tracing.ir import Var, is_elementwise, reads, variables
from elves.tracing.passes import ADD_AT
from elves.tracing.scalars import BUILT
from elves.tracing.spelling import is_small
from elves.tracing.structured import WRITTEN

FRESH = {
    np.sum, np.matmul, np.where, np.max, np.min, np.argsort, np.roll, np.convolve, np.linalg.inv,
    np.linalg.cholesky, cast, join, products, quotient, recurrence, running_sum, scatter,
}  # fmt: skip
VIEWS = {
    np.reshape, np.expand_dims, np.squeeze, np.ravel, np.transpose, np.swapaxes, np.moveaxis,
    np.flip, operator.getitem, pick,
}  # fmt: skip
OWN = {FUSED, ADD_AT, BUILT}


def is_fresh(e):
    """Whether a result is never a view of an argument."""
    several = e.rule.function is contract and len(e.args) > 1
    return several or e.rule.function in FRESH or is_elementwise(e.rule) or e.rule in OWN


def sums_first(ir):
    """Sums as soon as they can be, if they read an array last: another overwrites it."""
    sums = {e for e in ir.equations if e.rule.name.endswith((".sum", ".max", ".min", ".contract"))}
    last = {v: e for e in ir.equations for v in reads(e)} if sums else {}
    made = {}
    for i, e in enumerate(ir.equations if sums else ()):
        if e in sums and any(last[v] is e for v in reads(e)):
            i = max((made[v] for v in reads(e) if v in made), default=i)
        made |= dict.fromkeys((e, *e.outs), i)
    return ir.but(sorted(ir.equations, key=made.get), ir.outputs) if sums else ir


class Buffers:
    """What a writer of a program knows of whose memory its arrays are."""

    def find_last_uses(self, own=()):
        """Whose memory each array is, and for arrays that are made here who reads them last."""
        self.roots, self.last = {v: v for v in self.ir.inputs if v.shape}, dict.fromkeys(own, -1)
        uses, readers = collections.defaultdict(int), collections.defaultdict(set)
        self.uses, self.readers, roots = uses, readers, self.roots
        for a in self.ir.outputs:
            if type(a) is Var:
                uses[a] += 1
                readers[a].add(None)
        for i, e in enumerate(self.ir.equations):
            read = reads(e)
            for v in read:
                uses[v] += 1
                readers[v].add(e.rule.function)
            if e.rule.name in WRITTEN:  # a loop reads what it is given again and again
                for v in variables(e.args[e.rule.name == "cond" :]):
                    uses[v] += 1
            used = {roots[v] for v in read if v in roots} if roots else ()
            for a in used:
                if a in self.last:
                    self.last[a] = i
            if type(e.out) is Var and not e.out.shape:
                continue  # a number is in nobody's memory
            loop = e.rule.name == "scan"  # which makes arrays of what it stacks
            new = e.outs[e.kwargs["carries"] :] if loop else e.outs if is_fresh(e) else ()
            for v in e.outs:
                if v.shape:
                    self.roots[v] = v
                    if v in new and v not in self.lists:
                        self.last[v] = i
                    elif e.rule.function in VIEWS and type(e.args[0]) is Var:
                        self.roots[v] = self.roots.get(e.args[0], v)
                    else:  # it may be a view of any of them
                        for a in used:
                            self.last.pop(a, None)
        kept = {self.roots[a] for a in self.ir.outputs if type(a) is Var and a.shape}
        self.dying = collections.defaultdict(list)
        for v, i in self.last.items():
            if v not in kept:
                self.dying[i].append(v)

    def buffer(self, i, e):
        """The Var whose array the result may overwrite: one that dies here, or died before."""
        if "reuse_buffers" not in self.passes or not e.out.shape:
            return None
        kind = (e.out.shape, e.out.dtype)
        anywhere = is_elementwise(e.rule) or self.by_mask(e)
        inside = anywhere and e.rule.function is not np.sign  # which is slow in place
        for a in e.args if inside else e.args[: e.rule is ADD_AT]:
            if type(a) is not Var or a not in self.dying[i] or (a.shape, a.dtype) != kind:
                continue
            seen = [v for v in reads(e) if self.roots.get(v) is a]  # r *= r, but not r += r.T
            if seen == [a] or (e.rule is not ADD_AT and {*seen} == {a}):
                self.dying[i].remove(a)
                return a
        anywhere = anywhere or (e.rule.function is np.matmul and not self.whole)
        return self.spare[kind].pop() if anywhere and self.spare[kind] else None

    def by_mask(self, e):
        """Whether it is a choice of floats by a large mask: NumPy's own way has to guess."""
        if e.rule.function is not np.where or self.machine or e.args[1] is e.args[2]:
            return False
        kinds = "".join(getattr(a, "dtype", e.out.dtype).char for a in (*e.args, e.out))
        return kinds == "?ddd" and e.args[0].shape == e.out.shape != () and not is_small(e.out)

    def take_over(self, carried):
        """Let a loop overwrite what it carries at these places, if each turn makes a new array.

        So what is added up in it stays where it is. The first turn is given a copy.
        """
        self.taken = set()
        if self.whole or not carried or "reuse_buffers" not in self.passes:
            return
        outputs = self.ir.outputs
        ours = collections.Counter(self.roots.get(a) for a in outputs if type(a) is Var)
        own = []
        for i in carried:
            root = self.roots.get(outputs[i]) if type(outputs[i]) is Var else None
            if root in self.last and ours[root] == 1:
                own.append(self.ir.inputs[i])
        if own:
            self.find_last_uses(own)
        self.taken = {v for dying in self.dying.values() for v in dying} & {*own}

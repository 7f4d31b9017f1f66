"""Linearize, then transpose: reverse mode in two steps that know nothing of each other.

`transpose` walks the program that `linearize` wrote down backwards, from cotangents of its results
to cotangents of its arguments. So only rows that are linear need a transpose.

Source: Radul, Paszke, Frostig, Johnson & Maclaurin, "You only linearize once" (2022).
"""

import numpy as np

from elves import calls, core, trees
from elves.batching import vmap
from elves.errors import InputError
from elves.tracing.ir import IR, Var, replace, variables, zeros
from elves.tracing.linearizing import basis, columns, jvp, linearize
from elves.tracing.tracers import on_the_way_back, trace
from elves.zeros import with_true_zeros


def transpose(f, *primals):
    """The transpose of a linear function: it takes a cotangent of f's result to the arguments'.

    `f` is an IR, or a function and arguments of the right shapes. The transpose takes a tree like
    f's result and gives a tuple with one cotangent per argument. Raises InputError where f is
    not linear.

    >>> A = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> transpose(lambda x: A @ x, np.zeros(2))(np.array([1.0, 0.0]))
    (array([1., 2.]),)
    """
    ir = f if isinstance(f, IR) else trace(f, *primals)

    if not ir.linear:
        for e in ir.equations:
            check_linear(e)
        if any(type(a) is not Var and np.any(a) for a in ir.outputs):
            raise InputError("Only a linear function has a transpose, but this adds a constant.")
    like = trees.rebuild(ir.out_tree, [zeros(a) if type(a) is Var else a for a in ir.outputs])

    def transposed(cotangent):
        found = back(ir, trees.match("cotangent", cotangent, like))
        pairs = zip(found, map(zeros, ir.inputs), strict=True)
        return trees.rebuild(ir.in_tree, [trees.own(z if g is None else g, z) for g, z in pairs])

    return transposed


@on_the_way_back()
def back(ir, cotangents):
    """The cotangents of a linear IR's inputs, from those of its outputs; None for true zeros."""
    found = {}

    def pay(v, g):
        if type(v) is Var and g is not None:
            found[v] = found[v] + g if v in found else g

    for v, g in zip(ir.outputs, cotangents, strict=True):
        pay(v, g)
    for e in reversed(ir.equations):
        if found.keys().isdisjoint(e.outs):
            continue
        g = [found.pop(v, None) for v in e.outs]
        if hasattr(e.rule, "transpose"):  # control flow transposes all of its operands at once
            pulled = e.rule.transpose(g, e.args, **e.kwargs)
        else:
            args = replace(e.args, lambda a: zeros(a) if type(a) is Var else a)
            at = (*g, zeros(e.out), args, e.kwargs)
            pulled = {i: e.rule.vjp(i, *at) for i, a in enumerate(e.args) if type(a) is Var}
        for i, g_i in pulled.items():
            pay(e.args[i], g_i)
    return [found.get(v) for v in ir.inputs]


def check_linear(e):
    """Refuse an equation of the user's that is not linear in its Vars: it has no transpose."""
    rule, varying = e.rule, {i for i, a in enumerate(e.args) if type(a) is Var}
    if rule.function is np.multiply or isinstance(rule, core.Multilinear):
        linear = len(varying) == 1
    elif rule.function is np.true_divide or isinstance(rule, core.Moves):
        linear = varying == {0}
    else:  # linear in all arrays at once: those that do not vary must be zero
        arrays = {i for i, _ in enumerate(e.args) if adds_up(rule, i)}
        fixed = [e.args[i] for i in arrays - varying]
        others = any(isinstance(a, core.Value) or np.any(a) for a in fixed)
        linear = varying and varying <= arrays and not others
    if not linear or len(variables(e.args)) > len(varying):
        raise InputError(
            f"Only a linear function has a transpose, and {rule.name} is not linear in "
            f"{'what varies here' if varying else 'its index'}: linearize the function first."
        )


def adds_up(rule, i):
    """Whether a row is linear in its i-th argument, together with others."""
    if isinstance(rule, core.Elementwise):
        return not any(map(callable, rule.partials))
    return isinstance(rule, core.Linear) and (rule.variadic or any(rule.transposes[i : i + 1]))


# ------------------------------------------------------------ the public functions


def vjp(f, *primals):
    """The value of f, and a function that pulls a cotangent of it back to the primals.

    >>> y, pullback = vjp(lambda a, b: a * b, 2.0, 3.0)
    >>> [float(g) for g in pullback(1.0)]
    [3.0, 2.0]
    """
    y, f_dot = linearize(f, *primals)
    return y, transpose(f_dot)


@calls.with_argnums
def value_and_grad(f, primals):
    """``value_and_grad(f, argnums=0)``: a function that gives f's value and its gradient.

    Raises InputError if f does not return one number.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """
    y, pullback = vjp(f, *primals)
    return y, pullback(trees.ones(trees.scalar(y)))


@calls.picklable
def grad(f, argnums=0):
    """The gradient of f, a function of the same arguments; see `value_and_grad`.

    >>> grad(grad(np.sin))(np.pi / 2)
    -1.0
    """
    both = value_and_grad(f, argnums)
    return lambda *args, **kw: both(*args, **kw)[1]


def hvp(f, primals, vectors):
    """The Hessian of f times vectors, forward over reverse: no matrix.

    >>> hvp(lambda x: x[0] ** 2 * x[1], (np.array([1.0, 2.0]),), (np.array([1.0, 0.0]),))
    array([4., 2.])

    Source: Pearlmutter, "Fast exact multiplication by the Hessian" (1994).
    """
    trees.check_jvp(primals, vectors, "hvp")
    _, product = jvp(grad(f, tuple(range(len(primals)))), primals, vectors)
    return product if len(primals) > 1 else product[0]


@calls.of_one_array
def jacrev(f, x):
    """``jacrev(f, argnums=0)``: f's Jacobian, all its rows in one batch of cotangents.

    >>> jacrev(lambda x: x * x[0])(np.array([1.0, 2.0]))
    array([[2., 0.],
           [2., 1.]])
    """
    return rows(*linearize(f, x), x)


@calls.of_one_array
def jacobian(f, x):
    """``jacobian(f, argnums=0)``: f's Jacobian, by columns or by rows, whichever are fewer."""
    y, f_dot = linearize(f, x)
    return columns(f_dot, x) if np.size(x) <= np.size(y) else rows(y, f_dot, x)


def rows(y, f_dot, x):
    pull = vmap(transpose(f_dot))
    _, (found,) = with_true_zeros(lambda seeds: (None, pull(seeds)), basis(y))
    return np.reshape(found, np.shape(y) + np.shape(x))

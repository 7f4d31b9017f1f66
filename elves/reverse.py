"""Reverse mode: write down every operation, then walk the list backwards.

The forward sweep runs the program and records it on a tape (a Wengert list); the reverse sweep
hands each value's cotangent on to the values it was made of. One pass gives the whole gradient
of one *output*, for any number of inputs, and pays with memory.

Source: Linnainmaa (1970) and Speelpenning (1980), after Griewank, "Who invented the reverse mode
of differentiation?" (2012); Griewank & Walther, Evaluating Derivatives (2008), section 3.2.
"""

import itertools

import numpy as np

from elves import core, forward, trees
from elves.errors import GraphError, InputError

_ticks = itertools.count()


class Variable(core.Value):
    """A value that remembers how it was made.

    >>> x = Variable(3.0)
    >>> y = x * x + x
    >>> y.backward()
    >>> x.grad
    7.0
    """

    __slots__ = ("grad", "recipe", "tick", "value")

    def __init__(self, value, recipe=None, level=0):
        if recipe is None:
            if isinstance(value, core.Value) and level == 0:
                raise InputError(
                    "A Variable cannot be made of a value that another engine follows: use "
                    "elves.grad inside, or make the Variable outside."
                )
            trees.check_inputs(value)
            if isinstance(value, np.ndarray):  # read-only: the walk back needs it as it is now
                value = value.copy()
                value.flags.writeable = False
        self.value, self.recipe, self.level = value, recipe, level
        self.tick = next(_ticks)  # when it was made: later than everything it was made of
        self.grad = None

    @property
    def plain(self):
        return self.value

    def __repr__(self):
        return f"Variable({self.value})"

    @classmethod
    def apply(cls, level, rule, args, kwargs):
        values, parents = list(args), []
        for i, a in enumerate(args):
            if is_of(a, level):
                values[i] = a.value
                parents.append((i, a))
            elif type(a) is np.ndarray:
                values[i] = keep(a)
        y = rule.function(*values, **kwargs)
        return y if rule.constant else Variable(y, (rule, parents, values, kwargs), level)

    def backward(self, seed=None, keep_tape=False):
        """Add the gradient of this value to the `grad` of each Variable that it was made from.

        `seed` is the cotangent to start from, in the shape of this value; one number needs none.
        The tape is freed afterwards unless `keep_tape` is true. Raises GraphError for a tape that
        was freed, InputError for a missing seed or one of another shape.
        """
        if seed is None:
            seed = trees.ones(trees.scalar(self.value))
        trees.match("seed", seed, self.value)
        for node, g in sweep([(self, seed)], keep_tape):
            if node.recipe is None:  # an input; gradients accumulate until someone clears them
                g = trees.own(g, node.value)
                node.grad = g if node.grad is None else node.grad + g


def tape_of(outputs):
    """All the Variables that the outputs were made from, newest first.

    Newest first is a topological order: nobody's cotangent is handed on before all those who
    used the value have paid in. The smallest case that needs it: ``b = a + a; c = b + b``.
    """
    seen, todo = {id(v): v for v in outputs}, list(outputs)
    while todo:  # a loop and no recursion, so a chain of 100,000 operations works
        for _, parent in (todo.pop().recipe or (None, ()))[1]:
            if id(parent) not in seen:
                seen[id(parent)] = parent
                todo.append(parent)
    return sorted(seen.values(), key=lambda v: v.tick, reverse=True)


def sweep(seeds, keep_tape=True):
    """The reverse sweep: yields each Variable with its complete cotangent, newest first."""
    cotangents = {}

    def pay(variable, g):
        have = cotangents.get(id(variable))
        cotangents[id(variable)] = g if have is None else have + g

    for variable, g in seeds:
        pay(variable, g)
    tape = tape_of([variable for variable, _ in seeds])
    if any(node.recipe is FREED for node in tape):
        raise GraphError(
            "This tape was freed by an earlier backward(): compute the value again, or call "
            "backward(keep_tape=True) the first time."
        )
    for node in tape:
        g = cotangents.pop(id(node))
        if node.recipe is not None:
            rule, parents, values, kwargs = node.recipe
            for i, parent in parents:
                pay(parent, rule.vjp(i, g, node.value, values, kwargs))
            if not keep_tape:
                node.recipe = FREED
        yield node, g


FREED = ("freed", (), (), {})


def vjp(f, *primals):
    """The value of f, and a function that pulls a cotangent of it back to the primals.

    The pullback takes a cotangent in the shape of the value and gives a tuple with one cotangent
    per primal, in the shapes of the primals; it can be called any number of times. Raises
    InputError for arguments that are not floats and for a cotangent of another shape.

    >>> y, pullback = vjp(lambda a, b: a * b, 2.0, 3.0)
    >>> [float(g) for g in pullback(1.0)]
    [3.0, 2.0]
    """
    level = core.new_level()
    inputs = [Variable(p, None, level) for p in trees.check_inputs(primals)]
    result = trees.call(f, trees.rebuild(primals, inputs))
    outputs = trees.leaves(result)
    y = trees.rebuild(result, [a.value if is_of(a, level) else a for a in outputs])

    def pullback(cotangent):
        seeds = zip(outputs, trees.match("cotangent", cotangent, y), strict=True)
        swept = sweep([(variable, g) for variable, g in seeds if is_of(variable, level)])
        found = {id(node): g for node, g in swept if node.recipe is None}
        gradients = [found.get(id(v), trees.zeros(v.value)) for v in inputs]
        owned = [trees.own(g, p) for g, p in zip(gradients, trees.leaves(primals), strict=True)]
        return trees.rebuild(primals, owned)

    return y, pullback


def is_of(value, level):
    return isinstance(value, Variable) and value.level == level


def keep(a):
    """A constant as it is now: the walk back must not see what the program does to it later."""
    return a.copy() if a.flags.writeable else a


@trees.with_argnums
def value_and_grad(f, primals):
    """``value_and_grad(f, argnums=0)``: a function that gives f's value and its gradient.

    Costs one forward and one reverse sweep, however many inputs there are. Raises InputError if
    f does not return one number.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """
    y, pullback = vjp(f, *primals)
    return y, pullback(trees.ones(trees.scalar(y)))


def grad(f, argnums=0):
    """The gradient of f, a function of the same arguments; see `value_and_grad`.

    >>> grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    array([2., 4.])
    >>> grad(grad(np.sin))(np.pi / 2)
    -1.0
    """
    return lambda *args, **kw: value_and_grad(f, argnums)(*args, **kw)[1]


@trees.of_one_array
def jacobian(f, x):
    """``jacobian(f, argnums=0)``: f's Jacobian, filled row by row.

    f maps one array to one array; the result has the shape of the output followed by the shape
    of the input. Entry [i, ...] belongs to output entry i. Raises InputError for more arrays.

    >>> jacobian(lambda x: x * x[0])(np.array([1.0, 2.0]))
    array([[2., 0.],
           [2., 1.]])
    """
    y, pullback = vjp(f, x)
    rows = [pullback(*seed)[0] for seed in trees.unit_tangents((y,))]
    return trees.stack(rows, np.shape(y) + np.shape(x))


def hessian(f, argnums=0):
    """The Hessian of f by one array, forward over reverse: all the columns of the gradient.

    The result has the shape of the array twice.

    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])
    """
    return forward.jacobian(grad(f, argnums), argnums)


def hvp(f, primals, vectors):
    """The Hessian of f times vectors, forward over reverse: two passes, and no matrix.

    `primals` is the tuple of f's arguments, `vectors` a tuple of the same shapes; the result has
    the shapes of the primals: a tuple, or one tree for one primal.

    >>> hvp(lambda x: x[0] ** 2 * x[1], (np.array([1.0, 2.0]),), (np.array([1.0, 0.0]),))
    array([4., 2.])

    Source: Pearlmutter, "Fast exact multiplication by the Hessian" (1994).
    """
    gradient = grad(f, tuple(range(len(primals))))
    _, product = forward.jvp(gradient, primals, vectors)
    return product if len(primals) > 1 else product[0]

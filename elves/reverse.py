"""Reverse mode: write down every operation, then walk the list backwards.

The forward sweep runs the program and records it on a tape (a Wengert list); the reverse sweep
hands each value's cotangent on to the values it was made of. One pass gives the whole gradient
of one *output*, for any number of inputs, and pays with memory.

Source: Linnainmaa (1970) and Speelpenning (1980), after Griewank, "Who invented the reverse mode
of differentiation?" (2012); Griewank & Walther, Evaluating Derivatives (2008), section 3.2.
"""

import heapq
import itertools

import numpy as np

from elves import batching, calls, core, forward, trees, zeros
from elves.errors import GraphError
from elves.short_cuts import recorded, still, with_short_cuts

_ticks = itertools.count(0, -1)  # downwards, so that the newest Variable has the smallest tick


@with_short_cuts
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
            self.grad = None
            value = value if level else trees.to_record(value)
        self.value, self.recipe, self.level = value, recipe, level
        self.array, self.square = False, None
        self.tick = next(_ticks)  # when it was made: after everything that it was made of

    @property
    def plain(self):
        return self.value

    def __repr__(self):
        return f"Variable({self.value})"

    def __reduce_ex__(self, protocol):  # outside of derivatives: its value, which is a new input
        return (Variable, (self.value,)) if self.level == 0 else super().__reduce_ex__(protocol)

    def with_value(self, value):
        same = core.RULES[np.positive]  # whose partial is 1
        return Variable(value, (same, ((0, self),), (self.value,), {}), self.level)

    def __getattr__(self, name):
        return None if name == "grad" else super().__getattr__(name)  # only inputs collect it

    @classmethod
    def apply(cls, level, rule, args, kwargs):
        values, parents, others = list(args), [], []
        for i, a in enumerate(args):
            if type(a) is cls and a.level == level:
                values[i] = a.value
                parents.append((i, a))
            elif type(a) not in core.NUMBERS and not isinstance(a, core.Value):
                others.append(i)
        y = rule.run(*values, **kwargs)
        if others or kwargs:  # the walk back must not see later changes
            kwargs = still(rule, values, kwargs, others, level)
        return y if rule.constant else cls(y, (rule, parents, values, kwargs), level)

    def backward(self, seed=None, keep_tape=False):
        """Add the gradient of this value to the ``grad`` of each Variable that it was made from.

        `seed` is the cotangent to start from, in the shape of this value; one number needs none.
        The tape is freed afterwards unless `keep_tape` is true. Raises GraphError for a tape that
        was freed, InputError for a missing seed or one of another shape.
        """
        if seed is None:
            seed = trees.ones(trees.scalar(self.value))
        (seed,) = trees.match("seed", seed, self.value)
        swept = [pair for pair in sweep([(self, seed)], keep_tape) if pair[0].recipe is None]
        for node, g in swept:  # gradients accumulate until someone clears them
            g = trees.own(g, node.value)
            node.grad = g if node.grad is None else node.grad + g

    def zero_grad(self):
        """Forget the gradient that earlier passes have added up."""
        self.grad = None

    def detach(self):
        """The plain value, which the tape does not follow; `elves.stop_gradient` in any engine."""
        return trees.fresh(self.value)


def sweep(payments, keep_tape=False):
    """The reverse sweep, newest first: yields each Variable with its complete cotangent.

    Newest first is a topological order: nobody's cotangent is handed on before all those who
    used the value have paid in. The smallest case that needs it: ``b = a + a; c = b + b``.
    """
    due, waiting = {}, []  # tick -> (Variable, its cotangent so far, ours); a heap of these ticks
    for variable, g in payments:
        pay(due, waiting, variable, g)
    while waiting:  # a loop and no recursion, so a chain of 100,000 operations works
        node, g, _ = due.pop(heapq.heappop(waiting))
        yield node, g
        if node.recipe is None:
            continue
        rule, parents, values, kwargs = node.recipe
        for i, parent in parents:
            if rule.adds and rule.adds(due.get(parent.tick), g, values):
                continue  # in its place already
            pay(due, waiting, parent, rule.vjp(i, g, node.value, values, kwargs), rule.new)
        if not keep_tape:
            node.recipe = FREED


def pay(due, waiting, variable, g, ours=False):
    """Add to the cotangent of a Variable; ours is what nobody else holds."""
    tick = variable.tick
    if tick not in due:
        due[tick] = variable, g, ours
        heapq.heappush(waiting, tick)
        return
    _, have, owned = due[tick]
    if owned and type(have) is type(g) is np.ndarray and have.dtype == g.dtype:
        have += g
    else:
        due[tick] = variable, have + g, True


class Freed:
    """What is left of a tape: anyone who walks it gets a sentence."""

    def __iter__(self):
        raise GraphError(
            "This tape was freed by an earlier backward(): compute the value again, or call "
            "backward(keep_tape=True) the first time."
        )


FREED = Freed()


def record(f, primals):
    """Run f on Variables: these inputs, and the result, in which they may have left their trace."""
    level = core.new_level()
    inputs = [Variable(trees.number(p), None, level) for p in trees.leaves(primals)]
    return inputs, recorded(f, level, trees.rebuild(primals, inputs))


def pull_back(primals, inputs, outputs, cotangents, keep_tape=False):
    """From a cotangent for each output to one for each primal, in arrays nobody else holds."""
    level = inputs[0].level if inputs else None
    seeds = [(v, g) for v, g in zip(outputs, cotangents, strict=True) if is_of(v, level)]
    found = {node.tick: g for node, g in sweep(seeds, keep_tape) if node.recipe is None}
    held = {id(g) for _, g in seeds}
    gradients = []
    for v, p in zip(inputs, trees.leaves(primals), strict=True):
        g = found.get(v.tick)
        if g is None:
            g = trees.zeros(p)
        elif id(g) in held or not trees.is_own(g, p):
            g = trees.own(g, p)
        held.add(id(g))
        gradients.append(g)
    return trees.rebuild(primals, gradients)


def vjp(f, *primals):
    """The value of f, and a function that pulls a cotangent of it back to the primals.

    The pullback takes a cotangent in the shape of the value and gives a tuple with one cotangent
    per primal, in the shapes of the primals; it can be called any number of times. Raises
    InputError for arguments that are not floats and for a cotangent of another shape.

    >>> y, pullback = vjp(lambda a, b: a * b, 2.0, 3.0)
    >>> [float(g) for g in pullback(1.0)]
    [3.0, 2.0]
    """
    primals = trees.rebuild(primals, map(trees.frozen, trees.check_inputs(primals)))
    inputs, result = record(f, primals)
    outputs = trees.leaves(result)
    y = trees.rebuild(result, [trees.fresh(plain(a, inputs)) for a in outputs])

    def pullback(cotangent):
        cotangents = trees.match("cotangent", cotangent, y)
        return pull_back(primals, inputs, outputs, cotangents, keep_tape=True)

    return y, pullback


def transposed(linear, x, g):
    """The transpose of a linear function of arrays like x, at g: its tape, walked backwards."""
    return vjp(linear, x)[1](g)[0]


core.Custom.transposed = staticmethod(transposed)  # for the rows that bring no VJP


def is_of(value, level):
    return type(value) is Variable and value.level == level


def plain(value, inputs):
    """What a value is outside of the record that these inputs began."""
    return value.value if inputs and is_of(value, inputs[0].level) else value


@calls.with_argnums
def value_and_grad(f, primals):
    """``value_and_grad(f, argnums=0)``: a function that gives f's value and its gradient.

    Costs one forward and one reverse sweep, however many inputs there are. Raises InputError if
    f does not return one number.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """
    inputs, result = record(f, primals)
    y = trees.scalar(plain(result, inputs))
    return y, pull_back(primals, inputs, [result], [trees.ones(y)])


@calls.picklable
def grad(f, argnums=0):
    """The gradient of f, a function of the same arguments; see `value_and_grad`.

    >>> grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    array([2., 4.])
    >>> grad(grad(np.sin))(np.pi / 2)
    -1.0
    """
    both = value_and_grad(f, argnums)
    return lambda *args, **kw: both(*args, **kw)[1]


@calls.of_one_array
def jacobian(f, x):
    """``jacobian(f, argnums=0)``: f's Jacobian, filled row by row.

    f maps one array to one array; the result has the shape of the output followed by the shape
    of the input. Entry [i, ...] belongs to output entry i. Raises InputError for more arrays.

    >>> jacobian(lambda x: x * x[0])(np.array([1.0, 2.0]))
    array([[2., 0.],
           [2., 1.]])
    """
    y, pullback = vjp(f, x)

    def pull(seeds):
        return y, batching.vmap(pullback)(*seeds)[0]

    blocks = [
        zeros.with_true_zeros(pull, seeds)[1] for seeds in trees.unit_tangents((y,), forward.WIDTH)
    ]
    rows = np.concatenate(blocks) if blocks else np.zeros(0)
    return np.reshape(rows, np.shape(y) + np.shape(x))


jacrev = jacobian  # JAX's name for it


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
    trees.check_jvp(primals, vectors, "hvp")
    gradient = grad(f, tuple(range(len(primals))))
    _, product = forward.jvp(gradient, primals, vectors)
    return product if len(primals) > 1 else product[0]

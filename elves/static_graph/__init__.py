"""Define and run: write the whole program down as a graph first, then run it many times.

A placeholder stands for numbers that are not there yet; each NumPy function of it only adds a node.
The gradient is more graph, made once by a reverse sweep over the nodes. The graph can be optimised
as a whole, and then runs with one feed after the other. What it cannot have is what it never sees:
a branch or a loop that asks for a number.

Source: Bergstra et al., "Theano: a CPU and GPU math compiler in Python" (2010); Abadi et al.,
"TensorFlow: a system for large-scale machine learning" (2016), sections 3 and 4.1.
"""

import itertools

import numpy as np

from elves import calls, core, trees
from elves.static_graph.graph import (
    Constant,
    Node,
    Placeholder,
    Variable,
    constant,
    evaluate,
    gradients,
    nodes_of,
    placeholder,
    run,
    variable,
)
from elves.static_graph.optimising import fingerprint, optimise
from elves.static_graph.printing import count, listing

__all__ = [
    "Constant", "Node", "Placeholder", "Variable", "constant", "count", "grad", "gradients",
    "listing", "nodes_of", "optimise", "placeholder", "run", "value_and_grad", "variable",
]  # fmt: skip


@calls.picklable
def value_and_grad(f, argnums=0):
    """A function that gives f's value and its gradient, by a graph that is built once.

    Every float or array of floats among the arguments becomes a placeholder; for each combination
    of their shapes and of the other arguments, f runs once, to build the graph. What f reads from
    elsewhere is read at that time. Raises InputError if f does not return one number,
    ConversionError if f branches on a number.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """
    chosen, many, built = calls.checked(f, argnums), isinstance(argnums, (tuple, list)), {}

    def of_args(*args, **kwargs):
        _, primals = calls.select(f, args, kwargs, chosen)
        trees.check_inputs(primals)
        xs = trees.leaves((args, kwargs))
        specs = [(np.shape(a), np.result_type(a).str) if trees.kind(a) == "f" else a for a in xs]
        key = fingerprint([repr(trees.rebuild((args, kwargs), itertools.repeat(0))), specs])
        inputs, outputs, order, keep = built.get(key) or build(f, args, kwargs, chosen)
        if keep and len(built) < 100:
            built[key] = inputs, outputs, order, keep
        fed = {id(node): a for node, a in zip(inputs, xs, strict=True) if node is not a}
        y, *slopes = evaluate(outputs, order, fed)
        slopes = trees.rebuild(primals, map(trees.own, slopes, trees.leaves(primals)))
        return trees.plain_float(y), slopes if many else slopes[0]

    return of_args


def build(f, args, kwargs, argnums):
    """Run f on placeholders; gives these, the outputs, the nodes in order, and what to do next.

    A graph that holds values of another engine serves that engine's pass only: it is not kept.
    """
    level, inputs = core.new_level(), trees.leaves((args, kwargs))
    for i, a in enumerate(inputs):
        if trees.kind(a) == "f":
            inputs[i] = Placeholder(None, (), {}, a, level, f"x{i}")
    of_selected, primals = calls.select(f, *trees.rebuild((args, kwargs), inputs), argnums)
    y = trees.scalar(of_selected(*primals))
    outputs = optimise([y, *gradients(y, trees.leaves(primals))], level)
    order = nodes_of(outputs, level)
    used = trees.leaves((outputs, [node.args for node in order]))
    keep = all(a.level == level for a in used if isinstance(a, core.Value))
    return inputs, outputs, order, keep


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

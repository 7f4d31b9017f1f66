"""The graph: nodes that stand for numbers, the graph of their gradient, and a run of it."""

import copy
import itertools
import math
import operator

import numpy as np

from elves import core, leaving, trees
from elves.errors import ConversionError, GraphError, InputError
from elves.static_graph import shapes

_ticks = itertools.count()


class Node(core.Value):
    """A number or array that is not there yet: where it will come from, its shape and dtype.

    >>> x = placeholder("x", (3,))
    >>> np.sin(x)[0] * 2.0
    np.multiply(...) of shape ()
    """

    __slots__ = (
        "_shape", "args", "definition", "dtype", "kwargs", "name", "rule", "tick", "value"
    )  # fmt: skip
    shape = property(lambda self: self._shape)
    ndim = property(lambda self: len(self.shape))
    size = property(lambda self: math.prod(self.shape))

    def __init__(self, rule, args, kwargs, like, level=0, name=None, value=None, definition=None):
        self.definition = definition  # a node that stands for the same, and has the derivative
        self.rule, self.args, self.kwargs, self.level = rule, args, kwargs, level
        self._shape, self.dtype = np.shape(like), np.result_type(like)
        self.name, self.value = name, value  # of a leaf; only constants and variables have a value
        self.tick = next(_ticks)  # when it was made: later than everything it is made of

    def __repr__(self):
        return self.name or f"{self.rule.told}(...) of shape {self.shape}"

    __hash__ = object.__hash__  # a node is a key of what is fed

    @classmethod
    def apply(cls, level, rule, args, kwargs):
        like = shapes.tried(rule, args, kwargs)
        if rule.function in shapes.KNOWN:
            return like
        shapes.check(rule, args, kwargs, like, Node)
        args = copy.deepcopy(tuple(args))  # constants as they are now
        return Node(rule, args, kwargs, like, level)

    def with_own(self, rule, args, kwargs):
        """A node of NumPy's own function, which this node is a definition of."""
        options = any(isinstance(a, core.Value) for a in kwargs.values())
        if options or (callable(rule.own) and not rule.own(*args, **kwargs)):
            return self
        like = shapes.tried(rule, args, kwargs)
        return Node(rule, copy.deepcopy(tuple(args)), kwargs, like, self.level, definition=self)

    @property
    def plain(self):
        way = leaving.undecided(", or use the define-by-run engine, elves.reverse")
        raise ConversionError(
            f"The node {self!r} has no value while the graph is being built, so no if, loop or "
            f"max() can ask for it: {way}."
        )

    lost = "but it has no value yet"
    counting = "the define-by-run engine, elves.reverse, where it counts or indexes"


class Placeholder(Node):
    """A leaf to be fed when the graph runs."""

    __slots__ = ()


class Constant(Node):
    """A leaf whose value is known when the graph is built."""

    __slots__ = ()


class Variable(Node):
    """A leaf with a state, which stays from one run to the next until something is assigned."""

    __slots__ = ()

    def assign(self, value):
        """Replace the state; raises InputError for a value of another shape."""
        value = fitting(f"value assigned to {self!r}", np.array(value), self)
        self.value = np.broadcast_to(value, self.shape)[()]  # read-only: runs hand it out


# ------------------------------------------------------------ build


def placeholder(name, shape=()):
    """A node to be fed when the graph runs. Raises InputError for a shape with an unknown size."""
    try:
        return Placeholder(None, (), {}, np.broadcast_to(0.0, shape), 0, name)
    except (TypeError, ValueError):
        raise InputError(
            f"The placeholder {name!r} needs a shape of whole numbers: build a graph per shape."
        ) from None


def constant(value, name="constant"):
    """A node whose value is known when the graph is built."""
    value = np.broadcast_to(np.array(value), np.shape(value))[()]  # read-only: runs hand it out
    return Constant(None, (), {}, value, 0, name, value)


def variable(value, name="variable"):
    """A node with a state: a float or an array that `assign` replaces between two runs.

    >>> w = variable(np.zeros(2), "w")
    >>> w.assign(run(w + 1.0))
    >>> run(w * 2.0)
    array([2., 2.])
    """
    trees.check_inputs(value)
    node = Variable(None, (), {}, np.array(value), 0, name)
    node.assign(value)
    return node


ONE = 1.0  # the seed of a gradient


def gradients(y, xs, seed=None):
    """The gradient of the node y by a tree of nodes, as a tree of new nodes.

    The rows of the table run on nodes, newest first, so that nobody's cotangent is handed on
    before it is complete. Gradients of gradients are graph again. If y is an array, `seed` is its
    cotangent, a node or an array in the shape of y. Raises InputError for an array y without a
    seed, and where xs holds anything but nodes.

    >>> x = placeholder("x")
    >>> slope = gradients(x**3, x)
    >>> float(run(slope, {x: 2.0})), float(run(gradients(slope, x), {x: 2.0}))
    (12.0, 12.0)
    """
    if strange := [x for x in trees.leaves(xs) if not isinstance(x, Node)]:
        raise InputError(f"A gradient is by nodes of the graph, not by {strange[0]!r:.40}.")
    if seed is None:
        trees.scalar(y)
    cotangents = {id(y): ONE if seed is None else trees.match("seed", seed, y)[0]}

    def pay(a, share):
        have = cotangents.get(id(a))
        cotangents[id(a)] = share if have is None else have + share

    for node in reversed(nodes_of(y, definitions=True)):
        g = cotangents.get(id(node))
        if g is None or node.rule is None or node.rule.constant:
            continue
        if node.definition is not None:
            pay(node.definition, g)
            continue
        for i, a in enumerate(node.args):
            if isinstance(a, Node) and a.level == node.level and a.dtype.kind == "f":
                pay(a, node.rule.vjp(i, g, node, node.args, node.kwargs))
    found = [cotangents.get(id(x)) for x in trees.leaves(xs)]
    pairs = zip(found, trees.leaves(xs), strict=True)
    return trees.rebuild(xs, [trees.zeros(x) if g is None else g for g, x in pairs])


def nodes_of(outputs, level=None, definitions=False):
    """All the nodes that a tree of outputs needs, oldest first; dead code is never reached."""
    todo = [a for a in trees.leaves(outputs) if isinstance(a, Node)]
    level = max((a.level for a in todo), default=0) if level is None else level
    seen = {}
    while todo:  # a loop and no recursion, so a chain of 100,000 operations works
        node = todo.pop()
        if node.level == level and id(node) not in seen:
            seen[id(node)] = node
            made_of = (node.args, node.definition) if definitions else node.args
            todo += [a for a in trees.leaves(made_of) if isinstance(a, Node)]
    return sorted(seen.values(), key=lambda node: node.tick)


# ------------------------------------------------------------ run


def run(outputs, feed=None):
    """The numbers that a tree of nodes stands for, from a dict of one value per placeholder.

    Each node is computed once, in one pass from the placeholders to the outputs. Raises InputError
    for a placeholder without a value, for a value of another shape, and for feeding what is no
    placeholder; GraphError where the shape of an operation depends on numbers.

    >>> x = placeholder("x", (2,))
    >>> run([x * 2.0, np.sum(x)], {x: [1.0, 2.0]})
    [array([2., 4.]), np.float64(3.0)]
    """
    values, order = {}, nodes_of(outputs)
    for node, value in (feed or {}).items():
        if not isinstance(node, Placeholder):
            raise InputError(
                f"Only placeholders can be fed, not {node!r:.60}: a variable is assigned, and all "
                "else is computed."
            )
        values[id(node)] = fitting(f"value fed to the placeholder {node.name!r}", value, node)
    for node in order:
        if isinstance(node, Placeholder) and id(node) not in values:
            raise InputError(
                f"The placeholder {node.name!r} was not fed: run(outputs, {{{node.name}: value}})."
            )
    return evaluate(outputs, order, values)


def evaluate(outputs, order, values):
    """One pass over the nodes in their order; `values` holds those that are fed."""

    def known(a):
        return values.get(id(a), a)

    for node in order:
        if node.rule is None:
            values.setdefault(id(node), node.value)
            continue
        args = [
            shapes.each(known, a) if type(a) in (tuple, list) else values.get(id(a), a)
            for a in node.args
        ]
        f = core.getitem if node.rule.function is operator.getitem else node.rule.function
        y = values[id(node)] = f(*args, **node.kwargs)
        if getattr(y, "shape", ()) != node.shape:
            raise GraphError(
                f"{node.rule.told} gave the shape {np.shape(y)} where the graph was built for "
                f"{node.shape}: a shape cannot depend on numbers here, so use np.where instead of "
                "a mask, or the define-by-run engine, elves.reverse."
            )
    return trees.rebuild(outputs, map(known, trees.leaves(outputs)))


def fitting(what, value, node):
    """A copy of a value as floats, if it has the shape of a node."""
    if not isinstance(value, core.Value):
        value = np.array(value)
        value = value.astype(float)[()] if value.dtype.kind in "biu" else value[()]
    return trees.match(what, value, node)[0]

"""Define and run: write the whole program down as a graph first, then run it many times.

A placeholder stands for numbers that are not there yet; each NumPy function of it only adds a node.
The gradient is more graph, made once by a reverse sweep over the nodes. The graph can be optimised
as a whole, and then runs with one feed after the other. What it cannot have is what it never sees:
a branch or a loop that asks for a number.

Source: Bergstra et al., "Theano: a CPU and GPU math compiler in Python" (2010); Abadi et al.,
"TensorFlow: a system for large-scale machine learning" (2016), sections 3 and 4.1.
"""

import copy
import itertools
import math
import operator

import numpy as np

from elves import core, leaving, trees
from elves.errors import ConversionError, GraphError, InputError
from elves.rules import arrays

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

    @classmethod
    def apply(cls, level, rule, args, kwargs):
        with np.errstate(all="ignore"):  # NumPy tells the shape by trying the function
            y = rule.function(*each(example, tuple(args)), **kwargs)
        if rule.function in KNOWN_BY_SHAPE:
            return y
        if isinstance(y, tuple):
            raise GraphError(
                f"{rule.told} has as many results as the numbers say, and a shape cannot depend on "
                "numbers here: use np.where, or the define-by-run engine, elves.reverse."
            )
        if np.shape(y) != other_shape(rule, args, kwargs, y):
            raise GraphError(
                f"The shape of {rule.told} depends on numbers, and a shape cannot depend on them "
                "here: use np.where instead of a mask, or the define-by-run engine, elves.reverse."
            )
        return Node(rule, copy.deepcopy(tuple(args)), kwargs, y, level)  # constants as they are now

    def with_own(self, rule, args, kwargs):
        """A node of NumPy's own function, which this node is a definition of."""
        options = any(isinstance(a, core.Value) for a in kwargs.values())
        if options or (callable(rule.own) and not rule.own(*args, **kwargs)):
            return self
        with np.errstate(all="ignore"):
            like = rule.function(*each(example, tuple(args)), **kwargs)
        args = copy.deepcopy(tuple(args))
        return Node(rule, args, kwargs, like, self.level, definition=self)

    @property
    def plain(self):
        way = leaving.undecided(", or use the define-by-run engine, elves.reverse")
        raise ConversionError(
            f"The node {self!r} has no value while the graph is being built, so no if, loop or "
            f"max() can ask for it: {way}."
        )

    lost = "but it has no value yet"
    counting = "the define-by-run engine, elves.reverse, where it counts or indexes"


KNOWN_BY_SHAPE = {np.result_type, np.zeros_like, np.ones_like}


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


def each(function, a):
    """Apply a function to an argument, and to each entry where it is a tuple or a list."""
    return type(a)(each(function, b) for b in a) if type(a) in (tuple, list) else function(a)


def example(a):
    """Any numbers in the shape of a node; a matrix must have an inverse."""
    if not isinstance(a, core.Value):
        return a
    if a.ndim > 1 and a.shape[-1] == a.shape[-2] and a.dtype.kind == "f":
        return np.broadcast_to(np.eye(a.shape[-1], dtype=a.dtype), a.shape)
    return np.full(a.shape, 0.5, a.dtype)[()]


BY_NUMBERS = {arrays.distinct, np.flatnonzero, np.argwhere}  # the shape depends on floats, too


def other_shape(rule, args, kwargs, like):
    """The shape of a result for other numbers, where a mask or a count may change it."""
    flat = []
    each(flat.append, tuple(args))
    counts = any(isinstance(a, Node) and a.dtype.kind in "bi" for a in flat)
    if not counts and rule.function not in BY_NUMBERS:
        return np.shape(like)

    def other(a):
        return np.full(a.shape, -(a.dtype.kind == "i"), a.dtype)[()] if isinstance(a, Node) else a

    if rule.function is arrays.distinct:
        return None if np.size(args[0]) > 1 else np.shape(like)
    try:
        with np.errstate(all="ignore"):
            return np.shape(rule.function(*each(other, tuple(args)), **kwargs))
    except ValueError:  # -1 is no number of times
        return None


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


def count(outputs):
    """How many operations a run of the outputs takes."""
    return sum(node.rule is not None for node in nodes_of(outputs))


def listing(outputs):
    """The graph as text, one node a line, in the order of a run.

    >>> x = placeholder("x")
    >>> print(listing(np.sin(x) * x))
    x = placeholder()
    v2 = np.sin(x)
    v3 = np.multiply(v2, x)
    """
    lines, names = [], {}  # a node without a name is called after its line
    for k, node in enumerate(nodes_of(outputs), 1):
        how = node.rule.name.lstrip("_") if node.rule else type(node).__name__.lower()
        words = [names.get(id(a)) or " ".join(f"{a!r:.40}".split()) for a in node.args]
        words += [f"{key}={value!r}" for key, value in node.kwargs.items()]
        names[id(node)] = node.name or f"v{k}"
        lines.append(f"{names[id(node)]} = {how}({', '.join(words)})")
    return "\n".join(lines)


# ------------------------------------------------------------ optimise


def optimise(outputs, level=None):
    """The same outputs from a smaller graph; their values stay the same to the last bit.

    One walk, oldest first: constant folding computes what needs no feed and no state, a factor 1.0
    is left out, and common subexpressions are kept once. What nothing needs any more is dead code,
    which a walk from the outputs never reaches.

    Source: Aho et al., Compilers (2006), sections 8.5 and 9.1.

    >>> x = placeholder("x")
    >>> y = np.sin(x) + np.sin(x) * constant(2.0) ** 3
    >>> count(y), count(optimise(y))
    (5, 3)
    """
    new, made = {}, {}
    for node in nodes_of(outputs, level):
        args = each(lambda a: new.get(id(a), a), node.args)
        if node.rule is None:
            new[id(node)] = node.value if isinstance(node, Constant) else node
        elif not any(isinstance(a, Node) for a in trees.leaves(args)):
            new[id(node)] = node.rule.function(*args, **node.kwargs)
        elif node.rule.function is np.multiply and args[0] is ONE and args[1].dtype == node.dtype:
            new[id(node)] = args[1]
        else:
            again = Node(node.rule, args, node.kwargs, node, node.level, definition=node.definition)
            key = node.rule, fingerprint(args), fingerprint(node.kwargs)
            new[id(node)] = made.setdefault(key, again)
    return trees.rebuild(outputs, [new.get(id(a), a) for a in trees.leaves(outputs)])


def fingerprint(a):
    """A key that is equal for equal arguments, and for nothing else."""
    if isinstance(a, (tuple, list)):
        return (type(a), *map(fingerprint, a))
    if isinstance(a, dict):
        return tuple((k, fingerprint(v)) for k, v in a.items())
    if isinstance(a, (np.ndarray, np.generic)) and a.dtype != object:
        return a.dtype.str, a.shape, a.tobytes()
    if type(a) in (bool, int, float, str, slice, range, type(None), type(...)):
        return repr(a)
    return a.tick if isinstance(a, Node) else object()


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
            each(known, a) if type(a) in (tuple, list) else values.get(id(a), a) for a in node.args
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


# ------------------------------------------------------------ the common surface


@trees.picklable
def value_and_grad(f, argnums=0):
    """A function that gives f's value and its gradient, by a graph that is built once.

    Every float or array of floats among the arguments becomes a placeholder; for each combination
    of their shapes and of the other arguments, f runs once, to build the graph. What f reads from
    elsewhere is read at that time. Raises InputError if f does not return one number,
    ConversionError if f branches on a number.

    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """
    chosen, built = trees.checked(f, argnums), {}

    def of_args(*args, **kwargs):
        _, primals = trees.select(f, args, kwargs, chosen)
        trees.check_inputs(primals)
        flat = trees.leaves((args, kwargs))
        specs = [(np.shape(a), np.result_type(a).str) if trees.kind(a) == "f" else a for a in flat]
        key = fingerprint([repr(trees.rebuild((args, kwargs), itertools.repeat(0))), specs])
        inputs, outputs, order, keep = built.get(key) or build(f, args, kwargs, chosen)
        if keep and len(built) < 100:
            built[key] = inputs, outputs, order, keep
        fed = {id(node): a for node, a in zip(inputs, flat, strict=True) if node is not a}
        y, *slopes = evaluate(outputs, order, fed)
        owned = map(trees.own, slopes, trees.leaves(primals))
        gradients = trees.rebuild(primals, owned)
        return trees.plain_float(y), gradients if isinstance(argnums, (tuple, list)) else gradients[
            0
        ]

    return of_args


def build(f, args, kwargs, argnums):
    """Run f on placeholders; gives these, the outputs, the nodes in order, and what to do next.

    A graph that holds values of another engine serves that engine's pass only: it is not kept.
    """
    level, inputs = core.new_level(), trees.leaves((args, kwargs))
    for i, a in enumerate(inputs):
        if trees.kind(a) == "f":
            inputs[i] = Placeholder(None, (), {}, a, level, f"x{i}")
    of_selected, primals = trees.select(f, *trees.rebuild((args, kwargs), inputs), argnums)
    y = trees.scalar(of_selected(*primals))
    outputs = optimise([y, *gradients(y, trees.leaves(primals))], level)
    order = nodes_of(outputs, level)
    used = trees.leaves((outputs, [node.args for node in order]))
    keep = all(a.level == level for a in used if isinstance(a, core.Value))
    return inputs, outputs, order, keep


@trees.picklable
def grad(f, argnums=0):
    """The gradient of f, a function of the same arguments; see `value_and_grad`.

    >>> grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    array([2., 4.])
    >>> grad(grad(np.sin))(np.pi / 2)
    -1.0
    """
    both = value_and_grad(f, argnums)
    return lambda *args, **kw: both(*args, **kw)[1]

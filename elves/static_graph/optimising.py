"""A smaller graph with the same values: what folding, sharing and leaving out make of it."""

import numpy as np

from elves import trees
from elves.static_graph.graph import ONE, Constant, Node, nodes_of
from elves.static_graph.shapes import each


def optimise(outputs, level=None):
    """The same outputs from a smaller graph; their values stay the same to the last bit.

    One walk, oldest first: constant folding computes what needs no feed and no state, a factor 1.0
    is left out, and common subexpressions are kept once. What nothing needs any more is dead code,
    which a walk from the outputs never reaches.

    Source: Aho et al., Compilers (2006), sections 8.5 and 9.1.

    >>> from elves.static_graph import constant, count, placeholder
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

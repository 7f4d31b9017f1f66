"""Nested tuples, lists and dicts: what is in them, and the same with something else in it."""

import copy


def leaves(tree):
    """The numbers and arrays of nested tuples, lists and dicts, from left to right.

    >>> leaves({"W": 1.0, "b": (2.0, [3.0])})
    [1.0, 2.0, 3.0]
    """
    kind = type(tree)  # isinstance would ask a traced value what it stands for, which takes long
    if issubclass(kind, dict):
        tree = tree.values()
    elif not issubclass(kind, (tuple, list)):
        return [tree]
    return [leaf for branch in tree for leaf in leaves(branch)]


def rebuild(tree, new_leaves):
    """A tree of the same structure with other leaves, taken from an iterable.

    >>> rebuild({"W": 1.0, "b": (2.0, [3.0])}, "abc")
    {'W': 'a', 'b': ('b', ['c'])}
    """
    new_leaves, kind = iter(new_leaves), type(tree)
    if issubclass(kind, dict):
        new = {} if kind is dict else copy.copy(tree)  # an OrderedDict or defaultdict
        for key, branch in tree.items():
            new[key] = rebuild(branch, new_leaves)
        return new
    if issubclass(kind, (tuple, list)):
        branches = [rebuild(branch, new_leaves) for branch in tree]
        return kind(*branches) if hasattr(tree, "_fields") else kind(branches)
    return next(new_leaves)

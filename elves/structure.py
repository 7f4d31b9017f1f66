"""Nested tuples, lists and dicts: what is in them, and the same with something else in it."""

import copy


def leaves(tree):
    """The numbers and arrays of nested tuples, lists and dicts, from left to right.

    >>> leaves({"W": 1.0, "b": (2.0, [3.0])})
    [1.0, 2.0, 3.0]
    """
    if isinstance(tree, dict):
        tree = tree.values()
    elif not isinstance(tree, (tuple, list)):
        return [tree]
    return [leaf for branch in tree for leaf in leaves(branch)]


def rebuild(tree, new_leaves):
    """A tree of the same structure with other leaves, taken from an iterable.

    >>> rebuild({"W": 1.0, "b": (2.0, [3.0])}, "abc")
    {'W': 'a', 'b': ('b', ['c'])}
    """
    new_leaves = iter(new_leaves)
    if isinstance(tree, dict):
        new = {} if type(tree) is dict else copy.copy(tree)  # an OrderedDict or defaultdict
        for key, branch in tree.items():
            new[key] = rebuild(branch, new_leaves)
        return new
    if isinstance(tree, (tuple, list)):
        branches = [rebuild(branch, new_leaves) for branch in tree]
        return type(tree)(*branches) if hasattr(tree, "_fields") else type(tree)(branches)
    return next(new_leaves)

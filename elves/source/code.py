"""Pieces of source: short names for the nodes of `ast`."""

import ast


def load(name):
    return ast.Name(name, ast.Load())


def place(*names):
    """What stands before ``=``: one name, or several."""
    nodes = [ast.Name(n, ast.Store()) for n in names]
    return nodes[0] if len(nodes) == 1 else ast.Tuple(nodes, ast.Store())


def let(target, node):
    """The statement ``target = node``."""
    return ast.Assign([place(target) if isinstance(target, str) else target], node)


def at(node, index):
    return ast.Subscript(node, index, ast.Load())


def let_at(node, index, value):
    """The statement ``node[index] = value``."""
    return ast.Assign([ast.Subscript(node, index, ast.Store())], value)


def call(function, *args):
    return ast.Call(load(function) if isinstance(function, str) else function, list(args), [])


def attribute(node, *names):
    for name in names:
        node = ast.Attribute(node, name, ast.Load())
    return node


def method(node, name, *args):
    return call(attribute(node, name), *args)


def row(nodes, kind=ast.Tuple):
    return kind(list(nodes), ast.Load())


def packed(nodes):
    """One value, or a tuple of several."""
    nodes = list(nodes)
    return nodes[0] if len(nodes) == 1 else row(nodes)

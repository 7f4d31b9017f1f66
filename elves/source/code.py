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


# ------------------------------------------------------------ as text


def names(*nodes):
    return {n.id for e in nodes for n in ast.walk(e) if isinstance(n, ast.Name)}


def changed(*nodes):
    """The names that statements give a value, and the arrays that they assign into."""
    stores = (t for n in nodes for t in ast.walk(n) if isinstance(getattr(t, "ctx", 0), ast.Store))
    return {v for t in stores for v in names(getattr(t, "value", t))}


def operands(e):
    kids = e.args if isinstance(e, ast.Call) else ast.iter_child_nodes(e)
    return [k for k in kids if isinstance(k, ast.expr)]


def lined(lines, depth=1):
    """Lines, and lists of lines that stand further in, as a text."""
    deep = (lined(s, depth + 1) if isinstance(s, list) else "    " * depth + s for s in lines)
    return "\n".join(deep)


def branch(test, yes, no):
    other = ["else:", no] if no else []
    return [f"if {test}:", yes or ["pass"], *other] if yes or no else []

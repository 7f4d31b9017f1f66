"""A graph as text, and how long it is."""

from elves.static_graph.graph import nodes_of


def count(outputs):
    """How many operations a run of the outputs takes."""
    return sum(node.rule is not None for node in nodes_of(outputs))


def listing(outputs):
    """The graph as text, one node a line, in the order of a run.

    >>> from elves.static_graph import placeholder
    >>> x = placeholder("x")
    >>> print(listing((x + 1.0) * x))
    x = placeholder()
    v2 = np.add(x, 1.0)
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

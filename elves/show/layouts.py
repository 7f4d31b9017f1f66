"""Where the nodes of a graph lie: layer by layer, with few crossings, by one of two libraries.

fast-sugiyama is compiled; grandalf, for where that is not, as in a browser, is Python alone.

Source: Sugiyama, Tagawa & Toda, "Methods for visual understanding of hierarchical system
structures" (1981).
"""

import itertools

from elves.errors import missing

EDGE = 0.15  # what an edge needs in a layer, where a node needs 1
ROUNDS = 4  # in which grandalf orders the layers anew; more found nothing better


def laid_out(pairs):
    """For each connected part of a graph: the places (node, (x, y)), and its edges in short steps.

    Each step goes one layer down, y - 1; a longer edge has bends, which are nodes with new numbers.
    Raises MissingError where neither library is installed.

    >>> [(at, steps)] = laid_out([(0, 1), (1, 2), (0, 2)])
    >>> len(at), len(steps)
    (4, 4)
    """
    try:
        from fast_sugiyama import from_edges
    except ImportError:
        parts = by_grandalf(pairs)
    else:
        found = from_edges(pairs, vertex_spacing=1.0, dummy_size=EDGE)
        parts = [(at, steps) for at, _, _, steps in found]
    nodes = {node for pair in pairs for node in pair}
    return [(apart(at, nodes), steps) for at, steps in parts]


def apart(at, nodes):
    """Places with the room that each needs: now and then both libraries give a node less."""
    ends, places = {}, []
    for name, (x, y) in sorted(at, key=lambda place: place[1]):
        room = (1 if name in nodes else EDGE) / 2
        x = max(x, ends.get(round(y), x - room) + room)
        ends[round(y)] = x + room
        places.append((name, (x, y)))
    return places


def by_grandalf(pairs):
    """The same as `laid_out`, by grandalf."""
    try:
        from grandalf.graphs import Edge, Graph, Vertex
        from grandalf.layouts import SugiyamaLayout, VertexViewer
    except ImportError as error:
        words = "Graphs need a library: pip install fast-sugiyama, or pip install grandalf."
        raise missing(error, words) from None

    class Arrow(Edge):
        def __hash__(self):  # grandalf puts them into sets: always in the same order
            return self.data

    nodes = {n: Vertex(n) for n in dict.fromkeys(itertools.chain(*pairs))}
    for node in nodes.values():
        node.view = VertexViewer(1 - EDGE, 1)
    arrows = [Arrow(nodes[a], nodes[b], data=n) for n, (a, b) in enumerate(pairs)]
    new, found = itertools.count(max(nodes, default=0) + 1), []
    for part in Graph(list(nodes.values()), arrows).C:
        layout = SugiyamaLayout(part)
        layout.xspace, layout.yspace, layout.dw = EDGE, 0, EDGE
        layout.init_all(optimize=True)
        steps = []
        for edge in part.sE:
            path = layout.ctrls.get(edge) or dict(enumerate(edge.v))
            steps += itertools.pairwise(path[rank] for rank in sorted(path))
        order(layout, steps)
        layout.setxy()
        rows = layout.grx.items()
        for node, row in rows:
            node.data = next(new) if row.dummy else node.data
        at = [(node.data, (node.view.xy[0], -float(row.rank))) for node, row in rows]
        found.append((at, [(a.data, b.data) for a, b in steps]))
    return found


def order(layout, steps):
    """Order grandalf's layers: of what it tries, the one with the fewest crossings."""
    best, least = [[*layer] for layer in layout.layers], crossings(layout, steps)
    for _ in range(ROUNDS):
        for _ in layout.ordering_step():
            if (count := crossings(layout, steps)) < least:
                least, best = count, [[*layer] for layer in layout.layers]
    for layer, kept in zip(layout.layers, best, strict=True):
        layer[:] = kept
        for k, node in enumerate(kept):
            layout.grx[node].pos = k


def crossings(layout, steps):
    """How many pairs of steps between the same two layers cross."""
    rows, count = layout.grx, 0
    ends = sorted((rows[a].rank, rows[a].pos, rows[b].pos) for a, b in steps)
    for _, group in itertools.groupby(ends, lambda end: end[0]):
        places = [(p, q) for _, p, q in group]
        count += sum(p < r and q > s for (p, q), (r, s) in itertools.combinations(places, 2))
    return count

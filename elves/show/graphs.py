"""Graphs and tapes: what an engine wrote down while it followed the user's function."""

import numpy as np

from elves import calls, core, forward, reverse, static_graph, symbolic, trees
from elves.errors import InputError
from elves.expression import parse
from elves.show import drawing
from elves.show.drawing import BERRY, FROST, GOLD, INK, PINE, Box, Drawing, beside, layered, write
from elves.show.recording import Recording, brief, counted, names_of, written
from elves.symbolic.expr import fold as fold_formula
from elves.symbolic.expr import is_own, parts

MOST = 30  # nodes that a reader can take in; a larger graph is folded in its middle

# ------------------------------------------------------------ nodes: (Box, keys of its parents)


def of_recording(record, lines):
    """The nodes of a run; `lines` gives the lines under the name of a step."""
    for step in record.steps:
        name = f"{step.name} = {step.words}" if step.rule else step.name
        edge = PINE if step.rule else INK
        yield Box(step, [(cut(name), INK), *lines(step)], edge), [p for _, p in step.parents]


def of_variable(last):
    """The tape behind a Variable: its values."""
    nodes = list(behind(last))
    names = {id(n): n.recipe and f"v{k}" for k, n in enumerate(nodes)}
    for node in nodes:
        rule, parents, values, _ = node.recipe or (None, [], [], {})
        words = [brief(v) for v in values]
        for i, p in parents:
            words[i] = names[id(p)] or "x"
        name = f"{names[id(node)]} = {written(rule, words)}" if rule else "input"
        lines = [(cut(name), INK), (brief(node.value), PINE, "value")]
        if rule is None and node.grad is not None:
            lines.append((f"grad {brief(node.grad)}", BERRY, "adjoint"))
        yield Box(id(node), lines, PINE if rule else INK), [id(p) for _, p in parents]


def behind(last):
    """All the Variables that one was made of, oldest first."""
    seen, todo = {}, [last]
    while todo:
        node = todo.pop()
        if id(node) not in seen:
            seen[id(node)] = node
            todo += [p for _, p in (node.recipe[1] if node.recipe else ())]
    return sorted(seen.values(), key=lambda node: -node.tick)


def of_formula(expr):
    """The nodes of a formula, each part once."""
    for node in parts([expr], expr.level):
        above = [id(a) for a in node.args if is_own(a, expr.level)]
        yield Box(id(node), [(operation(node), INK)], PINE if node.rule else INK), above


def operation(node):
    """An operation with a dot in the place of each argument that has its own box."""
    if not node.rule:
        return node.name
    args = ["·" if isinstance(a, core.Value) else brief(a) for a in node.args]
    return cut(written(node.rule, args))


def of_static(last):
    """The nodes of a static graph, which have shapes and no values yet."""
    for node in static_graph.nodes_of(last):
        own = [a for a in trees.leaves(node.args) if isinstance(a, static_graph.Node)]
        words = ["·" if isinstance(a, static_graph.Node) else brief(a) for a in node.args]
        name = cut(node.name or written(node.rule, words))
        lines = [(name, INK), (f"{node.dtype}{list(node.shape) or ''}", PINE, "type")]
        yield Box(id(node), lines, PINE if node.rule else INK), map(id, own)


def of_ir(ir):
    """The equations of a traced program."""
    from elves.tracing.ir import variables

    names = ir.names()
    for v in ir.inputs:
        yield Box(v, [(names[v], INK), (repr(v), PINE, "type")], INK), []
    for e in ir.equations:
        outs = e.out if type(e.out) is tuple else (e.out,)
        words = [names.get(a) or brief(a) if a in names else brief(a)
                 for a in e.args if not isinstance(a, type(ir))]  # fmt: skip
        for out in outs:
            name = cut(f"{names[out]} = {written(e.rule, words)}")
            yield Box(out, [(name, INK), (repr(out), PINE, "type")]), variables((e.args, e.kwargs))


def cut(words, most=22):
    return words if len(words) <= most else words[: most - 1] + "…"


def fold(nodes, most):
    """Nodes, oldest first; if there are too many, one box stands for those in the middle."""
    nodes = [(box, list(parents)) for box, parents in nodes]
    if len(nodes) <= most:
        return nodes
    half = max(most // 2, 2)
    inside = {box.key: "folded" for box, _ in nodes[half : 1 - half]}
    edges = [inside.get(p, p) for _, above in nodes[half : 1 - half] for p in above]
    box = Box("folded", [(f"{len(inside):,} more", INK), ("nodes in between", INK)], FROST, True)
    outer = [p for p in dict.fromkeys(edges) if p != "folded"]
    rest = [(b, list(dict.fromkeys(inside.get(p, p) for p in above)))
            for b, above in nodes[1 - half :]]  # fmt: skip
    return [*nodes[:half], (box, outer), *rest]


def drawn(nodes, most):
    """The drawing of nodes."""
    nodes = fold(nodes, most)
    return layered([box for box, _ in nodes], [(p, box.key) for box, above in nodes for p in above])


def told(nodes, most):
    """What the boxes say, in a sentence."""
    return "; ".join(", ".join(str(line[0]) for line in box.lines) for box, _ in fold(nodes, most))


# ------------------------------------------------------------ pictures


def graph(f, *args, engine="reverse", most=MOST):
    """The computation graph of f at some arguments, or the graph that an engine has built.

    Blue-green: the values of the forward sweep; red: the adjoints of the reverse sweep. `f` may
    also be what an engine wrote: a Variable, a formula, a node of a static graph, a program of
    `elves.tracing`; or `engine` says who follows the function: reverse, symbolic, static_graph or
    tracing. A graph of more than `most` nodes is folded in its middle. Raises InputError for an
    engine that builds no graph, and what the engine raises.

    >>> graph(lambda x: np.sin(x) * x**2, 1.3).alt[:58]
    'Computation graph: x, 1.3, adjoint 2.957; v1 = sin(x), 0.9'
    """
    engine = getattr(engine, "__name__", engine).split(".")[-1]
    nodes = list(nodes_of(f, args, engine))
    return drawn(nodes, most).picture(f"Computation graph: {told(nodes, most)}.")


def nodes_of(f, args, engine):
    if type(f).__name__ == "IR":
        return of_ir(f)
    for kind, reader in READERS.items():
        if isinstance(f, kind):
            return reader(f)
    if engine == "symbolic":
        return of_formula(one_formula(symbolic.formula(f)))
    if engine == "static_graph":
        names = names_of(f, args)
        leaves = [static_graph.placeholder(n, np.shape(a))
                  for n, a in zip(names, trees.leaves(args), strict=True)]  # fmt: skip
        return of_static(calls.call(f, trees.rebuild(args, leaves)))
    if engine == "tracing":
        from elves import tracing

        return of_ir(tracing.make_ir(f, *args))
    if engine == "reverse":
        return of_recording(Recording(f, args), values_and_adjoints)
    raise InputError(
        f"{engine} builds no graph: choose reverse, symbolic, static_graph or tracing."
    )


READERS = {
    reverse.Variable: of_variable,
    symbolic.Expr: of_formula,
    static_graph.Node: of_static,
}


def one_formula(expr):
    if not isinstance(expr, symbolic.Expr):
        raise InputError(f"A picture needs one formula, not {type(expr).__name__} {expr!r:.40}.")
    return expr


def values_and_adjoints(step):
    return [
        (brief(step.value), PINE, "value"),
        (f"adjoint {brief(step.adjoint)}", BERRY, "adjoint"),
    ]


def values_and_tangents(step):
    return [(brief(step.value), PINE, "value"), (f"tangent {brief(step.tangent)}", GOLD, "tangent")]


def dual(f, *args, tangents=None, most=MOST):
    """Primal and tangent travel together: what the forward engine computes at each operation.

    `tangents` has the shapes of the arguments; left out, it asks for the slope by the first one.

    >>> "v2 = x ** 2, 1.69, tangent 2.6" in dual(lambda x: np.sin(x) * x**2, 1.3).alt
    True
    """
    record = Recording(f, args)
    record.push(tangents)
    nodes = list(of_recording(record, values_and_tangents))
    return drawn(nodes, most).picture(f"Dual numbers on their way: {told(nodes, most)}.")


def tape(f, *args, most=14):
    """The tape of one run, line by line: down the values, then up the adjoints.

    >>> print(tape(lambda x: x * x, 3.0).alt)
    The tape, read down for the values and up for the adjoints: x: 3, 6; v1 = x * x: 9, 1.
    """
    steps = Recording(f, args).steps
    rows = [[(cut(f"{s.name} = {s.words}" if s.rule else s.name, 34), INK),
             (brief(s.value), PINE), (brief(s.adjoint), BERRY)] for s in steps]  # fmt: skip
    alt = "; ".join(f"{a[0]}: {b[0]}, {c[0]}" for a, b, c in rows[:most])
    if len(rows) > most:
        half = most // 2
        words = f"… {len(rows) - most + 1:,} more: {counted(steps[half : half - most + 1])}"
        rows = [*rows[:half], [(cut(words, 44), INK), ("", PINE), ("", BERRY)],
                *rows[half - most + 1 :]]  # fmt: skip
    lines = drawing.table(("the tape", "value ↓", "adjoint ↑"), rows)
    return lines.picture(f"The tape, read down for the values and up for the adjoints: {alt}.")


def expression(f, most=MOST):
    """A formula written out as a tree, and the graph that shares what occurs twice.

    `f` is a formula, a function that has one, or a text such as "np.sin(x)".

    >>> print(expression(lambda x: np.sin(x) * np.sin(x)).alt)
    The formula np.sin(x) * np.sin(x): 3 operations as a tree, 2 where equal parts are shared.
    """
    f = parse(f).function() if isinstance(f, str) else f
    expr = one_formula(f if isinstance(f, symbolic.Formula) else symbolic.formula(f))
    joint = shared(expr)
    total, once = symbolic.size(expr), symbolic.size(joint, shared=True)
    titles = f"tree: {total:,} operations", f"shared: {once:,} operations"
    pair = zip(titles, (tree(expr, most), drawn(of_formula(joint), most)), strict=True)
    return beside(*pair).picture(
        f"The formula {cut(repr(expr), 80)}: {total:,} operations as a tree, {once:,} where equal "
        "parts are shared."
    )


def shared(expr):
    """The same formula with equal parts being the same object."""
    assignments, (last,) = symbolic.cse([expr])
    made = {}

    def joined(part):
        again = lambda node, args: symbolic.Expr(node.rule, tuple(args), None, node.level)  # noqa: E731
        return fold_formula([part], lambda node: made.get(node.name, node), again, part.level)[0]

    for name, part in assignments:
        made[name] = joined(part)
    return joined(last)


def crowd(total):
    """The drawing that stands for one too large."""
    return layered([Box(0, [(f"{total:,} operations,", INK), ("too many to draw", INK)])], [])


def tree(expr, most):
    """A formula with a box for each use of each part; too large a one is a box with its size."""
    if (total := symbolic.size(expr)) > most:
        return crowd(total)
    boxes, edges, todo = [], [], [(expr, None)]
    while todo:
        node, above = todo.pop()
        own = [a for a in node.args if is_own(a, expr.level)]
        key = len(boxes)
        boxes.append(Box(key, [(operation(node), INK)], PINE if node.rule else INK))
        edges += [(key, above)] if above is not None else []
        todo += [(a, key) for a in own]
    return layered(boxes, edges)


# ------------------------------------------------------------ Jacobians

# after Okabe & Ito, "Color universal design" (2008), light enough for numbers in black
PASSES = ["#56b4e9", "#e69f00", "#009e73", "#cc79a7", "#f0e442", "#93b5e8", "#ff9466", "#b5b5b5"]


def coloured(pattern):
    """A group for each column so that columns of one group share no row.

    Source: Curtis, Powell & Reid, "On the estimation of sparse Jacobian matrices" (1974).

    >>> coloured(np.eye(3, dtype=bool))
    [0, 0, 0]
    """
    groups, rows = [], []
    for column in pattern.T:
        free = (k for k, taken in enumerate(rows) if not np.any(taken & column))
        k = next(free, len(rows))
        if k == len(rows):
            rows.append(np.zeros(len(column), bool))
        rows[k] = rows[k] | column
        groups.append(k)
    return groups


def jacobian(f, x):
    """Who fills the Jacobian of f at x: forward its columns, reverse its rows, colours both less.

    White entries are 0 at x. Raises InputError for more than 40 rows or columns.

    >>> jacobian(lambda x: x**2, np.ones(3)).alt[:70]
    'A Jacobian of 3 rows and 3 columns. Forward mode fills it in 3 passes,'
    """
    matrix = np.atleast_1d(forward.jacobian(f)(x))
    matrix = matrix.reshape(-1, np.size(x))
    m, n = matrix.shape
    if max(m, n) > 40:
        raise InputError(f"This Jacobian is {m} by {n}: draw one of up to 40 by 40.")
    groups = coloured(matrix != 0)
    ways = [
        (f"forward: {n} passes", lambda i, j: j, "columns"),
        (f"reverse: {m} passes", lambda i, j: i, "rows"),
        (f"coloured: {max(groups, default=-1) + 1} passes", lambda i, j: groups[j], "colours"),
    ]
    panels = [(title, cells(matrix, who)) for title, who, _ in ways]
    return beside(*panels).picture(
        f"A Jacobian of {m} rows and {n} columns. Forward mode fills it in {n} passes, a column "
        f"each; reverse mode in {m}, a row each; forward mode along groups of columns that share "
        f"no row in {max(groups, default=-1) + 1}."
    )


def cells(matrix, who):
    """The entries of a matrix, each in the colour and with the number of the pass that fills it."""
    m, n = matrix.shape
    side = 38 if max(m, n) <= 10 else max(9, 380 // max(m, n))
    out = []
    for i, j in np.ndindex(m, n):
        x, y = 20 + side * j, 10 + side * i
        fill = PASSES[who(i, j) % len(PASSES)] if matrix[i, j] else "none"
        out.append(f'<rect x="{x}" y="{y}" width="{side - 2}" height="{side - 2}" rx="4" '
                   f'fill="{fill}" stroke="{FROST}"/>')  # fmt: skip
        if side == 38 and matrix[i, j]:
            more = 'text-anchor="middle"'
            out.append(write(x + side / 2 - 1, y + 26, who(i, j) + 1, "#101820", more))
    return Drawing("".join(out), max(side * n, 10) + 50, side * m + 30)

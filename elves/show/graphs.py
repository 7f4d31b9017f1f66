"""Graphs and tapes: what an engine wrote down while it followed the user's function."""

import numpy as np

from elves import forward, frameworks, symbolic
from elves.errors import InputError
from elves.expression import parse
from elves.show import drawing, tangles
from elves.show.drawing import BERRY, FROST, INK, PINE, Box, Drawing, beside, layered, write
from elves.show.reading import (
    Roomy,
    cut,
    fold,
    nodes_of,
    of_formula,
    of_recording,
    one_formula,
    operation,
    values_and_tangents,
)
from elves.show.recording import Recording, brief, counted
from elves.show.upright import upright
from elves.symbolic.expr import fold as fold_formula
from elves.symbolic.expr import is_own

MOST = 30  # nodes that a reader can take in; a larger graph is folded in its middle


def drawn(nodes, most, down=False):
    """The drawing of nodes, from left to right, or down."""
    nodes = fold(nodes, most)
    if down:
        return upright(nodes)
    return layered([box for box, _ in nodes], [(p, box.key) for box, above in nodes for p in above])


def told(nodes, most):
    """What the boxes say, in a sentence."""
    return "; ".join(", ".join(str(line[0]) for line in box.lines) for box, _ in fold(nodes, most))


# ------------------------------------------------------------ pictures


def graph(f, *args, engine="reverse", most=MOST, down=None):
    """The computation graph of f at some arguments, or the graph that an engine has built.

    Blue-green: the values of the forward sweep; red: the adjoints of the reverse sweep. `engine`
    says who follows the function: an elf (any but numerical), or a real system, which is asked for
    what it recorded itself, in its own names: pytorch, tensorflow, jax, autograd, chainer, tangent,
    sympy. `f` may also be what one of them holds already: a Variable, a formula, a node of a static
    graph, a program of `elves.tracing`, a tensor of PyTorch, a jaxpr. A graph of more than `most`
    nodes is folded in its middle. `down` draws it from top to bottom, or from left to right; left
    out, a real system's graph runs down. Raises InputError for an engine that builds no graph, and
    what the engine raises.

    >>> graph(lambda x: np.sin(x) * x**2, 1.3).alt[:58]
    'Computation graph: x, 1.3, adjoint 2.957; v1 = sin(x), 0.9'
    """
    engine = f"{getattr(engine, '__name__', engine)}".split(".")[-1]
    nodes = list(nodes_of(f, args, engine))
    frameworks.needs(nodes or None)
    down = isinstance(nodes[0][0], Roomy) if down is None else down
    return drawn(nodes, most, down).picture(f"Computation graph: {told(nodes, most)}.")


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

    `f` is a formula, a function that has one, or a text such as "np.sin(x)". What has more than
    `most` operations is a tangle of dots and lines.

    >>> print(expression(lambda x: np.sin(x) * np.sin(x)).alt)
    The formula np.sin(x) * np.sin(x): 3 operations as a tree, 2 where equal parts are shared.
    """
    f = parse(f).function() if isinstance(f, str) else f
    expr = one_formula(f if isinstance(f, symbolic.Formula) else symbolic.formula(f))
    joint = shared(expr)
    total, once = symbolic.size(expr), symbolic.size(joint, shared=True)
    titles = f"tree: {total:,} operations", f"shared: {once:,} operations"
    pair = list(zip(titles, (tree(expr, most), sharing(joint, most)), strict=True))
    both = beside(*pair) if total <= most else tangles.below(*map(beside, pair))
    return both.picture(
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


def sharing(expr, most, title=""):
    """A formula whose equal parts are one object, with a box for each; a larger one is a tangle."""
    large = symbolic.size(expr, shared=True) > most
    return tangles.web(expr, title) if large else drawn(of_formula(expr), 2 * most)


def tree(expr, most, title=""):
    """A formula with a box for each use of each part; a larger one is a tangle."""
    if symbolic.size(expr) > most:
        return tangles.branches(expr, title)
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

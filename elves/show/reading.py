"""What an engine or a real system wrote down of a program, as the nodes of a picture, oldest first.

A node is a `Box` and the keys of its parents.
"""

import ast
import copy

import numpy as np

from elves import calls, core, frameworks, reverse, static_graph, symbolic, trees
from elves.errors import ElfError, InputError
from elves.show.drawing import BERRY, FONT, FROST, GOLD, INK, PINE, WIDE, Box
from elves.show.recording import Recording, brief, names_of, written
from elves.symbolic.expr import is_own, parts

# ------------------------------------------------------------ nodes: (Box, keys of its parents)


class Roomy(Box):
    """A box with room for a name in bold letters of any system font."""

    __slots__ = ()

    @property
    def size(self):
        wide, tall = Box.size.fget(self)
        return max(wide, len(str(self.lines[0][0])) * FONT * WIDE * 1.17 + 14), tall


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
        words = [names[a] if type(a).__hash__ and a in names else brief(a)
                 for a in e.args if not isinstance(a, type(ir))]  # fmt: skip
        for out in outs:
            name = cut(f"{names[out]} = {written(e.rule, words)}")
            yield Box(out, [(name, INK), (repr(out), PINE, "type")]), variables((e.args, e.kwargs))


# ------------------------------------------------------------ in few words


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


def values_and_adjoints(step):
    return [
        (brief(step.value), PINE, "value"),
        (f"adjoint {brief(step.adjoint)}", BERRY, "adjoint"),
    ]


def values_and_tangents(step):
    return [(brief(step.value), PINE, "value"), (f"tangent {brief(step.tangent)}", GOLD, "tangent")]


def one_formula(expr):
    if not isinstance(expr, symbolic.Expr):
        raise InputError(f"A picture needs one formula, not {type(expr).__name__} {expr!r:.40}.")
    return expr


# ------------------------------------------------------------ who is read, and how


def of_source(f, args):
    """The statements that `elves.source` reads, each with the name that it gives."""
    from elves.source.kinds import kind_of_value
    from elves.source.program import Program
    from elves.source.running import signature
    from elves.source.steps import Op, Plain

    class Read(Program):
        def joint(self, reader):
            self.params, self.steps, self.out = reader.params, reader.main.steps, reader.out
            super().joint(reader)

    bound = signature(f).bind(*args)
    bound.apply_defaults()
    kinds = {name: kind_of_value(value) for name, value in bound.arguments.items()}
    program = Read(f, tuple(bound.arguments)[: len(args)], kinds, "grad")
    ops = [step for step in program.steps if not isinstance(step, Plain)]
    if not all(isinstance(step, Op) for step in ops):
        raise InputError(
            "source keeps loops, branches and assignment into arrays in its text, which is no "
            "graph: take a function without them, or read the text with show.source."
        )
    frameworks.needs(program.out if program.out.active else None)
    nodes = [(Box(p, [(p.id, INK), ("argument", PINE)], INK), []) for p in program.params]
    latest = {p.id: p for p in program.params}
    used = {id(p) for p in [*program.params, program.out]}
    for op in ops:  # what its text names: the test of a choice, too
        names = (n.id for n in ast.walk(op.node) if isinstance(n, ast.Name))
        own = [latest[name] for name in names if name in latest]
        words = dotted(op.node, latest)
        nodes.append((Box(op.out, [(cut(words), INK), (ast.unparse(op.out.node), PINE)]), own))
        latest[op.out.id] = op.out
    for box, own in reversed(nodes):
        used |= {id(each) for each in own if id(box.key) in used}
    yield from (node for node in nodes if id(node[0].key) in used)


def dotted(expression, names):
    """An expression with a dot in the place of each of some names."""

    class Dots(ast.NodeTransformer):
        def visit_Name(self, node):
            return ast.copy_location(ast.Name("·"), node) if node.id in names else node

    return ast.unparse(Dots().visit(copy.deepcopy(expression)))


def of_dual(f, args):
    record = Recording(f, args)
    record.push()
    return of_recording(record, values_and_tangents)


def of_placeholders(f, args):
    names = names_of(f, args)
    leaves = [static_graph.placeholder(n, np.shape(a))
              for n, a in zip(names, trees.leaves(args), strict=True)]  # fmt: skip
    return of_static(calls.call(f, trees.rebuild(args, leaves)))


def of_symbols(f, args):
    if any(np.ndim(a) for a in args):
        raise InputError("symbolic draws a formula of numbers: pass each number as an argument.")
    return of_formula(one_formula(symbolic.formula(f)))


def of_trace(f, args):
    from elves import tracing

    return of_ir(tracing.make_ir(f, *args))


FOLLOWERS = {
    "reverse": lambda f, args: of_recording(Recording(f, args), values_and_adjoints),
    "forward": of_dual,
    "symbolic": of_symbols,
    "static_graph": of_placeholders,
    "tracing": of_trace,
    "source": of_source,
}
READERS = {
    reverse.Variable: of_variable,
    symbolic.Expr: of_formula,
    static_graph.Node: of_static,
}


def nodes_of(f, args=(), engine="reverse"):
    """The nodes of a graph that somebody holds, or of f at some arguments as an engine follows it.

    Raises InputError for one that builds no graph, and what the engine or the system raises.
    """
    if type(f).__name__ == "IR":
        return of_ir(f)
    for kind, reader in READERS.items():
        if isinstance(f, kind):
            return reader(f)
    home = frameworks.HOMES.get((type(f).__module__ or "").partition(".")[0])
    if home and not args:
        return of_system(home, f)
    if engine in FOLLOWERS:
        return FOLLOWERS[engine](f, args)
    if engine in frameworks.FRAMEWORKS:
        return of_system(engine, recorded_by(frameworks.load(engine), f, args))
    names = ", ".join([*FOLLOWERS, *frameworks.FRAMEWORKS])
    raise InputError(f"{engine} builds no graph: choose from {names}.")


def recorded_by(system, f, args):
    """What a real system keeps of a run of f."""
    trees.check_inputs(args)
    if any(isinstance(a, (list, tuple, dict)) for a in args):
        raise InputError(
            f"{system.NAME}'s graph is drawn for numbers and arrays: pass each as an argument of "
            "its own."
        )
    try:
        with frameworks.quiet():
            return system.record(f, names_of(f, args), args)
    except ElfError:
        raise
    except Exception as error:
        last = str(error).strip().split("\n")[-1].strip()  # TensorFlow begins with its stack
        staged = str(error).startswith("in user code")
        reason = last if staged else frameworks.sentence(error)
        raise InputError(f"{system.NAME} cannot follow this function: {reason}") from None


def of_system(name, held):
    """The nodes of what a real system holds, in its own words."""
    system = frameworks.load(name)
    try:
        found = list(system.recorded(held))
    except (AttributeError, TypeError):
        raise InputError(
            f"This {type(held).__name__} of {system.NAME} holds no graph: pass {system.HOLDS}, or "
            f"the function with its arguments and engine={name!r}."
        ) from None
    keys = {node.key for node in found}
    for key, name, detail, parents in found:
        own = [p for p in parents if p in keys]
        lines = [(cut(name), INK), (cut(detail), PINE)] if detail else [(cut(name), INK)]
        yield Roomy(key, lines, PINE if own else INK), own

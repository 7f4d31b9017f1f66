"""In a notebook whose systems are not all installed: what needs a missing one says so, once a
cell, in one sentence, and the rest runs.

`present` switches this on. A statement needs a missing system if it imports it, if it says
``engine="…"``, or if it reads a name that only such a statement would have defined.
"""

import ast
import copy
import symtable

MODULES = {  # what is imported in the name of each system
    "pytorch": ("torch", "functorch"),
    "tensorflow": ("tensorflow",),
    "jax": ("jax",),
    "autograd": ("autograd",),
    "chainer": ("chainer",),
    "tangent": ("tangent",),
    "sympy": ("sympy",),
}


class Absent(ast.NodeTransformer):
    """Leave out of each cell what needs the systems `missing`: a dict of sentences by system.

    >>> cell = ast.parse("import torch, math; x = torch.ones(2); print(x); y = [x for x in 'ab']")
    >>> print(ast.unparse(Absent({"pytorch": "PyTorch is missing."}).visit(cell)))
    print('PyTorch is missing.')
    import math
    y = [x for x in 'ab']
    """

    def __init__(self, missing):
        self.sentences = {m: words for name, words in missing.items() for m in MODULES[name]}
        self.names = {}  # names that have no value here, and why

    def visit_Module(self, cell):
        body, said = [], set()
        for statement in apart(cell.body):
            why = self.reason(statement)
            if why is None:
                body.append(statement)
            elif why not in said:  # the first that is left out says so for the others
                said.add(why)
                body += ast.parse(f"print({why!r})").body
        cell.body = body
        return ast.fix_missing_locations(cell)

    def reason(self, statement):
        """Why a statement cannot run here, or None."""
        plain = ast.unparse(Plain().visit(copy.deepcopy(statement)))
        try:
            reads, defines = names(symtable.symtable(plain, "cell", "exec"))
        except SyntaxError:  # Python says so itself
            return None
        why = [self.names.get(name) for name in sorted(reads)]
        if not guarded(statement):
            why += [self.sentences.get(module) for module in modules(statement)]
        why = next(filter(None, why), None)
        self.names |= dict.fromkeys(defines, why)
        return why


def apart(statements):
    """Each import by itself, so that one that is missing takes no other with it."""
    for s in statements:
        if isinstance(s, ast.Import):
            yield from (ast.copy_location(ast.Import([alias]), s) for alias in s.names)
        else:
            yield s


def guarded(statement):
    """Whether someone minds missing modules himself: try, import, except ImportError."""
    handlers = statement.handlers if isinstance(statement, ast.Try) else []
    caught = " ".join(ast.unparse(h.type) if h.type else "Exception" for h in handlers)
    return any(n in caught for n in ("ImportError", "ModuleNotFoundError", "Exception"))


class Plain(ast.NodeTransformer):
    """What reads and defines the same names in words that `symtable` takes as we mean them."""

    def visit_ListComp(self, node):  # since Python 3.12 its names count as the cell's own
        self.generic_visit(node)
        return ast.GeneratorExp(node.elt, node.generators)

    visit_SetComp = visit_ListComp

    def visit_DictComp(self, node):
        self.generic_visit(node)
        return ast.GeneratorExp(ast.Tuple([node.key, node.value], ast.Load()), node.generators)

    def visit_AugAssign(self, node):  # it reads its target too
        value = ast.BinOp(
            ast.parse(ast.unparse(node.target), mode="eval").body, node.op, node.value
        )
        return self.generic_visit(ast.Assign([node.target], value, lineno=0))

    def visit_Delete(self, node):
        return ast.Expr(ast.parse(ast.unparse(node)[4:], mode="eval").body)


def names(table):
    """The global names that a piece of code reads, and those that it defines."""
    symbols, outer = table.get_symbols(), table.get_type() == "module"
    reads = {s.get_name() for s in symbols if s.is_referenced() and (outer or s.is_global())}
    its = [s for s in symbols if outer or s.is_declared_global()]
    defines = {s.get_name() for s in its if s.is_assigned() or s.is_imported()}
    inner = [names(child) for child in table.get_children()]
    return reads.union(*(r for r, _ in inner)), defines.union(*(d for _, d in inner))


def modules(statement):
    """The packages that a statement imports, by their first names, and those that it calls for."""
    for node in ast.walk(statement):
        if isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]
        elif isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.keyword) and node.arg == "engine":
            yield from MODULES.get(getattr(node.value, "value", None), ())

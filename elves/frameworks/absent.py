"""In a notebook whose systems are not all installed: what needs a missing one says so, once a
cell, in one sentence, and the rest runs.

`present` switches this on. A statement needs a missing system if it imports it, or reads a name
that only such a statement would have defined.
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
    y = [x for x in 'ab']
    print('PyTorch is missing.')
    """

    def __init__(self, missing):
        self.sentences = {m: words for name, words in missing.items() for m in MODULES[name]}
        self.names = {}  # names that have no value here, and why

    def visit_Module(self, cell):
        body, said = [], {}  # in the order in which they came
        for statement in cell.body:
            lazy = ast.unparse(Lazy().visit(copy.deepcopy(statement)))
            reads, defines = names(symtable.symtable(lazy, "cell", "exec"))
            why = [self.names.get(name) for name in sorted(reads)]
            why += [self.sentences.get(module) for module in modules(statement)]
            why = next(filter(None, why), None)
            self.names |= dict.fromkeys(defines, why)
            if why:
                said[why] = None
            else:
                body.append(statement)
        says = "\n".join(f"print({sentence!r})" for sentence in said)
        cell.body = [*body, *ast.parse(says).body]
        return ast.fix_missing_locations(cell)


class Lazy(ast.NodeTransformer):
    """Comprehensions as generators: since Python 3.12 the names of others count as the cell's."""

    def visit_ListComp(self, node):
        self.generic_visit(node)
        return ast.GeneratorExp(node.elt, node.generators)

    visit_SetComp = visit_ListComp

    def visit_DictComp(self, node):
        self.generic_visit(node)
        return ast.GeneratorExp(ast.Tuple([node.key, node.value], ast.Load()), node.generators)


def names(table):
    """The global names that a piece of code reads, and those that it defines."""
    symbols, outer = table.get_symbols(), table.get_type() == "module"
    reads = {s.get_name() for s in symbols if s.is_referenced() and (outer or s.is_global())}
    defines = {s.get_name() for s in symbols if outer and (s.is_assigned() or s.is_imported())}
    return reads.union(*(names(child)[0] for child in table.get_children())), defines


def modules(statement):
    """The packages that a statement imports, by their first names."""
    for node in ast.walk(statement):
        if isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]
        elif isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)

"""Google Tangent (2017): reads a function's source and writes the source of its derivative.

It looks names up in the function's globals, so what it differentiates must be written with NumPy
and must have its source at hand: a file, a notebook cell, or an `elves.expression`.
"""

import ast
import inspect
import re
from importlib.metadata import version as _version

import numpy

from elves.errors import InputError
from elves.frameworks import Recorded, first, floats, plain, rebind, require, revive

NAME = "Google Tangent"
INSTALL = "pip install astor six future autograd, then pip install --no-deps tangent==0.1.9"
tangent = require(revive.tangent, NAME, INSTALL)


def version():
    return _version("tangent")


def _args(args):
    # Tangent knows a scalar by its type, float, and an array by ndarray.
    return [arg.item() if arg.ndim == 0 else arg for arg in floats(args)]


def derive(transform, f, argnums, **options):
    """Return the derivative that Tangent writes; `inspect.getsource` shows it.

    Raises InputError for a function that it cannot read: no source, a lambda, syntax it lacks.
    """
    copy = rebind(f, numpy)  # Tangent writes into the globals of what it reads
    try:
        return transform(copy, wrt=argnums, **options)
    except RecursionError:
        raise
    except Exception as error:
        reason = str(error).strip().splitlines() or [type(error).__name__]
        name = getattr(f, "__name__", f)
        raise InputError(f"Tangent cannot transform the source of {name}: {reason[0]}") from error


def _tuple(argnums):
    return (argnums,) if isinstance(argnums, int) else tuple(argnums)


def value_and_grad(f, argnums=0):
    """Return the function that computes the value and the gradient of the scalar `f`."""
    run = derive(tangent.grad, f, _tuple(argnums), preserve_result=True)

    def value_and_gradient(*args):
        try:
            *gradient, value = run(*_args(args))
        except AssertionError as error:  # Tangent compares the output with its seed, 1.0
            raise InputError(f"Gradient only defined for scalar output: {error}.") from None
        return plain((value, gradient[0] if isinstance(argnums, int) else tuple(gradient)))

    return value_and_gradient


grad = first(value_and_grad)


def jvp(f, primals, tangents):
    """Return the value of `f` at `primals` and its derivative in the direction of `tangents`."""
    run = derive(tangent.jvp, f, tuple(range(len(primals))), preserve_result=True)
    tangent_out, value = run(*_args(primals), *_args(tangents))
    return plain((value, tangent_out))


def vjp(f, *primals):
    """Return the value of `f` and the function from a cotangent to one for each primal."""
    run = derive(tangent.vjp, f, tuple(range(len(primals))), preserve_result=True)
    value = rebind(f, numpy)(*_args(primals))
    return plain(value), lambda ct: plain(tuple(run(*_args(primals), *_args([ct]))[:-1]))


def hvp(f, primals, vectors):
    """Return the Hessian times `vectors`, for `f` of one argument: forward over reverse."""
    gradient = derive(tangent.grad, f, (0,))
    run = derive(tangent.autodiff, gradient, (0,), mode="forward")
    seed = 1.0  # the gradient that Tangent writes takes its own cotangent as a last argument
    return plain(run(*_args(primals), seed, *_args(vectors)))


def record(f, names, args):
    """Give the gradient function that Tangent writes."""
    return derive(tangent.grad, f, tuple(range(len(args))))


def recorded(gradient):
    """The statements of the program in the text that Tangent wrote, before the way back.

    Raises InputError for a program with loops or branches, which stay such in the text.
    """
    tree = ast.parse(inspect.getsource(gradient)).body[0]
    if any(isinstance(node, (ast.For, ast.While, ast.If)) for node in ast.walk(tree)):
        raise InputError(
            "Tangent keeps loops and branches in its text, which is no graph: take a function "
            "without them, or read the text with inspect.getsource(tangent.grad(f))."
        )
    last = {arg.arg: arg.arg for arg in tree.args.args[:-1]}
    for name in last:
        yield Recorded(name, "argument", name, [])
    lines = inspect.getsource(gradient).split("\n")
    back = next(n for n, line in enumerate(lines, 1) if re.search(WAY_BACK, line))
    for number, statement in enumerate(s for s in tree.body if s.lineno < back):
        words = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if words or isinstance(statement, ast.Assert):  # a docstring, the user's own check
            continue
        if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
            raise InputError(
                "Tangent's text of this function has more than plain assignments: give each value "
                "a name of its own, or read the text with inspect.getsource(tangent.grad(f))."
            )
        target = statement.targets[0].id
        names = [n.id for n in ast.walk(statement.value) if isinstance(n, ast.Name)]
        parents = [last[n] for n in names if n in last]
        words = ast.unparse(_Dots(last).visit(statement.value))
        yield Recorded((number, target), words, target, parents)
        last[target] = number, target


WAY_BACK = r"assert tangent\.shapes_match|# Grad of|tangent\.init_grad"


class _Dots(ast.NodeTransformer):
    """Puts a dot in the place of each name that has a node of its own."""

    def __init__(self, names):
        self.names = names

    def visit_Name(self, node):
        return ast.copy_location(ast.Name("·"), node) if node.id in self.names else node

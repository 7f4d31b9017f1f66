"""Chainer (2015): define by run; PyTorch's README names it as an inspiration."""

import operator
from importlib.metadata import version as _version

import numpy as np

from elves.frameworks import (
    Namespace,
    Recorded,
    behind,
    first,
    floats,
    needs,
    plain,
    rebind,
    require,
    revive,
    select,
    single,
)

NAME = "Chainer"
HOLDS = "a Variable that was computed from another"
INSTALL = (
    'pip install "setuptools<81" six filelock protobuf typing_extensions, then '
    "pip install --no-build-isolation --no-deps chainer==7.8.1"
)
chainer = require(revive.chainer, NAME, INSTALL)
F = chainer.functions


def version():
    return _version("chainer")


def _variable(value):
    is_array = isinstance(value, chainer.Variable)
    return value if is_array else chainer.Variable(np.asarray(value, dtype=float))


def _elementwise(function):
    """Numbers and arrays are welcome where Chainer insists on variables of one dtype."""
    return lambda *args: function(*map(_variable, args))


_SAME = """sin cos tan arcsin arccos arctan sinh cosh tanh arctanh exp expm1 log log2 log10 log1p
    sqrt square absolute maximum minimum arctan2 matmul"""
_TABLE = {name: _elementwise(getattr(F, name)) for name in _SAME.split()} | {
    "abs": _elementwise(F.absolute),
    "dot": _elementwise(F.matmul),
    "concatenate": F.concat,
    "reciprocal": lambda x: 1 / x,
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "negative": operator.neg,
    "power": operator.pow,
}
_TABLE |= {name: getattr(np, name) for name in ("pi", "e", "array", "zeros", "ones", "eye")}
numpy = Namespace("Chainer", _TABLE, F)


def _backward(y, xs, seed=None, twice=False):
    seed = None if seed is None else [_variable(seed)]
    grads = chainer.grad([_variable(y)], xs, seed, enable_double_backprop=twice)
    zeros = (_variable(np.zeros(x.shape)) for x in xs)
    return [zero if g is None else g for g, zero in zip(grads, zeros, strict=True)]


def _run(f, args, scalar=True):
    xs = [chainer.Variable(arg) for arg in floats(args)]
    y = rebind(f, numpy)(*xs)
    if scalar and np.shape(getattr(y, "array", y)) != ():
        raise TypeError(f"Gradient only defined for scalar output, not shape {y.shape}.")
    return xs, y


def _out(tree):
    return plain(tree, lambda variable: getattr(variable, "array", variable))


def value_and_grad(f, argnums=0):
    """Return the function that computes the value and the gradient of the scalar `f`."""

    def run(*args):
        xs, y = _run(f, args)
        return _out((y, select(_backward(y, xs), argnums)))

    return run


grad = first(value_and_grad)


def vjp(f, *primals):
    """Return the value of `f` and the function from a cotangent to one for each primal."""
    xs, y = _run(f, primals, scalar=False)
    return _out(y), lambda cotangent: tuple(_out(_backward(y, xs, cotangent)))


def hvp(f, primals, vectors):
    """Return the Hessian times `vectors` (a tuple if there are several), by double backprop."""
    xs, y = _run(f, primals)
    gradient = _backward(y, xs, twice=True)
    along = sum(F.sum(g * v) for g, v in zip(gradient, floats(vectors), strict=True))
    result = tuple(_out(_backward(along, xs)))
    return result[0] if len(result) == 1 else result


def record(f, names, args):
    """Run `f`, and give the variable that knows its creator."""
    xs = [chainer.Variable(a, name=name) for a, name in zip(floats(args), names, strict=True)]
    return single(rebind(f, numpy)(*xs))


def recorded(variable):
    """What stands behind a variable, oldest first: its `creator`, and those of the inputs."""

    def above(node):
        return [i.creator_node or i for i in getattr(node, "inputs", ())]

    for node in behind(needs(getattr(variable, "creator_node", None)), above):
        leaf = isinstance(node, chainer.variable.VariableNode)
        name = type(node).__name__ if leaf else node.label
        detail = (node.name or f"{node.dtype}{list(node.shape) or ''}") if leaf else ""
        yield Recorded(node, name, detail, above(node))

"""PyTorch (2016): eager tensors on a tape in C++; `torch.func` brings JAX's transformations."""

import contextlib
from functools import partial

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
    single,
)

NAME = "PyTorch"
HOLDS = "a tensor that was computed from one with requires_grad=True"
INSTALL = "pip install torch"
torch = require("torch", NAME, INSTALL)


def version():
    return torch.__version__.split("+")[0]


def _tensor(value):
    if isinstance(value, torch.Tensor):
        return value
    return torch.as_tensor(np.asarray(value, dtype=float))


def _elementwise(function):
    """Numbers and arrays are welcome where torch insists on tensors."""
    return lambda *args: function(*map(_tensor, args))


_SAME = """sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh exp exp2 expm1
    log log2 log10 log1p sqrt square reciprocal negative abs absolute sign add subtract multiply
    divide maximum minimum hypot arctan2 logaddexp matmul"""
_TABLE = {name: _elementwise(getattr(torch, name)) for name in _SAME.split()} | {
    "power": _elementwise(torch.pow),
    "dot": _elementwise(torch.matmul),
    "concatenate": torch.cat,
    "max": torch.amax,
    "min": torch.amin,
    "array": _tensor,
    "asarray": _tensor,
}
_TABLE |= {k: partial(getattr(torch, k), dtype=torch.double) for k in ("zeros", "ones", "eye")}
numpy = Namespace("PyTorch", _TABLE, torch)


def _prepare(f):
    def run(*args):
        return _tensor(g(*args))

    g = rebind(f, numpy, _tensor)
    return run


def _tensors(args):
    return tuple(torch.tensor(arg) for arg in floats(args))


def _out(tree):
    return plain(tree, lambda tensor: tensor.detach().numpy().copy())


def value_and_grad(f, argnums=0):
    """Return the function that computes the value and the gradient of the scalar `f`."""
    both = torch.func.grad_and_value(_prepare(f), argnums)
    return lambda *args: _out(both(*_tensors(args))[::-1])


grad = first(value_and_grad)


def jvp(f, primals, tangents):
    """Return the value of `f` at `primals` and its derivative in the direction of `tangents`."""
    return _out(torch.func.jvp(_prepare(f), _tensors(primals), _tensors(tangents)))


def vjp(f, *primals):
    """Return the value of `f` and the function from a cotangent to one for each primal."""
    value, pull = torch.func.vjp(_prepare(f), *_tensors(primals))
    return _out(value), lambda cotangent: _out(pull(*_tensors([cotangent])))


def jacobian(f, argnums=0):
    """Return the function that computes the Jacobian: shape of the output, then of the input."""
    run = torch.func.jacrev(_prepare(f), argnums)
    return lambda *args: _out(run(*_tensors(args)))


def hessian(f, argnums=0):
    """Return the function that computes the Hessian of the scalar `f`, forward over reverse."""
    run = torch.func.hessian(_prepare(f), argnums)
    return lambda *args: _out(run(*_tensors(args)))


def hvp(f, primals, vectors):
    """Return the Hessian times `vectors`, one for each primal, forward over reverse."""
    primals, vectors = _tensors(primals), _tensors(vectors)
    gradient = torch.func.grad(_prepare(f), tuple(range(len(primals))))
    result = _out(torch.func.jvp(gradient, primals, vectors)[1])
    return result[0] if len(result) == 1 else result


def record(f, names, args):
    """Run `f`, and give the tensor that knows how it was made."""
    tensors = [tensor.requires_grad_() for tensor in _tensors(args)]
    for tensor, name in zip(tensors, names, strict=True):
        tensor.label = name
    return single(rebind(f, numpy, _tensor)(*tensors))


def recorded(tensor):
    """What stands behind a tensor, oldest first: `grad_fn` and all its `next_functions`.

    An operation tells the numbers that it has saved, a leaf its label or its value.
    """
    above = lambda node: [p for p, _ in node.next_functions if p is not None]  # noqa: E731
    for node in behind(needs(getattr(_tensor(tensor), "grad_fn", None)), above):
        detail = ", ".join(_saved(node))
        if (leaf := getattr(node, "variable", None)) is not None:
            shape = f"{leaf.item():.4g}" if leaf.ndim == 0 else f"{list(leaf.shape)}"
            detail = getattr(leaf, "label", shape)
        yield Recorded(node, node.name().split("::")[-1], detail, above(node))


def _saved(node):
    """The numbers that an operation has saved, after a backward() those that are still there."""
    for name in (name for name in dir(node) if name.startswith("_saved_")):
        with contextlib.suppress(RuntimeError):  # a tensor that backward() has freed
            value = getattr(node, name)
            if type(value) in (int, float) and (name, value) != ("_saved_alpha", 1):
                yield f"{name.removeprefix('_saved_')} {value:g}"
            elif getattr(value, "dtype", torch.bool) != torch.bool and not value.requires_grad:
                yield f"{list(value.shape)} array" if value.ndim else f"{value.item():g}"

"""HIPS Autograd (2014): NumPy itself, wrapped, with a tape in pure Python."""

from importlib.metadata import version as _version

from elves.frameworks import (
    Recorded,
    behind,
    first,
    floats,
    needs,
    operands,
    plain,
    rebind,
    require,
    single,
)

NAME = "HIPS Autograd"
HOLDS = "a FullGraphNode"
INSTALL = "pip install autograd"
autograd = require("autograd", NAME, INSTALL)
numpy = require("autograd.numpy", NAME, INSTALL)


def version():
    return _version("autograd")


def _all(primals):
    return tuple(range(len(primals)))


def _transformed(transform):
    def outer(f, argnums=0):
        run = transform(rebind(f, numpy), argnums)
        return lambda *args: plain(run(*floats(args)))

    outer.__name__, outer.__doc__ = transform.__name__, f"Autograd's `{transform.__name__}`."
    return outer


value_and_grad = _transformed(autograd.value_and_grad)
grad = first(value_and_grad)
jacobian, hessian = _transformed(autograd.jacobian), _transformed(autograd.hessian)


def jvp(f, primals, tangents):
    """Return the value of `f` at `primals` and its derivative in the direction of `tangents`."""
    push = autograd.make_jvp(rebind(f, numpy), _all(primals))(*floats(primals))
    return plain(push(tuple(floats(tangents))))


def vjp(f, *primals):
    """Return the value of `f` and the function from a cotangent to one for each primal."""
    pull, value = autograd.make_vjp(rebind(f, numpy), _all(primals))(*floats(primals))
    return plain(value), lambda cotangent: plain(pull(*floats([cotangent])))


def hvp(f, primals, vectors):
    """Return the Hessian times `vectors` (a tuple if there are several), reverse over reverse."""
    product, _ = autograd.make_hvp(rebind(f, numpy), _all(primals))(*floats(primals))
    result = plain(product(tuple(floats(vectors))))
    return result[0] if len(result) == 1 else result


def record(f, names, args):
    """Run `f` on Autograd's boxes, and give the last node, a FullGraphNode of Autograd's own."""
    from autograd.misc.tracers import FullGraphNode
    from autograd.tracer import isbox, new_box, trace_stack

    with trace_stack.new_trace() as level:
        roots = [FullGraphNode.new_root() for _ in args]
        for root, name in zip(roots, names, strict=True):
            root.value = name
        boxes = [new_box(a, level, root) for a, root in zip(floats(args), roots, strict=True)]
        last = single(rebind(f, numpy)(*boxes))
    return needs(last._node if isbox(last) else None)


def recorded(last):
    """The nodes behind a node, oldest first, with the numbers that stood among the arguments."""
    parents = {}

    def above(node):
        if node not in parents:
            parents[node] = list(node.recipe[3])  # pairs of an argument's number and a node
        return [p for _, p in parents[node]]

    for node in behind(last, above):
        function, args, _, _ = node.recipe
        varying = {k for k, _ in parents[node]}
        name = function.__name__ if parents[node] else "root"
        words = [None if k in varying else a for k, a in enumerate(args)]
        detail = operands(words) if parents[node] else str(node.value)
        yield Recorded(node, name, detail, above(node))

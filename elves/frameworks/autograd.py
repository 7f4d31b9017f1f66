"""HIPS Autograd (2014): NumPy itself, wrapped, with a tape in pure Python."""

from importlib.metadata import version as _version

from elves.frameworks import first, floats, plain, rebind, require

NAME = "HIPS Autograd"
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

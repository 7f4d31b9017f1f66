"""JAX (2018): traces a function and transforms it; its names are those of all the elves.

Importing this adapter turns on 64-bit floats in JAX for the whole process.
"""

import os

from elves.frameworks import Recorded, needs, plain, rebind, require

os.environ.setdefault("JAX_PLATFORMS", "cpu")  # quiet, and the same numbers everywhere

NAME = "JAX"
HOLDS = "what jax.make_jaxpr gives"
INSTALL = "pip install jax"
jax = require("jax", NAME, INSTALL)
jax.config.update("jax_enable_x64", True)
numpy = require("jax.numpy", NAME, INSTALL)
core = require("jax.extend.core", NAME, INSTALL)


def version():
    return jax.__version__


def _floats(args):
    return jax.tree.map(lambda leaf: numpy.asarray(leaf, dtype=float), tuple(args))


def _transformed(transform):
    def outer(f, argnums=0):
        run = transform(rebind(f, numpy), argnums)
        return lambda *args: plain(run(*_floats(args)))

    outer.__name__, outer.__doc__ = transform.__name__, f"JAX's `{transform.__name__}`."
    return outer


grad, value_and_grad = _transformed(jax.grad), _transformed(jax.value_and_grad)
jacobian, hessian = _transformed(jax.jacrev), _transformed(jax.hessian)


def jvp(f, primals, tangents):
    """Return the value of `f` at `primals` and its derivative in the direction of `tangents`."""
    return plain(jax.jvp(rebind(f, numpy), _floats(primals), _floats(tangents)))


def vjp(f, *primals):
    """Return the value of `f` and the function from a cotangent to one for each primal."""
    value, pull = jax.vjp(rebind(f, numpy), *_floats(primals))
    return plain(value), lambda cotangent: plain(pull(*_floats([cotangent])))


def hvp(f, primals, vectors):
    """Return the Hessian times `vectors` (a tuple if there are several), forward over reverse."""
    gradient = jax.grad(rebind(f, numpy), tuple(range(len(primals))))
    result = plain(jax.jvp(gradient, _floats(primals), _floats(vectors))[1])
    return result[0] if len(result) == 1 else result


def record(f, names, args):
    """Give the jaxpr of `f` at arguments of these shapes."""
    return jax.make_jaxpr(rebind(f, numpy))(*_floats(args))


def recorded(closed):
    """The equations of a jaxpr, in their order; those of one that it calls stand in its place."""
    jaxpr = closed.jaxpr
    needs(None if isinstance(jaxpr.outvars[0], core.Literal) else jaxpr)
    names = jaxpr.debug_info.arg_names or [""] * len(jaxpr.invars)
    for name, v in zip(names, jaxpr.invars, strict=True):
        yield Recorded(v, f"{v.aval.str_short()}", name, [])
    yield from _equations(jaxpr, {})


def _equations(jaxpr, same):
    """`same` tells what a variable of an inner jaxpr, or one that it gave, stands for."""

    def of(atoms):
        return [a if isinstance(a, core.Literal) else same.get(a, a) for a in atoms]

    for equation in jaxpr.eqns:
        ins, params = of(equation.invars), equation.params
        if equation.primitive.name in ("jit", "pjit"):
            inner = params["jaxpr"].jaxpr
            same |= dict(zip(inner.invars, ins, strict=True))
            yield from _equations(inner, same)
            same |= dict(zip(equation.outvars, of(inner.outvars), strict=True))
            continue
        words = [
            f"{k}={v}" for k, v in params.items() if type(v) in (int, float, tuple) and v != ()
        ]
        words += [f"{a.val}" for a in ins if isinstance(a, core.Literal)]
        parents = [a for a in ins if not isinstance(a, core.Literal)]
        for out in equation.outvars:
            yield Recorded(out, equation.primitive.name, ", ".join(words), parents)

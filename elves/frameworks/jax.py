"""JAX (2018): traces a function and transforms it; its names are those of all the elves.

Importing this adapter turns on 64-bit floats in JAX for the whole process.
"""

import os

from elves.frameworks import Recorded, needs, operands, plain, rebind, require, single

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
    needs(None if isinstance(single(jaxpr.outvars), core.Literal) else jaxpr)
    names = jaxpr.debug_info.arg_names or [""] * len(jaxpr.invars)
    for name, v in zip(names, jaxpr.invars, strict=True):
        yield Recorded(v, f"{v.aval.str_short()}", name, [])
    constants = dict(zip(jaxpr.constvars, closed.consts, strict=True))
    yield from _equations(jaxpr, {v: v for v in jaxpr.invars}, constants)


def _equations(jaxpr, keys, constants):
    """`keys` are those of the variables' nodes, anew for each time that a jaxpr is called."""
    for equation in jaxpr.eqns:
        ins, params = equation.invars, equation.params
        if equation.primitive.name in ("jit", "pjit"):
            closed = params["jaxpr"]
            inner, known = closed.jaxpr, dict(constants)
            known |= zip(closed.jaxpr.constvars, closed.consts, strict=True)
            own = {v: keys[a] for v, a in zip(inner.invars, ins, strict=True) if _is_node(a, keys)}
            known |= {v: _value(a, constants) for v, a in zip(inner.invars, ins, strict=True)
                      if not _is_node(a, keys)}  # fmt: skip
            yield from _equations(inner, own, known)
            for v, a in zip(equation.outvars, inner.outvars, strict=True):
                if _is_node(a, own):
                    keys[v] = own[a]
                else:
                    constants = constants | {v: _value(a, known)}
            continue
        words = [f"{k}={v}" for k, v in params.items() if type(v) in (int, float, tuple) and v]
        told = operands([None if _is_node(a, keys) else _value(a, constants) for a in ins])
        detail = " ".join([*words, told]).strip()
        parents = [keys[a] for a in ins if _is_node(a, keys)]
        for v in equation.outvars:
            keys[v] = object()
            yield Recorded(keys[v], equation.primitive.name, detail, parents)


def _is_node(atom, keys):
    return not isinstance(atom, core.Literal) and atom in keys


def _value(atom, constants):
    return atom.val if isinstance(atom, core.Literal) else constants[atom]

"""SymPy (2007): symbolic differentiation of an expression in exact arithmetic."""

import numpy as np

from elves.frameworks import (
    Namespace,
    Recorded,
    behind,
    first,
    floats,
    needs,
    operands,
    plain,
    rebind,
    require,
    select,
)

NAME = "SymPy"
HOLDS = "an expression"
INSTALL = "pip install sympy"
sympy = require("sympy", NAME, INSTALL)


def version():
    return sympy.__version__


def _elementwise(function, arity=1):
    """Apply a function of expressions to scalars and to arrays of them."""
    return np.frompyfunc(function, arity, 1)


_SAME = ("sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "log", "sqrt", "sign")
_TABLE = {name: _elementwise(getattr(sympy, name)) for name in _SAME}
_TABLE |= {
    f"arc{name}": _elementwise(getattr(sympy, f"a{name}"))
    for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")
}
_TABLE |= {
    "abs": _elementwise(sympy.Abs),
    "absolute": _elementwise(sympy.Abs),
    "exp2": _elementwise(lambda x: 2**x),
    "expm1": _elementwise(lambda x: sympy.exp(x) - 1),
    "log2": _elementwise(lambda x: sympy.log(x, 2)),
    "log10": _elementwise(lambda x: sympy.log(x, 10)),
    "log1p": _elementwise(lambda x: sympy.log(1 + x)),
    "negative": _elementwise(lambda x: -x),
    "square": _elementwise(lambda x: x**2),
    "reciprocal": _elementwise(lambda x: 1 / x),
    "maximum": _elementwise(sympy.Max, 2),
    "minimum": _elementwise(sympy.Min, 2),
    "arctan2": _elementwise(sympy.atan2, 2),
    "hypot": _elementwise(lambda x, y: sympy.sqrt(x**2 + y**2), 2),
    "logaddexp": _elementwise(lambda x, y: sympy.log(sympy.exp(x) + sympy.exp(y)), 2),
}
numpy = Namespace("SymPy", _TABLE, np)  # the rest of NumPy works on arrays of expressions


def _symbols(args):
    """Return an array of real symbols in the shape of each argument."""
    arrays = [np.empty(np.shape(arg), object) for arg in args]
    for n, array in enumerate(arrays):
        for index in np.ndindex(array.shape):
            array[index] = sympy.Symbol("_".join(map(str, (f"x{n}", *index))), real=True)
    return arrays


def _differentiate(f, args, what):
    """Evaluate the list of arrays of expressions that `what(y, xs)` gives at the numbers `args`."""
    args = floats(args)
    xs = _symbols(args)
    y = np.asarray(rebind(f, numpy)(*(x[()] for x in xs)), dtype=object)
    arrays = what(y, xs)
    entries = [sympy.sympify(e) for array in arrays for e in np.ravel(array)]
    run = sympy.lambdify([s for x in xs for s in x.ravel()], entries, "numpy", cse=True)
    values = iter(run(*(v for arg in args for v in arg.ravel())))
    return [np.array([next(values) for _ in range(a.size)], float).reshape(a.shape) for a in arrays]


def _diff(y, x):
    """Return the array of derivatives, shape of `y` then shape of `x`."""
    return np.array([sympy.diff(a, b) for a in y.ravel() for b in x.ravel()], object).reshape(
        y.shape + x.shape
    )


def _scalar(y):
    if y.ndim:
        raise TypeError(f"Gradient only defined for scalar output, not shape {y.shape}.")
    return y


def value_and_grad(f, argnums=0):
    """Return the function that computes the value and the gradient of the scalar `f`."""

    def run(*args):
        value, *grads = _differentiate(
            f, args, lambda y, xs: [_scalar(y), *(_diff(y, x) for x in xs)]
        )
        return plain((value, select(grads, argnums)))

    return run


grad = first(value_and_grad)


def jacobian(f, argnums=0):
    """Return the function that computes the Jacobian: shape of the output, then of the input."""
    return lambda *args: plain(
        select(_differentiate(f, args, lambda y, xs: [_diff(y, x) for x in xs]), argnums)
    )


def hessian(f, argnums=0):
    """Return the function that computes the Hessian of the scalar `f` in one argument."""

    def twice(y, xs):
        return [_diff(_diff(_scalar(y), xs[argnums]), xs[argnums])]

    return lambda *args: plain(_differentiate(f, args, twice)[0])


def record(f, names, args):
    """Give the expression that `f` makes of a symbol for each number of its arguments."""
    xs = _symbols(floats(args))
    for x, name in zip(xs, names, strict=True):
        for index in np.ndindex(x.shape):
            x[index] = sympy.Symbol("_".join(map(str, (name, *index))), real=True)
    return sympy.sympify(_scalar(np.asarray(rebind(f, numpy)(*(x[()] for x in xs)), object))[()])


def recorded(expr):
    """The parts of an expression, each once, oldest first; numbers stand where they are read."""
    above = lambda e: [a for a in e.args if not a.is_number]  # noqa: E731
    for part in behind(needs(expr if expr.free_symbols else None), above):
        words = [(f"{a:.4g}" if a.is_Float else a) if a.is_number else None for a in part.args]
        detail = part.is_Symbol * str(part) or operands(words)
        yield Recorded(part, type(part).__name__, detail, above(part))

"""What `elves compare` and the quick page on the web compute: each engine's answer, and its error.

The derivative that they are measured with is exact to many digits: by SymPy's formula, or, where
there is no SymPy, by differences in numbers of thousands of digits (`fine`).
"""

import importlib
import math
import sys

import numpy as np

import elves
from elves.errors import InputError
from elves.frameworks import load, quiet, sentence

SCHEMES = ("forward", "central", "complex")
DIGITS = 50


def point(text, option="--at", example="1.3"):
    way = f"give one, such as {example}."
    try:
        x = float(text)
    except ValueError:
        raise InputError(f"{option} {text.strip()!r} is not a number: {way}") from None
    if not math.isfinite(x):
        raise InputError(f"{option} {text.strip()} is not a finite number: {way}")
    return x


def check_value(expr, x):
    """Raises InputError where the function has no value in 64-bit floats, not even on the way."""
    if why := expr.flaw(x):
        raise InputError(f"{expr.source} has no finite value at x = {x!r} ({why}).")


def exact(expr, x):
    """Return the derivative of the Expression at the float `x`, to 50 digits, by SymPy and mpmath.

    Raises InputError where there is no finite derivative, MissingError without SymPy.

    >>> str(exact(expression.parse("x**2"), 1.5))                 # doctest: +SKIP
    '3.0'
    """
    framework = load("sympy")
    import mpmath
    import sympy

    def number(value):
        return sympy.Rational(value)  # the float itself, not the decimal that it came from

    symbol = sympy.Symbol("x", real=True)
    formula = sympy.sympify(expr.function(framework.numpy, number)(symbol))
    own = {"Heaviside": lambda t, *_: (1 + mpmath.sign(t)) / 2, "DiracDelta": lambda *_: 0}
    f, df = (
        sympy.lambdify(symbol, e, [own, "mpmath"], cse=True)
        for e in (formula, sympy.diff(formula, symbol))
    )
    with mpmath.workprec(8000):
        return on_both_sides(expr, x, f, df)


def fine(expr, x):
    """The same without SymPy: central differences, with a step so small that it cannot be seen.

    >>> import mpmath
    >>> from elves import expression
    >>> mpmath.nstr(fine(expression.parse("sin(x)"), 0.0), 5, strip_zeros=False)
    '1.0000'
    """
    import mpmath

    with mpmath.workprec(8000):
        f = expr.function(many_digits(), mpmath.mpf)
        h = (min(abs(mpmath.mpf(x)), 1) or 1) * mpmath.mpf(2) ** -3000
        df = lambda t: (f(t + h) - f(t - h)) / (2 * h)  # noqa: E731
        return on_both_sides(expr, x, f, df, mpmath.mpf(2) ** -2900)  # far below any float


def many_digits():
    """NumPy's names for numbers of many digits; what is not real there is refused."""
    import mpmath as mp

    def real(function):
        def run(*args):
            value = function(*args)
            if isinstance(value, mp.mpc):
                raise ValueError("not a real number")
            return value

        return staticmethod(run)

    same = ("sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "expm1", "log", "log10", "log1p",
            "sqrt", "hypot")  # fmt: skip
    table = {name: getattr(mp, name) for name in same}
    table |= {
        f"arc{n}": getattr(mp, f"a{n}") for n in ("sin", "cos", "tan", "sinh", "cosh", "tanh")
    }
    table |= {
        "abs": abs, "absolute": abs, "maximum": max, "minimum": min, "arctan2": mp.atan2,
        "exp2": lambda t: mp.mpf(2) ** t, "log2": lambda t: mp.log(t, 2),
        "square": lambda t: t * t, "reciprocal": lambda t: 1 / t, "negative": lambda t: -t,
        "add": lambda a, b: a + b, "subtract": lambda a, b: a - b,
        "multiply": lambda a, b: a * b, "divide": lambda a, b: a / b, "power": lambda a, b: a**b,
        "logaddexp": lambda a, b: mp.log(mp.exp(a) + mp.exp(b)),
    }  # fmt: skip
    return type("ManyDigits", (), {name: real(function) for name, function in table.items()})


def on_both_sides(expr, x, f, df, noise=0):
    """The derivative df of f at x, in mpmath's numbers, if there is one.

    It is taken from both sides, so close to `x` (2**-2200) that no oscillation of a float's size
    gets in between, and kinks and jumps do not go unnoticed: for them it raises InputError. Slopes
    below `noise` are round-off.
    """
    import mpmath

    centre = mpmath.mpf(x)
    unit = min(abs(centre), 1) or mpmath.mpf(1)
    sides = [
        [at(df, centre + s * unit * mpmath.mpf(2) ** -k) for s in (-1, 1)] for k in (2000, 2200)
    ]
    (far_left, far_right), (left, right) = sides
    if None in (far_left, far_right, left, right):
        raise InputError(
            f"{expr.source} has no finite derivative at x = {x!r}: "
            "it is not smooth on both sides of that point."
        )
    gap, far_gap = abs(right - left), abs(far_right - far_left)
    same = max(noise, mpmath.mpf(2) ** -22000 * max(abs(left), abs(right)))
    if gap > same and gap > far_gap * mpmath.mpf(2) ** -20:  # it does not close as we come near
        huge = max(abs(left), abs(right)) > mpmath.mpf(2) ** 90 * (1 + abs(at(f, centre) or 0))
        sides = f"the slope is {side(left)} on its left and {side(right)} on its right"
        why = "it grows without bound there" if huge else sides
        raise InputError(f"{expr.source} has no derivative at x = {x!r}: {why}.")
    if abs(right) > abs(far_right) * 2**20 and abs(right) > 2**20:
        raise InputError(f"{expr.source} has no finite derivative at x = {x!r}: it is infinite.")
    values = [at(f, centre + s * unit * mpmath.mpf(2) ** -2200) for s in (-1, 1)]
    if None in values or abs(values[1] - values[0]) > 2**-200 * (1 + abs(values[0])):
        raise InputError(f"{expr.source} has no derivative at x = {x!r}: it jumps there.")
    value = at(df, centre)
    value = right if value is None else value
    value = value if abs(value) > noise else mpmath.mpf(0)
    if abs(value) > sys.float_info.max:
        raise InputError(
            f"The derivative of {expr.source} at x = {x!r} is too large for 64-bit floats."
        )
    return value


def at(function, point):
    """A function's value in mpmath's numbers; None if it is not finite, or not real."""
    import mpmath

    try:
        value = mpmath.mpmathify(function(point))
    except (ZeroDivisionError, ValueError):
        return None
    return value if isinstance(value, mpmath.mpf) and mpmath.isfinite(value) else None


def side(slope):
    return f"{float(slope):.6g}"


def check_kink(expr, x):
    """Without SymPy: raises InputError where the slopes of both sides do not come together."""
    f, x, gaps = expr.function(), np.float64(x), []
    for h in (1e-4 * (abs(x) or 1), 1e-6 * (abs(x) or 1)):
        left, right = (f(x) - f(x - h)) / h, (f(x + h) - f(x)) / h
        gaps.append(abs(right - left))
        size = max(abs(left), abs(right), 1e-10 * abs(f(x)) / h)  # the last is round-off
    if not math.isfinite(gaps[1]) or (gaps[1] > 0.5 * gaps[0] and gaps[1] > 1e-2 * size):
        raise InputError(f"{expr.source} has no finite derivative at x = {float(x)!r}.")


def candidates(names, own=None):
    """Yield (title, function that gives value_and_grad) for each row of the table."""
    if own:
        yield own.NAME, own.value_and_grad
    for name in names:
        if name == "numerical":
            for scheme in SCHEMES:
                yield (
                    f"numerical, {scheme}",
                    lambda f, s=scheme: elves.numerical.value_and_grad(f, scheme=s),
                )
        elif name in elves.ENGINES:
            yield name, importlib.import_module(f"elves.{name}").value_and_grad
        else:
            yield name, lambda f, n=name: load(n).value_and_grad(f)


def scale(reference):
    """What an error is relative to: below the smallest normal float there is nothing to lose."""
    return max(abs(reference), sys.float_info.min) if reference else 1


def rows(expr, x, reference, names, own=None):
    """Yield a dict for each engine: name, value, derivative, relative error, and why not."""
    for title, value_and_grad in candidates(names, own):
        row = {"name": title, "value": None, "derivative": None, "error": None, "reason": None}
        try:
            with quiet():
                value, derivative = map(float, value_and_grad(expr.function())(x))
            row |= {"value": value, "derivative": derivative}
            if not (math.isfinite(value) and math.isfinite(derivative)):
                row |= {"value": None, "derivative": None}
                row["reason"] = (
                    f"It gives {value:g} and {derivative:g} here, though both are finite."
                )
            elif reference is not None:
                row["error"] = float(abs(derivative - reference) / scale(reference))
        except Exception as error:
            row["reason"] = sentence(error)
        yield row

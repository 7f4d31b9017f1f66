"""Constructs of Python: small programs, each in plain Python with NumPy, with one as its point.

`elves.approaches` runs each of them through every engine and system. Where a system has a way of
its own to say the same, that program stands here too.
"""

import math
import types
from typing import NamedTuple

import numpy as np

# ------------------------------------------------------------ the programs


def for_range(x):
    y = 1.0
    for _ in range(3):
        y = y * x
    return y


def while_value(x):
    while x < 10:
        x = x * x
    return x


def while_lax(x):
    import jax

    return jax.lax.while_loop(lambda x: x < 10, lambda x: x * x, x)


def if_value(x):
    if x > 1:  # noqa: SIM108
        y = x * x
    else:
        y = -x
    return y


def if_where(x):
    return np.where(x > 1, x * x, -x)


def if_lax(x):
    import jax

    return jax.lax.cond(x > 1, lambda x: x * x, lambda x: -x, x)


def early_return(x):
    for _ in range(3):
        x = x * x
        if x > 2:
            return x
    return x


def early_where(x):
    x = x * x
    for _ in range(2):
        x = np.where(x > 2, x, x * x)
    return x


def one_return(x):
    x = x * x
    for _ in range(2):
        if x <= 2:
            x = x * x
    return x


def recursion(x):
    return power(x, 3)


def power(x, n):
    if n == 0:
        return 1.0
    return x * power(x, n - 1)


def into_array(x):
    a = np.zeros(3)
    for i in range(3):
        a[i] = x**i
    return np.sum(a)


def into_array_at(x):
    a = np.zeros(3)
    for i in range(3):
        a = a.at[i].set(x**i)
    return np.sum(a)


def into_array_stack(x):
    return np.sum(np.stack([x**i for i in range(1, 3)]))  # x**0 is a constant


def in_place(x):
    a = x * np.ones(3)
    a += x
    return np.sum(a * a)


def in_place_not(x):
    a = x * np.ones(3)
    a = a + x
    return np.sum(a * a)


def closure(x):
    def scaled(y):
        return x * y

    return scaled(x)


def call_lambda(x):
    square = lambda y: y * y  # noqa: E731
    return square(x)


def call_outside(x):
    return times(x, x)


def times(x, y):
    return x * y


def dictionary(x):
    d = {"a": x, "b": x * x}
    return d["a"] * d["b"]


def comprehension(x):
    return sum([x**i for i in range(1, 4)])


def comprehension_loop(x):
    y = 0.0
    for i in range(1, 4):
        y += x**i
    return y


def append(x):
    parts = []
    for i in range(1, 4):
        parts.append(x**i)
    return parts[0] * parts[2]


def attribute(x):
    point = types.SimpleNamespace(place=x)
    return point.place * point.place


def try_except(x):
    try:
        y = x * x
    except ValueError:
        y = x
    return y


def printing(x):
    print(x)
    return x * x


def printing_jax(x):
    import jax

    jax.debug.print("{}", x)
    return x * x


def math_sin(x):
    return x * math.sin(x)


def numpy_sin(x):
    return x * np.sin(x)


def integer_power(x):
    return x**3


# ------------------------------------------------------------ the table


class Construct(NamedTuple):
    """A row: what it is about, the program, and other ways to say it, each for some columns."""

    title: str
    program: types.FunctionType
    others: tuple = ()  # of (columns, program, words)
    prints: bool = False  # must the value be printed each time that it runs?


JAX, TAPES = ("JAX grad", "JAX jit"), ("Autograd", "reverse", "static_graph", "tracing")
LATER = ("JAX jit", "static_graph")  # these see no number while they read the program
NUMPY = ("PyTorch", *JAX, "Tangent", *TAPES, "source")

CONSTRUCTS = [
    Construct("for over range", for_range),
    Construct("while on a value", while_value, [(("JAX jit",), while_lax, "jax.lax.while_loop")]),
    Construct(
        "if on a value",
        if_value,
        [
            (("JAX jit",), if_lax, "jax.lax.cond"),
            (("static_graph",), if_where, "np.where"),
        ],
    ),
    Construct("np.where", if_where, [(("Tangent",), if_value, "if")]),
    Construct(
        "return inside a loop",
        early_return,
        [(LATER, early_where, "np.where"), (("Tangent",), one_return, "one return")],
    ),
    Construct("recursion", recursion),
    Construct(
        "a[i] = x**i",
        into_array,
        [(JAX, into_array_at, "a.at[i].set(…)"), (TAPES, into_array_stack, "np.stack")],
    ),
    Construct("a += x on an array", in_place, [(NUMPY, in_place_not, "a = a + x")]),
    Construct("function inside, closure", closure, [(("Tangent",), call_outside, "a def outside")]),
    Construct("lambda", call_lambda, [(("Tangent",), call_outside, "a def outside")]),
    Construct("values in a dict", dictionary),
    Construct(
        "sum of a list",
        comprehension,
        [(("Tangent",), comprehension_loop, "y += x**i")],
    ),
    Construct("list.append", append),
    Construct("object with attributes", attribute),
    Construct("try / except", try_except),
    Construct("print, each time", printing, [(JAX, printing_jax, "jax.debug.print")], True),
    Construct("math.sin", math_sin, [(NUMPY, numpy_sin, "np.sin")]),
    Construct("x**3", integer_power),
]

"""Small random programs, from one equation to eight: what most exercises of lab 11 are tried on."""

import string

import numpy as np

from elves.course.compiler.programs import Equation, Program

SHAPES = {"x": (2, 3), "y": (3,), "z": (2, 1)}
ONE = np.tanh, np.sin, np.negative
TWO = np.add, np.multiply, np.subtract, np.maximum
NUMBERS = 0.5, 2.0, -1.5
ROW = np.array([1.0, -0.5, 2.0])
LARGEST, MORE = 8, 4


def values(inputs=SHAPES, seed=0):
    """Arrays for inputs of these names."""
    rng = np.random.default_rng(seed)
    return [np.round(rng.uniform(-1.5, 1.5, SHAPES[name]), 2) for name in inputs]


def sizes():
    """1, 1, 1, 1, 2, 2, 2, 2 and so on."""
    return [size for size in range(1, LARGEST + 1) for _ in range(MORE)]


def line(random, name, shapes, before=()):
    """A random equation of names that have shapes; often of the newest one."""

    def pick():
        return [*shapes][-1] if random.random() < 0.4 else random.choice([*shapes])

    tables = [a for a, shape in shapes.items() if len(shape) == 2]
    kind = random.random()
    if kind < 0.2 and tables:
        options = random.choice([{"axis": 0}, {"axis": 1, "keepdims": True}])
        return Equation(name, np.sum, (random.choice(tables),), options)
    if kind < 0.5:
        return Equation(name, random.choice(ONE), (pick(),), {})
    right = constant(random, len(shapes)) if random.random() < 0.3 else pick()
    args = (pick(), right) if random.random() < 0.7 else (right, pick())
    return Equation(name, random.choice(TWO), args, {})


def constant(random, known):
    """A number, or an array where there are a few values already."""
    return ROW if known > 3 and random.random() < 0.3 else random.choice(NUMBERS)


def shape_of(e, shapes):
    """The shape of an equation's result."""
    found = [np.zeros(shapes[a]) if isinstance(a, str) else a for a in e.args]
    return np.shape(e.function(*found, **e.options))


def program(random, size, results=1, make=line, least=1):
    """A random program of some size, of `least` inputs; its last line is a result."""
    shapes = dict(random.sample([*SHAPES.items()], min(least + size // 3, 3)))
    inputs, equations = [*shapes], []
    for name in string.ascii_lowercase[:size]:
        equations.append(make(random, name, shapes, equations))
        shapes[name] = shape_of(equations[-1], shapes)
    made = [e.name for e in equations]
    return Program(inputs, equations, [made[-1], *random.sample(made, min(results - 1, size))])

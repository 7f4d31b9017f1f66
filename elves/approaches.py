"""What each approach makes of Python: the programs of `elves.constructs`, and what happens to each.

A program is run through each of `COLUMNS` as it stands; where that fails and the system has a way
of its own to say the same, that is tried too. The right answer comes from differences of the plain
program.
"""

import contextlib
import io
import math
from typing import NamedTuple

from elves import frameworks, numerical, reverse, source, static_graph, tracing
from elves.constructs import CONSTRUCTS
from elves.errors import MissingError


def system(name):
    """The gradient of a real system, which is loaded when it is asked for."""
    return lambda f: frameworks.load(name).grad(f)


def jitted(f):
    """JAX's gradient, compiled."""
    jax = frameworks.load("jax")
    run = jax.jax.jit(jax.jax.grad(frameworks.rebind(f, jax.numpy)))
    return lambda *args: frameworks.plain(run(*frameworks.floats(args)))


COLUMNS = {
    "PyTorch": system("pytorch"),
    "JAX grad": system("jax"),
    "JAX jit": jitted,
    "Autograd": system("autograd"),
    "Tangent": system("tangent"),
    "reverse": reverse.grad,
    "static_graph": static_graph.grad,
    "tracing": lambda f: tracing.jit(tracing.grad(f)),
    "source": source.grad,
}


class Outcome(NamedTuple):
    """What became of a program.

    `kind` is right, own way, refused, wrong, silent or missing; `words` tell what the program did
    as it stands; `way` names the system's own way to say the same, where that gave the right
    number.
    """

    kind: str
    words: str
    way: str = ""


def attempt(grad, f, x, want, prints=False):
    """Run a gradient twice, and compare the second result with what it should be."""
    try:
        with frameworks.quiet():
            run = grad(f)
            run(x)
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                got = run(x)
        got = float(got)
    except MissingError as missing:
        return Outcome("missing", str(missing))
    except Exception as error:
        return Outcome("refused", frameworks.sentence(error))
    if not math.isclose(got, want, rel_tol=1e-5):
        return Outcome("wrong", f"It gives {got:.6g}, where {want:.6g} is right.")
    if prints and str(x) not in out.getvalue():
        return Outcome("silent", "The number is right, but the second run prints nothing.")
    return Outcome("right", f"{got:.6g}")


def outcome(construct, column, grad, x=1.5):
    """What a column makes of a construct: as it stands, or else in the column's own way.

    A wrong number stays one, even where there is another way to write the program.

    >>> [branch] = [c for c in CONSTRUCTS if c.title == "if on a value"]
    >>> outcome(branch, "reverse", reverse.grad)
    Outcome(kind='right', words='3', way='')
    >>> outcome(branch, "static_graph", static_graph.grad).way
    'np.where'
    """
    with contextlib.redirect_stdout(io.StringIO()):
        want = numerical.grad(construct.program)(x)
    found = attempt(grad, construct.program, x, want, construct.prints)
    if found.kind in ("right", "missing"):
        return found
    for columns, program, way in construct.others:
        if column in columns:
            other = attempt(grad, program, x, want, construct.prints)
            if other.kind == "right":
                kind = "own way" if found.kind == "refused" else found.kind
                return Outcome(kind, found.words, way)
            return Outcome(found.kind, f"{found.words} With {way}: {other.words}")
    return found


def outcomes(constructs=CONSTRUCTS, columns=COLUMNS):
    """The whole table: for each construct's title and each column's name an `Outcome`."""
    return {
        construct.title: {name: outcome(construct, name, grad) for name, grad in columns.items()}
        for construct in constructs
    }

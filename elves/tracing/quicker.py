"""What a person calls instead: one decomposition for all its factors, halves of a triangle.

Source: Muchnick, Advanced Compiler Design and Implementation (1997), section 13.1.
"""

import numpy as np

from elves.contracting import FEW, inverse_of_lower, vectors_and_values
from elves.rules.linalg import WHOLE, factor, left_vectors, right_vectors, singular_values
from elves.tracing.ir import Var, index_text

OF_SVD = {left_vectors: "[0]", singular_values: "[1]", right_vectors: "[2].swapaxes(-1, -2)"}


def key_of(e):
    """What is the same of equations that need one decomposition; None of others."""
    f, x = e.rule.function, (e.args or (None,))[0]
    if type(x) is not Var or x.dtype != float:
        return None
    if f is factor and e.args[1] in ("eigh", "qr"):
        return x, e.args[1], e.kwargs.get("how", ())
    return (x, "svd", ()) if f in OF_SVD else None


def one_of_several(emitter, e, x, *_):
    """A factor as a part of all of them, if another one is read too; None for its own call."""
    key, f = key_of(e), e.rule.function
    alike = [o for o in emitter.ir.equations if key and key_of(o) == key]
    if len({o.rule.function if f in OF_SVD else o.args[2] for o in alike}) < 2 or emitter.whole:
        return None
    if key not in emitter.names:
        _, name, how = key
        call = emitter.constant(vectors_and_values, "svd") if f in OF_SVD else f"np.linalg.{name}"
        emitter.names[key] = next(emitter.words)
        emitter.lines.append(f"{emitter.names[key]} = {call}({', '.join([x, *map(repr, how)])})")
    cut = slice(*e.kwargs.get("part", WHOLE))
    cut = f"[..., {index_text(cut, repr)}]" * (cut != slice(*WHOLE))
    return emitter.names[key] + (OF_SVD[f] if f in OF_SVD else f"[{e.args[2]}]") + cut


def of_triangle(emitter, e, x):
    """The inverse of a Cholesky factor, in half the time where it is large."""
    made = emitter.ir.made().get(e.args[0]) if type(e.args[0]) is Var else None
    large = len(e.out.shape) == 2 and e.out.shape[0] > FEW and not emitter.whole
    if made and made.rule.function is np.linalg.cholesky and large:
        return f"{emitter.constant(inverse_of_lower, 'inverse_of_lower')}({x})"


QUICKER = dict.fromkeys([factor, *OF_SVD], one_of_several) | {np.linalg.inv: of_triangle}

"""What to say where a value of ours is behind an error of another's.

Most that meet a value refuse it in words of their own, and some swallow our refusal.
"""

import re

from elves.errors import OUTSIDE, ConversionError, ElfError, MutationError
from elves.leaving import LATEST, NOTHING, SHOWN, Stays


def names():
    """The names of all kinds of values, as a part of a pattern."""
    kinds = [Stays]
    for kind in kinds:
        kinds += kind.__subclasses__()
    return f"({'|'.join(kind.__name__ for kind in kinds[2:])})"


FOREIGN = (
    "{}: inside a derivative this is a {}, which only operators and NumPy's functions know; "
    f"{OUTSIDE}."
)
FIXED = "{}: an array that is being differentiated stays as it is; use x.reshape and its like."
# What others say when they meet a value, and what we say instead ({}: a kind, []: a text of it).
SAID = {
    r"≈|\b{}\(|'\W*[]|ConversionSyntax|unmatched data|malformed node|name '{}'": (
        (ValueError, ArithmeticError, SyntaxError, NameError),
        "{}: a number that is read from the text of a value inside a derivative would lose its "
        "slope; compute with the value itself.",
    ),
    r"'{}' object(?: has no setter| has no attribute '(?:flat|real|imag|dtype|strides|data)')": (
        AttributeError,
        FIXED,
    ),
    r"(?:'|\bof type |\btype |component: |\bfrom |[a-z_]\.){}\b": (TypeError, FOREIGN),
    r"__bool__ should return bool, returned {}": (
        TypeError,
        "{}: write the comparison itself instead of an object's truth.",
    ),
    r"^['\"].*{}\(": (
        KeyError,
        "{}: the text of a value inside a derivative is no key; compute with the value itself, or "
        "name an argument of jit in static_argnums.",
    ),
    r"argument should be a string or a Rational": (TypeError, "{}: " + OUTSIDE + "."),
}


def behind(error):
    """The sentence that belongs to the error of another's, if a value of ours is behind it."""
    place, sentence = LATEST.get()
    LATEST.set(NOTHING)
    if isinstance(error, ElfError) or isinstance(error.__cause__, ElfError):
        return error.__cause__ if isinstance(error.__cause__, ElfError) else None
    if isinstance(error, KeyError) and isinstance(next(iter(error.args), None), Stays):
        return ConversionError(f"{error} is no key of a dict inside a derivative: {OUTSIDE}.")
    trace = error.__traceback__
    while trace:
        if place == (trace.tb_frame.f_code.co_filename, trace.tb_lineno):
            return ConversionError(sentence)  # which was said on this line and went unheard
        trace = trace.tb_next
    read = " ".join(str(getattr(error, part, "")) for part in ("doc", "text"))  # JSON, Python
    words = " ".join(f"{error} {read}".split())
    cut = re.search(r"string(?: to float:)? '(.+?)'", words)  # a part of a text
    cut = cut[1] if cut else str(getattr(error, "text", "") or "").strip()
    shown = f"({'|'.join(map(re.escape, SHOWN)) or 'x^'})"
    for pattern, (kind, says) in SAID.items():
        read = "[]" in pattern and cut and any(cut in text for text in SHOWN)
        found = re.search(pattern.replace("{}", names()).replace("[]", shown), words)
        found = found or (read and re.search("", words))
        if found and isinstance(error, kind):
            refusal = MutationError if kind is AttributeError else ConversionError
            return refusal(says.format(error, *found.groups()))
    return None

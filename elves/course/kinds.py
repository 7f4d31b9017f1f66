"""What a wrong answer is, where no mistake is known by name: None, text, a list, or near."""

import re

import numpy as np

from elves.course.guard import Failure, is_numbers, same

NEAR = 1e-3  # of the size: so close that something was rounded, or searched for
SAID = (  # what Python says when it stops, and what that means
    (r"for \^:|bitwise_xor", "In Python ^ is no power: write ** for that."),
    (r"NoneType", "A function that ends without return gives None: does each way through it end "
     "in a return?"),
    (r"^NameError", "Python does not know that name: is it spelled right, and did its cell run?"),
    (r"^UnboundLocalError", "On some way through it, that name has no value yet."),
)  # fmt: skip


def a(value):
    """What a value is, in words.

    >>> a(None), a(2.0), a([1]), a(np.ones(2)), a(max)
    ('None', 'a number', 'a list', 'an array', 'a function')
    """
    if value is None:
        return "None"
    if isinstance(value, (int, float, complex, np.number)):
        return "a complex number" if np.iscomplexobj(value) else "a number"
    if isinstance(value, np.ndarray):
        return "an array"
    known = {"str": "text", "function": "a function", "builtin_function_or_method": "a function"}
    name = type(value).__name__
    return known.get(name, f"{'an' if name[0] in 'aeiou' else 'a'} {name}")


def by_kind(got, want, printed=""):
    """A sentence about what came in the place of what was asked; None where there is none."""
    nothing = got is None or (isinstance(got, Failure) and got.kind == "nothing")
    if isinstance(got, Failure) and not nothing:
        return next((said for found, said in SAID if re.search(found, got.words)), None)
    if nothing:
        if printed:
            return "print shows a value, and hands nothing back: that is what return does."
        return "Nothing comes back: does each way through your function end in a return?"
    if callable(got) and not callable(want):
        return f"That is {a(got)}, not its result: call it."
    if is_numbers(want) and not is_numbers(got):
        return f"That is {a(got)}; asked {of_shape(want)}."
    if is_numbers(want) and np.shape(got) != np.shape(want):
        return f"That {of_shape(got)}; asked {of_shape(want)}."
    if is_numbers(want) and same(got, want, NEAR):
        return (
            "That is close, but not it: was it rounded, or found by a search, or by a step of "
            "your own choice?"
        )
    return None


def of_shape(value):
    """What numbers there are, for a sentence."""
    if np.shape(value) == ():
        return "is one number"
    kind = "an array" if isinstance(value, np.ndarray) else a(value)
    if np.ndim(value) == 1:
        return f"is {kind} of {len(value)}"
    return f"is {kind} of the shape {np.shape(value)}"

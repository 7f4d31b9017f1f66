"""What a wrong answer is, where no mistake is known by name: None, text, a list, or near."""

import re
import types

import numpy as np

from elves.course.guard import Failure, is_numbers, same

NEAR = 1e-3  # of the size: so close that something was rounded, or searched for
NOTHING = "Nothing comes back: "
A_METHOD = " Or do you return what a method such as reverse() or append() gives, which is None?"
SAID = (  # what Python says when it stops, and what that means
    (r"for \^:|bitwise_xor", "In Python ^ is no power: write ** for that."),
    (r"^None(,| came back)", f"{NOTHING}does each way through it end in a return?{A_METHOD}"),
    (r"^one text", "That is one text: return a list, one text for each line."),
    (r"^a list with what indent gives", "indent gives a list: unpack it with *."),
    (r"^a list with a list in it", "A list stands among the lines: unpack it with *, or extend in "
     "the place of append."),
    (r'can only concatenate list \(not "tuple"', "A tuple is no list: list(…) makes one of it."),
    (r"'(float|int)' object has no attribute '(ndim|shape)'", "A shared number has no .ndim and no "
     ".shape: np.ndim(a) and np.shape(a) work for all."),
    (r"NoneType", "Something there is None: an argument that was left out, such as axis=None, a "
     "name that holds nothing yet, or what a function without return gives."),
    (r"must be real number, not", "The functions of math take a plain number: give them the one "
     "that is in it."),
    (r"^NameError", "Python does not know that name: is it spelled right, and did its cell run?"),
    (r"truth value of an array", "An array of answers is no single yes or no: np.where decides "
     "for each entry, and .all() or .any() makes one of them."),
    (r"inhomogeneous shape", "NumPy makes no single array of arrays of different shapes: take one "
     "after the other."),
    (r"^UnboundLocalError", "On some way through it, that name has no value yet."),
    (r"object is not callable, in line", "What stands before these parentheses is no function: are "
     "there parentheses too many?"),
    (r"^TypeError: [\w.<>]+\(\) (takes|missing) .*positional argument", "A function gets another "
     "number of arguments than stand in its `def`."),
)  # fmt: skip


OF_KIND = {"c": " of complex numbers", "U": " of text", "O": " of Python objects"}


def a(value):
    """What a value is, in words.

    >>> a(None), a(2.0), a([1]), a(np.ones(2)), a(np.array([1j])), a(max)
    ('None', 'a number', 'a list', 'an array', 'an array of complex numbers', 'a function')
    """
    if value is None:
        return "None"
    if isinstance(value, (int, float, complex, np.number)):
        return "a complex number" if np.iscomplexobj(value) else "a number"
    if isinstance(value, np.ndarray):
        return "an array" + OF_KIND.get(value.dtype.kind, "")
    if words := getattr(type(value), "WORDS", ""):  # a class of a check's own
        return words
    known = {"str": "text", "function": "a function", "builtin_function_or_method": "a function"}
    name = type(value).__name__
    return known.get(name, f"{'an' if name[0] in 'aeiou' else 'a'} {name}")


def by_kind(got, want, printed=""):
    """A sentence about what came in the place of what was asked; None where there is none."""
    nothing = got is None or (isinstance(got, Failure) and got.kind == "nothing")
    if isinstance(got, Failure) and not nothing:
        return next((said for found, said in SAID if re.search(found, str(got))), None)
    if nothing:
        if printed:
            return "print shows a value, and hands nothing back: that is what return does."
        return f"{NOTHING}does each way through your function end in a return?{A_METHOD}"
    if isinstance(got, types.GeneratorType):
        return (
            "That is a generator, which has computed nothing yet: tuple(…) or list(…) lets it "
            "run, and in the place of yield, return gives all at once."
        )
    if callable(got) and not callable(want):
        return f"That is {a(got)}, not its result: call it."
    if isinstance(want, (list, tuple)) and only_arrays(want):
        return by_part(got, want)
    if means := getattr(got, "means", None):  # what a check found out itself
        return means
    if getattr(type(got), "WORDS", "") is None:  # its digits are all that is wrong with it
        return None
    if is_numbers(want) and (not is_numbers(got) or getattr(type(got), "WORDS", "")):
        return f"That is {a(got)}; asked {of_shape(want)}."
    if is_numbers(want) and np.shape(got) != np.shape(want):
        return f"That {of_shape(got)}; asked {of_shape(want)}."
    if is_numbers(want) and same(got, want, NEAR):
        return (
            "That is close, but not it: was it rounded, or found by a search, or by a step of "
            "your own choice?"
        )
    return None


def only_arrays(parts):
    """Whether there are arrays and, beside them, at most places for None."""
    known = [isinstance(part, np.ndarray) or part is None for part in parts]
    return all(known) and any(part is not None for part in parts)


PLACES = "first", "second", "third", "fourth"


def by_part(got, want):
    """A sentence about one of several arrays, where each may have a shape of its own.

    >>> by_part([1.0, np.ones(2)], [np.ones(3), np.ones(2)])
    'The first one of the 2 is one number; asked is an array of 3.'
    """
    if not isinstance(got, (list, tuple)) or len(got) != len(want):
        some = f"{len(got)} of them" if isinstance(got, (list, tuple)) else a(got)
        asked = f"are {len(want)} arrays" if len(want) > 1 else "is 1 array"
        return f"That is {some}; asked {asked}."
    for place, mine, right in zip(PLACES, got, want, strict=False):
        said = by_kind(mine, right)
        if said and said.startswith("That is") and "; asked" in said:
            which = f"The {place} one of the {len(want)}" if len(want) > 1 else "What is in it"
            return said.replace("That", which, 1)
    return None


def of_shape(value):
    """What numbers there are, for a sentence."""
    if np.shape(value) == ():
        return "is one number"
    kind = "an array" if isinstance(value, np.ndarray) else a(value)
    if np.ndim(value) == 1:
        return f"is {kind} of {len(value)}"
    return f"is {kind} of the shape {np.shape(value)}"

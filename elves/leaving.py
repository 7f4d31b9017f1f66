"""What a value answers when it is asked to leave its engine: as a number, an array, text or bytes.

What came back would be a plain number, with a slope of 0 that nobody wanted. So nothing gets out
but text to look at, and a number in it bears a sign that no ``float()`` reads: ``≈1.30``.

One way out is left: whoever cuts the digits out of a longer text, or by a regular expression, has
plain digits, as in ``float(re.findall(r"[0-9.]+", f"{x:.4f}")[0])``, and of these nobody knows.
"""

import ast
import collections
import contextlib
import contextvars
import dis
import itertools
import linecache
import os
import re
import sys

import numpy as np

from elves.errors import (
    ADVICE,
    HOME,
    INSTALLED,
    LIBRARY,
    NO_DIGITS,
    OUTSIDE,
    ConversionError,
    MutationError,
    is_library,
)

NOTHING = None, None
ABSTRACT = {"<frozen abc>", *(os.path.join(path, "abc.py") for path in LIBRARY)}
TOLD = None, "numpy"  # people's own packages, and NumPy
INSIDE = (HOME, *(os.path.join(path, "json") for path in LIBRARY))
INSIDE += (os.path.join(os.path.dirname(np.__file__), "matrixlib"),)
CALLS = os.path.join(os.path.dirname(__file__), "calls.py")  # which calls the user's function
LATEST = contextvars.ContextVar("LATEST", default=NOTHING)  # where we refused, and how
SHOWN = collections.deque(maxlen=20)  # the latest texts of values
BUILD = "build the array with np.stack, np.concatenate or np.pad instead of assigning into it"
FOLLOWED = f"{BUILD}, or try the engine `source`, which follows assignments such as this"
PLAIN = r"leave \1() out, since x itself is a number that NumPy takes"
FILLED = r"\.(fill|put|itemset|__setitem__)\("
DIAGONAL = ADVICE["np.fill_diagonal"]
NESTED = "use np.stack([np.stack([x, y]), np.stack([z, w])]) for lists in a list"
SCIPY = "write it with NumPy's functions, since this one of SciPy takes plain numbers only"
# What stands in the user's line ("=" is an assignment), and what to write instead.
NUMBER = {
    r"^\w+\[[^\]]*\] =$": FOLLOWED,
    r"=$": BUILD,
    r"^math\.pow\b": "use x**y instead of math.pow(x, y)",
    r"^math\.log\(.*,": f"{ADVICE['math.log']} instead of math.log(x, b)",
    **{rf"^{k}\(": way for k, way in ADVICE.items() if k[:5] == "math." and k != "math.log"},
    r"^(?:\w+\()*c?math\.(?!frexp|[a-z]*int|modf)(\w+)": r"use np.\1 instead of math.\1",
    r"^['\"].*%": "print with f'{x:.2f}' instead of '%.2f' % x",
    FILLED: BUILD,
    "fill_diagonal": DIAGONAL,
    "fromiter": ADVICE["np.fromiter"],
    r"^complex\(": "use two real numbers, one for each part of a complex number",
    r"^(float|np\.(?:float\w*|double|single|longdouble))\(": PLAIN,
    r" <scipy \S+>$": SCIPY,
    r"pack|c_|^array|Random|random": OUTSIDE,
}
ENTRY = r"([^()]|\([^()]*\))*"
ARRAY = {
    r"^\w+\[[^\]]*\] =$": FOLLOWED,
    r"=$": BUILD,
    r"^np\.(r|c)_": "use np.concatenate instead of np.r_, and np.stack([x, y], -1) "
    "instead of np.c_",
    r" \[\]$": "use elves.rules.pick(table, i) instead of table[i]",
    FILLED: BUILD,
    "fill_diagonal": DIAGONAL,
    r"(concatenate|[a-z_]+stack|block)\(\s*[\[(]\s*[\[(]": "make an array of each inner list "
    "first, with np.stack([x, y])",
    r"((^|\W)stack|array)\(\s*[\[(]\s*[\[(]|\(\s*\[\s*[\[(]": NESTED,
    r"^(np\.(?:float\w*|double|single|longdouble))\(": PLAIN,
    r"^np\.stack\(": NESTED,
    r"ndmin": "use np.reshape, which gives an array more axes",
    r"^np\.(as\w*array|array)\(\W*\w+\W*(dtype|np\.|float)": "use x.astype(dtype)",
    r"\.searchsorted\(": "use np.searchsorted(a, x) instead of a.searchsorted(x)",
    r"nditer|ndenumerate": "loop over np.ravel(x), and over np.ndindex(x.shape) for the places",
    r"\bma\.": "use np.where instead of a masked array",
    r"assert_\w+\(": OUTSIDE,
    r"^np\.arange": ADVICE["np.arange"],
    r"as_strided": ADVICE["np.lib.stride_tricks.as_strided"],
    r"(?<!^np)\.dot\(|\.__r?matmul__": "use A @ x instead of A.dot(x)",
    r"^np\.((as)?array|fromiter|asany\w+)\(\W*[\[(]|^np\.fromiter": "use np.stack([x, y]) instead "
    "of np.array([x, y])",
    r"^np\.(as\w*array\w*|array|require)\(": "use x itself, if it is an array, or x.copy(), and "
    "np.stack(x) if it is a list",
    r"^np\.full\(": "use x * np.ones(shape) instead of np.full(shape, x)",
    r" <scipy (logsumexp|(?:log_)?softmax)>$": r"use elves.rules.\1 instead of SciPy's",
    r" <scipy \S+>$": SCIPY,
    r"random|rng|normal|uniform": "draw random numbers outside, as an argument",
    rf"[(,]\s*\[|\(\({ENTRY},{ENTRY}\)[,)]": "make an array of the list first, with "
    "np.stack([x, y])",
    r"save|dump|write": OUTSIDE,
}
ELSE = "write it with operators and other NumPy functions, which follow a value"


def written(depth):
    """Where the user's program is now, and what it does there: the text, "" if unknown.

    " =" after it means that it is assigned to, " []" that it is read by an index, and
    " <scipy softmax>" that this function of SciPy runs there.
    """
    frame, scipy = sys._getframe(depth), ""
    while is_library(frame.f_code.co_filename):
        ours = frame.f_code.co_filename == CALLS and frame.f_code.co_name == "call"
        if ours or not frame.f_back:
            return None, ""
        if "scipy" in frame.f_code.co_filename:
            scipy = f" <scipy {frame.f_code.co_name}>"
        frame = frame.f_back
    code, at = frame.f_code, frame.f_lasti
    line, last, start, end = next(itertools.islice(code.co_positions(), at // 2, None))
    name = code.co_filename
    lines = [linecache.getline(name, n, frame.f_globals) for n in range(line, (last or line) + 1)]
    if None in (start, end) or not lines[-1]:
        return (name, line), ""
    lines[-1] = lines[-1].encode()[:end].decode()
    text = " ".join("".join([lines[0].encode()[start:].decode(), *lines[1:]]).split())
    if dis.opname[code.co_code[at]].startswith("STORE"):
        return (name, line), f"{text} ="
    if scipy:
        return (name, line), text + scipy
    with contextlib.suppress(SyntaxError):
        text += " []" * isinstance(ast.parse(text, mode="eval").body, ast.Subscript)
    return (name, line), text


def wrote(name, depth=3):
    """What the user wrote where he is now, or the name of a function where nobody can see it."""
    text = re.sub(r"( =| \[\]| <scipy \S+>)$", "", written(depth)[1])
    return (text if len(text) <= 40 else f"{text[:39]}…") or name


def in_place_of_that():
    """What to write instead of an in-place operator, on an array or on a part of one."""
    part = re.match(r"[\w.]+\[(.*?)\]( *[^ =]+)= ", written(2)[1])
    if part is None:
        return "write y = y + x instead of y += x"
    entry = "write y[i] = y[i] + x if y is a list, or else "
    return ("" if ":" in part[1] or "," in part[1] else entry) + FOLLOWED


DECIDED = {  # what asks for a decision that is no branch, and what to write instead
    r" <scipy \S+>$": (SCIPY, False),
    r"^bool\(": ("leave bool() out", False),
    r"^(max|min)\(": (r"use np.\1imum(x, y) or np.where, or np.\1 of an array", True),
    r"^sorted\(": ("use np.sort, or np.where for two numbers", True),
}


def undecided(engine="", otherwise="write the branch as np.where"):
    """What to do about a decision by a value that has no number."""
    text = written(2)[1]
    for pattern, (way, goes) in DECIDED.items():
        if match := re.search(pattern, text):
            return match.expand(way) + engine * goes
    return otherwise + engine


SHOWS = re.compile(r"\b(print|log\w*|debug|info|warn\w*|raise|assert)\b")


def is_shown():
    """Whether the user's line, or the call around it that is not closed yet, only shows a text."""
    if sys._getframe(2).f_code.co_name == "__repr__":  # of a value that this one is a part of
        return True
    (name, last), text = written(3)[0] or ("", 0), ""
    for n in range(last, max(last - 10, 0), -1):
        line = linecache.getline(name, n)
        text = line + text if n < last else ""
        if SHOWS.search(line) and (n == last or text.count("(") > text.count(")")):
            return True
    return False


def refuse(value, into, advice, unknown, otherwise=ELSE):
    """Raise the sentence about what the user wrote; `unknown` is for where nobody can see it."""
    place, text = written(3)
    found = ((re.search(pattern, text), way) for pattern, way in advice.items())
    way = next((match.expand(way) for match, way in found if match), otherwise)
    way = way if text else unknown
    text, mark = re.fullmatch(r"(.*?)( =| \[\]| <scipy \S+>)?", text).groups()
    text = text if len(text) <= 40 else f"{text[:39]}…"
    by = f" by {text}" + " = …" * (mark == " =") if text else ""
    sentence = f"This {type(value).__name__} was forced {into}{by}, {value.lost}: {way}."
    LATEST.set((place, sentence))
    raise ConversionError(sentence)


class Text(str):
    """What a value prints as; `bare` is what NumPy would print, None if that is not known."""

    __slots__ = ("bare",)

    def __new__(cls, words, bare):
        text = super().__new__(cls, words)
        text.bare = bare
        return text

    def _refuse(self, *args):
        raise ConversionError(READ_BACK.format(self))

    __float__ = __int__ = __complex__ = _refuse

    def __eq__(self, other):
        return str(self.bare if self.bare is not None else self._refuse()) == other

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash(self.bare if self.bare is not None else self._refuse())


def _of_bare(name):
    """A method of a text, of what NumPy would have printed."""

    def method(self, *args, **kwargs):
        unknown = self.bare is None
        words = str(self if unknown else self.bare)
        found = getattr(words, name)(*args, **kwargs)
        decides = isinstance(found, int) and name != "__len__"
        return self._refuse() if unknown and decides else marked(found, unknown)

    return method


def marked(found, unknown):
    """What a method has found in a text, with the sign that no ``float()`` reads."""
    if isinstance(found, (list, tuple)):
        return type(found)(marked(part, unknown) for part in found)
    if isinstance(found, str):
        return Text(found, None) if unknown else Text(f"≈{found}", found)
    return found


for _name in (
    "isalnum", "isalpha", "isdecimal", "isdigit", "isnumeric", "isspace", "startswith", "endswith",
    "count", "find", "index", "rfind", "rindex", "split", "rsplit", "splitlines", "partition",
    "rpartition", "strip", "lstrip", "rstrip", "removeprefix", "removesuffix", "replace",
    "translate", "__getitem__", "__contains__", "__len__", "__lt__", "__le__", "__gt__", "__ge__",
):  # fmt: skip
    setattr(Text, _name, _of_bare(_name))
Text.__iter__ = lambda self: (self[k] for k in range(len(self)))


READ_BACK = (
    "The text {!r:.40} was printed from a value inside a derivative, and a number read back from "
    "it, or a decision by it, would lose that: compute with the value itself."
)


class Unasked(type):
    """Of no use to `Iterable` and its like, which ask classes for methods that one number lacks."""

    @property
    def __mro__(cls):
        return () if sys._getframe(1).f_code.co_name == "_check_methods" else cls.mro()


class Stays(metaclass=Unasked):
    """The part of a `Value` that keeps it in its engine."""

    __slots__ = ()

    @property
    def __class__(self):
        """What `isinstance` asks: to a program that is followed, the type that this stands for."""
        frame = sys._getframe(1)
        while frame.f_code.co_filename in ABSTRACT:
            frame = frame.f_back
        name = frame.f_code.co_filename
        if name.startswith(INSIDE) or ((by := INSTALLED.search(name)) and by[1] not in TOLD):
            return type(self)  # to libraries, which tell our types, or take them for their own
        if getattr(self, "array", False) or self.ndim:
            return np.ndarray
        return self.of_one

    @property
    def of_one(self):
        """The type of the single number that this stands for."""
        try:
            plain = self.plain
        except ConversionError:  # it has no number yet
            return np.float64
        return plain.of_one if isinstance(plain, Stays) else type(plain)

    lost = "which would lose its derivative"
    counting = "x.astype(int) where it counts or indexes"

    def __array__(self, *args, **kwargs):
        unknown = (
            "use np.stack([x, y]) instead of np.array([x, y]), A @ x instead of A.dot(x), "
            "elves.rules.pick(table, i) instead of table[i], and draw random numbers outside, as "
            "an argument"
        )
        refuse(self, "into a plain array", ARRAY, unknown)

    def __float__(self):
        unknown = (
            "use np.sin instead of math.sin, no float(x), and np.stack instead of assigning it "
            "into a plain array"
        )
        refuse(self, "to a plain number", NUMBER, unknown)

    def __int__(self, *args):
        ways = {
            r"^int\(": f"use np.trunc(x) instead of int(x), and {self.counting}",
            r"^round\(": "use np.rint(x) instead of round(x), or np.round",
            r"^math\.(trunc|floor|ceil)": r"use np.\1(x) instead of math.\1(x)",
            r"^np\.bincount": "use elves.rules.scatter(w, (n,), k), with weights w for n counts",
        }
        unknown = f"use np.trunc(x) instead of int(x), and {self.counting}"
        refuse(self, "to a whole number", ways, unknown, f"use {self.counting}")

    __complex__ = __float__
    __index__ = __trunc__ = __floor__ = __ceil__ = __round__ = __int__

    def __reduce_ex__(self, *args):
        raise ConversionError(
            f"A {type(self).__name__} cannot be pickled, which would lose its derivative: {OUTSIDE}"
            "."
        )

    def __bytes__(self):
        raise ConversionError(f"A {type(self).__name__} has no bytes to give: {OUTSIDE}.")

    def __setitem__(self, *args):
        raise MutationError(
            "Assignment into an array that is being differentiated would overwrite a value that "
            "the derivative needs: build it with np.where, np.concatenate or np.stack."
        )

    __delitem__ = __setitem__

    def __copy__(self, *memo):
        return self  # nobody can change it

    __deepcopy__ = __copy__

    def __str__(self):
        SHOWN.append(repr(self))
        try:
            plain = str(self.plain)
        except ConversionError as error:  # it has no number yet
            if str(error) == NO_DIGITS:
                raise
            return Text(SHOWN[-1], None)
        return Text(SHOWN[-1], getattr(plain, "bare", plain))

    def __format__(self, spec):
        if not spec:
            return str(self)
        try:
            words = format(self.plain, spec)
        except ConversionError as error:  # it has no number yet
            if str(error) == NO_DIGITS:
                raise
            SHOWN.append(repr(self))
            return Text(SHOWN[-1], None)
        if type(words) is Text:  # from an engine further out
            return words
        left = len(words) - len(words.lstrip())
        return Text(f"{words[: max(left - 1, 0)]}≈{words[left:]}", words)

"""Every complaint of the package: one sentence that names the function and the way out."""

import contextlib
import functools
import inspect
import io
import os
import re
import sys
import traceback
import types

import numpy as np

_HOME = os.path.join(os.path.dirname(__file__), "")
OTHERS = (_HOME, os.path.dirname(os.__file__), "<frozen")  # than the user's own functions
_CELL = re.compile(r"ipykernel|^<ipython-input")


class ElfError(Exception):
    """What all the exceptions of this package have in common: each one is one line."""

    def __str__(self):
        return " ".join(super().__str__().split())

    def _render_traceback_(self):
        return shortened(self)


class InputError(ElfError, ValueError):
    """An argument of the wrong type, shape or range."""


class NoRuleError(ElfError, NotImplementedError):
    """A NumPy function that has no row in the table of rules."""


class NoMethodError(NoRuleError, AttributeError):
    """A method of arrays that has no derivative rule."""


class ConversionError(ElfError, TypeError):
    """An engine's value was forced to a plain number or array, which loses the derivative."""


class MutationError(ElfError, TypeError):
    """Assignment into an array that is being differentiated."""


class GraphError(ElfError, RuntimeError):
    """The tape cannot be walked: it was freed, or it was never recorded."""


class ExpressionError(ElfError, ValueError):
    """A text that is not a differentiable expression in x."""


class MissingError(ElfError, ImportError):
    """A system that is not installed here; `why` is missing, broken or no release."""

    why = "missing"


class SourceError(ElfError, NotImplementedError):
    """A function whose source cannot be read or transformed."""


# ------------------------------------------------------------ what a notebook shows


def shortened(error):
    """The user's own lines, where he called us and where it went wrong, and what was wrong."""
    own = [f for f in traceback.extract_tb(error.__traceback__) if is_users(f.filename)]
    lines = [
        f"in line {f.lineno} of {place(f.filename, own[0].filename)}: {f.line}"
        for f in own[:1] + own[-1:]
    ]
    return [*dict.fromkeys(lines), told(error)]


def is_users(filename):
    """Whether a file is neither ours nor of a library, nor source that we have written."""
    library = filename.startswith(OTHERS) or re.search("(site|dist)-packages", filename)
    return not library and (not filename.startswith("<") or bool(_CELL.search(filename)))


def place(filename, running):
    if not _CELL.search(filename):
        return os.path.basename(filename)
    return "the cell" if filename == running else "an earlier cell"


def told(error):
    """The last line of a traceback, with Python's own "Did you mean"."""
    if isinstance(error, ElfError):
        return f"{type(error).__name__}: {error}"
    last = traceback.TracebackException(type(error), error, error.__traceback__, compact=True)
    words = "".join(last.format_exception_only()).strip()
    if sys.version_info >= (3, 12):
        return words
    with contextlib.redirect_stderr(io.StringIO()) as shown:  # only this has the hints in 3.11
        sys.__excepthook__(type(error), error, error.__traceback__)
    hint = re.search(r"[.] Did you mean: '\w+'[?]$", shown.getvalue().strip())
    return words + hint[0] if hint and not words.endswith(hint[0]) else words


def shorten():
    """Let IPython tell an error that came through our files as briefly as our own; %tb tells all.

    In scripts, and where somebody else takes care of errors, everything stays as it is.
    """
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if not shell or shell.custom_exceptions:
        return

    def show(shell, kind, error, trace, tb_offset=None):
        ours = any(f.filename.startswith(_HOME) for f in traceback.extract_tb(trace))
        if ours and not hasattr(error, "_render_traceback_"):
            error._render_traceback_ = functools.partial(shortened, error)
        try:
            shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
        finally:
            vars(error).pop("_render_traceback_", None)

    shell.set_custom_exc((Exception,), show)


# ------------------------------------------------------------ wrong calls

BITS = {  # what people write for something else, by the names of Python and of NumPy
    "^": ("bitwise_xor", "write ** for a power"),
    "&": ("bitwise_and", "put each comparison in parentheses, as in (x > 1) & (x < 2)"),
    "|": ("bitwise_or", "put each comparison in parentheses, as in (x < 1) | (x > 2)"),
    "~": ("invert", "write -x, or np.logical_not(x > 1) for what does not hold"),
}


def of_bits(error):
    """The sentence for who used an operator of bits on floats; None for other errors."""
    for sign, (name, way) in BITS.items():
        python = re.search(rf"for (unary )?\{sign}=?: .*'float'", str(error))
        if python or str(error).startswith(f"ufunc '{name}' not supported"):
            return f"{sign} works on bits, which floats do not have: {way}."
    return None


def answering(title):
    """Let a function answer a wrong call with one sentence.

    What goes wrong inside of a function of the user's own stays as it is.
    """

    def decorate(function):
        full = inspect.signature(function)
        words = inspect.Signature([p for p in full.parameters.values() if p.name != "self"])

        def run(*args, **kwargs):
            try:
                full.bind(*args, **kwargs)
                with np.errstate(all="ignore"):  # inf and nan are shown, and need no warning
                    return function(*args, **kwargs)
            except ElfError:
                raise
            except Exception as error:
                files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
                if not all(name.startswith(OTHERS) or "site-packages" in name for name in files):
                    raise  # in the user's own function
                if sys._getframe(2).f_code.co_filename.startswith(_HOME):
                    raise  # who was called from outside answers
                why = str(error).rstrip(".") or type(error).__name__
                raise InputError(f"{title}{words} does not take that: {why}.") from error

        call = lambda *args, **kwargs: run(*args, **kwargs)  # noqa: E731
        # with the names of its own module, where doctest looks for it
        call = types.FunctionType(call.__code__, function.__globals__, closure=call.__closure__)
        return functools.wraps(function)(call)

    return decorate


# What to write in the place of a NumPy function that has no row.
MATRIX_OF = (
    "its matrix is F = {0}(np.eye(n)), so go on with the real arrays x @ F.real and x @ F.imag"
)
ADVICE = {
    "np.apply_along_axis": "use np.stack([f(row) for row in x]), or elves.vmap(f)(x)",
    "np.choose": "use np.select([k == 0, k == 1], [x, y])",
    "np.fromiter": "use np.stack(list(values))",
    "np.frexp": "divide by a plain power of 2",
    "np.geomspace": "write np.exp(np.linspace(np.log(a), np.log(b), n))",
    "np.logspace": "write 10.0 ** np.linspace(a, b, n)",
    "np.histogram": "its counts are flat, and a weighted one is np.bincount(bins, weights)",
    "np.i0": "use scipy.special.i0",
    "np.intersect1d": "use np.unique and np.isin",
    "np.setdiff1d": "use np.unique and np.isin",
    "np.setxor1d": "use np.unique and np.isin",
    "np.union1d": "use np.unique(np.concatenate([x, y]))",
    "np.nextafter": "add a plain small number",
    "np.poly": "multiply the factors by np.convolve",
    "np.polyadd": "add arrays of one length",
    "np.polysub": "subtract arrays of one length",
    "np.polymul": "use np.convolve(p, q)",
    "np.polyder": "write p[:-1] * np.arange(len(p) - 1, 0, -1)",
    "np.polyint": "write np.append(p / np.arange(len(p), 0, -1), 0.0)",
    "np.polydiv": "divide in a loop over the coefficients",
    "np.polyfit": "use np.linalg.lstsq(np.stack([x**k for k in range(n, -1, -1)], -1), y)[0]",
    "np.roots": "use np.linalg.eigvals(np.vstack([-p[1:] / p[0], np.eye(len(p) - 2, len(p) - 1)]))",
    "np.vander": "write np.stack([x**k for k in range(n - 1, -1, -1)], -1)",
    "np.trim_zeros": "cut it with an index",
    "np.unwrap": "take k = np.unwrap(y) - y from plain numbers y, and write x + k",
    "np.linalg.tensorinv": "reshape to a matrix and use np.linalg.inv",
    "np.linalg.tensorsolve": "reshape to a matrix and a vector and use np.linalg.solve",
}
ADVICE |= {f"np.unique_{k}": "use np.unique" for k in ("all", "counts", "inverse", "values")}
ADVICE |= {f"np.{k}_indices_from": f"use np.{k}_indices(len(x))" for k in ("diag", "tril", "triu")}
IN_PLACE = "copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask"
ADVICE |= {
    f"np.{name}": "it changes its array in place, so build a new one with np.where or np.stack"
    for name in IN_PLACE
}
FOURIER = "fft", "ifft", "rfft", "irfft", "hfft", "ihfft"
ADVICE |= {f"np.fft.{name}": MATRIX_OF.format(f"np.fft.{name}") for name in FOURIER}
ADVICE |= {
    f"np.fft.{name}{n}": MATRIX_OF.format(f"np.fft.{name}") + ", one axis after the other"
    for name in FOURIER[:4]
    for n in ("2", "n")
}
ADVICE |= {
    "full_matrices": "np.linalg.svd with full_matrices=True adds vectors that are not unique and "
    "have no derivative: give it full_matrices=False.",
    "spacing": "np.gradient has a derivative rule for even spacing and edge_order=1: give numbers.",
    "order": "A function of scipy.special has no derivative rule by its order or shape parameter: "
    "differentiate by its last argument only.",
    "complex eigenvalues": "np.linalg.eig found complex eigenvalues, which no engine follows: use "
    "np.trace and np.linalg.det, their sum and their product, or np.linalg.svdvals.",
    "mode": "np.linalg.qr with this mode gives what is not unique and has no derivative: give it "
    "mode='reduced' or mode='r'.",
}

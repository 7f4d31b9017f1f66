"""Every complaint of the package: one sentence that names the function and the way out."""

import contextlib
import contextvars
import functools
import inspect
import io
import os
import re
import sys
import traceback
import types

import numpy as np

HOME = os.path.join(os.path.dirname(__file__), "")
LIBRARY = {os.path.dirname(module.__file__) for module in (os, inspect)}  # two, in a browser
OTHERS = (HOME, *LIBRARY, "<frozen")  # than the user's own functions
LIBRARIES = (
    "IPython|_?pytest|autograd|chainerx?|cupy|dask|distributed|hypothesis|ipykernel|ipywidgets|jax"
    "|jaxlib|joblib|keras|llvmlite|matplotlib|mpmath|nbclient|numba|numpy|pandas|pluggy|scipy"
    "|sklearn|sympy|tangent|tensorflow|torch|traitlets|wrapt"
)
INSTALLED = re.compile(rf"[\\/](?:site|dist)-packages[\\/](?:({LIBRARIES})\b)?")
_CELL = re.compile(r"ipykernel|^<ipython-input")


SAID = contextvars.ContextVar("SAID", default=None)  # while a user's function runs: our errors


class ElfError(Exception):
    """What all the exceptions of this package have in common: each one is one line."""

    def __init__(self, *args, **words):
        super().__init__(*args, **words)
        if (said := SAID.get()) is not None:
            said[:] = [e for e in said[:-9] if e.swallowed()] + [*said[-9:], self]

    def swallowed(self):
        """Has it been caught by somebody else's code, which went on without what it asked for?"""
        trace = self.__traceback__  # it begins where it was caught
        home = trace is None or trace.tb_frame.f_code.co_filename.startswith(HOME)
        return not home and not isinstance(self, SourceError)  # which is about a text alone

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


def missing(error, words):
    """The error for an import that failed: `words`, unless it says itself what to do."""
    return error if isinstance(error, MissingError) else MissingError(words)


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


@functools.lru_cache(1024)
def is_users(filename):
    """Whether a file is neither ours nor of a library, nor source that we have written."""
    return not is_library(filename) and (
        not filename.startswith("<") or bool(_CELL.search(filename))
    )


def is_library(filename):
    """Whether a file is ours, Python's, or of a library by name: people install their own, too."""
    if (installed := INSTALLED.search(filename)) and not filename.startswith(HOME):
        return bool(installed[1])
    return filename.startswith(OTHERS)


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
        ours = any(f.filename.startswith(HOME) for f in traceback.extract_tb(trace))
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
                if not all(name.startswith(OTHERS) or INSTALLED.search(name) for name in files):
                    raise  # in the user's own function
                if sys._getframe(2).f_code.co_filename.startswith(HOME):
                    raise  # who was called from outside answers
                why = str(error).rstrip(".") or type(error).__name__
                raise InputError(f"{title}{words} does not take that: {why}.") from error

        call = lambda *args, **kwargs: run(*args, **kwargs)  # noqa: E731
        # with the names of its own module, where doctest looks for it
        call = types.FunctionType(call.__code__, function.__globals__, closure=call.__closure__)
        return functools.wraps(function)(call)

    return decorate


NO_DIGITS = (
    "A traced value has no digits yet for a text, such as a key or a name: name the argument in "
    "static_argnums, or let Python's own range count; print(x) shows its type."
)
NOT_COMPILED = (
    "What source wrote for {0} asks for numbers that are not there while it is traced: leave out "
    "jit, or, if {0} has `if` and loops alone, take elves.tracing.jit(elves.tracing.grad({0}))."
)
# What to write in the place of a NumPy function that has no row.
MATRIX_OF = (
    "its matrix is F = {0}(np.eye(n)), so go on with the real arrays x @ F.real and x @ F.imag"
)
ADVICE = {
    "np.apply_along_axis": "use np.stack([f(row) for row in x]), or elves.vmap(f)(x)",
    "np.arange": "write a + step * np.arange(n), with a plain number n",
    "np.full": "use x * np.ones(shape)",
    "np.empty_like": "use np.zeros_like, or rather what NumPy's functions return instead of out=",
    "np.ldexp": "write x * 2.0**n",
    "np.choose": "use np.select([k == 0, k == 1], [x, y])",
    "np.fromiter": "use np.stack(list(values))",
    "np.frexp": "divide by a plain power of 2",
    "np.geomspace": "write np.exp(np.linspace(np.log(a), np.log(b), n))",
    "np.logspace": "write 10.0 ** np.linspace(a, b, n)",
    "np.histogram": "use np.bincount(np.digitize(x, edges), weights)",
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
ADVICE |= {
    "np.lib.stride_tricks.sliding_window_view": "use np.stack([x[i : i + n] for i in range(m)])",
    "np.lib.stride_tricks.as_strided": "build it with an index, as in x[places]",
    "math.dist": "use np.linalg.norm(x - y)",
    "math.fsum": "use sum(x)",
    "math.gamma": "use scipy.special.gamma(x)",
    "math.lgamma": "use scipy.special.gammaln(x)",
    "math.erf": "use scipy.special.erf(x)",
    "math.erfc": "use scipy.special.erfc(x)",
    "math.log": "use np.log(x) / np.log(b) for a base b",
    "np.ufunc.clip": "use np.clip(a, low, high) instead of a.clip(low, high)",
    "x.sort": "write np.sort(x), which leaves x as it is",
    "x.partition": "write np.sort(x), which leaves x as it is",
    "x.fill": "write v * np.ones(x.shape) instead of x.fill(v)",
    "x.resize": "write np.resize(x, shape), which leaves x as it is",
    "x.view": "use x itself, or x.astype",
}
ADVICE |= {f"np.unique_{k}": "use np.unique" for k in ("all", "counts", "inverse", "values")}
ADVICE |= {f"np.{k}_indices_from": f"use np.{k}_indices(len(x))" for k in ("diag", "tril", "triu")}
OUTSIDE = "do this outside of the derivative, with what comes out of it"
ADVICE |= {f"np.{name}": OUTSIDE for name in ("save", "savetxt", "savez", "savez_compressed")}
ADVICE |= {f"x.{name}": OUTSIDE for name in ("tobytes", "tofile", "dump", "dumps")}
IN_PLACE = {  # what changes its array, and the new array instead
    "copyto": "x + np.zeros(shape) for np.copyto(a, x) and for np.full_like(a, x)",
    "fill_diagonal": "np.where(np.eye(n) == 1, x, a) for np.fill_diagonal(a, x)",
    "place": "np.where(mask, x, a), or a + elves.rules.scatter(x, a.shape, mask) where a is 0",
    "put": "np.where(np.arange(n) == i, x, a) for np.put(a, i, x)",
    "put_along_axis": "np.where(places == i, x, a), where np.indices(a.shape) gives the places",
    "putmask": "np.where(mask, x, a) for np.putmask(a, mask, x)",
}
ADVICE |= {f"np.{k}": f"it changes its array, so write {way}" for k, way in IN_PLACE.items()}
ADVICE["x.put"] = ADVICE["np.put"]
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
    "spacing": "np.gradient has a derivative rule for even spacing and edge_order=1: for others "
    "use D @ f, with the plain matrix D = np.gradient(np.eye(n), x, axis=0).",
    "ord": "np.linalg.norm of a matrix with ord={!r} has no derivative rule: use 'fro', 'nuc', 1, "
    "-1, 2, -2, np.inf or -np.inf.",
    "order": "A function of scipy.special has no derivative rule by its order or shape parameter: "
    "differentiate by its last argument only.",
    "complex eigenvalues": "np.linalg.eig found complex eigenvalues, which no engine follows: use "
    "np.trace and np.linalg.det, their sum and their product, or np.linalg.svdvals.",
    "mode": "np.linalg.qr with this mode gives what is not unique and has no derivative: give it "
    "mode='reduced' or mode='r'.",
}
# What to do about an option that a row does not have; for all others OPTION.
SAME_WITHOUT = "leave it out, since the result is the same without it"
ENDS = "build the two ends, and put them on by np.concatenate"
OPTION = "the result without it is another, so write what it does with other functions"
OPTIONS = dict.fromkeys(
    ("casting", "copy", "hermitian", "overwrite_input", "subok", "kind", "stable"), SAME_WITHOUT
) | {
    "append": "put it on first, by np.concatenate",
    "correction": "write ddof= instead",
    "dtype": "leave it out, and give the arrays their dtype by x.astype",
    "end_values": ENDS,
    "initial": "join it with the result, as in np.maximum(np.max(x), a) or np.sum(x) + a",
    "mean": "write the mean of the squares, as in np.mean((x - m) ** 2)",
    "method": "take the entries that this method asks for from np.sort(x), by their places",
    "order": "transpose before and after, as in np.reshape(x.T, shape[::-1]).T or np.ravel(x.T)",
    "out": "write np.log(x) / np.log(b) for a base b, and x**n % m for pow(x, n, m)",
    "period": "write np.interp(x % p, np.concatenate([xp[-1:] - p, xp, xp[:1] + p]), "
    "np.concatenate([fp[-1:], fp, fp[:1]])), for xp in order and within one period p",
    "prepend": "put it on first, by np.concatenate",
    "rcond": "take u, s, v = np.linalg.svd(a, full_matrices=False) without the small s, of which "
    "(v.T / s) @ u.T is the inverse",
    "returned": "leave it out, and add the weights up with np.sum",
    "stat_length": ENDS,
    "upper": "leave it out, and transpose the result, as in np.linalg.cholesky(a).T",
    "where": "use np.where, as in np.sum(np.where(mask, x, 0.0)) or np.where(mask, np.sin(x), y)",
}
# Of functions that got too few arguments.
FEW = {
    "np.where": "use np.nonzero(c) for the places where c holds, or np.where(c, x, y) for a choice"
}

"""How each row of the table is known: its meaning in SymPy or mpmath, or the arrays to try it on.

`python tests/proof.py` prints the table of talk/rules.md (`make rules` writes it there);
tests/test_proof.py does what the table says.
"""

import math
import operator
import sys

import mpmath as mp
import numpy as np
import scipy.special as special
import sympy as sp
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from elves import core, rules, trees
from elves.rules import special as special_rows
from samples import SAMPLES, TABLE, floats

# ------------------------------------------------------------ elementwise: SymPy's derivative
P, Q, U, N = (
    sp.Symbol("p", positive=True), sp.Symbol("q", positive=True), sp.Symbol("u", positive=True),
    sp.Symbol("n", integer=True),
)  # fmt: skip
EXACT = {  # what the table writes as a float
    math.log(2): sp.log(2), math.log(10): sp.log(10), math.pi: sp.pi, math.pi / 180: sp.pi / 180,
    180 / math.pi: 180 / sp.pi, special_rows.BELL: 2 / sp.sqrt(sp.pi),
    math.sqrt(2 * math.pi): sp.sqrt(2 * sp.pi),
}  # fmt: skip


class down(sp.Function):
    """Rounding down: without slope."""

    fdiff = lambda self, argindex=1: sp.Integer(0)  # noqa: E731
    eval = classmethod(lambda cls, x: sp.floor(x) if x.is_Number else None)


class cut(down):
    """Rounding towards 0: without slope."""

    eval = classmethod(lambda cls, x: sp.sign(x) * sp.floor(abs(x)) if x.is_Number else None)


def one_if(condition):
    return sp.Piecewise((1, condition), (0, True))


def normal(x):
    return (1 + sp.erf(x / sp.sqrt(2))) / 2


def log_beta(a, b):
    return sp.loggamma(a) + sp.loggamma(b) - sp.loggamma(a + b)


# What each function is in SymPy. Partials are run with these meanings.
MEANING = {
    special.beta: lambda a, b: sp.gamma(a) * sp.gamma(b) / sp.gamma(a + b),
    np.add: operator.add, np.subtract: operator.sub, np.multiply: operator.mul,
    np.true_divide: operator.truediv, np.negative: operator.neg, np.positive: lambda x: x,
    np.reciprocal: lambda x: 1 / x, np.square: lambda x: x**2, np.sqrt: sp.sqrt,
    np.cbrt: lambda x: sp.sign(x) * sp.Abs(x) ** sp.Rational(1, 3),
    np.power: lambda a, b: a**b, np.float_power: lambda a, b: a**b,
    np.fmod: lambda a, b: a - b * cut(a / b),
    np.remainder: lambda a, b: a - b * down(a / b),
    np.deg2rad: lambda x: x * sp.pi / 180, np.radians: lambda x: x * sp.pi / 180,
    np.rad2deg: lambda x: x * 180 / sp.pi, np.degrees: lambda x: x * 180 / sp.pi,
    np.exp: sp.exp, np.exp2: lambda x: 2**x, np.expm1: lambda x: sp.exp(x) - 1, np.log: sp.log,
    np.log2: lambda x: sp.log(x) / sp.log(2), np.log10: lambda x: sp.log(x) / sp.log(10),
    np.log1p: lambda x: sp.log(1 + x),
    np.logaddexp: lambda a, b: sp.log(sp.exp(a) + sp.exp(b)),
    np.logaddexp2: lambda a, b: sp.log(2**a + 2**b) / sp.log(2),
    np.sin: sp.sin, np.cos: sp.cos, np.tan: sp.tan, np.sinh: sp.sinh, np.cosh: sp.cosh,
    np.tanh: sp.tanh, np.arcsin: sp.asin, np.arccos: sp.acos, np.arctan: sp.atan,
    np.arcsinh: sp.asinh, np.arccosh: sp.acosh, np.arctanh: sp.atanh, np.arctan2: sp.atan2,
    np.hypot: lambda a, b: sp.sqrt(a**2 + b**2), np.absolute: sp.Abs, np.fabs: sp.Abs,
    np.copysign: lambda a, b: sp.Abs(a) * sp.sign(b), np.nan_to_num: lambda x: x,
    np.heaviside: lambda x, h: sp.Piecewise((0, x < 0), (h, sp.Eq(x, 0)), (1, True)),
    np.maximum: sp.Max, np.fmax: sp.Max, np.minimum: sp.Min, np.fmin: sp.Min,
    special.expit: lambda x: 1 / (1 + sp.exp(-x)), special.logit: lambda x: sp.log(x / (1 - x)),
    special.log_expit: lambda x: -sp.log(1 + sp.exp(-x)), special.erf: sp.erf,
    special.erfc: sp.erfc, special.erfcx: lambda x: sp.exp(x * x) * sp.erfc(x),
    special.erfinv: sp.erfinv, special.ndtr: normal, special.log_ndtr: lambda x: sp.log(normal(x)),
    special.ndtri: lambda x: sp.sqrt(2) * sp.erfinv(2 * x - 1), special.gammaln: sp.loggamma,
    special.gamma: sp.gamma, special.digamma: sp.digamma, special.betaln: log_beta,
    special_rows.polygamma: lambda x, n: sp.polygamma(n, x),
    special.gammainc: lambda a, x: sp.lowergamma(a, x) / sp.gamma(a),
    special.gammaincc: lambda a, x: sp.uppergamma(a, x) / sp.gamma(a),
    special.xlogy: lambda a, b: a * sp.log(b), special.xlog1py: lambda a, b: a * sp.log(1 + b),
    special.entr: lambda x: -x * sp.log(x), special.rel_entr: lambda a, b: a * sp.log(a / b),
    special.jv: sp.besselj, special.iv: sp.besseli, special.j0: lambda x: sp.besselj(0, x),
    special.j1: lambda x: sp.besselj(1, x), special.i0: lambda x: sp.besseli(0, x),
    special.i1: lambda x: sp.besseli(1, x), np.sinc: lambda x: sp.sin(sp.pi * x) / (sp.pi * x),
}  # fmt: skip
HELPERS = {  # these have no slope: the partials only decide by them
    np.sign: sp.sign, np.trunc: cut, np.rint: lambda x: x,  # of what is whole already
    np.floor_divide: lambda a, b: down(a / b), np.isfinite: lambda x: sp.Integer(1),
    np.equal: lambda a, b: one_if(sp.Eq(a, b)), np.not_equal: lambda a, b: one_if(sp.Ne(a, b)),
    np.greater: lambda a, b: one_if(a > b), np.less: lambda a, b: one_if(a < b),
    np.where: lambda c, a, b: sp.Piecewise((a, sp.Ne(c, 0)), (b, True)),
}  # fmt: skip

# The parts of the domain, where SymPy must be told: what stands for the arguments.
ALL_SIGNS = [(P, Q), (P, -Q), (-P, Q), (-P, -Q)]
CROSSING = [(U + P, U), (U, U + P)]
DOMAIN = {
    function: parts
    for functions, parts in (
        ((np.absolute, np.fabs, np.cbrt, np.reciprocal, np.nan_to_num), [(P,), (-P,)]),
        ((np.sqrt, np.log, np.log2, np.log10, special.entr), [(P,)]),
        ((special.gammaln, special.gamma, special.digamma), [(P,)]),
        ((np.hypot, np.arctan2, np.copysign, np.fmod, np.remainder), ALL_SIGNS),
        ((np.maximum, np.minimum, np.fmax, np.fmin), CROSSING),
        ((special.rel_entr, special.betaln, special.xlogy), [(P, Q)]),
        ((np.power, np.float_power), [(P, Q), (P, -Q)]),
        ((special.jv, special.iv), [(N, P)]),
    )
    for function in functions
}
DOMAIN |= {
    np.arccosh: [(1 + P,)], np.sinc: [(1 + P,), (-1 - P,)],
    np.heaviside: [(P, Q), (-P, Q), (sp.Integer(0), Q)],
    np.log1p: [(P - 1,)], special.logit: [(1 / (1 + P),)], special.xlog1py: [(P, Q - 1)],
    special_rows.polygamma: [(P, sp.Integer(n)) for n in range(1, 4)],
}  # fmt: skip


class Formula(core.Value):
    """A value that is an expression of SymPy: one more engine, which the partials run on."""

    shape, plain = (), None

    def __init__(self, expression):
        self.expression, self.level = expression, 0

    @classmethod
    def apply(cls, level, rule, args, kwargs):
        meaning = MEANING.get(rule.function) or HELPERS[rule.function]
        return cls(sp.sympify(meaning(*map(exact, args))))


def exact(number):
    """The number that a float of the table stands for."""
    if isinstance(number, Formula):
        return number.expression
    size = EXACT.get(abs(number)) or (sp.oo if np.isinf(number) else sp.Rational(abs(number)))
    return -size if number < 0 else size


def by_order(rule, i):
    """Whether argument i is an order or a shape, by which the row knows no slope."""
    return rule.partials[i] is special_rows.unknown or (
        rule.function is special_rows.polygamma and i == 1
    )


def partials(rule):
    """Each partial on each part of the domain: its argument, what it has, what SymPy wants."""
    x = sp.symbols(f"x:{len(rule.partials)}", real=True)
    y = sp.sympify(MEANING[rule.function](*x))
    for i, partial in enumerate(rule.partials):
        if by_order(rule, i):
            continue
        have = partial(Formula(y), *map(Formula, x)) if callable(partial) else partial
        for values in DOMAIN.get(rule.function, [x]):
            here = dict(zip(x, values, strict=True))
            yield i, sp.sympify(exact(have)).subs(here), sp.diff(y, x[i]).subs(here)


# ------------------------------------------------------------ linear: arrays of whole numbers
BOOL = st.booleans()
SMALL = st.integers(-3, 3)


def whole(draw, shape):
    """Whole numbers as floats: sums and products of them are exact."""
    seed = draw(st.integers(0, 999))
    return np.random.default_rng(seed).integers(-9, 10, shape).astype(float)


def one(draw, x):
    return draw(st.integers(-x.ndim, x.ndim - 1))


def some(draw, x):
    """The forms of an axis: None, one, or several."""
    several = hnp.valid_tuple_axes(x.ndim)
    return draw(st.one_of(st.none(), several, *[st.integers(-x.ndim, x.ndim - 1)] * (x.ndim > 0)))


def pair(draw, x):
    return draw(st.permutations(range(x.ndim)))[:2]


def index(draw, x):
    kinds = [hnp.basic_indices(x.shape, allow_newaxis=True), hnp.arrays(bool, x.shape)]
    if x.size and x.ndim:
        kinds.append(hnp.integer_array_indices(x.shape))
    return draw(st.one_of(kinds))


def wider(draw, x):
    """A shape that x can be broadcast to."""
    stretched = (draw(st.integers(0, 3)) if n == 1 else n for n in x.shape)
    return (*draw(hnp.array_shapes(min_dims=0, max_dims=2, max_side=2)), *stretched)


def refolded(draw, x):
    return tuple(draw(st.permutations([*x.shape, 1]))) if draw(BOOL) or not x.size else -1


def choose(draw, x):
    return draw(st.lists(st.integers(-x.size, x.size - 1), max_size=4)), None


def joined(draw, x):
    axis = one(draw, x)
    sizes = draw(st.lists(st.integers(0, 3), max_size=2))
    shapes = [tuple(n if k == axis % x.ndim else m for k, m in enumerate(x.shape)) for n in sizes]
    return (x, *(whole(draw, shape) for shape in shapes)), {"axis": axis}


def multiplied(draw, x):
    shapes = draw(hnp.mutually_broadcastable_shapes(signature=np.matmul.signature, max_side=3))
    return tuple(whole(draw, shape) for shape in shapes.input_shapes), {}


def folded(draw, x):
    arrays = (whole(draw, [draw(st.integers(1, 4))]) for _ in range(2))
    return tuple(arrays), {"mode": draw(st.sampled_from(["full", "same", "valid"]))}


def contracted(draw, x):
    sizes = dict(zip("ijkl", draw(st.permutations([1, 2, 2, 3])), strict=True))
    letters = st.lists(st.sampled_from("ijkl"), max_size=3, unique=True).map("".join)
    terms = draw(st.lists(letters, min_size=1, max_size=3))
    result = draw(st.permutations(sorted(set("".join(terms)))))[: draw(st.integers(0, 3))]
    arrays = (whole(draw, [sizes[c] for c in term]) for term in terms)
    return tuple(arrays), {"subscripts": f"{','.join(terms)}->{''.join(result)}"}


def placed(draw, x):
    where = index(draw, x)
    return (np.asarray(x[where]), x.shape, where), {}


def border(draw, x):
    mode = draw(
        st.sampled_from(["constant", *["edge", "symmetric", "reflect", "wrap"] * (x.size > 0)])
    )
    width = st.integers(0, 2)
    return (x, draw(st.one_of(width, st.tuples(*[st.tuples(width, width)] * x.ndim))), mode), {}


def along(draw, x):
    axis = one(draw, x)
    shape = [2 if k == axis % x.ndim else n for k, n in enumerate(x.shape)]
    places = hnp.arrays(int, shape, elements=st.integers(0, x.shape[axis] - 1))
    return (x, draw(places), axis), {}


def only(draw, x):
    return (x,), {}


def by_axis(draw, x):
    return (x, one(draw, x)), {}


def by_offset(draw, x):
    return (x, draw(SMALL)), {}


def by_shift(draw, x):
    axis = some(draw, x)
    return (
        x,
        draw(SMALL) if not isinstance(axis, tuple) else [draw(SMALL) for _ in axis],
        axis,
    ), {}


def by_matrix(draw, x):
    offset, (first, second) = draw(SMALL), pair(draw, x)
    return (x, offset, first, second), {}


# The least number of axes, and the arguments for an array x.
ARGUMENTS = {
    np.sum: (0, lambda d, x: ((x,), {"axis": some(d, x), "keepdims": d(BOOL)})),
    rules.reductions.averages: (
        0,
        lambda d, x: ((np.ones((2,) * x.ndim),), {"axis": some(d, x)}),  # halves are exact
    ),
    rules.arrays.traced: (2, lambda d, x: ((x,), {"offset": d(SMALL)})),
    np.broadcast_to: (0, lambda d, x: ((x, wider(d, x)), {})),
    np.reshape: (0, lambda d, x: ((x, refolded(d, x)), {})),
    np.expand_dims: (0, lambda d, x: ((x, d(st.integers(-x.ndim - 1, x.ndim))), {})),
    np.squeeze: (0, lambda d, x: ((x,), {})),
    np.ravel: (0, only),
    np.transpose: (0, lambda d, x: ((x, d(st.permutations(range(x.ndim)))), {})),
    np.swapaxes: (1, lambda d, x: ((x, one(d, x), one(d, x)), {})),
    rules.arrays.cast: (0, lambda d, x: ((x, d(st.sampled_from(["f4", "f8", "longdouble"]))), {})),
    np.where: (0, lambda d, x: ((d(hnp.arrays(bool, x.shape)), x, whole(d, wider(d, x))), {})),
    operator.getitem: (0, lambda d, x: ((x, index(d, x)), {})),
    rules.arrays.pick: (0, lambda d, x: ((x, index(d, x)), {})),
    rules.scatter: (0, placed),
    rules.join: (1, joined),
    rules.arrays.running_sum: (1, by_axis),
    np.matmul: (0, multiplied),
    np.convolve: (0, folded),
    rules.products.contract: (0, contracted),
    np.moveaxis: (1, lambda d, x: ((x, one(d, x), one(d, x)), {})),
    np.rollaxis: (1, lambda d, x: ((x, one(d, x), d(st.integers(0, x.ndim))), {})),
    np.flip: (0, lambda d, x: ((x, some(d, x)), {})),
    np.fliplr: (2, only),
    np.flipud: (1, only),
    np.rot90: (2, lambda d, x: ((x, d(SMALL), pair(d, x)), {})),
    np.roll: (1, by_shift),
    np.repeat: (1, lambda d, x: ((x, d(st.integers(0, 2)), one(d, x)), {})),
    np.tile: (0, lambda d, x: ((x, d(st.lists(st.integers(0, 2), max_size=3))), {})),
    np.diagonal: (2, by_matrix),
    np.linalg.diagonal: (2, lambda d, x: ((x,), {"offset": d(SMALL)})),
    np.diag: (1, lambda d, x: ((np.ravel(x) if x.ndim > 2 else x, d(SMALL)), {})),
    np.diagflat: (1, by_offset),
    np.triu: (2, by_offset),
    np.tril: (2, by_offset),
    np.take: (1, lambda d, x: ((x, *choose(d, x)), {})),
    np.take_along_axis: (1, along),
    np.delete: (1, lambda d, x: ((x, d(st.integers(0, x.size - 1))), {})),
    np.resize: (0, lambda d, x: ((x, d(hnp.array_shapes(max_side=4))), {})),
    np.atleast_1d: (0, only),
    np.atleast_2d: (0, only),
    np.atleast_3d: (0, only),
    np.fft.fftshift: (1, lambda d, x: ((x, some(d, x)), {})),
    np.fft.ifftshift: (1, lambda d, x: ((x, some(d, x)), {})),
    rules.arrays.padded: (1, border),
}
NEED_ENTRIES = {np.take, np.take_along_axis, np.delete}


@st.composite
def arguments(draw, function):
    """Arguments for a linear row: an array of any shape, and options that fit it."""
    least, more = ARGUMENTS[function]
    shape = draw(
        hnp.array_shapes(min_dims=least, max_dims=3, min_side=function in NEED_ENTRIES, max_side=3)
    )
    return more(draw, whole(draw, shape))


# ------------------------------------------------------------ custom rows, in 50 digits
def sides(m):
    """The pseudo-inverse of a matrix that has its full rank."""
    return (m.T * m) ** -1 * m.T if m.rows >= m.cols else m.T * (m * m.T) ** -1


def half(m):
    return (m + m.T) / 2


def stepped(a, b):
    """Each row of a recurrence, step by step."""
    y = b.copy()
    for i in range(b.rows):
        for k in range(1, b.cols):
            y[i, k] = a[i, k] * y[i, k - 1] + b[i, k]
    return y


FACTORS = {
    "eigh": lambda m: mp.eigsy(half(m)), "eig": mp.eig, "qr": lambda m: mp.qr(m, mode="skinny"),
}  # fmt: skip
IN_MPMATH = {  # of one matrix (of two for `quotient` and `recurrence`)
    np.linalg.inv: lambda m: m**-1, np.linalg.det: mp.det, np.linalg.pinv: sides,
    rules.linalg.log_abs_det: lambda m: mp.log(abs(mp.det(m))),
    rules.linalg.quotient: lambda a, b: a**-1 * b, rules.reductions.recurrence: stepped,
    rules.linalg.cofactors: lambda m: mp.det(m) * (m**-1).T,
    rules.linalg.of_full_rank: lambda m: m,
    np.linalg.cholesky: lambda m: mp.cholesky(half(m)),
    rules.linalg.factor: lambda m, name, part: FACTORS[name](m)[part],
    rules.linalg.singular_values: lambda m: mp.svd_r(m)[1],
    rules.linalg.left_vectors: lambda m: mp.svd_r(m)[0],
    rules.linalg.right_vectors: lambda m: mp.svd_r(m)[2].T,
}  # fmt: skip
FREE = {rules.linalg.factor, rules.linalg.left_vectors, rules.linalg.right_vectors}  # as they like
BY_NUMPY = {  # which work on numbers of 50 digits too
    np.max, np.min, rules.reductions.product, rules.reductions.products,
}  # fmt: skip


def like_lapacks(y, like):
    """The same columns (rows of a triangle) as `like`: the order and the signs are free."""
    if like.ndim == 1:
        return y[np.argmin(np.abs(np.subtract.outer(like, y)), 1)]
    if np.array_equal(like, np.triu(like)):
        return y * np.where(np.diagonal(y * like) < 0, -1, 1)[:, None]
    y = y / np.sum(y * y, 0) ** 0.5
    seen = like.T @ y
    best = np.argmax(np.abs(seen), 1)
    return y[:, best] * np.where(seen[range(len(best)), best] < 0, -1, 1)


def in_50_digits(rule, arrays, more, kwargs, like):
    """The function of a custom row in mpmath; what is free in a factor is as in `like`."""
    if rule.function in BY_NUMPY:
        return rule.function(arrays[0], **kwargs)
    shape = np.broadcast_shapes(*(a.shape[:-2] for a in arrays))
    stacks = [np.broadcast_to(a, shape + a.shape[-2:]) for a in arrays]
    y = np.empty(np.shape(like), object)
    for k in np.ndindex(*shape):
        m = IN_MPMATH[rule.function](*(mp.matrix(a[k].tolist()) for a in stacks), *more)
        part = np.array(m.tolist() if isinstance(m, mp.matrix) else m, object)
        free = rule.function in FREE
        part = part if np.ndim(like[k]) != 1 else part.ravel()
        y[k] = like_lapacks(part, like[k]) if free else part
    return y


# ------------------------------------------------------------ the table for readers
class Watch(core.Value):
    """A value that writes down which rows it meets."""

    plain = property(lambda self: self.value)

    def __init__(self, value, seen):
        self.value, self.seen, self.level = value, seen, 0

    @classmethod
    def apply(cls, level, rule, args, kwargs):
        y = rule.run(*(a.value if type(a) is cls else a for a in args), **kwargs)
        if rule.constant:
            return y
        seen = core.values_in(args)[0].seen
        seen.add(rule.name)
        return cls(y, seen)


def made_of(rule):
    """The names of the rows that a derived one is written with."""
    seen = set()
    for args, kwargs in SAMPLES[rule.function]:
        values, fill = floats(args)
        watched = trees.rebuild(values, [Watch(leaf, seen) for leaf in trees.leaves(values)])
        rule.function(*fill(watched), **kwargs)
    return sorted(seen)


RESIST = {special.gammainc, special.gammaincc}  # SymPy does not simplify these to the same
WORDS = {
    "SymPy": "the slope is SymPy's: the difference simplifies to 0",
    "50 digits": "the slope is SymPy's, but the difference does not simplify to 0: it is 0 to 50 "
    "digits at random points",
    "transpose": "linear, and its transpose is the adjoint: exact in whole numbers, random shapes",
    "differences in 50 digits": "the JVP is a difference quotient of mpmath's own function, and "
    "the VJP its transpose",
    "differences": "the JVP agrees with differences, and the VJP is its transpose",
    "derived": "written with the rows named, and has NumPy's value",
    "flat": "does not move wherever it is smooth",
}


def how(rule):
    """One of WORDS."""
    if rule.constant:
        return "flat"
    if rule.derived:
        return "derived"
    if isinstance(rule, core.Elementwise):
        return "50 digits" if rule.function in RESIST else "SymPy"
    if isinstance(rule, (core.Linear, core.Moves)):
        return "transpose"
    known = rule.function in IN_MPMATH or rule.function in BY_NUMPY
    return "differences in 50 digits" if known else "differences"


def short(name):
    return "x[index]" if name == "_operator.getitem" else name.removeprefix("elves.")


def table():
    """The text of talk/rules.md."""
    rows = {rule: how(rule) for rule in TABLE}
    lines = ["# How each row of the table is known", ""]
    lines += ["Made by `make rules` from what tests/test_proof.py does.", ""]
    lines += ["| how | what it means | rows |", "|---|---|---|"]
    for word, meaning in WORDS.items():
        if count := sum(how == word for how in rows.values()):
            lines.append(f"| {word} | {meaning} | {count} |")
    lines += ["", "| row | kind | known by |", "|---|---|---|"]
    for rule, word in rows.items():
        if word != "flat":
            from_rows = ", ".join(map(short, made_of(rule))) or "itself" if rule.derived else ""
            known = f"{word}: {from_rows}" if from_rows else word
            lines.append(f"| `{short(rule.name)}` | {type(rule).__name__} | {known} |")
    flat = ", ".join(f"`{short(rule.name)}`" for rule in rows if rule.constant)
    return "\n".join([*lines, "", f"Flat: {flat}.", ""])


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    print(table(), end="")

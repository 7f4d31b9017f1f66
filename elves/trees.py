"""What goes into a function and what comes out: trees of arrays, checked before they are used."""

import sys
import weakref

import numpy as np

from elves.core import NO_REAL_ARRAY, UNFIT, Value
from elves.errors import ConversionError, InputError
from elves.structure import leaves, rebuild


def match(what, tree, like):
    """The leaves of `tree` in the order of `like`, if it has that structure and these shapes."""
    if isinstance(like, dict) and isinstance(tree, dict) and tree.keys() == like.keys():
        return [leaf for key in like for leaf in match(what, tree[key], like[key])]
    sequences = isinstance(like, (tuple, list)) and isinstance(tree, (tuple, list))
    if sequences and len(tree) == len(like):
        return [leaf for t, x in zip(tree, like, strict=True) for leaf in match(what, t, x)]
    grown = isinstance(like, (dict, tuple, list)) or isinstance(tree, (dict, tuple, list))
    if grown or np.shape(tree) != np.shape(like):
        want, have = (rebuild(t, [np.shape(leaf) for leaf in leaves(t)]) for t in (like, tree))
        raise InputError(f"The {what} must have the shape {want}, not {have}.")
    if kind(tree) not in "fbiu":
        raise InputError(f"The {what} must be made of real numbers, but hold {tree!r:.40}.")
    if kind(like) == "f" and kind(tree) in "biu":  # True + True is True, and small integers wrap
        tree = tree * 1.0 if isinstance(tree, Value) else np.asarray(tree, float)[()]
    return [tree]


def kind(leaf):
    """The letter of NumPy's dtype: f for floats, i for integers, O for what is no number."""
    dtype = getattr(leaf, "dtype", None) or np.dtype(type(leaf))
    return getattr(dtype, "kind", "O")  # other libraries' tensors have dtypes of their own


def check_inputs(tree):
    """The leaves of the arguments to differentiate, if each one is made of floats."""
    found = leaves(tree)
    for leaf in found:
        sparse = hasattr(type(leaf), "toarray")  # as SciPy has it
        if kind(leaf) == "f" and not isinstance(leaf, UNFIT) and not sparse:
            continue
        if kind(leaf) in "biu":
            number = np.ndim(leaf) == 0 and not isinstance(leaf, Value)
            way = f"{float(leaf)} instead of {leaf}" if number else "x.astype(float)"
            raise InputError(
                f"Only floats can vary smoothly, but {leaf!r:.60} is made of integers: write {way}."
            )
        way = ": pass it as an argument of its own" if leaf is None else ""
        if isinstance(leaf, UNFIT) or sparse:
            way = ": pass x.toarray()" if sparse else ": pass np.asarray(x)"
        elif hasattr(leaf, "__dict__") and not callable(leaf):  # a dataclass, say
            way = ": pass vars(it), a dict, and make it again inside of the function"
        raise InputError(
            "Differentiation needs floats, arrays of floats, or tuples, lists and dicts of "
            f"them, but got {type(leaf).__name__} {leaf!r:.40}{way}."
        )
    return found


def to_record(value):
    """What a tape may begin with: one float or one array of floats, as it is now."""
    if isinstance(value, Value):
        raise InputError(
            "A Variable cannot be made of a value that another engine follows: use elves.grad "
            "inside, or make the Variable outside."
        )
    if isinstance(value, (list, tuple, dict)):
        raise InputError("A Variable holds one float or one array: use np.array(…).")
    check_inputs(value)
    return frozen(value)


def check_jvp(primals, tangents, name="jvp"):
    """The leaves of the primals and of the tangents of a JVP, if they fit each other."""
    check_pair(primals, tangents, name)
    return check_inputs(primals), match("tangents", tangents, primals)


def check_pair(primals, tangents, name):
    """Refuse primals and tangents that are no tuples."""
    if not isinstance(primals, (tuple, list)) or not isinstance(tangents, (tuple, list)):
        raise InputError(
            f"{name} takes a tuple of primals and a tuple of tangents: {name}(f, (x,), (v,))."
        )


def check_stacks(primals, tangents):
    """Refuse tangents that are not stacked, as many for each primal."""
    check_pair(primals, tangents, "jvps")
    lengths = {np.shape(t)[:1] for t in leaves(tangents)}
    if len(lengths) != 1 or lengths == {()}:
        shapes = rebuild(tangents, [np.shape(t) for t in leaves(tangents)])
        raise InputError(
            "jvps takes tangents stacked along a first axis, as many for each primal, but these "
            f"have the shapes {shapes}: make a stack with np.stack, as in np.stack([v, w])."
        )


def scalar(y):
    """Check that a function's result can have a gradient: one real number."""
    if kind(y) in "fbiu" and np.shape(y) == ():
        return y
    way = "reduce it with np.sum or np.mean, or ask for the jacobian"
    way = way if kind(y) in "fbiu" else remade(y, "one real number", f", then {way}")
    raise InputError(
        "A gradient needs a function that returns one number, but this one returned "
        f"{described(y)}: {way}."
    )


class Word(str):
    """What stands for a value in a sentence."""

    __repr__ = str.__str__


def described(y):
    """A result in the same words in every engine: its structure, without its numbers.

    >>> described([1.0, {"a": np.ones(3)}])
    "list [number, {'a': array of shape (3,)}]"
    """
    if kind(y) in "fbiu":
        return f"an array of shape {np.shape(y)}" if np.shape(y) else "a number"
    if not isinstance(y, (dict, tuple, list)):
        return f"{type(y).__name__} {y!r:.40}".removeprefix("NoneType ")
    words = [described(a).removeprefix("an ").removeprefix("a ") for a in leaves(y)]
    text = repr(rebuild(y, map(Word, words)))
    text = text if len(text) <= 60 else text[:59] + "…"
    return f"{type(y).__name__} {text}" if type(y) in (list, tuple, dict) else text


def remade(y, wanted, then=""):
    """How to return what is wanted: an array, if a function makes one of the result."""
    check_result(y)
    inside = leaves(y) if isinstance(y, (dict, tuple, list)) else []
    numbers = [a for a in inside if kind(a) in "fbiu"]
    shapes = {np.shape(a) for a in numbers}
    if isinstance(y, (tuple, list)) and len(y) == len(numbers) == len(inside):
        if len(shapes) == 1:
            return f"make it an array with np.stack{then}"
        if shapes and all(len(shape) == 1 for shape in shapes):
            return f"make it an array with np.concatenate{then}"
    return f"return {wanted} made of these" if numbers else f"return {wanted}"


def check_result(y):
    """Refuse what a function without `return` gives."""
    if y is None:
        raise InputError("The function returned None: did you forget its return?")


def one_array(y):
    """Check that a function's result can have a Jacobian: one array of numbers."""
    if kind(y) not in "fbiu":
        raise InputError(
            "A Jacobian needs a function that returns one array, but this one returned "
            f"{described(y)}: {remade(y, 'one array of real numbers')}."
        )
    return y


def unit_tangents(primals, width):
    """The input directions, 1 in one entry and 0 in all the others, stacked `width` at a time.

    >>> [block.tolist() for (block,) in unit_tangents((np.zeros(3),), 2)]
    [[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], [[0.0, 0.0, 1.0]]]
    """
    found = leaves(primals)
    ends = np.cumsum([np.size(leaf) for leaf in found], dtype=int)
    total = ends[-1] if found else 0
    for start in range(0, total, width):
        rows = np.eye(min(width, total - start), total, start)
        blocks = [
            np.reshape(part, (len(rows), *np.shape(leaf))).astype(np.result_type(leaf))
            for part, leaf in zip(np.split(rows, ends[:-1], axis=1), found, strict=True)
        ]
        yield rebuild(primals, blocks)


def fill_gradient(primals, slopes):
    """The gradient as a tree like `primals`, from one slope per input direction."""
    if isinstance(slopes, list):
        slopes = np.stack(slopes) if slopes else np.zeros(0)
    gradients, start = [], 0
    for leaf in leaves(primals):
        end, shape = start + np.size(leaf), np.shape(leaf)
        part = np.reshape(slopes[start:end], shape) if shape else slopes[start]
        gradients.append(own(part, leaf))
        start = end
    return rebuild(primals, gradients)


def own(g, leaf):
    """A gradient in the dtype of its leaf that shares no memory with anything."""
    if isinstance(g, Value):
        dtype = getattr(leaf, "dtype", np.dtype(float))
        return g if g.dtype == dtype else np.astype(g, dtype)
    if np.iscomplexobj(g) or isinstance(g, UNFIT):  # whose cast would be another number
        raise ConversionError(NO_REAL_ARRAY.format("A slope", type(g).__name__))
    if type(leaf) is float:
        return float(g)
    g = np.array(g, np.result_type(leaf))
    return g if g.ndim else g[()]


def is_own(g, leaf):
    """Whether an array shares no memory and can be given away as the gradient of its leaf."""
    if not type(g) is type(leaf) is np.ndarray:
        return False
    own = g.base is None
    if type(g.base) is np.ndarray and g.base.size == g.size and g.base.base is None:
        own = sys.getrefcount(g.base) == 2  # the whole of an array that nobody else holds
    return own and g.flags.writeable and g.dtype == leaf.dtype


def fresh(leaf):
    """A leaf that shares no memory with anything."""
    return leaf.copy() if isinstance(leaf, np.ndarray) else leaf


def frozen(leaf):
    """A leaf that stays as it is now, whatever happens to the arrays that it is made of."""
    plain = type(leaf) is np.ndarray and leaf.dtype.kind in "fbiu"
    if plain and leaf.flags.c_contiguous:
        if type(leaf.base) is bytes:  # which nobody can change
            return leaf
        return in_bytes(leaf) if leaf.nbytes < LARGE else kept(leaf)
    if isinstance(leaf, (tuple, list)):  # of indices
        return getattr(leaf, "_make", type(leaf))(map(frozen, leaf))
    if isinstance(leaf, slice):
        return slice(frozen(leaf.start), frozen(leaf.stop), frozen(leaf.step))
    if plain and leaf.flags.f_contiguous:
        return frozen(leaf.T).T
    if isinstance(leaf, np.ndarray):
        leaf = leaf.copy("K")  # in the same order, so that sums of it round alike
        leaf.setflags(write=False)
    return leaf


def in_bytes(a):
    return np.ndarray(a.shape, a.dtype, a.tobytes())


KEPT = {}  # the latest copy of a large array, by where it lies: only as long as somebody holds it
LARGE, MOST = 50_000, 200  # bytes, of which a copy takes longer than a look; places in KEPT


def kept(a):
    """A copy of an array: the one of before, as in a loop, if that has the same bits.

    >>> a = np.ones(9000)
    >>> before = kept(a)
    >>> kept(a) is before
    True
    >>> a[-1] = 2.0
    >>> kept(a) is before
    False
    """
    place = id(a if a.base is None else a.base), a.shape, a.strides
    found = KEPT.get(place)
    copy = found and found()
    if copy is None or copy.dtype != a.dtype or not copy.base.startswith(a):
        if len(KEPT) > MOST:
            KEPT.clear()
        copy = in_bytes(a)
        KEPT[place] = weakref.ref(copy)
    return copy


def zeros(leaf):
    """The gradient of a leaf that nothing depends on."""
    if type(leaf) is float:
        return 0.0
    return np.zeros(np.shape(leaf), np.result_type(leaf) if kind(leaf) == "f" else float)[()]


def ones(leaf):
    """The cotangent that asks for a gradient."""
    if type(leaf) is np.float64:
        return np.float64(1.0)
    return np.ones(np.shape(leaf), np.result_type(leaf))[()]


def number(leaf):
    """NumPy's float for Python's, since it answers 1 / 0 with inf, as arrays do."""
    if getattr(leaf, "weak", False):  # traced
        return np.positive(leaf)
    return np.float64(leaf) if type(leaf) is float else leaf


def plain_float(x):
    """A Python float for NumPy's scalar, so that results print as numbers."""
    return x.item() if isinstance(x, np.float64) else x

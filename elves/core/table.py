"""The table: for each NumPy function one row, found by the function itself."""

import functools
import inspect
import sys
from types import MappingProxyType

import numpy as np

from elves.core.operators import FASTER
from elves.errors import ADVICE, FEW, OPTION, OPTIONS, NoRuleError

RULES = {}  # NumPy function -> Rule; the rows stand in elves/rules
ON_DEMAND = {}  # library -> what reads the rows of its functions, once it is in use
NOT_ANALYTIC = set()  # functions that have no complex derivative


def rule_of(function):
    """The row of the table for a NumPy function; raises NoRuleError where there is none."""
    if function not in RULES:
        for library in ON_DEMAND.keys() & sys.modules.keys():
            ON_DEMAND[library]()
    try:
        return RULES[function]
    except KeyError:
        name = full_name(function)
        raise NoRuleError(f"{name} has no derivative rule: {instead_of(name)}.") from None


def instead_of(name):
    """What to write in the place of a function without a row."""
    if name.startswith("x."):
        usual = "write it with functions that have one, such as np.reshape or np.where"
    elif name.startswith("math.") and hasattr(np, name[5:]):
        usual = f"use np.{name[5:]}"
    elif name.startswith("np.random."):
        usual = "draw random numbers outside, as an argument"
    else:
        usual = "write it with functions that have one, or add a row as elves/rules shows"
    return ADVICE.get(name, usual)


def analytic(function):
    """Whether a function has a complex derivative, and NumPy computes it for complex numbers."""
    kinds = getattr(function, "types", ["D"])
    return function not in NOT_ANALYTIC and any(kind.endswith("D") for kind in kinds)


INNER = {  # functions that nobody writes, and what stands in the program
    "_operator.getitem": "x[index]",
    "elves.rules.arrays.distinct": "np.unique",
    "elves.rules.linalg.factor": "A factorization of np.linalg",
    "elves.rules.linalg.singular_values": "np.linalg.svd",
}


def full_name(function):
    """The name that a user writes: ``np.sin``, ``np.linalg.inv``."""
    if getattr(np, function.__name__, None) is function:
        return f"np.{function.__name__}"
    if function is getattr(sys.modules.get("scipy.special"), function.__name__, None):
        return f"scipy.special.{function.__name__}"
    owner = getattr(function, "__objclass__", np.ufunc)  # np.ufunc.reduce, np.ndarray.item
    module = getattr(function, "__module__", None) or f"np.{owner.__name__}"
    return f"{module}.{function.__name__}".replace("numpy.", "np.")


# Functions whose result is an array for NumPy even where it is one number, so `y += 1` changes it:
# these always, and those if they are given an array.
ARRAYS = {
    np.block, np.broadcast_to, np.copy, np.cov, np.cross, np.expand_dims, np.full_like,
    np.linalg.cross, np.linalg.tensordot, np.pad, np.real_if_close, np.resize, np.roll,
    np.tensordot, np.tile, np.where,
}  # fmt: skip
VIEWS = {np.imag, np.real, np.reshape, np.squeeze, np.transpose}
READS = {"_operator.getitem", "elves.rules.arrays.pick"}


def is_array(a):
    return np.ndim(a) > 0 or getattr(a, "array", isinstance(a, np.ndarray))


class Rule:
    """One row: how a function passes a tangent on (JVP) and a cotangent back (VJP).

    `jvp(tangents, y, args, kwargs)` gives the tangent of the output; an argument that does not
    vary has the tangent None. `vjp(i, g, y, args, kwargs)` gives the cotangent of argument i,
    in the shape of that argument, from the cotangent g of the output.
    """

    constant = False  # True: the derivative is zero wherever there is one
    takes_lists = False  # True: a list among the arguments is an array
    derived = None  # a definition in terms of other NumPy functions, instead of a derivative
    own = False  # whether a definition serves the derivative only
    usually = None  # what a definition is the same as, where `own` does not say otherwise
    new = False  # True: what the VJP gives is a new array, which nobody else holds
    adds = None  # adds what the VJP would give to a sum that is ours, and says whether it could
    quick = MappingProxyType({})  # options with which it is faster, if the last bits do not count
    unread = ()  # places of arguments that the VJP asks for no more than the shape
    square = None  # of a root: a smooth function of the same arguments, or None where it is no root

    def __init__(self, function, names=None, options=()):
        self.function, self.name = function, full_name(function)
        self.arrays = function in ARRAYS | VIEWS or self.name in READS
        self.names = names  # of the needed arguments (None: any number of them)
        self.options = dict.fromkeys(options).keys()  # of the optional ones, in order
        self.arity = None if names is None else len(names)
        self.run = FASTER.get(function, function)
        RULES[function] = self

    @property
    def told(self):
        """The name in a sentence."""
        return INNER.get(self.name, self.name)

    def __reduce__(self):  # pickled by its function
        return rule_of, (self.function,)

    def settle(self, args, kwargs):
        """The needed arguments by position and the options by keyword, as the rows expect them."""
        if self.arity is None or (len(args) == self.arity and kwargs.keys() <= self.options):
            return args, kwargs
        kwargs = dict(kwargs)
        if extra := args[self.arity :]:
            names = [*parameters_of(self.function)] or [*self.names, *self.options]
            if len(args) > len(names):
                what, way = "so many arguments", "call it once for each of them"
                raise NoRuleError(f"{self.name} with {what} has no derivative rule here: {way}.")
            kwargs = dict(zip(names[self.arity :], extra, strict=False)) | kwargs
            kwargs = {k: v for k, v in kwargs.items() if v is not None or k in self.options}
        needed = [*args[: self.arity]]
        needed += [kwargs.pop(n) for n in self.names[len(needed) :] if n in kwargs]
        if len(needed) < self.arity:
            way = FEW.get(self.name, f"give it {', '.join(self.names)}")
            raise NoRuleError(f"{self.name} with so few arguments has no derivative rule: {way}.")
        kwargs = {k: v for k, v in kwargs.items() if k in self.options or not self.usual(k, v)}
        if strange := kwargs.keys() - set(self.options):
            name = min(strange)
            what = f"the option {name}" if name != "out" else "so many arguments"
            way = OPTIONS.get(name, OPTION)
            raise NoRuleError(f"{self.name} with {what} has no derivative rule here: {way}.")
        return needed, kwargs

    def fits(self, options):
        """Whether this row, which is what others usually are, has a call's options."""
        return options.keys() <= self.options

    def usual(self, name, value):
        """Whether an option has the value that NumPy gives it anyway."""
        parameters = parameters_of(self.function)
        if name not in parameters:
            return False
        usual = parameters[name].default
        return value is usual or (type(value) is type(usual) and value == usual)

    def gives_array(self, args):
        """Whether NumPy's result is an array, if it is one number."""
        if self.name in READS:
            return any(i is ... for i in (args[1] if type(args[1]) is tuple else args[1:]))
        return self.function in ARRAYS or (self.function in VIEWS and is_array(args[0]))


@functools.cache
def parameters_of(function):
    """A NumPy function's parameters by name, in order; none where NumPy hides them."""
    try:
        return inspect.signature(function).parameters
    except ValueError:
        return {}

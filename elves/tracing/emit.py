"""Emit: from IR to the text of a straight-line NumPy function, one line per equation.

Numbers become Python's own arithmetic and `math`, several times faster on them than NumPy. An
array that nobody will read again is overwritten by the next result of its shape and dtype.

Source: Poletto & Sarkar, "Linear scan register allocation" (1999), for buffers by liveness.
"""

import builtins
import collections
import functools
import math

import numpy as np

from elves import core
from elves.errors import GraphError
from elves.rules.arrays import join, pick, scatter
from elves.tracing.fuse import FUSED, fuse, loop, machine_code
from elves.tracing.ir import Var, Word, index_text, is_elementwise, replace, variables
from elves.tracing.passes import ADD_AT, distinct, is_double, optimize

INFIX = {
    np.add: "+", np.subtract: "-", np.multiply: "*", np.true_divide: "/",
    np.greater: ">", np.greater_equal: ">=", np.less: "<", np.less_equal: "<=", np.equal: "==",
    np.not_equal: "!=",
}  # fmt: skip
IN_MATH = {
    np.sin: "sin", np.cos: "cos", np.tan: "tan", np.arcsin: "asin", np.arccos: "acos",
    np.arctan: "atan", np.arctan2: "atan2", np.sinh: "sinh", np.cosh: "cosh", np.tanh: "tanh",
    np.arcsinh: "asinh", np.arccosh: "acosh", np.arctanh: "atanh", np.exp: "exp",
    np.expm1: "expm1", np.log: "log", np.log2: "log2", np.log10: "log10", np.log1p: "log1p",
    np.sqrt: "sqrt", np.hypot: "hypot", np.power: "pow", np.float_power: "pow",
    np.fabs: "fabs", np.copysign: "copysign",
}  # fmt: skip
ON_NUMBERS = {
    np.negative: "-{}", np.positive: "+{}", np.absolute: "abs({})", np.square: "{0} * {0}",
    np.reciprocal: "1 / {}", np.where: "{1} if {0} else {2}", np.sum: "{}", np.reshape: "{}",
    np.broadcast_to: "{}",
}  # fmt: skip
# On arrays NumPy's tanh, exp and log are vectorised, ten times as fast as those of machine code.
BY_ENTRY = {np.sin, np.cos, np.sqrt, np.fabs, np.hypot, np.arctan2}
FRESH = {np.sum, np.matmul, np.where, np.max, np.min, join, scatter}  # never a view of an argument
VIEWS = {
    np.reshape, np.expand_dims, np.squeeze, np.ravel, np.transpose, np.swapaxes, np.moveaxis,
    core.operator.getitem, pick,
}  # fmt: skip
LARGE = 4096  # entries from which it pays to keep an array for a later result


def shape_of(a):
    return getattr(a, "shape", ())


# How NumPy wants a call on arrays to be written when every microsecond counts. These take the
# emitter, the equation and the texts of its arguments, and give a text, or None for the usual one.


def reduced(name, emitter, e, x):
    axis, kept = e.kwargs.get("axis"), e.kwargs.get("keepdims", False)
    shape, doubles = e.args[0].shape, {e.args[0].dtype, e.out.dtype} == {np.dtype(float)}
    axes = {k % len(shape) for k in np.atleast_1d(range(len(shape)) if axis is None else axis)}
    small = doubles and len(shape) <= 2 and len(axes) == 1 and math.prod(shape) < LARGE
    if name != "add" or not small:
        return f"np.{name}.reduce({x}, {axis!r}{', keepdims=True' * kept})"
    (k,) = axes  # a product with ones costs half of NumPy's sum on small arrays
    ones, back = emitter.constant(np.ones(shape[k])), f".reshape({e.out.shape})" * kept
    return f"{ones}.dot({x}){back}" if k == 0 else f"{x}.dot({ones}){back}"


def reshaped(emitter, e, x, *shape):
    return f"{x}.reshape({e.out.shape})"


def turned(emitter, e, x, *axes):
    i, j = e.args[1:] or (0, 1)  # np.transpose has no axes here
    plain = len(e.out.shape) == 2 and not np.ndim(i) and e.kwargs.get("axes") is None
    return f"{x}.T" if plain and i % 2 != j % 2 else None


def product(emitter, e, x, y):
    plain = {len(a.shape) for a in e.args} <= {1, 2} and e.args[0].dtype == e.args[1].dtype
    return f"{x}.dot({y})" if plain and e.out.dtype.kind == "f" else None


SHORTER = {
    np.sum: functools.partial(reduced, "add"), np.max: functools.partial(reduced, "maximum"),
    np.min: functools.partial(reduced, "minimum"), np.matmul: product,
    np.reshape: reshaped, np.expand_dims: reshaped, np.squeeze: reshaped, np.ravel: reshaped,
    np.transpose: turned, np.swapaxes: turned, np.moveaxis: turned,
}  # fmt: skip


def is_fresh(rule):
    return rule.function in FRESH or is_elementwise(rule) or rule in (FUSED, ADD_AT)


class Emitter:
    """Writes the function `compiled`; `names` maps each Var to the name that holds its value."""

    def __init__(self, ir, passes, backend="numpy", namespace=None):
        ir = optimize(ir, passes)
        self.machine = backend == "numba"
        if "fuse" in passes:
            known = {*INFIX, *ON_NUMBERS, *BY_ENTRY}, {*INFIX, *ON_NUMBERS, *IN_MATH}
            ir = fuse(ir, 256, known) if self.machine else fuse(ir)
        self.ir, self.passes, self.backend = ir, passes, backend
        self.names, self.lines, self.notes, self.spare = ir.names(), [], [], {}
        self.namespace = {"np": np, "math": math} if namespace is None else namespace
        self.functions, self.double = "", is_double(ir)
        self.find_last_uses()
        for i, e in enumerate(ir.equations):
            self.emit(i, e)

    def compiled(self):
        """The function `compiled`; its text stands in `source`."""
        before = [*self.unpack()]
        result = f"return {self.built(self.ir.out_tree, iter(self.results()))}"
        head = f"def compiled({', '.join(self.parameters)}):"
        main = "\n    ".join([head, *self.notes, *before, *self.lines, result]) + "\n"
        self.source = self.functions + main
        exec(compile(main, "<compiled>", "exec"), self.namespace)
        return self.namespace["compiled"]

    def fused(self, body):
        """A function of its own for a loop over blocks, or over entries in machine code."""
        self.namespace[name := f"fused{len(self.namespace)}"] = None
        inner = lambda ir: Emitter(ir, {"reuse_buffers"}, namespace=self.namespace)  # noqa: E731
        source = loop(body, name, inner, self.machine)
        exec(source, self.namespace)
        if self.machine:
            source = f"@numba.njit\n{source}"
            self.namespace[name] = machine_code(self.namespace[name])
        self.functions += source + "\n"
        return name

    def controlled(self, e):
        """A loop or a branch, with bodies that are compiled as well."""
        inner = lambda body: Emitter(body, self.passes, self.backend).compiled()  # noqa: E731
        return self.constant(e.rule.compiled(inner, **e.kwargs), e.rule.name)

    # ------------------------------------------------------------ arguments and results

    def unpack(self):
        """The parameters, and one line for each leaf of an argument that is a tree."""
        leaves, self.parameters = iter(self.ir.inputs), []
        for k, tree in enumerate(self.ir.in_tree):
            whole = tree is None
            self.parameters.append(f"p{k}")
            for path in paths(tree):
                v = next(leaves)
                if whole:
                    self.parameters[-1] = self.names[v]
                elif self.uses[v]:
                    yield f"{self.names[v]} = p{k}{path}"
                if v.shape == () and self.uses[v] and not v.weak:
                    number = self.double and v.dtype == float
                    to_number = "float({0})" if number else "np.asarray({0})[()]"
                    yield f"{self.names[v]} = {to_number.format(self.names[v])}"

    def results(self):
        """The text of each result; an array that is not the caller's alone is copied."""
        seen = set()
        for a in self.ir.outputs:
            if type(a) is not Var:
                yield Word(self.text(a) + ".copy()" * isinstance(a, np.ndarray))
            else:
                own = not a.shape or (self.roots[a] <= self.owned and not seen & self.roots[a])
                seen |= self.roots[a]
                yield Word(self.names[a] + ("" if own else ".copy()"))

    def built(self, tree, texts):
        """The text of a tree, from those of its leaves."""
        if isinstance(tree, dict):
            pairs = (f"{key!r}: {self.built(branch, texts)}" for key, branch in tree.items())
            return f"{{{', '.join(pairs)}}}"
        if not isinstance(tree, (tuple, list)):
            return next(texts)
        parts = ", ".join([self.built(branch, texts) for branch in tree])
        if hasattr(tree, "_fields"):
            return f"{self.type_name(type(tree))}({parts})"
        one = "," * (len(tree) == 1)
        return f"({parts}{one})" if isinstance(tree, tuple) else f"[{parts}]"

    def type_name(self, kind):
        """A named tuple's own name, with _ behind it where that means something else here."""
        name, taken = kind.__name__, {*self.names.values(), *self.parameters, *dir(builtins)}
        while name in taken or self.namespace.get(name, kind) is not kind:
            name += "_"
        self.namespace[name] = kind
        return name

    # ------------------------------------------------------------ whose memory is it

    def find_last_uses(self):
        """The arrays whose memory a Var may share, and the last equation that reads each."""
        self.roots = {v: {v} if v.shape else set() for v in self.ir.inputs}
        self.owned, self.last, self.dying = set(), {}, {}
        self.uses = collections.Counter(a for a in self.ir.outputs if type(a) is Var)
        for i, e in enumerate(self.ir.equations):
            read = variables((e.args, e.kwargs))
            self.uses.update(read)
            used = set().union(*(self.roots[v] for v in read))
            self.last.update(dict.fromkeys(used, i))
            fresh, view = is_fresh(e.rule), e.rule.function in VIEWS
            for v in e.outs:
                new = {v} if v.shape else set()
                self.roots[v] = new if fresh else used if view else used | new
                self.owned |= new if fresh else set()
        for a in self.ir.outputs:
            if type(a) is Var:
                self.last.update(dict.fromkeys(self.roots[a], len(self.ir.equations)))
        for v, i in self.last.items():
            if v in self.owned:
                self.dying.setdefault(i, []).append(v)

    def buffer(self, i, e):
        """The Var whose array the result may overwrite: one that dies here, or died before."""
        if "reuse_buffers" not in self.passes or not e.out.shape:
            return None
        kind = (e.out.shape, e.out.dtype)
        dying = self.dying.get(i, [])
        for a in e.args if is_elementwise(e.rule) else e.args[: e.rule is ADD_AT]:
            if type(a) is Var and a in dying and (a.shape, a.dtype) == kind:
                dying.remove(a)
                return a
        found = self.spare.get(kind) if e.rule is not ADD_AT else None
        return found.pop() if found else None

    # ------------------------------------------------------------ one equation, one line

    def emit(self, i, e):
        args, f = [self.operand(a, e) for a in e.args], e.rule.function
        if type(e.out) is tuple:
            outs = "".join(f"{self.names[v]}, " for v in e.out)
            call = self.fused(**e.kwargs) if e.rule is FUSED else self.controlled(e)
            return self.lines.append(f"{outs}= {call}({', '.join(args)})")
        name, number = self.names[e.out], None
        if self.double and not any(map(shape_of, (e.out, *e.args))):
            number = self.on_numbers(e, args)
        in_place = is_elementwise(e.rule) or f is np.matmul or e.rule is ADD_AT
        old = self.buffer(i, e) if in_place and not number else None
        if old:
            self.names[e.out] = name = self.names[old]
        if number and self.uses[e.out] == 1 and len(number) < 60:
            self.names[e.out] = f"({number})"  # used once: written where it is used
        elif number:
            self.lines.append(f"{name} = {number}")
        elif f is scatter:
            kind = "" if e.out.dtype == float else f", {self.text(e.out.dtype)}"
            self.lines.append(f"{name} = np.zeros({e.out.shape}{kind})")
            add = "{0}[{1}] = {2}" if distinct(e.args[2]) else "np.add.at({0}, {3}, {2})"
            index = self.index(e.args[2]), args[0], args[2]
            self.lines.append(add.format(name, *index))
        elif e.rule is ADD_AT:
            if name != args[0]:
                self.lines.append(f"{name} = {args[0]}.copy()")
            self.lines += added_at(f"{name}[{self.index(e.args[2])}]", e.args[2], args[1])
        elif old:
            if f in (np.add, np.multiply) and name == args[1]:
                args.reverse()
            own = f in INFIX and name == args[0]
            call = f"{self.called(e)}({', '.join(args)}, out={name})"
            self.lines.append(f"{name} {INFIX[f]}= {args[1]}" if own else call)
        else:
            right = self.right(e, args)
            if self.double and e.out.shape == () and e.out.dtype == float:
                right = f"float({right})"
            self.lines.append(f"{name} = {right}")
        for v in self.dying.get(i, ()):
            if math.prod(v.shape) >= LARGE:
                self.spare.setdefault((v.shape, v.dtype), []).append(v)

    def right(self, e, args):
        """What a new array is made by."""
        f = e.rule.function
        if f in (core.operator.getitem, pick):
            array = args[0] if shape_of(e.args[0]) else f"np.asarray({args[0]})"
            return f"{array}[{self.index(e.args[1])}]"
        if f in INFIX and e.out.shape:
            return f"{args[0]} {INFIX[f]} {args[1]}"
        if f is np.negative and e.out.shape:
            return f"-{args[0]}"
        if f in SHORTER and shape_of(e.args[0]) and (short := SHORTER[f](self, e, *args)):
            return short
        options = [f"{k}={self.text(v)}" for k, v in e.kwargs.items()]
        return f"{self.called(e)}({', '.join([*args, *options])})"

    def on_numbers(self, e, args):
        """Arithmetic of Python's numbers; where `math` raises, NumPy will be asked again."""
        f = e.rule.function
        if e.out.dtype.kind not in "fb":
            return None
        if f in INFIX and (e.out.dtype == float or f not in (np.add, np.subtract, np.multiply)):
            return f"{args[0]} {INFIX[f]} {args[1]}"
        if e.out.dtype == float and f in IN_MATH:
            return f"math.{IN_MATH[f]}({', '.join(args)})"
        return ON_NUMBERS[f].format(*args) if e.out.dtype == float and f in ON_NUMBERS else None

    # ------------------------------------------------------------ names of things

    def text(self, a):
        """A literal, a name, or for trees of them the same tree."""
        if type(a) in (tuple, list):
            return repr(replace(a, lambda leaf: Word(self.text(leaf))))
        if type(a) is Var:
            return self.names[a]
        if (type(a) is float or (type(a) is np.float64 and self.double)) and math.isfinite(a):
            return repr(float(a))
        if a is None or type(a) in (bool, int, str):
            return repr(a)
        if a is Ellipsis:
            return "..."
        return self.constant(a)

    def operand(self, a, e):
        """As `text`; beside a small array a number costs less if it is an array itself."""
        if type(a) in (int, float, np.float64) and type(e.out) is Var and is_elementwise(e.rule):
            kinds = {b.dtype for b in (e.out, *e.args) if hasattr(b, "dtype")}
            if e.out.shape and math.prod(e.out.shape) < LARGE and kinds == {np.dtype(float)}:
                return self.constant(np.array(float(a)))
        return self.text(a)

    def called(self, e):
        """The name of a function."""
        f = e.rule.function
        return e.rule.name if e.rule.name.startswith("np.") else self.constant(f, f.__name__)

    def index(self, a):
        return index_text(a, self.text)

    def constant(self, a, name="k"):
        """A name in the function's globals for what has no literal."""
        if isinstance(a, core.Value):
            raise GraphError("A value of another engine cannot be compiled into a function.")
        name = f"{name}{len(self.namespace)}"
        self.namespace[name] = a
        if isinstance(a, np.ndarray):
            self.notes.append(f"# {name}: {a.dtype}{list(a.shape) if a.ndim else f' {a}'}")
        return name


def added_at(place, index, g):
    """The lines of ``place += g``; through a view of it, Python need not write the place back."""
    plain = all(type(i) is slice for i in (index if type(index) is tuple else (index,)))
    return [f"view = {place}", f"view += {g}"] if plain else [f"{place} += {g}"]


def paths(tree, at=""):
    """How to reach each leaf of a tree: [0]['W']."""
    if tree is None:
        return [at]
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    return [path for key, branch in items for path in paths(branch, f"{at}[{key!r}]")]

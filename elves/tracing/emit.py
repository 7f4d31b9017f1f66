"""Emit: from IR to the text of a straight-line NumPy function, one line per equation.

Numbers become Python's own arithmetic and `math`, several times faster on them than NumPy. An
array that nobody will read again is overwritten by the next result of its shape and dtype.

Source: Poletto & Sarkar, "Linear scan register allocation" (1999), for buffers by liveness.
"""

import collections
import math

import numpy as np

from elves import core, trees
from elves.errors import GraphError
from elves.rules.arrays import join, pick, scatter
from elves.tracing.fuse import FUSED, blocks, entries, fuse, machine_code
from elves.tracing.ir import Var, Word, index_text, replace, variables
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
FRESH = {np.sum, np.matmul, np.where, np.max, np.min, join, scatter}  # never a view of an argument
VIEWS = {
    np.reshape, np.expand_dims, np.squeeze, np.ravel, np.transpose, np.swapaxes, np.moveaxis,
    core.operator.getitem, pick,
}  # fmt: skip
LARGE = 4096  # entries from which it pays to keep an array for a later result


def reduction(name):
    def written(emitter, e, x):
        axis, kept = e.kwargs.get("axis"), e.kwargs.get("keepdims", False)
        shape, kinds = shape_of(e.args[0]), {e.args[0].dtype, e.out.dtype}
        axes = {k % len(shape) for k in np.atleast_1d(range(len(shape)) if axis is None else axis)}
        small = len(shape) in (1, 2) and math.prod(shape) < LARGE
        if name == "add" and small and len(axes) == 1 and kinds == {np.dtype(float)}:
            (k,) = axes  # a product with ones costs half of NumPy's sum on small arrays
            ones, back = emitter.constant(np.ones(shape[k])), f".reshape({e.out.shape})" * kept
            return f"{ones}.dot({x}){back}" if k == 0 else f"{x}.dot({ones}){back}"
        return f"np.{name}.reduce({x}, {axis!r}{', keepdims=True' * kept})"

    return lambda emitter, e, x: written(emitter, e, x) if shape_of(e.args[0]) else None


def shape_of(a):
    return getattr(a, "shape", ())


def reshaped(emitter, e, x, *shape):
    return f"{x}.reshape({e.out.shape})" if shape_of(e.args[0]) else None


def turned(emitter, e, x, *axes):
    axes = (
        (1, 0) if e.rule.function is np.transpose and e.kwargs.get("axes") is None else e.args[1:]
    )
    plain = len(e.out.shape) == len(axes) == 2 and not any(map(np.ndim, axes))
    return f"{x}.T" if plain and axes[0] % 2 != axes[1] % 2 else None


def product(emitter, e, x, y):
    plain = {len(a.shape) for a in e.args} <= {1, 2} and e.args[0].dtype == e.args[1].dtype
    return f"{x}.dot({y})" if plain and e.out.dtype.kind == "f" else None


# How NumPy wants a call to be written when every microsecond counts: (equation, texts) -> text
SHORTER = {
    np.sum: reduction("add"), np.max: reduction("maximum"), np.min: reduction("minimum"),
    np.reshape: reshaped, np.expand_dims: reshaped, np.squeeze: reshaped, np.ravel: reshaped,
    np.swapaxes: turned, np.transpose: turned, np.moveaxis: turned, np.matmul: product,
}  # fmt: skip


def is_elementwise(rule):
    return type(rule.function) is np.ufunc and not rule.function.signature


def is_fresh(rule):
    return rule.function in FRESH or is_elementwise(rule) or rule in (FUSED, ADD_AT)


class Emitter:
    """Writes the function `compiled`; `names` maps each Var to the name that holds its value."""

    def __init__(self, ir, passes, backend="numpy", in_math=True):
        ir = optimize(ir, passes)
        numba = backend == "numba" and in_math
        if "fuse" in passes:
            ir = fuse(ir, 256, {*INFIX, *IN_MATH, *ON_NUMBERS}) if numba else fuse(ir)
        self.ir, self.passes, self.names, self.lines = ir, passes, ir.names(), []
        self.backend, self.numba, self.functions = backend, numba, ""
        self.namespace, self.notes, self.spare = {"np": np, "math": math}, [], {}
        self.double = is_double(ir)
        self.in_math = in_math and self.double
        self.find_last_uses()
        self.lines += self.unpack()
        for i, e in enumerate(ir.equations):
            self.emit(i, e)
        self.lines.append(f"return {trees.rebuild(ir.out_tree, self.results())!r}")
        head = [f"def compiled({', '.join(self.parameters)}):", *self.notes]
        self.source = self.functions + "\n    ".join(head + self.lines) + "\n"

    def function(self):
        main = self.source[len(self.functions) :]
        exec(compile(main, "<compiled>", "exec"), self.namespace)
        return self.namespace["compiled"]

    def fused(self, body):
        """A function of its own for a loop over blocks, or over entries in machine code."""
        name = f"fused{len(self.namespace)}"
        self.namespace[name] = None
        if self.numba:
            source = entries(body, name, self.text, self.on_numbers)
        else:
            source = blocks(body, name, self.text)
        exec(source, self.namespace)
        if self.numba:
            source = f"@numba.njit\n{source}"
            self.namespace[name] = machine_code(self.namespace[name])
        self.functions += source + "\n"
        return name

    def controlled(self, e):
        """A loop or a branch, with bodies that are compiled as well."""
        inner = lambda body: Emitter(body, self.passes, self.backend, self.in_math).function()  # noqa: E731
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
                elif v in self.last:
                    yield f"{self.names[v]} = p{k}{path}"
                if v.shape == () and v in self.last:
                    if self.double and v.dtype == float and not (v.weak and self.in_math):
                        to_number = "float" if self.in_math else "np.float64"
                        yield f"{self.names[v]} = {to_number}({self.names[v]})"
                    elif not v.weak:
                        yield f"{self.names[v]} = np.asarray({self.names[v]})[()]"

    def results(self):
        """The text of each result; an array that is not the caller's alone is copied."""
        seen = set()
        self.bind_types(self.ir.out_tree)
        for a in self.ir.outputs:
            if type(a) is not Var:
                yield Word(self.text(a) + ".copy()" * isinstance(a, np.ndarray))
            elif a.shape == ():
                again = self.double and a.dtype == float and not self.in_math
                yield Word(f"float({self.names[a]})" if again else self.names[a])
            else:
                own = self.roots[a] <= self.owned and seen.isdisjoint(self.roots[a])
                seen |= self.roots[a]
                yield Word(self.names[a] + ("" if own else ".copy()"))

    def bind_types(self, tree):
        """Named tuples of the result are made under their own names."""
        if isinstance(tree, (tuple, list, dict)):
            self.namespace.setdefault(type(tree).__name__, type(tree))
            for branch in tree.values() if isinstance(tree, dict) else tree:
                self.bind_types(branch)

    # ------------------------------------------------------------ whose memory is it

    def find_last_uses(self):
        """The arrays whose memory a Var may share, and the last equation that reads each."""
        self.roots, self.owned, self.last = {v: {v} for v in self.ir.inputs}, set(), {}
        self.uses = collections.Counter(a for a in self.ir.outputs if type(a) is Var)
        for i, e in enumerate(self.ir.equations):
            read = variables((e.args, e.kwargs))
            self.uses.update(read)
            used = set().union(*(self.roots[v] for v in read))
            self.last.update(dict.fromkeys(used, i))
            for v in e.out if type(e.out) is tuple else [e.out]:
                fresh = is_fresh(e.rule)
                self.roots[v] = {v} if fresh else used if e.rule.function in VIEWS else used | {v}
                self.owned |= {v} if fresh else set()
        for a in self.ir.outputs:
            if type(a) is Var:
                self.last.update(dict.fromkeys(self.roots[a], len(self.ir.equations)))
        self.dying = {}
        for v, i in self.last.items():
            if v in self.owned and v.shape:
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
        name, short = self.names[e.out], SHORTER.get(f)
        number = not any(map(shape_of, (e.out, *e.args)))
        on_numbers = self.in_math and number and self.on_numbers(e, args)
        if on_numbers:
            right = on_numbers
        elif f in (core.operator.getitem, pick):
            array = args[0] if shape_of(e.args[0]) else f"np.asarray({args[0]})"
            right = f"{array}[{self.index(e.args[1])}]"
        elif f is scatter:
            kind = "" if e.out.dtype == float else f", {self.text(e.out.dtype)}"
            self.lines.append(f"{name} = np.zeros({e.out.shape}{kind})")
            add = "{0}[{1}] = {2}" if distinct(e.args[2]) else "np.add.at({0}, {1}, {2})"
            index = self.index(e.args[2]) if distinct(e.args[2]) else self.text(e.args[2])
            return self.lines.append(add.format(name, index, args[0]))
        elif e.rule is ADD_AT:
            if old := self.buffer(i, e):
                self.names[e.out] = name = self.names[old]
            if name != args[0]:
                self.lines.append(f"{name} = {args[0]}.copy()")
            right = None
            self.lines.append(f"{name}[{self.index(e.args[2])}] += {args[1]}")
        elif (is_elementwise(e.rule) or f is np.matmul) and (old := self.buffer(i, e)):
            right, target = None, self.names[old]
            if f in (np.add, np.multiply) and target == args[1]:
                args.reverse()
            in_place = f in INFIX and target == args[0]
            written = f"{target} {INFIX[f]}= {args[1]}" if in_place else None
            self.lines.append(written or f"{self.called(e)}({', '.join(args)}, out={target})")
            self.names[e.out] = target
        elif f in INFIX and e.out.shape:
            right = f"{args[0]} {INFIX[f]} {args[1]}"
        elif f is np.negative and e.out.shape:
            right = f"-{args[0]}"
        elif not (short and (right := short(self, e, *args))):
            options = [f"{k}={self.text(v)}" for k, v in e.kwargs.items()]
            right = f"{self.called(e)}({', '.join([*args, *options])})"
        if on_numbers and self.uses[e.out] == 1 and len(right) < 60:
            self.names[e.out] = f"({right})"  # used once: written where it is used
        elif right:
            if self.in_math and e.out.shape == () and e.out.dtype == float and not on_numbers:
                right = f"float({right})"
            self.lines.append(f"{name} = {right}")
        for v in self.dying.get(i, ()):
            if math.prod(v.shape) >= LARGE:
                self.spare.setdefault((v.shape, v.dtype), []).append(v)

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
        plain = type(a) is float or (type(a) is np.float64 and self.double)
        if plain and math.isfinite(a):
            return f"({float(a)!r})" if a < 0 else repr(float(a))
        if a is None or a is Ellipsis or type(a) in (bool, int, str):
            return f"({a})" if type(a) is int and a < 0 else "..." if a is Ellipsis else repr(a)
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


def paths(tree, at=""):
    """How to reach each leaf of a tree: [0]['W']."""
    if tree is None:
        return [at]
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    return [path for key, branch in items for path in paths(branch, f"{at}[{key!r}]")]

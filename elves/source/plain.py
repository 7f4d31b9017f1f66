"""What `elves.source.page` reads, and what it can know before a program runs.

It reads assignments of numbers and arrays and into arrays, ``if``, ``for`` over ``range`` and
``while``. Each check here stands for a number that would be wrong without it: two names of one
memory, an entry that is named twice, a name that only one branch gives a value.
"""

import ast
import collections
import contextlib
import copy
import functools
import itertools
import re

import numpy as np

from elves import calls, core, parse, source, trees
from elves.errors import ElfError, InputError, SourceError
from elves.parse import MISSING
from elves.source import finish, signature
from elves.source.code import branch, changed, lined, names, operands  # noqa: F401
from elves.source.kinds import ARRAY, AT_RUN_TIME, SCALAR, Kind
from elves.source.names import COMPARE, OPERATORS, Name, Writer, neutral

LETS, LOOPS = (ast.Assign, ast.AugAssign, ast.For), (ast.For, ast.While)
NODES = (
    *LETS, *LOOPS, ast.If, ast.Pass, ast.Return, ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp,
    ast.Compare, ast.BoolOp, ast.Call, ast.keyword, ast.Attribute, ast.Subscript, ast.Slice,
    ast.Tuple, ast.List, ast.operator, ast.unaryop, ast.cmpop, ast.boolop, ast.expr_context,
)  # fmt: skip
CONSTANTS = {int, float, bool, type(None), type(...)}
ROWS = {np.zeros, np.ones, np.arange}  # arrays of one axis, if their argument is one number
PASSIVE = {len, range, int, np.zeros, np.ones, np.eye}  # what they give does not vary
KNOWN = {*PASSIVE, np.arange, np.array}  # and these must get what does not vary
OWN = {np.sum, np.mean, np.max, np.min, np.prod, np.dot, np.where, np.copy, *KNOWN}  # new memory
WHOLE = (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv, ast.Mod, ast.USub)
FIELDS = r"len\(\w+\)|\w+\.(shape\[-?\d+\]|size|ndim)"
NUMBERS = {int, float, np.float64}
OURS = {"np", "fit", "reversed"}  # names that the text needs


def checked(x):
    """A number, or an array in memory of its own, as the page takes it."""
    if isinstance(x, (*core.UNFIT, list, tuple, dict)) or trees.kind(x) not in "fbiu":
        what = f"numbers and arrays, not {type(x).__name__}"
        raise InputError(f"The page reads {what}: use elves.source.grad.")
    return np.array(x) if isinstance(x, np.ndarray) else x


class Plain(Writer):
    """A function, and what is known of its names.

    `active` names vary; `whole` ones are integers; `rows` are arrays of one axis; `stored` arrays
    are changed in place. `types` are those of the arguments, as far as they are known.
    """

    unknown = AT_RUN_TIME

    def __init__(self, f, varying, types):
        if parse.of_engine(f):
            raise SourceError("The page reads no derivatives: use elves.source.grad.")
        self.f, self.source, self.serials = f, parse.read(f), itertools.count()
        self.varying, self.active = varying, set(varying)
        self.params, body = self.source.params, copy.deepcopy(self.source.body)
        words = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
        self.body = body[words:]  # without a docstring
        nodes = [n for s in self.body for n in ast.walk(s)]
        self.local = {*self.params, *(v for s in self.body for v in parse.stores(s))}
        self.free, values = names(*self.body) - self.local, collections.defaultdict(list)
        for n in nodes:
            if not (isinstance(n, NODES) and self.reads(n)):
                self.refuse(n)
        if not self.body or not isinstance(self.body[-1], ast.Return):
            self.refuse(body[-1], "no return follows", "return one number at the end")
        if clash := (OURS & self.local) | ({"fit", "reversed"} & self.free):
            self.refuse(body[0], f"{min(clash)} is a name that the text needs", "take another")
        for s in (n for n in nodes if isinstance(n, ast.stmt)):
            s.text = "" if hasattr(s, "body") else ast.unparse(s)
        self.read_assignments([n for n in nodes if isinstance(n, LETS)], types, values)
        self.indexed = self.active & names(*(n.value for n in nodes if type(n) is ast.Subscript))
        self.write()
        self.code = compile(self.text("run", True), "<page>", "exec")

    def read_assignments(self, lets, types, values):
        """Find what varies, and which names are whole numbers, rows, numbers, or stored into."""
        for s in lets:
            s.place = s.targets[0] if isinstance(s, ast.Assign) else s.target
            s.base = getattr(s.place, "value", s.place)
            s.value = getattr(s, "value", ast.Constant(0))
            if isinstance(s, ast.AugAssign):
                now = ast.parse(ast.unparse(s.place), mode="eval").body
                s.value = ast.copy_location(ast.BinOp(now, s.op, s.value), s)
            if s.place is s.base:
                values[s.base.id].append(s.value)
        while new := {s.base.id for s in lets if self.varies(s.value)} - self.active:
            self.active |= new
        self.whole = self.local - {p for p in self.params if types.get(p) is not int}
        while bad := {v for v in self.whole if not all(map(self.is_whole, values[v]))}:
            self.whole -= bad
        self.rows = {v for v in values if all(map(self.is_row, values[v]))} - set(self.params)
        self.numbers = self.local - {p for p in self.params if types.get(p) not in NUMBERS}
        while bad := {v for v in self.numbers if not all(map(self.is_number, values[v]))}:
            self.numbers -= bad
        inside = [s for s in lets if s.place is not s.base or isinstance(s, ast.AugAssign)]
        self.stored = {s.base.id for s in inside} - self.numbers

    # ------------------------------------------------------------ what it reads

    def refuse(self, n, what="", way="use elves.source.grad"):
        code = ast.unparse(n).splitlines()[0]
        self.source.refuse(n, what or f"{code:.60} is more than the page reads", way)

    def reads(self, n):
        """Does the page read a node whose parts it reads?"""
        if isinstance(n, ast.Constant):
            return type(n.value) in CONSTANTS
        if isinstance(n, ast.Return):
            return n is self.body[-1] and n.value
        if isinstance(n, LOOPS) and n.orelse:
            return False
        if isinstance(n, ast.For):
            entries = names(ast.parse(re.sub(FIELDS, "0", ast.unparse(n.iter)))) & changed(*n.body)
            again = names(n.target, n.iter) & {v for s in n.body for v in parse.stores(s)}
            ranged = isinstance(n.iter, ast.Call) and self.function(n.iter) is range
            same = names(n.target) & names(n.iter) | again | entries
            return ranged and isinstance(n.target, ast.Name) and not same
        if isinstance(n, LETS):
            [place, *more] = getattr(n, "targets", None) or [n.target]
            base = place.value if isinstance(place, ast.Subscript) else place
            return isinstance(base, ast.Name) and base.id in self.local and not more
        if isinstance(n, ast.Subscript):
            return isinstance(n.value, (ast.Name, ast.Attribute))
        if isinstance(n, ast.Attribute):
            return n.attr in ("shape", "ndim", "size") or ast.unparse(n).startswith("np.")
        return self.calls(n) if isinstance(n, ast.Call) else True

    def calls(self, n):
        """Is a call one of the table, without a place for its result?"""
        f, words = self.function(n), {k.arg for k in n.keywords}
        if f is None or isinstance(f, np.ufunc):
            return f and len(n.args) == f.nin and not words
        known = core.table.parameters_of(f)
        most = [*known, "out"].index("out") if known else getattr(self.rule(n), "arity", 0) or 9
        return len(n.args) <= most and not words & {"out", "where", "dtype", "copy", None}

    def function(self, e):
        """The function that an expression calls, if the page knows it."""
        if not isinstance(e, ast.Call):
            return OPERATORS.get(type(getattr(e, "op", None)))
        root, *path = ast.unparse(e.func).split(".")
        value = None if root in self.local else self.source.getter(root)()
        if path and root == "np" and value is np:
            value = functools.reduce(lambda v, name: getattr(v, name, None), path, np)
            return value if value in core.RULES or value in KNOWN else None
        passive = next((f for f in PASSIVE if f is value), None)
        return None if path else np.absolute if value is abs else passive

    def rule(self, e):
        return core.RULES.get(self.function(e))

    def look(self, s):
        """Refuse a statement that reads what may have no value, or that makes an alias."""
        read = (getattr(s, k, None) for k in ("value", "test", "iter", "place"))
        for e in (e for n in read if n for e in ast.walk(n) if isinstance(e, ast.Name)):
            if e.id in self.local - self.known and isinstance(e.ctx, ast.Load):
                self.refuse(e, f"{e.id} may have no value here", "give it one before")
        if isinstance(s, ast.For) and s.target.id in self.active:
            self.refuse(s)
        if not isinstance(s, (ast.Assign, ast.AugAssign)):
            return
        place, value = ast.unparse(s.place), ast.unparse(s.value)
        if s.place is not s.base:
            if not self.is_basic(s.place):
                self.refuse(s, f"{place} may name an entry twice", "use integers and slices")
        elif not self.is_fresh(s.value) and self.stored & names(s.place, s.value):
            what = f"{place} and {value} may be the same memory"
            self.refuse(s, what, f"write {place} = np.copy({value})")

    # ------------------------------------------------------------ what it knows

    def varies(self, e):
        if isinstance(e, ast.Name):
            return e.id in self.active
        passive = self.function(e) in PASSIVE or getattr(self.rule(e), "constant", False)
        if passive or isinstance(e, (ast.Compare, ast.Attribute)):
            return False
        kids = [e.value] if isinstance(e, ast.Subscript) else ast.iter_child_nodes(e)
        return any(map(self.varies, kids))

    def is_whole(self, e):
        if isinstance(e, ast.Name):
            return e.id in self.whole
        if isinstance(e, ast.Constant):
            return type(e.value) is int
        if isinstance(e, (ast.BinOp, ast.UnaryOp)):
            return isinstance(e.op, WHOLE) and all(map(self.is_whole, operands(e)))
        return self.function(e) is int or bool(re.fullmatch(FIELDS, ast.unparse(e)))

    def is_row(self, e):
        return self.function(e) in ROWS and len(e.args) == 1 and self.is_whole(e.args[0])

    def is_number(self, e):
        f, all_are = self.function(e), all(map(self.is_number, operands(e)))
        if isinstance(e, ast.Name):
            return e.id in self.numbers
        if isinstance(e, ast.Subscript) and self.is_entry(e):
            return True
        whole = isinstance(e, ast.Constant) or self.is_whole(e)
        each = isinstance(e, ast.Compare) or isinstance(f, np.ufunc)
        return whole or (each and all_are) or (f is np.sum and len(e.args) == 1 and not e.keywords)

    def is_basic(self, e):
        """Are the parts of an index integers and slices, so that no entry is named twice?"""
        parts = e.slice.elts if isinstance(e.slice, ast.Tuple) else [e.slice]
        axes = [p for p in parts if getattr(p, "value", 0) not in (None, ...)]
        return all(isinstance(p, ast.Slice) or self.is_whole(p) for p in axes)

    def is_entry(self, e):
        """Is it surely one number of an array?"""
        return names(e.value) <= self.rows and self.is_whole(e.slice)

    def is_fresh(self, e):
        """Is a value surely in memory of its own?"""
        kinds = (core.Elementwise, core.Multilinear, core.Constant)
        made = self.function(e) in OWN or isinstance(self.rule(e), kinds)
        return made or self.is_number(e) or isinstance(e, (ast.Compare, ast.Attribute))

    # ------------------------------------------------------------ the table, run on names

    def begin(self):
        """Names that nobody uses yet, and what is known where the program begins."""
        self.fresh = parse.counter({*self.local, *self.free, *OURS})
        self.bar = {v: self.fresh(f"{v}_bar") for v in sorted(self.local)}
        self.stack, self.y = self.fresh("stack"), self.fresh("value")
        self.known, self.older, self.unset = set(self.params), set(self.params), set()
        self.seen, self.lines = set(), []
        self.one = Name(self, ast.Constant(1.0), SCALAR, value=1.0)

    def name(self, e):
        if isinstance(e, Name):
            return e
        return Name(self, ast.parse(e, mode="eval").body if isinstance(e, str) else e, ARRAY)

    def value(self, e):
        """A number as it is, and a name for what is not known yet."""
        with contextlib.suppress(ValueError):
            return ast.literal_eval(e)
        return self.name(e)

    def options(self, e):
        return {k.arg: self.value(k.value) for k in e.keywords}

    def reference(self, function):
        return self.name(core.full_name(function)).node

    def apply(self, rule, args, kwargs):
        """What becomes of one call in a row of the table: a longer piece of text."""
        if (same := neutral(rule.function, args)) is not None:
            return same
        y = self.name(self.written(rule.function, args, kwargs))
        y.kind = Kind(None, np.dtype(bool)) if rule.function in COMPARE else ARRAY
        return y

    def as_function(self, e, i):
        """The call of e as a function of its i-th operand alone."""
        u, kids = self.fresh("u"), operands(e)
        kids[i], call = ast.Name(u), isinstance(e, ast.Call)
        again = ast.Call(e.func, kids, e.keywords) if call else ast.BinOp(kids[0], e.op, kids[-1])
        return f"lambda {u}: {ast.unparse(again)}"

    # ------------------------------------------------------------ the text

    def read_by(self, lines):
        """The names that lines read, but for undoing what they stand for."""
        undo = rf"\w+(\[.*\])? = {self.stack}\.pop\(\)|#.*"
        return set(re.findall(r"\w+", re.sub(undo, r"\1", lined(lines))))

    def text(self, name, both=False):
        """The gradient's source, or that of the value and the gradient."""
        bars = [self.bar[p] if p in self.seen else f"np.zeros_like({p})" for p in self.varying]
        lines = [*self.there, *self.back, "return " + ", ".join(bars)]
        if both:
            lines[-1] = f"return {self.y}, [{', '.join(bars)}]"
            lines.insert(len(self.there), f"{self.y} = {ast.unparse(self.body[-1].value)}")
        start = [f"{v} = None" for v in sorted(self.unset)] + [f"{self.stack} = []"]
        lines = start + lines if f"{self.stack}." in lined(lines) else lines
        code = lined([f"def {name}({', '.join(self.params)}):", lines], 0)
        fits = "from elves.source.page import fit\n" * ("fit(" in code)
        return f"import numpy as np\n{fits}\n\n{code}\n"

    def __call__(self, args):
        scope = {}
        for v in self.free - {"np"}:
            value = self.source.getter(v)()
            if not any(value is known for known in (MISSING, abs, *PASSIVE)):
                scope[v] = checked(value)
        numbers = map(trees.number, map(checked, args))  # 1 / 0 is inf, as in arrays
        args = [
            n if p in self.varying else x
            for p, x, n in zip(self.params, args, numbers, strict=True)
        ]
        exec(self.code, scope)
        try:
            y, bars = scope["run"](*map(checked, args))
        except ElfError:
            raise
        except Exception as error:
            calls.call(self.f, tuple(map(checked, args)))  # where it fails too, its words count
            what = f"is more than the page reads ({error}): use elves.source.grad"
            raise SourceError(f"{self.source.name} {what}.") from error
        if any(np.iscomplexobj(bar) for bar in bars if not isinstance(bar, core.Value)):
            raise SourceError(f"{self.source.name} met complex numbers: use real ones.")
        return y, bars


def run(program, f, argnums):
    """A function that gives f's value and its gradient, by a transformation."""
    chosen, many = calls.checked(f, argnums), isinstance(argnums, (tuple, list))
    known = functools.cache(lambda varying, types: program(f, varying, dict(types)))

    def of_args(*args, **kwargs):
        calls.check_fits(f, args, kwargs)
        bound = signature(f).bind(*args, **kwargs)
        bound.apply_defaults()
        values = bound.arguments
        _, varying = calls.select(f, tuple(values), {}, chosen)
        primals = [values[p] for p in varying]
        trees.check_inputs(primals)
        try:
            made = known(varying, tuple((p, type(x)) for p, x in values.items()))
            y, bars = made(values.values())
        except ElfError as error:
            if "elves.source" in str(error):  # if that refuses too, its own sentence counts
                source.value_and_grad(f, argnums)(*args, **kwargs)
            raise
        trees.scalar(y)
        out = tuple(map(finish, bars, primals))
        return trees.plain_float(y), out if many else out[0]

    return of_args


def written(program, f, args, argnums):
    """The text of a transformation, for arguments as far as there are some."""
    chosen, params = calls.checked(f, argnums), list(signature(f).parameters)
    types = {p: type(x) for p, x in zip(params, args, strict=False)}
    _, varying = calls.select(f, tuple(params), {}, chosen)
    made = program(f, varying, types)
    return made.text(f"grad_of_{made.source.name}")

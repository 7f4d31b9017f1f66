"""What does not vary: how it is found, what is known of it, and how it is written as it stands.

Source: Griewank & Walther, Evaluating Derivatives (2008), section 6.2, on activity; Cousot &
Cousot, "Abstract interpretation" (1977), on the kinds of values.
"""

import ast
import dis
import math
import types

import numpy as np

from elves import core, parse, trees
from elves.parse import MISSING
from elves.source import helpers, steps
from elves.source.code import load
from elves.source.kinds import (
    AT_RUN_TIME,
    Function,
    Kind,
    Seq,
    Undecided,
    is_number,
    is_tree,
    join_all,
    kind_of_value,
    zeros_of,
)  # fmt: skip
from elves.source.names import MARKS, Name, Writer, node_of
from elves.source.questions import (
    Inner,
    active,
    among,
    changed_by,
    evaluate,
    is_star,
    is_word,
    memory_of,
    names_in,
    names_of,
    rule_of,
    stand_in,
)
from elves.source.sizes import WORDS, Careful, arms_of, is_plain

AGAIN = (
    "the derivative stands, but its source cannot be transformed once more: take the next one by "
    "differences, as in elves.numerical.jvp(elves.source.grad(f), (x,), (v,))"
)


class Passive(Writer):
    """Looks at expressions; `env` has the values of the user's names, `locals` are all of these."""

    def is_ours(self):
        """Is this source one that was written here?"""
        return self.source.getter("__name__")() == "written"

    def refuse(self, what, way, node=None):
        way = AGAIN if self.is_ours() else way.replace("  ", "")  # a name that was made up
        self.source.refuse(node if hasattr(node, "lineno") else self.at, what, way)

    def name(self, node, kind=None, **known):
        return Name(self.program, node, kind, **known)

    def resolve(self, node):
        """The object that a dotted name outside of this function stands for."""
        if isinstance(node, ast.Name) and node.id not in self.locals:
            return self.program.look_up(self.source, node.id)
        if isinstance(node, ast.Name):  # of this function's own: a function that it was given
            kind = getattr(self.env.get(node.id), "kind", None)
            return kind.function if isinstance(kind, Function) else MISSING
        if isinstance(node, ast.Attribute):
            base = self.resolve(node.value)
            value = MISSING if base is MISSING else getattr(base, node.attr, MISSING)
            if callable(value) and self.may_change(node, base):
                self.program.watch_path(self.source, node)
            return value
        function = self.resolve(node.func) if isinstance(node, ast.Call) else None
        of_tape = among(function, steps.BY_SOURCE) and "lambda" not in ast.unparse(node)
        if of_tape or getattr(function, "__module__", None) == "elves.source":  # source.grad(g)
            names = {n.id: self.resolve(n) for n in ast.walk(node) if isinstance(n, ast.Name)}
            if MISSING not in names.values():
                return evaluate(node, names)
        return MISSING

    def may_change(self, node, base):
        """May an attribute of this get another value? Python's own and NumPy's keep theirs."""
        while isinstance(node, ast.Attribute):
            node = node.value
        of = base if isinstance(base, types.ModuleType | type) else type(base)
        module = of.__name__ if isinstance(of, types.ModuleType) else of.__module__
        theirs = module.partition(".")[0] in ("builtins", "numpy", "scipy", "math")
        return isinstance(node, ast.Name) and node.id not in self.locals and not theirs

    def is_undefined(self, node):
        """Is a dotted name from outside of this function one that stands for nothing?"""
        root = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Call):  # in source that was written here
            return self.resolve(root.func) is helpers.undefined
        outer = isinstance(root, ast.Name) and root.id not in self.locals
        return outer and self.resolve(node) is MISSING

    def varies(self, e):
        """Does an expression depend on the differentiated arguments?"""
        if isinstance(e, ast.Name):
            value = self.env.get(e.id)
            values = [self.env.get(n) for n in value.free] if isinstance(value, Inner) else [value]
            return any(map(active, values))
        if isinstance(e, (ast.Constant, ast.JoinedStr, ast.Compare)):
            return False  # whatever is compared, the answer does not vary
        if isinstance(getattr(e, "op", None), (ast.Not, ast.FloorDiv)):
            return False
        if isinstance(e, ast.Attribute) and e.attr in steps.PASSIVE_ATTRIBUTES:
            return False
        if isinstance(e, ast.Call):
            function = self.resolve(e.func)
            if function is MISSING and isinstance(e.func, ast.Attribute):
                function = core.METHODS.get(e.func.attr)
                if e.func.attr in steps.PASSIVE_METHODS:
                    return False
            if among(function, steps.UNSEEN):
                what = f"{function.__name__} looks at the program itself"
                self.refuse(what, "write what it does", e)
            masked = str(getattr(function, "__module__", "")).startswith("numpy.ma.")
            if masked or among(function, {np.matrix, np.asmatrix}):
                way = "use np.where instead of a mask" if masked else "use np.array, and @ for *"
                self.refuse(f"{ast.unparse(e.func)} is no plain array", way, e)
            given = [*e.args, *(k.value for k in e.keywords)]
            if not self.keeps_text(e, function) and any(map(self.tells, given)):
                self.refuse("a number that goes through text", "leave it a number", e)
            if among(function, steps.PASSIVE) or getattr(rule_of(function), "constant", False):
                return False
        if self.is_text(e):
            return False
        if any(self.tells(c.iter) for c in getattr(e, "generators", ())):
            calls = [n for n in ast.walk(e) if isinstance(n, ast.Call)]
            if not all(self.keeps_text(n, self.resolve(n.func)) for n in calls):
                self.refuse("a number that goes through text", "leave it a number", e)
        parts = [e.body] if isinstance(e, ast.Lambda) else ast.iter_child_nodes(e)
        return any(map(self.varies, parts))

    def is_text(self, e):
        """Does an expression make a text of what is in it?"""
        if isinstance(e, ast.Call):
            method = isinstance(e.func, ast.Attribute) and is_word(e.func.value)
            return method or among(self.resolve(e.func), {str, repr, format, ascii})
        percent = isinstance(e, ast.BinOp) and isinstance(e.op, ast.Mod) and is_word(e.left)
        return percent or isinstance(e, ast.JoinedStr)

    def tells(self, e):
        """Is there a text in an expression which tells a number that varies?"""
        if isinstance(e, ast.Name):
            return any("text" in v.memory for v in self.values_in(e))
        if isinstance(e, ast.Subscript):
            return self.tells(e.value)
        parts = list(ast.iter_child_nodes(e))
        if self.is_text(e) and any(map(self.varies, parts)):
            return True
        asks = isinstance(e, ast.Call) and among(self.resolve(e.func), steps.PASSIVE)
        if isinstance(e, ast.Compare) or (asks and not self.is_text(e)):
            return False
        return any(map(self.tells, parts))

    def keeps_text(self, e, function):
        """Does a call make no number of a text that it is given?"""
        method = function is MISSING and hasattr(str, getattr(e.func, "attr", ""))
        return method or among(function, steps.PASSIVE - {int})

    def values_in(self, e):
        """The local values that an expression reads."""
        return [v for n in names_of(e) for v in names_in(self.env.get(n))]

    def passive(self, e, memory=()):
        """The value of an expression that does not vary: it stays as it is, without a name."""
        kind, value = self.guess(e)
        if not self.is_new(e, kind) and (not is_number(kind) or self.may_share(e)):
            memory = (memory_of(self.values_in(e)) - {"text"}).union(memory, self.held_outside(e))
        memory = frozenset(memory) | ({"text"} if self.tells(e) else set())
        found = self.name(self.substitute(e), kind, value=value, memory=memory)
        if (
            is_number(kind)
            and isinstance(e, ast.Call)
            and self.looked(e)[0].__class__ is np.ndarray
        ):
            found.memory |= {found.serial}  # an array without dimensions
        return found

    def is_new(self, e, kind):
        """Does an expression surely make something that has no part of what was there before?"""
        if isinstance(e, ast.Call) and among(self.resolve(e.func), steps.ZEROS):
            return True
        entries = kind.values() if isinstance(kind, dict) else kind
        if is_tree(kind) and (isinstance(kind, Seq) or not all(map(is_number, entries))):
            return False
        if not isinstance(e, ast.Call):
            return isinstance(e, steps.NEW)
        f, name = self.resolve(e.func), getattr(e.func, "attr", "")
        old = among(f, steps.VIEWS | steps.ITSELF) or name in steps.OLD
        old = old or any(k.arg in ("copy", "out") for k in e.keywords)
        numpy = isinstance(f, np.ufunc) or str(getattr(f, "__module__", "")).startswith("numpy")
        method = f is MISSING and name
        return not old and bool(method or numpy or among(f, steps.PASSIVE | steps.LISTS))

    def held_outside(self, e):
        """The mark of what lives outside, if an expression may give a part of that."""
        if isinstance(e, (ast.List, ast.Tuple, ast.Dict)):
            return ()
        outer = [self.resolve(load(n)) for n in names_of(e) if n not in self.locals]
        return {"outside"} if any(isinstance(v, (np.ndarray, list, dict)) for v in outer) else ()

    def may_share(self, e):
        """May a number be an array without dimensions that has another name, too?"""
        if isinstance(e, (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Constant)):
            return False  # a new one
        if arms := arms_of(e):
            return any(map(self.may_share, arms))
        for v in self.values_in(e):
            own = {v.serial, *(v.shell or ())} if is_tree(v.kind) else set()
            if (v.kind is None or is_number(v.kind) or is_tree(v.kind)) and v.memory - own - MARKS:
                return True
        return isinstance(self.looked(e)[0], np.ndarray)

    def substitute(self, node, bound=None):
        """Code with the new names in the place of the user's; `bound` are names of its own."""
        bound = bound or {}
        if isinstance(node, list):
            return [self.substitute(n, bound) for n in node]
        if not isinstance(node, ast.AST) or not node._fields:
            return node
        if isinstance(node, (ast.NamedExpr, ast.Yield, ast.YieldFrom, ast.Await)):
            self.refuse(*steps.WORDS[type(node).__name__], node)
        if isinstance(node, ast.Call):
            self.check_effects(node, bound)
        if isinstance(node, ast.arg):
            return ast.arg(bound[node.arg])
        if isinstance(node, ast.Name):
            if node.id in bound:
                return ast.Name(bound[node.id], node.ctx)
            if not isinstance(node.ctx, ast.Load):
                return node
            value = self.e_Name(node)
            if isinstance(value, Inner):
                way = f"call it in a line of its own, or define it outside of {self.source.name}"
                self.refuse(f"the inner function {node.id} in here", way)
            return node_of(value)
        own = parse.params_of(node) if isinstance(node, ast.Lambda) else []
        own += [n for c in getattr(node, "generators", ()) for n in names_of(c.target)]
        bound = bound | {n: self.fresh(n) for n in own}
        fields = {f: self.substitute(getattr(node, f, None), bound) for f in node._fields}
        return type(node)(**fields)

    def check_effects(self, e, bound):
        """A call that stays as it stands must not change a list or an array of this function."""
        function, base = self.resolve(e.func), getattr(e.func, "value", None)
        given = [*e.args, *(k.value for k in e.keywords)]
        if function is MISSING:
            name = getattr(e.func, "attr", "")
            made = self.resolve(getattr(e.func, "func", e.func))
            if not (isinstance(e.func, ast.Attribute) or parse.of_engine(made)):
                held = [v for a in (e.func, *given) for v in self.values_in(a)]
                if any(v.memory - MARKS - {v.serial, *(v.shell or ())} for v in held):
                    what = f"{ast.unparse(e.func)} may change what it is given"
                    self.refuse(what, "call a function by its own name", e)
            named = self.env.get(getattr(base, "id", None))
            if name == "pop" and not given and isinstance(named, Name):
                return self.shorten(named)
            changed = [base] if name in steps.CHANGE else given if name == "shuffle" else []
        elif among(function, steps.CHANGES):
            changed = given[:1]
        elif isinstance(function, np.ufunc):
            changed = [*e.args[function.nin :], *(k.value for k in e.keywords if k.arg == "out")]
        elif getattr(function, "__name__", "") in ("at", "shuffle"):
            changed = given[:1]
        else:
            code = getattr(function, "__code__", None)
            if code and any(i.opname == "STORE_GLOBAL" for i in dis.get_instructions(code)):
                what = f"{ast.unparse(e.func)} changes what lives outside of it"
                self.refuse(what, "let it return a value", e)
            places = changed_by(function)
            changed = [a for k, a in enumerate(e.args) if k in places]
            changed += [k.value for k in e.keywords if k.arg in places or k.arg == "out"]
            changed = given if any(changed_by(self.resolve(a)) for a in given) else changed
        for a in changed:
            seen = any(v.kind is not None and not is_number(v.kind) for v in self.values_in(a))
            if seen or not bound.keys().isdisjoint(names_of(a)):
                what = f"{ast.unparse(e.func)} may change {ast.unparse(a)} in place"
                self.refuse(what, "make a new one instead, or return it", e)

    # ------------------------------------------------------------ its kind

    def guess(self, e):
        """The kind of an expression that does not vary, and its value where it is known.

        It is evaluated twice, with arrays of the right shapes but different numbers.
        """
        try:
            value = ast.literal_eval(e)
            return kind_of_value(value), value
        except (ValueError, TypeError, SyntaxError):
            pass
        if isinstance(e, ast.Call) and self.resolve(e.func) is helpers.zeros:
            of = self.env.get(getattr(e.args[0], "id", None))
            return zeros_of(getattr(of, "kind", None)), MISSING
        arms = arms_of(e)
        if arms and Careful(self, e).asks(getattr(e, "test", e)):
            return join_all(self.guess(arm)[0] for arm in arms), MISSING
        try:
            one, two = self.looked(e)
            kind, other = map(kind_of_value, (one, two))
            floats = all(isinstance(k, Kind) and k.dtype.kind == "f" for k in (kind, other))
            if floats and kind.shape == other.shape:
                kind = other = join_all([kind, other])  # a turn may make float32 wider
            chosen = not all(isinstance(n, steps.PLAIN) for n in ast.walk(e))
            if kind != other or (chosen and "Function(" in repr(kind)):
                return None, MISSING  # two numbers do not tell which function is chosen
        except AT_RUN_TIME:
            parts = getattr(e, "elts", None)  # of a list or a tuple
            if parts is None or isinstance(e, ast.Set) or any(map(is_star, parts)):
                return None, MISSING
            return tuple(self.guess(p)[0] for p in parts), MISSING
        sure = (isinstance(one, (int, tuple)) or one is None) and not Careful(self, e).asks(e)
        sure = sure and not any(isinstance(v, np.ndarray) for v in trees.leaves(one))
        return kind, one if sure and one == two else MISSING

    def looked(self, e):
        """What an expression is for two choices of the numbers in it."""
        inside, e = self.safe(e), Careful(self, e).written(e)
        with np.errstate(all="ignore"):
            return [evaluate(e, WORDS | {n: stand_in(v, turn) for n, v in inside.items()})
                    for turn in (0, 1)]  # fmt: skip

    def safe(self, e):
        """What the names in an expression stand for, if evaluating it can do no harm."""
        bound = {n for c in ast.walk(e) if isinstance(c, ast.comprehension)
                 for n in names_of(c.target)}  # fmt: skip
        for n in ast.walk(e):
            if isinstance(n, ast.Call):
                function = self.resolve(n.func)
                of_array = type(getattr(function, "__self__", None)) is np.ndarray
                method = function is MISSING or of_array  # one inside of the function, or outside
                method = method and getattr(n.func, "attr", "") in steps.SAFE_METHODS
                module = (getattr(function, "__module__", "") or "").split(".")
                numpy = module[0] in ("numpy", "math") and "random" not in module
                known = method or numpy or isinstance(function, np.ufunc)
                if among(function, steps.UNSURE) or not (known or among(function, steps.SAFE)):
                    raise Undecided("it might do something")
            elif isinstance(n, ast.Lambda):
                raise Undecided("it might do something")
        return {n: self.env[n] if n in self.env else self.resolve(load(n))
                for n in names_of(e) if n not in bound}  # fmt: skip

    def stays(self, node, value):
        """Is something outside the same at each call? Numbers and texts are watched for that."""
        if not is_plain(value):
            return callable(value) or isinstance(value, (types.ModuleType, np.dtype))
        root = self.source.getter(ast.unparse(node).partition(".")[0])()
        if root is not np and root is not math:  # of which np.pi stays
            self.program.watch_path(self.source, node)
        return True

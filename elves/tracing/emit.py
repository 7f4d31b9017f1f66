"""Emit: from IR to the text of a NumPy function, one line per equation.

`spelling` says how a call is written, `structured` how loops and branches are. An array that
nobody will read again is overwritten by the next result of its shape and dtype.

Source: Poletto & Sarkar, "Linear scan register allocation" (1999), for buffers by liveness.
"""

import ast
import collections
import math
import operator
import re

import numpy as np

from elves import core, trees
from elves.errors import GraphError
from elves.rules.arrays import join, scatter
from elves.tracing import machine
from elves.tracing.algebra import NUMBERS
from elves.tracing.buffers import Buffers, sums_first
from elves.tracing.distributing import distributed
from elves.tracing.fuse import FUSED, INSIDE, fuse, loop, machine_code, shared, whole
from elves.tracing.ir import (
    Var,
    Word,
    dtypes,
    fresh_words,
    identity,
    index_text,
    is_elementwise,
    replace,
    usual,
)
from elves.tracing.passes import ADD_AT, distinct, optimize
from elves.tracing.residuals import keep_residuals
from elves.tracing.spelling import (
    ARITHMETIC,
    COMPARISONS,
    INFIX,
    LARGE,
    ON_NUMBERS,
    ON_WHOLE,
    SHORTER,
    SLOW,
    added_at,
    counted,
    form_of,
    is_part,
    is_small,
    named,
    shape_of,
)
from elves.tracing.structured import WRITTEN, bare, kept_as_lists, part, put

LONG = 300  # lines from which machine code takes too long to make
MANY = 60  # lines of NumPy's calls from which loops in them pay for it
LIMIT = 10  # seconds that numba may compile a program without loops
SHARE = 0.1  # what a line of numbers takes of that time, where one of arrays takes 1
HELPERS = {"np": np, "math": math, "leaves": trees.leaves, "rebuild": trees.rebuild}


class Emitter(Buffers):
    """Writes the function `compiled`; `names` maps each Var to the text that holds its value.

    An Emitter `inside` of another one writes the body of a loop or a branch: both share the words
    for names, and it is given those of its inputs. With `places`, results go into `part0`, …
    `straight`: a program without loops is machine code, too.
    """

    def __init__(
        self, ir, passes, backend="numpy", namespace=None, inside=None, given=(), carried=(),
        whole=True, into=(), places=False, straight=False
    ):  # fmt: skip
        self.traced = ir
        ir = ir if inside else optimize(ir, passes)  # which did so with the bodies
        self.machine = backend == "numba" and len(ir.equations) < 4 * LONG
        kinds = () if inside else dtypes(ir)
        self.double = inside.double if inside else usual(kinds)
        loops = [e for e in ir.equations if e.rule.name in WRITTEN]
        fits = self.machine and self.double and (loops or straight)
        fits = fits and all(map(machine.of_small_arrays, loops))
        fits = fits and not any(map(machine.is_unlike, ir.equations))
        fits = fits and (not straight or machine.pays(ir.equations))
        self.whole = inside.whole if inside else bool(whole and fits)  # all of it is machine code
        outside = not inside and not self.whole
        if outside and "keep_residuals" in passes:
            ir = keep_residuals(ir, self.double)
        if outside and usual(kinds, "fiu") and "distributed" in passes:
            ir = distributed(ir, passes)
        if "fuse" in passes:
            known = (256, (ON_NUMBERS.keys() - SLOW, ON_NUMBERS)) if self.machine else ()
            ir = fuse(ir, whole=True) if self.whole else fuse(ir, *known)
        ir = sums_first(ir) if "reuse_buffers" in passes and not self.machine else ir
        self.ir, self.passes, self.backend, self.inside = ir, passes, backend, inside
        self.lists = kept_as_lists(ir, self.double) if loops and not self.whole else set()
        self.plain_ints = inside.plain_ints if inside else usual(kinds, "iu")
        self.lines, self.notes, self.functions, self.of_numbers = [], [], "", 0
        self.constants = inside.constants if inside else {}
        self.into = dict(into)  # the place for a result, in an array that is there
        self.words = inside.words if inside else fresh_words()
        self.names = ir.names(self.words) | dict(given)
        self.namespace = dict(HELPERS) if namespace is None else namespace
        self.spare = collections.defaultdict(list)
        outputs = enumerate(ir.outputs) if places else ()
        self.places = {v: f"part{k}" for k, v in outputs if v.shape}
        self.find_last_uses()
        self.take_over(carried)
        for i, e in enumerate(ir.equations):
            self.emit(i, e)
        calls = len(self.lines) - (1 - SHARE) * self.of_numbers
        calls += SHARE * self.functions.count("\n")
        self.long = not straight and (calls if self.whole else len(self.lines)) >= LONG
        self.rolls = self.long or (not self.whole and calls >= MANY)  # if it has turns

    def seconds(self):
        """About how long numba would compile this."""
        leaves = len(self.ir.inputs) + len(self.ir.outputs)
        return machine.seconds(self.lines, self.functions.count("@numba"), leaves)

    def compiled(self):
        """The function `compiled`; its text stands in `source`."""
        before = [*self.unpack(self.whole)]
        tree = self.ir.out_tree
        if self.whole and tree is not None:  # numba has lists and dicts of its own
            tree = (None,) * len(self.ir.outputs)
        result = f"return {self.built(tree, self.results())}"
        head = f"def compiled({', '.join(self.parameters)}):"
        main = "\n    ".join([head, *self.notes, *before, *self.lines, result]) + "\n"
        self.source = self.functions + main
        exec(compile(main, "<compiled>", "exec"), self.namespace)
        run = self.namespace["compiled"]
        if self.whole:
            return self.by_calls() if self.long else whole(run, self.by_calls, self.opened)
        return run

    def opened(self, run):
        """A function of trees, from one of their leaves."""
        if all(tree is None for tree in (*self.ir.in_tree, self.ir.out_tree)):
            return run
        before, outs = [*self.unpack(False)], [f"y{k}" for k, _ in enumerate(self.ir.outputs)]
        made = "".join(f"{y}, " for y in outs) if self.ir.out_tree is not None else outs[0]
        call = f"{made} = run({', '.join(self.names[v] for v in self.ir.inputs)})"
        result = f"return {self.built(self.ir.out_tree, outs)}"
        head = f"def program({', '.join(self.parameters)}):"
        space = self.namespace | {"run": run}
        exec("\n    ".join([head, *before, call, result]), space)
        return space["program"]

    def by_calls(self):
        """The same function, which calls NumPy; its text stands in `source`."""
        other = Emitter(self.traced, self.passes, self.backend, whole=False)
        run, self.source = other.compiled(), other.source
        return run

    def fused(self, body):
        """A function of its own for a loop over blocks, or over entries in machine code."""
        inner = lambda ir: Emitter(  # noqa: E731
            ir, {"reuse_buffers", "one_product"}, namespace=self.namespace, places=not self.machine
        )
        source = loop(body, "fused", inner, self.machine, not self.whole)
        name = self.constant(source, "fused")
        if self.namespace[name] is not source:
            return name  # for arrays of other lengths
        source = source.replace("fused", name, 1)
        exec(source, self.namespace)
        if self.machine:
            source = f"@numba.njit\n{source}"
            inside = INSIDE if self.whole else {}
            self.namespace[name] = machine_code(self.namespace[name], **inside)
        self.functions += source + "\n"
        return name

    def inner(self, body, given, carried=(), into=()):
        """The writer of a body; `given` pairs some of its inputs with their names.

        At the places `carried` it may overwrite what it is given. `into` has places for results.
        """
        more = self.namespace, self, given, carried, self.whole, into
        inner = Emitter(body, self.passes, self.backend, *more)
        self.notes, self.functions = self.notes + inner.notes, self.functions + inner.functions
        self.of_numbers += inner.of_numbers
        return inner

    # ------------------------------------------------------------ arguments and results

    def unpack(self, flat):
        """The parameters, and lines that take the leaves from arguments that are trees."""
        leaves, self.parameters = iter(self.ir.inputs), []
        for k, tree in enumerate([None] * len(self.ir.inputs) if flat else self.ir.in_tree):
            mine = [next(leaves) for _ in trees.leaves(tree)]
            names = [self.names[v] for v in mine]
            self.parameters += names if tree is None else [f"p{k}"]
            if tree is not None and mine:
                way = ".values()" * isinstance(tree, dict)
                text = repr(trees.rebuild([*tree.values()] if way else tree, map(Word, names)))
                simple = not re.search(r"[={]|\w\(", text)  # Python takes lists and tuples apart
                yield f"{text} = p{k}{way}" if simple else f"{', '.join(names)}, = leaves(p{k})"
            for name, v in zip(names, mine, strict=True):
                if v.shape == () and self.uses[v] and not v.weak:
                    yield f"{name} = {self.number(v, name)}"

    def number(self, v, text):
        """The text of a number as this program calculates with it."""
        if v.shape or v.weak:
            return text
        return f"float({text})" if self.double and v.dtype == float else f"np.asarray({text})[()]"

    def results(self):
        """The text of each result; an array that is not the caller's alone is copied."""
        seen = set()
        for a in self.ir.outputs:
            root = self.roots.get(a) if type(a) is Var else None
            shared = isinstance(a, np.ndarray) or (root and (root in seen or root not in self.last))
            seen.add(root)
            yield f"{self.text(a)}.copy()" if shared else bare(self.text(a))

    def built(self, tree, texts):
        """The text of a tree, from those of its leaves."""
        try:
            ast.literal_eval(repr(tree))
            return repr(trees.rebuild(tree, map(Word, texts)))
        except (ValueError, SyntaxError):  # more than Python's own words: named tuples, odd keys
            return f"rebuild({self.constant(tree, 'tree')}, [{', '.join(texts)}])"

    # ------------------------------------------------------------ one equation, one line

    def emit(self, i, e):
        args = [self.operand(a, e) for a in e.args]
        if e.rule is FUSED:
            made = [v for v in e.out if v.shape and self.machine]
            outs = "".join(f"{self.names[v]}, " for v in e.out if v not in made)
            for v in made:
                empty = f"np.empty({v.shape}, np.{v.dtype.type.__name__})"
                self.lines.append(f"{self.names[v]} = {self.into.pop(v, empty)}")
            args += [self.names[v] for v in made]
            self.of_numbers += len(made)  # these lines take as little
            call = f"{self.fused(**e.kwargs)}({', '.join(args)})"
            self.lines.append(f"{outs}= {call}" if outs else call)
            for v in () if self.double else [v for v in e.out if not v.shape]:  # Python's floats
                self.lines.append(f"{self.names[v]} = {self.number(v, self.names[v])}")
        elif hasattr(e.rule, "lines"):
            self.lines += e.rule.lines(self, e, args)
        elif type(e.out) is tuple:
            self.lines += WRITTEN[e.rule.name](self, e, args)
        elif (number := self.on_numbers(e, args)) and self.uses[e.out] == 1 and len(number) < 62:
            self.names[e.out] = number  # written where it is used
        elif number:
            self.lines.append(f"{self.names[e.out]} = {bare(number)}")
            self.of_numbers += 1
        else:
            old = None if e.out in self.places else self.buffer(i, e)
            if e.out in self.places or old:
                self.names[e.out] = self.places.get(e.out) or self.names[old]
            self.lines += self.written(e, self.names[e.out], args, e.out in self.places or old)
            self.of_numbers += e.rule.function is operator.getitem and not e.out.shape
        for v in self.dying[i]:
            if math.prod(v.shape) >= LARGE:
                self.spare[v.shape, v.dtype].append(v)

    def written(self, e, name, args, old):
        """The lines that make an array; `old` says whether there is one of this name."""
        f = e.rule.function
        if f is scatter or e.rule is ADD_AT:
            index, place = e.args[2], f"{name}[{index_text(e.args[2], self.text)}]"
            added = (e.args[1], args[1]) if e.rule is ADD_AT else (e.args[0], args[0])
            each = self.whole and machine.added_each(self, name, e.out, index, *added)
            if e.rule is ADD_AT:
                copy = [f"{name} = {args[0]}.copy()"] if name != args[0] else []
                if self.whole and is_part(index, len(e.out.shape)):
                    each = each or [f"{self.helper(machine.add_to)}({place}, {args[1]})"]
                return copy + (each or added_at(place, index, args[1], len(e.out.shape)))
            if each:
                return [f"{name} = np.zeros({e.out.shape})", *each]
            if not distinct(e) and e.out.dtype == float and len(e.out.shape) > 1:
                return [f"{name} = {counted(self, e, args)}"]
            add = f"np.add.at({name}, {args[2]}, {args[0]})"
            kind = "" if e.out.dtype == float else f", {self.text(e.out.dtype)}"
            zeros = f"{name} = np.zeros({e.out.shape}{kind})"
            if is_part(index, len(e.out.shape)):
                return [zeros, put(self, place, args[0], e.args[0])]
            return [zeros, f"{place} = {args[0]}" if distinct(e) else add]
        if f is join and self.whole and (each := machine.joined_each(self, e, name, args)):
            return each
        call = [f"{k}={self.text(v)}" for k, v in e.kwargs.items()]
        call = f"{self.called(e)}({', '.join(args + call)})"
        if old and not (self.whole and f in machine.ALONE):
            if f in (np.add, np.multiply) and name == args[1]:
                args.reverse()
            if f in ARITHMETIC and name == args[0]:
                return [f"{name} {INFIX[f]}= {args[1]}"]
            return [f"{call[:-1]}, {'out=' * (not self.whole)}{name})"]  # as numba has it
        shorter = [machine.IN_LOOPS] * self.whole + [SHORTER]
        texts = (table[f](self, e, *args) for table in shorter if f in table)
        call = next(filter(None, texts), call)
        if e.is_python:
            call = f"{e.out.weak.__name__}({call})"
        elif e.out.shape == () and self.double and e.out.dtype == float:
            call = f"float({call})"
        elif e.out.shape == () and not is_elementwise(e.rule) and not self.is_count(e, call):
            call = f"np.asarray({call})[()]"  # a number, not a view of an array
        return [f"{name} = {call}"]

    def is_count(self, e, call):
        """Whether a number of ties can be Python's: who reads it makes it at least 1."""
        ties = call.startswith("np.count_nonzero") and self.readers[e.out] == {np.maximum}
        return ties and self.plain_ints

    def on_numbers(self, e, args):
        """Arithmetic of Python's numbers, as a text that can stand anywhere.

        Where `math` raises, NumPy will be asked again.
        """
        f, values = e.rule.function, (e.out, *e.args)
        if any(map(shape_of, values)):
            return None
        whole = self.plain_ints and f in ON_WHOLE
        whole = whole and (f is not np.maximum or self.readers[e.out] == {np.true_divide})
        if whole and all(type(a) is int or getattr(a, "dtype", None) == "int64" for a in values):
            return f"({ON_WHOLE[f].format(*args)})"
        numbers = f in ON_NUMBERS and (self.double or e.is_python)
        if numbers and (e.out.dtype == float or f in COMPARISONS or f is np.logical_not):
            if self.whole and f is np.logaddexp:
                return f"{self.helper(machine.log_of_sum)}({', '.join(map(bare, args))})"
            form = form_of(f, e.args)
            args = [named(self, a) for a in args] if form.count("{0}") > 1 else args
            if form[0].isalpha() and form[-1] == ")":  # a call
                return form.format(*map(part, args))
            return args[0] if form == "{}" else f"({form.format(*args)})"

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
        return "..." if a is Ellipsis else self.constant(a)

    def operand(self, a, e):
        """As `text`; beside a small array a number costs less if it is an array itself."""
        number = type(a) in NUMBERS and is_elementwise(e.rule) and not self.whole
        if not number or not is_small(e.out):
            return self.text(a)
        return self.constant(np.array(float(a), e.out.dtype))

    def called(self, e):
        """The name of a function."""
        f = core.quick.mixed if self.by_mask(e) else e.rule.function
        if f is e.rule.function and e.rule.name.startswith("np."):
            return e.rule.name
        word = f.__name__  # not <lambda>, nor a letter: with a number, these are of our own names
        return self.constant(f, word if word.isidentifier() and len(word) > 1 else "function")

    def helper(self, function):
        """The name of a function that machine code calls."""
        name = f"{function.__name__}_"
        self.namespace[name] = shared(function)
        return name

    def constant(self, a, name="k"):
        """A name in the function's globals for what has no literal."""
        if isinstance(a, core.Value):
            raise GraphError("A value of another engine cannot be compiled into a function.")
        key = name, identity(a)
        if key in self.constants:
            return self.constants[key]
        name = self.constants[key] = f"{name}{len(self.namespace) - len(HELPERS)}"
        self.namespace[name] = a
        if isinstance(a, np.ndarray):
            self.notes.append(f"# {name}: {a.dtype}{list(a.shape) if a.ndim else f' {a}'}")
        return name

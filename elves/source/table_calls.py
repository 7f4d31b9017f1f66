"""Calls of functions of the table: by their rows, by their definitions, or at run time."""

import ast
import operator
import re

import numpy as np

from elves import core, trees
from elves.errors import ElfError
from elves.parse import MISSING
from elves.rules.arrays import pick, scatter
from elves.source import rows, steps
from elves.source.code import load
from elves.source.kinds import (
    ARRAY,
    AT_RUN_TIME,
    BOTTOM,
    Kind,
    Seq,
    Undecided,
    is_number,
    is_tree,
    kind_of_value,
    ndim_of,
)
from elves.source.names import Name, node_of
from elves.source.questions import active, among, memory_of, names_in, stand_in
from elves.source.values import Values, raw
from elves.tracing.ir import replace

FEW = 8  # entries of a list that get names of their own
ARRAYS = {operator.getitem: 0, pick: 1, scatter: 2}  # so many, before an index: no list


def is_floats(kind):
    return isinstance(kind, Kind) and kind.dtype.kind == "f"


class TableCalls(Values):
    """Writes what a call of a function of the table computes, as steps of its own."""

    def call(self, function, args, kwargs=None):
        """A call of a function of the table, of which some argument varies."""
        rule = core.RULES[function]
        args, kwargs = replace(tuple(args), raw), replace(kwargs or {}, raw)
        if rule.takes_lists:
            args = tuple(map(self.stacked, args))
        arrays = ARRAYS.get(function, len(args))
        listed = [k < arrays and type(a) in (list, tuple) and active(a) for k, a in enumerate(args)]
        lists = among(function, steps.TAKES_LISTS)
        write = self.each_stacked if lists else self.stacked
        args = tuple(write(a) if many else a for a, many in zip(args, listed, strict=True))
        if not lists:
            args = (*map(self.array_of, args[:arrays]), *args[arrays:])
        args, kwargs = replace(args, self.atom), replace(kwargs, self.atom)
        kind = getattr(args[0], "kind", None) if lists else None
        if type(kind) is tuple and len(kind) <= FEW and args[0].active:
            args = ([self.atom(v) for v in self.parts(args[0], self.at)], *args[1:])
        if isinstance(kind, Seq):  # a list that grew
            node = self.program.written(function, args, kwargs)
            if function is np.stack and not args[1:] and not kwargs and args[0].active:
                return self.stack_of(args[0], node)
            y = self.at_run_time(node, names_in([*args, *kwargs.values()]), ARRAY)
            y.memory = {y.serial}
            return y
        try:
            if kwargs or len(args) != rule.arity or rule.derived:
                args, kwargs = rule.settle(args, kwargs)
            y = self.square_of_root(rule, args, kwargs)
            apply = self.derived if rule.derived else self.program.apply
            y = apply(rule, args, kwargs) if y is None else y
            if rule.square and isinstance(y, Name):
                y.square = self.stores, rule, args, kwargs
        except Undecided as error:
            way = "use elves.reverse"
            if re.search(r"\dj\)? cannot", str(error)):
                way = "use real numbers, two for a complex one"
            self.refuse(f"{core.full_name(function)} of this ({error})", way)
        except ElfError as error:
            line = f"Line {self.at.lineno} of {self.source.name}: "
            raise type(error)(line + str(error).removeprefix(line)) from None
        if isinstance(y, Name):
            self.note_memory(y, function, args, arrays)
        return y

    def note_memory(self, y, function, args, arrays):
        """Let a result know whose memory it may share."""
        number = is_number(y.kind)  # perhaps an array without dimensions
        of_one = function is np.einsum and len(names_in(args)) == 1  # it may be a view too
        if function in core.ARRAYS - steps.VIEWS and number:
            y.memory = {y.serial}  # an array without dimensions, of its own
        elif (of_one or function in steps.VIEWS) and not (number and arrays == 0):
            seen = names_in(steps.seen(function, args))
            y.memory = memory_of(seen).union({y.serial} if number else ())

    def square_of_root(self, rule, args, kwargs):
        """The square of a norm or an absolute value, which has no kink at 0; or None."""
        square = rule.function in core.SQUARES and getattr(args[0], "square", None)
        if rule.function is np.multiply:
            squared = args[0] is args[1]
        else:
            squared = len(args) == 1 or (type(args[1]) in core.NUMBERS and args[1] == 2)
        if not (square and squared):
            return None
        stores, root, given, options = square
        if stores != self.stores or args[0].serial < self.start:
            return None  # what it is the root of may be something else by now
        start = len(self.lines)
        y = self.attempt(lambda: root.square(*given, **options))
        if self.lines[start:] and y is self.lines[-1].out:  # with the value that was written
            self.lines[-1].node = self.program.written(rule.function, args, kwargs)
        return y

    def derived(self, rule, args, kwargs):
        """A function that is written with others is run on names, or followed at run time."""
        start = len(self.lines)
        values = names_in([*args, *kwargs.values()])

        def write():
            if any(v.kind is BOTTOM and not v.active for v in values):  # perhaps an option: None
                return None
            y = rule.derived(*args, **kwargs)
            return y if all(isinstance(v, Name) for v in trees.leaves(y)) else None

        y = self.attempt(write)
        if y is not None:
            as_written = rule.own is True or rule.function in steps.AS_WRITTEN
            if as_written and self.lines[start:] and y is self.lines[-1].out:
                self.lines[-1].node = self.program.written(rule.function, args, kwargs)
            return y
        node = self.program.written(rule.function, args, kwargs)
        try:  # functions such as np.split have several results
            if any(v.value is MISSING and not is_floats(v.kind) for v in values):
                raise Undecided("its sizes may be such numbers")
            one, two = (
                kind_of_value(rule.function(*stand_in(tuple(args), k), **stand_in(kwargs, k)))
                for k in (0, 1)
            )
        except AT_RUN_TIME:
            one, two = None, MISSING
        return self.at_run_time(node, values, one if one == two else None)

    def at_run_time(self, node, values, kind=None):
        """A call that another engine follows when the program runs."""
        memory = () if is_number(kind) else memory_of(values)
        values = list(dict.fromkeys(v for v in values if v.active))
        args = ast.arguments([], [ast.arg(v.id) for v in values], None, [], [], None, [])
        rule = rows.Opaque(ast.Lambda(args, node))
        out = self.op(rule, values, {}, kind, True, node, memory)
        out.memory |= set() if is_number(kind) else {out.serial}
        return out

    def stacked(self, value):
        """np.array([x, y]) of what varies is np.stack([x, y])."""
        value = raw(value)
        listed = isinstance(value, (list, tuple)) or is_tree(getattr(value, "kind", None))
        if not listed or (isinstance(value, Name) and value.active):
            return value
        if not active(value):
            node = self.program.call(np.array, node_of(value))
            return self.name(node, kind_of_value(np.asarray(stand_in(value, 0))))
        return self.call(np.stack, [self.each_stacked(value)])

    def each_stacked(self, values):
        return [self.one(self.stacked(v)) for v in values]

    def array_of(self, value):
        """NumPy makes an array of a list that comes whole."""
        if not isinstance(value, Name) or not value.active or not is_tree(value.kind):
            return value

        def stack(node, kind):
            item = self.kind_of_item(kind, None)
            if is_tree(item):  # rows of a matrix
                each = ast.comprehension(ast.Name("row", ast.Store()), node, [], 0)
                node = ast.ListComp(stack(load("row"), item), [each])
            return self.program.call(np.stack, node)

        node, kind = stack(value.node, value.kind), value.kind
        items = [kind.item] if isinstance(kind, Seq) else kind if type(kind) is tuple else [None]
        if not all(is_floats(item) for item in items):
            return self.at_run_time(node, [value], ARRAY)
        return self.stack_of(value, node)

    def stack_of(self, value, node):
        """An array of the entries of a list that is there as a whole."""
        item = self.kind_of_item(value.kind, None)
        axes, shape = ndim_of(item), getattr(item, "shape", None)
        kind = ARRAY if axes is None else ARRAY._replace(ndim=axes + 1)
        if type(value.kind) is tuple and shape is not None:
            kind = Kind((len(value.kind), *shape))
        y = self.op(rows.Stacked(), [value], {}, kind, True, node, ())
        y.memory = {y.serial}
        return y

"""Source transformation on one page: the statements forward, then their transposes backward.

Forward it is your own program; before a value is overwritten that the way back needs, it is put on
a stack. Backward each statement is undone, as the stack gives the old value back, and transposed:
the rows of the table, run on names, write the text. A branch that changes what its test has read
leaves a note on the stack, and so does each turn of a ``while``; a ``for`` counts backward. What a
row cannot write before shapes are known, such as that of ``np.matmul``, the tape does when the
program runs: see `fit`.

It reads assignments of numbers and arrays and into arrays, ``if``, ``for`` over ``range``, and
``while``; all else is refused in one sentence, by `elves.source.plain`. `elves.source` reads nearly
all of Python.

>>> def f(x):
...     y = x
...     for i in range(3):
...         y = np.sin(y) * x
...     return y
>>> print(show(f, 1.3))
import numpy as np
<BLANKLINE>
<BLANKLINE>
def grad_of_f(x):
    stack = []
    y = x
    for i in range(3):
        stack.append(y)
        y = np.sin(y) * x
    # line 5: return y
    y_bar = 1.0
    x_bar = np.zeros_like(x)
    for i in reversed(range(3)):
        # line 4: y = np.sin(y) * x
        y = stack.pop()
        x_bar = x_bar + y_bar * np.sin(y)
        y_bar = y_bar * x * np.cos(y)
    # line 2: y = x
    x_bar = x_bar + y_bar
    return x_bar
<BLANKLINE>
>>> grad(f)(1.3)
1.5798398912927611

Source: Griewank & Walther, Evaluating Derivatives, 2nd edition (2008), chapter 6; van Merriënboer,
Moldovan & Wiltschko, "Tangent: automatic differentiation using source-code transformation for
dynamically typed array programming" (2018).
"""

import ast
import contextlib

import numpy as np

from elves import core, reverse
from elves.source.plain import Plain, branch, changed, names, operands, run, written


def fit(g, x, f=None):
    """The cotangent of x, where g is that of f(x); without f, that of x stretched."""
    return reverse.vjp(f, 1.0 * x)[1](g)[0] if f else core.unbroadcast(g, np.shape(x))


class Program(Plain):
    """A function and its way back.

    By now `known` names have a value, `older` ones may have had one, and `seen` ones a cotangent.
    """

    def write(self):
        """Both sweeps; the second time it is known what the way back reads."""
        self.read = self.local
        for _ in range(2):
            self.begin()
            self.there, self.back = self.forward(self.body), self.backward(self.body)
            self.read = self.read_by(self.back)

    # ------------------------------------------------------------ expressions

    def pull(self, e, g, y):
        """What each name in an expression gets, if y is its value and g its cotangent."""
        if isinstance(e, (ast.Name, ast.Subscript)):
            return [(e, g)]
        if not self.rule(e) or any(map(self.varies, getattr(e, "keywords", ()))):
            self.refuse(e)
        parts = [x for x in operands(e) if self.varies(x)]
        if len(parts) > 1 and not isinstance(g.node, (ast.Name, ast.Constant)):
            g, node = self.name(self.fresh("t_bar")), g.node  # it is needed more than once
            self.lines.append(f"{g.id} = {ast.unparse(node)}")
        return [p for x in parts for p in self.pull(x, self.transposed(e, x, g, y), self.name(x))]

    def transposed(self, e, x, g, y):
        """What an operand of an expression gets."""
        rule, kids, text = self.rule(e), operands(e), ast.unparse(x)
        i, args = [k is x for k in kids].index(True), list(map(self.value, kids))
        with contextlib.suppress(*self.unknown):  # a row asks for what only a run can tell
            if isinstance(rule, core.Elementwise):
                z = rule.times_partial(i, g, y, args)
                others = [k for k in kids if ast.unparse(k) != text and not self.is_number(k)]
                stretched = self.name(f"fit({ast.unparse(z.node)}, {text})")
                return stretched if others and g is not self.one else z
            if isinstance(rule, core.Linear):
                return rule.vjp(i, g, y, *rule.settle(args, self.options(e)))
        return self.name(f"fit({ast.unparse(g.node)}, {text}, {self.as_function(e, i)})")

    def pay(self, value, g, y, last=None):
        """Add what an expression gets to the cotangents of the names in it."""
        paid, varies = {}, self.varies(value)
        for e, z in self.pull(value, self.name(g), self.name(y)) if varies else ():
            place = ast.unparse(e)
            paid[place] = e, paid[place][1] + z if place in paid else z
        lines, self.lines = self.lines, []
        for place, (e, z) in sorted(paid.items(), key=lambda item: item[0] == last):
            v, bracket, index = place.partition("[")
            bar, entry = self.bar[v], bracket + index
            if v in self.indexed:
                lines += self.zeros({v} - self.seen)
                once, z = not entry or self.is_basic(e), ast.unparse(z.node)
                at = f"np.add.at({bar}, np.s_{entry}, {z})"
                lines.append(f"{bar}{entry} += {z}" if once else at)
            else:
                z = self.name(bar) + z if v in self.seen else z
                lines.append(f"{bar} = {ast.unparse(z.node)}")
            self.seen.add(v)
        return lines

    def zeros(self, vs):
        self.seen |= vs
        return [f"{self.bar[v]} = np.zeros_like({v})" for v in sorted(vs)]

    # ------------------------------------------------------------ statements

    def forward(self, stmts):
        lines = []
        for s in stmts:
            self.look(s)
            s.known = set(self.known)
            lines += getattr(self, f"forward_{type(s).__name__}")(s)
        return lines

    def backward(self, stmts):
        lines = []
        for s in reversed(stmts):
            back = getattr(self, f"backward_{type(s).__name__}")(s)
            lines += [f"# line {s.lineno}: {s.text}"] * bool(back and s.text) + back
        return lines

    def save(self, s, v, old):
        """Put what v was until now on the stack, if the way back may need it."""
        s.push = v in self.older & self.read
        self.unset |= {v} - self.known if s.push else set()
        self.known = self.known | {v}
        return [f"{self.stack}.append({old})"] * s.push

    def forward_Assign(self, s):
        v, place = s.base.id, ast.unparse(s.place)
        push = self.save(s, v, f"np.copy({place})" if v in self.stored else place)
        self.older = self.older | {v}
        return [*push, s.text]

    def backward_Assign(self, s):
        v, place, value, bar = s.base.id, ast.unparse(s.place), s.value, self.bar[s.base.id]
        undo = [f"{place} = {self.stack}.pop()"] * s.push
        if v not in self.seen:
            return undo
        own, varies = v in names(value), self.varies(value)
        if s.place is not s.base:  # what stood there before did not reach the end
            g, at = self.fresh("g"), bar + place[len(v) :]
            z = g if self.is_entry(s.place) else f"fit({g}, {ast.unparse(value)})"
            take = [f"{g} = np.copy({at})"] * varies
            return [*undo, *take, f"{at} = 0.0", *self.pay(value, z, value)]
        self.seen.remove(v)
        g = self.fresh("g") if own and v in self.indexed else bar
        take = [f"{g} = {bar}"] * (g != bar)
        pay = self.pay(value, g, value if own else v, v)
        return [*undo, *take, *pay] if own else [*pay, *undo]

    forward_AugAssign, backward_AugAssign = forward_Assign, backward_Assign

    def forward_If(self, s):
        s.note = bool(names(s.test) & changed(*s.body, *s.orelse))
        before, ends, arms = (self.known, self.older), [], []
        for arm, way in ((s.body, True), (s.orelse, False)):
            self.known, self.older = map(set, before)
            arms.append(self.forward(arm) + [f"{self.stack}.append({way})"] * s.note)
            ends.append((self.known, self.older))
        self.known, self.older = ends[0][0] & ends[1][0], ends[0][1] | ends[1][1]
        return branch(ast.unparse(s.test), *arms)

    def backward_If(self, s):
        after, ends, arms = self.seen, [], []
        for arm in (s.body, s.orelse):
            self.seen = set(after)
            arms.append(self.backward(arm))
            ends.append(self.seen)
        both = (ends[0] | ends[1]) & s.known
        for arm, self.seen in zip(arms, ends, strict=True):
            arm += self.zeros(both - self.seen)
        self.seen = both
        arms = [arm or ["pass"] * s.note for arm in arms]
        return branch(f"{self.stack}.pop()" if s.note else ast.unparse(s.test), *arms)

    def turns(self, s):
        """The body of a loop, before which all that it assigns may be older."""
        lets = [n for n in ast.walk(s) if isinstance(n, (ast.Assign, ast.AugAssign))]
        self.older = self.older | {n.base.id for n in lets}
        body, self.known = self.forward(s.body), set(s.known)
        return body or ["pass"]

    def forward_For(self, s):
        push, head = self.save(s, s.target.id, s.target.id), f"for {s.target.id} in "
        return [*push, f"{head}{ast.unparse(s.iter)}:", self.turns(s)]

    def forward_While(self, s):
        start, turned = (f"{self.stack}.append({way})" for way in (False, True))
        return [start, f"while {ast.unparse(s.test)}:", [*self.turns(s), turned]]

    def backward_For(self, s):
        """All that goes round has a cotangent at the start of each turn."""
        i, around = getattr(s, "target", None), self.active & s.known & names(*s.body)
        start = self.zeros(around - self.seen)
        body = self.backward(s.body)
        body += self.zeros(around - self.seen)
        if i is None:
            return [*start, f"while {self.stack}.pop():", body or ["pass"]]
        turns = [f"for {i.id} in reversed({ast.unparse(s.iter)}):", body] if body else []
        return [*start, *turns, *[f"{i.id} = {self.stack}.pop()"] * s.push]

    backward_While = backward_For

    forward_Return = forward_Pass = backward_Pass = lambda self, s: []

    def backward_Return(self, s):
        return self.pay(s.value, self.one, s.value)


def value_and_grad(f, argnums=0):
    """A function that gives f's value and its gradient, as `elves.source.value_and_grad` does.

    Raises SourceError for what the page does not read, and InputError if f does not return one
    number.

    >>> value_and_grad(lambda x, y: np.sum(x * y))(2.0, np.array([1.0, 3.0]))
    (8.0, 4.0)
    """
    return run(Program, f, argnums)


def grad(f, argnums=0):
    """The gradient of f, a function of the same arguments; see `value_and_grad`.

    >>> grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    array([2., 4.])
    """
    both = value_and_grad(f, argnums)
    return lambda *args, **kwargs: both(*args, **kwargs)[1]


def show(f, *args, argnums=0):
    """The source of the gradient of f; arguments that are numbers make it shorter.

    >>> print(show(lambda x, y: x * y, argnums=(0, 1)))
    import numpy as np
    <BLANKLINE>
    <BLANKLINE>
    def grad_of_f(x, y):
        # line 1: return x * y
        x_bar = y
        y_bar = x
        return x_bar, y_bar
    <BLANKLINE>
    """
    return written(Program, f, args, argnums)

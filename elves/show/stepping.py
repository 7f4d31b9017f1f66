"""A derivative as text: a tape, both sweeps of generated source, and that source line by line."""

import html
import inspect
import linecache
import re
import sys
import textwrap
import types

import numpy as np

from elves import source
from elves.errors import answering
from elves.show.recording import Recording
from elves.source.kinds import kind_of_value


@answering("stepping.tape")
def tape(f, *args):
    """Print the tape of f at some numbers, oldest first, with values and adjoints.

    >>> tape(lambda x: x * np.sin(x), 2.0)
    operation                 value  adjoint
    x                             2    0.077
    v1 = np.sin(x)           0.9093        2
    v2 = np.multiply(x, v1)   1.819        1
    """
    found = Recording(f, args).steps
    rows = [("operation", "value", "adjoint")]
    rows += [(step.call, short(step.value), short(step.adjoint)) for step in found]
    width = max(len(row) for row, _, _ in rows)
    for row, value, adjoint in rows:
        print(f"{row:{width}} {value:>7} {adjoint:>8}")


@answering("stepping.sweeps")
def sweeps(f, *args):
    """A function beside its gradient by `elves.source`, cut where the reverse sweep begins.

    >>> def f(x):
    ...     return x * x
    >>> print(sweeps(f, 3.0).plain)
    the function:
    def f(x):
        return x * x
    <BLANKLINE>
    its gradient: forward sweep:
    def grad_of_f(x):
    <BLANKLINE>
    then the reverse sweep:
    # line 2: return x * x
    x_bar = x + x
    return x_bar
    <BLANKLINE>
    """
    text = source.show(f, *args)
    text = text[text.index("def ") :]
    cut = re.search(r"^    (\w+_bar = |# line )", text, re.MULTILINE)
    return beside({
        "the function": textwrap.dedent(inspect.getsource(f)),
        "its gradient: forward sweep": text[: cut.start()],
        "then the reverse sweep": textwrap.dedent(text[cut.start() :]),
    })  # fmt: skip


@answering("stepping.steps")
def steps(function, *args):
    """Print each line that runs when ``function(*args)`` is called, with what it changed.

    A derivative of `elves.source` is stepped through as the source that it stands for, with the
    line numbers of `elves.source.show`. Gives what the function gives, and raises what it raises.

    >>> def f(x):
    ...     y = x * x
    ...     return y + x
    >>> result = steps(f, 3.0)
       1  def f(x):                                    x = 3
       2      y = x * x                                y = 9
       3      return y + x                             -> 12
    >>> result
    12.0
    """
    function = written(function, args)
    code, seen, last = function.__code__, {}, [function.__code__.co_firstlineno]

    def tell(frame, more=()):
        values = {name: short(value) for name, value in frame.f_locals.items()}
        news = [f"{name} = {v}" for name, v in values.items() if seen.get(name) != v]
        seen.clear(), seen.update(values)
        line = linecache.getline(code.co_filename, last[0], frame.f_globals).rstrip()
        print(f"{last[0]:4}  {line:<44} {', '.join([*news, *more])}".rstrip())

    def trace(frame, event, value):
        if frame.f_code is not code:
            return None
        if event != "exception":  # a line is told when the next one is about to run
            if event != "call":
                tell(frame, [f"-> {short(value)}"] if event == "return" else ())
            last[0] = frame.f_lineno
        return trace

    before = sys.gettrace()  # a debugger's, perhaps
    sys.settrace(trace)
    try:
        return function(*args)
    finally:
        sys.settrace(before)


def written(function, args):
    """The function itself, or what `elves.source` wrote for it."""
    if not hasattr(function, "program_for"):
        return function
    program = function.program_for([kind_of_value(a) for a in args])
    program.current()
    return program.run


def short(value):
    """A value in few letters: numbers with four digits, arrays and lists by their ends."""
    if isinstance(value, (list, tuple)):
        parts = [short(v) for v in value[-3:]]
        inner = ", ".join(["…"] * (len(value) > 3) + parts)
        return f"[{inner}]" if isinstance(value, list) else f"({inner})"
    if isinstance(value, (float, np.floating)):
        return f"{value:.4g}"
    if isinstance(value, np.ndarray):
        with np.printoptions(precision=4, threshold=6, edgeitems=2):
            return " ".join(str(value).split())
    if isinstance(value, (types.FunctionType, types.ModuleType)):
        return value.__name__
    return repr(value) if len(repr(value)) <= 30 else f"{repr(value)[:29]}…"


class Page:
    """A piece of HTML with the plain text that stands for it elsewhere."""

    def __init__(self, markup, plain):
        self.markup, self.plain = markup, plain

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/html": self.markup, "text/plain": self.plain}


def beside(programs):
    """Pieces of source code beside each other, each under its title."""
    programs = {title: text.strip("\n") for title, text in programs.items()}
    style = "margin:.6em 0;white-space:pre;font-size:22px;line-height:1.35"
    columns = [
        f"<div><b style='font-size:22px'>{html.escape(title)}</b>"
        f"<pre style='{style}'>{html.escape(text)}</pre></div>"
        for title, text in programs.items()
    ]
    look = "display:flex;gap:24px;text-align:left;overflow-x:auto"  # narrow windows scroll
    markup = f"<div style='{look}'>{''.join(columns)}</div>"
    return Page(markup, "\n".join(f"{title}:\n{text}\n" for title, text in programs.items()))

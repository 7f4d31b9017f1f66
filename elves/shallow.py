"""In a browser the stack is small, and a Python that overflows it is gone with all that it held.

``sys.setrecursionlimit`` is no help there: a function may call itself some thousand times, but if
it comes back through an operator or NumPy, as an ``__add__`` that calls ``__radd__`` that calls
``__add__``, Pyodide ends after some two hundred calls under Node, and after some more in Chromium.
So `watch` looks at each call of the user's own functions, and raises a RecursionError in time. And
Pyodide ends when it frees a chain of a few thousand objects: `burial` frees one after the other.

Source: PEP 669, "Low impact monitoring for CPython".
"""

import sys

from elves.errors import INSTALLED, is_users

ROOM = 90  # calls within each other
TOOL = 4  # of sys.monitoring: one that has no name of its own
WORDS = (
    f"more than {ROOM} calls are within each other, for which a browser has no room: does a "
    "function call itself without end? If not, write it as a loop."
)


def watch():
    """Let functions of the user that call each other too deeply end in a RecursionError."""

    def started(code, offset):
        if not takes_room(code):
            return sys.monitoring.DISABLE  # this function is not looked at again
        try:
            sys._getframe(ROOM)
        except ValueError:  # so many frames are not there at all
            return None
        if calls(sys._getframe(1), ROOM) > ROOM:
            raise RecursionError(WORDS)
        return None

    if sys.monitoring.get_tool(TOOL) is None:
        sys.monitoring.use_tool_id(TOOL, "elves")
        sys.monitoring.register_callback(TOOL, sys.monitoring.events.PY_START, started)
        sys.monitoring.set_events(TOOL, sys.monitoring.events.PY_START)


def calls(frame, most):
    """How many frames take room on the stack: the user's, and what operators and NumPy call."""
    count = 0
    while frame and count <= most:
        code = frame.f_code
        count += code.co_name.startswith("__") or takes_room(code)
        frame = frame.f_back
    return count


def takes_room(code):
    """Whether a function is the user's: packages nest deeply, too, but know where to end."""
    return is_users(code.co_filename) and not INSTALLED.search(code.co_filename)


def burial(*parts):
    """A ``__del__`` that frees a chain of objects, which hold each other, without recursion."""
    waiting, busy = [], False

    def bury(self):
        nonlocal busy
        for part in parts:
            waiting.append(getattr(self, part, None))
            setattr(self, part, None)  # or else it would still be freed with this one
        if not busy:
            busy = True
            try:
                while waiting:
                    waiting.pop()
            finally:
                busy = False

    return bury


def install():
    """Do both, for all the nodes that engines chain together."""
    from elves.reverse import Variable
    from elves.static_graph import Node
    from elves.symbolic.expr import Expr

    watch()
    for kind, parts in ((Expr, ["args"]), (Node, ["args", "definition"]), (Variable, ["recipe"])):
        kind.__del__ = burial(*parts)

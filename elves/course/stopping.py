"""End what runs when its time is over, whatever it does: a learner's loop may have no end."""

import _thread
import contextlib
import queue
import signal
import sys
import threading
import time

from elves.errors import is_users

TOOL = 3  # of sys.monitoring: one that has no name of its own, and is not elves.shallow's
AGAIN = 0.05  # seconds: a bare `except:` may catch a Stop


class Stop(BaseException):
    """Ends a run; no ``except Exception`` of the learner's holds it up."""


@contextlib.contextmanager
def stopped_at(end):
    """Raise Stop in what runs inside when ``time.monotonic()`` has passed `end`.

    One call of C, as ``sum(itertools.repeat(0))``, cannot be ended, and one that waits, as
    ``time.sleep``, by an alarm alone; where there is none, the Stop comes after it. A loop with a
    bare `except:` around a second endless loop catches each Stop, and is ended by lines alone.

    >>> with contextlib.suppress(Stop), stopped_at(time.monotonic() + 0.01):
    ...     while True:
    ...         pass
    """
    alarms = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    way = by_alarm if alarms else by_lines if hasattr(sys, "monitoring") else by_thread
    begin, leave = way(end)
    try:
        try:
            begin()
            yield
        finally:
            leave()
    finally:
        leave()  # again, since a Stop may have come into the first one


def by_alarm(end):
    """Python calls `ring` between two instructions of the main thread; see ``signal.setitimer``."""
    before = signal.getsignal(signal.SIGALRM)

    def ring(*args):
        raise Stop

    def begin():
        signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, max(end - time.monotonic(), 1e-3), AGAIN)

    def leave():
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    return begin, leave


def by_lines(end):
    """Python reports each new line and each jump back, in a browser too; see PEP 669."""
    here, monitoring, events = threading.get_ident(), sys.monitoring, sys.monitoring.events

    def passed(code, *places):
        if not is_users(code.co_filename):
            return monitoring.DISABLE
        if time.monotonic() > end and threading.get_ident() == here:
            raise Stop
        return None

    def begin():
        if monitoring.get_tool(TOOL) is None:
            monitoring.use_tool_id(TOOL, "the course")
        for event in (events.LINE, events.JUMP):
            monitoring.register_callback(TOOL, event, passed)
        monitoring.set_events(TOOL, events.LINE | events.JUMP)

    return begin, lambda: monitoring.set_events(TOOL, 0)


def by_thread(end):
    """Another thread raises Stop in this one, again and again; see ``PyThreadState_SetAsyncExc``.

    For Python 3.11, whose trace function would be gone after the first Stop.
    """
    import ctypes  # which a browser may lack

    here, throwing = ctypes.c_ulong(_thread.get_ident()), _thread.allocate_lock()
    ready, over = queue.SimpleQueue(), queue.SimpleQueue()
    throw = ctypes.pythonapi.PyThreadState_SetAsyncExc

    def ring():
        seconds = end - time.monotonic()
        ready.put(None)
        while True:
            try:
                return over.get(timeout=max(seconds, 0))
            except queue.Empty:
                seconds = AGAIN
            with throwing:
                if over.empty():
                    throw(here, ctypes.py_object(Stop))

    def begin():
        _thread.start_new_thread(ring, ())
        ready.get()  # until it runs, Python takes the new thread for this one

    def leave():
        over.put(None)
        with throwing:  # a Stop that is under way is waited for,
            over.empty()  # and comes here: taken back, it would slow all that runs later

    return begin, leave

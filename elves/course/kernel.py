"""The kernel that grades: a learner's cells run as a user that can do little, the checks as ours.

    python -I -m elves.course.kernel {connection_file}

Started as root, it becomes the user whom ELVES_GRADER names before any learner's cell, with the
limits below and, where Linux lets it, with all files read-only but a folder in memory. A cell with
hidden tests reaches the real `grade`, whatever the cells before it made of that name. What is right
is marked with the word of ELVES_GRADER_WORD: silence gives no points.
"""

import builtins
import ctypes
import importlib
import os
import pkgutil
import pwd
import re
import resource
import struct
import sys
import tempfile
from pathlib import Path

from ipykernel.iostream import OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from IPython.display import display

import elves.course
from elves.course import grading
from elves.course.desk import Unwritten

RIGHT = "application/x-elves-right"
MB = 1 << 20
LIMITS = {  # for each process
    resource.RLIMIT_AS: 4096 * MB,
    resource.RLIMIT_FSIZE: 64 * MB,
    resource.RLIMIT_NPROC: 256,  # and threads, of all its processes
    resource.RLIMIT_CPU: 240,
    resource.RLIMIT_CORE: 0,
}
MEMORY = b"size=256m,mode=1777"  # of the folder in memory
PRINTED = 200_000  # characters of a cell
ASKED = re.compile(r'### BEGIN HIDDEN TESTS\n(?s:.*)^grade\("([\w.]+)", (\w+)\)$', re.MULTILINE)


def closed(word):
    """A `grade` that marks what is right, if nothing has changed since now that it rests on."""
    seen, graded, changed = grading.Seen(), grading.grade, grading.Changed

    def grade(name, answer):
        def look():
            for what in seen.changed():
                raise changed(f"The checks were changed, {what} is another: no points here.")

        look()
        graded(name, answer)
        look()
        display({RIGHT: word}, raw=True)

    return grade


class Kernel(IPythonKernel):
    async def do_execute(self, code, *args, **options):
        for stream in self.parent.streams:
            stream.left = PRINTED
        if asked := ASKED.search(code):
            names, (exercise, answer) = self.shell.user_ns, asked.groups()
            names.setdefault(answer, Unwritten(answer))
            names |= {"grade": self.parent.grade, "__builtins__": builtins}
            code = f'grade("{exercise}", {answer})'
        try:
            return await super().do_execute(code, *args, **options)
        finally:
            sys.stdout, sys.stderr = self.parent.streams  # ipykernel flushes them


class Short(OutStream):
    """A stream that leaves out what a cell prints beyond a limit."""

    left = PRINTED

    def write(self, text):
        if len(text) > self.left > 0:
            text = text[: self.left] + "\n… and more, which is left out\n"
            self.left = 0
        elif not self.left:
            return 0
        self.left = max(self.left - len(text), 0)
        return super().write(text)


class App(IPKernelApp):
    kernel_class = Kernel
    ignore_cwd = True  # no module of the learner's is found beside the notebook
    outstream_class = "elves.course.kernel.Short"


def drop(user, folder):
    """Give up root, for the user of that name, who may write in that folder alone."""
    who = pwd.getpwnam(user)
    os.chown(folder, who.pw_uid, who.pw_gid)
    Path("/proc/self/oom_score_adj").write_text("1000")  # if memory ends, this process does first
    shut(os.fsencode(folder))
    for what, most in LIMITS.items():
        resource.setrlimit(what, (most, most))
    os.setgroups([])
    os.setresgid(who.pw_gid, who.pw_gid, who.pw_gid)
    os.setresuid(who.pw_uid, who.pw_uid, who.pw_uid)


def shut(folder):
    """Let this process see all files read-only, but a folder in memory; see mount_setattr(2).

    Where that is not allowed, as in many containers, a file's size and the user's rights limit it.
    """
    libc = ctypes.CDLL(None)
    own = not libc.unshare(0x20000)  # CLONE_NEWNS: mounts of its own
    own = own and not libc.mount(None, b"/", None, 0x44000, None)  # MS_REC | MS_PRIVATE
    places = folder, b"/dev/shm"
    if own and not any(libc.mount(b"elves", place, b"tmpfs", 6, MEMORY) for place in places):
        read_only, writable = struct.pack("4Q", 1, 0, 0, 0), struct.pack("4Q", 0, 1, 0, 0)
        libc.syscall(442, -100, b"/", 0x8000, read_only, 32)  # and all below it
        for place in places:
            libc.syscall(442, -100, place, 0, writable, 32)


def main(file):
    for module in pkgutil.walk_packages(elves.course.__path__, "elves.course."):
        importlib.import_module(module.name)
    connection, word = Path(file).read_text(), os.environ.pop("ELVES_GRADER_WORD", "")
    folder = tempfile.mkdtemp(prefix="elves-")
    if os.geteuid() == 0:
        drop(os.environ["ELVES_GRADER"], folder)
    for stream in (1, 2):  # what is open here is a learner's: let it be nothing
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
    os.chdir(folder)
    os.environ |= {"HOME": folder, "TMPDIR": folder}
    tempfile.tempdir = folder
    own = Path(folder, "connection.json")
    own.write_text(connection)
    app = App.instance()
    app.initialize(["-f", str(own), "--HistoryManager.hist_file=:memory:"])
    own.unlink()
    app.shell.ask_exit = lambda: print("exit() ends nothing here.")
    app.grade, app.streams = closed(word), (sys.stdout, sys.stderr)
    app.start()


if __name__ == "__main__":
    main(sys.argv[1])

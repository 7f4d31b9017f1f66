"""What one learner may take of the machine, so that the others can go on.

Where the kernel lets us, a cgroup for each learner bounds memory, processes and processor of all
that this learner runs together (cgroups(7), of version 1 or 2). Elsewhere setrlimit(2) bounds the
address space of each process, and the number of a user's processes. The size of a file is always
bounded by setrlimit.
"""

import contextlib
import os
import resource
import time
from pathlib import Path

MEMORY = 2 * 1024**3  # bytes
PROCESSES = 256  # and threads
CORES = 1.0
FILE = 1024**3  # bytes
ROOT = Path("/sys/fs/cgroup")
PERIOD = 100_000  # microseconds, in which a learner has CORES times as many
WRITTEN = {  # the file of each bound, in both versions
    1: {
        "memory": ("memory.limit_in_bytes", MEMORY),
        "pids": ("pids.max", PROCESSES),
        "cpu": ("cpu.cfs_quota_us", int(CORES * PERIOD)),
    },
    2: {
        "memory": ("memory.max", MEMORY),
        "pids": ("pids.max", PROCESSES),
        "cpu": ("cpu.max", f"{int(CORES * PERIOD)} {PERIOD}"),
    },
}


def version():
    """The version of cgroups that has our controllers here, or 0."""
    controllers = WRITTEN[1].keys()
    with contextlib.suppress(OSError):
        if controllers <= {*(ROOT / "cgroup.controllers").read_text().split()}:
            return 2
    return 1 if all((ROOT / name / "cgroup.procs").exists() for name in controllers) else 0


def below(controller):
    """Our own cgroup of version 1, within whose bounds the learners stay."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, names, path = line.split(":", 2)
        if controller in names.split(","):
            return ROOT / controller / path.strip("/")
    return ROOT / controller


def prepare(group):
    """Make the class's own cgroups; return which version bounds the learners, 0 for none."""
    found = version()
    try:
        if found == 1:
            for controller in WRITTEN[1]:
                (below(controller) / group).mkdir(exist_ok=True)
        if found == 2:
            (ROOT / group).mkdir(exist_ok=True)
            for folder in (ROOT, ROOT / group):
                (folder / "cgroup.subtree_control").write_text("+memory +pids +cpu")
        for place, text in bounds(found, group, "trial"):
            place.parent.mkdir(exist_ok=True)
            place.write_text(text)
        remove(group, "trial")
    except OSError:  # not ours to change, as in a container
        return 0
    return found


def bounds(found, group, login):
    """The files that bound a learner, and what to write into them."""
    for controller, (name, value) in WRITTEN.get(found, {}).items():
        top = below(controller) / group if found == 1 else ROOT / group
        yield top / login / name, str(value)


def enter(found, group, login):
    """Bound this process and all that comes of it; called as root, before it is the learner's."""
    for place, text in bounds(found, group, login):
        place.parent.mkdir(exist_ok=True)
        place.write_text(text)
        (place.parent / "cgroup.procs").write_text(str(os.getpid()))
    Path("/proc/self/oom_score_adj").write_text("500")  # memory ends here before it ends the hub
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE, FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not found:
        resource.setrlimit(resource.RLIMIT_AS, (2 * MEMORY, 2 * MEMORY))  # most is never used
        resource.setrlimit(resource.RLIMIT_NPROC, (PROCESSES, PROCESSES))
        os.nice(10)


def remove(group, login=None):
    """Remove the cgroups of a learner, or of a whole class, in which nothing runs any more."""
    tops = {ROOT / group, *(below(controller) / group for controller in WRITTEN[1])}
    for top in tops:
        folders = [top / login] if login else [*(p for p in top.glob("*") if p.is_dir()), top]
        for folder in folders:
            for _ in range(20):  # what was ended is counted until its parent has seen it
                try:
                    folder.rmdir()
                    break
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(0.05)


def said(found):
    """The bounds in words.

    >>> print(said(2))
    2 GB of memory, 256 processes and 1 core by cgroups (version 2), files of 1 GB by setrlimit
    """
    memory, file = MEMORY // 1024**3, FILE // 1024**3
    if found:
        return (
            f"{memory} GB of memory, {PROCESSES} processes and {CORES:.0f} core by cgroups "
            f"(version {found}), files of {file} GB by setrlimit"
        )
    return (
        f"{2 * memory} GB of addresses for each process, {PROCESSES} processes, files of {file} "
        "GB, all by setrlimit, and a lower priority (there are no cgroups for us here, so nothing "
        "else bounds the processor)"
    )

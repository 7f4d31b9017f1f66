"""The Unix users of a class: made, and at the end all their processes ended."""

import contextlib
import grp
import os
import pwd
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

from classroom.place import ClassError

NOBODY_LOGS_IN = "/usr/sbin/nologin"  # by ssh or on a console; the hub alone lets them in
NOTHING_LATER = [  # cron, at and lingering would go on after the class's end, and user namespaces
    "--expiredate", "1970-01-02", "--key", "SUB_UID_COUNT=0", "--key", "SUB_GID_COUNT=0",
]  # fmt: skip


def make(place):
    """A user and a home of its own for each login; who is there already must be of this class."""
    if not has_group(place):
        run("groupadd", place.group)
    place.homes.mkdir(exist_ok=True)
    for login, name in {place.teacher: "", place.grader: "", **place.names}.items():
        home = place.homes / login
        if not is_of(place, login):
            comment = "".join(c for c in name if c.isprintable() and c not in ":,=")
            run(
                "useradd", "--no-create-home", "--home-dir", home, "--gid", place.group,
                "--shell", NOBODY_LOGS_IN, "--comment", comment, *NOTHING_LATER, login,
            )  # fmt: skip
        if not home.exists():
            home.mkdir(mode=0o700)
            shutil.chown(home, login, place.group)


def is_of(place, login):
    """Whether a Unix user is there and of this class; raises ClassError for somebody else."""
    try:
        found = pwd.getpwnam(login)
    except KeyError:
        return False
    if Path(found.pw_dir).parent != place.homes:
        raise ClassError(
            f"there is a user {login} on this machine, who is not of this class: give that learner "
            "another login in the list."
        )
    return True


def has_group(place):
    """Whether the class's group is there; raises ClassError for a group of that name that is not
    its teacher's, such as docker: its members may do more than learners should."""
    try:
        found = grp.getgrnam(place.group)
    except KeyError:
        return False
    if not is_of(place, place.teacher) or pwd.getpwnam(place.teacher).pw_gid != found.gr_gid:
        raise ClassError(
            f"there is a group {place.group} on this machine, which is not of this class: "
            "choose another folder, as in make class WHERE=/srv/spring."
        )
    return True


def all_of(place):
    """The class's users that are there, by their number: also those who left the list."""
    return {u.pw_uid: u.pw_name for u in pwd.getpwall() if Path(u.pw_dir).parent == place.homes}


def run(*command):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True)
    if done.returncode:
        raise ClassError(f"{command[0]} says: {done.stderr.strip()}")


def processes(uids):
    """The numbers of the processes that these users have, whatever these call themselves."""
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if not owners(entry).isdisjoint(uids):
                yield int(entry.name)


def owners(entry):
    """The numbers of the users of a process: one, or more in a setuid program; none of a zombie."""
    state, numbers = re.search(
        rb"\nState:\t(.).*\nUid:([\s\d]+)\n", (entry / "status").read_bytes(), re.DOTALL
    ).groups()
    return set() if state == b"Z" else {*map(int, numbers.split())}


def end_all(uids):
    """End all processes of these users; return how many there were."""
    return end(lambda: processes(uids), uids=uids)


def end(found, seconds=5.0, uids=()):
    """End the processes that ``found()`` gives, kindly at first; return how many there were.

    In the end all processes of ``uids`` are killed at once: none can fork away from that.
    """
    until, how, known = time.monotonic() + seconds, signal.SIGTERM, set()
    while left := [*found()]:
        if time.monotonic() > until:
            how = signal.SIGKILL
            for uid in uids:
                kill_all(uid)
        for pid in left:
            if how == signal.SIGKILL or pid not in known:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, how)
        known.update(left)
        time.sleep(0.05)
    return len(known)


def kill_all(uid):
    """Kill all processes of a Unix user at once, as one of theirs can."""
    if not (child := os.fork()):
        try:
            os.setresuid(uid, uid, uid)
            os.kill(-1, signal.SIGKILL)
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def remove(place):
    """Remove the class's users and their group; their homes are removed with the folder."""
    grouped = False
    with contextlib.suppress(ClassError):  # somebody else's, which stays
        grouped = has_group(place)
    for login in all_of(place).values():
        run("userdel", login)
    if grouped:
        run("groupdel", place.group)

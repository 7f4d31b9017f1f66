"""The Unix users of a class: made, and at the end all their processes ended."""

import contextlib
import grp
import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path

from classroom.place import ClassError

NOBODY_LOGS_IN = "/usr/sbin/nologin"  # by ssh or on a console; the hub alone lets them in


def make(place):
    """A user and a home of its own for each login; who is there already must be of this class."""
    with contextlib.suppress(KeyError):
        if (gid := grp.getgrnam(place.group).gr_gid) and not ours(place, gid):
            raise ClassError(
                f"there is a group {place.group} on this machine, which is not of this class: "
                "choose another folder, as in make class WHERE=/srv/spring."
            )
    place.homes.mkdir(exist_ok=True)
    run("groupadd", "--force", place.group)
    for login, name in {place.teacher: "", place.grader: "", **place.names}.items():
        home = place.homes / login
        if not is_of(place, login):
            comment = "".join(c for c in name if c.isprintable() and c not in ":,=")
            run(
                "useradd", "--no-create-home", "--home-dir", home, "--gid", place.group,
                "--shell", NOBODY_LOGS_IN, "--comment", comment, login,
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


def ours(place, gid):
    """Whether all members of a group are of this class."""
    return all(Path(u.pw_dir).parent == place.homes or u.pw_gid != gid for u in pwd.getpwall())


def all_of(place):
    """The class's users that are there, by their number: also those who left the list."""
    return {u.pw_uid: u.pw_name for u in pwd.getpwall() if Path(u.pw_dir).parent == place.homes}


def run(*command):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True)
    if done.returncode:
        raise ClassError(f"{command[0]} says: {done.stderr.strip()}")


def processes(uids):
    """The numbers of the processes that these users have."""
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            pid = int(entry.name)
            if entry.stat().st_uid in uids and "Z" not in state(pid):
                yield pid


def state(pid):
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:3]


def end_all(uids):
    """End all processes of these users; return how many there were."""
    return end(lambda: processes(uids))


def end(found, seconds=5.0):
    """End the processes that ``found()`` gives, kindly at first; return how many there were."""
    until, how, known = time.monotonic() + seconds, signal.SIGTERM, set()
    while left := [*found()]:
        if time.monotonic() > until:
            how = signal.SIGKILL
        for pid in left:
            if how == signal.SIGKILL or pid not in known:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, how)
        known.update(left)
        time.sleep(0.05)
    return len(known)


def remove(place):
    """Remove the class's users and their group; their homes are removed with the folder."""
    for login in all_of(place).values():
        run("userdel", login)
    with contextlib.suppress(ClassError):
        run("groupdel", place.group)

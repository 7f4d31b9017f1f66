"""A class on this machine: start and stop its hub, release and grade the labs, see who is where.

    python talk/hub.py start [--names FILE] [--room] [--cert FILE --key FILE] [--labs 01,04]
    python talk/hub.py stop                 end every process; homes and the gradebook stay
    python talk/hub.py grade 04             collect and grade a lab, with feedback and a table
    python talk/hub.py results              who is where, and what goes wrong how often
    python talk/hub.py forget LOGIN         let a learner choose a new password
    python talk/hub.py delete               delete all of it, after a question

Started again, it takes a new list of names, and new labs; the learners' servers go on.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from classroom import limits, process, setting_up, users
from classroom.place import (
    TRIAL,
    ClassError,
    Place,
    login_of,
    read_names,
    write,
    write_names,
)  # fmt: skip
from classroom.process import LOCAL
from classroom.setting_up import ROOT, say

HOME, PORT = Path("/srv/elves"), 8000
WELCOME = (
    "Your name, as your teacher wrote it, or your login, such as {login}. Your first password here "
    "becomes yours: 8 letters or more."
)


def start(place, options):
    """Set all up that is missing, start the hub, and say who may do what."""
    if bool(options.cert) != bool(options.key):
        raise ClassError("HTTPS needs both files: CERT=the certificate and KEY=its key.")
    before = process.last(place)
    if options.port and not options.port.isdigit():
        raise ClassError(f"PORT={options.port} is no number, such as 8100.")
    options.port = int(options.port or before.get("port", PORT))
    if not [*process.servers(place)] or options.port != before.get("port"):
        process.are_free(options.host, options.port)
    labs = wanted(options.labs or " ".join(before.get("labs", ())))
    names = take_names(place, options)
    setting_up.environment(place)
    setting_up.proxy(place)
    users.make(place)
    setting_up.make_secrets(place)
    setting_up.settings(place)
    give_solved(place)
    release(place, labs)
    process.end_hub(place)
    process.are_free(options.host, options.port)
    given = {
        "home": str(place.home), "port": options.port, "host": options.host,
        "cert": private(place, "cert", options.cert), "key": private(place, "key", options.key),
        "cgroups": limits.prepare(place.group), "learners": process.holds(),
        "welcome": WELCOME.format(login=next(iter(names))),
        "labs": [lab[:2] for lab in labs],
    }  # fmt: skip
    write(place.secrets / "given.json", json.dumps(given))
    process.run_hub(place, given)
    for user in json.loads(process.ask(place, "GET", "users?limit=200")):
        if user["name"] not in {place.teacher, *names}:  # left the list: logged out, and ended
            process.ask(place, "DELETE", f"users/{user['name']}")
    tell(place, given, names)


def give_solved(place):
    """Put the solved labs into the teacher's home."""
    target = place.homes / place.teacher / "solved"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    for path in (ROOT / "notebooks" / "labs" / "solved").glob("[0-9]*.ipynb"):
        shutil.copy(path, target)
    for path in (target, *target.iterdir()):
        shutil.chown(path, place.teacher, place.group)


def take_names(place, options):
    """The list of names that was given, or the one of the last start, or a list for a trial."""
    known = place.names if place.list.exists() else TRIAL
    names = read_names(options.names) if options.names else known
    if options.host != LOCAL and names == TRIAL:
        raise ClassError(
            "who may come in from the room? Write your list of names, one to a line, and say make "
            "class NAMES=that-file ROOM=1."
        )
    if taken := {place.teacher, place.grader} & names.keys():
        raise ClassError(
            f"{taken.pop()} is not a learner's name but the class's own: write another login."
        )
    for login in (place.teacher, place.grader, *names):
        users.is_of(place, login)  # or it raises
    write_names(place.list, names)
    return names


def release(place, labs):
    """Give out labs: into nbgrader's exchange, and into the repository that servers pull."""
    ours(place, "grading.release(sys.argv[1], sys.argv[2:])", *labs)
    folder = place.home / "course" / "release"
    git = ["git", f"--git-dir={place.labs}"]
    if not place.labs.exists():
        begin = ["git", "init", "--quiet", "--bare", "--initial-branch=main", place.labs]
        subprocess.run(begin, check=True)
    who = ["-c", "user.name=elves", "-c", "user.email=elves@localhost"]
    work = [*git, f"--work-tree={folder}", *who]
    subprocess.run([*work, "add", "--all", "."], check=True, cwd=folder)
    commit = [*work, "commit", "--quiet", "--message=Labs"]
    subprocess.run(commit, cwd=folder, stdout=subprocess.DEVNULL)  # fails where nothing is new


def grade(place, options):
    """Collect a lab from all, grade it, and hand feedback back."""
    if not options.lab:
        raise ClassError(f"which lab? Say its number: {make(place, 'class-grade LAB=04')}")
    for lab in wanted(options.lab):
        if not (place.home / "course" / "release" / lab).exists():
            give = make(place, f"class LABS={lab[:2]}")
            raise ClassError(f"lab {lab[:2]} was not given out: {give} does it.")
        ours(place, "grading.grade(*sys.argv[1:])", lab)


def results(place, options):
    """Say who is where, and which mistakes came how often; make a page of it."""
    in_env(place, process.WATCHER, place.home)


def ours(place, code, *arguments):
    """Run what needs nbgrader, in the class's environment."""
    in_env(
        place, "-c", f"import sys; from classroom import grading; {code}", place.home, *arguments
    )


def in_env(place, *arguments):
    """Run the class's Python."""
    here = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "talk"), "LANG": "C.UTF-8"}
    done = subprocess.run([place.python, *arguments], env=here, cwd=place.home)
    if done.returncode:
        raise ClassError(f"that did not work: {place.home}/course/nbgrader.log may tell why.")


def wanted(text):
    """The names of the labs that numbers such as "01 4" mean: all of them, where there are none."""
    known = {int(p.name[:2]): p.stem for p in (ROOT / "notebooks" / "labs").glob("[0-9]*.ipynb")}
    numbers = [int(number) for number in re.findall(r"\d+", text)] or sorted(known)
    if text.strip() and not re.search(r"\d", text):
        raise ClassError(f"{text!r} is no lab: say its number, from 1 to {max(known)}.")
    if strange := [number for number in numbers if number not in known]:
        raise ClassError(f"there is no lab {strange[0]}: there are 1 to {max(known)}.")
    return [known[number] for number in numbers]


def private(place, name, path):
    """A copy of a certificate or its key that only root can read; empty if there is none."""
    if not path:
        return ""
    try:
        text = Path(path).read_text()
    except OSError as problem:
        raise ClassError(f"{path} cannot be read: {problem.strerror}.") from None
    except UnicodeDecodeError:
        raise ClassError(f"{path} is no text: HTTPS needs a file in the format PEM.") from None
    copy = place.secrets / f"{name}.pem"
    write(copy, text)
    return str(copy)


def tell(place, given, names):
    count, room = len(names), given["host"] != LOCAL
    say(f"it runs: {process.address(given, process.own_address() if room else LOCAL)}")
    some = ", ".join(list(names)[:3]) + (", …" if count > 3 else "")
    say(f"{count} learners may come in, by their names or logins ({some}): see {place.list}")
    say("the first password that comes with a name becomes theirs")
    say(f"you are {place.teacher}; your password is in {place.secrets}/teacher-password")
    say(f"each learner has {limits.said(given['cgroups'])}")
    few = ": fewer than there are names" if given["learners"] < count else ""
    holds = f"{given['learners']} at once, {process.MEGABYTES} MB for each"
    say(f"this machine holds about {holds}{few}")
    if room and not given["cert"]:
        say("passwords go through the room's network in clear: CERT= and KEY= give it HTTPS")
    say(f"{make(place, 'class-stop')} ends it; homes, what was submitted and the gradebook stay")


def make(place, what):
    """What to type for this class.

    >>> make(Place(HOME), "class-stop"), make(Place(Path("/srv/spring")), "class-stop")
    ('make class-stop', 'make class-stop WHERE=/srv/spring')
    """
    return f"make {what}" + (f" WHERE={place.home}" if place.home != HOME else "")


# ------------------------------------------------------------------------------ to end it


def stop(place, options):
    """End every process of the class."""
    process.end_hub(place)
    count = users.end_all(users.all_of(place))
    limits.remove(place.group)
    say(f"nothing runs any more ({count} processes of learners ended); {place.home} stays as it is")


def forget(place, options):
    """Let a learner choose a new password: the old one, and who is logged in by it, are out."""
    options.login = login_of(options.login)[0]
    if options.login not in place.names:
        raise ClassError(f"{options.login!r} is not in {place.list}: say a login, as in NAME=ana.")
    for method in ("DELETE", "POST"):  # the hub forgets the password with the user
        process.ask(place, method, f"users/{options.login}")
    say(f"the next password that {options.login} comes with is theirs; their server was ended, and")
    say("what they had saved is as it was")


def delete(place, options):
    """Delete all that a class has, after a question."""
    if [*process.servers(place)] or [*users.processes(users.all_of(place))]:
        raise ClassError(f"the class is running: end it first: {make(place, 'class-stop')}")
    if found := mounted(place.home):
        raise ClassError(f"{found[0]} is mounted, and would be emptied: unmount it first.")
    say(f"this deletes {place.home} for good: {len(users.all_of(place))} users with their homes,")
    say("all that was submitted, and the gradebook")
    try:
        answer = input(f"To go on, write {place.group}: ")
    except EOFError:
        answer = ""
    if answer.strip() != place.group:
        raise ClassError("nothing was deleted.")
    users.remove(place)
    limits.remove(place.group)
    try:
        shutil.rmtree(place.home)
    except OSError as problem:
        raise ClassError(f"{problem.filename} cannot be deleted: {problem.strerror}.") from None
    say("it is deleted")


def mounted(folder):
    """What is mounted inside a folder, such as a home on another disk."""
    mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    return [mount for mount in mounts if mount.startswith(str(folder).replace(" ", r"\040") + "/")]


def parser():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--home", type=Path, default=HOME, help="the class's folder")
    commands = parser.add_subparsers(dest="command", required=True)
    starting = commands.add_parser("start")
    starting.add_argument("--names", default="")
    starting.add_argument("--port", default="")
    starting.add_argument(
        "--room", dest="host", action="store_const", const="0.0.0.0", default=LOCAL
    )
    starting.add_argument("--cert")
    starting.add_argument("--key")
    starting.add_argument(
        "--labs", default="", help="such as 01,04: all, or those of the last time"
    )
    commands.add_parser("stop")
    commands.add_parser("grade").add_argument("lab", nargs="?", default="")
    commands.add_parser("results")
    commands.add_parser("delete")
    commands.add_parser("forget").add_argument("login", nargs="?", default="")
    return parser


def main(argv=None):
    options = parser().parse_args(argv)
    try:
        if sys.platform != "linux" or os.geteuid():
            raise ClassError(
                "a class has a Unix user for each learner: run it as root on Linux, as in sudo "
                "make class. Without that, learners can use the browser edition: make serve ROOM=1."
            )
        place = Place(options.home.resolve())
        os.umask(0o022)
        if options.command == "start":
            setting_up.claim(place)
        elif not place.lock.exists():
            raise ClassError(
                f"there is no class in {place.home}: {make(place, 'class')} starts one."
            )
        if options.command == "results":  # also while labs are graded
            return results(place, options)
        with setting_up.locked(place):
            return globals()[options.command](place, options)
    except ClassError as problem:
        sys.exit(f"class: {problem}")


if __name__ == "__main__":
    main()

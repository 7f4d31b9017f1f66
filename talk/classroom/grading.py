"""Give out labs and grade what comes back, with nbgrader; root alone can.

A learner's submission is read as text, by file descriptors that follow no link, and built anew from
the released lab: only the sources of its cells count. They run as the grader's Unix user, in the
kernel of `elves.course.kernel`; nbgrader runs as the teacher's, but for the step in between.
"""

import contextlib
import json
import logging
import os
import pwd
import re
import secrets
import shutil
import signal
import sys
import tempfile
import traceback
from pathlib import Path

import nbformat
from dateutil.parser import parse
from nbformat.v4 import new_markdown_cell
from nbgrader.api import Gradebook
from nbgrader.auth import Authenticator
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import ExchangeReleaseAssignment, ExchangeReleaseFeedback
from nbgrader.plugins import CsvExportPlugin

import labs as sources
from classroom import nbgrader_config, users
from classroom.marking import ALL, Run
from classroom.place import read_names
from classroom.submissions import read, rebuilt

MEMORY = 6 << 30  # of the process that reads what a learner's cells say
NAME = r"(?P<login>[^+]+)\+{lab}\+(?P<at>\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ UTC)(\+[\w-]+)?"


class Course:
    """A class's folder, and the Unix users that work in it."""

    def __init__(self, home):
        self.home = Path(home)
        self.teacher, self.grader = (f"{self.home.name}-{who}" for who in ("teacher", "grader"))
        self.course, self.exchange = self.home / "course", self.home / "exchange"
        self.inbound = self.exchange / "elves" / "inbound"
        self.names = read_names(self.home / "names.txt")

    def prepare(self):
        """Make the folders: nobody but the teacher sees the course, or what others hand in."""
        modes = {
            self.course: 0o700, self.exchange: 0o1777, self.exchange / "elves": 0o755,
            self.inbound: 0o3733, self.exchange / "elves" / "outbound": 0o755,
        }  # fmt: skip
        for folder, mode in modes.items():
            folder.mkdir(exist_ok=True)
            folder.chmod(mode)
            shutil.chown(folder, self.teacher)
        self.config = nbgrader_config.write(self.home)

    def own(self):
        """Let all in the course be the teacher's again."""
        who = pwd.getpwnam(self.teacher)
        for folder, _, files in os.walk(self.course):
            for path in (folder, *(os.path.join(folder, name) for name in files)):
                os.chown(path, who.pw_uid, who.pw_gid, follow_symlinks=False)

    def run(self, kind, lab, student="*", **options):
        """One step of nbgrader."""
        place = CourseDirectory(config=self.config, assignment_id=lab, student_id=student)
        kind(coursedir=place, config=self.config, **options).start()

    def gradebook(self):
        return Gradebook(CourseDirectory(config=self.config).db_url, "elves")

    def apart(self, function, *args, user=None, seconds=3600):
        """What a function gives in a process of its own, as another Unix user, or as root.

        Raises OSError if it ends otherwise, or not in time. What it prints goes into nbgrader.log.
        """
        ours, theirs = os.pipe()
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        log = os.open(self.course / "nbgrader.log", flags, 0o600)
        sys.stdout.flush()
        if not (child := os.fork()):
            try:
                os.setsid()
                os.dup2(log, 1), os.dup2(log, 2)
                logging.basicConfig(level=logging.WARNING)
                os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.defpath}"  # for alembic
                if user:
                    become(user)
                said = json.dumps(function(self, *args)).encode()
                while said:
                    said = said[os.write(theirs, said) :]
                os._exit(0)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)
        os.close(theirs), os.close(log)
        signal.signal(signal.SIGALRM, lambda *_: os.killpg(child, signal.SIGKILL))
        signal.alarm(seconds)
        with open(ours, encoding="utf-8") as pipe:
            said = pipe.read()
        _, status = os.waitpid(child, 0)
        signal.alarm(0)
        if status:
            raise OSError(f"The grading ended too early: {self.course}/nbgrader.log says why.")
        return json.loads(said)


def become(user):
    who = pwd.getpwnam(user)
    os.initgroups(user, who.pw_gid)
    os.setresgid(who.pw_gid, who.pw_gid, who.pw_gid)
    os.setresuid(who.pw_uid, who.pw_uid, who.pw_uid)
    os.environ["HOME"] = who.pw_dir


def release(home, labs=()):
    """Give out labs, all or those that begin so; return the folder of the learners' notebooks."""
    course = Course(home)
    course.prepare()
    made = [path.stem for path in sources.grading(course.course, labs)]
    course.own()
    course.apart(give_out, made, user=course.teacher)
    return course.course / "release"


def give_out(course, made):
    for lab in made:
        course.run(GenerateAssignment, lab)
        course.run(ExchangeReleaseAssignment, lab, authenticator=Authenticator())


def grade(home, lab, again=False):
    """Grade what was handed in since the last time, or all; print a line for each learner.

    Gives a dict: for each login its points, those that there are, and sentences of what was odd.
    """
    course = Course(home)
    course.prepare()
    if not (course.course / "release" / lab).is_dir():
        raise ValueError(f"The lab {lab} was not given out.")
    came, odd = course.apart(collect, lab, again, user=course.teacher)
    for login, notes in came.items():
        try:
            notes += run_one(course, lab, login)
        except OSError:  # whatever it did: the lab as it was given out comes to an end, or raises
            notes.append("running it ended the grading itself, so it has no points")
            course.apart(put, lab, login, "", notes, user=course.teacher)
            run_one(course, lab, login)
    course.own()
    points = course.apart(tell, lab, [*came], user=course.teacher)
    found = {login: (*points[login], notes) for login, notes in came.items()}
    for login, (have, most, notes) in found.items():
        said = "; ".join([f"{have:g} of {most:g}", *notes])
        print(f"{login}: {''.join(c for c in said if c.isprintable())}")
    if not came:
        print(f"Nobody has handed in {lab} since it was graded the last time.")
    print(*odd, f"The grades are in {course.course / 'grades.csv'}.", sep="\n")
    return found


def collect(course, lab, again):
    """Take over the newest submission of each learner; gives notes by login, and what is odd."""
    newest, odd, form = {}, [], re.compile(NAME.format(lab=re.escape(lab)))
    for entry in sorted(os.listdir(course.inbound)):
        if match := form.fullmatch(entry):
            owner = os.lstat(course.inbound / entry).st_uid
            known = match["login"] in course.names and owner == uid_of(match["login"])
            if not known or not is_time(match["at"]):
                odd.append(f"{entry!a} is not of that learner of the class: left out.")
            elif match["at"] >= newest.get(match["login"], ("",))[0]:
                newest[match["login"]] = match["at"], entry
    with course.gradebook() as book:
        for login, name in course.names.items():
            first, _, last = name.replace(",", "").rpartition(" ")
            book.update_or_create_student(login, first_name=first, last_name=last)
    came = {}
    for login, (at, entry) in newest.items():
        done = course.course / "feedback" / login / lab / "timestamp.txt"
        if again or not done.exists() or parse(done.read_text()) < parse(at):
            text, secret, note = read(course.inbound / entry, lab, uid_of(login))
            came[login] = put(course, lab, login, text, [note] if note else [])
            folder = course.course / "submitted" / login / lab
            (folder / "timestamp.txt").write_text(at)
            (folder / "submission_secret.txt").write_text(secret)
    return came, odd


def is_time(text):
    try:
        return bool(parse(text))
    except (ValueError, OverflowError):
        return False


def uid_of(login):
    try:
        return pwd.getpwnam(login).pw_uid
    except KeyError:
        return None


def put(course, lab, login, text, notes):
    """Write what will be graded of a submission; gives the notes, with what was changed in it."""
    release = nbformat.read(course.course / "release" / lab / f"{lab}.ipynb", 4)
    nb, more = rebuilt(release, text) if text or not notes else (release, [])
    notes = [*notes, *more]
    if notes:
        said = "\n".join(f"- {note}." for note in notes)
        nb.cells.insert(0, new_markdown_cell(f"**From the grading**\n\n{said}"))
    folder = course.course / "submitted" / login / lab
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(nb, folder / f"{lab}.ipynb")
    return notes


def run_one(course, lab, login):
    """Run and grade one submission as root, whose kernel becomes the grader; give sentences."""
    with tempfile.TemporaryDirectory(prefix="elves-grading-") as folder:
        os.chmod(folder, 0o711)
        try:
            return course.apart(autograde, lab, login, folder, seconds=ALL + 60)
        finally:
            end_all(course.grader)


def autograde(course, lab, login, folder):
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    kernel = Path(folder, "kernels", "elves-grading", "kernel.json")
    kernel.parent.mkdir(parents=True)
    python = course.home / "env" / "bin" / "python"
    argv = [str(python if python.exists() else sys.executable), "-I", "-m", "elves.course.kernel"]
    spec = {"argv": [*argv, "{connection_file}"], "display_name": "", "language": "python"}
    kernel.write_text(json.dumps(spec))
    known = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    os.environ.clear()
    os.environ |= known | {
        "JUPYTER_PATH": folder, "JUPYTER_RUNTIME_DIR": folder, "TMPDIR": folder, "HOME": folder,
        "ELVES_GRADER": course.grader, "ELVES_GRADER_WORD": secrets.token_hex(),
        "OPENBLAS_NUM_THREADS": "1",
    }  # fmt: skip
    course.run(Autograde, lab, login)
    return [*Run.notes]


def end_all(user):
    """Kill all processes of a Unix user, and remove its files where all may write."""
    who = pwd.getpwnam(user)
    users.kill_all(who.pw_uid)
    for place in ("/tmp", "/var/tmp", "/dev/shm"):
        for entry in os.scandir(place):
            with contextlib.suppress(FileNotFoundError):
                if entry.stat(follow_symlinks=False).st_uid == who.pw_uid:
                    is_folder = entry.is_dir(follow_symlinks=False)
                    shutil.rmtree(entry) if is_folder else os.unlink(entry)


def tell(course, lab, logins):
    """Write feedback, hand it back, and export all grades; give each login's points."""
    points = {}
    for login in logins:
        course.run(GenerateFeedback, lab, login)
        course.run(ExchangeReleaseFeedback, lab, login, authenticator=Authenticator())
    with course.gradebook() as book:
        CsvExportPlugin(to=str(course.course / "grades.csv")).export(book)
        for login in logins:
            found = book.find_submission(lab, login)
            points[login] = found.score, found.max_score
    return points

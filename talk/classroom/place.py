"""Where a class lives: a folder with all that it has, and the Unix users that belong to it."""

import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

LOGIN = re.compile(r"[a-z][a-z0-9-]{0,30}")
LETTERS = str.maketrans(  # which have no parts
    {"ß": "ss", "ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "æ": "ae", "Æ": "Ae",
     "œ": "oe", "Œ": "Oe", "þ": "th", "Þ": "Th", "ð": "d", "Ð": "D"}
)  # fmt: skip
TRIAL = {f"learner{k:02}": "" for k in range(1, 31)}  # who may log in where no list is given


class ClassError(Exception):
    """A complaint that is printed as one sentence."""


@dataclass(frozen=True)
class Place:
    """The folder of a class; its last part names the Unix group and the two users of the teacher.

    >>> Place(Path("/srv/elves")).teacher
    'elves-teacher'
    """

    home: Path

    def __post_init__(self):
        if not LOGIN.fullmatch(self.home.name) or len(self.home.name) > 20:
            raise ClassError(
                f"the folder of a class names its Unix group: small letters, digits and -, at most "
                f"20 of them, and not {self.home.name!r}."
            )

    group = property(lambda self: self.home.name)
    teacher = property(lambda self: f"{self.home.name}-teacher")  # has the gradebook, logs in too
    grader = property(lambda self: f"{self.home.name}-grader")  # runs what learners submit
    env = property(lambda self: self.home / "env")
    python = property(lambda self: self.env / "bin" / "python")
    proxy = property(lambda self: self.home / "proxy")
    homes = property(lambda self: self.home / "homes")
    list = property(lambda self: self.home / "names.txt")
    lock = property(lambda self: self.home / "lock")  # says too that the folder is a class's
    labs = property(lambda self: self.home / "labs.git")
    settings = property(lambda self: self.home / "settings")  # what Jupyter reads for everyone
    secrets = property(lambda self: self.home / "secrets")  # for root alone
    log = property(lambda self: self.home / "hub.log")
    logs = property(lambda self: self.home / "logs")  # of the learners' servers

    @property
    def names(self):
        """The class: a dict of full names by logins."""
        return read_names(self.list)


def read_names(path):
    """Read a list of names: each line a login, a login and a name, or a name alone.

    Raises ClassError, with the line, where it cannot be read so.
    """
    try:
        text = Path(path).read_text("utf-8-sig")
    except OSError as problem:
        raise ClassError(f"{path} cannot be read: {problem.strerror}.") from None
    except UnicodeDecodeError:
        raise ClassError(f"{path} is no text in UTF-8: save it as such.") from None
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not (line := line.partition("#")[0].strip()):
            continue
        login, name = login_of(line)
        if not LOGIN.fullmatch(login):
            raise ClassError(
                f"{path}, line {number}: {line!r} has no login of up to 31 small letters, digits "
                "and -: write one before the name, as in `ana Ana García`."
            )
        if login in found:
            raise ClassError(
                f"{path}, line {number}: {login!r} is there twice: write another login before the "
                f"name, as in `{login}2 {name or 'Ana García'}`."
            )
        found[login] = name
    if not found:
        raise ClassError(f"{path} has no names: write one to a line.")
    return found


def login_of(line):
    """The login and the name that a line of the list says.

    >>> login_of("ana Ana García"), login_of("Ana García"), login_of("ana")
    (('ana', 'Ana García'), ('ana-garcia', 'Ana García'), ('ana', ''))
    """
    first, _, rest = line.partition(" ")
    if LOGIN.fullmatch(first):
        return first, rest.strip()
    plain = (
        unicodedata.normalize("NFKD", line.translate(LETTERS))
        .encode("ascii", "ignore")
        .decode()
        .lower()
    )
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-"), line


def by_name(names):
    """The logins by the names that people may type in their place: those that only one has.

    >>> by_name({"ana": "Ana García", "bob": "Bob B", "bob2": "Bob B", "zoe": ""})
    {'ana garcía': 'ana'}
    """
    typed = [name.lower() for name in names.values()]
    return {n.lower(): login for login, n in names.items() if n and typed.count(n.lower()) == 1}


def write_names(path, names):
    lines = (f"{login} {name}".rstrip() for login, name in names.items())
    write(path, "\n".join(lines) + "\n")  # who is in a class is nobody's business


def write(target, text, owner=None):
    """Put a file that its owner alone can read in the place of the old one."""
    own = target.with_name(f".{target.name}.{os.getpid()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with open(os.open(own, flags, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        if owner:
            os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
    own.replace(target)

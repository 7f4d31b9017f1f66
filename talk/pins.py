"""Ask pip whether elves/constraints.txt holds for every Python and system promised; renew it.

    python talk/pins.py check    resolve each set for each target, without installing; print a table
    python talk/pins.py update   take the newest versions that all targets can have

pip picks files for a target by its options, but evaluates markers for the Python that runs it:
`PIP` gives it the target's. A renewed file is written only if the table finds nothing.
A line with a marker, or with `# held: why`, is only ever changed by hand.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from difflib import ndiff
from itertools import chain, product
from pathlib import Path
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ["3.11.0", "3.11.2", "3.12.0", "3.13.0", "3.14.0", "3.14.1"]
SYSTEMS = {  # sys_platform, platform_system, platform_machine, os_name, and tags of wheels
    "Linux x86-64": ("linux", "Linux", "x86_64", "posix", "manylinux{}_x86_64"),
    "Linux aarch64": ("linux", "Linux", "aarch64", "posix", "manylinux{}_aarch64"),
    "macOS arm64": ("darwin", "Darwin", "arm64", "posix", "macosx_14_0_arm64"),
    "Windows": ("win32", "Windows", "AMD64", "nt", "win_amd64"),
}
GLIBC = [*(f"_2_{n}" for n in range(34, 4, -1)), "2014", "2010", "1"]  # RHEL 9 has 2.34
ALONE = ["chainer", "tangent"]  # source only, and the packages that they name break a new Python
FREE = re.compile("nvidia-|cuda-|triton$")  # torch names these itself, others for each build
WORKERS = 3
PIP = """
import json, sys
from pip._vendor.packaging import markers
target = json.loads(sys.argv.pop(1))
markers.default_environment = lambda: dict(target)
from pip._internal.cli.main import main
sys.exit(main())
"""


class PinsError(Exception):
    """A complaint that `main` prints as one sentence."""


class Target(NamedTuple):
    """A Python on a system, such as ("3.14.1", "Windows")."""

    python: str
    system: str

    def environment(self):
        """Return what markers are evaluated with."""
        names = ("sys_platform", "platform_system", "platform_machine", "os_name")
        return {
            **dict(zip(names, SYSTEMS[self.system][:4], strict=True)),
            "python_version": self.python.rpartition(".")[0],
            "python_full_version": self.python,
            "implementation_name": "cpython",
            "implementation_version": self.python,
            "platform_python_implementation": "CPython",
            "platform_release": "",
            "platform_version": "",
        }

    def options(self):
        """Return pip's options that pick files for this target."""
        tag, minor = SYSTEMS[self.system][4], self.python.split(".")[1]
        options = ["--python-version", self.python, "--implementation", "cp"]
        options += ["--abi", f"cp3{minor}"]
        tags = [tag.format(age) for age in GLIBC] if "{}" in tag else [tag]
        return options + [option for tag in tags for option in ("--platform", tag)]


TARGETS = [Target(*pair) for pair in product(PYTHONS, SYSTEMS)]


# ---------------------------------------------------------------- reading and asking


def requirements(root=ROOT):
    """Return what pip is asked for, by set: the light extra, and all extras."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    needs, extras = project["dependencies"], project["optional-dependencies"]
    full = [*needs, *chain(*extras.values())]
    return {"light": needs + extras["light"], "full": [n for n in full if n[:6] != "elves["]}


def pins(text):
    """Read the lines of a constraints file: pairs of the requirement and its comment.

    >>> [(str(pin), note) for pin, note in pins("# head\\nsix==1.0 # held: old")]
    [('six==1.0', 'held: old')]
    """
    lines = (line.partition("#") for line in text.splitlines())
    return [(Requirement(line), note.strip()) for line, _, note in lines if line.strip()]


def pinned(text, target):
    """Return the pinned version of each package in the target's environment."""
    there = target.environment()
    here = [pin for pin, _ in pins(text) if not pin.marker or pin.marker.evaluate(there)]
    return {canonicalize_name(pin.name): str(pin.specifier)[2:] for pin in here}


def resolve(target, needs, constraints):
    """Return what pip would install for the target: versions by name; and its complaint, or None.

    ``fast-deps`` reads the metadata out of a wheel where the index has no copy of it.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-c", PIP, json.dumps(target.environment()), "install"]
        command += ["--dry-run", "--ignore-installed", "--only-binary=:all:", "--progress-bar=off"]
        command += ["--use-feature=fast-deps", "--report", str(report), *target.options()]
        done = subprocess.run(
            [*command, "-c", str(constraints), *needs],
            env=os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_USER": "0"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode:
            return {}, complaint(done.stdout)
        found = json.loads(report.read_text("utf-8"))
    if found["environment"] != target.environment():
        return {}, "this pip evaluates markers in another way: `PIP` needs another line"
    data = [item["metadata"] for item in found["install"]]
    return {canonicalize_name(item["name"]): item["version"] for item in data}, None


def complaint(said):
    """Put what pip said into one line.

    >>> complaint("Collecting six\\nERROR: No matching distribution found for six==9")
    'No matching distribution found for six==9'
    """
    cause = re.search(r"The conflict is caused by:\n((?: +\S.*\n)+)", said)
    no_file = re.search(r"no matching distributions available.*:\n((?: +\S.*\n)+)", said)
    reason = [line.strip() for line in cause[1].splitlines()] if cause else []
    if no_file:
        return f"no file of {', '.join(no_file[1].split())} ({'; '.join(reason)})"
    errors = (
        re.findall(r"^ERROR: (.*)", said, re.MULTILINE) or said.splitlines() or ["pip said nothing"]
    )
    return "; ".join(reason) or errors[-1]


def verdict(target, needs, constraints):
    """Return what is wrong with the pins for one target and set; None if nothing is."""
    versions, problem = resolve(target, needs, constraints)
    there = pinned(constraints.read_text("utf-8"), target)
    loose = sorted(name for name in {*versions, *ALONE} - {*there} if not FREE.match(name))
    return problem or (f"not pinned: {', '.join(loose)}" if loose else None)


# ---------------------------------------------------------------- the table and the renewal


def side_by_side(work, jobs):
    """Do `work(*job)` for each job, a few at a time; return the results by job."""

    def one(job):
        result = work(*job)
        print("pins:", ", ".join([*job[0], *job[1:]]), flush=True)
        return result

    jobs = list(jobs)
    with ThreadPoolExecutor(WORKERS) as pool:
        return dict(zip(jobs, pool.map(one, jobs), strict=True))


def judge(constraints, root=ROOT):
    """Return the verdict for each target and set."""
    needs = requirements(root)

    def work(target, kind):
        return verdict(target, needs[kind], constraints)

    return side_by_side(work, product(TARGETS, needs))


def table(verdicts):
    """Lay verdicts out: a row for each Python, and below them each reason once."""
    reasons = list(dict.fromkeys(filter(None, verdicts.values())))
    word = {None: "ok"} | {reason: f"[{n}]" for n, reason in enumerate(reasons, 1)}
    kinds = list(dict.fromkeys(kind for _, kind in verdicts))
    line = ("{:<8}" + "  {:<6}{:<8}" * len(SYSTEMS)).format
    rows = [line("", *(part for name in SYSTEMS for part in (name[:6], name[6:])))]
    rows.append(line("Python", *kinds * len(SYSTEMS)))
    columns = [*product(SYSTEMS, kinds)]
    for python in PYTHONS:
        verdict_of = (verdicts[Target(python, system), kind] for system, kind in columns)
        rows.append(line(python, *(word[reason] for reason in verdict_of)))
    return "\n".join([*map(str.rstrip, rows), *(f"{word[reason]} {reason}" for reason in reasons)])


def renew(text, choices):
    """Return the constraints with, per package, the lowest version that a target chose.

    >>> renew("a==1\\nb==1 # held: why\\nc==1", [{"a": "3", "b": "2"}, {"a": "2", "d": "1"}])
    'a==2\\nb==1 # held: why\\nd==1\\n'
    """
    lowest = {}
    for name, version in (pair for choice in choices for pair in choice.items()):
        lowest[name] = min(version, lowest.get(name, version), key=Version)
    lines = []
    for line in text.splitlines():
        name = canonicalize_name(re.match(r"[\w.-]*", line)[0])
        if not name or by_hand(line):
            lines.append(line)
        elif name in lowest:
            lines.append(re.sub("==.*", f"=={Version(lowest[name]).public}", line))
        lowest.pop(name, None)
    lines += [f"{name}=={version}" for name, version in lowest.items() if not FREE.match(name)]
    return "\n".join(sorted(lines, key=str.lower)) + "\n"


def by_hand(line):
    """Tell whether a line is changed by hand only."""
    return ";" in line or "# held:" in line


def check(root=ROOT):
    """Print whether the pins hold, for each target and set."""
    verdicts = judge(root / "elves" / "constraints.txt", root)
    print(table(verdicts))
    if any(verdicts.values()):
        raise PinsError("these pins do not hold everywhere.")


def update(root=ROOT):
    """Write the pins anew; where the new ones do not hold, say so and leave the file."""
    path, needs = root / "elves" / "constraints.txt", requirements(root)["full"]
    old = path.read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / "constraints.txt"
        draft.write_text("\n".join(filter(by_hand, old.splitlines())), "utf-8")
        found = side_by_side(lambda target: resolve(target, needs, draft), zip(TARGETS))
        if problems := [f"{', '.join(job[0])}: {why}" for job, (_, why) in found.items() if why]:
            raise PinsError("\n".join(["nothing is changed:", *problems]))
        new = renew(old, [versions for versions, _ in found.values()])
        draft.write_text(new, "utf-8")
        verdicts = judge(draft, root)
    print(table(verdicts))
    changes = [line for line in ndiff(old.splitlines(), new.splitlines()) if line[0] in "-+"]
    print("\n".join(changes) or "Nothing is newer.")
    if any(verdicts.values()):
        raise PinsError("the new pins do not hold everywhere: the file stays as it is.")
    path.write_text(new, "utf-8")


def main(argv=None):
    """Parse the command line and do what it says."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--root", type=Path, default=ROOT, help="the repository (for tests)")
    commands = parser.add_subparsers(dest="command", required=True)
    for command in (check, update):
        subparser = commands.add_parser(command.__name__, help=command.__doc__)
        subparser.set_defaults(do=command)
    options = vars(parser.parse_args(argv))
    del options["command"]
    try:
        options.pop("do")(**options)
    except PinsError as error:
        sys.exit(f"pins: {error}")


if __name__ == "__main__":
    main()

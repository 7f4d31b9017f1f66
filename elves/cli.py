"""The command `elves`: `lab` opens the notebooks, `doctor` looks at what is installed, `compare`
and `race` set all to work, `rehearse` is for the speaker.

Needs NumPy only; a system that is not installed says so in its own row.
"""

import argparse
import dataclasses
import json
import os
import platform
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np

import elves
from elves import expression, lab
from elves.checkup import DISTRIBUTIONS, examine, tested_versions
from elves.comparing import DIGITS, check_kink, check_value, exact, point, rows
from elves.errors import ElfError, InputError, MissingError
from elves.frameworks import FRAMEWORKS

WRONG = 1e-3


def main(argv=None):
    """Run the command line `argv`; return its exit code (2 for a mistake in the input)."""
    argv = sys.argv[1:] if argv is None else list(argv)
    words = argv  # as they were typed
    # A minus may begin an expression or a number: a space before it tells argparse so.
    argv = [" " + a if a.startswith("-") and a.split("=")[0] not in OPTIONS else a for a in argv]
    try:
        if words[:1] == ["rehearse"]:
            return rehearse(words[1:])
        if words[:1] == ["lab"] and not {"-h", "--help"} & set(words):
            return lab.open_lab(words[1:])
        options = parser().parse_args(argv)
        options.argv = argv
        return options.run(options)
    except ElfError as error:
        print(f"elves: {error}", file=sys.stderr)
        return 2
    except (BrokenPipeError, KeyboardInterrupt):  # `elves doctor | head`, or Ctrl-C
        sys.stdout = None
        return 130


def fresh(options):
    """Bring fresh copies of an attendee's notebooks; return 0."""
    names = [name.strip() for name in options.names]
    for said in lab.fresh(names, lab.project() or Path.cwd()):
        print(f"elves: {said}")
    return 0


# ------------------------------------------------------------------------------------- doctor


def doctor(options):
    """Print the table; return 0 if NumPy, the elves and every installed system are well."""
    tested, remarks, verdicts = tested_versions(), [], []
    row = "{:<16} {:<10} {:<10} {}".format
    print(f"Python {platform.python_version()}, NumPy {np.__version__}", end="")
    print(f" (tested with NumPy {tested['numpy']})" if "numpy" in tested else "", end="\n\n")
    print(row("", "version", "tested", "gradient here"))
    for name in elves.ENGINES + FRAMEWORKS:
        title, version, verdict, remark = examine(name)
        pins = [tested[d] for d in DISTRIBUTIONS.get(name, [name]) if d in tested]
        untested = name in elves.ENGINES or not pins or " no release for " in remark
        pin = "-" if untested else pins[0]
        print(row(title, version, pin, verdict), flush=True)
        remarks += [remark] if remark else []
        verdicts.append(verdict)
    print("".join(f"\n{remark}" for remark in remarks), end="\n" if remarks else "")
    ill = {"WRONG", "BROKEN"} | ({"missing"} if options.all else set())
    count = sum(verdict in ill for verdict in verdicts)
    missing = verdicts.count("missing")
    print()
    if count:
        print(f"{count} of {len(verdicts)} need attention: see the remarks above.")
    elif missing:
        print(f"All that is installed works; {missing} of the systems are not installed.")
    else:
        print("All of them differentiate correctly here.")
    return 1 if count else 0


# ------------------------------------------------------------------------------------ compare


def _choose(text, names, option="--only"):
    if text is None:
        return tuple(names)
    chosen = [name.strip() for name in text.split(",")]
    for name in chosen:
        if name not in names:
            raise InputError(f"{option} {name!r} is not known: choose from {', '.join(names)}.")
    return tuple(chosen)


def _own(path):
    """The learner's engine that a file holds, if one is named."""
    if path is None:
        return None
    from elves.course import keep

    return keep.load(path.strip())


def compare(options):
    """Print the table, or JSON; return 0."""
    expr, x = expression.parse(options.expression), point(options.at)
    names = _choose(options.only, elves.ENGINES + FRAMEWORKS)
    own = _own(options.engine)
    reference, why_not = None, None
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_value(expr, x)
        try:
            reference = exact(expr, x)
        except ImportError as error:
            why_not = str(error)
            check_kink(expr, x)
    digits = None
    if reference is not None:
        import mpmath

        digits = mpmath.nstr(reference, DIGITS, strip_zeros=False)
    if options.json:
        table = list(rows(expr, x, reference, names, own))
        print(
            json.dumps(
                {"expression": expr.source, "x": x, "exact": digits, "rows": table}, indent=2
            )
        )
        return 0
    print(f"f(x) = {expr.source}   at x = {x!r}")
    print(f"f'(x) = {digits} (SymPy)" if digits else f"No exact derivative: {why_not}", end="\n\n")
    print(f"{'':<19} {'value':<24} {'derivative':<24} relative error")
    for row in rows(expr, x, reference, names, own):
        if row["reason"]:
            print(f"{row['name']:<19} {row['reason']}", flush=True)
            continue
        error = "SymPy is missing" if row["error"] is None else f"{row['error']:.1e}"
        error = "0" if row["error"] == 0 else error
        remark = "  far off here" if (row["error"] or 0) > WRONG else ""
        line = f"{row['name']:<19} {row['value']!r:<24} {row['derivative']!r:<24} {error}{remark}"
        print(line, flush=True)
    return 0


# --------------------------------------------------------------------------------------- race


def race(options):
    """Print a table for each workload as it ends, or JSON; return 1 if a contestant is wrong."""
    from elves import race, show

    programs = options.program and [name.strip() for name in options.program.split(",")]
    rows, events = race.contestants(), race.events(programs)
    rows = {name: rows[name] for name in _choose(options.only, rows)}
    if own := _own(options.engine):
        rows = {own.NAME: lambda work: race.ready(work, own)} | rows
    chosen = {name: events[name] for name in _choose(options.workload, events, "--workload")}
    limit = point(options.limit, "--limit", "60")
    if options.save:  # mistakes shall show before the race, not after it
        if Path(options.save).suffix != ".svg":
            raise InputError(f"The picture is an SVG: write --save race.svg, not {options.save}.")
        try:
            show.race({}).save(options.save)
        except OSError as error:
            raise InputError(f"The picture cannot be saved: {error}.") from None
    if any(os.environ.get(name) != value for name, value in race.ENVIRONMENT.items()):
        path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
        environment = {**os.environ, **race.ENVIRONMENT, "PYTHONPATH": path}
        command = [sys.executable, "-m", "elves", *options.argv]
        return subprocess.run(command, env=environment).returncode

    results = _run_all(chosen, rows, options, limit)
    if options.json:
        print(json.dumps({"numpy": np.__version__, "results": results}, indent=2))
    if options.save:
        show.race(results).save(options.save)
    tables = [t for r in results.values() for t in (r, *r.get("programs", {}).values())]
    remarks = [row["reason"] or "" for t in tables for row in t.get("rows", [])]
    return 1 if any(remark.startswith("WRONG") for remark in remarks) else 0


def _run_all(events, rows, options, limit):
    """The result of each event, which is printed as soon as it is there."""
    from elves import race

    results, until, out = {}, time.monotonic() + limit, sys.stderr
    start, end = ("\r", "\x1b[K") if out.isatty() else ("", "\n")
    for name, event in events.items():

        def say(words, name=name):
            if options.progress or out.isatty():
                print(f"{start}{name}: {words}", end=end, file=out, flush=True)

        pace = dataclasses.replace(race.QUICK if options.quick else race.PACE, until=until, say=say)
        if time.monotonic() > until:
            left = f"{name} and what follows was left out: the limit is {limit:g} seconds."
            print(f"elves: {left}", file=out)
            break
        results[name] = event(rows, pace)
        print(start + end if out.isatty() else "", end="", file=out, flush=True)
        if not options.json:
            print(f"{name}: {results[name]['about']}", *race.lines(results[name]), "", sep="\n")
            sys.stdout.flush()
    return results


# ----------------------------------------------------------------------------------- rehearse


def rehearse(argv):
    """Run talk/rehearse.py, which belongs to the repository and not to the installed package."""
    for root in (Path(__file__).resolve().parents[1], Path.cwd()):
        if (root / "talk" / "rehearse.py").exists():
            sys.path.insert(0, str(root / "talk"))
            try:
                import rehearse
            except ImportError as error:
                raise MissingError(f"elves rehearse needs {error.name}: run make light.") from None
            return rehearse.main(argv)
    raise InputError(
        "elves rehearse reads the notebooks and talk/outline.toml: run it in the repository."
    )


# --------------------------------------------------------------------------- what can be written


ENGINE = {"metavar": "FILE.py", "help": "an elf of your own, from lab 6"}
JSON = {"action": "store_true", "help": "print JSON for a program to read"}
COMMANDS = {  # name: what runs, what it does, and its arguments
    "lab": (None, "open your own copies of the talk's notebooks in JupyterLab", {
        "arguments": {"metavar": "ARGUMENT", "nargs": "*",
                      "help": "JupyterLab's own, as --no-browser"},
    }),
    "fresh": (fresh, "bring fresh copies of the notebooks; what you changed is kept beside them", {
        "names": {"metavar": "NAME", "nargs": "*",
                  "help": "such as 2 or refresher; none means all"},
    }),
    "doctor": (
        doctor, "show which systems are installed and whether they differentiate correctly here",
        {"--all": {"action": "store_true", "help": "a missing system is a failure too"}},
    ),
    "compare": (compare, "differentiate an expression in x with every elf and every system", {
        "expression": {"metavar": "EXPR", "help": 'for example "np.sin(x) * x**2"'},
        "--at": {"metavar": "X", "required": True, "help": "the value of x"},
        "--only": {"metavar": "NAMES", "help": "some of them, separated by commas"},
        "--json": JSON,
        "--engine": ENGINE,
    }),
    "race": (race, "time every elf and every system against gradients written by hand", {
        "--workload": {"metavar": "NAMES", "help": "some of them, separated by commas"},
        "--program": {"metavar": "NAMES", "help": "some of the workload unseen, as lstm,kepler"},
        "--only": {"metavar": "NAMES", "help": "some contestants, separated by commas"},
        "--engine": ENGINE,
        "--quick": {"action": "store_true", "help": "fewer rounds, rougher numbers"},
        "--limit": {"metavar": "SECONDS", "default": "900", "help": "stop after that time"},
        "--json": JSON,
        "--progress": {"action": "store_true", "help": "tell what runs, on stderr"},
        "--save": {"metavar": "FILE.svg", "help": "draw the result"},
    }),
    "rehearse": (None, "the talk against the clock: elves rehearse --help", {}),
}  # fmt: skip
OPTIONS = {"-h", "--help", "--version"}.union(*(more for _, _, more in COMMANDS.values()))


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise InputError(f"{' '.join(message.split())} (see {self.prog} --help).")


def parser():
    parser = Parser(
        prog="elves",
        description="Differentiation engines, small enough to read, beside the real systems.",
        epilog='Try:  elves compare "np.sin(x) * x**2" --at 1.3',
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"elves {elves.__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, (run, does, arguments) in COMMANDS.items():
        does_so = does[0].upper() + does[1:] + "."
        command = commands.add_parser(name, help=does, description=does_so, allow_abbrev=False)
        command.set_defaults(run=run)
        for argument, settings in arguments.items():
            command.add_argument(argument, **settings)
    return parser

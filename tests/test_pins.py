"""The pins: each package once for each Python and system, and the tool that asks pip about them.

pip itself is run here, on wheels made by the test and without an index.
"""

import re
import sys
import tomllib
import zipfile
from collections import defaultdict
from itertools import product

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import pins
from elves import checkup

TEXT = (pins.ROOT / "elves" / "constraints.txt").read_text("utf-8")
OLD, NEW = pins.Target("3.11.2", "Linux aarch64"), pins.Target("3.14.1", "Windows")
MAC = pins.Target("3.12.0", "macOS arm64")


def lines_for(text, target):
    """The pins that hold there, by name."""
    there, lines = target.environment(), defaultdict(list)
    for pin, _ in pins.pins(text):
        if not pin.marker or pin.marker.evaluate(there):
            lines[canonicalize_name(pin.name)].append(pin)
    return lines


@pytest.mark.parametrize("target", pins.TARGETS, ids=", ".join)
def test_each_package_is_pinned_once(target):
    needs = [Requirement(need) for need in pins.requirements()["full"]]
    there = target.environment()
    asked = {n.name: n for n in needs if not n.marker or n.marker.evaluate(there)}
    asked |= {name: Requirement(name) for name in pins.ALONE}
    assert ("tensorflow" in asked) + ("tensorflow-cpu" in asked) == (target.python < "3.14")
    lines = lines_for(TEXT, target)
    for name, need in asked.items():
        found = lines[canonicalize_name(name)]
        assert len(found) == 1, f"{name} has {len(found)} pins"
        assert need.specifier.contains(str(found[0].specifier)[2:])
    assert [name for name, found in lines.items() if len(found) > 1] == []


def test_what_is_promised_is_looked_at():
    project = tomllib.loads((pins.ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    promised = SpecifierSet(project["requires-python"])
    minors = {f"3.{minor}" for minor in range(8, 30) if f"3.{minor}.0" in promised}
    assert {python.rpartition(".")[0] for python in pins.PYTHONS} == minors
    assert all(python in promised for python in pins.PYTHONS)


def test_lines_changed_by_hand_say_why():
    assert all(str(pin.specifier).startswith("==") for pin, _ in pins.pins(TEXT))
    notes = {pin.name: note for pin, note in pins.pins(TEXT)}
    assert {name for name, note in notes.items() if re.match(r"held: \w", note)} >= {
        *("torch", "setuptools", *pins.ALONE)
    }


# ---------------------------------------------------------------- pip itself, on small wheels


@pytest.fixture
def shop(tmp_path, monkeypatch):
    """An index in a folder: shop("name", "1.0", "Requires-Dist: six", tag=…) adds a wheel."""

    def add(name, version, *metadata, tag="py3-none-any"):
        info = f"{name}-{version}.dist-info"
        head = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *metadata]
        wheel = f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n"
        with zipfile.ZipFile(tmp_path / f"{name}-{version}-{tag}.whl", "w") as file:
            file.writestr(f"{info}/METADATA", "\n".join(head) + "\n")
            file.writestr(f"{info}/WHEEL", wheel)
            file.writestr(f"{info}/RECORD", "")

    for name, value in {"NO_INDEX": "1", "FIND_LINKS": tmp_path, "CONFIG_FILE": "none"}.items():
        monkeypatch.setenv(f"PIP_{name}", str(value))
    return add


@pytest.fixture
def file(tmp_path):
    def write(text):
        (tmp_path / "pins.txt").write_text(text, "utf-8")
        return tmp_path / "pins.txt"

    return write


def test_markers_and_python_are_those_of_the_target(shop, file):
    markers = {
        "fenster": "sys_platform == 'win32'",
        "early": "python_full_version < '3.11.4'",
        "apple": "platform_machine == 'arm64' and os_name == 'posix'",
    }
    for name in markers:
        shop(name, "1.0")
    shop("top", "1", *(f"Requires-Dist: {name}; {markers[name]}" for name in markers))
    shop("soup", "2")
    shop("soup", "4", "Requires-Python: >=3.11.5,!=3.12.0")
    none = file("")
    for target, only, soup in ((OLD, "early", "2"), (MAC, "apple", "2"), (NEW, "fenster", "4")):
        found = pins.resolve(target, ["top", "soup"], none)
        assert found == ({"top": "1", only: "1.0", "soup": soup}, None)
    assert pins.resolve(OLD, ["soup; os_name == 'nt'", "early"], none)[0] == {"early": "1.0"}


@pytest.mark.parametrize(
    ("tag", "targets"),
    [
        ("cp311-cp311-manylinux_2_28_aarch64", [OLD]),
        ("cp39-abi3-manylinux2014_aarch64", [OLD]),
        ("cp311-cp311-manylinux_2_36_aarch64", []),
        ("cp314-cp314-win_amd64", [NEW]),
        ("cp314-cp314t-win_amd64", []),
        ("cp311-abi3-macosx_11_0_arm64", [MAC]),
        ("py3-none-manylinux1_x86_64", []),
    ],
)
def test_files_are_those_of_the_target(shop, file, tag, targets):
    shop("fast", "1", tag=tag)
    constraints = file("fast==1\nchainer==1\ntangent==1\n")
    for target in (OLD, MAC, NEW):
        reason = pins.verdict(target, ["fast"], constraints)
        if target in targets:
            assert reason is None
        else:
            assert reason.startswith("no file of fast (") and "fast==1" in reason


def test_verdicts(shop, file):
    shop("six", "1")
    shop("six", "2", "Requires-Python: >=3.12")
    shop("top", "1", "Requires-Dist: six<2")
    shop("triton", "1")
    alone = "chainer==1\ntangent==1\n"
    ok = file(f"six==1; python_version < '3.12'\nsix==2; python_version >= '3.12'\n{alone}")
    assert pins.verdict(OLD, ["six", "triton"], ok) is None  # torch's own choice needs no pin
    assert pins.verdict(MAC, ["six"], ok) is None
    assert (
        pins.verdict(MAC, ["six"], file(f"six==2; python_version < '3.12'\n{alone}"))
        == "not pinned: six"
    )
    assert pins.verdict(MAC, ["six"], file("six==1\ntangent==1\n")) == "not pinned: chainer"
    conflict = pins.verdict(MAC, ["top"], file(f"six==2\ntop==1\n{alone}"))
    assert "top 1 depends on six<2; The user requested (constraint) six==2" in conflict
    assert "\n" not in conflict
    assert "six" in pins.verdict(OLD, ["six"], file(f"six==2\n{alone}"))
    assert "nosuch" in pins.verdict(OLD, ["nosuch"], file(alone))


def test_a_pip_that_no_longer_listens_is_noticed(shop, file, monkeypatch):
    shop("six", "1")
    monkeypatch.setattr(pins, "PIP", pins.PIP.replace("markers.default_environment = ", "old = "))
    assert "evaluates markers in another way" in pins.resolve(NEW, ["six"], file(""))[1]


# What pip 26.3 said, shortened.
SAID = {
    "no file of fast-sugiyama (The user requested fast-sugiyama; "
    "The user requested (constraint) fast-sugiyama==0.5.3)": """\
Collecting anywidget
  Downloading anywidget-0.11.0-py3-none-any.whl (317 kB)

The conflict is caused by:
    The user requested fast-sugiyama
    The user requested (constraint) fast-sugiyama==0.5.3

Additionally, some packages in these conflicts have no matching distributions available here:
    fast-sugiyama

To fix this you could try to:
1. loosen the range of package versions you've specified

ERROR: Cannot install fast-sugiyama because these package versions have conflicting dependencies.
ERROR: ResolutionImpossible: for help visit the documentation
""",
    "Package 'networkx' requires a different Python: 3.14.1 not in '!=3.14.1,>=3.11'": """\
Collecting networkx (from torch)
ERROR: Package 'networkx' requires a different Python: 3.14.1 not in '!=3.14.1,>=3.11'
""",
    "No matching distribution found for torch": """\
WARNING: Retrying after connection broken by 'NewConnectionError'
ERROR: Could not find a version that satisfies the requirement torch (from versions: none)
ERROR: No matching distribution found for torch
""",
    "MemoryError": "Traceback (most recent call last):\nMemoryError\n",
    "pip said nothing": "",
}


@pytest.mark.parametrize("line", SAID)
def test_complaints_are_one_line(line):
    assert pins.complaint(SAID[line]) == line


# ---------------------------------------------------------------- the table and the renewal


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A small project, and pip's answers: what is newest for each Python, and what it lacks."""
    (tmp_path / "elves").mkdir()
    (tmp_path / "pyproject.toml").write_text(
        '[project]\ndependencies = ["a"]\n'
        '[project.optional-dependencies]\nlight = ["b"]\ntest = ["c"]\n'
    )
    answers, bad = {}, defaultdict(str)

    def resolve(target, needs, constraints):
        there, newest = pins.pinned(constraints.read_text(), target), answers[target.python]
        versions = {name: there.get(name, newest[name]) for name in needs if name in newest}
        lacks = [pin for pin in map("==".join, versions.items()) if pin in bad[target.python]]
        return ({}, f"no file of {lacks[0]}") if lacks else (versions, None)

    monkeypatch.setattr(pins, "resolve", resolve)
    monkeypatch.setattr(pins, "PYTHONS", ["3.11.0", "3.14.0"])
    monkeypatch.setattr(
        pins, "TARGETS", [pins.Target(*p) for p in product(pins.PYTHONS, pins.SYSTEMS)]
    )
    monkeypatch.setattr(pins, "ALONE", [])
    return tmp_path, answers, bad


def test_check(repository, capsys):
    root, answers, bad = repository
    newest = {"a": "9", "b": "9", "c": "9"}
    answers |= {"3.11.0": newest, "3.14.0": newest}
    file = root / "elves" / "constraints.txt"
    file.write_text("a==1\nb==1\nc==1\n")
    pins.main(["--root", str(root), "check"])
    out = capsys.readouterr().out
    assert out.count("ok") == 16 and "[1]" not in out
    assert out.count("pins: 3.14.0, Windows, light\n") == 1

    bad |= {"3.11.0": "c==1", "3.14.0": "c==1"}
    file.write_text("a==1\nb==1; python_version < '3.14'\nc==1\n")
    with pytest.raises(SystemExit, match="do not hold everywhere"):
        pins.main(["--root", str(root), "check"])
    lines = capsys.readouterr().out.splitlines()[16:]
    assert lines[2].split() == ["3.11.0", *["ok", "[1]"] * 4]
    assert lines[3].split() == ["3.14.0", *["[2]", "[1]"] * 4]
    assert lines[4:] == ["[1] no file of c==1", "[2] not pinned: b"]


def test_update(repository, capsys):
    root, answers, bad = repository
    answers["3.11.0"] = {"a": "1.9", "b": "3", "c": "2", "d": "7"}
    answers["3.14.0"] = {"a": "1.10", "b": "4"}
    file = root / "elves" / "constraints.txt"
    before = "# head\na==1.8\nb==2  # held: because\nGone==1\n"
    file.write_text(before)
    bad["3.14.0"] = "a==1.9"  # it cannot have what 3.11 chose
    with pytest.raises(SystemExit, match="file stays as it is"):
        pins.main(["--root", str(root), "update"])
    assert file.read_text() == before and "[1] no file of a==1.9" in capsys.readouterr().out

    bad.clear()
    pins.main(["--root", str(root), "update"])
    assert file.read_text() == "# head\na==1.9\nb==2  # held: because\nc==2\n"
    said = capsys.readouterr().out.splitlines()
    assert said[-4:] == ["- a==1.8", "+ a==1.9", "- Gone==1", "+ c==2"]
    pins.main(["--root", str(root), "update"])
    assert capsys.readouterr().out.endswith("Nothing is newer.\n")


def test_update_without_an_answer_changes_nothing(repository):
    root, answers, bad = repository
    answers |= {"3.11.0": {"a": "1"}, "3.14.0": {"a": "0"}}
    bad["3.14.0"] = "a==0"
    (root / "elves" / "constraints.txt").write_text("a==5\n")
    with pytest.raises(
        SystemExit, match=r"(?s)nothing is changed:.*3\.14\.0, Windows: no file of a"
    ):
        pins.main(["--root", str(root), "update"])
    assert (root / "elves" / "constraints.txt").read_text() == "a==5\n"


def test_renewal_keeps_lines_made_by_hand():
    old = "# head\njupyter_core==5\nkeep==1; os_name == 'nt'\nkeep==2; os_name != 'nt'\n"
    new = pins.renew(
        old, [{"jupyter-core": "6.10", "keep": "9"}, {"jupyter-core": "6.9", "nvidia-x": "1"}]
    )
    assert new == old.replace("core==5", "core==6.9")
    assert pins.renew("big==1\n", [{"big": "2.0+cpu"}]) == "big==2.0\n"


# ---------------------------------------------------------------- elves doctor reads the same file


def test_tested_versions_are_those_of_this_python(tmp_path):
    file = tmp_path / "constraints.txt"
    file.write_text(
        "net==3.6; python_full_version < '3.2'\n"
        "net==3.5 ; python_full_version >= '3.2'  # twice\n"
        "net==3.7;python_version>='4'\n"
        "torch==2.13.0  # held: why; really\n"
        "odd==1; no marker\n"
    )
    assert checkup.tested_versions(file) == {"net": "3.5", "torch": "2.13.0"}


def test_tested_versions_without_packaging(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "packaging.markers", None)
    file = tmp_path / "constraints.txt"
    file.write_text("a==1; python_version > '3'\nb==2\n")
    assert checkup.tested_versions(file) == {"b": "2"}
    assert checkup.tested_versions()["numpy"]

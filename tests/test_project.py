"""What the project says of itself: recipes that run, files that are valid."""

import ast
import os
import re
import subprocess
import sys
import tomllib
import xml.etree.ElementTree
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

import conftest
import elves
import walk
from conftest import PARTS, minutes

ROOT = Path(__file__).resolve().parent.parent
TEXTS = ("CONTRIBUTING.md", "README.md", "CHANGELOG.md", "talk/stage.md")
RECIPES = {
    name: re.findall(r"^```python\n(.*?)^```", (ROOT / name).read_text("utf-8"), re.M | re.S)
    for name in ("CONTRIBUTING.md", "README.md")
}


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_run_and_their_remarks_are_true(name):
    """Each line that ends with `# 0.5`, say, is such a number."""
    assert len(RECIPES[name]) == 2
    code = promises("\n".join(RECIPES[name]))
    assert code.count("assert") >= 2
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def promises(code):
    """Turn `f(x)  # 0.5` into an assertion."""
    line = r"^(\S.*\))  # ([\d.]+)$"
    return re.sub(line, r"assert abs(\1 - \2) < 1e-12, '\1'", code, flags=re.MULTILINE)


def test_a_remark_that_is_wrong_is_seen():
    with pytest.raises(AssertionError):
        exec(promises("abs(-2)  # 2.5\n"))


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-workflows", sorted((ROOT / ".github" / "workflows").glob("*.yml"))),
        ("vendor.citation-file-format", [ROOT / "CITATION.cff"]),
    ],
)
def test_files_keep_their_schema(schema, files):
    assert files
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *files]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_workflows_run_what_people_run_on_every_promised_python():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    low, high = re.findall(r"3\.(\d+)", project["requires-python"])
    promised = [f"3.{minor}" for minor in range(int(low), int(high))]
    test = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text("utf-8"))["jobs"]
    assert test["linux"]["strategy"]["matrix"]["python"] == promised
    assert {"run": "bash .ci/run"} in test["linux"]["steps"]
    assert {"run": "python elves/bootstrap.py test"} in test["without-make"]["steps"]
    without = test["without-make"]["strategy"]["matrix"]
    assert without["system"] == ["windows-latest", "macos-latest"]
    assert [row["system"] for row in without["include"] if row["chrome"]] == without["system"]
    assert test["without-make"]["env"]["ELVES_CHROMIUM"] == "${{ matrix.chrome }}"
    newest = yaml.safe_load((ROOT / ".github/workflows/newest.yml").read_text("utf-8"))
    steps = [step.get("run") for job in newest["jobs"].values() for step in job["steps"]]
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    wanted = {words.split()[1] for words in filter(None, steps) if words.startswith("make ")}
    assert wanted == {"pins", "update-pins"} and wanted <= targets


def test_the_version_is_the_same_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert citation["version"] == project["version"] == elves.__version__
    assert " AND ".join(sorted(project["license"].split(" AND "))) == "CC-BY-4.0 AND MIT"
    assert sorted(citation["license"]) == ["CC-BY-4.0", "MIT"]
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert f"## {project['version']}\n" in changes and "## Unreleased\n" in changes


@pytest.mark.parametrize("name", TEXTS)
def test_links_lead_somewhere(name):
    text = (ROOT / name).read_text("utf-8")
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert ((ROOT / name).parent / link).exists(), link


def test_the_first_picture_is_the_walk_as_it_runs_today():
    """Two files beside the deck: who asks for less motion gets the still one."""
    shown = re.findall(r'(?:src|srcset)="(\S+)"', (ROOT / "README.md").read_text("utf-8"))
    made = walk.files()
    assert sorted(shown) == sorted(f"slides/{name}" for name in made)
    for name, text in made.items():
        stored = (ROOT / "slides" / name).read_text("utf-8")
        assert stored == f"{text}\n", "run `python talk/walk.py`"
        root = xml.etree.ElementTree.fromstring(stored)
        assert "script" not in stored and "href" not in stored and root.get("width") == "860"
    assert "@keyframes" in made["walk.svg"] and "@keyframes" not in made["walk-still.svg"]
    assert "prefers-reduced-motion" in made["walk.svg"]
    assert all("prefers-color-scheme:dark" in text for text in made.values())


@pytest.mark.parametrize("name", TEXTS)
def test_make_has_the_targets_that_texts_name(name):
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.M))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", (ROOT / name).read_text("utf-8"), re.M))
    assert named <= targets


def test_every_test_belongs_to_a_part():
    names = [f"tests/{path.name}" for path in (ROOT / "tests").glob("test_*.py")]
    places = [*names, "notebooks/01.ipynb::Cell 1", "slides/talk.ipynb::Cell", "elves/core.py::x"]
    reports = [SimpleNamespace(nodeid=f"{name}::test", duration=60) for name in places]
    spent = minutes(reports)
    assert sum(spent.values()) == len(places) and all(spent.values())
    for part, pattern in PARTS.items():
        for name in re.findall(r"\w+", pattern.partition("(")[2].partition(")")[0]):
            found = list((ROOT / "tests").glob(f"test_{name}*.py"))
            assert (ROOT / name).exists() or found, (part, name)
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert set(re.findall(r"^\| ([a-z -]+) \| `", text, re.M)) == set(PARTS)


SLOW = "import time\nimport pytest\n\n\n@pytest.fixture\ndef slow():\n    time.sleep(0.4)\n\n\n"
FASTER = """

def minutes(reports, in_minutes=minutes):
    return {part: 600 * m for part, m in in_minutes(reports).items()}
"""


def test_the_minutes_of_two_workers_are_told(tmp_path):
    """A fixture's time counts as well; here a minute has 0.1 seconds."""
    (tmp_path / "tests").mkdir()
    files = {
        "conftest": (ROOT / "tests" / "conftest.py").read_text("utf-8") + FASTER,
        "test_race": f"{SLOW}def test(slow):\n    pass\n",
        "test_lab": f"{SLOW}def test():\n    time.sleep(0.2)\n",
    }
    for name, text in files.items():
        (tmp_path / "tests" / f"{name}.py").write_text(text, "utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "xdist", "-n", "2", "tests"]
    bare = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=bare)
    told = dict(re.findall(r"^ *([\d.]+)  ([a-z -]+)$", done.stdout, re.M))
    assert set(told.values()) == {"real systems", "set-up and project"}, done.stdout
    spent = {part: float(m) for m, part in told.items()}
    assert spent["real systems"] >= 4 and spent["set-up and project"] >= 2


def test_a_short_run_needs_no_accounts():
    def said(seconds):
        lines = []
        stats = {"passed": [SimpleNamespace(nodeid="tests/test_core.py::x", duration=seconds)]}
        conftest.pytest_terminal_summary(
            SimpleNamespace(stats=stats, section=lines.append, write_line=lines.append)
        )
        return lines

    assert said(59) == [] and said(150)[1:] == ["  2.5  engines and rules"]


def lines_of_code(text):
    """Without blank lines, comments and docstrings."""
    lines = {n: line.strip() for n, line in enumerate(text.splitlines(), 1)}
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, kinds) and ast.get_docstring(node):
            for n in range(node.body[0].lineno, node.body[0].end_lineno + 1):
                del lines[n]
    return sum(1 for line in lines.values() if line and not line.startswith("#"))


def test_the_table_of_rules_stays_within_its_budget():
    assert lines_of_code('"""What."""\n\n# why\nx = 1  # how\n') == 1
    table = (ROOT / "elves" / "rules").glob("*.py")
    assert sum(lines_of_code(path.read_text("utf-8")) for path in table) <= 900


PAGES = "numerical", "forward", "reverse", "static_graph/graph"


@pytest.mark.parametrize("page", PAGES)
def test_a_technique_is_one_page(page):
    """Each is read aloud, from top to bottom."""
    assert lines_of_code((ROOT / "elves" / f"{page}.py").read_text("utf-8")) <= 150


def test_no_file_of_the_course_is_long():
    """An exercise is read with all that its check knows: on one screen or a few."""
    paths = [*(ROOT / "elves" / "course").rglob("*.py")]
    assert len(paths) > 50
    assert max(len(path.read_text("utf-8").splitlines()) for path in paths) <= 350


def test_the_end_of_tensorflows_log_handler_leaves_what_pytest_captures_open():
    """Jupyter sets logging up anew, which ends every handler: 1,800 tests failed after it once."""
    handler = pytest.importorskip("absl.logging").get_absl_handler().python_handler
    handler.close()
    assert not handler.stream.closed

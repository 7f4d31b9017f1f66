"""What imports what: arrows run one way, as pyproject.toml says, and no circle closes."""

import graphlib
import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

import grimp
import pytest
from importlinter.cli import lint_imports

import elves

ROOT = Path(__file__).resolve().parent.parent


def test_arrows_run_one_way(capsys):
    status = lint_imports(str(ROOT / "pyproject.toml"), no_cache=True)
    assert status == 0, capsys.readouterr().out


@pytest.fixture
def graph():
    """All imports, also those inside of functions."""
    return grimp.build_graph("elves", cache_dir=None)


def circle(graph):
    """A circle of modules; None if there is none."""
    needs = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        graphlib.TopologicalSorter(needs).prepare()
    except graphlib.CycleError as error:
        return error.args[1]


def test_no_circle_closes(graph):
    assert len(graph.modules) > 90 and "elves.reverse" in graph.modules
    assert circle(graph) is None


def test_a_circle_is_seen(graph):
    graph.add_import(importer="elves.core.kinds", imported="elves.reverse")
    assert {"elves.core.kinds", "elves.reverse"} <= set(circle(graph))


def test_no_name_is_both_a_module_and_something_else():
    for module in pkgutil.walk_packages(elves.__path__, "elves."):
        package, _, name = module.name.rpartition(".")
        if package != "elves.frameworks":  # where systems stand that may be missing
            home = importlib.import_module(package)
            assert isinstance(getattr(home, name, home), ModuleType), module.name

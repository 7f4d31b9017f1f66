"""Notebooks on a machine that lacks a system: its cells say so, and the others run."""

import sys

import pytest
from IPython.core.interactiveshell import InteractiveShell

from elves import frameworks
from elves.errors import MissingError
from elves.frameworks import absent

MISSING = {"tensorflow": "T!", "jax": "J!"}


@pytest.mark.parametrize(
    ("cells", "prints"),
    [
        (["import tensorflow as tf\nprint(1)", "print(tf.ones(2))", "print(2)"], "T! | 1 | T! | 2"),
        (["from tensorflow.keras import layers, optimizers as o", "o.SGD; layers"], "T! | T!"),
        (["print(dict(engine='tensorflow'))", "print(len(dict(engine='numpy')))"], "T! | 1"),
        (
            [
                "import jax.numpy as jnp",
                "def f(x):\n    return jnp.sin(x)",
                "y = f(1)",
                "print(y)",
                "y = 3\nprint(y)",
            ],
            "J! | J! | J! | J! | 3",
        ),
        (
            ["import jax, math", "print([jax for jax in 'ab'], (lambda jax: jax)(1))"],
            "J! | ['a', 'b'] 1",
        ),
        (
            ["import tensorflow as tf, jax", "if tf:\n    x = jax.one", "x = 5", "print(x)"],
            "T! | J! | J! | 5",
        ),
        (
            ["import jax", "class Net:\n    layer = jax.nn", "Net()\nprint('on')"],
            "J! | J! | J! | on",
        ),
        (
            [
                "for t in (1,):\n    import jax",
                "with jax as t:\n    u = t",
                "print(u)",
                "jax = 1\nprint(jax)",
            ],
            "J! | J! | J! | 1",
        ),
        (
            [
                "import jax\nX = [p for p in jax.devices()]\nY = {q: {r for r in q} for q in X}",
                "print([p for p in 'ab'], sorted({q for q in 'a'}), {r: 1 for r in 'c'})",
            ],
            "J! | ['a', 'b'] ['a'] {'c': 1}",
        ),
        (
            ["import jax\nx = jax.one", "x += 1", "del x", "x = 2\nx += 1\nprint(x)\ndel x"],
            "J! | J! | J! | 3",
        ),
        (["import math, jax, json", "print(math.sqrt(4.0), json.dumps(1))"], "J! | 2.0 1"),
        (
            ["try:\n    import tensorflow as tf\nexcept ImportError:\n    tf = None", "print(tf)"],
            "None",
        ),
        (["import jax\ny = [jax]", "y[0] += 1", "print([v for v in y])"], "J! | J! | J!"),
        (
            [
                "def f():\n    global jax, x\n    import jax\n    x = 1",
                "class Net:\n    def g(self):\n        global x\n        x = [jax for _ in 'ab']",
                "print(x)",
                "def f():\n    global x\n    x = 2\nf()",
                "print(x)",
            ],
            "J! | J! | J! | 2",
        ),
        (["import torch_is_another_thing_tensorflow"], None),
    ],
)
def test_cells_that_need_a_missing_system_say_so_and_the_rest_runs(
    cells, prints, capsys, monkeypatch
):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    shell = InteractiveShell()
    shell.ast_transformers.append(absent.Absent(MISSING))
    results = [shell.run_cell(cell) for cell in cells]
    if prints is None:
        assert isinstance(results[0].error_in_exec, ModuleNotFoundError)
    else:
        assert all(result.success for result in results)
        assert capsys.readouterr().out.strip().split("\n") == prints.split(" | ")


def test_present_names_what_is_here(monkeypatch):
    for name in ("torch", "elves.frameworks.pytorch"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    assert frameworks.present("pytorch", "sympy") == ["sympy"]


@pytest.mark.parametrize("name", ["chainer", "tangent", "jax"])
def test_a_system_that_the_set_up_still_brings(name, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert not frameworks.on_its_way(name)
    (tmp_path / "coming").write_text("jax\nheroes\nnumba")
    (tmp_path / "complete").write_text('{"parts": {"light": "1"}}')

    def fails(module):
        raise MissingError(f"{module} needs something")

    monkeypatch.setattr(frameworks.importlib, "import_module", fails)
    with pytest.raises(MissingError, match=f"{name} is on its way: .* make lab goes on with it"):
        frameworks.load(name)
    (tmp_path / "complete").write_text('{"parts": {"light": "1", "jax": "0", "heroes": "0"}}')
    with pytest.raises(MissingError, match=f"{name} needs something"):
        frameworks.load(name)


def test_a_cell_that_says_so_still_shows_its_last_value(capsys):
    shell = InteractiveShell()
    shell.ast_transformers.append(absent.Absent(MISSING))
    assert shell.run_cell("import jax\nx = 3\nx").result == 3
    assert capsys.readouterr().out.startswith("J!\n")


def test_a_mistake_in_a_cell_is_pythons_to_tell(capsys):
    shell = InteractiveShell()
    shell.ast_transformers.append(absent.Absent(MISSING))
    assert not shell.run_cell("import jax\ndef f(x, x): pass").success
    capsys.readouterr()
    assert shell.run_cell("import jax").success and capsys.readouterr().out == "J!\n"

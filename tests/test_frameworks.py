"""Every real system, behind the same names, against known derivatives and each other."""

import importlib
import inspect
import os
import subprocess
import sys
import tempfile

import numpy as np
import pytest

from elves import frameworks
from elves.errors import InputError, MissingError
from elves.expression import FUNCTIONS, parse
from elves.frameworks import FRAMEWORKS, load, rebind

CI = os.environ.get("CI") == "true"
X, V = np.array([0.3, -0.7, 1.1]), np.array([1.0, 2.0, -3.0])
GRADIENT = 2 * X * np.sin(X) + X**2 * np.cos(X)
CURVATURE = 2 * np.sin(X) + 4 * X * np.cos(X) - X**2 * np.sin(X)
SCALE = 2.0


def present(name):
    try:
        return load(name)
    except MissingError as error:
        if CI and error.why != "no release":
            pytest.fail(str(error))
        pytest.skip(str(error))


@pytest.fixture(params=FRAMEWORKS)
def system(request):
    return present(request.param)


def need(system, *names):
    for name in names:
        if not hasattr(system, name):
            pytest.skip(f"{system.NAME} has no {name} of its own")


def wave(x):
    return np.sin(x) * x**2


def total(x):
    return np.sum(np.sin(x) * x**2)


def two(x, w):
    return np.sum(np.tanh(x * w)) + SCALE * np.sum(w)


def loop(x):
    s = 0.0
    for i in range(4):
        if i > 1:
            s = s + np.sum(x**2)
        if i <= 1:
            s = s + np.sum(np.cos(x))
    return s


def test_each_tells_what_it_is(system):
    assert system.NAME and "pip install" in system.INSTALL
    assert system.version()[0].isdigit()


def test_gradient_of_numbers_and_arrays(system):
    value, slope = system.value_and_grad(wave)(1.3)
    assert isinstance(value, float) and isinstance(slope, float)
    assert value == pytest.approx(np.sin(1.3) * 1.69, rel=1e-15)
    assert slope == pytest.approx(2.9573243024602545, rel=1e-15)
    gradient = system.grad(total)(X)
    assert isinstance(gradient, np.ndarray) and gradient.dtype == np.float64
    np.testing.assert_allclose(gradient, GRADIENT, rtol=1e-14)


def test_argnums(system):
    w = np.array([0.5, 1.5, -2.0])
    sech2 = 1 - np.tanh(X * w) ** 2
    value, (dx, dw) = system.value_and_grad(two, argnums=(0, 1))(X, w)
    assert value == pytest.approx(two(X, w), rel=1e-14)
    np.testing.assert_allclose(dx, sech2 * w, rtol=1e-13)
    np.testing.assert_allclose(dw, sech2 * X + SCALE, rtol=1e-13)
    np.testing.assert_allclose(system.grad(two, 1)(X, w), dw, rtol=1e-15)


def test_python_control_flow(system):
    np.testing.assert_allclose(system.grad(loop)(X), 4 * X - 2 * np.sin(X), rtol=1e-13)


def test_jvp(system):
    need(system, "jvp")
    value, tangent = system.jvp(wave, (X,), (V,))
    np.testing.assert_allclose(value, wave(X), rtol=1e-14)
    np.testing.assert_allclose(tangent, GRADIENT * V, rtol=1e-13)


def test_vjp(system):
    need(system, "vjp")
    value, pull = system.vjp(wave, X)
    np.testing.assert_allclose(value, wave(X), rtol=1e-14)
    for _ in range(2):  # the function from cotangents may be used again
        (cotangent,) = pull(V)
        np.testing.assert_allclose(cotangent, GRADIENT * V, rtol=1e-13)
    _, pull = system.vjp(two, X, X)
    assert [np.shape(c) for c in pull(1.0)] == [(3,), (3,)]


def test_jacobian(system):
    need(system, "jacobian")
    np.testing.assert_allclose(system.jacobian(wave)(X), np.diag(GRADIENT), rtol=1e-13)


def test_hessian(system):
    need(system, "hessian")
    np.testing.assert_allclose(system.hessian(total)(X), np.diag(CURVATURE), rtol=1e-13)


def test_hvp(system):
    need(system, "hvp")
    np.testing.assert_allclose(system.hvp(total, (X,), (V,)), CURVATURE * V, rtol=1e-13)
    assert system.hvp(wave, (1.3,), (2.0,)) == pytest.approx(2 * 1.6896969463271838, rel=1e-14)


def test_a_gradient_is_of_one_number(system):
    with pytest.raises((TypeError, ValueError, RuntimeError), match=r"(?i)scalar"):
        system.value_and_grad(wave)(X)


# Not an oversight but the systems' own vocabulary: `compare` says so in a sentence.
TANGENTS = "sin cos tan arcsin arccos arctan sinh cosh tanh exp log sqrt multiply maximum"
UNKNOWN = {
    "chainer": {"arccosh", "arcsinh", "exp2", "hypot", "logaddexp"},
    "tangent": set(FUNCTIONS) - set(TANGENTS.split()),
}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_of_expressions(system, function):
    f = parse(f"{function}({', '.join(['x', '0.75'][: FUNCTIONS[function]])})").function()
    x, h = 1.3 if function == "arccosh" else 0.6, 1e-5
    if function in UNKNOWN.get(system.__name__.rpartition(".")[2], ()):
        with pytest.raises((AttributeError, InputError), match=function):
            system.value_and_grad(f)(x)
        return
    value, slope = system.value_and_grad(f)(x)
    assert value == pytest.approx(f(x), rel=1e-14)
    assert slope == pytest.approx((f(x + h) - f(x - h)) / (2 * h), rel=1e-8, abs=1e-9)


def helper(x):
    return np.exp(x) * SCALE


def test_helpers_closures_and_constants_see_the_system(system):
    if system.NAME == "Google Tangent":
        pytest.skip("Tangent reads sources, and this test makes its function from a closure")
    before, constants, numpy_here = dict(globals()), np.array([1.0, 2.0, 3.0]), np

    def f(x, power=2):
        return np.sum(constants * helper(x)) + numpy_here.sum(x**power)

    expected = constants * np.exp(X) * SCALE + 2 * X
    np.testing.assert_allclose(system.grad(f)(X), expected, rtol=1e-13)
    assert {k: v for k, v in globals().items() if before.get(k) is not v} == {}


def test_rebind_leaves_other_callables_alone():
    assert rebind(np.sin, None) is np.sin


def test_the_same_numbers_from_all():
    gradients = {}
    for name in FRAMEWORKS:
        try:
            gradients[name] = load(name).grad(total)(X)
        except MissingError as error:
            assert error.why == "no release" or not CI
    for gradient in gradients.values():
        np.testing.assert_allclose(gradient, GRADIENT, rtol=1e-14)


def test_tangent_shows_what_it_wrote_and_sweeps_up():
    system = present("tangent")
    derivative = system.derive(system.tangent.grad, wave, (0,))
    source = inspect.getsource(derivative)
    assert source.startswith("def dwavedx(x, ") and "# Grad of: " in source
    folder = os.path.dirname(derivative.__code__.co_filename)
    assert os.path.dirname(folder) != tempfile.gettempdir()  # not loose in the temporary folder


def test_tangent_says_what_it_cannot_read():
    system = present("tangent")
    with pytest.raises(InputError, match=r"source of <lambda>"):
        system.grad(lambda x: x**2)


def test_unknown_system():
    with pytest.raises(InputError, match="choose from pytorch, tensorflow"):
        load("theano")


# ------------------------------------------------------------ what needs a process of its own


def run(code, *args, **env):
    """Run Python code; return its stdout, and see that it wrote nothing to stderr."""
    done = subprocess.run(
        [sys.executable, "-c", code, *args],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, **env},
    )
    assert done.stderr == ""
    assert done.returncode == 0
    return done.stdout


def test_nothing_is_imported_before_it_is_used():
    code = "import sys, elves, elves.frameworks, elves.cli, elves.expression\n"
    code += "print(sorted({m.partition('.')[0] for m in sys.modules} & set(sys.argv[1:])))"
    assert run(code, *HEAVY).strip() == "[]"


HEAVY = ("torch", "tensorflow", "jax", "autograd", "chainer", "tangent", "sympy", "gast", "mpmath")

ORDER = """
import sys
import numpy as np
from elves.expression import parse
from elves.frameworks import load
f = parse("sin(x) * x**2").function()
systems = [load(name) for name in sys.argv[1:]]
for system in systems + systems[::-1]:
    assert abs(system.grad(f)(1.3) - 2.9573243024602545) < 1e-15, system.NAME
assert not hasattr(np, "sctypes")
import gast
assert "site-packages" in gast.__file__ and hasattr(gast, "Constant")
"""


@pytest.mark.parametrize("direction", [1, -1], ids=["heroes-first", "heroes-last"])
def test_all_live_in_one_process_in_any_order(direction):
    names = ("tangent", "chainer", "tensorflow", "jax", "autograd", "pytorch", "sympy")
    for name in names:
        present(name)
    run(ORDER, *names[::direction])


def test_triton_comes_before_tensorflow(monkeypatch):
    """The other way round ends the process, where PyTorch's package for Linux is installed."""
    monkeypatch.setattr(sys, "meta_path", [frameworks.TritonFirst(), *sys.meta_path])
    asked = []
    monkeypatch.setattr(frameworks.importlib, "import_module", asked.append)
    finder = sys.meta_path[0]
    assert finder.find_spec("numpy") is None and asked == []
    assert finder.find_spec("tensorflow") is None and asked == ["triton"]
    assert finder not in sys.meta_path


def test_tensorflow_traces_python_after_tangent():
    present("tangent"), present("tensorflow")  # AutoGraph, too, reads sources by way of gast
    run("""
from elves.frameworks import load
load("tangent")
tf = load("tensorflow").tf
import tempfile, importlib.util, pathlib, shutil
path = pathlib.Path(tempfile.mkdtemp()) / "traced.py"
path.write_text("def f(x):\\n    while x < 100.0:\\n        x = x * x\\n    return x\\n")
spec = importlib.util.spec_from_file_location("traced", path)
module = importlib.util.module_from_spec(spec); spec.loader.exec_module(module)
assert float(tf.function(module.f)(tf.constant(3.0))) == 6561.0
shutil.rmtree(path.parent)
""")


@pytest.mark.parametrize("name", ["tangent", "chainer"])
def test_a_failed_plain_import_does_no_harm(name):
    present(name)
    run(f"""
import warnings
warnings.simplefilter("ignore")
try:
    import {name}
except Exception:
    pass
else:
    raise SystemExit("{name} imports by itself: is the bridge still needed?")
import numpy as np
from elves.frameworks import load
from elves.expression import parse
assert load("{name}").grad(parse("x**2").function())(3.0) == 6.0
import {name}  # the very same, alive
assert load("{name}").{name} is {name}
""")


@pytest.mark.parametrize(
    ("name", "package"), [("pytorch", "torch"), *((n, n) for n in FRAMEWORKS if n != "pytorch")]
)
def test_a_missing_package_says_how_to_install_it(name, package, monkeypatch):
    adapter = f"elves.frameworks.{name}"
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, adapter, raising=False)
    from elves.frameworks import revive

    monkeypatch.setattr(revive, "chainer", revive.chainer.__wrapped__)
    monkeypatch.setattr(revive, "tangent", revive.tangent.__wrapped__)
    words = r"needs .*pip install|TensorFlow has no release for Python 3\.14"
    with pytest.raises(MissingError, match=words):
        importlib.import_module(adapter)

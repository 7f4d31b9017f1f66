"""TensorFlow 2 (2019): eager operations under a `GradientTape`, an accumulator going forward."""

import os
import sys

from elves.frameworks import (
    Namespace,
    Recorded,
    behind,
    first,
    floats,
    needs,
    operands,
    plain,
    rebind,
    require,
    select,
    single,
)

# TensorFlow talks on stderr while it is imported, unless it is told not to.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

NAME = "TensorFlow"
HOLDS = "the concrete function of a tf.function"
INSTALL = "pip install tensorflow-cpu  (tensorflow on macOS)"
NEW = "TensorFlow has no release for Python 3.14 yet: all else runs, and Python 3.13 has it."
tf = require("tensorflow", NAME, INSTALL, NEW if sys.version_info >= (3, 14) else None)
numpy = Namespace("TensorFlow", {}, tf.experimental.numpy, tf)


def version():
    return tf.__version__


def _tensors(args):
    return [tf.constant(arg) for arg in floats(args)]


def _prepare(f):
    g = rebind(f, numpy)
    return lambda *args: tf.convert_to_tensor(g(*args), tf.float64)


def _scalar(y):
    if y.shape.rank != 0:
        raise TypeError(f"Gradient only defined for scalar output, not shape {tuple(y.shape)}.")
    return y


def _taped(f, xs, **options):
    with tf.GradientTape(**options) as tape:
        tape.watch(xs)
        y = f(*xs)
    return y, tape


def _gradient(tape, y, xs, seed=None):
    return tape.gradient(y, xs, seed, unconnected_gradients="zero")


def value_and_grad(f, argnums=0):
    """Return the function that computes the value and the gradient of the scalar `f`."""

    def run(*args):
        xs = _tensors(args)
        y, tape = _taped(_prepare(f), xs)
        return plain((y, select(_gradient(tape, _scalar(y), xs), argnums)))

    return run


grad = first(value_and_grad)


def jvp(f, primals, tangents):
    """Return the value of `f` at `primals` and its derivative in the direction of `tangents`."""
    xs = _tensors(primals)
    with tf.autodiff.ForwardAccumulator(xs, _tensors(tangents)) as forward:
        y = _prepare(f)(*xs)
    return plain((y, forward.jvp(y, unconnected_gradients="zero")))


def vjp(f, *primals):
    """Return the value of `f` and the function from a cotangent to one for each primal."""
    xs = _tensors(primals)
    y, tape = _taped(_prepare(f), xs, persistent=True)
    return plain(y), lambda ct: tuple(plain(_gradient(tape, y, xs, *_tensors([ct]))))


def jacobian(f, argnums=0):
    """Return the function that computes the Jacobian: shape of the output, then of the input."""

    def run(*args):
        xs = _tensors(args)
        y, tape = _taped(_prepare(f), xs)
        return plain(select(tape.jacobian(y, xs, unconnected_gradients="zero"), argnums))

    return run


def hessian(f, argnums=0):
    """Return the function that computes the Hessian of the scalar `f` in one argument."""

    def run(*args):
        xs = _tensors(args)

        def gradient(*xs):
            y, tape = _taped(_prepare(f), xs)
            return _gradient(tape, _scalar(y), xs[argnums])

        dy, tape = _taped(gradient, xs)
        return plain(tape.jacobian(dy, xs[argnums], unconnected_gradients="zero"))

    return run


def hvp(f, primals, vectors):
    """Return the Hessian times `vectors` (a tuple if there are several), forward over reverse."""
    xs = _tensors(primals)
    with tf.autodiff.ForwardAccumulator(xs, _tensors(vectors)) as forward:
        y, tape = _taped(_prepare(f), xs)
        dy = _gradient(tape, _scalar(y), xs)
    result = tuple(plain(forward.jvp(dy, unconnected_gradients="zero")))
    return result[0] if len(result) == 1 else result


def record(f, names, args):
    """Give the concrete function that TensorFlow makes of `f` for arguments of these shapes."""
    specs = [tf.TensorSpec(a.shape, a.dtype, n) for a, n in zip(_tensors(args), names, strict=True)]
    logger = tf.get_logger()  # AutoGraph remarks there what text it cannot read
    before = logger.level
    try:
        logger.setLevel("ERROR")
        return tf.function(_prepare(f)).get_concrete_function(*specs)
    finally:
        logger.setLevel(before)


def recorded(concrete):
    """The operations of a concrete function, oldest first, with the constants that they read.

    An Identity, which only passes on, is left out.
    """

    def through(op):
        return through(op.inputs[0].op) if op.type == "Identity" else op

    def above(op):
        return [p for p in (through(i.op) for i in op.inputs) if p.type != "Const"]

    last = through(single(concrete.graph.outputs or [None]).op)
    for op in behind(needs(None if last.type == "Const" else last), above):
        words = [tf.get_static_value(i) if i.op.type == "Const" else None for i in op.inputs]
        detail = op.name if op.type == "Placeholder" else operands(words)
        yield Recorded(op, op.type, detail, above(op))

"""How the user's function is called, by which arguments, and what to say where it fails."""

import contextvars
import functools
import inspect
import operator
import sys
import types

import numpy as np

from elves.core import Value
from elves.errors import SAID, ConversionError, ElfError, InputError, of_bits
from elves.leaving import LATEST, NOTHING
from elves.trees import check_inputs, kind, leaves, one_array, plain_float, rebuild

as_it_is = lambda f: f  # noqa: E731
FOLLOWED = contextvars.ContextVar("FOLLOWED", default=as_it_is)  # what is run instead


def call(f, args):
    """Run the user's function; where it fails and there is a way out, say which.

    A refusal that it has swallowed, as ``try: float(x)`` may, is raised when it comes to its end.
    """
    check_callable(f)
    f, outer, said = FOLLOWED.get()(f), SAID.get(), []
    LATEST.set(NOTHING)
    SAID.set(said)
    try:
        y = f(*args)
        unheard = [e for e in said if e.swallowed()]
        if unheard and any(isinstance(a, Value) for a in leaves(args)):
            raise unheard[0]
        return y
    except Exception as error:
        if isinstance(error, ElfError) and outer is not None:
            outer.append(error)
        from elves.unheard import behind  # which no first call should have to wait for

        if sentence := behind(error):
            raise sentence from None
        if isinstance(error, TypeError) and error.__traceback__.tb_next is None:  # not even entered
            check_fits(f, args, {}, str(error))
        if sentence := way_out(f, args, error):
            raise InputError(sentence).with_traceback(error.__traceback__) from None
        raise
    finally:
        SAID.set(outer)


def check_callable(f):
    if not callable(f):
        raise InputError(
            f"Only functions can be differentiated, but got {type(f).__name__} {f!r:.40}: write "
            "grad(f)(x), not grad(f(x))."
        )


def check_fits(f, args, kwargs, words=None):
    """Refuse arguments that the user's function does not take."""
    try:
        inspect.signature(f).bind(*args, **kwargs)
    except TypeError as error:
        raise InputError(f"{words or error}: pass what {written(f)} takes.") from None
    except ValueError:  # nobody knows its arguments
        pass


def way_out(f, args, error):
    """What to say where floats have no bits, and where a list was taken for an array."""
    if not isinstance(error, (TypeError, AttributeError)):
        return None
    if not isinstance(error, ElfError) and (sentence := of_bits(error)):
        return sentence
    lists = [a for a in args if type(a) in (list, tuple) and leaves(a)]
    if not lists or any(hasattr(leaf, "stacked") for leaf in leaves(lists)):  # a batch, of vmap
        return None
    try:
        f(*(stacked(a) if any(a is found for found in lists) else a for a in args))
    except Exception:  # an array is no way out
        return None
    try:
        text = f"np.array({rebuild(lists[0], map(outermost, leaves(lists[0])))!r})"
    except ConversionError:
        text = ""
    text = text if 0 < len(text) <= 60 else f"np.array(x) instead of the {type(lists[0]).__name__}"
    return f"The function calculates with a {type(lists[0]).__name__} as a whole: pass {text}."


def stacked(tree):
    return np.stack(list(map(stacked, tree))) if isinstance(tree, (tuple, list)) else tree


def outermost(leaf):
    """The number that a value stands for outside of all engines."""
    while isinstance(leaf, Value):
        leaf = leaf.plain
    return plain_float(leaf)


def written(f):
    """The first line of a function's def, as far as it is known."""
    try:
        return f"{getattr(f, '__name__', 'it')}{inspect.signature(f)}"
    except (ValueError, TypeError):
        return "the function"


def checked(f, argnums):
    """The argnums as a tuple, if they are whole numbers and f is a function."""
    check_callable(f)
    chosen = argnums if isinstance(argnums, (tuple, list)) else (argnums,)
    try:
        return tuple(map(operator.index, chosen))
    except TypeError:
        point = repr(plain_float(argnums)) if kind(argnums) == "f" and not np.ndim(argnums) else "x"
        raise InputError(
            f"argnums must be an int or a tuple of ints, not {argnums!r:.40}: grad(f), like "
            f"value_and_grad(f) and jacobian(f), makes a function, so write grad(f)({point}), not "
            f"grad(f, {point})."
        ) from None


def select(f, args, kwargs, argnums):
    """The function of the selected arguments alone, and these arguments as a tuple."""
    wanted = [n % max(len(args), n + 1) for n in argnums]
    if tuple(argnums) == tuple(range(len(args))) and not kwargs:  # all of them
        return lambda *selected: call(f, selected), args
    if len(set(wanted)) < len(wanted) or any(n >= len(args) or n < -len(args) for n in argnums):
        check_fits(f, args, kwargs)
        way = f": pass {', '.join(kwargs)} by position, not by name" if kwargs else ""
        raise InputError(
            f"argnums={argnums if argnums[1:] else argnums[0]} must name different arguments, and "
            f"the function was called with {len(args)} by position{way}."
        )

    def of_selected(*selected):
        full = list(args)
        for n, value in zip(wanted, selected, strict=True):
            full[n] = value
        return call(functools.partial(f, **kwargs) if kwargs else f, full)

    return of_selected, tuple(args[n] for n in wanted)


class Made:
    """A function that one of ours made: pickled as what it was made of, it is made again there."""

    def __init__(self, function, maker, args, options):
        functools.update_wrapper(self, function, updated=())
        self.function, self.made_of = function, (maker, args, options)

    def __call__(self, *args, **kwargs):
        return self.function(*args, **kwargs)

    def __get__(self, instance, owner=None):  # a method, as other functions in a class
        return self if instance is None else types.MethodType(self, instance)

    def __getattr__(self, name):
        return getattr(object.__getattribute__(self, "function"), name)

    def __reduce__(self):
        home, name = sys.modules.get(self.__module__), self.__qualname__
        if getattr(home, name, None) is self:  # by @jit, say: it is found under its name
            return name
        return made, self.made_of

    def __repr__(self):
        return repr(self.function)


def made(maker, args, options):
    return maker(*args, **options)


def picklable(maker):
    """Let the functions that `maker` makes be pickled."""

    @functools.wraps(maker)
    def make(*args, **options):
        return Made(maker(*args, **options), make, args, options)

    return make


def with_argnums(differentiate):
    """Make ``value_and_grad(f, argnums=0)`` of an engine's ``differentiate(f, primals)``.

    `differentiate` gives the value and one gradient per primal, as trees of their structure.
    """

    def value_and_grad(f, argnums=0, **options):
        chosen, many = checked(f, argnums), isinstance(argnums, (tuple, list))

        def of_args(*args, **kwargs):
            of_selected, primals = select(f, args, kwargs, chosen)
            check_inputs(primals)
            of_selected.of_gradient = f, (args, kwargs)
            y, gradients = differentiate(of_selected, primals, **options)
            return plain_float(y), gradients if many else gradients[0]

        return of_args

    return picklable(like(differentiate, value_and_grad))


def of_one_array(differentiate):
    """Make ``jacobian(f, argnums=0)`` of an engine's ``differentiate(f, x)``, x being one array."""

    def jacobian(f, argnums=0, **options):
        chosen = checked(f, argnums)

        def of_args(*args, **kwargs):
            of_selected, primals = select(f, args, kwargs, chosen)
            x = only(primals)
            check_inputs(x)
            return differentiate(lambda x: one_array(of_selected(x)), x, **options)

        return of_args

    return picklable(like(differentiate, jacobian))


def only(primals):
    """The one array that a Jacobian is by."""
    if len(primals) != 1 or isinstance(primals[0], (dict, tuple, list)):
        raise InputError(
            "A Jacobian is by one array: make it of a list with np.array, and of several "
            "arrays with np.concatenate."
        )
    return primals[0]


def like(original, function):
    """Give a function the name and the docstring of the one that it was made of."""
    functools.update_wrapper(function, original)
    del function.__wrapped__  # help() shows the signature that users call
    return function

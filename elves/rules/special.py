"""Rows for ``scipy.special``, read when one of its functions first meets an engine.

Source: NIST Digital Library of Mathematical Functions, chapters 5 (gamma), 7 (error functions), 8
(incomplete gamma) and 10 (Bessel functions).
"""

import math

import numpy as np
from scipy import special

from elves.core import NOT_ANALYTIC, Elementwise, primitive
from elves.errors import ADVICE, NoRuleError

BELL = 2 / math.sqrt(math.pi)


@primitive
def polygamma(x, n):
    """The n-th derivative of digamma."""
    return special.polygamma(n, x)[()]


def unknown(y, *args):
    raise NoRuleError(ADVICE["order"])


# ------------------------------------------------------------ logistic, normal, error functions
def bell(x):
    """The density of the normal distribution."""
    return np.exp(-x * x / 2) / math.sqrt(2 * math.pi)


Elementwise(special.expit, lambda y, x: y * (1 - y))
Elementwise(special.logit, lambda y, x: 1 / (x * (1 - x)))
Elementwise(special.log_expit, lambda y, x: special.expit(-x))
Elementwise(special.erf, lambda y, x: BELL * np.exp(-x * x))
Elementwise(special.erfc, lambda y, x: -BELL * np.exp(-x * x))
Elementwise(special.erfcx, lambda y, x: 2 * x * y - BELL)
Elementwise(special.erfinv, lambda y, x: np.exp(y * y) / BELL)
Elementwise(special.ndtr, lambda y, x: bell(x))
Elementwise(special.log_ndtr, lambda y, x: np.exp(-x * x / 2 - y) / math.sqrt(2 * math.pi))
Elementwise(special.ndtri, lambda y, x: 1 / bell(y))

# ------------------------------------------------------------ gamma and beta functions
Elementwise(special.gammaln, lambda y, x: special.digamma(x))
Elementwise(special.gamma, lambda y, x: y * special.digamma(x))
Elementwise(special.digamma, lambda y, x: polygamma(x, 1))
Elementwise(polygamma, lambda y, x, n: polygamma(x, n + 1), 0)


def apart(a, b):
    return special.digamma(a) - special.digamma(a + b)


def density(a, x):
    return np.exp((a - 1) * np.log(x) - x - special.gammaln(a))


Elementwise(special.betaln, lambda y, a, b: apart(a, b), lambda y, a, b: apart(b, a))
# Not exp(betaln): of negative numbers that has another sign.
Elementwise(special.beta, lambda y, a, b: y * apart(a, b), lambda y, a, b: y * apart(b, a))
Elementwise(special.gammainc, unknown, lambda y, a, x: density(a, x))
Elementwise(special.gammaincc, unknown, lambda y, a, x: -density(a, x))


# ------------------------------------------------------------ entropies; 0 log 0 is 0
def away(a, b):
    """b, but 1 where both are 0."""
    return 1.0 * b + (a == 0) * (b == 0)


Elementwise(special.xlogy, lambda y, a, b: np.log(away(a, b)), lambda y, a, b: a / away(a, b))
Elementwise(special.xlog1py, lambda y, a, b: np.log1p(b), lambda y, a, b: a / (1 + b))
Elementwise(special.entr, lambda y, x: -np.log(x) - 1)
Elementwise(special.rel_entr, lambda y, a, b: np.log(a / b) + 1, lambda y, a, b: -a / b)

# ------------------------------------------------------------ Bessel functions
Elementwise(special.jv, unknown, lambda y, n, x: (special.jv(n - 1, x) - special.jv(n + 1, x)) / 2)
Elementwise(special.iv, unknown, lambda y, n, x: (special.iv(n - 1, x) + special.iv(n + 1, x)) / 2)
Elementwise(special.j0, lambda y, x: -special.j1(x))
Elementwise(special.j1, lambda y, x: (special.j0(x) - special.jv(2, x)) / 2)
Elementwise(special.i0, lambda y, x: special.i1(x))
Elementwise(special.i1, lambda y, x: (special.i0(x) + special.iv(2, x)) / 2)

NOT_ANALYTIC.update({polygamma, special.jv})  # SciPy's complex jv is no real one continued

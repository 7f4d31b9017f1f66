"""Rows for ``scipy.special``, read when one of its functions first meets an engine.

Source: NIST Digital Library of Mathematical Functions, chapters 5 (gamma) and 7 (error functions).
"""

import math

import numpy as np
from scipy import special

from elves.core import Elementwise, primitive
from elves.rules import NOT_ANALYTIC

BELL = 2 / math.sqrt(math.pi)


@primitive
def polygamma(x, n):
    """The n-th derivative of digamma."""
    return special.polygamma(n, x)


Elementwise(special.expit, lambda y, x: y * (1 - y))
Elementwise(special.logit, lambda y, x: 1 / (x * (1 - x)))
Elementwise(special.log_expit, lambda y, x: special.expit(-x))
Elementwise(special.erf, lambda y, x: BELL * np.exp(-x * x))
Elementwise(special.erfc, lambda y, x: -BELL * np.exp(-x * x))
Elementwise(special.ndtr, lambda y, x: np.exp(-x * x / 2) / math.sqrt(2 * math.pi))
Elementwise(special.gammaln, lambda y, x: special.digamma(x))
Elementwise(special.gamma, lambda y, x: y * special.digamma(x))
Elementwise(special.digamma, lambda y, x: polygamma(x, 1))
Elementwise(polygamma, lambda y, x, n: polygamma(x, n + 1), 0)
Elementwise(special.xlogy, lambda y, a, b: np.log(b + (a == 0)), lambda y, a, b: a / (b + (a == 0)))
NOT_ANALYTIC |= {special.expit, special.logit, special.log_expit, special.gammaln, polygamma}

"""What all engines share: values that answer when NumPy calls, and the table of rules they ask.

A user writes plain ``import numpy as np``. When one of the arguments of ``np.sin`` is a `Value`,
NumPy hands the call over by its dispatch protocols (NEP 13: ``__array_ufunc__``, NEP 18:
``__array_function__``), and `dispatch` lets the innermost engine walk it (`values`). What an engine
then asks is the function's row (`table`), of one of a few kinds (`kinds`).
"""

from elves.core import quick, reductions
from elves.core.kinds import (
    Constant,
    Custom,
    Derived,
    Elementwise,
    Linear,
    Moves,
    Multilinear,
    Solution,
    broadcast_like,
    unbroadcast,
)
from elves.core.operators import (
    COMPARISONS,
    METHODS,
    NUMBERS,
    OF_BITS,
    OPERATORS,
    ndim_of,
    shape_of,
)
from elves.core.table import (
    ARRAYS,
    NOT_ANALYTIC,
    ON_DEMAND,
    RULES,
    Rule,
    analytic,
    full_name,
    instead_of,
    rule_of,
)
from elves.core.values import (
    BRANCH,
    NO_REAL_ARRAY,
    SQUARES,
    UNFIT,
    Value,
    as_array,
    branch_around,
    dispatch,
    getitem,
    new_level,
    primitive,
    values_in,
)

__all__ = [
    "ARRAYS",
    "BRANCH",
    "COMPARISONS",
    "METHODS",
    "NOT_ANALYTIC",
    "NO_REAL_ARRAY",
    "NUMBERS",
    "OF_BITS",
    "ON_DEMAND",
    "OPERATORS",
    "RULES",
    "SQUARES",
    "UNFIT",
    "Constant",
    "Custom",
    "Derived",
    "Elementwise",
    "Linear",
    "Moves",
    "Multilinear",
    "Rule",
    "Solution",
    "Value",
    "analytic",
    "as_array",
    "branch_around",
    "broadcast_like",
    "dispatch",
    "full_name",
    "getitem",
    "instead_of",
    "ndim_of",
    "new_level",
    "primitive",
    "quick",
    "reductions",
    "rule_of",
    "shape_of",
    "unbroadcast",
    "values_in",
]  # fmt: skip

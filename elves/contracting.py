"""Einstein's sums as matrix products, which NumPy's einsum makes of them only in part.

Source: Smith & Gray, "opt_einsum: a Python package for optimizing contraction order" (2018).
"""

import functools
import math

import numpy as np

LARGE = 10_000  # multiplications, from which it pays to look for the best order of products


@functools.lru_cache(1024)
def plan(subscripts, *shapes):
    """How to write a sum over two arrays as ``np.matmul``: three pairs of axes and shapes.

    Each pair tells to what order of axes, and then to what shape, an array is brought: the first
    one, the second one, and for the product the shape first. None where there is no such way.

    >>> plan("bij,bkj->bik", (2, 3, 4), (2, 5, 4))
    (((0, 1, 2), (2, 3, 4)), ((0, 2, 1), (2, 4, 5)), ((2, 3, 5), (0, 1, 2)))
    """
    terms, out = subscripts.split("->")
    one, two = terms.split(",")
    if any(len({*t}) < len(t) for t in (one, two, out)):
        return None
    sizes = dict(zip(one + two, shapes[0] + shapes[1], strict=True))
    groups = {"both": "", "sum": "", "left": "", "right": ""}
    for c in dict.fromkeys(one + two):
        shared = c in one and c in two
        group = ("both" if c in out else "sum") if shared else "left" if c in one else "right"
        groups[group] += c
    both, total, left, right = groups.values()
    if not total or not left + right or {*left, *right} - {*out}:
        return None
    count = lambda word: math.prod(sizes[c] for c in word)  # noqa: E731
    stack, n = tuple(sizes[c] for c in both), count(total)
    first, second = both + left + total, both + total + right
    made = both + left + right
    return (
        (tuple(map(one.index, first)), (*stack, count(left), n)),
        (tuple(map(two.index, second)), (*stack, n, count(right))),
        (tuple(sizes[c] for c in made), tuple(map(made.index, out))),
    )


def contracted(subscripts, *arrays):
    """``np.einsum``, by the fastest way.

    >>> contracted("ij,kj->ki", np.ones((2, 3)), np.ones((1, 3)))
    array([[3., 3.]])
    """
    shapes = [np.shape(a) for a in arrays]
    way = plan(subscripts, *shapes) if len(arrays) == 2 else None
    if way is None:
        sizes = dict(zip(subscripts.split("->")[0].replace(",", ""), sum(shapes, ()), strict=True))
        many = len(arrays) > 2 and math.prod(sizes.values()) > LARGE
        return np.einsum(subscripts, *arrays, optimize=many)
    (turn, form), (other_turn, other_form), (made, order) = way
    a = np.asarray(arrays[0]).transpose(turn).reshape(form)
    b = np.asarray(arrays[1]).transpose(other_turn).reshape(other_form)
    return np.matmul(a, b).reshape(made).transpose(order)

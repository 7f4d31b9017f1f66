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
    if len(arrays) == 2 and (way := plan(subscripts, *shapes)):
        (turn, form), (other_turn, other_form), (made, order) = way
        a = np.asarray(arrays[0]).transpose(turn).reshape(form)
        b = np.asarray(arrays[1]).transpose(other_turn).reshape(other_form)
        return np.matmul(a, b).reshape(made).transpose(order)
    if len(arrays) > 2 and (steps := pairs(subscripts, *shapes)):
        arrays = list(arrays)
        for i, j, step in steps:
            b, a = arrays.pop(j), arrays.pop(i)
            arrays.append(contracted(step, a, b))
        return arrays[0]
    return np.einsum(subscripts, *arrays)


@functools.lru_cache(1024)
def pairs(subscripts, *shapes):
    """A large sum over many arrays as sums over two: which ones go, and into what at the end.

    None where the sum is small, or an array alone has something to sum.

    >>> pairs("b,ij,bj->bi", (200,), (20, 20), (200, 20))
    [(1, 2, 'ij,bj->ib'), (0, 1, 'b,ib->bi')]
    """
    terms, out = subscripts.split("->")
    terms = terms.split(",")
    sizes = dict(zip("".join(terms), sum(shapes, ()), strict=True))
    if math.prod(sizes.values()) <= LARGE or any(len({*t}) < len(t) for t in terms):
        return None
    blanks = [np.broadcast_to(0.0, shape) for shape in shapes]
    _, *path = np.einsum_path(subscripts, *blanks, optimize="greedy")[0]
    steps = []
    for step in path:
        if len(step) != 2:
            return None
        i, j = sorted(step)
        b, a = terms.pop(j), terms.pop(i)
        needed = {*out}.union(*terms)
        made = out if not terms else "".join(c for c in dict.fromkeys(a + b) if c in needed)
        terms.append(made)
        steps.append((i, j, f"{a},{b}->{made}"))
    return steps

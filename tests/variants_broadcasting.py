"""Lab 5: mistakes written in other ways, and mutants that are right too."""

from cells import cells

EQUIVALENT = {
    "broadcasting.shape": {
        "max(len(t), len(s))": "the larger of two, whichever stands first",
        "zip(t, s)": "where neither is 1 they are equal, whichever stands first",
    },
    "broadcasting.loss": {"np.exp(z + z.max(": "softmax does not change when a number is added"},
}
VARIANTS = cells("""
### broadcasting.shape 0
from itertools import zip_longest


def together(s, t):
    return tuple(max(n, m) for n, m in zip_longest(s, t, fillvalue=1))
### broadcasting.shape 0
def together(s, t):
    s, t = list(s), list(t)
    while len(s) < len(t):
        s.append(1)
    while len(t) < len(s):
        t.append(1)
    return tuple(m if n == 1 else n for n, m in zip(s, t))
### broadcasting.shape 1
def together(s, t):
    return max(s, t, key=len)
### broadcasting.shape 1
def together(s, t):
    if len(t) > len(s):
        return t
    return s
### broadcasting.shape 2
import math


def together(s, t):
    return t if math.prod(s) < math.prod(t) else s
### broadcasting.shape 2
def together(s, t):
    def size(shape):
        n = 1
        for k in shape:
            n *= k
        return n

    return sorted([s, t], key=size, reverse=True)[0]
### broadcasting.shape 3
def together(s, t):
    pairs = zip(reversed(s), reversed(t))
    return tuple(max(pair) for pair in pairs)[::-1]
### broadcasting.shape 3
def together(s, t):
    out = ()
    for k in range(1, min(len(s), len(t)) + 1):
        out = (max(s[-k], t[-k]), *out)
    return out
### broadcasting.shape 4
def together(s, t):
    return (*s, *t)
### broadcasting.shape 4
def together(s, t):
    out = list(s)
    out.extend(t)
    return tuple(out)
### broadcasting.axes 0
def stretched(have, want):
    return [k for k in range(len(want)) if k < len(want) - len(have)]
### broadcasting.axes 0
def stretched(have, want):
    axes, k = [], 0
    while len(have) + k < len(want):
        axes.append(k)
        k += 1
    return axes
### broadcasting.axes 1
def stretched(have, want):
    extra = len(want) - len(have)
    return [i + extra for i, n in enumerate(have) if n == 1 and want[i + extra] > 1]
### broadcasting.axes 1
def stretched(have, want):
    n = len(want)
    pairs = list(zip(have[::-1], want[::-1]))
    return [n - 1 - k for k, (h, w) in enumerate(pairs) if h != w]
### broadcasting.axes 2
def stretched(have, want):
    padded = (1,) * (len(want) - len(have)) + have
    return [k for k, n in enumerate(padded) if n == 1]
### broadcasting.axes 2
def stretched(have, want):
    extra = len(want) - len(have)
    axes = list(range(extra))
    for k in range(extra, len(want)):
        if have[k - extra] == 1:
            axes.append(k)
    return axes
### broadcasting.axes 3
def stretched(have, want):
    extra = len(want) - len(have)
    return [*range(extra)] + [i for i, n in enumerate(have) if n != want[i + extra]]
### broadcasting.axes 3
def stretched(have, want):
    extra = len(want) - len(have)
    axes = list(range(extra))
    for i, (h, w) in enumerate(zip(have, want[extra:])):
        if h == 1 and w > 1:
            axes.append(i)
    return axes
### broadcasting.axes 4
from itertools import zip_longest


def stretched(have, want):
    pairs = zip_longest(have, want, fillvalue=1)
    return [k for k, (h, w) in enumerate(pairs) if h == 1 and w > 1]
### broadcasting.axes 4
def stretched(have, want):
    axes = []
    for k, w in enumerate(want):
        h = have[k] if k < len(have) else 1
        if h == 1 and h != w:
            axes.append(k)
    return axes
### broadcasting.axes 5
def stretched(have, want):
    axes = list(range(len(have), len(want)))
    for k, (h, w) in enumerate(zip(have, want)):
        if h != w:
            axes.append(k)
    return axes
### broadcasting.undo 7
def undo(g, shape):
    if g.shape == shape:
        return g
    return g.copy()
### broadcasting.undo 8
def undo(g, shape):
    return g.reshape(*shape)
### broadcasting.undo 0
def undo(g, shape):
    while np.ndim(g) > len(shape):
        g = np.sum(g, axis=0)
    return g
### broadcasting.undo 0
def undo(g, shape):
    extra = len(np.shape(g)) - len(shape)
    for k in range(extra):
        g = np.add.reduce(g, 0)
    return g
### broadcasting.undo 1
def undo(g, shape):
    extra = g.ndim - len(shape)
    for k, n in enumerate(shape):
        if n == 1:
            g = g.sum(axis=k + extra, keepdims=True)
    return g
### broadcasting.undo 1
def undo(g, shape):
    for k in range(1, len(shape) + 1):
        if shape[-k] == 1 and g.shape[-k] > 1:
            g = np.sum(g, axis=-k, keepdims=True)
    return g
### broadcasting.undo 2
def undo(g, shape):
    for axis in stretched(shape, g.shape):
        g = g.mean(axis=axis, keepdims=True)
    return g.reshape(shape)
### broadcasting.undo 2
def undo(g, shape):
    total = g.sum(axis=tuple(stretched(shape, g.shape))).reshape(shape)
    return total * (np.size(total) / np.size(g))
### broadcasting.undo 3
def undo(g, shape):
    for axis in stretched(shape, g.shape):
        g = np.take(g, [0], axis)
    return g.reshape(shape)
### broadcasting.undo 3
def undo(g, shape):
    while g.ndim > len(shape):
        g = g[0]
    for k, n in enumerate(shape):
        if n == 1:
            g = g.take([0], axis=k)
    return g
### broadcasting.undo 4
def undo(g, shape):
    if g.shape == shape:
        return g
    return np.full(shape, np.sum(g))
### broadcasting.undo 4
def undo(g, shape):
    return np.ones(shape) * g.sum()
### broadcasting.undo 5
def undo(g, shape):
    for axis in reversed(stretched(shape, g.shape)):
        g = g.sum(axis=axis)
    return g
### broadcasting.undo 5
def undo(g, shape):
    extra = g.ndim - len(shape)
    ones = [k + extra for k, n in enumerate(shape) if n == 1 and g.shape[k + extra] > 1]
    return np.sum(g, axis=tuple(range(extra)) + tuple(ones))
### broadcasting.product 0
def product_rule(g, a, b):
    return [g * b, g * a]
### broadcasting.product 0
def product_rule(g, a, b):
    slopes = b, a
    return [np.multiply(g, s) for s in slopes]
### broadcasting.product 1
def product_rule(g, a, b):
    return [undo(g * x, x.shape) for x in map(np.asarray, (a, b))]
### broadcasting.product 1
def product_rule(g, a, b):
    da, db = a * g, b * g
    return undo(da, np.shape(a)), undo(db, np.shape(b))
### broadcasting.product 2
def product_rule(g, a, b):
    return [undo(b + 0 * g, np.shape(a)), undo(a + 0 * g, np.shape(b))]
### broadcasting.product 2
def product_rule(g, a, b):
    wide = np.broadcast_to(a, g.shape), np.broadcast_to(b, g.shape)
    return [undo(wide[1], np.shape(a)), undo(wide[0], np.shape(b))]
### broadcasting.product 3
def product_rule(g, a, b):
    of_b = undo(a * g, np.shape(b))
    of_a = undo(b * g, np.shape(a))
    return [of_b, of_a]
### broadcasting.product 3
def product_rule(g, a, b):
    pairs = ((a, b), (b, a))
    return [undo(g * x, np.shape(y)) for x, y in pairs]
### broadcasting.product 4
def product_rule(g, a, b):
    da, db = undo(g, np.shape(a)), undo(g, np.shape(b))
    wide_a, wide_b = np.broadcast_to(a, g.shape), np.broadcast_to(b, g.shape)
    return [da * undo(wide_b, np.shape(a)), db * undo(wide_a, np.shape(b))]
### broadcasting.product 4
def product_rule(g, a, b):
    one = np.ones(np.shape(g))

    def pays(mine, other):
        return undo(other * one, np.shape(mine)) * undo(g, np.shape(mine))

    return [pays(a, b), pays(b, a)]
### broadcasting.matmul 0
def matmul_rule(g, a, b):
    of_b = np.matmul(a.T, g)
    of_a = np.matmul(g, b.T)
    return of_b, of_a
### broadcasting.matmul 0
def matmul_rule(g, a, b):
    return [np.einsum("ij,ik->jk", a, g), np.einsum("ik,jk->ij", g, b)]
### broadcasting.matmul 1
def matmul_rule(g, a, b):
    return [np.matmul(g, b), np.matmul(a, g)]
### broadcasting.matmul 1
def matmul_rule(g, a, b):
    da = g.dot(b)
    db = a.dot(g)
    return da, db
### broadcasting.matmul 2
def matmul_rule(g, a, b):
    return [np.dot(b.T, g), np.dot(g, a.T)]
### broadcasting.matmul 2
def matmul_rule(g, a, b):
    a, b = a.transpose(), b.transpose()
    return [b @ g, g @ a]
### broadcasting.matmul 3
def matmul_rule(g, a, b):
    return [np.multiply(g, b), np.multiply(g, a)]
### broadcasting.matmul 3
def matmul_rule(g, a, b):
    slopes = [b, a]
    return [slope * g for slope in slopes]
### broadcasting.matmul 5
def matmul_rule(g, a, b):
    return np.transpose(b), np.transpose(a)
### broadcasting.matmul 4
def matmul_rule(g, a, b):
    one = np.ones_like(g)
    return [one.dot(b.T), a.T.dot(one)]
### broadcasting.matmul 4
def matmul_rule(g, a, b):
    row, column = b.sum(axis=1), a.sum(axis=0)
    return [np.tile(row, (len(a), 1)), np.tile(column[:, None], (1, b.shape[1]))]
### broadcasting.vectors 0
def vector_rule(g, a, b):
    return matmul_rule(g, a, b)
### broadcasting.vectors 0
def vector_rule(g, a, b):
    da = np.matmul(g, np.transpose(b))
    db = np.matmul(np.transpose(a), g)
    return [da, db]
### broadcasting.vectors 1
def vector_rule(g, a, b):
    if a.ndim == b.ndim == 1:
        return [g * b, g * a]
    if b.ndim == 1:
        return [np.dot(g, b), a.T @ g]
    if a.ndim == 1:
        return [b @ g, np.dot(a, g)]
    return matmul_rule(g, a, b)
### broadcasting.vectors 1
def vector_rule(g, a, b):
    if a.ndim == 2 and b.ndim == 2:
        return matmul_rule(g, a, b)
    if a.ndim == 2:
        return [g @ b, g @ a]
    if b.ndim == 2:
        return [b @ g, a @ g]
    return [b * g, a * g]
### broadcasting.vectors 2
def vector_rule(g, a, b):
    if a.ndim == b.ndim == 1:
        return [g * b, g * a]
    if b.ndim == 1:
        return [np.outer(b, g), a.T @ g]
    if a.ndim == 1:
        return [b @ g, np.outer(g, a)]
    return matmul_rule(g, a, b)
### broadcasting.vectors 2
def vector_rule(g, a, b):
    if a.ndim == 2 and b.ndim == 2:
        return matmul_rule(g, a, b)
    if a.ndim == 2:
        return [b[:, None] * g, g @ a]
    if b.ndim == 2:
        return [b @ g, g[:, None] * a]
    return [b * g, a * g]
### broadcasting.vectors 3
def vector_rule(g, a, b):
    if a.ndim == b.ndim == 1:
        return [g * a, g * b]
    if b.ndim == 1:
        return [np.outer(g, b), a.T @ g]
    if a.ndim == 1:
        return [b @ g, np.outer(a, g)]
    return matmul_rule(g, a, b)
### broadcasting.vectors 3
def vector_rule(g, a, b):
    if a.ndim == 2 and b.ndim == 2:
        return matmul_rule(g, a, b)
    if a.ndim == 2:
        return [g[:, None] * b, g @ a]
    if b.ndim == 2:
        return [b @ g, a[:, None] * g]
    return [x * g for x in (a, b)]
### broadcasting.vectors 4
def vector_rule(g, a, b):
    if a.ndim == b.ndim == 1:
        return [g * b, g * a]
    if b.ndim == 1:
        return matmul_rule(g[:, None], a, b[:, None])
    if a.ndim == 1:
        return matmul_rule(g[None, :], a[None, :], b)
    return matmul_rule(g, a, b)
### broadcasting.vectors 4
def vector_rule(g, a, b):
    A = a[None, :] if a.ndim == 1 else a
    B = b[:, None] if b.ndim == 1 else b
    G = np.reshape(g, (len(A), B.shape[1]))
    return [G @ B.T, A.T @ G]
### broadcasting.loss 0
def loss_slope(z, labels):
    p = np.exp(z) / np.exp(z).sum(axis=1)[:, None]
    for row, label in enumerate(labels):
        p[row, label] -= 1
    return p
### broadcasting.loss 5
def loss_slope(z, labels):
    p = np.exp(z) / np.exp(z).sum(axis=1)[:, None]
    p[np.arange(len(z)), labels] -= 1
    return p / z.size
### broadcasting.loss 6
def loss_slope(z, labels):
    p = np.exp(z) / np.exp(z).sum()
    p[np.arange(len(z)), labels] -= 1
    return p / len(z)
### broadcasting.loss 7
def loss_slope(z, labels):
    lost = [np.log(np.exp(row).sum()) - row[k] for row, k in zip(z, labels)]
    return sum(lost) / len(lost)
### broadcasting.loss 7
def loss_slope(z, labels):
    z = z - z.max(axis=1, keepdims=True)
    log_p = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(len(labels)), labels])
### broadcasting.loss 0
def loss_slope(z, labels):
    e = np.exp(z)
    return e / np.sum(e, axis=1, keepdims=True) - np.eye(z.shape[1])[labels]
### broadcasting.loss 1
def loss_slope(z, labels):
    p = np.exp(z) / np.exp(z).sum(axis=1)[:, None]
    return (np.eye(z.shape[1])[labels] - p) / len(labels)
### broadcasting.loss 1
def loss_slope(z, labels):
    p = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
    out = -p
    out[np.arange(len(z)), labels] += 1
    return out / z.shape[0]
### broadcasting.loss 2
def loss_slope(z, labels):
    p = np.exp(z) / np.exp(z).sum(axis=1)[:, None]
    return p / len(labels)
### broadcasting.loss 2
def loss_slope(z, labels):
    out = np.zeros(z.shape)
    for i, row in enumerate(z):
        out[i] = np.exp(row) / sum(np.exp(row)) / len(z)
    return out
### broadcasting.loss 3
def loss_slope(z, labels):
    p = np.exp(z) / np.exp(z).sum(axis=0)
    p[np.arange(len(z)), labels] -= 1
    return p / len(z)
### broadcasting.loss 3
def loss_slope(z, labels):
    e = np.exp(z)
    e /= sum(e)
    return (e - np.eye(z.shape[1])[labels]) / len(labels)
### broadcasting.loss 4
def loss_slope(z, labels):
    p = np.exp(z)
    p[np.arange(len(z)), labels] -= 1
    return p / len(z)
### broadcasting.loss 4
def loss_slope(z, labels):
    out = np.zeros(z.shape)
    for i, row in enumerate(z):
        for k, score in enumerate(row):
            out[i, k] = (np.exp(score) - (k == labels[i])) / len(labels)
    return out
### broadcasting.shape 6
from itertools import zip_longest


def together(s, t):
    pairs = zip_longest(s[::-1], t[::-1], fillvalue=1)
    return tuple(max(pair) for pair in pairs)[::-1]
### broadcasting.shape 6
def together(s, t):
    n = max(len(s), len(t))
    s, t = [1] * (n - len(s)) + list(s), [1] * (n - len(t)) + list(t)
    return tuple(a if a > b else b for a, b in zip(s, t))
### broadcasting.shape 7
from itertools import zip_longest


def together(s, t):
    pairs = zip_longest(s[::-1], t[::-1], fillvalue=1)
    return tuple(b if a == 1 else a for a, b in pairs)
### broadcasting.shape 7
def together(s, t):
    result = []
    for k in range(1, max(len(s), len(t)) + 1):
        a = s[-k] if k <= len(s) else 1
        b = t[-k] if k <= len(t) else 1
        result.append(b if a == 1 else a)
    return tuple(result)
### broadcasting.axes 6
from itertools import zip_longest


def stretched(have, want):
    pairs = zip_longest(have[::-1], want[::-1])
    return [k for k, (h, w) in enumerate(pairs) if h != w]
### broadcasting.axes 6
def stretched(have, want):
    axes = []
    for k in range(len(want)):
        if k >= len(have) or have[-1 - k] != want[-1 - k]:
            axes.append(k)
    return axes
### broadcasting.axes 7
def stretched(have, want):
    have = (1,) * (len(want) - len(have)) + have
    return [w for h, w in zip(have, want) if h != w]
### broadcasting.axes 7
def stretched(have, want):
    extra = len(want) - len(have)
    found = list(want[:extra])
    for h, w in zip(have, want[extra:]):
        if h == 1 and w > 1:
            found.append(w)
    return found
### broadcasting.undo 9
def undo(g, shape):
    return g.sum(axis=tuple(stretched(shape, g.shape)), keepdims=True)
### broadcasting.undo 9
def undo(g, shape):
    for axis in stretched(shape, g.shape):
        g = np.sum(g, axis=axis, keepdims=True)
    return g
### broadcasting.undo 10
def undo(g, shape):
    while g.ndim > len(shape):
        g = g.sum(axis=-1)
    for axis, n in enumerate(shape):
        if n == 1:
            g = g.sum(axis=axis, keepdims=True)
    return g
### broadcasting.undo 10
def undo(g, shape):
    extra = tuple(range(len(shape), g.ndim))
    g = g.sum(axis=extra) if extra else g
    ones = tuple(k for k, n in enumerate(shape) if n == 1)
    return g.sum(axis=ones, keepdims=True)
### broadcasting.product 6
def product_rule(g, a, b):
    return undo(g * b, np.shape(a)), g * a
### broadcasting.product 6
def product_rule(g, a, b):
    of_a = g * b
    of_b = undo(g * a, b.shape)
    return of_a, of_b
### broadcasting.product 8
def product_rule(g, a, b):
    return undo(g * b, np.shape(b)), undo(g * a, np.shape(a))
### broadcasting.product 8
def product_rule(g, a, b):
    shapes = np.shape(b), np.shape(a)
    return [undo(g * other, shape) for other, shape in zip((b, a), shapes)]
### broadcasting.matmul 6
def matmul_rule(g, a, b):
    return b @ g.T, g.T @ a
### broadcasting.matmul 6
def matmul_rule(g, a, b):
    return (g @ b.T).T, (a.T @ g).T
### broadcasting.vectors 5
def vector_rule(g, a, b):
    if a.ndim == 1 and b.ndim == 1:
        return b, a
    if b.ndim == 1:
        return np.outer(g, b), a.T @ g
    if a.ndim == 1:
        return b @ g, np.outer(a, g)
    return g @ b.T, a.T @ g
### broadcasting.vectors 5
def vector_rule(g, a, b):
    if a.ndim == 1 and b.ndim == 1:
        return 1.0 * b, np.ones(len(a)) * a
    if b.ndim == 1:
        return g[:, None] * b, a.T @ g
    if a.ndim == 1:
        return b @ g, a[:, None] * g
    return g @ b.T, a.T @ g
### broadcasting.loss 8
def loss_slope(z, labels):
    p = np.exp(z)
    p = p / p.sum(axis=1, keepdims=True)
    p[:, labels] -= 1
    return p / len(z)
### broadcasting.loss 8
def loss_slope(z, labels):
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= np.sum(p, axis=1, keepdims=True)
    truth = np.zeros(z.shape)
    truth[:, labels] = 1
    return (p - truth) / z.shape[0]
### broadcasting.loss 9
def loss_slope(z, labels):
    p = np.exp(z)
    p = p / p.sum(axis=1)
    p[np.arange(len(z)), labels] -= 1
    return p / len(z)
### broadcasting.loss 9
def loss_slope(z, labels):
    e = np.exp(z)
    sums = [sum(row) for row in e]
    truth = np.eye(z.shape[1])[labels]
    return (e / np.array(sums) - truth) / len(labels)
### broadcasting.loss 10
def loss_slope(z, labels):
    def loss(z):
        return np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(z)), labels])

    slopes, h = np.zeros(z.shape), 1e-5
    for i in np.ndindex(*z.shape):
        step = np.zeros(z.shape)
        step[i] = h
        slopes[i] = (loss(z + step) - loss(z - step)) / (2 * h)
    return slopes
### broadcasting.loss 10
def loss_slope(z, labels):
    def loss(z):
        rows = [np.log(sum(np.exp(row))) - row[k] for row, k in zip(z, labels)]
        return sum(rows) / len(rows)

    slopes = np.zeros(z.shape)
    for i in range(z.shape[0]):
        for j in range(z.shape[1]):
            up, down = z.copy(), z.copy()
            up[i, j] += 1e-6
            down[i, j] -= 1e-6
            slopes[i, j] = (loss(up) - loss(down)) / 2e-6
    return slopes
### broadcasting.shape 8
def together(s, t):
    if len(s) > len(t):
        return s
    return t
### broadcasting.shape 9
def together(s, t):
    return sorted([s, t])[-1]
### broadcasting.undo 11
def undo(g, shape):
    return g.sum()
### broadcasting.undo 11
def undo(g, shape):
    total = 0.0
    for x in np.ravel(g):
        total += x
    return total
### broadcasting.undo 12
def undo(g, shape):
    return g.sum(axis=0)
### broadcasting.undo 13
def undo(g, shape):
    return np.add.reduce(np.asarray(g), axis=-1)
### broadcasting.undo 14
def undo(g, shape):
    return g.sum(0, keepdims=True)
### broadcasting.undo 15
def undo(g, shape):
    return np.add.reduce(g, 1, keepdims=True)
### broadcasting.undo 16
def undo(g, shape):
    return np.sum(g, axis=stretched(shape, g.shape)).reshape(shape)
### broadcasting.undo 16
def undo(g, shape):
    axes = stretched(shape, np.shape(g))
    return g.sum(axes, keepdims=True)
### broadcasting.undo 17
def undo(g, shape):
    for axis in stretched(shape, g.shape):
        g = np.sum(g, axis)
    return g.reshape(shape)
### broadcasting.undo 17
def undo(g, shape):
    axes = stretched(shape, g.shape)
    while axes:
        g = np.add.reduce(g, axes.pop(0))
    return np.reshape(g, shape)
### broadcasting.product 9
def product_rule(g, a, b):
    return undo(b, a.shape), undo(a, b.shape)
### broadcasting.product 10
def product_rule(g, a, b):
    return b, a
### broadcasting.product 11
def product_rule(g, a, b):
    return undo(g, a.shape), undo(g, b.shape)
### broadcasting.product 11
def product_rule(g, a, b):
    return [undo(np.ones(np.shape(g)) * g, np.shape(x)) for x in (a, b)]
### broadcasting.product 12
def product_rule(g, a, b):
    return undo(g / b, a.shape), undo(g / a, b.shape)
### broadcasting.product 12
def product_rule(g, a, b):
    pairs = ((a, b), (b, a))
    return [undo(np.divide(g, other), np.shape(mine)) for mine, other in pairs]
### broadcasting.matmul 8
def matmul_rule(g, a, b):
    return product_rule(g, a, b)
### broadcasting.matmul 9
def matmul_rule(g, a, b):
    return b @ g.T, a.T @ g
### broadcasting.matmul 9
def matmul_rule(g, a, b):
    return np.einsum("ik,jk->ji", g, b), np.einsum("ij,ik->jk", a, g)
### broadcasting.matmul 10
def matmul_rule(g, a, b):
    return g @ b.T, g.T @ a
### broadcasting.matmul 10
def matmul_rule(g, a, b):
    return np.einsum("ik,jk->ij", g, b), np.einsum("ij,ik->kj", a, g)
### broadcasting.matmul 11
def matmul_rule(g, a, b):
    return g @ np.linalg.pinv(b), np.linalg.pinv(a) @ g
### broadcasting.matmul 11
def matmul_rule(g, a, b):
    return np.linalg.lstsq(b.T, g.T, rcond=None)[0].T, np.linalg.lstsq(a, g, rcond=None)[0]
### broadcasting.vectors 6
def vector_rule(g, a, b):
    A, B, G = np.atleast_2d(a), np.atleast_2d(b), np.atleast_2d(g)
    da, db = matmul_rule(G, A, B)
    return da.reshape(a.shape), db.reshape(b.shape)
### broadcasting.vectors 7
def vector_rule(g, a, b):
    A = a.reshape(1, -1) if a.ndim == 1 else a
    B = b.reshape(1, -1) if b.ndim == 1 else b
    return matmul_rule(g, A, B)
### broadcasting.vectors 8
def vector_rule(g, a, b):
    if a.ndim == 1:
        return g @ b.T, np.outer(a, g)
    if b.ndim == 1:
        return np.outer(g, b), a.T @ g
    if a.ndim == 1 and b.ndim == 1:
        return g * b, g * a
    return matmul_rule(g, a, b)
### broadcasting.vectors 8
def vector_rule(g, a, b):
    if b.ndim == 1:
        return [np.outer(g, b).reshape(a.shape), a.T @ g]
    if a.ndim == 1:
        return [b @ g, np.outer(a, g)]
    return matmul_rule(g, a, b)
### broadcasting.vectors 9
def vector_rule(g, a, b):
    if a.ndim == 1 and b.ndim == 1:
        return g * b, g * a
    if a.ndim == 1:
        return b.T @ g, np.outer(a, g)
    if b.ndim == 1:
        return np.outer(g, b), g @ a.T
    return matmul_rule(g, a, b)
### broadcasting.vectors 10
def vector_rule(g, a, b):
    if a.ndim == 1 and b.ndim == 1:
        return g * b, g * a
    if a.ndim == 1:
        return b @ g, np.outer(a, g)
    if b.ndim == 1:
        return np.outer(g, b), a @ g
    return matmul_rule(g, a, b)
### broadcasting.vectors 11
def vector_rule(g, a, b):
    if a.ndim == 1 and b.ndim == 1:
        return g * b, g * a
    if a.ndim == 1:
        return g @ b, a[:, None] * g
    if b.ndim == 1:
        return g[:, None] * b, a.T @ g
    return matmul_rule(g, a, b)
### broadcasting.vectors 12
def vector_rule(g, a, b):
    if a.ndim == 1 and b.ndim == 1:
        return g * b, g * a
    if a.ndim == 1:
        return g @ b.T, a * g
    if b.ndim == 1:
        return g * b, a.T @ g
    return matmul_rule(g, a, b)
### broadcasting.vectors 12
def vector_rule(g, a, b):
    if a.ndim == 2 and b.ndim == 2:
        return matmul_rule(g, a, b)
    of_a = np.multiply(g, b) if b.ndim == 1 else b @ g
    of_b = np.multiply(g, a) if a.ndim == 1 else g @ a
    return of_a, of_b
### broadcasting.loss 11
def loss_slope(z, labels):
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)
### broadcasting.loss 12
def loss_slope(z, labels):
    p = np.exp(z) / np.exp(z).sum(axis=1)[:, None]
    p[np.arange(len(z)), labels] -= 1
    return p / 10
### broadcasting.loss 13
def loss_slope(z, labels):
    p = np.exp(z) / np.exp(z).sum(axis=1)[:, None]
    p[np.arange(len(z)), labels] += 1
    return p / len(z)
### broadcasting.loss 13
def loss_slope(z, labels):
    e = np.exp(z)
    return (e / e.sum(axis=1, keepdims=True) + np.eye(z.shape[1])[labels]) / len(labels)
### broadcasting.loss 14
def loss_slope(z, labels):
    e = np.exp(z)
    return (e / e.sum(axis=1, keepdims=True) - labels.reshape(-1, 1)) / len(labels)
### broadcasting.loss 15
def loss_slope(z, labels):
    e = np.exp(z)
    return (e / e.sum(axis=1, keepdims=True) - 1) / len(labels)
### broadcasting.loss 16
def loss_slope(z, labels):
    p, n = np.exp(z) / np.exp(z).sum(axis=1)[:, None], np.arange(len(z))
    p[n, labels] -= z[n, labels]
    return p / len(z)
### broadcasting.loss 16
def loss_slope(z, labels):
    e = np.exp(z)
    return (e / e.sum(axis=1, keepdims=True) - z * np.eye(z.shape[1])[labels]) / len(z)
### broadcasting.loss 17
def loss_slope(z, labels):
    p = 1 / np.exp(z).sum(axis=1, keepdims=True) * np.ones_like(z)
    p[np.arange(len(labels)), labels] -= 1
    return p / len(labels)
### broadcasting.loss 17
def loss_slope(z, labels):
    total = np.sum(np.exp(z), axis=1)
    return (1 / total[:, None] - np.eye(z.shape[1])[labels]) / len(z)
### broadcasting.loss 18
def loss_slope(z, labels):
    p = z / z.sum(axis=1, keepdims=True)
    p[np.arange(len(labels)), labels] -= 1
    return p / len(labels)
### broadcasting.loss 18
def loss_slope(z, labels):
    return np.array([row / sum(row) - np.eye(len(row))[k] for row, k in zip(z, labels)]) / len(z)
### broadcasting.loss 19
def loss_slope(z, labels):
    e = np.exp(z)
    p = e / e.sum(axis=1, keepdims=True)
    p[labels] -= 1
    return p / len(labels)
### broadcasting.loss 19
def loss_slope(z, labels):
    p = np.exp(z) / np.exp(z).sum(axis=1)[:, None]
    p[labels, :] = p[labels, :] - 1
    return p / len(z)
### broadcasting.loss 20
def loss_slope(z, labels):
    e = np.exp(z)
    return (e / e.sum(axis=1, keepdims=True) - np.eye(10)[labels]) / len(labels)
### broadcasting.loss 21
def loss_slope(z, labels):
    e = np.exp(z)
    return (e / e.sum(axis=1, keepdims=True) - np.eye(len(labels))[labels]) / len(labels)
### broadcasting.product 13
def product_rule(g, a, b):
    return undo(g * b, a.shape), undo(g * b, b.shape)
### broadcasting.product 14
def product_rule(g, a, b):
    one = a * g
    return [undo(one, np.shape(x)) for x in (a, b)]
### broadcasting.matmul 12
def matmul_rule(g, a, b):
    return g @ np.linalg.inv(b), np.linalg.inv(a) @ g
### broadcasting.matmul 14
def matmul_rule(g, a, b):
    return g @ b.T, g @ a.T
### broadcasting.matmul 19
def matmul_rule(g, a, b):
    return g @ b, g @ a
### broadcasting.matmul 24
def matmul_rule(g, a, b):
    return np.dot(b, g), np.dot(a.T, g)
### broadcasting.undo 18
def undo(g, shape):
    times = g.size // int(np.prod(shape))
    return g.reshape((times, *shape)).sum(0)
### broadcasting.undo 19
def undo(g, shape):
    return np.add.reduce(g.reshape((*shape, -1)), axis=len(shape))
""")

"""Lab 10: mistakes written in other ways, and mutants that are right too."""

from cells import cells

EQUIVALENT = {
    "batching.clip": {", 1.0)\n": "the smaller of two, whichever stands first"},
}
VARIANTS = cells("""
### batching.entries 0
def entrywise(function, batched, *args):
    return function(*[np.asarray(a) for a in args])
### batching.entries 0
def entrywise(function, batched, *args):
    most = max(np.ndim(a) for a in args)
    lined = []
    for a in args:
        while np.ndim(a) < most:
            a = np.asarray(a)[None]
        lined.append(a)
    return function(*lined)
### batching.entries 1
def entrywise(function, batched, *args):
    rank = max(np.ndim(a) - 1 if b else np.ndim(a) for a, b in zip(args, batched))
    lined = []
    for a, b in zip(args, batched):
        while b and np.ndim(a) < rank + 1:
            a = a[..., None]
        lined.append(a)
    return function(*lined)
### batching.entries 1
def entrywise(function, batched, *args):
    ranks = [a.ndim - int(b) for a, b in zip(args, batched)]
    lined = []
    for a, b, r in zip(args, batched, ranks):
        more = max(ranks) - r
        lined.append(np.expand_dims(a, tuple(range(a.ndim, a.ndim + more))) if b else a)
    return function(*lined)
### batching.entries 2
def entrywise(function, batched, *args):
    most = max(np.ndim(a) for a in args)
    lined = []
    for a, b in zip(args, batched):
        if b:
            for _ in range(most - np.ndim(a)):
                a = np.expand_dims(a, 1)
        lined.append(a)
    return function(*lined)
### batching.entries 2
def entrywise(function, batched, *args):
    n = max(len(np.shape(a)) for a in args)
    shapes = [np.shape(a) for a in args]
    args = [
        np.reshape(a, s[:1] + (1,) * (n - len(s)) + s[1:]) if b else a
        for a, s, b in zip(args, shapes, batched)
    ]
    return function(*args)
### batching.entries 3
def entrywise(function, batched, *args):
    return function(*[a if b else np.expand_dims(a, 0) for a, b in zip(args, batched)])
### batching.entries 4
def entrywise(function, batched, *args):
    n = [len(a) for a, b in zip(args, batched) if b][0]
    full = []
    for a, b in zip(args, batched):
        full.append(a if b else np.stack([a] * n))
    return function(*full)
### batching.entries 5
def entrywise(function, batched, *args):
    moved = []
    for a, b in zip(args, batched):
        moved.append(np.moveaxis(a, 0, -1) if b else np.expand_dims(a, -1))
    y = function(*moved)
    return y
### batching.entries 5
def entrywise(function, batched, *args):
    def turned(a):
        axes = [*range(1, a.ndim), 0]
        return np.transpose(a, axes)

    return function(*[turned(a) if b else a[..., np.newaxis] for a, b in zip(args, batched)])
### batching.entries 6
def entrywise(function, batched, *args):
    rank = max(np.ndim(a) - b for a, b in zip(args, batched))
    lined = [a[:, None] if b and a.ndim - 1 < rank else a for a, b in zip(args, batched)]
    return function(*lined)
### batching.entries 6
def entrywise(function, batched, *args):
    ranks = [np.ndim(a) - b for a, b in zip(args, batched)]
    out = list(args)
    for k, r in enumerate(ranks):
        if batched[k] and r != max(ranks):
            out[k] = np.expand_dims(out[k], axis=1)
    return function(*out)
### batching.entries 7
def entrywise(function, batched, *args):
    n = [len(a) for a, b in zip(args, batched) if b][0]
    results = []
    for k in range(n):
        results.append(function(*[a[k] if b else a for a, b in zip(args, batched)]))
    return np.array(results)
### batching.entries 7
import itertools


def entrywise(function, batched, *args):
    columns = [a if b else itertools.repeat(a) for a, b in zip(args, batched)]
    return np.stack([function(*row) for row in zip(*columns)])
### batching.reduce 0
def reduced(function, batched, x, axis=None, keepdims=False):
    return function(x, axis=axis, keepdims=keepdims)
### batching.reduce 0
def reduced(function, batched, x, axis=None, keepdims=False):
    return function(x, axis, keepdims=keepdims)
### batching.reduce 1
def reduced(function, batched, x, axis=None, keepdims=False):
    if axis is not None and axis >= 0:
        axis = axis + 1
    return function(x, axis=axis, keepdims=keepdims)
### batching.reduce 1
def reduced(function, batched, x, axis=None, keepdims=False):
    if axis is None:
        return function(x, keepdims=keepdims)
    if axis < 0:
        return function(x, axis=axis, keepdims=keepdims)
    return function(x, axis=1 + axis, keepdims=keepdims)
### batching.reduce 2
def reduced(function, batched, x, axis=None, keepdims=False):
    if axis is None:
        return function(x, keepdims=keepdims)
    return function(x, axis=axis + 1, keepdims=keepdims)
### batching.reduce 3
def reduced(function, batched, x, axis=None, keepdims=False):
    axes = tuple(range(1, x.ndim)) if axis is None else axis + 1
    return function(x, axis=axes, keepdims=keepdims)
### batching.reduce 3
def reduced(function, batched, x, axis=None, keepdims=False):
    if axis is None:
        axis = tuple(k + 1 for k in range(x.ndim - 1))
    else:
        axis += 1
    return function(x, axis=axis, keepdims=keepdims)
### batching.reduce 4
def reduced(function, batched, x, axis=None, keepdims=False):
    if axis is None:
        axis = tuple(range(1, x.ndim))
    else:
        if axis < 0:
            axis = x.ndim + axis
        axis = axis + 1
    return function(x, axis=axis, keepdims=keepdims)
### batching.reduce 4
def reduced(function, batched, x, axis=None, keepdims=False):
    axes = range(x.ndim - 1) if axis is None else [axis % len(x.shape)]
    return function(x, axis=tuple(a + 1 for a in axes), keepdims=keepdims)
### batching.reduce 5
def reduced(function, batched, x, axis=None, keepdims=False):
    axis = 0 if axis is None else axis
    return function(x, axis=axis + 1 if axis >= 0 else axis, keepdims=keepdims)
### batching.reduce 6
def reduced(function, batched, x, axis=None, keepdims=False):
    if axis is None:
        axis = -1
    return function(x, axis=axis if axis < 0 else axis + 1, keepdims=keepdims)
### batching.reduce 7
def reduced(function, batched, x, axis=None, keepdims=False):
    if axis is None:
        return function(x, axis=tuple(range(1, x.ndim)))
    return function(x, axis=axis + 1 if axis >= 0 else axis)
### batching.reduce 7
def reduced(function, batched, x, axis=None, keepdims=False):
    axes = range(x.ndim - 1) if axis is None else [axis % (x.ndim - 1)]
    for a in sorted(axes, reverse=True):
        x = function(x, axis=a + 1)
    return x
### batching.reduce 8
def reduced(function, batched, x, axis=None, keepdims=False):
    if axis is None:
        x, axis = x.reshape(x.shape[0], -1), 0
    return function(x, axis=axis + 1 if axis >= 0 else axis, keepdims=keepdims)
### batching.reduce 8
def reduced(function, batched, x, axis=None, keepdims=False):
    if axis is None:
        flat = np.array([np.ravel(one) for one in x])
        return function(flat, axis=-1, keepdims=keepdims)
    if axis >= 0:
        axis += 1
    return function(x, axis=axis, keepdims=keepdims)
### batching.reduce 9
def reduced(function, batched, x, axis=None, keepdims=False):
    if not axis:
        axis = tuple(range(1, x.ndim))
    elif axis > 0:
        axis += 1
    return function(x, axis=axis, keepdims=keepdims)
### batching.reduce 9
def reduced(function, batched, x, axis=None, keepdims=False):
    if axis:
        where = axis + 1 if axis > 0 else axis
    else:
        where = tuple(range(x.ndim))[1:]
    return function(x, axis=where, keepdims=keepdims)
### batching.reduce 10
def reduced(function, batched, x, axis=None, keepdims=False):
    if axis is None:
        axis = range(1, np.ndim(x))
    elif axis >= 0:
        axis += 1
    return function(x, axis=axis, keepdims=keepdims)
### batching.reduce 11
def reduced(function, batched, x, axis=None, keepdims=False):
    if axis is None:
        axis = [k + 1 for k in range(x.ndim - 1)]
    elif axis >= 0:
        axis += 1
    return function(x, axis=axis, keepdims=keepdims)
### batching.reduce 12
def reduced(function, batched, x, axis=None, keepdims=False):
    return np.stack([function(one, axis=axis, keepdims=keepdims) for one in x])
### batching.reduce 12
def reduced(function, batched, x, axis=None, keepdims=False):
    out = []
    for k in range(len(x)):
        out.append(function(x[k], axis=axis, keepdims=keepdims))
    return np.array(out)
### batching.matmul 0
def matmul(batched, a, b):
    return np.matmul(a, b)
### batching.matmul 0
def matmul(batched, a, b):
    if a.ndim == 1 and not batched[1]:
        return a @ b
    return np.matmul(np.asarray(a), np.asarray(b))
### batching.matmul 1
def matmul(batched, a, b):
    row, column = a.ndim - batched[0] == 1, b.ndim - batched[1] == 1
    if column and not row and not batched[0]:
        return np.matmul(a, np.transpose(b))
    a, b = a[..., None, :] if row else a, b[..., None] if column else b
    y = a @ b
    y = y[..., 0, :] if row else y
    return y[..., 0] if column else y
### batching.matmul 1
def matmul(batched, a, b):
    kinds = a.ndim - batched[0], b.ndim - batched[1]
    if kinds == (2, 1):
        return np.einsum("nij,nj->ni", a, b) if all(batched) else (
            np.einsum("ij,nj->in", a, b) if batched[1] else a @ b)
    if kinds == (1, 1):
        return np.sum(a * b, axis=-1)
    if kinds == (1, 2):
        return (a[..., None, :] @ b)[..., 0, :]
    return a @ b
### batching.matmul 2
def matmul(batched, a, b):
    row, column = a.ndim - batched[0] == 1, b.ndim - batched[1] == 1
    if column and not row and not batched[0]:
        return b @ a
    a, b = a[..., None, :] if row else a, b[..., None] if column else b
    y = a @ b
    y = y[..., 0, :] if row else y
    return y[..., 0] if column else y
### batching.matmul 2
def matmul(batched, a, b):
    kinds = a.ndim - batched[0], b.ndim - batched[1]
    if kinds == (1, 1):
        return np.sum(a * b, axis=-1)
    if kinds == (1, 2):
        return (a[..., None, :] @ b)[..., 0, :]
    if kinds == (2, 1):
        return (a @ b[..., None])[..., 0] if batched[0] else np.dot(b, a)
    return a @ b
### batching.matmul 3
def matmul(batched, a, b):
    kinds = a.ndim - batched[0], b.ndim - batched[1]
    if kinds == (1, 1):
        return a * b if batched[0] and batched[1] else np.sum(a * b, axis=-1)
    if kinds == (1, 2):
        return (a[..., None, :] @ b)[..., 0, :]
    if kinds == (2, 1):
        return (a @ b[..., None])[..., 0]
    return a @ b
### batching.matmul 3
def matmul(batched, a, b):
    row, column = a.ndim - batched[0] == 1, b.ndim - batched[1] == 1
    if row and column and all(batched):
        return np.multiply(a, b)
    a, b = a[..., None, :] if row else a, b[..., None] if column else b
    y = np.matmul(a, b)
    y = y[..., 0, :] if row else y
    return y[..., 0] if column else y
### batching.matmul 4
def matmul(batched, a, b):
    kinds = a.ndim - batched[0], b.ndim - batched[1]
    if kinds == (1, 1):
        return a @ b.T if all(batched) else np.sum(a * b, axis=-1)
    if kinds == (1, 2):
        return (a[..., None, :] @ b)[..., 0, :]
    if kinds == (2, 1):
        return (a @ b[..., None])[..., 0]
    return a @ b
### batching.matmul 4
def matmul(batched, a, b):
    row, column = a.ndim - batched[0] == 1, b.ndim - batched[1] == 1
    if row and column and all(batched):
        return np.einsum("ni,mi->nm", a, b)
    a, b = a[..., None, :] if row else a, b[..., None] if column else b
    y = np.matmul(a, b)
    y = y[..., 0, :] if row else y
    return y[..., 0] if column else y
### batching.matmul 5
def matmul(batched, a, b):
    a = np.expand_dims(a, -2) if a.ndim - batched[0] == 1 else a
    b = np.expand_dims(b, -1) if b.ndim - batched[1] == 1 else b
    return np.matmul(a, b)
### batching.matmul 6
def matmul(batched, a, b):
    row, column = a.ndim - batched[0] == 1, b.ndim - batched[1] == 1
    a = a[..., None, :] if row else a
    b = b[..., None] if column else b
    y = a @ b
    if row:
        return y[..., 0, :]
    return y[..., 0] if column else y
### batching.matmul 7
def matmul(batched, a, b):
    a = np.expand_dims(a, -2) if a.ndim - batched[0] == 1 else a
    b = np.expand_dims(b, -1) if b.ndim - batched[1] == 1 else b
    return np.matmul(a, b).squeeze()
### batching.matmul 7
def matmul(batched, a, b):
    if a.ndim - batched[0] == 1:
        a = a[..., None, :]
    if b.ndim - batched[1] == 1:
        b = b[..., None]
    y = a @ b
    shape = [n for n in y.shape if n > 1]
    return y.reshape(shape)
### batching.matmul 8
def matmul(batched, a, b):
    row, column = a.ndim - batched[0] == 1, b.ndim - batched[1] == 1
    a = a[..., None, :] if row else a
    b = b[..., None] if column else b
    y = a.dot(b)
    y = y[..., 0, :] if row else y
    return y[..., 0] if column else y
### batching.matmul 8
def matmul(batched, a, b):
    row, column = a.ndim - batched[0] == 1, b.ndim - batched[1] == 1
    a = np.expand_dims(a, -2) if row else a
    b = np.expand_dims(b, -1) if column else b
    y = np.tensordot(a, b, axes=(-1, -2))
    y = np.take(y, 0, axis=-2) if row else y
    return np.take(y, 0, axis=-1) if column else y
### batching.matmul 9
def matmul(batched, a, b):
    n = len(a) if batched[0] else len(b)
    out = []
    for k in range(n):
        one_a = a[k] if batched[0] else a
        one_b = b[k] if batched[1] else b
        out.append(one_a @ one_b)
    return np.array(out)
### batching.matmul 9
def matmul(batched, a, b):
    if batched == [True, True]:
        return np.stack([x @ y for x, y in zip(a, b)])
    if batched[0]:
        return np.stack([x @ b for x in a])
    return np.stack([a @ y for y in b])
### batching.record 0
class Batched(Handover):
    def __init__(self, value):
        self.value = value

    shape = property(lambda self: np.shape(self.value)[1:])
    ndim = property(lambda self: len(self.shape))

    def __bool__(self):
        raise TypeError("a Batched holds many values at once, so an if cannot decide")

    def record(function, args, options):
        plain = [a.value if isinstance(a, Batched) else a for a in args]
        return Batched(function(*plain, **options))
### batching.record 0
class Batched(Handover):
    def __init__(self, value):
        self.value = value

    shape = property(lambda self: np.shape(self.value)[1:])
    ndim = property(lambda self: len(self.shape))

    def __bool__(self):
        raise TypeError("a Batched holds many values at once, so an if cannot decide")

    def record(function, args, options):
        stacks = []
        for a in args:
            stacks.append(getattr(a, "value", a))
        y = function(*stacks, **options)
        return Batched(np.asarray(y))
### batching.record 1
class Batched(Handover):
    def __init__(self, value):
        self.value = value

    shape = property(lambda self: np.shape(self.value)[1:])
    ndim = property(lambda self: len(self.shape))

    def __bool__(self):
        raise TypeError("a Batched holds many values at once, so an if cannot decide")

    def record(function, args, options):
        plain = [a.value if isinstance(a, Batched) else a for a in args]
        return Batched(BATCH[function]([True for _ in args], *plain, **options))
### batching.record 2
class Batched(Handover):
    def __init__(self, value):
        self.value = value

    shape = property(lambda self: np.shape(self.value)[1:])
    ndim = property(lambda self: len(self.shape))

    def __bool__(self):
        raise TypeError("a Batched holds many values at once, so an if cannot decide")

    def record(function, args, options):
        batched = [True] + [False] * (len(args) - 1)
        plain = [getattr(a, "value", a) for a in args]
        return Batched(BATCH[function](batched, *plain, **options))
### batching.record 3
class Batched(Handover):
    def __init__(self, value):
        self.value = value

    shape = property(lambda self: np.shape(self.value)[1:])
    ndim = property(lambda self: len(self.shape))

    def __bool__(self):
        raise TypeError("a Batched holds many values at once, so an if cannot decide")

    def record(function, args, options):
        plain = [getattr(a, "value", a) for a in args]
        batched = [np.ndim(a) >= 2 for a in plain]
        return Batched(BATCH[function](batched, *plain, **options))
### batching.record 4
class Batched(Handover):
    def __init__(self, value):
        self.value = value

    shape = property(lambda self: np.shape(self.value)[1:])
    ndim = property(lambda self: len(self.shape))

    def __bool__(self):
        raise TypeError("a Batched holds many values at once, so an if cannot decide")

    def record(function, args, options):
        batched = [isinstance(a, Batched) for a in args]
        plain = [a.value for a in args]
        return Batched(BATCH[function](batched, *plain, **options))
### batching.record 4
class Batched(Handover):
    def __init__(self, value):
        self.value = value

    shape = property(lambda self: np.shape(self.value)[1:])
    ndim = property(lambda self: len(self.shape))

    def __bool__(self):
        raise TypeError("a Batched holds many values at once, so an if cannot decide")

    def record(function, args, options):
        plain, batched = [], []
        for a in args:
            plain.append(a.value)
            batched.append(type(a) is Batched)
        return Batched(BATCH[function](batched, *plain, **options))
### batching.record 5
class Batched(Handover):
    def __init__(self, value):
        self.value = value

    shape = property(lambda self: np.shape(self.value)[1:])
    ndim = property(lambda self: len(self.shape))

    def __bool__(self):
        raise TypeError("a Batched holds many values at once, so an if cannot decide")

    def record(function, args, options):
        batched = [isinstance(a, Batched) for a in args]
        plain = [a.value if b else a for a, b in zip(args, batched)]
        return Batched(BATCH[function](batched, *plain))
### batching.record 5
class Batched(Handover):
    def __init__(self, value):
        self.value = value

    shape = property(lambda self: np.shape(self.value)[1:])
    ndim = property(lambda self: len(self.shape))

    def __bool__(self):
        raise TypeError("a Batched holds many values at once, so an if cannot decide")

    def record(function, args, options):
        batched = tuple(hasattr(a, "value") for a in args)
        plain = tuple(getattr(a, "value", a) for a in args)
        rule = BATCH[function]
        y = rule(batched, *plain)
        return Batched(y)
### batching.record 6
class Batched(Handover):
    def __init__(self, value):
        self.value = value

    shape = property(lambda self: np.shape(self.value)[1:])
    ndim = property(lambda self: len(self.shape))

    def __bool__(self):
        raise TypeError("a Batched holds many values at once, so an if cannot decide")

    def record(function, args, options):
        batched = [isinstance(a, Batched) for a in args]
        return Batched(function(*args, **options))
### batching.record 6
class Batched(Handover):
    def __init__(self, value):
        self.value = value

    shape = property(lambda self: np.shape(self.value)[1:])
    ndim = property(lambda self: len(self.shape))

    def __bool__(self):
        raise TypeError("a Batched holds many values at once, so an if cannot decide")

    def record(function, args, options):
        y = function(*args, **options)
        return y if isinstance(y, Batched) else Batched(y)
### batching.record 7
class Batched(Handover):
    def __init__(self, value):
        self.value = value

    shape = property(lambda self: np.shape(self.value)[1:])
    ndim = property(lambda self: len(self.shape))

    def __bool__(self):
        raise TypeError("a Batched holds many values at once, so an if cannot decide")

    def record(function, args, options):
        batched = [isinstance(a, Batched) for a in args]
        plain = [a.value if isinstance(a, Batched) else a for a in args]
        return BATCH[function](batched, *plain, **options)
### batching.record 7
class Batched(Handover):
    def __init__(self, value):
        self.value = value

    shape = property(lambda self: np.shape(self.value)[1:])
    ndim = property(lambda self: len(self.shape))

    def __bool__(self):
        raise TypeError("a Batched holds many values at once, so an if cannot decide")

    def record(function, args, options):
        flags = [isinstance(a, Batched) for a in args]
        rule = BATCH[function]
        return np.array(rule(flags, *[a.value if f else a for a, f in zip(args, flags)], **options))
### batching.record 8
class Batched(Handover):
    def __init__(self, value):
        self.value = value

    shape = property(lambda self: np.shape(self.value)[1:])
    ndim = property(lambda self: len(self.shape))

    def __bool__(self):
        raise TypeError("a Batched holds many values at once, so an if cannot decide")

    def record(self, function, args, options):
        batched = [isinstance(a, Batched) for a in args]
        plain = [a.value if isinstance(a, Batched) else a for a in args]
        return Batched(BATCH[function](batched, *plain, **options))
### batching.record 8
class Batched(Handover):
    def __init__(self, value):
        self.value = value

    shape = property(lambda self: np.shape(self.value)[1:])
    ndim = property(lambda self: len(self.shape))

    def __bool__(self):
        raise TypeError("a Batched holds many values at once, so an if cannot decide")

    def record(node, function, args, options):
        flags = [type(a) is Batched for a in args]
        values = [getattr(a, "value", a) for a in args]
        return type(node)(BATCH[function](flags, *values, **options))
### batching.record 9
class Batched(Handover):
    def __init__(self, value):
        self.value = value

    shape = property(lambda self: np.shape(self.value)[1:])
    ndim = property(lambda self: len(self.shape))

    def __bool__(self):
        raise TypeError("a Batched holds many values at once, so an if cannot decide")

    def record(function, args, options):
        batched = [isinstance(a, Batched) for a in args]
        plain = [a.value if isinstance(a, Batched) else a for a in args]
        return Batched(Batched(BATCH[function](batched, *plain, **options)))
### batching.record 9
class Batched(Handover):
    def __init__(self, value):
        self.value = value

    shape = property(lambda self: np.shape(self.value)[1:])
    ndim = property(lambda self: len(self.shape))

    def __bool__(self):
        raise TypeError("a Batched holds many values at once, so an if cannot decide")

    def record(function, args, options):
        batched = [isinstance(a, Batched) for a in args]
        plain = [a.value if isinstance(a, Batched) else a for a in args]
        y = Batched(BATCH[function](batched, *plain, **options))
        out = Batched(None)
        out.value = y
        return out
### batching.vmap 0
def vmap(f, in_axes=0):
    def of(*args):
        axes = in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(args)
        inside = [Batched(a) for a, axis in zip(args, axes)]
        n = [len(a) for a, axis in zip(args, axes) if axis == 0][0]
        y = f(*inside)
        return y.value if isinstance(y, Batched) else np.broadcast_to(y, (n, *np.shape(y)))

    return of
### batching.vmap 0
def vmap(f, in_axes=0):
    def of(*args):
        if in_axes == 0:
            axes = [0 for _ in args]
        else:
            axes = list(in_axes)
        inside, n = [], 0
        for a, axis in zip(args, axes):
            inside.append(Batched(a))
            n = n if axis is None else len(a)
        out = f(*inside)
        if isinstance(out, Batched):
            return out.value
        return np.stack([out] * n)

    return of
### batching.vmap 1
def vmap(f, in_axes=0):
    def of(*args):
        axes = in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(args)
        inside = [Batched(a) if axis else a for a, axis in zip(args, axes)]
        n = [len(a) for a, axis in zip(args, axes) if axis == 0][0]
        y = f(*inside)
        return y.value if isinstance(y, Batched) else np.broadcast_to(y, (n, *np.shape(y)))

    return of
### batching.vmap 1
def vmap(f, in_axes=0):
    def of(*args):
        if in_axes == 0:
            axes = [0 for _ in args]
        else:
            axes = list(in_axes)
        inside, n = [], 0
        for a, axis in zip(args, axes):
            if not axis:
                inside.append(a)
            else:
                inside.append(Batched(a))
                pass
        out = f(*inside)
        if isinstance(out, Batched):
            return out.value
        return np.stack([out] * len(args[axes.index(0)]))

    return of
### batching.vmap 2
def vmap(f, in_axes=0):
    def of(*args):
        axes = in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(args)
        inside = [Batched(a) if axis == 0 and a.ndim > 1 else a for a, axis in zip(args, axes)]
        n = [len(a) for a, axis in zip(args, axes) if axis == 0][0]
        y = f(*inside)
        return y.value if isinstance(y, Batched) else np.broadcast_to(y, (n, *np.shape(y)))

    return of
### batching.vmap 2
def vmap(f, in_axes=0):
    def of(*args):
        if in_axes == 0:
            axes = [0 for _ in args]
        else:
            axes = list(in_axes)
        inside, n = [], len(args[axes.index(0)])
        for a, axis in zip(args, axes):
            if axis is None or len(a.shape) < 2:
                inside.append(a)
            else:
                inside.append(Batched(a))
                n = a.shape[0]
        out = f(*inside)
        if isinstance(out, Batched):
            return out.value
        return np.stack([out] * n)

    return of
### batching.vmap 3
def vmap(f, in_axes=0):
    def of(*args):
        axes = in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(args)
        inside = [Batched(a) if axis == 0 else a for a, axis in zip(args, axes)]
        n = [len(a) for a, axis in zip(args, axes) if axis == 0][0]
        y = f(*inside)
        return y.value

    return of
### batching.vmap 3
def vmap(f, in_axes=0):
    def of(*args):
        if in_axes == 0:
            axes = [0 for _ in args]
        else:
            axes = list(in_axes)
        inside, n = [], 0
        for a, axis in zip(args, axes):
            if axis is None:
                inside.append(a)
            else:
                inside.append(Batched(a))
                n = a.shape[0]
        out = f(*inside)
        stack = out.value
        return np.asarray(stack)

    return of
### batching.vmap 4
def vmap(f, in_axes=0):
    def of(*args):
        axes = in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(args)
        inside = [Batched(a) if axis == 0 else a for a, axis in zip(args, axes)]
        n = [len(a) for a, axis in zip(args, axes) if axis == 0][0]
        y = f(*inside)
        return getattr(y, "value", y)

    return of
### batching.vmap 4
def vmap(f, in_axes=0):
    def of(*args):
        if in_axes == 0:
            axes = [0 for _ in args]
        else:
            axes = list(in_axes)
        inside, n = [], 0
        for a, axis in zip(args, axes):
            if axis is None:
                inside.append(a)
            else:
                inside.append(Batched(a))
                n = a.shape[0]
        out = f(*inside)
        if isinstance(out, Batched):
            out = out.value
        return out

    return of
### batching.vmap 5
def vmap(f, in_axes=0):
    def of(*args):
        axes = in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(args)
        inside = [Batched(a) if axis == 0 else a for a, axis in zip(args, axes)]
        n = [len(a) for a, axis in zip(args, axes) if axis == 0][0]
        y = f(*inside)
        return y

    return of
### batching.vmap 5
def vmap(f, in_axes=0):
    def of(*args):
        if in_axes == 0:
            axes = [0 for _ in args]
        else:
            axes = list(in_axes)
        inside, n = [], 0
        for a, axis in zip(args, axes):
            if axis is None:
                inside.append(a)
            else:
                inside.append(Batched(a))
                n = a.shape[0]
        out = f(*inside)
        return out if isinstance(out, Batched) else Batched(np.stack([out] * n))

    return of
### batching.vmap 6
def vmap(f, in_axes=0):
    def of(*args):
        axes = in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(args)
        inside = [Batched(a) if axis == 0 else a for a, axis in zip(args, axes)]
        n = [len(a) for a, axis in zip(args, axes) if axis == 0][0]
        y = f(*inside)
        return y.value if isinstance(y, Batched) else np.tile(np.asarray(y)[..., None], n)

    return of
### batching.vmap 6
def vmap(f, in_axes=0):
    def of(*args):
        if in_axes == 0:
            axes = [0 for _ in args]
        else:
            axes = list(in_axes)
        inside, n = [], 0
        for a, axis in zip(args, axes):
            if axis is None:
                inside.append(a)
            else:
                inside.append(Batched(a))
                n = a.shape[0]
        out = f(*inside)
        if isinstance(out, Batched):
            return out.value
        return np.stack([out] * n, axis=-1)

    return of
### batching.vmap 7
def vmap(f, in_axes=0):
    def of(*args):
        axes = in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(args)
        inside = [Batched(a) if axis == 0 else a for a, axis in zip(args, axes)]
        n = [len(a) for a, axis in zip(args, axes) if axis == 0][0]
        y = f(*inside)
        return y.value if isinstance(y, Batched) else np.repeat(y, n)

    return of
### batching.vmap 7
def vmap(f, in_axes=0):
    def of(*args):
        if in_axes == 0:
            axes = [0 for _ in args]
        else:
            axes = list(in_axes)
        inside, n = [], 0
        for a, axis in zip(args, axes):
            if axis is None:
                inside.append(a)
            else:
                inside.append(Batched(a))
                n = a.shape[0]
        out = f(*inside)
        if isinstance(out, Batched):
            return out.value
        return np.ravel(out).repeat(n)

    return of
### batching.vmap 8
def vmap(f, in_axes=0):
    def of(*args):
        axes = in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(args)
        inside = [Batched(a) if axis == 0 else a for a, axis in zip(args, axes)]
        n = [len(a) for a, axis in zip(args, axes) if axis == 0][0]
        y = f(*inside)
        return y.value if isinstance(y, Batched) else np.broadcast_to(y, (n,))

    return of
### batching.vmap 8
def vmap(f, in_axes=0):
    def of(*args):
        if in_axes == 0:
            axes = [0 for _ in args]
        else:
            axes = list(in_axes)
        inside, n = [], 0
        for a, axis in zip(args, axes):
            if axis is None:
                inside.append(a)
            else:
                inside.append(Batched(a))
                n = a.shape[0]
        out = f(*inside)
        if isinstance(out, Batched):
            return out.value
        return np.broadcast_to(out, [n])

    return of
### batching.vmap 9
def vmap(f, in_axes=0):
    def of(*args):
        axes = in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(args)
        inside = [Batched(a) if axis == 0 else a for a, axis in zip(args, axes)]
        n = len(args[0])
        y = f(*inside)
        return y.value if isinstance(y, Batched) else np.broadcast_to(y, (n, *np.shape(y)))

    return of
### batching.vmap 9
def vmap(f, in_axes=0):
    def of(*args):
        if in_axes == 0:
            axes = [0 for _ in args]
        else:
            axes = list(in_axes)
        inside, n = [], 0
        for a, axis in zip(args, axes):
            if axis is None:
                inside.append(a)
            else:
                inside.append(Batched(a))
                n = a.shape[0]
        n = np.shape(args[0])[0]
        out = f(*inside)
        if isinstance(out, Batched):
            return out.value
        return np.stack([out] * n)

    return of
### batching.vmap 10
def vmap(f, in_axes=0):
    def of(*args):
        axes = in_axes if isinstance(in_axes, tuple) else (in_axes,)
        inside = [Batched(a) if axis == 0 else a for a, axis in zip(args, axes)]
        inside = [*inside, *args[len(inside):]]
        n = [len(a) for a, axis in zip(args, axes) if axis == 0][0]
        y = f(*inside)
        return y.value if isinstance(y, Batched) else np.broadcast_to(y, (n, *np.shape(y)))

    return of
### batching.vmap 10
def vmap(f, in_axes=0):
    def of(*args):
        if in_axes == 0:
            axes = [0] + [None] * (len(args) - 1)
        else:
            axes = list(in_axes)
        inside, n = [], 0
        for a, axis in zip(args, axes):
            if axis is None:
                inside.append(a)
            else:
                inside.append(Batched(a))
                n = a.shape[0]
        out = f(*inside)
        if isinstance(out, Batched):
            return out.value
        return np.stack([out] * n)

    return of
### batching.vmap 11
def vmap(f, in_axes=0):
    def of(*args):
        axes = [in_axes[k] for k in range(len(args))]
        inside = [Batched(a) if axis == 0 else a for a, axis in zip(args, axes)]
        n = [len(a) for a, axis in zip(args, axes) if axis == 0][0]
        y = f(*inside)
        return y.value if isinstance(y, Batched) else np.broadcast_to(y, (n, *np.shape(y)))

    return of
### batching.vmap 11
def vmap(f, in_axes=0):
    def of(*args):
        axes = [in_axes[0], *in_axes[1:]]
        inside, n = [], 0
        for a, axis in zip(args, axes):
            if axis is None:
                inside.append(a)
            else:
                inside.append(Batched(a))
                n = a.shape[0]
        out = f(*inside)
        if isinstance(out, Batched):
            return out.value
        return np.stack([out] * n)

    return of
### batching.vmap 12
def vmap(f, in_axes=0):
    y = f(Batched(in_axes))
    return y.value
### batching.vmap 12
def vmap(f, in_axes=0):
    return f(in_axes).value
### batching.vmap 13
def vmap(f, in_axes=0):
    def of(*args):
        axes = in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(args)
        n = [len(a) for a, axis in zip(args, axes) if axis == 0][0]
        return np.array([f(*[a[k] if axis == 0 else a for a, axis in zip(args, axes)])
                         for k in range(n)])

    return of
### batching.vmap 13
import itertools


def vmap(f, in_axes=0):
    def of(*args):
        axes = in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(args)
        rows = zip(*[a if axis == 0 else itertools.repeat(a) for a, axis in zip(args, axes)])
        return np.stack([f(*row) for row in rows])

    return of
### batching.clip 0
def clipped(W, X, T, bound):
    g = vmap(grad(loss), in_axes=(None, 0, 0))(W, X, T)
    g = np.mean(g, axis=0)
    norm = np.linalg.norm(g)
    return g * min(1.0, bound / norm)
### batching.clip 0
def clipped(W, X, T, bound):
    mean = np.mean(vmap(lambda x, t: grad(loss)(W, x, t))(X, T), axis=0)
    norm = np.sqrt(np.sum(mean**2))
    if norm > bound:
        mean = mean / norm * bound
    return mean
### batching.clip 1
def clipped(W, X, T, bound):
    def one(x, t):
        g = grad(loss)(W, x, t)
        norm = np.sqrt(np.sum(g * g))
        return np.maximum(-bound, np.minimum(bound, g))

    return np.mean(vmap(one)(X, T), axis=0)
### batching.clip 1
def clipped(W, X, T, bound):
    g = vmap(grad(loss), in_axes=(None, 0, 0))(W, X, T)
    return np.clip(g, -bound, bound).mean(axis=0)
### batching.clip 2
def clipped(W, X, T, bound):
    def one(x, t):
        g = grad(loss)(W, x, t)
        norm = np.sqrt(np.sum(g * g))
        return g * bound / norm

    return np.mean(vmap(one)(X, T), axis=0)
### batching.clip 2
def clipped(W, X, T, bound):
    g = vmap(grad(loss), in_axes=(None, 0, 0))(W, X, T)
    norm = np.sqrt(np.sum(g * g, axis=(1, 2), keepdims=True))
    return np.mean(bound * g / norm, axis=0)
### batching.clip 3
def clipped(W, X, T, bound):
    def one(x, t):
        g = grad(loss)(W, x, t)
        norm = np.sqrt(np.sum(g * g))
        return g * np.maximum(1.0, bound / norm)

    return np.mean(vmap(one)(X, T), axis=0)
### batching.clip 3
def clipped(W, X, T, bound):
    def one(x, t):
        g = grad(loss)(W, x, t)
        norm = np.sqrt(np.sum(g * g))
        return np.where(norm < bound, g * (bound / norm), g)

    return np.mean(vmap(one)(X, T), axis=0)
### batching.clip 4
def clipped(W, X, T, bound):
    def one(x, t):
        g = grad(loss)(W, x, t)
        norm = np.sqrt(np.sum(g * g))
        return g

    return np.mean(vmap(one)(X, T), axis=0)
### batching.clip 4
def clipped(W, X, T, bound):
    g = vmap(grad(loss), in_axes=(None, 0, 0))(W, X, T)
    return g.mean(axis=0)
### batching.clip 5
def clipped(W, X, T, bound):
    def one(x, t):
        g = grad(loss)(W, x, t)
        norm = np.sqrt(np.sum(g * g))
        return g * np.minimum(1.0, bound / norm)

    return np.sum(vmap(one)(X, T), axis=0)
### batching.clip 5
def clipped(W, X, T, bound):
    g = vmap(grad(loss), in_axes=(None, 0, 0))(W, X, T)
    norm = np.sqrt(np.sum(g * g, axis=(1, 2), keepdims=True))
    return sum(g * np.minimum(1.0, bound / norm))
### batching.clip 6
def clipped(W, X, T, bound):
    def one(x, t):
        g = grad(loss)(W, x, t)
        norm = np.sqrt(np.sum(g * g))
        return g * np.minimum(1.0, bound / norm)

    return vmap(one)(X, T)
### batching.clip 6
def clipped(W, X, T, bound):
    g = vmap(grad(loss), in_axes=(None, 0, 0))(W, X, T)
    norm = np.sqrt(np.sum(g * g, axis=(1, 2), keepdims=True))
    return g * np.minimum(1.0, bound / norm)
### batching.clip 7
def clipped(W, X, T, bound):
    g = vmap(grad(loss), in_axes=(None, 0, 0))(W, X, T)
    norm = np.sqrt(np.sum(g * g))
    return np.mean(g * min(1.0, bound / norm), axis=0)
### batching.clip 8
def clipped(W, X, T, bound):
    g = vmap(grad(loss), in_axes=(None, 0, 0))(W, X, T)
    norm = np.sqrt(np.sum(g * g, axis=1, keepdims=True))
    return np.mean(g * np.minimum(1.0, bound / norm), axis=0)
### batching.clip 9
def clipped(W, X, T, bound):
    g = vmap(grad(loss), in_axes=(None, 0, 0))(W, X, T)
    norm = np.linalg.norm(g, axis=-1)[..., None]
    return (g * np.minimum(1.0, bound / norm)).mean(axis=0)
### batching.clip 10
def clipped(W, X, T, bound):
    def one(x, t):
        g = grad(loss)(W, x, t)
        norm = np.sqrt(np.sum(g * g))
        return g * np.minimum(1.0, bound / np.sum(g * g))

    return np.mean(vmap(one)(X, T), axis=0)
### batching.clip 10
def clipped(W, X, T, bound):
    g = vmap(grad(loss), in_axes=(None, 0, 0))(W, X, T)
    norm = np.sum(g**2, axis=(1, 2))
    factor = np.minimum(1.0, bound / norm)
    return np.mean(g * factor[:, None, None], axis=0)
### batching.clip 11
def clipped(W, X, T, bound):
    def one(x, t):
        g = grad(loss)(W, x, t)
        norm = np.sqrt(np.sum(g * g))
        return g * np.minimum(1.0, norm / bound)

    return np.mean(vmap(one)(X, T), axis=0)
### batching.clip 11
def clipped(W, X, T, bound):
    g = vmap(grad(loss), in_axes=(None, 0, 0))(W, X, T)
    norm = np.sqrt(np.sum(g * g, axis=(1, 2), keepdims=True))
    return np.mean(np.minimum(norm / bound, 1) * g, axis=0)
### batching.clip 12
def clipped(W, X, T, bound):
    def one(x, t):
        g = grad(loss)(W, x, t)
        norm = np.sqrt(np.sum(g * g))
        return g * np.minimum(1.0, bound / (norm + 1e-6))

    return np.mean(vmap(one)(X, T), axis=0)
### batching.clip 12
def clipped(W, X, T, bound):
    g = vmap(grad(loss), in_axes=(None, 0, 0))(W, X, T)
    norm = np.sqrt(np.sum(g * g, axis=(1, 2), keepdims=True))
    coef = np.clip(bound / (norm + 1e-6), None, 1.0)
    return np.mean(g * coef, axis=0)
### batching.clip 13
def clipped(W, X, T, bound):
    def one(x, t):
        g = grad(loss)(W, x, t)
        norm = np.sqrt(np.sum(g * g))
        return g / norm * np.minimum(norm, bound)

    return np.mean(vmap(one)(X, T), axis=0)
### batching.clip 13
def clipped(W, X, T, bound):
    g = vmap(grad(loss), in_axes=(None, 0, 0))(W, X, T)
    norm = np.sqrt(np.sum(g * g, axis=(1, 2), keepdims=True))
    return np.mean(g / norm * np.where(norm > bound, bound, norm), axis=0)
### batching.clip 14
def clipped(W, X, T, bound):
    def one(x, t):
        g = grad(loss)(W, x, t)
        norm = np.sqrt(np.sum(g * g))
        if norm > bound:
            g = g * bound / norm
        return g

    return np.mean(vmap(one)(X, T), axis=0)
### batching.clip 14
def clipped(W, X, T, bound):
    def one(x, t):
        g = grad(loss)(W, x, t)
        norm = np.sqrt(np.sum(g * g))
        return g * min(1.0, bound / norm)

    return np.mean(vmap(one)(X, T), axis=0)
### batching.clip 15
def clipped(W, X, T, bound):
    out = []
    for x, t in zip(X, T):
        g = grad(loss)(W, x, t)
        out.append(g * np.minimum(1.0, bound / np.sqrt(np.sum(g * g))))
    return np.mean(out, axis=0)
### batching.clip 15
def clipped(W, X, T, bound):
    total = np.zeros(W.shape)
    for k in range(len(X)):
        g = grad(loss)(W, X[k], T[k])
        norm = np.linalg.norm(g)
        total += g if norm <= bound else g * bound / norm
    return total / len(X)
### batching.entries 8
def entrywise(function, batched, *args):
    rank = max(np.ndim(a) - b for a, b in zip(args, batched))
    new = []
    for a, b in zip(args, batched):
        if b:
            new.append(np.reshape(a, [1] * (rank + 1 - np.ndim(a)) + list(a.shape)))
        else:
            new.append(a)
    return function(*new)
### batching.entries 9
def entrywise(function, batched, *args):
    a, b = args
    rank = max(a.ndim - batched[0], b.ndim - batched[1])
    if batched[0]:
        a = np.reshape(a, (len(a), *[1] * (rank + 1 - a.ndim), *a.shape[1:]))
    if batched[1]:
        b = np.reshape(b, (len(b), *[1] * (rank + 1 - b.ndim), *b.shape[1:]))
    return function(a, b)
### batching.entries 9
def entrywise(function, batched, *args):
    (a, b), (m, n) = args, batched
    rank = max(np.ndim(a) - m, np.ndim(b) - n)
    while m and a.ndim <= rank:
        a = a[:, None]
    while n and b.ndim <= rank:
        b = b[:, None]
    return function(a, b)
### batching.reduce 13
def reduced(function, batched, x, axis=None, keepdims=False):
    if axis is None:
        return function(x, axis=tuple(range(1, x.ndim)), keepdims=keepdims)
    return function(x, axis=axis + 1 if axis >= 0 else axis - 1, keepdims=keepdims)
### batching.reduce 14
def reduced(function, batched, x, axis=None, keepdims=False):
    if axis is None:
        for k in range(1, x.ndim):
            x = function(x, axis=k, keepdims=keepdims)
        return x
    return function(x, axis=axis + (axis >= 0), keepdims=keepdims)
### batching.reduce 14
def reduced(function, batched, x, axis=None, keepdims=False):
    n = x.ndim
    axes = [k for k in range(1, n)] if axis is None else [axis + 1 if axis >= 0 else axis]
    for k in axes:
        x = function(x, k, keepdims=keepdims)
    return x
### batching.reduce 15
def reduced(function, batched, x, axis=None, keepdims=False):
    if axis is None:
        axis = tuple(range(1, x.ndim))
    elif axis >= 0:
        axis = axis + 1
    return np.sum(x, axis=axis, keepdims=keepdims)
### batching.reduce 15
def reduced(function, batched, x, axis=None, keepdims=False):
    axes = tuple(range(1, x.ndim)) if axis is None else axis + 1 if axis >= 0 else axis
    return x.sum(axes, keepdims=keepdims)
### batching.reduce 16
def reduced(function, batched, x, axis=None, keepdims=False):
    if axis is None:
        axis = tuple(range(1, x.ndim))
    elif axis >= 0:
        axis = axis + 1
    return function(x, axis, keepdims)
### batching.reduce 16
def reduced(function, batched, x, axis=None, keepdims=False):
    axes = tuple(range(1, x.ndim)) if axis is None else axis + 1 if axis >= 0 else axis
    options = (axes, keepdims)
    return function(x, *options)
### batching.record 10
class Batched(Handover):
    def __init__(self, value):
        self.value = value

    shape = property(lambda self: np.shape(self.value)[1:])
    ndim = property(lambda self: len(self.shape))

    def __bool__(self):
        raise TypeError("a Batched holds many values at once, so an if cannot decide")

    def record(function, args, options):
        batched = [isinstance(a, Batched) for a in args]
        return Batched(BATCH[function](batched, *args, **options))
### batching.record 10
class Batched(Handover):
    def __init__(self, value):
        self.value = value

    shape = property(lambda self: np.shape(self.value)[1:])
    ndim = property(lambda self: len(self.shape))

    def __bool__(self):
        raise TypeError("a Batched holds many values at once, so an if cannot decide")

    def record(function, args, options):
        rule = BATCH[function]
        flags = tuple(type(a) is Batched for a in args)
        y = rule(flags, *list(args), **options)
        return y if isinstance(y, Batched) else Batched(y)
### batching.record 14
class Batched(Handover):
    def __init__(self, value):
        self.value = value

    shape = property(lambda self: np.shape(self.value)[1:])
    ndim = property(lambda self: len(self.shape))

    def __bool__(self):
        raise TypeError("a Batched holds many values at once, so an if cannot decide")

    def record(function, args, options):
        batched = [isinstance(a, Batched) for a in args]
        plain = [a.value if isinstance(a, Batched) else a for a in args]
        return Batched(entrywise(function, batched, *plain, **options))
### batching.record 14
class Batched(Handover):
    def __init__(self, value):
        self.value = value

    shape = property(lambda self: np.shape(self.value)[1:])
    ndim = property(lambda self: len(self.shape))

    def __bool__(self):
        raise TypeError("a Batched holds many values at once, so an if cannot decide")

    def record(function, args, options):
        batched = [isinstance(a, Batched) for a in args]
        plain = [a.value if isinstance(a, Batched) else a for a in args]
        rule = functools.partial(BATCH[np.add].func, function)
        return Batched(rule(batched, *plain, **options))
### batching.record 15
class Batched(Handover):
    def __init__(self, value):
        self.value = value

    shape = property(lambda self: np.shape(self.value)[1:])
    ndim = property(lambda self: len(self.shape))

    def __bool__(self):
        raise TypeError("a Batched holds many values at once, so an if cannot decide")

    def record(function, args, options):
        batched = [isinstance(a, Batched) for a in args]
        plain = [a.value if isinstance(a, Batched) else a for a in args]
        return Batched(BATCH[function](batched, *plain, options))
### batching.record 15
class Batched(Handover):
    def __init__(self, value):
        self.value = value

    shape = property(lambda self: np.shape(self.value)[1:])
    ndim = property(lambda self: len(self.shape))

    def __bool__(self):
        raise TypeError("a Batched holds many values at once, so an if cannot decide")

    def record(function, args, options):
        flags = [hasattr(a, "value") for a in args]
        everything = [getattr(a, "value", a) for a in args] + [options]
        return Batched(BATCH[function](flags, *everything))
### batching.vmap 14
def vmap(f, in_axes=0):
    def of(*args):
        axes = in_axes if isinstance(in_axes, tuple) else [in_axes] * len(args)
        inside = [a if axis is None else Batched(a) for a, axis in zip(args, axes)]
        y = f(inside)
        return y.value
    return of
### batching.vmap 14
def vmap(f, in_axes=0):
    def of(*args):
        axes = in_axes if isinstance(in_axes, tuple) else (in_axes,) * len(args)
        inside = []
        for a, axis in zip(args, axes):
            inside += [Batched(a) if axis == 0 else a]
        out = f(inside)
        return out.value if isinstance(out, Batched) else np.stack([out] * len(args[0]))
    return of
### batching.clip 16
def clipped(W, X, T, bound):
    def one(x, t):
        g = grad(loss)(W, x, t)
        norm = np.sqrt(np.sum(g * g))
        return np.minimum(g, bound)

    return np.mean(vmap(one)(X, T), axis=0)
### batching.clip 17
def clipped(W, X, T, bound):
    def one(x, t):
        g = grad(loss)(W, x, t)
        norm = np.sqrt(np.sum(g * g))
        return np.where(norm > bound, bound, g)

    return np.mean(vmap(one)(X, T), axis=0)
### batching.clip 17
def clipped(W, X, T, bound):
    g = vmap(grad(loss), in_axes=(None, 0, 0))(W, X, T)
    norm = np.linalg.norm(g.reshape(len(g), -1), axis=1)
    g[norm > bound] = bound
    return g.mean(axis=0)
### batching.clip 18
def clipped(W, X, T, bound):
    g = grad(loss)(W, X, T)
    norm = np.sqrt(np.sum(g * g))
    return g * np.minimum(1.0, bound / norm)
### batching.clip 18
def clipped(W, X, T, bound):
    g = vmap(grad(loss))(W, X, T)
    norm = np.sqrt(np.sum(g * g, axis=(1, 2), keepdims=True))
    return np.mean(g * np.minimum(1.0, bound / norm), axis=0)
### batching.clip 18
def clipped(W, X, T, bound):
    def one(x, t):
        g = grad(loss)(x, W, t)
        return g * np.minimum(1.0, bound / np.sqrt(np.sum(g * g)))
    return np.mean(vmap(one)(X, T), axis=0)
### batching.clip 19
def clipped(W, X, T, bound):
    def one(x, t):
        g = grad(loss)(W, x, t)
        norm = np.sqrt(np.sum(g * g))
        return g * np.minimum(1.0, bound / np.sum(np.absolute(g)))

    return np.mean(vmap(one)(X, T), axis=0)
### batching.clip 19
def clipped(W, X, T, bound):
    g = vmap(grad(loss), in_axes=(None, 0, 0))(W, X, T)
    norm = abs(g).sum(axis=(1, 2))
    factor = np.minimum(1.0, bound / norm)
    return np.mean(factor[:, None, None] * g, axis=0)
### batching.entries 10
def entrywise(function, batched, *args):
    rank = max(np.ndim(a) - b for a, b in zip(args, batched))
    lined_up = []
    for a in args:
        shape = np.shape(a)
        new = [1] * (rank + 1 - len(shape))
        lined_up.append(np.reshape(a, (*shape[:1], *new, *shape[1:])))
    return function(*lined_up)
### batching.entries 10
def entrywise(function, batched, *args):
    rank = max(np.ndim(a) - b for a, b in zip(args, batched))
    lined_up = [np.reshape(a, a.shape[:1] + (1,) * (rank + 1 - a.ndim) + a.shape[1:]) for a in args]
    return function(*lined_up)
### batching.clip 20
def clipped(W, X, T, bound):
    g = vmap(grad(loss), in_axes=(None, 0, 0))(W, X, T)
    norm = np.sqrt(np.sum(g * g, axis=(1, 2)))
    return np.mean(g * np.minimum(1.0, bound / norm), axis=0)
### batching.clip 20
def clipped(W, X, T, bound):
    g = vmap(grad(loss), in_axes=(None, 0, 0))(W, X, T)
    norm = np.linalg.norm(g, axis=(1, 2))
    factor = np.where(norm > bound, bound / norm, 1.0)
    return (factor * g).mean(axis=0)
### batching.clip 21
def clipped(W, X, T, bound):
    def one(x, t):
        g = grad(loss)(W, x, t)
        norm = np.sqrt(np.mean(g * g))
        return g * np.minimum(1.0, bound / norm)

    return np.mean(vmap(one)(X, T), axis=0)
### batching.clip 21
def clipped(W, X, T, bound):
    g = vmap(grad(loss), in_axes=(None, 0, 0))(W, X, T)
    norm = np.sqrt((g**2).mean(axis=(1, 2), keepdims=True))
    return (g * np.minimum(1.0, bound / norm)).mean(axis=0)
### batching.entries 11
def entrywise(function, batched, *args):
    rank = max(np.ndim(a) - 1 for a, b in zip(args, batched) if b)
    lined = []
    for a, b in zip(args, batched):
        while b and np.ndim(a) < rank + 1:
            a = a[:, None]
        lined.append(a)
    return function(*lined)
### batching.entries 11
def entrywise(function, batched, *args):
    ranks = [a.ndim - 1 if b else 0 for a, b in zip(args, batched)]
    lined = [
        np.expand_dims(a, tuple(range(1, 1 + max(ranks) - r))) if b else a
        for a, b, r in zip(args, batched, ranks)
    ]
    return function(*lined)
### batching.matmul 10
def matmul(batched, a, b):
    row, column = a.ndim - batched[0] == 1, b.ndim - batched[1] == 1
    a = a[..., None, :] if row else a
    b = b[..., None] if column else b
    y = a @ b
    return y[..., 0] if column else y
### batching.matmul 10
def matmul(batched, a, b):
    if np.ndim(a) - batched[0] == 1:
        a = np.expand_dims(a, -2)
    if np.ndim(b) - batched[1] == 1:
        return np.squeeze(a @ np.expand_dims(b, -1), axis=-1)
    return a @ b
### batching.matmul 11
def matmul(batched, a, b):
    row, column = a.ndim - batched[0] == 1, b.ndim - batched[1] == 1
    a = a[..., None, :] if row else a
    b = b[..., None] if column else b
    y = a @ b
    return y[..., 0, :] if row else y
### batching.matmul 11
def matmul(batched, a, b):
    if np.ndim(b) - batched[1] == 1:
        b = np.expand_dims(b, -1)
    if np.ndim(a) - batched[0] == 1:
        return np.squeeze(np.expand_dims(a, -2) @ b, axis=-2)
    return a @ b
### batching.vmap 15
def vmap(f, in_axes=0):
    def of(*args):
        axes = in_axes if isinstance(in_axes, tuple) else (0,)
        y = f(*[a if axis is None else Batched(a) for a, axis in zip(args, axes)])
        n = [len(a) for a, axis in zip(args, axes) if axis == 0][0]
        return y.value if isinstance(y, Batched) else np.stack([y] * n)
    return of
### batching.vmap 16
def vmap(f, in_axes=0):
    if in_axes == 0:
        in_axes = (0,)

    def of(*args):
        inside = []
        for a, axis in zip(args, in_axes):
            inside.append(a if axis is None else Batched(a))
        return f(*inside).value
    return of
### batching.vmap 17
def vmap(f, in_axes=0):
    def of(*args):
        axes = [in_axes] if in_axes == 0 else in_axes
        y = f(*[a if axis is None else Batched(a) for a, axis in zip(args, axes)])
        if isinstance(y, Batched):
            y = y.value
        return y
    return of
### batching.vmap 18
def vmap(f, in_axes=0):
    def of(*args):
        axes = (in_axes,) if in_axes == 0 else in_axes
        pairs = list(zip(args, axes, strict=True))
        y = f(*[a if axis is None else Batched(a) for a, axis in pairs])
        n = [len(a) for a, axis in pairs if axis == 0][0]
        return y.value if isinstance(y, Batched) else np.array([y] * n)
    return of
### batching.vmap 19
def vmap(f, in_axes=0):
    axes = (0,) if in_axes == 0 else in_axes

    def of(*args):
        return f(*[a if x is None else Batched(a) for a, x in zip(args, axes, strict=True)]).value
    return of
### batching.vmap 24
def vmap(f, in_axes=0):
    def of(*args):
        axes = [0] if in_axes == 0 else in_axes
        inside = list(args)
        for k in range(len(args)):
            if axes[k] == 0:
                inside[k] = Batched(args[k])
                n = len(args[k])
        y = f(*inside)
        return y.value if isinstance(y, Batched) else np.stack([y] * n)
    return of
### batching.vmap 22
def vmap(f, in_axes=0):
    def of(*args):
        axes = (0,) if in_axes == 0 else in_axes
        inside = list(args)
        for k in range(len(args)):
            if axes[k] == 0:
                inside[k] = Batched(args[k])
        return f(*inside).value
    return of
""")

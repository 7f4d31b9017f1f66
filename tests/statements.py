"""Programs of statements that source transformation may read wrongly: aliases, changes in place,
lists, dicts, closures, state. `python tests/statements.py 0 50000` looks at seeds 0 to 49999.

What is right is known from the plain program: its value, and its differences. `source` must say the
same, or a sentence. To find out how Python meets a statement, add a line to `STATEMENTS`.
"""

import collections
import contextlib
import io
import linecache
import random
import re
import signal
import sys
import traceback
import warnings

import numpy as np

from elves import reverse, source
from elves.errors import ElfError

HELPERS = """
import bisect, collections, contextlib, copy, dataclasses, functools, heapq, itertools, json
import math, operator, pickle, random, statistics
import numpy as np

STORE, CACHE, LAST, SEEN = [], {"w": 2.0}, 1.5, np.ones(3)
Pair = collections.namedtuple("Pair", "left right")


class Box:
    w = 2.0
    def __init__(self, w):
        self.w = w
    def __call__(self, y):
        return y * self.w
    def times(self, y):
        return y * self.w
    def set(self, y):
        self.w = y
        return y
    def add(self, y):
        self.w += y
    @property
    def half(self):
        return self.w / 2
    @staticmethod
    def double(y):
        return 2 * y
    def __enter__(self):
        return self.w
    def __exit__(self, *e):
        self.w = 1.0


@dataclasses.dataclass
class Point:
    x: float
    y: float = 1.0


BOX = Box(2.0)
def bump(a):
    a[0] += 1.0
def scale(a, s):
    a *= s
def scaled(a, s):
    a *= s
    return a
def squared(a):
    a = a * a
    return a
def fill(a, s):
    for k in range(len(a)):
        a[k] = a[k] * s + k
    return a
def store(d, k, s):
    d[k] = s
def push(xs, s):
    xs.append(s)
def pushed(xs, s):
    xs.append(s)
    return xs
def grow(xs, s):
    xs += [s]
    return xs
def shrink(xs):
    return xs.pop()
def deep(a, s):
    bump(a)
    return a[0] * s
def head(a):
    return a[:2]
def same(a):
    return a
def pair(a, s):
    return a, s
def remember(s):
    global LAST
    LAST = s
def keep(s):
    STORE.append(s)
def cache(s):
    CACHE["w"] = s
    return s
def hold(a, at=[]):
    at.append(a)
    return at[-1]
def first(a, *others, k=0):
    return a[k] * len(others) if np.ndim(a) else a
def product(*ys):
    z = 1.0
    for y in ys:
        z = z * y
    return z
def named(**ys):
    return ys["p"] * ys["q"]
def affine(y, s=2.0, *, t=0.5):
    return y * s + t
def smooth(y, k=2):
    for i in range(k):
        y = np.sin(y) + 0.1 * i
    return y
def total(ys):
    z = 0.0
    for y in ys:
        z = z + y
    return z
def power(y, n):
    return 1.0 if n == 0 else y * power(y, n - 1)
def walk(y, out):
    if y < 0.2:
        return out
    out.append(y)
    return walk(y * 0.5, out)
def early(y, a):
    for k in range(3):
        if a[k] > y:
            return a[k] * y
        if k > 1:
            break
    else:
        return y
    return y * y
def twice(g):
    return lambda y: g(g(y))
def apply(g, y):
    return g(y)
def numbers(y):
    yield y
    yield y * y
@functools.lru_cache
def cached(y):
    return y * y
@twice
def decorated(y):
    return y * 1.1
PART = functools.partial(affine, s=3.0)
OUTER = {"w": np.arange(3.0)}
"""
EXPR = [
    "NUM", "NUM", "NUM", "C", "ARR[I]", "np.sin(E)", "E * E", "(E + C)", "(E - E)", "np.sum(VEC)",
    "np.tanh(E)", "smooth(E)", "ARR[I] * C", "np.mean(VEC)", "abs(E)", "E / (1.5 + np.square(E))",
]  # fmt: skip
VECTOR = ["ARR", "ARR", "ARR * E", "np.sin(ARR)", "(ARR + ARR)", "ARR * C", "ARR[::-1]", "MAT[0]"]
TEST = [
    "NUM > 0.3", "np.sum(ARR) < 1.0", "C < NUM < 1.2", "ARR[I] > NUM", "not NUM > 0.6", "E > E",
    "NUM > 0.2 and ARR[0] < 1", "np.all(ARR > -2)", "len(ARR) > 2", "NUM < C or ARR[1] > 0.1",
]  # fmt: skip

# ------------------------------------------------------------ statements
# NEW is a new name, of the kind that stands first: a number, array, matrix, list, dict or other.
# NUM, ARR, MAT, LST, DCT are variables; with a digit, the same one each time. E is a number, VEC an
# array, T a test, I an index, C a constant, W a key. BODY is a block of statements.
STATEMENTS = """
n NEW = E
n NEW = E
a NEW = VEC
m NEW = np.outer(VEC, VEC)
l NEW = [E, E, E]
d NEW = {'a': E, 'b': E}
- NUM1 = E
- ARR1 = VEC
- NUM1 += E
- NUM1 *= E
- NUM1, NUM2 = NUM2, NUM1
- ARR1, ARR2 = ARR2, ARR1; ARR1[I] = E
# aliases
a NEW = ARR
a NEW = ARR1; NEW[I] = E
a NEW = ARR1; ARR1[I] = E
a NEW = ARR1; ARR1 = ARR1 * C; ARR1[I] = E
a NEW = ARR1; NEW += VEC
a NEW = ARR1; ARR1 *= E
o NEW = ARR1[..., np.newaxis]; ARR1[1] = E
a NEW = np.asarray(ARR1); NEW[0] = E
a NEW = np.asanyarray(ARR1); NEW[0] = E
a NEW = np.ascontiguousarray(ARR1); NEW[0] = E
a NEW = np.array(ARR1); NEW[0] = E
a NEW = np.array(ARR1, copy=False); NEW[0] = E
a NEW = ARR1.view(); NEW[0] = E
a NEW = ARR1.copy(); NEW[0] = E
a NEW = ARR1.copy(); ARR1[0] = E
a NEW = ARR1.astype(float); NEW[0] = E
a NEW = copy.copy(ARR1); NEW[0] = E
a NEW = copy.deepcopy(ARR1); NEW[0] = E
a NEW = +ARR1; NEW[0] = E
a NEW = ARR1 * 1; NEW[0] = E
a NEW = ARR1 + 0; ARR1[0] = E
a NEW = np.real(ARR1); NEW[0] = E
a NEW = ARR1.real; NEW[0] = E
a NEW = np.positive(ARR1); ARR1[0] = E
a NEW = np.roll(ARR1, 1); NEW[0] = E
a NEW = np.nan_to_num(ARR1, copy=False); NEW[0] = E
a NEW = np.clip(ARR1, -9, 9); NEW[0] = E
a NEW = ARR1 if T else VEC; ARR1[I] = E
o t = (ARR1, E); t[0][I] = E; NEW = t[0] * t[1]
o t = [ARR1]; t[0] = t[0] + E; NEW = t[0]
o t = {'w': ARR1.copy()}; t['w'] *= E; NEW = t['w']
n t = [E, E]; u = t; u += [E]; NEW = t[-1]
# lists
l NEW = LST1
l NEW = LST1; NEW.append(E)
l NEW = LST1; LST1.append(E)
l NEW = LST1; NEW[0] = E
l NEW = LST1; LST1[0] = E
l NEW = LST1; LST1 += [E]
l NEW = LST1.copy(); NEW[0] = E
l NEW = LST1.copy(); LST1.append(E)
l NEW = copy.copy(LST1); LST1[0] = E
l NEW = copy.deepcopy(LST1); LST1[0] = E
l NEW = LST1 + []; NEW[0] = E
l NEW = LST1 * 1; NEW[0] = E
l NEW = LST1[1:] + LST1[:1]
l NEW = LST * 2
l NEW = 2 * LST
l NEW = [E] * 3
l NEW = [0.0] * 3; NEW[I] = E
l NEW = []; NEW.append(E); NEW.append(E)
l NEW = []; for k in range(3): NEW.append(E * k)
l NEW = []; for y in ARR: NEW.append(y * y)
l NEW = []; for y in LST: NEW += [y * y]
l NEW = []; for y in LST: NEW = NEW + [y * y]
l NEW = ARR.tolist()
l NEW = list(ARR)
l NEW = [*ARR]
l NEW = list(map(np.sin, LST))
l NEW = list(filter(lambda p: p > 0.1, LST))
l NEW = list(itertools.accumulate(LST))
l NEW = list(itertools.chain(LST, [E]))
l NEW = list(itertools.islice(LST, 2))
l NEW = list(numbers(E))
l NEW = [E for k in range(2)]
l NEW = [y * k for k, y in enumerate(LST)]
l NEW = [y * z for y, z in zip(LST, ARR)]
l NEW = [y for y in LST if y > 0.2]
l NEW = [y * z for y in LST for z in ARR]
l NEW = [ARR[k] * k for k in range(3)]
l NEW = [smooth(y) for y in LST]
- LST1.append(E)
- LST1.pop()
- LST1[0] = E
- LST1[-1] *= E
- LST1[I % 2] += E
- LST1 += [E]
- LST1[0], LST1[-1] = LST1[-1], LST1[0]
- for y in LST1:;  if len(LST1) < 6: LST1.append(y * C)
- for k in range(len(LST1)): LST1[k] = LST1[k] * E
- for k, y in enumerate(LST1): LST1[k] = y * y
- for k, y in enumerate(LST1, start=1): LST1[k % 2] = y * E
- for LST1[0] in (E, E): pass
- while len(LST1) > 2: NUM1 = NUM1 + LST1.pop()
- while LST1:;  NUM1 = NUM1 + LST1.pop();  if NUM1 > 2: break; LST1.append(E)
- (LST1 if T else LST2)[0] = E
- add = LST1.append; add(E)
n NEW = LST1.pop() * LST1[0]
n NEW = len(LST) * E
n NEW = E if NUM in LST else E
n NEW = LST.index(LST[1]) * E
n NEW = LST.count(LST[0]) * E
n NEW = sum(LST)
n NEW = max(LST)
n NEW = min(LST)
n NEW = max(*LST)
n NEW = max(E, E)
n NEW = max(LST, key=lambda y: -y)
n NEW = math.prod(LST)
n NEW = math.fsum(LST)
n NEW = statistics.mean(LST)
n NEW = sorted(LST)[0]
n NEW = list(reversed(LST))[0]
n NEW = sum(y * y for y in LST)
n NEW = sum(y * y for y in ARR)
n NEW = sum(y * z for y, z in zip(LST, ARR))
n NEW = sum(y for y in LST if y > 0.2)
n NEW = any(y > 0.2 for y in LST) * E
n NEW = all([y > 0.2 for y in LST]) * E
n NEW = next(y for y in LST if y > -9)
n NEW = next(iter(LST))
n NEW = sum(map(np.sin, LST))
n NEW = sum(y * z for y, z in itertools.pairwise(LST))
n NEW = np.sum(np.array(LST))
n NEW = np.sum(LST)
n NEW = np.array([*LST])[0]
n NEW = np.stack([E, E])[1]
n NEW = np.dot(ARR, [E, E, E])
n NEW = total(LST)
n NEW = NUM1; for y in LST: NEW += y * E
n NEW = NUM1; for y in LST[::-1]: NEW = NEW * C + y
n NEW = NUM1; for y in reversed(LST): NEW = NEW * C + y
n NEW = NUM1; for k, y in enumerate(LST): NEW += y * k
n NEW = NUM1; for k, y in enumerate(LST, start=1): NEW += y * k
n NEW = NUM1; for y, z in zip(LST, reversed(LST)): NEW += y * z
n NEW = NUM1; for y, z in zip(LST, LST[1:]): NEW += y * z
n NEW = NUM1; for k, (y, z) in enumerate(zip(LST, ARR)): NEW += y * z * k
n NEW = NUM1; for y in sorted(LST): NEW = NEW * C + y
n NEW = NUM1; for y in (E, E): NEW *= y
n NEW = NUM1; for y, z in [(E, E), (C, E)]: NEW += y * z
n NEW = NUM1; for y, (z, w) in [(E, (E, C))]: NEW += y * z * w
n NEW = NUM1; for y in iter(LST): NEW += y
n NEW = NUM1; for y in set([C, 2.0]): NEW += y * E
n NEW = NUM1; for y in numbers(E): NEW += y
n NEW = NUM1; for NEW in LST: pass
n NEW = NUM1; for NEW in ARR: pass
o NEW, other = LST[:2]
n (NEW, p), q = (E, E), E; NEW = NEW * p * q
n [NEW, p] = [E, E]; NEW = NEW * p
n NEW = p = E; p += E; NEW = NEW * p
n p = (E, E); q, NEW = p; NEW = NEW * q
n p = E, E; p += (E,); NEW = p[2]
n p = (E,) * 2; NEW = p[0] + p[1]
n p = [E, E]; q = p; p[0] = E; NEW = q[0]
n p = slice(0, 2); NEW = np.sum(ARR[p]) + sum(LST[p])
n p = iter(LST); NEW = next(p) * next(p)
n p = collections.Counter(); p['w'] += E; NEW = p['w']
n p = collections.defaultdict(float); p['w'] += E; NEW = p['w']
l NEW = LST1[:]; NEW[0] = E
l NEW = list(LST1); NEW[0] = E
l NEW = list(LST1); LST1[0] = E
l NEW = [*LST1]; NEW[0] = E
l NEW = [*LST1, E]
l NEW = [E, *VEC]
l NEW = sorted(LST1); NEW[0] = E
l NEW = list(reversed(LST1)); NEW[0] = E
l NEW = LST1[::-1]; LST1[0] = E
l NEW = LST + LST
l NEW = [y * E for y in LST]
l NEW = [y * E for y in ARR]
l NEW = [y if y > 0.2 else E for y in LST]
l NEW = [(y, E)[k % 2] for k, y in enumerate(ARR)]
n NEW = sum(LST, E)
n NEW = sum([*LST, E])
n NEW = sum(LST[1:])
n NEW = sum([y * E for y in LST])
n NEW = sum(y * E for y in (0.5, 1.5))
n NEW = sum(E for k in range(3))
n NEW = functools.reduce(lambda p, q: p * q, LST)
n NEW = functools.reduce(lambda p, k: p * k + E, [1.0, 2.0], E)
n NEW = sum(map(lambda y: y * E, [1.0, 2.0]))
n NEW = total([*LST, E])
n NEW = total(y * y for y in LST)
n NEW = NUM1; for y in itertools.chain(LST, ARR): NEW += y
n NEW, *other = LST; NEW = NEW + total(other)
n NEW, *other, last = E, E, E, E; NEW = NEW + last + other[0]
n *other, NEW = LST
# dicts
d NEW = DCT1
d NEW = DCT1; NEW['a'] = E
d NEW = DCT1; DCT1['b'] = E
d NEW = DCT1.copy(); NEW['a'] = E
d NEW = DCT1.copy(); DCT1['b'] *= E
d NEW = dict(zip('ab', LST))
d NEW = {k: E for k in 'ab'}
d NEW = {}; NEW['a'] = E; NEW['b'] = E
d NEW = {}; for k in 'ab': NEW[k] = E
d NEW = {W: E, 'a': E, 'b': E}
- DCT1['a'] = E
- DCT1['c'] = E
- DCT1[W] *= E
- DCT1[W] += DCT1['b']
- for k in ('a', 'b'): DCT1[k] = E
- DCT1['a'], DCT1['b'] = DCT1['b'], DCT1['a']
- (DCT1 if T else DCT2)['a'] = E
n NEW = DCT['a'] * DCT['b']
n NEW = DCT[W]
n NEW = len(DCT) * E
n NEW = E if 'a' in DCT else E
n NEW = E if 'z' in DCT else E
n p = {0.5: E}; NEW = p[0.5]
n p = {E: 2.0}; NEW = sum(p.keys())
n p = {round(E, 3)}; NEW = p.pop()
n p = {k: k * 2.0 for k in range(3)}; NEW = p[1] * E
d NEW = dict.fromkeys('ab', E)
- for k in list(DCT1): DCT1[k] *= E
# in place, by NumPy
- ARR1[I] = E
- ARR1[I] += E
- ARR1[I] -= E
- ARR1[I] /= 1.5 + np.square(E)
- ARR1[I] **= 2
- ARR1[1:] = ARR1[:-1] * E
- ARR1[:-1] = ARR1[1:]
- ARR1[1:] += ARR1[:-1]
- ARR1[::-1] = ARR1
- ARR1[:] = VEC
- ARR1[:] = E
- ARR1[...] = VEC
- ARR1[[0, 0, 2]] = VEC
- ARR1[[0, 0, 2]] += VEC
- ARR1[[2, 1]] *= E
- ARR1[ARR1 > 0.1] = E
- ARR1[ARR1 > 0.1] *= E
- ARR1[ARR1 > 9] = E
- ARR1[[True, False, True]] = E
- ARR1[np.argmax(ARR1)] = E
- ARR1[np.argsort(ARR1)] = VEC
- ARR1[np.array(1)] = E
- ARR1[(0,)] = E
- ARR1[slice(0, 2)] = E
- ARR1[int(NUM > 0.5)] = E
- ARR1[True] = E
- ARR1[-1:] = E
- ARR1[0], ARR1[1] = ARR1[1], ARR1[0]
- ARR1[0], NUM1 = NUM1, ARR1[0]
- ARR1[[0, 1]] = ARR1[[1, 0]]
- ARR1 += VEC
- ARR1 -= E
- ARR1 *= VEC
- ARR1 /= 1.5 + np.square(VEC)
- ARR1 **= 2
- ARR1 @= MAT
- MAT1 @= MAT2
- MAT1[I, I] = E
- MAT1[:, 0] = VEC
- MAT1[0] = VEC
- MAT1[..., 1] *= E
- MAT1[[0, 0], [1, 1]] += E
- MAT1[np.ix_([0, 2], [1])] = E
- MAT1[np.tril_indices(3)] *= E
- MAT1[np.diag_indices(3)] = VEC
- MAT1[MAT1 > 0.1] = E
- MAT1[np.eye(3, dtype=bool)] = VEC
- MAT1[np.arange(3), np.argsort(ARR)] += E
- MAT1[1:, :2] += E
- MAT1[::-1, 0] = VEC
- MAT1 += VEC
- MAT1 *= VEC[:, None]
- MAT1[np.s_[1:, 0]] = E
- np.add.at(ARR1, [0, 0], E)
- np.add.at(ARR1, np.array([0, 2]), VEC[:2])
- np.add.at(MAT1, ([0, 0], [1, 1]), E)
- for k in np.ndindex(3, 3): MAT1[k] *= E
- for k in range(3): ARR1[k] = ARR1[k - 1] * E
- for k in range(2, -1, -1): ARR1[k] *= E
- for k, y in enumerate(ARR1): ARR1[(k + 1) % 3] = y * E
- for y in ARR1: ARR1[2] = y * E
- for ARR1[1] in VEC: pass
- for i in range(3): for j in range(i): MAT1[i, j] = MAT1[j, i] * E
- ARR1[:], NUM1 = VEC, E
- ARR1[:2] = E, E
- ARR1[:2] = [E, E]
- MAT1[:] = [VEC, VEC, VEC]
- ARR1[0] = ARR1[1] = E
- put = ARR1.__setitem__; put(0, E)
- np.asarray(ARR1)[0] = E
a NEW = np.empty(3); NEW[:] = E
a NEW = np.zeros_like(ARR); NEW[I] = E
a NEW = np.empty_like(ARR); for k in range(3): NEW[k] = ARR[k] * E
a NEW = np.zeros(3); NEW[:2] = VEC[1:]; NEW += E
a NEW = np.full(3, E); NEW[I] *= E
a NEW = np.full(3, 1); NEW[I] = E
a NEW = np.array([1, 2, 3]); NEW[I] = E
a NEW = np.zeros(3, int); NEW[0] = E
a NEW = np.arange(3); NEW = NEW * E
a NEW = np.arange(3.0); NEW[1] = E
a NEW = np.array([E, E, 1])
a NEW = np.array((E, 0, E)); NEW[1] = E
a NEW = np.sin(VEC, where=ARR > 0.1, out=np.ones(3))
a NEW = np.fromiter((y * E for y in ARR), float)
a NEW = np.array([y * E for y in range(3)])
a NEW = np.vectorize(lambda y: y * E)(ARR)
a NEW = np.fromfunction(lambda k: k * E, (3,))
a NEW = np.piecewise(ARR, [ARR > 0.1], [lambda y: y * y, 0.5])
a NEW = np.select([ARR > 0.1], [VEC], E)
a NEW = np.frompyfunc(lambda y: y * y, 1, 1)(ARR).astype(float)
a NEW = np.concatenate([ARR[:1], ARR[1:]])
a NEW = np.append(ARR[:2], E)
a NEW = np.insert(ARR[:2], 1, E)
a NEW = np.hstack([ARR[:2], E])
a NEW = np.asarray([E, E, E])
a NEW = np.array(tuple(LST[:1]) * 3)
a NEW = np.sort(ARR)
a NEW = ARR[np.argsort(-ARR)]
a NEW = np.linspace(NUM, E, 3)
a NEW = np.interp(ARR, [0.0, 1.0], [E, E])
m NEW = np.tile(ARR, (3, 1)); NEW[1] *= E
m NEW = np.array([ARR, VEC, ARR]); NEW[I] += E
m NEW = np.array([[y * z for y in ARR] for z in ARR])
m NEW = np.zeros((3, 3)); for i in range(3): for j in range(3): NEW[i, j] = ARR[i] * E
m NEW = np.triu(MAT); NEW[1] = E
n NEW = ARR[::-1][0] * ARR[-2:][1]
n NEW = np.sum(ARR[[0, 0, 2]] * VEC)
n NEW = np.sum(ARR[ARR > 0.1])
n NEW = np.sum(MAT[..., 0] * MAT[0, ...])
n NEW = np.sum(MAT[:, None] * ARR[None, :, None])
n NEW = np.sum(MAT[np.ix_([0, 2], [1, 1])])
n NEW = np.sum(MAT[np.tril_indices(3)])
n NEW = np.sum(MAT[[0, 0, 1], [1, 1, 2]])
n NEW = np.sum(MAT[1:, ::-2])
n NEW = np.sum(np.take(ARR, [0, 0, 1]))
n NEW = np.sum(np.delete(ARR, 1))
n NEW = np.sum(np.c_[ARR, VEC])
n NEW = np.sum(np.lib.stride_tricks.sliding_window_view(ARR, 2) * E)
n NEW = ARR.__getitem__(1) * E
n NEW = operator.itemgetter(0)(LST)
n NEW = NUM1; for y in np.nditer(ARR): NEW = NEW + y * E
n NEW = NUM1; for y in ARR.flat: NEW += y * y
n NEW = NUM1; for k, y in np.ndenumerate(ARR): NEW += y * k[0]
n NEW = NUM1; for y in MAT: NEW += np.sum(y * y)
n NEW = NUM1; for y, z in MAT[:, :2]: NEW += y * z
n y, z, NEW = ARR; NEW = NEW * y
n (y, z), NEW = ARR[:2], E; NEW = NEW * y
a NEW = np.add(ARR, E, out=np.zeros(3))
a NEW = np.array([y * E for y in ARR])
a NEW = np.array(list(map(np.sin, ARR)))
a NEW = np.stack([y * E for y in ARR])
a NEW = np.array([*ARR])
m NEW = np.vstack([ARR, VEC, ARR]); ARR1[0] = E
n NEW = ARR.item(0) * ARR.item(1)
# helpers that change things
- map(bump, [ARR1])
- list(map(bump, [ARR1]))
- functools.partial(scale, s=2.0)(ARR1)
- (bump if T else same)(ARR1)
- store(CACHE, 'w', E); NUM1 = CACHE['w']
a NEW = same(ARR1); NEW[1] = E
a NEW = same(ARR1); ARR1[1] = E
a NEW = squared(ARR1); NEW[1] = E
o NEW = head(ARR1); NEW[0] = E
o NEW = head(ARR1); ARR1[0] = E
a NEW = hold(ARR1); ARR1[0] = E
n NEW = deep(ARR1, E)
n NEW = hold(E)
n NEW = power(E, 3)
n NEW = first(ARR, *LST)
# state
n NEW = LAST; remember(E); NEW = NEW * LAST
n p = OUTER['w']; p[0] = E; NEW = np.sum(OUTER['w'])
n NEW = np.sum(OUTER['w'] * VEC)
n NEW = BOX.half * BOX.double(E)
n NEW = cached(E)
n NEW = decorated(E)
n NEW = BOX.__call__(E)
n NEW = Box.times(BOX, E)
n NEW = cache(E) * CACHE['w']
n NEW = apply(smooth, E)
# arguments
n NEW = product(*LST)
n NEW = affine(E, t=E)
n NEW = affine(t=E, y=E)
n NEW = functools.partial(smooth, k=3)(E)
n g = np.sin if T else np.cos; NEW = g(E)
n g = {'p': np.sin}['p']; NEW = g(E)
n g = lambda y: y * E; NEW = g(E)
n g = lambda y, s=2.0: y * s; NEW = g(E) + g(E, s=E)
n NEW = product(*[E, E])
n NEW = affine(*[E, E])
n NEW = affine(*(E, 2.0), t=E)
n NEW = affine(**{'y': E, 's': E})
n kw = {'s': E}; NEW = affine(E, **kw)
n NEW = np.hypot(*[E, E])
n NEW = np.maximum(*(E, E))
n NEW = (lambda y: y * E)(E)
# closures
n def g(y):;  return y * NUM1;; NUM1 = E; NEW = g(E)
n def g(y):;  return y * np.sum(ARR1);; ARR1 = VEC; NEW = g(E)
n def g(y):;  return y * np.sum(ARR1);; ARR1[0] = E; NEW = g(E)
n def g(y):;  return y * LST1[0];; LST1[0] = E; NEW = g(E)
n def g(a):;  a = a * E;  return a;; NEW = np.sum(g(ARR1))
n def g(y, s=2.0, *, t=3.0):;  return y * s + t;; NEW = g(E, t=E)
n def g(y, n):;  return y if n == 0 else g(y * E, n - 1);; NEW = g(E, 2)
n def g(y, n):;  if n == 0:;   return y;;  return np.sin(g(y, n - 1)) * E;; NEW = g(E, 2)
n def g(y):;  def h(z):;   return y * z * NUM1;;  return h(y);; NEW = g(E)
n def g(y):;  return y, [y, NUM1];; y, (z, NEW) = g(E); NEW = NEW * y * z
n def g(y):;  return {'p': y};; NEW = g(E)['p']
n def g(y):;  z = y;  z += 1.0;  return z;; NEW = g(NUM1) * NUM1
n def helper(y, b, ys):;  BODY;  return y;; NEW = helper(E, ARR1, LST1)
n def helper(y, b, ys):;  BODY;  return y * b[0] + ys[-1];; NEW = helper(E, ARR1, LST1)
n def helper(y, b, ys):;  BODY;  return y * b[0] + ys[-1];; NEW = helper(E, ARR1 * 1, LST1.copy())
n def helper(y, b, ys):;  BODY;  return y * b[0] + ys[-1];; NEW = helper(E, VEC * 1.0, [E, E])
a def helper(y, b, ys):;  BODY;  return b * y * ys[0];; NEW = helper(E, ARR1 * 1.0, [E, E])
a def helper(y, b, ys):;  BODY;  return b;; NEW = helper(E, ARR1, [E, E]); NEW[0] = E
- def helper(y, b, ys):;  BODY;; helper(E, ARR1, LST1)
- def helper(y, b, ys):;  BODY;  return y, b, ys;; NUM1, ARR1, LST1 = helper(E, ARR1, LST1)
n def helper(y, b, ys):;  if y > 0.3:;   return b[0];;  BODY;  return y;; NEW = helper(E, VEC, [E])
n def g(y):;  for k in range(3):;   if y > k: return y * k;   y = y + C;;  return y;; NEW = g(E)
# walrus, choices
n NEW = E if T else E
n NEW = (E if T else E) if T else E
n NEW = E if 0.1 < NUM < 0.5 < ARR[2] else E
n NEW = E * (NUM1 > 0.3) + E * (not T)
n NEW = [E, E][T]
n NEW = (E, E)[int(NUM > 0.4)]
n NEW = {True: E, False: E}[bool(T)]
n NEW = E if NUM is not None else E
n NEW = E if isinstance(NUM, float) else E
n NEW = E if NUM == NUM else E
n NEW = max(0.1, E) if T else -E
n NEW = None; if T: NEW = E;; if NEW is None: NEW = E * 2
n NEW = None; for y in LST:;  if NEW is None or y > NEW: NEW = y
n NEW = -np.inf; for y in ARR:;  if y > NEW: NEW = y
n NEW = 1.0; if T: NEW = E
n if T: NEW = E;else: NEW = E
n if T: NEW = E;elif T: NEW = E;else: NEW = C
# loops with exits
- if T:;  BODY
- if T:;  BODY;else:;  BODY
- for k in range(3):;  BODY
- for k in range(2):;  BODY;  if T: break;;  BODY
- for k in range(3):;  if T: continue;;  BODY
- for y in ARR1:;  BODY;  NUM1 = NUM1 + y
- for k in range(3):;  if NUM1 > 1: return NUM1 * E;;  BODY
- while NUM1 < 1.2:;  NUM1 = abs(NUM1) + 0.5;  BODY
- while True:;  NUM1 = abs(NUM1) + 0.4;  if NUM1 > 1: break;;  if T: continue;;  BODY
- while True:;  NUM1 = abs(NUM1) + 0.4;  if NUM1 > 1: break;;  if T: return E;;  BODY
- for k in range(3):;  BODY;  if T: break;else:;  NUM1 = E
- while NUM1 < 1:;  NUM1 = abs(NUM1) + 0.4;else:;  BODY
- for i in range(2):;  for j in range(2):;   if T: break;;   BODY;;  NUM1 = NUM1 * C
- if T: return E
- if T:;  BODY;  return NUM1 * E
- try:;  BODY;finally:;  NUM1 = NUM1 * C
- with np.errstate(all='ignore'):;  BODY
- with contextlib.nullcontext():;  BODY
- pass
- 'a text'
- assert NUM1 == NUM1, E
- assert T or True
- if NUM1 > 99: raise ValueError(NUM1)
- if NUM1 != NUM1: raise ValueError(f'{NUM1}')
- print(NUM1, f'{E:.2f}', end='')
- print(*LST1)
- print(LST1, sep=str(E))
- NUM1: float = E
- NUM1 = NUM2 = E
- LST1 = LST2 = [E, E]; LST1.append(E)
- ARR1 = ARR2 = VEC; ARR1[0] = E
n NEW = 1.0; for k in range(3): NEW = NEW * k + E
n for k in range(3): NEW = E * k
n for k in range(3): pass;; NEW = E * k
n k = 5; for k in range(0): pass;; NEW = E * k
n k = 0; while k < 3:;  k += 1;  if k == 2: continue;  NUM1 = NUM1 * E; NEW = NUM1 * k
n NEW = NUM1; for i in range(3): for j in range(i): NEW = NEW + ARR[i] * ARR[j]
n NEW = NUM1; for i in range(3):;  if ARR[i] < 0: continue;;  NEW *= ARR[i]
n NEW = NUM1; for k in [0, 2]: NEW += ARR[k]
n NEW = NUM1; for y in np.arange(3.0): NEW += y * E
n NEW = NUM1; for y in np.linspace(0, E, 3): NEW += y * y
n NEW = NUM1; for y in ARR:;  y += 1.0;  NEW += y
n NEW = NUM1; y = ARR[0]; y += 1.0; NEW = y * ARR[0]
n y = ARR[0]; ARR1[0] = E; NEW = y
n y = LST1[0]; LST1[0] = E; NEW = y
n y = NUM1; NUM1 = E; NEW = y
n y = ARR1 * 1.0; ARR1 *= 2; NEW = np.sum(y)
# text and back
n NEW = float(f'{E}') * E
n NEW = float(format(E, '.17g'))
n NEW = json.loads(json.dumps(E))
n p = ''; p += str(E); NEW = float(p)
n p = io = str(E).strip(); NEW = float(io)
n NEW = float(E)
n NEW = np.float64(E)
n NEW = float(np.float64(E))
n NEW = int(E * 10) * E
n NEW = round(E, 1) * E
n NEW = E // 0.5 + E % 0.5
n NEW = divmod(E, 0.5)[1]
n NEW = math.floor(E) + math.sin(E)
n NEW = math.sqrt(abs(E) + 1) + math.exp(E)
n NEW = E.real * 2.0
n NEW = -E + +E * 2
n NEW = pow(abs(E) + 1, 2)
n NEW = bool(E) * E
n NEW = (E > 0) * E
n NEW = np.sum(np.float64(E) * np.ones(2))
n NEW = np.array(E)[()] * E
n p = np.array(E); p += 1.0; NEW = p * E
n NEW = float(str(E))
n NEW = float('{}'.format(E))
n NEW = pickle.loads(pickle.dumps(E))
n NEW = float.fromhex(float(E).hex())
n NEW = np.array(str(E)).astype(float)
n p = [f'{E}', '1.5']; NEW = float(p[0])
n NEW = complex(E).real
n NEW = (E + 0j).real
# chance
n np.random.seed(1); NEW = E * np.random.rand()
n rng = np.random.default_rng(0); NEW = rng.normal(E, 1.0)
n rng = np.random.default_rng(0); NEW = np.sum(rng.normal(size=3) * VEC)
n rng = np.random.default_rng(0); NEW = rng.choice(ARR)
n rng = np.random.default_rng(0); NEW = rng.random() * E + rng.random()
n np.random.seed(2); NEW = np.random.choice(ARR)
n np.random.seed(2); NUM1 = E * np.random.rand(); NEW = np.random.rand()
n random.seed(3); NEW = random.gauss(E, 1.0)
n random.seed(3); NEW = random.uniform(0, E)
n random.seed(3); NEW = random.choice(LST)
n random.seed(3); NEW = random.random() * E if random.random() < 0.5 else E
n rng = np.random.default_rng(0); NEW = rng.uniform(0, abs(E))
n rng = np.random.default_rng(0); NEW = rng.permutation(ARR)[0]
n np.random.seed(2); NEW = np.random.normal(E)
"""
REFUSED = """
# aliases
o NEW = ARR1[1:]; NEW[0] = E
o NEW = ARR1[1:]; ARR1[1] = E
o NEW = ARR1[::-1]; NEW[0] += E
o NEW = ARR1[::2]; NEW *= E
o NEW = ARR1[::-2]; ARR1[2] = E
o NEW = ARR1[None]; NEW[0, 1] = E
o NEW = ARR1[[0, 2]]; NEW[0] = E
o NEW = ARR1[ARR1 > 0.1]; NEW *= E
o NEW = ARR1[...]; NEW[0] = E
m NEW = np.transpose(MAT1); NEW[0, 1] *= E
m NEW = np.swapaxes(MAT1, 0, 1); NEW[0] = VEC
o NEW = MAT1.reshape(9); NEW[4] = E
o NEW = MAT1.reshape(-1); MAT1[1] = VEC
o NEW = np.reshape(MAT1, (9,)); NEW[0] += E
o NEW = np.ravel(MAT1); NEW[3] = E
o NEW = np.ravel(MAT1); MAT1[0, 0] = E
o NEW = MAT1.ravel(); NEW[3] = E
o NEW = MAT1.flatten(); NEW[3] = E
o NEW = MAT1.flatten(); MAT1[1, 1] = E
o NEW = np.diagonal(MAT1); MAT1[1, 1] = E
o NEW = np.squeeze(ARR1); NEW[1] = E
a NEW = MAT1[I]; NEW[I] = E
a NEW = MAT1[:, I]; NEW[I] = E
a NEW = MAT1[I]; MAT1[I, I] = E
- for row in MAT1: row[I] = E
- for row in MAT1: row *= E
- for row in MAT1:;  row += ARR1
- for k, row in enumerate(MAT1): row[k] = E
- for row, y in zip(MAT1, ARR1): row[0] = y
- MAT1[0][1] = E
- MAT1[1:][0] = VEC
- MAT1.reshape(-1)[4] = E
- MAT1.flat[4] = E
- ARR1.flat = E
- MAT1[1][:] = VEC
- MAT1[I][I] += E
a NEW = ARR1.astype(float, copy=False); NEW[0] = E
a NEW = np.flip(ARR1); NEW[0] = E
a NEW = np.broadcast_to(ARR1, (3,)); ARR1[0] = E
a NEW = np.where(ARR1 > -9, ARR1, 0.0); NEW[0] = E
a NEW = np.atleast_1d(ARR1); NEW[0] = E
o NEW = np.atleast_2d(ARR1); NEW[0, 1] = E
o NEW, other = np.split(ARR1, [1]); other[0] = E
o NEW, *other = np.split(ARR1, 3); other[0][0] = E
a NEW, = np.broadcast_arrays(ARR1); ARR1[1] = E
a NEW = np.einsum('i->i', ARR1); ARR1[1] = E
o NEW = np.einsum('ii->i', MAT1); NEW[0] = E
a NEW = ARR1 if T else ARR2; NEW[I] = E
- for y in (ARR1, ARR2): y[0] = E
- for y in [ARR1, VEC]: y *= E
o t = [ARR1]; t[0] += E; NEW = t[0]
o t = [ARR1]; t[0][1] = E; NEW = t[0]
o t = {'w': ARR1}; t['w'][I] = E; NEW = t['w']
o t = {'w': ARR1}; t['w'] *= E; NEW = t['w']
o t = [ARR1, ARR1]; t[0][1] = E; NEW = t[1]
o t = [np.zeros(3)] * 2; t[0][1] = E; NEW = t[1]
o t = [[0.0] * 3] * 2; t[0][1] = E; NEW = t[1]
o t = [[0.0] * 3 for k in range(2)]; t[0][1] = E; NEW = t[1]
o t = [VEC for k in range(2)]; t[0][1] = E; NEW = t[0]
n t = [E, [E, E]]; u = t[1]; u[0] = E; NEW = t[1][0]
n t = [[E], [E]]; t[0].append(E); NEW = t[0][-1] * t[1][0]
n t = [[E], [E]]; for u in t: u.append(E);; NEW = t[1][-1]
n t = [[E], [E]]; for u in t: u[0] *= 2.0;; NEW = t[1][0]
n t = ([E], E); t[0].append(E); NEW = t[0][1]
n t = [E, E]; u = t; u = u + [E]; u[0] = E; NEW = t[0] + u[2]
n t = {'p': {'q': E}}; t['p']['q'] *= E; NEW = t['p']['q']
n t = {'p': [E]}; t['p'].append(E); NEW = t['p'][1]
n t = {'p': [E]}; u = t['p']; u[0] = E; NEW = t['p'][0]
# lists
l NEW = LST1; LST1 = LST1 + [E]
l NEW = []; for y in LST: NEW.insert(0, y * E)
l NEW = list(map(lambda p: p * E, LST))
- LST1.extend([E, E])
- LST1.extend(VEC)
- LST1.extend(y * y for y in ARR)
- LST1.insert(0, E)
- LST1.insert(1, E)
- LST1.pop(0)
- LST1.remove(LST1[0])
- LST1.reverse()
- LST1.sort()
- LST1.sort(reverse=True)
- LST1.sort(key=lambda y: -y)
- LST1.clear(); LST1.append(E)
- LST1[1:] = [E, E]
- LST1[:] = [E]
- LST1[:1] = LST2
- LST1[1:1] = [E]
- LST1[::2] = LST1[::2]
- del LST1[0]
- del LST1[:1]
- LST1 += LST2
- LST1 += LST1
- LST1 += VEC
- LST1 *= 2
- [LST1.append(k * E) for k in range(2)]
- list.append(LST1, E)
- operator.setitem(LST1, 0, E)
- heapq.heappush(LST1, E)
- bisect.insort(LST1, E)
- random.seed(1); random.shuffle(LST1)
- (LST1 if T else LST2).append(E)
n NEW = LST1.pop(0) * E
n NEW = LST1.pop(-1) * E
n NEW = functools.reduce(operator.mul, LST, E)
n NEW = sum(itertools.chain(LST, [E]))
n NEW = sum(y * z for y, z in itertools.product(LST, ARR))
n NEW = NUM1; for k, y in enumerate(reversed(LST)): NEW += y * k
n p = collections.deque([E, E]); p.appendleft(E); NEW = p[0]
n p = collections.defaultdict(list); p['w'].append(E); NEW = p['w'][0]
n p = collections.OrderedDict(w=E); NEW = p['w']
# dicts
d NEW = dict(DCT1); NEW['a'] = E
d NEW = dict(DCT1); DCT1['a'] = E
d NEW = {**DCT1}; NEW['a'] = E
d NEW = {**DCT1, 'a': E}
d NEW = DCT1 | {'a': E}
d NEW = dict(a=E, b=E)
d NEW = dict([('a', E), ('b', E)])
d NEW = {k: y * E for k, y in DCT.items()}
- DCT1.update(a=E)
- DCT1.update({'b': E})
- DCT1.update(DCT2)
- DCT1 |= {'a': E}
- DCT1.setdefault('c', E)
- DCT1.setdefault('a', E)
- DCT1['a'] = DCT1.pop('b'); DCT1['b'] = E
- del DCT1['a']; DCT1['a'] = E
- for k in DCT1: DCT1[k] = DCT1[k] * E
- for k, y in DCT1.items(): DCT1[k] = y * E
- for k, y in list(DCT1.items()): DCT1[k] = y * E
- dict.update(DCT1, a=E)
- DCT1.__setitem__('a', E)
n NEW = DCT.get('a') * E
n NEW = DCT.get('z', E)
n NEW = DCT.get('z', 1.0) * E
n NEW = DCT1.pop('a') * E; DCT1['a'] = NEW
n NEW = DCT.pop('z', E)
n NEW = DCT.setdefault('z', E)
n NEW = sum(DCT.values())
n NEW = total(DCT.values())
n NEW = NUM1; for k in DCT: NEW += DCT[k]
n NEW = NUM1; for k in DCT.keys(): NEW += DCT[k]
n NEW = NUM1; for y in DCT.values(): NEW += y * E
n NEW = NUM1; for k, y in DCT.items(): NEW += y * E
n NEW = NUM1; for k in sorted(DCT): NEW += DCT[k]
n NEW = NUM1; for k, y in sorted(DCT.items()): NEW += y
n NEW = NUM1; for k, (i, y) in enumerate(DCT.items()): NEW += y * k
n NEW = list(DCT.values())[0]
n NEW = max(DCT.values())
n NEW = sum(y * y for y in DCT.values())
n k, NEW = DCT1.popitem(); DCT1[k] = E
n p = {1: E, (2, 3): E}; NEW = p[1] * p[2, 3]
# in place, by NumPy
- np.multiply.at(ARR1, [0, 0], E)
- np.subtract.at(ARR1, 1, E)
- np.put(ARR1, [0], E)
- np.place(ARR1, ARR1 > 0.1, [E])
- np.putmask(ARR1, ARR1 > 0.1, E)
- np.copyto(ARR1, VEC)
- np.copyto(ARR1, E, where=ARR1 > 0.1)
- np.fill_diagonal(MAT1, E)
- np.put_along_axis(ARR1, np.array([0]), E, 0)
- ARR1.fill(E)
- ARR1.sort()
- ARR1.put(0, E)
- ARR1.partition(1)
- ARR1.__setitem__(0, E)
- ARR1.__iadd__(E)
- ARR1.resize(3)
- ARR1.flags.writeable = False
- ARR1.shape = (3, 1); ARR1.shape = (3,)
- np.ndarray.sort(ARR1)
- np.ndarray.fill(ARR1, E)
- operator.setitem(ARR1, 0, E)
- operator.iadd(ARR1, E)
- ARR1 = operator.imul(ARR1, E)
- np.random.seed(1); np.random.shuffle(ARR1)
- rng = np.random.default_rng(1); rng.shuffle(ARR1)
- np.add(ARR1, E, out=ARR1)
- np.add(ARR1, VEC, ARR1)
- np.multiply(ARR1, E, out=ARR1[:])
- np.sin(ARR1, out=ARR1)
- np.sin(ARR2, out=ARR1)
- np.negative(ARR1, out=ARR1, where=ARR1 > 0.1)
- np.maximum(ARR1, 0.2, ARR1)
- np.clip(ARR1, 0.1, 0.4, out=ARR1)
- ARR1.clip(0.1, 0.4, out=ARR1)
- np.cumsum(VEC, out=ARR1)
- ARR1.cumsum(out=ARR1)
- np.dot(MAT, VEC, out=ARR1)
- np.matmul(MAT, VEC, out=ARR1)
- np.einsum('ij,j->i', MAT, VEC, out=ARR1)
- np.take(VEC, [0, 0, 1], out=ARR1)
- np.sum(MAT, axis=0, out=ARR1)
- MAT.sum(axis=0, out=ARR1)
- np.stack([E, E, E], out=ARR1)
- np.concatenate([VEC[:1], VEC[1:]], out=ARR1)
- np.copyto(dst=ARR1, src=VEC)
- np.multiply.accumulate(VEC, out=ARR1)
- np.nan_to_num(ARR1, copy=False)
- for y in np.nditer(ARR1, op_flags=['readwrite']): y[...] = y * E
- for k, y in np.ndenumerate(MAT1): MAT1[k] = y * E
- (ARR1 if T else ARR2)[0] = E
- (ARR1 if T else ARR2).fill(E)
- same(ARR1)[0] = E
- head(ARR1)[0] = E
- ARR1.view()[0] = E
- memoryview(ARR1)[0] = 2.0
- exec('ARR1[0] = 2.0')
a NEW = np.zeros(3); np.add(ARR, E, out=NEW)
a NEW = np.zeros(3); np.multiply(VEC, E, NEW)
a NEW = np.apply_along_axis(np.sum, 0, MAT)
a NEW = np.apply_along_axis(lambda r: np.sum(r) * E, 1, MAT)
a NEW = np.choose([0, 1, 0], [ARR, VEC])
a NEW = np.r_[ARR[:2], E]
a NEW = np.r_[E, E, E]
a NEW = np.r_[ARR[0:1], [E], 0.5]
a NEW = np.c_[ARR, VEC][:, 1]
m NEW = np.diag(ARR); NEW[0, 1] = E
m NEW = np.zeros((3, 3)); for i, row in enumerate(NEW): row[i] = E
n NEW = operator.mul(NUM, E)
# helpers that change things
- bump(ARR1)
- scale(ARR1, E)
- ARR1 = scaled(ARR1, E)
- scaled(ARR1, E)
- scaled(ARR1[1:], E)
- bump(ARR1[1:])
- bump(ARR1.copy())
- ARR1 = fill(ARR1, E)
- fill(ARR1, E)
- fill(LST1, E)
- bump(MAT1)
- scale(MAT1[0], E)
- bump(LST1)
- store(DCT1, 'a', E)
- store(LST1, 0, E)
- store(ARR1, 0, E)
- push(LST1, E)
- LST1 = pushed(LST1, E)
- pushed(LST1, E)
- LST1 = grow(LST1, E)
- grow(LST1, E)
- shrink(LST1)
- walk(E, LST1)
- [bump(ARR1) for k in range(2)]
- apply(bump, ARR1)
- bump(a=ARR1)
- (lambda a: a.fill(2.0))(ARR1)
- box = Box(ARR1); box.w[0] = E
- box = Box(ARR1); box.add(E)
- box = [ARR1]; bump(box[0])
- box = {'w': ARR1}; bump(box['w'])
a NEW = scaled(ARR1, E)
a NEW = scaled(ARR1.copy(), E)
a NEW, t = pair(ARR1, E); NEW[0] = t
a NEW = hold(VEC); NEW[0] = E
l NEW = pushed(LST1, E)
l NEW = pushed(LST1.copy(), E)
l NEW = walk(E, [])
n NEW = shrink(LST1) * E
n NEW = deep(ARR1.copy(), E)
n NEW = deep(VEC * 1.0, E)
n NEW = early(E, ARR)
n NEW = first(ARR, E, E, k=1)
# state
n remember(E); NEW = LAST * E
n keep(E); NEW = STORE[-1]
n cache(E); NEW = CACHE['w'] * E
n CACHE['w'] = E; NEW = CACHE['w']
n STORE.append(E); NEW = STORE[0]
n SEEN[0] = E; NEW = np.sum(SEEN)
n SEEN[:] += 1.0; NEW = np.sum(SEEN * VEC)
n p = SEEN; p[0] = E; NEW = np.sum(SEEN)
n global LAST; LAST = E; NEW = LAST * 2
n global LAST; LAST *= 2; NEW = LAST * E
n globals()['LAST'] = E; NEW = LAST
n BOX.set(E); NEW = BOX.w * E
n BOX.w = E; NEW = BOX.w
n BOX.w += E; NEW = BOX.times(E)
n BOX.add(E); NEW = BOX(E)
n setattr(BOX, 'w', E); NEW = BOX.w
n NEW = BOX(E) * BOX.times(E)
n NEW = BOX.set(E) * BOX.w
n NEW = Box(E)(E)
n box = Box(E); NEW = box.w * E
n box = Box(E); box.w = E; NEW = box.w
n box = Box(E); box.add(E); NEW = box(E)
n p = Point(E, E); NEW = p.x * p.y
n p = Pair(E, E); NEW = p.left * p.right
n p = Pair(E, E); NEW = p[0] * p._replace(left=E).left
n p = Pair(E, E); y, z = p; NEW = y * z
n with BOX as y: NEW = y * E
n with Box(E) as y: NEW = y * E
n NEW = twice(smooth)(E)
n NEW = apply(lambda y: y * E, E)
n NEW = getattr(np, 'sin')(E)
n NEW = getattr(BOX, 'w') * E
n NEW = vars()['NUM1'] * E
# arguments
n NEW = product(E, E, E)
n NEW = product(E, *(E, E))
n args = (E, E); NEW = product(*args)
n kw = dict(t=E); NEW = affine(E, **kw)
n NEW = named(p=E, q=E)
n NEW = named(**{'p': E, 'q': E})
n NEW = named(p=E, **{'q': E})
n NEW = PART(E)
n NEW = PART(E, t=E)
n NEW = functools.partial(affine, E)(E)
n g = functools.partial(affine, s=E); NEW = g(E)
n g = functools.partial(affine, t=2.0); NEW = g(E) + g(E, 3.0)
n g = np.sin; NEW = g(E)
n g = smooth; NEW = g(E)
n NEW = [np.sin, np.cos][1](E)
n NEW = (np.sin if T else smooth)(E)
n for g in (np.sin, np.tanh): NUM1 = g(NUM1);; NEW = NUM1
n NEW = (lambda y, *z: y * z[0])(E, E)
n gs = [lambda y: y * k * E for k in range(3)]; NEW = gs[0](E)
n gs = []; for k in range(3): gs.append(lambda y, k=k: y * k);; NEW = gs[1](E)
# closures
n def g(y):;  nonlocal NUM1;  NUM1 = NUM1 * y;; g(E); NEW = NUM1
n def g(y):;  nonlocal NUM1;  NUM1 += y;  return NUM1;; NEW = g(E) * NUM1
n def g():;  nonlocal ARR1;  ARR1 = VEC;; g(); NEW = ARR1[0]
n def g():;  ARR1[0] = E;; g(); NEW = ARR1[0]
n def g():;  LST1.append(E);; g(); NEW = LST1[-1]
n def g():;  DCT1['a'] = E;  return 1.0;; NEW = g() * DCT1['a']
n def g(a):;  a[0] = E;; g(ARR1); NEW = ARR1[0]
n def g(a):;  a[0] = E;  return a;; NEW = np.sum(g(ARR1.copy()))
n def g(a):;  a[0] = E;  return a;; ARR1 = g(ARR1); NEW = 1.0
n def g(y, s=NUM1):;  return y * s;; NUM1 = E; NEW = g(E)
n def g(*ys):;  return ys[0] * ys[1];; NEW = g(E, E)
n def g(**ys):;  return ys['p'];; NEW = g(p=E)
n def g():;  def h(y):;   return y * NUM1;;  return h;; NEW = g()(E)
n def g(y):;  yield y;  yield E;; NEW = sum(g(E))
n def g(h, y):;  return h(y);; NEW = g(smooth, E)
n def g(h, y):;  return h(y);; NEW = g(np.sin, E)
n class K:;  w = E;; NEW = K.w * 2
n class K:;  def g(self, y):;   return y * NUM1;;; NEW = K().g(E)
n count = 0; def g(y):;  nonlocal count;  count += 1;  return y * count;; NEW = g(E) + g(E)
# walrus, choices
n if (NEW := E) > 0.3:;  NUM1 = NUM1 * NEW
n NEW = (p := E) * p
n NEW = 0.0; while (NEW := NEW + 0.4) < 1.0:;  NUM1 = NUM1 * NEW
n NEW = [p := E, p * p][1]
n NEW = sum((p := y) * y for y in ARR) * p
n NEW = E or E
n NEW = E and E
n NEW = (T and E) or E
# loops with exits
- try:;  NUM1 = E;  raise ValueError;except ValueError:;  NUM1 = NUM1 * 2
- try:;  NUM1 = LST1[9];except IndexError:;  NUM1 = E
- try:;  return E;finally:;  NUM1 = NUM1 * C
- with contextlib.nullcontext(E) as y:;  NUM1 = y
- with contextlib.suppress(ValueError):;  NUM1 = E;  raise ValueError
- match 1:;  case 1:;   NUM1 = E;;  case _:;   pass
- match LST1:;  case [p, *q]:;   NUM1 = p
- import math as mm; NUM1 = mm.sin(0.5) * E
# text and back
n NEW = float('%r' % E)
n NEW = float(repr(E))
n NEW = eval(repr(E))
n NEW = np.frombuffer(VEC.tobytes())[0]
n NEW = np.float64(str(E))
n p = {'w': str(E)}; NEW = float(p['w'])
n p = f'{E}'; q = p; NEW = float(q)
n p = ','.join(map(str, [E, E])); NEW = float(p.split(',')[0])
n NEW = float(E).__mul__(2.0)
n NEW = float.__add__(float(E), 2.0)
n NEW = hash(E) * 0.0 + E
n p = np.array(E); q = p; q *= 2.0; NEW = p * 1.0
n p = np.zeros(()); p[...] = E; NEW = p * 1.0
# chance
n np.random.seed(2); NEW = np.random.normal(loc=E, size=2)[0]
"""
ENDS = {
    "NUM": "1.3 * {}", "ARR": "np.sum(W * np.sin({}))", "MAT": "np.sum(W * np.sin({}))",
    "OTH": "np.sum(np.sin({}))", "DCT": "{0}['a'] * {0}['b']",
    "LST": "{0}[0] + {0}[len({0}) // 2] * {0}[-1] + 0.1 * len({0})",
}  # fmt: skip
KINDS = {"n": "NUM", "a": "ARR", "m": "MAT", "l": "LST", "d": "DCT", "o": "OTH"}


class Writer:
    """Writes one program; every choice comes from `random`. `names` are those of each kind."""

    def __init__(self, random):
        self.random, self.fresh, self.top, self.lines = random, 0, [], []
        self.names = {"NUM": ["x"], "ARR": ["v"], "MAT": [], "LST": [], "DCT": [], "OTH": []}
        self.deep = 0

    def pick(self, options):
        return options[self.random.randrange(len(options))]

    def filled(self, text, bound, depth=2):
        """A template with names and expressions in the place of its words."""

        def word(m):
            kind, digit = m[1], m[2]
            if kind == "E":
                return self.filled(self.pick(EXPR[: 16 if depth else 5]), {}, depth - 1)
            if kind == "VEC":
                return self.filled(self.pick(VECTOR if depth and self.names["MAT"] else ["ARR"]),
                                   {}, depth - 1)  # fmt: skip
            if kind == "T":
                return self.filled(self.pick(TEST), {}, 0)
            if kind in "ICW":
                return self.pick({"I": ["0", "1", "2", "-1"], "C": ["0.4", "0.9", "1.3"],
                                  "W": ["'a'", "'b'"]}[kind])  # fmt: skip
            if digit and kind + digit in bound:
                return bound[kind + digit]
            used = [bound[kind + "1"]] if digit == "2" and kind + "1" in bound else []
            names = [n for n in self.names[kind] if n not in used] or self.names[kind]
            bound[kind + digit] = name = self.pick(names)
            return name

        return re.sub(r"\b(NUM|ARR|MAT|LST|DCT|VEC|[ETICW])(\d?)\b", word, text)

    def fits(self, text):
        words = re.findall(r"\b(MAT|LST|DCT)\d?\b", text)
        return all(self.names[w] for w in words) and not ("BODY" in text and self.deep > 1)

    def statement(self, indent, chosen=None):
        line = chosen or "- MAT LST DCT"
        while not self.fits(line):
            line = self.pick(LINES if self.random.random() < 0.93 else MORE)
        kind, text = line[0], line[2:]
        self.fresh += 1
        new, helper, bound, out = f"{kind}{self.fresh}", f"h{self.fresh}", {}, self.lines
        hoisted = "def helper" in text and self.random.random() < 0.5
        text = re.sub(r"\bNEW\b", new, text).replace("helper", helper)
        text = re.sub(r"\b(NUM|ARR|LST|MAT|DCT)1\b", lambda m: self.filled(m[0], bound), text)
        for piece in filter(str.strip, text.split(";")):
            level = max(len(piece) - len(piece.lstrip()) - 1, 0)
            inner = hoisted and (level or piece.startswith("def"))
            at, lines = (level, self.top) if inner else (indent + level, out)
            piece = re.sub(r"^(for .*?): (for .*)", r"\1:; \2", piece.strip())
            if piece == "BODY":
                self.body(at, lines, f"def {helper}" in text)
                continue
            for k, part in enumerate(piece.split("; ")):
                lines.append("    " * (at + k) + self.filled(part, bound))
        if kind != "-":
            self.names[KINDS[kind]].append(new)

    def body(self, indent, lines, helper):
        """Some statements; names that a block introduces are known inside it only."""
        names, outer, self.lines = self.names, self.lines, lines
        self.names = {k: list(v) for k, v in names.items()}
        if helper:
            self.names = {**dict.fromkeys(names, ()), "OTH": [], "MAT": [], "DCT": []}
            self.names |= {"NUM": ["y"], "ARR": ["b"], "LST": ["ys"]}
        self.deep += 1
        for _ in range(self.random.randrange(1, 3)):
            self.statement(indent)
        self.deep -= 1
        self.names, self.lines = names, outer

    def program(self, chosen=()):
        start = ["l xs = [x, v[0] * x, 0.5]", "d d = {'a': x, 'b': v[1]}", "a a = v * x",
                 "m m = np.outer(v, v) + x", "a b = np.ones(3)", "l ys = [0.3, 0.8]"]  # fmt: skip
        if chosen:
            words = "".join(chosen)
            start = [s for s in start if KINDS[s[0]] in words]
        else:
            start = self.random.sample(start, 3)
        for line in start:
            self.lines.append("    " + line[2:])
            self.names[KINDS[line[0]]].append(line[2:].split()[0])
        for line in chosen or [None] * self.random.randrange(1, 5):
            self.statement(1, line)
        terms = [ENDS[k].format(n) for k, of in self.names.items() for n in of
                 if chosen or self.random.random() < 0.8]  # fmt: skip
        self.lines.append("    return " + (" + ".join(terms) or "x * 2"))
        parts = ["\n".join(self.top)] * bool(self.top)
        return "\n\n\n".join([*parts, "\n".join(["def f(x, v):", *self.lines])]) + "\n"


HELPERS += """
W = np.array([1.0, 2.0, 3.0])
def mix(ys):
    z = 0.0
    for y in ys:
        z = z * 0.7 + y
    return z
"""
LINES, MORE = (
    [line for line in table.splitlines() if line and line[0] != "#"]
    for table in (STATEMENTS, REFUSED)
)
CODE = compile(HELPERS, "<helpers>", "exec")
linecache.cache["<helpers>"] = (len(HELPERS), None, HELPERS.splitlines(True), "<helpers>")


def made(text):
    """The function that a program defines, in a world of its own."""
    filename = f"<program {abs(hash(text))}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    exec(CODE, scope := {})
    exec(compile(text, filename, "exec"), scope)
    return scope["f"]


def state(f, again=False):
    """What a program may leave behind outside of it."""
    scope = f.__globals__
    if again:
        scope["STORE"].clear(), scope["hold"].__defaults__[0].clear()
        scope["CACHE"].update(w=2.0), scope["SEEN"].fill(1.0), scope["BOX"].set(2.0)
        scope["OUTER"]["w"][:], scope["LAST"] = range(3), 1.5
    names = ("STORE", "CACHE", "LAST", "SEEN", "OUTER")
    return repr([[scope[n] for n in names], scope["BOX"].w, scope["hold"].__defaults__])


class Fault(Exception):
    """`source` is neither right nor refuses in a sentence."""


class Slow(BaseException):
    """A transformation that does not end."""


@contextlib.contextmanager
def at_most(seconds):
    def stop(*_):
        raise Slow

    before = signal.signal(signal.SIGALRM, stop)
    left = signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(left)
        signal.signal(signal.SIGALRM, before)


def near(a, b, tolerance):
    return np.shape(a) == np.shape(b) and bool(np.all(np.abs(a - b) <= tolerance * (1 + np.abs(b))))


def differences(text, x, v, dx, dv):
    """The value, and the slope along a direction, None where it is not known."""

    def at(h):
        y = made(text)(x + h * dx, v + h * dv)
        return float(y) if np.ndim(y) == 0 else np.nan

    y, a, b, c, d = map(at, (0.0, 2e-4, -2e-4, 1e-4, -1e-4))
    wide, small = (a - b) / 4e-4, (c - d) / 2e-4
    if not np.all(np.isfinite([y, a, b, c, d])) or max(abs(y), abs(small)) > 1e4:
        return None, None
    clear = near(wide, small, 1e-5) and abs(c - 2 * y + d) / 1e-4 < 1e-2 * (1 + abs(small))
    return y, (4 * small - wide) / 3 if clear else None


def asked(function, *args):
    """An answer, or None and a sentence."""
    try:
        return function(*args), None
    except ElfError as error:
        if "\n" in str(error):
            raise Fault(f"sentence: {error}") from error
        return None, error
    except Slow:
        raise Fault("slow") from None
    except Exception as error:
        own = [w for w in traceback.extract_tb(error.__traceback__) if "/elves/" in w.filename]
        where = f"{own[-1].filename.rpartition('/elves/')[2]}:{own[-1].lineno}" if own else "?"
        raise Fault(f"traceback: {type(error).__name__} at {where}: {error}"[:300]) from error


POINTS = [(0.83, [0.43, -0.61, 1.17]), (0.31, [0.92, 0.24, -0.38])]


def check(text, tape=True):
    """What becomes of a program: "right", "refused: …" or "none", if it is none; raises Fault."""
    quiet = contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore")
    with at_most(20), warnings.catch_warnings(), quiet[0], quiet[1]:
        warnings.simplefilter("ignore")
        source.running._programs.clear()
        return checked(text, tape)


def checked(text, tape):
    dx, dv, found = 0.7, np.array([0.2, -0.5, 0.3]), "none"
    try:
        with at_most(1):
            made(text)(POINTS[0][0], np.array(POINTS[0][1]))
    except (Exception, Slow):
        return "none"
    f, plain = made(text), made(text)
    derivative = source.value_and_grad(f, (0, 1))
    for x, v in POINTS:
        v = np.array(v)
        try:
            with at_most(2):
                value, slope = differences(text, x, v, dx, dv)
        except (Exception, Slow):
            continue
        if value is None:
            continue
        kept, _ = v.copy(), (state(plain, True), state(f, True))
        plain(x, v.copy())
        have, refusal = asked(derivative, x, v)
        if refusal:
            return f"refused: {type(refusal).__name__}: {refusal}"
        found, (y, (gx, gv)) = "right", have
        if not near(y, value, 1e-9):
            raise Fault(f"value: {y}, not {value}")
        if state(f) != state(plain):
            raise Fault(f"state: {state(f)}, not {state(plain)}")
        if not np.array_equal(kept, v):
            raise Fault(f"argument: {v}, not {kept}")
        along = gx * dx + np.sum(gv * dv)
        if slope is not None and not near(along, slope, 1e-6):
            raise Fault(f"grad: {along}, not {slope}")
        state(f, True)
        have, refusal = asked(source.jvp, f, (x, v), (dx, dv))
        if not refusal and not near(have[0], value, 1e-9):
            raise Fault(f"jvp's value: {have[0]}, not {value}")
        if not refusal and slope is not None and not near(have[1], slope, 1e-6):
            raise Fault(f"jvp: {have[1]}, not {slope}")
        if not refusal and not near(have[1], along, 1e-8):
            raise Fault(f"modes: {have[1]}, not {along}")
        if tape and "isinstance" not in text:
            try:
                bars = reverse.grad(made(text), (0, 1))(x, v.copy())
            except Exception:
                continue
            other = bars[0] * dx + np.sum(bars[1] * dv)
            if slope is not None and not near(other, along, 1e-7):
                raise Fault(f"tape: {other}, not {along} (differences {slope})")
    return found


def program(seed):
    return Writer(random.Random(seed)).program()


def alone(line, seed):
    """A program with one statement of the table."""
    return Writer(random.Random(seed)).program([line])


def said(text, tape=True):
    """What becomes of a program, in a few words; with a "!" before them where that is a fault."""
    try:
        return check(text, tape)
    except Fault as fault:
        return f"! {fault}"
    except Slow:
        return "! slow"


def small(text):
    """A program with the same fault, without the lines that it does not need."""
    kind, k = said(text).split(":")[0], 0
    while k < len(lines := text.splitlines(True)):
        inner = len(lines[k]) - len(lines[k].lstrip())
        ends = (
            j for j in range(k + 1, len(lines)) if len(lines[j]) - len(lines[j].lstrip()) <= inner
        )
        for end in {k + 1, next(ends, len(lines))}:
            shorter = "".join(lines[:k] + lines[end:])
            if "def f" in shorter and said(shorter).split(":")[0] == kind:
                text = shorter
                break
        else:
            k += 1
    return text


def report(text):
    """A fault, and a small program that has it."""
    text = small(text)
    return f"{said(text)}\n{text}"


def main(first, last):
    """Look at seeds, and print each kind of fault as a small program."""
    results, seen = collections.Counter(), collections.Counter()
    for seed in range(first, last):
        text = program(seed)
        result = said(text)
        results[result.split(":")[0]] += 1
        if result[0] == "!" and seen[result[:12]] < 40:
            seen[result[:12]] += 1
            print(f"# seed {seed}: {report(text)}", flush=True)
        if seed % 1000 == 999:
            print(f"# {seed + 1}: {dict(results)}", flush=True)
    print(f"# seeds {first} to {last - 1}: {dict(results)}")
    return sum(n for result, n in results.items() if result[0] == "!")


if __name__ == "__main__":
    sys.exit(bool(main(*map(int, sys.argv[1:]))))

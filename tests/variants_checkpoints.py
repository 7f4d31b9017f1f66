"""Lab 7: mistakes written in other ways, and mutants that are right too."""

from cells import cells

EQUIVALENT = {
    "checkpoints.reach": {
        "reach(reruns, slots - 1)": "slots and reruns may change places in it",
        "reach(reruns - 1, slots)": "the same",
    },
    "checkpoints.binomial": {
        "reach(r, slots)": "slots and reruns may change places in it",
        "reach(r - 1, slots)": "the same",
    },
    "checkpoints.deep": {"steps, x, g, 8": "one slot more fits into the budget too"},
}
VARIANTS = cells("""
### checkpoints.recompute 0
def recompute(steps, x, g):
    kept = []
    for step in steps:
        x = step(x)
        kept.append(x)
    for step, x in zip(steps[::-1], kept[::-1]):
        g = step.pull(x, g)
    return g
### checkpoints.recompute 0
def recompute(steps, x, g):
    for step in steps:
        x = step(x)
    for step in reversed(steps):
        g = step.pull(x, g)
    return g
### checkpoints.recompute 0
def recompute(steps, x, g):
    if not steps:
        return g
    y = steps[0](x)
    return steps[0].pull(y, recompute(steps[1:], y, g))
### checkpoints.recompute 1
def recompute(steps, x, g):
    for k in range(len(steps) - 1, -1, -1):
        g = steps[k].pull(x, g)
    return g
### checkpoints.recompute 1
def recompute(steps, x, g):
    y = x
    for step in steps:
        y = step(y)
    while steps:
        *steps, last = steps
        g = last.pull(x, g)
    return g
### checkpoints.recompute 2
def recompute(steps, x, g):
    for step in steps:
        g = step.pull(x, g)
        x = step(x)
    return g
### checkpoints.recompute 2
def recompute(steps, x, g):
    if not steps:
        return g
    return recompute(steps[1:], steps[0](x), steps[0].pull(x, g))
### checkpoints.recompute 3
def recompute(steps, x, g):
    kept = [x]
    for step in steps:
        kept.append(step(kept[-1]))
    out = g
    for k in reversed(range(len(steps))):
        out = steps[k].pull(kept[k], g)
    return out
### checkpoints.recompute 3
def recompute(steps, x, g):
    return steps[0].pull(x, g)
### checkpoints.recompute 4
def recompute(steps, x, g):
    for step in steps:
        out = step.pull(x, g)
        x = step(x)
    return out
### checkpoints.recompute 4
def recompute(steps, x, g):
    kept = []
    for step in steps:
        kept.append(x)
        x = step(x)
    for step, x in zip(reversed(steps), reversed(kept)):
        return step.pull(x, g)
### checkpoints.recompute 5
def recompute(steps, x, g):
    total = 0
    for step in steps:
        total = total + step.pull(x, g)
        x = step(x)
    return total
### checkpoints.recompute 5
def recompute(steps, x, g):
    here = steps[0].pull(x, g)
    return here + recompute(steps[1:], steps[0](x), g) if steps[1:] else here
### checkpoints.recompute 6
def recompute(steps, x, g):
    if not steps:
        return g
    later = recompute(steps[1:], steps[0](x), g)
    return later + steps[0].pull(x, later)
### checkpoints.recompute 6
def recompute(steps, x, g):
    kept = []
    for step in steps:
        kept.append(x)
        x = step(x)
    total = g
    while kept:
        total = total + steps[len(kept) - 1].pull(kept.pop(), total)
    return total
### checkpoints.recompute 7
def recompute(steps, x, g):
    while steps:
        y = x
        for step in steps[:-1]:
            y = step(y)
        g, steps = steps[-1].pull(y, g), steps[:-1]
    return g
### checkpoints.recompute 7
def recompute(steps, x, g):
    def at(k):
        return x if k == 0 else steps[k - 1](at(k - 1))

    for k in range(len(steps))[::-1]:
        g = steps[k].pull(at(k), g)
    return g
### checkpoints.recompute 8
def recompute(steps, x, g):
    kept = []
    for step in steps:
        kept.append(x)
        x = step(x)
    for k in range(len(steps) - 1, 0, -1):
        g = steps[k].pull(kept[k], g)
    return g
### checkpoints.recompute 8
def recompute(steps, x, g):
    kept = [x]
    for step in steps:
        kept.append(step(kept[-1]))
    k = len(steps)
    while k > 1:
        k -= 1
        g = steps[k].pull(kept[k], g)
    return g
### checkpoints.recompute 9
def recompute(steps, x, g):
    kept = []
    for step in steps:
        kept.append(x)
        x = step(x)
    for k in range(len(steps) - 2, -1, -1):
        g = steps[k].pull(kept[k], g)
    return g
### checkpoints.recompute 9
def recompute(steps, x, g):
    if len(steps) < 2:
        return g
    return steps[0].pull(x, recompute(steps[1:], steps[0](x), g))
### checkpoints.recompute 14
def recompute(steps, x, g):
    kept = []
    for step in steps:
        kept.append(x)
        x = step(x)
    for step, y in zip(reversed(steps), reversed(kept)):
        g = step.pull(y, g)
    return x
### checkpoints.recompute 14
def recompute(steps, x, g):
    kept = [x]
    for step in steps:
        kept.append(step(kept[-1]))
    return kept[-1]
### checkpoints.segments 0
def segments(steps, x, g, k):
    return recompute(steps, x, g)
### checkpoints.segments 0
def segments(steps, x, g, k):
    kept = []
    for i, step in enumerate(steps):
        kept.append(x)
        x = step(x)
    for i in reversed(range(len(steps))):
        g = steps[i].pull(kept[i], g)
    return g
### checkpoints.segments 2
def segments(steps, x, g, k):
    for i in reversed(range(len(steps))):
        y = x
        for step in steps[:i]:
            y = step(y)
        g = steps[i].pull(y, g)
    return g
### checkpoints.segments 2
def segments(steps, x, g, k):
    def at(i):
        y = x
        for j in range(i):
            y = steps[j](y)
        return y

    i = len(steps)
    while i:
        i -= 1
        g = steps[i].pull(at(i), g)
    return g
### checkpoints.segments 3
def segments(steps, x, g, k):
    n = len(steps)
    for i in list(range(0, n, k))[::-1]:
        y = x
        for j in range(i):
            y = steps[j](y)
        g = recompute(steps[i : i + k], y, g)
    return g
### checkpoints.segments 3
def segments(steps, x, g, k):
    def at(i):
        y = x
        for step in steps[:i]:
            y = step(y)
        return y

    start = (len(steps) - 1) // k * k
    while start >= 0:
        g = recompute(steps[start : start + k], at(start), g)
        start = start - k
    return g
### checkpoints.segments 4
def segments(steps, x, g, k):
    kept = {}
    for i, step in enumerate(steps):
        if i % k == 0:
            kept[i] = x
        x = step(x)
    for i in reversed(range(len(steps))):
        start = i // k * k
        y = kept[start]
        for step in steps[start:i]:
            y = step(y)
        g = steps[i].pull(y, g)
    return g
### checkpoints.segments 4
def segments(steps, x, g, k):
    starts = [x]
    for i in range(len(steps) - 1):
        x = steps[i](x)
        if (i + 1) % k == 0:
            starts.append(x)
    for n, start in reversed(list(enumerate(starts))):
        part = steps[n * k : n * k + k]
        while part:
            y = start
            for step in part[:-1]:
                y = step(y)
            g = part.pop().pull(y, g)
    return g
### checkpoints.segments 5
def segments(steps, x, g, k):
    count = len(steps) // k
    kept = []
    for n in range(count):
        kept.append(x)
        for step in steps[n * k : n * k + k]:
            x = step(x)
    for n in reversed(range(count)):
        g = recompute(steps[n * k : n * k + k], kept[n], g)
    return g
### checkpoints.segments 5
def segments(steps, x, g, k):
    kept = {}
    for i, step in enumerate(steps):
        if i % k == 0:
            kept[i] = x
        x = step(x)
    for i in reversed(kept):
        if i + k <= len(steps):
            g = recompute(steps[i : i + k], kept[i], g)
    return g
### checkpoints.segments 6
def segments(steps, x, g, k):
    kept = {}
    for i, step in enumerate(steps):
        if i % k == 0:
            kept[i] = x
        x = step(x)
    for i in range(0, len(steps), k):
        g = recompute(steps[i : i + k], kept[i], g)
    return g
### checkpoints.segments 6
def segments(steps, x, g, k):
    while steps:
        part, steps = steps[:k], steps[k:]
        g = recompute(part, x, g)
        for step in part:
            x = step(x) if steps else x
    return g
### checkpoints.segments 7
def segments(steps, x, g, k):
    kept = {}
    for i, step in enumerate(steps):
        if i % k == 0:
            kept[i] = x
        x = step(x)
    for i in reversed(kept):
        out = recompute(steps[i : i + k], kept[i], g)
    return out
### checkpoints.segments 7
def segments(steps, x, g, k):
    return recompute(steps[:k], x, g)
### checkpoints.segments 8
def segments(steps, x, g, k):
    kept = {}
    for i, step in enumerate(steps):
        x = step(x)
        if i % k == 0:
            kept[i] = x
    for i in reversed(kept):
        g = recompute(steps[i : i + k], kept[i], g)
    return g
### checkpoints.segments 8
def segments(steps, x, g, k):
    kept = []
    for start in range(0, len(steps), k):
        for step in steps[start : start + k]:
            x = step(x)
        kept.append(x)
    for start in reversed(range(0, len(steps), k)):
        g = recompute(steps[start : start + k], kept.pop(), g)
    return g
### checkpoints.segments 9
def segments(steps, x, g, k):
    kept = []
    for i, step in enumerate(steps):
        if i % k == 0:
            kept.append((step, x))
        x = step(x)
    for step, x in reversed(kept):
        g = step.pull(x, g)
    return g
### checkpoints.segments 9
def segments(steps, x, g, k):
    kept = {}
    for i, step in enumerate(steps):
        if i % k == 0:
            kept[i] = x
        x = step(x)
    for i in reversed(range(len(steps))):
        if i in kept:
            g = steps[i].pull(kept[i], g)
    return g
### checkpoints.segments 10
def segments(steps, x, g, k):
    parts = [steps[i : i + k] for i in range(0, len(steps), k)]
    for part in reversed(parts):
        g = recompute(part, x, g)
    return g
### checkpoints.segments 10
def segments(steps, x, g, k):
    i = (len(steps) - 1) // k * k
    while i >= 0:
        g = recompute(steps[i : i + k], x, g)
        i -= k
    return g
### checkpoints.recompute 10
def recompute(steps, x, g):
    xs = [x]
    for step in steps:
        xs.append(step(x))
    for step, y in zip(steps[::-1], xs[::-1]):
        g = step.pull(y, g)
    return g
### checkpoints.recompute 10
def recompute(steps, x, g):
    kept = [step(x) for step in steps]
    for k in reversed(range(len(steps))):
        g = steps[k].pull(kept[k], g)
    return g
### checkpoints.recompute 11
def recompute(steps, x, g):
    kept = []
    for step in steps:
        kept.append(x)
        x = step(x)
    for step, x in zip(reversed(steps), reversed(kept)):
        g = step.pull(x, g) * g
    return g
### checkpoints.recompute 12
def recompute(steps, x, g):
    kept = []
    for step in steps:
        kept.append(x)
        x = step(x)
    while kept:
        g = g * steps[len(kept) - 1].pull(kept.pop(), 1)
    return g
### checkpoints.recompute 13
def recompute(steps, x, g):
    kept = []
    for step in steps:
        kept.append(x)
        x = step(x)
    for step, x in zip(reversed(steps), reversed(kept)):
        step.pull(x, g)
    return g
### checkpoints.recompute 13
def recompute(steps, x, g):
    kept = []
    for step in steps:
        kept.append(x)
        x = step(x)
    for step, x in zip(steps[::-1], kept[::-1]):
        out = step.pull(x, g)
    return g
### checkpoints.segments 11
def segments(steps, x, g, k):
    kept = {}
    for i, step in enumerate(steps):
        if i % k == 0:
            kept[i] = x
        x = step(x)
    total = 0
    for i in reversed(kept):
        total = total + recompute(steps[i : i + k], kept[i], g)
    return total
### checkpoints.segments 11
def segments(steps, x, g, k):
    if not steps:
        return 0.0
    y = x
    for step in steps[:k]:
        y = step(y)
    return recompute(steps[:k], x, g) + segments(steps[k:], y, g, k)
### checkpoints.segments 12
def segments(steps, x, g, k):
    kept = {}
    for i, step in enumerate(steps):
        if i % k == 0:
            kept[i] = x
        x = step(x)
    for i in reversed(kept):
        recompute(steps[i : i + k], kept[i], g)
    return g
### checkpoints.segments 12
def segments(steps, x, g, k):
    kept = {}
    for i, step in enumerate(steps):
        if i % k == 0:
            kept[i] = x
        x = step(x)
    for i in reversed(range(0, len(steps), k)):
        out = recompute(steps[i : i + k], kept[i], g)
    return g
### checkpoints.segments 13
def segments(steps, x, g, k):
    kept = {}
    for i, step in enumerate(steps):
        if i % k == 0:
            kept[i] = x
        x = step(x)
    i = max(kept)
    while i > 0:
        g = recompute(steps[i : i + k], kept[i], g)
        i -= k
    return g
### checkpoints.segments 13
def segments(steps, x, g, k):
    kept = {}
    for i, step in enumerate(steps):
        if i % k == 0:
            kept[i] = x
        x = step(x)
    for i in range(max(kept), 0, -k):
        g = recompute(steps[i : i + k], kept[i], g)
    return g
### checkpoints.segments 14
def segments(steps, x, g, k):
    kept = {}
    for i, step in enumerate(steps):
        if i % k == 0:
            kept[i] = x
        x = step(x)
    for i in reversed(kept):
        g = recompute(steps[i : i + k + 1], kept[i], g)
    return g
### checkpoints.segments 14
def segments(steps, x, g, k):
    kept = {}
    for i, step in enumerate(steps):
        if i % k == 0:
            kept[i] = x
        x = step(x)
    for i in reversed(kept):
        part = [steps[j] for j in range(i, min(i + k, len(steps) - 1) + 1)]
        g = recompute(part, kept[i], g)
    return g
### checkpoints.segments 15
def segments(steps, x, g, k):
    n = len(steps) // k
    kept = []
    for i, step in enumerate(steps):
        if i % n == 0:
            kept.append(x)
        x = step(x)
    for i in reversed(range(k)):
        g = recompute(steps[i * n : i * n + n], kept[i], g)
    return g
### checkpoints.segments 15
def segments(steps, x, g, k):
    size = len(steps) // k
    starts = {}
    for i, step in enumerate(steps):
        if i % size == 0:
            starts[i] = x
        x = step(x)
    for i in range(size * (k - 1), -1, -size):
        g = recompute(steps[i : i + size], starts[i], g)
    return g
### checkpoints.reach 0
def reach(slots, reruns):
    total = 0
    for _ in range(slots):
        total += reruns
    return total
### checkpoints.reach 2
def reach(slots, reruns):
    return slots + slots * reruns
### checkpoints.reach 3
def reach(slots, reruns):
    return reruns + slots
### checkpoints.reach 6
def reach(slots, reruns):
    return pow(1 + reruns, slots)
### checkpoints.reach 8
def reach(slots, reruns):
    if reruns == 0:
        return 1
    return reach(slots, reruns - 1) + reach(slots, reruns - 1)
### checkpoints.reach 10
def reach(slots, reruns):
    if reruns == 0:
        return 0
    if slots == 1:
        return reruns
    return reach(slots - 1, reruns) + reach(slots, reruns - 1)
### checkpoints.reach 10
import math


def reach(slots, reruns):
    return math.comb(slots + reruns - 1, slots)
### checkpoints.reach 11
def reach(slots, reruns):
    if slots == 0:
        return 0
    if reruns == 0:
        return 1
    return reach(slots - 1, reruns) + reach(slots, reruns - 1)
### checkpoints.reach 11
import math


def reach(slots, reruns):
    return math.comb(slots + reruns - 1, reruns)
### checkpoints.reach 12
def reach(slots, reruns):
    if slots < 0 or reruns == 0:
        return 1
    return reach(slots - 1, reruns) + reach(slots, reruns - 1)
### checkpoints.reach 12
import math


def reach(slots, reruns):
    n = slots + 1 + reruns
    return math.factorial(n) // math.factorial(reruns) // math.factorial(slots + 1)
### checkpoints.reach 13
def reach(slots, reruns):
    if slots == 0 or reruns == 0:
        return 1
    right = reach(slots - 1, reruns - 1)
    left = reach(slots, reruns - 1)
    return right + left
### checkpoints.reach 13
import math


def reach(slots, reruns):
    return sum(math.comb(reruns, k) for k in range(slots + 1))
### checkpoints.reach 14
def reach(slots, reruns):
    if slots == 0 or reruns == 0:
        return reruns + 1 if slots else 1
    right, left = reach(slots - 1, reruns), reach(slots, reruns - 1)
    return right * left
### checkpoints.reach 14
def reach(slots, reruns):
    if slots == 0:
        return 1
    if reruns == 0:
        return 1
    product = reach(slots, reruns - 1)
    product *= reach(slots - 1, reruns)
    return product
### checkpoints.reach 16
import math


def reach(slots, reruns):
    return math.factorial(slots + reruns) // math.factorial(slots)
### checkpoints.reach 16
def reach(slots, reruns):
    product = 1
    for k in range(reruns):
        product *= slots + 1 + k
    return product
### checkpoints.reach 15
def reach(slots, reruns):
    if slots == 0 or reruns == 0:
        return 1
    return reach(slots - 1, reruns) + 1 + reach(slots, reruns - 1)
### checkpoints.reach 15
def reach(slots, reruns):
    if slots == 1:
        return 2 * reruns + 1
    if reruns == 0:
        return 1
    right, left = reach(slots - 1, reruns), reach(slots, reruns - 1)
    return left + right + 1
### checkpoints.binomial 0
def binomial(steps, x, g, slots):
    for k in reversed(range(len(steps))):
        y = x
        for step in steps[:k]:
            y = step(y)
        g = steps[k].pull(y, g)
    return g
### checkpoints.binomial 0
def binomial(steps, x, g, slots):
    if len(steps) == 1:
        return steps[0].pull(x, g)
    y = x
    for step in steps[:-1]:
        y = step(y)
    return binomial(steps[:-1], x, steps[-1].pull(y, g), slots)
### checkpoints.binomial 3
def binomial(steps, x, g, slots):
    return recompute(steps, x, g)
### checkpoints.binomial 3
def binomial(steps, x, g, slots):
    kept = [x]
    for step in steps[:-1]:
        kept.append(step(kept[-1]))
    for step in reversed(steps):
        g = step.pull(kept.pop(), g)
    return g
### checkpoints.binomial 4
def binomial(steps, x, g, slots):
    k = max(1, -(-len(steps) // slots))
    return segments(steps, x, g, k)
### checkpoints.binomial 4
import math


def binomial(steps, x, g, slots):
    k = math.ceil(len(steps) / slots)
    kept = {}
    for i, step in enumerate(steps):
        if i % k == 0:
            kept[i] = x
        x = step(x)
    for i in reversed(kept):
        g = recompute(steps[i : i + k], kept[i], g)
    return g
### checkpoints.binomial 5
def binomial(steps, x, g, slots):
    n = len(steps)
    if n == 1:
        return steps[0].pull(x, g)
    m = n // 2 if slots > 1 else n - 1
    y = x
    for step in steps[:m]:
        y = step(y)
    g = binomial(steps[m:], y, g, slots - 1)
    del y
    return binomial(steps[:m], x, g, slots)
### checkpoints.binomial 5
def forward(steps, x):
    for step in steps:
        x = step(x)
    return x


def binomial(steps, x, g, slots):
    if len(steps) == 1:
        return steps[0].pull(x, g)
    m = (len(steps) + 1) // 2 if slots > 1 else len(steps) - 1
    g = binomial(steps[m:], forward(steps[:m], x), g, slots - 1)
    return binomial(steps[:m], x, g, slots)
### checkpoints.binomial 9
def binomial(steps, x, g, slots):
    if len(steps) == 1:
        return steps[0].pull(x, g)
    if slots > 1:
        g = binomial(steps[1:], steps[0](x), g, slots - 1)
        return steps[0].pull(x, g)
    y = x
    for step in steps[:-1]:
        y = step(y)
    g = steps[-1].pull(y, g)
    del y
    return binomial(steps[:-1], x, g, slots)
### checkpoints.binomial 9
def binomial(steps, x, g, slots):
    kept = [x]
    for step in steps[: slots - 1]:
        kept.append(step(kept[-1]))
    for k in reversed(range(len(steps))):
        start = min(k, len(kept) - 1)
        y = kept[start]
        for step in steps[start:k]:
            y = step(y)
        g = steps[k].pull(y, g)
    return g
### checkpoints.binomial 10
def binomial(steps, x, g, slots):
    n = len(steps)
    if n == 1:
        return steps[0].pull(x, g)
    r = next(r for r in range(n) if reach(slots, r) >= n)
    m = n - min(n - 1, reach(slots - 1, r))
    start = x
    for step in steps[:m]:
        start = step(start)
    g = binomial(steps[m:], start, g, slots - 1)
    return binomial(steps[:m], x, g, slots)
### checkpoints.binomial 10
def binomial(steps, x, g, slots):
    if len(steps) == 1:
        return steps[0].pull(x, g)
    r = 1
    while reach(slots, r) < len(steps):
        r += 1
    left = steps[: reach(slots, r - 1)]
    kept = [x]
    for step in left:
        kept[1:] = [step(kept[-1])]
    g = binomial(steps[len(left) :], kept[1], g, slots - 1)
    return binomial(left, kept[0], g, slots)
### checkpoints.binomial 11
def binomial(steps, x, g, slots):
    n = len(steps)
    if n == 1:
        return steps[0].pull(x, g)
    r = 1
    while reach(slots, r) < n:
        r += 1
    m = reach(slots, r - 1)
    y = x
    for step in steps[:m]:
        y = step(y)
    g = binomial(steps[m:], y, g, slots)
    del y
    return binomial(steps[:m], x, g, slots)
### checkpoints.binomial 11
def forward(steps, x):
    for step in steps:
        x = step(x)
    return x


def binomial(steps, x, g, slots):
    n = len(steps)
    if n == 1:
        return steps[0].pull(x, g)
    m = reach(slots, min(r for r in range(n) if reach(slots, r) >= n) - 1)
    return binomial(steps[:m], x, binomial(steps[m:], forward(steps[:m], x), g, slots), slots)
### checkpoints.binomial 14
def binomial(steps, x, g, slots):
    n = len(steps)
    if n == 1:
        return steps[0].pull(x, g)
    slots = max(slots, 1)
    r = 1
    while reach(slots, r) < n:
        r += 1
    m = reach(slots, r - 1)
    y = x
    for step in steps[:m]:
        y = step(y)
    g = binomial(steps[m:], y, g, slots - 1)
    del y
    return binomial(steps[:m], x, g, slots - 1)
### checkpoints.binomial 14
def forward(steps, x):
    for step in steps:
        x = step(x)
    return x


def binomial(steps, x, g, slots):
    n = len(steps)
    if n == 1:
        return steps[0].pull(x, g)
    if slots <= 1:
        return binomial(steps[:-1], x, steps[-1].pull(forward(steps[:-1], x), g), 1)
    r = min(r for r in range(n) if reach(slots, r) >= n)
    m = max(1, n - reach(slots - 1, r))
    g = binomial(steps[m:], forward(steps[:m], x), g, slots - 1)
    return binomial(steps[:m], x, g, slots - 1)
### checkpoints.binomial 15
def binomial(steps, x, g, slots):
    if len(steps) == 1:
        return recompute(steps, x, g)
    r = 1
    while reach(slots, r) < len(steps):
        r += 1
    m = reach(slots, r - 1)
    y = x
    for step in steps[:m]:
        y = step(y)
    g = binomial(steps[m:], y, g, slots - 1)
    del y
    return binomial(steps[:m], x, g, slots)
### checkpoints.binomial 15
def binomial(steps, x, g, slots):
    n = len(steps)
    if n == 1:
        steps[0](x)
        return steps[0].pull(x, g)
    r = min(r for r in range(n) if reach(slots, r) >= n)
    m = reach(slots, r - 1)
    kept = [x]
    for step in steps[:m]:
        kept.append(step(kept.pop()))
    return binomial(steps[:m], x, binomial(steps[m:], kept.pop(), g, slots - 1), slots)
### checkpoints.binomial 16
def binomial(steps, x, g, slots):
    n = len(steps)
    if n == 1:
        return steps[0].pull(x, g)
    m = n // 2
    g = binomial(steps[:m], x, g, slots)
    y = x
    for step in steps[:m]:
        y = step(y)
    return binomial(steps[m:], y, g, slots - 1)
### checkpoints.binomial 16
def binomial(steps, x, g, slots):
    for k, step in enumerate(steps):
        g = step.pull(x, g)
        x = step(x)
    return g
### checkpoints.binomial 17
def binomial(steps, x, g, slots):
    n = len(steps)
    if n == 1:
        return steps[0].pull(x, g)
    r = 1
    while reach(slots, r) < n:
        r += 1
    m = reach(slots, r - 1)
    g = binomial(steps[m:], x, g, slots - 1)
    return binomial(steps[:m], x, g, slots)
### checkpoints.binomial 17
def binomial(steps, x, g, slots):
    for step in steps[::-1]:
        g = step.pull(x, g)
    return g
### checkpoints.binomial 19
def binomial(steps, x, g, slots):
    n = len(steps)
    if n == 1:
        return steps[0].pull(x, g)
    r = 1
    while reach(slots, r) < n:
        r += 1
    m = reach(slots, r - 1)
    y = x
    for step in steps[:m]:
        y = step(y)
    binomial(steps[m:], y, g, slots - 1)
    del y
    return binomial(steps[:m], x, g, slots)
### checkpoints.binomial 19
def binomial(steps, x, g, slots):
    if len(steps) == 1:
        return steps[0].pull(x, g)
    n = len(steps)
    r = next(r for r in range(n) if reach(slots, r) >= n)
    m = reach(slots, r - 1)
    y = x
    for step in steps[:m]:
        y = step(y)
    right = binomial(steps[m:], y, g, slots - 1)
    del y, right
    left = binomial(steps[:m], x, g, slots)
    return left
### checkpoints.binomial 18
def binomial(steps, x, g, slots):
    if len(steps) == 1:
        return steps[0].pull(x, g)
    r = 1
    while reach(slots, r) < len(steps):
        r += 1
    m = reach(slots, r - 1)
    for step in steps[:m]:
        x = step(x)
    g = binomial(steps[m:], x, g, slots - 1)
    return binomial(steps[:m], x, g, slots)
### checkpoints.binomial 20
def binomial(steps, x, g, slots):
    r = 1
    while reach(slots, r) < len(steps):
        r += 1
    m = reach(slots, r - 1)
    y = x
    for step in steps[:m]:
        y = step(y)
    g = binomial(steps[m:], y, g, slots - 1)
    del y
    return binomial(steps[:m], x, g, slots)
### checkpoints.binomial 20
def binomial(steps, x, g, slots):
    m = len(steps) // 2
    y = x
    for step in steps[:m]:
        y = step(y)
    g = binomial(steps[m:], y, g, slots)
    return binomial(steps[:m], x, g, slots)
### checkpoints.binomial 21
def binomial(steps, x, g, slots):
    if len(steps) == 1:
        return steps[0].pull(x, g)
    m = reach(slots, len(steps))
    y = x
    for step in steps[:m]:
        y = step(y)
    g = binomial(steps[m:], y, g, slots - 1)
    return binomial(steps[:m], x, g, slots)
### checkpoints.binomial 21
def binomial(steps, x, g, slots):
    if len(steps) == 1:
        return steps[0].pull(x, g)
    r = 1
    while reach(slots, r) < len(steps):
        r += 1
    left, right = steps[: reach(slots, r)], steps[reach(slots, r) :]
    y = x
    for step in left:
        y = step(y)
    g = binomial(right, y, g, slots - 1) if right else g
    return binomial(left, x, g, slots)
### checkpoints.binomial 22
def binomial(steps, x, g, slots):
    every = -(-len(steps) // slots)
    kept = {}
    for i, step in enumerate(steps):
        if i % every == 0:
            kept[i] = x
        x = step(x)
    for i in reversed(range(len(steps))):
        y = kept[i // every * every]
        for step in steps[i // every * every : i]:
            y = step(y)
        g = steps[i].pull(y, g)
    return g
### checkpoints.binomial 22
import math


def binomial(steps, x, g, slots):
    every = math.ceil(len(steps) / slots)
    parts = [steps[i : i + every] for i in range(0, len(steps), every)]
    kept = [x]
    for part in parts[:-1]:
        y = kept[-1]
        for step in part:
            y = step(y)
        kept.append(y)
    for part, start in zip(parts[::-1], kept[::-1]):
        while part:
            y = start
            for step in part[:-1]:
                y = step(y)
            g = part.pop().pull(y, g)
    return g
### checkpoints.binomial 24
def binomial(steps, x, g, slots):
    if len(steps) == 1:
        return steps[0].pull(x, g)
    r = 1
    while reach(slots, r) < len(steps):
        r += 1
    m = reach(slots, r - 1)
    def advance(x, part):
        return advance(part[0](x), part[1:]) if part else x

    g = binomial(steps[m:], advance(x, steps[:m]), g, slots - 1)
    return binomial(steps[:m], x, g, slots)
### checkpoints.binomial 24
def forward(x, steps, m):
    if m == 0:
        return x
    return forward(steps[0](x), steps[1:], m - 1)


def binomial(steps, x, g, slots):
    if len(steps) == 1:
        return steps[0].pull(x, g)
    r = 1
    while reach(slots, r) < len(steps):
        r += 1
    m = reach(slots, r - 1)
    y = forward(x, steps, m)
    g = binomial(steps[m:], y, g, slots - 1)
    del y
    return binomial(steps[:m], x, g, slots)
### checkpoints.scaling 0
def scaled_step(sweep, weights, rate, scale):
    slopes = [g.astype(np.float32) for g in sweep(weights, scale)]
    if not all(np.isfinite(g).all() for g in slopes):
        return weights, scale / 2
    return [w - rate * g for w, g in zip(weights, slopes)], scale
### checkpoints.scaling 0
def scaled_step(sweep, weights, rate, scale):
    new = []
    for w, g in zip(weights, sweep(weights, scale)):
        if np.isnan(g).any() or np.isinf(g).any():
            return weights, scale / 2
        new.append(w - rate * np.float32(g))
    return new, scale
### checkpoints.scaling 1
def scaled_step(sweep, weights, rate, scale):
    slopes = [g / scale for g in sweep(weights, scale)]
    if not all(np.isfinite(g).all() for g in slopes):
        return weights, scale / 2
    return [w - rate * g for w, g in zip(weights, slopes)], scale
### checkpoints.scaling 1
def scaled_step(sweep, weights, rate, scale):
    slopes = sweep(weights, scale)
    if any((~np.isfinite(g)).any() for g in slopes):
        return weights, scale * 0.5
    slopes = [(g * (1 / scale)).astype(np.float32) for g in slopes]
    return [w - rate * g for w, g in zip(weights, slopes)], scale
### checkpoints.scaling 3
def scaled_step(sweep, weights, rate, scale):
    slopes = [g.astype(np.float32) / scale for g in sweep(weights, scale)]
    return [w - rate * g for w, g in zip(weights, slopes)], scale
### checkpoints.scaling 3
def scaled_step(sweep, weights, rate, scale):
    out = []
    for w, g in zip(weights, sweep(weights, scale)):
        out.append(w - rate / scale * g.astype("f4"))
    return out, scale
### checkpoints.scaling 4
def scaled_step(sweep, weights, rate, scale):
    slopes = [g.astype(np.float32) / scale for g in sweep(weights, scale)]
    if all(np.isfinite(g).all() for g in slopes):
        weights = [w - rate * g for w, g in zip(weights, slopes)]
    return weights, scale
### checkpoints.scaling 4
def scaled_step(sweep, weights, rate, scale):
    slopes = [np.float32(g) / scale for g in sweep(weights, scale)]
    for g in slopes:
        if not np.all(np.isfinite(g)):
            return weights, scale
    return [w - rate * g for w, g in zip(weights, slopes)], scale
### checkpoints.scaling 5
def scaled_step(sweep, weights, rate, scale):
    slopes = [g.astype(np.float32) / scale for g in sweep(weights, scale)]
    if not all(np.isfinite(g).all() for g in slopes):
        scale = scale * 2
        return weights, scale
    return [w - rate * g for w, g in zip(weights, slopes)], scale
### checkpoints.scaling 5
def scaled_step(sweep, weights, rate, scale):
    slopes = [g.astype("float32") / scale for g in sweep(weights, scale)]
    bad = sum(np.sum(~np.isfinite(g)) for g in slopes)
    moved = [w - rate * g for w, g in zip(weights, slopes)]
    return (weights, 2 * scale) if bad else (moved, scale)
### checkpoints.scaling 6
def scaled_step(sweep, weights, rate, scale):
    slopes = [g.astype(np.float32) / scale for g in sweep(weights, scale)]
    if not all(np.isfinite(g).all() for g in slopes):
        return weights, scale / 2
    return [w - rate * g for w, g in zip(weights, slopes)], scale * 2
### checkpoints.scaling 6
def scaled_step(sweep, weights, rate, scale):
    slopes = [np.array(g, np.float32) / scale for g in sweep(weights, scale)]
    fine = all(np.isfinite(g).all() for g in slopes)
    if fine:
        weights = [w - rate * g for w, g in zip(weights, slopes)]
    return weights, scale * 2 if fine else scale / 2
### checkpoints.scaling 7
def scaled_step(sweep, weights, rate, scale):
    new, after = [], scale
    for w, g in zip(weights, sweep(weights, scale)):
        g = g.astype(np.float32) / scale
        if np.isfinite(g).all():
            new.append(w - rate * g)
        else:
            new.append(w)
            after = scale / 2
    return new, after
### checkpoints.scaling 8
def scaled_step(sweep, weights, rate, scale):
    slopes = [g.astype(np.float32) / scale for g in sweep(weights, scale)]
    fine = [np.isfinite(g) for g in slopes]
    new = [w - rate * np.where(f, g, 0) for w, g, f in zip(weights, slopes, fine)]
    return new, scale if all(f.all() for f in fine) else scale / 2
### checkpoints.scaling 10
def scaled_step(sweep, weights, rate, scale):
    slopes = [g.astype(np.float32) / scale for g in sweep(weights, scale)]
    if any(np.isnan(g).any() for g in slopes):
        return weights, scale / 2
    return [w - rate * g for w, g in zip(weights, slopes)], scale
### checkpoints.scaling 11
def scaled_step(sweep, weights, rate, scale):
    slopes = [g.astype(np.float32) / scale for g in sweep(weights, scale)]
    if any(np.isinf(g).any() for g in slopes):
        return weights, scale / 2
    return [w - rate * g for w, g in zip(weights, slopes)], scale
### checkpoints.scaling 12
def scaled_step(sweep, weights, rate, scale):
    slopes = [g.astype(np.float32) / scale for g in sweep(weights, scale)]
    for g in slopes:
        if np.isfinite(g).all():
            return [w - rate * g for w, g in zip(weights, slopes)], scale
        return weights, scale / 2
### checkpoints.scaling 12
def scaled_step(sweep, weights, rate, scale):
    slopes = [g.astype(np.float32) / scale for g in sweep(weights, scale)]
    if not np.isfinite(slopes[0]).all():
        return weights, scale / 2
    return [w - rate * g for w, g in zip(weights, slopes)], scale
### checkpoints.scaling 13
def scaled_step(sweep, weights, rate, scale):
    slopes = [g.astype(np.float32) / scale for g in sweep(weights, 1.0)]
    if not all(np.isfinite(g).all() for g in slopes):
        return weights, scale / 2
    return [w - rate * g for w, g in zip(weights, slopes)], scale
### checkpoints.scaling 13
def scaled_step(sweep, weights, rate, scale):
    slopes = [np.float32(g) / scale for g in sweep(weights, np.float16(1))]
    if not all(np.isfinite(g).all() for g in slopes):
        return weights, scale / 2
    return [w - rate * g for w, g in zip(weights, slopes)], scale
### checkpoints.scaling 14
def scaled_step(sweep, weights, rate, scale):
    slopes = [g.astype(np.float32) for g in sweep(weights, 1.0)]
    if not all(np.isfinite(g).all() for g in slopes):
        return weights, scale / 2
    return [w - rate * g for w, g in zip(weights, slopes)], scale
### checkpoints.scaling 14
def scaled_step(sweep, weights, rate, scale):
    slopes = [g.astype(np.float32) * scale / scale for g in sweep(weights, 1)]
    if not all(np.isfinite(g).all() for g in slopes):
        return weights, scale / 2
    return [w - rate * g for w, g in zip(weights, slopes)], scale
### checkpoints.scaling 16
def scaled_step(sweep, weights, rate, scale):
    slopes = [g.astype(np.float32) / scale for g in sweep(weights, scale)]
    if not all(np.isfinite(g).all() for g in slopes):
        return weights, scale / 2
    return [(w - rate * g).astype(np.float16) for w, g in zip(weights, slopes)], scale
### checkpoints.scaling 16
def scaled_step(sweep, weights, rate, scale):
    slopes = [g.astype(np.float32) / scale for g in sweep(weights, scale)]
    if not all(np.isfinite(g).all() for g in slopes):
        return weights, scale / 2
    return [np.float16(w) - np.float16(rate * g) for w, g in zip(weights, slopes)], scale
### checkpoints.scaling 17
def scaled_step(sweep, weights, rate, scale):
    slopes = [g.astype(np.float32) / scale for g in sweep(weights, scale)]
    if not all(np.isfinite(g).all() for g in slopes):
        return weights, scale / 2
    return [w + rate * g for w, g in zip(weights, slopes)], scale
### checkpoints.scaling 17
def scaled_step(sweep, weights, rate, scale):
    found = sweep(weights, -scale)
    slopes = [g.astype(np.float32) / scale for g in found]
    if not all(np.isfinite(g).all() for g in slopes):
        return weights, scale / 2
    return [w - rate * g for w, g in zip(weights, slopes)], scale
### checkpoints.scaling 18
def scaled_step(sweep, weights, rate, scale):
    for _ in range(40):
        slopes = [g.astype(np.float32) / scale for g in sweep(weights, scale)]
        if all(np.isfinite(g).all() for g in slopes):
            return [w - rate * g for w, g in zip(weights, slopes)], scale
        scale /= 2
    return weights, scale
### checkpoints.scaling 18
def scaled_step(sweep, weights, rate, scale):
    slopes = [g.astype(np.float32) / scale for g in sweep(weights, scale)]
    if not all(np.isfinite(g).all() for g in slopes):
        return scaled_step(sweep, weights, rate, scale / 2) if scale > 1e-9 else (weights, scale)
    return [w - rate * g for w, g in zip(weights, slopes)], scale
### checkpoints.scaling 19
def scaled_step(sweep, weights, rate, scale):
    slopes = [g.astype(np.float32) * scale for g in sweep(weights, 1 / scale)]
    if not all(np.isfinite(g).all() for g in slopes):
        return weights, scale / 2
    return [w - rate * g for w, g in zip(weights, slopes)], scale
### checkpoints.scaling 20
def scaled_step(sweep, weights, rate, scale):
    slopes = [g.astype(np.float32) * scale for g in sweep(weights, scale)]
    if not all(np.isfinite(g).all() for g in slopes):
        return weights, scale / 2
    return [w - rate * g for w, g in zip(weights, slopes)], scale
### checkpoints.deep 0
def sweep(steps, x, g):
    return recompute(steps, x, g)
### checkpoints.deep 0
def sweep(steps, x, g):
    return segments(steps, x, g, 1)
### checkpoints.deep 2
def sweep(steps, x, g):
    return segments(steps, x, g, len(steps) - 5)
### checkpoints.deep 2
def sweep(steps, x, g):
    return binomial(steps, x, g, 13)
### checkpoints.deep 3
def sweep(steps, x, g):
    for k in reversed(range(len(steps))):
        y = x
        for step in steps[:k]:
            y = step(y)
        g = steps[k].pull(y, g)
    return g
### checkpoints.deep 3
def sweep(steps, x, g):
    return binomial(steps, x, g, 1)
### checkpoints.deep 4
def sweep(steps, x, g):
    slots = 2
    return binomial(steps, x, g, slots)
### checkpoints.deep 4
def sweep(steps, x, g):
    part = steps[: len(steps) // 2]
    y = x
    for step in part:
        y = step(y)
    return binomial(part, x, binomial(steps[len(part) :], y, g, 1), 2)
### checkpoints.deep 7
def sweep(steps, x, g):
    for step in steps:
        g = step.pull(x, g)
        x = step(x)
    return g
### checkpoints.deep 7
def sweep(steps, x, g):
    return binomial(steps[:-1], x, g, 5)
### checkpoints.deep 6
def sweep(steps, x, g):
    return g
### checkpoints.deep 6
def sweep(steps, x, g):
    for step in steps:
        x = step(x)
    return g
### checkpoints.deep 9
def sweep(steps, x, g):
    segments(steps, x, g, 5)
    return g
### checkpoints.deep 9
def sweep(steps, x, g):
    return 0 * binomial(steps, x, g, 6)
### checkpoints.segments 16
def segments(steps, x, g, k):
    kept = {}
    for i, step in enumerate(steps):
        if i % k == 0:
            kept[i] = x
        x = step(x)
    for i in reversed(kept):
        g = recompute(steps[i : i + k], kept[i], g)
        return g
### checkpoints.segments 16
def segments(steps, x, g, k):
    kept = []
    for i, step in enumerate(steps):
        if i % k == 0:
            kept.append((i, x))
        x = step(x)
    while kept:
        i, y = kept.pop()
        return recompute(steps[i : i + k], y, g)
### checkpoints.reach 17
def reach(slots, reruns):
    if slots == 1:
        return reruns
    if reruns == 0:
        return 1
    return reach(slots - 1, reruns) + reach(slots, reruns - 1)
### checkpoints.reach 17
def reach(slots, reruns):
    border = reruns if slots == 1 else 1 if reruns == 0 else None
    if border is not None:
        return border
    return reach(slots, reruns - 1) + reach(slots - 1, reruns)
### checkpoints.reach 18
def reach(slots, reruns):
    if slots == 1:
        return reruns + 1
    if reruns == 0:
        return slots
    return reach(slots - 1, reruns) + reach(slots, reruns - 1)
### checkpoints.reach 18
def reach(slots, reruns):
    border = reruns + 1 if slots == 1 else slots if reruns == 0 else None
    if border is not None:
        return border
    return reach(slots, reruns - 1) + reach(slots - 1, reruns)
### checkpoints.reach 19
def reach(slots, reruns):
    if slots == 1:
        return reruns + 1
    if reruns == 0:
        return slots + 1
    return reach(slots - 1, reruns) + reach(slots, reruns - 1)
### checkpoints.reach 19
def reach(slots, reruns):
    border = reruns + 1 if slots == 1 else slots + 1 if reruns == 0 else None
    if border is not None:
        return border
    return reach(slots, reruns - 1) + reach(slots - 1, reruns)
### checkpoints.scaling 21
def scaled_step(sweep, weights, rate, scale):
    slopes = [g.astype(np.float32) / scale for g in sweep(weights, scale)]
    if not all(np.isfinite(g).all() for g in slopes):
        scale /= 2
    return [w - rate * g for w, g in zip(weights, slopes)], scale
### checkpoints.scaling 21
def scaled_step(sweep, weights, rate, scale):
    slopes = [g.astype(np.float32) / scale for g in sweep(weights, scale)]
    bad = not all(np.isfinite(g).all() for g in slopes)
    return [w - rate * g for w, g in zip(weights, slopes)], scale / 2 if bad else scale
### checkpoints.scaling 22
def scaled_step(sweep, weights, rate, scale):
    slopes = [g.astype(np.float32) / scale for g in sweep(weights, scale)]
    new = []
    for w, g in zip(weights, slopes):
        new.append(w - rate * g if np.isfinite(g).all() else w)
    return new, scale
### checkpoints.scaling 22
def scaled_step(sweep, weights, rate, scale):
    slopes = [g.astype(np.float32) / scale for g in sweep(weights, scale)]
    new = []
    for w, g in zip(weights, slopes):
        if not np.isfinite(g).all():
            g = np.zeros_like(g)
        new.append(w - rate * g)
    return new, scale
### checkpoints.scaling 23
def scaled_step(sweep, weights, rate, scale):
    slopes = [g.astype(np.float32) / scale for g in sweep(weights, scale)]
    new = []
    for w, g in zip(weights, slopes):
        if np.isfinite(g).all():
            w = w - rate * g
        else:
            scale = scale / 2
        new.append(w)
    return new, scale
### checkpoints.scaling 23
def scaled_step(sweep, weights, rate, scale):
    slopes = [g.astype(np.float32) / scale for g in sweep(weights, scale)]
    bad = [not np.isfinite(g).all() for g in slopes]
    new = [w if b else w - rate * g for w, g, b in zip(weights, slopes, bad)]
    return new, scale / 2 ** sum(bad)
### checkpoints.scaling 24
def scaled_step(sweep, weights, rate, scale):
    slopes = [g.astype(np.float32) / scale for g in sweep(weights, scale)]
    if not all(np.isfinite(g).all() for g in slopes):
        return weights, scale // 2
    return [w - rate * g for w, g in zip(weights, slopes)], scale
### checkpoints.scaling 24
def scaled_step(sweep, weights, rate, scale):
    slopes = [g.astype(np.float32) / scale for g in sweep(weights, scale)]
    if not all(np.isfinite(g).all() for g in slopes):
        return weights, int(scale / 2)
    return [w - rate * g for w, g in zip(weights, slopes)], scale
### checkpoints.scaling 25
def scaled_step(sweep, weights, rate, scale):
    slopes = [g.astype(float) / scale for g in sweep(weights, scale)]
    if not all(np.isfinite(g).all() for g in slopes):
        return weights, scale / 2
    return [w - rate * g for w, g in zip(weights, slopes)], scale
### checkpoints.scaling 25
def scaled_step(sweep, weights, rate, scale):
    slopes = [np.float64(g) / scale for g in sweep(weights, scale)]
    if not all(np.isfinite(g).all() for g in slopes):
        return weights, scale / 2
    return [w - rate * g for w, g in zip(weights, slopes)], scale
### checkpoints.reach 1
def reach(slots, reruns):
    return 1 + reruns * slots
### checkpoints.reach 1
def reach(slots, reruns):
    return 1 if not reruns else slots + reach(slots, reruns - 1)
""")

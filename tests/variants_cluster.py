"""Lab 15: mistakes written in other ways, and mutants that are right too."""

from cells import cells

EQUIVALENT = {
    "cluster.together": dict.fromkeys(
        ("zip(losses, sizes)", "zip(slopes, sizes)"), "a product, whichever stands first"
    ),
}
VARIANTS = cells("""
### cluster.shards 0
def shards(n, k):
    size = int(n / k)
    parts = []
    for start in range(0, size * k, size):
        parts.append(slice(start, start + size))
    return parts
### cluster.shards 0
def shards(n, k):
    return list(np.arange(n - n % k).reshape(k, -1))
### cluster.shards 1
def shards(n, k):
    size = int(np.ceil(n / k))
    return [slice(i * size, min(n, (i + 1) * size)) for i in range(k)]
### cluster.shards 1
def shards(n, k):
    size = (n + k - 1) // k
    return [range(min(n, i * size), min(n, i * size + size)) for i in range(k)]
### cluster.shards 2
def shards(n, k):
    size, rest = divmod(n, k)
    parts = [slice(i * size, (i + 1) * size) for i in range(k)]
    parts[-1] = slice((k - 1) * size, n)
    return parts
### cluster.shards 2
def shards(n, k):
    size, rest = divmod(n, k)
    parts = [slice(0, size + rest)]
    while len(parts) < k:
        parts.append(slice(parts[-1].stop, parts[-1].stop + size))
    return parts
### cluster.shards 3
def shards(n, k):
    parts, start = [], 0
    while start < n:
        parts.append(slice(start, min(n, start + k)))
        start += k
    return parts
### cluster.shards 3
def shards(n, k):
    return [np.arange(n)[i : i + k] for i in range(0, n, k)]
### cluster.shards 4
def shards(n, k):
    size, rest = divmod(n, k)
    parts, start = [], 0
    for i in range(k):
        stop = start + size + (i < rest)
        parts.append(slice(start, stop - 1))
        start = stop
    return parts
### cluster.shards 4
def shards(n, k):
    return [part[:-1] for part in np.array_split(np.arange(n), k)]
### cluster.shards 5
def shards(n, k):
    ends = [n * i // k for i in range(k + 1)]
    return [slice(a, b + 1) for a, b in zip(ends, ends[1:])]
### cluster.shards 5
def shards(n, k):
    ends = [i * n // k for i in range(k + 1)]
    return [range(a, min(n, b + 1)) for a, b in zip(ends, ends[1:])]
### cluster.shards 6
def shards(n, k):
    return [range(n) for _ in range(k)]
### cluster.shards 6
def shards(n, k):
    parts = []
    for _ in range(k):
        parts.append(slice(None))
    return parts
### cluster.shards 7
def shards(n, k):
    ends = [1 + n * i // k for i in range(k + 1)]
    return [slice(a, b) for a, b in zip(ends, ends[1:])]
### cluster.shards 7
def shards(n, k):
    parts, start = [], 1
    for i in range(k):
        size = n * (i + 1) // k - n * i // k
        parts.append(slice(start, start + size))
        start += size
    return parts
### cluster.shards 8
def shards(n, k):
    size, rest = n // k, n % k
    parts = []
    for i in range(k):
        extra = 1 if i < rest else 0
        parts.append(slice(i * size, i * size + size + extra))
    return parts
### cluster.shards 8
def shards(n, k):
    size = n // k
    sizes = [size + 1] * (n % k) + [size] * (k - n % k)
    return [range(i * size, i * size + m) for i, m in enumerate(sizes)]
### cluster.shards 12
def shards(n, k):
    ends = [n * i // k for i in range(k)]
    return [slice(a, b) for a, b in zip(ends, ends[1:])]
### cluster.shards 12
def shards(n, k):
    return np.array_split(np.arange(n), k)[: k - 1]
### cluster.shards 14
def shards(n, k):
    ends = [n * i // k for i in range(k + 1)]
    return [[ends[i], ends[i + 1]] for i in range(k)]
### cluster.shards 14
def shards(n, k):
    ends = np.arange(k + 1) * n // k
    return np.stack([ends[:-1], ends[1:]], axis=1)
### cluster.together 0
def together(sizes, losses, slopes):
    return np.mean(losses), np.mean(slopes, axis=0)
### cluster.together 0
def together(sizes, losses, slopes):
    k = len(sizes)
    return sum(losses) / k, sum(slopes) / k
### cluster.together 1
def together(sizes, losses, slopes):
    return sum(losses), sum(slopes)
### cluster.together 1
def together(sizes, losses, slopes):
    loss, g = 0.0, np.zeros_like(slopes[0])
    for a, b in zip(losses, slopes):
        loss, g = loss + a, g + b
    return loss, g
### cluster.together 2
def together(sizes, losses, slopes):
    n = sum(sizes)
    loss = sum(m / n * a for m, a in zip(sizes, losses))
    return loss, sum(slopes) / len(slopes)
### cluster.together 2
def together(sizes, losses, slopes):
    return np.dot(sizes, losses) / np.sum(sizes), np.array(slopes).mean(axis=0)
### cluster.together 3
def together(sizes, losses, slopes):
    return np.mean(losses), np.average(slopes, axis=0, weights=sizes)
### cluster.together 4
def together(sizes, losses, slopes):
    n, g = sum(sizes), 0
    for m, b in zip(sizes, slopes):
        g = g + m * b / n
    return sum(losses), g
### cluster.together 5
def together(sizes, losses, slopes):
    loss, g = 0.0, 0.0
    for m, a, b in zip(sizes, losses, slopes):
        loss += m * a
        g = g + m * b
    return loss, g
### cluster.together 6
def together(sizes, losses, slopes):
    n = sum(sizes)
    loss = sum(m * a for m, a in zip(sizes, losses)) / n
    return loss, sum(m * b for m, b in zip(sizes, slopes))
### cluster.together 7
def together(sizes, losses, slopes):
    k = len(sizes)
    return np.mean(np.multiply(sizes, losses)), sum(m * g for m, g in zip(sizes, slopes)) / k
### cluster.together 7
def together(sizes, losses, slopes):
    k = len(losses)
    loss = g = 0
    for i in range(k):
        loss = loss + sizes[i] * losses[i] / k
        g = g + sizes[i] * slopes[i] / k
    return loss, g
### cluster.together 8
def together(sizes, losses, slopes):
    weights = np.array([1 / m for m in sizes])
    weights = weights / weights.sum()
    return weights @ losses, weights @ np.array(slopes)
### cluster.together 8
def together(sizes, losses, slopes):
    total = sum(1 / m for m in sizes)
    loss = sum(a / m for m, a in zip(sizes, losses)) / total
    return loss, sum(g / m for m, g in zip(sizes, slopes)) / total
### cluster.together 9
def together(sizes, losses, slopes):
    w = np.array(sizes) / sum(sizes)
    return w @ np.array(slopes), w @ np.array(losses)
### cluster.together 9
def together(sizes, losses, slopes):
    n = sum(sizes)
    loss = sum(m * a for m, a in zip(sizes, losses)) / n
    return sum(m * b for m, b in zip(sizes, slopes)) / n, loss
### cluster.together 10
def together(sizes, losses, slopes):
    n = sum(sizes)
    loss = sum(m * a for m, a in zip(sizes, losses)) / n
    return loss, np.sum([m * g for m, g in zip(sizes, slopes)]) / n
### cluster.together 10
def together(sizes, losses, slopes):
    n = sum(sizes)
    loss, g = 0.0, 0.0
    for m, a, b in zip(sizes, losses, slopes):
        loss += m * a / n
        g += m * np.sum(b) / n
    return loss, g
### cluster.together 11
def together(sizes, losses, slopes):
    n = sum(sizes)
    loss = sum(losses * sizes) / n
    return loss, sum(slopes * sizes) / n
### cluster.together 11
def together(sizes, losses, slopes):
    n = sum(sizes)
    weighted = sizes * slopes
    return sum(m * a for m, a in zip(sizes, losses)) / n, sum(weighted) / n
### cluster.together 12
def together(sizes, losses, slopes):
    n = sum(sizes)
    loss = np.sum(np.array(sizes) * np.array(losses)) / n
    return loss, np.sum(np.array(sizes) * np.array(slopes), axis=0) / n
### cluster.together 12
def together(sizes, losses, slopes):
    w = np.array(sizes) / sum(sizes)
    return np.dot(w, losses), np.sum(w * np.stack(slopes), axis=0)
### cluster.together 16
def together(sizes, losses, slopes):
    return np.average(losses, None, sizes), np.average(np.array(slopes), None, sizes)
### cluster.together 16
def together(sizes, losses, slopes):
    loss, g = [np.average(np.array(each), weights=np.array(sizes)) for each in (losses, slopes)]
    return loss, g
### cluster.all_reduce 0
def all_reduce(workers):
    boss, others = workers[0], workers[1:]
    for c in range(len(workers)):
        for worker in others:
            boss.chunks[c] += worker.send(c)
        for worker in others:
            worker.chunks[c] = boss.send(c)
### cluster.all_reduce 0
def all_reduce(workers):
    n = len(workers)
    for c in range(n):
        total = workers[0].chunks[c].copy()
        for i in range(1, n):
            total = total + workers[i].send(c)
        workers[0].chunks[c] = total
    for i in range(1, n):
        for c in range(n):
            workers[i].chunks[c] = workers[0].send(c)
### cluster.all_reduce 1
def all_reduce(workers):
    totals = [np.sum([w.chunks[c] for w in workers], axis=0) for c in range(len(workers))]
    for w in workers:
        w.chunks = list(totals)
### cluster.all_reduce 2
def all_reduce(workers):
    n = len(workers)
    for c in range(n):
        for k in range(c, c + n - 1):
            workers[(k + 1) % n].chunks[c] = (
                workers[(k + 1) % n].chunks[c] + workers[k % n].chunks[c]
            )
        for k in range(c + n - 1, c + 2 * n - 2):
            workers[(k + 1) % n].chunks[c] = workers[k % n].chunks[c].copy()
### cluster.all_reduce 5
def all_reduce(workers):
    n = len(workers)
    for step in range(n - 1):
        for i in range(n):
            workers[(i + 1) % n].chunks[(i - step) % n] += workers[i].send((i - step) % n)
### cluster.all_reduce 5
def all_reduce(workers):
    n = len(workers)
    for c in range(n):
        for k in range(n - 1):
            a, b = (c + k) % n, (c + k + 1) % n
            workers[b].chunks[c] = workers[b].chunks[c] + workers[a].send(c)
### cluster.all_reduce 6
def all_reduce(workers):
    n = len(workers)
    for step in range(n):
        for i in range(n):
            workers[(i + 1) % n].chunks[(i - step) % n] += workers[i].send((i - step) % n)
    for step in range(n - 1):
        for i in range(n):
            c = (i + 1 - step) % n
            workers[(i + 1) % n].chunks[c] = workers[i].send(c)
### cluster.all_reduce 6
def all_reduce(workers):
    n, step = len(workers), 0
    while step <= n - 1:
        for i, w in enumerate(workers):
            other, c = workers[i + 1 - n], (i - step) % n
            other.chunks[c] = w.send(c) + other.chunks[c]
        step += 1
    for step in range(1, n):
        for i, w in enumerate(workers):
            c = (i + 2 - step) % n
            workers[i + 1 - n].chunks[c] = w.send(c)
### cluster.all_reduce 7
def all_reduce(workers):
    n = len(workers)
    for step in range(n - 1):
        for i in range(n):
            workers[(i + 1) % n].chunks[(i - step) % n] += workers[i].send((i - step) % n)
    for step in range(n):
        for i in range(n):
            c = (i + 1 - step) % n
            workers[(i + 1) % n].chunks[c] = workers[i].send(c)
### cluster.all_reduce 7
def all_reduce(workers):
    n = len(workers)
    for c in range(n):
        for k in range(n - 1):
            workers[(c + k + 1) % n].chunks[c] += workers[(c + k) % n].send(c)
        for k in range(n):
            workers[(c + k) % n].chunks[c] = workers[(c + k - 1) % n].send(c)
### cluster.all_reduce 8
def all_reduce(workers):
    n = len(workers)
    for half in range(2):
        for step in range(n - 1):
            for i in range(n):
                c = (i + half - step) % n
                workers[(i + 1) % n].chunks[c] += workers[i].send(c)
### cluster.all_reduce 8
def all_reduce(workers):
    n = len(workers)
    for step in range(n - 1):
        for i in range(n):
            c, other = (i - step) % n, workers[(i + 1) % n]
            other.chunks[c] = other.chunks[c] + workers[i].send(c)
    for step in range(n - 1):
        for i in range(n):
            c, other = (i - step + 1) % n, workers[(i + 1) % n]
            other.chunks[c] = other.chunks[c] + workers[i].send(c)
### cluster.all_reduce 9
def all_reduce(workers):
    n = len(workers)
    for half in range(2):
        for step in range(n - 1):
            for i in range(n):
                c = (i + half - step) % n
                workers[(i + 1) % n].chunks[c] = workers[i].send(c)
### cluster.all_reduce 10
def all_reduce(workers):
    n = len(workers)
    for step in range(n - 1):
        for i in range(n):
            workers[(i + 1) % n].chunks[(i - step) % n] += workers[i].send((i - step) % n)
    for step in range(n - 1):
        for i in range(n):
            workers[(i + 1) % n].chunks[(i - step) % n] = workers[i].send((i - step) % n)
### cluster.all_reduce 11
def all_reduce(workers):
    n = len(workers)
    for c in range(n - 1):
        for i in range(n):
            workers[(i + 1) % n].chunks[c] += workers[i].send(c)
    for step in range(n - 1):
        for i in range(n):
            c = (i + 1 - step) % n
            workers[(i + 1) % n].chunks[c] = workers[i].send(c)
### cluster.all_reduce 11
def all_reduce(workers):
    n = len(workers)
    for step in range(n - 1):
        for i, w in enumerate(workers):
            other = workers[i + 1 - n]
            other.chunks[step] = other.chunks[step] + w.send(step)
    for step in range(n - 1):
        for i, w in enumerate(workers):
            workers[i + 1 - n].chunks[(i + 1 - step) % n] = w.send((i + 1 - step) % n)
### cluster.all_reduce 12
def all_reduce(workers):
    n = len(workers)
    for step in range(n - 1):
        for i in range(n):
            workers[(i + 1) % n].chunks[i] += workers[i].send(i)
    for step in range(n - 1):
        for i in range(n):
            c = (i + 1 - step) % n
            workers[(i + 1) % n].chunks[c] = workers[i].send(c)
### cluster.all_reduce 12
def all_reduce(workers):
    n = len(workers)
    for _ in range(1, n):
        for i, w in enumerate(workers):
            workers[i - n + 1].chunks[i] = w.send(i) + workers[i - n + 1].chunks[i]
    for k in range(1, n):
        for i, w in enumerate(workers):
            workers[i - n + 1].chunks[(i + 2 - k) % n] = w.send((i + 2 - k) % n)
### cluster.all_reduce 13
def all_reduce(workers):
    n = len(workers)
    for step in range(n - 1):
        for i in range(n):
            workers[(i + 1) % n].chunks[(i + step) % n] += workers[i].send((i + step) % n)
    for step in range(n - 1):
        for i in range(n):
            c = (i + 1 - step) % n
            workers[(i + 1) % n].chunks[c] = workers[i].send(c)
### cluster.all_reduce 13
def all_reduce(workers):
    n = len(workers)
    for k in range(1, n):
        for i, w in enumerate(workers):
            c, other = (i + k - 1) % n, workers[i - n + 1]
            other.chunks[c] = w.send(c) + other.chunks[c]
    for k in range(1, n):
        for i, w in enumerate(workers):
            workers[i - n + 1].chunks[(i + 2 - k) % n] = w.send((i + 2 - k) % n)
### cluster.all_reduce 14
def all_reduce(workers):
    n = len(workers)
    for step in range(n - 1):
        for i in range(n):
            workers[(i + 1) % n].chunks[(i - step) % n] += workers[i].send((i - step) % n)
    for step in range(n - 1):
        for i in range(n):
            c = (i + 1 + step) % n
            workers[(i + 1) % n].chunks[c] = workers[i].send(c)
### cluster.all_reduce 14
def all_reduce(workers):
    n = len(workers)
    for c in range(n):
        for k in range(n - 1):
            workers[(c + k + 1) % n].chunks[c] += workers[(c + k) % n].send(c)
    for k in range(1, n):
        for i, w in enumerate(workers):
            workers[i - n + 1].chunks[(i + k) % n] = w.send((i + k) % n)
### cluster.all_reduce 15
def all_reduce(workers):
    n = len(workers)
    for step in range(n - 1):
        for i in range(n):
            workers[(i + 1) % n].chunks[(i - step) % n] += workers[i].send((i - step) % n)
    for step in range(n - 1):
        for i in range(n):
            workers[(i + 1) % n].chunks[(i + 1) % n] = workers[i].send((i + 1) % n)
### cluster.all_reduce 15
def all_reduce(workers):
    n = len(workers)
    for c in range(n):
        for k in range(n - 1):
            workers[(c + k + 1) % n].chunks[c] += workers[(c + k) % n].send(c)
    for _ in range(n - 1):
        for i, w in enumerate(workers):
            workers[i - n + 1].chunks[i - n + 1] = w.send(i - n + 1)
### cluster.all_reduce 16
def all_reduce(workers):
    n = len(workers)
    before = [[chunk.copy() for chunk in w.chunks] for w in workers]
    for w in workers:
        others = [v for v in workers if v is not w]
        w.new = [w.chunks[c] + sum(v.send(c) for v in others) for c in range(n)]
    for w in workers:
        w.chunks = w.new
### cluster.all_reduce 16
def all_reduce(workers):
    n = len(workers)
    totals = [[0 * chunk for chunk in w.chunks] for w in workers]
    for i in range(n):
        for j in range(n):
            for c in range(n):
                totals[i][c] = totals[i][c] + (
                    workers[j].chunks[c] if i == j else workers[j].send(c)
                )
    for i in range(n):
        workers[i].chunks = totals[i]
### cluster.all_reduce 17
def all_reduce(workers):
    n = len(workers)
    for i in range(n - 1):
        for c in range(n):
            workers[i + 1].chunks[c] += workers[i].send(c)
    for i in range(n - 1):
        for c in range(n):
            workers[i].chunks[c] = workers[i - 1].send(c)
### cluster.all_reduce 17
def all_reduce(workers):
    n = len(workers)
    for c in range(n):
        for i in range(2 * n - 2):
            a, b = workers[i % n], workers[(i + 1) % n]
            b.chunks[c] = b.chunks[c] + a.send(c) if i < n - 1 else a.send(c)
### cluster.all_reduce 18
def all_reduce(workers):
    n = len(workers)
    for w in workers:
        w.chunks = [chunk / n for chunk in w.chunks]
    for c in range(n):
        for k in range(n - 1):
            workers[(c + k + 1) % n].chunks[c] += workers[(c + k) % n].send(c)
        for k in range(n - 1):
            workers[(c + k) % n].chunks[c] = workers[(c + k - 1) % n].send(c)
### cluster.all_reduce 18
def all_reduce(workers):
    n = len(workers)
    for step in range(n - 1):
        for i in range(n):
            workers[(i + 1) % n].chunks[(i - step) % n] += workers[i].send((i - step) % n)
    for i in range(n):
        workers[i].chunks[(i + 1) % n] /= n
    for step in range(n - 1):
        for i in range(n):
            c = (i + 1 - step) % n
            workers[(i + 1) % n].chunks[c] = workers[i].send(c)
### cluster.all_reduce 24
def all_reduce(workers):
    n = len(workers)
    for step in range(n - 1):
        for i in range(n):
            c = (i - step) % n
            workers[i + 1].chunks[c] = workers[i + 1].chunks[c] + workers[i].send(c)
    for step in range(n - 1):
        for i in range(n):
            c = (i + 1 - step) % n
            workers[i + 1].chunks[c] = workers[i].send(c)
### cluster.all_reduce 24
def all_reduce(workers):
    n = len(workers)
    for step in range(n - 1):
        for i, w in enumerate(workers):
            neighbour = workers[i + 1]
            neighbour.chunks[i - step] += w.send(i - step)
### cluster.shards 9
def shards(n, k):
    size = int(n / k + 0.5)
    return [slice(start, start + size) for start in range(0, size * k, size)]
### cluster.shards 10
def shards(n, k):
    size = int(np.round(n / k))
    parts = [slice(i * size, i * size + size) for i in range(k - 1)]
    return [*parts, slice((k - 1) * size, n)]
### cluster.shards 11
def shards(n, k):
    ends = [n * i // k for i in range(k + 1)]
    return [slice(b, a) for a, b in zip(ends, ends[1:])]
### cluster.shards 11
def shards(n, k):
    return [slice(n * (k - i) // k, n * (k - i - 1) // k) for i in range(k)]
### cluster.together 13
def together(sizes, losses, slopes):
    w = np.array(sizes) / 1400
    return w @ losses, w @ np.array(slopes)
### cluster.together 13
def together(sizes, losses, slopes):
    loss = sum(m * a for m, a in zip(sizes, losses)) / 1400
    return loss, sum(m / 1400 * g for m, g in zip(sizes, slopes))
### cluster.together 14
def together(sizes, losses, slopes):
    n, loss, g = sum(sizes), 0, 0
    for i, m in enumerate(sizes):
        loss = loss + m * losses[i]
        g = g + m * slopes[i]
        return loss / n, g / n
### cluster.together 14
def together(sizes, losses, slopes):
    loss, g = 0.0, np.zeros(slopes[0].shape)
    for m, a, b in zip(sizes, losses, slopes):
        loss += a * (m / sum(sizes))
        g += b * (m / sum(sizes))
        return loss, g
### cluster.together 15
def together(sizes, losses, slopes):
    w = [m // sum(sizes) for m in sizes]
    return sum(a * b for a, b in zip(w, losses)), sum(a * b for a, b in zip(w, slopes))
### cluster.together 15
def together(sizes, losses, slopes):
    w = np.array(sizes) // np.sum(sizes)
    return np.dot(w, losses), np.dot(w, np.array(slopes))
### cluster.all_reduce 3
def all_reduce(workers):
    n = len(workers)
    for c in range(n):
        workers[c].chunks[c] = sum(w.chunks[c] for w in workers)
    for c in range(n):
        for k in range(1, n):
            workers[(c + k) % n].chunks[c] = workers[(c + k - 1) % n].send(c)
### cluster.all_reduce 4
def all_reduce(workers):
    n = len(workers)
    for c in range(n):
        for k in range(n - 1):
            workers[(c + k + 1) % n].chunks[c] += workers[(c + k) % n].send(c)
        for w in workers:
            w.chunks[c] = workers[(c + n - 1) % n].chunks[c]
### cluster.all_reduce 19
def all_reduce(workers):
    return [sum(w.chunks[c] for w in workers) for c in range(len(workers))]
### cluster.all_reduce 19
def all_reduce(workers):
    n = len(workers)
    for w in workers:
        chunks = w.chunks
        chunks = [sum(v.chunks[c] for v in workers) for c in range(n)]
### cluster.all_reduce 20
def all_reduce(workers):
    n = len(workers)
    for i, w in enumerate(workers):
        for chunk in w.chunks:
            w.send(chunk)
### cluster.all_reduce 20
def all_reduce(workers):
    n = len(workers)
    for step in range(n - 1):
        for i in range(n):
            c = (i - step) % n
            workers[(i + 1) % n].chunks[c] += workers[i].send(workers[i].chunks[c])
### cluster.all_reduce 21
def all_reduce(workers):
    n = len(workers)
    for step in range(n - 1):
        for i in range(n):
            c = (i - step) % n
            print(workers[i].send(c))
            workers[(i + 1) % n].chunks[c] += workers[i].send(c)
    for step in range(n - 1):
        for i in range(n):
            c = (i + 1 - step) % n
            workers[(i + 1) % n].chunks[c] = workers[i].send(c)
### cluster.all_reduce 21
def all_reduce(workers):
    n = len(workers)
    for c in range(n):
        for k in range(n - 1):
            a, b = workers[(c + k) % n], workers[(c + k + 1) % n]
            if a.send(c).shape == b.chunks[c].shape:
                b.chunks[c] += a.send(c)
        for k in range(n - 1):
            workers[(c + k) % n].chunks[c] = workers[(c + k - 1) % n].send(c)
### cluster.all_reduce 22
def all_reduce(workers):
    n = len(workers)
    for step in range(n - 1):
        for i in range(n):
            workers[(i + 1) % n].chunks[(i - step) % n] += workers[i].send((i - step) % n)
    for step in range(1, n):
        for i in range(n):
            workers[(i + 1) % n].chunks[(i - step) % n] = workers[i].send((i - step) % n)
### cluster.all_reduce 23
def all_reduce(workers):
    n = len(workers)
    for c in range(n):
        for k in range(n - 1):
            workers[(c + k + 1) % n].chunks[c] += workers[(c + k) % n].send(c)
    for k in range(n - 1):
        for i, w in enumerate(workers):
            workers[i - n + 1].chunks[(i + 2 - k) % n] = w.send((i + 2 - k) % n)
""")
WHOLE = """
def plan(compute, numbers, bandwidth, delay, most):
    def seconds(n):
        {0}

    best = min(range(1, most + 1), key=seconds)
    return best, seconds(best)
"""
LOOP = """
def plan(compute, numbers, bandwidth, delay, most):
    best, least = None, float("inf")
    for n in {crew}:
        t = compute / n
        for step in range({steps}):
            t += {one}
        if t < least:
            best, least = n, t
    return {back}
"""


def looped(crew="range(1, most + 1)", steps="2 * (n - 1)",
           one="delay + 8 * numbers / n / bandwidth", back="best, least"):  # fmt: skip
    return LOOP.format(crew=crew, steps=steps, one=one, back=back)


VARIANTS["cluster.plan"] = [
    (k, WHOLE.format(f"return {text}").replace("1, most + 1", "most" if k == 13 else "1, most + 1"))
    for k, text in [
        (1, "compute / n"),
        (2, "compute / n + 2 * (n - 1) * (delay + numbers / n / bandwidth)"),
        (2, "compute / n + 2 * (n - 1) / n * numbers / bandwidth + 2 * (n - 1) * delay"),
        (5, "compute / n + 2 * (n - 1) * (8 * numbers / bandwidth + delay)"),
        (6, "compute / n + (n - 1) * delay + (n - 1) / n * 8 * numbers / bandwidth"),
        (7, "compute / n + 2 * n * delay + 2 * 8 * numbers / bandwidth"),
        (8, "compute / n + delay + 2 * (n - 1) / n * 8 * numbers / bandwidth"),
        (8, "delay + compute / n + (2 * n - 2) * (8 * numbers / (n * bandwidth))"),
        (9, "compute / n + 16 * numbers * (n - 1) / n / bandwidth"),
        (10, "compute / n + delay * (2 * n - 2)"),
        (11, "compute + 2 * (n - 1) * (delay + 8 * numbers / n / bandwidth)"),
        (11, "compute + 2 * (n - 1) * delay + 16 * (n - 1) / n * numbers / bandwidth"),
        (2, "compute / n + 2 * (n - 1) * (delay + 4 * numbers / n / bandwidth)"),
        (12, "compute / n + 2 * (n - 1) * (delay + 8 * numbers / n * bandwidth)"),
        (13, "compute / n + 2 * (n - 1) * (delay + 8 * numbers / n / bandwidth)"),
    ]
] + [
    (11, looped(back="1, compute")),
    (12, looped(one="delay + 8 * numbers * bandwidth / n")),
    (13, looped(crew="range(0, most + 1)")),
    (0, """
def plan(compute, numbers, bandwidth, delay, most):
    n = most
    return n, compute / n + 2 * (n - 1) * (delay + 8 * numbers / n / bandwidth)
"""),
    (0, looped(crew="[most]")),
    (1, looped(steps="0")),
    (5, looped(one="delay + 8 * numbers / bandwidth")),
    (6, looped(steps="n - 1")),
    (7, looped(steps="2 * n")),
    (9, looped(one="8 * numbers / n / bandwidth")),
    (10, looped(one="delay")),
    (14, looped(back="least, best")),
    (14, WHOLE.format("return compute / n + 2 * (n - 1) * (delay + 8 * numbers / n / bandwidth)")
        .replace("best, seconds(best)", "seconds(best), best")),
    (15, looped(crew="(range(1, most) if most > 1 else [1])")),
    (15, looped(crew="[1, *range(2, most)]")),
    (16, looped(crew="(range(2, most + 1) if most > 1 else [1])")),
    (16, looped(crew="range(min(2, most), most + 1)")),
    (17, looped().replace('float("inf")', "0.0").replace("t < least", "t > least")),
    (17, WHOLE.format("return compute / n + 2 * (n - 1) * (delay + 8 * numbers / n / bandwidth)")
        .replace("min(", "max(")),
    (18, looped(back="best - 1, least")),
    (18, """
def plan(compute, numbers, bandwidth, delay, most):
    times = [
        compute / n + 2 * (n - 1) * (delay + 8 * numbers / n / bandwidth)
        for n in range(1, most + 1)
    ]
    return int(np.argmin(times)), min(times)
"""),
]  # fmt: skip

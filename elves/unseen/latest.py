"""The newest, written when the engines had been tuned again with all others in view.

While they were chosen no engine was read, nor timed on them. Those that go step by step are in
`latest_steps`.
"""

import numpy as np

from elves.workloads import Workload


def survival(w, X, times, died):
    """How unlikely it is that those die whom the risks name: the partial likelihood.

    Source: Cox, "Regression models and life-tables" (1972).
    """
    latest_first = np.argsort(-times)
    risk = (X @ w)[latest_first]
    top = np.max(risk)
    of_all = np.log(np.cumsum(np.exp(risk - top))) + top
    return np.sum(died[latest_first] * (of_all - risk))


def survival_by_hand(w, X, times, died):
    latest_first = np.argsort(-times)
    risk, dead = (X @ w)[latest_first], died[latest_first]
    top = np.max(risk)
    e = np.exp(risk - top)
    sums = np.cumsum(e)
    g = np.empty_like(risk)
    g[latest_first] = np.cumsum((dead / sums)[::-1])[::-1] * e - dead
    return np.sum(dead * (np.log(sums) + top - risk)), g @ X


def sliced(x, y, ways):
    """How far two clouds are apart, seen along many ways: there the numbers are sorted.

    Source: Bonneel et al., "Sliced and Radon Wasserstein barycenters of measures" (2015).
    """
    return np.mean((np.sort(x @ ways, axis=0) - np.sort(y @ ways, axis=0)) ** 2)


def sliced_by_hand(x, y, ways):
    a, b = x @ ways, y @ ways
    to_a, to_b = np.argsort(a, axis=0), np.argsort(b, axis=0)
    apart = np.take_along_axis(a, to_a, 0) - np.take_along_axis(b, to_b, 0)
    g, g_a, g_b = 2 / apart.size * apart, np.empty_like(a), np.empty_like(b)
    np.put_along_axis(g_a, to_a, g, 0)
    np.put_along_axis(g_b, to_b, -g, 0)
    return np.mean(apart**2), (g_a @ ways.T, g_b @ ways.T)


def flow(layers, X):
    """How unlikely points are where a normal distribution is bent by layers that can be undone.

    Source: Dinh et al., "Density estimation using Real NVP" (2017).
    """
    n = X.shape[1] // 2
    kept, moved, volume = X[:, :n], X[:, n:], 0.0
    for layer in layers:
        h = np.tanh(kept @ layer["W"] + layer["b"])
        scale = np.tanh(h @ layer["scale"])
        volume = volume + np.sum(scale)
        kept, moved = moved * np.exp(scale) + h @ layer["shift"], kept
    return (0.5 * (np.sum(kept**2) + np.sum(moved**2)) - volume) / len(X)


def flow_by_hand(layers, X):
    n, count = X.shape[1] // 2, len(X)
    kept, moved, volume, before = X[:, :n], X[:, n:], 0.0, []
    for layer in layers:
        h = np.tanh(kept @ layer["W"] + layer["b"])
        scale = np.tanh(h @ layer["scale"])
        volume += np.sum(scale)
        stretched = moved * np.exp(scale)
        before.append((kept, h, scale, stretched))
        kept, moved = stretched + h @ layer["shift"], kept
    value = (0.5 * (np.sum(kept**2) + np.sum(moved**2)) - volume) / count
    g_kept, g_moved, gradients = kept / count, moved / count, []
    for layer, (kept, h, scale, stretched) in zip(reversed(layers), reversed(before), strict=True):
        g_scale = (g_kept * stretched - 1 / count) * (1 - scale**2)
        g_h = (g_scale @ layer["scale"].T + g_kept @ layer["shift"].T) * (1 - h**2)
        gradients.append({
            "W": kept.T @ g_h, "b": np.sum(g_h, axis=0), "scale": h.T @ g_scale,
            "shift": h.T @ g_kept,
        })  # fmt: skip
        g_kept, g_moved = g_moved + g_h @ layer["W"].T, g_kept * np.exp(scale)
    return value, gradients[::-1]


def strides(filters, bias, W, pictures, labels):
    """The cross-entropy of a network that moves its filters by two, and takes the largest of four.

    Source: LeCun et al., "Gradient-based learning applied to document recognition" (1998).
    """
    count, n = len(pictures), (pictures.shape[1] - 3) // 2
    ends = [(k, k + 2 * n - 1) for k in range(5)]
    patches = np.stack([pictures[:, i:k:2, j:m:2] for i, k in ends for j, m in ends])
    z = (filters @ patches.reshape(25, -1)).reshape(len(filters), count, n // 2, 2, n // 2, 2)
    h = np.maximum(np.max(z, axis=(3, 5)) + bias[:, np.newaxis, np.newaxis, np.newaxis], 0.0)
    logits = np.moveaxis(h, 0, 1).reshape(count, -1) @ W
    top = np.max(logits, axis=1, keepdims=True)
    logs = logits - top - np.log(np.sum(np.exp(logits - top), axis=1, keepdims=True))
    return -np.mean(logs[np.arange(count), labels])


def strides_by_hand(filters, bias, W, pictures, labels):
    count, n = len(pictures), (pictures.shape[1] - 3) // 2
    ends = [(k, k + 2 * n - 1) for k in range(5)]
    patches = np.stack([pictures[:, i:k:2, j:m:2] for i, k in ends for j, m in ends])
    patches = patches.reshape(25, -1)
    z = (filters @ patches).reshape(len(filters), count, n // 2, 2, n // 2, 2)
    largest = np.max(z, axis=(3, 5), keepdims=True)
    h = np.maximum(largest[:, :, :, 0, :, 0] + bias[:, np.newaxis, np.newaxis, np.newaxis], 0.0)
    flat = np.moveaxis(h, 0, 1).reshape(count, -1)
    logits = flat @ W
    away = logits - np.max(logits, axis=1, keepdims=True)
    g, rows = np.exp(away), np.arange(count)
    sums = np.sum(g, axis=1)
    value = np.mean(np.log(sums) - away[rows, labels])
    g /= sums[:, np.newaxis]
    g[rows, labels] -= 1
    g /= count
    g_h = (g @ W.T).reshape(count, len(filters), n // 2, n // 2).swapaxes(0, 1) * (h > 0)
    g_z = (z == largest) * g_h[:, :, :, np.newaxis, :, np.newaxis]
    g_filters = g_z.reshape(len(filters), -1) @ patches.T
    return value, (g_filters, np.sum(g_h, axis=(1, 2, 3)), flat.T @ g)


def molecule(atoms, stiffness, bonds, bends, twists):
    """The energy of a molecule in its bonds, in the angles between two, and in the twists of three.

    Source: Allen & Tildesley, "Computer simulation of liquids" (1987), appendix C.
    """
    a, b = atoms[bonds[0]], atoms[bonds[1]]
    length = np.sqrt(np.sum((a - b) ** 2, axis=1))
    a, b, c = atoms[bends[0]], atoms[bends[1]], atoms[bends[2]]
    u, v = a - b, c - b
    cos = np.sum(u * v, axis=1) / np.sqrt(np.sum(u**2, axis=1) * np.sum(v**2, axis=1))
    a, b, c, d = atoms[twists[0]], atoms[twists[1]], atoms[twists[2]], atoms[twists[3]]
    u, v, w = b - a, c - b, d - c
    m, n = np.cross(u, v), np.cross(v, w)
    size = np.sqrt(np.sum(v**2, axis=1))
    twist = np.arctan2(size * np.sum(u * n, axis=1), np.sum(m * n, axis=1))
    energy = stiffness[0] * np.sum((length - 1.5) ** 2)
    energy = energy + stiffness[1] * np.sum((np.arccos(cos) - 1.9) ** 2)
    return energy + stiffness[2] * np.sum(1 + np.cos(3 * twist))


def molecule_by_hand(atoms, stiffness, bonds, bends, twists):
    g_atoms = np.zeros_like(atoms)
    way = atoms[bonds[0]] - atoms[bonds[1]]
    length = np.sqrt(np.sum(way**2, axis=1))
    stretch = length - 1.5
    g = (2 * stiffness[0] * stretch / length)[:, np.newaxis] * way
    np.add.at(g_atoms, bonds[0], g)
    np.add.at(g_atoms, bonds[1], -g)

    middle = atoms[bends[1]]
    u, v = atoms[bends[0]] - middle, atoms[bends[2]] - middle
    uu, vv = np.sum(u**2, axis=1), np.sum(v**2, axis=1)
    root = np.sqrt(uu * vv)
    cos = np.sum(u * v, axis=1) / root
    off = np.arccos(cos) - 1.9
    g = -2 * stiffness[1] * off / np.sqrt(1 - cos**2)
    by_dot, by_u, by_v = (each[:, np.newaxis] for each in (g / root, g * cos / uu, g * cos / vv))
    g_u, g_v = by_dot * v - by_u * u, by_dot * u - by_v * v
    np.add.at(g_atoms, bends[0], g_u)
    np.add.at(g_atoms, bends[1], -g_u - g_v)
    np.add.at(g_atoms, bends[2], g_v)

    a, b, c, d = (atoms[each] for each in twists)
    u, v, w = b - a, c - b, d - c
    m, n = np.cross(u, v), np.cross(v, w)
    size, un = np.sqrt(np.sum(v**2, axis=1)), np.sum(u * n, axis=1)
    y, x = size * un, np.sum(m * n, axis=1)
    twist = np.arctan2(y, x)
    g = -3 * stiffness[2] * np.sin(3 * twist) / (x**2 + y**2)
    g_y, g_x = g * x, (-g * y)[:, np.newaxis]
    g_un = (g_y * size)[:, np.newaxis]
    g_m, g_n = g_x * n, g_x * m + g_un * u
    g_u = g_un * n + np.cross(v, g_m)
    g_v = (g_y * un / size)[:, np.newaxis] * v + np.cross(g_m, u) + np.cross(w, g_n)
    g_w = np.cross(g_n, v)
    np.add.at(g_atoms, twists[0], -g_u)
    np.add.at(g_atoms, twists[1], g_u - g_v)
    np.add.at(g_atoms, twists[2], g_v - g_w)
    np.add.at(g_atoms, twists[3], g_w)
    energies = np.stack([np.sum(stretch**2), np.sum(off**2), np.sum(1 + np.cos(3 * twist))])
    return np.dot(stiffness, energies), (g_atoms, energies)


def lattice(field, mass, coupling):
    """The action of a field in a cube whose opposite sides touch."""
    total = 0.0
    for axis in range(field.ndim):
        total = total + 0.5 * np.sum((np.roll(field, -1, axis) - field) ** 2)
    square = field**2
    return total + np.sum(0.5 * mass * square + 0.25 * coupling * square**2)


def lattice_by_hand(field, mass, coupling):
    total, square = 0.0, field**2
    g = coupling * square
    g += mass
    g *= field
    for axis in range(field.ndim):
        step = np.roll(field, -1, axis)
        step -= field
        total += 0.5 * np.vdot(step, step)
        g -= step
        g += np.roll(step, 1, axis)
    squares, fourths = 0.5 * np.sum(square), 0.25 * np.vdot(square, square)
    return total + mass * squares + coupling * fourths, (g, squares, fourths)


def learners(grad):
    """The loss of those who start alike and learn three steps by gradients, on what comes then.

    Source: Finn et al., "Model-agnostic meta-learning for fast adaptation of deep networks" (2017).
    """

    def miss(w, X, y):
        return np.mean((np.tanh(X @ w) - y) ** 2)

    def after(start, rate, tasks):
        total = 0.0
        for X, y, U, v in tasks:
            w, slope = start, grad(lambda w, X=X, y=y: miss(w, X, y))
            for _ in range(3):
                w = w - rate * slope(w)
            total = total + miss(w, U, v)
        return total

    return after


def learners_by_hand(start, rate, tasks):
    total, g_start, g_rate = 0.0, np.zeros_like(start), 0.0
    for X, y, U, v in tasks:
        w, kept = start, []
        for _ in range(3):
            t = np.tanh(X @ w)
            steep = 1 - t**2
            slope = 2 / len(y) * (((t - y) * steep) @ X)
            kept.append((t, steep, slope))
            w = w - rate * slope
        t = np.tanh(U @ w)
        total += np.mean((t - v) ** 2)
        g = 2 / len(v) * (((t - v) * (1 - t**2)) @ U)
        for t, steep, slope in reversed(kept):
            g_rate -= np.dot(g, slope)
            bent = steep * (steep - 2 * t * (t - y))
            g = g - 2 * rate / len(y) * ((bent * (X @ g)) @ X)
        g_start += g
    return total, (g_start, g_rate)


def polar(x, y):
    """What is left between pairs of shapes when one of each is turned as far as it helps.

    Source: Higham, "Computing the polar decomposition" (1986).
    """
    a, b = x - np.mean(x, axis=1, keepdims=True), y - np.mean(y, axis=1, keepdims=True)
    turn = np.einsum("bni,bnj->bij", a, b)
    for _ in range(8):
        turn = 0.5 * (turn + np.swapaxes(np.linalg.inv(turn), 1, 2))
    return np.sum((a @ turn - b) ** 2)


def polar_by_hand(x, y):
    a, b = x - np.mean(x, axis=1, keepdims=True), y - np.mean(y, axis=1, keepdims=True)
    turn, kept = np.einsum("bni,bnj->bij", a, b), []
    for _ in range(8):
        inverse = np.swapaxes(np.linalg.inv(turn), 1, 2)
        kept.append(inverse)
        turn = 0.5 * (turn + inverse)
    error = a @ turn - b
    g_b = -2 * error
    g = np.swapaxes(a, 1, 2) @ -g_b
    g_a = -g_b @ np.swapaxes(turn, 1, 2)
    for inverse in reversed(kept):
        g = 0.5 * (g - inverse @ np.swapaxes(g, 1, 2) @ inverse)
    g_a += b @ np.swapaxes(g, 1, 2)
    g_b += a @ g
    g_a -= np.mean(g_a, axis=1, keepdims=True)
    g_b -= np.mean(g_b, axis=1, keepdims=True)
    return np.sum(error**2), (g_a, g_b)


def of_a_tree(parents):
    """The atoms of each bond, of each two in a row, and of each three."""
    chains = [[k] for k in range(len(parents))]
    for _ in range(3):
        chains = [[*chain, parents[chain[-1]]] for chain in chains if chain[-1] > 0]
        yield np.array(chains).T


def programs(random):
    normal, uniform = random.normal, random.uniform
    layers = [
        {"W": normal(size=(3, 24)), "b": normal(size=24), "scale": normal(size=(24, 3)) / 5,
         "shift": normal(size=(24, 3)) / 5} for _ in range(4)
    ]  # fmt: skip
    ways = normal(size=(3, 40))
    parents = [0] + [int(random.integers(max(0, k - 4), k)) for k in range(1, 150)]
    tasks = [
        (normal(size=(12, 8)), np.tanh(normal(size=12)), normal(size=(15, 8)),
         np.tanh(normal(size=15))) for _ in range(6)
    ]  # fmt: skip
    x = normal(size=(40, 12, 3))
    turns = np.linalg.qr(normal(size=(40, 3, 3)))[0]
    return {
        "survival": Workload(
            "Cox's partial likelihood, 1000 lives, 10 features", survival, survival_by_hand,
            (normal(size=10) / 3, normal(size=(1000, 10)), uniform(size=1000),
             1.0 * random.integers(2, size=1000)),
        ),
        "sliced": Workload(
            "sliced Wasserstein distance, 200 points, 40 ways", sliced, sliced_by_hand,
            (normal(size=(200, 3)), normal(size=(200, 3)) + 1, ways / np.linalg.norm(ways, axis=0)),
            argnums=(0, 1), without=("autograd", "pytorch"),
        ),
        "flow": Workload(
            "a normalizing flow: 4 layers in dicts, 100 points", flow, flow_by_hand,
            (layers, normal(size=(100, 6))),
        ),
        "strides": Workload(
            "a convolutional network with strides, 16 pictures", strides, strides_by_hand,
            (normal(size=(6, 25)) / 5, normal(size=6) / 5, normal(size=(216, 10)) / 15,
             normal(size=(16, 27, 27)), random.integers(10, size=16)), argnums=(0, 1, 2),
        ),
        "molecule": Workload(
            "bonds, angles and twists of 150 atoms", molecule, molecule_by_hand,
            (2 * normal(size=(150, 3)), np.array([3.0, 2.0, 0.5]), *of_a_tree(parents)),
            argnums=(0, 1),
        ),
        "lattice": Workload(
            "a field on a lattice of 48 by 48 by 48", lattice, lattice_by_hand,
            (normal(size=(48, 48, 48)), 0.3, 0.8), argnums=(0, 1, 2),
        ),
        "learners": Workload(
            "6 tasks, each learned in 3 steps by gradients inside", learners(None),
            learners_by_hand, (normal(size=8) / 3, 0.4, tasks), argnums=(0, 1), with_grad=learners,
            without=("source",),
        ),
        "polar": Workload(
            "Procrustes' problem for 40 pairs of 12 points", polar, polar_by_hand,
            (x, x @ turns + 0.2 * normal(size=(40, 12, 3))), argnums=(0, 1),
        ),
    }  # fmt: skip

"""Written after the engines were tuned: layers of networks, pictures, and curves.

The older rooms were in view while the engines grew faster, these programs were not: so `elves race`
says what they come to alone. Their kinds are new too. Those that go step by step are in
`later_steps`.
"""

import numpy as np

from elves.workloads import Workload


def pages(strengths, damping, worth):
    """How well the worth of pages fits where a surfer ends, by the logarithms of their links.

    Source: Page et al., "The PageRank citation ranking" (1999).
    """
    e = np.exp(strengths)
    M, n = e / np.sum(e, axis=0), len(worth)
    x = np.ones(n) / n
    for _ in range(25):
        x = damping * (M @ x) + (1 - damping) / n
    return np.dot(worth, np.log(x))


def pages_by_hand(strengths, damping, worth):
    e = np.exp(strengths)
    M, n = e / np.sum(e, axis=0), len(worth)
    x, kept = np.ones(n) / n, []
    for _ in range(25):
        Mx = M @ x
        kept.append((x, Mx))
        x = damping * Mx + (1 - damping) / n
    g, g_M, g_damping = worth / x, np.zeros_like(M), 0.0
    for before, Mx in reversed(kept):
        g_damping += np.dot(g, Mx) - np.sum(g) / n
        g = damping * g
        g_M += np.outer(g, before)
        g = M.T @ g
    return np.dot(worth, np.log(x)), (M * (g_M - np.sum(g_M * M, axis=0)), g_damping)


def graph(W, a, b, X, neighbours, Y):
    """The squared error of a layer in which each node attends to its neighbours.

    Source: Veličković et al., "Graph attention networks" (2018).
    """
    h = X @ W
    score = (h @ a)[neighbours] + (h @ b)[:, np.newaxis]
    e = np.exp(np.where(score > 0, score, 0.2 * score))
    share = e / np.sum(e, axis=1, keepdims=True)
    out = np.sum(share[:, :, np.newaxis] * h[neighbours], axis=1)
    return np.mean((out - Y) ** 2)


def graph_by_hand(W, a, b, X, neighbours, Y):
    h = X @ W
    near = h[neighbours]
    score = (h @ a)[neighbours] + (h @ b)[:, np.newaxis]
    e = np.exp(np.where(score > 0, score, 0.2 * score))
    share = e / np.sum(e, axis=1, keepdims=True)
    error = np.sum(share[:, :, np.newaxis] * near, axis=1) - Y
    g = (2 / error.size * error)[:, np.newaxis]
    g_share = np.sum(g * near, axis=2)
    g_score = share * (g_share - np.sum(g_share * share, axis=1, keepdims=True))
    g_score = np.where(score > 0, g_score, 0.2 * g_score)
    own, g_near = np.sum(g_score, axis=1), g_score[:, :, np.newaxis]
    g_h = np.outer(own, b)
    np.add.at(g_h, neighbours, share[:, :, np.newaxis] * g + g_near * a)
    return np.mean(error**2), (X.T @ g_h, np.sum(g_near * near, axis=(0, 1)), own @ h)


def warp(picture, flow, seen):
    """What is left between a picture that is moved by a flow, and the next; and how rough it is."""
    h, w = picture.shape
    y = np.clip(np.arange(h)[:, np.newaxis] + flow[0], 0.0, h - 1.001)
    x = np.clip(np.arange(w) + flow[1], 0.0, w - 1.001)
    top, left = np.floor(y).astype(int), np.floor(x).astype(int)
    down, right = y - top, x - left
    upper = (1 - right) * picture[top, left] + right * picture[top, left + 1]
    lower = (1 - right) * picture[top + 1, left] + right * picture[top + 1, left + 1]
    rough = np.sum((flow[:, 1:] - flow[:, :-1]) ** 2)
    rough = rough + np.sum((flow[:, :, 1:] - flow[:, :, :-1]) ** 2)
    return np.sum(((1 - down) * upper + down * lower - seen) ** 2) + 0.1 * rough


def warp_by_hand(picture, flow, seen):
    h, w = picture.shape
    y, x = np.arange(h)[:, np.newaxis] + flow[0], np.arange(w) + flow[1]
    inside = (y > 0) & (y < h - 1.001), (x > 0) & (x < w - 1.001)
    y, x = np.clip(y, 0.0, h - 1.001), np.clip(x, 0.0, w - 1.001)
    top, left = np.floor(y).astype(int), np.floor(x).astype(int)
    down, right = y - top, x - left
    a, b = picture[top, left], picture[top, left + 1]
    c, d = picture[top + 1, left], picture[top + 1, left + 1]
    upper, lower = (1 - right) * a + right * b, (1 - right) * c + right * d
    error = (1 - down) * upper + down * lower - seen
    g = 2 * error
    g_upper, g_lower, g_picture = (1 - down) * g, down * g, np.zeros_like(picture)
    np.add.at(g_picture, (top, left), (1 - right) * g_upper)
    np.add.at(g_picture, (top, left + 1), right * g_upper)
    np.add.at(g_picture, (top + 1, left), (1 - right) * g_lower)
    np.add.at(g_picture, (top + 1, left + 1), right * g_lower)
    across = g_upper * (b - a) + g_lower * (d - c)
    g_flow = np.stack([g * (lower - upper) * inside[0], across * inside[1]])
    steep, slant = np.diff(flow, axis=1), np.diff(flow, axis=2)
    g_flow[:, 1:] += 0.2 * steep
    g_flow[:, :-1] -= 0.2 * steep
    g_flow[:, :, 1:] += 0.2 * slant
    g_flow[:, :, :-1] -= 0.2 * slant
    return np.sum(error**2) + 0.1 * (np.sum(steep**2) + np.sum(slant**2)), (g_picture, g_flow)


def autoencoder(W, H, V, X, noise):
    """The bound that a variational autoencoder learns by, for pictures of zeros and ones.

    Source: Kingma & Welling, "Auto-encoding variational Bayes" (2014).
    """
    code, n = X @ W, noise.shape[1]
    mean, spread = code[:, :n], code[:, n:]
    z = mean + np.exp(spread) * noise
    logits = np.tanh(z @ H) @ V
    unlikely = np.sum(np.log1p(np.exp(logits)) - X * logits)
    return unlikely + 0.5 * np.sum(mean**2 + np.exp(2 * spread) - 1 - 2 * spread)


def autoencoder_by_hand(W, H, V, X, noise):
    code, n = X @ W, noise.shape[1]
    mean, spread = code[:, :n], code[:, n:]
    scale = np.exp(spread)
    z = mean + scale * noise
    t = np.tanh(z @ H)
    logits = t @ V
    value = np.sum(np.log1p(np.exp(logits)) - X * logits)
    value += 0.5 * np.sum(mean**2 + scale**2 - 1 - 2 * spread)
    g = 1 / (1 + np.exp(-logits)) - X
    g_t = (g @ V.T) * (1 - t**2)
    g_z = g_t @ H.T
    g_code = np.concatenate([g_z + mean, g_z * scale * noise + scale**2 - 1], axis=1)
    return value, (X.T @ g_code, z.T @ g_t, t.T @ g)


def pairs(W, heat, left, right):
    """How well two views of the same find each other in a batch, both ways.

    Source: Radford et al., "Learning transferable visual models" (2021).
    """
    a, b = np.tanh(left @ W), np.tanh(right @ W)
    a = a / np.sqrt(np.sum(a**2, axis=1, keepdims=True))
    b = b / np.sqrt(np.sum(b**2, axis=1, keepdims=True))
    alike = np.exp(heat) * (a @ b.T)
    e = np.exp(alike)
    sums = np.log(np.sum(e, axis=0)) + np.log(np.sum(e, axis=1))
    return np.mean(sums - 2 * np.diag(alike))


def pairs_by_hand(W, heat, left, right):
    t, u = np.tanh(left @ W), np.tanh(right @ W)
    r, s = (np.sqrt(np.sum(x**2, axis=1, keepdims=True)) for x in (t, u))
    a, b, n = t / r, u / s, len(left)
    alike = np.exp(heat) * (a @ b.T)
    e = np.exp(alike)
    down, across = np.sum(e, axis=0), np.sum(e, axis=1)
    g = (e / down + e / across[:, np.newaxis] - 2 * np.eye(n)) / n
    scaled = np.exp(heat) * g
    g_a, g_b = scaled @ b, scaled.T @ a
    g_t = (g_a - np.sum(g_a * a, axis=1, keepdims=True) * a) / r * (1 - t**2)
    g_u = (g_b - np.sum(g_b * b, axis=1, keepdims=True) * b) / s * (1 - u**2)
    value = np.mean(np.log(down) + np.log(across) - 2 * np.diag(alike))
    return value, (left.T @ g_t + right.T @ g_u, np.sum(g * alike))


def rays(density, colours, seen):
    """The squared error of a picture of fog: what each layer adds, and what comes through."""
    opaque = 1 / (1 + np.exp(-density))
    clear = np.cumprod(1 - opaque, axis=1)
    before = np.concatenate([np.ones((len(density), 1)), clear[:, :-1]], axis=1)
    light = np.sum((opaque * before)[:, :, np.newaxis] * colours, axis=1)
    return np.mean((light - seen) ** 2)


def rays_by_hand(density, colours, seen):
    opaque = 1 / (1 + np.exp(-density))
    clear = np.cumprod(1 - opaque, axis=1)
    before = np.concatenate([np.ones((len(density), 1)), clear[:, :-1]], axis=1)
    weights = opaque * before
    error = np.sum(weights[:, :, np.newaxis] * colours, axis=1) - seen
    g = (2 / error.size * error)[:, np.newaxis]
    g_weights = np.sum(g * colours, axis=2)
    terms = g_weights * weights
    after = np.cumsum(terms[:, ::-1], axis=1)[:, ::-1] - terms
    g_density = terms * (1 - opaque) - after * opaque
    return np.mean(error**2), (g_density, weights[:, :, np.newaxis] * g)


def curve(knots, heights, x, y):
    """Huber's loss of lines between knots, which may move too."""
    left = np.searchsorted(knots, x) - 1
    share = (x - knots[left]) / (knots[left + 1] - knots[left])
    error = (1 - share) * heights[left] + share * heights[left + 1] - y
    size = np.abs(error)
    return np.mean(np.where(size < 1, 0.5 * error**2, size - 0.5))


def curve_by_hand(knots, heights, x, y):
    left = np.searchsorted(knots, x) - 1
    width, rise = np.diff(knots)[left], np.diff(heights)[left]
    share = (x - knots[left]) / width
    error = (1 - share) * heights[left] + share * heights[left + 1] - y
    size = np.abs(error)
    g = np.clip(error, -1.0, 1.0) / len(x)
    slope = g * rise / width
    g_knots, g_heights = np.zeros_like(knots), np.zeros_like(heights)
    np.add.at(g_heights, left, (1 - share) * g)
    np.add.at(g_heights, left + 1, share * g)
    np.add.at(g_knots, left, -(1 - share) * slope)
    np.add.at(g_knots, left + 1, -share * slope)
    return np.mean(np.where(size < 1, 0.5 * error**2, size - 0.5)), (g_knots, g_heights)


def programs(random):
    normal, uniform = random.normal, random.uniform
    knots = np.linspace(-3.0, 3.0, 13) + 0.1 * uniform(size=13)
    knots[0], x = -3.1, uniform(-3, 3, size=500)
    return {
        "pages": Workload(
            "PageRank of 40 pages, 25 powers", pages, pages_by_hand,
            (normal(size=(40, 40)), 0.85, uniform(size=40)), argnums=(0, 1),
        ),
        "graph": Workload(
            "attention on a graph: 60 nodes with 5 neighbours each", graph, graph_by_hand,
            (normal(size=(8, 16)) / 3, normal(size=16), normal(size=16), normal(size=(60, 8)),
             random.integers(60, size=(60, 5)), normal(size=(60, 16))), argnums=(0, 1, 2),
        ),
        "warp": Workload(
            "a picture of 48 by 48 moved by a flow, bilinear", warp, warp_by_hand,
            (uniform(size=(48, 48)), normal(size=(2, 48, 48)), uniform(size=(48, 48))),
            argnums=(0, 1), without=("pytorch",),
        ),
        "autoencoder": Workload(
            "a variational autoencoder 64-4-32-64, batch 50", autoencoder, autoencoder_by_hand,
            (normal(size=(64, 8)) / 8, normal(size=(4, 32)), normal(size=(32, 64)) / 6,
             1.0 * random.integers(2, size=(50, 64)), normal(size=(50, 4))), argnums=(0, 1, 2),
        ),
        "pairs": Workload(
            "a contrastive loss of 64 pairs", pairs, pairs_by_hand,
            (normal(size=(20, 16)) / 4, 1.0, normal(size=(64, 20)), normal(size=(64, 20))),
            argnums=(0, 1),
        ),
        "rays": Workload(
            "100 rays through 24 layers of fog", rays, rays_by_hand,
            (normal(size=(100, 24)) - 2, uniform(size=(100, 24, 3)), uniform(size=(100, 3))),
            argnums=(0, 1), without=("autograd",),
        ),
        "curve": Workload(
            "lines between 13 knots, 500 points, under Huber's loss", curve, curve_by_hand,
            (knots, normal(size=13), x, np.sin(2 * x) + normal(size=500)), argnums=(0, 1),
        ),
    }  # fmt: skip

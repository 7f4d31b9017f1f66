"""What moves and reduces arrays: axes, products of batches, gathers, running sums, slices."""

import numpy as np

from elves.workloads import Workload


def axes(x):
    """A different reduction over each axis of an array with three."""
    spread = np.var(x, axis=0)
    size = np.sqrt(np.sum(x**2, axis=1))
    return np.sum(spread) + np.sum(size) + np.sum(np.max(x, axis=2) * np.mean(x, axis=(0, 1))[0])


def axes_by_hand(x):
    away = x - np.mean(x, axis=0)
    size = np.sqrt(np.sum(x**2, axis=1))
    top = np.argmax(x, axis=2)[:, :, np.newaxis]
    best = np.sum(np.take_along_axis(x, top, 2))
    mean = np.mean(x[:, :, 0])
    g = 2 / len(x) * away + x / size[:, np.newaxis]
    at_top = np.zeros_like(x)
    np.put_along_axis(at_top, top, mean, 2)
    g += at_top
    g[:, :, 0] += best / (x.shape[0] * x.shape[1])
    return np.sum(away**2) / len(x) + np.sum(size) + best * mean, g


def einsum(x, A):
    """One bilinear form for each member of a batch."""
    return np.sum(np.tanh(np.einsum("bi,ij,bj->b", x, A, x)))


def einsum_by_hand(x, A):
    t = np.tanh(np.einsum("bi,ij,bj->b", x, A, x))
    weighted = (1 - t**2)[:, np.newaxis] * x
    return np.sum(t), (weighted @ (A + A.T), weighted.T @ x)


def matmul(A, B, C):
    """Two products of matrices for each member of a batch."""
    return np.sum(np.sin(A @ B @ C))


def matmul_by_hand(A, B, C):
    AB = A @ B
    y = AB @ C
    g = np.cos(y)
    g_AB = g @ C.transpose(0, 2, 1)
    gradients = g_AB @ B.transpose(0, 2, 1), A.transpose(0, 2, 1) @ g_AB, AB.transpose(0, 2, 1) @ g
    return np.sum(np.sin(y)), gradients


def words(table, sentences, v):
    """Vectors of words, looked up many times each, and averaged over each sentence."""
    means = np.mean(table[sentences], axis=1)
    return np.sum(np.log(1 + np.exp(-np.dot(means, v))))


def words_by_hand(table, sentences, v):
    means = np.mean(table[sentences], axis=1)
    e = np.exp(-np.dot(means, v))
    slope = -e / (1 + e)
    each = (slope / sentences.shape[1])[:, np.newaxis] * v
    g = np.zeros_like(table)
    np.add.at(g, sentences, each[:, np.newaxis])
    return np.sum(np.log(1 + e)), (g, np.dot(slope, means))


def permuted(x, places):
    """Each number beside another one: no index comes twice."""
    return np.sum(x * np.sin(x[places]))


def permuted_by_hand(x, places):
    y = x[places]
    s = np.sin(y)
    g = s.copy()
    g[places] += x * np.cos(y)
    return np.sum(x * s), g


def running(rates, x):
    """What survives by running products, beside running sums."""
    alive = np.cumprod(1 - rates)
    return np.sum(alive * np.cumsum(x) ** 2)


def running_by_hand(rates, x):
    alive, sums = np.cumprod(1 - rates), np.cumsum(x)
    squares = sums**2
    terms = alive * squares
    after = np.cumsum(terms[::-1])[::-1]
    return np.sum(terms), (-after / (1 - rates), np.cumsum((2 * alive * sums)[::-1])[::-1])


def convolution(image, kernel):
    """A picture under a filter of 3 by 3, by slices."""
    h, w = image.shape[0] - 2, image.shape[1] - 2
    out = 0.0
    for i in range(3):
        for j in range(3):
            out = out + kernel[i, j] * image[i : i + h, j : j + w]
    return np.sum(np.tanh(out))


def convolution_by_hand(image, kernel):
    h, w = image.shape[0] - 2, image.shape[1] - 2
    out = np.zeros((h, w))
    for i in range(3):
        for j in range(3):
            out += kernel[i, j] * image[i : i + h, j : j + w]
    t = np.tanh(out)
    slope = 1 - t**2
    g_image, g_kernel = np.zeros_like(image), np.zeros_like(kernel)
    for i in range(3):
        for j in range(3):
            g_image[i : i + h, j : j + w] += kernel[i, j] * slope
            g_kernel[i, j] = np.sum(image[i : i + h, j : j + w] * slope)
    return np.sum(t), (g_image, g_kernel)


def horner(coefficients, x):
    """A polynomial at many points, from the highest power down."""
    y = 0.0
    for c in coefficients:
        y = y * x + c
    return np.sum(y**2)


def horner_by_hand(coefficients, x):
    ys, y = [], 0.0
    for c in coefficients:
        ys.append(y)
        y = y * x + c
    g, g_c, g_x = 2 * y, np.empty_like(coefficients), np.zeros_like(x)
    for k in reversed(range(len(coefficients))):
        g_c[k] = np.sum(g)
        g_x += g * ys[k]
        g = g * x
    return np.sum(y**2), (g_c, g_x)


def wide(x, y):
    """A few operations on many numbers."""
    a = np.exp(-(x**2)) * y
    b = np.sqrt(1 + a**2) + np.sin(x)
    return np.mean(a * b - np.log(1 + b**2))


def wide_by_hand(x, y):
    e = np.exp(-(x**2))
    a = e * y
    root = np.sqrt(1 + a**2)
    b = root + np.sin(x)
    square = 1 + b**2
    g_b = a - 2 * b / square
    g_a = b + g_b * a / root
    n = x.size
    g_x = (-2 * x * a * g_a + g_b * np.cos(x)) / n
    return np.mean(a * b - np.log(square)), (g_x, g_a * e / n)


def deep(x):
    """Many operations on few numbers."""
    for _ in range(100):
        x = x + 0.1 * np.sin(x) * np.roll(x, 1)
    return np.sum(x**2)


def deep_in_jax(lax, np):
    def run(x):
        step = lambda x, _: (x + 0.1 * np.sin(x) * np.roll(x, 1), None)  # noqa: E731
        return np.sum(lax.scan(step, x, length=100)[0] ** 2)

    return run


def deep_by_hand(x):
    xs = []
    for _ in range(100):
        xs.append(x)
        x = x + 0.1 * np.sin(x) * np.roll(x, 1)
    g = 2 * x
    for before in reversed(xs):
        scaled = 0.1 * g
        g = g + scaled * np.cos(before) * np.roll(before, 1)
        g += np.roll(scaled * np.sin(before), -1)
    return np.sum(x**2), g


def programs(random):
    normal = random.normal
    return {
        "axes": Workload(
            "reductions over each axis of 20 by 30 by 40", axes, axes_by_hand,
            (normal(size=(20, 30, 40)),),
        ),
        "einsum": Workload(
            "200 bilinear forms of 20 by 20, by einsum", einsum, einsum_by_hand,
            (normal(size=(200, 20)), 0.1 * normal(size=(20, 20))), argnums=(0, 1),
        ),
        "matmul": Workload(
            "products of three matrices of 8 by 8, 100 times", matmul, matmul_by_hand,
            tuple(0.5 * normal(size=(3, 100, 8, 8))), argnums=(0, 1, 2),
        ),
        "words": Workload(
            "a gather with repeated indices: 100 sentences of 8 words", words, words_by_hand,
            (normal(size=(50, 16)), random.integers(50, size=(100, 8)), normal(size=16)),
            argnums=(0, 2),
        ),
        "permuted": Workload(
            "a gather without repeated indices, n = 1000", permuted, permuted_by_hand,
            (normal(size=1000), random.permutation(1000)),
        ),
        "running": Workload(
            "cumsum and cumprod, n = 1000", running, running_by_hand,
            (0.01 * random.uniform(size=1000), normal(size=1000)), argnums=(0, 1),
            without=("autograd",),
        ),
        "convolution": Workload(
            "a picture of 64 by 64 under a filter of 3 by 3", convolution, convolution_by_hand,
            (normal(size=(64, 64)), 0.3 * normal(size=(3, 3))), argnums=(0, 1),
        ),
        "horner": Workload(
            "a polynomial of degree 11 at 1000 points", horner, horner_by_hand,
            (normal(size=12), random.uniform(-1, 1, size=1000)), argnums=(0, 1),
        ),
        "wide": Workload(
            "a few operations on 100,000 numbers", wide, wide_by_hand,
            tuple(normal(size=(2, 100_000))), argnums=(0, 1),
        ),
        "deep": Workload(
            "500 operations on 10 numbers", deep, deep_by_hand, (normal(size=10),),
            in_jax=deep_in_jax,
        ),
    }  # fmt: skip

"""What statisticians write: likelihoods, objectives, and what is left of sorted numbers."""

import numpy as np

from elves.workloads import Workload


def gaussians(weights, means, scales, X):
    """The log-likelihood of a mixture; weights and scales, one for each axis, are logarithms."""
    z = (X[:, np.newaxis] - means) * np.exp(-scales)
    logs = weights - np.sum(scales, axis=1) - 0.5 * np.sum(z**2, axis=2)
    top = np.max(logs, axis=1, keepdims=True)
    likely = np.log(np.sum(np.exp(logs - top), axis=1)) + top[:, 0]
    return np.sum(likely) - len(X) * np.log(np.sum(np.exp(weights)))


def gaussians_by_hand(weights, means, scales, X):
    narrow = np.exp(-scales)
    z = (X[:, np.newaxis] - means) * narrow
    logs = weights - np.sum(scales, axis=1) - 0.5 * np.sum(z**2, axis=2)
    top = np.max(logs, axis=1, keepdims=True)
    e, parts = np.exp(logs - top), np.exp(weights)
    total = np.sum(e, axis=1, keepdims=True)
    share = e / total
    value = np.sum(np.log(total) + top) - len(X) * np.log(np.sum(parts))
    counts, weighted = np.sum(share, axis=0), share[:, :, np.newaxis] * z
    return value, (
        counts - len(X) * parts / np.sum(parts),
        np.sum(weighted, axis=0) * narrow,
        np.sum(weighted * z, axis=0) - counts[:, np.newaxis],
    )


def kmeans(centres, X):
    """The sum of the squared distances to the nearest centre."""
    squares = np.sum((X[:, np.newaxis] - centres) ** 2, axis=2)
    return np.sum(np.min(squares, axis=1))


def kmeans_by_hand(centres, X):
    squares = np.sum((X[:, np.newaxis] - centres) ** 2, axis=2)
    nearest, sums = np.argmin(squares, axis=1), np.zeros_like(centres)
    np.add.at(sums, nearest, X)
    counts = np.bincount(nearest, minlength=len(centres))
    return np.sum(np.min(squares, axis=1)), 2 * (counts[:, np.newaxis] * centres - sums)


def logsumexp(x):
    """The sum of the log-sum-exp of each row."""
    top = np.max(x, axis=1, keepdims=True)
    return np.sum(np.log(np.sum(np.exp(x - top), axis=1)) + top[:, 0])


def logsumexp_by_hand(x):
    top = np.max(x, axis=1, keepdims=True)
    e = np.exp(x - top)
    total = np.sum(e, axis=1, keepdims=True)
    return np.sum(np.log(total) + top), e / total


def least_squares(x, A, b):
    r = A @ x - b
    return 0.5 * np.dot(r, r) + 0.05 * np.dot(x, x)


def least_squares_by_hand(x, A, b):
    r = A @ x - b
    return 0.5 * np.dot(r, r) + 0.05 * np.dot(x, x), A.T @ r + 0.1 * x


def process(length, scale, noise, squares, y):
    """What a Gaussian process gives for -log p(y), by Cholesky; the three are logarithms."""
    K = np.exp(scale - 0.5 * squares * np.exp(-2 * length)) + np.exp(noise) * np.eye(len(y))
    L = np.linalg.cholesky(K)
    return 0.5 * np.dot(y, np.linalg.solve(K, y)) + np.sum(np.log(np.diag(L)))


def process_by_hand(length, scale, noise, squares, y):
    shape = squares * np.exp(-2 * length)
    smooth = np.exp(scale - 0.5 * shape)
    K = smooth + np.exp(noise) * np.eye(len(y))
    inverse = np.linalg.inv(K)
    a = inverse @ y
    value = 0.5 * np.dot(y, a) + np.sum(np.log(np.diag(np.linalg.cholesky(K))))
    G = 0.5 * (inverse - np.outer(a, a))
    Gs = G * smooth
    return value, (np.sum(Gs * shape), np.sum(Gs), np.exp(noise) * np.trace(G))


def order(x, weights):
    """A weighted sum of the sorted numbers, and their range."""
    return np.dot(weights, np.sort(x)) + (np.max(x) - np.min(x)) ** 2


def order_by_hand(x, weights):
    places = np.argsort(x)
    low, high = places[0], places[-1]
    span = x[high] - x[low]
    g = np.empty_like(x)
    g[places] = weights
    g[high] += 2 * span
    g[low] -= 2 * span
    return np.dot(weights, x[places]) + span**2, g


def medians(x):
    """The sum of the squared medians of the rows, which are of odd length."""
    return np.sum(np.median(x, axis=1) ** 2)


def medians_by_hand(x):
    middle = np.argsort(x, axis=1)[:, x.shape[1] // 2]
    rows = np.arange(len(x))
    m, g = x[rows, middle], np.zeros_like(x)
    g[rows, middle] = 2 * m
    return np.sum(m**2), g


def distances(x):
    """The energy of particles that repel each other, 1 / distance for each pair."""
    d = x[:, np.newaxis] - x
    r = np.sqrt(np.sum(d**2, axis=2) + np.eye(len(x)))
    return 0.5 * (np.sum(1 / r) - len(x))


def distances_by_hand(x):
    d = x[:, np.newaxis] - x
    r = np.sqrt(np.sum(d**2, axis=2) + np.eye(len(x)))
    inverse = 1 / r
    g = -np.sum(d * (inverse**3)[:, :, np.newaxis], axis=1)
    return 0.5 * (np.sum(inverse) - len(x)), g


def programs(random):
    X, normal = random.normal(size=(300, 4)), random.normal
    line = np.linspace(0.0, 4.0, 60)
    squares = (line[:, np.newaxis] - line) ** 2
    return {
        "gaussians": Workload(
            "log-likelihood of a mixture of 5 Gaussians, 300 points", gaussians,
            gaussians_by_hand, (normal(size=5), normal(size=(5, 4)), 0.1 * normal(size=(5, 4)), X),
            argnums=(0, 1, 2),
        ),
        "kmeans": Workload(
            "k-means, 8 centres, 300 points", kmeans, kmeans_by_hand, (normal(size=(8, 4)), X)
        ),
        "logsumexp": Workload(
            "log-sum-exp of 200 rows of 50", logsumexp, logsumexp_by_hand,
            (normal(size=(200, 50)),),
        ),
        "least squares": Workload(
            "least squares with a ridge, 200 by 30", least_squares, least_squares_by_hand,
            (normal(size=30), normal(size=(200, 30)), normal(size=200)),
        ),
        "process": Workload(
            "a Gaussian process on 60 points, by Cholesky", process, process_by_hand,
            (0.1, 0.2, -1.0, squares, np.sin(3 * line) + 0.1 * normal(size=60)),
            argnums=(0, 1, 2),
        ),
        "order": Workload(
            "sorted numbers, weighted, and their range, n = 1000", order, order_by_hand,
            (random.permutation(np.linspace(-2.0, 2.0, 1000)), normal(size=1000)),
        ),
        "medians": Workload(
            "medians of 50 rows of 21", medians, medians_by_hand, (normal(size=(50, 21)),),
            without=("autograd",),
        ),
        "distances": Workload(
            "1 / distance of all pairs of 60 particles", distances, distances_by_hand,
            (normal(size=(60, 3)),),
        ),
    }  # fmt: skip

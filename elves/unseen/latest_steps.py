"""The newest, as `latest`, that go step by step: over data in lists and dicts, and by recursion."""

import numpy as np

from elves.workloads import Workload


def transport(x, y, warmth, a, b):
    """What it costs to carry masses a from places x to masses b at places y, in a soft optimum.

    Source: Cuturi, "Sinkhorn distances" (2013).
    """
    apart = np.sum((x[:, np.newaxis] - y) ** 2, axis=2)
    K = np.exp(-apart / warmth)
    v = np.ones(len(b))
    for _ in range(30):
        u = a / (K @ v)
        v = b / (K.T @ u)
    return np.sum(u[:, np.newaxis] * K * v * apart)


def transport_in_jax(lax, np):
    def run(x, y, warmth, a, b):
        apart = np.sum((x[:, np.newaxis] - y) ** 2, axis=2)
        K = np.exp(-apart / warmth)

        def step(state, _):
            u = a / (K @ state[1])
            return (u, b / (K.T @ u)), None

        u, v = lax.scan(step, (np.ones(len(a)), np.ones(len(b))), length=30)[0]
        return np.sum(u[:, np.newaxis] * K * v * apart)

    return run


def transport_by_hand(x, y, warmth, a, b):
    way = x[:, np.newaxis] - y
    apart = np.sum(way**2, axis=2)
    K = np.exp(-apart / warmth)
    v, kept = np.ones(len(b)), []
    for _ in range(30):
        Kv = K @ v
        u, before = a / Kv, v
        Ku = K.T @ u
        v = b / Ku
        kept.append((before, Kv, u, Ku, v))
    both = u[:, np.newaxis] * v
    plan, cost = both * K, K * apart
    g_K, g_u, g_v = both * apart, cost @ v, cost.T @ u
    for before, Kv, u, Ku, v in reversed(kept):
        g_Ku = -g_v * v / Ku
        g_Kv = -(g_u + K @ g_Ku) * u / Kv
        g_K += np.outer(u, g_Ku)
        g_K += np.outer(g_Kv, before)
        g_u, g_v = 0.0, K.T @ g_Kv
    g_K *= K / warmth
    g = (2 * (plan - g_K))[:, :, np.newaxis] * way
    gradients = np.sum(g, axis=1), -np.sum(g, axis=0), np.sum(g_K * apart) / warmth
    return np.sum(plan * apart), gradients


def seam(picture):
    """The least energy on a way from the top of a picture to its bottom.

    Source: Avidan & Shamir, "Seam carving for content-aware image resizing" (2007).
    """
    corner = picture[:-1, :-1]
    energy = np.abs(picture[1:, :-1] - corner) + np.abs(picture[:-1, 1:] - corner)
    least, wall = energy[0], np.array([np.inf])
    for row in energy[1:]:
        left, right = np.concatenate([wall, least[:-1]]), np.concatenate([least[1:], wall])
        least = row + np.minimum(np.minimum(left, right), least)
    return np.min(least)


def seam_in_jax(lax, np):
    def step(least, row):
        wall = np.array([np.inf])
        left, right = np.concatenate([wall, least[:-1]]), np.concatenate([least[1:], wall])
        return row + np.minimum(np.minimum(left, right), least), None

    def run(picture):
        corner = picture[:-1, :-1]
        energy = np.abs(picture[1:, :-1] - corner) + np.abs(picture[:-1, 1:] - corner)
        return np.min(lax.scan(step, energy[0], energy[1:])[0])

    return run


def seam_by_hand(picture):
    corner = picture[:-1, :-1]
    down, across = picture[1:, :-1] - corner, picture[:-1, 1:] - corner
    energy = np.abs(down) + np.abs(across)
    least, wall, kept = energy[0], np.array([np.inf]), []
    for row in energy[1:]:
        kept.append(least)
        left, right = np.concatenate([wall, least[:-1]]), np.concatenate([least[1:], wall])
        least = row + np.minimum(np.minimum(left, right), least)
    g, j = np.zeros_like(picture), int(np.argmin(least))
    columns = [j]
    for least_above in reversed(kept):
        first = max(j - 1, 0)
        j = first + int(np.argmin(least_above[first : j + 2]))
        columns.append(j)
    i, j = np.arange(len(energy)), np.array(columns[::-1])
    by_down, by_across = np.sign(down[i, j]), np.sign(across[i, j])
    g[i, j] -= by_down + by_across
    g[i + 1, j] += by_down
    g[i, j + 1] += by_across  # each of the three has one place in a row
    return np.min(least), g


def asian(market, strike, draws):
    """What the right to buy at the mean price is worth, where the variance varies too.

    Source: Heston, "A closed-form solution for options with stochastic volatility" (1993).
    """
    steps, paths = draws.shape[1:]
    h, lean = 1 / steps, market["lean"]
    v, logs, total = market["variance"], np.zeros(paths), 0.0
    for a, b in zip(draws[0], draws[1], strict=True):
        root = np.sqrt(np.maximum(v, 1e-4) * h)
        logs = logs + root * a - 0.5 * root**2
        beside = lean * a + np.sqrt(1 - lean**2) * b
        v = v + market["pull"] * (market["usual"] - v) * h + market["wild"] * root * beside
        total = total + np.exp(logs)
    mean = market["price"] * total / steps
    return np.mean(np.maximum(mean - strike, 0.0))


def asian_in_jax(lax, np):
    def run(market, strike, draws):
        steps, paths = draws.shape[1:]
        h, lean = 1 / steps, market["lean"]

        def step(state, each):
            (v, logs), (a, b) = state, each
            root = np.sqrt(np.maximum(v, 1e-4) * h)
            logs = logs + root * a - 0.5 * root**2
            beside = lean * a + np.sqrt(1 - lean**2) * b
            v = v + market["pull"] * (market["usual"] - v) * h + market["wild"] * root * beside
            return (v, logs), np.exp(logs)

        start = market["variance"] + np.zeros(paths), np.zeros(paths)
        total = np.sum(lax.scan(step, start, (draws[0], draws[1]))[1], axis=0)
        return np.mean(np.maximum(market["price"] * total / steps - strike, 0.0))

    return run


def asian_by_hand(market, strike, draws):
    steps, paths = draws.shape[1:]
    h, lean, pull, wild = 1 / steps, market["lean"], market["pull"], market["wild"]
    other = np.sqrt(1 - lean**2)
    v, logs, total, kept = np.full(paths, market["variance"]), np.zeros(paths), 0.0, []
    for a, b in zip(draws[0], draws[1], strict=True):
        root = np.sqrt(np.maximum(v, 1e-4) * h)
        logs = logs + root * a - 0.5 * root**2
        e, beside = np.exp(logs), lean * a + other * b
        kept.append((v, root, e, beside, a, b))
        v = v + pull * (market["usual"] - v) * h + wild * root * beside
        total = total + e
    each = total / steps
    paid = market["price"] * each - strike
    g_mean = (paid > 0) / paths
    g_e = market["price"] / steps * g_mean
    g = dict.fromkeys(market, 0.0)
    g["price"], g_v, g_logs = np.dot(g_mean, each), np.zeros(paths), np.zeros(paths)
    for v, root, e, beside, a, b in reversed(kept):
        g_logs += g_e * e
        g["wild"] += np.dot(g_v, root * beside)
        g["pull"] += np.dot(g_v, market["usual"] - v) * h
        g["usual"] += np.sum(g_v) * pull * h
        scaled = wild * g_v
        g["lean"] += np.dot(scaled * root, a - lean / other * b)
        g_root = scaled * beside + g_logs * (a - root)
        g_v = (1 - pull * h) * g_v + np.where(v > 1e-4, 0.5 * h * g_root / root, 0.0)
    g["variance"] = np.sum(g_v)
    return np.mean(np.maximum(paid, 0.0)), g


def later_on(bodies, h):
    """The bodies after a step of Euler's symplectic method."""
    moved = []
    for i, body in enumerate(bodies):
        pull = np.zeros(3)
        for j, other in enumerate(bodies):
            if i != j:
                way = other["at"] - body["at"]
                pull = pull + other["mass"] * way / (np.dot(way, way) + 0.01) ** 1.5
        speed = body["speed"] + h * pull
        moved.append({"at": body["at"] + h * speed, "mass": body["mass"], "speed": speed})
    return moved


def planets(bodies, target):
    """How far the last of some bodies is from its target after 12 steps."""
    for _ in range(12):
        bodies = later_on(bodies, 0.05)
    return np.sum((bodies[-1]["at"] - target) ** 2)


def planets_in_jax(lax, np):
    def run(bodies, target):
        bodies = lax.scan(lambda bodies, _: (later_on(bodies, 0.05), None), bodies, length=12)[0]
        return np.sum((bodies[-1]["at"] - target) ** 2)

    return run


def planets_by_hand(bodies, target):
    h, kept, n = 0.05, [], len(bodies)
    for _ in range(12):
        kept.append(bodies)
        bodies = later_on(bodies, h)
    error = bodies[-1]["at"] - target
    g_at, g_speed = ([np.zeros(3) for _ in bodies] for _ in range(2))
    g_mass, g_at[-1] = [0.0] * n, 2 * error
    for bodies in reversed(kept):
        g_speed = [a + h * b for a, b in zip(g_speed, g_at, strict=True)]
        g_before = list(g_at)
        for i, body in enumerate(bodies):
            g = h * g_speed[i]
            for j, other in enumerate(bodies):
                if i != j:
                    way = other["at"] - body["at"]
                    square = np.dot(way, way) + 0.01
                    near, along = square**-1.5, np.dot(g, way)
                    g_mass[j] += along * near
                    by = other["mass"] * near * (g - 3 * along / square * way)
                    g_before[j] = g_before[j] + by
                    g_before[i] = g_before[i] - by
        g_at = g_before
    gradients = zip(g_at, g_mass, g_speed, strict=True)
    return np.sum(error**2), [{"at": a, "mass": m, "speed": s} for a, m, s in gradients]


def car(turns, pushes, rocks):
    """What it costs to drive to (3, 1) by turning and pushing, past rocks, and not too fast."""
    x, y, angle, speed, cost = 0.0, 0.0, 0.0, 0.5, 0.0
    for turn, push in zip(turns, pushes, strict=True):
        speed = speed + 0.1 * push
        if speed > 1.5:
            speed = 1.5 + 0.2 * (speed - 1.5)
        elif speed < 0:
            speed = 0.5 * speed
        angle = angle + 0.1 * speed * np.tan(turn)
        x = x + 0.1 * speed * np.cos(angle)
        y = y + 0.1 * speed * np.sin(angle)
        for a, b, size in rocks:
            away = np.sqrt((x - a) ** 2 + (y - b) ** 2)
            if away < size:
                cost = cost + 10 * (size - away) ** 2
        cost = cost + 0.01 * (turn**2 + push**2)
    return cost + (x - 3.0) ** 2 + (y - 1.0) ** 2


def car_in_jax(lax, np):
    def run(turns, pushes, rocks):
        def step(state, each):
            (x, y, angle, speed), (turn, push) = state, each
            speed = speed + 0.1 * push
            low = np.where(speed < 0, 0.5 * speed, speed)
            speed = np.where(speed > 1.5, 1.5 + 0.2 * (speed - 1.5), low)
            angle = angle + 0.1 * speed * np.tan(turn)
            x, y = x + 0.1 * speed * np.cos(angle), y + 0.1 * speed * np.sin(angle)
            cost = 0.01 * (turn**2 + push**2)
            for a, b, size in rocks:
                away = np.sqrt((x - a) ** 2 + (y - b) ** 2)
                cost = cost + np.where(away < size, 10 * (size - away) ** 2, 0.0)
            return (x, y, angle, speed), cost

        controls = np.stack(turns), np.stack(pushes)
        (x, y, _, _), costs = lax.scan(step, (0.0, 0.0, 0.0, 0.5), controls)
        return np.sum(costs) + (x - 3.0) ** 2 + (y - 1.0) ** 2

    return run


def car_by_hand(turns, pushes, rocks):
    x, y, angle, speed, cost, kept = 0.0, 0.0, 0.0, 0.5, 0.0, []
    for turn, push in zip(turns, pushes, strict=True):
        speed, slope = speed + 0.1 * push, 1.0
        if speed > 1.5:
            speed, slope = 1.5 + 0.2 * (speed - 1.5), 0.2
        elif speed < 0:
            speed, slope = 0.5 * speed, 0.5
        tan = np.tan(turn)
        angle = angle + 0.1 * speed * tan
        cos, sin = np.cos(angle), np.sin(angle)
        x, y = x + 0.1 * speed * cos, y + 0.1 * speed * sin
        c_x = c_y = 0.0
        for a, b, size in rocks:
            away = np.sqrt((x - a) ** 2 + (y - b) ** 2)
            if away < size:
                cost = cost + 10 * (size - away) ** 2
                by = -20 * (size - away) / away
                c_x, c_y = c_x + by * (x - a), c_y + by * (y - b)
        cost = cost + 0.01 * (turn**2 + push**2)
        kept.append((turn, push, speed, slope, tan, cos, sin, c_x, c_y))
    g_x, g_y, g_angle, g_speed, g_turns, g_pushes = 2 * (x - 3.0), 2 * (y - 1.0), 0.0, 0.0, [], []
    for turn, push, speed, slope, tan, cos, sin, c_x, c_y in reversed(kept):
        g_x, g_y = g_x + c_x, g_y + c_y
        g_angle = g_angle + 0.1 * speed * (g_y * cos - g_x * sin)
        g_turns.append(0.02 * turn + 0.1 * g_angle * speed * (1 + tan**2))
        g_speed = slope * (g_speed + 0.1 * (g_x * cos + g_y * sin + g_angle * tan))
        g_pushes.append(0.02 * push + 0.1 * g_speed)
    return cost + (x - 3.0) ** 2 + (y - 1.0) ** 2, (g_turns[::-1], g_pushes[::-1])


def read(tree, params):
    """What a tree of words means, and how badly that fits what is known of each of its parts."""
    if not isinstance(tree, tuple):
        return params["words"][tree], 0.0
    (left, loss), (right, more) = read(tree[0], params), read(tree[1], params)
    h = np.tanh(params["W"] @ np.concatenate([left, right]) + params["b"])
    return h, loss + more + np.log1p(np.exp(-np.dot(params["v"], h)))


def sentence(params, tree):
    """The loss of a network that is recursive, as the sentence is.

    Source: Socher et al., "Recursive deep models for semantic compositionality" (2013).
    """
    return read(tree, params)[1]


def read_by_hand(tree, params):
    if not isinstance(tree, tuple):
        return params["words"][tree], 0.0, tree
    (left, loss, below), (right, more, beside) = (read_by_hand(part, params) for part in tree)
    both = np.concatenate([left, right])
    h = np.tanh(params["W"] @ both + params["b"])
    e = np.exp(-np.dot(params["v"], h))
    return h, loss + more + np.log1p(e), (below, beside, both, h, e)


def read_back(g_h, kept, params, g):
    if not isinstance(kept, tuple):
        g["words"][kept] += g_h
        return
    below, beside, both, h, e = kept
    slope = -e / (1 + e)
    g["v"] += slope * h
    g_z = (g_h + slope * params["v"]) * (1 - h**2)
    g["b"] += g_z
    g["W"] += np.outer(g_z, both)
    g_both = g_z @ params["W"]
    read_back(g_both[: len(h)], below, params, g)
    read_back(g_both[len(h) :], beside, params, g)


def sentence_by_hand(params, tree):
    h, loss, kept = read_by_hand(tree, params)
    g = {name: np.zeros_like(each) for name, each in params.items()}
    read_back(np.zeros_like(h), kept, params, g)
    return loss, g


def spline(x, y, seen):
    """How far a natural cubic spline is from what was seen in the middle between its points.

    Source: Thomas' algorithm, as in Press et al., "Numerical recipes" (1986), 2.4 and 3.3.
    """
    h = [b - a for a, b in zip(x[:-1], x[1:], strict=True)]  # noqa: RUF007
    slopes = [(b - a) / w for a, b, w in zip(y[:-1], y[1:], h, strict=True)]
    diagonal, right = [2 * (h[0] + h[1])], [6 * (slopes[1] - slopes[0])]
    for k in range(1, len(h) - 1):
        share = h[k] / diagonal[-1]
        diagonal.append(2 * (h[k] + h[k + 1]) - share * h[k])
        right.append(6 * (slopes[k + 1] - slopes[k]) - share * right[-1])
    bends = [0.0, right[-1] / diagonal[-1]]
    for k in reversed(range(len(right) - 1)):
        bends.append((right[k] - h[k + 1] * bends[-1]) / diagonal[k])
    bends = [0.0, *reversed(bends)]
    loss = 0.0
    for k, (width, wanted) in enumerate(zip(h, seen, strict=True)):
        middle = (y[k] + y[k + 1]) / 2 - width**2 / 16 * (bends[k] + bends[k + 1])
        loss = loss + (middle - wanted) ** 2
    return loss


def spline_in_jax(lax, np):
    def down(above, each):
        diagonal, right = above
        beside, sums, bent = each
        share = beside / diagonal
        below = 2 * sums - share * beside, bent - share * right
        return below, below

    def up(below, each):
        diagonal, right, beside = each
        bend = (right - beside * below) / diagonal
        return bend, bend

    def run(x, y, seen):
        x, y, seen = np.stack(x), np.stack(y), np.stack(seen)
        h = x[1:] - x[:-1]
        slopes = (y[1:] - y[:-1]) / h
        sums, bent = h[:-1] + h[1:], 6 * (slopes[1:] - slopes[:-1])
        diagonal, right = lax.scan(down, (1.0, 0.0), (np.append(0.0, h[1:-1]), sums, bent))[1]
        bends = lax.scan(up, 0.0, (diagonal[::-1], right[::-1], h[:0:-1]))[1][::-1]
        both = np.append(0.0, bends) + np.append(bends, 0.0)
        return np.sum(((y[1:] + y[:-1]) / 2 - h**2 / 16 * both - seen) ** 2)

    return run


def thomas(h, right):
    """The bends, which are 0 at both ends."""
    diagonal, right = [2 * (h[0] + h[1])], list(right)
    for k in range(1, len(h) - 1):
        share = h[k] / diagonal[-1]
        diagonal.append(2 * (h[k] + h[k + 1]) - share * h[k])
        right[k] -= share * right[k - 1]
    bends = [0.0, right[-1] / diagonal[-1]]
    for k in reversed(range(len(right) - 1)):
        bends.append((right[k] - h[k + 1] * bends[-1]) / diagonal[k])
    return [0.0, *reversed(bends)]


def spline_by_hand(x, y, seen):
    n = len(x) - 1
    h = [x[k + 1] - x[k] for k in range(n)]
    slopes = [(y[k + 1] - y[k]) / h[k] for k in range(n)]
    bends = thomas(h, [6 * (slopes[k + 1] - slopes[k]) for k in range(n - 1)])
    loss, g_h, g_y, g_bends = 0.0, [0.0] * n, [0.0] * (n + 1), [0.0] * (n + 1)
    for k in range(n):
        both = bends[k] + bends[k + 1]
        error = (y[k] + y[k + 1]) / 2 - h[k] ** 2 / 16 * both - seen[k]
        loss += error**2
        g_y[k] += error
        g_y[k + 1] += error
        g_h[k] -= error * h[k] / 4 * both
        by = error * h[k] ** 2 / 8
        g_bends[k] -= by
        g_bends[k + 1] -= by
    g = thomas(h, g_bends[1:-1])  # the matrix is symmetric
    for k in range(n):
        g_h[k] -= 2 * (g[k] * bends[k] + g[k + 1] * bends[k + 1])
        g_h[k] -= g[k] * bends[k + 1] + g[k + 1] * bends[k]
        by = 6 * (g[k] - g[k + 1]) / h[k]
        g_y[k + 1] += by
        g_y[k] -= by
        g_h[k] -= by * slopes[k]
    g_x = [0.0] * (n + 1)
    for k in range(n):
        g_x[k + 1] += g_h[k]
        g_x[k] -= g_h[k]
    return loss, (g_x, g_y)


def height(x, width, wave):
    return np.sin(wave * x) / (x**2 + width**2)


def simpson(ends, heights, width, wave, within):
    """Simpson's rule, on halves of halves, until both agree."""
    (a, c), (at_a, at_b, at_c) = ends, heights
    b = (a + c) / 2
    at_left, at_right = height((a + b) / 2, width, wave), height((b + c) / 2, width, wave)
    once = (c - a) / 6 * (at_a + 4 * at_b + at_c)
    twice = (c - a) / 12 * (at_a + 4 * at_left + 2 * at_b + 4 * at_right + at_c)
    if abs(twice - once) < within:
        return twice
    left = simpson((a, b), (at_a, at_left, at_b), width, wave, within / 2)
    return left + simpson((b, c), (at_b, at_right, at_c), width, wave, within / 2)


def area(a, c, width, wave):
    """The area below a curve, to 1e-4: how finely it is looked at depends on the curve.

    Source: Kuncir, "Algorithm 103: Simpson's rule integrator" (1962).
    """
    heights = tuple(height(x, width, wave) for x in (a, (a + c) / 2, c))
    return simpson((a, c), heights, width, wave, 1e-4)


def height_by_hand(x, width, wave):
    """The height, and its slopes by x, width and wave."""
    square, s, c = x**2 + width**2, np.sin(wave * x), np.cos(wave * x)
    y = s / square
    return y, ((wave * c - 2 * x * y) / square, -2 * width * y / square, x * c / square)


def simpson_by_hand(ends, heights, width, wave, within):
    """The area; and its slopes by both ends, by width and wave, and by the three heights."""
    (a, c), (at_a, at_b, at_c) = ends, heights
    b = (a + c) / 2
    at_left, by_left = height_by_hand((a + b) / 2, width, wave)
    at_right, by_right = height_by_hand((b + c) / 2, width, wave)
    once = (c - a) / 6 * (at_a + 4 * at_b + at_c)
    heights = at_a + 4 * at_left + 2 * at_b + 4 * at_right + at_c
    h = (c - a) / 12
    if abs(h * heights - once) < within:
        value, g_b, g_left, g_right = h * heights, 0.0, 4 * h, 4 * h
        g_a, g_c, g_width, g_wave, at = -heights / 12, heights / 12, 0.0, 0.0, (h, 2 * h, h)
    else:
        parts = ((a, b), (at_a, at_left, at_b)), ((b, c), (at_b, at_right, at_c))
        (left, slopes, at_1), (right, more, at_2) = (
            simpson_by_hand(*part, width, wave, within / 2) for part in parts
        )
        value, g_a, g_b, g_c = left + right, slopes[0], slopes[1] + more[0], more[1]
        g_width, g_wave = slopes[2] + more[2], slopes[3] + more[3]
        g_left, g_right, at = at_1[1], at_2[1], (at_1[0], at_1[2] + at_2[0], at_2[2])
    x_left, x_right = g_left * by_left[0], g_right * by_right[0]
    g_b += (x_left + x_right) / 2
    g_a, g_c = g_a + x_left / 2 + g_b / 2, g_c + x_right / 2 + g_b / 2
    g_width += g_left * by_left[1] + g_right * by_right[1]
    g_wave += g_left * by_left[2] + g_right * by_right[2]
    return value, (g_a, g_c, g_width, g_wave), at


def area_by_hand(a, c, width, wave):
    found = [height_by_hand(x, width, wave) for x in (a, (a + c) / 2, c)]
    heights = tuple(y for y, _ in found)
    value, (g_a, g_c, g_width, g_wave), at = simpson_by_hand((a, c), heights, width, wave, 1e-4)
    by_a, by_b, by_c = (g * slopes[0] for g, (_, slopes) in zip(at, found, strict=True))
    for g, (_, slopes) in zip(at, found, strict=True):
        g_width, g_wave = g_width + g * slopes[1], g_wave + g * slopes[2]
    return value, (g_a + by_a + by_b / 2, g_c + by_c + by_b / 2, g_width, g_wave)


def of_words(random, words):
    """A tree of two branches each, above so many words of a vocabulary of 15."""
    if words == 1:
        return int(random.integers(15))
    left = int(random.integers(1, words))
    return of_words(random, left), of_words(random, words - left)


def programs(random):
    normal, uniform = random.normal, random.uniform
    a, b = uniform(0.5, 1.5, size=30), uniform(0.5, 1.5, size=40)
    market = {"lean": -0.6, "price": 100.0, "pull": 2.0, "usual": 0.06, "variance": 0.04,
              "wild": 0.5}  # fmt: skip
    bodies = [
        {"at": 2 * normal(size=3), "mass": float(uniform(0.5, 2)), "speed": normal(size=3)}
        for _ in range(4)
    ]
    rocks = ((1.0, 0.1, 0.5), (2.0, 0.9, 0.4), (1.6, -0.3, 0.3))
    params = {"W": normal(size=(12, 24)) / 4, "b": normal(size=12) / 4, "v": normal(size=12),
              "words": normal(size=(15, 12))}  # fmt: skip
    x = np.cumsum(uniform(0.2, 1.0, size=25))
    return {
        "transport": Workload(
            "optimal transport from 30 places to 40, 30 rounds of Sinkhorn's", transport,
            transport_by_hand,
            (normal(size=(30, 2)), normal(size=(40, 2)) + 1, 0.8, a / np.sum(a), b / np.sum(b)),
            argnums=(0, 1, 2), in_jax=transport_in_jax,
        ),
        "seam": Workload(
            "the least seam in a picture of 41 by 61", seam, seam_by_hand,
            (uniform(size=(41, 61)),), in_jax=seam_in_jax, without=("pytorch",),
        ),
        "asian": Workload(
            "an Asian option by Heston's model, 400 paths, 25 steps", asian, asian_by_hand,
            (market, 98.0, normal(size=(2, 25, 400))), in_jax=asian_in_jax,
        ),
        "planets": Workload(
            "4 bodies in dicts that pull each other, 12 steps", planets, planets_by_hand,
            (bodies, np.array([1.0, 0.0, -1.0])), in_jax=planets_in_jax,
        ),
        "car": Workload(
            "a car past 3 rocks, 40 steps", car, car_by_hand,
            ((0.3 * normal(size=40)).tolist(), (0.6 + normal(size=40)).tolist(), rocks),
            argnums=(0, 1), in_jax=car_in_jax,
        ),
        "sentence": Workload(
            "a recursive network on a tree of 20 words", sentence, sentence_by_hand,
            (params, of_words(random, 20)),
        ),
        "spline": Workload(
            "a cubic spline through 25 points in lists, by Thomas' algorithm", spline,
            spline_by_hand,
            (x.tolist(), np.sin(x).tolist(), np.sin((x[:-1] + x[1:]) / 2 + 0.1).tolist()),
            argnums=(0, 1), in_jax=spline_in_jax, without=("source",),
        ),
        "area": Workload(
            "an area by Simpson's rule, as finely as it takes", area, area_by_hand,
            (-0.7, 3.0, 0.4, 2.5), argnums=(0, 1, 2, 3),
            without=("tracing.jit", "tracing.numba", "jax.jit"),
        ),
    }  # fmt: skip

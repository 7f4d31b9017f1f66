"""What moves and turns: differential equations, cameras, hands, and optimisation inside."""

import numpy as np

from elves.workloads import Workload


def hunt(y, p):
    """Lotka and Volterra's equations: the slopes of the number of prey and of predators."""
    eaten = y[0] * y[1]
    return np.stack([p[0] * y[0] - p[1] * eaten, p[2] * eaten - p[3] * y[1]])


def hunt_back(g, y, p):
    """The cotangents of y and p, from that of the slopes."""
    eaten = y[0] * y[1]
    g_eaten = p[2] * g[1] - p[1] * g[0]
    g_y = np.stack([p[0] * g[0] + g_eaten * y[1], g_eaten * y[0] - p[3] * g[1]])
    return g_y, np.stack([y[0] * g[0], -eaten * g[0], eaten * g[1], -y[1] * g[1]])


def season(y, p):
    """One step of Runge and Kutta's method of order 4."""
    h = 0.05
    a = hunt(y, p)
    b = hunt(y + h / 2 * a, p)
    c = hunt(y + h / 2 * b, p)
    d = hunt(y + h * c, p)
    return y + h / 6 * (a + 2 * b + 2 * c + d)


def predators(y, p):
    """The squares of both numbers after 40 steps."""
    for _ in range(40):
        y = season(y, p)
    return np.sum(y**2)


def predators_in_jax(lax, np):
    def run(y, p):
        step = lambda y, _: (season(y, p), None)  # noqa: E731
        return np.sum(lax.scan(step, y, length=40)[0] ** 2)

    return run


def predators_by_hand(y, p):
    h, kept = 0.05, []
    for _ in range(40):
        a = hunt(y, p)
        at_b = y + h / 2 * a
        b = hunt(at_b, p)
        at_c = y + h / 2 * b
        c = hunt(at_c, p)
        at_d = y + h * c
        d = hunt(at_d, p)
        kept.append((y, at_b, at_c, at_d))
        y = y + h / 6 * (a + 2 * b + 2 * c + d)
    g, g_p = 2 * y, np.zeros(4)
    for at_a, at_b, at_c, at_d in reversed(kept):
        by_d, p_d = hunt_back(h / 6 * g, at_d, p)
        by_c, p_c = hunt_back(h / 3 * g + h * by_d, at_c, p)
        by_b, p_b = hunt_back(h / 3 * g + h / 2 * by_c, at_b, p)
        by_a, p_a = hunt_back(h / 6 * g + h / 2 * by_b, at_a, p)
        g = g + by_a + by_b + by_c + by_d
        g_p += p_a + p_b + p_c + p_d
    return np.sum(y**2), (g, g_p)


def weather(y, force):
    """Lorenz' weather on a circle (1996): the slope of each place."""
    return (np.roll(y, -1) - np.roll(y, 2)) * np.roll(y, 1) - y + force


def weather_back(g, y):
    by = g * np.roll(y, 1)
    difference = np.roll(y, -1) - np.roll(y, 2)
    return np.roll(by, 1) - np.roll(by, -2) + np.roll(g * difference, -1) - g


def hour(y, force):
    """One step of Runge and Kutta's method of order 4."""
    h = 0.02
    a = weather(y, force)
    b = weather(y + h / 2 * a, force)
    c = weather(y + h / 2 * b, force)
    d = weather(y + h * c, force)
    return y + h / 6 * (a + 2 * b + 2 * c + d)


def forecast(y, force):
    """The energy after 20 steps."""
    for _ in range(20):
        y = hour(y, force)
    return np.mean(y**2)


def forecast_in_jax(lax, np):
    def run(y, force):
        step = lambda y, _: (hour(y, force), None)  # noqa: E731
        return np.mean(lax.scan(step, y, length=20)[0] ** 2)

    return run


def forecast_by_hand(y, force):
    h, kept = 0.02, []
    for _ in range(20):
        a = weather(y, force)
        at_b = y + h / 2 * a
        b = weather(at_b, force)
        at_c = y + h / 2 * b
        c = weather(at_c, force)
        at_d = y + h * c
        d = weather(at_d, force)
        kept.append((y, at_b, at_c, at_d))
        y = y + h / 6 * (a + 2 * b + 2 * c + d)
    g, g_force = 2 * y / len(y), 0.0
    for at_a, at_b, at_c, at_d in reversed(kept):
        g_d = h / 6 * g
        by_d = weather_back(g_d, at_d)
        g_c = h / 3 * g + h * by_d
        by_c = weather_back(g_c, at_c)
        g_b = h / 3 * g + h / 2 * by_c
        by_b = weather_back(g_b, at_b)
        g_a = h / 6 * g + h / 2 * by_b
        g = g + weather_back(g_a, at_a) + by_b + by_c + by_d
        g_force += np.sum(g_a + g_b + g_c + g_d)
    return np.mean(y**2), (g, g_force)


def cameras(turns, shifts, zooms, points, camera, point, seen):
    """How far each point is seen from where it should be: a turn about an axis, then a picture."""
    r, x = turns[camera], points[point]
    angle = np.sqrt(np.sum(r**2, axis=1, keepdims=True))
    axis = r / angle
    along = np.sum(axis * x, axis=1, keepdims=True)
    turned = x * np.cos(angle) + np.cross(axis, x) * np.sin(angle)
    turned = turned + axis * along * (1 - np.cos(angle)) + shifts[camera]
    flat = turned[:, :2] / turned[:, 2:]
    error = zooms[camera][:, np.newaxis] * flat - seen
    return np.sum(error**2)


def cameras_by_hand(turns, shifts, zooms, points, camera, point, seen):
    r, x = turns[camera], points[point]
    angle = np.sqrt(np.sum(r**2, axis=1, keepdims=True))
    axis = r / angle
    along = np.sum(axis * x, axis=1, keepdims=True)
    cos, sin, across = np.cos(angle), np.sin(angle), np.cross(axis, x)
    turned = x * cos + across * sin + axis * along * (1 - cos) + shifts[camera]
    depth, zoom = turned[:, 2:], zooms[camera][:, np.newaxis]
    flat = turned[:, :2] / depth
    error = zoom * flat - seen
    g_flat = 2 * zoom * error / depth
    g = np.concatenate([g_flat, -np.sum(g_flat * flat, axis=1, keepdims=True)], axis=1)
    g_along = np.sum(g * axis, axis=1, keepdims=True)
    g_axis = sin * np.cross(x, g) + (1 - cos) * (along * g + g_along * x)
    g_x = cos * g + sin * np.cross(g, axis) + (1 - cos) * g_along * axis
    g_angle = np.sum(g * (across * cos + (axis * along - x) * sin), axis=1, keepdims=True)
    g_r = g_angle * axis + (g_axis - np.sum(g_axis * axis, axis=1, keepdims=True) * axis) / angle
    gradients = tuple(map(np.zeros_like, (turns, shifts, zooms, points)))
    np.add.at(gradients[0], camera, g_r)
    np.add.at(gradients[1], camera, g)
    np.add.at(gradients[2], camera, 2 * np.sum(error * flat, axis=1))
    np.add.at(gradients[3], point, g_x)
    return np.sum(error**2), gradients


def joint(turn, at, angle, bone, K):
    """The direction and the end of the next bone; K is the cross product with the axis."""
    turn = turn @ (np.eye(3) + np.sin(angle) * K + (1 - np.cos(angle)) * (K @ K))
    return turn, at + turn @ bone


def hand(angles, bones, axes, targets):
    """How far the ends of a chain of bones are from where they are seen (Rodrigues' formula)."""
    turn, at, loss = np.eye(3), np.zeros(3), 0.0
    for k in range(len(angles)):
        turn, at = joint(turn, at, angles[k], bones[k], axes[k])
        loss = loss + np.sum((at - targets[k]) ** 2)
    return loss


def hand_in_jax(lax, np):
    def run(angles, bones, axes, targets):
        def step(state, each):
            angle, bone, K, target = each
            turn, at = joint(*state, angle, bone, K)
            return (turn, at), np.sum((at - target) ** 2)

        start = np.eye(3), np.zeros(3)
        return np.sum(lax.scan(step, start, (angles, bones, axes, targets))[1])

    return run


def hand_by_hand(angles, bones, axes, targets):
    turn, at, loss, kept = np.eye(3), np.zeros(3), 0.0, []
    for k in range(len(angles)):
        K = axes[k]
        KK = K @ K
        s, c = np.sin(angles[k]), np.cos(angles[k])
        turned = np.eye(3) + s * K + (1 - c) * KK
        before, turn = turn, turn @ turned
        at = at + turn @ bones[k]
        error = at - targets[k]
        loss = loss + np.sum(error**2)
        kept.append((before, turned, turn, error, c * K + s * KK))
    g_at, g_turn = np.zeros(3), np.zeros((3, 3))
    g_angles, g_bones = np.zeros_like(angles), np.zeros_like(bones)
    for k in reversed(range(len(angles))):
        before, turned, turn, error, slope = kept[k]
        g_at = g_at + 2 * error
        g_bones[k] = turn.T @ g_at
        g_turn = g_turn + np.outer(g_at, bones[k])
        g_angles[k] = np.sum((before.T @ g_turn) * slope)
        g_turn = g_turn @ turned.T
    return loss, (g_angles, g_bones)


def descent(x, rate, A, b):
    """What 20 steps of gradient descent leave of a loss, by where they start and by their rate."""
    for _ in range(20):
        x = x - rate * (A @ x - b + np.tanh(x))
    return 0.5 * np.dot(x, A @ x) - np.dot(b, x)


def descent_in_jax(lax, np):
    def run(x, rate, A, b):
        step = lambda x, _: (x - rate * (A @ x - b + np.tanh(x)), None)  # noqa: E731
        x = lax.scan(step, x, length=20)[0]
        return 0.5 * np.dot(x, A @ x) - np.dot(b, x)

    return run


def descent_by_hand(x, rate, A, b):
    slopes, tanhs = [], []
    for _ in range(20):
        t = np.tanh(x)
        slope = A @ x - b + t
        tanhs.append(t)
        slopes.append(slope)
        x = x - rate * slope
    Ax = A @ x
    g, g_rate = Ax - b, 0.0
    for t, slope in zip(reversed(tanhs), reversed(slopes), strict=True):
        g_rate -= np.dot(g, slope)
        g = g - rate * (A @ g + (1 - t**2) * g)  # A is symmetric
    return 0.5 * np.dot(x, Ax) - np.dot(b, x), (g, g_rate)


def forces(grad):
    """The squared forces of a chain of springs: a function with a gradient inside."""

    def energy(x):
        return np.sum(np.cos(x[1:] - x[:-1])) + 0.25 * np.sum(x**4)

    def squared(x):
        return np.sum(grad(energy)(x) ** 2)

    return squared


def forces_by_hand(x):
    d = x[1:] - x[:-1]
    s, c = np.sin(d), np.cos(d)
    g = x**3
    g[1:] -= s
    g[:-1] += s
    y = 6 * x**2 * g
    bent = 2 * c * (g[1:] - g[:-1])
    y[1:] -= bent
    y[:-1] += bent
    return np.sum(g**2), y


def programs(random):
    normal = random.normal
    axis = normal(size=(16, 3))
    a, b, c = (axis / np.linalg.norm(axis, axis=1, keepdims=True)).T
    axes = np.stack([0 * a, -c, b, c, 0 * a, -a, -b, a, 0 * a], axis=1).reshape(16, 3, 3)
    M = normal(size=(20, 20)) / 10
    camera, point = np.arange(400) % 5, random.integers(100, size=400)
    return {
        "predators": Workload(
            "Lotka and Volterra's equations, 40 steps of Runge-Kutta", predators,
            predators_by_hand, (np.array([2.0, 1.0]), np.array([1.1, 0.4, 0.3, 0.8])),
            argnums=(0, 1), in_jax=predators_in_jax,
        ),
        "forecast": Workload(
            "Lorenz' weather at 40 places, 20 steps of Runge-Kutta", forecast, forecast_by_hand,
            (normal(size=40), 8.0), argnums=(0, 1), in_jax=forecast_in_jax,
        ),
        "cameras": Workload(
            "bundle adjustment: 5 cameras, 100 points, seen 400 times", cameras, cameras_by_hand,
            (normal(size=(5, 3)), np.array([0.0, 0.0, 9.0]) + 0.1 * normal(size=(5, 3)),
             random.uniform(1, 2, size=5), normal(size=(100, 3)), camera, point,
             normal(size=(400, 2))), argnums=(0, 1, 2, 3),
        ),
        "hand": Workload(
            "a chain of 16 bones that turn, held against where they are seen", hand, hand_by_hand,
            (normal(size=16), normal(size=(16, 3)), axes, normal(size=(16, 3))), argnums=(0, 1),
            in_jax=hand_in_jax,
        ),
        "descent": Workload(
            "20 steps of gradient descent, by their start and rate", descent, descent_by_hand,
            (normal(size=20), 0.1, M @ M.T + np.eye(20), normal(size=20)), argnums=(0, 1),
            in_jax=descent_in_jax,
        ),
        "forces": Workload(
            "a gradient inside of the function, n = 100", forces(None), forces_by_hand,
            (normal(size=100),), with_grad=forces,
        ),
    }  # fmt: skip

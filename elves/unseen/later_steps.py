"""Written after the engines were tuned, as `later`: filters, recursions, and other long loops."""

import numpy as np

from elves.workloads import Workload


def track(state, y, A, noise, error):
    """Predict, then see the first coordinate of the state: what is new, and how sure it was."""
    m, P = state
    m, P = A @ m, A @ P @ A.T + np.diag(np.exp(noise))
    s = P[0, 0] + np.exp(error)
    k, e = P[:, 0] / s, y - m[0]
    return (m + k * e, P - np.outer(k, P[0])), 0.5 * (np.log(s) + e**2 / s)


def kalman(A, noise, error, ys):
    """What a filter gives for -log p(ys), by its dynamics and both noises, which are logarithms.

    Source: Kalman, "A new approach to linear filtering and prediction problems" (1960).
    """
    state, total = (np.zeros(len(A)), np.eye(len(A))), 0.0
    for y in ys:
        state, more = track(state, y, A, noise, error)
        total = total + more
    return total


def kalman_in_jax(lax, np):
    def run(A, noise, error, ys):
        start = np.zeros(len(A)), np.eye(len(A))
        return np.sum(lax.scan(lambda state, y: track(state, y, A, noise, error), start, ys)[1])

    return run


def kalman_by_hand(A, noise, error, ys):
    m, P, total, kept = np.zeros(len(A)), np.eye(len(A)), 0.0, []
    moved, blur = np.diag(np.exp(noise)), np.exp(error)
    for y in ys:
        before, P_before = m, P
        m, P = A @ m, A @ P @ A.T + moved
        s = P[0, 0] + blur
        k, e = P[:, 0] / s, y - m[0]
        kept.append((before, P_before, P, s, k, e))
        m, P = m + k * e, P - np.outer(k, P[0])
        total += 0.5 * (np.log(s) + e**2 / s)
    g_m, g_P, g_A = np.zeros_like(m), np.zeros_like(P), np.zeros_like(A)
    g_moved, g_blur = np.zeros_like(m), 0.0
    for before, P_before, P, s, k, e in reversed(kept):
        g_k = e * g_m - g_P @ P[0]
        g_s = 0.5 * (1 - e**2 / s) / s - np.dot(g_k, k) / s
        g_m[0] -= e / s + np.dot(g_m, k)
        g_P[0] -= k @ g_P
        g_P[:, 0] += g_k / s
        g_P[0, 0] += g_s
        g_blur += g_s
        g_moved += np.diag(g_P)
        g_A += g_P @ A @ P_before.T + g_P.T @ A @ P_before + np.outer(g_m, before)
        g_m, g_P = A.T @ g_m, A.T @ g_P @ A
    return total, (g_A, g_moved * np.exp(noise), g_blur * blur)


def total(logs, axis):
    top = np.max(logs, axis=axis, keepdims=True)
    return np.log(np.sum(np.exp(logs - top), axis=axis, keepdims=True)) + top


def hidden(moves, says, heard):
    """The log-likelihood of what a hidden Markov model says, forward in time, in logarithms."""
    moves, says = moves - total(moves, 1), says - total(says, 1)
    logs = says[:, heard[:1]]
    for k in heard[1:]:
        logs = total(logs + moves, 0).T + says[:, k, np.newaxis]
    return total(logs, 0)[0, 0]


def hidden_in_jax(lax, np):
    def run(moves, says, heard):
        moves, says = moves - total(moves, 1), says - total(says, 1)
        step = lambda logs, fits: (total(logs + moves, 0).T + fits[:, np.newaxis], None)  # noqa: E731
        return total(lax.scan(step, says[:, heard[:1]], says[:, heard[1:]].T)[0], 0)[0, 0]

    return run


def hidden_by_hand(moves, says, heard):
    moves, says = moves - total(moves, 1), says - total(says, 1)
    logs, kept = says[:, heard[:1]], []
    for k in heard[1:]:
        joint = logs + moves
        sums = total(joint, 0)
        kept.append((k, np.exp(joint - sums)))
        logs = sums.T + says[:, k, np.newaxis]
    value = total(logs, 0)
    g = np.exp(logs - value)[:, 0]
    g_moves, g_says = np.zeros_like(moves), np.zeros_like(says)
    for k, share in reversed(kept):
        g_says[:, k] += g
        by = share * g
        g_moves += by
        g = np.sum(by, axis=1)
    g_says[:, heard[0]] += g
    g_moves -= np.exp(moves) * np.sum(g_moves, axis=1, keepdims=True)
    g_says -= np.exp(says) * np.sum(g_says, axis=1, keepdims=True)
    return value[0, 0], (g_moves, g_says)


def alignment(x, y):
    """How far two sequences are apart when time is stretched: a soft minimum over all the ways.

    Source: Cuturi & Blondel, "Soft-DTW: a differentiable loss function for time-series" (2017).
    """
    apart = (x[:, np.newaxis] - y) ** 2
    above = [apart[0, 0]]
    for j in range(1, len(y)):
        above.append(above[-1] + apart[0, j])
    for i in range(1, len(x)):
        row = [above[0] + apart[i, 0]]
        for j in range(1, len(y)):
            least = -np.logaddexp(np.logaddexp(-above[j - 1], -above[j]), -row[j - 1])
            row.append(apart[i, j] + least)
        above = row
    return above[-1]


def alignment_in_jax(lax, np):
    def cell(beside, each):
        apart, corner, above = each
        here = apart - np.logaddexp(np.logaddexp(-corner, -above), -beside)
        return here, here

    def line(above, apart):
        first = above[0] + apart[0]
        more = lax.scan(cell, first, (apart[1:], above[:-1], above[1:]))[1]
        return np.append(first, more), None

    def run(x, y):
        apart = (x[:, np.newaxis] - y) ** 2
        return lax.scan(line, np.cumsum(apart[0]), apart[1:])[0][-1]

    return run


def alignment_by_hand(x, y):
    difference = x[:, np.newaxis] - y
    apart = difference**2
    R = np.empty_like(apart)
    R[0], R[:, 0] = np.cumsum(apart[0]), np.cumsum(apart[:, 0])
    for i in range(1, len(x)):
        for j in range(1, len(y)):
            least = -np.logaddexp(np.logaddexp(-R[i - 1, j - 1], -R[i - 1, j]), -R[i, j - 1])
            R[i, j] = apart[i, j] + least
    g = np.zeros_like(R)
    g[-1, -1] = 1.0
    for i in reversed(range(1, len(x))):
        for j in reversed(range(1, len(y))):
            least = R[i, j] - apart[i, j]
            g[i - 1, j - 1] += g[i, j] * np.exp(least - R[i - 1, j - 1])
            g[i - 1, j] += g[i, j] * np.exp(least - R[i - 1, j])
            g[i, j - 1] += g[i, j] * np.exp(least - R[i, j - 1])
    g[0] = np.cumsum(g[0, ::-1])[::-1]
    g[:, 0] = np.cumsum(g[::-1, 0])[::-1]
    g *= 2 * difference
    return R[-1, -1], (np.sum(g, axis=1), -np.sum(g, axis=0))


def swing(angle, speed, length, friction):
    """One step of Euler's implicit method, solved by Newton's."""
    h, new = 0.05, angle + 0.05 * speed
    for _ in range(4):
        off = (1 + h * friction) * (new - angle) - h * speed + h**2 * 9.81 / length * np.sin(new)
        new = new - off / (1 + h * friction + h**2 * 9.81 / length * np.cos(new))
    return new, (new - angle) / h


def pendulum(angle, speed, length, friction):
    """The squares of angle and speed after 30 steps."""
    for _ in range(30):
        angle, speed = swing(angle, speed, length, friction)
    return angle**2 + speed**2


def pendulum_in_jax(lax, np):
    def run(angle, speed, length, friction):
        step = lambda state, _: (swing(*state, length, friction), None)  # noqa: E731
        angle, speed = lax.scan(step, (angle + 0.0, speed + 0.0), length=30)[0]
        return angle**2 + speed**2

    return run


def pendulum_by_hand(angle, speed, length, friction):
    h, kept = 0.05, []
    for _ in range(30):
        before, (angle, speed) = angle, swing(angle, speed, length, friction)
        kept.append((before, angle))
    g_angle, g_speed, g_length, g_friction = 2 * angle, 2 * speed, 0.0, 0.0
    for before, new in reversed(kept):
        slope = 1 + h * friction + h**2 * 9.81 / length * np.cos(new)
        g = (g_angle + g_speed / h) / slope  # what holds at the end is differentiated by itself
        g_length += g * h**2 * 9.81 / length**2 * np.sin(new)
        g_friction -= g * h * (new - before)
        g_angle, g_speed = g * (1 + h * friction) - g_speed / h, g * h
    return angle**2 + speed**2, (g_angle, g_speed, g_length, g_friction)


def option(spot, strike, rate, deviation):
    """What the right to sell within a year is worth, by a binomial tree of 50 steps.

    Source: Cox, Ross & Rubinstein, "Option pricing: a simplified approach" (1979).
    """
    h = 1 / 50
    up, less = np.exp(deviation * h**0.5), np.exp(-rate * h)
    p = (1 / less - 1 / up) / (up - 1 / up)
    prices = spot * up ** np.arange(-50, 51, 2)
    worth = np.maximum(strike - prices, 0.0)
    for _ in range(50):
        prices = prices[:-1] * up
        worth = np.maximum(less * (p * worth[1:] + (1 - p) * worth[:-1]), strike - prices)
    return worth[0]


def option_in_jax(lax, np):
    def run(spot, strike, rate, deviation):
        h = 1 / 50
        up, less = np.exp(deviation * h**0.5), np.exp(-rate * h)
        p = (1 / less - 1 / up) / (up - 1 / up)

        def step(state, _):  # nobody reads the last places, which wrap around
            prices, worth = state[0] * up, p * np.roll(state[1], -1) + (1 - p) * state[1]
            return (prices, np.maximum(less * worth, strike - prices)), None

        prices = spot * up ** np.arange(-50, 51, 2)
        start = prices, np.maximum(strike - prices, 0.0)
        return lax.scan(step, start, length=50)[0][1][0]

    return run


def option_by_hand(spot, strike, rate, deviation):
    h, kept, powers = 1 / 50, [], np.arange(-50, 51, 2)
    up, less = np.exp(deviation * h**0.5), np.exp(-rate * h)
    wide = up - 1 / up
    p = (1 / less - 1 / up) / wide
    first = prices = spot * up**powers
    worth = np.maximum(strike - prices, 0.0)
    for _ in range(50):
        before, old, prices = worth, prices, prices[:-1] * up
        mean = p * before[1:] + (1 - p) * before[:-1]
        worth = np.maximum(less * mean, strike - prices)
        kept.append((before, old, mean, less * mean > strike - prices))
    g, g_prices, g_up, g_less, g_p, g_strike = np.ones(1), np.zeros(1), 0.0, 0.0, 0.0, 0.0
    for before, old, mean, waits in reversed(kept):
        g_prices -= np.where(waits, 0.0, g)
        g_strike += np.sum(g[~waits])
        g_mean = np.where(waits, g, 0.0)
        g_less += np.dot(g_mean, mean)
        g_mean *= less
        g_p += np.dot(g_mean, before[1:] - before[:-1])
        g = np.append((1 - p) * g_mean, 0.0)
        g[1:] += p * g_mean
        g_up += np.dot(g_prices, old[:-1])
        g_prices = np.append(g_prices * up, 0.0)
    sold = first < strike
    g_prices -= np.where(sold, g, 0.0)
    g_strike += np.sum(g[sold])
    g_up += np.dot(g_prices, first * powers) / up + g_p * (1 / up**2 - p * (1 + 1 / up**2)) / wide
    g_less -= g_p / less**2 / wide
    g_spot = np.dot(g_prices, first) / spot
    return worth[0], (g_spot, g_strike, -h * less * g_less, h**0.5 * up * g_up)


def programs(random):
    normal = random.normal
    time = np.linspace(0.0, 5.0, 18)
    A = np.array([[1.0, 0.1, 0.0], [-0.1, 1.0, 0.1], [0.0, 0.0, 0.9]])
    return {
        "kalman": Workload(
            "a Kalman filter with 3 states, 40 steps", kalman, kalman_by_hand,
            (A, np.array([-3.0, -2.0, -1.0]), -1.0, np.cumsum(normal(size=40)) / 3),
            argnums=(0, 1, 2), in_jax=kalman_in_jax,
        ),
        "hidden": Workload(
            "a hidden Markov model with 6 states, 50 steps", hidden, hidden_by_hand,
            (normal(size=(6, 6)), normal(size=(6, 9)), random.integers(9, size=50)),
            argnums=(0, 1), in_jax=hidden_in_jax,
        ),
        "alignment": Workload(
            "soft dynamic time warping, 18 by 12", alignment, alignment_by_hand,
            (np.sin(time) + 0.2 * normal(size=18), np.sin(np.linspace(0.5, 6.0, 12))),
            argnums=(0, 1), in_jax=alignment_in_jax,
        ),
        "pendulum": Workload(
            "a pendulum, 30 implicit steps", pendulum, pendulum_by_hand, (2.5, 0.3, 1.2, 0.4),
            argnums=(0, 1, 2, 3), in_jax=pendulum_in_jax,
        ),
        "option": Workload(
            "an American option by a binomial tree of 50 steps", option, option_by_hand,
            (100.0, 103.0, 0.05, 0.3), argnums=(0, 1, 2, 3), in_jax=option_in_jax,
        ),
    }  # fmt: skip

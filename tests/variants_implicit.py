"""Lab 13: mistakes written in other ways, and mutants that are right too."""

from cells import cells

EQUIVALENT = {}
VARIANTS = cells("""
### implicit.slope 0
def root_slope(f, x, a):
    by_x, by_a = grad(f, (0, 1))(x, a)
    return by_a / by_x
### implicit.slope 0
def root_slope(f, x, a):
    pull = vjp(f, x, a)[1](1.0)
    return pull[1] / pull[0]
### implicit.slope 1
def root_slope(f, x, a):
    by_x, by_a = grad(f, (0, 1))(x, a)
    return -by_x / by_a
### implicit.slope 2
def root_slope(f, x, a):
    return grad(f, 0)(x, a) / grad(f, 1)(x, a)
### implicit.slope 3
def root_slope(f, x, a):
    return 1 / grad(lambda x: f(x, a))(x)
### implicit.slope 4
def root_slope(f, x, a):
    return -(grad(f)(x, a) ** -1)
### implicit.slope 5
def root_slope(f, x, a):
    return -grad(lambda a: f(x, a))(a)
### implicit.slope 5
def root_slope(f, x, a):
    return -vjp(f, x, a)[1](1.0)[1]
### implicit.slope 6
def root_slope(f, x, a):
    return grad(lambda a: f(x, a))(a)
### implicit.slope 6
def root_slope(f, x, a):
    return vjp(f, x, a)[1](1.0)[1]
### implicit.slope 7
def root_slope(f, x, a):
    return grad(f)(x, a)
### implicit.slope 7
def root_slope(f, x, a):
    return vjp(lambda x: f(x, a), x)[1](1.0)[0]
### implicit.slope 8
def root_slope(f, x, a):
    by_x, by_a = grad(f, (0, 1))(x, a)
    return -by_x * by_a
### implicit.slope 8
def root_slope(f, x, a):
    return grad(f, 0)(x, a) * -grad(f, 1)(x, a)
### implicit.slope 9
def root_slope(f, x, a):
    return abs(grad(f, 1)(x, a)) / abs(grad(f, 0)(x, a))
### implicit.slope 9
def root_slope(f, x, a):
    return np.abs(-grad(f, 1)(x, a) / grad(f, 0)(x, a))
### implicit.slope 10
def root_slope(f, x, a):
    return -f(x, a) / grad(f, 0)(x, a)
### implicit.slope 10
def root_slope(f, x, a):
    new = x - f(x, a) / grad(f)(x, a)
    return new - x
### implicit.slope 11
def root_slope(f, x, a):
    return -grad(f, 1)(a, x) / grad(f, 0)(a, x)
### implicit.slope 11
def root_slope(f, x, a):
    by_x, by_a = vjp(f, a, x)[1](1.0)
    return -by_a / by_x
### implicit.slope 12
def root_slope(f, x, a):
    return -grad(f, 2)(x, a) / grad(f, 1)(x, a)
### implicit.slope 12
def root_slope(f, x, a):
    by_a = grad(f, argnums=2)
    return -by_a(x, a) / grad(f, argnums=1)(x, a)
### implicit.slope 13
def root_slope(f, x, a):
    h = 1e-6
    return -(f(x, a + h) - f(x, a - h)) / (f(x + h, a) - f(x - h, a))
### implicit.slope 13
def root_slope(f, x, a, h=1e-5):
    def slope(f, at):
        return (f(at + h) - f(at - h)) / (2 * h)

    return -slope(lambda a: f(x, a), a) / slope(lambda x: f(x, a), x)
### implicit.unrolled 0
def unrolled(step, x, a, g, rounds):
    for _ in range(rounds - 1):
        x = step(x, a)
    return vjp(step, x, a)[1](g)[1]
### implicit.unrolled 1
def unrolled(step, x, a, g, rounds):
    _, pull = vjp(step, x, a)
    for _ in range(rounds):
        x = step(x, a)
    return pull(g)[1]
### implicit.unrolled 2
def unrolled(step, x, a, g, rounds):
    xs = [x]
    for _ in range(rounds - 1):
        xs.append(step(xs[-1], a))
    for x in xs[::-1]:
        g, total = vjp(step, x, a)[1](g)
    return total
### implicit.unrolled 2
def unrolled(step, x, a, g, rounds):
    pulls = []
    for _ in range(rounds):
        x, pull = vjp(step, x, a)
        pulls.append(pull)
    while pulls:
        pair = pulls.pop()(g)
        g = pair[0]
    return pair[1]
### implicit.unrolled 3
def unrolled(step, x, a, g, rounds):
    total = 0
    for _ in range(rounds):
        x, pull = vjp(step, x, a)
        total = total + pull(g)[1]
    return total
### implicit.unrolled 3
def unrolled(step, x, a, g, rounds):
    xs = []
    for _ in range(rounds):
        xs.append(x)
        x = step(x, a)
    return sum(vjp(step, x, a)[1](g)[1] for x in xs[::-1])
### implicit.unrolled 4
def unrolled(step, x, a, g, rounds):
    total = 0
    for _ in range(rounds):
        x, pull = vjp(step, x, a)
        g, paid = pull(g)
        total = total + paid
    return total
### implicit.unrolled 4
def unrolled(step, x, a, g, rounds):
    xs = []
    for _ in range(rounds):
        xs.append(x)
        x = step(x, a)
    total = np.zeros(np.shape(a))
    for x in xs:
        g, paid = vjp(step, x, a)[1](g)
        total = total + paid
    return total
### implicit.unrolled 5
def unrolled(step, x, a, g, rounds):
    xs = []
    for _ in range(rounds):
        x = step(x, a)
        xs.append(x)
    total = 0
    for x in reversed(xs):
        g, paid = vjp(step, x, a)[1](g)
        total = total + paid
    return total
### implicit.unrolled 5
def unrolled(step, x, a, g, rounds):
    xs = [x]
    for _ in range(rounds):
        xs.append(step(xs[-1], a))
    total = 0
    for k in range(rounds, 0, -1):
        g, paid = vjp(step, xs[k], a)[1](g)
        total = total + paid
    return total
### implicit.unrolled 6
def unrolled(step, x, a, g, rounds):
    for _ in range(rounds):
        x = step(x, a)
    total = 0
    for _ in range(rounds):
        g, paid = vjp(step, x, a)[1](g)
        total = total + paid
    return total
### implicit.unrolled 7
def unrolled(step, x, a, g, rounds):
    for _ in range(rounds):
        _, pull = vjp(step, x, a)
        x = step(x, a)
    total = 0
    for _ in range(rounds):
        g, paid = pull(g)
        total = total + paid
    return total
### implicit.unrolled 8
def unrolled(step, x, a, g, rounds):
    pull = vjp(step, x, a)[1]
    total = 0
    for _ in range(rounds):
        g, paid = pull(g)
        total = total + paid
    return total
### implicit.unrolled 9
def unrolled(step, x, a, g, rounds):
    xs = [x]
    for _ in range(rounds):
        xs.append(step(xs[-1], a))
    total = 0
    for x in reversed(xs):
        g, paid = vjp(step, x, a)[1](g)
        total = total + paid
    return total
### implicit.unrolled 9
def unrolled(step, x, a, g, rounds):
    pulls = []
    for _ in range(rounds + 1):
        x, pull = vjp(step, x, a)
        pulls.append(pull)
    total = 0
    for pull in pulls[::-1]:
        g, paid = pull(g)
        total = total + paid
    return total
### implicit.unrolled 10
def unrolled(step, x, a, g, rounds):
    xs = [x]
    for _ in range(rounds - 1):
        xs.append(step(xs[-1], a))
    total = 0.0 * a
    for k in range(rounds - 1, 0, -1):
        g, paid = vjp(step, xs[k], a)[1](g)
        total = total + paid
    return total
### implicit.unrolled 10
def unrolled(step, x, a, g, rounds):
    x = step(x, a)
    pulls = []
    for _ in range(rounds - 1):
        x, pull = vjp(step, x, a)
        pulls.append(pull)
    total = a * 0
    for pull in pulls[::-1]:
        g, paid = pull(g)
        total = total + paid
    return total
### implicit.unrolled 11
def unrolled(step, x, a, g, rounds):
    xs = []
    for _ in range(rounds):
        xs.append(x)
        x = step(x, a)
    total = 0
    for x in reversed(xs):
        pull = vjp(step, x, a)[1]
        g = pull(g)[0]
        total = total + pull(g)[1]
    return total
### implicit.unrolled 11
def unrolled(step, x, a, g, rounds):
    pulls = []
    for _ in range(rounds):
        x, pull = vjp(step, x, a)
        pulls.append(pull)
    total = 0
    for pull in reversed(pulls):
        g, _ = pull(g)
        _, paid = pull(g)
        total = total + paid
    return total
### implicit.unrolled 12
def unrolled(step, x, a, g, rounds):
    pulls = []
    for _ in range(rounds):
        x, pull = vjp(step, x, a)
        pulls.append(pull)
    for pull in pulls[::-1]:
        g, paid = pull(g)
    return g
### implicit.unrolled 12
def unrolled(step, x, a, g, rounds):
    def loop(x):
        for _ in range(rounds):
            x = step(x, a)
        return x

    return vjp(loop, x)[1](g)[0]
### implicit.unrolled 13
def unrolled(step, x, a, g, rounds):
    for _ in range(500):
        x = step(x, a)
    pull = vjp(step, x, a)[1]
    z = g
    for _ in range(200):
        z = g + pull(z)[0]
    return pull(z)[1]
### implicit.unrolled 13
def unrolled(step, x, a, g, rounds):
    def loop(a):
        y = x
        for _ in range(600):
            y = step(y, a)
        return y

    return vjp(loop, a)[1](g)[0]
### implicit.fixed_point 0
def pull_fixed(step, x, a, g):
    return vjp(step, x, a)[1](g)[1]
### implicit.fixed_point 0
def pull_fixed(step, x, a, g):
    value, pull = vjp(lambda a: step(x, a), a)
    (paid,) = pull(g)
    return paid
### implicit.fixed_point 1
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    for _ in range(100):
        z = g + pull(g)[0]
    return pull(z)[1]
### implicit.fixed_point 1
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    by_x, _ = pull(g)
    return pull(g + by_x)[1]
### implicit.fixed_point 2
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    z = g
    for _ in range(10):
        z = g + pull(z)[0]
    return pull(z)[1]
### implicit.fixed_point 2
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    z, more = g, g
    for _ in range(20):
        more = pull(more)[0]
        z = z + more
    return pull(z)[1]
### implicit.fixed_point 4
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    for _ in range(100):
        g = pull(g)[0]
    return pull(g)[1]
### implicit.fixed_point 4
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    z = g
    while np.max(np.abs(z)) > 1e-12:
        z = pull(z)[0]
    return pull(z)[1]
### implicit.fixed_point 5
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    z = g
    for _ in range(100):
        z = g - pull(z)[0]
    return pull(z)[1]
### implicit.fixed_point 5
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    z = 0 * g
    for _ in range(300):
        z = -pull(z)[0] + g
    return pull(z)[1]
### implicit.fixed_point 6
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    z = g
    for _ in range(100):
        z = g + pull(z)[0]
    return z
### implicit.fixed_point 6
def pull_fixed(step, x, a, g):
    _, pull = vjp(lambda x: step(x, a), x)
    total, now = 0, g
    for _ in range(100):
        total = total + now
        (now,) = pull(now)
    return total
### implicit.fixed_point 7
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    z = g
    for _ in range(100):
        z = g + pull(z)[0]
    return pull(z)[0]
### implicit.fixed_point 7
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    z = g
    for _ in range(80):
        z = g + pull(z)[0]
    to_x, to_a = pull(z)
    return to_x
### implicit.fixed_point 8
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    z = g
    for _ in range(100):
        z = z + pull(z)[0]
    return pull(z)[1]
### implicit.fixed_point 8
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    for _ in range(100):
        g = g + pull(g)[0]
    return pull(g)[1]
### implicit.fixed_point 9
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    z = g
    for _ in range(100):
        z = g + pull(z)[1]
    return pull(z)[1]
### implicit.fixed_point 9
def pull_fixed(step, x, a, g):
    value, pull = vjp(step, x, a)
    z = g
    for _ in range(100):
        to_x, to_a = pull(z)
        z = to_a + g
    return pull(z)[1]
### implicit.fixed_point 10
def pull_fixed(step, x, a, g):
    J = np.atleast_2d(jacobian(step)(x, a))
    z = np.atleast_1d(g)
    for _ in range(100):
        z = np.atleast_1d(g) + J @ z
    return vjp(step, x, a)[1](np.reshape(z, np.shape(x))[()])[1]
### implicit.fixed_point 11
def pull_fixed(step, x, a, g):
    n = np.size(x)
    J = np.reshape(jacobian(step)(x, a), (n, n))
    z = np.linalg.solve(np.eye(n) - J, np.reshape(g, n))
    return vjp(step, x, a)[1](np.reshape(z, np.shape(x))[()])[1]
### implicit.fixed_point 12
def pull_fixed(step, x, a, g):
    n = np.size(x)
    J = np.reshape(jacobian(step)(x, a), (n, n))
    z = np.linalg.inv(J.T) @ np.reshape(g, n)
    return vjp(step, x, a)[1](np.reshape(z, np.shape(x))[()])[1]
### implicit.fixed_point 12
def pull_fixed(step, x, a, g):
    n = np.size(x)
    J = np.reshape(jacobian(step)(x, a), (n, n))
    z = np.linalg.solve(J.T, np.reshape(g, n))
    A = np.reshape(jacobian(step, 1)(x, a), (n, np.size(a)))
    return np.reshape(A.T @ z, np.shape(a))
### implicit.fixed_point 13
def pull_fixed(step, x, a, g):
    n = np.size(x)
    J = np.reshape(jacobian(step)(x, a), (n, n))
    z = np.linalg.solve(J.T - np.eye(n), np.reshape(g, n))
    return vjp(step, x, a)[1](np.reshape(z, np.shape(x))[()])[1]
### implicit.fixed_point 13
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    z = g
    for _ in range(100):
        z = pull(z)[0] - g
    return pull(z)[1]
### implicit.system 0
def pull_root(f, x, a, g):
    z = np.linalg.solve(jacobian(f)(x, a), g)
    return -vjp(f, x, a)[1](z)[1]
### implicit.system 0
def pull_root(f, x, a, g):
    return -(np.linalg.inv(jacobian(f)(x, a)) @ g) @ jacobian(f, 1)(x, a)
### implicit.system 1
def pull_root(f, x, a, g):
    z = np.linalg.solve(jacobian(f)(x, a).T, g)
    return vjp(f, x, a)[1](z)[1]
### implicit.system 1
def pull_root(f, x, a, g):
    return g @ np.linalg.solve(jacobian(f)(x, a), jacobian(f, 1)(x, a))
### implicit.system 2
def pull_root(f, x, a, g):
    return -g @ jacobian(f, 1)(x, a)
### implicit.system 3
def pull_root(f, x, a, g):
    return vjp(f, x, a)[1](g)[1]
### implicit.system 4
def pull_root(f, x, a, g):
    z = vjp(f, x, a)[1](g)[0]
    return -vjp(f, x, a)[1](z)[1]
### implicit.system 4
def pull_root(f, x, a, g):
    return -vjp(f, x, a)[1](jacobian(f)(x, a).T @ g)[1]
### implicit.system 5
def pull_root(f, x, a, g):
    z = jacobian(f)(x, a) @ g
    return -vjp(f, x, a)[1](z)[1]
### implicit.system 5
def pull_root(f, x, a, g):
    return -jacobian(f, 1)(x, a).T @ (jacobian(f, 0)(x, a) @ g)
### implicit.system 6
def pull_root(f, x, a, g):
    z = g / np.diagonal(jacobian(f)(x, a))
    return -vjp(f, x, a)[1](z)[1]
### implicit.system 6
def pull_root(f, x, a, g):
    J = jacobian(f)(x, a)
    z = np.array([g[k] / J[k, k] for k in range(len(x))])
    return -z @ jacobian(f, 1)(x, a)
### implicit.system 7
def pull_root(f, x, a, g):
    J = jacobian(f)(x, a)
    z = np.linalg.solve(np.eye(len(x)) - J.T, g)
    return -vjp(f, x, a)[1](z)[1]
### implicit.system 7
def pull_root(f, x, a, g):
    J = jacobian(f)(x, a)
    return -(g @ np.linalg.inv(np.identity(len(x)) - J)) @ jacobian(f, 1)(x, a)
### implicit.system 8
def pull_root(f, x, a, g):
    return np.linalg.solve(jacobian(f)(x, a).T, g)
### implicit.system 8
def pull_root(f, x, a, g):
    return g @ np.linalg.inv(jacobian(f)(x, a))
### implicit.system 9
def pull_root(f, x, a, g):
    return -np.linalg.solve(jacobian(f)(x, a).T, g)
### implicit.system 9
def pull_root(f, x, a, g):
    return np.linalg.solve(jacobian(f)(x, a).T, -g)
### implicit.system 10
def pull_root(f, x, a, g):
    z = np.linalg.solve(jacobian(f)(x, a).T, g)
    return -vjp(f, x, a)[1](z)[0]
### implicit.system 11
def pull_root(f, x, a, g):
    z = np.linalg.solve(jacobian(f)(x, a).T, g)
    value, pull = vjp(f, x, a)
    return pull(z)[0]
### implicit.system 12
def pull_root(f, x, a, g):
    return -np.linalg.solve(jacobian(f)(x, a), jacobian(f, 1)(x, a))
### implicit.system 12
def pull_root(f, x, a, g):
    by_x, by_a = jacobian(f, 0)(x, a), jacobian(f, 1)(x, a)
    return -np.linalg.inv(by_x) @ by_a
### implicit.system 13
def pull_root(f, x, a, g):
    return -np.linalg.solve(jacobian(f)(x, a), jacobian(f, 1)(x, a)) @ g
### implicit.system 13
def pull_root(f, x, a, g):
    slopes = -np.linalg.inv(jacobian(f)(x, a)) @ jacobian(f, 1)(x, a)
    return np.dot(slopes, g)
### implicit.penalty 0
def penalty_slope(t, train, unseen):
    w = fit(t, *train)
    g = grad(miss)(w, *unseen)
    return -pull_root(lambda w, t: grad(ridge)(w, t, *train), w, t, g)
### implicit.penalty 0
def penalty_slope(t, train, unseen):
    w = fit(t, *train)
    H = jacobian(grad(ridge))(w, t, *train)
    return np.linalg.solve(H, grad(miss)(w, *unseen)) * 2 * np.exp(t) * w
### implicit.penalty 1
def penalty_slope(t, train, unseen):
    w = fit(t, *train)
    g = grad(miss)(w, *train)
    return pull_root(lambda w, t: grad(ridge)(w, t, *train), w, t, g)
### implicit.penalty 1
def penalty_slope(t, train, unseen):
    def by_w(w, t):
        return grad(ridge)(w, t, train[0], train[1])

    w = fit(t, *train)
    return pull_root(by_w, w, t, 2 * train[0].T @ (train[0] @ w - train[1]) / len(train[1]))
### implicit.penalty 2
def penalty_slope(t, train, unseen):
    w = fit(t, *train)
    g = grad(ridge)(w, t, *unseen)
    return pull_root(lambda w, t: grad(ridge)(w, t, *train), w, t, g)
### implicit.penalty 2
def penalty_slope(t, train, unseen):
    w = fit(t, *train)
    g = grad(miss)(w, *unseen) + 2 * np.exp(t) * w
    return pull_root(lambda w, t: grad(ridge)(w, t, *train), w, t, g)
### implicit.penalty 3
def penalty_slope(t, train, unseen):
    return grad(ridge, 1)(fit(t, *train), t, *unseen)
### implicit.penalty 3
def penalty_slope(t, train, unseen):
    w = fit(t, *train)
    return np.exp(t) * w**2
### implicit.penalty 4
def penalty_slope(t, train, unseen):
    w = fit(t, *train)
    return grad(lambda t: miss(w, *unseen) + 0 * np.sum(t))(t)
### implicit.penalty 4
def penalty_slope(t, train, unseen):
    w = fit(t, *train)
    g = grad(miss)(w, *unseen)
    return pull_root(lambda w, t: grad(miss)(w, *train) + w, w, t, g)
### implicit.penalty 5
def penalty_slope(t, train, unseen):
    return grad(miss)(fit(t, *train), *unseen)
### implicit.penalty 5
def penalty_slope(t, train, unseen):
    X, y = unseen
    return 2 * X.T @ (X @ fit(t, *train) - y) / len(y)
### implicit.penalty 6
def penalty_slope(t, train, unseen):
    w = fit(t, *train)
    return pull_root(lambda w, t: ridge(w, t, *train), w, t, grad(miss)(w, *unseen))
### implicit.penalty 6
def penalty_slope(t, train, unseen):
    def condition(w, t):
        X, y = train
        return np.mean((X @ w - y) ** 2) + np.sum(np.exp(t) * w**2)

    w = fit(t, *train)
    g = grad(lambda w: miss(w, *unseen))(w)
    return pull_root(condition, w, t, g)
### implicit.penalty 7
def penalty_slope(t, train, unseen):
    w = fit(t, *train)
    g = grad(miss)(w, *unseen)
    return pull_root(lambda w, t: grad(ridge, 1)(w, t, *train), w, t, g)
### implicit.penalty 7
def penalty_slope(t, train, unseen):
    w = fit(t, *train)
    g = grad(miss)(w, *unseen)
    return pull_root(lambda w, t: np.exp(t) * w**2, w, t, g)
### implicit.penalty 8
def penalty_slope(t, train, unseen):
    w = fit(t, *train)
    g = grad(miss)(w, *unseen)
    return pull_root(lambda w, t: grad(ridge)(w, t, *unseen), w, t, g)
### implicit.penalty 8
def penalty_slope(t, train, unseen):
    def by_w(w, t):
        X, y = unseen
        return grad(ridge)(w, t, X, y)

    w = fit(t, *train)
    return pull_root(by_w, w, t, grad(miss)(w, *unseen))
### implicit.penalty 9
def penalty_slope(t, train, unseen):
    w = fit(t, *unseen)
    g = grad(miss)(w, *train)
    return pull_root(lambda w, t: grad(ridge)(w, t, *unseen), w, t, g)
### implicit.penalty 9
def penalty_slope(t, train, unseen):
    train, unseen = unseen, train
    w = fit(t, *train)
    H = jacobian(grad(ridge))(w, t, *train)
    return -np.linalg.solve(H, grad(miss)(w, *unseen)) * 2 * np.exp(t) * w
### implicit.penalty 10
def penalty_slope(t, train, unseen):
    w = fit(t, *unseen)
    g = grad(miss)(w, *unseen)
    return pull_root(lambda w, t: grad(ridge)(w, t, *unseen), w, t, g)
### implicit.penalty 10
def penalty_slope(t, train, unseen):
    X, y = unseen
    w = fit(t, X, y)
    H = 2 * X.T @ X / len(y) + 2 * np.diag(np.exp(t))
    return -np.linalg.solve(H, 2 * X.T @ (X @ w - y) / len(y)) * 2 * np.exp(t) * w
### implicit.penalty 11
def penalty_slope(t, train, unseen):
    w = fit(t, *train)
    g = grad(miss)(w, *unseen)
    return pull_root(lambda w, t: grad(ridge)(w, t, *train), w, t, g) / np.exp(t)
### implicit.penalty 11
def penalty_slope(t, train, unseen):
    w = fit(t, *train)
    H = jacobian(grad(ridge))(w, t, *train)
    return -2 * w * np.linalg.solve(H, grad(miss)(w, *unseen))
### implicit.penalty 12
def penalty_slope(t, train, unseen):
    w = fit(t, *train)
    g = grad(miss)(w, *unseen)
    return -vjp(lambda t: grad(ridge)(w, t, *train), t)[1](g)[0]
### implicit.penalty 12
def penalty_slope(t, train, unseen):
    w = fit(t, *train)
    return -2 * np.exp(t) * w * grad(miss)(w, *unseen)
### implicit.penalty 13
def penalty_slope(t, train, unseen):
    return miss(fit(t, *train), *unseen)
### implicit.penalty 13
def penalty_slope(t, train, unseen):
    X, y = unseen
    w = fit(t, *train)
    return sum((X @ w - y) ** 2) / len(y)
### implicit.slope 14
def root_slope(f, x, a):
    return -grad(f, 1)
### implicit.slope 15
def root_slope(f, x, a):
    by_x, by_a = grad(f, 0), grad(f, 1)
    return by_a / by_x
### implicit.slope 16
def root_slope(f, x, a):
    return 0.5 / x
### implicit.slope 16
def root_slope(f, x, a):
    return grad(lambda x: x * x)(x) ** -1
### implicit.unrolled 14
def unrolled(step, x, a, g, rounds):
    for _ in range(rounds):
        x = step(x, a)
    return x
### implicit.unrolled 14
def unrolled(step, x, a, g, rounds):
    return unrolled(step, step(x, a), a, g, rounds - 1) if rounds else x
### implicit.unrolled 15
def unrolled(step, x, a, g, rounds):
    def loop(a):
        y = x
        for _ in range(rounds):
            y = step(y, a)
        return y

    return grad(loop)(a)
### implicit.unrolled 15
def unrolled(step, x, a, g, rounds):
    def loop(x, a):
        for _ in range(rounds):
            x = step(x, a)
        return x

    return grad(loop, 1)(x, a)
### implicit.unrolled 16
def unrolled(step, x, a, g, rounds):
    total = 0
    for _ in range(rounds):
        x, pull = vjp(step, x, a)
        total = total + pull(1.0)[1]
    return total
### implicit.unrolled 17
def unrolled(step, x, a, g, rounds):
    xs = []
    for _ in range(rounds):
        xs.append(x)
        x = step(x, a)
    total = g
    for x in reversed(xs):
        g, paid = vjp(step, x, a)[1](g)
        total = total + paid
    return total
### implicit.unrolled 17
def unrolled(step, x, a, g, rounds):
    def loop(a):
        y = x
        for _ in range(rounds):
            y = step(y, a)
        return y

    return vjp(loop, a)[1](g)[0] + g
### implicit.unrolled 18
def unrolled(step, x, a, g, rounds):
    pulls, total = [], 0
    for _ in range(rounds):
        x, pull = vjp(step, x, a)
        pulls.append(pull)
    for pull in reversed(pulls):
        total = total + g
        g = pull(g)[0]
    return total
### implicit.unrolled 18
def unrolled(step, x, a, g, rounds):
    xs, all_g = [], [g]
    for _ in range(rounds):
        xs.append(x)
        x = step(x, a)
    for x in xs[:0:-1]:
        all_g.append(vjp(step, x, a)[1](all_g[-1])[0])
    return sum(all_g)
### implicit.unrolled 19
def unrolled(step, x, a, g, rounds):
    pulls, total = [], 0
    for _ in range(rounds):
        x, pull = vjp(step, x, a)
        pulls.append(pull)
    for pull in reversed(pulls):
        paid, g = pull(g)
        total = total + paid
    return total
### implicit.unrolled 19
def unrolled(step, x, a, g, rounds):
    xs = []
    for _ in range(rounds):
        xs.append(x)
        x = step(x, a)
    total = 0
    for x in xs[::-1]:
        both = vjp(step, x, a)[1](g)
        total, g = total + both[0], both[1]
    return total
### implicit.unrolled 20
def unrolled(step, x, a, g, rounds):
    xs = [x]
    for _ in range(rounds):
        xs.append(step(x, a))
    total = 0
    for x in reversed(xs[:-1]):
        g, paid = vjp(step, x, a)[1](g)
        total = total + paid
    return total
### implicit.unrolled 20
def unrolled(step, x, a, g, rounds):
    xs = [x] + [step(x, a) for _ in range(rounds - 1)]
    total = 0.0 * a
    for x in xs[::-1]:
        pull = vjp(step, x, a)[1]
        total = total + pull(g)[1]
        g = pull(g)[0]
    return total
### implicit.unrolled 21
def unrolled(step, x, a, g, rounds):
    pulls, total = [], 0
    for _ in range(rounds):
        x, pull = vjp(step, x, a)
        pulls.append(pull)
    for pull in reversed(pulls):
        by_x, by_a = pull(g)
        g, total = g + by_x, total + by_a
    return total
### implicit.unrolled 21
def unrolled(step, x, a, g, rounds):
    xs = []
    for _ in range(rounds):
        xs.append(x)
        x = step(x, a)
    total = np.zeros(np.shape(a))
    for x in reversed(xs):
        pull = vjp(step, x, a)[1]
        total = total + pull(g)[1]
        g = pull(g)[0] + g
    return total
### implicit.unrolled 22
def unrolled(step, x, a, g, rounds):
    xs = []
    for _ in range(rounds):
        xs.append(x)
        x = step(x, a)
    for x in reversed(xs):
        g, paid = vjp(step, x, a)(g)
    return paid
### implicit.unrolled 22
def unrolled(step, x, a, g, rounds):
    pull = vjp(step, x, a)
    return sum(pull(g)[1] for _ in range(rounds))
### implicit.fixed_point 14
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    z = g
    for _ in range(100):
        z = pull(g + z)[0]
    return pull(z)[1]
### implicit.fixed_point 14
def pull_fixed(step, x, a, g):
    _, pull = vjp(step, x, a)
    z = 0 * g
    for _ in range(60):
        (z, _) = pull(z + g)
    return pull(z)[1]
### implicit.fixed_point 15
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    z, total = g, 0
    for _ in range(100):
        z = g + pull(z)[0]
        total += pull(z)[1]
    return total
### implicit.fixed_point 15
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    z, all_paid = g, []
    for _ in range(100):
        z = g + pull(z)[0]
        all_paid.append(pull(z)[1])
    return sum(all_paid)
### implicit.fixed_point 16
def pull_fixed(step, x, a, g):
    return grad(step, 1)(x, a) / (1 - grad(step, 0)(x, a)) * g
### implicit.fixed_point 16
def pull_fixed(step, x, a, g):
    by_x, by_a = grad(step, (0, 1))(x, a)
    z = g
    for _ in range(2000):
        z = g + z * by_x
    return z * by_a
### implicit.fixed_point 17
def pull_fixed(step, x, a, g):
    z = g
    for _ in range(100):
        z = g + vjp(step, z, a)[1](z)[0]
    return vjp(step, x, a)[1](z)[1]
### implicit.fixed_point 17
def pull_fixed(step, x, a, g):
    z = g
    for _ in range(100):
        value, pull = vjp(step, z, a)
        z = pull(z)[0] + g
    return vjp(lambda a: step(x, a), a)[1](z)[0]
### implicit.fixed_point 18
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    z = g
    for _ in range(100):
        z = g + pull(z)
    return pull(z)[1]
### implicit.fixed_point 19
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    z = g
    for _ in range(100):
        z = g + pull(z)[0]
    return pull(z)
### implicit.fixed_point 20
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)
    z = g
    for _ in range(100):
        z = g + pull(z)[0]
    return pull(z)[1]
### implicit.fixed_point 20
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[0]
    z = g
    for _ in range(100):
        z = g + pull(z)[0]
    return pull(z)[1]
### implicit.system 14
def pull_root(f, x, a, g):
    z = np.linalg.solve(jacobian(f, 1)(x, a).T, g)
    return -vjp(f, x, a)[1](z)[1]
### implicit.system 14
def pull_root(f, x, a, g):
    A = jacobian(lambda a: f(x, a))(a)
    return -np.linalg.solve(A.T, g) @ A
### implicit.system 15
def pull_root(f, x, a, g):
    z = np.linalg.solve(grad(f)(x, a).T, g)
    return -vjp(f, x, a)[1](z)[1]
### implicit.system 15
def pull_root(f, x, a, g):
    return g * root_slope(f, x, a)
### implicit.system 16
def pull_root(f, x, a, g):
    z = g / jacobian(f)(x, a).T
    return -vjp(f, x, a)[1](z)[1]
### implicit.system 16
def pull_root(f, x, a, g):
    pull = vjp(f, x, a)[1]
    return -pull(g / jacobian(f, 0)(x, a))[1]
### implicit.system 17
def pull_root(f, x, a, g):
    x = np.linalg.solve(jacobian(f)(x, a).T, g)
    return -vjp(f, x, a)[1](x)[1]
### implicit.system 17
def pull_root(f, x, a, g):
    z = np.linalg.inv(jacobian(f)(x, a).T) @ g
    return -z @ jacobian(f, 1)(z, a)
### implicit.system 18
def pull_root(f, x, a, g):
    z = np.linalg.solve(jacobian(f)(x, a).T, g)
    return -vjp(f, x, a)[1](z)
### implicit.system 18
def pull_root(f, x, a, g):
    z = np.linalg.solve(jacobian(f)(x, a).T, g)
    paid = vjp(f, x, a)[1](z)
    return -paid
### implicit.system 19
def pull_root(f, x, a, g):
    z = np.linalg.solve(jacobian(f)(x, a).T, g)
    return -vjp(f, x, a)(z)[1]
### implicit.system 19
def pull_root(f, x, a, g):
    pull = vjp(f, x, a)
    z = np.linalg.solve(jacobian(f)(x, a).T, g)
    return -pull(z)[1]
### implicit.penalty 14
def penalty_slope(t, train, unseen):
    return grad(lambda t: miss(fit(t, *train), *unseen))(t)
### implicit.penalty 14
def penalty_slope(t, train, unseen):
    w = fit(t, *train)
    g = grad(miss)(w, *unseen)
    return pull_root(lambda w, t: w - fit(t, *train), w, t, g)
### implicit.penalty 15
def penalty_slope(t, train, unseen):
    w = fit(t, *train)
    g = miss(w, *unseen)
    return pull_root(lambda w, t: grad(ridge)(w, t, *train), w, t, g)
### implicit.penalty 15
def penalty_slope(t, train, unseen):
    w = fit(t, *train)
    return pull_root(lambda w, t: grad(ridge)(w, t, *train), w, t, 1.0)
### implicit.penalty 16
def penalty_slope(t, train, unseen):
    w = fit(t, *train)
    g = grad(miss)(w, *unseen)
    return pull_root(lambda t, w: grad(ridge)(w, t, *train), w, t, g)
### implicit.penalty 17
def penalty_slope(t, train, unseen):
    w = fit(t, *train)
    g = grad(miss)(w, *unseen)
    return pull_root(lambda w, t: grad(ridge)(w, t, *train), t, w, g)
### implicit.penalty 18
def penalty_slope(t, train, unseen):
    w = fit(t, *train)
    g = grad(miss)(w, *unseen)
    return pull_root(lambda w, t: grad(miss)(w, *train) + np.exp(t) * w, w, t, g)
### implicit.penalty 18
def penalty_slope(t, train, unseen):
    def condition(w, t):
        X, y = train
        return 2 / len(y) * X.T @ (X @ w - y) + np.exp(t) * w

    w = fit(t, *train)
    return pull_root(condition, w, t, grad(miss)(w, *unseen))
### implicit.penalty 19
def penalty_slope(t, train, unseen):
    w = fit(t, *train)
    g = grad(miss)(w, *unseen)
    through = pull_root(lambda w, t: grad(ridge)(w, t, *train), w, t, g)
    return through + grad(ridge, 1)(w, t, *unseen)
### implicit.penalty 19
def penalty_slope(t, train, unseen):
    w = fit(t, *train)
    z = np.linalg.solve(jacobian(grad(ridge))(w, t, *train), grad(miss)(w, *unseen))
    return np.exp(t) * w * w - 2 * np.exp(t) * w * z
### implicit.penalty 20
def penalty_slope(t, train, unseen):
    w = fit(np.exp(t), *train)
    g = grad(miss)(w, *unseen)
    return pull_root(lambda w, t: grad(ridge)(w, t, *train), w, t, g)
### implicit.penalty 20
def penalty_slope(t, train, unseen):
    w = fit(np.exp(t), *train)
    H = jacobian(grad(ridge))(w, t, *train)
    return -np.linalg.solve(H, grad(miss)(w, *unseen)) * 2 * np.exp(t) * w
### implicit.penalty 21
def penalty_slope(t, train, unseen, h=1e-5):
    slopes = []
    for k in range(len(t)):
        e = np.zeros(len(t))
        e[k] = h
        up, down = fit(t + e, *train), fit(t - e, *train)
        slopes.append((miss(up, *unseen) - miss(down, *unseen)) / (2 * h))
    return np.array(slopes)
### implicit.penalty 21
def penalty_slope(t, train, unseen, h=1e-4):
    def at(k, by):
        return miss(fit(t + by * np.eye(len(t))[k], *train), *unseen)

    return np.array([(at(k, h) - at(k, -h)) / (2 * h) for k in range(len(t))])
### implicit.unrolled 23
def unrolled(step, x, a, g, rounds):
    slope = 0.0
    for _ in range(rounds):
        by_x, by_a = grad(step, (0, 1))(x, a)
        slope = by_x * slope + by_a
        x = step(x, a)
    return g * slope
### implicit.unrolled 23
def unrolled(step, x, a, g, rounds):
    def loop(a):
        y = x
        for _ in range(rounds):
            y = step(y, a)
        return y

    return grad(loop)(a) * g
### implicit.fixed_point 21
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    z = 0
    for _ in range(100):
        z = g + pull(z)[0]
    return pull(z)[1]
### implicit.fixed_point 21
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    z = 1.0
    for _ in range(60):
        z = pull(z)[0] + g
    return pull(z)[1]
### implicit.fixed_point 2
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    old, z = 0 * g, g
    while np.max(np.abs(z - old)) > 1e-6:
        old, z = z, g + pull(z)[0]
    return pull(z)[1]
### implicit.fixed_point 2
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    old, z = 0 * g, g
    while not np.allclose(z, old):
        old, z = z, g + pull(z)[0]
    return pull(z)[1]
### implicit.fixed_point 2
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    z = g
    for _ in range(100):
        z = g + pull(z)[0]
    return pull(z)[1]
### implicit.fixed_point 2
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    z = np.ones(np.shape(x))
    for _ in range(30):
        z = pull(z)[0] + g
    return pull(z)[1]
### implicit.fixed_point 3
def pull_fixed(step, x, a, g):
    total = 0.0
    for _ in range(2000):
        g, paid = vjp(step, x, a)[1](g)
        total = total + paid
    return total
### implicit.fixed_point 3
def pull_fixed(step, x, a, g):
    pulls = []
    for _ in range(200):
        x, pull = vjp(step, x, a)
        pulls.append(pull)
    total = 0.0
    for pull in reversed(pulls):
        g, paid = pull(g)
        total = total + paid
    return total
### implicit.fixed_point 8
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    z = g * 1.0
    for _ in range(30):
        z += pull(z)[0]
    return pull(z)[1]
### implicit.fixed_point 8
def pull_fixed(step, x, a, g):
    pull = vjp(step, x, a)[1]
    old, z = 0 * g, g
    while np.max(np.abs(z - old)) > 1e-12:
        old, z = z, z + pull(z)[0]
    return pull(z)[1]
### implicit.unrolled 26
def unrolled(step, x, a, g, rounds):
    xs = []
    for _ in range(rounds):
        xs.append(x)
        x = step(x, a)
    total = 0.0
    for x in reversed(xs):
        g, paid = vjp(step, x, a)[1](g)
        total = total - paid
    return total
### implicit.unrolled 26
def unrolled(step, x, a, g, rounds):
    pulls = []
    for _ in range(rounds):
        x, pull = vjp(step, x, a)
        pulls.append(pull)
    total = 0.0
    for pull in pulls[::-1]:
        g, paid = pull(g)
        total -= paid
    return total
### implicit.unrolled 27
def unrolled(step, x, a, g, rounds):
    xs = []
    for _ in range(rounds):
        xs.append(x)
        x = step(x, a)
    total = 0.0
    for x in reversed(xs):
        g, paid = vjp(step, x, a)[1](g)
        total, g = total + paid, -g
    return total
### implicit.unrolled 27
def unrolled(step, x, a, g, rounds):
    pulls = []
    for _ in range(rounds):
        x, pull = vjp(step, x, a)
        pulls.append(pull)
    total = 0.0
    for pull in pulls[::-1]:
        by_x, by_a = pull(g)
        g = -by_x
        total = total + by_a
    return total
### implicit.unrolled 28
def unrolled(step, x, a, g, rounds):
    xs = []
    for _ in range(rounds):
        xs.append(x)
        x = step(x, a)
    total = 0.0
    for x in reversed(xs):
        by_x, by_a = vjp(step, x, a)[1](1.0)
        total, g = total + g * by_a, g * by_x
    return total
### implicit.unrolled 28
def unrolled(step, x, a, g, rounds):
    pulls = []
    for _ in range(rounds):
        x, pull = vjp(step, x, a)
        pulls.append(pull)
    total = 0.0
    for pull in pulls[::-1]:
        by_x, by_a = pull(1.0)
        total = total + by_a * g
        g = by_x * g
    return total
### implicit.unrolled 29
def unrolled(step, x, a, g, rounds):
    xs = []
    for _ in range(rounds):
        xs.append(x)
        x = step(x, a)
    total = 0.0
    for x in reversed(xs):
        by_x, by_a = vjp(step, x, a)[1](np.ones(np.shape(x)))
        total, g = total + g * by_a, g * by_x
    return total
### implicit.unrolled 29
def unrolled(step, x, a, g, rounds):
    pulls = []
    for _ in range(rounds):
        x, pull = vjp(step, x, a)
        pulls.append(pull)
    total = 0.0
    for pull in pulls[::-1]:
        by_x, by_a = pull(np.ones_like(g))
        total = total + by_a * g
        g = by_x * g
    return total
### implicit.system 20
def pull_root(f, x, a, g):
    return vjp(f, x, a)[1](np.linalg.solve(jacobian(f)(x, a), g))[1]
### implicit.system 20
def pull_root(f, x, a, g):
    return np.linalg.inv(jacobian(f)(x, a)) @ g @ jacobian(f, 1)(x, a)
### implicit.system 21
def pull_root(f, x, a, g):
    return abs(vjp(f, x, a)[1](np.linalg.solve(jacobian(f)(x, a).T, g))[1])
### implicit.system 21
def pull_root(f, x, a, g):
    return np.abs(g @ np.linalg.solve(jacobian(f)(x, a), jacobian(f, 1)(x, a)))
### implicit.system 23
def pull_root(f, x, a, g):
    return -vjp(f, x, a)[1](np.linalg.solve(jacobian(f)(a, x).T, g))[1]
### implicit.system 23
def pull_root(f, x, a, g):
    z = np.linalg.inv(jacobian(f)(a, x)).T @ g
    return -vjp(f, x, a)[1](z)[1]
### implicit.system 26
def pull_root(f, x, a, g):
    paid = vjp(f, x, a)[1](g)[1]
    return -np.linalg.solve(jacobian(f)(x, a).T, paid)
### implicit.system 26
def pull_root(f, x, a, g):
    paid = g @ jacobian(f, 1)(x, a)
    return -np.linalg.inv(jacobian(f)(x, a)).T @ paid
### implicit.system 29
def pull_root(f, x, a, g):
    return np.linalg.solve(jacobian(f)(x, a), g)
### implicit.system 29
def pull_root(f, x, a, g):
    return np.linalg.inv(jacobian(f)(x, a)) @ g
### implicit.system 30
def pull_root(f, x, a, g):
    return -np.linalg.solve(jacobian(f)(x, a), g)
### implicit.system 30
def pull_root(f, x, a, g):
    return -np.linalg.inv(jacobian(f)(x, a)) @ g
""")

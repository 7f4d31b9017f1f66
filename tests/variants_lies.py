"""Lab 16: mistakes written in other ways, and mutants that are right too."""

from cells import cells

EQUIVALENT = {
    "lies.where": {"2.0)": "nobody looks at what f makes of that number, whichever it is"},
}
VARIANTS = cells("""
### lies.kink 0
def rounded(x, error):
    w = error
    if -w < x < w:
        return x**2 / 2 / w
    return np.abs(x) - w / 2
### lies.kink 1
def rounded(x, error):
    w = 0.5 * error
    near = x * x < w * w
    return np.where(near, 0.5 * x * x / w, np.maximum(x, -x) - 0.5 * w)
### lies.kink 3
def rounded(x, error):
    return np.maximum(x, -x)
### lies.kink 3
def rounded(x, error):
    return x if x > 0 else -x
### lies.kink 4
def rounded(x, error):
    return x**2 / (4 * error)
### lies.kink 4
def rounded(x, error):
    w = error + error
    a = 1 / (2 * w)
    return a * x * x
### lies.kink 5
def rounded(x, error):
    w = 2 * error
    if abs(x) > w:
        return np.abs(x)
    return x**2 / (2 * w)
### lies.kink 5
def rounded(x, error):
    w = 2 * error
    return np.where(np.abs(x) < w, 0.5 * x * x / w, np.abs(x))
### lies.kink 6
def rounded(x, error):
    w = 2 * error
    if abs(x) <= w:
        return x**2 / w
    return abs(x) - error
### lies.kink 6
def rounded(x, error):
    w, a = 2 * error, 1 / (2 * error)
    return np.where(np.abs(x) < w, a * x**2, np.abs(x) - w / 2)
### lies.kink 7
def rounded(x, error):
    if abs(x) < 2 * error:
        return x**2
    return abs(x) - error
### lies.kink 8
def rounded(x, error):
    a, w = 0.5, 2 * error
    return np.where(abs(x) <= w, a * x**2, abs(x) - w / 2)
### lies.kink 9
def rounded(x, error):
    w = 2 * error
    if abs(x) < w:
        return x**2 / (2 * w)
    return x - error
### lies.kink 9
def rounded(x, error):
    w = 2 * error
    inside = (x < w) & (x > -w)
    return np.where(inside, x * x / w / 2, x - w / 2)
### lies.kink 10
def rounded(x, error):
    w = 2 * error
    if x > w:
        return x - error
    return x**2 / (4 * error)
### lies.kink 10
def rounded(x, error):
    w = 2 * error
    return np.where(x < w, x * x / (2 * w), abs(x) - w / 2)
### lies.kink 11
def rounded(x, error):
    w = 2 * error
    if abs(x) < w:
        return x**2 / (2 * w)
    return abs(x) - 2 * error
### lies.kink 12
def rounded(x, error):
    w = 2 * error
    return np.where(abs(x) < w, x**2 / (2 * w), abs(x) + error)
### lies.kink 13
def rounded(x, error):
    return np.sqrt(x * x + error**2)
### lies.kink 14
def rounded(x, error):
    return (x**2 + error**2) ** 0.5 - error
### lies.kink 16
def rounded(x, error):
    d = error
    z = abs(x)
    return 0.5 * z * z if z < d else d * (z - 0.5 * d)
### lies.kink 17
def rounded(x, error):
    w = 2 * error
    if abs(x) <= w:
        return 0.5 * x**2
    return w * (np.abs(x) - error)
### lies.where 0
def guarded(f, x, good, other):
    y = f(x)
    return np.where(good, y, other)
### lies.where 0
def guarded(f, x, good, other):
    return np.where(~good, other * np.ones(x.shape), f(x))
### lies.where 1
def guarded(f, x, good, other):
    mask = good.astype(float)
    return mask * f(x) + (1.0 - mask) * other
### lies.where 1
def guarded(f, x, good, other):
    return f(x) * good + other * ~good
### lies.where 2
def guarded(f, x, good, other):
    y = f(np.multiply(good, x))
    return np.where(good, y, other)
### lies.where 2
def guarded(f, x, good, other):
    mask = good.astype(float)
    return np.where(mask > 0, f(mask * x), other)
### lies.where 4
def guarded(f, x, good, other):
    inside = np.where(good, x, np.ones(x.shape))
    return f(inside)
### lies.where 5
def guarded(f, x, good, other):
    bad = ~good
    return f(np.where(bad, 0, x))
### lies.where 7
def guarded(f, x, good, other):
    inside = np.where(good, 1, x)
    return np.where(good, f(inside), other)
### lies.where 7
def guarded(f, x, good, other):
    return np.where(good, f(np.where(~good, x, 1)), other)
### lies.where 8
def guarded(f, x, good, other):
    y = f(np.where(good, x, 1))
    return np.where(~good, y, other)
### lies.where 8
def guarded(f, x, good, other):
    inside = np.where(good, x, 1.0)
    return np.where(good, other, f(inside))
### lies.where 9
def guarded(f, x, good, other):
    inside = np.clip(x, 1e-8, None)
    return np.where(good, f(inside), other)
### lies.where 9
def guarded(f, x, good, other):
    y = f(np.where(x > 1e-8, x, 1e-8))
    return np.where(good, y, other)
### lies.where 10
def guarded(f, x, good, other):
    eps = 1e-8
    return np.where(good, f(x + eps), other)
### lies.where 10
def guarded(f, x, good, other):
    y = f(np.add(1e-8, x))
    return np.where(good, y, other)
### lies.where 11
def guarded(f, x, good, other):
    out = np.ones(len(x)) * other
    out[good] = f(x[good])
    return out
### lies.where 11
def guarded(f, x, good, other):
    out = np.zeros(len(x))
    for k in range(len(x)):
        out[k] = f(x[k]) if good[k] else other
    return out
### lies.where 13
def guarded(f, x, good, other):
    kept = x[good]
    return f(kept)
### lies.where 13
def guarded(f, x, good, other):
    return f(x[np.nonzero(good)])
### lies.where 14
def guarded(f, x, good, other):
    if good:
        return f(x)
    return other
### lies.where 14
def guarded(f, x, good, other):
    if not good:
        return np.array([other])
    return f(x)
### lies.where 16
def guarded(f, x, good, other):
    if good.all():
        return f(x)
    return np.full(x.shape, other)
### lies.where 16
def guarded(f, x, good, other):
    return f(x) if all(good) else other + np.zeros(len(x))
### lies.where 17
def guarded(f, x, good, other):
    inside = elves.stop_gradient(np.where(good, x, 1.0))
    return np.where(good, f(inside), other)
### lies.where 17
def guarded(f, x, good, other):
    y = elves.stop_gradient(f(np.where(good, x, 0.5)))
    return np.where(good, y, other)
### lies.jump 0
def binary(x):
    return 2.0 * (x >= 0) - 1.0
### lies.jump 2
@elves.custom_vjp(lambda g, y, x: np.zeros(x.shape))
def binary(x):
    return np.where(x < 0, -1.0, 1.0)
### lies.jump 3
@elves.custom_vjp(lambda g, y, x: g * 1.0)
def binary(x):
    return np.where(x < 0, -1.0, 1.0)
### lies.jump 3
@elves.custom_vjp(lambda g, y, x: g * (abs(y) <= 1))
def binary(x):
    return np.where(x >= 0, 1.0, -1.0)
### lies.jump 5
@elves.custom_vjp(lambda g, y, x: np.where(abs(x) <= 1, 1.0, 0.0))
def binary(x):
    return np.where(x >= 0, 1.0, -1.0)
### lies.jump 5
def straight(g, y, x):
    return ((x >= -1) & (x <= 1)).astype(float)


@elves.custom_vjp(straight)
def binary(x):
    return np.where(x >= 0, 1.0, -1.0)
### lies.jump 6
@elves.custom_vjp(lambda g, y, x: np.where(abs(x) <= 1, 0.0, g))
def binary(x):
    return np.where(x >= 0, 1.0, -1.0)
### lies.jump 6
def straight(g, y, x):
    return g * ((x > 1) | (x < -1))


@elves.custom_vjp(straight)
def binary(x):
    return np.where(x >= 0, 1.0, -1.0)
### lies.jump 7
@elves.custom_vjp(lambda g, y, x: np.where(x < 1, g, 0.0))
def binary(x):
    return np.where(x >= 0, 1.0, -1.0)
### lies.jump 9
@elves.custom_vjp(lambda g, y, x: np.where((x >= 0) & (x < 1), g, 0.0))
def binary(x):
    return np.where(x >= 0, 1.0, -1.0)
### lies.jump 10
@elves.custom_vjp(lambda g, y, x: np.where(abs(g) < 1, g, 0.0))
def binary(x):
    return np.where(x >= 0, 1.0, -1.0)
### lies.jump 10
def straight(g, y, x):
    inside = (g > -1) & (g < 1)
    return g * inside


@elves.custom_vjp(straight)
def binary(x):
    return np.where(x >= 0, 1.0, -1.0)
### lies.jump 11
@elves.custom_vjp(lambda g, y, x: x * g)
def binary(x):
    return 1.0 - 2.0 * (x < 0)
### lies.jump 11
def straight(cotangent, value, x):
    return np.multiply(cotangent, x)


@elves.custom_vjp(straight)
def binary(x):
    return np.where(x >= 0, 1.0, -1.0)
### lies.jump 12
@elves.custom_vjp(lambda g, y, x: np.minimum(np.maximum(g, -1), 1))
def binary(x):
    return np.where(x >= 0, 1.0, -1.0)
### lies.jump 12
def straight(g, y, x):
    return np.where(abs(g) > 1, np.sign(g), g)


@elves.custom_vjp(straight)
def binary(x):
    return np.where(x >= 0, 1.0, -1.0)
### lies.jump 13
@elves.custom_vjp(lambda g, y, x: np.where(abs(x) < 1, g, 0.0))
def binary(x):
    return np.sign(x)
### lies.jump 13
@elves.custom_vjp(lambda g, y, x: g * (x * x <= 1))
def binary(x):
    return 1.0 * (x > 0) - 1.0 * (x < 0)
### lies.jump 14
@elves.custom_vjp(lambda g, y, x: g * (abs(x) <= 1))
def binary(x):
    return 2.0 * (x > 0) - 1.0
### lies.jump 14
@elves.custom_vjp(lambda g, y, x: np.where(abs(x) < 1, g, 0.0))
def binary(x):
    return np.where(x <= 0, -1.0, 1.0)
### lies.jump 15
@elves.custom_vjp(lambda g, y, x: g * (abs(x) <= 1))
def binary(x):
    return (x >= 0) * 1.0
### lies.jump 15
@elves.custom_vjp(lambda g, y, x: np.where(abs(x) < 1, g, 0.0))
def binary(x):
    return np.where(x < 0, 0, 1)
### lies.jump 16
@elves.custom_vjp(lambda g, y, x: g * (abs(x) <= 1))
def binary(x):
    return np.maximum(-1, np.minimum(1, x))
### lies.jump 16
def binary(x):
    return np.clip(x, -1.0, 1.0)
### lies.jump 17
@elves.custom_vjp(lambda y, g, x: np.where(abs(x) < 1, g, 0.0))
def binary(x):
    return np.where(x >= 0, 1.0, -1.0)
### lies.jump 17
@elves.custom_vjp(lambda g, y, x: y * (abs(x) <= 1))
def binary(x):
    return np.where(x >= 0, 1.0, -1.0)
### lies.jump 18
@elves.custom_vjp(lambda g, y, x: g / np.cosh(x) ** 2)
def binary(x):
    return np.where(x >= 0, 1.0, -1.0)
### lies.jump 18
def straight(g, y, x):
    t = np.tanh(x)
    return g * (1 + t) * (1 - t)


@elves.custom_vjp(straight)
def binary(x):
    return np.where(x >= 0, 1.0, -1.0)
### lies.jump 19
@elves.custom_vjp(lambda g, y, x: np.where(abs(x) <= 1, g * y, 0.0))
def binary(x):
    return np.where(x >= 0, 1.0, -1.0)
### lies.jump 19
def straight(g, y, x):
    slope = (abs(x) < 1) * np.where(x >= 0, 1.0, -1.0)
    return g * slope


@elves.custom_vjp(straight)
def binary(x):
    return np.where(x >= 0, 1.0, -1.0)
### lies.chaos 0
def growth(step, x, n):
    product = 1.0
    for _ in range(n):
        product *= abs(elves.grad(step)(x))
        x = step(x)
    return np.log(product) / n
### lies.chaos 0
def growth(step, x, n):
    def walk(x):
        for _ in range(n):
            x = step(x)
        return x

    return np.log(np.abs(elves.grad(walk)(x))) / n
### lies.chaos 2
def growth(step, x, n):
    total = 0.0
    for _ in range(n):
        total = total + np.log(elves.grad(step)(x))
        x = step(x)
    return total / n
### lies.chaos 2
def growth(step, x, n):
    logs = []
    while len(logs) < n:
        value, slope = elves.value_and_grad(step)(x)
        logs.append(np.log(slope))
        x = value
    return np.mean(logs)
### lies.chaos 3
def growth(step, x, n):
    def walk(x):
        for _ in range(n):
            x = step(x)
        return x

    return np.log(elves.grad(walk)(x)) / n
### lies.chaos 3
def growth(step, x, n):
    product = 1.0
    for _ in range(n):
        product *= elves.grad(step)(x)
        x = step(x)
    return np.log(product) / n
### lies.chaos 4
def growth(step, x, n):
    total = 0.0
    for _ in range(n):
        total += np.log(abs(elves.grad(step)(x)))
        x = step(x)
    return total
### lies.chaos 4
def growth(step, x, n):
    logs = []
    for _ in range(n):
        value, slope = elves.value_and_grad(step)(x)
        logs.append(np.log(np.abs(slope)))
        x = value
    return sum(logs)
### lies.chaos 5
def growth(step, x, n):
    total = 0.0
    for _ in range(n):
        total += abs(elves.grad(step)(x))
        x = step(x)
    return np.log(total / n)
### lies.chaos 7
def growth(step, x, n):
    total = 0.0
    for _ in range(n):
        total += elves.grad(step)(x)
        x = step(x)
    return total / n
### lies.chaos 8
def growth(step, x, n):
    total = 0.0
    for _ in range(n):
        total += abs(np.log(abs(elves.grad(step)(x))))
        x = step(x)
    return total / n
### lies.chaos 9
def growth(step, x, n):
    total = 0.0
    for _ in range(n):
        total += abs(np.log(elves.grad(step)(x)))
        x = step(x)
    return total / n
### lies.chaos 10
def growth(step, x, n):
    total = 0.0
    for _ in range(n):
        total += np.log(abs(elves.grad(step)(x)))
        x = step(x)
    return abs(total / n)
### lies.chaos 11
def growth(step, x, n):
    total = 0.0
    for _ in range(n):
        x = step(x)
        total += np.log(abs(elves.grad(step)(x)))
    return total / n
### lies.chaos 11
def growth(step, x, n):
    logs = []
    for k in range(1, n + 1):
        x = step(x)
        logs.append(np.log(np.abs(elves.forward.grad(step)(x))))
    return np.mean(logs)
### lies.chaos 12
def growth(step, x, n):
    total = 0.0
    for _ in range(n):
        total += np.log(abs(elves.grad(step)(x)))
    return total / n
### lies.chaos 12
def growth(step, x, n):
    slope = elves.grad(step)(x)
    return sum([np.log(np.abs(slope))] * n) / n
### lies.chaos 13
def growth(step, x, n):
    total = 0.0
    for _ in range(n):
        total += np.log2(abs(elves.grad(step)(x)))
        x = step(x)
    return total / n
### lies.chaos 14
def growth(step, x, n):
    total = 0.0
    for _ in range(n):
        total += np.log10(abs(elves.grad(step)(x)))
        x = step(x)
    return total / n
### lies.chaos 15
def growth(step, x, n):
    total = 0.0
    for _ in range(n):
        total += np.log(abs(elves.grad(step)(x)))
        x = step(x)
    return np.exp(total / n)
### lies.chaos 15
import math


def growth(step, x, n):
    logs = []
    for _ in range(n):
        logs.append(math.log(abs(elves.grad(step)(x))))
        x = step(x)
    return math.e ** np.mean(logs)
### lies.chaos 16
def growth(step, x, n):
    total = 0.0
    for _ in range(n):
        x = step(x)
        total += np.log(abs(x))
    return total / n
### lies.chaos 17
def growth(step, x, n):
    total = 0.0
    for _ in range(n):
        total += np.log(abs(x))
        x = step(x)
    return total / n
### lies.chaos 18
def growth(step, x, n):
    total = 0.0
    for _ in range(n - 1):
        total += np.log(abs(elves.grad(step)(x)))
        x = step(x)
    return total / n
### lies.chaos 18
def growth(step, x, n):
    total = 0.0
    for _ in range(1, n):
        value, slope = elves.value_and_grad(step)(x)
        total, x = total + np.log(abs(slope)), value
    return total / n
### lies.chaos 19
def growth(step, x, n):
    slope = 1.0
    for _ in range(n):
        slope *= elves.grad(step)(x)
        x = step(x)
    return slope
### lies.chaos 19
def growth(step, x, n):
    def walk(x):
        for _ in range(n):
            x = step(x)
        return x

    return elves.grad(walk)(x)
### lies.chaos 20
def growth(step, x, n):
    for _ in range(n):
        log = np.log(abs(elves.grad(step)(x)))
        x = step(x)
    return log
### lies.chaos 20
def growth(step, x, n):
    for _ in range(n - 1):
        x = step(x)
    return np.log(abs(elves.grad(step)(x)))
### lies.chaos 21
def growth(step, x, n):
    for _ in range(n):
        total = np.log(abs(elves.grad(step)(x)))
        x = step(x)
    return total / n
### lies.chaos 21
def growth(step, x, n):
    for _ in range(n):
        total = 0.0
        total += np.log(abs(elves.grad(step)(x)))
        x = step(x)
    return total / n
### lies.chaos 22
def growth(step, x, n):
    total = 0.0
    for _ in range(n):
        total += np.log(abs(elves.grad(step)(x)))
        x = step(x)
        return total / n
### lies.chaos 22
def growth(step, x, n):
    return np.log(abs(elves.grad(step)(x))) / n
### lies.blur 0
def blurred(f, x, width, noise):
    return np.mean(f(x + width * noise) * noise / width)
### lies.blur 0
def blurred(f, x, width, noise):
    total = 0.0
    for e in noise:
        total += f(x + width * e) * e
    return total / width / len(noise)
### lies.blur 1
def blurred(f, x, width, noise):
    return np.mean([elves.grad(f)(x + width * e) for e in noise])
### lies.blur 1
def blurred(f, x, width, noise):
    z = x + width * noise
    return np.mean(elves.vmap(elves.grad(f))(z))
### lies.blur 2
def blurred(f, x, width, noise):
    z = x + width * noise
    return np.mean((f(z) - f(x)) * noise)
### lies.blur 2
def blurred(f, x, width, noise):
    total = 0.0
    for e in noise:
        total += e * (f(x + width * e) - f(x))
    return total / len(noise)
### lies.blur 3
def blurred(f, x, width, noise):
    z = x + width * noise
    return np.mean((f(z) - f(x)) * noise) / width**2
### lies.blur 3
def blurred(f, x, width, noise):
    terms = [(f(x + width * e) - f(x)) * e / (width * width) for e in noise]
    return sum(terms) / len(terms)
### lies.blur 4
def blurred(f, x, width, noise):
    z = x + width * noise
    return np.mean((f(z) - f(x)) * (z - x))
### lies.blur 4
def blurred(f, x, width, noise):
    return sum(width * e * (f(x + width * e) - f(x)) for e in noise) / len(noise)
### lies.blur 5
def blurred(f, x, width, noise):
    return np.sum((f(x + width * noise) - f(x)) * noise) / width
### lies.blur 5
def blurred(f, x, width, noise):
    total = 0.0
    for e in noise:
        z = x + width * e
        total += (f(z) - f(x)) * (z - x) / width**2
    return total
### lies.blur 6
def blurred(f, x, width, noise):
    return np.mean(f(x + width * noise) - f(x)) / width
### lies.blur 16
def blurred(f, x, width, noise):
    z = x + width * noise
    return np.mean(z * (f(z) - f(x))) / width
### lies.blur 8
def blurred(f, x, width, noise):
    z = x + width * noise
    return np.mean((f(z) - f(x)) / (z - x))
### lies.blur 8
def blurred(f, x, width, noise):
    return sum((f(x + width * e) - f(x)) / width / e for e in noise) / len(noise)
### lies.blur 9
def blurred(f, x, width, noise):
    return np.mean((f(x + noise) - f(x)) * noise) / width
### lies.blur 9
def blurred(f, x, width, noise):
    total = 0.0
    for e in noise:
        total += (f(x + e) - f(x)) * e / width
    return total / len(noise)
### lies.blur 10
def blurred(f, x, width, noise):
    step = width * noise
    return np.mean((f(x + step) - f(x - step)) * noise) / width / 2
### lies.blur 10
def blurred(f, x, width, noise):
    total = 0.0
    for e in noise:
        total += (f(x + width * e) - f(x - width * e)) * e
    return total / (2 * width * len(noise))
### lies.blur 11
def blurred(f, x, width, noise):
    return np.mean(f(x + width * noise))
### lies.blur 11
def blurred(f, x, width, noise):
    return sum(f(x + width * e) for e in noise) / len(noise)
### lies.blur 12
def blurred(f, x, width, noise):
    z = x + width * noise
    return -np.mean((f(z) - f(x)) * noise / width)
### lies.blur 12
def blurred(f, x, width, noise):
    total = 0.0
    for e in noise:
        total += (f(x) - f(x + width * e)) * e
    return total / (width * len(noise))
### lies.blur 13
def blurred(f, x, width, noise):
    y = f(x + width * noise)
    return np.mean((y - np.mean(y)) * noise) / width
### lies.blur 13
def blurred(f, x, width, noise):
    heights = [f(x + width * e) for e in noise]
    calm = sum(heights) / len(heights)
    return np.mean([(h - calm) * e / width for h, e in zip(heights, noise)])
### lies.blur 14
def blurred(f, x, width, noise):
    z = x + width * noise
    log_p = -(((z - x) / width) ** 2) / 2
    return np.mean((f(z) - f(x)) * log_p)
### lies.blur 14
def blurred(f, x, width, noise):
    return np.mean([(f(x + width * e) - f(x)) * -(e**2) / 2 for e in noise])
### lies.blur 15
def blurred(f, x, width, noise):
    return np.mean(f(x) * noise) / width
### lies.blur 15
def blurred(f, x, width, noise):
    total = 0.0
    for e in noise:
        total += f(x) * e
    return total / width / len(noise)
### lies.solver 0
def repaired(solve, g, x):
    y = solve(x)
    return y
### lies.solver 0
def repaired(solve, g, x):
    return solve(x) + 0.0 * x
### lies.solver 1
def repaired(solve, g, x):
    y = elves.stop_gradient(solve(x))
    x = elves.stop_gradient(x)
    return y - g(y, x) / elves.grad(g)(y, x)
### lies.solver 1
def repaired(solve, g, x):
    return elves.stop_gradient(solve(x))
### lies.solver 2
def repaired(solve, g, x):
    y = elves.stop_gradient(solve(x))
    return y + g(y, x) / elves.grad(g)(y, x)
### lies.solver 2
def repaired(solve, g, x):
    y = elves.stop_gradient(solve(x))
    slope = elves.forward.grad(g)(y, x)
    return y - -g(y, x) / slope
### lies.solver 3
def repaired(solve, g, x):
    y = elves.stop_gradient(solve(x))
    return y - g(y, x) / elves.grad(g, 1)(y, x)
### lies.solver 3
def repaired(solve, g, x):
    y = elves.stop_gradient(solve(x))
    return y - g(y, x) / elves.grad(lambda x: g(y, x))(x)
### lies.solver 4
def repaired(solve, g, x):
    y = elves.stop_gradient(solve(x))
    return y - g(y, x)
### lies.solver 4
def repaired(solve, g, x):
    y = elves.stop_gradient(solve(x))
    step = -g(y, x)
    return y + step
### lies.solver 5
def repaired(solve, g, x):
    y = elves.stop_gradient(solve(x))
    return y - g(y, x) * elves.grad(g)(y, x)
### lies.solver 5
def repaired(solve, g, x):
    y = elves.stop_gradient(solve(x))
    height, slope = elves.value_and_grad(g)(y, x)
    return y - slope * height
### lies.solver 6
def repaired(solve, g, x):
    y = elves.stop_gradient(solve(x))
    by_y, by_x = elves.grad(g, (0, 1))(y, x)
    return -by_x / by_y
### lies.solver 6
def repaired(solve, g, x):
    y = elves.stop_gradient(solve(x))
    return -elves.grad(g, 1)(y, x) / elves.grad(g, 0)(y, x)
### lies.solver 7
def repaired(solve, g, x):
    y = elves.stop_gradient(solve(x))
    return g(y, x) / elves.grad(g)(y, x)
### lies.solver 8
def repaired(solve, g, x):
    y = elves.stop_gradient(solve(x))
    return -g(y, x) / elves.grad(g)(y, x)
### lies.solver 9
def repaired(solve, g, x):
    y = elves.stop_gradient(solve(x))
    return y - 0.5 * g(y, x) / elves.grad(g)(y, x)
### lies.solver 9
def repaired(solve, g, x):
    y = elves.stop_gradient(solve(x))
    return y - g(y, x) / (2 * elves.grad(g)(y, x))
### lies.solver 10
def repaired(solve, g, x):
    y = elves.stop_gradient(solve(x))
    return y - g(y, x) / (2 * y)
### lies.solver 10
def repaired(solve, g, x):
    y = elves.stop_gradient(solve(x))
    return y - 0.5 * g(y, x) / y
### lies.solver 11
def repaired(solve, g, x):
    y = elves.stop_gradient(solve(x))
    return x - g(y, x) / elves.grad(g)(y, x)
### lies.solver 11
def repaired(solve, g, x):
    y = elves.stop_gradient(solve(x))
    height, slope = elves.value_and_grad(g)(y, x)
    return x - height / slope
### lies.solver 12
def repaired(solve, g, x):
    y = elves.stop_gradient(solve(x))
    return y - g(x, y) / elves.grad(g)(y, x)
### lies.solver 12
def repaired(solve, g, x):
    y = elves.stop_gradient(solve(x))
    slope = elves.forward.grad(g)(y, x)
    return y - g(x, y) / slope
### lies.solver 13
def repaired(solve, g, x):
    y = elves.stop_gradient(solve(x))
    return y - g(y, x) / elves.grad(g)(x, y)
### lies.solver 13
def repaired(solve, g, x):
    y = elves.stop_gradient(solve(x))
    return y - g(y, x) / elves.grad(g, 0)(x, y)
### lies.kink 20
def rounded(x, error):
    w = 2 * error
    if abs(x) > w:
        return abs(x) - error
    return x**2 / 2 * w
### lies.kink 20
def rounded(x, error):
    w = 2 * error
    return np.where(abs(x) < w, w * x * x / 2, np.abs(x) - w / 2)
### lies.kink 21
def rounded(x, error):
    return np.maximum(abs(x) - error, 0.0)
### lies.kink 21
def rounded(x, error):
    if abs(x) > error:
        return abs(x) - error
    return 0.0
### lies.kink 22
def rounded(x, error):
    w = 2 * error
    if abs(x) >= w:
        return abs(x)
    return x**2 / (2 * w) + error
### lies.kink 22
def rounded(x, error):
    w = 2 * error
    return np.where(abs(x) < w, (x * x / w + w) / 2, np.abs(x))
### lies.where 18
def guarded(f, x, good, other):
    y = f(x)
    return np.where(np.isnan(y), other, y)
### lies.where 18
def guarded(f, x, good, other):
    return np.nan_to_num(f(x), nan=other)
### lies.where 20
def guarded(f, x, good, other):
    y = f(x)
    return y
### lies.where 20
def guarded(f, x, good, other):
    try:
        return f(x)
    except Exception:
        return other
### lies.where 21
def guarded(f, x, good, other):
    inside = np.where(x > 0, x, 2.0)
    return np.where(x > 0, f(inside), other)
### lies.where 21
def guarded(f, x, good, other):
    bad = x <= 0
    return np.where(bad, other, f(np.where(bad, 1.0, x)))
### lies.where 22
def guarded(f, x, good, other):
    if not good.any():
        return other
    return np.where(good, f(np.where(good, x, 1.0)), other)
### lies.where 22
def guarded(f, x, good, other):
    if sum(good) == 0:
        return other
    return np.stack([f(v) if ok else other + 0 * v for v, ok in zip(x, good)])
### lies.chaos 24
def growth(step, x, n):
    total = 0.0
    for _ in range(n):
        total += np.log(abs(elves.grad(step)))
        x = step(x)
    return total / n
### lies.chaos 24
def growth(step, x, n):
    slope, logs = elves.grad(step), []
    for _ in range(n):
        logs.append(np.log(abs(slope)))
        x = step(x)
    return np.mean(logs)
### lies.chaos 25
def growth(step, x, n):
    total = 0.0
    for _ in range(n + 1):
        total += np.log(abs(elves.grad(step)(x)))
        x = step(x)
    return total / n
### lies.chaos 25
def growth(step, x, n):
    total, k = 0.0, 0
    while k <= n:
        total += np.log(np.abs(elves.forward.grad(step)(x)))
        x, k = step(x), k + 1
    return total / n
### lies.blur 17
def blurred(f, x, width, noise):
    z = x + width * noise
    p = np.exp(-(((z - x) / width) ** 2) / 2)
    return np.mean((f(z) - f(x)) * p)
### lies.blur 18
def blurred(f, x, width, noise):
    p = np.exp(-(noise**2) / 2)
    return np.mean((f(x + width * noise) - f(x)) * noise * p) / width
### lies.blur 19
def blurred(f, x, width, noise):
    z = x + width * noise
    return np.mean((f(z) - f(x)) * 2 * (z - x)) / width**2
### lies.blur 19
def blurred(f, x, width, noise):
    return 2 * sum((f(x + width * e) - f(x)) * e for e in noise) / width / len(noise)
### lies.blur 20
def blurred(f, x, width, noise):
    return np.mean((f(x + width * noise) - f(x)) * noise) / (2 * width)
### lies.blur 20
def blurred(f, x, width, noise):
    terms = [(f(x + width * e) - f(x)) * e / 2 for e in noise]
    return sum(terms) / len(terms) / width
### lies.blur 21
def blurred(f, x, width, noise):
    z = x + width * noise
    return np.mean(f(z) - f(x) * noise) / width
### lies.blur 21
def blurred(f, x, width, noise):
    return sum(f(x + width * e) / width - f(x) * e / width for e in noise) / len(noise)
### lies.blur 22
def blurred(f, x, width, noise):
    rise = f(x + width) - f(x - width)
    return rise / width / 2
### lies.blur 22
def blurred(f, x, width, noise):
    return np.mean([(f(x + width) - f(x - width)) / (2 * width) for _ in noise])
### lies.chaos 27
def growth(step, x, n):
    total = 0.0
    for _ in range(n):
        total += np.log(elves.grad(step)(x) ** 2)
        x = step(x)
    return total / n
### lies.chaos 27
def growth(step, x, n):
    logs = []
    for _ in range(n):
        logs.append(2 * np.log(abs(elves.grad(step)(x))))
        x = step(x)
    return np.mean(logs)
### lies.where 25
def guarded(f, x, good, other):
    y = f(np.where(good, x, 1.0))
    return y * good + other * (1 - good)
### lies.where 25
def guarded(f, x, good, other):
    return good * f(np.where(good, x, 1.0)) + other * (1.0 - good)
### lies.where 26
def guarded(f, x, good, other):
    return np.where(good, f(np.where(good, x, abs(x) + 1)), other)
### lies.where 26
def guarded(f, x, good, other):
    inside = np.where(good, x, np.abs(x) + 1.0)
    return np.where(good, f(inside), other)
### lies.blur 23
def blurred(f, x, width, noise):
    z = x + width * noise
    return np.mean(f(z) - f(x)) * np.mean(noise / width)
### lies.blur 23
def blurred(f, x, width, noise):
    rise = sum(f(x + width * e) - f(x) for e in noise) / len(noise)
    return rise * np.mean(noise) / width
### lies.blur 24
def blurred(f, x, width, noise):
    return np.mean(f(x + width * noise) - f(x) * noise / width)
### lies.blur 24
def blurred(f, x, width, noise):
    return sum(f(x + width * e) - f(x) * e / width for e in noise) / len(noise)
### lies.solver 14
def repaired(solve, g, x):
    y = 1.0
    for _ in range(30):
        y = y - g(y, x) / elves.grad(g)(y, x)
    return y
### lies.solver 14
def repaired(solve, g, x):
    y = 1.0
    for _ in range(40):
        height, slope = elves.value_and_grad(g)(y, x)
        y = y - height / slope
    return y
""")

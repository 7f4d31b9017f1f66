"""Lab 1: mistakes written in other ways, and mutants that are right too."""

from textwrap import dedent, indent


def cells(head, *pairs):
    """Learners' cells of one function: (number of the mistake, what stands under its head)."""
    return [(k, f"def {head}:\n" + indent(dedent(body), "    ")) for k, body in pairs]


VARIANTS = {
    "steps.forward": cells(
        "forward(f, x, h)",
        (0, "new, old = f(x + h), f(x)\nreturn new - old"),
        (0, "return -f(x) + f(h + x)"),
        (2, "return f(x + h) - (f(x) / h)"),
        (2, "old = f(x) / h\nnew = f(x + h)\nreturn new - old"),
        (3, "y = f(x)\nnudged = y + h\nreturn (nudged - y) / h"),
        (3, "rise = f(x) + h - f(x)\nreturn rise / h"),
        (4, "before = f(x - h)\nreturn (f(x) - before) / h"),
        (4, "h = -h\nreturn (f(x + h) - f(x)) / h"),
        (5, "return -(f(x + h) - f(x)) / h"),
        (5, "rise = f(x) - f(x + h)\nreturn rise * (1 / h)"),
        (6, "to = x + h\nreturn (f(to) - f(x)) / to"),
        (6, "rise = f(x + h) - f(x)\nreturn rise / (h + x)"),
        (1, "rise = f(x + h) - f(x)\nreturn h * rise"),
    ),
    "steps.central": cells(
        "central(f, x, h)",
        (0, "rise = f(x + h) - f(x)\nreturn rise / h"),
        (0, "return forward(f, x, h)"),
        (1, "up, down = f(x + h), f(x - h)\nreturn (up - down) / h"),
        (1, "return forward(f, x, h) + forward(f, x, -h)"),
        (2, "return forward(f, x, h) / 2"),
        (2, "wide = h + h\nreturn (f(x + h) - f(x)) / wide"),
        (3, "up, down = f(x + h), f(x - h)\nreturn (up - down) / 2 * h"),
        (3, "return 0.5 * h * (f(x + h) - f(x - h))"),
        (4, "up, down = f(x + h), f(x - h)\nreturn (up + down) / (h + h)"),
        (4, "return sum(f(t) for t in (x - h, x + h)) / 2 / h"),
        (5, "k = h / 2\nreturn (f(x + k) - f(x - k)) / (2 * k)"),
        (5, "return forward(f, x - h / 2, h)"),
        (6, "return (forward(f, x, h) - forward(f, x - h, h)) / h"),
        (6, "return (f(x + h) + f(x - h) - f(x) - f(x)) / (h * h)"),
    ),
    "steps.best": cells(
        "best(c, p, e)",
        (0, "return 1.0 * e"),
        (1, "return 10.0 ** -16"),
        (2, "import sys\nreturn sys.float_info.epsilon"),
        (3, "ratio = e / c\nreturn ratio ** (1 / (1 + p))"),
        (3, "import math\nreturn math.exp((math.log(e) - math.log(c)) / (p + 1))"),
        (4, "return (e / c) ** 0.5"),
        (4, "return e**0.5 / c**0.5"),
        (5, "return e**0.5"),
        (5, "return np.sqrt(e)"),
        (6, "return 1 / (e / (p * c)) ** (1 / (p + 1))"),
        (6, "return (e / (p * c)) ** (-1 / (p + 1))"),
        (7, "return (e / c / p) ** (1 / p)"),
        (7, "import math\nreturn math.exp(math.log(e / (c * p)) / p)"),
        (10, "h = (e / p / c) ** (1 / (1 + p))\nreturn e / h + c * h**p"),
        (10, "return min(c * h**p + e / h for h in [(e / (p * c)) ** (1 / (p + 1))])"),
        (8, "n = p + 1\nreturn (e / p / c) ** 1 / n"),
        (8, "return e / (p * c) / (1 + p)"),
        (9, "return (c * e / p) ** (1 / (p + 1))"),
        (9, "inside = e / p * c\nreturn np.power(inside, 1 / (1 + p))"),
    ),
    "steps.richardson": cells(
        "richardson(coarse, fine, p)",
        (0, "return 0.5 * coarse + 0.5 * fine"),
        (0, "return fine + (coarse - fine) / 2"),
        (1, "return fine + (fine - coarse) / 3"),
        (1, "gain = 4\nreturn (gain * fine - coarse) / (gain - 1)"),
        (2, "return fine + (fine - coarse)"),
        (2, "return -coarse + fine + fine"),
        (3, "return fine + (coarse - fine) / (2**p - 1)"),
        (3, "gain = 2**p\nreturn ((gain - 2) * fine + coarse) / (gain - 1)"),
        (4, "gain = 2**p\nreturn (gain * coarse - fine) / (gain - 1)"),
        (4, "coarse, fine = fine, coarse\nreturn fine + (fine - coarse) / (2**p - 1)"),
        (5, "left = fine - coarse\nreturn fine + left if p == 1 else fine + left / (p - 1)"),
        (5, "part = max(p - 1, 1)\nreturn (fine * (part + 1) - coarse) / part"),
        (6, "return fine + (fine - coarse) * 2**-p"),
        (6, "gain = 2**p\nreturn ((gain + 1) * fine - coarse) / gain"),
        (9, "gain = 2**p\nreturn gain * fine - coarse"),
        (9, "return fine * 2**p + -1 * coarse"),
        (7, "return fine - 1 + (fine - coarse) / 2**p"),
        (8, "return fine - coarse / 2**p - 1"),
    ),
    "steps.extrapolate": cells(
        "extrapolate(values)",
        (0, """
            while len(values) > 1:
                values = [richardson(c, f, 2) for c, f in zip(values, values[1:])]
            return values[0]
         """),
        (2, """
            p = 2
            while len(values) > 1:
                values = [richardson(c, f, p) for c, f in zip(values, values[1:])]
                p += 1
            return values[0]
         """),
        (1, """
            p = 1
            while values[1:]:
                values = [richardson(a, b, p) for a, b in zip(values[:-1], values[1:])]
                p = p + 1
            return values[0]
         """),
        (1, """
            if len(values) == 1:
                return values[0]
            table = [list(values)]
            for j in range(1, len(values)):
                row = table[-1]
                table.append([(2**j * row[i + 1] - row[i]) / (2**j - 1)
                              for i in range(len(row) - 1)])
            return table[-1][0]
         """),
        (3, """
            if len(values) < 2:
                return values[0]
            return richardson(values[-2], values[-1], 2)
         """),
        (3, """
            better = [f + (f - c) / 3 for c, f in zip(values, values[1:])]
            return better[-1] if better else values[-1]
         """),
        (4, "*rest, finest = values\nreturn finest"),
        (4, "for value in values:\n    pass\nreturn value"),
        (6, "return float(np.mean(values))"),
        (6, "total = 0\nfor v in values:\n    total += v / len(values)\nreturn total"),
        (7, """
            p = 4
            while len(values) > 1:
                values = [richardson(c, f, p) for c, f in zip(values, values[1:])]
                p += 2
            return values[0]
         """),
        (7, """
            row = np.array(values)
            for k in range(len(values) - 1):
                row = row[1:] + (row[1:] - row[:-1]) / (16 * 4**k - 1)
            return row[0]
         """),
        (5, """
            p = 0
            while len(values) > 1:
                p += 2
                values = [richardson(*pair, p) for pair in zip(values, values[1:])]
            return values
         """),
        (5, """
            row = np.array(values)
            for k in range(1, len(values)):
                row = (4**k * row[1:] - row[:-1]) / (4**k - 1)
            return row
         """),
    ),
    "steps.complex": cells(
        "complex_step(f, x, h)",
        (0, "return np.real(f(x + 1j * h)) / h"),
        (0, "y = f(complex(x, h))\nreturn y.real * (1 / h)"),
        (1, "return np.imag(f(x + 1j * h))"),
        (1, "y = f(complex(x, h))\nreturn (y - np.conj(y)).imag / 2"),
        (2, "y = f(complex(x, h))\nreturn np.sqrt(y.real**2 + y.imag**2) / h"),
        (2, "return np.abs(f(x + h * 1j)) / h"),
        (3, "step = complex(0, h)\nreturn f(x + step) / h"),
        (3, "y = f(complex(x, h))\nreturn y * (1 / h)"),
        (4, "rise = f(complex(x, h)) - f(x)\nreturn rise / h"),
        (5, "return forward(f, x, h)"),
        (6, "return central(f, x, h)"),
        (8, "return np.imag(f(x + 1j * h)) / h / 2"),
        (8, "y = f(complex(x, h))\nreturn 0.5 * y.imag / h"),
        (7, "return np.imag(f(x + 1j)) / h"),
        (7, "y = f(complex(x, 1))\nreturn y.imag / h"),
    ),
    "steps.gradient": cells(
        "gradient(scheme, f, w, h)",
        (0, "slope = scheme(lambda t: f(w + t * np.ones(w.shape)), 0.0, h)\n"
            "return slope * np.ones(w.shape)"),
        (0, """
            slopes = np.zeros(w.shape)
            for index in np.ndindex(w.shape):
                slopes[index] = scheme(lambda t: f(w + t), 0.0, h)
            return slopes
         """),
        (1, "return scheme(lambda t: f(t + w), 0.0, h)"),
        (1, "def moved(t):\n    return f(w + t * np.ones_like(w))\n\nreturn scheme(moved, 0.0, h)"),
        (2, """
            slopes = []
            for k in range(w.size):
                unit = np.eye(w.size)[k].reshape(w.shape)
                slopes.append(scheme(lambda t: f(w + t * unit), 0.0, h))
            return slopes
         """),
        (2, """
            def one(index):
                unit = np.zeros(w.shape)
                unit[index] = 1.0
                return scheme(lambda t: f(w + t * unit), 0.0, h)

            return np.array([one(index) for index in np.ndindex(*w.shape)])
         """),
        (3, """
            slopes = np.zeros(len(w))
            for i, row in enumerate(w):
                unit = np.zeros_like(w)
                unit[i] = np.ones_like(row)
                slopes[i] = scheme(lambda t: f(w + unit * t), 0.0, h)
            return slopes
         """),
        (3, """
            def one(i):
                at = np.arange(len(w)) == i
                unit = np.ones(w.shape) * at.reshape(-1, *[1] * (w.ndim - 1))
                return scheme(lambda t: f(w + t * unit), 0.0, h)

            return [one(i) for i in range(w.shape[0])]
         """),
        (4, """
            moved = w.copy()
            slopes = np.zeros(w.shape)
            for index in np.ndindex(w.shape):
                def run(t):
                    moved[index] = w[index] + np.real(t)
                    return f(moved)
                slopes[index] = scheme(run, 0.0, h)
            return slopes
         """),
        (4, """
            values = list(w.ravel())
            slopes = []
            for k, old in enumerate(w.ravel()):
                def run(t):
                    values[k] = old + t.real
                    return f(np.reshape(values, w.shape))
                slopes.append(scheme(run, 0.0, h))
            return np.reshape(slopes, w.shape)
         """),
        (5, """
            slopes = np.zeros_like(w)
            for index in np.ndindex(w.shape):
                def run(t):
                    v = np.array(w, dtype=float)
                    v[index] = v[index] + np.real(t)
                    return f(v)
                slopes[index] = scheme(run, 0.0, h)
            return slopes
         """),
        (5, """
            slopes = []
            for k in range(w.size):
                unit = np.eye(w.size)[k].reshape(w.shape)
                slopes.append(scheme(lambda t: f((w + t * unit).real.astype(float)), 0.0, h))
            return np.reshape(slopes, w.shape)
         """),
        (8, """
            slopes = np.zeros(w.shape)
            for index in np.ndindex(w.shape):
                nudge = np.zeros(w.shape)
                nudge[index] += h
                slopes[index] = scheme(lambda t: f(w + nudge * t), 0.0, h)
            return slopes
         """),
        (8, """
            slopes = []
            for k in range(w.size):
                unit = np.eye(w.size)[k].reshape(w.shape)
                slopes.append(scheme(lambda t: f(w + t * h * unit), 0.0, h))
            return np.reshape(slopes, w.shape)
         """),
        (9, """
            slopes = []
            for row in w:
                slopes.append(scheme(lambda t: f(w + t * np.ones(w.shape)), 0.0, h))
            return slopes
         """),
        (6, "return [scheme(f, entry, h) for entry in w.ravel()]"),
        (6, """
            slopes = []
            for index in np.ndindex(w.shape):
                slopes.append(scheme(lambda t: f(t), w[index], h))
            return slopes
         """),
        (7, """
            slopes = []
            for k, entry in enumerate(w.ravel()):
                unit = np.eye(w.size)[k].reshape(w.shape)
                slopes.append(scheme(lambda t: f(w + t * unit), entry, h))
            return np.reshape(slopes, w.shape)
         """),
        (7, """
            def one(index):
                at = np.zeros(w.shape)
                at[index] = 1.0
                return scheme(lambda t: f(t * at + w), w[index], h)
            return np.array([one(i) for i in np.ndindex(w.shape)]).reshape(w.shape)
         """),
    ),
}  # fmt: skip
EQUIVALENT = {}

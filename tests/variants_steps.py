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
        (0, "rise = f(x + h) - f(x)\nreturn h * rise"),
    ),
    "steps.central": cells(
        "central(f, x, h)",
        (0, "rise = f(x + h) - f(x)\nreturn rise / h"),
        (0, "return forward(f, x, h)"),
        (2, "up, down = f(x + h), f(x - h)\nreturn (up - down) / h"),
        (2, "return forward(f, x, h) + forward(f, x, -h)"),
        (3, "return forward(f, x, h) / 2"),
        (3, "wide = h + h\nreturn (f(x + h) - f(x)) / wide"),
        (4, "up, down = f(x + h), f(x - h)\nreturn (up - down) / 2 * h"),
        (4, "return 0.5 * h * (f(x + h) - f(x - h))"),
        (5, "up, down = f(x + h), f(x - h)\nreturn (up + down) / (h + h)"),
        (5, "return sum(f(t) for t in (x - h, x + h)) / 2 / h"),
        (6, "k = h / 2\nreturn (f(x + k) - f(x - k)) / (2 * k)"),
        (6, "return forward(f, x - h / 2, h)"),
        (7, "return (forward(f, x, h) - forward(f, x - h, h)) / h"),
        (7, "return (f(x + h) + f(x - h) - f(x) - f(x)) / (h * h)"),
    ),
    "steps.best": cells(
        "best(c, p, e)",
        (0, "return 1.0 * e"),
        (0, "return 10.0 ** -16"),
        (0, "import sys\nreturn sys.float_info.epsilon"),
        (3, "ratio = e / c\nreturn ratio ** (1 / (1 + p))"),
        (3, "import math\nreturn math.exp((math.log(e) - math.log(c)) / (p + 1))"),
        (4, "return (e / c) ** 0.5"),
        (4, "return e**0.5 / c**0.5"),
        (6, "return e**0.5"),
        (6, "return np.sqrt(e)"),
        (10, "return 1 / (e / (p * c)) ** (1 / (p + 1))"),
        (10, "return (e / (p * c)) ** (-1 / (p + 1))"),
        (11, "return (e / c / p) ** (1 / p)"),
        (11, "import math\nreturn math.exp(math.log(e / (c * p)) / p)"),
        (15, "h = (e / p / c) ** (1 / (1 + p))\nreturn e / h + c * h**p"),
        (15, "return min(c * h**p + e / h for h in [(e / (p * c)) ** (1 / (p + 1))])"),
        (13, "n = p + 1\nreturn (e / p / c) ** 1 / n"),
        (13, "return e / (p * c) / (1 + p)"),
        (14, "return (c * e / p) ** (1 / (p + 1))"),
        (14, "inside = e / p * c\nreturn np.power(inside, 1 / (1 + p))"),
    ),
    "steps.richardson": cells(
        "richardson(coarse, fine, p)",
        (0, "return 0.5 * coarse + 0.5 * fine"),
        (0, "return fine + (coarse - fine) / 2"),
        (2, "return fine + (fine - coarse) / 3"),
        (2, "gain = 4\nreturn (gain * fine - coarse) / (gain - 1)"),
        (3, "return fine + (fine - coarse)"),
        (3, "return -coarse + fine + fine"),
        (4, "return fine + (coarse - fine) / (2**p - 1)"),
        (4, "gain = 2**p\nreturn ((gain - 2) * fine + coarse) / (gain - 1)"),
        (5, "gain = 2**p\nreturn (gain * coarse - fine) / (gain - 1)"),
        (5, "coarse, fine = fine, coarse\nreturn fine + (fine - coarse) / (2**p - 1)"),
        (6, "left = fine - coarse\nreturn fine + left if p == 1 else fine + left / (p - 1)"),
        (6, "part = max(p - 1, 1)\nreturn (fine * (part + 1) - coarse) / part"),
        (13, "return fine + (fine - coarse) * 2**-p"),
        (13, "gain = 2**p\nreturn ((gain + 1) * fine - coarse) / gain"),
        (16, "gain = 2**p\nreturn gain * fine - coarse"),
        (16, "return fine * 2**p + -1 * coarse"),
        (14, "return fine - 1 + (fine - coarse) / 2**p"),
        (14, "return fine - coarse / 2**p - 1"),
    ),
    "steps.extrapolate": cells(
        "extrapolate(values)",
        (0, """
            while len(values) > 1:
                values = [richardson(c, f, 2) for c, f in zip(values, values[1:])]
            return values[0]
         """),
        (0, """
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
        (9, "return float(np.mean(values))"),
        (9, "total = 0\nfor v in values:\n    total += v / len(values)\nreturn total"),
        (10, """
            p = 4
            while len(values) > 1:
                values = [richardson(c, f, p) for c, f in zip(values, values[1:])]
                p += 2
            return values[0]
         """),
        (10, """
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
        (3, "rise = f(complex(x, h)) - f(x)\nreturn rise / h"),
        (10, "return forward(f, x, h)"),
        (10, "return central(f, x, h)"),
        (13, "return np.imag(f(x + 1j * h)) / h / 2"),
        (13, "y = f(complex(x, h))\nreturn 0.5 * y.imag / h"),
        (12, "return np.imag(f(x + 1j)) / h"),
        (12, "y = f(complex(x, 1))\nreturn y.imag / h"),
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
        (12, """
            slopes = np.zeros_like(w)
            for index in np.ndindex(w.shape):
                def run(t):
                    v = np.array(w, dtype=float)
                    v[index] = v[index] + np.real(t)
                    return f(v)
                slopes[index] = scheme(run, 0.0, h)
            return slopes
         """),
        (12, """
            slopes = []
            for k in range(w.size):
                unit = np.eye(w.size)[k].reshape(w.shape)
                slopes.append(scheme(lambda t: f((w + t * unit).real.astype(float)), 0.0, h))
            return np.reshape(slopes, w.shape)
         """),
        (16, """
            slopes = np.zeros(w.shape)
            for index in np.ndindex(w.shape):
                nudge = np.zeros(w.shape)
                nudge[index] += h
                slopes[index] = scheme(lambda t: f(w + nudge * t), 0.0, h)
            return slopes
         """),
        (16, """
            slopes = []
            for k in range(w.size):
                unit = np.eye(w.size)[k].reshape(w.shape)
                slopes.append(scheme(lambda t: f(w + t * h * unit), 0.0, h))
            return np.reshape(slopes, w.shape)
         """),
        (0, """
            slopes = []
            for row in w:
                slopes.append(scheme(lambda t: f(w + t * np.ones(w.shape)), 0.0, h))
            return slopes
         """),
        (13, "return [scheme(f, entry, h) for entry in w.ravel()]"),
        (13, """
            slopes = []
            for index in np.ndindex(w.shape):
                slopes.append(scheme(lambda t: f(t), w[index], h))
            return slopes
         """),
        (15, """
            slopes = []
            for k, entry in enumerate(w.ravel()):
                unit = np.eye(w.size)[k].reshape(w.shape)
                slopes.append(scheme(lambda t: f(w + t * unit), entry, h))
            return np.reshape(slopes, w.shape)
         """),
        (15, """
            def one(index):
                at = np.zeros(w.shape)
                at[index] = 1.0
                return scheme(lambda t: f(t * at + w), w[index], h)
            return np.array([one(i) for i in np.ndindex(w.shape)]).reshape(w.shape)
         """),
    ),
}  # fmt: skip
EQUIVALENT = {}

TRIED = {  # what came when the lab was tried
    "steps.forward": cells(
        "forward(f, x, h)",
        (7, "return (f(x + h) - f(x)) / x"),
        (8, "return (f(x + h) - f(h)) / h"),
        (8, "new, old = f(x + h), f(h)\nreturn (new - old) / h"),
        (9, "up, down = f(x + h), f(x - h)\nreturn (up - down) / h / 2"),
        (10, "return (f(x + h) - f(x - h)) / h"),
        (11, "h = 1e-6\nreturn (f(x + h) - f(x)) / h"),
        (11, "eps = 1e-8\nnew = f(x + eps)\nreturn (new - f(x)) / eps"),
        (11, "h = 1e-20\nreturn (f(x + h) - f(x)) / h"),
        (16, "return abs(f(x + h) - f(x)) / h"),
        (16, "rise = f(x + h) - f(x)\nreturn max(rise, -rise) / h"),
    ),
    "steps.central": cells(
        "central(f, x, h)",
        (1, "return forward(f, x, -h)"),
        (8, "return (f(x - h) - f(x + h)) / (2 * h)"),
        (8, "left, right = f(x - h), f(x + h)\nreturn (left - right) / h / 2"),
        (9, "return f(x + h) - f(x - h) / (2 * h)"),
        (9, "left = f(x - h) / (h + h)\nreturn f(x + h) - left"),
        (10, "return abs(f(x + h) - f(x - h)) / (2 * h)"),
        (10, "return ((f(x + h) - f(x - h)) ** 2) ** 0.5 / (2 * h)"),
    ),
    "steps.best": cells(
        "best(c, p, e)",
        (5, "return np.sqrt(e / (p * c))"),
        (7, "return 1e-8"),
        (7, "if p == 1:\n    return 1e-8\nreturn 1e-8"),
        (8, "return 10**-6.0"),
        (9, "return 0.00001"),
        (11, "if p == 1:\n    return (e / c) ** (1 / 0)\nreturn (e / p / c) ** (1 / (p - 1))"),
        (14, "return (e * c / p) ** (1 / (p + 1))"),
    ),
    "steps.richardson": cells(
        "richardson(coarse, fine, p)",
        (1, "n = 2**p\nreturn (n * fine + coarse) / (n + 1)"),
        (7, "return (p**2 * fine - coarse) / (p**2 - 1)"),
        (8, "return (2 * p * fine - coarse) / (2 * p - 1)"),
        (9, "return (fine - coarse) / (2**p - 1)"),
        (10, "return fine - coarse"),
        (11, "return coarse + (fine - coarse) / (2**p - 1)"),
        (11, "error = (coarse - fine) / (2**p - 1)\nreturn coarse - error"),
        (12, "return fine"),
        (12, "return min((coarse, 1), (fine, 0), key=lambda pair: pair[1])[0]"),
    ),
    "steps.extrapolate": cells(
        "extrapolate(values)",
        (6, "p = 2\nwhile len(values) > 1:\n"
            "    values = [richardson(a, b, p) for a, b in zip(values, values[1:])]\n"
            "    p *= 2\nreturn values[0]"),
        (6, "for k in range(len(values) - 1):\n"
            "    pairs = zip(values, values[1:])\n"
            "    values = [richardson(a, b, 2 ** (k + 1)) for a, b in pairs]\nreturn values[0]"),
        (7, "p = 2\nwhile len(values) > 1:\n"
            "    values = [richardson(b, a, p) for a, b in zip(values, values[1:])]\n"
            "    p += 2\nreturn values[0]"),
        (7, "if len(values) == 1:\n    return values[0]\n"
            "head, tail = extrapolate(values[:-1]), extrapolate(values[1:])\n"
            "return richardson(tail, head, 2 * len(values) - 2)"),
        (8, "best, p = values[0], 2\nfor value in values[1:]:\n"
            "    best = richardson(best, value, p)\n    p += 2\nreturn best"),
        (8, "import functools\nnumbered = list(enumerate(values))\n"
            "step = lambda a, b: (0, richardson(a[1], b[1], 2 * b[0]))\n"
            "return functools.reduce(step, numbered)[1]"),
    ),
    "steps.complex": cells(
        "complex_step(f, x, h)",
        (5, "return (f(x + 1j * h) - f(x)) / (1j * h)"),
        (5, "return central(f, x, 1j * h)"),
        (6, "return f(x + 1j * h).imag / (1j * h)"),
        (7, "return (f(x + 1j * h) - f(x)).real / h"),
        (8, "return f(x - 1j * h).imag / h"),
        (8, "z = f(complex(x, h)).conjugate()\nreturn z.imag / h"),
        (9, "return abs(f(x + 1j * h) - f(x)) / h"),
        (9, "return abs(f(x + 1j * h).imag) / h"),
    ),
    "steps.gradient": cells(
        "gradient(scheme, f, w, h)",
        (5, "out, e = np.zeros(w.shape), np.zeros(w.shape)\nfor i in np.ndindex(w.shape):\n"
            "    e[i] = 1\n    out[i] = scheme(lambda t: f(w + t * e), 0.0, h)\nreturn out"),
        (6, "fs = []\nfor i in np.ndindex(w.shape):\n    e = np.zeros(w.shape)\n    e[i] = 1\n"
            "    fs.append(lambda t: f(w + t * e))\n"
            "return np.array([scheme(g, 0.0, h) for g in fs]).reshape(w.shape)"),
        (6, "units = np.eye(w.size).reshape(w.size, *w.shape)\n"
            "fs = [lambda t: f(w + t * u) for u in units]\n"
            "return np.reshape([scheme(g, 0.0, h) for g in fs], w.shape)"),
        (7, "out = np.zeros(w.shape)\nfor i in np.ndindex(w.shape):\n    e = np.zeros(w.shape)\n"
            "    e[i] = 1\n    out[i] = scheme(lambda t: f(t * e), w[i], h)\nreturn out"),
        (7, "def one(k):\n    e = (np.arange(w.size) == k).reshape(w.shape)\n"
            "    return scheme(lambda t: f(np.where(e, t, 0.0)), w.ravel()[k], h)\n"
            "return np.reshape([one(k) for k in range(w.size)], w.shape)"),
        (8, "out = np.zeros(w.shape)\nfor i in np.ndindex(w.shape):\n    def g(t):\n"
            "        v = w.astype(complex)\n        v[i] = t\n        return f(v)\n"
            "    out[i] = np.real(scheme(g, 0.0, h))\nreturn out"),
        (8, "def one(k):\n    e = (np.arange(w.size) == k).reshape(w.shape)\n"
            "    return scheme(lambda t: f(np.where(e, t, w)), 0.0, h)\n"
            "return np.reshape([one(k) for k in range(w.size)], w.shape)"),
        (9, "out = np.zeros(w.shape)\nfor i in np.ndindex(w.shape):\n    v = w.copy()\n"
            "    v[i] += h\n    out[i] = (f(v) - f(w)) / h\nreturn out"),
        (10, "out = np.zeros(w.shape)\nfor i in np.ndindex(w.shape):\n    e = np.zeros(w.shape)\n"
             "    e[i] = 1\n    out[i] = central(lambda t: f(w + t * e), 0.0, h)\nreturn out"),
        (11, "out = np.zeros(w.shape)\nfor i in np.ndindex(w.shape):\n    e = np.zeros(w.shape)\n"
             "    e[i] = 1\n    out[i] = f(w + 1j * h * e).imag / h\nreturn out"),
    ),
}  # fmt: skip
for name, found in TRIED.items():
    VARIANTS[name] += found

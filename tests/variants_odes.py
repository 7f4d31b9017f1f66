"""Lab 14: mistakes written in other ways, and mutants that are right too."""

from variants_duals import told

EQUIVALENT = {}

# ------------------------------------------------------------ 14.1, in two styles
FOUR = """
def rk4(f, y, t, h, p):
    middle, end = t + 0.5 * h, t + h
    k1 = f(y, t, p)
    k2 = f(y + 0.5 * h * k1, middle, p)
    k3 = f(y + 0.5 * h * k2, middle, p)
    k4 = f(y + h * k3, end, p)
    mean = (k1 + 2 * k2 + 2 * k3 + k4) / 6
    return y + h * mean
"""
LOOP = """
def rk4(f, y, t, h, p):
    k, total = 0 * y, 0 * y
    for ahead, weight in ((0, 1), (h / 2, 2), (h / 2, 2), (h, 1)):
        k = f(y + ahead * k, t + ahead, p)
        total = total + weight * k
    return y + h * total / 6
"""
STEP = [
    (0, told(FOUR, ("return y + h * mean", "return y + h * k1"))),
    (0, "def rk4(f, y, t, h, p):\n    return f(y, t, p) * h + y\n"),
    (1, told(FOUR, ("return y + h * mean", "return y + h * k2"))),
    (1, "def rk4(f, y, t, h, p):\n    there = y + h / 2 * f(y, t, p)\n"
        "    return y + h * f(there, t + h / 2, p)\n"),
    (2, told(FOUR, ("t + 0.5 * h, t + h", "t, t"))),
    (2, told(LOOP, ("t + ahead", "t"))),
    (3, told(FOUR, ("(k1 + 2 * k2 + 2 * k3 + k4) / 6", "np.mean([k1, k2, k3, k4], axis=0)"))),
    (3, told(LOOP, ("weight * k", "k"), ("/ 6", "/ 4"))),
    (4, told(FOUR, ("/ 6", "/ 4"))),
    (5, told(LOOP, ("(0, 1), (h / 2, 2), (h / 2, 2), (h, 1)", "(0, 2), (h / 2, 1), (h / 2, 1), "
                    "(h, 2)"))),
    (6, told(LOOP, (" / 6", ""))),
    (7, told(FOUR, ("middle, end = t + 0.5 * h", "middle, end = t + h"), ("0.5 * h * k1", "h * k1"),
             ("0.5 * h * k2", "h * k2"))),
    (8, told(LOOP, ("(h, 1)", "(h / 2, 1)"))),
    (10, told(FOUR, ("h * k2, middle", "h * k1, middle"), ("h * k3, end", "h * k1, end"))),
    (11, told(FOUR, ("h * k2, middle", "h * k1, middle"))),
    (12, told(FOUR, ("y + 0.5 * h * k1", "y"), ("y + 0.5 * h * k2", "y"), ("y + h * k3", "y"))),
    (12, told(LOOP, ("y + ahead * k,", "y,"))),
    (13, told(FOUR, ("0.5 * h * k1", "0.5 * k1"), ("0.5 * h * k2", "0.5 * k2"),
              ("y + h * k3", "y + k3"))),
    (13, told(LOOP, ("y + ahead * k", "y + ahead / h * k"))),
    (14, told(FOUR, ("return y + h * mean", "return h * mean"))),
    (15, told(LOOP, ("y + h * total / 6", "total / 6"))),
    (16, told(FOUR, ("return y + h * mean", "return y + mean"))),
    (16, told(LOOP, ("h * total", "total"))),
    (17, told(FOUR, ("f(y, t, p)", "f(t, y, p)"), ("f(y + 0.5 * h * k1, middle",
              "f(middle, y + 0.5 * h * k1"),
              ("f(y + 0.5 * h * k2, middle", "f(middle, y + 0.5 * h * k2"),
              ("f(y + h * k3, end", "f(end, y + h * k3"))),
    (17, told(LOOP, ("f(y + ahead * k, t + ahead", "f(t + ahead, y + ahead * k"))),
    (18, told(FOUR, ("t + 0.5 * h, t + h", "t + 0.5, t + 1"))),
    (18, told(LOOP, ("t + ahead", "t + ahead / h"))),
    (19, told(FOUR, ("return y + h * mean", "return y + h / 6 * k1 + 2 * k2 + 2 * k3 + k4"))),
    (19, told(FOUR, ("y + h * mean", "y + 1 / 6 * h * k1 + 2 * k2 + 2 * k3 + k4"))),
    (20, "def rk4(f, y, t, h, p):\n    k1 = f(y, t, p)\n    k2 = f(y + h * k1, t + h, p)\n"
         "    return y + h * (k1 + k2) / 2\n"),
    (20, told(LOOP, ("(0, 1), (h / 2, 2), (h / 2, 2), (h, 1)", "(0, 1), (h, 1)"), ("/ 6", "/ 2"))),
    (22, told(FOUR, ("    k2 = f(y + 0.5 * h * k1", "    y2 = y + 0.5 * h * k1\n    k2 = f(y2"),
              ("    k3 = f(y + 0.5", "    y3 = y2 + 0.5 * h * k2\n    k3 = f(y3 + 0"),
              ("f(y + h * k3", "f(y3 + h * k3"))),
    (22, told(LOOP, ("k, total = 0 * y, 0 * y", "k, total, at = 0 * y, 0 * y, y"),
              ("        k = f(y + ahead * k", "        at = at + ahead * k\n        k = f(at"))),
    (21, told(FOUR, ("y + 0.5 * h * k1", "0.5 * h * k1"),
              ("y + 0.5 * h * k2", "0.5 * h * k2"), ("f(y + h * k3", "f(h * k3"))),
    (21, told(LOOP, ("k, total = 0 * y, 0 * y", "k, total = None, 0 * y"),
              ("f(y + ahead * k,", "f(y if k is None else ahead * k,"))),
]  # fmt: skip

# ------------------------------------------------------------ 14.2
ROWS = """
def along(f, dp):
    def both(z, t, p):
        y, dy = z[0], z[1]
        slope, moved = elves.jvp(lambda y, p: f(y, t, p), (y, p), (dy, dp))
        return np.array([slope, moved])

    return both
"""
SUM = """
class Both:
    def __init__(self, f, dp):
        self.f, self.dp = f, dp

    def __call__(self, z, t, p):
        (y, dy), out = z, np.zeros(z.shape)
        out[0] = self.f(y, t, p)
        by_y = elves.jvp(lambda y: self.f(y, t, p), (y,), (dy,))[1]
        by_p = elves.jvp(lambda p: self.f(y, t, p), (p,), (self.dp,))[1]
        out[1] = by_y + by_p
        return out


along = lambda f, dp: Both(f, dp)
"""
ALONG = [
    (0, told(ROWS, ("lambda y, p: f(y, t, p), (y, p), (dy, dp)", "lambda y: f(y, t, p), (y,), "
                    "(dy,)"))),
    (0, told(SUM, (" + by_p", ""))),
    (1, told(ROWS, ("lambda y, p: f(y, t, p), (y, p), (dy, dp)", "lambda p: f(y, t, p), (p,), "
                    "(dp,)"))),
    (1, told(SUM, ("by_y + by_p", "by_p"))),
    (2, told(ROWS, ("lambda y, p: f(y, t, p), (y, p), (dy, dp)", "lambda y: f(y, t, p), (y,), "
                    "(dy,)"), ("moved])", "moved + dp[0]])"))),
    (2, told(SUM, ("by_y + by_p", "by_y + self.dp[0]"))),
    (3, told(ROWS, ("[slope, moved]", "[slope, dy]"))),
    (3, told(SUM, ("by_y + by_p", "dy"))),
    (4, told(ROWS, ("[slope, moved]", "[slope, dy + moved]"))),
    (4, told(SUM, ("out[1] = ", "out[1] = dy + "))),
    (5, told(ROWS, ("[slope, moved]", "[moved, slope]"))),
    (5, told(SUM, ("out[0]", "out[-1]"), ("out[1]", "out[-2]"))),
    (6, told(ROWS, ("np.array([slope, moved])", "moved"))),
    (6, told(SUM, ("return out", "return out[1]"))),
    (7, told(ROWS, ("[slope, moved]", "[y, moved]"))),
    (7, told(SUM, ("self.f(y, t, p)\n", "y\n"))),
    (8, told(ROWS, ("[slope, moved]", "[slope, f(dy, t, p)]"))),
    (8, told(SUM, ("by_y + by_p", "self.f(dy, t, p)"))),
    (9, told(ROWS, ("[slope, moved]", "[slope, f(y + dy, t, p + dp) - slope]"))),
    (9, told(SUM, ("by_y + by_p", "self.f(y + dy, t, p + self.dp) - out[0]"))),
    (10, told(ROWS, ("lambda y, p: f(y, t, p), (y, p), (dy, dp)", "f, (y, t, p), (dy, 1.0, dp)"))),
    (10, told(SUM, ("by_y + by_p", "by_y + by_p + elves.jvp(lambda t: self.f(y, t, p), (t,), "
                    "(1.0,))[1]"))),
    (15, told(ROWS, ("[slope, moved]", "[slope, elves.vjp(lambda y: f(y, t, p), y)[1](dy)[0]]"))),
    (15, told(SUM, ("by_y + by_p", "elves.vjp(self.f, y, t, p)[1](dy)[0]"))),
    (12, told(ROWS, ("(y, p), (dy, dp)", "(y, dp), (dy, p)"))),
    (12, told(ROWS, ("lambda y, p: f(y, t, p), (y, p), (dy, dp)", "f, (y, t, dp), (dy, 0.0, p)"))),
    (13, told(ROWS, ("y, dy = z[0], z[1]", "dy, y = z"))),
    (13, told(SUM, ("(y, dy), out", "(dy, y), out"))),
    (14, told(ROWS, ("[slope, moved]", "[slope, slope * dy]"))),
    (14, told(SUM, ("by_y + by_p", "out[0] * dy"))),
]  # fmt: skip

# ------------------------------------------------------------ 14.3
WALK = """
def walk_back(step, f, ys, ts, p, gs):
    a = gs[-1]
    b = 0 * p
    for k in range(len(ts) - 2, -1, -1):
        h = ts[k + 1] - ts[k]
        value, pull = elves.vjp(lambda y, p: step(f, y, ts[k], h, p), ys[k], p)
        back = pull(a)
        a = back[0] + gs[k]
        b = b + back[1]
    return [a, b]
"""
ZIPPED = """
def walk_back(step, f, ys, ts, p, gs):
    a, paid = np.array(gs[-1]), [np.zeros(p.shape)]
    rows = list(zip(ys[:-1], ts[:-1], np.diff(ts), gs[:-1]))
    for y, t, h, g in rows[::-1]:
        pull = elves.vjp(step, f, y, t, h, p)[1] if False else elves.vjp(
            lambda y, p: step(f, y, t, h, p), y, p)[1]
        more, share = pull(a)
        paid.append(share)
        a = g + more
    return a, sum(paid)
"""
PULLED = "elves.vjp(lambda y, p: step(f, y, ts[k], h, p), ys[k], p)"
BACK = [
    (0, told(WALK, (" + gs[k]", ""))),
    (0, told(ZIPPED, ("a = g + more", "a = more"))),
    (1, told(WALK, ("return [a, b]", "return [a - gs[0] if len(ts) > 1 else a, b]"))),
    (1, told(ZIPPED, ("a = g + more", "a = g * (y is not ys[0]) + more"))),
    (2, told(WALK, ("a = gs[-1]", "a = 0 * gs[-1]"))),
    (2, told(ZIPPED, ("np.array(gs[-1])", "np.zeros(gs[-1].shape)"))),
    (4, told(WALK, ("b = b + back[1]", "b = back[1]"))),
    (4, told(ZIPPED, ("sum(paid)", "paid[-1]"))),
    (5, told(WALK, ("ys[k], p)", "ys[k + 1], p)"))),
    (5, told(ZIPPED, ("zip(ys[:-1]", "zip(ys[1:]"))),
    (6, told(WALK, ("a = gs[-1]", "a = gs[0]"), ("range(len(ts) - 2, -1, -1)",
             "range(len(ts) - 1)"),
             ("gs[k]", "gs[k + 1]"))),
    (6, told(ZIPPED, ("np.array(gs[-1])", "gs[0]"), ("rows[::-1]", "rows"), ("gs[:-1]))",
             "gs[1:]))"))),
    (7, told(WALK, ("h = ts[k + 1] - ts[k]", "h = ts[1] - ts[0]"))),
    (7, told(ZIPPED, ("np.diff(ts)", "[ts[1] - ts[0]] * len(ts)"))),
    (8, told(WALK, ("step(f, y, ts[k], h", "step(f, y, ts[0], h"))),
    (8, told(ZIPPED, ("ts[:-1], np", "[ts[0]] * len(ts), np"))),
    (9, told(WALK, ("step(f, y, ts[k], h", "step(f, y, ts[k + 1], h"))),
    (9, told(ZIPPED, ("ts[:-1], np", "ts[1:], np"))),
    (10, told(WALK, ("a = gs[-1]", "a = 0 * gs[-1]"), ("pull(a)", "pull(a + gs[k])"),
             (" + gs[k]\n", "\n"))),
    (10, told(ZIPPED, ("np.array(gs[-1])", "0 * gs[0]"), ("pull(a)", "pull(a + g)"),
             ("a = g + more", "a = more"))),
    (11, told(WALK, ("pull(a)", "pull(gs[k + 1])"))),
    (11, told(ZIPPED, ("gs[:-1]))", "gs[:-1], gs[1:]))"), ("y, t, h, g in", "y, t, h, g, own in"),
              ("pull(a)", "pull(own)"))),
    (13, told(WALK, ("back[0] + gs[k]", "a + back[0] + gs[k]"))),
    (13, told(ZIPPED, ("a = g + more", "a = a + g + more"))),
    (14, told(WALK, ("step(f, y, ts[k], h, p), ys", "f(y, ts[k], p), ys"))),
    (14, told(ZIPPED, ("step(f, y, t, h, p), y", "f(y, t, p), y"))),
    (15, told(WALK, ("step(f, y, ts[k], h, p), ys", "y + h * f(y, ts[k], p), ys"))),
    (15, told(WALK, (PULLED, "elves.vjp(lambda y, p: f(y, ts[k], p), ys[k], p)"),
              ("back[0] +", "a + h * back[0] +"), ("b + back[1]", "b + h * back[1]"),
              ("        a = ", "        b, a = b + h * back[1], "),
              ("        b = b + h * back[1]\n", ""))),
    (21, told(WALK, ("[a, b]", "[b, a]"))),
    (21, told(ZIPPED, ("a, sum(paid)", "sum(paid), a"))),
    (22, told(WALK, ("b = b + back[1]", "b = b"))),
    (22, told(ZIPPED, ("        paid.append(share)\n", ""))),
    (16, told(WALK, ("range(len(ts) - 2, -1, -1)", "range(len(ts) - 2, 0, -1)"))),
    (17, told(WALK, ("range(len(ts) - 2, -1, -1)", "range(len(ts) - 3, -1, -1)"))),
    (18, told(WALK, ("h = ts[k + 1] - ts[k]", "h = ts[k] - ts[k + 1]"))),
    (18, told(ZIPPED, ("np.diff(ts)", "-np.diff(ts)"))),
    (19, told(WALK, ("h = ts[k + 1] - ts[k]", "h = ts[k] - ts[k + 1]"),
              ("step(f, y, ts[k], h, p), ys[k]", "step(f, y, ts[k + 1], h, p), ys[k + 1]"))),
    (20, told(WALK, ("b + back[1]", "b + h * back[1]"))),
    (20, told(ZIPPED, ("append(share)", "append(share * h)"))),
    (12, told(WALK, ("b + back[1]", "b + pull(a)[1]"))),
    (12, told(ZIPPED, ("        paid.append(share)\n", ""),
              ("a = g + more\n", "a = g + more\n        paid.append(pull(a)[1])\n"))),
]  # fmt: skip

# ------------------------------------------------------------ 14.4
JOINED = """
def run_back(step, f, y, ts, p, a):
    n = y.size

    def slopes(z, t, p):
        y, a = z[:n], z[n : n + n]
        value, pull = elves.vjp(f, y, t, p)
        by_y, _, by_p = pull(a)
        return np.concatenate((value, -by_y, -by_p))

    z = np.concatenate((y, a, 0 * p))
    for k in range(len(ts) - 1, 0, -1):
        z = step(slopes, z, ts[k], ts[k - 1] - ts[k], p)
    return list(np.split(z, [n, 2 * n]))
"""
TURNED = """
def run_back(step, f, y, ts, p, a):
    n, m = len(y), len(p)

    def slopes(z, s, p):
        pull = elves.vjp(lambda y, p: f(y, -s, p), z[:n], p)[1]
        by_y, by_p = pull(z[n:-m])
        return np.hstack([-f(z[:n], -s, p), by_y, by_p])

    zs = path(step, slopes, np.hstack([y, a, np.zeros(m)]), -ts[::-1], p)
    return zs[-1][:n], zs[-1][n:-m], zs[-1][-m:]
"""
CONTINUOUS = [
    (4, told(JOINED, ("-by_y", "by_y"))),
    (4, told(TURNED, ("by_y, by_p])", "-by_y, by_p])"))),
    (5, told(JOINED, ("-by_p", "by_p"))),
    (5, told(TURNED, ("by_y, by_p])", "by_y, -by_p])"))),
    (0, told(JOINED, ("-by_y, -by_p", "by_y, by_p"))),
    (0, told(TURNED, ("by_y, by_p])", "-by_y, -by_p])"))),
    (6, told(JOINED, ("value, -by_y, -by_p", "-value, by_y, by_p"))),
    (6, told(JOINED, ("-by_y, -by_p", "by_y, by_p"), ("(value,", "(-1 * value,"))),
    (1, told(JOINED, ("(value,", "(-value,"))),
    (1, told(TURNED, ("[-f(", "[f("))),
    (7, told(JOINED, ("range(len(ts) - 1, 0, -1)", "range(len(ts) - 1)"),
             ("ts[k - 1] - ts[k]", "ts[k + 1] - ts[k]"))),
    (7, told(TURNED, ("-ts[::-1]", "ts"), ("f(y, -s, p)", "f(y, s, p)"), ("[-f(z[:n], -s",
             "[f(z[:n], s"),
             ("by_y, by_p])", "-by_y, -by_p])"))),
    (3, told(JOINED, ("-by_y,", "-elves.jvp(lambda y: f(y, t, p), (y,), (a,))[1],"))),
    (3, told(TURNED, ("by_y, by_p])", "elves.jvp(lambda y: f(y, -s, p), (z[:n],), (z[n:-m],))[1], "
                      "by_p])"))),
    (8, told(JOINED, ("0 * p", "p"))),
    (8, told(TURNED, ("np.zeros(m)", "p"))),
    (9, told(JOINED, ("(y, a, 0 * p)", "(y, np.ones(n), 0 * p)"))),
    (9, told(TURNED, ("[y, a, np", "[y, 1 + 0 * y, np"))),
    (2, told(JOINED, ("    n = y.size", "    n, end = y.size, y"), ("elves.vjp(f, y, t, p)",
             "elves.vjp(f, end, t, p)"), ("(value,", "(f(y, t, p),"))),
    (2, told(TURNED, ("z[:n], p)[1]", "y, p)[1]"))),
    (10, "def run_back(step, f, y, ts, p, a):\n"
         "    ys = path(step, f, y, ts[::-1], p)[::-1]\n"
         "    gs = np.zeros((len(ts), len(y)))\n    gs[-1] = a\n"
         "    return ys[0], *walk_back(step, f, ys, ts, p, gs)\n"),
    (10, "def run_back(step, f, y, ts, p, a):\n    b = 0 * p\n"
         "    for k in range(len(ts) - 1, 0, -1):\n"
         "        h = ts[k] - ts[k - 1]\n        y = step(f, y, ts[k], -h, p)\n"
         "        a, more = elves.vjp(lambda y, p: step(f, y, ts[k - 1], h, p), y, p)[1](a)\n"
         "        b = b + more\n    return y, a, b\n"),
    (20, told(JOINED, ("y, a = z[:n], z[n : n + n]", "a = z[n : n + n]"))),
    (20, told(TURNED, ("f(y, -s, p), z[:n], p)[1]", "f(y, -s, p), y, p)[1]"),
              ("-f(z[:n],", "-f(y,"))),
    (21, told(TURNED, ("return zs[-1][:n], zs[-1][n:-m], zs[-1][-m:]",
                       "return zs[0][:n], zs[0][n:-m], zs[0][-m:]"))),
    (21, "def run_back(step, f, y, ts, p, a):\n    return y, a, np.zeros(len(p))\n"),
    (17, "def run_back(step, f, y, ts, p, a):\n"
         "    gs = np.zeros((len(ts), len(y)))\n    gs[-1] = a\n"
         "    return y, *walk_back(step, f, path(step, f, y, ts, p), ts, p, gs)\n"),
    (17, "def run_back(step, f, y, ts, p, a):\n"
         "    run = lambda y, p: path(step, f, y, ts, p)[-1]\n"
         "    return [y, *elves.vjp(run, y, p)[1](a)]\n"),
    (18, told(JOINED, ("list(np.split(z, [n, 2 * n]))", "z[n : 2 * n], z[2 * n :], z[:n]"))),
    (18, told(TURNED, ("return zs[-1][:n], zs[-1][n:-m], zs[-1][-m:]",
                       "return zs[-1][n:-m], zs[-1][-m:], zs[-1][:n]"))),
    (11, told(JOINED, ("step(slopes, z, ts[k], ts[k - 1] - ts[k], p)",
                       "z + (ts[k - 1] - ts[k]) * slopes(z, ts[k], p)"))),
    (11, "def run_back(step, f, y, ts, p, a):\n    b = 0 * p\n"
         "    for k in range(len(ts) - 1, 0, -1):\n        h = ts[k] - ts[k - 1]\n"
         "        slope, pull = elves.vjp(lambda y, p: f(y, ts[k], p), y, p)\n"
         "        more, paid = pull(a)\n"
         "        y, a, b = y - h * slope, a + h * more, b + h * paid\n    return y, a, b\n"),
    (13, told(JOINED, ("y, a = z[:n], z[n : n + n]", "y = z[:n]"))),
    (13, told(TURNED, ("pull(z[n:-m])", "pull(a)"))),
    (14, told(JOINED, ("pull(a)", "pull(value)"))),
    (14, told(TURNED, ("pull(z[n:-m])", "pull(f(z[:n], -s, p))"))),
    (15, told(JOINED, ("    for k in range(len(ts) - 1, 0, -1):\n        z = step(slopes, "
         "z, ts[k], "
                       "ts[k - 1] - ts[k], p)",
             "    z = step(slopes, z, ts[-1], ts[0] - ts[-1], p)"))),
    (15, told(TURNED, ("-ts[::-1]", "[-ts[-1], -ts[0]]"))),
    (16, "def run_back(step, f, y, ts, p, a):\n    n, c = len(y), np.concatenate([a, 0 * p])\n"
         "    for k in reversed(range(1, len(ts))):\n        h = ts[k - 1] - ts[k]\n"
         "        pull = lambda c, t, p: -np.hstack("
         "elves.vjp(lambda y, p: f(y, t, p), y, p)[1](c[:n]))\n"
         "        c = step(pull, c, ts[k], h, p)\n        y = step(f, y, ts[k], h, p)\n"
         "    return y, c[:n], c[n:]\n"),
    (16, "def run_back(step, f, y, ts, p, a):\n    ys, b, n = path(step, f, y, ts[::-1], "
         "p), 0 * p, y.size\n"
         "    for y, t, u in zip(ys, ts[::-1], ts[-2::-1]):\n"
         "        def slopes(z, s, p):\n"
         "            more, paid = elves.vjp(lambda y, p: f(y, s, p), y, p)[1](z[:n])\n"
         "            return np.concatenate([-more, -paid])\n"
         "        a, b = np.split(step(slopes, np.concatenate([a, b]), t, u - t, p), [n])\n"
         "    return ys[-1], a, b\n"),
    (12, told(TURNED, ("f(y, -s, p), z", "f(y, s, p), z"), ("f(z[:n], -s", "f(z[:n], s"))),
    (12, told(JOINED, ("value, -by_y, -by_p", "-value, by_y, by_p"),
              ("step(slopes, z, ts[k], ts[k - 1] - ts[k], p)",
              "step(slopes, z, -ts[k], ts[k] - ts[k - 1], p)"))),
]  # fmt: skip

# ------------------------------------------------------------ 14.5
GIVEN = """
def misfit(step, f, y, ts, p, seen, data):
    ys = path(step, f, y, ts, p)
    gs, loss = [0 * y for _ in ts], 0.0
    for k, row in zip(seen, data):
        miss = ys[k] - row
        loss = loss + np.sum(miss * miss)
        gs[k] = 2 * miss
    by_y, by_p = walk_back(step, f, ys, ts, p, np.array(gs))
    return loss, by_y, by_p
"""
BY_ENGINE = """
def misfit(step, f, y, ts, p, seen, data):
    def loss(y, p):
        ys = path(step, f, y, ts, p)
        return sum(np.sum((ys[k] - row) ** 2) for k, row in zip(seen, data))

    value, slopes = elves.value_and_grad(loss, (0, 1))(y, p)
    return [value, *slopes]
"""
FIT = [
    (0, told(GIVEN, ("2 * miss", "miss"))),
    (0, told(BY_ENGINE, ("return [value, *slopes]",
             "return [value, slopes[0] / 2, slopes[1] / 2]"))),
    (3, told(GIVEN, ("gs[k] = 2 * miss", "gs[k] = 2 * (row - ys[k])"))),
    (3, told(GIVEN, ("miss = ys[k] - row", "miss = row - ys[k]"))),
    (4, told(GIVEN, ("gs[k] = 2 * miss", "gs[k] = row - ys[k]"))),
    (4, told(GIVEN, ("gs[k] = 2 * miss", "gs[k] = -miss"))),
    (5, told(GIVEN, ("+ np.sum(miss * miss)", "+ 0.5 * np.sum(miss * miss)"), ("2 * miss",
             "miss"))),
    (5, told(BY_ENGINE, ("return sum(", "return 0.5 * sum("))),
    (6, told(GIVEN, ("2 * miss", "2 * miss / data.size"), ("return loss",
             "return loss / data.size"))),
    (6, told(BY_ENGINE, ("return sum(", "return 1 / np.size(data) * sum("))),
    (7, told(GIVEN, ("2 * miss", "2 * miss / len(seen)"), ("return loss",
             "return loss / len(seen)"))),
    (7, told(BY_ENGINE, ("return sum(", "return 1 / len(data) * sum("))),
    (8, told(BY_ENGINE, ("return sum(np.sum((ys[k] - row) ** 2) for k, row in zip(seen, data))",
                         "return np.linalg.norm(np.stack([ys[k] for k in seen]) - data)"))),
    (8, told(BY_ENGINE, ("return sum(", "return np.sqrt(1.0 * sum("), ("data))\n", "data)))\n"))),
    (9, told(BY_ENGINE, ("(ys[k] - row) ** 2", "np.abs(ys[k] - row)"))),
    (9, told(GIVEN, ("miss * miss", "abs(miss)"), ("2 * miss", "np.sign(miss)"))),
    (10, told(BY_ENGINE, ("zip(seen, data)", "zip(seen[-1:], data[-1:])"))),
    (10, told(GIVEN, ("zip(seen, data)", "[(-1, data[-1])]"))),
    (1, told(GIVEN, ("        gs[k] = 2 * miss\n", ""), ("by_y, by_p =",
             "for j, k in enumerate(seen):\n"
             "        gs[j] = 2 * (ys[k] - data[j])\n    by_y, by_p ="))),
    (1, told(GIVEN, ("gs[k] = 2 * miss", "gs[list(seen).index(k)] = 2 * miss"))),
    (2, told(GIVEN, ("        gs[k] = 2 * miss\n", ""), ("by_y, by_p =",
              "gs[seen[-1]] = 2 * miss\n    by_y, by_p ="))),
    (2, told(GIVEN, ("gs[k] = 2 * miss", "gs = [2 * miss * (j == k) for j in range(len(ts))]"))),
    (15, told(GIVEN, ("2 * miss", "miss**2"))),
    (15, told(GIVEN, ("gs[k] = 2 * miss", "gs[k] = np.square(ys[k] - row)"))),
    (16, told(GIVEN, ("2 * miss", "2 * ys[k]"))),
    (16, told(GIVEN, ("gs[k] = 2 * miss", "gs[k] = 2 * (miss + row)"))),
    (17, told(GIVEN, ("2 * miss", "1 + 0 * y"))),
    (17, told(GIVEN, ("2 * miss", "np.ones(len(y))"))),
    (18, told(GIVEN, ("return loss, by_y, by_p", "return loss, by_p, by_y"))),
    (18, told(BY_ENGINE, ("*slopes", "*slopes[::-1]"))),
    (11, told(GIVEN, ("np.array(gs))", "2 * (np.stack(ys)[seen] - data))"))),
    (11, told(GIVEN, ("[0 * y for _ in ts], 0.0", "[], 0.0"), ("gs[k] = 2 * miss",
              "gs.append(2 * miss)"))),
    (13, told(GIVEN, ("    ys = path",
              "    ts, seen = ts[seen], range(len(seen))\n    ys = path"))),
    (13, told(BY_ENGINE, ("path(step, f, y, ts, p)", "path(step, f, y, ts[seen], p)"),
              ("zip(seen, data)", "enumerate(data)"))),
    (14, told(GIVEN, ("loss + np.sum(miss * miss)", "loss + np.sum(miss)"), ("return loss",
              "return loss**2"))),
    (14, told(GIVEN, ("return loss",
              "loss = np.sum(np.stack(ys)[seen] - data) ** 2\n    return loss"))),
    (12, told(GIVEN, ("path(step,", "path(rk4,"), ("walk_back(step,", "walk_back(rk4,"))),
    (12, told(BY_ENGINE, ("path(step, f", "path(rk4, f"))),
    (19, told(GIVEN, ("zip(seen, data)", "zip(sorted(seen), data)"))),
    (19, told(BY_ENGINE, ("zip(seen, data)", "zip([k for k in range(len(ts)) if k in seen], "
                          "data)"))),
    (20, told(BY_ENGINE, ("zip(seen, data)", "enumerate(data)"))),
    (20, told(GIVEN, ("zip(seen, data)", "enumerate(data)"))),
    (21, told(GIVEN, ("for k, row in zip(seen, data)", "for j, (k, row) in enumerate(zip(seen, "
                      "data))"), ("ys[k]", "ys[j]"))),
    (21, told(GIVEN, ("miss = ys[k] - row", "miss = ys[list(seen).index(k)] - row"))),
]  # fmt: skip
VARIANTS = {"odes.step": STEP, "odes.along": ALONG, "odes.back": BACK,
            "odes.continuous": CONTINUOUS, "odes.fit": FIT}  # fmt: skip

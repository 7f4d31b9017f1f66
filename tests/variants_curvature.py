"""Lab 12: mistakes written in other ways, and mutants that are right too."""

from textwrap import dedent, indent

EQUIVALENT = {}


def cells(head, *pairs):
    """Learners' cells of one function: (number of the mistake, what stands under its head)."""
    return [(k, f"def {head}:\n" + indent(dedent(body), "    ")) for k, body in pairs]


def changed(k, *changes):
    """Two cells of conjugate gradients, each in a style of its own, with pieces exchanged."""
    for style, pairs in zip((CG, OTHER), changes, strict=True):
        text = style
        for old, new in pairs:
            assert old in text, old
            text = text.replace(old, new)
        yield k, text


CG = """
x, r, p = np.zeros(len(b)), b.copy(), b.copy()
for k in range(steps):
    if np.linalg.norm(r) <= 1e-10 * np.linalg.norm(b):
        return x
    q = product(p)
    if p @ q <= 0:
        return b if k == 0 else x
    a = np.dot(r, r) / np.dot(p, q)
    x = x + a * p
    old, r = r, r - a * q
    p = r + np.dot(r, r) / np.dot(old, old) * p
return x
"""
OTHER = """
def dot(u, w):
    return sum(s * t for s, t in zip(u, w))

x, r, p, made = 0.0 * b, b, b, 0
before = dot(r, r)
while made < steps and before > 1e-20 * dot(b, b):
    bent = product(p)
    curved = dot(bent, p)
    if not curved > 0:
        return x if made else b
    x = x + before / curved * p
    r = r - bent * (before / curved)
    p, before = r + p * dot(r, r) / before, dot(r, r)
    made += 1
return x
"""
BRAKED = """
for _ in range(steps):
    way = cg(lambda v: product(w, v), -slope(w), len(w))
    t = 1.0
    for _ in range(50):
        if f(w + t * way) < f(w):
            break
        t *= 0.5
    w = w + t * way
return w
"""
SHORT = """
at = np.array(w)
for k in range(steps):
    g = slope(at)
    if not np.any(g):
        break
    step = -cg(lambda v: product(at, v), g, len(g))
    while f(at + step) >= f(at) and np.max(np.abs(step)) > 1e-13:
        step = step / 2
    at = at + step
return at
"""


def braked(k, *changes):
    """Two cells of Newton's steps, each in a style of its own, with pieces exchanged."""
    for style, pairs in zip((BRAKED, SHORT), changes, strict=True):
        text = style
        for old, new in pairs:
            assert old in text, old
            text = text.replace(old, new)
        yield k, text


VARIANTS = {
    "curvature.differences": cells(
        "difference(gradient, w, v, h)",
        (0, "here = gradient(w)\nthere = gradient(w + h * v)\nreturn (there - here) / h"),
        (0, "step = h * v\nreturn -(gradient(w - step) - gradient(w)) / h"),
        (2, "return (gradient(w + h * v) - gradient(w - h * v)) / h"),
        (2, "step = h * v\nchange = gradient(w + step) - gradient(w - step)\nreturn change / h"),
        (3, "there = gradient(w + v * h)\nreturn there - gradient(w - v * h) / (h + h)"),
        (3, "behind = gradient(w - h * v) / 2 / h\nreturn gradient(w + h * v) - behind"),
        (4, "return (gradient(w + h) - gradient(w - h)) / (2 * h)"),
        (4, "step = h * np.ones(len(w))\nreturn (gradient(w + step) - gradient(w - step)) / 2 / h"),
        (4, "return (gradient(w + h) - gradient(w - h)) / (2 * h) * v"),
        (6, "return v * gradient(w)"),
        (6, "return [s * t for s, t in zip(gradient(w), v)]"),
        (7, "return (gradient(w + h * v) - gradient(w - h * v)) @ v / (2 * h)"),
        (7, "change = gradient(w + h * v) - gradient(w - h * v)\nreturn sum(change * v) / 2 / h"),
        (8, "v = v / np.sqrt(v @ v)\nreturn (gradient(w + h * v) - gradient(w - h * v)) / (2 * h)"),
        (8, "u = h * v / np.sum(v * v) ** 0.5\nreturn (gradient(w + u) - gradient(w - u)) / h / 2"),
        (9, "return (gradient(w - h * v) - gradient(w + h * v)) / (2 * h)"),
        (9, "h = -h\nreturn (gradient(w + h * v) - gradient(w - h * v)) / (2 * abs(h))"),
        (10, "h = 1e-6\nreturn (gradient(w + h * v) - gradient(w - h * v)) / (2 * h)"),
        (10, "u = 1e-5 * v\nreturn (gradient(w + u) - gradient(w - u)) / 2e-5"),
        (11, "return (gradient(w + v) - gradient(w - v)) / 2"),
        (11, "front, back = gradient(w + v), gradient(w - v)\nreturn 0.5 * front - 0.5 * back"),
        (12, "return gradient(w + h * v) - gradient(w - h * v)"),
        (12, "step = h * v\nback = gradient(w - step)\nreturn -back + gradient(w + step)"),
        (13, """
            out = np.zeros(len(w))
            for i in range(len(w)):
                e = np.zeros(len(w))
                e[i] = h
                out[i] = (gradient(w + e)[i] - gradient(w - e)[i]) / (2 * h)
            return out * v
         """),
        (13, """
            units = np.eye(w.size)
            moved = [gradient(w + h * e) @ e - gradient(w - h * e) @ e for e in units]
            return np.array(moved) * v / (2 * h)
         """),
        (14, "change = gradient(w + h * v) - gradient(w - h * v)\n"
             "return change / np.linalg.norm(2 * h * v)"),
        (14, "size = np.sqrt(np.sum(v**2))\n"
             "return (gradient(w + h * v) - gradient(w - h * v)) / (2 * h * size)"),
        (15, "return (gradient(v + h * w) - gradient(v - h * w)) / (2 * h)"),
        (15, "w, v = v, w\nstep = h * v\nreturn (gradient(w + step) - gradient(w - step)) / 2 / h"),
        (17, "return gradient(w + h * v - (w - h * v)) / (2 * h)"),
        (17, "across = 2 * h * v\nreturn gradient(across) / (2 * h)"),
        (18, "return (gradient(w + h * v) - gradient(w - h * v)) / 2 * h"),
        (18, "change = gradient(w + h * v) - gradient(w - h * v)\nreturn change * h / 2"),
        (19, "return (gradient(w + h * v) - gradient(w - h * v)) / (2 * h * v)"),
        (19, "step = h * v\nreturn (gradient(w + step) - gradient(w - step)) / (2 * step)"),
        (20, "g = gradient\nreturn (g(w + h * v) + g(w - h * v) - 2 * g(w)) / (h * h)"),
        (20, "first = gradient(w + h * v) - gradient(w)\nlast = gradient(w) - gradient(w - h * v)\n"
             "return (first - last) / h**2"),
    ),
    "curvature.product": cells(
        "hvp(f, w, v)",
        (0, "return f(Dual(w, v)).tangent"),
        (0, "return gradient(f)(w) @ v"),
        (1, "return gradient(f)(Dual(w, v)).value"),
        (1, "import elves\nreturn elves.jvp(elves.grad(f), (w,), (v,))[0]"),
        (2, "return gradient(f)(Dual(v, w)).tangent"),
        (2, "import elves\nreturn elves.jvp(elves.grad(f), (v,), (w,))[1]"),
        (3, "return gradient(f)(Dual(w, np.ones(len(w)))).tangent"),
        (3, "return gradient(lambda w: np.sum(gradient(f)(w)))(w)"),
        (3, "return v * gradient(f)(Dual(w, 0 * w + 1)).tangent"),
        (5, "g, h = gradient(f), 1e-5\nreturn (g(w + h * v) - g(w - h * v)) / (2 * h)"),
        (5, "return difference(gradient(f), w, v, 1e-4)"),
        (9, """
            columns = []
            for k in range(len(w)):
                unit = np.zeros(len(w))
                unit[k] = 1.0
                columns.append(gradient(f)(Dual(w, unit)).tangent)
            return np.transpose(columns) @ v
         """),
        (9, """
            g = gradient(f)
            return sum(s * g(Dual(w, unit)).tangent for s, unit in zip(v, np.eye(len(w))))
         """),
        (11, "return gradient(f)(w) * v"),
        (11, "slopes = gradient(f)(Dual(w, v)).value\nreturn [s * t for s, t in zip(slopes, v)]"),
        (12, "return gradient(f)(Dual(w, v)).tangent @ v"),
        (12, "return np.sum(gradient(f)(Dual(w, v)).tangent * v)"),
        (13, "return gradient(f)(Dual(w, 0 * v)).tangent"),
        (13, "still = np.zeros(len(w))\nreturn v * gradient(f)(Dual(w, still)).tangent"),
        (14, "return gradient(f)(w + v)"),
        (14, "return gradient(f)(Dual(w + v, v)).value"),
        (15, "return Dual(gradient(f)(w), v).tangent"),
        (15, "x = Dual(w, v)\ngradient(f)(x)\nreturn x.tangent"),
        (16, "return gradient(f)(w + v) - gradient(f)(w)"),
        (16, "slopes = gradient(f)\nthere = slopes(w + v)\nreturn there + -1 * slopes(w)"),
        (17, "return [gradient(f)(Dual(w, unit)).tangent for unit in np.eye(len(w))]"),
        (17, "import elves\nreturn elves.forward.jacobian(elves.grad(f))(w)"),
    ),
    "curvature.hessian": cells(
        "hessian(product, n)",
        (0, "H = np.zeros(n)\nfor unit in np.eye(n):\n    H += product(unit)\nreturn H"),
        (0, "return product([1.0] * n)"),
        (2, "return [product(unit)[k] for k, unit in enumerate(np.eye(n))]"),
        (2, """
            H = np.zeros((n, n))
            for k in range(n):
                unit = np.eye(n)[k]
                H[k, k] = product(unit) @ unit
            return H
         """),
        (4, """
            H = np.zeros((n, n))
            for i in range(n):
                column = product(np.eye(n)[i])
                for j in range(i, n):
                    H[i, j] = column[j]
            return H
         """),
        (4, "return [[c if j <= i else 0 for j, c in enumerate(product(np.eye(n)[i]))] "
            "for i in range(n)]"),
        (6, "return [product(np.arange(n) <= k) for k in range(n)]"),
        (6, """
            unit, H = [0] * n, []
            for k in range(n):
                unit[k] = 1
                H.append(product(unit))
            return H
         """),
        (7, "return np.array([product(unit) for unit in np.eye(n)], dtype=int)"),
        (7, "return [[int(entry) for entry in product(unit)] for unit in np.eye(n)]"),
        (8, """
            H = np.zeros((n, n))
            for i in range(n):
                for j in range(n):
                    H[i, j] = product(np.eye(n)[i])[j]
            return H
         """),
        (8, "rows = range(n)\nreturn [[product(np.eye(n)[i]) @ np.eye(n)[j] for j in rows] "
            "for i in rows]"),
        (9, "return np.concatenate([product(unit) for unit in np.eye(n)])"),
        (9, "H = []\nfor unit in np.eye(n):\n    H += list(product(unit))\nreturn H"),
        (10, "H = np.array([product(unit) for unit in np.eye(n)])\nreturn H.T + H"),
        (10, "return [2 * product(unit) for unit in np.eye(n)]"),
        (11, "for k in range(n):\n    unit = np.arange(n) == k\n"
             "return [product(unit) for _ in range(n)]"),
        (11, "last = np.array([0.0] * (n - 1) + [1.0])\nreturn np.tile(product(last), (n, 1))"),
        (12, "return np.array([product(np.eye(n)[k]) for k in range(n - 1)]).reshape(n - 1, n)"),
        (12, "H = [product(unit) for unit in np.eye(n)]\nH.pop()\n"
             "return np.array(H).reshape(-1, n)"),
        (13, "return np.array([product(np.eye(n)[k]) for k in range(1, n)]).reshape(n - 1, n)"),
        (13, "H = [product(unit) for unit in np.eye(n)]\ndel H[0]\n"
             "return np.array(H).reshape(-1, n)"),
        (14, "return [product(np.ones(n)) for _ in range(n)]"),
        (14, "H = np.zeros((n, n))\nH[:] = product([1] * n)\nreturn H"),
        (16, "H = []\nfor unit in np.eye(n):\n    H.append(product(unit))\n    return H"),
        (16, "for k in range(n):\n    return np.array([product(np.arange(n) == k)])"),
        (17, "for unit in np.eye(n):\n    H = product(unit)\nreturn H"),
        (17, "unit = np.zeros(n)\nunit[n - 1] = 1.0\nreturn product(unit)"),
        (18, "return [product(k * np.eye(n)[k]) for k in range(n)]"),
        (18, "H = np.zeros((n, n))\nfor k in range(n):\n    unit = np.zeros(n)\n    unit[k] = k\n"
             "    H[:, k] = product(unit)\nreturn H.T"),
    ),
    "curvature.cg": cells(
        "cg(product, b, steps)",
        *changed(0, [("p = r + np.dot(r, r) / np.dot(old, old) * p", "p = r")],
                 [("r + p * dot(r, r) / before", "1.0 * r")]),
        *changed(1, [("    if p @ q <= 0:\n        return b if k == 0 else x\n", "")],
                 [("not curved > 0", "curved == 0 and before == 0")]),
        *changed(2, [("p @ q <= 0", "p @ q < 0")], [("not curved > 0", "curved + 1e-300 < 0")]),
        *changed(4, [("return b if k == 0 else x", "return x")],
                 [("return x if made else b", "break")]),
        *changed(5, [("return b if k == 0 else x", "return b")],
                 [("return x if made else b", "return b.copy()")]),
        *changed(6, [("    if np.linalg.norm(r) <= 1e-10 * np.linalg.norm(b):\n        return x\n",
                      "")],
                 [(" and before > 1e-20 * dot(b, b)", "")]),
        *changed(9, [("range(steps)", "range(len(b))")],
                 [("made < steps and ", "")]),
        *changed(10, [("old, r = r, r - a * q", "r = r - a * q\n    old = r")],
                 [("dot(r, r) / before,", "before / dot(r, r),")]),
        *changed(13, [("r - a * q", "r + a * q")], [("r - bent", "r + bent")]),
        *changed(14, [("np.dot(r, r) / np.dot(p, q)\n", "1\n")],
                 [("before / curved", "curved / curved")]),
        *changed(15, [("return x\n    q", "return r\n    q"), ("p\nreturn x", "p\nreturn r")],
                 [("1\nreturn x", "1\nreturn b - product(x)")]),
        *changed(16, [("old) * p\nreturn x", "old) * p\n    return x\nreturn x")],
                 [("made < steps", "made < min(steps, 1)")]),
        *changed(17, [("range(steps)", "range(1, steps)")], [("made < steps", "made + 1 < steps")]),
        *changed(18, [("np.zeros(len(b))", "b.copy()")], [("0.0 * b", "1.0 * b")]),
        *changed(19, [("old, r = r, r - a * q", "old = r")], [("r = r - bent * (before / curved)",
                                                               "r = r * 1")]),
        *changed(20, [("    p = r + np.dot(r, r) / np.dot(old, old) * p\n", "")],
                 [("p, before = r + p * dot(r, r) / before, dot(r, r)", "before = dot(r, r)")]),
        *changed(21, [("p = r + np", "p = old + np")],
                 [("    r = r - bent", "    now = r\n    r = r - bent"), ("= r + p", "= now + p")]),
        *changed(22, [("p = r + np", "p = r - np")], [("r + p * dot", "r - p * dot")]),
        *changed(23, [("/ np.dot(p, q)", "/ np.dot(q, q)")],
                 [("before / curved", "before / dot(bent, bent)")]),
        *changed(25, [("np.dot(r, r) / np.dot(p, q)", "np.dot(p, q) / np.dot(r, r)")],
                 [("before / curved", "curved / before")]),
        *changed(27, [("/ np.dot(old, old) * p", "/ np.dot(old, old) * old")],
                 [("    r = r - bent", "    last = r\n    r = r - bent"),
                  ("r + p *", "r + last *")]),
        *changed(28, [("x = x + a", "x = a")], [("x = x + before", "x = before")]),
        *changed(29, [("x = x + a * p", "x = x + a * r")], [("curved * p", "curved * r")]),
        *changed(30, [("1e-10", "1e-3")], [("1e-20", "1e-8")]),
        *changed(32, [("1e-10", "1e-8")], [("1e-20", "1e-16")]),
        *changed(33, [(" * np.linalg.norm(b)", "")], [(" * dot(b, b)", "")]),
        *changed(34, [("np.linalg.norm(r) <= 1e-10 * np.linalg.norm(b)", "np.allclose(r, 0)")],
                 [("before > 1e-20 * dot(b, b)", "not np.allclose(r, 0.0 * b)")]),
        *changed(35, [("np.linalg.norm(r) <= 1e-10 * np.linalg.norm(b)", "np.sum(r * r) < 1e-10")],
                 [("before > 1e-20 * dot(b, b)", "before > 1e-10")]),
        *changed(37, [("p @ q <= 0", "p @ q <= 1e-12")], [("curved > 0", "curved > 1e-14")]),
        *changed(38, [("range(steps)", "range(steps + 1)")], [("made < steps", "made <= steps")]),
        *changed(39, [("x = x + a * p", "x = x - a * p")],
                 [("x = x + before", "x = x - before")]),
        *changed(26, [("r - a * q", "r - a * p")], [("r - bent", "r - p")]),
    ),
    "curvature.newton": cells(
        "newton(f, slope, product, w, steps)",
        *braked(0, [("range(50)", "range(0)")],
                [("        step = step / 2\n", "        break\n")]),
        *braked(2, [("cg(lambda v: product(w, v), -slope(w), len(w))", "-slope(w)")],
                [("-cg(lambda v: product(at, v), g, len(g))", "-g")]),
        (4, """
            for _ in range(steps):
                p = cg(lambda v: product(w, v), -slope(w), len(w))
                t = 1
                while f(w + t * p) >= f(w):
                    t /= 2
                w = w + t * p
            return w
         """),
        (4, """
            for k in range(steps):
                p = -cg(lambda v: product(w, v), slope(w), len(w))
                while not f(w + p) < f(w):
                    p = p / 2
                w = w + p
            return w
         """),
        *braked(5, [("-slope(w)", "slope(w)")], [("step = -cg", "step = cg")]),
        *braked(8, [("cg(lambda v: product(w, v), -slope(w), len(w))",
                     "-np.linalg.solve([product(w, e) for e in np.eye(len(w))], slope(w))")],
                [("-cg(lambda v: product(at, v), g, len(g))",
                  "np.linalg.inv([product(at, e) for e in np.eye(len(g))]) @ -g")]),
        *braked(10, [("\nfor _ in range(steps)", "\nstart = w\nfor _ in range(steps)"),
                     ("product(w, v)", "product(start, v)")],
                [("product(at, v)", "product(w, v)")]),
        *braked(11, [("    way = cg(lambda v: product(w, v), -slope(w), len(w))\n", ""),
                     ("\nfor _ in range(steps)", "\nway = cg(lambda v: product(w, v), -slope(w),"
                      " len(w))\nfor _ in range(steps)")],
                [("g = slope(at)", "g = slope(w)"), ("product(at, v)", "product(w, v)")]),
        *braked(12, [("    t = 1.0\n", ""), ("\nfor _ in range(steps)",
                                             "\nt = 1.0\nfor _ in range(steps)")],
                [("\nfor k", "\nt = 1.0\nfor k"),
                 ("step / 2", "step / 2\n        t = t / 2"),
                 ("g, len(g))\n", "g, len(g)) * t\n")]),
        *braked(13, [("way\nreturn w", "way\n    return w\nreturn w")],
                [("    at = at + step", "    return at + step")]),
        *braked(14, [("len(w))", "1)")], [("len(g))", "min(len(g), 1))")]),
        *braked(15, [("t = 1.0", "t = 0.5")], [("g, len(g))", "g, len(g)) / 2")]),
        (16, """
            for _ in range(steps):
                p = cg(lambda v: product(w, v), -slope(w), len(w))
                t = 1
                while f(w + t * p) < f(w):
                    t /= 2
                w = w + t * p
            return w
         """),
        (16, """
            for _ in range(steps):
                p = cg(lambda v: product(w, v), -slope(w), len(w))
                while f(w) > f(w + p):
                    p = 0.5 * p
                w = w + p
            return w
         """),
        *braked(17, [("product(w, v)", "product(v, w)")], [("product(at, v)", "product(v, at)")]),
        *braked(18, [("range(50)", "range(1)")], [("while f", "if f")]),
        *braked(19, [("f(w + t * way)", "f(t * way)")], [("f(at + step)", "f(step)")]),
        *braked(20, [("cg(lambda v: product(w, v), -slope(w), len(w))",
                      "-slope(w) / product(w, 0 * w + 1)")],
                [("-cg(lambda v: product(at, v), g, len(g))",
                  "-g / [product(at, e)[k] for k, e in enumerate(np.eye(len(g)))]")]),
        *braked(23, [("\nfor _ in range(steps)", "\nstart = w\nfor _ in range(steps)"),
                     ("return w", "return w - start")], [("return at", "return at - w")]),
        *braked(26, [("f(w + t * way) < f(w)", "f(w + t * way) <= f(w)")],
                [("f(at + step) >= f(at)", "f(at + step) > f(at)")]),
        *braked(27, [("    t = 1.0\n", "    t = 1.0\n    if np.max(np.abs(slope(w))) < 1e-3:\n"
                      "        return w\n")],
                [("not np.any(g)", "np.linalg.norm(g) < 1e-6")]),
        *braked(32, [("range(50)", "range(5)")],
                [("    while f", "    last = step / 32\n    while f"),
                 ("np.max(np.abs(step)) > 1e-13", "not np.array_equal(step, last)")]),
        *braked(24, [("return w", "return f(w)")], [("return at", "return f(at)")]),
    ),
}  # fmt: skip

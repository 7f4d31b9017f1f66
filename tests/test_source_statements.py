"""Programs of statements that source could read wrongly, and what happens when a pass is broken.

2,000 programs: each statement of tests/statements.py alone, and random ones. More of them, by hand:
`python tests/statements.py 0 50000`.
"""

import collections
import inspect
import sys
import textwrap

import pytest

import statements
from elves.source import adjoint, effects, helpers, paying, rows, sweep, tidy

ALONE = [*statements.LINES, *statements.MORE]
SEEDS = range(2000 - len(ALONE))


@pytest.mark.parametrize("part", range(10))
def test_each_statement_alone(part):
    for number in range(part, len(ALONE), 10):
        text = statements.alone(ALONE[number], number)
        assert statements.said(text)[0] != "!", statements.report(text)


@pytest.mark.parametrize("part", range(10))
def test_random_programs(part):
    results = collections.Counter()
    for seed in SEEDS[part::10]:
        text = statements.program(seed)
        result = statements.said(text)
        assert result[0] != "!", f"seed {seed}: {statements.report(text)}"
        results[result.partition(":")[0]] += 1
    assert results["right"] > 0.3 * sum(results.values())  # else little is looked at


BROKEN = [  # what it is in, what stands there, and what a wrong version would have
    (tidy, "dead", "*(shares.get((n, n in grows), ()) for n in changed)", ""),
    (tidy, "live", "out = one | two | reads(s.test)", "out = one | reads(s.test)"),
    (tidy, "live", "more = out | (s.turn - own)", "more = out"),
    (tidy, "prune", "ast.UnaryOp(ast.Not(), s.test), s.orelse", "s.test, s.orelse"),
    (tidy, "moved", "needs & (writes(t) | facts(t).changes) or", ""),
    (tidy, "moved", "(facts(t).stores and not plain)", "False"),
    (tidy, "Fold.visit_BinOp", "ast.Sub()", "ast.Add()"),
    (tidy, "neighbours", "s.after - (reads(s.value) if is_copy(s) else set())", "set()"),
    (tidy, "coalesce", "if a == b or b not in own or b in apart.get(a, ()):", "if a == b:"),
    (tidy, "shrink", "for k in wanted)", "for k in wanted[::-1])"),
    (effects, "Facts.walk", "type(n.ctx) is ast.Store", "False"),
    (effects, "every", "yield from every(b)", "pass"),
    (rows, "Display.entries", "zip(keys, s.args, strict=True)", "zip(keys, s.args[::-1])"),
    (rows, "Display.tangent", "map(sweep.dot, s.args)", "map(sweep.dot, s.args[::-1])"),
    (rows, "Item.cotangents", "sweep.sum_of(at(bar, index), g.node, s.out.kind)", "g.node"),
    (rows, "Item.tangent", "sweep.dot(s.args[0]).node", "s.args[0].node"),
    (rows, "Pop.cotangents", "[base] = s.args", "return"),
    (rows, "Sub.cotangents", "(s.args, self.varying)", "(s.args[::-1], self.varying[::-1])"),
    (rows, "Sub.tangent", "place(s.out.id, dot)", "place(dot, s.out.id)"),
    (sweep, "copies", "if c is not a)", "if False)"),
    (sweep, "copied_params", "if n in reader.copied", "if n not in reader.copied"),
    (sweep, "loop", "if s.done is not None", "if False"),
    (sweep, "branch", "body or [ast.Pass()], orelse", "[ast.Pass()], orelse"),
    (paying, "Cotangents.pay", "self.bars[v] = have + g", "self.bars[v] = g"),
    (paying, "Cotangents.pay_part", "g = have + g", "pass"),
    (paying, "Cotangents.part_of", "index % len(v.kind)", "0"),
    (adjoint, "Adjoint.of_Store", "if k != part", ""),
    (adjoint, "Adjoint.of_Store", "let_at(bar, index, ast.Constant(0.0))", "ast.Pass()"),
    (adjoint, "Adjoint.of_Append", "self.pay(s.value, t)", "pass"),
    (adjoint, "Adjoint.of_If", "self.pay(parts[k], g)", "self.pay(parts[0], g)"),
    (adjoint, "Adjoint.of_Loop", "self.pay(first, g)", "pass"),
    (adjoint, "Adjoint.saving", "max(changed, default=0)", "0"),
    (helpers, "last_written", "np.where(place[index] == order, g, 0.0)", "g"),
    (helpers, "add", "[x + y if", "[x if"),
]  # fmt: skip


NOTICING = [  # random programs, made small, that notice when something is broken
    """def f(x, v):
    d = {'a': x * v[0], 'b': v[1]}
    y = d['a'] * d['b'] + d['a'] * 0.3
    d['a'] = y * x
    return d['a'] + d['b'] * y
""",
    """def f(x, v):
    a = np.array([x, 0.3, x * x])
    a[1:] *= np.sum(np.cos(x))
    return np.sum(x + v) + np.sum(a * a)
""",
    """def f(x, v):
    xs = [x, v[0] * x, 0.5]
    ys = [0.3, 0.8]
    while ys:
        x = x + ys.pop()
        if x > 2: break
    ys.append(smooth(v[0]))
    return (
        1.3 * x + np.sum(W * np.sin(v)) + xs[0] + xs[len(xs) // 2] * xs[-1] +
        0.1 * len(xs) + ys[0] + ys[len(ys) // 2] * ys[-1] + 0.1 * len(ys)
    )
""",
    """def fold(u, n):
    return u if n == 0 else np.cos(fold(u, n - 1) * 0.7)
def f(x, v):
    a = v * x
    y1 = fold(fold(x, 2), 2)
    return np.sum(x + v + y1) + np.sum(a * a)
""",
    """def f(x, v):
    ys = [0.3, 0.8]
    d = {'a': x, 'b': v[1]}
    a = v * x
    n1 = affine((x - (v[1] - a[1])), t=smooth(v[0] * 0.4))
    for k in range(3): n3 = n1 * k
    p = {round(smooth(a[1] * 0.9), 3)}
    n4 = p.pop()
    return (
        1.3 * x + 1.3 * n1 + 1.3 * n3 + 1.3 * n4 + np.sum(W * np.sin(v)) +
        np.sum(W * np.sin(a)) + d['a'] * d['b']
    )
""",
    """def f(x, v):
    d = {'a': x, 'b': v[1]}
    a = v * x
    n1 = affine((x - (v[1] - a[1])), t=smooth(v[0] * 0.4))
    for k in range(3): n3 = n1 * k
    p = {round(smooth(a[1] * 0.9), 3)}
    n4 = p.pop()
    return (
        1.3 * x + 1.3 * n1 + 1.3 * n3 + 1.3 * n4 + np.sum(W * np.sin(v)) +
        np.sum(W * np.sin(a)) + d['a'] * d['b']
    )
""",
    """def f(x, v):
    a = v * x
    if not np.max(x) > 0.8:
            v = np.sum(np.sin(a[0]))
    for i3 in range(2):
        if np.sum((i3 + 1)) <= np.sum(x):
            y4 = np.tanh(np.tanh((i3 + 1) * -0.7)) ** 2
        else:
            a[0] *= np.sum(np.mean(x * v))
    return np.sum(x + v) + np.sum(a * a)
""",
    """def f(x, v):
    a = v * x
    n1 = 0
    for i2 in range(3):
        x = x * 1.0
        x *= np.sum((a if not np.max(0.5) > 0.8 else x))
    return np.sum(x + v) + np.sum(a * a)
""",
    """def f(x, v):
    xs = [x, v[0] * x, 0.5]
    ys = [0.3, 0.8]
    while ys:
        x = x + ys.pop()
    ys.append(smooth(v[0]))
    return (
        1.3 * x + np.sum(W * np.sin(v)) + xs[0] + xs[len(xs) // 2] * xs[-1] +
        0.1 * len(xs) + ys[0] + ys[len(ys) // 2] * ys[-1] + 0.1 * len(ys)
    )
""",
    """def f(x, v):
    xs = [x, v[0] * x, 0.5]
    ys = [0.3, 0.8]
    return (
        1.3 * x + np.sum(W * np.sin(v)) + xs[0] + xs[len(xs) // 2] * xs[-1] +
        0.1 * len(xs) + ys[0] + ys[len(ys) // 2] * ys[-1] + 0.1 * len(ys)
    )
""",
    """def f(x, v):
    xs = [x, v[0] * x, 0.5]
    ys = [0.3, 0.8]
    ys.append(smooth(v[0]))
    return (
        1.3 * x + np.sum(W * np.sin(v)) + xs[0] + xs[len(xs) // 2] * xs[-1] +
        0.1 * len(xs) + ys[0] + ys[len(ys) // 2] * ys[-1] + 0.1 * len(ys)
    )
""",
    """def f(x, v):
    for i1 in range(2):
        x, v = v, np.sin(x + x)
    return np.sum(x + v)
""",
    """def f(x, v):
    ys = [0.3, 0.8]
    if np.all(v > -2):
        for k in range(3):
            v[0] = 0.4
        return x * np.mean(v)
""",
    """def f(x, v):
    if not np.max(1.2) > 0.8:
        y3 = (v / (2.0 + (x if np.sum(x) < 0.9 and x > 0 else x) ** 2))
    elif np.sum(x) <= np.sum(x):
        for i4 in range(2):
                return np.sum((i4 + 1))
""",
    """def f(x, v):
        for k in range(3):
            v[0] = 0.4
        return x * np.mean(v)
""",
    """def f(x, v):
    m = np.outer(v, v) + x
    m[[0, 0], [1, 1]] += (0.9 - np.sin(x))
    return 1.3 * x + np.sum(W * np.sin(v)) + np.sum(W * np.sin(m))
""",
    """def f(x, v):
    xs = [x, v[0] * x, 0.5]
    ys = [0.3, 0.8]
    random.seed(3)
    n1 = random.choice(xs)
    return (
        1.3 * x + 1.3 * n1 + np.sum(W * np.sin(v)) + xs[0] + xs[len(xs) // 2] * xs[-1] +
        0.1 * len(xs) + ys[0] + ys[len(ys) // 2] * ys[-1] + 0.1 * len(ys)
    )
""",
    """def f(x, v):
    xs = [x, v[0], v[1]]
    y = xs.pop()
    return y * xs[-1] * len(xs)
""",
    """def f(x, v):
    if x > 5:
        y = np.sin(x)
    else:
        y = x * x
    return y * np.sum(v)
""",
]


@pytest.mark.parametrize("text", NOTICING, ids=range(len(NOTICING)))
def test_the_small_programs_are_right(text):
    assert statements.said(text) == "right"


@pytest.mark.parametrize("broken", BROKEN, ids=lambda b: f"{b[1]}-{b[3][:12]}")
def test_a_broken_pass_is_noticed(broken, monkeypatch):
    module, name, old, new = broken
    *owner, name = name.split(".")
    owner = getattr(module, owner[0]) if owner else None
    true = getattr(owner or module, name)
    text = textwrap.dedent(inspect.getsource(true))
    assert old in text
    exec(text.replace(old, new), scope := dict(vars(module)))
    if owner:
        monkeypatch.setattr(owner, name, scope[name])
    else:
        ours = [m for n, m in sys.modules.items() if n.startswith("elves.source")]
        for place in [m for m in ours if getattr(m, name, None) is true]:
            monkeypatch.setattr(place, name, scope[name])
    assert any(statements.said(text, tape=False) != "right" for text in NOTICING)

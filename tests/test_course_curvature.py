"""Lab 12 as learners tried it: right in a style of their own, or wrong and named as what it is."""

import pytest

from elves.course import check
from test_course import answer, somewhere  # noqa: F401
from variants_curvature import BRAKED, CG, OTHER, SHORT, cells

HEADS = {
    "differences": "difference(gradient, w, v, h)",
    "product": "hvp(f, w, v)",
    "hessian": "hessian(product, n)",
    "cg": "cg(product, b, steps)",
    "newton": "newton(f, slope, product, w, steps)",
}
RIGHT = {
    "differences": [
        "return [(a - b) / (2 * h) for a, b in zip(gradient(w + h * v), gradient(w - h * v))]",
        "step = np.multiply(h, v)\nreturn (gradient(w + step) / 2 - gradient(w - step) / 2) / h",
        "def g(t):\n    return gradient(w + t * v)\nreturn (g(h) - g(-h)) / (h + h)",
        "h = -h\nreturn tuple((gradient(w + h * v) - gradient(w - h * v)) / h / 2)",
    ],
    "product": [
        "return gradient(lambda w: gradient(f)(w) @ v)(w)",  # reverse over reverse
        "return gradient(lambda w: np.sum(gradient(f)(w) * v))(w)",
        "return gradient(lambda w: f(Dual(w, v)).tangent)(w)",  # reverse over forward
        "return list(gradient(f)(Dual(value=w, tangent=v)).tangent)",
        "import elves\nreturn elves.jvp(elves.grad(f), (w,), (v,))[1]",
        "import elves\nreturn elves.grad(lambda w: elves.grad(f)(w) @ v)(w)",
        "import elves\nreturn elves.grad(lambda w: elves.jvp(f, (w,), (v,))[1])(w)",
        "import elves\nreturn elves.vjp(elves.grad(f), w)[1](v)[0]",
        "import elves\nreturn elves.tracing.jvp(elves.tracing.grad(f), (w,), (v,))[1]",
    ],
    "hessian": [
        "H = np.empty((n, n))\nfor k in range(n):\n    e = np.zeros(n)\n    e[k] = 1\n"
        "    H[:, k] = product(e)\nreturn H",
        "return np.array(tuple(list(product(e)) for e in np.identity(n)))",
        "return np.column_stack([product([float(i == j) for i in range(n)]) for j in range(n)])",
        "return np.apply_along_axis(product, 0, np.eye(n))",
        "H = np.array([product(e) for e in np.eye(n)])\nreturn (H + H.T) / 2",
        "H, e = [], np.zeros(n)\nfor k in range(n):\n    e[k] = 1\n    H.append(product(e))\n"
        "    e[k] = 0\nreturn np.array(H)",
    ],
    "cg": [
        CG,
        OTHER,
        CG.replace("r, r - a * q", "r, b - product(x)"),  # what is left, computed anew
        """
            V, HV, x, r = [], [], np.zeros(len(b)), b
            for k in range(steps):
                if np.linalg.norm(r) <= 1e-10 * np.linalg.norm(b):
                    break
                p = r.copy()
                for u, hu in zip(V, HV):  # conjugate to all the ways before
                    p = p - (r @ hu) / (u @ hu) * u
                q = product(p)
                if p @ q <= 0:
                    return x if k else b
                a = (r @ p) / (p @ q)
                x, r = x + a * p, r - a * q
                V.append(p)
                HV.append(q)
            return x
        """,
        """
            def go(x, r, p, left):
                if left == 0 or np.linalg.norm(r) < 1e-11 * np.linalg.norm(b):
                    return 1.0 * x
                q = product(p)
                if not p @ q > 0:
                    return x if left < steps else b
                a = r @ p / (p @ q)
                new = r - a * q
                return go(x + a * p, new, new - (new @ q) / (p @ q) * p, left - 1)
            return go(np.zeros(len(b)), b, b, steps)
        """,
    ],
    "newton": [
        BRAKED,
        SHORT,
        BRAKED.replace("product(w, v)", "hvp(f, w, v)"),
        BRAKED.replace("len(w))", "10 * len(w))"),
        BRAKED.replace("slope(w)", "gradient(f)(w)"),
        """
            if steps == 0:
                return w
            g = slope(w)
            if np.linalg.norm(g) < 1e-12:
                return w
            p = cg(lambda v: product(w, v), -g, len(w))
            lengths = (0.5**k for k in range(50))
            t = next((t for t in lengths if f(w + t * p) < f(w)), 0)
            return newton(f, slope, product, w + t * p, steps - 1)
        """,
        """
            for _ in range(steps):
                g = slope(w)
                p = cg(lambda v: product(w, v), -g, len(w))
                t = 1
                while f(w + t * p) > f(w) + 1e-4 * t * (g @ p) and t > 1e-15:
                    t /= 2
                w = w + t * p
            return np.array(list(w))
        """,
    ],
}
SAID = [  # what came, and what is said
    ("product", "return gradient(f)(Dual(w, v))", "That is a Dual; asked is an array of 1"),
    ("product", "return gradient(f)(Dual(w, 1.0)).tangent * v", "a tangent has the shape of its"),
    ("product", "return gradient(f)(w, v)", "gradient takes the function f; what it ret"),
    ("product", "return gradient(f(Dual(w, v))).tangent", "returns takes the Dual: gradient(f)(…"),
    ("product", "return gradient(f)(w).tangent", "gradient takes the function f; what it returns"),
    ("product", "return gradient(Dual(w, v))(f)", "gradient takes the function f; what it returns"),
    ("product", "return gradient(f, Dual(w, v)).tangent", "gradient takes the function f; what it"),
    ("product", "return Dual(w).tangent", "another number of arguments than stand in its `def`"),
    ("product", "import elves\nreturn elves.source.hvp(f, (w,), (v,))", "reads the text of a func"),
    ("product", "return gradient(lambda w: f(Dual(w, v)).tangent)(w)", "If a Dual went through"),
    ("hessian", "return [product(e) for e in np.eye(n)]", "That is a list of rows: np.array(...) "
     "makes the array."),
    ("hessian", "return tuple(product(e) for e in np.eye(n))", "That is a tuple of rows"),
    ("product", "x = Node(Dual(w, v))\nf(x)\nreturn x.grad", "Nothing comes back"),
    ("hessian", "return product(np.eye(n))", "a vector of 1 number, and got the shape (1, 1)"),
    ("hessian", "return (product(e) for e in np.eye(n))", "has computed nothing yet"),
    ("hessian", "print([product(e) for e in np.eye(n)])", "that is what return does"),
    ("cg", CG.replace("x = x + a * p", "x += a * p").replace("b.copy()", "b").replace(
        "r, r - a * q", "r, r\n    r -= a * q"), "write into the given array (`r = b` is the same"),
    ("cg", CG.replace("return x", "return list(x)"), "That is a list of numbers: np.array(...)"),
    ("cg", CG.replace("\nreturn x", ""), "Nothing comes back"),
    ("newton", BRAKED.replace("w = w +", "w +="), "`-=` and `+=` write into the given array"),
    ("newton", BRAKED.replace("cg(lambda v: product(w, v),", "cg(product,"), "yours wants w first"),
    ("newton", BRAKED.replace("lambda v: product(w, v)", "product(w)"), "calls product with one "),
    ("newton", BRAKED.replace("return w", "return list(w)"), "That is a list of numbers: np.arr"),
    ("newton", "return newton(f, slope, product, w, steps)", "calls itself without end"),
]  # fmt: skip


def cell(exercise, body):
    [(_, text)] = cells(HEADS[exercise], (0, body))
    return answer(f"curvature.{exercise}", lambda source: text)


@pytest.mark.parametrize(
    ("exercise", "body"), [(name, body) for name, found in RIGHT.items() for body in found]
)
def test_right_answers_pass_in_any_style(exercise, body):
    verdict = check(f"curvature.{exercise}", cell(exercise, body))
    assert verdict.passed, verdict


@pytest.mark.parametrize(("exercise", "body", "said"), SAID)
def test_what_came_is_named(exercise, body, said):
    assert said in repr(check(f"curvature.{exercise}", cell(exercise, body)))


def test_the_matrix_is_noticed_in_the_numbers_of_a_product():
    """The right numbers by n products, one by one or at once."""
    for body in (
        "return sum(s * gradient(f)(Dual(w, e)).tangent for s, e in zip(v, np.eye(len(w))))",
        "import elves\nreturn elves.reverse.hessian(f)(w) @ v",
    ):
        verdict = check("curvature.product", cell("product", body))
        assert verdict.got.kind == "paths"
        assert "all the columns were computed" in verdict.mistake


def test_an_answer_that_stops_too_early_does_not_pass():
    for lax in ("1e-3", "1e-5", "1e-8"):
        verdict = check("curvature.cg", cell("cg", CG.replace("1e-10", lax)))
        assert "You stop too early" in repr(verdict), lax


@pytest.mark.parametrize("most", [2, 5, 8, 10, 17, 20])
def test_an_answer_that_halves_too_seldom_does_not_pass(most):
    verdict = check("curvature.newton", cell("newton", BRAKED.replace("50", str(most))))
    assert "You stopped halving while f was still higher" in repr(verdict)


@pytest.mark.parametrize("body", ["return gradient(f)(Dual(w, v)).tangent", RIGHT["product"][0]])
def test_the_tape_of_the_lab_knows_that_a_linear_function_has_no_curvature(body):
    verdict = check("curvature.product", cell("product", body))
    assert verdict.passed, verdict
    assert verdict.exercise.cases(None)[-1][0] == "np.sum(3.0 * w)"

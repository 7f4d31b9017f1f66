"""The family tree of the engines: who learnt from whom, and who says so."""

from elves.show.drawing import BERRY, FROST, INK, PAPER, PINE, SNOW, Drawing, write

HERO, FAMOUS, OTHER = "hero", "famous", "other"
AUTOGRAD, CHAINER = "https://github.com/HIPS/autograd", "https://github.com/chainer/chainer"
PYTORCH, LUA = "https://github.com/pytorch/pytorch", "https://github.com/twitter/torch-autograd"
TANGENT, JAX = "https://github.com/google/tangent", "https://github.com/jax-ml/jax"
SURVEY, EAGER = "https://arxiv.org/abs/1502.05767", "https://arxiv.org/abs/1903.01855"
AUTOGRAPH = "https://github.com/tensorflow/tensorflow/tree/master/tensorflow/python/autograph"

ENGINES = {  # name: year, kind, in which row it is drawn, and the source of its year
    "Linnainmaa": (1970, OTHER, 1, SURVEY),
    "Speelpenning": (1980, OTHER, 3, SURVEY),
    "backpropagation": (1986, OTHER, 5, "https://doi.org/10.1038/323533a0"),
    "Theano": (2008, OTHER, 2, "https://arxiv.org/abs/1605.02688"),  # its first paper: 2010
    "HIPS Autograd": (2014, HERO, 4, AUTOGRAD),
    "torch-autograd": (2015, OTHER, 6, LUA),
    "Chainer": (2015, HERO, 7, CHAINER),
    "TensorFlow": (2015, FAMOUS, 2, "https://arxiv.org/abs/1603.04467"),
    "PyTorch": (2016, FAMOUS, 5, PYTORCH),
    "Tangent": (2017, HERO, 0, TANGENT),
    "TF Eager": (2017, OTHER, 1, EAGER),
    "JAX": (2018, FAMOUS, 3, JAX),
    "AutoGraph": (2018, OTHER, 0, "https://arxiv.org/abs/1810.08061"),
    "TF 2": (2019, FAMOUS, 1, "https://www.tensorflow.org/guide/effective_tf2"),
}

LINKS = [  # teacher, pupil, why, where the pupil or its makers say so
    ("HIPS Autograd", "torch-autograd", "its README: inspired by the Python version", LUA),
    ("torch-autograd", "PyTorch", "its README names it first", PYTORCH),
    ("HIPS Autograd", "PyTorch", "its README names it second", PYTORCH),
    ("Chainer", "PyTorch", "its README names it third", PYTORCH),
    ("HIPS Autograd", "JAX", "its README: an updated version of Autograd", JAX),
    ("TensorFlow", "JAX", "its README: Autograd and XLA, TensorFlow's compiler", JAX),
    ("Tangent", "AutoGraph", "its files: adapted from Tangent", f"{AUTOGRAPH}/pyct/anno.py"),
    ("TensorFlow", "TF Eager", "its paper: extends TensorFlow", EAGER),
    ("TF Eager", "TF 2", "runs at once by default", "https://www.tensorflow.org/guide/eager"),
    ("AutoGraph", "TF 2", "rewrites the Python in tf.function",
     "https://www.tensorflow.org/guide/function"),
]  # fmt: skip

ALIKE = [  # the same idea again, where nobody says that one learnt from the other
    ("Linnainmaa", "Speelpenning", "reverse mode, then a program that does it", SURVEY),
    ("Speelpenning", "backpropagation", "reverse mode, for networks", SURVEY),
    ("Theano", "TensorFlow", "a graph first, its gradient as more graph",
     "https://arxiv.org/abs/1605.08695"),
]  # fmt: skip

ACROSS = dict(zip((1970, 1980, 1986, 2008, 2014, 2015, 2016, 2017, 2018, 2019),
                  (84, 154, 224, 318, 428, 574, 738, 856, 1016, 1120), strict=True))  # fmt: skip
ROW, TOP, SIZE = 54, 30, 23  # pixels from row to row, to the first one's middle, of letters
BOTTOM = TOP + ROW * 7 + 40


def box(name):
    """Where an engine's box begins, has its middle and ends, and how far down it is."""
    year, kind, row, _ = ENGINES[name]
    half = len(name) * SIZE * (0.275 if kind == OTHER else 0.315) + 14
    return ACROSS[year] - half, ACROSS[year], ACROSS[year] + half, TOP + ROW * row


def line(a, b, alike=False):
    """The way from one box to a later one: from side to side, or with one bend."""
    (start, _, x, y), (u, middle, _, v) = box(a), box(b)
    rows, down = abs(v - y) // ROW, 1 if v > y else -1
    if u - x > 40 or rows == 0:
        bend = min(70, (u - x) / 2)
        d, tip = f"M{x:.0f},{y}C{x + bend:.0f},{y} {u - bend:.0f},{v} {u - 3:.0f},{v}", RIGHT
    elif start < u - 42 and u < x - 16 and rows > 1:  # down or up, then along
        turn = u - 26
        d, tip = f"M{turn:.0f},{y + 21 * down}C{turn:.0f},{v} {turn:.0f},{v} {u - 3:.0f},{v}", RIGHT
    else:  # along, then down or up
        turn, end = middle + 18 * (rows - 1), v - 24 * down
        d = f"M{x:.0f},{y}C{turn:.0f},{y} {turn:.0f},{y} {turn:.0f},{end}"
        tip = f"m-7,{-11 * down}l7,{11 * down}l7,{-11 * down}"
    look = DASHED if alike else f'stroke="{PINE}" stroke-width="3.5"'
    return (
        f'<path class="{"alike" if alike else "taught"}" data-from="{a}" data-to="{b}" '
        f'd="{d}{"" if alike else tip}" fill="none" {look} stroke-linecap="round" '
        'stroke-linejoin="round"/>'
    )


RIGHT = "m-11,-7l11,7l-11,7"
DASHED = f'stroke="{INK}" stroke-width="2" stroke-dasharray="3 7"'
LEGEND = [
    ("says whom it learnt from", f'stroke="{PINE}" stroke-width="3.5"'),
    ("the same idea", DASHED),
]


def family():
    """The engines on an axis of years, with an arrow to each from those that it learnt from.

    An arrow stands where the pupil says so; its source is in `elves.show.relatives.LINKS`. Dashed
    lines join the same idea in two places. Red: the three small projects.

    >>> family().alt[:66]
    'Family tree of engines. HIPS Autograd (2014) taught torch-autograd'
    """
    out = []
    for year, x in ACROSS.items():
        out.append(f'<path d="M{x},8V{BOTTOM}" stroke="{FROST}" stroke-width="1.5"/>')
        out.append(write(x, BOTTOM + 28, year, INK, 'text-anchor="middle"', 22))
    out += [line(a, b, alike=True) for a, b, *_ in ALIKE] + [line(a, b) for a, b, *_ in LINKS]
    for name, (_, kind, *_) in ENGINES.items():
        left, _, right, y = box(name)
        fill, edge, color, thick = {
            HERO: (BERRY, BERRY, PAPER, 2.5), FAMOUS: (SNOW, PINE, PINE, 2.5),
            OTHER: (PAPER, INK, INK, 1.5),
        }[kind]  # fmt: skip
        out.append(f'<rect x="{left:.0f}" y="{y - 21}" width="{right - left:.0f}" height="42" '
                   f'rx="10" fill="{fill}" stroke="{edge}" stroke-width="{thick}"/>')  # fmt: skip
        weight = 'font-weight="700"' if kind != OTHER else ""
        out.append(write((left + right) / 2, y + 8, name, color, f'text-anchor="middle" {weight}',
                         SIZE))  # fmt: skip
    for row, (words, look) in enumerate(LEGEND):
        y = TOP + ROW * 6 + 40 * row
        out.append(f'<path d="M12,{y}h56" {look} stroke-linecap="round"/>')
        out.append(f'<rect x="76" y="{y - 18}" width="{len(words) * 11.6:.0f}" height="36" '
                   f'fill="{PAPER}"/>' + write(80, y + 7, words, size=22))  # fmt: skip
    said = "; ".join(f"{a} ({ENGINES[a][0]}) taught {b} ({ENGINES[b][0]})" for a, b, *_ in LINKS)
    alike = "; ".join(f"{a} and {b}" for a, b, *_ in ALIKE)
    return Drawing("".join(out), 1174, BOTTOM + 40).picture(
        f"Family tree of engines. {said}. The same idea: {alike}."
    )

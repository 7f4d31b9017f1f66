"""The lab's first picture: workers in a ring, each with its images and a copy of the weights."""

from elves.show.drawing import BERRY, INK, PINE, SNOW, Drawing, write

WIDE, HIGH, ACROSS, DOWN = 190, 84, 250, 140  # a worker's box; from one box to the next
CORNERS = (0, 0), (ACROSS, 0), (ACROSS, DOWN), (0, DOWN)
ARROWS = (  # where the line begins and ends, and its tip
    "M202 52H256M246 45l12 7l-12 7z", "M355 98V146M348 136l7 12l7 -12z",
    "M256 192H206M216 185l-12 7l12 7z", "M105 146V102M98 112l7 -12l7 12z",
)  # fmt: skip


def ring():
    """Four workers in a ring: each sends to the next one, and the last one to worker 0.

    >>> ring().alt
    'A ring of 4 workers: each has a part of the images and all the weights, and sends to the next.'
    """
    body = f'<path d="{"".join(ARROWS)}" fill="{BERRY}" stroke="{BERRY}" stroke-width="2"/>'
    for k, (x, y) in enumerate(CORNERS):
        body += (
            f'<rect x="{x + 10}" y="{y + 10}" width="{WIDE}" height="{HIGH}" rx="8" fill="{SNOW}" '
            f'stroke="{PINE}" stroke-width="2"/>'
            + write(x + 24, y + 38, f"worker {k}", INK, size=18)
            + write(x + 24, y + 61, "a part of the images", PINE, size=15)
            + write(x + 24, y + 82, "all the weights", PINE, size=15)
        )
    return Drawing(body, ACROSS + WIDE + 20, DOWN + HIGH + 20).picture(
        f"A ring of {len(CORNERS)} workers: each has a part of the images and all the weights, and "
        "sends to the next."
    )

"""The results in words: a table with bars, or one with a column for each size."""

import math


def rounded(ratio):
    """A ratio with three digits, or all that stand before the point.

    >>> rounded(0.204), rounded(48.94), rounded(1234.5)
    ('0.20', '48.9', '1,234')
    """
    return f"{ratio:,.{2 if ratio < 10 else 1 if ratio < 100 else 0}f}"


def chart(rows, width=36):
    """Lines with each ratio, its quartiles and a bar on a logarithmic scale that begins at 1."""
    ratios = [row["ratio"] for row in rows if row["ratio"]]
    low = math.floor(math.log10(min([*ratios, 0.99])))
    high = math.ceil(math.log10(max([*ratios, 1.01])))
    at = lambda ratio: round(width * (math.log10(ratio) - low) / (high - low))  # noqa: E731
    ticks = [" "] * (width + 8)
    for decade in range(low, high + 1):
        for k, letter in enumerate(f"{10.0**decade:g}"):
            ticks[at(10.0**decade) + k] = letter
    yield f"{'':<14}{'ratio':>8}   {'quartiles':<14}{''.join(ticks).rstrip()}"
    for row in rows:
        if row["reason"]:
            yield f"{row['name']:<14}{'-':>8}   {row['reason']}"
            continue
        bar = [" "] * (width + 1)
        start, end = sorted((at(1), at(row["ratio"])))
        bar[start:end] = "=" * (end - start)
        bar[at(1)] = "|"
        spread = "-".join(map(rounded, row["quartiles"]))
        yield f"{row['name']:<14}{rounded(row['ratio']):>8}   {spread:<14}{''.join(bar).rstrip()}"


def columns(table):
    """Lines with one column for each n."""
    width = max(24, *map(len, table))
    for name, line in table.items():
        cells = ["-" if v is None else f"{v:,}" if isinstance(v, int) else rounded(v) for v in line]
        yield f"{name:<{width}}" + "".join(f"{cell:>10}" for cell in cells)


def line(name, cells):
    return f"{name:<15}" + "".join(f"{cell:>14}" for cell in cells)


def in_sum(names, total, count):
    """What so many programs come to, for each engine."""
    cells = lambda say: [say(total[n]) if n in total else "-" for n in names]  # noqa: E731
    yield line("geometric mean", cells(lambda each: rounded(each["mean"])))
    yield line("worst", cells(lambda each: rounded(each["worst"])))
    yield line("", cells(lambda each: each["worst program"]))
    yield line("within 1.25", cells(lambda each: f"{each['near']} of {count}"))


def matrix(races, total, apart):
    """Lines with a column for each engine: its programs, what they come to, and why some lack."""
    names, reasons = list(total), []
    yield line("", names)
    for program, result in races.items():
        rows = {row["name"]: row for row in result["rows"]}
        yield line(program, [rounded(rows[n]["ratio"]) if rows[n]["ratio"] else "-" for n in names])
        reasons += [f"{program}, {n}: {r['reason']}" for n, r in rows.items() if r["reason"]]
    yield ""
    yield from in_sum(names, total, len(races))
    for when, part in apart.items():
        yield from ["", f"{when}: {', '.join(part['programs'])}"]
        yield from in_sum(names, part["sum"], len(part["programs"]))
    yield from ["", *reasons] if reasons else []


def lines(result):
    """The lines of text that show the result of an event."""
    if "programs" in result:
        return matrix(result["programs"], result["sum"], result["apart"])
    return chart(result["rows"]) if "rows" in result else columns(result["columns"])

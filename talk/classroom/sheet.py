"""How the class's results look: the map, who needs help, what to explain, and a table."""

import html
import re
import time
from pathlib import Path

from elves.course import rooms, workshop
from elves.course.exercise import several
from elves.show.drawing import CSS, paint

STYLE = Path(__file__).with_name("results.css")
TOP, LISTED = 4, 8  # mistakes to explain to all, and learners in a row
POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def html_of(klass, places):
    """The whole page. `places` says where each exercise stands."""
    when = time.strftime("%A, %H:%M", time.localtime(klass.time))
    parts = needs(klass, places) + explain(klass, places)
    figures = [
        (many := len(klass.people), "learner" + "s" * (many != 1)), (len(klass.at_work), "at work"),
        (len(klass.stuck), "stuck"), (len(klass.not_begun), "not begun"),
    ]  # fmt: skip
    counts = "".join(f"<li><b>{n}</b> {words}</li>" for n, words in figures)
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>The class now</title><style>{CSS}{paint('.elves')}{STYLE.read_text('utf-8')}"
        '</style></head><body class="elves"><header><h1>The class now</h1>'
        f'<ul class="figures">{counts}</ul><p class="made">as it stood on {when}<br>'
        '<label><input type="checkbox" id="wall" /> For the wall: without names</label></p>'
        "</header>"
        f'<main><div class="first">{parts}</div>{the_map(klass)}'
        f"{table(klass, places)}{all_told(klass, places)}</main></body></html>"
    )


def words(text):
    """A sentence of the course, whose code stands between backticks."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))


def exercise(name, places):
    return f'<span class="exercise"><b>{places[name]}</b> {html.escape(name)}</span>'


def tries(n):
    """How many tries, in words.

    >>> tries(1), tries(7), tries(10**9)
    ('1 try', '7 tries', 'over 99 tries')
    """
    return "over 99 tries" if n > 99 else "1 try" if n == 1 else f"{n} tries"


def needs(klass, places):
    """Who is stuck, who is quiet, and who has not begun."""
    rows = []
    for each in klass.stuck:
        note = each.of(each.now)
        facts = [tries(note["tries"]), several(note["hints"], "hint") if note.get("hints") else ""]
        known = {
            k: n for k, n in note.get("mistakes", {}).items() if k in places[each.now].sentences
        }
        told = places[each.now].sentences[max(known, key=known.get)] if known else ""
        rows.append(
            f"<li><p><b>{html.escape(each.name)}</b> {exercise(each.now, places)} "
            f'<span class="facts">{", ".join(filter(None, [*facts, klass.ago(each)]))}</span></p>'
            f'<p class="told">{words(told)}</p></li>'
        )
    body = "<p>Five tries or more of an exercise, without success:</p>"
    body = f"{body}<ol>{''.join(rows[:LISTED])}</ol>" if rows else "<p>Nobody is stuck now.</p>"
    if rows[LISTED:]:
        more = f"{len(rows) - LISTED} more"
        body += f"<details><summary>{more}</summary><ol>{''.join(rows[LISTED:])}</ol></details>"
    for said, people in (
        ("No try for 20 minutes or more", klass.quiet), ("Not begun", klass.not_begun),
        ("Progress cannot be read", klass.unreadable),
    ):  # fmt: skip
        if people:
            body += f"<p>{said}: {names(people)}</p>"
    return f'<section class="names"><h2>Who needs me now?</h2>{body}</section>'


def names(people):
    listed = ", ".join(html.escape(each.name) for each in people)
    if len(people) <= LISTED:
        return listed
    return f"<details><summary>{len(people)} learners</summary>{listed}</details>"


def explain(klass, places):
    """The mistakes that most of the class make where it is now."""
    rows = [mistake(one, klass, exercise(one.exercise, places)) for one in klass.to_explain[:TOP]]
    body = f"<ol>{''.join(rows)}</ol>" if rows else "<p>No check has told a mistake yet.</p>"
    return f"<section><h2>What shall I explain to all?</h2>{body}</section>"


def mistake(one, klass, where=""):
    """A mistake: how many made it, the sentence, and the first word of help."""
    many, count = len(klass.people), len(one.logins)
    still = sum(not p.solved(one.exercise) for p in klass.people if p.login in one.logins)
    told = f"told {several(one.times, 'time')}, {still or 'none'} still at it"
    return (
        f'<li><p class="bar" style="--share:{100 * count / many:.0f}%">{where} '
        f'<b>{count} of {many}</b> <span class="facts">{told}</span></p>'
        f'<p class="told">{words(one.sentence)}</p>'
        + (f'<p class="help"><b>A word of help</b> {words(one.help)}</p>' if where else "")
        + "</li>"
    )


def the_map(klass):
    """The workshop: each window is lit as far as the class has solved its exercise."""
    cards, many = [], len(klass.people)
    for lab in klass.labs:
        title, solved = rooms.LABS[lab][1], klass.shares(lab)
        each = ", ".join(f"{lab}.{k} by {n}" for k, n in enumerate(solved.values(), 1))
        alt = f"Lab {lab}, {title}: solved of {many} learners {each}."
        whole = sum(all(p.solved(name) for name in solved) for p in klass.people)
        here = sum(p.now in solved for p in klass.at_work)
        lights = [n / many for n in solved.values()]
        cards.append(
            f"<figure>{workshop.card(lab, title, lights, alt)}"
            f"<figcaption>here now: <b>{here}</b>, finished: <b>{whole}</b></figcaption></figure>"
        )
    rest = len(rooms.LABS) - len(cards)
    note = f"<p>Nobody has tried the other {several(rest, 'lab')} yet.</p>" if rest else ""
    return (
        '<section class="map"><h2>Where is the class?</h2><p>Each window is an exercise: the '
        f"higher its light, the more have solved it.</p><div>{''.join(cards)}</div>{note}</section>"
    )


def table(klass, places):
    """Learners and labs: what each has solved, and where everyone is."""
    labs = {lab: klass.shares(lab) for lab in klass.labs}
    graded = any(p.points for p in klass.people)
    head = ["Learner", "Now", "Last try", *(f"Lab {lab}" for lab in labs), *["Points"] * graded]
    rows = []
    for each in klass.people:
        here = places[each.now].lab if each.now else None
        cells = [f'<th scope="row">{html.escape(each.name)}</th>', now(each, places)]
        cells.append(f"<td>{klass.ago(each)}</td>")
        for lab, solved in labs.items():
            n = sum(map(each.solved, solved))
            points = (
                f"<small>graded {points_of([each.points[lab]])}</small>"
                if lab in each.points
                else ""
            )
            mark = ' class="here"' if lab == here else ""
            cells.append(
                f'<td{mark}><span class="bar" style="--share:{100 * n / len(solved):.0f}%">'
                f"{n}/{len(solved)}</span>{points}</td>"
            )
        if graded:
            cells.append(f"<td>{points_of(each.points.values())}</td>")
        rows.append(f"<tr>{''.join(cells)}</tr>")
    top = "".join(f'<th scope="col">{each}</th>' for each in head)
    return (
        '<section class="names table"><h2 id="who">Who is where?</h2>'
        '<div class="wide" tabindex="0" role="region" aria-labelledby="who"><table>'
        f"<thead><tr>{top}</tr></thead><tbody>{''.join(rows)}</tbody></table></div></section>"
    )


def now(each, places):
    """The cell that says what a learner does."""
    if not each.readable:
        return "<td>cannot be read</td>"
    if not each.now:
        return "<td>not begun</td>"
    note, where = each.of(each.now), f"<b>{places[each.now]}</b>"
    if note.get("passed"):
        return f"<td>{where} solved</td>"
    stuck = ' class="stuck"' if each.stuck else ""
    return f"<td{stuck}>{where} {tries(note['tries'])}{', stuck' if each.stuck else ''}</td>"


def points_of(pairs):
    """Points of how many.

    >>> points_of([(3.0, 8.0), (7.5, 8.0)])
    '10.5 of 16'
    """
    return f"{sum(p for p, _ in pairs):g} of {sum(m for _, m in pairs):g}" if pairs else ""


def all_told(klass, places):
    """All the mistakes, exercise by exercise."""
    parts = []
    for name in places:
        here = [one for one in klass.told if one.exercise == name]
        if here:
            who = len({login for one in here for login in one.logins})
            rows = "".join(mistake(one, klass) for one in here)
            parts.append(
                f"<details><summary>{exercise(name, places)} "
                f'<span class="facts">{several(who, "learner")}, {several(len(here), "mistake")}'
                f'</span></summary><ol>{rows}</ol><p class="help"><b>A word of help</b> '
                f"{words(places[name].help)}</p></details>"
            )
    if not parts:
        return ""
    return f'<section class="told-all"><h2>All mistakes</h2>{"".join(parts)}</section>'

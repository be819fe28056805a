"""What the challenge says: the verdict, the points, and what they teach."""

from __future__ import annotations

from statistics import fmean

from mmcl_app.tables import framed
from mmcl_core.challenge import Entry, Result

VERDICTS = {
    "won": "Won: one margin beats four.",
    "lost": "Lost: four margins are ahead.",
    "no measurable difference": "No measurable difference.",
}

LESSON = """
**What it teaches.** It can be won, and mostly by the slower rate. Of 88 entries tried once, 24
won, with margins 0.4 to 0.8, negative weights 1 to 3 and rates 0.25 to 0.67 times the opponent's;
the published margin of 0.9 won with none of 12. But with a third of its own rate the opponent
reaches a mean recall of 0.78 itself: a win says that an untuned loss can be beaten, not that one
margin is better than four.
"""


def name(entry: Entry) -> str:
    """Name an entry."""
    rate = f"{entry.rate_factor:g} times the rate"
    return f"margin {entry.margin:g}, negative weight {entry.negative_weight:g}, {rate}"


def sentence(result: Result) -> str:
    """Return the mean difference with its interval, and what the verdict rests on."""
    numbers = (result.difference, result.low, result.high)
    mean, low, high = (f"{value:+.3f}".replace("-", "\u2212") for value in numbers)
    inside = "holds" if result.verdict == "no measurable difference" else "does not hold"
    return (
        f"Mean difference in Recall@10 **{mean}**, 95% interval from {low} to {high} over five "
        f"worlds: it {inside} 0."
    )


def points(result: Result) -> str:
    """Return Recall@10 of both sides in each world, as a table."""
    rows = [(str(i), r.yours, r.theirs) for i, r in enumerate(result.rounds, 1)]
    means = (fmean(r.yours for r in result.rounds), fmean(r.theirs for r in result.rounds))
    cells = "".join(
        f"<tr><th>{world}</th><td>{yours:.3f}</td><td>{theirs:.3f}</td>"
        f"<td>{yours - theirs:+.3f}</td></tr>".replace(">-", ">\u2212")
        for world, yours, theirs in (*rows, ("mean", *means))
    )
    return framed(
        "Recall@10 of both sides in each world",
        "<thead><tr><th>world</th><th>one margin</th><th>four margins</th><th>difference</th></tr>"
        f"</thead><tbody>{cells}</tbody>",
    )

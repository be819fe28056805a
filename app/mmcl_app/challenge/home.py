"""The challenge's last score to take home."""

from __future__ import annotations

from statistics import fmean
from typing import Any

from mmcl_app.challenge import words
from mmcl_app.challenge.settings import Score
from mmcl_app.home.code import plain
from mmcl_app.home.files import Picture, Scene
from mmcl_core.challenge import Entry
from mmcl_core.figures import describe_rounds, rounds_figure

OURS, THEIRS = "one margin", "four margins"


def scene(score: Score, where: str, mode: str) -> Scene:
    """Put the scored entry together; `where` is its address."""
    entry, result = score
    sides = (
        (OURS, [one.yours for one in result.rounds]),
        (THEIRS, [one.theirs for one in result.rounds]),
    )
    return Scene(
        f"The challenge, five worlds: {words.name(entry)}",
        where,
        code(entry),
        rows(score),
        [Picture(rounds_figure(*sides, mode=mode), describe_rounds(*sides))],
    )


def code(entry: Entry) -> str:
    """Write the script that plays the five worlds and judges them."""
    return f"""from mmcl_core.challenge import Entry, judge, play

entry = Entry(
    margin={plain(entry.margin)},
    negative_weight={plain(entry.negative_weight)},
    rate_factor={plain(entry.rate_factor)},  # times the learning rate of the opponent
)

result = judge(play(entry))

for world, one in enumerate(result.rounds, 1):
    print("world", world, {{"{OURS}": round(one.yours, 4), "{THEIRS}": round(one.theirs, 4)}})

numbers = {{"difference": result.difference, "low": result.low, "high": result.high}}
print("mean", {{key: round(value, 4) for key, value in numbers.items()}})
print(result.verdict)
"""


def rows(score: Score) -> list[dict[str, Any]]:
    """Return a row for each world, and one for their mean with its interval and the verdict."""
    entry, result = score
    found: list[dict[str, Any]] = [
        {"world": str(i), OURS: one.yours, THEIRS: one.theirs, "difference": one.yours - one.theirs}
        for i, one in enumerate(result.rounds, 1)
    ]
    means = {OURS: fmean(row[OURS] for row in found), THEIRS: fmean(r[THEIRS] for r in found)}
    judged = {"difference": result.difference, "low": result.low, "high": result.high}
    found.append({"world": "mean", **means, **judged, "verdict": result.verdict})
    design = {
        "margin": entry.margin,
        "negative weight": entry.negative_weight,
        "rate factor": entry.rate_factor,
    }
    return [{**row, **design} for row in found]

"""Does MMCL pay here? Lane C against the others on test, with an interval over users."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mmcl_app.train.job import LaneView
from mmcl_app.train.lanes import title
from mmcl_app.train.source import FEW_USERS, Source
from mmcl_core.experiments.evidence import Difference, compare_hits
from mmcl_core.metrics import UserHits, user_hits

ASKED = "C"  # the lane that is asked about


@dataclass(frozen=True)
class Verdict:
    """Lane C beside each other lane that has finished, and how many users were compared."""

    lane: LaneView
    against: tuple[tuple[LaneView, Difference], ...]
    users: int


def verdict(lanes: Sequence[LaneView], source: Source) -> Verdict | None:
    """Compare lane C with the others, the nearest first; None if there is nothing to compare."""
    done = {lane.name: lane for lane in lanes if lane.done is not None}
    if ASKED not in done or len(done) < 2:
        return None
    hits = {name: _hits(lane, source) for name, lane in done.items()}
    ours = hits[ASKED]
    against = tuple(
        (done[name], compare_hits([ours], [hits[name]]))
        for name in sorted(done, reverse=True)
        if name != ASKED
    )
    return Verdict(done[ASKED], against, len(ours.users))


def _hits(lane: LaneView, source: Source) -> UserHits:
    assert lane.done is not None
    trained = lane.done.trained
    return user_hits(trained.users, trained.items, source.data, lane.config.k)


def question(found: Verdict, source: Source) -> str:
    """Return what is asked."""
    where = "these films" if source.films else "your data"
    stairs = found.lane.config.make_loss().staircase
    if stairs is None or len(stairs.margins) < 2:
        return f"Is lane {ASKED} better on {where}?"
    return f"Does MMCL pay on {where}?"


def lines(found: Verdict) -> list[str]:
    """Return a sentence for each comparison."""
    return [_line(found.lane, other, difference) for other, difference in found.against]


def _line(ours: LaneView, other: LaneView, difference: Difference) -> str:
    gain, shift, digits = difference.gain, 100.0, 1
    unit = "%"
    if not all(map(math.isfinite, (gain.value, gain.low, gain.high))):
        gain, shift, digits, unit = difference.difference, 1.0, 4, ""
    value, low, high = (shift * part for part in (gain.value, gain.low, gain.high))
    a, b = f"**{ours.name}** ({_title(ours)})", f"**{other.name}** ({_title(other)})"
    word = gain.verdict
    if word == "higher":
        return f"{a} ranks better than {b} by {_span(value, low, high, digits, unit)}."
    if word == "lower":
        return f"{a} ranks worse than {b} by {_span(-value, -high, -low, digits, unit)}."
    return (
        f"No measurable difference between {a} and {b}: {value:+.{digits}f}{unit} "
        f"({low:+.{digits}f} to {high:+.{digits}f}{unit})."
    )


def _span(value: float, low: float, high: float, digits: int, unit: str) -> str:
    return f"{value:.{digits}f}{unit} ({low:.{digits}f} to {high:.{digits}f}{unit})"


def _title(lane: LaneView) -> str:
    return title((lane.config.loss, lane.config.settings))


def limits(found: Verdict, source: Source) -> str:
    """Say what the interval is, and what it leaves out."""
    tuned = (
        "whether every lane was tuned alike: another single margin may do better."
        if source.films
        else "whether the single margins suit your data: those of A and B were chosen on other "
        "data, and one tuned on yours may do better."
    )
    stopped = [
        lane.name
        for lane in (found.lane, *(other for other, _ in found.against))
        if lane.done is not None and lane.done.reason == "stopped"
    ]
    early = " The training was stopped before its end." if stopped else ""
    few = (
        f" **With {found.users} users there is too little to measure**: read nothing into it."
        if found.users < FEW_USERS
        else ""
    )
    return (
        f"In brackets the 95% interval of the difference in test NDCG@20, by a paired bootstrap "
        f"over the {found.users:,} users with something held back.{few}{early} It does not say "
        "what another seed or another split would give (change the seed and train again), nor "
        f"{tuned}"
    )

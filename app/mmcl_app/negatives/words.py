"""What to look at in each part of the panel, one or two sentences, with the present numbers."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence

from mmcl_app.lab import words
from mmcl_app.lab.words import amount
from mmcl_app.negatives.costs import Costs
from mmcl_app.negatives.seen import Chance, Noise, Seen, Way
from mmcl_app.tables import framed


def percent(share: float) -> str:
    """Write a share so that a small one is not lost, and all is 100%."""
    return words.percent(share).replace("100.0%", "100%")


def of_chances(chances: Sequence[Chance], chosen: int) -> tuple[str, str]:
    """Say who meets an active negative, and what the mean user gets wrong."""
    alike = len({one.n for one in chances}) == 1
    shares = ", ".join(
        f"{_within(one.name)} {percent(one.here)}{'' if alike else f' at N = {one.n}'}"
        for one in chances
    )
    one = chances[chosen]
    said = f"Likes that meet an active negative{f' at N = {one.n}' if alike else ''}: **{shares}**."
    detail = (
        "Lines: 1 \u2212 (1 \u2212 a)\u1d3a with each user's own share a of active items, then the "
        "mean over users. Marks: drawn. Grey: the mean share of all users in the formula instead, "
    )
    pairs = zip(one.curve, one.one_for_all, strict=True)
    gap, n = max((naive - true, n) for (n, true), (_, naive) in pairs)
    if gap < 0.015:
        return said, detail + "here nearly the same."
    detail += f"up to {100 * gap:.0f} points too high (N = {n:g}): "
    if one.nobody >= 0.005:
        return said, detail + f"{percent(one.nobody)} of the users have no active item to draw."
    return said, detail + "users in a crowd meet one anyway and do not make up for the others."


def of_noise(noises: Sequence[Noise], where: str) -> tuple[str, str]:
    """Say what N does to the noise, and what the loss does to it."""
    said = (
        "Under margins **ten times as many negatives divide the noise by \u221a10 = 3.2**; the "
        "loss sets the height. "
    )
    detail = f"All losses asked at the same points: {where}. "
    known = [one for one in noises if math.isfinite(one.one)]
    if not known:
        return said, detail + "Nobody there is past a margin, so no push of margins is measured."
    low, high = min(known, key=lambda one: one.one), max(known, key=lambda one: one.one)
    times = (high.one / low.one) ** 2
    if times >= 1.1:
        said += (
            f"At the same push budget {_within(high.name)} ({percent(high.active)} of the pairs "
            f"pushed) needs {amount(times)} times as many negatives as {_within(low.name)} "
            f"({percent(low.active)}) to be as quiet."
        )
    lengths = "; ".join(
        f"{_within(one.name)}: {amount(one.relative)}" for one in known if one.relative < 1e4
    )
    return said, detail + (
        "Noise: standard deviation of the push on a user, in units of the loss's push budget. One "
        f"negative's, in lengths of the mean push, is large where pushes from all sides nearly "
        f"cancel ({lengths})."
    )


def _within(name: str) -> str:
    """Return a name as it stands inside a sentence."""
    return name if len(name) == 1 or name[:2].isupper() else f"{name[0].lower()}{name[1:]}"


def of_aim(noises: Sequence[Noise]) -> str:
    """Say whether N changes what is asked for."""
    soft = next(one for one in noises if one.name == "Softmax")
    (low, first), (high, last) = soft.aim[0], soft.aim[-1]
    return (
        "Under margins the mean push is the same at every N: **N is noise, nothing else**. A "
        "softmax loss compares its negatives, so its mean push turns: cosine "
        f"{first:.2f} with the push of all items at N = {low:g}, {last:.2f} at {high:g}. "
        "**Another N asks for something else.**"
    )


def of_costs(time: Costs, memory: Costs) -> tuple[str, str]:
    """Say what more negatives cost."""
    plain, ours = time.sides.values()
    held, light = memory.sides.values()
    n = max(set(time.ns) & set(memory.ns))
    t, m = time.ns.index(n), memory.ns.index(n)
    said = (
        f"At N = {n} a step takes **{amount(plain[t])} ms and {amount(held[m])} MB** as the "
        f"formula stands, **{amount(ours[t])} ms and {amount(light[m])} MB** here: a dead negative "
        "has no gradient, so it is scored and then left out."
    )
    return said, (
        "Measured by make bench, not in this scene: tables of Gowalla's size, 512 likes a step, "
        f"64 dimensions, about {time.active} of the negatives active; {time.machine}."
    )


def of_pools(seen: Seen, films: bool) -> str:
    """Say what choosing the hardest of M finds."""
    first, last = seen.pools[0], seen.pools[-1]
    who = "known or held-out likes" if films else "likes of the user"
    return (
        f"The hardest of {last[0]} is active in {percent(last[1])} of the draws instead of "
        f"{percent(first[1])}, and **in {percent(last[2])} instead of {percent(first[2])} it is "
        f"one of the {who}**. Harder helps until it does not; more never hurt."
    )


def of_ways(films: bool) -> str:
    """Say what the table is about."""
    if films:
        return (
            "Drawn for every train like. Whoever finds more active negatives finds more likes, "
            "too; held-out ones cannot be rejected, and likes never told are not even counted."
        )
    return (
        "Likes told are for training and could be rejected; those untold are held out, and no "
        "sampler can know them. In this world popularity hardly matters. Different items: in a "
        "batch of 64 likes."
    )


def table(seen: Seen, films: bool) -> str:
    """Return the ways of drawing as an HTML table."""
    whole = any(way.any_active is not None for way in seen.ways)
    titles = ["negatives are drawn", "active"]
    titles += [f"one of {seen.n} active"] if whole else []
    titles += ["likes, told", "likes, held out" if films else "likes, untold"]
    titles += ["different items"] if whole else []
    head = "".join(f"<th scope='col'>{html.escape(title)}</th>" for title in titles)
    rows = "".join(_row(way, whole, films) for way in seen.ways)
    inside = f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
    return framed("What each way of drawing finds", inside)


def _row(way: Way, whole: bool, films: bool) -> str:
    own = (" (as in training)" if films else " (this scene)") if way.own else ""
    cells = [percent(way.active)]
    cells += [percent(way.any_active or 0.0)] if whole else []
    cells += [percent(way.known), percent(max(0.0, way.false - way.known))]
    cells += [str(way.different)] if whole else []
    name = f"<th scope='row'>{html.escape(way.name)}{own}</th>"
    return f"<tr>{name}{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"

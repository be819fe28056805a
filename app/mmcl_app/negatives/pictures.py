"""The figures of the panel, with words; imports Plotly: imported once the panel is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mmcl_app.home.files import Picture
from mmcl_app.negatives.costs import Costs
from mmcl_app.negatives.seen import Seen
from mmcl_core.figures import Against, against, costs, describe_against, describe_costs

_N = "negatives per like, N"
_HEIGHT = 310

Names = Mapping[str, str]


def chances(seen: Seen, named: Names, chosen: int, mode: str) -> Picture:
    """Draw the chance that one of N is active."""
    one = seen.chances[chosen]
    whose = f"mean user of {one.name}" if named else "one mean user"
    sides = [Against(whose, one.one_for_all, aside=True)]
    sides += [
        Against(named.get(side.name, side.name), side.curve, side.drawn, side.place)
        for side in seen.chances
    ]
    title = "chance that one is active"
    return _draw(sides, _N, title, seen, mode, share=True)


def noises(seen: Seen, mode: str) -> Picture:
    """Draw the noise of the push."""
    sides = [
        Against(one.name, one.curve or one.drawn, one.drawn, one.place)
        for one in seen.noises
        if one.curve or one.drawn
    ]
    return _draw(sides, _N, "noise, in push budgets", seen, mode, log=True)


def aims(seen: Seen, mode: str) -> Picture:
    """Draw how the mean push at N lies to the push of all items."""
    sides = [
        Against(one.name, one.aim, one.aim if one.drawn else (), one.place)
        for one in seen.noises
        if one.aim
    ]
    return _draw(sides, _N, "aim: cosine with all items' push", seen, mode)


def pools(seen: Seen, films: bool, mode: str) -> Picture:
    """Draw what the hardest of M are."""
    active = [(float(m), share) for m, share, _ in seen.pools]
    false = [(float(m), share) for m, _, share in seen.pools]
    likes = "known or held-out likes" if films else "false: likes of the user"
    sides = [Against("active", active, active, 4), Against(likes, false, false, 5)]
    figure = against(
        sides, "the hardest of M", "share of the draws", share=True, mode=mode, height=_HEIGHT
    )
    alt = describe_against(sides, "the hardest of M", "share of the draws", share=True)
    return Picture(figure, alt)


def cost(found: Costs, y_title: str, mode: str) -> Picture:
    """Draw what a step costs against N."""
    given = found.ns, found.sides, _N
    figure = costs(*given, y_title, mode=mode, height=_HEIGHT)
    return Picture(figure, describe_costs(*given, y_title))


def _draw(
    sides: Sequence[Against],
    x_title: str,
    y_title: str,
    seen: Seen,
    mode: str,
    *,
    log: bool = False,
    share: bool = False,
) -> Picture:
    figure = against(
        sides,
        x_title,
        y_title,
        mark=(seen.n, f"N = {seen.n}"),
        log=log,
        share=share,
        mode=mode,
        height=_HEIGHT,
    )
    return Picture(figure, describe_against(sides, x_title, y_title, share=share))

"""What finished lanes can do: test metrics, a film's neighbours, a user's first ten, as HTML.

Everything here is computed from the core and returned as text; the page only shows it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmcl_app.train.lanes import badge, parts, title
from mmcl_app.train.runner import LaneView
from mmcl_core.data import Interactions, Positives
from mmcl_core.losses import LOSSES
from mmcl_core.metrics import evaluate, popularity_vectors
from mmcl_core.trained import Suggestion, Trained

ENOUGH = 10  # known likes that a film needs before its neighbours mean something
KNOWN_FILM = 1  # MovieLens number of Toy Story (1995)
LISTED = 10

COLUMNS = """
- **NDCG@20**: each user gets 20 films; the held-back ones that they like count, the more the higher
  they stand. 1 would be a perfect order.
- **Recall@20**: share of a user's held-back films that are among the 20.
- **Hit rate**: share of users with at least one such film. **Coverage**: share of all films that
  anybody gets. **Mean popularity**: how many people like the films that are shown.
- **Kept epoch**: the one with the best NDCG@20 on validation; its vectors are tested. **Seconds**:
  time spent on this lane.
"""
NEIGHBOURS = (
    "The films whose vectors point most nearly the same way, with their cosines. Films that fewer "
    f"than {ENOUGH} people are known to like are left out: too little was seen of them for their "
    "vectors to stand anywhere in particular."
)
FIRST_TEN = (
    "What each lane shows first, known likes left out; the number is the score. A **hit** is a "
    "film that was held back and that this user does like."
)


@lru_cache(maxsize=4)
def popularity(data: Interactions, split: str) -> Mapping[str, float]:
    """Metrics of recommending to everybody the films that most people like."""
    return evaluate(*popularity_vectors(data), data, 20, split)


def metrics_table(lanes: Sequence[LaneView], data: Interactions, colours: Sequence[str]) -> str:
    """Return the test metrics of the lanes that have any, and of popularity."""
    columns = {
        "NDCG@20": ("ndcg@20", "{:.3f}"),
        "Recall@20": ("recall@20", "{:.3f}"),
        "Hit rate": ("hit_rate@20", "{:.0%}"),
        "Coverage": ("coverage@20", "{:.0%}"),
        "Mean popularity": ("popularity@20", "{:.0f}"),
    }
    head = "".join(f'<th scope="col">{name}</th>' for name in (*columns, "Kept epoch", "Seconds"))
    rows = []
    for i, lane in enumerate(lanes):
        if lane.done is None:
            continue
        value = (lane.config.loss, lane.config.settings)
        what = (
            f"<span class='what'>{badge(lane.name, colours[i])}<span>{html.escape(title(value))}"
            f"<br><span class='quiet'>{html.escape(_brief(lane))}</span></span></span>"
        )
        cells = [form.format(lane.done.test[key]) for key, form in columns.values()]
        cells += [f"{lane.done.best_epoch} of {lane.done.epoch}", f"{lane.seconds:.0f}"]
        rows.append(_row(what, cells))
    base = popularity(data, "test")
    cells = [form.format(base[key]) for key, form in columns.values()]
    rows.append(_row("Most liked films, for everybody", [*cells, "", ""]))
    return (
        '<div class="scroll"><table class="plain"><thead><tr><th scope="col">Lane</th>'
        f"{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _row(what: str, cells: Sequence[str]) -> str:
    return f"<tr><th scope='row'>{what}</th>{''.join(f'<td>{c}</td>' for c in cells)}</tr>"


def _brief(lane: LaneView) -> str:
    said = parts((lane.config.loss, lane.config.settings))
    return ", ".join(said if len(said) < 3 else (said[0], "..."))


def reading(lanes: Sequence[LaneView]) -> str:
    """Say what the table supports, and what it cannot."""
    found = {lane: lane.done.test["ndcg@20"] for lane in lanes if lane.done is not None}
    order = sorted(found, key=lambda lane: -found[lane])
    if len(order) < 2:
        return "One lane alone compares with nothing but the last row."
    ranks = ", ".join(f"**{lane.name}** {found[lane]:.3f}" for lane in order)
    return (
        f"Test NDCG@20 in order: {ranks}. This is one seed. Another seed moves every number a "
        "little, and a lead no larger than that movement is *no measurable difference*. Change the "
        "seed and run again to see the movement; several seeds, with every loss tuned alike, "
        "decide:"
    )


def command(lanes: Sequence[LaneView]) -> str:
    """Return the command that compares the losses of the lanes over seeds."""
    losses = " ".join(dict.fromkeys(lane.config.loss for lane in lanes))
    config = lanes[0].config
    return (
        f"python -m mmcl_core compare --losses {losses} --negatives {config.negatives} "
        f"--epochs {config.epochs} --seeds 0 1 2 3 4"
    )


@lru_cache(maxsize=4)
def known_likes(data: Interactions) -> Positives:
    """Likes of train and validation: what the lanes know about everybody."""
    return data.known("test")


@lru_cache(maxsize=4)
def film_choices(data: Interactions) -> tuple[int, ...]:
    """Items with enough known likes, the most liked first."""
    likes = known_likes(data).popularity
    order = np.argsort(-likes, kind="stable")
    return tuple(int(item) for item in order if likes[item] >= ENOUGH)


@lru_cache(maxsize=4)
def user_choices(data: Interactions) -> tuple[int, ...]:
    """Users with something held out for the test."""
    return tuple(int(user) for user in np.flatnonzero(data.test.counts))


def start_user(data: Interactions) -> int:
    """Return a user with enough held back for hits to be likely, and few enough likes to read."""
    known, test = known_likes(data).counts, data.test.counts
    fits = np.flatnonzero((known <= 120) & (test >= 20))
    return int(fits[0]) if len(fits) else user_choices(data)[0]


def start_film(data: Interactions) -> int:
    """Return a film that most people know."""
    return index(data.item_ids, KNOWN_FILM)


def index(ids: NDArray[Any], wanted: int) -> int:
    """Return where an id of the source stands."""
    return int(np.flatnonzero(ids == wanted)[0])


def film_label(data: Interactions, number: int) -> str:
    """Return a film's title and how many people are known to like it."""
    item = index(data.item_ids, number)
    return f"{titles_of(data, [item])[0]}, {known_likes(data).popularity[item]} likes"


def user_label(data: Interactions, number: int) -> str:
    """Return a user's number, and how many likes are known and held back."""
    user = index(data.user_ids, number)
    known, held = known_likes(data).counts[user], data.test.counts[user]
    return f"User {number}: {known} known likes, {held} held back"


def sentence(titles: Sequence[str]) -> str:
    """Join titles, safe from Markdown."""
    return " · ".join(re.sub(r"([\\`*_\[\]$:<>#~|])", r"\\\1", title) for title in titles)


def titles_of(data: Interactions, items: Sequence[int]) -> list[str]:
    """Return the titles of films."""
    titles = data.titles or tuple(map(str, data.item_ids))
    return [titles[item] for item in items]


def likes_of(data: Interactions, user: int) -> list[str]:
    """Titles that a user is known to like, the most liked by everybody first."""
    known = known_likes(data)
    return titles_of(data, sorted(known.of(user).tolist(), key=lambda i: -known.popularity[i]))


def neighbours(lanes: Sequence[LaneView], item: int, colours: Sequence[str]) -> str:
    """Return the closest films under each lane, side by side, with their cosines."""
    return _side_by_side(lanes, colours, lambda t: t.neighbours(item, LISTED, ENOUGH), frozenset())


def first_ten(
    lanes: Sequence[LaneView], data: Interactions, user: int, colours: Sequence[str]
) -> str:
    """Return a user's first ten under each lane, with the held-out likes among them marked."""
    hits = frozenset(data.test.of(user).tolist())
    return _side_by_side(lanes, colours, lambda t: t.recommend(user, LISTED), hits)


def _side_by_side(
    lanes: Sequence[LaneView],
    colours: Sequence[str],
    listing: Callable[[Trained], list[Suggestion]],
    hits: frozenset[int],
) -> str:
    found: dict[int, list[Suggestion]] = {
        i: listing(lane.done.trained) for i, lane in enumerate(lanes) if lane.done is not None
    }
    common = frozenset.intersection(*(frozenset(s.item for s in each) for each in found.values()))
    if len(found) < 2:
        common = frozenset()
    parts = []
    for i, suggestions in found.items():
        lane = lanes[i]
        lines = "".join(_line(s, s.item in common, s.item in hits) for s in suggestions)
        count = sum(s.item in hits for s in suggestions)
        tail = f" <span class='quiet'>{count} of {len(suggestions)} hit</span>" if hits else ""
        name = html.escape(LOSSES[lane.config.loss].title)
        parts.append(
            f"<div><h4>{badge(lane.name, colours[i])}<span>{name}{tail}</span></h4>"
            f"<ol>{lines}</ol></div>"
        )
    return f"<div class='lists'>{''.join(parts)}</div>"


def _line(suggestion: Suggestion, common: bool, hit: bool) -> str:
    tag = "<span class='tag'>hit</span>" if hit else ""
    return (
        f"<li class='{'all' if common else ''}'>{html.escape(suggestion.title)} "
        f"<span class='number'>{suggestion.score:.2f}</span>{tag}</li>"
    )


def agreement(lanes: Sequence[LaneView]) -> str:
    """Say what bold means."""
    n = sum(lane.done is not None for lane in lanes)
    which = {2: "both lists", 3: "all three lists"}.get(n)
    return f"**Bold**: in {which}." if which else ""

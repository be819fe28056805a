"""What finished lanes can do: test metrics, a film's neighbours, a user's first ten, as HTML.

Everything here is computed from the core and returned as text; the page only shows it.
"""

from __future__ import annotations

import html
import shlex
from collections.abc import Callable, Sequence

from mmcl_app.train.job import LaneView
from mmcl_app.train.lanes import badge, parts, title
from mmcl_app.train.source import Source
from mmcl_core.losses import LOSSES
from mmcl_core.trained import Suggestion, Trained

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
FIRST_TEN = (
    "What each lane shows first, known likes left out; the number is the score. A **hit** is a "
    "film that was held back and that this user does like."
)


def neighbours_words(source: Source) -> str:
    """Say what neighbours are, and which items are left out."""
    return source.say(
        "The films whose vectors point most nearly the same way, with their cosines. Films that "
        f"fewer than {source.enough} people are known to like are left out: too little was seen of "
        "them for their vectors to stand anywhere in particular."
    )


def metrics_table(lanes: Sequence[LaneView], source: Source, colours: Sequence[str]) -> str:
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
    base = source.popularity("test")
    cells = [form.format(base[key]) for key, form in columns.values()]
    rows.append(_row(source.say("Most liked films, for everybody"), [*cells, "", ""]))
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Test metrics of the lanes">'
        '<table class="plain"><thead><tr><th scope="col">Lane</th>'
        f"{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _row(what: str, cells: Sequence[str]) -> str:
    return f"<tr><th scope='row'>{what}</th>{''.join(f'<td>{c}</td>' for c in cells)}</tr>"


def _brief(lane: LaneView) -> str:
    said = parts((lane.config.loss, lane.config.settings))
    return ", ".join(said if len(said) < 3 else (said[0], "..."))


def reading(lanes: Sequence[LaneView], source: Source) -> str:
    """Say what the table supports, and what it cannot."""
    found = {lane: lane.done.test["ndcg@20"] for lane in lanes if lane.done is not None}
    order = sorted(found, key=lambda lane: -found[lane])
    if len(order) < 2:
        return "One lane alone compares with nothing but the last row."
    ranks = ", ".join(f"**{lane.name}** {found[lane]:.3f}" for lane in order)
    decide = "several seeds, with every loss tuned alike, decide"
    return (
        f"Test NDCG@20 in order: {ranks}. This is one seed. Another seed moves every number a "
        "little, and a lead no larger than that movement is *no measurable difference*. Change the "
        f"seed and run again to see the movement; {decide}{':' if command(lanes, source) else '.'}"
    )


def command(lanes: Sequence[LaneView], source: Source) -> str:
    """Return the command that compares the losses of the lanes over seeds, if there is one."""
    if source.origin and not source.origin.usual:
        return ""
    losses = " ".join(dict.fromkeys(lane.config.loss for lane in lanes))
    config = lanes[0].config
    data = ""
    if source.origin:
        data = f"--data {shlex.quote(source.origin.file)} --batch-size {config.batch_size} "
    return (
        f"python -m mmcl_core compare {data}--losses {losses} --negatives {config.negatives} "
        f"--epochs {config.epochs} --seeds 0 1 2 3 4"
    )


def sentence(titles: Sequence[str], before: str = "") -> str:
    """Join titles; as HTML, since Markdown would make a link of an address in one."""
    return f"<p class='titles'>{html.escape(before + ' · '.join(titles))}</p>"


def neighbours(lanes: Sequence[LaneView], source: Source, item: int, colours: Sequence[str]) -> str:
    """Return the closest items under each lane, side by side, with their cosines."""
    enough = source.enough
    return _side_by_side(lanes, colours, lambda t: t.neighbours(item, LISTED, enough), frozenset())


def first_ten(lanes: Sequence[LaneView], source: Source, user: int, colours: Sequence[str]) -> str:
    """Return a user's first ten under each lane, with the held-out likes among them marked."""
    hits = frozenset(source.data.test.of(user).tolist())
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

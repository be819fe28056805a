"""The stories, as data. What each promises holds over the seeds 0 to 4; nothing else is promised.

Settings were chosen after a search, so these are demonstrations, not findings.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from mmcl_core.stories.claims import Claim
from mmcl_core.stories.story import Lane, Story
from mmcl_core.worlds import W12

_SPLIT = dataclasses.replace(W12, cross_taste=0.0)
_EIGHT = dataclasses.replace(W12, dim=8)
_FEW = dataclasses.replace(W12, tastes=6)


def _one(margin: float, then: str = "", **changes: Any) -> Lane:
    return Lane(f"One margin, {margin:g}{then}", (margin,), (1.0,), **changes)


def _several(then: str = "", **changes: Any) -> Lane:
    return Lane(f"Several margins{then}", **changes)


def _alone() -> Lane:
    return Lane("No negatives", negative_weight=0.0, negatives=1)


def _hardest(pool: int) -> Lane:
    title = f"The hardest of {pool}" if pool > 1 else "One negative, uniform"
    return Lane(title, negative_weight=1.0, negatives=1, rate=0.1, sampler="hardest", pool=pool)


_STORIES = (
    Story(
        "torn",
        "Torn",
        "A margin of -0.9 pushes almost everybody away from everything: slowly, users and the "
        "items that they like part to opposite sides.",
        (_one(-0.9), _one(0.6)),
        (
            Claim("closeness", "a", ">", 2.0, every=True),
            Claim("any_active", "a", ">", 0.98, every=True),
            Claim("recall@10", "a", "<", "b", by=0.3, every=True),
        ),
        steps=900,
    ),
    Story(
        "spread",
        "Spread",
        "A margin of 0 pushes half of all pairs from the start: everybody keeps so much distance "
        "that likes are not close either.",
        (_one(0.0), _one(0.6)),
        (
            Claim("recall@10", "a", "<", "b", by=0.1, every=True),
            Claim("closeness", "a", ">", "b", by=0.1),
            Claim("active_share", "a", "~", 0.5, by=0.02, step=0, every=True),
        ),
    ),
    Story(
        "good",
        "Good",
        "One margin, well placed: a margin of 0.6 leaves likes together and tastes apart, better "
        "than a lower and a higher one.",
        (_one(0.6), _one(0.0), _one(0.9)),
        (
            Claim("recall@10", "a", ">", "b", by=0.1, every=True),
            Claim("recall@10", "a", ">", "c", by=0.05, every=True),
            Claim("closeness", "b", ">", "a"),
            Claim("closeness", "a", ">", "c", by=0.1, every=True),
        ),
    ),
    Story(
        "crammed",
        "Crammed",
        "A margin of 0.9 pushes only what is almost on top of a user: likes are closer than ever, "
        "and so is everything else.",
        (_one(0.9), _one(0.6)),
        (
            Claim("recall@10", "a", "<", "b", by=0.05, every=True),
            Claim("closeness", "a", "<", "b", by=0.1, every=True),
            Claim("spread", "a", ">", "b", by=0.5, every=True),
        ),
    ),
    Story(
        "collapse",
        "Without negatives",
        "Nothing pushes, so in the end all is one dot; but recall rises first, because likes find "
        "each other before everybody does.",
        (_alone(), _several()),
        (
            Claim("recall@10", "a", ">", "a", by=0.2, step=90, other_step=0, every=True),
            Claim("recall@10", "a", ">", "a", by=0.1, step=90, other_step=1200),
            Claim("recall@10", "a", ">", "a", by=0.1, step=300, other_step=0, every=True),
            Claim("closeness", "a", "<", 0.1, step=300, every=True),
            Claim("closeness", "a", "<", 0.02, every=True),
            Claim("recall@10", "a", "<", "b", by=0.2, every=True),
            Claim("spread", "a", ">", -0.05, every=True),
        ),
        steps=1200,
    ),
    Story(
        "split",
        "Without negatives, in a cleanly split world",
        "The control: if nobody likes anything outside the own taste, pulling alone sorts the "
        "world, and nothing collapses.",
        (_alone(), _several()),
        (
            Claim("recall@10", "a", ">", 0.9, step=300, every=True),
            Claim("recall@10", "a", ">", 0.9, every=True),
            Claim("recall@10", "a", "~", "b", by=0.02, every=True),
            Claim("spread", "a", "<", -1.0, every=True),
        ),
        _SPLIT,
        steps=1200,
    ),
    Story(
        "crowded",
        "One high margin",
        "With two negatives a margin of 0.9 crowds into one cap; with 120 each positive meets an "
        "active negative, and it is still crowded: the margin's reach is at fault, not only their "
        "number.",
        (
            _one(0.9, "; N = 2", negatives=2),
            _one(0.9, "; N = 120", negatives=120),
            _several("; N = 120", negatives=120),
        ),
        (
            Claim("any_active", "b", ">", 0.99, every=True),
            Claim("recall@10", "b", ">", "a", by=0.1),
            Claim("recall@10", "b", "<", "c", by=0.03, every=True),
            Claim("spread", "a", ">", "c", by=0.5, every=True),
            Claim("spread", "b", ">", "c", by=0.5, every=True),
        ),
    ),
    Story(
        "several",
        "Several margins, two negatives",
        "Against the published margin of 0.9, several margins rank better with few negatives, "
        "though their likes are less close.",
        (_one(0.9, negatives=2), _several(negatives=2)),
        (
            Claim("recall@10", "b", ">", "a", by=0.05, every=True),
            Claim("closeness", "b", ">", "a", by=0.1, every=True),
            Claim("any_active", "b", ">", "a", by=0.1, every=True),
        ),
    ),
    Story(
        "tie",
        "A tuned single margin",
        "Once its margin and rate are tuned, one margin ties with several: no measurable "
        "difference; the high margin stays behind even at that rate.",
        (
            _one(0.6, ", tuned", negatives=2, rate=0.1),
            _several(", tuned", negatives=2, rate=0.1),
            _one(0.9, ", at this rate", negatives=2, rate=0.1),
        ),
        (
            Claim("recall@10", "a", "~", "b", by=0.05),
            Claim("recall@10", "c", "<", "a", every=True),
            Claim("recall@10", "c", "<", "b", by=0.03),
        ),
    ),
    Story(
        "heavy",
        "Too heavy a negative weight",
        "A negative weight of 32 leaves hardly any order under several margins; a high margin "
        "reaches few pairs and so protects a little.",
        (
            _several(", w_n = 32", negative_weight=32.0),
            _one(0.9, ", w_n = 32", negative_weight=32.0),
            _several(", w_n = 2"),
        ),
        (
            Claim("recall@10", "a", "<", 0.15),
            Claim("recall@10", "b", ">", "a", by=0.05, every=True),
            Claim("recall@10", "b", "<", "c", by=0.2, every=True),
            Claim("closeness", "a", ">", 2.0, every=True),
            Claim("closeness", "b", "<", "a", by=0.5, every=True),
            Claim("active_share", "b", "<", "a", by=0.1, every=True),
        ),
    ),
    Story(
        "more",
        "More negatives",
        "More negatives make the same push less noisy: it helps at first, then hardly, and does "
        "not hurt.",
        tuple(_several(f"; N = {n}", negatives=n) for n in (1, 5, 20)),
        (
            Claim("recall@10", "b", ">", "a", by=0.03),
            Claim("recall@10", "c", "~", "b", by=0.05),
            Claim("recall@10", "c", ">", "a", by=0.05),
        ),
    ),
    Story(
        "false",
        "False negatives",
        "Unobserved is not disliked: the more of the negatives are likes, the worse the ranking, "
        "and the farther the likes.",
        tuple(Lane(f"{share:.0%} false", planted=share) for share in (0.0, 0.2, 0.4)),
        (
            Claim("recall@10", "b", "<", "a", by=0.03, every=True),
            Claim("recall@10", "c", "<", "b", by=0.03, every=True),
            Claim("closeness", "c", ">", "a", by=0.1, every=True),
        ),
    ),
    Story(
        "hard",
        "Hard negatives",
        "The hardest of four helps a little; the hardest of forty ranks worse than no choice at "
        "all, and everybody crowds together.",
        tuple(_hardest(pool) for pool in (1, 4, 40)),
        (
            Claim("recall@10", "b", ">", "a"),
            Claim("recall@10", "c", "<", "b", by=0.05, every=True),
            Claim("recall@10", "c", "<", "a", by=0.03, every=True),
            Claim("spread", "c", ">", "b", by=0.5, every=True),
        ),
    ),
    Story(
        "eight",
        "Eight dimensions",
        "There is room in eight dimensions: under a margin of 0.9 nearly every pair is dead at the "
        "start and most still are at the end; several margins push more pairs and rank better, "
        "and a tuned single one ranks better, too.",
        (
            _one(0.9, negatives=1),
            _several(negatives=1),
            _one(0.6, ", tuned", negatives=1, rate=0.1),
        ),
        (
            Claim("active_share", "a", "<", 0.01, step=0, every=True),
            Claim("active_share", "a", "<", 0.25, every=True),
            Claim("active_share", "b", ">", "a", by=0.2, every=True),
            Claim("recall@10", "b", ">", "a", by=0.1),
            Claim("recall@10", "b", ">", "a", every=True),
            Claim("recall@10", "c", ">", "a", by=0.05, every=True),
        ),
        _EIGHT,
    ),
    Story(
        "projector",
        "Fewer points, for a projector",
        "Sixty users, sixty items, one negative: a high margin crowds, several keep the tastes "
        "apart.",
        (
            _one(0.9, negatives=1, negative_weight=4.0),
            _several(margins=(0.0, 0.3, 0.6, 0.9), negatives=1, negative_weight=4.0),
        ),
        (
            Claim("recall@10", "b", ">", "a", by=0.05, every=True),
            Claim("spread", "a", ">", "b", by=0.5, every=True),
        ),
        _FEW,
    ),
)

STORIES = {story.name: story for story in _STORIES}

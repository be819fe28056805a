"""What a sampler draws: likes that it could have known, and how to draw them again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..compare import holds_dots
from ..exercise import Exercise, Slip
from ..student import Stopped, ask

SHAPE = "Return the negatives as a tensor of film numbers, of the shape of `drawn`."
UNTOUCHED = "Not one negative was drawn again: find the likes among them first."
ONCE = (
    "There are still likes among them. A film that is drawn anew can be a like, too: go on until "
    "none is left."
)
TOO_MANY = (
    "You also changed negatives that were no likes of that user. What one person likes may well be "
    "a negative of another."
)
PREFERS = (
    "The films that come instead are not drawn evenly: each film that is no like must have the "
    "same chance, or you have built a sampler that prefers some."
)
GLOBAL = (
    "Two runs from one seed gave different negatives. Pass `generator=generator` on, or nobody "
    "can repeat your experiment."
)


def hit_chance(likes_of, n_items):
    """Chance that one uniform draw for a random training like hits a like of its user."""
    return (likes_of**2).sum() / (likes_of.sum() * n_items)


HITS = Exercise(
    title="The chance of a hit",
    level="medium",
    minutes=5,
    reference=hit_chance,
    cases=lambda: [(np.array([1, 1, 8]), 10), (np.array([30, 2, 5, 3, 2]), 100)],
    slips=(
        Slip(
            lambda likes_of, n_items: likes_of.mean() / n_items,
            "That is the chance for a person picked at random, the density of the table. A batch "
            "picks LIKES at random: somebody with 700 likes comes up 700 times an epoch, and has "
            "700 films to hit each time.",
        ),
        Slip(
            lambda likes_of, n_items: likes_of.max() / n_items,
            "That is the chance for the person with most likes; the others come up, too.",
        ),
        Slip(
            lambda likes_of, n_items: (likes_of**2).mean() / n_items,
            "The right idea, not yet a mean: the counts serve as how often each person comes up, "
            "so divide by their sum, not by the number of people.",
        ),
        Slip(
            lambda likes_of, n_items: likes_of.sum() / n_items,
            "That can pass 1. For one person it is her likes / n_items; then take the mean over "
            "the likes of a batch.",
        ),
    ),
    hints=(
        "For a person with c likes, one draw hits with chance c / n_items. How often does this "
        "person come up in training?",
        "A person with c likes comes up c times an epoch: it is the mean of c / n_items, each "
        "person counted c times.",
        "Above the line `(likes_of * likes_of).sum()`, below `likes_of.sum() * n_items`.",
    ),
    why="Whoever likes much comes up often and is easily hit: "
    r"$\sum_u c_u \cdot c_u / n \;/\; \sum_u c_u$.",
)


def repair(users, drawn, likes, generator):
    """Draw again what a user likes: users (B,), drawn (B, N), likes (U, I) of True and False."""
    wrong = likes[users[:, None], drawn]  # (B, N)
    while wrong.any():
        again = torch.randint(likes.shape[1], (int(wrong.sum()),), generator=generator)
        drawn[wrong] = again
        wrong = likes[users[:, None], drawn]
    return drawn


def _once(users: Tensor, drawn: Tensor, likes: Tensor, generator: torch.Generator) -> Tensor:
    wrong = likes[users[:, None], drawn]
    drawn[wrong] = torch.randint(likes.shape[1], (int(wrong.sum()),), generator=generator)
    return drawn


def _of_anybody(users: Tensor, drawn: Tensor, likes: Tensor, generator: torch.Generator) -> Tensor:
    return repair(users, drawn, likes.any(0).expand_as(likes), generator)


def _next_film(users: Tensor, drawn: Tensor, likes: Tensor, generator: torch.Generator) -> Tensor:
    while (wrong := likes[users[:, None], drawn]).any():
        drawn[wrong] = (drawn[wrong] + 1) % likes.shape[1]
    return drawn


def _no_generator(users: Tensor, drawn: Tensor, likes: Tensor, _: torch.Generator) -> Tensor:
    one = torch.Generator()
    one.seed()
    return repair(users, drawn, likes, one)


def _judge(function: Callable[..., Any]) -> str | None:
    """Let a function repair many negatives of three users, and look at what it did."""
    likes = torch.zeros(3, 12, dtype=torch.bool)
    likes[0, :6] = likes[1, [2, 7]] = True  # nobody's: 6 and 8 to 11
    users = torch.tensor([0, 1, 2]).repeat(500)  # (1500,)
    one = torch.Generator().manual_seed(0)
    drawn = torch.randint(12, (1500, 4), generator=one)
    state = one.get_state()
    found = _repaired(function, users, drawn, likes, one)
    if found is None:
        return SHAPE
    wrong = likes[users[:, None], drawn]
    if likes[users[:, None], found].any():
        return UNTOUCHED if torch.equal(found, drawn) else ONCE
    if (found[~wrong] != drawn[~wrong]).any():
        return TOO_MANY
    of_first = torch.bincount(found[users == 0][wrong[users == 0]], minlength=12)[6:]
    if of_first.max() > 1.6 * of_first.min():
        return PREFERS
    one.set_state(state)
    again = _repaired(function, users, drawn, likes, one)
    return None if again is not None and torch.equal(again, found) else GLOBAL


def _repaired(function: Callable[..., Any], *given: Any) -> Tensor | None:
    """Ask for a repair of a copy; None if what comes is not film numbers of the right shape."""
    users, drawn, likes, generator = given
    found = ask(function, users.clone(), drawn.clone(), likes.clone(), generator)
    if holds_dots(found):
        raise Stopped("Put your lines in place of ... and run the cell again.", unfinished=True)
    if not isinstance(found, Tensor) or found.shape != drawn.shape or found.dtype != drawn.dtype:
        return None
    return found if 0 <= int(found.min()) <= int(found.max()) < likes.shape[1] else None


REPAIR = Exercise(
    title="Repair the sampler",
    level="hard",
    minutes=8,
    reference=repair,
    judge=_judge,
    slips=(
        Slip(lambda users, drawn, likes, generator: drawn, UNTOUCHED),
        Slip(_once, ONCE),
        Slip(_of_anybody, TOO_MANY),
        Slip(_next_film, PREFERS),
        Slip(_no_generator, GLOBAL),
        Slip(lambda users, drawn, likes, generator: drawn[~likes[users[:, None], drawn]], SHAPE),
    ),
    hints=(
        "`likes[users[:, None], drawn]` is (B, N): True where a negative is a like of its user.",
        "Put new random films in these places only: `drawn[wrong] = torch.randint(...)`, as many "
        "as `wrong.sum()`.",
        "A new one can be a like again, so it is a loop: `while wrong.any():`, and at its end look "
        "anew which are wrong.",
    ),
    why="Rejecting keeps every film that is no like equally likely, and touches nothing else.",
)

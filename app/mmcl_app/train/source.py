"""What the Train page learns from: the films or a reader's own table, and how to speak of it.

What is computed once is kept on the source itself. A reader's own source lives in that reader's
session and goes with it; nothing here may keep one in a cache that all share.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from mmcl_core.data import Columns, Interactions, Own, Positives
from mmcl_core.metrics import evaluate, popularity_vectors

ENOUGH = 10  # known likes that an item needs before its neighbours mean something
FEW = 20  # items with so many are wished for; where there are fewer, less must do
MOST_CHOICES = 2000  # items, or users, to choose from: all of them go to the browser
FEW_USERS = 50  # with fewer users in the test, no comparison says much
KNOWN_FILM = 1  # MovieLens number of Toy Story (1995)


@dataclass(frozen=True)
class Origin:
    """Where a reader's own data came from, and how it was read."""

    file: str
    columns: Columns
    least: float | None
    usual: bool  # whether reading the file without a word would give the same


@dataclass(frozen=True, eq=False)
class Source:
    """Data to train on.

    Parameters
    ----------
    data : Interactions
    origin : Origin, optional
        Of a reader's own table; none for the films.
    own : Own, optional
        What was kept of the table and what was not.
    """

    data: Interactions
    origin: Origin | None = None
    own: Own | None = None
    token: str = field(default_factory=lambda: uuid.uuid4().hex)
    _popularity: dict[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def films(self) -> bool:
        """Whether these are the films."""
        return self.origin is None

    def say(self, text: str) -> str:
        """Return a text about films as one about what this is."""
        if self.films:
            return text
        for film, item in (("A film", "An item"), ("a film", "an item"), ("film", "item")):
            text = text.replace(film, item).replace(film.capitalize(), item.capitalize())
        return text

    @cached_property
    def known(self) -> Positives:
        """Likes of train and validation: what the lanes know about everybody."""
        return self.data.known("test")

    def popularity(self, split: str) -> Mapping[str, float]:
        """Return the metrics of showing to everybody what most people like; computed once."""
        if split not in self._popularity:
            self._popularity[split] = evaluate(*popularity_vectors(self.data), self.data, 20, split)
        return self._popularity[split]

    @cached_property
    def enough(self) -> int:
        """Known likes that an item needs for its neighbours to be shown."""
        liked = np.sort(self.known.popularity)[::-1]
        return int(max(1, min(ENOUGH, liked[min(FEW, len(liked)) - 1])))

    @cached_property
    def items(self) -> tuple[int, ...]:
        """Items with enough known likes, the most liked first."""
        likes = self.known.popularity
        order = np.argsort(-likes, kind="stable")[:MOST_CHOICES]
        return tuple(int(item) for item in order if likes[item] >= self.enough)

    @cached_property
    def users(self) -> tuple[int, ...]:
        """Users with something held out for the test."""
        return tuple(int(user) for user in np.flatnonzero(self.data.test.counts)[:MOST_CHOICES])

    @cached_property
    def start_item(self) -> int:
        """An item that most people know."""
        if self.films:
            return int(np.flatnonzero(self.data.item_ids == KNOWN_FILM)[0])
        return self.items[0]

    @cached_property
    def start_user(self) -> int:
        """A user with enough held back for hits to be likely, and few enough likes to read."""
        known, test = self.known.counts[list(self.users)], self.data.test.counts[list(self.users)]
        fits = np.flatnonzero((known <= 120) & (test >= 20))
        best = int(fits[0]) if len(fits) else int(np.argmax(np.where(known <= 120, test, 0)))
        return self.users[best]

    def titles(self, items: Sequence[int]) -> list[str]:
        """Return the titles of items; without titles, their ids."""
        titles = self.data.titles
        return [str(self.data.item_ids[i]) if titles is None else titles[i] for i in items]

    def item_label(self, item: int) -> str:
        """Return an item's title and how many people are known to like it."""
        return f"{self.titles([item])[0]}, {self.known.popularity[item]} likes"

    def user_label(self, user: int) -> str:
        """Return a user's id, and how many likes are known and held back."""
        known, held = self.known.counts[user], self.data.test.counts[user]
        return f"User {self.data.user_ids[user]}: {known} known likes, {held} held back"

    def likes(self, user: int) -> list[str]:
        """Return titles that a user is known to like, the most liked by everybody first."""
        order = sorted(self.known.of(user).tolist(), key=lambda i: -self.known.popularity[i])
        return self.titles(order)

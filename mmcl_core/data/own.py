"""A person's own pairs: what is kept, what is dropped and why, and a split of the rest."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmcl_core.data.errors import data_error
from mmcl_core.data.interactions import Interactions
from mmcl_core.data.sheet import LONGEST, Columns, Sheet, is_number
from mmcl_core.data.splitting import from_pairs

LIKED = 0.8  # of the highest rating: 4 of 5, 8 of 10


@dataclass(frozen=True)
class Dropped:
    """Rows that were left out, for one reason."""

    reason: str
    rows: int


@dataclass(frozen=True, eq=False)
class Own:
    """A person's own data set, and how it came to be.

    Parameters
    ----------
    data : Interactions
    rows : int
        Rows of the table below its header.
    dropped : tuple of Dropped
        In the order in which the reasons were looked at; none with 0 rows.
    least : float or None
        The rating from which on a row counted as positive; None without ratings.
    ratings : tuple of (float, int)
        How often each rating came, the lowest first; at most the 20 most frequent.
    """

    data: Interactions
    rows: int
    dropped: tuple[Dropped, ...]
    least: float | None
    ratings: tuple[tuple[float, int], ...]


def read_own(
    sheet: Sheet,
    columns: Columns | None = None,
    *,
    least: float | None = None,
    min_positives: int = 5,
    name: str = "your data",
    seed: int = 0,
) -> Own:
    r"""Turn a table into positives, split as all others are, and say what was left out.

    Parameters
    ----------
    sheet : Sheet
    columns : Columns, optional
        By default the sheet's guess.
    least : float, optional
        Rating from which on a row is a positive; by default 80% of the highest. Lower ratings are
        left out: they are no negatives either.
    min_positives : int
        Users with fewer are left out; at least 3.
    name : str
    seed : int
        Of the split, 70% train, 10% validation, 20% test of each user. Times are not used for it.

    Returns
    -------
    Own

    Raises
    ------
    DataError
        When the columns are not four different ones of the table, or too little is left.

    Examples
    --------
    >>> from mmcl_core.data.sheet import read_sheet
    >>> rows = [f"{user},{item},{5 - (item == 3)}" for user in ("ann", "bob") for item in range(6)]
    >>> text = "\n".join(["user,item,rating", *rows, "bob,,5"])
    >>> own = read_own(read_sheet(text.encode()), least=5)
    >>> own.data
    Interactions('your data': 2 users, 5 items, train 6, validation 2, test 2)
    >>> [(d.reason, d.rows) for d in own.dropped]
    [('without a user or an item', 1), ('rated below 5', 2)]
    """
    columns = columns or sheet.guess
    _check(columns, len(sheet.names))
    taken = _take(sheet, columns)
    dropped = dict(taken.dropped)
    keep = np.ones(len(taken.users), bool)
    if taken.ratings is not None:
        if least is None:
            least = LIKED * float(taken.ratings.max(initial=-math.inf))
        keep = taken.ratings >= least
        dropped[f"rated below {least:g}"] = int((~keep).sum())
    if not keep.any():
        rated = "" if least is None else f" and a rating of {least:g} or more"
        raise data_error(
            f"rows with a user and an item{rated}",
            "none",
            "Choose other columns, or a lower rating.",
        )
    users, items = taken.users[keep], taken.items[keep]
    pairs = pd.DataFrame({"user": users, "item": items})
    repeated = pairs.duplicated().to_numpy()
    dropped["a pair that came before"] = int(repeated.sum())
    users, items = users[~repeated], items[~repeated]
    counts = np.bincount(users)
    enough = int((counts >= min_positives).sum())
    if enough < 2:
        raise data_error(
            f"at least 2 users with {min_positives} or more items",
            f"{enough} of {len(counts)} (the most items of a user: {counts.max()})",
            "Recommending compares users: check which column is which, or bring more rows.",
        )
    few = counts[users] < min_positives
    dropped[f"of users with fewer than {min_positives} positives"] = int(few.sum())
    data = from_pairs(
        _ids(taken.user_ids)[users],
        _ids(taken.item_ids)[items],
        name=name,
        seed=seed,
        min_positives=min_positives,
    )
    kinds = tuple(Dropped(reason, n) for reason, n in dropped.items() if n)
    if taken.ratings is None:
        return Own(data, taken.rows, kinds, None, ())
    often = Counter(taken.ratings.tolist()).most_common(20)
    return Own(data, taken.rows, kinds, least, tuple(sorted(often)))


@dataclass(frozen=True)
class _Taken:
    users: npt.NDArray[np.int64]
    items: npt.NDArray[np.int64]
    ratings: npt.NDArray[np.float64] | None
    user_ids: list[str]
    item_ids: list[str]
    rows: int
    dropped: dict[str, int]


def _take(sheet: Sheet, columns: Columns) -> _Taken:
    """Read the rows once; ids become numbers at once, so that no table of texts is held."""
    user_of: dict[str, int] = {}
    item_of: dict[str, int] = {}
    users, items, ratings = array("q"), array("q"), array("d")
    width, lost, n = len(sheet.names), Counter[str](), 0
    for row in sheet.rows():
        n += 1
        if len(row) != width:
            lost[f"without {width} fields"] += 1
            continue
        user, item = row[columns.user].strip(), row[columns.item].strip()
        if not user or not item:
            lost["without a user or an item"] += 1
            continue
        if max(len(user), len(item)) > LONGEST:
            lost[f"with an id longer than {LONGEST} characters"] += 1
            continue
        if columns.rating is not None:
            rating = row[columns.rating].replace(",", ".")
            if not is_number(rating) or math.isinf(float(rating)):
                lost["with a rating that is no number"] += 1
                continue
            ratings.append(float(rating))
        users.append(user_of.setdefault(user, len(user_of)))
        items.append(item_of.setdefault(item, len(item_of)))
    return _Taken(
        np.array(users, np.int64),
        np.array(items, np.int64),
        None if columns.rating is None else np.array(ratings),
        list(user_of),
        list(item_of),
        n,
        dict(lost),
    )


def _ids(texts: list[str]) -> npt.NDArray[np.object_]:
    """Return ids in an array that keeps them as they are."""
    found = np.empty(len(texts), object)
    found[:] = texts
    return found


def _check(columns: Columns, width: int) -> None:
    places = [columns.user, columns.item, columns.rating, columns.timestamp]
    used = [place for place in places if place is not None]
    if len(set(used)) != len(used) or not all(0 <= place < width for place in used):
        raise data_error(
            f"a different column of the {width} for each of user, item, rating, timestamp",
            f"columns {', '.join(str(place + 1) for place in used)}",
            "Choose each column once.",
        )

"""MovieLens latest-small, the 2016 release: the one data set that comes with the package.

References
----------
Harper and Konstan, "The MovieLens Datasets: History and Context", ACM Transactions on Interactive
Intelligent Systems 5 (4), 2015. The terms of use are in ``movielens/LICENSE.txt``.
"""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import io
from importlib import resources

import numpy as np
import pandas as pd

from mmcl_core.data.errors import data_error
from mmcl_core.data.interactions import Interactions
from mmcl_core.data.splitting import from_pairs

LIKED = 4.0  # stars, of 0.5 to 5, from which a rating is a positive
MIN_POSITIVES = 5  # of a user that stays
NO_GENRES = "(no genres listed)"
SHA256 = {  # of the uncompressed tables, which tools/build_movielens.py makes
    "ratings.csv": "2947e9758aa19ddcdb837fec3247d5dd5aeedf2863228b875287154982aa637e",
    "films.csv": "71e3c2fe9227a432f75e115dc6587454089d03837286a1a8ca7b41b40688fcd3",
}


def read_table(name: str) -> pd.DataFrame:
    """Read one table of the package and check that it is unchanged.

    Parameters
    ----------
    name : str
        ``"ratings.csv"`` (user, film, rating, timestamp in seconds since 1970) or ``"films.csv"``
        (film, title, year, genres with ``|`` between).

    Returns
    -------
    pandas.DataFrame
        The table.

    Raises
    ------
    DataError
        When the table is damaged.
    """
    packed = resources.files(__package__).joinpath("movielens", f"{name}.gz").read_bytes()
    content = gzip.decompress(packed)
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256[name]:
        raise data_error(
            f"the sha256 sum {SHA256[name]} of {name}", found, "Install the package again."
        )
    return pd.read_csv(io.BytesIO(content), encoding="utf-8", keep_default_na=False, na_values=[""])


def load_films(seed: int = 0) -> Interactions:
    """Load the films that people liked.

    Ratings of 4 stars and more are positives; users with at least 5 of them stay. The split is
    per user in seeded random order: floor(20%) test, floor(10%) validation, at least one each.

    Parameters
    ----------
    seed : int
        Seed of the split.

    Returns
    -------
    Interactions
        With titles (the year in brackets), years and genres.
    """
    ratings, films = read_table("ratings.csv"), read_table("films.csv").set_index("film")
    liked = ratings[ratings["rating"] >= LIKED]
    data = from_pairs(
        liked["user"], liked["film"], name="movielens", seed=seed, min_positives=MIN_POSITIVES
    )
    films = films.loc[data.item_ids]
    years = tuple(None if np.isnan(year) else int(year) for year in films["year"])
    titles = tuple(
        _title(film, title, year)
        for film, title, year in zip(films.index, films["title"], years, strict=True)
    )
    genres = tuple(
        () if listed == NO_GENRES else tuple(listed.split("|")) for listed in films["genres"]
    )
    return dataclasses.replace(data, titles=titles, years=years, genres=genres)


def _title(film: int, title: object, year: int | None) -> str:
    """Return a title that tells films of the same name apart."""
    name = title if isinstance(title, str) else f"Film {film} (title missing)"
    return name if year is None else f"{name} ({year})"

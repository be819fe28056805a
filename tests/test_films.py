"""The films in the package."""

from __future__ import annotations

import numpy as np
import pytest

from mmcl_core.data import DataError, films, load


def test_films_are_the_documented_set() -> None:
    data = load("movielens")
    assert data.name == "movielens"
    assert data.describe() == {
        "users": 659,
        "items": 6169,
        "train": 36598,
        "validation": 4889,
        "test": 10048,
        "density": 51535 / (659 * 6169),
    }
    everyone = data.known("test").union(data.test)
    assert everyone.counts.min() == 5
    assert (everyone.popularity == 1).sum() == 2290


def test_films_have_names() -> None:
    data = load("movielens")
    assert data.titles is not None
    assert data.years is not None
    assert data.genres is not None
    toys = data.item_ids.tolist().index(1)
    assert data.titles[toys] == "Toy Story (1995)"
    assert data.years[toys] == 1995
    assert data.genres[toys] == ("Adventure", "Animation", "Children", "Comedy", "Fantasy")
    nameless = data.item_ids.tolist().index(108583)
    assert data.titles[nameless] == "Film 108583 (title missing)"
    assert data.years[nameless] is None
    assert data.genres[data.item_ids.tolist().index(151307)] == ()
    assert all(data.titles)


def test_the_seed_decides_the_split_of_the_films() -> None:
    first, again, other = load("movielens"), load("movielens", seed=0), load("movielens", seed=1)
    assert np.array_equal(first.test.codes, again.test.codes)
    assert not np.array_equal(first.test.codes, other.test.codes)
    assert first.titles == other.titles


def test_the_tables_are_whole() -> None:
    ratings, listed = films.read_table("ratings.csv"), films.read_table("films.csv")
    assert len(ratings) == 100_004
    assert ratings["user"].nunique() == 671
    assert len(listed) == 9066
    assert set(ratings["film"]) == set(listed["film"])
    assert listed["title"].isna().sum() == 5


def test_a_damaged_table_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(films.SHA256, "films.csv", "0" * 64)
    with pytest.raises(DataError, match=r"sha256 sum 0+ of films\.csv.*Install the package again"):
        load("movielens")

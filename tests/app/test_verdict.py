"""What is said of a reader's own data: the verdict, and items where films are called films."""

from __future__ import annotations

import numpy as np
import pytest

from mmcl_app.train import verdict
from mmcl_app.train.job import LaneView
from mmcl_app.train.source import Origin, Source
from mmcl_core.data import Columns, Interactions, Own, from_pairs
from mmcl_core.trained import Trained
from mmcl_core.training import DoneEvent, TrainConfig


def lane(name: str, source: Source, hits: float, config: TrainConfig) -> LaneView:
    """Return a lane that puts the held-back items first for a share of the users."""
    data = source.data
    users = np.eye(data.n_users, dtype=np.float32)
    items = np.zeros((data.n_items, data.n_users), np.float32)
    lucky = data.test.users < hits * data.n_users
    items[data.test.items[lucky], data.test.users[lucky]] = 1
    trained = Trained.of(users, items, data, {})
    return LaneView(
        name, config, (), 1.0, DoneEvent("finished", 1, 1, 1, {}, {}, trained, 1.0), "", 1.0
    )


@pytest.fixture
def many() -> Source:
    rng = np.random.default_rng(1)
    users = np.repeat(np.arange(80), 10)
    items = np.concatenate([rng.choice(300, 10, replace=False) for _ in range(80)])
    data = from_pairs(users, items, name="many", seed=0)
    return Source(data, Origin("many.csv", Columns(0, 1), None, True), Own(data, 800, (), None, ()))


def test_a_verdict_says_better_worse_or_nothing_measured(many: Source) -> None:
    single, several = TrainConfig(loss="ccl"), TrainConfig()
    lanes = [
        lane("A", many, 0.9, single),
        lane("B", many, 0.5, single),
        lane("C", many, 0.5, several),
    ]
    found = verdict.verdict(lanes, many)
    assert found is not None
    nearest, other = verdict.lines(found)
    assert nearest.startswith("No measurable difference between **C**")
    assert "+0.0%" in nearest
    assert other.startswith("**C**")
    assert "ranks worse than **A**" in other
    better = verdict.verdict([lanes[1], lane("C", many, 1.0, several)], many)
    assert better is not None
    (line,) = verdict.lines(better)
    assert "ranks better than **B**" in line
    assert verdict.question(better, many) == "Does MMCL pay on your data?"
    assert "another seed or another split" in verdict.limits(better, many)
    assert "chosen on other data" in verdict.limits(better, many)


def test_a_verdict_without_anything_to_divide_by(many: Source) -> None:
    lanes = [
        lane("B", many, 0.0, TrainConfig(loss="ccl")),
        lane("C", many, 1.0, TrainConfig()),
    ]
    found = verdict.verdict(lanes, many)
    assert found is not None
    assert "inf" not in verdict.lines(found)[0]
    assert "nan" not in verdict.lines(found)[0]
    assert verdict.verdict(lanes[:1], many) is None


def test_few_users_make_no_verdict(tiny: Interactions) -> None:
    films = Source(tiny)
    config = TrainConfig(loss="ccl")
    found = verdict.verdict([lane("A", films, 1, config), lane("C", films, 0.5, config)], films)
    assert found is not None
    assert "too little to measure" in verdict.limits(found, films)
    assert verdict.question(found, films) == "Is lane C better on these films?"


def test_words_about_films_become_words_about_items(many: Source) -> None:
    assert many.say("A film is a film; films, Films") == "An item is an item; items, Items"
    assert Source(many.data).say("A film") == "A film"

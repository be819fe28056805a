"""The popularity curve: what it draws, and its words."""

from __future__ import annotations

import numpy as np
import pytest

from mmcl_core.figures import describe_popularity, popularity_curve


def test_the_curve_falls_and_keeps_both_ends() -> None:
    counts = np.random.default_rng(0).integers(0, 5000, 30_000)
    (line,) = popularity_curve(counts, mode="dark").data
    kept = counts[counts > 0]
    assert (line.x[0], line.x[-1]) == (1, len(kept))
    assert (line.y[0], line.y[-1]) == (kept.max(), kept.min())
    assert list(line.y) == sorted(line.y, reverse=True)
    assert len(line.x) <= 200


def test_one_item_is_a_point() -> None:
    (line,) = popularity_curve([0, 7]).data
    assert (line.mode, line.x, line.y) == ("markers", (1,), (7,))


def test_words_say_how_much_the_top_holds() -> None:
    counts = [100] + [1] * 19
    assert "most popular 10% of the items hold 85% of the pairs" in describe_popularity(counts)
    assert describe_popularity([4], "film").startswith("Pairs of each film: from 4")


def test_nothing_to_draw_is_refused() -> None:
    with pytest.raises(ValueError, match="an item with a pair"):
        popularity_curve([0, 0])

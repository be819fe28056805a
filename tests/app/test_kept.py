"""Vectors of a lane that is over: small, and nearly as they were."""

from __future__ import annotations

import numpy as np
import pytest

from mmcl_app.train.kept import Kept
from mmcl_core.data import Positives
from mmcl_core.trained import Trained


def trained(dim: int) -> Trained:
    rng = np.random.default_rng(dim)
    users, items = (rng.normal(size=(n, dim)).astype(np.float32) for n in (40, 70))
    items[3] = 0
    users, items = (
        x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1) for x in (users, items)
    )
    known = Positives.from_pairs([0, 1], [5, 6], 40, 70)
    return Trained(users, items, known, [f"item {i}" for i in range(70)], {})


@pytest.mark.parametrize("dim", [1, 2, 5, 64])
def test_cosines_are_right_to_a_millionth(dim: int) -> None:
    whole = trained(dim)
    kept = Kept(whole, whole.known)
    for name in ("users", "items"):
        was, now = getattr(whole, name), getattr(kept, name)
        assert now.dtype == np.float32
        assert now.shape == was.shape
        np.testing.assert_allclose(now, was, rtol=0, atol=2e-6)
    np.testing.assert_allclose(kept.users @ kept.items.T, whole.users @ whole.items.T, atol=4e-6)


def test_lists_are_the_same() -> None:
    whole = trained(64)
    kept = Kept(whole, whole.known)
    for place in (0, 1, 20):
        was, now = whole.recommend(place, 10), kept.recommend(place, 10)
        assert [one.item for one in now] == [one.item for one in was]
        near = kept.neighbours(place, 5)
        assert [one.item for one in near] == [one.item for one in whole.neighbours(place, 5)]


def test_two_numbers_take_five_bytes() -> None:
    kept = Kept(trained(64), trained(64).known)
    packed, scale, _ = kept._items
    assert packed.nbytes == 70 * 64 * 5 // 2
    assert scale.nbytes == 70 * 4

"""One limit for all pages that train while their reader waits."""

from __future__ import annotations

import pytest
import torch

from mmcl_app import turns
from mmcl_app.challenge.settings import rounds
from mmcl_app.toy.runs import trained
from mmcl_core.challenge import Entry
from mmcl_core.stories import Lane
from mmcl_core.worlds import W12


class Counter:
    """Room that counts who takes it, and never holds anybody back."""

    def __init__(self) -> None:
        self.taken = self.inside = 0

    def __enter__(self) -> None:
        self.taken += 1
        self.inside += 1

    def __exit__(self, *_: object) -> None:
        self.inside -= 1


def test_toy_world_and_challenge_take_turns_at_one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    room = Counter()
    monkeypatch.setattr(turns, "_free", room)
    configs = [Lane("", (m,), (1.0,)).config(W12, 5, 987) for m in (0.31, 0.62)]
    trained(W12, configs)
    assert room.taken == 2
    trained(W12, configs)  # kept from before
    assert room.taken == 2
    playing = rounds(Entry(0.6, 2.0))
    for taken in (3, 4):
        next(playing)
        assert (room.taken, room.inside) == (taken, 0)


def test_a_turn_uses_one_thread_and_is_given_back() -> None:
    torch.set_num_threads(2)
    for _ in range(20):
        with turns.turn():
            assert torch.get_num_threads() == 1

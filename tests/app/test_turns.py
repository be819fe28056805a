"""One limit for all pages that train while their reader waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

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
    monkeypatch.setattr(turns, "_room", room)
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


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.001)


def test_who_came_first_enters_first_and_nobody_passes_a_queue() -> None:
    room, entered = turns.Room(1), []

    def enter(name: int) -> None:
        with room:
            entered.append(name)

    with room:
        others = [threading.Thread(target=enter, args=(i,)) for i in range(4)]
        for i, other in enumerate(others):
            other.start()
            wait_for(lambda queue=i + 1: len(room._waiting) == queue)
    enter(4)  # whoever has just left stands at the end of the queue
    for other in others:
        other.join(60)
    assert entered == [0, 1, 2, 3, 4]


def test_a_training_that_raises_gives_its_place_back() -> None:
    room = turns.Room(1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), room:
            raise ZeroDivisionError
    with room:
        pass


def test_no_more_enter_than_there_is_room() -> None:
    room, lock = turns.Room(2), threading.Lock()
    inside, most = 0, 0

    def enter() -> None:
        nonlocal inside, most
        for _ in range(50):
            with room:
                with lock:
                    inside += 1
                    most = max(most, inside)
                with lock:
                    inside -= 1

    threads = [threading.Thread(target=enter) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert 1 <= most <= 2
    assert inside == 0
    assert room._free == 2

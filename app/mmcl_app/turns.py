"""Turns at short trainings: every page that trains while its reader waits takes one here."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock

import torch


def processors() -> int:
    """Return how many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on Linux
        return os.cpu_count() or 2


class Room:
    """Room for so many at once; the others enter in order of arrival.

    A semaphore would let whoever has just left enter again before those who wait.
    """

    def __init__(self, places: int) -> None:
        self._free = places
        self._lock = Lock()
        self._waiting: deque[Event] = deque()

    def __enter__(self) -> None:
        mine = Event()
        with self._lock:
            if self._free:
                self._free -= 1
                return
            self._waiting.append(mine)
        mine.wait()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1


_room = Room(max(1, processors() - 1))  # one processor answers the others


@contextmanager
def turn() -> Iterator[None]:
    """Wait until there is room for one more training, which then uses one thread."""
    with _room:
        torch.set_num_threads(1)
        yield

"""Turns at short trainings: every page that trains while its reader waits takes one here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

import torch

_free = BoundedSemaphore(max(1, (os.cpu_count() or 2) - 1))  # one processor answers the others


@contextmanager
def turn() -> Iterator[None]:
    """Wait until there is room for one more training, which then uses one thread."""
    with _free:
        torch.set_num_threads(1)
        yield

"""The film of the Start page: three runs recorded beforehand, so that nothing heavy is loaded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmcl_core.stage.payload import changed

FILE = Path(__file__).parents[1] / "snapshots" / "start.npz"


def film(user: int | None, view: Mapping[str, Any]) -> bytes:
    """Return the scene as the stage takes it, with what the steps draw for one user."""
    picked = None if user is None else {"user": user, "panes": [drawn(user)] * len(recall())}
    return changed(_scene(), picked=picked, view=dict(view))


def drawn(user: int) -> dict[str, Any]:
    """Return the steps that draw a user, its positives and its negatives: alike in all runs."""
    users = _read("users")  # (S, B)
    step, place = np.nonzero(users == user)
    return {
        "steps": (step + 1).tolist(),
        "positives": _read("positives")[step, place].tolist(),
        "negatives": _read("negatives")[step, place].tolist(),
    }


def recall() -> list[float]:
    """Return Recall@10 of each run at its end."""
    return _read("recall").tolist()


def first_cosines() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the cosines before training: of all pairs (U, I), and of all likes."""
    header = json.loads(_read("header").tobytes())
    users, items = np.split(_read("moves")[0, 0] / np.float32(32767), [header["users"]])
    table = users @ items.T
    likes = [known + held for known, held in zip(header["likes"], header["held"], strict=True)]
    return table, np.concatenate([table[user, liked] for user, liked in enumerate(likes)])


@lru_cache(maxsize=1)
def _scene() -> bytes:
    header = _read("header").tobytes()
    positions = _read("moves").cumsum(axis=1, dtype=np.int16)  # it wraps back what wrapped
    return len(header).to_bytes(4, "little") + header + positions.astype("<i2").tobytes()


@lru_cache(maxsize=8)
def _read(name: str) -> NDArray[Any]:
    with np.load(FILE, allow_pickle=False) as archive:
        array = archive[name]
    array.setflags(write=False)
    return array

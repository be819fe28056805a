"""What the stage is told: runs, colours and the picked user, as one block of bytes.

4 bytes      length of the header, little-endian, unsigned
header       JSON in UTF-8
positions    of each pane: (F, U + I, D) int16, little-endian, 1 stands for 32767
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mmcl_core import _checks, colours
from mmcl_core.stage.words import words

if TYPE_CHECKING:  # so that opening the stage does not load torch
    from mmcl_core.losses import Loss
    from mmcl_core.trajectories import Trajectory

MOST_PANES = 3
_FULL = 32767
PAPER = {"light": "#fdfcfa", "dark": "#15171c"}
HOME: dict[str, Any] = {
    "frame": 0,
    "camera": [0.6, 0.35, 1.0],
    "user": None,
    "dragged": None,
    "playing": False,
    "speed": 1,
    "slow": False,
    "phase": 0,
}


def scene(
    runs: Sequence[Trajectory] | Trajectory,
    *,
    titles: Sequence[str] | None = None,
    user: int | None = None,
    view: Mapping[str, Any] | None = None,
) -> bytes:
    """Pack one to three runs of one world for the stage.

    Parameters
    ----------
    runs : Trajectory or sequence of Trajectory
        Of one world, with the same steps. Runs that cannot be shown, say with positions that are
        not numbers, become a message on the stage.
    titles : sequence of str, optional
        One a run; by default the loss and its margins.
    user : int, optional
        The picked user: what each step drew for it is sent along.
    view : mapping, optional
        What to show: any of the names in `HOME`. "camera" is yaw and pitch in radians, and zoom;
        "dragged" is {"point", "position", "frame"}. The stage obeys when it opens, and again
        whenever "turn", any number, is another one than before. What is impossible is left out.

    Returns
    -------
    bytes

    Raises
    ------
    ValueError
        If there are no runs or more than three, or not one title each.

    Examples
    --------
    >>> from mmcl_core.trajectories import record, toy_config
    >>> from mmcl_core.worlds import make_world
    >>> run = record(make_world(seed=0), toy_config(steps=2))
    >>> len(scene(run)) > 2 * run.positions.size
    True
    """
    listed = list(runs) if isinstance(runs, Sequence) else [runs]
    if not 1 <= len(listed) <= MOST_PANES:
        raise _checks.refuse("one to three runs", len(listed), "Show fewer side by side.")
    names = [_title(run) for run in listed] if titles is None else list(titles)
    if len(names) != len(listed):
        raise _checks.refuse(f"{len(listed)} titles, one a run", len(names), "Give one each.")
    problem = _problem(listed)
    if problem:
        return _packed({"version": 1, "problem": problem}, [])
    panes = [{"title": name, **_pane(run)} for name, run in zip(names, listed, strict=True)]
    header = {
        "version": 1,
        "words": words(listed[0].positions.shape[2]),
        **_world(listed[0]),
        "projection": _projection(listed),
        "panes": panes,
        "palette": {mode: _palette(listed[0], panes, mode) for mode in colours.MODES},
        "picked": None if user is None else _drawn(listed, user),
        "home": HOME,
        "view": _view(view or {}, listed[0]),
    }
    return _packed(header, [_quantised(run) for run in listed])


def changed(packed: bytes, **entries: Any) -> bytes:
    """Return a packed scene with other entries in its header: "view", "picked"...

    Examples
    --------
    >>> packed = _packed({"version": 1, "view": {}}, [b"positions"])
    >>> changed(packed, view={"frame": 3})[4:]
    b'{"version":1,"view":{"frame":3}}positions'
    """
    end = 4 + int.from_bytes(packed[:4], "little")
    return _packed({**json.loads(packed[4:end]), **entries}, [packed[end:]])


def _problem(runs: Sequence[Trajectory]) -> str:
    """Say in words why these runs cannot be shown; nothing if they can."""
    first = runs[0]
    for run in runs:
        if not np.isfinite(run.positions).all():
            return "This run holds positions that are not numbers: its training came apart."
        if run.positions.shape != first.positions.shape or (run.steps != first.steps).any():
            return "These runs cannot go side by side: they differ in points, steps or dimensions."
        if run.positions.shape[0] != len(run.steps):
            return "This run has not one frame for each of its steps."
    return ""


def _view(wanted: Mapping[str, Any], run: Trajectory) -> dict[str, Any]:
    """Return the possible part of a view."""
    frames, points, dim = run.positions.shape
    possible: dict[str, Callable[[Any], bool]] = {
        "frame": lambda x: 0 <= int(x) < frames,
        "camera": lambda x: len(x) == 3 and all(map(math.isfinite, x)),
        "user": lambda x: x is None or 0 <= int(x) < run.world.data.n_users,
        "dragged": lambda x: (
            x is None
            or (
                0 <= int(x["point"]) < points
                and 0 <= int(x["frame"]) < frames
                and [math.isfinite(c) for c in x["position"]] == dim * [True]
            )
        ),
        "speed": lambda x: 0.25 <= float(x) <= 4,
        "phase": lambda x: 0 <= int(x) <= 4,
        "playing": lambda x: True,
        "slow": lambda x: True,
        "still": lambda x: True,
        "turn": lambda x: True,
    }
    kept: dict[str, Any] = {"turn": 0}
    for name in possible.keys() & wanted.keys():
        with suppress(TypeError, ValueError, KeyError):
            if possible[name](wanted[name]):
                kept[name] = wanted[name]
    return kept


def _world(run: Trajectory) -> dict[str, Any]:
    world = run.world
    return {
        "seed": world.seed,
        "users": world.data.n_users,
        "items": world.data.n_items,
        "dim": run.positions.shape[2],
        "steps": run.steps.tolist(),
        "tastes": [*world.user_taste.tolist(), *world.item_taste.tolist()],
        "likes": [world.data.train.of(u).tolist() for u in range(world.data.n_users)],
        "held": [world.data.test.of(u).tolist() for u in range(world.data.n_users)],
    }


def _loss(run: Trajectory) -> Loss:
    from mmcl_core.losses import Loss

    return Loss(run.config.loss, **run.config.settings)


def _pane(run: Trajectory) -> dict[str, Any]:
    loss = _loss(run)
    margins, weights, negative_weight = loss.staircase or ((), (), 0.0)
    symbols = colours.band_symbols(len(margins))
    return {
        "margins": margins,
        "weights": weights,
        "negative_weight": negative_weight,
        "positive_weight": loss.settings["positive_weight"] if loss.staircase else 0.0,
        "symbols": symbols,
        "glyphs": [
            f"{colours.GLYPHS[s]} {'{margin}' if k else 'dead'}" for k, s in enumerate(symbols)
        ],
        "slopes": [0.0, *(negative_weight * sum(weights[:k]) for k in range(1, len(weights) + 1))],
    }


def _title(run: Trajectory) -> str:
    loss = _loss(run)
    margins = loss.staircase.margins if loss.staircase else ()
    return " ".join([loss.spec.title, *(f"{m:g}" for m in margins)])


def _drawn(runs: Sequence[Trajectory], user: int) -> dict[str, Any]:
    """Return what each pane's steps drew for one user."""
    panes = []
    for run in runs:
        drawn = run.of_user(user)
        panes.append(
            {
                "steps": drawn.steps.tolist(),
                "positives": drawn.positives.tolist(),
                "negatives": drawn.negatives.tolist(),
            }
        )
    return {"user": user, "panes": panes}


def _palette(run: Trajectory, panes: list[dict[str, Any]], mode: str) -> dict[str, Any]:
    chosen = colours.palette(mode)
    return {
        "text": chosen.text,
        "muted": chosen.muted,
        "grid": chosen.grid,
        "paper": PAPER[mode],
        "dead": chosen.dead,
        "positive": chosen.positive,
        "tastes": colours.taste_colours(int(run.world.user_taste.max(initial=0)) + 1, mode),
        "bands": [colours.band_colours(len(pane["margins"]), mode) for pane in panes],
    }


def _projection(runs: Sequence[Trajectory]) -> list[list[float]]:
    """Return the three directions that are seen, (3, D): all of them up to D = 3."""
    dim = runs[0].positions.shape[2]
    if dim <= 3:
        return [[float(i == j) for j in range(dim)] for i in range(3)]
    ends = np.concatenate([run.positions[-1] for run in runs]).astype(np.float64)
    directions = np.linalg.svd(ends, full_matrices=False)[2][:3]  # (3, D)
    signs = np.sign(directions[np.arange(3), np.abs(directions).argmax(1)])
    rows: list[list[float]] = (directions * signs[:, None]).tolist()
    return rows


@lru_cache(maxsize=12)
def _quantised(run: Trajectory) -> bytes:
    whole: NDArray[np.int16] = np.rint(run.positions * _FULL).astype("<i2")
    return whole.tobytes()


def _packed(header: dict[str, Any], blocks: Sequence[bytes]) -> bytes:
    text = json.dumps(header, separators=(",", ":")).encode()
    return len(text).to_bytes(4, "little") + text + b"".join(blocks)

"""The panel's numbers on films: from the file that `tools/build_negatives.py` makes."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mmcl_app.negatives.seen import AT, Chance, Noise, Pairs, Seen, Way, chance, falling, finite
from mmcl_core.losses import PRESETS, Loss
from mmcl_core.noise import Binned

FILE = Path(__file__).parents[2] / "snapshots" / "negatives.npz"
TRAINED_WITH = 10  # negatives of each like in these runs
_OTHERS = {
    "MMCL on films": Loss("mmcl", **PRESETS["films-mmcl"].settings),
    "CCL as published": Loss("ccl", **PRESETS["paper-ccl"].settings),
}
_DRAWS = 20  # sets of negatives for each user


@lru_cache(maxsize=32)
def look(
    run: str,
    epoch: str,
    margins: tuple[float, ...],
    weights: tuple[float, ...],
    negative_weight: float,
) -> Seen:
    """Ask one penalty of the cosines of one run after one epoch."""
    meta, arrays = _archive()
    at = meta["runs"].index(run), meta["epochs"].index(int(epoch))
    kept = _binned(*at)
    settings = {"margins": margins, "weights": weights, "negative_weight": negative_weight}
    loss = Loss("mmcl", **settings)
    others = [(name, one) for name, one in _OTHERS.items() if one.staircase != loss.staircase]
    noises = [_noise(kept, "This penalty", 0, loss)]
    noises += [_noise(kept, name, 2 + i, one) for i, (name, one) in enumerate(others)]
    noises.append(_softmax(arrays, at, meta["ns"], 4))
    drawn = arrays["drawn"][at]
    ways = [
        _way(name, counts, likes, loss)
        for name, counts, likes in zip(meta["samplers"], drawn, arrays["likes"][at], strict=True)
    ]
    pools = [(int(way.name.rsplit(" ", 1)[-1]), way) for way in ways if "hardest" in way.name]
    return Seen(
        TRAINED_WITH,
        f"the model after epoch {epoch}",
        (_chance(kept, loss),),
        tuple(noises),
        tuple(way for way in ways if "hardest" not in way.name or way.name.endswith(" 40")),
        tuple((pool, way.active, way.false) for pool, way in [(1, ways[0]), *pools]),
    )


def _chance(kept: Binned, loss: Loss) -> Chance:
    active = kept.active_by_user(loss)
    generator = torch.Generator().manual_seed(0)
    drawn = []
    for n in AT:
        hits = torch.binomial(
            torch.full((_DRAWS, len(active)), float(n), dtype=torch.float64),
            active.expand(_DRAWS, -1),
            generator=generator,
        )
        drawn.append((n, float((hits > 0).double().mean())))
    return chance("This penalty", 0, TRAINED_WITH, active, finite(drawn))


def _noise(kept: Binned, name: str, place: int, loss: Loss) -> Noise:
    budget = kept.budget(loss)
    one = kept.deviation(loss) / budget if budget else math.nan
    active = float(kept.active_by_user(loss).mean())
    curve = falling(one)
    aims: Pairs = tuple((n, 1.0) for n, _ in curve)
    return Noise(name, place, active, one, kept.relative_noise(loss), curve, (), aims)


def _softmax(
    arrays: dict[str, NDArray[Any]], at: tuple[int, int], ns: Sequence[int], place: int
) -> Noise:
    noise, aims = (arrays[name][at].tolist() for name in ("softmax_noise", "softmax_aim"))
    drawn, aimed = (finite(zip(ns, values, strict=True)) for values in (noise, aims))
    return Noise("Softmax", place, 1.0, math.nan, math.nan, (), drawn, aimed)


def _way(name: str, counts: NDArray[np.integer], likes: NDArray[np.floating], loss: Loss) -> Way:
    nothing = np.zeros(len(counts))
    one = Binned(counts[None].astype(np.int64), nothing, np.outer(nothing, nothing))
    known, held_out = likes.tolist()
    words = name if "hardest" not in name else f"the {name}"
    active = float(one.active_by_user(loss)[0])
    own = name == "uniform"
    shown = "by popularity" if name == "popularity" else words
    return Way(shown, own, active, None, known + held_out, known, None)


def _binned(r: int, e: int) -> Binned:
    _, arrays = _archive()
    tails = arrays["tails"][r, e].astype(np.int64).cumsum(0)  # (U, B): items in a bin or above
    counts = tails - np.pad(tails, ((0, 0), (0, 1)))[:, 1:]
    size = arrays["size"][r, e].astype(np.float64)  # (B,)
    above = np.triu_indices(len(size))
    alike = np.zeros((len(size), len(size)))
    alike[above] = arrays["alike"][r, e] / 32_767
    alike = alike + np.triu(alike, 1).T
    squares = arrays["squares"][r, e].astype(np.float64)
    return Binned(counts, squares, alike * np.outer(size, size))


@lru_cache(maxsize=1)
def _archive() -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    with np.load(FILE, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    return json.loads(arrays.pop("meta").tobytes()), arrays

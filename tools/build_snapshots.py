"""Build the cosines that the Lab page shows: three runs on films, looked at after several epochs.

Each run is trained with seed 0 and otherwise default settings. After each epoch of `EPOCHS` the
cosines of all user-film pairs and of all positives are reduced to evenly spaced quantiles: a
sample without the noise of sampling. They are kept sorted, as int16 steps, which pack well.

    python tools/build_snapshots.py app/snapshots/films.npz
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import normalize

from mmcl_core.data import Interactions, load
from mmcl_core.losses import PRESETS
from mmcl_core.metrics import evaluate
from mmcl_core.training import EpochEvent, TrainConfig, Training

RUNS = ("films-mmcl", "films-ccl", "paper-ccl")
EPOCHS = (0, 1, 2, 5, 10, 20, 40)
PAIRS, POSITIVES = 20_000, 5_000
SCALE = 32_767
SEED = 0


def quantiles(values: NDArray[np.float32], n: int) -> NDArray[np.int16]:
    """Return n evenly spaced quantiles, sorted, as int16 differences."""
    middle = np.quantile(values, (np.arange(n) + 0.5) / n)
    whole = np.rint(np.clip(middle, -1, 1) * SCALE).astype(np.int32)
    return np.diff(whole, prepend=0).astype(np.int16)


def look(run: Training, data: Interactions) -> tuple[NDArray[np.int16], NDArray[np.int16], float]:
    """Return the quantiles of all pairs and of the positives, and NDCG@20 on test."""
    with torch.no_grad():
        users, items = run.model.encode()
        cosines = (normalize(users, dim=1) @ normalize(items, dim=1).T).numpy()  # (U, I)
        score = evaluate(users, items, data, k=20, split="test")["ndcg@20"]
    liked = cosines[data.train.users, data.train.items]
    return quantiles(cosines.ravel(), PAIRS), quantiles(liked, POSITIVES), score


def moments(name: str, data: Interactions) -> Iterator[Training]:
    """Train a preset, and yield the run as it stands after each of `EPOCHS`."""
    preset = PRESETS[name]
    config = TrainConfig(
        loss=preset.loss,
        settings=preset.settings,
        epochs=EPOCHS[-1],
        watch="none",
        keep="last",
        seed=SEED,
        device="cpu",
    )
    run = Training(config, data)
    for event in run.events():
        if isinstance(event, EpochEvent) and event.epoch in EPOCHS:
            yield run


def main() -> None:
    """Train the runs and write the file."""
    parser = argparse.ArgumentParser(description="Build the cosines that the Lab page shows.")
    parser.add_argument("file", type=Path, help="where the packed arrays go")
    file = parser.parse_args().file
    data = load("movielens")
    pairs = np.empty((len(RUNS), len(EPOCHS), PAIRS), np.int16)
    positives = np.empty((len(RUNS), len(EPOCHS), POSITIVES), np.int16)
    scores: list[list[float]] = []
    for r, name in enumerate(RUNS):
        scores.append([])
        for e, run in enumerate(moments(name, data)):
            pairs[r, e], positives[r, e], score = look(run, data)
            scores[-1].append(round(score, 4))
            print(f"{name}, epoch {EPOCHS[e]}: NDCG@20 {score:.4f}")
    meta: dict[str, Any] = {
        "runs": RUNS,
        "epochs": EPOCHS,
        "scale": SCALE,
        "seed": SEED,
        "negatives": TrainConfig().negatives,
        "ndcg@20": scores,
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    packed = np.frombuffer(json.dumps(meta).encode(), dtype=np.uint8)
    np.savez_compressed(file, meta=packed, pairs=pairs, positives=positives)
    print(f"{file}: {file.stat().st_size} bytes")


if __name__ == "__main__":
    main()

"""How long the bundled films take to train: seconds to 95% of the best validation NDCG@20.

For each of the three lanes of the Train page, `--repeats` runs with different seeds; the median is
printed. Run it on an idle machine: ``python benchmarks/films.py``.
"""

from __future__ import annotations

import argparse
import statistics

import torch

from mmcl_core.data import load
from mmcl_core.losses import PRESETS
from mmcl_core.training import EpochEvent, TrainConfig, train

LANES = ("paper-ccl", "films-ccl", "films-mmcl")


def seconds_to_share(config: TrainConfig, share: float = 0.95) -> tuple[float, int, float, float]:
    """Return seconds and epochs to `share` of the best NDCG@20, that NDCG@20, and all seconds."""
    epochs = [e for e in train(config, load("movielens")) if isinstance(e, EpochEvent)]
    curve = [e.metrics["ndcg@20"] for e in epochs]
    best = max(curve)
    reached = next(e for e in epochs if e.metrics["ndcg@20"] >= share * best)
    return reached.seconds, reached.epoch, best, epochs[-1].seconds


def main() -> None:
    """Print one line a lane."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--negatives", type=int, default=10)
    options = parser.parse_args()
    load("movielens")
    threads = torch.get_num_threads()
    print(f"PyTorch {torch.__version__}, {threads} threads, N = {options.negatives}")
    for name in LANES:
        preset = PRESETS[name]
        base = TrainConfig(loss=preset.loss, settings=preset.settings, epochs=options.epochs)
        runs = [
            seconds_to_share(base.with_(seed=seed, negatives=options.negatives))
            for seed in range(options.repeats)
        ]
        seconds, epochs, final, total = map(statistics.median, zip(*runs, strict=True))
        print(
            f"{preset.title:<20} 95% of the best NDCG@20 ({final:.4f}) after {seconds:5.2f} s "
            f"(epoch {epochs:g}); {options.epochs} epochs in {total:5.2f} s"
        )


if __name__ == "__main__":
    main()

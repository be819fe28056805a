"""What the suggestion of `mmcl_core.suggest` is worth on data that it was not designed on.

It was designed on the films, split 0, and a first planted world. Here it meets other data, against
the preset for films, a small grid of MMCL settings and one of CCL, both chosen by validation with
the first seed. Every setting is then trained with every seed and judged on test, once.

    MMCL_DATA=... python experiments/suggestion.py    # go on where it stopped; then the tables

Runs are kept in `runs/suggestion/` and not repeated; the tables go to `docs/results/`.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mmcl_core.data import Interactions, from_pairs, load, read_own, read_sheet
from mmcl_core.experiments.evidence import compare_hits
from mmcl_core.losses import PRESETS
from mmcl_core.metrics import UserHits, evaluate, popularity_vectors, user_hits
from mmcl_core.suggest import BAND_WEIGHTS, batch_size_for, suggest_margins
from mmcl_core.training import DoneEvent, TrainConfig, train
from mmcl_core.worlds import WorldConfig, make_world

ROOT = Path(__file__).parents[1]
TABLES = ROOT / "docs" / "results"
SEEDS = (0, 1, 2)
USERS, ITEMS = 1500, 3000
MMCL_GRID = [
    {"margins": margins, "weights": BAND_WEIGHTS, "negative_weight": weight}
    for margins in ((-0.1, 0.1, 0.3, 0.5), (0.2, 0.4, 0.6, 0.8), (0.6, 0.7, 0.8, 0.9))
    for weight in (20.0, 60.0)
]
CCL_GRID = [
    {"margin": margin, "negative_weight": weight}
    for margin in (0.4, 0.6, 0.8)
    for weight in (5.0, 20.0)
]


def sample(name: str) -> Interactions:
    """Return `USERS` users of a large set and its popular items, each with enough of the other."""
    data = load(name)
    everything = data.train.union(data.test)
    popular = np.argsort(-everything.popularity, kind="stable")[:ITEMS]
    keep = np.isin(everything.items, popular)
    users, items = core(everything.users[keep], everything.items[keep])
    chosen = np.random.default_rng(0).permutation(np.unique(users))[:USERS]
    keep = np.isin(users, chosen)
    users, items = core(users[keep], items[keep])
    return from_pairs(users, items, name=name, seed=0)


def core(users: np.ndarray, items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Leave out users with fewer than 10 items and items with fewer than 5 users, until none is."""
    while True:
        keep = (np.bincount(users)[users] >= 10) & (np.bincount(items)[items] >= 5)
        if keep.all():
            return users, items
        users, items = users[keep], items[keep]


def planted() -> Interactions:
    """Return a toy world of 15 tastes as a table that somebody might bring."""
    made = WorldConfig(15, 60, 30, likes=20, train_likes=10, cross_taste=0.2)
    data = make_world(made, seed=5).data
    everything = data.train.union(data.test)
    pairs = zip(everything.users, everything.items, strict=True)
    text = "user,item\n" + "\n".join(f"person {u},thing {i}" for u, i in pairs)
    return read_own(read_sheet(text.encode()), name="planted tastes").data


def shop() -> Interactions:
    """Return a small shop: 400 people, 6 kinds of things with few favourites among 40 each."""
    draw = np.random.default_rng(2)
    lines = ["customer;product"]
    for person in range(400):
        own = draw.choice(6, 2, replace=False)
        bought = set()
        for _ in range(draw.integers(6, 31)):
            kind = draw.choice(own) if draw.random() < 0.85 else draw.integers(6)
            bought.add(40 * int(kind) + min(int(draw.exponential(12)), 39))
        lines += [f"customer {person};product {thing}" for thing in sorted(bought)]
    return read_own(read_sheet("\n".join(lines).encode()), name="small shop").data


DATA: dict[str, Callable[[], Interactions]] = {
    "planted tastes": planted,
    "small shop": shop,
    "gowalla sample": partial(sample, "gowalla"),
    "yelp2018 sample": partial(sample, "yelp2018"),
    "films, other split": partial(load, "movielens", seed=1),
}


class Kept:
    """Finished runs in a folder, one file each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def run(
        self, data: Interactions, who: str, config: TrainConfig
    ) -> tuple[dict[str, Any], UserHits]:
        """Return what a run came to and its hits, from the folder if it is there."""
        path = self.folder / f"{who}-s{config.seed}.npz".replace(" ", "-").replace(",", "")
        if path.is_file():
            with np.load(path) as found:
                kept = json.loads(str(found["meta"]))
                return kept, UserHits(found["users"], found["held_out"], found["hits"])
        *_, done = train(config, data)
        assert isinstance(done, DoneEvent)
        hits = user_hits(done.trained.users, done.trained.items, data, config.k)
        meta = {
            "validation": done.validation["ndcg@20"],
            "test": done.test["ndcg@20"],
            "recall": done.test["recall@20"],
            "epoch": done.best_epoch,
            "settings": json.loads(json.dumps(dict(config.settings))),
        }
        print(who, config.seed, json.dumps(meta), flush=True)
        np.savez_compressed(
            path, meta=json.dumps(meta), users=hits.users, held_out=hits.held_out, hits=hits.hits
        )
        return meta, hits


def chosen(
    kept: Kept, data: Interactions, name: str, base: TrainConfig, grid: list[dict[str, Any]]
) -> Mapping[str, Any]:
    """Return the settings of a grid with the best validation NDCG@20 at the first seed."""
    scores = []
    for i, settings in enumerate(grid):
        config = base.with_(settings=settings, seed=SEEDS[0])
        meta, _ = kept.run(data, f"{name}-{base.loss}-grid-{i}", config)
        scores.append(meta["validation"])
    return grid[int(np.argmax(scores))]


def on(
    data: Interactions, name: str, kept: Kept
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return a row for each run on one data set, and one for each comparison."""
    base = TrainConfig(epochs=30, patience=5, batch_size=batch_size_for(data))
    films = PRESETS["films-mmcl"].settings
    grid = chosen(kept, data, name, base, MMCL_GRID)
    single = chosen(kept, data, name, base.with_(loss="ccl"), CCL_GRID)
    found: dict[str, list[tuple[dict[str, Any], UserHits]]] = {}
    for seed in SEEDS:
        suggested = suggest_margins(data, base.with_(seed=seed)).settings
        for who, loss, settings in (
            ("suggested", "mmcl", suggested),
            ("preset for films", "mmcl", films),
            ("best of the MMCL grid", "mmcl", grid),
            ("best of the CCL grid", "ccl", single),
        ):
            config = base.with_(loss=loss, settings=settings, seed=seed)
            found.setdefault(who, []).append(kept.run(data, f"{name}-{who}", config))
    rows = [
        {
            "data": name,
            "method": who,
            "seed": seed,
            **meta,
            "settings": json.dumps(meta["settings"]),
        }
        for who, runs in found.items()
        for seed, (meta, _) in zip(SEEDS, runs, strict=True)
    ]
    popular = evaluate(*popularity_vectors(data), data)
    rows.append(
        {
            "data": name,
            "method": "popularity",
            "test": popular["ndcg@20"],
            "recall": popular["recall@20"],
        }
    )
    ours = [hits for _, hits in found["suggested"]]
    gains = []
    for who in list(found)[1:]:
        difference = compare_hits(ours, [hits for _, hits in found[who]])
        gains.append(
            {
                "data": name,
                "users": len(ours[0].users),
                "items": data.n_items,
                "train": len(data.train),
                "against": who,
                "suggested": np.mean([meta["test"] for meta, _ in found["suggested"]]),
                "other": np.mean([meta["test"] for meta, _ in found[who]]),
                "gain": difference.gain.value,
                "low": difference.gain.low,
                "high": difference.gain.high,
                "verdict": difference.gain.verdict,
            }
        )
    return rows, gains


def write(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write a table; numbers to five digits."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, names, lineterminator="\n", restval="")
        writer.writeheader()
        for row in rows:
            writer.writerow({k: f"{v:.5g}" if isinstance(v, float) else v for k, v in row.items()})


def main() -> None:
    """Run what is missing, write both tables after each data set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--store", type=Path, default=ROOT / "runs" / "suggestion")
    options = parser.parse_args()
    torch.set_num_threads(1)
    kept = Kept(options.store)
    rows: list[dict[str, Any]] = []
    gains: list[dict[str, Any]] = []
    for name, make in DATA.items():
        data = make()
        print(name, data, flush=True)
        some, compared = on(data, name, kept)
        rows, gains = rows + some, gains + compared
        write(TABLES / "suggestion-runs.csv", rows)
        write(TABLES / "suggestion.csv", gains)


if __name__ == "__main__":
    main()

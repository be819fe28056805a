"""How fast the whole catalogue is ranked: the core, plain blocks, and the peers' first half.

    MMCL_DATA=folder/with/gowalla python benchmarks/evaluation.py    # about 3 minutes
    python benchmarks/evaluation.py                                  # drawn data of that size

The plain side makes each block's product and takes its 20 largest. The peers' way searches the
500 best with faiss first (`pip install faiss-cpu`; left out when it is missing), then drops what
is known. All sides take turns in one process; seconds are medians, ratios medians over rounds. The
table is printed and written to ``docs/results/evaluation.csv``. Run it on an idle machine.
"""

from __future__ import annotations

import argparse
import csv
import os
import statistics
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from steps import GOWALLA, Setting, tables
from torch import Tensor
from torch.nn.functional import normalize
from turns import in_turns, machine, median_ratio

from mmcl_core.data import Interactions, Positives, load
from mmcl_core.metrics import evaluate, rank
from mmcl_core.training import TrainConfig, Training

OUT = Path(__file__).parents[1] / "docs" / "results" / "evaluation.csv"
K, DIM, FETCHED = 20, 64, 500
BLOCK = 2**23  # scores of a plain block
Vectors = tuple[Tensor, Tensor]


def drawn_data() -> Interactions:
    """Draw as many train and test pairs as Gowalla has, uniformly."""
    rng, (n_users, n_items) = np.random.default_rng(0), GOWALLA
    codes = np.unique(rng.integers(0, n_users * n_items, 1_027_370))
    test = rng.random(len(codes)) < 217_242 / 1_027_370
    train, held = (
        Positives.from_pairs(*np.divmod(part, n_items), n_users, n_items)
        for part in (codes[~test], codes[test])
    )
    none = Positives.from_pairs([], [], n_users, n_items)
    return Interactions("drawn", train, none, held, np.arange(n_users), np.arange(n_items))


def random_vectors(data: Interactions) -> Vectors:
    """Draw vectors uniformly on the sphere."""
    g = torch.Generator().manual_seed(0)
    users, items = (torch.randn(n, DIM, generator=g) for n in (data.n_users, data.n_items))
    return normalize(users), normalize(items)


def clusters(data: Interactions) -> Vectors:
    """Draw vectors in clusters, as after training."""
    users, items = tables(Setting(dim=DIM, users=data.n_users, items=data.n_items))
    return normalize(users), normalize(items)


def trained_vectors(data: Interactions) -> Vectors:
    """Train for three epochs."""
    config = TrainConfig(learning_rate=1e-2, epochs=3, dim=DIM, watch="none", keep="last")
    run = Training(config, data)
    for _ in run.events():
        pass
    users, items = run.model.encode()
    return users.detach().cpu(), items.detach().cpu()


def plain(vectors: Vectors, data: Interactions) -> NDArray[np.int64]:
    """Rank in blocks: product, mask, the K largest."""
    (users, items), known = vectors, data.known("test")
    ranked = np.flatnonzero(data.test.counts)
    found = []
    for block in np.array_split(ranked, -(-len(ranked) * len(items) // BLOCK)):
        scores = users[torch.from_numpy(block)] @ items.T  # (b, I)
        rows = np.repeat(np.arange(len(block)), known.counts[block])
        columns = np.concatenate([known.of(int(user)) for user in block])
        scores[torch.from_numpy(rows), torch.from_numpy(columns)] = -torch.inf
        found.append(scores.topk(K, dim=1).indices)
    return torch.cat(found).numpy()


def searcher(vectors: Vectors, ranked: NDArray[np.int64]) -> Callable[[], NDArray[np.int64]] | None:
    """Return the search that the peers begin with, None without faiss."""
    try:
        import faiss
    except ImportError:
        print("faiss-cpu is not installed: its side is left out")
        return None
    faiss.omp_set_num_threads(torch.get_num_threads())
    users, items = (part.numpy() for part in vectors)

    def search() -> NDArray[np.int64]:
        index = faiss.IndexFlatIP(items.shape[1])
        index.add(items)
        found: NDArray[np.int64] = index.search(users[ranked], FETCHED)[1]
        return found

    return search


def first_unknown(found: NDArray[np.int64], data: Interactions) -> NDArray[np.int64]:
    """Drop the known items and return the first K left, -1 where there are fewer."""
    ranked = np.flatnonzero(data.test.counts)
    known = data.known("test").contains(ranked[:, None], found)
    order = np.argsort(known, axis=1, kind="stable")[:, :K]
    top = np.take_along_axis(found, order, axis=1)
    return np.where(np.take_along_axis(known, order, axis=1), -1, top)


def differing(top: NDArray[np.int64], exact: NDArray[np.int64]) -> int:
    """Count the users with another list."""
    return int((top != exact).any(1).sum())


def measure(rounds: int = 5) -> list[dict[str, str | float]]:
    """Measure all sides, on two kinds of vectors; one row a side."""
    real = "MMCL_DATA" in os.environ
    data = load("gowalla") if real else drawn_data()
    rows: list[dict[str, str | float]] = []
    kinds = {"random": random_vectors}
    kinds |= {"trained": trained_vectors} if real else {"in clusters": clusters}
    for kind, vectors in ((kind, make(data)) for kind, make in kinds.items()):
        ranked, exact = rank(*vectors, data, K)
        search = searcher(vectors, ranked)
        sides: dict[str, Callable[[], object]] = {
            "core: rank": lambda vectors=vectors: rank(*vectors, data, K),
            "core: evaluate": lambda vectors=vectors: evaluate(*vectors, data, K),
            "plain: blocks of product and topk": lambda vectors=vectors: plain(vectors, data),
        }
        lists = {"core: rank": exact, "plain: blocks of product and topk": plain(vectors, data)}
        if search is not None:
            name = f"faiss IndexFlatIP: top {FETCHED} alone"
            sides[name], lists[name] = search, first_unknown(search(), data)
        times = in_turns(sides, rounds)
        rows += [
            {
                "data": data.name,
                "vectors": kind,
                "what": side,
                "seconds": round(statistics.median(taken), 3),
                "times_core_evaluate": round(median_ratio(taken, times["core: evaluate"]), 2),
                "lists_that_differ": differing(lists[side], exact) if side in lists else "",
            }
            for side, taken in times.items()
        ]
    return rows


def table(rows: list[dict[str, str | float]]) -> str:
    """Return a table in Markdown."""
    lines = [list(rows[0]), ["---"] * len(rows[0]), *([str(v) for v in r.values()] for r in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    print(f"{machine()}; threads: {torch.get_num_threads()}", flush=True)
    rows = measure(options.rounds)
    print(table(rows))
    with options.out.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()

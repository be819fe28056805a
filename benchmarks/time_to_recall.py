"""How long Gowalla takes to reach a Recall@20: the plain path against the core.

    MMCL_DATA=folder python benchmarks/time_to_recall.py --plain-rate 1e-4 --core-rate 1e-4

MF with MMCL, N = 100, both sides from the same initial vectors, some steps of one side and then
some of the other, so that a busy machine is no harder on one; batches of 256, as published for
Gowalla. The plain path is `plain.py` with dense Adam, the core's is its loop with the same Adam
replayed lazily. Only training is timed; after each epoch both sides are evaluated in the same way,
and a side that has reached the target stops. Choose each side's rate from one grid first:
``--search`` prints Recall@20 by epoch for every rate of the grid (dense Adam through the core: the
same optimizer and loss, sooner). Results are written as they come.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from plain import Plain
from torch.nn.functional import normalize
from turns import machine

from mmcl_core.data import Interactions, load
from mmcl_core.metrics import evaluate
from mmcl_core.models import MF
from mmcl_core.training import StepEvent, TrainConfig, Training
from mmcl_core.training.optimizers import settle
from mmcl_core.training.step import Generators

OUT = Path(__file__).parents[1] / "docs" / "results" / "gowalla-time-to-recall.csv"
GRID = (3e-5, 1e-4, 3e-4, 1e-3)
PIECE = 100  # steps of one side before it is the other's turn
HEAD = ("side", "learning_rate", "epoch", "seconds", "recall@20")


def config(options: argparse.Namespace, optimizer: str, rate: float) -> TrainConfig:
    """Return the settings of the core's side."""
    return TrainConfig(
        settings={
            "margins": (0.6, 0.7, 0.8, 0.9),
            "weights": (0.05, 0.15, 0.2, 0.6),
            "negative_weight": options.negative_weight,
        },
        negatives=options.negatives,
        optimizer=optimizer,
        learning_rate=rate,
        init=options.init,
        batch_size=options.batch,
        epochs=options.epochs,
        watch="none",
        keep="last",
        device="cpu",
    )


class PlainRun:
    """Train an epoch at a time, as published."""

    def __init__(self, settings: TrainConfig, data: Interactions) -> None:
        self.settings, self.data = settings, data
        self.generators = Generators.from_seed(settings.seed)
        start = MF(
            data.n_users,
            data.n_items,
            settings.dim,
            init=settings.init,
            generator=self.generators.init,
        )
        stairs = settings.make_loss().staircase
        assert stairs is not None
        self.model = Plain(start.users.weight.detach(), start.items.weight.detach(), *stairs)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=settings.learning_rate)
        self.users = torch.from_numpy(data.train.users.copy())
        self.items = torch.from_numpy(data.train.items.copy())

    def epoch(self) -> Iterator[None]:
        """Go once through the positives; yield after each piece."""
        order = torch.randperm(len(self.users), generator=self.generators.batches)
        for step, ids in enumerate(order.split(self.settings.batch_size)):
            if step and step % PIECE == 0:
                yield
            shape = (len(ids), self.settings.negatives)
            negatives = torch.randint(self.data.n_items, shape, generator=self.generators.negatives)
            self.optimizer.zero_grad()
            self.model.loss(self.users[ids], self.items[ids], negatives).backward()
            self.optimizer.step()

    def vectors(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return unit vectors of users and items."""
        tables = (self.model.users.weight, self.model.items.weight)
        users, items = (normalize(table.detach(), dim=1) for table in tables)
        return users, items


class CoreRun:
    """Train an epoch at a time with the core's loop."""

    def __init__(self, settings: TrainConfig, data: Interactions) -> None:
        self.run = Training(settings, data)
        self.events = self.run.events(measured=False)
        self.steps = -(-len(data.train) // settings.batch_size)

    def epoch(self) -> Iterator[None]:
        """Go once through the positives; yield after each piece."""
        done = 0
        while done < self.steps:
            done += isinstance(next(self.events), StepEvent)
            if done % PIECE == 0:
                yield

    def vectors(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return unit vectors of users and items."""
        settle(self.run.optimizer)
        with torch.no_grad():
            return self.run.model.encode()


def race(
    sides: dict[str, tuple[float, PlainRun | CoreRun]],
    data: Interactions,
    options: argparse.Namespace,
    save: Callable[[tuple[object, ...]], None],
) -> None:
    """Train piece by piece, in turns, until every side is there or the epochs are over."""
    seconds = dict.fromkeys(sides, 0.0)
    running = list(sides)
    for epoch in range(1, options.epochs + 1):
        pieces = {name: sides[name][1].epoch() for name in running}
        while pieces:
            for name in list(pieces):
                began = time.perf_counter()
                over = next(pieces[name], "over") == "over"
                seconds[name] += time.perf_counter() - began
                if over:
                    del pieces[name]
        for name in list(running):
            rate, run = sides[name]
            recall = evaluate(*run.vectors(), data)["recall@20"]
            save((name, rate, epoch, round(seconds[name], 2), round(recall, 5)))
            if recall >= options.target:
                running.remove(name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--search", action="store_true", help="try the grid of learning rates")
    parser.add_argument("--plain-rate", type=float, default=1e-4)
    parser.add_argument("--core-rate", type=float, default=1e-4)
    parser.add_argument("--target", type=float, default=0.165)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--negatives", type=int, default=100)
    parser.add_argument("--negative-weight", type=float, default=400.0)
    parser.add_argument("--init", type=float, default=1e-3)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    print(f"{machine()}; threads: {options.threads}")
    data = load("gowalla")
    with options.out.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEAD)

        def save(row: tuple[object, ...]) -> None:
            writer.writerow(row)
            file.flush()
            print(*row, flush=True)

        if options.search:
            for optimizer in ("adam", "lazy_adam"):
                for rate in GRID:
                    run = CoreRun(config(options, optimizer, rate), data)
                    race({optimizer: (rate, run)}, data, options, save)
        else:
            plain = PlainRun(config(options, "adam", options.plain_rate), data)
            core = CoreRun(config(options, "lazy_adam", options.core_rate), data)
            sides: dict[str, tuple[float, PlainRun | CoreRun]] = {
                "plain": (options.plain_rate, plain),
                "core": (options.core_rate, core),
            }
            race(sides, data, options, save)


if __name__ == "__main__":
    main()

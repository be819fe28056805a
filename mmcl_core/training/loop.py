"""The one training loop: a generator of events."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import normalize

from mmcl_core import _checks
from mmcl_core.data import Interactions
from mmcl_core.metrics import evaluate
from mmcl_core.models import MODELS, Model
from mmcl_core.trained import Trained
from mmcl_core.training import optimizers
from mmcl_core.training.best import LEAST_GAIN, Best, as_array
from mmcl_core.training.checkpoint import Progress, load_checkpoint, save_checkpoint
from mmcl_core.training.config import BY_ROW, TrainConfig
from mmcl_core.training.events import DoneEvent, EpochEvent, Event, StepEvent, TrainingDiverged
from mmcl_core.training.measure import measure
from mmcl_core.training.setup import check_watched, epoch_size, pick_device
from mmcl_core.training.step import Generators, backward, draw_batch, flushing_denormals


class Training:
    """A run: model, optimizer, randomness and progress; `events` moves it on.

    Parameters
    ----------
    config : TrainConfig
    data : Interactions
    folder : path, optional
        Where a checkpoint is written after every epoch and at a stop; none by default.

    Raises
    ------
    ValueError
        If the sampler cannot serve the data, or the watched split is empty.

    Examples
    --------
    >>> from mmcl_core.worlds import make_world
    >>> config = TrainConfig(dim=3, epochs=2, negatives=2, watch="test", keep="last")
    >>> run = Training(config, make_world(seed=0).data)
    >>> done = [event for event in run.events() if isinstance(event, DoneEvent)][0]
    >>> done.reason, done.epoch
    ('finished', 2)
    """

    def __init__(
        self, config: TrainConfig, data: Interactions, folder: str | Path | None = None
    ) -> None:
        self.config, self.data = config, data
        self.folder = Path(folder) if folder is not None else None
        self.device = pick_device(config.device)
        self.generators = Generators.from_seed(config.seed)
        self.loss, self.sampler = config.make_loss(), config.make_sampler()
        self.known = data.train  # positives that the sampler may know
        if config.planted is not None:
            self.known = data.known("test").union(data.test)
        self.sampler.check(self.known)
        self._epoch_size = epoch_size(config, data)
        check_watched(config, data)
        self.model: Model = MODELS[config.model](
            data.n_users,
            data.n_items,
            dim=config.dim,
            score=self.loss.spec.score,
            init=config.init,
            sparse=config.optimizer in BY_ROW,
            generator=self.generators.init,
            train=data.train,
            **config.model_settings,
        ).to(self.device)
        if config.optimizer == "sphere_sgd":
            with torch.no_grad():
                for p in self.model.parameters():
                    p.copy_(normalize(p, dim=-1))
        self.optimizer = optimizers.make_optimizer(self.model, config)
        self.progress = Progress(rate=config.learning_rate)
        self.order = np.empty(0, np.int64)  # positives of the current epoch, shuffled
        self.idle = 0  # so many first steps draw their batch and move nothing
        self.best = Best()
        self._train_users = torch.from_numpy(data.train.users.copy())
        self._train_items = torch.from_numpy(data.train.items.copy())

    def events(
        self, stop: Callable[[], bool] = lambda: False, measured: bool = True
    ) -> Iterator[Event]:
        """Train on from where the run stands.

        Parameters
        ----------
        stop : callable
            Asked after every step; once it says True the run saves itself and ends.
        measured : bool
            Whether epochs are measured and told; without, there are no EpochEvents.

        Yields
        ------
        StepEvent, EpochEvent, DoneEvent
            The last is always a DoneEvent.

        Raises
        ------
        TrainingDiverged
            If the loss is not finite any more; the last checkpoint is kept.
        """
        p, c = self.progress, self.config
        self._began = time.perf_counter() - p.seconds
        if measured and p.step == 0:
            yield self._measure(math.nan)
        reason = self._finished()
        while reason is None:
            for event in self._steps():
                yield event
                if stop():
                    reason = "stopped"
                    break
            if reason is None and p.in_epoch >= len(self.order):
                mean = p.loss_sum / p.in_epoch
                p.epoch, p.in_epoch, p.loss_sum = p.epoch + 1, 0, 0.0
                if measured:
                    yield self._measure(mean)
                if stop():
                    reason = "stopped"
            reason = self._finished() or reason
            if self.folder:
                self.save()
        yield self._done(reason, c)

    def _finished(self) -> str | None:
        p, c = self.progress, self.config
        if c.patience and p.bad_epochs >= c.patience:
            return "early"
        measured = p.in_epoch < len(self.order)  # not so when stopped at the end of an epoch
        enough = c.max_steps is not None and p.step >= c.max_steps and measured
        return "finished" if p.epoch >= c.epochs or enough else None

    def _steps(self) -> Iterator[StepEvent]:
        p, c, g = self.progress, self.config, self.generators
        if p.in_epoch == 0:
            order = torch.randperm(len(self.data.train), generator=g.batches)
            self.order = order[: self._epoch_size].numpy()
        order = torch.from_numpy(self.order)
        users = self._train_users[order].to(self.device)
        items = self._train_items[order].to(self.device)
        sampler = self.sampler if self.loss.spec.has_negatives else None
        while p.in_epoch < len(order) and (c.max_steps is None or p.step < c.max_steps):
            with flushing_denormals():
                part = slice(p.in_epoch, p.in_epoch + c.batch_size)
                batch = draw_batch(
                    self.model, sampler, self.known, users[part], items[part], g.negatives
                )
                value, active = 0.0, 0.0
                if p.step >= self.idle:
                    optimizers.catch_up(self.optimizer, self.model, batch.users, batch.positives)
                    value, active = backward(
                        self.model, self.loss, batch, c.dropout, g.dropout, c.renormalise
                    )
                    if not math.isfinite(value):
                        raise TrainingDiverged(self._diverged(value))
                    optimizers.update(self.model, self.optimizer, c)
            p.step += 1
            p.in_epoch += len(batch.users)
            p.loss_sum += value * len(batch.users)
            p.seconds = time.perf_counter() - self._began
            yield StepEvent(p.step, p.epoch + 1, value, active, batch)

    def _diverged(self, value: float) -> str:
        p = self.progress
        kept = f"The checkpoint in {self.folder} is kept. " if self.folder else ""
        return (
            f"Expected a finite loss, got {value} at step {p.step + 1} (epoch {p.epoch + 1}). "
            f"{kept}Lower the learning rate ({self.config.learning_rate:g}) or clip the gradient."
        )

    @torch.no_grad()
    def _measure(self, mean_loss: float) -> EpochEvent:
        p, c = self.progress, self.config
        optimizers.settle(self.optimizer)
        users, items = self.model.encode()
        metrics: dict[str, float] = {}
        improved = False
        if c.watch != "none":
            metrics = evaluate(users, items, self.data, c.k, c.watch)
            value = metrics[f"{c.monitor}@{c.k}"]
            improved = value > p.best_value + LEAST_GAIN
            if improved:
                p.best_value, p.best_epoch = value, p.epoch
                p.best_metrics, p.bad_epochs = metrics, 0
                self.best.keep(self.model, users, items, c)
            else:
                p.bad_epochs += 1
        shape = measure(users, items, self.data, self.loss, c.seed)
        if c.decay < 1 and not improved:
            p.rate = self.best.go_back(self.model, self.optimizer, p.rate, c.decay)
        p.seconds = time.perf_counter() - self._began
        return EpochEvent(p.epoch, p.step, mean_loss, metrics, shape, p.seconds, improved)

    @torch.no_grad()
    def _done(self, reason: str, config: TrainConfig) -> DoneEvent:
        p = self.progress
        optimizers.settle(self.optimizer)
        best = self.best.vectors
        if best:
            users, items = best["users"], best["items"]
        else:
            users, items = (as_array(t) for t in self.model.encode())
        chosen = p.best_epoch if best else p.epoch
        test = evaluate(users, items, self.data, config.k) if len(self.data.test) else {}
        validation = p.best_metrics if best and config.watch == "validation" else {}
        info = {"config": config.to_dict(), "test": test, "validation": validation, "epoch": chosen}
        trained = Trained.of(users, items, self.data, info)
        return DoneEvent(reason, p.epoch, p.step, chosen, validation, test, trained, p.seconds)

    def save(self) -> None:
        """Write a checkpoint to `folder`."""
        if self.folder is None:
            raise _checks.refuse("a folder for the checkpoint", "none", "Pass folder=... at first.")
        plain, arrays = optimizers.optimizer_state(self.optimizer)
        groups = {
            "model": {k: as_array(v) for k, v in self.model.state_dict().items()},
            "optimizer": arrays,
            "generators": self.generators.states(),
            "best": self.best.vectors,
            "tables": self.best.tables,
            "batches": {"order": self.order},
        }
        save_checkpoint(self.folder, self.config, self.data, self.progress, plain, groups)

    @classmethod
    def resume(cls, config: TrainConfig, data: Interactions, folder: str | Path) -> Training:
        """Go on from the checkpoint in `folder`, to the last bit as if never interrupted (CPU).

        Raises
        ------
        ValueError
            If there is no whole checkpoint, or it was made with another config or other data.
        """
        run = cls(config, data, folder)
        run.progress, plain, groups = load_checkpoint(Path(folder), config, data)
        state = {k: torch.from_numpy(v) for k, v in groups["model"].items()}
        run.model.load_state_dict(state)
        optimizers.restore_optimizer(run.optimizer, plain, groups.get("optimizer", {}))
        run.generators.restore(groups["generators"])
        optimizers.set_rate(run.optimizer, run.progress.rate)
        run.best.vectors, run.best.tables = groups.get("best", {}), groups.get("tables", {})
        run.order = groups["batches"]["order"]
        return run


def train(
    config: TrainConfig,
    data: Interactions,
    *,
    folder: str | Path | None = None,
    resume: bool = False,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[Event]:
    """Train and yield events; the last one is a DoneEvent.

    Parameters
    ----------
    config, data, folder
        See `Training`.
    resume : bool
        Go on from the checkpoint in `folder`.
    stop : callable
        Asked after every step.

    Yields
    ------
    StepEvent, EpochEvent, DoneEvent

    Raises
    ------
    ValueError, TrainingDiverged
        See `Training`.

    Examples
    --------
    >>> from mmcl_core.worlds import make_world
    >>> config = TrainConfig(loss="bpr", max_steps=3, batch_size=400, watch="test", keep="last")
    >>> [type(event).__name__ for event in train(config, make_world(seed=0).data)]
    ['EpochEvent', 'StepEvent', 'StepEvent', 'EpochEvent', 'StepEvent', 'DoneEvent']
    """
    if resume:
        if folder is None:
            raise _checks.refuse("a folder to resume from", "none", "Pass folder=...")
        yield from Training.resume(config, data, folder).events(stop)
    else:
        yield from Training(config, data, folder).events(stop)

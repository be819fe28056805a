"""Everything that decides a training run, in one frozen value."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from mmcl_core import _checks
from mmcl_core.losses import Loss
from mmcl_core.models import MODELS
from mmcl_core.sampling import Sampler

OPTIMIZERS = ("sparse_adam", "lazy_adam", "adam", "sphere_sgd")
BY_ROW = ("sparse_adam", "lazy_adam")  # these touch only the batch's rows


@dataclass(frozen=True)
class TrainConfig:
    """Settings of a run; the same config, data and machine give the same numbers.

    Parameters
    ----------
    loss : str
        A key of `mmcl_core.losses.LOSSES`.
    settings : mapping
        Settings of the loss; what is left out takes the table's default.
    model : str
        A key of `mmcl_core.models.MODELS`.
    model_settings : mapping
        Settings that only this model has; what is left out takes its default.
    dim : int
        D.
    init : float > 0 or "xavier"
        Standard deviation of the initial entries; "xavier" is sqrt(2 / (rows + D)) for each table.
    negatives : int >= 1
        N, negatives per positive, drawn anew for every positive and epoch.
    sampler, reject_positives, replacement, pool
        See `mmcl_core.sampling.Sampler`.
    planted : float in [0, 1], optional
        For toy worlds, whose likes are all known: the share of false negatives. The sampler then
        knows the held-out likes too, so nothing measured with it compares losses fairly.
    optimizer : {"sparse_adam", "lazy_adam", "adam", "sphere_sgd"}
        "adam" is dense Adam, as published. "sparse_adam" touches only the batch's rows: absent
        rows get no momentum step. "lazy_adam" is dense Adam, where a row makes up for the steps
        that it missed when it is next touched. "sphere_sgd" is plain SGD along the sphere, for
        toy worlds: points start uniform on the sphere and are put back on it after every step; its
        vectors must be the stored rows, as MF's are. LightGCN moves all rows and takes "adam" only.
    learning_rate : float > 0
    decay : float in (0, 1]
        After an epoch that is not better the rate is multiplied by this, down to 1e-6, and the
        best vectors are taken up again, while the optimizer keeps its memory. 1 does neither.
    l2 : float >= 0
        Strength of (l2 / 2) |row|^2: of all rows under "adam", of the batch's rows otherwise.
    dropout : float in [0, 1)
        On the user vector, after normalising; training scores can then pass 1.
    renormalise : bool
        Normalise the user vector once more after dropout, the same as dropping before normalising.
        Only cosine losses allow it.
    clip_norm : float >= 0
        Largest global gradient norm; 0 does not clip.
    batch_size : int
        Positives per step, B.
    drop_last : bool
        Leave out the positives, others in every epoch, that do not fill a whole batch. A small
        last batch gives each of its positives a larger say, which toy worlds notice.
    epochs : int
    max_steps : int, optional
        Stop after this many steps, wherever the epoch stands.
    watch : {"validation", "test", "none"}
        Split evaluated after every epoch. "test" is the published protocol: label it so.
    monitor : {"ndcg", "recall"}
        Metric at K, of the watched split, that tells a better epoch.
    keep : {"best", "last"}
        Vectors that the run returns: of the best epoch, or the last ones.
    patience : int
        Stop after this many epochs without a better one; 0 never stops early.
    k : int
        K of the metrics.
    seed : int >= 0
    device : str
        "auto" takes a GPU if there is one; else for example "cpu" or "cuda:0".

    Raises
    ------
    ValueError
        If a setting is out of range.

    Examples
    --------
    >>> config = TrainConfig(loss="ccl", settings={"margin": 0.8}, negatives=5)
    >>> config.settings["negative_weight"], TrainConfig.from_dict(config.to_dict()) == config
    (150.0, True)
    """

    loss: str = "mmcl"
    settings: Mapping[str, Any] = field(default_factory=dict)
    model: str = "mf"
    model_settings: Mapping[str, Any] = field(default_factory=dict)
    dim: int = 64
    init: float | str = 0.1
    negatives: int = 10
    sampler: str = "uniform"
    reject_positives: bool = False
    replacement: bool = True
    pool: int = 0
    planted: float | None = None
    optimizer: str = "sparse_adam"
    learning_rate: float = 5e-3
    decay: float = 1.0
    l2: float = 0.0
    dropout: float = 0.0
    renormalise: bool = False
    clip_norm: float = 0.0
    batch_size: int = 1024
    drop_last: bool = False
    epochs: int = 40
    max_steps: int | None = None
    watch: str = "validation"
    monitor: str = "ndcg"
    keep: str = "best"
    patience: int = 0
    k: int = 20
    seed: int = 0
    device: str = "auto"

    def __post_init__(self) -> None:
        settings = MappingProxyType(self.make_loss().settings)
        object.__setattr__(self, "settings", settings)
        self.make_sampler()
        _checks.choice("model", self.model, tuple(MODELS))
        own = MappingProxyType(MODELS[self.model].checked(self.model_settings))
        object.__setattr__(self, "model_settings", own)
        self._check_optimizer()
        _checks.choice("watch", self.watch, ("validation", "test", "none"))
        _checks.choice("monitor", self.monitor, ("ndcg", "recall"))
        _checks.choice("keep", self.keep, ("best", "last"))
        positive = "Choose a number above 0."
        for name, low, high, remedy in (
            ("learning_rate", 1e-12, 1e30, positive),
            ("decay", 1e-12, 1, "Use 1 to keep the rate."),
            ("l2", 0, math.inf, "Use 0 for no regulariser."),
            ("dropout", 0, 0.99, "Use 0 for no dropout."),
            ("clip_norm", 0, math.inf, "Use 0 not to clip."),
        ):
            _checks.number(name, getattr(self, name), low, high, remedy)
        if self.init != "xavier":
            _checks.number("init", self.init, 1e-12, math.inf, 'Or write "xavier".')
        for name, least in (
            ("dim", 1),
            ("batch_size", 1),
            ("epochs", 1),
            ("patience", 0),
            ("k", 1),
            ("seed", 0),
        ):
            _checks.whole(name, getattr(self, name), least, f"Choose {least} or more.")
        if self.max_steps is not None:
            _checks.whole("max_steps", self.max_steps, 1, "Leave it out for no limit.")
        if self.watch == "none" and (self.keep == "best" or self.patience):
            raise _checks.refuse(
                "a watched split to choose the best epoch or to stop early",
                'watch "none"',
                'Set watch to "validation", or keep to "last" and patience to 0.',
            )
        if self.decay < 1 and self.keep != "best":
            raise _checks.refuse(
                "the best vectors to be kept, since decay goes back to them",
                f'keep "{self.keep}"',
                'Set keep to "best", or decay to 1.',
            )
        if self.renormalise and self.make_loss().spec.score != "cosine":
            raise _checks.refuse(
                "a loss of cosines to renormalise for",
                f"{self.loss!r}, a loss of dot products",
                "Set renormalise to False.",
            )

    def _check_optimizer(self) -> None:
        _checks.choice("optimizer", self.optimizer, OPTIMIZERS)
        kind, got = MODELS[self.model], f'optimizer "{self.optimizer}" for "{self.model}"'
        if self.optimizer == "sphere_sgd" and not kind.rows_are_vectors:
            raise _checks.refuse(
                "a model whose vectors are the rows that sphere_sgd moves",
                got,
                'Set model to "mf", or optimizer to "adam".',
            )
        if self.optimizer in BY_ROW and kind.moves_all:
            raise _checks.refuse(
                "an optimizer for gradients of every row in every step",
                got,
                'Set optimizer to "adam".',
            )

    def make_loss(self) -> Loss:
        """Build the loss."""
        if not isinstance(self.settings, Mapping):
            raise _checks.refuse(
                "settings of the loss by name", f"{self.settings!r}", 'Write {"margin": 0.8}.'
            )
        return Loss(self.loss, **self.settings)

    def make_sampler(self) -> Sampler:
        """Build the sampler of negatives."""
        return Sampler(
            self.sampler,
            self.negatives,
            self.reject_positives,
            self.replacement,
            self.pool,
            self.planted,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that fit in JSON."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {
            **values,
            "model_settings": dict(self.model_settings),
            "settings": {
                k: list(v) if isinstance(v, tuple) else v for k, v in self.settings.items()
            },
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TrainConfig:
        """Undo `to_dict`; an unknown name raises ValueError."""
        unknown = sorted(set(values) - {f.name for f in dataclasses.fields(cls)})
        if unknown:
            raise _checks.refuse("settings of a training run", ", ".join(unknown), "Remove them.")
        return cls(**values)

    def __hash__(self) -> int:
        return hash(json.dumps(self.to_dict(), sort_keys=True))

    def __reduce__(self) -> tuple[Any, ...]:  # a read-only mapping cannot be pickled
        return TrainConfig.from_dict, (self.to_dict(),)

    def with_(self, **changes: Any) -> TrainConfig:
        """Return a copy with some settings changed.

        A new loss starts from its own defaults, and so does a new model.
        """
        if "loss" in changes and changes["loss"] != self.loss:
            changes.setdefault("settings", {})
        if "model" in changes and changes["model"] != self.model:
            changes.setdefault("model_settings", {})
        return dataclasses.replace(self, **changes)

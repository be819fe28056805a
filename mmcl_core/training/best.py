"""The best epoch of a run so far: what the run returns, and what decay goes back to."""

from __future__ import annotations

from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor

from mmcl_core.models import Model
from mmcl_core.training.config import TrainConfig
from mmcl_core.training.optimizers import Optimizer, set_rate

LEAST_GAIN = 1e-6  # of the monitored metric; a smaller one does not count as better
LEAST_RATE = 1e-6  # decay stops here


class Best:
    """Vectors and tables of the best epoch, as NumPy arrays by name; empty at first.

    The vectors are what the model ranks by. The tables are its parameters, kept only if decay may
    need them again.
    """

    def __init__(self) -> None:
        self.vectors: dict[str, NDArray[Any]] = {}
        self.tables: dict[str, NDArray[Any]] = {}

    def keep(self, model: Model, users: Tensor, items: Tensor, config: TrainConfig) -> None:
        """Keep what `config` asks for of the present epoch."""
        if config.keep == "best":
            self.vectors = {"users": as_array(users), "items": as_array(items)}
        if config.decay < 1:
            self.tables = {k: as_array(v) for k, v in model.state_dict().items()}

    def go_back(self, model: Model, optimizer: Optimizer, rate: float, decay: float) -> float:
        """Take up the best tables again and return the lower rate, which is set."""
        model.load_state_dict({k: torch.from_numpy(v) for k, v in self.tables.items()})
        rate = max(rate * decay, min(rate, LEAST_RATE))
        set_rate(optimizer, rate)
        return rate


def as_array(tensor: Tensor) -> NDArray[Any]:
    """Return a copy that later steps do not change."""
    return tensor.detach().cpu().numpy().copy()

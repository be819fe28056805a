"""How a gradient moves the vectors, and what each way neglects."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.linalg import vector_norm

from mmcl_core.models import Model
from mmcl_core.training.config import TrainConfig
from mmcl_core.training.row_adam import RowAdam


class SphereSGD:
    """Plain gradient descent that puts every row back on the sphere; it has no memory.

    It stands outside PyTorch's optimizers because their hooks take longer than a toy's update.

    Examples
    --------
    >>> point = nn.Parameter(torch.tensor([[1.0, 0.0]]))
    >>> point.grad = torch.tensor([[0.0, -0.75]])
    >>> SphereSGD([point], lr=1.0).step()
    >>> point.data
    tensor([[0.8000, 0.6000]])
    """

    def __init__(self, params: Iterable[nn.Parameter], lr: float) -> None:
        self.params, self.lr = list(params), lr

    def step(self) -> None:
        """Move, then divide each row by its length."""
        with torch.no_grad():
            for p in self.params:
                if p.grad is not None:
                    p.sub_(p.grad, alpha=self.lr)
                    p.div_(vector_norm(p, dim=1, keepdim=True))

    def state_dict(self) -> dict[str, Any]:
        """Return that there is nothing to remember."""
        return {"state": {}}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Do nothing."""


Optimizer = torch.optim.Optimizer | SphereSGD


def make_optimizer(model: Model, config: TrainConfig) -> Optimizer:
    """Build the optimizer that `config` names."""
    rate = config.learning_rate
    if config.optimizer == "adam":
        return torch.optim.Adam(model.parameters(), lr=rate, fused=True)  # one pass, not ten
    if config.optimizer == "sparse_adam":
        return RowAdam(model.parameters(), lr=rate)
    if config.optimizer == "lazy_adam":
        return RowAdam(model.parameters(), lr=rate, replay=True)
    return SphereSGD(model.parameters(), lr=rate)


def update(model: Model, optimizer: Optimizer, config: TrainConfig) -> None:
    """Regularise, clip, step, and forget the gradient."""
    parameters = [p for p in model.parameters() if p.grad is not None]
    for p in parameters:
        if p.grad is not None and p.grad.is_sparse:
            p.grad = p.grad.coalesce()
        if config.l2:
            _add_l2(p, config.l2, every_row=config.optimizer == "adam")
    if config.clip_norm:
        _clip(parameters, config.clip_norm)
    optimizer.step()
    for p in parameters:
        p.grad = None


def set_rate(optimizer: Optimizer, rate: float) -> None:
    """Change the learning rate from the next step on."""
    if isinstance(optimizer, SphereSGD):
        optimizer.lr = rate
        return
    for group in optimizer.param_groups:
        group["lr"] = rate


def catch_up(optimizer: Optimizer, model: Model, users: Tensor, items: Tensor) -> None:
    """Let the rows of these users and items, before they are read, catch up what they missed."""
    if isinstance(optimizer, RowAdam):
        for table, ids in model.rows(users, items):
            optimizer.catch_up(table, ids.unique())


def settle(optimizer: Optimizer) -> None:
    """Let rows catch up what they missed, before the tables are read."""
    if isinstance(optimizer, RowAdam):
        optimizer.settle()


def _add_l2(p: nn.Parameter, l2: float, every_row: bool) -> None:
    grad = p.grad
    assert grad is not None
    if grad.is_sparse:
        rows = grad.indices()[0]
        decayed = grad.values() + l2 * p.detach()[rows]
        p.grad = torch.sparse_coo_tensor(
            grad.indices(), decayed, grad.shape, is_coalesced=True, check_invariants=False
        )
    else:
        touched = every_row or (grad != 0).any(-1, keepdim=True)
        grad.add_(l2 * p.detach() * touched)


def _clip(parameters: list[nn.Parameter], largest: float) -> None:
    values = [_values(p) for p in parameters]
    norm = torch.stack([v.norm() for v in values]).norm()
    factor = (largest / (norm + 1e-6)).clamp(max=1.0)
    for v in values:
        v.mul_(factor)


def _values(p: nn.Parameter) -> Tensor:
    assert p.grad is not None
    return p.grad.values() if p.grad.is_sparse else p.grad


def optimizer_state(
    optimizer: Optimizer,
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Split the optimizer's memory into JSON values and arrays, keyed "parameter/name"."""
    plain: dict[str, Any] = {}
    arrays: dict[str, NDArray[Any]] = {}
    for index, state in optimizer.state_dict()["state"].items():
        for name, value in state.items():
            key = f"{index}/{name}"
            if isinstance(value, Tensor):
                arrays[key] = value.cpu().numpy()
            elif value is not None:
                plain[key] = value
    return plain, arrays


def restore_optimizer(
    optimizer: Optimizer, plain: dict[str, Any], arrays: dict[str, NDArray[np.generic]]
) -> None:
    """Undo `optimizer_state` on a fresh optimizer of the same kind."""
    state: dict[int, dict[str, Any]] = {}
    tensors = {key: torch.from_numpy(value.copy()) for key, value in arrays.items()}
    for key, value in {**plain, **tensors}.items():
        index, name = key.split("/")
        state.setdefault(int(index), {})[name] = value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})

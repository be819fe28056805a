"""What a run checks before its first step."""

from __future__ import annotations

import torch

from mmcl_core import _checks
from mmcl_core.data import Interactions
from mmcl_core.metrics import held_out
from mmcl_core.training.config import TrainConfig


def pick_device(name: str) -> torch.device:
    """Return the device called `name`; "auto" is a GPU if there is one.

    Raises
    ------
    ValueError
        If this machine has no such device.

    Examples
    --------
    >>> pick_device("cpu")
    device(type='cpu')
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, TypeError) as error:
        raise _checks.refuse(
            "a device that this machine has", f"{name!r}", 'Use "cpu", or "auto" to choose.'
        ) from error
    return device


def epoch_size(config: TrainConfig, data: Interactions) -> int:
    """Return the number of positives in an epoch.

    Raises
    ------
    ValueError
        If there is not one batch.
    """
    n = len(data.train)
    size = n - n % config.batch_size if config.drop_last else n
    if not size:
        raise _checks.refuse(
            f"at least one whole batch of {config.batch_size} positives",
            f"{n} positives in all",
            "Lower batch_size, or set drop_last to False.",
        )
    return size


def check_watched(config: TrainConfig, data: Interactions) -> None:
    """Raise ValueError if the split to watch is empty."""
    if config.watch != "none" and not len(held_out(data, config.watch)):
        raise _checks.refuse(
            f"a {config.watch} split to watch",
            "an empty one",
            'Hold some out with with_validation(data), or set watch to "test".',
        )

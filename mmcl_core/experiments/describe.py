"""A configuration in one line."""

from __future__ import annotations

from mmcl_core.losses import LOSSES
from mmcl_core.training import TrainConfig


def describe(config: TrainConfig) -> str:
    """Say the settings of a run that a search may change, in one line.

    Examples
    --------
    >>> describe(TrainConfig(loss="ssm"))
    'temperature 0.1, rate 0.005'
    """
    parts = []
    for p in LOSSES[config.loss].parameters:
        value = config.settings[p.name]
        if value != p.default or p.search:
            shown = " ".join(f"{v:g}" for v in value) if p.many else f"{value:g}"
            parts.append(f"{p.label} {shown}")
    parts.append(f"rate {config.learning_rate:g}")
    if config.l2:
        parts.append(f"l2 {config.l2:g}")
    return ", ".join(parts)

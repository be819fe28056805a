"""What a row of the table of losses says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from mmcl_core.losses.staircase import Staircase


@dataclass(frozen=True)
class Parameter:
    """One setting of a loss: default, allowed range, meaning, and the values a search tries.

    `many` marks a list of values (margins, band weights). An empty `search` keeps the default.
    """

    name: str
    label: str
    default: float | tuple[float, ...]
    low: float
    high: float
    help: str
    many: bool = False
    search: tuple[Any, ...] = ()


@dataclass(frozen=True)
class LossSpec:
    """A row of the table: everything the loop, the command line and the app need of a loss.

    Parameters
    ----------
    name, title : str
        The key in `LOSSES`, and the name that people read.
    function : callable
        Takes what `needs` names, in this order, then the parameters by name; returns (B,).
    score : {"cosine", "dot"}
        What the model should produce for it.
    parameters : tuple of Parameter
    source : str
    needs : tuple of str
        Which of the `Inputs` of a batch the function takes: scores only, as most losses; also
        "users", to tell whose positives they are; or "user_vectors" and "item_vectors".
    staircase : callable, optional
        For losses of the form of MMCL, with a "positive_weight": makes their staircase from the
        settings. Training then takes a shortcut past the dead negatives.
    """

    name: str
    title: str
    function: Callable[..., Tensor]
    score: str
    parameters: tuple[Parameter, ...]
    source: str
    needs: tuple[str, ...] = ("pos", "neg")
    staircase: Callable[[Mapping[str, Any]], Staircase] | None = None

    @property
    def defaults(self) -> dict[str, Any]:
        """Default parameters by name."""
        return {p.name: p.default for p in self.parameters}

    @property
    def has_negatives(self) -> bool:
        """Whether negatives are drawn for it; without them there is no curve of one negative."""
        return "neg" in self.needs

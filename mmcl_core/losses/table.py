"""The table of losses, and a loss with its settings fixed.

To add a loss, write one function in `functions.py` and one row here: the training loop, the
command line, the app and the contract tests are built from this table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from mmcl_core import _checks
from mmcl_core.losses.functions import bpr, ccl, mmcl, ssm
from mmcl_core.losses.staircase import Staircase, float_tensor, floats


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
    """A row of the table: everything the loop, the command line and the app need of a loss."""

    name: str
    title: str
    function: Callable[..., Tensor]
    score: str  # "cosine" or "dot": what the model should produce for it
    parameters: tuple[Parameter, ...]
    source: str

    @property
    def defaults(self) -> dict[str, Any]:
        """Default parameters by name."""
        return {p.name: p.default for p in self.parameters}


_MARGIN_SETS = ((0.2, 0.4, 0.6, 0.8), (0.0, 0.3, 0.6, 0.9), (0.4, 0.6, 0.75, 0.9))
_PUSH = "How strongly the negatives push in all."
_PULL = Parameter(
    "positive_weight", "positive weight", 1.0, 0.0, 10.0, "How strongly positives pull."
)

_ROWS = (
    LossSpec(
        name="mmcl",
        title="MMCL",
        function=mmcl,
        score="cosine",
        parameters=(
            Parameter(
                "margins",
                "margins",
                (0.2, 0.4, 0.6, 0.8),
                -1.0,
                1.0,
                "Cosines at which a negative starts to be pushed harder.",
                many=True,
                search=_MARGIN_SETS,
            ),
            Parameter(
                "weights",
                "band weights",
                (0.05, 0.15, 0.2, 0.6),
                0.0,
                1.0,
                "How much the push grows at each margin.",
                many=True,
            ),
            Parameter(
                "negative_weight",
                "negative weight",
                60.0,
                0.0,
                1000.0,
                _PUSH,
                search=(25.0, 60.0, 120.0),
            ),
            _PULL,
        ),
        source="Ozsoy, arXiv 2405.04614",
    ),
    LossSpec(
        name="ccl",
        title="CCL",
        function=ccl,
        score="cosine",
        parameters=(
            Parameter(
                "margin",
                "margin",
                0.9,
                -1.0,
                1.0,
                "A negative closer than this cosine is pushed.",
                search=(0.5, 0.6, 0.7, 0.8, 0.9),
            ),
            Parameter(
                "negative_weight",
                "negative weight",
                150.0,
                0.0,
                1000.0,
                _PUSH,
                search=(10.0, 25.0, 60.0),
            ),
            _PULL,
        ),
        source="Mao et al. (SimpleX), arXiv 2109.12613",
    ),
    LossSpec(
        name="bpr",
        title="BPR",
        function=bpr,
        score="dot",
        parameters=(),
        source="Rendle et al., arXiv 1205.2618",
    ),
    LossSpec(
        name="ssm",
        title="SSM",
        function=ssm,
        score="cosine",
        parameters=(
            Parameter(
                "temperature",
                "temperature",
                0.1,
                0.01,
                10.0,
                "The smaller, the more the push goes to the closest negative.",
                search=(0.05, 0.07, 0.1, 0.15, 0.2, 0.3),
            ),
        ),
        source="Wu et al., arXiv 2201.02327",
    ),
)
LOSSES: dict[str, LossSpec] = {spec.name: spec for spec in _ROWS}


class Loss(nn.Module):
    """A loss of the table with its parameters fixed and checked.

    Parameters
    ----------
    name : str
        A key of `LOSSES`.
    **parameters
        Overrides of the defaults in the table.

    Attributes
    ----------
    spec : LossSpec
        The row of the table.
    settings : dict
        All parameters by name.
    staircase : Staircase or None
        Margins, band weights and negative weight, if this loss has a staircase of slopes.

    Raises
    ------
    ValueError
        If the name or a parameter is unknown, or a value is out of range.

    Examples
    --------
    >>> loss = Loss("ccl", margin=0.8, negative_weight=25.0)
    >>> loss(torch.tensor([1.0]), torch.tensor([[0.9]]))
    tensor([2.5000])
    """

    def __init__(self, name: str, **parameters: Any) -> None:
        super().__init__()
        _checks.choice("loss", name, tuple(LOSSES))
        self.spec = LOSSES[name]
        unknown = sorted(set(parameters) - set(self.spec.defaults))
        if unknown:
            has = ", ".join(self.spec.defaults) or "it has none"
            raise _checks.refuse(
                f"parameters of {self.spec.title} ({has})",
                ", ".join(unknown),
                "Leave out what this loss does not have.",
            )
        self.settings = self._checked({**self.spec.defaults, **parameters})
        self.staircase = _staircase(self.settings)

    def _checked(self, values: Mapping[str, Any]) -> dict[str, Any]:
        checked: dict[str, Any] = {}
        for p in self.spec.parameters:
            value = values[p.name]
            if p.many:
                checked[p.name] = tuple(floats(p.label, value))
            else:
                checked[p.name] = _checks.number(p.label, value, p.low, p.high, p.help)
        return checked

    def forward(self, pos: Tensor, neg: Tensor) -> Tensor:
        """Return the unreduced loss, (B,), of `pos` (B,) and `neg` (B, N)."""
        return self.spec.function(pos, neg, **self.settings)

    def extra_repr(self) -> str:
        """Show name and parameters."""
        shown = ", ".join(f"{k}={v}" for k, v in self.settings.items())
        return f"{self.spec.title}, {shown}" if shown else self.spec.title


def _staircase(settings: Mapping[str, Any]) -> Staircase | None:
    if "margins" in settings:
        return Staircase.of(settings["margins"], settings["weights"], settings["negative_weight"])
    if "margin" in settings and "negative_weight" in settings:
        return Staircase.of((settings["margin"],), (1.0,), settings["negative_weight"])
    return None


def curve(
    loss: Loss, s: Tensor, pos: float = 0.8, others: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Penalty and slope of one negative, holding everything else fixed.

    Makes losses comparable in one figure: the loss of one positive with score `pos` is evaluated
    while one of its N negatives moves over `s` and the N - 1 `others` stand still. Both are
    multiplied by N, so that for MMCL and CCL they equal `penalty` and `slope` whatever the others.

    Parameters
    ----------
    loss : Loss
    s : Tensor (S,), float
        Scores of the moving negative.
    pos : float
        Score of the positive, held fixed.
    others : Tensor (N - 1,), float, optional
        Scores of the other negatives, held fixed; none by default.

    Returns
    -------
    penalty : Tensor (S,)
        Zero at the smallest score of `s`.
    slope : Tensor (S,)

    Raises
    ------
    ValueError
        If `s` is no row of floats, or as the loss itself.

    Examples
    --------
    >>> _, slope_of_bpr = curve(Loss("bpr"), torch.tensor([0.0, 0.8]), pos=0.8)
    >>> slope_of_bpr
    tensor([0.3100, 0.5000])
    """
    if float_tensor("s", s).ndim != 1 or not len(s):
        raise _checks.refuse("s of shape (S,) with S >= 1", f"{tuple(s.shape)}", "Flatten it.")
    moving = s.detach().clone().requires_grad_(True)  # (S,)
    neg = moving[:, None]
    if others is not None:
        neg = torch.cat([neg, others.detach().to(s).expand(len(s), -1)], 1)  # (S, N)
    n = neg.shape[1]
    value = n * loss(torch.full_like(moving, pos), neg)  # (S,)
    (gradient,) = torch.autograd.grad(value.sum(), moving)
    value = value.detach()
    return value - value[moving.detach().argmin()], gradient

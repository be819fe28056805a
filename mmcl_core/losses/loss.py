"""A loss of the table with its settings fixed, and its curve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from mmcl_core import _checks
from mmcl_core.losses.inputs import Inputs
from mmcl_core.losses.staircase import float_tensor, floats
from mmcl_core.losses.table import LOSSES


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
        make = self.spec.staircase
        self.staircase = make(self.settings) if make else None

    def _checked(self, values: Mapping[str, Any]) -> dict[str, Any]:
        checked: dict[str, Any] = {}
        for p in self.spec.parameters:
            value = values[p.name]
            if p.many:
                checked[p.name] = tuple(floats(p.label, value))
            else:
                checked[p.name] = _checks.number(p.label, value, p.low, p.high, p.help)
        return checked

    def forward(self, *given: Tensor) -> Tensor:
        """Return the unreduced loss, (B,), of what the loss needs, in the order of its row.

        For most losses that is `pos` (B,) and `neg` (B, N).
        """
        needs = self.spec.needs
        if len(given) != len(needs):
            raise _checks.refuse(
                f"what {self.spec.title} needs ({', '.join(needs)})",
                f"{len(given)} of {len(needs)}",
                "Pass them in this order.",
            )
        return self.spec.function(*given, **self.settings)

    def extra_repr(self) -> str:
        """Show name and parameters."""
        shown = ", ".join(f"{k}={v}" for k, v in self.settings.items())
        return f"{self.spec.title}, {shown}" if shown else self.spec.title


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
        One that has negatives; `loss.spec.has_negatives` says so.
    s : Tensor (S,), float
        Scores of the moving negative.
    pos : float
        Score of the positive, held fixed; the only one of its user.
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
        If the loss has no negatives, if `s` is no row of floats, or as the loss itself.

    Examples
    --------
    >>> _, slope_of_bpr = curve(Loss("bpr"), torch.tensor([0.0, 0.8]), pos=0.8)
    >>> slope_of_bpr
    tensor([0.3100, 0.5000])
    """
    if not loss.spec.has_negatives:
        raise _checks.refuse(
            "a loss that has negatives", loss.spec.title, "Ask spec.has_negatives before drawing."
        )
    if float_tensor("s", s).ndim != 1 or not len(s):
        raise _checks.refuse("s of shape (S,) with S >= 1", f"{tuple(s.shape)}", "Flatten it.")
    moving = s.detach().clone().requires_grad_(True)  # (S,)
    neg = moving[:, None]
    if others is not None:
        neg = torch.cat([neg, others.detach().to(s).expand(len(s), -1)], 1)  # (S, N)
    n = neg.shape[1]
    users = torch.arange(len(s), device=s.device)  # each score is a case of its own
    batch = Inputs(torch.full_like(moving, pos), neg, users)
    value = n * loss(*batch.of(loss.spec.needs))  # (S,)
    (gradient,) = torch.autograd.grad(value.sum(), moving)
    value = value.detach()
    return value - value[moving.detach().argmin()], gradient

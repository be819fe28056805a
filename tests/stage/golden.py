"""Golden vectors: what the core says about penalties, bands and forces, for the JavaScript."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mmcl_core.geometry import bands, leverage
from mmcl_core.losses import mmcl, penalty, slope

PENALTIES = (
    {"margins": [0.2, 0.4, 0.6, 0.8], "weights": [0.05, 0.15, 0.2, 0.6], "negative_weight": 2.0},
    {"margins": [0.9], "weights": [1.0], "negative_weight": 150.0},
    {"margins": [0.6, -0.3, 0.6], "weights": [0.25, 0.5, 0.25], "negative_weight": 4.0},
    {"margins": [0.0, 0.5], "weights": [0.0, 1.0], "negative_weight": 1.0},
    {"margins": [-1.0, 1.0], "weights": [0.5, 0.5], "negative_weight": 0.0},
)


def golden() -> dict[str, Any]:
    """Return inputs and the core's answers, in double precision."""
    return {"curves": [_curve(p) for p in PENALTIES], "forces": _forces()}


def _curve(p: dict[str, Any]) -> dict[str, Any]:
    grid = [*torch.linspace(-1, 1, 41).double().tolist(), *p["margins"], 0.8000001]
    s = torch.tensor(grid, dtype=torch.float64)
    stairs = (p["margins"], p["weights"], p["negative_weight"])
    return {
        "penalty": p,
        "s": grid,
        "height": penalty(s, *stairs).tolist(),
        "slope": slope(s, *stairs).tolist(),
        "band": bands(s, p["margins"]).tolist(),
        "leverage": leverage(s).tolist(),
    }


def _forces() -> list[dict[str, Any]]:
    """Return minus the gradient of the real loss by users and items, for several steps."""
    generator = torch.Generator().manual_seed(4)
    cases = []
    for p in PENALTIES:
        for dim, n, pairs in ((2, 1, 1), (3, 2, 1), (3, 5, 3), (8, 4, 2)):
            counts = (1, pairs, pairs * n)
            draw = [torch.randn(k, dim, generator=generator).double() for k in counts]
            draw[2][0] = draw[0][0] + 0.2 * draw[2][0]  # one that is near
            user, positives, negatives = (_unit(x) for x in draw)
            w_p = 0.5 + pairs / 2
            cases.append(
                {
                    "penalty": {**p, "positive_weight": w_p},
                    "user": user[0].tolist(),
                    "positives": positives.tolist(),
                    "negatives": negatives.tolist(),
                    **_by_autograd(user[0], positives, negatives, p, w_p),
                }
            )
    return cases


def _by_autograd(
    user: Tensor, positives: Tensor, negatives: Tensor, p: dict[str, Any], w_p: float
) -> dict[str, Any]:
    raw = [x.clone().requires_grad_() for x in (user, positives, negatives)]
    u, v, w = (_unit(x) for x in raw)  # so that the gradient runs along the sphere
    loss = mmcl(
        v @ u,
        (w @ u).reshape(len(positives), -1),
        margins=p["margins"],
        weights=p["weights"],
        positive_weight=w_p,
        negative_weight=p["negative_weight"],
    ).sum()
    on_user, on_positives, on_negatives = (-g for g in torch.autograd.grad(loss, raw))
    return {
        "onUser": on_user.tolist(),
        "onItems": [*on_positives.tolist(), *on_negatives.tolist()],
    }


def _unit(x: Tensor) -> Tensor:
    return x / x.norm(dim=-1, keepdim=True)

"""What a penalty does to given cosines, computed by the core."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from mmcl_app.lab.settings import RIVAL_TITLES
from mmcl_core.figures import Rival, merged_steps
from mmcl_core.geometry import active_share, band_shares, budget_by_margin, push_budget
from mmcl_core.losses import PRESETS, Loss, curve, penalty

_GRID = np.linspace(-1, 1, 201, dtype=np.float32)
SSM_NEGATIVES = 10


@dataclass(frozen=True)
class Reading:
    """Numbers of one penalty on one set of cosines; bands from dead (0) to K."""

    steps: tuple[tuple[float, float], ...]  # margins that act, each once, with band weights
    shares: tuple[float, ...]  # (K + 1,) share of the pairs in each band
    slopes: tuple[float, ...]  # (K + 1,) slope in each band
    above: tuple[float, ...]  # (K,) share of the pairs above each margin
    added: tuple[float, ...]  # (K,) what each margin adds to the budget
    active: float
    budget: float
    mean_penalty: float


def read(
    margins: Sequence[float],
    weights: Sequence[float],
    negative_weight: float,
    pairs: NDArray[np.float32],
) -> Reading:
    """Measure a penalty on the cosines `pairs` (n,)."""
    steps = tuple(merged_steps(margins, weights))
    if not steps:
        return Reading((), (1.0,), (0.0,), (), (), 0.0, 0.0, 0.0)
    ms, ws = zip(*steps, strict=True)
    s = torch.tensor(pairs)
    slopes = np.concatenate([[0.0], negative_weight * np.cumsum(ws)])
    shares = band_shares(s, ms).tolist()
    return Reading(
        steps=steps,
        shares=tuple(shares),
        slopes=tuple(slopes.tolist()),
        above=tuple(sum(shares[k:]) for k in range(1, len(shares))),
        added=tuple(budget_by_margin(s, ms, ws, negative_weight).tolist()),
        active=active_share(s, ms, ws),
        budget=push_budget(s, ms, ws, negative_weight),
        mean_penalty=float(penalty(s.double(), ms, ws, negative_weight).mean()),
    )


def rival(name: str, pairs: NDArray[np.float32], positives: NDArray[np.float32]) -> Rival:
    """Draw another loss in the same axes; `held_fixed` says what stands still meanwhile."""
    others = None
    if name in PRESETS:
        preset = PRESETS[name]
        loss = Loss(preset.loss, **preset.settings)
    else:
        loss = Loss(name)
    if name == "ssm":
        at = (np.arange(SSM_NEGATIVES - 1) + 0.5) / (SSM_NEGATIVES - 1)
        others = torch.from_numpy(np.quantile(pairs, at).astype(np.float32))
    edges = np.float32(loss.staircase[0] if loss.staircase else ())
    s = np.union1d(_GRID, np.concatenate([edges, edges + np.float32(1e-4)]))
    value, push = curve(loss, torch.from_numpy(s), float(np.median(positives)), others)
    return Rival(RIVAL_TITLES[name], s, value.numpy(), push.numpy())


def held_fixed(name: str, positives: NDArray[np.float32]) -> str:
    """Say what a rival's curve holds fixed."""
    if name in PRESETS:
        return (
            f"**{RIVAL_TITLES[name]}**: nothing needs to be held. "
            "Its push depends on this one cosine only, as for MMCL."
        )
    if name == "bpr":
        return (
            f"**BPR**: the positive stands at cosine {np.median(positives):.2f}, the median here; "
            "its push grows as the negative comes near the positive and never passes 1, so beside "
            "large negative weights it looks flat. BPR is usually trained on dot products; here "
            "it is drawn on cosines."
        )
    tau = Loss("ssm").settings["temperature"]
    return (
        f"**SSM**, temperature {tau:g}: N = {SSM_NEGATIVES}; the other {SSM_NEGATIVES - 1} "
        "negatives stand at evenly spaced quantiles of this histogram. Its pushes share a fixed "
        f"total, {SSM_NEGATIVES / tau:g}: one more close negative takes force from the others."
    )

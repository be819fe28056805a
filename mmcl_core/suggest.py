"""Settings to start with on data that nobody has tuned yet, and why these.

A short training with low margins (the probe) spreads users and items. Where its random pairs lie
says where margins have to stand so that a given share of the pairs is past each; how hard the
probe pushes once it has come to rest, its push budget, says what the negative weight has to be.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from mmcl_core import _checks
from mmcl_core.data import Interactions
from mmcl_core.geometry import active_share, push_budget, sample_cosines
from mmcl_core.training import DoneEvent, TrainConfig, train

# Chosen on the films, split 0, by validation; docs/suggestion.md: what they are worth elsewhere.
SHARES = (0.25, 0.06, 0.015, 0.003)
BAND_WEIGHTS = (0.05, 0.15, 0.2, 0.6)
BUDGETS = (0.7, 1.1)

_PROBE = {"margins": (-0.2, 0.0, 0.2, 0.4), "weights": BAND_WEIGHTS, "negative_weight": 30.0}
_EPOCHS, _LEAST, _STEPS = 8, 300, 1500  # epochs of the probe; its fewest and its most steps
_PAIRS = 50_000
_LIGHTEST, _HEAVIEST = 1.0, 1000.0
_BATCHES = 32  # an epoch has at least so many steps, as on the films
_SMALLEST = 32


@dataclass(frozen=True)
class Suggested:
    """Settings of MMCL to start with, and what they rest on.

    Parameters
    ----------
    margins, weights : tuples of K floats
    negative_weight : float
    shares : tuple of K floats
        Share of the probe's random pairs past each margin.
    budget : float
        Push budget that the probe came to, inside `BUDGETS`; on its random pairs these settings
        spend as much.
    like : float
        Median cosine of the probe's positive pairs.
    reason : str
        The same in sentences.
    """

    margins: tuple[float, ...]
    weights: tuple[float, ...]
    negative_weight: float
    shares: tuple[float, ...]
    budget: float
    like: float
    reason: str

    @property
    def settings(self) -> dict[str, Any]:
        """Settings of the loss "mmcl" in a `TrainConfig`."""
        return {
            "margins": self.margins,
            "weights": self.weights,
            "negative_weight": self.negative_weight,
        }


def batch_size_for(data: Interactions) -> int:
    """Return a batch size with which an epoch has about as many steps as on the films.

    A power of two, at most the usual 1024: small data would else come to few steps.

    Examples
    --------
    >>> from mmcl_core.worlds import make_world
    >>> data = make_world(seed=0).data
    >>> len(data.train), batch_size_for(data)
    (600, 32)
    """
    wanted = max(_SMALLEST, min(TrainConfig().batch_size, len(data.train) // _BATCHES))
    return int(2 ** math.floor(math.log2(wanted)))


def probe_config(config: TrainConfig, data: Interactions) -> TrainConfig:
    """Return the short training whose cosines are looked at.

    Parameters
    ----------
    config : TrainConfig
        Model, negatives, optimizer, rate, batch size and seed are taken from it.
    data : Interactions
        Decides how many epochs are enough to come to rest.

    Examples
    --------
    >>> from mmcl_core.worlds import make_world
    >>> probe = probe_config(TrainConfig(loss="bpr", negatives=3), make_world(seed=0).data)
    >>> probe.loss, probe.negatives
    ('mmcl', 3)
    """
    steps = -(-len(data.train) // config.batch_size)
    return config.with_(
        loss="mmcl",
        settings=_PROBE,
        epochs=max(_EPOCHS, -(-_LEAST // steps)),
        max_steps=_STEPS,
        watch="none",
        keep="last",
        patience=0,
        decay=1.0,
    )


def suggest_margins(data: Interactions, config: TrainConfig | None = None) -> Suggested:
    """Train the probe and suggest settings.

    Parameters
    ----------
    data : Interactions
    config : TrainConfig, optional
        See `probe_config`; the same config and data give the same suggestion.

    Returns
    -------
    Suggested

    Examples
    --------
    >>> from mmcl_core.worlds import make_world
    >>> data, config = make_world(seed=0).data, TrainConfig(negatives=5, batch_size=64)
    >>> found = suggest_margins(data, config)
    >>> len(found.margins), found == suggest_margins(data, config)
    (4, True)
    """
    config = probe_config(config or TrainConfig(batch_size=batch_size_for(data)), data)
    *_, done = train(config, data)
    assert isinstance(done, DoneEvent)
    return suggest_from(
        torch.from_numpy(done.trained.users), torch.from_numpy(done.trained.items), data, config
    )


def suggest_from(
    users: Tensor, items: Tensor, data: Interactions, config: TrainConfig
) -> Suggested:
    """Suggest settings from the vectors of a probe that has been trained.

    Margin m_k is the cosine that a share a_k of the random pairs is past, a_k in `SHARES`. The
    negative weight is w_n = B / sum_k w_k a_k, where B is the probe's push budget; so on these
    pairs the suggested penalty pushes as hard as the probe does.

    Parameters
    ----------
    users, items : Tensor (U, D) and (I, D), float
    data : Interactions
    config : TrainConfig
        Of the probe; its seed decides the pairs.

    Returns
    -------
    Suggested

    Raises
    ------
    ValueError
        If the probe's loss has no margins.
    """
    stairs = config.make_loss().staircase
    if stairs is None:
        raise _checks.refuse("a probe with margins", repr(config.loss), "Use probe_config.")
    fixed = torch.Generator().manual_seed(config.seed)
    likes, pairs = sample_cosines(users, items, data, _PAIRS, fixed)
    places = torch.tensor([1 - share for share in SHARES], dtype=pairs.dtype)
    margins = tuple(round(m, 2) for m in torch.quantile(pairs, places).tolist())
    shares = tuple(active_share(pairs, [m], [1.0]) for m in margins)
    spent = push_budget(pairs, *stairs)
    budget = min(max(spent, BUDGETS[0]), BUDGETS[1])
    unit = push_budget(pairs, margins, BAND_WEIGHTS)  # at negative weight 1
    heavy = budget / unit if unit > 0 else _HEAVIEST
    negative_weight = float(f"{min(max(heavy, _LIGHTEST), _HEAVIEST):.2g}")
    like = float(likes.median())
    return Suggested(
        margins,
        BAND_WEIGHTS,
        negative_weight,
        shares,
        budget,
        like,
        _reason(margins, shares, negative_weight, budget, spent, like),
    )


def _reason(
    margins: tuple[float, ...],
    shares: tuple[float, ...],
    negative_weight: float,
    budget: float,
    spent: float,
    like: float,
) -> str:
    past = ", ".join(f"{_percent(a)} past {m:g}" for m, a in zip(margins, shares, strict=True))
    came = "what the short training itself came to"
    if budget != spent:
        came = f"as trainings on films are; the short training came to {spent:.2f}"
    return (
        f"After a short training, of random pairs {past}; half of the known likes are past "
        f"{like:.2f}. So most pairs are left alone, many feel a nudge and few a kick. The band "
        f"weights grow as in the preset for films. With negative weight {negative_weight:g} these "
        f"pairs are pushed with {budget:.2f} in all, {came}."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.2g}%"

"""A fair comparison as a sweep: the same number of tuning trials for every loss, then seeds.

For every loss and every N, random settings from the loss's grid are tried and judged by validation
NDCG@K only; the best one is then trained with every seed and judged on test, once. Beside them
stand published settings, untuned.
"""

from __future__ import annotations

from collections.abc import Sequence

from mmcl_core import _checks
from mmcl_core.experiments.plan import Run, Search, Sweep, search_space
from mmcl_core.losses import LOSSES, PRESETS
from mmcl_core.training import TrainConfig


def comparison(
    base: TrainConfig,
    losses: Sequence[str] = tuple(LOSSES),
    negatives: Sequence[int] = (1, 10, 100),
    seeds: Sequence[int] = (0, 1, 2, 3, 4),
    trials: int = 12,
    published: Sequence[str] = ("paper-ccl",),
    data: str = "movielens",
    split_seed: int = 0,
) -> Sweep:
    """Return the sweep that compares losses fairly.

    Parameters
    ----------
    base : TrainConfig
        Everything that is not searched.
    losses : sequence of str
        Keys of `LOSSES`; each is tuned.
    negatives : sequence of int
        Every N is tuned and compared apart.
    seeds : sequence of int
        Seeds of start, batches and negatives; the split of the data stays the same.
    trials : int
        Settings tried for each loss and N; 0 takes the defaults of the table.
    published : sequence of str
        Keys of `PRESETS` run as they are, with the base's learning rate.
    data, split_seed
        See `Sweep`.

    Raises
    ------
    ValueError
        If a name is unknown, or a list empty.

    Examples
    --------
    >>> sweep = comparison(TrainConfig(epochs=5), losses=("ccl", "mmcl"), trials=2)
    >>> [run.title for run in sweep.runs]
    ['CCL', 'MMCL', 'CCL as published']
    """
    _checks.whole("the number of trials", trials, 0, "Use 0 for the default settings.")
    runs = []
    for loss in losses:
        _checks.choice("loss", loss, tuple(LOSSES))
        search = Search(search_space(loss), trials, {}) if trials else None
        config = base.with_(loss=loss, settings={})
        spec = LOSSES[loss]
        every_n = tuple(negatives) if spec.has_negatives else tuple(negatives)[:1]
        runs.append(Run(loss, spec.title, config, every_n, tuple(seeds), search))
    for name in published:
        _checks.choice("published setting", name, tuple(PRESETS))
        preset = PRESETS[name]
        config = base.with_(loss=preset.loss, settings=preset.settings)
        runs.append(Run(name, preset.title, config, tuple(negatives), tuple(seeds)))
    return Sweep(data, "fair", split_seed, tuple(runs))

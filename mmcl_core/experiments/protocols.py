"""What a run may see, and when: the protocols.

``fair``
    Validation is held out of train and chooses the epoch; test is read once, at the end.
``paper``
    As published: all of train is trained on, and the best epoch is chosen on test, which flatters.
``tuning``
    A trial of a search: as ``fair``, and test is not read at all.
"""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from pathlib import Path

from mmcl_core import _checks
from mmcl_core.data import NAMES, Interactions, Positives, load, with_validation

PROTOCOLS = ("fair", "paper")  # that a person may ask for
TUNING = "tuning"
LABELS = {
    "fair": "best epoch on validation, test read once",
    "paper": "best epoch on test, as published",
    TUNING: "best epoch on validation, test not read",
}


def watched(protocol: str) -> str:
    """Return the split that chooses the epoch under `protocol`.

    Examples
    --------
    >>> watched("paper"), watched("fair")
    ('test', 'validation')
    """
    _checks.choice("protocol", protocol, tuple(LABELS))
    return "test" if protocol == "paper" else "validation"


@lru_cache(maxsize=4)
def load_data(source: str, split_seed: int, protocol: str) -> Interactions:
    """Load a data set and split it as `protocol` says."""
    data = load(source, seed=split_seed)
    if watched(protocol) == "validation" and not len(data.validation):
        data = with_validation(data, seed=split_seed)
    if protocol == TUNING:
        nothing = Positives.from_pairs([], [], data.n_users, data.n_items)
        data = dataclasses.replace(data, test=nothing)
    return data


def data_name(source: str) -> str:
    """Return what a person calls the data that `load` finds at `source`.

    Examples
    --------
    >>> data_name("gowalla"), data_name("somewhere/my-shop/")
    ('gowalla', 'my-shop')
    """
    return source if source in NAMES else Path(source).resolve().name

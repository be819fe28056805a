"""Models under one contract: two tables of vectors whose plain product is the ranking score.

A model gives `encode()`, all users (U, D) and items (I, D) for ranking, and `user_vectors(ids)`
and `item_vectors(ids)`, the same vectors for some ids. A training step needs `asking(users,
positives)`, the user vectors that are trained, and `scores(u, items)`, products without a graph.
For a cosine model the vectors are unit vectors, so that their product is the cosine.
"""

from __future__ import annotations

from mmcl_core.models.contract import SCORES, Asking, Model, Part, Setting, distinct
from mmcl_core.models.lightgcn import LightGCN
from mmcl_core.models.mf import MF
from mmcl_core.models.simplex import POOLINGS, SimpleX

MODELS: dict[str, type[Model]] = {"mf": MF, "simplex": SimpleX, "lightgcn": LightGCN}

__all__ = [
    "MF",
    "MODELS",
    "POOLINGS",
    "SCORES",
    "Asking",
    "LightGCN",
    "Model",
    "Part",
    "Setting",
    "SimpleX",
    "distinct",
]

"""The Lab's penalty on real films, to take home."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mmcl_app.home.code import call, plain
from mmcl_app.home.files import Picture, Scene
from mmcl_app.lab.reading import Reading, read
from mmcl_app.lab.settings import RUN_TITLES
from mmcl_app.snapshots import EPOCHS, snapshot
from mmcl_core.figures import describe_penalty, penalty_figure
from mmcl_core.losses import PRESETS
from mmcl_core.training import TrainConfig


@dataclass(frozen=True)
class Asked:
    """A penalty, and whose cosines it is laid on."""

    margins: tuple[float, ...]
    weights: tuple[float, ...]
    negative_weight: float
    trained: str
    epoch: str

    @property
    def penalty(self) -> tuple[tuple[float, ...], tuple[float, ...], float]:
        """The three parts of the penalty."""
        return self.margins, self.weights, self.negative_weight


def scene(asked: Asked, where: str, log: bool, mode: str) -> Scene:
    """Put a scene together; `where` is its address, `log` draws logarithmic shares."""
    seen = snapshot(asked.trained, asked.epoch)
    reading = read(*asked.penalty, seen.pairs)
    looks = {"log_share": log, "mode": mode, "title": None, "height": 620}
    figure = penalty_figure(*asked.penalty, seen.pairs, seen.positives, **looks)
    return Scene(
        f"A penalty on the cosines of films ({RUN_TITLES[asked.trained]}, epoch {asked.epoch})",
        where,
        code(asked),
        rows(reading),
        [Picture(figure, describe_penalty(*asked.penalty, seen.pairs))],
    )


def rows(reading: Reading) -> list[dict[str, Any]]:
    """Return a row for each band, dead first, and one for all pairs: their mean slope."""
    margins = ["", *(margin for margin, _ in reading.steps)]
    bands = zip(margins, reading.shares, reading.slopes, strict=True)
    return [
        *(
            {"band": k, "past margin": margin, "share of pairs": share, "slope": slope}
            for k, (margin, share, slope) in enumerate(bands)
        ),
        {"band": "active", "share of pairs": reading.active},
        {"band": "all", "share of pairs": 1.0, "slope": reading.budget},
    ]


def code(asked: Asked) -> str:
    """Write the script that trains the model anew and measures the penalty on its cosines."""
    return f"""import torch
from torch.nn.functional import normalize

from mmcl_core.data import load
from mmcl_core.geometry import active_share, push_budget
from mmcl_core.training import EpochEvent, TrainConfig, Training

{training(asked)}
cosines = users @ items.T  # (U, I)
print("active share", round(active_share(cosines, margins, weights), 4))
print("push budget", round(push_budget(cosines, margins, weights, negative_weight), 4))
"""


def training(asked: Asked) -> str:
    """Write the part of a script that names the penalty and trains the model anew."""
    preset = PRESETS[asked.trained]
    config = TrainConfig(
        loss=preset.loss,
        settings=preset.settings,
        epochs=int(EPOCHS[-1]),
        watch="none",
        keep="last",
        device="cpu",
    )
    return f"""margins, weights = {plain(asked.margins)}, {plain(asked.weights)}
negative_weight = {plain(asked.negative_weight)}

run = Training({call(config)}, load("movielens"))
for event in run.events():
    if isinstance(event, EpochEvent) and event.epoch == {asked.epoch}:
        break

with torch.no_grad():
    users, items = (normalize(vectors, dim=1) for vectors in run.model.encode())
"""

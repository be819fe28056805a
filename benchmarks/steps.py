"""The two training steps to compare, on the same tables, with the same draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from plain import Plain
from torch import Tensor

from mmcl_core.data import Positives
from mmcl_core.losses import Loss
from mmcl_core.models import MF
from mmcl_core.sampling import Sampler
from mmcl_core.training import TrainConfig
from mmcl_core.training.config import BY_ROW
from mmcl_core.training.optimizers import make_optimizer, update
from mmcl_core.training.step import Batch, backward, draw_batch

GOWALLA = (29_858, 40_981)  # users, items
MARGINS = (0.6, 0.7, 0.8, 0.9)
WEIGHTS = (0.05, 0.15, 0.2, 0.6)
NEGATIVE_WEIGHT = 400.0
RATE = 1e-6  # small, so that the share of active negatives stays as it is


@dataclass(frozen=True)
class Setting:
    """What a step is asked to do."""

    n: int = 100
    batch: int = 512
    dim: int = 64
    users: int = GOWALLA[0]
    items: int = GOWALLA[1]
    margins: Sequence[float] = MARGINS
    weights: Sequence[float] = WEIGHTS
    device: str = "cpu"


def tables(setting: Setting, tastes: int = 70, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Return users and items in clusters: 1 in `tastes` pairs has a cosine around 0.75."""
    g = torch.Generator().manual_seed(seed)
    centres = torch.nn.functional.normalize(torch.randn(tastes, setting.dim, generator=g), dim=1)
    found = []
    for count in (setting.users, setting.items):
        noise = torch.randn(count, setting.dim, generator=g) / setting.dim**0.5
        taste = torch.randint(tastes, (count,), generator=g)
        found.append(centres[taste] + 0.6 * noise)
    return found[0], found[1]


class PlainSide:
    """Draw, loss, autograd, dense Adam."""

    def __init__(self, setting: Setting, users: Tensor, items: Tensor, fused: bool = False) -> None:
        self.setting, self.device = setting, torch.device(setting.device)
        stairs = (setting.margins, setting.weights, NEGATIVE_WEIGHT)
        self.model = Plain(users, items, *stairs).to(self.device)
        for name in ("margins", "weights"):
            setattr(self.model, name, getattr(self.model, name).to(self.device))
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=RATE, fused=fused)
        self.generator = torch.Generator().manual_seed(1)
        self.batch = self.draw()

    def draw(self) -> tuple[Tensor, ...]:
        """Draw users, positives and negatives, uniformly."""
        s = self.setting
        shapes = ((s.users, (s.batch,)), (s.items, (s.batch,)), (s.items, (s.batch, s.n)))
        drawn = [torch.randint(high, shape, generator=self.generator) for high, shape in shapes]
        return tuple(ids.to(self.device) for ids in drawn)

    def gradients(self) -> None:
        """Loss and gradients of a batch that is drawn already."""
        self.optimizer.zero_grad()
        self.model.loss(*self.batch).backward()

    def step(self) -> float:
        """Take a whole step."""
        self.optimizer.zero_grad()
        loss = self.model.loss(*self.draw())
        loss.backward()
        self.optimizer.step()
        return float(loss.detach())


class CoreSide:
    """The step of `mmcl_core`, through the functions that its training loop calls."""

    def __init__(
        self, setting: Setting, users: Tensor, items: Tensor, optimizer: str = "sparse_adam"
    ) -> None:
        self.setting, self.device = setting, torch.device(setting.device)
        s = setting
        self.config = TrainConfig(
            settings={
                "margins": s.margins,
                "weights": s.weights,
                "negative_weight": NEGATIVE_WEIGHT,
            },
            optimizer=optimizer,
            learning_rate=RATE,
            dim=s.dim,
            negatives=s.n,
        )
        self.loss: Loss = self.config.make_loss()
        self.sampler: Sampler = self.config.make_sampler()
        self.model = MF(s.users, s.items, s.dim, sparse=optimizer in BY_ROW)
        with torch.no_grad():
            self.model.users.weight.copy_(users)
            self.model.items.weight.copy_(items)
        self.model.to(self.device)
        self.optimizer = make_optimizer(self.model, self.config)
        self.known = Positives.from_pairs([0], [0], s.users, s.items)
        self.generator = torch.Generator().manual_seed(1)
        self.batch = self.draw()

    def draw(self) -> Batch:
        """Draw users, positives and negatives, uniformly."""
        s = self.setting
        users, positives = (
            torch.randint(high, (s.batch,), generator=self.generator).to(self.device)
            for high in (s.users, s.items)
        )
        model, sampler, known = self.model, self.sampler, self.known
        return draw_batch(model, sampler, known, users, positives, self.generator)

    def gradients(self) -> float:
        """Loss and gradients of a batch that is drawn already; return the active share."""
        self.optimizer.zero_grad()
        return backward(self.model, self.loss, self.batch)[1]

    def step(self) -> float:
        """Take a whole step."""
        value, _ = backward(self.model, self.loss, self.draw())
        update(self.model, self.optimizer, self.config)
        return value

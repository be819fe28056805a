"""The panel's numbers in the toy world: from the points of a frame, drawn with the scene's seed."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor

from mmcl_app.negatives.seen import (
    AT,
    POOLS,
    Chance,
    Noise,
    Seen,
    Way,
    chance,
    falling,
    finite,
)
from mmcl_app.toy.lanes import Move
from mmcl_app.toy.runs import trained
from mmcl_app.turns import turn
from mmcl_core.data import Positives
from mmcl_core.geometry import active_share, push_budget
from mmcl_core.losses import PRESETS, Loss
from mmcl_core.noise import (
    active_by_user,
    aim,
    deviation,
    drawn_any_active,
    drawn_shares,
    one_negative,
    push,
    push_noise,
    relative_noise,
)
from mmcl_core.sampling import Sampler
from mmcl_core.training import TrainConfig
from mmcl_core.trajectories import Trajectory
from mmcl_core.worlds import World, WorldConfig

ASKED = 24  # users whose push is measured
_BATCH = 64
_SOFTMAX = Loss("ssm", temperature=0.1)
_REFERENCES = (  # shown where no lane is of their kind
    ("one", "CCL 0.9", Loss("ccl", margin=0.9, negative_weight=2.0)),
    ("several", "MMCL", Loss("mmcl", **PRESETS["toy-mmcl"].settings)),
)


@lru_cache(maxsize=16)
def look(
    world: WorldConfig,
    configs: tuple[TrainConfig, ...],
    moves: tuple[Move, ...],
    frame: int,
    lane: int,
) -> Seen:
    """Measure one frame of the lanes; noise, samplers and pools where one lane stands.

    Parameters
    ----------
    world : WorldConfig
    configs : tuple of TrainConfig
        One a lane.
    moves : tuple of Move
        By hand, as the lanes were trained.
    frame : int
    lane : int
        The chosen one.
    """
    runs = trained(world, configs, moves)
    with turn():
        places = [_Place(run, frame) for run in runs]
        here = places[lane]
        return Seen(
            here.config.negatives,
            f"lane {'ABC'[lane]} at step {int(runs[lane].steps[frame])}",
            tuple(_chance(place, i) for i, place in enumerate(places)),
            _noises(here, [place.loss for place in places]),
            _ways(here),
            _pools(here),
        )


class _Place:
    """Where one lane stands."""

    def __init__(self, run: Trajectory, frame: int) -> None:
        self.world: World = run.world
        self.config = run.config
        self.loss = run.config.make_loss()
        data = run.world.data
        both = torch.from_numpy(run.positions[frame])
        self.users, self.items = both.split([data.n_users, data.n_items])
        self.cosines = self.users @ self.items.T  # (U, I)
        self.known: Positives = data.train

    def score(self, users: Tensor, items: Tensor) -> Tensor:
        """Return the cosines of users (B,) with items (B, M)."""
        found: Tensor = self.cosines[users[:, None], items]
        return found

    def generator(self, what: int) -> torch.Generator:
        """Return the scene's own chance for one purpose."""
        return torch.Generator().manual_seed(1000 * self.config.seed + what)


def _draws(n: int, least: int, most: int, total: int) -> int:
    """Draw fewer sets where each is large."""
    return max(least, min(most, total // n))


def _chance(place: _Place, lane: int) -> Chance:
    active = active_by_user(place.cosines, place.loss)
    drawn = []
    for n in AT:
        given = place.cosines, place.loss, Sampler(n=n), place.known, _draws(n, 4, 40, 400)
        drawn.append((n, drawn_any_active(*given, place.generator(n))))
    return chance("ABC"[lane], lane, place.config.negatives, active, finite(drawn))


def _noises(here: _Place, losses: Sequence[Loss]) -> tuple[Noise, ...]:
    """Measure the lanes' losses, one of each kind besides, and softmax, all at the same points."""
    asked = [("ABC"[i], i, loss) for i, loss in enumerate(losses)]
    kinds = {_kind(loss) for loss in losses}
    asked += [(name, 3, loss) for kind, name, loss in _REFERENCES if kind not in kinds]
    asked.append(("Softmax", 4, _SOFTMAX))
    step = max(1, len(here.users) // ASKED)
    who = torch.arange(0, len(here.users), step)  # some of each taste
    liked = torch.tensor([int(here.known.of(user)[0]) for user in who.tolist()])
    pairs = who, liked
    return tuple(_noise(here, name, place, loss, pairs) for name, place, loss in asked)


def _noise(here: _Place, name: str, place: int, loss: Loss, pairs: tuple[Tensor, Tensor]) -> Noise:
    users, stairs = here.users[pairs[0]], loss.staircase
    if stairs is None:  # each push of a softmax adds up to 1 / temperature
        budget, active = 1 / loss.settings["temperature"], 1.0
        everything = torch.arange(len(here.items)).expand(len(users), -1)
        exact = push(loss, users, here.items[pairs[1]], here.items, everything)
        one = relative = math.nan
    else:
        cosines = here.cosines[pairs[0]]
        budget, active = push_budget(cosines, *stairs), active_share(cosines, *stairs[:2])
        found = one_negative(loss, users, here.items)
        exact = found.mean
        one, relative = deviation(found) / budget if budget else math.nan, relative_noise(found)
    drawn, aims = [], []
    for n in AT if budget else ():
        sets = _draws(n, 20, 300, 3000)
        given = here.users, here.items, pairs, Sampler(n=n), here.known, sets
        noisy = push_noise(loss, *given, here.generator(n))
        drawn.append((n, deviation(noisy) / budget))
        aims.append((n, aim(noisy, exact, sets)))
    return Noise(name, place, active, one, relative, falling(one), finite(drawn), finite(aims))


def _kind(loss: Loss) -> str:
    stairs = loss.staircase
    if stairs is None or not stairs.negative_weight or not any(stairs.weights):
        return "none"
    return "one" if len(stairs.margins) == 1 else "several"


def _ways(here: _Place) -> tuple[Way, ...]:
    """Draw in each way as often as this scene draws, and in its own way."""
    own, n = here.config.make_sampler(), here.config.negatives
    plain = dataclasses.replace(own, kind="uniform", pool=0, planted=None)
    pool = own.pool if own.kind == "hardest" else max(40, 2 * n)
    hardest = f"the hardest {'' if n == 1 else f'{n} '}of {pool}"
    kinds = {
        "uniform": "uniform",
        "popularity": "by popularity",
        "shared": "shared in the batch",
        "hardest": hardest,
    }
    ways = {
        name: dataclasses.replace(plain, kind=kind, pool=pool if kind == "hardest" else 0)
        for kind, name in kinds.items()
    }
    if own.planted is not None:
        ways[f"{kinds[own.kind]}, {own.planted:.0%} planted"] = own
    return tuple(_way(here, name, way, way == own) for name, way in ways.items())


def _way(here: _Place, name: str, sampler: Sampler, own: bool) -> Way:
    positives = here.known, here.world.likes
    draws = _draws(max(sampler.n, sampler.pool), 6, 100, 600)
    given = here.cosines, here.loss, sampler, positives, draws
    found = drawn_shares(*given, here.generator(1))
    generator = here.generator(2)
    batch = torch.randint(len(here.users), (_BATCH,), generator=generator)
    drawn = sampler.draw(batch, here.known, generator, here.score)
    return Way(name, own, *found, len(drawn.unique()))


def _pools(here: _Place) -> tuple[tuple[int, float, float], ...]:
    """Keep the hardest one of M: how often it is active, and how often a like."""
    reject, positives = here.config.reject_positives, (here.known, here.world.likes)
    rows = []
    for pool in POOLS:
        sampler = Sampler("hardest", 1, reject_positives=reject, pool=pool)
        given = here.cosines, here.loss, sampler, positives, _draws(pool, 8, 40, 400)
        found = drawn_shares(*given, here.generator(3))
        rows.append((pool, found.active, found.false))
    return tuple(rows)

"""The panel's numbers, to take home."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from mmcl_app.home.code import plain
from mmcl_app.home.files import Picture, Scene
from mmcl_app.lab import home as films
from mmcl_app.lab.settings import RUN_TITLES
from mmcl_app.negatives import pictures
from mmcl_app.negatives.panel import TITLE
from mmcl_app.negatives.seen import AT, Seen
from mmcl_app.negatives.toy import ASKED
from mmcl_app.toy import home as toy


class Frame(NamedTuple):
    """Which points are measured: those of a frame, noise at those of one lane."""

    taught: toy.Taught
    frame: int
    step: int
    lane: int


def toy_scene(seen: Seen, at: Frame, titles: Sequence[str], where: str, mode: str) -> Scene:
    """Put what was measured in the toy world together; `where` is its address."""
    named = {name: f"{name}: {title}" for name, title in zip("ABC", titles, strict=False)}
    drawn = (
        pictures.chances(seen, named, at.lane, mode),
        pictures.noises(seen, mode),
        pictures.aims(seen, mode),
        pictures.pools(seen, False, mode),
    )
    whole = f"{TITLE} {'; '.join(named.values())}; {seen.where}"
    return Scene(whole, where, toy_code(at, seen.n), rows(seen), _titled(drawn))


def films_scene(seen: Seen, asked: films.Asked, where: str, mode: str) -> Scene:
    """Put what was measured on films together; `where` is its address."""
    drawn = (
        pictures.chances(seen, {}, 0, mode),
        pictures.noises(seen, mode),
        pictures.aims(seen, mode),
        pictures.pools(seen, True, mode),
    )
    whole = f"{TITLE} A penalty on films ({RUN_TITLES[asked.trained]}, epoch {asked.epoch})"
    return Scene(whole, where, films_code(asked, seen.n), rows(seen), _titled(drawn))


def _titled(drawn: Sequence[Picture]) -> list[Picture]:
    titles = (
        "Is anybody active among N?",
        "How noisy is their push?",
        "Does N change what is asked for?",
        "The hardest of M",
    )
    for title, picture in zip(titles, drawn, strict=True):
        picture.figure.update_layout(
            height=380,
            title_text=title,
            title_font_size=14,
            margin_t=44,
            legend_y=1 - 34 / 380,
        )
    return list(drawn)


def toy_code(at: Frame, n: int) -> str:
    """Write the script that trains the lanes, and prints chance and noise."""
    lane = "ABC"[at.lane]
    return f"""import torch

from mmcl_core.geometry import push_budget
from mmcl_core.noise import active_by_user, any_active, deviation, one_negative
{toy.training(*at.taught)}

def points(run):
    both = torch.from_numpy(run.positions[{at.frame}])  # at step {at.step}
    return both.split([world.data.n_users, world.data.n_items])

for name, run in runs.items():
    users, items = points(run)
    active = active_by_user(users @ items.T, run.config.make_loss())
    chance = {{n: any_active(active, n) for n in {plain(sorted({*AT, n}))}}}
    print(f"chance {{name}}", {{f"N = {{n}}": round(value, 4) for n, value in chance.items()}})

# The noise of one negative under each lane's loss, for some users of each taste, at the points of
# lane {lane}, in push budgets; that of N is smaller by the root of N.
users, items = points(runs["{lane}"])
users = users[:: max(1, len(users) // {ASKED})]
for name, run in runs.items():
    loss = run.config.make_loss()
    budget = push_budget(users @ items.T, *loss.staircase)
    if budget:
        noise = deviation(one_negative(loss, users, items)) / budget
        print(f"noise {{name}}", {{"N = 1": round(noise, 4)}})
"""


def films_code(asked: films.Asked, n: int) -> str:
    """Write the script that trains the model anew, and prints chance and noise."""
    return f"""import torch
from torch.nn.functional import normalize

from mmcl_core.data import load
from mmcl_core.geometry import push_budget
from mmcl_core.losses import Loss
from mmcl_core.noise import active_by_user, any_active, deviation, one_negative
from mmcl_core.training import EpochEvent, TrainConfig, Training

{films.training(asked)}
cosines = users @ items.T  # (U, I)
loss = Loss("mmcl", margins=margins, weights=weights, negative_weight=negative_weight)
active = active_by_user(cosines, loss)
chance = {{n: any_active(active, n) for n in {plain(sorted({*AT, n}))}}}
print("chance", {{f"N = {{n}}": round(value, 4) for n, value in chance.items()}})

# The noise of one negative, in push budgets; that of N is smaller by the root of N.
budget = push_budget(cosines, margins, weights, negative_weight)
if budget:
    noise = deviation(one_negative(loss, users, items)) / budget
    print("noise", {{"N = 1": round(noise, 4)}})
"""


def rows(seen: Seen) -> list[dict[str, Any]]:
    """Return a row for each point of each curve, each way of drawing, and each M."""
    found: list[dict[str, Any]] = []

    def add(measure: str, of: str, how: str, pairs: Sequence[tuple[float, float]]) -> None:
        found.extend(
            {"measure": measure, "of": of, "how": how, "N": int(n), "value": value}
            for n, value in pairs
        )

    for one in seen.chances:
        add("chance that one is active", one.name, "formula", one.curve)
        add("chance that one is active", one.name, "drawn", one.drawn)
        add("chance that one is active", one.name, "formula of one mean user", one.one_for_all)
    for side in seen.noises:
        add("noise in push budgets", side.name, "formula", side.curve)
        add("noise in push budgets", side.name, "drawn", side.drawn)
        add("aim", side.name, "drawn" if side.drawn else "formula", side.aim)
    for way in seen.ways:
        shares = {"active": way.active, "likes": way.false, "likes told": way.known}
        found.extend(
            {"measure": f"share of draws: {name}", "of": way.name, "how": "drawn", "value": share}
            for name, share in shares.items()
        )
    for pool, active, false in seen.pools:
        for name, share in {"active": active, "likes": false}.items():
            what = {"measure": f"share of draws: {name}", "of": "the hardest of M", "how": "drawn"}
            found.append({**what, "M": pool, "value": share})
    return found

"""Build what the Lab's panel "How many negatives?" shows of films: chances, noise, samplers.

The runs of `build_snapshots.py`, trained again and looked at after the same epochs: the cosines of
every user in bins and the pushes of each bin (`mmcl_core.noise.Binned`), so that chance and noise
of any margins can be told without the model; softmax, whose push depends on N, drawn at each N;
and what samplers draw for the train likes. In each bin users are kept in the order of their tails,
which packs well.

    python tools/build_negatives.py app/snapshots/negatives.npz
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from build_snapshots import EPOCHS, RUNS, SEED, moments
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import normalize

from mmcl_core.data import Interactions, load
from mmcl_core.losses import Loss
from mmcl_core.noise import aim, binned, deviation, in_bins, push, push_noise, relative_noise
from mmcl_core.sampling import Sampler
from mmcl_core.training import Training

BINS = 100
NS = (1, 3, 10, 30, 100, 300)
TEMPERATURE = 0.1
POOLS = (2, 4, 8, 16, 40, 120)
SAMPLERS = {
    "uniform": Sampler("uniform", n=1),
    "popularity": Sampler("popularity", n=1),
    **{f"hardest of {pool}": Sampler("hardest", n=1, pool=pool) for pool in POOLS},
}
DRAWS, ASKED = 300, 60  # sets of negatives at each N, and train likes that draw them

Arrays = dict[str, NDArray[Any]]


def softmax(users: Tensor, items: Tensor, data: Interactions) -> Arrays:
    """Return noise and aim of a softmax loss at each N, (len(NS),).

    The noise is in units of its push budget, 1 / temperature, and in lengths of the mean push.
    """
    generator = torch.Generator().manual_seed(SEED)
    pick = torch.randperm(len(data.train), generator=generator)[:ASKED].numpy()
    who, liked = (torch.from_numpy(a[pick]) for a in (data.train.users, data.train.items))
    loss = Loss("ssm", temperature=TEMPERATURE)
    everything = torch.arange(len(items)).expand(ASKED, -1)
    exact = push(loss, users[who], items[liked], items, everything)
    found = [
        push_noise(loss, users, items, (who, liked), Sampler(n=n), data.train, DRAWS, generator)
        for n in NS
    ]
    return {
        "softmax_noise": np.array([deviation(one) * TEMPERATURE for one in found], np.float32),
        "softmax_relative": np.array([relative_noise(one, DRAWS) for one in found], np.float32),
        "softmax_aim": np.array([aim(one, exact, DRAWS) for one in found], np.float32),
    }


def drawn(cosines: Tensor, data: Interactions) -> Arrays:
    """Draw one negative for every train like: their cosines in bins, shares of known and held out.

    "drawn" is (S, B), "likes" (S, 2).
    """
    held_out = data.validation.union(data.test)
    users = torch.from_numpy(data.train.users.copy())
    generator = torch.Generator().manual_seed(SEED)
    shares, likes = [], []
    for sampler in SAMPLERS.values():
        items = sampler.draw(users, data.train, generator, lambda u, i: cosines[u[:, None], i])
        at = in_bins(cosines[users[:, None], items], BINS).flatten()
        shares.append(torch.bincount(at, minlength=BINS).numpy())
        pairs = users[:, None].numpy(), items.numpy()
        likes.append([part.contains(*pairs).mean() for part in (data.train, held_out)])
    return {"drawn": np.array(shares, np.uint16), "likes": np.array(likes, np.float32)}


def look(run: Training, data: Interactions) -> Arrays:
    """Return all that is kept of one moment."""
    with torch.no_grad():
        users, items = (normalize(part, dim=1) for part in run.model.encode())
        kept = binned(users, items, BINS)
        size = np.sqrt(np.diag(kept.products))
        sizes = np.outer(size, size)
        alike = np.divide(kept.products, sizes, out=np.zeros((BINS, BINS)), where=sizes > 0)
        above = np.triu_indices(BINS)
        tails = kept.counts[:, ::-1].cumsum(1)[:, ::-1]  # (U, B): a user's items in b or above
        ranked = np.sort(tails, axis=0)  # the mean over users does not ask who is who
        return {
            "tails": np.diff(ranked, axis=0, prepend=0).astype(np.int16),
            "squares": kept.squares.astype(np.float32),
            "size": size.astype(np.float32),
            "alike": np.rint(alike[above] * 32_767).astype(np.int16),
            **softmax(users, items, data),
            **drawn(users @ items.T, data),
        }


def main() -> None:
    """Train the runs and write the file."""
    parser = argparse.ArgumentParser(description="Build what the panel shows of films.")
    parser.add_argument("file", type=Path, help="where the packed arrays go")
    file = parser.parse_args().file
    torch.set_flush_denormal(True)
    data = load("movielens")
    looks: list[Arrays] = []
    for name in RUNS:
        for epoch, run in zip(EPOCHS, moments(name, data), strict=True):
            looks.append(look(run, data))
            print(f"{name}, epoch {epoch}", flush=True)
    meta: dict[str, Any] = {
        "runs": RUNS,
        "epochs": EPOCHS,
        "bins": BINS,
        "ns": NS,
        "temperature": TEMPERATURE,
        "samplers": list(SAMPLERS),
        "draws": DRAWS,
        "asked": ASKED,
        "seed": SEED,
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    shape = (len(RUNS), len(EPOCHS))
    stacked = {
        name: np.stack([one[name] for one in looks]).reshape(*shape, *looks[0][name].shape)
        for name in looks[0]
    }
    packed = np.frombuffer(json.dumps(meta).encode(), dtype=np.uint8)
    np.savez_compressed(file, meta=packed, **stacked)
    print(f"{file}: {file.stat().st_size} bytes")


if __name__ == "__main__":
    main()

"""Train the three lanes of the Start page and pack them; the page shows them without torch.

python tools/build_start.py app/snapshots/start.npz
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from mmcl_core.stage import scene
from mmcl_core.stories import Lane
from mmcl_core.trajectories import Trajectory, record
from mmcl_core.worlds import W12, make_world

SEED, STEPS, FRAMES = 0, 300, 161
LANES = (
    Lane("One margin, the published 0.9", (0.9,), (1.0,), negatives=2),
    Lane("One margin, better placed: 0.6", (0.6,), (1.0,), negatives=2),
    Lane("Four margins: 0.2 0.4 0.6 0.8", negatives=2),
)
TITLES = [lane.title for lane in LANES]


def films() -> list[Trajectory]:
    """Train the lanes from one start, with the same positives and negatives."""
    world = make_world(W12, SEED)
    return [record(world, lane.config(W12, STEPS, SEED), frames=FRAMES) for lane in LANES]


def header(runs: list[Trajectory]) -> bytes:
    """Return what the stage needs to know besides positions, as JSON."""
    packed = scene(runs, titles=TITLES)
    return packed[4 : 4 + int.from_bytes(packed[:4], "little")]


def main() -> None:
    """Train and write the file."""
    parser = argparse.ArgumentParser(description="Build the film of the Start page.")
    parser.add_argument("file", type=Path, help="where the packed arrays go")
    file = parser.parse_args().file
    runs = films()
    places = np.stack([np.rint(run.positions * 32767) for run in runs]).astype(np.int32)
    moves = np.diff(places, axis=1, prepend=0).astype(np.int16)  # (3, F, U + I, D); they may wrap
    first = runs[0]
    np.savez_compressed(
        file,
        header=np.frombuffer(header(runs), np.uint8),
        moves=moves,
        recall=[run.at("recall@10") for run in runs],
        users=first.users.astype(np.uint8),
        positives=first.positives.astype(np.uint8),
        negatives=first.negatives.astype(np.uint8),
    )
    print(f"{file}: {file.stat().st_size} bytes, {len(first.steps)} frames")


if __name__ == "__main__":
    main()

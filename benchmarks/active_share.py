"""How long a training step takes when more of its negatives are active.

    python benchmarks/active_share.py       # about 3 minutes, on an idle machine

N = 800, tables of Gowalla's size; the margins are set so that the asked share of the negatives is
past the first one. Plain step and core in turns; medians go to ``docs/results/step-by-share.csv``.
"""

from __future__ import annotations

import csv
import statistics
from dataclasses import replace
from pathlib import Path

import torch
from steps import CoreSide, PlainSide, Setting, tables
from torch.nn.functional import normalize
from turns import in_turns, machine

OUT = Path(__file__).parents[1] / "docs" / "results" / "step-by-share.csv"
SHARES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)


def margins_for(share: float, cosines: torch.Tensor) -> list[float]:
    """Return four margins, the first of which is exceeded by `share` of the cosines."""
    k = max(1, round(share * len(cosines)))
    first = float(cosines.kthvalue(len(cosines) - k + 1).values) if share < 1 else -1.0
    return [first + k * (1 - first) / 4 for k in range(4)]


def main() -> None:
    torch.set_flush_denormal(True)
    base = Setting(n=800)
    users, items = tables(base)
    some = normalize(users[:3000], dim=1) @ normalize(items[:3000], dim=1).T
    rows = []
    print(machine())
    for share in SHARES:
        setting = replace(base, margins=margins_for(share, some.flatten()))
        plain, core = PlainSide(setting, users, items), CoreSide(setting, users, items)
        active = core.gradients()
        times = in_turns({"plain": plain.step, "core": core.step}, 9)
        plain_ms, core_ms = (1e3 * statistics.median(times[side]) for side in ("plain", "core"))
        rows.append((f"{active:.5f}", f"{plain_ms:.2f}", f"{core_ms:.2f}"))
        print(f"{active:7.2%} active: plain {plain_ms:6.1f} ms, core {core_ms:6.1f} ms", flush=True)
    with OUT.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(
            [("active_share", "plain_ms", "core_ms"), *rows]
        )


if __name__ == "__main__":
    main()

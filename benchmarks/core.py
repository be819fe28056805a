"""How fast the core is: its training step against the plain one, evaluation, the toy world.

    python benchmarks/core.py            # about 10 minutes; `make bench` does the same
    python benchmarks/core.py --quick    # fewer rounds and smaller tables, to see that it runs

Both sides take turns in one process; a ratio is the median over rounds. The table is printed and
written to ``docs/results/core.md`` (or ``--out``). Run it on an idle machine.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from steps import CoreSide, PlainSide, Setting, tables
from turns import bandwidth, in_turns, machine, median_ratio, peak_bytes

from mmcl_core.losses import PRESETS
from mmcl_core.training import TrainConfig
from mmcl_core.trajectories import record
from mmcl_core.worlds import make_world

OUT = Path(__file__).parents[1] / "docs" / "results" / "core.md"
Row = tuple[str, str, str, str, str]
HEAD: Row = ("what", "setting", "plain", "core", "plain / core")


def milliseconds(times: list[float]) -> str:
    return f"{1e3 * statistics.median(times):.1f} ms"


def megabytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB"


def whole_step(setting: Setting, label: str, rounds: int, **options: object) -> Row:
    """Compare sample, forward, backward and update."""
    vectors = tables(setting)
    plain, core = PlainSide(setting, *vectors), CoreSide(setting, *vectors)
    times = in_turns({"plain": plain.step, "core": core.step}, rounds)
    ratio = median_ratio(times["plain"], times["core"])
    return (
        "whole step",
        label,
        milliseconds(times["plain"]),
        milliseconds(times["core"]),
        f"{ratio:.1f}",
    )


def parts_of_a_step(setting: Setting, rounds: int) -> Iterator[Row]:
    """Compare the loss alone, the step with one optimizer on both sides, and memory."""
    vectors = tables(setting)
    label = f"N = {setting.n}"
    plain, core = PlainSide(setting, *vectors), CoreSide(setting, *vectors)
    active = core.gradients()
    times = in_turns({"plain": plain.gradients, "core": core.gradients}, rounds)
    yield (
        "loss and gradients alone",
        f"{label}, {active:.1%} active",
        milliseconds(times["plain"]),
        milliseconds(times["core"]),
        f"{median_ratio(times['plain'], times['core']):.1f}",
    )
    fused = PlainSide(setting, *vectors, fused=True)
    dense = CoreSide(setting, *vectors, optimizer="adam")
    times = in_turns({"plain": fused.step, "core": dense.step}, rounds)
    yield (
        "step, dense Adam in one pass on both sides",
        label,
        milliseconds(times["plain"]),
        milliseconds(times["core"]),
        f"{median_ratio(times['plain'], times['core']):.1f}",
    )
    if setting.device == "cpu":
        held = peak_bytes(plain.step), peak_bytes(core.step)
        yield (
            "extra peak memory of a step",
            label,
            megabytes(held[0]),
            megabytes(held[1]),
            f"{held[0] / held[1]:.1f}",
        )


def growth(base: Setting, rounds: int, quick: bool) -> Iterator[Row]:
    """Change one thing at a time."""
    for n in (10, 100, 800) if quick else (10, 32, 100, 320, 800, 3200):
        few = max(3, rounds // 3) if n > 800 else rounds
        yield whole_step(replace(base, n=n), f"N = {n}", few)
    for k in (1, 4, 16):
        stairs = [0.6 + 0.3 * j / max(1, k - 1) for j in range(k)]
        setting = replace(base, n=800, margins=stairs, weights=[1 / k] * k)
        yield whole_step(setting, f"N = 800, {k} margins", max(3, rounds // 2))
    for dim in (16, 64, 256):
        yield whole_step(replace(base, dim=dim), f"N = 100, {dim} dimensions", rounds)
    for batch in (128, 512, 2048):
        yield whole_step(replace(base, batch=batch), f"N = 100, batch {batch}", rounds)
    for items in (10_000, 100_000) if quick else (10_000, 100_000, 1_000_000):
        yield whole_step(replace(base, items=items), f"N = 100, {items:,} items", rounds)


def threads(base: Setting, rounds: int) -> Iterator[Row]:
    """Use one thread, then two."""
    before = torch.get_num_threads()
    for count in (1, 2):
        torch.set_num_threads(count)
        for n in (10, 100, 800):
            yield whole_step(replace(base, n=n), f"N = {n}, threads: {count}", rounds)
    torch.set_num_threads(before)


def toy(rounds: int) -> Row:
    """Train the app's toy world, 300 steps, with its whole trajectory."""
    world = make_world(seed=0)
    preset = PRESETS["toy-mmcl"]
    config = TrainConfig(device="cpu",
        loss=preset.loss,
        settings=preset.settings,
        dim=world.config.dim,
        negatives=2,
        optimizer="sphere_sgd",
        learning_rate=0.3 * world.config.n_users,
        batch_size=64,
        drop_last=True,
        epochs=1000,
        max_steps=300,
        watch="none",
        keep="last",
        k=10,
    )
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    times = in_turns({"core": lambda: record(world, config)}, rounds)["core"]
    torch.set_num_threads(before)
    return ("toy world", "240 points, 300 steps, recorded", "", milliseconds(times), "")


def rows(quick: bool) -> Iterator[Row]:
    """Measure everything."""
    rounds = 5 if quick else 21
    base = Setting(users=3_000, items=5_000) if quick else Setting()
    for n in (10, 100, 800):
        yield from parts_of_a_step(replace(base, n=n), rounds)
    yield from growth(base, rounds, quick)
    yield from threads(base, rounds)
    if torch.cuda.is_available():
        for n in (10, 100, 800):
            yield whole_step(replace(base, n=n, device="cuda"), f"N = {n}, on the GPU", rounds)
    yield toy(rounds)


def table(found: Sequence[Row]) -> str:
    """Return a table in Markdown."""
    lines = [HEAD, ("---", "---", "---:", "---:", "---:"), *found]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    torch.set_flush_denormal(True)
    about = f"{machine()}; copying moves {bandwidth() / 1e9:.0f} GB/s; threads: "
    about += str(torch.get_num_threads())
    print(about)
    found = []
    for row in rows(options.quick):
        found.append(row)
        print(" | ".join(row), flush=True)
    options.out.write_text(f"{about}\n\n{table(found)}")


if __name__ == "__main__":
    main()

"""How fast the core is: its training step against the plain one, evaluation, the toy world.

    python benchmarks/core.py            # about 10 minutes; `make bench` does the same
    python benchmarks/core.py --quick    # fewer rounds and smaller tables, to see that it runs

Both sides take turns in one process, a new one for each setting; a ratio is the median over rounds.
The rows are printed and written to ``docs/results/core.csv`` (or ``--out``), which the app reads,
and as a table beside it, ``core.md``. Run it on an idle machine.

    python benchmarks/core.py --table    # only write the table of the stored rows again
"""

from __future__ import annotations

import argparse
import csv
import itertools
import multiprocessing
import statistics
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import evaluation
import torch
from steps import CoreSide, PlainSide, Setting, tables
from turns import bandwidth, in_turns, machine, median_ratio, peak_bytes

from mmcl_core.losses import PRESETS
from mmcl_core.trajectories import record, toy_config
from mmcl_core.worlds import make_world

OUT = Path(__file__).parents[1] / "docs" / "results" / "core.csv"
HEAD = ("what", "setting", "plain", "core", "plain / core")


class Row(NamedTuple):
    """A measurement; the numbers are rounded, "" where a side is missing."""

    what: str
    setting: str
    plain: str
    core: str
    unit: str
    ratio: str

    def cells(self) -> tuple[str, ...]:
        """Return what the table shows."""
        sides = (f"{side} {self.unit}" if side else "" for side in (self.plain, self.core))
        return self.what, self.setting, *sides, self.ratio


Job = tuple[Callable[..., list[Row]], tuple[Any, ...]]


def milliseconds(times: list[float]) -> str:
    return f"{1e3 * statistics.median(times):.1f}"


def whole_step(
    setting: Setting,
    label: str,
    rounds: int,
    optimizer: str = "sparse_adam",
    threads: int | None = None,
) -> list[Row]:
    """Compare sample, forward, backward and update."""
    torch.set_num_threads(threads or torch.get_num_threads())
    vectors = tables(setting)
    plain, core = PlainSide(setting, *vectors), CoreSide(setting, *vectors, optimizer)
    times = in_turns({"plain": plain.step, "core": core.step}, rounds)
    what = "whole step" if optimizer == "sparse_adam" else f"whole step, core with {optimizer}"
    return [row(what, label, times)]


def row(what: str, label: str, times: dict[str, list[float]]) -> Row:
    ratio = median_ratio(times["plain"], times["core"])
    sides = milliseconds(times["plain"]), milliseconds(times["core"])
    return Row(what, label, *sides, "ms", f"{ratio:.1f}")


def spread_margins(base: Setting, k: int) -> Setting:
    """Return a setting of N = 800 with k margins evenly from 0.6 to 0.9."""
    margins = [0.6 + 0.3 * j / max(1, k - 1) for j in range(k)]
    return replace(base, n=800, margins=margins, weights=[1 / k] * k)


def more_margins(base: Setting, k: int, rounds: int) -> list[Row]:
    """Let the core take steps with one margin and with k in turns, which other rows do not."""
    sides = {}
    for count in (1, k):
        setting = spread_margins(base, count)
        sides[str(count)] = CoreSide(setting, *tables(setting)).step
    times = in_turns(sides, rounds)
    ratio = median_ratio(times[str(k)], times["1"])
    label = f"N = 800, in turns with one margin: {ratio:.2f} times its step"
    return [Row(f"whole step, {k} margins", label, "", milliseconds(times[str(k)]), "ms", "")]


def parts_of_a_step(setting: Setting, rounds: int) -> list[Row]:
    """Compare the loss alone, the step with one optimizer on both sides, and memory."""
    vectors = tables(setting)
    label = f"N = {setting.n}"
    plain, core = PlainSide(setting, *vectors), CoreSide(setting, *vectors)
    active = core.gradients()
    times = in_turns({"plain": plain.gradients, "core": core.gradients}, rounds)
    found = [row("loss and gradients alone", f"{label}, {active:.1%} active", times)]
    fused = PlainSide(setting, *vectors, fused=True)
    dense = CoreSide(setting, *vectors, optimizer="adam")
    times = in_turns({"plain": fused.step, "core": dense.step}, rounds)
    found.append(row("step, dense Adam in one pass on both sides", label, times))
    held = peak_bytes(plain.step), peak_bytes(core.step)
    ratio = f"{held[0] / held[1]:.1f}"
    memory = "extra peak memory of a step"
    megabytes = (f"{count / 1e6:.1f}" for count in held)
    return [*found, Row(memory, label, *megabytes, "MB", ratio)]


def growth(base: Setting, rounds: int, quick: bool) -> Iterator[Job]:
    """Change one thing at a time."""
    few = max(3, rounds // 3)
    for n in (10, 100, 800) if quick else (10, 32, 100, 320, 800, 3200):
        yield whole_step, (replace(base, n=n), f"N = {n}", few if n > 800 else rounds)
    for k in (1, 4, 16):
        yield whole_step, (spread_margins(base, k), f"N = 800, margins: {k}", rounds)
    yield more_margins, (base, 16, 2 * rounds)
    for dim in (16, 64, 256):
        yield whole_step, (replace(base, dim=dim), f"N = 100, {dim} dimensions", rounds)
    for batch in (128, 512, 2048):
        yield whole_step, (replace(base, batch=batch), f"N = 100, batch {batch}", rounds)
    for items in (10_000, 100_000) if quick else (10_000, 100_000, 1_000_000):
        yield whole_step, (replace(base, items=items), f"N = 100, {items:,} items", rounds)


def ranking(rounds: int) -> list[Row]:
    """Rank Gowalla's catalogue, or one drawn in its size: see `evaluation.py`."""
    found = evaluation.measure(rounds)
    return [
        Row(
            f"evaluate {row['data']}, {row['vectors']} vectors",
            f"against {row['what']}",
            str(row["seconds"]),
            next(
                str(core["seconds"])
                for core in found
                if core["vectors"] == row["vectors"] and core["what"] == "core: evaluate"
            ),
            "s",
            f"{row['times_core_evaluate']:.1f}",
        )
        for row in found
        if not str(row["what"]).startswith("core")
    ]


def toy(rounds: int) -> list[Row]:
    """Train the app's toy world, 300 steps, with its whole trajectory."""
    world = make_world(seed=0)
    config = toy_config(negatives=2, settings=PRESETS["toy-mmcl"].settings)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    times = in_turns({"core": lambda: record(world, config)}, rounds)["core"]
    torch.set_num_threads(before)
    return [Row("toy world", "240 points, 300 steps, recorded", "", milliseconds(times), "ms", "")]


def jobs(quick: bool) -> Iterator[Job]:
    """List all measurements."""
    rounds = 5 if quick else 21
    base = Setting(users=3_000, items=5_000) if quick else Setting()
    sizes = [replace(base, n=n) for n in (10, 100, 800)]
    for setting in sizes:
        yield parts_of_a_step, (setting, rounds)
    yield from growth(base, rounds, quick)
    for setting in sizes:
        yield whole_step, (setting, f"N = {setting.n}", rounds, "lazy_adam")
    for count in (1, 2):
        for setting in sizes:
            label = f"N = {setting.n}, threads: {count}"
            yield whole_step, (setting, label, rounds, "sparse_adam", count)
    if torch.cuda.is_available():
        for setting in sizes:
            on_gpu = replace(setting, device="cuda")
            yield whole_step, (on_gpu, f"N = {setting.n}, on the GPU", rounds)
    yield toy, (rounds,)
    if not quick:
        yield ranking, (5,)


def measured(job: Job) -> list[Row]:
    """Do a job in a process of its own, as a training run would be.

    How fast the plain step gets its large blocks of memory depends on what the process did before:
    after larger blocks, the allocator keeps them at hand, and the step saves its page faults.
    """
    run, arguments = job
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, spawn, torch.set_flush_denormal, (True,)) as own:
        return own.submit(run, *arguments).result()


def table(found: Sequence[Row]) -> str:
    """Return a table in Markdown."""
    lines = [HEAD, ("---", "---", "---:", "---:", "---:"), *(row.cells() for row in found)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def write(path: Path, about: str, found: Sequence[Row]) -> None:
    """Write rows, each with its machine, and the table beside them."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([(*Row._fields, "machine"), *((*row, about) for row in found)])
    write_table(path)


def write_table(path: Path) -> None:
    """Write the table of stored rows beside them, one table a machine."""
    with path.open(newline="", encoding="utf-8") as file:
        stored = list(csv.DictReader(file))
    parts = [
        f"{about}\n\n{table([Row(*(row[name] for name in Row._fields)) for row in rows])}"
        for about, rows in itertools.groupby(stored, lambda row: row["machine"])
    ]
    path.with_suffix(".md").write_text("\n".join(parts), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--table", action="store_true", help="only write the table again")
    parser.add_argument("--out", type=Path, default=OUT, help="a .csv file")
    options = parser.parse_args()
    if options.table:
        write_table(options.out)
        return
    about = f"{machine()}; copying moves {bandwidth() / 1e9:.0f} GB/s; threads: "
    about += str(torch.get_num_threads())
    print(about)
    found: list[Row] = []
    for job in jobs(options.quick):
        more = measured(job)
        found += more
        print("\n".join(" | ".join(row.cells()) for row in more), flush=True)
    write(options.out, about, found)


if __name__ == "__main__":
    main()

"""`python -m mmcl_core paper`: what the store says of the paper, from what is finished in it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from mmcl_core.cli.common import RESULTS, add_json
from mmcl_core.experiments import Store, look, read_sweep
from mmcl_core.experiments.paper import evidence, write_paper
from mmcl_core.experiments.protocols import data_name
from mmcl_core.experiments.tables import markdown, sweep_table


def add_parser(commands: Any) -> None:
    """Add the command."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "paper", help="print the tables of what is in the store, and what they support"
    )
    parser.add_argument("files", type=Path, nargs="*", metavar="FILE", help="sweep files")
    parser.add_argument("--store", type=Path, default=RESULTS, help=f"default: {RESULTS}")
    add_json(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Print a table for each file, published against ours, the gains, and the verdict."""
    store = Store(options.store)
    parts = [_of_file(file, store) for file in options.files]
    gains, reproduced = write_paper(store)
    ours = reproduced[reproduced["seeds"] > 0].drop(columns=["source", "run"])
    for title, table in (("Published, and ours", ours), ("What is gained", gains)):
        if len(table):
            parts.append(f"## {title}\n\n{markdown(table)}")
    sentences = evidence(gains)
    if not options.json:
        print("\n\n".join([*parts, *sentences]))
    return {"gains": gains.to_dict("records"), "evidence": sentences}


def _of_file(file: Path, store: Store) -> str:
    sweep = read_sweep(file)
    state = look(sweep, store)
    lines = [
        f"## {file.name}: {data_name(sweep.data)}, protocol {sweep.protocol}",
        f"{len(state.records)} of {state.total} runs are finished.",
    ]
    table = sweep_table(state)
    return "\n\n".join([*lines, markdown(table)] if len(table) else lines)

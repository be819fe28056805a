"""The command line: `python -m mmcl_core train ...` and `python -m mmcl_core compare ...`."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from tqdm import tqdm

from mmcl_core.data import load, with_validation
from mmcl_core.experiments import Cell, Comparison, compare, run_in_folder, table
from mmcl_core.losses import LOSSES, PRESETS
from mmcl_core.models import MODELS
from mmcl_core.sampling import KINDS
from mmcl_core.training import OPTIMIZERS, EpochEvent, Event, TrainConfig, TrainingDiverged

_DEFAULT = TrainConfig()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, or 2 after a message that says what to do."""
    options = _parser().parse_args(arguments)
    try:
        result: dict[str, Any] = options.run(options)
    except (ValueError, TrainingDiverged, OSError) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped. What was finished is kept.", file=sys.stderr)
        return 130
    if options.json:
        print(json.dumps(result))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mmcl_core", description="MMCL Lab")
    commands = parser.add_subparsers(required=True, metavar="command")

    one = commands.add_parser("train", help="train one model and print its test metrics")
    _add_common(one)
    one.add_argument("--loss", choices=LOSSES, default=_DEFAULT.loss)
    _add_loss_settings(one)
    one.add_argument("--negatives", type=int, default=_DEFAULT.negatives, help="N per positive")
    one.add_argument("--seed", type=int, default=_DEFAULT.seed)
    one.add_argument("--learning-rate", type=float, default=_DEFAULT.learning_rate)
    one.add_argument("--l2", type=float, default=_DEFAULT.l2)
    one.add_argument("--resume", action="store_true", help="go on from the checkpoint in --folder")
    one.set_defaults(run=_train)

    many = commands.add_parser("compare", help="tune several losses alike, compare over seeds")
    _add_common(many)
    many.add_argument("--losses", nargs="+", choices=LOSSES, default=list(LOSSES))
    many.add_argument("--negatives", type=int, nargs="+", default=[1, 10, 100])
    many.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    many.add_argument("--trials", type=int, default=12, help="settings tried for each loss and N")
    many.add_argument("--published", nargs="*", choices=PRESETS, default=["paper-ccl"])
    many.add_argument("--workers", type=int, default=1, help="runs side by side")
    many.set_defaults(run=_compare)
    return parser


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", default="movielens", help="movielens, gowalla, yelp2018, a folder"
    )
    parser.add_argument("--split-seed", type=int, default=0, help="seed of the split of the data")
    parser.add_argument("--folder", type=Path, help="where to write; default: a new one in runs/")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object on the last line"
    )
    parser.add_argument("--model", choices=MODELS, default=_DEFAULT.model)
    parser.add_argument("--dim", type=int, default=_DEFAULT.dim)
    parser.add_argument("--sampler", choices=KINDS, default=_DEFAULT.sampler)
    parser.add_argument("--pool", type=int, default=_DEFAULT.pool, help="M of the hardest sampler")
    parser.add_argument("--reject-positives", action="store_true")
    parser.add_argument("--optimizer", choices=OPTIMIZERS, default=_DEFAULT.optimizer)
    parser.add_argument("--init", type=float, default=_DEFAULT.init)
    parser.add_argument("--dropout", type=float, default=_DEFAULT.dropout)
    parser.add_argument("--clip-norm", type=float, default=_DEFAULT.clip_norm)
    parser.add_argument("--batch-size", type=int, default=_DEFAULT.batch_size)
    parser.add_argument("--epochs", type=int, default=60, help="at most this many")
    parser.add_argument("--patience", type=int, default=6, help="0 never stops early")
    parser.add_argument("--device", default=_DEFAULT.device)


def _add_loss_settings(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("settings of the loss")
    for name in dict.fromkeys(p.name for spec in LOSSES.values() for p in spec.parameters):
        owners = [(spec, p) for spec in LOSSES.values() for p in spec.parameters if p.name == name]
        titles = ", ".join(spec.title for spec, _ in owners)
        group.add_argument(
            f"--{name.replace('_', '-')}",
            type=float,
            nargs="+" if owners[0][1].many else None,
            help=f"{owners[0][1].help} ({titles})",
        )


def _config(options: argparse.Namespace, **more: Any) -> TrainConfig:
    shared = [
        "model",
        "dim",
        "sampler",
        "pool",
        "reject_positives",
        "optimizer",
        "init",
        "dropout",
        "clip_norm",
        "batch_size",
        "epochs",
        "patience",
        "device",
    ]
    return TrainConfig(**{name: getattr(options, name) for name in shared}, **more)


def _train(options: argparse.Namespace) -> dict[str, Any]:
    names = {p.name for spec in LOSSES.values() for p in spec.parameters}
    given = {n: getattr(options, n) for n in names if getattr(options, n) is not None}
    config = _config(
        options,
        loss=options.loss,
        settings=given,
        negatives=options.negatives,
        seed=options.seed,
        learning_rate=options.learning_rate,
        l2=options.l2,
    )
    data = load(options.data, seed=options.split_seed)
    if not len(data.validation):
        data = with_validation(data, seed=options.split_seed)
    name = f"{data.name}-{config.loss}-n{config.negatives}-seed{config.seed}"
    folder = options.folder or _new_folder(name)
    with tqdm(total=config.epochs, unit="epoch", desc=name, file=sys.stderr) as bar:

        def show(event: Event) -> None:
            if isinstance(event, EpochEvent):
                bar.n = event.epoch
                bar.set_postfix_str(
                    f"loss {event.loss:.4g}, validation NDCG@{config.k} "
                    f"{event.metrics[f'ndcg@{config.k}']:.4f}"
                )

        result = run_in_folder(config, data, folder, resume=options.resume, on_event=show)
    if not options.json:
        print(f"Best validation NDCG@{config.k} at epoch {result['best_epoch']}. On test:")
        for metric, value in result["test"].items():
            print(f"  {metric:<14} {value:.4f}")
        print(f"Written to {folder}")
    return {**result, "folder": str(folder)}


def _compare(options: argparse.Namespace) -> dict[str, Any]:
    what = Comparison(
        data=options.data,
        losses=tuple(options.losses),
        negatives=tuple(options.negatives),
        seeds=tuple(options.seeds),
        trials=options.trials,
        published=tuple(options.published),
        split_seed=options.split_seed,
        base=_config(options),
    )
    folder = options.folder or _new_folder("compare")
    groups = len(what.losses) * len(what.negatives)
    final = (groups + len(what.published) * len(what.negatives)) * len(what.seeds)
    with tqdm(total=groups * what.trials + final, unit="run", file=sys.stderr) as bar:

        def count(cell: Cell, result: dict[str, Any]) -> None:
            bar.update()
            bar.set_postfix_str(cell.key.rsplit("-", 1)[0])

        if options.workers > 1:
            context = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(options.workers, mp_context=context) as pool:
                rows = compare(what, folder, pool, count)
        else:
            rows = compare(what, folder, None, count)
    rows.to_csv(folder / "rows.csv", index=False)
    condensed = table(rows, (f"ndcg@{what.base.k}", f"recall@{what.base.k}"))
    condensed.to_csv(folder / "table.csv", index=False)
    if not options.json:
        print(_markdown(condensed))
        print(f"Written to {folder}")
    return {"folder": str(folder), "table": condensed.to_dict("records")}


def _markdown(rows: Any) -> str:
    lines = [list(rows.columns), ["---"] * len(rows.columns), *rows.to_numpy().tolist()]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def _new_folder(name: str) -> Path:
    return Path("runs") / f"{datetime.now():%Y%m%d-%H%M%S}-{name}"

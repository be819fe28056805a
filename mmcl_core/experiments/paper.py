"""What the stored runs say about the paper: reproduced results, and gains over CCL's controls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from mmcl_core import _files
from mmcl_core.data import TITLES
from mmcl_core.experiments.evidence import METRICS, compare_hits
from mmcl_core.experiments.folder import Record
from mmcl_core.experiments.published import PUBLISHED, Published
from mmcl_core.experiments.store import Store

GAINS, REPRODUCED, EVIDENCE = "gains.csv", "reproduced.csv", "evidence.txt"


class Contrast(NamedTuple):
    """Two runs of a data set that are held against each other."""

    data: str
    ours: str
    theirs: str
    control: str


PUBLISHED_CCL, TUNED_CCL = "CCL as published", "CCL, tuned"
HEAVY_CCL, LIGHT_MMCL = "CCL at MMCL's negative weight", "CCL as published, MMCL at its weight"


def _contrasts(data: str, ours: str) -> tuple[Contrast, ...]:
    own_weight = "mmcl-films" if data == "movielens" else ours
    return (
        Contrast(data, ours, "ccl-published", PUBLISHED_CCL),
        Contrast(data, ours, "ccl-tuned", TUNED_CCL),
        Contrast(data, own_weight, "ccl-weight-of-mmcl", HEAVY_CCL),
        Contrast(data, "mmcl-weight-of-ccl", "ccl-published", LIGHT_MMCL),
    )


CONTRASTS = (
    *_contrasts("movielens", "mmcl-tuned"),
    *_contrasts("gowalla", "mmcl-published"),
    *_contrasts("yelp2018", "mmcl-published"),
)


def gains(store: Store, contrasts: Iterable[Contrast] = CONTRASTS) -> pd.DataFrame:
    """Compare MMCL with each control at every N that both were run with.

    Parameters
    ----------
    store : Store
    contrasts : iterable of Contrast

    Returns
    -------
    DataFrame
        A row for each contrast, N and metric: "data", "control", "negatives", "metric", "ours",
        "theirs" (runs), "seeds", "mean_ours", "mean_theirs", the "difference" and the relative
        "gain" with their intervals ("..._low", "..._high"), "verdict", and the difference with
        each seed in "of_seeds", set apart by blanks. See `compare_hits`.
    """
    runs = _by_run(store.finished())
    rows = []
    for contrast in contrasts:
        ours = runs.get((contrast.data, contrast.ours), {})
        theirs = runs.get((contrast.data, contrast.theirs), {})
        for n in sorted(ours.keys() & theirs.keys()):
            seeds = sorted(ours[n].keys() & theirs[n].keys())
            pairs = [(store.hits(ours[n][s]), store.hits(theirs[n][s])) for s in seeds]
            kept = [(s, a, b) for s, (a, b) in zip(seeds, pairs, strict=True) if a and b]
            if kept:
                records = [(ours[n][s], theirs[n][s]) for s, _, _ in kept]
                rows += [_gain(contrast, n, metric, records, kept) for metric in METRICS]
    return pd.DataFrame(rows)


def _by_run(records: Iterable[Record]) -> dict[tuple[str, str], dict[int, dict[int, Record]]]:
    """Return the finished runs that count by data and run, then by N and seed."""
    found: dict[tuple[str, str], dict[int, dict[int, Record]]] = {}
    for record in records:
        if record["trial"] is None and record["result"]["test"]:
            config = record["config"]
            of_run = found.setdefault((record["data"], record["run"]), {})
            of_run.setdefault(config["negatives"], {})[config["seed"]] = record
    return found


def _gain(
    contrast: Contrast,
    n: int,
    metric: str,
    records: list[tuple[Record, Record]],
    kept: list[tuple[int, Any, Any]],
) -> dict[str, Any]:
    found = compare_hits([a for _, a, _ in kept], [b for _, _, b in kept], metric)
    k = records[0][0]["config"]["k"]

    def mean(side: int) -> float:
        values = [pair[side]["result"]["test"][f"{metric}@{k}"] for pair in records]
        return float(sum(values) / len(values))

    return {
        "data": contrast.data,
        "control": contrast.control,
        "negatives": n,
        "metric": f"{metric}@{k}",
        "ours": contrast.ours,
        "theirs": contrast.theirs,
        "seeds": len(kept),
        "mean_ours": mean(0),
        "mean_theirs": mean(1),
        "difference": found.difference.value,
        "difference_low": found.difference.low,
        "difference_high": found.difference.high,
        "gain": found.gain.value,
        "gain_low": found.gain.low,
        "gain_high": found.gain.high,
        "verdict": found.difference.verdict,
        "of_seeds": " ".join(f"{d:.6f}" for d in found.of_seeds),
    }


def reproduced(store: Store) -> pd.DataFrame:
    """Hold published results, and the way there, against ours.

    Returns
    -------
    DataFrame
        A row for each published result, and one for each known epoch on its way: "data", "title",
        "epoch" (0 for the result itself), "recall", "ndcg" as published, "our_recall", "our_ndcg"
        (missing where we have no such run), "recall_off", "ndcg_off" (ours less theirs, as a share
        of theirs), "seeds", "run" (the first of ours), "source".
    """
    rows = []
    for published in PUBLISHED:
        mine = [r for r in store.all() if published.run and _repeats(r, published)]
        finished = [r for r in mine if r["result"]]
        ours = [_best(r) for r in finished]
        rows.append(_against(published, 0, (published.recall, published.ndcg), ours, finished))
        histories = [store.run(r["name"]).read_history() for r in mine]
        for epoch, recall, ndcg in published.trace:
            there = [_row_of(history, epoch) for history in histories]
            seen = [row for row in there if row]
            rows.append(_against(published, epoch, (recall, ndcg), seen, mine))
    return pd.DataFrame(rows)


def _repeats(record: Record, published: Published) -> bool:
    return record["trial"] is None and str(record["name"]).startswith(f"{published.run}-s")


def _best(record: Record) -> tuple[float, float]:
    test, k = record["result"]["test"], record["config"]["k"]
    return test[f"recall@{k}"], test[f"ndcg@{k}"]


def _row_of(history: list[dict[str, float]], epoch: int) -> tuple[float, float] | None:
    for row in history:
        if row["epoch"] == epoch:
            return row["recall@20"], row["ndcg@20"]
    return None


def _against(
    published: Published,
    epoch: int,
    theirs: tuple[float, float],
    ours: list[tuple[float, float]],
    records: list[Record],
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "data": published.data,
        "title": published.title,
        "epoch": epoch,
        "recall": theirs[0],
        "ndcg": theirs[1],
    }
    for i, name in enumerate(("recall", "ndcg")):
        mean = sum(pair[i] for pair in ours) / len(ours) if ours else None
        row[f"our_{name}"] = mean
        row[f"{name}_off"] = None if mean is None else mean / theirs[i] - 1
    row["seeds"] = len(ours)
    row["run"] = records[0]["name"] if ours else ""
    row["source"] = published.source
    return row


def evidence(table: pd.DataFrame, negatives: int = 10, metric: str = "ndcg@20") -> list[str]:
    """Say in sentences what `gains` supports at one N: one of all data sets, then one of each.

    Examples
    --------
    >>> evidence(pd.DataFrame())
    ['No pair of runs with 10 negatives is in the store yet.']
    """
    few = (
        table[(table["negatives"] == negatives) & (table["metric"] == metric)]
        if len(table)
        else table
    )
    if not len(few):
        return [f"No pair of runs with {negatives} negatives is in the store yet."]
    counts = []
    for control in (PUBLISHED_CCL, TUNED_CCL):
        rows = few[few["control"] == control]
        better = int((rows["verdict"] == "higher").sum())
        if len(rows):
            counts.append(f"better than {control} on {better} of {len(rows)} data sets")
    sentences = [f"With {negatives} negatives MMCL is {' and '.join(counts)}."] if counts else []
    for data, rows in few.groupby("data", sort=False):
        parts = [_says(row) for row in rows.to_dict("records")]
        sentences.append(f"{TITLES.get(str(data), data)}: {'; '.join(parts)}.")
    return sentences


def _says(row: Mapping[str, Any]) -> str:
    low, high = f"{row['gain_low']:+.1%}", f"{row['gain_high']:+.1%}"
    seeds = "1 seed" if row["seeds"] == 1 else f"{row['seeds']} seeds"
    says = f"against {row['control']} {row['gain']:+.1%} ({low} to {high}, {seeds})"
    return says if row["verdict"] != "no measurable difference" else f"{says}, {row['verdict']}"


def write_paper(store: Store) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write the tables into the store's folder, and return "gains.csv" and "reproduced.csv".

    "evidence.txt" holds the sentences, "summary.csv" a row a run.
    """
    store.write_summary()
    tables = gains(store), reproduced(store)
    sentences = "\n".join(evidence(tables[0])) + "\n"
    _files.write_text(Path(store.folder) / EVIDENCE, sentences)
    for name, made in zip((GAINS, REPRODUCED), tables, strict=True):
        _files.write_text(Path(store.folder) / name, made.to_csv(index=False, float_format="%.6g"))
    return tables

"""The parts of the Results page."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from mmcl_app.results.reading import Results, command, read_run
from mmcl_app.show import chart, mode
from mmcl_core.data import TITLES

PERCENT = st.column_config.NumberColumn(format="percent")
FOUR = st.column_config.NumberColumn(format="%.4f")
SETTINGS = ("optimizer", "learning_rate", "decay", "init", "batch_size", "dropout", "clip_norm",
            "l2", "monitor", "epochs", "patience")  # fmt: skip


def gain_panels(results: Results, metric: str) -> None:
    """Show the gain over CCL twice: over the published and over the tuned control."""
    from mmcl_app.results.sides import sides
    from mmcl_core.figures import describe_gains, gain_figure

    found = sides(results, metric)
    if found is None:
        st.info("No pair of runs is in the store yet.")
        return
    places = zip(st.columns(2, gap="large"), found.controls.items(), strict=True)
    for place, (control, sets) in places:
        with place:
            st.markdown(f"**Gain of MMCL over {control}**")
            if sets:
                figure = gain_figure(sets, found.shared, mode=mode())
                chart(figure, f"results-{control}", describe_gains(sets))
            else:
                st.caption("No pair of runs is in the store yet.")


def gains_table(results: Results, metric: str) -> str | None:
    """Show every comparison; return the run behind the row that the reader picked."""
    rows = results.gains[results.gains["metric"] == metric]
    shown = pd.DataFrame(
        {
            "data": rows["data"].map(lambda name: TITLES.get(name, name)),
            "N": rows["negatives"],
            "MMCL against": rows["control"],
            "MMCL": rows["mean_ours"],
            "CCL": rows["mean_theirs"],
            "gain": rows["gain"],
            "from": rows["gain_low"],
            "to": rows["gain_high"],
            "seeds": rows["seeds"],
            "verdict": rows["verdict"],
        }
    )
    columns = {"MMCL": FOUR, "CCL": FOUR, "gain": PERCENT, "from": PERCENT, "to": PERCENT}
    row = _pick(shown, "results-gains", columns)
    if row is None:
        return None
    picked = rows.iloc[row]
    return f"{picked['data']}-{picked['ours']}-n{picked['negatives']}"


def reproduced_table(results: Results) -> str | None:
    """Show published beside ours; return the run behind the row that the reader picked."""
    rows = results.reproduced
    at = rows["epoch"].map(lambda epoch: f"epoch {epoch}" if epoch else "best")
    shown = pd.DataFrame(
        {
            "data": rows["data"].map(lambda name: TITLES.get(name, name)),
            "model, loss": rows["title"],
            "at": at,
            "Recall@20": rows["recall"],
            "ours": rows["our_recall"],
            "off": rows["recall_off"],
            "NDCG@20": rows["ndcg"],
            "ours ": rows["our_ndcg"],
            "off ": rows["ndcg_off"],
            "source": rows["source"],
        }
    )
    columns: dict[str, Any] = dict.fromkeys(("Recall@20", "ours", "NDCG@20", "ours "), FOUR)
    columns |= dict.fromkeys(("off", "off "), PERCENT)
    row = _pick(shown, "results-reproduced", columns)
    name = None if row is None else rows.iloc[row]["run"]
    return name if isinstance(name, str) and name else None


def _pick(table: pd.DataFrame, key: str, columns: dict[str, Any]) -> int | None:
    event = st.dataframe(
        table,
        key=key,
        hide_index=True,
        column_config=columns,
        on_select="rerun",
        selection_mode="single-row",
    )
    rows = event["selection"]["rows"]
    return rows[0] if rows and rows[0] < len(table) else None


def run_panel(name: str) -> None:
    """Show where the numbers of a run come from."""
    found = read_run(name)
    if found is None:
        st.warning(
            f"Expected the files of the run `{name}` in `experiments/results`, got none that can "
            "be read. Delete its folder, and `make paper-run` makes it again."
        )
        return
    record, history = found
    config, result, made = record["config"], record["result"], record["made_with"]
    words = [
        f"**{record['protocol_means']}**",
        f"seed {config['seed']}",
        f"N {config['negatives']}",
    ]
    if result:
        words.append(f"best epoch {result['best_epoch']} of {result['epochs']}")
        words.append(f"{result['seconds'] / 60:.1f} minutes")
        if result["peak_memory_mb"]:
            words.append(f"{result['peak_memory_mb']:.0f} MB")
    else:
        words.append(f"unfinished after epoch {int(history['epoch'].max())}")
    revision = f", revision {made['revision']}" if made["revision"] else ""
    words.append(f"{made['processor']}, {made['threads']} thread, torch {made['torch']}{revision}")
    st.markdown("; ".join(words))
    given = {**config["settings"], **{key: config[key] for key in SETTINGS}}
    st.markdown(" ".join(f"`{key} {_plain(value)}`" for key, value in given.items()))
    st.code(command(record), language="bash")
    _curve(history, record)


def _plain(value: Any) -> str:
    return " ".join(f"{v:g}" for v in value) if isinstance(value, list) else str(value)


def _curve(history: pd.DataFrame, record: dict[str, Any]) -> None:
    watched = record["config"]["watch"]
    columns = [c for c in ("recall@20", "ndcg@20") if c in history]
    names = {"recall@20": "Recall@20", "ndcg@20": "NDCG@20"}
    shown = history.set_index("epoch")[columns].rename(columns=names)
    st.line_chart(shown, height=220, y_label=f"on {watched}", x_label="epoch")

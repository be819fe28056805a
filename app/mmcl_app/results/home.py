"""The tables and figures of Results to take home."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from mmcl_app.home.code import plain
from mmcl_app.home.files import Picture, Scene
from mmcl_app.results.reading import Results
from mmcl_app.results.sides import sides
from mmcl_core.data import TITLES
from mmcl_core.figures import describe_gains, gain_figure

METRICS = {"ndcg@20": "NDCG@20", "recall@20": "Recall@20"}
_GAIN = {  # as the page calls it, and as the table does
    "MMCL": "mean_ours",
    "CCL": "mean_theirs",
    "gain": "gain",
    "from": "gain_low",
    "to": "gain_high",
}


def scene(results: Results, metric: str, where: str, mode: str) -> Scene:
    """Put the page together for one metric, a key of `METRICS`; `where` is its address."""
    return Scene(
        f"Results: MMCL against CCL, {METRICS[metric]}",
        where,
        code(metric),
        rows(results, metric),
        pictures(results, metric, mode),
    )


def pictures(results: Results, metric: str, mode: str) -> tuple[Picture, ...]:
    """Return the gain over each control as a figure with its title."""
    found = sides(results, metric)
    if found is None:
        return ()
    made = []
    for control, sets in found.controls.items():
        title = f"{METRICS[metric]}: gain over {control}"
        figure = gain_figure(sets, found.shared, mode=mode, title=title, height=420)
        figure.update_layout(title_font_size=13)  # a telephone shows the whole of it
        made.append(Picture(figure, f"{title}. {describe_gains(sets)}"))
    return tuple(made)


def code(metric: str) -> str:
    """Write the script that reads the stored runs, compares them, and prints both tables."""
    name = metric.split("@")[0]
    return f"""from pathlib import Path

import mmcl_core
from mmcl_core.experiments import Store
from mmcl_core.experiments.paper import evidence, gains, reproduced

# The runs that come with MMCL Lab; or write the path of a store of your own.
folder = Path(mmcl_core.__file__).parents[1] / "experiments" / "results"
store = Store(folder)
if not store.finished():
    raise FileNotFoundError(f"Expected stored runs in {{folder}}, got none. Change the path.")

compared = gains(store)
print(*evidence(compared), sep="\\n")

columns = {plain(_GAIN)}
for row in compared[compared["metric"] == {plain(metric)}].to_dict("records"):
    where = f"{{row['data']}}, N = {{row['negatives']}}, {{row['control']}}"
    numbers = {{name: round(row[key], 4) for name, key in columns.items()}}
    print(f"{{where}}:", numbers, row["verdict"])

columns = {plain(_reproduced(name))}
for row in reproduced(store).dropna(subset=list(columns.values())).to_dict("records"):
    at = f"epoch {{row['epoch']}}" if row["epoch"] else "best"
    numbers = {{name: round(row[key], 4) for name, key in columns.items()}}
    print(f"{{row['data']}}, {{row['title']}}, {{at}}:", numbers)
"""


def _reproduced(name: str) -> dict[str, str]:
    return {"published": name, "ours": f"our_{name}", "off": f"{name}_off"}


def rows(results: Results, metric: str) -> list[dict[str, Any]]:
    """Return a row for each comparison by one metric, then one for each published result."""
    found: list[dict[str, Any]] = []
    compared = results.gains[results.gains["metric"] == metric]
    for row in compared.to_dict("records"):
        found.append(
            {
                **_first("every comparison", row, metric),
                "N": row["negatives"],
                "MMCL against": row["control"],
                **{name: row[key] for name, key in _GAIN.items()},
                "seeds": row["seeds"],
                "verdict": row["verdict"],
            }
        )
    columns = _reproduced(metric.split("@")[0])
    for row in results.reproduced.to_dict("records"):
        published = {
            **_first("published and reproduced", row, metric),
            "model, loss": row["title"],
            "at": f"epoch {row['epoch']}" if row["epoch"] else "best",
            **{name: row[key] for name, key in columns.items()},
            "seeds": row["seeds"],
            "run": row["run"],
            "source": row["source"],
        }
        found.append({key: value for key, value in published.items() if not pd.isna(value)})
    return found


def _first(table: str, row: Mapping[str, Any], metric: str) -> dict[str, Any]:
    return {"table": table, "data": TITLES.get(row["data"], row["data"]), "metric": METRICS[metric]}

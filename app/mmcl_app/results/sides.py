"""The gains over CCL's two controls, as its two figures show them; imports Plotly."""

from __future__ import annotations

from typing import NamedTuple

from mmcl_app.results.reading import Results
from mmcl_core.data import TITLES
from mmcl_core.experiments.paper import PUBLISHED_CCL, TUNED_CCL
from mmcl_core.figures import Gain, Gains


class Sides(NamedTuple):
    """The gains on every data set, by control, and the lowest and highest that both show."""

    controls: dict[str, list[Gains]]
    shared: tuple[float, float]


def sides(results: Results, metric: str) -> Sides | None:
    """Return the gains over the published and over the tuned control; None without any."""
    shown = results.gains[results.gains["metric"] == metric]
    controls = {}
    for control in (PUBLISHED_CCL, TUNED_CCL):
        rows = shown[shown["control"] == control]
        controls[control] = [
            Gains(
                TITLES.get(str(data), str(data)),
                [
                    Gain(
                        row["negatives"],
                        row["gain"],
                        row["gain_low"],
                        row["gain_high"],
                        tuple(float(d) / row["mean_theirs"] for d in str(row["of_seeds"]).split()),
                    )
                    for row in of_data.to_dict("records")
                ],
            )
            for data, of_data in rows.groupby("data", sort=False)
        ]
    every = [g for sets in controls.values() for one in sets for g in one.gains]
    if not every:
        return None
    seen = [0.0, *(v for g in every for v in (g.low, g.high, *g.of_seeds))]
    room = 0.06 * max(max(seen) - min(seen), 0.01)
    return Sides(controls, (min(seen) - room, max(seen) + room))

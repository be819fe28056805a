"""Results: published, reproduced, and the controls that the published comparison lacks."""

from __future__ import annotations

import streamlit as st

from mmcl_app.home.addresses import address
from mmcl_app.home.files import Scene
from mmcl_app.home.panel import take_home
from mmcl_app.present.layout import head
from mmcl_app.present.manner import control, prose
from mmcl_app.results import panels
from mmcl_app.results.reading import Results, read
from mmcl_app.show import mode
from mmcl_app.state import PageState
from mmcl_app.url import Choice

METRICS = {"ndcg": "NDCG@20", "recall": "Recall@20"}
RESULTS = read()
NAMES = RESULTS.names if RESULTS else []
STATE = PageState(
    "results",
    (Choice("metric", "ndcg", tuple(METRICS)), Choice("run", "", ("", *NAMES))),
)


@control("numbers")
def _tables() -> None:
    """Show the two tables; a row that is picked names the run to open."""
    st.header("Every comparison", anchor=False)
    st.caption(
        "An interval that holds 0 is no measurable difference. It comes from drawing the users "
        "anew, the same ones for both losses: other trainings are not in it. Pick a row to see "
        "where its numbers come from."
    )
    picked = [panels.gains_table(RESULTS, METRICS[STATE["metric"]].lower())]
    st.header("Published and reproduced", anchor=False)
    st.caption(
        "Best epoch on test, as published; and, where they are known, epochs on the way. None: "
        "not run here."
    )
    picked.append(panels.reproduced_table(RESULTS))
    asked = [name for name in picked if name]
    fresh = [name for name in asked if name not in st.session_state.get("results/asked", [])]
    st.session_state["results/asked"] = asked
    if fresh:
        known = [name for name in NAMES if name == fresh[0] or name.startswith(f"{fresh[0]}-s")]
        STATE.set(run=known[0] if known else "")


@control("numbers")
def _run() -> None:
    st.header("Where a number comes from", anchor=False)
    st.selectbox("Run", **STATE.bind("run", options=["", *NAMES]))
    if STATE["run"]:
        panels.run_panel(STATE["run"])


def _take_home(results: Results) -> None:
    metric = METRICS[STATE["metric"]].lower()
    where, looks = address("results", STATE.link()), mode()

    def scene() -> Scene:
        from mmcl_app.results.home import scene  # with Plotly

        return scene(results, metric, where, looks)

    take_home("mmcl-results", scene, looks)


STATE.open()
head("Results", scene="results")
if RESULTS is None:
    st.info("Expected tables in `experiments/results`. Run `make paper` to write them.")
else:
    st.markdown(f"#### {RESULTS.sentences[0]}")
    prose("\n".join(f"- {sentence}" for sentence in RESULTS.sentences[1:]))
    bound = STATE.bind("metric", given="default")
    st.segmented_control("Metric", list(METRICS), format_func=METRICS.get, **bound)
    panels.gain_panels(RESULTS, METRICS[STATE["metric"]].lower())
    _tables()
    _take_home(RESULTS)
    _run()
STATE.save()

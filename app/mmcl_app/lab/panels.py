"""What the Lab shows: the guided question, the figure, the numbers."""

from __future__ import annotations

import streamlit as st

from mmcl_app.lab.reading import Reading, held_fixed, rival
from mmcl_app.lab.settings import STATE, scene_values
from mmcl_app.lab.words import alike, amount, band_table, formula, percent, questions
from mmcl_app.present.manner import control, locked
from mmcl_app.show import chart
from mmcl_app.snapshots import Snapshot
from mmcl_core.figures import describe_penalty, penalty_figure


@control("story")
def scene() -> None:
    """Show three questions; choosing one sets the stage for it."""
    known = questions()
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown("**Three things to see**", width="content")
        for name, question in known.items():
            st.button(
                f"{name}. {question.title}",
                key=f"lab.question.{name}",
                disabled=locked(),
                on_click=_ask,
                args=(name,),
                type="primary" if STATE["question"] == name else "secondary",
            )
    if STATE["question"] in known:
        question = known[STATE["question"]]
        with st.container(border=True):
            st.markdown(question.ask)
            with st.expander("Reveal", key=f"lab.reveal.{STATE['question']}"):
                st.markdown(question.answer)


def _ask(name: str) -> None:
    if STATE["question"] == name:
        STATE.set(question="none")
        return
    STATE.set(**scene_values(name))


def picture(seen: Snapshot, reading: Reading, mode: str) -> None:
    """Show the headline numbers and the figure."""
    with st.container(horizontal=True, gap="medium", key="lab-headline"):
        st.metric("pairs pushed", percent(reading.active), help="active share")
        (budget,) = alike([reading.budget], reading.budget)
        st.metric("push budget", budget, help="mean slope over random pairs")
        st.metric("mean penalty", amount(reading.mean_penalty))
        st.metric("NDCG@20 of this model", f"{seen.ndcg:.3f}", help="on held-out films")
    rivals = [rival(name, seen.pairs, seen.positives) for name in STATE["rivals"]]
    setting = (STATE["margins"], STATE["band_weights"], STATE["negative_weight"])
    figure = penalty_figure(
        *setting,
        seen.pairs,
        seen.positives,
        rivals,
        log_share=STATE["log"],
        mode=mode,
        title=None,
        height=560,
    )
    chart(figure, "lab-figure", describe_penalty(*setting, seen.pairs, rivals))


def rivals_held(seen: Snapshot) -> None:
    """Say what the overlaid curves hold fixed."""
    if STATE["rivals"]:
        lines = [f"- {held_fixed(name, seen.positives)}" for name in STATE["rivals"]]
        st.markdown("What each overlaid curve holds fixed:\n" + "\n".join(lines))


@control("numbers")
def numbers(reading: Reading, mode: str) -> None:
    """Show the table of bands and the formula with the present numbers."""
    st.markdown("**Who pays the budget**")
    st.html(band_table(reading, mode))
    st.markdown("**The formula, now**")
    with st.container(key="lab-formula"):
        st.latex(formula(reading, STATE["negative_weight"]))

"""Train: three losses learn the same films side by side; curves, test, neighbours, first ten."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from mmcl_app.home.addresses import address
from mmcl_app.home.files import Scene
from mmcl_app.home.panel import take_home
from mmcl_app.show import mode
from mmcl_app.train import curves, lanes, results
from mmcl_app.train.runner import Job, JobView, LaneView
from mmcl_app.train.settings import (
    MOST_EPOCHS,
    MOST_NEGATIVES,
    configs,
    films,
    page_state,
    runner,
)
from mmcl_app.train.tabs import this_tab
from mmcl_core.colours import palette
from mmcl_core.data import Interactions

POLL = 0.4  # seconds between two looks at a running job
FIELD = 170  # pixels; two of them side by side on a telephone
JOB = "train/job"


STATE = page_state()
COLOURS = palette(mode())


def current() -> tuple[Job | None, JobView]:
    """Return this session's job, and what to draw: without a job, lanes that have nothing yet."""
    job: Job | None = st.session_state.get(JOB)
    return job, (job or Job(configs(STATE), films())).view()


def begin() -> None:
    """Stop what runs in this session and start the lanes anew."""
    old: Job | None = st.session_state.get(JOB)
    if old:
        old.stop()
    st.session_state[JOB] = job = Job(configs(STATE), films(), this_tab())
    runner().start(job)


def go_on() -> None:
    """Continue a stopped job."""
    runner().start(st.session_state[JOB])


def controls() -> None:
    """Show the lanes and what they share, then the buttons."""
    troubles = []
    for column, name, colour in zip(st.columns(3), lanes.NAMES, COLOURS.runs, strict=False):
        with column:
            troubles.append(lanes.card(STATE, name, colour))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        shared()
        buttons(any(troubles))
    job, view = current()
    with st.container():  # a place of its own, so that nothing below is built anew
        if any(troubles):
            st.caption("Start waits until every lane is in order.")
        elif job and {lane.name: lane.config for lane in view.lanes} != configs(STATE):
            st.caption("The settings have changed. Start again to train with them.")


def shared() -> None:
    """Show what all lanes share."""
    st.number_input(
        "Negatives per like, N",
        1,
        MOST_NEGATIVES,
        width=FIELD,
        help="For every film that a user likes, N random films are drawn and pushed away.",
        **STATE.bind("n"),
    )
    st.number_input(
        "Epochs",
        1,
        MOST_EPOCHS,
        width=FIELD,
        help="One epoch shows every like once.",
        **STATE.bind("epochs"),
    )
    st.number_input(
        "Learning rate",
        1e-5,
        1.0,
        step=0.001,
        format="%g",
        width=FIELD,
        help="How far the vectors move at each step.",
        **STATE.bind("rate"),
    )
    st.number_input(
        "Seed",
        0,
        999_999,
        width=FIELD,
        help="Decides the start, the order of the likes and the negatives, for all three lanes.",
        **STATE.bind("seed"),
    )


def buttons(blocked: bool) -> None:
    """Show Start, and beside it Stop or Continue."""
    job, view = current()
    st.button(
        "Start" if job is None else "Start again",
        type="secondary" if view.busy else "primary",
        disabled=blocked or view.busy,
        on_click=begin,
        key="train.start",
    )
    if job and view.busy:
        st.button("Stop", type="primary", on_click=job.stop, key="train.stop")
    elif job and view.state == "stopped":
        st.button("Continue", on_click=go_on, key="train.continue")


def live() -> None:
    """Show how far the job is and its curves; polled while it runs."""
    job, view = current()
    if job and st.session_state.get("train/busy") and not view.busy:
        st.session_state["train/busy"] = False
        st.rerun()
    progress(job, view)
    for column, side in zip(st.columns(2, gap="medium"), ("left", "right"), strict=True):
        with column:
            curve(view.lanes, side)
    for lane in view.lanes:
        if lane.message:
            st.warning(f"**Lane {lane.name}** stopped. {lane.message}")
    STATE.save()


runner()  # its first use imports what is slow: while the page is read, not after the click


def progress(job: Job | None, view: JobView) -> None:
    """Say in one line where the job stands."""
    epochs = max(lane.config.epochs for lane in view.lanes)
    if job is None:
        text = "Not started. A reload keeps the settings, not the results."
    elif view.state == "waiting":
        place = runner().place(job)
        text = f"Other runs are using the machine. Yours is number {place} in the queue."
    elif view.state == "running":
        left = remaining(view)
        epoch = min((lane.points[-1].epoch for lane in view.lanes if lane.points), default=0)
        text = f"Epoch {min(epoch + 1, epochs)} of {epochs}" + (f", {left}" if left else "")
    elif view.state == "stopped":
        why = "The connection to this tab was lost" if view.lost_tab else "Stopped"
        text = f"{why}. Continue goes on exactly where it stood."
    else:
        text = f"Finished in {sum(lane.seconds for lane in view.lanes):.0f} s of training."
    st.progress(view.share if job else 0.0, text=text)


def remaining(view: JobView) -> str:
    """Estimate the time left, once a little is known."""
    spent = sum(lane.seconds for lane in view.lanes)
    if view.share < 0.05:
        return ""
    return f"about {max(1, round(spent * (1 / view.share - 1)))} s left"


def curve(drawn: tuple[LaneView, ...], side: str) -> None:
    """Show one chart with its choice of measure and what to look at."""
    st.selectbox(
        f"{side.capitalize()} curve",
        format_func=lambda name: curves.MEASURES[name].title,
        label_visibility="collapsed",
        **STATE.bind(side, options=list(curves.MEASURES)),
    )
    name = STATE[side]
    measure = curves.MEASURES[name]
    references = {}
    if name in ("ndcg", "recall"):
        base = results.popularity(films(), "validation")
        references = {"most liked films": base[f"{name}@20"]}
    epochs = max(lane.config.epochs for lane in drawn)
    st.echarts_chart(
        curves.chart(drawn, measure, epochs, COLOURS, references),
        height=300,
        key=f"train-curve-{side}",
        alt=curves.words(drawn, measure),
    )
    st.caption(curves.look(measure, drawn))


def outcome(drawn: tuple[LaneView, ...]) -> None:
    """Show what came out: test metrics, neighbours, first ten."""
    data = films()
    st.subheader("On films held back for the test")
    st.html(results.metrics_table(drawn, data, COLOURS.runs))
    st.markdown(results.reading(drawn))
    st.code(results.command(drawn), language="bash", wrap_lines=True)
    to_take(drawn)
    with st.expander("What the columns say"):
        st.markdown(results.COLUMNS)

    st.subheader("A film's neighbours")
    st.selectbox(
        "Film (type to search)",
        format_func=lambda number: results.film_label(data, number),
        **STATE.bind("film", options=[int(data.item_ids[i]) for i in results.film_choices(data)]),
    )
    item = results.index(data.item_ids, STATE["film"])
    st.html(results.neighbours(drawn, item, COLOURS.runs))
    st.caption(f"{results.NEIGHBOURS} {results.agreement(drawn)}")

    st.subheader("A user's first ten")
    st.selectbox(
        "User",
        format_func=lambda number: results.user_label(data, number),
        **STATE.bind("user", options=[int(data.user_ids[i]) for i in results.user_choices(data)]),
    )
    user = results.index(data.user_ids, STATE["user"])
    likes(data, user)
    st.html(results.first_ten(drawn, data, user, COLOURS.runs))
    st.caption(f"{results.FIRST_TEN} {results.agreement(drawn)}")
    STATE.save()


runner()  # its first use imports what is slow: while the page is read, not after the click


def to_take(drawn: tuple[LaneView, ...]) -> None:
    """Offer the lanes as files."""
    where, looks = address("train", STATE.link()), mode()

    def scene() -> Scene:
        from mmcl_app.train.home import scene  # with Plotly, which the page does not need

        return scene(drawn, where, looks)

    take_home("mmcl-training", scene, looks)


def likes(data: Interactions, user: int) -> None:
    """Show what a user is known to like."""
    titles = results.likes_of(data, user)
    st.markdown(f"Known to like: {results.sentence(titles[:8])}")
    if len(titles) > 8:
        with st.expander(f"All {len(titles)} known likes"):
            st.markdown(results.sentence(titles))


st.html(Path(__file__).parents[1] / "mmcl_app" / "train" / "train.css")
st.title("Train")
with st.container():
    STATE.open()
st.markdown(
    f"Three losses learn from the same {len(films().train):,} likes of films: same start, same "
    "order, same negatives. Only the loss differs. **Guess before you start**: which lane will put "
    "the films that people went on to like highest, and which will push most pairs?"
)
controls()
_, VIEW = current()
st.session_state["train/busy"] = VIEW.busy
with st.container(key="train-live"):
    st.fragment(live, run_every=POLL if VIEW.busy else None)()
if not VIEW.busy and any(lane.done for lane in VIEW.lanes):
    st.fragment(outcome)(VIEW.lanes)
STATE.save()
runner()  # its first use imports what is slow: while the page is read, not after the click

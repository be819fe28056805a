"""What came out: test metrics, the verdict, neighbours, first ten."""

from __future__ import annotations

import streamlit as st

from mmcl_app.home.addresses import address
from mmcl_app.home.files import Scene
from mmcl_app.home.panel import take_home
from mmcl_app.present.manner import control
from mmcl_app.show import mode
from mmcl_app.state import PageState
from mmcl_app.train import jobs, results
from mmcl_app.train import verdict as verdicts
from mmcl_app.train.job import LaneView
from mmcl_app.train.source import MOST_CHOICES, Source
from mmcl_core.colours import palette

MOST_LIKES = 500  # known likes that are listed

Lanes = tuple[LaneView, ...]


def outcome(state: PageState, source: Source, drawn: Lanes) -> None:
    """Show what the lanes that are over have come to."""
    tested(state, source, drawn)
    near(state, source, drawn)
    first(state, source, drawn)
    state.save()


@control("numbers")
def tested(state: PageState, source: Source, drawn: Lanes) -> None:
    """Show the metrics on test and the verdict."""
    st.subheader(source.say("On films held back for the test"))
    st.html(results.metrics_table(drawn, source, palette(mode()).runs))
    judged(source, drawn)
    st.markdown(results.reading(drawn, source))
    command = results.command(drawn, source)
    if command:
        st.code(command, language="bash", wrap_lines=True)
    to_take(state, source, drawn)
    with st.expander("What the columns say"):
        st.markdown(source.say(results.COLUMNS))


def judged(source: Source, drawn: Lanes) -> None:
    """Show whether MMCL pays, with an interval."""
    done = tuple(lane.done for lane in drawn)
    kept = st.session_state.get(jobs.VERDICT)
    if not kept or kept[0] != done:  # events are compared by identity
        with st.spinner("Comparing the lanes user by user..."):
            kept = (done, verdicts.verdict(drawn, source))
        st.session_state[jobs.VERDICT] = kept
    found: verdicts.Verdict | None = kept[1]
    if found is None:
        return
    with st.container(border=True, key="train-verdict"):
        st.markdown(f"#### {verdicts.question(found, source)}")
        st.markdown("\n".join(f"- {line}" for line in verdicts.lines(found)))
        st.caption(verdicts.limits(found, source))


def to_take(state: PageState, source: Source, drawn: Lanes) -> None:
    """Offer the lanes as files."""
    where, looks = address("train", state.link()), mode()

    def scene() -> Scene:
        from mmcl_app.train.home import scene  # with Plotly, which the page does not need

        return scene(drawn, where, looks, source.origin)

    take_home("mmcl-training", scene, looks)


def near(state: PageState, source: Source, drawn: Lanes) -> None:
    """Show what stands nearest to an item under each lane."""
    st.subheader(source.say("A film's neighbours"))
    item = _item(state, source)
    st.html(results.neighbours(drawn, source, item, palette(mode()).runs))
    st.caption(f"{results.neighbours_words(source)} {results.agreement(drawn)}")


def first(state: PageState, source: Source, drawn: Lanes) -> None:
    """Show what a user gets first under each lane."""
    st.subheader("A user's first ten")
    user = _user(state, source)
    titles = source.likes(user)
    st.html(results.sentence(titles[:8], "Known to like: "))
    if len(titles) > 8:
        with st.expander(f"All {len(titles)} known likes"):
            st.html(results.sentence(titles[:MOST_LIKES]))
    st.html(results.first_ten(drawn, source, user, palette(mode()).runs))
    st.caption(f"{source.say(results.FIRST_TEN)} {results.agreement(drawn)}")


def _item(state: PageState, source: Source) -> int:
    if not source.films:
        return _chosen(source, "Item (type to search)", source.items, source.start_item)
    of_id = {int(source.data.item_ids[item]): item for item in source.items}
    st.selectbox(
        "Film (type to search)",
        format_func=lambda number: source.item_label(of_id[number]),
        **state.bind("film", options=list(of_id)),
    )
    return of_id[state["film"]]


def _user(state: PageState, source: Source) -> int:
    if not source.films:
        return _chosen(source, "User (type to search)", source.users, source.start_user)
    of_id = {int(source.data.user_ids[user]): user for user in source.users}
    st.selectbox(
        "User",
        format_func=lambda number: source.user_label(of_id[number]),
        **state.bind("user", options=list(of_id)),
    )
    return of_id[state["user"]]


def _chosen(source: Source, label: str, options: tuple[int, ...], start: int) -> int:
    """Let an item or a user of a reader's own be chosen; its id never gets into the address."""
    items = options is source.items
    label_of = source.item_label if items else source.user_label
    labels = {option: label_of(option) for option in options}  # and not the source, see own.py
    found: int = st.selectbox(
        label,
        options,
        options.index(start),
        format_func=labels.get,
        help=f"The first {MOST_CHOICES:,} can be chosen." if len(options) == MOST_CHOICES else None,
        key=f"train.own.{'item' if items else 'user'}.{source.token}",
    )
    return found

"""Challenge: two negatives; beat four margins with one, over five hidden worlds."""

from __future__ import annotations

from typing import Any

import streamlit as st

from mmcl_app.challenge import settings, words
from mmcl_app.challenge.settings import HEAVIEST, RATES, STATE
from mmcl_app.designer import Design, crowd, designer, news
from mmcl_app.film import first_cosines
from mmcl_app.home.addresses import address
from mmcl_app.home.files import Scene
from mmcl_app.home.panel import take_home
from mmcl_app.present.layout import head
from mmcl_app.present.manner import control, locked, prose
from mmcl_app.show import mode
from mmcl_core.challenge import OPPONENT, SEEDS, Round
from mmcl_core.training import TrainingDiverged

_DESIGNER = "challenge-designer"
_HEARD = "mmcl/challenge/heard"  # serial number of the designer's last news

RULES = """
Four margins, 0.2 0.4 0.6 0.8, with negative weight 2 play against **one margin of yours**, in five
toy worlds that you do not see: two negatives to a like, 300 steps, and the same start, likes and
negatives for both. What counts is Recall@10 on likes held out. You choose the margin, the negative
weight and the learning rate.
"""


@st.fragment
def _game() -> None:
    left, right = st.columns([6, 7], gap="large")
    with left:
        _penalty()
    with right:
        _controls()
        _play()
        _scores()
    STATE.save()


@control("margins")
def _penalty() -> None:
    mine = Design((STATE["margin"],), (1.0,), STATE["weight"])
    theirs = Design(OPPONENT.margins, OPPONENT.weights, OPPONENT.negative_weight)
    before = crowd(*first_cosines())
    designer(
        _DESIGNER,
        [mine, theirs],
        0,
        [before, before],
        mode=mode(),
        heaviest=HEAVIEST,
        when="all pairs of such a world before training; blue, likes",
        heard=st.session_state.get(_HEARD, 0),
        on_designed=_hear,
        most=1,
    )
    st.caption(
        "Drag the knot sideways for the margin, up or with the slider for the negative weight. The "
        "dashed line over the penalty is the opponent's."
    )


def _hear() -> None:
    said = news(_DESIGNER, 2, HEAVIEST)
    if said:
        st.session_state[_HEARD] = said.serial
        settings.redesign(said.design)


def _controls() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _boxes()
        _rate()


@control("margins")
def _boxes() -> None:
    ends = {"min_value": -1.0, "max_value": 1.0, "step": 0.05, "format": "%g"}
    st.number_input("margin", **ends, width=130, **_tied("margin"))
    ends = {"min_value": 0.0, "max_value": HEAVIEST, "step": 0.5, "format": "%g"}
    st.number_input("negative weight", **ends, width=150, **_tied("weight"))


@control("more")
def _rate() -> None:
    st.select_slider(
        "learning rate, times the opponent's",
        sorted({*RATES, STATE["rate"]}),
        format_func=lambda rate: f"{rate:g}",
        width=330,
        **_tied("rate"),
    )


def _tied(name: str) -> dict[str, Any]:
    key = STATE.key(f"challenge.{name}", STATE[name])
    tied = {"value": STATE[name], "key": key, "on_change": _changed, "args": (key, name)}
    return {**tied, "disabled": locked()}


def _changed(key: str, name: str) -> None:
    value = STATE.hear(f"challenge.{name}", key)
    if value is not None:
        STATE.set(**{name: value})


@control("start")
def _play() -> None:
    entry = settings.entry()
    pressed = st.button("Play five worlds", type="primary", key="challenge-play", disabled=locked())
    if not pressed:
        return
    bar = st.progress(0.0, "The first world")
    played: list[Round] = []
    try:
        for found in settings.rounds(entry):
            played.append(found)
            ahead = sum(r.yours > r.theirs for r in played)
            said = f"World {len(played)} of {len(SEEDS)}; ahead in {ahead}"
            bar.progress(len(played) / len(SEEDS), said)
    except TrainingDiverged as error:
        bar.empty()
        st.warning(f"{error} Lower the learning rate or the negative weight, and play again.")
        return
    bar.empty()
    settings.keep(entry, played)


def _scores() -> None:
    scores = settings.scores()
    if not scores:
        st.markdown("Nothing is scored yet. Guess first: can one margin win?")
        return
    entry, result = scores[-1]
    with st.container(border=True, key="challenge-score"):
        st.subheader(words.VERDICTS[result.verdict], anchor=False)
        st.markdown(f"With {words.name(entry)}. {words.sentence(result)}")
        st.html(words.points(result))
        if entry != settings.entry():
            st.caption("The curve has changed since: play again.")
        _take_home(scores[-1])
    prose(words.LESSON)
    top = settings.best()
    if top and len(scores) > 1:
        with st.container(horizontal=True, vertical_alignment="center"):
            gain = f"{top[1].difference:+.3f}".replace("-", "\u2212")
            st.markdown(
                f"Best of {len(scores)} in this session: {words.name(top[0])}: {gain}.",
                width="content",
            )
            if top[0] != settings.entry():
                st.button("Take it", on_click=settings.take, args=(top[0],))


def _take_home(score: settings.Score) -> None:
    where, looks = address("challenge", STATE.link(**settings.values_of(score[0]))), mode()

    def scene() -> Scene:
        from mmcl_app.challenge.home import scene  # with Plotly, which the page does not need

        return scene(score, where, looks)

    take_home("mmcl-challenge", scene, looks)


head("Two negatives. Beat four margins with one", scene="challenge")
prose(RULES)
STATE.open()
_game()
st.caption("The address of this page holds your curve: send it to somebody, and they can beat it.")

"""What the Train page shares: the films, the queue of jobs, and its part of the address."""

from __future__ import annotations

import threading
from typing import Any

import streamlit as st

from mmcl_app.state import PageState
from mmcl_app.train import curves, lanes, results
from mmcl_app.train.runner import Runner, warm_up
from mmcl_app.url import Choice, Note, Number, Whole
from mmcl_core.data import Interactions, load
from mmcl_core.training import TrainConfig

EPOCHS, MOST_EPOCHS, MOST_NEGATIVES = 30, 100, 200


@st.cache_resource(show_spinner=False)
def films() -> Interactions:
    """Load the films once; everything in it is read-only, so all readers may share it."""
    return load("movielens")


@st.cache_resource(show_spinner=False)
def runner() -> Runner:
    """One queue for the whole server; on first use, get slow imports over with."""
    threading.Thread(target=warm_up, args=(films(),), daemon=True).start()
    return Runner()


def repair(values: dict[str, Any]) -> list[Note]:
    """Replace a film or a user that cannot be shown."""
    data, notes = films(), []
    for name, ids, known, start in (
        ("film", data.item_ids, results.film_choices(data), results.start_film(data)),
        ("user", data.user_ids, results.user_choices(data), results.start_user(data)),
    ):
        if values[name] not in {int(ids[i]) for i in known}:
            used = int(ids[start])
            expected = f"the MovieLens number of a {name} that can be shown"
            notes.append(Note(name, expected, str(values[name]), str(used)))
            values[name] = used
    return notes


def page_state() -> PageState:
    """Describe the page's part of the address."""
    data, start = films(), TrainConfig()
    return PageState(
        "train",
        [
            *lanes.fields(),
            Whole("n", start.negatives, 1, MOST_NEGATIVES),
            Whole("epochs", EPOCHS, 1, MOST_EPOCHS),
            Number("rate", start.learning_rate, 1e-5, 1.0),
            Whole("seed", 0, 0, 999_999),
            Choice("left", "ndcg", tuple(curves.MEASURES)),
            Choice("right", "active", tuple(curves.MEASURES)),
            Whole("film", int(data.item_ids[results.start_film(data)]), 0, 999_999),
            Whole("user", int(data.user_ids[results.start_user(data)]), 0, 999_999),
        ],
        repair,
    )


def configs(state: PageState) -> dict[str, TrainConfig]:
    """Return what a click on Start would train."""
    return {
        name.upper(): TrainConfig(
            loss=state[name][0],
            settings=state[name][1],
            negatives=state["n"],
            epochs=state["epochs"],
            learning_rate=state["rate"],
            seed=state["seed"],
        )
        for name in lanes.NAMES
    }

"""What the Train page shares: the films, the queue of jobs, and its part of the address."""

from __future__ import annotations

import threading
from typing import Any

import streamlit as st

from mmcl_app.state import PageState
from mmcl_app.train import curves, lanes, own
from mmcl_app.train.runner import Runner, warm_up
from mmcl_app.train.source import Source
from mmcl_app.url import Choice, Note, Number, Whole
from mmcl_core.data import Interactions, load
from mmcl_core.suggest import batch_size_for
from mmcl_core.training import TrainConfig

EPOCHS, MOST_EPOCHS, MOST_NEGATIVES = 30, 100, 200
MOST_WORK = 900_000_000  # pairs looked at in a training: more would hold up the queue for long
A_LIKE = 20  # what learning from a like costs beside its negatives, in pairs
LEAST_EPOCHS = 5
DATA = {"films": "Real films", "own": "Your own table"}


@st.cache_resource(show_spinner=False)
def films() -> Source:
    """Load the films once; everything in it is read-only, so all readers may share it."""
    return Source(load("movielens"))


def present(state: PageState) -> Source | None:
    """Return what the page trains on now, if there is anything."""
    return films() if state["data"] == "films" else own.present()


@st.cache_resource(show_spinner=False)
def runner() -> Runner:
    """One queue for the whole server; on first use, get slow imports over with."""
    threading.Thread(target=warm_up, args=(films().data,), daemon=True).start()
    return Runner()


def repair(values: dict[str, Any]) -> list[Note]:
    """Replace a film or a user that cannot be shown."""
    source, notes = films(), []
    for name, ids, known, start in (
        ("film", source.data.item_ids, source.items, source.start_item),
        ("user", source.data.user_ids, source.users, source.start_user),
    ):
        if values[name] not in {int(ids[i]) for i in known}:
            used = int(ids[start])
            expected = f"the MovieLens number of a {name} that can be shown"
            notes.append(Note(name, expected, str(values[name]), str(used)))
            values[name] = used
    return notes


def page_state() -> PageState:
    """Describe the page's part of the address."""
    source, start = films(), TrainConfig()
    item_ids, user_ids = source.data.item_ids, source.data.user_ids
    return PageState(
        "train",
        [
            Choice("data", "films", tuple(DATA)),
            *own.fields(),
            *lanes.fields(),
            Whole("n", start.negatives, 1, MOST_NEGATIVES),
            Whole("epochs", EPOCHS, 1, MOST_EPOCHS),
            Number("rate", start.learning_rate, 1e-5, 1.0),
            Whole("seed", 0, 0, 999_999),
            Choice("left", "ndcg", tuple(curves.MEASURES)),
            Choice("right", "active", tuple(curves.MEASURES)),
            Whole("film", int(item_ids[source.start_item]), 0, 999_999),
            Whole("user", int(user_ids[source.start_user]), 0, 999_999),
        ],
        repair,
    )


def most_epochs(data: Interactions, negatives: int) -> int:
    """Return how many epochs a training on this data may have."""
    epoch = len(data.train) * (negatives + A_LIKE)
    return min(MOST_EPOCHS, max(LEAST_EPOCHS, MOST_WORK // epoch))


def configs(state: PageState, source: Source) -> dict[str, TrainConfig]:
    """Return what a click on Start would train."""
    return {
        name.upper(): TrainConfig(
            loss=state[name][0],
            settings=state[name][1],
            negatives=state["n"],
            epochs=min(state["epochs"], most_epochs(source.data, state["n"])),
            learning_rate=state["rate"],
            batch_size=batch_size_for(source.data),
            seed=state["seed"],
        )
        for name in lanes.NAMES
    }

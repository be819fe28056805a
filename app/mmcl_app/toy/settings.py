"""Settings of the toy world: the address, what changes them, and the stories."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import streamlit as st

from mmcl_app.designer import Design
from mmcl_app.negatives.panel import FIELD as PANEL
from mmcl_app.state import PageState
from mmcl_app.toy.lanes import (
    MOST_MOVES,
    NAMES,
    LaneField,
    Move,
    MovesField,
    acting,
    design_of,
    training_of,
)
from mmcl_app.toy.lanes import titles as named
from mmcl_app.url import Choice, Field, Flag, Note, Number, Numbers, Whole, number_text
from mmcl_core.stories import STORIES, Lane, Story
from mmcl_core.training import TrainConfig
from mmcl_core.worlds import WorldConfig

WORLDS = ("toy", "films")
DIMS = ("2", "3", "8")
MOST_STEPS = 1200
OWN = "own"
FROM_START = -1  # the step of an address that plays from the start
PLAY = "mmcl/toy/play"  # whether the next scene of the stage plays from the start

_LANES = (
    Lane("", (0.9,), (1.0,), negatives=2),
    Lane("", (0.6,), (1.0,), negatives=2),
    Lane("", negatives=2),
)


def fit_together(values: dict[str, Any]) -> list[Note]:
    """Without "apart" all lanes train alike; without lane B there is no lane C."""
    notes = []
    if values["b"] is None and values["c"] is not None:
        values["b"], values["c"] = values["c"], None
        notes.append(Note("b", "a lane, as there is a lane C", "off", "lane C as lane B"))
    if not values["apart"]:
        alike = training_of(values["a"])
        for name in NAMES[1:]:
            if values[name] is not None:
                values[name] = dataclasses.replace(values[name], **alike)
    lanes = sum(values[name] is not None for name in NAMES)
    if NAMES.index(values["lane"]) >= lanes:
        values["lane"] = "a"
    moves = values["moved"]
    kept = tuple(move for move in moves if _possible(move, values, lanes))
    if len(kept) < len(moves):
        values["moved"] = ()
        notes.append(Note("moved", "points of this world and steps of its lanes", "others", "none"))
    camera = values["camera"]
    asked = (*camera, *_CAMERA[len(camera) :])
    limits = zip(asked, _NEAREST, _FARTHEST, strict=True)
    values["camera"] = tuple(min(max(x, low), high) for x, low, high in limits)
    if values["camera"] != asked:
        got, used = ("_".join(map(number_text, one)) for one in (asked, values["camera"]))
        expected = "yaw and pitch in radians, at most 1.57 up or down, and a zoom from 0.6 to 5"
        notes.append(Note("camera", expected, got, used))
    return notes


def _possible(move: Move, values: Mapping[str, Any], lanes: int) -> bool:
    world = world_of(values)
    points = world.n_users + world.n_items
    dim = len(move.position) == world.dim
    return dim and move.lane < lanes and move.point < points and move.step <= 2 * MOST_STEPS


# Yaw, pitch and zoom: at first, and how far they go.
_CAMERA = (0.6, 0.35, 1.0)
_NEAREST, _FARTHEST = (-10.0, -math.pi / 2, 0.6), (10.0, math.pi / 2, 5.0)
FIELDS: tuple[Field, ...] = (
    Choice("world", WORLDS[0], WORLDS),
    *(LaneField(name, lane) for name, lane in zip(NAMES, _LANES, strict=True)),
    Choice("lane", "c", NAMES),
    Flag("apart", False),
    Whole("tastes", 12, 2, 20),
    Number("cross", 0.15, 0.0, 1.0),
    Choice("dim", "3", DIMS),
    Flag("reject", False),
    Whole("steps", 300, 50, MOST_STEPS),
    Whole("seed", 0, 0, 999_999),
    MovesField("moved"),
    Whole("step", FROM_START, FROM_START, 2 * MOST_STEPS),
    Numbers("camera", _CAMERA, -10.0, 10.0, 3, exact=True),
    Whole("user", -1, -1, 10_000),
    PANEL,
)
STATE = PageState("toy", FIELDS, fit_together)


def lanes() -> tuple[Lane, ...]:
    """Return the one to three lanes."""
    return tuple(lane for lane in (STATE[name] for name in NAMES) if lane is not None)


def active() -> int:
    """Return the number of the lane that the controls change."""
    return NAMES.index(STATE["lane"])


def world_of(values: Any) -> WorldConfig:
    """Return the world that the values of an address describe."""
    return WorldConfig(tastes=values["tastes"], cross_taste=values["cross"], dim=int(values["dim"]))


def configs() -> tuple[TrainConfig, ...]:
    """Return how each lane is trained."""
    world = world_of(STATE)
    return tuple(
        acting(lane)
        .config(world, STATE["steps"], STATE["seed"])
        .with_(reject_positives=STATE["reject"])
        for lane in lanes()
    )


def titles() -> list[str]:
    """Return the lanes' titles, those of a story if it is one."""
    story = current_story()
    return [lane.title for lane in STORIES[story].lanes] if story != OWN else named(lanes())


def begin(**changes: Any) -> None:
    """Change what is trained: all starts anew and plays, to where the address says at once."""
    STATE.set(**{"moved": (), "step": changes.get("steps", STATE["steps"]), **changes})
    st.session_state[PLAY] = True


def redesign(lane: int, design: Design) -> None:
    """Give a lane another penalty."""
    begin(**{NAMES[lane]: dataclasses.replace(lanes()[lane], **design._asdict())})


def retrain(**changes: Any) -> None:
    """Change how lanes are trained: all of them, or the active one while they differ."""
    which = [active()] if STATE["apart"] else range(len(lanes()))
    begin(**{NAMES[i]: dataclasses.replace(lanes()[i], **_fitted(i, changes)) for i in which})


def set_apart(apart: bool) -> None:
    """Let lanes differ in how they are trained, or make them all train like the active one."""
    STATE.set(apart=apart)
    if not apart:
        retrain(**training_of(lanes()[active()]))


def _fitted(lane: int, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Add what must follow: a pool holds at least the negatives kept of it."""
    now = {**training_of(lanes()[lane]), **changes}
    hard = now["sampler"] == "hardest"
    return {**changes, "pool": max(now["pool"], now["negatives"]) if hard else 0}


def add_lane() -> None:
    """Copy the active lane into the next free one."""
    count = len(lanes())
    begin(**{NAMES[count]: lanes()[active()], "lane": NAMES[count]})


def remove_lane() -> None:
    """Take the active lane away; those after it move up."""
    rest = [lane for i, lane in enumerate(lanes()) if i != active()]
    filled = dict(zip(NAMES, [*rest, None, None], strict=False))
    begin(**filled, lane=NAMES[min(active(), len(rest) - 1)])


def tell(name: str) -> None:
    """Set the scene of a story."""
    begin(**told(name))


def told(name: str) -> dict[str, Any]:
    """Return the values that set the scene of a story."""
    story = STORIES[name]
    bare = [dataclasses.replace(lane, title="") for lane in story.lanes]
    return {
        **dict(zip(NAMES, [*bare, None, None], strict=False)),
        "lane": NAMES[0],
        "apart": any(training_of(lane) != training_of(bare[0]) for lane in bare),
        **_world_values(story),
        "steps": story.steps,
        "reject": False,
    }


def _world_values(story: Story) -> dict[str, Any]:
    world = story.world
    return {"tastes": world.tastes, "cross": world.cross_taste, "dim": str(world.dim)}


def current_story() -> str:
    """Return the story that the present settings tell, whatever the seed, else `OWN`."""
    now = [(design_of(lane), training_of(lane)) for lane in lanes()]
    for name, story in STORIES.items():
        same = now == [(design_of(lane), training_of(lane)) for lane in story.lanes]
        where = world_of(STATE) == story.world and STATE["steps"] == story.steps
        if same and where and not STATE["reject"]:
            return name
    return OWN


def hear_view(view: Mapping[str, Any], steps: list[int]) -> None:
    """Keep what the stage shows: `steps` are those of its frames."""
    frame, user, camera = view.get("frame"), view.get("user"), view.get("camera")
    if isinstance(frame, int) and 0 <= frame < len(steps):
        STATE.set(step=steps[frame])
    if isinstance(camera, list) and len(camera) == 3 and all(map(_plain, camera)):
        yaw, pitch, zoom = map(float, camera)
        STATE.set(camera=(math.remainder(yaw, 2 * math.pi), pitch, zoom))
    known = isinstance(user, int) and 0 <= user < world_of(STATE).n_users
    STATE.set(user=user if known else -1)


def _plain(value: Any) -> bool:
    return isinstance(value, (int, float)) and abs(value) < 1e6  # also no NaN


def hear_move(said: Mapping[str, Any], steps: list[int]) -> None:
    """Keep where a point was dragged to."""
    try:
        position = tuple(round(float(x), 5) for x in said["position"])
        move = Move(int(said["pane"]), steps[int(said["frame"])], int(said["point"]), position)
    except (KeyError, TypeError, ValueError, IndexError, OverflowError):
        return
    values = {field.name: STATE[field.name] for field in FIELDS}
    inside = all(-1 <= x <= 1 for x in position)  # also no NaN
    if not (inside and any(position)) or not _possible(move, values, len(lanes())):
        return
    if len(STATE["moved"]) == MOST_MOVES:
        st.toast(f"At most {MOST_MOVES} points can be moved by hand: take the moves back first.")
        return
    STATE.set(moved=(*STATE["moved"], move), step=move.step)

"""The stage on a page: recorded runs on the moving sphere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from mmcl_core.stage.payload import HOME, MOST_PANES, scene
from mmcl_core.stage.source import module, style

if TYPE_CHECKING:
    from mmcl_core.trajectories import Trajectory

# What a page decides: how high a sphere may be, and on a telephone, where there is room for one
# pane, which; see `one_pane`.
_ROOM = """
.stage { font-size: calc(15px * var(--large, 1)); }
.stage details { display: var(--extra, block); }
.stage figure { flex-basis: 27%; max-width: min(560px, max(300px, var(--sphere, 56vh))); }
@container (max-width: 520px) {
  .stage .panes { display: grid; grid-template-columns: min(100%, 19rem); }
  .stage figure { grid-area: 1 / 1; visibility: var(--pane-0); }
  .stage figure:nth-child(2) { visibility: var(--pane-1); }
  .stage figure:nth-child(3) { visibility: var(--pane-2); }
  .stage .caption:empty { display: none; }
  .stage .more { gap: 6px; font-size: .87em; }
  .stage .more :is(button, select, input) { padding: 4px 6px; }
}
"""
_stage = st.components.v2.component("mmcl_stage", js=module("streamlit"), css=style() + _ROOM)


def one_pane(pane: int, around: str) -> None:
    """Say which pane is seen where there is room for one.

    Parameters
    ----------
    pane : int
    around : str
        Key of a container around the stage.
    """
    seen = (f"--pane-{i}: {'visible' if i == pane else 'hidden'};" for i in range(MOST_PANES))
    st.html(f"<style>.st-key-{around} {{{''.join(seen)}}}</style>")


def stage(
    runs: Sequence[Trajectory] | Trajectory,
    *,
    key: str,
    titles: Sequence[str] | None = None,
    view: Mapping[str, Any] | None = None,
    on_view: Callable[[dict[str, Any]], None] | None = None,
    on_released: Callable[[dict[str, Any]], None] | None = None,
) -> dict[str, Any]:
    """Show one to three runs side by side, and return what is seen: frame, camera, user...

    `view` says where to begin, or where to go when its "turn" is another one than before; keep it
    the same otherwise, the reader's hand decides. `on_view` gets the new view when the reader has
    done something; `on_released` gets {"point", "position", "frame", "pane"} when a point that was
    dragged is let go. What the steps draw for the picked user is sent without being asked for.
    """

    def pack(user: int | None, wanted: Mapping[str, Any]) -> bytes:
        return scene(runs, titles=titles, user=user, view=wanted)

    return packed_stage(pack, key=key, view=view, on_view=on_view, on_released=on_released)


def packed_stage(
    pack: Callable[[int | None, Mapping[str, Any]], bytes],
    *,
    key: str,
    view: Mapping[str, Any] | None = None,
    on_view: Callable[[dict[str, Any]], None] | None = None,
    on_released: Callable[[dict[str, Any]], None] | None = None,
) -> dict[str, Any]:
    """Show a packed scene: `pack` makes it for a picked user, or None, and the view wanted.

    The rest is as in `stage`.
    """
    wanted = {"turn": 0, **(view or {})}

    def now() -> dict[str, Any]:
        return seen(wanted, (st.session_state.get(key) or {}).get("view"))

    def tell(callback: Callable[[dict[str, Any]], None] | None, value: Any) -> None:
        if callback and value:
            callback(dict(value))

    _stage(
        key=key,
        data=pack(now()["user"], wanted),
        on_view_change=lambda: tell(on_view, now()),
        on_released_change=lambda: tell(on_released, st.session_state[key].get("released")),
    )
    return now()


def seen(wanted: Mapping[str, Any], told: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the view on the stage: what it `told` last, and what the page wanted since."""
    told = told if isinstance(told, Mapping) else None  # it came from a browser
    if told and told.get("turn") == wanted["turn"]:
        return {**HOME, **wanted, **told}
    return {**HOME, **(told or {}), **wanted}

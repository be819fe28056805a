"""The penalty designer on a page: knots dragged on the curve; Python hears when a drag ends."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from mmcl_app.present.manner import locked
from mmcl_core.colours import MOST_BANDS, band_colours, band_symbols, palette
from mmcl_core.stage.source import HERE, script

BINS, BARS = 400, 100

# The shapes of bands as outlines of SVG, about one unit around the origin.
OUTLINES = {
    "x": "M-.8-.8L.8 .8M.8-.8L-.8 .8",
    "circle": "M-1 0A1 1 0 0 1 1 0A1 1 0 0 1-1 0Z",
    "square": "M-.85-.85H.85V.85H-.85Z",
    "diamond": "M0-1.2L1.2 0L0 1.2L-1.2 0Z",
    "triangle-up": "M0-1.15L1.1 .85H-1.1Z",
    "star": "M0-1.3L.35-.45L1.25-.4L.55 .15L.8 1.05L0 .55L-.8 1.05L-.55 .15L-1.25-.4L-.35-.45Z",
    "hexagon": "M0-1.1L.95-.55V.55L0 1.1L-.95 .55V-.55Z",
}

Cosines = NDArray[np.floating[Any]]

_JS = """
const mounted = new WeakMap();
export default function ({ parentElement, data, setTriggerValue }) {
  const box = parentElement.querySelector(".designer");
  const send = (news) => setTriggerValue("designed", news);
  if (!mounted.has(box)) mounted.set(box, mountDesigner(parentElement, send));
  mounted.get(box)(data);
}
"""
_component = st.components.v2.component(
    "mmcl_designer",
    html=(HERE / "designer.html").read_text("utf-8"),
    css=(HERE / "designer.css").read_text("utf-8"),
    js=script("math", "designer") + _JS,
)


class Design(NamedTuple):
    """K margins, their band weights, and the negative weight; K may be 0."""

    margins: tuple[float, ...]
    weights: tuple[float, ...]
    negative_weight: float


class News(NamedTuple):
    """What the reader did: which lane is chosen now, and its design."""

    lane: int
    serial: int
    design: Design


def crowd(pairs: Cosines, likes: Cosines) -> dict[str, list[float]]:
    """Say how cosines spread: "tail" is the share above each of `BINS` + 1 even cosines.

    "pairs" and "likes" are heights of `BARS` bars from -1 to 1, the highest 1.
    """
    fine = _counts(pairs, BINS)
    past = fine.sum() - np.concatenate([[0], fine.cumsum()])
    bars = (_counts(cosines, BARS) for cosines in (pairs, likes))
    heights = ((bar / max(1, bar.max())).round(4).tolist() for bar in bars)
    tail = (past / max(1, past[0])).round(6).tolist()
    return {"tail": tail, **dict(zip(("pairs", "likes"), heights, strict=True))}


def _counts(cosines: Cosines, bins: int) -> NDArray[np.int64]:
    """Count cosines in even bins from -1 to 1; an edge belongs to the bin below it."""
    place = np.ceil((np.asarray(cosines, np.float64).ravel() + 1) * (bins / 2)).astype(np.int64)
    return np.bincount((place - 1).clip(0, bins - 1), minlength=bins)


def colours(mode: str) -> dict[str, Any]:
    """Return the colours and shapes of the designer."""
    chosen = palette(mode)
    names = ("text", "muted", "grid", "positive")
    return {
        "words": {name: getattr(chosen, name) for name in names},
        "runs": chosen.runs,
        "bands": [band_colours(k, mode) for k in range(MOST_BANDS + 1)],
        "shapes": [OUTLINES[name] for name in band_symbols(MOST_BANDS)],
    }


def designer(
    key: str,
    designs: Sequence[Design],
    lane: int,
    crowds: Sequence[Mapping[str, list[float]]],
    *,
    mode: str,
    heaviest: float,
    when: str,
    heard: int,
    on_designed: Callable[[], None],
    most: int = MOST_BANDS,
) -> None:
    """Show the designer; one that is locked cannot be changed.

    Parameters
    ----------
    key : str
        `news` reads under it what the reader did.
    designs : sequence of 1 to 3 Design
    lane : int
        The one that can be changed.
    crowds : sequence of `crowd`, one a lane
    mode : {"light", "dark"}
    heaviest : float
        The largest negative weight of the slider.
    when : str
        Says which cosines these are.
    heard : int
        Serial number of the last news: older designs than what the reader sees change nothing.
    on_designed : callable
        Called at the end of each action.
    most : int
        How many margins there may be.
    """
    _component(
        key=key,
        data={
            "designs": [one._asdict() for one in designs],
            "lane": lane,
            "crowds": list(crowds),
            "palette": colours(mode),
            "heaviest": heaviest,
            "when": when,
            "heard": heard,
            "most": most,
            "locked": locked(),
        },
        on_designed_change=_ignore if locked() else on_designed,
    )


def _ignore() -> None:
    """Hear nothing from what is locked."""


def news(key: str, lanes: int, heaviest: float) -> News | None:
    """Return what the designer under `key` has just said; None if it makes no sense."""
    said = getattr(st.session_state.get(key), "designed", None)
    return understood(said, lanes, heaviest)


def understood(said: Any, lanes: int, heaviest: float) -> News | None:
    """Check what came from a browser.

    Parameters
    ----------
    said : anything
    lanes : int
        How many lanes there are.
    heaviest : float
    """
    try:
        lane, serial, design = said["lane"], said["serial"], said["design"]
        margins = tuple(min(max(float(m), -1.0), 1.0) for m in design["margins"])
        weights = tuple(min(max(float(w), 0.0), 1.0) for w in design["weights"])
        heavy = min(max(float(design["negative_weight"]), 0.0), heaviest)
    except (TypeError, KeyError, ValueError, IndexError, OverflowError):
        return None
    whole = isinstance(lane, int) and isinstance(serial, int) and 0 <= lane < lanes
    fits = len(margins) == len(weights) <= MOST_BANDS
    if not (whole and fits and all(map(math.isfinite, (*margins, *weights, heavy)))):
        return None
    return News(lane, serial, Design(margins, weights, heavy))

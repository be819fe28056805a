"""How pages show things: the mode of the theme, a little style, figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from mmcl_app.present.manner import presenting
from mmcl_core.colours import palette

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

_STYLE = """<style>
.stMainBlockContainer { max-width: 1320px; }
.stMainBlockContainer:has(.st-key-toy) { max-width: 1640px;
  padding-inline: clamp(1rem, 2.5vw, 5rem); }
:has(> .st-key-mmcl-theme), .st-key-mmcl-theme { position: absolute; height: 0; overflow: hidden; }
.st-key-doors [data-testid="stPageLink-NavLink"] { padding: 0; margin: 0; }
.st-key-doors [data-testid="stPageLink-NavLink"] p { font-family: "Source Serif", serif;
  font-size: 1.5rem; font-weight: 600; text-decoration: underline; text-underline-offset: .2em;
  text-decoration-thickness: 2px; color: var(--st-primary-color, inherit); }
.st-key-doors h3 { padding: .3rem 0 1.1rem; font-size: 1.5rem; }
[data-testid="stCaptionContainer"][data-testid] { opacity: .8; }
:is(a, button, main, summary, .bands):focus-visible:not(#_), .stDataFrame:has(:focus-visible) {
  outline: 2px solid FOCUS; outline-offset: 2px; }
main:focus-visible:not(#_) { outline-offset: -3px; }
button[kind="primary"], button[kind="primary"]:hover { color: PAPER; }
[data-testid="stStatusWidget"] button { display: none; }
.stToastContainer.stToastContainer { top: auto; bottom: 1rem; }
.st-key-lesson-card { padding: .6rem .9rem .7rem; }
.st-key-lesson-card button { min-height: 2.1rem; padding: .15rem .7rem; }
.st-key-lesson-card p { line-height: 1.45; }
.stMainBlockContainer:has(.st-key-lesson-card) h1 { font-size: 1.75rem; padding: 0 0 .3rem; }
.stMainBlockContainer:has(.st-key-lesson-card) .st-key-toy { --sphere: 38vh; }
.bands { overflow-x: auto; }
.bands table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
.bands th, .bands td { padding: .3rem .7rem .3rem 0; text-align: right; white-space: nowrap;
  border: 0; border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); }
.bands th:first-child { text-align: left; font-weight: 600; }
.bands thead th { font-weight: 400; opacity: .75; }
.bands tfoot td, .bands tfoot th { border-bottom: 0; }
.st-key-lab-formula { container-type: inline-size; }
.st-key-lab-formula .katex { font-size: min(1.05em, 4.1cqi); }
.st-key-lab-formula .katex-display { overflow: visible; text-align: left; }
.st-key-lab-formula .katex-display > .katex { text-align: left; }
.bands .bar { display: inline-block; width: 7rem; margin-right: .6rem; vertical-align: middle; }
@media (max-width: 640px) {
  .bands .bar { display: none; }
  .bands th, .bands td { padding-right: .45rem; font-size: .9rem; }
  .bands thead th { white-space: normal; vertical-align: bottom; }
}
@media (max-width: 640px) {
  .stMainBlockContainer h1 { font-size: 2rem; }
  .st-key-toy-work .stColumn, .st-key-toy-work .stColumn > .stVerticalBlock { display: contents; }
  .st-key-toy > * > .stHorizontalBlock { row-gap: .4rem; }
  .st-key-toy-work > * > .stHorizontalBlock { flex-flow: column; gap: .6rem; }
  .st-key-toy-work .stColumn > * > * { order: 1; }
  .st-key-toy-work .stColumn:first-child > * > :not(:first-child) { order: 2; }
  .st-key-toy-work .stColumn > * > .st-key-toy-curves { order: 3; }
  .st-key-toy-work .stColumn:first-child > * > :first-child button { padding-inline: .5rem; }
}
:has(> .st-key-film-pane) { display: none; }
@media (max-width: 552px) { :has(> .st-key-film-pane) { display: flex; } }
.bands .bar i { display: block; height: .55rem; border-radius: 2px; margin-left: auto; }
</style>"""


# White on the light red of the dark theme would be too faint to read.
_PAPER = {"light": "#fdfcfa", "dark": "#15171c"}

# Python is not told when a reader changes the theme: this notices and asks for a new run.
_THEME = """export default function ({ parentElement, data, setStateValue }) {
  const colour = getComputedStyle(parentElement).getPropertyValue("--st-background-color");
  const [red, green, blue] = [1, 3, 5].map((i) => parseInt(colour.trim().slice(i, i + 2), 16));
  const seen = red + green + blue < 384 ? "dark" : "light";
  if (seen !== data.mode) setStateValue("mode", seen);
}"""
_watcher = st.components.v2.component("mmcl_theme", js=_THEME, isolate_styles=False)
_MODE = "mmcl/mode"


def frame() -> None:
    """Add what every page needs: the style, and an eye on the theme."""
    st.html(_STYLE.replace("PAPER", _PAPER[mode()]).replace("FOCUS", palette(mode()).positive))
    with st.container(key="mmcl-theme"):
        seen = _watcher(
            key="mmcl-theme-watcher", data={"mode": mode()}, on_mode_change=lambda: None
        ).get("mode")
    if seen:
        st.session_state[_MODE] = seen


def mode() -> str:
    """Return "light" or "dark", as the reader sees the page."""
    seen = st.session_state.get(_MODE) or st.context.theme.type
    return "dark" if seen == "dark" else "light"


def chart(figure: Figure, key: str, alt: str) -> None:
    """Show a figure in its own colours, with words for those who cannot see it."""
    if presenting():
        _enlarge(figure)
    st.plotly_chart(
        figure,
        theme=None,
        key=key,
        alt=alt,
        config={"displayModeBar": False, "responsive": True},
    )


def _enlarge(figure: Figure) -> None:
    """Give a figure type that is read from the back row."""
    large = {"size": 20}
    figure.update_layout(font=large, legend={"font": large}, margin={"l": 90})
    for update in (figure.update_xaxes, figure.update_yaxes):
        update(tickfont=large, title={"font": large}, automargin=True)
    figure.update_annotations(font=large)

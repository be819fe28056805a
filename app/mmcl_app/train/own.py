"""A reader's own table: chosen, read, shown; it lives in the reader's session and nowhere else.

Streamlit keeps what it was told about a widget, callbacks with their arguments and formats, as
long as a session lasts. So on this page none of these may hold the table or anything read from it.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mmcl_app.plain import as_text
from mmcl_app.present.manner import locked
from mmcl_app.state import PageState
from mmcl_app.train.source import Origin, Source
from mmcl_app.turns import turn
from mmcl_app.url import Number, Whole
from mmcl_core.data import Columns, DataError, Sheet, read_own, read_sheet

TYPES = ("csv", "tsv", "txt")
MOST_MEGABYTES = 20
MOST_COLUMN = 50
MOST_RATING = 1e9
MOST_CELLS = 2_000_000_000  # users x items; ranking is tried for every cell after every epoch
NONE = -1  # no such column
FIELD = 170  # pixels; two of them side by side on a telephone

_TABLE, _ARRIVED, _TROUBLE = "train/table", "train/table/arrived", "train/table/trouble"
_SEEN = "train/table/seen"
_ROLES = {"user": "User column", "item": "Item column", "rating": "Rating column"}


@dataclass(eq=False)
class Table:
    """A table that was looked at, and what was last read from it."""

    name: str
    sheet: Sheet
    asked: tuple[Columns, float | None] | None = None
    source: Source | None = None
    trouble: str = ""

    def read(self, columns: Columns, least: float | None) -> None:
        """Read the table so, unless that was done last; `source` or `trouble` says what came."""
        if self.asked == (columns, least):
            return
        self.asked, self.source, self.trouble = (columns, least), None, ""
        try:
            with turn():
                self.source = self._source(columns, least)
        except DataError as error:
            self.trouble = str(error)

    def _source(self, columns: Columns, least: float | None) -> Source:
        own = read_own(self.sheet, columns, least=least, name=self.name)
        data = own.data
        if data.n_users * data.n_items > MOST_CELLS:
            raise DataError(
                f"Expected at most {MOST_CELLS:,} pairs of user and item to rank on this page, got "
                f"{data.n_users:,} users x {data.n_items:,} items. Keep fewer users, with all "
                "their rows, or train from the command line."
            )
        guess = self.sheet.guess
        usual = least is None and columns == Columns(guess.user, guess.item, guess.rating)
        found = Source(data, Origin(self.name, columns, own.least, usual), own)
        found.popularity("validation")  # now, while the reader is told to wait
        return found


def fields() -> list[Whole | Number]:
    """Return the words of the address that hold the columns (0: as guessed) and the threshold."""
    return [
        Whole("usercol", 0, 0, MOST_COLUMN),
        Whole("itemcol", 0, 0, MOST_COLUMN),
        Whole("ratingcol", 0, NONE, MOST_COLUMN),
        Number("least", 0.0, 0.0, MOST_RATING),
    ]


def present() -> Source | None:
    """Return what was last read from the session's table."""
    table: Table | None = st.session_state.get(_TABLE)
    return table.source if table else None


def forget() -> None:
    """Let go of the table."""
    for key in (_TABLE, _TROUBLE):
        st.session_state.pop(key, None)


def own(state: PageState) -> Source | None:
    """Show how to choose a table and what was found in it; return it once it can be trained on."""
    _uploader(state)
    table: Table | None = st.session_state.get(_TABLE)
    trouble: str | None = st.session_state.get(_TROUBLE)
    if trouble:
        st.error(as_text(trouble))
    if table is None:
        if not trouble:
            _invitation(state)
        return None
    row = _columns(state, table)
    with st.spinner("Reading the table..."):
        table.read(*_asked(state))
    if state["ratingcol"] != NONE:
        with row:
            _threshold(state, table)
    if table.trouble:
        st.error(as_text(table.trouble))
        st.caption("Nothing is lost: choose other columns or another rating, or another table.")
    return table.source


def _uploader(state: PageState) -> None:
    with st.container(key="train-upload"):
        given = st.file_uploader(
            f"A table of pairs: user, item and, if you have them, ratings (CSV, at most "
            f"{MOST_MEGABYTES} MB)",
            type=list(TYPES),
            max_upload_size=MOST_MEGABYTES,
            key="train.table",
            on_change=_arrived,
        )
    table: Table | None = st.session_state.get(_TABLE)
    if st.session_state.pop(_ARRIVED, False):
        forget()
        if given is not None:
            _look(state, given)
    elif given is None and table is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(f"<b>{html.escape(table.name)}</b> is still in memory for this session.")
            st.button("Forget it", on_click=forget, key="train.forget")


def _arrived() -> None:
    st.session_state[_ARRIVED] = True


def _look(state: PageState, given: Any) -> None:
    """Look at a file that has just come, and settle which columns are read.

    The first table of a session may be the one that the address has columns for.
    """
    with st.spinner("Looking at the table..."), turn():
        try:
            sheet = read_sheet(given.getvalue(), given.name)
        except DataError as error:
            st.session_state[_TROUBLE] = str(error)
            return
    st.session_state[_TABLE] = Table(given.name, sheet)
    first = not st.session_state.get(_SEEN)
    st.session_state[_SEEN] = True
    if not first or not _fits(state, len(sheet.names)):
        g = sheet.guess
        rating = NONE if g.rating is None else g.rating + 1
        state.set(usercol=g.user + 1, itemcol=g.item + 1, ratingcol=rating, least=0.0)


def _fits(state: PageState, width: int) -> bool:
    """Tell whether the columns that the address names can be columns of this table."""
    user, item, rating = state["usercol"], state["itemcol"], state["ratingcol"]
    return 0 < user <= width and 0 < item <= width and rating != 0 and rating <= width


def _asked(state: PageState) -> tuple[Columns, float | None]:
    rating = None if state["ratingcol"] == NONE else state["ratingcol"] - 1
    columns = Columns(state["usercol"] - 1, state["itemcol"] - 1, rating)
    return columns, (state["least"] or None) if rating is not None else None


def _invitation(state: PageState) -> None:
    if state["usercol"]:
        st.info(
            "The address keeps the settings, not the table, which is stored nowhere: choose it "
            "again to go on."
        )
    st.markdown(
        "A row is a user and an item that belong together: bought, watched, read, liked. Ids may "
        "be numbers or text; a rating and other columns may stand beside them. For example:"
    )
    st.code("user,item,rating\nann,red shoes,5\nann,blue hat,4\nbob,red shoes,3", language=None)
    st.caption(
        "The table is held in the memory of the computer that serves this page, for this browser "
        "session only. It is never written to a file, and let go when you choose another one or "
        "close the page."
    )


def _columns(state: PageState, table: Table) -> DeltaGenerator:
    """Show the first rows and which column is which; return the row of these choices."""
    sheet = table.sheet
    if not sheet.sure:
        st.warning("The names of the columns do not say which is which. Please check the choice.")
    st.html(first_rows(sheet))
    places = list(range(1, len(sheet.names) + 1))
    names = {i: name or f"column {i}" for i, name in enumerate(sheet.names, 1)} | {NONE: "none"}

    row = st.container(horizontal=True, vertical_alignment="bottom")
    with row:
        for role, label in _ROLES.items():
            options = [NONE, *places] if role == "rating" else places
            st.selectbox(
                label,
                format_func=names.get,
                width=FIELD,
                **state.bind(f"{role}col", options=options),
            )
    return row


def _threshold(state: PageState, table: Table) -> None:
    """Show from which rating on a row is a like; where nothing is chosen, what is usual."""
    usual = table.source.origin.least if table.source and table.source.origin else None
    shown = float(state["least"] or usual or 0.0)
    key = state.key("train.least", shown)
    st.number_input(
        "A like from rating",
        0.0,
        MOST_RATING,
        shown,
        step=0.5,
        format="%g",
        width=FIELD,
        help="Rows with a lower rating are left out; they are no dislikes either. 0 takes the "
        "usual: 80% of the highest rating.",
        key=key,
        on_change=_rated,
        args=(state, key),
        disabled=locked(),
    )


def _rated(state: PageState, key: str) -> None:
    value = state.hear("train.least", key)
    if value is not None:
        state.set(least=value)


def first_rows(sheet: Sheet) -> str:
    """Return the first rows of a table, as text whatever is in them."""

    def cells(fields: tuple[str, ...], tag: str) -> str:
        return "".join(f"<{tag}>{html.escape(_short(f))}</{tag}>" for f in fields)

    head = cells(sheet.names, "th scope='col'").replace("</th scope='col'>", "</th>")
    rows = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in sheet.first)
    return (
        "<div class='scroll' tabindex='0' role='region' aria-label='First rows of your table'>"
        f"<table class='plain rows'><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        "</div>"
    )


def _short(text: str, most: int = 40) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"

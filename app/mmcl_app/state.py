"""The state of a page: widgets, address and memory say the same.

The values of a page live in one dictionary of the session, so they outlast a visit to another
page. Widgets are bound to it by `PageState.bind`. The address is read when the page opens and
when the reader goes back or forward; it is written by `PageState.save` at the end of every run.

    STATE = PageState("lab", FIELDS)

    STATE.open()                                  # first thing on the page
    st.slider("N", 1, 100, **STATE.bind("n"))     # as many widgets for one value as you like
    draw(STATE["n"])
    STATE.save()                                  # last thing on the page, or in its fragment

Streamlit's own `bind="query-params"` drops nonsense without a word and holds one widget for one
value; here nonsense is answered, and a value may have a slider and a box to type in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from mmcl_app.notes import show_notes
from mmcl_app.present import manner
from mmcl_app.url import Field, Note, encode, parse

_HERE = "mmcl/here"
_PATH = "mmcl/path"  # of the page asked for last
_SHORT = "mmcl/short"  # the words of the page shown last that are not as usual
LESSON = "lesson"  # the word of an address that belongs to a walk over the pages
CARRIED = (LESSON, *manner.NAMES)  # the words that belong to no page


def here() -> str | None:
    """Return the name of the page whose state was opened last."""
    return st.session_state.get(_HERE)


def arrive(path: str) -> None:
    """Say which page is asked for, before it runs: it may be left before its state is opened."""
    if st.session_state.get(_PATH, path) != path:
        st.session_state[_HERE] = None
    st.session_state[_PATH] = path


def visit(page: str) -> None:
    """Say that a page without a state is shown, so that the others know when they are reached."""
    st.session_state[_HERE] = page
    st.session_state[_SHORT] = {}


def page_words() -> dict[str, str]:
    """Return the words of the address that belong to the page."""
    return {name: text for name, text in st.query_params.to_dict().items() if name not in CARRIED}


def short_words() -> dict[str, str]:
    """Return as few words as bring back what the page shows: those that are not as usual."""
    words: dict[str, str] = st.session_state.get(_SHORT, {})
    return words


class PageState:
    """Values of one page, by field name.

    Parameters
    ----------
    page : str
        Short name; it begins the keys of the page's widgets.
    fields : sequence of Field
    repair : callable, optional
        Gets the values just read from an address and may change them so that they fit together;
        returns further notes.
    """

    def __init__(
        self,
        page: str,
        fields: Sequence[Field],
        repair: Callable[[dict[str, Any]], list[Note]] = lambda _: [],
    ) -> None:
        self.page, self.fields, self.repair = page, tuple(fields), repair

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def set(self, **values: Any) -> None:
        """Change values; in a callback, or before the widgets that show them."""
        self._values.update(values)
        st.session_state[self._key("touched")] = True

    def reset(self) -> None:
        """Go back to the defaults."""
        self.set(**{field.name: field.default for field in self.fields})

    def open(self) -> str:
        """Take over what the address asks for, and show notes about what it could not mean.

        Returns
        -------
        str
            "reached" if the page has just been reached, "moved" if the reader went back or forward
            on it, else "here".
        """
        arriving = st.session_state.get(_HERE) != self.page
        st.session_state[_HERE] = self.page
        query = page_words()
        written = st.session_state.get(self._key("written"), {})
        how = "reached" if arriving else "here"
        if self._key("values") not in st.session_state:
            self._adopt(query)
        elif st.session_state.pop(self._key("touched"), False):
            pass  # a widget was moved: it knows better than an address that is one step behind
        elif query != written and (query or not arriving):
            self._adopt(query)
            how = "reached" if arriving else "moved"
        show_notes(st.session_state.get(self._key("notes"), []), self.page, self._dismiss)
        return how

    def save(self) -> None:
        """Write the values into the address, once they are not all defaults."""
        st.session_state.pop(self._key("touched"), None)
        words = encode(self.fields, self._values)
        query = page_words()
        usual = encode(self.fields, {field.name: field.default for field in self.fields})
        st.session_state[_SHORT] = {n: text for n, text in words.items() if text != usual[n]}
        untouched = {field.name: field.default for field in self.fields} == self._values
        if query != words and (query or not untouched):
            asked = st.query_params.to_dict()
            carried = {name: asked[name] for name in CARRIED if name in asked}
            st.query_params.from_dict({**words, **carried})
            query = words
        st.session_state[self._key("written")] = query

    def bind(
        self,
        name: str,
        part: int | None = None,
        twin: str = "",
        options: Sequence[Any] = (),
        given: str = "value",
    ) -> dict[str, Any]:
        """Return what ties a widget to a value, or to one `part` of a list.

        Parameters
        ----------
        name : str
        part : int, optional
        twin : str
            Tells a second widget of the same value from the first.
        options : sequence, optional
            What a select box offers: it is told the value's place among them.
        given : str
            What the widget calls the value that it begins with, if it has no `options` from here.
        """
        value = self[name] if part is None else self[name][part]
        base = f"{self.page}.{name}" + ("" if part is None else f".{part}") + twin
        key = self.key(base, value)
        first = {given: list(value) if isinstance(value, tuple) else value}
        if options:
            first = {"options": options, "index": list(options).index(value)}
        first.update({"disabled": True} if manner.locked() else {})
        return {**first, "key": key, "on_change": self._moved, "args": (key, base, name, part)}

    def key(self, base: str, value: Any) -> str:
        """Return the key of a widget that shows `value`; it begins with `base`.

        The key stays while only the reader changes the widget, which its callback reports with
        `hear`, and is new when the value changed for another reason. So the browser cannot answer
        a change with what it still had: else the last of several fast key presses may be undone.

        The value itself is to be given to the widget. One that waits in the session gets lost on
        its way to the browser when the run that first shows the widget is cut short.
        """
        if isinstance(value, tuple):
            value = list(value)
        shown = st.session_state.setdefault(self._key("shown"), {})
        version, last = shown.get(base, (0, value))
        if last != value:
            version += 1
        shown[base] = (version, value)
        return _versioned(base, version)

    def hear(self, base: str, key: str) -> Any:
        """Return what the reader has set a widget to; None from one no longer shown."""
        shown = st.session_state[self._key("shown")]
        version, _ = shown[base]
        if key != _versioned(base, version):
            return None
        shown[base] = (version, st.session_state[key])
        return st.session_state[key]

    def link(self, **changes: Any) -> dict[str, str]:
        """Return query parameters of this page: its present values with `changes`."""
        return encode(self.fields, {**self._values, **changes})

    def _moved(self, key: str, base: str, name: str, part: int | None) -> None:
        value = self.hear(base, key)
        if value is None:  # also from an emptied box: keep what was there
            return
        if isinstance(value, list):
            value = tuple(value)
        if part is not None:
            old = self[name]
            value = (*old[:part], value, *old[part + 1 :])
        self.set(**{name: value})

    def _adopt(self, query: dict[str, str]) -> None:
        values, notes = parse(self.fields, query)
        notes += self.repair(values)
        st.session_state[self._key("values")] = values
        st.session_state[self._key("notes")] = notes

    def _dismiss(self) -> None:
        st.session_state[self._key("notes")] = []
        st.session_state[self._key("touched")] = True

    @property
    def _values(self) -> dict[str, Any]:
        if self._key("values") not in st.session_state:
            st.session_state[self._key("values")] = {f.name: f.default for f in self.fields}
        return st.session_state[self._key("values")]

    def _key(self, what: str) -> str:
        return f"mmcl/{self.page}/{what}"


def _versioned(base: str, version: int) -> str:
    return f"{base}~{version}" if version else base

"""One browser tab without a browser: it speaks Streamlit's protocol over a real WebSocket.

It keeps what a tab keeps (the widgets on the page, what its student set, the address, timers that
ask for a part of the page again) and notes every error that a student would see.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

PATIENCE = 60.0  # seconds until an answer that has not come counts as an error
_WIDGETS = (
    "bidi_component",
    "button",
    "button_group",
    "checkbox",
    "number_input",
    "selectbox",
    "slider",
    "text_input",
)
_KEY = re.compile(r"\$\$ID-[0-9a-f]+-(.*)", re.S)
_VERSION = re.compile(r"~\d+$")  # the app gives a widget a new key when it must forget its value
_TURN = re.compile(rb'"turn":(\d+)')
_MOST_TEXTS = 400
_KEPT = 20  # runs for which a message is kept, so that what the server was told of is still here


@dataclass
class Widget:
    """A widget on the page: the part of the page it is in, the run that showed it."""

    kind: str
    id: str
    fragment: str
    run: str
    turn: int = 0  # of a stage: how often the page has sent it somewhere


class Tab:
    """A tab on one page of the app.

    Parameters
    ----------
    address : str
        For example ``http://127.0.0.1:8501``.
    page : str
        "lab", "train"...; "" is the first page.
    query : mapping of str
        The words of the address.
    """

    def __init__(self, address: str, page: str = "", query: dict[str, str] | None = None) -> None:
        self.address, self.page, self.query = address, page, dict(query or {})
        self.widgets: dict[str, Widget] = {}
        self.errors: list[str] = []
        self.texts: list[tuple[float, str]] = []  # progress lines and when they came
        self.received = 0  # bytes
        self._pages: dict[str, str] = {}
        self._states: dict[str, WidgetState] = {}
        self._cached: dict[str, tuple[int, Any]] = {}  # by hash: run and widget, as in a browser
        self._timers: dict[str, asyncio.Task[None]] = {}
        self._run, self._parts = "", frozenset[str]()
        self._began = 0  # runs begun so far
        self._answer: asyncio.Future[None] | None = None
        self._awaited: tuple[str, int] = ("", 0)
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self.closed = False

    async def open(self) -> float:
        """Connect and show the page; return seconds until it is whole."""
        began = time.perf_counter()
        self._socket = await connect(
            self.address.replace("http", "ws", 1) + "/_stcore/stream",
            subprotocols=["streamlit", "load"],  # type: ignore[list-item]
            origin=self.address,  # type: ignore[arg-type]
            max_size=None,
            compression=None,
        )
        self._reader = asyncio.create_task(self._read())
        await self._ask()
        return time.perf_counter() - began

    async def close(self) -> None:
        """Close the tab."""
        self.closed = True
        for timer in self._timers.values():
            timer.cancel()
        if self._socket:
            await self._socket.close()
        if self._reader:
            with suppress(asyncio.CancelledError):
                await self._reader

    def find(self, key: str) -> str | None:
        """Return the full key of a widget, whatever its version; None if it is not shown."""
        found = (known for known in self.widgets if _VERSION.sub("", known) == key)
        return next(found, None)

    async def set(self, key: str, value: Any) -> float:
        """Change a widget; return seconds until the page has answered."""
        widget = self._shown(key)
        state = WidgetState(id=widget.id)
        if widget.kind == "button":
            state.trigger_value = True
        elif widget.kind == "checkbox":
            state.bool_value = value
        elif widget.kind == "number_input":
            state.double_value = value
        elif widget.kind == "slider" and isinstance(value, str):
            state.string_array_value.data.append(value)
        elif widget.kind == "slider":
            state.double_array_value.data.append(value)
        elif widget.kind == "button_group":
            state.string_array_value.data.append(value)
        elif widget.kind == "bidi_component":
            state.json_value = json.dumps(value)
        else:
            state.string_value = value
        self._states[state.id] = state
        seconds = await self._ask(widget.fragment)
        if widget.kind == "button":
            self._states.pop(state.id, None)
        return seconds

    async def trigger(self, key: str, event: str, value: Any) -> float:
        """Let a component say that something happened once."""
        widget = self._shown(key)
        state = WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{widget.id}__events")
        state.json_trigger_value = json.dumps([{"event": event, "value": value}])
        self._states[state.id] = state
        seconds = await self._ask(widget.fragment)
        self._states.pop(state.id, None)
        return seconds

    async def go(self, page: str) -> float:
        """Follow a link of the navigation; the address's words are left behind."""
        self.page, self.query = page, {}
        return await self._ask()

    def _shown(self, key: str) -> Widget:
        found = self.find(key)
        if found is None:
            raise LookupError(f"no widget {key} on page {self.page or 'start'}")
        return self.widgets[found]

    async def _ask(self, fragment: str = "") -> float:
        """Ask for a run and wait until one that began after this has ended well."""
        began = time.perf_counter()
        self._answer = asyncio.get_running_loop().create_future()
        self._awaited = (fragment, self._began)
        await self._send(fragment)
        await asyncio.wait_for(self._answer, PATIENCE)
        return time.perf_counter() - began

    async def _send(self, fragment: str, auto: bool = False) -> None:
        message = BackMsg()
        state = message.rerun_script
        state.query_string = urlencode(self.query)
        state.page_script_hash = self._pages.get(self.page, "")
        state.page_name = self.page
        state.fragment_id, state.is_auto_rerun = fragment, auto
        state.cached_message_hashes.extend(self._cached)
        state.context_info.color_scheme = "light"
        state.widget_states.widgets.extend(self._states.values())
        assert self._socket is not None
        await self._socket.send(message.SerializeToString())

    async def _read(self) -> None:
        assert self._socket is not None
        try:
            async for data in self._socket:
                self.received += len(data)
                message = ForwardMsg()
                message.ParseFromString(data)  # type: ignore[arg-type]
                self._take(message)
        except ConnectionClosed as error:
            if not self.closed:
                self.errors.append(f"connection lost: {error}")
                if self._answer and not self._answer.done():
                    self._answer.set_exception(ConnectionError(str(error)))

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._new_run(message)
        elif kind == "navigation":
            pages = message.navigation.app_pages
            self._pages = {page.url_pathname: page.page_script_hash for page in pages}
        elif kind == "page_info_changed":
            asked = message.page_info_changed.query_string
            self.query = dict(parse_qsl(asked, keep_blank_values=True))
        elif kind == "delta":
            if message.delta.HasField("new_element"):
                self._element(message, message.delta.new_element)
        elif kind == "ref_hash":
            self._again(message.ref_hash)
        elif kind == "auto_rerun":
            part = message.auto_rerun.fragment_id
            self._stop_timers([part])
            self._timers[part] = asyncio.create_task(self._poll(part, message.auto_rerun.interval))
        elif kind == "stop_auto_rerun":
            self._stop_timers(list(message.stop_auto_rerun.fragment_ids))
        elif kind == "page_not_found":
            self.errors.append(f"page not found: {self.page}")
        elif kind == "session_event" and message.session_event.HasField(
            "script_compilation_exception"
        ):
            self.errors.append(str(message.session_event.script_compilation_exception.message))
        elif kind == "script_finished":
            self._ended(message.script_finished)

    def _new_run(self, message: ForwardMsg) -> None:
        self._run = message.metadata.run.script_run_id
        self._parts = frozenset(message.metadata.run.fragment_ids)
        self._began += 1
        if not self._parts:
            self._stop_timers(list(self._timers))

    def _element(self, message: ForwardMsg, element: Any) -> None:
        kind = element.WhichOneof("type")
        proto = getattr(element, kind or "", None)
        widget = None
        if kind == "exception":
            self.errors.append(f"{proto.type}: {proto.message}")
        elif kind == "progress":
            self.texts = [*self.texts, (time.monotonic(), proto.text)][-_MOST_TEXTS:]
        elif kind in _WIDGETS:
            turn = _turn(proto) if kind == "bidi_component" else 0
            widget = Widget(kind, proto.id, message.delta.fragment_id, self._run, turn)
            self._show(widget)
        if message.metadata.cacheable:
            self._cached[message.hash] = self._began, widget

    def _again(self, known: str) -> None:
        """Show what the server knows to be here, by its hash."""
        if known not in self._cached:
            self.errors.append("a message was sent as known that never came")
            return
        _, widget = self._cached[known]
        self._cached[known] = self._began, widget
        if widget:
            self._show(replace(widget, run=self._run))

    def _show(self, widget: Widget) -> None:
        found = _KEY.match(widget.id)
        if found:
            self.widgets.pop(found[1], None)
            self.widgets[found[1]] = widget

    def _ended(self, status: int) -> None:
        whole = status == ForwardMsg.FINISHED_SUCCESSFULLY
        part = status == ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY
        if whole or part:
            for name, widget in list(self.widgets.items()):
                if widget.run != self._run and (whole or widget.fragment in self._parts):
                    self._states.pop(self.widgets.pop(name).id, None)
            young = self._began - _KEPT
            self._cached = {known: kept for known, kept in self._cached.items() if kept[0] >= young}
        fragment, before = self._awaited
        mine = self._began > before and (whole or (fragment and fragment in self._parts))
        if mine and self._answer and not self._answer.done():
            self._answer.set_result(None)

    async def _poll(self, part: str, interval: float) -> None:
        while not self.closed:
            await asyncio.sleep(interval)
            with suppress(ConnectionClosed):
                await self._send(part, auto=True)

    def _stop_timers(self, parts: list[str]) -> None:
        for part in parts:
            timer = self._timers.pop(part, None)
            if timer:
                timer.cancel()


def _turn(proto: Any) -> int:
    """Read from the data of a stage where the page has sent it; 0 for other components."""
    data = proto.bytes
    found = _TURN.search(data, 4, 4 + int.from_bytes(data[:4], "little"))
    return int(found[1]) if found else 0

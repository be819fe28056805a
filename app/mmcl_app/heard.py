"""A run is heard to its end before a part of the page is asked for anew.

Each run of a page is a thread; what it says waits in a queue of the server until the server gets
to it. If a part of the page is asked for when the thread has ended but has not been heard,
Streamlit (1.67) starts a new runner and drops all that the old one still had to say; a comment in
``AppSession.request_rerun`` says so. On a busy server that can be the page a student has just asked
for: Train asks for its curves every 0.4 seconds.

Here such a request waits, a few milliseconds, until the runner before it has been heard. Requests
behind it wait too, so that an older one never undoes a newer one. Then one runner gets them all and
puts them together as Streamlit does, so that no click is lost.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from streamlit.runtime.app_session import AppSession, AppSessionState

SOON = 0.005  # seconds between two looks
PATIENCE = 5.0  # seconds until requests go ahead all the same


@dataclass
class _Queue:
    """Requests of one session that wait for its runner to be heard, and until when they do."""

    waiting: list[Any] = field(default_factory=list)
    until: float = 0.0


@functools.lru_cache(maxsize=1)
def hear_out() -> None:
    """Let all sessions of this server hear a run to its end; call it early, once is enough."""
    create_scriptrunner = _create(AppSession._create_scriptrunner)
    AppSession._create_scriptrunner = create_scriptrunner  # type: ignore[method-assign]


def _create(create_scriptrunner: Callable[..., None]) -> Callable[..., None]:
    """Start a runner, but not in the place of one that has ended and was not heard."""

    @functools.wraps(create_scriptrunner)
    def create(session: AppSession, initial_rerun_data: Any) -> None:
        # With a runner there, it is asked for because that one takes no more requests.
        if session._scriptrunner is not None or _queue(session).waiting:
            _wait(session, initial_rerun_data)
        else:
            create_scriptrunner(session, initial_rerun_data)

    return create


def _queue(session: AppSession) -> _Queue:
    queue: _Queue | None = getattr(session, "_mmcl_queue", None)
    if queue is None:
        queue = session._mmcl_queue = _Queue()  # type: ignore[attr-defined]
    return queue


def _wait(session: AppSession, request: Any) -> None:
    """Let a request wait behind the others."""
    queue = _queue(session)
    queue.waiting.append(request)
    if len(queue.waiting) == 1:
        queue.until = time.monotonic() + PATIENCE
        session._event_loop.call_later(SOON, _look, session)


def _look(session: AppSession) -> None:
    """Let the requests go ahead if the runner has been heard."""
    queue = _queue(session)
    if session._state == AppSessionState.SHUTDOWN_REQUESTED:
        queue.waiting.clear()
    elif session._scriptrunner is not None and time.monotonic() < queue.until:
        session._event_loop.call_later(SOON, _look, session)
    else:
        (first, *others), queue.waiting = queue.waiting, []
        session._scriptrunner = None
        session._create_scriptrunner(first)
        runner = session._scriptrunner
        for request in others:
            if queue.waiting or not runner.request_rerun(request):  # it has ended already
                _wait(session, request)

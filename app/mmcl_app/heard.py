"""A run is heard to its end before a part of the page is asked for anew.

Each run of a page is a thread; what it says waits in a queue of the server until the server gets
to it. If a part of the page is asked for when the thread has ended but has not been heard,
Streamlit (1.67) starts a new runner and drops all that the old one still had to say; a comment in
``AppSession.request_rerun`` says so. On a busy server that can be the page a student has just asked
for: Train asks for its curves every 0.4 seconds.

Here such a request waits, a few milliseconds, until the runner before it has been heard. Requests
behind it wait too, so that an older one never undoes a newer one.
"""

from __future__ import annotations

import functools
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from streamlit.runtime.app_session import AppSession, AppSessionState

SOON = 0.005  # seconds between two looks
PATIENCE = 5.0  # seconds until a request goes ahead all the same

Request = Callable[[], None]


@dataclass
class _Queue:
    """Requests of one session that wait for its runner to be heard, and until when they do."""

    waiting: deque[Request] = field(default_factory=deque)
    until: float = 0.0


@functools.lru_cache(maxsize=1)
def hear_out() -> None:
    """Let all sessions of this server hear a run to its end; call it early, once is enough."""
    AppSession.request_rerun = _request(AppSession.request_rerun)  # type: ignore[method-assign]
    AppSession._create_scriptrunner = _create(  # type: ignore[method-assign]
        AppSession._create_scriptrunner
    )


def _queue(session: AppSession) -> _Queue:
    queue: _Queue | None = getattr(session, "_mmcl_queue", None)
    if queue is None:
        queue = session._mmcl_queue = _Queue()  # type: ignore[attr-defined]
    return queue


def _wait(session: AppSession, request: Request) -> None:
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
        session._scriptrunner = None
        requests, queue.waiting = queue.waiting, deque()
        for request in requests:  # one may have to wait again: so must those behind it
            if queue.waiting:
                _wait(session, request)
            else:
                request()


def _request(request_rerun: Callable[..., None]) -> Callable[..., None]:
    """Put a request behind those that wait."""

    @functools.wraps(request_rerun)
    def request(session: AppSession, client_state: Any) -> None:
        if _queue(session).waiting:
            _wait(session, lambda: request_rerun(session, client_state))
        else:
            request_rerun(session, client_state)

    return request


def _create(create_scriptrunner: Callable[..., None]) -> Callable[..., None]:
    """Start a runner, but not in the place of one that has ended and was not heard."""

    @functools.wraps(create_scriptrunner)
    def create(session: AppSession, initial_rerun_data: Any) -> None:
        runner = session._scriptrunner
        if runner is None:
            create_scriptrunner(session, initial_rerun_data)
        elif not runner.request_rerun(initial_rerun_data):
            _wait(session, lambda: session._create_scriptrunner(initial_rerun_data))

    return create

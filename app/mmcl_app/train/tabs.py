"""Whether a browser tab is still there; the one place that asks Streamlit's runtime."""

from __future__ import annotations

from collections.abc import Callable

from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx


def this_tab() -> Callable[[], bool]:
    """Return a function, safe to call from any thread, that says whether this tab is open.

    Without a server, as in tests of a page alone, it always says yes.
    """
    context = get_script_run_ctx()
    if context is None or not runtime.exists():
        return lambda: True
    server, session = runtime.get_instance(), context.session_id
    return lambda: server.is_active_session(session)

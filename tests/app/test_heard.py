"""What a run said reaches the browser, however soon a part of the page is asked for again."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import app_session
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.script_data import ScriptData
from streamlit.runtime.scriptrunner import ScriptRunnerEvent
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.runtime.scriptrunner_utils.run_descriptor import RunDescriptor
from streamlit.testing.v1 import AppTest

from mmcl_app import heard

MAIN = Path(__file__).parents[2] / "app" / "main.py"


class Runner:
    """A runner whose thread has nothing to do: the test says what it does."""

    made: ClassVar[list[Runner]] = []

    def __init__(self, initial_rerun_data: Any, **_: Any) -> None:
        self.asked = [initial_rerun_data]
        self.ended = False
        self.on_event = self
        Runner.made.append(self)

    def connect(self, listener: Callable[..., None]) -> None:
        self.say = listener

    def start(self) -> None:
        pass

    def request_stop(self) -> None:
        self.ended = True

    def request_rerun(self, data: Any) -> bool:
        if not self.ended:
            self.asked.append(data)
        return not self.ended


def streamlits_own() -> Callable[..., None]:
    return inspect.unwrap(AppSession._create_scriptrunner)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], AppSession]]:
    """Return what makes a session of a server that hears its runs to their end."""
    Runner.made = []
    monkeypatch.setattr(app_session, "ScriptRunner", Runner)
    monkeypatch.setattr(AppSession, "register_file_watchers", lambda *_: None)
    monkeypatch.setattr(MemoryFragmentStorage, "contains", lambda *_: True)
    monkeypatch.setattr(AppSession, "_create_scriptrunner", heard._create(streamlits_own()))

    made: list[AppSession] = []

    def make() -> AppSession:
        tab = AppSession(
            ScriptData("main.py", False),
            MemoryUploadedFileManager("/upload"),
            ScriptCache(),
            message_enqueued_callback=None,
            user_info={},
        )
        made.append(tab)
        return tab

    yield make
    for tab in made:
        tab._scriptrunner = None
        tab.shutdown()
        tab._script_event_loop.close()


def ask(session: AppSession, part: str = "", query: str = "") -> None:
    session.request_rerun(ClientState(fragment_id=part, query_string=query))


def run_to_the_end(runner: Runner) -> None:
    """Let the thread say all it has to say, and end; the server has yet to hear it."""
    run = RunDescriptor.create()
    runner.say(runner, ScriptRunnerEvent.SCRIPT_STARTED, page_script_hash="", run_descriptor=run)
    runner.say(runner, ScriptRunnerEvent.SCRIPT_STOPPED_WITH_SUCCESS, run_descriptor=run)
    runner.ended = True


def shut(runner: Runner) -> None:
    runner.say(runner, ScriptRunnerEvent.SHUTDOWN)


def finished(session: AppSession) -> list[int]:
    """Return how the runs ended that the browser is told of."""
    messages = session.flush_browser_queue()
    return [m.script_finished for m in messages if m.WhichOneof("type") == "script_finished"]


def asked() -> list[str]:
    return [data.query_string for runner in Runner.made for data in runner.asked]


def waited(steps: Coroutine[Any, Any, None]) -> None:
    """Run the steps; in a thread of their own, for Playwright's loop may be running in this one."""
    with ThreadPoolExecutor(1) as beside:
        beside.submit(asyncio.run, steps).result()


def test_the_whole_page_is_heard_though_a_part_is_asked_for(session: Any) -> None:
    async def steps() -> None:
        tab = session()
        ask(tab)
        run_to_the_end(Runner.made[0])
        ask(tab, "curves")
        assert len(Runner.made) == 1
        shut(Runner.made[0])
        await asyncio.sleep(4 * heard.SOON)
        assert finished(tab) == [ForwardMsg.FINISHED_SUCCESSFULLY]
        assert len(Runner.made) == 2

    waited(steps())


def test_streamlit_by_itself_still_drops_it(session: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, Streamlit has learned to wait, and `heard` is not needed any more."""
    monkeypatch.setattr(AppSession, "_create_scriptrunner", streamlits_own())

    async def steps() -> None:
        tab = session()
        ask(tab)
        run_to_the_end(Runner.made[0])
        ask(tab, "curves")
        await asyncio.sleep(4 * heard.SOON)
        assert finished(tab) == []

    waited(steps())


@pytest.mark.parametrize("last", ["curves", ""], ids=["a part", "the whole page"])
def test_one_runner_gets_all_that_waited_in_order(session: Any, last: str) -> None:
    """It is not stopped for the last one: what was clicked before would be lost."""

    async def steps() -> None:
        tab = session()
        ask(tab)
        run_to_the_end(Runner.made[0])
        for part, query in (("curves", "1"), ("card", "2"), (last, "3")):
            ask(tab, part, query)
        shut(Runner.made[0])
        await asyncio.sleep(4 * heard.SOON)
        assert asked() == ["", "1", "2", "3"]
        assert [runner.ended for runner in Runner.made] == [True, False]
        ask(tab, "curves", "4")
        assert asked()[-1] == "4"

    waited(steps())


def test_a_runner_that_ends_at_once_is_heard_too(
    session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps() -> None:
        tab = session()
        ask(tab)
        run_to_the_end(Runner.made[0])
        ask(tab, "curves", "1")
        ask(tab, "card", "2")
        monkeypatch.setattr(Runner, "start", run_to_the_end)
        shut(Runner.made[0])
        await asyncio.sleep(4 * heard.SOON)
        assert len(Runner.made) == 2
        monkeypatch.setattr(Runner, "start", lambda _: None)
        shut(Runner.made[1])
        await asyncio.sleep(4 * heard.SOON)
        assert len(finished(tab)) == 2
        assert asked() == ["", "1", "2"]

    waited(steps())


def test_a_runner_that_is_never_heard_is_waited_for_only_so_long(
    session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heard, "PATIENCE", 4 * heard.SOON)

    async def steps() -> None:
        tab = session()
        ask(tab)
        Runner.made[0].ended = True
        ask(tab, "curves", "1")
        ask(tab, "card", "2")
        await asyncio.sleep(20 * heard.SOON)
        assert asked() == ["", "1", "2"]
        assert len(Runner.made) == 2

    waited(steps())


def test_a_closed_tab_asks_for_nothing(session: Any) -> None:
    async def steps() -> None:
        tab = session()
        ask(tab)
        Runner.made[0].ended = True
        ask(tab, "curves")
        tab._state = app_session.AppSessionState.SHUTDOWN_REQUESTED
        tab._scriptrunner = None
        await asyncio.sleep(4 * heard.SOON)
        assert len(Runner.made) == 1
        ask(tab, "curves")
        assert len(Runner.made) == 1

    waited(steps())


def test_the_apps_server_hears_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AppSession, "_create_scriptrunner", streamlits_own())
    heard.hear_out.cache_clear()
    AppTest.from_file(str(MAIN), default_timeout=60).run()
    assert AppSession._create_scriptrunner is not streamlits_own()
    heard.hear_out.cache_clear()

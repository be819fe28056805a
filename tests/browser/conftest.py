"""The app in a real browser: one server, one Chromium, a fresh page for each test."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browser.places import settle
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect

ROOT = Path(__file__).parents[2]
PATIENCE = 15_000  # milliseconds; only a broken page takes this long
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start the app on a free port and return its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("server") / "log.txt"
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app" / "main.py")]
    options = ["--server.headless=true", "--server.address=127.0.0.1", f"--server.port={port}"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, *options],
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        address = f"http://127.0.0.1:{port}"
        try:
            _wait(address, process, log)
            yield address
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.1)
    pytest.fail(f"the server did not start:\n{log.read_text(errors='replace')}")


Opener = Callable[..., Page]


@pytest.fixture
def open_page(one_window: BrowserContext, server: str) -> Iterator[Opener]:
    """Return a function that opens a path of the app in a new tab; nothing of other tests is there.

    ``open_page("lab", width=390, height=844, dark=True)`` waits until the page is whole, without
    ``whole`` only until it has a heading. After the test, any console error, uncaught exception or
    request that left this machine fails it.
    """
    troubles: list[str] = []

    def hear(request_url: str) -> None:
        parts = urlsplit(request_url)
        if parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1":
            troubles.append(f"a request left this machine: {request_url}")

    def listen(message: ConsoleMessage) -> None:
        # Opened on a page's own address, Streamlit looks for its server there before the root.
        probing = "/_stcore/" in message.location.get("url", "")
        if message.type == "error" and not probing:
            troubles.append(f"console: {message.text}")

    def open_path(
        path: str = "",
        width: int = 1440,
        height: int = 900,
        dark: bool = False,
        whole: bool = True,
    ) -> Page:
        page = one_window.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.set_default_timeout(PATIENCE)
        page.on("request", lambda request: hear(request.url))
        page.on("websocket", lambda socket: hear(socket.url))
        page.on("pageerror", lambda error: troubles.append(f"uncaught: {error}"))
        page.on("console", listen)
        page.goto(f"{server}/{path}")
        page.get_by_role("heading", level=1).first.wait_for()
        if whole:
            settle(page)
        return page

    yield open_path
    one_window.clear_permissions()
    one_window.clear_cookies()
    first, *opened = one_window.pages  # the first keeps the window open
    for page in opened:
        page.close()
    first.goto(f"{server}/_stcore/health")
    first.evaluate("localStorage.clear()")
    assert not troubles, "\n".join(troubles)

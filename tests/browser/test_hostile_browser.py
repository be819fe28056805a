"""Hostile addresses and texts in a real browser: nothing runs, no other file is served."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

SCRIPT = "<img src=x onerror=window.hacked=1><script>window.hacked=1</script>"
Opener = Callable[..., Page]


def unhurt(page: Page, dialogs: list[str]) -> None:
    """See that the page is there, that nothing ran and that no error is shown."""
    expect(page.get_by_role("heading", level=1).first).to_be_visible()
    assert page.evaluate("window.hacked") is None
    assert dialogs == []
    assert page.get_by_test_id("stException").count() == 0
    assert page.locator("script", has_text="hacked").count() == 0
    assert page.locator("img[onerror], [src='x']").count() == 0


def listen(page: Page) -> list[str]:
    """Collect the words of dialogs that a script opens."""
    found: list[str] = []

    def hear(dialog: object) -> None:
        found.append(str(dialog))

    page.on("dialog", hear)
    return found


@pytest.mark.browser
@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("", ("lesson", "x")),
        ("lab", ("a", "seed", "lesson", SCRIPT)),
        ("lab", ("world", "margins", "rivals", "question")),
        ("challenge", ("margin", "rate", "present", "hide")),
        ("train", ("a", "film", "left", "user")),
        ("results", ("run", "metric")),
        ("lessons", ("lesson",)),
    ],
)
def test_a_script_in_an_address_is_text(
    open_page: Opener, path: str, words: tuple[str, ...]
) -> None:
    page = open_page(f"{path}?{urlencode(dict.fromkeys(words, SCRIPT), quote_via=quote)}")
    dialogs = listen(page)
    expect(page.get_by_test_id("stAlert").first).to_be_visible()
    unhurt(page, dialogs)


@pytest.mark.browser
def test_an_address_of_100_kilobytes(open_page: Opener) -> None:
    page = open_page("challenge")
    dialogs = listen(page)
    page.evaluate(
        """text => {
            history.pushState({}, "", `?margin=${text}`);
            dispatchEvent(new Event("popstate"));
        }""",
        "x" * 100_000,
    )
    expect(page.get_by_text("expected a number from -1 to 1")).to_be_visible()
    unhurt(page, dialogs)
    page.wait_for_url(re.compile(r"\?margin=0\.9&"))


@pytest.mark.browser
def test_a_typed_script_is_text(open_page: Opener) -> None:
    page = open_page("lab")
    dialogs = listen(page)
    page.get_by_text("Type margins and weights").first.click()
    page.get_by_label("margins", exact=True).fill(f"{SCRIPT} ![x](//a.b) [y](javascript:alert(1))")
    page.get_by_role("button", name="Use these").press("Enter")
    alert = page.get_by_test_id("stAlert").filter(has_text="Expected")
    expect(alert).to_be_visible()
    assert alert.locator("a, img").count() == 0
    unhurt(page, dialogs)


def asked(
    server: str, path: str, how: str = "GET", more: str = "", kind: str = "close"
) -> tuple[int, bytes]:
    """Ask for a path exactly as it is written: a browser would tidy it."""
    parts = urlsplit(server)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as line:
        head = f"{how} {path} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: {kind}\r\n"
        line.sendall(f"{head}{more}\r\n".encode())
        answer = b""
        while part := line.recv(65536):
            answer += part
    said, _, body = answer.partition(b"\r\n\r\n")
    return int(said.split()[1]), body


PREFIXES = (
    "",
    "/static",
    "/app/static",
    "/media",
    "/component",
    "/_stcore",
    "/_stcore/bidi-components/mmcl_stage",
)
CLIMBS = (
    "/../../../../etc/passwd",
    "/..%2f..%2f..%2f..%2fetc%2fpasswd",
    "/%2e%2e/%2e%2e/main.py",
    "/....//main.py",
    "//etc/passwd",
    "/..\\..\\main.py",
    "/%00",
    "/.streamlit/config.toml",
)


@pytest.mark.browser
@pytest.mark.parametrize("prefix", PREFIXES)
def test_no_path_leads_out_of_the_app(server: str, prefix: str) -> None:
    secret = (Path(__file__).parents[2] / "app" / "main.py").read_bytes()[:60]
    for climb in CLIMBS:
        status, body = asked(server, prefix + climb)
        assert status < 500, climb
        assert b"root:" not in body
        assert secret not in body
        assert b"gatherUsageStats" not in body
        assert b"Traceback" not in body


@pytest.mark.browser
def test_a_request_of_100_kilobytes_is_answered(server: str) -> None:
    status, body = asked(server, "/lab?a=" + "x" * 100_000)
    assert status in (200, 400, 414, 431)
    assert b"Traceback" not in body
    assert asked(server, "/_stcore/health")[0] == 200


@pytest.mark.browser
def test_another_web_page_may_not_speak_for_a_reader(server: str) -> None:
    shake = (
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://example.org\r\n"
    )
    assert asked(server, "/_stcore/stream", more=shake, kind="Upgrade")[0] == 403
    upload = "/_stcore/upload_file/session/file"
    assert asked(server, upload, "PUT", "Content-Length: 0\r\n")[0] == 403  # no XSRF token

"""`make serve`: addresses without asking the network, limits, a log without personal data."""

from __future__ import annotations

import io
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from streamlit import config

from mmcl_app.serving import addresses, logs, options, server, watch
from mmcl_app.serving.logs import discreet, keep_discreet, places

ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / "app" / ".streamlit" / "config.toml").read_text("utf-8"))


def test_addresses_are_those_that_others_can_use() -> None:
    found = ["127.0.0.1", "10.1.2.3", "0.0.0.0", "169.254.9.9", "224.0.0.1", "fe80::1", "10.1.2.3"]
    assert addresses.chosen(found) == ["10.1.2.3"]


def test_the_way_out_comes_first_and_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    for name in ("send", "sendto", "sendmsg", "sendall"):
        monkeypatch.setattr(socket.socket, name, lambda *_, name=name: sent.append(name))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: sent.append("a name was looked up"))
    monkeypatch.setattr(addresses, "_of_interfaces", lambda: ["10.0.0.7", "192.168.1.20"])
    monkeypatch.setattr(addresses, "_on_the_way_out", lambda: ["192.168.1.20"])
    assert addresses.lan_addresses() == ["192.168.1.20", "10.0.0.7"]
    monkeypatch.undo()
    addresses.lan_addresses()
    assert sent == []


def test_a_computer_without_a_network_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no way out")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert addresses._on_the_way_out() == []
    assert "No network found" in server.welcome([], 8501, "")


def test_the_terminal_says_where_students_go() -> None:
    said = server.welcome(["192.168.1.20", "10.0.0.7"], 8600, "code")
    assert "Students open   http://192.168.1.20:8600" in said
    assert "http://10.0.0.7:8600" in said
    assert said.strip().startswith("code")


def test_every_option_is_one_that_streamlit_knows() -> None:
    known = config.get_config_options()
    named = options.options("0.0.0.0", 8501)
    assert set(named) <= set(known)
    assert options.flags({"server.headless": True, "server.port": 1}) == [
        "--server.headless=true",
        "--server.port=1",
    ]


def test_errors_are_hidden_protection_is_on_and_uploads_are_small() -> None:
    named = options.options("0.0.0.0", 8501)
    assert named["client.showErrorDetails"] == "none"
    assert SETTINGS["server"]["maxUploadSize"] == 20
    assert SETTINGS["server"]["enableXsrfProtection"] is True
    assert SETTINGS["server"]["enableCORS"] is True
    assert SETTINGS["browser"]["gatherUsageStats"] is False
    unsafe = {"server.enableXsrfProtection", "server.enableCORS", "browser.gatherUsageStats"}
    assert not unsafe & set(named)


def test_a_taken_port_is_said_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit, match=f"port {port} to be free.*--port {port + 1}"):
            server.main(["--address", "127.0.0.1", "--port", str(port)])
    assert capsys.readouterr().out == ""


SECRETS = ("192.168.1.31", "fe80::1ff:fe23:4567:890a", "margin=0.9", "ann@example.org", "mine.csv")


@pytest.fixture
def heard() -> Iterator[io.StringIO]:
    """Return what a logger of a foreign package writes while the log is discreet."""
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(logging.Formatter(logs.FORMAT))
    foreign = logging.getLogger("foreign.server")
    foreign.addHandler(handler)
    undo = keep_discreet()
    yield text
    undo()
    foreign.removeHandler(handler)


def test_a_line_loses_addresses_and_what_follows_a_question_mark(heard: io.StringIO) -> None:
    line = '%s:51000 - "GET /lab?margin=0.9&a=1 HTTP/1.1" and %s'
    logging.getLogger("foreign.server").warning(line, SECRETS[0], SECRETS[1])
    said = heard.getvalue()
    assert not [secret for secret in SECRETS if secret in said]
    assert '(address):51000 - "GET /lab?… HTTP/1.1" and (address)' in said


def test_of_an_error_its_kind_and_place_are_written_and_not_its_message(heard: io.StringIO) -> None:
    try:
        raise ValueError(f"cannot read {SECRETS[4]}: user {SECRETS[3]}")
    except ValueError:
        logging.getLogger("foreign.server").exception("A page failed")
    said = heard.getvalue()
    assert not [secret for secret in SECRETS if secret in said]
    assert "A page failed" in said
    assert re.search(r"ValueError\n  .*test_serving\.py:\d+ in test_of_an_error", said)


def test_a_failing_thread_is_written_without_its_message(
    heard: io.StringIO, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise KeyError(SECRETS[3])

    logs.log().addHandler(caplog.handler)
    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    logs.log().removeHandler(caplog.handler)
    assert "KeyError" in caplog.text
    assert SECRETS[3] not in caplog.text


def test_times_and_versions_are_not_taken_for_addresses() -> None:
    for text in ("12:30:05 ready", "torch 2.13.0", "step 3 of 4: 0.5", "is it well? Yes"):
        assert discreet(text) == text


def test_an_error_without_a_trace_still_has_its_kind() -> None:
    assert places((OSError, OSError("secret"), None)) == "OSError"


def test_open_pages_are_read_from_streamlits_numbers() -> None:
    assert watch.counted("# TYPE active_sessions gauge\nactive_sessions 12\n# EOF\n") == 12
    assert watch.counted("nothing of that kind") == 0


def test_a_server_that_does_not_answer_is_said_so(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    over = threading.Event()
    logs.log().addHandler(caplog.handler)
    thread = watch.watch(f"http://127.0.0.1:{port}", over, 0.01)
    deadline = time.monotonic() + 30
    while "did not answer" not in caplog.text and time.monotonic() < deadline:
        time.sleep(0.02)
    over.set()
    thread.join(30)
    logs.log().removeHandler(caplog.handler)
    assert "did not answer" in caplog.text


def test_it_serves_is_well_writes_numbers_only_and_ends(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    written = tmp_path / "log.txt"
    command = [sys.executable, str(ROOT / "app" / "serve.py"), "--address", "127.0.0.1"]
    with written.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--port", str(port), "--every", "0.3"],
            cwd=tmp_path,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            deadline = time.monotonic() + 90
            while time.monotonic() < deadline and "open pages 0" not in written.read_text("utf-8"):
                assert process.poll() is None, written.read_text("utf-8")
                time.sleep(0.1)
            page = f"http://127.0.0.1:{port}"
            with urllib.request.urlopen(f"{page}/_stcore/health", timeout=10) as answer:
                assert answer.read() == b"ok"
            urllib.request.urlopen(f"{page}/lab?margin=0.9&name={SECRETS[3]}", timeout=10).close()
            with suppress(urllib.error.HTTPError):
                urllib.request.urlopen(f"{page}/_stcore/nothing?{SECRETS[4]}", timeout=10)
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    said = written.read_text("utf-8")
    assert re.search(r"open pages 0, trainings 0 running and 0 waiting, memory \d+ MB", said)
    assert f"Students open   http://127.0.0.1:{port}" in said
    assert not [secret for secret in SECRETS if secret in said]
    assert "Traceback" not in said


def test_the_page_on_serving_names_the_limits_as_they_are() -> None:
    page = (ROOT / "docs" / "serving.md").read_text("utf-8")
    assert f"| An uploaded table | {SETTINGS['server']['maxUploadSize']} MB |" in page
    assert f"| A message to a page | {options.OPTIONS['server.maxMessageSize']} MB |" in page
    assert f"every {options.OPTIONS['server.websocketPingInterval']} s" in page
    assert f"kept for {options.OPTIONS['server.disconnectedSessionTTL']} s" in page
    for path in re.findall(r"`((?:app|tests)/[\w./]+\.\w+)", page):
        assert (ROOT / path).is_file(), path

"""The stage in a real JupyterLab: the same files, through anywidget."""

from __future__ import annotations

import os
import re
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CELL = """from mmcl_core.stage import show
from mmcl_core.trajectories import record, toy_config
from mmcl_core.worlds import WorldConfig, make_world

world = make_world(WorldConfig(tastes=4), seed=0)
stage = show(record(world, toy_config(world.config, negatives=2, steps=60)))
stage"""
TOKEN = secrets.token_hex()
SETTINGS = {
    "--ServerApp.ip": "127.0.0.1",
    "--IdentityProvider.token": TOKEN,
    "--ServerApp.allow_root": "True",  # as in a container
    "--LabApp.news_url": "None",
    "--LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
}
MINUTE = 60_000


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start JupyterLab over a notebook of one cell and return its address."""
    folder = tmp_path_factory.mktemp("notebooks")
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(CELL)], metadata={"kernelspec": kernel}
    )
    nbformat.write(notebook, folder / "stage.ipynb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [f"{name}={value}" for name, value in SETTINGS.items()]
    log = folder / "log.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}", *options],
            cwd=folder,
            env={
                **os.environ,
                "OMP_NUM_THREADS": "1",
                "JUPYTER_CONFIG_DIR": str(folder / "config"),
            },
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(f"http://127.0.0.1:{port}", process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/api", timeout=1):
                return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text(errors='replace')}")


def run_cell(page: Page) -> None:
    """Run the first cell once the kernel is there: a key pressed before may be lost."""
    expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle", timeout=2 * MINUTE)
    cell = page.locator(".jp-CodeCell").first
    prompt = cell.locator(".jp-InputPrompt")
    for _ in range(5):
        cell.locator(".cm-content").click()
        page.keyboard.press("Shift+Enter")
        try:
            expect(prompt).to_have_text(re.compile(r"\[(\*|\d+)\]"), timeout=10_000)
        except AssertionError:
            continue
        return
    pytest.fail(f"the cell was never run: its prompt says {prompt.inner_text()}")


def test_the_stage_plays_in_a_notebook(jupyter: str, chromium: Browser) -> None:
    abroad: list[str] = []
    page = chromium.new_page(viewport={"width": 1440, "height": 1000})
    page.set_default_timeout(2 * MINUTE)
    page.on("pageerror", lambda error: abroad.append(f"uncaught: {error}"))
    page.on(
        "request",
        lambda request: (
            None
            if urlsplit(request.url).hostname in ("127.0.0.1", None)
            else abroad.append(request.url)
        ),
    )
    page.goto(f"{jupyter}/lab/tree/stage.ipynb?token={TOKEN}")
    run_cell(page)
    stage = page.locator(".stage")
    expect(stage.locator("canvas").first).to_be_visible(timeout=2 * MINUTE)
    expect(stage.locator("output")).to_have_text("Step 0 of 60")
    stage.get_by_title("Play").click()
    page.wait_for_function("document.querySelector('.stage').stage.time > 3")
    stage.get_by_label("User").fill("7")
    # The kernel hears of the pick and sends what the steps draw.
    expect(stage.locator(".words").first).to_contain_text("negatives active", timeout=MINUTE)
    expect(stage.locator("output")).to_have_text("Step 60 of 60", timeout=MINUTE)
    assert abroad == []
    page.close()

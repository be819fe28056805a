"""Take it home in a real browser: files saved from a page, the figure opened without a network."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

SCENES = {"lab?steps=50": 1, "challenge?margin=0.6&weight=1.5&rate=0.4": 1, "results": 2}


def taken(page: Page, ending: str, folder: Path) -> Path:
    with page.expect_download() as download:
        page.get_by_role("button", name=f"(.{ending})").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


@pytest.mark.parametrize("address", SCENES)
def test_the_figure_opens_offline_and_saves_its_picture(
    open_page: Callable[..., Page], chromium: Browser, tmp_path: Path, address: str
) -> None:
    page = open_page(address)
    if address.startswith("challenge"):
        page.get_by_role("button", name="Play five worlds").click()
    if address == "results":  # whose figures move what stands below them
        expect(page.locator(".js-plotly-plot")).to_have_count(2)
    page.get_by_role("button", name="Take it home").click()
    assert taken(page, "py", tmp_path).read_text(encoding="utf-8").startswith('"""')
    assert taken(page, "csv", tmp_path).read_text(encoding="utf-8").count("\n") > 5
    figure = taken(page, "html", tmp_path)

    alone = chromium.new_context(offline=True, viewport={"width": 390, "height": 844})
    shown = alone.new_page()
    troubles: list[str] = []
    shown.on("pageerror", lambda error: troubles.append(str(error)))
    shown.on("console", lambda message: troubles.append(message.text))
    shown.goto(figure.as_uri())
    expect(shown.get_by_role("heading", level=1)).to_be_visible()
    expect(shown.locator(".js-plotly-plot")).to_have_count(SCENES[address])
    assert shown.evaluate("document.documentElement.scrollWidth") <= 390
    for i in range(SCENES[address]):
        with shown.expect_download() as download:
            shown.locator(".modebar-btn").nth(i).click()
        picture = tmp_path / f"{i}.png"
        download.value.save_as(picture)
        assert download.value.suggested_filename == figure.with_suffix(".png").name
        width, height = struct.unpack(">II", picture.read_bytes()[16:24])
        assert width >= 600
        assert height >= 600
    assert troubles == []
    alone.close()

"""The penalty designer alone in a window."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parents[2] / "app")]
from designer_page import tell  # noqa: E402


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """Show the designer on a bare page; any console error fails the test."""
    from mmcl_core.stage.source import HERE, script

    markup, style = ((HERE / f"designer.{end}").read_text("utf-8") for end in ("html", "css"))
    context = chromium.new_context(viewport={"width": 500, "height": 800}, has_touch=True)
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text))
    page.set_content(
        f"<style>{style}</style><main>{markup}</main><script type='module'>"
        f"{script('math', 'designer')}\nwindow.sent = [];"
        "window.tell = mountDesigner(document.querySelector('main'), news => sent.push(news));"
        "</script>"
    )
    page.wait_for_function("() => Boolean(window.tell)")
    tell(page)
    yield page
    context.close()
    assert troubles == []

"""The link of what is on the screen: short, as students can reach it, and as a QR code."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import segno
from streamlit.testing.v1 import AppTest

from mmcl_app.home import addresses
from mmcl_app.share import panel
from mmcl_app.share.qr import in_terminal, svg
from mmcl_app.toy.settings import FIELDS
from mmcl_app.url import encode, parse

APP = Path(__file__).parents[2] / "app"


def open_app(page: str, **query: str) -> AppTest:
    app = AppTest.from_file(APP / "main.py", default_timeout=120).run()
    app.switch_page(f"views/{page}.py")
    app.query_params = dict(query)
    app.run()
    assert not app.exception
    return app


def shared(app: AppTest) -> str:
    """Press QR and return the link that is shown."""
    app.button(key="share").click().run()
    assert not app.exception
    return app.code[0].value


def test_the_link_says_what_is_not_as_usual_and_nothing_else() -> None:
    app = open_app("challenge", margin="0.6", weight="2", rate="1")
    assert shared(app).endswith("/challenge?margin=0.6")


def test_a_page_as_it_opens_has_a_bare_link() -> None:
    assert shared(open_app("challenge")).endswith("/challenge")
    assert shared(open_app("lessons")).endswith("/lessons")


def test_the_link_follows_what_is_changed() -> None:
    app = open_app("challenge")
    app.number_input[0].set_value(0.35).run()
    assert shared(app).endswith("/challenge?margin=0.35")


def test_the_short_words_bring_back_all_that_the_lab_holds() -> None:
    asked = {"steps": "50", "tastes": "4", "seed": "3", "a": "0.5~1~2", "b": "off", "c": "off"}
    link = shared(open_app("lab", **asked))
    words = dict(part.split("=") for part in link.partition("?")[2].split("&"))
    whole = encode(FIELDS, parse(FIELDS, asked)[0])
    assert encode(FIELDS, parse(FIELDS, words)[0]) == {**whole, "lane": "a"}
    assert len(words) < len(whole)


def test_the_link_takes_what_is_chosen_beside_it() -> None:
    app = open_app("challenge", margin="0.6")
    app.button(key="share").click().run()
    app.toggle(key="share.present").set_value(True)
    app.multiselect(key="share.hide").set_value(["words"])
    app.multiselect(key="share.lock").set_value(["more", "margins"])
    app.button(key="share").click().run()
    end = "?margin=0.6&present=1&hide=words&lock=margins.more"
    assert app.code[0].value.endswith(end)


def test_who_got_a_locked_page_hands_on_a_locked_page() -> None:
    app = open_app("challenge", lock="margins", present="1")
    assert shared(app).endswith("/challenge?lock=margins")
    assert len(app.multiselect) == 0


def test_links_can_be_hidden() -> None:
    assert "share" not in [button.key for button in open_app("start", hide="link").button]


@pytest.mark.parametrize(
    ("seen", "listens", "expected"),
    [
        ("http://localhost:8501", "localhost", ["http://localhost:8501"]),
        ("http://localhost:8501", "0.0.0.0", ["http://192.168.1.20:8501", "http://10.0.0.7:8501"]),
        ("http://192.168.1.20:8501", "0.0.0.0", ["http://192.168.1.20:8501"]),
        ("https://lab.example.org", "127.0.0.1", ["https://lab.example.org"]),
    ],
)
def test_students_get_an_address_that_they_can_reach(
    monkeypatch: pytest.MonkeyPatch, seen: str, listens: str, expected: list[str]
) -> None:
    monkeypatch.setattr(panel, "origin", lambda: seen)
    monkeypatch.setattr(panel.st, "get_option", lambda name: listens)
    found = ["192.168.1.20", "10.0.0.7"]
    monkeypatch.setattr("mmcl_app.serving.addresses.lan_addresses", lambda: found)
    assert panel._bases() == expected


def test_an_address_with_another_base() -> None:
    assert addresses.address("lab", {"a": "0.5~1"}, "http://h:1") == "http://h:1/lab?a=0.5~1"


LINK = "http://192.168.1.20:8501/lab?a=0.9~1~4~1&b=off&c=off&tastes=6"


def test_the_picture_is_the_code_of_the_link() -> None:
    drawn = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", svg(LINK))}
    rows = list(segno.make(LINK, error="l", boost_error=False, micro=False).matrix_iter(border=4))
    wanted = {(x, y) for y, row in enumerate(rows) for x, module in enumerate(row) if module}
    assert drawn == wanted
    assert min(min(place) for place in drawn) == 4, "four light modules around it"
    other = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", svg(LINK + "7"))}
    assert drawn != other


def test_the_terminal_shows_the_same_code() -> None:
    rows = []
    for line in in_terminal(LINK).splitlines():
        rows.append(["0" if mark in "█▀" else "1" for mark in line])
        rows.append(["0" if mark in "█▄" else "1" for mark in line])
    wanted = segno.make(LINK, error="l", micro=False).matrix_iter(border=2)
    for row, expected in zip(rows, wanted, strict=False):
        assert row == [str(int(bool(module))) for module in expected]


def test_the_library_is_only_loaded_when_a_code_is_asked_for() -> None:
    code = f"""
import sys
sys.path.insert(0, {str(APP)!r})
from streamlit import config
from streamlit.testing.v1 import AppTest
config.set_option("server.address", "localhost")
app = AppTest.from_file({str(APP / "main.py")!r}, default_timeout=60).run()
assert not app.exception
assert not {{"segno", "torch", "psutil"}} & set(sys.modules), "loaded too early"
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)

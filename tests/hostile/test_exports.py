"""What is taken home: titles, names and fields are text in scripts, notebooks, tables and pages."""

from __future__ import annotations

import ast
import csv
import html.parser
import io
import json
import math
import re
from pathlib import Path

import plotly.graph_objects as go
import pytest
from hostile.nasty import ALL, MARKUP, nasty, tried
from hypothesis import strategies as st
from playwright.sync_api import Browser

from mmcl_app.home import files
from mmcl_app.home.code import plain
from mmcl_app.home.files import Picture, Scene
from mmcl_app.train.own import first_rows
from mmcl_core.data import read_sheet

FORMULA = re.compile(
    r"(^|[;\t\r\n])[=@\t\r\uff1d\uff0b\uff0d\uff20]|(^|[;\t\r\n])[+-](?!\d|\.\d|inf)"
)


def scene(title: str, address: str, rows: list[dict[str, object]]) -> Scene:
    figure = go.Figure(go.Scatter(x=[0], y=[1], name=title))
    return Scene(title, address, "print(1)\n\n\nprint(2)\n", rows, [Picture(figure, title)])


def taken(title: str, address: str) -> None:
    one = scene(title, address, [])
    body = ast.parse(files.script(one)).body
    assert [type(node) for node in body] == [ast.Expr] * 3
    assert isinstance(body[0].value, ast.Constant)
    files.script(one).encode()
    book = json.loads(files.notebook(one).encode())
    assert ["".join(c["source"]).strip() for c in book["cells"][1:]] == ["print(1)", "print(2)"]
    assert "<" not in "".join(book["cells"][0]["source"])


@tried(500, nasty, nasty)
def test_titles_in_scripts_and_notebooks(title: str, address: str) -> None:
    taken(title, address)


@pytest.mark.parametrize("text", [*ALL, "\ud800", "x" * 100_000])
def test_hand_made_titles(text: str) -> None:
    taken(text, text)


class Tags(html.parser.HTMLParser):
    """Collects what a browser would take for tags and handlers."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.handlers: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]


@pytest.mark.parametrize("text", [text for text in ALL if "\0" not in text])
def test_a_page_has_no_tag_of_a_title(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import plotly.io

    whole = plotly.io.to_html
    monkeypatch.setattr(
        plotly.io, "to_html", lambda *a, **k: whole(*a, **{**k, "include_plotlyjs": False})
    )
    found, usual = Tags(), Tags()
    found.feed(files.page(scene(text, "", []), "scene", "#fff", "#000"))
    usual.feed(files.page(scene("t", "", []), "scene", "#fff", "#000"))
    assert found.seen == usual.seen
    assert found.handlers == []


@pytest.mark.parametrize("text", MARKUP)
def test_an_uploaded_table_is_shown_as_text(text: str) -> None:
    quoted = text.replace('"', '""')
    content = f'user,"{quoted}",rating\n' + f'"{quoted}",b,1\n' * 3
    shown, usual = Tags(), Tags()
    shown.feed(first_rows(read_sheet(content.encode())))
    usual.feed(first_rows(read_sheet(b"user,item,rating\n" + b"a,b,1\n" * 3)))
    assert shown.seen == usual.seen
    assert shown.handlers == []


FIELD = st.one_of(nasty, st.floats(), st.integers(), st.none())


@tried(500, st.lists(st.dictionaries(nasty, FIELD, max_size=4), max_size=4))
def test_no_field_of_a_table_is_a_formula(rows: list[dict[str, object]]) -> None:
    text = files.table(scene("t", "", rows))
    text.encode()
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert len(read) <= 1 + len(rows)
    for row in read:
        for field in row:
            assert not FORMULA.search(field), field


@tried(300, st.one_of(nasty, st.floats(), st.lists(nasty), st.dictionaries(nasty, st.integers())))
def test_settings_written_as_python_are_only_values(value: object) -> None:
    tree = ast.parse(plain(value), mode="eval")
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    if isinstance(value, float) and not math.isfinite(value):
        assert plain(value) in ('float("nan")', 'float("inf")', 'float("-inf")')
    else:
        assert not calls
        assert ast.literal_eval(plain(value)) == value


@pytest.mark.browser
def test_a_page_taken_home_runs_no_title(chromium: Browser, tmp_path: Path) -> None:
    title = f"</title></script>{MARKUP[1]}{MARKUP[0]}"
    figure = go.Figure(
        go.Scatter(x=[0, 1], y=[1, 2], name=title), {"title": {"text": title}, "showlegend": True}
    )
    picture = Picture(figure, f"' onload='window.hacked=1' {title}")
    path = tmp_path / "figure.html"
    taken = files.page(Scene(title, "", "", [], [picture]), "scene", "#fff", "#000")
    path.write_text(taken, "utf-8")
    window = chromium.new_page()
    window.goto(path.as_uri())
    window.locator(".main-svg").first.wait_for()
    assert window.evaluate("window.hacked") is None
    assert window.locator("[onerror], [onload]").count() == 0
    window.close()

"""The notebooks' links open the scene they promise: the pages understand every word of them."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import nbformat
import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\]\((http://localhost:8501/[^)]*)\)")
COMPLAINT = "could not be used"


def links() -> list[str]:
    found = []
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            found += LINK.findall(cell.source) if cell.cell_type == "markdown" else []
    return list(dict.fromkeys(found))


def open_link(link: str) -> AppTest:
    parts = urlsplit(link)
    app = AppTest.from_file(ROOT / "app" / "views" / f"{parts.path[1:]}.py", default_timeout=120)
    app.query_params = dict(parse_qsl(parts.query, strict_parsing=True))
    app.run()
    assert not app.exception
    return app


def complaints(app: AppTest) -> list[str]:
    return [note.value for note in app.info if COMPLAINT in note.value]


def test_there_are_links_to_both_pages() -> None:
    assert {urlsplit(link).path for link in links()} == {"/lab", "/train"}


@pytest.mark.parametrize("link", links())
def test_the_page_understands_the_link(link: str) -> None:
    app = open_link(link)
    assert complaints(app) == []
    asked = dict(parse_qsl(urlsplit(link).query))
    assert {name: app.query_params.get(name) for name in asked} == asked


@pytest.mark.parametrize("page", ["lab", "train"])
def test_a_link_that_it_does_not_understand_would_be_noticed(page: str) -> None:
    assert complaints(open_link(f"http://localhost:8501/{page}?nonsense=1"))

"""The index of the course says what the notebooks themselves say."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
INDEX = (FOLDER / "README.md").read_text("utf-8")
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LINKED = re.compile(r"\]\((\d\d_\w+\.ipynb)\)")


def rows(columns: int) -> list[list[str]]:
    """Return the cells of the rows of the table with this many columns, without its head."""
    lines = [line.strip("|").split(" | ") for line in INDEX.splitlines() if line.startswith("|")]
    found = [[cell.strip() for cell in line] for line in lines if len(line) == columns]
    return [row for row in found if LINKED.search(" ".join(row))]


def cells(path: Path) -> list[str]:
    notebook = nbformat.read(path, as_version=4)
    return [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]


def test_there_is_a_row_for_every_notebook() -> None:
    numbers = [int(row[0]) for row in rows(5)]
    assert numbers == list(range(1, 9))
    files = [LINKED.findall(row[1]) for row in rows(5)]
    assert [name[:2] for (name,) in files] == [f"{number:02}" for number in numbers]
    assert {path.name for path in NOTEBOOKS} <= {name for (name,) in files}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_title_minutes_and_needs_are_those_of_the_notebook(path: Path) -> None:
    number, link, can, minutes, needs = rows(5)[int(path.stem[:2]) - 1]
    first = cells(path)[0]
    assert first.startswith(f"# {number} · {link[1:].split(']')[0]}\n")
    assert f"**Time:** about {minutes} minutes" in first
    needed = first.split("**You need:**")[1].split("\n\n")[0]
    assert set(LINKED.findall(needs)) == set(LINKED.findall(needed))
    assert can


def test_every_misconception_is_met_where_the_index_says() -> None:
    listed = {(row[0], name) for row in rows(2) for name in LINKED.findall(row[1])}
    met = {
        (quoted, path.name)
        for path in NOTEBOOKS
        for cell in cells(path)
        for quoted in re.findall(r'^#{2,3} (?:\d+ · )?("[^"]{9,}"):', cell, re.M)
    }
    written = {path.name for path in NOTEBOOKS}
    assert {pair for pair in listed if pair[1] in written} == met
    assert len({quoted for quoted, _ in listed}) >= 8


def test_make_lab_opens_the_first_and_shows_pages_as_pages() -> None:
    makefile = (FOLDER.parent / "Makefile").read_text("utf-8")
    assert re.search(r"^FIRST := (.+)$", makefile, re.M)[1] == rows(5)[0][1].split("](")[1][:-1]
    assert (
        "--LabApp.default_url=/lab/tree/$(FIRST) --LabApp.app_settings_dir=notebooks/.lab"
        in makefile
    )
    (viewers,) = json.loads((FOLDER / ".lab" / "overrides.json").read_text("utf-8")).values()
    assert viewers == {"defaultViewers": {"markdown": "Markdown Preview"}}

"""Links lead somewhere: to files and headings, into the app, to sources that the core names."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import nbformat
import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
COURSE = ROOT / "notebooks"
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted(COURSE.glob("*.md")),
    *sorted(COURSE.glob("*.ipynb")),
]
HOME = "http://localhost:8501"
CODE = re.compile(r"^( *)```.*?^\1```|`[^`\n]+`", re.M | re.S)
LINK = re.compile(r"\]\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?: \"[^\"]*\")?\)")
ARXIV = re.compile(r"arxiv(?:\.org/\w+/|:? ?)(\d{4}\.\d{5})", re.I)
VIEWS = ("start", "lab", "challenge", "train", "results", "lessons")


def text(path: Path) -> str:
    """Return the Markdown of a page."""
    if path.suffix != ".ipynb":
        return path.read_text("utf-8")
    cells = nbformat.read(path, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def links(markdown: str) -> list[str]:
    return LINK.findall(CODE.sub("", markdown))


def anchors(path: Path) -> tuple[set[str], set[str]]:
    """Return the anchors that GitHub and JupyterLab give to the headings of a page."""
    plain = CODE.sub(lambda hit: "" if "```" in hit[0] else hit[0].strip("`"), text(path))
    found = re.findall(r"^#+ +(.+?) *$", plain, re.M)
    headings = [re.sub(r"[*_]{1,2}(\S.*?\S|\S)[*_]{1,2}", r"\1", heading) for heading in found]
    github = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return github, {heading.replace(" ", "-") for heading in headings}


def trouble(link: str, source: Path) -> str:
    """Say what is wrong with a link to a file; "" if nothing is."""
    parts = urlsplit(link)
    target = (source.parent / unquote(parts.path)).resolve() if parts.path else source
    inside = source.parent if source.parent == COURSE else ROOT
    if not target.is_relative_to(inside):
        return f"{link} leaves {inside.name}/, which is all that its reader can open"
    if not target.exists():
        return f"{link}: no such file"
    if parts.fragment and target.suffix in (".md", ".ipynb"):
        github, jupyter = anchors(target)
        known = github & jupyter if source.parent == COURSE else github
        if unquote(parts.fragment) not in known:
            return f"{link}: no such heading"
    return ""


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_to_files_and_headings_resolve(path: Path) -> None:
    inward = [link for link in links(text(path)) if not urlsplit(link).scheme]
    assert [found for found in (trouble(link, path) for link in inward) if found] == []


@pytest.mark.parametrize(
    ("link", "source", "wrong"),
    [
        ("glossary.md#push-budget", COURSE / "README.md", ""),
        ("#how-to-work", COURSE / "README.md", "no such heading"),  # JupyterLab keeps capitals
        ("notebooks/README.md#how-to-work", ROOT / "README.md", ""),
        ("notebooks/README.md#how-to-play", ROOT / "README.md", "no such heading"),
        ("10_more.ipynb", COURSE / "README.md", "no such file"),
        ("../README.md", COURSE / "README.md", "leaves notebooks/"),
    ],
)
def test_a_link_that_leads_nowhere_would_be_noticed(link: str, source: Path, wrong: str) -> None:
    found = trouble(link, source)
    assert wrong in found
    assert bool(wrong) == bool(found)


def test_links_are_found_in_text_and_not_in_code() -> None:
    markdown = "A [b](c.md) and ![d](e.png 'no') `[f](g)`\n\n```\n[h](i)\n```\n[j](k_(l).md)\n"
    assert links(markdown) == ["c.md", "k_(l).md"]


def app_links() -> list[str]:
    found = [link for path in PAGES for link in links(text(path)) if link.startswith(HOME)]
    return sorted(set(found))


def open_state(page: str) -> None:
    """Do what a page of the app does with its address, and nothing else."""
    from importlib import import_module

    from mmcl_app.lessons.walk import current
    from mmcl_app.worlds import world

    current()  # takes the word of a lesson
    if page in ("start", "lessons"):
        return
    page = "toy" if page == "lab" and world() == "toy" else page
    settings = import_module(f"mmcl_app.{page}.settings")
    state = settings.page_state() if page == "train" else settings.STATE
    state.open()
    state.save()


def complaints(link: str) -> list[str]:
    """Return what a page says to a link: notes, and words that it has changed or has no use for."""
    parts = urlsplit(link)
    page = parts.path.strip("/") or "start"
    if page not in VIEWS:
        return [f"there is no page {page}"]
    if page == "results":  # its settings stand in the page itself
        app = AppTest.from_file(ROOT / "app" / "views" / "results.py", default_timeout=120)
    else:
        app = AppTest.from_function(open_state, default_timeout=120, args=(page,))
    query = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    app.query_params = query.copy()
    app.run()
    assert not app.exception
    known = {"lesson"} if page in ("start", "lessons") else query
    changed = {word for word in query if app.query_params.get(word) != query[word]}
    odd = sorted(changed | (set(query) - set(known)))
    return [note.value for note in app.info] + [f"{word}={query[word]}" for word in odd]


@pytest.mark.parametrize("link", app_links())
def test_the_app_understands_the_link(link: str) -> None:
    assert complaints(link) == []


@pytest.mark.parametrize(
    "place",
    [
        "lab?margins=0.2_0.4&band_weights=1",
        "lab?a=0.9~1&seed=-3",
        "lab?world=films&nonsense=1",
        "lab?lesson=nowhere.2",
        "train?a=cll~0.9",
        "challenge?margin=2",
        "results?metric=mrr",
        "lessons?seed=1",
        "sphere",
    ],
)
def test_a_link_that_the_app_does_not_understand_would_be_noticed(place: str) -> None:
    assert complaints(f"{HOME}/{place}")


@pytest.mark.parametrize("place", ["", "lessons", "lab?lesson=knot.2", "challenge?margin=0.5"])
def test_a_link_that_the_app_understands_passes(place: str) -> None:
    assert complaints(f"{HOME}/{place}") == []


def test_papers_are_those_that_the_core_names() -> None:
    sources = "".join(
        path.read_text("utf-8") for path in sorted((ROOT / "mmcl_core").rglob("*.py"))
    )
    named = set(ARXIV.findall(sources))
    assert {"2405.04614", "2109.12613", "2005.10242"} <= named
    for path in PAGES:
        assert set(ARXIV.findall(text(path))) <= named, path.name
        addresses = [link for link in links(text(path)) if "arxiv.org" in link]
        assert all(re.fullmatch(r"https://arxiv\.org/abs/[\d.]+", link) for link in addresses)

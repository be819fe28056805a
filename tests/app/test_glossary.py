"""One glossary: the course's page is what the app shows, and its words are used in both."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from streamlit.testing.v1 import AppTest

from mmcl_app.glossary import PAGE, Word, read

ROOT = Path(__file__).parents[2]
GROUPS = read(PAGE.read_text("utf-8"))
WORDS = [word for words in GROUPS.values() for word in words]

# What a reader of the app meets on its pages.
IN_THE_APP = {
    *("active share", "band", "band weight", "closeness", "cosine", "epoch", "lane", "leverage"),
    *("margin", "ndcg", "negative", "negative weight", "positive", "push budget", "recall"),
    *("slope", "spread"),
}


def test_every_heading_is_a_word_with_a_meaning() -> None:
    headings = re.findall(r"^#+ (.+)$", PAGE.read_text("utf-8"), re.M)
    assert headings == ["Glossary", *(word.name for word in WORDS)], "in the order of the groups"
    for word in WORDS:
        assert word.name == word.name.lower()
        assert re.fullmatch(r"[a-z -]+", word.name), "so that every viewer makes the same anchor"
        assert 1 <= len(re.findall(r"[.?!](?= |$)", word.meaning)) <= 3, word
        assert len(word.meaning) < 240, word
        assert word.meaning.endswith("."), word


def test_links_of_the_groups_lead_to_the_words() -> None:
    for name, anchor in re.findall(r"\[(.+?)\]\(#(.+?)\)", PAGE.read_text("utf-8")):
        assert anchor == name.replace(" ", "-")


def test_a_word_has_its_formal_name_beside_it() -> None:
    text = "- **One:** [a b](#a-b), [c](#c)\n\n## a b\nIt is\nso.\n\n*Formally:* $x$\n\n## c\nNo.\n"
    assert read(text) == {"One": [Word("a b", "It is so.", "$x$"), Word("c", "No.")]}
    assert [word.markdown() for word in read(text)["One"]] == [
        "**a b** ($x$): It is so.",
        "**c**: No.",
    ]
    formal = {word.name: word.formally for word in WORDS}
    assert formal["closeness"].startswith("alignment")
    assert formal["spread"].startswith("uniformity")
    assert formal["negative weight"] == "$w_n$"


@pytest.mark.parametrize(
    "text",
    ["- **One:** [a](#a)\n\n## a\nA.\n\n## b\nB.\n", "- **One:** [a](#a), [b](#b)\n\n## a\nA.\n"],
)
def test_a_word_without_a_group_or_a_heading_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"got \['b'\]\. Each needs a heading"):
        read(text)


@pytest.mark.parametrize("page", ["main.py", "views/results.py"])
def test_the_app_shows_every_word(page: str) -> None:
    app = AppTest.from_file(ROOT / "app" / page, default_timeout=60).run()
    assert not app.exception
    assert [tab.label for tab in app.tabs] == list(GROUPS)
    for tab, words in zip(app.tabs, GROUPS.values(), strict=True):
        shown = "\n".join(element.value for element in tab.markdown)
        assert all(word.markdown() in shown for word in words)


def test_the_words_are_those_of_the_course_and_the_app() -> None:
    names = {word.name for word in WORDS}
    assert names >= IN_THE_APP
    course = " ".join(
        cell.source
        for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
        for cell in nbformat.read(path, as_version=4).cells
    )
    app = " ".join(path.read_text("utf-8") for path in sorted((ROOT / "app").rglob("*.py")))
    for text, wanted in ((course, names - {"lane"}), (app, IN_THE_APP)):
        plain = " ".join(text.lower().replace("*", "").split())
        assert {name for name in wanted if name not in plain} == set()

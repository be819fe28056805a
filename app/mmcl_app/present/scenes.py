"""The scenes of the teacher's guide, read from the page itself: docs/teaching.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

PAGE = Path(__file__).parents[3] / "docs" / "teaching.md"

_ROW = re.compile(r"^\| (\d+) \|(.+)\|$", re.M)
_OPENED = re.compile(r"\[(.+)\]\[([a-z]+)\]")
_LINK = re.compile(r"^\[([a-z]+)\]: (\S+)$", re.M)
_ANSWER = re.compile(r"\s+(?=[a-z]\) )")
_REFERENCE = re.compile(r"\[([^\]]+)\]\[[a-z]+\]")


@dataclass(frozen=True)
class Scene:
    """A scene: what a class is asked, what it will see, and the claims that were tested.

    `link` names the address of the guide; `page` and `words` are its parts.
    """

    number: int
    title: str
    link: str
    ask: str
    answer: str
    claims: tuple[str, ...]
    page: str
    words: dict[str, str]

    def question(self) -> tuple[str, list[str]]:
        """Return the question, and the answers to choose from, each with its letter.

        A question that follows the answers belongs to the last of them.
        """
        asked, *answers = _ANSWER.split(self.ask.removeprefix("*For questions:* "))
        return asked.strip(), [answer.strip().rstrip(";.") for answer in answers]


def read(text: str) -> list[Scene]:
    """Read the table of scenes of the guide.

    Raises
    ------
    ValueError
        If a row is not number, link, question, answer and claims, or its link has no address.
    """
    links = dict(_LINK.findall(text))
    found = []
    for number, cells in _ROW.findall(_section(text)):
        parts = [cell.strip() for cell in cells.split("|")]
        opened = _OPENED.fullmatch(parts[0])
        if len(parts) != 4 or opened is None or opened[2] not in links:
            raise ValueError(
                f"Expected scene {number} of {PAGE.name} as number, [title][link], question, "
                f"answer and claims, with an address for the link at the end of the page, got "
                f"{cells[:60]!r}."
            )
        ask, answer, claims = parts[1:]
        address = urlsplit(links[opened[2]])
        words = dict(parse_qsl(address.query, keep_blank_values=True))
        said = _REFERENCE.sub(r"\1", answer)
        page = address.path.strip("/")
        claimed = tuple(claims.split())
        found.append(Scene(int(number), opened[1], opened[2], ask, said, claimed, page, words))
    return found


def _section(text: str) -> str:
    """Return the part of the page below the heading of the scenes."""
    _, _, below = text.partition("## The scenes\n")
    return below.partition("\n## ")[0]


def scenes() -> list[Scene]:
    """Return the scenes; read again when the page changes, none if there is no page."""
    if not PAGE.is_file():
        return []
    return _read(PAGE.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _read(stamp: int) -> list[Scene]:
    return read(PAGE.read_text("utf-8"))


def question(link: str) -> tuple[str, list[str]] | None:
    """Return the question of a scene and its answers; None if there is no such scene."""
    return next((one.question() for one in scenes() if one.link == link), None)

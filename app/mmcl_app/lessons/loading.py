"""Lesson files: read, checked, and answered by name when something in them is wrong.

A lesson is a TOML file; its name is the lesson's name in addresses.

    title = "One knot"
    minutes = 8
    summary = "One sentence for the list of lessons."

    [[steps]]
    title = "Far to the left"
    text = "What the card says, as Markdown."
    page = "lab"                  # "start", "lab", "challenge" or "train"
    story = "torn"                # the Lab's story that the step opens, or instead of it
    address = "a=0.9~1&b=off"     # what follows the "?" in the address of a prepared page
    todo = "Play to the end."     # what to do now
    done = { step = 900 }         # and how the page knows: one of `CONDITIONS`
    ask = "What happens to likes?"             # predict: the scene opens after the choice
    choices = ["They meet.", "They part."]
    answer = 2                                 # the number of the right choice
    reveal = "They part."                      # shown once the step is done
    claims = ["torn.0"]           # shown with the answer: tested claims of the stories, from 0
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

FOLDER = Path(__file__).parents[2] / "lessons"
PAGES = ("start", "lab", "challenge", "train")
CONDITIONS = {
    "picked": bool,  # a user is picked on the Lab's stage
    "step": int,  # the Lab's stage has come to this step
    "changed": list,  # one of these words of the address is another than in the step's scene
    "story": str,  # the Lab shows this story
    "scored": bool,  # the challenge was scored in this session
    "won": bool,  # and won
}
_NAME = re.compile(r"[a-z][a-z0-9-]*")
_HEAD = {"title": str, "minutes": int, "summary": str, "steps": list}
_STEP = {
    **dict.fromkeys(("title", "text", "page", "story", "address", "todo", "ask", "reveal"), str),
    "done": dict,
    "choices": list,
    "answer": int,
    "claims": list,
}
_KINDS = {
    str: "text in quotes",
    int: "a whole number",
    bool: "true",
    list: "a list in brackets",
    dict: "a table in braces",
}


class LessonError(ValueError):
    """A lesson file that cannot be used: says where, what was expected, what came."""


@dataclass(frozen=True)
class Step:
    """One card of a lesson; see the top of this file."""

    title: str
    text: str
    page: str
    story: str = ""
    address: str = ""
    todo: str = ""
    done: tuple[str, Any] | None = None
    ask: str = ""
    choices: tuple[str, ...] = ()
    answer: int = 0
    reveal: str = ""
    claims: tuple[str, ...] = ()

    @property
    def scene(self) -> bool:
        """Whether the step opens something."""
        return bool(self.story or self.address)


@dataclass(frozen=True)
class Lesson:
    """A lesson."""

    name: str
    title: str
    minutes: int
    summary: str
    steps: tuple[Step, ...]


def load_all(folder: Path = FOLDER) -> tuple[dict[str, Lesson], list[str]]:
    """Return the lessons of a folder by name, and what is wrong with the others."""
    lessons, problems = {}, []
    for path in sorted(folder.glob("*.toml")):
        try:
            lessons[path.stem] = load(path)
        except (LessonError, OSError) as error:
            problems.append(str(error))
    return lessons, problems


def load(path: Path) -> Lesson:
    """Read a lesson file.

    Raises
    ------
    LessonError
        If it is no TOML, or a field is missing, unknown or not what it should be.
    """
    if not _NAME.fullmatch(path.stem):
        _fail(f"{path.name}", "lower-case letters, digits and - as the file's name", path.stem)
    try:
        text = path.read_text("utf-8")
        found = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LessonError(f"{path.name}: expected TOML in UTF-8, got an error: {error}.") from error
    where = _Lines(path.name, text)
    _fields(found, _HEAD, _HEAD, lambda field: where(0, field))
    if not found["steps"]:
        _fail(where(0, "steps"), "one step or more", "none")
    steps = [
        _step(table, lambda field, number=number: where(number, field))
        for number, table in enumerate(found["steps"], 1)
    ]
    head = {name: found[name] for name in ("title", "minutes", "summary")}
    return Lesson(path.stem, **head, steps=tuple(steps))


class _Lines:
    """Says where a field stands: the file, the step, the field and, if it is there, its line."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self.lines = file, text.splitlines()

    def __call__(self, step: int, field: str) -> str:
        seen = 0
        place = f"{self.file}, step {step}" if step else self.file
        for number, line in enumerate(self.lines, 1):
            seen += line.strip().startswith("[[steps]]")
            if seen == step and re.match(rf"\s*{re.escape(field)}\s*=", line):
                return f"{place}, line {number}, {field}"
        return f"{place}, {field}"


def _fail(where: str, expected: str, got: object) -> None:
    raise LessonError(f"{where}: expected {expected}, got {str(got)[:60] or 'nothing'}.")


def _fields(table: Any, known: dict[str, type], needed: Iterable[str], where: Any) -> None:
    """Check that a table has what it needs, of the right kind, and nothing else."""
    if not isinstance(table, dict):
        _fail(where("steps"), "steps as [[steps]] tables", table)
    for field in needed:
        if field not in table:
            _fail(where(field), "this field", "")
    for field, value in table.items():
        if field not in known:
            _fail(where(field), f"one of {', '.join(known)}", "an unknown field")
        if type(value) is not known[field]:
            _fail(where(field), _KINDS[known[field]], value)


def _step(table: Any, where: Any) -> Step:
    _fields(table, _STEP, ("title", "text", "page"), where)
    if table["page"] not in PAGES:
        _fail(where("page"), f"one of {', '.join(PAGES)}", table["page"])
    if "story" in table and "address" in table:
        _fail(where("address"), "either a story or an address", "both")
    if "story" in table and table["page"] != "lab":
        _fail(where("story"), 'page "lab" beside a story', table["page"])
    if table.get("address") and not parse_qsl(table["address"]):
        _fail(where("address"), "words like a=1&b=2", table["address"])
    _question(table, where)
    _stories(table, where)
    lists = {name: tuple(table[name]) for name in ("choices", "claims") if name in table}
    done = _condition(table["done"], where("done")) if "done" in table else None
    step = Step(**{**table, **lists, "done": done})
    if done and not step.todo:
        _fail(where("todo"), "what to do, beside done", "")
    if done and done[0] == "changed" and not step.scene:
        _fail(where("done"), "a story or an address to change from", "none")
    return step


def _question(table: dict[str, Any], where: Any) -> None:
    parts = ("ask", "choices", "answer", "reveal")
    given = [part for part in parts if part in table]
    if given and len(given) < len(parts):
        missing = next(part for part in parts if part not in given)
        _fail(where(missing), f"a question with all of {', '.join(parts)}", "")
    choices = table.get("choices", ["", ""])
    if len(choices) < 2 or not all(isinstance(choice, str) for choice in choices):
        _fail(where("choices"), "two choices or more, as text", choices)
    if not 1 <= table.get("answer", 1) <= len(choices):
        _fail(where("answer"), f"a number from 1 to {len(choices)}", table["answer"])


def _stories(table: dict[str, Any], where: Any) -> None:
    """Check that the stories and claims that a step names exist."""
    if not {"story", "claims"} & table.keys():
        return
    from mmcl_core.stories import STORIES

    if "story" in table and table["story"] not in STORIES:
        _fail(where("story"), f"one of {', '.join(STORIES)}", table["story"])
    for claim in table.get("claims", []):
        name, _, number = str(claim).partition(".")
        known = len(STORIES[name].claims) if name in STORIES else 0
        if not (number.isdecimal() and int(number) < known):
            _fail(where("claims"), 'a story and the number of its claim, like "torn.0"', claim)


def _condition(table: dict[str, Any], where: str) -> tuple[str, Any]:
    if len(table) != 1 or next(iter(table)) not in CONDITIONS:
        _fail(where, f"one of {', '.join(CONDITIONS)}", ", ".join(table))
    ((name, value),) = table.items()
    if type(value) is not CONDITIONS[name]:
        _fail(where, f"{name} = {_KINDS[CONDITIONS[name]]}", value)
    return name, tuple(value) if isinstance(value, list) else value

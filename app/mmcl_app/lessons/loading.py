"""Lesson files: read, checked, and answered by name when something in them is wrong.

A lesson is a TOML file; its name is the lesson's name in addresses.

    order = 2                     # its place in the list; without one it comes after the others
    title = "One knot"
    minutes = 8
    summary = "One sentence for the list of lessons."

    [[steps]]
    title = "Far to the left"
    text = "What the card says, as Markdown."
    page = "lab"                  # one of `PAGES`
    story = "torn"                # the Lab's story that the step opens, or instead of it
    address = "a=0.9~1&b=off"     # what follows the "?" in the address of a prepared page
    todo = "Play to the end."     # what to do now
    done = { step = 900 }         # and how the page knows: one of `CONDITIONS`
    ask = "What happens to likes?"             # predict: the scene opens after the choice
    choices = ["They meet.", "They part."]
    answer = 2                                 # the number of the right choice
    reveal = "They part."                      # shown once the step is done
    claims = ["torn.0"]           # shown with the answer: tested claims of the stories, from 0
    tested = ["A sentence."]      # shown there, too: what else the answer rests on
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from mmcl_app.lessons.reading import LessonError, read, refuse

FOLDER = Path(__file__).parents[2] / "lessons"
PAGES = ("start", "lab", "challenge", "train", "results")
CONDITIONS = {
    "picked": bool,  # a user is picked on the Lab's stage
    "step": int,  # the Lab's stage has come to this step
    "changed": list,  # one of these words of the address is another than in the step's scene
    "story": str,  # the Lab shows this story
    "scored": bool,  # the challenge was scored in this session
    "won": bool,  # and won
    "trained": bool,  # what the page Train is set to was trained to its end in this session
}
_NAME = re.compile(r"[a-z][a-z0-9-]*")
_HEAD = {"order": int, "title": str, "minutes": int, "summary": str, "steps": list}
_LAST = 1000
_STEP = {
    **dict.fromkeys(("title", "text", "page", "story", "address", "todo", "ask", "reveal"), str),
    "done": dict,
    "choices": list,
    "answer": int,
    "claims": list,
    "tested": list,
}
_LISTS = ("choices", "claims", "tested")
_STEPS = "one or more [[steps]] tables"
_KINDS = {
    str: "text in quotes",
    int: "a whole number",
    bool: "true",
    list: "a list in brackets",
    dict: "a table in braces",
}


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
    tested: tuple[str, ...] = ()

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
    order: int = _LAST


def load_all(folder: Path = FOLDER) -> tuple[dict[str, Lesson], list[str]]:
    """Return the lessons of a folder by name, in their order, and what is wrong with the others."""
    lessons, problems = {}, []
    for path in sorted(folder.glob("*.toml")):
        try:
            lessons[path.stem] = load(path)
        except LessonError as error:
            problems.append(str(error))
    placed = sorted(lessons.values(), key=lambda lesson: (lesson.order, lesson.name))
    return {lesson.name: lesson for lesson in placed}, problems


def load(path: Path) -> Lesson:
    """Read a lesson file.

    Raises
    ------
    LessonError
        If it is no TOML, or a field is missing, unknown or not what it should be; the message
        names the line.
    """
    if not _NAME.fullmatch(path.stem):
        named = "a name of lower-case letters, digits and -, and then .toml"
        refuse("A lesson's file", named, path.name)
    found, where = read(path)
    needed = [name for name in _HEAD if name != "order"]
    _fields(found, _HEAD, needed, lambda field: where(0, field))
    if not 1 <= found["minutes"] <= 60:
        refuse(where(0, "minutes"), "a number from 1 to 60", found["minutes"])
    if not 1 <= found.get("order", 1) < _LAST:
        refuse(where(0, "order"), f"a number from 1 to {_LAST - 1}", found["order"])
    if not found["steps"]:
        refuse(where(0, "steps"), _STEPS, "none")
    steps = [
        _step(table, lambda field, number=number: where(number, field))
        for number, table in enumerate(found["steps"], 1)
    ]
    head = {name: found[name] for name in _HEAD if name in found and name != "steps"}
    return Lesson(path.stem, **head, steps=tuple(steps))


def _fields(table: Any, known: dict[str, type], needed: Iterable[str], where: Any) -> None:
    """Check that a table has what it needs, of the right kind, and nothing else."""
    if not isinstance(table, dict):
        refuse(where("steps"), _STEPS, table)
    for field in needed:
        if field not in table:
            refuse(where(field), _STEPS if field == "steps" else "this field", "")
    for field, value in table.items():
        if field not in known:
            refuse(where(field), f"one of {', '.join(known)}", "an unknown field")
        if type(value) is not known[field]:
            expected = _STEPS if field == "steps" else _KINDS[known[field]]
            refuse(where(field), expected, _quoted(value))
        if isinstance(value, str) and field in needed and not value.strip():
            refuse(where(field), "some words", "none")


def _quoted(value: Any) -> Any:
    return f'"{value}"' if isinstance(value, str) else value


def _step(table: Any, where: Any) -> Step:
    _fields(table, _STEP, ("title", "text", "page"), where)
    if table["page"] not in PAGES:
        refuse(where("page"), f"one of {', '.join(PAGES)}", table["page"])
    if "story" in table and "address" in table:
        refuse(where("address"), "either a story or an address", "both")
    if "story" in table and table["page"] != "lab":
        refuse(where("story"), 'page "lab" beside a story', table["page"])
    if table.get("address") and not parse_qsl(table["address"]):
        refuse(where("address"), "words like a=1&b=2", table["address"])
    _question(table, where)
    _stories(table, where)
    for sentence in table.get("tested", []):
        if not (isinstance(sentence, str) and sentence.strip()):
            refuse(where("tested"), "a sentence in quotes", sentence)
    lists = {name: tuple(table[name]) for name in _LISTS if name in table}
    done = _condition(table["done"], where("done")) if "done" in table else None
    step = Step(**{**table, **lists, "done": done})
    if done and not step.todo:
        refuse(where("todo"), "what to do, beside done", "")
    if done and done[0] == "changed" and not step.scene:
        refuse(where("done"), "a story or an address to change from", "none")
    return step


def _question(table: dict[str, Any], where: Any) -> None:
    parts = ("ask", "choices", "answer", "reveal")
    given = [part for part in parts if part in table]
    if given and len(given) < len(parts):
        missing = next(part for part in parts if part not in given)
        refuse(where(missing), f"a question with all of {', '.join(parts)}", "")
    choices = table.get("choices", ["", ""])
    if len(choices) < 2:
        refuse(where("choices"), "two choices or more, as text", choices)
    for choice in choices:
        if not isinstance(choice, str) or (given and not choice.strip()):
            refuse(where("choices"), "text in each of the choices", choice)
    if not 1 <= table.get("answer", 1) <= len(choices):
        refuse(where("answer"), f"a number from 1 to {len(choices)}", table["answer"])


def _stories(table: dict[str, Any], where: Any) -> None:
    """Check that the stories and claims that a step names exist."""
    if not {"story", "claims"} & table.keys():
        return
    from mmcl_core.stories import STORIES

    if "story" in table and table["story"] not in STORIES:
        refuse(where("story"), f"one of {', '.join(STORIES)}", table["story"])
    for claim in table.get("claims", []):
        name, _, number = claim.partition(".") if isinstance(claim, str) else ("", "", "")
        known = len(STORIES[name].claims) if name in STORIES else 0
        if number not in map(str, range(known)):
            refuse(where("claims"), 'a story and the number of its claim, like "torn.0"', claim)


def _condition(table: dict[str, Any], where: str) -> tuple[str, Any]:
    if len(table) != 1 or next(iter(table)) not in CONDITIONS:
        refuse(where, f"one of {', '.join(CONDITIONS)}", ", ".join(table))
    ((name, value),) = table.items()
    kind = CONDITIONS[name]
    if type(value) is not kind or value is False:
        refuse(where, f"{name} = {_KINDS[kind]}", _quoted(value))
    if kind is int and value < 1:
        refuse(where, f"{name} = a number from 1", value)
    if kind is list and not (value and all(isinstance(word, str) for word in value)):
        refuse(where, f"{name} = words of the address, as text", value)
    if name == "story":
        _known_story(value, where)
    return name, tuple(value) if kind is list else value


def _known_story(name: str, where: str) -> None:
    from mmcl_core.stories import STORIES

    if name not in STORIES:
        refuse(where, f"one of the stories {', '.join(STORIES)}", name)

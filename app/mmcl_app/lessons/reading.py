"""A lesson's file as a table, and where in the file each thing stands."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, NoReturn

MOST_BYTES = 16_000  # far more than ten minutes of reading
_DEEPEST = 20
_DOTTED = re.compile(r"[\w\"']\.[\w\"']")
_LONGEST = 80  # characters of a wrong value that a message repeats


class LessonError(ValueError):
    """A lesson file that cannot be used: says where, what was expected, what came."""


class Places:
    """Says where a field stands: the file, the step, the line and the field.

    A field that is not there is looked for at the head of its step, or in line 1.
    """

    def __init__(self, file: str, text: str = "") -> None:
        self.file = _one_line(file)
        # What stands in a long text is no field.
        bare = re.sub(r'"""[\s\S]*?"""|\'\'\'[\s\S]*?\'\'\'', _only_line_ends, text)
        self.lines = bare.split("\n")

    def __call__(self, step: int, field: str) -> str:
        place = f"{self.file}, step {step}" if step else self.file
        return f"{place}, line {self._line(step, field)}, {_brief(field)}"

    def _line(self, step: int, field: str) -> int:
        name = re.escape(field)
        as_key = rf"\s*[\"']?{name}[\"']?\s*[.=]"
        as_table = rf"\s*\[+\s*(steps\s*\.\s*)?{name}\s*[.\]]"
        written = re.compile(f"{as_key}|{as_table}")
        seen, head = 0, 1
        for number, line in enumerate(self.lines, 1):
            if re.match(r"\s*\[\[\s*[\"']?steps[\"']?\s*\]\]", line):
                seen += 1
                head = number if seen == step else head
            if seen == step and written.match(line):
                return number
        return head


def read(path: Path) -> tuple[dict[str, Any], Places]:
    """Return what a file says, and the places of what it says.

    Raises
    ------
    LessonError
        If it cannot be read, is too long, or is no TOML in UTF-8.
    """
    at = _one_line(path.name)
    if not path.is_file():
        refuse(at, "a file that can be read", "none")
    try:
        with path.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except OSError as error:
        refuse(at, "a file that can be read", error.strerror)
    if len(content) > MOST_BYTES:
        last = content.count(b"\n") + 1
        refuse(f"{at}, line {last}", f"a file of at most {MOST_BYTES // 1000} kB", "a longer one")
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        refuse(f"{at}, line {line}", "text in UTF-8", f"the byte 0x{content[error.start]:02x}")
    for number, line in enumerate(text.split("\n"), 1):
        if len(_DOTTED.findall(line)) > 5 * _DEEPEST:  # TOML would take seconds over it
            refuse(f"{at}, line {number}", "names without dots", "very many dots")
    return _parsed(at, text), Places(at, text)


def _parsed(at: str, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        what, _, place = str(error).rpartition(" (at ")
        line = re.match(r"line (\d+)", place)
        number = int(line[1]) if line else text.rstrip("\n").count("\n") + 1
        refuse(f"{at}, line {number}", "TOML", f"an error: {what}")
    except RecursionError:
        refuse(f"{at}, line {_too_deep(text)}", "brackets in brackets a few deep", "far too many")
    except ValueError:  # a whole number too long for Python
        longest = max(re.finditer(r"[\d_]+", text), key=lambda found: len(found[0]))
        line = text.count("\n", 0, longest.start()) + 1
        refuse(f"{at}, line {line}", "a number of a few digits", f"{len(longest[0])} digits")


def _too_deep(text: str) -> int:
    depth = 0
    for number, line in enumerate(text.split("\n"), 1):
        depth += sum(map(line.count, "[{")) - sum(map(line.count, "]}"))
        if depth > _DEEPEST or sum(map(line.count, "[{")) > _DEEPEST:
            return number
    return 1


def refuse(where: str, expected: str, got: object) -> NoReturn:
    """Raise a LessonError in one line."""
    raise LessonError(f"{where}: expected {expected}, got {_brief(got)}.")


def _brief(got: object) -> str:
    """Say what came, however large it is."""
    if isinstance(got, dict):
        return "a table"
    if isinstance(got, list):
        return f"a list of {len(got)}"
    if isinstance(got, int) and abs(got) > 10**18:
        return "a very large number"
    said = _one_line(str(got))
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"


def _one_line(text: str) -> str:
    return re.sub(r"[\s\x00-\x1f\x7f]+", " ", text).strip() or "nothing"


def _only_line_ends(found: re.Match[str]) -> str:
    return "\n" * found[0].count("\n")

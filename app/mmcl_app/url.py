"""The state of a page as words in its address, and back; nonsense is answered with a note.

A page lists its fields; `parse` reads what the address says and never fails: what cannot be used
is clamped or replaced, and a note says what was expected, what came, and what was used. Numbers
of a list are joined by "_", which an address shows as it is: ``margins=0.2_0.4_0.6_0.8``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

MOST_LISTED = 20  # numbers of a loss's setting, or names that a note lists
_LONGEST = 40  # characters of a wrong value that a note repeats
_SEPARATORS = re.compile(r"[\s,_;]+")


@dataclass(frozen=True)
class Note:
    """What was wrong with one word of the address."""

    name: str
    expected: str
    got: str
    used: str

    def words(self) -> str:
        """Say it, with what came as code so that it cannot act as markup."""
        shown = re.sub(r"[`\s]+", " ", self.got).strip()
        if len(shown) > _LONGEST:
            shown = f"{shown[:_LONGEST]}…"
        came = f"`{shown}`" if shown else "nothing"
        expected, used = (text.replace("~", "\\~") for text in (self.expected, self.used))
        return f"**{self.name}**: expected {expected}, got {came}, used {used}."


Read = tuple[Any, Note | None]


class Field(Protocol):
    """One word of the address: its name, its default, and how it is read and written."""

    @property
    def name(self) -> str: ...

    @property
    def default(self) -> Any: ...

    def read(self, text: str) -> Read: ...

    def write(self, value: Any) -> str: ...


def number_text(value: float) -> str:
    """Write a number briefly: at most six digits, no trailing zeros."""
    return f"{value:.6g}"


def words(text: str) -> list[str]:
    """Split a typed list at spaces, commas, semicolons and "_"."""
    return [word for word in _SEPARATORS.split(text) if word]


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return None if math.isnan(value) else value


@dataclass(frozen=True)
class Number:
    """A number in [low, high]; one outside is moved to the nearer end."""

    name: str
    default: float
    low: float
    high: float

    def read(self, text: str) -> Read:
        value = _number(text)
        used = self.default if value is None else min(max(value, self.low), self.high)
        if value == used:
            return used, None
        expected = f"a number from {self.low:g} to {self.high:g}"
        return used, Note(self.name, expected, text, self.write(used))

    def write(self, value: Any) -> str:
        return number_text(value)


@dataclass(frozen=True)
class Whole:
    """A whole number in [low, high]; one outside is moved to the nearer end."""

    name: str
    default: int
    low: int
    high: int

    def read(self, text: str) -> Read:
        value = _number(text)
        used = self.default
        if value is not None:
            used = round(min(max(value, self.low), self.high))
        if value == used:
            return used, None
        expected = f"a whole number from {self.low} to {self.high}"
        return used, Note(self.name, expected, text, self.write(used))

    def write(self, value: Any) -> str:
        return str(int(value))


@dataclass(frozen=True)
class Choice:
    """One of a few names; anything else becomes the default."""

    name: str
    default: str
    options: Sequence[str]

    def read(self, text: str) -> Read:
        if text in self.options:
            return text, None
        return self.default, Note(self.name, f"one of {_listed(self.options)}", text, self.default)

    def write(self, value: Any) -> str:
        return str(value)


@dataclass(frozen=True)
class Choices:
    """Any number of a few names, joined by "."; unknown ones are dropped."""

    name: str
    default: tuple[str, ...]
    options: Sequence[str]

    def read(self, text: str) -> Read:
        wanted = [word for word in text.split(".") if word]
        used = tuple(option for option in self.options if option in wanted)
        if set(used) == set(wanted):
            return used, None
        expected = f"any of {_listed(self.options)}, joined by a dot"
        return used, Note(self.name, expected, text, ", ".join(used) or "none")

    def write(self, value: Any) -> str:
        return ".".join(value)


@dataclass(frozen=True)
class Flag:
    """Yes or no, written 1 or 0."""

    name: str
    default: bool

    def read(self, text: str) -> Read:
        if text in ("0", "1"):
            return text == "1", None
        return self.default, Note(self.name, "1 or 0", text, self.write(self.default))

    def write(self, value: Any) -> str:
        return "1" if value else "0"


@dataclass(frozen=True)
class Numbers:
    """One to `most` numbers, each in [low, high], in any order, repeats allowed.

    With `exact` they come back to the last bit; else six digits are written.
    """

    name: str
    default: tuple[float, ...]
    low: float
    high: float
    most: int
    exact: bool = False

    def read(self, text: str) -> Read:
        found = [_number(word) for word in words(text)]
        if not found or None in found:
            used = self.default
        else:
            used = tuple(min(max(v, self.low), self.high) for v in found if v is not None)
            used = used[: self.most]
        if list(used) == found:
            return used, None
        expected = f"one to {self.most} numbers from {self.low:g} to {self.high:g}, joined by _"
        return used, Note(self.name, expected, text, self.write(used))

    def write(self, value: Any) -> str:
        if self.exact:
            return "_".join(repr(float(v)).removesuffix(".0") for v in value)
        return "_".join(number_text(v) for v in value)


@dataclass(frozen=True)
class LossSetting:
    """A loss of the table with its settings, in the table's order: ``ccl~0.9~150~1``.

    The value is a pair (name, settings). A setting left out, or one that the loss refuses, takes
    the table's default.
    """

    name: str
    default: tuple[str, Mapping[str, Any]]

    def read(self, text: str) -> Read:
        from mmcl_core.losses import LOSSES, Loss

        loss, *given_words = text.split("~")
        if loss not in LOSSES:
            expected = f"a loss ({_listed(tuple(LOSSES))}) and its settings, joined by ~"
            return self._fallback(expected, text)
        if max((word.count("_") for word in given_words), default=0) >= MOST_LISTED:
            return self._fallback(f"at most {MOST_LISTED} numbers in a list", text)
        spec = LOSSES[loss]
        settings = dict(spec.defaults)
        wrong = len(given_words) > len(spec.parameters)
        for parameter, word in zip(spec.parameters, given_words, strict=False):
            given = [_number(part) for part in word.split("_")]
            if None in given or (len(given) != 1 and not parameter.many):
                wrong = True
                continue
            settings[parameter.name] = tuple(given) if parameter.many else given[0]
        try:
            used = (loss, Loss(loss, **settings).settings)
        except ValueError as error:
            return self._fallback(str(error).removeprefix("Expected ").split(", got ")[0], text)
        if not wrong:
            return used, None
        order = ", ".join(p.label for p in spec.parameters) or "nothing else"
        note = Note(self.name, f"{loss} and then {order}, joined by ~", text, self.write(used))
        return used, note

    def _fallback(self, expected: str, text: str) -> Read:
        return self.default, Note(self.name, expected, text, self.write(self.default))

    def write(self, value: Any) -> str:
        from mmcl_core.losses import LOSSES

        loss, settings = value
        parts = [loss]
        for parameter in LOSSES[loss].parameters:
            given = settings.get(parameter.name, parameter.default)
            many = given if parameter.many else (given,)
            parts.append("_".join(number_text(v) for v in many))
        return "~".join(parts)


def parse(fields: Sequence[Field], query: Mapping[str, str]) -> tuple[dict[str, Any], list[Note]]:
    """Read the fields from the words of an address.

    Parameters
    ----------
    fields : sequence of Field
    query : mapping from name to text

    Returns
    -------
    values : dict
        A usable value for every field.
    notes : list of Note
        One for each word that could not be used as it stood, and one for all unknown words.
    """
    values: dict[str, Any] = {}
    notes: list[Note] = []
    for field in fields:
        text = query.get(field.name)
        if text is None:
            values[field.name] = field.default
            continue
        values[field.name], note = field.read(text)
        if note:
            notes.append(note)
    names = [field.name for field in fields]
    unknown = sorted(set(query) - set(names))
    if unknown:
        expected = _listed(names) if names else "no settings on this page"
        notes.append(Note("unknown", expected, ", ".join(unknown), "the rest"))
    return values, notes


def encode(fields: Sequence[Field], values: Mapping[str, Any]) -> dict[str, str]:
    """Write all fields: the opposite of `parse`."""
    return {field.name: field.write(values[field.name]) for field in fields}


def _listed(names: Sequence[str]) -> str:
    more = f", … ({len(names)} in all)" if len(names) > MOST_LISTED else ""
    return ", ".join(names[:MOST_LISTED]) + more

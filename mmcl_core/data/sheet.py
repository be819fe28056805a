"""A person's own table of pairs: what kind of text it is, what separates it, which column is which.

Nothing is executed, unpacked or written; the text is read as rows of fields, once to look at it
and once to take what was asked for.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from mmcl_core.data.errors import data_error

MOST_BYTES = 20_000_000
MOST_ROWS = 1_000_000
MOST_COLUMNS = 50
LONGEST = 200  # characters of a field that is an id
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}
ROLES = ("user", "item", "rating", "timestamp")

_LOOKED_AT = 200  # rows that a guess looks at
_PACKED = {b"PK": "a zip file", b"\x1f\x8b": "a gzip file", b"BZh": "a bzip2 file"}
_NAMES = {
    "user": r"users?|uid|customers?|persons?|people|members?|visitors?|sessions?|readers?",
    "item": r"items?|iid|movies?|films?|products?|articles?|books?|isbn|tracks?|songs?|artists?"
    r"|business|places?|sku|asin|games?|locations?|pois?",
    "rating": r"ratings?|scores?|stars?|values?|grades?|preferences?",
    "timestamp": r"timestamps?|time|dates?|datetime|ts|created|when",
}
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")  # one way to match, so fast


@dataclass(frozen=True)
class Columns:
    """Which column of a table says what, counted from 0; None where there is none."""

    user: int
    item: int
    rating: int | None = None
    timestamp: int | None = None


@dataclass(frozen=True)
class Sheet:
    """What a look at a table has shown.

    Parameters
    ----------
    text : str
        The whole table.
    separator : str
        One of `SEPARATORS`.
    names : tuple of str
        The header, or "column 1", "column 2", ...
    has_header : bool
    first : tuple of tuple of str
        Up to five rows, to show.
    guess : Columns
    sure : bool
        Whether the guess rests on the names in the header; if not, ask.
    """

    text: str
    separator: str
    names: tuple[str, ...]
    has_header: bool
    first: tuple[tuple[str, ...], ...]
    guess: Columns
    sure: bool

    def rows(self) -> Iterator[list[str]]:
        """Yield the rows below the header; empty lines are skipped.

        Raises
        ------
        DataError
            When there are more than `MOST_ROWS`, or a field is longer than any table's should be.
        """
        rows = _rows(self.text, self.separator)
        for i, row in enumerate(rows, 1 - self.has_header):
            if i > MOST_ROWS:
                raise data_error(
                    f"at most {MOST_ROWS:,} rows", "more", "Keep fewer users, with all their rows."
                )
            if i:
                yield row


def read_sheet(content: bytes, name: str = "the file") -> Sheet:
    r"""Look at a table: its text, its separator, its header, and which column is which.

    Parameters
    ----------
    content : bytes
        The file as it came: comma, semicolon or tab between the fields, quotes allowed, UTF-8 or
        UTF-16 with its mark or, failing that, Windows' western letters.
    name : str
        Called so in messages.

    Returns
    -------
    Sheet

    Raises
    ------
    DataError
        When it is empty, too large, packed, not text, or no table of two columns and more.

    Examples
    --------
    >>> sheet = read_sheet(b"userId;movieId;rating\nann;7;5\nbob;9;3\n")
    >>> sheet.separator, sheet.guess, sheet.sure
    (';', Columns(user=0, item=1, rating=2, timestamp=None), True)
    """
    text = _text(content, name)
    separator = _separator(text, name)
    looked = []
    for row in _rows(text, separator):
        looked.append(row)
        if len(looked) > _LOOKED_AT:
            break
    if not looked:
        raise data_error(f"rows of fields in {name}", "only empty lines", "Check the file.")
    width = Counter(map(len, looked)).most_common(1)[0][0]
    if not 2 <= width <= MOST_COLUMNS:
        raise data_error(
            f"2 to {MOST_COLUMNS} columns in {name}",
            width,
            "Keep a column of users and one of items, with a comma, a semicolon or a tab between.",
        )
    has_header = _is_header(looked, width)
    first = looked[0] if has_header else [f"column {i + 1}" for i in range(width)]
    names = tuple(field.strip()[:LONGEST] for field in (first + [""] * width)[:width])
    body = [row for row in looked[has_header:] if len(row) == width]
    guess, sure = _guess(names if has_header else (), body, width)
    shown = tuple(tuple(field[:LONGEST] for field in row) for row in body[:5])
    return Sheet(text, separator, names, has_header, shown, guess, sure)


def is_number(field: str) -> bool:
    """Tell whether a field is a plain number, as a rating or a count of seconds is.

    Examples
    --------
    >>> [is_number(field) for field in ("4.5", "1e9", "nan", "1_000", "")]
    [True, True, False, False, False]
    """
    return bool(_NUMBER.fullmatch(field.strip()))


def _text(content: bytes, name: str) -> str:
    if len(content) > MOST_BYTES:
        raise data_error(
            f"at most {MOST_BYTES // 1_000_000} MB in {name}",
            f"{len(content) / 1e6:.1f} MB",
            "Keep only the columns of user, item and rating, or fewer users.",
        )
    for mark, kind in _PACKED.items():
        if content.startswith(mark):
            raise data_error(f"plain text in {name}", kind, "Unpack it and give the table in it.")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = content.decode("utf-16", errors="replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", errors="replace")
    if "\x00" in text or sum(c < " " and c not in "\t\r\n\f\v" for c in text[:10_000]) > 10:
        raise data_error(
            f"text in {name}",
            "binary content",
            "Export the table as CSV (text) from the program that made it.",
        )
    if not text.strip():
        raise data_error(f"a table in {name}", "an empty file", "Check the file.")
    return text


def _separator(text: str, name: str) -> str:
    """Return what most evenly cuts the first lines into fields."""
    lines = [line for line in text.lstrip()[:100_000].splitlines() if line.strip()][:_LOOKED_AT]
    counts = {mark: Counter(line.count(mark) for line in lines) for mark in SEPARATORS}
    alike = {mark: _alike(count) for mark, count in counts.items()}
    best = max(alike, key=lambda mark: alike[mark])
    if alike[best] == 0:
        raise data_error(
            f"a comma, a semicolon or a tab between the columns of {name}",
            f"{lines[0][:60]!r}",
            "Export the table as CSV with one of them.",
        )
    return best


def _alike(count: Counter[int]) -> int:
    """Return how many lines have the usual number of marks, if that is not none."""
    return max((lines for marks, lines in count.items() if marks), default=0)


def _rows(text: str, separator: str) -> Iterator[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        yield from (row for row in reader if any(field.strip() for field in row))
    except csv.Error as error:
        raise data_error(
            "rows of fields", f"{error}, in line {reader.line_num}", "Look for a quote left open."
        ) from None


def _is_header(looked: list[list[str]], width: int) -> bool:
    """Tell whether the first row names the columns."""
    first, rest = looked[0], looked[1:]
    if any(role_of(field) for field in first):
        return True
    if len(first) != width or not rest:
        return False
    full = [row for row in rest if len(row) == width]
    return any(
        not is_number(name) and all(is_number(field) for field in column)
        for name, *column in zip(first, *full, strict=True)
        if column
    )


def role_of(name: str) -> str | None:
    """Return what a column of this name most likely is.

    Examples
    --------
    >>> [role_of(name) for name in ("User_ID", "movieId", "Book-Rating", "colour")]
    ['user', 'item', 'rating', None]
    """
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", name[:LONGEST])
    words = re.split(r"[^a-z]+", spaced.lower())
    for word in reversed(words):
        for role, known in _NAMES.items():
            if re.fullmatch(known, word):
                return role
    return None


def _guess(names: tuple[str, ...], body: list[list[str]], width: int) -> tuple[Columns, bool]:
    """Guess which column is which: by names; what they do not say, by place and content."""
    found: dict[str, int] = {}
    for i, name in enumerate(names):
        role = role_of(name)
        if role and role not in found:
            found[role] = i
    sure = {"user", "item"} <= found.keys()
    left = [i for i in range(width) if i not in found.values()]
    for role in ("user", "item"):
        if role not in found:
            found[role] = (
                left.pop(0) if left else next(i for i in range(width) if i != found.get("user"))
            )
    if not names:
        for i in left:
            column = [row[i] for row in body]
            if "rating" not in found and _like_ratings(column):
                found["rating"] = i
            elif "timestamp" not in found and _like_times(column):
                found["timestamp"] = i
    return Columns(**found), sure


def _like_ratings(column: list[str]) -> bool:
    return bool(column) and all(is_number(f) and 0 <= float(f) <= 100 for f in column)


def _like_times(column: list[str]) -> bool:
    return bool(column) and all(is_number(field) and float(field) > 1e8 for field in column)

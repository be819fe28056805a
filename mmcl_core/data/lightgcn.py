"""The text format of the LightGCN data sets: a line a user, ``user item item ...``, ids from 0."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from mmcl_core.data.errors import data_error
from mmcl_core.data.interactions import Interactions
from mmcl_core.data.positives import IntArray, Positives, read_only

REQUIRED = ("train", "test")
_LONGEST_ID = 15  # digits; a longer number is no id from 0 to n-1
_WRONG = re.compile(rb"[^0-9 \t\r\n]|[0-9]{16}")  # finds fast whether any line needs a look
_SHOWN = 40  # characters of an offending line that a message quotes
_LISTED = 5  # missing ids that a message names
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def find(folder: Path, part: str) -> Path | None:
    """Return ``<part>.txt`` or ``<part>.txt.gz`` in ``folder``, None when neither is there."""
    for path in (folder / f"{part}.txt", folder / f"{part}.txt.gz"):
        if path.is_file():
            return path
    return None


def read(path: Path) -> bytes:
    """Return the uncompressed content of a ``.txt`` or ``.txt.gz`` file.

    Raises
    ------
    DataError
        When the file cannot be read or unpacked.
    """
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if path.suffix == ".gz" else content
    except (OSError, EOFError, zlib.error) as error:
        raise data_error(f"a readable file at {path}", error, "Get the file again.") from error


def _check_line(line: bytes, where: str) -> None:
    """Raise DataError when a line is no ``user item item ...``."""
    bad = [token for token in line.split() if not token.isdigit() or len(token) > _LONGEST_ID]
    if not bad:
        return
    text = line.decode("utf-8", errors="backslashreplace").strip()
    shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
    token = bad[0][:_SHOWN].decode("utf-8", errors="backslashreplace")
    raise data_error(
        f"'user item item ...' as whole numbers from 0 in {where}",
        f"{token!r} in {shown!r}",
        "Correct this line.",
    )


def parse(content: bytes, file: str) -> tuple[IntArray, IntArray, IntArray]:
    r"""Read the pairs of one file.

    Parameters
    ----------
    content : bytes
        The text of the file; blank lines are skipped, a user may have several lines or no items.
    file : str
        Name of the file for messages.

    Returns
    -------
    tuple of numpy.ndarray
        users (n,), items (n,) of the pairs, and the users (m,) that have a line; int64.

    Raises
    ------
    DataError
        When a line is malformed, naming file and line.

    Examples
    --------
    >>> users, items, present = parse(b"0 3 1\n1\n", "train.txt")
    >>> users.tolist(), items.tolist(), present.tolist()
    ([0, 0], [3, 1], [0, 1])
    """
    content = content.removeprefix(_BYTE_ORDER_MARK)
    suspicious = _WRONG.search(content) is not None
    present: list[bytes] = []
    lengths: list[int] = []
    tokens: list[bytes] = []
    for number, line in enumerate(content.split(b"\n"), start=1):
        if suspicious:
            _check_line(line, f"line {number} of {file}")
        user, *items = line.split() or (None,)
        if user is not None:
            present.append(user)
            lengths.append(len(items))
            tokens.extend(items)
    with_line = np.array(present, dtype="S").astype(np.int64)  # (m,)
    items_column = np.array(tokens, dtype="S").astype(np.int64)  # (n,)
    return np.repeat(with_line, lengths), items_column, with_line


def _check_no_gaps(ids: IntArray, what: str, folder: str) -> int:
    """Return the number of ids when they are 0..n-1, else raise DataError naming the missing."""
    found = np.unique(ids)
    if len(found) == 0:
        raise data_error(
            f"{what} ids in {folder}", "none", "The files hold no pairs: get them again."
        )
    n = int(found[-1]) + 1
    missing = n - len(found)
    if missing:
        first = np.setdiff1d(np.arange(min(n, len(found) + _LISTED)), found)[:_LISTED]
        listed = ", ".join(map(str, first)) + (", ..." if missing > len(first) else "")
        raise data_error(
            f"{what} ids 0..{n - 1} in {folder}, each in train or test",
            f"gaps: {missing} missing ({listed})",
            "Renumber the ids without gaps, or pass the pairs to from_pairs from mmcl_core.data, "
            "which numbers any ids.",
        )
    return n


def load_folder(folder: Path, name: str) -> Interactions:
    """Load ``train.txt`` and ``test.txt`` (or ``.txt.gz``), and ``valid.txt`` if it is there.

    Parameters
    ----------
    folder : pathlib.Path
        Where the files are.
    name : str
        What the data is called.

    Returns
    -------
    Interactions
        With the split of the files.

    Raises
    ------
    DataError
        When the folder or a file is missing, a line is malformed, ids have gaps, or the data is
        empty or of one user.
    """
    if not folder.is_dir():
        raise data_error(
            f"a folder with train.txt and test.txt at {folder}", "no such folder", "Check the path."
        )
    paths = {part: find(folder, part) for part in (*REQUIRED, "valid")}
    for part in REQUIRED:
        if paths[part] is None:
            raise data_error(
                f"{part}.txt or {part}.txt.gz in {folder}",
                "neither",
                "Put the file there, a line a user: user item item ...",
            )
    parsed = {
        part: parse(read(path), str(path)) for part, path in paths.items() if path is not None
    }
    return build(parsed, name, str(folder))


def build(
    parsed: dict[str, tuple[IntArray, IntArray, IntArray]], name: str, folder: str
) -> Interactions:
    """Check the ids of parsed files and build the data set.

    Parameters
    ----------
    parsed : dict
        What :func:`parse` returned for ``"train"``, ``"test"`` and perhaps ``"valid"``.
    name : str
        What the data is called.
    folder : str
        Where the files are, for messages.

    Returns
    -------
    Interactions
        With the split of the files.

    Raises
    ------
    DataError
        When the data is empty or of one user, or ids have gaps.
    """
    for part in REQUIRED:
        if len(parsed[part][0]) == 0:
            raise data_error(
                f"pairs in the {part} file of {folder}", "none", "Fill it: user item item ..."
            )
    n_users = _check_no_gaps(_joined(users for _, _, users in parsed.values()), "user", folder)
    n_items = _check_no_gaps(_joined(items for _, items, _ in parsed.values()), "item", folder)
    none = (np.empty(0, np.int64),) * 3
    train, validation, test = (
        Positives.from_pairs(*parsed.get(part, none)[:2], n_users, n_items)
        for part in ("train", "valid", "test")
    )
    ids = read_only(np.arange(n_users)), read_only(np.arange(n_items))
    return Interactions(name, train, validation, test, *ids)


def _joined(columns: Iterable[IntArray]) -> IntArray:
    return np.concatenate(list(columns))

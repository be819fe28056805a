"""Files that are whole or absent: written beside their place, then renamed into it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmcl_core import _checks

_META = "meta.json"


def write_archive(
    path: Path,
    meta: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
    compress: bool = False,
) -> None:
    """Write `meta` as JSON and `arrays` as npz to `path`, atomically.

    A reader sees the old file or the new one, never a half: the archive is written to a
    neighbour, flushed to disk, and renamed over `path`.
    """
    packed = np.frombuffer(json.dumps(dict(meta)).encode(), dtype=np.uint8)
    entries: dict[str, Any] = {_META: packed, **arrays}
    with _Replacing(path) as stream:
        (np.savez_compressed if compress else np.savez)(stream, **entries)


def read_archive(path: Path, kind: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Read what `write_archive` wrote; nothing in it can execute.

    Parameters
    ----------
    path : Path
    kind : str
        What `meta["format"]` must be.

    Raises
    ------
    ValueError
        If the file is missing, truncated, not such an archive, or of another kind.
    """
    expected = f"a file of this project at {path.name}"
    if not path.is_file():
        raise _checks.refuse(expected, "no such file", f"Check the folder {path.parent}.")
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        meta: dict[str, Any] = json.loads(arrays.pop(_META).tobytes())
        found = meta["format"]
    except Exception as error:  # a damaged file can raise nearly anything
        raise _checks.refuse(
            expected,
            f"an unreadable one ({error})",
            "It was cut off or is not ours: delete it and start again.",
        ) from error
    if found != kind:
        raise _checks.refuse(
            f"{kind} in {path.name}", f"{found}", "Make it again, with this version."
        )
    return meta, arrays


def write_json(path: Path, value: Any) -> None:
    """Write `value` as JSON to `path`, atomically."""
    write_text(path, json.dumps(value, indent=1) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path`, atomically."""
    with _Replacing(path) as stream:
        stream.write(text.encode())


class _Replacing:
    """A binary file that takes the place of `path` only once it is complete and on disk."""

    def __init__(self, path: Path) -> None:
        self.path, self.beside = path, path.with_name(f"{path.name}.{os.getpid()}.part")

    def __enter__(self) -> Any:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.stream = self.beside.open("wb")
        return self.stream

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            with self.stream:
                if kind is None:
                    self.stream.flush()
                    os.fsync(self.stream.fileno())
            if kind is None:
                os.replace(self.beside, self.path)
        finally:
            self.beside.unlink(missing_ok=True)

"""The folder of one run, whole or refused: what it was, its history, who found what.

``run.json``
    Data, protocol, config; once it is finished also the result, and what it was made with.
``history.csv``
    A row an epoch.
``hits.npz``
    Which of each user's top K are test items, at the best epoch: see `UserHits`.
``checkpoint.npz``
    Only while the run is unfinished.

Every file is written beside its place and renamed into it. ``run.json`` comes last and holds the
sums of the others, so a finished run is whole.
"""

from __future__ import annotations

import csv
import json
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mmcl_core import _checks, _files
from mmcl_core.metrics import UserHits
from mmcl_core.training.checkpoint import FILE as CHECKPOINT

RUN, HISTORY, HITS = "run.json", "history.csv", "hits.npz"
FORMAT = "a run of format 1"
_WHOLE = ("epoch", "step")  # columns of whole numbers
_HITS_FORMAT = "hits of users of format 1"
_AGAIN = "It was cut off or changed: delete the folder, and the run is made again."

Record = dict[str, Any]
History = Sequence[Mapping[str, float]]


class RunFolder:
    """Reads and writes the files of one run.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Record | None:
        """Return what stands in run.json; None if there is no such file.

        Raises
        ------
        ValueError
            If a file is cut off, changed, or of another format.
        """
        path = self.path / RUN
        try:
            text = path.read_bytes()
        except FileNotFoundError:
            return None
        expected = f"{FORMAT} in {path}"
        try:
            record = json.loads(text)
            found = record["format"]
        except (ValueError, TypeError, KeyError) as error:
            raise _checks.refuse(expected, f"an unreadable file ({error!r})", _AGAIN) from error
        if found != FORMAT:
            remedy = "Use the version that wrote it, or delete the folder and run it again."
            raise _checks.refuse(expected, found, remedy)
        for name, known in record.get("files", {}).items():
            self._check_sum(name, known)
        return dict(record)

    def _check_sum(self, name: str, known: str) -> None:
        path = self.path / name
        if not path.is_file():
            if name == HITS:  # large: may be left out of a repository
                return
            raise _checks.refuse(f"the file {path} of a finished run", "no such file", _AGAIN)
        if _sum(path) != known:
            got = f"{path.stat().st_size} other bytes"
            raise _checks.refuse(f"the file {path} as it was written", got, _AGAIN)

    @property
    def unfinished(self) -> bool:
        """Whether there is a checkpoint to go on from."""
        return (self.path / CHECKPOINT).is_file()

    def start(self, record: Record) -> None:
        """Say what is running here, and forget what a killed writer left half done."""
        for part in self.path.glob("*.part"):
            part.unlink(missing_ok=True)
        _files.write_json(self.path / RUN, record)

    def write_history(self, rows: History) -> None:
        """Write all epochs so far."""
        _files.write_text(self.path / HISTORY, pd.DataFrame(rows).to_csv(index=False))

    def read_history(self, epochs: int | None = None) -> list[dict[str, float]]:
        """Return the epochs so far, at most up to the number `epochs`."""
        try:
            text = (self.path / HISTORY).read_text()
        except FileNotFoundError:
            return []
        rows = [
            {key: int(v) if key in _WHOLE else float(v or "nan") for key, v in row.items()}
            for row in csv.DictReader(text.splitlines())
        ]
        return [row for row in rows if epochs is None or row["epoch"] <= epochs]

    def finish(self, record: Record, rows: History, hits: UserHits | None) -> Record:
        """Write a finished run; its run.json comes last. Return what stands there."""
        self.write_history(rows)
        names = [HISTORY]
        if hits is not None:
            _write_hits(self.path / HITS, hits)
            names.append(HITS)
        record = {**record, "files": {name: _sum(self.path / name) for name in names}}
        _files.write_json(self.path / RUN, record)
        return record

    def drop_checkpoint(self) -> None:
        """Remove what a finished run no longer needs."""
        (self.path / CHECKPOINT).unlink(missing_ok=True)

    def read_hits(self) -> UserHits | None:
        """Return who found what at the best epoch; None if it was not kept."""
        if not (self.path / HITS).is_file():
            return None
        meta, arrays = _files.read_archive(self.path / HITS, _HITS_FORMAT)
        hits = np.unpackbits(arrays["hits"], axis=1, count=meta["k"]).astype(bool)
        return UserHits(np.cumsum(arrays["gaps"]), arrays["held_out"].astype(np.int64), hits)


def _write_hits(path: Path, found: UserHits) -> None:
    arrays: dict[str, NDArray[Any]] = {
        "gaps": np.diff(found.users, prepend=0).astype(np.int32),
        "held_out": found.held_out.astype(np.int32),
        "hits": np.packbits(found.hits, axis=1),
    }
    meta = {"format": _HITS_FORMAT, "k": found.hits.shape[1]}
    _files.write_archive(path, meta, arrays, compress=True)


def _sum(path: Path) -> str:
    content = path.read_bytes().replace(b"\r\n", b"\n")  # a checkout may end lines in another way
    return f"{zlib.crc32(content):08x}"

"""One door to every data set."""

from __future__ import annotations

import os
from pathlib import Path

from mmcl_core.data.errors import data_error
from mmcl_core.data.films import load_films
from mmcl_core.data.interactions import Interactions
from mmcl_core.data.lightgcn import load_folder
from mmcl_core.data.own import read_own
from mmcl_core.data.published import MD5, load_published
from mmcl_core.data.sheet import read_sheet

TITLES = {"movielens": "MovieLens films", "gowalla": "Gowalla", "yelp2018": "Yelp2018"}
NAMES = tuple(TITLES)
TABLES = (".csv", ".tsv")


def load(
    source: str | os.PathLike[str],
    *,
    seed: int = 0,
    folder: str | os.PathLike[str] | None = None,
) -> Interactions:
    """Load a data set by its name, or from a folder of one's own.

    Parameters
    ----------
    source : str or path
        ``"movielens"`` (comes with the package; ratings of 4 and more, users with at least 5),
        ``"gowalla"`` or ``"yelp2018"`` (the LightGCN split, from ``folder`` or downloaded), or the
        path of a folder with ``train.txt`` and ``test.txt`` (or ``.txt.gz``; ``valid.txt`` is read
        if it is there), a line a user: ``user item item ...``, ids from 0; or a table, ``.csv`` or
        ``.tsv``, with a column of users and one of items, see :func:`read_sheet`.
    seed : int
        Seed of the split of ``"movielens"`` and of a table; the others come split.
    folder : path, optional
        Holds ``gowalla/`` and ``yelp2018/``; by default the folder that the environment variable
        ``MMCL_DATA`` names. Without either the set is downloaded once and checked by its sum.

    Returns
    -------
    Interactions
        The data; validation is empty where the source has none, see :func:`with_validation`.

    Raises
    ------
    DataError
        When the source is unknown or missing, cannot be downloaded, or holds anything but what
        its format says.

    Examples
    --------
    >>> data = load("movielens")
    >>> data.n_users, data.n_items
    (659, 6169)
    """
    if source == "movielens":
        return load_films(seed)
    if source in MD5:
        return load_published(str(source), folder=None if folder is None else Path(folder))
    path = Path(source)
    if path.suffix.lower() in TABLES and path.is_file():
        return read_own(read_sheet(path.read_bytes(), path.name), name=path.stem, seed=seed).data
    if not path.is_dir():
        raise data_error(
            f"{', '.join(NAMES)}, a folder with train.txt and test.txt, or a .csv or .tsv file",
            f"{os.fspath(source)!r}, which is none of them",
            "Check the name or the path.",
        )
    return load_folder(path, path.resolve().name)

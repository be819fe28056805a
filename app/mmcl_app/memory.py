"""Memory of a server with many threads: kept in few places, and given back to the system.

Each page run is a thread, and the C library would give each a place of its own for what it
allocates; what is freed there stays with the process. None of this is needed elsewhere than on
Linux with the GNU C library, and nothing happens there.
"""

from __future__ import annotations

import ctypes
import gc
from functools import lru_cache
from typing import Any

PLACES = 2
_ARENA_MAX = -8  # M_ARENA_MAX of malloc.h


@lru_cache(maxsize=1)
def _library() -> Any:
    """Return the GNU C library, or None."""
    try:
        library = ctypes.CDLL(None)
        library.malloc_trim, library.mallopt  # noqa: B018
    except (AttributeError, OSError, TypeError):
        return None
    return library


@lru_cache(maxsize=1)
def keep_small() -> None:
    """Let all threads allocate in few places; call it early."""
    library = _library()
    if library:
        library.mallopt(_ARENA_MAX, PLACES)


def loaded() -> None:
    """Say that what is there now stays: later collections need not look at it."""
    gc.collect()
    gc.freeze()


def give_back() -> None:
    """Free what nobody can reach any more, and return it to the system."""
    gc.collect()
    library = _library()
    if library:
        library.malloc_trim(0)

"""Exercises of notebook 5, Where negatives come from."""

from __future__ import annotations

from .draws import HITS, REPAIR
from .memory import BYTES
from .noise import NOISE

EXERCISES = (HITS, *NOISE, REPAIR, BYTES)

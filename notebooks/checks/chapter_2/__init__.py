"""Exercises of notebook 2, Pull and push."""

from __future__ import annotations

from .bridges import BRIDGES
from .placing import PLACING
from .pulling import PULLING

EXERCISES = (*PULLING, *BRIDGES, *PLACING)

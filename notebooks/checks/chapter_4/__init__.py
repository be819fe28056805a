"""Exercises of notebook 4, Many margins."""

from __future__ import annotations

from .noise import NOISE
from .penalty import PENALTY

EXERCISES = (*PENALTY, *NOISE)

"""Exercises of notebook 7, an honest experiment."""

from __future__ import annotations

from .design import CONTROL, FAULTS
from .numbers import BOOTSTRAP, ERRORS, GAIN, SEEDS

EXERCISES = (GAIN, ERRORS, BOOTSTRAP, SEEDS, FAULTS, CONTROL)

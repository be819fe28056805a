"""Exercises of notebook 6, Real films."""

from __future__ import annotations

from .evaluator import EVALUATOR
from .lists import LISTS
from .step import STEP

EXERCISES = (*LISTS, *STEP, *EVALUATOR)

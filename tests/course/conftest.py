"""Makes the app's modules importable: its own parsing judges the links that lead into it."""

from __future__ import annotations

import sys
from pathlib import Path

APP = Path(__file__).parents[2] / "app"
sys.path.insert(0, str(APP))

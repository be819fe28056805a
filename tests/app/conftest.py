"""Makes the pages' shared modules importable, as the app's main file does."""

from __future__ import annotations

import sys
from pathlib import Path

APP = Path(__file__).parents[2] / "app"
sys.path.insert(0, str(APP))

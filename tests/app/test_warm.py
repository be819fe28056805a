"""What is slow to import is loaded after the first page, and not by tests that play the server."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

APP = Path(__file__).parents[2] / "app"
LOADED = "print([m for m in ('torch', 'plotly.graph_objects', 'pandas') if m in sys.modules])"


def told(*lines: str) -> str:
    code = "\n".join([f"import sys; sys.path.insert(0, {str(APP)!r})", *lines, LOADED])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_it_loads_what_the_lab_needs() -> None:
    both = "['torch', 'plotly.graph_objects', 'pandas']"
    assert told("from mmcl_app.warm import load; load(0.0)") == both


def test_a_page_in_a_test_loads_nothing() -> None:
    told_after = told(
        "from streamlit.testing.v1 import AppTest",
        f"app = AppTest.from_file({str(APP / 'main.py')!r}, default_timeout=60).run()",
        "from mmcl_app import warm",
        "import threading",
        "assert not app.exception",
        "assert not [t for t in threading.enumerate() if t.name.endswith('(load)')]",
    )
    assert "torch" not in told_after

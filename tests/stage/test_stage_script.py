"""The JavaScript that is pure calculation, run by node or, where there is none, by Chromium."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mmcl_core.stage.source import script

sys.path.insert(0, str(Path(__file__).parent))
from golden import golden

CHECKS = {"math": ("math",), "scene": ("math", "scene")}
IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)


def bench(checks: str) -> str:
    """Return one module: the code, its checks, and a function that runs them."""
    parts = [Path(__file__).with_name(name).read_text("utf-8") for name in ("checking.js", checks)]
    tests = "\n".join(IMPORT.sub("", part).replace("export ", "") for part in parts)
    name = re.findall(r"^const (\w+Checks) =", tests, re.MULTILINE)[-1]
    return f"{tests}\nexport const go = (golden) => run({name}, golden);\n"


def outcome(module: str, value: Any, tmp_path: Path, request: pytest.FixtureRequest) -> Any:
    """Run `go(value)` of a module."""
    node = shutil.which("node")
    if node:
        path = tmp_path / "checks.mjs"
        path.write_text(
            f"{module}\nprocess.stdout.write(JSON.stringify(go({json.dumps(value)})));\n", "utf-8"
        )
        done = subprocess.run([node, str(path)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
    from playwright.sync_api import sync_playwright

    chromium = request.getfixturevalue("chromium_path")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        found = page.evaluate(
            "async ([text, value]) => { const blob = new Blob([text], {type: 'text/javascript'});"
            " return (await import(URL.createObjectURL(blob))).go(value); }",
            [module, value],
        )
        browser.close()
        return found


@pytest.mark.parametrize("checks", CHECKS)
def test_the_pure_parts(checks: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    module = script(*CHECKS[checks]) + bench(f"{checks}_checks.js")
    assert outcome(module, golden(), tmp_path, request) == []

"""The stage's JavaScript as one module: no bundler, no build step.

The files in `js/` are plain ES modules. Streamlit and anywidget take one inline module without
relative imports, so the files are put one after the other, without their import lines and the
word `export`; names are unique over all of them.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from mmcl_core import colours
from mmcl_core.stage.payload import PAPER

HERE = Path(__file__).parent
_IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default )", re.MULTILINE)


def script(*names: str) -> str:
    """Return files of `js/` as one module, in the order given.

    Parameters
    ----------
    names : str
        Without ".js"; a file comes after those that it imports. At most one may hold an
        `export default`, which is kept.

    Returns
    -------
    str

    Examples
    --------
    >>> module = script("math")
    >>> "function penalty(" in module, "export" in module
    (True, False)
    """
    texts = [(HERE / "js" / f"{name}.js").read_text("utf-8") for name in names]
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", text)) for text in texts)


def markup() -> str:
    """Return JavaScript that holds the stage's HTML as the constant MARKUP."""
    return f"const MARKUP = {json.dumps((HERE / 'stage.html').read_text('utf-8'))};\n"


def module(adapter: str) -> str:
    """Return the whole stage with one of its adapters, "streamlit" or "notebook"."""
    return markup() + script("math", "scene", "draw", "hands", "stage", adapter)


def style() -> str:
    """Return the style sheet of the stage, colours included."""
    light, dark = (colours.palette(mode) for mode in colours.MODES)
    names = ("text", "muted", "grid", "positive")
    pairs = {name: (getattr(light, name), getattr(dark, name)) for name in names}
    pairs["paper"] = (PAPER["light"], PAPER["dark"])
    pairs |= {f"run-{i}": pair for i, pair in enumerate(zip(light.runs, dark.runs, strict=True))}
    values = "".join(f"--{name}: light-dark({a}, {b});" for name, (a, b) in pairs.items())
    return f".stage {{{values}}}\n" + (HERE / "stage.css").read_text("utf-8")

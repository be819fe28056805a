"""The files that a scene becomes."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

# What makes a formula at the beginning, or behind what some spreadsheets cut fields at.
_FORMULA = re.compile(r"(?:^|(?<=[;\t\r\n]))(?=[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20])")
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?|[-+]?inf|nan", re.ASCII)
_STYLE = """
body { max-width: 60rem; margin: 1rem auto; padding: 0 1rem; font-family: sans-serif; }
h1 { font-size: 1.1rem; }
figure { margin: 0 0 2rem; }
.modebar { opacity: 1 !important; }
"""


class Picture(NamedTuple):
    """A figure, and what it shows in words, for those who cannot see it."""

    figure: Figure
    words: str


@dataclass(frozen=True)
class Scene:
    """A scene to take home.

    Parameters
    ----------
    title : str
    address : str
        Of the same scene in the laboratory.
    script : str
        Python below the docstring; prints the scene's numbers.
    rows : sequence of mapping
        The numbers on the page.
    pictures : sequence of Picture
    """

    title: str
    address: str
    script: str
    rows: Sequence[Mapping[str, Any]]
    pictures: Sequence[Picture]


def script(scene: Scene) -> str:
    """Return the scene as a script."""
    return f'"""{_about(scene)}\n"""\n\n{scene.script}'


def notebook(scene: Scene) -> str:
    """Return the scene as a notebook: what it is, then a cell for each part of the script."""
    cells: list[dict[str, Any]] = [_cell("markdown", f"# {_about(scene)}".replace("<", "&lt;"), 0)]
    parts = [part for part in re.split(r"\n\n(?=\S)", scene.script.strip()) if part]
    cells += [_cell("code", part, i) for i, part in enumerate(parts, 1)]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1)


def _about(scene: Scene) -> str:
    title, where = map(_harmless, (scene.title, scene.address))
    return (
        f"{title}\n\nA scene of MMCL Lab. It needs the package mmcl_core, which an installed MMCL "
        f"Lab has.\nThe same scene in the laboratory: {where}"
    )


def _harmless(text: str) -> str:
    """Return one line that can end no docstring and breaks no file."""
    return re.sub(r"[\"\\\s\x00-\x1f\x7f-\x9f\ud800-\udfff]+", " ", text).strip()


def _cell(kind: str, text: str, number: int) -> dict[str, Any]:
    cell: dict[str, Any] = {
        "cell_type": kind,
        "id": f"scene-{number}",
        "metadata": {},
        "source": text.splitlines(keepends=True),
    }
    return cell if kind == "markdown" else {**cell, "execution_count": None, "outputs": []}


def table(scene: Scene) -> str:
    """Return the numbers as CSV; a text that a spreadsheet would run as a formula gets a quote."""
    held = io.StringIO()
    names = list(dict.fromkeys(name for row in scene.rows for name in row))
    writer = csv.DictWriter(held, names, lineterminator="\n", restval="")
    writer.writerow({name: safe(name) for name in names})
    for row in scene.rows:
        writer.writerow({name: safe(value) for name, value in row.items()})
    return held.getvalue()


def safe(value: Any) -> str:
    """Write a field so that no spreadsheet takes it for a formula.

    Examples
    --------
    >>> [safe(value) for value in (-0.5, "-0.5", "=1+1", "@sum", "plain")]
    ['-0.5', '-0.5', "'=1+1", "'@sum", 'plain']
    """
    text = repr(float(value)) if isinstance(value, float) else str(value)
    text = re.sub(r"\r\n?", "\n", re.sub(r"[\x00\ud800-\udfff]", "\ufffd", text))
    return text if _NUMBER.fullmatch(text) else _FORMULA.sub("'", text)


def page(scene: Scene, name: str, background: str, text: str) -> str:
    """Return the figures as a web page that works without a network.

    A button of each figure saves it as a picture called `name`.
    """
    from plotly.io import to_html

    title = html.escape(scene.title)
    parts = []
    for i, (figure, words) in enumerate(scene.pictures):
        drawn = to_html(
            type(figure)(figure).update_layout(paper_bgcolor=background),
            include_plotlyjs=i == 0,
            full_html=False,
            config={
                "displaylogo": False,
                "modeBarButtons": [["toImage"]],
                "displayModeBar": True,
                "responsive": True,
                "toImageButtonOptions": {"filename": name, "scale": 2},
            },
        )
        parts.append(f"<figure aria-label='{html.escape(words)}'>{drawn}</figure>")
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{title}</title>"
        "<meta name='viewport' content='width=device-width'>"
        f"<style>{_STYLE} body {{ background: {background}; color: {text} }}</style>"
        f"</head><body><h1>{title}</h1>{''.join(parts)}</body></html>"
    )

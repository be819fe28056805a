"""The first page: doors that open, an honest claim, and nothing heavy loaded."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from math import sqrt
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mmcl_app import picture
from mmcl_core.losses import Loss, slope

MAIN = Path(__file__).parents[2] / "app" / "main.py"


def test_it_says_what_this_is_and_where_to_go() -> None:
    app = AppTest.from_file(MAIN, default_timeout=60).run()
    assert not app.exception
    assert [title.value for title in app.title] == ["Who pushes, and how hard?"]
    said = " ".join(block.value for block in app.markdown)
    for words in ("push budget", "well-tuned", "negatives are few", "make lab"):
        assert words in said
    links = [link.proto.label for link in app.get("page_link")]
    assert links == ["Lab", "Train"]


def test_the_first_page_loads_neither_torch_nor_figures() -> None:
    code = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        f"app = AppTest.from_file({str(MAIN)!r}, default_timeout=60)\n"
        f"sys.path.insert(0, {str(MAIN.parent)!r})\n"
        "app.run()\n"
        "assert len(app.title) == 1 and not app.exception\n"
        "print([m for m in ('torch', 'mmcl_core.figures', 'pandas') if m in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_picture_is_well_formed(mode: str) -> None:
    root = ElementTree.fromstring(picture.staircase_svg(mode))
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    texts = [element for element in root.iter() if element.tag.endswith("text")]
    assert len(texts) == 12
    for text in texts:
        assert 0 <= float(text.attrib["x"]) <= width
        assert 0 <= float(text.attrib["y"]) <= height


def test_the_picture_is_true() -> None:
    import torch

    s = torch.tensor(picture.NEGATIVES, dtype=torch.float64)
    margins, weights, _ = Loss("mmcl").staircase or ((), (), 0)
    assert (margins, weights) == (picture.MARGINS, picture.WEIGHTS)
    expected = slope(s, margins, weights).tolist()
    assert [picture.slope(v) for v in picture.NEGATIVES] == pytest.approx(expected)
    shafts = [
        element.attrib["d"]
        for element in ElementTree.fromstring(picture.staircase_svg("light")).iter()
        if element.attrib.get("stroke-width") == "2.5"
    ]
    lengths = []
    for path in shafts[:-1]:  # the last arrow is the positive's
        start, end = path[1:].split(" ")[0], path.split("H")[1]
        lengths.append(float(start) - float(end))
    forces = [150 * f * sqrt(1 - v * v) for v, f in zip(picture.NEGATIVES, expected, strict=True)]
    assert lengths == pytest.approx([f for f in forces if f > 0], abs=0.2)

"""The course: what every notebook promises its reader, the folded answers, the shared helpers."""

from __future__ import annotations

import ast
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
import torch
from nbclient import NotebookClient
from nbformat import NotebookNode

from mmcl_core.cli import _parser
from mmcl_core.figures import RunCurve

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
MAX_LINES = 15  # of a code cell, without blank lines and imports
ADDRESS = re.compile(r"https?://[^\s)\"'>]+")
ALLOWED = ("http://localhost:8501", "https://arxiv.org/")  # the app, and papers to read
ANSWER = re.compile(r"<details><summary>Answer</summary>\n\n```python\n(.*?)```", re.DOTALL)
NOT_ATTEMPTED = "Not attempted yet"

sys.path.insert(0, str(FOLDER))
import course  # noqa: E402


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> NotebookNode:
    return nbformat.read(request.param, as_version=4)


@pytest.fixture
def light() -> None:
    course.setup("light")


def sources(notebook: NotebookNode, kind: str) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == kind]


def text(notebook: NotebookNode) -> str:
    return "\n".join(sources(notebook, "markdown"))


def exercises(notebook: NotebookNode) -> list[tuple[int, str]]:
    """Return (place of the code cell, answer) of every exercise."""
    kinds = [cell.cell_type for cell in notebook.cells]
    found = []
    for place, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown" and re.search(
            r"^\*\*Exercise \d+\.\*\*", cell.source, re.M
        ):
            assert kinds[place + 1 : place + 3] == ["code", "markdown"], cell.source
            answer = ANSWER.search(notebook.cells[place + 2].source)
            assert answer, f"no folded answer after: {cell.source}"
            found.append((place + 1, answer[1]))
    return found


def statements(source: str) -> dict[str, ast.stmt]:
    """Return the top-level functions and plain assignments of a piece of code, by name."""
    found: dict[str, ast.stmt] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = node
    return found


def with_answer(cell: str, answer: str) -> str:
    """Put every statement of the answer in the place of the open one of the same name."""
    for name, new in statements(answer).items():
        old = statements(cell)[name]
        written = ast.get_source_segment(cell, old)
        assert written is not None
        assert "..." in written, f"{name} is not open in:\n{cell}"
        cell = cell.replace(written, ast.get_source_segment(answer, new) or "", 1)
    return cell


def run(notebook: NotebookNode) -> str:
    """Run a notebook; return all that it printed, and fail on a warning."""
    where = {"metadata": {"path": str(FOLDER)}}
    NotebookClient(notebook, timeout=600, kernel_name="python3", resources=where).execute()
    printed = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            assert output.get("name") != "stderr", f"a warning is shown:\n{output.text}"
            printed.append(output.get("text", ""))
    return "".join(printed)


def test_the_course_has_begun() -> None:
    assert {"03_one_margin", "04_many_margins", "06_real_films"} <= {p.stem for p in NOTEBOOKS}


def test_title_objectives_and_minutes(
    request: pytest.FixtureRequest, notebook: NotebookNode
) -> None:
    number = int(request.node.callspec.id.split("_")[0])
    first = notebook.cells[0].source
    assert first.startswith(f"# {number} · ")
    objectives = first.split("### What you will be able to do\n")[1].split("\n\n")[0]
    assert objectives.count("\n- ") + 1 >= 3
    assert re.search(r"\*\*Time:\*\* about \d+ minutes", first)
    assert "**You need:**" in first


def test_predictions_exercises_recap_and_limits(notebook: NotebookNode) -> None:
    words = text(notebook)
    assert words.count("**Predict.**") >= 3
    assert len(exercises(notebook)) >= 3
    for heading in ("## Recap", "## What this does not show", "## Open it in the app"):
        assert f"\n{heading}\n" in words
    recap = words.split("## Recap")[1].split("## What this does not show")[0]
    assert "<details><summary>Answer</summary>" in recap
    assert words.count("<details>") == words.count("</details>")


def test_every_prediction_comes_before_its_run(notebook: NotebookNode) -> None:
    for cell, after in zip(notebook.cells, notebook.cells[1:], strict=False):
        if cell.cell_type == "markdown" and "**Predict.**" in cell.source:
            assert after.cell_type == "code"


def test_exercises_are_open_and_have_an_answer(notebook: NotebookNode) -> None:
    for place, answer in exercises(notebook):
        cell = notebook.cells[place].source
        assert "course.check(" in cell
        assert with_answer(cell, answer) != cell


def test_cells_are_short(notebook: NotebookNode) -> None:
    for cell in sources(notebook, "code"):
        lines = [line for line in cell.splitlines() if line.strip()]
        lines = [line for line in lines if not line.startswith(("import ", "from "))]
        assert len(lines) <= MAX_LINES, cell
        assert max(map(len, cell.splitlines())) <= 100, cell


def test_it_asserts_what_it_says(notebook: NotebookNode) -> None:
    code = sources(notebook, "code")
    assert sum("assert" in cell for cell in code) >= len(code) / 3


def test_no_output_and_the_plain_kernel(notebook: NotebookNode) -> None:
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.metadata.kernelspec.display_name == "Python 3"
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_it_needs_no_network(notebook: NotebookNode) -> None:
    everything = "\n".join(cell.source for cell in notebook.cells)
    foreign = [a for a in ADDRESS.findall(everything) if not a.startswith(ALLOWED)]
    assert foreign == []
    assert "cdn" not in everything.lower()
    assert "http://localhost:8501/" in text(notebook)


def test_one_experiment_that_trains_nothing(notebook: NotebookNode) -> None:
    code = "\n".join(sources(notebook, "code"))
    tree = ast.parse(code)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    watched = [c.args[0].id for c in calls if getattr(c.func, "attr", "") == "observe"]  # type: ignore[attr-defined]
    assert len(watched) == 1, "one experiment"
    functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
    reached, open_ = set(), [watched[0]]
    while open_:
        name = open_.pop()
        reached.add(name)
        used = {n.id for n in ast.walk(functions[name]) if isinstance(n, ast.Name)}
        assert not used & {"train", "Training"}, f"{name} trains in a callback"
        open_ += [u for u in used & functions.keys() if u not in reached]


def test_commands_in_the_text_are_understood(notebook: NotebookNode) -> None:
    for command in re.findall(r"python -m mmcl_core ([^\n`]+)", text(notebook)):
        _parser().parse_args(shlex.split(command))


@pytest.mark.slow
def test_it_runs_with_the_folded_answers_and_shows_no_warning(notebook: NotebookNode) -> None:
    solved = exercises(notebook)
    checks = 0
    for place, answer in solved:
        cell = notebook.cells[place]
        checks += cell.source.count("course.check(")
        cell.source = with_answer(cell.source, answer)
    printed = run(notebook)
    assert NOT_ATTEMPTED not in printed
    assert printed.count("Right.") == checks


def test_an_untouched_exercise_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    course.check(..., 1.0, "hint")
    assert NOT_ATTEMPTED in capsys.readouterr().out


@pytest.mark.parametrize("answer", [0.5, np.float64(0.5), torch.tensor(0.5)])
def test_a_right_answer_is_right(answer: Any, capsys: pytest.CaptureFixture[str]) -> None:
    course.check(answer, 0.5, "hint")
    assert capsys.readouterr().out == "Right.\n"


@pytest.mark.parametrize("answer", [0.51, float("nan"), torch.tensor([0.5, 0.5])])
def test_a_wrong_answer_gets_the_hint(answer: Any) -> None:
    with pytest.raises(AssertionError, match="Not yet. Look at the margin"):
        course.check(answer, 0.5, "Look at the margin.")


def test_a_guess_is_shown_beside_the_measurement(capsys: pytest.CaptureFixture[str]) -> None:
    course.reveal("share", 0.05, 0.2)
    course.reveal("share", 0.05)
    assert capsys.readouterr().out.splitlines() == [
        "share: 0.05 (you guessed 0.2)",
        "share: 0.05 (you made no guess)",
    ]


@pytest.mark.usefixtures("light")
def test_a_widget_can_show_another_figure() -> None:
    pairs = np.linspace(-0.9, 0.9, 50)
    first = course.penalty_figure([0.2, 0.6], [0.5, 0.5], 2.0, pairs)
    second = course.penalty_figure([0.1, 0.8], [0.9, 0.1], 4.0, pairs)
    widget = course.live(first)
    course.refresh(widget, second)
    for old, new in zip(widget.data, second.data, strict=True):
        assert np.array_equal(old.x, new.x)
        assert np.array_equal(old.y, new.y)
    assert widget.layout.yaxis.range == second.layout.yaxis.range
    assert [shape.x0 for shape in widget.layout.shapes] == [0.1, 0.8]


@pytest.mark.usefixtures("light")
def test_figures_have_a_card_that_fits_the_colours() -> None:
    run_curve = RunCurve("A", "MMCL", [0, 1], [0.0, 0.4], {"ndcg@20": [0.01, 0.12]})
    cards = []
    for mode in ("light", "dark"):
        course.setup(mode)
        figure = course.training_curves([run_curve], "ndcg@20")
        cards.append((figure.layout.paper_bgcolor, figure.layout.font.color))
    course.setup("light")
    assert len({card for card, _ in cards}) == len({font for _, font in cards}) == 2
    with pytest.raises(ValueError, match="mode"):
        course.setup("blue")


@pytest.mark.usefixtures("light")
def test_a_globe_turns_its_crowd_to_the_reader() -> None:
    generator = np.random.default_rng(0)
    towards = np.array([-1.0, 0.0, 0.0])
    users = towards + 0.1 * generator.normal(size=(10, 3))
    items = towards + np.array([0.0, 0.4, 0.0]) + 0.1 * generator.normal(size=(12, 3))
    users, items = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (users, items))
    tastes = np.zeros(10, np.int64), np.ones(12, np.int64)
    figure = course.globes({"one": (users, items)}, *tastes)
    _, far_users, near_users, far_items, near_items = figure.data
    assert (len(far_users.x), len(near_users.x)) == (0, 10), "all on the near side"
    assert (len(far_items.x), len(near_items.x)) == (0, 12)
    assert np.mean(near_users.x) < np.mean(near_items.x), "users to the left, items to the right"
    radius = np.hypot(near_items.x, near_items.y)
    assert radius.max() <= 1


@pytest.mark.usefixtures("light")
def test_a_histogram_is_a_share_of_each_sample() -> None:
    figure = course.histograms({"a": np.zeros(5), "b": np.linspace(-1, 1, 1000)}, "cosine", bins=4)
    assert [sum(trace.y) for trace in figure.data] == [100, 100]
    assert list(figure.data[0].y) == [0, 0, 100, 0]

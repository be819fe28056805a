"""The course: what every notebook promises its reader."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import checks
import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from mmcl_core.cli import _parser

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
MAX_LINES = 15  # of a code cell, without blank lines and imports
ADDRESS = re.compile(r"https?://[^\s)\"'>]+")
ALLOWED = ("http://localhost:8501", "https://arxiv.org/")  # the app, and papers to read
HEADING = re.compile(r"^\*\*Exercise (\d+\.\d+)\.\*\* \*(.+) · (\w+), (\d+) minutes?\.\*", re.M)


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> NotebookNode:
    return nbformat.read(request.param, as_version=4)


def sources(notebook: NotebookNode, kind: str) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == kind]


def text(notebook: NotebookNode) -> str:
    return "\n".join(sources(notebook, "markdown"))


def exercises(notebook: NotebookNode) -> dict[str, int]:
    """Return the place of the code cell of every exercise, by its name."""
    found = {}
    for place, cell in enumerate(notebook.cells):
        headings = HEADING.findall(cell.source) if cell.cell_type == "markdown" else []
        assert len(headings) <= 1, f"one exercise a cell: {cell.source}"
        for name, title, level, minutes in headings:
            exercise = checks.find(name)
            said = (title, level, int(minutes))
            assert said == (exercise.title, exercise.level, exercise.minutes), name
            assert notebook.cells[place + 1].cell_type == "code", f"no cell for {name}"
            found[name] = place + 1
    return found


def statements(source: str) -> dict[str, ast.stmt]:
    """Return the first function or plain assignment of every name at the top level."""
    found: dict[str, ast.stmt] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            found.setdefault(node.name, node)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found.setdefault(node.targets[0].id, node)
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
    """Run a notebook; return the words it displayed, and fail on a warning."""
    where = {"metadata": {"path": str(FOLDER)}}
    NotebookClient(notebook, timeout=600, kernel_name="python3", resources=where).execute()
    printed = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            assert output.get("name") != "stderr", f"a warning is shown:\n{output.text}"
            printed.append(output.get("data", {}).get("text/markdown", ""))
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


def test_every_exercise_stands_in_its_notebook_in_order(notebook: NotebookNode) -> None:
    chapter = int(notebook.cells[0].source.split()[1])
    assert list(exercises(notebook)) == list(checks.exercises(chapter))


def test_exercises_are_open_and_their_cells_stand_alone(notebook: NotebookNode) -> None:
    for name, place in exercises(notebook).items():
        cell, variable = notebook.cells[place].source, checks.find(name).variable
        assert f'{variable} = check("{name}", {variable})' in cell
        assert cell.startswith("from checks import check\n"), "it runs first after a restart"
        assert with_answer(cell, checks.find(name).source) != cell


def test_an_exercise_runs_first_after_a_restart_and_twice(
    notebook: NotebookNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[object] = []
    monkeypatch.setattr(checks.desk, "display", said.append)
    places = exercises(notebook)
    for name, place in places.items():
        names: dict[str, object] = {}
        for _ in range(2):
            exec(notebook.cells[place].source, names)
        assert names[checks.find(name).variable] is checks.find(name).reference
    assert len(said) == 4 * len(places), "words and buttons, each time"


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
def test_it_runs_with_the_solutions_and_shows_no_warning(notebook: NotebookNode) -> None:
    open_ = exercises(notebook)
    for name, place in open_.items():
        cell = notebook.cells[place]
        cell.source = with_answer(cell.source, checks.find(name).source)
    printed = run(notebook)
    said = re.findall(r"\*\*Exercise (\S+)\.\*\* Right\.", printed)
    assert said == list(open_)

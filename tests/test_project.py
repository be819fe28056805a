"""The promises that the repository makes about itself."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
import yaml
from nbstripout import strip_output

ROOT = Path(__file__).parents[1]
CORE = ROOT / "mmcl_core"
MAX_LINES = 300

# Each room imports only from rooms above it in this list (and from itself).
ROOMS = [
    "_checks",
    "_files",
    "colours",
    "data",
    "worlds",
    "sampling",
    "products",
    "models",
    "losses",
    "ranking",
    "metrics",
    "trained",
    "geometry",
    "noise",
    "training",
    "suggest",
    "trajectories",
    "stories",
    "challenge",
    "stage",
    "experiments",
    "figures",
    "cli",
    "__main__",
]

# Where packages come from is the reader's choice. The one exception is in the README: on Linux
# the plain name brings the PyTorch for NVIDIA cards, several times as large.
REGISTRY = re.compile(
    r"pypi\.org/simple|pythonhosted|registry\.npmjs|file:///|index-url|find-links"
)
CPU_ONLY = "--index-url https://download.pytorch.org/whl/cpu"


def project_files() -> list[Path]:
    """List what is in git or would be added to it."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def direct_dependencies() -> dict[str, list[str]]:
    """Return the names of the dependencies of pyproject.toml, by extra ('' is the core)."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    groups = {"": project["dependencies"], **project["optional-dependencies"]}
    return {
        extra: [normal(re.split(r"[<>=!~ ;\[]", line, maxsplit=1)[0]) for line in lines]
        for extra, lines in groups.items()
    }


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    assert all(len(pair) == 2 for pair in pairs), "every constraint is name==version"
    return {normal(name): version for name, version in pairs}


def test_every_direct_dependency_is_pinned() -> None:
    names = {name for names in direct_dependencies().values() for name in names}
    assert len(names) > 15
    assert names <= pins().keys()


def test_pins_are_plain_versions_and_torch_is_the_tested_one() -> None:
    assert pins()["torch"] == "2.13.0"
    local = {name: version for name, version in pins().items() if "+" in version}
    assert not local, "a local version can be installed on one kind of machine only"


def test_conda_installs_the_same() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))
    *plain, with_pip = environment["dependencies"]
    assert [line.split("=")[0] for line in plain] == ["python", "pip"]
    assert with_pip == {"pip": ["-c constraints.txt", "-e .[app,notebooks]"]}
    assert {"app", "notebooks"} <= direct_dependencies().keys()


@pytest.mark.parametrize("extra", ["", "app", "notebooks"])
def test_what_is_installed_is_the_pinned_version(extra: str) -> None:
    from importlib.metadata import version

    for name in direct_dependencies()[extra]:
        assert version(name).split("+")[0] == pins()[name], f"{name}: run make test again"


def test_no_registry_addresses() -> None:
    found = []
    for path in project_files():
        if path.suffix in {".gz", ".npz", ".png"} or path == Path(__file__):
            continue
        text = path.read_text("utf-8")
        if path.suffix == ".md":
            text = text.replace(CPU_ONLY, "")
        found += [f"{path.relative_to(ROOT)}: {hit.group()}" for hit in REGISTRY.finditer(text)]
    assert found == []


def test_notebooks_are_in_git_without_outputs() -> None:
    for path in project_files():
        if path.suffix != ".ipynb":
            continue
        written = path.read_text("utf-8")
        notebook = nbformat.reads(written, nbformat.NO_CONVERT)
        before = nbformat.writes(notebook)
        stripped = strip_output(notebook, keep_output=False, keep_count=False, keep_id=True)
        after = nbformat.writes(stripped)
        assert before == after, f"{path.name} holds outputs: run make format"


def test_the_data_is_not_ignored() -> None:
    names = [path.name for path in project_files() if path.parent == CORE / "data" / "movielens"]
    assert sorted(names) == ["LICENSE.txt", "README.txt", "films.csv.gz", "ratings.csv.gz"]


@pytest.mark.parametrize("folder", ["mmcl_core", "app"])
def test_files_stay_short(folder: str) -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines())
        for path in (ROOT / folder).rglob("*.py")
    }
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}


def modules() -> list[Path]:
    return sorted(path for path in CORE.rglob("*.py") if path != CORE / "__init__.py")


def room_of(path: Path) -> str:
    first = path.relative_to(CORE).parts[0]
    return first.removesuffix(".py")


def imported_rooms(path: Path) -> Iterator[str]:
    """Yield the rooms of mmcl_core that a module imports, wherever in it."""
    package = path.relative_to(ROOT).parts[:-1]  # of mmcl_core/data/x.py: ("mmcl_core", "data")
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            origin = [*base, *(node.module.split(".") if node.module else [])]
            names = [".".join([*origin, alias.name]) for alias in node.names]
        else:
            continue
        for name in names:
            top, *rest = name.split(".")
            if top == "mmcl_core" and rest:
                yield rest[0]


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(CORE)))
def test_imports_go_up_only(path: Path) -> None:
    room = room_of(path)
    assert room in ROOMS, f"{room} is a new room: give it a place in ROOMS"
    allowed = ROOMS[: ROOMS.index(room) + 1]
    assert set(imported_rooms(path)) <= set(allowed)


def test_the_import_check_sees_every_form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    core = tmp_path / "mmcl_core"
    path = core / "data" / "x.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        "import mmcl_core.a\nfrom mmcl_core import b\nfrom mmcl_core.c import z\n"
        "from .. import d\nfrom ..e import z\nfrom . import y\nfrom .y import z\n"
        "def f():\n    import mmcl_core.g.h\nimport numpy\n"
    )
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    assert set(imported_rooms(path)) == {"a", "b", "c", "d", "e", "g", "data"}

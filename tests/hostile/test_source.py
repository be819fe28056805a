"""The source and the configuration: nothing is unpickled or evaluated, markup is escaped."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmcl_core.data.sheet import MOST_BYTES

ROOT = Path(__file__).parents[2]
FOLDERS = ("app", "mmcl_core", "benchmarks", "experiments", "notebooks", "tools")
FILES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
UNPICKLERS = {
    "pickle",
    "cPickle",
    "_pickle",
    "marshal",
    "shelve",
    "dill",
    "joblib",
    "cloudpickle",
    "yaml",
}
RUNNERS = {"eval", "exec", "compile", "__import__"}


def problems(source: str) -> Iterator[str]:
    """Say what may run what came from outside."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (
                alias.name for alias in node.names if alias.name.split(".")[0] in UNPICKLERS
            )
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in UNPICKLERS:
            yield str(node.module)
        if isinstance(node, ast.Call):
            yield from _of_call(node)


def _of_call(node: ast.Call) -> Iterator[str]:
    name = ast.unparse(node.func)
    given = {word.arg: ast.unparse(word.value) for word in node.keywords}
    if name in RUNNERS or re.search(r"(os\.(system|popen)|read_pickle)$", name):
        yield name
    if name == "torch.load" and given.get("weights_only") != "True":
        yield f"{name} that may unpickle"
    for word in ("shell", "unsafe_allow_html", "unsafe_allow_javascript", "allow_pickle"):
        if given.get(word, "False") != "False":
            yield f"{name} with {word}"


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from joblib import load",
        "np.load(path, allow_pickle=True)",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "pd.read_pickle(path)",
        "eval(text)",
        "import os\nos.system(text)",
        "subprocess.run(text, shell=True)",
        "st.markdown(text, unsafe_allow_html=True)",
    ],
)
def test_a_problem_is_seen(source: str) -> None:
    assert list(problems(source))


def test_nothing_is_unpickled_or_evaluated() -> None:
    assert len(FILES) > 100
    found = {str(path.relative_to(ROOT)): list(problems(path.read_text("utf-8"))) for path in FILES}
    assert {name: what for name, what in found.items() if what} == {}


def test_the_server_is_closed_to_other_pages_and_large_files() -> None:
    config = tomllib.loads((ROOT / "app" / ".streamlit" / "config.toml").read_text("utf-8"))
    server = config["server"]
    assert server["enableXsrfProtection"] is True
    assert server["enableCORS"] is True
    assert server["address"] == "localhost"
    assert config["client"]["showErrorDetails"] in ("type", "none")
    assert config["browser"]["gatherUsageStats"] is False


def test_the_upload_limit_is_that_of_the_core() -> None:
    config = tomllib.loads((ROOT / "app" / ".streamlit" / "config.toml").read_text("utf-8"))
    megabytes = config["server"]["maxUploadSize"]
    assert megabytes * 1_000_000 == MOST_BYTES


def test_a_class_is_shown_no_details_of_errors() -> None:
    from mmcl_app.serving.options import OPTIONS

    assert OPTIONS["client.showErrorDetails"] == "none"
    assert not {"server.enableXsrfProtection", "server.enableCORS"} & OPTIONS.keys()

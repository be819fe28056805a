"""What several tests share: a hand-made data set, recorded runs and the browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from mmcl_core.data import Interactions, Positives
from mmcl_core.stories import Lane
from mmcl_core.trajectories import Trajectory, record
from mmcl_core.worlds import W12, WorldConfig, make_world

# No test may fail for being slow, and CI tries the same examples each time.
settings.register_profile("project", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("project")

CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture
def tiny() -> Interactions:
    """Five users and six items, made by hand.

    ======  =======  ==========  =====
    user    train    validation  test
    ======  =======  ==========  =====
    0       0 1      2           3
    1       0        1           2 4
    2       1 2 3                0
    3       4                    5
    4       0 5      3
    ======  =======  ==========  =====
    """

    def pairs(*of_user: list[int]) -> Positives:
        users = np.repeat(np.arange(5), [len(items) for items in of_user])
        return Positives.from_pairs(users, [i for items in of_user for i in items], 5, 6)

    return Interactions(
        name="tiny",
        train=pairs([0, 1], [0], [1, 2, 3], [4], [0, 5]),
        validation=pairs([2], [1], [], [], [3]),
        test=pairs([3], [2, 4], [0], [5], []),
        user_ids=np.array(["ann", "bob", "cleo", "dan", "eve"]),
        item_ids=np.array([10, 20, 30, 40, 50, 60]),
        titles=("Alpha", "Beta", "Gamma", "Delta", "Epsilon", "Zeta"),
    )


@pytest.fixture
def lightgcn_folder(tmp_path: Path) -> Path:
    """Return a folder with a data set of 12 users and 12 items in the LightGCN format."""
    folder = tmp_path / "data"
    folder.mkdir()
    rows = range(12)
    train = [f"{u} " + " ".join(str((u + i) % 12) for i in range(8)) for u in rows]
    test = [f"{u} {(u + 8) % 12} {(u + 9) % 12}" for u in rows]
    (folder / "train.txt").write_text("\n".join(train) + "\n")
    (folder / "test.txt").write_text("\n".join(test) + "\n")
    return folder


@pytest.fixture(scope="session")
def recorded() -> Callable[..., list[Trajectory]]:
    """Return a function that trains a lane in five worlds, once for all tests that ask for it."""

    @cache
    def runs(lane: Lane, world: WorldConfig = W12, steps: int = 300) -> list[Trajectory]:
        return [
            record(make_world(world, seed), lane.config(world, steps, seed), frames=2)
            for seed in range(5)
        ]

    return runs


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Return the path of Chromium, from MMCL_CHROMIUM or PATH; without one, skip but not in CI."""
    candidates = (os.environ.get("MMCL_CHROMIUM"), *map(shutil.which, BROWSERS))
    found = next((path for path in candidates if path), None)
    if found is not None:
        return found
    message = (
        f"expected Chromium as one of {', '.join(BROWSERS)} in PATH, found none: "
        "install it, or set MMCL_CHROMIUM to the path of the program"
    )
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def chromium(chromium_path: str) -> Iterator[Browser]:
    """Start Chromium once."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def one_window(
    chromium: Browser, chromium_path: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrowserContext]:
    """Open a window that keeps what it has downloaded and compiled: its pages open sooner."""
    context = chromium.browser_type.launch_persistent_context(
        tmp_path_factory.mktemp("window"),
        executable_path=chromium_path,
        args=CHROMIUM_ARGS,
        reduced_motion="reduce",
    )
    yield context
    context.close()

"""What the lessons say is true, short, and told once: each answer rests on something tested."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pytest
import torch

from mmcl_app.lessons.loading import Lesson, load_all
from mmcl_app.lessons.scenes import claims, scene
from mmcl_app.results.reading import read
from mmcl_app.train.settings import page_state
from mmcl_core.data import load
from mmcl_core.losses import Loss
from mmcl_core.noise import push_noise
from mmcl_core.sampling import Sampler
from mmcl_core.stories import STORIES
from mmcl_core.training import EpochEvent, TrainConfig, train
from mmcl_core.trajectories import Trajectory

LESSONS, _ = load_all()
GUIDE = (Path(__file__).parents[2] / "docs" / "teaching.md").read_text("utf-8")


def test_no_two_lessons_ask_about_the_same_story() -> None:
    asked = [{s.story for s in one.steps if s.ask and s.story} for one in LESSONS.values()]
    assert sum(map(len, asked)) == len(set().union(*asked))


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=list(LESSONS))
def test_a_lesson_is_short(lesson: Lesson) -> None:
    assert 5 <= lesson.minutes <= 10
    assert 4 <= len(lesson.steps) <= 7
    assert any(step.ask for step in lesson.steps)
    for step in lesson.steps:
        assert len(step.text.split()) + len(step.todo.split()) <= 66, step.title
        assert len(step.reveal.split()) <= 45, step.title
        assert 2 <= len(step.choices or "ab") <= 3, step.title


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=list(LESSONS))
def test_each_answer_rests_on_what_was_tested(lesson: Lesson) -> None:
    for number, step in enumerate(lesson.steps, 1):
        if step.ask:
            assert step.claims or step.tested
            assert len(claims(step)) == len(step.claims)
            assert {claim.split(".")[0] for claim in step.claims} <= {step.story}
        if step.ask and not step.story:
            assert (lesson.name, number) in ELSEWHERE, "say which test holds it"
        if step.done and step.done[0] == "step":
            assert step.done[1] == STORIES[step.story].steps
        if step.done and step.done[0] == "story":
            assert step.done[1] in STORIES


# Answers about other pages, and the tests in this file that hold them.
ELSEWHERE = {
    ("negatives", 2): "test_a_hundred_negatives_have_a_tenth_of_the_noise",
    ("films", 1): "test_the_films_are_as_in_the_guide",
    ("films", 2): "test_the_films_are_as_in_the_guide",
    ("films", 3): "test_the_films_are_as_in_the_guide",
    ("published", 3): "test_the_turned_round_trick_is_that_of_the_guide",
    ("published", 4): "test_the_gains_are_those_of_the_store",
    ("published", 5): "test_the_gains_are_those_of_the_store",
}


def test_the_tests_of_other_answers_are_there() -> None:
    assert set(ELSEWHERE.values()) <= globals().keys()


@pytest.mark.slow
def test_without_a_push_the_loss_only_falls_and_there_are_as_many_dots_as_told(
    recorded: Callable[..., list[Trajectory]],
) -> None:
    runs = {
        name: recorded(story.lanes[0], story.world, story.steps)
        for name, story in STORIES.items()
        if name in ("collapse", "split")
    }
    for run in runs["collapse"]:
        assert run.at("loss") < 0.01
        assert (np.diff(run.curves["loss"]) <= 0).all()
    for run in runs["split"]:
        rest, dots = run.positions[-1], 0
        while len(rest):
            rest, dots = rest[rest @ rest[0] < 0.999], dots + 1
        assert dots == STORIES["split"].world.tastes == 12


@pytest.mark.slow
def test_hard_negatives_are_often_false(recorded: Callable[..., list[Trajectory]]) -> None:
    story = STORIES["hard"]
    shares = []
    for lane in story.lanes:
        shares.append([false_share(run) for run in recorded(lane, story.world, story.steps)])
    a, b, c = np.array(shares)
    assert ((a < b) & (b < c)).all()
    assert (c > 0.3).all(), "often"


def test_a_hundred_negatives_have_a_tenth_of_the_noise(
    recorded: Callable[..., list[Trajectory]],
) -> None:
    story = STORIES["more"]
    lane = story.lane("b")
    settings = {"margins": lane.margins, "weights": lane.weights}
    loss = Loss("mmcl", **settings, negative_weight=lane.negative_weight)
    for seed, run in enumerate(recorded(lane, story.world, story.steps)):
        n, points = run.world.data.n_users, torch.from_numpy(run.positions[-1])
        pairs = torch.arange(n), torch.zeros(n, dtype=torch.int64)
        of = points[:n], points[n:], pairs
        generator = torch.Generator().manual_seed(seed)
        one, many = (
            push_noise(loss, *of, Sampler(n=count), run.world.data.train, 400, generator).variance
            for count in (1, 100)
        )
        assert float(one.mean() / many.mean()) == pytest.approx(100, rel=0.1)


def guide(link: str) -> str:
    """Return the answer of a scene of the teacher's guide; `tests/test_teaching.py` tests it."""
    (row,) = re.findall(rf"^\|.*\]\[{link}\] \|.*$", GUIDE, re.M)
    return row


def numbers(text: str) -> list[str]:
    return re.findall(r"\d+\.\d+|\d+(?=%)", text)


def test_the_films_are_as_in_the_guide() -> None:
    first, second, third = LESSONS["films"].steps[:3]
    a, b, c, liked, *active = numbers(guide("films").split("NDCG@20", 1)[1])
    assert numbers(first.reveal) == [c, b, a]
    assert numbers(second.reveal) == active[::-1]
    assert numbers(third.reveal) == [a, liked]
    assert "each seed C > B > most liked films > A" in guide("films")


@pytest.mark.slow
def test_the_films_spend_alike_and_push_apart() -> None:
    values = {field.name: field.default for field in page_state().fields}
    data = load("movielens")
    for seed in range(5):
        ends = []
        for loss, settings in (values[name] for name in "abc"):
            config = TrainConfig(
                loss=loss,
                settings=settings,
                negatives=values["n"],
                epochs=values["epochs"],
                learning_rate=values["rate"],
                seed=seed,
            )
            ends.append([e for e in train(config, data) if isinstance(e, EpochEvent)][-1].geometry)
        share, budget = ([end[of] for end in ends] for of in ("active_share", "push_budget"))
        assert share[2] > 10 * share[0]
        assert share[0] < share[1] < share[2]
        assert max(budget) < 2 * min(budget)


def test_the_turned_round_trick_is_that_of_the_guide() -> None:
    step = LESSONS["published"].steps[2]
    (link,) = re.findall(r"^\[won\]: \S+\?(\S+)$", GUIDE, re.M)
    mine = scene(step)
    assert mine.items() <= dict(parse_qsl(link)).items()
    assert numbers(step.tested[0]) == [mine[name] for name in ("margin", "weight", "rate")]
    told = numbers(guide("challenge").split("But the opponent", 1)[1])
    assert numbers(step.reveal) == told[::-1]
    assert numbers(step.tested[1]) == told


def test_the_gains_are_those_of_the_store() -> None:
    results = read()
    assert results is not None
    rows = results.gains.query("data == 'movielens' and negatives == 10 and metric == 'ndcg@20'")
    rows = rows.set_index("control")
    tuned, published = rows.loc["CCL, tuned"], rows.loc["CCL as published"]
    said = LESSONS["published"].steps[3].reveal
    gains = [f"{100 * tuned[name]:.1f}" for name in ("gain", "gain_low", "gain_high")]
    assert numbers(said) == [*gains, f"{100 * published['gain']:.0f}"]
    assert tuned["seeds"] == published["seeds"] == 10


def false_share(run: Trajectory) -> float:
    """Return the share of the drawn negatives that are likes of the user, told or held out."""
    liked = np.zeros((run.world.data.n_users, run.world.data.n_items), np.bool_)
    liked[run.world.likes.users, run.world.likes.items] = True
    return float(liked[run.users[..., None], run.negatives].mean())

"""The background runner, without Streamlit: turns, stop, continue, failures, queue, closed tabs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from mmcl_app.train import job as module
from mmcl_app.train.job import Job, JobView
from mmcl_app.train.runner import Runner
from mmcl_core.training import (
    DoneEvent,
    EpochEvent,
    Event,
    TrainConfig,
    Training,
    TrainingDiverged,
)
from mmcl_core.worlds import make_world

DATA = make_world(seed=0).data
BASE = TrainConfig(
    dim=8, negatives=2, batch_size=64, epochs=4, watch="test", learning_rate=0.02, k=10
)
LANES = {
    "A": BASE.with_(loss="ccl", settings={"margin": 0.9, "negative_weight": 4.0}),
    "B": BASE.with_(loss="mmcl", settings={"negative_weight": 2.0}),
}
LONG = {name: config.with_(epochs=100_000) for name, config in LANES.items()}


def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for something that other threads do; a test that hangs fails here."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.005)


def finish(runner: Runner, job: Job) -> JobView:
    runner.start(job)
    until(lambda: not job.view().busy)
    return job.view()


def curve(view: JobView, lane: int) -> list[tuple[float, ...]]:
    points = view.lanes[lane].points
    return [(p.epoch, p.loss, *p.metrics.values(), *p.geometry.values()) for p in points[1:]]


def alone(config: TrainConfig) -> list[tuple[float, ...]]:
    events = [e for e in Training(config, DATA).events() if isinstance(e, EpochEvent)]
    return [(p.epoch, p.loss, *p.metrics.values(), *p.geometry.values()) for p in events[1:]]


@pytest.fixture
def jobs() -> Iterator[list[Job]]:
    """Jobs listed here are stopped at the end, so that no worker outlives its test."""
    made: list[Job] = []
    yield made
    for job in made:
        job.stop()
    until(lambda: not any(job.view().state == "running" for job in made))


def test_lanes_take_turns_and_finish() -> None:
    job = Job(LANES, DATA)
    assert job.view().state == "new"
    view = finish(Runner(slots=1), job)
    assert view.state == "finished"
    assert view.share == 1
    for lane in view.lanes:
        assert [p.epoch for p in lane.points] == [0, 1, 2, 3, 4]
        assert lane.done is not None
        assert lane.done.reason == "finished"
        assert lane.done.test["ndcg@10"] > 0
        assert lane.progress == 4
        assert lane.seconds > 0


def test_numbers_do_not_depend_on_the_company() -> None:
    together = finish(Runner(slots=1), Job(LANES, DATA))
    turned = finish(Runner(slots=1), Job({"B": LANES["B"], "A": LANES["A"]}, DATA))
    assert curve(together, 0) == curve(turned, 1) == alone(LANES["A"])
    assert curve(together, 1) == curve(turned, 0) == alone(LANES["B"])


def test_lanes_of_one_seed_share_start_batches_and_negatives() -> None:
    twins = finish(Runner(slots=1), Job({"A": LANES["A"], "B": LANES["A"]}, DATA))
    assert curve(twins, 0) == curve(twins, 1)
    different = finish(Runner(slots=1), Job({"A": LANES["A"].with_(seed=1)}, DATA))
    assert curve(different, 0) != curve(twins, 0)
    first, second = (finish(Runner(1), Job(LANES, DATA)).lanes[i].points[0] for i in (0, 1))
    assert dict(first.metrics) == dict(second.metrics)


def test_stop_and_continue_give_the_same_numbers_as_one_go() -> None:
    job = Job(LANES, DATA)
    runner = Runner(slots=1)
    seen = threading.Event()

    def watched() -> bool:
        if sum(len(lane.points) for lane in job.view().lanes) >= 5:
            seen.set()
            job.stop()
        return True

    job._alive, job._grace = watched, 0.0
    stopped = finish(runner, job)
    assert seen.is_set()
    assert stopped.state == "stopped"
    assert 0 < stopped.share < 1
    for lane in stopped.lanes:
        assert lane.done is not None
        assert lane.done.reason == "stopped"
        assert lane.done.trained.recommend(0, 3)
    job._alive = lambda: True
    whole = finish(runner, job)
    assert whole.state == "finished"
    assert curve(whole, 0) == alone(LANES["A"])
    assert curve(whole, 1) == alone(LANES["B"])


def test_a_view_never_changes() -> None:
    job = Job(LANES, DATA)
    before = job.view()
    finish(Runner(slots=1), job)
    assert before.state == "new"
    assert before.lanes[0].points == ()


def test_a_failed_lane_says_why_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    class Breaking(Training):
        def events(self, stop: Callable[[], bool] = lambda: False) -> Iterator[Event]:
            for event in super().events(stop):
                yield event
                if self.config.loss == "bpr" and event.epoch == 2:
                    raise RuntimeError("out of luck")

    monkeypatch.setattr(module, "Training", Breaking)
    view = finish(Runner(slots=1), Job({**LANES, "C": BASE.with_(loss="bpr")}, DATA))
    a, b, c = view.lanes
    assert view.state == "finished"
    assert a.done is not None
    assert b.done is not None
    assert c.done is None
    assert "RuntimeError: out of luck" in c.message
    assert "Traceback" not in c.message
    assert [p.epoch for p in c.points] == [0, 1]
    assert view.share == 1


def test_divergence_shows_the_message_of_the_core(monkeypatch: pytest.MonkeyPatch) -> None:
    class Diverging(Training):
        def events(self, stop: Callable[[], bool] = lambda: False) -> Iterator[Event]:
            yield next(super().events(stop))
            raise TrainingDiverged("Expected a finite loss, got nan at step 1.")

    monkeypatch.setattr(module, "Training", Diverging)
    (lane,) = finish(Runner(slots=1), Job({"A": BASE}, DATA)).lanes
    assert lane.message == "Expected a finite loss, got nan at step 1."
    assert len(lane.points) == 1


def test_bad_settings_become_a_message() -> None:
    bad = BASE.with_(negatives=DATA.n_items + 1, replacement=False)
    view = finish(Runner(slots=1), Job({"A": bad, "B": LANES["B"]}, DATA))
    assert "negatives without replacement" in view.lanes[0].message
    assert view.lanes[1].done is not None


def test_a_job_that_breaks_gives_its_place_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    runner = Runner(slots=1)
    broken, next_one = Job(LANES, DATA), Job(LANES, DATA)

    def breaks() -> None:
        raise MemoryError("no room")

    monkeypatch.setattr(broken, "run", breaks)
    runner.start(broken)
    view = finish(runner, next_one)
    assert view.state == "finished"
    assert all(lane.done for lane in view.lanes)
    until(lambda: broken.view().state == "finished")
    assert all("MemoryError: no room" in lane.message for lane in broken.view().lanes)
    assert runner.load() == (0, 0)


def test_no_more_threads_is_a_message_and_keeps_no_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoThread(threading.Thread):
        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    runner, job = Runner(slots=1), Job(LANES, DATA)
    with monkeypatch.context() as patched:
        patched.setattr(threading, "Thread", NoThread)
        runner.start(job)
    assert job.view().state == "finished"
    assert "can't start new thread" in job.view().lanes[0].message
    assert runner.load() == (0, 0)
    assert finish(runner, Job(LANES, DATA)).lanes[0].done is not None


def test_a_lane_that_is_over_answers_as_the_core_does() -> None:
    (lane,) = finish(Runner(slots=1), Job({"A": LANES["A"]}, DATA)).lanes
    done = next(e for e in Training(LANES["A"], DATA).events() if isinstance(e, DoneEvent))
    assert lane.done is not None
    kept, whole = lane.done.trained, done.trained
    np.testing.assert_allclose(kept.users, whole.users, atol=2e-6)
    np.testing.assert_allclose(kept.items, whole.items, atol=2e-6)
    for user in range(5):
        found, expected = kept.recommend(user, 5), whole.recommend(user, 5)
        assert [x.item for x in found] == [x.item for x in expected]
    assert [x.item for x in kept.neighbours(0, 5)] == [x.item for x in whole.neighbours(0, 5)]


def test_lanes_that_are_over_share_what_they_can_and_let_go_of_the_rest() -> None:
    job = Job(LANES, DATA)
    a, b = finish(Runner(slots=1), job).lanes
    assert a.done is not None
    assert b.done is not None
    assert a.done.trained.known is b.done.trained.known
    assert all(lane.training is None for lane in job._lanes)


def test_the_queue_keeps_its_order(jobs: list[Job]) -> None:
    runner = Runner(slots=1)
    jobs.extend(Job(LONG, DATA) for _ in range(4))
    first, second, third, fourth = jobs
    for job in jobs:
        runner.start(job)
    until(lambda: first.view().state == "running")
    assert [runner.place(job) for job in jobs] == [0, 1, 2, 3]
    runner.start(second)  # a second click changes nothing
    assert [runner.place(job) for job in jobs] == [0, 1, 2, 3]
    second.stop()
    assert [runner.place(job) for job in jobs] == [0, 0, 1, 2]
    assert second.view().state == "stopped"
    first.stop()
    until(lambda: third.view().state == "running")
    assert fourth.view().state == "waiting"
    runner.start(first)  # continues at the end of the queue
    assert [runner.place(job) for job in (third, fourth, first)] == [0, 1, 2]


def test_no_more_jobs_run_than_there_are_slots(jobs: list[Job]) -> None:
    runner = Runner(slots=2)
    jobs.extend(Job(LONG, DATA) for _ in range(4))
    for job in jobs:
        runner.start(job)
    until(lambda: all(job.view().lanes[0].points for job in jobs[:2]))
    assert [job.view().state for job in jobs] == ["running", "running", "waiting", "waiting"]


def test_a_closed_tab_stops_its_job_running_or_waiting(jobs: list[Job]) -> None:
    runner = Runner(slots=1)
    open_tab = threading.Event()
    open_tab.set()
    jobs.append(Job(LONG, DATA, alive=open_tab.is_set, grace=0.0))
    jobs.append(Job(LONG, DATA, alive=lambda: False, grace=0.0))
    jobs.append(Job(LONG, DATA))
    for job in jobs:
        runner.start(job)
    until(lambda: len(jobs[0].view().lanes[0].points) > 2)
    assert runner.place(jobs[2]) == 1  # the closed one in front is gone
    assert jobs[1].view().lost_tab
    open_tab.clear()
    until(lambda: jobs[2].view().state == "running")
    assert jobs[0].view().state == "stopped"
    assert jobs[0].view().lost_tab


def test_a_short_break_of_the_connection_does_not_stop_a_job() -> None:
    answers = iter([False] * 3)
    job = Job(LANES, DATA, alive=lambda: next(answers, True), grace=60.0)
    job._looked = -np.inf
    assert not job.abandoned()
    assert finish(Runner(slots=1), job).state == "finished"

"""A training of several lanes: it can be stopped, goes on later, and keeps a record to look at.

A job trains its lanes in turn, one epoch each, in one worker thread; nothing here touches
Streamlit. Each lane is a run of the core with its own streams of randomness, so its numbers do
not depend on the company it runs in. A page reads `Job.view` as often as it likes.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import torch

from mmcl_app.train.kept import Kept, known_of
from mmcl_core.data import Interactions
from mmcl_core.training import (
    DoneEvent,
    EpochEvent,
    Event,
    StepEvent,
    TrainConfig,
    Training,
    TrainingDiverged,
)

BUSY = ("waiting", "running")
GRACE = 2.0  # seconds without its browser tab until a job stops
_LOOK = 0.5  # seconds between two looks at the tab

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class LaneView:
    """What a lane has computed so far.

    `message` says why it failed; `seconds` are its own, without its neighbours'.
    """

    name: str
    config: TrainConfig
    points: tuple[EpochEvent, ...]
    progress: float  # epochs done, the current one in parts
    done: DoneEvent | None
    message: str
    seconds: float


@dataclass(frozen=True, eq=False)
class JobView:
    """A job at one moment; `state` is "new", "waiting", "running", "stopped" or "finished"."""

    state: str
    lanes: tuple[LaneView, ...]
    lost_tab: bool

    @property
    def busy(self) -> bool:
        """Whether more is to come."""
        return self.state in BUSY

    @property
    def share(self) -> float:
        """Share of the work that is done, in [0, 1]."""
        parts = [
            1.0 if lane.message or (lane.done and lane.done.reason != "stopped")
            else lane.progress / lane.config.epochs
            for lane in self.lanes
        ]  # fmt: skip
        return min(1.0, sum(parts) / len(parts))


@dataclass
class _Lane:
    name: str
    config: TrainConfig
    training: Training | None = None
    points: list[EpochEvent] = field(default_factory=list)
    progress: float = 0.0
    done: DoneEvent | None = None
    message: str = ""
    seconds: float = 0.0

    @property
    def over(self) -> bool:
        return bool(self.message) or (self.done is not None and self.done.reason != "stopped")


class Job:
    """Several lanes on the same data, trained in turn.

    Parameters
    ----------
    configs : mapping of name to TrainConfig
        The lanes; for the same start, batches and negatives give them the same seed and N.
    data : Interactions
    alive : callable
        Whether somebody still watches; asked about twice a second.
    grace : float
        Seconds without anybody watching until the job stops.
    """

    def __init__(
        self,
        configs: Mapping[str, TrainConfig],
        data: Interactions,
        alive: Callable[[], bool] = lambda: True,
        grace: float = GRACE,
    ) -> None:
        self.data = data
        self._lanes = [_Lane(name, config) for name, config in configs.items()]
        self._alive, self._grace = alive, grace
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._state = "new"
        self._lost_tab = False
        self._seen = self._looked = time.monotonic()

    def view(self) -> JobView:
        """Return what there is now; it never changes afterwards."""
        with self._lock:
            lanes = tuple(
                LaneView(
                    x.name, x.config, tuple(x.points), x.progress, x.done, x.message, x.seconds
                )
                for x in self._lanes
            )
            return JobView(self._state, lanes, self._lost_tab)

    def stop(self) -> None:
        """Ask the job to stop; it does so after the current step."""
        self._stop.set()

    def abandoned(self) -> bool:
        """Whether the job was asked to stop, or nobody has watched for longer than the grace."""
        now = time.monotonic()
        if now - self._looked >= min(_LOOK, self._grace):
            self._looked = now
            if self._alive():
                self._seen = now
            elif now - self._seen >= self._grace:
                self._lost_tab = True
                self._stop.set()
        return self._stop.is_set()

    def queued(self) -> None:
        """Get ready for a first or a further run."""
        with self._lock:
            self._stop.clear()
            self._state, self._lost_tab = "waiting", False
            self._seen = self._looked = time.monotonic()

    def ended(self) -> None:
        """Note that the job left the queue or its worker."""
        with self._lock:
            over = all(lane.over for lane in self._lanes)
            self._state = "finished" if over else "stopped"

    def failed(self, error: Exception) -> None:
        """Note why no lane can go on."""
        with self._lock:
            for lane in self._lanes:
                if not lane.over:
                    lane.message, lane.training = _unexpected(error), None

    def run(self) -> None:
        """Train all lanes that are not over, one epoch each in turn, until all are or a stop."""
        torch.set_num_threads(1)
        with self._lock:
            self._state = "running"
            lanes = [lane for lane in self._lanes if not lane.over]
            for lane in lanes:
                lane.done = None
        turns = deque((lane, self._events(lane)) for lane in lanes)
        while turns:
            lane, events = turns.popleft()
            if self._turn(lane, events):
                turns.append((lane, events))

    def _events(self, lane: _Lane) -> Iterator[Event]:
        if lane.training is None:
            lane.training = Training(lane.config, self.data)
        yield from lane.training.events(self.abandoned)

    def _turn(self, lane: _Lane, events: Iterator[Event]) -> bool:
        """Move a lane on by one epoch; return whether there is more."""
        began = time.perf_counter()
        message = ""
        try:
            for event in events:
                with self._lock:
                    self._note(lane, event)
                if not isinstance(event, StepEvent):
                    return isinstance(event, EpochEvent)
        except (TrainingDiverged, ValueError) as error:
            message = str(error)
        except Exception as error:
            _log.exception("Lane %s failed", lane.name)
            message = _unexpected(error)
        finally:
            with self._lock:
                lane.message = message
                lane.seconds += time.perf_counter() - began
                if lane.over:
                    lane.training = None
        return False

    def _note(self, lane: _Lane, event: Event) -> None:
        if isinstance(event, StepEvent):
            per_epoch = -(-len(self.data.train) // lane.config.batch_size)
            lane.progress = event.step / per_epoch
        elif isinstance(event, EpochEvent):
            lane.points.append(event)
        elif event.reason == "stopped":
            lane.done = event
        else:
            lane.done = replace(event, trained=Kept(event.trained, known_of(self.data)))


def _unexpected(error: Exception) -> str:
    return f"This lane failed unexpectedly ({type(error).__name__}: {error})."

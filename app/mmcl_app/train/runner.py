"""The queue of trainings, one for the whole server."""

from __future__ import annotations

import logging
import threading
from collections import deque

from mmcl_app.memory import give_back, loaded
from mmcl_app.train.job import Job
from mmcl_app.turns import processors
from mmcl_core.data import Interactions
from mmcl_core.training import TrainConfig, train

MOST_SLOTS = 4  # threads share one interpreter: more of them only slow each other down

_log = logging.getLogger(__name__)


class Runner:
    """Runs at most `slots` jobs at once; the others wait in order of arrival.

    Parameters
    ----------
    slots : int
        By default one less than there are processors, so that pages stay quick, and at most four.
    """

    def __init__(self, slots: int | None = None) -> None:
        self.slots = slots or min(MOST_SLOTS, max(1, processors() - 1))
        self._lock = threading.Lock()
        self._waiting: deque[Job] = deque()
        self._running: set[Job] = set()

    def start(self, job: Job) -> None:
        """Put a new or a stopped job at the end of the queue, and begin it if there is room."""
        with self._lock:
            if job in self._running or job in self._waiting:
                return
            job.queued()
            self._waiting.append(job)
        self._fill()

    def place(self, job: Job) -> int:
        """Return 1 for the next job in the queue, 2 for the one after it; 0 when not waiting."""
        self._fill()
        with self._lock:
            return self._waiting.index(job) + 1 if job in self._waiting else 0

    def load(self) -> tuple[int, int]:
        """Return how many jobs run, and how many wait."""
        with self._lock:
            return len(self._running), len(self._waiting)

    def _fill(self) -> None:
        with self._lock:
            for job in [job for job in self._waiting if job.abandoned()]:
                self._waiting.remove(job)
                job.ended()
            while self._waiting and len(self._running) < self.slots:
                job = self._waiting.popleft()
                try:
                    threading.Thread(target=self._work, args=(job,), daemon=True).start()
                except RuntimeError as error:  # the system gives no more threads
                    job.failed(error)
                    job.ended()
                else:
                    self._running.add(job)

    def _work(self, job: Job) -> None:
        try:
            job.run()
        except Exception as error:
            _log.exception("A job failed")
            job.failed(error)
        finally:
            give_back()
            with self._lock:
                self._running.discard(job)
                job.ended()
            self._fill()


def warm_up(data: Interactions) -> None:
    """Take one step and forget it, so that the first job need not wait for slow imports."""
    for _ in train(TrainConfig(max_steps=1), data):
        pass
    loaded()

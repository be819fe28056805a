"""What the students of a class do: each has a page of its own, visits others, moves controls.

Every student holds values that nobody else has. After each answer the address must say them all:
a value that is missing, or somebody else's, is a lost state.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from class_load_tab import Tab

PAUSE = (3.0, 8.0)  # seconds between two moves
AWAY = 0.12  # chance that the next move is a visit to another page
HOMES = ("lab", "films", "lab", "challenge", "lab", "results", "films", "lab", "lessons", "start")
EPOCHS = 10  # of a training: long enough for a queue, short enough for many turns
_UNSAID = {"metric": "ndcg", "margin": "0.9"}  # an address says nothing while all is as at first
_PLACE = re.compile(r"number (\d+)")

Move = Callable[[], Awaitable[float]]


def _same(found: str, value: str) -> bool:
    """Whether two words of an address say the same numbers, or the same text."""
    try:
        return [*map(float, found.split("_"))] == [*map(float, value.split("_"))]
    except ValueError:
        return found == value


@dataclass(frozen=True)
class Sample:
    """One move: when it was answered, whose, where, what, whether it trained, how long it took."""

    when: float
    student: int
    page: str
    what: str
    light: bool
    seconds: float


@dataclass
class Turn:
    """One training on the Train page, from the click to its end."""

    student: int
    clicked: float
    places: list[int] = field(default_factory=list)
    began: float = 0.0
    ended: float = 0.0


@dataclass
class Log:
    """What all students of a class saw."""

    samples: list[Sample] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    checks: int = 0


class Student:
    """One student in one tab.

    Parameters
    ----------
    number : int
    home : str
        One of `HOMES`, or "train".
    address : str
    log : Log
    """

    def __init__(self, number: int, home: str, address: str, log: Log) -> None:
        self.number, self.home, self.log = number, home, log
        self.random = random.Random(number)
        seed = {"seed": str(1000 + number)}
        query = {
            "train": {**seed, "epochs": str(EPOCHS)},
            "lab": {"world": "toy", **seed},
            "films": {"world": "films", "negative_weight": str(10 + number)},
        }.get(home, {})
        self.own: dict[str, dict[str, str]] = {home: dict(query)}
        self.here = home
        self.world = "films" if home == "films" else "toy"
        self.serial = 0
        self.turn: Turn | None = None
        self.seen = 0  # progress lines read so far
        path = {"films": "lab", "start": ""}.get(home, home)
        self.tab = Tab(address, path, query)

    async def live(self, until: float) -> None:
        """Open the page, and move controls until the lesson is over."""
        try:
            await self._do("open", self.tab.open, light=False)
            while time.monotonic() < until:
                await asyncio.sleep(self.random.uniform(*PAUSE))
                what, move, light = self._choose()
                await self._do(what, move, light)
        except (TimeoutError, OSError, LookupError) as error:
            self.log.errors.append(f"student {self.number}, {self.here}: {error!r}")
        finally:
            self.watch()
            self.log.errors += [f"student {self.number}: {said}" for said in self.tab.errors]

    async def _do(self, what: str, move: Move, light: bool) -> None:
        self.watch()
        seconds = await move()
        self.log.samples.append(
            Sample(time.monotonic(), self.number, self.here, what, light, seconds)
        )
        self.watch()
        self._check(what)

    def _check(self, what: str) -> None:
        """Compare the address with what this student has set."""
        for word, value in self.own.get(self.here, {}).items():
            self.log.checks += 1
            found = self.tab.query.get(word, _UNSAID.get(word, "nothing"))
            if not _same(found, value):
                said = f"student {self.number}, {self.here}, after {what}"
                self.log.lost.append(f"{said}: {word} is {found}, expected {value}")

    def watch(self) -> None:
        """Follow this student's training by what its page says."""
        lines, self.tab.texts = self.tab.texts, []
        for when, text in lines:
            if self.turn is None or when < self.turn.clicked:
                continue
            place = _PLACE.search(text)
            if place and not self.turn.began:
                self.turn.places.append(int(place[1]))
            elif text.startswith("Epoch") and not self.turn.began:
                self.turn.began = when
            elif text.startswith("Finished"):
                self.turn.began = self.turn.began or when
                self.turn.ended = when
                self.turn = None
            elif "Continue goes on" in text:
                self.log.errors.append(f"student {self.number}: the training stopped by itself")
                self.turn = None

    def _choose(self) -> tuple[str, Move, bool]:
        """Return the next move: its name, how to make it, and whether it trains nothing."""
        away = self.here != self.home
        if self.home != "train" and self.random.random() < (0.5 if away else AWAY):
            pages = ["lab", "challenge", "results", "lessons", "start"]
            target = self.home if away else self.random.choice(pages)
            if target != self.here and {target, self.here} != {"lab", "films"}:
                return "visit", lambda: self._go(target), target != "lab"
        return getattr(self, f"_on_{self.here}")()

    async def _go(self, target: str) -> float:
        page = {"films": "lab", "start": ""}.get(target, target)
        self.here = self.world if page == "lab" and self.world == "films" else target
        return await self.tab.go(page)

    def _says(self, **own: str) -> None:
        self.own.setdefault(self.here, {}).update(own)

    def _on_lab(self) -> tuple[str, Move, bool]:
        chance = self.random.random()
        if chance < 0.5:
            camera = [round(self.random.uniform(-1, 1), 3), 0.25, 1.5]
            stage = self.tab.find("toy-stage")
            view = {
                "turn": self.tab.widgets[stage].turn if stage else 0,
                "frame": self.random.randrange(20),
                "camera": camera,
                "user": self.number,
                "playing": False,
            }
            self._says(user=str(self.number), camera=f"{camera[0]!r}_0.25_1.5")
            return "pick a user", lambda: self.tab.set("toy-stage", {"view": view}), True
        self.serial += 1
        margin = round(self.random.uniform(0.1, 0.95), 2)
        design = {"margins": [margin], "weights": [1.0], "negative_weight": 3.0}
        said = {"lane": 2, "serial": self.serial, "design": design}
        count = self.tab.query.get("c", "~~~2").split("~")[3]
        self._says(c=f"{margin:g}~1~3~{count}")
        return "drag a knot", lambda: self.tab.trigger("toy-designer", "designed", said), False

    def _on_films(self) -> tuple[str, Move, bool]:
        value = round(self.random.uniform(-0.5, 0.95), 2)
        others = self.tab.query.get("margins", "").split("_")[1:]
        self._says(margins="_".join([f"{value:g}", *others]))
        return "move a margin", lambda: self.tab.set("lab.margins.0", value), True

    def _on_challenge(self) -> tuple[str, Move, bool]:
        if self.random.random() < 0.3:
            return "play five worlds", lambda: self.tab.set("challenge-play", None), False
        margin = round(self.random.uniform(0.3, 0.9), 2)
        self._says(margin=f"{margin:g}")
        return "change the margin", lambda: self.tab.set("challenge.margin", margin), True

    def _on_results(self) -> tuple[str, Move, bool]:
        metric = self.random.choice(["ndcg", "recall"])
        self._says(metric=metric)
        label = {"ndcg": "NDCG@20", "recall": "Recall@20"}[metric]
        return "change the metric", lambda: self.tab.set("results.metric", label), True

    def _on_lessons(self) -> tuple[str, Move, bool]:
        if self.tab.find("lesson-leave"):
            self.own.pop("lessons", None)
            return "leave a lesson", lambda: self.tab.set("lesson-leave", None), True
        self._says(lesson="kicks.1")
        return "begin a lesson", lambda: self.tab.set("begin-kicks", None), True

    def _on_start(self) -> tuple[str, Move, bool]:
        pane = self.random.choice("ABC")
        return "change the pane", lambda: self.tab.set("None", pane), True

    def _on_train(self) -> tuple[str, Move, bool]:
        if self.turn is None and self.tab.find("train.start") and self.random.random() < 0.7:
            return "start a training", self._start, True
        name, value = self.random.choice([("n", self.random.randint(2, 20)), ("epochs", EPOCHS)])
        self._says(**{name: str(value)})
        return f"change {name}", lambda: self.tab.set(f"train.{name}", value), True

    async def _start(self) -> float:
        self.turn = Turn(self.number, time.monotonic())
        self.log.turns.append(self.turn)
        return await self.tab.set("train.start", None)

"""Thirty students and one laptop as server: does everybody get an answer, and keep what is theirs?

    python benchmarks/class_load.py                            # the whole thing, about 20 minutes
    python benchmarks/class_load.py --students 10 --minutes 1 --settle 5   # to see that it runs

The script starts the app on two processors, as a class is served, and sends it students: each a
tab over a real WebSocket, and two more in Chromium, if there is one. Each moves a control every 3
to 8 seconds; a quarter of them train on films. In turn:

1.  One visitor opens every page, so that imports and caches are not counted as a student's.
2.  The students who train are alone, twice: what does one of them cost while training, and after?
    The first round fills what Python and the system keep ready for good; the second one counts.
3.  The class, for `--minutes`.
4.  All leave. Streamlit keeps a tab's session for two minutes, so the script waits `--settle`.
5.  A class a quarter as long comes and leaves: the memory afterwards tells growth from a cache.

A move is light if nothing is trained for it. Its time is from the message to the answer that ends
its run; in the browsers, from the key press to the new address. Only this machine is talked to.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import tempfile
import time
from pathlib import Path

from class_load_browser import both, chromium
from class_load_report import Memory, Report
from class_load_server import Server, serving
from class_load_students import EPOCHS, HOMES, Log, Student
from class_load_tab import Tab
from playwright.async_api import Browser


async def visit_everything(server: Server) -> None:
    """Open every page once, train a little everywhere, and leave."""
    tab = Tab(server.address, "lab", {"world": "films"})
    await tab.open()
    for page in ("", "lessons", "results", "challenge"):
        await tab.go(page)
    await tab.set("challenge-play", None)
    await tab.close()
    tab = Tab(server.address, "lab", {"world": "toy"})
    await tab.open()
    await tab.go("train")
    await tab.set("train.epochs", 1)
    await tab.set("train.start", None)
    await _finished(tab)
    await asyncio.sleep(2)  # what came out is drawn in a run of its own
    await tab.go("lab")
    await tab.go("train")
    await tab.close()


async def _finished(tab: Tab) -> None:
    async with asyncio.timeout(600):
        while not any("Finished" in text for _, text in tab.texts):
            await asyncio.sleep(0.2)


async def cost_of_training(server: Server, students: int, settle: float) -> Memory:
    """Let students train side by side, in turn, and leave; return what they cost in MB."""
    tabs = [
        Tab(server.address, "train", {"seed": str(i), "epochs": str(EPOCHS)})
        for i in range(students)
    ]
    before = server.resident()
    for tab in tabs:
        await tab.open()
    opened, began = server.resident(), time.monotonic()
    for tab in tabs:
        await tab.set("train.start", None)
    await asyncio.gather(*map(_finished, tabs))
    await asyncio.sleep(2)
    most, ended = server.most(began), server.resident()
    for tab in tabs:
        await tab.close()
    return Memory(students, before, opened, most, ended, await emptied(server, settle))


async def a_class(server: Server, options: argparse.Namespace, seconds: float, log: Log) -> None:
    """Let the class work for a while, and leave."""
    browser: Browser | None
    async with chromium() as browser:
        until = time.monotonic() + seconds
        training = options.students // 4
        homes = ["train"] * training + [
            HOMES[i % len(HOMES)] for i in range(options.students - training)
        ]
        students = [Student(i, home, server.address, log) for i, home in enumerate(homes)]
        works = [asyncio.create_task(_arrive(student, until)) for student in students]
        if browser and not options.no_browser:
            works.append(asyncio.create_task(both(browser, server.address, until, log)))
        await asyncio.gather(*works)
        for student in students:
            await student.tab.close()


async def _arrive(student: Student, until: float) -> None:
    await asyncio.sleep(student.number * 0.3)  # a class does not sit down all at once
    await student.live(until)


async def emptied(server: Server, settle: float) -> float:
    """Wait until nothing of the class is needed any more; return the memory then, in MB."""
    await asyncio.sleep(settle)
    tab = Tab(server.address, "lessons")  # a visit makes Streamlit let go of what has expired
    await tab.open()
    await tab.close()
    await asyncio.sleep(1)
    return server.resident()


async def measure(options: argparse.Namespace, folder: Path) -> Report:
    """Go through all parts, in turn."""
    log, again = Log(), Log()
    async with serving(options.cores, folder / "server.log") as server:
        await visit_everything(server)
        print("one visitor has seen every page")
        first, memory = [
            await cost_of_training(server, max(1, options.students // 4), options.settle)
            for _ in range(2)
        ]
        print(memory.sentence())
        began = time.monotonic()
        await a_class(server, options, 60 * options.minutes, log)
        ended = time.monotonic()
        report = Report(options.students, options.minutes, log, first, memory)
        report.class_memory = [(when, mb) for when, mb in server.memory if began <= when <= ended]
        report.after = await emptied(server, options.settle)
        await a_class(server, options, 15 * options.minutes, again)
        report.again = await emptied(server, options.settle)
        log.errors += again.errors
        log.lost += again.lost
        report.threads = server.threads()
        log.errors += [f"server's log: {line}" for line in server.complaints()]
    return report


def main() -> None:
    """Measure, print, and write the table if asked."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--students", type=int, default=30, choices=range(4, 201), metavar="4..200")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long the class is, <= 60")
    parser.add_argument("--cores", type=int, default=2, help="processors of the server")
    parser.add_argument("--settle", type=float, default=130.0, help="seconds, see above")
    parser.add_argument("--no-browser", action="store_true", help="without Chromium")
    parser.add_argument("--out", type=Path, help="a Markdown file to write the report to")
    options = parser.parse_args()
    options.minutes = min(options.minutes, 60.0)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # also then the server is ended
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(measure(options, Path(folder)))
    text = report.text()
    print(text)
    if options.out:
        options.out.write_text(text + "\n", "utf-8")
    sys.exit(0 if report.met else 1)


if __name__ == "__main__":
    main()

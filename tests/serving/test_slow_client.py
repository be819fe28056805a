"""A student whose network takes nothing any more: memory stays bounded, and others stay quick."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from class_load_tab import Tab
from served import Served, waited
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

pytestmark = pytest.mark.slow

ASKED = 150  # times; each answer has more than a megabyte
MOST = 150.0  # MB that a student who does not read may cost
QUICK = 5.0  # seconds for another student's light move, on a machine that does other things


async def ask_without_reading(address: str, stop: asyncio.Event) -> int:
    """Ask for the Lab again and again and take no answer; return how often that went well."""
    asked = 0
    uri = address.replace("http", "ws", 1) + "/_stcore/stream"
    async with connect(uri, subprotocols=["streamlit"], max_queue=1, compression=None) as socket:
        for i in range(ASKED):
            message = BackMsg()
            message.rerun_script.page_name = "lab"
            message.rerun_script.query_string = f"world=toy&steps=300&user={i % 30}&step=10"
            try:
                await socket.send(message.SerializeToString())
            except ConnectionClosed:
                break
            asked += 1
            await asyncio.sleep(0.2)
        stop.set()
        socket.transport.abort()  # a polite end would read first
    return asked


async def work(address: str, stop: asyncio.Event) -> list[float]:
    """Move a control on another page until it is over; return the seconds of each answer."""
    tab, taken, margin = Tab(address, "challenge"), [], 0.3
    await tab.open()
    while not stop.is_set():
        margin = 0.3 if margin > 0.8 else round(margin + 0.05, 2)
        taken.append(await tab.set("challenge.margin", margin))
        assert tab.query["margin"] == f"{margin:g}"
        await asyncio.sleep(0.5)
    assert tab.errors == []
    await tab.close()
    return taken


def test_a_student_who_takes_nothing_costs_little_and_holds_nobody_up(
    serve: Callable[..., Served],
) -> None:
    served = serve()

    async def both() -> tuple[int, list[float], float]:
        warm = Tab(served.address, "lab", {"world": "toy"})
        await warm.open()
        await warm.close()
        before, most = served.memory(), 0.0
        stop = asyncio.Event()

        async def watch() -> None:
            nonlocal most
            while True:
                most = max(most, served.memory())
                await asyncio.sleep(0.1)

        watching = asyncio.create_task(watch())
        asked, taken = await asyncio.gather(
            ask_without_reading(served.address, stop), work(served.address, stop)
        )
        watching.cancel()
        return asked, taken, most - before

    asked, taken, cost = waited(both)
    assert asked > 20
    assert len(taken) > 10
    assert sorted(taken)[int(0.95 * len(taken))] < QUICK
    assert cost < MOST

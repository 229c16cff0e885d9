"""Question 2: what do ten thousand waits at once cost?

The waits are real, their answers are not fetched: `Orders.get` is replaced by one that answers in
this process, PROCESSING twice and then FINISHED. So no signature and no socket is in the figures.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import gc
import itertools
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import wxdist
from benchmarks.measuring import Size, medians
from benchmarks.report import Table, micro, milli
from benchmarks.server import BODY, TRANSACTION_ID
from wxdist.resources import Orders
from wxdist.wire import codec

LOOKS = 3  #: at each order
PROCESSING = BODY.replace(b"FINISHED", b"PROCESSING")
TICK = 0.002
MANY, TASKS = "`orders.wait_many`", "`orders.wait`, a task each"
BYTES, LOOK, MAKING, DELAY = "bytes a wait", "µs a look", "ms to make all", "ms of loop delay"

Answer = Callable[[str], wxdist.Distribution]
Refs = Sequence[wxdist.OrderRef]
Way = Callable[[Orders, Refs], Awaitable[object]]


def answering(session: wxdist.Session, answer: Answer) -> Orders:
    """Return orders whose queries *answer* answers."""

    class Answering(Orders):
        async def get(self, out_order_no: str, **_: Any) -> wxdist.Distribution:
            return answer(out_order_no)

    return Answering(session._caller)


def many(orders: Orders, refs: Refs) -> Awaitable[object]:
    waits = orders.wait_many(refs)

    async def run() -> None:
        async for _, ended in waits:
            assert isinstance(ended, wxdist.Distribution)

    return run()


def tasks(orders: Orders, refs: Refs) -> Awaitable[object]:
    return asyncio.gather(*(orders.wait(ref) for ref in refs))


WAYS = {MANY: many, TASKS: tasks}


async def bytes_of(way: Way, session: wxdist.Session, refs: Refs) -> float:
    """Return the bytes of one wait between two looks, the answer it holds included."""
    looks, all_looked = itertools.count(1), asyncio.Event()

    def answer(_: str) -> wxdist.Distribution:
        if next(looks) == len(refs):
            all_looked.set()
        return codec.load(wxdist.Distribution, PROCESSING)

    orders = answering(session.with_options(poll_delays=(600.0,)), answer)
    gc.collect()
    tracemalloc.start()
    running = asyncio.ensure_future(way(orders, refs))
    await all_looked.wait()
    await asyncio.sleep(10 * TICK)  # the last ones fall asleep
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    return size / len(refs)


async def time_of(way: Way, session: wxdist.Session, refs: Refs) -> dict[str, float]:
    """Return seconds to make all waits, processor seconds a look, and the longest loop delay."""
    last = codec.load(wxdist.Distribution, BODY)
    first = codec.load(wxdist.Distribution, PROCESSING)
    looks: collections.Counter[str] = collections.Counter()

    def answer(out_order_no: str) -> wxdist.Distribution:
        looks[out_order_no] += 1
        return last if looks[out_order_no] == LOOKS else first

    orders = answering(session.with_options(poll_delays=(1.0,)), answer)
    late: list[float] = []
    start = time.process_time()
    running = way(orders, refs)
    made = time.process_time()
    ticks = asyncio.create_task(_ticks(late))
    await running
    done = time.process_time()
    ticks.cancel()
    assert looks.total() == LOOKS * len(refs)
    return {
        MAKING: made - start,
        LOOK: (done - made) / looks.total(),
        DELAY: max(late),
    }


async def _ticks(late: list[float]) -> None:
    """Note how much later than asked for the event loop wakes us."""
    while True:
        before = time.perf_counter()
        await asyncio.sleep(TICK)
        late.append(time.perf_counter() - before - TICK)


async def measure(session: wxdist.Session, size: Size) -> Table:
    """Return the table of many waits, both ways in turns."""
    refs = [wxdist.OrderRef(f"P{number:013d}", TRANSACTION_ID) for number in range(size.waits)]
    rounds: dict[str, list[dict[str, float]]] = {name: [] for name in WAYS}
    for _ in range(size.wait_rounds):
        for name, way in WAYS.items():
            rounds[name].append(await time_of(way, session, refs))
    rows = []
    for name, way in WAYS.items():
        found = medians(rounds[name])
        memory = f"{await bytes_of(way, session, refs):.0f}"
        rows.append((name, memory, micro(found[LOOK]), milli(found[MAKING]), milli(found[DELAY])))
    return Table(
        f"{size.waits:_} waits at once".replace("_", " "),
        f"Each looks {LOOKS} times, a second apart, on the real clock; the answers come from this "
        "process, so neither network nor signature is in it. Bytes are those that `tracemalloc` "
        "counts between two looks, a wait's last answer with three receivers included, its "
        "`OrderRef` not. Loop delay is how late a 2 ms timer fired at worst, all being made; "
        f"medians of {size.wait_rounds} rounds, bytes of one.",
        ("", BYTES, LOOK, MAKING, DELAY),
        rows,
    )

"""Rounds, medians, and processor time of this process."""

from __future__ import annotations

import asyncio
import contextlib
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent

Subject = Callable[[], Awaitable[object]]  #: what is measured, done once


class Size(NamedTuple):
    """How long to measure."""

    rounds: int
    calls: int  #: a round
    waits: int
    wait_rounds: int
    starts: int  #: of each process
    bill_rows: int
    bill_rounds: int


QUICK = Size(
    rounds=3,
    calls=192,
    waits=2_000,
    wait_rounds=1,
    starts=3,
    bill_rows=50_000,
    bill_rounds=1,
)
FULL = Size(
    rounds=15,
    calls=512,
    waits=10_000,
    wait_rounds=5,
    starts=15,
    bill_rows=1_000_000,
    bill_rounds=3,
)


class Server(NamedTuple):
    """The server process, as its client sees it."""

    origin: str
    public_key: str


@contextlib.contextmanager
def server() -> Iterator[Server]:
    """Run the server process for the block."""
    command = [sys.executable, "-m", "benchmarks.server"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=HERE.parent) as process:
        assert process.stdin
        assert process.stdout
        try:
            said = json.loads(process.stdout.readline())
            yield Server(f"http://127.0.0.1:{said['port']}", said["public_key"])
        finally:
            process.stdin.close()


async def cpu_of(subject: Subject, *, calls: int, at_once: int) -> float:
    """Return the processor seconds of this process, all threads, for one of *calls*."""

    async def worker() -> None:
        for _ in range(calls // at_once):
            await subject()

    before = time.process_time()
    async with asyncio.TaskGroup() as group:
        for _ in range(at_once):
            group.create_task(worker())
    return (time.process_time() - before) / calls


def medians(rounds: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the median of each figure over all rounds."""
    return {name: statistics.median(each[name] for each in rounds) for name in rounds[0]}

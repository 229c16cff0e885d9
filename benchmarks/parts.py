"""Question 4: where does the time of one call go?"""

from __future__ import annotations

import collections
import contextlib
import functools
import time
import types
from collections.abc import Awaitable, Callable, Generator, Iterator
from typing import Any

from benchmarks.clients import Clients
from benchmarks.measuring import Size, cpu_of, medians
from benchmarks.report import Table, micro, percent
from wxdist.transport import trusted
from wxdist.transport.http import Network
from wxdist.wire import codec
from wxdist.wire.keys import PrivateKey

SIGN, NETWORK, DECODE = "signature (RSA-2048)", "connection", "JSON to model"
VERIFY, REST = "verification (RSA-2048)", "the rest of wxdist"
CALL = "all of the coroutine"

MEANING = {
    SIGN: "`PrivateKey.sign`",
    NETWORK: "aiohttp, the event loop, the kernel's sockets, and `transport/http.py` around them",
    DECODE: "`codec.load`",
    VERIFY: "`verifying.check_signature`",
    REST: "checks, headers, retry (backoff), deadline, seal, freshness, nonces, echo",
}


class Stopwatch:
    """Adds up the thread's processor time inside functions and coroutines, by name."""

    def __init__(self) -> None:
        self.spent: collections.defaultdict[str, float] = collections.defaultdict(float)

    @contextlib.contextmanager
    def on(self, owner: Any, attribute: str, name: str) -> Iterator[None]:
        """Watch a function of ours for the block."""
        function = getattr(owner, attribute)
        setattr(owner, attribute, self.watched(function, name))
        try:
            yield
        finally:
            setattr(owner, attribute, function)

    def watched(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        """Return *function*, watched; what it awaits counts only while it runs."""

        @functools.wraps(function)
        def call(*args: Any, **named: Any) -> Any:
            before = time.thread_time()
            made = function(*args, **named)
            self.spent[name] += time.thread_time() - before
            return self._steps(made.__await__(), name) if isinstance(made, Awaitable) else made

        return call

    @types.coroutine
    def _steps(self, steps: Generator[Any, Any, Any], name: str) -> Generator[Any, Any, Any]:
        while True:
            before = time.thread_time()
            try:
                step = next(steps)
            except StopIteration as end:
                return end.value
            finally:
                self.spent[name] += time.thread_time() - before
            yield step


async def one_round(clients: Clients, size: Size) -> dict[str, float]:
    """Return the processor time of each part of one call; they add up to the whole."""
    watch = Stopwatch()
    await clients.stock(size.calls)
    with (
        watch.on(PrivateKey, "sign", SIGN),
        watch.on(trusted, "check_signature", VERIFY),
        watch.on(codec, "load", DECODE),
        watch.on(Network, "send", NETWORK),
    ):
        whole = await cpu_of(watch.watched(clients.ours, CALL), calls=size.calls, at_once=32)
    spent = {name: seconds / size.calls for name, seconds in watch.spent.items()}
    inside = spent.pop(CALL)
    rest = inside - sum(spent.values())
    # What is outside the coroutine is the event loop's, which moves bytes and wakes tasks.
    return spent | {NETWORK: spent[NETWORK] + whole - inside, REST: rest}


async def measure(clients: Clients, size: Size) -> Table:
    """Return the parts of one call, the largest first."""
    parts = medians([await one_round(clients, size) for _ in range(size.rounds)])
    whole = sum(parts.values())
    rows = [
        (name, micro(parts[name]), percent(parts[name] / whole), MEANING[name])
        for name in sorted(parts, key=parts.__getitem__, reverse=True)
    ]
    places = ", ".join(f"{name} {share}" for name, _, share, _ in rows[:3])
    return Table(
        "Where the time of one call goes",
        f"wxdist at 32 at once, each part timed as it happens. Three places: {places}.",
        ("part", "µs", "share", "what it is"),
        rows,
    )

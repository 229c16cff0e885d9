"""The sandbox as a server of its own, for programs in any language."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import ipaddress
import os
import signal
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from wxdist.errors import ConfigurationError, InvalidInput
from wxdist.waiting.clock import Clock

from . import tls
from .control import Control
from .core import Core, write
from .listening import Listener, listen
from .options import clock_of, one_of
from .records import Terms
from .store import Store

#: The file in the credentials folder that a client of HTTPS has to trust.
AUTHORITY_FILE = "sandbox_ca.pem"
LAST_PORT = 65_535


class Standing:
    """A sandbox whose signatures go by real time, and whose business by a clock of its own.

    So a foreign client keeps working whatever becomes of the business's clock. Use it as an async
    context manager, once.

    Args:
        terms: the contract with the merchant.
        seed: of ids, times and results of a new state.
        clock: ``auto`` and 1 run as fast as real time, ``manual`` moves by orders alone, another
            number runs at that multiple of real time.
        start: where the business's clock starts; ``None``: now. One that was kept goes on where it
            stood.
        answers: signed by the platform's ``certificate``, or by its ``public_key``.
        host: where it listens: a loopback address.
        port: up to 65535; 0 takes a free one.
        expose: allow another *host*: then whoever reaches it can play with the sandbox.
        https: speak HTTPS; the folder then gets `AUTHORITY_FILE`.
        folder: where the credentials go; ``None`` writes none.
        store: a file that keeps the state; ``None`` forgets it in the end.
        control: take orders over HTTP too, under ``/_sandbox/``, and let an auditor watch.
        real: real time.

    Raises:
        InvalidInput: an argument that is none of these, or a store that cannot be used.
    """

    def __init__(
        self,
        terms: Terms,
        *,
        seed: int = 0,
        clock: str | float = "auto",
        start: float | dt.datetime | None = None,
        answers: str = "certificate",
        host: str = "127.0.0.1",
        port: int = 0,
        expose: bool = False,
        https: bool = False,
        folder: str | os.PathLike[str] | None = None,
        store: str | os.PathLike[str] | None = None,
        control: bool = False,
        real: Clock | None = None,
    ) -> None:
        one_of("answers", answers, "certificate", "public_key")
        self._host = host if expose else _loopback(host)
        if not 0 <= port <= LAST_PORT:
            raise InvalidInput("port", f"must be from 0, which takes a free one, to {LAST_PORT}")
        self._port = port
        if https and folder is None:
            raise InvalidInput("https", f"needs a credentials folder, for {AUTHORITY_FILE}")
        self._https = https
        self._folder = None if folder is None else Path(folder)
        self._real = real or Clock()
        speed = 1 if clock == "auto" else clock
        begin = self._real.now() if start is None else start
        self._clock = clock_of(speed, begin)
        self._store = None if store is None else Store(store)
        try:
            self._core = self._made(terms, seed, answers, control=control)
        except BaseException:
            self._let_go()
            raise
        self._listener: Listener | None = None

    async def __aenter__(self) -> Self:
        try:
            with _plainly(f"write into {self._folder}"):
                tls = self._tls()
            with _plainly(f"listen on {self._host}"):
                self._listener = await listen(
                    self._core, self._clock, host=self._host, port=self._port, tls=tls
                )
            with _plainly(f"write into {self._folder}"):
                self._write_credentials()
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._end()

    @property
    def base_url(self) -> str:
        """Where the service listens; raises ``RuntimeError`` while it does not."""
        if self._listener is None:
            raise RuntimeError("the sandbox is not running: use it in `async with`")
        return self._listener.base_url

    @property
    def control(self) -> Control:
        """Everything that one can order of this sandbox."""
        return self._core.control

    def _made(self, terms: Terms, seed: int, answers: str, *, control: bool) -> Core:
        if self._store is not None and self._store.now is not None:
            self._clock.turn_to(self._store.now)
        return Core(
            terms,
            self._clock,
            seed=seed,
            wall=self._real.now,
            answers=answers,
            store=self._store,
            control=control,
            hosts=(self._host,),
        )

    def _tls(self) -> ssl.SSLContext | None:
        if not self._https or self._folder is None:
            return None
        now, names = self._real.now(), dict.fromkeys([*tls.NAMES, self._host])
        by = self._authority(now, list(names))
        self._folder.mkdir(parents=True, exist_ok=True)
        write(self._folder / AUTHORITY_FILE, by.pem)
        return tls.context(by, now, list(names))

    def _authority(self, now: float, names: list[str]) -> tls.Authority:
        """Return the kept one, while it vouches for *names*; else a new one, and keep that."""
        if self._store is not None:
            old = self._store.kept("authority", lambda kept: tls.Authority.load(*kept))
            if old is not None and old.vouches_for(names):
                return old
        new = tls.authority(now, names)
        if self._store is not None:
            self._store.keep("authority", new.dump())
        return new

    def _write_credentials(self) -> None:
        if self._folder is None:
            return
        if not self._https:  # one of an earlier run would mislead
            (self._folder / AUTHORITY_FILE).unlink(missing_ok=True)
        self._core.write_credentials(self._folder, self.base_url)

    async def _end(self) -> None:
        listener, self._listener = self._listener, None
        try:
            if listener is not None:
                await listener.stop()
        finally:
            self._let_go()

    def _let_go(self) -> None:
        store, self._store = self._store, None
        if store is not None:
            store.close()


async def serve(standing: Standing, say: Callable[[str], None]) -> None:
    """Run *standing* until the process is told to end (SIGINT or SIGTERM).

    *say* gets the one line that tells where it listens. Must be called in the main thread.
    """
    loop, told = asyncio.get_running_loop(), asyncio.Event()

    def end(number: int, frame: FrameType | None) -> None:
        del number, frame
        loop.call_soon_threadsafe(told.set)

    ends = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(each, end) for each in ends]
    try:
        async with standing:
            say(f"listening on {standing.base_url}")
            await told.wait()
    finally:
        for each, handler in zip(ends, before, strict=True):
            signal.signal(each, handler)


@contextlib.contextmanager
def _plainly(act: str) -> Iterator[None]:
    """Turn what the operating system refuses in the block into words on what cannot be done."""
    try:
        yield
    except OSError as error:
        raise ConfigurationError(f"cannot {act}: {error.strerror or error}") from None


def _loopback(host: str) -> str:
    try:
        inside = ipaddress.ip_address(host).is_loopback
    except ValueError:
        inside = host == "localhost"
    if not inside:
        raise InvalidInput("host", "is no loopback address: others could reach it (see expose)")
    return host

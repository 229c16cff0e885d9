"""One request out, one response in, over aiohttp: the only place of the client that names it."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import io
import platform
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

import aiohttp
from yarl import URL

from wxdist.errors import BillRefused, NoAnswer, NotSent, WxdistError
from wxdist.settings import VERSION, Settings
from wxdist.waiting.clock import Clock
from wxdist.wire.message import Request, Response

#: The service closes idle connections after 8 s; one that it just closed would fail a call.
KEEP_ALIVE = 6.0

#: A longer body leaves in pieces, between which others have their turn.
LARGE = 1 << 18

Connector = aiohttp.BaseConnector
Reader = Callable[[aiohttp.ClientResponse], Awaitable[Response]]

#: Takes the head of a file's answer, its body empty; gives what takes the body, piece by piece.
Begin = Callable[[Response], Callable[[bytes], object]]
T = TypeVar("T")
R = TypeVar("R")


class Progress(Protocol):
    """Whom to tell that a request begins to leave this machine."""

    left: bool


class NotKept(Exception):
    """What was fetched could not be kept: carries the keeper's error past all of the network's.

    Past its repeats too: no other answer would be kept any better.
    """

    def __init__(self, error: Exception) -> None:
        self.error = error


def _keep(take: Callable[[T], R], given: T) -> R:
    try:
        return take(given)
    except Exception as error:
        raise NotKept(error) from error


class _Dropped(Exception):
    """A connection broke: not an error that aiohttp would answer by sending again itself."""


async def _never_resend(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _Dropped(_named(error)) from error


async def _on_headers_sent(_: Any, context: Any, __: Any) -> None:
    context.trace_request_ctx.left = True


def _named(error: BaseException) -> str:
    """Return *error* in words that hold no URL and no header."""
    inner = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    said = getattr(inner, "strerror", None) or getattr(inner, "verify_message", None)
    return f"{type(error).__name__} ({said})" if said else type(error).__name__


class Network:
    """The connections of a session: opened when first used, closed with it.

    Args:
        settings: proxy, time to connect, number of connections.
        connector: an ``aiohttp`` connector to use and leave open; ``None`` makes one.
        clock: the clock of deadlines; ``settings.connect_timeout`` is real time.
    """

    def __init__(self, settings: Settings, *, connector: Connector | None, clock: Clock) -> None:
        self._settings = settings
        self._connector = connector
        self._clock = clock
        self._client: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    @property
    def is_open(self) -> bool:
        """Whether connections were opened and not yet closed."""
        return self._client is not None and not self._client.closed

    async def send(
        self, request: Request, *, origin: str, until: float, progress: Progress
    ) -> Response:
        """Send *request* and return the whole answer.

        Args:
            request: complete, signed.
            origin: scheme, host and port to send it to.
            until: on the clock's ``monotonic()``.
            progress: is told when the first byte may have left.

        Raises:
            NotSent: no connection, or no time to open one.
            NoAnswer: it left, and no whole answer of bearable size came in time.
        """
        return await self._exchange(request, origin, until, progress, read=self._whole)

    async def fetch(
        self,
        request: Request,
        *,
        origin: str,
        until: float,
        pause: float,
        progress: Progress,
        begin: Begin,
        most: int,
    ) -> Response:
        """Send *request*; hand a 2xx body on piece by piece, and return the rest.

        Args:
            request: complete, signed.
            origin: scheme, host and port to send it to.
            until: on the clock's ``monotonic()``.
            pause: seconds that may pass until the answer begins, and from each piece to the next.
            progress: is told when the first byte may have left.
            begin: is given the head of a 2xx answer, and gives what takes its body.
            most: bytes that the body may have.

        Raises:
            NotSent, NoAnswer: as `send`.
            BillRefused: the body is longer than *most*.
            NotKept: *begin*, or what it gave, raised an error.
        """

        async def kept(response: aiohttp.ClientResponse) -> Response:
            if not 200 <= response.status < 300:
                return await self._whole(response, pause)
            head = _plain(response, b"")
            take = functools.partial(_keep, _keep(begin, head))
            await _pour(functools.partial(self._next, response, pause), most, take, BillRefused)
            return head

        return await self._exchange(request, origin, until, progress, read=kept, pause=pause)

    async def _whole(
        self, response: aiohttp.ClientResponse, pause: float | None = None
    ) -> Response:
        pieces: list[bytes] = []
        most = self._settings.most_answer_bytes
        await _pour(functools.partial(self._next, response, pause), most, pieces.append, NoAnswer)
        return _plain(response, b"".join(pieces))

    async def _next(self, response: aiohttp.ClientResponse, pause: float | None) -> bytes:
        """Return the next piece of a body; empty: it has ended."""
        async with self._within(pause):
            return await response.content.readany()

    def _within(self, pause: float | None) -> contextlib.AbstractAsyncContextManager[object]:
        """Raise ``TimeoutError`` when the block takes *pause* seconds; ``None``: let it."""
        if pause is None:
            return contextlib.nullcontext()
        return self._clock.timeout_at(self._clock.monotonic() + pause)

    async def _exchange(
        self,
        request: Request,
        origin: str,
        until: float,
        progress: Progress,
        *,
        read: Reader,
        pause: float | None = None,
    ) -> Response:
        """Send, and give what *read* makes of the answer; translate every foreign error."""
        try:
            with self._clock.busy():
                async with self._clock.timeout_at(until):
                    async with self._within(pause):
                        response = await self._opened().request(
                            request.method,
                            URL(origin + request.target, encoded=True),
                            data=_sendable(request.body),
                            headers=request.headers,
                            allow_redirects=False,
                            proxy=self._settings.proxy,
                            trace_request_ctx=progress,
                        )
                    async with response:
                        return await read(response)
        except (WxdistError, NotKept):
            raise
        except TimeoutError as error:
            late = "no whole answer in time" if progress.left else "no connection in time"
            raise _lost(progress, late) from error
        except Exception as error:  # noqa: BLE001 - of any kind: it must say whether a request left
            said = str(error) if isinstance(error, _Dropped) else _named(error)
            tells_url = isinstance(error, aiohttp.ClientResponseError)  # an account, a token
            raise _lost(progress, said) from None if tells_url else error

    def enter(self) -> None:
        """Refuse a call that cannot be made, before anything is done for it.

        Raises:
            NotSent: closed, or first used in another event loop.
        """
        loop = asyncio.get_running_loop()
        self._loop = self._loop or loop
        if self._closed:
            raise NotSent("the session is closed", again=False)
        if self._loop is not loop:
            raise NotSent("the session was first used in another event loop", again=False)

    def _opened(self) -> aiohttp.ClientSession:
        self.enter()
        if self._client is None:
            self._client = self._open()
        return self._client

    def _open(self) -> aiohttp.ClientSession:
        trace = aiohttp.TraceConfig()
        trace.on_request_headers_sent.append(_on_headers_sent)
        lent = self._connector
        return aiohttp.ClientSession(
            connector=lent
            or aiohttp.TCPConnector(limit=self._settings.connections, keepalive_timeout=KEEP_ALIVE),
            connector_owner=lent is None,
            auto_decompress=False,  # the signature covers what came
            cookie_jar=aiohttp.DummyCookieJar(),
            middlewares=(_never_resend,),
            timeout=aiohttp.ClientTimeout(sock_connect=self._settings.connect_timeout),
            trace_configs=[trace],
            trust_env=self._settings.trust_env,
        )

    async def aclose(self) -> None:
        """Close what was opened; may be called twice."""
        self._closed = True
        if self._client is not None:
            await self._client.close()


@functools.cache
def user_agent() -> str:
    """Return the ``User-Agent`` header, which the service requires."""
    return f"wxdist/{VERSION} Python/{platform.python_version()}"


def _sendable(body: bytes) -> bytes | io.BytesIO | None:
    """Return *body* as aiohttp takes it: none, whole, or a large one piece by piece."""
    return io.BytesIO(body) if len(body) > LARGE else body or None


def _lost(progress: Progress, reason: str) -> WxdistError:
    return NoAnswer(reason) if progress.left else NotSent(reason)


def _plain(response: aiohttp.ClientResponse, body: bytes) -> Response:
    """Return the answer as a value; a header that stands twice is joined, as HTTP says."""
    headers: dict[str, str] = {}
    for name, value in response.headers.items():
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return Response(status=response.status, headers=headers, body=body)


async def _pour(
    read: Callable[[], Awaitable[bytes]],
    most: int,
    write: Callable[[bytes], object],
    too_long: Callable[[str], WxdistError],
) -> None:
    """Hand each piece that *read* gives to *write*; raise *too_long* beyond *most* bytes."""
    left = most
    while piece := await read():
        left -= len(piece)
        if left < 0:
            raise too_long(f"it is longer than {most} bytes, the most that the settings allow")
        write(piece)

"""HTTP to the service and back: the only place that acts on how an answer is to be delivered."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
import struct
from collections.abc import Awaitable

from aiohttp import web

from wxdist.waiting.clock import Clock

from .api import PREFIX, Api
from .asking import Request
from .endpoints import MOST_FILE_BYTES, UPLOAD_PATH
from .ledger import LedgerBroken
from .mischief import Answer, Delivery, How
from .page import Page
from .service import Service

#: Bytes of a JSON body, and of an upload with what surrounds the file (ours).
MOST_JSON = 1024 * 1024
MOST_UPLOAD = MOST_FILE_BYTES + MOST_JSON

#: Close a connection by a reset instead of an orderly end.
_RESET = struct.pack("ii", 1, 0)

_log = logging.getLogger(__name__)


def application(
    service: Service, clock: Clock, api: Api | None = None, page: Page | None = None
) -> web.Application:
    """Return the HTTP side of *service*; *clock* stands still while a request is answered.

    With an *api* or a *page*, orders are taken too: they are no calls, and no fault strikes them.
    They may move *clock*, so what they do keeps it from nothing.

    Pauses of slow answers are on *clock* too. A handler must be cancelled when its client goes
    away (``handler_cancellation`` of the runner): a call that hangs ends so.
    """
    delivering = _Delivering(clock)

    async def handle(request: web.Request) -> web.StreamResponse:
        path = request.raw_path.partition("?")[0]
        try:
            with clock.busy():
                if page is not None and page.serves(path):
                    answer = await _ordered(page, request, clock)
                elif api is not None and path.startswith(PREFIX):
                    answer = await _ordered(api, request, clock)
                else:
                    answer = await _answered(service, request)
        except web.RequestPayloadError:
            answer = _unsigned(400, "INVALID_REQUEST", "the body cannot be decoded, or is cut")
        except Exception as error:  # noqa: BLE001 - of any kind: it must say that it is ours
            _log.exception("%s %s was not answered", request.method, path)
            answer = _broken(error)
        return await delivering.send(request, answer)

    app = web.Application(client_max_size=MOST_UPLOAD)
    app.router.add_route("*", "/{path:.*}", handle)
    app.on_shutdown.append(delivering.stop)
    return app


async def _ordered(desk: Api | Page, request: web.Request, clock: Clock) -> Answer:
    headers = {name.lower(): value for name, value in request.headers.items()}
    head = Request(request.method, request.raw_path, headers)
    most, body = desk.most(head), bytearray()  # the limit of `read` is that of the service
    while len(body) <= most and (piece := await request.content.readany()):
        body += piece
    with clock.stalled():  # to advance the clock is not work that the clock waits for
        return await desk.answer(Request(head.method, head.target, headers, bytes(body)))


async def _answered(service: Service, request: web.Request) -> Answer:
    method, target = request.method, request.raw_path
    headers = {name.lower(): value for name, value in request.headers.items()}
    head = Request(method, target, headers)
    fault = service.strike(head)
    if fault is not None and fault.name == "refused":
        return service.carry_out(head, fault)  # its body stays unread
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        return _too_large()
    if len(body) > MOST_JSON and not target.startswith(UPLOAD_PATH):
        return _too_large()
    return service.carry_out(Request(method, target, headers, body), fault)


def _too_large() -> Answer:
    return _unsigned(413, "INVALID_REQUEST", "the body is too large")


def _broken(error: Exception) -> Answer:
    """Say that the sandbox itself is at fault, and not who called it."""
    if isinstance(error, LedgerBroken):
        said = f"the sandbox itself is broken, its books contradict themselves: {error}"
    else:
        said = f"the sandbox itself failed with {type(error).__name__}; its log has more"
    return _unsigned(500, "SANDBOX_BROKEN", said)


def _unsigned(status: int, code: str, words: str) -> Answer:
    """Answer where no signature was checked (status and texts ours)."""
    body = {"code": code, "message": f"[sandbox] {words}"}
    headers = {"Wxdist-Sandbox": "1", "Content-Type": "application/json"}
    return Answer(status, headers, json.dumps(body).encode())


class _Delivering:
    """Sends answers out; knows which of them only wait, so that closing need not."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: set[asyncio.Task[object]] = set()

    async def send(self, request: web.Request, answer: Answer) -> web.StreamResponse:
        """Let *answer* leave as it is to be delivered."""
        delivery = answer.delivery
        if delivery.how is How.WHOLE:
            return web.Response(status=answer.status, headers=answer.headers, body=answer.body)
        if delivery.how is How.HANG:
            await self._wait(asyncio.get_running_loop().create_future())
        if delivery.how in {How.HANG, How.RESET}:
            return _reset(request)
        response = web.StreamResponse(status=answer.status, headers=answer.headers)
        response.content_length = len(answer.body)
        with contextlib.suppress(ConnectionError):  # the client has left meanwhile
            await response.prepare(request)
            await self._send(response, answer.body, delivery)
        return response

    async def stop(self, _: web.Application) -> None:
        """End what would wait on."""
        for task in self._waiting:
            task.cancel()

    async def _send(self, response: web.StreamResponse, body: bytes, delivery: Delivery) -> None:
        if delivery.how is How.CUT:
            await response.write(body[: delivery.keep])
            response.force_close()
            return
        for start in range(0, len(body), delivery.piece):
            await self._wait(self._clock.sleep(delivery.pause))
            await response.write(body[start : start + delivery.piece])

    async def _wait(self, something: Awaitable[None]) -> None:
        """Wait for nothing but time: the client's own deadline may be what ends it."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - handlers run in tasks
        self._waiting.add(task)
        try:
            with self._clock.stalled():
                await something
        finally:
            self._waiting.discard(task)


def _reset(request: web.Request) -> web.StreamResponse:
    """Reset the connection; the answer that is returned cannot leave any more."""
    transport = request.transport
    assert transport is not None  # noqa: S101 - a client that left has cancelled this handler
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    transport.abort()
    return web.Response()

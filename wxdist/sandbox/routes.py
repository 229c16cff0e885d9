"""HTTP to the service and back."""

from __future__ import annotations

import json

from aiohttp import web

from wxdist.waiting.clock import Clock

from .asking import Request
from .endpoints import MOST_FILE_BYTES, UPLOAD_PATH
from .service import Service

#: Bytes of a JSON body, and of an upload with what surrounds the file (ours).
MOST_JSON = 1024 * 1024
MOST_UPLOAD = MOST_FILE_BYTES + MOST_JSON


def application(service: Service, clock: Clock) -> web.Application:
    """Return the HTTP side of *service*; *clock* stands still while a request is answered."""

    async def handle(request: web.Request) -> web.Response:
        with clock.busy():
            return await _handle(service, request)

    app = web.Application(client_max_size=MOST_UPLOAD)
    app.router.add_route("*", "/{path:.*}", handle)
    return app


async def _handle(service: Service, request: web.Request) -> web.Response:
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        return _too_large()
    if len(body) > MOST_JSON and not request.raw_path.startswith(UPLOAD_PATH):
        return _too_large()
    headers = {name.lower(): value for name, value in request.headers.items()}
    answer = service.answer(Request(request.method, request.raw_path, headers, body))
    return web.Response(status=answer.status, headers=answer.headers, body=answer.body)


def _too_large() -> web.Response:
    """Refuse before the signature can be checked: unsigned (status and text ours)."""
    body = {"code": "INVALID_REQUEST", "message": "[sandbox] the body is too large"}
    headers = {"Wxdist-Sandbox": "1", "Content-Type": "application/json"}
    return web.Response(status=413, headers=headers, body=json.dumps(body).encode())

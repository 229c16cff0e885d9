"""The whole service as one function: a request in, an answer out; no network."""

from __future__ import annotations

import json
import secrets
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from .asking import Request, agreed_headers, find
from .auth import Check, Claim, Gate, unauthorized
from .endpoints import ROUTES, UPLOAD_PATH, Endpoints
from .multipart import parts
from .rules.refusal import Refused
from .world import World

#: Calls that are kept in the log; older ones are forgotten.
KEPT_CALLS = 10_000


@attrs.frozen
class Answer:
    """What goes back."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@attrs.frozen
class Call:
    """One call as the log keeps it."""

    number: int  #: in order of arrival, from 1
    method: str
    target: str
    status: int
    check: Check  #: of its signature


class Service:
    """Checks, answers, signs and logs one request after the other.

    Args:
        world: the business.
        gate: the signatures.
        endpoints: the calls.
        clock: Unix time, for business and signatures alike.
    """

    def __init__(
        self, world: World, gate: Gate, endpoints: Endpoints, clock: Callable[[], float]
    ) -> None:
        self._world = world
        self._gate = gate
        self._endpoints = endpoints
        self._clock = clock
        self._count = 0
        self._calls: deque[Call] = deque(maxlen=KEPT_CALLS)

    @property
    def calls(self) -> tuple[Call, ...]:
        """The last calls, the oldest first."""
        return tuple(self._calls)

    def answer(self, request: Request) -> Answer:
        """Answer one request; every answer but a 401 and a file is signed."""
        now = self._clock()
        claim = _claim(request)
        check = self._gate.check(claim, now)
        if check.ok:
            answer = self._answer(request, now)
        else:
            answer = _answer(401, _json(unauthorized(check, claim)))
        self._count += 1
        call = Call(self._count, request.method, request.target, answer.status, check)
        self._calls.append(call)
        return answer

    def _answer(self, request: Request, now: float) -> Answer:
        self._world.run_until(now)
        try:
            status, body = self._act(request)
        except Refused as refusal:
            status, body = refusal.status, _json(_error(refusal))
        if isinstance(body, str):  # a file: unsigned, as on the mainland
            return _answer(status, body.encode(), "text/csv; charset=utf-8")
        return _answer(status, body, **self._gate.sign(body, now))

    def _act(self, request: Request) -> tuple[int, bytes | str]:
        handler, path = find(ROUTES, request)
        agreed_headers(request)
        result = handler(self._endpoints, request, path)
        if result is None:
            return 204, b""
        return 200, result if isinstance(result, str) else _json(result)


def _claim(request: Request) -> Claim:
    """Return what the signature must cover; of an upload the meta part alone.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_11.shtml
    """
    body = request.body
    if request.path == UPLOAD_PATH:
        meta = parts(request.headers.get("content-type", ""), body).get("meta")
        body = meta.content if meta else b""
    text = body.decode(errors="surrogateescape")
    return Claim(request.method, request.target, text, request.headers.get("authorization"))


def _error(refusal: Refused) -> dict[str, Any]:
    body: dict[str, Any] = {"code": refusal.code, "message": refusal.message}
    return body if refusal.detail is None else {**body, "detail": refusal.detail}


def _json(value: object) -> bytes:
    """Spell JSON as the service does; what came undecodable goes back as a question mark."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="replace")


def _answer(
    status: int, body: bytes, content_type: str = "application/json", **signature: str
) -> Answer:
    headers = {
        "Request-ID": f"{secrets.token_hex(16).upper()}-0",
        "Content-Language": "en",
        "Wxdist-Sandbox": "1",
        **signature,
    }
    if body:
        headers["Content-Type"] = content_type
    return Answer(status, headers, body)

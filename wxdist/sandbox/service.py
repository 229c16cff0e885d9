"""The whole service as one function: a request in, an answer out; no network."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
import secrets
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from .asking import Request, agreed_headers, find
from .auth import Check, Claim, Gate, unauthorized
from .billing import STATEMENT_PATH
from .calls import Call
from .endpoints import ROUTES, UPLOAD_PATH, Endpoints
from .mischief import DIGEST, OF_BODY, Answer, Fault, Faults, Stage
from .mischief.business import Result, carried_out
from .mischief.effects import REFUSALS, alter, refusal_headers, skew, unseen
from .multipart import parts
from .observation import Observation
from .rules.refusal import Refused
from .world import World

__all__ = ["Answer", "Call", "Service"]

#: Calls that are kept in the log; older ones are forgotten.
KEPT_CALLS = 10_000

#: What a bill or a statement comes as (ours).
_FILE = {"Content-Type": "text/csv; charset=utf-8"}
_spell = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_UNSEEN = Check(ok=False, issue="the call was lost before it reached the service")


class Service:
    """Checks, answers, signs and logs one request after the other.

    Args:
        world: the business.
        gate: the signatures.
        endpoints: the calls.
        clock: Unix time of signatures and faults.
        faults: the rules in force; ``None`` makes an empty list of them.
        business: Unix time of the business; ``None`` takes *clock*.
    """

    def __init__(
        self,
        world: World,
        gate: Gate,
        endpoints: Endpoints,
        clock: Callable[[], float],
        faults: Faults | None = None,
        *,
        business: Callable[[], float] | None = None,
    ) -> None:
        self._world = world
        self._gate = gate
        self._endpoints = endpoints
        self._clock = clock
        self._business = business or clock
        self._faults = Faults() if faults is None else faults
        self._count = 0
        self._calls: deque[Call] = deque(maxlen=KEPT_CALLS)

    @property
    def calls(self) -> tuple[Call, ...]:
        """The last calls, the oldest first."""
        return tuple(self._calls)

    def answer(self, request: Request) -> Answer:
        """Answer one request; every answer but a 401 and a bill is signed, faults aside."""
        return self.carry_out(request, self.strike(request))

    def seal(self, body: bytes, ago: float = 0) -> Mapping[str, str]:
        """Return the headers that sign *body* as any answer, signed *ago* seconds before now."""
        return self._gate.sign(body, self._clock() - ago)

    def strike(self, request: Request) -> Fault | None:
        """Decide once for *request*, whose body may still be missing, what fault strikes it."""
        return self._faults.strike(request, self._clock())

    def carry_out(self, request: Request, fault: Fault | None) -> Answer:
        """Answer *request*, as *fault* has it."""
        if fault is not None and fault.kind.stage is Stage.NETWORK:
            return self._logged(request, _UNSEEN, unseen(fault), fault)
        now = self._clock() + skew(fault)
        claim = _claim(request)
        check = self._gate.check(claim, now)
        if check.ok:
            answer = self._genuine(request, fault, now)
        else:
            answer = _answer(401, _json(unauthorized(check, claim)))
            self._show(request, (answer.status, answer.body), genuine=False)
        if fault is not None:
            answer = alter(fault, answer, self._signed, now)
        return self._logged(request, check, answer, fault)

    def _genuine(self, request: Request, fault: Fault | None, now: float) -> Answer:
        world = self._world.run_until(self._business())
        if fault is not None and fault.kind.stage is Stage.SERVICE:
            return self._unwilling(fault, now)
        with world.acting():
            result = self._said(request, fault)
        answer = self._whole(request, result, now)
        return self._remembered(request, answer) if fault is None else answer

    def _said(self, request: Request, fault: Fault | None) -> Result:
        """Let the business act, as *fault* has it."""
        if fault is None:
            return self._result(request)
        if fault.kind.name == "certificate_swap":
            self._gate.swap()
        return carried_out(fault, self._world, lambda: self._result(request))

    def _result(self, request: Request) -> Result:
        state = self._world.state
        state.answering = True
        try:
            result = self._act(request)
        finally:
            state.answering = False
        self._show(request, result, genuine=True)
        return result

    def _show(self, request: Request, result: Result, *, genuine: bool) -> None:
        """Let the observer see what the business said, whatever becomes of it on its way out."""
        state, (status, body) = self._world.state, result
        if state.observer is not None:
            state.observer(
                Observation(
                    now=state.now,
                    clock=self._clock(),
                    request=request,
                    genuine=genuine,
                    status=status,
                    body=body.encode() if isinstance(body, str) else body,
                )
            )

    def _act(self, request: Request) -> Result:
        try:
            handler, path = find(ROUTES, request)
            agreed_headers(request)
            result = handler(self._endpoints, request, path)
        except Refused as refusal:
            return refusal.status, _json(_error(refusal))
        if result is None:
            return 204, b""
        return 200, result if isinstance(result, str) else _json(result)

    def _whole(self, request: Request, result: Result, now: float) -> Answer:
        status, body = result
        if isinstance(body, bytes):
            return self._signed(_answer(status, body), now)
        if request.path == STATEMENT_PATH:
            return self._signed(_statement(body, request), now)
        return _answer(status, body.encode(), **_FILE)  # a bill: unsigned, as on the mainland

    def _signed(self, answer: Answer, now: float) -> Answer:
        """Sign an answer for this moment, whatever was signed of it before.

        Of a statement the signature covers the digest, in place of the body.
        """
        said = {name: answer.headers[name] for name in OF_BODY if name in answer.headers}
        covered = said[DIGEST].encode() if DIGEST in said else answer.body
        return _answer(answer.status, answer.body, **said, **self._gate.sign(covered, now))

    def _unwilling(self, fault: Fault, now: float) -> Answer:
        """Refuse a genuine call; only what may be forged comes without a signature."""
        status, code, message = REFUSALS[fault.kind.name]
        body = _json(_error(Refused(status, code, message)))
        answer = _answer(status, body)
        if status != 404:
            answer = self._signed(answer, now)
        return attrs.evolve(answer, headers={**answer.headers, **refusal_headers(fault, now)})

    def _remembered(self, request: Request, answer: Answer) -> Answer:
        if answer.status < 300 and "Wechatpay-Signature" in answer.headers:
            self._faults.remember(request, answer)
        return answer

    def _logged(
        self, request: Request, check: Check, answer: Answer, fault: Fault | None
    ) -> Answer:
        self._count += 1
        name = "" if fault is None else fault.name
        said = (request.method, request.target, answer.status, check)
        self._calls.append(Call.of(self._count, *said, fault=name))
        return answer


def _claim(request: Request) -> Claim:
    """Return what the signature must cover; of an upload the meta part alone.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_11.shtml
    """
    head = request.headers
    facts = (head.get("authorization"), head.get("host", ""))
    if request.path != UPLOAD_PATH:
        return Claim(request.method, request.target, _text(request.body), *facts)
    found = parts(head.get("content-type", ""), request.body)
    meta, file = (found[name].content if name in found else b"" for name in ("meta", "file"))
    rest = (_text(request.body), _text(file))
    return Claim(request.method, request.target, _text(meta), *facts, rest)


def _text(body: bytes) -> str:
    return body.decode(errors="surrogateescape")


def _error(refusal: Refused) -> dict[str, Any]:
    body: dict[str, Any] = {"code": refusal.code, "message": refusal.message}
    return body if refusal.detail is None else {**body, "detail": refusal.detail}


def _json(value: object) -> bytes:
    """Spell JSON as the service does; what came undecodable goes back as a question mark."""
    return _spell(value).encode(errors="replace")


def _statement(text: str, request: Request) -> Answer:
    """Return a statement with its digest: base64 of the SHA-1 of the bytes that go out (ours)."""
    headers, body = dict(_FILE), text.encode()
    if _takes_gzip(request.headers.get("accept-encoding", "")):
        headers["Content-Encoding"], body = "gzip", gzip.compress(body, mtime=0)
    digest = hashlib.sha1(body, usedforsecurity=False).digest()
    return _answer(200, body, **headers, **{DIGEST: base64.b64encode(digest).decode("ascii")})


def _takes_gzip(accepted: str) -> bool:
    """Tell whether ``Accept-Encoding`` names gzip, and not as what is not wanted."""
    return any(
        re.fullmatch(r"gzip(;q=(1|1\.0+|0\.0*[1-9][0-9]*))?", re.sub(r"\s", "", each.lower()))
        for each in accepted.split(",")
    )


def _answer(status: int, body: bytes, **headers: str) -> Answer:
    found = {
        "Request-ID": f"{secrets.token_hex(16).upper()}-0",
        "Content-Language": "en",
        "Wxdist-Sandbox": "1",
        **({"Content-Type": "application/json"} if body else {}),
        **headers,
    }
    return Answer(status, found, body)

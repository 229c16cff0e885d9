"""One call: sign, send, verify, decode. Nothing counts as a result before it is verified."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Generic, TypeVar

import attrs

from wxdist.credentials import Credentials
from wxdist.errors import (
    NotSent,
    ServiceError,
    SignatureMissing,
    VerificationFailed,
    WrongAnswer,
    WxdistError,
)
from wxdist.models import Meta, model
from wxdist.settings import Settings
from wxdist.transport.http import Network, user_agent
from wxdist.transport.retrying import Flight, Kind, Shared, fly
from wxdist.transport.trusted import TrustedKeys
from wxdist.wire.failures import failure, failure_code
from wxdist.wire.message import Request, Response
from wxdist.wire.signing import authorization, canonical_bytes
from wxdist.wire.verifying import carries_seal

T = TypeVar("T")

Verify = Callable[[Response], Awaitable[None]]


@model
class Content:
    """A body, made once and sent unchanged by every attempt."""

    body: bytes = b""
    signed: bytes | None = None  #: what the signature covers instead; ``None``: the body
    headers: Mapping[str, str] = attrs.field(factory=lambda: {"Content-Type": "application/json"})


def no_content(_: TrustedKeys) -> Content:
    """Return the content of a request without a body."""
    return Content()


#: Tells what a failure means, where that is more than its status says; ``None``: no more.
Refusal = Callable[[ServiceError], WxdistError | None]


def no_more(_: ServiceError) -> None:
    """Return what most failures mean beyond their status: nothing."""


@model
class Plan(Generic[T]):
    """A call, described; nothing of it depends on the time or the attempt."""

    name: str
    kind: Kind
    method: str
    target: str
    content: Callable[[TrustedKeys], Content] = no_content
    decode: Callable[[Response, Meta], T]
    ids: Mapping[str, str] = attrs.field(factory=dict)  #: for `OutcomeUnknown`
    hidden: tuple[str, ...] = ()  #: kept out of error texts
    refusal: Refusal = no_more
    verify: Verify | None = None  #: ``None``: by the platform keys in force


@attrs.define(frozen=True)
class Caller:
    """What carries a session's calls out; cheap to copy with other settings."""

    credentials: Credentials
    settings: Settings
    network: Network
    trusted: TrustedKeys
    shared: Shared

    async def call(self, plan: Plan[T]) -> T:
        """Carry out *plan* and return what it decodes from a verified answer.

        Raises:
            WxdistError: as the tree in `wxdist.errors` says for this kind of call.
        """
        self.network.enter()
        started = self.shared.clock.monotonic()
        content: Content | None = None

        async def once(flight: Flight[T]) -> T:
            nonlocal content
            if plan.verify is None:
                await self.trusted.ready()
            if content is None:
                content = plan.content(self.trusted)
            return await self.answer(plan, content, flight, started)

        return await fly(self.flight(plan, started, once))

    async def answer(
        self, plan: Plan[T], content: Content, flight: Flight[Any], started: float
    ) -> T:
        """Send *plan* once; return what it decodes from the verified answer."""
        request = await self.signed(plan.method, plan.target, content)
        response = await self.network.send(
            request, origin=self.origin(flight), until=self._until(flight), progress=flight
        )
        await self.judge(response, plan)
        return plan.decode(response, self._meta(response, flight, started))

    def flight(
        self, plan: Plan[Any], started: float, once: Callable[[Flight[T]], Awaitable[T]]
    ) -> Flight[T]:
        """Return a call of *plan*, begun at *started* (monotonic); *once* is one attempt."""
        return Flight(
            name=plan.name,
            kind=plan.kind,
            ids=plan.ids,
            settings=self.settings,
            shared=self.shared,
            until=started + self.settings.deadline,
            once=once,
        )

    def origin(self, flight: Flight[T]) -> str:
        """Return the host for this attempt: the next one after each that could not be reached."""
        origins = self.settings.origins
        return origins[flight.unreached % len(origins)]

    def _until(self, flight: Flight[T]) -> float:
        return min(flight.until, self.shared.clock.monotonic() + self.settings.read_timeout)

    def _meta(self, response: Response, flight: Flight[T], started: float) -> Meta:
        return Meta(
            request_id=response.request_id,
            status=response.status,
            attempts=flight.attempts,
            verified=True,
            elapsed=self.shared.clock.monotonic() - started,
        )

    async def signed(self, method: str, target: str, content: Content) -> Request:
        """Return the request with a nonce, time stamp and signature of its own."""
        bare = Request(method=method, target=target, body=content.body, signed=content.signed)
        nonce, timestamp = secrets.token_hex(16), int(self.shared.clock.now())
        covered = canonical_bytes(bare, timestamp=timestamp, nonce=nonce)
        try:
            sealed = authorization(
                self.credentials.mchid,
                self.credentials.serial_no,
                timestamp=timestamp,
                nonce=nonce,
                signature=await self.credentials.signer.sign(covered),
            )
        except Exception as error:  # whatever it is, nothing was sent
            raise NotSent(f"the signer failed with {type(error).__name__}") from error
        headers = {
            "Authorization": sealed,
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Accept-Language": self.settings.accept_language,
            "User-Agent": user_agent(),
            **content.headers,
        }
        return Request(
            method=method,
            target=target,
            headers=headers,
            body=content.body,
            signed=content.signed,
        )

    async def judge(self, response: Response, plan: Plan[T]) -> None:
        """Return when *response* is a success that can be trusted.

        A failure is raised as the service's own word, whether or not it can be verified; why it
        could not is its cause.
        """
        verify = plan.verify or self.trusted.verify
        if 200 <= response.status < 300:
            await verify(response)
            return
        why: VerificationFailed | None = None
        try:
            if plan.verify is not None or not carries_seal(response.headers):
                raise SignatureMissing("signature", "this error answer was not verified")
            await verify(response)
        except VerificationFailed as error:
            why = error
        if why is None and not failure_code(response.body):
            why = WrongAnswer(
                "status",
                f"is {response.status}, but the signed answer below it is no failure",
                request_id=response.request_id,
            )
            if response.status < 500:
                raise why
        said = failure(
            response, verified=why is None, now=self.shared.clock.now(), secrets=plan.hidden
        )
        if (meant := plan.refusal(said)) is not None:
            raise meant from said
        raise said from why

"""Files: handed on as they come, never held whole, and begun anew when they break."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import attrs

from wxdist.errors import ServiceError, TooManyRequests
from wxdist.transport.calls import Caller, Content, Plan, no_more
from wxdist.transport.http import Begin, NotKept
from wxdist.transport.retrying import Flight, fly
from wxdist.wire.addresses import Address
from wxdist.wire.message import Response

T = TypeVar("T")


async def download(
    caller: Caller,
    plan: Plan[Any],
    begin: Begin,
    *,
    covered: Callable[[Response], bytes | None],
) -> Response:
    """Fetch a file that is itself the answer to *plan*; return the head of that answer.

    Args:
        caller: asks.
        plan: what to ask for; it decodes nothing here.
        begin: is given the head of each attempt's answer, and gives what takes the body.
        covered: tells what the signature of a head covers instead of the body; ``None``: it is not
            signed.

    Raises:
        WxdistError: as for every read.
        Exception: what *begin*, or what it gave, raised: unchanged, and without a repeat.
    """
    caller.network.enter()
    clock, came = caller.shared.clock, 0.0

    def beginning(head: Response) -> Callable[[bytes], object]:
        nonlocal came
        came = clock.now()
        return begin(head)

    async def once(flight: Flight[Response]) -> Response:
        await caller.trusted.ready()
        here = Address(origin=caller.origin(flight), target=plan.target)
        content = plan.content(caller.trusted)
        head = await _file(caller, plan, here, content, flight, begin=beginning)
        if (text := covered(head)) is not None:
            signed = Response(status=head.status, headers=head.headers, body=text)
            await caller.trusted.verify(signed, at=came)
        return head

    return await _kept(caller.flight(plan, clock.monotonic(), once))


async def download_from(
    caller: Caller, plan: Plan[T], where: Callable[[T], Address], begin: Begin
) -> Response:
    """Ask by *plan* for the address of a file, and fetch it at once; return its answer's head.

    An address lives for seconds, so every attempt asks for one of its own, and for one more when
    that is refused. The file itself is not signed.

    Args:
        caller: asks.
        plan: asks for the address.
        where: reads it from the answer.
        begin: as for `download`.

    Raises:
        WxdistError, Exception: as for `download`.
    """
    caller.network.enter()
    started = caller.shared.clock.monotonic()

    async def address(flight: Flight[Response]) -> Address:
        content = plan.content(caller.trusted)
        return where(await caller.answer(plan, content, flight, started))

    async def file(here: Address, flight: Flight[Response]) -> Response:
        there: Plan[T] = attrs.evolve(plan, refusal=no_more, hidden=here.secrets)  # type: ignore[misc]  # a model
        return await _file(caller, there, here, Content(), flight, begin=begin)

    async def once(flight: Flight[Response]) -> Response:
        await caller.trusted.ready()
        first = await address(flight)
        try:
            return await file(first, flight)
        except ServiceError as error:
            if not _may_have_expired(error):
                raise
        return await file(await address(flight), flight)

    return await _kept(caller.flight(plan, started, once))


async def _kept(flight: Flight[Response]) -> Response:
    """Carry out a download; what its keeper raised comes out as it was, without a repeat."""
    try:
        return await fly(flight)
    except NotKept as failed:
        error = failed.error
    raise error  # here, where it takes on no context


async def _file(
    caller: Caller,
    plan: Plan[Any],
    address: Address,
    content: Content,
    flight: Flight[Any],
    *,
    begin: Begin,
) -> Response:
    """Fetch once what lies at *address*; return the head of a 2xx answer, not verified."""
    request = await caller.signed("GET", address.target, content)
    response = await caller.network.fetch(
        request,
        origin=address.origin,
        until=flight.until,
        pause=caller.settings.read_timeout,
        progress=flight,
        begin=begin,
        most=caller.settings.most_bill_bytes,
    )
    if not 200 <= response.status < 300:
        await caller.judge(response, plan)
    return response


def _may_have_expired(error: ServiceError) -> bool:
    """Tell whether a file's refusal may mean its address: how an old one is refused is unknown."""
    return 400 <= error.status < 500 and not isinstance(error, TooManyRequests)

"""One call described: its path, what goes out and comes back, and for which sub-merchant."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import attrs

from wxdist.errors import InvalidInput, WrongAnswer
from wxdist.models import Meta, ReceiverType, model
from wxdist.models.limits import LIMITS, PAYMENT_LIMITS, check
from wxdist.transport.calls import Caller, Content, Plan, Refusal, no_content, no_more
from wxdist.transport.retrying import Kind
from wxdist.transport.trusted import TrustedKeys
from wxdist.wire import codec
from wxdist.wire.failures import failure_code
from wxdist.wire.message import Response, target
from wxdist.wire.sealing import encrypt, seal
from wxdist.wire.verifying import check_echo

T = TypeVar("T")


class ForMerchant(enum.Enum):
    """Whether a call takes ``sub_mchid``; in common mode none does.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/open/chapter3_1_2.shtml
    """

    REQUIRED = "required"
    OPTIONAL = "optional"
    BY_PROVIDER = "required for service providers, else optional"
    NEVER = "never"


@model
class Endpoint(Generic[T]):
    """One endpoint of the service."""

    name: str  #: ours, such as ``orders.create``
    method: str
    path: str
    kind: Kind
    answer: type[T]  #: the type of ``None``: an empty body
    sub_mchid: ForMerchant = ForMerchant.REQUIRED
    payment: bool = False
    """A payment, refund or statement: it has the caller's own id, and limits of its own for some.
    https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter3_5_2.shtml"""


@attrs.define(frozen=True)
class Resource:
    """What one can ask about one thing."""

    _caller: Caller
    _sub_mchid: str | None = None

    async def _ask(
        self,
        endpoint: Endpoint[T],
        *,
        ids: Mapping[str, str] | None = None,
        query: Mapping[str, str | None] | None = None,
        body: object = None,
        content: Callable[[TrustedKeys], Content] | None = None,
        echo: Sequence[str] = (),
        sub_mchid: str | None = None,
    ) -> T:
        """Check, send and decode one call; the arguments are those of `_plan`."""
        return await self._caller.call(
            self._plan(
                endpoint,
                ids=ids,
                query=query,
                body=body,
                content=content,
                echo=echo,
                sub_mchid=sub_mchid,
            )
        )

    def _plan(
        self,
        endpoint: Endpoint[T],
        *,
        ids: Mapping[str, str] | None = None,
        query: Mapping[str, str | None] | None = None,
        body: object = None,
        content: Callable[[TrustedKeys], Content] | None = None,
        echo: Sequence[str] = (),
        sub_mchid: str | None = None,
        refusal: Refusal = no_more,
    ) -> Plan[T]:
        """Check one call, and describe it.

        Args:
            endpoint: which one.
            ids: values for the braces in its path.
            query: further query parameters; those that are ``None`` are left out.
            body: a request model, sent as JSON; ``None`` for none.
            content: makes the body where it is not JSON; ``None`` where it is.
            echo: names of ids that the answer repeats, and that must be those asked for.
            sub_mchid: of this call; ``None`` takes the session's.
            refusal: what a failure means here beyond its status.
        """
        merchant = self._merchant(endpoint, sub_mchid)
        own = self._own(endpoint)
        ids = dict(ids or {})
        pairs = {name: value for name, value in (query or {}).items() if value is not None}
        for name, value in {**ids, **pairs}.items():
            if name in LIMITS:
                check(name, value, PAYMENT_LIMITS if endpoint.payment else None)
        asked = {**merchant, **ids, **pairs, **_ids_of(body)}
        echoed = {**own, **{name: asked[name] for name in (*echo, *merchant)}}
        beside = {**own, **merchant}
        if "{sub_mchid}" in endpoint.path:
            ids, beside = {**ids, **merchant}, own

        def json_body(trusted: TrustedKeys) -> Content:
            return _json(body, beside, trusted)

        def decode(response: Response, meta: Meta) -> T:
            if endpoint.answer is type(None):
                if failure_code(response.body):  # the status is not signed
                    raise WrongAnswer("body", "is that of a failure", request_id=meta.request_id)
                return None  # T is None for these endpoints
            answer = codec.load(endpoint.answer, response.body, meta=meta)
            check_echo(echoed, answer, request_id=meta.request_id)
            if merchant and getattr(answer, "sub_mchid", "") is None:
                return attrs.evolve(answer, **merchant)  # type: ignore[misc]  # a model
            return answer

        in_query = pairs if body is not None else {**beside, **pairs}
        return Plan(
            name=endpoint.name,
            kind=endpoint.kind,
            method=endpoint.method,
            target=target(endpoint.path, ids, in_query.items()),
            content=content or (no_content if body is None else json_body),
            decode=decode,
            ids=asked,
            hidden=_hidden(body, asked),
            refusal=refusal,
        )

    def _own(self, endpoint: Endpoint[Any]) -> dict[str, str]:
        """Return the caller's own id as a parameter, where *endpoint* takes it (A10: no body)."""
        if not endpoint.payment:
            return {}
        known = self._caller.credentials
        return {"mchid" if known.mode == "common" else "sp_mchid": known.mchid}

    def _merchant(self, endpoint: Endpoint[Any], given: str | None) -> dict[str, str]:
        """Return the ``sub_mchid`` parameter of this call, or none, by the rule of *endpoint*."""
        mode, rule = self._caller.credentials.mode, endpoint.sub_mchid
        if given is not None and mode == "common":
            raise InvalidInput("sub_mchid", "is not taken in common mode: leave it out")
        value = given if given is not None else self._sub_mchid
        if mode == "common" or rule is ForMerchant.NEVER:
            return {}
        if value is None:
            if rule is ForMerchant.REQUIRED or (
                rule is ForMerchant.BY_PROVIDER and mode == "service_provider"
            ):
                raise InvalidInput(
                    "sub_mchid",
                    f"is needed by {endpoint.name} in {mode} mode: "
                    "use session.for_merchant(...), or give it here",
                )
            return {}
        check("sub_mchid", value)
        return {"sub_mchid": value}


_ID_NAMES = ("out_trade_no", "transaction_id", "out_order_no", "out_refund_no", "type", "account")


def _ids_of(body: object) -> dict[str, str]:
    if body is None:
        return {}
    found = {name: getattr(body, name, None) for name in _ID_NAMES}
    return {name: value for name, value in found.items() if value is not None}


def _json(body: object, merchants: Mapping[str, str], trusted: TrustedKeys) -> Content:
    """Return *body* as JSON, its sensitive fields encrypted under the newest platform key."""
    headers = {"Content-Type": "application/json"}

    def encrypted(text: str) -> str:
        key = trusted.for_encryption()
        headers["Wechatpay-Serial"] = key.id
        return encrypt(key.public_key, text)

    body = seal(body, encrypted)
    return Content(body=codec.to_bytes({**merchants, **codec.dump(body)}), headers=headers)


def _hidden(body: object, asked: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names and OpenIDs of a call, which no error may show."""
    if body is None and "account" not in asked:
        return ()
    people = [(asked.get("type"), asked.get("account"), getattr(body, "name", None))]
    people += [
        (share.type, share.account, share.name) for share in getattr(body, "receivers", None) or ()
    ]
    accounts = {account for kind, account, _ in people if kind != ReceiverType.MERCHANT_ID}
    return tuple(text for text in (*accounts, *(name for _, _, name in people)) if text)

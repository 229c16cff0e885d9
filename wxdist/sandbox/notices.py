"""What the service posts by itself: sealed notices of payments and refunds; nothing is sent.

Two notices of the same fact have the same id and differ in all that is sealed, as repeats do.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any

import attrs
from cryptography.hazmat.primitives.asymmetric import rsa

from wxdist.errors import InvalidInput

from . import answers
from .auth import sign
from .mischief.effects import PROBE
from .papers import Papers, lock
from .rules.calendar import beijing, stamp
from .world import World

#: Signs a body, so many seconds ago: the headers of the signature.
Seal = Callable[[bytes, float], Mapping[str, str]]
Change = Callable[[dict[str, str], bytes, rsa.RSAPrivateKey], bytes]

#: How long ago a stale notice was signed, in seconds.
STALE = 301


@attrs.frozen(kw_only=True)
class Event:
    """A fact to be told, before it is sealed."""

    type: str  #: such as ``TRANSACTION.SUCCESS``
    at: float  #: Unix time
    summary: str
    original_type: str  #: ``transaction`` or ``refund``
    of: str  #: the service's number of it
    facts: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The id of the notice, as long as one of the samples' form can be (digits ours)."""
        digest = hashlib.sha256(f"{self.type} {self.of}".encode()).digest()
        return f"EV-{beijing(self.at):%Y%m%d%H%M%S}{int.from_bytes(digest[:8]):020}"


def find(
    world: World,
    child: str,
    *,
    out_trade_no: str | None,
    refund_id: str | None,
    out_refund_no: str | None,
) -> Event:
    """Return what is to be told of the payment or refund that one of the numbers names.

    Raises `InvalidInput` for none of the numbers or several, and for one that is not known.
    """
    given = {
        "out_trade_no": out_trade_no,
        "refund_id": refund_id,
        "out_refund_no": out_refund_no,
    }
    numbers = {name: number for name, number in given.items() if number is not None}
    if len(numbers) != 1:
        raise InvalidInput("out_trade_no", "or refund_id or out_refund_no: exactly one of them")
    ((name, number),) = numbers.items()
    if name == "out_trade_no":
        paid = world.state.trades.get((child, number))
        if paid is None:
            raise InvalidInput(name, "was not paid")
        return payment(world, paid)
    for each in world.state.refunds.values():
        if number == (each.refund_id if name == "refund_id" else each.out_refund_no):
            return refund(world, each.refund_id)
    raise InvalidInput(name, "is not known")


def payment(world: World, transaction_id: str) -> Event:
    """Return that a payment was made; who paid is made up from its number (ours).

    Source: https://pay.weixin.qq.com/doc/global/v3/en/4012356834
    """
    paid = world.state.payments[transaction_id]
    said = answers.transaction(paid, world.terms)
    openid = f"oSANDBOX{hashlib.sha256(transaction_id.encode()).hexdigest()[:20]}"
    named = ("openid",) if world.terms.mode == "common" else ("sp_openid", "sub_openid")
    return Event(
        type="TRANSACTION.SUCCESS",
        at=paid.paid_at,
        summary="支付成功",
        original_type="transaction",
        of=transaction_id,
        facts={
            **{name: value for name, value in said.items() if name != "id"},
            "transaction_id": transaction_id,
            "trade_state": "SUCCESS",
            "trade_state_desc": "支付成功",
            "payer": dict.fromkeys(named, openid),
        },
    )


def refund(world: World, refund_id: str) -> Event:
    """Return that a refund arrived: the only end that it has here.

    What such a notice holds is printed by the mainland's names: no overseas page has it. Raises
    `InvalidInput` while the refund is on its way.
    """
    given = world.state.refunds[refund_id]
    if given.success_time is None:
        raise InvalidInput("refund_id", "has not arrived: the service tells nothing of it yet")
    paid = world.state.payments[given.transaction_id]
    said = answers.transaction(paid, world.terms)
    return Event(
        type="REFUND.SUCCESS",
        at=given.success_time,
        summary="退款成功",
        original_type="refund",
        of=refund_id,
        facts={
            **{name: said[name] for name in ("mchid", "sp_mchid", "sub_mchid") if name in said},
            "transaction_id": paid.transaction_id,
            "out_trade_no": paid.out_trade_no,
            "refund_id": refund_id,
            "out_refund_no": given.out_refund_no,
            "refund_status": "SUCCESS",
            "success_time": stamp(given.success_time),
            "user_received_account": "支付用户零钱",
            "amount": {
                "total": paid.amount,
                "refund": given.amount,
                "payer_total": paid.payer_amount,
                "payer_refund": given.payer_amount,
            },
        },
    )


def envelope(event: Event, api_v3_key: str) -> bytes:
    """Return the body that tells *event*, encrypted anew each time.

    Source: https://pay.weixin.qq.com/doc/global/v3/en/4012356834
    """
    nonce, kind = secrets.token_hex(6), event.original_type
    return _json(
        {
            "id": event.id,
            "create_time": stamp(event.at),
            "event_type": event.type,
            "resource_type": "encrypt-resource",
            "summary": event.summary,
            "resource": {
                "original_type": kind,
                "algorithm": "AEAD_AES_256_GCM",
                "ciphertext": lock(api_v3_key, nonce, kind, _json(event.facts).decode()),
                "associated_data": kind,
                "nonce": nonce,
            },
        }
    )


def delivery(
    event: Event, papers: Papers, seal: Seal, *, forged: str | None = None
) -> tuple[dict[str, str], bytes]:
    """Return headers and body of a notice as they would be posted.

    Args:
        event: what it tells.
        papers: the keys.
        seal: signs it.
        forged: one of `FORGERIES`; ``None``: genuine.
    """
    if forged not in FORGERIES:
        raise InvalidInput("forged", f"must be {' or '.join(filter(None, FORGERIES))}")
    body = envelope(event, papers.api_v3_key)
    request_id = f"{secrets.token_hex(16).upper()}-0"
    headers = {
        "Content-Type": "application/json",
        "Request-ID": request_id,
        **seal(body, STALE if forged == "stale" else 0),
    }
    return headers, FORGERIES[forged](headers, body, papers.merchant.key)


def _genuine(_: dict[str, str], body: bytes, __: rsa.RSAPrivateKey) -> bytes:
    return body


def _probe(headers: dict[str, str], body: bytes, _: rsa.RSAPrivateKey) -> bytes:
    noise = base64.b64encode(secrets.token_bytes(256)).decode("ascii")
    headers["Wechatpay-Signature"] = PROBE + noise
    return body


def _other_key(headers: dict[str, str], body: bytes, key: rsa.RSAPrivateKey) -> bytes:
    """Sign with a key that is not the platform's: the merchant's own."""
    text = f"{headers['Wechatpay-Timestamp']}\n{headers['Wechatpay-Nonce']}\n".encode()
    headers["Wechatpay-Signature"] = sign(key, text + body + b"\n")
    return body


def _rewritten(_: dict[str, str], body: bytes, __: rsa.RSAPrivateKey) -> bytes:
    """Return the body as a framework leaves it that reads JSON and writes it again."""
    return json.dumps(json.loads(body)).encode()


#: What can be wrong with a notice on purpose.
FORGERIES: Mapping[str | None, Change] = {
    None: _genuine,
    "other_key": _other_key,
    "probe": _probe,
    "rewritten": _rewritten,
    "stale": _genuine,
}


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

"""The numbers and ids of the service, and how to derive an order number."""

from __future__ import annotations

import hashlib
from typing import NewType

from wxdist.errors import InvalidInput

Mchid = NewType("Mchid", str)
AppId = NewType("AppId", str)
OutTradeNo = NewType("OutTradeNo", str)
TransactionId = NewType("TransactionId", str)
OutOrderNo = NewType("OutOrderNo", str)
OrderId = NewType("OrderId", str)
DetailId = NewType("DetailId", str)
AccountId = NewType("AccountId", str)
FileId = NewType("FileId", str)
BatchId = NewType("BatchId", str)
OutRefundNo = NewType("OutRefundNo", str)
RefundId = NewType("RefundId", str)


def order_no(*parts: str | int) -> OutOrderNo:
    """Return an ``out_order_no`` for this business fact, the same one for ever.

    The number is the idempotency key of ``orders.create`` and ``orders.unfreeze``: the same number
    with the same content is the same instruction. Derive it from what the instruction *is* (the
    payment, its purpose, a running number), never from amounts or the time of day, and a crash, a
    retry or a second worker can not pay twice.

    Args:
        parts: at least one; each a non-empty ``str`` or an ``int``. ``1`` and ``"1"`` differ.

    Returns:
        44 characters: ``wx1-`` and 40 hex digits.

    Raises:
        InvalidInput: no part, an empty text, a lone surrogate, or another type (``bool`` too).
    """
    if not parts:
        raise InvalidInput("parts", "at least one is needed, such as the transaction_id")
    text = b"".join(_part(index, part) for index, part in enumerate(parts))
    return OutOrderNo("wx1-" + hashlib.sha256(text).hexdigest()[:40])


def _part(index: int, part: object) -> bytes:
    """Return one part without ambiguity: its kind, its length in bytes, its text."""
    if type(part) is not str and type(part) is not int:
        raise InvalidInput(f"parts[{index}]", f"must be str or int, not {type(part).__name__}")
    if part == "":
        raise InvalidInput(f"parts[{index}]", "must not be empty")
    try:
        text = str(part).encode()
    except UnicodeEncodeError:
        raise InvalidInput(f"parts[{index}]", "holds a lone surrogate: not text") from None
    return b"%s%d:%s" % (b"s" if type(part) is str else b"i", len(text), text)

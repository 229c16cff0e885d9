"""What the service tells by itself: that a payment was made, that a refund ended.

There is no notice of distributions, audits, settlements or bills: those are asked for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import attrs

from wxdist.models._base import Answered, OpenEnum, hidden, model
from wxdist.models.identifiers import Mchid, OutRefundNo, OutTradeNo, RefundId, TransactionId
from wxdist.models.refunds import RefundStatus
from wxdist.models.transactions import Transaction


class EventType(OpenEnum):
    """What happened; those of refunds have the names of the mainland service."""

    TRANSACTION_SUCCESS = "TRANSACTION.SUCCESS"  #: an order was paid
    REFUND_SUCCESS = "REFUND.SUCCESS"  #: a refund reached the payer
    REFUND_ABNORMAL = "REFUND.ABNORMAL"  #: it did not reach the payer's account: ask WeChat Pay
    REFUND_CLOSED = "REFUND.CLOSED"  #: nothing was given back


@model
class SealedResource:
    """The part of a notice that is under AES-256-GCM with the APIv3 key."""

    original_type: str = ""
    algorithm: str  #: AEAD_AES_256_GCM
    ciphertext: str = attrs.field(repr=False)  #: base64 of the data and its 16-byte tag
    associated_data: str = ""
    nonce: str


@model
class SealedNotice:
    """The body of a notice, as it came."""

    id: str
    create_time: dt.datetime
    event_type: EventType
    resource_type: str = ""
    summary: str = ""
    resource: SealedResource


@model
class RefundNoticeAmount:
    """Amounts of a refund and of its payment, each in the minor unit of its currency."""

    total: int | None = None  #: of the order
    refund: int | None = None
    payer_total: int | None = None  #: what the payer had paid, coupons taken off
    payer_refund: int | None = None  #: what the payer gets back, coupons taken off
    currency: str | None = None
    payer_currency: str | None = None
    extra: Mapping[str, Any] = attrs.field(factory=dict, eq=False, repr=False)


@model
class RefundNotice(Answered):
    """A refund that ended, as a notice tells it.

    The overseas pages do not document what it holds: it is read by the names of the mainland
    service, of which all but the two numbers of the refund may be missing. Ask ``refunds.get``
    where one that you need is ``None``.
    """

    mchid: Mchid | None = None  #: common mode
    sp_mchid: Mchid | None = None  #: the other modes
    sub_mchid: Mchid | None = None  #: the other modes
    id: RefundId  #: WeChat Pay's number of the refund
    out_refund_no: OutRefundNo  #: ours
    transaction_id: TransactionId | None = None
    out_trade_no: OutTradeNo | None = None
    status: RefundStatus | None = None
    success_time: dt.datetime | None = None
    recv_account: str | None = attrs.field(default=None, repr=hidden)
    amount: RefundNoticeAmount | None = None

    @property
    def refund_id(self) -> RefundId:
        """The same as ``id``, under the name that ``refunds.get`` has for it."""
        return self.id


@model
class NoticeMeta:
    """How a notice came: for support, logs and metrics."""

    request_id: str | None = None  #: the ``Request-ID`` header; quote it to support
    signed_at: dt.datetime  #: when this delivery was signed, UTC; a repeat is signed anew
    serial: str  #: id of the platform key that signed it


def _shown(resource: object) -> str:
    """Return how a resource is shown: of one that is not typed, nothing that may be a person's."""
    return f"<{len(resource)} fields>" if isinstance(resource, Mapping) else repr(resource)


@model
class Notice:
    """Something the service told by itself: verified, decrypted, and ours.

    A repeat has the same ``id``, and equals the first. Notices may come out of order, or never:
    what matters is asked for as well.
    """

    id: str
    create_time: dt.datetime
    event_type: EventType
    resource_type: str = ""
    summary: str = ""
    original_type: str = ""
    resource: Transaction | RefundNotice | Mapping[str, Any] = attrs.field(repr=_shown)
    """What it is about; of an event that this version does not know, the JSON object itself."""
    raw: Mapping[str, Any] = attrs.field(factory=dict, eq=False, repr=False)
    """The same as JSON, just decrypted, whatever the event."""
    meta: NoticeMeta | None = attrs.field(default=None, eq=False, repr=False)
    """How it came; ``None`` when it was not read from a delivery."""

    @property
    def transaction(self) -> Transaction | None:
        """The payment, or ``None`` where it is about something else."""
        return self.resource if isinstance(self.resource, Transaction) else None

    @property
    def refund(self) -> RefundNotice | None:
        """The refund, or ``None`` where it is about something else."""
        return self.resource if isinstance(self.resource, RefundNotice) else None

    @property
    def sub_mchid(self) -> Mchid | None:
        """The sub-merchant it is about, to route it by; ``None`` in common mode."""
        found = self.raw.get("sub_mchid")
        return Mchid(found) if isinstance(found, str) else None


@model
class NoticeAnswer:
    """What to answer a notice with, for any web framework."""

    status: int
    headers: Mapping[str, str]
    body: bytes

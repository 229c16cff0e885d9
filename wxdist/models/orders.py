"""A funds-distribution order: what is asked, what the service says of it, its states."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import attrs

from wxdist.errors import InvalidInput
from wxdist.models._base import Answered, OpenEnum, hidden, masked, model
from wxdist.models.identifiers import (
    AccountId,
    DetailId,
    Mchid,
    OrderId,
    OutOrderNo,
    TransactionId,
)
from wxdist.models.limits import check, documented, instruction
from wxdist.models.receivers import ReceiverType, app_needed, consent_needed


class OrderState(OpenEnum):
    """State of an order. FINISHED is not success: look at each detail."""

    PROCESSING = "PROCESSING"
    FINISHED = "FINISHED"  #: final


class DetailResult(OpenEnum):
    """What became of one detail."""

    PENDING = "PENDING"
    SUCCESS = "SUCCESS"  #: final: the money arrived
    CLOSED = "CLOSED"  #: final: the money did not move; see ``fail_reason``


class DetailType(OpenEnum):
    """Where the money of a detail goes."""

    DISTRIBUTE_TO_OTHERS = "DISTRIBUTE_TO_OTHERS"
    UNFREEZE_TO_SPONSOR = "UNFREEZE_TO_SPONSOR"


class FailReason(OpenEnum):
    """Why a detail was closed."""

    NO_RELATION = "NO_RELATION"
    SUB_MERCHANT_FRONEN = "SUB_MERCHANT_FRONEN"  # spelled so by the service
    MCH_CONTRACT_SETTLE_OFF = "MCH_CONTRACT_SETTLE_OFF"
    MCH_CONTRACT_FROZEN = "MCH_CONTRACT_FROZEN"
    ACCOUNT_ABNORMAL = "ACCOUNT_ABNORMAL"
    RECEIVER_HIGH_RISK = "RECEIVER_HIGH_RISK"
    RECEIVER_REAL_NAME_NOT_VERIFIED = "RECEIVER_REAL_NAME_NOT_VERIFIED"
    NO_AUTH = "NO_AUTH"
    DEFAULT_ERROR = "DEFAULT_ERROR"

    @classmethod
    def _missing_(cls, value: object) -> FailReason | None:
        if value == "SUB_MERCHANT_FROZEN":
            return cls.SUB_MERCHANT_FRONEN
        return super()._missing_(value)

    @property
    def advice(self) -> str:
        """What to do about it, in one sentence; empty for an undocumented reason."""
        return ADVICE.get(self, "")


#: Partly from the mainland guide, https://pay.weixin.qq.com/doc/v2/partner/4015505153
ADVICE: Mapping[str, str] = {
    FailReason.NO_RELATION: "The relation has ended: add the receiver again, then a new order.",
    FailReason.SUB_MERCHANT_FRONEN: "The sub-merchant's account is frozen: have it lifted.",
    FailReason.MCH_CONTRACT_SETTLE_OFF: "The settlement contract is closed: ask WeChat Pay.",
    FailReason.MCH_CONTRACT_FROZEN: "The settlement contract is frozen: ask WeChat Pay.",
    FailReason.ACCOUNT_ABNORMAL: "The receiver must have its account's restriction lifted.",
    FailReason.RECEIVER_HIGH_RISK: "The receiver is high risk: do not repeat, pay another way.",
    FailReason.RECEIVER_REAL_NAME_NOT_VERIFIED: "The receiver must verify, then a new order.",
    FailReason.NO_AUTH: "The permission to distribute was withdrawn: apply again.",
    FailReason.DEFAULT_ERROR: "Ask WeChat Pay's support.",
}

ORDER_MOVES: Mapping[OrderState, frozenset[OrderState]] = {
    OrderState.PROCESSING: frozenset({OrderState.FINISHED}),
    OrderState.FINISHED: frozenset(),
}
DETAIL_MOVES: Mapping[DetailResult, frozenset[DetailResult]] = {
    DetailResult.PENDING: frozenset({DetailResult.SUCCESS, DetailResult.CLOSED}),
    DetailResult.SUCCESS: frozenset(),
    DetailResult.CLOSED: frozenset(),
}


@instruction
class Share:
    """One receiver's part of a payment.

    Raises `InvalidInput` for what the service would refuse. Source:
    https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_2.shtml
    """

    currency: str = "CNY"  #: only CNY
    type: str = attrs.field(converter=documented(ReceiverType))  #: a `ReceiverType`
    account: str = attrs.field(repr=masked)  #: merchant id or OpenID, 1 to 64 characters
    name: str | None = attrs.field(default=None, repr=hidden, metadata={"sealed": True})
    """Real name of a person, to be checked; plain text here, encrypted when it leaves."""
    authorized: bool | None = None  #: the person agreed to the check of the name
    amount: int  #: whole fen, at least 1
    description: str  #: 1 to 80 characters, shown in the record

    def __attrs_post_init__(self) -> None:
        consent_needed(self.type, self.name, self.authorized)


@attrs.define(frozen=True, slots=True)
class OrderRef:
    """Names one order: all that another process needs to go on waiting for it."""

    out_order_no: str = attrs.field()  #: our number of the order
    transaction_id: str = attrs.field()  #: WeChat Pay's number of the payment
    sub_mchid: str | None = None  #: ``None`` takes the session's

    def __attrs_post_init__(self) -> None:
        check("out_order_no", self.out_order_no)
        check("transaction_id", self.transaction_id)
        if self.sub_mchid is not None:
            check("sub_mchid", self.sub_mchid)


@instruction
class CreateOrder:
    """The body of ``orders.create`` but ``sub_mchid``."""

    appid: str | None = None
    sub_appid: str | None = None
    transaction_id: str
    out_order_no: str
    receivers: Sequence[Share] | None
    unfreeze_unsplit: bool

    def __attrs_post_init__(self) -> None:
        for share in self.receivers or ():
            app_needed(share.type, self.appid, self.sub_appid)


@instruction
class Unfreeze:
    """The body of ``orders.unfreeze`` but ``sub_mchid``."""

    transaction_id: str
    out_order_no: str
    description: str


@model
class Detail:
    """One entry of an order: a share, or the part that goes to the sponsor.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_4.shtml
    """

    currency: str
    amount: int  #: fen; of UNFREEZE_TO_SPONSOR the amount that is unfrozen
    description: str
    type: ReceiverType
    account: AccountId = attrs.field(repr=masked)  #: of UNFREEZE_TO_SPONSOR the sponsor's mchid
    result: DetailResult
    fail_reason: FailReason | None = None  #: only when CLOSED
    create_time: dt.datetime
    finish_time: dt.datetime | None = None  #: only when SUCCESS or CLOSED
    detail_id: DetailId | None = None
    detail_type: DetailType | None = None
    settlement_currency: str | None = None  #: only of UNFREEZE_TO_SPONSOR
    settlement_amount: int | None = None  #: in the minor unit of ``settlement_currency``
    rate: int | None = None
    """Fen of CNY per minor unit of the settlement currency, times 10^8. Do not predict amounts
    with it: the service's ``settlement_amount`` rules."""
    extra: Mapping[str, object] = attrs.field(factory=dict, eq=False, repr=False)


@model
class Outcome:
    """What became of an order's money, in fen, its unfrozen part included."""

    paid: int = 0  #: details with SUCCESS
    closed: int = 0  #: details with CLOSED: this money did not move
    pending: int = 0  #: details still under way, unknown results too
    released: int = 0  #: the part of ``paid`` that was unfrozen to the sponsor

    @property
    def all_paid(self) -> bool:
        """Whether there are details, and every one came through."""
        return self.paid > 0 and self.closed == 0 and self.pending == 0


@model
class Distribution(Answered):
    """A funds-distribution order as the service knows it.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_4.shtml
    """

    sub_mchid: Mchid | None = None
    transaction_id: TransactionId
    out_order_no: OutOrderNo
    order_id: OrderId
    state: OrderState
    receivers: tuple[Detail, ...] = ()  #: may be empty while PROCESSING

    @property
    def outcome(self) -> Outcome:
        """What became of the money, in fen."""
        sums = dict.fromkeys(("paid", "closed", "pending", "released"), 0)
        for detail in self.receivers:
            sums[_PURSE.get(detail.result, "pending")] += detail.amount
            if (
                detail.result == DetailResult.SUCCESS
                and detail.detail_type == DetailType.UNFREEZE_TO_SPONSOR
            ):
                sums["released"] += detail.amount
        return Outcome(**sums)

    @property
    def ref(self) -> OrderRef:
        """The token to go on waiting with, here or in another process."""
        return OrderRef(self.out_order_no, self.transaction_id, self.sub_mchid)


_PURSE = {DetailResult.SUCCESS: "paid", DetailResult.CLOSED: "closed"}


def shares_of(shares: Sequence[Share], *, unfreeze_unsplit: bool) -> tuple[Share, ...] | None:
    """Return *shares* as they may be sent; ``None`` when there are none.

    Raises:
        InvalidInput: not 1 to 50 shares, a receiver twice, or something that is no `Share`. An
            empty list is allowed with ``unfreeze_unsplit=True``, where it releases everything.
    """
    if not isinstance(shares, Sequence):
        raise InvalidInput("shares", f"must be a list, not {type(shares).__name__}")
    for index, share in enumerate(shares):
        if not isinstance(share, Share):
            kind = type(share).__name__
            raise InvalidInput(f"shares[{index}]", f"must be a wxdist.Share, not {kind}")
    if len(shares) > 50 or (not shares and not unfreeze_unsplit):
        raise InvalidInput(
            "shares", f"must be 1 to 50 receivers; got {len(shares)}: use several orders"
        )
    first: dict[tuple[str, str], int] = {}
    for index, share in enumerate(shares):
        if (before := first.setdefault((share.type, share.account), index)) != index:
            raise InvalidInput(
                f"shares[{index}]", f"is the same receiver as shares[{before}]: add them up"
            )
    return tuple(shares) or None

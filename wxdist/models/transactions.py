"""The payment that is shared, and what is left of it."""

from __future__ import annotations

from wxdist.models._base import Answered, model
from wxdist.models.identifiers import TransactionId
from wxdist.models.limits import instruction


@instruction
class Mark:
    """The body of ``transactions.mark`` but ``sub_mchid``."""

    out_trade_no: str
    currency: str = "CNY"


@model
class Remaining(Answered):
    """What of a payment can still be distributed.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_5.shtml
    """

    transaction_id: TransactionId
    unsplit_amount: int  #: fen, net of the acquiring fee
    currency: str  #: CNY

"""Money that goes back to the payer."""

from __future__ import annotations

from wxdist.models._base import Answered, model
from wxdist.models.identifiers import Mchid


@model
class RefundableBalance(Answered):
    """Today's advance-refund quota of the sponsor.

    Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_13.shtml
    """

    sponsor_mchid: Mchid
    balance: int  #: fen
    currency: str  #: CNY

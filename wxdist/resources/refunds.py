"""Money that goes back to the payer."""

from __future__ import annotations

from wxdist.models import RefundableBalance
from wxdist.resources._call import Endpoint, ForMerchant, Resource
from wxdist.transport.retrying import Kind

REFUNDABLE_BALANCE = Endpoint(
    name="refunds.refundable_balance",
    method="GET",
    path="/v3/global/profit-sharing/refunds/refundable-balance",
    kind=Kind.READ,
    answer=RefundableBalance,
    sub_mchid=ForMerchant.NEVER,
)


class Refunds(Resource):
    """Refunds of payments."""

    async def refundable_balance(self) -> RefundableBalance:
        """Ask for today's advance-refund quota of the sponsor.

        It is what the merchant unfroze today and has not been exchanged yet. Source:
        https://pay.weixin.qq.com/wiki/doc/api_external/en/apis/chapter4_1_13.shtml

        Returns:
            The balance in fen.

        Raises:
            WxdistError: as for every read.
        """
        return await self._ask(REFUNDABLE_BALANCE)

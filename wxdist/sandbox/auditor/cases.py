"""Which answers may be given to which API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .bills import Bill, BillLink, RefundBillLink
from .case import Case, OfMerchant
from .causes import INVALID_REQUEST, Cause
from .instructions import Distribute, Remaining, Unfreeze
from .objects import Query
from .receivers import AddReceiver, DeleteReceiver, QueryReceiver, Upload
from .refunds import (
    QueryPayment,
    QueryRefund,
    QueryRefunds,
    Recharge,
    RefundableAmounts,
    RefundOrder,
)
from .settlements import Certificates, RefundableBalance, Settlements
from .statements import Statement


class Mark(OfMerchant):
    """The mark of a future order: chapter4_1_1."""

    done = 204

    def judge(self) -> Iterator[Cause]:
        """It is in CNY and not paid yet."""
        if self.params["currency"] != "CNY":
            yield Cause(INVALID_REQUEST, "only CNY can be marked")
        if (self.sub_mchid, self.params["out_trade_no"]) in self.memory.by_trade:
            yield Cause(INVALID_REQUEST, "the order was paid before")

    def accepted(self, said: Any) -> Iterator[str]:
        """Nothing comes back."""
        self.memory.marks.add((self.sub_mchid, self.params["out_trade_no"]))
        yield from super().accepted(said)


#: The judges of calls, by the names in the table of endpoints; empty: no address.
CASES: Mapping[str, type[Case]] = {
    "": Case,
    "mark": Mark,
    "request_order": Distribute,
    "unfreeze": Unfreeze,
    "query_order": Query,
    "remaining_amount": Remaining,
    "add_receiver": AddReceiver,
    "query_receiver": QueryReceiver,
    "delete_receiver": DeleteReceiver,
    "upload_file": Upload,
    "bill_download_url": BillLink,
    "refund_bill_download_url": RefundBillLink,
    "download_bill": Bill,
    "statements": Statement,
    "settlements": Settlements,
    "refundable_balance": RefundableBalance,
    "certificates": Certificates,
    "refundable_amounts": RefundableAmounts,
    "query_transaction_by_id": QueryPayment,
    "query_transaction_by_out_trade_no": QueryPayment,
    "refund": RefundOrder,
    "query_refund_by_id": QueryRefund,
    "query_refund_by_out_refund_no": QueryRefund,
    "query_refunds": QueryRefunds,
    "recharge_balance": Recharge,
}

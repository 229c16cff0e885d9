"""What is still under way, beside frozen and unsettled money."""

from __future__ import annotations

import datetime as dt

from .findings import Findings
from .models import OpenReason
from .store import Store

_PENDING = (
    "SELECT tid AS transaction_id, oon AS out_order_no, did AS detail_id, amount, currency,"
    " cday AS day FROM detail WHERE result NOT IN ('SUCCESS', 'CLOSED') AND cday <= ?"
)
_REFUNDS = (
    "SELECT tid AS transaction_id, rid AS refund_id, orn AS out_refund_no, amount, currency, day"
    " FROM refund WHERE status IN ('PROCESSING', '') AND day <= ?"
)
_LATER = (
    "SELECT 'Payment' AS what, tid AS transaction_id, '' AS detail_id, '' AS refund_id, amount,"
    " currency, day FROM payment WHERE day > ?"
    " UNION ALL SELECT 'Detail', tid, did, '', amount, currency, day FROM detail"
    " WHERE result = 'SUCCESS' AND day > ?"
    " UNION ALL SELECT 'Refund', tid, '', rid, amount, currency, day FROM refund WHERE day > ?"
)


def still_under_way(store: Store, findings: Findings, *, last: int) -> None:
    """Note details and refunds that have not ended, and what happened after the *last* day."""
    for row in store.ask(_PENDING, (last,)):
        key = {name: row[name] for name in ("transaction_id", "out_order_no", "detail_id")}
        text = "The detail is under way: neither paid nor closed yet."
        facts = row["amount"], row["currency"]
        findings.still_open(OpenReason.PROCESSING, key, *facts, day=row["day"], text=text)
    for row in store.ask(_REFUNDS, (last,)):
        key = {name: row[name] for name in ("transaction_id", "refund_id", "out_refund_no")}
        text = "Settled on the merchant's side; it has not reached the payer yet."
        facts = row["amount"], row["currency"]
        findings.still_open(OpenReason.REFUND_PROCESSING, key, *facts, day=row["day"], text=text)
    for row in store.ask(_LATER, (last,) * 3):
        key = {name: row[name] for name in ("transaction_id", "detail_id", "refund_id")}
        day = dt.date.fromordinal(row["day"])
        text = f"{row['what']} of {day}: in the bill of that day, which is after the period."
        facts = row["amount"], row["currency"]
        findings.still_open(OpenReason.NOT_BILLED_YET, key, *facts, day=row["day"], text=text)
    store.flush()

"""Where the money of each marked payment is: it has to add up, to the fen."""

# ruff: noqa: S608 - the statements are put together from names of ours alone

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import attrs

from wxdist.models import DetailType, RefundStatus

from .findings import Findings
from .models import DifferenceKind, OpenReason, Ordinary, Source, Sums
from .store import Store

_RELEASE = f"type = '{DetailType.UNFREEZE_TO_SPONSOR}'"
#: What happened to the money of each payment, by its id.
_TABLES = (
    "CREATE TABLE spent (tid PRIMARY KEY, distributed, released, pending, closed) WITHOUT ROWID",
    f"""INSERT INTO spent SELECT tid,
        sum(amount * (result = 'SUCCESS' AND NOT {_RELEASE})),
        sum(amount * (result = 'SUCCESS' AND {_RELEASE})),
        sum(amount * (result NOT IN ('SUCCESS', 'CLOSED'))),
        sum(amount * (result = 'CLOSED'))
        FROM detail GROUP BY tid""",
    """CREATE TABLE back (tid PRIMARY KEY, refunded, refunds, told, returned, advanced, adv_told)
        WITHOUT ROWID""",
    f"""INSERT INTO back SELECT k.tid, sum(k.amount), count(*), count(s.fee),
        ifnull(sum(s.fee), 0), ifnull(sum(r.advanced), 0), count(r.advanced)
        FROM refund k LEFT JOIN srow s ON s.mate = k.n LEFT JOIN rrow r ON r.mate = k.n
        WHERE k.status <> '{RefundStatus.REFUNDCLOSE}' AND k.tid <> '' GROUP BY k.tid""",
)
_PAYMENTS = (
    "SELECT p.tid, p.otn, p.sub, p.currency, p.amount, p.day,"
    " ifnull(d.distributed, 0) AS distributed, ifnull(d.released, 0) AS released,"
    " ifnull(d.pending, 0) AS pending, ifnull(d.closed, 0) AS closed,"
    " ifnull(b.refunded, 0) AS refunded,"
    " ifnull(b.refunds, 0) AS refunds, ifnull(b.told, 0) AS told,"
    " ifnull(b.returned, 0) AS returned, b.advanced, b.adv_told,"
    " ifnull(p.fee, (SELECT r.fee FROM prow r WHERE r.mate = p.n AND r.sc = p.currency)) AS fee,"
    " ifnull(m.amount, p.remaining) AS remaining,"
    " EXISTS (SELECT 1 FROM found f WHERE f.tid = p.tid) AS explained"
    " FROM payment p LEFT JOIN spent d ON d.tid = p.tid LEFT JOIN back b ON b.tid = p.tid"
    " LEFT JOIN remaining m ON m.tid = p.tid WHERE p.marked AND p.day <= ? ORDER BY p.n"
)


@attrs.frozen(kw_only=True)
class Balance:
    """Where the money of one payment is, in fen; what is not told is what the rest leaves."""

    paid: int
    distributed: int
    released: int
    refunded: int
    fee: int
    frozen: int
    advanced: int

    @property
    def difference(self) -> int:
        """What is left over."""
        found = self.distributed + self.released + self.refunded + self.fee + self.frozen
        return self.paid + self.advanced - found


def balance(row: Any) -> Balance:
    """Return where the money of a payment is.

    The fee is known when its payment and each of its refunds told theirs; what is still frozen,
    when the service was asked. Of the two, one that is not known is what the rest leaves (of both,
    all counts as frozen). Refunds that took more than there was were advanced by the sponsor: only
    when nothing is frozen any more, and as much as the refund bill says, where it says.
    """
    fee = (
        None if row["fee"] is None or row["told"] < row["refunds"] else row["fee"] + row["returned"]
    )
    pending, remaining = row["pending"], row["remaining"]
    left = row["amount"] - row["distributed"] - row["released"] - row["refunded"] - pending
    left -= (fee or 0) + (remaining or 0)
    advanced = _advanced(row, left)
    left += advanced
    if left > 0 and remaining is None:
        remaining, left = left, 0
    elif left > 0 and fee is None:
        fee = left
    return Balance(
        paid=row["amount"],
        distributed=row["distributed"],
        released=row["released"],
        refunded=row["refunded"],
        fee=fee or 0,
        frozen=pending + (remaining or 0),
        advanced=advanced,
    )


def _advanced(row: Any, left: int) -> int:
    if row["refunds"] and row["adv_told"] == row["refunds"]:
        return int(row["advanced"])
    gone = row["distributed"] + row["released"]
    empty = not row["remaining"] or row["closed"]  # what was closed came back after the refund
    possible = left < 0 and empty and -left <= min(row["refunded"], gone)
    return -left if possible else 0


@attrs.frozen(kw_only=True)
class Adding:
    """Adds up what is known of all payments."""

    store: Store
    findings: Findings
    last: int  #: ordinal of the last day

    def prepare(self) -> None:
        """Make the tables that are asked."""
        self.store.flush()
        self.store.run("CREATE INDEX found_tid ON found (tid)")
        for statement in _TABLES:
            self.store.run(statement)

    def marked(self) -> list[Sums]:
        """Return the sums of each sub-merchant, and note what does not close or is open."""
        sums: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for row in self.store.ask(_PAYMENTS, (self.last,)):
            found = balance(row)
            total = sums[row["sub"], row["currency"]]
            total["payments"] += 1
            for name, value in attrs.asdict(found).items():
                total[name] += value
            if found.difference and not row["explained"]:
                self._does_not_close(row, found)
            if frozen := found.frozen - row["pending"]:
                self._frozen(row, frozen)
        self.store.flush()
        return [
            Sums(sub_mchid=sub, currency=currency, **total)
            for (sub, currency), total in sorted(sums.items())
        ]

    def ordinary(self) -> Iterator[Ordinary]:
        """Yield the sums of payments that were not marked."""
        for row in self.store.ask(
            "SELECT p.sub, p.currency, count(*), sum(p.amount), ifnull(sum(b.refunded), 0)"
            " FROM payment p LEFT JOIN back b ON b.tid = p.tid"
            " WHERE NOT p.marked AND p.day <= ? GROUP BY 1, 2 ORDER BY 1, 2",
            (self.last,),
        ):
            sub, currency, payments, paid, refunded = row
            yield Ordinary(
                sub_mchid=sub,
                currency=currency,
                payments=payments,
                paid=paid,
                refunded=refunded,
            )

    def _does_not_close(self, row: Any, found: Balance) -> None:
        parts = attrs.asdict(found)
        shown = ", ".join(f"{name} {value}" for name, value in parts.items() if value)
        field = "remaining" if row["remaining"] is not None else "paid"
        told = row["remaining"] if row["remaining"] is not None else row["amount"]
        self.findings.add(
            DifferenceKind.SUM,
            Source.SUM,
            {"transaction_id": row["tid"], "out_trade_no": row["otn"]},
            cause=f"sum|{row['tid']}",
            field=field,
            here=told + found.difference if field == "remaining" else told - found.difference,
            there=told,
            day=row["day"],
            text=f"Payment {row['tid']} does not add up: {found.difference} fen are left over."
            f" In fen: {shown}.",
        )

    def _frozen(self, row: Any, frozen: int) -> None:
        day = dt.date.fromordinal(row["day"])
        self.findings.still_open(
            OpenReason.FROZEN,
            {"transaction_id": row["tid"], "out_trade_no": row["otn"]},
            frozen,
            row["currency"],
            day=row["day"],
            text=f"Paid on {day}, neither distributed nor released yet.",
        )

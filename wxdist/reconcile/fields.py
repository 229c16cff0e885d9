"""Which row belongs to which thing we know, and which of their fields have to be the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import attrs

from wxdist.models import DetailResult, DetailType, RefundStatus, TradeState, masked

from .models import Source

_OPENID = re.compile(r"o[0-9A-Za-z_-]{27}", re.ASCII)


def _same(value: Any) -> Any:
    return value


def account(value: Any) -> str:
    """Return the id of a merchant as it is, and any other account masked."""
    return value if value.isascii() and value.isdigit() else masked(value)


def unless_openid(value: Any) -> Any:
    """Return a number of the service as it is, and what slipped into its column masked."""
    return masked(value) if _OPENID.fullmatch(value) else value


@attrs.frozen
class Field:
    """One field: what it is here and there, as SQL over a row `r` and its known thing `k`."""

    name: str
    here: str
    there: str
    when: str = "1"  #: where it is held at all
    wrong: str = ""  #: when it differs; empty: when both are not the same
    show: Callable[[Any], Any] = _same
    payment: str = ""  #: the field of the payment that a row of its refund repeats

    @property
    def condition(self) -> str:
        """When it differs, as SQL."""
        wrong = self.wrong or f"({self.here}) IS NOT ({self.there})"
        return f"(({self.when}) AND ({wrong}))"


@attrs.frozen(kw_only=True)
class Pairing:
    """How the rows of a bill and what we know of them find each other."""

    source: Source
    thing: str  #: what one row is
    rows: str  #: table of the rows
    known: str  #: table of what we know
    row_id: str  #: column of the id in a row
    known_id: str
    again: str  #: when a row is the known thing although the ids differ, as SQL
    alike: tuple[str, ...]  #: columns by which the best of several rows is told
    expected: str  #: when a known thing has to have a row, as SQL over `k`
    fields: tuple[Field, ...]
    row_key: Mapping[str, str]  #: the ids of a row, by the names of the wire
    known_key: Mapping[str, str]  #: likewise of the known thing
    whose: str  #: the sub-merchant of a known thing, as SQL
    merchants: tuple[str, ...] = ()  #: columns of a row that name merchants: whose, then of whom
    extra: str = ""  #: more tables, joined to `k`

    @property
    def known_ids(self) -> str:
        """The ids of the known thing as columns of an answer."""
        return ", ".join(f"{column} AS {name}" for name, column in self.known_key.items())

    @property
    def row_ids(self) -> str:
        """The ids of a row as columns of an answer."""
        return ", ".join(f"{column} AS {name}" for name, column in self.row_key.items())

    def in_a_bill(self, table: str) -> str:
        """Return whether the bill of a known thing is among those of a *table*, as SQL.

        A bill is of all, or of one sub-merchant.
        """
        of = f"FROM {table} WHERE source = '{self.source}'"
        return (
            f"(k.day IN (SELECT day {of} AND sub = '') OR (k.day, {self.whose}) IN"
            f" (SELECT day, sub {of}) OR ({self.whose} = '' AND k.day IN (SELECT day {of})))"
        )

    @property
    def likeness(self) -> str:
        """In how many columns a row is like the known thing, as SQL."""
        return " + ".join(f"(r.{each} = k.{each})" for each in self.alike)

    def named(self, key: Mapping[str, str]) -> str:
        """Return what a thing with this *key* is called in a sentence."""
        last = [value for value in key.values() if value][-1:]
        return f"{self.thing.capitalize()} {last[0] if last else 'without a number'}"


def _states(*states: str) -> str:
    return ", ".join(f"'{each}'" for each in states)


_DAY = Field("day", "k.day", "r.day")


def _time(name: str, here: str) -> Field:
    """A printed time is held by its day alone, and only where the bill is that of the day."""
    return Field(name, here, "r.cday", when="r.cday IS NOT NULL AND r.day = k.day")


def _settled(name: str, marked: str) -> Field:
    """A marked payment is settled as it was paid; a wrong amount beside it is its own cause."""
    return Field(
        name,
        "k.amount",
        "r.sa",
        when=f"{marked} AND r.sc = k.currency",
        wrong="r.sa IS NOT k.amount AND r.sa IS NOT r.amount",
    )


#: A row is never updated: a refund that has moved on since does not differ.
_REFUND_STATE = (
    "NOT (r.state = k.status OR r.state = 'PROCESSING'"
    f" OR (r.state = '{RefundStatus.SUCCESS}' AND k.status <> '{RefundStatus.REFUNDCLOSE}'))"
)
_UNPAID = _states(
    *(TradeState.NOTPAY, TradeState.CLOSED, TradeState.USERPAYING, TradeState.PAYERROR)
)

#: Only what succeeded is billed; the values of status and business_type are not documented.
NOT_DONE = _states(DetailResult.PENDING, DetailResult.CLOSED)
_RESULT = f"k.result <> '{DetailResult.SUCCESS}' OR r.status IN ({NOT_DONE})"
_TYPE = f"k.type <> '' AND k.type <> r.type AND r.type IN ({_states(*DetailType)})"

DETAILS = Pairing(
    source=Source.DISTRIBUTION,
    thing="detail",
    rows="drow",
    known="detail",
    row_id="did",
    known_id="did",
    again="k.oon = r.oon AND k.account = r.account AND k.amount = r.amount",
    alike=("oon", "account", "amount", "day"),
    expected=f"k.result = '{DetailResult.SUCCESS}'",
    fields=(
        Field("detail_id", "k.did", "r.did", when="k.did <> ''", show=unless_openid),
        Field("out_order_no", "k.oon", "r.oon"),
        Field("order_id", "k.oid", "r.oid", show=unless_openid),
        Field("transaction_id", "k.tid", "r.tid", show=unless_openid),
        Field("sub_mchid", "k.sub", "r.sub", when="k.sub <> ''", show=account),
        Field("receiver_account", "k.account", "r.account", show=account),
        Field("amount", "k.amount", "r.amount"),
        Field("currency", "k.currency", "r.currency"),
        Field("settlement_amount", "k.sa", "r.sa", when="k.sa IS NOT NULL"),
        Field("settlement_currency", "k.sc", "r.sc", when="k.sc <> ''"),
        Field("exchange_rate", "k.rate", "printed_rate(r.rate)", when="k.rate IS NOT NULL"),
        Field("status", "k.result", "r.status", wrong=_RESULT),
        Field("business_type", "k.type", "r.type", wrong=_TYPE),
        Field("description", "trim(k.description)", "trim(r.description)"),
        # Of one that we do not know to be done it is not known when it was: the result differs.
        attrs.evolve(_DAY, when=f"k.result = '{DetailResult.SUCCESS}'"),
        _time("create_time", "k.cday"),
    ),
    row_key={"transaction_id": "r.tid", "out_order_no": "r.oon", "detail_id": "r.did"},
    known_key={"transaction_id": "k.tid", "out_order_no": "k.oon", "detail_id": "k.did"},
    whose="k.sub",
    merchants=("sponsor", "sub"),
)

_REFUND = (
    Field("refund_id", "k.rid", "r.rid", when="k.rid <> k.tid OR r.rid <> r.tid",
          show=unless_openid),
    Field("out_refund_no", "k.orn", "r.orn"),
    Field("transaction_id", "k.tid", "r.tid", when="k.tid <> ''", show=unless_openid),
    Field("out_trade_no", "k.otn", "r.otn", when="k.otn <> ''"),
    Field("amount", "k.amount", "r.amount"),
    Field("payer_refund", "k.pamount", "r.pamount",
          when="k.pamount IS NOT NULL AND r.pamount IS NOT NULL"),
    Field("payer_currency", "k.pcurrency", "r.pcurrency",
          when="k.pcurrency <> '' AND r.pcurrency <> ''"),
    _DAY,
)  # fmt: skip
_REFUND_KEYS: dict[str, Any] = {
    name: {
        "transaction_id": f"{table}.tid",
        "refund_id": f"{table}.rid",
        "out_refund_no": f"{table}.orn",
    }
    for name, table in (("row_key", "r"), ("known_key", "k"))
}
_OF_PAYMENT = "ifnull((SELECT o.sub FROM payment o WHERE o.tid = k.tid), '')"
#: One that was undone is told under the number of its payment.
_REVOCATION = "k.rid = k.tid AND r.rid = r.tid"
#: A refund that was closed gave nothing back: it may be billed, and need not.
_NOT_CLOSED = f"k.status <> '{RefundStatus.REFUNDCLOSE}'"
_MARKED = "EXISTS (SELECT 1 FROM payment p WHERE p.tid = k.tid AND p.marked)"

REFUNDS = Pairing(
    source=Source.REFUNDS,
    thing="refund",
    rows="rrow",
    known="refund",
    row_id="rid",
    known_id="rid",
    again="k.orn = r.orn AND r.orn <> ''",
    alike=("orn", "amount", "day"),
    expected=f"{_NOT_CLOSED} AND k.rid <> k.tid AND {_MARKED}",
    whose=_OF_PAYMENT,
    fields=(
        *_REFUND,
        Field("currency", "k.currency", "r.currency"),
        _time("refund_apply_time", "k.day"),
    ),
    **_REFUND_KEYS,
)

STATEMENT_REFUNDS = Pairing(
    source=Source.STATEMENT,
    thing="refund",
    rows="srow",
    known="refund",
    row_id="rid",
    known_id="rid",
    again=f"(k.orn = r.orn AND r.orn <> '') OR ({_REVOCATION} AND k.otn = r.otn)",
    alike=("orn", "amount", "day"),
    expected=_NOT_CLOSED,
    whose=_OF_PAYMENT,
    fields=(
        *_REFUND,
        Field("currency", "k.currency", "r.tcurrency"),
        Field("refund_state", "k.status", "r.state", wrong=_REFUND_STATE),
        Field("order_amount", "p.amount", "r.total",
              when="p.amount IS NOT NULL AND r.total IS NOT NULL", payment="amount"),
        Field("sub_mchid", "p.sub", "r.sub", when="p.sub <> ''", payment="sub_mchid",
              show=account),
        _settled("refund_settlement_amount", "p.marked"),
        _time("transaction_time", "k.day"),
    ),
    merchants=("mchid", "sub"),
    extra="LEFT JOIN payment p ON p.tid = k.tid",
    **_REFUND_KEYS,
)  # fmt: skip

PAYMENTS = Pairing(
    source=Source.STATEMENT,
    thing="payment",
    rows="prow",
    known="payment",
    row_id="tid",
    known_id="tid",
    again="k.otn = r.otn AND r.otn <> ''",
    alike=("otn", "amount", "day"),
    expected="1",
    fields=(
        Field("transaction_id", "k.tid", "r.tid", show=unless_openid),
        Field("out_trade_no", "k.otn", "r.otn"),
        Field("amount", "k.amount", "r.amount"),
        Field("currency", "k.currency", "r.currency"),
        Field("sub_mchid", "k.sub", "r.sub", when="k.sub <> ''", show=account),
        Field("fee", "k.fee", "r.fee", when="k.marked AND k.fee IS NOT NULL"),
        Field("rate", "k.rate", "printed_rate(r.rate)", when="k.rate IS NOT NULL AND r.rate <> ''"),
        _settled("settlement_amount", "k.marked"),
        Field("trade_state", "'SUCCESS'", "r.state", wrong=f"r.state IN ({_UNPAID})"),
        _DAY,
        _time("transaction_time", "k.day"),
    ),
    row_key={"transaction_id": "r.tid", "out_trade_no": "r.otn"},
    known_key={"transaction_id": "k.tid", "out_trade_no": "k.otn"},
    whose="k.sub",
    merchants=("mchid", "sub"),
)

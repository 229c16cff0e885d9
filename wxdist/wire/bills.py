"""The columns of the three bills, and their lines as rows.

Sources: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter4_1_9.shtml,
https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter4_1_14.shtml,
https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter4_1_34.shtml
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

from wxdist.errors import BillRefused
from wxdist.models import BillKind, BillRow, DistributionRow, RefundRow, StatementRow, model

from .csv import minor_units, records

RowT = TypeVar("RowT", bound=BillRow)


@model
class Column:
    """A column of a bill."""

    name: str  #: the field of the row
    headers: tuple[str, ...]  #: spellings, in letters and digits alone; see `spelling`
    currency: str | None = None
    """Of an amount: the field that names its currency, or the currency itself."""
    otherwise: str = ""
    """The field that names it where that one is empty, as in a refund's line; empty: none does."""
    required: bool = False  #: of an amount: whether it may not be empty

    @property
    def told_by(self) -> tuple[str, ...]:
        """What names the currency: the first of these that is not empty, or the only one itself."""
        return tuple(filter(None, (self.currency, self.otherwise)))

    @property
    def is_amount(self) -> bool:
        """Whether the row has it as whole minor units."""
        return self.currency is not None


def spelling(name: str) -> str:
    """Return *name* of a column in letters and digits alone, in lower case."""
    return re.sub(r"[\W_]+", "", name).casefold()


def _column(name: str, *others: str, **more: Any) -> Column:
    headers = tuple(dict.fromkeys(spelling(each) for each in (name, *others)))
    return Column(name=name, headers=headers, **more)


_DISTRIBUTION = (
    _column("create_time"),
    _column("initiator"),
    _column("sponsor"),
    _column("sub_mchid"),
    _column("transaction_id"),
    _column("order_id"),
    _column("out_order_no"),
    _column("detail_id", "detaill_id"),  # the 2025 pages; the 2022 page has one l
    _column("receiver_account"),
    _column("amount", currency="CNY", required=True),
    _column("currency"),
    _column("settlement_amount", currency="settlement_currency"),
    _column("settlement_currency"),
    _column("exchange_rate"),
    _column("business_type"),
    _column("status"),
    _column("description"),
)
#: Known up to here: the page is cut.
_REFUNDS = (
    _column("refund_apply_time", "Refund apply time"),
    _column("refund_success_time", "Refund success time"),
    _column("refund_id", "Wechat refund number", "微信退款单号"),
    _column("out_refund_no", "Vendor refund number", "商户退款单号"),
    _column("transaction_id", "Wechat order number", "微信订单号"),
    _column("out_transaction_id", "Vendor order number", "商户订单号"),
    _column("refund_fee", "Refund amount", currency="currency", required=True),
    _column("currency", "Currency type"),
    _column("coupon_refund_amount", "Coupon refund amount", currency="currency"),
    _column("payer_refund_amount", "Payer's refund amount", currency="payer_refund_currency"),
    _column("payer_refund_currency", "Payer's refund currency type"),
    _column("rate", "Rate"),
    _column("refund_source", "Refund source"),
)
_STATEMENT = (
    _column("transaction_time", "交易时间"),
    _column("appid", "公众账号ID", "official account id"),
    _column("mchid", "商户号", "merchant id"),
    _column("sub_mchid", "子商户号", "sub-merchant id"),
    _column("device_id", "设备号"),
    _column("transaction_id", "微信订单号", "WeChat order number"),
    _column("out_trade_no", "商户订单号", "merchant order number"),
    _column("openid", "用户标识", "user id"),
    _column("trade_type", "交易类型"),
    _column("trade_state", "交易状态"),
    _column("bank_type", "付款银行", "paying bank"),
    _column("prepaid_coupon_currency", "充值券币种", "prepaid-coupon currency"),
    _column("prepaid_coupon_amount", "充值券金额", currency="prepaid_coupon_currency"),
    _column("coupon_currency", "优惠券币种"),
    _column("coupon_amount", "优惠券金额", currency="coupon_currency"),
    _column("refund_id", "微信退款单号", "WeChat refund number"),
    _column("out_refund_no", "商户退款单号", "merchant refund number"),
    _column("refund_type", "退款类型"),
    _column("refund_state", "退款状态"),
    _column("goods_name", "商品名称"),
    _column("attach", "商户数据包", "merchant data (attach)", "merchant data"),
    _column(
        "fee",
        "手续费",
        currency="settlement_currency",
        otherwise="refund_settlement_currency",
    ),
    _column("fee_rate", "费率"),
    _column("currency", "标价币种", "price currency"),
    _column(
        "amount",
        *("订单金额(标价币种)", "订单金额", "order amount (price currency)", "order amount"),
        currency="currency",
    ),
    _column("payer_currency", "用户支付币种"),
    _column("payer_amount", "用户支付金额", currency="payer_currency"),
    _column("settlement_currency", "结算币种"),
    _column(
        "settlement_amount", "应结订单金额", "amount to settle", currency="settlement_currency"
    ),
    _column("payment_rate", "支付汇率"),
    _column("refund_rate", "退款汇率"),
    _column("refund_amount", "申请退款金额", "refund requested", currency="currency"),
    _column("payer_refund_currency", "用户退款币种"),
    _column(
        "payer_refund_amount",
        "用户退款金额",
        currency="payer_refund_currency",
        otherwise="payer_currency",
    ),
    _column("refund_settlement_currency", "退款结算币种"),
    _column(
        "refund_settlement_amount",
        *("退款应结订单金额", "refund amount to settle"),
        currency="refund_settlement_currency",
        otherwise="settlement_currency",
    ),
    _column(
        "prepaid_coupon_refund",
        *("充值券退款金额", "prepaid-coupon refund"),
        currency="prepaid_coupon_currency",
    ),
    _column("coupon_refund", "优惠券退款金额", currency="coupon_currency"),
)

#: Each bill's columns, in its order.
COLUMNS: Mapping[BillKind, tuple[Column, ...]] = MappingProxyType(
    {
        BillKind.DISTRIBUTION: _DISTRIBUTION,
        BillKind.REFUNDS: _REFUNDS,
        BillKind.STATEMENT: _STATEMENT,
    }
)
#: The model of each bill's rows.
ROWS: Mapping[BillKind, type[BillRow]] = MappingProxyType(
    {
        BillKind.DISTRIBUTION: DistributionRow,
        BillKind.REFUNDS: RefundRow,
        BillKind.STATEMENT: StatementRow,
    }
)


def _misfit(kind: BillKind, header: Sequence[str], *, first: bool) -> int | None:
    """Return the place of the first column that is not as *kind* has it; ``None``: all are.

    The names of the distribution bill are documented; others may be spelled anew, as in another
    language, but not stand at another's place. *first*: no such name for the first column, which
    tells which bill it is.
    """
    columns = COLUMNS[kind]
    known = {name for column in columns for name in column.headers}
    for place, column in enumerate(columns):
        if place >= len(header):
            return place
        whole, before, *inside = _names(header[place])
        if not {whole, before, *inside}.isdisjoint(column.headers):
            continue
        new = whole not in known and before not in known
        if kind is BillKind.DISTRIBUTION or not new or (first and not place):
            return place
    return None


def _names(header: str) -> list[str]:
    """Return what may be the name: all of *header*, what is before its parentheses, and in them."""
    return [spelling(header), *map(spelling, re.split(r"[(（)）]", header)[:2])]


def hold_columns(kind: BillKind, header: Sequence[str]) -> None:
    """Refuse a header that is not one of *kind*; columns may follow.

    Raises:
        BillRefused: a column is missing or stands elsewhere; of the distribution bill, also one of
            another name.
    """
    if (place := _misfit(kind, header, first=False)) is not None:
        raise BillRefused(
            f"the columns are not those of the {kind} bill: number {place + 1} is not "
            f"{COLUMNS[kind][place].name}",
            facts={"kind": kind.value, "column": place + 1},
        )


def recognise(header: Sequence[str]) -> BillKind:
    """Return which bill has *header*, by position; columns may follow.

    Raises:
        BillRefused: none of the three.
    """
    for kind in BillKind:
        if _misfit(kind, header, first=True) is None:
            return kind
    raise BillRefused("the columns are those of no bill")


def builder(kind: BillKind, header: Sequence[str]) -> Callable[[list[str], int], BillRow]:
    """Return what makes a row of the values below *header*, given their line's number too.

    It takes as many values as the header has, and uses their list up.

    Raises:
        BillRefused: *header* is not one of *kind*; from the builder: an amount that is none.
    """
    hold_columns(kind, header)
    row: Any = ROWS[kind]  # an attrs class, whose slots our decorator hides from type checkers
    columns = COLUMNS[kind]
    width = len(columns)
    further = distinct(header[width:])
    # Into the slots: a frozen class calls as much for each field, and again for its keywords.
    new = row.__new__
    setters = (*(getattr(row, column.name).__set__ for column in columns), row.extra.__set__)
    amounts = _amounts(columns)

    def build(values: list[Any], line: int) -> BillRow:
        extra = dict(zip(further, values[width:], strict=True)) if further else {}
        for place, currency, other, column in amounts:
            text = values[place]
            if text.strip() or column.required:
                money = values[currency] if currency else "CNY"
                if other and not money.strip():
                    money = values[other]
                try:
                    values[place] = minor_units(text, money)
                except ValueError as error:
                    raise BillRefused(
                        f"line {line}: {column.name} {error}", facts={"line": line}
                    ) from None
            else:
                values[place] = None
        values[width:] = (extra,)
        made: BillRow = new(row)
        for setter, value in zip(setters, values, strict=True):
            setter(made, value)
        return made

    return build


def rows(kind: BillKind, lines: Iterable[str]) -> Iterator[BillRow]:
    """Yield the rows of a bill of *kind*: its first section.

    Raises:
        BillRefused: the bill is of another kind, an amount is none, or as of `records`.
    """
    found = records(lines)
    _, first, _ = next(found)
    build = builder(kind, first.names)
    for line, header, values in found:
        if values is not None and not header.number:
            yield build(values, line)


def _amounts(columns: Sequence[Column]) -> tuple[tuple[int, int, int, Column], ...]:
    """Return the amounts among *columns*: place, places of the currency, column.

    The currency stands at the first place (0: it is CNY), or else at the other (0: at none).
    """
    places = {column.name: place for place, column in enumerate(columns)}
    return tuple(
        (
            places[column.name],
            places.get(column.currency, 0),
            places.get(column.otherwise, 0),
            column,
        )
        for column in columns
        if column.currency is not None
    )


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Return *names*, those that come again numbered: ``note``, ``note (2)``."""
    found: dict[str, None] = {}
    for name in names:
        new, number = name, 1
        while new in found:
            number += 1
            new = f"{name} ({number})"
        found[new] = None
    return tuple(found)

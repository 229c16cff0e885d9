"""The columns of the three bills, held against the documentation, and their rows."""

import os
import pickle
import re
from pathlib import Path

import attrs
import pytest

from wxdist import BillKind, BillRefused, DistributionRow, RefundRow, StatementRow
from wxdist.wire.bills import (
    COLUMNS,
    ROWS,
    builder,
    distinct,
    hold_columns,
    recognise,
    rows,
    spelling,
)

SHARED = Path(__file__).parents[3] / "shared" / "spec"
FILE = Path(os.environ.get("WXDIST_SPEC", SHARED)) / "bills.md"
documented = pytest.mark.skipif(
    not FILE.exists(),
    reason="no bills.md: ../shared/spec is absent and WXDIST_SPEC names no other folder",
)

DISTRIBUTION, REFUNDS, STATEMENT = BillKind
REFUND_HEADER = [
    *("Refund apply time", "Refund success time", "Wechat refund number(refund_id)"),
    *("Vendor refund number(out_refund_no)", "Wechat order number(transaction_id)"),
    *("Vendor order number(out_transaction_id)", "Refund amount(refund_fee)", "Currency type"),
    *("Coupon refund amount", "Payer's refund amount", "Payer's refund currency type", "Rate"),
    "Refund source",
]
CHINESE = [
    *("交易时间", "公众账号ID", "商户号", "子商户号", "设备号", "微信订单号", "商户订单号"),
    *("用户标识", "交易类型", "交易状态", "付款银行", "充值券币种", "充值券金额", "优惠券币种"),
    *("优惠券金额", "微信退款单号", "商户退款单号", "退款类型", "退款状态", "商品名称"),
    *("商户数据包", "手续费", "费率", "标价币种", "订单金额(标价币种)", "用户支付币种"),
    *("用户支付金额", "结算币种", "应结订单金额", "支付汇率", "退款汇率", "申请退款金额"),
    *("用户退款币种", "用户退款金额", "退款结算币种", "退款应结订单金额"),
    *("充值券退款金额", "优惠券退款金额"),
]


def names(kind):
    return [column.name for column in COLUMNS[kind]]


HEADERS = {
    "distribution": (DISTRIBUTION, names(DISTRIBUTION)),
    "refunds": (REFUNDS, REFUND_HEADER),
    "refunds, wire names": (REFUNDS, names(REFUNDS)),
    "statement, Chinese": (STATEMENT, CHINESE),
    "statement, English": (STATEMENT, names(STATEMENT)),
}
every_header = pytest.mark.parametrize("name", HEADERS)


def line(kind, **values):
    """Return a line of values, numbered where none is told and no amount is expected."""
    texts = [
        values.get(column.name, "" if column.is_amount else f"v{place}")
        for place, column in enumerate(COLUMNS[kind])
    ]
    return ",".join(f"`{text}" for text in texts)


@documented
def test_the_distribution_bill_is_the_documented_one():
    """The columns of the distribution bill are those of the documentation, in its order."""
    (header,) = re.findall(r"^`(create_time,.*)`$", FILE.read_text(), re.MULTILINE)

    assert header.split(",") == names(DISTRIBUTION)


@documented
def test_the_refund_bill_is_the_documented_one():
    """The columns of the refund bill are those of the documentation, as far as it goes."""
    (header,) = re.findall(r"^`(Refund apply time,.*),R\.\.\.`$", FILE.read_text(), re.MULTILINE)

    assert header.split(",") == REFUND_HEADER


@documented
def test_the_statement_is_the_documented_one():
    """The columns of the statement are the 38 of the documentation, in either language."""
    cell = r"\| *(\d+) \| ([^|]+) \| ([^|]+) "
    table = {
        int(place): found for place, *found in re.findall(cell, FILE.read_text()) if int(place) < 39
    }
    chinese, english = zip(*(table[place] for place in range(1, 39)), strict=True)

    assert list(chinese) == CHINESE
    assert hold_columns(STATEMENT, chinese) is None
    for column, name in zip(COLUMNS[STATEMENT], english, strict=True):
        # Ids are named in the documentation's table by a word and an explanation
        assert {spelling(name), spelling(name.split("(")[0])} & set(column.headers), column.name


@pytest.mark.parametrize("kind", BillKind)
def test_columns_are_the_fields_of_the_rows(kind):
    """A column is a field of the row's model: an amount with its currency, or a text."""
    fields = {field.name: field.type for field in attrs.fields(ROWS[kind])}
    fields.pop("extra")

    assert [*fields] == names(kind)
    for column in COLUMNS[kind]:
        amount = "int" if column.required else "int | None"
        assert fields[column.name] == (amount if column.is_amount else "str")
        assert {"CNY", *fields} >= {*column.told_by}


@every_header
def test_headers(name):
    """Each bill is recognised by its header, in the spellings of all editions."""
    kind, header = HEADERS[name]

    assert kind == recognise(header)
    assert kind == recognise([*header, "news", "amount"])
    assert hold_columns(kind, header) is None


@pytest.mark.parametrize("spelled", ["detaill_id", "detail_id", " Detail_ID ", "detail id"])
def test_spellings_of_the_distribution_bill(spelled):
    """The detail's id is read under both of its names; case and blanks do not matter."""
    header = [spelled if name == "detail_id" else name for name in names(DISTRIBUTION)]

    assert DISTRIBUTION == recognise(header)


@pytest.mark.parametrize("spelled", ["Refund amount（refund_fee）", "refund_fee", "REFUND AMOUNT"])
def test_spellings_of_the_refund_bill(spelled):
    """An explained column is read by its explanation, its name on the wire, or both."""
    header = [*REFUND_HEADER[:6], spelled, *REFUND_HEADER[7:]]

    assert REFUNDS == recognise(header)


@pytest.mark.parametrize("name", ["refunds", "statement, Chinese", "statement, English"])
def test_names_nobody_documented(name):
    """A column that is spelled anew is read by its place: the names are not all documented."""
    kind, header = HEADERS[name]

    assert kind == recognise([header[0], *(f"new {place}" for place in range(1, len(header)))])


@every_header
def test_columns_in_another_place(name):
    """Columns that changed their places are refused, and which is the first: never misread."""
    kind, header = HEADERS[name]
    swapped = [*header[:2], header[3], header[2], *header[4:]]

    with pytest.raises(BillRefused, match="number 3 is not") as error:
        hold_columns(kind, swapped)

    assert {"kind": kind.value, "column": 3} == error.value.facts
    with pytest.raises(BillRefused, match="of no bill"):
        recognise(swapped)


@every_header
@pytest.mark.parametrize("wrong", [0, 1, -1])
def test_missing_columns(name, wrong):
    """A header without a column is that of no bill, whichever column it is."""
    kind, header = HEADERS[name]
    header = [each for place, each in enumerate(header) if place != wrong % len(header)]

    with pytest.raises(BillRefused, match="columns"):
        hold_columns(kind, header)


@pytest.mark.parametrize("name", ["refunds", "refunds, wire names", "statement, Chinese"])
def test_names_in_another_language(name):
    """Of a bill whose kind is known even the first column may have any name, but no other's."""
    kind, header = HEADERS[name]
    foreign = [f"новый {place}" for place in range(len(header))]

    assert hold_columns(kind, foreign) is None
    with pytest.raises(BillRefused, match="of no bill"):
        recognise(foreign)
    with pytest.raises(BillRefused, match="number 1 is not"):
        hold_columns(kind, [header[1], *foreign[1:]])
    with pytest.raises(BillRefused, match=f"number {len(header)} is not"):
        hold_columns(kind, foreign[:-1])


def test_an_undocumented_name_of_the_distribution_bill():
    """Names of the distribution bill are documented, so another name is refused."""
    with pytest.raises(BillRefused, match="number 17 is not description"):
        hold_columns(DISTRIBUTION, [*names(DISTRIBUTION)[:-1], "text"])


@every_header
def test_another_bill(name):
    """A bill is not taken for one of another kind."""
    kind, header = HEADERS[name]

    for other in set(BillKind) - {kind}:
        with pytest.raises(BillRefused, match=f"the columns are not those of the {other} bill"):
            hold_columns(other, header)


@pytest.mark.parametrize("header", [(), ("",), ("total_count", "total_amount"), ("<html>",)])
def test_no_bill(header):
    """Other headers are those of no bill."""
    with pytest.raises(BillRefused, match="of no bill"):
        recognise(header)


def test_a_distribution_row():
    """A detail has its texts as printed, and its amounts in fen and in minor units."""
    changes = {"amount": "8.88", "settlement_amount": "150", "settlement_currency": "JPY"}
    lines = [",".join(names(DISTRIBUTION)), line(DISTRIBUTION, **changes)]
    texts = {name: f"v{place}" for place, name in enumerate(names(DISTRIBUTION))}

    (row,) = rows(DISTRIBUTION, lines)

    changes |= {"amount": 888, "settlement_amount": 150}
    assert DistributionRow(**texts | changes) == row
    assert row.released
    assert {} == row.extra


def test_a_refund_row():
    """A refund's amounts are read in the currencies it names, a coupon's in the order's."""
    changes = {
        "refund_fee": "100",
        "coupon_refund_amount": "7",
        "payer_refund_amount": "8.88",
        "currency": "JPY",
        "payer_refund_currency": "CNY",
    }

    (row,) = rows(REFUNDS, [",".join(REFUND_HEADER), line(REFUNDS, **changes)])

    assert isinstance(row, RefundRow)
    assert (100, 7, 888) == (row.refund_fee, row.coupon_refund_amount, row.payer_refund_amount)
    assert ("v0", "v12") == (row.refund_apply_time, row.refund_source)


def test_a_statement_row():
    """Each amount of a statement is read in the currency of its own column."""
    currencies = {
        "prepaid_coupon_currency": "KWD",
        "coupon_currency": "BHD",
        "currency": "JPY",
        "payer_currency": "CNY",
        "settlement_currency": "KRW",
        "payer_refund_currency": "HKD",
        "refund_settlement_currency": "OMR",
    }
    amounts = {column.name: "3" for column in COLUMNS[STATEMENT] if column.is_amount}

    (row,) = rows(STATEMENT, [",".join(CHINESE), line(STATEMENT, **currencies, **amounts)])

    assert isinstance(row, StatementRow)
    assert {
        "prepaid_coupon_amount": 3000,
        "coupon_amount": 3000,
        "fee": 3,
        "amount": 3,
        "payer_amount": 300,
        "settlement_amount": 3,
        "refund_amount": 3,
        "payer_refund_amount": 300,
        "refund_settlement_amount": 3000,
        "prepaid_coupon_refund": 3000,
        "coupon_refund": 3000,
    } == {name: getattr(row, name) for name in amounts}
    assert row.is_refund


@pytest.mark.parametrize("blank", ["", " ", "\u3000"])
@pytest.mark.parametrize(
    ("currencies", "amounts"),
    [
        ({"refund_settlement_currency": "JPY"}, {"fee": 3, "refund_settlement_amount": 3}),
        ({"settlement_currency": "JPY"}, {"fee": 3, "refund_settlement_amount": 3}),
        ({"settlement_currency": "JPY", "refund_settlement_currency": "KWD"}, {"fee": 3}),
        ({"payer_currency": "JPY"}, {"payer_amount": 3, "payer_refund_amount": 3}),
        ({"payer_refund_currency": "JPY"}, {"payer_amount": 300, "payer_refund_amount": 3}),
        ({}, {"fee": 300, "refund_settlement_amount": 300, "payer_refund_amount": 300}),
    ],
)
def test_a_currency_that_is_not_named(blank, currencies, amounts):
    """A refund's amount without a currency has the payment's; without any it has two decimals."""
    named = {column.currency: blank for column in COLUMNS[STATEMENT] if column.is_amount}
    printed = line(STATEMENT, **named | currencies, **dict.fromkeys(amounts, "3"))

    (row,) = rows(STATEMENT, [",".join(CHINESE), printed])

    assert amounts == {name: getattr(row, name) for name in amounts}


@pytest.mark.parametrize("kind", BillKind)
def test_rows_are_like_any_other(kind):
    """A row that was read equals one that was made, is hashed, copied and pickled like it."""
    header = [*names(kind), "news"]
    amount = {column.name: "1.00" for column in COLUMNS[kind] if column.required}

    (row,) = rows(kind, [",".join(header), line(kind, **amount) + ",`x"])

    again = attrs.evolve(row)
    assert (row, hash(row), repr(row)) == (again, hash(again), repr(again))
    assert {"news": "x"} == row.extra == pickle.loads(pickle.dumps(row)).extra


@pytest.mark.parametrize("blank", ["", " "])
def test_empty_amounts(blank):
    """An empty amount is none, where a row can be without it; others are refused."""
    header = ",".join(names(DISTRIBUTION))
    lines = [header, line(DISTRIBUTION, amount="1.00", settlement_amount=blank)]

    assert [None] == [row.settlement_amount for row in rows(DISTRIBUTION, lines)]
    with pytest.raises(BillRefused, match="line 2: amount is no amount with 2 decimals") as error:
        list(rows(DISTRIBUTION, [header, line(DISTRIBUTION, amount=blank)]))
    assert {"line": 2} == error.value.facts


def test_a_wrong_amount_is_named():
    """An amount that is none is refused with its line and its column, but not its text."""
    lines = [",".join(CHINESE), line(STATEMENT), line(STATEMENT, coupon_refund="secret")]

    with pytest.raises(BillRefused, match="line 3: coupon_refund is no amount") as error:
        list(rows(STATEMENT, lines))

    assert "secret" not in str(error.value)


def test_only_the_first_section_has_rows():
    """Lines of the summary are no rows, and a header that comes again is none."""
    header = ",".join(names(DISTRIBUTION))
    row = line(DISTRIBUTION, amount="1.00")

    assert 2 == len(list(rows(DISTRIBUTION, [header, row, header, row, "count", "`2"])))


def test_further_columns_of_one_name():
    """Further columns of the same name are all kept, told apart by numbers."""
    build = builder(DISTRIBUTION, [*names(DISTRIBUTION), "note", "note", ""])
    values = ["1.00" if name == "amount" else "" for name in names(DISTRIBUTION)]

    row = build([*values, "x", "y", "z"], 2)

    assert {"note": "x", "note (2)": "y", "": "z"} == row.extra


def test_distinct():
    """A name that comes again gets the first number that is free."""
    assert ("a", "a (2)", "b", "a (3)", "a (2) (2)") == distinct(["a", "a", "b", "a", "a (2)"])

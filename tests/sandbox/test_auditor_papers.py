"""What the auditor allows of refund bills and statements, and what it does not."""

import pytest

from wxdist.sandbox.auditor.sheets import fen, printed

from .audit_desk import DAY, MCHID, START, TX, Desk, stamp

DATE, BILL = "20260105", "2026-01-05"
OWN = {"mchid": MCHID}
RATE = "83640300"
PLAIN = "42P"
HEAD = (
    "交易时间,公众账号ID,商户号,子商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,"
    "充值券币种,充值券金额,优惠券币种,优惠券金额,微信退款单号,商户退款单号,退款类型,退款状态,商品名称,"
    "商户数据包,手续费,费率,标价币种,订单金额(标价币种),用户支付币种,用户支付金额,结算币种,应结订单金额,"
    "支付汇率,退款汇率,申请退款金额,用户退款币种,用户退款金额,退款结算币种,退款应结订单金额,"
    "充值券退款金额,优惠券退款金额"
)
REFUND_HEAD = (
    "Refund apply time,Refund success time,Wechat refund number(refund_id),"
    "Vendor refund number(out_refund_no),Wechat order number(transaction_id),"
    "Vendor order number(out_transaction_id),Refund amount(refund_fee),Currency type,"
    "Coupon refund amount,Payer's refund amount,Payer's refund currency type,Rate,Refund source,"
    "sub_mchid,status,returned_fee,advanced,settlement_amount,settlement_currency,exchange_rate"
)


def sheet(head, *rows):
    names = head.split(",")
    lines = [",".join(f"`{row.get(name, '')}" for name in names) for row in rows]
    return "\r\n".join([head, *lines, ""])


def paid(tx=TX, when=START, **more):
    """Return the row of a marked payment of 10 yuan."""
    return {
        "交易时间": stamp(when),
        "微信订单号": tx,
        "交易状态": "SUCCESS",
        "手续费": "0.00",
        "标价币种": "CNY",
        "订单金额(标价币种)": "10.00",
        "用户支付金额": "10.00",
        "结算币种": "CNY",
        "应结订单金额": "10.00",
    } | more


def ordinary(**more):
    """Return the row of an ordinary payment of 10 yuan."""
    settled = {"结算币种": "HKD", "应结订单金额": "11.95", "支付汇率": RATE}
    return paid(PLAIN, START + 300) | settled | more


def gone(**more):
    """Return the row of a played refund of 1 yuan of the marked payment."""
    row = {
        "交易时间": stamp(START + 300),
        "交易状态": "REFUND",
        "微信退款单号": "50",
        "商户退款单号": "50",
        "退款状态": "SUCCESS",
        "申请退款金额": "1.00",
        "用户退款金额": "1.00",
        "退款结算币种": "CNY",
        "退款应结订单金额": "1.00",
        "应结订单金额": "",
    }
    return paid() | row | more


def gone_of_ordinary(**more):
    """Return the row of a played refund of 1 yuan of the ordinary payment."""
    row = {"微信订单号": PLAIN, "微信退款单号": "51", "商户退款单号": "51", "退款汇率": RATE}
    settled = {"退款结算币种": "HKD", "退款应结订单金额": "1.19", "结算币种": "HKD"}
    return gone() | row | settled | more


@pytest.fixture
def desk():
    """Two payments and a refund of each, and 10:00 of the next day."""
    made = Desk().paid().paid(transaction_id=PLAIN, mark=False, wait=0)
    assert [] == made.order("refund", transaction_id=TX, amount=100)
    assert [] == made.order("refund", transaction_id=PLAIN, amount=100)
    made.now = START + DAY + 3600
    return made


def statement(desk, *rows, **asked):
    return desk.say("statements", {"date": DATE, **OWN, **asked}, body=sheet(HEAD, *rows))


def test_a_right_statement(desk):
    """All payments and refunds of the day, whatever their order."""
    assert [] == statement(desk, paid(), gone_of_ordinary(), ordinary(), gone())


MISSING, ODD = "1 rows are missing, or wrong", "1 rows have nothing behind them"


@pytest.mark.parametrize(
    "wrong",
    [
        {"交易状态": "REVOKED"},
        {"手续费": "0.01"},
        {"用户支付金额": "10.01"},
        {"应结订单金额": "11.96"},
        {"支付汇率": "83640301"},
        {"结算币种": "USD"},
        {"子商户号": "1"},
        {"交易时间": stamp(START)},
    ],
    ids=str,
)
def test_payments_in_a_statement(desk, wrong):
    """A payment is told as it was paid, exchanged at its day's rate."""
    rows = [paid(), gone_of_ordinary(), ordinary(**wrong), gone()]

    assert [MISSING, ODD] == statement(desk, *rows)


@pytest.mark.parametrize(
    "wrong",
    [
        {"退款状态": "PROCESSING"},
        {"商户退款单号": "R-1"},
        {"申请退款金额": "1.01"},
        {"退款应结订单金额": "1.20"},
        {"退款汇率": "83640301"},
    ],
    ids=str,
)
def test_refunds_in_a_statement(desk, wrong):
    """A refund is told as it went back; a played one has arrived at once."""
    rows = [paid(), gone(), ordinary(), gone_of_ordinary(**wrong)]

    assert [MISSING, ODD] == statement(desk, *rows)


def test_rows_of_marked_payments(desk):
    """A marked payment and its refund are settled in CNY, at no rate."""
    others = [ordinary(), gone_of_ordinary()]

    assert [MISSING, ODD] == statement(desk, *others, paid(支付汇率=RATE), gone())
    assert [MISSING, ODD] == statement(desk, *others, paid(), gone(退款汇率=RATE))


def test_rows_too_many_or_too_few(desk):
    """Each row stands there once."""
    rows = [paid(), ordinary(), gone(), gone_of_ordinary()]

    assert [MISSING] == statement(desk, *rows[1:])
    assert [ODD] == statement(desk, *rows, gone())


def test_a_revoked_payment(desk):
    """A payment that was undone has a second row."""
    other = Desk().paid(mark=True, wait=60)
    assert [] == other.order("revoke", transaction_id=TX)
    other.now = START + DAY + 3600
    undone = paid() | {"交易状态": "REVOKED", "用户退款金额": "10.00"}

    assert [] == statement(other, paid(), undone)
    assert [MISSING] == statement(other, paid())
    assert [MISSING, ODD] == statement(other, paid(), undone | {"手续费": "-0.01"})


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"date": "20260230"}, "date is no day"),
        ({"date": "20260106"}, "the statement is not made yet"),
        ({"date": "20250101"}, "the statement is too old"),
        ({"date": "20260104"}, "nothing was paid or refunded that day"),
        ({"date": "1"}, "date is missing or wrong"),
        ({"mchid": "1900000009"}, "the caller names another one"),
    ],
)
def test_questions_about_statements(desk, change, why):
    """A day that is over, not too old, and not empty; the caller names itself."""
    assert why == statement(desk, **change)[0]


@pytest.mark.parametrize(
    ("date", "code"), [("20260106", "STATEMENT_CREATING"), ("20260104", "NO_STATEMENT_EXIST")]
)
def test_refusals_of_statements(desk, date, code):
    """A statement that is not there is refused with its own code, and no other."""
    params = {"date": date, **OWN}

    assert [] == desk.say("statements", params, 400, {"code": code})
    assert 1 == len(desk.say("statements", params, 400, {"code": "INVALID_REQUEST"}))


# --- refund bills


def billed(**more):
    """Return the row of the marked payment's refund."""
    return {
        "Refund apply time": stamp(START + 300),
        "Refund success time": stamp(START + 300),
        "Wechat refund number(refund_id)": "50",
        "Vendor refund number(out_refund_no)": "50",
        "Wechat order number(transaction_id)": TX,
        "Refund amount(refund_fee)": "1.00",
        "Currency type": "CNY",
        "Payer's refund amount": "1.00",
        "Payer's refund currency type": "CNY",
        "status": "SUCCESS",
        "returned_fee": "0.00",
        "advanced": "0.00",
    } | more


def link(desk, token="T"):
    body = {"download_url": f"http://x?token={token}"}
    return desk.say("refund_bill_download_url", {"bill_date": BILL}, body=body)


def bill(desk, *rows, totals="`1,`1.00"):
    text = sheet(REFUND_HEAD, *rows) + f"a,b\r\n{totals}\r\n"
    return desk.say("download_bill", {"token": "T"}, body=text)


def test_a_right_refund_bill(desk):
    """The refunds of marked payments, and their sums."""
    assert [] == link(desk)
    assert [] == bill(desk, billed())


ADVANCED = {"advanced": "0.50", "settlement_currency": "HKD", "exchange_rate": RATE}


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "PROCESSING"},
        {"returned_fee": "0.01"},
        {"Refund success time": stamp(START + 301)},
        {"Vendor refund number(out_refund_no)": "R-1"},
        {"advanced": "1.01"},
        {"exchange_rate": RATE},
        ADVANCED,
        ADVANCED | {"settlement_amount": "0.59", "exchange_rate": "83640301"},
    ],
    ids=str,
)
def test_rows_of_a_refund_bill(desk, wrong):
    """A refund stands there as it was, what was advanced at the rate of its day."""
    assert [] == link(desk)
    assert [MISSING, ODD] == bill(desk, billed(**wrong))


def test_what_may_have_been_advanced(desk):
    """How much was advanced cannot be seen; that it is exchanged rightly can."""
    assert [] == link(desk)
    assert [] == bill(desk, billed(**ADVANCED, settlement_amount="0.59"))


def test_sums_of_a_refund_bill(desk):
    """The summary is the number of rows, and what they add up to."""
    assert [] == link(desk)
    assert ["the summary is not the sum of the rows"] == bill(desk, billed(), totals="`2,`1.00")


def test_days_of_refund_bills(desk):
    """A day without a refund of a marked payment has no such bill; a token is used once."""
    assert [] == link(desk)
    assert ["the address has no token of its own"] == link(desk)
    params = {"bill_date": "2026-01-04"}

    assert ["nothing was refunded that day"] == desk.say(
        "refund_bill_download_url", params, body={}
    )
    assert [] == desk.say("refund_bill_download_url", params, 400, {"code": "NO_STATEMENT_EXIST"})


def asked_for(**late):
    """Let a merchant ask for a refund of 1 yuan at 23:50; go to 10:00 of the next day."""
    made = Desk().paid()
    made.now = START + 14.9 * 3600
    for kind, factor in late.items():
        made.order(kind, factor=factor)
    amount = {"refund": 100, "total": 1000, "currency": "CNY"}
    params = {"transaction_id": TX, "out_refund_no": "R-1", "appid": "wx1", **OWN}
    own = {"payer_refund": 100, "payer_currency": "CNY"}
    body = {"id": "50", "out_refund_no": "R-1", "create_time": stamp(made.now)}
    assert [] == made.say(
        "refund", params | {"amount": amount}, body=body | {"amount": amount | own}
    )
    made.since, made.now = made.now, START + DAY + 3600
    assert [] == link(made)
    return made


def row_of(desk, **more):
    times = {"Refund apply time": stamp(desk.since), "Refund success time": ""}
    numbers = {"Vendor refund number(out_refund_no)": "R-1"}
    return billed(**times | numbers | more)


def test_a_refund_that_was_asked_for():
    """It has arrived within twenty minutes, and its number is the merchant's."""
    desk = asked_for()
    good = {"Refund success time": stamp(desk.since + 600)}
    late = {"Refund success time": stamp(desk.since + 1300)}

    assert [] == bill(desk, row_of(desk, **good))
    assert [MISSING, ODD] == bill(desk, row_of(desk, **late))
    assert [MISSING, ODD] == bill(desk, row_of(desk, status="PROCESSING"))


def test_a_refund_that_may_be_under_way():
    """One that a fault delays may still be under way; by how much is known."""
    desk = asked_for(late_refund=1000)

    assert [] == bill(desk, row_of(desk, status="PROCESSING"))
    assert [MISSING, ODD] == bill(desk, row_of(desk, status="PROCESSING", advanced="2.00"))


def test_a_refund_that_cannot_have_arrived():
    """A refund takes two minutes at least, and is not in the past of its bill before."""
    desk = asked_for(late_refund=1000)

    assert [MISSING, ODD] == bill(
        desk, row_of(desk, **{"Refund success time": stamp(desk.since + 10)})
    )


def test_amounts():
    """Amounts are read and printed with two decimals, or none where a currency has none."""
    assert (-1, 1050) == (fen("10.5"), fen("10.50"))
    assert ("-0.06", "7", "12.34") == (printed(-6), printed(7, "JPY"), printed(1234, "HKD"))


# --- releases in the bill of distribution

RELEASES = (
    "create_time,initiator,sponsor,sub_mchid,transaction_id,order_id,out_order_no,detail_id,"
    "receiver_account,amount,currency,settlement_amount,settlement_currency,exchange_rate,"
    "business_type,status,description"
)


@pytest.mark.parametrize(
    ("wrong", "good"),
    [
        ({}, True),
        ({"exchange_rate": "83640301"}, False),
        ({"settlement_amount": "1.18"}, False),
        ({"settlement_currency": "USD"}, False),
    ],
)
def test_a_release_is_exchanged(wrong, good):
    """Money that was released stands in the bill at the rate of its day."""
    desk = Desk().paid()
    assert [] == desk.accepted(("d1", 100, MCHID))
    row = {
        "create_time": stamp(desk.since),
        "initiator": MCHID,
        "sponsor": MCHID,
        "transaction_id": TX,
        "order_id": "71D1",
        "out_order_no": "D1",
        "detail_id": "d1",
        "receiver_account": MCHID,
        "amount": "1.00",
        "currency": "CNY",
        "settlement_amount": "1.19",
        "settlement_currency": "HKD",
        "exchange_rate": RATE,
        "business_type": "UNFREEZE_TO_SPONSOR",
        "status": "SUCCESS",
        "description": "a share",
    }
    desk.now = START + DAY + 3600
    body = {"download_url": "http://x?token=T"}
    assert [] == desk.say("bill_download_url", {"bill_date": BILL}, body=body)
    text = sheet(RELEASES, row | wrong) + "a,b,c,d\r\n`1,`1.00,`1,`1.00\r\n"

    found = desk.say("download_bill", {"token": "T"}, body=text)

    told = ["the row of d1 has no success behind it", "1 successes of the day are missing"]
    assert ([] if good else told) == found

"""What the auditor says to answers about payments and refunds."""

import pytest

from .audit_desk import DAY, MCHID, TRADE, TX, Desk, stamp

OTHER = "42X"
OWN = {"mchid": MCHID}
ASKED = {**OWN, "appid": "wx1", "transaction_id": TX, "out_refund_no": "R-1"}


def amount(refund=400, total=1000, currency="CNY"):
    return {"refund": refund, "total": total, "currency": currency}


class Counter(Desk):
    """A desk at which refunds are asked for."""

    def refund(self, refund=400, *, status=200, body=None, **more):
        params = {**ASKED, "amount": amount(refund), **more}
        params = {name: value for name, value in params.items() if value is not None}
        return self.say("refund", params, status, self.told(refund) if body is None else body)

    def told(self, refund=400, **more):
        facts = {"id": "50", "out_refund_no": "R-1", "create_time": stamp(self.now)}
        paid = {"payer_refund": refund, "payer_currency": "CNY"}
        return {**facts, "amount": {"refund": refund, "currency": "CNY", **paid}, **more}

    def stands(self, said, status, when=None, **more):
        time = {} if when is None else {"success_time": stamp(when)}
        body = {**said, "status": status, "transaction_id": TX, **time, **more}
        return self.say("query_refund_by_id", {**OWN, "refund_id": "50"}, body=body)


PAID = {"total": 1000, "currency": "CNY", "payer_total": 1000, "payer_currency": "CNY"}


def refused(code):
    return {"status": 400, "body": {"code": code}}


@pytest.fixture
def counter():
    """Make a desk with one payment of 1000 fen, frozen."""
    return Counter().paid()


def test_a_refund_takes_its_money(counter):
    """What was refunded can no longer be distributed; a repeat takes nothing."""
    told = counter.told()

    assert [] == counter.refund()
    assert [] == counter.refund(body=told)
    assert [] == counter.left(600)
    assert ["id is another one than before"] == counter.refund(body={**told, "id": "51"})
    assert ["out_refund_no is not 'R-1'"] == counter.refund(body={**told, "out_refund_no": "R-2"})


def test_refusals_need_a_reason(counter):
    """A refund against which nothing is known must be accepted."""
    assert ["nothing is known against it"] == counter.refund(**refused("NOT_ENOUGH"))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"appid": None}, "PARAM_ERROR"),
        ({"mchid": None}, "PARAM_ERROR"),
        ({"mchid": "19"}, "INVALID_REQUEST"),
        ({"amount": None}, "PARAM_ERROR"),
        ({"notify_url": "http://x/"}, "PARAM_ERROR"),
        ({"out_trade_no": TRADE}, "INVALID_REQUEST"),
        ({"amount": amount(total=999)}, "INVALID_REQUEST"),
        ({"amount": amount(currency="HKD")}, "INVALID_REQUEST"),
        ({"amount": amount(1001)}, "INVALID_REQUEST"),
        ({"source": "REFUND_SOURCE_REchARGE_FUNDS"}, "INVALID_REQUEST"),
        ({"sub_mchid": "1900000109"}, "INVALID_REQUEST"),
    ],
    ids=str,
)
def test_refunds_that_must_be_refused(counter, change, code):
    """Each fault is a reason to refuse, and none may be accepted."""
    assert [] == counter.refund(**change, **refused(code))
    assert counter.refund(**change)


def test_other_content_under_a_number(counter):
    """A number that was used stands for its refund alone."""
    counter.refund()

    assert [] == counter.refund(401, **refused("OUT_REFUND_NO_USED"))
    assert ["the number stands for another refund"] == counter.refund(401, body=counter.told(401))


def test_an_unknown_payment(counter):
    """A payment that is not there is 404."""
    facts = {"status": 404, "body": {"code": "ORDER_NOT_EXIST"}}

    assert [] == counter.refund(transaction_id="9", **facts)


def test_not_too_soon_nor_too_late(counter):
    """Refunds are a minute apart, and within a year."""
    counter.refund()
    assert [] == counter.refund(1, out_refund_no="R-2", **refused("INVALID_REQUEST"))
    counter.now += 366 * DAY

    assert [] == counter.refund(1, out_refund_no="R-2", **refused("TRADE_OVERDUE"))


def test_not_more_than_is_frozen(counter):
    """A marked payment gives back what is frozen, an ordinary one what its day holds."""
    counter.receiver().accepted(("D", 900))
    assert [] == counter.refund(**refused("NOT_ENOUGH"))
    assert ["there is not so much"] == counter.refund()
    counter.paid(transaction_id=OTHER, mark=False)
    assert ["nothing is known against it"] == counter.refund(
        transaction_id=OTHER, **refused("NOT_ENOUGH")
    )
    counter.now += DAY

    assert [] == counter.refund(transaction_id=OTHER, **refused("NOT_ENOUGH"))
    assert ["there is not so much"] == counter.refund(transaction_id=OTHER)


def test_less_than_a_fen(counter):
    """What would give the payer nothing is refused."""
    facts = {"transaction_id": OTHER, "out_trade_no": "PKRW0001", "amount": 100}
    assert [] == counter.order("pay", **facts, currency="KRW")
    asked = {"transaction_id": OTHER, "amount": amount(1, 100, "KRW")}
    counter.refund(**asked)
    counter.now += 60

    assert [] == counter.refund(out_refund_no="R-2", **asked, **refused("INVALID_REQUEST"))


def test_how_a_refund_stands(counter):
    """A refund arrives neither too early nor too late, and once."""
    said = counter.told()
    counter.refund()
    since = counter.now
    assert [] == counter.stands(said, "PROCESSING")
    assert ["it cannot have arrived"] == counter.stands(said, "SUCCESS", since)
    counter.now += 1300

    assert [] == counter.stands(said, "SUCCESS", since)
    assert ["it arrived at another time before"] == counter.stands(said, "SUCCESS", since + 1)
    assert ["it has arrived"] == counter.stands(said, "PROCESSING")
    assert ["status is not 'SUCCESS'", "it arrived at another time before"] == counter.stands(
        said, "ABNORMAL", since + 2
    )


def test_a_refund_of_nobody(counter):
    """A refund that was never asked for may be a played one; by our number it cannot be."""
    query = {**OWN, "out_refund_no": "R-9"}
    gone = {"code": "RESOURCE_NOT_EXISTS"}

    assert [] == counter.say("query_refund_by_id", {**OWN, "refund_id": "59"}, 404, gone)
    assert [] == counter.stands(counter.told(id="59"), "SUCCESS", counter.now)
    assert [] == counter.say("query_refund_by_out_refund_no", query, 404, gone)
    assert ["this merchant has no such refund"] == counter.say(
        "query_refund_by_out_refund_no", query, body=counter.told()
    )


def test_a_payment_as_it_was_paid(counter):
    """A payment is told as it was paid, and says that it was refunded."""
    paid_at = stamp(counter.now - 300)
    said = {**OWN, "id": TX, "success_time": paid_at, "amount": PAID}
    query = {**OWN, "id": TX}
    name = "query_transaction_by_id"

    assert [] == counter.say(name, query, body={**said, "trade_state": "SUCCESS"})
    counter.refund()
    assert ["trade_state is not 'REFUND'"] == counter.say(
        name, query, body={**said, "trade_state": "SUCCESS"}
    )
    by_trade = {**OWN, "out_trade_no": f"{TRADE}{TX}"}
    assert [] == counter.say(
        "query_transaction_by_out_trade_no", by_trade, body={**said, "trade_state": "REFUND"}
    )


def test_a_revoked_payment(counter):
    """A payment that was revoked says so."""
    said = {**OWN, "id": TX, "success_time": stamp(counter.now - 300), "amount": PAID}
    assert [] == counter.order("revoke", transaction_id=TX)
    found = [
        counter.say(
            "query_transaction_by_id", {**OWN, "id": TX}, body={**said, "trade_state": each}
        )
        for each in ("REVOKED", "SUCCESS")
    ]

    assert [[], ["trade_state is not 'REVOKED'"]] == found


def test_the_list_of_refunds(counter):
    """A page holds as many refunds as there are, each as it may stand."""
    counter.refund()
    entry = {**counter.told(), "status": "PROCESSING"}
    page = {**OWN, "id": TX, "total_num": 1, "current_total_num": 1}
    query = {**OWN, "transaction_id": TX, "offset": 0, "count": 5}

    assert [] == counter.say("query_refunds", query, body={**page, "data": [entry]})
    assert ["0 refunds are shown, not 1"] == counter.say(
        "query_refunds", query, body={**page, "data": []}
    )
    both = {**page, "data": [{"id": "59"}]}
    assert [] == counter.say("query_refunds", query, body=both)


def test_refundable_amounts(counter):
    """What can be given back is what is frozen, fee share included; the rest by advance."""
    said = {"transaction_id": TX, "refundable_amount": 1000, "funds_refundable_amount": 0}
    query = {"transaction_id": TX}

    assert [] == counter.say("refundable_amounts", query, body=said)
    assert [
        "999 is not 1000 to 1000",
        "funds_refundable_amount is not 1",
    ] == counter.say("refundable_amounts", query, body={**said, "refundable_amount": 999})


def test_the_recharge_balance(counter):
    """The account holds what it was ordered to hold, else nothing."""
    said = {"remaining_amount": 0, "currency": "HKD"}

    assert [] == counter.say("recharge_balance", {}, body=said)
    assert [] == counter.order("recharge", sub_mchid="", amount=5)
    assert ["remaining_amount is not 5"] == counter.say("recharge_balance", {}, body=said)

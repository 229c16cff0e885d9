"""What the auditor allows of amounts and orders, and what it does not."""

from fractions import Fraction

import pytest

from .audit_desk import MCHID, NO, SHOP, START, TRADE, TX, Desk, stamp


@pytest.fixture
def desk():
    """A payment of 1000 fen that can be distributed, and a receiver that may receive."""
    return Desk().paid().receiver()


def test_freezing_window():
    """Up to 180 s only a refusal is allowed, from 300 s on only an amount, between them both."""
    desk, params = Desk().paid(wait=0), {"transaction_id": TX}
    found = []
    for seconds in (100, 179, 200, 250, 300):
        desk.now = START + seconds
        found.append((desk.say("remaining_amount", params, 400, NO), desk.left(1000)))

    assert found[0] == found[1] == ([], ["freezing may not be done"])
    assert found[2] == ([], [])
    # Once an amount was answered there is no way back.
    assert found[3] == found[4] == (["nothing is known against it"], [])


def test_freezing_is_learned_from_a_refusal():
    """What was refused for the freezing alone was not frozen by then."""
    desk = Desk().paid(wait=200)
    desk.say("remaining_amount", {"transaction_id": TX}, 400, NO)

    assert desk.now == desk.auditor._memory.payments[TX].frozen_from


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ({"unsplit_amount": 999}, "999 cannot be left: it is 1000"),
        ({"unsplit_amount": True}, "True cannot be left: it is 1000"),
        ({"currency": "HKD"}, "it is another payment's, or in another currency"),
        ({"transaction_id": "42X"}, "it is another payment's, or in another currency"),
    ],
)
def test_amounts(desk, body, why):
    """An amount is the one that is left, of that payment, in CNY."""
    right = {"transaction_id": TX, "unsplit_amount": 1000, "currency": "CNY"}

    assert [why] == desk.say("remaining_amount", {"transaction_id": TX}, body=right | body)


def test_details_end_in_their_time(desk):
    """A detail is PENDING at first, then either, in the end final; and stays what it was."""
    assert [] == desk.accepted(("d1",))
    early = desk.queried(desk.detail("d1", result="SUCCESS", finish_time=stamp(desk.since)))
    desk.now += 3
    still = desk.queried(desk.detail("d1"), state="PROCESSING")
    done = desk.detail("d1", result="SUCCESS", finish_time=stamp(desk.now))
    desk.now += 3
    late = desk.queried(desk.detail("d1"), state="PROCESSING")

    assert ["d1 is SUCCESS, not PENDING"] == early
    assert [] == still
    assert ["d1 is PENDING, not SUCCESS"] == late
    assert [] == desk.queried(done)
    assert ["d1 is PENDING, not SUCCESS"] == desk.queried(desk.detail("d1"), state="PROCESSING")
    again = done | {"finish_time": stamp(desk.now)}
    assert ["d1 ended at another time before"] == desk.queried(again)
    closed = done | {"result": "CLOSED", "fail_reason": "NO_RELATION"}
    assert ["d1 is CLOSED NO_RELATION, not SUCCESS"] == desk.queried(closed)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"order_id": "71X"}, "order_id is another one than before"),
        ({"state": "FINISHED"}, "state is not 'PROCESSING'"),
        ({"receivers": []}, "the details are others than before"),
    ],
)
def test_an_order_stays_the_same(desk, more, why):
    """A query gives the order that was accepted, in the state that its details have."""
    desk.accepted(("d1",))
    body = desk.body(desk.detail("d1")) | more
    found = desk.say("query_order", {"transaction_id": TX, "out_order_no": "D1"}, body=body)

    assert why in found


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"description": "x"}, "of a detail, description is not as it was accepted"),
        ({"rate_value": 1}, "of a detail, rate_value is not as it was accepted"),
        ({"finish_time": stamp(START)}, "d1 has a finish_time, and is PENDING"),
    ],
)
def test_a_detail_stays_the_same(desk, more, why):
    """A query gives each detail as it was accepted."""
    desk.accepted(("d1",))

    assert [why] == desk.queried(desk.detail("d1", **more), state="PROCESSING")


def test_a_time_that_cannot_be(desk):
    """A detail ends within its time, not at any other."""
    desk.accepted(("d1",))
    desk.now += 60
    done = desk.detail("d1", result="SUCCESS", finish_time=stamp(desk.now))

    assert ["d1 cannot have ended then"] == desk.queried(done)
    assert ["d1 cannot have ended then"] == desk.queried(done | {"finish_time": "soon"})


@pytest.mark.parametrize(
    ("details", "shares", "whys"),
    [
        ([("d1", 101)], [(SHOP, 100)], ["there is no detail of 100", "1 details were not asked"]),
        ([], [(SHOP, 100)], ["there is no detail of 100"]),
        ([("d1",), ("d1", 5, MCHID)], None, ["an id was given to something else before"]),
        ([("d1", 100, SHOP, "SUCCESS")], None, ["state is not", "a detail of a new order is"]),
    ],
)
def test_an_order_is_as_asked(desk, details, shares, whys):
    """A new order has what was asked, each detail once, all PENDING."""
    asked = shares and [{"account": account, "amount": amount} for account, amount in shares]
    body_state = {"SUCCESS"} & {each[3] for each in details if len(each) > 3}
    found = desk.accepted(*details, shares=asked)
    whys = whys[1:] if body_state else whys

    assert len(whys) == len(found)
    assert all(each.startswith(why) for each, why in zip(found, whys, strict=True))


def test_same_number(desk):
    """A repeat gives the same order; another content under its number is refused."""
    desk.accepted(("d1",))
    ask = desk.ask({"account": SHOP, "amount": 100})
    other = ask | {"unfreeze_unsplit": True}

    assert [] == desk.say("request_order", ask, body=desk.body(desk.detail("d1")))
    assert ["nothing is known against it"] == desk.say("request_order", ask, 400, NO)
    assert [] == desk.say("request_order", other, 400, NO)
    assert ["the number stands for another instruction"] == desk.say(
        "request_order", other, body=desk.body(desk.detail("d1"))
    )


def test_names_under_seal(desk):
    """The same content with another ciphertext may be the same or not, as seen from outside."""
    shares = [{"account": SHOP, "amount": 100, "name": "one", "authorized": True}]
    desk.accepted(("d1",), shares=shares)
    ask = desk.ask(shares[0] | {"name": "two"})

    assert [] == desk.say("request_order", ask, 400, NO)
    assert [] == desk.say("request_order", ask, body=desk.body(desk.detail("d1")))


@pytest.mark.parametrize(
    ("shares", "more", "why"),
    [
        ([(SHOP, 1001)], {}, "1001 is more than 1000, what is left"),
        ([(SHOP, 1), (SHOP, 2)], {}, "a receiver stands twice in it"),
        ([], {}, "it asks for nothing"),
        ([(MCHID, 1)], {"unfreeze_unsplit": True}, "the sponsor is named and gets the rest too"),
        ([("stranger", 1)], {}, "a receiver may not receive"),
        ([(SHOP, 1, {"currency": "HKD"})], {}, "only CNY is distributed"),
        ([("o", 1, {"type": "PERSONAL_OPENID"})], {}, "appid is needed for an OpenID"),
        (
            [("o", 1, {"type": "PERSONAL_OPENID", "name": "x"})],
            {"appid": "wx"},
            "a person's name is sent without consent",
        ),
        ([(SHOP, 1)], {"transaction_id": "42X"}, "there is no such payment"),
        ([(SHOP, 1)], {"sub_mchid": "1"}, "common mode has no sub-merchants"),
        ([(SHOP, 0)], {}, "amount is missing or wrong"),
        ([(SHOP, 1)] * 51, {}, "receivers is missing or wrong"),
        ([(SHOP, 1)], {"out_order_no": "D 1"}, "out_order_no is missing or wrong"),
        ([(SHOP, 1, {"description": "\x7f"})], {}, "description is missing or wrong"),
        ([(SHOP, 1, {"description": "\U0001f600"})], {}, "description is missing or wrong"),
        ([(SHOP, 1, {"description": "x" * 81})], {}, "description is missing or wrong"),
        ([("%252e%252e", 1)], {}, "account is missing or wrong"),
        ([("a%41b", 1)], {}, "a receiver may not receive"),
        ([(SHOP, 1, {"type": "X"})], {}, "type is missing or wrong"),
    ],
)
def test_impossible_instructions(desk, shares, more, why):
    """What cannot be carried out is refused, and must not be accepted."""
    entries = [{"account": who, "amount": fen, **dict(*rest)} for who, fen, *rest in shares]
    ask = desk.ask(*entries) | more
    code = "PARAM_ERROR" if why.endswith("missing or wrong") else "INVALID_REQUEST"

    assert [why] == desk.say("request_order", ask, body=desk.body())
    assert [] == desk.say("request_order", ask, 400, {"code": code})


def test_limits_of_a_payment():
    """No more than 50 requests, nothing above the cap, nothing after the release."""
    desk = Desk(max_ratio=Fraction(3, 10)).paid().receiver()
    above = desk.accepted(("d0", 301))
    for number in range(50):
        desk.since = desk.now
        ask = desk.ask({"account": MCHID, "amount": 1}, number=f"N{number}")
        body = desk.body(desk.detail(f"d{number}", 1, MCHID), number=f"N{number}")
        assert [] == desk.say("request_order", ask, body=body)
    ask = desk.ask({"account": MCHID, "amount": 1}, number="N51")
    much = desk.say("request_order", ask, body=desk.body(number="N51"))
    release = {"transaction_id": TX, "out_order_no": "U", "description": "a share"}
    rest = desk.body(desk.detail("u", 950, MCHID), number="U")
    released = desk.say("unfreeze", release, body=rest)
    again = desk.say("unfreeze", release | {"out_order_no": "U2"}, body=rest)

    assert ["301 for others are above the cap of 300"] == above
    assert ["50 requests were accepted"] == much
    assert [] == released
    assert ["nothing may be left"] == again
    whole = desk.ask(number="N52", unfreeze_unsplit=True)
    assert ["everything was released"] == desk.say("request_order", whole, body=rest)


def test_the_rest_goes_to_the_sponsor(desk):
    """With unfreeze_unsplit what is left over is a detail of its own; none where nothing is."""
    shares = [{"account": SHOP, "amount": 100}]
    made = [("rest", 900, MCHID), ("d1",)]

    assert [] == desk.accepted(*made, shares=shares, unfreeze_unsplit=True)
    assert [] == desk.left(0)


def test_an_ordered_close(desk):
    """What was ordered to close must, for that reason, and its money comes back."""
    assert [] == desk.order("close", out_order_no="D1", account=SHOP, reason="NO_AUTH")
    assert [] == desk.accepted(("d1",), ("d2", 50, MCHID))
    assert [] == desk.order("close", out_order_no="D1", account=MCHID, reason="DEFAULT_ERROR")
    desk.now += 60
    end = stamp(desk.since + 3)
    good = desk.detail("d1", result="SUCCESS", finish_time=end)
    bad = desk.detail("d1", result="CLOSED", fail_reason="NO_AUTH", finish_time=end)
    two = desk.detail("d2", 50, MCHID, result="CLOSED", fail_reason="DEFAULT_ERROR")
    two["finish_time"] = stamp(desk.since + 5)

    assert [] == desk.left(1000)
    assert ["d1 is SUCCESS, not CLOSED NO_AUTH"] == desk.queried(good, two)
    assert [] == desk.queried(bad, two)


def test_a_close_of_two_of_one_account(desk):
    """An order may close either of two details of one account: both are allowed."""
    desk.receiver(SHOP, appid="wx", type="PERSONAL_OPENID", authorized=True)
    shares = [
        {"account": SHOP, "amount": 100},
        {"account": SHOP, "amount": 50, "type": "PERSONAL_OPENID"},
    ]
    desk.since = desk.now
    made = [desk.detail("d1"), desk.detail("d2", 50, type="PERSONAL_OPENID")]
    ask = desk.ask(*shares, appid="wx")
    assert [] == desk.say("request_order", ask, body=desk.body(*made))
    desk.order("close", out_order_no="D1", account=SHOP, reason="NO_AUTH")
    desk.now += 60

    assert [[], [], [], []] == [desk.left(amount) for amount in (850, 950, 900, 1000)]
    assert ["851 cannot be left: it is 850 to 1000"] == desk.left(851)
    ask = desk.ask({"account": SHOP, "amount": 900}, number="D2")
    assert [] == desk.say("request_order", ask, 400, NO)


def test_money_of_closed_details_may_go_to_the_sponsor():
    """Under the other terms what is closed does not come back, but counts as released."""
    desk = Desk(closed_money="sponsor").paid().receiver()
    desk.order("close", out_order_no="D1", account=SHOP, reason="NO_AUTH")
    desk.accepted(("d1",))
    desk.now += 60
    quota = {"sponsor_mchid": MCHID, "balance": 100, "currency": "CNY"}

    assert [] == desk.left(900)
    assert [] == desk.say("refundable_balance", {}, body=quota)
    assert ["101 is not 100 to 100"] == desk.say(
        "refundable_balance", {}, body=quota | {"balance": 101}
    )


def test_orders_of_others():
    """An order is found by its own merchant and payment only."""
    desk = Desk(mode="institutional", sub_mchids=("A", "B"))
    desk.say("mark", {"out_trade_no": TRADE, "currency": "CNY", "sub_mchid": "A"}, 204)
    desk.order("pay", transaction_id=TX, out_trade_no=TRADE, amount=10, sub_mchid="A")
    desk.now += 300
    desk.since = desk.now
    ask = {"transaction_id": TX, "out_order_no": "U", "description": "a share", "sub_mchid": "A"}
    body = desk.body(desk.detail("u", 10, MCHID), number="U", sub_mchid="A")
    assert [] == desk.say("unfreeze", ask, body=body)
    query = {"transaction_id": TX, "out_order_no": "U", "sub_mchid": "A"}

    assert [] == desk.say("query_order", query, body=body)
    for change, why in (
        ({"sub_mchid": "B"}, "the order is another merchant's"),
        ({"transaction_id": "42X"}, "the order is another payment's"),
        ({"out_order_no": "X"}, "there is no such order"),
    ):
        assert [why] == desk.say("query_order", query | change, body=body)

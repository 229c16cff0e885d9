"""What the auditor allows of receivers and sub-merchants, and what it does not."""

import pytest

from .audit_desk import DAY, NO, SHOP, TRADE, TX, Desk


@pytest.fixture
def desk():
    """A payment of 1000 fen that can be distributed, and a receiver that may receive."""
    return Desk().paid().receiver()


@pytest.mark.parametrize(
    ("gone", "back", "allowed"),
    [
        (0, None, {"CLOSED"}),
        (3, None, {"SUCCESS", "CLOSED"}),
        (30, None, {"SUCCESS"}),
        (0, 3, {"SUCCESS", "CLOSED"}),
        (0, 1, {"SUCCESS"}),
    ],
)
def test_a_relation_that_ends(desk, gone, back, allowed):
    """A detail closes if its relation is gone when its turn comes, and only then."""
    desk.accepted(("d1",))
    key = {"type": "MERCHANT_ID", "account": SHOP}
    desk.now = desk.since + gone
    assert [] == desk.say("delete_receiver", key, 204)
    if back is not None:
        desk.now = desk.since + back
        desk.receiver()
    desk.now = desk.since + 60
    known = desk.auditor._memory
    (detail,) = known.orders["D1"].details

    assert allowed == {result for result, _ in detail.outcomes(desk.now, known.gaps_of(detail))}


def test_a_relation_that_never_was(desk):
    """A receiver that is added and refused, or deleted while it waits, has not been effective."""
    key = {"type": "MERCHANT_ID", "account": SHOP}
    desk.accepted(("d1",))
    desk.say("delete_receiver", key, 204)
    desk.receiver(approve=False)
    desk.order("refuse", account=SHOP, reason="PAPERS")
    said = key | {"relation_type": "SUPPLIER", "name": "x", "state": "SANDBOX_REFUSED"}
    state = desk.say("query_receiver", key, body=said | {"fail_reason": "PAPERS"})
    desk.receiver(approve=False)
    desk.say("delete_receiver", key, 204)
    desk.receiver()
    desk.now += 60

    assert [] == state
    assert 1 == len(desk.auditor._memory.gaps["", "MERCHANT_ID", SHOP])
    assert ["no receiver of that account waits"] == desk.order("approve", account=SHOP)
    assert ["no receiver of that account waits"] == desk.order("refuse", account=SHOP, reason="X")


def test_audits_that_end_by_themselves():
    """Between three and five working days a receiver may be effective or not; never before."""
    desk = Desk(audit="auto").paid().receiver(approve=False)
    key = {"type": "MERCHANT_ID", "account": SHOP}
    init = key | {"relation_type": "SUPPLIER", "name": "x", "state": "INIT"}
    effective = init | {"state": "EFFECTIVE"}
    ask = desk.ask({"account": SHOP, "amount": 1})
    early = desk.say("query_receiver", key, body=effective)
    desk.now += 3.5 * DAY
    assert [] == desk.say("query_receiver", key, body=init)
    assert [] == desk.say("request_order", ask, 400, NO)
    assert [] == desk.say("query_receiver", key, body=effective)

    assert ["the receiver is EFFECTIVE, not INIT"] == early
    assert ["the receiver is INIT, not EFFECTIVE"] == desk.say("query_receiver", key, body=init)
    assert ["nothing is known against it"] == desk.say("request_order", ask, 400, NO)


def test_who_is_accepted_is_effective():
    """A receiver that was accepted cannot be waiting for its audit any more."""
    desk = Desk(audit="auto").paid().receiver(approve=False)
    key = {"type": "MERCHANT_ID", "account": SHOP}
    desk.say("delete_receiver", key, 204)
    desk.receiver(approve=False)
    desk.now += 3.5 * DAY
    assert [] == desk.accepted(("d1",))
    said = key | {"relation_type": "SUPPLIER", "name": "x", "state": "INIT"}

    assert ["the receiver is INIT, not EFFECTIVE"] == desk.say("query_receiver", key, body=said)
    desk.say("delete_receiver", key, 204)
    assert 2 == len(desk.auditor._memory.gaps["", "MERCHANT_ID", SHOP])


def test_late_audits_and_details(desk):
    """What a fault made late is waited for."""
    desk.order("late_processing", factor=10)
    desk.accepted(("d1",))
    slow = Desk(audit="auto")
    slow.order("late_audit", factor=2)
    slow.receiver(approve=False)
    desk.now += 49
    slow.now += 10 * DAY
    (relation,) = slow.auditor._memory.relations.values()

    assert [] == desk.queried(desk.detail("d1"), state="PROCESSING")
    assert {"INIT", "EFFECTIVE"} == relation.states(slow.now)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"name": None}, "a merchant needs its name"),
        ({"type": "PERSONAL_OPENID"}, "appid is needed for an OpenID"),
        (
            {"type": "PERSONAL_SUB_OPENID", "sub_appid": "wx"},
            "a person's name is sent without consent",
        ),
        ({"relation_type": "CUSTOM"}, "CUSTOM needs custom_relation"),
        ({"partnership_file_id": "f" * 16}, "a file was not uploaded"),
        ({"account": SHOP}, "the receiver was added before"),
        ({"partnership_file_id": "f"}, "partnership_file_id is missing or wrong"),
    ],
)
def test_impossible_receivers(desk, more, why):
    """A receiver that is not complete, or is there already, is refused."""
    params = {"type": "MERCHANT_ID", "account": "new", "relation_type": "SUPPLIER", "name": "x"}
    params = {name: value for name, value in (params | more).items() if value is not None}

    assert [why] == desk.say("add_receiver", params, body=params)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"scene": "s"}, "of a receiver, scene is not as it was sent"),
        ({"state": "EFFECTIVE"}, "state is not 'INIT'"),
        ({"name": None}, "the name is missing, or was never sent"),
    ],
)
def test_a_receiver_comes_back_as_it_was_sent(desk, more, why):
    """What was sent of a receiver comes back, under audit."""
    params = {"type": "MERCHANT_ID", "account": "new", "relation_type": "SUPPLIER", "name": "x"}
    said = {**params, "state": "INIT", **more}
    said = {name: value for name, value in said.items() if value is not None}

    assert [why] == desk.say("add_receiver", params, body=said)


def test_openids_belong_to_their_app(desk):
    """An OpenID is known under the app that it was added with."""
    who = {"type": "PERSONAL_OPENID", "account": "oABC", "appid": "wx1"}
    params = who | {"relation_type": "SUPPLIER"}
    assert [] == desk.say("add_receiver", params, body=params | {"state": "INIT"})
    desk.order("approve", account="oABC")
    other = who | {"appid": "wx2"}
    ask = desk.ask({"account": "oABC", "amount": 1, "type": "PERSONAL_OPENID"}, appid="wx2")

    assert ["the OpenID is of another app"] == desk.say("query_receiver", other, body={})
    assert ["an OpenID is of another app"] == desk.say("request_order", ask, body={})
    assert ["there is no such receiver"] == desk.say(
        "query_receiver", who | {"account": "x"}, body={}
    )


def test_files_have_ids_of_their_own(desk):
    """A file gets an id of 16 to 64 characters, a new one."""
    body = {"file_id": "f" * 16}
    why = "file_id is not new, or not 16 to 64 characters"

    assert [[], [why]] == [desk.say("upload_file", {}, body=body) for _ in range(2)]
    assert [why] == desk.say("upload_file", {}, body={"file_id": "f"})
    assert [] == desk.say("upload_file", {}, 400, {"code": "PARAM_ERROR"})


def test_certificates_are_there_once(desk):
    """The list holds at least one certificate, none twice."""
    one = {"serial_no": "A"}
    found = [desk.say("certificates", {}, body={"data": each}) for each in ([one], [], [one, one])]

    assert [[], ["there is none, or one twice"], ["there is none, or one twice"]] == found


def test_sub_merchants():
    """With sub-merchants one of them is named; a payment is of one of them only."""
    desk = Desk(mode="institutional", sub_mchids=("A", "B"))
    desk.say("mark", {"out_trade_no": TRADE, "currency": "CNY", "sub_mchid": "A"}, 204)
    facts = {"transaction_id": TX, "out_trade_no": TRADE, "amount": 10, "sub_mchid": "A"}
    desk.order("pay", **facts)
    twice = desk.order("pay", **facts)
    desk.now += 300
    ask = {"transaction_id": TX}
    body = {"transaction_id": TX, "unsplit_amount": 10, "currency": "CNY"}

    assert ["the order was paid before"] == twice
    assert [] == desk.say("remaining_amount", ask | {"sub_mchid": "A"}, body=body)
    for sub, why in (
        ({"sub_mchid": "B"}, "the payment is another merchant's"),
        ({"sub_mchid": "C"}, "sub_mchid is a stranger"),
        ({}, "sub_mchid is needed"),
    ):
        assert [why] == desk.say("remaining_amount", ask | sub, body=body)
    assert [] == desk.say(
        "settlements",
        {"settle_state": "UNSETTLE", "limit": 1, "offset": 0},
        body={"data": [], "total_count": 0, "offset": 0, "limit": 0},
    )

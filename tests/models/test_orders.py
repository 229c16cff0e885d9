"""A funds-distribution order."""

import datetime as dt

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxdist import (
    Detail,
    DetailResult,
    DetailType,
    Distribution,
    InvalidInput,
    OrderRef,
    OrderState,
    Outcome,
    ReceiverType,
    Share,
)
from wxdist.models import CreateOrder, FailReason, Mark, Unfreeze
from wxdist.models.orders import ADVICE, DETAIL_MOVES, ORDER_MOVES, shares_of

NOW = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
PERSON = {"type": "PERSONAL_OPENID", "account": "oX5"}


def share(account="19", **facts):
    known = {"type": "MERCHANT_ID", "amount": 1, "description": "x"}
    return Share(account=account, **known | facts)


def detail(amount, result, kind="DISTRIBUTE_TO_OTHERS"):
    facts = {"currency": "CNY", "description": "x", "type": "MERCHANT_ID", "account": "19"}
    what = {"result": DetailResult(result), "detail_type": kind and DetailType(kind)}
    return Detail(amount=amount, create_time=NOW, **what, **facts)


def order(*details, **facts):
    known = {"transaction_id": "42", "out_order_no": "P1", "order_id": "3", "state": "FINISHED"}
    return Distribution(**known | facts, receivers=details)


def refused(make, *given, **facts):
    with pytest.raises(InvalidInput) as error:
        make(*given, **facts)
    return error.value.field


@pytest.mark.parametrize("kind", [*ReceiverType, "MERCHANT_ID"])
def test_shares(kind):
    """A share says who gets how much, and knows its type as a member."""
    made = share(type=kind)

    assert (ReceiverType(kind), "CNY", None, None) == (
        made.type,
        made.currency,
        made.name,
        made.authorized,
    )
    assert made.type.known


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"type": "PERSON"}, "type"),
        ({"type": None}, "type"),
        ({"type": 5}, "type"),
        ({"account": ""}, "account"),
        ({"account": "../x"}, "account"),
        ({"account": None}, "account"),
        ({"amount": 0}, "amount"),
        ({"amount": True}, "amount"),
        ({"amount": 8.88}, "amount"),
        ({"amount": None}, "amount"),
        ({"description": ""}, "description"),
        ({"description": "x" * 81}, "description"),
        ({"description": None}, "description"),
        ({"currency": "USD"}, "currency"),
        ({"currency": None}, "currency"),
        ({"name": ""}, "name"),
        ({"authorized": 1}, "authorized"),
        ({**PERSON, "name": "Li"}, "authorized"),
        ({**PERSON, "name": "Li", "authorized": False}, "authorized"),
    ],
)
def test_refuses_shares(facts, field):
    """What the service would refuse is refused at once, and the field is named."""
    assert field == refused(share, **facts)


@pytest.mark.parametrize(
    "facts",
    [{"name": "Shop"}, {**PERSON}, {**PERSON, "name": "Li", "authorized": True}],
)
def test_names(facts):
    """A merchant's name needs no consent; a person's does."""
    assert facts.get("name") == share(**facts).name


def test_many_shares():
    """One to fifty shares for different receivers may be sent; a list becomes a tuple."""
    shares = [share(str(index)) for index in range(50)]

    assert tuple(shares) == shares_of(shares, unfreeze_unsplit=False)
    assert (share(),) == shares_of([share()], unfreeze_unsplit=True)


def test_no_shares():
    """Without shares everything is released, or there is nothing to do."""
    assert shares_of([], unfreeze_unsplit=True) is None
    assert "shares" == refused(shares_of, [], unfreeze_unsplit=False)


def test_refuses_many_shares():
    """Too many, the same receiver twice, or what is no share is refused."""
    many = [share(str(index)) for index in range(51)]
    double = [share("1"), share("2"), share("1", amount=5)]

    assert "shares" == refused(shares_of, many, unfreeze_unsplit=True)
    assert "shares[2]" == refused(shares_of, double, unfreeze_unsplit=True)
    assert "shares[1]" == refused(shares_of, [share(), {"amount": 1}], unfreeze_unsplit=True)
    assert "shares[0]" == refused(shares_of, "x", unfreeze_unsplit=True)


@pytest.mark.parametrize(
    "odd",
    [None, 5, {}, {share()}, iter([share()])],
    ids=["none", "number", "mapping", "set", "iterator"],
)
@pytest.mark.parametrize("unfreeze", [True, False])
def test_what_is_no_list_of_shares(odd, unfreeze):
    """Only a sequence is taken: what can be read once, or has no order, is refused."""
    assert "shares" == refused(shares_of, odd, unfreeze_unsplit=unfreeze)


def test_the_same_account_in_two_types():
    """Two types of one account are two receivers."""
    pair = [share("1"), share("1", type="PERSONAL_OPENID")]

    assert tuple(pair) == shares_of(pair, unfreeze_unsplit=False)


BODY = {"transaction_id": "42", "out_order_no": "P1", "unfreeze_unsplit": True}


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"receivers": [share(**PERSON)]}, "appid"),
        ({"receivers": [share(type="PERSONAL_SUB_OPENID")], "appid": "wx8"}, "sub_appid"),
        ({"receivers": None, "transaction_id": ""}, "transaction_id"),
        ({"receivers": None, "out_order_no": "a b"}, "out_order_no"),
        ({"receivers": None, "unfreeze_unsplit": None}, "unfreeze_unsplit"),
        ({"receivers": None, "appid": ""}, "appid"),
        ({"receivers": None, "sub_appid": "x" * 33}, "sub_appid"),
    ],
)
def test_refuses_orders(facts, field):
    """An OpenID needs its app; ids keep their limits."""
    assert field == refused(CreateOrder, **BODY | facts)


def test_orders():
    """An order with the apps of its receivers is made."""
    receivers = [share(**PERSON), share(type="PERSONAL_SUB_OPENID")]
    made = CreateOrder(**BODY, receivers=receivers, appid="wx8", sub_appid="wx9")

    assert receivers == made.receivers


@pytest.mark.parametrize(
    ("cls", "facts", "field"),
    [
        (
            Unfreeze,
            {"transaction_id": "42", "out_order_no": "P1", "description": ""},
            "description",
        ),
        (
            Unfreeze,
            {"transaction_id": "", "out_order_no": "P1", "description": "x"},
            "transaction_id",
        ),
        (Mark, {"out_trade_no": "12345"}, "out_trade_no"),
        (Mark, {"out_trade_no": "123456", "currency": "HKD"}, "currency"),
        (OrderRef, {"out_order_no": "", "transaction_id": "42"}, "out_order_no"),
        (OrderRef, {"out_order_no": "P1", "transaction_id": ".."}, "transaction_id"),
        (OrderRef, {"out_order_no": "P1", "transaction_id": "4", "sub_mchid": ""}, "sub_mchid"),
    ],
)
def test_refuses_instructions(cls, facts, field):
    """Every instruction, and the name of an order, holds its limits."""
    assert field == refused(cls, **facts)


@pytest.mark.parametrize("sub_mchid", [None, "1900000109"])
def test_the_ref_of_an_order(sub_mchid):
    """An order gives the token to go on waiting with."""
    assert OrderRef("P1", "42", sub_mchid) == order(sub_mchid=sub_mchid).ref


def test_outcome():
    """Each detail counts by its result; what was unfrozen is part of what was paid."""
    found = order(
        detail(1, "SUCCESS"),
        detail(20, "CLOSED"),
        detail(300, "PENDING"),
        detail(4000, "SOMETHING_NEW"),
        detail(50000, "SUCCESS", "UNFREEZE_TO_SPONSOR"),
        detail(600000, "PENDING", "UNFREEZE_TO_SPONSOR"),
        detail(7000000, "SUCCESS", None),
    ).outcome

    assert Outcome(paid=7050001, closed=20, pending=604300, released=50000) == found
    assert not found.all_paid


@given(st.lists(st.tuples(st.integers(0, 10**12), st.sampled_from([*DetailResult, "NEW"]))))
def test_outcome_adds_up(details):
    """No fen is lost or counted twice, and all is paid only when all has come through."""
    found = order(*(detail(amount, result) for amount, result in details)).outcome

    assert sum(amount for amount, _ in details) == found.paid + found.closed + found.pending
    unpaid = any(amount and result != "SUCCESS" for amount, result in details)
    assert found.all_paid == (found.paid > 0 and not unpaid)


def test_outcome_of_nothing():
    """An order without details has moved nothing: not all is paid."""
    assert Outcome() == order().outcome
    assert not order().outcome.all_paid


@pytest.mark.parametrize("moves", [ORDER_MOVES, DETAIL_MOVES])
def test_moves(moves):
    """Every documented state has its moves, and each leads to a state that has some too."""
    cls = type(next(iter(moves)))

    assert set(cls) == set(moves)
    assert set().union(*moves.values()) <= set(moves)


def test_final_states():
    """FINISHED, SUCCESS and CLOSED lead nowhere."""
    assert {OrderState.FINISHED} == {state for state, to in ORDER_MOVES.items() if not to}
    assert {"SUCCESS", "CLOSED"} == {state for state, to in DETAIL_MOVES.items() if not to}


def test_advice():
    """Each documented reason has its advice, an unknown one none."""
    assert set(FailReason) == set(ADVICE)
    assert all(reason.advice.endswith(".") for reason in FailReason)
    assert "" == FailReason("SOMETHING_NEW").advice


def test_detail_rate():
    """A detail without a rate has none."""
    assert detail(1, "SUCCESS").rate is None
    assert 83640300 == attrs.evolve(detail(1, "SUCCESS"), rate=83640300).rate

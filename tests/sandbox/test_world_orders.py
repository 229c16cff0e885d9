import pytest

from wxdist.models import DetailResult, DetailType, OrderState
from wxdist.sandbox.ledger import LedgerBroken
from wxdist.sandbox.rules.refusal import Refused

UNSUPPORTED = "The order does not support funds distribution"


def said(act, *arguments, **more):
    """Return the status and the message of a refusal."""
    with pytest.raises(Refused) as refusal:
        act(*arguments, **more)
    return refusal.value.status, refusal.value.message


def refused(message):
    return 400, message


def ours(message):
    return 400, f"[sandbox] {message}"


def results(order):
    return [str(detail.result) for detail in order.details]


# --- marked, paid, frozen


def test_freezing_takes_three_to_five_minutes(play):
    """A marked payment can be distributed between three and five minutes after payment."""
    p = play()
    payment = p.paid()
    p.go(180)
    early = said(p.world.payments.get, payment.transaction_id, "")
    p.go(120)

    assert refused(UNSUPPORTED) == early
    assert payment is p.world.payments.get(payment.transaction_id, "")
    assert 1000 == p.left(payment)


@pytest.mark.parametrize(
    ("trade", "currency"), [("P20150806125347", "CNY"), ("P20150806125346", "HKD")]
)
def test_mark_with_other_values_is_void(play, trade, currency):
    """A payment that differs from the mark in its number or currency is never distributable."""
    p = play()
    p.world.payments.mark("", "P20150806125346", "CNY")
    payment = p.paid(trade=trade, currency=currency, mark=False)
    p.go(days=1)

    assert refused(UNSUPPORTED) == said(p.world.payments.get, payment.transaction_id, "")


def test_mark_for_another_sub_merchant_is_void(play):
    """A mark for one sub-merchant does nothing for the same number of another."""
    p = play(mode="institutional", sub_mchids=("A", "B"))
    p.world.payments.mark("B", "P20150806125346", "CNY")
    payment = p.paid(sub="A", mark=False)
    p.go(days=1)

    assert refused(UNSUPPORTED) == said(p.world.payments.get, payment.transaction_id, "A")


def test_mark_only_cny_before_the_order(play):
    """Only CNY can be marked, and only before the order is placed; twice is harmless."""
    p = play()
    foreign = said(p.world.payments.mark, "", "P20150806125346", "HKD")
    p.world.payments.mark("", "P20150806125346", "CNY")
    p.paid()
    late = said(p.world.payments.mark, "", "P20150806125346", "CNY")

    assert refused("Only CNY orders can be distributed") == foreign
    assert refused("The order has already been confirmed, so it can no longer be marked") == late


def test_order_is_paid_once(play):
    """The same order of the merchant is not paid twice."""
    p = play()
    p.paid()

    with pytest.raises(ValueError, match="paid before"):
        p.paid(mark=False)


def test_unknown_payment_and_other_merchant(play):
    """An unknown payment does not support distribution; another merchant's differs."""
    p = play(mode="institutional", sub_mchids=("A", "B"))
    payment = p.ready(sub="A")

    assert refused(UNSUPPORTED) == said(p.world.payments.get, "42", "A")
    assert refused("The merchant information differs from the order's") == said(
        p.world.payments.get, payment.transaction_id, "B"
    )


def test_fee_is_taken_at_payment(play):
    """What can be distributed is net of the fee, rounded half up."""
    p = play(fee_rate="0.0055")
    payment = p.ready(1000)

    assert {"frozen": 994, "fee": 6} == p.parts(payment)


def test_unmarked_payment_goes_to_the_sponsor(play):
    """An ordinary order's money is the sponsor's at once, less the fee."""
    p = play(fee_rate="0.01")
    payment = p.paid(mark=False)

    assert {"sponsor": 990, "fee": 10} == p.parts(payment)


# --- carried out


def test_details_are_carried_out_one_after_the_other(play):
    """Details end one by one, and the order is FINISHED with the last."""
    p = play()
    payment = p.ready()
    p.receiver("A1")
    p.receiver("A2")
    order = p.create(payment, p.ask("A1"), p.ask("A2", 50))
    seen = [(results(order), order.state)]
    for _ in range(90):
        p.go(0.1)
        if (now := (results(order), order.state)) != seen[-1]:
            seen.append(now)

    assert [
        (["PENDING", "PENDING"], OrderState.PROCESSING),
        (["SUCCESS", "PENDING"], OrderState.PROCESSING),
        (["SUCCESS", "SUCCESS"], OrderState.FINISHED),
    ] == seen
    assert {"frozen": 850, "receiver": 150} == p.parts(payment)


def test_in_flight_money_is_not_left(play):
    """What an accepted order took is neither left nor paid until its details end."""
    p = play()
    payment = p.ready()
    p.receiver()
    p.create(payment, p.ask())

    assert {"frozen": 900, "in flight": 100} == p.parts(payment)
    assert 900 == p.left(payment)


def test_unfreeze_unsplit_releases_the_rest(play):
    """With unfreeze_unsplit the sponsor gets the rest as a detail of its own, once."""
    p = play()
    payment = p.ready()
    p.receiver()
    order = p.create(payment, p.ask(), unfreeze=True)
    p.go(10)

    assert [
        (DetailType.UNFREEZE_TO_SPONSOR, "1900000001", 900),
        (DetailType.DISTRIBUTE_TO_OTHERS, "86693852", 100),
    ] == [(detail.detail_type, detail.account, detail.amount) for detail in order.details]
    assert {"sponsor": 900, "receiver": 100} == p.parts(payment)
    assert ours("the rest of the order was unfrozen: nothing can be distributed any more") == said(
        p.create, payment, p.ask(), number="D2"
    )


def test_unfreeze_unsplit_without_receivers(play):
    """A request without receivers releases everything; nothing left releases nothing."""
    p = play()
    payment = p.ready()
    order = p.create(payment, unfreeze=True)

    assert [1000] == [detail.amount for detail in order.details]


def test_unfreeze_unsplit_of_all_has_no_rest(play):
    """When the receivers take everything there is no part of the sponsor."""
    p = play(max_ratio="1")
    payment = p.ready()
    p.receiver()

    assert 1 == len(p.create(payment, p.ask(amount=1000), unfreeze=True).details)


def test_unfreeze_releases_what_is_left(play):
    """Unfreezing gives the sponsor what is left; a second time nothing is."""
    p = play()
    payment = p.ready()
    order = p.unfreeze(payment)
    p.go(10)

    assert (["SUCCESS"], {"sponsor": 1000}) == (results(order), p.parts(payment))
    assert ours("nothing is left to be unfrozen") == said(p.unfreeze, payment, "U2")


def test_empty_release_is_refused(play):
    """A request that would neither distribute nor release anything is refused."""
    p = play(max_ratio="1")
    payment = p.ready()
    p.receiver()
    p.create(payment, p.ask(amount=1000))

    assert ours("nothing is left to be unfrozen") == said(
        p.create, payment, number="D2", unfreeze=True
    )
    assert ours("no receivers and unfreeze_unsplit=false: nothing to do") == said(
        p.create, payment, number="D3"
    )


@pytest.mark.parametrize(
    ("mode", "sub", "sponsor"),
    [
        ("common", "", "1900000001"),
        ("institutional", "A", "1900000001"),
        ("service_provider", "A", "A"),
    ],
)
def test_sponsor_by_mode(play, mode, sub, sponsor):
    """Released money goes to the institution, the sub-merchant or the merchant, by the mode."""
    p = play(mode=mode, sub_mchids=(sub,))
    payment = p.ready(sub=sub)
    (detail,) = p.unfreeze(payment).details

    assert sponsor == detail.account


def test_sponsor_listed(play):
    """The sponsor may be listed when the rest stays frozen: no relation, no cap; else refused."""
    p = play()
    payment = p.ready()
    ask = p.ask("1900000001", 900)
    refusal = said(p.create, payment, ask, unfreeze=True)
    (detail,) = p.create(payment, ask).details
    p.go(10)

    assert (
        ours("the sponsor must not be listed with unfreeze_unsplit=true: it gets the rest")
        == refusal
    )
    assert DetailType.UNFREEZE_TO_SPONSOR == detail.detail_type
    assert {"frozen": 100, "sponsor": 900} == p.parts(payment)


# --- closed


def test_closed_money_is_frozen_again(play):
    """A closed detail's money is frozen again, from where unfreeze releases it, even at the end."""
    p = play()
    payment = p.ready()
    p.receiver()
    p.world.orders.arm("D1", "86693852", "ACCOUNT_ABNORMAL")
    order = p.create(payment, p.ask(), unfreeze=True)
    p.go(10)
    closed = p.parts(payment)
    p.unfreeze(payment)
    p.go(10)

    assert "ACCOUNT_ABNORMAL" == order.details[1].fail_reason
    assert {"frozen": 100, "sponsor": 900} == closed
    assert {"sponsor": 1000} == p.parts(payment)


def test_closed_money_may_go_to_the_sponsor(play):
    """With closed_money="sponsor" a closed detail's money is the sponsor's at once."""
    p = play(closed_money="sponsor")
    payment = p.ready()
    p.receiver()
    p.create(payment, p.ask())
    p.world.orders.arm("D1", "86693852", "NO_AUTH")
    p.go(10)

    assert {"frozen": 900, "sponsor": 100} == p.parts(payment)
    assert 100 == p.world.settlement.refundable()


def test_arming_needs_something_pending(play):
    """A detail that has ended, or is not in the order, cannot be closed any more."""
    p = play()
    payment = p.ready()
    p.receiver()
    p.create(payment, p.ask())
    p.go(10)

    for account in ("86693852", "other"):
        with pytest.raises(ValueError, match="no PENDING detail"):
            p.world.orders.arm("D1", account, "NO_AUTH")


def test_deleted_receiver_is_not_paid(play):
    """A receiver deleted while its detail is PENDING, even one added anew, closes it."""
    p = play()
    payment = p.ready()
    p.receiver("A1")
    p.receiver("A2")
    order = p.create(payment, p.ask("A1"), p.ask("A2"))
    for account in ("A1", "A2"):
        p.world.receivers.delete(("", order.details[0].type, account), None, None)
    p.add("A2")
    p.go(10)

    assert ["NO_RELATION", "NO_RELATION"] == [detail.fail_reason for detail in order.details]
    assert 1000 == p.left(payment)


def test_states_only_forward(play):
    """A detail that has ended cannot end again."""
    p = play()
    payment = p.ready()
    order = p.unfreeze(payment)
    p.go(10)

    with pytest.raises(ValueError, match="cannot go from SUCCESS to CLOSED"):
        order.details[0].end(DetailResult.CLOSED, p.now)


def test_check_holds_details_against_the_books(play):
    """A detail whose result is not how its money ended is found."""
    p = play()
    payment = p.ready()
    order = p.unfreeze(payment)
    order.details[0].end(DetailResult.SUCCESS, p.now)

    with pytest.raises(LedgerBroken, match="is SUCCESS, its money: None"):
        p.world.check()


# --- the same number


def test_same_number_same_content_same_order(play):
    """The same instruction again gives the same order, and moves no more money."""
    p = play()
    payment = p.ready()
    p.receiver()
    made = p.create(payment, p.ask())
    released = p.unfreeze(payment)
    p.go(10)

    assert made is p.create(payment, p.ask())
    assert released is p.unfreeze(payment)
    assert {"sponsor": 900, "receiver": 100} == p.parts(payment)


def test_same_number_other_content_is_refused(play):
    """A used number with other content is refused, in create and unfreeze alike."""
    p = play(mode="institutional", sub_mchids=("A", "B"))
    payment = p.ready(sub="A")
    other = p.ready(sub="A", trade="P20150806125347")
    foreign = p.ready(sub="B")
    p.receiver(sub="A")
    p.create(payment, p.ask())
    another = ours("out_order_no was used for another instruction: take a new one")

    assert another == said(p.create, payment, p.ask(amount=101))
    assert another == said(p.create, payment, p.ask(), unfreeze=True)
    assert another == said(p.unfreeze, payment, "D1")
    assert refused("The WeChat Pay order differs from the original instruction") == said(
        p.create, other, p.ask()
    )
    assert refused("The merchant information differs from the original instruction") == said(
        p.create, foreign, p.ask()
    )


def test_refused_number_may_be_used_again(play):
    """A number whose request was refused is still free."""
    p = play()
    payment = p.ready()
    said(p.create, payment, p.ask())
    p.receiver()

    assert "D1" == p.create(payment, p.ask()).out_order_no


def test_query_by_number_and_payment(play):
    """An order is found by its number and payment; an unknown number is 404."""
    p = play()
    payment = p.ready()
    order = p.unfreeze(payment)
    get = p.world.orders.get

    assert order is get("", payment.transaction_id, "U1")
    assert (404, "The funds-distribution order does not exist") == said(get, "", "42", "U2")
    assert 400 == said(get, "", "42", "U1")[0]


# --- limits


def test_fifty_requests(play):
    """The 51st accepted request of a payment is refused; refused ones and releases do not count."""
    p = play()
    payment = p.ready()
    p.receiver()
    said(p.create, payment, p.ask(amount=9999))
    for index in range(50):
        p.create(payment, p.ask(amount=1), number=f"N{index}")

    assert ours("50 requests of this order were accepted: no more are") == said(
        p.create, payment, p.ask(amount=1)
    )
    assert "U1" == p.unfreeze(payment).out_order_no


def test_receiver_twice(play):
    """The same receiver twice in one request is refused."""
    p = play()
    payment = p.ready()
    p.receiver()

    assert refused("The same receiver appears twice in one request") == said(
        p.create, payment, p.ask(), p.ask(amount=1)
    )


def test_more_than_is_left(play):
    """More than is left, net of the fee, is refused."""
    p = play(fee_rate="0.01", max_ratio="1")
    payment = p.ready()
    p.receiver()

    assert ours("991 fen are asked, 990 fen are left to be distributed") == said(
        p.create, payment, p.ask(amount=991)
    )


def test_cap_over_all_requests(play):
    """Others get the maximum ratio of the payment in all; closed details do not count."""
    p = play(max_ratio="0.3333")
    payment = p.ready(100)
    p.receiver("A1")
    p.world.orders.arm("D0", "A1", "NO_AUTH")
    p.create(payment, p.ask("A1", 33), number="D0")
    p.go(10)
    p.create(payment, p.ask("A1", 20))

    assert ours("at most 33 fen may go to others, 20 fen did, 14 fen are asked") == said(
        p.create, payment, p.ask("A1", 14), number="D2"
    )
    assert 13 == p.create(payment, p.ask("A1", 13), number="D3").details[0].amount


def test_only_cny_is_distributed(play):
    """A share in another currency is refused."""
    p = play()
    payment = p.ready()

    assert refused("Only CNY orders can be distributed") == said(
        p.create, payment, p.ask(currency="HKD")
    )


def test_receiver_must_be_effective(play):
    """A receiver that was not added, or is still under audit, is refused at once."""
    p = play()
    payment = p.ready()
    unknown = said(p.create, payment, p.ask())
    p.add()

    assert ours("a receiver was not added: only an EFFECTIVE one may receive") == unknown
    assert ours("a receiver is INIT: only an EFFECTIVE one may receive") == said(
        p.create, payment, p.ask()
    )


def test_receiver_of_another_sub_merchant(play):
    """A receiver added for one sub-merchant is none of another."""
    p = play(mode="institutional", sub_mchids=("A", "B"))
    payment = p.ready(sub="B")
    p.receiver(sub="A")

    assert 400 == said(p.create, payment, p.ask())[0]


def test_persons_need_their_app(play):
    """An OpenID needs the app that it was added with."""
    p = play()
    payment = p.ready()
    p.receiver("o1", type="PERSONAL_OPENID", appid="wx1", name=None)
    p.receiver("o2", type="PERSONAL_SUB_OPENID", sub_appid="wx2", name=None)
    one, two = p.ask("o1", type="PERSONAL_OPENID"), p.ask("o2", type="PERSONAL_SUB_OPENID")
    mismatch = refused("The user's OpenID does not belong to the app id")

    assert refused("appid is not set for a receiver of type PERSONAL_OPENID") == said(
        p.create, payment, one
    )
    assert refused("sub_appid is not set for a receiver of type PERSONAL_SUB_OPENID") == said(
        p.create, payment, two
    )
    assert mismatch == said(p.create, payment, one, appid="wx2")
    assert mismatch == said(p.create, payment, two, sub_appid="wx1")
    assert 2 == len(p.create(payment, one, two, appid="wx1", sub_appid="wx2").details)


def test_names_are_held_against_the_added_one(play):
    """A person's name needs consent and must be the one added; where none was, any will do."""
    p = play()
    payment = p.ready()
    p.receiver("o1", type="PERSONAL_OPENID", appid="wx1", name="张三", authorized=True)
    p.receiver("o2", type="PERSONAL_OPENID", appid="wx1", name=None)

    def create(account, name, authorized, number):
        ask = p.ask(account, type="PERSONAL_OPENID", name=name, authorized=authorized)
        return p.create(payment, ask, number=number, appid="wx1")

    assert refused("name is sent for an individual without authorized=true") == said(
        create, "o1", "张三", None, "D1"
    )
    assert refused("The real name does not match") == said(create, "o1", "李四", True, "D1")
    assert "D1" == create("o1", "张三", True, "D1").out_order_no
    assert "D2" == create("o2", "李四", True, "D2").out_order_no


# --- 180 days


def test_system_unfreezes_after_180_days(play):
    """After 180 days the system releases the rest itself; later requests are refused."""
    p = play()
    payment = p.paid()
    p.go(days=179)
    p.receiver()
    p.create(payment, p.ask())
    p.go(days=1)
    p.go(10)
    (order,) = [each for each in p.world.state.orders.values() if not each.out_order_no]

    assert {"receiver": 100, "sponsor": 900} == p.parts(payment)
    assert ("system", ["SUCCESS"]) == (order.initiator, results(order))
    late = refused("The order is past the maximum time for funds distribution")
    assert late == said(p.create, payment, p.ask(), number="D2")
    assert late == said(p.unfreeze, payment)


def test_system_finds_nothing_left(play):
    """When everything was released before, the system has nothing to do after 180 days."""
    p = play()
    payment = p.ready()
    p.unfreeze(payment)
    p.go(days=181)

    assert 1 == len(p.world.state.orders)


def test_money_closed_after_180_days_is_released_too(play):
    """What comes back from a closed detail after 180 days is released by the system."""
    p = play(max_ratio="1")
    payment = p.paid()
    p.receiver()
    p.go(86400 * 180 - 0.5)
    p.create(payment, p.ask(amount=1000))
    p.world.orders.arm("D1", "86693852", "NO_AUTH")
    p.go(20)

    assert {"sponsor": 1000} == p.parts(payment)


def test_same_seed_same_story(play):
    """The same seed and calls give the same ids and times; another seed gives others."""

    def story(seed):
        p = play(seed=seed)
        payment = p.ready()
        order = p.unfreeze(payment)
        p.go(10)
        return payment.transaction_id, order.order_id, order.details[0].finish_time

    assert story(1) == story(1) != story(2)

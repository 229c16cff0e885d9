import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxdist.sandbox import snapshot
from wxdist.sandbox.records import RefundAsk

DAY = 86_400


def test_refunds_what_is_frozen(play):
    """A refund of a marked payment lowers what can be distributed, and gives its fee share back."""
    p = play(fee_rate="0.01")
    payment = p.ready(10_000)
    refund = p.world.refunds.refund(payment.transaction_id, 5000)
    p.go()

    assert (5000, 50) == (refund.amount, refund.fee)
    assert {"frozen": 4950, "fee": 50, "refund": 5000} == p.parts(payment)


def test_worked_example_of_the_page(play):
    """Of 100 yuan at 1 %, after 49.50 went on, 50 can be refunded and no fen more."""
    p = play(fee_rate="0.01")
    payment = p.ready(10_000)
    p.create(payment, p.ask(payment.sponsor, 4950))
    p.go(10)
    p.go(days=1)

    assert (5000, 5000) == p.world.refunds.most(payment)
    with pytest.raises(ValueError, match="4951 fen are needed, 4950 fen are frozen"):
        p.world.refunds.refund(payment.transaction_id, 5001)
    p.world.refunds.refund(payment.transaction_id, 5000)
    p.go()

    assert {"sponsor": 4950, "fee": 50, "refund": 5000} == p.parts(payment)


@given(amounts=st.lists(st.integers(1, 400), min_size=1, max_size=20), rate=st.integers(0, 49))
def test_full_refund_returns_the_fee(play, amounts, rate):
    """Whatever the parts, refunds of everything return exactly the fee that was charged."""
    p = play(fee_rate=f"0.{rate:02}")
    payment = p.ready(sum(amounts))
    fees = []
    for amount in amounts:
        fees.append(p.world.refunds.refund(payment.transaction_id, amount).fee)
        p.go(60)

    assert payment.fee == sum(fees)
    assert {"refund": sum(amounts)} == p.parts(payment)


def test_refunds_an_ordinary_payment_of_today(play):
    """An ordinary payment is refunded from what its sponsor received today."""
    p = play(fee_rate="0.01")
    payment = p.paid(10_000, mark=False)
    p.world.refunds.refund(payment.transaction_id, 2500)
    p.go()
    (batch,) = p.world.settlement.of(payment.sponsor)

    assert {"sponsor": 7425, "fee": 75, "refund": 2500} == p.parts(payment)
    assert (7425, 11_955, 2988, 90) == (batch.fen, batch.pay, batch.refund, batch.fee)
    assert 8877 == batch.net


def test_the_pool_of_the_day_may_be_emptied(play):
    """What was refunded completely is not exchanged, and the day ends in order."""
    p = play()
    payment = p.paid(10_000, mark=False)
    p.world.refunds.refund(payment.transaction_id, 10_000)
    p.go(days=3)
    (batch,) = p.world.settlement.of(payment.sponsor)

    assert (0, 0, True) == (batch.fen, batch.net, batch.exchanged)
    assert 11_955 == batch.pay == batch.refund


def test_a_fen_may_be_all_fee(play):
    """A refund so small that it is all fee takes nothing from the sponsor."""
    p = play(fee_rate="0.49")
    payment = p.paid(99, mark=False)
    before = p.parts(payment)
    fees = []
    for _ in range(2):
        fees.append(p.world.refunds.refund(payment.transaction_id, 1).fee)
        p.go(60)

    assert [0, 1] == fees
    assert {"sponsor": before["sponsor"] - 1, "fee": before["fee"] - 1, "refund": 2} == p.parts(
        payment
    )


def test_only_ordinary_money_of_the_day_counts(play):
    """Neither what was unfrozen nor what came yesterday refunds an ordinary payment."""
    p = play()
    ordinary = p.paid(5000, "P20150806125347", mark=False)
    p.unfreeze(p.ready(10_000))
    p.go(10)
    with pytest.raises(ValueError, match="what was paid"):
        p.world.refunds.refund(ordinary.transaction_id, 5001)
    p.go(days=1)

    with pytest.raises(ValueError, match="1 fen are needed, 0 fen are in the pool of the day"):
        p.world.refunds.refund(ordinary.transaction_id, 1)


def test_money_in_flight_is_not_refunded(play):
    """What is on its way to a receiver, or was released yesterday, cannot be given back."""
    p = play()
    payment = p.ready(1000)
    p.unfreeze(payment)

    for _ in range(2):
        with pytest.raises(
            ValueError, match="1 fen are needed, 0 fen are frozen, or were released"
        ):
            p.world.refunds.refund(payment.transaction_id, 1)
        p.go(10)
        p.go(days=1)


def test_not_within_a_minute_nor_after_a_year_nor_too_often(play):
    """Refunds of one payment are a minute apart, at most 50, and within a year."""
    p = play()
    payment = p.ready(1000)
    refund = p.world.refunds.refund
    for _ in range(50):
        refund(payment.transaction_id, 1)
        with pytest.raises(ValueError, match=r"60 s apart|50 times"):
            refund(payment.transaction_id, 1)
        p.go(60)
    with pytest.raises(ValueError, match="50 times"):
        refund(payment.transaction_id, 1)

    other = p.ready(1000, "P20150806125347")
    p.go(days=366)
    with pytest.raises(ValueError, match="more than a year"):
        refund(other.transaction_id, 1)


def test_never_more_than_was_paid(play):
    """All refunds together are at most what was paid."""
    p = play()
    payment = p.ready(1000)
    p.world.refunds.refund(payment.transaction_id, 600)
    p.go(60)

    with pytest.raises(ValueError, match="1001 fen are needed, 1000 fen are what was paid"):
        p.world.refunds.refund(payment.transaction_id, 401)


def test_a_refund_is_asked_for_again_as_it_was(play):
    """What a store keeps of a merchant's refund brings the same refund about in another world."""
    first, second = play(), play()
    first.world.state.inputs = []
    payment = first.ready(1000)
    asked = RefundAsk(
        sub_mchid="",
        transaction_id=payment.transaction_id,
        out_trade_no="",
        out_refund_no="R-1",
        refund=400,
        total=1000,
        currency="CNY",
        source=None,
        rest=("wx1", None, None, None),
    )
    made = first.world.refunds.create(asked)
    first.world.refunds.recharge("", 7)
    for each in first.world.state.inputs:
        content = snapshot.read(snapshot.spell([each.arguments, each.named, each.slow]))
        second.world.perform(type(each)(each.at, each.name, *content))

    assert made == second.world.state.refunds[made.refund_id]
    assert first.world.state.recharged == second.world.state.recharged

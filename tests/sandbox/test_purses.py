"""Which money pays for what goes back to payers, and that the settlements tell it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxdist.models import TradeState
from wxdist.sandbox import answers
from wxdist.sandbox.ledger import LedgerBroken
from wxdist.sandbox.rules.refunds import NoRefund

OLD, NEW, MCHID = "P20150806125346", "P20150806125347", "1900000001"
POCKETS = ("fee", "frozen", "released", "pool", "owed")


def pockets(refund):
    """Return which money paid for a refund."""
    found = {name: getattr(refund, name) for name in POCKETS}
    assert refund.payer_amount == sum(found.values())
    return {name: fen for name, fen in found.items() if fen}


def batch(p, index=0):
    return p.world.settlement.of(MCHID)[index]


@pytest.fixture
def two(play):
    """Of an order of 10 000 fen all but 1000 went to a receiver; then 5000 fen were released."""
    p = play(fee_rate="0.01", max_ratio="1")
    p.old = p.ready(10_000, OLD)
    p.receiver()
    p.create(p.old, p.ask(amount=8900))
    p.go(days=1)
    p.new = p.ready(5000, NEW)
    p.unfreeze(p.new)
    p.go(60)
    return p


def test_frozen_money_first_then_the_sponsors(two):
    """What is frozen pays first; the rest is advanced by what its sponsor had released today."""
    p = two
    refund = p.world.refunds.refund(p.old.transaction_id, 3000)
    p.go()

    assert {"fee": 30, "frozen": 1000, "released": 1970} == pockets(refund)
    assert {"fee": 70, "receiver": 8900, "refund": 3000} == p.parts(p.old)
    assert 1970 == p.world.state.ledger.advanced(p.old.transaction_id)
    assert 4950 - 1970 == p.world.settlement.refundable() == batch(p).split_fen


def test_the_quota_is_todays(two):
    """What was released yesterday advances nothing, and neither does what is already spent."""
    p = two
    p.world.refunds.refund(p.old.transaction_id, 5000)
    p.go(60)
    with pytest.raises(NoRefund, match="1000 fen are frozen") as refused:
        p.world.refunds.refund(p.old.transaction_id, 5000)
    p.go(days=1)

    assert "NOT_ENOUGH" == refused.value.code
    with pytest.raises(NoRefund, match="1 fen are needed, 0 fen are frozen"):
        p.world.refunds.refund(p.old.transaction_id, 1)


def test_a_sponsor_advances_for_itself(play):
    """What one sub-merchant released does not pay for another one's refunds."""
    p = play(mode="service_provider", sub_mchids=("A", "B"))
    mine, others = p.ready(1000, sub="A"), p.ready(1000, sub="B")
    p.unfreeze(mine, "U1")
    p.go(10)
    p.unfreeze(others, "U2")
    p.go(86_400 - 10)

    with pytest.raises(NoRefund):
        p.world.refunds.refund(mine.transaction_id, 1)


def test_advances_lower_the_released_money_of_the_day(two):
    """An advance stands among the refunds of the day, and of its funds distribution."""
    p = two
    refund = p.world.refunds.refund(p.old.transaction_id, 3000)
    p.go(days=1)

    assert (83_640_300, 2355, 0) == (refund.rate, refund.settled, refund.settled_fee)
    assert (5918, 5918, 2355, 2355, 0) == (
        batch(p).pay,
        batch(p).split_pay,
        batch(p).refund,
        batch(p).split_refund,
        batch(p).fee,
    )
    assert 5918 - 2355 == batch(p).net == p.world.state.ledger.balance(("pool", MCHID))


def test_frozen_money_is_in_no_settlement(play):
    """What was frozen and went back was never to be settled."""
    p = play()
    refund = p.world.refunds.refund(p.ready().transaction_id, 400)

    assert (0, 0) == (refund.rate, refund.settled)
    assert [] == p.world.settlement.of(MCHID)


@given(
    amounts=st.lists(st.integers(1, 900), min_size=1, max_size=12),
    rate=st.integers(0, 49),
    left=st.integers(0, 3000),
)
def test_nothing_is_lost_on_the_way(play, amounts, rate, left):
    """However an order comes back, its payer gets what was paid, and the fee comes back."""
    p = play(fee_rate=f"0.{rate:02}", max_ratio="1")
    whole = sum(amounts)
    payment = p.ready(whole, OLD)
    p.unfreeze(p.ready(10**6, NEW))
    if left := min(left, p.left(payment)):
        p.create(payment, p.ask(MCHID, left))
    p.go(60)
    refunds = []
    for amount in amounts:
        refunds.append(p.world.refunds.refund(payment.transaction_id, amount))
        p.go(60)

    assert whole == sum(each.payer_amount for each in refunds)
    assert payment.fee == sum(each.fee for each in refunds)
    assert left == p.world.state.ledger.advanced(payment.transaction_id)


# --- what the platform orders


def test_an_owed_refund_is_a_negative_settlement(play):
    """What the platform gives back of an order of another day, later settlements pay."""
    p = play(fee_rate="0.01")
    payment = p.paid(10_000, mark=False)
    p.go(days=1)
    refund = p.world.refunds.force(payment.transaction_id, 10_000)
    p.go(60)
    ledger = p.world.state.ledger
    owed = ledger.balance(("owed", MCHID, "2026-01-06"))
    p.go(days=1)
    first, second = p.world.settlement.of(MCHID)

    assert {"fee": 100, "owed": 9900} == pockets(refund)
    assert -9900 == owed
    assert (11_955, 0, 120) == (first.pay, first.refund, first.fee)
    assert (0, 11_955, -120) == (second.pay, second.refund, second.fee)
    assert (11_835, -11_835, 0) == (first.net, second.net, ledger.balance(("pool", MCHID)))
    assert 0 == ledger.balance(("owed", MCHID, "2026-01-06"))


def test_a_pool_may_owe(play):
    """A pool below zero is filled by later days, and paid out when it is full again."""
    p = play()
    payment = p.paid(600_000, mark=False)
    p.go(days=1)
    p.go(days=1)
    p.world.refunds.force(payment.transaction_id, 600_000)
    p.go(days=1)
    pool = p.world.state.ledger.balance(("pool", MCHID))
    p.paid(1_500_000, NEW, mark=False)
    p.go(days=1)
    p.go(days=1)
    found = [(each.net, str(each.settled_on)) for each in p.world.settlement.of(MCHID)]

    assert -717_357 == pool
    assert [
        (717_357, "2026-01-06"),
        (-717_357, "2026-01-09"),
        (1_793_393, "2026-01-09"),
    ] == found
    assert 1_793_393 == p.world.state.ledger.balance(("bank", MCHID))


def test_a_pool_that_shrinks_is_not_paid_out(play):
    """What was enough on Saturday, and is not on Monday, waits."""
    p = play()
    p.go(days=4)
    payment = p.paid(600_000, mark=False)
    p.go(days=2)
    p.world.refunds.force(payment.transaction_id, 500_000)
    p.go(days=2)

    assert [None, None] == [each.settled_on for each in p.world.settlement.of(MCHID)]
    assert 0 == p.world.state.ledger.balance(("bank", MCHID))


def test_what_the_day_brings_later_pays_too(play):
    """What is owed in the morning and comes in the afternoon is settled in one sum."""
    p = play()
    payment = p.paid(1000, mark=False)
    p.go(days=1)
    p.world.refunds.force(payment.transaction_id, 1000)
    p.paid(5000, NEW, mark=False)
    with pytest.raises(NoRefund, match="4001 fen are needed, 4000 fen are in the pool"):
        p.world.refunds.refund(p.world.state.trades["", NEW], 4001)
    p.go(days=1)

    assert 4000 == batch(p, 1).fen
    assert 5977 - 1195 == batch(p, 1).net


def test_an_owed_refund_of_a_distributed_order(two):
    """Frozen money first, then the sponsor's of today, and only then what is owed."""
    p = two
    refund = p.world.refunds.force(p.old.transaction_id, 10_000)
    p.go()
    quota = p.world.settlement.refundable()
    p.go(days=1)

    assert {"fee": 100, "frozen": 1000, "released": 4950, "owed": 3950} == pockets(refund)
    assert 8900 == p.world.state.ledger.advanced(p.old.transaction_id)
    assert (0, -3950) == (quota, batch(p).fen)
    assert 5918 - 10_640 == batch(p).net


def test_the_platform_gives_no_more_back_than_was_paid(play):
    """Nothing is owed beyond what the payer paid."""
    p = play()

    with pytest.raises(NoRefund, match="1001 fen are needed, 1000 fen are what was paid"):
        p.world.refunds.force(p.ready().transaction_id, 1001)


# --- revocation


def state_of(p, payment):
    return answers.transaction(payment, p.world.terms)["trade_state"]


def test_revoking_a_marked_payment(play):
    """A frozen payment goes back whole, and can neither be distributed nor refunded."""
    p = play(fee_rate="0.01")
    payment = p.ready()
    p.world.refunds.revoke(payment.transaction_id)
    p.go()

    assert {"refund": 1000} == p.parts(payment)
    assert TradeState.REVOKED == state_of(p, payment)
    assert [] == p.world.settlement.of(MCHID)
    with pytest.raises(Exception, match="does not support funds distribution"):
        p.unfreeze(payment)
    for act in (p.world.refunds.refund, p.world.refunds.force):
        with pytest.raises(NoRefund, match="was revoked"):
            act(payment.transaction_id, 1)
    with pytest.raises(NoRefund, match="was revoked"):
        p.world.refunds.revoke(payment.transaction_id)


def test_revoking_before_the_freezing(play):
    """What was revoked at once never becomes ready to be distributed."""
    p = play()
    payment = p.paid()
    p.world.refunds.revoke(payment.transaction_id)
    p.go(400)
    p.go(days=181)

    assert not payment.ready
    assert {"refund": 1000} == p.parts(payment)


def test_revoking_an_ordinary_payment(play):
    """It stands in the day with what it brought and took back, its fee too."""
    p = play(fee_rate="0.01")
    payment = p.paid(10_000, mark=False)
    p.world.refunds.revoke(payment.transaction_id)
    p.go(days=1)

    assert {"refund": 10_000} == p.parts(payment)
    assert (11_955, 11_955, 0, 0) == (batch(p).pay, batch(p).refund, batch(p).fee, batch(p).net)


def test_revoking_what_the_day_does_not_hold(play):
    """Where older orders' refunds took the day's money, a revocation is owed."""
    p = play()
    old = p.paid(600, OLD, mark=False)
    p.go(days=1)
    new = p.paid(1000, NEW, mark=False)
    p.world.refunds.refund(old.transaction_id, 600)
    p.world.refunds.revoke(new.transaction_id)
    p.go(10)
    owed = p.world.state.ledger.balance(("owed", MCHID, "2026-01-06"))
    p.go(days=1)

    assert -600 == owed == batch(p, 1).fen
    assert -717 == batch(p, 1).net


def test_what_cannot_be_revoked(play):
    """Neither what was paid on another day, nor what was refunded or distributed."""
    p = play()
    refunded, distributed, old = p.ready(), p.ready(trade=NEW), p.paid(trade="P3", mark=False)
    p.world.refunds.refund(refunded.transaction_id, 1)
    p.unfreeze(distributed)
    revoke = p.world.refunds.revoke

    for payment in (refunded, distributed):
        with pytest.raises(NoRefund, match="refunded or distributed"):
            revoke(payment.transaction_id)
    p.go(days=1)
    with pytest.raises(NoRefund, match="another day"):
        revoke(old.transaction_id)


# --- what contradicts it is found


@pytest.mark.parametrize("name", ["fen", "split_fen", "pay", "refund", "fee", "split_refund"])
def test_batches_are_reckoned_anew(two, name):
    """A batch that is not what its day brought is found."""
    setattr(batch(two), name, 7)

    with pytest.raises(LedgerBroken, match=f"batch 20260106001: {name} is not"):
        two.world.check()


def test_a_batch_that_is_missing(two):
    """A day that brought money has a batch."""
    two.world.state.batches.clear()

    with pytest.raises(LedgerBroken, match="1900000001 has no batch of 2026-01-06"):
        two.world.check()


@pytest.mark.parametrize(
    ("spoil", "account"),
    [
        (lambda batch: setattr(batch, "exchanged", False), "pool"),
        (lambda batch: setattr(batch, "settled_on", batch.day), "bank"),
    ],
)
def test_accounts_are_what_the_batches_say(two, spoil, account):
    """Bank and pool hold the nets of the batches that are said to be there."""
    two.go(days=1)
    spoil(batch(two))

    with pytest.raises(LedgerBroken, match=f"{account} of 1900000001"):
        two.world.check()


@pytest.mark.parametrize("name", ["payer_amount", "fee", "released"])
def test_refunds_are_in_the_books(two, name):
    """A refund that says another amount than the books have is found at once."""
    refund = two.world.refunds.refund(two.old.transaction_id, 3000)
    two.world.invariants.step()
    setattr(refund, name, 1)

    with pytest.raises(LedgerBroken, match="refunds and books differ"):
        two.world.check()


def test_an_advance_that_is_stranded(two):
    """What was taken for an advance must go on to a refund."""
    ledger = two.world.state.ledger
    ledger.move(("sponsor", MCHID), ("advance", two.old.transaction_id), 5)

    with pytest.raises(LedgerBroken, match="was advanced, and not given back"):
        ledger.check()

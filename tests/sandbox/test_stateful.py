"""Whatever merchants do, the books hold and every answer is one that the auditor allows.

``WXDIST_SOAK=10000 pytest tests/sandbox/test_stateful.py -k soak -s`` plays that many lives more,
on as many processes as ``WXDIST_SOAK_JOBS`` says, and prints what happened in them.
"""

import json
import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from wxdist.models import BillKind
from wxdist.sandbox.bills import Bills
from wxdist.sandbox.ledger import LedgerBroken
from wxdist.sandbox.mischief import KINDS
from wxdist.sandbox.orders import Orders
from wxdist.sandbox.payments import Payments
from wxdist.sandbox.processing import Processing
from wxdist.sandbox.receivers import Receivers
from wxdist.sandbox.refunds import Refunds
from wxdist.sandbox.service import Service
from wxdist.sandbox.settlement import Settlement
from wxdist.sandbox.world import World

from .deeds import ACTIONS, LIMITS
from .life import Caught, Life

SEEDS = 300
BLOCK = 50
SOAK = int(os.environ.get("WXDIST_SOAK", "0"))
JOBS = int(os.environ.get("WXDIST_SOAK_JOBS", "1"))


def lives(seeds):
    """Play one life per seed; return what was done, and in how many lives each fault struck."""
    done, struck = Counter(), Counter()
    for seed in seeds:
        life = Life(seed, signed=seed % 10 == 0).play()
        done += life.counts
        struck.update(life.faults.counts.keys())
    return done, struck


@pytest.mark.parametrize("first", range(0, SEEDS, BLOCK))
def test_lives_go_right(first):
    """In each life all invariants hold after each step, and no answer surprises the auditor."""
    done, struck = lives(range(first, first + BLOCK))

    # A life that asked nothing would prove nothing.
    assert done["request_order 200"] > 2 * BLOCK
    assert done["query_order 200"] > 2 * BLOCK
    assert done["download_bill 200"] > BLOCK / 10
    assert done["statements 200"] > BLOCK / 10
    assert done["refund_bill_download_url 200"] > BLOCK / 50
    assert done["refundable_balance 200"] > BLOCK / 2
    assert len(struck) > len(KINDS) / 2


def played(blocks):
    """Play the lives of all *blocks*; more than one process imports this file from the root."""
    if JOBS == 1:
        yield from map(lives, blocks)
        return
    with ProcessPoolExecutor(JOBS, mp_context=get_context("spawn")) as pool:
        yield from pool.map(lives, blocks)


@pytest.mark.skipif(not SOAK, reason="long: set WXDIST_SOAK to a number of seeds")
def test_soak():
    """The same for as many seeds as are asked for; each fault strikes in one life of a hundred."""
    blocks = [range(first, min(first + BLOCK, SOAK)) for first in range(0, SOAK, BLOCK)]
    done, struck = Counter(), Counter()
    for some_done, some_struck in played(blocks):
        done += some_done
        struck += some_struck
    steps = sum(done[action] for action in {*ACTIONS, LIMITS})
    print(f"\n{SOAK} lives, {steps} steps")
    print(json.dumps({"done": done, "lives struck": struck}, indent=1, sort_keys=True))

    assert [] == [name for name in KINDS if struck[name] < SOAK / 100]


# Worlds that go wrong in one point each.


def broken(*, happens=(), **parts):
    """Return a world in which some parts, or what happens by itself, are others."""

    class Broken(World):
        def __init__(self, terms, *, seed, start):
            super().__init__(terms, seed=seed, start=start)
            if "settlement" in parts:
                self.settlement = parts["settlement"](self.state)
            if "payments" in parts or "settlement" in parts:
                cls = parts.get("payments", Payments)
                self.payments = cls(self.state, self.settlement)
            if "receivers" in parts:
                self.receivers = parts["receivers"](self.state)
            cls = parts.get("orders", Orders)
            self.orders = cls(self.state, self.payments, self.settlement)
            cls = parts.get("processing", Processing)
            self.processing = cls(self.state, self.settlement, self.orders.expire)
            cls = parts.get("refunds", Refunds)
            self.refunds = cls(self.state, self.payments, self.settlement)
            self.bills = parts.get("bills", Bills)(self.state)
            self._happens = {
                **self._happens,
                "freeze": self.payments.freeze,
                "process": self.processing.process,
                "expire": self.orders.expire,
                "exchange": self.settlement.exchange,
                "payout": self.settlement.pay_out,
                "arrive": self.refunds.arrive,
                **dict(happens),
            }
            self.invariants = type(self.invariants)(self.state, self.bills)

    return {"world": Broken}


def answering(change):
    """Return a service that changes its answers: JSON that was answered with 200."""

    class Answering(Service):
        def _act(self, request):
            status, body = super()._act(request)
            if status == 200 and isinstance(body, bytes):
                return status, json.dumps(change(json.loads(body))).encode()
            return status, body

    return {"service": Answering}


def with_details(said, change):
    if "receivers" in said:
        said["receivers"] = [{**each, **change(each)} for each in said["receivers"]]
    return said


class DoublesMoney(Processing):
    def _succeed(self, order, detail):
        super()._succeed(order, detail)
        transaction_id = order.content.transaction_id
        frozen = ("frozen", transaction_id)
        if self._state.ledger.balance(frozen) >= detail.amount:
            purse = ("receiver", detail.account)
            self._state.ledger.move(frozen, purse, detail.amount, transaction_id)


class ForgetsVoids(Processing):
    def _close(self, order, detail, reason):
        self._end(detail, type(detail.result)("CLOSED"), reason)


class ForgetsCaps(Orders):
    def _hold_cap(self, asked, payment): ...


class TakesOtherContent(Orders):
    def _before(self, out_order_no, content):
        return self._numbered(out_order_no)


class ForgetsOrderedCloses(Processing):
    def _obstacle(self, order, detail):
        self._state.armed.clear()
        return super()._obstacle(order, detail)


class NeverEnds(Processing):
    def process(self, order_id, index): ...


class CountsNoRequests(Orders):
    def _open(self, transaction_id, sub_mchid):
        payment = super()._open(transaction_id, sub_mchid)
        payment.requests = 0
        return payment


class DistributesAfterRelease(Orders):
    def _open(self, transaction_id, sub_mchid):
        payment = super()._open(transaction_id, sub_mchid)
        payment.released = False
        return payment


class ReleasesTwice(Settlement):
    def receive(self, *amounts, split, **more):
        super().receive(*amounts, split=split, **more)
        if split:
            super().receive(*amounts, split=split, **more)


class AdvancesWithoutEnd(Settlement):
    def quota(self, sponsor):
        return 10**9 * bool(super().quota(sponsor))


class PaysOutWhatever(Settlement):
    def _is_rich(self, sponsor):
        return self._pool(sponsor) > 0


class KeepsTheFee(Refunds):
    def _refunded(self, payment, amount, *, owing):
        fee, payment.fee = payment.fee, 0
        refund = super()._refunded(payment, amount, owing=owing)
        payment.fee = fee
        return refund


class RevokesWhenever(Refunds):
    def revoke(self, transaction_id):
        payment = self._state.payments[transaction_id]
        paid_at, payment.paid_at = payment.paid_at, self._state.now
        try:
            return super().revoke(transaction_id)
        finally:
            payment.paid_at = paid_at


class NeverFreezes(Payments):
    def pay(self, *facts):
        payment = super().pay(*facts)
        payment.ready = True
        return payment


class KeepsTheDeleted(Receivers):
    def delete(self, key, appid, sub_appid):
        self.get(key, appid, sub_appid)


def losing(kind):
    """Return papers that lack the first row of each one of a kind."""

    class LosesRows(Bills):
        def text(self, day, sub_mchid, asked=BillKind.DISTRIBUTION):
            head, *rows = super().text(day, sub_mchid, asked).splitlines(keepends=True)
            return "".join([head, *rows[asked == kind :]])

    return LosesRows


MUTANTS = {
    "an amount off by one": answering(
        lambda said: (
            {**said, "unsplit_amount": said["unsplit_amount"] + 1}
            if "unsplit_amount" in said
            else said
        )
    ),
    "a state that goes backwards": answering(
        lambda said: with_details(
            said, lambda each: {"result": "PENDING"} if each["result"] == "SUCCESS" else {}
        )
    ),
    "a wrong echo": answering(
        lambda said: with_details(said, lambda each: {"description": each["description"] + "!"})
    ),
    "a wrong exchange": answering(
        lambda said: with_details(
            said,
            lambda each: (
                {"settlement_amount": each["settlement_amount"] + 1}
                if "settlement_amount" in each
                else {}
            ),
        )
    ),
    "doubled money": broken(processing=DoublesMoney),
    "a forgotten void": broken(processing=ForgetsVoids),
    "a forgotten cap": broken(orders=ForgetsCaps),
    "other content taken": broken(orders=TakesOtherContent),
    "an ordered close forgotten": broken(processing=ForgetsOrderedCloses),
    "details that never end": broken(processing=NeverEnds),
    "requests without end": broken(orders=CountsNoRequests),
    "distribution after the release": broken(orders=DistributesAfterRelease),
    "a release that counts twice": broken(settlement=ReleasesTwice),
    "advances without end": broken(settlement=AdvancesWithoutEnd),
    "payouts below the threshold": broken(settlement=PaysOutWhatever),
    "a fee that does not come back": broken(refunds=KeepsTheFee),
    "a revocation on a later day": broken(refunds=RevokesWhenever),
    "no freezing": broken(payments=NeverFreezes),
    "a receiver that stays": broken(receivers=KeepsTheDeleted),
    **{f"a row missing in {kind}": broken(bills=losing(kind)) for kind in BillKind},
    "no end after 180 days": broken(happens={"expire": lambda _: None}),
}


def caught(seeds, **mutant):
    """Return who catches a world that goes wrong, in the first life in which it shows."""
    for seed in seeds:
        try:
            Life(seed, faults=False, **mutant).play()
        except (Caught, LedgerBroken) as error:
            return type(error).__name__
    return None


@pytest.mark.parametrize("name", MUTANTS)
def test_sees_what_goes_wrong(name):
    """A world that goes wrong in one point does not get through a few lives."""
    assert caught(range(60), **MUTANTS[name]) is not None

"""A second opinion: the sandbox moves money by rules of its own, and the flow foretells it."""

import datetime as dt
import random

import pytest

from wxdist import FundFlow
from wxdist.fundflow import FundState, Movement, MovementKind, WaitReason
from wxdist.sandbox import Sandbox

MONDAY = dt.date(2026, 1, 5)  # the sandbox begins on it, at 09:00
BEIJING = dt.timezone(dt.timedelta(hours=8))

#: The sandbox's terms, and the flow that must foretell what it does: new terms go here.
TERMS = [
    pytest.param({}, FundFlow(usd_rate="7.80"), id="plain"),
    pytest.param({"fee_rate": "0.006"}, FundFlow(usd_rate="7.80"), id="fees"),
]


class Shop:
    """A merchant of the sandbox, from one morning to the next."""

    def __init__(self, sandbox, session, seed):
        self.sandbox = sandbox
        self.session = session
        self.dice = random.Random(seed)
        self.orders = 0

    @property
    def today(self):
        return dt.datetime.fromtimestamp(self.sandbox.clock.now(), BEIJING).date()

    async def until_morning(self):
        """Let the clock go to 09:00 of the next day: after the exchange, before the payout."""
        morning = dt.datetime.combine(
            self.today + dt.timedelta(days=1), dt.time(9), BEIJING
        ).timestamp()
        await self.sandbox.advance(morning - self.sandbox.clock.now())

    async def trade(self):
        """Play a day: nothing, some ordinary payments of which one goes back, or a release."""
        for _ in range(self.dice.choice([0, 1, 1, 2])):
            number = await self.pay(self.dice.randint(50_000, 300_000))
            if self.dice.random() < 0.3:
                self.sandbox.control.refund(number, amount=self.dice.randint(1, 50_000))
        if self.dice.random() < 0.3:
            await self.release(self.dice.randint(50_000, 600_000))

    def number(self):
        self.orders += 1
        return f"P2026{self.orders:05}"

    async def pay(self, amount):
        number = self.number()
        await self.sandbox.pay(number, amount=amount)
        return number

    async def release(self, amount):
        number = self.number()
        await self.session.transactions.mark(number)
        paid = await self.sandbox.pay(number, amount=amount)
        await self.session.transactions.wait_until_distributable(paid.transaction_id)
        unfrozen = await self.session.orders.unfreeze(
            paid.transaction_id, f"U-{number}", description="all"
        )
        await self.session.orders.wait(unfrozen)

    async def records(self):
        """Return what the service says: the settled records, and those that are not."""
        days = {"start": MONDAY, "end": self.today}
        listed = self.session.settlements.list
        settled = [each async for each in listed("SETTLED", **days)]
        return settled, [each async for each in listed("UNSETTLE")]


def movements(records):
    """Return what came in by the records, a sum for each day."""
    return [
        Movement(kind=MovementKind.PAYMENT, day=each.trade_start_date, amount=each.amount.net)
        for each in records
    ]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("terms", "flow"), TERMS)
async def test_the_sandbox_does_what_is_foretold(terms, flow, seed):
    """Over five weeks, each morning: what is paid out, what waits, and what of it leaves today."""
    due = {}
    async with Sandbox(seed, **terms) as sandbox, sandbox.session() as session:
        shop = Shop(sandbox, session, seed)
        for _ in range(35):
            await shop.trade()
            await shop.until_morning()
            settled, unsettled = await shop.records()
            found = flow.expect(movements([*settled, *unsettled]), shop.today)

            paid = {each.trade_start_date: each.settlement_date for each in settled}
            gone = FundState.PAID_OUT
            assert paid == {
                day: each.payout_day for day, each in found.days.items() if each.state == gone
            }
            assert sum(each.amount.net for each in unsettled) == found.pool + found.waiting
            leaves = {day for day, each in found.days.items() if each.reason == WaitReason.DUE}
            due |= dict.fromkeys(leaves, shop.today)

    assert paid == {day: when for day, when in due.items() if day in paid}
    assert len(set(paid.values())) >= 5
    assert any(each.isoweekday() == 1 for each in paid.values())


@pytest.mark.parametrize(("terms", "flow"), TERMS)
async def test_a_run_over_all_days(terms, flow):
    """One run over all that came in pays out on the sandbox's days, and as much."""
    async with Sandbox(7, **terms) as sandbox, sandbox.session() as session:
        shop = Shop(sandbox, session, 7)
        for _ in range(28):
            await shop.trade()
            await shop.until_morning()
        await sandbox.advance(hours=2)  # today's payout included
        settled, unsettled = await shop.records()
        daily = {each.trade_start_date: each.amount.net for each in [*settled, *unsettled]}

        run = flow.run(daily, MONDAY, shop.today)

    paid = {}
    for each in settled:
        paid[each.settlement_date] = paid.get(each.settlement_date, 0) + each.amount.net
    assert paid == {each.day: each.paid_out for each in run if each.paid_out}
    assert sum(each.amount.net for each in unsettled) == run[-1].pool + run[-1].came_in
    assert len(paid) >= 3

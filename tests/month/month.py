"""A whole month: lived, told by the service, and held against what we know."""

import contextlib
import datetime as dt
import functools
import random
import time
from collections import Counter
from pathlib import Path

import attrs

from wxdist import BillFile, FundFlow, NoBill
from wxdist.fundflow import Weekdays
from wxdist.models import BillKind
from wxdist.reconcile import Journal, reconcile
from wxdist.sandbox import Sandbox

from .shop import BEIJING, SUBS, Shop
from .spoiled import identity

FIRST, LAST = dt.date(2026, 2, 1), dt.date(2026, 2, 28)  # a Sunday, and a Saturday
DAY = dt.timedelta(days=1)
#: Banks in Hong Kong are closed at the lunar new year.
HOLIDAYS = tuple(dt.date(2026, 2, day) for day in (17, 18, 19))
NOTHING_HAPPENS = dt.date(2026, 2, 17)
#: More goes back than comes in.
BELOW_ZERO = dt.date(2026, 2, 18)
#: Orders are paid, and none is distributed.
ONLY_PAID = dt.date(2026, 2, 22)
#: What an average day brings, in fen: a payout needs about 5 200 CNY.
DAILY = 400_000
#: So many tenths of it a day brings.
WEATHER = (1, 5, 10, 10, 20)


@attrs.frozen(slots=False)
class Month:
    """What is left of it: files, records, the journal; and the sandbox's own books."""

    folder: Path
    settlements: tuple
    ledger: Counter  #: of marked orders, when the journal was closed, in fen
    ordinary: Counter  #: paid and refunded of the others, by sub-merchant and currency
    done: Counter
    transactions: int
    calls: int
    seconds: float
    first: dt.date = FIRST
    last: dt.date = LAST

    @property
    def journal(self):
        return Journal(self.folder / "journal.jsonl")

    @functools.cached_property
    def known(self):
        """The last word of the journal about each thing."""
        return list({identity(each): each for each in self.journal}.values())

    @functools.cached_property
    def bills(self):
        """The files by their kinds, in the order of days."""
        found = {kind: [] for kind in BillKind}
        for path in sorted(self.folder.glob("*.csv")):
            kind, sub, day = path.stem.split(".")
            when = dt.date.fromisoformat(day)
            found[BillKind(kind)].append(BillFile(path, day=when, sub_mchid=sub or None))
        return found

    def reconciled(self, **changes):
        """Hold all together; *changes* replace what is given."""
        bills = self.bills
        given = {
            "known": self.journal,
            "first": self.first,
            "last": self.last,
            "distribution": bills[BillKind.DISTRIBUTION],
            "refunds": bills[BillKind.REFUNDS],
            "statements": bills[BillKind.STATEMENT],
            "settlements": self.settlements,
            "flows": [FundFlow(currency="HKD", usd_rate="7.80", calendar=Weekdays(HOLIDAYS))],
        }
        return reconcile(**given | changes)


async def lived(folder, transactions, seed=0):
    """Live through the month with so many *transactions*, and return what is left of it."""
    began = time.perf_counter()
    async with (
        Sandbox(
            seed,
            start=dt.datetime.combine(FIRST, dt.time(8), BEIJING),
            mode="institutional",
            sub_mchids=SUBS,
            fee_rate="0.006",
            rates="daily",
            settlement_currency="HKD",
            holidays=HOLIDAYS,
        ) as sandbox,
        sandbox.session() as session,
    ):
        shop = Shop(
            sandbox,
            session.with_options(query_rate=None),
            Journal(folder / "journal.jsonl"),
            random.Random(seed),
        )
        await shop.open()
        await live(shop, transactions)
        ledger, ordinary = books(sandbox)
        await shop.until(LAST + DAY, 10, 30)
        sandbox.check()
        await download(session, folder)
        settlements = await settled(session)
        return Month(
            folder=folder,
            settlements=settlements,
            ledger=ledger,
            ordinary=ordinary,
            done=shop.done,
            transactions=len(shop.deals),
            calls=sandbox.calls[-1].number,
            seconds=time.perf_counter() - began,
        )


def days():
    return [FIRST + number * DAY for number in range((LAST - FIRST).days + 1)]


async def live(shop, transactions):
    """Let the days go by; two have none of the transactions."""
    busy = [day for day in days() if day not in {NOTHING_HAPPENS, BELOW_ZERO}]
    for day in days():
        if day in busy:
            place = busy.index(day)
            count = transactions // len(busy) + (place < transactions % len(busy))
            await a_day(shop, day, count)
        elif day == BELOW_ZERO:
            await below_zero(shop, day)
    await at_midnight(shop)
    await shop.look()
    await shop.count()


async def a_day(shop, day, count):
    """Sell, distribute, give back."""
    mean = DAILY // count * shop.dice.choice(WEATHER) // 10
    await shop.until(day, 9)
    today = await shop.sell(count // 2, count - count // 2, mean)
    await shop.until(day, 9, 30)
    acting = [deal for deal in today if not deal.marked] if day == ONLY_PAID else today
    await shop.act(acting)
    if day != ONLY_PAID:
        await shop.catch_up()
        await shop.wait()
    await shop.until(day, 14)
    await shop.act_again(acting)
    await shop.until(day, 15)
    await shop.end(acting)
    await shop.until(day, 23, 58)
    if day.isoweekday() == 1:
        shop.sandbox.control.inject(kind="late_refund", count=1, options={"factor": 1000})
    await shop.act_late(acting)
    await shop.look()


async def below_zero(shop, day):
    """Let the platform refund two large orders on a day without income."""
    await shop.until(day, 11)
    for fate, marked in (("kept", False), ("split", True)):
        deals = [deal for deal in shop.deals if (deal.fate, deal.marked) == (fate, marked)]
        await shop.owe(max(deals, key=lambda deal: deal.paid.amount))


async def at_midnight(shop):
    """Take two more orders that are not frozen yet, and begin what the month will not see end."""
    kept = [deal for deal in shop.deals if deal.fate == "keep"]
    await shop.sell(2, 0, 10_000)
    await shop.until(LAST, 23, 59, 58)
    for deal in kept[-3:]:
        await shop.share(deal)
    await shop.release(kept[0])


def books(sandbox):
    """Return what the sandbox's ledger holds of marked orders, and what it knows of the others."""
    state = sandbox.control.world.state
    marked, ordinary = Counter(), Counter()
    for key, payment in state.payments.items():
        gone = sum(state.refunds[each].amount for each in payment.refund_ids)
        if payment.marked:
            parts = state.ledger.parts(key)
            marked += Counter(
                payments=1,
                paid=payment.payer_amount,
                advanced=state.ledger.advanced(key),
                distributed=parts["receiver"],
                released=parts["sponsor"],
                refunded=parts["refund"],
                fee=parts["fee"],
                frozen=parts["frozen"] + parts["in flight"],
            )
        else:
            whose = payment.sub_mchid, payment.currency
            ordinary[whose, "payments"] += 1
            ordinary[whose, "paid"] += payment.amount
            ordinary[whose, "refunded"] += gone if payment.revoked_at is None else payment.amount
    return marked, ordinary


async def download(session, folder):
    """Fetch all papers: of distribution those of each sub-merchant, the others of all."""
    asked = [("distribution", sub) for sub in SUBS] + [("refunds", None), ("statement", None)]
    for day in days():
        for kind, sub in asked:
            bill = getattr(session.bills, kind)(day, sub_mchid=sub)
            with contextlib.suppress(NoBill):
                await bill.download(folder / f"{kind}.{sub or ''}.{day}.csv")


async def settled(session):
    """Return all settlement records, paid out or not."""
    asked = {"SETTLED": {"start": FIRST, "end": LAST + DAY}, "UNSETTLE": {}}
    return tuple(
        [
            each
            for state, period in asked.items()
            async for each in session.settlements.list(state, **period)
        ]
    )

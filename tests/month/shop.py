"""An institution's month with the sandbox, all of it through the client and over HTTP."""

import datetime as dt
import random
from collections import Counter

import attrs

from wxdist import Receiver, RequestRefused, ServiceError, Share
from wxdist.models import OrderState, RefundStatus
from wxdist.reconcile import KnownPayment

BEIJING = dt.timezone(dt.timedelta(hours=8))
SUBS = ("1900000201", "1900000202", "1900000203")
APP = "wx8888888888888888"
RECEIVERS = {"86693852": "MERCHANT_ID", "86693853": "MERCHANT_ID", "oABCDEFG": "PERSONAL_OPENID"}
#: How much of a currency's minor unit there is for so many fen; about what the sandbox takes.
WORTH = {"CNY": (1, 1), "USD": (100, 650), "EUR": (100, 756), "JPY": (100, 463)}
#: What becomes of a marked order, and how often.
FATES = {
    "split": 8,  # shares to some, the rest released with the same request
    "steps": 5,  # two requests, then the rest is released
    "release": 4,
    "keep": 3,  # one request, the rest stays frozen
    "closed": 2,  # one of its details fails, the rest is released later
    "stuck": 1,  # one of its details fails after all was released: its money stays frozen
    "later": 3,  # nothing on its own day, all on one of the next
    "refund": 2,  # a part goes back while it is frozen, the rest is released
    "returned": 1,  # all of it goes back while it is frozen
    "advance": 2,  # a part goes back after all was released
    "revoked": 1,
}
#: Likewise of an ordinary one.
ENDS = {"kept": 20, "refund": 3, "returned": 1, "twice": 1, "late": 2, "tomorrow": 2, "revoked": 1}


@attrs.define
class Deal:
    """An order that was paid."""

    paid: object
    sub: str
    currency: str
    fate: str
    marked: bool
    due: dt.date  #: on which a later fate comes true
    orders: int = 0
    refunds: int = 0

    @property
    def key(self):
        return self.paid.transaction_id


@attrs.define
class Shop:
    """Everybody on the merchant's side: what was done is written into a journal."""

    sandbox: object
    session: object
    journal: object
    dice: random.Random
    deals: list = attrs.field(factory=list)
    under_way: list = attrs.field(factory=list)  #: orders whose end is not known
    refunding: list = attrs.field(factory=list)  #: likewise refunds, with whose they are
    done: Counter = attrs.field(factory=Counter)

    def of(self, sub):
        return self.session.for_merchant(sub)

    @property
    def today(self):
        return dt.datetime.fromtimestamp(self.sandbox.clock.now(), BEIJING).date()

    async def until(self, day, hour, minute=0, second=0):
        """Let the clock go on to a time of a Beijing day."""
        moment = dt.datetime.combine(day, dt.time(hour, minute, second), BEIJING).timestamp()
        await self.sandbox.advance(moment - self.sandbox.clock.now())

    async def open(self):
        """Add the receivers of each sub-merchant, and let their audit pass."""
        for sub in SUBS:
            for account, kind in RECEIVERS.items():
                person = kind != "MERCHANT_ID"
                receiver = Receiver(
                    type=kind,
                    account=account,
                    name=None if person else "Shop",
                    relation_type="SUPPLIER",
                    appid=APP if person else None,
                )
                await self.of(sub).receivers.add(receiver)
                await self.sandbox.approve(account, sub)

    async def sell(self, marked, ordinary, mean):
        """Take orders of about *mean* fen, all in the morning."""
        new = [await self._sold("M", mean, FATES) for _ in range(marked)]
        new += [await self._sold("P", mean, ENDS) for _ in range(ordinary)]
        for deal in new:
            if deal.fate == "revoked":
                await self.sandbox.revoke(deal.paid.out_trade_no, deal.sub)
            self.done[deal.fate] += 1
            self.done[deal.currency] += 1
        self.deals += new
        await self._note_payments(new)
        return new

    async def _sold(self, prefix, mean, fates):
        sub = self.dice.choice(SUBS)
        fate = self.dice.choices(list(fates), fates.values())[0]
        currency = "CNY"
        number = f"{prefix}2026{len(self.deals):04}{self.dice.randrange(10**8):08}"
        if prefix == "M":
            await self.of(sub).transactions.mark(number)
        else:
            currency = self.dice.choices(list(WORTH), [6, 2, 1, 1])[0]
        units, fen = WORTH[currency]
        amount = self.dice.randint(mean // 4, 2 * mean) * units // fen
        paid = await self.sandbox.pay(number, amount=amount, currency=currency, sub_mchid=sub)
        due = self.today + dt.timedelta(days=self.dice.randint(1, 4))
        return Deal(paid, sub, currency, fate, marked=prefix == "M", due=due)

    async def _note_payments(self, deals):
        for deal in deals:
            told = await self.of(deal.sub).transactions.get(deal.key)
            self.journal.add(KnownPayment.of(told, marked=deal.marked))

    async def wait(self):
        """Wait for the newest order of those whose end is not known, whatever it is."""
        newest = self.under_way.pop()
        orders = self.of(newest.sub_mchid).orders
        self.under_way.append(await orders.wait(newest, allow_closed=True))

    async def act(self, deals):
        """Do the first thing that the fates of orders ask for."""
        for deal in deals:
            match deal.fate:
                case "split" | "advance":
                    await self.share(deal, rest=True)
                case "steps" | "keep":
                    await self.share(deal)
                case "closed" | "stuck":
                    await self.share(deal, rest=deal.fate == "stuck", closed=True)
                case "release":
                    await self.release(deal)
                case "refund" | "twice":
                    await self.refund(deal, self.dice.randint(10, 60))
                case "returned":
                    await self.refund(deal, 100)

    async def act_again(self, deals):
        """Do the second thing."""
        for deal in deals:
            match deal.fate:
                case "steps":
                    await self.share(deal)
                case "closed":
                    await self.release(deal)
                case "refund" if deal.marked:
                    await self.release(deal)
                case "advance" | "twice":
                    await self.refund(deal, self.dice.randint(5, 30))

    async def end(self, deals):
        """Do the last thing of those that took two requests."""
        for deal in deals:
            if deal.fate == "steps":
                await self.release(deal)

    async def catch_up(self):
        """Do what earlier days put off until today."""
        for deal in self.deals:
            if deal.due <= self.today and deal.fate in {"later", "tomorrow"}:
                deal.fate = f"was {deal.fate}"
                self.done[deal.fate] += 1
                await (self.share(deal, rest=True) if deal.marked else self.refund(deal, 40))

    async def act_late(self, deals):
        """Give back what is on its way when the day ends."""
        for deal in deals:
            if deal.fate == "late":
                await self.refund(deal, 50)

    async def share(self, deal, *, rest=False, closed=False):
        """Distribute to one to three receivers, at most 12 percent of the order to all of them."""
        chosen = self.dice.sample(list(RECEIVERS), self.dice.randint(1, 3))
        shares = [
            Share(
                type=RECEIVERS[account],
                account=account,
                amount=max(1, deal.paid.amount * self.dice.randint(1, 4) // 100),
                description="a share, of the day",
            )
            for account in chosen
        ]
        number = self._order_no(deal)
        if closed:
            await self.sandbox.close(number, chosen[-1])
        self.under_way.append(
            await self.of(deal.sub).orders.create(
                deal.key, number, shares, unfreeze_unsplit=rest, appid=APP
            )
        )
        self.done["requests"] += 1

    async def release(self, deal):
        orders, number = self.of(deal.sub).orders, self._order_no(deal)
        self.under_way.append(await orders.unfreeze(deal.key, number, description="the rest"))
        self.done["releases"] += 1

    def _order_no(self, deal):
        deal.orders += 1
        return f"D-{deal.paid.out_trade_no}-{deal.orders}"

    async def refund(self, deal, percent):
        """Give a part back, unless the service says that there is too little today."""
        deal.refunds += 1
        amount = max(1, deal.paid.amount * percent // 100)
        try:
            refund = await self.of(deal.sub).refunds.create(
                transaction_id=deal.key,
                out_refund_no=f"R-{deal.paid.out_trade_no}-{deal.refunds}",
                refund=amount,
                total=deal.paid.amount,
                currency=deal.currency,
                sp_appid=APP,
            )
        except ServiceError as error:
            if error.code != "NOT_ENOUGH":
                raise
            self.done["refused refunds"] += 1
        else:
            self.refunding.append((deal.sub, refund.id))
            self.done["refunds"] += 1

    async def owe(self, deal):
        """Let the platform refund all of an order, out of money that later days bring."""
        number, amount = deal.paid.out_trade_no, deal.paid.amount
        told = await self.sandbox.refund(number, amount=amount, sub_mchid=deal.sub, owing=True)
        self.refunding.append((deal.sub, told["refund_id"]))
        self.done["refunds by the platform"] += 1

    async def look(self):
        """Ask what became of orders and refunds, and write it down."""
        orders = [
            await self.of(each.sub_mchid).orders.get(
                each.out_order_no, transaction_id=each.transaction_id
            )
            for each in self.under_way
        ]
        refunds = [
            (sub, await self.of(sub).refunds.get(refund_id=number))
            for sub, number in self.refunding
        ]
        self.journal.add(*orders, *(refund for _, refund in refunds))
        self.under_way = [each for each in orders if each.state != OrderState.FINISHED]
        self.refunding = [
            (sub, each.id) for sub, each in refunds if each.status != RefundStatus.SUCCESS
        ]

    async def count(self):
        """Ask how much is left of each marked order; of some nothing is told."""
        for deal in self.deals:
            if deal.marked:
                try:
                    told = await self.of(deal.sub).transactions.remaining(deal.key)
                except RequestRefused:
                    self.done["remaining not told"] += 1
                else:
                    self.journal.add(told)

"""One payment on the sandbox, from the mark to the last fen: what ``wxdist demo`` plays."""

from __future__ import annotations

import asyncio
import datetime as dt
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from wxdist import (
    DetailResult,
    Distribution,
    Receiver,
    Relation,
    Remaining,
    Session,
    Share,
    order_no,
)
from wxdist.cli.ending import Bill, Change, Ending, Received
from wxdist.cli.output import Screen, columns, pad, wrap, yuan
from wxdist.models import BEIJING, model
from wxdist.sandbox import Paid, Sandbox

OUT_TRADE_NO = "P20260105-0001"
AMOUNT = 128_800  #: fen that the payer pays
FEE_RATE = "0.006"
REASON = "RECEIVER_HIGH_RISK"  #: why the last share will not be paid
#: Real seconds that a second of the sandbox's clock takes while a person watches.
PACE_OF_FREEZING = 1 / 60
PACE_OF_ORDERS = 1 / 8
INTRODUCTION = (
    "One payment, from the mark to the last fen. No real money moves: a sandbox in",
    "this process plays WeChat Pay, on a clock of its own. Amounts are in yuan.",
)
PDF = b"%PDF-1.4\n% a demo document\n%%EOF\n"
INDENT = "   "


@model
class Partner:
    """Who is to receive a part."""

    account: str
    name: str
    relation: str
    amount: int  #: fen
    description: str


PARTNERS = (
    Partner(
        account="1900000101",
        name="深圳南山供应链有限公司",
        relation="SUPPLIER",
        amount=19_320,
        description="分给供应商",
    ),
    Partner(
        account="1900000102",
        name="Pearl River Trading Ltd",
        relation="DISTRIBUTOR",
        amount=12_880,
        description="Distributor, 10 %",
    ),
    Partner(
        account="1900000103",
        name="Harbour Tax Services",
        relation="TAX_SERVICE_PROVIDER",
        amount=3_864,
        description="Tax service, 3 %",
    ),
)


async def play(screen: Screen, *, hurry: float = 1) -> Ending:
    """Play the whole story and return how it ended.

    Args:
        screen: who watches. The sandbox's clock jumps from wait to wait, unless a person watches:
            then each second of it takes its time.
        hurry: how many times as fast as a person likes to watch.
    """
    async with Sandbox(fee_rate=FEE_RATE) as sandbox, sandbox.session() as session:
        return await _Story(screen, sandbox, session, hurry).tell()


class _Story:
    """The steps, in their order."""

    def __init__(self, screen: Screen, sandbox: Sandbox, session: Session, hurry: float) -> None:
        self._screen = screen
        self._sandbox = sandbox
        self._session = session
        self._hurry = hurry
        self._changes: list[Change] = []

    async def tell(self) -> Ending:
        self._screen.say(*INTRODUCTION)
        await self._add_receivers()
        paid = await self._pay()
        frozen = await self._wait_for_freezing(paid)
        order = await self._distribute(paid)
        rest = await self._release(paid)
        remaining = await self._ask_remaining(paid)
        return Ending(
            transaction_id=paid.transaction_id,
            payer=paid.amount,
            fee=paid.amount - frozen.unsplit_amount,
            sponsor=self._session.credentials.mchid,
            receivers=tuple(_received(partner, order) for partner in PARTNERS),
            released=rest.outcome.released,
            remaining=remaining.unsplit_amount,
            bill=await self._compare_bill(paid, order, rest),
            changes=tuple(self._changes),
        )

    async def _add_receivers(self) -> None:
        self._screen.heading("1  Three receivers are added, each with its two documents uploaded")
        for partner in PARTNERS:
            before, after = await self._add(partner)
            name = pad(partner.name, max(columns(each.name) for each in PARTNERS))
            self._say(f"{partner.account}  {name}  {before.state}, then {after.state}")
        self._say("An audit takes 3 to 5 working days. Here each is passed at once.")

    async def _add(self, partner: Partner) -> tuple[Relation, Relation]:
        """Add a receiver and let it pass its audit; return what it was before and after."""
        session = self._session
        receiver = Receiver(
            type="MERCHANT_ID",
            account=partner.account,
            name=partner.name,
            relation_type=partner.relation,
            application_file_id=await session.files.upload(PDF, filename="application.pdf"),
            partnership_file_id=await session.files.upload(PDF, filename="contract.pdf"),
        )
        before = await session.receivers.add(receiver)
        await self._sandbox.approve(partner.account)
        return before, await session.receivers.wait(partner.account, type="MERCHANT_ID")

    async def _pay(self) -> Paid:
        self._screen.heading("2  The order is marked for distribution, then placed and paid")
        await self._session.transactions.mark(OUT_TRADE_NO)
        self._say(f"order        {OUT_TRADE_NO}")
        paid = await self._sandbox.pay(OUT_TRADE_NO, amount=AMOUNT)
        self._say(f"transaction  {paid.transaction_id}")
        self._say(f"paid         {yuan(paid.amount)} at {paid.paid_at:%H:%M:%S} (Beijing time)")
        return paid

    async def _wait_for_freezing(self, paid: Paid) -> Remaining:
        self._screen.heading("3  The money freezes, which takes 3 to 5 minutes")
        async with self._ticking("freezing", PACE_OF_FREEZING):
            frozen = await self._session.transactions.wait_until_distributable(
                paid.transaction_id, paid_at=paid.paid_at
            )
        fee = yuan(paid.amount - frozen.unsplit_amount)
        amount = yuan(frozen.unsplit_amount)
        self._now(f"{amount} can be distributed: what was paid, less the fee of {fee}")
        return frozen

    async def _distribute(self, paid: Paid) -> Distribution:
        self._screen.heading("4  The money is distributed to the three")
        number = order_no(paid.transaction_id, "share", 1)
        await self._sandbox.close(number, PARTNERS[-1].account, REASON)
        shares = [
            Share(
                type="MERCHANT_ID",
                account=each.account,
                amount=each.amount,
                description=each.description,
            )
            for each in PARTNERS
        ]
        orders = self._session.with_options(poll_delays=(2.0,)).orders
        order = await orders.create(paid.transaction_id, number, shares, unfreeze_unsplit=False)
        self._say(f"order  {number}")
        self._tell_changes(None, order)
        async with self._ticking("waiting for the next change", PACE_OF_ORDERS):
            async for seen in orders.watch(order):
                self._tell_changes(order, seen)
                order = seen
        self._explain(order)
        return order

    def _tell_changes(self, before: Distribution | None, order: Distribution) -> None:
        """Tell what is not as *before*: first the details, then the order itself."""
        known = {each.detail_id: each.result for each in before.receivers} if before else {}
        for each in order.receivers:
            if known.get(each.detail_id) != each.result:
                self._note(order, each.account, each.result)
                amount = pad(yuan(each.amount), 8, right=True)
                self._now(f"{each.account}  {amount}  {self._painted(each.result)}")
        if before is None or before.state != order.state:
            self._note(order, None, order.state)
            self._now(f"the order is {order.state}")

    def _note(self, order: Distribution, account: str | None, state: str) -> None:
        at = self._beijing().isoformat()
        self._changes.append(
            Change(at=at, out_order_no=order.out_order_no, account=account, state=state)
        )

    def _painted(self, result: DetailResult) -> str:
        style = {DetailResult.SUCCESS: "green", DetailResult.CLOSED: "red"}.get(result)
        return self._screen.paint(result, style) if style else result

    def _explain(self, order: Distribution) -> None:
        self._screen.heading("5  FINISHED is not success: one share was not paid, and why")
        for each in order.receivers:
            if each.fail_reason:
                self._say(f"{each.account}  {each.fail_reason}")
                self._screen.say(*wrap(each.fail_reason.advice, first=INDENT, rest=INDENT))

    async def _release(self, paid: Paid) -> Distribution:
        self._screen.heading("6  What is left, the unpaid share too, is released to the sponsor")
        number = order_no(paid.transaction_id, "release")
        session = self._session
        rest = await session.orders.unfreeze(
            paid.transaction_id, number, description="Release the rest"
        )
        self._say(f"order  {number}")
        async with self._ticking("waiting for the release", PACE_OF_ORDERS):
            rest = await session.orders.wait(rest)
        self._tell_changes(None, rest)
        return rest

    async def _ask_remaining(self, paid: Paid) -> Remaining:
        left = await self._session.transactions.remaining(paid.transaction_id)
        self._now(f"{yuan(left.unsplit_amount)} remains to be distributed")
        return left

    async def _compare_bill(self, paid: Paid, order: Distribution, rest: Distribution) -> Bill:
        day = paid.paid_at.date()
        self._screen.heading(f"7  The bill of {day}, made by 10:00 of the next day")
        morning = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(10, 5), BEIJING)
        await self._sandbox.advance(morning.timestamp() - self._sandbox.clock.now())
        with tempfile.TemporaryDirectory() as folder:
            file = await self._session.bills.distribution(day).download(Path(folder, "bill.csv"))
            bill = Bill(day=str(day), rows=len(list(file.rows())), total=file.total)
        distributed, released = order.outcome.paid, rest.outcome.released
        self._now(f"{bill.rows} rows, total {yuan(bill.total)}")
        same = "the same" if bill.total == distributed + released else "NOT the same"
        self._say(f"{yuan(distributed)} distributed + {yuan(released)} released: {same}")
        return bill

    def _say(self, text: str) -> None:
        self._screen.say(INDENT + text)

    def _now(self, text: str) -> None:
        """Print what happened, with the time on the sandbox's clock."""
        self._say(f"{self._beijing():%H:%M:%S}  {text}")

    def _beijing(self) -> dt.datetime:
        """Return the time on the sandbox's clock."""
        return dt.datetime.fromtimestamp(self._sandbox.clock.now(), BEIJING)

    @asynccontextmanager
    async def _ticking(self, what: str, pace: float) -> AsyncIterator[None]:
        """Show the sandbox's clock moving while the block waits for it."""
        if not self._screen.live:
            yield
            return
        ticks = asyncio.create_task(self._tick(what, pace / self._hurry))
        try:
            yield
        finally:
            ticks.cancel()
            await asyncio.gather(ticks, return_exceptions=True)
            self._screen.clear()

    async def _tick(self, what: str, pace: float) -> None:
        clock = self._sandbox.clock
        while True:
            await clock.sleep(1)
            self._screen.progress(f"{INDENT}{self._beijing():%H:%M:%S}  {what} ...")
            with clock.busy():  # it stands still while we really sleep
                await asyncio.sleep(pace)


def _received(partner: Partner, order: Distribution) -> Received:
    """Return what became of *partner*'s share of *order*."""
    detail = next(each for each in order.receivers if each.account == partner.account)
    return Received(
        account=partner.account,
        name=partner.name,
        asked=partner.amount,
        paid=detail.amount if detail.result == DetailResult.SUCCESS else 0,
        result=detail.result,
        fail_reason=detail.fail_reason,
        advice=detail.fail_reason and detail.fail_reason.advice,
    )

"""A merchant's period in which everything agrees, to spoil one thing of it."""

import datetime as dt
import random
from collections import defaultdict

import attrs

from wxdist import models
from wxdist.models import DetailResult, DetailType
from wxdist.reconcile import KnownPayment, reconcile

BEIJING = dt.timezone(dt.timedelta(hours=8))
FIRST = dt.date(2026, 1, 5)
SPONSOR = "1900000100"
SUBS = ("1900000201", "1900000202")
RATE = 83_640_300
DAY = dt.timedelta(days=1)


def exchanged(fen):
    return fen * 10**8 // RATE


@attrs.define
class Books:
    """What happened; each list is one source."""

    days: int = 5
    seed: int = 0
    payments: list = attrs.field(factory=list)
    orders: list = attrs.field(factory=list)
    repaid: list = attrs.field(factory=list)
    drows: dict = attrs.field(factory=lambda: defaultdict(list))
    rrows: dict = attrs.field(factory=lambda: defaultdict(list))
    srows: dict = attrs.field(factory=lambda: defaultdict(list))
    batches: list = attrs.field(factory=list)
    dice: random.Random = attrs.field(init=False)
    count: int = 0
    told: bool = True  #: whether the refund bill tells what was advanced

    def __attrs_post_init__(self):
        self.dice = random.Random(self.seed)

    @property
    def last(self):
        return FIRST + (self.days - 1) * DAY

    def number(self, prefix, width=28):
        self.count += 1
        return prefix + str(self.count).rjust(width - len(prefix), "0")

    def moment(self, day, *, late=False):
        hour = self.dice.randrange(12, 20) if late else self.dice.randrange(1, 12)
        return dt.datetime.combine(day, dt.time(hour, self.dice.randrange(60), 7), BEIJING)

    def marked(self, day, amount, *, sub=SUBS[0], shares=(), release=True, refund=0, told=True):
        """A marked payment with its distribution, release and refund, all on one day."""
        fee = amount // 100
        paid = self._pay(day, amount, sub, marked=True, fee=fee)
        left = amount - fee
        returned = refund // 100
        if refund:
            self.refund(paid, day, refund, returned)
            left -= refund - returned
        for share in shares:
            self.order(paid, day, share)
            left -= share
        if release and left:
            self.order(paid, day, left, released=True)
            left = 0
        if told:
            self.payments[-1] = attrs.evolve(paid, remaining=left)
        return paid

    def ordinary(self, day, amount, *, sub=SUBS[0], refund=0):
        """A payment without funds distribution."""
        paid = self._pay(day, amount, sub, marked=False, fee=exchanged(amount) // 100)
        if refund:
            self.refund(paid, day, refund, exchanged(refund) // 100)
        return paid

    def order(self, paid, day, amount, *, released=False, result=DetailResult.SUCCESS):
        """One order with one detail."""
        when = self.moment(day)
        ended = when + dt.timedelta(seconds=20)
        detail = models.Detail(
            currency="CNY",
            amount=amount,
            description="share" if not released else "rest",
            type=models.ReceiverType.MERCHANT_ID,
            account=SPONSOR if released else self.number("19", 10),
            result=result,
            create_time=when,
            finish_time=None if result == DetailResult.PENDING else ended,
            detail_id=self.number("36"),
            detail_type=DetailType.UNFREEZE_TO_SPONSOR
            if released
            else DetailType.DISTRIBUTE_TO_OTHERS,
            settlement_currency="HKD" if released else None,
            settlement_amount=exchanged(amount) if released else None,
            rate=RATE if released else None,
        )
        order = models.Distribution(
            sub_mchid=paid.sub_mchid,
            transaction_id=paid.transaction_id,
            out_order_no=self.number("D"),
            order_id=self.number("30"),
            state=models.OrderState.FINISHED,
            receivers=(detail,),
        )
        self.orders.append(order)
        if result == DetailResult.SUCCESS:
            self.drows[day].append(self._drow(order, detail))
        return order

    def _pay(self, day, amount, sub, *, marked, fee):
        paid = KnownPayment(
            transaction_id=self.number("42"),
            out_trade_no=self.number("P"),
            amount=amount,
            currency="CNY",
            paid_at=self.moment(day),
            marked=marked,
            sub_mchid=sub,
            rate=None if marked else RATE,
        )
        self.payments.append(paid)
        self.srows[day].append(self._statement(paid, fee))
        return paid

    def refund(self, paid, day, amount, fee):
        when = self.moment(day, late=True)
        refund = models.Refund(
            id=self.number("50"),
            out_refund_no=self.number("R"),
            transaction_id=paid.transaction_id,
            out_trade_no=paid.out_trade_no,
            create_time=when,
            status=models.RefundStatus.SUCCESS,
            amount=models.RefundAmount(
                refund=amount, currency="CNY", payer_refund=amount, payer_currency="CNY"
            ),
        )
        self.repaid.append(refund)
        self.srows[day].append(self._statement(paid, fee, refund))
        if paid.marked:
            self.rrows[day].append(
                models.RefundRow(
                    refund_apply_time=when.isoformat(),
                    refund_success_time="",
                    refund_id=refund.id,
                    out_refund_no=refund.out_refund_no,
                    transaction_id=paid.transaction_id,
                    out_transaction_id=paid.out_trade_no,
                    refund_fee=amount,
                    currency="CNY",
                    coupon_refund_amount=None,
                    payer_refund_amount=amount,
                    payer_refund_currency="CNY",
                    rate="",
                    refund_source="REFUND_SOURCE_UNSETTLED_FUNDS",
                    extra={"advanced": "0.00"} if self.told else {},
                )
            )

    def _drow(self, order, detail):
        released = detail.detail_type == DetailType.UNFREEZE_TO_SPONSOR
        return models.DistributionRow(
            create_time=detail.create_time.isoformat(),
            initiator=SPONSOR,
            sponsor=SPONSOR,
            sub_mchid=order.sub_mchid or "",
            transaction_id=order.transaction_id,
            order_id=order.order_id,
            out_order_no=order.out_order_no,
            detail_id=detail.detail_id,
            receiver_account=detail.account,
            amount=detail.amount,
            currency="CNY",
            settlement_amount=detail.settlement_amount,
            settlement_currency="HKD" if released else "",
            exchange_rate=str(RATE) if released else "",
            business_type=detail.detail_type.value,
            status="SUCCESS",
            description=detail.description,
        )

    def _statement(self, paid, fee, refund=None):
        values = {each.name: "" for each in attrs.fields(models.StatementRow)}
        values |= {name: None for name in values if "amount" in name or name == "fee"}
        values |= {"prepaid_coupon_refund": None, "coupon_refund": None}
        del values["extra"]
        when = paid.paid_at if refund is None else refund.create_time
        currency = "CNY" if paid.marked else "HKD"
        values |= {
            "transaction_time": when.isoformat(),
            "mchid": SPONSOR,
            "sub_mchid": paid.sub_mchid or "",
            "transaction_id": paid.transaction_id,
            "out_trade_no": paid.out_trade_no,
            "currency": "CNY",
            "amount": paid.amount,
            "settlement_currency": currency,
        }
        settle = (lambda fen: fen) if paid.marked else exchanged
        rate = "" if paid.marked else str(RATE)
        if refund is None:
            more = {
                "trade_state": "SUCCESS",
                "fee": fee,
                "payer_currency": "CNY",
                "payer_amount": paid.amount,
                "settlement_amount": settle(paid.amount),
                "payment_rate": rate,
            }
        else:
            more = {
                "trade_state": "REFUND",
                "refund_id": refund.id,
                "out_refund_no": refund.out_refund_no,
                "refund_state": "PROCESSING",
                "fee": -fee,
                "refund_rate": rate,
                "refund_amount": refund.amount.refund,
                "payer_refund_currency": "CNY",
                "payer_refund_amount": refund.amount.refund,
                "refund_settlement_currency": currency,
                "refund_settlement_amount": settle(refund.amount.refund),
            }
        return models.StatementRow(**values | more)

    def settle(self, *, open_days=1):
        """Make the batches of all days, paid out on the next one; the last ones are not yet."""
        for number in range(self.days):
            day = FIRST + number * DAY
            freed = sum(r.settlement_amount for r in self.drows.get(day, ()) if r.released)
            mine = [r for r in self.srows.get(day, ()) if r.settlement_currency == "HKD"]
            paid = sum(r.settlement_amount for r in mine if not r.is_refund)
            back = sum(r.refund_settlement_amount for r in mine if r.is_refund)
            fee = sum(r.fee for r in mine)
            if not (freed or mine):
                continue
            done = number < self.days - open_days
            net = freed + paid - back - fee
            self.batches.append(
                models.Settlement(
                    batch_id=f"{day:%Y%m%d}001",
                    settlement_date=day + DAY,
                    trade_start_date=day,
                    trade_end_date=day,
                    amount=models.SettlementAmount(
                        settled=net if done else 0,
                        unsettle=0 if done else net,
                        currency="HKD",
                        pay=freed + paid,
                        refund=back,
                        net=net,
                        fee=fee,
                    ),
                    split_amount=models.SplitAmount(
                        settled=freed if done else 0,
                        unsettle=0 if done else freed,
                        currency="HKD",
                        pay=freed,
                        refund=0,
                    ),
                )
            )
        return self

    def known(self):
        return [*self.payments, *self.orders, *self.repaid]

    def reconcile(self, **changes):
        """Hold them together."""
        given = {
            "first": FIRST,
            "last": self.last,
            "distribution": list(self.drows.items()),
            "refunds": list(self.rrows.items()),
            "statements": list(self.srows.items()),
            "settlements": self.batches,
        }
        return reconcile(changes.pop("known", self.known()), **given | changes)


def usual_books(seed=0, days=4, *, twice=False):
    """A few payments of each kind on each day."""
    books = Books(days=days, seed=seed)
    for number in [*range(days), *(range(days) if twice else ())]:
        day, cents = FIRST + number * DAY, number * 10
        books.marked(day, 10_000 + cents, shares=(1_000 + cents, 2_000), sub=SUBS[0])
        books.marked(day, 20_000 + cents, shares=(3_000,), sub=SUBS[1])
        books.marked(day, 8_000 + cents, release=False, sub=SUBS[1])
        books.marked(day, 30_000 + cents, shares=(500,), refund=10_000, sub=SUBS[0])
        books.ordinary(day, 5_000 + cents, sub=SUBS[0])
        books.ordinary(day, 70_000 + cents, refund=6_000, sub=SUBS[1])
    return books.settle()

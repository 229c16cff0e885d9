"""Whatever is asked, and in whatever order, the money adds up."""

from contextlib import suppress
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from wxdist.models import OrderState
from wxdist.sandbox.rules.refusal import Refused

TRADES = [f"P2015080612534{digit}" for digit in range(3)]
ACCOUNTS = ["A1", "A2", "1900000001"]
NUMBERS = ["D1", "D2", "D3", "D4"]

steps = st.lists(
    st.one_of(
        st.tuples(st.just("mark"), st.sampled_from(TRADES)),
        st.tuples(st.just("pay"), st.sampled_from(TRADES), st.integers(1, 2_000_000)),
        st.tuples(
            st.just("create"),
            st.sampled_from(TRADES),
            st.sampled_from(NUMBERS),
            st.dictionaries(st.sampled_from(ACCOUNTS), st.integers(1, 400_000), max_size=3),
            st.booleans(),
        ),
        st.tuples(st.just("unfreeze"), st.sampled_from(TRADES), st.sampled_from(NUMBERS)),
        st.tuples(st.just("add"), st.sampled_from(ACCOUNTS[:2])),
        st.tuples(st.just("approve"), st.sampled_from(ACCOUNTS[:2])),
        st.tuples(st.just("delete"), st.sampled_from(ACCOUNTS[:2])),
        st.tuples(st.just("close"), st.sampled_from(NUMBERS), st.sampled_from(ACCOUNTS)),
        st.tuples(st.just("go"), st.sampled_from([1, 3, 300, 40_000, 86_400 * 5, 86_400 * 181])),
    ),
    min_size=8,
    max_size=40,
)


class Run:
    """Takes one step after the other; what is refused changes nothing."""

    def __init__(self, p):
        self.p = p
        self.paid = {}
        self.states = {}

    def take(self, kind, *arguments):
        with suppress(Refused, ValueError, KeyError):
            getattr(self, kind)(*arguments)
        self.p.go(0)
        self.only_forward()

    def mark(self, trade):
        self.p.world.payments.mark("", trade, "CNY")

    def pay(self, trade, amount):
        self.paid[trade] = self.p.paid(amount, trade, mark=False)

    def create(self, trade, number, shares, unfreeze):
        asks = [self.p.ask(account, amount) for account, amount in shares.items()]
        self.p.create(self.paid[trade], *asks, number=number, unfreeze=unfreeze)

    def unfreeze(self, trade, number):
        self.p.unfreeze(self.paid[trade], number)

    def add(self, account):
        self.p.add(account)

    def approve(self, account):
        self.p.world.receivers.approve(account, None)

    def delete(self, account):
        self.p.world.receivers.delete(("", self.p.ask().type, account), None, None)

    def close(self, number, account):
        self.p.world.orders.arm(number, account, "DEFAULT_ERROR")

    def go(self, seconds):
        self.p.go(seconds)

    def only_forward(self):
        for order_id, order in self.p.world.state.orders.items():
            if self.states.get(order_id) == OrderState.FINISHED:
                assert OrderState.FINISHED == order.state
            self.states[order_id] = order.state


@settings(max_examples=120, deadline=None)
@given(steps, st.sampled_from(["frozen", "sponsor"]), st.sampled_from(["0", "0.006", "0.499"]))
def test_money_adds_up(play, taken, closed_money, fee_rate):
    """After every step, refused or not, the books hold and no order goes backwards."""
    run = Run(play(closed_money=closed_money, fee_rate=Fraction(fee_rate), max_ratio="1"))
    for account in ACCOUNTS[:2]:
        run.p.receiver(account)
    for trade in TRADES:
        run.mark(trade)
    for trade in TRADES[:2]:
        run.pay(trade, 100_000)
    run.p.go(300)

    for step in taken:
        run.take(*step)

    paid = sum(payment.amount for payment in run.paid.values())
    outside = sum(
        -run.p.world.state.ledger.balance(("payer", payment.transaction_id))
        for payment in run.paid.values()
    )
    assert paid == outside

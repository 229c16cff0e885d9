"""What can go wrong in the settlement records."""

import datetime as dt

import attrs

from .discrepancies import discrepancy, only


def paid_out(record):
    return record.amount.settled != 0


def put(copy, old, new):
    copy.settlements[copy.settlements.index(old)] = new


def amounts(copy, record, **more):
    """Change amounts of a record by so much."""
    amount = record.amount
    changed = {name: getattr(amount, name) + each for name, each in more.items()}
    put(copy, record, attrs.evolve(record, amount=attrs.evolve(amount, **changed)))


def split(copy, record, **more):
    """Likewise of its part of funds distribution."""
    amount = record.split_amount
    changed = {name: getattr(amount, name) + each for name, each in more.items()}
    put(copy, record, attrs.evolve(record, split_amount=attrs.evolve(amount, **changed)))


def wrong(record, field, kind="sum"):
    return only(kind, "settlement", field, batch_id=record.batch_id)


@discrepancy
def batch_missing(copy):
    """A day has no record, though later days have."""
    record = copy.one(copy.settlements, paid_out)
    copy.settlements.remove(record)
    return only("missing_there", "settlement", trade_date=str(record.trade_start_date))


@discrepancy
def batch_doubled(copy):
    """A record comes twice."""
    record = copy.one(copy.settlements)
    copy.settlements.append(record)
    return wrong(record, None, "doubled")


@discrepancy
def batch_doubled_under_another_number(copy):
    """A day is settled twice, by two records."""
    record = copy.one(copy.settlements, paid_out)
    number = f"{record.batch_id[:-3]}777"
    copy.settlements.append(attrs.evolve(record, batch_id=number))
    return only("doubled", "settlement")


@discrepancy
def batch_pay_wrong(copy):
    """A cent more is said to have come in, and is settled."""
    record = copy.one(copy.settlements, paid_out)
    amounts(copy, record, pay=1, net=1, settled=1)
    return wrong(record, "pay")


@discrepancy
def batch_pay_misprinted(copy):
    """A cent more is said to have come in; all else is right."""
    record = copy.one(copy.settlements, paid_out)
    amounts(copy, record, pay=1)
    return wrong(record, "pay")


@discrepancy
def batch_refund_wrong(copy):
    """A cent more is said to have gone back."""
    record = copy.one(copy.settlements, paid_out)
    amounts(copy, record, refund=1, net=-1, settled=-1)
    return wrong(record, "refund")


@discrepancy
def batch_fee_wrong(copy):
    """A cent more is taken as the fee."""
    record = copy.one(copy.settlements, paid_out)
    amounts(copy, record, fee=1, net=-1, settled=-1)
    return wrong(record, "fee")


@discrepancy
def batch_net_wrong(copy):
    """The net is not what came in, less what went back, less the fee."""
    record = copy.one(copy.settlements, paid_out)
    amounts(copy, record, net=-100)
    return wrong(record, "net")


@discrepancy
def batch_settled_too_little(copy):
    """A yuan of what was due did not arrive."""
    record = copy.one(copy.settlements, paid_out)
    amounts(copy, record, settled=-100)
    return wrong(record, "settled")


@discrepancy
def batch_in_a_wrong_currency(copy):
    """A record is in another currency than the money of its day."""
    record = copy.one(copy.settlements, paid_out)
    money = attrs.evolve(record.amount, currency="USD")
    part = attrs.evolve(record.split_amount, currency="USD")
    put(copy, record, attrs.evolve(record, amount=money, split_amount=part))
    return wrong(record, "currency", "differs")


@discrepancy
def split_in_a_wrong_currency(copy):
    """The part of funds distribution is in another currency than the whole."""
    record = copy.one(copy.settlements)
    part = attrs.evolve(record.split_amount, currency="USD")
    put(copy, record, attrs.evolve(record, split_amount=part))
    return wrong(record, "split_amount.currency", "differs")


@discrepancy
def paid_out_on_a_holiday(copy):
    """A payout is said to have been on the lunar new year."""
    due = dt.date(2026, 2, 23)
    record = copy.one(copy.settlements, lambda s: s.settlement_date == due)
    put(copy, record, attrs.evolve(record, settlement_date=dt.date(2026, 2, 18)))
    return wrong(record, "settlement_date", "differs")


@discrepancy
def paid_out_on_a_weekend(copy):
    """A payout is said to have been on the Sunday before."""
    record = copy.one(
        copy.settlements,
        lambda s: paid_out(s) and s.settlement_date.isoweekday() == 1,
    )
    sunday = record.settlement_date - dt.timedelta(days=1)
    put(copy, record, attrs.evolve(record, settlement_date=sunday))
    return wrong(record, "settlement_date", "differs")


@discrepancy
def paid_out_before_the_exchange(copy):
    """A payout is said to have been on the very day of trade."""
    record = copy.one(copy.settlements, paid_out)
    put(copy, record, attrs.evolve(record, settlement_date=record.trade_start_date))
    return wrong(record, "settlement_date", "differs")


@discrepancy
def paid_out_late(copy):
    """A payout is said to have been a week late."""
    record = copy.one(copy.settlements, paid_out)
    late = record.settlement_date + dt.timedelta(days=7)
    put(copy, record, attrs.evolve(record, settlement_date=late))
    return wrong(record, "settlement_date", "differs")


@discrepancy
def batch_of_a_wrong_day(copy):
    """A record is said to be of a day on which nothing happened."""
    record = copy.one(copy.settlements, paid_out)
    day = dt.date(2026, 2, 17)
    put(copy, record, attrs.evolve(record, trade_start_date=day, trade_end_date=day))
    return wrong(record, "trade_start_date", "differs")


@discrepancy
def split_pay_wrong(copy):
    """A cent more is said to have been released."""
    record = copy.one(copy.settlements, paid_out)
    split(copy, record, pay=1)
    return wrong(record, "split_amount.pay")


@discrepancy
def split_refund_wrong(copy):
    """A cent more is said to have gone back out of released money."""
    record = copy.one(copy.settlements, paid_out)
    split(copy, record, refund=1)
    return wrong(record, "split_amount.refund")


@discrepancy
def split_settled_wrong(copy):
    """Of the released money a yuan less is said to have been settled."""
    record = copy.one(copy.settlements, paid_out)
    split(copy, record, settled=-100)
    return wrong(record, "split_amount.settled")


@discrepancy
def money_of_nobody(copy):
    """A record is of a day on which nothing happened."""
    record = copy.one(copy.settlements, paid_out)
    day = dt.date(2026, 2, 17)
    new = attrs.evolve(record, batch_id="20260217001", trade_start_date=day, trade_end_date=day)
    copy.settlements.append(new)
    return wrong(new, None, "missing_here")


@discrepancy
def amounts_of_two_batches_swapped(copy):
    """Two records have each other's amounts."""
    one = copy.one(copy.settlements, paid_out)
    other = copy.one(copy.settlements, lambda s: paid_out(s) and s.amount != one.amount)
    for here, there in ((one, other), (other, one)):
        new = attrs.evolve(here, amount=there.amount, split_amount=there.split_amount)
        put(copy, here, new)
    field = "trade_start_date"
    return wrong(one, field, "differs") + wrong(other, field, "differs")

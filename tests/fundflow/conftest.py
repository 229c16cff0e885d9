"""Rows and records with what a test cares about; everything else is empty."""

import datetime as dt

import attrs
import pytest

from wxdist.models import DistributionRow, Settlement, SettlementAmount, SplitAmount, StatementRow


def blank(cls, **given):
    """Return a row of a bill with empty texts and no amounts, but for what is given."""
    fields = [field for field in attrs.fields(cls) if field.default is attrs.NOTHING]
    empty = {field.name: "" if field.type == "str" else None for field in fields}
    return cls(**empty | given)


@pytest.fixture
def payment():
    """Return a maker of an ordinary payment's row."""

    def make(sub_mchid, amount, *, fee=0, currency="HKD", **more):
        return blank(
            StatementRow,
            sub_mchid=sub_mchid,
            settlement_currency=currency,
            settlement_amount=amount,
            fee=fee,
            **more,
        )

    return make


@pytest.fixture
def refund():
    """Return a maker of a refund's row, of an ordinary payment."""

    def make(sub_mchid, amount, *, fee=0, currency="HKD", **more):
        return blank(
            StatementRow,
            sub_mchid=sub_mchid,
            refund_id="R",
            settlement_currency=currency,
            settlement_amount=999_999,  # of the payment, repeated for reference
            refund_settlement_currency=currency,
            refund_settlement_amount=amount,
            fee=fee,
            **more,
        )

    return make


@pytest.fixture
def release():
    """Return a maker of the row of money that was released to the sponsor."""

    def make(sub_mchid, amount, *, currency="HKD", **more):
        return blank(
            DistributionRow,
            sub_mchid=sub_mchid,
            settlement_currency=currency,
            settlement_amount=amount,
            amount=1,
            **more,
        )

    return make


@pytest.fixture
def batch():
    """Return a maker of a settlement record."""

    def make(day, *, paid_on=None, until=None, currency="HKD", split_pay=None, **amounts):
        sums = dict.fromkeys(("settled", "unsettle", "pay", "refund", "net", "fee"), 0) | amounts
        split = split_pay is not None and SplitAmount(
            settled=0, unsettle=0, currency=currency, pay=split_pay, refund=0
        )
        return Settlement(
            batch_id="B",
            settlement_date=paid_on or day + dt.timedelta(days=1),
            trade_start_date=day,
            trade_end_date=until or day,
            amount=SettlementAmount(currency=currency, **sums),
            split_amount=split or None,
        )

    return make

"""What is asked for and told about payments and refunds."""

import json

import pytest

from wxdist import InvalidInput, RefundSource, RefundStatus, TradeState
from wxdist.models import CreateRefund, Payer, Refund, RefundAsked, RefundPage, Transaction
from wxdist.wire import codec

from ..service_side import PAYMENT, REFUND


def load(cls, said):
    return codec.load(cls, json.dumps(said).encode())


ASKED = RefundAsked(refund=1, total=2)


@pytest.mark.parametrize("numbers", [{}, {"transaction_id": "42", "out_trade_no": "P1"}], ids=str)
def test_a_refund_is_of_one_payment(numbers):
    """A payment is named by exactly one of its numbers."""
    with pytest.raises(InvalidInput, match="exactly one"):
        CreateRefund(out_refund_no="R-1", amount=ASKED, **numbers)


def test_no_more_than_the_total():
    """No more can go back than the order's total."""
    with pytest.raises(InvalidInput, match=r"^refund: must be at most the total, 2"):
        RefundAsked(refund=3, total=2)


@pytest.mark.parametrize("key", ["id", "transaction_id"])
def test_the_number_of_a_payment_has_two_names(key):
    """Either name of the number is read, and gives both."""
    seen = load(Transaction, {**PAYMENT, key: "42"})

    assert ("42", "42") == (seen.id, seen.transaction_id)
    assert TradeState.SUCCESS == seen.trade_state


@pytest.mark.parametrize("key", ["id", "transaction_id"])
def test_the_number_of_a_page_has_two_names(key):
    """So it is of the payment whose refunds are listed."""
    page = {"amount": {}, "data": [], "total_num": 0, "current_total_num": 0}

    assert "42" == load(RefundPage, {**page, key: "42"}).transaction_id


@pytest.mark.parametrize("key", ["detail", "refund_detail"])
def test_the_coupon_part_has_two_names(key):
    """Either name of the coupon part is read; what it does not know is kept."""
    coupon = {"promotion_id": "109519", "scope": "SINGLE", "refund_amount": 5, "new": 1}

    seen = load(Refund, {**REFUND, key: coupon})

    assert ("109519", 5, {"new": 1}) == (
        seen.detail.promotion_id,
        seen.detail.refund_amount,
        seen.detail.extra,
    )
    assert {} == seen.extra
    assert seen.id == seen.refund_id


def test_a_promotion_keeps_its_goods():
    """The goods of a coupon are kept as they came."""
    promotion = {"promotion_id": "109519", "goods_detail": [{"goods_id": "G1", "quantity": 2}]}

    seen = load(Transaction, {**PAYMENT, "id": "42", "promotion_detail": [promotion]})

    assert ({"goods_id": "G1", "quantity": 2},) == seen.promotion_detail[0].goods_detail


@pytest.mark.parametrize(
    ("said", "expected", "known"),
    [
        ("SUCCESS", RefundStatus.SUCCESS, True),
        ("CLOSED", RefundStatus.REFUNDCLOSE, True),
        ("NEW", "NEW", False),
    ],
)
def test_statuses(said, expected, known):
    """Both spellings of a closed refund are one; an unknown status survives."""
    status = load(Refund, {**REFUND, "status": said}).status

    assert (expected, known) == (status, status.known)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("REFUND_SOURCE_REchARGE_FUNDS", RefundSource.REFUND_SOURCE_RECHARGE_FUNDS),
        ("REFUND_SOURCE_UNSETTLED_FUNDS", RefundSource.REFUND_SOURCE_UNSETTLED_FUNDS),
        ("New", "New"),
    ],
)
def test_sources(said, expected):
    """The funds are read without regard to case; unknown ones survive as they came."""
    assert expected == load(Refund, {**REFUND, "fund_source": said}).fund_source


def test_a_source_is_a_text():
    """What is no text is no source."""
    with pytest.raises(ValueError, match="5"):
        RefundSource(5)


def test_payers_and_accounts_are_not_shown():
    """Neither an OpenID nor the account of a payer is in the text of a model."""
    refund = load(Refund, {**REFUND, "recv_account": "S3cret"})

    assert "S3cret" not in f"{refund!r}{Payer(openid='S3cret', sub_openid='S3cret')!r}"

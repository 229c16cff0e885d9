"""Notices as values: what they say, and what they do not show."""

import copy
import datetime as dt
import json
import pickle

import pytest

from wxdist import EventType, Notice, NoticeAnswer, NoticeMeta, RefundNotice, RefundStatus
from wxdist.models import SealedNotice, SealedResource, Transaction
from wxdist.wire import codec

NOW = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)
META = NoticeMeta(request_id="08A1-0", signed_at=NOW, serial="5F")
REFUND = RefundNotice(id="50000001", out_refund_no="R-1", recv_account="S3cret")


def load(cls, said):
    return codec.load(cls, json.dumps(said).encode())


def noticed(resource, **more):
    return Notice(id="EV-1", create_time=NOW, event_type=EventType("X"), resource=resource, **more)


@pytest.mark.parametrize("key", ["id", "refund_id"])
def test_the_number_of_a_refund_has_two_names(key):
    """Either name of the number is read, and gives both."""
    seen = load(RefundNotice, {key: "50", "out_refund_no": "R-1"})

    assert ("50", "50") == (seen.id, seen.refund_id)
    assert (None, None, None) == (seen.status, seen.amount, seen.success_time)


@pytest.mark.parametrize("key", ["status", "refund_status"])
def test_the_status_of_a_refund_has_two_names(key):
    """Either name of the status is read, and CLOSED is what queries call REFUNDCLOSE."""
    seen = load(RefundNotice, {"id": "50", "out_refund_no": "R-1", key: "CLOSED"})

    assert RefundStatus.REFUNDCLOSE is seen.status


@pytest.mark.parametrize("key", ["recv_account", "user_received_account"])
def test_the_account_of_a_refund_has_two_names(key):
    """Either name of the payer's account is read, and it is not shown."""
    seen = load(RefundNotice, {"id": "50", "out_refund_no": "R-1", key: "S3cret"})

    assert "S3cret" == seen.recv_account
    assert "S3cret" not in f"{seen!r}"


def test_what_is_new_in_a_refund():
    """Fields that this version does not know are kept, at both depths."""
    said = {"id": "50", "out_refund_no": "R-1", "new": 1, "amount": {"refund": 1, "newer": 2}}

    seen = load(RefundNotice, said)

    assert ({"new": 1}, {"newer": 2}, 1) == (seen.extra, seen.amount.extra, seen.amount.refund)


def test_the_envelope_without_what_may_be_missing():
    """The words for people and the associated data may be left out."""
    inner = {"algorithm": "A", "ciphertext": "S3cret", "nonce": "n"}
    said = {"id": "1", "create_time": "2026-01-05T00:00:00Z", "event_type": "X", "resource": inner}

    seen = load(SealedNotice, said)

    assert (
        SealedNotice(
            id="1",
            create_time=NOW,
            event_type=EventType("X"),
            resource=SealedResource(algorithm="A", ciphertext="S3cret", nonce="n"),
        )
        == seen
    )
    assert "S3cret" not in f"{seen!r}"


@pytest.mark.parametrize("event", EventType)
def test_events_are_known(event):
    """A documented event is known by its text, and by that alone."""
    assert EventType(event.value).known
    assert not EventType(event.name).known


def test_what_it_is_about():
    """A notice tells a payment from a refund, and both from what it does not know."""
    refund, other = noticed(REFUND), noticed({"a": 1})

    assert (REFUND, None) == (refund.refund, refund.transaction)
    assert (None, None) == (other.refund, other.transaction)


@pytest.mark.parametrize(
    ("raw", "sub_mchid"), [({"sub_mchid": "19"}, "19"), ({"sub_mchid": 19}, None), ({}, None)]
)
def test_for_whom_it_is(raw, sub_mchid):
    """The sub-merchant is told as it came, whatever the event."""
    assert sub_mchid == noticed(raw, raw=raw).sub_mchid


def test_how_it_came_is_not_compared():
    """A repeat, and the same in other words, equals the first; how it came shows nowhere."""
    one, two = noticed(REFUND, raw={"openid": "S3cret"}, meta=META), noticed(REFUND)

    assert one == two
    assert f"{one!r}" == f"{two!r}"
    assert "S3cret" not in f"{one!r}"


def test_what_is_not_typed_is_not_shown():
    """Of an unknown event only the number of its fields is shown."""
    assert "resource=<2 fields>" in f"{noticed({'openid': 'S3cret', 'x': 1})!r}"


@pytest.mark.parametrize(
    "again", [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))]
)
def test_notices_can_be_copied(again):
    """A notice can be copied, or handed to another process, with all that it carries."""
    notice = noticed(REFUND, raw={"a": 1}, meta=META)

    other = again(notice)

    assert (notice, notice.raw, notice.meta) == (other, other.raw, other.meta)
    assert "08A1-0" == other.meta.request_id


def test_answers_are_values():
    """An answer is what it says."""
    facts = {"status": 204, "headers": {}, "body": b""}

    assert NoticeAnswer(**facts) == NoticeAnswer(**facts)


def test_a_payment_hides_its_payer():
    """Who paid is in the payment, and not in the text of its notice."""
    said = {
        "transaction_id": "42",
        "out_trade_no": "P20150806125346",
        "trade_type": "APP",
        "bank_type": "CMC",
        "trade_state": "SUCCESS",
        "trade_state_desc": "paid",
        "payer": {"sp_openid": "S3cret", "sub_openid": "S3cret"},
        "amount": {"total": 1, "payer_total": 1, "currency": "CNY", "payer_currency": "CNY"},
    }

    notice = noticed(load(Transaction, said), raw=said)

    assert "S3cret" == notice.transaction.payer.sp_openid
    assert "S3cret" not in f"{notice!r}"

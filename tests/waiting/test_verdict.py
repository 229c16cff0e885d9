"""What answers and errors mean for a wait, as tables."""

import datetime as dt

import pytest

from wxdist import (
    ConfigurationError,
    DetailsClosed,
    InvalidInput,
    NoAnswer,
    NoPermission,
    NotDistributable,
    NotFound,
    NotFresh,
    NotSent,
    OutcomeUnknown,
    ParameterRefused,
    ReceiverRefused,
    RequestRefused,
    ServiceBroken,
    ServiceError,
    SignatureInvalid,
    SignatureRefused,
    TooManyRequests,
)
from wxdist.models import (
    Detail,
    DetailResult,
    DetailType,
    Distribution,
    FailReason,
    OrderState,
    ReceiverType,
    Relation,
    RelationState,
    RelationType,
)
from wxdist.waiting.verdict import (
    Verdict,
    judge_anything,
    judge_order,
    judge_paid,
    judge_relation,
    not_found_yet,
    not_frozen_yet,
    passing,
)

OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"

#: Each error, and whether it says nothing of the thing that is waited for.
PASSING = [
    (NotSent("no connection"), True),
    (NotSent("the session is closed", again=False), False),
    (NoAnswer("cut"), True),
    (TooManyRequests(429, verified=True), True),
    (TooManyRequests(429), True),
    (ServiceBroken(500, verified=True), True),
    (ServiceBroken(503), True),
    (ServiceError(418), True),
    (ServiceError(418, verified=True), False),
    (RequestRefused(400), True),
    (RequestRefused(400, verified=True), False),
    (ParameterRefused(400), True),
    (ParameterRefused(400, verified=True), False),
    (SignatureRefused(401), True),
    (SignatureRefused(401, verified=True), False),
    (NoPermission(403), True),
    (NoPermission(403, verified=True), False),
    (NotFound(404), True),
    (NotFound(404, verified=True), False),
    (InvalidInput("deadline", "wrong"), False),
    (ConfigurationError("wrong"), False),
    (SignatureInvalid("Wechatpay-Signature", "wrong"), False),
    (NotFresh("Wechatpay-Timestamp", "old"), False),
    (OutcomeUnknown("orders.create", {}, NoAnswer("cut")), False),
]


def named(value):
    kind = type(value).__name__
    return f"{kind} verified" if getattr(value, "verified", False) else kind


def detail(result="SUCCESS", amount=100, **changes):
    known = {
        "currency": "CNY",
        "amount": amount,
        "description": "a share",
        "type": ReceiverType.PERSONAL_OPENID,
        "account": OPENID,
        "result": DetailResult(result),
        "create_time": dt.datetime(2026, 1, 5, 1, tzinfo=dt.UTC),
    }
    return Detail(**known | changes)


def order(state, *details):
    return Distribution(
        transaction_id="4200000001202601050000000001",
        out_order_no="D-1",
        order_id="3008450740201411110007820472",
        state=OrderState(state),
        receivers=details,
    )


def relation(state, **facts):
    return Relation(
        type=ReceiverType.PERSONAL_OPENID,
        account=OPENID,
        relation_type=RelationType.CUSTOM,
        state=None if state is None else RelationState(state),
        **facts,
    )


@pytest.mark.parametrize(
    ("seen", "finished", "paid"),
    [
        (order("FINISHED", detail()), Verdict.DONE, Verdict.DONE),
        (order("FINISHED", detail(), detail()), Verdict.DONE, Verdict.DONE),
        (order("FINISHED"), Verdict.DONE, Verdict.AGAIN),
        (order("FINISHED", detail(), detail("PENDING")), Verdict.DONE, Verdict.AGAIN),
        (order("FINISHED", detail(), detail("REVERSED")), Verdict.DONE, Verdict.AGAIN),
        (order("FINISHED", detail("success")), Verdict.DONE, Verdict.AGAIN),
        (order("PROCESSING"), Verdict.AGAIN, Verdict.AGAIN),
        (order("PROCESSING", detail()), Verdict.AGAIN, Verdict.AGAIN),
        (order("PROCESSING", detail(), detail("CLOSED")), Verdict.AGAIN, Verdict.AGAIN),
        (order("ABANDONED", detail()), Verdict.AGAIN, Verdict.AGAIN),
        (order("finished", detail()), Verdict.AGAIN, Verdict.AGAIN),
    ],
)
def test_an_order_is_done_when_finished_and_paid_when_each_detail_is(seen, finished, paid):
    """Whatever may still change, or is unknown, is looked at again."""
    assert (finished, paid) == (judge_order(seen), judge_paid(seen))


@pytest.mark.parametrize(
    "details",
    [
        (detail("CLOSED", 0),),
        (detail("CLOSED", 100), detail("CLOSED", -100)),
        (detail(), detail("CLOSED")),
        (detail("PENDING"), detail("CLOSED")),
        (detail("REVERSED"), detail("CLOSED")),
    ],
)
def test_any_closed_detail_is_no_success(details):
    """Whatever its amount, and whatever became of the others."""
    with pytest.raises(DetailsClosed):
        judge_paid(order("FINISHED", *details))


def test_a_finished_order_with_a_closed_detail_is_no_success():
    """The error carries the order, and says how much was not paid, why, and what to do."""
    seen = order(
        "FINISHED",
        detail(),
        detail("CLOSED", 250, fail_reason=FailReason.RECEIVER_HIGH_RISK),
        detail("CLOSED", 50, fail_reason=FailReason("NEW_REASON")),
        detail("CLOSED", 7, detail_type=DetailType.UNFREEZE_TO_SPONSOR),
    )

    with pytest.raises(DetailsClosed) as error:
        judge_paid(seen)

    assert seen is error.value.distribution is error.value.last
    text = str(error.value)
    assert "D-1" in text
    assert "3 of 4 details are CLOSED: 307 fen" in text
    assert f"RECEIVER_HIGH_RISK: {FailReason.RECEIVER_HIGH_RISK.advice}" in text
    assert "NEW_REASON" in text
    assert OPENID not in text + repr(error.value)
    assert Verdict.DONE is judge_order(seen)


def test_closed_without_a_reason_says_so():
    """A reason that the service left out is not made up."""
    with pytest.raises(DetailsClosed, match="No reason was given"):
        judge_paid(order("FINISHED", detail("CLOSED")))


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (relation("EFFECTIVE"), Verdict.DONE),
        (relation("EFFECTIVE", fail_reason="OLD"), Verdict.DONE),
        (relation("INIT"), Verdict.AGAIN),
        (relation("INIT", fail_reason="OLD", fail_description="of the time before"), Verdict.AGAIN),
        (relation("UNDER_REVIEW"), Verdict.AGAIN),
        (relation(None), Verdict.AGAIN),
    ],
)
def test_a_receiver_is_done_when_effective(seen, expected):
    """INIT, an unknown state without a reason, and none at all are looked at again."""
    assert expected is judge_relation(seen)


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (relation("FAILED", fail_reason="PAPERS"), "(PAPERS)"),
        (relation("FAILED", fail_description="wrong stamp"), "(wrong stamp)"),
        (relation(None, fail_reason="A", fail_description="b"), "(A: b)"),
    ],
)
def test_a_receiver_with_a_reason_against_it_is_refused(seen, said):
    """A state that is neither INIT nor EFFECTIVE, with a reason, ends the wait."""
    with pytest.raises(ReceiverRefused) as error:
        judge_relation(seen)

    assert seen is error.value.last
    assert said in str(error.value)
    assert OPENID not in str(error.value)


@pytest.mark.parametrize("seen", [0, "", object()])
def test_any_answer_may_be_enough(seen):
    """Where only an answer is waited for, the first one is it."""
    assert Verdict.DONE is judge_anything(seen)


@pytest.mark.parametrize(
    ("error", "expected"), PASSING, ids=map(str, map(named, [e for e, _ in PASSING]))
)
def test_what_passes(error, expected):
    """Trouble on the way passes, and so does whatever is not verified."""
    assert expected is passing(error)


@pytest.mark.parametrize(
    ("waited", "error", "expected"),
    [
        (0, NotFound(404, verified=True), True),
        (59.9, NotFound(404, verified=True), True),
        (60, NotFound(404, verified=True), False),
        (1e6, NotFound(404), True),
        (1e6, NotSent("no connection"), True),
        (0, NoPermission(403, verified=True), False),
        (0, RequestRefused(400, verified=True), False),
    ],
)
def test_just_created_it_may_not_be_found_yet(waited, error, expected):
    """A verified 404 is *not yet* within the grace; what passes, passes for ever."""
    assert expected is not_found_yet(60)(error, waited)


@pytest.mark.parametrize(
    ("since_start", "waited", "error", "expected"),
    [
        (0, 419.9, RequestRefused(400, verified=True), True),
        (-100, 319.9, RequestRefused(400, verified=True), True),
        (30, 449.9, RequestRefused(400, verified=True), True),
        (0, 1e6, RequestRefused(400), True),
        (0, 1e6, ServiceBroken(502), True),
        (0, 1, SignatureRefused(401, verified=True), False),
        (0, 1, NoPermission(403, verified=True), False),
        (0, 1, NotFound(404, verified=True), False),
        (0, 1, ParameterRefused(400, verified=True), False),
        (0, 1, ConfigurationError("wrong"), False),
    ],
)
def test_before_the_freezing_ends_it_cannot_be_distributed_yet(
    since_start, waited, error, expected
):
    """INVALID_REQUEST is *not yet* until window and grace after the payment are over."""
    assert expected is not_frozen_yet(420, since_start)(error, waited)


@pytest.mark.parametrize(("since_start", "waited"), [(0, 420), (-420, 0), (-1e6, 0), (30, 450)])
def test_after_the_grace_it_is_not_distributable(since_start, waited):
    """Then a refusal is the last word, and the error carries it."""
    said = RequestRefused(400, code="INVALID_REQUEST", message="no", verified=True)

    with pytest.raises(NotDistributable, match="INVALID_REQUEST: no") as error:
        not_frozen_yet(420, since_start)(said, waited)

    assert said is error.value.last

"""The errors: their facts, their texts, and what they never show."""

import copy
import datetime as dt
import pickle

import pytest

from wxdist import errors
from wxdist.models import Distribution, Relation

ORDER = Distribution(transaction_id="42", out_order_no="P1", order_id="30", state="FINISHED")
DAY = dt.date(2026, 1, 5)
BROKEN = errors.ServiceBroken(502, code="SYSTEM_ERROR", request_id="08F7", hint="Repeat it.")
SERVICE = [
    cls for name in errors.__all__ if issubclass(cls := getattr(errors, name), errors.ServiceError)
]
VERIFICATION = [
    errors.VerificationFailed,
    *(cls for cls in errors.VerificationFailed.__subclasses__() if cls is not errors.UnknownKey),
]
WAITS = [errors.WaitEnded, *errors.WaitEnded.__subclasses__()]
MADE = [
    errors.WxdistError(),
    errors.InvalidInput("account", "must be text"),
    errors.ConfigurationError("one", "two"),
    errors.MissingExtra("pyarrow", "arrow"),
    errors.NotSent("no route"),
    errors.NoAnswer("cut", request_id="08F7"),
    errors.OutcomeUnknown("orders.create", {"out_order_no": "P1", "account": "oX5"}, BROKEN),
    errors.OutcomeUnknown("receivers.add", {}, BROKEN, repeatable=False),
    errors.UnknownKey("5F", ("0A", "0B"), request_id="08F7"),
    errors.BillRefused("cut", facts={"line": 3}),
    errors.BillNotReady("later", day=DAY, ready_at=dt.datetime(2026, 1, 6, 10, tzinfo=dt.UTC)),
    errors.BillTooOld("gone", day=DAY, oldest=DAY),
    errors.NoBill("nothing happened", day=DAY),
    *(cls("Wechatpay-Nonce", "seen", request_id="08F7") for cls in VERIFICATION),
    *(
        cls(400, code="X", message="m", detail={"field": "/a"}, verified=True, retry_after=1.5)
        for cls in SERVICE
    ),
    *(cls("too late", last=ORDER) for cls in WAITS),
]


def facts(error):
    """Return what an error knows, of the errors inside it too."""
    return {
        name: (type(value), facts(value)) if isinstance(value, errors.WxdistError) else value
        for name, value in vars(error).items()
    }


def twice(error):
    return pickle.loads(pickle.dumps(error))


def test_every_class_is_made_here():
    """No class of the tree is left out below."""
    assert set(errors.__all__) == {type(error).__name__ for error in MADE}


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, twice])
@pytest.mark.parametrize("error", MADE, ids=lambda error: type(error).__name__)
def test_copies(error, again):
    """A copied or pickled error has the class, the facts and the text of the first."""
    error.add_note("while paying")
    other = again(error)

    assert type(error) is type(other)
    assert facts(error) == facts(other)
    assert (str(error), repr(error)) == (str(other), repr(other))


@pytest.mark.parametrize("error", MADE, ids=lambda error: type(error).__name__)
def test_all_are_of_one_family(error):
    """One class catches all; those that are about arguments are ValueErrors as well."""
    wrong = isinstance(error, errors.InvalidInput | errors.ConfigurationError)

    assert isinstance(error, errors.WxdistError)
    assert wrong == isinstance(error, ValueError)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (errors.InvalidInput("shares[0].amount", "must be 1"), "shares[0].amount: must be 1"),
        (
            errors.InvalidInput("amount", "must be 1").within("shares[0]"),
            "shares[0].amount: must be 1",
        ),
        (errors.ConfigurationError("mchid is empty"), "mchid is empty"),
        (errors.ConfigurationError("one", "two"), "2 problems:\n  - one\n  - two"),
        (errors.NotSent("no route"), "nothing was sent: no route"),
        (errors.NoAnswer("cut"), "no usable answer came: cut"),
        (
            errors.SignatureInvalid("Wechatpay-Signature", "is wrong"),
            "Wechatpay-Signature: is wrong",
        ),
        (errors.UnknownKey("5F", ()), "Wechatpay-Serial: no valid platform key '5F'; known: none"),
        (
            errors.UnknownKey("5F", ("0A", "0B")),
            "Wechatpay-Serial: no valid platform key '5F'; known: 0A, 0B",
        ),
        (errors.StillRunning("too late"), "too late"),
        (errors.BillRefused("line 3 is cut", facts={"line": 3}), "line 3 is cut"),
        (
            BROKEN,
            "SYSTEM_ERROR (HTTP 502, Request-ID 08F7, not verified). Repeat it.",
        ),
        (
            errors.ParameterRefused(
                400,
                code="PARAM_ERROR",
                message="wrong",
                detail={"field": "/amount", "value": "XYZ"},
                verified=True,
            ),
            "PARAM_ERROR: wrong (HTTP 400, Request-ID none, field /amount).",
        ),
        (
            errors.ServiceError(302),
            "no explanation (HTTP 302, Request-ID none, not verified).",
        ),
        (
            errors.OutcomeUnknown("receivers.add", {"account": "oX5"}, errors.NoAnswer("cut")),
            (
                "receivers.add may or may not have been carried out (no number): NoAnswer: "
                "no usable answer came: cut. Query it, or repeat the same call unchanged; "
                "do not send a new instruction."
            ),
        ),
        (
            errors.OutcomeUnknown("receivers.add", {}, errors.NoAnswer("cut"), repeatable=False),
            (
                "receivers.add may or may not have been carried out (no number): NoAnswer: "
                "no usable answer came: cut. Query it; do not repeat it before you know."
            ),
        ),
        (
            errors.OutcomeUnknown("orders.create", {"out_order_no": "P1"}, errors.NoAnswer("cut")),
            (
                "orders.create may or may not have been carried out (out_order_no=P1): NoAnswer: "
                "no usable answer came: cut. Query it, or repeat the same call unchanged; "
                "do not send a new instruction."
            ),
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_texts(error, text):
    """The text says what is wrong, and what to do."""
    assert text == str(error)
    assert f"{type(error).__name__}({text!r})" == repr(error)


def test_facts_are_their_own():
    """An error keeps its own copy of what it was given."""
    ids, detail, lines = {"out_order_no": "P1"}, {"field": "/a"}, {"line": 1}
    unknown = errors.OutcomeUnknown("orders.create", ids, BROKEN)
    refused = errors.ServiceError(400, detail=detail)
    bill = errors.BillRefused("cut", facts=lines)
    for given in (ids, detail, lines):
        given.clear()

    assert ({"out_order_no": "P1"}, {"field": "/a"}, {"line": 1}) == (
        unknown.ids,
        refused.detail,
        bill.facts,
    )


def test_the_closed_order_is_at_hand():
    """`DetailsClosed` carries the order under a name of its own."""
    error = errors.DetailsClosed("closed", last=ORDER)

    assert ORDER == error.distribution == error.last


def test_shows_no_name_and_no_openid():
    """What an error carries may be secret; what it shows is not."""
    relation = Relation(
        type="PERSONAL_OPENID", account="oX5Secret", name="Li Secret", relation_type="X"
    )
    detail = {"field": "/receivers/0/name", "value": "Li Secret"}
    shown = [
        errors.ReceiverRefused("the audit failed", last=relation),
        errors.OutcomeUnknown("receivers.add", {"account": "oX5Secret", "type": "X"}, BROKEN),
        errors.ParameterRefused(400, code="PARAM_ERROR", message="wrong", detail=detail),
    ]

    assert not [error for error in shown if "Secret" in f"{error}{error!r}"]
    assert "Secret" not in f"{relation!r}"

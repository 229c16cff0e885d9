"""JSON to models and back, strictly and yet openly."""

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxdist import InvalidInput, NoAnswer
from wxdist.models import (
    BillLink,
    CertificateList,
    CreateOrder,
    Distribution,
    Mark,
    Meta,
    RefundableBalance,
    Relation,
    Remaining,
    SettlementPage,
    Share,
    UploadedFile,
)
from wxdist.wire import codec

REMAINING = {"transaction_id": "42", "unsplit_amount": 888, "currency": "CNY"}
DETAIL = {
    "currency": "CNY",
    "amount": 100,
    "description": "rest",
    "type": "MERCHANT_ID",
    "account": "19",
    "result": "SUCCESS",
    "create_time": "2015-05-20T13:29:35.120+08:00",
}
ORDER = {"transaction_id": "42", "out_order_no": "P1", "order_id": "30", "state": "FINISHED"}
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=10,
)


def loaded(cls, data):
    return codec.load(cls, json.dumps(data).encode())


def refusal(cls, body):
    """Return why *body* is not a *cls*."""
    with pytest.raises(NoAnswer) as error:
        codec.load(cls, body if isinstance(body, bytes) else json.dumps(body).encode())
    return error.value.reason


@given(VALUES)
def test_parses_all_json(value):
    """What JSON can say within the bounds is read as it is."""
    assert value == codec.parse(json.dumps(value).encode())


@given(st.binary(max_size=200) | st.text(st.sampled_from('{}[]"\\:,0-1e+.ntf ')).map(str.encode))
def test_parses_or_refuses(body):
    """Any bytes are read or refused, never another error; what is read is what `json` reads."""
    try:
        found = codec.parse(body)
    except NoAnswer:
        return
    assert json.loads(body) == found


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "Expecting value"),
        (b"<html>502</html>", "Expecting value"),
        (b"{'a':1}", "Expecting property name"),
        (b'{"a":1,}', ""),
        (b'{"a":1} x', "Extra data"),
        (b"\xff\xfe", "codec"),
        (b'\xef\xbb\xbf{"a":1}', "Expecting value"),
        (b'{"a":1,"a":1}', "a key stands twice"),
        (b'{"x":{"a":1,"\\u0061":2}}', "a key stands twice"),
        (b'[{"<extra>":{}}]', "one of ours"),
        (b'{"<meta>":null}', "one of ours"),
        (b'{"a":NaN}', "NaN is no number"),
        (b'{"a":Infinity}', "Infinity is no number"),
        (b'{"a":-Infinity}', "-Infinity is no number"),
        (b'{"a":1e999}', "too large"),
        (b'{"a":-1e999}', "too large"),
        (b'{"a":' + b"9" * 5000 + b"}", "digits"),
        (b"[" * 33 + b"]" * 33, "too deep"),
        (b'{"a":' * 33 + b"1" + b"}" * 33, "too deep"),
        (b"[" * 100_000, "too deep"),
        (b'["' + b'\\"' * 200_000 + b"[" * 40, "Unterminated string"),
        (b'["' + b'\\"' * 200_000 + b"[" * 40 + b"\\", "Unterminated string"),
    ],
)
def test_refuses_what_is_no_acceptable_json(body, why):
    """No JSON, a key twice, no number, too deep or too long: refused, at once, without values."""
    with pytest.raises(NoAnswer) as error:
        codec.parse(body)

    assert why in error.value.reason


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 32 + b"]" * 32,
        b"[" + b"{}," * 100 + b"[]]",
        b'["' + b"[{" * 100 + b'"]',
        b'["\\"' + b"[{" * 100 + b'"]',
        b'["\\\\",' + b"[]," * 50 + b"1]",
    ],
)
def test_depth_counts_brackets_that_are_open(body):
    """Depth is what is open at once: not how many there are, and not those inside texts."""
    assert json.loads(body) == codec.parse(body)


def test_loads_a_model_with_what_came_beside():
    """A model holds its fields; what it does not know, and how it came, are kept aside."""
    meta = Meta(status=200, verified=True)
    body = json.dumps({**REMAINING, "news": {"x": [1]}}).encode()

    found = codec.load(Remaining, body, meta=meta)

    assert Remaining(transaction_id="42", unsplit_amount=888, currency="CNY") == found
    assert ({"news": {"x": [1]}}, meta) == (found.extra, found.meta)


def test_loads_without_meta():
    """Without meta there is none, and without unknown fields nothing extra."""
    found = loaded(Remaining, REMAINING)

    assert ({}, None) == (found.extra, found.meta)


@pytest.mark.parametrize(
    "amount",
    [True, False, 888.9, 888.0, "888", "", [888], {"a": 1}, 2**63, -(2**63), 10**40, 1e3],
)
def test_amounts_are_exact(amount):
    """An amount is a whole number of bearable size and nothing that merely looks so."""
    assert "$.unsplit_amount" in refusal(Remaining, {**REMAINING, "unsplit_amount": amount})


@pytest.mark.parametrize("amount", [0, -5, 2**63 - 1, 1 - 2**63])
def test_amounts_of_any_sign(amount):
    """Whole numbers of up to 63 bits are taken."""
    assert amount == loaded(Remaining, {**REMAINING, "unsplit_amount": amount}).unsplit_amount


@pytest.mark.parametrize("value", [1, True, 1.5, ["x"], {"x": 1}])
def test_texts_are_exact(value):
    """A text is a text."""
    assert "must be str" in refusal(Remaining, {**REMAINING, "currency": value})


@pytest.mark.parametrize("name", REMAINING)
@pytest.mark.parametrize("gone", [True, False], ids=["missing", "null"])
def test_required_fields_are_required(name, gone):
    """A required field that is missing or null is refused, and named."""
    data = {**REMAINING, name: None}
    if gone:
        del data[name]

    assert "a required field is missing" in (why := refusal(Remaining, data))
    assert why.endswith(f"$['{name}']") or f"$.{name}" in why


@pytest.mark.parametrize("data", [[], None, 1, "x", True, [REMAINING]])
def test_an_answer_is_an_object(data):
    """Anything but an object is refused."""
    assert "must be dict" in refusal(Remaining, data)


def test_a_refusal_says_where_and_not_what():
    """The path leads into lists; values, which may be names, are not shown."""
    bad = [
        {**DETAIL, "amount": "s3cret"},
        {**DETAIL, "result": 5},
        {**DETAIL, "create_time": "s3cret"},
    ]

    why = refusal(Distribution, {**ORDER, "receivers": bad})

    assert ["$.receivers[0].amount", "$.receivers[1].result", "$.receivers[2].create_time"] == [
        part.split("@ ")[-1] for part in why.split("; ")
    ]
    assert "s3cret" not in why


@pytest.mark.parametrize("receivers", [{}, "x", 5, [5], [[]], [None]])
def test_a_list_is_a_list(receivers):
    """A list of models is nothing else."""
    assert "$.receivers" in refusal(Distribution, {**ORDER, "receivers": receivers})


@pytest.mark.parametrize("more", [{}, {"receivers": None}, {"receivers": []}])
def test_receivers_may_be_missing(more):
    """A list that is missing, null or empty is empty (while PROCESSING)."""
    assert () == loaded(Distribution, {**ORDER, **more}).receivers


@pytest.mark.parametrize(
    ("rates", "rate"),
    [
        ({}, None),
        ({"rate": 1}, 1),
        ({"rate_value": 2}, 2),
        ({"rate": 1, "rate_value": 2}, 2),
        ({"rate_value": 2, "rate": 1}, 2),
        ({"rate": 1, "rate_value": None}, 1),
    ],
)
def test_the_rate_has_two_names(rates, rate):
    """`rate_value` is preferred to `rate`; neither is left over."""
    (detail,) = loaded(Distribution, {**ORDER, "receivers": [{**DETAIL, **rates}]}).receivers

    assert (rate, {}) == (detail.rate, detail.extra)


def test_unknown_values_stay():
    """An unknown state or reason is kept as it came, known to be unknown."""
    detail = {**DETAIL, "result": "MAYBE", "fail_reason": "SUB_MERCHANT_FROZEN", "news": 1}
    order = loaded(Distribution, {**ORDER, "state": "PAUSED", "receivers": [detail]})
    (found,) = order.receivers

    assert ("PAUSED", False) == (order.state, order.state.known)
    assert ("MAYBE", "SUB_MERCHANT_FRONEN", {"news": 1}) == (
        found.result,
        found.fail_reason,
        found.extra,
    )


@pytest.mark.parametrize("empty", ["", None])
def test_an_empty_optional_text_is_left_out(empty):
    """An optional text that is empty or null is as good as missing."""
    relation = {"type": "MERCHANT_ID", "account": "19", "relation_type": "SUPPLIER"}

    found = loaded(Relation, {**relation, "fail_reason": empty, "file_id": "f1"})

    assert (None, "f1") == (found.fail_reason, found.file_id)


def test_an_empty_required_text_stays():
    """A required text that is empty is not a missing one."""
    assert "" == loaded(UploadedFile, {"file_id": ""}).file_id


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2015-05-20T13:29:35+08:00", dt.datetime(2015, 5, 20, 5, 29, 35, tzinfo=dt.UTC)),
        ("2015-05-20T13:29:35.12+08:00", dt.datetime(2015, 5, 20, 5, 29, 35, 120000, dt.UTC)),
        ("2015-05-20T05:29:35Z", dt.datetime(2015, 5, 20, 5, 29, 35, tzinfo=dt.UTC)),
    ],
)
def test_times(text, moment):
    """RFC 3339 with or without a fraction is read with its zone."""
    order = {**ORDER, "receivers": [{**DETAIL, "create_time": text}]}

    assert moment == loaded(Distribution, order).receivers[0].create_time


@pytest.mark.parametrize(
    "text", ["2015-05-20T13:29:35", "2015-05-20", "x", "2015-13-01T00:00:00Z", 5]
)
def test_times_without_a_zone_are_none(text):
    """A time without its zone, or what is no time, is refused."""
    order = {**ORDER, "receivers": [{**DETAIL, "create_time": text}]}

    assert "$.receivers[0].create_time" in refusal(Distribution, order)


def settlements(**dates):
    amount = dict.fromkeys(("settled", "unsettle", "pay", "refund", "net", "fee"), 1)
    days = dict.fromkeys(("settlement_date", "trade_start_date", "trade_end_date"), "20091225")
    record = {"batch_id": "1", "amount": {**amount, "currency": "HKD"}, **days, **dates}
    return {"data": [record], "offset": 0, "limit": 1}


@pytest.mark.parametrize("text", ["20091225", "2009-12-25"])
def test_days(text):
    """Days are read with and without hyphens."""
    (record,) = loaded(SettlementPage, settlements(settlement_date=text)).data

    assert dt.date(2009, 12, 25) == record.settlement_date


@pytest.mark.parametrize("text", ["20091325", "", 20091225, "2009-12-25T00:00:00+08:00", "x"])
def test_what_is_no_day(text):
    """What is no day is refused."""
    assert "settlement_date" in refusal(SettlementPage, settlements(settlement_date=text))


CERTIFICATE = {
    "serial_no ": "5F",
    " effective_time ": "2018-06-08T10:34:56+08:00",
    "expire_time": "2018-12-08T10:34:56+08:00",
    "encrypt_certificate": {"algorithm": "A", "nonce": "n", "ciphertext": "c"},
}


def test_padded_keys():
    """The keys of a certificate may carry spaces; its associated data may be missing."""
    (entry,) = loaded(CertificateList, {"data": [CERTIFICATE]}).data

    assert ("5F", "") == (entry.serial_no, entry.encrypt_certificate.associated_data)


def test_a_key_twice_but_for_its_padding():
    """Two keys that are one without their spaces are a key that stands twice."""
    assert "$.data[0]" in refusal(CertificateList, {"data": [{**CERTIFICATE, "serial_no": "60"}]})


@pytest.mark.parametrize("cls", [BillLink, RefundableBalance, UploadedFile, Distribution, Relation])
def test_nothing_is_no_answer(cls):
    """An empty object lacks what is required."""
    assert "a required field is missing" in refusal(cls, {})


def test_dumps_without_null():
    """What is `None` is left out at any depth; what is false or zero stays."""
    share = Share(type="MERCHANT_ID", account="19", amount=1, description="x")
    body = CreateOrder(
        transaction_id="42", out_order_no="P1", receivers=(share,), unfreeze_unsplit=False
    )

    assert {
        "transaction_id": "42",
        "out_order_no": "P1",
        "receivers": [
            {
                "currency": "CNY",
                "type": "MERCHANT_ID",
                "account": "19",
                "amount": 1,
                "description": "x",
            }
        ],
        "unfreeze_unsplit": False,
    } == codec.dump(body)


def test_text_that_is_sent():
    """The JSON text is UTF-8 without spaces, characters as they are."""
    body = codec.to_bytes({**codec.dump(Mark(out_trade_no="分账123456")), "x": ["a b", True, None]})

    assert '{"out_trade_no":"分账123456","currency":"CNY","x":["a b",true,null]}'.encode() == body


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "\ud800", b"x", {1, 2}, object()])
def test_what_json_does_not_know_is_not_sent(value):
    """A value that JSON cannot say is refused before anything is sent."""
    with pytest.raises(InvalidInput):
        codec.to_bytes({"x": value})

"""An answer that is no success, as an error."""

import json

import pytest

from wxdist import errors
from wxdist.wire.failures import HINTS, failure, failure_code
from wxdist.wire.message import Response

NOW = 1_767_603_600  # 2026-01-05 09:00 UTC


def failed(status=400, body=b"", headers=None, **facts):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = Response(status=status, headers=headers or {}, body=body)
    return failure(response, **{"verified": True, "now": NOW} | facts)


@pytest.mark.parametrize(
    ("status", "code", "cls"),
    [
        (400, "PARAM_ERROR", errors.ParameterRefused),
        (400, " PARAM_ERROR ", errors.ParameterRefused),
        (400, "INVALID_REQUEST", errors.RequestRefused),
        (400, "", errors.RequestRefused),
        (400, "param_error", errors.RequestRefused),
        (401, "SIGN_ERROR", errors.SignatureRefused),
        (403, "NO_AUTH", errors.NoPermission),
        (404, "ORDER_NOT_EXIST", errors.NotFound),
        (404, "PARAM_ERROR", errors.NotFound),
        (429, "RATELIMIT_EXCEEDED", errors.TooManyRequests),
        (500, "SYSTEMERROR", errors.ServiceBroken),
        (502, "", errors.ServiceBroken),
        (599, "", errors.ServiceBroken),
        (301, "", errors.ServiceError),
        (100, "", errors.ServiceError),
        (409, "X", errors.ServiceError),
    ],
)
def test_class(status, code, cls):
    """The status makes the class, and of 400 the code."""
    error = failed(status, {"code": code, "message": "m"})

    assert (cls, code.strip(), status) == (type(error), error.code, error.status)
    assert HINTS.get(cls, "") == error.hint


@pytest.mark.parametrize("verified", [True, False])
def test_facts(verified):
    """All that the service said is kept."""
    said = {"code": "PARAM_ERROR", "message": "no", "detail": {"field": "/amount", "value": "XYZ"}}

    error = failed(400, said, {"request-id": "08F7"}, verified=verified)

    assert ("no", said["detail"], "08F7", verified) == (
        error.message,
        error.detail,
        error.request_id,
        error.verified,
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>502 Bad Gateway</html>",
        b"null",
        b"[]",
        b'"x"',
        b"5",
        b"{}",
        b"\xff",
        b'{"code":"A","code":"B"}',
        {"code": 5, "message": ["x"], "detail": "x"},
        {"code": None, "message": {}, "detail": None},
    ],
)
def test_an_answer_that_says_nothing(body):
    """HTML, nothing, or JSON of another shape: the status alone makes the error."""
    error = failed(502, body)

    assert ("", "", {}, None) == (error.code, error.message, error.detail, error.request_id)
    assert isinstance(error, errors.ServiceBroken)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        ("7", 7.0),
        ("1.5", 1.5),
        ("-3", 0.0),
        ("Mon, 05 Jan 2026 09:00:10 GMT", 10.0),
        ("Mon, 05 Jan 2026 09:00:10 -0000", 10.0),
        ("Mon, 05 Jan 2026 17:00:10 +0800", 10.0),
        ("Mon, 05 Jan 2026 08:00:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("Mon, 99 Jan 2026 08:00:00 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -2300", None),
        (f"Mon, 01 Jan {'9' * 20} 00:00:00 GMT", None),
        (f"Mon, 01 Jan 2026 {'9' * 20}:00:00 GMT", None),
        (f"Mon, 01 Jan 2026 00:00:00 +{'9' * 20}", None),
    ],
)
def test_retry_after(header, seconds):
    """Seconds or a date are read as seconds from now; anything else says nothing."""
    headers = {} if header is None else {"retry-after": header}

    assert seconds == failed(429, headers=headers).retry_after


def test_names_are_kept_out_of_the_message():
    """A name or an OpenID of the request, quoted by the service, does not come back."""
    said = {
        "code": "PARAM_ERROR",
        "message": "Li Lei (oX5Lei) is not Lei",
        "detail": {"value": "Lei"},
    }

    error = failed(400, said, secrets=("Lei", "oX5Lei", "Li Lei"))

    assert "*** (***) is not ***" == error.message
    assert "Lei" not in f"{error}{error!r}"


def test_names_are_kept_out_of_the_code_and_the_field():
    """Nor by the other two that stand in the text."""
    said = {"code": " BAD Li", "message": "m", "detail": {"field": "/name Li", "value": "Li"}}

    error = failed(400, said, secrets=("Li",))

    assert ("BAD ***", {"field": "/name ***", "value": "Li"}) == (error.code, error.detail)
    assert "BAD ***: m (HTTP 400, Request-ID none, field /name ***)." in str(error)
    assert "Li" not in f"{error}{error!r}"


def test_a_name_in_the_code_does_not_change_the_class():
    """A name of one letter may stand in any code."""
    error = failed(400, {"code": "PARAM_ERROR"}, secrets=("E",))

    assert (errors.ParameterRefused, "PARAM_***RROR") == (type(error), error.code)


@pytest.mark.parametrize("field", [5, None, ["Li"], {"name": "Li"}])
def test_a_field_that_is_no_text(field):
    """It is left out: nobody knows what it would show."""
    error = failed(400, {"code": "X", "detail": {"field": field, "more": 1}}, secrets=("Li",))

    assert {"more": 1} == error.detail
    assert "Li" not in f"{error}{error!r}"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"code":"A"}', "A"),
        (b'{"code":" A "}', "A"),
        (b'{"code":""}', ""),
        (b'{"code":" "}', ""),
        (b'{"code":5}', ""),
        (b'{"state":"FINISHED"}', ""),
        (b"[]", ""),
        (b"<html>", ""),
        (b"", ""),
    ],
)
def test_the_mark_of_a_failure(body, code):
    """Every failure of the service has a code in text."""
    assert code == failure_code(body)

"""An answer that is no success, as an error."""

import json

import pytest

from wxdist import errors
from wxdist.wire.failures import HINTS, failure
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

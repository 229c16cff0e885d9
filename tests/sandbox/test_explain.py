import json
import os
from pathlib import Path

import pytest

from wxdist.sandbox import auth
from wxdist.sandbox.auth import SCHEME, Check, Claim, Gate, raw, sign
from wxdist.sandbox.calls import Call
from wxdist.sandbox.explain import explain
from wxdist.sandbox.lines import LINES, SHOWN, visible
from wxdist.sandbox.papers import Papers
from wxdist.waiting.clock import FAKE_START

HERE = Path(__file__).resolve()
VECTORS = Path(os.environ.get("WXDIST_VECTORS") or HERE.parents[3] / "shared" / "vectors")
SAMPLE = VECTORS.parent / "spec" / "examples" / "error.sign_error.observed.json"

MCHID = "1900000001"
NOW = f"{FAKE_START:.0f}"
NONCE = "593BEC0C930BF1AFEB40B4A08C8FB242"
TARGET = "/v3/global/x?a=%2F"
BODY = '{"a": "你", "b": 1}'


@pytest.fixture(scope="module")
def keys():
    return Papers(FAKE_START)


@pytest.fixture
def explained(keys):
    """Explain a call that was signed by a real key, over another text unless none is given."""

    def made(signed=None, *, header=None, body=BODY, gate=None, **changes):
        pairs = {
            "mchid": MCHID,
            "nonce_str": NONCE,
            "timestamp": NOW,
            "serial_no": keys.merchant.serial_no,
        } | changes
        text = f"POST\n{TARGET}\n{pairs['timestamp']}\n{pairs['nonce_str']}\n{body}\n"
        signature = sign(keys.merchant.key, raw(text if signed is None else signed(text)))
        inside = ",".join(f'{k}="{v}"' for k, v in {**pairs, "signature": signature}.items())
        claim = Claim("POST", TARGET, body, f"{SCHEME} {inside}" if header is None else header)
        check = (gate or Gate(keys, MCHID)).check(claim, FAKE_START)
        return explain(Call.of(7, "POST", TARGET, 200 if check.ok else 401, check))

    return made


def verdicts(found):
    return [line.verdict for line in found.lines]


# --- what can be seen


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("POST", "POST"),
        ("a b", "a␣b"),
        ("a\n", "a⟨\\n⟩"),
        ("a\r\n\t", "a⟨\\r⟩⟨\\n⟩⟨\\t⟩"),
        ("a\\n", "a\\n"),
        ("你", "⟨U+4F60 你⟩"),
        ("😀", "⟨U+1F600 😀⟩"),
        ("\ufeff\u200b\x00", "⟨U+FEFF⟩⟨U+200B⟩⟨U+0000⟩"),
        ("\xa0", "⟨U+00A0⟩"),
        ("\udcff", "⟨byte FF⟩"),
        ("⟨", "⟨U+27E8 ⟨⟩"),
    ],
)
def test_everything_can_be_seen(text, shown):
    """What is not printable ASCII is named, so that no two texts look alike."""
    assert shown == visible(text)


# --- line by line


def test_right_signature(explained):
    """A signature that holds has five lines that are the same, and nothing to do."""
    found = explained()

    assert (True, "", "The signature holds.", "") == (
        found.ok,
        found.field,
        found.summary,
        found.advice,
    )
    assert ["same"] * 5 == verdicts(found)
    assert [name for name, _ in LINES] == [line.name for line in found.lines]
    assert [1, 2, 3, 4, 5] == [line.number for line in found.lines]


def test_one_line_differs(explained):
    """Where a usual mistake explains it, the line that differs is shown as it was signed."""
    found = explained(lambda text: text.replace(BODY, BODY.replace("你", "\\u4f60")))
    body = found.lines[4]

    assert ["same"] * 4 + ["different"] == verdicts(found)
    assert (
        "The signature does not match: the body was signed with \\uXXXX escapes, but sent without."
        == found.summary
    )
    assert '{"a":␣"⟨U+4F60 你⟩",␣"b":␣1}⟨\\n⟩' == body.expected
    assert '{"a":␣"\\u4f60",␣"b":␣1}⟨\\n⟩' == body.signed
    assert (len(BODY) + 2 + 1, len(BODY) + 5 + 1, 8) == (
        body.length,
        body.signed_length,
        body.differs_at,
    )


def test_lengths_add_up(explained):
    """The bytes of the five lines are those of the whole text."""
    found = explained()

    assert found.length == sum(line.length for line in found.lines)
    assert len(f"POST\n{TARGET}\n{NOW}\n{NONCE}\n{BODY}\n".encode()) == found.length


@pytest.mark.parametrize(
    ("signed", "expected"),
    [
        (lambda text: text[:-1], ["same"] * 4 + ["different"]),
        (lambda text: text.replace("POST", "post"), ["different"] + ["same"] * 4),
        (lambda text: text.replace("?a=%2F", ""), ["same", "different"] + ["same"] * 3),
        (lambda text: text.replace(NOW, f"{NOW}000"), ["same"] * 2 + ["different"] + ["same"] * 2),
        (
            lambda text: text.replace(f"{NOW}\n{NONCE}", f"{NONCE}\n{NOW}"),
            ["same"] * 2 + ["different"] * 2 + ["same"],
        ),
        (lambda text: text.replace("\n", "\r\n"), ["different"] * 5),
        (lambda text: text.replace("\n", "\\n"), ["different"] * 5),
        (lambda text: "something else", ["unknown"] * 5),
    ],
)
def test_verdicts(explained, signed, expected):
    """Each line is the same, different, or unknown where no usual mistake explains the whole."""
    assert expected == verdicts(explained(signed))


def test_unknown_text(explained):
    """Where what was signed is unknown, the expected lines are shown all the same."""
    found = explained(lambda text: "something else")
    line = found.lines[0]

    assert ("POST⟨\\n⟩", None, None, None) == (
        line.expected,
        line.signed,
        line.signed_length,
        line.differs_at,
    )
    assert "byte by byte" in found.advice


def test_missing_lines_are_empty(explained):
    """A text of fewer lines has nothing to show for the missing ones."""
    found = explained(lambda text: text.replace("\n", "\\n"))

    assert ["", 0, 1] == [
        found.lines[4].signed,
        found.lines[4].signed_length,
        found.lines[4].differs_at,
    ]


@pytest.mark.parametrize(("before", "begin"), [(0, 0), (SHOWN - 1, 0), (5000, 4800)])
def test_long_lines_show_where_they_part(explained, before, begin):
    """Of a long body the part around the first difference is shown."""
    body = json.dumps({"a": "x" * before + "/" + "y" * 5000})
    line = explained(lambda text: text.replace("/y", "\\/y"), body=body).lines[4]
    place = body.index("/")

    assert place + 1 == line.differs_at
    assert begin + SHOWN > place or line.expected.startswith("…")
    assert "/y" in line.expected
    assert "\\/y" in line.signed
    assert line.expected.endswith("…")
    assert len(line.expected) <= 2 * SHOWN


# --- the header


def test_call_that_was_lost():
    """A call that a fault kept from the service has no lines, and says so."""
    lost = Check(ok=False, issue="the call was lost before it reached the service")
    found = explain(Call.of(1, "GET", TARGET, 0, lost, fault="reset_before"))

    assert (
        "No signature was checked: the call was lost before it reached the service."
        == found.summary
    )
    assert () == found.lines


SAYS = "Send: Authorization: WECHATPAY2-SHA256-RSA2048 mchid="


@pytest.mark.parametrize(
    ("header", "summary", "advice"),
    [
        ("", "is missing.", "Every call is signed."),
        ("Bearer x", "has another scheme", "There is no user name, password or bearer token"),
        ("WECHATPAY2-SM2-WITH-SM3 x", "has another scheme", "this API takes RSA alone"),
        ("wechatpay2-sha256-rsa2048 x", "has another scheme", "in capitals"),
        (
            f'{SCHEME} mchid="1",nonce_str="2",timestamp="3",serial_no="4"',
            "is malformed",
            "signature is missing",
        ),
        (f'{SCHEME} mchid="1",mchid="1"', "is malformed", "mchid stands twice"),
        (f'{SCHEME} mchid="1",sign="a=b"', "is malformed", "sign is none of them"),
        (
            f"{SCHEME} mchid=1,nonce_str=2,timestamp=3,serial_no=4,signature=5",
            "is malformed",
            "Send",
        ),
    ],
)
def test_headers_that_are_none(explained, header, summary, advice):
    """A header that cannot be taken apart is explained with what it should be."""
    found = explained(header=header)

    assert found.summary.startswith(f"The header Authorization {summary}"), found.summary
    assert found.advice.startswith(advice) or advice in found.advice
    assert SAYS in found.advice
    assert () == found.lines


UUID = "6f0f8f4e-5f0e-4c3e-8b1c-0c5a3f8f2f10"


@pytest.mark.parametrize(
    ("field", "value", "advice"),
    [
        ("mchid", "1900000109", "Send 1900000001, the caller's own merchant id"),
        ("timestamp", f"{NOW}123", "These are milliseconds."),
        ("timestamp", "2026-01-05", "No fraction, no date, no sign."),
        ("timestamp", f"{NOW}.5", "No fraction, no date, no sign."),
        ("timestamp", str(int(NOW) + 8 * 3600), "It is 8 h off"),
        ("timestamp", str(int(NOW) - 8 * 3600 + 60), "It is 8 h off"),
        ("timestamp", str(int(NOW) + 301), "Your clock is 301 s ahead of the service's"),
        ("timestamp", str(int(NOW) - 900), "Your clock is 900 s behind the service's"),
        ("nonce_str", UUID, "A UUID fits without its hyphens."),
        ("nonce_str", "a b", "Make a new nonce for each attempt"),
        ("serial_no", "12", "Send {right}: serial_no of credentials.json. A new start"),
        ("serial_no", "{platform}", "This is a key of the platform"),
        ("serial_no", "PUB_KEY_ID_0114232134", "This is a key of the platform"),
        ("serial_no", "{lower}", "The number is right, its spelling is not"),
        ("serial_no", "{colons}", "The number is right, its spelling is not"),
        ("serial_no", "{decimal}", "It seems to be a decimal number"),
    ],
)
def test_fields_that_cannot_be_right(explained, keys, field, value, advice):
    """Each wrong field of the header gets the sentence that helps; its text is not judged."""
    right = keys.merchant.serial_no
    facts = {
        "right": right,
        "platform": keys.platform.serial_no,
        "lower": right.lower(),
        "colons": ":".join(right[i : i + 2] for i in range(0, 40, 2)),
        "decimal": str(int(right, 16)),
    }
    found = explained(**{field: value.format(**facts)})

    assert (False, field) == (found.ok, found.field)
    assert found.advice.startswith(advice.format(**facts)), found.advice
    assert found.summary.startswith(f"The header Authorization is refused: {field} is ")
    assert ["unknown"] * 5 == verdicts(found)


def test_nonce_that_was_used(explained, keys):
    """A nonce that comes again is explained as a request that was sent twice."""
    gate = Gate(keys, MCHID)
    explained(gate=gate)
    found = explained(gate=gate)

    assert "nonce_str" == found.field
    assert found.advice.startswith("Was a request sent twice with the same signature?")


def test_no_key_is_shown(explained, keys):
    """An explanation holds no key, and no signature."""
    said = json.dumps(explained(lambda text: text[:-1]).as_json())

    assert keys.api_v3_key not in said
    assert "signature=" not in explained(lambda text: text[:-1]).as_text()
    assert "BEGIN" not in said


# --- its forms


def test_as_text(explained):
    """As text it tells the call, what is wrong, what to do, and the five lines."""
    found = explained(lambda text: text.replace("POST", "post"))

    assert [
        f"Call 7: POST {TARGET} -> 401",
        "The signature does not match: the method is not in capitals.",
        "What to do: Sign the method in capitals.",
        "",
        "The text to sign has 89 bytes in five lines:",
        "1. method (the method in capitals): different",
        "   expected     5 bytes: POST⟨\\n⟩",
        "   signed       5 bytes: post⟨\\n⟩",
        "   they part at byte 1",
        "2. url (path and query as they stand on the request line, without scheme and host): same",
        f"   expected    19 bytes: {TARGET}⟨\\n⟩",
    ] == found.as_text().split("\n")[:11]


def test_as_text_without_lines():
    """A call that was lost has two lines to read."""
    lost = Check(ok=False, issue="it was lost")

    assert "Call 1: GET / -> 0\nNo signature was checked: it was lost." == (
        explain(Call.of(1, "GET", "/", 0, lost)).as_text()
    )


def test_as_json(explained):
    """As JSON it is plain, and has what the text has."""
    found = json.loads(json.dumps(explained(lambda text: text[:-1]).as_json()))

    assert (7, 401, False, "signature", "sign not match") == tuple(
        found[name] for name in ("call", "status", "ok", "field", "issue")
    )
    assert {
        "number": 5,
        "name": "body",
        "meaning": LINES[4][1],
        "verdict": "different",
        "expected": '{"a":␣"⟨U+4F60 你⟩",␣"b":␣1}⟨\\n⟩',
        "length": 21,
        "signed": '{"a":␣"⟨U+4F60 你⟩",␣"b":␣1}',
        "signed_length": 20,
        "differs_at": 21,
    } == found["lines"][4]


# --- what the service itself says


@pytest.mark.skipif(not SAMPLE.exists(), reason="the documented samples are not here")
def test_401_is_the_documented_one():
    """The body of a 401 is the observed sample, but for the language of its message."""
    sample = json.loads(SAMPLE.read_text("utf-8"))
    information = sample["detail"]["sign_information"]
    expected = information["truncated_sign_message"]
    check = Check(ok=False, field="signature", issue="sign not match", expected=expected)
    body = auth.unauthorized(check, Claim("POST", information["url"], "", None))

    assert {**sample, "message": "Signature error: signature sign not match"} == body


async def test_401_of_a_running_sandbox(client):
    """A running sandbox shows the text that it expected, and nothing else beside the documented."""
    target = "/v3/global/certificates"
    header = client.header("GET", target, b"{}", nonce_str=NONCE)
    headers = {"Accept": "application/json", "Authorization": header}
    reply = await client.raw("GET", target, headers=headers)
    expected = f"GET\n{target}\n{NOW}\n{NONCE}\n\n"

    assert {
        "method": "GET",
        "url": target,
        "truncated_sign_message": expected,
        "sign_message_length": len(expected),
    } == reply.json["detail"]["sign_information"]
    assert {"code", "message", "detail"} == set(reply.json)

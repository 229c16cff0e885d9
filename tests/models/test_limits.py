"""What may be sent."""

import enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wxdist import InvalidInput
from wxdist.models.limits import LIMITS, PAYMENT_LIMITS, check, climbs

IN_PATHS = [
    *("out_trade_no", "transaction_id", "out_order_no", "account"),
    *("out_refund_no", "refund_id"),
]
#: For the values that each parameter takes.
GOOD = {
    "mchid": ["1900000001", "1" * 32],
    "sub_mchid": ["1", "a_B-9"],
    "appid": ["wx8888888888888888", "x"],
    "sub_appid": ["wx8888888888888889"],
    "out_trade_no": ["P20150806125346", "123456", "分账单号一二", "a b/c?d#e%f+g"],
    "transaction_id": ["4208450740201411110007820472", "4", "..x"],
    "out_order_no": ["P20150806125346", "_", "-" * 64],
    "account": ["86693852", "of8YZ6LPmjDmYAqdobIvwTdQQjR8", "x" * 64],
    "name": ["李雷", "x" * 1024],
    "authorized": [True, False],
    "amount": [1, 888, 2**63 - 1],
    "currency": ["CNY"],
    "description": ["分给商户A", "x" * 80, "中" * 80],
    "unfreeze_unsplit": [True, False],
    "relation_type": ["SUPPLIER", "SOMETHING_NEW"],
    "custom_relation": ["代理商"],
    "scene": ["x" * 500],
    "major_service": ["税务准备服务"],
    "expected_ratio": [2000, 0, -1],
    "application_file_id": ["x" * 16, "x" * 64],
    "partnership_file_id": ["de851a06-5a38-9d31-a102-275a17c477de"],
    "filename": ["a.pdf", "合同.PNG", "a.b.jpg", "x" * 252 + ".bmp"],
    "digest": ["0" * 64, "0123456789abcdef" * 4],
    "sp_appid": ["wx8888888888888888"],
    "out_refund_no": ["1217752501201407033233368018", "R_-|*@", "x" * 64],
    "refund_id": ["50201308462021060109285031309"],
    "reason": ["x", "退货" * 40],
    "source": ["REFUND_SOURCE_UNSETTLED_FUNDS", "SOMETHING_NEW"],
    "refund": [1, 888],
    "total": [1, 888],
    "notify_url": ["https://shop.example/notices", "https://shop.example:8443/a/b"],
}
BAD = {
    "mchid": ["", "1" * 33, "19 00", "19/00", "..", "1900\n", "１９"],
    "sub_mchid": ["", "1" * 33, "../x"],
    "appid": ["", "x" * 33],
    "sub_appid": ["", "x" * 33],
    "out_trade_no": ["", "12345", "1" * 33],
    "transaction_id": ["", "4" * 33],
    "out_order_no": ["", "x" * 65, "a b", "a.b", "中", "P1\n", "a/b"],
    "account": ["", "x" * 65],
    "name": ["", "x" * 1025],
    "authorized": [1, 0, "true", None],
    "amount": [0, -1, 2**63, True, 1.0, "1", None],
    "currency": ["", "cny", "USD", "CNY ", None, 5],
    "description": ["", "x" * 81],
    "unfreeze_unsplit": [1, 0, "false", None],
    "relation_type": [""],
    "custom_relation": [""],
    "scene": [""],
    "major_service": [""],
    "expected_ratio": [True, 0.3, "2000", 2**63, -(2**63)],
    "application_file_id": ["x" * 15, "x" * 65],
    "partnership_file_id": ["", "x" * 65],
    "filename": ["", "a", ".pdf", "a.gif", "a.pdf.exe", "a/b.pdf", "..\\b.pdf", "x" * 253 + ".pdf"],
    "digest": ["", "0" * 63, "0" * 65, "A" * 64, "g" * 64],
    "sp_appid": ["", "x" * 33],
    "out_refund_no": ["", "x" * 65, "a b", "a.b", "中", "R1\n", "a/b"],
    "refund_id": ["", "5" * 33],
    "reason": ["", "x" * 81],
    "source": ["", "x" * 31],
    "refund": [0, -1, True, 1.0, "1", None],
    "total": [0, -1, True, 1.0, "1", None],
    "notify_url": ["", "http://shop.example/", "https://a.example/?x=1", "https://a.example/#x"],
}
NO_TEXT = [None, 5, True, b"1900000001", ["P20150806125346"], 1.5]
NEVER = {
    "line break": "a\nbcdefgh",
    "header": "abcdefg\r\nX-Header: 1",
    "nul": "abcdefg\0",
    "tab": "abc\tdefg",
    "escape": "abc\x1bdefg",
    "delete": "abcdef\x7f",
    "emoji": "abcdef😀",
    "high surrogate": "abcdef\ud83d",
    "low surrogate": "abcdef\udcff",
}
CLIMBING = {
    "parent": "../../x",
    "inside": "aaa/../bbb",
    "dot": "aaa/./bbb",
    "backslash": "aaa\\..\\bbb",
    "encoded": "%2e%2e/aaa",
    "capital": "%2E%2E%2Faaa",
    "twice": "%252e%252e/aaa",
    "thrice": "aa%25252f%25252e%25252e",
    "half": ".%2e/aaaa",
    "encoded backslash": "aaa%5c..%5Cb",
    "end": "aaaa/..",
}
TEXTS = [name for name in LIMITS if isinstance(GOOD[name][0], str) and name != "currency"]


def refused(field, value):
    with pytest.raises(InvalidInput) as error:
        check(field, value)
    assert field == error.value.field
    return error.value.problem


def cases(table):
    return [
        pytest.param(name, value, id=f"{name}-{index}")
        for name, values in table.items()
        for index, value in enumerate(values)
    ]


def test_every_parameter_is_tried():
    """Each row of the table has values here that it takes, and that it refuses."""
    assert list(LIMITS) == list(GOOD) == list(BAD)


@pytest.mark.parametrize(("name", "value"), cases(GOOD))
def test_takes(name, value):
    """A value within its limits is taken."""
    assert check(name, value) is None


@pytest.mark.parametrize(("name", "value"), cases(BAD))
def test_refuses(name, value):
    """A value beyond its limits is refused, in words."""
    assert refused(name, value).startswith("must ")


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("value", NO_TEXT, ids=lambda value: type(value).__name__)
def test_a_text_is_a_text(name, value):
    """What is no text is refused where a text is wanted."""
    assert f"must be text, not {type(value).__name__}" == refused(name, value)


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("text", NEVER.values(), ids=NEVER)
def test_characters(name, text):
    """Line breaks, other controls, and characters of four bytes are refused everywhere."""
    assert refused(name, text).startswith("must ")


@pytest.mark.parametrize("text", [NEVER["emoji"], NEVER["nul"]])
def test_characters_are_told(text):
    """What the character is about is told."""
    assert "must not hold" in refused("description", text)


@pytest.mark.parametrize("name", IN_PATHS)
@pytest.mark.parametrize("text", CLIMBING.values(), ids=CLIMBING)
def test_ids_do_not_climb(name, text):
    """An id that some decoder on the way could read as a step in a path is refused."""
    assert refused(name, text).startswith("must ")


@pytest.mark.parametrize("text", ["..", ".", "%2e%2e", "%252e", "%2e"])
def test_short_ids_do_not_climb(text):
    """So is an id that is nothing else."""
    assert "path segment" in refused("transaction_id", text)
    assert "path segment" in refused("account", text)
    assert refused("out_order_no", text)
    assert refused("out_trade_no", text)


@pytest.mark.parametrize("text", ["a..b", "...", "a.", ".a", "%2", "100%", "a%2fb", "..a/b..", ""])
def test_dots_alone_do_not_climb(text):
    """Dots inside a name are no step."""
    assert not climbs(text)


@given(st.text(max_size=70))
def test_every_text_is_taken_or_refused(text):
    """Whatever the text, the answer is yes or a reason that fits in a line."""
    for limit in LIMITS.values():
        assert (limit.complain(text) or "must ").startswith("must ")
        assert "\n" not in (limit.complain(text) or "")


@pytest.mark.parametrize("name", ["account", "name"])
def test_accounts_and_names_are_not_shown(name):
    """Of an account or a name only its length is told."""
    for text in ("S3cret" * 200, "S3cret\n"):
        assert f"got {len(text)} characters" in refused(name, text)
        assert "S3cret" not in refused(name, text)


def test_what_was_given_is_shown_cut():
    """Of any other text no more than 64 characters are shown."""
    assert "x" * 64 in (told := refused("transaction_id", "x" * 500))
    assert "x" * 65 not in told


def test_numbers_tell_their_unit():
    """The problem with an amount names fen."""
    assert "must be at least 1 of fen; got 0" == refused("amount", 0)
    assert "must be a whole number of fen (int), not float" == refused("amount", 8.88)
    assert "must be at most 9223372036854775807 of fen" == refused("amount", 2**63)


def test_an_enum_is_a_text():
    """A member of an enum of texts counts as its text."""

    class Money(enum.StrEnum):
        CNY = "CNY"

    assert check("currency", Money.CNY) is None


PAYMENT_GOOD = {"out_trade_no": ["1", "P20150806125346"], "currency": ["CNY", "HKD"]}
PAYMENT_BAD = {"out_trade_no": ["", "1" * 33, ".."], "currency": ["", "cny", "CNYX"]}


@pytest.mark.parametrize(("name", "value"), cases(PAYMENT_GOOD))
def test_payments_take(name, value):
    """A payment call takes shorter numbers and other currencies."""
    assert check(name, value, PAYMENT_LIMITS) is None


@pytest.mark.parametrize(("name", "value"), cases(PAYMENT_BAD))
def test_payments_refuse(name, value):
    """A payment call refuses what no order can have."""
    with pytest.raises(InvalidInput):
        check(name, value, PAYMENT_LIMITS)


def test_payments_limit_as_others_do():
    """What has no limit of its own in payment calls has that of all calls."""
    assert PAYMENT_LIMITS.keys() == PAYMENT_GOOD.keys() == PAYMENT_BAD.keys() <= LIMITS.keys()
    with pytest.raises(InvalidInput):
        check("transaction_id", "4" * 33, PAYMENT_LIMITS)

import email.utils
import json

import pytest

from wxdist.sandbox.mischief import DELIVER, Delivery, How, Rule

from .shop import BALANCE, PARTS, SHARING, TRADE, Shop


@pytest.fixture
def shop():
    return Shop()


def code(answer):
    return answer.status, json.loads(answer.body)["code"]


def test_answers_are_honest_without_faults(shop):
    """Without a rule an answer is genuine, whole, and its call has no fault."""
    answer = shop.certificate()

    assert (True, DELIVER) == (shop.holds(answer), answer.delivery)
    assert [""] == [call.fault for call in shop.service.calls]


@pytest.mark.parametrize(
    ("kind", "how"),
    [("refused", How.RESET), ("reset_before", How.RESET), ("hang_before", How.HANG)],
)
def test_lost_before_the_service(shop, kind, how):
    """A call that is lost on its way has no effect, no answer, and a line in the log."""
    shop.order(kind)
    answer = shop.mark()

    assert (how, b"") == (answer.delivery.how, answer.body)
    assert set() == shop.world.state.marks
    (call,) = shop.service.calls
    assert (kind, 0, False) == (call.fault, call.status, call.check.ok)


@pytest.mark.parametrize(("kind", "how"), [("reset_after", How.RESET), ("hang_after", How.HANG)])
def test_lost_after_the_service(shop, kind, how):
    """A call whose answer is lost was carried out."""
    shop.order(kind)
    answer = shop.mark()

    assert Delivery(how=how) == answer.delivery
    assert {("", TRADE, "CNY")} == shop.world.state.marks


@pytest.mark.parametrize(("kind", "marked"), [("gateway_before", 0), ("gateway_after", 1)])
@pytest.mark.parametrize("status", [502, 503, 504])
def test_gateway(shop, kind, marked, status):
    """A gateway answers with HTML and no signature, before or after the call is carried out."""
    shop.order(kind, status=status)
    answer = shop.mark()

    assert (status, "text/html") == (answer.status, answer.headers["Content-Type"])
    assert answer.body.startswith(b"<html>")
    assert "1" == answer.headers["Wxdist-Sandbox"]
    assert "Wechatpay-Signature" not in answer.headers
    assert marked == len(shop.world.state.marks)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, None),
        ({"retry_after": 5}, "5"),
        ({"retry_after": 0.5}, "0.5"),
        ({"retry_after": "soon"}, "soon"),
        ({"retry_after": "soon", "as_date": True}, "soon"),
        ({"as_date": True}, None),
    ],
)
def test_throttled(shop, options, expected):
    """429 comes signed, without effect, with whatever Retry-After was ordered."""
    shop.order("throttled", **options)
    answer = shop.mark()

    assert (429, "RATE_LIMITED") == code(answer)
    assert expected == answer.headers.get("Retry-After")
    assert shop.holds(answer)
    assert set() == shop.world.state.marks


def test_throttled_until_a_date(shop):
    """A Retry-After can be an HTTP date so many seconds ahead of the service's clock."""
    shop.order("throttled", retry_after=30, as_date=True)
    date = email.utils.parsedate_to_datetime(shop.mark().headers["Retry-After"])

    assert shop.now + 30 == date.timestamp()


@pytest.mark.parametrize(("kind", "marked"), [("broken_before", 0), ("broken_after", 1)])
def test_broken(shop, kind, marked):
    """500 SYSTEM_ERROR comes signed, with the effect or without."""
    shop.order(kind)
    answer = shop.mark()

    assert (500, "SYSTEM_ERROR") == code(answer)
    assert shop.holds(answer)
    assert marked == len(shop.world.state.marks)


def test_not_found(shop):
    """What is there can be denied by a 404 that nobody signed."""
    shop.order("not_found")
    answer = shop.ask("GET", BALANCE)

    assert (404, "ORDER_NOT_EXIST") == code(answer)
    assert "Wechatpay-Signature" not in answer.headers


def test_unwilling(shop):
    """A service that refuses what is valid now and then does nothing then."""
    shop.faults.add(Rule(kind="unwilling", probability=0.5))
    answers = [shop.mark().status for _ in range(20)]

    assert {204, 429, 500} == set(answers)
    assert ["" if status == 204 else "unwilling" for status in answers] == [
        call.fault for call in shop.service.calls
    ]


def test_drip(shop):
    """A slow answer is genuine and says how slowly it is to go."""
    shop.order("drip", seconds=2, piece=10)
    answer = shop.certificate()

    assert Delivery(how=How.DRIP, piece=10, pause=2) == answer.delivery
    assert shop.holds(answer)


def test_cut(shop):
    """A cut answer says how much of its body goes out."""
    shop.order("cut", fraction=0.25)
    answer = shop.certificate()

    assert Delivery(how=How.CUT, keep=len(answer.body) // 4) == answer.delivery


@pytest.mark.parametrize(("asked", "changed"), [(1, 1), (7, 7), (10**9, None)])
def test_garbled(shop, asked, changed):
    """So many bytes of a garbled body are other ones, and the signature does not hold."""
    shop.order("garbled", bytes=asked)
    answer = shop.ask("GET", BALANCE)
    plain = shop.ask("GET", BALANCE).body

    assert (changed or len(plain)) == sum(a != b for a, b in zip(plain, answer.body, strict=True))
    assert not shop.holds(answer)


@pytest.mark.parametrize("header", PARTS)
def test_one_header_missing(shop, header):
    """One signature header can be missing, the others stay."""
    shop.order("unsigned", header=header)
    answer = shop.certificate()

    assert set(PARTS) - {header} == {
        part for part in PARTS if f"Wechatpay-{part}" in answer.headers
    }


def test_all_headers_missing(shop):
    """All signature headers can be missing at once."""
    shop.order("unsigned")

    assert [] == [name for name in shop.certificate().headers if name.startswith("Wechatpay-")]


def test_forged(shop):
    """A forged signature has the length of a genuine one and does not hold."""
    shop.order("forged")
    forged, genuine = shop.certificate(), shop.certificate()
    lengths = {len(each.headers["Wechatpay-Signature"]) for each in (forged, genuine)}

    assert (1, False, True) == (len(lengths), shop.holds(forged), shop.holds(genuine))


def test_unknown_serial(shop):
    """The serial that is named is in no list, and of the form of one."""
    shop.order("unknown_serial")
    serial = shop.certificate().headers["Wechatpay-Serial"]

    assert (40, None) == (len(serial), shop.papers.platform_key(serial))


@pytest.mark.parametrize("seconds", [-600, 600, -301.0])
def test_expired(shop, seconds):
    """A stamp so many seconds in the past or future is signed all the same."""
    shop.order("expired", seconds=seconds)
    answer = shop.certificate()

    assert f"{shop.now + seconds:.0f}" == answer.headers["Wechatpay-Timestamp"]
    assert shop.holds(answer)


def test_probe(shop):
    """A probe's signature begins with words that no signature begins with."""
    shop.order("probe")
    answer = shop.certificate()

    assert answer.headers["Wechatpay-Signature"].startswith("WECHATPAY/SIGNTEST/")
    assert not shop.holds(answer)


def test_foreign(shop):
    """A foreign answer is genuine, fresh, and of another call."""
    other = shop.ask("GET", BALANCE)
    shop.order("foreign")
    answer = shop.certificate()

    assert (other.body, True) == (answer.body, shop.holds(answer))
    assert other.headers["Wechatpay-Nonce"] != answer.headers["Wechatpay-Nonce"]


def test_foreign_to_a_write(shop):
    """To a write the answer to another write of the same API comes; never its own."""
    transaction_id = shop.ready()
    first = shop.create(transaction_id, 100)
    shop.order("foreign")
    repeated = shop.create(transaction_id, 100)
    shop.order("foreign")
    second = shop.create(transaction_id, 100, number="D2")

    assert first.body != repeated.body
    assert first.body == second.body


def test_foreign_when_all_answers_are_alike(shop):
    """Where every earlier answer says the same, that is what comes."""
    body = {"a": 1}
    plain = shop.ask("POST", f"{SHARING}/nowhere", body)
    shop.faults.remember(shop.request("GET", "/x"), plain)
    shop.order("foreign")

    assert plain.body == shop.ask("POST", f"{SHARING}/nowhere", body).body


def test_replayed(shop):
    """A replayed answer is an earlier one of the same address, byte for byte."""
    earlier = shop.certificate()
    shop.ask("GET", BALANCE)
    shop.order("replayed")

    assert earlier == shop.certificate()

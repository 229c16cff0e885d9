"""Is this answer genuine, fresh, and not seen before."""

import itertools

import attrs
import pytest

from wxdist import NotFresh, ProbeRefused, Replayed, SignatureInvalid, SignatureMissing, WrongAnswer
from wxdist.models import Remaining
from wxdist.wire.keys import KeySet
from wxdist.wire.verifying import (
    HEADERS,
    Seal,
    SeenNonces,
    carries_seal,
    check_echo,
    check_fresh,
    check_signature,
    fits,
    read_seal,
)

NOW = 1_767_574_800
NAMES = [name.lower() for name in HEADERS]
INCOMPLETE = [set(some) for n in range(4) for some in itertools.combinations(NAMES, n)]
SEAL = Seal(timestamp=str(NOW), nonce="n", signature="c2ln", serial="0ABC", request_id="08F7")


def flipped(text, at=0):
    """Return *text* with one bit of one character changed."""
    return text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]


def test_a_genuine_answer_is_taken(platform):
    """What the platform signed just now is taken, once."""
    seal = read_seal(platform.answer(b'{"a":1}'))

    assert NOW == int(seal.timestamp)
    check_fresh(seal, now=NOW)
    check_signature(seal, b'{"a":1}', platform.trusted)
    SeenNonces().admit(seal, now=NOW)


@pytest.mark.parametrize("names", INCOMPLETE, ids=lambda names: "+".join(sorted(names)) or "none")
@pytest.mark.parametrize("blank", [False, True], ids=["missing", "empty"])
def test_all_four_headers_are_needed(platform, names, blank):
    """Each of the 15 incomplete sets of the signature headers is refused."""
    headers = platform.answer()
    given = {name: value for name, value in headers.items() if name in {*names, "request-id"}}
    given |= dict.fromkeys(NAMES, "") | given if blank else {}

    with pytest.raises(SignatureMissing) as error:
        read_seal(given)

    assert error.value.part.lower() not in names
    assert "08F7" == error.value.request_id


def test_there_are_fifteen_incomplete_sets():
    """The sets above are all that there are."""
    assert 15 == len(INCOMPLETE)


@pytest.mark.parametrize(("headers", "found"), [({}, False), ({"wechatpay-nonce": ""}, True)])
def test_a_seal_may_be_absent(headers, found):
    """An answer without any of the headers carries no signature; with one it claims to."""
    assert found == carries_seal(headers)


@pytest.mark.parametrize("name", ["timestamp", "nonce", "signature"])
def test_a_flipped_bit_in_a_header(platform, name):
    """One changed bit in what is signed, or in the signature, and nothing is taken."""
    seal = read_seal(platform.answer())
    bent = attrs.evolve(seal, **{name: flipped(getattr(seal, name), 3)})

    with pytest.raises(SignatureInvalid, match="does not fit"):
        check_signature(bent, b"{}", platform.trusted)


@pytest.mark.parametrize("body", [b"{|", b"z}", b"", b"{} ", b"{}\n", b" {}"])
def test_a_flipped_bit_in_the_body(platform, body):
    """Another body is not what was signed."""
    seal = read_seal(platform.answer())

    with pytest.raises(SignatureInvalid):
        check_signature(seal, body, platform.trusted)


def test_a_flipped_bit_in_the_serial(platform):
    """Another serial number names no key."""
    keys = KeySet(keys=(platform.trusted,))
    seal = read_seal(platform.answer() | {"wechatpay-serial": flipped("0ABC")})

    assert keys.find("0ABC", now=NOW)
    assert keys.find(seal.serial, now=NOW) is None


@pytest.mark.parametrize("text", ["", "!", "c2ln", "c2ln=", "é", "\udcff", " c2ln", "c2\nln", "中"])
def test_what_is_no_signature(platform, text):
    """What is no base64, or of another length, is no signature, and no other error."""
    assert not fits(text, b"", platform.trusted)


@pytest.mark.parametrize("nonce", ["\udcff", "x\ny"])
def test_what_is_no_nonce(platform, nonce):
    """A nonce of strange characters fits no signature, and is no other error."""
    with pytest.raises(SignatureInvalid):
        check_signature(attrs.evolve(SEAL, nonce=nonce), b"", platform.trusted)


@pytest.mark.parametrize("off", [0, 300, -300, 299.9])
def test_fresh(off):
    """A time stamp up to 300 s off is fresh, on either side."""
    assert check_fresh(SEAL, now=NOW + off) is None


@pytest.mark.parametrize("off", [301, -301, 300.1, 86400, -86400])
def test_stale(off):
    """A time stamp more than 300 s off is refused, on either side."""
    with pytest.raises(NotFresh) as error:
        check_fresh(SEAL, now=NOW + off)

    assert "Wechatpay-Timestamp" == error.value.part


@pytest.mark.parametrize(
    "stamp", ["x", "-1", "1.5", f"{NOW}.0", f" {NOW}", f"+{NOW}", "١٢٣", "9" * 5000, "1e9", "1_0"]
)
def test_a_stamp_that_is_no_number(stamp):
    """A time stamp is digits alone; of anything else the answer is not fresh."""
    with pytest.raises(NotFresh):
        check_fresh(attrs.evolve(SEAL, timestamp=stamp), now=NOW)


@pytest.mark.parametrize("tail", ["", "c2ln", "x" * 400])
def test_a_probe_is_refused_by_name(platform, tail):
    """A deliberately wrong signature is told apart from a broken one."""
    headers = platform.answer() | {"wechatpay-signature": f"WECHATPAY/SIGNTEST/{tail}"}

    with pytest.raises(ProbeRefused) as error:
        read_seal(headers)

    assert "08F7" == error.value.request_id


@pytest.mark.parametrize("kind", ["", "WECHATPAY2-SM2-WITH-SM3", "wechatpay2-sha256-rsa2048"])
def test_another_kind_of_signature(platform, kind):
    """A kind of signature that is not supported is refused by name."""
    with pytest.raises(SignatureInvalid) as error:
        read_seal(platform.answer() | {"wechatpay-signature-type": kind})

    assert "Wechatpay-Signature-Type" == error.value.part


def test_the_kind_may_be_told(platform):
    """The supported kind may be named, or left out."""
    told = platform.answer() | {"wechatpay-signature-type": "WECHATPAY2-SHA256-RSA2048"}

    assert read_seal(told) == read_seal(
        platform.answer(),
    )


@pytest.mark.parametrize("later", [0, 1, 599, 600])
@pytest.mark.parametrize("start", [0, 1, 250, 599])
def test_a_replay_is_refused_for_ten_minutes(start, later):
    """A nonce is remembered for ten minutes, whenever in a generation it came."""
    seen = SeenNonces()
    seen.admit(attrs.evolve(SEAL, nonce="first"), now=NOW)
    seen.admit(SEAL, now=NOW + start)

    with pytest.raises(Replayed) as error:
        seen.admit(SEAL, now=NOW + start + later)

    assert "Wechatpay-Nonce" == error.value.part


def test_nonces_are_forgotten():
    """After twenty minutes a nonce is not remembered: by then its time stamp is stale."""
    seen = SeenNonces()
    for now in (NOW, NOW + 600, NOW + 1200, NOW + 9000):
        seen.admit(attrs.evolve(SEAL, nonce=str(now)), now=now)
    seen.admit(attrs.evolve(SEAL, nonce=str(NOW)), now=NOW + 9000)

    with pytest.raises(Replayed):
        seen.admit(attrs.evolve(SEAL, nonce=str(NOW)), now=NOW + 9001)


def test_a_clock_that_is_set_back_forgets_nothing():
    """A clock that goes back a little opens no door for a replay."""
    seen = SeenNonces()
    seen.admit(SEAL, now=NOW)

    with pytest.raises(Replayed):
        seen.admit(SEAL, now=NOW - 5)


@pytest.mark.parametrize("asked", [{"transaction_id": "42"}, {"sub_mchid": "19"}, {}])
def test_an_answer_to_the_question(asked):
    """An echoed id that is the one asked for, or that is left out, is right."""
    answer = Remaining(transaction_id="42", unsplit_amount=1, currency="CNY")

    assert check_echo(asked, answer) is None


def test_an_answer_to_another_question():
    """A genuine answer to another question is refused, and says which id."""
    answer = Remaining(transaction_id="42", unsplit_amount=1, currency="CNY")

    with pytest.raises(WrongAnswer) as error:
        check_echo({"transaction_id": "43"}, answer, request_id="08F7")

    assert ("transaction_id", "08F7") == (error.value.part, error.value.request_id)


def test_shows_no_signature():
    """A seal shows everything but its signature."""
    assert "c2ln" not in f"{SEAL!r}"

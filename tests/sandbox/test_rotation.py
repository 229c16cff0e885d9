import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from wxdist.sandbox import Sandbox
from wxdist.sandbox.paper import Paper, load_key, pem_of
from wxdist.sandbox.papers import Papers
from wxdist.sandbox.rotation import AFTERLIFE, AHEAD, EARLY
from wxdist.waiting.clock import FAKE_START

DAY = 86_400
YEAR = 365 * DAY


class Hand:
    """Papers whose time is in hand."""

    def __init__(self):
        self.now = FAKE_START
        self.papers = Papers(self.now, lambda: self.now)

    def listed(self):
        return [entry["serial_no"] for entry in self.papers.certificate_list()["data"]]


@pytest.fixture
def hand():
    return Hand()


def test_one_certificate_in_the_beginning(hand):
    """At first the one that signs is the one in the list."""
    assert [hand.papers.platform.serial_no] == hand.listed()


def test_announced_a_day_before_it_signs(hand):
    """A new certificate is listed at once, signs a day later, and the old one dies a day after."""
    old = hand.papers.platform.serial_no
    new = hand.papers.rotate().serial_no
    seen = []
    for seconds in (0, AHEAD - 1, 1, AFTERLIFE - 1, 1):
        hand.now += seconds
        seen.append((hand.papers.platform.serial_no, hand.listed()))

    assert [
        (old, [old, new]),
        (old, [old, new]),
        (new, [old, new]),
        (new, [old, new]),
        (new, [new]),
    ] == seen


def test_both_open_what_was_sealed(hand):
    """Fields may be sealed for any listed certificate, and for no other."""
    old, new = hand.papers.platform, hand.papers.rotate()
    both = [hand.papers.platform_key(paper.serial_no) for paper in (old, new)]
    hand.now += AHEAD + AFTERLIFE

    assert [old.key, new.key] == both
    assert [None, new.key] == [hand.papers.platform_key(each.serial_no) for each in (old, new)]


def test_one_rotation_at_a_time(hand):
    """While a new certificate waits there is no other."""
    hand.papers.rotate()

    with pytest.raises(ValueError, match="does not sign yet"):
        hand.papers.rotate()
    hand.now += AHEAD
    hand.papers.rotate()


def test_rotates_by_itself_before_the_end(hand):
    """A month before its end a certificate is replaced without an order."""
    end = hand.papers.platform.certificate.not_valid_after_utc.timestamp()
    hand.now = end - EARLY - 1
    before = hand.listed()
    hand.now += 1
    announced = hand.listed()
    hand.now += AHEAD

    assert (1, 2, before[0]) == (len(before), len(announced), announced[0])
    assert announced[1] == hand.papers.platform.serial_no


@pytest.mark.parametrize("years", [5, 12, 100])
def test_a_valid_one_after_a_long_jump(hand, years):
    """However far the clock jumps, what signs then is valid and in the list."""
    hand.now += years * YEAR
    certificate = hand.papers.platform.certificate

    assert certificate.not_valid_before_utc.timestamp() <= hand.now
    assert hand.now < certificate.not_valid_after_utc.timestamp()
    assert hand.papers.platform.serial_no in hand.listed()


def test_a_clock_that_goes_back_finds_a_signer(hand):
    """After the clock was turned back before every certificate there still is one."""
    hand.papers.rotate()
    hand.now += AHEAD + AFTERLIFE
    new = hand.listed()
    hand.now = FAKE_START - YEAR

    assert new == hand.listed() == [hand.papers.platform.serial_no]


def test_kept_papers_are_the_same(hand):
    """Papers that were dumped are the same when they are loaded, the waiting one too."""
    hand.papers.rotate()
    kept = Papers(0, lambda: hand.now, kept=hand.papers.dump())

    assert kept.dump() == hand.papers.dump()
    assert (hand.papers.api_v3_key, hand.papers.public_key_id) == (
        kept.api_v3_key,
        kept.public_key_id,
    )


@pytest.mark.parametrize("text", ["", "PEM", "-----BEGIN PRIVATE KEY-----\n"])
def test_what_is_no_key_is_refused(text):
    """A text that is no private key is refused."""
    with pytest.raises(ValueError, match=r"."):
        load_key(text)


def test_only_rsa_keys():
    """A key of another kind is refused."""
    other = ec.generate_private_key(ec.SECP256R1())

    with pytest.raises(ValueError, match="not an RSA key"):
        load_key(pem_of(other))
    with pytest.raises(ValueError, match=r"."):
        Paper.load("", "")


async def test_a_client_follows_a_rotation():
    """A session goes on verifying while the certificate is replaced under it."""
    async with Sandbox() as sandbox, sandbox.session() as session:
        old = (await session.certificates.list())[0].serial_no
        new = sandbox.control.rotate_certificate()
        serials = []
        for hours in (1, 24, 24):
            await sandbox.advance(hours=hours)
            await session.transactions.mark(f"P2015080612534{len(serials)}")
            serials.append({each.serial_no for each in await session.certificates.list()})

    assert [{old, new}, {old, new}, {new}] == serials

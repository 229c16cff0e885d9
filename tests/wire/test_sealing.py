"""Single fields and payloads, encrypted and opened."""

import base64

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from wxdist import InvalidInput, Receiver, Share, VerificationFailed
from wxdist.models import CreateOrder, Mark
from wxdist.wire.keys import PrivateKey
from wxdist.wire.sealing import encrypt, from_base64, open_payload, seal

KEY = b"0123456789abcdef0123456789abcdef"
SEALED = base64.b64encode(AESGCM(KEY).encrypt(b"n0nce0000000", b"text", b"about")).decode()
NAMES = st.none() | st.text(st.characters(codec="ascii", categories=("L",)), min_size=1, max_size=5)


def share(name, account="oX5"):
    facts = {"type": "PERSONAL_OPENID", "amount": 1, "description": "x", "authorized": True}
    return Share(account=account, name=name, **facts)


def order(names):
    shares = tuple(share(name, account=f"oX5{index}") for index, name in enumerate(names))
    facts = {"transaction_id": "42", "out_order_no": "P1", "appid": "wx8"}
    return CreateOrder(receivers=shares, unfreeze_unsplit=False, **facts)


async def test_fields(merchant_key):
    """A field is encrypted anew each time, and opens to its text."""
    public, key = merchant_key.public_key(), PrivateKey(merchant_key)
    first, second = encrypt(public, "李雷"), encrypt(public, "李雷")

    assert first != second
    assert ["李雷"] * 2 == [
        (await key.decrypt(from_base64(text))).decode() for text in (first, second)
    ]


@pytest.mark.parametrize("text", ["x" * 214, "中" * 71, ""])
def test_the_longest_field(merchant_key, text):
    """What fits in one block is encrypted."""
    assert 256 == len(from_base64(encrypt(merchant_key.public_key(), text)))


@pytest.mark.parametrize("text", ["x" * 215, "中" * 72])
def test_a_field_that_is_too_long(merchant_key, text):
    """What does not fit is refused; its size is told, not its text."""
    with pytest.raises(InvalidInput) as error:
        encrypt(merchant_key.public_key(), text)

    assert f"at most 214 bytes of UTF-8; got {len(text.encode())}" in error.value.problem
    assert text not in str(error.value)


def opened(**changes):
    facts = {"nonce": "n0nce0000000", "associated_data": "about", "ciphertext": SEALED}
    key = changes.pop("key", KEY)
    return open_payload(key, **facts | changes)


def test_payloads():
    """A payload opens with its key, nonce and associated data."""
    assert b"text" == opened()


@pytest.mark.parametrize(
    "changes",
    [
        {"key": KEY[::-1]},
        {"key": KEY[:5]},
        {"key": b""},
        {"nonce": "n0nce0000001"},
        {"nonce": ""},
        {"nonce": "x"},
        {"nonce": "x" * 200},
        {"nonce": "\ud800" * 12},
        {"associated_data": ""},
        {"associated_data": "\udcff"},
        {"ciphertext": ""},
        {"ciphertext": "AAAA"},
        {"ciphertext": SEALED[:-4]},
        {"ciphertext": SEALED + "\n"},
        {"ciphertext": "sRvt… "},
        {"ciphertext": "*" + SEALED},
        {
            "ciphertext": base64.b64encode(bytes([base64.b64decode(SEALED)[0] ^ 1])).decode()
            + SEALED[4:]
        },
    ],
)
def test_refuses_payloads(changes):
    """Whatever is wrong, the refusal is the same, and shows nothing of it."""
    with pytest.raises(VerificationFailed, match="is the APIv3 key the one set") as error:
        opened(**changes)

    assert "ciphertext" == error.value.part
    assert error.value.__suppress_context__


@pytest.mark.parametrize("text", ["!", "AAA", "中", "AA AA", "AAAA\n", "\ud800", "AA=A"])
def test_what_is_no_field(text):
    """What is no base64 is no encrypted field."""
    with pytest.raises(InvalidInput, match="is no base64 text"):
        from_base64(text)


@given(st.lists(NAMES, max_size=5))
def test_seals_at_any_depth(names):
    """Each name in a list of shares is encrypted, on a copy, and nothing else is changed."""
    before = order(names)

    after = seal(before, str.swapcase)

    assert [name and name.swapcase() for name in names] == [each.name for each in after.receivers]
    assert names == [each.name for each in before.receivers]
    assert before == seal(after, str.swapcase)
    assert any(names) == (after is not before)


@pytest.mark.parametrize("value", [None, 5, "x", (), [], ["x"], ("x", 5), {"name": "x"}])
def test_seals_nothing_else(value):
    """What holds no sensitive field is the same object."""
    assert seal(value, str.swapcase) is value


def test_seals_in_lists_of_lists():
    """Lists may stand in lists; those without a sensitive field stay."""
    mark = Mark(out_trade_no="P20150806")
    plain, secret = [share(None)], [[share("Li")], mark]

    assert (plain, ((share("lI"),), mark)) == seal([plain, secret], str.swapcase)


def test_seals_a_receiver():
    """A receiver's name is sealed, and its account is not."""
    receiver = Receiver(type="MERCHANT_ID", account="19", name="Shop", relation_type="SUPPLIER")

    sealed = seal(receiver, str.swapcase)

    assert ("sHOP", "19") == (sealed.name, sealed.account)

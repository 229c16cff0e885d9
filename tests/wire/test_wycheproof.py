"""The vectors of project Wycheproof: attacks on RSA signatures, RSA-OAEP and AES-GCM."""

import base64
import json
import os
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import load_der_private_key

from wxdist.wire.keys import PrivateKey, load_platform_key
from wxdist.wire.sealing import open_sealed
from wxdist.wire.verifying import fits

SHARED = Path(__file__).parents[3] / "shared" / "vectors"
FOLDER = Path(os.environ.get("WXDIST_VECTORS", SHARED)) / "wycheproof"
ABSENT = "no vectors: ../shared/vectors is absent and WXDIST_VECTORS names no other folder"


def cases(name, **sizes):
    """Return each case of one file with its group, of groups of these sizes, as parameters."""
    file = FOLDER / name
    if not file.is_file():
        return [pytest.param(None, marks=pytest.mark.skip(reason=ABSENT))]
    return [
        pytest.param((group, case), id=f"{case['tcId']}-{case['result']}")
        for group in json.loads(file.read_text("utf-8"))["testGroups"]
        if sizes.items() <= group.items()
        for case in group["tests"]
    ]


@pytest.mark.parametrize("vector", cases("rsa_signature_2048_sha256_test.json"))
def test_signatures(vector):
    """Exactly the valid signatures are taken, and not those that are merely acceptable."""
    group, case = vector
    key = load_platform_key(group["publicKeyPem"].encode(), "PUB_KEY_ID_1")
    signature = base64.b64encode(bytes.fromhex(case["sig"])).decode()

    assert (case["result"] == "valid") == fits(signature, bytes.fromhex(case["msg"]), key)


async def opened(key, sealed, label):
    """Return the plain text; ``None`` where it is refused. Ours knows no label."""
    try:
        if not label:
            return await PrivateKey(key).decrypt(sealed)
        return key.decrypt(sealed, padding.OAEP(padding.MGF1(SHA1()), SHA1(), label))
    except ValueError:
        return None


@pytest.mark.parametrize("vector", cases("rsa_oaep_2048_sha1_mgf1sha1_test.json"))
async def test_fields(vector):
    """Exactly the valid ciphertexts open, to their text."""
    group, case = vector
    key = load_der_private_key(bytes.fromhex(group["privateKeyPkcs8"]), None)
    plain, sealed, label = (bytes.fromhex(case[name]) for name in ("msg", "ct", "label"))

    assert (plain if case["result"] == "valid" else None) == await opened(key, sealed, label)


@pytest.mark.parametrize("vector", cases("aes_gcm_test.json", keySize=256, ivSize=96, tagSize=128))
def test_payloads(vector):
    """Exactly the valid payloads open, to their text."""
    _, case = vector
    plain, key, nonce, aad, sealed, tag = (
        bytes.fromhex(case[name]) for name in ("msg", "key", "iv", "aad", "ct", "tag")
    )

    if case["result"] == "valid":
        assert plain == open_sealed(key, nonce, sealed + tag, aad)
    else:
        with pytest.raises(InvalidTag):
            open_sealed(key, nonce, sealed + tag, aad)

"""A configuration as a user has it: files in a folder, and an environment that names them."""

import io
import json
import os
import time

import attrs
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from wxdist import DetailResult
from wxdist.cli.ending import Bill, Ending, Received
from wxdist.sandbox import Sandbox


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


def environment(folder, *, public_key=False):
    """Return the environment that the files of `write_credentials` in *folder* make."""
    facts = json.loads((folder / "credentials.json").read_text("utf-8"))
    trust = {"API_V3_KEY": facts["api_v3_key"]}
    if public_key:
        trust = {
            "PLATFORM_PUBLIC_KEY_ID": facts["platform_public_key_id"],
            "PLATFORM_PUBLIC_KEY_FILE": str(folder / "platform_public_key.pem"),
        }
    found = {
        "MCHID": facts["mchid"],
        "SERIAL_NO": facts["serial_no"],
        "PRIVATE_KEY_FILE": str(folder / "merchant_key.pem"),
        "CERTIFICATE_FILE": str(folder / "merchant_cert.pem"),
        "BASE_URL": facts["base_url"],
        **trust,
    }
    return {f"WXDIST_{name}": value for name, value in found.items()}


@pytest.fixture
def ending():
    """A payment of 1000 fen: 300 to one receiver, nothing to the other, a fee of 6."""
    paid = Received(
        account="1900000101",
        name="Shop",
        asked=300,
        paid=300,
        result=DetailResult.SUCCESS,
        fail_reason=None,
        advice=None,
    )
    return Ending(
        transaction_id="4200000001",
        payer=1000,
        fee=6,
        sponsor="1900000001",
        receivers=(paid, attrs.evolve(paid, paid=0)),
        released=694,
        remaining=0,
        bill=Bill(day="2026-01-05", rows=2, total=994),
        changes=(),
    )


@pytest.fixture
def set_environ(monkeypatch):
    """Replace what the process's environment says of wxdist."""

    def put(environ):
        for name in [name for name in os.environ if name.startswith("WXDIST_")]:
            monkeypatch.delenv(name)
        for name, value in environ.items():
            monkeypatch.setenv(name, value)

    return put


@pytest.fixture
def terminal():
    return Terminal()


@pytest.fixture
async def sandbox():
    """A sandbox whose clock goes with the machine's, as the real service's does."""
    async with Sandbox(clock=1, start=time.time()) as running:
        yield running


@pytest.fixture
def environ(sandbox, tmp_path):
    """The environment for `sandbox`, by platform certificates."""
    sandbox.write_credentials(tmp_path)
    return environment(tmp_path)


@pytest.fixture
async def environ_by_public_key(tmp_path):
    """The environment for a sandbox that signs with its public key."""
    async with Sandbox(clock=1, start=time.time(), answers="public_key") as running:
        running.write_credentials(tmp_path)
        yield environment(tmp_path, public_key=True)


@pytest.fixture(scope="session")
def stranger():
    """A private key that belongs to nobody here, as PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()

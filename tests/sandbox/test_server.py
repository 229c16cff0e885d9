import asyncio
import datetime as dt
import json
import socket
import stat
import time
from fractions import Fraction
from urllib.parse import urlsplit

import pytest
from cryptography import x509

from wxdist.errors import InvalidInput
from wxdist.sandbox import Paid, Sandbox
from wxdist.sandbox.clock import SandboxClock
from wxdist.waiting.clock import FAKE_START

TRADE = "P20150806125346"
BEIJING = dt.timezone(dt.timedelta(hours=8))


async def test_starts_and_stops():
    """A sandbox listens on loopback while its block runs, and leaves no task behind."""
    before = asyncio.all_tasks()
    async with Sandbox() as sandbox:
        address = urlsplit(sandbox.base_url)
        socket.create_connection((address.hostname, address.port)).close()
        await asyncio.sleep(0)

    assert "127.0.0.1" == address.hostname
    assert before == asyncio.all_tasks()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address.hostname, address.port))
    with pytest.raises(RuntimeError, match="not running"):
        _ = sandbox.base_url
    await sandbox.__aexit__(None, None, None)


async def test_session_fits():
    """The session it hands out uses its credentials, address and clock."""
    async with Sandbox() as sandbox, sandbox.session() as session:
        await session.transactions.mark(TRADE)
        calls = sandbox.calls

    assert [("POST", 204, True)] == [
        (call.method, call.status, call.check.ok) for call in calls if "/mark" in call.target
    ]


@pytest.mark.parametrize("answers", ["certificate", "public_key"])
async def test_session_verifies_answers(answers):
    """Its session verifies answers, whichever way they are signed."""
    async with Sandbox(answers=answers) as sandbox, sandbox.session() as session:
        await session.transactions.mark(TRADE)
        paid = await sandbox.pay(TRADE, amount=1000)
        left = await session.transactions.wait_until_distributable(
            paid.transaction_id, paid_at=paid.paid_at
        )

    assert 1000 == left.unsplit_amount


async def test_paid_tells_what_the_payer_knows(sandbox):
    """Paying gives the payment's number and its time in Beijing."""
    paid = await sandbox.pay(TRADE, amount=1000)

    assert (
        Paid(
            transaction_id=paid.transaction_id,
            paid_at=dt.datetime(2026, 1, 5, 9, tzinfo=BEIJING),
            out_trade_no=TRADE,
            amount=1000,
        )
        == paid
    )
    assert 28 == len(paid.transaction_id)


@pytest.mark.parametrize(
    ("trade", "more", "field"),
    [
        ("short", {"amount": 1}, "out_trade_no"),
        (TRADE, {"amount": 0}, "amount"),
        (TRADE, {"amount": 1, "sub_mchid": "1900000109"}, "sub_mchid"),
    ],
)
async def test_paying_wrongly(sandbox, trade, more, field):
    """A payment with a wrong argument is refused by its name."""
    with pytest.raises(InvalidInput) as error:
        await sandbox.pay(trade, **more)
    assert field == error.value.field


async def test_paying_needs_the_sub_merchant():
    """With sub-merchants the payer pays one of them, once."""
    async with Sandbox(mode="institutional", sub_mchids=["A"], clock="manual") as sandbox:
        await sandbox.pay(TRADE, amount=1, sub_mchid="A")
        for sub_mchid, field in ((None, "sub_mchid"), ("B", "sub_mchid"), ("A", "out_trade_no")):
            with pytest.raises(InvalidInput) as error:
                await sandbox.pay(TRADE, amount=1, sub_mchid=sub_mchid)
            assert field == error.value.field


async def test_player_errors_name_the_field(sandbox, client):
    """Approving, refusing or closing what is not there is refused."""
    for act in (sandbox.approve("1"), sandbox.refuse("1", "PAPERS")):
        with pytest.raises(InvalidInput, match="account: 0 receivers"):
            await act
    with pytest.raises(InvalidInput, match="out_order_no"):
        await sandbox.close("a b", "1", "NO_AUTH")


async def test_credentials_folder(sandbox, tmp_path):
    """The folder holds what a foreign program needs; secrets are the owner's alone."""
    folder = tmp_path / "a" / "b"
    sandbox.write_credentials(folder)
    sandbox.write_credentials(folder)
    facts = json.loads((folder / "credentials.json").read_text())
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}

    assert {
        "mchid",
        "serial_no",
        "api_v3_key",
        "base_url",
        "platform_serial_no",
        "platform_public_key_id",
    } == set(facts)
    assert (sandbox.base_url, "1900000001") == (facts["base_url"], facts["mchid"])
    assert {"credentials.json", "merchant_key.pem"} == {
        name for name, mode in modes.items() if not mode & 0o077
    }
    assert {"merchant_cert.pem", "platform_cert.pem", "platform_public_key.pem"} < set(modes)
    certificate = x509.load_pem_x509_certificate((folder / "merchant_cert.pem").read_bytes())
    assert f"{certificate.serial_number:040X}" == facts["serial_no"]


async def test_settings_and_credentials(sandbox):
    """Settings lead to the sandbox; credentials are the merchant's, in its mode."""
    assert sandbox.base_url == sandbox.settings.base_url
    assert ("1900000001", "common") == (sandbox.credentials.mchid, sandbox.credentials.mode)
    assert sandbox.credentials is sandbox.credentials


async def test_advance_lets_things_happen(sandbox, client):
    """What falls due while the clock is moved has happened afterwards."""
    await client.mark()
    await sandbox.pay(TRADE, amount=1000)
    await sandbox.advance(1, minutes=1, hours=1, days=180)
    state = sandbox._world.state

    assert FAKE_START + 86400 * 180 + 3661 == sandbox.clock.now() == state.now
    assert [[("system", "SUCCESS")]] == [
        [(order.initiator, str(detail.result)) for detail in order.details]
        for order in state.orders.values()
    ]
    sandbox.check()


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (None, FAKE_START),
        (1_000_000, 1_000_000.0),
        (dt.datetime(2026, 1, 5, 9, tzinfo=BEIJING), FAKE_START),
    ],
)
def test_where_the_clock_starts(start, expected):
    """The clock starts where it is told, else on a Monday morning in Beijing."""
    assert expected == Sandbox(clock="manual", start=start).clock.now()


def test_auto_clock_by_default():
    """The clock jumps by itself unless told otherwise."""
    assert Sandbox().clock._auto
    assert not Sandbox(clock="manual").clock._auto


def test_terms_are_exact():
    """Rates are read exactly from their decimal text."""
    terms = Sandbox(fee_rate="0.006", max_ratio="1", audit="auto", closed_money="sponsor")._terms

    assert (Fraction(3, 500), Fraction(1)) == (terms.fee_rate, terms.max_ratio)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"mode": "other"}, "mode"),
        ({"audit": "other"}, "audit"),
        ({"closed_money": "other"}, "closed_money"),
        ({"answers": "other"}, "answers"),
        ({"fee_rate": "0.5"}, "fee_rate"),
        ({"fee_rate": 0.006}, "fee_rate"),
        ({"fee_rate": "1/3"}, "fee_rate"),
        ({"max_ratio": "0"}, "max_ratio"),
        ({"max_ratio": "1.01"}, "max_ratio"),
        ({"mode": "institutional"}, "sub_mchids"),
        ({"sub_mchids": ["A"]}, "sub_mchids"),
        ({"mode": "institutional", "sub_mchids": ["1900000001"]}, "sub_mchids"),
        ({"mode": "institutional", "sub_mchids": ["?"]}, "sub_mchid"),
        ({"mode": "institutional", "sub_mchids": "A"}, "sub_mchids"),
        ({"clock": "other"}, "clock"),
        ({"clock": 0}, "clock"),
        ({"clock": True}, "clock"),
        ({"start": dt.datetime(2026, 1, 5)}, "start"),  # noqa: DTZ001 - naive is the point
    ],
)
def test_options_that_cannot_be(more, field):
    """An option that cannot be is refused by its name."""
    with pytest.raises(InvalidInput) as error:
        Sandbox(**more)
    assert field == error.value.field


# --- the running clock


async def test_running_clock_runs():
    """A number runs the clock at that multiple of real time."""
    clock = Sandbox(clock=1_000_000, start=0).clock
    began = time.monotonic()
    await clock.sleep(10_000)

    assert 10_000 <= clock.now() <= 1_000_000 * (time.monotonic() - began) + 1_000_000
    assert isinstance(clock, SandboxClock)


async def test_running_clock_can_be_moved():
    """Moving a running clock wakes whoever's time has come, and nobody else."""
    clock = SandboxClock(0, speed=1)
    woken = []

    async def wait(seconds):
        await clock.sleep(seconds)
        woken.append(seconds)

    tasks = [asyncio.ensure_future(wait(seconds)) for seconds in (3600, 60, 0)]
    for _ in range(3):
        await asyncio.sleep(0)
    first = list(woken)
    await clock.advance(minutes=2)
    await asyncio.wait([tasks[1]], timeout=5)
    second = list(woken)
    await clock.advance(days=1)
    await asyncio.gather(*tasks)

    assert ([0], [0, 60], [0, 60, 3600]) == (first, second, woken)
    assert 86520 <= clock.now() < 86600
    await clock.advance(1)


async def test_running_sandbox_can_be_moved():
    """A sandbox on a running clock is moved on as well."""
    async with Sandbox(clock=1, start=0) as sandbox:
        await sandbox.advance(days=2)

        assert 172_800 <= sandbox.clock.now() < 172_900

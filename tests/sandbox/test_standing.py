import asyncio
import contextlib
import datetime as dt
import json
import os
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

import wxdist
from wxdist.errors import ConfigurationError, InvalidInput
from wxdist.sandbox.options import terms
from wxdist.sandbox.standing import AUTHORITY_FILE, Standing, serve
from wxdist.waiting.clock import FakeClock

TRADE = "P20150806125346"
#: The real time of these tests: a clock in hand.
NOW = 1_800_000_000.0
TERMS = terms(
    mode="common",
    sub_mchids=(),
    fee_rate="0",
    max_ratio="0.30",
    audit="manual",
    closed_money="frozen",
)


def standing(**more):
    return Standing(TERMS, **{"clock": "manual", "real": FakeClock(NOW), **more})


def session_of(folder, clock=None):
    """Return a client made from a credentials folder alone."""
    facts = json.loads((folder / "credentials.json").read_text())
    credentials = wxdist.Credentials(
        facts["mchid"], facts["serial_no"], folder / "merchant_key.pem", facts["api_v3_key"]
    )
    settings = wxdist.Settings(base_url=facts["base_url"])
    return wxdist.Session(credentials, settings=settings, clock=clock or FakeClock(NOW, auto=True))


async def test_a_client_keeps_working_whatever_the_clock_does(tmp_path):
    """Signatures go by real time, business by the sandbox's: moving the latter breaks no client."""
    start = NOW - 10 * 86_400  # so that the bill's day is past for the client, too
    async with (
        standing(folder=tmp_path, start=start) as sandbox,
        session_of(tmp_path) as session,
    ):
        await session.transactions.mark(TRADE)
        paid = sandbox.control.pay(TRADE, amount=1000)
        await sandbox.control.advance(minutes=5)
        left = await session.transactions.remaining(paid.transaction_id)
        order = await session.orders.unfreeze(paid.transaction_id, "U1", description="all")
        await sandbox.control.advance(days=1, hours=2)
        bill = await session.bills.distribution(paid.paid_at.date()).download(tmp_path / "bill")
        await sandbox.control.advance(days=400)
        seen = await session.orders.wait(order)

    assert (1000, 1000) == (left.unsplit_amount, seen.outcome.released)
    assert [1000] == [row.amount for row in bill.rows()]
    assert dt.datetime.fromtimestamp(start, dt.UTC) == paid.paid_at


async def test_addresses_of_bills_live_by_real_time(tmp_path):
    """A bill's address ends after 30 real seconds, however the business's clock is turned."""
    real = FakeClock(NOW, auto=True)
    async with standing(folder=tmp_path, real=real) as sandbox, session_of(tmp_path, real) as s:
        ids = await sandbox.control.scenario("three-receivers")
        await sandbox.control.advance(days=1, hours=2)
        day = dt.datetime.fromtimestamp(NOW, dt.timezone(dt.timedelta(hours=8))).date()
        answer = await s.request(
            "GET", "/v3/global/profit-sharing/bill-download-url", query={"bill_date": f"{day}"}
        )
        path = json.loads(answer.body)["download_url"].removeprefix(sandbox.base_url)
        await sandbox.control.advance(hours=1)
        first = sandbox._core.world.bills.file(path.partition("token=")[2], real.now() + 30)
        with pytest.raises(Exception, match="valid for 30 seconds"):
            sandbox._core.world.bills.file(path.partition("token=")[2], real.now() + 31)

    assert ids["out_order_no"] in first


@pytest.mark.parametrize(("clock", "runs"), [("auto", 1), (1, 1), (60, 60), ("manual", "manual")])
async def test_how_the_clock_runs(clock, runs):
    """Without sleepers of its own, an automatic clock runs as fast as real time."""
    async with standing(clock=clock) as sandbox:
        assert runs == sandbox.control.state()["clock"]["runs"]


async def test_where_the_clock_starts():
    """The business starts now, unless told otherwise."""
    start = dt.datetime(2026, 1, 5, 9, tzinfo=dt.UTC)
    async with standing() as one, standing(start=start) as two:
        assert (NOW, start.timestamp()) == (one.control.now(), two.control.now())


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "example.org", ""])
def test_loopback_alone(host):
    """Any other address than loopback is refused before anything listens."""
    with pytest.raises(InvalidInput, match="host: is no loopback address"):
        standing(host=host)


@pytest.mark.parametrize("more", [{"host": "localhost"}, {"host": "127.0.0.1", "expose": True}])
async def test_listens_where_it_is_told(more):
    """It listens on the loopback address that it is told, and its address says so."""
    async with standing(**more) as sandbox:
        host, _, port = sandbox.base_url.removeprefix("http://").rpartition(":")
        socket.create_connection((host, int(port))).close()

    assert "127.0.0.1" == host
    with pytest.raises(RuntimeError, match="not running"):
        _ = sandbox.base_url
    await sandbox.__aexit__(None, None, None)


async def test_ipv6():
    """An address of the newer kind stands in brackets."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no ::1")
    async with standing(host="::1") as sandbox:
        assert sandbox.base_url.startswith("http://[::1]:")


async def test_a_port_that_is_taken(tmp_path):
    """A port that somebody else has is told as what it is, and the store is let go."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        sandbox = standing(port=taken.getsockname()[1], store=tmp_path / "state.db")
        with pytest.raises(ConfigurationError, match=r"cannot listen on 127\.0\.0\.1"):
            await sandbox.__aenter__()
    async with standing(store=tmp_path / "state.db"):
        pass


@pytest.mark.parametrize("port", [-1, 65_536, 99_999])
def test_a_port_that_is_none(port):
    """A number that is no port is refused when the sandbox is made."""
    with pytest.raises(InvalidInput, match="port: must be from 0"):
        standing(port=port)


@pytest.mark.parametrize("https", [False, True])
@pytest.mark.parametrize("folder", ["file", "file/below"])
async def test_a_folder_that_cannot_be_written(tmp_path, https, folder):
    """It is told in plain words; nothing listens any more, and the store is let go."""
    (tmp_path / "file").write_text("")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    sandbox = standing(
        folder=tmp_path / folder, https=https, store=tmp_path / "state.db", port=port
    )
    with pytest.raises(ConfigurationError, match=rf"cannot write into {tmp_path}.*: "):
        await sandbox.__aenter__()

    async with standing(store=tmp_path / "state.db", port=port):
        pass


async def test_a_stop_that_is_cut_short(tmp_path):
    """The store is let go even when stopping does not come to its end."""
    sandbox = await standing(store=tmp_path / "state.db").__aenter__()
    ending = asyncio.ensure_future(sandbox.__aexit__(None, None, None))
    await asyncio.sleep(0)
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending

    async with standing(store=tmp_path / "state.db"):
        pass


async def test_the_authority_of_an_earlier_run_goes(tmp_path):
    """Without HTTPS the folder holds no authority, and the other files are there before the last.

    A program that waits for ``credentials.json`` finds all the others.
    """
    for https in (True, False):
        async with standing(https=https, folder=tmp_path):
            assert https == (tmp_path / AUTHORITY_FILE).exists()

    assert "credentials.json" == max(tmp_path.iterdir(), key=lambda it: it.stat().st_mtime_ns).name


async def test_every_answer_says_sandbox(tmp_path):
    """Each answer carries the header that says it is a sandbox's."""
    async with standing() as sandbox:
        host, _, port = sandbox.base_url.removeprefix("http://").rpartition(":")
        said = await ask(host, port)

    assert b"\r\nWxdist-Sandbox: 1\r\n" in said


async def ask(host, port, **more):
    """Ask for the certificates without a signature; return the raw answer."""
    reader, writer = await asyncio.open_connection(host, int(port), **more)
    writer.write(b"GET /v3/global/certificates HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    said = await reader.read()
    writer.close()
    with contextlib.suppress(ssl.SSLError, ConnectionError):
        await writer.wait_closed()
    return said


# --- HTTPS


async def test_https(tmp_path):
    """Whoever trusts the file in the folder can speak HTTPS with it, by name and by address."""
    async with standing(https=True, folder=tmp_path, real=wxdist.Clock()) as sandbox:
        scheme, _, place = sandbox.base_url.partition("://")
        trusting = ssl.create_default_context(cafile=tmp_path / AUTHORITY_FILE)
        said = [
            await ask("127.0.0.1", place.rpartition(":")[2], ssl=trusting, server_hostname=name)
            for name in ("localhost", "127.0.0.1")
        ]

    assert "https" == scheme
    assert [True, True] == [text.startswith(b"HTTP/1.1 401") for text in said]


def test_https_needs_a_folder():
    """Without a folder nobody could trust it."""
    with pytest.raises(
        InvalidInput, match=f"https: needs a credentials folder, for {AUTHORITY_FILE}"
    ):
        standing(https=True)


async def test_the_authority_is_kept(tmp_path):
    """With a store the authority stays the same, until it has to vouch for another name."""
    told = []
    for more in ({}, {}, {"host": "127.0.0.2", "expose": True}):
        facts = {"https": True, "folder": tmp_path / "a", "store": tmp_path / "state.db"} | more
        async with standing(**facts):
            told.append((tmp_path / "a" / AUTHORITY_FILE).read_text())
    async with standing(https=True, folder=tmp_path / "a"):
        told.append((tmp_path / "a" / AUTHORITY_FILE).read_text())

    assert told[0] == told[1]
    assert 3 == len(set(told))


async def test_a_damaged_authority_is_refused(tmp_path):
    """A kept authority that makes no sense is told as a damaged store, which is let go."""
    facts = {"https": True, "folder": tmp_path / "a", "store": tmp_path / "state.db"}
    async with standing(**facts):
        pass
    file = sqlite3.connect(tmp_path / "state.db", isolation_level=None)
    file.execute("UPDATE facts SET value = '[1]' WHERE name = 'authority'")
    file.close()
    with pytest.raises(InvalidInput, match="store: is damaged: its authority cannot be read"):
        await standing(**facts).__aenter__()

    async with standing(store=tmp_path / "state.db"):
        pass


# --- the store


async def test_starts_again_where_it_stopped(tmp_path):
    """With a store keys, business and time are there again; without one all is forgotten."""
    path, folder = tmp_path / "state.db", tmp_path / "folder"
    async with standing(store=path, folder=folder) as sandbox, session_of(folder) as session:
        await session.transactions.mark(TRADE)
        await sandbox.control.advance(days=3)
        before = (sandbox.control.snapshot(), (folder / "merchant_key.pem").read_text())
    async with standing(store=path, folder=folder) as sandbox, session_of(folder) as session:
        again = (sandbox.control.snapshot(), (folder / "merchant_key.pem").read_text())
        now = sandbox.control.now()
        await session.transactions.mark(TRADE)
    async with standing() as sandbox:
        forgotten = sandbox.control.state()

    assert before == again
    assert (NOW + 3 * 86_400, [], 0) == (now, forgotten["marks"], forgotten["events"])


async def test_a_store_of_other_terms_is_let_go(tmp_path):
    """A sandbox that cannot be made leaves the store to others."""
    path = tmp_path / "state.db"
    async with standing(store=path):
        pass
    other = terms(
        mode="common",
        sub_mchids=(),
        fee_rate="0.01",
        max_ratio="0.30",
        audit="manual",
        closed_money="frozen",
    )
    with pytest.raises(InvalidInput, match="other terms"):
        Standing(other, store=path)
    async with standing(store=path):
        pass


# --- as a program


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it(number):
    """Once it told where it listens, either signal ends it; then both work as before."""
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    told = []

    def say(line):
        told.append(line)
        os.kill(os.getpid(), number)

    await serve(standing(), say)

    assert 1 == len(told)
    assert told[0].startswith("listening on http://127.0.0.1:")
    assert before == [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]


class Program:
    """``wxdist sandbox`` as a process of its own."""

    def __init__(self, *words):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "wxdist", "sandbox", *map(str, words)],
            cwd=Path(wxdist.__file__).parents[1],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.line = self.process.stdout.readline()
        self.base_url = self.line.removeprefix("listening on ").strip()

    def order(self, path, **facts):
        """Give an order, or look, over HTTP."""
        request = urllib.request.Request(
            f"{self.base_url}/_sandbox/{path}",
            data=json.dumps(facts).encode() if facts else None,
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read())

    def end(self, number):
        self.process.send_signal(number)
        self.process.stdout.close()
        return self.process.wait(timeout=10)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_program_ends_cleanly(number):
    """The program prints one line when it is ready, and ends with status 0 when told to."""
    program = Program()

    assert program.line.startswith("listening on http://127.0.0.1:")
    assert 0 == program.end(number)


async def test_a_killed_program_lost_nothing(tmp_path):
    """After kill -9 the state is that of the last answered call, and the credentials still fit."""
    words = ("--control", "--store", tmp_path / "db", "--credentials", tmp_path / "keys")
    program = Program(*words, "--clock", "manual")
    async with session_of(tmp_path / "keys", wxdist.Clock()) as session:
        await session.transactions.mark(TRADE)
    paid = program.order("pay", out_trade_no=TRADE, amount=1000)
    program.order("clock/advance", seconds=300)
    before = program.order("state")
    killed = program.end(signal.SIGKILL)
    program = Program(*words, "--clock", "manual")
    async with session_of(tmp_path / "keys", wxdist.Clock()) as session:
        left = await session.transactions.remaining(paid["transaction_id"])
    after = program.order("state")

    assert (-signal.SIGKILL, 1000) == (killed, left.unsplit_amount)
    assert (before["digest"], before["clock"], before["payments"], before["due"]) == (
        after["digest"],
        after["clock"],
        after["payments"],
        after["due"],
    )
    assert 0 == program.end(signal.SIGTERM)


async def test_the_clock_does_not_jump_by_itself(http):
    """Where clients have clocks of their own, no order lets the clock jump, nor a button."""
    async with standing(control=True, clock=60) as sandbox:
        with pytest.raises(InvalidInput, match="clock: cannot jump by itself here"):
            sandbox.control.jump()
        async with http.get(sandbox.base_url) as answer:
            page = await answer.text()
        runs = sandbox.control.time()["runs"]

    assert 60 == runs
    assert "Stop" in page
    assert "Jump by itself" not in page

"""Orders through a real server."""

import argparse
import asyncio
import datetime as dt
import json

import pytest

from wxdist.cli.commands.sandbox import made, register
from wxdist.sandbox import Sandbox
from wxdist.sandbox.options import terms
from wxdist.sandbox.standing import Standing

from .api_desk import PLAIN, TRADE

SHARING = "/v3/global/profit-sharing"


@pytest.fixture
async def sandbox():
    async with Sandbox(clock="manual", control=True) as running:
        yield running


async def order(client, method, path, headers=(), **body):
    """Order something as any program would."""
    text = json.dumps(body).encode() if method == "POST" else b""
    said = {"Content-Type": "application/json"} | dict(headers)
    return await client.raw(method, f"/_sandbox/{path}", text, headers=said)


async def test_money_goes_round(client):
    """A foreign program marks, pays, waits and asks what is left, by HTTP alone."""
    await client.mark()
    paid = await order(client, "POST", "pay", out_trade_no=TRADE, amount=1000)
    await order(client, "POST", "clock/advance", seconds=300)
    target = f"/v3/global/profit-sharing/transactions/{paid.json['transaction_id']}/amounts"
    left = await client.ask("GET", target)
    state = await order(client, "GET", "state")

    assert 1000 == left.json["unsplit_amount"]
    assert [TRADE] == [payment["out_trade_no"] for payment in state.json["payments"]]
    assert "1" == state.headers["Wxdist-Sandbox"]


async def test_orders_are_no_calls(sandbox, client):
    """Orders are not signed, not among the calls, and struck by no fault."""
    await order(client, "POST", "faults", kind="reset_before")
    faults = await order(client, "GET", "faults")

    assert 200 == faults.status
    assert () == sandbox.calls


async def test_why_a_signature_failed(client):
    """A call that failed is explained under its number."""
    header = client.header("get", "/v3/global/certificates")
    headers = {"Accept": "application/json", "Authorization": header}
    await client.raw("GET", "/v3/global/certificates", headers=headers)
    found = await order(client, "GET", "calls/1/explain")

    assert "The signature does not match: the method is not in capitals." == found.json["summary"]
    assert ["different", "same", "same", "same", "same"] == [
        line["verdict"] for line in found.json["lines"]
    ]


async def test_fault_strikes(client):
    """An ordered fault strikes the calls, until it is taken back."""
    await order(client, "POST", "faults", kind="throttled", options={"retry_after": 5})
    struck = await client.mark()
    counts = (await order(client, "GET", "faults")).json["counts"]
    await order(client, "DELETE", "faults/1")
    spared = await client.mark()

    assert (429, "5", 204) == (struck.status, struck.headers["Retry-After"], spared.status)
    assert {"throttled": 1} == counts


async def test_large_snapshots(client):
    """A snapshot is taken back though it is larger than any call may be; others are 413."""
    await order(client, "POST", "scenarios/three-receivers")
    taken = (await order(client, "POST", "snapshot")).json["snapshot"]
    padded = json.dumps({"snapshot": taken}).encode() + b" " * (8 * 1024 * 1024)
    headers = {"Content-Type": "application/json"}
    restored = await client.raw("POST", "/_sandbox/restore", padded, headers=headers)
    refused = await client.raw("POST", "/_sandbox/pay", b" " * 70_000, headers=headers)

    assert (200, 413) == (restored.status, refused.status)


async def test_other_sites(client):
    """A page of another site, or a name that was made to lead here, orders nothing."""
    origin = await order(client, "POST", "pay", {"Origin": "https://evil.example"})
    host = await order(client, "GET", "state", {"Host": "evil.example"})

    assert (403, 403) == (origin.status, host.status)
    assert ("Origin", "Host") == tuple(reply.json["error"]["field"] for reply in (origin, host))


async def test_description(client):
    """The description and the list are where they should be."""
    described = await order(client, "GET", "openapi.json")
    page = await order(client, "GET", "")

    assert "3.1.0" == described.json["openapi"]
    assert page.body.startswith(b"<!doctype html>")


async def test_auditor_that_disagrees(sandbox, client):
    """An answer that the auditor does not allow turns it red, and is told as a finding."""
    await client.mark()
    known = sandbox.control.world.state
    observer, known.observer = known.observer, None
    paid = await sandbox.pay(TRADE, amount=1000)  # behind the auditor's back
    known.observer = observer
    await sandbox.advance(minutes=5)
    green = (await order(client, "GET", "auditor")).json
    await client.ask("GET", f"{SHARING}/transactions/{paid.transaction_id}/amounts")
    red = (await order(client, "GET", "auditor")).json

    assert ("green", "red") == (green["state"], red["state"])
    assert red["found"] == len(red["findings"]) > 0


async def test_waits_and_orders_share_a_clock(client_of):
    """On a clock that jumps by itself an order moves the time under a client that waits."""
    async with Sandbox(control=True) as jumping, jumping.session() as session:
        client = client_of(jumping)
        await session.transactions.mark(TRADE)
        paid = await order(client, "POST", "pay", out_trade_no=TRADE, amount=1000)
        moment = dt.datetime.fromisoformat(paid.json["paid_at"])
        wait = session.transactions.wait_until_distributable(
            paid.json["transaction_id"], paid_at=moment
        )
        left, moved = await asyncio.gather(
            wait, order(client, "POST", "clock/advance", seconds=3600)
        )

    assert (1000, 200) == (left.unsplit_amount, moved.status)


async def test_standing(tmp_path, http):
    """A standing sandbox takes orders too; one that was kept, its auditor does not judge."""
    place = {"folder": tmp_path, "store": tmp_path / "store", "control": True}
    states = []
    for _ in range(2):
        async with Standing(terms(**PLAIN), clock="manual", **place) as standing:
            for method, path in (("POST", "scenarios/paid"), ("GET", "auditor")):
                headers = {"Content-Type": "application/json"}
                url = f"{standing.base_url}/_sandbox/{path}"
                async with http.request(method, url, headers=headers) as answer:
                    said = await answer.json()
        states.append((said["state"], said["resting"]))

    assert [("green", ""), ("grey", "the business was kept from before")] == states


@pytest.mark.parametrize(("words", "on"), [(["--control"], True), ([], False)])
def test_command(words, on):
    """The command switches the control on only when it is told to."""
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers())
    standing = made(parser.parse_args(["sandbox", *words]))

    assert on == (standing._core.api is not None)


async def test_switched_off(client_of):
    """Unless it was switched on, there is nothing under the control's address."""
    async with Sandbox(clock="manual") as plain:
        client = client_of(plain)
        reply = await order(client, "GET", "state")
        audit = plain.control.audit()

    assert 401 == reply.status
    assert ("grey", "no auditor watches this sandbox") == (audit["state"], audit["resting"])


async def test_an_order_does_not_wait_for_itself(sandbox, client):
    """The clock moves on by HTTP as fast as without, however many sleep on it."""
    naps, passes, done = 0, 0, asyncio.Event()

    async def sleep_on():
        nonlocal naps
        while True:
            await sandbox.clock.sleep(1)
            naps += 1

    async def count():
        nonlocal passes
        while not done.is_set():
            await asyncio.sleep(0)
            passes += 1

    sleeper, counter = asyncio.create_task(sleep_on()), asyncio.create_task(count())
    moved = await order(client, "POST", "clock/advance", seconds=60)
    done.set()
    await counter
    sleeper.cancel()

    assert (200, 60) == (moved.status, naps)
    assert passes < 60 * sandbox.clock.patience / 2


async def test_an_order_waits_for_calls(sandbox, client):
    """While the clock is moved by HTTP, a call in flight that sleeps again is waited for."""
    woken = []

    async def call_after_call():
        for _ in range(3):
            await sandbox.clock.sleep(10)
            with sandbox.clock.busy():
                for _ in range(100):  # the passes of a call over a real socket
                    await asyncio.sleep(0)
            woken.append(sandbox.clock.monotonic())

    calling = asyncio.create_task(call_after_call())
    await asyncio.sleep(0)
    await order(client, "POST", "clock/advance", seconds=60)
    await calling

    assert [10, 20, 30] == woken


@pytest.mark.parametrize("path", ["/_sandbox/pay", "/v3/global/x", "/_sandbox/page/pay"])
async def test_a_body_that_cannot_be_decoded(client, caplog, path):
    """A body that is not encoded as its header says is a 400, not a fault of the sandbox."""
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    reply = await client.raw("POST", path, b"no gzip", headers=headers)

    assert (400, "INVALID_REQUEST", "1") == (
        reply.status,
        reply.json["code"],
        reply.headers["Wxdist-Sandbox"],
    )
    assert [] == [each for each in caplog.records if each.name.startswith("wxdist")]


async def test_a_failure_is_told_and_logged(sandbox, client, caplog):
    """What fails inside the sandbox is a 500 that says so, in calls and orders, and is logged."""

    def fail(_):
        raise KeyError("secret")

    sandbox.control.world.state.observer = fail
    called = await client.raw("GET", "/v3/global/certificates")
    ordered = await order(client, "POST", "pay", out_trade_no=TRADE, amount=1000)

    for reply in (called, ordered):
        assert (500, "1") == (reply.status, reply.headers["Wxdist-Sandbox"])
        assert "[sandbox] the sandbox itself failed with KeyError" in reply.json["message"]
    assert [
        "GET /v3/global/certificates was not answered",
        "POST /_sandbox/pay was not answered",
    ] == [record.getMessage() for record in caplog.records]


async def test_broken_books_are_told_by_calls(sandbox, client, caplog):
    """From the step that breaks the books on, calls and orders say that the sandbox is broken."""
    await sandbox.control.scenario("paid")
    good = sandbox.control.snapshot()
    (payment,) = sandbox.control.world.state.payments.values()
    payment.amount += 1  # the books have another amount
    refused = await order(client, "POST", "refund", out_trade_no=payment.out_trade_no, amount=1)
    payment.amount -= 1
    answers = [await order(client, "POST", "clock/advance", seconds=1)]
    answers.append(await client.raw("GET", "/v3/global/certificates", headers=signed(client)))
    check = await order(client, "POST", "check")
    fault = (await order(client, "GET", "state")).json["fault"]
    page = await client.raw("GET", "/")
    sandbox.control.restore(good)
    healed = await order(client, "POST", "clock/advance", seconds=1)

    for reply in (refused, *answers):
        assert (500, "SANDBOX_BROKEN", "1") == (
            reply.status,
            reply.json["code"],
            reply.headers["Wxdist-Sandbox"],
        )
        assert payment.transaction_id in reply.json["message"]
    assert (False, fault, 200) == (check.json["sound"], check.json["problem"], healed.status)
    assert "Invariants broken" in page.body.decode()
    assert 3 == len(caplog.records)


def signed(client):
    target = "/v3/global/certificates"
    return {"Accept": "application/json", "Authorization": client.header("GET", target)}

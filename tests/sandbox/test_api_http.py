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

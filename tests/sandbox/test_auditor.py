"""The auditor as a whole: what it is told, what it reads, what it says."""

import ast
import json
from pathlib import Path

import pytest

from wxdist.sandbox import auditor
from wxdist.sandbox.asking import Request
from wxdist.sandbox.auditor import Auditor
from wxdist.sandbox.auditor.causes import Amounts
from wxdist.sandbox.auditor.reading import read
from wxdist.sandbox.observation import Observation, Ordered
from wxdist.sandbox.records import Terms

from .audit_desk import MCHID, SHOP, START, TX, Desk


@pytest.fixture
def desk():
    """A payment of 1000 fen that can be distributed, and a receiver that may receive."""
    return Desk().paid().receiver()


def request(method="POST", target="/v3/global/profit-sharing/orders", body=b"{}", **headers):
    known = {"user-agent": "u", "accept": "*/*", "content-type": "application/json"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(method, target, {**known, **named}, body)


def observation(**facts):
    known = {"now": START, "clock": START, "genuine": True, "status": 404}
    known |= {"body": b'{"code":"RESOURCE_NOT_EXISTS"}', "request": request("PUT")}
    return Observation(**known | facts)


def test_a_body_that_is_none(desk):
    """An acceptance without what it must have is a finding of its own."""
    assert ["this one lacks or misspells what it must have"] == desk.say(
        "remaining_amount", {"transaction_id": TX}, body={}
    )


def test_an_empty_answer_is_empty(desk):
    """What succeeds without a body has none; an address that the auditor knows nothing of too."""
    params = {"out_trade_no": "P20150806125399", "currency": "CNY"}

    assert ["there is a body"] == desk.say("mark", params, 204, {})
    assert ["there is a body"] == desk.say("", {}, 200, {})
    key = {"type": "MERCHANT_ID", "account": SHOP}
    assert ["there is a body"] == desk.say("delete_receiver", key, 204, {})


def test_what_is_allowed_instead(desk):
    """A finding says what was answered and what would have been allowed."""
    (found,) = desk.auditor.call(desk.now, "query_order", {"out_order_no": "N"}, 500, {})

    assert (3, "query_order", "500") == (found.call, found.endpoint, found.answered)
    assert "400 PARAM_ERROR" == found.allowed
    assert "transaction_id is missing or wrong" == found.why


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (request(user_agent=""), "User-Agent is missing"),
        (request(accept="image/png"), "Accept is missing, or JSON is not accepted"),
        (request(content_type="text/plain"), "the body is not declared as JSON"),
        (request(body=b"["), "the body is no JSON object"),
        (request(body=b"[" * 100_000), "the body is no JSON object"),
        (request("PUT"), "there is no such address"),
        (
            request("GET", "/v3/global/profit-sharing/orders/%ff?transaction_id=1"),
            "the path is not UTF-8",
        ),
        (
            request("GET", "/v3/global/profit-sharing/orders/D?a=%ff"),
            "the query cannot be read, or says a thing twice",
        ),
        (
            request("GET", "/v3/global/profit-sharing/orders/D?a=1&a=2"),
            "the query cannot be read, or says a thing twice",
        ),
    ],
)
def test_reads_what_is_malformed(asked, why):
    """What is wrong with the form of a request is known before what it asks."""
    assert [why] == [cause.why for cause in read(asked).flaws]


def test_reads_a_request():
    """A null says nothing, in lists too; what is no entry stays what it was."""
    body = {"appid": None, "receivers": [{"name": None, "amount": 1}, 7]}
    read_ = read(request(body=json.dumps(body).encode()))

    assert ("request_order", {"receivers": [{"amount": 1}, 7]}) == (read_.endpoint, read_.params)
    assert {"token": "a%2F=="} == read(request("GET", "/v3/bill/downloadurl?token=a%2F==")).params


def test_watches():
    """It takes what an observer sees: calls, calls turned away, and orders."""
    watcher = Auditor(Terms(mchid=MCHID), START)
    watcher.observe(observation())
    watcher.observe(observation(genuine=False, status=401, body=b'{"code":"SIGN_ERROR"}'))
    watcher.observe(Ordered(START, "advance", {}))
    well = watcher.summary()
    watcher.observe(observation(genuine=False))
    watcher.observe(observation(status=502, body=b"<html>"))

    assert ("green", 2, 0, []) == tuple(
        well[key] for key in ("state", "calls", "found", "findings")
    )
    assert ["its signature did not hold", "there is no such address"] == [
        each.why for each in watcher.findings
    ]
    assert ("red", 4, 2) == tuple(watcher.summary()[key] for key in ("state", "calls", "found"))


def test_rests():
    """After what it cannot follow it watches no more, and says so."""
    watcher = Auditor(Terms(mchid=MCHID), START)
    watcher.observe(Ordered(START, "restore", {}))
    watcher.observe(observation(status=500))

    assert ("grey", 0) == (watcher.summary()["state"], watcher.summary()["calls"])
    assert "the business went back to a snapshot" == watcher.summary()["resting"]


def test_the_clock_goes_forwards(desk):
    """The clock of the business does not go back."""
    desk.now -= 1

    assert ["the clock of the business went back"] == desk.order("advance")
    assert "the clock of the business went back" == desk.left(1000)[0]


def test_many_doubts_are_a_range():
    """Of a few amounts each sum is known; of many only the least and the most."""
    few, many = Amounts.of(10, [5, 7]), Amounts.of(0, [2**index for index in range(12)])

    assert [True, False, True] == [each in few for each in (15, 16, 22)]
    assert (True, True, False) == (0 in many, 4095 in many, 4096 in many)
    assert ("10 to 22", "4 to 16", "7") == (str(few), str(few.less(6)), str(Amounts.of(7)))
    assert "-1 to 4094" == str(many.less(1))


def test_shares_no_rules():
    """Of the rest of the sandbox it takes data alone: requests, what was seen, the contract."""
    taken = set()
    for path in Path(auditor.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (
                node.level > 1 or "wxdist" in str(node.module)
            ):
                taken |= {f"{node.module}.{each.name}" for each in node.names}

    assert {
        "asking.Request",
        "observation.Observation",
        "observation.Ordered",
        "records.Terms",
    } == taken

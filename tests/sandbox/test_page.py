"""The page's desk: requests in, answers out, against a real sandbox without a network."""

import re
from urllib.parse import urlencode

import pytest

from wxdist.sandbox import Sandbox
from wxdist.sandbox.asking import Request
from wxdist.sandbox.clock import SandboxClock
from wxdist.sandbox.core import Core
from wxdist.sandbox.page.desk import KEPT_NOTICES, POLICY
from wxdist.sandbox.page.forms import MOST_BYTES
from wxdist.sandbox.records import Terms

HOST = "127.0.0.1:8080"


class Visitor:
    """A browser without a network."""

    def __init__(self):
        self.core = Core(Terms(mchid="1900000001"), SandboxClock(), control=True)
        self.control, self.page = self.core.control, self.core.page

    async def get(self, target="/", *, method="GET", **headers):
        asked = {"host": HOST} | {name.replace("_", "-"): it for name, it in headers.items()}
        return await self.page.answer(Request(method, target, asked))

    async def text(self, target="/"):
        return (await self.get(target)).body.decode()

    async def token(self):
        return re.search(r'name="token" value="([^"]+)"', await self.text())[1]

    async def post(self, act, *, headers=None, token=None, body=None, **form):
        asked = {"host": HOST, "origin": f"http://{HOST}", "sec-fetch-site": "same-origin"}
        form = {"token": await self.token() if token is None else token} | form
        sent = urlencode(form).encode() if body is None else body
        request = Request("POST", f"/_sandbox/page/{act}", asked | (headers or {}), sent)
        return await self.page.answer(request)

    async def said(self, act, **form):
        """Send a form and return the notice on the page that it leads to."""
        answer = await self.post(act, **form)
        assert answer.status == 303
        page = await self.text(answer.headers["Location"].partition("#")[0])
        return re.search(r'<p id="notice" role="status"[^>]*>(.*?)</p>', page)[1]


@pytest.fixture
def visitor():
    return Visitor()


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", True),
        ("/favicon.ico", True),
        ("/_sandbox/page/live", True),
        ("/_sandbox/state", False),
        ("/v3/global/certificates", False),
    ],
)
def test_serves_its_own_addresses(visitor, path, expected):
    """The page takes its root and its own addresses, and leaves the rest to others."""
    assert expected == visitor.page.serves(path)


async def test_the_page(visitor):
    """The root answers with HTML that nothing but its own server can add to."""
    answer = await visitor.get()

    assert 200 == answer.status
    assert "text/html; charset=utf-8" == answer.headers["Content-Type"]
    assert POLICY == answer.headers["Content-Security-Policy"]
    assert "1" == answer.headers["Wxdist-Sandbox"]
    assert answer.body.startswith(b"<!doctype html>")
    assert b" style=" not in answer.body
    assert 1 == answer.body.count(b"<script") == answer.body.count(b'<script src="')


@pytest.mark.parametrize(
    ("name", "kind"), [("page.css", "text/css"), ("page.js", "text/javascript")]
)
async def test_its_files(visitor, name, kind):
    """Style sheet and script come from the package."""
    answer = await visitor.get(f"/_sandbox/page/{name}")

    assert (200, f"{kind}; charset=utf-8") == (answer.status, answer.headers["Content-Type"])
    assert len(answer.body) > 1000


@pytest.mark.parametrize("path", ["/favicon.ico", "/_sandbox/page/", "/_sandbox/page/../x"])
async def test_unknown_address(visitor, path):
    """Another address is not found."""
    assert 404 == (await visitor.get(path)).status


async def test_other_methods(visitor):
    """HEAD is GET; what is neither GET nor POST is told so."""
    head, put = await visitor.get(method="HEAD"), await visitor.get(method="PUT")

    assert (200, 405, "GET, HEAD, POST") == (head.status, put.status, put.headers["Allow"])


async def test_foreign_name_is_refused(visitor):
    """A name that another site may have led here shows nothing and orders nothing."""
    look = await visitor.page.answer(Request("GET", "/", {"host": "evil.example"}))
    order = await visitor.post("stop", headers={"host": "evil.example"})

    assert [403, 403] == [look.status, order.status]


async def test_link_from_another_site_may_be_followed(visitor):
    """Whoever follows a link to the page sees it."""
    assert 200 == (await visitor.get(sec_fetch_site="cross-site")).status


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}],
)
async def test_form_of_another_site_is_refused(visitor, headers):
    """A form that another site sends changes nothing, whatever it carries."""
    answer = await visitor.post("pay", headers=headers, out_trade_no="STOLEN", amount="1")

    assert 403 == answer.status
    assert [] == visitor.control.state()["payments"]


async def test_form_without_the_token_is_refused(visitor):
    """A form must carry the token that only this page's reader knows."""
    answer = await visitor.post("stop", token="guessed")

    assert 403 == answer.status


async def test_token_is_of_one_sandbox():
    """No two sandboxes have the same token."""
    assert await Visitor().token() != await Visitor().token()


async def test_form_that_is_no_form(visitor):
    """What cannot be read, is too large, or goes nowhere is refused."""
    bad = await visitor.post("stop", body=b"\xff")
    large = await visitor.post("stop", body=b"a" * (MOST_BYTES + 1))
    nowhere = await visitor.post("nowhere")

    assert [400, 413, 404] == [bad.status, large.status, nowhere.status]
    assert MOST_BYTES == visitor.page.most(Request("POST", "/", {}))


async def test_pay(visitor):
    """The payer's form pays, leads back to it, and the payment stands on the page."""
    answer = await visitor.post("pay", out_trade_no=" P20150806 ", amount="10000", currency="CNY")

    assert answer.headers["Location"].endswith("#pay")
    (payment,) = visitor.control.state()["payments"]
    page = await visitor.text(answer.headers["Location"].partition("#")[0])
    assert f"✓ Paid ¥100.00: transaction {payment['transaction_id']}." in page
    assert "With the merchant" in page


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"amount": "1"}, "✗ out_trade_no: "),
        ({"out_trade_no": "P20150806"}, "✗ amount: must be a whole number"),
        ({"out_trade_no": "P20150806", "amount": "0"}, "✗ amount: must be at least 1"),
        ({"out_trade_no": "P20150806", "amount": "1", "sub_mchid": "X"}, "✗ sub_mchid: "),
    ],
)
async def test_payment_that_cannot_be(visitor, form, expected):
    """What is wrong with a payment is told by the name of its field."""
    assert (await visitor.said("pay", **form)).startswith(expected)


async def test_audits(visitor):
    """A waiting receiver is approved or refused by its buttons."""
    ids = await visitor.control.scenario("waiting-receivers")
    first, second, third = ids["receivers"]

    assert f"✓ Receiver {first} is approved." == await visitor.said("approve", account=first)
    assert f"✓ Receiver {second} is refused." == await visitor.said(
        "refuse", account=second, reason="NO_PAPERS"
    )
    assert "0 receivers" in await visitor.said("approve", account=second)
    states = [each["state"] for each in visitor.control.state()["receivers"]]
    assert ["EFFECTIVE", "SANDBOX_REFUSED", "INIT"] == states
    assert third in await visitor.text()


@pytest.mark.parametrize(
    ("form", "seconds"),
    [
        ({"seconds": "300"}, 300),
        ({"amount": "1.5", "unit": "h"}, 5400),
        ({"amount": "2", "unit": "days"}, 172_800),
    ],
)
async def test_advance(visitor, form, seconds):
    """The clock moves by a button's step, or by one's own."""
    before = visitor.control.now()

    assert (await visitor.said("advance", **form)).startswith("✓ The clock shows 2026-01-")
    assert seconds == visitor.control.now() - before


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({}, "✗ unit: must be s or min or h or days"),
        ({"amount": "x", "unit": "s"}, "✗ amount: must be a number from 0"),
        ({"seconds": "1e300"}, "✗ seconds: leads too far into the future"),
    ],
)
async def test_step_that_cannot_be(visitor, form, expected):
    """A step that is none is told, and the clock stands where it stood."""
    before = visitor.control.now()

    assert expected == await visitor.said("advance", **form)
    assert before == visitor.control.now()


async def test_how_the_clock_goes(visitor):
    """The clock runs, stops and jumps by its buttons."""
    ran = await visitor.said("run", speed="60")
    speed = visitor.control.time()["runs"]
    stopped = await visitor.said("stop")
    jumping = await visitor.said("jump")

    assert ("✓ It runs at 60 times real time.", 60) == (ran, speed)
    assert "✓ It stands still, and moves by orders alone." == stopped
    assert "✓ It jumps by itself whenever everybody waits." == jumping
    assert "✗ speed: " in await visitor.said("run", speed="1e9")


async def test_inject_and_heal(visitor):
    """A fault is ordered with its options, and taken back alone or with all others."""
    said = await visitor.said(
        "inject",
        kind="throttled",
        endpoint="orders.create",
        probability="0.5",
        count="3",
        options="retry_after=5 & as_date=true",
    )
    assert "✓ Fault 1 is in force: throttled." == said
    rule = visitor.control.faults.rules[1]
    assert ("orders.create", 0.5, 3) == (rule.endpoint, rule.probability, rule.count)
    assert {"retry_after": 5, "as_date": True} == rule.options

    await visitor.said("inject", kind="closed_detail", probability="1", options="reason=A+B")
    await visitor.said("inject", kind="forged", probability="1")
    rules = visitor.control.faults.rules
    assert ({"reason": "A+B"}, None, None) == (rules[2].options, rules[2].count, rules[2].endpoint)
    assert {} == rules[3].options

    assert "✓ Fault 1 is taken back." == await visitor.said("heal", number="1")
    assert "✗ rule: is not in force" == await visitor.said("heal", number="1")
    assert [2, 3] == list(visitor.control.faults.rules)
    assert "✓ No fault is in force." == await visitor.said("heal")
    assert {} == visitor.control.faults.rules


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"kind": "nonsense"}, "✗ kind: must be of"),
        ({"kind": "cut", "probability": "2"}, "✗ probability: "),
        ({"kind": "cut", "count": "0"}, "✗ count: "),
        ({"kind": "cut", "options": "fraction"}, "✗ options: must be name=value"),
        ({"kind": "cut", "options": "fraction=7"}, "✗ fraction: "),
    ],
)
async def test_fault_that_cannot_be(visitor, form, expected):
    """A fault that is none is told by the name of what is wrong."""
    assert (await visitor.said("inject", **{"probability": "1"} | form)).startswith(expected)
    assert {} == visitor.control.faults.rules


async def test_scenarios(visitor):
    """A scenario is loaded, and its things are named."""
    assert "✓ Scenario paid is loaded: SCENARIO000001." == await visitor.said(
        "scenario", name="paid"
    )
    receivers = await visitor.said("scenario", name="waiting-receivers")
    assert receivers.startswith("✓ Scenario waiting-receivers is loaded: 12300002")
    assert "✗ scenario: " in await visitor.said("scenario")


async def test_notice_is_told_once(visitor):
    """What came of an order is told once, and never what somebody writes into the address."""
    answer = await visitor.post("stop")
    target = answer.headers["Location"].partition("#")[0]
    first, again = await visitor.text(target), await visitor.text(target)

    assert "✓ It stands still" in first
    assert '<p id="notice" role="status"></p>' in again
    assert "hello" not in await visitor.text("/?note=hello")


async def test_notices_that_nobody_fetches_are_forgotten(visitor):
    """Only the newest notices are kept."""
    token = await visitor.token()
    answers = [await visitor.post("stop", token=token) for _ in range(KEPT_NOTICES + 1)]
    targets = [each.headers["Location"].partition("#")[0] for each in answers[:2]]
    first, second = [await visitor.text(each) for each in targets]

    assert "✓" not in first.partition("<main")[0]
    assert "✓ It stands still" in second.partition("<main")[0]


def seen_in(page):
    return re.search(r'data-version="(\w+)"', page)[1]


async def test_live_part_comes_when_something_changed(visitor):
    """With the version that is shown there is no answer but the time; after a change, all."""
    target = f"/_sandbox/page/live?seen={seen_in(await visitor.text())}"
    same = await visitor.get(target)
    await visitor.control.scenario("paid")
    changed = await visitor.get(target)

    assert (204, "1767574800.000") == (same.status, same.headers["Wxdist-Now"])
    assert 200 == changed.status
    assert changed.body.startswith(b"<main")
    assert b"SCENARIO000001" in changed.body


async def versions(visitor, *changes):
    """Return the version at first, and after each change."""
    found = [seen_in(await visitor.text())]
    for change in changes:
        result = change()
        if result is not None and hasattr(result, "__await__"):
            await result
        found.append(seen_in(await visitor.text()))
    return found


async def test_each_change_has_a_version(visitor):
    """Events, calls, faults and the clock make a new version; nothing makes none."""
    control, service = visitor.control, visitor.core.service
    unsigned = Request("GET", "/v3/global/certificates", {"host": HOST})

    found = await versions(
        visitor,
        lambda: control.advance(1),
        lambda: service.answer(unsigned) and None,
        lambda: control.inject(kind="refused", count=1) and None,
        lambda: service.answer(unsigned) and None,
        control.stop,
    )

    assert len(found) == len(set(found))
    assert len(set(await versions(visitor, lambda: None))) == 1


def trades(page):
    return re.findall(r"<h3[^>]*><code><bdi>(\w+)", page)


async def test_pages_of_transactions(visitor):
    """The address says which transactions are shown; nonsense shows the newest."""
    for number in range(21):
        visitor.control.pay(f"TRADE{number:03}", amount=100)

    oldest = trades(await visitor.text("/_sandbox/page/live?from=20"))
    wrong = ("", "x", "-1", "٣", "9" * 10)
    newest = [trades(await visitor.text(f"/?from={each}")) for each in wrong]

    assert ["TRADE000"] == oldest
    assert [("TRADE020", 20)] * 5 == [(each[0], len(each)) for each in newest]


async def test_page_over_http(http):
    """With control switched on, the server has the page at its root; forms are no calls."""
    async with Sandbox(clock="manual", control=True) as sandbox:
        async with http.get(sandbox.base_url) as answer:
            page = await answer.text()
        token = re.search(r'name="token" value="([^"]+)"', page)[1]
        form = {"token": token, "name": "paid"}
        async with http.post(f"{sandbox.base_url}/_sandbox/page/scenario", data=form) as answer:
            after = await answer.text()

    assert "Nothing was paid yet." in page
    assert "SCENARIO000001" in after
    assert () == sandbox.calls


async def test_no_page_without_control(http):
    """Without control the root is an address like any other: not the service's."""
    async with Sandbox(clock="manual") as sandbox, http.get(sandbox.base_url) as answer:
        assert 401 == answer.status

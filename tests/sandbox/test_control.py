import datetime as dt
import hashlib
import json
import pickle

import attrs
import pytest

from wxdist.errors import InvalidInput
from wxdist.sandbox import Sandbox, auth
from wxdist.sandbox.asking import Request
from wxdist.sandbox.calls import KEPT_TEXT
from wxdist.sandbox.clock import SandboxClock
from wxdist.sandbox.core import Core
from wxdist.sandbox.explain import explain
from wxdist.sandbox.ledger import LedgerBroken
from wxdist.sandbox.mischief import Rule
from wxdist.sandbox.options import terms
from wxdist.sandbox.rules.calendar import LATEST
from wxdist.sandbox.scenarios import SCENARIOS
from wxdist.waiting.clock import FAKE_START

TRADE = "P20150806125346"
MARK = "/v3/global/profit-sharing/transactions/mark"
BEIJING = dt.timezone(dt.timedelta(hours=8))


def core(*, seed=0, clock=None, **more):
    facts = {"mode": "common", "sub_mchids": (), "fee_rate": "0.01", "max_ratio": "0.30"}
    facts |= {"audit": "manual", "closed_money": "frozen"} | more
    return Core(terms(**facts), clock or SandboxClock(), seed=seed)


@pytest.fixture
def control():
    return core().control


# --- money


def test_refund_by_the_merchants_number(control):
    """A refund names the merchant's order and tells the fee share in it."""
    paid = control.pay(TRADE, amount=1000)
    refund = control.refund(TRADE, amount=100)

    assert {
        "refund_id": refund["refund_id"],
        "transaction_id": paid.transaction_id,
        "amount": 100,
        "currency": "CNY",
        "payer_amount": 100,
        "fee": 1,
        "frozen": 0,
        "released": 0,
        "pool": 99,
        "owed": 0,
        "create_time": "2026-01-05T09:00:00+08:00",
    } == refund
    assert [refund] == control.state()["refunds"]
    control.check()


@pytest.mark.parametrize(
    ("trade", "amount", "field"),
    [
        ("short", 1, "out_trade_no"),
        ("P99999999", 1, "out_trade_no"),
        (TRADE, 0, "amount"),
        (TRADE, 1001, "amount"),
    ],
)
def test_refunding_wrongly(control, trade, amount, field):
    """A refund that cannot be is refused by the argument that is wrong."""
    control.pay(TRADE, amount=1000)

    with pytest.raises(InvalidInput) as error:
        control.refund(trade, amount=amount)
    assert field == error.value.field


# --- the clock


async def test_sets_the_clock_forwards(control):
    """The clock can be set to a later time, by either spelling, and to no earlier one."""
    await control.set_clock(FAKE_START + 60)
    await control.set_clock(dt.datetime(2026, 1, 5, 9, 2, tzinfo=BEIJING))

    assert FAKE_START + 120 == control.now() == control.state()["clock"]["unix"]
    with pytest.raises(InvalidInput, match="when: is past"):
        await control.set_clock(FAKE_START)


@pytest.mark.parametrize("when", [True, "now", dt.datetime(2026, 1, 6), float("nan"), -1])  # noqa: DTZ001 - naive is the point
async def test_a_time_that_is_none(control, when):
    """What is no time, or has no zone, is refused."""
    with pytest.raises(InvalidInput, match="when: must be"):
        await control.set_clock(when)


@pytest.mark.parametrize("when", [dt.datetime(9999, 12, 30, tzinfo=BEIJING), LATEST + 1, -1])
async def test_a_time_out_of_range(control, when):
    """A time before 1970 or after the start of the year 9000 is refused, however it is spelled."""
    with pytest.raises(InvalidInput, match="when: must be a time from 1970"):
        await control.set_clock(when)


@pytest.mark.parametrize(
    "far", [{"seconds": 10**400}, {"days": 1e300}, {"hours": float("nan")}, {"seconds": LATEST}]
)
async def test_a_step_out_of_range(control, far):
    """A step beyond the year 9000 is refused, and the clock stays where it was."""
    with pytest.raises(InvalidInput, match="seconds: leads too far"):
        await control.advance(**far)
    assert FAKE_START == control.now()


async def test_all_goes_on_at_the_end_of_time():
    """At the last moment calls are answered, keys are made, and what comes later has a date."""
    control = core().control
    await control.set_clock(LATEST)
    with control.world.state.slowed("freeze", 1e300):
        control.world.payments.mark("", TRADE, "CNY")
        control.pay(TRADE, amount=1000)
    control.rotate_certificate()
    again = core().control
    again.restore(control.snapshot())

    assert LATEST == again.now()
    assert again.state()["due"] == control.state()["due"]
    assert "9999-01-01" in {each["at"][:10] for each in again.state()["due"]}
    with pytest.raises(InvalidInput, match="seconds: leads too far"):
        await again.advance(1)


async def test_lets_the_clock_run_and_stand(control):
    """The clock runs at any multiple of real time, stands, and jumps when told to."""
    said = []
    for act in (lambda: control.run(60), control.run, control.stop, control.jump):
        act()
        said.append(control.state()["clock"]["runs"])

    assert [60, 1, "manual", "auto"] == said


@pytest.mark.parametrize("speed", [-1, True, "fast", float("inf"), float("nan"), 1_000_001])
def test_a_speed_that_is_none(control, speed):
    """A speed below zero, too high, or none at all is refused."""
    with pytest.raises(InvalidInput, match="speed: must be"):
        control.set_speed(speed)


async def test_what_is_due_happens(control):
    """What falls due while the clock moves has happened, and is in the log in its order."""
    ids = await control.scenario("paid")
    await control.advance(days=181)

    assert ["mark", "pay", "freeze", "expire", "accept", "detail", "end", "exchange", "clock"] == [
        event["kind"] for event in control.events()
    ]
    assert ids["transaction_id"] == control.events()[3]["transaction_id"]


# --- keys


async def test_rotates_the_certificate(control):
    """A rotation tells the new serial, and there is one at a time."""
    serial = control.rotate_certificate()

    with pytest.raises(InvalidInput, match="certificate: "):
        control.rotate_certificate()
    await control.advance(days=1)
    assert control.rotate_certificate() != serial


# --- faults


def test_orders_faults(control):
    """Faults are ordered as a rule or by its facts, and taken back one by one or all at once."""
    numbers = [
        control.inject(Rule(kind="refused")),
        control.inject(kind="throttled"),
        control.inject(kind="hang_before"),
    ]
    control.heal(numbers[0])
    left = list(control.faults.rules)
    control.heal()

    assert (numbers[1:], {}) == (left, control.faults.rules)
    with pytest.raises(InvalidInput):
        control.heal(numbers[1])


# --- looking


async def test_state_is_json_without_names(control):
    """The state is plain JSON: money, orders, receivers, what is due; personal names are not."""
    for name in SCENARIOS:
        await control.scenario(name)
    text = json.dumps(control.state(), ensure_ascii=False)
    state = json.loads(text)

    assert "Sandbox receiver" not in text
    assert state["fault"] is None
    assert len(SCENARIOS) - 1 == len(state["payments"])
    assert {"freeze", "process", "expire", "exchange", "payout"} >= {
        each["kind"] for each in state["due"]
    }
    assert (control.world.state.log.digest(), len(control.events())) == (
        state["digest"],
        state["events"],
    )


async def test_state_shows_what_is_armed(control):
    """An order to close a detail is shown until it struck."""
    control.close("D0000001", "86693852", "NO_AUTH")

    assert [["D0000001", "86693852", "NO_AUTH"]] == control.state()["armed"]


async def test_state_shows_settlements(control):
    """A settlement is shown with the part of it that was released."""
    control.pay("P20150806125399", amount=10_000)
    await control.scenario("half-released")
    (batch,) = control.state()["batches"]

    assert 11_955 == batch["pay"] - batch["split_pay"]
    assert 0 < batch["split_net"] == batch["split_pay"] - batch["split_refund"] < batch["net"]


async def test_broken_books_are_shown(control):
    """Books that do not add up are told in the state, and `check` raises."""
    await control.scenario("paid")
    (payment,) = control.world.state.payments.values()
    payment.amount += 1

    assert payment.transaction_id in control.state()["fault"]
    with pytest.raises(LedgerBroken):
        control.check()


async def test_calls_are_json(tmp_path):
    """The last calls are plain JSON, with what the signature should have covered."""
    async with Sandbox() as sandbox, sandbox.session() as session:
        await session.transactions.mark(TRADE)
        calls = json.loads(json.dumps(sandbox.control.calls()))

    marks = [call for call in calls if call["target"].endswith("/mark")]
    assert [("POST", 204, True)] == [
        (call["method"], call["status"], call["check"]["ok"]) for call in marks
    ]
    assert marks[0]["check"]["expected"].startswith("POST\n/v3/global/profit-sharing")


# --- scenarios


MONEY = {
    "paid": {"frozen": 9900, "fee": 100},
    "paid-and-frozen": {"frozen": 9900, "fee": 100},
    "three-receivers": {"frozen": 9000, "receiver": 900, "fee": 100},
    "one-closed": {"frozen": 9300, "receiver": 600, "fee": 100},
    "half-released": {"frozen": 4950, "sponsor": 4950, "fee": 100},
    "refunded": {"frozen": 7425, "refund": 2500, "fee": 75},
    "overdue": {"sponsor": 9900, "fee": 100},
}


@pytest.mark.parametrize("name", MONEY)
async def test_scenario_money(control, name):
    """After a scenario the money lies where its name says, twice in a row too."""
    for _ in range(2):
        ids = await control.scenario(name)
        parts = control.world.state.ledger.parts(ids["transaction_id"])
        assert MONEY[name] == {kind: amount for kind, amount in parts.items() if amount}
    control.check()


async def test_scenario_of_waiting_receivers(control):
    """One scenario leaves receivers whose audit waits."""
    accounts = (await control.scenario("waiting-receivers"))["receivers"]
    for account in accounts:
        control.approve(account)

    assert (3, {"EFFECTIVE"}) == (
        len(accounts),
        {each["state"] for each in control.state()["receivers"]},
    )


async def test_every_scenario_with_sub_merchants():
    """Scenarios work for sub-merchants, and after each other."""
    other = core(mode="service_provider", sub_mchids=("1900000109",), audit="auto").control
    for name in SCENARIOS:
        ids = await other.scenario(name)
        assert ids.get("sub_mchid", "1900000109") == "1900000109"
    await other.advance(days=10)
    other.check()


async def test_an_unknown_scenario(control):
    """A scenario that is not there is refused with those that are."""
    with pytest.raises(InvalidInput, match="three-receivers"):
        await control.scenario("other")


async def test_a_scenario_that_does_not_fit():
    """A scenario that this sandbox's terms forbid says so."""
    with pytest.raises(InvalidInput, match="does not fit this sandbox: "):
        await core(max_ratio="0.0001").control.scenario("three-receivers")


# --- snapshots


async def played(control):
    """Play on from where *control* is; return the digest of all that happened."""
    await control.scenario("one-closed")
    await control.advance(days=3)
    return control.world.state.log.digest()


async def test_restoring_gives_the_same_future():
    """After going back to a snapshot the same calls lead to the same events, dice included."""
    one = core(seed=3).control
    await one.scenario("half-released")
    control = one
    pay = control.pay(TRADE, amount=1000)
    taken = control.snapshot()
    first = await played(control)
    control.restore(taken)
    assert pay.paid_at.timestamp() == control.now()
    second = await played(control)
    third = core(seed=9).control
    third.restore(taken)

    assert first == second == await played(third)
    control.check()


async def test_a_snapshot_does_not_change_with_the_world(control):
    """A snapshot stays what it was, and the same state gives the same bytes."""
    await control.scenario("three-receivers")
    taken = control.snapshot()
    again = control.snapshot()
    await played(control)
    control.restore(taken)

    assert taken == again == control.snapshot()


async def test_a_session_goes_on_after_restoring():
    """Clients of the same sandbox keep working when it goes back in time."""
    async with Sandbox() as sandbox, sandbox.session() as session:
        await session.transactions.mark(TRADE)
        taken = sandbox.control.snapshot()
        for _ in range(2):
            paid = await sandbox.pay(TRADE, amount=1000)
            left = await session.transactions.wait_until_distributable(
                paid.transaction_id, paid_at=paid.paid_at
            )
            assert 1000 == left.unsplit_amount
            sandbox.control.restore(taken)


@pytest.mark.parametrize("more", [{"fee_rate": "0.02"}, {"audit": "auto"}])
def test_a_snapshot_of_other_terms(control, more):
    """A snapshot that was taken under other terms is refused, and nothing changes."""
    before = control.snapshot()

    with pytest.raises(InvalidInput, match="other terms"):
        control.restore(core(**more).control.snapshot())
    assert before == control.snapshot()


def test_paid_is_a_value(control):
    """Paying twice gives two different payments with their own numbers."""
    one, two = control.pay(TRADE, amount=1), control.pay(TRADE + "X", amount=1)

    assert one != two == attrs.evolve(two)


# --- the log of calls


def test_the_log_keeps_the_beginning_of_long_texts():
    """Of long bodies the log keeps the beginning, the length and the hash; of short ones all."""
    shop = core()
    short, long = b"{}", b'{"out_trade_no": "' + b"x" * 900_000 + b'/"}'
    texts = []
    for number, body in enumerate((short, long, long), 1):
        head, text = header(shop, f"nonce{number}", body, right=number < 3)
        shop.service.answer(Request("POST", MARK, head, body))
        texts.append(text)
    first, second, third = shop.service.calls

    assert texts[0] == first.check.expected
    assert texts[1][:KEPT_TEXT] == second.check.expected
    assert [len(text) for text in texts] == [call.length for call in (first, second, third)]
    assert [hashlib.sha256(text.encode()).hexdigest() for text in texts] == [
        call.sha256 for call in (first, second, third)
    ]
    assert [True, True, False] == [call.check.ok for call in (first, second, third)]
    assert KEPT_TEXT == len(third.check.signed)
    assert len(pickle.dumps(shop.service.calls)) < 40_000


def test_a_late_difference_is_explained():
    """A difference far behind what the log keeps of a body is explained all the same."""
    shop, body = core(), json.dumps({"a": "x" * 100_000, "b": "/"}).encode()
    head, _ = header(shop, "nonce", body, right=False)
    shop.service.answer(Request("POST", MARK, head, body))
    line = explain(shop.service.calls[0]).lines[4]

    assert ("different", len(body) - 2, len(body) + 1) == (
        line.verdict,
        line.differs_at,
        line.length,
    )
    assert '"\\/"}' in line.signed


def test_pages_of_calls(control):
    """Calls are told from the last ones backwards, or from a number on; never more than asked."""
    shop = core()
    for _ in range(5):
        shop.service.answer(Request("GET", "/x", {}, b""))
    pages = [{}, {"limit": 2}, {"limit": 2, "since": 1}, {"since": 4}, {"since": 5}]

    assert [[1, 2, 3, 4, 5], [4, 5], [2, 3], [5], []] == [
        [call["number"] for call in shop.control.calls(**page)] for page in pages
    ]


def header(shop, nonce, body, *, right):
    """Return the headers of a call, and the text to sign; a wrong one has a slash escaped."""
    papers, now = shop.papers, f"{FAKE_START:.0f}"
    text = auth.message("POST", MARK, now, nonce, body.decode())
    signed = text if right else text.replace('/"}', '\\/"}')
    facts = {
        "mchid": shop.world.terms.mchid,
        "nonce_str": nonce,
        "timestamp": now,
        "serial_no": papers.merchant.serial_no,
        "signature": auth.sign(papers.merchant.key, signed.encode()),
    }
    inside = ",".join(f'{name}="{value}"' for name, value in facts.items())
    return {"authorization": f"{auth.SCHEME} {inside}"}, text

"""What can be ordered: a method, an address and JSON give a status and JSON; no network."""

import base64

import pytest

from wxdist.sandbox.api.fields import TYPES
from wxdist.sandbox.api.table import OPERATIONS
from wxdist.sandbox.asking import Request
from wxdist.sandbox.mischief import KINDS
from wxdist.sandbox.scenarios import SCENARIOS
from wxdist.waiting.clock import FAKE_START

from .api_desk import HOST, TRADE, Desk


@pytest.fixture
def desk():
    return Desk()


# --- what can be ordered


async def test_pay(desk):
    """Paying gives the payment's number and time."""
    paid = await desk.done("POST", "pay", out_trade_no=TRADE, amount=1000)
    ids = paid.pop("transaction_id")

    assert {
        "out_trade_no": TRADE,
        "amount": 1000,
        "paid_at": "2026-01-05T09:00:00+08:00",
    } == paid
    assert [ids] == [each["transaction_id"] for each in desk.core.control.state()["payments"]]


async def test_pay_for_a_sub_merchant():
    """Currency and sub-merchant are taken where they are given."""
    desk = Desk(mode="institutional", sub_mchids=["A"])
    await desk.done("POST", "pay", out_trade_no=TRADE, amount=1, currency="HKD", sub_mchid="A")

    assert "A" == desk.core.control.state()["payments"][0]["sub_mchid"]


async def test_what_control_refuses(desk):
    """What cannot be is 400 with the field and the problem that the Python object names."""
    await desk.done("POST", "pay", out_trade_no=TRADE, amount=1000)
    status, answer = await desk.ask("POST", "pay", out_trade_no=TRADE, amount=1000)

    assert 400 == status
    assert "out_trade_no" == answer["error"]["field"]


async def test_refund(desk):
    """A refund is told with its number, amount, share of the fee and time."""
    paid = await desk.done("POST", "pay", out_trade_no=TRADE, amount=1000)
    refund = await desk.done("POST", "refund", out_trade_no=TRADE, amount=100)

    assert (paid["transaction_id"], 100, 0) == (
        refund["transaction_id"],
        refund["amount"],
        refund["fee"],
    )


async def test_clock(desk):
    """The clock is read, moved by seconds and to a moment, runs and stops."""
    start = await desk.done("GET", "clock")
    later = await desk.done("POST", "clock/advance", seconds=90)
    text = await desk.done("POST", "clock/set", when="2026-01-05T10:00:00+08:00")
    number = await desk.done("POST", "clock/set", when=FAKE_START + 7200)
    runs = await desk.done("POST", "clock/run", speed=60)
    one = await desk.done("POST", "clock/run")
    stands = await desk.done("POST", "clock/stop")

    assert {"now": "2026-01-05T09:00:00+08:00", "unix": FAKE_START, "runs": "manual"} == start
    assert [90, 3600, 7200] == [each["unix"] - FAKE_START for each in (later, text, number)]
    assert [60, 1, "manual"] == [each["runs"] for each in (runs, one, stands)]


@pytest.mark.parametrize("when", ["tomorrow", "2026-01-05T10:00:00", FAKE_START - 1])
async def test_moments_that_are_none(desk, when):
    """A moment that is no time, has no time zone, or is past is refused."""
    status, answer = await desk.ask("POST", "clock/set", when=when)

    assert (400, "when") == (status, answer["error"]["field"])


async def test_what_is_due_happens(desk):
    """Advancing lets happen what falls due, as the state then shows."""
    await desk.done("POST", "scenarios/paid")
    await desk.done("POST", "clock/advance", seconds=300)

    assert (await desk.done("GET", "state"))["payments"][0]["ready"]


async def test_receivers(desk):
    """The audit of a receiver passes or fails as ordered."""
    accounts = (await desk.done("POST", "scenarios/waiting-receivers"))["receivers"]
    approved = await desk.done("POST", "receivers/approve", account=accounts[0])
    refusal = await desk.done("POST", "receivers/refuse", account=accounts[1], reason="PAPERS")
    states = (await desk.done("GET", "state"))["receivers"]

    assert ({}, {}) == (approved, refusal)
    assert [("EFFECTIVE", None), ("SANDBOX_REFUSED", "PAPERS"), ("INIT", None)] == [
        (each["state"], each["fail_reason"]) for each in states
    ]


async def test_close(desk):
    """A detail is armed to fail, before its order is created."""
    closing = {"out_order_no": "D1", "account": "1", "reason": "RECEIVER_HIGH_RISK"}
    await desk.done("POST", "details/close", **closing)

    assert [["D1", "1", "RECEIVER_HIGH_RISK"]] == (await desk.done("GET", "state"))["armed"]


async def test_events(desk):
    """Events are given in their order: the last ones, or those after a number, up to a limit."""
    await desk.done("POST", "scenarios/three-receivers")
    numbers = {}
    for query in ("", "?limit=2", "?since=3", "?since=3&limit=2", "?since=0&limit=1"):
        found = await desk.done("GET", f"events{query}")
        numbers[query] = [event["number"] for event in found["events"]]
    count = len(numbers[""])

    assert count > 5
    assert {
        "": list(range(1, count + 1)),
        "?limit=2": [count - 1, count],
        "?since=3": list(range(4, count + 1)),
        "?since=3&limit=2": [4, 5],
        "?since=0&limit=1": [1],
    } == numbers


async def test_calls_and_their_explanation(desk):
    """A call is listed with its signature check, and explained by its number."""
    headers = {"host": HOST, "authorization": "Basic x"}
    desk.core.service.answer(Request("GET", "/v3/global/certificates", headers))
    calls = (await desk.done("GET", "calls?since=0"))["calls"]
    found = await desk.done("GET", "calls/1/explain")

    assert [(1, "/v3/global/certificates", 401, False)] == [
        (call["number"], call["target"], call["status"], call["check"]["ok"]) for call in calls
    ]
    assert (1, "Authorization") == (found["call"], found["field"])
    assert found["summary"] in found["text"]


@pytest.mark.parametrize(
    ("method", "path", "field"),
    [
        ("GET", "calls/1/explain", "number"),
        ("DELETE", "faults/1", "id"),
        ("POST", "scenarios/none", "name"),
        ("GET", "nothing", "path"),
        ("GET", "pay/", "path"),
        ("POST", "nothing", "path"),
    ],
)
async def test_what_is_not_there(desk, method, path, field):
    """An address that names nothing is 404, and says which part of it."""
    status, answer = await desk.ask(method, path)

    assert (404, field) == (status, answer["error"]["field"])


async def test_faults(desk):
    """A fault is ordered, listed with its number, taken back alone or with all others."""
    one = await desk.done("POST", "faults", kind="throttled", options={"retry_after": 5}, count=2)
    two = await desk.done("POST", "faults", script=["hang_after", None], endpoint="orders.create")
    three = await desk.done("POST", "faults", kind="cut", seed=None)
    healed = await desk.done("DELETE", f"faults/{one['id']}")
    left = await desk.done("GET", "faults")
    await desk.done("DELETE", "faults")
    none = await desk.done("GET", "faults")

    assert [1, 2, 3] == [each["id"] for each in (one, two, three)]
    assert {} == healed
    assert [
        {"id": 2, "script": ["hang_after", None], "endpoint": "orders.create"},
        {"id": 3, "kind": "cut"},
    ] == left["faults"]
    assert ([], {}) == (none["faults"], none["counts"])
    assert list(KINDS) == [kind["name"] for kind in none["kinds"]]


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({}, "kind"),
        ({"kind": "none"}, "kind"),
        ({"kind": "cut", "endpoint": "orders.none"}, "endpoint"),
        ({"kind": "cut", "probability": 2}, "probability"),
        ({"kind": "cut", "options": {"fraction": 2}}, "fraction"),
        ({"kind": "cut", "options": []}, "options"),
        ({"kind": "cut", "script": ["cut"]}, "kind"),
        ({"script": [1]}, "script"),
    ],
)
async def test_faults_that_cannot_be(desk, rule, field):
    """A fault that cannot be ordered is refused by the field."""
    status, answer = await desk.ask("POST", "faults", **rule)

    assert (400, field) == (status, answer["error"]["field"])


async def test_snapshot(desk):
    """A snapshot brings the business back, and the time with it."""
    taken = await desk.done("POST", "snapshot")
    await desk.done("POST", "pay", out_trade_no=TRADE, amount=1000)
    await desk.done("POST", "clock/advance", seconds=60)
    clock = await desk.done("POST", "restore", **taken)

    assert FAKE_START == clock["unix"]
    assert [] == (await desk.done("GET", "state"))["payments"]


@pytest.mark.parametrize("taken", ["é", "!", base64.b64encode(b"other").decode()])
async def test_snapshots_that_are_none(desk, taken):
    """What is no base64, or no snapshot, is refused."""
    status, answer = await desk.ask("POST", "restore", snapshot=taken)

    assert (400, "snapshot") == (status, answer["error"]["field"])


@pytest.mark.parametrize("name", SCENARIOS)
async def test_scenarios(desk, name):
    """Every scenario that is named can be brought about, and its books add up."""
    names = (await desk.done("GET", "scenarios"))["scenarios"]
    ids = await desk.done("POST", f"scenarios/{name}")

    assert name in names
    assert ids
    assert {"sound": True, "problem": None} == await desk.done("POST", "check")


async def test_books_that_do_not_add_up(desk):
    """Broken books are told with what is wrong, as an answer and no error."""
    await desk.done("POST", "scenarios/paid")
    payment = next(iter(desk.core.world.state.payments.values()))
    payment.amount += 1
    found = await desk.done("POST", "check")

    assert found["sound"] is False
    assert found["problem"]


async def test_auditor(desk):
    """The auditor watches what is ordered; a business that it cannot know puts it to rest."""
    await desk.done("POST", "scenarios/paid")
    watching = await desk.done("GET", "auditor")
    await desk.done("POST", "restore", **await desk.done("POST", "snapshot"))
    resting = await desk.done("GET", "auditor")

    assert ("green", 0, []) == (watching["state"], watching["found"], watching["findings"])
    assert "grey" == resting["state"]


async def test_rotate(desk):
    """A new certificate is announced once, and refused while it waits."""
    rotated = await desk.done("POST", "certificates/rotate")
    again, _ = await desk.ask("POST", "certificates/rotate")

    assert 40 == len(rotated["serial_no"])
    assert 400 == again


# --- the table and what is made from it


async def test_answers_are_as_the_table_says():
    """Every operation answers the fields that the table names, in their types, and no others."""
    bodies = {
        "pay": {"out_trade_no": TRADE, "amount": 1000},
        "refund": {"out_trade_no": TRADE, "amount": 1},
        "revoke": {"out_trade_no": "P-REVOKED"},
        "recharge": {"amount": 0},
        "notice": {"out_trade_no": TRADE},
        "clock/advance": {"seconds": 1},
        "clock/set": {"when": FAKE_START + 86_400},
        "receivers/approve": {"account": "1230000100"},
        "receivers/refuse": {"account": "1230000101"},
        "details/close": {"out_order_no": "D1", "account": "1"},
        "faults": {"kind": "cut"},
    }
    desk = Desk()
    desk.core.service.answer(Request("GET", "/", {"host": HOST}))
    await desk.done("POST", "scenarios/waiting-receivers")
    await desk.done("POST", "pay", out_trade_no="P-REVOKED", amount=1)
    bodies["restore"] = await desk.done("POST", "snapshot")
    wrong = []
    for operation in OPERATIONS:
        path = operation.path.format(number=1, id=1, name="one-closed")
        answer = await desk.done(operation.method, path, **bodies.get(operation.path, {}))
        known = {field.name: field for field in operation.answer}
        must = {field.name for field in operation.answer if field.must}
        if not must <= set(answer) <= set(known):
            wrong.append((operation.name, set(answer) ^ set(known)))
        wrong += [
            (operation.name, name)
            for name, value in answer.items()
            if name in known and not any(TYPES[kind](value) for kind in known[name].kinds)
        ]

    assert [] == wrong


def test_table_is_sound():
    """Names and addresses are unique, and what stands in an address is a field of its own."""
    addresses = [(each.method, each.path) for each in OPERATIONS]
    names = [each.name for each in OPERATIONS]

    assert len(set(addresses)) == len(addresses)
    assert len(set(names)) == len(names)
    for each in OPERATIONS:
        inside = [part[1:-1] for part in each.path.split("/") if part.startswith("{")]
        assert inside == [field.name for field in each.inside]


async def test_page(desk):
    """The list for people names every operation, its fields and what they mean."""
    reply = await desk.send("GET", "")
    text = reply.body.decode()

    assert "text/html; charset=utf-8" == reply.headers["Content-Type"]
    for each in OPERATIONS:
        assert f"/_sandbox/{each.path}" in text
        for field in (*each.inside, *each.fields, *each.answer):
            assert f">{field.name}<" in text
    assert "<script" not in text

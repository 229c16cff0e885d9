"""What is shown, from values alone; and that no text from outside becomes markup."""

from html.parser import HTMLParser

import attrs
import pytest

from wxdist.sandbox.auth import Check
from wxdist.sandbox.calls import Call
from wxdist.sandbox.explain import explain
from wxdist.sandbox.mischief import Rule
from wxdist.sandbox.page.forms import Forms
from wxdist.sandbox.page.layout import Notice, document
from wxdist.sandbox.page.look import Look
from wxdist.sandbox.page.story import _SCENARIOS
from wxdist.sandbox.scenarios import SCENARIOS
from wxdist.waiting.clock import FAKE_START

STAMP = "2026-01-05T09:00:00+08:00"
VOID = {"input", "link", "meta"}
FIVE = "POST\n/v3\n1\nn\nbody\n"
PARTS = ("frozen", "in flight", "receiver", "sponsor", "refund", "fee")
HOSTILE = (
    "<script>alert(1)</script>",
    "</title></textarea></option></svg><img src=x onerror=alert(1)>",
    "\"' onfocus=alert(1) autofocus x='",
    "&lt;b&gt;&#60;&quot",
    "分给商户A",
    "\u202egnp.exe\u2066\u200f",
    "\x00\x1b\udcff\ud800",
    "a" * 5000,
)


class Skeleton(HTMLParser):
    """The elements of a document, with the names of their attributes; and its texts."""

    def __init__(self, source):
        super().__init__()
        self.open, self.elements, self.ids, self.texts = [], [], [], []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, name, attributes):
        self.elements.append((name, sorted(key for key, _ in attributes)))
        self.ids += [value for key, value in attributes if key == "id"]
        if name not in VOID:
            self.open.append(name)

    def handle_endtag(self, name):
        assert self.open.pop() == name

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return "".join(self.texts)


def detail(number="1", **facts):
    return {
        "detail_id": f"3600{number}",
        "detail_type": "DISTRIBUTE_TO_OTHERS",
        "type": "MERCHANT_ID",
        "account": "86693852",
        "amount": 100,
        "result": "SUCCESS",
        "fail_reason": None,
        "finish_time": STAMP,
    } | facts


def order(*details, **facts):
    return {
        "order_id": "7100",
        "out_order_no": "D1",
        "initiator": "1900000001",
        "state": "FINISHED",
        "create_time": STAMP,
        "details": list(details),
    } | facts


def payment(*orders, money=None, **facts):
    return {
        "transaction_id": "4200",
        "out_trade_no": "P20150806125346",
        "sub_mchid": "",
        "amount": 1000,
        "currency": "CNY",
        "payer_amount": 1000,
        "paid_at": STAMP,
        "revoked_at": None,
        "marked": True,
        "ready": True,
        "released": False,
        "overdue": False,
        "money": dict.fromkeys(PARTS, 0) | ({"frozen": 1000} if money is None else money),
        "advanced": 0,
        "orders": list(orders),
    } | facts


def relation(**facts):
    return {
        "sub_mchid": "",
        "type": "MERCHANT_ID",
        "account": "86693852",
        "relation_type": "SUPPLIER",
        "state": "INIT",
        "fail_reason": None,
    } | facts


def look(*, audit=None, runs="manual", state=None, **facts):
    known = {
        "terms": {"mchid": "1900000001", "mode": "common", "sub_mchids": []},
        "clock": {"now": STAMP, "unix": FAKE_START, "runs": runs},
        "payments": [],
        "marks": [],
        "receivers": [],
        "due": [],
        "fault": None,
    }
    seen = {"state": "green", "resting": "", "calls": 3, "found": 0, "findings": []}
    plain = {"version": "v", "calls": [], "events": [], "rules": {}, "counts": {}} | facts
    return Look(state=known | (state or {}), audit=seen | (audit or {}), **plain)


def shown(seen, notice=None):
    return document(seen, Forms("secret"), notice)


def words(seen):
    return Skeleton(shown(seen)).text


def call(check, **facts):
    made = Call.of(1, "POST", "/v3/global", 401, check)
    return attrs.evolve(made, **facts)


def told(*calls):
    return [(each, explain(each)) for each in calls]


def everywhere(text):
    """Return a look with *text* wherever a text from outside can stand."""
    wrong = Check(
        ok=False, field="signature", issue=text, expected=FIVE, hint=text, advice=text, signed=FIVE
    )
    failed = call(wrong, method=text, target=text, fault=text)
    found = explain(failed)
    lines = [
        attrs.evolve(
            each,
            verdict="different",
            expected=text,
            signed=text,
            signed_length=1,
            differs_at=1,
            meaning=text,
        )
        for each in found.lines
    ]
    told = attrs.evolve(found, summary=text, advice=text, lines=tuple(lines))
    closed = detail("2", account=text, result="CLOSED", fail_reason=text)
    made = order(detail("1", account=text), closed, out_order_no=text)
    finding = {"call": 1, "endpoint": text, "answered": text, "allowed": text, "why": text}
    rule = Rule(kind="closed_detail", endpoint="/*", options={"reason": text})
    return look(
        audit={"state": "red", "found": 1, "findings": [finding]},
        state={
            "terms": {"mchid": text, "mode": "institutional", "sub_mchids": [text]},
            "payments": [payment(made, out_trade_no=text, sub_mchid=text)],
            "marks": [[text, "other" + text, "CNY"]],
            "receivers": [
                relation(account=text, sub_mchid=text),
                relation(account=text, state="SANDBOX_REFUSED", fail_reason=text),
                relation(account=text, state=text, relation_type=text),
            ],
            "fault": text,
        },
        calls=[(failed, told)],
        events=[{"number": 1, "at": STAMP, "kind": text, "account": text, "refused": text}],
        rules={1: rule},
        counts={text: 1},
    )


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_no_text_becomes_markup(text):
    """Whatever stands in a field, the elements and their attributes stay the same."""
    plain, hostile = (
        Skeleton(shown(everywhere(each), Notice(each, good=False))) for each in ("plain", text)
    )

    assert plain.elements == hostile.elements
    assert shown(everywhere(text)).encode()


@pytest.mark.parametrize("mark", ["\u202e", "\u200f", "\u2066", "\x00"])
def test_marks_that_turn_the_direction_are_named(mark):
    """No mark that could make a text read otherwise reaches the page."""
    assert mark not in shown(everywhere(f"a{mark}b"))


def test_ids_are_unique():
    """No two elements have the same id."""
    full = look(
        state={
            "payments": [payment(order(detail("1"), detail("2", account="2")))],
            "receivers": [relation(), relation(account="2"), relation(type="PERSONAL_OPENID")],
        },
        calls=told(call(Check(ok=True))),
        rules={1: Rule(kind="forged"), 2: Rule(kind="cut")},
    )
    ids = Skeleton(shown(full)).ids

    assert sorted(set(ids)) == sorted(ids)


def test_says_what_it_is():
    """The page says that this is a sandbox, and that no money is real."""
    page = words(look())

    assert "A simulation: no real money, no real WeChat Pay." in page
    assert "Common mode, merchant 1900000001." in page


def test_nothing_yet():
    """An empty sandbox says in each part that there is nothing."""
    page = words(look())

    for text in (
        "Nothing was paid yet.",
        "No program has called yet.",
        "The merchant has added no receivers.",
        "No fault is in force.",
        "Nothing has happened yet.",
        "Mark it first",
    ):
        assert text in page


def test_money_is_told_in_figures():
    """Each part of the money has its figure; of a receiver the sum of its details."""
    money = dict(zip(PARTS, (300, 50, 400, 150, 94, 6), strict=True))
    orders = [
        order(detail("1", amount=100), detail("2", amount=200, account="B")),
        order(
            detail("3", amount=100),
            detail("4", amount=9, result="CLOSED"),
            detail("5", detail_type="UNFREEZE_TO_SPONSOR", amount=150),
        ),
    ]
    page = words(look(state={"payments": [payment(*orders, money=money)]}))

    for text in (
        *("Frozen ¥3.00", "In flight ¥0.50", "Released to the merchant ¥1.50", "Refunded ¥0.94"),
        *("Fee ¥0.06", "Receiver 1: 86693852 ¥2.00", "Receiver 2: B ¥2.00"),
    ):
        assert text in page


def test_bar_adds_up():
    """The pieces of the bar follow each other without a gap, and fill it."""
    money = dict(zip(PARTS, (500, 100, 20, 280, 0, 100), strict=True))
    page = shown(look(state={"payments": [payment(order(detail(amount=20)), money=money)]}))
    bar = page.partition('class="bar"')[2].partition("</svg>")[0]

    pieces = [
        ('class="part fee" x="0.000%" width="10.000%"'),
        ('class="part receiver shade-1" x="10.000%" width="2.000%"'),
        ('class="part flight" x="12.000%" width="10.000%"'),
        ('class="part frozen" x="22.000%" width="50.000%"'),
        ('class="part released" x="72.000%" width="28.000%"'),
    ]
    assert [True] * 5 == [piece in bar for piece in pieces]
    assert "<text" not in bar


def test_wide_part_of_a_receiver_has_its_number():
    """A receiver's part shows its number where there is room."""
    money = {"receiver": 500, "frozen": 500}
    page = shown(look(state={"payments": [payment(order(detail(amount=500)), money=money)]}))

    assert '<text x="25.000%" y="50%" class="number">1</text>' in page


def test_other_currencies():
    """A payment in another currency tells what its payer paid."""
    money = {"sponsor": 4630}
    other = payment(currency="JPY", marked=False, money=money, payer_amount=4630)
    page = words(look(state={"payments": [other]}))

    assert "1,000 minor units of JPY" in page
    assert "with ¥46.30" in page
    assert "With the merchant ¥46.30" in page


def test_advanced_money():
    """A refund that other money of the merchant paid for says so."""
    money = {"receiver": 1000, "refund": 600}
    page = words(look(state={"payments": [payment(order(), money=money, advanced=600)]}))

    assert "¥6.00 of what was refunded is other money of the merchant" in page


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"marked": False}, "not marked"),
        ({"ready": False}, "freezing"),
        ({"overdue": True, "released": True}, "180 days over"),
        ({"released": True}, "released"),
        ({"revoked_at": STAMP}, "revoked"),
        ({}, "can be distributed"),
    ],
)
def test_standing(facts, expected):
    """The badge of a transaction tells how far it has come."""
    page = shown(look(state={"payments": [payment(**facts)]}))

    assert f'">{expected}</span></h3>' in page


def event(kind, seconds, key="4200"):
    return {"unix": FAKE_START + seconds, "kind": kind, "of": [key]}


def test_countdowns():
    """Before the freezing its countdown is told, after it that of the 180 days."""
    due = [event("freeze", 9, "other"), event("expire", 86_400), event("freeze", 200)]
    freezing = words(look(state={"payments": [payment(ready=False)], "due": due}))
    ready = words(look(state={"payments": [payment()], "due": due[:2]}))
    gone = words(look(state={"payments": [payment(released=True)], "due": due[:2]}))
    revoked = words(look(state={"payments": [payment(revoked_at=STAMP)], "due": due}))

    assert "Frozen for distribution in 3 min 20 s" in freezing
    assert "What is left is released in 1 d, at 2026-01-06 09:00:00" in ready
    assert "What is left" not in gone + revoked
    assert "Frozen for" not in revoked


def test_orders_and_details():
    """An order shows its details: whom, how much, what became of it, when."""
    orders = [
        order(
            detail("1", result="PENDING", finish_time=None),
            detail("2", account="B", result="CLOSED", fail_reason="NO_RELATION"),
            detail("3", account="M", detail_type="UNFREEZE_TO_SPONSOR"),
            state="PROCESSING",
        ),
        order(order_id="7200", out_order_no=""),
    ]
    page = words(look(state={"payments": [payment(*orders, sub_mchid="1900000109")]}))

    assert "Order D1 PROCESSING 3 details" in page
    assert "86693852 to a receiver¥1.00PENDING–" in page
    assert "B to a receiver¥1.00CLOSED: NO_RELATION2026-01-05 09:00:00" in page
    assert "M released¥1.00SUCCESS" in page
    assert "Order by the system" in page
    assert "merchant 1900000109" in page


def test_many_transactions_have_pages():
    """Twenty transactions stand on a page, the newest first, with links to the others."""
    many = [payment(transaction_id=f"T{n}", out_trade_no=f"TRADE{n}") for n in range(45)]
    first = shown(look(state={"payments": many}))
    middle = shown(look(state={"payments": many}, first=20))
    last = shown(look(state={"payments": many}, first=40))

    assert ["TRADE44" in first, "TRADE25" in first, "TRADE24" in first] == [True, True, False]
    assert ["?from=20#" in first, ">Newer<" in first] == [True, False]
    assert ["?from=0#" in middle, "?from=40#" in middle] == [True, True]
    assert ["?from=20#" in last, ">Older<" in last] == [True, False]
    assert "45 transactions, from 41 on" in last


def test_receivers():
    """Those that wait have buttons; the others tell how their audit ended."""
    known = [
        relation(account="A", sub_mchid="1900000109"),
        relation(account="B", state="EFFECTIVE"),
        relation(account="C", state="SANDBOX_REFUSED", fail_reason="NO_PAPERS"),
        relation(account="D", state="NEW_STATE"),
    ]
    page = words(look(state={"receivers": known}))
    ended = words(look(state={"receivers": known[1:]}))

    for text in ("SUPPLIER, MERCHANT_ID of 1900000109", "Approve A", "Refuse A"):
        assert text in page
    for text in ("BSUPPLIERapproved", "CSUPPLIERrefused: NO_PAPERS", "DSUPPLIERNEW_STATE"):
        assert text in page
    assert "Nobody waits for an audit." in ended


def test_many_receivers():
    """Of many receivers the newest are shown, and the others counted."""
    waiting = [relation(account=f"W{n}.") for n in range(23)]
    others = [relation(account=f"E{n}.", state="EFFECTIVE") for n in range(21)]
    page = words(look(state={"receivers": waiting + others}))

    assert ["Approve W22." in page, "Approve W3." in page, "Approve W2." in page] == [
        *(True, True, False)
    ]
    assert ["E1." in page, "E0." in page] == [True, False]
    assert "and 3 more" in page
    assert "and 1 more" in page


@pytest.mark.parametrize(
    ("runs", "expected", "speed"),
    [
        ("manual", "It stands still, and moves by orders alone.", "0"),
        ("auto", "It jumps by itself whenever everybody waits.", "0"),
        (60.0, "It runs at 60 times real time.", "60"),
    ],
)
def test_clock(runs, expected, speed):
    """The clock tells Beijing time, how it goes, and to the script how fast."""
    page = shown(look(runs=runs))

    assert expected in page
    assert f'data-unix="1767574800.000" data-speed="{speed}">2026-01-05 09:00:00</time>' in page


def test_orders_that_wait_for_their_payer():
    """Marked orders are offered to be paid, those that are paid are not."""
    marks = [["", "P20150806125346", "CNY"], ["", "SECOND", "CNY"], ["", "THIRD-", "CNY"]]
    two = look(state={"marks": marks, "payments": [payment()]})
    one = look(state={"marks": marks[:2], "payments": [payment()]})

    assert "Marked and not paid: THIRD- and 1 more" in words(two)
    assert "Marked and not paid: SECONDAmount" in words(one)
    assert '<option value="SECOND">' in shown(one)


def test_sub_merchants_can_be_chosen():
    """Where there are sub-merchants, the payer chooses whose order it is."""
    terms = {"mchid": "1", "mode": "service_provider", "sub_mchids": ["1900000109"]}

    page = shown(look(state={"terms": terms}))

    assert '<option value="1900000109">' in page
    assert "Service provider mode" in page


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"state": {"fault": None}}, "Invariants hold"),
        ({"state": {"fault": "debits differ"}}, "Invariants broken debits differ"),
        ({"audit": {"calls": 1}}, "Auditor agrees 1 call answered as predicted"),
        ({"audit": {"state": "grey", "resting": "kept from before"}}, "Auditor rests kept"),
        ({"audit": {"state": "red", "found": 2}}, "Auditor disagrees 2 findings"),
    ],
)
def test_checks(facts, expected):
    """Books and auditor are told in words and by a mark, not by colour alone."""
    assert expected in words(look(**facts))


def test_findings_of_the_auditor():
    """What the auditor found is listed; an order from outside has no number of a call."""
    row = {"endpoint": "pay", "answered": "done", "allowed": "not to be done", "why": "twice"}
    found = [{"call": 0, **row}, {"call": 7, **row}]
    page = words(look(audit={"state": "red", "found": 2, "findings": found}))

    assert "order paydonenot to be donetwice7 pay" in page


def test_calls_tell_their_signature():
    """A call shows status, signature, and what struck it."""
    calls = told(
        call(Check(ok=True, expected=FIVE), number=3, status=200, fault="drip"),
        call(Check(ok=False, issue="the call was lost"), number=2, status=0, fault="refused"),
        call(Check(ok=False, field="Authorization", issue="is missing", advice="Sign."), number=1),
    )
    page = words(look(calls=calls))

    assert "#3 POST /v3/global200 ✓ signature holds fault: drip" in page
    assert "#2 POST /v3/globalno answer the call was lost fault: refused" in page
    assert "401 ✗ signature refused Why the signature failed of call 1" in page
    assert "What to do: Sign." in page
    assert "bytes in five lines" not in page


def test_failed_signature_stands_line_by_line():
    """The expected text stands beside the signed one where they differ."""
    check = Check(
        ok=False,
        field="signature",
        issue="sign not match",
        expected=FIVE,
        hint="another body was signed",
        signed="POST\n/v3\n1\nn\nb o\n",
    )
    page = words(look(calls=told(call(check))))

    assert "The signature does not match: another body was signed." in page
    assert "1. method same" in page
    assert "5. body different" in page
    assert r"expected, 5 bytesbody⟨\n⟩signed, 4 bytes, other from byte 2 onb␣o⟨\n⟩" in page


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("signature", "What was signed is not known"),
        ("timestamp", "The signature itself was not looked at."),
    ],
)
def test_signed_text_that_is_not_known(field, expected):
    """Where nothing can stand beside the expected text, it says why."""
    check = Check(ok=False, field=field, issue="is wrong", expected=FIVE)
    page = words(look(calls=told(call(check))))

    assert expected in page
    assert "1. method the method in capitals" in page
    assert "What to do" not in page


def test_faults_in_force():
    """A fault tells which calls it strikes, and how often it did."""
    rules = {
        1: Rule(kind="throttled", endpoint="orders.create", count=3, options={"retry_after": 5}),
        2: Rule(kind="forged", probability=0.25, nth=2),
        3: Rule(script=["cut", None], count=1),
    }
    page = words(look(rules=rules, counts={"forged": 1200}))

    assert "throttled orders.create, at most 3 calls, retry_after=5" in page
    assert "forged any call, with probability 0.25, number 2 of them" in page
    assert "script cut then nothing, any call, at most 1 call" in page
    assert "forged 1,200 ×" in page
    assert "Clear all faults" in page
    assert "Clear all faults" not in words(look(rules={1: rules[1]}))


def test_events_are_told_in_words():
    """An event names its thing as people do."""
    events = [
        {"number": 4, "at": STAMP, "kind": "end", "detail_id": "36001", "result": "SUCCESS"},
        {"number": 3, "at": STAMP, "kind": "freeze", "transaction_id": "4200"},
        {"number": 2, "at": STAMP, "kind": "pay", "out_trade_no": "P1", "amount": 5},
        {"number": 1, "at": STAMP, "kind": "clock", "runs": "manual"},
        {"number": 0, "at": STAMP, "kind": "bill", "day": "2026-01-05"},
    ]
    page = words(look(events=events, state={"payments": [payment(order(detail("1")))]}))

    assert "detail ended 86693852 SUCCESS" in page
    assert "ready to be distributed P20150806125346" in page
    assert "paid P1 ¥0.05" in page
    assert "clock turned  manual" in page
    assert "bill  " in page


def test_every_scenario_is_explained():
    """Each scenario has a button and a line of words."""
    assert set(SCENARIOS) == set(_SCENARIOS)
    assert [] == [name for name in SCENARIOS if f"Load {name}" not in words(look())]


@pytest.mark.parametrize(("good", "mark"), [(True, "✓"), (False, "✗")])
def test_notice(good, mark):
    """What came of an order is told by a mark too."""
    page = Skeleton(shown(look(), Notice("Done.", good=good))).text

    assert f"{mark} Done." in page

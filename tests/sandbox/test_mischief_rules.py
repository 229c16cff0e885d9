import pickle

import pytest

from wxdist.errors import InvalidInput
from wxdist.sandbox.asking import Request
from wxdist.sandbox.mischief import DELIVER, ENDPOINTS, KINDS, Answer, Faults, Rule
from wxdist.waiting.clock import FAKE_START

SHARING = "/v3/global/profit-sharing"
CREATE = Request("POST", f"{SHARING}/orders", {})
QUERY = Request("GET", f"{SHARING}/orders/D1?transaction_id=1", {})
OTHER = Request("GET", f"{SHARING}/orders/D2?transaction_id=1", {})
MARK = Request("POST", f"{SHARING}/transactions/mark", {})
BILL = Request("GET", "/v3/bill/downloadurl?token=1", {})
NOWHERE = Request("GET", "/v3/nowhere", {})
ANSWER = Answer(200, {"Wechatpay-Signature": "x"}, b"{}")


def struck(faults, *requests, now=FAKE_START):
    """The names of what strikes each call."""
    found = [faults.strike(request, now) for request in requests]
    return [fault and fault.name for fault in found]


def faults_of(*rules, seed=0):
    faults = Faults(seed)
    for rule in rules:
        faults.add(rule)
    return faults


def test_spares_all_without_rules():
    """Without a rule nothing is struck."""
    assert [None] == struck(Faults(), CREATE)


def test_strikes_every_call_by_default():
    """A rule of a kind alone strikes every call, unknown addresses too, and is counted."""
    faults = faults_of(Rule(kind="reset_before"))

    assert ["reset_before"] * 3 == struck(faults, CREATE, QUERY, NOWHERE)
    assert {"reset_before": 3} == faults.counts


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("orders.create", [True, False, False]),
        ("orders.get", [False, True, False]),
        ("/v3/*/orders", [True, False, False]),
        ("/v3/*/orders*", [True, True, False]),
        ("GET /v3/*", [False, True, True]),
        ("POST /v3/*", [True, False, False]),
        ("/v3/nowhere", [False, False, True]),
    ],
)
def test_goes_by_name_or_path(endpoint, expected):
    """A rule is for the calls of an API by its name, or of a path with stars, or a method."""
    faults = faults_of(Rule(kind="reset_before", endpoint=endpoint))
    found = struck(faults, CREATE, QUERY, NOWHERE)

    assert expected == [name is not None for name in found]


def test_strikes_so_often_and_goes():
    """A rule strikes as often as it says, and is in force no more then."""
    faults = faults_of(Rule(kind="reset_before", count=2))

    assert ["reset_before", "reset_before", None] == struck(faults, *[CREATE] * 3)
    assert {} == faults.rules


def test_strikes_the_nth_call_of_its_kind():
    """A rule for the n-th call counts the calls that it is for, and no others."""
    faults = faults_of(Rule(kind="reset_before", nth=2, endpoint="orders.create"))

    assert [None, None, "reset_before", None] == struck(faults, CREATE, QUERY, CREATE, CREATE)


def test_strikes_until_a_time():
    """A rule with an end strikes before it and not at it."""
    faults = faults_of(Rule(kind="reset_before", until=100))

    assert ["reset_before"] == struck(faults, CREATE, now=99.9)
    assert [None] == struck(faults, CREATE, now=100)
    assert {} == faults.rules


def test_script_is_read_call_by_call():
    """A script names what strikes each call in turn; a null spares one; then it is over."""
    faults = faults_of(Rule(script=["reset_before", None, "drip"]))

    assert ["reset_before", None, "drip", None] == struck(faults, *[CREATE] * 4)
    assert {"reset_before": 1, "drip": 1} == faults.counts


def test_script_passes_where_a_fault_means_nothing():
    """A line of a script whose fault cannot strike that API spares the call."""
    faults = faults_of(Rule(script=["closed_detail", "reset_before"]))

    assert [None, "reset_before"] == struck(faults, QUERY, QUERY)


def test_probability_by_the_dice():
    """A probability strikes about so many calls, the same ones for the same seed."""
    found = [
        struck(faults_of(Rule(kind="reset_before", probability=0.3), seed=seed), *[CREATE] * 500)
        for seed in (1, 1, 2)
    ]

    assert found[0] == found[1]
    assert found[0] != found[2]
    assert 100 < sum(name is not None for name in found[0]) < 200


def test_probability_of_nothing():
    """A probability of zero never strikes."""
    assert [None] * 50 == struck(faults_of(Rule(kind="drip", probability=0)), *[CREATE] * 50)


def test_rule_may_have_dice_of_its_own():
    """A rule's own seed decides for it, whatever the sandbox's seed is."""
    rule = Rule(kind="reset_before", probability=0.5, seed=7)
    found = [struck(faults_of(rule, seed=seed), *[CREATE] * 50) for seed in (1, 2)]

    assert found[0] == found[1]


def test_rules_do_not_disturb_each_other():
    """A rule strikes the same calls whether or not another one is in force beside it."""
    rule = Rule(kind="drip", probability=0.5, seed=7)
    alone = struck(faults_of(rule), *[CREATE] * 50)
    both = struck(faults_of(rule, Rule(kind="cut", probability=0.5)), *[CREATE] * 50)

    assert [name == "drip" for name in alone] == [name == "drip" for name in both]
    assert "cut" in both


def test_oldest_rule_strikes():
    """Where several rules want to strike, the oldest does, and only it counts."""
    faults = faults_of(Rule(kind="drip", count=1), Rule(kind="cut", count=1))

    assert ["drip", "cut", None] == struck(faults, *[CREATE] * 3)


def test_rules_have_numbers():
    """Rules are told apart by numbers that are never used twice."""
    faults = Faults()
    first, second = faults.add(Rule(kind="drip")), faults.add(Rule(kind="cut"))
    faults.remove(first)
    third = faults.add(Rule(kind="drip"))

    assert {second: Rule(kind="cut"), third: Rule(kind="drip")} == faults.rules
    assert 3 == len({first, second, third})
    with pytest.raises(InvalidInput, match="rule: is not in force"):
        faults.remove(first)


def test_healed_at_once():
    """All rules can be taken back; what struck stays counted."""
    faults = faults_of(Rule(kind="drip"))
    struck(faults, CREATE)
    faults.clear()

    assert ([None], {"drip": 1}) == (struck(faults, CREATE), faults.counts)


def test_fault_is_told_its_options():
    """A fault has the options of its rule, and defaults for the rest."""
    fault = faults_of(Rule(kind="drip", options={"seconds": 2})).strike(QUERY, 0)

    assert {"seconds": 2, "piece": 1} == fault.options


def test_script_shares_its_options():
    """Each fault of a script takes the options that it knows."""
    rule = Rule(script=["throttled", "gateway_before"], options={"retry_after": 5, "status": 503})
    faults = faults_of(rule)
    found = [faults.strike(QUERY, 0).options for _ in range(2)]

    assert [{"retry_after": 5, "as_date": False}, {"status": 503}] == found


def test_strikes_only_where_it_means_something():
    """What changes a body or a signature spares calls that are answered without one."""
    assert [None, "cut"] == struck(faults_of(Rule(kind="cut")), MARK, QUERY)
    assert [None, "forged"] == struck(faults_of(Rule(kind="forged")), BILL, MARK)
    assert [None, "half_failed"] == struck(faults_of(Rule(kind="half_failed")), QUERY, CREATE)


def test_needs_an_earlier_answer():
    """What returns an earlier answer waits until there is one."""
    faults = faults_of(Rule(kind="foreign", count=1), Rule(kind="replayed", count=1))
    before = struck(faults, QUERY)
    faults.remember(QUERY, ANSWER)

    assert [None] == before
    assert ["replayed"] == struck(faults, QUERY)
    assert ["foreign"] == struck(faults, OTHER)


def test_prefers_the_nearest_earlier_answer():
    """A foreign answer is of the same API where possible, a replayed one of the same address."""
    near, far = Answer(200, {}, b"near"), Answer(200, {}, b"far")
    faults = faults_of(Rule(kind="foreign", nth=1), Rule(kind="replayed", nth=2))
    faults.remember(OTHER, near)
    faults.remember(QUERY, Answer(200, {}, b"same"))
    faults.remember(Request("GET", "/v3/global/certificates", {}), far)
    faults.remember(MARK, Answer(204, {}, b""))
    foreign, replayed = (faults.strike(QUERY, 0).earlier for _ in range(2))

    assert [b"near", b"far"] == [answer.body for answer in foreign]
    assert [b"same", b"", b"far", b"near"] == [answer.body for answer in replayed]


def test_unwilling_by_the_dice():
    """Refusing what is valid takes many forms; a write is never said not to exist."""
    faults = faults_of(Rule(kind="unwilling"))
    found = {
        request.method: {faults.strike(request, 0).kind.name for _ in range(50)}
        for request in (QUERY, CREATE)
    }

    assert {
        "GET": {"throttled", "broken_before", "not_found"},
        "POST": {"throttled", "broken_before"},
    } == found
    assert {"unwilling": 100} == faults.counts


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({}, "kind"),
        ({"kind": "drip", "script": ["drip"]}, "kind"),
        ({"kind": "typo"}, "kind"),
        ({"kind": 1}, "kind"),
        ({"kind": ["drip"]}, "kind"),
        ({"script": ["typo"]}, "script"),
        ({"script": [[]]}, "script"),
        ({"script": "drip"}, "script"),
        ({"kind": "drip", "endpoint": "orders.typo"}, "endpoint"),
        ({"kind": "drip", "endpoint": "get /v3"}, "endpoint"),
        ({"kind": "drip", "endpoint": 1}, "endpoint"),
        ({"kind": "drip", "endpoint": "transactions.mark"}, "endpoint"),
        ({"kind": "half_failed", "endpoint": "orders.get"}, "endpoint"),
        ({"kind": "drip", "probability": 1.1}, "probability"),
        ({"kind": "drip", "probability": -0.1}, "probability"),
        ({"kind": "drip", "probability": True}, "probability"),
        ({"kind": "drip", "probability": float("nan")}, "probability"),
        ({"kind": "drip", "count": 0}, "count"),
        ({"kind": "drip", "count": 1.5}, "count"),
        ({"kind": "drip", "nth": 0}, "nth"),
        ({"kind": "drip", "nth": True}, "nth"),
        ({"kind": "drip", "seed": "a"}, "seed"),
        ({"kind": "drip", "until": "tomorrow"}, "until"),
        ({"kind": "drip", "until": float("inf")}, "until"),
        ({"kind": "drip", "options": []}, "options"),
        ({"kind": "drip", "options": {"piece": 0}}, "piece"),
        ({"kind": "drip", "options": {"seconds": -1}}, "seconds"),
        ({"kind": "drip", "options": {"status": 502}}, "status"),
        ({"kind": "refused", "options": {"status": 502}}, "status"),
        ({"kind": "cut", "options": {"fraction": 1}}, "fraction"),
        ({"kind": "garbled", "options": {"bytes": 0}}, "bytes"),
        ({"kind": "gateway_before", "options": {"status": 500}}, "status"),
        ({"kind": "gateway_before", "options": {"status": [502]}}, "status"),
        ({"kind": "throttled", "options": {"retry_after": -1}}, "retry_after"),
        ({"kind": "throttled", "options": {"retry_after": "1\r\nX: y"}}, "retry_after"),
        ({"kind": "throttled", "options": {"as_date": 1}}, "as_date"),
        ({"kind": "unsigned", "options": {"header": "Date"}}, "header"),
        ({"kind": "skew", "options": {"seconds": True}}, "seconds"),
        ({"kind": "closed_detail", "options": {"n": 0}}, "n"),
        ({"kind": "closed_detail", "options": {"reason": ""}}, "reason"),
        ({"kind": "late_audit", "options": {"factor": 0.5}}, "factor"),
        ({"kind": "drip", "typo": 1}, "typo"),
        ([], "rule"),
    ],
)
def test_wrong_rules_name_the_field(facts, field):
    """A rule that cannot be is refused by the name of its field or option."""
    with pytest.raises(InvalidInput) as error:
        Rule.from_json(facts)
    assert field == error.value.field


@pytest.mark.parametrize(
    "facts",
    [
        {"kind": "drip"},
        {"script": ["drip", None, "cut"], "endpoint": "orders.get", "options": {"fraction": 0}},
        {
            "kind": "throttled",
            "endpoint": "/v3/*",
            "probability": 0.5,
            "count": 3,
            "seed": 0,
            "until": 1.5,
            "options": {"retry_after": "Wed, 21 Oct 2026 07:28:00 GMT"},
        },
        {"kind": "cut", "nth": 2},
    ],
)
def test_rules_are_json(facts):
    """A rule read from JSON is written as the same JSON."""
    rule = Rule.from_json(facts)

    assert facts == rule.as_json()
    assert rule == Rule.from_json(rule.as_json())


def test_table_explains_every_kind():
    """Each fault has a name, a line of explanation and allowed defaults, ready for JSON."""
    shown = {name: kind.as_json() for name, kind in KINDS.items()}
    defaults = [
        option.fits(option.default) for kind in KINDS.values() for option in kind.options.values()
    ]

    assert 34 == len(shown)
    assert all(facts["words"] and facts["name"] == name for name, facts in shown.items())
    assert all(defaults)
    assert {"seconds": 1, "piece": 1} == shown["drip"]["options"]
    assert ["orders.create"] == shown["half_failed"]["only"]
    assert ["receivers.delete", "transactions.mark"] == shown["cut"]["never"]


def test_kinds_strike_apis_that_there_are():
    """Where a fault can strike is said in names of APIs that exist."""
    named = {each for kind in KINDS.values() for each in (*kind.only, *kind.never)}

    assert named <= set(ENDPOINTS)


def test_answers_go_out_whole_by_default():
    """An answer is delivered as a whole unless a fault has it otherwise."""
    assert DELIVER == ANSWER.delivery


def test_faults_can_be_kept():
    """Rules in force survive being written and read, dice and counts too."""
    faults = faults_of(Rule(kind="reset_before", probability=0.5, count=40))
    struck(faults, *[CREATE] * 9)
    copy = pickle.loads(pickle.dumps(faults))

    assert struck(faults, *[CREATE] * 99) == struck(copy, *[CREATE] * 99)

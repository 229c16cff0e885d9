"""The tables of parameters and fields, held against our limits, requests and answers."""

import copy
import os
from pathlib import Path
from typing import get_args, get_origin, get_type_hints

import attrs
import pytest

from wxdist import Receiver, Share
from wxdist.models import (
    BillLink,
    CertificateList,
    CreateOrder,
    CreateRefund,
    Distribution,
    FileMeta,
    Mark,
    OpenEnum,
    ReceiverKey,
    ReceiverType,
    RechargeBalance,
    Refund,
    Refundable,
    RefundableBalance,
    RefundAsked,
    RefundPage,
    Relation,
    RelationType,
    Remaining,
    SettlementPage,
    SettleState,
    Transaction,
    Unfreeze,
    UploadedFile,
)
from wxdist.models.limits import LIMITS, PAYMENT_LIMITS, Flag, Only, Text, Whole

yaml = pytest.importorskip("yaml")

SHARED = Path(__file__).parents[2] / "shared" / "spec"
FILE = Path(os.environ.get("WXDIST_SPEC", SHARED)) / "endpoints.yaml"
ABSENT = "no endpoints.yaml: ../shared/spec is absent and WXDIST_SPEC names no other folder"
SPEC = (
    {each["name"]: each for each in yaml.safe_load(FILE.read_text("utf-8"))["endpoints"]}
    if FILE.is_file()
    else {}
)

#: The request and the answer of each endpoint.
MODELS = {
    "mark": (Mark, None),
    "request_order": (CreateOrder, Distribution),
    "unfreeze": (Unfreeze, Distribution),
    "query_order": (None, Distribution),
    "remaining_amount": (None, Remaining),
    "add_receiver": (Receiver, Relation),
    "query_receiver": (None, Relation),
    "delete_receiver": (ReceiverKey, None),
    "bill_download_url": (None, BillLink),
    "settlements": (None, SettlementPage),
    "upload_file": (FileMeta, UploadedFile),
    "certificates": (None, CertificateList),
    "refundable_balance": (None, RefundableBalance),
    "refundable_amounts": (None, Refundable),
    "query_transaction_by_id": (None, Transaction),
    "query_transaction_by_out_trade_no": (None, Transaction),
    "refund": (CreateRefund, Refund),
    "query_refund_by_id": (None, Refund),
    "query_refund_by_out_refund_no": (None, Refund),
    "query_refunds": (None, RefundPage),
    "recharge_balance": (None, RechargeBalance),
    "recharge_balance_sub_merchant": (None, RechargeBalance),
}
#: Those that have `PAYMENT_LIMITS`.
PAYMENTS = {
    *("query_transaction_by_id", "query_transaction_by_out_trade_no", "refund"),
    *("query_refund_by_id", "query_refund_by_out_refund_no", "query_refunds"),
}
#: Parts of an answer whose fields the notes name, all in one sentence.
NOTED = {"promotion_detail", "detail", "amount", "data"}
#: Values of parameters that are chosen, and of fields by their hints.
CHOSEN = {"type": ReceiverType, "relation_type": RelationType, "settle_state": SettleState}
#: Where we differ from the table of parameters, and why.
LIMITS_DIFFER = {
    "sub_mchid: pattern": "ours: a merchant id has no characters that a URL must encode",
    "filename: pattern": "ours refuses folders too, and is told in words",
    "receivers: no limit": "`shares_of` counts them",
    "type: no limit": "`documented` takes the listed values only",
    "settle_state: no limit": "`documented` takes the listed values only",
    "bill_date: no limit": "written from a date",
    "settle_start_date: no limit": "written from a date",
    "settle_end_date: no limit": "written from a date",
    "limit: no limit": "`Settings.page_size`, 1 to 30",
    "offset: no limit": "counted by ourselves, from 0",
    "meta: no limit": "made by ourselves of the two below it",
    "file: no limit": "bytes, counted by `files.upload`",
    "currency: default": "CNY is the only value, or the usual one",
    "currency: max_length": "ours: what a currency's code has",
    "currency: min_length": "likewise",
    "currency: pattern": "likewise",
    "mchid: pattern": "as of sub_mchid",
    "sp_mchid: no limit": "the caller's own, from the credentials",
    "id: no limit": "held as `transaction_id`",
    "out_refund_no: pattern": "that of the refund holds for its query too",
    "refund: min": "ours: nothing cannot be given back",
    "total: min": "likewise",
    "notify_url: pattern": "the notes say it in words",
    "count: no limit": "`Settings.page_size`, 1 to 30",
    "amount: no limit": "an object: its parts have limits",
}
#: Where our answers differ from the table of fields, and why; letters are rows of the list of
#: discrepancies.
ANSWERS_DIFFER = {
    "receivers: required": "C3: may be missing",
    "receivers.detail_id: required": "C2",
    "receivers.detail_type: required": "C2",
    "receivers.rate_value: missing": "B1: read as `rate`",
    "receivers.currency: enum": "text: compared by nobody, shown as it came",
    "currency: enum": "likewise",
    "data.encrypt_certificate.algorithm: enum": "held where the certificate is opened",
    "data.encrypt_certificate.associated_data: required": "empty where it is missing",
    "amount.exchange_rate.type: enum": "refunds have one value more: one enum for both",
    "status: required": "the answer to a new refund has none: one model for both",
    "transaction_id: required": "likewise",
    "out_trade_no: required": "likewise",
    **dict.fromkeys(
        (
            *("transaction_id: not documented", "out_trade_no: not documented"),
            *("channel: not documented", "recv_account: not documented"),
            *("fund_source: not documented", "success_time: not documented"),
            "status: not documented",
        ),
        "of the queries alone: one model for both",
    ),
    "appid: not documented": "an id of the question, kept when it is echoed",
    "sub_appid: not documented": "likewise",
}


pytestmark = pytest.mark.skipif(not SPEC, reason=ABSENT)


def below(table, *, within=""):
    """Yield each row of a table of parameters or fields with its path, those inside it too."""
    for row in table:
        yield f"{within}{row['name']}", row
        yield from below(row.get("fields", ()), within=f"{within}{row['name']}.")


def limit_faults(row, limits=LIMITS):
    """Return how a parameter's limit differs from its row."""
    name, limit = row["name"], limits.get(row["name"])
    if row["type"] == "object":
        limit = None
    facts = {
        Text: lambda: {
            "min_length": (row.get("min_length", 1), limit.least),
            "max_length": (row.get("max_length"), limit.most),
            "pattern": (row.get("pattern", "").strip("^$") or None, limit.pattern),
            "type": ("string", row["type"]),
        },
        Whole: lambda: {"min": (row.get("min"), limit.least), "type": ("integer", row["type"])},
        Flag: lambda: {"type": ("boolean", row["type"])},
        Only: lambda: {"enum": (row.get("enum"), list(limit.values))},
        type(None): lambda: {"no limit": (None, row)},
    }[type(limit)]()
    if name in CHOSEN:
        facts["enum"] = (row["enum"], list(CHOSEN[name].__members__))
    return {f"{name}: {what}" for what, (said, ours) in facts.items() if said != ours}


def body_faults(model, rows):
    """Return how the fields of a request model differ from the rows of its body."""
    fields, found = attrs.fields_dict(model), set()
    for row in rows:
        name = row["name"]
        if name in {"sub_mchid", "mchid", "sp_mchid"}:
            continue
        sealed = fields[name].metadata.get("sealed", False)
        if sealed != row["encrypted"]:
            found.add(f"{name}: encrypted")
        needed = fields[name].default is attrs.NOTHING
        optional = type(None) in get_args(get_type_hints(model)[name])
        if row["required"] == "always" and not needed:
            found.add(f"{name}: default")
        elif row["required"] != "always" and not optional:
            found.add(f"{name}: required")
    return found


def kind_of(hint):
    """Return a type as (type of the spec, whether it may be `None`, the class below it)."""
    optional = type(None) in get_args(hint)
    hint = next(each for each in get_args(hint) if each is not type(None)) if optional else hint
    if get_origin(hint) is tuple:
        return "array<object>", optional, get_args(hint)[0]
    hint = getattr(hint, "__supertype__", hint)
    if attrs.has(hint):
        return "object", optional, hint
    return ("integer" if hint is int else "string"), optional, hint


def answer_faults(model, rows, within=""):
    """Return how a model and those inside it differ from the rows of an answer."""
    found, hints = set(), get_type_hints(model)
    fields = {
        name: field
        for name, field in attrs.fields_dict(model).items()
        if name not in {"extra", "meta"}
    }
    rows = {row["name"]: row for row in rows}
    found |= {f"{within}{name}: not documented" for name in fields.keys() - rows}
    found |= {f"{within}{name}: missing" for name in rows.keys() - fields}
    for name in fields.keys() & rows:
        row, path = rows[name], within + name
        kind, optional, cls = kind_of(hints[name])
        values = list(cls.__members__) if issubclass(cls, OpenEnum) else None
        faults = {
            "type": kind != row["type"],
            "required": (row["required"] == "always")
            != (not optional and fields[name].default is attrs.NOTHING),
            "enum": row.get("enum") != values,
        }
        found |= {f"{path}: {what}" for what, wrong in faults.items() if wrong}
        if attrs.has(cls) and "fields" in row:
            found |= answer_faults(cls, row["fields"], f"{path}.")
        elif attrs.has(cls):
            assert name in NOTED
            found |= note_faults(cls, row["notes"], f"{path}.")
    return found


def note_faults(model, notes, within):
    """Return which fields of a model are not named in notes in words, but for a whole refund."""
    if model is Refund:
        return set() if notes.startswith("refunds; each as in query_refund_*") else {within}
    return {
        f"{within}{field.name}: not documented"
        for field in attrs.fields(model)
        if field.name not in {"extra", "meta"} and field.name not in notes
    }


def all_limit_faults(name):
    rows = [row for _, row in below(SPEC[name]["parameters"])]
    limits = {**LIMITS, **PAYMENT_LIMITS} if name in PAYMENTS else LIMITS
    return set().union(*(limit_faults(row, limits) for row in rows)) | (
        all_body_faults(name) if MODELS[name][0] else set()
    )


def all_body_faults(name):
    """Return the faults of the request model, and of the one inside it."""
    rows = dict(below(SPEC[name]["parameters"]))
    if name == "upload_file":
        return body_faults(FileMeta, rows["meta"]["fields"])
    top = [row for row in rows.values() if row.get("in") == "body"]
    inner = rows.get("receivers", {}).get("fields", [])
    if name == "refund":
        inner = rows["amount"]["fields"]
        return body_faults(CreateRefund, top) | body_faults(RefundAsked, inner)
    return body_faults(MODELS[name][0], top) | body_faults(Share, inner)


def all_answer_faults(name):
    if MODELS[name][1] is None:
        return {"answer"} if SPEC[name]["response_fields"] else set()
    return answer_faults(MODELS[name][1], SPEC[name]["response_fields"])


@pytest.mark.parametrize("name", MODELS)
def test_limits(name):
    """Length, pattern, values, encryption and need of each parameter are ours, but for the list."""
    assert set() == all_limit_faults(name) - LIMITS_DIFFER.keys()


@pytest.mark.parametrize("name", MODELS)
def test_answers(name):
    """Name, type, need and values of each field are our model's, but for the list."""
    assert set() == all_answer_faults(name) - ANSWERS_DIFFER.keys()


def test_each_difference_is_one():
    """No difference is listed that there is not."""
    assert LIMITS_DIFFER.keys() == set().union(*map(all_limit_faults, MODELS))
    assert ANSWERS_DIFFER.keys() == set().union(*map(all_answer_faults, MODELS))


@pytest.mark.parametrize(
    ("name", "path", "change"),
    [
        ("mark", "out_trade_no", {"max_length": 33}),
        ("mark", "out_trade_no", {"min_length": 5}),
        ("mark", "out_trade_no", {"required": "conditional"}),
        ("mark", "currency", {"enum": ["CNY", "HKD"]}),
        ("unfreeze", "out_order_no", {"pattern": "^[0-9]+$"}),
        ("add_receiver", "name", {"encrypted": False}),
        ("add_receiver", "scene", {"required": "always"}),
        ("add_receiver", "type", {"enum": ["MERCHANT_ID"]}),
        ("add_receiver", "expected_ratio", {"min": 1}),
        ("request_order", "receivers.amount", {"min": 2}),
        ("request_order", "receivers.name", {"encrypted": False}),
        ("request_order", "receivers.authorized", {"type": "string"}),
        ("upload_file", "meta.digest", {"min_length": 40}),
        ("refund", "reason", {"max_length": 81}),
        ("refund", "out_refund_no", {"max_length": 32}),
        ("refund", "amount.total", {"type": "string"}),
        ("query_transaction_by_out_trade_no", "out_trade_no", {"max_length": 33}),
    ],
)
def test_sees_a_changed_parameter(name, path, change, monkeypatch):
    """One changed value in the table of parameters, and the test above would fail."""
    changed = copy.deepcopy(SPEC[name])
    dict(below(changed["parameters"]))[path].update(change)
    monkeypatch.setitem(SPEC, name, changed)

    assert all_limit_faults(name) - LIMITS_DIFFER.keys()


@pytest.mark.parametrize(
    ("name", "path", "change"),
    [
        ("query_order", "state", {"enum": ["PROCESSING"]}),
        ("query_order", "order_id", {"required": "conditional"}),
        ("query_order", "sub_mchid", {"required": "always"}),
        ("query_order", "receivers.amount", {"type": "string"}),
        ("query_order", "receivers.result", {"name": "outcome"}),
        ("settlements", "data.amount.net", {"type": "string"}),
        ("settlements", "data.split_amount", {"type": "array<object>"}),
        ("certificates", "data.serial_no", {"name": "serial"}),
        ("query_transaction_by_id", "payer.openid", {"name": "open_id"}),
        ("query_transaction_by_id", "promotion_detail", {"notes": "promotion_id"}),
        ("query_refund_by_id", "status", {"enum": ["SUCCESS"]}),
        ("query_refunds", "data", {"notes": "refunds"}),
        ("recharge_balance", "currency", {"required": "conditional"}),
    ],
)
def test_sees_a_changed_field(name, path, change, monkeypatch):
    """One changed value in the table of fields, and the test above would fail."""
    changed = copy.deepcopy(SPEC[name])
    dict(below(changed["response_fields"]))[path].update(change)
    monkeypatch.setitem(SPEC, name, changed)

    assert all_answer_faults(name) - ANSWERS_DIFFER.keys()

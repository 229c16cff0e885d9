"""An auditor without a service: its answers are made up."""

import datetime as dt
from fractions import Fraction

from wxdist.sandbox.auditor import Auditor
from wxdist.sandbox.records import Terms

START = 1_767_574_800.0  # Beijing, 2026-01-05 09:00, a Monday
DAY = 86_400
MCHID, TX, TRADE, SHOP = "1900000001", "42T", "P20150806125346", "86693852"
NO = {"code": "INVALID_REQUEST"}


def stamp(when):
    beijing = dt.datetime.fromtimestamp(when, dt.timezone(dt.timedelta(hours=8)))
    return beijing.isoformat(timespec="seconds")


class Desk:
    """An auditor and its clock; answers are said to it as the service would give them."""

    def __init__(self, **terms):
        self.now = START
        facts = {"max_ratio": Fraction(1), **terms}
        self.auditor = Auditor(Terms(mchid=MCHID, **facts), START)

    def say(self, endpoint, params, status=200, body=None):
        found = self.auditor.call(self.now, endpoint, params, status, body)
        return [each.why for each in found]

    def order(self, kind, **facts):
        return [each.why for each in self.auditor.control(kind, self.now, **facts)]

    def paid(self, amount=1000, transaction_id=TX, *, mark=True, wait=300):
        trade = f"{TRADE}{transaction_id}"
        if mark:
            assert [] == self.say("mark", {"out_trade_no": trade, "currency": "CNY"}, 204)
        facts = {"transaction_id": transaction_id, "out_trade_no": trade, "amount": amount}
        assert [] == self.order("pay", **facts)
        self.now += wait
        return self

    def receiver(self, account=SHOP, *, approve=True, **more):
        params = {"type": "MERCHANT_ID", "account": account, "relation_type": "SUPPLIER"}
        params |= {"name": "sealed"} | more
        assert [] == self.say("add_receiver", params, body=params | {"state": "INIT"})
        if approve:
            assert [] == self.order("approve", account=account)
        return self

    def detail(self, detail_id, amount=100, account=SHOP, result="PENDING", **more):
        unfreezes = account == MCHID
        facts = {
            "currency": "CNY",
            "amount": amount,
            "description": "a share",
            "type": "MERCHANT_ID",
            "account": account,
            "result": result,
            "create_time": stamp(self.since),
            "detail_id": detail_id,
            "detail_type": "UNFREEZE_TO_SPONSOR" if unfreezes else "DISTRIBUTE_TO_OTHERS",
        }
        if unfreezes:
            facts["settlement_amount"] = amount * 10**8 // 83_640_300
            facts |= {"settlement_currency": "HKD", "rate_value": 83_640_300}
        return facts | more

    def body(self, *details, number="D1", state="PROCESSING", **more):
        facts = {"transaction_id": TX, "out_order_no": number, "order_id": f"71{number}"}
        return facts | {"state": state, "receivers": list(details)} | more

    def ask(self, *shares, number="D1", **more):
        entries = [
            {"type": "MERCHANT_ID", "currency": "CNY", "description": "a share", **share}
            for share in shares
        ]
        facts = {"transaction_id": TX, "out_order_no": number, "unfreeze_unsplit": False}
        return facts | ({"receivers": entries} if entries else {}) | more

    def accepted(self, *details, shares=None, **more):
        """Let an order be accepted: as asked, unless *shares* says what was asked."""
        self.since = self.now
        made = [self.detail(*each) for each in details]
        asked = [{"account": each["account"], "amount": each["amount"]} for each in made]
        asked = asked if shares is None else shares
        return self.say("request_order", self.ask(*asked, **more), body=self.body(*made))

    def queried(self, *details, state="FINISHED", **more):
        params = {"transaction_id": TX, "out_order_no": "D1"}
        return self.say("query_order", params, body=self.body(*details, state=state, **more))

    def left(self, amount):
        body = {"transaction_id": TX, "unsplit_amount": amount, "currency": "CNY"}
        return self.say("remaining_amount", {"transaction_id": TX}, body=body)

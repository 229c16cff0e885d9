"""What merchants do, rightly and wrongly: each deed is chosen and filled in by the dice."""

import base64
import datetime as dt
import json
from contextlib import suppress
from urllib.parse import quote

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from wxdist.models import FailReason
from wxdist.sandbox.asking import Request

MCHID = "1900000001"
CHILDREN = ("1900000109", "1900000110")
SHARING = "/v3/global/profit-sharing"
REFUNDS = "/v3/global/refunds"
TRADES = [f"P2015080612534{digit}" for digit in range(6)]
ACCOUNTS = ["86693852", "86693853", "86693854", "oABC"]
DAY = 86_400

SEALED = {}


def sealed(paper):
    """Return one name, encrypted for *paper*: always the same text, so that repeats repeat."""
    if paper.serial_no not in SEALED:
        oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
        SEALED[paper.serial_no] = paper.key.public_key().encrypt(b"Shop", oaep)
    return base64.b64encode(SEALED[paper.serial_no]).decode()


class Deeds:
    """The deeds; who has the dice, the clock and the service is a `Life`."""

    # choices

    def sub(self):
        """Return the sub-merchant to send, now and then a wrong one."""
        if self.dice.random() < 0.02:
            return self.dice.choice([{}, {"sub_mchid": CHILDREN[0]}, {"sub_mchid": "1"}])
        child = self.dice.choice(CHILDREN[:1] * 9 + CHILDREN[1:])
        return {} if self.terms.mode == "common" else {"sub_mchid": child}

    def payment(self):
        """Return a paid transaction with its sub-merchant, the latest ones rather."""
        if self.dice.random() < 0.02:
            return "4200000000000000000000000000", self.sub()
        open_ = [each for each in self.paid if each.ready and not each.released]
        known = self.dice.choice(open_[-3:] * 8 + self.paid[-3:])
        return self.named_payment(known)

    def named_payment(self, known):
        return known.transaction_id, ({"sub_mchid": known.sub_mchid} if known.sub_mchid else {})

    def number(self, *, fresh=0.8):
        if self.numbers and self.dice.random() > fresh:
            return self.dice.choice(self.numbers)
        self.numbers.append(f"N{len(self.numbers)}")
        return self.numbers[-1]

    def amount(self):
        return self.dice.choice([1, 7, 100, 995, 5000, self.dice.randint(1, 300_000)])

    # what is ordered

    def order(self, act, *facts):
        """Order something now; what cannot be is refused, and changes nothing."""
        self.world.run_until(self.now)
        with suppress(ValueError):
            return act(*facts)

    def mark(self, trade=None, *, good=False):
        body = {"out_trade_no": trade or self.trade(), "currency": "CNY"}
        if not good and self.dice.random() < 0.1:
            body["currency"] = self.dice.choice(["HKD", "", None, 7])
        self.ask("POST", f"{SHARING}/transactions/mark", body | self.sub())

    def trade(self):
        return self.dice.choice([*TRADES, *[f"FRESH{len(self.paid):04}"] * 9])

    def pay(self, trade=None):
        child = self.sub().get("sub_mchid", "")
        if child not in (("",) if self.terms.mode == "common" else CHILDREN):
            return
        amount = self.dice.choice([1, 100_000, 2_000_000, self.dice.randint(1000, 900_000)])
        other = self.dice.choice(["HKD", "USD", "JPY", "KRW"])
        currency = "CNY" if trade or self.dice.random() < 0.9 else other
        pay, trade = self.world.payments.pay, trade or self.trade()
        payment = self.order(pay, child, trade, currency, amount)
        self.paid += [payment] if payment else []

    def pay_ordinary(self):
        """Pay what was not marked, in any currency."""
        child = "" if self.terms.mode == "common" else CHILDREN[0]
        currency = self.dice.choice(["CNY", "CNY", "HKD", "USD", "JPY", "KRW"])
        amount = self.dice.choice([1, 3, 5000, self.dice.randint(1000, 900_000)])
        trade, pay = f"PLAIN{len(self.paid):04}", self.world.payments.pay
        self.paid.append(self.order(pay, child, trade, currency, amount))

    def some_of(self, known):
        """Return how much of an order to give back: some, all that is left, or too much."""
        gone = sum(each.amount for each in self.world.refunds.of(known))
        rest = known.amount - gone
        return self.dice.choice([1, rest, rest + 1, self.dice.randint(1, known.amount)]) or 1

    def refund(self):
        known = self.dice.choice(self.paid)
        self.order(self.world.refunds.refund, known.transaction_id, self.some_of(known))

    def force(self):
        """Let the platform refund what may not be there."""
        known = self.dice.choice(self.paid)
        self.order(self.world.refunds.force, known.transaction_id, self.some_of(known))

    def revoke(self):
        known = self.dice.choice(self.paid[-4:])
        self.order(self.world.refunds.revoke, known.transaction_id)

    def advance(self):
        """Release something, and refund an order that was distributed out of that."""
        self.unfreeze()
        self.wait(20)
        distributed = [each for each in self.paid if each.order_ids]
        if distributed:
            known = self.dice.choice(distributed)
            self.give_back(known)
            self.quota()
            self.remaining(known)

    def names(self, known):
        """Return how the caller names itself, and the payment's merchant."""
        if self.terms.mode == "common":
            return {"mchid": MCHID}, {"appid": "wx1"}
        return {"sp_mchid": MCHID, "sub_mchid": known.sub_mchid}, {"sp_appid": "wx1"}

    def give_back(self, known=None):
        """Ask for a refund as a merchant, and how it and its payment stand."""
        known = known or self.dice.choice(self.paid)
        amount = {"refund": min(self.some_of(known), known.amount), "total": known.amount}
        own, app = self.names(known)
        number = f"R{self.dice.randrange(10**6)}" if self.dice.random() < 0.9 else "R"
        body = {"transaction_id": known.transaction_id, "out_refund_no": number, **own, **app}
        amount["currency"] = known.currency if self.dice.random() < 0.97 else "CNY"
        self.ask("POST", f"{REFUNDS}", body | {"amount": amount})
        self.now += self.dice.choice([0, 1, 100, 1300])
        self.ask("GET", f"{REFUNDS}/out-refund-no/{number}", query=own)
        self.ask("GET", f"/v3/global/transactions/id/{known.transaction_id}", query=own)
        listed = {"transaction_id": known.transaction_id, "offset": 0, "count": 20}
        self.ask("GET", REFUNDS, query=own | listed)
        if known.marked:
            target = f"{SHARING}/transactions/{known.transaction_id}/refundable-amounts"
            sub = {"sub_mchid": known.sub_mchid} if known.sub_mchid else None
            self.ask("GET", target, query=sub)

    def approve(self, account=None):
        account = account or self.dice.choice(ACCOUNTS)
        self.order(self.world.receivers.approve, account, None)

    def refuse(self):
        account = self.dice.choice(ACCOUNTS)
        self.order(self.world.receivers.refuse, account, "PAPERS", None)

    def close(self):
        """Arm a close: of an order that there is, or that is to come."""
        number = self.dice.choice([*self.numbers[-3:], f"N{len(self.numbers)}"])
        account = self.dice.choice([*ACCOUNTS, MCHID])
        reason = self.dice.choice(list(FailReason)).value
        self.order(self.world.orders.arm, number, account, reason)

    def wait(self, seconds=None):
        spans = [*(1, 2, 3, 5, 8) * 3, 60, 200, 300, 3600, 40_000, DAY, 3 * DAY]
        self.now += seconds or self.dice.choice(spans) * self.dice.uniform(0.5, 1)

    def fresh(self):
        """Begin anew: one more payment, frozen by the end."""
        trade = f"LATER{len(self.paid):04}"
        self.mark(trade, good=True)
        self.pay(trade)
        for _ in range(3):
            self.wait(self.dice.choice([20, 90, 170, 280]))
            self.remaining(self.paid[-1])

    def morning(self):
        """Come to where the last day's bill is there."""
        self.now += DAY - (self.now + 8 * 3600) % DAY + 10 * 3600 + self.dice.choice([-1, 0, 60])
        self.bill(1, self.dice.choice(["/bill-download-url", "/refunds/bill-download-url"]))
        self.statement(1)

    def wait_long(self):
        self.now += self.dice.choice([5, 30, 91, 179.9985, 180, 181]) * DAY

    # what is asked

    def share(self):
        account = self.dice.choice(self.ready() * 8 + [MCHID, CHILDREN[0], *ACCOUNTS])
        kind = "PERSONAL_OPENID" if account == "oABC" else "MERCHANT_ID"
        entry = {"currency": "CNY", "type": kind, "account": account, "amount": self.amount()}
        entry["description"] = self.dice.choice(["a share", "分给商户A"])
        if self.dice.random() < 0.04:
            wrong = {
                "amount": 0,
                "account": "..",
                "description": "",
                "currency": "HKD",
                "type": "X",
            }
            name = self.dice.choice(sorted(wrong))
            entry[name] = wrong[name]
        return entry

    def ready(self, child=CHILDREN[0]):
        """Return who may receive now, to ask for what is possible rather often."""
        child = "" if self.terms.mode == "common" else child
        relations = self.world.state.relations.items()
        return [key[2] for key, each in relations if key[0] == child and each.state == "EFFECTIVE"]

    def distribute(self, shares=None, payment=None):
        transaction_id, sub = payment or self.payment()
        if shares is None:
            some = {
                each["account"]: each
                for each in map(self.one, range(self.dice.choice([0, *[1, 2, 2, 3] * 4])))
            }
            shares = list(some.values()) if self.dice.random() < 0.97 else [self.share()] * 2
        body = {
            "transaction_id": transaction_id,
            "out_order_no": self.number(fresh=0.92),
            "unfreeze_unsplit": self.dice.random() < 0.12,
            **({"receivers": shares} if shares else {}),
            **({"appid": "wx1"} if self.dice.random() < 0.9 else {}),
        }
        self.ask("POST", f"{SHARING}/orders", body | sub)

    def one(self, _):
        return self.share()

    def distribute_much(self):
        """Come to the limits: requests of one payment, receivers of one request."""
        payment = self.payment()
        sponsor = CHILDREN[0] if self.terms.mode == "service_provider" else MCHID
        one = {"currency": "CNY", "type": "MERCHANT_ID", "account": sponsor, "amount": 1}
        for _ in range(60):
            self.distribute([{**one, "description": "one"}], payment)
        shares = [{**self.share(), "account": f"X{index}"} for index in range(51)]
        self.distribute(shares[: self.dice.choice([50, 51])])

    def unfreeze(self):
        transaction_id, sub = self.payment()
        body = {"transaction_id": transaction_id, "out_order_no": self.number()}
        body["description"] = "the rest"
        self.ask("POST", f"{SHARING}/orders/unfreeze", body | sub)

    def repeat(self):
        """Send the very same once more, or with one word of it changed."""
        posts = [each for each in self.sent[-20:] if each.method == "POST"]
        posts = [each for each in posts if each.headers["content-type"] == "application/json"]
        before = self.dice.choice(posts or self.sent[:1])
        body = json.loads(before.body)
        if isinstance(body, dict) and self.dice.random() < 0.4:
            change = {"description": "another", "unfreeze_unsplit": True, "appid": "wx2"}
            name = self.dice.choice(sorted(change))
            body[name] = change[name]
        self.ask("POST", before.target, body, serial=before.headers.get("wechatpay-serial"))

    def query_order(self, number=None):
        known = list(self.world.state.numbers)[-5:]
        number = number or self.dice.choice([*known * 4, *self.numbers[-2:], "N999"])
        orders = self.world.state.orders
        order = orders.get(self.world.state.numbers.get(number, ""))
        transaction_id, sub = self.payment()
        if order is not None and self.dice.random() < 0.95:
            transaction_id = order.content.transaction_id
            sub = {"sub_mchid": order.content.sub_mchid} if order.content.sub_mchid else {}
        self.ask(
            "GET", f"{SHARING}/orders/{number}", query={"transaction_id": transaction_id} | sub
        )

    def trouble(self):
        """Close what is on its way, and look what becomes of the money."""
        self.distribute()
        orders = [each for each in self.world.state.orders.values() if each.out_order_no]
        if orders:
            number, details = orders[-1].out_order_no, orders[-1].details
            account = self.dice.choice(details).account
            self.order(self.world.orders.arm, number, account, "ACCOUNT_ABNORMAL")
            self.wait()
            self.query_order(number)
            self.wait(30)
            self.query_order(number)
            self.remaining(self.world.state.payments[orders[-1].content.transaction_id])

    def remaining(self, known=None):
        transaction_id, sub = self.payment() if known is None else self.named_payment(known)
        self.ask("GET", f"{SHARING}/transactions/{transaction_id}/amounts", query=sub or None)

    def add(self, account=None):
        good = account is not None
        missing = [each for each in ACCOUNTS if each not in self.ready()]
        account = account or self.dice.choice(missing * 3 + ACCOUNTS)
        body = {"type": "MERCHANT_ID", "account": account, "relation_type": "SUPPLIER"}
        body["name"] = sealed(self.papers.platform)
        if account == "oABC":
            body |= {"type": "PERSONAL_OPENID", "appid": "wx1", "authorized": True}
        if self.files and self.dice.random() < 0.2:
            body["partnership_file_id"] = self.dice.choice(self.files)
        if not good and self.dice.random() < 0.15:
            body[self.dice.choice(["relation_type", "appid", "scene", "expected_ratio"])] = "CUSTOM"
        serial = self.papers.platform.serial_no
        self.ask("POST", f"{SHARING}/receivers", body | self.sub(), serial=serial)

    def named(self):
        account = self.dice.choice(ACCOUNTS)
        kind = {"type": "PERSONAL_OPENID" if account == "oABC" else "MERCHANT_ID"}
        return account, kind | ({"appid": "wx1"} if self.dice.random() < 0.8 else {}) | self.sub()

    def query_receiver(self):
        account, query = self.named()
        self.ask("GET", f"{SHARING}/receivers/{quote(account)}", query=query)

    def delete(self):
        account, body = self.named()
        self.ask("DELETE", f"{SHARING}/receivers", {"account": account} | body)

    def day(self, form, back=None):
        back = self.dice.choice([0, 1, 1, 1, 2, 3, 5, 30, 91]) if back is None else back
        when = dt.datetime.fromtimestamp(self.now, dt.timezone(dt.timedelta(hours=8)))
        return f"{when - dt.timedelta(days=back):{form}}"

    def bill(self, back=None, path="/bill-download-url"):
        query = {"bill_date": self.day("%Y-%m-%d", back)}
        if self.dice.random() < 0.4:
            query |= self.sub()
        said = self.ask("GET", f"{SHARING}{path}", query=query)
        if "download_url" in said:
            self.tokens.append(said["download_url"].partition("?token=")[2])
            self.now += self.dice.choice([0, 1, 29, 31])
            self.download()

    def refund_bill(self):
        self.bill(path="/refunds/bill-download-url")

    def statement(self, back=None):
        """Ask for a day's statement, now and then as somebody else."""
        name = "mchid" if self.terms.mode == "common" else "sp_mchid"
        query = {
            "date": self.day("%Y%m%d", back),
            name: self.dice.choice([*[MCHID] * 20, CHILDREN[1]]),
        }
        if self.dice.random() < 0.4:
            query |= self.sub()
        self.ask("GET", "/v3/global/statements", query=query)

    def download(self):
        token = self.dice.choice(self.tokens[-2:] or ["nothing"])
        self.ask("GET", f"/v3/bill/downloadurl?token={token}")

    def settlements(self):
        query = {"settle_state": self.dice.choice(["SETTLED", "UNSETTLE"]), "offset": 0}
        query["limit"] = self.dice.choice([1, 30, 30, 31])
        if query["settle_state"] == "SETTLED" and self.dice.random() < 0.95:
            query |= {"settle_start_date": "20260101", "settle_end_date": self.day("%Y%m%d")}
        query["offset"] = self.dice.choice([0, 0, 0, 1])
        sub = self.sub() if self.terms.mode == "service_provider" else {}
        self.ask("GET", "/v3/global/settle/settlements", query=query | sub)

    def quota(self):
        self.ask("GET", f"{SHARING}/refunds/refundable-balance")

    def certificates(self):
        self.ask("GET", "/v3/global/certificates")

    def upload(self):
        content = self.dice.choice([b"%PDF", b""])
        digest = hashes.Hash(hashes.SHA256())
        digest.update(b"%PDF")
        meta = json.dumps({"filename": "a.pdf", "digest": digest.finalize().hex()}).encode()
        heads = (b'name="meta"', b'name="file"; filename="a.pdf"')
        pieces = [
            b"--e\r\nContent-Disposition: form-data; " + head + b"\r\n\r\n" + text + b"\r\n"
            for head, text in zip(heads, (meta, content), strict=True)
        ]
        target = "/v3/global/merchant-storage/file/upload"
        headers = {"user-agent": "life", "accept": "*/*"}
        headers["content-type"] = "multipart/form-data; boundary=e"
        if self.signed:
            headers["authorization"] = self.authorization("POST", target, meta)
        said = self.send(Request("POST", target, headers, b"".join(pieces) + b"--e--\r\n"))
        if "file_id" in said:
            self.files.append(said["file_id"])

    def nonsense(self):
        """Ask for what is not there, or in a form that is none."""
        method, path, body, query = self.dice.choice(
            [
                ("GET", "/v3/global/nothing", None, None),
                ("PUT", f"{SHARING}/orders", {}, None),
                ("POST", f"{SHARING}/orders", [], None),
                ("POST", f"{SHARING}/orders", {"receivers": 7}, None),
                ("GET", f"{SHARING}/orders/%ff", None, {"transaction_id": "4"}),
                ("GET", f"{SHARING}/receivers/%2e%2e", None, {"type": "MERCHANT_ID"}),
                ("GET", f"{SHARING}/receivers/1", None, {"type": "X"}),
                ("GET", f"{SHARING}/bill-download-url", None, {"bill_date": "2026-02-30"}),
                ("GET", "/v3/global/settle/settlements", None, {"limit": "x"}),
                ("GET", "/v3/global/settle/settlements", None, [("limit", 1), ("limit", 2)]),
            ]
        )
        self.ask(method, path, body, query)


#: How often each is chosen, in the whole.
ACTIONS = [
    *["distribute"] * 18,
    *["fresh", "trouble"] * 4,
    *["wait"] * 14,
    *["query_order"] * 12,
    *["remaining"] * 10,
    *["repeat"] * 6,
    *["unfreeze"] * 3,
    *["mark", "pay", "add", "approve", "close", "query_receiver"] * 3,
    *["settlements", "quota", "refund", "nonsense", "delete", "bill", "advance"] * 2,
    *["give_back", "pay_ordinary"] * 3,
    *["refund_bill", "statement"] * 2,
    *["morning"] * 5,
    *["refuse", "upload", "certificates", "download", "wait_long", "force", "revoke"],
]
#: Once in so many steps the limits are tried, which takes many calls.
RARELY, LIMITS = 0.002, "distribute_much"

"""A merchant with a signature of its own, and the service without a network."""

import base64
import itertools
import json

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from wxdist.sandbox.asking import Request
from wxdist.sandbox.auth import SCHEME, Gate
from wxdist.sandbox.endpoints import Endpoints
from wxdist.sandbox.mischief import Faults, Rule
from wxdist.sandbox.papers import Papers
from wxdist.sandbox.records import Terms
from wxdist.sandbox.service import Service
from wxdist.sandbox.world import World
from wxdist.waiting.clock import FAKE_START

MCHID = "1900000001"
SHARING = "/v3/global/profit-sharing"
BALANCE = f"{SHARING}/refunds/refundable-balance"
CERTIFICATES = "/v3/global/certificates"
TRADE = "P20150806125346"
PARTS = ("Timestamp", "Nonce", "Signature", "Serial")


class Shop:
    """A merchant who signs, and the service without a network; the clock in hand."""

    def __init__(self, *, audit="manual"):
        self.now = FAKE_START
        self.papers = Papers(self.now, lambda: self.now)
        self.world = World(Terms(mchid=MCHID, audit=audit), start=self.now)
        self.faults = Faults()
        gate, endpoints = Gate(self.papers, MCHID), Endpoints(self.world, self.papers)
        self.service = Service(self.world, gate, endpoints, lambda: self.now, self.faults)
        self.nonces = itertools.count()

    def order(self, kind, **options):
        """Let the next call that this fault can strike be struck."""
        self.faults.add(Rule(kind=kind, count=1, options=options))

    def request(self, method, target, body=None, **headers):
        text = b"" if body is None else json.dumps(body).encode()
        time, nonce = f"{self.now:.0f}", f"{next(self.nonces)}"
        signed = f"{method}\n{target}\n{time}\n{nonce}\n".encode() + text + b"\n"
        made = self.papers.merchant.key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        pairs = {
            "mchid": MCHID,
            "nonce_str": nonce,
            "timestamp": time,
            "serial_no": self.papers.merchant.serial_no,
            "signature": base64.b64encode(made).decode(),
        }
        inside = ",".join(f'{name}="{value}"' for name, value in pairs.items())
        sent = {"accept": "*/*", "user-agent": "x", "content-type": "application/json"}
        sent["authorization"] = f"{SCHEME} {inside}"
        return Request(method, target, sent | headers, text)

    def ask(self, method, target, body=None, **headers):
        return self.service.answer(self.request(method, target, body, **headers))

    def certificate(self):
        return self.ask("GET", CERTIFICATES)

    def add(self):
        serial = self.papers.platform.serial_no
        key = self.papers.platform.key.public_key()
        oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
        body = {"type": "MERCHANT_ID", "account": "86693852", "relation_type": "SUPPLIER"}
        body["name"] = base64.b64encode(key.encrypt(b"Shop", oaep)).decode()
        return self.ask("POST", f"{SHARING}/receivers", body, **{"wechatpay-serial": serial})

    def mark(self):
        return self.ask(
            "POST", f"{SHARING}/transactions/mark", {"out_trade_no": TRADE, "currency": "CNY"}
        )

    def ready(self):
        """A payment that can be distributed to three receivers."""
        self.mark()
        payment = self.world.payments.pay("", TRADE, "CNY", 1000)
        self.add()
        self.world.receivers.approve("86693852", None)
        self.go(300)
        return payment.transaction_id

    def create(self, transaction_id, *amounts, number="D1", unfreeze=False):
        facts = {"currency": "CNY", "type": "MERCHANT_ID", "description": "a share"}
        accounts = ("86693852", MCHID)
        receivers = [
            {**facts, "account": account, "amount": amount}
            for account, amount in zip(accounts, amounts, strict=False)
        ]
        body = {"transaction_id": transaction_id, "out_order_no": number}
        body |= {"receivers": receivers, "unfreeze_unsplit": unfreeze}
        return self.ask("POST", f"{SHARING}/orders", body)

    def results(self, number="D1"):
        """How the details of an order ended, and why."""
        order = self.world.state.orders[self.world.state.numbers[number]]
        return [(str(detail.result), detail.fail_reason) for detail in order.details]

    def go(self, seconds):
        self.now += seconds
        self.world.run_until(self.now).check()

    def holds(self, answer):
        """Whether the answer's signature is the platform's."""
        head = {part: answer.headers.get(f"Wechatpay-{part}", "") for part in PARTS}
        key = self.papers.platform_key(head["Serial"])
        text = f"{head['Timestamp']}\n{head['Nonce']}\n".encode() + answer.body + b"\n"
        try:
            signature = base64.b64decode(head["Signature"], validate=True)
            key.public_key().verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
        except (AttributeError, ValueError, InvalidSignature):
            return False
        return True

"""A few merchants' lives, played by seeded dice against the whole service without a socket.

What every step is held against: the invariants of the books, and the auditor.
"""

import base64
import datetime as dt
import json
import random
import secrets
from collections import Counter
from contextlib import suppress
from fractions import Fraction
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from wxdist.sandbox.asking import Request
from wxdist.sandbox.auditor import Auditor
from wxdist.sandbox.auditor.reading import read
from wxdist.sandbox.auth import Check, Gate
from wxdist.sandbox.endpoints import Endpoints
from wxdist.sandbox.mischief import KINDS, Faults, Rule
from wxdist.sandbox.observation import Observation
from wxdist.sandbox.papers import Papers
from wxdist.sandbox.records import Terms
from wxdist.sandbox.service import Service
from wxdist.sandbox.world import World
from wxdist.waiting.clock import FAKE_START

from .deeds import ACCOUNTS, ACTIONS, CHILDREN, LIMITS, MCHID, RARELY, TRADES, Deeds

STEPS = 110
#: A fault is ordered for this share of the calls that could be struck by its rule.
CHANCE = 0.05


class Caught(AssertionError):
    """The auditor has found something."""


class OpenGate(Gate):
    """Lets everybody in and signs with nothing: what lies behind it is played, not it."""

    def check(self, claim, now):
        return Check(ok=True)

    def sign(self, body, now):
        names = ("Timestamp", "Nonce", "Signature", "Serial")
        return {f"Wechatpay-{name}": "open" for name in names}


class Life(Deeds):
    """One run: the service, its watchers, and the dice that decide what happens next."""

    def __init__(self, seed, *, signed=False, faults=True, world=World, service=Service):
        self.seed, self.signed, self.dice = seed, signed, random.Random(seed)
        self.now, self.counts, self.trace = FAKE_START, Counter(), []
        self.terms = self.some_terms()
        clock = lambda: self.now  # noqa: E731 - the one clock of everything here
        self.papers = Papers(self.now, clock)
        self.world = world(self.terms, seed=seed, start=self.now)
        self.endpoints = Endpoints(self.world, self.papers, clock)
        self.faults = Faults(seed)
        gate = (Gate if signed else OpenGate)(self.papers, MCHID)
        self.service = service(self.world, gate, self.endpoints, clock, self.faults)
        self.auditor = Auditor(self.terms, self.now)
        self.world.state.observer = self.observe
        self.paid, self.sent, self.numbers, self.tokens, self.files = [], [], [], [], []
        if faults:
            for name in self.dice.sample(sorted(KINDS), 5):
                self.faults.add(Rule(kind=name, probability=CHANCE))

    def some_terms(self):
        mode = self.dice.choice(["common", "common", "institutional", "service_provider"])
        return Terms(
            mchid=MCHID,
            mode=mode,
            sub_mchids=() if mode == "common" else CHILDREN,
            fee_rate=Fraction(self.dice.choice(["0", "0.006", "0.499"])),
            max_ratio=Fraction(self.dice.choice(["1", "1", "0.3", "0.11"])),
            audit=self.dice.choice(["manual", "manual", "auto"]),
            closed_money=self.dice.choice(["frozen", "frozen", "sponsor"]),
            settlement_currency=self.dice.choice(["HKD", "HKD", "USD", "JPY", "CNY"]),
            holidays=self.dice.choice([(), (dt.date(2026, 1, 6), dt.date(2026, 1, 7))]),
            rates=self.dice.choice(["fixed", "daily"]),
        )

    def observe(self, seen):
        """Watch as anybody could; amounts in answers must be true now, too."""
        self.auditor.observe(seen)
        if isinstance(seen, Observation):
            asked = read(seen.request).endpoint or "no address"
            self.counts[f"{asked} {seen.status}"] += 1
            self.world.invariants.answered(seen.body)

    def play(self, steps=STEPS):
        """Take *steps* steps; whatever breaks tells the seed and the steps before it."""
        self.begin()
        for number in range(steps):
            self.step(self.dice.choice(ACTIONS) if self.dice.random() > RARELY else LIMITS)
            if number % 25 == 24:
                self.world.check()
        self.world.check()
        return self

    def begin(self):
        """Most lives begin well: marked, paid, frozen, with receivers that may receive."""
        for trade in TRADES[:3]:
            self.step("mark", trade=trade, good=True)
            self.step("pay", trade=trade)
        for account in ACCOUNTS[:3]:
            self.step("add", account=account)
            self.step("approve", account=account)
        self.step("wait", seconds=300)

    def step(self, action, **facts):
        self.counts[action] += 1
        self.trace.append(action)
        getattr(self, action)(**facts)
        self.world.run_until(self.now).invariants.step()
        if self.auditor.findings:
            raise Caught(f"seed {self.seed}: {self.trace[-5:]} {self.auditor.findings}")

    # what goes out

    def ask(self, method, path, body=None, query=None, *, serial=None):
        target = path if query is None else f"{path}?{urlencode(query)}"
        text = b"" if body is None else json.dumps(body).encode()
        headers = {"user-agent": "life", "accept": "application/json"}
        if body is not None:
            headers["content-type"] = "application/json"
        if serial:
            headers["wechatpay-serial"] = serial
        if self.signed:
            headers["authorization"] = self.authorization(method, target, text)
        return self.send(Request(method, target, headers, text))

    def send(self, request):
        self.sent.append(request)
        self.trace[-1] += f" {request.method} {request.target} {request.body!r}"
        answer = self.service.answer(request)
        with suppress(ValueError):
            found = json.loads(answer.body)
            return found if isinstance(found, dict) else {}
        return {}

    def authorization(self, method, target, text):
        pairs = {
            "mchid": MCHID,
            "nonce_str": secrets.token_hex(16),
            "timestamp": str(int(self.now)),
            "serial_no": self.papers.merchant.serial_no,
        }
        lines = (method, target, pairs["timestamp"], pairs["nonce_str"])
        whole = b"".join(line.encode() + b"\n" for line in lines) + text + b"\n"
        if self.dice.random() < 0.03:
            whole += b"?"
        made = self.papers.merchant.key.sign(whole, padding.PKCS1v15(), hashes.SHA256())
        pairs["signature"] = base64.b64encode(made).decode()
        inside = ",".join(f'{name}="{value}"' for name, value in pairs.items())
        return f"WECHATPAY2-SHA256-RSA2048 {inside}"

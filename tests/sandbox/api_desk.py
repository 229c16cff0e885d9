"""The control API without a network: orders go straight to its desk."""

import json

from wxdist.sandbox.asking import Request
from wxdist.sandbox.core import Core
from wxdist.sandbox.options import clock_of, terms

HOST = "127.0.0.1:8080"
TRADE = "P20150806125346"
#: A contract with nothing special.
PLAIN = {
    "mode": "common",
    "sub_mchids": (),
    "fee_rate": "0",
    "max_ratio": "0.30",
    "audit": "manual",
    "closed_money": "frozen",
}
JSON = object()  # the type that an order has, unless a test says another


class Desk:
    """A sandbox that takes orders, on a clock that stands still."""

    def __init__(self, *, hosts=(), **special):
        clock = clock_of("manual", None)
        self.core = Core(terms(**{**PLAIN, **special}), clock, control=True, hosts=hosts)

    async def send(self, method, path, body=b"", *, content_type=JSON, host=HOST, **headers):
        """Send one order; ``None`` leaves a header out."""
        if content_type is JSON:
            content_type = "application/json" if method == "POST" else None
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        said = {"host": host, "content-type": content_type, **named}
        given = {name: value for name, value in said.items() if value is not None}
        return await self.core.api.answer(Request(method, f"/_sandbox/{path}", given, body))

    async def ask(self, method, path, **fields):
        """Send an order of some fields; return the status and the JSON."""
        body = json.dumps(fields).encode() if method == "POST" else b""
        answer = await self.send(method, path, body)
        return answer.status, json.loads(answer.body)

    async def done(self, method, path, **fields):
        """Send an order that is carried out; return its JSON."""
        status, answer = await self.ask(method, path, **fields)
        assert 200 == status, answer
        return answer

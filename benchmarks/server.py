"""The other side, a process of its own: it sends answers that were signed beforehand.

So its own signing neither competes with a measured client for the processor nor sets its pace. It
prints its port and public key as one line of JSON, and ends when its standard input closes.
"""

from __future__ import annotations

import asyncio
import base64
import collections
import json
import secrets
import sys
import time

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEY_ID = "PUB_KEY_ID_0000000000000024101100397200000001"
TRANSACTION_ID, OUT_ORDER_NO = "4208450740201411110007820472", "P20150806125346"
TARGET = f"/v3/global/profit-sharing/orders/{OUT_ORDER_NO}?transaction_id={TRANSACTION_ID}"


def _detail(number: int) -> dict[str, object]:
    return {
        "currency": "CNY",
        "amount": 100 * number,
        "description": f"分给商户{number}",
        "type": "MERCHANT_ID",
        "account": f"190000010{number}",
        "result": "SUCCESS",
        "create_time": "2026-01-05T09:05:00+08:00",
        "finish_time": "2026-01-05T09:05:30+08:00",
        "detail_id": f"3601111111111111111111{number}",
        "detail_type": "DISTRIBUTE_TO_OTHERS",
    }


BODY = json.dumps(
    {
        "transaction_id": TRANSACTION_ID,
        "out_order_no": OUT_ORDER_NO,
        "order_id": "3008450740201411110007820472",
        "state": "FINISHED",
        "receivers": [_detail(number) for number in (1, 2, 3)],
    },
    ensure_ascii=False,
).encode()


class Stock:
    """Answers to one question, signed, each with a nonce of its own; each is sent once."""

    def __init__(self) -> None:
        self._key = rsa.generate_private_key(65537, 2048)
        self._answers: collections.deque[bytes] = collections.deque()

    @property
    def public_key(self) -> str:
        """PEM, under the id `KEY_ID`."""
        form = PublicFormat.SubjectPublicKeyInfo
        return self._key.public_key().public_bytes(Encoding.PEM, form).decode()

    def respond(self, path: str) -> bytes:
        """Return the next answer; ``/sign/N`` and ``/forge/N`` make the next N instead."""
        if path == TARGET:
            return self._answers.popleft()
        _, order, count = path.split("/")
        self._answers = collections.deque(
            self._signed(BODY, b" " if order == "forge" else b"") for _ in range(int(count))
        )
        return self._signed(b"", b"")

    def _signed(self, body: bytes, unsigned: bytes) -> bytes:
        stamp, nonce = str(int(time.time())), secrets.token_hex(16)
        covered = f"{stamp}\n{nonce}\n".encode() + body + b"\n"
        signature = base64.b64encode(self._key.sign(covered, padding.PKCS1v15(), SHA256()))
        lines = [
            "HTTP/1.1 200 OK",
            "Server: nginx",
            "Content-Type: application/json; charset=utf-8",
            f"Content-Length: {len(body + unsigned)}",
            "Connection: keep-alive",
            "Keep-Alive: timeout=8",
            "Cache-Control: no-cache, must-revalidate",
            "X-Content-Type-Options: nosniff",
            "Request-ID: 08F5D2E5C10610D30118A9C4F55520E2C90628A7E202-0",
            "Content-Language: zh-CN",
            f"Wechatpay-Nonce: {nonce}",
            f"Wechatpay-Signature: {signature.decode()}",
            f"Wechatpay-Timestamp: {stamp}",
            f"Wechatpay-Serial: {KEY_ID}",
            "Wechatpay-Signature-Type: WECHATPAY2-SHA256-RSA2048",
        ]
        return "\r\n".join([*lines, "", ""]).encode() + body + unsigned


class Connection(asyncio.Protocol):
    """One connection: GET requests in, answers out."""

    def __init__(self, stock: Stock) -> None:
        self._stock = stock
        self._waiting = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *heads, self._waiting = (self._waiting + data).split(b"\r\n\r\n")
        for head in heads:
            self._transport.write(self._stock.respond(head.split(b" ", 2)[1].decode()))


async def serve() -> None:
    """Serve until standard input closes."""
    stock, loop = Stock(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(stock), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    print(json.dumps({"port": port, "public_key": stock.public_key}), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve())

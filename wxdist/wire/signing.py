"""The exact bytes that a signature covers, and the header that carries it.

Source: https://pay.weixin.qq.com/wiki/doc/api_external/en/wechatpay/wechatpay4_0.shtml
"""

from __future__ import annotations

import base64

from wxdist.wire.message import Request

SCHEME = "WECHATPAY2-SHA256-RSA2048"


def canonical_bytes(request: Request, *, timestamp: int, nonce: str) -> bytes:
    """Return the five lines that a request's signature covers, the last line break included."""
    covered = request.body if request.signed is None else request.signed
    head = f"{request.method}\n{request.target}\n{timestamp}\n{nonce}\n"
    return head.encode("ascii") + covered + b"\n"


def authorization(
    mchid: str, serial_no: str, *, timestamp: int, nonce: str, signature: bytes
) -> str:
    """Return the ``Authorization`` header of a request that was signed with *signature*."""
    fields = {
        "mchid": mchid,
        "nonce_str": nonce,
        "timestamp": timestamp,
        "serial_no": serial_no,
        "signature": base64.b64encode(signature).decode("ascii"),
    }
    return f"{SCHEME} " + ",".join(f'{name}="{value}"' for name, value in fields.items())


def answer_bytes(*, timestamp: str, nonce: str, body: bytes) -> bytes:
    """Return the three lines that the signature of an answer or a notice covers."""
    head = f"{timestamp}\n{nonce}\n"  # of headers, so any bytes: none may fail or be replaced
    return head.encode("utf-8", "surrogatepass") + body + b"\n"

"""The service's side of notices: made, encrypted and signed apart from `wxdist.wire`."""

import base64
import json
import secrets

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..service_side import PAYMENT

#: A payment as a notice tells it.
PAID = {**PAYMENT, "transaction_id": "4200000001", "payer": {"openid": "oS3cret"}}
#: A refund, by the names of the mainland service.
REFUNDED = {
    "transaction_id": "4200000001",
    "out_trade_no": "P20150806125346",
    "refund_id": "50000001",
    "out_refund_no": "R-1",
    "refund_status": "SUCCESS",
    "success_time": "2026-01-05T09:00:00+08:00",
    "user_received_account": "S3cret card",
    "amount": {"total": 888, "refund": 8, "payer_total": 888, "payer_refund": 8},
}


class Post:
    """Makes notices for one merchant.

    Args:
        keys: of both sides.
        service: seals what is posted.
    """

    def __init__(self, keys, service):
        self.keys, self.service = keys, service
        self.paid = {"mchid": keys.mchid, **PAID}

    def sealed(self, facts, *, secret=None, nonce=None, associated="transaction", **changes):
        """Return the encrypted part of a body; *facts* may be the text itself."""
        text = facts if isinstance(facts, bytes) else json.dumps(facts).encode()
        nonce = secrets.token_hex(6) if nonce is None else nonce
        cipher = AESGCM((secret or self.keys.api_v3_key).encode())
        made = cipher.encrypt(nonce.encode(), text, associated.encode())
        return {
            "original_type": "transaction",
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": base64.b64encode(made).decode(),
            "associated_data": associated,
            "nonce": nonce,
            **changes,
        }

    def body(self, facts=None, event="TRANSACTION.SUCCESS", *, resource=None, **changes):
        """Return a body; *changes* are to its outer fields, ``None`` takes one away."""
        said = {
            "id": "EV-1",
            "create_time": "2026-01-05T09:00:00+08:00",
            "event_type": event,
            "resource_type": "encrypt-resource",
            "summary": "支付成功",
            "resource": self.sealed(self.paid if facts is None else facts)
            if resource is None
            else resource,
            **changes,
        }
        return json.dumps(said, ensure_ascii=False).encode()

    def headers(self, body, **seal):
        return {"Request-ID": "08A1-0", **self.service.seal(body, **seal)}

    def __call__(self, *facts, seal=None, **changes):
        """Return headers and body of one delivery, signed anew."""
        body = self.body(*facts, **changes)
        return self.headers(body, **(seal or {})), body

"""The service's side of the signatures, with ``cryptography`` alone, apart from `wxdist.wire`."""

import base64
import datetime as dt
import hashlib
import json
import secrets
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from wxdist import Credentials
from wxdist.wire import PrivateKey

from . import bill_texts
from .raw_server import Last, http

PKCS1, SHA256 = padding.PKCS1v15(), hashes.SHA256()
OAEP = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)


class Keys:
    """The keys of both sides, and of a stranger."""

    mchid = "1900000001"
    serial_no = "4B1D3A5C7E9F00112233445566778899AABBCCDD"
    api_v3_key = "0123456789abcdef0123456789abcdef"
    public_key_id = "PUB_KEY_ID_0119000000012026010500000001"

    def __init__(self):
        self.merchant, self.platform, self.stranger = (
            rsa.generate_private_key(65537, 2048) for _ in range(3)
        )
        self.merchant_pem = self.merchant.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
        self.public_pem = self.public_pem_of(self.platform)
        self.certificate = self.certify(self.platform, 0x0A5B, 2026, 2030)

    def public_pem_of(self, key):
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()

    def certify(self, key, serial, first, last):
        """Return a certificate for *key* as (serial number as the service writes it, PEM)."""
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "platform")])
        days = (dt.datetime(year, 1, 1, tzinfo=dt.UTC) for year in (first, last))
        made = x509.CertificateBuilder(name, name, key.public_key(), serial, *days).sign(
            key, SHA256
        )
        text = f"{serial:X}"
        pem = made.public_bytes(serialization.Encoding.PEM).decode()
        return text.zfill(len(text) + len(text) % 2), pem

    def credentials(self, mode="common", **changes):
        """Return credentials in pure public-key mode."""
        known = {
            "mchid": self.mchid,
            "serial_no": self.serial_no,
            "private_key": PrivateKey(self.merchant),
            "api_v3_key": self.api_v3_key,
            "platform_keys": {self.public_key_id: self.public_pem},
        }
        return Credentials(**{**known, **changes}, mode=mode)

    def open(self, sealed):
        """Return what was encrypted for the platform."""
        return self.platform.decrypt(base64.b64decode(sealed), OAEP).decode()

    def check(self, sent, covered=None):
        """Raise unless the signature of a request fits the bytes that came."""
        claim = sent.claim
        method, target, _ = sent.head.split(b"\r\n", 1)[0].split(b" ")
        lines = (method, target, claim["timestamp"].encode(), claim["nonce_str"].encode())
        text = b"".join(line + b"\n" for line in lines)
        text += (sent.body if covered is None else covered) + b"\n"
        signature = base64.b64decode(claim["signature"])
        self.merchant.public_key().verify(signature, text, PKCS1, SHA256)


#: What a distribution is of whose request no more is known.
SHARE = {"type": "MERCHANT_ID", "account": "86693852", "amount": 1, "description": "a share"}

#: What is told of any payment, and of any refund.
PAYMENT = {
    "out_trade_no": "P20150806125346",
    "trade_type": "APP",
    "bank_type": "CMC",
    "trade_state": "SUCCESS",
    "trade_state_desc": "paid",
    "amount": {"total": 888, "payer_total": 888, "currency": "CNY", "payer_currency": "HKD"},
}
REFUND = {
    "id": "50201308462021060109285031309",
    "out_refund_no": "R-1",
    "create_time": "2018-06-08T10:34:56+08:00",
    "amount": {"refund": 888, "currency": "CNY", "payer_refund": 888, "payer_currency": "CNY"},
}


def merchants(asked):
    """Return the merchants of a question, as the answer repeats them."""
    return {name: asked[name] for name in ("mchid", "sp_mchid", "sub_mchid") if name in asked}


class Service:
    """The service in small: answers each call with what it asks about, and signs that.

    Args:
        keys: of both sides.
        clock: for the time stamps.
    """

    http = staticmethod(http)
    last = Last
    transaction_id = "4200000001202601050000000001"
    url = ""  #: where bills are, set when it listens
    bill = None  #: what lies at their addresses; ``None``: a small one of the kind
    statement = bill_texts.STATEMENT
    settled = 0  #: how many settlement records there are
    state = "PROCESSING"
    refunded = 0  #: how many refunds the payment has
    refund_status = "PROCESSING"

    def __init__(self, keys, clock):
        self.keys = keys
        self.clock = clock
        self.serial = keys.public_key_id  # of the key that signs

    def __call__(self, sent):
        if sent.path == "/v3/bill/downloadurl":
            small = {"t": bill_texts.DISTRIBUTION, "r": bill_texts.REFUNDS}[sent.query["token"]]
            return http(200, small if self.bill is None else self.bill)
        return self.genuine(sent)

    def genuine(self, sent, status=200, **changes):
        """Answer truly, but for *changes*."""
        if sent.path == "/v3/global/statements":
            return self.stated()
        body = self.word(sent)
        if body is None:
            return self.signed(b"", 204)
        return self.signed({**body, **changes}, status)

    def signed(self, body, status=200, *, headers=None, seal=None, **facts):
        """Return a signed answer; *facts* go to `seal`, *seal* stands instead of it."""
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        sealed = self.seal(data, **facts) if seal is None else seal
        return http(status, data, {"Request-ID": "08A1-0", **sealed, **(headers or {})})

    def stated(self, data=None, *, told=None, sealed=True, headers=(), length=None, **facts):
        """Return an answer that is the statement *data*, sent on as it is.

        Args:
            data: the body; ``None``: `statement`.
            told: its digest header, empty for none; ``None``: the true one in hex.
            sealed: whether the answer is signed, over that header; else it has the documented
                headers alone.
            headers: further ones.
            length: what it claims instead of its true length.
            facts: for `seal`.
        """
        data = self.statement if data is None else data
        told = hashlib.sha1(data).hexdigest() if told is None else told
        seal = self.seal(told.encode(), **facts)
        if not sealed:
            del seal["Wechatpay-Signature"]
        digest = {"Wechatpay-Statement-Sha1": told} if told else {}
        return http(200, data, {**seal, **digest, **dict(headers)}, length=length)

    def seal(self, body, *, key=None, serial=None, at=0, nonce=None):
        """Return the signature headers for *body*, *at* seconds from now."""
        stamp, nonce = str(int(self.clock.now()) + at), nonce or secrets.token_hex(16)
        text = f"{stamp}\n{nonce}\n".encode() + body + b"\n"
        signature = (key or self.keys.platform).sign(text, PKCS1, SHA256)
        return {
            "Wechatpay-Timestamp": stamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": base64.b64encode(signature).decode(),
            "Wechatpay-Serial": serial or self.serial,
        }

    def word(self, sent):
        """Return the JSON that answers a request, or ``None`` for an empty 204."""
        last = unquote(sent.path.rsplit("/", 1)[1])
        json_body = sent.body and sent.headers["content-type"] == "application/json"
        asked = sent.json if json_body else sent.query
        if last == "mark" or sent.method == "DELETE":
            return None
        if "/orders" in sent.path:
            return self.order({"out_order_no": last, **asked})
        if "/receivers" in sent.path:
            facts = {"account": last, "relation_type": "SUPPLIER", "state": "INIT", **asked}
            return {name: value for name, value in facts.items() if name != "authorized"}
        if sent.path.startswith(("/v3/global/refund", "/v3/global/transactions")):
            return self.companion(sent.path, last, asked)
        answers = {
            "refundable-amounts": lambda: {
                "transaction_id": unquote(sent.path.rsplit("/", 2)[1]),
                "refundable_amount": 1000,
            },
            "amounts": lambda: {
                "transaction_id": unquote(sent.path.rsplit("/", 2)[1]),
                "unsplit_amount": 1000,
                "currency": "CNY",
            },
            "upload": lambda: {"file_id": "FILE0123456789ABCDEF"},
            "refundable-balance": lambda: {
                "sponsor_mchid": self.keys.mchid,
                "balance": 7,
                "currency": "CNY",
            },
            "bill-download-url": lambda: {
                "download_url": f"{self.url}/v3/bill/downloadurl?token="
                + ("r" if "/refunds/" in sent.path else "t")
            },
            "settlements": lambda: self.page(int(asked["offset"]), int(asked["limit"])),
            "certificates": lambda: self.certificate_list(self.keys.certificate),
        }
        return answers[last]() | ({"sub_mchid": asked["sub_mchid"]} if "sub_mchid" in asked else {})

    def order(self, asked):
        result = "SUCCESS" if self.state == "FINISHED" else "PENDING"
        facts = {"currency": "CNY", "result": result, "create_time": "2026-01-05T09:00:00+08:00"}
        known = ("sub_mchid", "transaction_id", "out_order_no")
        return {
            **{name: asked[name] for name in known if name in asked},
            "order_id": "3008450740201411110007820472",
            "state": self.state,
            "receivers": [{**each, **facts} for each in asked.get("receivers", [SHARE])],
        }

    def companion(self, path, last, asked):
        """Answer a payment or refund call."""
        if "/transactions/" in path:
            number = {"id" if "/id/" in path else "out_trade_no": last}
            return {**PAYMENT, "id": self.transaction_id, **merchants(asked), **number}
        if "recharge-balance" in path:
            return {"remaining_amount": 5, "currency": "HKD"}
        if "offset" in asked:
            return self.refunds(int(asked["offset"]), int(asked["count"]), asked)
        if "out_refund_no" in asked:
            return {**REFUND, "out_refund_no": asked["out_refund_no"]}
        number = {"id" if "/id/" in path else "out_refund_no": last}
        order = {"transaction_id": self.transaction_id, "out_trade_no": "P20150806125346"}
        return {**REFUND, **order, "status": self.refund_status, **number}

    def refunds(self, offset, count, asked):
        """Return one page of the refunds of a payment."""
        found = [
            {**REFUND, "id": f"50{number}", "out_refund_no": f"R-{number}", "status": "SUCCESS"}
            for number in range(self.refunded)
        ][offset : offset + count]
        return {
            "id": asked.get("transaction_id", self.transaction_id),
            "out_trade_no": asked.get("out_trade_no", "P20150806125346"),
            **merchants(asked),
            "amount": {"total": 888, "currency": "CNY"},
            "data": found,
            "total_num": self.refunded,
            "current_total_num": len(found),
        }

    def page(self, offset, limit):
        """Return one page of the settlement records."""
        day = "2026-01-05"
        amount = dict.fromkeys(("settled", "unsettle", "pay", "refund", "net", "fee"), 5)
        records = [
            {
                "batch_id": f"B{number}",
                "settlement_date": day,
                "trade_start_date": day,
                "trade_end_date": day,
                "amount": {**amount, "currency": "HKD"},
            }
            for number in range(self.settled)
        ][offset : offset + limit]
        return {
            "data": records,
            "total_count": self.settled,
            "offset": offset,
            "limit": len(records),
        }

    def certificate_list(self, *certificates, secret=None):
        """Return the list that hands out (serial, PEM) pairs."""
        return {"data": [self._entry(serial, pem, secret) for serial, pem in certificates]}

    def _entry(self, serial, pem, secret):
        nonce = secrets.token_hex(6)
        cipher = AESGCM((secret or self.keys.api_v3_key).encode())
        sealed = cipher.encrypt(nonce.encode(), pem.encode(), b"certificate")
        return {
            "serial_no": serial,
            "effective_time": "2026-01-01T00:00:00Z",
            "expire_time": "2030-01-01T00:00:00Z",
            "encrypt_certificate": {
                "algorithm": "AEAD_AES_256_GCM",
                "nonce": nonce,
                "associated_data": "certificate",
                "ciphertext": base64.b64encode(sealed).decode(),
            },
        }

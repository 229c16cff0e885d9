"""A player of the pure world, and a client with a signature of its own."""

import base64
import hashlib
import io
import json
import secrets
from fractions import Fraction

import aiohttp
import attrs
import pytest
import yarl
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from wxdist.models import ReceiverType, RelationType
from wxdist.sandbox import Sandbox
from wxdist.sandbox.orders import Ask, Instruction
from wxdist.sandbox.records import Relation, Terms
from wxdist.sandbox.world import World
from wxdist.waiting.clock import FAKE_START

TRADE = "P20150806125346"
SHARING = "/v3/global/profit-sharing"


class Play:
    """A world with its clock in hand."""

    def __init__(self, *, seed=0, **terms):
        for name in {"fee_rate", "max_ratio"} & terms.keys():
            terms[name] = Fraction(terms[name])
        self.now = FAKE_START
        self.world = World(Terms(mchid="1900000001", **terms), seed=seed, start=self.now)

    def go(self, seconds=0.0, *, days=0):
        self.now += seconds + 86400 * days
        self.world.run_until(self.now).check()

    def paid(self, amount=1000, trade=TRADE, sub="", *, mark=True, currency="CNY"):
        if mark:
            self.world.payments.mark(sub, trade, "CNY")
        return self.world.payments.pay(sub, trade, currency, amount)

    def ready(self, amount=1000, trade=TRADE, sub=""):
        payment = self.paid(amount, trade, sub)
        self.go(300)
        return payment

    def relation(self, account="86693852", sub="", **more):
        facts = dict.fromkeys(
            (
                *("appid", "sub_appid", "custom_relation", "scene", "major_service"),
                *("expected_ratio", "application_file_id", "partnership_file_id"),
            )
        )
        facts |= {"type": "MERCHANT_ID", "name": "Shop", "relation_type": "SUPPLIER"} | more
        facts["type"] = ReceiverType(facts["type"])
        facts["relation_type"] = RelationType(facts["relation_type"])
        return Relation(account=account, sub_mchid=sub, **facts)

    def add(self, account="86693852", sub="", *, authorized=None, **more):
        return self.world.receivers.add(self.relation(account, sub, **more), authorized=authorized)

    def receiver(self, account="86693852", sub="", **more):
        relation = self.add(account, sub, **more)
        self.world.receivers.approve(account, sub)
        return relation

    def ask(self, account="86693852", amount=100, **more):
        facts = {"currency": "CNY", "type": "MERCHANT_ID", "name": None, "authorized": None}
        facts |= {"description": "a share"} | more
        facts["type"] = ReceiverType(facts["type"])
        return Ask(account=account, amount=amount, **facts)

    def instruct(self, payment, *asks, number="D1", unfreeze=False, **more):
        facts = {"sub_mchid": payment.sub_mchid, "appid": None, "sub_appid": None} | more
        return Instruction(
            transaction_id=payment.transaction_id,
            out_order_no=number,
            receivers=asks,
            unfreeze_unsplit=unfreeze,
            **facts,
        )

    def create(self, payment, *asks, **more):
        return self.world.orders.create(self.instruct(payment, *asks, **more))

    def unfreeze(self, payment, number="U1", description="release"):
        return self.world.orders.unfreeze(
            payment.sub_mchid, payment.transaction_id, number, description
        )

    def left(self, payment):
        return self.world.payments.left(payment)

    def parts(self, payment):
        parts = self.world.state.ledger.parts(payment.transaction_id)
        return {kind: amount for kind, amount in parts.items() if amount}


@attrs.frozen
class Reply:
    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class Client:
    """Asks a sandbox with a signature made here, and checks the answers' signatures."""

    def __init__(self, sandbox, folder, http):
        sandbox.write_credentials(folder)
        self.http = http
        self.facts = json.loads((folder / "credentials.json").read_text())
        self.clock = sandbox.clock
        self.key = serialization.load_pem_private_key(
            (folder / "merchant_key.pem").read_bytes(), None
        )
        certificate = x509.load_pem_x509_certificate((folder / "platform_cert.pem").read_bytes())
        public = serialization.load_pem_public_key(
            (folder / "platform_public_key.pem").read_bytes()
        )
        self.platform = {
            self.facts["platform_serial_no"]: certificate.public_key(),
            self.facts["platform_public_key_id"]: public,
        }

    def header(self, method, target, body=b"", **changes):
        pairs = {
            "mchid": self.facts["mchid"],
            "nonce_str": secrets.token_hex(16),
            "timestamp": str(int(self.clock.now())),
            "serial_no": self.facts["serial_no"],
        } | changes
        lines = (method, target, pairs["timestamp"], pairs["nonce_str"])
        text = b"".join(line.encode() + b"\n" for line in lines) + body + b"\n"
        pairs.setdefault("signature", self.sign(text))
        inside = ",".join(f'{name}="{value}"' for name, value in pairs.items())
        return f"WECHATPAY2-SHA256-RSA2048 {inside}"

    def sign(self, text):
        made = self.key.sign(text, padding.PKCS1v15(), hashes.SHA256())
        return base64.b64encode(made).decode()

    def seal(self, text, serial=None):
        key = self.platform[serial or self.facts["platform_serial_no"]]
        oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
        return base64.b64encode(key.encrypt(text.encode(), oaep)).decode()

    def open(self, text):
        oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
        return self.key.decrypt(base64.b64decode(text), oaep).decode()

    def certificate_in(self, entry):
        sealed = entry["encrypt_certificate"]
        return AESGCM(self.facts["api_v3_key"].encode()).decrypt(
            sealed["nonce"].encode(),
            base64.b64decode(sealed["ciphertext"]),
            sealed["associated_data"].encode(),
        )

    def signed(self, reply):
        """Check an answer's signature; raise when it does not hold."""
        head = {name.lower(): value for name, value in reply.headers.items()}
        text = f"{head['wechatpay-timestamp']}\n{head['wechatpay-nonce']}\n".encode()
        self.platform[head["wechatpay-serial"]].verify(
            base64.b64decode(head["wechatpay-signature"]),
            text + reply.body + b"\n",
            padding.PKCS1v15(),
            hashes.SHA256(),
        )
        return True

    async def raw(self, method, target, body=b"", *, headers=None):
        url = yarl.URL(self.facts["base_url"] + target, encoded=True)
        async with self.http.request(
            method,
            url,
            data=io.BytesIO(body) if body else None,
            headers=headers or {},
            allow_redirects=False,
        ) as answer:
            return Reply(answer.status, dict(answer.headers), await answer.read())

    async def ask(self, method, target, body=None, *, headers=None, **changes):
        text = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        sent = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "Authorization": self.header(method, target, text, **changes),
        }
        reply = await self.raw(method, target, text, headers=sent | (headers or {}))
        if reply.status != 401 and "downloadurl" not in target:
            assert self.signed(reply)
        return reply

    async def upload(self, content=b"%PDF", *, filename="a.pdf", key="digest", digest=None):
        meta = {"filename": filename, key: digest or hashlib.sha256(content).hexdigest()}
        return await self.send_parts(json.dumps(meta).encode(), content)

    async def send_parts(self, meta, content, *, names=("meta", "file")):
        target = "/v3/global/merchant-storage/file/upload"
        heads = (
            f'Content-Disposition: form-data; name="{names[0]}"\r\n\r\n',
            f'Content-Disposition: form-data; name="{names[1]}"; filename="a.pdf"\r\n\r\n',
        )
        pieces = [head.encode() + text for head, text in zip(heads, (meta, content), strict=True)]
        body = b"".join(b"--edge\r\n" + piece + b"\r\n" for piece in pieces) + b"--edge--\r\n"
        headers = {
            "Accept": "*/*",
            "Content-Type": 'multipart/form-data; boundary="edge"',
            "Authorization": self.header("POST", target, meta),
        }
        return await self.raw("POST", target, body, headers=headers)

    async def add(self, account="86693852", **more):
        serial = self.facts["platform_serial_no"]
        body = {"type": "MERCHANT_ID", "account": account, "relation_type": "SUPPLIER"}
        body |= {"name": self.seal("Shop")} | more
        return await self.ask(
            "POST", f"{SHARING}/receivers", body, headers={"Wechatpay-Serial": serial}
        )

    async def mark(self, trade=TRADE, **more):
        body = {"out_trade_no": trade, "currency": "CNY"} | more
        return await self.ask("POST", f"{SHARING}/transactions/mark", body)

    async def create(self, transaction_id, *receivers, number="D1", unfreeze=False, **more):
        body = {"transaction_id": transaction_id, "out_order_no": number}
        body |= {"receivers": list(receivers), "unfreeze_unsplit": unfreeze} | more
        return await self.ask("POST", f"{SHARING}/orders", body)


@pytest.fixture(scope="session")
def play():
    """Make a world to play with."""
    return Play


@pytest.fixture
async def http():
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def sandbox():
    async with Sandbox(clock="manual") as running:
        yield running


@pytest.fixture
async def client(sandbox, tmp_path, http):
    return Client(sandbox, tmp_path, http)


@pytest.fixture
def client_of(tmp_path, http):
    """Make a client of another sandbox."""
    return lambda sandbox: Client(sandbox, tmp_path, http)

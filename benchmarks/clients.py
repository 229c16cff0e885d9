"""What is measured: wxdist, its necessary parts by hand, and the package wechatpayv3."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator

import aiohttp
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from wechatpayv3 import WeChatPayType
from wechatpayv3.async_ import AsyncWeChatPay

import wxdist
from benchmarks.measuring import Server, Subject
from benchmarks.server import KEY_ID, OUT_ORDER_NO, TARGET, TRANSACTION_ID
from wxdist.transport.calls import Content

MCHID, SERIAL_NO = "1900000001", "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"
MESSAGE = f"GET\n{TARGET}\n1767574800\n{'0' * 32}\n\n".encode()
PKCS1, HASH = padding.PKCS1v15(), SHA256()

SIGN, VERIFY, BARE = "one RSA-2048 signature", "one RSA-2048 verification", "one bare aiohttp call"
BY_HAND = "the three in one coroutine"
OURS, PEER = "wxdist", "wechatpayv3"


class Clients:
    """All clients of one server process, with one key."""

    def __init__(
        self,
        server: Server,
        session: wxdist.Session,
        bare: aiohttp.ClientSession,
        peer: AsyncWeChatPay,
        key: rsa.RSAPrivateKey,
    ) -> None:
        self._server, self.session, self._bare, self._peer = server, session, bare, peer
        self._key, self._public_key = key, key.public_key()
        self._signature = key.sign(MESSAGE, PKCS1, HASH)
        self._headers: dict[str, str] = {}

    async def stock(self, count: int, order: str = "sign") -> None:
        """Have *count* answers signed, or forged, before they are asked for."""
        async with self._bare.get(f"{self._server.origin}/{order}/{count}") as answer:
            await answer.read()

    async def prepare(self) -> None:
        """Take over the headers of wxdist, and see that both clients verify what they get."""
        request = await self.session._caller.signed("GET", TARGET, Content())
        self._headers = dict(request.headers)
        await self.stock(2)
        for client in (self.ours, self.peer):
            await client()
        await self.stock(3, "forge")  # wxdist asks a second time
        for client in (self.ours, self.peer):
            try:
                await client()
            except Exception as error:
                if "signature" not in str(error).lower():
                    raise
            else:
                raise SystemExit(f"{client.__name__} took a forged answer")

    def subjects(self) -> dict[str, Subject]:
        """Return what is measured side by side."""
        return {
            SIGN: self.sign,
            VERIFY: self.verify,
            BARE: self.bare,
            BY_HAND: self.by_hand,
            OURS: self.ours,
            PEER: self.peer,
        }

    async def ours(self) -> object:
        return await self.session.orders.get(OUT_ORDER_NO, transaction_id=TRANSACTION_ID)

    async def peer(self) -> object:
        return await self._peer._core.request(TARGET)

    async def sign(self) -> object:
        return self._key.sign(MESSAGE, PKCS1, HASH)

    async def verify(self) -> object:
        return self._public_key.verify(self._signature, MESSAGE, PKCS1, HASH)

    async def bare(self) -> object:
        async with self._bare.get(self._server.origin + TARGET, headers=self._headers) as answer:
            return await answer.read()

    async def by_hand(self) -> object:
        await self.sign()
        body = await self.bare()
        await self.verify()
        return body


@contextlib.asynccontextmanager
async def clients(server: Server) -> AsyncIterator[Clients]:
    """Open all clients for the block, with a new key."""
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    credentials = wxdist.Credentials(
        MCHID, SERIAL_NO, pem, None, platform_keys={KEY_ID: server.public_key}
    )
    settings = wxdist.Settings(base_url=server.origin, query_rate=None)
    peer = AsyncWeChatPay(
        wechatpay_type=WeChatPayType.NATIVE,
        mchid=MCHID,
        private_key=pem.decode(),
        cert_serial_no=SERIAL_NO,
        appid="wx0000000000000000",
        apiv3_key=secrets.token_hex(16),
        public_key=server.public_key,
        public_key_id=KEY_ID,
    )
    peer._core._gate_way = server.origin  # it has no setting for it
    async with (
        wxdist.Session(credentials, settings=settings) as session,
        aiohttp.ClientSession() as bare,
        peer,
    ):
        made = Clients(server, session, bare, peer, key)
        await made.prepare()
        yield made

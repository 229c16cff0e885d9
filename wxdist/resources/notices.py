"""Notices: what the service sends by itself, taken once each."""

from __future__ import annotations

import contextlib
import datetime as dt
import secrets
from collections.abc import AsyncIterator

import attrs

from wxdist.errors import (
    ConfigurationError,
    InvalidInput,
    Replayed,
    SignatureInvalid,
    VerificationFailed,
)
from wxdist.models import Notice, NoticeAnswer, NoticeMeta
from wxdist.resources._call import Resource
from wxdist.resources.seen import NoticeClaim, NoticeStore
from wxdist.wire import codec
from wxdist.wire.message import Response
from wxdist.wire.notices import (
    Headers,
    check_body,
    check_sub_merchant,
    open_notice,
    read_headers,
)

#: Seconds for which whoever handles a notice has it alone (ours).
LEASE = 600
#: Seconds for which a handled notice is remembered (ours): it is repeated for 24 h and 4 min.
KEPT = 2 * 86_400


@attrs.define(frozen=True)
class Notices(Resource):
    """Payment and refund notices, which the service posts to the ``notify_url`` of an order.

    It repeats one, freshly signed, until it is answered 200 or 204 within 5 seconds: for a day, so
    that a handler that failed gets it again. Signatures are checked whatever the sender's address.
    The session must know the APIv3 key. Take what comes for several sub-merchants with the session
    itself, once, and route it by its ``sub_mchid``. Sources:
    https://pay.weixin.qq.com/doc/global/v3/en/4012356834 and
    https://pay.weixin.qq.com/doc/global/v3/en/4012356932
    """

    _store: NoticeStore = attrs.field(kw_only=True)

    @contextlib.asynccontextmanager
    async def handle(
        self, headers: Headers, body: bytes, *, lease: int = LEASE
    ) -> AsyncIterator[Notice]:
        """Take a notice for the time of the block, so that it is neither lost nor handled twice.

        ::

            async with session.notices.handle(request.headers, await request.read()) as notice:
                await paid(notice.transaction)

        Where the block ends well, the notice is done: repeats of it are refused. Where it raises
        or is cancelled, the notice is given back, and its next repeat is handled. Should this
        process die in the block, or the store fail at its end, a repeat is handled once the lease
        is over; so what the block does should bear to be done again. Answer with `answer`.

        Args:
            headers: all headers of the request, a mapping or pairs, names in any case.
            body: the raw bytes of the request, as they came.
            lease: seconds for which no one else gets it; more than the block can take.

        Raises:
            InvalidInput: *body* is no bytes, but made of them; or a wrong *headers* or *lease*.
            ConfigurationError: the credentials have no APIv3 key.
            SignatureMissing, SignatureInvalid, ProbeRefused, UnknownKey: not from the service.
            NotFresh: signed more than 300 s ago, or ahead.
            Replayed: this notice was handled (``done``), or is being handled (``running``).
            WrongAnswer: it is for another merchant, or another sub-merchant than the session's.
            VerificationFailed: too large, or what is in it cannot be decrypted or read.
        """
        if type(lease) is not int or lease < 1:
            raise InvalidInput("lease", "must be whole seconds, at least 1")
        notice = await self._genuine(headers, body)
        by = await self._claim(notice, lease)
        try:
            yield notice
        except BaseException as error:
            await self._give_back(notice, by, error)
            raise
        await self._store.finish(self._key(notice), KEPT)

    async def parse(self, headers: Headers, body: bytes) -> Notice:
        """Return a notice that is verified, fresh, not handled before, and decrypted.

        It counts as handled from here on, and its repeats are refused: what you do with it must
        not fail, else `forget` it. `handle` does so by itself.

        Args:
            headers: all headers of the request, a mapping or pairs, names in any case.
            body: the raw bytes of the request, as they came.

        Raises:
            WxdistError: as `handle`.
        """
        notice = await self._genuine(headers, body)
        await self._claim(notice, LEASE)
        try:
            await self._store.finish(self._key(notice), KEPT)
        except BaseException as error:  # it may be done, and nobody has it
            await self._give_back(notice, None, error)
            raise
        return notice

    async def forget(self, notice: Notice) -> None:
        """Let a repeat of *notice* be taken again: what was to be done with it failed."""
        await self._store.release(self._key(notice), None)

    @staticmethod
    def answer(error: BaseException | None = None) -> NoticeAnswer:
        """Return what to answer the service with.

        Args:
            error: what ended the handling; ``None`` when it ended well. That the notice was
                handled before is success; a notice that cannot be trusted, probes too, is refused
                with 401; anything else, such as another call's answer that cannot be trusted, is
                500, so that the service comes again. Of the reason nothing is told.
        """
        if error is None or (isinstance(error, Replayed) and error.done):
            return _say(200, "SUCCESS", "OK")
        refused = isinstance(error, VerificationFailed) and error.of_notice
        if refused and not isinstance(error, Replayed):
            return _say(401, "FAIL", "Not verified")
        return _say(500, "FAIL", "Not handled")

    async def _genuine(self, headers: Headers, body: bytes) -> Notice:
        """Return the notice, its repeats aside."""
        try:
            return await self._read(headers, body)
        except VerificationFailed as error:
            error.of_notice = True
            raise

    async def _read(self, headers: Headers, body: bytes) -> Notice:
        """What is stale is refused before a signature is checked or a certificate is fetched."""
        found, checked = read_headers(headers), check_body(body)
        secret = self._caller.credentials.api_v3_key
        if secret is None:
            raise ConfigurationError("api_v3_key is needed to decrypt notices: 32 bytes")
        await self._verify(Response(status=200, headers=found, body=checked))
        try:
            return self._opened(found, checked, secret)
        except VerificationFailed as error:
            error.request_id = found.get("request-id")
            raise

    async def _verify(self, sealed: Response) -> None:
        """A notice is signed as an answer is; it is known again by its id, so it may come twice."""
        try:
            await self._caller.trusted.verify(sealed, remember=False)
        except SignatureInvalid as error:
            if error.part == "Wechatpay-Signature":
                error.problem = (
                    "does not fit: forged, or the body is not the raw bytes as they came"
                )
            raise

    def _opened(self, headers: dict[str, str], body: bytes, secret: bytes) -> Notice:
        known = self._caller.credentials
        meta = NoticeMeta(
            request_id=headers.get("request-id"),
            signed_at=dt.datetime.fromtimestamp(int(headers["wechatpay-timestamp"]), dt.UTC),
            serial=headers["wechatpay-serial"],
        )
        notice = open_notice(body, secret=secret, mchid=known.mchid, mode=known.mode, meta=meta)
        if self._sub_mchid is not None:
            check_sub_merchant(notice, self._sub_mchid)
        return notice

    def _key(self, notice: Notice) -> str:
        """Merchants may share a store."""
        return f"{self._caller.credentials.mchid}:{notice.id}"

    async def _claim(self, notice: Notice, lease: int) -> str:
        """Return by whom the notice is held from now on."""
        by = secrets.token_hex(16)
        try:
            state = await self._store.claim(self._key(notice), by, lease)
        except BaseException as error:  # it may be ours, and the word of it lost
            await self._give_back(notice, by, error)
            raise
        if state is NoticeClaim.NEW:
            return by
        done = state is NoticeClaim.DONE
        raise Replayed(
            "id",
            "this notice was handled before" if done else "this notice is being handled now",
            request_id=getattr(notice.meta, "request_id", None),
            done=done,
            running=not done,
        )

    async def _give_back(self, notice: Notice, by: str | None, error: BaseException) -> None:
        """Release the claim; that the store fails too must not hide *error*."""
        try:
            await self._store.release(self._key(notice), by)
        except Exception as failure:  # noqa: BLE001 - of a store of any kind; the lease ends too
            error.add_note(f"the notice could not be given back: {type(failure).__name__}")


def _say(status: int, code: str, message: str) -> NoticeAnswer:
    return NoticeAnswer(
        status=status,
        headers={"Content-Type": "application/json"},
        body=codec.to_bytes({"code": code, "message": message}),
    )

"""Notices over HTTP: a handler as the README has it, behind a real web server."""

import aiohttp
import pytest
from aiohttp import web

from wxdist.sandbox import Sandbox

TRADE = "P20150806125346"


class Handler:
    """A merchant's handler, which keeps what was paid; it fails as long as it is told to."""

    def __init__(self, session):
        self.session = session
        self.paid = []
        self.errors = []
        self.fails = False

    async def notify(self, request):
        error = None
        try:
            async with self.session.notices.handle(request.headers, await request.read()) as notice:
                await self.keep(notice)
        except Exception as caught:  # noqa: BLE001 - whatever it is, it is answered
            self.errors.append(error := caught)
        answer = self.session.notices.answer(error)
        return web.Response(status=answer.status, headers=answer.headers, body=answer.body)

    async def keep(self, notice):
        if self.fails:
            raise LookupError("not now")
        self.paid.append(notice.transaction.out_trade_no)


class Bell:
    """A sandbox that rings at a handler's door."""

    def __init__(self, sandbox, handler, http, url):
        self.sandbox, self.handler, self._http, self._url = sandbox, handler, http, url

    async def ring(self, *, forged=None, headers=None):
        """Post the notice of the payment; return status, code and type of the answer."""
        sealed, body = await self.sandbox.notice(out_trade_no=TRADE, forged=forged)
        sent = {**sealed, **(headers or {})}
        async with self._http.post(self._url, data=body, headers=sent) as answer:
            said = await answer.json()
            return answer.status, said["code"], answer.content_type


@pytest.fixture
async def bell():
    """Start a sandbox with a payment, and a handler on a free port."""
    async with Sandbox(clock="manual") as sandbox, sandbox.session() as session:
        handler = Handler(session)
        app = web.Application()
        app.router.add_post("/notify", handler.notify)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        await sandbox.pay(TRADE, amount=1000)
        port = runner.addresses[0][1]
        async with aiohttp.ClientSession() as http:
            yield Bell(sandbox, handler, http, f"http://127.0.0.1:{port}/notify")
        await runner.cleanup()


async def test_told_until_it_is_handled(bell):
    """The service is asked to come again until the handler managed, and then told so."""
    bell.handler.fails = True
    answers = [await bell.ring(), await bell.ring()]
    bell.handler.fails = False
    answers += [await bell.ring(), await bell.ring()]

    assert [500, 500, 200, 200] == [status for status, _, _ in answers]
    assert ["FAIL", "FAIL", "SUCCESS", "SUCCESS"] == [code for _, code, _ in answers]
    assert {"application/json"} == {kind for _, _, kind in answers}
    assert [TRADE] == bell.handler.paid


@pytest.mark.parametrize("forged", ["other_key", "probe", "rewritten", "stale"])
async def test_forged(bell, forged):
    """A forged notice is refused, and nothing is paid."""
    status, code, _ = await bell.ring(forged=forged)

    assert (401, "FAIL", []) == (status, code, bell.handler.paid)
    assert 1 == len(bell.handler.errors)


async def test_without_a_signature(bell):
    """A header that a proxy emptied is named to the merchant, and not to who asks."""
    status, _, _ = await bell.ring(headers={"Wechatpay-Nonce": ""})

    assert (401, "Wechatpay-Nonce") == (status, bell.handler.errors[0].part)

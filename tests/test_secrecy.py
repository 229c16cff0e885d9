"""What no error may show: names, OpenIDs, keys, tokens; here the service repeats them all."""

import pickle
import traceback

import pytest

from wxdist import OutcomeUnknown, Receiver, RequestRefused, Share, WxdistError

OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
NAME = "张三"
OTHER = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6oX2"
SHARES = [
    Share(
        type="PERSONAL_OPENID",
        account=account,
        amount=1,
        description="s",
        name=name,
        authorized=True,
    )
    for account, name in ((OPENID, NAME), (OTHER, "欧阳"))
]
RECEIVER = Receiver(
    type="PERSONAL_OPENID",
    account=OPENID,
    name=NAME,
    authorized=True,
    relation_type="SUPPLIER",
    appid="wx8888888888888888",
)
KEY = {"type": "PERSONAL_OPENID", "appid": "wx8888888888888888"}
CALLS = {
    "orders.create": lambda session: session.orders.create(
        "4", "D-1", SHARES, unfreeze_unsplit=False, appid="wx8888888888888888"
    ),
    "receivers.add": lambda session: session.receivers.add(RECEIVER),
    "receivers.get": lambda session: session.receivers.get(OPENID, **KEY),
    "receivers.delete": lambda session: session.receivers.delete(OPENID, **KEY),
}


async def told(call):
    """Return all that an error of a call says, its causes and its trace included."""
    with pytest.raises(WxdistError) as caught:
        await call
    error = caught.value
    words = "".join(traceback.format_exception(error))
    return error, "\n".join(
        [words, str(error), repr(error), str(pickle.loads(pickle.dumps(error)))]
    )


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("status", [400, 404, 502])
async def test_the_service_repeats_them(serve, service, connect, name, status):
    """An error shows stars where the service repeats a name or an OpenID of the request."""
    said = f"receiver {OPENID} ({NAME}) or {OTHER} (欧阳) is unknown"
    body = {
        "code": "INVALID_REQUEST",
        "message": said,
        "detail": {"field": "/receivers/0/account", "value": OPENID, "issue": said},
    }
    session = connect(await serve(lambda _: service.signed(body, status)), attempts=1)

    _, words = await told(CALLS[name](session))

    asked = (OPENID, NAME, OTHER, "欧阳") if name == "orders.create" else (OPENID,)
    asked += (NAME,) if name == "receivers.add" else ()
    assert [] == [secret for secret in asked if secret in words]
    assert "receiver ***" in words
    assert "field /receivers/0/account" in words


@pytest.mark.parametrize("name", CALLS)
async def test_the_service_repeats_them_elsewhere(serve, service, connect, name):
    """Nor do they show in the code of an error, or in the field that it names."""
    body = {"code": f"NO {OPENID}", "message": "m", "detail": {"field": f"/x/{OPENID}"}}
    session = connect(await serve(lambda _: service.signed(body, 400)), attempts=1)

    _, words = await told(CALLS[name](session))

    assert OPENID not in words
    assert "NO ***: m" in words
    assert "field /x/***" in words


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("answer", [b"", b"SSH-2.0\r\n\r\n", b"HTTP/1.1 200 OK\r\nA\0: b\r\n\r\n"])
async def test_the_answer_is_lost(serve, service, connect, name, answer):
    """An error without an answer does not show whom the call was about."""
    session = connect(await serve(lambda _: service.last(answer)), attempts=1)

    error, words = await told(CALLS[name](session))

    assert [] == [secret for secret in (OPENID, NAME, OTHER) if secret in words]
    assert name == "receivers.get" or OutcomeUnknown is type(error)


async def test_a_merchant_id_is_no_secret(serve, service, connect):
    """The id of a merchant stays in the message: it helps, and is no person's."""
    body = {"code": "INVALID_REQUEST", "message": "86693852 is no receiver"}
    session = connect(await serve(lambda _: service.signed(body, 400)))

    with pytest.raises(RequestRefused, match="86693852 is no receiver"):
        await session.receivers.get("86693852", type="MERCHANT_ID")


async def test_nothing_of_the_request_is_shown(serve, service, connect, keys, caplog):
    """No error and no log line shows the signature, the nonce or the secret."""
    caplog.set_level(0)
    wire = await serve(lambda _: service.http(401, b"{}"))

    _, words = await told(CALLS["receivers.get"](connect(wire)))

    claim = wire.sent[0].claim
    shown = words + caplog.text
    for secret in (claim["signature"], claim["nonce_str"], keys.api_v3_key, OPENID):
        assert secret not in shown

"""What the service says of a day whose bill it does not give."""

import datetime as dt

import pytest

from wxdist import (
    BillNotReady,
    NoBill,
    NoPermission,
    NotFound,
    RequestRefused,
    ServiceBroken,
    ServiceError,
    VerificationFailed,
)

DAY = dt.date(2026, 1, 1)
PATHS = {
    "distribution": "/v3/global/profit-sharing/bill-download-url",
    "refunds": "/v3/global/profit-sharing/refunds/bill-download-url",
    "statement": "/v3/global/statements",
}
KINDS = tuple(PATHS)


def handle(session, kind):
    return getattr(session.bills, kind)(DAY)


def paths(wire):
    return [sent.path for sent in wire.sent]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [400, 403, 404, 410])
async def test_a_day_without_a_bill(answering, service, tmp_path, kind, status):
    """The service's word that there is none is `NoBill`, whatever 4xx carries it."""
    spelling = " NO_STATEMENT_EXIST" if status == 400 else "NO_STATEMENT_EXIST"  # a true sample
    said = service.signed({"code": spelling, "message": "none"}, status)
    wire, session = await answering(said, at=PATHS[kind])

    with pytest.raises(NoBill, match=f"no {kind} bill of 2026-01-01") as caught:
        await handle(session, kind).download(tmp_path / "bill.csv")

    assert DAY == caught.value.day
    assert str(caught.value).endswith("nothing happened on that day")
    assert (status, "NO_STATEMENT_EXIST") == (
        caught.value.__cause__.status,
        caught.value.__cause__.code,
    )
    assert [PATHS[kind]] == paths(wire)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", KINDS)
async def test_a_bill_that_is_not_found(answering, service, tmp_path, kind):
    """A verified 404 says the same, by whichever code."""
    said = service.signed({"code": "ORDER_NOT_EXIST", "message": "none"}, 404)
    wire, session = await answering(said, at=PATHS[kind])

    with pytest.raises(NoBill) as caught:
        await handle(session, kind).download(tmp_path / "bill.csv")

    assert NotFound is type(caught.value.__cause__)
    assert str(caught.value).endswith("on that day, or the ids are wrong (ORDER_NOT_EXIST)")
    assert 1 == len(wire.sent)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("status", [400, 404, 429])
async def test_a_bill_that_is_being_made(answering, service, tmp_path, kind, status):
    """The service's word that it is at it is `BillNotReady`: ask again in half an hour."""
    said = service.signed({"code": "STATEMENT_CREATING", "message": "soon"}, status)
    wire, session = await answering(said, at=PATHS[kind])

    with pytest.raises(BillNotReady, match="still being made") as caught:
        await handle(session, kind).download(tmp_path / "bill.csv")

    error = caught.value
    assert (DAY, service.clock.now() + 1800) == (error.day, error.ready_at.timestamp())
    assert dt.timedelta(hours=8) == error.ready_at.utcoffset()
    assert "STATEMENT_CREATING" == error.__cause__.code
    assert 1 == len(wire.sent)


UNPROVEN = {"NO_STATEMENT_EXIST": 400, "STATEMENT_CREATING": 400, "ORDER_NOT_EXIST": 404}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("code", UNPROVEN)
@pytest.mark.parametrize("seal", [{}, None], ids=["unsigned", "forged"])
async def test_unverified_words(answering, service, tmp_path, *, kind, code, seal):
    """The same words without a signature that holds prove nothing: the error stays what it is."""
    body, status = {"code": code, "message": "x"}, UNPROVEN[code]
    said = service.signed(body, status, seal=seal, key=service.keys.stranger)
    _, session = await answering(said, at=PATHS[kind])

    with pytest.raises(ServiceError) as caught:
        await handle(session, kind).download(tmp_path / "bill.csv")

    assert (status, code, False) == (caught.value.status, caught.value.code, caught.value.verified)
    assert isinstance(caught.value.__cause__, VerificationFailed)


@pytest.mark.parametrize("kind", KINDS)
async def test_other_refusals(answering, service, tmp_path, kind):
    """Any other refusal is told as it is, and not asked about twice."""
    said = service.signed({"code": "INVALID_REQUEST", "message": "no"}, 400)
    wire, session = await answering(said, at=PATHS[kind])

    with pytest.raises(RequestRefused):
        await handle(session, kind).download(tmp_path / "bill.csv")

    assert [PATHS[kind]] == paths(wire)


async def test_a_refusal_that_repeats_the_token(serve, service, connect, tmp_path):
    """Who refuses a file may name its token: the error does not, as sent or as meant."""

    def answer(sent):
        if sent.path == PATHS["distribution"]:
            url = f"{service.url}/v3/bill/downloadurl?token=a%2Fbcdefgh"
            return service.signed({"download_url": url})
        said = {"code": "NO_AUTH", "message": "a%2Fbcdefgh (a/bcdefgh) is too old"}
        return service.signed(said, 403)

    wire = await serve(answer)
    service.url = wire.url

    with pytest.raises(NoPermission) as caught:
        await connect(wire).bills.distribution(DAY).download(tmp_path / "bill.csv")

    assert "*** (***) is too old" == caught.value.message
    assert 4 == len(wire.sent)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_broken_service_that_says_there_is_none(answering, service, tmp_path, kind):
    """What a 5xx says of the day is not taken for an answer."""
    said = service.signed({"code": "NO_STATEMENT_EXIST", "message": "none"}, 500)
    wire, session = await answering(said, at=PATHS[kind])

    with pytest.raises(ServiceBroken):
        await handle(session, kind).download(tmp_path / "bill.csv")

    assert 4 == len(wire.sent)

import json

import attrs
import pytest

from wxdist.sandbox.asking import Request
from wxdist.sandbox.auth import Gate
from wxdist.sandbox.endpoints import Endpoints
from wxdist.sandbox.mischief import KINDS, Rule
from wxdist.sandbox.service import Service
from wxdist.waiting.clock import FAKE_START

from .shop import BALANCE, MCHID, SHARING, Shop


@pytest.fixture
def shop():
    return Shop()


@pytest.mark.parametrize(("seconds", "status"), [(400, 401), (-400, 401), (200, 200), (-200, 200)])
def test_skew(shop, seconds, status):
    """A service with a wrong clock refuses good stamps, and signs with wrong ones."""
    shop.order("skew", seconds=seconds)
    answer = shop.certificate()

    assert status == answer.status
    if status == 200:
        assert f"{shop.now + seconds:.0f}" == answer.headers["Wechatpay-Timestamp"]


def test_duplicate(shop):
    """A doubled call is carried out twice under one signature; the first answer comes back."""
    shop.order("duplicate")
    answer = shop.add()

    assert 200 == answer.status
    assert {"duplicate": 1} == shop.faults.counts
    assert 1 == len(shop.world.state.relations)


def test_duplicate_is_the_same_instruction(shop):
    """A doubled distribution pays once: the number makes it one instruction."""
    transaction_id = shop.ready()
    shop.order("duplicate")
    shop.create(transaction_id, 100)
    shop.go(60)

    assert 1 == len(shop.world.state.orders)
    assert 900 == shop.world.payments.left(shop.world.state.payments[transaction_id])


def test_duplicate_upload_is_two_files(shop):
    """What has no number happens twice when it is doubled."""
    body = b'--e\r\nContent-Disposition: form-data; name="meta"\r\n\r\n%s\r\n--e\r\n'
    body += b'Content-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\nx\r\n--e--\r\n'
    digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    meta = {"filename": "a.pdf", "digest": digest}
    target = "/v3/global/merchant-storage/file/upload"
    signed = shop.request("POST", target, meta)
    content = {"content-type": "multipart/form-data; boundary=e"}
    request = Request("POST", target, {**signed.headers, **content}, body % signed.body)
    shop.order("duplicate")

    assert 200 == shop.service.answer(request).status
    assert 2 == len(shop.world.state.files)


def test_certificate_swap(shop):
    """A swap signs at once with a certificate that has just joined the list, and goes on so."""
    before = shop.certificate()
    shop.order("certificate_swap")
    swapped, after = shop.certificate(), shop.certificate()
    serials = [each.headers["Wechatpay-Serial"] for each in (before, swapped, after)]
    listed = [each["serial_no"] for each in json.loads(after.body)["data"]]

    assert [serials[0], serials[1]] == listed
    assert serials[0] != serials[1] == serials[2]
    assert shop.holds(swapped)
    assert shop.holds(after)


def test_certificates_can_be_swapped_again(shop):
    """Each swap brings another certificate, at the same moment too."""
    shop.faults.add(Rule(kind="certificate_swap"))
    serials = {shop.certificate().headers["Wechatpay-Serial"] for _ in range(3)}

    assert 3 == len(serials)


def test_swap_takes_the_certificate_that_waits(shop):
    """Where a certificate was announced, a swap lets that one sign early."""
    announced = shop.papers.rotate()
    shop.order("certificate_swap")

    assert announced.serial_no == shop.certificate().headers["Wechatpay-Serial"]


def test_closed_detail(shop):
    """The n-th detail of the next distribution ends CLOSED for the reason that was ordered."""
    transaction_id = shop.ready()
    shop.order("closed_detail", n=2, reason="RECEIVER_HIGH_RISK")
    shop.create(transaction_id, 100, 50)
    shop.go(60)

    assert [("SUCCESS", None), ("CLOSED", "RECEIVER_HIGH_RISK")] == shop.results()


def test_closed_detail_beyond_the_last(shop):
    """An order with fewer details is not struck."""
    transaction_id = shop.ready()
    shop.order("closed_detail", n=3)
    shop.create(transaction_id, 100, 50)
    shop.go(60)

    assert [("SUCCESS", None)] * 2 == shop.results()


def test_half_failed(shop):
    """Every second detail of the next distribution ends CLOSED."""
    transaction_id = shop.ready()
    shop.order("half_failed")
    shop.create(transaction_id, 100, unfreeze=True)
    shop.go(60)

    assert [("SUCCESS", None), ("CLOSED", "DEFAULT_ERROR")] == shop.results()


def test_closing_comes_too_late(shop):
    """What has ended stays so when its order is repeated under a fault."""
    transaction_id = shop.ready()
    shop.create(transaction_id, 100)
    shop.go(60)
    shop.order("closed_detail")

    assert 200 == shop.create(transaction_id, 100).status
    assert [("SUCCESS", None)] == shop.results()


def test_closing_what_is_refused(shop):
    """A distribution that is refused closes nothing."""
    shop.order("half_failed")

    assert 400 == shop.create("4200000000000000000000000001", 100).status
    assert {} == shop.world.state.armed


def test_late_processing(shop):
    """A late order's first detail waits so many times as long, and no other order does."""
    transaction_id = shop.ready()
    shop.order("late_processing", factor=1000)
    shop.create(transaction_id, 100)
    shop.create(transaction_id, 100, number="D2")
    shop.go(60)
    early = shop.results(), shop.results("D2")
    shop.go(86_400)

    assert ([("PENDING", None)], [("SUCCESS", None)]) == early
    assert [("SUCCESS", None)] == shop.results()


def test_late_audit():
    """An audit that ends by itself can take so many times as long."""
    shop = Shop(audit="auto")
    shop.order("late_audit", factor=10)
    shop.add()
    (relation,) = shop.world.state.relations.values()
    shop.go(8 * 86_400)
    early = str(relation.state)
    shop.go(40 * 86_400)

    assert ("INIT", "EFFECTIVE") == (early, str(relation.state))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_unsigned_calls_stay_refused(shop, kind):
    """No fault makes the service carry out, or answer well, what the merchant did not sign."""
    shop.certificate()
    shop.order(kind)
    for target in ("orders", "receivers", "orders/D1?transaction_id=1"):
        method = "GET" if "?" in target else "POST"
        request = shop.request(method, f"{SHARING}/{target}", {})
        answer = shop.service.answer(attrs.evolve(request, headers={}))
        assert answer.status in {0, 401, 502}
    assert {} == shop.world.state.orders


def test_same_seed_same_faults():
    """The same seed and calls give the same faults, down to the bytes that are changed."""
    runs = []
    for _ in range(2):
        shop = Shop()
        shop.faults.add(Rule(kind="garbled", probability=0.5))
        runs.append([shop.ask("GET", BALANCE).body for _ in range(20)])

    assert runs[0] == runs[1]
    assert len(set(runs[0])) > 5


def test_clocks_may_differ(shop):
    """Signatures can go by another clock than the business."""
    gate, endpoints = Gate(shop.papers, MCHID), Endpoints(shop.world, shop.papers)
    later = FAKE_START + 86_400
    service = Service(shop.world, gate, endpoints, lambda: shop.now, business=lambda: later)
    answer = service.answer(shop.request("GET", BALANCE))

    assert f"{FAKE_START:.0f}" == answer.headers["Wechatpay-Timestamp"]
    assert later == shop.world.state.now

"""A service that answers as told, one way after the other."""

import json

from wxdist import OrderRef

REF = OrderRef("D-1", "4200000001202601050000000001")


class Odd:
    """Answers one request after the other as told, the last way for ever."""

    def __init__(self, service, *ways):
        self.service = service
        self.ways = list(ways)

    def __call__(self, sent):
        way = self.ways.pop(0) if len(self.ways) > 1 else self.ways[0]
        return way(self.service, sent)


def state(name, **facts):
    return lambda service, sent: service.genuine(sent, state=name, **facts)


def paid(service, sent):
    """Answer that the order is FINISHED and its detail came through."""
    return service.genuine(sent, state="FINISHED", receivers=[detail("SUCCESS")])


def verified(status, code="CODE", **headers):
    return lambda service, _: service.signed({"code": code}, status, headers=headers)


def unverified(status, **headers):
    return lambda service, _: service.http(status, b"<html>", headers)


def forged(service, sent):
    return service.genuine(sent).replace(b"PROCESSING", b"FINISHED\x20\x20")


def detail(result, **facts):
    return {
        "type": "MERCHANT_ID",
        "account": "86693852",
        "amount": 70,
        "currency": "CNY",
        "description": "a share",
        "result": result,
        "create_time": "2026-01-05T09:00:00+08:00",
        **facts,
    }


def times(wire):
    return [round(sent.at, 1) for sent in wire.sent]


def unsigned(service, sent):
    return service.http(200, json.dumps(service.word(sent)).encode())

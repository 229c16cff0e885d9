"""What faults do to an answer: from values to values.

What a gateway says and the messages of refusals are ours: no sample of either is documented.
"""

from __future__ import annotations

import base64
import email.utils
import random
from collections.abc import Callable, Mapping

import attrs

from .delivery import DIGEST, Answer, Delivery, How
from .faults import Fault
from .options import SIGNATURE_PARTS

#: Signs an answer anew: with the Unix time of its time stamp.
Make = Callable[[Answer, float], Answer]
Change = Callable[[Fault, Answer], Answer]
ChangeOfSigned = Callable[[Fault, Answer, Make, float], Answer]

PROBE = "WECHATPAY/SIGNTEST/"
#: Bytes of the digest in the documentation's sample, which is no SHA-1:
#: https://pay.weixin.qq.com/wiki/doc/api_external/ch/apis/chapter4_1_34.shtml
ODD = 128

#: Status, code and message with which the service refuses a genuine call. Source:
#: https://pay.weixin.qq.com/wiki/doc/api_external/en/wechatpay/wechatpay2_1.shtml
REFUSALS: Mapping[str, tuple[int, str, str]] = {
    "throttled": (429, "RATE_LIMITED", "[sandbox] Too many requests: this one was not accepted"),
    "broken_before": (500, "SYSTEM_ERROR", "[sandbox] System error"),
    "not_found": (404, "ORDER_NOT_EXIST", "[sandbox] This does not exist, says nobody's signature"),
    "expired_link": (400, "INVALID_REQUEST", "[sandbox] this address is old: ask for a new one"),
}
_BROKEN = b'{"code":"SYSTEM_ERROR","message":"[sandbox] System error"}'
_GATEWAY = {502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}


def unseen(fault: Fault) -> Answer:
    """Return what comes back of a call that never reached the service."""
    if fault.kind.name == "gateway_before":
        return gateway(fault.options["status"])
    how = How.HANG if fault.kind.name == "hang_before" else How.RESET
    return Answer(0, {}, b"", Delivery(how=how))


def refusal_headers(fault: Fault, now: float) -> Mapping[str, str]:
    """Return what a refusal says beside its code: the ``Retry-After`` that was ordered, if any."""
    asked = fault.options.get("retry_after")
    if asked is None:
        return {}
    if fault.options["as_date"] and not isinstance(asked, str):
        return {"Retry-After": email.utils.formatdate(now + asked, usegmt=True)}
    return {"Retry-After": str(asked)}


def skew(fault: Fault | None) -> float:
    """Return by how many seconds the service's clock is off for this call."""
    if fault is None or fault.kind.name != "skew":
        return 0.0
    return float(fault.options["seconds"])


def alter(fault: Fault, answer: Answer, make: Make, now: float) -> Answer:
    """Return *answer* as *fault* leaves it; *now* is the service's time.

    What is done to a signature leaves an unsigned answer, such as a 401, as it is.
    """
    name = fault.kind.name
    if (change := _OF_ANY.get(name)) is not None:
        return change(fault, answer)
    if (signed := _OF_SIGNED.get(name)) is not None and "Wechatpay-Signature" in answer.headers:
        return signed(fault, answer, make, now)
    return answer


def gateway(status: int) -> Answer:
    """Return a gateway's page."""
    words = f"{status} {_GATEWAY[status]}"
    page = f"<html><head><title>{words}</title></head><body><h1>{words}</h1></body></html>\n"
    headers = {"Wxdist-Sandbox": "1", "Content-Type": "text/html"}
    return Answer(status, headers, page.encode())


def _delivered(how: How) -> Change:
    return lambda _, answer: attrs.evolve(answer, delivery=Delivery(how=how))


def _drip(fault: Fault, answer: Answer) -> Answer:
    piece, pause = fault.options["piece"], fault.options["seconds"]
    return attrs.evolve(answer, delivery=Delivery(how=How.DRIP, piece=piece, pause=pause))


def _cut(fault: Fault, answer: Answer) -> Answer:
    keep = int(len(answer.body) * fault.options["fraction"])
    return attrs.evolve(answer, delivery=Delivery(how=How.CUT, keep=keep))


def _garbled(fault: Fault, answer: Answer) -> Answer:
    dice, body = random.Random(fault.luck), bytearray(answer.body)
    for place in dice.sample(range(len(body)), min(fault.options["bytes"], len(body))):
        body[place] ^= dice.randrange(1, 256)
    return attrs.evolve(answer, body=bytes(body))


def _short(fault: Fault, answer: Answer) -> Answer:
    """Leave out the end of a file, from a line on; of a compressed one from anywhere."""
    if not _is_file(answer):
        return answer
    keep = int(len(answer.body) * fault.options["fraction"])
    if "Content-Encoding" not in answer.headers:
        keep = answer.body.rfind(b"\n", 0, keep) + 1
    return attrs.evolve(answer, body=answer.body[:keep])


def _wrong_summary(_fault: Fault, answer: Answer) -> Answer:
    """Count one row more: the count is the first value of the last line."""
    if not _is_file(answer):
        return answer
    above, _, last = answer.body.rpartition(b"\n`")
    count, _, rest = last.partition(b",")
    return attrs.evolve(answer, body=b"%b\n`%d,%b" % (above, int(count) + 1, rest))


def _is_file(answer: Answer) -> bool:
    """Tell whether *answer* is a bill or a statement, and not a refusal."""
    return answer.headers.get("Content-Type", "").startswith("text/csv")


def _digest(fault: Fault, answer: Answer, make: Make, now: float) -> Answer:
    """Change the digest of a statement, and sign what it is then; a refusal has none."""
    if (told := answer.headers.get(DIGEST)) is None:
        return answer
    form = fault.options["form"]
    if form == "missing":
        kept = {name: value for name, value in answer.headers.items() if name != DIGEST}
        return attrs.evolve(answer, headers=kept)
    dice, made = random.Random(fault.luck), base64.b64decode(told)
    changed = {"wrong": dice.randbytes(len(made)), "odd": dice.randbytes(ODD), "hex": made}[form]
    spelled = changed.hex() if form == "hex" else base64.b64encode(changed).decode("ascii")
    return make(attrs.evolve(answer, headers={**answer.headers, DIGEST: spelled}), now)


def _with(answer: Answer, **changes: str) -> Answer:
    """Return *answer* with other signature headers; names without what they share."""
    named = {f"Wechatpay-{part}": value for part, value in changes.items()}
    return attrs.evolve(answer, headers={**answer.headers, **named})


def _unsigned(fault: Fault, answer: Answer, _: Make, __: float) -> Answer:
    asked = fault.options["header"]
    parts = (*SIGNATURE_PARTS, "Signature-Type") if asked == "all" else (asked,)
    gone = {f"Wechatpay-{part}" for part in parts}
    kept = {name: value for name, value in answer.headers.items() if name not in gone}
    return attrs.evolve(answer, headers=kept)


def _forged(fault: Fault, answer: Answer, _: Make, __: float) -> Answer:
    return _with(answer, Signature=_noise(fault))


def _probe(fault: Fault, answer: Answer, _: Make, __: float) -> Answer:
    return _with(answer, Signature=PROBE + _noise(fault))


def _unknown_serial(fault: Fault, answer: Answer, _: Make, __: float) -> Answer:
    return _with(answer, Serial=f"{random.Random(fault.luck).getrandbits(159):040X}")


def _expired(fault: Fault, answer: Answer, make: Make, now: float) -> Answer:
    return make(answer, now + fault.options["seconds"])


def _broken(_: Fault, __: Answer, make: Make, now: float) -> Answer:
    return make(Answer(500, {}, _BROKEN), now)


def _foreign(fault: Fault, answer: Answer, make: Make, now: float) -> Answer:
    other = next((each for each in fault.earlier if each.body != answer.body), answer)
    return make(other, now)


def _replayed(fault: Fault, _: Answer, __: Make, ___: float) -> Answer:
    return fault.earlier[0]


def _noise(fault: Fault) -> str:
    """Return what looks like a signature of 2048 bits."""
    return base64.b64encode(random.Random(fault.luck).randbytes(256)).decode("ascii")


_OF_ANY: Mapping[str, Change] = {
    "reset_after": _delivered(How.RESET),
    "hang_after": _delivered(How.HANG),
    "drip": _drip,
    "cut": _cut,
    "garbled": _garbled,
    "short_file": _short,
    "wrong_summary": _wrong_summary,
    "gateway_after": lambda fault, _: gateway(fault.options["status"]),
}
_OF_SIGNED: Mapping[str, ChangeOfSigned] = {
    "broken_after": _broken,
    "wrong_digest": _digest,
    "unsigned": _unsigned,
    "forged": _forged,
    "probe": _probe,
    "unknown_serial": _unknown_serial,
    "expired": _expired,
    "foreign": _foreign,
    "replayed": _replayed,
}

"""Parameters as they came: present, of the right type and size, else PARAM_ERROR.

Sizes stand in the table that the client reads too; sources there and in
https://pay.weixin.qq.com/wiki/doc/api_external/en/wechatpay/wechatpay2_0.shtml.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from wxdist.models import ReceiverType
from wxdist.models.limits import LIMITS, Limit, Text, Whole

from .orders import MOST_RECEIVERS
from .refusal import Refused, bad_field

T = TypeVar("T")

#: What the table lacks, or where the service has an answer of its own for a wrong value.
OTHERS: Mapping[str, Limit] = {
    "currency": Text(most=10),
    "type": Text(most=32),
    "bill_date": Text(least=10, most=10),
    "date": Text(least=8, most=8),
    "settle_state": Text(most=32),
    "settle_start_date": Text(least=8, most=8),
    "settle_end_date": Text(least=8, most=8),
    "limit": Whole(least=1, most=30),
    "sha256": LIMITS["digest"],
    "offset": Whole(least=0, most=2**32 - 1),
    "count": Whole(least=1),
    "id": LIMITS["transaction_id"],
    "sp_mchid": LIMITS["mchid"],
}


class Fields:
    """The parameters of one request, or of one entry of a list in it."""

    def __init__(self, values: Mapping[str, Any], place: str, pointer: str = "") -> None:
        self._values = values
        self.place = place  #: ``body``, ``query`` or ``path``
        self._pointer = pointer

    def text(self, name: str) -> str:
        """Return the text *name*, which is required."""
        return self._required(name, self.maybe_text(name))

    def maybe_text(self, name: str) -> str | None:
        """Return the text *name*, or ``None`` if it was left out."""
        value = self._checked(name)
        return None if value is None else str(value)

    def whole(self, name: str) -> int:
        """Return the whole number *name*, which is required."""
        return self._required(name, self.maybe_whole(name))

    def maybe_whole(self, name: str) -> int | None:
        """Return the whole number *name*, or ``None``; a query spells it in digits."""
        value = self._values.get(name)
        if self.place == "query" and isinstance(value, str):
            if not (value.isascii() and value.isdigit()):
                raise self.wrong(name, "must be a whole number")
            value = int(value[:20])
        value = self._checked(name, value)
        return None if value is None else int(value)

    def flag(self, name: str) -> bool:
        """Return the boolean *name*, which is required."""
        return self._required(name, self.maybe_flag(name))

    def maybe_flag(self, name: str) -> bool | None:
        """Return the boolean *name*, or ``None``."""
        value = self._checked(name)
        return None if value is None else bool(value)

    def receiver_type(self) -> ReceiverType:
        """Return the required ``type``: one of the documented values."""
        kind = ReceiverType(self.text("type"))
        if not kind.known:
            raise self.wrong("type", "must be one of " + ", ".join(ReceiverType.__members__))
        return kind

    def receivers(self) -> list[Fields]:
        """Return the entries of ``receivers``: 1 to 50, or none if it was left out."""
        entries = self._values.get("receivers")
        if entries is None:
            return []
        if not isinstance(entries, list) or not 1 <= len(entries) <= MOST_RECEIVERS:
            raise bad_field("/receivers", f"must be 1 to {MOST_RECEIVERS} entries", self.place)
        return [self._entry(index, entry) for index, entry in enumerate(entries)]

    def part(self, name: str) -> Fields:
        """Return the fields of the object *name*, which is required."""
        value = self._values.get(name)
        if not isinstance(value, dict):
            raise self.wrong(name, "must be an object")
        return Fields(value, self.place, f"{self._pointer}/{name}")

    def wrong(self, name: str, issue: str) -> Refused:
        """Return the refusal of field *name*."""
        field = f"{self._pointer}/{name}" if self.place == "body" else name
        return bad_field(field, issue, self.place, self._values.get(name))

    def _entry(self, index: int, entry: Any) -> Fields:
        pointer = f"/receivers/{index}"
        if not isinstance(entry, dict):
            raise bad_field(pointer, "must be an object", self.place)
        return Fields(entry, self.place, pointer)

    def _checked(self, name: str, value: Any = None) -> Any:
        """Hold *name* against its limit; null counts as left out."""
        value = self._values.get(name) if value is None else value
        limit = OTHERS.get(name) or LIMITS[name]
        if value is not None and (issue := limit.complain(value)):
            raise self.wrong(name, issue)
        return value

    def _required(self, name: str, value: T | None) -> T:
        if value is None:
            raise self.wrong(name, "is required")
        return value

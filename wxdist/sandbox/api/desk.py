"""Where orders come in: a request to an operation of the table, and its answer as JSON."""

from __future__ import annotations

import inspect
import json
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

from wxdist.errors import InvalidInput

from ..asking import Request
from ..control import Control
from ..mischief import Answer
from .description import openapi, page
from .fields import Missing, checked
from .guard import Denied, denied
from .operation import PREFIX, Operation
from .table import OPERATIONS

_READS = frozenset({"GET", "HEAD"})
_HEADERS = {
    "Wxdist-Sandbox": "1",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Api:
    """The control of one sandbox, as JSON over HTTP.

    Args:
        control: what it orders of.
        hosts: names that lead here, beside localhost and addresses as numbers: requests that
            use another one are refused, since a foreign site may have made it lead here.
    """

    def __init__(self, control: Control, *, hosts: Collection[str] = ()) -> None:
        self._control = control
        self._hosts = frozenset(host.lower() for host in hosts)

    def most(self, head: Request) -> int:
        """Return how many bytes of a body are worth reading, told by all but the body."""
        if denied(head, writes=head.method not in _READS, hosts=self._hosts) is not None:
            return 0
        found = [each.most for each, _ in _matches(head) if each.method == head.method]
        return max(found, default=0)

    async def answer(self, request: Request) -> Answer:
        """Answer a request whose path begins with `PREFIX`."""
        path = _behind(request)
        writes = request.method not in _READS
        if (no := denied(request, writes=writes, hosts=self._hosts)) is not None:
            return _error(no)
        if path == "" and request.method == "GET":
            return Answer(200, {**_HEADERS, "Content-Type": "text/html; charset=utf-8"}, _PAGE)
        if path == "openapi.json" and request.method == "GET":
            return _answer(200, _OPENAPI)
        return await self._carried_out(request)

    async def order(self, operation: Operation, given: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out one operation: checked fields in, JSON out.

        Raises:
            InvalidInput: a field is wrong, or what is ordered cannot be.
            Missing: the address names what is not there.
        """
        fields = checked((*operation.inside, *operation.fields), given)
        result = operation.act(self._control, fields)
        return await result if inspect.isawaitable(result) else result

    async def _carried_out(self, request: Request) -> Answer:
        found = _matches(request)
        for operation, names in found:
            if operation.method == request.method:
                return await self._ordered(operation, names, request)
        if not found:
            return _error(Denied(404, "path", f"no such operation: see {PREFIX}"))
        allow = ", ".join(sorted(operation.method for operation, _ in found))
        return _error(Denied(405, "method", f"must be {allow}"), Allow=allow)

    async def _ordered(
        self, operation: Operation, names: Mapping[str, str], request: Request
    ) -> Answer:
        if len(request.body) > operation.most:
            return _error(Denied(413, "body", f"must have at most {operation.most} bytes"))
        try:
            given = _given(operation, names, request)
            return _answer(200, await self.order(operation, given))
        except InvalidInput as error:
            return _error(Denied(400, error.field, error.problem))
        except Missing as error:
            return _error(Denied(404, error.field, error.problem))


def _behind(request: Request) -> str:
    return request.path.removeprefix(PREFIX)


def _matches(request: Request) -> list[tuple[Operation, Mapping[str, str]]]:
    """Return the operations of an address, and what stands in its ``{names}``."""
    pairs = ((each, each.match(_behind(request))) for each in OPERATIONS)
    return [(each, names) for each, names in pairs if names is not None]


def _given(operation: Operation, names: Mapping[str, str], request: Request) -> dict[str, Any]:
    """Return all fields of a request, by name, unchecked but for how they are spelled."""
    inside = {field.name: field.read(unquote(names[field.name])) for field in operation.inside}
    if operation.method == "POST":
        return {**_object(request.body), **inside}
    return {**_query(operation, request.query_text()), **inside}


def _query(operation: Operation, text: str) -> dict[str, Any]:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=50)
    except ValueError:
        raise InvalidInput("query", "has too many parameters") from None
    if len(dict(pairs)) != len(pairs):
        raise InvalidInput("query", "has a parameter twice")
    readers = {field.name: field.read for field in operation.fields}
    return {name: readers.get(name, str)(text) for name, text in pairs}


def _object(body: bytes) -> dict[str, Any]:
    """Read a JSON object; no body is an empty one."""
    if not body:
        return {}
    try:
        value = json.loads(body, parse_constant=_no_number, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise InvalidInput("body", "must be a JSON object, each name once")
    return value


def _no_number(text: str) -> Any:
    raise ValueError(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)


def _answer(status: int, body: Any, **headers: str) -> Answer:
    text = json.dumps(body, ensure_ascii=False, allow_nan=False)
    kind = {"Content-Type": "application/json"}
    return Answer(status, {**_HEADERS, **kind, **headers}, text.encode(errors="backslashreplace"))


def _error(no: Denied, **headers: str) -> Answer:
    return _answer(no.status, {"error": {"field": no.field, "problem": no.problem}}, **headers)


_OPENAPI = openapi(OPERATIONS)
_PAGE = page(OPERATIONS).encode()

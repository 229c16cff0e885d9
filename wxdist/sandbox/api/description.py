"""The table for programs, as OpenAPI, and for people, as a page."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from .fields import Field, object_schema
from .operation import PREFIX, Operation

#: What each operation may answer instead.
ERRORS = {
    400: "A field is missing or wrong, or what is ordered cannot be.",
    403: "Another site's page asks, or a name that does not lead here was used.",
    413: "The body is too large.",
    415: "The body is not application/json.",
}
_ABOUT = (
    "Everything that one can order of a sandbox of WeChat Pay's funds distribution: the payer, "
    "the audit, the clock, faults. It is no part of the service, and real money is nowhere near."
)
_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["field", "problem"],
            "properties": {
                "field": {"type": "string", "description": "What is wrong."},
                "problem": {"type": "string", "description": "What is wrong with it."},
            },
        }
    },
}


def openapi(operations: Sequence[Operation]) -> dict[str, Any]:
    """Return the table as an OpenAPI document, version 3.1."""
    by_path = groupby(sorted(operations, key=lambda each: each.path), lambda each: each.path)
    return {
        "openapi": "3.1.0",
        "info": {"title": "wxdist sandbox, control", "version": "1", "description": _ABOUT},
        "servers": [{"url": "/"}],
        "paths": {
            f"{PREFIX}{path}": {each.method.lower(): _operation(each) for each in same}
            for path, same in by_path
        },
        "components": {"schemas": {"Error": _ERROR}},
    }


def _operation(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.words,
        "responses": _responses(operation),
    }
    if parameters := list(_parameters(operation)):
        described["parameters"] = parameters
    if operation.method == "POST":
        described["requestBody"] = {
            "required": any(field.must for field in operation.fields),
            "content": _json(object_schema(operation.fields, closed=True)),
        }
    return described


def _parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    query = operation.fields if operation.method == "GET" else ()
    for place, fields in (("path", operation.inside), ("query", query)):
        for field in fields:
            schema = {**field.schema(), "type": field.kind}
            words = schema.pop("description")
            row = {"name": field.name, "in": place, "description": words, "schema": schema}
            yield {**row, "required": True} if field.must else row


def _responses(operation: Operation) -> dict[str, Any]:
    error = _json({"$ref": "#/components/schemas/Error"})
    answer = _json(object_schema(operation.answer, closed=False))
    said = {**ERRORS, **operation.errors}
    if not operation.writes:
        del said[413], said[415]
    return {
        "200": {"description": "Done.", "content": answer},
        **{
            str(status): {"description": words, "content": error}
            for status, words in sorted(said.items())
        },
    }


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def page(operations: Sequence[Operation]) -> str:
    """Return the table as HTML."""
    rows = "".join(_row(each) for each in operations)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        '<meta name="color-scheme" content="light dark">'
        "<title>wxdist sandbox: control</title>"
        f"<h1>Control of the wxdist sandbox</h1><p>{html.escape(_ABOUT)}</p>"
        "<p>JSON in and out; orders need <code>Content-Type: application/json</code>. "
        f'For programs: <a href="{PREFIX}openapi.json">openapi.json</a>.</p>'
        "<table><caption>Operations; a field with ? may be left out</caption><thead><tr>"
        '<th scope="col">Operation</th><th scope="col">What it does</th>'
        '<th scope="col">Fields</th><th scope="col">Answer</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></html>\n"
    )


def _row(operation: Operation) -> str:
    address = f"{operation.method} {PREFIX}{operation.path}"
    if operation.method == "GET" and not operation.inside:
        link = html.escape(f"{PREFIX}{operation.path}")
        address = f'GET <a href="{link}">{link}</a>'
    fields = _names((*operation.inside, *operation.fields))
    cells = (html.escape(operation.words), fields, _names(operation.answer))
    row = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr><th scope="row">{address}</th>{row}</tr>'


def _names(fields: Sequence[Field]) -> str:
    return ", ".join(
        f'<code title="{html.escape(field.meaning)}">{field.name}</code>{"" if field.must else "?"}'
        for field in fields
    )

"""The description for programs."""

import json
import re

import pytest

from wxdist.sandbox.api.description import openapi
from wxdist.sandbox.api.table import OPERATIONS

METHODS = {"get", "post", "delete"}


@pytest.fixture(scope="module")
def described():
    return json.loads(json.dumps(openapi(OPERATIONS)))


def operations(described):
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def test_every_operation_is_described(described):
    """Each row of the table is described at its address, and nothing else is."""
    found = [(method.upper(), path) for path, method, _ in operations(described)]

    assert sorted((each.method, f"/_sandbox/{each.path}") for each in OPERATIONS) == sorted(found)


def test_document_is_valid(described):
    """A validator that others keep finds no fault with it."""
    validator = pytest.importorskip("openapi_spec_validator")

    assert [] == [
        error.message for error in validator.OpenAPIV31SpecValidator(described).iter_errors()
    ]


def test_names_are_unique(described):
    """Programs made from it get a name for each operation."""
    names = [operation["operationId"] for _, _, operation in operations(described)]

    assert len(set(names)) == len(names)
    assert "do_pay" in names
    assert "get_calls_number_explain" in names


def test_parameters_of_addresses(described):
    """What stands in braces in an address is a required parameter, and only that."""
    for path, _, operation in operations(described):
        rows = operation.get("parameters", [])
        inside = [row["name"] for row in rows if row["in"] == "path"]
        assert re.findall(r"\{(\w+)\}", path) == inside
        assert all(row["required"] for row in rows if row["in"] == "path")


def test_pay(described):
    """The fields of an order are described with type, limits, default and meaning."""
    body = described["paths"]["/_sandbox/pay"]["post"]["requestBody"]
    schema = body["content"]["application/json"]["schema"]

    assert body["required"]
    assert ["out_trade_no", "amount"] == schema["required"]
    assert schema["additionalProperties"] is False
    assert {
        "type": "integer",
        "description": "Fen, or the minor unit of another currency.",
        "minimum": 1,
        "maximum": 10**12,
    } == schema["properties"]["amount"]
    assert {
        "type": ["string", "null"],
        "description": "Only CNY can be distributed.",
        "maxLength": 3,
        "default": "CNY",
    } == schema["properties"]["currency"]


def test_query(described):
    """The parameters of a query are described as they stand there: never null."""
    rows = described["paths"]["/_sandbox/events"]["get"]["parameters"]

    assert [("since", "integer"), ("limit", "integer")] == [
        (row["name"], row["schema"]["type"]) for row in rows
    ]


def test_errors(described):
    """Every operation tells its errors, all in one form."""
    error = {"$ref": "#/components/schemas/Error"}
    for _, method, operation in operations(described):
        assert {"200", "400", "403"} <= operation["responses"].keys()
        assert ("415" in operation["responses"]) == (method != "get")
        for status, answer in operation["responses"].items():
            schema = answer["content"]["application/json"]["schema"]
            assert (status == "200") == (schema != error)
    assert "404" in described["paths"]["/_sandbox/faults/{id}"]["delete"]["responses"]


def test_references_lead_somewhere(described):
    """What is referred to is there."""
    for reference in re.findall(r'"#/([^"]+)"', json.dumps(described)):
        found = described
        for part in reference.split("/"):
            found = found[part]
        assert found

"""Our tables say what the vendor's own Python SDK says."""

import re
from typing import Any

import pytest
import ultracart.models as sdk_models
from ultracart.api.customer_api import CustomerApi
from ultracart.api_client import ApiClient
from ultracart.configuration import Configuration

from ucsync.ultracart import OPERATIONS, Operation
from ucsync.ultracart.fields import Field, Kind, Model
from ucsync.ultracart.models import MODELS

#: Operations that the SDK has and ucsync has not: newer than the page ucsync was built from.
NEWER = {
    "adjust_loyalty_points",
    "get_customer_loyalty",
    "get_quick_books_online_customers",
    "update_customer_email_suppression",
}

API = CustomerApi(ApiClient(Configuration()))
ENDPOINTS: dict[str, Any] = {
    name.removesuffix("_endpoint"): held for name, held in vars(API).items() if name.endswith("_endpoint")
}


def test_every_operation_of_the_sdk_is_ours_or_known_to_be_newer() -> None:
    assert {operation.name for operation in OPERATIONS.values()} | NEWER == set(ENDPOINTS)
    assert len(OPERATIONS) == 25


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda row: row.operation_id)
def test_method_path_parameters_body_and_answer_are_the_sdks(operation: Operation) -> None:
    endpoint = ENDPOINTS[operation.name]
    names, places = endpoint.attribute_map, endpoint.location_map
    sent = {
        place: [p for p in endpoint.params_map["all"] if places.get(p) == place]
        for place in ("path", "query", "body")
    }
    assert operation.method == endpoint.settings["http_method"]
    assert operation.path == endpoint.settings["endpoint_path"]
    assert [row.name for row in operation.path_parameters] == [names[p] for p in sent["path"]]
    assert {row.name for row in operation.query} == {names[p] for p in sent["query"]}
    for parameter in operation.query:
        (sdk_type,) = endpoint.openapi_types[_sdk_name(parameter.name)]
        assert sdk_type is (int if parameter.field.kind is Kind.INT32 else str)
    assert ([operation.body_name] if operation.body_name else []) == sent["body"]
    if operation.body is not None:
        (body_type,) = endpoint.openapi_types[operation.body_name]
        assert body_type.__name__ == operation.body.name
    answer = endpoint.settings["response_type"]
    assert (operation.answer.name if operation.answer else None) == (answer[0].__name__ if answer else None)
    content_types = endpoint.headers_map["content_type"]
    assert ([operation.content_type] if operation.content_type else []) == content_types


def _sdk_name(parameter: str) -> str:
    return parameter.removeprefix("_")


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.name)
def test_fields_types_and_lengths_are_the_sdks(model: Model) -> None:
    sdk: Any = getattr(sdk_models, "ModelProperty" if model.name == "Property" else model.name)
    wire_names = sdk.attribute_map
    assert set(model.fields) == set(wire_names.values())
    for attribute, types in sdk.openapi_types.items():
        field = model.fields[wire_names[attribute]]
        assert _sdk_type(field) == _flat(types[0]), field.name
        declared = sdk.validations.get((attribute,), {}).get("max_length")
        assert field.max_length == declared, field.name
        choices = sdk.allowed_values.get((attribute,))
        assert set(field.choices) == set(choices.values() if choices else ()), field.name


def _sdk_type(field: Field) -> str:
    scalars = {
        Kind.TEXT: "str", Kind.INSTANT: "str", Kind.INT32: "int", Kind.INT64: "int",
        Kind.NUMBER: "float", Kind.FLAG: "bool", Kind.OPAQUE: "Order",
    }  # fmt: skip
    if field.kind is Kind.ARRAY:
        element = field.model.name if field.model else scalars[field.item or Kind.OPAQUE]
        return f"list of {element}"
    return field.model.name if field.model else scalars[field.kind]


def _flat(sdk_type: Any) -> str:
    if isinstance(sdk_type, list):
        return f"list of {_flat(sdk_type[0][0] if isinstance(sdk_type[0], tuple) else sdk_type[0])}"
    return "Property" if sdk_type.__name__ == "ModelProperty" else str(sdk_type.__name__)


def test_every_model_that_an_operation_can_reach_is_there() -> None:
    assert len(MODELS) == 62
    reached = {
        field.model.name for model in MODELS.values() for field in model.fields.values() if field.model
    }
    assert reached <= MODELS.keys()


def test_names_of_coroutines_follow_from_the_vendors() -> None:
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", operation.name) for operation in OPERATIONS.values())

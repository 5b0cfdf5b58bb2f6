"""JSON Schemas of inputs and responses, for the OpenAPI document.

https://json-schema.org/draft/2020-12
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from laurels import clock
from laurels.documents.models import ProcessingRequest, ProcessingResult
from laurels.fields import Input, Shape
from laurels.privacy.models import Export
from laurels.stats.models import StatUpdate
from local.contract import sentences

Json = dict[str, Any]

REF = "#/components/schemas/{model}"

# What responses.problem writes.
PROBLEM: Json = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "properties": {
        "type": {"type": "string", "description": "`urn:laurels:problem:` and the code."},
        "title": {"type": "string", "description": "The same for all problems with this code."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "For people: what went wrong and what to do."},
        "code": {"type": "string", "description": "For programs. events/README.md lists the codes."},
        "request_id": {"type": "string", "description": "Quote it when you report a problem."},
        "errors": {
            "type": "array",
            "description": "Each field that does not validate.",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string", "description": "The field's path: names and places, joined by dots."},
                    "detail": {"type": "string", "description": "For people: what is wrong with the field."},
                    "code": {"type": "string", "description": "For programs. events/README.md lists the codes."},
                },
                "required": ["field", "detail", "code"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "code", "request_id", "errors"],
}

# What API Gateway answers by itself.
GATEWAY_ERROR: Json = {
    "type": "object",
    "description": "The gateway's own answer, before or instead of a function's.",
    "properties": {"message": {"type": "string", "description": "What went wrong, as the gateway says it."}},
    "required": ["message"],
}


# Where a validator comes before a limit (laurels.fields.Integer), pydantic writes the limit's own name.
_KEYWORDS = {"ge": "minimum", "le": "maximum", "gt": "exclusiveMinimum", "lt": "exclusiveMaximum"}


class Generator(GenerateJsonSchema):
    """Pydantic's schemas without the titles that repeat names, and with names that make good class names."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False

    def normalize_name(self, name: str) -> str:
        # Listing[Award] is named AwardListing. A list of a union is named after its first type.
        return super().normalize_name(re.sub(r"(\w+)\[(?:Union\[)?(\w+).*\]", r"\2\1", name))

    def generate_inner(self, schema: Any) -> JsonSchemaValue:
        made = super().generate_inner(schema)
        for name in _KEYWORDS.keys() & made.keys():
            made[_KEYWORDS[name]] = made.pop(name)
        return made

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        model, fields = schema["cls"], made.get("properties", {})
        if not made.get("description") and (about := sentences.about_model(model)):
            made["description"] = about
        for name, field in fields.items():
            if not field.get("description") and (about := sentences.about_field(model, name)):
                field["description"] = about
        if issubclass(schema["cls"], Shape):  # responses have every field, so defaults say nothing
            known = schema["cls"].model_fields
            made["required"] = [name for name in fields if name not in known or known[name].exclude_if is None]
            for field in fields.values():
                field.pop("default", None)
        return made

    def enum_schema(self, schema: core_schema.EnumSchema) -> JsonSchemaValue:
        made = super().enum_schema(schema)
        if not made.get("description") and (about := sentences.about_model(schema["cls"])):
            made["description"] = about
        return made

    def ser_schema(self, schema: Any) -> JsonSchemaValue | None:
        # A time is the same in both directions, so that a model used for both is one schema.
        if schema.get("function") is clock.iso:
            return self.datetime_schema(core_schema.datetime_schema())
        return super().ser_schema(schema)


def collect(inputs: Iterable[type[Input]], answers: Mapping[str, Any]) -> tuple[dict[Any, Json], Json]:
    """Return a schema for each input (by type) and each response (by name), and the components they refer to."""
    wanted: list[tuple[Any, Any, TypeAdapter[Any]]] = [
        *((kind, "validation", TypeAdapter(kind)) for kind in sorted(inputs, key=lambda kind: kind.__name__)),
        *((name, "serialization", TypeAdapter(kind)) for name, kind in answers.items()),
    ]
    made, rest = TypeAdapter.json_schemas(wanted, ref_template=REF, schema_generator=Generator)
    components = untitled(rest["$defs"])
    _widest_first([*made.values(), components], components)
    return {key: schema for (key, _), schema in made.items()}, components


def _widest_first(node: Any, components: Json) -> None:
    """Sort the schemas of each `anyOf` and `oneOf` by their number of required fields. Generated clients take the first
    that fits, so a narrower one before would drop fields."""

    def required(schema: Json) -> int:
        return len(components.get(schema.get("$ref", "").rpartition("/")[2], schema).get("required", []))

    if isinstance(node, dict):
        for name in {"anyOf", "oneOf"} & node.keys():
            node[name].sort(key=required, reverse=True)
    for each in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _widest_first(each, components)


def as_parameter(schema: Json) -> Json:
    """Return a field's schema as a query parameter's: not nullable, and without its description."""
    kept = {name: value for name, value in schema.items() if name != "description"}
    if {"type": "null"} in kept.get("anyOf", []):
        kept.pop("default", None)
        options = [option for option in kept.pop("anyOf") if option != {"type": "null"}]
        kept |= options[0] if len(options) == 1 else {"anyOf": options}
    return kept


def as_patch(schema: Json) -> None:
    """Remove defaults: in a merge patch, absent fields stay as they are."""
    for field in schema["properties"].values():
        field.pop("default", None)


def untitled(definitions: Json) -> Json:
    return {name: {key: value for key, value in each.items() if key != "title"} for name, each in definitions.items()}


def stat_update() -> Json:
    """Return the schema of a message on StatUpdatesQueue."""
    schema = TypeAdapter(StatUpdate).json_schema(schema_generator=Generator)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:laurels:schema:stat_update",
        **schema,
        "description": "A message on StatUpdatesQueue (FIFO): its MessageGroupId is the user_id. It needs no "
        "MessageDeduplicationId: the queue deduplicates by content. Sending one again is harmless; one that was parked "
        "is corrected and sent again with the same event_id.",
        # The model's own validator, which pydantic cannot put into a schema.
        "anyOf": [
            {"required": [name], "properties": {name: {"minProperties": 1}}} for name in ("increments", "values")
        ],
        "examples": [
            {
                "event_id": "hw-7f3c2a",
                "user_id": "42",
                "source": "homework-service",
                "occurred_at": "2026-11-20T18:22:05Z",
                "increments": {"homeworks_completed": 1},
                "values": {"average_grade": 92.5},
            },
            {
                "event_id": "reader-20261120-42",
                "user_id": "42",
                "source": "reader",
                "occurred_at": "2026-11-20T18:22:05Z",
                "increments": {"minutes_studied": 35},
            },
        ],
    }


def processing_request() -> Json:
    """Return the schema of a message on ProcessingRequestsQueue."""
    schema = TypeAdapter(ProcessingRequest).json_schema(mode="serialization", schema_generator=Generator)
    about = "A message on ProcessingRequestsQueue: what the AI service is to match. It may be delivered twice."
    return _of_a_queue("processing_request", schema, about) | {
        "examples": [
            {
                "processing_id": "0" * 32,
                "user_id": "42",
                "resume_id": "1" * 32,
                "requirements_id": "2" * 32,
                "resume": "Ada Lovelace\nPython, DynamoDB",
                "requirements": "Python\nDynamoDB",
            }
        ]
    }


def processing_result() -> Json:
    """Return the schema of a message on ProcessingResultsQueue."""
    schema = TypeAdapter(ProcessingResult).json_schema(schema_generator=Generator)
    about = (
        "A message on ProcessingResultsQueue: what the AI service found. Only the first result of a processing counts. "
        "Other fields are ignored, and longer texts and lists are cut."
    )
    done = {"score": 82, "matches": ["Python"], "recommendation": "Invite her.", "verdict": "good match"}
    failed = {"success": False, "message_error": "The model is overloaded.", "wait_seconds": 60}
    return _of_a_queue("processing_result", schema, about) | {
        "examples": [{"processing_id": "0" * 32, "success": True, **done}, {"processing_id": "0" * 32, **failed}]
    }


def _of_a_queue(name: str, schema: Json, description: str) -> Json:
    kept = {key: value for key, value in schema.items() if key != "title"}
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:laurels:schema:{name}"}
    return {**about, **kept, "description": description}


def export() -> Json:
    """Return the schema of `export.json` in the .zip of an export."""
    schema = TypeAdapter(Export).json_schema(mode="serialization", schema_generator=Generator)
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:laurels:schema:export"}
    return {**about, **schema, "$defs": untitled(schema["$defs"])}

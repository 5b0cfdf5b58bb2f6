"""The AsyncAPI 3 document of queues and bus, and a JSON Schema of each message, generated offline like OpenAPI's.

https://www.asyncapi.com/docs/reference/specification/v3.0.0
"""

from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from laurels.callers import USER_ID
from laurels.events import messages
from laurels.events import rules as events_rules
from laurels.events.models import TYPES, StreakAtRisk
from laurels.fields import Shape
from laurels.service.service import VERSION
from local.contract import examples, schemas, sentences
from local.contract.schemas import Json

EVENTS = Path(__file__).parents[2] / "events"
DOCUMENT = EVENTS / "asyncapi.json"
SCHEMAS = EVENTS / "schemas"

_BUS = "bus"
_REGION: Json = {"region": {"description": "The AWS region of the deployment.", "default": "eu-central-1"}}


def files() -> dict[Path, Json]:
    """Return every generated file: the document, and the schemas of all messages."""
    made = {SCHEMAS / f"{name}.json": schema for name, schema in _on_queues().items()}
    made |= {SCHEMAS / f"{name}.v1.json": _data_schema(name, model) for name, model in TYPES.items()}
    return made | {DOCUMENT: document()}


def document() -> Json:
    """Return the whole document. It refers to nothing outside of itself."""
    components: Json = {}
    on_queues = {name: _moved(schema, components) for name, schema in _on_queues().items()}
    events = {name: _envelope(name, _moved(_data_schema(name, model), components)) for name, model in TYPES.items()}
    reminder = next(name for name, model in TYPES.items() if model is StreakAtRisk)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Laurels",
            "version": VERSION,
            "description": "What services tell Laurels on queues, what Laurels asks the AI service, and what it tells "
            "listeners on an EventBridge bus. Everything may be delivered more than once: `event_id`, `processing_id` "
            "and a CloudEvent's `id` tell repetitions.",
        },
        "defaultContentType": "application/json",
        "servers": {
            "sqs": {"host": "sqs.{region}.amazonaws.com", "protocol": "sqs", "variables": _REGION},
            "eventbridge": {"host": "events.{region}.amazonaws.com", "protocol": "eventbridge", "variables": _REGION},
        },
        "channels": {
            "stat_updates": _channel("sqs", "StatUpdatesQueue", "What learners did (FIFO).", ["stat_update"]),
            "user_events": _channel(
                "sqs", "UserEventsQueue", "What happens to users at the auth service.", ["user_event"]
            ),
            "processing_requests": _channel(
                "sqs", "ProcessingRequestsQueue", "What the AI service is to match.", ["processing_request"]
            ),
            "processing_results": _channel(
                "sqs", "ProcessingResultsQueue", "What the AI service found.", ["processing_result"]
            ),
            _BUS: _channel(
                "eventbridge",
                "laurels",
                "The bus of the deployment, named as its stack. `detail` is the CloudEvent, in structured mode; "
                "`detail-type` is its type, and `source` its source.",
                list(TYPES),
            ),
        },
        "operations": {
            "apply_stat_updates": _operation("receive", "stat_updates", ["stat_update"], "Counts a stat update."),
            "ingest_user_events": _operation(
                "receive", "user_events", ["user_event"], "Notes what happened to a user."
            ),
            "request_processings": _operation(
                "send", "processing_requests", ["processing_request"], "Asks the AI service, within seconds of a start."
            ),
            "apply_processing_results": _operation(
                "receive", "processing_results", ["processing_result"], "Keeps the first result of a processing."
            ),
            "publish_events": _operation(
                "send", _BUS, [name for name in TYPES if name != reminder], "Tells what has changed, within seconds."
            ),
            "compute_leaderboards": _operation(
                "send", _BUS, [reminder], "Reminds a learner in the evening, at most once per date."
            ),
        },
        "components": {
            "messages": {
                name: {"name": name, "title": _title(schema), "payload": schema, "examples": _examples(name, schema)}
                for name, schema in {**on_queues, **events}.items()
            },
            "schemas": dict(sorted(components.items())),
        },
    }


def _on_queues() -> dict[str, Json]:
    made = {
        "stat_update": schemas.stat_update(),
        "user_event": _user_event(),
        "processing_request": schemas.processing_request(),
        "processing_result": schemas.processing_result(),
    }
    for name, schema in made.items():
        sentences.describe(schema, name)
    return made


def _user_event() -> Json:
    """Return the schema of a message on UserEventsQueue that concerns us, as `laurels.events.messages` reads it."""
    kinds = sorted(messages.TYPES)
    text = {"type": "string"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:laurels:schema:user_event",
        "type": "object",
        "description": "A message on UserEventsQueue, in either shape of the auth services. Other fields and other "
        "types are ignored. A name becomes the display name if the user has chosen none. E-mails are not kept.",
        "properties": {
            **{name: {"type": "string", "examples": kinds} for name in messages.TYPE_FIELDS},
            "user_id": {"anyOf": [{"type": "string", "pattern": USER_ID}, {"type": "integer"}]},
            **{name: dict(text) for name in messages.NAMES},
            "created_at": text | {"format": "date-time", "description": "When it happened."},
        },
        "anyOf": [{"required": [name]} for name in messages.TYPE_FIELDS],
        "required": ["user_id"],
        "examples": [
            {"type": "user.created", "user_id": 42, "full_name": "Ada Lovelace", "created_at": "2026-11-20T18:22:05Z"},
            {"event_type": "user.deleted", "user_id": "auth0|6558f2"},
        ],
    }


def _data_schema(name: str, model: type[Shape]) -> Json:
    """Return the schema of an event's `data`."""
    schema = TypeAdapter(model).json_schema(mode="serialization", schema_generator=schemas.Generator)
    if "$defs" in schema:
        schema["$defs"] = schemas.untitled(schema["$defs"])
    about = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": events_rules.schema_of(name)}
    schema["description"] = " ".join(schema["description"].split())
    return about | {key: value for key, value in schema.items() if key != "title"}


def _envelope(name: str, data: Json) -> Json:
    """Return the schema of a CloudEvent with this data, as `laurels.events.rules.cloud_event` makes it."""
    fixed = {
        "specversion": "1.0",
        "type": events_rules.type_of(name),
        "dataschema": events_rules.schema_of(name),
        "datacontenttype": "application/json",
    }
    said = {
        "specversion": "The version of CloudEvents.",
        "type": "What has happened.",
        "dataschema": "The id of the schema of `data`.",
        "datacontenttype": "The media type of `data`.",
    }
    properties: Json = {
        key: {"type": "string", "const": value, "description": said[key]} for key, value in fixed.items()
    } | {
        "id": {"type": "string", "description": "The same whenever the event is delivered."},
        "source": {"type": "string", "pattern": "^/laurels/", "description": "`/laurels/<environment>`."},
        "subject": {"type": "string", "description": "The user's id."},
        "time": {"type": "string", "format": "date-time", "description": "When it happened."},
        "sequence": {
            "type": "string",
            "pattern": "^[0-9]{40}$",
            "description": "Puts the events of one item in order: a greater text is later.",
        },
        "data": data,
    }
    optional = {"sequence"} if TYPES[name] is StreakAtRisk else set[str]()
    return {
        "type": "object",
        "description": data.get("description", ""),
        "properties": properties,
        "required": [key for key in properties if key not in optional],
    }


def _channel(server: str, address: str, description: str, names: list[str]) -> Json:
    return {
        "address": address,
        "description": description,
        "servers": [{"$ref": f"#/servers/{server}"}],
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
    }


def _operation(action: str, channel: str, names: list[str], summary: str) -> Json:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in names],
    }


def _examples(name: str, schema: Json) -> list[Json]:
    """Return the examples of a message: those of its schema, or the event that functions publish for the samples."""
    own = [examples.known()["events"][name]] if name in examples.known()["events"] else []
    return [{"payload": each} for each in schema.get("examples", own)]


def _title(schema: Json) -> str:
    return str(schema["description"]).partition(". ")[0].rstrip(".")


def _moved(schema: Json, components: Json) -> Json:
    """Return the schema without its definitions, which become components of the document."""
    kept = {key: value for key, value in schema.items() if key not in ("$schema", "$id", "$defs")}
    for name, definition in schema.get("$defs", {}).items():
        moved = _pointed(definition)
        if components.setdefault(name, moved) != moved:
            raise SystemExit(f"two messages define {name} differently: rename one of the models")
    found: Json = _pointed(kept)
    return found


def _pointed(value: Any) -> Any:
    """Return the value with references to definitions as references to components."""
    if isinstance(value, dict):
        return {key: _pointed(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_pointed(each) for each in value]
    return value.replace("#/$defs/", "#/components/schemas/") if isinstance(value, str) else value

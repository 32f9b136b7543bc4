"""What a SARIF 2.1.0 log must look like, as far as wfopt writes it: a JSON schema."""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def _record(required: Schema, optional: Schema | None = None) -> Schema:
    return {
        "type": "object",
        "properties": required | (optional or {}),
        "required": list(required),
        "additionalProperties": False,
    }


def _list(items: Schema, least: int = 0) -> Schema:
    return {"type": "array", "items": items, "minItems": least}


_TEXT: Schema = {"type": "string", "minLength": 1}
_COUNT: Schema = {"type": "integer", "minimum": 1}
_LEVEL: Schema = {"enum": ["none", "note", "warning", "error"]}
_MESSAGE = _record({"text": _TEXT})
_ARTIFACT = _record({"uri": {"type": "string", "pattern": r"^[A-Za-z0-9._~/%:@!$&'()*+,;=-]+$"}})
_REGION = _record({"startLine": _COUNT, "startColumn": _COUNT, "endLine": _COUNT, "endColumn": _COUNT})
_PHYSICAL = _record({"artifactLocation": _ARTIFACT}, {"region": _REGION})
_LOCATION = _record({"physicalLocation": _PHYSICAL}, {"id": {"type": "integer"}, "message": _MESSAGE})
_REPLACEMENT = _record({"deletedRegion": _REGION}, {"insertedContent": _record({"text": {"type": "string"}})})
_CHANGE = _record({"artifactLocation": _ARTIFACT, "replacements": _list(_REPLACEMENT, 1)})
_FIX = _record({"artifactChanges": _list(_CHANGE, 1)}, {"description": _MESSAGE})
_RULE = _record({"id": _TEXT}, {"name": _TEXT, "shortDescription": _MESSAGE, "help": _MESSAGE})

_RESULT = _record(
    {
        "ruleId": _TEXT,
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": _LEVEL,
        "message": _MESSAGE,
        "locations": _list(_LOCATION, 1),
        "partialFingerprints": {"type": "object", "additionalProperties": _TEXT, "minProperties": 1},
    },
    {
        "rank": {"type": "number", "minimum": 0, "maximum": 100},
        "relatedLocations": _list(_LOCATION),
        "fixes": _list(_FIX),
        "properties": {"type": "object"},
    },
)

_NOTIFICATION = _record(
    {"message": _MESSAGE},
    {"descriptor": _record({"id": _TEXT}), "level": _LEVEL, "locations": _list(_LOCATION)},
)

_INVOCATION = _record(
    {"executionSuccessful": {"type": "boolean"}}, {"toolExecutionNotifications": _list(_NOTIFICATION)}
)

_DRIVER = _record({"name": _TEXT}, {"version": _TEXT, "rules": _list(_RULE)})

_RUN = _record(
    {"tool": _record({"driver": _DRIVER}), "results": _list(_RESULT)},
    {
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "invocations": _list(_INVOCATION),
        "artifacts": _list(_record({"location": _ARTIFACT})),
    },
)

SARIF: Schema = _record({"version": {"const": "2.1.0"}, "runs": _list(_RUN, 1)}, {"$schema": _TEXT})

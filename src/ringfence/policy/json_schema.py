"""The JSON Schema of the policy file, generated from the types, for editors and other tools."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any, Final

from ringfence.policy.document import Policy

FILE_NAME: Final = "policy-1.schema.json"
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schema_path() -> Path:
    """Return the path of the published schema, for the first line of a policy."""
    return Path(str(resources.files("ringfence.policy") / "schema" / FILE_NAME))


def policy_schema() -> dict[str, Any]:
    """Return the schema of a policy.

    A policy that extends another may leave out what that one says, and take parts of it away with
    ``null``: what must be there, inside mappings that are merged, is asked of the others only.
    """
    schema = _without_titles(Policy.model_json_schema(by_alias=True, mode="validation"))
    definitions = schema["$defs"]
    whole = {
        "required": [key for key in schema["required"] if key != "ringfence"],
        "properties": {
            "zones": _each_requires(definitions["Zone"]),
            "devices": {"additionalProperties": {"type": "object"}},
            "fabric": {"properties": {"domains": {"additionalProperties": {"type": "object"}}}},
            "clusters": _each_requires(definitions["ClusterPolicy"]),
            "duties": {"properties": {"roles": _each_requires(definitions["DutyRole"])}},
        },
    }
    for properties, name in (
        (schema["properties"], "zones"),
        (schema["properties"], "devices"),
        (definitions["Fabric"]["properties"], "domains"),
    ):
        part = properties[name]
        part["additionalProperties"] = {"anyOf": [part["additionalProperties"], {"type": "null"}]}
    return {
        "$schema": _DIALECT,
        "$id": "urn:ringfence:policy:1",
        "title": "Ringfence policy",
        **schema,
        "required": ["ringfence"],
        "if": {"required": ["extends"]},
        "else": whole,
    }


def schema_text() -> str:
    """Return the schema as the text of its file."""
    return json.dumps(policy_schema(), indent=2, ensure_ascii=False) + "\n"


def _each_requires(definition: dict[str, Any]) -> dict[str, Any]:
    """Take what a definition requires out of it; return it as a demand on a mapping's values."""
    return {"additionalProperties": {"type": "object", "required": definition.pop("required")}}


def _without_titles(schema: Any) -> Any:
    """Return a schema without the titles that only repeat the names of properties."""
    if isinstance(schema, list):
        return [_without_titles(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _without_titles(part)
        for key, part in schema.items()
        if not (key == "title" and isinstance(part, str))
    }

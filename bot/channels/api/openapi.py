"""The OpenAPI document, made of the table of operations and the shapes, so that it cannot say what is not so."""

from collections.abc import Mapping
from functools import cache
from inspect import cleandoc
from typing import Any

import msgspec

from bot.channels.api.operations import JSON, OPERATIONS, Operation, Parameter
from bot.channels.api.shapes import Health, Problem
from bot.services.authority import PROGRAMS
from engine.watch import KINDS
from engine.watch.events import fields_of

PROBLEM = "application/problem+json"
KEY_PATTERN = r"^[!-~]{1,255}$"
_REF = "#/components/schemas/{name}"

_ALWAYS = {400, 401, 403, 429, 503}
"""Statuses that every operation may end with."""
_OF_BODIES = {408, 413, 415, 422}
_WORDS = {
    200: "Done.", 202: "Taken; the borrower is asked.", 204: "Done.", 400: "Not understood.", 401: "No key that opens.",
    403: "Not with this key.", 404: "Not there.", 408: "Too slow.", 409: "In conflict with what was told before.",
    413: "Too large.", 415: "Of another type.", 422: "Something of it is wrong; nothing was stored.",
    429: "Too many requests.", 503: "Not now.",
}  # fmt: skip


def statuses(operation: Operation) -> set[int]:
    """Give every status that an operation may end with."""
    bodied = _OF_BODIES if operation.bodies else {422} if operation.changes else set()
    return {*operation.answers, *_ALWAYS, *bodied, *operation.problems}


@cache
def document() -> bytes:
    """Give the document, as JSON."""
    types: list[Any] = [Problem, Health]
    for operation in OPERATIONS:
        for shapes in (*operation.answers.values(), *(operation.bodies or {}).values()):
            types += shapes
    _, components = msgspec.json.schema_components(types, ref_template=_REF)
    for schema in components.values():
        schema["description"] = cleandoc(schema["description"])
    components["EventIn"]["description"] += f"\n\n{_kinds()}"
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    paths["/healthz"] = {"get": _open("health", "Whether it works", Health)}
    paths["/v1/openapi.json"] = {"get": _open("openapi", "This document", dict)}
    whole = {
        "openapi": "3.1.0",
        "info": {
            "title": "Candor for lenders",
            "version": "1",
            "description": "Tell what happens to your loans; hear when a borrower's score gets worse.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }
    return msgspec.json.encode(whole)


def _kinds() -> str:
    """Say which fields each kind of event needs, and which it may have."""
    found = []
    for kind in KINDS:
        needs, takes = ([name for name in names if name != "account"] for names in fields_of(kind))
        may = f"; may have {', '.join(takes)}" if takes else ""
        found.append(f"- `{kind}` needs {', '.join(needs) or 'nothing more'}{may}")
    return "\n".join(found)


def _operation(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"{operation.text} Needs the scope `{PROGRAMS[operation.name]}`.",
        "security": [{"key": []}],
        "parameters": [_parameter(one) for one in operation.parameters],
        "responses": {
            str(status): _response(status, operation.answers) for status in sorted(statuses(operation))
        },
    }
    if operation.changes:
        found["parameters"].append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "A name of this request: repeating it within 24 hours gives the same answer and does "
                "nothing more. Another request under the same name is refused.",
                "schema": {"type": "string", "pattern": KEY_PATTERN},
            }
        )
    if operation.bodies:
        content = {media: {"schema": _batch(_schema(*shapes))} for media, shapes in operation.bodies.items()}
        found["requestBody"] = {"required": True, "content": content}
    return found


def _batch(schema: dict[str, Any]) -> dict[str, Any]:
    """Say of an array that a row of another shape is answered by itself, and keeps no other out."""
    for one in schema.get("anyOf", ()):
        if one.get("type") == "array":
            one["items"] = {
                "anyOf": [one["items"], {"description": "Anything else: its outcome is `wrong`."}]
            }
    return schema


def _open(name: str, summary: str, answer: type) -> dict[str, Any]:
    """Describe what anybody may ask for."""
    return {
        "operationId": name,
        "summary": summary,
        "security": [],
        "responses": {
            "200": _response(200, {200: (answer,)}),
            **({"503": _response(503, {})} if name == "health" else {}),
        },
    }


def _parameter(one: Parameter) -> dict[str, Any]:
    schema = _schema(one.type)
    if one.default is not None:
        schema["default"] = one.default
    return {
        "name": one.name,
        "in": one.where,
        "required": one.required,
        "description": one.text,
        "schema": schema,
    }


def _response(status: int, answers: Mapping[int, tuple[Any, ...]]) -> dict[str, Any]:
    found: dict[str, Any] = {"description": _WORDS[status]}
    if status == 429:
        found["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds to wait."}}
    shapes = answers.get(status, (Problem,))
    if shapes:
        found["content"] = {JSON if status in answers else PROBLEM: {"schema": _schema(*shapes)}}
    return found


def _schema(*types: Any) -> dict[str, Any]:
    schemas, _ = msgspec.json.schema_components(types, ref_template=_REF)
    return dict(schemas[0]) if len(schemas) == 1 else {"anyOf": list(schemas)}

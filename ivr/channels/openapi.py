"""The OpenAPI 3.1 document of the touches API, made from the models that check the requests."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from ivr.channels.problems import KIND, Details
from ivr.channels.signature import ID, SIGNATURE, TIMESTAMP, TOLERANCE_S
from ivr.channels.touch_models import ConsentIn, ConsentOut, TouchIn, TouchOut

_REF = "#/components/schemas/{model}"
_PROBLEMS = {
    400: "The body is no JSON.",
    401: "The signature does not hold: missing, wrong, too old, from the future.",
    408: "The body did not come in time.",
    409: "This webhook-id was used before for something else.",
    413: "The body is longer than 64 KiB.",
    415: "The body is not declared as application/json.",
    422: "The body is JSON, and not what is expected.",
    429: "Too many requests; Retry-After says when.",
    503: "The store is away; Retry-After says when.",
}
_HEADERS = [
    (
        ID,
        "Unique for each message; the same at every try.",
        {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    ),
    (TIMESTAMP, f"Seconds since 1970; at most {TOLERANCE_S} s off.", {"type": "string", "pattern": "^[0-9]{1,12}$"}),
]


def document(version: str, server: str = "/") -> dict[str, Any]:
    """The document. version: of this program; server: where the API stands."""
    models: list[type[BaseModel]] = [TouchIn, TouchOut, ConsentIn, ConsentOut, Details]
    _, schemas = models_json_schema([(model, "validation") for model in models], ref_template=_REF)
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": "Touches of customers",
            "version": version,
            "description": "Tell the hotline of contacts elsewhere, so that nobody has to say again what he has said. Every request is "
            "signed as Standard Webhooks are: HMAC-SHA256 by your key over `id.timestamp.body`, the body exactly as it is sent.",
            "license": {"name": "GPL-3.0-or-later", "identifier": "GPL-3.0-or-later"},
        },
        "servers": [{"url": server}],
        "security": [{"signature": []}],
        "paths": {
            "/v1/touches": {
                "post": _operation(
                    "keepTouch",
                    "Keep a touch",
                    TouchIn,
                    TouchOut,
                    {
                        201: "It is new, and kept.",
                        200: "It was known already.",
                        202: "It is safe, and kept when the store is back.",
                    },
                )
            },
            "/v1/customers/{customer}/consent": {
                "parameters": [
                    {
                        "name": "customer",
                        "in": "path",
                        "required": True,
                        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
                    }
                ],
                "put": _operation(
                    "keepConsent",
                    "Keep what a customer allows and forbids",
                    ConsentIn,
                    ConsentOut,
                    {200: "What counts now.", 202: "It is safe, and counts when the store is back."},
                    {404: "There is no such customer."},
                ),
            },
        },
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "signature": {
                    "type": "apiKey",
                    "in": "header",
                    "name": SIGNATURE,
                    "description": "`v1,` and the base64 of HMAC-SHA256; several with a space between while a key is changed.",
                }
            },
        },
    }


def _operation(
    name: str,
    summary: str,
    takes: type[BaseModel],
    gives: type[BaseModel],
    good: dict[int, str],
    more: dict[int, str] | None = None,
) -> dict[str, Any]:
    answers = {str(status): _answer(text, gives, "application/json") for status, text in good.items()}
    answers |= {str(status): _answer(text, Details, KIND) for status, text in sorted((_PROBLEMS | (more or {})).items())}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": [
            {"name": header, "in": "header", "required": True, "description": text, "schema": schema}
            for header, text, schema in _HEADERS
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": _schema(takes)}}},
        "responses": answers,
    }


def _schema(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REF.format(model=model.__name__)}


def _answer(text: str, model: type[BaseModel], kind: str) -> dict[str, Any]:
    return {"description": text, "content": {kind: {"schema": _schema(model)}}}

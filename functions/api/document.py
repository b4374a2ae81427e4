"""The OpenAPI document: what Powertools derives from the routes, and what it cannot know."""

import json
from typing import Any

from aws_lambda_powertools.event_handler.openapi.models import (
    APIKey,
    APIKeyIn,
    HTTPBearer,
    License,
    Server,
    Tag,
)
from pydantic.json_schema import models_json_schema

from api import examples
from api.errors import InternalError
from api.limits import LARGEST_BODY
from api.models_requests import CreateJob, JobFields
from api.problems import MEDIA_TYPE, ProblemDetails
from api.resolver import Resolver
from pipeline.version import VERSION

DESCRIPTION = """\
Send a CSV of products and image URLs. Every image is fetched, compressed and stored, and the same
CSV comes back with the new URLs.

1. `POST /v1/jobs` with the CSV, or with JSON for a pre-signed upload.
2. `GET /v1/jobs/{job_id}` until `status` is `completed`, or wait for the webhook.
3. `GET /v1/jobs/{job_id}/result` is the new CSV.

Errors are problem details (RFC 9457): branch on `code`.
"""

TAGS = [
    Tag(name="Jobs", description="From a CSV to its result."),
    Tag(name="Webhooks", description="Deliveries and the secret that signs them."),
    Tag(name="Service", description="The service itself."),
]

EXAMPLE_CSV = (
    "S. No.,Product Name,Input Image Urls\r\n"
    '1,Oak chair,"https://shop.example/a.jpg,https://shop.example/b.jpg"\r\n'
)

CSV_TEXT = {"type": "string", "maxLength": LARGEST_BODY}

POWERTOOLS_ERRORS = ("HTTPValidationError", "ValidationError", "ResponseValidationError")
"""Powertools documents its own error bodies, which this API never sends."""

SCHEMAS = "#/components/schemas/"


def openapi(api: Resolver, *, api_url: str) -> dict[str, Any]:
    """The document, as JSON.

    Args:
        api_url: where the API is, path prefix included.
    """
    document: dict[str, Any] = json.loads(
        api.get_openapi_json_schema(
            title="Darkroom",
            version=VERSION,
            summary="Image processing for product catalogues",
            description=DESCRIPTION,
            tags=list(TAGS),
            servers=[Server(url=api_url)],
            license_info=License(name="MIT", identifier="MIT"),
            security_schemes={
                "bearer": HTTPBearer(scheme="bearer"),
                "apiKey": APIKey(name="X-API-Key", in_=APIKeyIn.header),
            },
            security=[{"bearer": []}, {"apiKey": []}],
        )
    )
    _use_our_errors(document)
    _add_job_bodies(document)
    _add_validation_bodies(document)
    for path in document["paths"].values():
        for operation in path.values():
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = _without_null(parameter["schema"])
    return document


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of text in a URL, a header or a form, where absence is the only null."""
    kinds = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    [kind] = kinds
    return {
        key: value
        for key, value in (schema | kind).items()
        if key != "anyOf" and (key, value) != ("default", None)
    }


def _use_our_errors(document: dict[str, Any]) -> None:
    theirs = {f"{SCHEMAS}{name}" for name in POWERTOOLS_ERRORS}
    problem = {
        "schema": {"$ref": f"{SCHEMAS}{ProblemDetails.__name__}"},
        "examples": examples.of_error(InternalError),
    }
    internal = {
        "description": f"{InternalError.title} (`{InternalError.code}`)",
        "content": {MEDIA_TYPE: problem},
    }
    for path in document["paths"].values():
        for operation in path.values():
            ours = {
                status: response
                for status, response in operation["responses"].items()
                if not any(
                    content.get("schema", {}).get("$ref") in theirs
                    for content in response.get("content", {}).values()
                )
            }
            operation["responses"] = dict(sorted({**ours, "500": internal}.items()))
    for name in POWERTOOLS_ERRORS:
        document["components"]["schemas"].pop(name, None)


def _add_job_bodies(document: dict[str, Any]) -> None:
    """The three bodies of ``POST /v1/jobs``: Powertools knows one body a route, of one type."""
    _, definitions = models_json_schema(
        [(CreateJob, "validation"), (JobFields, "validation")], ref_template=SCHEMAS + "{model}"
    )
    schemas = definitions["$defs"]
    fields = {
        name: _without_null(schema)
        for name, schema in schemas.pop("JobFields")["properties"].items()
    }
    document["components"]["schemas"] |= schemas
    document["components"]["schemas"]["JobForm"] = {
        "type": "object",
        "title": "JobForm",
        "description": "The CSV as `file`, with the job's options beside it.",
        "required": ["file"],
        "additionalProperties": False,
        "properties": {
            "file": {"type": "string", "contentMediaType": "text/csv", "minLength": 1},
            # Browsers send what was left empty, too.
            **{
                name: {"anyOf": [schema, {"const": "", "description": "As good as absent."}]}
                for name, schema in fields.items()
            },
        },
    }
    operation = document["paths"]["/v1/jobs"]["post"]
    operation["requestBody"] = {
        "required": False,
        "content": {
            "application/json": {
                "schema": {"$ref": f"{SCHEMAS}CreateJob"},
                "example": examples.CREATE_JOB,
            },
            "text/csv": {"schema": CSV_TEXT | {"minLength": 1}, "example": EXAMPLE_CSV},
            "multipart/form-data": {
                "schema": {"$ref": f"{SCHEMAS}JobForm"},
                "example": {"file": EXAMPLE_CSV, "filename": "products.csv", "quality": 60},
            },
        },
    }
    operation["parameters"] += [
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": f"With a CSV as the body. {schema.get('description', '')}".strip(),
            # Swagger UI fills defaults in, and a JSON body takes no query parameters.
            "schema": {key: value for key, value in schema.items() if key != "default"},
        }
        for name, schema in fields.items()
    ]


def _add_validation_bodies(document: dict[str, Any]) -> None:
    document["paths"]["/v1/validate"]["post"]["requestBody"] = {
        "required": True,
        "content": {
            "text/csv": {"schema": CSV_TEXT, "example": EXAMPLE_CSV},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "contentMediaType": "text/csv"}},
                },
                "example": {"file": EXAMPLE_CSV},
            },
        },
    }

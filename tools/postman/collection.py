"""From OpenAPI to a Postman collection (format 2.1.0), a request for each step of the flow.

Postman's own converter (``openapi-to-postmanv2``) gives every request new random ids each time, in
an order of its own and without variables that go from call to call, so what it writes could neither
be compared nor run.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from postman.flow import FLOW, VARIABLES, Step

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"

Json = dict[str, Any]

CSV = "Product Name,Input Image Urls\nOak chair,{{image_url}}\nOld lamp,https://gone.invalid/lamp.jpg\n"
"""One image that is there, as far as the variable is right, and one that cannot be."""

EVERYWHERE = {401, 500, 503}
"""Statuses that any call may answer."""


def collection(document: Json) -> Json:
    """The collection of a document.

    Raises:
        ValueError: the flow and the document do not have the same operations.
    """
    operations = {
        operation["operationId"]: (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    if odd := operations.keys() ^ {step.operation for step in FLOW}:
        raise ValueError(f"not both in the OpenAPI document and in the flow: {sorted(odd)}")
    info = document["info"]
    return {
        "info": {
            "name": info["title"],
            "description": f"{info['description']}\n{_USE}",
            "version": info["version"],
            "schema": SCHEMA,
        },
        "auth": {"type": "bearer", "bearer": [_typed("token", "{{api_key}}")]},
        "variable": [{"key": key, "value": value} for key, value in VARIABLES.items()],
        "item": [_item(step, *operations[step.operation]) for step in FLOW],
    }


def text(made: Json) -> str:
    """A collection as it is written to a file."""
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


_USE = """\
Fill in the variables `api_url` and `api_key`, then run the requests one by one or all in order:
each hands what it made to the next.
"""


def _item(step: Step, method: str, path: str, operation: Json) -> Json:
    request: Json = {
        "method": method,
        "header": _headers(operation),
        "url": _url(path, operation, step),
        "description": operation.get("description", operation["summary"]),
    }
    if operation.get("security") == []:
        request["auth"] = {"type": "noauth"}
    if step.body is not None:
        example = operation["requestBody"]["content"][step.body].get("example")
        request["header"] += [_pair("Content-Type", step.body)] if "form" not in step.body else []
        request["body"] = _body(step.body, example)
    return {
        "name": step.name or operation["summary"],
        "event": [{"listen": "test", "script": {"type": "text/javascript", "exec": _test(step)}}],
        "request": request,
        "response": list(_responses(operation, request)),
    }


def _headers(operation: Json) -> list[Json]:
    """Header parameters, switched off but for the one that makes repeating harmless."""
    values = {"idempotency-key": "{{$guid}}"}
    return [
        _pair(each["name"], values.get(each["name"], ""), disabled=each["name"] not in values)
        for each in operation.get("parameters", [])
        if each["in"] == "header"
    ]


def _url(path: str, operation: Json, step: Step) -> Json:
    variables = dict(step.path)
    filled = re.sub(
        r"\{(\w+)\}", lambda found: f"{{{{{variables.get(found[1], found[1])}}}}}", path
    )
    on = dict(step.query)
    offers = step.body in {None, "text/csv"}  # other bodies have the options inside
    query = [
        _pair(each["name"], on.get(each["name"], ""), disabled=each["name"] not in on)
        | {"description": each.get("description", "")}
        for each in operation.get("parameters", [])
        if each["in"] == "query" and offers
    ]
    raw = "&".join(f"{key}={value}" for key, value in step.query)
    return {
        "raw": "{{api_url}}" + filled + (f"?{raw}" if raw else ""),
        "host": ["{{api_url}}"],
        "path": filled.strip("/").split("/"),
        "query": query,
    }


def _body(media_type: str, example: Json) -> Json:
    match media_type:
        case "text/csv":
            return {"mode": "raw", "raw": CSV}
        case "multipart/form-data":
            file = {"key": "file", "type": "text", "value": CSV, "contentType": "text/csv"}
            fields = [_typed(key, value) for key, value in example.items() if key != "file"]
            return {"mode": "formdata", "formdata": [file, *fields]}
        case _:
            example = {**example, "webhook_url": "{{webhook_url}}"}
            raw = json.dumps(example, indent=2)
            return {"mode": "raw", "raw": raw, "options": {"raw": {"language": "json"}}}


def _test(step: Step) -> list[str]:
    statuses = ", ".join(map(str, step.expects))
    name = f"it answers {statuses.replace(', ', ' or ')}"
    check = f"pm.expect(pm.response.code).to.be.oneOf([{statuses}])"
    lines = [f'pm.test("{name}", () => {check});']
    if step.sets or "answer" in "".join(step.after):
        lines.append("const answer = pm.response.json();")
    lines += [f'pm.collectionVariables.set("{name}", {value});' for name, value in step.sets]
    return [line for part in (*lines, *step.after) for line in part.split("\n")]


def _responses(operation: Json, request: Json) -> Iterator[Json]:
    """The examples of each answer but those that every call has, as Postman saves them beside a
    request."""
    for status, response in operation["responses"].items():
        if int(status) in EVERYWHERE:
            continue
        for media_type, content in response.get("content", {}).items():
            for name, example in content.get("examples", {}).items():
                yield {
                    "name": example.get("summary", response["description"]),
                    "originalRequest": request,
                    "code": int(status),
                    "header": [_pair("Content-Type", media_type)],
                    "body": json.dumps(example["value"], indent=2, ensure_ascii=False),
                    "_postman_previewlanguage": "json",
                    "id": f"{operation['operationId']}-{status}-{name}",
                }


def _pair(key: str, value: str, *, disabled: bool = False) -> Json:
    return {"key": key, "value": value} | ({"disabled": True} if disabled else {})


def _typed(key: str, value: object) -> Json:
    return {"key": key, "value": str(value), "type": "text" if key != "token" else "string"}

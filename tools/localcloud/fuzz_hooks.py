"""What the OpenAPI document cannot say about requests that are made up from it.

Loaded by schemathesis, as ``schemathesis.toml`` beside this file tells it.
"""

from typing import Any
from uuid import uuid4

import schemathesis
from schemathesis import GenerationMode
from schemathesis.core import NOT_SET
from schemathesis.core.parameters import ParameterLocation

NOBODY = "https://shop.example/hooks/darkroom"
"""Names under .example belong to no one (RFC 2606)."""


@schemathesis.hook
def filter_case(_context: schemathesis.HookContext, case: schemathesis.Case[Any]) -> bool:
    """Leaves out what is wrong only by being no text where a CSV is to be: it becomes text as it is
    sent, and any text is a CSV. What is wrong with that one is said later."""
    if case.meta is None or case.media_type != "text/csv" or case.body is NOT_SET:
        return True
    wrong = {place for place, part in case.meta.components.items() if part.mode.is_negative}
    return wrong != {ParameterLocation.BODY}


@schemathesis.hook
def before_call(
    _context: schemathesis.HookContext, case: schemathesis.Case[Any], _arguments: dict[str, Any]
) -> None:
    """Changes valid requests only; what is wrong stays as wrong as it was made."""
    generation = case.meta.generation if case.meta else None
    if generation is None or generation.mode is not GenerationMode.POSITIVE:
        return
    if case.operation.definition.raw.get("operationId") != "createJob":
        return
    if case.body is NOT_SET or case.media_type == "application/json":
        case.query = {}  # options stand in the query only beside a CSV
    if "idempotency-key" in case.headers:
        case.headers["idempotency-key"] = str(uuid4())  # each names one request
    options = case.body.get("options") if isinstance(case.body, dict) else None
    for fields in (case.query, case.body, options):
        if isinstance(fields, dict) and "webhook_url" in fields:
            fields["webhook_url"] = NOBODY  # a valid address may be a stranger's
        if isinstance(fields, dict) and "store" in fields:
            fields["store"] = "s3"  # the document does not say which a stage has

"""What the documentation shows for each answer: one job that runs through all of it."""

from typing import Any

from api.errors import ApiError, ApiErrorCode

JOB_ID = "01a20a25-981d-7ea6-8e1d-bfea52108785"
DELIVERY_ID = "01a20a26-3c11-7d02-9f6b-51d0c2a1b7e4"
API = "https://api.darkroom.example"
HOOK = "https://shop.example/hooks/darkroom"
PHOTO = "https://shop.example/photos/oak-chair.jpg"
DEAD = "https://shop.example/photos/old-lamp.jpg"
AT = "2026-09-21T12:00:00Z"

CREATE_JOB = {
    "filename": "products.csv",
    "webhook_url": HOOK,
    "options": {"quality": 50, "format": "auto", "max_width": 1600},
}

JOB = {
    "job_id": JOB_ID,
    "status": "completed",
    "filename": "products.csv",
    "created_at": AT,
    "updated_at": "2026-09-21T12:00:09Z",
    "completed_at": "2026-09-21T12:00:09Z",
    "rows": {"total": 3, "rejected": 1},
    "images": {"total": 2, "pending": 0, "succeeded": 1, "failed": 1},
    "bytes": {"input": 812345, "output": 174023},
    "progress": 1.0,
    "options": {
        "quality": 50,
        "format": "auto",
        "max_width": 1600,
        "max_height": None,
        "store": "s3",
    },
    "webhook_url": HOOK,
    "result_url": f"{API}/v1/jobs/{JOB_ID}/result",
    "error": None,
}

DELIVERY = {
    "delivery_id": DELIVERY_ID,
    "event": "job.completed",
    "url": HOOK,
    "status": "pending",
    "next_attempt_at": "2026-09-21T12:05:14Z",
    "attempts": [{"at": AT, "status_code": 503, "error": None, "milliseconds": 87}],
}

ANSWERS: dict[str, dict[str, Any]] = {
    "JobView": JOB,
    "JobList": {"items": [JOB], "next_cursor": None},
    "JobCreated": {
        "job_id": JOB_ID,
        "status": "awaiting_upload",
        "upload": {
            "url": "https://darkroom-uploads.s3.eu-central-1.amazonaws.com/",
            "fields": {
                "Content-Type": "text/csv",
                "key": f"uploads/{JOB_ID}.csv",
                "policy": "eyJleHBpcmF0aW9uIjog…",
                "x-amz-signature": "5ac0…",
            },
            "expires_at": "2026-09-21T12:15:00Z",
        },
    },
    "ImageList": {
        "items": [
            {
                "source_url": PHOTO,
                "status": "succeeded",
                "output_url": f"https://images.darkroom.example/images/{JOB_ID}/0.jpg",
                "error": None,
                "input": {"bytes": 812345, "width": 3000, "height": 2000, "format": "jpeg"},
                "output": {
                    "bytes": 174023,
                    "width": 1600,
                    "height": 1067,
                    "format": "jpeg",
                    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                },
            },
            {
                "source_url": DEAD,
                "status": "failed",
                "output_url": None,
                "error": {"code": "not_found", "message": "The server answered 404."},
                "input": None,
                "output": None,
            },
        ],
        "next_cursor": None,
    },
    "DeliveryView": DELIVERY,
    "DeliveryList": {"items": [DELIVERY], "next_cursor": None},
    "WebhookSecret": {
        "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "previous": {
            "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
            "expires_at": "2026-09-22T12:00:00Z",
        },
    },
    "Validation": {
        "valid": False,
        "usable": True,
        "encoding": "utf-8",
        "delimiter": ",",
        "columns": [
            {"name": "sku", "role": "serial"},
            {"name": "Product Name", "role": "product_name"},
            {"name": "Input Image Urls", "role": "image_urls"},
            {"name": "Colour", "role": None},
        ],
        "rows": {"total": 3, "rejected": 1},
        "images": {"total": 2, "invalid": 0},
        "errors": [
            {
                "row": 2,
                "column": "Product Name",
                "code": "missing_name",
                "message": "“Product Name” is empty.",
                "url": None,
            }
        ],
        "errors_total": 1,
    },
    "Health": {"status": "ok"},
}
"""By the name of the answer's model."""

Code = ApiErrorCode
DETAILS: dict[ApiErrorCode, str] = {
    Code.MALFORMED_REQUEST: "The body is not JSON.",
    Code.UNAUTHORIZED: "This API key is unknown, expired or revoked.",
    Code.NOT_FOUND: "There is nothing at this path; GET /docs shows what there is.",
    Code.JOB_NOT_FOUND: "No job has this id.",
    Code.DELIVERY_NOT_FOUND: "No delivery has this id.",
    Code.METHOD_NOT_ALLOWED: "This path takes GET, POST.",
    Code.RESULT_NOT_READY: "The job is processing; its result exists once it is completed.",
    Code.FAILURES_NOT_READY: (
        "The job is processing; its file of failures exists once it is completed."
    ),
    Code.NOT_CANCELLABLE: "The job is completed: nothing of it is left to stop.",
    Code.NOT_RETRYABLE: "The job is processing; only a completed job can be retried.",
    Code.NOTHING_TO_RETRY: "The job has no failed image that could end otherwise.",
    Code.BODY_TOO_LARGE: "A CSV in the request's body may have up to 4 MB.",
    Code.UNSUPPORTED_MEDIA_TYPE: "Compressed bodies are not taken; send the CSV as it is.",
    Code.INVALID_REQUEST: "options.quality: Input should be less than or equal to 100.",
    Code.EMPTY_FILE: "file: the CSV is empty.",
    Code.IDEMPOTENCY_KEY_REUSED: (
        "Idempotency-Key: it was sent before with another body or other options."
    ),
    Code.UNREADABLE_TEXT: "A text/csv body must be UTF-8.",
    Code.INTERNAL_ERROR: "The request failed for a reason that is ours, and it has been logged.",
    Code.DATABASE_UNAVAILABLE: "The database does not answer in time at the moment.",
    Code.STORAGE_UNAVAILABLE: "The storage cannot be reached at the moment.",
}

FIELDS = {Code.INVALID_REQUEST, Code.EMPTY_FILE, Code.IDEMPOTENCY_KEY_REUSED}
"""Errors that name the fields at fault, as ``detail`` begins."""


def of_answer(model: str) -> dict[str, Any]:
    """Examples of an answer, as a media type of OpenAPI has them."""
    return {"example": {"value": ANSWERS[model]}} if model in ANSWERS else {}


def of_error(kind: type[ApiError]) -> dict[str, Any]:
    """Examples of an error, likewise."""
    detail = DETAILS[kind.code]
    problem: dict[str, Any] = {
        "type": f"urn:darkroom:problem:{kind.code}",
        "title": kind.title,
        "status": int(kind.status),
        "detail": detail,
        "code": kind.code.value,
    }
    if kind.code in FIELDS:
        field, _, message = detail.partition(": ")
        problem["errors"] = [{"field": field, "message": message.rstrip(".")}]
    return {kind.code.value: {"summary": kind.title, "value": problem}}

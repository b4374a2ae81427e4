"""Message bodies: with every field of the first release, and with the required ones alone."""

from typing import Any

from pipeline.messages import (
    DeliverWebhook,
    DeliveryAttempted,
    FinishJob,
    ImagesFinished,
    IngestUpload,
    Message,
    ProcessImage,
)

ONE = "00000000-0000-0000-0000-000000000001"
AT = "2026-09-21T12:00:00Z"

Json = dict[str, Any]

SUCCEEDED: Json = {
    "job_id": ONE,
    "position": 0,
    "status": "succeeded",
    "output_url": "https://images.example/0.jpg",
    "input": {"bytes": 900, "width": 30, "height": 20, "format": "jpeg"},
    "output": {"bytes": 300, "width": 30, "height": 20, "format": "jpeg", "sha256": "ab" * 32},
    "timings": {"fetch": 150, "codec": 20, "store": 50},
    "retry": 2,
}
FAILED: Json = {
    "job_id": ONE,
    "position": 1,
    "status": "failed",
    "error": {"code": "not_found", "message": "The server answered 404."},
    "input": {"bytes": 900},
}

FULL: dict[str, tuple[type[Message], Json]] = {
    "IngestUpload": (IngestUpload, {"job_id": ONE, "version_id": "v1"}),
    "ProcessImage": (
        ProcessImage,
        {
            "tenant_id": ONE,
            "job_id": ONE,
            "position": 7,
            "url": "https://a.example/ä",
            "options": {
                "quality": 70,
                "format": "webp",
                "max_width": 800,
                "max_height": 600,
                "store": "s3",
            },
            "retry": 1,
            "tries": 3,
            "product": "Blue mug",
        },
    ),
    "ImagesFinished": (
        ImagesFinished,
        {"kind": "images_finished", "outcomes": [SUCCEEDED, FAILED]},
    ),
    "DeliveryAttempted": (
        DeliveryAttempted,
        {
            "kind": "delivery_attempted",
            "delivery_id": ONE,
            "attempt": 2,
            "at": AT,
            "milliseconds": 7,
            "status_code": 503,
            "error": "timeout",
            "retry_after": 60.0,
        },
    ),
    "FinishJob": (FinishJob, {"job_id": ONE}),
    "DeliverWebhook": (
        DeliverWebhook,
        {
            "delivery_id": ONE,
            "attempt": 1,
            "url": "https://a.example",
            "headers": {"webhook-id": ONE},
            "body": "{}",
            "expires_at": AT,
        },
    ),
}
"""By name, the class and a body that uses every field of the first release."""

BARE: dict[str, tuple[type[Message], Json]] = {
    "IngestUpload": (IngestUpload, {"job_id": ONE}),
    "ProcessImage": (
        ProcessImage,
        {
            "tenant_id": ONE,
            "job_id": ONE,
            "position": 0,
            "url": "https://a.example",
            "options": {"quality": 50, "format": "auto"},
        },
    ),
    "ImagesFinished": (
        ImagesFinished,
        {
            "kind": "images_finished",
            "outcomes": [{"job_id": ONE, "position": 0, "status": "succeeded"}],
        },
    ),
    "DeliveryAttempted": (
        DeliveryAttempted,
        {
            "kind": "delivery_attempted",
            "delivery_id": ONE,
            "attempt": 1,
            "at": AT,
            "milliseconds": 0,
        },
    ),
    "FinishJob": FULL["FinishJob"],
    "DeliverWebhook": FULL["DeliverWebhook"],
}
"""The same with the required fields alone."""

"""What a message of the uploads queue announces, whoever wrote it."""

import json
from typing import Any

from pipeline import keys
from pipeline.messages import IngestUpload

TEST_EVENT = "s3:TestEvent"
"""S3 sends this once, when notifications are set up."""


def announced(body: str) -> list[IngestUpload]:
    """The uploads that a message speaks of: an S3 notification's, or an ``IngestUpload`` itself.

    Raises:
        ValueError: neither of them; only the dead-letter queue helps.
    """
    content: dict[str, Any] = json.loads(body)
    if content.get("Event") == TEST_EVENT:
        return []
    if "Records" not in content:
        return [IngestUpload.model_validate(content)]
    return [
        IngestUpload(
            job_id=keys.job_of_upload(record["s3"]["object"]["key"]),
            version_id=record["s3"]["object"].get("versionId"),
        )
        for record in content["Records"]
        if record["eventName"].startswith("ObjectCreated:")
    ]

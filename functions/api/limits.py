"""How much the API takes and gives at once."""

from datetime import timedelta

LARGEST_BODY = 4 * 1024 * 1024
"""Bytes of a CSV in a request. Lambda takes 6 MB a call, and API Gateway's base64 needs a third."""

LARGEST_UPLOAD = 200 * 1024 * 1024
"""Bytes of a CSV sent to S3: the contract's limit for a file."""

UPLOAD_LIFETIME = timedelta(minutes=15)
"""How long a pre-signed upload may begin."""

DOWNLOAD_LIFETIME = timedelta(minutes=15)
"""How long the address of a result works."""

BOTH_SECRETS_SIGN = timedelta(hours=24)
"""After a rotation: the time for receivers to learn the new secret."""

DEFAULT_PAGE = 100
LARGEST_PAGE = 1_000
"""Items. A page of very long ones has fewer, see ``LARGEST_ANSWER``."""

LARGEST_ANSWER = 5_000_000
"""Bytes of a page's items, as Lambda takes them, which is up to 6 MB."""

POLL_AFTER = 2
"""Seconds a client should wait before it asks for an active job again."""

TOO_LARGE = (
    "A CSV in the request's body may have up to 4 MB. Larger files, up to 200 MB, go to S3 "
    "directly by a pre-signed upload: POST /v1/jobs with a JSON body answers with the form to send."
)

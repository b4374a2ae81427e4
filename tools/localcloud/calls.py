"""What the demo and `make fuzz` ask of the API, by the command line's client."""

import io
import uuid

from darkroom import uploads
from darkroom.client import Client
from darkroom.target import Target
from darkroom.transport import Transport
from darkroom.words import Answer
from localcloud.stack import Stack


def client(stack: Stack) -> Client:
    """The client of the stack's own tenant."""
    return Client(Target(stack.api_url, stack.api_key), Transport())


def submit(client: Client, content: bytes, *, filename: str, webhook_url: str) -> str:
    """Creates a job and sends its CSV straight to S3, with the form that the API signed; its id."""
    source = uploads.Source(io.BytesIO(content), len(content), filename, filename)
    request = {"filename": filename, "webhook_url": webhook_url}
    return uploads.send(client, request, source, key=str(uuid.uuid4()), report=lambda _: None)


def images(client: Client, job_id: str) -> list[Answer]:
    """All images of a job."""
    pages = client.images(job_id, limit=None, cursor=None, status=None)
    return [image for page in pages for image in page["items"]]


def deliveries(client: Client, job_id: str) -> list[Answer]:
    """All deliveries of a job, with their attempts."""
    pages = client.deliveries(job_id, limit=None, cursor=None)
    return [delivery for page in pages for delivery in page["items"]]

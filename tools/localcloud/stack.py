"""What a client of the local cloud needs to know: ``.local/stack.json``."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from localcloud.errors import CloudError
from localcloud.private_files import write_private
from localcloud.processes import LOOPBACK

QUEUES = ("uploads", "images", "outcomes", "finished", "deliveries")
BUCKETS = ("uploads", "results", "images")


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Addresses and names of what is deployed; dead-letter queues end in ``-dead``."""

    api_url: str
    api_key: str
    console_url: str
    docs_url: str
    aws_endpoint_url: str
    database_url: str
    queues: dict[str, str]
    buckets: dict[str, str]
    aws_region: str = "us-east-1"
    this_machine: str = LOOPBACK
    """Host by which the functions reach servers on this machine's loopback; empty if by none."""

    def host(self) -> str:
        """That host.

        Raises:
            CloudError: there is none.
        """
        if not self.this_machine:
            raise CloudError(
                "The functions of this emulator reach no server on this machine's loopback, where "
                "sample pictures and webhooks would be served. Submit a CSV whose images are "
                "elsewhere: .venv/bin/darkroom submit products.csv --output result.csv"
            )
        return self.this_machine


def describe(
    outputs: Mapping[str, str],
    *,
    api_key: str,
    aws_endpoint_url: str,
    database_url: str,
    aws_region: str = "us-east-1",
    this_machine: str = LOOPBACK,
) -> Stack:
    """Names the outputs of the deployed stack as clients know them."""
    api_url = outputs["ApiUrl"].rstrip("/")
    queues = {}
    for name in QUEUES:
        queues[name] = outputs[f"{name.capitalize()}QueueUrl"]
        queues[f"{name}-dead"] = outputs[f"{name.capitalize()}DeadQueueUrl"]
    return Stack(
        api_url=api_url,
        api_key=api_key,
        console_url=f"{api_url}/",
        docs_url=f"{api_url}/docs",
        aws_endpoint_url=aws_endpoint_url,
        database_url=database_url,
        queues=queues,
        buckets={name: outputs[f"{name.capitalize()}Bucket"] for name in BUCKETS},
        aws_region=aws_region,
        this_machine=this_machine,
    )


def read(file: Path) -> Stack | None:
    """What was written last; ``None`` if nothing was, or by another version."""
    try:
        return Stack(**json.loads(file.read_text()))
    except (OSError, ValueError, TypeError):
        return None


def write(file: Path, stack: Stack) -> None:
    """Replaces the file whole; it holds a key and a password, so only its owner may read it."""
    write_private(file, json.dumps(asdict(stack), indent=2) + "\n")

"""Requests that schemathesis makes up from the API's own document, sent to the deployed cloud."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from string import Template
from typing import Any

from localcloud import calls, cdk, keys
from localcloud.demo.pictures import all_pictures
from localcloud.errors import CloudError
from localcloud.servers import LoopbackServer, Visit
from localcloud.stack import Stack

CONFIG = Path(__file__).with_name("schemathesis.toml")
PATIENCE = 180.0

LASTING = "name,image_url\r\nMug,{picture} nowhere\r\nOak table,\r\n"
"""An image that succeeds, one that no retry will mend, and a rejected row: whatever is asked of its
job, that keeps its result."""

SPARE = "name,image_url\r\nOak chair,http://192.0.2.1/a.jpg\r\n"
"""An image that fails at once, because its address belongs to no network, and may be retried."""


def fuzz(stack: Stack, *options: str) -> int:
    """Runs schemathesis; its exit code, 0 if it found nothing.

    Args:
        options: for its command ``run``, as ``--max-examples=100`` or ``--seed=1``.

    Raises:
        CloudError: the job that requests are to find was not completed.
    """
    endpoint_url, region = stack.aws_endpoint_url, stack.aws_region
    migrator = cdk.outputs(endpoint_url, region=region)["MigratorFunction"]
    rival = keys.create(endpoint_url, migrator, tenant="rival", name="make fuzz", region=region)
    with _Shop(stack.host()) as shop:
        job_id, delivery_id = _completed_job(stack, LASTING.format(picture=shop.url))
    spare_job_id, _ = _completed_job(stack, SPARE)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        users = folder / "keys.json"
        users.write_text(json.dumps(_users(tenant=stack.api_key, rival=rival)))
        config = Template(CONFIG.read_text()).substitute(
            keys=users, job_id=job_id, spare_job_id=spare_job_id, delivery_id=delivery_id
        )
        (folder / CONFIG.name).write_text(config)
        command = [
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", CONFIG.name),
            *("run", f"{stack.api_url}/openapi.json", *options),
        ]
        return subprocess.run(command, cwd=folder, check=False).returncode


def _users(**api_keys: str) -> dict[str, Any]:
    """The keys as Web Fuzzing Commons writes them, which schemathesis reads."""
    return {
        "auth": [
            {"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {key}"}]}
            for name, key in api_keys.items()
        ]
    }


class _Shop(LoopbackServer):
    """Has one picture, at every address."""

    def __init__(self, host: str) -> None:
        picture = all_pictures()["mug-sky.jpg"]()

        class Fetch(Visit):
            def do_GET(self) -> None:  # noqa: N802 (http.server's name)
                self.answer(200, picture)

        super().__init__(Fetch, host=host)


def _completed_job(stack: Stack, table: str) -> tuple[str, str]:
    """Ids of a job that has come to its end and of the webhook about that."""
    client = calls.client(stack)
    job_id = calls.submit(
        client, table.encode(), filename="fuzz.csv", webhook_url="https://shop.example/hook"
    )
    deadline = time.monotonic() + PATIENCE
    while (job := client.job(job_id))["status"] != "completed":
        if time.monotonic() > deadline:
            raise CloudError(f"The job to fuzz with is still {job['status']}.")
        time.sleep(0.2)
    [*_, last] = calls.deliveries(client, job_id)
    return job_id, str(last["delivery_id"])

"""A rehearsal in an AWS account: everything as an operator would do it."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from darkroom.client import Client
from deployment import deployed
from deployment.account import Account
from deployment.deploy import deploy
from deployment.errors import DeploymentError
from deployment.rehearsal import recipes
from deployment.rehearsal.target import Address, NotRehearsedError, Scene, last_release
from deployment.removal import Report
from deployment.request import Request
from localcloud import calls, releases
from localcloud.demo import pictures
from localcloud.demo.origin import SIZE_CHART
from localcloud.demo.sample import FAILURES, Sample

STAGE = "dev"
PREFIX = "images/rehearsal"
"""Of the pictures that the demo fetches. CloudFront serves what is under ``images/``."""

NOT_FOR_AWS = {"0.1.0": "which describes a security group with an apostrophe"}
"""Releases that AWS does not take, and why."""

PATIENCE = 1800.0
POLL = 15.0


class PublicSample(Sample):
    """The sample with its pictures wherever the internet has them.

    Args:
        urls: of the pictures by file name.
    """

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._urls = urls
        super().__init__("")

    def url(self, image: str) -> str:
        return self._urls.get(image, image)


class OnAws:
    """The stage ``dev`` of an account that has none yet."""

    stage = STAGE

    def __init__(self, root: Path, account: Account, report: Report) -> None:
        self.root = root
        self.account = account
        self._report = report
        self._request = Request(stage=STAGE, approve="never")

    @property
    def name(self) -> str:
        return f"account {self.account.number}, {self.account.region}"

    def refuse_a_stage_of_somebody(self) -> None:
        """The rehearsal deletes what it has deployed, and nothing else.

        Raises:
            DeploymentError: the stage is there already.
        """
        if deployed.find(self.account, self._request.stack) is not None:
            raise DeploymentError(
                f"{self._request.stack} is deployed in {self.name} already, and a rehearsal would "
                "delete it: choose another region (AWS_REGION=…) or account."
            )

    def deploy(self) -> Address:
        if deploy(self.root, self.account, self._request, self._report):
            raise DeploymentError("The deploy was refused; the reasons are above.")
        outputs = self._outputs()
        return Address(outputs["ApiUrl"].rstrip("/"), outputs["MigratorFunction"])

    def deploy_last_release(self) -> None:
        version = releases.last(self.root).version
        if version in NOT_FOR_AWS:
            raise NotRehearsedError(f"the upgrade: AWS refuses {version}, {NOT_FOR_AWS[version]}")
        folder = last_release(self.root)
        if deploy(folder, self.account, self._request, self._report):
            raise DeploymentError(f"The deploy of {version} was refused; the reasons are above.")

    @contextmanager
    def scene(self, client: Client, address: Address) -> Iterator[Scene]:
        outputs = self._outputs()
        urls = self._published(outputs, address)
        yield Scene(
            sample=PublicSample(urls),
            # A server on the internet that needs no key to say no. That somebody receives what was
            # signed is seen in the local cloud.
            webhook_url=f"{address.api_url}/webhooks",
            webhooks=lambda job_id: _attempts(client, job_id),
        )

    def rotate_database_password(self) -> None:
        secrets, secret = self.account.client("secretsmanager"), self._outputs()["DatabaseSecret"]
        before = _current(secrets, secret)
        secrets.rotate_secret(SecretId=secret)
        _until(lambda: _current(secrets, secret) not in (before, ""), "the password is rotated")

    def restore_database(self, meanwhile: Callable[[], None]) -> None:
        missing = recipes.missing_tools()
        if missing:
            raise NotRehearsedError(f"the restore: this machine has no {missing}")
        moment = datetime.now(UTC).replace(microsecond=0)
        time.sleep(2)
        meanwhile()
        rds, name = self.account.client("rds"), self._request.stack

        def restorable() -> bool:
            [found] = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
            latest: datetime | None = found.get("LatestRestorableTime")
            return latest is not None and latest > moment

        _until(restorable, "RDS can restore this moment")
        recipes.run(
            self.root,
            "Restore the database",
            environment=self.account.environment,
            replaced={
                "export STAGE=": f"export STAGE={STAGE}",
                "export AT=": f"export AT={moment:%Y-%m-%dT%H:%M:%SZ}",
            },
        )
        rds.delete_db_snapshot(DBSnapshotIdentifier=f"{name}-before")

    def after_destroy(self) -> None:
        """Nothing lives beside the stack."""

    def _outputs(self) -> Mapping[str, str]:
        found = deployed.find(self.account, self._request.stack)
        if found is None:
            raise DeploymentError(f"{self._request.stack} is gone.")
        return found.outputs

    def _published(self, outputs: Mapping[str, str], address: Address) -> dict[str, str]:
        """Puts the pictures where CloudFront serves them; their addresses by file name."""
        drawn = pictures.made(self.root / ".local" / "demo" / "pictures")
        box = drawn["carton-sky.jpg"]
        odd = {
            "size-chart.jpg": SIZE_CHART,
            "torn.jpg": box[: len(box) // 3],
            "moved.jpg": drawn["carton-brick.jpg"],
            "slow.jpg": drawn["shoe-sky.jpg"],
            "busy.jpg": drawn["mug-sky.jpg"],
        }
        s3, bucket = self.account.client("s3"), outputs["ImagesBucket"]
        urls = {}
        for name, content in {**drawn, **odd}.items():
            kind = "image/png" if name.endswith(".png") else "image/jpeg"
            key = f"{PREFIX}/{name}"
            s3.put_object(Bucket=bucket, Key=key, Body=content, ContentType=kind)
            urls[name] = f"{outputs['ImagesUrl']}/{key}"
        # S3 itself refuses whoever is not CloudFront; the API knows no such path.
        urls["secret.jpg"] = (
            f"https://{bucket}.s3.{self.account.region}.amazonaws.com/{PREFIX}/mug-sky.jpg"
        )
        gone = [name for name, code in FAILURES.items() if code == "not_found"]
        return urls | {name: f"{address.api_url}/{name}" for name in gone}


def _attempts(client: Client, job_id: str) -> Iterator[str]:
    """Whether the webhooks were sent and refused, as the API says."""

    def tried() -> bool:
        log = calls.deliveries(client, job_id)
        return bool(log) and all(each["attempts"] for each in log)

    _until(tried, "each webhook has been sent")
    for each in calls.deliveries(client, job_id):
        codes = [attempt["status_code"] for attempt in each["attempts"]]
        if not set(codes) & {401, 404, 405}:
            yield f"the webhook {each['event']} was answered with {codes}"


def _current(secrets: Any, secret: str) -> str:  # noqa: ANN401 (a client)
    """Id of the current version; empty while another is pending."""
    stages = secrets.describe_secret(SecretId=secret)["VersionIdsToStages"]
    if any("AWSPENDING" in each and "AWSCURRENT" not in each for each in stages.values()):
        return ""
    return str(next(version for version, names in stages.items() if "AWSCURRENT" in names))


def _until(reached: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not reached():
        if time.monotonic() > deadline:
            raise DeploymentError(f"Waited {PATIENCE / 60:.0f} minutes in vain until {what}.")
        time.sleep(POLL)

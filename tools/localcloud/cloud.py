"""The local cloud as a whole: up, the same again, and down."""

import fcntl
import http.client
import json
import os
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from localcloud import cdk, cloudinary, https, keys, stack
from localcloud.emulator import Emulator
from localcloud.https import Certificate
from localcloud.postgres import Postgres
from localcloud.processes import port_from

DATABASE = "darkroom"


def quiet(_: str) -> None:
    """Reports nothing."""


class LocalCloud:
    """One local cloud. Several may run at once, each with its own state folder and port."""

    def __init__(
        self,
        root: Path,
        *,
        state: Path | None = None,
        port: int | None = None,
        database_port: int | None = None,
        allowed_networks: str | None = None,
        cloudinary_url: str | None = None,
        stores: str = cloudinary.STORES,
        certificate: Certificate | None = None,
        report: Callable[[str], None] = quiet,
    ) -> None:
        """
        Args:
            root: the checkout, with its environments made.
            state: where everything is kept; ``.local`` by default.
            port: of the emulator; where it runs already, else 4566, by default.
            database_port: of PostgreSQL; a free one by default.
            allowed_networks: CIDRs, comma-separated, that functions may reach although they are
                not public; loopback by default, none if empty.
            cloudinary_url: account at Cloudinary; none by default, and then S3 is the only store.
            stores: with an account, where images may be kept, the usual store first.
            certificate: with one the emulator speaks HTTPS and enforces IAM policies, bucket
                policies and signatures; boto3 here finds it by ``Certificate.environment``.
            report: told what is done, a line at a time.
        """
        self.root = root
        self.state = state or root / ".local"
        self.stack_file = self.state / "stack.json"
        self._deployed = self.state / "deployed"
        self._certificate = certificate
        self._emulator = Emulator(root, self.state, port=port, certificate=certificate)
        self._postgres = Postgres(self.state / "postgres", port=database_port)
        self._cdk = cdk.Cdk(root, self.state, certificate=certificate)
        self._networks = allowed_networks
        self._cloudinary_url = cloudinary_url
        self._stores = stores
        self._report = report

    def up(self) -> stack.Stack:
        """Starts what does not run, deploys what has changed, and makes an API key if need be.

        Raises:
            CloudError: something is in the way; the message says what.
        """
        with self._alone():
            self._postgres.start()
            if not self._emulator.is_running():
                self._start_afresh()
            database_url = self._postgres.url(DATABASE)
            self._deploy(database_url)
            found = self._describe(database_url)
            stack.write(self.stack_file, found)
            return found

    def down(self) -> bool:
        """Ends what ``up`` started, and nothing else; whether there was anything."""
        with self._alone():
            emulator = self._emulator.stop()
            postgres = self._postgres.stop()
            for file in (self.stack_file, self._deployed):
                file.unlink(missing_ok=True)
            return emulator or postgres

    def _start_afresh(self) -> None:
        """The emulator forgets everything when it ends, so the tables start again with it: rows
        without their objects would be jobs that nobody can finish."""
        self._report("Starting the emulator of AWS …")
        self._deployed.unlink(missing_ok=True)
        self._emulator.start()
        self._postgres.recreate(DATABASE)
        self._report("Preparing it for CDK deployments …")
        try:
            self._cdk.bootstrap(self._emulator.endpoint_url)
        except BaseException:  # also an interruption: half of it would look like all of it
            self._emulator.stop()
            raise

    def _deploy(self, database_url: str) -> None:
        endpoint_url = self._emulator.endpoint_url
        context = {
            "stage": "local",
            "endpoint_url": endpoint_url,
            "database_url": database_url,
            "python_version": self._emulator.python_version,
        }
        if self._networks is not None:
            context["allowed_networks"] = self._networks
        if self._cloudinary_url is not None:
            context["stores"] = self._stores
        wanted = self._cdk.fingerprint(json.dumps(context), self._emulator.identity)
        if self._deployed.exists() and self._deployed.read_text() == wanted:
            return
        self._report("Deploying the CDK app …")
        self._deployed.unlink(missing_ok=True)
        self._cdk.deploy(endpoint_url, context)
        self._deployed.write_text(wanted)

    def _describe(self, database_url: str) -> stack.Stack:
        outputs = cdk.outputs(self._emulator.endpoint_url)
        if self._cloudinary_url is not None:
            secret = outputs["CloudinarySecret"]
            cloudinary.fill_in(self._emulator.endpoint_url, secret, self._cloudinary_url)
        known = stack.read(self.stack_file)
        api_url = outputs["ApiUrl"].rstrip("/")
        if (
            known
            and known.api_url == api_url
            and accepts(api_url, known.api_key, self._certificate)
        ):
            api_key = known.api_key
        else:
            self._report("Making an API key …")
            api_key = keys.create(
                self._emulator.endpoint_url,
                outputs["MigratorFunction"],
                tenant="local",
                name="make up",
            )
        return stack.describe(
            outputs,
            api_key=api_key,
            aws_endpoint_url=self._emulator.endpoint_url,
            database_url=database_url,
        )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Lets one ``up`` or ``down`` at a time work on this cloud."""
        self.state.mkdir(parents=True, exist_ok=True)
        with (self.state / "cloud.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._report("Another command is at work on the local cloud; waiting for it …")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def from_environment(root: Path, *, report: Callable[[str], None]) -> LocalCloud:
    """The user's own local cloud, with the ports, networks and account that the environment
    names."""
    return LocalCloud(
        root,
        port=port_from("DARKROOM_PORT"),
        database_port=port_from("DARKROOM_DATABASE_PORT"),
        allowed_networks=os.environ.get("DARKROOM_ALLOWED_NETWORKS"),
        cloudinary_url=cloudinary.from_environment(),
        report=report,
    )


def accepts(api_url: str, api_key: str, certificate: Certificate | None = None) -> bool:
    """Whether the API answers, and knows the key."""
    parts = urllib.parse.urlsplit(api_url)
    connection = https.connection(parts.hostname or "", parts.port, certificate, timeout=30)
    try:
        headers = {"Authorization": f"Bearer {api_key}"}
        connection.request("GET", f"{parts.path}/v1/jobs", headers=headers)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()

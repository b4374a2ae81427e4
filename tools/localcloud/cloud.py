"""The local cloud as a whole: up, the same again, and down."""

import fcntl
import http.client
import json
import os
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from localcloud import backends, cdk, cloudinary, https, keys, stack
from localcloud.emulator import Emulator
from localcloud.https import Certificate
from localcloud.postgres import OwnDatabase, Postgres
from localcloud.processes import LOOPBACK, port_from
from localcloud.proxies import past_proxies
from localcloud.users_emulator import address, database, record
from localcloud.users_emulator.choice import Choice
from localcloud.users_emulator.database import UsersDatabase
from localcloud.users_emulator.emulator import UsersEmulator

DATABASE = "darkroom"
LOOPBACKS = "127.0.0.0/8,::1/128"


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
        endpoint_url: str | None = None,
        database_url: str | None = None,
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
            endpoint_url: an emulator that runs already, to deploy onto instead of one of its own;
                that of the last ``up`` by default, until ``down``.
            database_url: with such an emulator, a PostgreSQL that its functions reach; one of its
                own by default.
            report: told what is done, a line at a time.
        """
        self.root = root
        self.state = state or root / ".local"
        self.stack_file = self.state / "stack.json"
        self._deployed = self.state / "deployed"
        self._certificate = certificate
        self._cdk = cdk.Cdk(root, self.state, certificate=certificate)
        self._networks = allowed_networks
        self._cloudinary_url = cloudinary_url
        self._stores = stores
        self._report = report
        self._own = Emulator(root, self.state, port=port, certificate=certificate)
        self._emulator: backends.Emulator = self._own
        postgres = Postgres(self.state / "postgres", port=database_port)
        self._own_database = OwnDatabase(postgres, DATABASE)
        self._database: backends.Database = self._own_database
        self._use_the_users(endpoint_url, database_url)

    def _use_the_users(self, endpoint_url: str | None, database_url: str | None) -> None:
        """Takes the emulator that is named, or the one that is remembered, in place of its own."""
        own = self._own.endpoint_url if self._own.is_started else None
        self._choice = Choice(record.read(self.state), named=endpoint_url, own=own)
        if self._choice.url is None:
            return
        known = self._choice.remembered
        given = database_url or (known.database_url if known else None)
        if given:
            self._database = UsersDatabase(given, report=self._report)
        self._emulator = UsersEmulator(
            self.state,
            self._choice.url,
            database_url=lambda: self._database.url,
            database_is_users=bool(given),
            report=self._report,
        )

    @property
    def users_endpoint_url(self) -> str | None:
        """Address of the emulator that its user named, now or at the last ``up``."""
        return self._choice.url

    def up(self) -> stack.Stack:
        """Starts what does not run, deploys what has changed, and makes an API key if need be.

        Raises:
            CloudError: something is in the way; the message says what.
        """
        with self._alone():
            self._choice.check()
            if self._emulator is not self._own:
                self._report(f"Using the emulator that runs at {self._emulator.endpoint_url}.")
            self._database.start()
            if not self._emulator.is_running():
                self._start_afresh()
            self._deploy()
            found = self._describe()
            stack.write(self.stack_file, found)
            return found

    def synthesise(self) -> None:
        """Makes what ``up`` deploys, so that its next call takes moments; another checkout may be
        deployed meanwhile. The cloud must be up."""
        endpoint_url, region = self._emulator.endpoint_url, self._emulator.region
        self._cdk.synthesise(endpoint_url, self._context(), region=region)

    def down(self) -> bool:
        """Ends what ``up`` started, and nothing else; whether there was anything."""
        with self._alone():
            self._choice.check()
            emulator = self._emulator.stop()
            database = self._database.stop()
            database = self._own_database.stop() or database  # an `up` that failed may have left it
            for file in (self.stack_file, self._deployed):
                file.unlink(missing_ok=True)
            return emulator or database

    def _start_afresh(self) -> None:
        """An emulator forgets everything when it ends, so the tables start again with it."""
        self._deployed.unlink(missing_ok=True)
        if self._emulator is self._own:
            self._report("Starting the emulator of AWS …")
        self._emulator.start()
        self._database.renew()
        endpoint_url, region = self._emulator.endpoint_url, self._emulator.region
        if cdk.is_bootstrapped(endpoint_url, region=region):
            return
        self._report("Preparing it for CDK deployments …")
        try:
            self._cdk.bootstrap(endpoint_url, account=self._emulator.account, region=region)
        except BaseException:  # also an interruption: half of it would look like all of it
            self._emulator.stop()
            raise

    def _deploy(self) -> None:
        context = self._context()
        wanted = self._cdk.fingerprint(json.dumps(context))
        there = f"{wanted} {self._emulator.identity}"
        if self._deployed.exists() and self._deployed.read_text() == there:
            return
        self._report("Deploying the CDK app …")
        self._deployed.unlink(missing_ok=True)
        self._cdk.deploy(self._emulator.endpoint_url, context, region=self._emulator.region)
        self._emulator.deployed()
        self._deployed.write_text(f"{wanted} {self._emulator.identity}")

    def _context(self) -> dict[str, str]:
        """What the CDK app is told, as ``infra.settings.Local`` has it."""
        runtime, endpoint_url = self._emulator.runtime, self._emulator.endpoint_url
        context = {
            "stage": "local",
            "endpoint_url": endpoint_url,
            "database_url": self._database.url_from(runtime.this_machine or LOOPBACK),
            "python_version": runtime.python_version,
            "platform": runtime.platform or "",
            "api_url": runtime.api_url,
            "storage_url": endpoint_url if runtime.endpoint_url != endpoint_url else "",
        }
        if self._networks is not None:
            context["allowed_networks"] = self._networks
        elif runtime.this_machine_address not in ("", LOOPBACK):
            context["allowed_networks"] = f"{LOOPBACKS},{runtime.this_machine_address}/32"
        if self._cloudinary_url is not None:
            context["stores"] = self._stores
        return context

    def _describe(self) -> stack.Stack:
        endpoint_url, region = self._emulator.endpoint_url, self._emulator.region
        outputs = cdk.outputs(endpoint_url, region=region)
        if self._cloudinary_url is not None:
            secret = outputs["CloudinarySecret"]
            cloudinary.fill_in(endpoint_url, secret, self._cloudinary_url, region=region)
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
                endpoint_url,
                outputs["MigratorFunction"],
                tenant="local",
                name="make up",
                region=region,
            )
        return stack.describe(
            outputs,
            api_key=api_key,
            aws_endpoint_url=endpoint_url,
            aws_region=region,
            database_url=self._database.url,
            this_machine=self._emulator.runtime.this_machine,
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
    """The user's own local cloud, with the ports, networks, account and emulator that the
    environment names."""
    cloud = LocalCloud(
        root,
        port=port_from("DARKROOM_PORT"),
        database_port=port_from("DARKROOM_DATABASE_PORT"),
        allowed_networks=os.environ.get("DARKROOM_ALLOWED_NETWORKS"),
        cloudinary_url=cloudinary.from_environment(),
        endpoint_url=address.from_environment(),
        database_url=os.environ.get(database.VARIABLE, "").strip() or None,
        report=report,
    )
    if cloud.users_endpoint_url:  # an emulator is never behind this shell's proxy
        os.environ.update(past_proxies(os.environ, cloud.users_endpoint_url))
    return cloud


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
